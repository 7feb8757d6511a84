package buildcontext

import (
	"context"
	"path"
	"strings"
)

// pattern starts at every match of a wildcard. Links are followed in the part
// before the wildcard; within the wildcard's part they are entries like others,
// not ways into a directory.
func (r *resolver) pattern(ctx context.Context) error {
	dir, _ := splitWildcards(r.sel.Path)
	n, ok, err := r.start(ctx, dir, true)
	if err != nil || !ok {
		return err
	}
	if _, err := path.Match(r.sel.Path, ""); err != nil {
		return err
	}
	m := matcher{r, strings.TrimSuffix(dir, "/"), splitParts(r.sel.Path)}
	return m.below(ctx, n, m.dir)
}

// matcher walks from the part before the wildcard to its matches.
type matcher struct {
	*resolver
	dir   string   // the part before the wildcard, "" for the root
	parts []string // the pattern's parts, nil if it cannot be matched part by part
}

// splitParts cuts a pattern at its slashes, unless a slash may be matched by
// something else: by a class such as [^a], or where it is escaped.
func splitParts(pattern string) []string {
	if strings.ContainsAny(pattern, `[\`) {
		return nil
	}
	return strings.Split(pattern, "/")
}

// below adds the matches below a node that is called name.
func (m *matcher) below(ctx context.Context, n Node, name string) error {
	if n.Kind == Unknown || n.Kind == Opaque {
		return m.found(ctx, unknownBelow(n, ""), name+"/")
	}
	children, err := m.view.Children(ctx, n)
	if err != nil {
		return err
	}
	for _, c := range children {
		if err := m.visit(ctx, c, name+"/"+c.Name); err != nil {
			return err
		}
	}
	return nil
}

func (m *matcher) visit(ctx context.Context, n Node, name string) error {
	if n.Name == "" {
		return m.found(ctx, n, name)
	}
	ok, err := path.Match(m.sel.Path, name)
	switch {
	case err != nil:
		return err
	case ok:
		return m.found(ctx, n, name)
	case !m.leads(name, n.Name):
		return nil
	case n.Doubt != "":
		return m.found(ctx, unknownBelow(n, ""), name+"/")
	case n.Kind == File || n.Kind == Symlink:
		return nil
	}
	return m.below(ctx, n, name)
}

// leads reports whether there may be matches below the directory.
func (m *matcher) leads(name, base string) bool {
	if m.parts == nil {
		return true
	}
	depth := strings.Count(name, "/")
	if depth >= len(m.parts)-1 {
		return false
	}
	ok, _ := path.Match(m.parts[depth], base) // the pattern was checked as a whole
	return ok
}

func (m *matcher) found(ctx context.Context, n Node, name string) error {
	return m.add(ctx, name, strings.TrimPrefix(name, m.dir), "", n)
}
