package predict

import (
	"context"
	"errors"
	"io/fs"
	"maps"

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

// Predict is Run, with files laid over the two sides beside those of Side.Replace, over which
// they win. Nil maps are none.
func (s *Session) Predict(ctx context.Context, before, after map[string][]byte) (*Prediction, error) {
	a := *s.a
	r := *s.a.Request
	r.Before.Replace, r.After.Replace = overlaid(r.Before.Replace, before), overlaid(r.After.Replace, after)
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
	// Options are those that it was replayed with. They hold values of --build-arg, which are not
	// to be shown.
	Options *cachekey.Options
}

// Replay replays both sides as they are.
func (s *Session) Replay(ctx context.Context) (old, new *Replayed, err error) {
	a := s.a
	beforeCommit, afterCommit, err := a.commits(ctx, a.Before.Revision, a.After.Revision, a.MergeBase)
	if err != nil {
		return nil, nil, err
	}
	if old, err = a.replayed(ctx, a.Before, beforeCommit); err != nil {
		return nil, nil, err
	}
	new, err = a.replayed(ctx, a.After, afterCommit)
	return old, new, err
}

func (a *analysis) replayed(ctx context.Context, s Side, c buildcontext.Commit) (*Replayed, error) {
	g, f, err := a.side(ctx, s, c)
	if err != nil {
		return nil, err
	}
	whole, err := a.tree(ctx, s, c, "")
	if err != nil {
		return nil, err
	}
	read := func(name string) ([]byte, error) { return a.files.read(ctx, whole, s.Revision != "", name) }
	r := &Replayed{Graph: g, Dockerfile: f.dockerfile, Options: f.options}
	if _, r.DockerfileData, err = a.readDockerfile(s, read); err != nil {
		return nil, err
	}
	for _, name := range dockerignore.Names(f.dockerfile, a.context) {
		data, err := read(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		r.IgnoreFile, r.IgnoreData = name, data
		return r, err
	}
	return r, nil
}
