package predict

import (
	"time"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/predict/timings"
)

// Cost is what a build takes of time, as far as its steps were measured. All times are
// milliseconds. AtMost counts the steps that may hit as well as those that miss. A
// step that two stages share counts once.
//
// Stages run side by side: no machine, however many processors it has, is faster than the
// critical path, the chain of steps that wait for each other which takes the longest; one that does
// one thing at a time takes the sum.
type Cost struct {
	// Runs is the number of builds that were measured.
	Runs int `json:"runs"`
	// Total is what all steps take, Rebuilt those that miss.
	Total         int64 `json:"totalMs"`
	Rebuilt       int64 `json:"rebuiltMs"`
	RebuiltAtMost int64 `json:"rebuiltAtMostMs"`
	// CriticalTotal is the critical path of a build without any cache, Critical that of
	// the steps that miss, and CriticalSteps the indexes in Steps of the latter, in order.
	CriticalTotal  int64 `json:"criticalTotalMs"`
	Critical       int64 `json:"criticalMs"`
	CriticalAtMost int64 `json:"criticalAtMostMs"`
	CriticalSteps  []int `json:"criticalSteps"`
	// Unmeasured holds the indexes in Steps of those that no build ran: they count for
	// nothing above.
	Unmeasured []int `json:"unmeasured"`
}

// AddCost sets Cost and each step's Duration. g is the graph of the new side, from which p was
// made.
func (p *Prediction) AddCost(g *cachekey.Graph, d *timings.Durations) {
	c := &Cost{Runs: d.Runs(), CriticalSteps: []int{}, Unmeasured: []int{}}
	stepOf := map[*cachekey.Op]int{}
	for i := range p.Steps {
		s, op := &p.Steps[i], g.Steps[i].Op
		s.Duration = nil
		if took, ok := d.Step(s.Name, s.Also...); ok {
			ms := took.Round(time.Millisecond).Milliseconds()
			s.Duration = &ms
		} else {
			c.Unmeasured = append(c.Unmeasured, i)
		}
		if _, shared := stepOf[op]; !shared {
			stepOf[op] = i
			c.count(s)
		}
	}
	step := func(op *cachekey.Op) *Step {
		if i, ok := stepOf[op]; ok {
			return &p.Steps[i]
		}
		return nil
	}
	c.CriticalTotal, _ = longest(g, func(op *cachekey.Op) int64 { return step(op).takes(Miss, MayHit, Hit) })
	c.CriticalAtMost, _ = longest(g, func(op *cachekey.Op) int64 { return step(op).takes(Miss, MayHit) })
	var path []*cachekey.Op
	c.Critical, path = longest(g, func(op *cachekey.Op) int64 { return step(op).takes(Miss) })
	for _, op := range path {
		c.CriticalSteps = append(c.CriticalSteps, stepOf[op])
	}
	p.Cost = c
}

// count adds a step to the sums.
func (c *Cost) count(s *Step) {
	c.Total += s.takes(Miss, MayHit, Hit)
	c.RebuiltAtMost += s.takes(Miss, MayHit)
	c.Rebuilt += s.takes(Miss)
}

// takes is a step's time in milliseconds if it has one of the statuses; 0 for none, and for no step.
func (s *Step) takes(statuses ...Status) int64 {
	if s == nil || s.Duration == nil {
		return 0
	}
	for _, status := range statuses {
		if s.Status == status {
			return *s.Duration
		}
	}
	return 0
}

// longest is the path through the operations whose weights sum up to the most, and what on it has a weight.
func longest(g *cachekey.Graph, weight func(*cachekey.Op) int64) (sum int64, path []*cachekey.Op) {
	sums := make([]int64, len(g.Ops))
	before := make([]*cachekey.Op, len(g.Ops))
	var last *cachekey.Op
	for i, op := range g.Ops { // inputs come first
		for _, in := range op.Inputs {
			if s := sums[in.Op.Index()]; s > sums[i] {
				sums[i], before[i] = s, in.Op
			}
		}
		if sums[i] += weight(op); sums[i] > sum {
			sum, last = sums[i], op
		}
	}
	for op := last; op != nil; op = before[op.Index()] {
		if weight(op) > 0 {
			path = append([]*cachekey.Op{op}, path...)
		}
	}
	return sum, path
}
