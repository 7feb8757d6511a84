package report

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict/history"
)

const (
	fewBuilds   = 20 // below it a rate says little
	maxCulprits = 10 // of a list for people
	maxFaults   = 3
)

// historyText is the rendering of a history for a terminal.
type historyText struct {
	palette
	out   *bytes.Buffer
	width int // columns, none of a line is beyond it
	*history.Summary
}

// HistoryText writes a history for people, in lines of at most so many columns.
func HistoryText(out *bytes.Buffer, s *history.Summary, width int, colors bool) {
	t := historyText{palette(colors), out, width, s}
	t.head()
	if s.Builds > 0 {
		t.steps()
		t.culprits()
		t.trend()
	}
	t.faults()
}

// line writes a line that is cut at the width. It gets visible characters.
func (t historyText) line(color, format string, args ...any) {
	fmt.Fprintln(t.out, t.paint(color, strings.TrimRight(cli.Cut(fmt.Sprintf(format, args...), t.width), " ")))
}

func (t historyText) head() {
	if t.Interrupted {
		t.line(yellow, "interrupted: these are the oldest builds")
	}
	if t.Builds == 0 {
		t.line("", "no build has one before it to be compared with")
		return
	}
	t.line(bold, "%s", HistoryRange(t.Summary))
	if text := branchText(t.Cache); text != "" {
		t.line("", "%s", text)
	}
	t.line("", "%s of %s altogether cached", Rate(t.Cached, t.Builds), Count(t.Builds, "build"))
	if why := editsText(t.Edits); why != "" {
		t.line("", "%s", why)
	}
	if t.Builds < fewBuilds {
		t.line(yellow, "fewer than %d builds: the rates say little about others", fewBuilds)
	}
}

// steps writes the table of the steps that there still are.
func (t historyText) steps() {
	header := []string{"#", "STEP", "HIT RATE", "MISS", "OWN", "AFTER", "MAY HIT"}
	timed := t.timed()
	if timed {
		header = append(header, "LOST")
	}
	rows := [][]string{header}
	gone := 0
	for i, s := range t.Steps {
		if !s.Current {
			gone++
			continue
		}
		row := []string{fmt.Sprint(i + 1), cli.Visible(s.Name), StepRate(s), fmt.Sprint(s.Misses), fmt.Sprint(s.Own), after(s), fmt.Sprint(s.MayHits)}
		if timed {
			row = append(row, seconds(s.Lost))
		}
		rows = append(rows, row)
	}
	t.line("", "")
	t.table(rows)
	t.line("", "")
	t.line(dim, "OWN misses have a cause of their own; the others follow, most AFTER that row")
	if gone > 0 {
		t.line(dim, "%s of older Dockerfiles: see --format json or csv", Count(gone, "step"))
	}
}

// table aligns columns: the second is text, and gives way where a row is too long; the others are figures.
func (t historyText) table(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, c := range r {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	total := 2 * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	widths[1] = max(min(widths[1], widths[1]-total+t.width), 8)
	for n, r := range rows {
		var cells []string
		for i, w := range widths {
			c := cli.Cut(r[i], w)
			pad := strings.Repeat(" ", w-utf8.RuneCountInString(c))
			if i == 1 {
				cells = append(cells, c+pad)
			} else {
				cells = append(cells, pad+c)
			}
		}
		color := ""
		if n == 0 {
			color = dim
		}
		t.line(color, "%s", strings.Join(cells, "  "))
	}
}

// timed reports whether any step was measured.
func (t historyText) timed() bool {
	for _, s := range t.Steps {
		if s.Lost != nil {
			return true
		}
	}
	return false
}

func (t historyText) culprits() {
	if len(t.Culprits) == 0 {
		return
	}
	t.line("", "")
	t.line(bold, "what alone broke builds, of %d that missed a step", broken(t.Edits))
	width := 0
	list := t.Culprits[:min(len(t.Culprits), maxCulprits)]
	for _, c := range list {
		width = max(width, len(fmt.Sprint(c.Builds)))
	}
	for _, c := range list {
		lost := ""
		if c.Lost != nil {
			lost = ", " + seconds(c.Lost)
		}
		t.line("", "%*d  %s%s", width, c.Builds, culpritName(c), lost)
	}
	if len(t.Culprits) > len(list) {
		t.line(dim, "and others: see --format json")
	}
}

func (t historyText) trend() {
	if len(t.Trend.Points) < 2 {
		return
	}
	t.line("", "")
	t.line("", "hit rate over time  %s", Sparkline(t.Trend.Points))
	b := t.Trend.Break
	if b == nil {
		if t.Builds >= fewBuilds {
			t.line(dim, "no break in it")
		}
		return
	}
	color, word := red, "worse"
	if b.After > b.Before {
		color, word = green, "better"
	}
	t.line(color, "%s since %s: %.0f%% of the steps hit, before it %.0f%%", word, commitText(b.Since), 100*b.After, 100*b.Before)
	t.line("", "  %s", cli.Visible(b.Since.Subject))
}

func (t historyText) faults() {
	if t.Unbuildable == 0 {
		return
	}
	t.line("", "")
	t.line(yellow, "%s that cannot be built:", Count(t.Unbuildable, "commit"))
	list := t.Faults[:min(len(t.Faults), maxFaults)]
	for _, f := range list {
		t.line("", "  %s: %s", commitText(f.Commit), cli.OneLine(f.Error))
	}
	if more := t.Unbuildable - len(list); more > 0 {
		t.line(dim, "  and %d more", more)
	}
}

// commitText is "1a2b3c4d5e6f (2026-01-31)".
func commitText(c history.Commit) string {
	return cli.Visible(c.ID[:min(12, len(c.ID))]) + " (" + c.Time.UTC().Format(time.DateOnly) + ")"
}
