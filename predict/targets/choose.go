package targets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
)

// choice is a context directory, from the root, with the reason for it.
type choice struct{ dir, why string }

// sources are what a Dockerfile takes from its context.
type sources struct {
	selectors []source
	err       error // of the Dockerfile
}

// source is one of them.
type source struct {
	buildcontext.Selector
	secret bool // it holds a value of --build-arg
}

// String is the source as it is shown.
func (s *source) String() string {
	text := strings.TrimPrefix(s.Path, "/")
	switch {
	case text == "":
		return wholeProject
	case s.secret:
		return "a source"
	}
	return text
}

// choose picks the context of a Dockerfile: the first directory, of the
// preferred one, its own and those above it, in which nothing that it takes is missing. If
// there is none, it is the one in which the least is missing.
func (f *finder) choose(ctx context.Context, s side, name, prefer string) (choice, error) {
	own := path.Dir(name)
	taken, err := f.taken(ctx, s, name)
	switch {
	case err != nil:
		return choice{}, err
	case taken.err != nil:
		return choice{own, "its directory, as what it takes cannot be read"}, nil
	case len(taken.selectors) == 0:
		return choice{own, "its directory, as it takes nothing from its context"}, nil
	}
	best, least, ownLacks := "", []string(nil), []string(nil)
	for _, dir := range candidates(own, prefer) {
		lacks, err := f.lacks(ctx, s, name, dir, taken.selectors)
		if err != nil {
			return choice{}, err
		}
		if dir == own {
			ownLacks = lacks
		}
		if best == "" || len(lacks) < len(least) {
			best, least = dir, lacks
		}
		if len(least) == 0 {
			break
		}
	}
	return choice{best, reason(own, best, least, ownLacks)}, nil
}

// candidates lists the preferred directory, its own and all above, "." being the root.
func candidates(own, prefer string) []string {
	dirs := []string{path.Clean(prefer)}
	for dir := own; ; dir = path.Dir(dir) {
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
		if dir == "." {
			return dirs
		}
	}
}

// reason says why a context was chosen.
func reason(own, dir string, lacks, ownLacks []string) string {
	where := "its directory"
	switch {
	case dir == "." && own != ".":
		where = "the root"
	case dir != own:
		where = dir
	}
	switch {
	case len(lacks) > 0:
		return where + ", though it lacks " + some(lacks) + ", as does every directory above"
	case dir == own:
		return where + ", which has all that it takes"
	case slices.Contains(ownLacks, wholeProject):
		return where + ", as it takes everything and its directory has nothing but Dockerfiles"
	case len(ownLacks) > 0:
		return where + ", the nearest that has all that it takes; its directory lacks " + some(ownLacks)
	}
	return where + ", as on the new side"
}

// some names the first of many.
func some(names []string) string {
	if n := len(names) - 1; n > 0 {
		return fmt.Sprintf("%s and %d more", names[0], n)
	}
	return names[0]
}

// taken finds out what a Dockerfile takes, as far as that is known: what a variable of a base image
// names is not.
func (f *finder) taken(ctx context.Context, s side, name string) (sources, error) {
	n, ok, err := s.view.Lookup(ctx, name, true)
	if err != nil || !ok {
		return sources{}, err
	}
	key := name + "\x00" + n.ID
	if known, ok := f.sources[key]; ok && s.commit {
		return known, nil
	}
	data, err := readNode(ctx, s.view, n)
	if err != nil {
		return sources{}, err
	}
	b := f.search.Build
	g, err := cachekey.Replay(ctx, name, data, nil, &cachekey.Options{Platform: b.Platform, BuildArgs: b.BuildArgs})
	if ctx.Err() != nil {
		return sources{}, context.Cause(ctx)
	}
	found := sources{err: err}
	if err == nil {
		for _, op := range g.Ops {
			for _, in := range op.Inputs {
				if in.Op.Kind == cachekey.OpContext && !in.Symbolic() {
					for _, sel := range in.Selectors {
						found.selectors = append(found.selectors, source{sel, op.Secret()})
					}
				}
			}
		}
	}
	f.sources[key] = found
	return found, nil
}

// maxFile is more than any Dockerfile or ignore file holds.
const maxFile = 16 << 20

func readNode(ctx context.Context, v *buildcontext.View, n buildcontext.Node) ([]byte, error) {
	r, err := v.Tree.Open(ctx, n.Path, n.Entry)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, maxFile))
}

