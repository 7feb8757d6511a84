package sumcache

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"sort"

	buildcontext "github.com/whybust/whybust/context"
)

// window is how many records are read at a time: with n records, one is
// mostly within √n/2 of its place.
const window = 256

// maxReads bounds the reads of one search, which more can only exceed in a damaged file.
const maxReads = 64

// find looks an id up among the sorted records of the file.
func (c *Cache) find(k id) (buildcontext.Sum, bool) {
	lo, hi := 0, c.sorted
	place, _ := bits.Mul64(binary.BigEndian.Uint64(k[:]), uint64(hi))
	at := int(place)
	buf := make([]byte, 0, window*recordSize)
	for range maxReads {
		start := max(lo, min(at-window/2, hi-window))
		end := min(start+window, hi)
		if start >= end {
			break
		}
		buf = buf[:(end-start)*recordSize]
		if _, err := c.file.ReadAt(buf, int64(1+start)*recordSize); err != nil {
			break
		}
		switch {
		case bytes.Compare(k[:], buf[:idSize]) < 0:
			hi, at = start, start-window/2
		case bytes.Compare(k[:], buf[len(buf)-recordSize:][:idSize]) > 0:
			lo, at = end, end+window/2
		default:
			return search(buf, k)
		}
	}
	return buildcontext.Sum{}, false
}

// search looks an id up in sorted records.
func search(records []byte, k id) (buildcontext.Sum, bool) {
	n := len(records) / recordSize
	i := sort.Search(n, func(i int) bool { return bytes.Compare(records[i*recordSize:][:idSize], k[:]) >= 0 })
	if i == n {
		return buildcontext.Sum{}, false
	}
	r := record(records[i*recordSize:])
	if r.id() != k || !r.intact() {
		return buildcontext.Sum{}, false
	}
	return r.sum(), true
}
