package main

import (
	"bytes"
	"fmt"

	"github.com/whybust/whybust/predict"
)

// writeOneline writes the verdict as one line, for a log or a commit status.
func writeOneline(out *bytes.Buffer, p *predict.Prediction) {
	i, ok := headline(p)
	if !ok {
		fmt.Fprintln(out, allCached(p))
		return
	}
	s := p.Steps[i]
	fmt.Fprintf(out, "%s %s: %s%s\n", verdictText(s.Status), stepPlace(s), stepText(s), reason(s))
}

// headline is the index of the step to speak of first: the first miss, or else
// the first step that may miss.
func headline(p *predict.Prediction) (int, bool) {
	if p.First != nil && 0 <= *p.First && *p.First < len(p.Steps) {
		return *p.First, true
	}
	for i, s := range p.Steps {
		if s.Status != predict.Hit {
			return i, true
		}
	}
	return 0, false
}

func verdictText(s predict.Status) string {
	if s == predict.Miss {
		return "cache busts at"
	}
	return "cache may bust at"
}

// allCached is the good news.
func allCached(p *predict.Prediction) string {
	switch n := len(p.Steps); n {
	case 0:
		return "there is nothing to cache: the target has no steps"
	case 1:
		return "the only step is cached"
	default:
		return fmt.Sprintf("every step is cached (%d steps)", n)
	}
}

// reason is the first cause of a step and the number of others, in brackets.
func reason(s predict.Step) string {
	causes := ownCauses(s)
	if len(causes) == 0 {
		causes = s.Causes
	}
	switch n := len(causes) - 1; {
	case n < 0:
		return ""
	case n == 0:
		return " (" + subject(causes[0]) + ")"
	default:
		return fmt.Sprintf(" (%s and %d more)", subject(causes[0]), n)
	}
}
