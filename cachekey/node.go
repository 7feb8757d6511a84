package cachekey

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/zeebo/blake3"

	buildcontext "github.com/whybust/whybust/context"
)

// node is a file, link or directory of a simulated tree. It is immutable but for
// what it remembers of itself.
type node struct {
	entry  buildcontext.Entry
	data   []byte // of a here-document or an archive's member; a link's target
	from   *buildcontext.View
	at     buildcontext.Node // in from, for files and links
	layers []layer           // of a directory, bottom to top
	views  int               // how many directories of views were laid on it

	mu      sync.Mutex
	merged  bool // what follows is set
	list    []*node
	unknown rest
}

// clone is a node to be changed, which remembers nothing.
func (n *node) clone() *node {
	return &node{entry: n.entry, data: n.data, from: n.from, at: n.at, layers: n.layers, views: n.views}
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
	marked := n.clone()
	marked.entry.Since = addMark(marked.entry.Since, by)
	if marked.entry.Kind == buildcontext.Dir {
		marked.entry.ID = ""
	}
	marked.layers = slices.Clone(n.layers)
	for i := range marked.layers {
		marked.layers[i].since = addMark(marked.layers[i].since, by)
	}
	return marked
}

// addMark adds a mark to those of a node. That of a RUN says it all: where the
// RUN is the same, so is the whole tree that it left.
func addMark(since, by string) string {
	if strings.HasPrefix(by, "\x00") {
		return by
	}
	return since + by
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
	n := directory(viewLayer(view, root, dress{}))
	n.entry = root.Entry
	return view, n, nil
}

// child finds one entry of a directory; if there is none, unknown is what else
// the directory may hold.
func (n *node) child(ctx context.Context, name string) (c *node, unknown rest, err error) {
	for i := range n.layers {
		l := &n.layers[i]
		nodes, over, err := l.list(ctx)
		if err != nil {
			return nil, rest{}, err
		}
		if over.id != "" {
			if c != nil {
				c = c.under(over)
			}
			unknown.cover(over)
		}
		if top := find(nodes, name); top != nil {
			c = l.over(c, top.rewritten(l.since), unknown)
		}
	}
	return c, unknown, nil
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
	if 2*len(names) > maxPath {
		return nil, errUnknown
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
	if n, err = n.flat(ctx); err != nil {
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
		if dir, err = dir.flat(ctx); err != nil {
			return nil, err
		}
		return dir.with(name, what), nil
	})
}

// with is a directory with one entry replaced or added.
func (n *node) with(name string, c *node) *node {
	changed, named := n.clone(), c.clone()
	named.entry.Name = name
	changed.entry.ID = ""
	changed.layers = push(n.layers, nodeLayer(named))
	return changed
}

// lay is a directory with one of a view laid over it.
func (n *node) lay(ctx context.Context, over layer) (*node, error) {
	if n.views >= maxViews {
		return nil, errUnknown
	}
	flat, err := n.flat(ctx)
	if err != nil {
		return nil, err
	}
	changed := flat.clone()
	changed.entry.ID = ""
	changed.views++
	changed.layers = append(changed.layers[:len(changed.layers):len(changed.layers)], over)
	return changed, nil
}

// maxViews bounds how many directories are laid over one: what lies under unknown
// ones carries a mark of each.
const maxViews = 1 << 12

// maxLayers is how many layers a directory has before they are merged, whereby all
// of them are read.
const maxLayers = 64

// flat is the same directory with at most maxLayers layers.
func (n *node) flat(ctx context.Context) (*node, error) {
	if len(n.layers) <= maxLayers {
		return n, nil
	}
	list, unknown, err := n.children(ctx)
	if err != nil {
		return nil, err
	}
	merged := n.clone()
	merged.layers = nil
	if unknown.id != "" {
		merged.layers = append(merged.layers, layer{unknown: unknown.id, since: unknown.since})
	}
	merged.layers = append(merged.layers, nodeLayer(slices.Clip(list)...))
	return merged, nil
}

// rest is what else a directory may hold.
type rest struct{ id, since string }

// below is the rest for a directory in the rest.
func (r rest) below(name string) layer {
	return layer{unknown: path.Join(r.id, name), since: r.since}
}

// cover lays an unknown rest over another. What it holds shows instead of that,
// or not.
func (r *rest) cover(over rest) {
	if r.id != "" {
		over.id = r.id + "+" + over.id
	}
	r.id, r.since = over.id, r.since+over.since
}

// under is a node that an unknown rest was laid over.
func (n *node) under(over rest) *node { return n.rewritten("under " + over.id + over.since) }

// children merges the layers of a directory. unknown is what else it may
// hold; its id is "" if nothing. The list is shared and must not be changed.
func (n *node) children(ctx context.Context) (list []*node, unknown rest, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.merged {
		return n.list, n.unknown, nil
	}
	if list, unknown, err = n.merge(ctx); err == nil {
		n.merged, n.list, n.unknown = true, list, unknown
	}
	return list, unknown, err
}

func (n *node) merge(ctx context.Context) (list []*node, unknown rest, err error) {
	byName := map[string]*node{}
	for i := range n.layers {
		l := &n.layers[i]
		nodes, over, err := l.list(ctx)
		if err != nil {
			return nil, rest{}, err
		}
		if over.id != "" {
			for name, c := range byName {
				byName[name] = c.under(over)
			}
			unknown.cover(over)
		}
		for _, c := range nodes {
			byName[c.entry.Name] = l.over(byName[c.entry.Name], c.rewritten(l.since), unknown)
		}
	}
	list = make([]*node, 0, len(byName))
	for _, c := range byName {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *node) int { return strings.Compare(a.entry.Name, b.entry.Name) })
	return list, unknown, nil
}

// wrap makes a node of a view's. Its identity is that of what the view's rules
// leave of it. The file of a stage that itself has it from elsewhere is taken from there.
func wrap(ctx context.Context, view *buildcontext.View, c buildcontext.Node, d dress) (*node, error) {
	entry := c.Entry
	if entry.Kind == buildcontext.Dir {
		entry.ID = view.Identity(c)
	}
	entry = d.apply(entry)
	if entry.Kind == buildcontext.Dir {
		entry.ID = shortID(entry.ID)
	}
	n := &node{entry: entry, from: view, at: c}
	if c.Kind == buildcontext.Dir {
		n.layers = []layer{viewLayer(view, c, d)}
	} else if t, ok := view.Tree.(*tree); ok && c.Kind != buildcontext.Unknown {
		origin, err := t.find(ctx, c.Path)
		if err != nil {
			return nil, err
		}
		n.from, n.at, n.data = origin.from, origin.at, origin.data
	}
	return n, nil
}

// maxID is the length above which the identity of a directory is hashed: it
// grows with every stage that a directory is copied through.
const maxID = 256

func shortID(id string) string {
	if len(id) <= maxID {
		return id
	}
	sum := blake3.Sum256([]byte(id))
	return "blake3:" + string(sum[:])
}

// over lays an entry of the layer over what is below it. Directories merge; a
// node of a changed directory (known to be whole) already holds what was below.
func (l *layer) over(below, c *node, unknown rest) *node {
	if l.src == nil && !l.headers {
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
	merged := below.clone()
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
	merged.views += c.views
	return merged
}
