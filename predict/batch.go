package predict

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict/timings"
)

// Batch asks for predictions of several targets between two states of one
// repository. What targets have in common (the git process, trees, ignore files,
// comparisons, the targets that they are made from) is opened, read and compared once.
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
	// BeforeArgs and AfterArgs are build arguments of all targets of a side, over their own.
	BeforeArgs, AfterArgs map[string]string
	// BeforeImage and AfterImage tell what is known of base images, where the Side of a Build does not.
	BeforeImage, AfterImage func(reference, platform string) (*cachekey.Image, error)
	// NoGitDir leaves .git out of the contexts, as in Request.
	NoGitDir bool
	// Limits bound what each target may take.
	Limits Limits
	// OneCache says that the old sides of all targets were built into one cache, in which
	// each finds what the others left. Otherwise each has a cache of its own, as
	// where jobs of a CI build them.
	OneCache bool
	// Cached are further revisions whose builds of each target are in its cache, as its old side
	// says how it was built, or else its new one. A revision at which a target cannot be built is passed over.
	Cached []string
	// CacheMode is as in Request.
	CacheMode CacheMode
	// NoCache and NoCacheFilter are as in Request, for all targets besides their own.
	NoCache       bool
	NoCacheFilter []string
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
	// Linked are the builds that a "target:NAME" in Contexts stands for, by NAME.
	Linked map[string]*Build
	// NoCache and NoCacheFilter are as in Cache. They count on the new side.
	NoCache       bool
	NoCacheFilter []string
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
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return answers, nil
}

// batch is a Batch under way.
type batch struct {
	*Batch
	*source
	before, after *batchSide
	cached        []*batchSide
	shared        *Cache // of OneCache, made when it is first asked for
	made          map[[2]*Build]TargetPrediction
	known         bases
	lone          []string               // images that one side alone knows, as far as was asked
	lasts         map[*Build]*lastReplay // of a history
}

func openBatch(ctx context.Context, b *Batch) (r *batch, err error) {
	r = &batch{Batch: b, made: map[[2]*Build]TargetPrediction{}}
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
	before, after, err := r.commits(ctx, b.Before, b.After, b.MergeBase)
	r.before = newBatchSide(r, b.Before, before, b.BeforeArgs, b.BeforeImage)
	r.after = newBatchSide(r, b.After, after, b.AfterArgs, b.AfterImage)
	for i := 0; i < len(b.Cached) && err == nil; i++ {
		var c buildcontext.Commit
		c, err = r.commit(ctx, b.Cached[i])
		r.cached = append(r.cached, newBatchSide(r, b.Cached[i], c, b.BeforeArgs, b.BeforeImage))
	}
	if err != nil && b.Repository == nil {
		r.repo.Close()
	}
	return r, err
}

// target predicts one target.
func (r *batch) target(ctx context.Context, t *Target) TargetPrediction {
	ctx = r.Limits.under(ctx)
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
	new := r.after.replay(ctx, t.After)
	if new.dockerfile != "" && t.After.Inline == "" {
		answer.Dockerfile = new.dockerfile
	}
	if new.err != nil {
		return answer.broken(new.err)
	}
	cache, built := r.cacheOf(ctx, t)
	if r.forget() {
		return r.target(ctx, t)
	}
	p, err := CompareCache(ctx, cache, new.graph)
	if err == nil {
		p, err = r.heedTarget(ctx, p, t, built)
	}
	if err != nil {
		return answer.broken(err)
	}
	p.Target, p.IgnoreFile = t.After.Target, new.ignoreFile
	p.Before, p.After = r.before.revision(), r.after.revision()
	p.Notes = append([]Note{}, slices.Concat(t.Notes, p.Notes, r.loneNotes())...) // never nil
	r.name(p, built)
	answer = answer.predicted(p, len(built) > 0)
	if t.Before != nil {
		answer.oldError(r.before.replay(ctx, t.Before).err)
	}
	if r.Timings != nil {
		p.AddCost(new.graph, r.Timings)
	}
	r.madeFrom(ctx, &answer, t, new.graph)
	return answer
}

