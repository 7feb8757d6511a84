package buildcontext

import (
	"context"
	"slices"
	"strings"
)

const gitDir = ".git"

// WithGitDir returns the tree with an Opaque directory .git at its root, in
// place of any that it has: what a client sends that builds from a checkout of
// the commit. What a .git directory holds is not a function of the commit
// (times, packs, logs), but differs from one commit to the next.
func WithGitDir(t Tree, commit string) Tree {
	return gitDirTree{t, &Entry{Name: gitDir, Kind: Opaque, Mode: 0o755, ID: commit, Size: -1}}
}

// WithoutGitDir returns the tree without what is called .git at its root.
func WithoutGitDir(t Tree) Tree { return gitDirTree{t, nil} }

type gitDirTree struct {
	Tree
	entry *Entry
}

func (t gitDirTree) Root(ctx context.Context) (Entry, error) {
	root, err := t.Tree.Root(ctx)
	if root.ID != "" {
		// The ID goes on proving that what is below is equal.
		root.ID += t.mark()
	}
	return root, err
}

// mark is what the .git adds to the identity of the root.
func (t gitDirTree) mark() string {
	if t.entry == nil {
		return "\x00" + gitDir
	}
	return "\x00" + gitDir + "\x00" + t.entry.ID
}

// holds implements prover.
func (t gitDirTree) holds(path, id string) bool {
	p, ok := t.Tree.(prover)
	if path == "" && ok {
		id, ok = strings.CutSuffix(id, t.mark())
	}
	return ok && p.holds(path, id)
}

func (t gitDirTree) ReadDir(ctx context.Context, path string, dir Entry) ([]Entry, error) {
	if path != "" {
		return t.Tree.ReadDir(ctx, path, dir)
	}
	entries, err := t.Tree.ReadDir(ctx, path, t.unwrap(ctx, dir))
	if err != nil {
		return nil, err
	}
	out := make([]Entry, 0, len(entries)+1)
	for _, e := range entries {
		if e.Name != gitDir {
			out = append(out, e)
		}
	}
	if t.entry != nil {
		i, _ := slices.BinarySearchFunc(out, gitDir, byName)
		out = slices.Insert(out, i, *t.entry)
	}
	return out, nil
}

// ahead implements aheadReader.
func (t gitDirTree) ahead(ctx context.Context, entries []Entry) error {
	return readAhead(ctx, t.Tree, entries)
}

// unwrap gives back the root entry as the tree itself made it.
func (t gitDirTree) unwrap(ctx context.Context, dir Entry) Entry {
	if root, err := t.Tree.Root(ctx); err == nil {
		return root
	}
	return dir
}
