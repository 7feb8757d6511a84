//go:build unix

package gitrepo_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/whybust/whybust/internal/gitrepo"
)

// TestNamedPipes stand where git, and this package, look for files.
func TestNamedPipes(t *testing.T) {
	for _, name := range []string{"config", "HEAD", "index", "info/attributes", "commondir", "shallow", "packed-refs", "refs/heads/main"} {
		t.Run(name, func(t *testing.T) {
			dir := newRepo(t)
			gitrepo.SetPatience(t, 250*time.Millisecond)
			path := filepath.Join(dir, ".git", name)
			os.Remove(path)
			if err := syscall.Mkfifo(path, 0o666); err != nil {
				t.Fatal(err)
			}
			r, err := gitrepo.Open(t.Context(), dir)
			if err != nil {
				oneError(t, err)
				return
			}
			defer r.Close()
			if _, err := r.ReadIndex(); (err != nil) != (name == "index") {
				t.Errorf("reading the index: %v", err)
			}
		})
	}
}
