package predict_test

import (
	"context"
	"io"
	"io/fs"
	"path"

	buildcontext "github.com/whybust/whybust/context"
)

// readTree reads a file of a tree, links followed.
func readTree(t buildcontext.Tree, name string) ([]byte, error) {
	ctx := context.Background()
	n, ok, err := (&buildcontext.View{Tree: t}).Lookup(ctx, name, true)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	f, err := t.Open(ctx, n.Path, n.Entry)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// subTree is a directory of a tree as a tree.
func subTree(t buildcontext.Tree, dir string) (buildcontext.Tree, error) {
	if dir == "" || dir == "." {
		return t, nil
	}
	n, _, err := (&buildcontext.View{Tree: t}).Lookup(context.Background(), dir, true)
	return &below{t, dir, n.Entry}, err
}

type below struct {
	buildcontext.Tree
	dir  string
	root buildcontext.Entry
}

func (b *below) Root(context.Context) (buildcontext.Entry, error) {
	root := b.root
	root.Name = ""
	return root, nil
}

func (b *below) ReadDir(ctx context.Context, p string, e buildcontext.Entry) ([]buildcontext.Entry, error) {
	return b.Tree.ReadDir(ctx, path.Join(b.dir, p), e)
}

func (b *below) ReadLink(ctx context.Context, p string, e buildcontext.Entry) (string, error) {
	return b.Tree.ReadLink(ctx, path.Join(b.dir, p), e)
}

func (b *below) Open(ctx context.Context, p string, e buildcontext.Entry) (io.ReadCloser, error) {
	return b.Tree.Open(ctx, path.Join(b.dir, p), e)
}
