package predict

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	buildcontext "github.com/whybust/whybust/context"
)

// A pull request is built in a CI that keeps the cache of the branch that it goes to, and
// perhaps one of its own: its first build finds what the branch's build of the merge base left, and each
// later one that and the build before it. A merge of the branch into the pull request moves the merge
// base on. What the branch built after the merge base is not taken to be in the cache: when its builds ran
// is not in the repository, and without them nothing is called a hit that may be none.

// pullRequest is one whose builds are predicted.
type pullRequest struct {
	tip, onto buildcontext.Commit
	// commits are those that onto has not, the newest first, as far as they are needed.
	commits []buildcontext.CommitParents
	limit   int // how many of them are predicted at most; 0 is all
}

// lookBack is how many commits that cannot be built are passed over for one that can.
const lookBack = 20

// pullRequests predicts the builds of Revision against the cache of BranchCache.
func (r *replayedHistories) pullRequests(ctx context.Context, plan *historyPlan, tip buildcontext.Commit, yield func(*buildcontext.LogEntry, []*HistoryBuild) bool) error {
	onto, err := r.repo.Resolve(ctx, plan.branch)
	if err != nil {
		return err
	}
	one := &pullRequest{tip: tip, onto: onto, limit: plan.limit}
	if err := r.list(ctx, one); err != nil {
		return err
	}
	all := []*pullRequest{one}
	if len(one.commits) == 0 {
		if all, err = r.merged(ctx, plan, tip, onto); err != nil {
			return err
		}
	}
	for _, p := range all {
		if p.commits == nil {
			if err := r.list(ctx, p); err != nil {
				return err
			}
		}
		options := buildcontext.LogOptions{Limit: len(p.commits)}
		if p.limit > 0 {
			options.Limit = min(options.Limit, p.limit)
		}
		if p == one {
			options.Since = plan.since
		}
		if more, err := r.pullRequest(ctx, p, options, yield); err != nil || !more {
			return err
		}
	}
	return nil
}

// list lists the commits of a pull request.
func (r *replayedHistories) list(ctx context.Context, p *pullRequest) (err error) {
	o := buildcontext.FirstParentOptions{Not: &p.onto}
	if p.limit > 0 {
		o.Limit = p.limit + r.cacheSize() + lookBack
	}
	p.commits, err = r.repo.FirstParents(ctx, p.tip, o)
	return err
}

