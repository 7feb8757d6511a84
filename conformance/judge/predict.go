package judge

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"runtime/debug"
	"strings"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/conformance/standin"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
)

// Predict is what the library says about a scenario. A panic of the library's is an error, so that
// it can be reported and shrunk as any other fault.
func Predict(ctx context.Context, s *scenario.Scenario) (p *predict.Prediction, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v in %s", r, origin(debug.Stack()))
		}
	}()
	old, err := replay(ctx, s, s.Old)
	if err != nil {
		return nil, err
	}
	new, err := replay(ctx, s, s.New)
	if err != nil {
		return nil, err
	}
	return predict.Compare(ctx, old, new)
}

// origin is the innermost function of the library's in a stack.
func origin(stack []byte) string {
	for line := range strings.Lines(string(stack)) {
		name, ok := strings.CutPrefix(line, "github.com/whybust/whybust/")
		if ok && !strings.HasPrefix(name, "conformance/") {
			name, _, _ = strings.Cut(name, "(")
			return name
		}
	}
	return "an unknown function"
}

func replay(ctx context.Context, s *scenario.Scenario, side scenario.Side) (*cachekey.Graph, error) {
	root := side.Tree.FS()
	read := func(name string) ([]byte, error) { return fs.ReadFile(root, name) }
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
	sub, err := fs.Sub(root, s.Context)
	if err != nil {
		return nil, err
	}
	return cachekey.Replay(ctx, dockerfile, data, &buildcontext.View{Tree: buildcontext.FS(sub), Rules: rules}, &cachekey.Options{
		Target: b.Target, Platform: b.Platform, BuildArgs: b.BuildArgs, AddHosts: b.AddHosts,
		Network: b.Network, ShmSize: b.ShmSize, Ulimits: b.Ulimits,
		Image: func(ref, _ string) (*cachekey.Image, error) { return imageOf(ref, s.Images) },
	})
}

// imageOf is what a scenario says of an image; nothing if it has no config: for it.
func imageOf(ref string, configs map[string]scenario.ImageConfig) (*cachekey.Image, error) {
	full, err := standin.Normalize(ref)
	if err != nil {
		return nil, err
	}
	c, ok := standin.ConfigFor(full, configs)
	if !ok {
		return nil, nil
	}
	return &cachekey.Image{Config: &cachekey.ImageConfig{
		Env: c.Env, WorkingDir: c.WorkingDir, User: c.User, Shell: c.Shell, OnBuild: c.OnBuild,
	}}, nil
}
