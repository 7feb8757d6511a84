package predict

import (
	"slices"

	buildcontext "github.com/whybust/whybust/context"

	"github.com/whybust/whybust/cachekey"
)

// BuildKit hashes the root directory of a context without its mode as long as it remembers what the client sent
// (HandleChange in cache/contenthash/checksum.go, v0.34.2). It remembers that under a name which the context loses when
// something is built upon it: a RUN that mounts it rw, a stage that begins with it (New in cache/manager.go, finalize in
// cache/refs.go). From then on the context is read from disk, and its root has a mode. So a step that takes the
// whole context has one of two keys, and which of them is a race between its hash and the step that opens the context for
// writing, unless that one waits for it.

// rehashed reports whether the content of an input, equal on both sides, may have been hashed in two ways.
func (m *matcher) rehashed(op, old *cachekey.Op, i int) bool {
	n, o := &op.Inputs[i], &old.Inputs[i]
	if n.Op.Kind != cachekey.OpContext || o.Op.Kind != cachekey.OpContext || !slices.ContainsFunc(n.Selectors, takesRoot) {
		return false
	}
	return m.opened(m.new, n.Op).before(op) || m.opened(m.cache.builds[m.cache.of[old].build], o.Op).before(old)
}

// takesRoot reports whether what a selector selects is hashed with the root directory itself: the header of a directory
// whose path ends in a separator is left out where there are patterns (includedPaths in cache/contenthash/checksum.go).
func takesRoot(s buildcontext.Selector) bool {
	return s.Path == "/" && len(s.Include) == 0 && len(s.Exclude) == 0
}

// rehash gives the causes of a step that may hit, as its counterpart was perhaps hashed in another way.
func (e *explainer) rehash(op, old *cachekey.Op) []Cause {
	if e.runs[op.Index()] != cachekey.Maybe {
		return nil
	}
	for i := range min(len(op.Inputs), len(old.Inputs)) {
		if !e.rehashed(op, old, i) {
			continue
		}
		c := Cause{Kind: CauseRehash, Context: op.Inputs[i].Op.Context}
		if o := e.opened(e.new, op.Inputs[i].Op); o.before(op) && o.first[0].Line > 0 {
			c.File, c.Line = e.new.Dockerfile, o.first[0].Line
		}
		return []Cause{c}
	}
	return nil
}

// opening is what opens a context for writing.
type opening struct {
	first []*cachekey.Op // those that wait for no other such operation
	waits []bool         // by index of the operation: all of first wait for it, or are it
}

// maxOpenings bounds the time that is spent on who waits for whom. Beyond, nobody is known to.
const maxOpenings = 64

// before reports whether a context may be opened before an operation has hashed it.
func (o *opening) before(op *cachekey.Op) bool { return len(o.first) > 0 && !o.waits[op.Index()] }

// opened finds what opens a context of a graph.
func (m *matcher) opened(g *cachekey.Graph, context *cachekey.Op) *opening {
	if o := m.openings[context]; o != nil {
		return o
	}
	o := &opening{waits: make([]bool, len(g.Ops))}
	after := make([]bool, len(g.Ops))
	for i, op := range g.Ops {
		opens := false
		for _, in := range op.Inputs {
			after[i] = after[i] || after[in.Op.Index()]
			opens = opens || in.Op == context && (in.Role == cachekey.RoleRoot || in.Writable)
		}
		if opens && !after[i] {
			o.first, after[i] = append(o.first, op), true
		}
	}
	if len(o.first) > 0 && len(o.first) <= maxOpenings {
		for i := range o.waits {
			o.waits[i] = true
		}
		for _, op := range o.first {
			before := make([]bool, op.Index()+1)
			before[op.Index()] = true
			for i := op.Index(); i >= 0; i-- {
				for _, in := range g.Ops[i].Inputs {
					before[in.Op.Index()] = before[in.Op.Index()] || before[i]
				}
			}
			for i := range o.waits {
				o.waits[i] = o.waits[i] && i < len(before) && before[i]
			}
		}
	}
	if m.openings == nil {
		m.openings = map[*cachekey.Op]*opening{}
	}
	m.openings[context] = o
	return o
}
