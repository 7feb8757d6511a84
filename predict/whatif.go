package predict

import (
	"context"
	"fmt"
	"slices"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict/timings"
)

// WhatIf is a change of a build: it says which files of a commit have other content: paths from the repository's
// root, with slashes, as Side.Replace has them. at is the build of the commit as it is, and must not be
// held on to or changed. An error says why the change does not apply to this commit.
type WhatIf func(at *WhatIfSource) (map[string][]byte, error)

// WhatIfSource is a build that a WhatIf is made on.
type WhatIfSource struct {
	Commit string
	// Context is the context directory from the repository's root, "" for the root.
	Context string
	// Replayed has the files that say how it is built. Its Options are nil.
	Replayed
	// Read reads a file of the commit by its path from the repository's root. It is
	// fs.ErrNotExist if there is none.
	Read func(name string) ([]byte, error)
}

// ChangedBuild is the build of a commit with a change laid over it.
type ChangedBuild struct {
	// Prediction and Pairs are as in HistoryBuild, of the history with the change: the builds
	// before had it too.
	Prediction *Prediction
	Pairs      []int
	// Files are what was laid over the commit: by the change, as the WhatIf gave it, and by Side.Replace. They are nil if
	// Err is set, and must not be changed.
	Files map[string][]byte
	// Err says why the change was not made on this commit, which is then built as it is: the WhatIf
	// itself said so, or what it makes cannot be built although the commit can.
	Err error
}

// replayedBuilds is one sequence of builds under way: the history as it is, or one with a change.
type replayedBuilds struct {
	change  WhatIf // nil: as it is
	timings *timings.Durations
	last    *lastReplay
	size    int
	own     []builtCommit // the builds before, the last one first
	base    []builtCommit // of the branch that a pull request goes to, the last one first
	before  builtCommit   // that of the prediction before
	steady  steadyPrediction
	classes int // how many there are so far
	cache   Cache
}

// builtCommit is what the build of a commit left.
type builtCommit struct {
	graph  *cachekey.Graph
	side   Side
	commit buildcontext.Commit
	whole  buildcontext.Tree // of the repository
	stamp  int64             // as in checkout
	class  int               // equal for builds of one line that have one content
	over   *cachekey.Graph   // which the graph was made over (lastReplay); nil if it is not known
}

// builds are all that the cache holds.
func (b *replayedBuilds) builds() []builtCommit { return slices.Concat(b.own, b.base) }

// commits are those of the builds in the cache.
func (b *replayedBuilds) commits() []string {
	ids := []string{}
	for _, c := range b.builds() {
		ids = append(ids, c.commit.ID)
	}
	return ids
}

// next predicts a build against those before, and puts it into the cache.
func (h *replayedHistory) next(ctx context.Context, b *replayedBuilds, new builtCommit, ignoreFile string) (p *Prediction, pairs []int, err error) {
	if h.shortcut == nil { // which takes more than classes do
		h.classify(ctx, b, &new)
	}
	b.cache.Builds = b.cache.Builds[:0]
	for _, c := range b.builds() {
		b.cache.Builds = append(b.cache.Builds, c.graph)
	}
	if len(b.cache.Builds) > 0 {
		if p, pairs, err = h.predict(ctx, b, new, ignoreFile); err != nil {
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			return nil, nil, err
		}
		p.After = Revision{Revision: new.commit.ID, Commit: new.commit.ID}
	} else {
		h.shortcut.replayed(new, nil, nil, ignoreFile)
	}
	b.own = slices.Insert(b.own, 0, new)
	b.own, b.before = b.own[:min(len(b.own), b.size)], new
	return p, pairs, nil
}

