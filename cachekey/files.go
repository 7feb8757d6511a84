package cachekey

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	buildcontext "github.com/whybust/whybust/context"
)

// files is what is known of the tree that an operation leaves: files that COPY, ADD,
// WORKDIR and here-documents put there, over parts that are not known (what an
// image holds, what a RUN wrote). It lets a COPY --from be decided by content
// where the content is known, as BuildKit does by hashing it
// (solver/llbsolver/file/backend.go and fsutil's copy are what is imitated).
//
// The tree is made when it is first asked for, and lazily: a copied directory
// stays a reference to its source until somebody looks into it. Whatever the
// imitation does not cover (links in a destination's path, archives that ADD
// unpacks) makes the tree unknown from there on, never wrong.
type files struct {
	make func(ctx context.Context) (*buildcontext.View, *node, error)

	mu   sync.Mutex
	done bool
	view *buildcontext.View
	root *node
	err  error
}

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
	if d.owner == rootOwner {
		e.Owner = ""
	} else if d.owner != "" {
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

// Files gives the tree that an operation leaves, as far as it is known. An
// Unknown entry's ID begins with UnknownID of the operation that wrote it.
func (o *Op) Files(ctx context.Context) (*buildcontext.View, error) {
	view, _, err := o.tree().eval(ctx)
	return view, err
}

// UnknownID is how the IDs of entries begin that only the operation could tell.
func (o *Op) UnknownID() string { return fmt.Sprintf("\x00%d\x01", o.index) }

// ResolveUnknown replaces each operation in the ID of an Unknown entry by a
// name that is meant for it: two graphs can then be compared.
func ResolveUnknown(id string, name func(index int) string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(id, "\x00")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		number, rest, _ := strings.Cut(after, "\x01")
		if index, err := strconv.Atoi(number); err == nil {
			b.WriteString(name(index))
		}
		id = rest
	}
}

func (o *Op) tree() *files {
	if o == nil {
		return emptyFiles()
	}
	return o.files
}

func (f *files) eval(ctx context.Context) (*buildcontext.View, *node, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.done {
		f.view, f.root, f.err = f.make(ctx)
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		f.done = true
	}
	return f.view, f.root, f.err
}

// simulated makes files of a function that gives the root directory.
func simulated(root func(ctx context.Context) (*node, error)) *files {
	return &files{make: func(ctx context.Context) (*buildcontext.View, *node, error) {
		n, err := root(ctx)
		if err != nil {
			return nil, nil, err
		}
		return &buildcontext.View{Tree: &tree{root: n}}, n, nil
	}}
}

func directory(layers ...layer) *node {
	return &node{entry: buildcontext.Entry{Kind: buildcontext.Dir, Mode: 0o755}, layers: layers}
}

func unknownDir(id string) *node { return directory(layer{unknown: id}) }

func emptyFiles() *files {
	return simulated(func(context.Context) (*node, error) { return directory(), nil })
}

func unknownFiles(op *Op) *files {
	return simulated(func(context.Context) (*node, error) { return unknownDir(op.UnknownID()), nil })
}

func imageFiles(op *Op) *files  { return unknownFiles(op) }
func remoteFiles(op *Op) *files { return unknownFiles(op) }

// run is the tree after a RUN: what was there, any of it perhaps rewritten, and
// whatever else the command wrote.
func (f *files) run(op *Op) *files {
	return f.change(op, func(_ context.Context, root *node) (*node, error) {
		after := root.rewritten(op.UnknownID())
		if !slices.ContainsFunc(after.layers, func(l layer) bool { return l.unknown != "" }) {
			after.layers = slices.Insert(after.layers, 0, layer{unknown: "rest", since: op.UnknownID()})
		}
		return after, nil
	})
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
		root, err := view.Root(ctx)
		if err != nil {
			return nil, nil, err
		}
		n := directory(layer{view: view, dir: root})
		n.entry = root.Entry
		return view, n, nil
	}}
}

// mkdir is the tree after a WORKDIR.
func (f *files) mkdir(op *Op, dir string, user owner) *files {
	return f.change(op, func(ctx context.Context, root *node) (*node, error) {
		return root.make(ctx, parts(dir), dress{owner: ownerText(user)}, func(n *node) (*node, error) { return n, nil })
	})
}

// mkcache is the tree with the directory that a cache mount starts from.
func (f *files) mkcache(op *Op, user owner, mode uint64) *files {
	return f.change(op, func(ctx context.Context, root *node) (*node, error) {
		d := dress{owner: ownerText(user), mode: fs.FileMode(mode), set: true}
		return root.make(ctx, []string{"cache"}, d, func(n *node) (*node, error) { return n, nil })
	})
}

func (f *files) mkfile(op *Op, name, data string) *files   { return f.write(op, name, data, 0o644) }
func (f *files) mkscript(op *Op, name, data string) *files { return f.write(op, name, data, 0o755) }

