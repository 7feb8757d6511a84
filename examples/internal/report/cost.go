package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

// Took writes a time in milliseconds as people say it: "4m12s", "3.2s", "under 0.1s".
func Took(ms int64) string {
	switch d := time.Duration(ms) * time.Millisecond; {
	case ms < 100:
		return "under 0.1s"
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d.Round(time.Second) < time.Minute:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case d < time.Hour-time.Second:
		d = d.Round(time.Second)
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	default:
		d = d.Round(time.Minute)
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
}

// CostText says what the steps that are rebuilt take: "rebuilds 4m12s of 5m01s". Empty without
// measurements, and if nothing can be rebuilt.
func CostText(p *predict.Prediction) string {
	c := p.Cost
	if c == nil || p.Verdict == predict.Hit || c.Total == 0 {
		return ""
	}
	text := "rebuilds " + fromTo(c.Rebuilt, c.RebuiltAtMost) + " of " + Took(c.Total)
	if c.CriticalTotal < c.Total {
		text += fmt.Sprintf(" (with stages side by side at least %s of %s)",
			fromTo(c.Critical, c.CriticalAtMost), Took(c.CriticalTotal))
	}
	return text + ", by " + Count(c.Runs, "measured build")
}

func fromTo(least, most int64) string {
	if Took(least) == Took(most) {
		return Took(least)
	}
	if least == 0 {
		return "up to " + Took(most)
	}
	return Took(least) + " to " + Took(most)
}

// Unmeasured lists the steps that may be rebuilt and that no build ran, by their indexes.
func Unmeasured(p *predict.Prediction) (steps []int) {
	if p.Cost == nil {
		return nil
	}
	for _, i := range p.Cost.Unmeasured {
		if i >= 0 && i < len(p.Steps) && p.Steps[i].Status != predict.Hit {
			steps = append(steps, i)
		}
	}
	return steps
}

// SavesText says what a suggestion would have saved.
func SavesText(s *predict.Suggestion) string {
	text := ""
	if s.Saves.Time != nil {
		text = Took(*s.Saves.Time) + ": "
	}
	text += fmt.Sprintf("%d in place of %s rebuilt", s.Saves.RebuiltWith, Count(s.Saves.Rebuilt, "step"))
	if s.Saves.RebuiltWith == s.Saves.Rebuilt {
		text += ", but less in them"
	}
	if s.Saves.When != "" {
		text += ", " + cli.OneLine(s.Saves.When)
	}
	return text
}

// cost writes what is rebuilt, in time.
func (t text) cost() {
	line := CostText(t.p)
	if line != "" {
		t.line("%s", line)
	}
	steps := Unmeasured(t.p)
	if len(steps) == 0 {
		return
	}
	var names []string
	for _, i := range steps[:min(len(steps), maxMoreFiles)] {
		names = append(names, cli.Cut(cli.Visible(t.p.Steps[i].Name), maxFoldName))
	}
	more := ""
	if n := len(steps) - len(names); n > 0 {
		more = fmt.Sprintf(", and %d more", n)
	}
	t.line("never measured: %s%s", strings.Join(names, ", "), more)
}

// suggestions writes the patches, each with what it saves and on what it depends.
func (t text) suggestions() {
	for i := range t.p.Suggestions {
		s := &t.p.Suggestions[i]
		t.section()
		t.line("%s %s", t.paint(cyan, "suggestion:"), cli.OneLine(s.Text))
		if s.Missing != "" {
			t.line("  missing: %s", cli.OneLine(s.Missing))
			continue
		}
		t.line("  saves %s", SavesText(s))
		for _, name := range s.Saves.Cached[:min(len(s.Saves.Cached), maxFiles)] {
			t.line("  cached with it: %s", cli.Cut(cli.Visible(name), maxName))
		}
		for _, d := range s.DependsOn {
			t.line("  if %s", cli.OneLine(d))
		}
		for line := range strings.Lines(s.Diff) {
			t.diffLine(cli.Visible(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")))
		}
	}
}

func (t text) diffLine(line string) { t.line("%s", t.paint(diffColor(line), line)) }

// diffColor is the colour of a line of a diff, empty for none.
func diffColor(line string) string {
	switch {
	case strings.HasPrefix(line, "+++ "), strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "diff "):
		return bold
	case strings.HasPrefix(line, "+"):
		return green
	case strings.HasPrefix(line, "-"):
		return red
	}
	return ""
}

// Suggested reports whether a suggestion says what a hint says.
func Suggested(p *predict.Prediction, h predict.Hint) bool {
	return slices.ContainsFunc(p.Suggestions, func(s predict.Suggestion) bool { return s.Kind == h.Kind && s.Text == h.Text })
}
