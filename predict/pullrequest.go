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
const lookBack = 100

// pullRequests predicts the builds of Revision against the cache of BranchCache.
func (h *replayedHistory) pullRequests(ctx context.Context, r *HistoryRequest, tip buildcontext.Commit, yield func(*HistoryBuild, error) bool) error {
	onto, err := h.repo.Resolve(ctx, r.BranchCache)
	if err != nil {
		return err
	}
	one := &pullRequest{tip: tip, onto: onto, limit: r.Limit}
	if err := h.list(ctx, one); err != nil {
		return err
	}
	all := []*pullRequest{one}
	if len(one.commits) == 0 {
		if all, err = h.merged(ctx, r, tip, onto); err != nil {
			return err
		}
	}
	for _, p := range all {
		if p.commits == nil {
			if err := h.list(ctx, p); err != nil {
				return err
			}
		}
		options := buildcontext.LogOptions{Limit: len(p.commits)}
		if p.limit > 0 {
			options.Limit = min(options.Limit, p.limit)
		}
		if p == one {
			options.Since = r.Since
		}
		if more, err := h.pullRequest(ctx, p, options, yield); err != nil || !more {
			return err
		}
	}
	return nil
}

// list lists the commits of a pull request.
func (h *replayedHistory) list(ctx context.Context, p *pullRequest) (err error) {
	o := buildcontext.FirstParentOptions{Not: &p.onto}
	if p.limit > 0 {
		o.Limit = p.limit + h.lines[0].size + lookBack
	}
	p.commits, err = h.repo.FirstParents(ctx, p.tip, o)
	return err
}

// merged are the pull requests that were merged along the first parents of tip, the oldest first.
func (h *replayedHistory) merged(ctx context.Context, r *HistoryRequest, tip, onto buildcontext.Commit) (all []*pullRequest, err error) {
	newer, err := h.repo.FirstParents(ctx, onto, buildcontext.FirstParentOptions{Not: &tip})
	if err != nil {
		return nil, err
	}
	name := h.what.Revision
	if n := len(newer); n > 0 && (len(newer[n-1].Parents) == 0 || newer[n-1].Parents[0] != tip.ID) {
		return nil, fmt.Errorf("%s has no commit that %s has not: it was merged; give as the branch what it was merged into, as it was before", name, r.BranchCache)
	}
	merges, err := h.repo.FirstParents(ctx, tip, buildcontext.FirstParentOptions{Merges: true, Since: r.Since})
	if err != nil {
		return nil, err
	}
	left := r.Limit
	for _, m := range merges {
		for _, side := range slices.Backward(m.Parents[1:]) {
			p := &pullRequest{limit: left}
			if p.tip, p.onto, err = h.twoCommits(ctx, side, m.Parents[0]); err != nil {
				return nil, err
			}
			if r.Limit > 0 {
				if err := h.list(ctx, p); err != nil {
					return nil, err
				}
				left -= len(p.commits)
			}
			all = append(all, p)
			if r.Limit > 0 && left <= 0 {
				slices.Reverse(all)
				return all, nil
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no commit that %s has not, and no merged pull request: give the branch of one, or no branch whose cache is there", name, r.BranchCache)
	}
	slices.Reverse(all)
	return all, nil
}

func (h *replayedHistory) twoCommits(ctx context.Context, one, two string) (a, b buildcontext.Commit, err error) {
	if a, err = h.repo.Resolve(ctx, one); err == nil {
		b, err = h.repo.Resolve(ctx, two)
	}
	return a, b, err
}

// pullRequest predicts the builds of one. more is false if the caller has enough.
func (h *replayedHistory) pullRequest(ctx context.Context, p *pullRequest, o buildcontext.LogOptions, yield func(*HistoryBuild, error) bool) (more bool, err error) {
	if o.Limit == 0 {
		return true, nil
	}
	for _, line := range h.lines {
		line.own, line.base = nil, nil
	}
	at := -1
	for e, err := range h.repo.Log(ctx, p.tip, o) {
		if err != nil {
			return false, err
		}
		first := at < 0
		if first {
			at = slices.IndexFunc(p.commits, func(c buildcontext.CommitParents) bool { return c.ID == e.ID })
			err = h.earlier(ctx, p.commits[at+1:])
		}
		if err == nil && (first || len(p.commits[at].Parents) > 1) {
			err = h.setBase(ctx, e.Commit, p.onto)
		}
		if err != nil {
			return false, err
		}
		b, err := h.build(ctx, e)
		if err != nil {
			return false, err
		}
		if !yield(b, nil) {
			return false, nil
		}
		at--
	}
	return true, nil
}

// earlier puts the builds of a pull request before the first that is predicted into the cache. They come the newest
// first.
func (h *replayedHistory) earlier(ctx context.Context, commits []buildcontext.CommitParents) error {
	for n, c := range commits {
		if n >= h.lines[0].size+lookBack || len(h.lines[0].own) >= h.lines[0].size {
			break
		}
		commit, err := h.repo.Resolve(ctx, c.ID)
		if err != nil {
			return err
		}
		builds, err := h.made(ctx, commit)
		if err != nil {
			return err
		}
		for i, b := range builds {
			h.lines[i].own = append(h.lines[i].own, b)
		}
	}
	return nil
}

// setBase puts the builds of a branch up to its merge base with a commit into the cache, in place of
// those that were there.
func (h *replayedHistory) setBase(ctx context.Context, c, onto buildcontext.Commit) error {
	base, err := h.repo.MergeBase(ctx, c, onto)
	if err != nil {
		return fmt.Errorf("where the pull request left its branch: %w", err)
	}
	if have := h.lines[0].base; len(have) > 0 && have[0].commit.ID == base.ID {
		return nil
	}
	for _, line := range h.lines {
		line.base = nil
	}
	for n := 0; n < h.lines[0].size+lookBack && len(h.lines[0].base) < h.lines[0].size; n++ {
		commit, err := h.repo.Resolve(ctx, base.ID+"~"+strconv.Itoa(n))
		var none *buildcontext.RevisionError
		if errors.As(err, &none) {
			return nil // the first commit of all was the one before, or the first of a shallow clone
		}
		if err != nil {
			return err
		}
		builds, err := h.made(ctx, commit)
		if err != nil {
			return err
		}
		for i, b := range builds {
			h.lines[i].base = append(h.lines[i].base, b)
		}
	}
	return nil
}

// made replays a commit for what its build left: one for each line, none if it cannot be built. The error
// is one that concerns other commits too.
func (h *replayedHistory) made(ctx context.Context, c buildcontext.Commit) ([]builtCommit, error) {
	ctx = h.Limits.under(ctx)
	h.forget()
	h.entry, h.last = nil, h.lines[0].last
	g, _, err := h.side(ctx, h.what, c)
	if err == nil {
		err = h.checkContext(ctx, h.what, c)
	}
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
