package report

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

// worst are the statuses from worst to best.
var worst = []predict.Status{predict.Miss, predict.MayHit, predict.Hit}

// several writes the answer for more than one target: a table, and below it each
// that is not cached. Targets of which the same is to be said share a section.
func (m markdown) several(targets []Target) {
	if len(targets) == 0 {
		m.line("### there is nothing to build")
		return
	}
	by := map[predict.Status]int{}
	for _, t := range targets {
		by[t.Prediction.Verdict]++
	}
	m.line("### %s\n", severalHeadline(len(targets), by))
	m.table(targets)
	sections := map[string]int{}
	var texts []string
	var names [][]string
	for _, t := range targets {
		text := m.section(t.Prediction)
		i, ok := sections[text]
		if !ok {
			i = len(texts)
			sections[text], texts, names = i, append(texts, text), append(names, nil)
		}
		names[i] = append(names[i], m.code(cli.Cut(cli.Visible(t.Name), maxValue)))
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
	p := targets[0].Prediction
	m.line("\n%s → %s", m.RevisionText(p.Before), m.RevisionText(p.After))
}

// severalHeadline counts the targets by their verdicts.
func severalHeadline(n int, by map[predict.Status]int) string {
	of := fmt.Sprintf("%d of %d targets", by[predict.Miss], n)
	switch {
	case by[predict.Hit] == n:
		return fmt.Sprintf("every step of the %d targets is cached", n)
	case by[predict.Miss] == 0:
		return fmt.Sprintf("cache may bust in %d of %d targets", by[predict.MayHit], n)
	case by[predict.MayHit] > 0:
		return fmt.Sprintf("cache busts in %s, and may in %d more", of, by[predict.MayHit])
	}
	return "cache busts in " + of
}

// table has a row for each target, the lost ones first.
func (m markdown) table(targets []Target) {
	m.line("| target | cache | first at | cached |")
	m.line("|---|---|---|---|")
	rows := 0
	for _, status := range worst {
		for _, t := range targets {
			if t.Prediction.Verdict != status {
				continue
			}
			if m.size() > maxList {
				m.line("| and %d more | | | |", len(targets)-rows)
				return
			}
			rows++
			m.line("%s", m.row(t))
		}
	}
}

func (m markdown) row(t Target) string {
	p := t.Prediction
	verdict := map[predict.Status]string{predict.Miss: "busts", predict.MayHit: "may bust", predict.Hit: "holds"}[p.Verdict]
	at := ""
	if i, ok := First(p); ok {
		at = m.StepPlace(p.Steps[i]) + ": " + m.StepText(p.Steps[i])
	}
	cells := []string{m.code(cli.Cut(cli.Visible(t.Name), maxValue)), verdict, at, fmt.Sprintf("%d of %d", hits(p), len(p.Steps))}
	for i, c := range cells {
		cells[i] = cell(c)
	}
	return "| " + strings.Join(cells, " | ") + " |"
}

// section is what is to be said of one target of several.
func (m markdown) section(p *predict.Prediction) string {
	var out bytes.Buffer
	inner := markdown{Words: m.Words, out: &out}
	inner.target(p)
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
		fmt.Fprintf(h, "target %q %q\n", t.Name, t.Prediction.Verdict)
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
