package buildcontext

import (
	"context"
	"iter"
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
		var last *snapshot
		for e, err := range r.git.Log(ctx, id, o) {
			if err == nil {
				last, err = last.next(ctx, r, e)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(&LogEntry{Commit{e.Commit.Hex(), e.Tree}, e.Time, e.Subject, last.attributes, last}, nil) {
				return
			}
		}
	}
}
