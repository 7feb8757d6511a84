package predict

import "context"

// Side is one side of a Request.
//
// This file is a stand-in until the real one lands.
type Side struct {
	Revision  string            // "" is the working tree
	File      string            // Dockerfile, relative to where the caller stands or absolute; "" = CONTEXT/Dockerfile
	Target    string            // "" is the last stage
	Platform  string            // "" is linux on this machine's architecture
	BuildArgs map[string]string // "{commit}" in a value stands for that side's commit id
}

// Request is what Run predicts.
type Request struct {
	Dir           string // any directory of the repository; paths are relative to it; "" = "."
	Context       string // context directory relative to Dir; "" = "."
	Before, After Side
	MergeBase     bool // A...B: the old side is the merge base of both revisions
	NoGitDir      bool
	AddHosts      []string
	Ulimits       []string
	Network       string
	ShmSize       string
}

// Run is a stand-in: a canned answer.
func Run(ctx context.Context, r *Request) (*Prediction, error) {
	first := 3
	return &Prediction{
		Schema:     Schema,
		Before:     Revision{Revision: r.Before.Revision, Commit: "1111111111111111111111111111111111111111"},
		After:      Revision{Revision: r.After.Revision},
		Dockerfile: "Dockerfile",
		Platform:   "linux/amd64",
		Verdict:    Miss,
		First:      &first,
		Steps: []Step{
			{Step: 1, Of: 5, Name: "[1/5] FROM docker.io/library/busybox:1", Instruction: "FROM", Line: 1, EndLine: 1, Status: Hit, Causes: []Cause{}},
			{Step: 2, Of: 5, Name: "[2/5] WORKDIR /app", Instruction: "WORKDIR", Line: 2, EndLine: 2, Status: Hit, Causes: []Cause{}},
			{Step: 3, Of: 5, Name: "[3/5] COPY go.mod ./", Instruction: "COPY", Line: 3, EndLine: 3, Status: Hit, Causes: []Cause{}},
			{Step: 4, Of: 5, Name: "[4/5] COPY src ./src", Instruction: "COPY", Line: 5, EndLine: 5, Status: Miss,
				Causes: []Cause{{Kind: CauseFile, Change: Modified, Path: "src/index.js"}}},
			{Step: 5, Of: 5, Name: "[5/5] RUN use \"$TOKEN\"", Instruction: "RUN", Line: 7, EndLine: 7, Status: Miss,
				Causes: []Cause{{Kind: CauseParent, Step: &first}}},
		},
		Config: []ConfigChange{},
		Notes:  []Note{{Kind: "floating-tag", File: "Dockerfile", Line: 1, Text: "busybox:1 is a tag"}},
		Hints:  []Hint{},
	}, nil
}
