package report

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

// Target is the answer for one target of several.
type Target = predict.TargetPrediction

// Single is the answer for a build of one target, which has no name.
func Single(p *predict.Prediction) []Target {
	return []Target{{Verdict: predict.TargetVerdict(p.Verdict), Affected: true, Dockerfile: p.Dockerfile, Prediction: p}}
}

// verdicts are the words for the verdicts on targets, from worst to best.
var verdicts = []struct {
	verdict predict.TargetVerdict
	word    string
}{
	{predict.TargetBroken, "broken"},
	{predict.TargetMiss, "busts"},
	{predict.TargetMayHit, "may bust"},
	{predict.TargetNew, "new"},
	{predict.TargetHit, "holds"},
	{predict.TargetRemoved, "removed"},
}

// several writes the answer for more than one target: a table, and below it each
// that is not cached. Targets of which the same is to be said share a section.
func (m markdown) several(targets []Target) {
	if len(targets) == 0 {
		m.line("### there is nothing to build")
		return
	}
	m.line("### %s\n", severalHeadline(targets))
	m.table(targets)
	sections := map[string]int{}
	var texts []string
	var names [][]string
	for _, t := range targets {
		text := m.section(t)
		i, ok := sections[text]
		if !ok {
			i = len(texts)
			sections[text], texts, names = i, append(texts, text), append(names, nil)
		}
		names[i] = append(names[i], m.code(cli.Cut(TargetName(t), maxName)))
	}
	left := 0
	for i, text := range texts {
		switch {
		case strings.TrimSpace(text) == "":
		case m.size()+len(text) > maxLists:
			left += len(names[i])
		default:
			m.line("\n#### %s\n%s", joined(names[i], 10), strings.TrimRight(text, "\n"))
		}
	}
	if left > 0 {
		m.line("\nThere is no room here for %s; the table has the verdict.", Count(left, "more target"))
	}
	for _, t := range targets {
		if p := t.Prediction; p != nil {
			m.line("\n%s → %s", m.RevisionText(p.Before), m.RevisionText(p.After))
			return
		}
	}
}

// severalHeadline counts the targets by their verdicts.
func severalHeadline(targets []Target) string {
	by := map[predict.TargetVerdict]int{}
	for _, t := range targets {
		by[t.Verdict]++
	}
	n := len(targets)
	busts, may := by[predict.TargetMiss], by[predict.TargetMayHit]
	var s string
	switch {
	case busts > 0 && may > 0:
		s = fmt.Sprintf("cache busts in %d of %s, and may in %d more", busts, Count(n, "target"), may)
	case busts > 0:
		s = fmt.Sprintf("cache busts in %d of %s", busts, Count(n, "target"))
	case may > 0:
		s = fmt.Sprintf("cache may bust in %d of %s", may, Count(n, "target"))
	default:
		s = fmt.Sprintf("cache holds in %d of %s", by[predict.TargetHit], Count(n, "target"))
	}
	for _, v := range verdicts {
		if other := by[v.verdict]; other > 0 && (v.verdict == predict.TargetNew || v.verdict == predict.TargetBroken || v.verdict == predict.TargetRemoved) {
			s += fmt.Sprintf(", %d %s", other, v.word)
		}
	}
	return s
}

// table has a row for each target, the lost ones first.
func (m markdown) table(targets []Target) {
	m.line("| target | cache | first at | cached |")
	m.line("|---|---|---|---|")
	rows := 0
	for _, v := range verdicts {
		for _, t := range targets {
			if t.Verdict != v.verdict {
				continue
			}
			if m.size() > maxList {
				m.line("| and %d more | | | |", len(targets)-rows)
				return
			}
			rows++
			m.line("%s", m.row(t, v.word))
		}
	}
}

func (m markdown) row(t Target, word string) string {
	at, cached := "", ""
	if p := t.Prediction; p != nil && t.Verdict != predict.TargetNew {
		cached = fmt.Sprintf("%d of %d", hits(p), len(p.Steps))
		if i, ok := First(p); ok {
			at = m.StepPlace(p.Steps[i]) + ": " + m.StepText(p.Steps[i])
		}
	}
	cells := []string{m.code(cli.Cut(TargetName(t), maxName)), word, at, cached}
	for i, c := range cells {
		cells[i] = cell(c)
	}
	return "| " + strings.Join(cells, " | ") + " |"
}

// section is what is to be said of one target of several; nothing of one that is
// new altogether or gone.
func (m markdown) section(t Target) string {
	var out bytes.Buffer
	inner := markdown{Words: m.Words, out: &out}
	if t.Error != "" {
		inner.line("\n%s", m.code(cli.Cut(cli.OneLine(t.Error), maxPiece)))
	}
	if t.Prediction != nil && t.Verdict != predict.TargetNew {
		inner.target(t.Prediction)
	}
	return out.String()
}

// joined is "a, b and 3 more".
func joined(names []string, limit int) string {
	if len(names) <= limit {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:limit], ", "), len(names)-limit)
}

// Fingerprint is the same for two answers that say that the same steps are lost for the
// same reasons, whatever commits were compared.
func Fingerprint(targets []Target) string {
	h := sha256.New()
	for _, t := range targets {
		fmt.Fprintf(h, "target %q %q\n", t.Name, t.Verdict)
		if t.Prediction == nil {
			continue
		}
		for _, s := range t.Prediction.Steps {
			if s.Status == predict.Hit {
				continue
			}
			fmt.Fprintf(h, "step %q %q %q\n", s.Status, s.Stage, StepText(s))
			for _, c := range OwnCauses(s) {
				fmt.Fprintf(h, "cause %q %q %q %q %q %q\n", c.Kind, c.Change, c.Path, c.Name, c.Before, c.After)
			}
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}
