package scenario

import (
	"context"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
)

// Replay replays one side over a tree that holds its files, in whatever way: in
// memory, in a commit, on disk. Base images are known as far as the scenario
// configures them.
func (s *Scenario) Replay(ctx context.Context, side *Side, files buildcontext.Tree) (*cachekey.Graph, error) {
	read := func(name string) ([]byte, error) { return readTree(ctx, files, name) }
	b := side.Build
	dockerfile := b.File
	if dockerfile == "" {
		dockerfile = path.Join(s.Context, "Dockerfile")
	}
	data, err := read(dockerfile)
	if err != nil {
		return nil, err
	}
	rules, err := dockerignore.Find(dockerignore.Names(dockerfile, s.Context), read)
	if err != nil {
		return nil, err
	}
	tree, err := Below(ctx, files, s.Context)
	if err != nil {
		return nil, err
	}
	return cachekey.Replay(ctx, dockerfile, data, &buildcontext.View{Tree: tree, Rules: rules}, &cachekey.Options{
		Target: b.Target, Platform: b.Platform, BuildArgs: b.BuildArgs, AddHosts: b.AddHosts,
		Network: b.Network, ShmSize: b.ShmSize, Ulimits: b.Ulimits,
		Image: func(ref, _ string) (*cachekey.Image, error) { return s.image(ref), nil },
	})
}

// image is what the scenario says of an image, by its full reference; nil
// without a config: directive.
func (s *Scenario) image(ref string) *cachekey.Image {
	for name, c := range s.Images {
		if strings.HasSuffix(ref, "/"+name) || ref == name || strings.HasSuffix(ref, "/"+name+":latest") {
			return &cachekey.Image{Config: &cachekey.ImageConfig{
				Env: c.Env, WorkingDir: c.WorkingDir, User: c.User, Shell: c.Shell, OnBuild: c.OnBuild,
			}}
		}
	}
	return nil
}

// readTree reads a file of a tree, links followed.
func readTree(ctx context.Context, t buildcontext.Tree, name string) ([]byte, error) {
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

// Below is a directory of a tree as a tree.
func Below(ctx context.Context, t buildcontext.Tree, dir string) (buildcontext.Tree, error) {
	if dir == "" || dir == "." {
		return t, nil
	}
	n, _, err := (&buildcontext.View{Tree: t}).Lookup(ctx, dir, true)
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
