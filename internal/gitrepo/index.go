package gitrepo

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sort"
	"strings"
)

// The index says of every tracked file which blob it held, and how the file
// looked to lstat at that moment. A file that still looks the same holds the
// same content, without being read. The format is in git's
// Documentation/gitformat-index.txt, the rules of the comparison are those of
// read-cache.c and racy-git.txt.
//
// With an eol or filter attribute the content of the blob is not the content of the file. Git compares a
// working tree with the index in the same way, and a checkout of that blob in this repository would write what the
// file holds, so "unchanged since the index" still means "as checked out".

// Index is a parsed index file. It is immutable.
type Index struct {
	entries []indexEntry // sorted by path, bytewise
	data    string       // the file; entries point into it
	oidLen  int
	written timestamp // when the file was written
	trees   map[OID]cachedTree
	treeAt  map[string]OID // by path as in cachedTree
}

// indexEntry is one tracked path.
type indexEntry struct {
	path string
	at   uint32 // where the fixed part starts in the file
}

// timestamp is a time as the index holds it.
type timestamp struct{ sec, nsec uint32 }

// The fixed part of an entry: ten 32-bit numbers, the id, 16 bits of
// flags, and in version 3 another 16 if the first say so.
const (
	atCtime = 4 * iota
	atCtimeNsec
	atMtime
	atMtimeNsec
	atDev
	atIno
	atMode
	atUID
	atGID
	atSize
	atOID
)

const (
	flagExtended    = 0x4000
	flagStage       = 0x3000
	extIntentToAdd  = 0x2000
	extSkipWorkTree = 0x4000
)

// errIndex is in the chain of what ReadIndex returns for an index that it
// cannot use: a split one, or one of an unknown version.
var errIndex = errors.New("git index is not understood")

