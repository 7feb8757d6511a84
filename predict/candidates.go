package predict

import (
	"cmp"
	"slices"

	"github.com/whybust/whybust/cachekey"
)

// The set of all operations of the old builds may be large, and mostly all of
// it differs from an operation at a glance. shelves hold the records where those
// that it can be are found without a look at the others.
type shelves struct {
	byRecipe map[string][]*record
	byShape  map[string][]*record // see cachekey.Op.Shape
	byRoot   map[onRoot][]*record // those that have an input
	byClass  map[int][]*record
}

// onRoot is where an operation is found whose first input is matched by definition
// alone: a chain of equal steps is one of many records of one recipe, but of one with each root.
type onRoot struct {
	class int // of the first input
	shape string
}

func newShelves() shelves {
	return shelves{byRecipe: map[string][]*record{}, byShape: map[string][]*record{}, byRoot: map[onRoot][]*record{}, byClass: map[int][]*record{}}
}

func (s *shelves) add(r *record, of map[*cachekey.Op]*record) {
	shape := r.op.Shape()
	s.byRecipe[r.op.RecipeKey()] = append(s.byRecipe[r.op.RecipeKey()], r)
	s.byShape[shape] = append(s.byShape[shape], r)
	for _, c := range r.classes {
		s.byClass[c] = append(s.byClass[c], r)
	}
	if len(r.op.Inputs) > 0 {
		for _, c := range of[r.op.Inputs[0].Op].classes {
			s.byRoot[onRoot{c, shape}] = append(s.byRoot[onRoot{c, shape}], r)
		}
	}
}

// candidates are the records that an operation may be: those of equal recipe,
// then those whose recipes can only match through a symbol; of each, in the order of
// the builds. The operations that it reads were matched before.
func (m *matcher) candidates(op *cachekey.Op) []*record {
	shape := op.Shape()
	var from []*record
	if len(op.Inputs) > 0 && !op.Inputs[0].ByContent {
		seen := map[int]bool{}
		for _, f := range m.found[op.Inputs[0].Op.Index()] {
			for _, c := range f.classes {
				if !seen[c] {
					seen[c] = true
					from = append(from, m.cache.byRoot[onRoot{c, shape}]...)
				}
			}
		}
	} else {
		from = slices.Concat(m.cache.byRecipe[op.RecipeKey()], m.cache.byShape[shape])
	}
	same := func(r *record) bool { return r.op.RecipeKey() == op.RecipeKey() }
	from = slices.DeleteFunc(from, func(r *record) bool { return !same(r) && !op.Symbolic() && !r.op.Symbolic() })
	rank := func(r *record) int {
		if same(r) {
			return 0
		}
		return 1
	}
	slices.SortFunc(from, func(a, b *record) int {
		return cmp.Or(rank(a)-rank(b), before(a, b))
	})
	return slices.Compact(from)
}

// before orders records by their builds, and within one as they were made.
func before(a, b *record) int { return cmp.Or(a.build-b.build, a.op.Index()-b.op.Index()) }
