package predict

import (
	"slices"

	"github.com/whybust/whybust/cachekey"
)

// A miss is explained by how the step differs from one old build, and with
// several in the cache by the nearest: of those that share the most steps with the new
// build, the one from which the step itself differs the least.

// maxNear bounds how many builds a miss is compared with.
const maxNear = 8

// nearest holds the builds in the order in which they are near.
type nearest struct {
	*matcher
	order []int              // indexes of builds
	by    map[int]*explainer // by index of the build
	told  []int              // the build that each step is told against
}

func newNearest(m *matcher) *nearest {
	n := &nearest{matcher: m, by: map[int]*explainer{}}
	shared := make([]int, len(m.cache.builds))
	for _, st := range m.new.Steps {
		for build, certain := range m.holders(st.Op) {
			shared[build] += int(certain)
		}
	}
	for i, g := range m.cache.builds {
		if slices.Index(m.cache.builds, g) == i {
			n.order = append(n.order, i)
		}
	}
	slices.SortStableFunc(n.order, func(a, b int) int { return shared[b] - shared[a] })
	return n
}

// holders gives the builds that made an operation, or may have.
func (m *matcher) holders(op *cachekey.Op) map[int]cachekey.Certainty {
	builds := map[int]cachekey.Certainty{}
	for _, f := range m.found[op.Index()] {
		for build := range m.cache.holders(f.record) {
			builds[build] = max(builds[build], f.Certainty)
		}
	}
	return builds
}

// explainer explains by the difference from one build. An empty cache has none
// to differ from, and is explained by a build without steps.
func (n *nearest) explainer(build int) *explainer {
	if e, ok := n.by[build]; ok {
		return e
	}
	old := &cachekey.Graph{}
	if build < len(n.cache.builds) {
		old = n.cache.builds[build]
	}
	e := &explainer{matcher: n.matcher, old: old, pairs: pairSteps(old, n.new), stepOf: map[*cachekey.Op]int{}}
	for i := len(n.new.Steps) - 1; i >= 0; i-- {
		e.stepOf[n.new.Steps[i].Op] = i
	}
	n.by[build] = e
	return e
}

// first is the explainer of the nearest build.
func (n *nearest) first() *explainer {
	if len(n.order) == 0 {
		return n.explainer(0)
	}
	return n.explainer(n.order[0])
}

// explain gives the causes of step i and the build that they are told against.
func (n *nearest) explain(i int) (build int, causes []Cause, err error) {
	if len(n.order) == 0 {
		causes, err = n.first().explain(i)
		return 0, causes, err
	}
	for k, b := range n.order[:min(len(n.order), maxNear)] {
		c, err := n.explainer(b).explain(i)
		if err != nil {
			return 0, nil, err
		}
		if k == 0 || distance(c) < distance(causes) {
			build, causes = b, c
		}
	}
	return build, causes, nil
}

// distance is how far a step is from its counterpart: by how many causes of its
// own, or not to be compared at all.
func distance(causes []Cause) int {
	if slices.ContainsFunc(causes, func(c Cause) bool { return c.Kind == CauseNewStep }) {
		return int(^uint(0) >> 1)
	}
	return len(ownCauses(Step{Causes: causes}))
}

// served gives the build from which a hit is served.
func (n *nearest) served(op *cachekey.Op) int {
	if r := n.cached(op); r != nil {
		return r.build
	}
	return 0
}
