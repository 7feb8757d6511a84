package predict

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
)

// Session is a Request whose repository stays open, so that the same two states can be
// predicted several times with other content laid over them. It is not safe for
// concurrent use.
type Session struct{ a *analysis }

// Open opens the repository of a Request. The caller must Close it.
func Open(ctx context.Context, r *Request) (*Session, error) {
	a, err := openAnalysis(ctx, r)
	if err != nil {
		return nil, err
	}
	return &Session{a}, nil
}

// Close ends what is under way. Graphs of the session can not be used afterwards.
func (s *Session) Close() error { return s.a.repo.Close() }

// Predict is Run, with files laid over the sides beside those of Side.Replace, over which
// they win: before[0] over Request.Before, before[n] over Request.Cached[n-1]. What is missing or nil is none.
func (s *Session) Predict(ctx context.Context, before []map[string][]byte, after map[string][]byte) (*Prediction, error) {
	ctx = s.a.Limits.under(ctx)
	a := *s.a
	r := *s.a.Request
	r.Cached = slices.Clone(r.Cached)
	for i, files := range before {
		switch {
		case i == 0:
			r.Before.Replace = overlaid(r.Before.Replace, files)
		case i <= len(r.Cached):
			r.Cached[i-1].Replace = overlaid(r.Cached[i-1].Replace, files)
		}
	}
	r.After.Replace = overlaid(r.After.Replace, after)
	a.Request = &r
	return a.predict(ctx)
}

func overlaid(under, over map[string][]byte) map[string][]byte {
	all := maps.Clone(under)
	if all == nil {
		all = map[string][]byte{}
	}
	maps.Copy(all, over)
	return all
}

// Replayed is one side of a Session, with the files that say how it is built.
type Replayed struct {
	Graph *cachekey.Graph
	// Dockerfile and IgnoreFile are their paths from the repository's root, IgnoreFile empty if there is none.
	// A Dockerfile outside of the repository has an absolute path.
	Dockerfile, IgnoreFile string
	// DockerfileData and IgnoreData are their bytes.
	DockerfileData, IgnoreData []byte
	// Options are those that the new side was replayed with, nil for an old one. They hold values of --build-arg,
	// which are not to be shown.
	Options *cachekey.Options
}

// Replay replays the sides as they are: the builds in the cache, Request.Before first, and the new one.
func (s *Session) Replay(ctx context.Context) (cache *Cache, olds []*Replayed, new *Replayed, err error) {
	a := s.a
	ctx = a.Limits.under(ctx)
	before, after, err := a.commits(ctx, a.Before.Revision, a.After.Revision, a.MergeBase)
	if err != nil {
		return nil, nil, nil, err
	}
	sides, commits := append([]Side{a.Before}, a.Cached...), []buildcontext.Commit{before}
	for _, side := range a.Cached {
		c, err := a.commit(ctx, side.Revision)
		if err != nil {
			return nil, nil, nil, err
		}
		commits = append(commits, c)
	}
	sides, commits = append(sides, a.After), append(commits, after)
	graphs, f, err := a.replay(ctx, sides, commits)
	if err != nil {
		return nil, nil, nil, err
	}
	for i, side := range sides {
		r, err := a.buildFiles(ctx, side, commits[i])
		if err != nil {
			return nil, nil, nil, err
		}
		r.Graph = graphs[i]
		olds = append(olds, r)
	}
	last := len(sides) - 1
	new, olds = olds[last], olds[:last]
	new.Options = f.options
	cache = &Cache{
		Builds: graphs[:last], Mode: a.CacheMode, NoCache: a.NoCache, NoCacheFilter: a.NoCacheFilter, comparisons: a.comparisons,
	}
	return cache, olds, new, nil
}

// buildFiles reads the files of a side that say how it is built.
func (a *analysis) buildFiles(ctx context.Context, s Side, c buildcontext.Commit) (*Replayed, error) {
	in, err := a.openInputs(s, c)
	if err != nil {
		return nil, err
	}
	whole, err := in.tree(ctx, "")
	if err != nil {
		return nil, err
	}
	read := func(name string) ([]byte, error) { return a.files.read(ctx, whole, s.Revision != "", name) }
	r := &Replayed{}
	if r.Dockerfile, r.DockerfileData, err = a.readDockerfile(s, read); err != nil {
		return nil, err
	}
	names := dockerignore.Names(r.Dockerfile, a.context)
	if s.Inline != "" {
		names = names[1:]
	}
	for _, name := range names {
		data, err := read(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		r.IgnoreFile, r.IgnoreData = name, data
		return r, err
	}
	return r, nil
}
