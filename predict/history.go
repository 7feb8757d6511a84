package predict

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict/timings"
)

// HistoryRequest asks for the predictions of a history. The zero
// HistoryRequest is that of HEAD in the current directory.
type HistoryRequest struct {
	// Dir and Context are as in Request.
	Dir, Context string
	// Side says what is built of each commit. Revision is the newest one; empty is HEAD.
	Side
	NoGitDir          bool
	AddHosts, Ulimits []string
	Network, ShmSize  string
	// Limit is how many builds are predicted at most, the newest ones; 0 is all
	// that there are. Since leaves out commits that are older, unless it is zero.
	Limit int
	Since time.Time
	// CacheSize is how many of the builds before it a build finds the cache of; 0 is 1.
	CacheSize int
	// CacheMode is how that cache comes to the machine of the build; empty is CacheLocal.
	CacheMode CacheMode
	// BranchCache is the revision of a branch that the commits go to; empty is none. The builds are then those of a
	// pull request: the first parents of Revision that this branch has not. Each finds the cache of the builds before
	// it in the pull request and that of the builds of the branch up to the merge base, CacheSize of each. A Revision that
	// is one of the branch's own first parents stands for all that was merged into it, one pull request after the
	// other.
	BranchCache string
	// Limits bound what each build may take, as in Request.
	Limits Limits
	// WhatIf are changes that are laid over every commit, each for itself: what the history would have been
	// with it. They see what Side.Replace has laid over it already.
	WhatIf []WhatIf
	// Timings are measurements of real builds, for Prediction.Cost; nil: none.
	Timings *timings.Durations
}

// HistoryBuild is the build of one commit of a history.
type HistoryBuild struct {
	Commit  string    `json:"commit"`
	Time    time.Time `json:"time"`
	Subject string    `json:"subject"`
	// Prediction holds no hints. It is nil if there is none: then Err says why the commit cannot be built, or
	// there was no build before it.
	Prediction *Prediction `json:"prediction"`
	// Pairs gives, for each step of the prediction, the index of its counterpart in the
	// prediction before, or -1: what a step is followed by when its stage is renamed or its text edited.
	Pairs []int `json:"-"`
	// Cached are the commits whose builds are in the cache, that which explains best first: those that
	// Step.Build counts.
	Cached []string `json:"cached"`
	// Err is a fault of this commit, like a Dockerfile that is missing or broken. The next
	// build finds the cache of those before.
	Err error `json:"-"`
	// With is the same build with each of HistoryRequest.WhatIf; nil if Err says that there is none.
	With []ChangedBuild `json:"-"`
}

// History predicts every build of a history against the cache that the builds
// before it left: along the first parents, the oldest first. It streams: what is held does not grow
// with the number of commits. The first build has nothing to be compared with.
// An error ends it; what is wrong with one commit does not.
func History(ctx context.Context, r *HistoryRequest) iter.Seq2[*HistoryBuild, error] {
	return func(yield func(*HistoryBuild, error) bool) {
		if err := history(ctx, r, yield); err != nil {
			yield(nil, err)
		}
	}
}

func history(ctx context.Context, r *HistoryRequest, yield func(*HistoryBuild, error) bool) error {
	h, err := openHistory(ctx, r)
	if err != nil {
		return err
	}
	defer h.repo.Close()
	all := &replayedHistories{source: h.source, targets: []*replayedHistory{h}}
	plan := &historyPlan{revision: h.what.Revision, branch: r.BranchCache, limit: r.Limit, since: r.Since}
	return all.replay(ctx, plan, func(_ *buildcontext.LogEntry, b []*HistoryBuild) bool { return yield(b[0], nil) })
}

// openHistory opens the repository of a history, which the caller closes.
func openHistory(ctx context.Context, r *HistoryRequest) (*replayedHistory, error) {
	side := r.Side
	if side.Revision == "" {
		side.Revision = "HEAD"
	}
	a, err := openAnalysis(ctx, &Request{
		Limits: r.Limits, Dir: r.Dir, Context: r.Context, After: side, NoGitDir: r.NoGitDir,
		AddHosts: r.AddHosts, Ulimits: r.Ulimits, Network: r.Network, ShmSize: r.ShmSize,
	})
	if err != nil {
		return nil, err
	}
	h := &replayedHistory{analysis: a, what: side}
	for _, change := range append([]WhatIf{nil}, r.WhatIf...) {
		line := &replayedBuilds{change: change, size: max(1, r.CacheSize), timings: r.Timings, cache: Cache{Mode: r.CacheMode, noHints: true}}
		if !side.namesCommit() {
			line.last = new(lastReplay)
		}
		h.lines = append(h.lines, line)
	}
	h.shortcut = h.newShortcut(r)
	return h, nil
}

