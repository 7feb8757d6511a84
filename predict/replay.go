package predict

import (
	"context"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
)

// replayDockerfile replays the Dockerfile of a side. The options are nil if it did not have to.
func (a *analysis) replayDockerfile(ctx context.Context, s Side, c buildcontext.Commit, name string, data []byte, view *buildcontext.View, contexts map[string]cachekey.Context) (*cachekey.Graph, *cachekey.Options, error) {
	if g := a.last.over(name, data, view, len(contexts) > 0); g != nil {
		return g, nil, nil
	}
	opts := &cachekey.Options{
		Target: s.Target, Platform: s.Platform, BuildArgs: map[string]string{},
		AddHosts: a.AddHosts, Ulimits: a.Ulimits, Network: a.Network, ShmSize: a.ShmSize,
		Image: s.Image, Contexts: contexts, Parsed: &a.parsed,
	}
	for k, v := range s.BuildArgs {
		opts.BuildArgs[k] = strings.ReplaceAll(v, "{commit}", c.ID)
	}
	g, err := cachekey.Replay(ctx, name, data, view, opts)
	if err == nil && a.last != nil {
		a.last.graph = g
	}
	return g, opts, err
}

// lastReplay is the replay before, of a build with the same options. Nil remembers nothing.
type lastReplay struct {
	graph *cachekey.Graph
}

// over is the same over another context, nil if it is not the same Dockerfile.
func (l *lastReplay) over(name string, data []byte, view *buildcontext.View, contexts bool) *cachekey.Graph {
	if l == nil || l.graph == nil || contexts || l.graph.Dockerfile != name || l.graph.Source != string(data) {
		return nil
	}
	return l.graph.Over(view)
}
