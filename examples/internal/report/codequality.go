package report

import (
	"bytes"
	"fmt"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

// finding is one entry of GitLab's code-quality report (docs.gitlab.com,
// "Code Quality report format").
type finding struct {
	Description string          `json:"description"`
	CheckName   string          `json:"check_name"`
	Fingerprint string          `json:"fingerprint"`
	Severity    string          `json:"severity"`
	Location    findingLocation `json:"location"`
}

type findingLocation struct {
	Path  string       `json:"path"`
	Lines findingLines `json:"lines"`
}

type findingLines struct {
	Begin int `json:"begin"`
}

// CodeQuality writes a report for GitLab: where the cache of each target busts first, and
// the standing hazards. A finding keeps its fingerprint when lines move and when the
// same step busts for another reason.
func CodeQuality(out *bytes.Buffer, targets []Target, hazards []predict.Hazard) error {
	findings := []finding{}
	for _, t := range targets {
		p := t.Prediction
		if p == nil || t.Verdict == predict.TargetNew {
			continue
		}
		i, ok := First(p)
		if !ok {
			continue
		}
		s := p.Steps[i]
		severity, name := "minor", ""
		if s.Status == predict.MayHit {
			severity = "info"
		}
		if t.Name != "" {
			name = TargetName(t) + ": "
		}
		findings = append(findings, finding{
			Description: plainText(name + Headline(p) + Reason(s)), CheckName: "whybust/cache-bust", Severity: severity,
			Fingerprint: fingerprint(fmt.Sprintf("bust %q %q %q %q", t.Name, p.Dockerfile, s.Stage, StepText(s))),
			Location:    location(p.Dockerfile, s.Line),
		})
	}
	prints := fingerprints(hazards)
	for i, h := range hazards {
		severity := "info"
		if level(h.Kind) == "warning" {
			severity = "minor"
		}
		findings = append(findings, finding{
			Description: plainText(h.Text), CheckName: "whybust/" + h.Kind, Severity: severity,
			Fingerprint: prints[i], Location: location(h.File, h.Line),
		})
	}
	return cli.WriteJSON(out, findings)
}

func location(file string, line int) findingLocation {
	return findingLocation{file, findingLines{max(line, 1)}}
}
