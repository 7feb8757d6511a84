package predict

import (
	"context"
	"maps"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
)

// replayDockerfile replays the Dockerfile of a side.
func (a *analysis) replayDockerfile(ctx context.Context, name string, data []byte, view *buildcontext.View, opts *cachekey.Options) (*cachekey.Graph, error) {
	in := a.last.inputs(ctx, name, data, view, opts)
	if g := a.last.same(in); g != nil {
		return g, nil
	}
	if g := a.last.over(name, data, view, len(opts.Contexts) > 0); g != nil {
		a.last.now, a.last.in = g, in
		return g, nil
	}
	g, err := cachekey.Replay(ctx, name, data, view, opts)
	if err == nil && a.last != nil {
		a.last.graph, a.last.now, a.last.in = g, g, in
	}
	return g, err
}

// options are those of a side of the request.
func (a *analysis) options(s Side, c buildcontext.Commit, contexts map[string]cachekey.Context) *cachekey.Options {
	opts := &cachekey.Options{
		Target: s.Target, Platform: s.Platform, BuildArgs: map[string]string{},
		AddHosts: a.AddHosts, Ulimits: a.Ulimits, Network: a.Network, ShmSize: a.ShmSize,
		Image: s.Image, Contexts: contexts, Parsed: &a.parsed, Limits: a.Limits.Replay,
	}
	for k, v := range s.BuildArgs {
		opts.BuildArgs[k] = strings.ReplaceAll(v, "{commit}", c.ID)
	}
	return opts
}

// lastReplay is the replay before, of a build with the same options. Nil remembers nothing.
type lastReplay struct {
	graph *cachekey.Graph // which others are made over
	now   *cachekey.Graph // the last one
	in    replayInputs    // of that
}

func (l *lastReplay) forget() {
	if l != nil {
		*l = lastReplay{}
	}
}

// over is the same over another context, nil if it is not the same Dockerfile.
func (l *lastReplay) over(name string, data []byte, view *buildcontext.View, contexts bool) *cachekey.Graph {
	if l == nil || l.graph == nil || contexts || l.graph.Dockerfile != name || l.graph.Source != string(data) {
		return nil
	}
	return l.graph.Over(view)
}

// same is the last graph if it was made of the same.
func (l *lastReplay) same(in replayInputs) *cachekey.Graph {
	if l == nil || l.now == nil || in.context.root == "" || in.name != l.in.name || in.data != l.in.data || in.context != l.in.context ||
		!maps.Equal(in.contexts, l.in.contexts) {
		return nil
	}
	return l.now
}

// replayInputs are what a graph is made of, besides the options. They are equal if the graphs are.
type replayInputs struct {
	name, data string
	context    directoryInput
	contexts   map[string]contextInput
}

// directoryInput is a context by its identity, which is empty if it is not known, and what is left out of it.
type directoryInput struct {
	root  string
	rules *dockerignore.Rules // one pointer for each file: see files.rules
}

// contextInput is a named context.
type contextInput struct {
	directoryInput
	image, remote string
	layout        *cachekey.Image
	graph         *cachekey.Graph
}

// inputs are those of a replay that is to be made. Nil does not ask.
func (l *lastReplay) inputs(ctx context.Context, name string, data []byte, view *buildcontext.View, opts *cachekey.Options) (in replayInputs) {
	if l == nil {
		return in
	}
	in = replayInputs{name: name, data: string(data), context: directory(ctx, view), contexts: map[string]contextInput{}}
	for name, c := range opts.Contexts {
		one := contextInput{image: c.Image, remote: c.Remote, layout: c.Layout, graph: c.Graph}
		if c.View != nil {
			if one.directoryInput = directory(ctx, c.View); one.root == "" {
				in.context = directoryInput{}
			}
		}
		in.contexts[name] = one
	}
	return in
}

func directory(ctx context.Context, view *buildcontext.View) directoryInput {
	root, err := view.Tree.Root(ctx)
	if err != nil {
		return directoryInput{}
	}
	return directoryInput{root.ID, view.Rules}
}
