package buildcontext

import (
	"context"
	"slices"

	"github.com/whybust/whybust/dockerignore"
)

// View is a tree seen through ignore rules: what a build is sent. It is
// immutable and safe for concurrent use.
type View struct {
	Tree  Tree
	Rules *dockerignore.Rules // nil: nothing is ignored
	// Dir is where the root lies in its repository, for messages; "" is the
	// repository's own root.
	Dir string
}

// Node is an entry of a view at its place. Nodes come from the methods of the
// view that they belong to.
type Node struct {
	Path string // relative to the root, clean; "" is the root
	Entry
	// rules is the state of the ignore rules here.
	rules dockerignore.Dir
	// emptied is set for an opaque directory whose content is ignored.
	emptied bool
}

// Root returns the root directory. It is never ignored.
func (v *View) Root(ctx context.Context) (Node, error) {
	e, err := v.Tree.Root(ctx)
	return Node{Entry: e, rules: v.Rules.Root()}, err
}

// Children returns what the view shows of a directory, sorted by name, an
// unknown rest (an Unknown entry without a name) first. An ignored directory is
// shown only if something in it is.
func (v *View) Children(ctx context.Context, dir Node) ([]Node, error) {
	entries, err := v.entries(ctx, dir)
	if err != nil {
		return nil, err
	}
	return v.shown(ctx, dir, entries)
}

// shown returns what the view shows of a directory's entries.
func (v *View) shown(ctx context.Context, dir Node, entries []Entry) ([]Node, error) {
	nodes := make([]Node, 0, len(entries))
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, shown, err := v.see(ctx, dir, e)
		if err != nil {
			return nil, err
		}
		if shown {
			nodes = append(nodes, n)
		}
	}
	return nodes, nil
}

// entries returns what the tree has in a directory, ignored or not.
func (v *View) entries(ctx context.Context, dir Node) ([]Entry, error) {
	if dir.Kind != Dir || dir.emptied {
		return nil, nil
	}
	return v.read(ctx, dir)
}

// read lists a directory of the tree.
func (v *View) read(ctx context.Context, dir Node) ([]Entry, error) {
	if err := checkPath(dir.Path); err != nil {
		return nil, err
	}
	entries, err := v.Tree.ReadDir(ctx, dir.Path, dir.Entry)
	if err == nil {
		err = Spend(ctx, 1+len(entries))
	}
	return entries, err
}

// child returns the named entry of a directory, reading nothing else.
func (v *View) child(ctx context.Context, dir Node, name string) (n Node, ok bool, err error) {
	switch {
	case dir.Kind == Unknown || dir.Kind == Opaque || dir.Doubt != "":
		return unknownBelow(dir, name), true, nil
	case dir.Kind != Dir || dir.emptied:
		return Node{}, false, nil
	}
	if err := firstError(checkPath(dir.Path), Spend(ctx, 1)); err != nil {
		return Node{}, false, err
	}
	entries, err := v.Tree.ReadDir(ctx, dir.Path, dir.Entry)
	if err != nil {
		return Node{}, false, err
	}
	i, found := slices.BinarySearchFunc(entries, name, byName)
	if found {
		return v.see(ctx, dir, entries[i])
	}
	if rest, ok := unknownRest(dir, entries); ok {
		return unknownBelow(rest, name), true, nil
	}
	return Node{}, false, nil
}

// see applies the rules to one entry of a directory.
func (v *View) see(ctx context.Context, dir Node, e Entry) (n Node, shown bool, err error) {
	if e.Name == "" {
		return Node{Path: dir.Path, Entry: e, rules: dir.rules}, true, nil
	}
	closed := e.Kind == Opaque || e.Kind == Unknown // may be a directory, and is not looked into
	dec, rules, walk := dir.rules.Child(e.Name, e.Kind == Dir || closed)
	n = Node{Path: rules.Path(), Entry: e, rules: rules}
	switch {
	case !dec.Ignored && e.Kind == Opaque && hidesAll(rules):
		n.Kind, n.ID, n.emptied = Dir, "", true
		return n, true, nil
	case !dec.Ignored, closed && walk:
		return n, true, nil
	case !walk:
		return n, false, nil
	}
	shown, err = v.showsBelow(ctx, n)
	return n, shown, err
}

// showsBelow reports whether the view shows anything in an ignored directory.
func (v *View) showsBelow(ctx context.Context, dir Node) (bool, error) {
	entries, err := v.read(ctx, dir)
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		if _, shown, err := v.see(ctx, dir, e); shown || err != nil {
			return shown, err
		}
	}
	return false, nil
}

// hidesAll reports whether rules like `.git/*`, which leave the directory
// itself, hide what every opaque directory holds: those of git always hold a
// HEAD, an index and these directories.
func hidesAll(d dockerignore.Dir) bool {
	if !d.MayIgnoreBelow() {
		return false
	}
	for name, isDir := range map[string]bool{"HEAD": false, "config": false, "index": false, "objects": true, "refs": true, "logs": true} {
		if dec, _, walk := d.Child(name, isDir); !dec.Ignored || walk {
			return false
		}
	}
	return true
}

// unknownRest returns the entry that stands for the names which a directory
// does not list.
func unknownRest(dir Node, entries []Entry) (Node, bool) {
	if len(entries) > 0 && entries[0].Name == "" {
		return Node{Path: dir.Path, Entry: entries[0]}, true
	}
	return Node{}, false
}

// unknownBelow is what the name stands for in something that cannot be looked
// into. Its ID is that of the unknown and the names below it, each after a NUL. What
// a file in doubt holds has none.
func unknownBelow(n Node, name string) Node {
	e := Entry{Name: name, Kind: Unknown, Since: n.Since, Size: -1}
	if n.ID != "" && n.Doubt == "" {
		e.ID = n.ID + "\x00" + name
	}
	return Node{Path: join(n.Path, name), Entry: e}
}

// Identity returns a string that, where equal for two nodes of views of the same family
// of trees, proves equal content including everything below; "" if there is no
// such proof. As with Entry.ID, mode and owner of the node itself are not
// content, those of what is below are.
func (v *View) Identity(n Node) string {
	if n.ID == "" || n.Kind != Dir {
		return n.ID
	}
	return n.ID + "\x00" + n.rules.Key()
}

// join is path.Join for two clean paths, either of which may be empty.
func join(dir, path string) string {
	if dir == "" || path == "" {
		return dir + path
	}
	return dir + "/" + path
}