// ReadIndex reads the repository's index, again only if it was written since. A
// repository without one has an empty one.
func (r *Repo) ReadIndex() (*Index, error) {
	f, info, err := openRegular(r.IndexFile)
	if errors.Is(err, fs.ErrNotExist) {
		return &Index{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r.mu.Lock()
	last := r.lastIndex
	r.mu.Unlock()
	if last.index != nil && os.SameFile(last.info, info) && last.info.ModTime().Equal(info.ModTime()) && last.info.Size() == info.Size() {
		return last.index, nil
	}
	x, err := r.readIndex(f, info)
	if err == nil {
		r.mu.Lock()
		r.lastIndex = readIndex{info, x}
		r.mu.Unlock()
	}
	return x, err
}

// readIndex is an index, and the file that it was read from.
type readIndex struct {
	info  fs.FileInfo
	index *Index
}

// maxIndex is the size of the index of some four million files.
const maxIndex = 512 << 20

func (r *Repo) readIndex(f io.Reader, info fs.FileInfo) (*Index, error) {
	if info.Size() > maxIndex {
		return nil, fmt.Errorf("%w: %d bytes", errIndex, info.Size())
	}
	var data strings.Builder
	data.Grow(int(info.Size()))
	if _, err := io.Copy(&data, io.LimitReader(f, maxIndex)); err != nil {
		return nil, err
	}
	oidLen := sha1Len
	if r.ObjectFormat == "sha256" {
		oidLen = sha256Len
	}
	x, err := ParseIndex(data.String(), oidLen)
	if err != nil {
		return nil, err
	}
	t := info.ModTime()
	x.written = timestamp{uint32(t.Unix()), uint32(t.Nanosecond())}
	return x, nil
}

// ParseIndex parses an index file whose ids have oidLen bytes. The result knows no time of writing, so
// all its entries count as racy.
func ParseIndex(data string, oidLen int) (*Index, error) {
	if len(data) < 12+oidLen || len(data) > 1<<31 || data[:4] != "DIRC" {
		return nil, errIndex
	}
	x := &Index{data: data[:len(data)-oidLen], oidLen: oidLen}
	version := x.uint32(4)
	count := int(x.uint32(8))
	if version < 2 || version > 4 || count > len(data)/(atOID+oidLen) {
		return nil, fmt.Errorf("%w: version %d", errIndex, version)
	}
	x.entries = make([]indexEntry, 0, count)
	at, previous := 12, ""
	room := maxPaths * (len(data) + 1<<10)
	for range count {
		e, next, err := x.parseEntry(at, version, previous)
		if err != nil {
			return nil, err
		}
		if e.path < previous {
			return nil, fmt.Errorf("%w: not in order", errIndex)
		}
		if room -= len(e.path); room < 0 {
			return nil, fmt.Errorf("%w: paths longer than all file systems allow", errIndex)
		}
		x.entries = append(x.entries, e)
		at, previous = next, e.path
	}
	return x, x.parseExtensions(at)
}

// maxPaths is how many times larger than the index its paths may be together: in version 4 a path
// takes few bytes if it is like the one before, so that they could grow with the square of the file.
const maxPaths = 8

// parseEntry parses the entry at an offset, and returns that of the next one.
func (x *Index) parseEntry(at int, version uint32, previous string) (indexEntry, int, error) {
	name := at + atOID + x.oidLen + 2
	if name > len(x.data) {
		return indexEntry{}, 0, errIndex
	}
	if x.uint16(name-2)&flagExtended != 0 {
		if version < 3 {
			return indexEntry{}, 0, errIndex
		}
		name += 2
	}
	if name >= len(x.data) {
		return indexEntry{}, 0, errIndex
	}
	prefix := ""
	if version == 4 {
		strip, n := offsetVarint(x.data[name:])
		if n == 0 || strip > uint64(len(previous)) {
			return indexEntry{}, 0, errIndex
		}
		prefix, name = previous[:len(previous)-int(strip)], name+n
	}
	length := strings.IndexByte(x.data[name:], 0)
	if length < 0 {
		return indexEntry{}, 0, errIndex
	}
	e := indexEntry{path: x.data[name : name+length], at: uint32(at)}
	if version == 4 {
		e.path = prefix + e.path
		return e, name + length + 1, nil
	}
	// One to eight NUL bytes end an entry at a multiple of eight.
	return e, at + (name+length-at+8)&^7, nil
}

// parseExtensions goes through what follows the entries. Extensions in lower case change
// what the entries mean: the rest of a split index is in another file.
func (x *Index) parseExtensions(at int) error {
	for at < len(x.data) {
		if at+8 > len(x.data) {
			return errIndex
		}
		name, size := x.data[at:at+4], int(x.uint32(at+4))
		at += 8
		if size > len(x.data)-at {
			return errIndex
		}
		// "sdir" says that a directory that is kept out of the working tree may be one entry.
		if name != "sdir" && (name[0] < 'A' || name[0] > 'Z') {
			return fmt.Errorf("%w: extension %q", errIndex, name)
		}
		if name == "TREE" {
			x.parseCacheTree(x.data[at : at+size])
		}
		at += size
	}
	return nil
}

func (x *Index) uint16(at int) uint16 { return uint16(x.data[at])<<8 | uint16(x.data[at+1]) }

func (x *Index) uint32(at int) uint32 {
	return uint32(x.uint16(at))<<16 | uint32(x.uint16(at+2))
}

// offsetVarint decodes the number of bytes to strip in version 4; n is 0 if there is none.
func offsetVarint(s string) (v uint64, n int) {
	for n < len(s) && n < 8 {
		c := s[n]
		n++
		v = v<<7 | uint64(c&0x7f)
		if c&0x80 == 0 {
			return v, n
		}
		v++
	}
	return 0, 0
}

// Len returns the number of entries.
func (x *Index) Len() int { return len(x.entries) }

// IndexDir looks up the files of one directory in the order of their names.
type IndexDir struct {
	x      *Index
	prefix string // "" or the path with a final slash
	next   int
}

// Dir returns the tracked files of a directory, given by its path from the
// root of the working tree.
func (x *Index) Dir(path string) *IndexDir {
	if path != "" {
		path += "/"
	}
	return &IndexDir{x, path, x.search(0, path)}
}

// search returns the first entry at or after from whose path is not less.
func (x *Index) search(from int, path string) int {
	return from + sort.Search(len(x.entries)-from, func(i int) bool { return x.entries[from+i].path >= path })
}

// Clean returns the blob of the file of this name if info, which must be that of an
// lstat, says that the file is as it was when the index was written. Names must come in order.
func (d *IndexDir) Clean(name string, info fs.FileInfo) (OID, bool) {
	i, ok := d.seek(name)
	if !ok || !d.x.clean(d.x.entries[i], info) {
		return "", false
	}
	return d.x.oid(d.x.entries[i]), true
}

// Gitlink returns the commit of the submodule of this name, if it is one. Names must come in order.
func (d *IndexDir) Gitlink(name string) (OID, bool) {
	i, ok := d.seek(name)
	if !ok || d.x.uint32(int(d.x.entries[i].at)+atMode)&ModeType != ModeGitlink {
		return "", false
	}
	return d.x.oid(d.x.entries[i]), true
}

// seek finds the entry of a file. The next name's is mostly the next entry, but
// the files of a subdirectory may lie between.
func (d *IndexDir) seek(name string) (int, bool) {
	for step := 1; d.next < len(d.x.entries); step *= 2 {
		rest, below := strings.CutPrefix(d.x.entries[d.next].path, d.prefix)
		if !below || rest >= name {
			return d.next, below && rest == name
		}
		if step > 4 {
			d.next = d.x.search(d.next, d.prefix+name)
		} else {
			d.next++
		}
	}
	return 0, false
}

func (x *Index) oid(e indexEntry) OID {
	at := int(e.at) + atOID
	return OID(x.data[at : at+x.oidLen])
}

// clean is git's ie_match_stat, without its leniency: settings such as
// core.trustctime, and flags such as assume-unchanged, can only make it trust more.
func (x *Index) clean(e indexEntry, info fs.FileInfo) bool {
	t := info.ModTime()
	mtime := timestamp{uint32(t.Unix()), uint32(t.Nanosecond())}
	return x.looksClean(e, info.Mode().Type(), uint32(info.Size()), mtime) && x.sameInode(int(e.at), info)
}

// looksClean compares what every system knows of a file.
func (x *Index) looksClean(e indexEntry, kind fs.FileMode, size uint32, mtime timestamp) bool {
	if !x.committed(e) {
		return false
	}
	at := int(e.at)
	var wantType fs.FileMode
	switch x.uint32(at+atMode) & ModeType {
	case ModeFile:
	case ModeSymlink:
		wantType = fs.ModeSymlink
	default:
		return false
	}
	was := timestamp{x.uint32(at + atMtime), x.uint32(at + atMtimeNsec)}
	if kind != wantType || !was.before(x.written) {
		// Racy: a later change within one tick of the clock would not show.
		return false
	}
	wasSize := x.uint32(at + atSize)
	if wasSize == 0 && !emptyBlob(x.oid(e)) {
		// This is how git marks an entry that it found racy.
		return false
	}
	return size == wasSize && mtime == was
}

// committed reports whether an entry is what the next commit would hold: no
// side of a merge conflict, and not merely announced by git add --intent-to-add.
func (x *Index) committed(e indexEntry) bool {
	at := int(e.at) + atOID + x.oidLen
	flags := x.uint16(at)
	return flags&flagStage == 0 &&
		(flags&flagExtended == 0 || x.uint16(at+2)&extIntentToAdd == 0)
}

func (t timestamp) before(u timestamp) bool {
	return t.sec < u.sec || t.sec == u.sec && t.nsec < u.nsec
}

// emptyBlob reports whether an id is that of the blob without content.
func emptyBlob(id OID) bool {
	return id == "\xe6\x9d\xe2\x9b\xb2\xd1\xd6\x43\x4b\x8b\x29\xae\x77\x5a\xd8\xc2\xe4\x8c\x53\x91" ||
		id == "\x47\x3a\x0f\x4c\x3b\xe8\xa9\x36\x81\xa2\x67\xe3\xb1\xe9\xa7\xdc\xda\x11\x85\x43\x6f\xe1\x41\xf7\x74\x91\x20\xa3\x03\x72\x18\x13"
}

// Below reports whether a file below a directory is tracked, given by its path
// from the root of the working tree.
func (x *Index) Below(path string) bool {
	i := x.search(0, path+"/")
	return i < len(x.entries) && strings.HasPrefix(x.entries[i].path, path+"/")
}

// KeptOut reports whether git is told not to have a file in the working tree (the bit
// skip-worktree, which sparse-checkout sets), given by its path from the root of the working tree.
func (x *Index) KeptOut(path string) bool {
	for i := x.search(0, path); i < len(x.entries) && x.entries[i].path == path; i++ {
		return x.keptOut(x.entries[i])
	}
	// The whole of a directory above it may be one entry.
	for i := len(path) - 1; i > 0; i-- {
		if path[i] != '/' {
			continue
		}
		dir := path[:i+1]
		if k := x.search(0, dir); k < len(x.entries) && x.entries[k].path == dir {
			return x.keptOut(x.entries[k])
		}
	}
	return false
}

func (x *Index) keptOut(e indexEntry) bool {
	at := int(e.at) + atOID + x.oidLen
	return x.uint16(at)&flagExtended != 0 && x.uint16(at+2)&extSkipWorkTree != 0
}
