package buildcontext

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/whybust/whybust/internal/gitattr"
	"github.com/whybust/whybust/internal/gitrepo"
)

// ErrNotRepository is in the chain of the error of OpenRepository for a
// directory that is in no git repository.
var ErrNotRepository = gitrepo.ErrNotRepository

// RevisionError says that a revision does not name a commit, and why.
type RevisionError = gitrepo.RevisionError

// Repository is a git repository whose revisions and working tree can be read
// as contexts. It runs one git process, which Close ends, and nothing
// that the repository could bring along. It is safe for concurrent use.
type Repository struct {
	git *gitrepo.Repo

	mu        sync.Mutex
	trees     map[gitrepo.OID][]Entry
	held      int // entries in trees
	attrs     bool
	snapshots atomic.Int64
	index     *gitrepo.Index
	closers   []io.Closer
}

// OpenRepository opens the repository that a directory is in. ctx bounds the
// opening only. Revisions are asked for at once: a Resolve of them that follows
// need not wait for each.
func OpenRepository(ctx context.Context, dir string, revisions ...string) (*Repository, error) {
	git, err := gitrepo.Open(ctx, dir, commitNames(revisions)...)
	if err != nil {
		return nil, err
	}
	return &Repository{git: git, trees: map[gitrepo.OID][]Entry{}, index: &gitrepo.Index{}}, nil
}

// WorkTreePath returns the absolute path of the root of the working tree; it is empty if there is none.
func (r *Repository) WorkTreePath() string { return r.git.WorkTree }

// Prefix returns the path of the opened directory from the root of the working tree, slash-separated; it is
// empty at the root.
func (r *Repository) Prefix() string { return r.git.Prefix }

// ObjectsRead returns how many trees and blobs were read from the repository so far.
func (r *Repository) ObjectsRead() (trees, blobs int) { return r.git.Trees(), r.git.Blobs() }

// HasAttributes reports whether one of the directories that were read so far, of any commit or of
// a working tree, has a .gitattributes, or an entry of a Log changed one.
func (r *Repository) HasAttributes() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.attrs
}

// noteAttributes notes whether a directory has a .gitattributes.
func (r *Repository) noteAttributes(entries []Entry) {
	if _, ok := findEntry(entries, gitattr.Name); ok {
		r.foundAttributes()
	}
}

func (r *Repository) foundAttributes() {
	r.mu.Lock()
	r.attrs = true
	r.mu.Unlock()
}

// Close ends the git process. The repository's trees cannot be read
// afterwards.
func (r *Repository) Close() error {
	r.mu.Lock()
	closers := r.closers
	r.closers = nil
	r.mu.Unlock()
	for _, c := range closers {
		c.Close()
	}
	return r.git.Close()
}

// Commit is a commit of a Repository.
type Commit struct {
	ID   string // in hex
	tree gitrepo.OID
}

// Resolve returns the commit that a revision names. The error is a
// *RevisionError if there is none.
func (r *Repository) Resolve(ctx context.Context, revision string) (Commit, error) {
	id, tree, err := r.git.Resolve(ctx, revision)
	if err != nil {
		return Commit{}, err
	}
	return Commit{id.Hex(), tree}, nil
}

// commitNames are the objects that Resolve asks for, and the trees of the commits.
func commitNames(revisions []string) (names []string) {
	for _, suffix := range []string{"^{tree}", "^{commit}"} { // in this order, trees are there when a commit is
		for _, rev := range revisions {
			if rev != "" && !strings.ContainsAny(rev, "\x00\r\n") && !strings.HasPrefix(rev, ":/") {
				names = append(names, rev+suffix)
			}
		}
	}
	return names
}

// Ahead asks for files of a commit, without waiting for what they hold. Paths
// at which there is none are passed over.
func (r *Repository) Ahead(ctx context.Context, c Commit, paths ...string) error {
	t := &gitTree{repo: r, tree: c.tree}
	var entries []Entry
	for _, path := range paths {
		e, err := t.find(ctx, path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case e.Kind != Dir:
			entries = append(entries, e)
		}
	}
	return r.ahead(ctx, entries)
}

// Replaces reports whether the repository has replace refs. Then identities do
// not prove bytes outside of it (Digester.Memory). It costs a git process.
func (r *Repository) Replaces(ctx context.Context) (bool, error) { return r.git.Replaces(ctx) }

// MergeBase returns the best common ancestor of two commits: the old side of A...B.
// The error is a *RevisionError if there is none.
func (r *Repository) MergeBase(ctx context.Context, a, b Commit) (Commit, error) {
	idA, okA := gitrepo.ParseOID(a.ID)
	idB, okB := gitrepo.ParseOID(b.ID)
	if !okA || !okB {
		return Commit{}, &RevisionError{Revision: a.ID + "..." + b.ID, Reason: "not two commits"}
	}
	base, err := r.git.MergeBase(ctx, idA, idB)
	if err != nil {
		return Commit{}, err
	}
	return r.Resolve(ctx, base.Hex())
}

