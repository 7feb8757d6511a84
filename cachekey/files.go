package cachekey

import (
	"context"
	"fmt"
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
		} else {
			b.WriteString("\x00" + number + "\x01") // a symbol
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
		children, unknown, err := top.children(ctx)
		if err != nil || unknown.id != "" {
			return nil, orUnknown(err)
		}
		return root.lay(ctx, layer{nodes: append([]*node{}, children...), headers: true})
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

// maxPath is the longest path that Linux takes (PATH_MAX): a build that asks for
// a longer one fails, and it is not imitated.
const maxPath = 4096

func parts(p string) []string {
	p = strings.Trim(path.Clean(p), "/")
	if p == "" || p == "." {
		return nil
	}
	return strings.Split(p, "/")
}
