package buildcontext

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"sync"

	"github.com/zeebo/blake3"
)

// A digest is mostly the opening of many small files. So a directory is opened
// once, and its files relative to it (folder.go), one after another into one
// buffer; nothing is allocated to hash a file. What runs at the same time is
// directories, and batches of the files of a large one.

// digestRun is one run of Digest.
type digestRun struct {
	*Digester
	ctx     context.Context
	view    *View
	slots   chan struct{} // one for each goroutine besides the caller's
	workers sync.Pool     // of *worker
}

// worker is what one goroutine needs. It hashes one thing at a time.
type worker struct {
	hash *blake3.Hasher
	buf  []byte // a chunk
}

func (r *digestRun) worker() *worker {
	if w, ok := r.workers.Get().(*worker); ok {
		return w
	}
	return &worker{blake3.New(), make([]byte, chunk)}
}

// frames begins a hash. It must be finished before the next one.
func (w *worker) frames(kind string) frames {
	w.hash.Reset()
	f := frames{w.hash}
	f.addString(digestVersion)
	f.addString(kind)
	return f
}

// node begins the hash of a node with what all kinds have.
func (w *worker) node(kind string, e *Entry) frames {
	f := w.frames(kind)
	var mode [12]byte
	f.add(strconv.AppendUint(mode[:0], uint64(e.Mode), 8))
	f.addString(e.Owner)
	return f
}

func (r *digestRun) selector(w *worker, s Selector) (Sum, error) {
	sel, err := resolve(r.ctx, r.view, s)
	if err != nil {
		return Sum{}, err
	}
	if len(sel.missing) > 0 {
		return Sum{}, fmt.Errorf("%q: %w", sel.missing[0], fs.ErrNotExist)
	}
	c, ok, err := sel.single(r.ctx)
	if err != nil {
		return Sum{}, err
	}
	if ok {
		if sum, ok := r.recall(w, &c); ok {
			return sum, nil
		}
		return r.cursor(w, &c, nil)
	}
	var items []item
	err = sel.each(r.ctx, func(it item) error {
		items = append(items, it)
		return nil
	})
	if err != nil {
		return Sum{}, err
	}
	return r.list(w, items, nil)
}

// list hashes entries, which lie in the folder unless it is nil: as many
// batches at a time as there are slots.
func (r *digestRun) list(w *worker, items []item, in folder) (Sum, error) {
	sums := make([]Sum, len(items))
	var todo []int
	for i := range items {
		var ok bool
		if sums[i], ok = r.recall(w, &items[i].cursor); !ok {
			todo = append(todo, i)
		}
	}
	err := r.hashAll(w, items, todo, sums, in)
	f := w.frames("list")
	for i := range items {
		f.addString(items[i].rel)
		f.add(sums[i][:])
	}
	return f.sum(), err
}

// hashAll hashes entries of a list.
func (r *digestRun) hashAll(w *worker, items []item, todo []int, sums []Sum, in folder) error {
	if _, ok := r.view.Tree.(aheadReader); ok {
		return r.inOrder(w, items, todo, sums)
	}
	batches := split(items, todo)
	errs := make([]error, len(batches))
	var group sync.WaitGroup
	for i, batch := range batches {
		select {
		case r.slots <- struct{}{}:
			group.Go(func() {
				w := r.worker()
				errs[i] = r.batch(w, items, batch, sums, in)
				r.workers.Put(w)
				<-r.slots
			})
		default:
			errs[i] = r.batch(w, items, batch, sums, in)
		}
		if err := r.ctx.Err(); err != nil {
			errs[i] = err
			break
		}
	}
	group.Wait()
	return firstError(errs...)
}

// batchFiles is how many files are worth a goroutine.
const batchFiles = 32

// split cuts a list into batches: a directory, or some files.
func split(items []item, todo []int) (batches [][]int) {
	for len(todo) > 0 {
		n := 0
		for n < len(todo) && n < batchFiles && items[todo[n]].node.Kind != Dir {
			n++
		}
		n = max(n, 1)
		batches, todo = append(batches, todo[:n]), todo[n:]
	}
	return batches
}

func (r *digestRun) batch(w *worker, items []item, batch []int, sums []Sum, in folder) (err error) {
	for _, i := range batch {
		if sums[i], err = r.cursor(w, &items[i].cursor, in); err != nil {
			return err
		}
	}
	return nil
}

