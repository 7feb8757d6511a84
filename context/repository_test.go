package buildcontext_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/leftover"
)

func TestMain(m *testing.M) { os.Exit(leftover.Main(m)) }

// gitDir makes a repository in a new directory and returns a function that runs git in it.
func gitDir(t *testing.T, initArgs ...string) (dir string, git func(args ...string) string) {
	t.Helper()
	leftover.Check(t)
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

func write(t *testing.T, dir string, files map[string]string) {
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

// hostile holds the names that parsers of git's output stumble over.
var hostile = map[string]string{
	"a": "1", "a.b/c": "2", "b/c": "3", "d/e/f/g": "4", "d/e-f": "5", "d/e.x": "", "empty": "",
	"new\nline": "6", "tab\tquote\"": "7", "bytes\xff\xfe": "8", "space and é": "9", "-rf": "x", "--output=x": "x",
	strings.Repeat("deep/", 60) + "x": "10", "large": strings.Repeat("0123456789", 300_000), "sub/.git-not/x": "11",
}

// hostileRepo is a repository of such names, committed, links and modes included.
func hostileRepo(t *testing.T, initArgs ...string) (dir string, git func(...string) string) {
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
	git := gitIn(t, dir)
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

func TestCommitEqualsCheckout(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			dir, git := hostileRepo(t, "--object-format="+format)
			r := openRepo(t, dir)
			commit := walk(t, r.Tree(resolve(t, r, "HEAD"), ""))
			checkout := t.TempDir()
			git("worktree", "add", "-q", checkout+"/w")
			linked := openRepo(t, checkout+"/w")
			for name, tree := range map[string]buildcontext.Tree{
				"the working tree":  workTree(t, r, ""),
				"a linked worktree": workTree(t, linked, ""),
			} {
				if diff := cmp.Diff(commit, walk(t, tree), cmp.FilterPath(isID, cmp.Ignore())); diff != "" {
					t.Errorf("%s: %s differs from the commit (-commit +checkout):\n%s", format, name, diff)
				}
			}
		})
	}
}

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

func TestSubmodules(t *testing.T) {
	dir, git := gitDir(t)
	write(t, dir, map[string]string{"a": "1"})
	git("add", "-A")
	git("commit", "-qm", "x")
	head := git("rev-parse", "HEAD")
	git("update-index", "--add", "--cacheinfo", "160000,"+head+",dir/m")
	git("commit", "-qm", "y")
	git("update-index", "--cacheinfo", "160000,"+strings.Repeat("1", len(head))+",dir/m")
	git("commit", "-qm", "z")
	r := openRepo(t, dir)
	var ids []string
	for _, rev := range []string{"HEAD~1", "HEAD"} {
		nodes := walk(t, r.Tree(resolve(t, r, rev), ""))
		if n := nodes["dir/m"]; n.Kind != buildcontext.Dir || len(nodes) != 4 {
			t.Errorf("%s: %+v, want an empty directory", rev, nodes)
		}
		if !buildcontext.IsSubmodule(buildcontext.Entry{ID: nodes["dir/m"].ID}) || buildcontext.IsSubmodule(buildcontext.Entry{ID: nodes["dir"].ID}) {
			t.Errorf("%s: IsSubmodule does not tell them apart", rev)
		}
		ids = append(ids, nodes["dir/m"].ID)
	}
	if ids[0] != ids[1] {
		t.Error("two commits of a submodule differ, but a plain checkout is empty either way")
	}
}

func TestTreeSubdir(t *testing.T) {
	dir, _ := hostileRepo(t)
	r := openRepo(t, dir)
	c := resolve(t, r, "HEAD")
	whole := walk(t, r.Tree(c, ""))
	for _, subdir := range []string{"d", "d/", "./d", "d/e", ".", "/"} {
		clean := strings.Trim(strings.TrimPrefix(subdir, "."), "/")
		for path, n := range walk(t, r.Tree(c, subdir)) {
			full := strings.Trim(clean+"/"+path, "/")
			if diff := cmp.Diff(whole[full], n); diff != "" {
				t.Errorf("%q of %q (-whole +subdir):\n%s", path, subdir, diff)
			}
		}
	}
	for subdir, want := range map[string]error{"nowhere": fs.ErrNotExist, "a/x": fs.ErrNotExist, "a": nil, "link": nil, "../x": fs.ErrInvalid, "d//e": fs.ErrInvalid} {
		_, err := r.Tree(c, subdir).Root(t.Context())
		if err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%q: error = %v, want %v", subdir, err, cmp.Diff(want, nil))
		}
	}
	for _, subdir := range []string{"nowhere", "a", "out", "../x"} {
		if _, err := r.WorkTree(t.Context(), subdir); err == nil {
			t.Errorf("%q is a working tree", subdir)
		}
	}
}

