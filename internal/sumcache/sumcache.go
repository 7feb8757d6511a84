// Package sumcache remembers hashes in one file, from one process to the next.
//
// Nothing depends on what is in the file but time. Whatever is damaged, cut
// off, of another version or of another program is not found, and written anew; that several
// processes write at once costs at most what one of them would have remembered.
//
// The file is a header of one record's size and records of 64 bytes:
//
//	header  magic (24 bytes), how many records are sorted (8, little endian),
//	        zeros (24), check of the 56 bytes before (8)
//	record  id (24), sum (32), check of the 56 bytes before (8)
//
// The id is the beginning of the BLAKE3 hash of the key, and the check of that of the bytes. The
// sorted records come first, and are looked up without reading the file: as the ids are spread evenly,
// a record is near the place where it would be if they were so exactly. What is
// remembered later is appended, until that is so much that all is sorted again
// into a new file, which replaces the old one.
package sumcache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/zeebo/blake3"

	buildcontext "github.com/whybust/whybust/context"
)

const (
	recordSize = 64
	idSize     = 24
	sumSize    = 32
	checked    = idSize + sumSize
	magic      = "whybust sums v1\n\x00\x00\x00\x00\x00\x00\x00\x00"
	fileName   = "sums-v1"
)

// maxRecords bounds the file, at 64 MB. When there are more, the sorted ones are forgotten.
const maxRecords = 1 << 20

// maxTail is how many records may follow the sorted ones: they are read when
// the cache is opened.
const maxTail = 1 << 13

type (
	id     [idSize]byte
	record [recordSize]byte
)

// Cache is an open cache. It implements buildcontext.Memory, and is safe for
// concurrent use. Close writes what was remembered.
type Cache struct {
	dir    string
	file   *os.File // nil if there is none
	sorted int      // records at the beginning of the file
	tail   map[id]buildcontext.Sum
	whole  bool // the file can be appended to

	maxRecords, maxTail int

	mu    sync.Mutex
	added map[id]buildcontext.Sum
}

// Open opens the cache of a directory, which need not exist. Without a usable
// file the cache is empty.
func Open(dir string) *Cache {
	return open(dir, maxRecords, maxTail)
}

func open(dir string, maxRecords, maxTail int) *Cache {
	c := &Cache{dir: dir, maxRecords: maxRecords, maxTail: maxTail}
	c.tail, c.added = map[id]buildcontext.Sum{}, map[id]buildcontext.Sum{}
	f, err := os.Open(filepath.Join(dir, fileName))
	if err != nil {
		return c
	}
	c.file = f
	c.read()
	return c
}

// read reads the header and the tail.
func (c *Cache) read() {
	info, err := c.file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	var header record
	if _, err := c.file.ReadAt(header[:], 0); err != nil || !header.intact() || string(header[:len(magic)]) != magic {
		return
	}
	records := info.Size()/recordSize - 1
	sorted := binary.LittleEndian.Uint64(header[len(magic):])
	if sorted > uint64(min(records, int64(c.maxRecords))) {
		return
	}
	c.sorted = int(sorted)
	count := records - int64(sorted)
	// A torn write at the end would shift what is appended to it.
	c.whole = info.Size()%recordSize == 0 && count <= int64(c.maxTail)
	data := make([]byte, min(count, int64(c.maxTail))*recordSize)
	if _, err := c.file.ReadAt(data, int64(1+sorted)*recordSize); err != nil {
		return
	}
	for r := range slices.Chunk(data, recordSize) {
		if rec := record(r); rec.intact() {
			c.tail[rec.id()] = rec.sum()
		}
	}
}

// Recall returns the sum that was remembered for a key.
func (c *Cache) Recall(key string) (buildcontext.Sum, bool) {
	k := newID(key)
	c.mu.Lock()
	sum, ok := c.added[k]
	c.mu.Unlock()
	if !ok {
		sum, ok = c.tail[k]
	}
	if !ok {
		sum, ok = c.find(k)
	}
	return sum, ok
}

// Remember remembers the sum of a key.
func (c *Cache) Remember(key string, sum buildcontext.Sum) {
	k := newID(key)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.added) < c.maxRecords {
		c.added[k] = sum
	}
}

// Close writes what was remembered since Open. That it could not is no more
// than a pity.
func (c *Cache) Close() error {
	if c.file != nil {
		defer c.file.Close()
	}
	switch {
	case len(c.added) == 0:
		return nil
	case c.whole && len(c.tail)+len(c.added) <= c.maxTail:
		return c.append()
	}
	return c.rewrite()
}

// append writes the new records at the end, in one call, which keeps those of
// several processes apart.
func (c *Cache) append() error {
	f, err := os.OpenFile(c.file.Name(), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	var data []byte
	for k, sum := range c.added {
		r := newRecord(k, sum)
		data = append(data, r[:]...)
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func newID(key string) (k id) {
	sum := blake3.Sum256([]byte(key))
	return id(sum[:])
}

func newRecord(k id, sum buildcontext.Sum) (r record) {
	copy(r[:], k[:])
	copy(r[idSize:], sum[:])
	r.seal()
	return r
}

func (r *record) id() id { return id(r[:idSize]) }

func (r *record) sum() buildcontext.Sum { return buildcontext.Sum(r[idSize:checked]) }

func (r *record) seal() {
	sum := blake3.Sum256(r[:checked])
	copy(r[checked:], sum[:])
}

func (r *record) intact() bool {
	sum := blake3.Sum256(r[:checked])
	return bytes.Equal(r[checked:], sum[:recordSize-checked])
}
