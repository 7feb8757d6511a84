package predict_test

import (
	"context"
	"io"
	"path"

	buildcontext "github.com/whybust/whybust/context"
)

func readAll(r io.Reader) ([]byte, error) { return io.ReadAll(r) }

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
