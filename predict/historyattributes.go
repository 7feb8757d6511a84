package predict

import (
	"context"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
)

// A history heeds .gitattributes as Run does. Whether they changed between two builds the log tells, so
// that nothing is looked up for the builds, which are nearly all, between which none did.

// built is the build of a commit, replayed just before.
func (h *replayedHistory) built(c buildcontext.Commit, s Side, g *cachekey.Graph) builtCommit {
	b := builtCommit{graph: g, side: s, commit: c, whole: h.trees[s.treeKey(c, "")]}
	if h.entry != nil && h.entry.ID == c.ID && !s.replacesAttributes() {
		b.stamp = h.entry.Attributes
	}
	return b
}

func (b *builtCommit) checkout() checkout {
	return checkout{b.commit, b.whole, b.graph.Context, b.stamp}
}

// heedBuilds is heed for a build and those that filled the cache.
func (h *replayedHistory) heedBuilds(ctx context.Context, line *replayedBuilds, new builtCommit, p *Prediction) (*Prediction, error) {
	if !h.hasAttributes() {
		return p, nil
	}
	all := append(line.builds(), new)
	checkouts := make([]checkout, 0, len(all))
	for _, b := range all {
		checkouts = append(checkouts, b.checkout())
	}
	return h.heed(ctx, p, h.context, checkouts, func() (*Prediction, error) { return h.again(ctx, line, all) })
}

// again predicts the last of some builds once more, all of them being replayed while attributes are heeded.
func (h *replayedHistory) again(ctx context.Context, line *replayedBuilds, all []builtCommit) (*Prediction, error) {
	last := h.last
	h.last = nil
	defer func() { h.last = last }()
	h.linked.drop()
	defer h.linked.drop()
	graphs := make([]*cachekey.Graph, len(all))
	for i, b := range all {
		h.trees[b.side.treeKey(b.commit, "")] = b.whole // by which what is attributed is known
		side, err := h.linked.into(ctx, b.side, b.commit)
		if err != nil {
			return nil, err
		}
		if graphs[i], _, err = h.side(ctx, side, b.commit); err != nil {
			return nil, err
		}
	}
	n := len(graphs) - 1
	cache := &Cache{
		Builds: graphs[:n], Mode: line.cache.Mode, NoCache: line.cache.NoCache, NoCacheFilter: line.cache.NoCacheFilter,
		anewContexts: line.cache.anewContexts, noHints: true,
	}
	return CompareCache(ctx, cache, graphs[n])
}
