package buildcontext

import (
	"context"
	"strings"
)

// Matches returns what a selector names: the node at its path, or the matches
// of its pattern in walking order; nil if there is nothing. Filters (Include, Exclude) choose
// among the entries of the root, and else below what is returned: see Walk.
//
// A link that the selector follows is replaced by its target: the Path is where
// the target lies, the Name is still that of the link. A matched link
// whose target does not exist (with which a build fails) is left out.
func Matches(ctx context.Context, v *View, s Selector) ([]Node, error) {
	s.Include, s.Exclude, s.Required = nil, nil, nil
	r, err := resolve(ctx, v, s)
	if err != nil {
		return nil, err
	}
	var nodes []Node
	for _, t := range r.tops {
		n := t.node
		if n.Kind != Unknown || n.Name != "" {
			n.Name = r.calledName(t)
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

// calledName is the base name under which a top was found.
func (s *selection) calledName(t top) string {
	called := s.prefix() + t.rel
	return called[strings.LastIndexByte(called, '/')+1:]
}

// Walk calls fn for everything that a selector takes, parents first and in the
// order of BuildKit's content hash: every file, link and directory header, with
// its path relative to the selector's path, or to the part of it before the
// first wildcard; "" for the node at the path itself. Directories above
// something that is included are walked as well. Nothing is passed over unless
// the filters do: a plain selector walks the whole tree below its path.
//
// A followed link is walked as its target, under the link's relative path. A selector
// that names nothing walks nothing. The first error of fn ends the walk.
func Walk(ctx context.Context, v *View, s Selector, fn func(rel string, n Node) error) error {
	r, err := resolve(ctx, v, s)
	if err != nil {
		return err
	}
	return r.each(ctx, func(it item) error {
		if it.whole {
			return walkWhole(ctx, v, strings.TrimPrefix(it.rel, "/"), it.node, fn)
		}
		return fn(strings.TrimPrefix(it.rel, "/"), it.node)
	})
}

func walkWhole(ctx context.Context, v *View, rel string, n Node, fn func(string, Node) error) error {
	if err := fn(rel, n); err != nil || n.Kind != Dir {
		return err
	}
	children, err := v.Children(ctx, n)
	if err != nil {
		return err
	}
	for _, child := range children {
		if err := walkWhole(ctx, v, join(rel, child.Name), child, fn); err != nil {
			return err
		}
	}
	return nil
}
