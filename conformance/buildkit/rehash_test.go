package buildkit

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/tonistiigi/fsutil"
)

// TestRehash shows what predict/rehash.go says of BuildKit, in an order that is no race: a step that takes the whole
// context is not found again if something was built upon the context before it was hashed. What takes a part is.
func TestRehash(t *testing.T) {
	d := startForTest(t)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a/b"), []byte("1"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		take   string
		opened bool
		cached bool
	}{
		{"/", false, true},
		{"/", true, false},
		{"/a", true, true},
	} {
		if err := d.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
		sent := llb.Local("context")
		takes := llb.Scratch().File(llb.Copy(sent, tt.take, "/c"), llb.WithCustomName("takes"))
		states := []llb.State{takes}
		if tt.opened {
			states = []llb.State{sent.File(llb.Mkdir("/on it", 0o755)), takes}
		}
		if runs := d.solve(t, dir, states...); runs != 1 {
			t.Fatalf("takes %s: ran %d times in an empty cache", tt.take, runs)
		}
		if cached := d.solve(t, dir, takes) == 0; cached != tt.cached {
			t.Errorf("takes %s of a context that was opened (%t): cached %t, want %t", tt.take, tt.opened, cached, tt.cached)
		}
	}
}

// solve solves one state after the other in one session, and tells how often the vertex "takes" was run.
func (d *Daemon) solve(t *testing.T, dir string, states ...llb.State) int {
	t.Helper()
	sent, err := fsutil.NewFS(dir)
	if err != nil {
		t.Fatal(err)
	}
	status := make(chan *client.SolveStatus)
	graph, done := newGraph(), make(chan struct{})
	go func() {
		defer close(done)
		for s := range status {
			graph.add(s)
		}
	}()
	opt := client.SolveOpt{LocalMounts: map[string]fsutil.FS{"context": sent}}
	_, err = d.client.Build(t.Context(), opt, "whybust", func(ctx context.Context, c gateway.Client) (res *gateway.Result, err error) {
		for _, state := range states {
			def, err := state.Marshal(ctx)
			if err != nil {
				return nil, err
			}
			if res, err = c.Solve(ctx, gateway.SolveRequest{Evaluate: true, Definition: def.ToPB()}); err != nil {
				return nil, err
			}
		}
		return res, nil
	}, status)
	<-done
	if err != nil {
		t.Fatal(err)
	}
	runs := 0
	for _, v := range graph.vertices() {
		if v.Name == "takes" {
			runs += v.Runs
		}
	}
	return runs
}