// forget drops what was replayed if an image turned out since to be known by one side alone: it is unknown to both from
// now on.
func (r *batch) forget() bool {
	lone := r.known.oneSided()
	if len(lone) == len(r.lone) {
		return false
	}
	r.lone = lone
	r.drop()
	return true
}

func (r *batch) loneNotes() (notes []Note) {
	for _, image := range r.lone {
		notes = append(notes, oneSidedNote(image))
	}
	return notes
}

// cacheOf is the cache that a target is built with, and the sides on which the target itself was built, in the order of
// the cache.
func (r *batch) cacheOf(ctx context.Context, t *Target) (c *Cache, built []*batchSide) {
	c = r.cache()
	if r.OneCache {
		c = r.oneCache(ctx)
	}
	c.Mode, c.NoCache = r.CacheMode, r.NoCache || t.After.NoCache
	c.NoCacheFilter = slices.Concat(r.NoCacheFilter, t.After.NoCacheFilter)
	c.anewContexts = t.After.anewContexts()
	return c, r.fill(ctx, c, t)
}

// oneCache holds all that was built of all targets.
func (r *batch) oneCache(ctx context.Context) *Cache {
	if r.shared == nil {
		r.shared = r.cache()
		for i := range r.Targets {
			r.fill(ctx, r.shared, &r.Targets[i])
		}
	}
	return r.shared
}

// fill puts what was built of a target into a cache, the old side first.
func (r *batch) fill(ctx context.Context, c *Cache, t *Target) (built []*batchSide) {
	put := func(s *batchSide, b *Build) {
		if b == nil {
			return
		}
		if g := s.replay(ctx, b).graph; g != nil {
			c.first(g)
			built = slices.Insert(built, 0, s)
		}
	}
	for _, s := range slices.Backward(r.cached) {
		put(s, cmp.Or(t.Before, t.After))
	}
	put(r.before, t.Before)
	return built
}

// name says which builds the steps of a prediction speak of. In one cache for all targets most are of other
// targets: then nothing is said.
func (r *batch) name(p *Prediction, built []*batchSide) {
	shift := 0
	if len(built) == 0 || built[0] != r.before {
		shift = 1 // there is no build of the old side
	}
	for i := range p.Steps {
		if r.OneCache {
			p.Steps[i].Build = nil
		} else if n := p.Steps[i].Build; n != nil {
			*n += shift
		}
	}
	for _, s := range built {
		if s != r.before && !r.OneCache {
			p.Cached = append(p.Cached, s.revision())
		}
	}
}

// madeFrom takes in what becomes of the targets that one is made from. Its own steps tell of most: but
// there may be none of them on top of what a context gave, and what the image of that only says of itself is
// handed on too.
func (r *batch) madeFrom(ctx context.Context, answer *TargetPrediction, t *Target, g *cachekey.Graph) {
	for name, value := range t.After.Contexts {
		target, _ := strings.CutPrefix(value, targetPrefix)
		after := t.After.Linked[target]
		if after == nil {
			continue
		}
		from := &Target{Name: target, After: after}
		if t.Before != nil {
			from.Before = t.Before.Linked[target]
		}
		below := r.below(ctx, from)
		name, _, _ = strings.Cut(name, "::")
		if g.Final != nil && g.Final.Context == name && below.Verdict.Worse(answer.Verdict) {
			answer.Verdict, answer.Affected = below.Verdict, true
		}
		saysOther := below.Affected && below.Verdict == TargetHit // or one below it does
		if p := below.Prediction; saysOther || p != nil && len(p.Config) > 0 {
			answer.Affected = true
		}
	}
}

// below predicts a target that others are made from, once.
func (r *batch) below(ctx context.Context, t *Target) TargetPrediction {
	key := [2]*Build{t.Before, t.After}
	if answer, ok := r.made[key]; ok {
		return answer
	}
	answer := r.target(ctx, t)
	r.made[key] = answer
	return answer
}
