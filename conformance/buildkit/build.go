package buildkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/identity"
	spb "github.com/moby/buildkit/sourcepolicy/pb"
	digest "github.com/opencontainers/go-digest"
	"github.com/tonistiigi/fsutil"
)

// Request is one build.
type Request struct {
	// Context is the directory that is sent.
	Context string
	// Dockerfile is the file; the ignore file that goes with its name is looked for beside it.
	Dockerfile string
	// Attrs are options of the frontend.
	Attrs map[string]string
	// Locals are directories, and Stores images, that Attrs name besides.
	Locals map[string]string
	Stores map[string]content.Store
	// Targets are builds whose results this one takes as named contexts, by their names. They share
	// Policy with it.
	Targets map[string]Request
	// Policy says where images come from.
	Policy *spb.Policy
	// SharedKey names what BuildKit keeps of the context: with the key of an earlier build only what has
	// another size or time is sent. Empty is a new one.
	SharedKey string
	// Output is a directory for the files of the result; empty for none.
	Output string
	// Status, if not nil, gets what the daemon reports, as it comes.
	Status func(*client.SolveStatus)
	// CacheTo and CacheFrom export and import a cache.
	CacheTo, CacheFrom []client.CacheOptionsEntry
	// Image, if not empty, is a directory that gets the image as an OCI layout.
	Image string
}

// Vertex is what the daemon reported of one node of the build's graph.
type Vertex struct {
	Digest digest.Digest
	Inputs []digest.Digest
	Name   string
	// Cached is the mark that docker build prints as CACHED.
	Cached bool
	// Runs counts how often it was worked on without that mark.
	Runs int
	// Group is the id of the progress group that docker build folds it into, if any.
	Group string
}

// Build builds and returns the graph's nodes in the order in which they were
// first reported. Every call sends the context anew unless there is a SharedKey. Targets are built first; what has the name of a
// node of theirs is not returned.
func (d *Daemon) Build(ctx context.Context, req Request) ([]*Vertex, error) {
	theirs := map[string]bool{}
	for _, target := range req.Targets {
		target.Policy = req.Policy
		vertices, err := d.Build(ctx, target)
		if err != nil {
			return nil, err
		}
		for _, v := range vertices {
			theirs[v.Name] = true
		}
	}
	opt, err := req.options()
	if err != nil {
		return nil, err
	}
	status := make(chan *client.SolveStatus)
	graph := newGraph()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for s := range status {
			graph.add(s)
			if req.Status != nil {
				req.Status(s)
			}
		}
	}()
	opt.CacheExports, opt.CacheImports = req.CacheTo, req.CacheFrom
	if req.Output != "" {
		opt.Exports = append(opt.Exports, client.ExportEntry{Type: client.ExporterLocal, OutputDir: req.Output})
	}
	if req.Image != "" {
		opt.Exports = append(opt.Exports, client.ExportEntry{Type: client.ExporterOCI, OutputDir: req.Image, Attrs: map[string]string{"tar": "false"}})
	}
	if len(req.Targets) == 0 {
		_, err = d.client.Solve(ctx, nil, opt, status)
	} else {
		opt.Frontend = ""
		_, err = d.client.Build(ctx, opt, "whybust", req.withTargets, status)
	}
	<-done
	if err != nil {
		return nil, fmt.Errorf("%w%s", err, graph.failure())
	}
	return slices.DeleteFunc(graph.vertices(), func(v *Vertex) bool { return theirs[v.Name] }), nil
}

// attrs are the options of the frontend.
func (req *Request) attrs() map[string]string {
	attrs := map[string]string{
		"filename": filepath.Base(req.Dockerfile),
		// Without it a "# syntax=" line would make the daemon pull that frontend.
		"cmdline": "builtin",
	}
	maps.Copy(attrs, req.Attrs)
	return attrs
}

// options are those of the daemon's client, with what is sent to it.
func (req *Request) options() (opt client.SolveOpt, err error) {
	dirs := map[string]string{"context": req.Context, "dockerfile": filepath.Dir(req.Dockerfile)}
	maps.Copy(dirs, req.Locals)
	for name, target := range req.Targets {
		dirs[targetFile+name] = filepath.Dir(target.Dockerfile)
	}
	mounts := map[string]fsutil.FS{}
	for name, dir := range dirs {
		if mounts[name], err = fsutil.NewFS(dir); err != nil {
			return opt, err
		}
	}
	return client.SolveOpt{
		Frontend:            "dockerfile.v0",
		FrontendAttrs:       req.attrs(),
		LocalMounts:         mounts,
		OCIStores:           req.Stores,
		SharedKey:           cmp.Or(req.SharedKey, identity.NewID()),
		SourcePolicy:        req.Policy,
		AllowedEntitlements: []string{"network.host", "security.insecure"},
	}, nil
}

// graph gathers the status stream.
type graph struct {
	order []digest.Digest
	nodes map[digest.Digest]*node
}

type node struct {
	Vertex
	// work is the vertex's intervals of work, by when they began, and whether each
	// was marked cached at its end.
	work  map[time.Time]bool
	error string
	log   []byte
}

func newGraph() *graph { return &graph{nodes: map[digest.Digest]*node{}} }

func (g *graph) add(s *client.SolveStatus) {
	for _, v := range s.Vertexes {
		n := g.node(v.Digest)
		if len(v.Inputs) == 0 && len(n.Inputs) > 0 {
			continue // the download or unpacking of its result (util/progress/controller)
		}
		n.Name, n.Inputs, n.Cached = v.Name, v.Inputs, v.Cached
		if v.ProgressGroup != nil {
			n.Group = v.ProgressGroup.Id
		}
		if v.Error != "" {
			n.error = v.Error
		}
		if v.Started != nil && v.Completed != nil {
			n.work[*v.Started] = v.Cached
		}
	}
	for _, l := range s.Logs {
		n := g.node(l.Vertex)
		n.log = append(n.log, l.Data...)
	}
}

func (g *graph) node(dgst digest.Digest) *node {
	n, ok := g.nodes[dgst]
	if !ok {
		n = &node{Vertex: Vertex{Digest: dgst}, work: map[time.Time]bool{}}
		g.nodes[dgst] = n
		g.order = append(g.order, dgst)
	}
	return n
}

func (g *graph) vertices() []*Vertex {
	var all []*Vertex
	for _, dgst := range g.order {
		n := g.nodes[dgst]
		for _, cached := range n.work {
			if !cached {
				n.Runs++
			}
		}
		all = append(all, &n.Vertex)
	}
	return all
}

// failure says which step failed and the end of what it printed.
func (g *graph) failure() string {
	var b strings.Builder
	for _, dgst := range g.order {
		if n := g.nodes[dgst]; n.error != "" && !errors.Is(errors.New(n.error), context.Canceled) {
			tail := slices.Clip(n.log)
			fmt.Fprintf(&b, "\n%s: %s", n.Name, tail[max(0, len(tail)-300):])
		}
	}
	return b.String()
}
