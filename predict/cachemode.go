package predict

import (
	"fmt"

	"github.com/whybust/whybust/cachekey"
)

// CacheMode says how a cache travels.
type CacheMode string

// The modes, named for those of --cache-to.
const (
	CacheLocal  CacheMode = "local"  // the new build runs on the machine that holds the cache
	CacheMax    CacheMode = "max"    // exported with the results of all steps, imported on an empty machine
	CacheMin    CacheMode = "min"    // exported with the layers of the final image alone
	CacheInline CacheMode = "inline" // in the final image itself
)

// Check returns an error if there is no such mode.
func (m CacheMode) Check() error {
	if m != "" && m != CacheLocal && !m.imported() {
		return fmt.Errorf("%q is none of local, max, min, inline", string(m))
	}
	return nil
}

// imported reports whether the cache comes from elsewhere.
func (m CacheMode) imported() bool { return m == CacheMax || m == CacheMin || m == CacheInline }

// exported tells of each operation of a build whether its result is in the
// cache, in a mode in which that travels; its key always is. With the modes min and inline those
// are the layers of the final image: what the exporter asks for the remote of
// has none other (ExportTo in solver/exporter.go).
func exported(g *cachekey.Graph, mode CacheMode) []bool {
	there := make([]bool, len(g.Ops))
	for i, op := range g.Ops {
		switch {
		case op.Kind == cachekey.OpImage || op.Kind == cachekey.OpRemote || op.Kind == cachekey.OpContext:
			there[i] = true // fetched from where it was
		case mode == CacheMax:
			there[i] = len(op.Inputs) > 0 // exportRecord in ExportTo
		case mode != CacheMin && mode != CacheInline:
			there[i] = true
		}
	}
	if g.Final == nil || mode != CacheMin && mode != CacheInline {
		return there
	}
	todo := []*cachekey.Op{g.Final}
	seen := map[*cachekey.Op]bool{}
	for len(todo) > 0 {
		op := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[op] {
			continue
		}
		seen[op] = true
		there[op.Index()] = there[op.Index()] || len(op.Inputs) > 0
		for _, in := range op.Inputs {
			if in.Role == cachekey.RoleRoot || in.Role == cachekey.RoleLayer {
				todo = append(todo, in.Op)
			}
		}
	}
	return there
}

// loaded gives the record of a key whose result is in the cache, nil if there is
// none.
func (x *index) loaded(r *record) *record {
	if r.there {
		return r
	}
	var first *record
	for _, c := range r.classes {
		for _, s := range x.byClass[c] {
			if s.there && (first == nil || before(s, first) < 0) {
				first = s
			}
		}
	}
	return first
}
