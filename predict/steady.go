package predict

import (
	"slices"

	"github.com/whybust/whybust/cachekey"
)

// Most commits of a repository with many images do not touch most of them. A graph that was made of the same is the
// same pointer (lastReplay), and where it and the cache are what they were, so is the prediction.

// steadyPrediction is the prediction before, and what it is of.
type steadyPrediction struct {
	key   steadyKey
	p     *Prediction
	pairs []int
}

// steadyKey is all that a prediction of a history hangs on.
type steadyKey struct {
	graphs []*cachekey.Graph // in the cache, the build itself, and that of the prediction before
	stamps []int64           // of the builds' attributes: see checkout
}

func (b *replayedBuilds) steadyKey(new builtCommit) (k steadyKey) {
	for _, one := range append(b.builds(), new) {
		k.graphs, k.stamps = append(k.graphs, one.graph), append(k.stamps, one.stamp)
	}
	k.graphs = append(k.graphs, b.before)
	return k
}

// is gives a copy of the prediction if it is of the same. With attributes in the repository they must be known to be
// those of before, and the same throughout.
func (s *steadyPrediction) is(key steadyKey, attributes bool) (*Prediction, []int) {
	if s.p == nil || !slices.Equal(s.key.graphs, key.graphs) {
		return nil, nil
	}
	if attributes && (key.stamps[0] == 0 || !slices.Equal(s.key.stamps, key.stamps) || len(slices.Compact(slices.Clone(key.stamps))) > 1) {
		return nil, nil
	}
	p := *s.p
	return &p, s.pairs
}
