// Package gate decides whether a job should fail by what is predicted for a build.
package gate

import (
	"fmt"

	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
)

// Gate says what is not accepted. The zero Gate lets everything pass.
type Gate struct {
	// FailOn is the least bad status that fails: predict.Miss, or predict.MayHit for
	// that and worse. Empty accepts all.
	FailOn predict.Status
	// ExpectHit are patterns of steps that must be served from the cache. A step
	// that may hit fails only if FailOn is predict.MayHit.
	ExpectHit []string
}

// Check returns whether the answer is refused, and for each expectation that is
// not met a line that says why. A pattern that matches no step is an error: it
// most likely was a step's name once, and would never fail again.
func (g Gate) Check(targets []report.Target) (refused bool, reasons []string, err error) {
	for _, t := range targets {
		refused = refused || g.FailOn != "" && g.fails(status(t))
	}
	for _, pattern := range g.ExpectHit {
		found := false
		for _, t := range targets {
			if t.Prediction == nil {
				continue
			}
			for _, i := range Match(t.Prediction, pattern) {
				found = true
				if s := t.Prediction.Steps[i]; g.fails(s.Status) {
					reasons = append(reasons, reason(t, s, pattern))
				}
			}
		}
		if !found {
			return false, nil, fmt.Errorf("--expect-hit %q matches no step", pattern)
		}
	}
	return refused || len(reasons) > 0, reasons, nil
}

// status is a target's verdict as the status of a step: what is new or broken is built.
func status(t report.Target) predict.Status {
	switch t.Verdict {
	case predict.TargetHit, predict.TargetRemoved:
		return predict.Hit
	case predict.TargetMayHit:
		return predict.MayHit
	}
	return predict.Miss
}

func (g Gate) fails(s predict.Status) bool {
	return s == predict.Miss || s == predict.MayHit && g.FailOn == predict.MayHit
}

// reason is one line: which step was expected to hit, and why it does not.
func reason(t report.Target, s predict.Step, pattern string) string {
	verdict := "misses"
	if s.Status == predict.MayHit {
		verdict = "may miss"
	}
	why := ""
	if len(s.Causes) > 0 {
		why = ": " + report.Phrase(t.Prediction, s.Causes[0])
		if n := len(s.Causes) - 1; n > 0 {
			why += fmt.Sprintf(" and %d more", n)
		}
	}
	name := ""
	if t.Name != "" {
		name = report.TargetName(t) + ": "
	}
	return fmt.Sprintf("%sexpected %q to hit, but %s (%s) %s%s", name, pattern, report.StepPlace(s), report.StepText(s), verdict, why)
}
