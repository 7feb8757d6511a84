package history_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/history"
)

func hit(name string) predict.Step { return predict.Step{Name: name, Status: predict.Hit} }

func miss(name string, causes ...predict.Cause) predict.Step {
	return predict.Step{Name: name, Status: predict.Miss, Causes: causes}
}

func file(path string) predict.Cause { return predict.Cause{Kind: predict.CauseFile, Path: path} }

func after(step int) predict.Cause { return predict.Cause{Kind: predict.CauseParent, Step: &step} }

func output(step int) predict.Cause {
	return predict.Cause{Kind: predict.CauseStageOutput, Step: &step}
}

var edit = predict.Cause{Kind: predict.CauseInstruction}

// build is the nth build, whose steps follow those of the same place.
func build(n int, steps ...predict.Step) *predict.HistoryBuild {
	b := &predict.HistoryBuild{Commit: fmt.Sprint(n), Time: time.Unix(int64(n), 0), Prediction: &predict.Prediction{Verdict: predict.Hit, Steps: steps}}
	for i, s := range steps {
		b.Pairs = append(b.Pairs, i)
		if s.Status == predict.Miss {
			b.Prediction.Verdict = predict.Miss
		}
	}
	return b
}

func collect(builds ...*predict.HistoryBuild) *history.Summary {
	var c history.Collector
	for _, b := range builds {
		c.Add(b)
	}
	return c.Summary()
}

