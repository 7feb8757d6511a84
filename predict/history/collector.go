package history

import (
	"cmp"
	"maps"
	"slices"

	"github.com/whybust/whybust/predict"
)

// maxFaults bounds Summary.Faults.
const maxFaults = 20

// Options are the options of a Collector.
type Options struct {
	// Seconds tells how long a step takes, ok false if it is not known. Nil goes by the step's Duration.
	Seconds func(predict.Step) (seconds float64, ok bool)
	// Cache is passed on; the zero Cache is that of a zero predict.HistoryRequest.
	Cache Cache
}

// Collector adds up the builds of a history. The zero Collector is ready for use. It is not
// safe for concurrent use.
type Collector struct {
	Options Options

	first, last *Commit
	builds      int
	cached      int
	unbuildable int
	faults      []Fault // the oldest first
	steps       []*record
	now         []*record // of the last prediction's steps
	edits       Edits
	culprits    culprits
	trend       trend
}

// record is a step under way.
type record struct {
	Step
	from  map[*record]int
	trend stepTrend
}

// Add adds a build. They come in the order of predict.History; the first has no
// prediction and is not counted.
func (c *Collector) Add(b *predict.HistoryBuild) {
	commit := Commit{ID: b.Commit, Time: b.Time, Subject: b.Subject}
	if b.Err != nil {
		c.unbuildable++
		if c.faults = append(c.faults, Fault{commit, b.Err.Error()}); len(c.faults) > maxFaults {
			c.faults = c.faults[1:]
		}
		return
	}
	p := b.Prediction
	if p == nil {
		return
	}
	if c.first == nil {
		c.first = &commit
	}
	c.last = &commit
	c.builds++
	if p.Verdict == predict.Hit {
		c.cached++
	}
	c.follow(b)
	hits := 0
	for i := range p.Steps {
		if p.Steps[i].Status == predict.Hit {
			hits++
		}
	}
	if c.trend.add(commit, len(p.Steps), hits) {
		for _, r := range c.steps {
			r.trend.halve()
		}
	}
	for i, origin := range origins(p) {
		c.count(p, i, origin)
	}
	c.blame(p)
}

// follow finds the record of each step: that of its counterpart, or a new one.
func (c *Collector) follow(b *predict.HistoryBuild) {
	before := c.now
	c.now = make([]*record, len(b.Prediction.Steps))
	for i, s := range b.Prediction.Steps {
		var r *record
		if i < len(b.Pairs) && b.Pairs[i] >= 0 && b.Pairs[i] < len(before) {
			r = before[b.Pairs[i]]
		}
		if r == nil {
			r = &record{Step: Step{Causes: map[predict.CauseKind]int{}}, from: map[*record]int{}}
			c.steps = append(c.steps, r)
		}
		r.Stage, r.Step.Step, r.Of, r.Name, r.Instruction, r.Line = s.Stage, s.Step, s.Of, s.Name, s.Instruction, s.Line
		c.now[i] = r
	}
}

// count adds one step of a build to its record.
func (c *Collector) count(p *predict.Prediction, i, origin int) {
	r, s := c.now[i], p.Steps[i]
	r.Runs++
	r.trend.add(len(c.trend.spans)-1, s.Status == predict.Hit)
	c.measure(r, s)
	switch s.Status {
	case predict.Hit:
		r.Hits++
		return
	case predict.MayHit:
		r.MayHits++
		return
	}
	r.Misses++
	own := ownKinds(s)
	for _, kind := range own {
		r.Causes[kind]++
	}
	if len(own) > 0 {
		r.Own++
		return
	}
	r.Inherited++
	if origin != i {
		r.from[c.now[origin]]++
	}
}

// measure adds the time of a step.
func (c *Collector) measure(r *record, s predict.Step) {
	seconds, ok := c.seconds(s)
	if !ok {
		return
	}
	r.Seconds = &seconds
	lost := 0.0
	if r.Lost != nil {
		lost = *r.Lost
	}
	if s.Status == predict.Miss {
		lost += seconds
	}
	r.Lost = &lost
}

