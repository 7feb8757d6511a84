package buildcontext

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/whybust/whybust/internal/gitrepo"
)

// A history is read as what each commit changed. A snapshot is the tree that results: it
// shares all directories with the one before it but those that lead to a
// change, and only the first look into a directory reads a tree object. So two
// snapshots are compared as two trees of git are, by skipping what is identical, and
// most of it without asking git.
//
// A directory that a change led to has an identity of this process alone.
// If a later commit takes the change back it differs nevertheless, and whoever compares looks
// inside, where the files have git's identities.

// folderNode is a directory that a change led to.
type folderNode struct {
	id      string
	entries []Entry       // sorted
	changed []*folderNode // beside each entry: the directory, if a change led to it too, or nil
}

// newFolderNode is a directory in which no change led further.
func newFolderNode(id string, entries []Entry) *folderNode {
	return &folderNode{id, entries, make([]*folderNode, len(entries))}
}

// put sets, adds or (nil) takes away an entry, whose place is as findEntry told.
func (f *folderNode) put(i int, found bool, e *Entry, below *folderNode) {
	switch {
	case e == nil && found:
		f.entries, f.changed = slices.Delete(f.entries, i, i+1), slices.Delete(f.changed, i, i+1)
	case e == nil:
	case found:
		f.entries[i], f.changed[i] = *e, below
	default:
		f.entries, f.changed = slices.Insert(f.entries, i, *e), slices.Insert(f.changed, i, below)
	}
}

// child is the directory of a name, if a change led to it.
func (f *folderNode) child(name string) *folderNode {
	if i, found := findEntry(f.entries, name); found {
		return f.changed[i]
	}
	return nil
}

// part is what a commit changed at one name of a directory: the entry, what is below it, or both.
type part struct {
	name  string
	entry *gitrepo.RawChange
	below []gitrepo.RawChange
}

// group sorts changes, whose paths have their directory's length in common, by the next name.
func group(changes []gitrepo.RawChange, dir int) []part {
	var parts []part
	var at map[string]int // made if names do not lie together: what follows a/b may be a-b, and then a
	for i, c := range changes {
		name, _, deeper := strings.Cut(c.Path[dir:], "/")
		k := len(parts) - 1
		if k < 0 || parts[k].name != name {
			if at == nil {
				at = make(map[string]int, 8)
			}
			var ok bool
			if k, ok = at[name]; !ok {
				k = len(parts)
				at[name] = k
				parts = append(parts, part{name: name})
			}
		}
		if deeper {
			parts[k].below = append(parts[k].below, c)
		} else {
			parts[k].entry = &changes[i]
		}
	}
	return parts
}

// applier makes new directories from old ones and changes.
type applier struct {
	ctx  context.Context
	repo *Repository
}

// apply returns a directory after changes. It may be empty. length is that of its path, with the slash behind it.
func (a applier) apply(old *folderNode, parts []part, length int) (*folderNode, error) {
	f := &folderNode{a.repo.nextSnapshotID(), slices.Clone(old.entries), slices.Clone(old.changed)}
	for _, p := range parts {
		i, found := findEntry(f.entries, p.name)
		entry, below, err := a.part(f, p, i, found, length+len(p.name)+1)
		if err != nil {
			return nil, err
		}
		f.put(i, found, entry, below)
	}
	return f, nil
}

// part returns what becomes of one entry, nil if it is deleted, and its directory if it is one that changed.
func (a applier) part(f *folderNode, p part, i int, found bool, length int) (*Entry, *folderNode, error) {
	if len(p.below) > 0 {
		old, err := a.old(f, i, found)
		if err != nil {
			return nil, nil, err
		}
		sub, err := a.apply(old, group(p.below, length), length)
		if err != nil {
			return nil, nil, err
		}
		if len(sub.entries) > 0 {
			e := rootEntry(sub.id)
			e.Name = p.name
			return &e, sub, nil
		}
	}
	if p.entry == nil || p.entry.Mode == 0 {
		return nil, nil, nil
	}
	e, ok := gitEntry(gitrepo.TreeEntry{Name: p.name, Mode: p.entry.Mode, OID: p.entry.OID}, gitID+string(p.entry.OID))
	if !ok {
		return nil, nil, fmt.Errorf("%q has the mode %o", p.entry.Path, p.entry.Mode)
	}
	return &e, nil, nil
}

// old is the directory at an entry, or an empty one if that is none.
func (a applier) old(f *folderNode, i int, found bool) (*folderNode, error) {
	if !found || f.entries[i].Kind != Dir || f.entries[i].ID == submodule {
		return &folderNode{}, nil
	}
	if f.changed[i] != nil {
		return f.changed[i], nil
	}
	entries, err := a.repo.readTree(a.ctx, gitrepo.OID(strings.TrimPrefix(f.entries[i].ID, gitID)))
	if err != nil {
		return nil, err
	}
	return newFolderNode("", entries), nil
}

// snapshotID begins the identities of directories that changed.
const snapshotID = "snapshot:"

func (r *Repository) nextSnapshotID() string {
	return snapshotID + strconv.FormatInt(r.snapshots.Add(1), 10)
}

// snapshotTree is a directory of a snapshot.
type snapshotTree struct {
	gitTree  // links and files, and the directories that no change led to
	snapshot *snapshot
}

// Root implements Tree.
func (t *snapshotTree) Root(ctx context.Context) (Entry, error) {
	if n, err := t.node(ctx, ""); n != nil || err != nil {
		return rootEntry(idOf(n)), err
	}
	return t.gitTree.Root(ctx)
}

func idOf(n *folderNode) string {
	if n == nil {
		return ""
	}
	return n.id
}

// node is the changed directory at a path below the subdirectory; nil if there is none.
func (t *snapshotTree) node(ctx context.Context, path string) (*folderNode, error) {
	n, err := t.snapshot.read(ctx)
	for part := range strings.SplitSeq(join(t.subdir, path), "/") {
		if part != "" && n != nil {
			n = n.child(part)
		}
	}
	return n, err
}

// ReadDir implements Tree.
func (t *snapshotTree) ReadDir(ctx context.Context, path string, dir Entry) ([]Entry, error) {
	if !strings.HasPrefix(dir.ID, snapshotID) {
		return t.gitTree.ReadDir(ctx, path, dir)
	}
	n, err := t.node(ctx, path)
	if err != nil {
		return nil, err
	}
	if n != nil && n.id == dir.ID {
		return n.entries, nil
	}
	return nil, fmt.Errorf("directory %q is of another snapshot", path)
}
