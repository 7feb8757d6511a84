package predict

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/internal/dockerfile"
	"github.com/whybust/whybust/predict/timings"
)

// Side is one side of a Request: what is built, and with which arguments.
type Side struct {
	// Revision is anything that names a commit; empty is the working tree.
	Revision string
	// File is the Dockerfile, relative to Request.Dir or absolute; empty is
	// "Dockerfile" in the context.
	File string
	// Inline is the Dockerfile itself, in place of a File; empty is none. It
	// goes by the name "Dockerfile (inline)" and has no ignore file of its own.
	Inline string
	// Target is the stage to build; empty is the last one.
	Target string
	// Platform is the target platform; empty is cachekey.DefaultPlatform.
	Platform string
	// BuildArgs are the values of --build-arg. "{commit}" in a value stands for
	// the id of the side's commit (that of HEAD for the working tree).
	BuildArgs map[string]string
	// Replace lays other content over files of the side, in memory: paths from the
	// repository's root, with slashes; nil is a file that is not there. The Dockerfile, the
	// ignore file and the build context all see it. Links of the side are followed.
	Replace map[string][]byte
	// Contexts are the values of --build-context by the name that BuildKit looks for (see
	// cachekey.ContextName): a directory, docker-image://REFERENCE,
	// oci-layout://DIRECTORY[:TAG][@DIGEST], target:NAME or the URL of a file or git repository. A directory of the
	// repository is taken at the side's revision, any other from disk.
	Contexts map[string]string
	// Targets are what "target:NAME" in Contexts stands for, by NAME.
	Targets map[string]*cachekey.Graph
	// Image tells what is known of the side's base images, as in cachekey.Options.
	Image func(reference, platform string) (*cachekey.Image, error)
	// Overlays are directories on disk, absolute or relative to Request.Dir, that are laid over the
	// context, a later one over an earlier: files that something makes before it builds.
	Overlays []string
}

// Request asks for a prediction between two states of one repository. The zero
// Request compares the working tree of the current directory with itself.
type Request struct {
	// Dir is a directory of the repository, to which paths are relative; empty
	// is the current one.
	Dir string
	// Context is the context directory, relative to Dir; empty is Dir.
	Context string
	// Before is what was built, After what will be.
	Before, After Side
	// Cached are further builds whose results are in the cache: of other
	// revisions, targets or arguments.
	Cached []Side
	// CacheMode says how the cache travelled from those builds to the next; empty
	// is CacheLocal.
	CacheMode CacheMode
	// NoCache and NoCacheFilter are as in Cache.
	NoCache       bool
	NoCacheFilter []string
	// MergeBase takes the merge base of the two revisions as the old side: A...B.
	MergeBase bool
	// NoGitDir leaves .git out of the context, as in contexts that BuildKit clones.
	NoGitDir bool
	// AddHosts, Ulimits, Network and ShmSize are as in cachekey.Options.
	AddHosts, Ulimits []string
	Network, ShmSize  string
	// Timings are measurements of real builds, for Prediction.Cost; nil: none.
	Timings *timings.Durations
	// Limits bound what the repository may take.
	Limits Limits
}

// Run predicts from a repository: it reads Dockerfiles and ignore files of both
// sides, replays them and compares. Nothing of the repository is executed. A
// revision that is missing is a *buildcontext.RevisionError, a fault of a
// Dockerfile a *dockerfile error with file and line, one of an ignore file a
// *dockerignore.Error.
func Run(ctx context.Context, r *Request) (*Prediction, error) {
	ctx = r.Limits.under(ctx)
	a, err := openAnalysis(ctx, r)
	if err != nil {
		return nil, err
	}
	defer a.repo.Close()
	return a.predict(ctx)
}

// comparer is the type of CompareCache.
type comparer func(ctx context.Context, cache *Cache, new *cachekey.Graph) (*Prediction, error)

// analysis is a Request under way.
type analysis struct {
	*Request
	*source
	context string // from the root of the repository, "" is the root
	last    *lastReplay
}

func openAnalysis(ctx context.Context, r *Request) (*analysis, error) {
	s, err := openSource(ctx, r.Dir, r.Before.Revision, r.After.Revision)
	if err != nil {
		return nil, err
	}
	a, err := s.analysis(r)
	if err != nil {
		s.repo.Close()
	}
	return a, err
}

