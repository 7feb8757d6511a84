package buildcontext

import (
	"context"
	"path"
	"strings"
)

// What a selector takes has one of two shapes, and which of them decides what
// counts (Checksum and includedPaths in BuildKit's cache/contenthash/checksum.go):
//
//   - A plain selector takes one node: a file without its name, or a directory
//     with the names, headers and contents of all that is in it.
//   - A wildcard, --exclude or --parents takes a list: every selected file and
//     directory *header* with its path relative to the part before the wildcard. If the list
//     is of one entry that has the base name of the selector's path, it is that entry
//     without a name, as if it were plain.
//
// A selection is the start of either: the places from which it is walked.
// Nothing below them has been read.
type selection struct {
	view    *View
	sel     Selector
	plain   bool
	tops    []top
	missing []string
}

// top is where a selection starts: the plain node, a match of the wildcard, or
// what the filters begin with.
type top struct {
	// rel is the path relative to the part before the wildcard: "" or "/a/b".
	rel string
	cursor
}

// cursor is a node under a selector.
type cursor struct {
	node Node
	// whole is set for what is taken as it is, with all that is in it: a plain
	// selection, and the target of a link that a wildcard matched.
	whole bool
	st    filterState
}

// kept reports whether the node itself (of a directory: its header) is selected.
func (c cursor) kept() bool { return c.whole || c.st.kept }

// key is equal for two cursors that select the same names below.
func (c cursor) key() string {
	if c.whole {
		return "*"
	}
	return c.st.key()
}

// resolve finds where a selector starts in a view.
func resolve(ctx context.Context, v *View, s Selector) (*selection, error) {
	s.Path = s.cleanPath()
	r := &resolver{selection: selection{view: v, sel: s, plain: s.isPlain()}}
	var err error
	if r.filter, err = newFilter(s); err != nil {
		return nil, err
	}
	switch {
	case r.plain:
		err = r.path(ctx)
	case s.isPattern():
		err = r.pattern(ctx)
	case s.Path == "/":
		err = r.root(ctx)
	default:
		err = r.filtered(ctx)
	}
	if err == nil && len(s.Required) > 0 && !r.plain {
		err = r.require(ctx)
	}
	return &r.selection, err
}

type resolver struct {
	selection
	filter filter
}

func (r *resolver) path(ctx context.Context) error {
	n, ok, err := r.view.Lookup(ctx, r.sel.Path, r.sel.FollowLinks)
	if err != nil {
		return err
	}
	if !ok {
		r.missing = append(r.missing, r.sel.Path)
		return nil
	}
	r.tops = []top{{cursor: cursor{node: n, whole: true}}}
	return nil
}

// filtered starts at a path that is no pattern. No such path is an empty list.
func (r *resolver) filtered(ctx context.Context) error {
	n, ok, err := r.start(ctx, r.sel.Path, false)
	if err != nil || !ok {
		return err
	}
	return r.add(ctx, r.sel.Path, "", "", n)
}

// start looks up where a list begins.
func (r *resolver) start(ctx context.Context, name string, follow bool) (Node, bool, error) {
	at, endless, err := r.view.find(ctx, name, follow)
	if endless {
		r.missing = append(r.missing, name)
	}
	return at.Node, at.ok, err
}

// root starts at the entries of the root directory, whose own header does not
// count when it is filtered.
func (r *resolver) root(ctx context.Context) error {
	root, err := r.view.Root(ctx)
	if err != nil {
		return err
	}
	children, err := r.view.Children(ctx, root)
	if err != nil {
		return err
	}
	for _, n := range children {
		if err := r.add(ctx, "/"+n.Name, "/"+n.Name, n.Name, n); err != nil {
			return err
		}
	}
	return nil
}

// add takes a node that was found at the path called, under the name by which
// the filters know it. Only nodes without a selected parent are tops, and of
// them only links are followed.
func (r *resolver) add(ctx context.Context, called, rel, name string, n Node) error {
	st := r.filter.top(name)
	t := top{rel, cursor{node: n, st: st}.ifDirectory(st)}
	if n.Kind == Unknown {
		t.node = r.unknown(n, rel)
		t.st.kept = true
	}
	if n.Kind == Symlink && r.sel.FollowLinks {
		if !t.st.kept {
			return nil
		}
		target, ok, err := r.view.Lookup(ctx, called, true)
		if err != nil {
			return err
		}
		if !ok {
			r.missing = append(r.missing, called)
			return nil
		}
		t.node, t.whole = target, true
	}
	r.tops = append(r.tops, t)
	return nil
}

// unknown is what this selector takes from something that cannot be looked
// into: the same only for the same selector.
func (r *resolver) unknown(n Node, rel string) Node {
	if n.ID != "" {
		parts := []string{n.ID, rel, r.sel.Path, strings.Join(r.sel.Include, "\x00"), strings.Join(r.sel.Exclude, "\x00")}
		n.ID = strings.Join(parts, "\x00?")
	}
	return n
}

// require notes the required paths that select nothing. Like BuildKit, it takes
// any string prefix of a selected path for it.
func (r *resolver) require(ctx context.Context) error {
	prefix := r.prefix()
	for _, want := range r.sel.Required {
		found := false
		err := r.each(ctx, func(it item) error {
			if found = it.node.Kind == Unknown || strings.HasPrefix(prefix+it.rel, want); found {
				return errStop
			}
			return nil
		})
		if err != nil && err != errStop {
			return err
		}
		if !found {
			r.missing = append(r.missing, want)
		}
	}
	return nil
}

// prefix is what rel is relative to.
func (s *selection) prefix() string {
	switch {
	case s.sel.isPattern():
		d, _ := splitWildcards(s.sel.Path)
		return strings.TrimSuffix(d, "/")
	case s.sel.Path == "/":
		return ""
	}
	return s.sel.Path
}

// splitWildcards splits a clean absolute pattern before the first part that has
// a wildcard.
func splitWildcards(p string) (dir, rest string) {
	parts := strings.Split(p, "/")
	for i, part := range parts {
		if HasWildcard(part) {
			return path.Join("/", path.Join(parts[:i]...)), path.Join(parts[i:]...)
		}
	}
	return p, ""
}
