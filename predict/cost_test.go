package predict_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/timings"
)

// measured is a log of a build in which the steps took these seconds.
func measured(t *testing.T, steps map[string]float64) *timings.Durations {
	t.Helper()
	var log strings.Builder
	n := 0
	for name, seconds := range steps {
		n++
		fmt.Fprintf(&log, "#%d %s\n#%d DONE %.1fs\n", n, name, n, seconds)
	}
	d, err := timings.Read("log", strings.NewReader(log.String()))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestCost: two stages side by side, of which the sum and the longer one count, and a step of
// both that counts once.
func TestCost(t *testing.T) {
	tt := hintTest{
		project: dockerfile("FROM x:1 AS base", "RUN tools", "FROM base AS a", "COPY a /", "RUN a", "FROM base AS b", "COPY b /", "RUN b",
			"FROM x:1", "COPY --from=a /out /a", "COPY --from=b /out /b", "RUN end") + "-- a --\n1\n-- b --\n1\n",
	}
	d := measured(t, map[string]float64{
		"[base 1/2] FROM docker.io/library/x:1": 1, "[base 2/2] RUN tools": 10, "[a 1/2] COPY a /": 2, "[a 2/2] RUN a": 20, "[b 1/2] COPY b /": 3,
		"[b 2/2] RUN b": 30, "[stage-3 2/4] COPY --from=a /out /a": 4, "[stage-3 4/4] RUN end": 5,
	})
	old := tt.replay(t, unpacked(tt.project), nil, "")
	for _, step := range []struct {
		reason, change string
		want           predict.Cost
	}{
		{"one stage", "-- a --\n2\n", predict.Cost{Rebuilt: 22000, RebuiltAtMost: 31000, Critical: 22000, CriticalAtMost: 31000, CriticalSteps: []int{2, 3}}},
		{"both stages", "-- a --\n2\n-- b --\n2\n", predict.Cost{Rebuilt: 55000, RebuiltAtMost: 64000, Critical: 33000, CriticalAtMost: 38000, CriticalSteps: []int{4, 5}}},
		{"nothing", "", predict.Cost{CriticalSteps: []int{}}},
	} {
		g := tt.replay(t, unpacked(tt.project, step.change), nil, "")
		p, err := predict.Compare(context.Background(), old, g)
		if err != nil {
			t.Fatal(err)
		}
		p.AddCost(g, d)
		step.want.Runs, step.want.Total, step.want.CriticalTotal, step.want.Unmeasured = 1, 75000, 49000, []int{7}
		if diff := cmp.Diff(&step.want, p.Cost); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", step.reason, diff)
			for i, s := range p.Steps {
				t.Logf("%d %s %s", i, s.Status, s.Name)
			}
		}
		if s := p.Steps[3]; s.Duration == nil || *s.Duration != 20000 || p.Steps[7].Duration != nil {
			t.Errorf("%s: durations %v, %v", step.reason, s.Duration, p.Steps[7].Duration)
		}
	}
}

func unpacked(archives ...string) map[string]string {
	files := map[string]string{}
	for _, a := range archives {
		unpack(files, a)
	}
	return files
}
