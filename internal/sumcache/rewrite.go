package sumcache

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// abandoned is the age at which a file that is being written is taken for one
// that its process left behind.
const abandoned = 10 * time.Minute

// rewrite sorts everything into a new file. If another process is at it, this
// one leaves it at that.
func (c *Cache) rewrite() error {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	name := filepath.Join(c.dir, fileName)
	partial := name + ".partial"
	if info, err := os.Lstat(partial); err == nil && time.Since(info.ModTime()) > abandoned {
		os.Remove(partial)
	}
	f, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	err = errors.Join(c.writeSorted(f), f.Close())
	if err == nil {
		err = os.Rename(partial, name)
	}
	if err != nil {
		os.Remove(partial)
	}
	return err
}

// writeSorted writes a whole file.
func (c *Cache) writeSorted(f *os.File) error {
	later := c.later()
	old := c.sorted
	if old+len(later) > c.maxRecords {
		old = 0
	}
	w := bufio.NewWriterSize(f, 1<<18)
	w.Write(make([]byte, recordSize)) // the header, when the count is known
	n, err := merge(w, c.records(old), later)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return err
	}
	var header record
	copy(header[:], magic)
	binary.LittleEndian.PutUint64(header[len(magic):], uint64(n))
	header.seal()
	_, err = f.WriteAt(header[:], 0)
	return err
}

// later returns what is not among the sorted records of the file, sorted.
func (c *Cache) later() []record {
	all := maps.Clone(c.tail)
	maps.Copy(all, c.added)
	records := make([]record, 0, len(all))
	for k, sum := range all {
		records = append(records, newRecord(k, sum))
	}
	slices.SortFunc(records, func(a, b record) int { return bytes.Compare(a[:], b[:]) })
	return records[:min(len(records), c.maxRecords)]
}

// records reads the first n sorted records of the file.
func (c *Cache) records(n int) io.Reader {
	if n == 0 {
		return bytes.NewReader(nil)
	}
	return bufio.NewReaderSize(io.NewSectionReader(c.file, recordSize, int64(n)*recordSize), 1<<18)
}

// merge writes sorted records and later ones, which win over those of the same
// id, and returns how many there are. Damaged ones are left out.
func merge(w io.Writer, sorted io.Reader, later []record) (n int, err error) {
	write := func(r *record) {
		if err == nil {
			_, err = w.Write(r[:])
			n++
		}
	}
	var last id
	for err == nil {
		var r record
		if _, readErr := io.ReadFull(sorted, r[:]); readErr != nil {
			break
		}
		k := r.id()
		if !r.intact() || bytes.Compare(k[:], last[:]) < 0 {
			continue
		}
		last = k
		for len(later) > 0 && bytes.Compare(later[0][:idSize], k[:]) < 0 {
			write(&later[0])
			later = later[1:]
		}
		if len(later) == 0 || later[0].id() != k {
			write(&r)
		}
	}
	for i := range later {
		write(&later[i])
	}
	return n, err
}
