package predict

import (
	"context"
	"fmt"
	"path"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/gitattr"
)

// differ reports whether a .gitattributes that matters for the context differs between the new commit
// and another: one above it, or one in a directory that builds see. Only what differs is looked at. The files
// of a working tree are what they are.
func (h *heed) differ() (bool, error) {
	last := h.sides[len(h.sides)-1]
	for _, s := range h.sides[:len(h.sides)-1] {
		if buildcontext.IsWorkTree(s.whole) || buildcontext.IsWorkTree(last.whole) || s.like(last) {
			continue
		}
		if differ, err := h.twoDiffer(s, last); differ || err != nil {
			return differ, err
		}
	}
	return false, nil
}

func (h *heed) twoDiffer(old, new checkout) (bool, error) {
	for dir := h.context; dir != ""; {
		dir = strings.TrimPrefix(path.Dir(dir), ".")
		was, err := h.of(old).id(h.ctx, dir)
		if err != nil {
			return false, err
		}
		is, err := h.of(new).id(h.ctx, dir)
		if err != nil || was != is {
			return was != is, err
		}
	}
	w := attributeWalk{h.ctx, old.view, new.view}
	x, err := w.old.Root(h.ctx)
	if err != nil {
		return false, err
	}
	y, err := w.new.Root(h.ctx)
	if err != nil {
		return false, err
	}
	return w.differ(x, y)
}

// id is the identity of the .gitattributes of a directory.
func (a *attributes) id(ctx context.Context, dir string) (string, error) {
	view := &buildcontext.View{Tree: a.tree}
	n, _, err := view.Lookup(ctx, path.Join(dir, gitattr.Name), false)
	return n.ID, err
}

// attributeWalk walks two commits in step.
type attributeWalk struct {
	ctx      context.Context
	old, new *buildcontext.View
}

func (w *attributeWalk) differ(x, y buildcontext.Node) (bool, error) {
	if x.ID == y.ID && x.ID != "" {
		return false, nil
	}
	was, err := w.here(w.old, x)
	if err != nil {
		return false, err
	}
	is, err := w.here(w.new, y)
	if err != nil || was != is {
		return was != is, err
	}
	olds, err := w.old.Children(w.ctx, x)
	if err != nil {
		return false, err
	}
	news, err := w.new.Children(w.ctx, y)
	if err != nil {
		return false, err
	}
	dirs := map[string]buildcontext.Node{}
	for _, n := range olds {
		if n.Kind == buildcontext.Dir {
			dirs[n.Name] = n
		}
	}
	for _, n := range news {
		if o, ok := dirs[n.Name]; ok && n.Kind == buildcontext.Dir && n.Path != ".git" { // which is not the commit's
			if differ, err := w.differ(o, n); differ || err != nil {
				return differ, err
			}
		}
	}
	return false, nil
}

// here is the identity of the .gitattributes of a directory, ignored or not.
func (w *attributeWalk) here(v *buildcontext.View, dir buildcontext.Node) (string, error) {
	entries, err := v.Tree.ReadDir(w.ctx, dir.Path, dir.Entry)
	for _, e := range entries {
		if e.Name == gitattr.Name {
			return e.ID, err
		}
	}
	return "", err
}

// attributed are the contexts of commits that do not have the same attributes.
type attributed struct {
	sides []*attributes
	views map[*buildcontext.View]*buildcontext.View
}

func newAttributed(h *heed) *attributed {
	a := &attributed{nil, map[*buildcontext.View]*buildcontext.View{}}
	for _, s := range h.sides {
		if !buildcontext.IsWorkTree(s.whole) {
			a.sides = append(a.sides, h.of(checkout{whole: s.whole}))
		}
	}
	return a
}

// view returns the context of a side with what the attributes make of it, and any other as it is.
func (a *attributed) view(v *buildcontext.View, whole buildcontext.Tree) *buildcontext.View {
	for _, s := range a.sides {
		if s.tree != whole {
			continue
		}
		if a.views[v] == nil {
			w := *v
			w.Tree = &attributedTree{v.Tree, v.Dir, a, s}
			a.views[v] = &w
		}
		return a.views[v]
	}
	return v
}

// attributedTree is the context of a commit in which a file that another commit has with the same
// blob, but other attributes, may or may not be equal. Identities of directories prove
// nothing there.
type attributedTree struct {
	buildcontext.Tree
	dir  string // where it lies in the repository
	all  *attributed
	here *attributes
}

// mark ends the identities of directories. The attributes belong to them.
func (t *attributedTree) mark() string { return fmt.Sprintf("\x00attributes %p", t.here) }

func (t *attributedTree) marked(e buildcontext.Entry) buildcontext.Entry {
	if e.Kind == buildcontext.Dir && e.ID != "" && !buildcontext.IsSubmodule(e) {
		e.ID += t.mark()
	}
	return e
}

func (t *attributedTree) Root(ctx context.Context) (buildcontext.Entry, error) {
	e, err := t.Tree.Root(ctx)
	return t.marked(e), err
}

func (t *attributedTree) ReadDir(ctx context.Context, dir string, d buildcontext.Entry) ([]buildcontext.Entry, error) {
	d.ID = strings.TrimSuffix(d.ID, t.mark())
	shared, err := t.Tree.ReadDir(ctx, dir, d)
	entries := make([]buildcontext.Entry, 0, len(shared))
	for _, e := range shared {
		if e.Kind == buildcontext.File && err == nil {
			e.Since, err = t.since(ctx, path.Join(dir, e.Name), e)
		}
		entries = append(entries, t.marked(e))
	}
	return entries, err
}

// since tells a file's attributes if they are all that differs from another commit.
func (t *attributedTree) since(ctx context.Context, name string, e buildcontext.Entry) (string, error) {
	whole := path.Join(t.dir, name)
	c, err := t.here.of(ctx, whole)
	if err != nil {
		return "", err
	}
	for _, other := range t.all.sides {
		d, err := other.of(ctx, whole)
		if err != nil {
			return "", err
		}
		if c.Text == d.Text {
			continue
		}
		view := &buildcontext.View{Tree: other.tree}
		if n, ok, err := view.Lookup(ctx, whole, false); err != nil || ok && n.ID == e.ID && e.ID != "" {
			return "checked out with " + orNone(c.Text), err
		}
	}
	return "", nil
}
