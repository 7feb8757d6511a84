package predict_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/internal/leftover"
	"github.com/whybust/whybust/predict"
)

// place is where an analysis starts.
type place struct {
	dir, context, file string
	bare               bool   // there is no working tree
	app                string // the file that changed, as the context has it
}

// history makes a repository of two commits, of which the second changes app.
func history(t *testing.T, initArgs ...string) (dir string, git func(args ...string) string) {
	t.Helper()
	leftover.Check(t)
	t.Setenv("HOME", t.TempDir())
	dir, git = newRepository(t)
	if initArgs != nil {
		os.RemoveAll(dir + "/.git")
		git(append([]string{"init", "-q", "-b", "main"}, initArgs...)...)
	}
	writeFile(t, dir, "Dockerfile", "FROM alpine:3.20\nCOPY . /app\n")
	writeFile(t, dir, ".dockerignore", ".git\nDockerfile\n")
	writeFile(t, dir, "lib/Dockerfile", "FROM alpine:3.20\nCOPY . /app\n")
	writeFile(t, dir, "lib/deep/x", "1")
	for _, content := range []string{"1", "2"} {
		writeFile(t, dir, "lib/app", content)
		git("add", "-A")
		git("commit", "-qm", content)
	}
	return dir, git
}

// TestEveryKindOfRepository: wherever the history lies and however git keeps it, its second commit
// changes lib/app, the working tree is clean, and keys are those of a plain repository.
func TestEveryKindOfRepository(t *testing.T) {
	plain, _ := history(t)
	wantKeys := runKeys(t, plain, "HEAD")
	for _, tc := range []struct {
		name string
		init []string
		make func(t *testing.T, dir string, git func(...string) string) place
	}{
		{"plain", nil, func(t *testing.T, dir string, git func(...string) string) place { return place{dir: dir} }},
		{"SHA-256", []string{"--object-format=sha256"}, func(t *testing.T, dir string, git func(...string) string) place { return place{dir: dir} }},
		{"separate .git", nil, func(t *testing.T, dir string, git func(...string) string) place {
			git("clone", "-q", "--separate-git-dir="+t.TempDir()+"/elsewhere.git", ".", "c")
			return place{dir: dir + "/c"}
		}},
		{"packed", nil, func(t *testing.T, dir string, git func(...string) string) place {
			git("gc", "-q")
			git("pack-refs", "--all")
			git("multi-pack-index", "write")
			git("commit-graph", "write", "--reachable")
			return place{dir: dir}
		}},
		{"bare", nil, func(t *testing.T, dir string, git func(...string) string) place {
			git("clone", "-q", "--bare", ".", "b.git")
			return place{dir: dir + "/b.git", bare: true}
		}},
		{"in .git", nil, func(t *testing.T, dir string, git func(...string) string) place {
			return place{dir: dir + "/.git/objects", bare: true}
		}},
		{"linked working tree", nil, func(t *testing.T, dir string, git func(...string) string) place {
			linked := t.TempDir() + "/linked"
			git("worktree", "add", "-q", linked)
			return place{dir: linked}
		}},
		{"linked working tree with settings of its own", nil, func(t *testing.T, dir string, git func(...string) string) place {
			git("config", "extensions.worktreeConfig", "true")
			git("worktree", "add", "-q", dir+"/linked")
			git("-C", "linked", "config", "--worktree", "core.fileMode", "false")
			return place{dir: dir + "/linked"}
		}},
		{"linked working tree of a bare repository", nil, func(t *testing.T, dir string, git func(...string) string) place {
			git("clone", "-q", "--bare", ".", "b.git")
			git("-C", "b.git", "worktree", "add", "-q", dir+"/linked", "main")
			return place{dir: dir + "/linked"}
		}},
		{"shallow", nil, func(t *testing.T, dir string, git func(...string) string) place {
			git("clone", "-q", "--depth=2", "file://"+dir, "s")
			return place{dir: dir + "/s"}
		}},
		{"partial, with all that is needed", nil, func(t *testing.T, dir string, git func(...string) string) place {
			git("config", "uploadpack.allowFilter", "true")
			git("clone", "-q", "--filter=blob:none", "file://"+dir, "p")
			return place{dir: dir + "/p"}
		}},
		{"alternates", nil, func(t *testing.T, dir string, git func(...string) string) place {
			git("clone", "-q", "--shared", ".", "a")
			return place{dir: dir + "/a"}
		}},
		{"a graft", nil, func(t *testing.T, dir string, git func(...string) string) place {
			parent := git("rev-parse", "HEAD~1")
			git("checkout", "-q", "--orphan", "new")
			git("commit", "-q", "-m", "3") // like HEAD, without a parent
			writeFile(t, dir, ".git/info/grafts", git("rev-parse", "HEAD")+" "+parent+"\n")
			return place{dir: dir}
		}},
		{"a replaced commit", nil, func(t *testing.T, dir string, git func(...string) string) place {
			old := git("rev-parse", "HEAD~1")
			git("commit", "-q", "--allow-empty", "-m", "3")
			git("replace", git("rev-parse", "HEAD~1"), old) // HEAD~1 is now what HEAD~2 was
			return place{dir: dir}
		}},
		{"a detached HEAD", nil, func(t *testing.T, dir string, git func(...string) string) place {
			git("checkout", "-q", "--detach")
			return place{dir: dir}
		}},
		{"core.fileMode=false", nil, func(t *testing.T, dir string, git func(...string) string) place {
			git("config", "core.fileMode", "false")
			return place{dir: dir}
		}},
		{"core.worktree", nil, func(t *testing.T, dir string, git func(...string) string) place {
			moved := t.TempDir()
			git("config", "core.worktree", moved)
			git("-C", ".git", "--work-tree="+moved, "checkout", "-q", "-f", "HEAD")
			return place{dir: dir + "/.git"}
		}},
		{"a subdirectory", nil, func(t *testing.T, dir string, git func(...string) string) place {
			return place{dir: dir + "/lib", context: ".."}
		}},
		{"the context in a subdirectory", nil, func(t *testing.T, dir string, git func(...string) string) place {
			return place{dir: dir, context: "lib", app: "app"}
		}},
		{"the context in a subdirectory, given from below", nil, func(t *testing.T, dir string, git func(...string) string) place {
			return place{dir: dir + "/lib/deep", context: "..", app: "app"}
		}},
		{"a Dockerfile beside its context", nil, func(t *testing.T, dir string, git func(...string) string) place {
			return place{dir: dir, context: "lib", file: "Dockerfile", app: "app"}
		}},
		{"a Dockerfile outside of the repository", nil, func(t *testing.T, dir string, git func(...string) string) place {
			outside := t.TempDir()
			writeFile(t, outside, "D", "FROM alpine:3.20\nCOPY . /app\n")
			return place{dir: dir, file: outside + "/D"}
		}},
		{"through a symbolic link", nil, func(t *testing.T, dir string, git func(...string) string) place {
			link := t.TempDir() + "/link"
			os.Symlink(dir, link)
			return place{dir: link}
		}},
		{"through a link to a subdirectory", nil, func(t *testing.T, dir string, git func(...string) string) place {
			link := t.TempDir() + "/link"
			os.Symlink(dir+"/lib", link)
			return place{dir: link, app: "app"}
		}},
		{"an absolute context through a link", nil, func(t *testing.T, dir string, git func(...string) string) place {
			link := t.TempDir() + "/link"
			os.Symlink(dir, link)
			return place{dir: dir, context: link + "/lib", app: "app"}
		}},
		{"index version 4", nil, func(t *testing.T, dir string, git func(...string) string) place {
			git("update-index", "--index-version=4")
			return place{dir: dir}
		}},
		{"split index", nil, func(t *testing.T, dir string, git func(...string) string) place {
			git("update-index", "--split-index")
			return place{dir: dir}
		}},
		{"a damaged index", nil, func(t *testing.T, dir string, git func(...string) string) place {
			writeFile(t, dir, ".git/index", "DIRC garbage")
			return place{dir: dir}
		}},
		{"no index", nil, func(t *testing.T, dir string, git func(...string) string) place {
			os.Remove(dir + "/.git/index")
			return place{dir: dir}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir, git := history(t, tc.init...)
			p := tc.make(t, dir, git)
			if p.app == "" {
				p.app = "lib/app"
			}
			checkHistory(t, p, wantKeys)
		})
	}
}