func (a *analysis) predict(ctx context.Context) (*Prediction, error) {
	return a.predictBy(ctx, CompareCache)
}

// predictBy predicts with a function in place of CompareCache.
func (a *analysis) predictBy(ctx context.Context, compare comparer) (*Prediction, error) {
	before, after := a.Before, a.After
	beforeCommit, afterCommit, err := a.commits(ctx, before.Revision, after.Revision, a.MergeBase)
	if err != nil {
		return nil, err
	}
	if err := a.ahead(ctx, before, beforeCommit); err != nil {
		return nil, err
	}
	if err := a.ahead(ctx, after, afterCommit); err != nil {
		return nil, err
	}
	sides, commits, cached := []Side{before}, []buildcontext.Commit{beforeCommit}, []Revision(nil)
	for _, s := range a.Cached {
		c, err := a.commit(ctx, s.Revision)
		if err != nil {
			return nil, err
		}
		sides, commits, cached = append(sides, s), append(commits, c), append(cached, revision(s, c))
	}
	sides, commits = append(sides, after), append(commits, afterCommit)
	p, graphs, found, err := a.compareSides(ctx, sides, commits, compare)
	if err != nil {
		return nil, err
	}
	checkouts, err := a.checkouts(ctx, sides, commits, graphs)
	if err == nil {
		p, err = a.heed(ctx, p, a.context, checkouts, func() (*Prediction, error) {
			p, _, _, err := a.compareSides(ctx, sides, commits, compare)
			return p, err
		})
	}
	if err != nil {
		return nil, err
	}
	if a.Timings != nil {
		p.AddCost(graphs[len(graphs)-1], a.Timings)
	}
	p.Target, p.IgnoreFile = after.Target, found.ignoreFile
	p.Before, p.After, p.Cached = revision(before, beforeCommit), revision(after, afterCommit), cached
	return p, nil
}

// compareSides replays all builds and compares the last with the others.
func (a *analysis) compareSides(ctx context.Context, sides []Side, commits []buildcontext.Commit, compare comparer) (*Prediction, []*cachekey.Graph, found, error) {
	graphs, f, err := a.replay(ctx, sides, commits)
	if err != nil {
		return nil, nil, f, err
	}
	last := len(graphs) - 1
	cache := &Cache{
		Builds: graphs[:last], Mode: a.CacheMode, NoCache: a.NoCache, NoCacheFilter: a.NoCacheFilter, comparisons: a.comparisons,
	}
	p, err := compare(ctx, cache, graphs[last])
	return p, graphs, f, err
}

// replay replays all builds, and says which files the last of them was replayed from.
func (a *analysis) replay(ctx context.Context, sides []Side, commits []buildcontext.Commit) ([]*cachekey.Graph, found, error) {
	var known bases
	for i := range sides {
		sides[i].Image = known.watch(sides[i].Image)
	}
	once := func() (graphs []*cachekey.Graph, f found, err error) {
		for i, s := range sides {
			var g *cachekey.Graph
			if g, f, err = a.side(ctx, s, commits[i]); err != nil {
				return nil, f, err
			}
			graphs = append(graphs, g)
		}
		return graphs, f, nil
	}
	graphs, f, err := once()
	if err != nil {
		return nil, f, err
	}
	lone := known.oneSided()
	if len(lone) > 0 {
		if graphs, f, err = once(); err != nil {
			return nil, f, err
		}
	}
	last := graphs[len(graphs)-1]
	for _, image := range lone {
		n := oneSidedNote(image)
		last.Notes = append(last.Notes, cachekey.Note{Kind: n.Kind, Text: n.Text})
	}
	return graphs, f, nil
}

func revision(s Side, c buildcontext.Commit) Revision {
	if s.Revision == "" {
		return Revision{}
	}
	return Revision{Revision: s.Revision, Commit: c.ID}
}

// inlineName stands for the Dockerfile of Side.Inline. No such file is looked for.
const inlineName = "Dockerfile (inline)"

// found says which files a side was replayed from.
type found struct {
	dockerfile, ignoreFile string
	options                *cachekey.Options
}

