package predict

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/whybust/whybust/internal/synth"
)

// The limits of this file carry the design: what a prediction costs is what
// changed, not what there is.

// synthetic is a repository with Dockerfile, ignore file and directories three deep.
func synthetic(t *testing.T, files int) string {
	t.Helper()
	dir, err := synth.Repository(t.Context(), t.TempDir(), synth.Spec{Files: files, Size: 64, Checkout: true})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// objects returns how many trees and blobs a prediction reads.
func objects(t *testing.T, r *Request) (trees, blobs int) {
	t.Helper()
	a, err := openAnalysis(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.repo.Close()
	if _, err := a.predict(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a.repo.ObjectsRead()
}

func TestObjectsRead(t *testing.T) {
	// 3,200 files are 200 directories, in ten packages of a module.
	dir := synthetic(t, 3200)
	const changedTrees = 1 + 1 + 10 + 10 // the root, the module, and for each file its package and its part
	const allTrees = 1 + 1 + 10 + 200
	for _, tc := range []struct {
		reason        string
		before, after string
		trees, blobs  int
	}{
		{"the same commit: its root, a Dockerfile and an ignore file", synth.Base, synth.Base, 1, 2},
		{"what changed, on both sides, and no file", synth.Base, synth.Change, 2 * changedTrees, 2},
		{"other rules: every directory once, and the other ignore file", synth.Base, synth.Ignore, 1 + allTrees, 3},
		{"a clean working tree: the root, before the index is read, which knows the rest", synth.Base, "", 1, 2},
	} {
		trees, blobs := objects(t, &Request{Dir: dir, Before: Side{Revision: tc.before}, After: Side{Revision: tc.after}})
		if trees > tc.trees || blobs > tc.blobs {
			t.Errorf("%s: %d trees and %d blobs were read, want at most %d and %d", tc.reason, trees, blobs, tc.trees, tc.blobs)
		}
		if trees == 0 {
			t.Errorf("%s: nothing was counted", tc.reason)
		}
	}
}

// TestAttributesRead: a .gitattributes costs its own blob, once for each side, and no more trees.
func TestAttributesRead(t *testing.T) {
	dir := synthetic(t, 320)
	for _, file := range []string{".gitattributes", synth.Path(0)} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte("*.go text eol=crlf\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		script := "git add -A && git -c user.name=a -c user.email=a@b commit -qm x"
		cmd := exec.Command("sh", "-c", script)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	for _, tc := range []struct {
		reason        string
		before, after string
		trees, blobs  int
	}{
		{"the root, a module, a package and a part on both sides, a Dockerfile and an ignore file, two times the attributes", "HEAD~1", "HEAD", 8, 4},
		{"nothing changed, and nothing is asked of them", "HEAD", "HEAD", 1, 2},
		{"a clean working tree", "HEAD", "", 1, 2},
		{"they came: every directory is looked at, once", "HEAD~2", "HEAD~1", 4 + 2*20, 3},
	} {
		trees, blobs := objects(t, &Request{Dir: dir, Before: Side{Revision: tc.before}, After: Side{Revision: tc.after}})
		if trees > tc.trees || blobs > tc.blobs {
			t.Errorf("%s: %d trees and %d blobs were read, want at most %d and %d", tc.reason, trees, blobs, tc.trees, tc.blobs)
		}
	}
}

// TestProcesses counts the git processes of a prediction.
func TestProcesses(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	bin, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
	script := "#!/bin/sh\necho x >>'" + log + "'\nexec '" + git + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "git"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	dir := synthetic(t, 320)
	linked := filepath.Join(t.TempDir(), "linked")
	if out, err := exec.Command(git, "-C", dir, "worktree", "add", "-q", linked, synth.Change).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	base, change, work := Side{Revision: synth.Base}, Side{Revision: synth.Change}, Side{}
	for _, tc := range []struct {
		reason string
		r      Request
		want   int
	}{
		{"two commits", Request{Dir: dir, Before: base, After: change}, 1},
		{"the working tree", Request{Dir: dir, Before: base, After: work}, 1},
		{"every directory", Request{Dir: dir, Before: base, After: Side{Revision: synth.Ignore}}, 1},
		{"a merge base costs one", Request{Dir: dir, Before: base, After: change, MergeBase: true}, 2},
		{"a directory within", Request{Dir: dir + "/module000", Context: "..", Before: base, After: change}, 2},
		{"a linked working tree", Request{Dir: linked, Before: base, After: work}, 2},
	} {
		os.Remove(log)
		if _, err := Run(t.Context(), &tc.r); err != nil {
			t.Fatalf("%s: %v", tc.reason, err)
		}
		data, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(string(data), "x"); got > tc.want {
			t.Errorf("%s: %d git processes, want at most %d", tc.reason, got, tc.want)
		}
	}
}
