// Package history adds up the predictions of a history: which step missed how
// often, through what, and whether it got worse.
//
// A Collector is fed with what predict.History streams, one build after another, and gives a Summary
// at any time. What it holds grows with the number of different steps, not with the number of builds.
//
// A hit rate is one of these commits and of no others: the number of builds stands
// beside every figure.
package history

import (
	"cmp"
	"time"

	"github.com/whybust/whybust/predict"
)

// Schema is the version of the JSON form of a Summary.
const Schema = "whybust-history/v1"

// Summary is a history added up: plain data, stable as JSON.
type Summary struct {
	Schema string `json:"schema"`
	// Interrupted is set, by whoever ran it, if the history was not read to its end. What is
	// missing are the newest commits.
	Interrupted bool `json:"interrupted"`
	// Cache is what each build found.
	Cache Cache `json:"cache"`
	// First and Last are the oldest and the newest build that was predicted; nil if none was.
	First *Commit `json:"first"`
	Last  *Commit `json:"last"`
	// Builds is how many were predicted. Each other figure is of these.
	Builds int `json:"builds"`
	// Cached is how many of them had no step that misses or may miss.
	Cached int `json:"cached"`
	// Unbuildable is how many commits could not be built; Faults names some of
	// them, the newest first.
	Unbuildable int     `json:"unbuildable"`
	Faults      []Fault `json:"faults"`
	// Steps are all that occurred, those of the newest Dockerfile first and in its order.
	Steps []Step `json:"steps"`
	// Edits says what the builds were that missed anything.
	Edits Edits `json:"edits"`
	// Culprits are the paths, directories and patterns that alone broke builds,
	// those that broke most first.
	Culprits []Culprit `json:"culprits"`
	Trend    Trend     `json:"trend"`
}

// Cache says what each build found of those before it, as predict.HistoryRequest does.
type Cache struct {
	// Size is of how many builds before it.
	Size int `json:"size"`
	// Mode is how that came to the machine of the build.
	Mode predict.CacheMode `json:"mode"`
	// Branch is the branch whose builds up to the merge base are in the cache too, as the caller wrote it; empty if there is
	// none. The builds are then those of pull requests.
	Branch string `json:"branch"`
}

// CacheOf is that of a request.
func CacheOf(r *predict.HistoryRequest) Cache {
	return Cache{Size: max(1, r.CacheSize), Mode: cmp.Or(r.CacheMode, predict.CacheLocal), Branch: r.BranchCache}
}

// Commit is a commit of the history.
type Commit struct {
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Subject string    `json:"subject"`
}

// Fault is a commit that cannot be built.
type Fault struct {
	Commit
	Error string `json:"error"`
}

// Step is a step, followed through renames of its stage and edits of its text.
type Step struct {
	// Stage, Step, Of, Name, Instruction and Line are as in predict.Step, of the
	// newest build that had it.
	Stage       string `json:"stage"`
	Step        int    `json:"step"`
	Of          int    `json:"of"`
	Name        string `json:"name"`
	Instruction string `json:"instruction"`
	Line        int    `json:"line"`
	// Current is set if the newest build has it.
	Current bool `json:"current"`
	// Runs is how many builds had it: Hits, MayHits and Misses together.
	Runs    int `json:"runs"`
	Hits    int `json:"hits"`
	MayHits int `json:"mayHits"`
	Misses  int `json:"misses"`
	// Own is how many of the misses had a cause of the step's own, Inherited how many merely followed.
	Own       int `json:"own"`
	Inherited int `json:"inherited"`
	// From says where the inherited ones began.
	From []Origin `json:"from"`
	// Causes says how many of its own misses each kind of cause took part in.
	Causes map[predict.CauseKind]int `json:"causes"`
	// Seconds is how long it takes and Lost what its misses came to, in seconds; nil if it was
	// never measured.
	Seconds *float64 `json:"seconds"`
	Lost    *float64 `json:"lost"`
	// Trend has an entry for each of Summary.Trend.Points. Break is where it changed most whether the step hit, nil if that
	// did not change for certain.
	Trend []StepPoint `json:"trend"`
	Break *Break      `json:"break"`
}

// HitRate is the part of the runs that hit, from 0 to 1; 0 without runs.
func (s *Step) HitRate() float64 {
	if s.Runs == 0 {
		return 0
	}
	return float64(s.Hits) / float64(s.Runs)
}

// Origin is where inherited misses began.
type Origin struct {
	// Step is an index in Summary.Steps.
	Step   int `json:"step"`
	Misses int `json:"misses"`
}

// Edits counts the builds that missed anything by what began it.
type Edits struct {
	// Dockerfile: only changes of the Dockerfile, the ignore file or the build's options.
	Dockerfile int `json:"dockerfile"`
	// Source: only files of the context.
	Source int `json:"source"`
	// Both: some of each.
	Both int `json:"both"`
}

// CulpritKind says what a Culprit's Path is.
type CulpritKind string

// The kinds of culprits.
const (
	File      CulpritKind = "file"
	Directory CulpritKind = "directory" // with all that is below it
	Pattern   CulpritKind = "pattern"   // like **/*.md, as an ignore file would have it
)

// Culprit is what alone broke builds: all files to blame in each of them are this
// file, or in this directory, or match this pattern. One build may count for a file and a
// directory and a pattern.
type Culprit struct {
	Kind   CulpritKind `json:"kind"`
	Path   string      `json:"path"`
	Builds int         `json:"builds"`
	// Lost is the time of the steps that missed in those builds, in seconds; nil without timings.
	Lost *float64 `json:"lost"`
}

// Trend says how the cache did over time.
type Trend struct {
	// Points are about equal numbers of builds each, the oldest first; at most 32.
	Points []Point `json:"points"`
	// Break is where it changed most, nil if it did not change for certain.
	Break *Break `json:"break"`
}

// Point is some builds in a row.
type Point struct {
	From   Commit `json:"from"`
	Builds int    `json:"builds"`
	// Steps of these builds, and how many of them hit.
	Steps int `json:"steps"`
	Hits  int `json:"hits"`
}

// Break is a build since which more or fewer steps hit than before, or one step more or less often.
type Break struct {
	Since Commit `json:"since"`
	// Before and After are the parts of the steps, or of the builds that had the step, that hit, from 0 to 1.
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}
