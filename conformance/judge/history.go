package judge

import (
	"context"
	"fmt"
	"os"

	"github.com/whybust/whybust/conformance/buildkit"
	"github.com/whybust/whybust/conformance/standin"
	"github.com/whybust/whybust/internal/scenario"
)

// HistoryDaemons is how many daemons a History needs (Options.Daemons): one for each mode.
const HistoryDaemons = 3

// History builds one side after the other and does not prune unless told to, so that the cache grows as
// it does on a machine that builds every commit. The modes do not share a cache: each has a daemon
// of its own, and all have built the same.
//
// A step is judged as in a pair: a hit in all modes is a hit and a miss in all is a miss.
type History struct {
	sides  []Side
	broken []error // by side: why it cannot be built at all
	lines  []*line
}

// line is the history of one mode.
type line struct {
	mode    standin.Mode
	daemon  *buildkit.Daemon
	release func()
	set     *standin.Set
}

// History prepares to build the sides in their order. All must be on disk: the images have to hold what
// any of them asks for, since they are the same throughout. The caller must Close it.
func (j *Judge) History(ctx context.Context, sides []Side) (*History, error) {
	if len(j.all) < HistoryDaemons {
		return nil, fmt.Errorf("a history needs %d daemons, and there are %d", HistoryDaemons, len(j.all))
	}
	h := &History{sides: sides, broken: make([]error, len(sides))}
	needs := standin.NewNeeds()
	for i, side := range sides {
		data, err := os.ReadFile(side.dockerfile())
		if err == nil {
			err = needs.Add(ctx, data, side.Build, side.images(nil))
		}
		h.broken[i] = err
	}
	for _, mode := range []standin.Mode{standin.Same, standin.Settled, standin.Random} {
		d, release, err := j.daemon(ctx, false)
		if err != nil {
			h.Close()
			return nil, err
		}
		set := j.registry.Add(needs, mode, nil, [2]map[string]scenario.ImageConfig{})
		h.lines = append(h.lines, &line{mode: mode, daemon: d, release: release, set: set})
		if err := d.Reset(ctx); err != nil {
			h.Close()
			return nil, err
		}
	}
	return h, nil
}

// Close lets go of the daemons.
func (h *History) Close() {
	for _, l := range h.lines {
		l.set.Remove()
		l.release()
	}
}

// Reset empties the cache: the next side is built as the first.
func (h *History) Reset(ctx context.Context) error {
	for _, l := range h.lines {
		if err := l.daemon.Reset(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Build builds side i, after all those before it, and returns the verdict on every step. A build that
// fails is a *BuildError: what it made before that is in the cache.
func (h *History) Build(ctx context.Context, i int) ([]scenario.Step, error) {
	if h.broken[i] != nil {
		return nil, &BuildError{Side: "new", Mode: standin.Same, Err: h.broken[i]}
	}
	ctx, cancel := context.WithTimeout(ctx, pairTimeout)
	defer cancel()
	var modes [][]step
	var failed error
	for _, l := range h.lines {
		steps, err := l.build(ctx, h.sides[i])
		if err != nil && failed == nil {
			failed = &BuildError{Side: "new", Mode: l.mode, Err: err}
		}
		modes = append(modes, steps)
	}
	if failed != nil {
		return nil, failed
	}
	return combine(false, modes...)
}

func (l *line) build(ctx context.Context, side Side) ([]step, error) {
	layouts, err := os.MkdirTemp("", "whybust-layouts-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(layouts)
	req, err := side.request(l.set, 0, layouts)
	if err != nil {
		return nil, err
	}
	vertices, err := l.daemon.Build(ctx, *req)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(side.dockerfile())
	if err != nil {
		return nil, err
	}
	return stepsOf(data, vertices), nil
}
