package predict

import (
	"context"
	"path"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/gitattr"
)

// differ reports whether a .gitattributes that matters for the context differs between two
// commits: one above it, or one in a directory that builds see. Only what differs is looked at.
func (h *heed) differ() (bool, error) {
	for dir := h.context; dir != ""; {
		dir = strings.TrimPrefix(path.Dir(dir), ".")
		was, err := h.old.id(h.ctx, dir)
		if err != nil {
			return false, err
		}
		is, err := h.new.id(h.ctx, dir)
		if err != nil || was != is {
			return was != is, err
		}
	}
	w := attributeWalk{h.ctx, h.oldView, h.newView}
	x, err := h.oldView.Root(h.ctx)
	if err != nil {
		return false, err
	}
	y, err := h.newView.Root(h.ctx)
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
	if x.ID == y.ID {
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
		if o, ok := dirs[n.Name]; ok && n.Kind == buildcontext.Dir {
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

// attributedTree is the context of a commit in which a file whose attributes differ from those of
// the other side, though its blob does not, may or may not be equal. Identities of directories prove
// nothing there.
type attributedTree struct {
	buildcontext.Tree
	side            string // "old" or "new"
	context         string
	here, elsewhere *attributes
	other           *buildcontext.View // the context of the other side
}

func (t *attributedTree) mark() string { return "\x00attributes of the " + t.side + " side" }

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

// since tells a file's attributes if they alone differ.
func (t *attributedTree) since(ctx context.Context, name string, e buildcontext.Entry) (string, error) {
	whole := path.Join(t.context, name)
	c, err := t.here.of(ctx, whole)
	if err != nil {
		return "", err
	}
	d, err := t.elsewhere.of(ctx, whole)
	if err != nil || c.Text == d.Text {
		return "", err
	}
	n, ok, err := t.other.Lookup(ctx, name, false)
	if err != nil || !ok || n.ID != e.ID {
		return "", err
	}
	return "checked out with " + orNone(c.Text), nil
}
