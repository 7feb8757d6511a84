package buildcontext

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"

	"github.com/whybust/whybust/internal/gitrepo"
)

// Tree returns a directory of a commit, as a checkout of it would hold it:
// with subdir "" the root. It reads nothing; that there is no such directory
// is the error of the tree's Root and wraps fs.ErrNotExist. Identities are the
// ids of git's objects. Slices that it returns are shared and must not be changed.
func (r *Repository) Tree(c Commit, subdir string) Tree {
	return &gitTree{repo: r, tree: c.tree, subdir: subdir}
}

// gitTree reads tree objects as they are asked for.
type gitTree struct {
	repo   *Repository
	tree   gitrepo.OID // of the commit
	subdir string

	mu   sync.Mutex
	root Entry
}

// rootEntry is the root of a tree of this identity.
func rootEntry(id string) Entry { return Entry{Kind: Dir, Mode: 0o755, ID: id} }

// Root implements Tree.
func (t *gitTree) Root(ctx context.Context) (Entry, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.root.ID != "" {
		return t.root, nil
	}
	e, err := t.find(ctx, t.subdir)
	if err != nil {
		return Entry{}, err
	}
	if e.Kind != Dir {
		return Entry{}, &fs.PathError{Op: "open", Path: t.subdir, Err: errNotDir}
	}
	t.root = rootEntry(e.ID)
	return t.root, nil
}

var errNotDir = errors.New("not a directory")

// find returns the entry of a path of the commit.
func (t *gitTree) find(ctx context.Context, path string) (Entry, error) {
	clean, err := cleanSubdir(path)
	if err != nil {
		return Entry{}, err
	}
	e := rootEntry(gitID + string(t.tree))
	for part := range strings.SplitSeq(clean, "/") {
		if part == "" {
			break
		}
		if e.Kind != Dir {
			return Entry{}, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
		entries, err := t.ReadDir(ctx, "", e)
		if err != nil {
			return Entry{}, err
		}
		i, ok := findEntry(entries, part)
		if !ok {
			return Entry{}, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
		e = entries[i]
	}
	return e, nil
}

// ReadDir implements Tree.
func (t *gitTree) ReadDir(ctx context.Context, path string, dir Entry) ([]Entry, error) {
	if dir.ID == submodule {
		return nil, nil
	}
	id, err := objectID(path, dir, Dir)
	if err != nil {
		return nil, err
	}
	return t.repo.readTree(ctx, id)
}

// ahead implements aheadReader.
func (t *gitTree) ahead(ctx context.Context, entries []Entry) error {
	return t.repo.ahead(ctx, entries)
}

// maxLink is more than the longest link that a file system can hold.
const maxLink = 64 << 10

// ReadLink implements Tree.
func (t *gitTree) ReadLink(ctx context.Context, path string, link Entry) (string, error) {
	id, err := objectID(path, link, Symlink)
	if err != nil {
		return "", err
	}
	blob, size, err := t.repo.git.Blob(ctx, id)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	defer blob.Close()
	if size > maxLink {
		return "", fmt.Errorf("%s: a symbolic link of %d bytes", path, size)
	}
	target, err := io.ReadAll(blob)
	return string(target), err
}

// Open implements Tree.
func (t *gitTree) Open(ctx context.Context, path string, file Entry) (io.ReadCloser, error) {
	id, err := objectID(path, file, File)
	if err != nil {
		return nil, err
	}
	blob, _, err := t.repo.git.Blob(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return blob, nil
}

// objectID returns the object of an entry that must be of the given kind.
func objectID(path string, e Entry, want Kind) (gitrepo.OID, error) {
	id, ok := strings.CutPrefix(e.ID, gitID)
	if e.Kind != want || !ok {
		return "", &fs.PathError{Op: "read", Path: path, Err: fs.ErrInvalid}
	}
	return gitrepo.OID(id), nil
}
