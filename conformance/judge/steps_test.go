package judge

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	digest "github.com/opencontainers/go-digest"

	"github.com/whybust/whybust/conformance/buildkit"
	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
)

// TestStepsOf: which vertices are steps, in which order, and what counts as a hit.
func TestStepsOf(t *testing.T) {
	input := []digest.Digest{"sha256:x"}
	vertices := []*buildkit.Vertex{
		{Name: "[internal] load build definition from Dockerfile", Runs: 1},
		{Name: "[stage-2 2/2] COPY --from=b /x /", Inputs: input, Runs: 1},
		{Name: "[b 10/11] RUN a", Inputs: input, Runs: 0},
		{Name: "[b  9/11] COPY --link x /", Inputs: input},
		{Name: "[b  9/11] LINK COPY --link x /", Inputs: input, Runs: 1},
		{Name: "[linux/arm64 b  2/11] WORKDIR /a", Runs: 1},
		{Name: "[b  3/11] WORKDIR /b", Runs: 2},
		{Name: "FROM busybox", Runs: 1},
		{Name: "[first 1/1] RUN z", Inputs: input, Runs: 1},
	}
	var got []string
	for _, s := range stepsOf([]byte("# check=skip=all\nFROM x AS first\nFROM scratch AS b\nFROM b\n"), vertices) {
		got = append(got, map[bool]string{true: "hit ", false: "miss "}[s.hit]+s.name)
	}
	want := []string{
		"miss [first 1/1] RUN z",
		"hit [linux/arm64 b  2/11] WORKDIR /a", "miss [b  3/11] WORKDIR /b", "hit [b  9/11] COPY --link x /", "hit [b 10/11] RUN a",
		"miss [stage-2 2/2] COPY --from=b /x /",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestCombine(t *testing.T) {
	mode := func(letters string) []step {
		var steps []step
		for _, c := range letters {
			steps = append(steps, step{name: "[x]", hit: c == 'h', from: c == 'f'})
		}
		return steps
	}
	got, err := combine(false, mode("hmhmf"), mode("hmhhf"), mode("hmmmf"))
	if err != nil {
		t.Fatal(err)
	}
	var statuses []string
	for _, s := range got {
		statuses = append(statuses, s.Status)
	}
	if diff := cmp.Diff([]string{"hit", "miss", "may-hit", "may-hit", scenario.Unseen}, statuses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range [][2]string{{"m", "h"}, {"hh", "h"}} {
		if _, err := combine(false, mode(bad[0]), mode(bad[1])); err == nil || !strings.Contains(err.Error(), "anomaly") {
			t.Errorf("same %s and random %s: %v, want an anomaly", bad[0], bad[1], err)
		}
	}
}

// TestCompare: every way in which the two can disagree is seen.
func TestCompare(t *testing.T) {
	verdict := []scenario.Step{
		{Status: "-", Name: "[1/9] FROM docker.io/library/x:latest"}, {Status: "hit", Name: "[2/9] RUN a"},
		{Status: "miss", Name: "[3/9] RUN b"}, {Status: "hit", Name: "[4/9] RUN c"}, {Status: "miss", Name: "[5/9] RUN d"},
		{Status: "hit", Name: "[6/9] RUN e"}, {Status: "hit", Name: "[7/9] COPY x /y//"},
	}
	predicted := []predict.Step{
		{Status: "miss", Name: "[1/9] FROM x", Instruction: "FROM"}, {Status: "hit", Name: "[2/9] RUN a"},
		{Status: "hit", Name: "[3/9] RUN b"}, {Status: "miss", Name: "[4/9] RUN c"}, {Status: "may-hit", Name: "[5/9] RUN d"},
		{Status: "hit", Name: "[7/9] COPY x /y/$A/"}, {Status: "hit", Name: "[8/9] RUN f"},
	}
	var got []Kind
	var places []int
	rows := Compare(verdict, predicted)
	for _, r := range rows {
		got = append(got, r.Kind)
		places = append(places, r.Step)
	}
	if diff := cmp.Diff([]int{-1, 1, 2, 3, 4, -1, 5, 6}, places); diff != "" {
		t.Errorf("indexes of the predicted steps (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Kind{Agree, Agree, FalseHit, FalseMiss, Needless, Names, Agree, Names}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var tally Tally
	tally.Add(rows)
	want := Tally{Pairs: 1, Steps: 7, Agreed: 2, FalseHits: 1, FalseMisses: 1, Needless: 1, Unnamed: 2}
	if diff := cmp.Diff(want, tally); diff != "" {
		t.Errorf("tally (-want +got):\n%s", diff)
	}
}

func TestAttrs(t *testing.T) {
	got, err := Attrs(scenario.Build{
		Target: "t", Platform: "linux/arm64", BuildArgs: map[string]string{"A": "1"}, AddHosts: []string{"h:1.2.3.4", "v6=[::1]"},
		Network: "none", ShmSize: "64m", Ulimits: []string{"nofile=1:2", "core=0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"target": "t", "platform": "linux/arm64", "build-arg:A": "1", "add-hosts": "h=1.2.3.4,v6=::1", "force-network-mode": "none",
		"shm-size": "67108864", "ulimit": "nofile=1:2,core=0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
