package targets

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict"
)

// Search says where Dockerfiles are looked for. The zero Search but for the
// Repository looks through the working tree.
type Search struct {
	Repository *buildcontext.Repository
	// Before and After are the revisions, empty for the working tree. MergeBase
	// takes the merge base of the two as the old side.
	Before, After string
	MergeBase     bool
	// Dir is a directory, relative to where the repository was opened: only
	// the Dockerfiles below it are found. Contexts may lie above. Empty is the whole repository.
	Dir string
	// Build is what all builds have in common: arguments, platform and the like.
	Build predict.Build
}

// Find lists the Dockerfiles of both revisions as targets: files named
// Dockerfile, Containerfile, Dockerfile.NAME and NAME.Dockerfile (in lower case
// too) but for templates, editors' leftovers and ignore files. In a working tree, directories in which
// git tracks nothing are passed over, as they are generated, installed or ignored.
//
// The context of each is the directory nearest to it, of its own and those above, in
// which every source of its COPY, ADD and bind mounts exists; Why says which, and why.
// Paths are relative to where the repository was opened, names to its root.
func Find(ctx context.Context, s *Search) ([]predict.Target, error) {
	before, after, err := s.sides(ctx)
	if err != nil {
		return nil, err
	}
	f := &finder{search: s, listed: map[string][]string{}, sources: map[string]sources{}}
	if f.under, err = f.directory(); err != nil {
		return nil, err
	}
	news, err := f.definitions(ctx, after, nil)
	if err != nil {
		return nil, err
	}
	olds, err := f.definitions(ctx, before, news)
	if err != nil {
		return nil, err
	}
	return Pair(olds, news), nil
}

// side is one revision, or the working tree.
type side struct {
	view   *buildcontext.View // everything
	commit bool
}

func (s *Search) sides(ctx context.Context) (before, after side, err error) {
	var commits [2]buildcontext.Commit
	for i, rev := range []string{s.Before, s.After} {
		if rev != "" {
			if commits[i], err = s.Repository.Resolve(ctx, rev); err != nil {
				return before, after, err
			}
		}
	}
	if s.MergeBase {
		if commits[0], err = s.Repository.MergeBase(ctx, commits[0], commits[1]); err != nil {
			return before, after, err
		}
	}
	if before, err = s.side(ctx, s.Before, commits[0]); err != nil {
		return before, after, err
	}
	after, err = s.side(ctx, s.After, commits[1])
	return before, after, err
}

func (s *Search) side(ctx context.Context, revision string, c buildcontext.Commit) (side, error) {
	if revision != "" {
		return side{&buildcontext.View{Tree: s.Repository.Tree(c, "")}, true}, nil
	}
	t, err := s.Repository.WorkTree(ctx, "")
	return side{view: &buildcontext.View{Tree: t}}, err
}

// finder is a Find under way.
type finder struct {
	search  *Search
	under   string              // from the root
	listed  map[string][]string // of a directory by its identity: the Dockerfiles below, relative to it
	sources map[string]sources  // of a Dockerfile by its identity and name
}

// directory is where to look, from the root of the repository.
func (f *finder) directory() (string, error) {
	dir := path.Join(f.search.Repository.Prefix(), filepath.ToSlash(f.search.Dir))
	if f.search.Dir == "" || dir == "." {
		dir = ""
	}
	if dir == ".." || strings.HasPrefix(dir, "../") || path.IsAbs(filepath.ToSlash(f.search.Dir)) {
		return "", fmt.Errorf("the directory %q is outside of the repository", f.search.Dir)
	}
	return dir, nil
}

// definitions lists the Dockerfiles of a side. Where it can, the old side has the contexts of the new one.
func (f *finder) definitions(ctx context.Context, s side, like []Definition) ([]Definition, error) {
	top, ok, err := s.view.Lookup(ctx, f.under, true)
	if err != nil || !ok {
		return nil, err
	}
	names, err := f.list(ctx, s, top)
	if err != nil {
		return nil, err
	}
	preferred := map[string]string{}
	for _, d := range like {
		preferred[d.Name] = path.Join(f.search.Repository.Prefix(), d.Build.Context)
	}
	var list []Definition
	for _, name := range names {
		name = path.Join(f.under, name)
		prefer, ok := preferred[name]
		if !ok {
			prefer = path.Dir(name)
		}
		c, err := f.choose(ctx, s, name, prefer)
		if err != nil {
			return nil, err
		}
		b := f.search.Build
		d := Definition{Name: name, Build: &b, Why: c.why}
		d.Build.Context, d.Build.File = f.relative(c.dir), f.relative(name)
		list = append(list, d)
	}
	return list, nil
}

// relative gives a path as seen from where the repository was opened.
func (f *finder) relative(name string) string {
	up, here := "", f.search.Repository.Prefix()
	for here != "" && name != here && !strings.HasPrefix(name, here+"/") {
		up, here = up+"../", strings.TrimPrefix(path.Dir("/"+here), "/")
	}
	return path.Join(up, strings.TrimPrefix(strings.TrimPrefix(name, here), "/"), ".")
}

// maxDockerfiles bounds how many are found: trees of git can be made to hold any number of paths in a few
// objects.
const maxDockerfiles = 10_000

// list gives the Dockerfiles in a directory and below, relative to it and sorted. Equal directories of commits
// are listed once.
func (f *finder) list(ctx context.Context, s side, dir buildcontext.Node) (names []string, err error) {
	if s.commit {
		if names, ok := f.listed[dir.ID]; ok {
			return names, nil
		}
	}
	children, err := s.view.Children(ctx, dir)
	if err != nil {
		return nil, err
	}
	for _, n := range children {
		switch {
		case n.Kind == buildcontext.Dir && (s.commit || f.search.Repository.Tracks(n.Path)):
			below, err := f.list(ctx, s, n)
			if err != nil {
				return nil, err
			}
			for _, name := range below {
				names = append(names, n.Name+"/"+name)
			}
		case n.Kind != buildcontext.Dir && isDockerfile(n.Name):
			target, ok, err := s.view.Lookup(ctx, n.Path, true)
			if err != nil {
				return nil, err
			}
			if ok && target.Kind == buildcontext.File {
				names = append(names, n.Name)
			}
		}
	}
	if len(names) > maxDockerfiles {
		return nil, fmt.Errorf("%s: more than %d Dockerfiles", path.Join(dir.Path, "."), maxDockerfiles)
	}
	slices.Sort(names)
	if s.commit {
		f.listed[dir.ID] = names
	}
	return names, nil
}

// notDockerfiles are the endings of names that are otherwise a Dockerfile's: what one is made from, what
// lies beside one, what an editor or a merge left.
var notDockerfiles = []string{
	".dockerignore", ".in", ".tmpl", ".tpl", ".template", ".j2", ".jinja", ".jinja2", ".erb", ".mustache", ".md", ".rst", ".txt", ".sh",
	".py", ".js", ".ts", ".go", ".json", ".yaml", ".yml", ".toml", ".rego", ".lock", ".orig", ".rej", ".bak", ".swp", "~",
}

// isDockerfile goes by the base name.
func isDockerfile(name string) bool {
	if slices.ContainsFunc(notDockerfiles, func(end string) bool { return strings.HasSuffix(name, end) }) {
		return false
	}
	lower := strings.ToLower(name[:min(1, len(name))]) + name[min(1, len(name)):]
	return lower == "dockerfile" || name == "Containerfile" || strings.HasPrefix(name, "Dockerfile.") ||
		strings.HasSuffix(name, ".Dockerfile") || strings.HasSuffix(name, ".dockerfile")
}
