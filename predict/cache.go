package predict

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	buildcontext "github.com/whybust/whybust/context"

	"github.com/whybust/whybust/cachekey"
)

// Cache is what earlier builds left for the next. BuildKit's cache is a graph
// of keys and not a set of builds: a step hits if any build made it, and the
// steps before it may be those of other builds.
//
// A Cache may be used for one CompareCache after another, and Builds changed in
// between: what was found out about a build is remembered as long as it is in
// Builds, and what was found out about the build that was compared last. It is not safe
// for concurrent use.
type Cache struct {
	// Builds are the builds that filled it, that which explains best first: of
	// two that are equally near, a miss is explained by the earlier in this list. None is an
	// empty cache. Their trees must be of one family with those of the new build
	// (buildcontext.Entry, ID).
	Builds []*cachekey.Graph
	// Mode says how what they left came to the machine of the new build; empty is
	// CacheLocal.
	Mode CacheMode
	// NoCache builds anew without a look into the cache, and NoCacheFilter the
	// stages of these names (--no-cache, --no-cache-filter).
	NoCache       bool
	NoCacheFilter []string

	// anewContexts are named contexts whose operations are built anew.
	anewContexts []string

	known   map[*cachekey.Graph][][]int
	classes int // how many classes there are so far

	comparisons comparisons // of build contexts, by other targets too; nil if there are none
	noHints     bool
}

// index holds the operations of all builds as the solver finds them: by their
// recipes.
type index struct {
	builds []*cachekey.Graph
	mode   CacheMode
	apart  bool // they are several imported caches
	of     map[*cachekey.Op]*record
	shelves

	portables map[*cachekey.Op]bool // what portable gave

	comparisons comparisons
}

// record is an operation that a build made.
type record struct {
	op    *cachekey.Op
	build int // in Cache.Builds
	// classes are the keys that it has: records that share one are one for
	// BuildKit. It was served from the first, if it was served from the cache at all.
	classes []int
	names   func(int) string // of the operations of its build
	there   bool             // its result is in the cache, not only its key
}

// alike reports whether two records have a key in common.
func (r *record) alike(s *record) bool {
	return r.classes[0] == s.classes[0] || slices.ContainsFunc(r.classes, func(c int) bool { return slices.Contains(s.classes, c) })
}

// name names what only the operation can tell, as newName does.
func (r *record) name() string {
	if r.op.Kind == cachekey.OpExec && !r.there { // each build ran it for itself
		return "run " + strconv.Itoa(r.classes[0]) + " of build " + strconv.Itoa(r.build) + ":"
	}
	if r.op.Kind == cachekey.OpExec {
		return "run " + strconv.Itoa(r.classes[0]) + ":"
	}
	return outsideName(r.op, "old", r.classes[0])
}

// open indexes the builds. One that was not seen before is matched with those
// that were, to know which of its operations they made.
func (c *Cache) open(ctx context.Context) (*index, error) {
	builds := slices.Clone(c.Builds)
	for g := range c.known {
		if !slices.Contains(builds, g) {
			delete(c.known, g)
		}
	}
	x := &index{builds: builds, mode: c.Mode, of: map[*cachekey.Op]*record{}, shelves: newShelves(), portables: map[*cachekey.Op]bool{}, comparisons: c.comparisons}
	var fresh []*cachekey.Graph
	for _, g := range builds {
		if classes, ok := c.known[g]; ok {
			x.add(g, classes)
		} else if !slices.Contains(fresh, g) {
			fresh = append(fresh, g)
		}
	}
	for _, g := range fresh {
		m, err := newMatcher(ctx, x, g, nil)
		if err != nil {
			return nil, err
		}
		x.add(g, c.learn(m))
	}
	x.apart = len(x.of) > 0 && c.Mode.imported() && slices.ContainsFunc(builds, func(g *cachekey.Graph) bool { return g != builds[0] })
	return x, nil
}

// first puts a build, if there is one, at the front, which explains best.
func (c *Cache) first(g *cachekey.Graph) {
	if g == nil {
		return
	}
	c.Builds = slices.Insert(slices.DeleteFunc(c.Builds, func(b *cachekey.Graph) bool { return b == g }), 0, g)
}

// learn gives the operations of a build that was matched their classes: those of
// the records that they are for certain, and else one of their own.
func (c *Cache) learn(m *matcher) [][]int {
	classes := make([][]int, len(m.new.Ops))
	known := map[string][]*cachekey.Op{} // by recipe and first input
	for i, op := range m.new.Ops {
		for _, f := range m.found[i] {
			if f.Certainty == cachekey.Yes {
				classes[i] = append(classes[i], f.classes...)
			}
		}
		key := op.RecipeKey()
		if len(op.Inputs) > 0 {
			key += fmt.Sprintf("\n%d %s", classes[op.Inputs[0].Op.Index()][0], op.Inputs[0].Selection)
		}
		for _, like := range known[key] {
			if len(classes[i]) == 0 && sameInputs(op, like, classes) {
				classes[i] = classes[like.Index()]
			}
		}
		if len(classes[i]) == 0 {
			classes[i] = []int{c.classes}
			c.classes++
		}
		known[key] = append(known[key], op)
	}
	if c.known == nil {
		c.known = map[*cachekey.Graph][][]int{}
	}
	c.known[m.new] = classes
	return classes
}

// sameInputs compares by definition what two operations of one build read.
func sameInputs(a, b *cachekey.Op, classes [][]int) bool {
	return a.Kind != cachekey.OpContext && slices.EqualFunc(a.Inputs, b.Inputs, func(x, y cachekey.Input) bool {
		return classes[x.Op.Index()][0] == classes[y.Op.Index()][0] && x.Selection == y.Selection && slices.EqualFunc(x.Selectors, y.Selectors, sameSelector)
	})
}

func sameSelector(a, b buildcontext.Selector) bool {
	return a.Path == b.Path && a.Wildcard == b.Wildcard && a.FollowLinks == b.FollowLinks &&
		slices.Equal(a.Include, b.Include) && slices.Equal(a.Exclude, b.Exclude) && slices.Equal(a.Required, b.Required)
}

// add indexes a build whose classes are known.
func (x *index) add(g *cachekey.Graph, classes [][]int) {
	build := slices.Index(x.builds, g)
	records := make([]*record, len(g.Ops))
	there := exported(g, x.mode)
	names := func(i int) string { return records[i].name() }
	for i, op := range g.Ops {
		r := &record{op: op, build: build, classes: classes[i], names: names, there: there[i]}
		records[i] = r
		x.of[op] = r
		x.shelves.add(r, x.of)
	}
}
