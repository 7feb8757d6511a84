package gitrepo_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/whybust/whybust/internal/gitrepo"
)

// oneError fails unless an error is one line of bearable length.
func oneError(t *testing.T, err error) {
	t.Helper()
	if err == nil || strings.Contains(err.Error(), "\n") || len(err.Error()) > 6000 {
		t.Errorf("error = %.7000v, want one line", err)
	}
}

func TestHangingGit(t *testing.T) {
	dir := newRepo(t)
	plantGit(t, "exec sleep 600\n")
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := gitrepo.Open(ctx, dir); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want DeadlineExceeded", err)
		}
	})
	t.Run("for ever", func(t *testing.T) {
		gitrepo.SetPatience(t, 50*time.Millisecond)
		for _, place := range []string{dir, dir + "/sub"} {
			if _, err := gitrepo.Open(t.Context(), place); err == nil || !strings.Contains(err.Error(), "did not answer within 50ms") {
				t.Errorf("error = %v, want that git did not answer", err)
			}
		}
	})
}

// TestHangsLater: a git that answers at first.
func TestHangsLater(t *testing.T) {
	dir := newRepo(t)
	id := git(t, dir, "rev-parse", "HEAD:sub/file")
	for name, script := range map[string]string{
		"no answer":      "sleep 600\n",
		"half an object": "echo '" + id + " blob 2000000'; echo half; sleep 600\n",
	} {
		t.Run(name, func(t *testing.T) {
			plantGit(t, "read line; read flush; echo '"+git(t, dir, "rev-parse", "HEAD")+" commit 0'; echo\nread line; "+script)
			r := open(t, dir)
			gitrepo.SetPatience(t, 50*time.Millisecond)
			blob, _ := gitrepo.ParseOID(id)
			f, _, err := r.Blob(t.Context(), blob)
			if err == nil {
				_, err = readAll(f)
			}
			if err == nil || !strings.Contains(err.Error(), "did not answer within") {
				t.Errorf("error = %v, want that git did not answer", err)
			}
			_, _, err = r.Resolve(t.Context(), "HEAD")
			oneError(t, err)
		})
	}
}

// TestGarbage: whatever a child does in place of answering, is an error at once.
func TestGarbage(t *testing.T) {
	dir := newRepo(t)
	for name, script := range map[string]string{
		"ends":                "exit 0\n",
		"fails":               "echo 'fatal: no' >&2; exit 128\n",
		"is killed":           "kill -9 $$\n",
		"cannot run":          "exec /nowhere/program\n",
		"closes its output":   "exec >&-; exec sleep 600\n",
		"leaves a grandchild": "sleep 2 & exit 1\n",
		"words":               "echo hello; exec cat >/dev/null\n",
		"an empty line":       "echo; exec cat >/dev/null\n",
		"for ever":            "exec yes\n",
		"without a line end":  "yes | tr -d '\\n'\n",
		"bytes":               "exec cat /dev/urandom\n",
		"half an object":      "printf '%040d commit 500\\nhalf' 1\n",
		"too much":            "printf '%040d commit 5\\n' 1; exec yes\n",
		"a huge commit":       "printf '%040d commit 9223372036854775807\\n' 1; exec yes\n",
		"a huge blob":         "printf '%040d blob 9223372036854775806\\n' 1; exec yes\n",
		"a negative size":     "printf '%040d commit -1\\n\\n' 1; exec yes\n",
		"messages for ever":   "exec yes fatal >&2\n",
	} {
		t.Run(name, func(t *testing.T) {
			gitrepo.SetPatience(t, 300*time.Millisecond) // some of them have to be waited for
			plantGit(t, script)
			for _, place := range []string{dir, dir + "/sub"} {
				r, err := gitrepo.Open(t.Context(), place)
				if err == nil { // a blob is no commit
					_, _, err = r.Resolve(t.Context(), "HEAD")
					r.Close()
				}
				oneError(t, err)
			}
		})
	}
}

// TestGarbageOfShortCommands: those that are run besides cat-file.
func TestGarbageOfShortCommands(t *testing.T) {
	dir := newRepo(t)
	r := open(t, dir)
	for _, script := range []string{"exec yes\n", "exec yes >&2\n", "echo nonsense\n", "exit 1\n", "kill -9 $$\n"} {
		t.Run(script, func(t *testing.T) {
			if strings.Contains(script, ">&2") {
				gitrepo.SetPatience(t, 200*time.Millisecond)
			}
			plantGit(t, script)
			_, err := r.MergeBase(t.Context(), r.Head, r.Head)
			oneError(t, err)
		})
	}
}
