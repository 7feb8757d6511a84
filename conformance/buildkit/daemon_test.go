package buildkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/moby/buildkit/client"
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
