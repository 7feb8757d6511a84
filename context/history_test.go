package buildcontext_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/gittest"
)

// listTree lists what a tree holds, a line for each entry. Directories have no identity here: those of
// a snapshot are of this process alone.
func listTree(t *testing.T, tree buildcontext.Tree) (lines []string) {
	t.Helper()
	root, err := tree.Root(t.Context())
	if err != nil {
		return []string{fmt.Sprint("error: ", errors.Is(err, os.ErrNotExist))}
	}
	var walk func(dir string, e buildcontext.Entry)
	walk = func(dir string, e buildcontext.Entry) {
		entries, err := tree.ReadDir(t.Context(), dir, e)
		if err != nil {
			t.Fatalf("%q: %v", dir, err)
		}
		for _, e := range entries {
			path := strings.TrimPrefix(dir+"/"+e.Name, "/")
			line := fmt.Sprintf("%s %v %v %s %s", path, e.Kind, e.Mode, e.Owner, e.Since)
			if e.Kind == buildcontext.Dir && !buildcontext.IsSubmodule(e) {
				lines = append(lines, line)
				walk(path, e)
				continue
			}
			lines = append(lines, line+" "+e.ID)
		}
	}
	walk("", root)
	return lines
}

// randomHistory makes commits that do all that a commit can do to a few paths that get into each other's way.
func randomHistory(t *testing.T, dir string, git func(...string) string, random *rand.Rand, commits int) {
	t.Helper()
	paths := []string{"a", "a-b", "a/b", "a/b/c", "a/b/d", "a.x/y", "d/e/f/g", "d/e/f/h", "d/e", "z", "sub", "sub/x", "Dockerfile"}
	commit := git("rev-parse", "HEAD")
	for n := range commits {
		for range 1 + random.IntN(4) {
			path := paths[random.IntN(len(paths))]
			full := filepath.Join(dir, path)
			git("rm", "-rfq", "--cached", "--ignore-unmatch", path)
			os.RemoveAll(full)
			for up := filepath.Dir(full); up != dir; up = filepath.Dir(up) { // what is in the way
				if info, err := os.Lstat(up); err == nil && !info.IsDir() {
					git("rm", "-rfq", "--cached", "--ignore-unmatch", strings.TrimPrefix(up, dir+"/"))
					os.Remove(up)
				}
			}
			switch random.IntN(6) {
			case 0: // gone
				continue
			case 1:
				git("rm", "-rfq", "--cached", "--ignore-unmatch", path)
				for up := filepath.Dir(path); up != "."; up = filepath.Dir(up) {
					git("update-index", "--force-remove", up)
				}
				git("update-index", "--add", "--cacheinfo", "160000,"+commit+","+path)
				continue
			}
			os.MkdirAll(filepath.Dir(full), 0o777)
			if random.IntN(4) == 0 {
				os.Symlink(paths[random.IntN(len(paths))], full)
			} else if err := os.WriteFile(full, []byte(fmt.Sprint(random.IntN(3))), []os.FileMode{0o644, 0o755}[random.IntN(2)]); err != nil {
				t.Fatal(err)
			}
			for up := filepath.Dir(path); up != "."; up = filepath.Dir(up) { // a submodule in the way
				if strings.HasPrefix(git("ls-files", "-s", "--", up), "160000") {
					git("update-index", "--force-remove", up)
				}
			}
			git("add", "--", path)
		}
		git("commit", "-q", "--allow-empty", "-m", fmt.Sprint(n))
	}
}

// TestSnapshotsAreTrees compares the trees of a history, which are made from what each commit changed, with those that git has.
func TestSnapshotsAreTrees(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			dir, git := gitDirQuietly(t)
			write(t, dir, map[string]string{"a": "1", "d/e/f/g": "1"})
			git("add", "-A")
			git("commit", "-qm", "first")
			random := rand.New(rand.NewPCG(seed, 1))
			randomHistory(t, dir, git, random, 12)
			git("checkout", "-qf", "-b", "side")
			randomHistory(t, dir, git, random, 5)
			git("checkout", "-qf", "main")
			randomHistory(t, dir, git, random, 3)
			git("read-tree", "side") // a merge that takes all of the other side
			tree := git("write-tree")
			git("reset", "-q", "--soft", git("commit-tree", tree, "-p", "HEAD", "-p", "side", "-m", "merge"))
			randomHistory(t, dir, git, random, 5)
			checkSnapshots(t, dir, buildcontext.LogOptions{}, 22)
		})
	}
}

// gitDirQuietly is gitDir for tests side by side.
func gitDirQuietly(t *testing.T) (dir string, git func(args ...string) string) {
	dir = t.TempDir()
	git = gittest.In(t, dir)
	git("init", "-q", "-b", "main")
	return dir, git
}

func checkSnapshots(t *testing.T, dir string, o buildcontext.LogOptions, want int) {
	t.Helper()
	repo, err := buildcontext.OpenRepository(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	tip, err := repo.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var before *buildcontext.LogEntry
	for e, err := range repo.Log(t.Context(), tip, o) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		for _, sub := range []string{"", "a", "d/e", "sub", "nowhere"} {
			if diff := cmp.Diff(listTree(t, repo.Tree(e.Commit, sub)), listTree(t, e.Tree(sub))); diff != "" {
				t.Fatalf("commit %s, directory %q (-git +snapshot):\n%s", e.Subject, sub, diff)
			}
		}
		if before != nil {
			checkDifference(t, repo, before, e)
		}
		before = e
	}
	if n != want {
		t.Errorf("%d commits, want %d", n, want)
	}
}

// checkDifference compares what changed from a commit to the next.
func checkDifference(t *testing.T, repo *buildcontext.Repository, old, new *buildcontext.LogEntry) {
	t.Helper()
	compare := func(old, new buildcontext.Tree) *buildcontext.Difference {
		whole := []buildcontext.Selector{{Path: "/"}}
		d, err := buildcontext.Compare(context.Background(), &buildcontext.View{Tree: old}, whole, &buildcontext.View{Tree: new}, whole)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	want := compare(repo.Tree(old.Commit, ""), repo.Tree(new.Commit, ""))
	if diff := cmp.Diff(want.Changes, compare(old.Tree(""), new.Tree("")).Changes); diff != "" {
		t.Errorf("changes of commit %s (-git +snapshot):\n%s", new.Subject, diff)
	}
}

// TestLogOfSkewedClocks: what --since leaves out is not taken for unchanged.
func TestLogOfSkewedClocks(t *testing.T) {
	dir, git := gitDir(t)
	for n, date := range []string{"2026-01-01", "2026-02-01", "2019-01-01", "2026-03-01", "2026-04-01"} {
		write(t, dir, map[string]string{fmt.Sprint("file", n): date})
		git("add", "-A")
		t.Setenv("GIT_COMMITTER_DATE", date+"T12:00:00Z")
		git("commit", "-qm", date)
	}
	os.Unsetenv("GIT_COMMITTER_DATE")
	checkSnapshots(t, dir, buildcontext.LogOptions{}, 5)
	// Git goes back no further than the first that is older.
	checkSnapshots(t, dir, buildcontext.LogOptions{Since: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}, 2)
}
