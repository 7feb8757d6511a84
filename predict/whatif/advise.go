package whatif

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/history"
	"github.com/whybust/whybust/predict/suggest"
)

// AdviseOptions are the options of Advise. Nil, and the zero value, mean defaults.
type AdviseOptions struct {
	// Progress is told how many builds of a pass over the history are done. It may be nil.
	Progress func(pass string, done int)
	// Budget is how long new combinations are begun; 0 is without end. The changes that are tried each for itself are not
	// bound by it.
	Budget time.Duration
}

// The bounds of an Advise: each change is one more replay of the history.
const (
	maxSamples = 20 // builds that changes are looked for in
	maxTried   = 16 // changes in one pass over the history
	maxParts   = 5  // of a combination
)

// Advise looks for changes of the Dockerfile and the ignore file in the builds of a history, tries
// each over the whole history, and adds up those that go together. WhatIf of the request is not heeded.
//
// If ctx ends, it gives what was found by then, with Advice.Interrupted set. That is an error only if not
// a single build was predicted by then.
func Advise(ctx context.Context, r *predict.HistoryRequest, o *AdviseOptions) (*Advice, error) {
	if o == nil {
		o = &AdviseOptions{}
	}
	a := &adviser{ctx: ctx, request: *r, options: o, begun: time.Now(), tried: map[string]bool{}}
	a.advice = &Advice{Schema: AdviceSchema, Advices: []Advised{}}
	err := a.asItWas()
	if err == nil && !a.advice.TooFew {
		err = a.advise()
	}
	if err != nil && ctx.Err() != nil && a.advice.AsItWas.Builds > 0 {
		a.advice.Interrupted, err = true, nil
	}
	if err != nil {
		return nil, err
	}
	return a.advice, nil
}

// adviser is one call of Advise.
type adviser struct {
	ctx     context.Context
	request predict.HistoryRequest
	options *AdviseOptions
	begun   time.Time
	advice  *Advice
	base    *history.Summary // of the history as it was
	plain   []*sample        // of it
	tried   map[string]bool
}

// candidate is a change under trial, on top of those that were chosen before it.
type candidate struct {
	parts   []Part
	changes []predict.WhatIf
	seen    string
	diff    string

	comparison Comparison
	base       *history.Summary // the same builds as they were
	collector  history.Collector
	samples    samples
}

// asItWas replays the history as it is.
func (a *adviser) asItWas() error {
	var found samples
	var all history.Collector
	err := a.pass("replaying the history", nil, func(b *predict.HistoryBuild) {
		all.Add(b)
		found.add(b, b.Prediction)
		if b.Prediction != nil {
			a.advice.AsItWas.add(b.Prediction)
		}
	})
	s := all.Summary()
	a.base, a.plain = s, found.chosen()
	a.advice.First, a.advice.Last, a.advice.Unbuildable = s.First, s.Last, s.Unbuildable
	a.advice.TooFew = err == nil && s.Builds < MinBuilds
	if err == nil && found.before == "" && len(s.Faults) > 0 {
		return fmt.Errorf("none of %d commits can be built; the newest: %s", s.Unbuildable, s.Faults[0].Error)
	}
	return err
}

// pass replays the history once, with changes. If it ends early, the builds that were handed over are the oldest.
func (a *adviser) pass(name string, changes []predict.WhatIf, add func(*predict.HistoryBuild)) error {
	r := a.request
	r.WhatIf = changes
	done := 0
	for b, err := range predict.History(a.ctx, &r) {
		if err != nil {
			return err
		}
		add(b)
		done++
		a.progress(name, done)
	}
	return nil
}

func (a *adviser) progress(pass string, done int) {
	if a.options.Progress != nil {
		a.options.Progress(pass, done)
	}
}

// advise tries what is found, each for itself and then on top of the best. An interrupt leaves
// in the advice what was found by then.
func (a *adviser) advise() error {
	tip, err := a.at(a.advice.Last.ID, nil)
	if err != nil {
		return err
	}
	list, err := a.find(tip, nil, a.plain)
	if err != nil {
		return err
	}
	list, err = a.try("trying %d changes", list, nil)
	for _, c := range list {
		p := c.parts[0]
		a.advice.Advices = append(a.advice.Advices, Advised{
			Kind: p.Kind, Text: p.Text, DependsOn: p.DependsOn, Seen: c.seen, Diff: c.diff,
			Comparison: c.comparison, Rates: c.rates(),
		})
	}
	if err != nil || len(list) == 0 {
		return err
	}
	best, err := a.combine(tip, list)
	if len(best.parts) > 1 {
		a.advice.Together = &Combination{Parts: best.parts, Diff: best.diff, Comparison: best.comparison, Rates: best.rates()}
	}
	return err
}

