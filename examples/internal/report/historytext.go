package report

import (
	"bytes"
	"fmt"
	"strings"
	"time"

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
		t.line("", "")
		t.steps()
		t.stepsHelp()
		t.culprits()
		t.trend()
		t.stepBreaks()
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
	t.line(breakColor(b), "%s since %s: %.0f%% of the steps hit, before it %.0f%%", breakWord(b), commitText(b.Since), 100*b.After, 100*b.Before)
	t.line("", "  %s", cli.Visible(b.Since.Subject))
}

// stepBreaks says since when single steps hit more or less often.
func (t historyText) stepBreaks() {
	for i, b := range stepBreaks(t.Summary) {
		if i == 0 {
			t.line("", "")
			t.line("", "step by step")
		}
		t.line(breakColor(b.Break), "  %s since %s: %s", breakWord(b.Break), commitText(b.Since), b.steps)
	}
}

func breakColor(b *history.Break) string {
	if b.After > b.Before {
		return green
	}
	return red
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
