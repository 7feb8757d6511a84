package buildcontext

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"github.com/zeebo/blake3"
)

// digestVersion begins everything that is hashed.
const digestVersion = "whybust context v1"

// Sum is a BLAKE3-256 hash.
type Sum [32]byte

// String returns "blake3:" and 64 hexadecimal digits.
func (s Sum) String() string { return "blake3:" + hex.EncodeToString(s[:]) }

// Digest hashes what selectors take from a view, as the zero Digester does.
func Digest(ctx context.Context, v *View, sels []Selector) (Sum, error) {
	return (&Digester{}).Digest(ctx, v, sels)
}

// Digester computes digests. The zero Digester is ready for use; it is safe for
// concurrent use if Memory is.
type Digester struct {
	// Memory, if not nil, is asked before a file or a directory is read that has
	// an identity of git, and told what came out. It is only for trees whose
	// identities prove the bytes, on any machine: those of commits in a repository without replace refs
	// (Repository.Replaces), and not working trees, whose files a checkout may
	// have written with other line ends.
	Memory Memory
	// Parallel is how many files are read at a time; 0 means 1.
	Parallel int
}

// Memory holds hashes by key: what Digest computed, now or in another process.
// Keys are of any length. It must be safe for concurrent use.
type Memory interface {
	Recall(key string) (sum Sum, ok bool)
	Remember(key string, sum Sum)
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
	r := &digestRun{Digester: d, ctx: ctx, view: v, slots: make(chan struct{}, max(1, d.Parallel)-1)}
	w := r.worker()
	defer r.workers.Put(w)
	var sums []Sum
	for _, s := range normalize(sels) {
		sum, err := r.selector(w, s)
		if err != nil {
			return Sum{}, err
		}
		sums = append(sums, sum)
	}
	f := w.frames("selection")
	for i := range sums {
		f.add(sums[i][:])
	}
	return f.sum(), nil
}

// frames is a hash that keeps what is added to it apart.
type frames struct{ h *blake3.Hasher }

// add adds data, after its length.
func (f frames) add(data []byte) {
	f.length(len(data))
	f.h.Write(data)
}

func (f frames) addString(s string) {
	f.length(len(s))
	f.h.WriteString(s)
}

func (f frames) length(n int) {
	var buf [binary.MaxVarintLen64]byte
	f.h.Write(buf[:binary.PutUvarint(buf[:], uint64(n))])
}

func (f frames) sum() (s Sum) {
	f.h.Sum(s[:0])
	return s
}
