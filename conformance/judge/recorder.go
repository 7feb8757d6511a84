package judge

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/client"

	"github.com/whybust/whybust/conformance/buildkit"
	"github.com/whybust/whybust/conformance/standin"
	"github.com/whybust/whybust/internal/scenario"
)

// Recorder builds one side again and again. It must be closed.
type Recorder struct {
	judge   *Judge
	side    Side
	daemon  *buildkit.Daemon
	release func()
	needs   *standin.Needs
	set     *standin.Set
}

// Recorder prepares the builds of a side, with a daemon of its own until it is closed.
func (j *Judge) Recorder(ctx context.Context, side Side) (*Recorder, error) {
	data, err := os.ReadFile(side.dockerfile())
	if err != nil {
		return nil, err
	}
	needs := standin.NewNeeds()
	if err := needs.Add(ctx, data, side.Build, nil); err != nil {
		return nil, err
	}
	d, release, err := j.daemon(ctx, false)
	if err != nil {
		return nil, err
	}
	return &Recorder{j, side, d, release, needs, j.registry.Add(needs, standin.Settled, nil, [2]map[string]scenario.ImageConfig{})}, nil
}

// Close gives the daemon back.
func (r *Recorder) Close() {
	r.set.Remove()
	r.release()
}

// Build builds, on images that nothing was built on if fresh is set, and passes on what the daemon
// reports, with the images by their own names.
func (r *Recorder) Build(ctx context.Context, fresh bool, status func(*client.SolveStatus)) error {
	if fresh {
		r.set.Remove()
		r.set = r.judge.registry.Add(r.needs, standin.Settled, nil, [2]map[string]scenario.ImageConfig{})
	}
	attrs, err := Attrs(r.side.Build)
	if err != nil {
		return err
	}
	_, err = r.daemon.Build(ctx, buildkit.Request{
		Context: filepath.Join(r.side.Root, r.side.Context), Dockerfile: r.side.dockerfile(), Attrs: attrs, Policy: r.set.Policy(0),
		Status: func(s *client.SolveStatus) {
			named := *s
			named.Vertexes = nil
			for _, v := range s.Vertexes {
				v := *v
				v.Name = originalName(v.Name)
				named.Vertexes = append(named.Vertexes, &v)
			}
			status(&named)
		},
	})
	return err
}

// originalName gives a FROM the name that its image has in the Dockerfile, with the digest that was found.
func originalName(name string) string {
	place, image, ok := strings.Cut(name, "] FROM ")
	if !ok {
		return name
	}
	_, digest, pinned := strings.Cut(image, "@")
	if image = standin.Original(image); pinned && !strings.Contains(image, "@") {
		image += "@" + digest
	}
	return place + "] FROM " + image
}
