package gitrepo

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"io/fs"
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// Scan finds the directories of a working tree that are as the index has them.
// It is safe for concurrent use. The zero Scan knows nothing.
type Scan struct {
	index *Index
	mu    sync.Mutex
	done  map[string]bool // by path from the root of the working tree with a final slash, "" for the root
	seed  maphash.Seed
	slots chan struct{} // one for each goroutine besides the callers'
	bufs  sync.Pool     // of *[]byte, for getdents
}

// NewScan begins a scan that has looked at nothing yet.
func NewScan(x *Index) *Scan {
	return &Scan{index: x, done: map[string]bool{}, seed: maphash.MakeSeed(), slots: make(chan struct{}, runtime.GOMAXPROCS(0)-1)}
}

// Holds reports whether a directory of the working tree holds exactly what a
// tree object does. False may be wrong. dir is the directory, path its path
// from the root of the working tree, whose .git does not count. What is in it is looked at once.
func (s *Scan) Holds(dir *os.File, path string, id OID) bool {
	if s == nil || !s.index.isTree(path, id) {
		return false
	}
	if path != "" {
		path += "/"
	}
	s.mu.Lock()
	same, ok := s.done[path]
	s.mu.Unlock()
	if ok {
		return same
	}
	same = s.scan(int(dir.Fd()), path, s.index.below(path))
	runtime.KeepAlive(dir)
	return same
}

// Known reports whether Holds needs no directory to be opened, and its answer.
func (s *Scan) Known(path string, id OID) (same, ok bool) {
	if s == nil || !s.index.isTree(path, id) {
		return false, true
	}
	if path != "" {
		path += "/"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	same, ok = s.done[path]
	return same, ok
}

// scan compares a directory and all below with the entries of the index. It
// goes on after a difference, for the sake of the subdirectories.
func (s *Scan) scan(fd int, prefix string, entries []indexEntry) bool {
	var subdirs sync.WaitGroup
	differs := make(chan struct{}, 1)
	same := true
	var names uint64 // of what the index has, in any order
	for len(entries) > 0 {
		name, inside, rest := cutSubdir(entries, prefix)
		if name != "" {
			names += maphash.String(s.seed, name)
			entries = rest
			s.subdir(fd, name, prefix+name+"/", inside, &subdirs, differs)
			continue
		}
		e := entries[0]
		entries = entries[1:]
		name = e.path[len(prefix):]
		names += maphash.String(s.seed, name)
		same = same && s.file(fd, name, e)
	}
	if same {
		found, err := s.names(fd, prefix == "")
		same = err == nil && found == names
	}
	subdirs.Wait()
	select {
	case <-differs:
		same = false
	default:
	}
	s.mu.Lock()
	s.done[prefix] = same
	s.mu.Unlock()
	return same
}

// subdir scans a subdirectory, beside the caller if there is a slot. A directory that cannot be opened
// differs.
func (s *Scan) subdir(parent int, name, prefix string, entries []indexEntry, group *sync.WaitGroup, differs chan<- struct{}) {
	do := func() {
		if !s.open(parent, name, prefix, entries) {
			select {
			case differs <- struct{}{}:
			default:
			}
		}
	}
	select {
	case s.slots <- struct{}{}:
		group.Go(func() {
			do()
			<-s.slots
		})
	default:
		do()
	}
}

func (s *Scan) open(parent int, name, prefix string, entries []indexEntry) bool {
	fd, err := unix.Openat(parent, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return s.scan(fd, prefix, entries)
}

func (s *Scan) file(dir int, name string, e indexEntry) bool {
	var raw unix.Stat_t
	if unix.Fstatat(dir, name, &raw, unix.AT_SYMLINK_NOFOLLOW) != nil {
		return false
	}
	st := statEntry{
		exec: raw.Mode&0o100 != 0, size: uint32(raw.Size), ino: uint32(raw.Ino), uid: raw.Uid, gid: raw.Gid,
		mtime: timestamp{uint32(raw.Mtim.Sec), uint32(raw.Mtim.Nsec)},
		ctime: timestamp{uint32(raw.Ctim.Sec), uint32(raw.Ctim.Nsec)},
	}
	switch raw.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFLNK:
		st.kind = fs.ModeSymlink
	default:
		return false
	}
	return s.index.unchanged(e, &st)
}

// direntName is where the name stands in a struct linux_dirent64, after the
// inode, the offset, the length and the type.
const direntName = 8 + 8 + 2 + 1

// names returns the sum of the hashes of the names in a directory: equal sums of two lists of different
// names mean, but for an accident of one in 2^64, the same names. The .git of the root does not count.
func (s *Scan) names(fd int, root bool) (sum uint64, err error) {
	buf, ok := s.bufs.Get().(*[]byte)
	if !ok {
		buf = new([]byte)
		*buf = make([]byte, 32<<10)
	}
	defer s.bufs.Put(buf)
	for {
		n, err := unix.Getdents(fd, *buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return sum, err
		}
		for rest := (*buf)[:n]; len(rest) > direntName; {
			length := int(binary.NativeEndian.Uint16(rest[16:]))
			if length <= direntName || length > len(rest) {
				return 0, fs.ErrInvalid
			}
			name, _, _ := bytes.Cut(rest[direntName:length], []byte{0})
			rest = rest[length:]
			if text := string(name); text == "." || text == ".." || root && text == ".git" {
				continue
			}
			sum += maphash.Bytes(s.seed, name)
		}
	}
}
