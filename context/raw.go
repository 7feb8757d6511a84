package buildcontext

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/whybust/whybust/dockerignore"
)

// sided notes a node that one side alone has, and the ignore rule of the other
// side if that is all that keeps it out there.
func (c *comparison) sided(n Node, kind ChangeKind, maybe bool) error {
	if maybe {
		c.change(n, Maybe)
		return nil
	}
	if c.brief {
		c.change(n, kind)
		return nil
	}
	here, there := c.newRaw, c.oldRaw
	if kind == Removed {
		here, there = there, here
	}
	rule, err := there.hides(c.ctx, &c.files, here, n)
	c.diff.Changes = append(c.diff.Changes, Change{Path: n.Path, Kind: kind, Rule: rule})
	return err
}

// raw looks at the tree behind a view, ignored paths included, and remembers
// the directories that it read.
type raw struct {
	*View
	dirs map[string][]Entry
}

func newRaw(v *View) *raw { return &raw{View: v, dirs: map[string][]Entry{}} }

// hides returns the rule that keeps a node of the other side out of this one,
// where it is in the tree with equal content; nil if that is not so.
func (r *raw) hides(ctx context.Context, files *reader, other *raw, n Node) (*dockerignore.Rule, error) {
	dec := r.Rules.Match(n.Path)
	if !dec.Ignored {
		return nil, nil
	}
	e, ok, err := r.entry(ctx, n.Path)
	if err != nil || !ok || e.Kind != n.Kind {
		return nil, err
	}
	if n.Kind == Dir {
		if _, changed := headerChange(e, n.Entry); changed {
			return nil, nil
		}
		return dec.Rule, nil
	}
	_, changed, err := files.leafChange(ctx, r.Tree, other.Tree, Node{Path: n.Path, Entry: e}, n)
	if err != nil || changed {
		return nil, err
	}
	return dec.Rule, nil
}

func (r *raw) entry(ctx context.Context, name string) (e Entry, ok bool, err error) {
	if name == "" {
		e, err = r.Tree.Root(ctx)
		return e, err == nil, err
	}
	dir, base := path.Split(name)
	entries, err := r.readDir(ctx, strings.TrimSuffix(dir, "/"))
	if err != nil {
		return Entry{}, false, err
	}
	i, ok := slices.BinarySearchFunc(entries, base, byName)
	if !ok {
		return Entry{}, false, nil
	}
	return entries[i], true, nil
}

// readDir returns nothing for what is no directory.
func (r *raw) readDir(ctx context.Context, name string) ([]Entry, error) {
	if entries, ok := r.dirs[name]; ok {
		return entries, nil
	}
	e, ok, err := r.entry(ctx, name)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	if ok && e.Kind == Dir {
		if entries, err = r.Tree.ReadDir(ctx, name, e); err != nil {
			return nil, err
		}
	}
	r.dirs[name] = entries
	return entries, nil
}
