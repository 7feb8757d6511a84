package buildcontext_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	buildcontext "github.com/whybust/whybust/context"
)

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
