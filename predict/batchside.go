package predict

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
)

// batchSide replays the builds of one side of a batch, each once.
type batchSide struct {
	*batch
	rev    string
	commit buildcontext.Commit
	args   map[string]string
	image  imageFunc
	done   map[*Build]*replayed
}

// replayed is a build that was replayed, or could not be.
type replayed struct {
	found
	graph *cachekey.Graph
	err   error
}

func newBatchSide(r *batch, revision string, c buildcontext.Commit, args map[string]string, image imageFunc) *batchSide {
	return &batchSide{r, revision, c, args, image, map[*Build]*replayed{}}
}

func (s *batchSide) revision() Revision { return revision(Side{Revision: s.rev}, s.commit) }

// errCycle is what a build finds that is under way already.
var errCycle = errors.New("the target needs itself")

// replay replays a build and, before it, those that it is made from.
func (s *batchSide) replay(ctx context.Context, b *Build) replayed {
	if r, ok := s.done[b]; ok {
		return *r
	}
	r := &replayed{err: errCycle}
	s.done[b] = r
	graph, found, err := s.run(ctx, b)
	*r = replayed{found, graph, err}
	return *r
}

func (s *batchSide) run(ctx context.Context, b *Build) (*cachekey.Graph, found, error) {
	if err := b.checkPlace(); err != nil {
		return nil, found{}, err
	}
	a, err := s.analysis(&Request{
		Limits: s.Limits, Dir: s.Dir, Context: b.Context, NoGitDir: s.NoGitDir,
		AddHosts: b.AddHosts, Ulimits: b.Ulimits, Network: b.Network, ShmSize: b.ShmSize,
	})
	if err != nil {
		return nil, found{}, err
	}
	if s.attributed == nil {
		a.last = s.lasts[b]
	}
	side := b.sideOf(s.rev, s.args, s.image)
	side.Image = s.known.watch(side.Image)
	if side.Targets, err = s.linked(ctx, b); err != nil {
		return nil, found{}, err
	}
	if err := a.checkContext(ctx, side, s.commit); err != nil {
		return nil, found{}, err
	}
	return a.side(ctx, side, s.commit)
}

// checkPlace fails for a context that is elsewhere.
func (b *Build) checkPlace() error {
	if b.Context == "-" || cachekey.IsRemote(b.Context) {
		return fmt.Errorf("the context %q is not in this repository", cachekey.ShownURL(b.Context))
	}
	return nil
}

// sideOf is the side of a build at a revision, with arguments over its own and with what is known of images where it says
// nothing itself.
func (b *Build) sideOf(revision string, args map[string]string, image imageFunc) Side {
	side := b.Side
	side.Revision = revision
	if len(args) > 0 {
		side.BuildArgs = maps.Clone(b.BuildArgs)
		if side.BuildArgs == nil {
			side.BuildArgs = map[string]string{}
		}
		maps.Copy(side.BuildArgs, args)
	}
	if side.Image == nil {
		side.Image = image
	}
	return side
}

// linked replays the builds that another is made from.
func (s *batchSide) linked(ctx context.Context, b *Build) (map[string]*cachekey.Graph, error) {
	graphs := maps.Clone(b.Targets)
	for name, l := range b.Linked {
		r := s.replay(ctx, l)
		if r.err != nil {
			return nil, fmt.Errorf("target %q, which it is made from: %w", name, r.err)
		}
		if graphs == nil {
			graphs = map[string]*cachekey.Graph{}
		}
		graphs[name] = r.graph
	}
	return graphs, nil
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

// anewContexts names the contexts that are builds without the cache, as far as can be told: any step of
// theirs may be one that runs again.
func (b *Build) anewContexts() (names []string) {
	seen := map[*Build]bool{}
	var anew func(b *Build) bool
	anew = func(b *Build) bool {
		if seen[b] {
			return false
		}
		seen[b] = true
		found := b.NoCache || len(b.NoCacheFilter) > 0
		for _, l := range b.Linked {
			found = anew(l) || found
		}
		return found
	}
	for name, value := range b.Contexts {
		target, _ := strings.CutPrefix(value, targetPrefix)
		clear(seen)
		if l := b.Linked[target]; l != nil && anew(l) {
			name, _, _ = strings.Cut(name, "::")
			names = append(names, name)
		}
	}
	return names
}
