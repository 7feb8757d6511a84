package cachekey

import (
	"cmp"
	"fmt"

	"github.com/whybust/whybust/internal/dockerfile"
)

// Limits bound what replaying a Dockerfile may take: whoever wrote it may mean
// harm. Beyond a limit Replay fails with the file, the line and the limit. Zero fields are the
// defaults, which are far from anything that is built.
type Limits struct {
	// Dockerfile is its size in bytes; by default 16 MiB, BuildKit's own limit.
	Dockerfile int
	// Instructions is how many there are, by default 100,000. A trigger of ONBUILD counts
	// each time that it runs.
	Instructions int
	// Stages is how many there are, by default 10,000; an image that an instruction
	// names is one.
	Stages int
	// Expansion is by how many bytes one text may grow when its variables are
	// replaced, by default 1 MiB.
	Expansion int
	// Graph is how many bytes all that a graph holds may have, about: recipes, of which
	// each RUN has the whole environment, and names. By default 256 MiB.
	Graph int
}

// The defaults of Limits that are not those of BuildKit.
const (
	defaultStages = 10_000
	defaultGraph  = 256 << 20
)

// dockerfile are the limits of the parser.
func (l Limits) dockerfile() dockerfile.Limits {
	return dockerfile.Limits{Size: l.Dockerfile, Instructions: l.Instructions, Expansion: l.Expansion}
}

// spend notes that the graph grew.
func (r *replayer) spend(bytes int) { r.spent += bytes }

// room returns an error if the graph is too large.
func (r *replayer) room() error {
	if limit := cmp.Or(r.opts.Limits.Graph, defaultGraph); r.spent+r.expand.Spent > limit {
		return fmt.Errorf("what the steps up to here are made of comes to more than %d bytes, which is the limit", limit)
	}
	return nil
}

// roomForStages returns an error if there are too many stages.
func (r *replayer) roomForStages(line int) error {
	if limit := cmp.Or(r.opts.Limits.Stages, defaultStages); len(r.table.all) > limit {
		return &positionError{line, fmt.Errorf("there are more than %d stages and images, which is the limit", limit)}
	}
	return nil
}

// roomForTriggers returns an error if a stage's triggers make the instructions
// too many.
func (r *replayer) roomForTriggers(s *stage, triggers int) error {
	r.triggered += triggers
	if limit := cmp.Or(r.opts.Limits.Instructions, dockerfile.DefaultInstructions); r.triggered > limit {
		return &positionError{s.line, fmt.Errorf("ONBUILD makes more than %d instructions, which is the limit", limit)}
	}
	return nil
}

// fieldCost is what a field takes besides its text.
const fieldCost = 64

// cost is about how many bytes a recipe takes.
func (r Recipe) cost() (bytes int) {
	for _, f := range r {
		bytes += fieldCost + len(f.Name) + len(f.Value)
	}
	return bytes
}
