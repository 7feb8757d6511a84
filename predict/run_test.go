package predict_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/whybust/whybust/internal/gittest"
	"github.com/whybust/whybust/predict"
)

// newRepository makes an empty repository.
func newRepository(t *testing.T) (dir string, git gittest.Git) {
	t.Helper()
	return gittest.Init(t)
}

func writeFile(t *testing.T, dir, name, text string) {
	t.Helper()
	gittest.Write(t, dir, map[string]string{name: text})
}

// TestSubmodule: nobody knows from here what a submodule's commit holds, or
// whether it is checked out at all.
func TestSubmodule(t *testing.T) {
	dir, git := newRepository(t)
	writeFile(t, dir, "Dockerfile", "FROM alpine:3.20\nCOPY lib /lib\n")
	writeFile(t, dir, ".dockerignore", ".git\n")
	git("add", "-A")
	for _, commit := range []string{strings.Repeat("1", 40), strings.Repeat("2", 40), strings.Repeat("2", 40)} {
		git("update-index", "--add", "--cacheinfo", "160000,"+commit+",lib/sub")
		git("commit", "-q", "--allow-empty", "-m", commit)
	}
	if err := os.MkdirAll(filepath.Join(dir, "lib/sub"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		reason, before, after string
		want                  predict.Status
		notes                 int
	}{
		{"another commit", "HEAD~2", "HEAD~1", predict.MayHit, 1},
		{"the same commit", "HEAD~1", "HEAD", predict.Hit, 0},
		{"a checkout without submodules", "HEAD", "", predict.Hit, 0},
	} {
		p := run(t, dir, tc.before, tc.after)
		notes := 0
		for _, n := range p.Notes {
			if n.Kind == "submodule" {
				notes++
			}
		}
		if p.Verdict != tc.want || notes != tc.notes {
			t.Errorf("%s: %s with %d notes, want %s with %d", tc.reason, p.Verdict, notes, tc.want, tc.notes)
		}
	}
	writeFile(t, dir, "lib/sub/file", "checked out")
	if p := run(t, dir, "HEAD", ""); p.Verdict != predict.MayHit {
		t.Errorf("a submodule that is checked out: %s, want %s", p.Verdict, predict.MayHit)
	}
}

func run(t *testing.T, dir, before, after string) *predict.Prediction {
	t.Helper()
	p, err := predict.Run(context.Background(), &predict.Request{
		Dir: dir, Before: predict.Side{Revision: before}, After: predict.Side{Revision: after},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
