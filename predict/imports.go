package predict

import "github.com/whybust/whybust/cachekey"

// Several imported caches are no one cache. The solver asks each of them, but of
// a key that two of them know under one name it keeps one of the two answers, whichever
// comes first (Query in solver/combinedcache.go, v0.34.2), and goes on from there; into
// the other it finds its way back by the inputs of that key, and does not where one of
// these has two keys, by definition and by content (getIDFromDeps in
// solver/cachemanager.go). So a step that not all caches know that know the step before
// it is found or not as it happens; and one behind a step that runs, and whose key is
// then in this machine's own cache, is not found at all.

// crossing reports whether a match is such a step.
func (m *matcher) crossing(op *cachekey.Op, old *record) bool {
	if !m.cache.apart {
		return false
	}
	have := m.cache.holders(old)
	for i, in := range op.Inputs {
		if m.byDefinition(op, old.op, i) == cachekey.No || m.cache.portable(old.op.Inputs[i].Op) {
			continue
		}
		for _, f := range m.found[in.Op.Index()] {
			for build := range m.cache.holders(f.record) {
				if !have[build] {
					return true
				}
			}
		}
	}
	return false
}

// portable reports whether the key of an operation is found again in another
// cache.
func (x *index) portable(op *cachekey.Op) bool {
	known, ok := x.portables[op]
	if !ok {
		known = true
		for i, in := range op.Inputs {
			known = known && (i == 0 || !in.ByContent) && x.portable(in.Op)
		}
		x.portables[op] = known
	}
	return known
}

// holders are the builds that have a record of the same key.
func (x *index) holders(r *record) map[int]bool {
	builds := map[int]bool{}
	for _, c := range r.classes {
		for _, s := range x.byClass[c] {
			builds[s.build] = true
		}
	}
	return builds
}
