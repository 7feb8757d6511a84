package predict

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict/timings"
)

// Batch asks for predictions of several targets between two states of one
// repository. What targets have in common (the git process, trees, ignore files,
// comparisons) is opened, read and compared once.
type Batch struct {
	// Dir is a directory of the repository, to which paths are relative; empty
	// is the current one.
	Dir string
	// Repository is the repository opened at Dir, for a caller that has it open
	// already; it stays open. If it is nil it is opened and closed.
	Repository *buildcontext.Repository
	// Before and After are the revisions; empty is the working tree. MergeBase
	// takes the merge base of the two as the old side.
	Before, After string
	MergeBase     bool
	// NoGitDir leaves .git out of the contexts, as in Request.
	NoGitDir bool
	// Timings are as in Request.
	Timings *timings.Durations
	Targets []Target
}

// Target is one image of a repository, for one platform.
type Target struct {
	// Name is how the caller calls it. It need not be unique.
	Name string
	// Before and After say how it was built and will be. One of them is nil for a target
	// that was not there, or is there no more.
	Before, After *Build
	// Why says how its context was chosen, if it was; it is passed on.
	Why string
	// Notes are passed on, before those of the prediction.
	Notes []Note
}

// Build says how a target is built on one side. Paths are as in Request, and
// the Revision of the Side is that of the Batch.
type Build struct {
	Context string
	Side
	// AddHosts, Ulimits, Network and ShmSize are as in cachekey.Options.
	AddHosts, Ulimits []string
	Network, ShmSize  string
}

// RunAll predicts each target, and answers in the order of the targets. What is
// wrong with one target stands in its answer; the error is about all of them: a
// revision or a repository that is not there. A target whose old side does not exist, or
// could not be built, is new.
func RunAll(ctx context.Context, b *Batch) ([]TargetPrediction, error) {
	r, err := openBatch(ctx, b)
	if err != nil {
		return nil, err
	}
	if b.Repository == nil {
		defer r.repo.Close()
	}
	answers := make([]TargetPrediction, 0, len(b.Targets))
	for i := range b.Targets {
		answers = append(answers, r.target(ctx, &b.Targets[i]))
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
	}
	return answers, nil
}

// batch is a Batch under way.
type batch struct {
	*Batch
	*source
	before, after buildcontext.Commit
}

func openBatch(ctx context.Context, b *Batch) (r *batch, err error) {
	r = &batch{Batch: b}
	if b.Repository == nil {
		r.source, err = openSource(ctx, b.Dir, b.Before, b.After)
	} else {
		var dir string
		dir, err = realDirectory(b.Dir)
		r.source = newSource(b.Repository, dir)
	}
	if err != nil {
		return nil, err
	}
	r.before, r.after, err = r.commits(ctx, b.Before, b.After, b.MergeBase)
	if err != nil && b.Repository == nil {
		r.repo.Close()
	}
	return r, err
}

// target predicts one target.
func (r *batch) target(ctx context.Context, t *Target) TargetPrediction {
	answer := TargetPrediction{Name: t.Name, Why: t.Why}
	shown := t.After
	if shown == nil {
		shown = t.Before
	}
	if shown == nil {
		return answer.broken(errors.New("the target has neither an old nor a new side"))
	}
	r.describe(&answer, shown)
	if t.After == nil {
		answer.Verdict = TargetRemoved
		return answer
	}
	graph, found, err := r.replay(ctx, t.After, r.After, r.after)
	if found.dockerfile != "" && t.After.Inline == "" {
		answer.Dockerfile = found.dockerfile
	}
	if err != nil {
		return answer.broken(err)
	}
	old, isNew, oldErr := r.old(ctx, t)
	p, err := CompareCache(ctx, &Cache{Builds: []*cachekey.Graph{old}, comparisons: r.comparisons}, graph)
	if err != nil {
		return answer.broken(err)
	}
	if r.Timings != nil {
		p.AddCost(graph, r.Timings)
	}
	p.Target, p.IgnoreFile = t.After.Target, found.ignoreFile
	p.Before = revision(Side{Revision: r.Before}, r.before)
	p.After = revision(Side{Revision: r.After}, r.after)
	p.Notes = append(append([]Note{}, t.Notes...), p.Notes...)
	answer.Prediction, answer.Platform = p, p.Platform
	answer.Verdict = TargetVerdict(p.Verdict)
	if isNew {
		answer.Verdict, p.Hints = TargetNew, []Hint{} // there was no cache that could have been kept
	}
	if oldErr != nil {
		answer.Error = "the old side could not be built: " + oldErr.Error()
	}
	answer.Affected = answer.Verdict != TargetHit || len(p.Config) > 0
	return answer
}

// describe names what is built.
func (r *batch) describe(answer *TargetPrediction, b *Build) {
	answer.Context, answer.Target, answer.Platform = b.Context, b.Target, b.Platform
	if dir, inside := r.inRepository(b.Context); inside && !isRemote(b.Context) {
		answer.Context = dir
	}
	if answer.Context == "" {
		answer.Context = "."
	}
	if file, inside := r.inRepository(b.File); b.File != "" && inside {
		answer.Dockerfile = file
	}
	if answer.Platform == "" {
		answer.Platform = cachekey.DefaultPlatform
	}
}

// old replays the old side. There may be none, or one that could not be built: nothing of it is in the
// cache then.
func (r *batch) old(ctx context.Context, t *Target) (g *cachekey.Graph, isNew bool, err error) {
	if t.Before != nil {
		if g, _, err = r.replay(ctx, t.Before, r.Before, r.before); err == nil {
			return g, false, nil
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	return &cachekey.Graph{}, true, err
}

// replay replays one side of a target.
func (r *batch) replay(ctx context.Context, b *Build, revision string, c buildcontext.Commit) (*cachekey.Graph, found, error) {
	if isRemote(b.Context) {
		return nil, found{}, fmt.Errorf("the context %q is not in this repository", b.Context)
	}
	a, err := r.analysis(&Request{
		Dir: r.Dir, Context: b.Context, NoGitDir: r.NoGitDir,
		AddHosts: b.AddHosts, Ulimits: b.Ulimits, Network: b.Network, ShmSize: b.ShmSize,
	})
	if err != nil {
		return nil, found{}, err
	}
	side := b.Side
	side.Revision = revision
	if err := a.checkContext(ctx, side, c); err != nil {
		return nil, found{}, err
	}
	return a.side(ctx, side, c)
}

// checkContext fails if the context is not there. A single prediction learns it when it first looks
// into it, but here the two sides have to be told apart.
func (a *analysis) checkContext(ctx context.Context, s Side, c buildcontext.Commit) error {
	t, err := a.tree(ctx, s, c, a.context)
	if err == nil {
		_, err = t.Root(ctx)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &notFoundError{fmt.Sprintf("%s: there is no such context in %s", a.context, place(s))}
	}
	return err
}

// isRemote reports whether a context is something that the builder fetches (IsRemoteURL in buildx's
// util/urlutil).
func isRemote(context string) bool {
	for _, prefix := range []string{"http://", "https://", "git://", "ssh://", "git@", "github.com/"} {
		if strings.HasPrefix(context, prefix) {
			return true
		}
	}
	return context == "-"
}