// cursor hashes one entry: of a directory, the header unless it is taken whole.
func (r *digestRun) cursor(w *worker, c *cursor, in folder) (Sum, error) {
	switch n := &c.node; n.Kind {
	case Dir:
		if c.whole {
			return r.openDir(w, n, in)
		}
		return w.node("dir", &n.Entry).sum(), nil
	case Symlink:
		target, err := r.view.Tree.ReadLink(r.ctx, n.Path, n.Entry)
		f := w.node("link", &n.Entry)
		f.addString(target)
		return f.sum(), err
	case Opaque:
		f := w.node("opaque", &n.Entry)
		f.addString(n.ID)
		return f.sum(), nil
	case Unknown:
		if n.ID == "" {
			return Sum{}, fmt.Errorf("%q: unknown content has no digest", n.Path)
		}
		f := w.frames("unknown")
		f.addString(n.ID)
		return f.sum(), nil
	default:
		return r.file(w, n, in)
	}
}

func (r *digestRun) openDir(w *worker, n *Node, in folder) (Sum, error) {
	dir, err := openFolder(r.view.Tree, n, in)
	if err != nil {
		return Sum{}, err
	}
	if dir != nil {
		defer dir.close()
	}
	children, err := r.children(n, dir)
	if err != nil {
		return Sum{}, err
	}
	return r.dir(w, n, children, dir)
}

// dir hashes a directory that is taken whole.
func (r *digestRun) dir(w *worker, n *Node, children []Node, dir folder) (Sum, error) {
	items := make([]item, 1, 1+len(children))
	items[0] = item{"", cursor{node: *n}}
	for _, child := range children {
		items = append(items, item{"/" + child.Name, cursor{node: child, whole: true}})
	}
	sum, err := r.list(w, items, dir)
	if key := r.key(n); err == nil && key != "" {
		r.Memory.Remember(key, sum)
	}
	return sum, err
}

// children is View.Children, by way of the folder if there is one.
func (r *digestRun) children(n *Node, dir folder) ([]Node, error) {
	if dir == nil || n.emptied {
		return r.view.Children(r.ctx, *n)
	}
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	entries, err := dir.entries()
	if err != nil {
		return nil, fmt.Errorf("reading directory %q: %w", n.Path, err)
	}
	return r.view.shown(r.ctx, *n, entries)
}

func (r *digestRun) file(w *worker, n *Node, in folder) (Sum, error) {
	sum, err := r.content(w, n, in)
	if key := r.key(n); err == nil && key != "" {
		r.Memory.Remember(key, sum)
	}
	return w.file(n, sum), err
}

func (w *worker) file(n *Node, content Sum) Sum {
	f := w.node("file", &n.Entry)
	f.add(content[:])
	return f.sum()
}

// content hashes what a file holds, a chunk at a time.
func (r *digestRun) content(w *worker, n *Node, in folder) (Sum, error) {
	file, err := openFile(r.ctx, r.view.Tree, n, in)
	if err != nil {
		return Sum{}, err
	}
	defer file.Close()
	w.hash.Reset()
	for {
		data, err := fill(file, w.buf)
		if err == nil {
			err = r.ctx.Err()
		}
		if err != nil {
			return Sum{}, fmt.Errorf("reading %q: %w", n.Path, err)
		}
		w.hash.Write(data)
		if len(data) < len(w.buf) {
			return frames{w.hash}.sum(), nil
		}
	}
}

func openFile(ctx context.Context, t Tree, n *Node, in folder) (io.ReadCloser, error) {
	if in == nil {
		return t.Open(ctx, n.Path, n.Entry)
	}
	file, err := in.open(n.Name)
	if err != nil {
		return nil, fmt.Errorf("opening %q: %w", n.Path, err)
	}
	return file, nil
}

// recall returns the hash of a file, or of a whole directory, if it is remembered.
func (r *digestRun) recall(w *worker, c *cursor) (Sum, bool) {
	if c.node.Kind == Dir && !c.whole {
		return Sum{}, false
	}
	key := r.key(&c.node)
	if key == "" {
		return Sum{}, false
	}
	sum, ok := r.Memory.Recall(key)
	if ok && c.node.Kind == File {
		sum = w.file(&c.node, sum)
	}
	return sum, ok
}

// memoryVersion changes with what a directory's key does not say: which paths the rules of
// package dockerignore ignore. TestMemoryVersion notices.
const memoryVersion = "1"

// key is what a node is remembered by: a file for its content, and a whole
// directory for its digest. It is empty if it is not to be.
func (r *digestRun) key(n *Node) string {
	if r.Memory == nil || !strings.HasPrefix(n.ID, gitID) {
		return ""
	}
	switch n.Kind {
	case File:
		return "file " + n.ID
	case Dir:
		return fmt.Sprintf("directory %s %s %o %q %s", digestVersion, memoryVersion, n.Mode, n.Owner, r.view.Identity(*n))
	}
	return ""
}
