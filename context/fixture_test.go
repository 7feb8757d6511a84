package buildcontext_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/gittest"
	"github.com/whybust/whybust/internal/leftover"
)

func TestMain(m *testing.M) { os.Exit(leftover.Main(m)) }

// gitDir makes a repository in a new directory, and nothing is configured beside it.
func gitDir(t *testing.T, initArgs ...string) (dir string, git gittest.Git) {
	t.Helper()
	leftover.Check(t)
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	return gittest.Init(t, initArgs...)
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	gittest.Write(t, dir, files)
}

func openRepo(t *testing.T, dir string) *buildcontext.Repository {
	t.Helper()
	r, err := buildcontext.OpenRepository(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// node is an entry with all that can be read of it.
type node struct {
	Kind    buildcontext.Kind
	Mode    string
	Content string // of a file or link
	ID      string
}

// walk reads a whole tree.
func walk(t *testing.T, tree buildcontext.Tree) map[string]node {
	t.Helper()
	root, err := tree.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	nodes := map[string]node{}
	var visit func(path string, e buildcontext.Entry)
	visit = func(path string, e buildcontext.Entry) {
		n := node{Kind: e.Kind, Mode: e.Mode.String(), ID: e.ID}
		var err error
		switch e.Kind {
		case buildcontext.Symlink:
			n.Content, err = tree.ReadLink(t.Context(), path, e)
		case buildcontext.File:
			n.Content, err = read(t, tree, path, e)
		case buildcontext.Dir:
			var entries []buildcontext.Entry
			entries, err = tree.ReadDir(t.Context(), path, e)
			for i, child := range entries {
				if i > 0 && entries[i-1].Name >= child.Name {
					t.Errorf("%q: %q is before %q", path, entries[i-1].Name, child.Name)
				}
				visit(strings.TrimPrefix(path+"/"+child.Name, "/"), child)
			}
		}
		if err != nil {
			t.Fatalf("%q: %v", path, err)
		}
		nodes[path] = n
	}
	visit("", root)
	return nodes
}

func read(t *testing.T, tree buildcontext.Tree, path string, e buildcontext.Entry) (string, error) {
	f, err := tree.Open(t.Context(), path, e)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if e.Size >= 0 && int64(len(data)) != e.Size {
		t.Errorf("%q has %d bytes, not %d", path, len(data), e.Size)
	}
	return string(data), err
}

// hostile holds the names that parsers of git's output stumble over.
var hostile = map[string]string{
	"a": "1", "a.b/c": "2", "b/c": "3", "d/e/f/g": "4", "d/e-f": "5", "d/e.x": "", "empty": "",
	"new\nline": "6", "tab\tquote\"": "7", "bytes\xff\xfe": "8", "space and é": "9", "-rf": "x", "--output=x": "x",
	strings.Repeat("deep/", 60) + "x": "10", "large": strings.Repeat("0123456789", 300_000), "sub/.git-not/x": "11",
}

// hostileRepo is a repository of such names, committed, links and modes included.
func hostileRepo(t *testing.T, initArgs ...string) (dir string, git gittest.Git) {
	dir, git = gitDir(t, initArgs...)
	write(t, dir, hostile)
	for link, target := range map[string]string{"link": "d/e", "d/broken": "/nowhere", "out": "../../..", "dirlink": "d"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	os.Chmod(filepath.Join(dir, "a"), 0o755)
	os.Chmod(filepath.Join(dir, "empty"), 0o600)
	git("add", "-A")
	git("commit", "-qm", "x")
	return dir, git
}

// settle makes the index younger than every file, so that none is racy.
func settle(t *testing.T, dir string) {
	t.Helper()
	time.Sleep(20 * time.Millisecond)
	write(t, dir, map[string]string{"refresh": ""})
	git := gittest.In(t, dir)
	git("update-index", "--add", "refresh")
	git("update-index", "--force-remove", "refresh")
	git("write-tree") // makes the index's tree objects known again
	if err := os.Remove(filepath.Join(dir, "refresh")); err != nil {
		t.Fatal(err)
	}
}

func resolve(t *testing.T, r *buildcontext.Repository, rev string) buildcontext.Commit {
	t.Helper()
	c, err := r.Resolve(t.Context(), rev)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func workTree(t *testing.T, r *buildcontext.Repository, subdir string) buildcontext.Tree {
	t.Helper()
	w, err := r.WorkTree(t.Context(), subdir)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// isID selects the identities in a comparison of nodes.
func isID(p cmp.Path) bool { return p.Last().String() == ".ID" }
