package predict

import (
	"context"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
)

// Most commits of a history change what some files hold and nothing else, and then the build is the one before but for
// those files: it has the same graph, and all that can differ is which of the selections that steps take from the
// context hold one of them. With the same selections affected the match takes the same course and gives the same
// steps, of which some name other files. So a prediction is made once for each such set of selections, in the ordinary
// way; those of later commits are copies in which the files are others (outline).
//
// It holds as long as nothing else that the prediction hangs on can change. So there are no short cuts
//
//   - for a commit that adds, deletes or retypes anything, or changes a mode, a link or a submodule, the Dockerfile, the
//     ignore file or a .gitattributes;
//   - with several builds in the cache, overlays, named contexts, replaced files, a limit of work, a change (WhatIf), or
//     arguments that name the commit;
//   - where two operations of the Dockerfile could be taken for each other, a source is missing, or a path of the
//     context is symbolic;
//   - where the match looked into what a stage holds, since that comes from the context too.

// shortcut predicts the builds of commits that only change what files hold. It is there for one
// history, and belongs to its goroutine. A nil shortcut predicts nothing.
type shortcut struct {
	h *replayedHistory
	// last is the last build, nil if the next one has no short cut; skipped is its commit, if it was not replayed.
	last    *builtCommit
	skipped *buildcontext.LogEntry
	ignore  string          // the ignore file
	reads   map[string]bool // the files that say how it is built

	family   *cachekey.Graph // the replay that the graph is a copy of, and what is known of it:
	distinct bool
	outlines map[uint64]*outline // by the selections that are affected

	places *places // nil if it is not known what the files of this tree are
	// tried are the selections that the commit affects which is predicted now; isTried is set if that is known.
	tried   uint64
	isTried bool
}

const (
	maxOutlines = 256
	maxModified = 1 << 12 // files of a commit; beyond, there is no short cut
)

// newShortcut is nil if a history is none that has short cuts.
func (h *replayedHistory) newShortcut(r *HistoryRequest) *shortcut {
	s := r.Side
	if len(h.lines) != 1 || h.lines[0].size != 1 || h.lines[0].last == nil || r.BranchCache != "" || r.Limits.Work != 0 ||
		len(s.Overlays)+len(s.Contexts)+len(s.Replace) > 0 {
		return nil
	}
	return &shortcut{h: h}
}

// predict predicts the build of a commit. It is nil if that has to be done in the ordinary way.
func (s *shortcut) predict(ctx context.Context, e *buildcontext.LogEntry) (*HistoryBuild, error) {
	if s == nil {
		return nil, nil
	}
	s.isTried = false
	files, ok := e.Modified()
	if !ok || s.last == nil {
		return nil, nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if ok, err := s.prepare(ctx); !ok || err != nil {
		return nil, err
	}
	if err := s.places.ahead(ctx, e.Coming, s.h); err != nil {
		return nil, err
	}
	if ok = s.places.affect(files); !ok {
		return nil, nil
	}
	s.tried, s.isTried = s.places.mask, true
	o := s.outlines[s.tried]
	if o == nil || o.refused {
		return nil, nil
	}
	return s.draw(ctx, e, o)
}

// draw predicts a build from an outline.
func (s *shortcut) draw(ctx context.Context, e *buildcontext.LogEntry, o *outline) (*HistoryBuild, error) {
	line := s.h.lines[0]
	b := &HistoryBuild{Commit: e.ID, Time: e.Time, Subject: e.Subject, Cached: line.commits(), Pairs: make([]int, len(o.steps))}
	for i := range b.Pairs {
		b.Pairs[i] = i
	}
	built := *s.last
	built.commit, built.whole, built.stamp = e.Commit, e.Tree(""), e.Attributes
	if err := s.places.findAttributes(ctx, s.h); err != nil {
		return nil, err
	}
	p, err := s.h.heedBuilds(ctx, line, built, o.predict(s.places))
	if err != nil {
		return nil, err
	}
	b.Prediction, p.After = p, Revision{Revision: e.ID, Commit: e.ID}
	s.h.finish(p, line, built, s.ignore)
	line.own[0], s.last, s.skipped = built, &built, e
	return b, nil
}

// prepare finds out what the selections are, unless that is known. ok is false if there is no short cut.
func (s *shortcut) prepare(ctx context.Context) (ok bool, err error) {
	if s.places != nil {
		return true, nil
	}
	if s.distinct {
		s.places, err = newPlaces(ctx, s.last, s.reads)
	}
	if s.places == nil {
		s.last = nil
	}
	return s.places != nil, err
}

// catchUp replays the build before, if that was not done.
func (s *shortcut) catchUp(ctx context.Context) error {
	if s == nil || s.skipped == nil {
		return nil
	}
	ctx = s.h.Limits.under(ctx)
	e, line := s.skipped, s.h.lines[0]
	s.skipped = nil
	if err := e.Read(ctx); err != nil {
		return err
	}
	s.h.forget()
	s.h.entry = e
	g, _, err := s.h.plain(ctx, e.Commit)
	if err != nil {
		return err
	}
	line.own[0] = s.h.built(e.Commit, s.h.what, g)
	line.before = line.own[0]
	return nil
}

// failed notes that a commit cannot be built, or has no prediction: the next one is not compared with it.
func (s *shortcut) failed() {
	if s != nil {
		s.last, s.places = nil, nil
	}
}

// replayed notes a build that was made in the ordinary way: p is its prediction before attributes were heeded, near the
// match that it comes from; nil for the first build.
func (s *shortcut) replayed(new builtCommit, p *Prediction, near *nearest, ignoreFile string) {
	if s == nil {
		return
	}
	family := s.h.last.graph
	if s.isTried && p != nil && family == s.family && new.graph.Context.Rules == s.last.graph.Context.Rules {
		s.last = &new
		s.learn(p, near)
		return
	}
	if family != s.family || family == nil {
		s.family, s.outlines = family, map[uint64]*outline{}
		s.distinct = family != nil && distinctOps(new.graph)
	}
	s.last, s.places, s.ignore, s.reads = &new, nil, ignoreFile, s.h.files.opened
}

// learn makes an outline of a prediction.
func (s *shortcut) learn(p *Prediction, near *nearest) {
	if s.outlines[s.tried] != nil {
		return
	}
	if len(s.outlines) >= maxOutlines {
		clear(s.outlines)
	}
	o := newOutline(p, s.last.graph, s.places)
	o.refused = o.refused || near.looked
	s.outlines[s.tried] = o
}

// distinctOps reports whether no operation of a graph can be taken for another one of a graph like it:
// then each is looked for in one place (matcher.candidates), and what the cache held before does not matter.
func distinctOps(g *cachekey.Graph) bool {
	type place struct {
		shape string
		root  int
	}
	at := map[place][]*cachekey.Op{}
	for _, op := range g.Ops {
		p := place{op.Shape(), -1}
		if len(op.Inputs) > 0 && !op.Inputs[0].ByContent {
			p.root = op.Inputs[0].Op.Index()
		}
		for _, other := range at[p] {
			if other.RecipeKey() == op.RecipeKey() || other.Symbolic() || op.Symbolic() {
				return false
			}
		}
		at[p] = append(at[p], op)
	}
	return true
}
