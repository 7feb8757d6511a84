package predict

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/predict/timings"
)

// Side is one side of a Request: what is built, and with which arguments.
type Side struct {
	// Revision is anything that names a commit; empty is the working tree.
	Revision string
	// File is the Dockerfile, relative to Request.Dir or absolute; empty is
	// "Dockerfile" in the context.
	File string
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
	// MergeBase takes the merge base of the two revisions as the old side: A...B.
	MergeBase bool
	// NoGitDir leaves .git out of the context, as in contexts that BuildKit clones.
	NoGitDir bool
	// AddHosts, Ulimits, Network and ShmSize are as in cachekey.Options.
	AddHosts, Ulimits []string
	Network, ShmSize  string
	// Timings are measurements of real builds, for Prediction.Cost; nil: none.
	Timings *timings.Durations
}

// Run predicts from a repository: it reads Dockerfiles and ignore files of both
// sides, replays them and compares. Nothing of the repository is executed. A
// revision that is missing is a *buildcontext.RevisionError, a fault of a
// Dockerfile a *dockerfile error with file and line, one of an ignore file a
// *dockerignore.Error.
func Run(ctx context.Context, r *Request) (*Prediction, error) {
	a, err := openAnalysis(ctx, r)
	if err != nil {
		return nil, err
	}
	defer a.repo.Close()
	return a.predict(ctx)
}

// analysis is a Request under way.
type analysis struct {
	*Request
	repo    *buildcontext.Repository
	dir     string // Dir, absolute and without links
	context string // from the root of the repository, "" is the root
	files   files
}

func openAnalysis(ctx context.Context, r *Request) (*analysis, error) {
	a := &analysis{Request: r}
	dir := r.Dir
	if dir == "" {
		dir = "."
	}
	var err error
	if a.dir, err = filepath.Abs(dir); err == nil {
		a.dir, err = filepath.EvalSymlinks(a.dir)
	}
	if err != nil {
		return nil, err
	}
	if a.repo, err = buildcontext.OpenRepository(ctx, a.dir); err != nil {
		return nil, err
	}
	contextDir, inside := a.inRepository(r.Context)
	if !inside {
		a.repo.Close()
		return nil, fmt.Errorf("the context %q is outside of the repository", r.Context)
	}
	a.context = contextDir
	return a, nil
}

// inRepository gives a path from the root of the repository. It is taken by
// its name alone: a link in it may lead elsewhere in another revision.
func (a *analysis) inRepository(name string) (p string, inside bool) {
	if filepath.IsAbs(name) {
		top := a.repo.WorkTreePath()
		rel, err := filepath.Rel(top, name)
		if err != nil || top == "" || strings.HasPrefix(filepath.ToSlash(rel)+"/", "../") {
			if real, err := filepath.EvalSymlinks(name); err == nil && real != name {
				return a.inRepository(real)
			}
			return "", false
		}
		p = filepath.ToSlash(rel)
	} else {
		p = path.Join(a.repo.Prefix(), filepath.ToSlash(name))
	}
	if p == ".." || strings.HasPrefix(p, "../") {
		return "", false
	}
	if p == "." {
		p = ""
	}
	return p, true
}

// commits resolves both sides.
func (a *analysis) commits(ctx context.Context) (before, after buildcontext.Commit, err error) {
	if err = a.repo.Ahead(ctx, a.Before.Revision, a.After.Revision); err != nil {
		return before, after, err
	}
	if before, err = a.commit(ctx, a.Before.Revision); err != nil {
		return before, after, err
	}
	if after, err = a.commit(ctx, a.After.Revision); err != nil || !a.MergeBase {
		return before, after, err
	}
	before, err = a.repo.MergeBase(ctx, before, after)
	return before, after, err
}

func (a *analysis) predict(ctx context.Context) (*Prediction, error) {
	before, after := a.Before, a.After
	beforeCommit, afterCommit, err := a.commits(ctx)
	if err != nil {
		return nil, err
	}
	oldGraph, _, err := a.side(ctx, before, beforeCommit)
	if err != nil {
		return nil, err
	}
	newGraph, found, err := a.side(ctx, after, afterCommit)
	if err != nil {
		return nil, err
	}
	p, err := Compare(ctx, oldGraph, newGraph)
	if err != nil {
		return nil, err
	}
	if a.Timings != nil {
		p.AddCost(newGraph, a.Timings)
	}
	p.Target, p.IgnoreFile = after.Target, found.ignoreFile
	p.Before, p.After = revision(before, beforeCommit), revision(after, afterCommit)
	return p, nil
}