func TestSteps(t *testing.T) {
	moved := build(4, hit("COPY"), hit("new"), miss("RUN edited", edit))
	moved.Pairs = []int{0, -1, 1}
	broken := &predict.HistoryBuild{Commit: "3", Err: errors.New("no")}
	s := collect(
		&predict.HistoryBuild{Commit: "0"},
		build(1, miss("COPY", file("a"), file("b")), miss("RUN", after(0)), hit("gone")),
		build(2, hit("COPY"), miss("RUN", edit, after(0)), miss("gone", after(1))),
		broken, moved,
	)
	want := []history.Step{
		{Name: "COPY", Current: true, Runs: 3, Hits: 2, Misses: 1, Own: 1, Causes: map[predict.CauseKind]int{predict.CauseFile: 1}},
		{Name: "new", Current: true, Runs: 1, Hits: 1, Causes: map[predict.CauseKind]int{}},
		{Name: "RUN edited", Current: true, Runs: 3, Misses: 3, Own: 2, Inherited: 1, From: []history.Origin{{Step: 0, Misses: 1}},
			Causes: map[predict.CauseKind]int{predict.CauseInstruction: 2}},
		{Name: "gone", Runs: 2, Hits: 1, Misses: 1, Inherited: 1, From: []history.Origin{{Step: 2, Misses: 1}}, Causes: map[predict.CauseKind]int{}},
	}
	if diff := cmp.Diff(want, s.Steps, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(history.Step{}, "Trend")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s.Builds != 3 || s.Cached != 0 || s.Unbuildable != 1 || s.First.ID != "1" || s.Last.ID != "4" || s.Faults[0].Error != "no" {
		t.Errorf("%+v", s)
	}
	if diff := cmp.Diff(history.Edits{Dockerfile: 2, Source: 1}, s.Edits); diff != "" {
		t.Errorf("edits (-want +got):\n%s", diff)
	}
}

// TestOrigin: a miss is followed to the step that misses for certain, and a result that was not exported to who needs it.
func TestOrigin(t *testing.T) {
	perhaps := predict.Step{Name: "perhaps", Status: predict.MayHit, Causes: []predict.Cause{output(0)}}
	notExported := predict.Cause{Kind: predict.CauseNotExported, Step: new(1)}
	for _, tt := range []struct {
		reason string
		steps  []predict.Step
		of     int
		want   []history.Origin
	}{
		{"through a chain", []predict.Step{miss("a", file("x")), miss("b", after(0)), miss("c", after(1))}, 2, []history.Origin{{Step: 0, Misses: 1}}},
		{"the certain one of two", []predict.Step{miss("a", file("x")), miss("b", file("y")), miss("c", output(0), after(1))}, 2, []history.Origin{{Step: 1, Misses: 1}}},
		{"by what may hit alone", []predict.Step{miss("a", file("x")), perhaps, miss("c", after(1))}, 2, []history.Origin{{Step: 0, Misses: 1}}},
		{"for a later step", []predict.Step{miss("a", notExported), miss("b", file("x"), after(0))}, 0, []history.Origin{{Step: 1, Misses: 1}}},
		{"in a circle", []predict.Step{miss("a", after(1)), miss("b", after(0))}, 0, nil},
		{"of nothing", []predict.Step{miss("a", after(7))}, 0, nil},
	} {
		s := collect(build(1, tt.steps...))
		if diff := cmp.Diff(tt.want, s.Steps[tt.of].From, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}

func TestCulprits(t *testing.T) {
	broken := func(n int, files ...string) *predict.HistoryBuild {
		var causes []predict.Cause
		for _, f := range files {
			causes = append(causes, file(f))
		}
		return build(n, miss("COPY", causes...))
	}
	git := predict.Cause{Kind: predict.CauseGitDir, Path: ".git"}
	s := collect(
		broken(1, "docs/a.md"), broken(2, "docs/a.md", "docs/b.md"), broken(3, "docs/a.md", "src/x.go"),
		build(4, miss("COPY", file("docs/a.md"), git)), build(5, miss("COPY", git)), build(6, miss("COPY", file("src/x.go")), miss("RUN", edit)),
		broken(7, "src/deep/x.go"), broken(8, "src/deep/x.go"),
	)
	want := []history.Culprit{
		{Kind: history.Directory, Path: "docs", Builds: 3}, {Kind: history.Pattern, Path: "**/*.md", Builds: 3},
		{Kind: history.File, Path: "docs/a.md", Builds: 2}, {Kind: history.File, Path: "src/deep/x.go", Builds: 2}, {Kind: history.Pattern, Path: "**/*.go", Builds: 2},
		{Kind: history.File, Path: ".git", Builds: 1},
	}
	if diff := cmp.Diff(want, s.Culprits); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(history.Edits{Source: 7, Both: 1}, s.Edits); diff != "" {
		t.Errorf("edits (-want +got):\n%s", diff)
	}
}

func TestTimes(t *testing.T) {
	var c history.Collector
	measured := miss("RUN", after(0))
	measured.Duration = new(int64(10_000))
	c.Add(build(1, miss("COPY", file("a")), measured))
	c.Add(build(2, hit("COPY"), hit("RUN")))
	early := c.Summary()
	c.Add(build(3, miss("COPY", file("a")), measured))
	if *early.Steps[1].Lost != 10 || *early.Culprits[0].Lost != 10 {
		t.Errorf("what was given out changed: %v", *early.Culprits[0].Lost)
	}
	s := c.Summary()
	if s.Steps[0].Lost != nil || *s.Steps[1].Lost != 20 || *s.Steps[1].Seconds != 10 || *s.Culprits[0].Lost != 20 {
		t.Errorf("%+v", s.Steps)
	}
}

// trend is that of builds of which each one's first misses, and its second as told.
func trend(n int, cached func(n int) bool) history.Trend {
	var c history.Collector
	for i := range n {
		second := hit("RUN")
		if !cached(i) {
			second = miss("RUN", edit)
		}
		c.Add(build(i, miss("COPY", edit), second))
	}
	return c.Summary().Trend
}

func TestTrend(t *testing.T) {
	got := trend(100, func(n int) bool { return n < 60 })
	if got.Break == nil || got.Break.Since.ID != "60" || got.Break.Before != 0.5 || got.Break.After != 0 || len(got.Points) != 32 {
		t.Errorf("worse since the 60th: %+v", got)
	}
	if got := trend(1000, func(n int) bool { return n*2654435761%97 < 48 }); got.Break != nil {
		t.Errorf("noise has a break: %+v", got.Break)
	}
	if got := trend(15, func(n int) bool { return n < 7 }); got.Break != nil || len(got.Points) != 15 {
		t.Errorf("few builds: %+v", got)
	}
	if got := trend(0, nil); got.Break != nil || got.Points == nil || len(got.Points) != 0 {
		t.Errorf("none: %+v", got)
	}
	long := trend(10_000, func(n int) bool { return n < 7000 })
	builds := 0
	for _, p := range long.Points {
		builds += p.Builds
	}
	if builds != 10_000 || long.Break == nil || long.Break.Since.ID < "6980" || long.Break.Since.ID > "7020" {
		t.Errorf("of a long history: %d builds, %+v", builds, long.Break)
	}
}
