package predict_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
)

// TestKeysAreSound: a step with the key of an old step hits, so that one that
// misses has none of them.
func TestKeysAreSound(t *testing.T) {
	equal := 0
	for _, s := range readCorpus(t) {
		t.Run(s.Name, func(t *testing.T) {
			old := map[cachekey.Sum]bool{}
			for _, k := range keysOf(t, replaySide(t, s, &s.Old)) {
				old[k.Sum] = true
			}
			p := predictScenario(t, s, &s.Old, &s.New)
			for i, k := range keysOf(t, replaySide(t, s, &s.New)) {
				if old[k.Sum] {
					equal++
				}
				if st := p.Steps[i]; old[k.Sum] && st.Status != predict.Hit && !onDirectory(k.Step.Op) {
					t.Errorf("%s\n%s has the key of an old step, and is predicted to be a %s", s.Reason, st.Name, st.Status)
				}
			}
		})
	}
	if equal == 0 {
		t.Error("no two keys are equal")
	}
}

// onDirectory reports whether an operation runs on a named directory, and so is never cached.
func onDirectory(op *cachekey.Op) bool {
	for len(op.Inputs) > 0 && op.Inputs[0].Role == cachekey.RoleRoot {
		op = op.Inputs[0].Op
	}
	return op.Kind == cachekey.OpContext
}

// TestKeysOfOneSide: what is replayed again has the same keys.
func TestKeysOfOneSide(t *testing.T) {
	for _, s := range readCorpus(t) {
		for _, side := range []*scenario.Side{&s.Old, &s.New} {
			if diff := cmp.Diff(keysText(t, replaySide(t, s, side)), keysText(t, replaySide(t, s, side))); diff != "" {
				t.Errorf("%s: the keys of the same side differ:\n%s", s.Name, diff)
			}
		}
	}
}

