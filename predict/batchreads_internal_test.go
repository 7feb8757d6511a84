package predict

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/synth"
)

// many is n targets of the root, each with a Dockerfile of its own that takes something else, and everything.
func many(n int) (list []Target) {
	for i := range n {
		b := &Build{}
		b.Inline = fmt.Sprintf("FROM alpine:3.20\nCOPY module%03d /m\nRUN make %d\nCOPY . .\n", i%10, i)
		list = append(list, Target{Name: fmt.Sprint(i), Before: b, After: b})
	}
	return list
}

// TestMany carries the design of batches: what targets share is done once.
func TestMany(t *testing.T) {
	dir := synthetic(t, 3200)
	t.Run("objects", func(t *testing.T) { objectsReadByMany(t, dir) })
	t.Run("comparisons", func(t *testing.T) { comparisonsOfMany(t, dir) })
	t.Run("processes", func(t *testing.T) { processesOfMany(t, dir) })
}

// objectsReadByMany: a hundred targets read no more of the repository than one that takes everything.
func objectsReadByMany(t *testing.T, dir string) {
	t.Helper()
	for _, tc := range []struct{ reason, before, after string }{
		{"two commits", synth.Base, synth.Change},
		{"other rules", synth.Base, synth.Ignore},
		{"the working tree", synth.Change, ""},
	} {
		var trees, blobs [2]int
		for i, n := range []int{1, 100} {
			repo, err := buildcontext.OpenRepository(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			answers, err := RunAll(t.Context(), &Batch{Dir: dir, Repository: repo, Before: tc.before, After: tc.after, Targets: many(n)})
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range answers {
				if a.Verdict != TargetMiss {
					t.Errorf("%s: %s is %s: %s", tc.reason, a.Name, a.Verdict, a.Error)
				}
			}
			trees[i], blobs[i] = repo.ObjectsRead()
			repo.Close()
		}
		if trees[0] == 0 || trees[1] != trees[0] || blobs[1] != blobs[0] {
			t.Errorf("%s: %d trees and %d blobs for a hundred targets, %d and %d for one", tc.reason, trees[1], blobs[1], trees[0], blobs[0])
		}
	}
}

// comparisonsOfMany: what many targets take from the same contexts is compared once.
func comparisonsOfMany(t *testing.T, dir string) {
	t.Helper()
	b := &Batch{Dir: dir, Before: synth.Base, After: synth.Change, Targets: many(100)}
	r, err := openBatch(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	defer r.repo.Close()
	for i := range b.Targets {
		r.target(t.Context(), &b.Targets[i])
	}
	if want := 10 + 1; len(r.comparisons) != want {
		t.Errorf("%d comparisons, want %d: of ten modules and of everything", len(r.comparisons), want)
	}
	if len(r.views) != 2 || len(r.files.ignores) != 1 {
		t.Errorf("%d contexts and %d ignore files, want 2 and 1", len(r.views), len(r.files.ignores))
	}
}

// processesOfMany counts the git processes of a hundred targets.
func processesOfMany(t *testing.T, dir string) {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	bin, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
	script := "#!/bin/sh\necho x >>'" + log + "'\nexec '" + git + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "git"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	if _, err := RunAll(t.Context(), &Batch{Dir: dir, Before: synth.Base, After: synth.Change, Targets: many(100)}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(data), "x"); got != 1 {
		t.Errorf("%d git processes, want one", got)
	}
}
