package report

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/history"
)

// targetFigures are what an overview says of a target.
type targetFigures struct {
	history.TargetHistory
	name                string
	steps, hits, misses int
	worst               int // the index of the step with the most misses of its own; -1 without any
}

// figuresOf are those of all targets, what missed most first.
func figuresOf(s *history.Targets) []targetFigures {
	var all []targetFigures
	for _, t := range s.Targets {
		f := targetFigures{TargetHistory: t, worst: -1, name: TargetName(predict.TargetPrediction{Name: t.Name, Platform: t.Platform})}
		for i, step := range t.History.Steps {
			f.steps, f.hits, f.misses = f.steps+step.Runs, f.hits+step.Hits, f.misses+step.Misses
			if step.Own > 0 && (f.worst < 0 || step.Own > t.History.Steps[f.worst].Own) {
				f.worst = i
			}
		}
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(a, b targetFigures) int { return cmp.Compare(b.misses, a.misses) })
	return all
}

// builds is "200", or why there is none.
func (f *targetFigures) builds() string {
	switch h := f.History; {
	case h.Builds > 0:
		return fmt.Sprint(h.Builds)
	case h.Unbuildable > 0:
		return "not built"
	case f.Absent > 0:
		return "not there"
	}
	return "0"
}

// worstText is "45: [2/5] COPY . .", empty if no step missed by itself.
func (f *targetFigures) worstText() string {
	if f.worst < 0 {
		return ""
	}
	step := f.History.Steps[f.worst]
	return fmt.Sprintf("%d: %s", step.Own, cli.Visible(step.Name))
}

// alone is the history without what is said of all targets.
func (f *targetFigures) alone() *history.Summary {
	s := *f.History
	s.Interrupted, s.Cache.Branch = false, ""
	return &s
}

// quiet reports whether there is nothing to say of a target but its figures.
func (f *targetFigures) quiet() bool {
	return f.misses == 0 && f.History.Unbuildable == 0 && len(f.Notes) == 0
}

// commitsText is "200 commits of 12 targets".
func commitsText(s *history.Targets) string {
	return fmt.Sprintf("%s of %s", Count(s.Commits, "commit"), Count(len(s.Targets), "target"))
}

const definedText = "as they are defined at the newest commit"

// HistoriesText writes the histories of several targets for people: an overview, and below it each target of which a
// step missed, or that cannot be built.
func HistoriesText(out *bytes.Buffer, s *history.Targets, width int, colors bool) {
	t := historyText{palette(colors), out, width, &history.Summary{}}
	if s.Interrupted {
		t.line(yellow, "interrupted: these are the oldest commits")
	}
	t.line(bold, "%s, %s", commitsText(s), definedText)
	if text := branchText(s.Cache); text != "" {
		t.line("", "%s", text)
	}
	t.line("", "")
	all := figuresOf(s)
	t.overview(all)
	cached := 0
	for _, f := range all {
		if f.quiet() {
			cached++
			continue
		}
		t.line("", "")
		t.line(bold, "== %s", f.name)
		if f.Why != "" {
			t.line(dim, "context %s: %s", cli.VisiblePath(f.Context), cli.Visible(f.Why))
		}
		for _, n := range f.Notes {
			t.line(dim, "note: %s", cli.OneLine(n.Text))
		}
		if f.Absent > 0 {
			t.line("", "not there in %s", Count(f.Absent, "commit"))
		}
		HistoryText(out, f.alone(), width, colors)
	}
	if cached > 0 {
		t.line("", "")
		t.line(dim, "no step missed: %s", Count(cached, "target"))
	}
}

// overview is the table of the targets. The first and the last column are texts, which give way.
func (t historyText) overview(all []targetFigures) {
	rows := [][]string{{"TARGET", "BUILDS", "HIT RATE", "MISS", "WORST STEP, MISSED BY ITSELF"}}
	for _, f := range all {
		rows = append(rows, []string{f.name, f.builds(), Rate(f.hits, f.steps), fmt.Sprint(f.misses), f.worstText()})
	}
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, c := range r {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	widths[0] = min(widths[0], t.width/3)
	for n, r := range rows {
		pad := func(i int) string { return strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(r[i]))) }
		color := ""
		if n == 0 {
			color = dim
		}
		r[0] = cutFront(r[0], widths[0])
		t.line(color, "%s  %s  %s  %s  %s", r[0]+pad(0), pad(1)+r[1], pad(2)+r[2], pad(3)+r[3], r[4])
	}
}

// cutFront shortens a path to so many characters: its end tells it from others.
func cutFront(s string, width int) string {
	if over := utf8.RuneCountInString(s) - width; over > 0 {
		return "…" + string([]rune(s)[over+1:])
	}
	return s
}

// HistoriesMarkdown is HistoryMarkdown for several targets.
func HistoriesMarkdown(out *bytes.Buffer, s *history.Targets) {
	line := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	if s.Interrupted {
		line("Interrupted: these are the oldest commits.\n")
	}
	line("**%s**, %s.\n", commitsText(s), definedText)
	if c := s.Cache; c.Branch != "" {
		c.Branch = codeSpan(c.Branch)
		line("%s.\n", branchText(c))
	}
	line("| target | builds | hit rate | misses | worst step, missed by itself |\n|---|--:|--:|--:|---|")
	all := figuresOf(s)
	for _, f := range all {
		worst := f.worstText()
		if worst != "" {
			worst = cell(codeSpan(cli.Cut(worst, maxName)))
		}
		line("| %s | %s | %s | %d | %s |", cell(codeSpan(cli.Cut(f.name, maxName))), f.builds(), Rate(f.hits, f.steps), f.misses, worst)
	}
	for _, f := range all {
		if f.quiet() {
			continue
		}
		line("\n### %s\n", codeSpan(cli.Cut(f.name, maxName)))
		for _, n := range f.Notes {
			line("Note: %s\n", codeSpan(cli.OneLine(n.Text)))
		}
		if f.Absent > 0 {
			line("Not there in %s.\n", Count(f.Absent, "commit"))
		}
		HistoryMarkdown(out, f.alone())
	}
}

// HistoriesCSV is HistoryCSV for several targets, with the target and its platform in front.
func HistoriesCSV(out *bytes.Buffer, s *history.Targets) error {
	w := csv.NewWriter(out)
	if err := w.Write(append([]string{"target", "platform"}, historyColumns...)); err != nil {
		return err
	}
	for _, t := range s.Targets {
		if err := csvSteps(w, t.History, csvText(t.Name), csvText(t.Platform)); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
