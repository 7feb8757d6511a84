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
func Advise(ctx context.Context, r *predict.HistoryRequest, o *AdviseOptions) (*Advice, error) {
	if o == nil {
		o = &AdviseOptions{}
	}
	a := &adviser{ctx: ctx, request: *r, options: o, begun: time.Now(), tried: map[string]bool{}}
	a.advice = &Advice{Schema: AdviceSchema, Advices: []Advised{}}
	if err := a.asItWas(); err != nil {
		return nil, err
	}
	if a.advice.TooFew {
		return a.advice, nil
	}
	return a.advice, a.advise()
}

// adviser is one call of Advise.
type adviser struct {
	ctx     context.Context
	request predict.HistoryRequest
	options *AdviseOptions
	begun   time.Time
	advice  *Advice
	base    *history.Summary
	plain   []*sample // of the history as it was
	tried   map[string]bool
}

// candidate is a change under trial, on top of those that were chosen before it.
type candidate struct {
	parts   []Part
	changes []predict.WhatIf
	seen    string
	diff    string

	comparison Comparison
	collector  history.Collector
	samples    samples
}

// asItWas replays the history as it is.
func (a *adviser) asItWas() error {
	var found samples
	var all history.Collector
	r := a.request
	r.WhatIf = nil
	done := 0
	for b, err := range predict.History(a.ctx, &r) {
		if err != nil {
			return err
		}
		all.Add(b)
		found.add(b, b.Prediction)
		if b.Prediction != nil {
			a.advice.AsItWas.add(b.Prediction)
		}
		done++
		a.progress("replaying the history", done)
	}
	s := all.Summary()
	a.base, a.plain = s, found.chosen()
	a.advice.First, a.advice.Last, a.advice.Unbuildable = s.First, s.Last, s.Unbuildable
	a.advice.TooFew = s.Builds < MinBuilds
	return nil
}

func (a *adviser) progress(pass string, done int) {
	if a.options.Progress != nil {
		a.options.Progress(pass, done)
	}
}

// advise tries what is found, each for itself and then on top of the best.
func (a *adviser) advise() error {
	tip, err := a.at(a.advice.Last.ID, nil)
	if err != nil {
		return err
	}
	list, err := a.find(tip, nil, a.plain)
	if err != nil {
		return err
	}
	none := &Comparison{Without: a.advice.AsItWas, With: a.advice.AsItWas}
	if list, err = a.try("trying %d changes", list, none); err != nil {
		return err
	}
	for _, c := range list {
		p := c.parts[0]
		a.advice.Advices = append(a.advice.Advices, Advised{
			Kind: p.Kind, Text: p.Text, DependsOn: p.DependsOn, Seen: c.seen, Diff: c.diff,
			Comparison: c.comparison, Rates: a.rates(c),
		})
	}
	return a.combine(tip, list)
}

// combine adds to the best change what saves most beside it, until nothing is gained any more.
func (a *adviser) combine(tip *predict.WhatIfSource, alone []*candidate) error {
	if len(alone) == 0 {
		return nil
	}
	best := alone[0]
	for range maxParts - 1 {
		if a.options.Budget > 0 && time.Since(a.begun) > a.options.Budget {
			a.advice.Ended = fmt.Sprintf("after %v no further combinations were tried", a.options.Budget)
			break
		}
		list, err := a.find(tip, best, best.samples.chosen())
		if err != nil {
			return err
		}
		list = append(list, a.onTop(tip, best, alone)...)
		if list, err = a.try("trying %d combinations", list, &best.comparison); err != nil {
			return err
		}
		if len(list) == 0 || list[0].comparison.saves(&best.comparison) <= 0 {
			break
		}
		best = list[0]
	}
	if len(best.parts) > 1 {
		a.advice.Together = &Combination{Parts: best.parts, Diff: best.diff, Comparison: best.comparison, Rates: a.rates(best)}
	}
	return nil
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

// try replays the history with each candidate, and gives those that are worth more than something else, the
// best first.
func (a *adviser) try(pass string, list []*candidate, than *Comparison) ([]*candidate, error) {
	list = list[:min(len(list), maxTried)]
	if len(list) == 0 {
		return nil, nil
	}
	a.advice.Tried += len(list)
	r := a.request
	r.WhatIf = nil
	for _, c := range list {
		c.comparison.Faults = []history.Fault{}
		c.collector.Options.Seconds = history.Measured
		r.WhatIf = append(r.WhatIf, All(c.changes...))
	}
	done := 0
	for b, err := range predict.History(a.ctx, &r) {
		if err != nil {
			return nil, err
		}
		for i, c := range list {
			if len(b.With) == 0 {
				c.samples.add(b, nil)
				continue
			}
			c.comparison.Add(b, &b.With[i])
			c.collector.Add(with(b, i))
			c.samples.add(b, b.With[i].Prediction)
		}
		done++
		a.progress(fmt.Sprintf(pass, len(list)), done)
	}
	list = slices.DeleteFunc(list, func(c *candidate) bool { return c.comparison.Applied < MinBuilds || !c.comparison.worth(than) })
	slices.SortStableFunc(list, func(x, y *candidate) int {
		return cmp.Or(y.comparison.saves(&x.comparison), cmp.Compare(len(x.diff), len(y.diff)))
	})
	return list, nil
}

// rates gives the steps of the stages in which a change makes a difference.
func (a *adviser) rates(c *candidate) []Rate {
	hits := map[string]int{}
	current := func(s *history.Summary) (steps []history.Step) {
		for _, st := range s.Steps {
			if st.Current {
				steps = append(steps, st)
			}
		}
		return steps
	}
	for _, st := range current(a.base) {
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