// side replays one side.
func (a *analysis) side(ctx context.Context, s Side, c buildcontext.Commit) (*cachekey.Graph, found, error) {
	var f found
	in, err := a.openInputs(s, c)
	if err != nil {
		return nil, f, err
	}
	whole, err := in.tree(ctx, "")
	if err != nil {
		return nil, f, err
	}
	read := func(name string) ([]byte, error) { return a.files.read(ctx, whole, s.Revision != "", name) }
	name, data, err := a.readDockerfile(s, read)
	if err != nil {
		return nil, f, err
	}
	f.dockerfile = name
	names := dockerignore.Names(name, a.context)
	if s.Inline != "" {
		names = names[1:] // none lies beside it
	}
	rules, err := a.files.rules(ctx, a.Limits.Ignore, names, read)
	if err != nil {
		return nil, f, err
	}
	if rules != nil {
		f.ignoreFile = rules.File()
	}
	contexts, err := in.contexts(ctx)
	if err != nil {
		return nil, f, err
	}
	view, err := in.contextView(ctx, a.context, rules)
	if err != nil {
		return nil, f, err
	}
	if a.attributed != nil {
		plain, err := a.tree(ctx, s, c, "") // without overlays
		if err != nil {
			return nil, f, err
		}
		view = a.attributed.view(view, plain)
	}
	f.options = a.options(s, c, contexts)
	g, err := a.replayDockerfile(ctx, name, data, view, f.options)
	if err == nil && len(in.notes) > 0 {
		g.Notes = append(g.Notes, in.notes...)
		a.last.forget() // of another commit they may not be true
	}
	return g, f, err
}

// readDockerfile finds and reads the Dockerfile of a side. One outside of the
// repository is read from disk, and the same for both sides.
func (a *analysis) readDockerfile(s Side, read func(string) ([]byte, error)) (name string, data []byte, err error) {
	if s.Inline != "" {
		return inlineName, []byte(s.Inline), nil
	}
	names, outside := a.dockerfileNames(s)
	if outside != "" {
		data, err = readBounded(outside, cmp.Or(a.Limits.Replay.Dockerfile, dockerfile.DefaultSize))
		return filepath.ToSlash(outside), data, err
	}
	for _, name := range names {
		if data, err = read(name); !errors.Is(err, fs.ErrNotExist) {
			return name, data, err
		}
	}
	return names[0], nil, &notFoundError{fmt.Sprintf("%s: there is no such Dockerfile in %s", names[0], place(s))}
}

// readBounded reads a file of the system, but for what is beyond a limit and one
// byte.
func readBounded(name string, limit int) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, int64(limit)+1))
}

// dockerfileNames are the paths in the repository at which the Dockerfile of a
// side may be, or the one outside of it.
func (a *analysis) dockerfileNames(s Side) (names []string, outside string) {
	if s.File == "" {
		return []string{path.Join(a.context, "Dockerfile"), path.Join(a.context, "dockerfile")}, ""
	}
	name, inside := a.inRepository(s.File)
	switch {
	case !inside && filepath.IsAbs(s.File):
		return nil, s.File
	case !inside:
		return nil, filepath.Join(a.dir, s.File)
	case path.Base(name) == "Dockerfile":
		return []string{name, path.Join(path.Dir(name), "dockerfile")}, ""
	}
	return []string{name}, ""
}

// ahead asks for the Dockerfile and the ignore file of a side that is a commit,
// so that neither has to be waited for alone.
func (a *analysis) ahead(ctx context.Context, s Side, c buildcontext.Commit) error {
	names, _ := a.dockerfileNames(s)
	if s.Revision == "" || s.Inline != "" || len(names) == 0 {
		return nil
	}
	return a.repo.Ahead(ctx, c, append(dockerignore.Names(names[0], a.context), names...)...)
}

// place names a side for errors.
func place(s Side) string {
	if s.Revision != "" {
		return "revision " + s.Revision
	}
	return "the working tree"
}

// notFoundError says that a Dockerfile or a context is not there. It is fs.ErrNotExist.
type notFoundError struct{ text string }

func (e *notFoundError) Error() string { return e.text }
func (e *notFoundError) Unwrap() error { return fs.ErrNotExist }
