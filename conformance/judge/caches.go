package judge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/buildkit/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/whybust/whybust/conformance/buildkit"
)

// caches takes the cache from one build to the next in the mode of a pair. In
// the mode local it stays where it is; in the others each build runs on an empty
// daemon, imports what all before it exported, and exports its own.
type caches struct {
	mode string
	dir  string
	from []client.CacheOptionsEntry
}

func newCaches(mode string) *caches { return &caches{mode: mode} }

// Close removes what was exported.
func (c *caches) Close() error { return os.RemoveAll(c.dir) }

func (c *caches) local() bool { return c.mode == "" || c.mode == "local" }

// prepare lets build i import and export. The last needs to export nothing.
func (c *caches) prepare(ctx context.Context, d *buildkit.Daemon, req *buildkit.Request, i int, last bool) error {
	if c.local() {
		return nil
	}
	if c.dir == "" {
		dir, err := os.MkdirTemp("", "whybust-cache-")
		if err != nil {
			return err
		}
		c.dir = dir
	}
	if err := d.Reset(ctx); err != nil {
		return err
	}
	req.CacheFrom = c.from
	// The new build is exported as well: without it a build need not load its result.
	dest := filepath.Join(c.dir, fmt.Sprint(i))
	if c.mode == "inline" {
		req.Image = dest
		if err := os.Mkdir(dest, 0o755); err != nil {
			return err
		}
	}
	if last {
		return nil
	}
	if c.mode == "inline" {
		req.CacheTo = []client.CacheOptionsEntry{{Type: "inline"}}
	} else {
		req.CacheTo = []client.CacheOptionsEntry{{Type: "local", Attrs: map[string]string{"dest": dest, "mode": c.mode}}}
	}
	return nil
}

// exported notes what a build left for the next to import.
func (c *caches) exported(req buildkit.Request) error {
	for _, to := range req.CacheTo {
		dir := to.Attrs["dest"]
		if to.Type == "inline" {
			dir = req.Image
		}
		data, err := os.ReadFile(filepath.Join(dir, "index.json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue // there was nothing to export
		}
		if err != nil {
			return err
		}
		var index ocispecs.Index
		if err := json.Unmarshal(data, &index); err != nil || len(index.Manifests) != 1 {
			return fmt.Errorf("%s/index.json does not name one manifest: %w", dir, err)
		}
		c.from = append(c.from, client.CacheOptionsEntry{
			Type: "local", Attrs: map[string]string{"src": dir, "digest": index.Manifests[0].Digest.String()},
		})
	}
	return nil
}