// seconds is how long a step takes.
func (c *Collector) seconds(s predict.Step) (seconds float64, ok bool) {
	if c.Options.Seconds != nil {
		return c.Options.Seconds(s)
	}
	if s.Duration == nil {
		return 0, false
	}
	return float64(*s.Duration) / 1000, true
}

// inherits reports whether a cause lies in another step: one that this one follows, or (CauseNotExported)
// that needs its result again.
func inherits(cause predict.Cause) bool {
	switch cause.Kind {
	case predict.CauseParent, predict.CauseStageOutput, predict.CauseNotExported:
		return true
	}
	return false
}

// ownKinds are the kinds of the causes that lie in a step itself, each once.
func ownKinds(s predict.Step) (kinds []predict.CauseKind) {
	for _, cause := range s.Causes {
		if !inherits(cause) && !slices.Contains(kinds, cause.Kind) {
			kinds = append(kinds, cause.Kind)
		}
	}
	return kinds
}

// origins gives for each step the one at which what it inherited began: itself, if it has a cause of its own or nothing
// that it follows.
func origins(p *predict.Prediction) []int {
	found := make([]int, len(p.Steps)) // from 1; 0 is not known yet
	var way []int
	for i := range p.Steps {
		for way = way[:0]; found[i] == 0; {
			next, ok := follows(p, i)
			if len(ownKinds(p.Steps[i])) > 0 || !ok || len(way) == len(p.Steps) {
				found[i] = i + 1
				break
			}
			way = append(way, i)
			i = next
		}
		for _, step := range way {
			found[step] = found[i]
		}
	}
	for i := range found {
		found[i]--
	}
	return found
}

// follows is the step that step i misses because of. One that misses explains a miss; one that
// may hit does not, as long as there is another.
func follows(p *predict.Prediction, i int) (next int, ok bool) {
	for _, cause := range p.Steps[i].Causes {
		if cause.Step == nil || *cause.Step < 0 || *cause.Step >= len(p.Steps) || *cause.Step == i {
			continue
		}
		firm := cause.Kind != predict.CauseStageOutput && p.Steps[*cause.Step].Status == predict.Miss
		if firm {
			return *cause.Step, true
		}
		if !ok {
			next, ok = *cause.Step, true
		}
	}
	return next, ok
}

// Summary adds up what was added so far.
func (c *Collector) Summary() *Summary {
	s := &Summary{
		Schema: Schema, Cache: c.cache(), First: c.first, Last: c.last, Builds: c.builds, Cached: c.cached,
		Unbuildable: c.unbuildable, Faults: append([]Fault{}, c.faults...), Edits: c.edits,
		Steps: []Step{}, Culprits: c.culprits.list(), Trend: c.trend.trend(),
	}
	slices.Reverse(s.Faults)
	records := c.inOrder()
	at := map[*record]int{}
	for i, r := range records {
		at[r] = i
	}
	for i, r := range records {
		step := r.Step
		step.Causes = maps.Clone(r.Causes)
		step.Trend, step.Break = r.trend.points(&c.trend), r.trend.findBreak(&c.trend, len(records))
		step.Current, step.From = i < len(c.now), []Origin{}
		for from, n := range r.from {
			step.From = append(step.From, Origin{at[from], n})
		}
		slices.SortFunc(step.From, func(a, b Origin) int {
			return cmp.Or(cmp.Compare(b.Misses, a.Misses), cmp.Compare(a.Step, b.Step))
		})
		s.Steps = append(s.Steps, step)
	}
	return s
}

func (c *Collector) cache() Cache {
	if c.Options.Cache == (Cache{}) {
		return CacheOf(&predict.HistoryRequest{})
	}
	return c.Options.Cache
}

// inOrder lists the steps of the newest build and then those that are no more, the
// oldest first.
func (c *Collector) inOrder() []*record {
	records := slices.Clone(c.now)
	now := make(map[*record]bool, len(c.now))
	for _, r := range c.now {
		now[r] = true
	}
	for _, r := range c.steps {
		if !now[r] {
			records = append(records, r)
		}
	}
	return records
}

// Measured is for Options.Seconds: how long a step took where HistoryRequest.Timings knew it.
func Measured(s predict.Step) (seconds float64, ok bool) {
	if s.Duration == nil {
		return 0, false
	}
	return float64(*s.Duration) / 1000, true
}