// merged are the pull requests that were merged along the first parents of tip, the oldest first.
func (r *replayedHistories) merged(ctx context.Context, plan *historyPlan, tip, onto buildcontext.Commit) (all []*pullRequest, err error) {
	newer, err := r.repo.FirstParents(ctx, onto, buildcontext.FirstParentOptions{Not: &tip})
	if err != nil {
		return nil, err
	}
	name := plan.revision
	if n := len(newer); n > 0 && (len(newer[n-1].Parents) == 0 || newer[n-1].Parents[0] != tip.ID) {
		return nil, fmt.Errorf("%s has no commit that %s has not: it was merged; give as the branch what it was merged into, as it was before", name, plan.branch)
	}
	merges, err := r.repo.FirstParents(ctx, tip, buildcontext.FirstParentOptions{Merges: true, Since: plan.since})
	if err != nil {
		return nil, err
	}
	left := plan.limit
	for _, m := range merges {
		for _, side := range slices.Backward(m.Parents[1:]) {
			p := &pullRequest{limit: left}
			if p.tip, p.onto, err = r.twoCommits(ctx, side, m.Parents[0]); err != nil {
				return nil, err
			}
			if plan.limit > 0 {
				if err := r.list(ctx, p); err != nil {
					return nil, err
				}
				left -= len(p.commits)
			}
			all = append(all, p)
			if plan.limit > 0 && left <= 0 {
				slices.Reverse(all)
				return all, nil
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no commit that %s has not, and no merged pull request: give the branch of one, or no branch whose cache is there", name, plan.branch)
	}
	slices.Reverse(all)
	return all, nil
}

func (r *replayedHistories) twoCommits(ctx context.Context, one, two string) (a, b buildcontext.Commit, err error) {
	if a, err = r.repo.Resolve(ctx, one); err == nil {
		b, err = r.repo.Resolve(ctx, two)
	}
	return a, b, err
}

// pullRequest predicts the builds of one. more is false if the caller has enough.
func (r *replayedHistories) pullRequest(ctx context.Context, p *pullRequest, o buildcontext.LogOptions, yield func(*buildcontext.LogEntry, []*HistoryBuild) bool) (more bool, err error) {
	if o.Limit == 0 {
		return true, nil
	}
	for _, h := range r.targets {
		for _, line := range h.lines {
			line.own, line.base = nil, nil
		}
	}
	r.base = ""
	at := -1
	for e, err := range r.repo.Log(ctx, p.tip, o) {
		if err != nil {
			return false, err
		}
		first := at < 0
		if first {
			at = slices.IndexFunc(p.commits, func(c buildcontext.CommitParents) bool { return c.ID == e.ID })
			err = r.earlier(ctx, p.commits[at+1:])
		}
		if err == nil && (first || len(p.commits[at].Parents) > 1) {
			err = r.setBase(ctx, e.Commit, p.onto)
		}
		if err != nil {
			return false, err
		}
		builds, err := r.builds(ctx, e)
		if err != nil {
			return false, err
		}
		if !yield(e, builds) {
			return false, nil
		}
		at--
	}
	return true, nil
}

// cacheSize is how many builds a build finds at most.
func (r *replayedHistories) cacheSize() int { return r.targets[0].lines[0].size }

// earlier puts the builds of a pull request before the first that is predicted into the cache. They come the newest
// first.
func (r *replayedHistories) earlier(ctx context.Context, commits []buildcontext.CommitParents) error {
	own := func(line *replayedBuilds) *[]builtCommit { return &line.own }
	for n, c := range commits {
		if n >= r.cacheSize()+lookBack {
			break
		}
		commit, err := r.repo.Resolve(ctx, c.ID)
		if err != nil {
			return err
		}
		if more, err := r.fill(ctx, commit, own); err != nil || !more {
			return err
		}
	}
	return nil
}

// setBase puts the builds of a branch up to its merge base with a commit into the cache, in place of
// those that were there.
func (r *replayedHistories) setBase(ctx context.Context, c, onto buildcontext.Commit) error {
	base, err := r.repo.MergeBase(ctx, c, onto)
	if err != nil {
		return fmt.Errorf("where the pull request left its branch: %w", err)
	}
	if r.base == base.ID {
		return nil
	}
	r.base = base.ID
	of := func(line *replayedBuilds) *[]builtCommit { return &line.base }
	for _, h := range r.targets {
		for _, line := range h.lines {
			line.base = nil
		}
	}
	for n := range r.cacheSize() + lookBack {
		commit, err := r.repo.Resolve(ctx, base.ID+"~"+strconv.Itoa(n))
		var none *buildcontext.RevisionError
		if errors.As(err, &none) {
			return nil // the first commit of all was the one before, or the first of a shallow clone
		}
		if err != nil {
			return err
		}
		if more, err := r.fill(ctx, commit, of); err != nil || !more {
			return err
		}
	}
	return nil
}

// fill replays a commit for all targets that have room for its build, in the list of each line that is meant. more is
// false if none has room for another.
func (r *replayedHistories) fill(ctx context.Context, c buildcontext.Commit, of func(*replayedBuilds) *[]builtCommit) (more bool, err error) {
	r.at(nil)
	for _, h := range r.targets {
		if len(*of(h.lines[0])) >= h.lines[0].size {
			continue
		}
		all, err := h.made(ctx, c)
		if err != nil {
			return false, err
		}
		for i, b := range all {
			list := of(h.lines[i])
			*list = append(*list, b)
		}
		more = more || len(*of(h.lines[0])) < h.lines[0].size
	}
	return more, nil
}

// made replays a commit for what its build left: one for each line, none if it cannot be built. The error
// is one that concerns other commits too.
func (h *replayedHistory) made(ctx context.Context, c buildcontext.Commit) ([]builtCommit, error) {
	ctx = h.Limits.under(ctx)
	g, _, err := h.plain(ctx, c)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, nil
	}
	plain := h.built(c, h.what, g)
	builds := []builtCommit{plain}
	if len(h.lines) == 1 {
		return builds, nil
	}
	at, err := h.changeSource(ctx, c, g)
	if err != nil {
		return nil, err
	}
	for _, line := range h.lines[1:] {
		with, _, err := h.withChange(ctx, line, c, at)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			with = plain // it does not apply
		}
		builds = append(builds, with)
	}
	return builds, nil
}