// namesCommit reports whether the options differ from commit to commit.
func (s Side) namesCommit() bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(s.BuildArgs)), func(v string) bool { return strings.Contains(v, "{commit}") })
}

// historyPlan says which commits are built, as a HistoryRequest does.
type historyPlan struct {
	revision, branch string
	limit            int
	since            time.Time
}

// replayedHistories are histories of several targets under way, in one pass over the commits. What they have in
// common is that of one commit at a time.
type replayedHistories struct {
	*source
	targets []*replayedHistory
	links   *replayedLinks
	base    string // the merge base whose builds are in the cache; empty is none
}

// replay gives the builds of every commit, in the order of the targets, until yield returns false.
func (r *replayedHistories) replay(ctx context.Context, p *historyPlan, yield func(*buildcontext.LogEntry, []*HistoryBuild) bool) error {
	tip, err := r.repo.Resolve(ctx, p.revision)
	if err != nil {
		return err
	}
	if p.branch != "" {
		return r.pullRequests(ctx, p, tip, yield)
	}
	options := buildcontext.LogOptions{Since: p.since}
	if p.limit > 0 {
		options.Limit = p.limit + 1 // the first fills the cache
	}
	for e, err := range r.repo.Log(ctx, tip, options) {
		if err != nil {
			return err
		}
		builds, err := r.builds(ctx, e)
		if err != nil {
			return err
		}
		if !yield(e, builds) {
			return nil
		}
	}
	return nil
}

// at turns to a commit; entry is nil if it is none of the log.
func (r *replayedHistories) at(entry *buildcontext.LogEntry) {
	r.forget()
	r.links.forget()
	r.entry = entry
}

// builds predicts the builds of one commit.
func (r *replayedHistories) builds(ctx context.Context, e *buildcontext.LogEntry) ([]*HistoryBuild, error) {
	all := make([]*HistoryBuild, 0, len(r.targets))
	short := r.targets[0].shortcut
	if b, err := short.predict(ctx, e); b != nil || err != nil {
		return append(all, b), err
	}
	if err := errors.Join(short.catchUp(ctx), e.Read(ctx)); err != nil {
		return nil, err
	}
	r.at(e)
	for _, h := range r.targets {
		b, err := h.build(ctx, e)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// replayedHistory is the history of one target under way.
type replayedHistory struct {
	*analysis
	what   Side
	lines  []*replayedBuilds // as it is, and then with each change
	linked *linkedBuilds
	fault  error // of the target, whatever the commit
	// shortcut is nil if there is none.
	shortcut *shortcut
}

// plain replays a commit as it is.
func (h *replayedHistory) plain(ctx context.Context, c buildcontext.Commit) (*cachekey.Graph, found, error) {
	if h.fault != nil {
		return nil, found{}, h.fault
	}
	h.last = h.lines[0].last
	side, err := h.linked.into(ctx, h.what, c)
	if err != nil {
		return nil, found{}, err
	}
	g, f, err := h.side(ctx, side, c)
	if err == nil {
		err = h.checkContext(ctx, side, c)
	}
	return g, f, err
}

// build predicts one build. The error is one that concerns the builds after it too.
func (h *replayedHistory) build(ctx context.Context, e *buildcontext.LogEntry) (*HistoryBuild, error) {
	ctx = h.Limits.under(ctx)
	b := &HistoryBuild{Commit: e.ID, Time: e.Time, Subject: e.Subject, Cached: h.lines[0].commits()}
	g, found, err := h.plain(ctx, e.Commit)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		h.shortcut.failed()
		b.Err = err
		return b, nil
	}
	b.Prediction, b.Pairs, err = h.next(ctx, h.lines[0], h.built(e.Commit, h.what, g), found.ignoreFile)
	switch {
	case errors.Is(err, buildcontext.ErrBudget):
		h.shortcut.failed()
		b.Err = err
		return b, nil
	case err != nil || len(h.lines) == 1:
		return b, err
	}
	at, err := h.changeSource(ctx, e.Commit, g)
	if err != nil {
		return nil, err
	}
	for _, line := range h.lines[1:] {
		with, err := h.changed(ctx, line, e, at, found)
		if err != nil {
			return nil, err
		}
		b.With = append(b.With, with)
	}
	return b, nil
}
