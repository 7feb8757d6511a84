package predict_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/whybust/whybust/predict"
)

// newRepository makes an empty repository and gives a function that runs git in
// it.
func newRepository(t *testing.T) (dir string, git func(args ...string) string) {
	t.Helper()
	dir = t.TempDir()
	git = func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
			"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %q: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "-q", "-b", "main")
	return dir, git
}

func writeFile(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
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