// combine adds to the best change what saves most beside it, until nothing is gained any more. With an error
// it gives the best that was tried over the whole history.
func (a *adviser) combine(tip *predict.WhatIfSource, alone []*candidate) (best *candidate, err error) {
	best = alone[0]
	for range maxParts - 1 {
		if a.options.Budget > 0 && time.Since(a.begun) > a.options.Budget {
			a.advice.Ended = fmt.Sprintf("after %v no further combinations were tried", a.options.Budget)
			return best, nil
		}
		list, err := a.find(tip, best, best.samples.chosen())
		if err != nil {
			return best, err
		}
		list = append(list, a.onTop(tip, best, alone)...)
		if list, err = a.try("trying %d combinations", list, best); err != nil {
			return best, err
		}
		if len(list) == 0 || list[0].comparison.saves(&best.comparison) <= 0 {
			break
		}
		best = list[0]
	}
	return best, nil
}

// onTop adds to a combination what saves something alone.
func (a *adviser) onTop(tip *predict.WhatIfSource, best *candidate, alone []*candidate) (list []*candidate) {
	for _, c := range alone {
		same := func(p Part) bool { return p.Kind == c.parts[0].Kind && p.Text == c.parts[0].Text }
		if slices.ContainsFunc(best.parts, same) {
			continue
		}
		if n := a.candidate(tip, best, c.parts[0], c.changes[0], c.seen); n != nil {
			list = append(list, n)
		}
	}
	return list
}

// candidate puts a change on top of others. It is nil if it does not apply to the newest commit, or comes to what was tried.
func (a *adviser) candidate(tip *predict.WhatIfSource, on *candidate, p Part, change predict.WhatIf, seen string) *candidate {
	c := &candidate{seen: seen}
	if on != nil {
		c.parts, c.changes = slices.Clone(on.parts), slices.Clone(on.changes)
	}
	c.parts, c.changes = append(c.parts, p), append(c.changes, change)
	files, err := All(c.changes...)(tip)
	if err != nil {
		return nil
	}
	c.diff = diff(tip, files)
	if c.diff == "" || a.tried[c.diff] {
		return nil
	}
	a.tried[c.diff] = true
	return c
}

// diff is what files that are laid over a commit change of it.
func diff(at *predict.WhatIfSource, files map[string][]byte) string {
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		old, err := at.Read(name)
		if err != nil {
			old = nil
		}
		all.WriteString(suggest.Diff(name, old, files[name]))
	}
	return all.String()
}

// try replays the history with each candidate, and gives those that are worth more than another one, nil for the history as it
// was, the best first. With an error they were tried over the oldest builds alone.
func (a *adviser) try(pass string, list []*candidate, than *candidate) ([]*candidate, error) {
	list = list[:min(len(list), maxTried)]
	if len(list) == 0 {
		return nil, nil
	}
	a.advice.Tried += len(list)
	var changes []predict.WhatIf
	for _, c := range list {
		c.comparison.Faults = []history.Fault{}
		c.collector.Options.Seconds = history.Measured
		changes = append(changes, All(c.changes...))
	}
	var plain history.Collector
	err := a.pass(fmt.Sprintf(pass, len(list)), changes, func(b *predict.HistoryBuild) {
		plain.Add(b)
		for i, c := range list {
			c.add(b, i)
		}
	})
	base := plain.Summary()
	for _, c := range list {
		c.base = base
	}
	list = slices.DeleteFunc(list, func(c *candidate) bool {
		from := &Comparison{Without: c.comparison.Without, With: c.comparison.Without}
		if than != nil {
			from = &than.comparison
		}
		return c.comparison.Applied < MinBuilds || !c.comparison.worth(from)
	})
	slices.SortStableFunc(list, func(x, y *candidate) int {
		return cmp.Or(y.comparison.saves(&x.comparison), cmp.Compare(len(x.diff), len(y.diff)))
	})
	return list, err
}

// add adds a build, and what the ith change made of it.
func (c *candidate) add(b *predict.HistoryBuild, i int) {
	if len(b.With) == 0 {
		c.samples.add(b, nil)
		return
	}
	c.comparison.Add(b, &b.With[i])
	c.collector.Add(With(b, i))
	c.samples.add(b, b.With[i].Prediction)
}

// rates gives the steps of the stages in which a change makes a difference.
func (c *candidate) rates() []Rate {
	hits := map[string]int{}
	current := func(s *history.Summary) (steps []history.Step) {
		for _, st := range s.Steps {
			if st.Current {
				steps = append(steps, st)
			}
		}
		return steps
	}
	for _, st := range current(c.base) {
		hits[st.Stage] += st.Hits
	}
	steps := current(c.collector.Summary())
	for _, st := range steps {
		hits[st.Stage] -= st.Hits
	}
	rates := []Rate{}
	for _, st := range steps {
		if hits[st.Stage] != 0 {
			rates = append(rates, Rate{Stage: st.Stage, Name: st.Name, Line: st.Line, Builds: st.Runs, Hits: st.Hits, Changed: st.Own})
		}
	}
	return rates
}
