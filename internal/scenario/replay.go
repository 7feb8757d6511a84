package scenario

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
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
	whole := files
	for _, dir := range side.Build.Overlays {
		over, err := Below(ctx, files, dir)
		if err != nil {
			return nil, err
		}
		whole = buildcontext.Overlay(whole, buildcontext.Under(s.Context, over))
	}
	b := side.Build
	if b.File == "" {
		b.File = path.Join(s.Context, "Dockerfile")
	}
	return s.replay(ctx, side, whole, b)
}

// replay replays one Dockerfile of a side.
func (s *Scenario) replay(ctx context.Context, side *Side, files buildcontext.Tree, b Build) (*cachekey.Graph, error) {
	read := func(name string) ([]byte, error) { return readTree(ctx, files, name) }
	data, err := read(b.File)
	if err != nil {
		return nil, err
	}
	rules, err := dockerignore.Find(dockerignore.Names(b.File, s.Context), read)
	if err != nil {
		return nil, err
	}
	tree, err := Below(ctx, files, s.Context)
	if err != nil {
		return nil, err
	}
	contexts := map[string]cachekey.Context{}
	for name, value := range b.Contexts {
		if contexts[name], err = s.namedContext(ctx, side, files, value); err != nil {
			return nil, err
		}
	}
	return cachekey.Replay(ctx, b.File, data, &buildcontext.View{Tree: tree, Rules: rules}, &cachekey.Options{
		Target: b.Target, Platform: b.Platform, BuildArgs: b.BuildArgs, AddHosts: b.AddHosts,
		Network: b.Network, ShmSize: b.ShmSize, Ulimits: b.Ulimits, Contexts: contexts,
		Image: func(ref, _ string) (*cachekey.Image, error) { return s.image(side, ref), nil },
	})
}

// namedContext is what the value of a --build-context stands for.
func (s *Scenario) namedContext(ctx context.Context, side *Side, files buildcontext.Tree, value string) (c cachekey.Context, err error) {
	if image, ok := strings.CutPrefix(value, "docker-image://"); ok {
		return cachekey.Context{Image: image}, nil
	}
	if image, ok := strings.CutPrefix(value, "oci-layout://"); ok {
		full, err := cachekey.ImageReference(image)
		if err != nil {
			return c, err
		}
		if c.Layout = s.image(side, full); c.Layout == nil || c.Layout.Digest == "" {
			return c, fmt.Errorf("oci-layout://%s: there is no image: directive for it", image)
		}
		return c, nil
	}
	if file, ok := strings.CutPrefix(value, "target:"); ok {
		c.Graph, err = s.replay(ctx, side, files, Build{File: file, BuildArgs: side.Build.BuildArgs, Platform: side.Build.Platform})
		return c, err
	}
	tree, err := Below(ctx, files, value)
	if err != nil {
		return c, err
	}
	rules, err := dockerignore.Find([]string{".dockerignore"}, func(name string) ([]byte, error) { return readTree(ctx, tree, name) })
	return cachekey.Context{View: &buildcontext.View{Tree: tree, Rules: rules, Dir: value}}, err
}

// image is what the scenario says of an image, by its full reference; nil
// without a config: or image: directive.
func (s *Scenario) image(side *Side, ref string) *cachekey.Image {
	if c, ok := imageNamed(side.Images, ref); ok {
		text, _ := json.Marshal(c)
		return &cachekey.Image{Digest: fmt.Sprintf("sha256:%x", sha256.Sum256(append(text, ref...))), Config: c.config()}
	}
	if c, ok := imageNamed(s.Images, ref); ok {
		return &cachekey.Image{Config: c.config()}
	}
	return nil
}

func imageNamed(images map[string]ImageConfig, ref string) (ImageConfig, bool) {
	for name, c := range images {
		if strings.HasSuffix(ref, "/"+name) || ref == name || strings.HasSuffix(ref, "/"+name+":latest") {
			return c, true
		}
	}
	return ImageConfig{}, false
}

func (c ImageConfig) config() *cachekey.ImageConfig {
	return &cachekey.ImageConfig{Env: c.Env, WorkingDir: c.WorkingDir, User: c.User, Shell: c.Shell, OnBuild: c.OnBuild}
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
