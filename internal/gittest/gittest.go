// Package gittest makes repositories for tests with the real git. Nothing of the machine's or the
// user's configuration, and no variable GIT_* but GIT_COMMITTER_DATE, has an effect on them.
package gittest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Git runs git in one directory and returns what it prints, without the last line end. A git that
// fails ends the test.
type Git func(args ...string) string

// Init makes a repository in a new directory, with branch main and no commit.
func Init(t testing.TB, initArgs ...string) (dir string, git Git) {
	t.Helper()
	dir = t.TempDir()
	git = In(t, dir)
	git(append([]string{"init", "-q", "-b", "main"}, initArgs...)...)
	return dir, git
}

// In is for a directory that is there.
func In(t testing.TB, dir string) Git {
	return func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Env = dir, environ()
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %q: %v: %s", args, err, stderr.String())
		}
		return strings.TrimSuffix(string(out), "\n")
	}
}

func environ() []string {
	env := []string{"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org"}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "GIT_") || strings.HasPrefix(kv, "GIT_COMMITTER_DATE=") {
			env = append(env, kv)
		}
	}
	return env
}

// Write writes files below a directory, by their paths.
func Write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// Commit writes files and commits all that is in the directory, which may be nothing new.
func Commit(t testing.TB, dir, subject string, files map[string]string) {
	t.Helper()
	Write(t, dir, files)
	git := In(t, dir)
	git("add", "-A", "-f")
	git("commit", "-q", "--allow-empty", "-m", subject)
}
