package targets_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/gittest"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/targets"
)

// repository makes a repository with one commit for each list of files. A file
// is "path" or "path: text"; "-path" removes one.
func repository(t *testing.T, commits ...[]string) string {
	t.Helper()
	dir, _ := gittest.Init(t)
	for i, files := range commits {
		writeFiles(t, dir, files)
		gittest.Commit(t, dir, fmt.Sprint(i), nil)
	}
	return dir
}

func writeFiles(t *testing.T, dir string, files []string) {
	t.Helper()
	for _, f := range files {
		if name, gone := strings.CutPrefix(f, "-"); gone {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		name, text, _ := strings.Cut(f, ": ")
		gittest.Write(t, dir, map[string]string{name: text + "\n"})
	}
}

// find lists what Find says of each Dockerfile of the new side: "context: why".
func find(t *testing.T, dir string, s targets.Search) map[string]string {
	t.Helper()
	got := map[string]string{}
	for _, target := range search(t, dir, s) {
		b := target.After
		if b == nil {
			b = target.Before
		}
		got[target.Name] = b.Context + ": " + target.Why
	}
	return got
}

func search(t *testing.T, dir string, s targets.Search) []predict.Target {
	t.Helper()
	repo, err := buildcontext.OpenRepository(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	s.Repository = repo
	list, err := targets.Find(t.Context(), &s)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestNamesOfDockerfiles(t *testing.T) {
	var files []string
	for _, name := range strings.Fields("Dockerfile a/dockerfile a/Containerfile a/Dockerfile.dev a/web.Dockerfile a/web.dockerfile " +
		"Dockerfile.dockerignore Dockerfile.tmpl Dockerfile.j2 Dockerfile.md Dockerfile~ Dockerfile.orig Makefile dockerfiles/README.md myDockerfile " +
		"containerfile Dockerfile.d/x") {
		files = append(files, name+": FROM alpine")
	}
	dir := repository(t, files)
	var got []string
	for _, target := range search(t, dir, targets.Search{Before: "HEAD", After: "HEAD"}) {
		got = append(got, target.Name)
	}
	want := strings.Fields("Dockerfile a/Containerfile a/Dockerfile.dev a/dockerfile a/web.Dockerfile a/web.dockerfile")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestContexts(t *testing.T) {
	dir := repository(t, []string{
		"go.mod", "proto/x.proto", "shared/lib.js",
		"own/Dockerfile: FROM alpine\nCOPY a.js /a", "own/a.js",
		"nothing/Dockerfile: FROM alpine\nRUN true",
		"svc/api/Dockerfile: FROM alpine\nCOPY proto /p\nCOPY svc/api /s", "svc/api/main.go",
		"svc/docker/web.Dockerfile: FROM alpine\nCOPY web/*.js /w", "svc/web/a.js",
		"hack/dockerfiles/lint.Dockerfile: FROM alpine\nRUN --mount=target=. lint", "hack/run",
		"app/docker/Dockerfile: FROM alpine\nCOPY . .", "app/package.json",
		"lost/Dockerfile: FROM alpine\nCOPY dist /d\nCOPY a.js /a", "lost/a.js",
		"torn/Dockerfile: FROM",
		"staged/Dockerfile: FROM alpine AS other\nCOPY absent /x\nFROM alpine\nCOPY b.js /b", "staged/b.js",
		"ignored/x/Dockerfile: FROM alpine\nCOPY ignored/x/c.js /c\n", "ignored/x/c.js", "ignored/x/Dockerfile.dockerignore: **/c.js",
		"variable/Dockerfile: FROM alpine\nARG DIR=shared\nCOPY ${DIR}/lib.js /l",
	})
	want := map[string]string{
		"own/Dockerfile":                   "own: its directory, which has all that it takes",
		"nothing/Dockerfile":               "nothing: its directory, as it takes nothing from its context",
		"svc/api/Dockerfile":               ".: the root, the nearest that has all that it takes; its directory lacks proto and 1 more",
		"svc/docker/web.Dockerfile":        "svc: svc, the nearest that has all that it takes; its directory lacks web/*.js",
		"hack/dockerfiles/lint.Dockerfile": ".: the root, as it takes everything and its directory has nothing but Dockerfiles",
		"app/docker/Dockerfile":            "app: app, as it takes everything and its directory has nothing but Dockerfiles",
		"lost/Dockerfile":                  "lost: its directory, though it lacks dist, as does every directory above",
		"torn/Dockerfile":                  "torn: its directory, as what it takes cannot be read",
		"staged/Dockerfile":                "staged: its directory, which has all that it takes",
		"ignored/x/Dockerfile":             "ignored/x: its directory, though it lacks ignored/x/c.js, as does every directory above",
		"variable/Dockerfile":              ".: the root, the nearest that has all that it takes; its directory lacks shared/lib.js",
	}
	if diff := cmp.Diff(want, find(t, dir, targets.Search{Before: "HEAD", After: "HEAD"})); diff != "" {
		t.Errorf("commits (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, find(t, dir, targets.Search{Before: "HEAD"})); diff != "" {
		t.Errorf("the working tree (-want +got):\n%s", diff)
	}
}

// TestSidesOfFind: what is on one side alone, and whose context is taken.
func TestSidesOfFind(t *testing.T) {
	dir := repository(t,
		[]string{"a/Dockerfile: FROM alpine\nCOPY x /x", "x", "gone/Dockerfile: FROM alpine", "moved/Dockerfile: FROM alpine\nCOPY y /y", "y"},
		[]string{"a/x", "-gone/Dockerfile", "-y", "moved/y", "new/Dockerfile: FROM alpine"},
	)
	type sides struct{ Name, Before, After string }
	var got []sides
	for _, target := range search(t, dir, targets.Search{Before: "HEAD~1", After: "HEAD"}) {
		s := sides{Name: target.Name}
		if target.Before != nil {
			s.Before = target.Before.Context
		}
		if target.After != nil {
			s.After = target.After.Context
		}
		got = append(got, s)
	}
	want := []sides{
		{"a/Dockerfile", ".", "a"}, // in the old commit a/ has no x
		{"moved/Dockerfile", ".", "moved"},
		{"new/Dockerfile", "", "new"},
		{"gone/Dockerfile", "gone", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFindBelow: relative paths start where the repository was opened, names at its root.
func TestFindBelow(t *testing.T) {
	dir := repository(t, []string{
		"svc/api/Dockerfile: FROM alpine\nCOPY shared /s", "shared/x", "svc/web/Dockerfile: FROM alpine\nCOPY a /a", "svc/web/a", "Dockerfile: FROM alpine",
	})
	want := map[string]string{
		"svc/api/Dockerfile": "..: the root, the nearest that has all that it takes; its directory lacks shared",
		"svc/web/Dockerfile": "web: its directory, which has all that it takes",
	}
	if diff := cmp.Diff(want, find(t, dir+"/svc", targets.Search{Before: "HEAD", After: "HEAD", Dir: "."})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, target := range search(t, dir+"/svc", targets.Search{Before: "HEAD", After: "HEAD", Dir: "api"}) {
		answers, err := predict.RunAll(t.Context(), &predict.Batch{Dir: dir + "/svc", Before: "HEAD", After: "HEAD", Targets: []predict.Target{target}})
		if err != nil {
			t.Fatal(err)
		}
		if a := answers[0]; a.Verdict != predict.TargetHit || a.Context != "." || a.Dockerfile != "svc/api/Dockerfile" {
			t.Errorf("got %+v", a)
		}
	}
}

// TestFindInWorkingTree: what git tracks nothing of is not looked into.
func TestFindInWorkingTree(t *testing.T) {
	dir := repository(t, []string{"a/main.go", "Dockerfile: FROM alpine", ".gitignore: node_modules"})
	writeFiles(t, dir, []string{"a/Dockerfile: FROM alpine", "node_modules/x/Dockerfile: FROM alpine", "-Dockerfile"})
	got := find(t, dir, targets.Search{Before: "HEAD"})
	want := map[string]string{
		"a/Dockerfile": "a: its directory, as it takes nothing from its context",
		"Dockerfile":   ".: its directory, as it takes nothing from its context",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestManyDockerfiles: a few objects of git can hold any number of paths.
func TestManyDockerfiles(t *testing.T) {
	dir := repository(t, []string{"d/Dockerfile: FROM alpine"})
	run := func(stdin string, args ...string) string {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
		cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %q: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	tree := run("", "rev-parse", "HEAD:d")
	for range 12 {
		var entries strings.Builder
		for i := range 10 {
			fmt.Fprintf(&entries, "040000 tree %s\td%d\n", tree, i)
		}
		tree = run(entries.String(), "mktree")
	}
	commit := run("", "commit-tree", "-m", "bomb", tree)
	repo, err := buildcontext.OpenRepository(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	if _, err := targets.Find(t.Context(), &targets.Search{Repository: repo, Before: commit, After: commit}); err == nil || !strings.Contains(err.Error(), "more than 10000 Dockerfiles") {
		t.Errorf("got %v", err)
	}
}
