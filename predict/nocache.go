package predict

import (
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
)

// --no-cache and --no-cache-filter do not empty the cache. The frontend marks
// RUN, COPY and ADD of the stages that are meant, and nothing else (llb.IgnoreCache in
// dispatchRun and dispatchCopy of frontend/dockerfile/dockerfile2llb); the solver runs what
// is marked without a look into the cache (probeCache in solver/edge.go). What
// reads a marked operation cannot be found by its definition before it runs, only
// by content. But a marked operation gets the key that it always had, and so does what runs after it:
// the second step after a marked one is found again.

// anew tells of each operation whether it looks into no cache; nil if all do.
func (c *Cache) anew(g *cachekey.Graph) []bool {
	if !c.NoCache && len(c.NoCacheFilter) == 0 && len(c.anewContexts) == 0 {
		return nil
	}
	anew := make([]bool, len(g.Ops))
	for _, st := range g.Steps {
		if (c.NoCache || slices.ContainsFunc(st.StageNames, c.filters)) && slices.Contains([]string{"RUN", "COPY", "ADD"}, st.Instruction) {
			anew[st.Op.Index()] = true
		}
	}
	for i, op := range g.Ops {
		if op.Context != "" && op.Kind != cachekey.OpContext && op.Kind != cachekey.OpImage && slices.Contains(c.anewContexts, op.Context) {
			anew[i] = true
		} else if op.Kind == cachekey.OpMerge {
			anew[i] = slices.ContainsFunc(op.Inputs, func(in cachekey.Input) bool {
				return in.Role == cachekey.RoleLayer && anew[in.Op.Index()]
			})
		}
	}
	return anew
}

// filters reports whether a stage of that name is built without the cache. Names are
// compared as IsNoCache of frontend/dockerui does.
func (c *Cache) filters(stage string) bool {
	return slices.ContainsFunc(c.NoCacheFilter, func(name string) bool { return strings.EqualFold(name, stage) })
}

// looksNowhere reports whether an operation of the new build runs without a
// look into the cache.
func (m *matcher) looksNowhere(op *cachekey.Op) bool { return m.anew != nil && m.anew[op.Index()] }
