package predict

import (
	"cmp"
	"context"
	"slices"
)

// heedTarget is heed for one target, which was built on some sides.
func (r *batch) heedTarget(ctx context.Context, p *Prediction, t *Target, built []*batchSide) (*Prediction, error) {
	var checkouts []checkout
	dir := ""
	for _, s := range append(slices.Clone(built), r.after) {
		b := t.After
		if s != r.after {
			b = cmp.Or(t.Before, t.After)
		}
		whole, err := r.tree(ctx, Side{Revision: s.rev}, s.commit, "")
		if err != nil {
			return nil, err
		}
		view := s.replay(ctx, b).graph.Context
		if view == nil {
			return p, nil
		}
		checkouts, dir = append(checkouts, checkout{commit: s.commit, whole: whole, view: view}), view.Dir
	}
	if len(built) == 0 {
		return p, nil
	}
	return r.heed(ctx, p, dir, checkouts, func() (*Prediction, error) {
		r.drop()
		defer r.drop()
		new := r.after.replay(ctx, t.After)
		if new.err != nil {
			return nil, new.err
		}
		cache, _ := r.cacheOf(ctx, t)
		return CompareCache(ctx, cache, new.graph)
	})
}

// drop forgets all replays.
func (r *batch) drop() {
	r.shared = nil
	clear(r.made)
	for _, s := range slices.Concat(r.cached, []*batchSide{r.before, r.after}) {
		clear(s.done)
	}
}