func checkHistory(t *testing.T, p place, wantKeys string) {
	t.Helper()
	if got := changed(t, p, "HEAD~1", "HEAD"); got != p.app {
		t.Errorf("between the commits %q changed, want %q", got, p.app)
	}
	keys := func(rev string) string {
		list, err := predict.Keys(t.Context(), &predict.KeysRequest{
			Dir: p.dir, Context: p.context, NoGitDir: true, Side: predict.Side{Revision: rev, File: p.file}, CacheDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, k := range list {
			lines = append(lines, k.Key+" "+k.Name)
		}
		return strings.Join(lines, "\n")
	}
	got := keys("HEAD")
	if p.app == "lib/app" && got != wantKeys {
		t.Errorf("the keys are\n%s\nnot\n%s", got, wantKeys)
	}
	if p.bare {
		if _, err := predict.Run(t.Context(), &predict.Request{Dir: p.dir, Before: side("HEAD")}); err == nil || !strings.Contains(err.Error(), "no working tree") {
			t.Errorf("error = %v, want that there is no working tree", err)
		}
		return
	}
	if got := changed(t, p, "HEAD", ""); got != "" {
		t.Errorf("the working tree is clean, and %q changed", got)
	}
	if got := keys(""); p.app == "lib/app" && got != wantKeys {
		t.Errorf("the keys of the working tree are\n%s\nnot\n%s", got, wantKeys)
	}
}

// changed gives the files to blame between two revisions.
func changed(t *testing.T, p place, before, after string) string {
	t.Helper()
	result, err := predict.Run(t.Context(), &predict.Request{
		Dir: p.dir, Context: p.context, NoGitDir: true,
		Before: predict.Side{Revision: before, File: p.file}, After: predict.Side{Revision: after, File: p.file},
	})
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, s := range result.Steps {
		for _, c := range s.Causes {
			if c.Kind == predict.CauseFile {
				files = append(files, c.Path)
			}
		}
	}
	return strings.Join(files, " ")
}

// TestWorkingTreeStates changes one thing at a time: what is on disk counts, whatever
// the index says of it.
func TestWorkingTreeStates(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		change     func(t *testing.T, dir string, git func(...string) string)
	}{
		{"an edited file", "lib/app", func(t *testing.T, dir string, git func(...string) string) { writeFile(t, dir, "lib/app", "3") }},
		{"a staged file", "lib/app", func(t *testing.T, dir string, git func(...string) string) {
			writeFile(t, dir, "lib/app", "3")
			git("add", "lib/app")
		}},
		{"staged, and taken back on disk", "", func(t *testing.T, dir string, git func(...string) string) {
			writeFile(t, dir, "lib/app", "3")
			git("add", "lib/app")
			writeFile(t, dir, "lib/app", "2")
		}},
		{"untracked", "new", func(t *testing.T, dir string, git func(...string) string) { writeFile(t, dir, "new", "") }},
		{"removed from the index alone", "", func(t *testing.T, dir string, git func(...string) string) { git("rm", "-q", "--cached", "lib/app") }},
		{"touched", "", func(t *testing.T, dir string, git func(...string) string) { writeFile(t, dir, "lib/app", "2") }},
		{"the executable bit, with core.fileMode=false", "lib/app", func(t *testing.T, dir string, git func(...string) string) {
			git("config", "core.fileMode", "false")
			os.Chmod(dir+"/lib/app", 0o755)
		}},
		{"the executable bit staged, not on disk", "", func(t *testing.T, dir string, git func(...string) string) {
			git("update-index", "--chmod=+x", "lib/app")
		}},
		{"a merge in progress", "lib/app", func(t *testing.T, dir string, git func(...string) string) {
			git("checkout", "-q", "-b", "side", "HEAD~1")
			writeFile(t, dir, "lib/app", "side")
			git("commit", "-qam", "side")
			git("checkout", "-q", "main")
			gitFails(t, dir, "merge", "side") // leaves markers in the file
		}},
		{"assume-unchanged", "lib/app", func(t *testing.T, dir string, git func(...string) string) {
			git("update-index", "--assume-unchanged", "lib/app")
			writeFile(t, dir, "lib/app", "3")
		}},
		{"skip-worktree, and yet there", "lib/app", func(t *testing.T, dir string, git func(...string) string) {
			git("update-index", "--skip-worktree", "lib/app")
			writeFile(t, dir, "lib/app", "3")
		}},
		{"skip-worktree, and away", "lib/app", func(t *testing.T, dir string, git func(...string) string) {
			git("update-index", "--skip-worktree", "lib/app")
			os.Remove(dir + "/lib/app")
		}},
		{"a sparse checkout", "lib/Dockerfile lib/app lib/deep/x", func(t *testing.T, dir string, git func(...string) string) {
			git("sparse-checkout", "set", "--cone", "other")
		}},
		{"a sparse checkout with a sparse index", "lib/Dockerfile lib/app lib/deep/x", func(t *testing.T, dir string, git func(...string) string) {
			git("sparse-checkout", "set", "--cone", "--sparse-index", "other")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir, git := history(t)
			tc.change(t, dir, git)
			if diff := cmp.Diff(tc.want, changed(t, place{dir: dir}, "HEAD", "")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSparseIsSaid: files that count as removed, though nobody removed them.
func TestSparseIsSaid(t *testing.T) {
	for name, args := range map[string][]string{
		"sparse checkout": {"sparse-checkout", "set", "--cone", "other"},
		"sparse index":    {"sparse-checkout", "set", "--cone", "--sparse-index", "other"},
	} {
		dir, git := history(t)
		git(args...)
		p := run(t, dir, "HEAD", "")
		var notes []string
		for _, n := range p.Notes {
			if n.Kind == "sparse" {
				notes = append(notes, n.Text)
			}
		}
		if len(notes) != 1 || !strings.HasPrefix(notes[0], "lib/Dockerfile and 2 more files: ") {
			t.Errorf("%s: notes %q", name, notes)
		}
		if p := run(t, dir, "HEAD~1", "HEAD"); slices.ContainsFunc(p.Notes, func(n predict.Note) bool { return n.Kind == "sparse" }) {
			t.Errorf("%s: commits are whole: %+v", name, p.Notes)
		}
	}
}

// gitFails runs git where it is to fail.
func gitFails(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@b"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Fatalf("git %q did not fail: %s", args, out)
	}
}

// TestUnbornHead: there is a working tree, and no commit yet.
func TestUnbornHead(t *testing.T) {
	leftover.Check(t)
	dir, _ := newRepository(t)
	writeFile(t, dir, "Dockerfile", "FROM alpine:3.20\nCOPY . /app\n")
	if got := changed(t, place{dir: dir}, "", ""); got != "" {
		t.Errorf("%q changed", got)
	}
	if runKeys(t, dir, "") == "" {
		t.Error("there are no keys")
	}
	_, err := predict.Run(t.Context(), &predict.Request{Dir: dir, Before: side("HEAD")})
	if err == nil || !strings.Contains(err.Error(), "no commit yet") {
		t.Errorf("error = %v, want that there is no commit yet", err)
	}
}

// TestReplacedBlob: a checkout holds what the replacement does, and keys remember nothing.
func TestReplacedBlob(t *testing.T) {
	dir, git := history(t)
	want := runKeys(t, dir, "HEAD")
	two := git("rev-parse", "HEAD:lib/app")
	writeFile(t, dir, "lib/app", "3")
	git("commit", "-qam", "3")
	git("replace", git("rev-parse", "HEAD:lib/app"), two)
	cache := t.TempDir()
	keys, err := predict.Keys(t.Context(), &predict.KeysRequest{Dir: dir, Side: side("HEAD"), NoGitDir: true, CacheDir: cache})
	if err != nil {
		t.Fatal(err)
	}
	if last := keys[len(keys)-1]; !strings.Contains(want, last.Key) {
		t.Errorf("the key of the replaced file is %s, want the one of\n%s", last.Key, want)
	}
	if list, _ := filepath.Glob(cache + "/*"); list != nil {
		t.Errorf("%q was written", list)
	}
}