func (f *files) write(op *Op, name, data string, mode fs.FileMode) *files {
	return f.change(op, func(ctx context.Context, root *node) (*node, error) {
		file := &node{entry: buildcontext.Entry{Mode: mode, Size: int64(len(data))}, data: []byte(data)}
		return root.put(ctx, parts(name), dress{}, file)
	})
}

// merge is the tree with a linked layer on it.
func (f *files) merge(op *Op, over *files) *files {
	return f.change(op, func(ctx context.Context, root *node) (*node, error) {
		_, top, err := over.eval(ctx)
		if err != nil {
			return nil, err
		}
		merged := *root
		merged.layers = slices.Concat(root.layers, []layer{{nodes: map[string]*node{}, headers: true}})
		children, unknown, err := top.children(ctx)
		if err != nil || unknown.id != "" {
			return nil, orUnknown(err)
		}
		for _, c := range children {
			merged.layers[len(merged.layers)-1].nodes[c.entry.Name] = c
		}
		return &merged, nil
	})
}

// errUnknown says that a change is not imitated: the tree is unknown after it.
var errUnknown = fmt.Errorf("not imitated")

func orUnknown(err error) error {
	if err == nil {
		return errUnknown
	}
	return err
}

// change is the tree after an operation.
func (f *files) change(op *Op, apply func(ctx context.Context, root *node) (*node, error)) *files {
	return simulated(func(ctx context.Context) (*node, error) {
		_, root, err := f.eval(ctx)
		if err != nil {
			return nil, err
		}
		changed, err := apply(ctx, root)
		if err == errUnknown {
			return unknownDir(op.UnknownID()), nil
		}
		return changed, err
	})
}

func ownerText(o owner) string {
	if o == (owner{}) || (o.user == "0" && (o.group == "" || o.group == "0")) {
		return ""
	}
	if o.group == "" && !o.named() {
		o.group = o.user // a number alone is the group as well
	}
	return o.String()
}

func parts(p string) []string {
	p = strings.Trim(path.Clean(p), "/")
	if p == "" || p == "." {
		return nil
	}
	return strings.Split(p, "/")
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
	if top := len(n.layers) - 1; top >= 0 && n.layers[top].nodes != nil && !n.layers[top].headers {
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

// cover lays an unknown rest over what is known so far: which of the two shows
// is then unknown as well.
func (r *rest) cover(known map[string]*node, over rest) {
	if len(known) == 0 && r.id == "" {
		*r = over
		return
	}
	clear(known)
	r.id, r.since = r.id+"+"+over.id, r.since+over.since
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
	if c.entry.Kind != buildcontext.Dir || whole && !l.headers {
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

// tree shows nodes as a buildcontext.Tree.
type tree struct {
	root *node
	dirs sync.Map // path -> *node, of the directories seen so far
}

func (t *tree) Root(context.Context) (buildcontext.Entry, error) { return t.root.entry, nil }

func (t *tree) find(ctx context.Context, p string) (*node, error) {
	if p == "" {
		return t.root, nil
	}
	if n, ok := t.dirs.Load(p); ok {
		return n.(*node), nil
	}
	dir, name := path.Split(p)
	parent, err := t.find(ctx, strings.TrimSuffix(dir, "/"))
	if err != nil {
		return nil, err
	}
	c, _, err := parent.child(ctx, name)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, &fs.PathError{Op: "find", Path: p, Err: fs.ErrNotExist}
	}
	t.dirs.Store(p, c)
	return c, nil
}

func (t *tree) ReadDir(ctx context.Context, p string, _ buildcontext.Entry) ([]buildcontext.Entry, error) {
	n, err := t.find(ctx, p)
	if err != nil {
		return nil, err
	}
	children, unknown, err := n.children(ctx)
	if err != nil {
		return nil, err
	}
	var entries []buildcontext.Entry
	if unknown.id != "" {
		entries = append(entries, buildcontext.Entry{Kind: buildcontext.Unknown, ID: unknown.id, Since: unknown.since})
	}
	for _, c := range children {
		entries = append(entries, c.entry)
		if c.entry.Kind == buildcontext.Dir {
			t.dirs.Store(path.Join(p, c.entry.Name), c)
		}
	}
	return entries, nil
}

func (t *tree) ReadLink(ctx context.Context, p string, _ buildcontext.Entry) (string, error) {
	n, err := t.find(ctx, p)
	if err != nil {
		return "", err
	}
	if n.from == nil {
		return string(n.data), nil
	}
	return n.from.Tree.ReadLink(ctx, n.at.Path, n.at.Entry)
}

func (t *tree) Open(ctx context.Context, p string, _ buildcontext.Entry) (io.ReadCloser, error) {
	n, err := t.find(ctx, p)
	if err != nil {
		return nil, err
	}
	if n.from == nil {
		return io.NopCloser(bytes.NewReader(n.data)), nil
	}
	return n.from.Tree.Open(ctx, n.at.Path, n.at.Entry)
}