// keysOf computes keys; there are none for what cannot be built.
func keysOf(t *testing.T, g *cachekey.Graph) []cachekey.Key {
	t.Helper()
	keys, err := cachekey.Keys(t.Context(), g, nil)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func keysText(t *testing.T, g *cachekey.Graph) string {
	t.Helper()
	var b strings.Builder
	for _, k := range keysOf(t, g) {
		fmt.Fprintln(&b, k.Sum, k.Step.Name)
	}
	return b.String()
}

// TestCommitCheckoutAndFSAgree: a commit, its checkout and an fs.FS of the same
// files give the same keys and the same predictions. All scenarios that git can represent
// stand in one commit, each side in its own directory.
func TestCommitCheckoutAndFSAgree(t *testing.T) {
	var all []*scenario.Scenario
	corpus := readCorpus(t)
	for _, s := range corpus {
		if representable(s.Old.Tree) && representable(s.New.Tree) {
			all = append(all, s)
		}
	}
	if len(all) < len(corpus)*9/10 {
		t.Errorf("git can represent only %d of %d scenarios", len(all), len(corpus))
	}
	repo := importScenarios(t, all)
	c, err := repo.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	checkout, err := repo.WorkTree(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	commit := repo.Tree(c, "")
	for _, s := range all {
		t.Run(s.Name, func(t *testing.T) {
			// The checkout is the old side of one and the new side of another: the
			// trees of a comparison need not be of one kind.
			fsOld, fsNew := replaySide(t, s, &s.Old), replaySide(t, s, &s.New)
			commitOld, commitNew := replayDir(t, s, "old", commit), replayDir(t, s, "new", commit)
			diskOld, diskNew := replayDir(t, s, "old", checkout), replayDir(t, s, "new", checkout)
			for _, sides := range [][3]*cachekey.Graph{{fsOld, commitOld, diskOld}, {fsNew, commitNew, diskNew}} {
				want := keysText(t, sides[0])
				for i, what := range []string{"commit", "checkout"} {
					if diff := cmp.Diff(want, keysText(t, sides[i+1])); diff != "" {
						t.Errorf("%s\nkeys (-fs.FS +%s):\n%s", s.Reason, what, diff)
					}
				}
			}
			want := compare(t, fsOld, fsNew)
			for _, pair := range []struct {
				what     string
				old, new *cachekey.Graph
			}{
				{"two commits", commitOld, commitNew}, {"a commit and a checkout", commitOld, diskNew},
			} {
				if diff := cmp.Diff(want, compare(t, pair.old, pair.new)); diff != "" {
					t.Errorf("%s\nprediction (-fs.FS +%s):\n%s", s.Reason, pair.what, diff)
				}
			}
		})
	}
}

// representable reports whether a checkout has exactly the files of a tree: git keeps no
// empty directory and nothing called .git, and attributes change what is written.
func representable(tree scenario.Tree) bool {
	for p, e := range tree {
		if e.Mode.IsDir() && !hasEntries(tree, p) {
			return false
		}
		for part := range strings.SplitSeq(p, "/") {
			if part == ".git" || part == ".gitattributes" {
				return false
			}
		}
	}
	return true
}

func hasEntries(tree scenario.Tree, dir string) bool {
	for p := range tree {
		if strings.HasPrefix(p, dir+"/") {
			return true
		}
	}
	return false
}

// dirOf spreads the scenarios over directories, which are quicker to list.
func dirOf(s *scenario.Scenario) string {
	return fmt.Sprintf("%x/%s", crc32.ChecksumIEEE([]byte(s.Name))%32, s.Name)
}

// replayDir replays a side that stands in a directory of a tree.
func replayDir(t *testing.T, s *scenario.Scenario, side string, whole buildcontext.Tree) *cachekey.Graph {
	t.Helper()
	tree, err := scenario.Below(t.Context(), whole, path.Join(dirOf(s), side))
	if err != nil {
		t.Fatal(err)
	}
	if side == "old" {
		return replay(t, s, &s.Old, tree)
	}
	return replay(t, s, &s.New, tree)
}

func compare(t *testing.T, old, new *cachekey.Graph) *predict.Prediction {
	t.Helper()
	p, err := predict.Compare(t.Context(), old, new)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// importScenarios commits all sides to a new repository and checks it out.
func importScenarios(t *testing.T, all []*scenario.Scenario) *buildcontext.Repository {
	t.Helper()
	var in bytes.Buffer
	fmt.Fprintf(&in, "commit refs/heads/main\ncommitter a <a@b> 0 +0000\ndata 0\n\n")
	for _, s := range all {
		importTree(&in, path.Join(dirOf(s), "old"), s.Old.Tree)
		importTree(&in, path.Join(dirOf(s), "new"), s.New.Tree)
	}
	dir := t.TempDir()
	git(t, dir, nil, "init", "-q", "-b", "main")
	git(t, dir, &in, "fast-import", "--quiet")
	git(t, dir, nil, "reset", "-q", "--hard")
	repo, err := buildcontext.OpenRepository(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	return repo
}

func importTree(in *bytes.Buffer, dir string, tree scenario.Tree) {
	for _, p := range tree.Paths() {
		e, mode := tree[p], "100644"
		switch {
		case e.Mode.IsDir():
			continue
		case e.Mode.Type() == fs.ModeSymlink:
			mode, e.Data = "120000", []byte(e.Link)
		case e.Mode&0o100 != 0:
			mode = "100755"
		}
		fmt.Fprintf(in, "M %s inline %s\ndata %d\n%s\n", mode, quotePath(path.Join(dir, p)), len(e.Data), e.Data)
	}
}

// quotePath quotes a path like C, as git reads it.
func quotePath(p string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(p) {
		if c := p[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			fmt.Fprintf(&b, "\\%03o", c)
		} else {
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// git runs git away from the user's configuration.
func git(t testing.TB, dir string, stdin *bytes.Buffer, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b")
	if stdin != nil {
		cmd.Stdin = stdin
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}
