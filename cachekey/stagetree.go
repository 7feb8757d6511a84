package cachekey

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	buildcontext "github.com/whybust/whybust/context"
)

// tree shows nodes as a buildcontext.Tree.
type tree struct {
	root *node
	dirs sync.Map // path -> *node, of the directories seen so far
}

func (t *tree) Root(context.Context) (buildcontext.Entry, error) { return t.root.entry, nil }

func (t *tree) find(ctx context.Context, p string) (*node, error) {
	if p == "" {
		return t.root, nil
	}
	if n, ok := t.dirs.Load(p); ok {
		return n.(*node), nil
	}
	dir, name := path.Split(p)
	parent, err := t.find(ctx, strings.TrimSuffix(dir, "/"))
	if err != nil {
		return nil, err
	}
	c, _, err := parent.child(ctx, name)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, &fs.PathError{Op: "find", Path: p, Err: fs.ErrNotExist}
	}
	t.dirs.Store(p, c)
	return c, nil
}

func (t *tree) ReadDir(ctx context.Context, p string, _ buildcontext.Entry) ([]buildcontext.Entry, error) {
	n, err := t.find(ctx, p)
	if err != nil {
		return nil, err
	}
	children, unknown, err := n.children(ctx)
	if err != nil {
		return nil, err
	}
	var entries []buildcontext.Entry
	if unknown.id != "" {
		entries = append(entries, buildcontext.Entry{Kind: buildcontext.Unknown, ID: unknown.id, Since: unknown.since})
	}
	for _, c := range children {
		entries = append(entries, c.entry)
		if c.entry.Kind == buildcontext.Dir {
			t.dirs.Store(path.Join(p, c.entry.Name), c)
		}
	}
	return entries, nil
}

func (t *tree) ReadLink(ctx context.Context, p string, _ buildcontext.Entry) (string, error) {
	n, err := t.find(ctx, p)
	if err != nil {
		return "", err
	}
	if n.from == nil {
		return string(n.data), nil
	}
	return n.from.Tree.ReadLink(ctx, n.at.Path, n.at.Entry)
}

func (t *tree) Open(ctx context.Context, p string, _ buildcontext.Entry) (io.ReadCloser, error) {
	n, err := t.find(ctx, p)
	if err != nil {
		return nil, err
	}
	if n.from == nil {
		return io.NopCloser(bytes.NewReader(n.data)), nil
	}
	return n.from.Tree.Open(ctx, n.at.Path, n.at.Entry)
}
