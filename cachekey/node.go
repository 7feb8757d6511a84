package cachekey

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
)

// node is a file, link or directory of a simulated tree. It is immutable.
type node struct {
	entry  buildcontext.Entry
	data   []byte // of a here-document or an archive's member; a link's target
	from   *buildcontext.View
	at     buildcontext.Node // in from, for files and links
	layers []layer           // of a directory, bottom to top
}

// layer is one of the sources of a directory's entries: an unknown one, a
// directory of another view, or a list of nodes.
type layer struct {
	unknown string // the ID of what is not known
	since   string // the RUNs that may have written over it
	view    *buildcontext.View
	dir     buildcontext.Node
	dress   dress
	nodes   map[string]*node
	headers bool // directories of this layer bring their own mode and owner (merge)
}

// rootOwner is an owner that is given and is the default one.
const rootOwner = "0:0"

// dress is what --chown and --chmod do to copied files.
type dress struct {
	owner string
	mode  fs.FileMode
	text  string // a symbolic --chmod
	set   bool   // mode is set
}

func (d dress) apply(e buildcontext.Entry) buildcontext.Entry {
	if d == (dress{}) {
		return e
	}
	switch {
	case d.owner == rootOwner:
		e.Owner = ""
	case HasSymbol(d.owner):
		e.Since += d.owner // the user of a base image, who may be anybody
	case d.owner != "":
		e.Owner = d.owner
	}
	if e.Kind != buildcontext.Symlink {
		if d.set {
			e.Mode = d.mode
		}
		if d.text != "" {
			e.Owner += " mode " + d.text // no file of the context has it: never equal to an undressed one
		}
	}
	if e.Kind == buildcontext.Dir && e.ID != "" {
		e.ID += fmt.Sprintf("|%s|%o|%s", d.owner, d.mode, d.text)
	}
	return e
}

// rewritten marks a node and all below as perhaps rewritten by something.
func (n *node) rewritten(by string) *node {
	if by == "" {
		return n
	}
	marked := *n
	marked.entry.Since += by
	if marked.entry.Kind == buildcontext.Dir {
		marked.entry.ID = ""
	}
	marked.layers = slices.Clone(n.layers)
	for i := range marked.layers {
		marked.layers[i].since += by
	}
	return &marked
}

// contextFiles is the build context itself.
func contextFiles(view *buildcontext.View) *files {
	return &files{make: func(ctx context.Context) (*buildcontext.View, *node, error) {
		if view == nil {
			return emptyFiles().make(ctx)
		}
		return viewFiles(ctx, view)
	}}
}

// viewFiles is a view with its root directory as a node.
func viewFiles(ctx context.Context, view *buildcontext.View) (*buildcontext.View, *node, error) {
	root, err := view.Root(ctx)
	if err != nil {
		return nil, nil, err
	}
	n := directory(layer{view: view, dir: root})
	n.entry = root.Entry
	return view, n, nil
}

// child finds one entry of a directory.
func (n *node) child(ctx context.Context, name string) (c *node, unknown rest, err error) {
	children, unknown, err := n.children(ctx)
	if err != nil {
		return nil, rest{}, err
	}
	i, ok := slices.BinarySearchFunc(children, name, func(c *node, name string) int { return strings.Compare(c.entry.Name, name) })
	if ok {
		return children[i], unknown, nil
	}
	return nil, unknown, nil
}

// make walks to a directory, creating what is missing with a dress, and gives
// the tree with that directory changed by last.
func (n *node) make(ctx context.Context, names []string, d dress, last func(*node) (*node, error)) (*node, error) {
	if n.entry.Kind != buildcontext.Dir {
		return nil, errUnknown // a link to follow, or a file in the way
	}
	if len(names) == 0 {
		return last(n)
	}
	c, unknown, err := n.child(ctx, names[0])
	if err != nil {
		return nil, err
	}
	if c == nil {
		c = directory()
		c.entry = d.apply(c.entry)
		if unknown.id != "" {
			c.layers = []layer{unknown.below(names[0])}
		}
	}
	c, err = c.make(ctx, names[1:], d, last)
	if err != nil {
		return nil, err
	}
	return n.with(names[0], c), nil
}

