package buildcontext_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	buildcontext "github.com/whybust/whybust/context"
)

func TestCleanFilesHaveTheirBlobsIdentity(t *testing.T) {
	for _, subdir := range []string{"", "d", "d/e"} {
		t.Run(subdir, func(t *testing.T) {
			dir, _ := hostileRepo(t)
			settle(t, dir)
			r := openRepo(t, dir)
			want := walk(t, r.Tree(resolve(t, r, "HEAD"), subdir))
			for path, n := range want {
				if n.Kind == buildcontext.Dir {
					n.ID = ""
					want[path] = n
				}
			}
			if diff := cmp.Diff(want, walk(t, workTree(t, r, subdir))); diff != "" {
				t.Errorf("%q (-commit +working tree):\n%s", subdir, diff)
			}
		})
	}
}

// TestWorkTreeShowsWhatIsOnDisk changes one thing at a time.
func TestWorkTreeShowsWhatIsOnDisk(t *testing.T) {
	type nodes = map[string]*node // nil: gone
	tests := []struct {
		name, reason string
		change       func(dir string) error
		want         nodes
	}{
		{"nothing", "a clean tree", func(string) error { return nil }, nodes{}},
		{"content", "a changed file has no identity", func(dir string) error {
			return os.WriteFile(dir+"/d/e-f", []byte("6"), 0o666)
		}, nodes{"d/e-f": {Mode: "-rw-r--r--", Content: "6"}}},
		{"executable bit", "docker sends the disk's, whatever core.fileMode says", func(dir string) error {
			return os.Chmod(dir+"/d/e-f", 0o744)
		}, nodes{"d/e-f": {Mode: "-rwxr-xr-x", Content: "5"}}},
		{"untracked", "docker sends it", func(dir string) error {
			return os.WriteFile(dir+"/d/new", []byte("n"), 0o666)
		}, nodes{"d/new": {Mode: "-rw-r--r--", Content: "n"}}},
		{"ignored by git", "docker sends it", func(dir string) error {
			if err := os.WriteFile(dir+"/.git/info/exclude", []byte("*"), 0o666); err != nil {
				return err
			}
			return os.WriteFile(dir+"/new", []byte("n"), 0o666)
		}, nodes{"new": {Mode: "-rw-r--r--", Content: "n"}}},
		{"removed", "docker cannot send it", func(dir string) error { return os.Remove(dir + "/d/e-f") }, nodes{"d/e-f": nil}},
		{"empty directory", "docker sends it, git has none", func(dir string) error {
			return os.Mkdir(dir+"/void", 0o700)
		}, nodes{"void": {Kind: buildcontext.Dir, Mode: "-rwxr-xr-x"}}},
		{"link for a file", "the index knows a file", func(dir string) error {
			os.Remove(dir + "/d/e-f")
			return os.Symlink("5", dir+"/d/e-f")
		}, nodes{"d/e-f": {Kind: buildcontext.Symlink, Mode: "-rwxrwxrwx", Content: "5"}}},
		{"socket", "fsutil sends an empty file", func(dir string) error {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: dir + "/s", Net: "unix"})
			if err == nil {
				l.SetUnlinkOnClose(false)
				err = l.Close()
			}
			os.Chmod(dir+"/s", 0o666)
			return err
		}, nodes{"s": {Mode: "-rw-r--r--"}}},
		{"named pipe", "fsutil makes it anew, and reading it would hang", func(dir string) error {
			return exec.Command("mkfifo", dir+"/p").Run()
		}, nodes{"p": {Kind: buildcontext.Opaque, Mode: "-rw-r--r--", ID: "named pipe"}}},
		{".git deeper down", "only the repository's own is left out", func(dir string) error {
			os.Mkdir(dir+"/d/.git", 0o777)
			return os.WriteFile(dir+"/d/.git/x", []byte("n"), 0o666)
		}, nodes{"d/.git": {Kind: buildcontext.Dir, Mode: "-rwxr-xr-x"}, "d/.git/x": {Mode: "-rw-r--r--", Content: "n"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir, git := gitDir(t)
			write(t, dir, map[string]string{"d/e-f": "5", "d/x": "6", "y": "7"})
			git("add", "-A")
			git("commit", "-qm", "x")
			git("config", "core.fileMode", "false")
			settle(t, dir)
			git("write-tree") // the index then knows the ids of all directories
			r := openRepo(t, dir)
			want := walk(t, workTree(t, r, ""))
			if err := test.change(dir); err != nil {
				t.Fatal(err)
			}
			for path, n := range test.want {
				if n == nil {
					delete(want, path)
				} else {
					want[path] = *n
				}
			}
			// A change of the mode alone changes the inode, so the identity goes; content decides.
			if diff := cmp.Diff(want, walk(t, workTree(t, r, ""))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
			sameWithoutProof(t, r)
		})
	}
}

