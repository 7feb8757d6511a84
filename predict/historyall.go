package predict

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"time"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict/timings"
)

// HistoryBatch asks for the histories of several targets of one repository. They are replayed in one
// pass over the commits, and what they have in common is read and compared once; a target that a commit does not
// touch costs next to nothing there.
type HistoryBatch struct {
	// Dir and Repository are as in Batch.
	Dir        string
	Repository *buildcontext.Repository
	// Revision is the newest commit; empty is HEAD.
	Revision string
	// BuildArgs are build arguments of all targets, over their own.
	BuildArgs map[string]string
	// Image tells what is known of base images, where the Side of a Build does not.
	Image    func(reference, platform string) (*cachekey.Image, error)
	NoGitDir bool
	// Limit, Since, CacheSize, CacheMode, BranchCache and Timings are as in HistoryRequest. Each target has a cache of
	// its own.
	Limit       int
	Since       time.Time
	CacheSize   int
	CacheMode   CacheMode
	BranchCache string
	Timings     *timings.Durations
	// Limits bound what each build of each target may take.
	Limits Limits
	// Targets say by After how they are built of every commit. Before is not looked at.
	Targets []Target
}

// HistoryBuilds are the builds of one commit.
type HistoryBuilds struct {
	Commit  string
	Time    time.Time
	Subject string
	// Builds are those of the targets, in their order: each as History gives it. It is nil for a target that is not
	// there, which has no Dockerfile or no context in this commit. Predictions must not be changed: one may stand for the builds
	// of several commits.
	Builds []*HistoryBuild
}

// HistoryAll is History for several targets at once.
func HistoryAll(ctx context.Context, b *HistoryBatch) iter.Seq2[*HistoryBuilds, error] {
	return func(yield func(*HistoryBuilds, error) bool) {
		if err := historyAll(ctx, b, yield); err != nil {
			yield(nil, err)
		}
	}
}

func historyAll(ctx context.Context, b *HistoryBatch, yield func(*HistoryBuilds, error) bool) error {
	if len(b.Targets) == 0 {
		return errors.New("there are no targets")
	}
	plan := &historyPlan{revision: b.Revision, branch: b.BranchCache, limit: b.Limit, since: b.Since}
	if plan.revision == "" {
		plan.revision = "HEAD"
	}
	opened, err := openBatch(ctx, &Batch{
		Dir: b.Dir, Repository: b.Repository, Before: plan.revision, After: plan.revision, AfterArgs: b.BuildArgs, AfterImage: b.Image,
		NoGitDir: b.NoGitDir, Limits: b.Limits,
	})
	if err != nil {
		return err
	}
	if b.Repository == nil {
		defer opened.repo.Close()
	}
	opened.lasts = map[*Build]*lastReplay{}
	all := &replayedHistories{source: opened.source, links: &replayedLinks{opened, map[string]*batchSide{}}}
	for i := range b.Targets {
		h, err := all.target(b, plan.revision, &b.Targets[i])
		if err != nil {
			return err
		}
		all.targets = append(all.targets, h)
	}
	return all.replay(ctx, plan, func(e *buildcontext.LogEntry, builds []*HistoryBuild) bool {
		for i, one := range builds {
			var none *notFoundError
			if errors.As(one.Err, &none) {
				builds[i] = nil
			}
		}
		return yield(&HistoryBuilds{e.ID, e.Time, e.Subject, builds}, nil)
	})
}

// target prepares the history of one target.
func (r *replayedHistories) target(b *HistoryBatch, revision string, t *Target) (*replayedHistory, error) {
	build := t.After
	if build == nil {
		return nil, errors.New("target " + t.Name + ": nothing says how it is built")
	}
	request := &Request{
		Limits: b.Limits, Dir: b.Dir, Context: build.Context, NoGitDir: b.NoGitDir,
		AddHosts: build.AddHosts, Ulimits: build.Ulimits, Network: build.Network, ShmSize: build.ShmSize,
	}
	fault := build.checkPlace()
	a, err := r.analysis(request)
	if fault = cmp.Or(fault, err); fault != nil {
		a = &analysis{Request: request, source: r.source}
	}
	h := &replayedHistory{analysis: a, what: build.sideOf(revision, b.BuildArgs, b.Image), fault: fault}
	h.what.Targets = maps.Clone(build.Targets)
	line := &replayedBuilds{size: max(1, b.CacheSize), timings: b.Timings, cache: Cache{
		Mode: b.CacheMode, NoCache: build.NoCache, NoCacheFilter: build.NoCacheFilter, anewContexts: build.anewContexts(), noHints: true,
	}}
	if !h.what.namesCommit() {
		line.last = new(lastReplay)
	}
	h.lines = []*replayedBuilds{line}
	if len(build.Linked) > 0 {
		h.linked = &linkedBuilds{build, r.links}
		r.links.remember(build)
	}
	return h, nil
}