// predict predicts a build against those in the cache.
func (h *replayedHistory) predict(ctx context.Context, b *replayedBuilds, new builtCommit, ignoreFile string) (*Prediction, []int, error) {
	key := b.steadyKey(new)
	if p, pairs := b.steady.is(key, h.hasAttributes()); p != nil {
		return p, pairs, nil
	}
	b.cache.comparisons = h.comparisons
	p, near, err := compareCache(ctx, &b.cache, new.graph)
	if err != nil {
		return nil, nil, err
	}
	h.shortcut.replayed(new, p, near, ignoreFile)
	if p, err = h.heedBuilds(ctx, b, new, p); err != nil {
		return nil, nil, err
	}
	h.finish(p, b, new, ignoreFile)
	pairs := b.pairs(new.graph)
	b.steady = steadyPrediction{key, p, pairs}
	return p, pairs, nil
}

// finish adds to a prediction what the comparison does not know.
func (h *replayedHistory) finish(p *Prediction, b *replayedBuilds, new builtCommit, ignoreFile string) {
	p.Target, p.IgnoreFile = h.what.Target, ignoreFile
	if b.timings != nil {
		p.AddCost(new.graph, b.timings)
	}
}

// pairs pairs the steps of a build with those of the prediction before.
func (b *replayedBuilds) pairs(g *cachekey.Graph) []int {
	if b.before.graph == nil {
		return slices.Repeat([]int{-1}, len(g.Steps))
	}
	return pairSteps(b.before.graph, g)
}

// changed predicts the build of a commit with a change. plain is its graph without it.
func (h *replayedHistory) changed(ctx context.Context, b *replayedBuilds, e *buildcontext.LogEntry, at *WhatIfSource, plain found) (c ChangedBuild, err error) {
	build, ignoreFile := h.built(e.Commit, h.what, at.Graph), plain.ignoreFile
	with, found, err := h.withChange(ctx, b, e.Commit, at)
	switch {
	case ctx.Err() != nil:
		return c, context.Cause(ctx)
	case err != nil:
		c.Err = err
	default:
		build, ignoreFile, c.Files = with, found.ignoreFile, with.side.Replace
	}
	c.Prediction, c.Pairs, err = h.next(ctx, b, build, ignoreFile)
	return c, err
}

// withChange replays a commit with a change. The error says why it does not apply.
func (h *replayedHistory) withChange(ctx context.Context, b *replayedBuilds, c buildcontext.Commit, at *WhatIfSource) (builtCommit, found, error) {
	files, err := b.change(at)
	if err != nil {
		return builtCommit{}, found{}, err
	}
	h.last = b.last
	side := h.what
	side.Replace = overlaid(side.Replace, files)
	g, f, err := h.side(ctx, side, c)
	if err != nil {
		return builtCommit{}, f, fmt.Errorf("with the change: %w", err)
	}
	missing, err := missingSource(ctx, g, at)
	if err == nil && missing != "" {
		err = fmt.Errorf("with the change: %s", missing)
	}
	return h.built(c, side, g), f, err
}

// missingSource is what is to be said of a COPY whose source is not there, if a graph has more of
// those than the build as it is: such a build fails.
func missingSource(ctx context.Context, g *cachekey.Graph, at *WhatIfSource) (text string, err error) {
	now, before := Prediction{Dockerfile: at.Dockerfile}, Prediction{}
	if err := now.missingSources(ctx, g); err != nil || len(now.Notes) == 0 {
		return "", err
	}
	if err := before.missingSources(ctx, at.Graph); err != nil || len(now.Notes) <= len(before.Notes) {
		return "", err
	}
	last := now.Notes[len(now.Notes)-1]
	return fmt.Sprintf("%s:%d: %s", last.File, last.Line, last.Text), nil
}

// changeSource prepares what changes are made on.
func (h *replayedHistory) changeSource(ctx context.Context, c buildcontext.Commit, g *cachekey.Graph) (*WhatIfSource, error) {
	side := h.what
	side.Revision = c.ID
	r, err := h.buildFiles(ctx, side, c)
	if err != nil {
		return nil, err
	}
	r.Graph = g
	return &WhatIfSource{Commit: c.ID, Context: h.context, Replayed: *r, Read: func(name string) ([]byte, error) {
		whole, err := h.tree(ctx, side, c, "")
		if err != nil {
			return nil, err
		}
		return h.files.read(ctx, whole, true, name)
	}}, nil
}
