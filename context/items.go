package buildcontext

import (
	"context"
	"errors"
	"path"
)

// errStop ends a walk early.
var errStop = errors.New("stop")

// item is one entry of the list that a selection stands for.
type item struct {
	rel string // as top.rel
	cursor
}

// each calls fn for the entries of the selection's list, in its order: parents
// of what is selected first, whether they are selected or not. What is taken
// whole is one entry.
func (s *selection) each(ctx context.Context, fn func(item) error) error {
	for _, t := range s.tops {
		w := itemWalk{s.view, fn}
		if err := w.walk(ctx, item(t), nil); err != nil {
			return err
		}
	}
	return nil
}

type itemWalk struct {
	view *View
	fn   func(item) error
}

// header is a directory whose entry is in the list as soon as something in it is.
type header struct {
	item
	above *header
	sent  bool
}

func (w itemWalk) walk(ctx context.Context, it item, above *header) error {
	if it.node.Kind != Dir || it.whole {
		if !it.kept() {
			return nil
		}
		return w.send(&header{item: it, above: above})
	}
	h := &header{item: it, above: above}
	if it.kept() {
		if err := w.send(h); err != nil {
			return err
		}
	}
	return w.children(ctx, it.cursor, func(c cursor, name string) error {
		return w.walk(ctx, item{it.rel + "/" + name, c}, h)
	})
}

// send lists an entry after those of its parents that are not listed yet.
func (w itemWalk) send(h *header) error {
	if h == nil || h.sent {
		return nil
	}
	if err := w.send(h.above); err != nil {
		return err
	}
	h.sent = true
	return w.fn(h.item)
}

func (w itemWalk) children(ctx context.Context, c cursor, fn func(cursor, string) error) error {
	children, err := c.children(ctx, w.view)
	if err != nil {
		return err
	}
	for _, child := range children {
		if err := fn(child, child.node.Name); err != nil {
			return err
		}
	}
	return nil
}

// children returns the entries of a directory that are or may hold something
// selected.
func (c cursor) children(ctx context.Context, v *View) ([]cursor, error) {
	entries, err := c.entries(ctx, v)
	if err != nil {
		return nil, err
	}
	return c.pick(ctx, v, entries)
}

// entries returns the tree's entries of a directory, nil if none can be selected.
func (c cursor) entries(ctx context.Context, v *View) ([]Entry, error) {
	if !c.whole && !c.st.mayKeepBelow() {
		return nil, nil
	}
	return v.entries(ctx, c.node)
}

// pick returns those of a directory's entries that are or may hold something
// selected.
func (c cursor) pick(ctx context.Context, v *View, entries []Entry) ([]cursor, error) {
	out := make([]cursor, 0, len(entries))
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, shown, err := v.see(ctx, c.node, e)
		if err != nil {
			return nil, err
		}
		if !shown {
			continue
		}
		if child := c.child(n); n.Kind == Dir && (child.whole || child.st.kept || child.st.mayKeepBelow()) || child.kept() {
			out = append(out, child)
		}
	}
	return out, nil
}

// child is an entry of the directory under the same selector.
func (c cursor) child(n Node) cursor {
	switch {
	case c.whole:
		return cursor{node: n, whole: true}
	case n.Kind != Unknown:
		return cursor{node: n, st: c.st.child(n.Name, n.Kind == Dir)}.ifDirectory(c.st.child(n.Name, true))
	}
	// What is unknown may be a directory, and its rest has no name to match.
	st := c.st
	if n.Name != "" {
		st = c.st.child(n.Name, true)
	}
	n.ID = filteredID(n.ID, st.key())
	st.kept = st.kept || st.mayKeepBelow()
	return cursor{node: n, st: st}
}

// ifDirectory is, of a file in doubt that a filter leaves out, what it would take of a directory.
func (c cursor) ifDirectory(st filterState) cursor {
	if c.node.Doubt == "" || c.st.kept || !st.mayKeepBelow() {
		return c
	}
	st.kept = true
	c.node.Kind, c.node.ID, c.st = Unknown, "", st
	return c
}

// filteredID is the identity of what a filter leaves of something unknown.
func filteredID(id, key string) string {
	if id == "" {
		return ""
	}
	return id + "\x00?" + key
}

// any reports whether the cursor selects anything.
func (c cursor) any(ctx context.Context, v *View) (bool, error) {
	if c.kept() {
		return true, nil
	}
	if c.node.Kind != Dir {
		return false, nil
	}
	children, err := c.children(ctx, v)
	if err != nil {
		return false, err
	}
	for _, child := range children {
		if ok, err := child.any(ctx, v); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// single returns the node whose digest is the selection's, as opposed to a
// list: the plain one, or the only entry if it has the selector's base name.
func (s *selection) single(ctx context.Context) (c cursor, ok bool, err error) {
	if s.plain {
		if len(s.tops) == 0 {
			return cursor{}, false, nil
		}
		return s.tops[0].cursor, true, nil
	}
	var first []item
	err = s.each(ctx, func(it item) error {
		first = append(first, it)
		if len(first) > 1 || it.node.Kind == Unknown && it.node.Name == "" {
			first = nil
			return errStop
		}
		return nil
	})
	if err != nil && err != errStop {
		return cursor{}, false, err
	}
	if len(first) == 1 && path.Base(s.prefix()+first[0].rel) == path.Base(s.sel.Path) {
		return first[0].cursor, true, nil
	}
	return cursor{}, false, nil
}
