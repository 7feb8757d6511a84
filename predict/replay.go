package predict

import (
	"context"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
)

// replayDockerfile replays the Dockerfile of a side.
func (a *analysis) replayDockerfile(ctx context.Context, name string, data []byte, view *buildcontext.View, opts *cachekey.Options) (*cachekey.Graph, error) {
	if g := a.last.over(name, data, view, len(opts.Contexts) > 0); g != nil {
		return g, nil
	}
	g, err := cachekey.Replay(ctx, name, data, view, opts)
	if err == nil && a.last != nil {
		a.last.graph = g
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
	graph *cachekey.Graph
}

func (l *lastReplay) forget() {
	if l != nil {
		l.graph = nil
	}
}

// over is the same over another context, nil if it is not the same Dockerfile.
func (l *lastReplay) over(name string, data []byte, view *buildcontext.View, contexts bool) *cachekey.Graph {
	if l == nil || l.graph == nil || contexts || l.graph.Dockerfile != name || l.graph.Source != string(data) {
		return nil
	}
	return l.graph.Over(view)
}
