package predict

import (
	"context"
	"slices"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
)

// Most commits of a repository with many images do not touch most of them. Builds that have one content make a class, of which
// any stands for any other as long as nothing has to be told of what changed. Where the build is of the class that
// is in the cache already, and the cache is as it was, so is the prediction: everything was found, and is again.

// classify finds out whether a build has the content of the one before: it was made of the same, or each of its steps takes the
// same of another context.
func (h *replayedHistory) classify(ctx context.Context, b *replayedBuilds, new *builtCommit) {
	if b.last != nil && b.change == nil {
		new.over = b.last.graph
	}
	if len(b.own) > 0 && (b.own[0].graph == new.graph || h.alike(ctx, &b.own[0], new)) {
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

// steadyPrediction is the prediction before, and what it is of.
type steadyPrediction struct {
	key   steadyKey
	p     *Prediction
	pairs []int
}

// steadyKey is all that a prediction of a history hangs on.
type steadyKey struct {
	graphs  []*cachekey.Graph // in the cache, the build itself, and that of the prediction before
	classes []int             // of the same
	stamps  []int64           // of their attributes but for the last: see checkout
}

func (b *replayedBuilds) steadyKey(new builtCommit) (k steadyKey) {
	for _, one := range append(b.builds(), new) {
		k.graphs, k.classes, k.stamps = append(k.graphs, one.graph), append(k.classes, one.class), append(k.stamps, one.stamp)
	}
	k.graphs, k.classes = append(k.graphs, b.before.graph), append(k.classes, b.before.class)
	return k
}

// is gives a copy of the prediction if it is of the same. With attributes in the repository they must be known to be
// those of before, and the same throughout.
func (s *steadyPrediction) is(key steadyKey, attributes bool) (*Prediction, []int) {
	same := s.p != nil && (slices.Equal(s.key.graphs, key.graphs) || s.p.Verdict == Hit && slices.Equal(s.key.classes, key.classes))
	if !same {
		return nil, nil
	}
	if attributes && (key.stamps[0] == 0 || !slices.Equal(s.key.stamps, key.stamps) || len(slices.Compact(slices.Clone(key.stamps))) > 1) {
		return nil, nil
	}
	p := *s.p
	return &p, s.pairs
}
