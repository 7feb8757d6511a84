package report

import (
	"fmt"
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

// Words say things about a prediction. The zero Words speak plain text.
type Words struct {
	// Code marks up a piece that comes from the repository: a path, a name, a value.
	// It gets one line of visible characters, and must escape it. Nil leaves it as
	// it is.
	Code func(string) string
}

// plain are the words for a terminal.
var plain Words

// code marks up a piece, unless there is none.
func (w Words) code(s string) string {
	if w.Code == nil || s == "" {
		return s
	}
	return w.Code(s)
}

// arrow stands between what was and what is.
func (w Words) arrow() string {
	if w.Code == nil {
		return " -> "
	}
	return " → "
}

func (w Words) path(name string) string { return w.code(cli.VisiblePath(name)) }

// StepPlace is "step 4/6 of builder".
func (w Words) StepPlace(s predict.Step) string {
	place := fmt.Sprintf("step %d/%d", s.Step, s.Of)
	if s.Stage != "" {
		place += " of " + w.code(cli.Cut(cli.Visible(s.Stage), maxValue))
	}
	return place
}

// StepText is the step's name without BuildKit's "[builder 4/6] ".
func (w Words) StepText(s predict.Step) string {
	name := s.Name
	if rest, ok := strings.CutPrefix(name, "["); ok {
		if _, text, ok := strings.Cut(rest, "] "); ok {
			name = text
		}
	}
	return w.code(cli.Cut(cli.Visible(name), maxName))
}

// Place is "Dockerfile:7", as editors and terminals know it; empty without a file.
func (w Words) Place(file string, line int) string {
	switch {
	case file == "":
		return ""
	case line == 0:
		return w.path(file)
	default:
		return w.code(fmt.Sprintf("%s:%d", cli.VisiblePath(file), line))
	}
}

// Headline is the verdict: "cache busts at step 4/6 of builder: COPY . .".
func (w Words) Headline(p *predict.Prediction) string {
	i, ok := First(p)
	if !ok {
		return AllCached(p)
	}
	s := p.Steps[i]
	return VerdictText(s.Status) + " " + w.StepPlace(s) + ": " + w.StepText(s)
}

// RevisionText is "HEAD~1 (1a2b3c4d5e6f)".
func (w Words) RevisionText(r predict.Revision) string {
	name, commit := cli.Cut(cli.Visible(r.Revision), maxValue), cli.Visible(r.Commit[:min(12, len(r.Commit))])
	switch {
	case r.Commit == "" && r.Revision == "":
		return "working tree"
	case r.Commit == "":
		return w.code(name)
	case r.Revision == "":
		return "(" + w.code(commit) + ")"
	case strings.HasPrefix(r.Commit, r.Revision):
		return w.code(name)
	}
	return strings.TrimSpace(w.code(name) + " (" + w.code(commit) + ")")
}

// The same in plain text.

// Phrase is Words.Phrase in plain text.
func Phrase(p *predict.Prediction, c predict.Cause) string { return plain.Phrase(p, c) }

// Subject is Words.Subject in plain text.
func Subject(c predict.Cause) string { return plain.Subject(c) }

// StepPlace is Words.StepPlace in plain text.
func StepPlace(s predict.Step) string { return plain.StepPlace(s) }

// StepText is Words.StepText in plain text.
func StepText(s predict.Step) string { return plain.StepText(s) }

// Place is Words.Place in plain text.
func Place(file string, line int) string { return plain.Place(file, line) }

// Headline is Words.Headline in plain text.
func Headline(p *predict.Prediction) string { return plain.Headline(p) }

// RevisionText is Words.RevisionText in plain text.
func RevisionText(r predict.Revision) string { return plain.RevisionText(r) }
