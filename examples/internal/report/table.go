package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

const defaultPlatform = cachekey.DefaultPlatform

// The widest cells of the table, in runes.
const (
	maxTarget = 72
	maxStep   = 56
)

// table is the rendering of many targets for people.
type table struct {
	palette
	out *bytes.Buffer
}

// Table writes a row for each target, and below what is to be known of some of them.
func Table(out *bytes.Buffer, answers []predict.TargetPrediction, colors bool) {
	t := table{palette(colors), out}
	rows := [][4]string{{"TARGET", "VERDICT", "FIRST MISS", "CAUSE"}}
	for _, a := range answers {
		step, cause := firstMiss(a)
		rows = append(rows, [4]string{cli.Cut(TargetName(a), maxTarget), string(a.Verdict), cli.Cut(step, maxStep), cause})
	}
	if len(answers) > 0 {
		t.rows(rows)
		t.line("")
	}
	t.summary(answers)
	t.contexts(answers)
	t.notes(answers)
}

func (t table) line(format string, args ...any) { fmt.Fprintf(t.out, format+"\n", args...) }

// rows aligns the columns; the last one is not padded.
func (t table) rows(rows [][4]string) {
	var widths [3]int
	for _, r := range rows {
		for i := range widths {
			widths[i] = max(widths[i], utf8.RuneCountInString(r[i]))
		}
	}
	for n, r := range rows {
		line := ""
		for i, w := range widths {
			cell := r[i] + strings.Repeat(" ", w-utf8.RuneCountInString(r[i]))
			switch {
			case n == 0:
				cell = t.paint(dim, cell)
			case i == 1:
				cell = t.paint(verdictColor(predict.TargetVerdict(r[1])), cell)
			}
			line += cell + "  "
		}
		last := r[3]
		if n == 0 {
			last = t.paint(dim, last)
		}
		t.line("%s", strings.TrimRight(line+last, " "))
	}
}

func verdictColor(v predict.TargetVerdict) string {
	switch v {
	case predict.TargetHit:
		return green
	case predict.TargetMayHit:
		return yellow
	case predict.TargetRemoved:
		return dim
	}
	return red
}

// firstMiss gives the step to speak of and its cause, or what else there is to say.
func firstMiss(a predict.TargetPrediction) (step, cause string) {
	p := a.Prediction
	switch {
	case a.Error != "":
		return "", cli.OneLine(a.Error)
	case p == nil || a.Verdict == predict.TargetNew:
		return "", ""
	}
	if i, ok := First(p); ok {
		s := p.Steps[i]
		return stepCell(s), strings.TrimSuffix(strings.TrimPrefix(Reason(s), " ("), ")")
	}
	if a.Verdict != predict.TargetHit {
		return "", "all of it is made by a target that misses"
	}
	if len(p.Config) > 0 {
		first := p.Config[0]
		cause = "runs nothing: " + cli.Cut(cli.Visible(first.Text), maxValue) + " " + ChangeWord(first.Change)
		if more := len(p.Config) - 1; more > 0 {
			cause += fmt.Sprintf(" and %d more", more)
		}
	}
	return "", cause
}

// stepCell is the display name of a step.
func stepCell(s predict.Step) string { return cli.Visible(s.Name) }

// summary counts.
func (t table) summary(answers []predict.TargetPrediction) {
	affected, sides := 0, ""
	for _, a := range answers {
		if a.Affected {
			affected++
		}
		if p := a.Prediction; p != nil && sides == "" {
			sides = RevisionText(p.Before) + " -> " + RevisionText(p.After) + ": "
		}
	}
	t.line("%s", t.paint(dim, fmt.Sprintf("%s%d of %s affected", sides, affected, Count(len(answers), "target"))))
}

// contexts says which context was chosen for what, and why, targets with the same to say together.
func (t table) contexts(answers []predict.TargetPrediction) {
	byWhy := map[string][]string{}
	var order []string
	for _, a := range answers {
		if a.Why == "" {
			continue
		}
		if byWhy[a.Why] == nil {
			order = append(order, a.Why)
		}
		if name := cli.VisiblePath(a.Name); !slices.Contains(byWhy[a.Why], name) {
			byWhy[a.Why] = append(byWhy[a.Why], name)
		}
	}
	if len(order) > 0 {
		t.line("")
	}
	for _, why := range order {
		names := byWhy[why]
		line := names[0]
		if more := len(names) - 1; more > 0 {
			line += fmt.Sprintf(" and %d more", more)
		}
		t.line("%s %s: %s", t.paint(dim, "context of"), line, cli.OneLine(why))
	}
}

// notes repeats those about definitions: the rest is the same as for each target alone.
func (t table) notes(answers []predict.TargetPrediction) {
	var seen []string
	for _, a := range answers {
		if a.Prediction == nil {
			continue
		}
		for _, n := range a.Prediction.Notes {
			if n.Kind != "definition" || slices.Contains(seen, n.Text) {
				continue
			}
			if len(seen) == 0 {
				t.line("")
			}
			seen = append(seen, n.Text)
			t.line("%s %s", t.paint(dim, "note:"), cli.OneLine(n.Text))
		}
	}
}

// TargetName is the name, with the platform where that is not the default.
func TargetName(a predict.TargetPrediction) string {
	name := cli.VisiblePath(a.Name)
	if a.Platform != "" && a.Platform != defaultPlatform {
		name += " (" + cli.Visible(a.Platform) + ")"
	}
	return name
}

// TargetLine is the answer about one target in a line.
func TargetLine(a predict.TargetPrediction) string {
	if a.Verdict == predict.TargetRemoved || a.Prediction == nil || a.Verdict == predict.TargetNew {
		return strings.TrimSpace(string(a.Verdict) + " " + brackets(a.Error))
	}
	var line bytes.Buffer
	Oneline(&line, a.Prediction)
	return strings.TrimSpace(line.String())
}

func brackets(s string) string {
	if s == "" {
		return ""
	}
	return "(" + cli.OneLine(s) + ")"
}
