package predict

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/cachekey/ocilayout"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
)

// inputs are what a build takes in besides the repository: named contexts and overlays.
type inputs struct {
	*analysis
	side     Side
	commit   buildcontext.Commit
	overlays buildcontext.Tree // at their place in the repository; nil without any
	notes    []cachekey.Note
}

// openInputs opens the overlays of a side.
func (a *analysis) openInputs(s Side, c buildcontext.Commit) (*inputs, error) {
	in := &inputs{analysis: a, side: s, commit: c}
	for _, name := range s.Overlays {
		dir, err := buildcontext.Directory(a.onDisk(name))
		if err != nil {
			return nil, fmt.Errorf("overlay %q: %w", name, pathless(err))
		}
		if dir = buildcontext.Under(a.context, dir); in.overlays == nil {
			in.overlays = dir
		} else {
			in.overlays = buildcontext.Overlay(in.overlays, dir)
		}
	}
	return in, nil
}

// pathless is an error of the file system without its path, which may be long, and differ.
func pathless(err error) error {
	var at *os.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// onDisk is a path of the caller's on this machine.
func (a *analysis) onDisk(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(a.dir, name)
}

// tree is a directory of the repository with the overlays in it.
func (in *inputs) tree(ctx context.Context, dir string) (buildcontext.Tree, error) {
	if in.overlays == nil {
		return in.analysis.tree(ctx, in.side, in.commit, dir)
	}
	whole, err := in.analysis.tree(ctx, in.side, in.commit, "")
	if err != nil {
		return nil, err
	}
	return buildcontext.Subtree(buildcontext.Overlay(whole, in.overlays), dir), nil
}

// contextView is a directory of the repository as a client sends it, with its .git if it is the root.
func (in *inputs) contextView(ctx context.Context, dir string, rules *dockerignore.Rules) (*buildcontext.View, error) {
	if in.overlays == nil {
		return in.analysis.view(ctx, in.side, in.commit, dir, rules, !in.NoGitDir)
	}
	tree, err := in.tree(ctx, dir)
	if err == nil && dir == "" && !in.NoGitDir && in.commit.ID != "" {
		tree = buildcontext.WithGitDir(tree, in.commit.ID)
	}
	return &buildcontext.View{Tree: tree, Rules: rules, Dir: dir}, err
}

// contexts are the named contexts of the side.
func (in *inputs) contexts(ctx context.Context) (map[string]cachekey.Context, error) {
	all := map[string]cachekey.Context{}
	for _, name := range slices.Sorted(maps.Keys(in.side.Contexts)) {
		c, err := in.context(ctx, name, in.side.Contexts[name])
		if err != nil {
			return nil, fmt.Errorf("build context %q: %w", name, err)
		}
		all[name] = c
	}
	return all, nil
}

// The ways to name something that is no directory (loadInputs in docker buildx).
const (
	imagePrefix  = "docker-image://"
	layoutPrefix = "oci-layout://"
	targetPrefix = "target:"
)

// context reads the value of one --build-context.
func (in *inputs) context(ctx context.Context, name, value string) (c cachekey.Context, err error) {
	if image, ok := strings.CutPrefix(value, imagePrefix); ok {
		if image != "scratch" {
			_, err = cachekey.ImageReference(image)
		}
		return cachekey.Context{Image: image}, err
	}
	if target, ok := strings.CutPrefix(value, targetPrefix); ok {
		g := in.side.Targets[target]
		if g == nil {
			err = fmt.Errorf("there is no target %q to take it from", target)
		}
		return cachekey.Context{Graph: g}, err
	}
	if layout, ok := strings.CutPrefix(value, layoutPrefix); ok {
		c.Layout, err = in.layout(layout)
		return c, err
	}
	if cachekey.IsRemote(value) {
		return cachekey.Context{Remote: value}, nil
	}
	c.View, err = in.directory(ctx, name, value)
	return c, err
}

// layout reads what an OCI layout holds, PATH[:TAG][@DIGEST].
func (in *inputs) layout(value string) (*cachekey.Image, error) {
	dir, tag, digest := cutLayout(value)
	l, err := ocilayout.OpenDir(in.onDisk(dir))
	if err != nil {
		return nil, err
	}
	image, err := l.Image([]string{tag}, digest, orDefault(in.side.Platform))
	if err != nil {
		err = fmt.Errorf("%s: %w", dir, err)
	}
	return image, err
}

func orDefault(platform string) string {
	if platform == "" {
		return cachekey.DefaultPlatform
	}
	return platform
}

// cutLayout takes the reference of an image in a layout apart (util/ocilayout in docker buildx).
func cutLayout(value string) (dir, tag, digest string) {
	dir, tag = value, "latest"
	if i := strings.LastIndexByte(dir, '@'); i >= 0 && strings.Contains(dir[i:], ":") {
		dir, digest = dir[:i], dir[i+1:]
	}
	if i := strings.LastIndexByte(dir, ':'); i >= 0 && !strings.Contains(dir[i:], "/") {
		dir, tag = dir[:i], dir[i+1:]
	}
	return dir, tag, digest
}

// directory is a directory of the repository at the side's revision, under the rules of the ignore file in it. One
// outside is read from disk: what it held at another revision cannot be known.
func (in *inputs) directory(ctx context.Context, name, value string) (*buildcontext.View, error) {
	dir, inside := in.inRepository(value)
	if !inside {
		tree, err := buildcontext.Directory(in.onDisk(value))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", value, pathless(err))
		}
		in.notes = append(in.notes, cachekey.Note{Kind: "outside-context", Text: fmt.Sprintf(
			"build context %s is outside of the repository: both sides have it as it is on disk now", name)})
		rules, err := in.rules(ctx, tree, value, false)
		return &buildcontext.View{Tree: tree, Rules: rules}, err
	}
	tree, err := in.tree(ctx, dir)
	if err != nil {
		return nil, err
	}
	rules, err := in.rules(ctx, tree, dir, in.side.Revision != "")
	if err != nil {
		return nil, err
	}
	return in.contextView(ctx, dir, rules)
}

// rules are those of the ignore file in a directory. place is where it lies, for messages.
func (in *inputs) rules(ctx context.Context, tree buildcontext.Tree, place string, commit bool) (*dockerignore.Rules, error) {
	read := func(string) ([]byte, error) { return in.files.read(ctx, tree, commit, ".dockerignore") }
	return in.files.rules(ctx, in.Limits.Ignore, []string{path.Join(place, ".dockerignore")}, read)
}
