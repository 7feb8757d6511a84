package buildcontext

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"sync"

	"github.com/zeebo/blake3"
)

// Sum is a BLAKE3-256 hash.
type Sum [32]byte

// String returns "blake3:" and 64 hexadecimal digits.
func (s Sum) String() string { return "blake3:" + hex.EncodeToString(s[:]) }

// Digest hashes what selectors take from a view, as the zero Digester does.
func Digest(ctx context.Context, v *View, sels []Selector) (Sum, error) {
	return (&Digester{}).Digest(ctx, v, sels)
}

// Digester computes digests. The zero Digester is ready for use; it is safe for
// concurrent use if Content is.
type Digester struct {
	// Content returns the BLAKE3-256 hash of a file's bytes if it knows it
	// already, say from the file's ID; ok is false if it must be read. Nil
	// knows none.
	Content func(ctx context.Context, n Node) (sum Sum, ok bool, err error)
	// Known is told each file's hash that had to be computed. May be nil.
	Known func(n Node, sum Sum)
	// Parallel is how many files are read at a time; 0 means 1.
	Parallel int
}

// Digest hashes what selectors take from a view. Two digests are equal exactly
// if Compare finds no difference; unlike the IDs of entries, they are the same for a
// commit, its checkout and any fs.FS with the same files.
//
// The digest of selectors, which are first deduplicated and sorted as by
// Compare, is H("selection", d...) with the digest d of each; H is
// BLAKE3-256 over its arguments, each written as its length (unsigned varint)
// and its bytes, after the first argument "whybust context v1". Further:
//
//	file       H("file", mode, owner, c)   c = BLAKE3-256 of the content
//	link       H("link", mode, owner, target)
//	header     H("dir", mode, owner)       of a directory, without what is in it
//	opaque     H("opaque", mode, owner, id)
//	unknown    H("unknown", id)            an unknown without an ID has no digest
//	list       H("list", rel, d, ...)      for each entry its path and digest
//	directory  the list of "" with the header, then "/name" with the digest of each entry
//
// mode is in octal, owner as in Entry. A plain selector has the digest of its node. Any other has that of the list of
// what Walk gives for it, rel beginning with a slash and a followed link being the digest of its target;
// but a list of one entry with the base name of the selector's path has the
// digest of that entry.
//
// It is an error, fs.ErrNotExist, if what a selector needs does not exist.
func (d *Digester) Digest(ctx context.Context, v *View, sels []Selector) (Sum, error) {
	h := newFrames("selection")
	r := &digestRun{Digester: d, ctx: ctx, view: v, slots: make(chan struct{}, max(1, d.Parallel)-1)}
	for _, s := range normalize(sels) {
		sum, err := r.selector(s)
		if err != nil {
			return Sum{}, err
		}
		h.add(sum[:])
	}
	return h.sum(), nil
}

// frames is a hash that keeps what is added to it apart.
type frames struct{ h hash.Hash }

func newFrames(kind string) frames {
	f := frames{blake3.New()}
	f.addString("whybust context v1")
	f.addString(kind)
	return f
}

func (f frames) add(data []byte) {
	var n [binary.MaxVarintLen64]byte
	f.h.Write(n[:binary.PutUvarint(n[:], uint64(len(data)))])
	f.h.Write(data)
}

func (f frames) addString(s string) { f.add([]byte(s)) }

// node begins the hash of a node with what all kinds have.
func node(kind string, e Entry) frames {
	f := newFrames(kind)
	f.addString(fmt.Sprintf("%o", uint32(e.Mode)))
	f.addString(e.Owner)
	return f
}

func (f frames) sum() (s Sum) {
	f.h.Sum(s[:0])
	return s
}

// digestRun is one run of Digest.
type digestRun struct {
	*Digester
	ctx   context.Context
	view  *View
	slots chan struct{} // one for each goroutine besides the caller's
	bufs  sync.Pool     // of *[]byte, each a chunk
}

func (r *digestRun) selector(s Selector) (Sum, error) {
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
		return r.cursor(c)
	}
	var items []item
	err = sel.each(r.ctx, func(it item) error {
		items = append(items, it)
		return nil
	})
	if err != nil {
		return Sum{}, err
	}
	return r.list(items)
}

// list hashes entries, as many at a time as there are slots.
func (r *digestRun) list(items []item) (Sum, error) {
	sums := make([]Sum, len(items))
	done := make(chan error, len(items))
	started := 0
	var err error
	for i, it := range items {
		select {
		case r.slots <- struct{}{}:
			started++
			go func() {
				var err error
				sums[i], err = r.cursor(it.cursor)
				<-r.slots
				done <- err
			}()
		default:
			sums[i], err = r.cursor(it.cursor)
		}
		if err != nil {
			break
		}
	}
	for range started {
		err = firstError(err, <-done)
	}
	h := newFrames("list")
	for i, it := range items {
		h.addString(it.rel)
		h.add(sums[i][:])
	}
	return h.sum(), err
}

// cursor hashes one entry: of a directory, the header unless it is taken whole.
func (r *digestRun) cursor(c cursor) (Sum, error) {
	switch n := c.node; n.Kind {
	case Dir:
		if c.whole {
			return r.dir(n)
		}
		return node("dir", n.Entry).sum(), nil
	case Symlink:
		target, err := r.view.Tree.ReadLink(r.ctx, n.Path, n.Entry)
		f := node("link", n.Entry)
		f.addString(target)
		return f.sum(), err
	case Opaque:
		f := node("opaque", n.Entry)
		f.addString(n.ID)
		return f.sum(), nil
	case Unknown:
		if n.ID == "" {
			return Sum{}, fmt.Errorf("%q: unknown content has no digest", n.Path)
		}
		f := newFrames("unknown")
		f.addString(n.ID)
		return f.sum(), nil
	default:
		return r.file(n)
	}
}

func (r *digestRun) dir(n Node) (Sum, error) {
	children, err := r.view.Children(r.ctx, n)
	if err != nil {
		return Sum{}, err
	}
	items := []item{{"", cursor{node: n}}}
	for _, child := range children {
		items = append(items, item{"/" + child.Name, cursor{node: child, whole: true}})
	}
	return r.list(items)
}

func (r *digestRun) file(n Node) (Sum, error) {
	sum, err := r.content(n)
	f := node("file", n.Entry)
	f.add(sum[:])
	return f.sum(), err
}

func (r *digestRun) content(n Node) (Sum, error) {
	if r.Content != nil {
		if sum, ok, err := r.Content(r.ctx, n); ok || err != nil {
			return sum, err
		}
	}
	file, err := r.view.Tree.Open(r.ctx, n.Path, n.Entry)
	if err != nil {
		return Sum{}, err
	}
	defer file.Close()
	sum, err := r.read(file)
	if err != nil {
		return Sum{}, fmt.Errorf("reading %q: %w", n.Path, err)
	}
	if r.Known != nil {
		r.Known(n, sum)
	}
	return sum, nil
}

// read hashes all that is left of a reader, a chunk at a time.
func (r *digestRun) read(from io.Reader) (Sum, error) {
	buf, ok := r.bufs.Get().(*[]byte)
	if !ok {
		buf = new([]byte)
		*buf = make([]byte, chunk)
	}
	defer r.bufs.Put(buf)
	h := frames{blake3.New()}
	for {
		data, err := fill(from, *buf)
		if err == nil {
			err = r.ctx.Err()
		}
		if err != nil {
			return Sum{}, err
		}
		h.h.Write(data)
		if len(data) < chunk {
			return h.sum(), nil
		}
	}
}