func TestReadFile(t *testing.T) {
	dir, _ := hostileRepo(t)
	r := openRepo(t, dir)
	c := resolve(t, r, "HEAD")
	for path, want := range hostile {
		got, err := r.ReadFile(t.Context(), c, path)
		if err != nil || string(got) != want {
			t.Errorf("%q: %d bytes, %v; want %d", path, len(got), err, len(want))
		}
	}
	for _, path := range []string{"nowhere", "d", "link", "", "a/b", "d/nowhere"} {
		if _, err := r.ReadFile(t.Context(), c, path); err == nil {
			t.Errorf("%q can be read", path)
		}
	}
	if _, err := r.ReadFile(t.Context(), c, "nowhere"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error = %v, want ErrNotExist", err)
	}
}

func TestRevisionsAndMergeBase(t *testing.T) {
	dir, git := gitDir(t)
	r := openRepo(t, dir)
	var re *buildcontext.RevisionError
	if _, err := r.Resolve(t.Context(), "HEAD"); !errors.As(err, &re) {
		t.Errorf("unborn HEAD: error = %v, want a RevisionError", err)
	}
	git("commit", "-q", "--allow-empty", "-m", "x")
	git("commit", "-q", "--allow-empty", "-m", "y")
	head, parent := resolve(t, r, "HEAD"), resolve(t, r, "HEAD~1")
	if head.ID != git("rev-parse", "HEAD") {
		t.Errorf("HEAD is %s", head.ID)
	}
	if base, err := r.MergeBase(t.Context(), head, parent); err != nil || base != parent {
		t.Errorf("merge base %v, %v", base, err)
	}
	if _, err := buildcontext.OpenRepository(t.Context(), t.TempDir()); !errors.Is(err, buildcontext.ErrNotRepository) {
		t.Errorf("error = %v, want ErrNotRepository", err)
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

// TestTreesAreReadOnce pins that what two revisions share is read once, and nothing more.
func TestTreesAreReadOnce(t *testing.T) {
	dir, git := hostileRepo(t)
	write(t, dir, map[string]string{"d/e-f": "changed"})
	git("commit", "-qam", "y")
	r := openRepo(t, dir)
	for range 2 {
		for _, rev := range []string{"HEAD", "HEAD~1"} {
			tree := r.Tree(resolve(t, r, rev), "")
			root, err := tree.Root(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			list, err := tree.ReadDir(t.Context(), "", root)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				if e.Kind != buildcontext.Dir {
					continue
				}
				if _, err := tree.ReadDir(t.Context(), e.Name, e); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	// Two roots, two times d, and a.b, b, deep, sub.
	if trees, blobs := r.ObjectsRead(); trees != 8 || blobs != 0 {
		t.Errorf("%d trees and %d blobs were read, want 8 and 0", trees, blobs)
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

// TestStress has many goroutines compare and hash what is in one repository, some until they
// are cancelled. Whoever was not gets the same answer.
func TestStress(t *testing.T) {
	dir, git := hostileRepo(t)
	write(t, dir, map[string]string{"d/e-f": "changed"})
	git("commit", "-qam", "y")
	write(t, dir, map[string]string{"d/new": "1"})
	r := openRepo(t, dir)
	ask := func(ctx context.Context, kind int) (string, error) {
		old, new := &buildcontext.View{}, &buildcontext.View{}
		c, err := r.Resolve(ctx, "HEAD")
		if err != nil {
			return "", err
		}
		p, err := r.Resolve(ctx, "HEAD~1")
		if err != nil {
			return "", err
		}
		work, err := r.WorkTree(ctx, "")
		if err != nil {
			return "", err
		}
		old.Tree, new.Tree = r.Tree(p, ""), r.Tree(c, "")
		switch kind {
		case 0:
			d, err := buildcontext.Compare(ctx, old, nil, new, nil)
			return fmt.Sprintf("%+v", d), err
		case 1:
			new.Tree = work
			d, err := buildcontext.Compare(ctx, old, nil, new, nil)
			return fmt.Sprintf("%+v", d), err
		case 2:
			new.Tree = work
		}
		sum, err := (&buildcontext.Digester{Parallel: 3}).Digest(ctx, new, nil)
		return sum.String(), err
	}
	var want []string
	for kind := range 4 {
		answer, err := ask(t.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, answer)
	}
	var wg sync.WaitGroup
	for worker := range 12 {
		wg.Go(func() {
			for i := range 6 {
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if worker%3 == 0 {
					ctx, cancel = context.WithTimeout(ctx, time.Duration(worker*i)*200*time.Microsecond)
				}
				kind := (worker + i) % 4
				got, err := ask(ctx, kind)
				if ctx.Err() == nil && (err != nil || got != want[kind]) {
					t.Errorf("kind %d: %v, got %.200s, want %.200s", kind, err, got, want[kind])
				}
				cancel()
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
