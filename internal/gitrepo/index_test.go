package gitrepo_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/internal/gitrepo"
)

// settle makes the files of a working tree older than its index, so that none is racy.
func settle(t *testing.T, dir string) {
	t.Helper()
	old := time.Now().Add(-time.Hour)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if d.Name() == ".git" {
			return fs.SkipDir
		}
		if err == nil && d.Type().IsRegular() {
			err = os.Chtimes(path, old, old)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond) // links have the time of now
	git(t, dir, "update-index", "-q", "--really-refresh")
	// An index in which nothing changed is not written again.
	write(t, dir, ".git/info/exclude", "refresh\n")
	write(t, dir, "refresh", "")
	git(t, dir, "update-index", "--add", "refresh")
	git(t, dir, "update-index", "--force-remove", "refresh")
	os.Remove(filepath.Join(dir, "refresh"))
}

// clean returns the paths that the index knows to be unchanged, with their blobs.
func clean(t *testing.T, r *gitrepo.Repo) map[string]string {
	t.Helper()
	x, err := r.ReadIndex()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	err = filepath.WalkDir(r.WorkTree, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if d.Name() == ".git" {
			return fs.SkipDir
		}
		rel, _ := filepath.Rel(r.WorkTree, path)
		if rel = strings.TrimPrefix(rel, "."); rel != "" {
			rel = filepath.ToSlash(rel)
		}
		dir := x.Dir(rel)
		list, err := os.ReadDir(path)
		for _, d := range list {
			info, err := d.Info()
			if err != nil {
				return err
			}
			if id, ok := dir.Clean(d.Name(), info); ok {
				got[strings.TrimPrefix(rel+"/"+d.Name(), "/")] = id.Hex()
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// staged returns what git says of the index.
func staged(t *testing.T, dir string) map[string]string {
	want := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(git(t, dir, "ls-files", "-sz"), "\x00"), "\x00") {
		meta, path, _ := strings.Cut(line, "\t")
		want[path] = strings.Fields(meta)[1]
	}
	return want
}

func TestIndexKnowsCleanFiles(t *testing.T) {
	for _, test := range []struct {
		name   string
		init   []string
		config []string
		after  []string
	}{
		{name: "version 2", config: []string{"index.version", "2"}},
		{name: "version 3", config: []string{"index.version", "3"}, after: []string{"update-index", "--skip-worktree", "a"}},
		{name: "version 4", config: []string{"index.version", "4"}, after: []string{"update-index", "--index-version=4"}},
		{name: "sha256", init: []string{"--object-format=sha256"}},
		{name: "sha256 version 4", init: []string{"--object-format=sha256"}, after: []string{"update-index", "--index-version=4"}},
		{name: "untracked cache", after: []string{"update-index", "--force-untracked-cache"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := newRepo(t, test.init...)
			if test.config != nil {
				git(t, dir, append([]string{"config"}, test.config...)...)
			}
			for _, name := range []string{"a", "a.b/c", "a-b", "a/../b/c/d", "b/c-d", "b/\xff\n", "\"q\t", "empty/e", strings.Repeat("deep/", 50) + "x",
				strings.Repeat("n", 200), "d/1", "d/2/3", "d/2/4", "d/2/5", "d/2/6", "d/2/7", "d/2/8", "d/3"} {
				write(t, dir, name, name)
			}
			write(t, dir, "void", "")
			os.Symlink("a", dir+"/link")
			git(t, dir, "add", "-A")
			settle(t, dir)
			if test.after != nil {
				git(t, dir, test.after...)
			}
			r := open(t, dir)
			if diff := cmp.Diff(staged(t, dir), clean(t, r)); diff != "" {
				t.Errorf("(-git ls-files +Clean):\n%s", diff)
			}
			// Each of these changes makes a file, and that one only, unknown.
			for path, change := range map[string]func(path string) error{
				"a-b":   func(p string) error { return os.WriteFile(p, []byte("longer than it was"), 0o666) },
				"d/1":   func(p string) error { return os.WriteFile(p, []byte("D/1"), 0o666) },
				"d/2/4": func(p string) error { os.Remove(p); return os.Symlink("3", p) },
				"b/c-d": func(p string) error { return os.Rename(p, p+"x") },
				"void":  func(p string) error { return os.WriteFile(p, []byte("x"), 0o666) },
				"d/2/5": func(p string) error { // same content, size and time, another inode
					info, err := os.Stat(p)
					if err != nil {
						return err
					}
					os.WriteFile(p+"~", []byte("d/2/X"), 0o666)
					os.Rename(p+"~", p)
					return os.Chtimes(p, info.ModTime(), info.ModTime())
				},
			} {
				if err := change(filepath.Join(dir, path)); err != nil {
					t.Fatal(err)
				}
				want := clean(t, r)
				if _, ok := want[path]; ok {
					t.Errorf("%q changed and is clean", path)
				}
			}
			if got, want := len(clean(t, r)), len(staged(t, dir))-6; got != want {
				t.Errorf("%d files are clean, want %d", got, want)
			}
		})
	}
}

// patchIndex changes the fixed part of an entry, which ends in the id and two bytes of flags.
func patchIndex(t *testing.T, dir, path string, change func(entry []byte)) {
	t.Helper()
	data, err := os.ReadFile(dir + "/.git/index")
	if err != nil {
		t.Fatal(err)
	}
	end := bytes.Index(data, []byte(path+"\x00"))
	if end < 0 {
		t.Fatalf("%q is not in the index", path)
	}
	if len(clean(t, open(t, dir))) != 1 {
		t.Fatal("the file is not clean before")
	}
	change(data[end-62 : end])
	if err := os.WriteFile(dir+"/.git/index", data, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestIndexDistrusts(t *testing.T) {
	tests := []struct {
		name, reason string
		change       func(t *testing.T, dir string)
	}{
		{"racy", "a file as young as the index may have changed since", func(t *testing.T, dir string) {
			settle(t, dir)
			info, err := os.Lstat(dir + "/sub/file")
			if err != nil {
				t.Fatal(err)
			}
			os.Chtimes(dir+"/.git/index", info.ModTime(), info.ModTime())
		}},
		{"marked by git", "a size of 0 with a blob that is not empty is how git marks a racy entry", func(t *testing.T, dir string) {
			write(t, dir, "sub/file", "")
			git(t, dir, "add", "-A")
			settle(t, dir)
			patchIndex(t, dir, "sub/file", func(entry []byte) { entry[len(entry)-3] ^= 1 })
		}},
		{"one side of a conflict", "the file holds none of them", func(t *testing.T, dir string) {
			settle(t, dir)
			patchIndex(t, dir, "sub/file", func(entry []byte) { entry[len(entry)-2] |= 0x10 })
		}},
		{"intent to add", "nothing of the file is in the index", func(t *testing.T, dir string) {
			git(t, dir, "rm", "-q", "--cached", "sub/file")
			git(t, dir, "add", "-N", "sub/file")
			settle(t, dir)
		}},
		{"assume unchanged", "the promise may be broken", func(t *testing.T, dir string) {
			settle(t, dir)
			git(t, dir, "update-index", "--assume-unchanged", "sub/file")
			write(t, dir, "sub/file", "other")
		}},
		{"untracked", "it is not in the index", func(t *testing.T, dir string) {
			git(t, dir, "rm", "-q", "--cached", "sub/file")
		}},
		{"no index", "there is none before the first git add", func(t *testing.T, dir string) {
			os.Remove(dir + "/.git/index")
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := newRepo(t)
			test.change(t, dir)
			if got := clean(t, open(t, dir)); len(got) != 0 {
				t.Errorf("clean: %v, want nothing: %s", got, test.reason)
			}
		})
	}
}

func TestIndexNotUnderstood(t *testing.T) {
	for name, args := range map[string][]string{
		"split": {"update-index", "--split-index"},
	} {
		dir := newRepo(t)
		write(t, dir, "other/x", "")
		git(t, dir, "add", "-A")
		git(t, dir, "commit", "-qm", "x")
		git(t, dir, args...)
		if x, err := open(t, dir).ReadIndex(); err == nil {
			t.Errorf("%s: an index of %d entries was understood", name, x.Len())
		}
	}
}

// TestIndexOfEndlessPaths: in version 4 each path begins like the one before, and here takes a byte more.
func TestIndexOfEndlessPaths(t *testing.T) {
	const entries = 20_000
	data := []byte("DIRC\x00\x00\x00\x04\x00\x00\x4e\x20")
	for range entries {
		fixed := make([]byte, 62)
		fixed[25], fixed[24] = 0o100644&0xff, 0o100644>>8
		data = append(data, fixed...)
		data = append(data, 0, 'x', 0) // nothing is stripped, one byte is added
	}
	data = append(data, make([]byte, 20)...)
	if _, err := gitrepo.ParseIndex(string(data), 20); err == nil {
		t.Errorf("an index with paths of %d bytes was read", entries*entries/2)
	}
	short := append([]byte("DIRC\x00\x00\x00\x04\x00\x00\x00\x0a"), data[12:12+10*65]...)
	if x, err := gitrepo.ParseIndex(string(append(short, make([]byte, 20)...)), 20); err != nil || x.Len() != 10 {
		t.Errorf("ten of them: %v", err)
	}
}

// TestKeptOut: by a sparse checkout, with entries for files or for a whole directory, or one by one.
func TestKeptOut(t *testing.T) {
	for name, args := range map[string][]string{
		"sparse":       {"sparse-checkout", "set", "--cone", "--no-sparse-index", "other"},
		"sparse index": {"sparse-checkout", "set", "--cone", "--sparse-index", "other"},
		"one by one":   {"update-index", "--skip-worktree", "sub/file", "sub/deep/file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := newRepo(t)
			for _, path := range []string{"sub/deep/file", "other/x", "top", "subway"} {
				write(t, dir, path, path)
			}
			git(t, dir, "add", "-A")
			git(t, dir, "commit", "-qm", "x")
			git(t, dir, args...)
			r := open(t, dir)
			x, err := r.ReadIndex()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for path, want := range map[string]bool{"sub/file": true, "sub/deep/file": true, "sub": false, "other/x": false, "top": false, "subway": false, "nowhere": false} {
				if got := x.KeptOut(path); got != want {
					t.Errorf("%s: %q is kept out: %v, want %v", name, path, got, want)
				}
			}
			for line := range strings.SplitSeq(git(t, dir, "ls-tree", "-rtd", "--format=%(objectname)", "HEAD")+"\n"+git(t, dir, "rev-parse", "HEAD^{tree}"), "\n") {
				id, _ := gitrepo.ParseOID(line)
				want, err := r.ReadTree(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				if got, ok := x.Tree(id); ok && len(got) != len(want) {
					t.Errorf("%s: the tree %s has %d entries in the index, want %d", name, line, len(got), len(want))
				}
			}
		})
	}
}

func TestIndexTreesEqualObjects(t *testing.T) {
	dir := newRepo(t)
	for _, name := range []string{"a/b/c", "a/b.x", "a/b-d/e", "a-b", "z/1", "z/2", "top"} {
		write(t, dir, name, name)
	}
	git(t, dir, "add", "-A")
	git(t, dir, "update-index", "--add", "--cacheinfo", "160000,"+git(t, dir, "rev-parse", "HEAD")+",a/module")
	git(t, dir, "commit", "-qm", "x")
	for _, changed := range []bool{false, true} {
		if changed {
			write(t, dir, "a/b/c", "changed")
			git(t, dir, "add", "a/b/c")
		}
		r := open(t, dir)
		x, err := r.ReadIndex()
		if err != nil {
			t.Fatal(err)
		}
		known := 0
		for line := range strings.SplitSeq(git(t, dir, "ls-tree", "-rtd", "--format=%(objectname)", "HEAD")+"\n"+git(t, dir, "rev-parse", "HEAD^{tree}"), "\n") {
			id, _ := gitrepo.ParseOID(line)
			got, ok := x.Tree(id)
			if !ok {
				continue
			}
			known++
			want, err := r.ReadTree(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			byName := cmp.Transformer("byName", func(l []gitrepo.TreeEntry) map[string]gitrepo.TreeEntry {
				m := map[string]gitrepo.TreeEntry{}
				for _, e := range l {
					m[e.Name] = e
				}
				return m
			})
			if diff := cmp.Diff(want, got, byName); diff != "" || len(want) != len(got) {
				t.Errorf("tree %s (-object +index):\n%s", line, diff)
			}
		}
		if want := map[bool]int{false: 6, true: 3}[changed]; known != want {
			t.Errorf("changed = %v: the index knows %d trees, want %d", changed, known, want)
		}
	}
}
