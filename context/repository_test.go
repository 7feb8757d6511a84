package buildcontext_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	buildcontext "github.com/whybust/whybust/context"
)

// gitDir makes a repository in a new directory and returns a function that runs git in it.
func gitDir(t *testing.T, initArgs ...string) (dir string, git func(args ...string) string) {
	t.Helper()
	dir = t.TempDir()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	git = gitIn(t, dir)
	git(append([]string{"init", "-q", "-b", "main"}, initArgs...)...)
	return dir, git
}

func gitIn(t *testing.T, dir string) func(args ...string) string {
	return func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
			"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b")
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %q: %v: %s", args, err, stderr.String())
		}
		return strings.TrimSuffix(string(out), "\n")
	}
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
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

func TestCommitEqualsCheckout(t *testing.T) {
	dir, git := gitDir(t)
	writeFiles(t, dir, map[string]string{
		"a": "1", "a.b/c": "2", "a/../b": "3", "d/e/f/g": "4", "d/e-f": "5", "d/e.x": "", "empty": "",
		"new\nline": "6", "tab\tquote\"": "7", "bytes\xff\xfe": "8", "space and é": "9",
		strings.Repeat("deep/", 60) + "x": "10", "large": strings.Repeat("0123456789", 300_000),
	})
	os.Symlink("d/e", filepath.Join(dir, "link"))
	os.Symlink("/nowhere", filepath.Join(dir, "d/broken"))
	os.Chmod(filepath.Join(dir, "a"), 0o755)
	os.Chmod(filepath.Join(dir, "empty"), 0o600)
	git("add", "-A")
	git("commit", "-qm", "x")
	r := openRepo(t, dir)
	c, err := r.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	commit := walk(t, r.Tree(c, ""))
	work, err := r.WorkTree(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	ignoreID := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".ID" }, cmp.Ignore())
	if diff := cmp.Diff(commit, walk(t, work), ignoreID); diff != "" {
		t.Errorf("the checkout differs from the commit (-commit +checkout):\n%s", diff)
	}
}
