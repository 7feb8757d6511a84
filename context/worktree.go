package buildcontext

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/whybust/whybust/internal/gitrepo"
)

// WorkTree returns a directory of the working tree as it is on disk, with
// what is untracked or ignored by git, which `docker build` sends as well. With subdir "" it is the root,
// whose .git is left out (see WithGitDir).
//
// A file that git's index knows to be unchanged has the identity of its blob,
// so it equals that of a commit without being read. This holds with eol and filter attributes too:
// a checkout of that blob would write what the file holds.
//
// Nothing outside of the working tree is read, wherever links lead. A directory is looked at when
// it is asked for, or when the one that it is in is (see readahead.go). Slices that the tree
// returns are shared and must not be changed.
func (r *Repository) WorkTree(ctx context.Context, subdir string) (Tree, error) {
	if r.git.WorkTree == "" {
		return nil, errors.New("the git repository has no working tree here")
	}
	subdir, err := cleanSubdir(subdir)
	if err != nil {
		return nil, err
	}
	root, err := r.openRoot(subdir)
	if err != nil {
		return nil, err
	}
	// Without an index, or with one in a format that is not understood, all
	// files have to be read, which is right but slow.
	index, err := r.git.ReadIndex()
	if err != nil {
		index = &gitrepo.Index{}
	}
	t := &workTree{repo: r, root: root, index: index, scan: gitrepo.NewScan(index), subdir: subdir}
	t.dirs.read = t.readDir
	r.mu.Lock()
	defer r.mu.Unlock()
	r.index = index
	r.closers = append(r.closers, t)
	return t, ctx.Err()
}

// Tracks reports whether git tracks a file below a directory of the working tree, given by its path from
// the root: it is neither generated nor ignored as a whole. Before the first WorkTree, and without an index that
// can be read, it reports true.
func (r *Repository) Tracks(dir string) bool {
	r.mu.Lock()
	index := r.index
	r.mu.Unlock()
	return dir == "" || index.Len() == 0 || index.Below(dir)
}

// KeptOut reports whether git keeps a tracked file out of the working tree (sparse-checkout, skip-worktree),
// given by its path from the root. Before the first WorkTree it reports false.
func (r *Repository) KeptOut(path string) bool {
	r.mu.Lock()
	index := r.index
	r.mu.Unlock()
	return index.KeptOut(path)
}

// IsWorkTree reports whether a tree is one that WorkTree returned.
func IsWorkTree(t Tree) bool {
	_, ok := t.(*workTree)
	return ok
}

// openRoot opens a directory of the working tree, following links within it only.
func (r *Repository) openRoot(subdir string) (*os.Root, error) {
	top, err := os.OpenRoot(r.git.WorkTree)
	if err != nil || subdir == "" {
		return top, err
	}
	defer top.Close()
	return top.OpenRoot(subdir)
}

// workTree reads directories from disk.
type workTree struct {
	repo   *Repository
	root   *os.Root
	index  *gitrepo.Index
	scan   *gitrepo.Scan
	subdir string
	dirs   listings
}

// Close ends what is under way; nothing can be read afterwards.
func (t *workTree) Close() error {
	t.dirs.close()
	return t.root.Close()
}

// holds implements prover.
func (t *workTree) holds(path, id string) bool {
	raw, ok := strings.CutPrefix(id, gitID)
	oid, inTop := gitrepo.OID(raw), join(t.subdir, path)
	if !ok {
		return false
	}
	if same, ok := t.scan.Known(inTop, oid); ok {
		return same
	}
	dir, err := t.root.Open(onDisk(path))
	if err != nil {
		return false
	}
	defer dir.Close()
	return t.scan.Holds(dir, inTop, oid)
}

// Root implements Tree.
func (t *workTree) Root(context.Context) (Entry, error) { return rootEntry(""), nil }

// ReadDir implements Tree.
func (t *workTree) ReadDir(ctx context.Context, path string, dir Entry) ([]Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if dir.ID == submodule {
		return nil, nil
	}
	return t.dirs.get(path)
}

