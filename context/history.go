package buildcontext

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/whybust/whybust/internal/gitrepo"
)

// LogEntry is a commit of a history.
type LogEntry struct {
	Commit
	// Time is when it was committed.
	Time time.Time
	// Subject is the first line of its message: whatever its author wrote.
	Subject string
	// Attributes is equal for two entries of one Log if the .gitattributes of the two commits are, all
	// of them. It is never 0.
	Attributes int64

	snapshot *snapshot
	changes  []gitrepo.RawChange
	follows  bool // changes are those since the entry before
	part     []*gitrepo.LogEntry
}

// Modified are the files that the commit changed, if it changed nothing but what files hold: no mode, no
// link, no submodule, and no file that was not there before or is no more. ok is false if it did, and for
// the first entry of a log.
func (e *LogEntry) Modified() (paths iter.Seq[string], ok bool) {
	if !e.follows || slices.ContainsFunc(e.changes, func(c gitrepo.RawChange) bool { return !c.Content }) {
		return nil, false
	}
	return func(yield func(string) bool) {
		for i := range e.changes {
			if !yield(e.changes[i].Path) {
				return
			}
		}
	}, true
}

// Coming are the paths that this entry and some of the next ones change, as far as they are known. Of an entry that
// another one told about there are none.
func (e *LogEntry) Coming(yield func(path string) bool) {
	for _, next := range e.part {
		for i := range next.Changes {
			if !yield(next.Changes[i].Path) {
				return
			}
		}
	}
}

// Read reads what Tree needs to know of the trees before; otherwise their first use does. The error is
// one that the trees of later entries will have too.
func (e *LogEntry) Read(ctx context.Context) error {
	_, err := e.snapshot.read(ctx)
	return err
}

// LogOptions say which commits of a history are listed.
type LogOptions = gitrepo.LogOptions

// Tree is Repository.Tree of the commit, which knows what changed since the commit before it and need
// not read it from the repository.
func (e *LogEntry) Tree(subdir string) Tree {
	return &snapshotTree{gitTree: gitTree{repo: e.snapshot.repo, tree: e.tree, subdir: subdir}, snapshot: e.snapshot}
}

// Log lists a commit and its first parents, the oldest first, from one git
// process. In a shallow clone the history ends where the clone does.
func (r *Repository) Log(ctx context.Context, tip Commit, o LogOptions) iter.Seq2[*LogEntry, error] {
	return func(yield func(*LogEntry, error) bool) {
		id, ok := gitrepo.ParseOID(tip.ID)
		if !ok {
			yield(nil, &RevisionError{Revision: tip.ID, Reason: "no commit"})
			return
		}
		l := &logWalk{repo: r, yield: yield}
		for part, err := range r.git.Log(ctx, id, o) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !l.part(ctx, part) {
				return
			}
		}
	}
}

// logWalk is a log under way.
type logWalk struct {
	repo  *Repository
	last  *snapshot
	yield func(*LogEntry, error) bool
}

// part gives the entries that were read at a time. It is false if there are to be no more.
func (l *logWalk) part(ctx context.Context, part []*gitrepo.LogEntry) bool {
	for i, e := range part {
		follows := l.last != nil
		next, err := l.last.next(ctx, l.repo, e)
		if err != nil {
			l.yield(nil, err)
			return false
		}
		l.last = next
		entry := &LogEntry{Commit{e.Commit.Hex(), e.Tree}, e.Time, e.Subject, next.attributes, next, e.Changes, follows, nil}
		if i == 0 {
			entry.part = part
		}
		if !l.yield(entry, nil) {
			return false
		}
	}
	return true
}