func revision(s Side, c buildcontext.Commit) Revision {
	if s.Revision == "" {
		return Revision{}
	}
	return Revision{Revision: s.Revision, Commit: c.ID}
}

// commit resolves a revision; that of the working tree is HEAD, if there is one.
func (a *analysis) commit(ctx context.Context, rev string) (buildcontext.Commit, error) {
	if rev != "" {
		return a.repo.Resolve(ctx, rev)
	}
	c, err := a.repo.Resolve(ctx, "HEAD")
	var missing *buildcontext.RevisionError
	if errors.As(err, &missing) {
		err = nil // a repository without commits still has a working tree
	}
	return c, err
}

// found says which files a side was replayed from.
type found struct {
	dockerfile, ignoreFile string
	options                *cachekey.Options
}

// side replays one side.
func (a *analysis) side(ctx context.Context, s Side, c buildcontext.Commit) (*cachekey.Graph, found, error) {
	var f found
	whole, err := a.tree(ctx, s, c, "")
	if err != nil {
		return nil, f, err
	}
	read := func(name string) ([]byte, error) { return a.files.read(ctx, whole, s.Revision != "", name) }
	name, data, err := a.readDockerfile(s, read)
	if err != nil {
		return nil, f, err
	}
	f.dockerfile = name
	rules, err := a.files.rules(dockerignore.Names(name, a.context), read)
	if err != nil {
		return nil, f, err
	}
	if rules != nil {
		f.ignoreFile = rules.File()
	}
	tree := whole
	if a.context != "" {
		if tree, err = a.tree(ctx, s, c, a.context); err != nil {
			return nil, f, err
		}
	}
	if a.context == "" && !a.NoGitDir && c.ID != "" {
		tree = buildcontext.WithGitDir(tree, c.ID)
	}
	opts := &cachekey.Options{
		Target: s.Target, Platform: s.Platform, BuildArgs: map[string]string{},
		AddHosts: a.AddHosts, Ulimits: a.Ulimits, Network: a.Network, ShmSize: a.ShmSize,
	}
	for k, v := range s.BuildArgs {
		opts.BuildArgs[k] = strings.ReplaceAll(v, "{commit}", c.ID)
	}
	f.options = opts
	g, err := cachekey.Replay(ctx, name, data, &buildcontext.View{Tree: tree, Rules: rules, Dir: a.context}, opts)
	return g, f, err
}

func (a *analysis) tree(ctx context.Context, s Side, c buildcontext.Commit, dir string) (buildcontext.Tree, error) {
	tree, err := a.bareTree(ctx, s, c, dir)
	if err != nil || len(s.Replace) == 0 {
		return tree, err
	}
	whole := tree
	if dir != "" {
		if whole, err = a.bareTree(ctx, s, c, ""); err != nil {
			return nil, err
		}
	}
	files, err := replaced(ctx, whole, s.Replace, dir)
	return buildcontext.Overlay(tree, files), err
}

func (a *analysis) bareTree(ctx context.Context, s Side, c buildcontext.Commit, dir string) (buildcontext.Tree, error) {
	if s.Revision == "" {
		return a.repo.WorkTree(ctx, dir)
	}
	return a.repo.Tree(c, dir), nil
}

// readDockerfile finds and reads the Dockerfile of a side. One outside of the
// repository is read from disk, and the same for both sides.
func (a *analysis) readDockerfile(s Side, read func(string) ([]byte, error)) (name string, data []byte, err error) {
	where := "the working tree"
	if s.Revision != "" {
		where = "revision " + s.Revision
	}
	names := []string{path.Join(a.context, "Dockerfile"), path.Join(a.context, "dockerfile")}
	if s.File != "" {
		name, inside := a.inRepository(s.File)
		if !inside {
			file := s.File
			if !filepath.IsAbs(file) {
				file = filepath.Join(a.dir, file)
			}
			data, err = os.ReadFile(file)
			return filepath.ToSlash(file), data, err
		}
		names = []string{name}
		if path.Base(name) == "Dockerfile" {
			names = append(names, path.Join(path.Dir(name), "dockerfile"))
		}
	}
	for _, name := range names {
		if data, err = read(name); !errors.Is(err, fs.ErrNotExist) {
			return name, data, err
		}
	}
	return "", nil, fmt.Errorf("%s: there is no such Dockerfile in %s", names[0], where)
}
