package buildkit

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	digest "github.com/opencontainers/go-digest"
)

// TestSweep: only what a process that is gone has left is removed.
func TestSweep(t *testing.T) {
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	left := filepath.Join(dir, fmt.Sprintf("%s%d-x", rootPrefix, gone.Process.Pid))
	used := filepath.Join(dir, fmt.Sprintf("%s%d-x", rootPrefix, os.Getpid()))
	for _, d := range []string{left, used} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	sweep(dir)
	if _, err := os.Stat(left); err == nil {
		t.Error("what a dead process left is still there")
	}
	if _, err := os.Stat(used); err != nil {
		t.Error("what a live process uses is gone")
	}
}

// startForTest starts a daemon that ends with the test. It serves what its cache keys hashed, and has no registry.
func startForTest(t *testing.T) *Daemon {
	t.Helper()
	binary, err := GoBuild(t.Context(), Module+"/cmd/buildkitd")
	if err != nil {
		t.Fatal(err)
	}
	d, err := Start(t.Context(), Options{Binary: binary, Registry: "127.0.0.1:1", CacheDebug: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// TestStart: two daemons share no path, and so may start and end at once, in one process or in several; a
// daemon that can't start says why.
func TestStart(t *testing.T) {
	d := startForTest(t)
	paths := listening(t, d.cmd.Process.Pid)
	if len(paths) < 3 {
		t.Errorf("the daemon listens on %q only", paths)
	}
	for _, path := range paths {
		if !strings.HasPrefix(path, d.root+"/") {
			t.Errorf("the daemon listens on %s, outside %s", path, d.root)
		}
	}

	opts := d.opts
	opts.Snapshotter = "none such"
	if d, err := Start(t.Context(), opts); err == nil {
		d.Close()
		t.Error("a daemon without a snapshotter started")
	} else if !strings.Contains(err.Error(), "none such") {
		t.Errorf("the reason is missing: %v", err)
	}
}

// TestReset: the cache is empty afterwards, even if the daemon holds on to something; then it is another daemon.
func TestReset(t *testing.T) {
	d := startForTest(t)
	first := d.cmd.Process.Pid
	for _, held := range []bool{false, true} {
		building, ended := make(chan struct{}), make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer close(ended)
			_, _ = d.client.Build(ctx, client.SolveOpt{}, "whybust", func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
				def, err := llb.Scratch().File(llb.Mkdir("/d", 0o755)).Marshal(ctx)
				if err != nil {
					return nil, err
				}
				res, err := c.Solve(ctx, gateway.SolveRequest{Evaluate: true, Definition: def.ToPB()})
				close(building)
				if held {
					<-ctx.Done()
				}
				return res, err
			}, nil)
		}()
		select {
		case <-building:
		case <-ended:
		}
		if !held {
			<-ended
		}
		if used, err := d.client.DiskUsage(ctx); err != nil || len(used) == 0 {
			t.Fatalf("nothing was built: %v", err)
		}
		if err := d.Reset(ctx); err != nil {
			t.Fatal(err)
		}
		if left, err := d.client.DiskUsage(ctx); err != nil || len(left) > 0 {
			t.Errorf("%d records are left: %v", len(left), err)
		}
		cancel()
		<-ended
		if another := d.cmd.Process.Pid != first; another != held {
			t.Errorf("something is held: %t; it is another daemon: %t", held, another)
		}
	}
}

// listening returns the paths of the unix sockets that the process has.
func listening(t *testing.T, pid int) []string {
	t.Helper()
	table, err := os.ReadFile("/proc/net/unix")
	if err != nil {
		t.Fatal(err)
	}
	paths := make(map[string]string) // by inode
	for line := range strings.Lines(string(table)) {
		if f := strings.Fields(line); len(f) == 8 {
			paths["socket:["+f[6]+"]"] = f[7]
		}
	}
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && paths[target] != "" {
			found = append(found, paths[target])
		}
	}
	return found
}

// TestGraph: how often a vertex was worked on, as the daemon reports it: first without an end, then with one.
func TestGraph(t *testing.T) {
	begin := time.Unix(1, 0)
	later, end := begin.Add(1), begin.Add(2)
	vertex := func(d string, started, completed *time.Time, cached bool) *client.Vertex {
		return &client.Vertex{Digest: digest.Digest(d), Name: d, Started: started, Completed: completed, Cached: cached}
	}
	loaded := vertex("loaded", &begin, &end, true) // and then unpacked
	loaded.Inputs = []digest.Digest{"hit"}
	g := newGraph()
	g.add(&client.SolveStatus{Vertexes: []*client.Vertex{
		vertex("run", nil, nil, false), vertex("run", &begin, nil, false), vertex("run", &begin, &end, false),
		vertex("hit", &begin, nil, true), vertex("hit", &begin, &end, true),
		vertex("key and hit", &begin, &end, false), vertex("key and hit", &later, &end, true),
		vertex("key and run", &begin, &end, false), vertex("key and run", &later, &end, false),
		vertex("never", nil, nil, false),
		loaded, {Digest: "loaded", Name: "loaded", Started: &later, Completed: &end},
	}})
	want := map[string]int{"run": 1, "hit": 0, "key and hit": 1, "key and run": 2, "never": 0, "loaded": 0}
	for _, v := range g.vertices() {
		if v.Runs != want[v.Name] {
			t.Errorf("%q was worked on %d times, want %d", v.Name, v.Runs, want[v.Name])
		}
	}
}
