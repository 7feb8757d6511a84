package targets

import (
	"slices"
	"strings"

	"github.com/whybust/whybust/predict"
)

// Matrix is what the matrix of a CI job takes: GitHub's strategy.matrix reads
// it with fromJSON.
type Matrix struct {
	Include []Job `json:"include"`
}

// Job is a target to build.
type Job struct {
	Name string `json:"name"`
	// Verdict is the worst of all platforms.
	Verdict predict.TargetVerdict `json:"verdict"`
	// Context and Dockerfile are relative to the repository's root; Target is
	// the stage, empty for the last one.
	Context    string `json:"context"`
	Dockerfile string `json:"dockerfile"`
	Target     string `json:"target"`
	// Platforms are all that the target is built for, with commas between, as --platform takes
	// them: an image of several platforms is pushed as one.
	Platforms string `json:"platforms"`
}

// NewMatrix lists the affected targets, one job for all platforms of a name, in
// the order of the answers. A broken target is among them: its build will tell.
func NewMatrix(answers []predict.TargetPrediction) Matrix {
	m := Matrix{Include: []Job{}}
	place := map[string]int{}
	affected := map[string]bool{}
	var jobs []Job
	for _, a := range answers {
		if a.Verdict == predict.TargetRemoved {
			continue
		}
		affected[a.Name] = affected[a.Name] || a.Affected
		i, ok := place[a.Name]
		if !ok {
			place[a.Name] = len(jobs)
			jobs = append(jobs, Job{
				Name: a.Name, Verdict: a.Verdict, Context: a.Context, Dockerfile: a.Dockerfile, Target: a.Target, Platforms: a.Platform,
			})
			continue
		}
		j := &jobs[i]
		if a.Verdict.Worse(j.Verdict) {
			j.Verdict = a.Verdict
		}
		if !slices.Contains(strings.Split(j.Platforms, ","), a.Platform) {
			j.Platforms += "," + a.Platform
		}
	}
	for _, j := range jobs {
		if affected[j.Name] {
			m.Include = append(m.Include, j)
		}
	}
	return m
}