// readDir lists a directory, for listings. What disappears while it is read
// is left out, as it is from a build.
func (t *workTree) readDir(path string, limit int) (entries []Entry, ok bool, err error) {
	f, err := t.root.Open(onDisk(path))
	if err != nil {
		return nil, true, err
	}
	defer f.Close()
	count := -1
	if limit > 0 {
		count = limit + 1
	}
	// Of a directory opened through a Root, ReadDir has already asked for all
	// that lstat tells, relative to the directory.
	list, err := f.ReadDir(count)
	if err != nil && err != io.EOF {
		return nil, true, err
	}
	if limit > 0 && len(list) > limit {
		return nil, false, nil
	}
	entries, err = t.entries(path, list)
	return entries, true, err
}

// entries converts a directory's list and sorts it. All identities share one string.
func (t *workTree) entries(path string, list []fs.DirEntry) ([]Entry, error) {
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	entries := make([]Entry, 0, len(list))
	tracked := t.index.Dir(join(t.subdir, path))
	var ids strings.Builder
	for _, d := range list {
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) || t.isGitDir(path, d.Name()) {
			continue
		}
		if err != nil {
			return nil, err
		}
		e := diskEntry(d.Name(), info)
		if e.Kind == Dir {
			if commit, ok := tracked.Gitlink(e.Name); ok {
				e = t.submodule(join(path, e.Name), e.Name, string(commit))
			}
		}
		if e.Kind == File || e.Kind == Symlink {
			if id, ok := tracked.Clean(e.Name, info); ok {
				ids.Grow((len(gitID) + len(id)) * (len(list) - len(entries)))
				start := ids.Len()
				ids.WriteString(gitID)
				ids.WriteString(string(id))
				e.ID = ids.String()[start:]
			}
		}
		entries = append(entries, e)
	}
	t.repo.noteAttributes(entries)
	return entries, nil
}

// submodule converts the directory of a submodule. What is checked out there is
// not looked into: it may be the commit that is recorded, or not.
func (t *workTree) submodule(path, name, commit string) Entry {
	if f, err := t.root.Open(onDisk(path)); err == nil {
		defer f.Close()
		if list, _ := f.Readdirnames(1); len(list) > 0 {
			commit = "checked out"
		}
	}
	return submoduleEntry(name, commit)
}

// isGitDir reports whether an entry is the .git of the working tree. A directory, or
// a file in a linked worktree, of that name deeper down is one of the context's like any other.
func (t *workTree) isGitDir(path, name string) bool {
	return name == ".git" && path == "" && t.subdir == ""
}

// diskEntry converts what lstat says, as fsutil sends it (stat.go of the
// version in BuildKit v0.34.2): a socket becomes an empty file, a
// named pipe or a device is made anew.
func diskEntry(name string, info fs.FileInfo) Entry {
	e := Entry{Name: name, Mode: fileMode(info.Mode())}
	switch mode := info.Mode(); mode.Type() {
	case 0:
		e.Size = info.Size()
	case fs.ModeSocket:
	case fs.ModeDir:
		e.Kind, e.Mode = Dir, 0o755
	case fs.ModeSymlink:
		e.Kind, e.Mode, e.Size = Symlink, 0o777, info.Size()
	case fs.ModeNamedPipe:
		e.Kind, e.ID = Opaque, "named pipe"
	default:
		// Which device it is does not matter: without an identity it equals nothing.
		e.Kind = Opaque
	}
	return e
}

// ReadLink implements Tree.
func (t *workTree) ReadLink(_ context.Context, path string, _ Entry) (string, error) {
	return t.root.Readlink(onDisk(path))
}

// Open implements Tree.
func (t *workTree) Open(_ context.Context, path string, _ Entry) (io.ReadCloser, error) {
	f, err := t.root.Open(onDisk(path))
	if err == nil {
		return f, nil
	}
	if info, statErr := t.root.Lstat(onDisk(path)); statErr == nil && info.Mode().Type() == fs.ModeSocket {
		return io.NopCloser(strings.NewReader("")), nil
	}
	return nil, err
}

// onDisk turns a path of a tree into one of the file system.
func onDisk(path string) string {
	if path == "" {
		return "."
	}
	return path
}

// findEntry finds an entry by name.
func findEntry(entries []Entry, name string) (int, bool) {
	return slices.BinarySearchFunc(entries, name, func(e Entry, name string) int {
		return strings.Compare(e.Name, name)
	})
}
