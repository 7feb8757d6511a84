package whatif

import (
	"cmp"

	"github.com/whybust/whybust/predict/history"
)

// AdviceSchema is the version of the JSON form of an Advice.
const AdviceSchema = "whybust-advice/v1"

// MinBuilds is how many builds there must be for advice.
const MinBuilds = 20

// Advice is what other Dockerfiles and ignore files would have saved of a history: plain
// data, stable as JSON.
type Advice struct {
	Schema string `json:"schema"`
	// Interrupted is set if the context ended before all was tried. What was found by then is all here; figures
	// may be of the oldest builds alone, and each says of how many.
	Interrupted bool `json:"interrupted"`
	// First and Last are the oldest and the newest build that AsItWas counts; nil if there was none.
	First *history.Commit `json:"first"`
	Last  *history.Commit `json:"last"`
	// AsItWas counts the builds as they were, Unbuildable the commits that could not be built.
	AsItWas     Figures `json:"asItWas"`
	Unbuildable int     `json:"unbuildable"`
	// TooFew is set if there were fewer than MinBuilds builds: then nothing is advised.
	TooFew bool `json:"tooFew"`
	// Tried is how many different changes were tried over the whole history.
	Tried int `json:"tried"`
	// Advices are the changes that would have saved something, each for itself, those that save most first.
	Advices []Advised `json:"advices"`
	// Together is the combination that was found by adding what saves most until nothing more
	// was gained; nil if that is no more than the first of Advices.
	Together *Combination `json:"together"`
	// Ended says why fewer combinations were tried than there may be; empty if all were.
	Ended string `json:"ended,omitempty"`
}

// Advised is one change and what it would have saved.
type Advised struct {
	// Kind, Text and DependsOn are as in predict.Suggestion. Lines are of the Dockerfile of the
	// build Seen, of which the change was found.
	Kind      string   `json:"kind"`
	Text      string   `json:"text"`
	DependsOn []string `json:"dependsOn"`
	Seen      string   `json:"seen"`
	// Diff is the change of the newest commit's files. On the others the same instructions were
	// changed, wherever they stand there.
	Diff string `json:"diff"`
	Comparison
	// Rates are the steps of the stages where it makes a difference, as the changed Dockerfile of the newest
	// commit has them.
	Rates []Rate `json:"rates"`
}

// Combination is several changes at once.
type Combination struct {
	// Parts are the changes in the order in which they were added.
	Parts []Part `json:"parts"`
	// Diff is all of them on the newest commit.
	Diff string `json:"diff"`
	Comparison
	Rates []Rate `json:"rates"`
}

// Part is a change of a combination, made on what those before it left.
type Part struct {
	Kind      string   `json:"kind"`
	Text      string   `json:"text"`
	DependsOn []string `json:"dependsOn"`
}

// Rate says how often a step would have changed by itself.
type Rate struct {
	Stage string `json:"stage"`
	Name  string `json:"name"`
	Line  int    `json:"line"`
	// Builds is how many had it. It hit in Hits of them, and in Changed it missed for causes of its own: other
	// files, another text.
	Builds  int `json:"builds"`
	Hits    int `json:"hits"`
	Changed int `json:"changed"`
}

// saves weighs a comparison against another of the same builds: first the time, where it was
// measured, then the commands that are cached, then all misses.
func (c *Comparison) saves(than *Comparison) int {
	if c.Saved != nil && than.Saved != nil && c.Unmeasured == 0 && than.Unmeasured == 0 && *c.Saved != *than.Saved {
		return cmp.Compare(*c.Saved, *than.Saved)
	}
	return cmp.Or(cmp.Compare(c.With.CommandHits, than.With.CommandHits), cmp.Compare(c.Gain(), than.Gain()))
}

// worth reports whether a change saves more than it costs, beyond another of the same
// builds. A fetch put before a build is one command more, which runs now and then: it has to be cached more often
// than it runs.
func (c *Comparison) worth(than *Comparison) bool {
	cached := c.With.CommandHits - than.With.CommandHits
	more := c.CommandsAdded - c.CommandsAvoided - than.CommandsAdded + than.CommandsAvoided
	if cached > 0 {
		return cached > more
	}
	return cached == 0 && more <= 0 && c.Gain() > than.Gain()
}
