package whatif

import (
	"strings"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/history"
)

// Comparison is a history without and with a change. The builds are the same on both sides.
type Comparison struct {
	Without Figures `json:"without"`
	With    Figures `json:"with"`
	// Applied is how many of the builds had the change; Faults names some of the others, the newest
	// first, which were built as they are.
	Applied int             `json:"applied"`
	Faults  []history.Fault `json:"faults"`
	// Avoided is how many misses there were without the change that there are not with it, Added how
	// many there are with it alone: steps of one build are the same if their stage and text are. A step that
	// the change alone has is Added where it misses, and one that it has no more Avoided.
	Avoided int `json:"missesAvoided"`
	Added   int `json:"missesAdded"`
	// CommandsAvoided and CommandsAdded are the same of the commands in the RUNs that miss: a RUN that
	// is taken apart is as many commands as before.
	CommandsAvoided int `json:"commandsAvoided"`
	CommandsAdded   int `json:"commandsAdded"`
	// Saved is the time of the misses without the change less that of those with it, in
	// seconds, as far as steps were measured; nil if none was. Unmeasured is how many of the misses with it were not: Saved
	// is that much less.
	Saved      *float64 `json:"savedSeconds"`
	Unmeasured int      `json:"unmeasuredMisses"`
}

// Figures count the steps of builds.
type Figures struct {
	Builds int `json:"builds"`
	// Cached is how many of the builds had no step that misses or may miss.
	Cached  int `json:"cached"`
	Steps   int `json:"steps"`
	Hits    int `json:"hits"`
	MayHits int `json:"mayHits"`
	Misses  int `json:"misses"`
	// Commands are those in the RUNs among the steps, and CommandHits those of them that hit.
	Commands    int `json:"commands"`
	CommandHits int `json:"commandHits"`
}

// HitRate is the part of the steps that hit, from 0 to 1; 0 without steps.
func (f *Figures) HitRate() float64 {
	if f.Steps == 0 {
		return 0
	}
	return float64(f.Hits) / float64(f.Steps)
}

// Gain is how many misses there were less with the change.
func (c *Comparison) Gain() int { return c.Avoided - c.Added }

// maxFaults bounds Comparison.Faults.
const maxFaults = 20

// Add adds a build of predict.History and what became of it with a change, one of its With. Builds without a
// prediction are not counted.
func (c *Comparison) Add(b *predict.HistoryBuild, with *predict.ChangedBuild) {
	if b.Prediction == nil || with.Prediction == nil {
		return
	}
	if with.Err == nil {
		c.Applied++
	} else {
		fault := history.Fault{Commit: history.Commit{ID: b.Commit, Time: b.Time, Subject: b.Subject}, Error: with.Err.Error()}
		c.Faults = append([]history.Fault{fault}, c.Faults[:min(len(c.Faults), maxFaults-1)]...)
	}
	c.Without.add(b.Prediction)
	c.With.add(with.Prediction)
	c.pair(b.Prediction, with.Prediction)
	c.time(b.Prediction, -1)
	c.time(with.Prediction, 1)
}

func (f *Figures) add(p *predict.Prediction) {
	f.Builds++
	if p.Verdict == predict.Hit {
		f.Cached++
	}
	for i := range p.Steps {
		f.Steps++
		commands := len(p.Steps[i].Commands())
		f.Commands += commands
		if p.Steps[i].Status == predict.Hit {
			f.CommandHits += commands
		}
		switch p.Steps[i].Status {
		case predict.Hit:
			f.Hits++
		case predict.MayHit:
			f.MayHits++
		default:
			f.Misses++
		}
	}
}

// pair counts the misses of either side that the other has not.
func (c *Comparison) pair(without, with *predict.Prediction) {
	avoided, added := apart(missed(without, stepKeys), missed(with, stepKeys))
	c.Avoided, c.Added = c.Avoided+avoided, c.Added+added
	avoided, added = apart(missed(without, commandKeys), missed(with, commandKeys))
	c.CommandsAvoided, c.CommandsAdded = c.CommandsAvoided+avoided, c.CommandsAdded+added
}

// missed counts by key what misses in a build.
func missed(p *predict.Prediction, keys func(*predict.Step) []string) map[string]int {
	n := map[string]int{}
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Status == predict.Miss {
			for _, k := range keys(s) {
				n[k]++
			}
		}
	}
	return n
}

// apart counts what the first has more of, and the second.
func apart(a, b map[string]int) (more, less int) {
	for k, n := range a {
		more += max(0, n-b[k])
	}
	for k, n := range b {
		less += max(0, n-a[k])
	}
	return more, less
}

func stepKeys(s *predict.Step) []string { return []string{key(s)} }

func commandKeys(s *predict.Step) (keys []string) {
	for _, command := range s.Commands() {
		keys = append(keys, s.Stage+"\x00"+strings.Join(strings.Fields(command), " "))
	}
	return keys
}

// key is the stage and the text of a step.
func key(s *predict.Step) string {
	return s.Stage + "\x00" + s.Instruction + "\x00" + s.Name[strings.Index(s.Name, "] ")+1:]
}

// time adds the time of misses, the less the better: sign is -1 for those without the change.
func (c *Comparison) time(p *predict.Prediction, sign float64) {
	for i := range p.Steps {
		switch s := &p.Steps[i]; {
		case s.Status != predict.Miss:
		case s.Duration == nil && sign > 0:
			c.Unmeasured++
		case s.Duration != nil:
			if c.Saved == nil {
				c.Saved = new(float64)
			}
			*c.Saved -= sign * float64(*s.Duration) / 1000
		}
	}
}

// Result is a history with and without a change, side by side: plain data, stable as JSON.
type Result struct {
	Schema string `json:"schema"`
	// Interrupted is set, by whoever ran it, if the history was not read to its end.
	Interrupted bool `json:"interrupted"`
	Comparison
	// Before and After are the histories without and with the change.
	Before *history.Summary `json:"before"`
	After  *history.Summary `json:"after"`
}

// Schema is the version of the JSON form of a Result.
const Schema = "whybust-whatif/v1"

// Collector adds up a history with one change, the first of HistoryRequest.WhatIf. The zero Collector is ready for use. It is
// not safe for concurrent use.
type Collector struct {
	// Cache is what the builds found, as in history.Options.
	Cache history.Cache

	comparison    Comparison
	before, after history.Collector
}

// Add adds a build. They come in the order of predict.History.
func (c *Collector) Add(b *predict.HistoryBuild) {
	c.before.Options = history.Options{Seconds: history.Measured, Cache: c.Cache}
	c.after.Options = c.before.Options
	c.before.Add(b)
	c.after.Add(With(b, 0))
	if len(b.With) > 0 {
		c.comparison.Add(b, &b.With[0])
	}
}

// With is what change i, an index in HistoryRequest.WhatIf, makes of a build: the same, if that could not be built.
func With(b *predict.HistoryBuild, i int) *predict.HistoryBuild {
	if i >= len(b.With) {
		return b
	}
	changed := *b
	changed.Prediction, changed.Pairs, changed.With = b.With[i].Prediction, b.With[i].Pairs, nil
	return &changed
}

// Result is what was added so far.
func (c *Collector) Result() *Result {
	r := &Result{Schema: Schema, Comparison: c.comparison, Before: c.before.Summary(), After: c.after.Summary()}
	if r.Faults == nil {
		r.Faults = []history.Fault{}
	}
	return r
}
