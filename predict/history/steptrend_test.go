package history_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/predict/history"
)

// lived is a history of builds of two steps. The first is in all and hits as told, the second is in those from born on
// and always hits.
func lived(builds, born int, cached func(n int) bool) *history.Summary {
	var c history.Collector
	for n := range builds {
		first := hit("RUN")
		if !cached(n) {
			first = miss("RUN", edit)
		}
		b := build(n, first)
		if n >= born {
			b = build(n, first, hit("new"))
			if n == born {
				b.Pairs[1] = -1
			}
		}
		c.Add(b)
	}
	return c.Summary()
}

// TestStepTrend: the points of a step are those of the whole, and say where there was no such step.
func TestStepTrend(t *testing.T) {
	s := lived(4, 2, func(n int) bool { return n%2 == 0 })
	want := [][]history.StepPoint{{{Runs: 1, Hits: 1}, {Runs: 1}, {Runs: 1, Hits: 1}, {Runs: 1}}, {{}, {}, {Runs: 1, Hits: 1}, {Runs: 1, Hits: 1}}}
	if diff := cmp.Diff(want, [][]history.StepPoint{s.Steps[0].Trend, s.Steps[1].Trend}); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// So long that spans were joined several times.
	for _, builds := range []int{33, 1023, 1024, 1025, 5000, 100_000} {
		s := lived(builds, builds/3, func(n int) bool { return n < builds/2 })
		if len(s.Steps[0].Trend) != len(s.Trend.Points) || len(s.Trend.Points) > 32 {
			t.Fatalf("%d builds: %d points of a step, %d of all", builds, len(s.Steps[0].Trend), len(s.Trend.Points))
		}
		runs, steps := 0, 0
		for i, p := range s.Trend.Points {
			first, second := s.Steps[0].Trend[i], s.Steps[1].Trend[i]
			runs += second.Runs
			steps += p.Steps
			if first.Runs != p.Builds || first.Runs+second.Runs != p.Steps || first.Hits+second.Hits != p.Hits || second.Hits != second.Runs {
				t.Errorf("%d builds, point %d: %+v, but the steps have %+v and %+v", builds, i, p, first, second)
			}
		}
		if runs != builds-builds/3 || steps != builds+runs {
			t.Errorf("%d builds: %d of the second step, %d steps in all", builds, runs, steps)
		}
	}
}

// TestStepTrendIsBounded: what a summary is made of does not grow with the number of builds.
func TestStepTrendIsBounded(t *testing.T) {
	held := func(builds int) float64 {
		var c history.Collector
		for n := range builds {
			c.Add(build(n, hit("RUN"), miss("COPY", file("a"))))
		}
		return testing.AllocsPerRun(1, func() { c.Summary() })
	}
	if few, many := held(2000), held(200_000); many > few {
		t.Errorf("a summary takes %v allocations of 2,000 builds and %v of 200,000", few, many)
	}
}

func TestStepBreak(t *testing.T) {
	s := lived(100, 50, func(n int) bool { return n < 60 })
	if b := s.Steps[0].Break; b == nil || b.Since.ID != "60" || b.Before != 1 || b.After != 0 {
		t.Errorf("lost since the 60th: %+v", b)
	}
	if b := s.Steps[1].Break; b != nil {
		t.Errorf("one that always hits: %+v", b)
	}
	for _, tt := range []struct {
		reason string
		s      *history.Summary
	}{
		{"noise", lived(1000, 0, func(n int) bool { return n*2654435761%97 < 48 })},
		{"too few", lived(19, 0, func(n int) bool { return n < 9 })},
	} {
		if b := tt.s.Steps[0].Break; b != nil {
			t.Errorf("%s has a break: %+v", tt.reason, b)
		}
	}
}

// TestManySteps: among many steps more is wanted of each.
func TestManySteps(t *testing.T) {
	breaks := func(steps int) (n int) {
		var c history.Collector
		for i := range 40 {
			b := build(i)
			for k := range steps {
				s := hit(fmt.Sprint(k))
				if i >= 20 && i%5 < 3 || i < 20 && i%20 == 3 { // 12 of 20 miss, and 1 of 20 before: 4.3 standard errors
					s = miss(s.Name, edit)
				}
				b.Prediction.Steps, b.Pairs = append(b.Prediction.Steps, s), append(b.Pairs, k)
			}
			c.Add(b)
		}
		for _, s := range c.Summary().Steps {
			if s.Break != nil {
				n++
			}
		}
		return n
	}
	if one, many := breaks(1), breaks(50); one != 1 || many != 0 {
		t.Errorf("%d of 1 step has a break, and %d of 50; want 1 and 0", one, many)
	}
}