// ReadFile returns the content of a file of a commit. Symbolic links are not
// followed: where a link leads depends on what is the root (View.Lookup).
// The error wraps fs.ErrNotExist if there is no such path.
func (r *Repository) ReadFile(ctx context.Context, c Commit, path string) ([]byte, error) {
	t := r.Tree(c, "")
	e, err := t.(*gitTree).find(ctx, path)
	if err != nil {
		return nil, err
	}
	f, err := t.Open(ctx, path, e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// maxHeld bounds the entries that a Repository keeps. One takes some 150 bytes.
// Two trees that are walked in step need the same objects one right after the other, so
// that it need not hold a whole commit.
const maxHeld = 1 << 15

// readTree returns the entries of a tree object, sorted by name. The slice is shared.
func (r *Repository) readTree(ctx context.Context, id gitrepo.OID) ([]Entry, error) {
	r.mu.Lock()
	entries, ok := r.trees[id]
	index := r.index
	r.mu.Unlock()
	if ok {
		return entries, nil
	}
	raw, ok := index.Tree(id)
	if !ok {
		var err error
		if raw, err = r.git.ReadTree(ctx, id); err != nil {
			return nil, err
		}
	}
	entries, err := gitEntries(raw)
	if err != nil {
		return nil, fmt.Errorf("git tree %s: %w", id.Hex(), err)
	}
	r.noteAttributes(entries)
	r.hold(id, entries)
	return entries, nil
}

// ahead asks for the objects of files, links and directories, except for trees that are held.
func (r *Repository) ahead(ctx context.Context, entries []Entry) error {
	names := make([]string, 0, len(entries))
	r.mu.Lock()
	for _, e := range entries {
		raw, ok := strings.CutPrefix(e.ID, gitID)
		id := gitrepo.OID(raw)
		if !ok || e.ID == submodule || e.Kind == Dir && (r.trees[id] != nil || r.index.HasTree(id)) {
			continue
		}
		names = append(names, id.Hex())
	}
	r.mu.Unlock()
	return r.git.Ahead(ctx, names...)
}

func (r *Repository) hold(id gitrepo.OID, entries []Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held += 1 + len(entries); r.held > maxHeld {
		clear(r.trees)
		r.held = 1 + len(entries)
	}
	r.trees[id] = entries
}

// submodule is the identity of every submodule. It cannot be an object's: it is too short.
const submodule = gitID + "submodule"

// submoduleEntry stands for a submodule. A plain checkout leaves an empty directory; one with
// submodules fills it with what the commit holds, which the repository does not know. So two commits of
// a submodule may or may not be equal.
func submoduleEntry(name, commit string) Entry {
	return Entry{Name: name, Kind: Dir, Mode: 0o755, ID: submodule, Since: "submodule " + commit}
}

// IsSubmodule reports whether an entry of a revision or of a working tree is a submodule. It reads as an
// empty directory, which is what `git clone` without --recurse-submodules leaves.
func IsSubmodule(e Entry) bool { return e.ID == submodule }

// gitEntries converts the entries of a tree object. All identities share one string.
func gitEntries(raw []gitrepo.TreeEntry) ([]Entry, error) {
	var ids strings.Builder
	if len(raw) > 0 {
		ids.Grow(len(raw) * (len(gitID) + len(raw[0].OID)))
	}
	for _, e := range raw {
		ids.WriteString(gitID)
		ids.WriteString(string(e.OID))
	}
	entries, rest := make([]Entry, 0, len(raw)), ids.String()
	for _, e := range raw {
		n := len(gitID) + len(e.OID)
		entry, ok := gitEntry(e, rest[:n])
		if !ok {
			return nil, fmt.Errorf("%q has the mode %o", e.Name, e.Mode)
		}
		entries, rest = append(entries, entry), rest[n:]
	}
	return entries, sortEntries(entries)
}

// gitEntry converts one entry as git checks it out: of the mode of a file
// only its owner's executable bit counts.
func gitEntry(e gitrepo.TreeEntry, id string) (Entry, bool) {
	entry := Entry{Name: e.Name, ID: id, Size: -1}
	switch e.Mode & gitrepo.ModeType {
	case gitrepo.ModeFile:
		entry.Mode = fileMode(fs.FileMode(e.Mode))
	case gitrepo.ModeSymlink:
		entry.Kind, entry.Mode = Symlink, 0o777
	case gitrepo.ModeDir:
		entry.Kind, entry.Mode, entry.Size = Dir, 0o755, 0
	case gitrepo.ModeGitlink:
		entry = submoduleEntry(e.Name, string(e.OID))
	default:
		return entry, false
	}
	return entry, true
}

// sortEntries sorts entries by name. Git's own order differs for directories, as if they
// ended in a slash, which seldom shows.
func sortEntries(entries []Entry) error {
	byName := func(a, b Entry) int { return strings.Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(entries, byName) {
		slices.SortFunc(entries, byName)
	}
	for i := range entries[min(1, len(entries)):] {
		if entries[i].Name == entries[i+1].Name {
			return fmt.Errorf("two entries have the name %q", entries[i].Name)
		}
	}
	return nil
}

// cleanSubdir makes the path of a context within a repository clean; the root is "".
func cleanSubdir(dir string) (string, error) {
	dir = strings.Trim(strings.TrimPrefix(dir, "./"), "/")
	if dir == "" || dir == "." {
		return "", nil
	}
	if !fs.ValidPath(dir) && !validBytes(dir) {
		return "", &fs.PathError{Op: "open", Path: dir, Err: fs.ErrInvalid}
	}
	return dir, nil
}

// validBytes is fs.ValidPath for names that are not UTF-8.
func validBytes(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}
