package report

import (
	"bytes"
	"fmt"

	"github.com/whybust/whybust/predict"
)

// Oneline writes the verdict as one line, for a log or a commit status.
func Oneline(out *bytes.Buffer, p *predict.Prediction) {
	line := Headline(p)
	if i, ok := First(p); ok {
		line += Reason(p.Steps[i])
	}
	fmt.Fprintln(out, line)
}

// First is the index of the step to speak of first: the first miss, or else
// the first step that may miss.
func First(p *predict.Prediction) (int, bool) {
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

// VerdictText is how a headline begins.
func VerdictText(s predict.Status) string {
	if s == predict.Miss {
		return "cache busts at"
	}
	return "cache may bust at"
}

// AllCached is the good news.
func AllCached(p *predict.Prediction) string {
	switch n := len(p.Steps); n {
	case 0:
		return "there is nothing to cache: the target has no steps"
	case 1:
		return "the only step is cached"
	default:
		return fmt.Sprintf("every step is cached (%d steps)", n)
	}
}

// Reason is the first cause of a step and the number of others, in brackets.
func Reason(s predict.Step) string {
	causes := OwnCauses(s)
	if len(causes) == 0 {
		causes = s.Causes
	}
	switch n := len(causes) - 1; {
	case n < 0:
		return ""
	case n == 0:
		return " (" + Subject(causes[0]) + ")"
	default:
		return fmt.Sprintf(" (%s and %d more)", Subject(causes[0]), n)
	}
}
