package gitrepo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/internal/gitrepo"
	"github.com/whybust/whybust/internal/gittest"
	"github.com/whybust/whybust/internal/leftover"
)

func TestMain(m *testing.M) { os.Exit(leftover.Main(m)) }

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	return gittest.In(t, dir)(args...)
}

// newRepo makes a repository with two commits; the second changes sub/file.
func newRepo(t *testing.T, initArgs ...string) string {
	t.Helper()
	leftover.Check(t)
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	git(t, dir, append([]string{"init", "-q", "-b", "main"}, initArgs...)...)
	for _, content := range []string{"one", "two"} {
		write(t, dir, "sub/file", content)
		git(t, dir, "add", "-A")
		git(t, dir, "commit", "-qm", content)
	}
	return dir
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	gittest.Write(t, dir, map[string]string{name: content})
}

func open(t *testing.T, dir string) *gitrepo.Repo {
	t.Helper()
	r, err := gitrepo.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// TestLayout compares what Open finds with what git says, in every kind of
// place that a repository can be opened from.
func TestLayout(t *testing.T) {
	type layout struct {
		WorkTree, Prefix, GitDir, Index, Format string
		Bare, Shallow, Head                     bool
	}
	tests := []struct {
		name, reason string
		place        func(t *testing.T) (dir string, want layout)
	}{
		{"root", "the plain layout is known without asking git", func(t *testing.T) (string, layout) {
			d := newRepo(t)
			return d, layout{d, "", d + "/.git", d + "/.git/index", "sha1", false, false, true}
		}},
		{"subdirectory", "git looks for .git upwards", func(t *testing.T) (string, layout) {
			d := newRepo(t)
			return d + "/sub", layout{d, "sub", d + "/.git", d + "/.git/index", "sha1", false, false, true}
		}},
		{"newline in the path", "rev-parse prints paths with their newlines", func(t *testing.T) (string, layout) {
			d := newRepo(t)
			write(t, d, "a\nb/\xff/x", "")
			return d + "/a\nb/\xff", layout{d, "a\nb/\xff", d + "/.git", d + "/.git/index", "sha1", false, false, true}
		}},
		{"sha256", "the object format is an extension", func(t *testing.T) (string, layout) {
			d := newRepo(t, "--object-format=sha256")
			return d, layout{d, "", d + "/.git", d + "/.git/index", "sha256", false, false, true}
		}},
		{"unborn", "HEAD names a branch without a commit", func(t *testing.T) (string, layout) {
			newRepo(t)
			d, _ := filepath.EvalSymlinks(t.TempDir())
			git(t, d, "init", "-q")
			return d, layout{d, "", d + "/.git", d + "/.git/index", "sha1", false, false, false}
		}},
		{"linked worktree", ".git is a file there, and the index is elsewhere", func(t *testing.T) (string, layout) {
			d := newRepo(t)
			w, _ := filepath.EvalSymlinks(t.TempDir())
			git(t, d, "worktree", "add", "-q", w+"/w")
			return w + "/w", layout{w + "/w", "", d + "/.git/worktrees/w", d + "/.git/worktrees/w/index", "sha1", false, false, true}
		}},
		{"bare", "there is no working tree", func(t *testing.T) (string, layout) {
			d := newRepo(t)
			git(t, d, "clone", "-q", "--bare", ".", "bare.git")
			d += "/bare.git"
			return d, layout{"", "", d, d + "/index", "sha1", true, false, true}
		}},
		{"in .git", "it is no place in the working tree", func(t *testing.T) (string, layout) {
			d := newRepo(t)
			return d + "/.git/refs", layout{"", "", d + "/.git", d + "/.git/index", "sha1", false, false, true}
		}},
		{"shallow", "a clone of depth 1 lacks history", func(t *testing.T) (string, layout) {
			d := newRepo(t)
			git(t, d, "clone", "-q", "--depth=1", "file://"+d, "clone")
			d += "/clone"
			return d, layout{d, "", d + "/.git", d + "/.git/index", "sha1", false, true, true}
		}},
		{"moved working tree", "core.worktree puts it elsewhere", func(t *testing.T) (string, layout) {
			d := newRepo(t)
			git(t, d, "config", "core.worktree", d+"/sub")
			return d + "/sub", layout{d + "/sub", "", d + "/.git", d + "/.git/index", "sha1", false, false, true}
		}},
		{"broken .git below", "git passes over a .git that is no repository", func(t *testing.T) (string, layout) {
			d := newRepo(t)
			for _, name := range []string{"HEAD", "config", "objects/x", "refs/x"} {
				write(t, d+"/sub/.git", name, "nonsense")
			}
			return d + "/sub", layout{d, "sub", d + "/.git", d + "/.git/index", "sha1", false, false, true}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir, want := test.place(t)
			r := open(t, dir)
			got := layout{r.WorkTree, r.Prefix, r.GitDir, r.IndexFile, r.ObjectFormat, r.Bare, r.Shallow, r.Head != ""}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
			if r.Head != "" {
				if want := git(t, dir, "rev-parse", "HEAD"); r.Head.Hex() != want {
					t.Errorf("HEAD is %s, want %s", r.Head.Hex(), want)
				}
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	dir := newRepo(t)
	t.Run("no repository", func(t *testing.T) {
		_, err := gitrepo.Open(t.Context(), t.TempDir())
		if !errors.Is(err, gitrepo.ErrNotRepository) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error = %v, want one line that wraps ErrNotRepository", err)
		}
	})
	t.Run("no directory", func(t *testing.T) {
		if _, err := gitrepo.Open(t.Context(), dir+"/nowhere"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("error = %v, want ErrNotExist", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, d := range []string{dir, dir + "/sub"} {
			if _, err := gitrepo.Open(ctx, d); !errors.Is(err, context.Canceled) {
				t.Errorf("error = %v, want Canceled", err)
			}
		}
	})
	t.Run("no git", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		if _, err := gitrepo.Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "git "+gitrepo.MinVersion) {
			t.Errorf("error = %v, want one that names the version needed", err)
		}
	})
	t.Run("foreign owner", func(t *testing.T) {
		if os.Getuid() != 0 {
			t.Skip("only root can give files away")
		}
		if err := os.Lchown(dir, 12345, 12345); err != nil {
			t.Fatal(err)
		}
		if err := os.Lchown(dir+"/.git", 12345, 12345); err != nil {
			t.Fatal(err)
		}
		_, err := gitrepo.Open(t.Context(), dir)
		if err == nil || !strings.Contains(err.Error(), "safe.directory") || strings.Contains(err.Error(), "\n") {
			t.Errorf("error = %v, want git's own advice in one line", err)
		}
	})
}

func TestResolve(t *testing.T) {
	dir := newRepo(t)
	git(t, dir, "tag", "-am", "x", "annotated", "HEAD~1")
	r := open(t, dir)
	for _, rev := range []string{"HEAD", "main", "HEAD~1", "annotated", "@{0}", ":/one", "HEAD^{/one}",
		git(t, dir, "rev-parse", "HEAD"), git(t, dir, "rev-parse", "--short", "HEAD")} {
		commit, tree, err := r.Resolve(t.Context(), rev)
		if err != nil {
			t.Errorf("%q: %v", rev, err)
			continue
		}
		named := git(t, dir, "rev-parse", "--verify", rev)
		if want := git(t, dir, "rev-parse", "--verify", named+"^{commit}"); commit.Hex() != want {
			t.Errorf("%q is commit %s, want %s", rev, commit.Hex(), want)
		}
		if want := git(t, dir, "rev-parse", "--verify", named+"^{tree}"); tree.Hex() != want {
			t.Errorf("%q has tree %s, want %s", rev, tree.Hex(), want)
		}
	}
}

func TestResolveErrors(t *testing.T) {
	dir := newRepo(t)
	r := open(t, dir)
	for _, rev := range []string{"", "-", "--", "--output=x", "-h", "--batch-check", "nowhere", "HEAD~9", "HEAD HEAD",
		"HEAD\nHEAD", "HEAD\x00", "HEAD\r", "HEAD:sub", "HEAD:sub/file", "HEAD^{tree}", "main..HEAD", "main...HEAD",
		"\xff", "deadbeef", strings.Repeat("0", 40), strings.Repeat("x", 100_000), "HEAD commit 5", "$(touch x)", "`touch x`"} {
		_, _, err := r.Resolve(t.Context(), rev)
		var re *gitrepo.RevisionError
		if !errors.As(err, &re) || re.Revision != rev {
			t.Errorf("%.50q: error = %v, want a RevisionError", rev, err)
		}
	}
	if _, _, err := r.Resolve(t.Context(), "HEAD"); err != nil {
		t.Errorf("the process is out of step afterwards: %v", err)
	}
	if out := git(t, dir, "status", "--porcelain"); out != "" {
		t.Errorf("files appeared:\n%s", out)
	}
}

// TestDeadlyRevision: git dies over these; the others are none the worse for it.
func TestDeadlyRevision(t *testing.T) {
	dir := newRepo(t)
	r := open(t, dir)
	for _, deadly := range []string{"@{u}", "main@{push}"} {
		if err := r.Ahead(t.Context(), "HEAD^{tree}", deadly+"^{tree}", "HEAD^{commit}", deadly+"^{commit}"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := r.Resolve(t.Context(), "HEAD"); err != nil {
			t.Errorf("HEAD beside %s: %v", deadly, err)
		}
		var re *gitrepo.RevisionError
		if _, _, err := r.Resolve(t.Context(), deadly); !errors.As(err, &re) || re.Revision != deadly || !strings.Contains(re.Reason, "main") {
			t.Errorf("%s: error = %v, want a RevisionError with what git says", deadly, err)
		}
		if _, _, err := r.Resolve(t.Context(), "HEAD"); err != nil {
			t.Errorf("HEAD after %s: %v", deadly, err)
		}
	}
}

func TestShallowSaysSo(t *testing.T) {
	dir := newRepo(t)
	git(t, dir, "clone", "-q", "--depth=1", "file://"+dir, "clone")
	_, _, err := open(t, dir+"/clone").Resolve(t.Context(), "HEAD~1")
	if err == nil || !strings.Contains(err.Error(), "fetch-depth: 0") {
		t.Errorf("error = %v, want the remedy", err)
	}
}

func TestMergeBase(t *testing.T) {
	dir := newRepo(t)
	fork := git(t, dir, "rev-parse", "HEAD")
	git(t, dir, "checkout", "-qb", "side")
	git(t, dir, "commit", "-q", "--allow-empty", "-m", "side")
	git(t, dir, "checkout", "-q", "main")
	git(t, dir, "commit", "-q", "--allow-empty", "-m", "main")
	git(t, dir, "checkout", "-q", "--orphan", "orphan")
	git(t, dir, "commit", "-q", "-m", "orphan")
	r := open(t, dir)
	commit := func(rev string) gitrepo.OID {
		id, _, err := r.Resolve(t.Context(), rev)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	if base, err := r.MergeBase(t.Context(), commit("main"), commit("side")); err != nil || base.Hex() != fork {
		t.Errorf("merge base = %s, %v, want %s", base.Hex(), err, fork)
	}
	var re *gitrepo.RevisionError
	if _, err := r.MergeBase(t.Context(), commit("main"), commit("orphan")); !errors.As(err, &re) {
		t.Errorf("error = %v, want a RevisionError", err)
	}
}

func TestReadTreeEqualsLsTree(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			dir := newRepo(t, "--object-format="+format)
			for _, name := range []string{"a", "a.b/c", "a-b", "b/\xff\n", "\"q\t"} {
				write(t, dir, name, name)
			}
			os.Symlink("a", dir+"/link")
			git(t, dir, "add", "-A")
			git(t, dir, "update-index", "--add", "--cacheinfo", "160000,"+git(t, dir, "rev-parse", "HEAD")+",module")
			git(t, dir, "commit", "-qm", "x")
			r := open(t, dir)
			_, tree, err := r.Resolve(t.Context(), "HEAD")
			if err != nil {
				t.Fatal(err)
			}
			entries, err := r.ReadTree(t.Context(), tree)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range entries {
				typ := "blob"
				switch e.Mode {
				case gitrepo.ModeDir:
					typ = "tree"
				case gitrepo.ModeGitlink:
					typ = "commit"
				}
				got = append(got, fmt.Sprintf("%06o %s %s\t%s", e.Mode, typ, e.OID.Hex(), e.Name))
			}
			want := strings.Split(strings.TrimSuffix(git(t, dir, "ls-tree", "-z", "HEAD"), "\x00"), "\x00")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-ls-tree +ReadTree):\n%s", format, diff)
			}
			if r.Trees() != 1 || r.Blobs() != 0 {
				t.Errorf("%d trees and %d blobs were read, want 1 and 0", r.Trees(), r.Blobs())
			}
		})
	}
}

// children returns the processes that this one has started and not reaped.
func children(t *testing.T) []string {
	t.Helper()
	if runtime.GOOS != "linux" {
		return nil
	}
	var all []string
	tasks, _ := filepath.Glob("/proc/self/task/*/children")
	for _, task := range tasks {
		data, _ := os.ReadFile(task)
		all = append(all, strings.Fields(string(data))...)
	}
	return all
}

func TestBlobStreams(t *testing.T) {
	dir := newRepo(t)
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MiB
	write(t, dir, "large", string(large))
	write(t, dir, "small", "small")
	git(t, dir, "add", "-A")
	oid := func(name string) gitrepo.OID {
		id, ok := gitrepo.ParseOID(git(t, dir, "rev-parse", ":"+name))
		if !ok {
			t.Fatal("no id")
		}
		return id
	}
	largeID, smallID := oid("large"), oid("small")
	readAll := func(r *gitrepo.Repo, id gitrepo.OID) string {
		b, size, err := r.Blob(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		data, err := io.ReadAll(b)
		if err != nil || int64(len(data)) != size {
			t.Fatalf("%d bytes of %d, %v", len(data), size, err)
		}
		return string(data)
	}
	r := open(t, dir)
	defer r.Close()
	before := children(t)
	if readAll(r, largeID) != string(large) || readAll(r, smallID) != "small" || readAll(r, largeID) != string(large) {
		t.Error("wrong content")
	}
	if diff := cmp.Diff(before, children(t)); diff != "" {
		t.Errorf("one after another needs one process:\n%s", diff)
	}
	// Two at once, the first read only in part, by one goroutine.
	first, _, err := r.Blob(t.Context(), largeID)
	if err != nil {
		t.Fatal(err)
	}
	io.CopyN(io.Discard, first, 100)
	if readAll(r, largeID) != string(large) || readAll(r, smallID) != "small" {
		t.Error("wrong content beside a stream")
	}
	first.Close()
	if _, err := first.Read(make([]byte, 1)); err == nil {
		t.Error("a closed stream can be read")
	}
	// One that nobody closes but Close.
	r.Blob(t.Context(), largeID)
}

func TestCancel(t *testing.T) {
	dir := newRepo(t)
	write(t, dir, "large", strings.Repeat("0123456789abcdef", 1<<18))
	git(t, dir, "add", "-A")
	id, _ := gitrepo.ParseOID(git(t, dir, "rev-parse", ":large"))
	r := open(t, dir)
	defer r.Close()
	ctx, cancel := context.WithCancel(t.Context())
	b, _, err := r.Blob(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.Copy(io.Discard, b); !errors.Is(err, context.Canceled) {
		t.Errorf("error of a stream = %v, want Canceled", err)
	}
	b.Close()
	if _, _, err := r.Resolve(ctx, "HEAD"); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want Canceled", err)
	}
	if _, _, err := r.Resolve(t.Context(), "HEAD"); err != nil {
		t.Errorf("after a cancelled request: %v", err)
	}
}

func TestDyingGit(t *testing.T) {
	dir := newRepo(t)
	blob := git(t, dir, "rev-parse", "HEAD:sub/file")
	file := filepath.Join(dir, ".git/objects", blob[:2], blob[2:])
	os.Chmod(file, 0o666)
	if err := os.WriteFile(file, []byte("damaged"), 0o666); err != nil {
		t.Fatal(err)
	}
	id, _ := gitrepo.ParseOID(blob)
	r := open(t, dir)
	defer r.Close()
	for range 3 {
		if _, _, err := r.Blob(t.Context(), id); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("error = %v, want one line", err)
		}
	}
}

func TestClosed(t *testing.T) {
	r := open(t, newRepo(t))
	for range 2 {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := r.Resolve(t.Context(), "HEAD"); err == nil {
		t.Error("a closed repository answers")
	}
}
