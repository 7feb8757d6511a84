//go:build !race

package bench_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/internal/gitrepo"
	"github.com/whybust/whybust/internal/synth"
)

// The limits below are allocations, which do not hang on the machine. They are
// asserted where a slip would cost something for each file. Not under the race
// detector, with which a sync.Pool forgets at random what was put into it.

func TestAllocationsOfRules(t *testing.T) {
	for name, text := range ignoreFiles {
		rules, err := dockerignore.Parse(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		dir := rules.Root()
		_, dir, _ = dir.Child("module001", true)
		// One is the path of the child.
		if got := testing.AllocsPerRun(100, func() { dir.Child("file_test.go", false) }); got > 1 {
			t.Errorf("%s: %v allocations for each path, want 1", name, got)
		}
	}
}

func TestAllocationsOfTrees(t *testing.T) {
	tree := func(n int) []byte {
		var data bytes.Buffer
		for i := range n {
			data.WriteString("100644 file" + strconv.Itoa(10_000+i) + "\x00" + strings.Repeat("i", 20))
		}
		return data.Bytes()
	}
	small, large := tree(10), tree(1000)
	parse := func(data []byte) float64 {
		return testing.AllocsPerRun(20, func() {
			if _, err := gitrepo.ParseTree(data, 20); err != nil {
				t.Fatal(err)
			}
		})
	}
	if a, b := parse(small), parse(large); a != b || b > 2 {
		t.Errorf("%v allocations for a tree of 10 entries and %v for one of 1,000, want 2", a, b)
	}
}

// TestAllocationsOfDigests: what a file costs is its name, its path, its node and
// a stream, whatever is in it.
func TestAllocationsOfDigests(t *testing.T) {
	for _, size := range []int{64, 200_000} {
		spec := synth.Spec{Files: 160, Size: size}
		dir, err := synth.Directory(t.TempDir(), spec)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := buildcontext.Directory(dir)
		if err != nil {
			t.Fatal(err)
		}
		v, d := &buildcontext.View{Tree: tree}, &buildcontext.Digester{Parallel: 2}
		got := testing.AllocsPerRun(5, func() {
			if _, err := d.Digest(t.Context(), v, nil); err != nil {
				t.Fatal(err)
			}
		})
		if perFile := got / float64(spec.Files); perFile > 12 {
			t.Errorf("%.1f allocations for each file of %d bytes, want at most 12", perFile, size)
		}
	}
}

// TestStart has the runtime say what the initialisation of each package
// allocates. What compiles tables or regular expressions before it is known
// whether they are needed is a part of every prediction.
func TestStart(t *testing.T) {
	program := filepath.Join(t.TempDir(), "whybust")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/whybust/whybust/examples/whybust").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(program, "--version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var trace bytes.Buffer
	cmd.Stderr = &trace
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, &trace)
	}
	packages := 0
	for line := range strings.Lines(trace.String()) {
		f := strings.Fields(line) // init NAME @N ms, N ms clock, N bytes, N allocs
		if len(f) != 11 || f[0] != "init" {
			continue
		}
		packages++
		allocs, err := strconv.Atoi(f[9])
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		limit := 150
		switch {
		case strings.HasPrefix(f[1], "github.com/whybust/whybust/"):
			limit = 110
		case f[1] == "github.com/opencontainers/go-digest":
			limit = 1000 // BuildKit's parser brings it
		}
		if allocs > limit {
			t.Errorf("%s makes %d allocations before main, want at most %d", f[1], allocs, limit)
		}
	}
	if packages < 10 {
		t.Errorf("the runtime told of %d packages:\n%s", packages, &trace)
	}
}
