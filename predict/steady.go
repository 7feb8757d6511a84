package predict

import (
	"context"
	"slices"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
)

// Most commits of a repository with many images do not touch most of them. Builds of one content make a class, of which
// any stands for any other as long as nothing has to be told of what changed. So where the build before is of the class
// of the new one, and the cache and the new build are of the classes that they were of for the prediction before, this is the
// prediction again. With several builds in the cache it hangs on what each found of those before it, and is made anew.

// classify finds out whether a build has the content of the one before: the same Dockerfile, of which each step takes the
// same of the context.
func (h *replayedHistory) classify(ctx context.Context, b *replayedBuilds, new *builtCommit) {
	if b.size > 1 || len(b.base) > 0 {
		return
	}
	if b.last != nil && b.change == nil {
		new.over = b.last.graph
	}
	if len(b.own) > 0 && h.alike(ctx, &b.own[0], new) {
		new.class = b.own[0].class
		return
	}
	b.classes++
	new.class = b.classes
}

// alike compares all that two builds take of their contexts, if they differ in nothing else.
func (h *replayedHistory) alike(ctx context.Context, old, new *builtCommit) bool {
	was, is := old.graph.Context, new.graph.Context
	if new.over == nil || old.over != new.over || was == nil || is == nil || was.Rules != is.Rules {
		return false
	}
	if sameRoot(ctx, was, is) {
		return true
	}
	for _, op := range new.graph.Ops {
		for i := range op.Inputs {
			in := &op.Inputs[i]
			if in.Op.Kind != cachekey.OpContext {
				continue
			}
			sels := in.Selectors
			if in.Symbolic() {
				sels = nil
			}
			d, err := h.comparisons.once(comparison{was, is, selectorTexts(sels, sels), false}, func() (*buildcontext.Difference, error) {
				return buildcontext.Compare(ctx, was, sels, is, sels)
			})
			if err != nil || !d.Equal() {
				return false
			}
		}
	}
	return true
}

// sameRoot reports whether two contexts are known to be one.
func sameRoot(ctx context.Context, a, b *buildcontext.View) bool {
	x, err := a.Tree.Root(ctx)
	if err != nil || x.ID == "" {
		return false
	}
	y, err := b.Tree.Root(ctx)
	return err == nil && x.ID == y.ID
}

// steadyPrediction is the prediction before, and what it is of.
type steadyPrediction struct {
	key   steadyKey
	p     *Prediction
	pairs []int
}

// steadyKey is all that a prediction of a history hangs on: the builds in the cache, the new one, and that of the prediction
// before.
type steadyKey struct {
	classes []int
	stamps  []int64 // of the attributes of all but the last: see checkout
	alike   bool    // the new build is of the class of the only one in the cache
}

func (b *replayedBuilds) steadyKey(new builtCommit) (k steadyKey) {
	for _, one := range append(b.builds(), new) {
		k.classes, k.stamps = append(k.classes, one.class), append(k.stamps, one.stamp)
	}
	k.classes = append(k.classes, b.before.class)
	k.alike = new.class > 0 && len(b.own) == 1 && len(b.base) == 0 && b.own[0].class == new.class
	return k
}

// is gives a copy of the prediction if it is of the same. With attributes in the repository they must be known to be
// those of before, and the same throughout.
func (s *steadyPrediction) is(key steadyKey, attributes bool) (*Prediction, []int) {
	if s.p == nil || !key.alike || !slices.Equal(s.key.classes, key.classes) {
		return nil, nil
	}
	if attributes && (key.stamps[0] == 0 || !slices.Equal(s.key.stamps, key.stamps) || len(slices.Compact(slices.Clone(key.stamps))) > 1) {
		return nil, nil
	}
	p := *s.p
	return &p, s.pairs
}
