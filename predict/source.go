package predict

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
)

// source is an opened repository with what several analyses of it have in
// common: trees, views, parsed ignore files, comparisons. It belongs to one goroutine.
type source struct {
	repo        *buildcontext.Repository
	dir         string // absolute and without links; relative paths start here
	files       files
	parsed      cachekey.Parsed
	trees       map[treeKey]buildcontext.Tree
	views       map[viewKey]*buildcontext.View
	comparisons comparisons
	attributes  map[attributesKey]*attributes
	replaced    bool                   // a .gitattributes was laid over a side
	attributed  *attributed            // set while attributes are heeded
	entry       *buildcontext.LogEntry // a commit whose trees need not be read, or nil
}

// openSource opens the repository that dir is in, empty for the current directory.
func openSource(ctx context.Context, dir string, revisions ...string) (*source, error) {
	dir, err := realDirectory(dir)
	if err != nil {
		return nil, err
	}
	repo, err := buildcontext.OpenRepository(ctx, dir, revisions...)
	if err != nil {
		return nil, err
	}
	return newSource(repo, dir), nil
}

func realDirectory(dir string) (string, error) {
	if dir == "" {
		dir = "."
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}

// newSource shares a repository that was opened at dir.
func newSource(repo *buildcontext.Repository, dir string) *source {
	s := &source{repo: repo, dir: dir, attributes: map[attributesKey]*attributes{}}
	s.forget()
	return s
}

// forget lets go of what analyses had in common, but for files that were read.
func (s *source) forget() {
	s.trees, s.views, s.comparisons = map[treeKey]buildcontext.Tree{}, map[viewKey]*buildcontext.View{}, comparisons{}
	s.files.opened = nil
	maps.DeleteFunc(s.attributes, func(key attributesKey, _ *attributes) bool { return key.stamp == 0 })
}

// analysis prepares to replay what a request asks for.
func (s *source) analysis(r *Request) (*analysis, error) {
	contextDir, inside := s.inRepository(r.Context)
	if !inside {
		return nil, fmt.Errorf("the context %q is outside of the repository", r.Context)
	}
	return &analysis{Request: r, source: s, context: contextDir}, nil
}

// inRepository gives a path from the root of the repository. It is taken by
// its name alone: a link in it may lead elsewhere in another revision.
func (s *source) inRepository(name string) (p string, inside bool) {
	if filepath.IsAbs(name) {
		top := s.repo.WorkTreePath()
		rel, err := filepath.Rel(top, name)
		if err != nil || top == "" || strings.HasPrefix(filepath.ToSlash(rel)+"/", "../") {
			if real, err := filepath.EvalSymlinks(name); err == nil && real != name {
				return s.inRepository(real)
			}
			return "", false
		}
		p = filepath.ToSlash(rel)
	} else {
		p = path.Join(s.repo.Prefix(), filepath.ToSlash(name))
	}
	if p == ".." || strings.HasPrefix(p, "../") {
		return "", false
	}
	if p == "." {
		p = ""
	}
	return p, true
}

// cache is an empty cache whose comparisons are shared.
func (s *source) cache() *Cache { return &Cache{comparisons: s.comparisons} }

// commit resolves a revision; that of the working tree is HEAD, if there is one.
func (s *source) commit(ctx context.Context, rev string) (buildcontext.Commit, error) {
	if rev != "" {
		return s.repo.Resolve(ctx, rev)
	}
	c, err := s.repo.Resolve(ctx, "HEAD")
	var missing *buildcontext.RevisionError
	if errors.As(err, &missing) {
		err = nil // a repository without commits still has a working tree
	}
	return c, err
}

// commits resolves the revisions of both sides.
func (s *source) commits(ctx context.Context, before, after string, mergeBase bool) (a, b buildcontext.Commit, err error) {
	if a, err = s.commit(ctx, before); err != nil {
		return a, b, err
	}
	if b, err = s.commit(ctx, after); err != nil {
		return a, b, err
	}
	if mergeBase {
		a, err = s.repo.MergeBase(ctx, a, b)
	}
	return a, b, err
}

// treeKey names a directory of a commit, or of the working tree if the commit is empty, and what is
// laid over it.
type treeKey struct{ commit, dir, replace string }

func (s Side) treeKey(c buildcontext.Commit, dir string) treeKey {
	key := treeKey{dir: dir, replace: fingerprint(s.Replace)}
	if s.Revision != "" {
		key.commit = c.ID
	}
	return key
}

// tree is a directory of a side.
func (s *source) tree(ctx context.Context, side Side, c buildcontext.Commit, dir string) (t buildcontext.Tree, err error) {
	key := side.treeKey(c, dir)
	if t, ok := s.trees[key]; ok {
		return t, nil
	}
	switch {
	case len(side.Replace) > 0:
		s.replaced = s.replaced || side.replacesAttributes()
		t, err = s.overlaid(ctx, side, c, dir)
	case side.Revision == "":
		t, err = s.repo.WorkTree(ctx, dir)
	case s.entry != nil && s.entry.ID == c.ID:
		t = s.entry.Tree(dir)
	default:
		t = s.repo.Tree(c, dir)
	}
	if err == nil {
		s.trees[key] = t
	}
	return t, err
}

// viewKey names a tree seen through rules. Rules of one file are one pointer (see files.rules).
type viewKey struct {
	treeKey
	rules  *dockerignore.Rules
	gitDir string // the commit that its .git is at, if it has one
}

// view is a context of a side: the same pointer for the same files, so that comparisons are
// made once.
func (s *source) view(ctx context.Context, side Side, c buildcontext.Commit, dir string, rules *dockerignore.Rules, gitDir bool) (*buildcontext.View, error) {
	t, err := s.tree(ctx, side, c, dir)
	if err != nil {
		return nil, err
	}
	key := viewKey{treeKey: side.treeKey(c, dir), rules: rules}
	if gitDir && dir == "" && c.ID != "" {
		key.gitDir = c.ID
	}
	if v, ok := s.views[key]; ok {
		return v, nil
	}
	if key.gitDir != "" {
		t = buildcontext.WithGitDir(t, c.ID)
	}
	v := &buildcontext.View{Tree: t, Rules: rules, Dir: dir}
	s.views[key] = v
	return v, nil
}
