// Package judge asks a real BuildKit which steps of a build hit, may hit or
// miss the cache that another build left.
//
// Every pair of builds runs in up to three modes, which differ in what a RUN does to the paths that a
// later step copies or mounts: nothing; what it always does, whatever was there before; or
// fresh bytes. A hit in all is a hit, a miss in all a miss. What the modes do not agree on
// hangs on the bytes that the re-run steps write: it may hit.
package judge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/containerd/log"

	"github.com/whybust/whybust/conformance/buildkit"
	"github.com/whybust/whybust/conformance/standin"
	"github.com/whybust/whybust/internal/scenario"
)

// Judge holds a daemon for each of the pairs that it can judge at once.
type Judge struct {
	version  string
	registry *standin.Registry
	daemons  chan *buildkit.Daemon
	all      []*buildkit.Daemon
	opts     buildkit.Options
}

// Options say how a Judge works.
type Options struct {
	// Daemons is how many pairs are judged at once; half the processors if 0.
	Daemons int
	// CacheDebug makes the daemons keep what their keys hashed.
	CacheDebug bool
	// Snapshotter is native if empty.
	Snapshotter string
	// State is where the daemons keep their state; see buildkit.Options.
	State string
}

// New builds buildkitd, unless that was done before, and starts what is needed. The caller must Close it.
func New(ctx context.Context, opts Options) (*Judge, error) {
	// That a store's file system has no fs-verity is no news, nor that a blob is written by another
	// goroutine, for which an export waits.
	_ = log.SetLevel("fatal")
	version, err := buildkit.Version(ctx)
	if err != nil {
		return nil, err
	}
	daemon, err := buildkit.GoBuild(ctx, buildkit.Module+"/cmd/buildkitd")
	if err != nil {
		return nil, err
	}
	program, err := buildkit.GoBuild(ctx, "github.com/whybust/whybust/conformance/standin/program")
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	registry, err := standin.NewRegistry(data)
	if err != nil {
		return nil, err
	}
	if opts.Daemons == 0 {
		opts.Daemons = max(1, runtime.NumCPU()/2)
	}
	j := &Judge{
		version:  version,
		registry: registry,
		daemons:  make(chan *buildkit.Daemon, opts.Daemons),
		opts: buildkit.Options{
			Binary: daemon, Registry: registry.Addr(), CacheDebug: opts.CacheDebug, Snapshotter: opts.Snapshotter, State: opts.State,
		},
	}
	for range opts.Daemons {
		d, err := buildkit.Start(ctx, j.opts)
		if err != nil {
			return nil, errors.Join(err, j.Close())
		}
		j.all = append(j.all, d)
		j.daemons <- d
	}
	return j, nil
}

// Close stops everything. No judgement may be under way.
func (j *Judge) Close() error {
	errs := []error{j.registry.Close()}
	for _, d := range j.all {
		errs = append(errs, d.Close())
	}
	return errors.Join(errs...)
}

// BuildKit is the version of the daemon.
func (j *Judge) BuildKit() string { return j.version }

// Side is one of the two builds, on disk.
type Side struct {
	// Root is what Build.File and Context are relative to.
	Root string
	// Context is the context directory relative to Root.
	Context string
	Build   scenario.Build
	// Images are the images that this side knows another configuration of.
	Images map[string]scenario.ImageConfig
}

func (s Side) dockerfile() string {
	if s.Build.File == "" {
		return filepath.Join(s.Root, s.Context, "Dockerfile")
	}
	return filepath.Join(s.Root, s.Build.File)
}

// Pair is what is judged.
type Pair struct {
	Old, New Side
	// Cached are further builds that filled the cache before Old did.
	Cached []Side
	// CacheMode says how the cache comes to New, as in scenario.Scenario.
	CacheMode string
	// Images are configurations of base images by name.
	Images map[string]scenario.ImageConfig
	// Fresh asks for a daemon that never built anything, which takes longer and must
	// not make a difference.
	Fresh bool
	// Debug, if not nil, gets what every cache key hashed that the new build asked for and the old one
	// did not. It needs Options.CacheDebug.
	Debug io.Writer
}

// BuildError says that one of the builds failed, so that there is nothing to judge.
type BuildError struct {
	Side string // old, new or cached
	Mode standin.Mode
	Err  error
}

func (e *BuildError) Error() string {
	return fmt.Sprintf("the %s build failed (mode %s): %v", e.Side, e.Mode, e.Err)
}

// Unwrap returns the failure.
func (e *BuildError) Unwrap() error { return e.Err }

// pairTimeout bounds one pair, so that one build that hangs does not end all.
const pairTimeout = 5 * time.Minute