// lacks lists what selectors take and a directory, seen as the context, does not have.
func (f *finder) lacks(ctx context.Context, s side, name, dir string, sels []source) ([]string, error) {
	v, err := contextView(ctx, s, name, dir)
	if err != nil {
		return nil, err
	}
	var lacks []string
	for _, sel := range sels {
		has, err := hasSource(ctx, v, sel.Selector, dir == path.Dir(name))
		if err != nil {
			return nil, err
		}
		if text := sel.String(); !has && !slices.Contains(lacks, text) {
			lacks = append(lacks, text)
		}
	}
	return lacks, nil
}

// contextView is a directory as a context of the Dockerfile. An ignore file that is wrong ignores nothing
// here: the prediction says what is wrong with it.
func contextView(ctx context.Context, s side, name, dir string) (*buildcontext.View, error) {
	rules, err := dockerignore.Find(dockerignore.Names(name, dir), func(file string) ([]byte, error) {
		n, ok, err := s.view.Lookup(ctx, file, true)
		if err == nil && (!ok || n.Kind != buildcontext.File) {
			err = fs.ErrNotExist
		}
		if err != nil {
			return nil, err
		}
		return readNode(ctx, s.view, n)
	})
	var wrong *dockerignore.Error
	if err != nil && !errors.As(err, &wrong) {
		return nil, err
	}
	return &buildcontext.View{Tree: &subtree{s.view, dir}, Rules: rules, Dir: dir}, nil
}

// wholeProject stands for what a selector takes that takes everything.
const wholeProject = "a project"

// hasSource reports whether a selector takes something. One that takes all there is must find more than
// Dockerfiles, which nobody would send to a build alone; and in a directory above that of
// the Dockerfile, something that is kept where a project begins, unless it is the root.
func hasSource(ctx context.Context, v *buildcontext.View, sel buildcontext.Selector, own bool) (bool, error) {
	if sel.Path != "/" || len(sel.Include) > 0 {
		nodes, err := buildcontext.Matches(ctx, v, sel)
		return len(nodes) > 0, err
	}
	if v.Dir == "." {
		return true, nil
	}
	root, err := v.Root(ctx)
	if err != nil {
		return false, err
	}
	if !own {
		v = &buildcontext.View{Tree: v.Tree} // ignore files mostly ignore themselves
	}
	nodes, err := v.Children(ctx, root)
	return slices.ContainsFunc(nodes, func(n buildcontext.Node) bool {
		if !own {
			return slices.Contains(projectFiles, n.Name)
		}
		return !isDockerfile(n.Name) && !strings.HasSuffix(n.Name, ".dockerignore")
	}), err
}

// projectFiles are kept where a project begins.
var projectFiles = []string{
	".dockerignore", "go.mod", "package.json", "Cargo.toml", "pyproject.toml", "requirements.txt", "setup.py", "pom.xml",
	"build.gradle", "build.gradle.kts", "Gemfile", "composer.json", "mix.exs", "CMakeLists.txt", "Makefile",
}

// subtree is a directory of a tree as a tree of its own.
type subtree struct {
	view *buildcontext.View
	dir  string // "." is the root
}

func (t *subtree) place(name string) string {
	return strings.TrimPrefix(path.Join("/", t.dir, name), "/")
}

// Root implements buildcontext.Tree.
func (t *subtree) Root(ctx context.Context) (buildcontext.Entry, error) {
	n, ok, err := t.view.Lookup(ctx, t.place(""), true)
	if err == nil && !ok {
		err = fs.ErrNotExist
	}
	n.Name = ""
	return n.Entry, err
}

// ReadDir implements buildcontext.Tree.
func (t *subtree) ReadDir(ctx context.Context, name string, dir buildcontext.Entry) ([]buildcontext.Entry, error) {
	return t.view.Tree.ReadDir(ctx, t.place(name), dir)
}

// ReadLink implements buildcontext.Tree.
func (t *subtree) ReadLink(ctx context.Context, name string, link buildcontext.Entry) (string, error) {
	return t.view.Tree.ReadLink(ctx, t.place(name), link)
}

// Open implements buildcontext.Tree.
func (t *subtree) Open(ctx context.Context, name string, file buildcontext.Entry) (io.ReadCloser, error) {
	return t.view.Tree.Open(ctx, t.place(name), file)
}
