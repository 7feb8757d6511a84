package gitrepo_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/whybust/whybust/internal/gitrepo"
)

// FuzzRevision resolves whatever is called a revision. It names one of the commits or is an error; afterwards
// the process is in step, and no file has appeared.
func FuzzRevision(f *testing.F) {
	for _, rev := range []string{"HEAD", "HEAD~1", "-", "--output=x", "--batch-all-objects", ":(glob)*", ":/one", ":/", "@{-1}", "@{u}",
		"HEAD@{1 day ago}", "HEAD\nHEAD", "a\tb", "HEAD^{/one}", ":0:sub/file", "^HEAD", "main..HEAD", "x\x00y", "\xff", "HEAD^{tree}",
		"flush", "info HEAD", "contents HEAD", "HEAD^{commit}", "HEAD^{", "refs/../HEAD", "../../etc/passwd", "$(touch x)", "HEAD^@", "HEAD^-",
		"worktrees/../HEAD", "main@{push}", "ORIG_HEAD", "0000000", "HEAD:./sub", "stash@{0}", "😀", "HEAD\r"} {
		f.Add(rev)
	}
	dir := f.TempDir()
	f.Setenv("HOME", f.TempDir())
	commits, err := sampleHistory(dir)
	if err != nil {
		f.Fatal(err)
	}
	r, err := gitrepo.Open(context.Background(), dir)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { r.Close() })
	before := listing(dir)
	f.Fuzz(func(t *testing.T, rev string) {
		commit, tree, err := r.Resolve(t.Context(), rev)
		if err == nil && (!slices.Contains(commits, commit.Hex()) || tree == "") {
			t.Errorf("%q is %s with the tree %s", rev, commit.Hex(), tree.Hex())
		}
		if err := r.Ahead(t.Context(), "HEAD^{tree}", "HEAD^{commit}"); err != nil {
			t.Fatal(err)
		}
		head, _, err := r.Resolve(t.Context(), "HEAD")
		if err != nil || head.Hex() != commits[0] {
			t.Fatalf("after %q HEAD is %s, %v", rev, head.Hex(), err)
		}
		if after := listing(dir); after != before {
			t.Fatalf("%q made a file:\n%s", rev, after)
		}
	})
}

// listing is what lies in a repository's directories in which a file could appear.
func listing(dir string) string {
	var names []string
	for _, d := range []string{".", dir, dir + "/.git", dir + "/sub"} {
		list, _ := os.ReadDir(d)
		for _, e := range list {
			names = append(names, d+"/"+e.Name())
		}
	}
	return strings.Join(names, "\n")
}

// TestHostileNames: a directory whose name looks like an option, or like anything else.
func TestHostileNames(t *testing.T) {
	dir := newRepo(t)
	for _, name := range []string{"--output=x", "-", "-C", ":(glob)*", "a\nb", "tab\there", "\x1b[2J", "\xff", "$(touch x)", "--whybust-mark"} {
		place := filepath.Join(dir, name)
		git(t, dir, "clone", "-q", dir, place)
		sub := filepath.Join(place, "sub")
		for _, d := range []string{place, sub} {
			r, err := gitrepo.Open(t.Context(), d)
			if err != nil {
				t.Errorf("%q: %v", d, err)
				continue
			}
			if _, _, err := r.Resolve(t.Context(), "HEAD~1"); err != nil || r.WorkTree != place {
				t.Errorf("%q: working tree %q, %v", d, r.WorkTree, err)
			}
			r.Close()
		}
	}
	if list, _ := filepath.Glob(dir + "/x"); list != nil {
		t.Error("a name was executed")
	}
}

// TestMissingObjectIsNotFetched: neither by this git nor by one that does not know GIT_NO_LAZY_FETCH.
func TestMissingObjectIsNotFetched(t *testing.T) {
	dir := newRepo(t)
	git(t, dir, "config", "uploadpack.allowFilter", "true")
	git(t, dir, "config", "uploadpack.allowAnySHA1InWant", "true")
	git(t, dir, "clone", "-q", "--filter=blob:none", "--no-checkout", "file://"+dir, "clone")
	hex := git(t, dir, "rev-parse", "HEAD:sub/file")
	for name, prepare := range map[string]func(*testing.T){
		"this git":     func(*testing.T) {},
		"an older git": func(t *testing.T) { plantGit(t, "unset GIT_NO_LAZY_FETCH\nexec \"$REAL\" \"$@\"\n") },
	} {
		t.Run(name, func(t *testing.T) {
			prepare(t)
			r := open(t, dir+"/clone")
			id, _ := gitrepo.ParseOID(hex)
			var oe *gitrepo.ObjectError
			if _, _, err := r.Blob(t.Context(), id); !errors.As(err, &oe) || !strings.Contains(err.Error(), "git cat-file -e "+hex) {
				t.Errorf("error = %v, want an ObjectError with the remedy", err)
			}
			if _, _, err := r.Resolve(t.Context(), "HEAD"); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
	if out := git(t, dir+"/clone", "rev-list", "--objects", "--missing=print", "HEAD"); !strings.Contains(out, "?"+hex) {
		t.Errorf("the blob is there now:\n%s", out)
	}
}