// put places a node at a path.
func (n *node) put(ctx context.Context, names []string, d dress, what *node) (*node, error) {
	if len(names) == 0 {
		return nil, errUnknown
	}
	name := names[len(names)-1]
	return n.make(ctx, names[:len(names)-1], d, func(dir *node) (*node, error) {
		old, _, err := dir.child(ctx, name)
		if err != nil {
			return nil, err
		}
		if old != nil && (old.entry.Kind == buildcontext.Dir || old.entry.Kind == buildcontext.Unknown) && what.entry.Kind != buildcontext.Dir {
			return nil, errUnknown // a file over a directory: the build fails
		}
		return dir.with(name, what), nil
	})
}

// with is a directory with one entry replaced or added.
func (n *node) with(name string, c *node) *node {
	changed, named := *n, *c
	named.entry.Name = name
	changed.entry.ID = ""
	changed.layers = slices.Clone(n.layers)
	if top := len(n.layers) - 1; top >= 0 && n.layers[top].nodes != nil && !n.layers[top].headers && n.layers[top].since == "" {
		nodes := make(map[string]*node, len(n.layers[top].nodes)+1)
		for k, v := range n.layers[top].nodes {
			nodes[k] = v
		}
		nodes[name] = &named
		changed.layers[top].nodes = nodes
		return &changed
	}
	changed.layers = append(changed.layers, layer{nodes: map[string]*node{name: &named}})
	return &changed
}

// rest is what else a directory may hold.
type rest struct{ id, since string }

// below is the rest for a directory in the rest.
func (r rest) below(name string) layer {
	return layer{unknown: path.Join(r.id, name), since: r.since}
}

// cover lays an unknown rest over what is known so far. What it holds shows
// instead of that, or not.
func (r *rest) cover(known map[string]*node, over rest) {
	if len(known) == 0 && r.id == "" {
		*r = over
		return
	}
	for name, c := range known {
		known[name] = c.rewritten("under " + over.id + over.since)
	}
	if r.id != "" {
		over.id = r.id + "+" + over.id
	}
	r.id, r.since = over.id, r.since+over.since
}

// children merges the layers of a directory. unknown is what else it may
// hold; its id is "" if nothing.
func (n *node) children(ctx context.Context) (list []*node, unknown rest, err error) {
	byName := map[string]*node{}
	for _, l := range n.layers {
		switch {
		case l.unknown != "":
			unknown.cover(byName, rest{l.unknown, l.since})
		case l.nodes != nil:
			for name, c := range l.nodes {
				byName[name] = l.over(byName[name], c.rewritten(l.since), unknown, true)
			}
		default:
			children, err := l.view.Children(ctx, l.dir)
			if err != nil {
				return nil, rest{}, err
			}
			for _, c := range children {
				if c.Kind == buildcontext.Unknown && c.Name == "" {
					unknown.cover(byName, rest{c.ID, c.Since + l.since})
					continue
				}
				byName[c.Name] = l.over(byName[c.Name], l.wrap(c).rewritten(l.since), unknown, false)
			}
		}
	}
	for _, c := range byName {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *node) int { return strings.Compare(a.entry.Name, b.entry.Name) })
	return list, unknown, nil
}

// wrap makes a node of a view's. Its identity is that of what the view's rules
// leave of it.
func (l *layer) wrap(c buildcontext.Node) *node {
	entry := c.Entry
	if entry.Kind == buildcontext.Dir {
		entry.ID = l.view.Identity(c)
	}
	n := &node{entry: l.dress.apply(entry), from: l.view, at: c}
	if c.Kind == buildcontext.Dir {
		n.layers = []layer{{view: l.view, dir: c, dress: l.dress}}
	}
	return n
}

// over lays an entry of the layer over what is below it. Directories merge; a
// node of a changed directory (known to be whole) already holds what was below.
func (l *layer) over(below, c *node, unknown rest, whole bool) *node {
	if whole && !l.headers {
		return c
	}
	if n := unsure(below, c, unknown); n != nil {
		return n
	}
	if c.entry.Kind != buildcontext.Dir {
		return c
	}
	if below == nil || below.entry.Kind != buildcontext.Dir {
		if unknown.id == "" {
			return c
		}
		below = &node{entry: c.entry, layers: []layer{unknown.below(c.entry.Name)}}
		below.entry.ID = ""
	}
	merged := *below
	merged.entry.ID = ""
	if l.headers {
		merged.entry.Mode, merged.entry.Owner = c.entry.Mode, c.entry.Owner
	}
	layers := c.layers
	if l.headers {
		layers = slices.Clone(layers)
		for i := range layers {
			layers[i].headers = true
		}
	}
	merged.layers = slices.Concat(below.layers, layers)
	return &merged
}
