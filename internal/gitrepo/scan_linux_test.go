package gitrepo_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/whybust/whybust/internal/gitrepo"
)

// holds asks of each directory whether it is what the tree of HEAD holds.
func holds(t *testing.T, dir string, paths ...string) map[string]bool {
	t.Helper()
	r := open(t, dir)
	x, err := r.ReadIndex()
	if err != nil {
		t.Fatal(err)
	}
	scan, got := gitrepo.NewScan(x), map[string]bool{}
	for _, path := range paths {
		id, _ := gitrepo.ParseOID(git(t, dir, "rev-parse", "HEAD:"+path))
		f, err := os.OpenFile(filepath.Join(dir, path), os.O_RDONLY|syscall.O_NOFOLLOW, 0)
		if err != nil {
			continue
		}
		got[path] = scan.Holds(f, path, id)
		f.Close()
		if same, ok := scan.Known(path, id); !ok || same != got[path] {
			t.Errorf("%q: known are %v, %v after %v", path, same, ok, got[path])
		}
	}
	return got
}

// TestScan changes one thing at a time, in a, and says which directories are still known to be those of HEAD.
func TestScan(t *testing.T) {
	const root, a, ab, c = "", "a", "a/b", "c"
	for _, test := range []struct {
		name, reason string
		change       func(dir string) error
		same         []string
	}{
		{"nothing", "all is clean", func(string) error { return nil }, []string{root, a, ab, c}},
		{"content", "a file changed", func(dir string) error { return os.WriteFile(dir+"/a/x", []byte("2"), 0o666) }, []string{ab, c}},
		{"deeper", "all above changed", func(dir string) error { return os.WriteFile(dir+"/a/b/y", []byte("2"), 0o666) }, []string{c}},
		{"mode", "the executable bit changes the inode", func(dir string) error { return os.Chmod(dir+"/a/x", 0o755) }, []string{ab, c}},
		{"added", "an untracked file", func(dir string) error { return os.WriteFile(dir+"/a/new", nil, 0o666) }, []string{ab, c}},
		{"empty directory", "is sent to a build", func(dir string) error { return os.Mkdir(dir+"/a/new", 0o777) }, []string{ab, c}},
		{"repository within", "only the .git of the root does not count", func(dir string) error { return os.Mkdir(dir+"/a/.git", 0o777) }, []string{ab, c}},
		{"removed", "a file is gone", func(dir string) error { return os.Remove(dir + "/a/x") }, []string{ab, c}},
		{"renamed", "as many names, but others", func(dir string) error { return os.Rename(dir+"/a/x", dir+"/a/X") }, []string{ab, c}},
		{"directory removed", "a directory is gone", func(dir string) error { return os.RemoveAll(dir + "/a/b") }, []string{c}},
		{"link to a directory", "is no directory", func(dir string) error {
			os.Rename(dir+"/a/b", dir+"/../b")
			return os.Symlink("../../b", dir+"/a/b")
		}, []string{c}},
		{"link for a file", "is no file", func(dir string) error {
			os.Remove(dir + "/a/x")
			return os.Symlink("1", dir+"/a/x")
		}, []string{ab, c}},
		{"staged", "the index has no tree there", func(dir string) error {
			git(t, dir, "update-index", "--force-remove", "a/x")
			return nil
		}, []string{ab, c}},
		{"staged deeper", "nor above", func(dir string) error {
			git(t, dir, "update-index", "--force-remove", "a/b/y")
			return nil
		}, []string{c}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "w")
			git(t, ".", "init", "-q", dir)
			for _, path := range []string{"a/x", "a/b/y", "c/z", "c.d", "w"} {
				write(t, dir, path, "1")
			}
			git(t, dir, "add", "-A")
			git(t, dir, "commit", "-qm", "x")
			settle(t, dir)
			git(t, dir, "write-tree")
			if err := test.change(dir); err != nil {
				t.Fatal(err)
			}
			got := holds(t, dir, root, a, ab, c)
			for _, path := range test.same {
				if !got[path] {
					t.Errorf("%s: %q is not known to be unchanged", test.reason, path)
				}
				delete(got, path)
			}
			for path, same := range got {
				if same {
					t.Errorf("%s: %q is taken for unchanged", test.reason, path)
				}
			}
		})
	}
}

// TestScanTrustsTheModeOfTheDisk: with core.fileMode=false the index may say otherwise, and docker sends the disk's.
func TestScanTrustsTheModeOfTheDisk(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	git(t, dir, "config", "core.fileMode", "false")
	write(t, dir, "a/x", "1")
	if err := os.Chmod(dir+"/a/x", 0o755); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "add", "-A") // as 100644
	git(t, dir, "commit", "-qm", "x")
	settle(t, dir)
	git(t, dir, "write-tree")
	if holds(t, dir, "a")["a"] {
		t.Error("an executable file is taken for one that is not")
	}
}