// Judge builds the pair and returns the verdict on every step of the new build.
// It may be called from several goroutines.
func (j *Judge) Judge(ctx context.Context, p Pair) ([]scenario.Step, error) {
	ctx, cancel := context.WithTimeout(ctx, pairTimeout)
	defer cancel()
	needs, sameSources, err := needsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	d, release, err := j.daemon(ctx, p.Fresh)
	if err != nil {
		return nil, err
	}
	defer release()
	same, err := j.run(ctx, d, p, needs, standin.Same)
	if err != nil {
		return nil, err
	}
	modes := [][]step{same}
	// What the old builds wrote again counts too, and steps of targets are not seen.
	several := len(p.Cached) > 0 || len(p.Old.targets())+len(p.New.targets()) > 0
	if several || rerun(same) && asksForOutputs(same) {
		settled, err := j.run(ctx, d, p, needs, standin.Settled)
		if err != nil {
			return nil, err
		}
		modes = append(modes, settled)
	}
	if several || rerun(same) || !sameSources {
		random, err := j.run(ctx, d, p, needs, standin.Random)
		if err != nil {
			return nil, err
		}
		modes = append(modes, random)
	}
	// What of several imported caches is found hangs on chance (predict/imports.go).
	return combine(len(p.Cached) > 0 && !newCaches(p.CacheMode).local(), modes...)
}

// needsOf reads both Dockerfiles. sameSources says that both ask for the same images, URLs
// and for the same paths of stages and images.
func needsOf(ctx context.Context, p Pair) (needs *standin.Needs, sameSources bool, err error) {
	needs = standin.NewNeeds()
	var sources []string
	for i, side := range p.sides() {
		name := p.name(i)
		data, err := os.ReadFile(side.dockerfile())
		if err != nil {
			return nil, false, &BuildError{Side: name, Err: err}
		}
		own := standin.NewNeeds()
		images := side.images(p.Images)
		files := append([][]byte{data}, side.targets()...)
		for i, data := range files {
			build := side.Build
			if i > 0 {
				build.Target = ""
			}
			for _, n := range []*standin.Needs{own, needs} {
				if err := n.Add(ctx, data, build, images); err != nil {
					return nil, false, &BuildError{Side: name, Err: err}
				}
			}
		}
		asked := slices.Concat(own.Images, own.Remotes, slices.Sorted(maps.Keys(own.Outputs)))
		sources = append(sources, fmt.Sprint(strings.Join(asked, "\n"), side.Build.Contexts, side.Images))
	}
	return needs, len(slices.Compact(sources)) == 1, nil
}

// sides are all builds in their order, New last.
func (p *Pair) sides() []Side { return append(slices.Clone(p.Cached), p.Old, p.New) }

func (p *Pair) name(i int) string {
	switch i - len(p.Cached) {
	case 0:
		return "old"
	case 1:
		return "new"
	}
	return "cached"
}

func (j *Judge) daemon(ctx context.Context, fresh bool) (*buildkit.Daemon, func(), error) {
	if fresh {
		d, err := buildkit.Start(ctx, j.opts)
		return d, func() { _ = d.Close() }, err
	}
	select {
	case d := <-j.daemons:
		return d, func() { j.daemons <- d }, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// run builds both sides in one mode, beginning with an empty cache.
func (j *Judge) run(ctx context.Context, d *buildkit.Daemon, p Pair, needs *standin.Needs, mode standin.Mode) ([]step, error) {
	if err := d.Reset(ctx); err != nil {
		return nil, err
	}
	set := j.registry.Add(needs, mode, p.Images, [2]map[string]scenario.ImageConfig{p.Old.Images, p.New.Images})
	defer set.Remove()
	layouts, err := os.MkdirTemp("", "whybust-layouts-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(layouts)
	var steps []step
	seen := map[string]bool{}
	caches := newCaches(p.CacheMode)
	defer caches.Close()
	sides := p.sides()
	for i, side := range sides {
		last := i == len(sides)-1
		which := 0
		if last {
			which = 1
		}
		req, err := side.request(set, which, layouts)
		if err != nil {
			return nil, err
		}
		if err := caches.prepare(ctx, d, req, i, last); err != nil {
			return nil, err
		}
		vertices, err := d.Build(ctx, *req)
		if err != nil {
			return nil, &BuildError{Side: p.name(i), Mode: mode, Err: err}
		}
		if err := caches.exported(*req); err != nil {
			return nil, err
		}
		if p.Debug != nil && mode == standin.Same {
			if err := newRecords(ctx, d, seen, last, p.Debug); err != nil {
				return nil, err
			}
		}
		if last {
			data, err := os.ReadFile(side.dockerfile())
			if err != nil {
				return nil, err
			}
			steps = stepsOf(data, vertices)
		}
	}
	return steps, nil
}

// newRecords adds the daemon's cache records to seen, and prints those that were not in it if print is set.
func newRecords(ctx context.Context, d *buildkit.Daemon, seen map[string]bool, print bool, w io.Writer) error {
	records, err := d.CacheRecords(ctx)
	if err != nil {
		return err
	}
	for _, r := range records {
		// Keys of what the client sends differ with every session; contents do the comparing.
		session := strings.Contains(r, "SessionID") || strings.Contains(r, ":session:") || strings.Contains(r, "data: random:")
		if !seen[r] && print && !session {
			fmt.Fprintf(w, "%s\n\n", r)
		}
		seen[r] = true
	}
	return nil
}
