package predict

import (
	"slices"

	"github.com/whybust/whybust/cachekey"
)

// A key is not a result. The solver runs an operation if something asks for its
// result and none is in the cache under its key: the image itself, an operation
// that runs and reads it, or one that compares its content. So with the modes min and inline a
// step runs again whose key is known, as soon as one that reads it does, and is
// passed over if all that reads it is found; with the mode local every key has its
// result.

// execute finds which operations run, from the image to what it is made of.
func (m *matcher) execute() {
	n := len(m.new.Ops)
	m.runs, m.need = make([]cachekey.Certainty, n), make([]*cachekey.Op, n)
	asked := make([]cachekey.Certainty, n)
	if m.new.Final != nil {
		asked[m.new.Final.Index()] = cachekey.Yes
	}
	for i := n - 1; i >= 0; i-- {
		op := m.new.Ops[i]
		m.runs[i] = m.run(op, asked[i])
		for k, in := range op.Inputs {
			if a := max(m.runs[i], m.reads(op, k)); a > asked[in.Op.Index()] {
				asked[in.Op.Index()], m.need[in.Op.Index()] = a, op
			}
		}
	}
}

// run tells whether an operation runs, if its result is asked for as certainly
// as is said.
func (m *matcher) run(op *cachekey.Op, asked cachekey.Certainty) cachekey.Certainty {
	found, there := m.lookup(op)
	switch {
	case op.Kind == cachekey.OpContext:
		return cachekey.No
	case found == cachekey.No:
		return cachekey.Yes
	case found == cachekey.Yes && there:
		return cachekey.No
	case found == cachekey.Yes && m.otherwise(op):
		return min(asked, cachekey.Maybe)
	case found == cachekey.Yes:
		return asked
	case !there && asked == cachekey.Yes:
		return cachekey.Yes
	}
	return cachekey.Maybe
}

// lookup tells how certain an operation is found before it runs, and whether
// what it then is has a result.
func (m *matcher) lookup(op *cachekey.Op) (found cachekey.Certainty, there bool) {
	for _, f := range m.found[op.Index()] {
		has := m.cache.loaded(f.record) != nil
		switch {
		case f.early > found:
			found, there = f.early, has
		case f.early == found && found != cachekey.No:
			there = there || has
		}
	}
	return found, there
}

// otherwise reports whether an operation whose key has no result may be found by
// another key that has: the content of what it reads is compared once that is there.
func (m *matcher) otherwise(op *cachekey.Op) bool {
	return slices.ContainsFunc(m.found[op.Index()], func(f match) bool {
		return f.early == cachekey.Maybe && m.cache.loaded(f.record) != nil
	})
}

// reads tells whether input k of an operation is compared by content.
func (m *matcher) reads(op *cachekey.Op, k int) cachekey.Certainty {
	if !op.Inputs[k].ByContent || m.looksNowhere(op) {
		return cachekey.No
	}
	found, _ := m.lookup(op)
	if found == cachekey.No {
		return cachekey.No // it runs, and needs all
	}
	least := cachekey.Yes
	for _, f := range m.found[op.Index()] {
		if f.early != found {
			continue
		}
		defined := cachekey.No
		if !m.looksNowhere(op.Inputs[k].Op) {
			defined = m.byDefinition(op, f.op, k)
		}
		least = min(least, cachekey.Yes-defined)
	}
	return least
}

// needer is the step for which an operation runs whose key is known: the next
// that runs, or may, for another reason, or that reads what it leaves.
func (m *matcher) needer(op *cachekey.Op) *cachekey.Op {
	for by := m.need[op.Index()]; by != nil; by = m.need[by.Index()] {
		found, there := m.lookup(by)
		if by.Kind != cachekey.OpMerge && (found != cachekey.Yes || there) {
			return by
		}
	}
	return nil
}
