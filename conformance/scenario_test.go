package conformance_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/conformance/judge"
	"github.com/whybust/whybust/internal/scenario"
)

var (
	record      = flag.Bool("record", false, "write what BuildKit did into the scenarios")
	fresh       = flag.Bool("fresh", false, "start a new daemon for every scenario")
	scenarioDir = flag.String("scenarios", "../testdata/scenarios", "directory of scenarios")
	snapshotter = flag.String("snapshotter", "native", "BuildKit's snapshotter")
)

// TestScenarios builds every scenario and compares the verdict with the recorded one.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(*scenarioDir, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	j, err := judge.New(t.Context(), judge.Options{Snapshotter: *snapshotter})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			judgeScenario(t, j, file)
		})
	}
}

func judgeScenario(t *testing.T, j *judge.Judge, file string) {
	s, err := scenario.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := j.Scenario(t.Context(), s, judge.Pair{Fresh: *fresh})
	if err != nil {
		t.Fatal(err)
	}
	if *record {
		s.Want, s.BuildKit = got, j.BuildKit()
		if err := os.WriteFile(file, s.Format(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if s.BuildKit != j.BuildKit() {
		t.Errorf("recorded with BuildKit %q, this is %s; run with -record", s.BuildKit, j.BuildKit())
	}
	if diff := cmp.Diff(s.Want, got); diff != "" {
		t.Errorf("the record is stale (-recorded +BuildKit):\n%s", diff)
	}
}
