package judge_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/conformance/judge"
	"github.com/whybust/whybust/internal/gittest"
	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
)

// TestHistory: a cache that grows serves what any of the builds before made, and a
// chain of hits may be made of several of them. Each commit changes what is named.
func TestHistory(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	commits := []map[string]string{
		{"a": "1", "b": "1", "Dockerfile": "FROM alpine AS s\nCOPY a /a\nRUN x\nFROM alpine\nCOPY b /b\nRUN y\nCOPY --from=s /a /c\n"},
		{"a": "2"},
		{"b": "2"},
		{"a": "1"}, // s of the first build, the rest of the third
		{"a": "3", "b": "1"},
		{"Dockerfile": "FROM alpine AS other\nCOPY a /a\nRUN x\nFROM alpine\nCOPY b /b\nRUN y\nCOPY --from=other /a /c\n", "a": "2"},
		{"Dockerfile": "FROM"},
		{"Dockerfile": "FROM alpine\nCOPY b /b\nRUN y\n", "b": "2"},
	}
	for i, files := range commits {
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		git(t, dir, "add", "-A")
		git(t, dir, "-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "-m", fmt.Sprint(i))
	}
	want := []string{
		"",
		"miss miss hit hit may-hit",
		"hit hit miss miss miss",
		"hit hit hit hit may-hit",
		"miss miss hit hit may-hit",
		"hit hit hit hit hit",
		"broken",
		"hit hit",
	}
	if diff := cmp.Diff(want, buildHistory(t, dir, len(commits))); diff != "" {
		t.Errorf("as built (-want +got):\n%s", diff)
	}
}

// buildHistory says what BuildKit made of the steps of each build, FROM left out. What was
// predicted otherwise is an error.
func buildHistory(t *testing.T, dir string, size int) (statuses []string) {
	t.Helper()
	ctx := t.Context()
	var predicted []*predict.HistoryBuild
	var sides []judge.Side
	repo, err := judge.OpenRepository(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	for b, err := range predict.History(ctx, &predict.HistoryRequest{Dir: dir, NoGitDir: true, CacheSize: size}) {
		if err != nil {
			t.Fatal(err)
		}
		root := filepath.Join(t.TempDir(), b.Commit)
		if err := repo.Checkout(ctx, b.Commit, root); err != nil {
			t.Fatal(err)
		}
		predicted, sides = append(predicted, b), append(sides, judge.Side{Root: root})
	}
	j, err := judge.New(ctx, judge.Options{Daemons: judge.HistoryDaemons})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	h, err := j.History(ctx, sides)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for i, b := range predicted {
		steps, err := h.Build(ctx, i)
		switch {
		case (err != nil) != (b.Err != nil):
			t.Errorf("build %d: predicted %v, built %v", i, b.Err, err)
		case err != nil:
			statuses = append(statuses, "broken")
		case b.Prediction == nil:
			statuses = append(statuses, "")
		default:
			statuses = append(statuses, judged(t, i, steps, b.Prediction))
		}
	}
	return statuses
}

func judged(t *testing.T, build int, steps []scenario.Step, p *predict.Prediction) string {
	t.Helper()
	var list []string
	for _, row := range judge.Compare(steps, p.Steps) {
		if row.Kind != judge.Agree {
			t.Errorf("build %d: %s: BuildKit %s, predicted %s", build, row.Name, row.BuildKit, row.Predicted)
		}
		if row.BuildKit != scenario.Unseen {
			list = append(list, row.BuildKit)
		}
	}
	return strings.Join(list, " ")
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	gittest.In(t, dir)(args...)
}
