package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/whybust/whybust/internal/synth"
)

// listBlobs writes the ids of the blobs that the keys of Base hang on, in the
// order of their paths: those that the ignore file leaves.
func listBlobs(ctx context.Context, dir, file string) error {
	cmd := exec.CommandContext(ctx, "git", "ls-tree", "-r", synth.Base)
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := cmd.Start(); err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		facts, path, _ := strings.Cut(lines.Text(), "\t")
		if !strings.HasSuffix(path, "_test.go") {
			fmt.Fprintln(w, strings.Fields(facts)[2])
		}
	}
	if err := cmd.Wait(); err != nil {
		return err
	}
	return w.Flush()
}
