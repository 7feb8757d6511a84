package buildcontext

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// Subtree is a directory of a tree as a tree of its own; links are not followed on the way to it. Nothing is read until
// the tree is: that there is no such directory is the error of its Root and wraps fs.ErrNotExist.
func Subtree(t Tree, dir string) Tree {
	if dir == "" || dir == "." {
		return t
	}
	return &subtree{Tree: t, dir: dir}
}

type subtree struct {
	Tree
	dir string
}

// Root implements Tree.
func (t *subtree) Root(ctx context.Context) (Entry, error) {
	e, err := t.Tree.Root(ctx)
	here := ""
	for name := range strings.SplitSeq(t.dir, "/") {
		if err != nil {
			return Entry{}, err
		}
		var entries []Entry
		if entries, err = t.Tree.ReadDir(ctx, here, e); err != nil {
			return Entry{}, err
		}
		i, ok := findEntry(entries, name)
		switch {
		case !ok:
			err = fs.ErrNotExist
		case entries[i].Kind != Dir:
			err = errNotDir
		default:
			e = entries[i]
		}
		if err != nil {
			return Entry{}, &fs.PathError{Op: "open", Path: t.dir, Err: err}
		}
		here = join(here, name)
	}
	e.Name = ""
	return e, nil
}

func (t *subtree) ReadDir(ctx context.Context, p string, dir Entry) ([]Entry, error) {
	return t.Tree.ReadDir(ctx, join(t.dir, p), dir)
}

func (t *subtree) ReadLink(ctx context.Context, p string, link Entry) (string, error) {
	return t.Tree.ReadLink(ctx, join(t.dir, p), link)
}

func (t *subtree) Open(ctx context.Context, p string, file Entry) (io.ReadCloser, error) {
	return t.Tree.Open(ctx, join(t.dir, p), file)
}

// ahead implements aheadReader.
func (t *subtree) ahead(ctx context.Context, entries []Entry) error {
	return readAhead(ctx, t.Tree, entries)
}

// Under is a tree that holds another one at a directory, and nothing else.
func Under(dir string, t Tree) Tree {
	if dir == "" || dir == "." {
		return t
	}
	return &under{Tree: t, dir: strings.Split(dir, "/")}
}

type under struct {
	Tree
	dir []string
}

// Root implements Tree.
func (t *under) Root(ctx context.Context) (Entry, error) {
	return Entry{Kind: Dir, Mode: 0o755, Size: -1}, ctx.Err()
}

// inside gives a path within the tree that is held.
func (t *under) inside(p string) (rest string, ok bool) {
	return cutDir(p, strings.Join(t.dir, "/"))
}

func (t *under) ReadDir(ctx context.Context, p string, dir Entry) ([]Entry, error) {
	if rest, ok := t.inside(p); ok {
		return t.Tree.ReadDir(ctx, rest, dir)
	}
	parts := strings.Split(p, "/")
	if p == "" {
		parts = nil
	}
	if len(parts) >= len(t.dir) || !slices.Equal(parts, t.dir[:len(parts)]) {
		return nil, &fs.PathError{Op: "open", Path: p, Err: fs.ErrNotExist}
	}
	e := Entry{Kind: Dir, Mode: 0o755, Size: -1}
	if len(parts)+1 == len(t.dir) {
		var err error
		if e, err = t.Tree.Root(ctx); err != nil {
			return nil, err
		}
	}
	e.Name = t.dir[len(parts)]
	return []Entry{e}, nil
}

var errOutside = errors.New("outside of the tree")

func (t *under) ReadLink(ctx context.Context, p string, link Entry) (string, error) {
	if rest, ok := t.inside(p); ok {
		return t.Tree.ReadLink(ctx, rest, link)
	}
	return "", &fs.PathError{Op: "readlink", Path: p, Err: errOutside}
}

func (t *under) Open(ctx context.Context, p string, file Entry) (io.ReadCloser, error) {
	if rest, ok := t.inside(p); ok {
		return t.Tree.Open(ctx, rest, file)
	}
	return nil, &fs.PathError{Op: "open", Path: p, Err: errOutside}
}

// cutDir takes a directory off the front of a path.
func cutDir(p, dir string) (rest string, ok bool) {
	if p == dir {
		return "", true
	}
	return strings.CutPrefix(p, dir+"/")
}
