package buildcontext

import (
	"runtime"
	"sync"
)

// Reading a directory is mostly waiting for lstat, and who walks a tree asks
// for one directory after another. So when a directory was asked for, its
// subdirectories are read by other goroutines meanwhile, but not what is in those: what an
// ignore rule keeps a build from looking into costs one listing each at most,
// and one of no more than aheadLimit entries.
//
// Listings are kept. A tree thus shows each directory as it was at the first look,
// and two answers cannot contradict each other.

// aheadLimit is the number of entries at which reading ahead gives up.
const aheadLimit = 4096

// listing is one directory, read or yet to be read.
type listing struct {
	mu      sync.Mutex // held while it is read
	done    bool
	asked   bool
	entries []Entry
	err     error
}

// listings are the directories of a tree by path.
type listings struct {
	// read lists a directory. It gives up with ok false when it finds more
	// entries than limit, unless that is 0.
	read func(path string, limit int) (entries []Entry, ok bool, err error)

	mu      sync.Mutex
	known   map[string]*listing
	ahead   [][]string // paths to read; the last list first, each in order
	workers int
	idle    sync.WaitGroup
	closed  bool
}

// get returns the entries of a directory.
func (ls *listings) get(path string) ([]Entry, error) {
	l := ls.listing(path)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.done {
		l.entries, _, l.err = ls.read(path, 0)
		l.done = true
	}
	if !l.asked {
		l.asked = true
		ls.readAhead(path, l.entries)
	}
	return l.entries, l.err
}

func (ls *listings) listing(path string) *listing {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l := ls.known[path]
	if l == nil {
		l = &listing{}
		if ls.known == nil {
			ls.known = map[string]*listing{}
		}
		ls.known[path] = l
	}
	return l
}

// readAhead has the subdirectories of a directory read.
func (ls *listings) readAhead(dir string, entries []Entry) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	var paths []string
	for _, e := range entries {
		path := join(dir, e.Name)
		if e.Kind == Dir && ls.known[path] == nil {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 || ls.closed {
		return
	}
	ls.ahead = append(ls.ahead, paths)
	if ls.workers < runtime.GOMAXPROCS(0) {
		ls.workers++
		ls.idle.Go(ls.work)
	}
}

// work reads ahead until there is nothing to read.
func (ls *listings) work() {
	for path, ok := ls.nextAhead(); ok; path, ok = ls.nextAhead() {
		l := ls.listing(path)
		// Who holds the lock is reading it.
		if !l.mu.TryLock() {
			continue
		}
		if !l.done {
			l.entries, l.done, l.err = ls.read(path, aheadLimit)
		}
		l.mu.Unlock()
	}
}

func (ls *listings) nextAhead() (path string, ok bool) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for !ls.closed && len(ls.ahead) > 0 {
		last := len(ls.ahead) - 1
		if paths := ls.ahead[last]; len(paths) > 0 {
			ls.ahead[last] = paths[1:]
			return paths[0], true
		}
		ls.ahead = ls.ahead[:last]
	}
	ls.workers--
	return "", false
}

// close waits until nothing is read ahead any more.
func (ls *listings) close() {
	ls.mu.Lock()
	ls.closed = true
	ls.mu.Unlock()
	ls.idle.Wait()
}
