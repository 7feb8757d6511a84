package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/whybust/whybust/internal/synth"
)

// bench holds what the groups of rows share.
type bench struct {
	*options
	tmp   string // the programs, and what they keep
	table table
}

// module is where the programs are.
const module = "github.com/whybust/whybust/"

// newBench builds the programs.
func newBench(ctx context.Context, o *options) (*bench, error) {
	tmp, err := os.MkdirTemp("", "whybust-bench-")
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, tmp: tmp}
	build := exec.CommandContext(ctx, "go", "build", "-o", tmp+string(filepath.Separator),
		module+"examples/whybust", module+"examples/stepkeys", module+"bench/cmd/contextdigest")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as in the Dockerfile
	if out, err := build.CombinedOutput(); err != nil {
		os.RemoveAll(tmp)
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return b, nil
}

// has reports whether the sizes are all to be measured.
func (b *bench) has(sizes ...int) bool {
	for _, n := range sizes {
		if !slices.Contains(b.files, n) {
			return false
		}
	}
	return true
}

// The sizes of the files: 4,000 bytes where content is read, and otherwise as
// little as makes them differ.
const (
	large = 4000
	small = 64
)

// repository makes or finds a repository of small files without a working tree. Git need not read an
// index there, which would cost it more than the comparison of two commits.
func (b *bench) repository(ctx context.Context, files int) (string, error) {
	return synth.Repository(ctx, b.cache, synth.Spec{Files: files, Size: small})
}

// checkout makes or finds a repository of 400 MB with a working tree.
func (b *bench) checkout(ctx context.Context) (string, error) {
	return synth.Repository(ctx, b.cache, synth.Spec{Files: 100_000, Size: large, Checkout: true})
}

// tool is a program that newBench built.
func (b *bench) tool(dir, name string, args ...string) program {
	return program{name: name, dir: dir, commands: [][]string{append([]string{filepath.Join(b.tmp, name)}, args...)}}
}

// other is a program of the system.
func other(dir string, commands ...[]string) program {
	return program{name: commands[0][0] + " " + commands[0][1], dir: dir, commands: commands}
}
