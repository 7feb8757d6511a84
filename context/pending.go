package buildcontext

import (
	"context"
	"fmt"
	"path"
	"strings"
	"sync"

	"github.com/whybust/whybust/internal/gitattr"
	"github.com/whybust/whybust/internal/gitrepo"
)

// snapshot is the tree of a commit of a log. What it holds is made from a tree and what commits changed since, when
// somebody first looks; of most commits of a history nobody wants to know more than what they changed.
type snapshot struct {
	repo       *Repository
	commit     string
	attributes int64 // see LogEntry.Attributes

	mu   sync.Mutex
	root *folderNode // nil until it is read; then there is nothing below
	own  []gitrepo.RawChange
	// before is the snapshot that own are the changes of, until there is another one after this: two neighbours share their
	// directories, so that they are compared quickly.
	before  *snapshot
	pending *pending
	upTo    int // in pending.changes
}

// pending are the changes of some commits in a row, the later ones at the end.
type pending struct {
	root    *folderNode // what they are changes of
	changes []gitrepo.RawChange
	paths   int // of the changes, when each path was last left in once
}

const (
	maxRepeated = 1 << 14 // changes that later ones may make void, beside as many as there are paths
	maxPending  = 1 << 16 // paths
)

// next is the snapshot after a commit's changes; of nil, that of the commit itself.
func (s *snapshot) next(ctx context.Context, r *Repository, e *gitrepo.LogEntry) (*snapshot, error) {
	n := &snapshot{repo: r, commit: e.Commit.Hex(), own: e.Changes}
	if s == nil {
		n.attributes = r.snapshots.Add(1)
		entries, err := r.readTree(ctx, e.Tree)
		n.root = newFolderNode(gitID+string(e.Tree), entries)
		return n, err
	}
	if len(e.Changes) == 0 {
		return s, nil
	}
	p, err := s.changesUntil(ctx)
	if err != nil {
		return nil, err
	}
	p.changes = append(p.changes, e.Changes...)
	n.before, n.pending, n.upTo, n.attributes = s, p, len(p.changes), s.attributesAfter(e)
	return n, nil
}

// attributesAfter is LogEntry.Attributes after a commit's changes.
func (s *snapshot) attributesAfter(e *gitrepo.LogEntry) int64 {
	for _, c := range e.Changes {
		if path.Base(c.Path) == gitattr.Name {
			s.repo.foundAttributes()
			return s.repo.snapshots.Add(1)
		}
	}
	return s.attributes
}

// changesUntil are the changes that lead to a snapshot, to which those of the next one can be added.
func (s *snapshot) changesUntil(ctx context.Context) (*pending, error) {
	s.mu.Lock()
	s.before = nil
	root, p := s.root, s.pending
	s.mu.Unlock()
	if root != nil {
		return &pending{root: root}, nil
	}
	if len(p.changes) < 2*p.paths+maxRepeated {
		return p, nil
	}
	last := lastOfEach(p.changes)
	if len(last) > maxPending {
		root, err := s.read(ctx)
		return &pending{root: root}, err
	}
	return &pending{p.root, last, len(last)}, nil
}

// lastOfEach leaves out changes of paths that change again later.
func lastOfEach(changes []gitrepo.RawChange) []gitrepo.RawChange {
	at := make(map[string]int, len(changes))
	for i, c := range changes {
		at[c.Path] = i
	}
	last := make([]gitrepo.RawChange, 0, len(at))
	for i, c := range changes {
		if at[c.Path] == i {
			c.Path, c.OID = strings.Clone(c.Path), gitrepo.OID(strings.Clone(string(c.OID))) // they are parts of longer texts
			last = append(last, c)
		}
	}
	return last
}

// read is the root directory.
func (s *snapshot) read(ctx context.Context) (*folderNode, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root != nil {
		return s.root, nil
	}
	from, changes := s.pending.root, s.own
	if s.before != nil {
		var err error
		if from, err = s.before.read(ctx); err != nil {
			return nil, err
		}
	} else {
		changes = lastOfEach(s.pending.changes[:s.upTo])
	}
	a := applier{ctx, s.repo}
	root, err := a.apply(from, group(changes, 0), 0)
	if err != nil {
		return nil, fmt.Errorf("commit %s: %w", s.commit, err)
	}
	s.root, s.own, s.before, s.pending = root, nil, nil, nil
	return root, nil
}
