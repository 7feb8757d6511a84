package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// table gathers the rows that were measured.
type table struct{ rows []string }

// add compares two times.
func (t *table) add(work string, ours time.Duration, against string, theirs time.Duration, limit float64) {
	ratio := float64(ours) / float64(theirs)
	t.row(work, millis(ours), against, millis(theirs), ratio, limit)
}

// growth compares how two programs grow from one size to another.
func (t *table) growth(work string, oursSmall, ours, theirsSmall, theirs time.Duration) {
	a, b := float64(ours)/float64(oursSmall), float64(theirs)/float64(theirsSmall)
	t.row(work, fmt.Sprintf("%s (× %.2f)", millis(ours), a), "the growth of `git diff-tree`",
		fmt.Sprintf("%s (× %.2f)", millis(theirs), b), a/b, 1)
}

// memory compares with a number of bytes.
func (t *table) memory(work string, peak, limit int64) {
	t.row(work, megabytes(peak), "", megabytes(limit), float64(peak)/float64(limit), 1)
}

func (t *table) row(work, ours, against, theirs string, ratio, limit float64) {
	verdict := "ok"
	if ratio > limit {
		verdict = "**over**"
	}
	t.rows = append(t.rows, fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s |", work, ours, against, theirs, number(ratio), number(limit), verdict))
}

// number shows small ratios with as many digits as they need.
func number(f float64) string {
	if f < 0.2 {
		return fmt.Sprintf("%.3f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

func (t *table) print(w io.Writer) {
	fmt.Fprintf(w, "%s, %d cores of %s, load %s, %s:\n\n", time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), processor(), load(), runtime.Version())
	fmt.Fprintln(w, "| work | whybust | against | | ratio | limit | |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|")
	for _, r := range t.rows {
		fmt.Fprintln(w, r)
	}
}

// processor is the name of the processor, as far as the system tells.
func processor() string {
	data, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(data)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// load says how busy the machine was: the average of the last minute, and that
// of the last fifteen.
func load() string {
	data, _ := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(data)); len(fields) > 2 {
		return fields[0] + " (15 min: " + fields[2] + ")"
	}
	return "unknown"
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