// unproven hides that a tree can prove directories unchanged.
type unproven struct{ buildcontext.Tree }

// sameWithoutProof compares HEAD with the working tree twice: as it is done, and listing
// every directory.
func sameWithoutProof(t *testing.T, r *buildcontext.Repository) {
	t.Helper()
	for _, ignore := range []string{"", "d/x", "**/.git"} {
		differences := make([]*buildcontext.Difference, 2)
		for i, tree := range []buildcontext.Tree{workTree(t, r, ""), unproven{workTree(t, r, "")}} {
			old, new := view(t, nil, ignore), view(t, nil, ignore)
			old.Tree, new.Tree = r.Tree(resolve(t, r, "HEAD"), ""), tree
			var err error
			if differences[i], err = buildcontext.Compare(t.Context(), old, nil, new, nil); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(differences[1], differences[0]); diff != "" {
			t.Errorf("a directory taken for unchanged is not (-listed +proven):\n%s", diff)
		}
	}
}

func TestFiltersKeepIdentity(t *testing.T) {
	dir, git := gitDir(t)
	write(t, dir, map[string]string{".gitattributes": "*.txt text eol=crlf\n", "a.txt": "1\r\n2\r\n"})
	git("add", "-A")
	git("commit", "-qm", "x")
	settle(t, dir)
	r := openRepo(t, dir)
	old, work := walk(t, r.Tree(resolve(t, r, "HEAD"), "")), walk(t, workTree(t, r, ""))
	if old["a.txt"].ID == "" || old["a.txt"].ID != work["a.txt"].ID {
		t.Errorf("commit %+v, working tree %+v: want the same identity", old["a.txt"], work["a.txt"])
	}
}

// TestCleanTreeNeedsNoObjects pins what makes a clean working tree cheap to compare.
func TestCleanTreeNeedsNoObjects(t *testing.T) {
	dir, _ := hostileRepo(t)
	settle(t, dir)
	r := openRepo(t, dir)
	c := resolve(t, r, "HEAD")
	work, old := workTree(t, r, ""), r.Tree(c, "")
	var compare func(path string, a, b buildcontext.Entry)
	compare = func(path string, a, b buildcontext.Entry) {
		as, errA := old.ReadDir(t.Context(), path, a)
		bs, errB := work.ReadDir(t.Context(), path, b)
		if errA != nil || errB != nil || len(as) != len(bs) {
			t.Fatal(path, as, bs, errA, errB)
		}
		for i := range as {
			if as[i].Kind == buildcontext.Dir {
				compare(strings.TrimPrefix(path+"/"+as[i].Name, "/"), as[i], bs[i])
			} else if as[i].ID != bs[i].ID {
				t.Errorf("%q of %q has another identity", as[i].Name, path)
			}
		}
	}
	a, _ := old.Root(t.Context())
	b, _ := work.Root(t.Context())
	compare("", a, b)
	if trees, blobs := r.ObjectsRead(); trees != 0 || blobs != 0 {
		t.Errorf("%d trees and %d blobs were read, want none", trees, blobs)
	}
}

func TestWorkTreeConcurrent(t *testing.T) {
	dir, _ := hostileRepo(t)
	r := openRepo(t, dir)
	work := workTree(t, r, "")
	want := walk(t, workTree(t, r, ""))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if diff := cmp.Diff(want, walk(t, work)); diff != "" {
				t.Error(diff)
			}
		})
	}
	wg.Wait()
}

func TestReadAheadGivesUp(t *testing.T) {
	dir, git := gitDir(t)
	files := map[string]string{}
	for i := range 5000 {
		files[fmt.Sprintf("big/%04d", i)] = ""
	}
	write(t, dir, files)
	git("commit", "-q", "--allow-empty", "-m", "x")
	r := openRepo(t, dir)
	if nodes := walk(t, workTree(t, r, "")); len(nodes) != 5002 {
		t.Errorf("%d entries, want 5002", len(nodes))
	}
}
