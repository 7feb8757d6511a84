package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/whybust/whybust/conformance/judge"
	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
)

// table counts the builds of each step, which is followed from one build to the
// next as predict.HistoryBuild pairs them.
type table struct {
	steps  []*counts
	last   []*counts // by step of the build before
	builds int
}

// counts are of one step.
type counts struct {
	name             string // in the newest build that has it
	build, place     int    // of that build: its number, and where the step stands in it
	predicted, built map[string]int
	wrong            int
}

var statuses = []predict.Status{predict.Hit, predict.MayHit, predict.Miss}

func (t *table) add(b *predict.HistoryBuild, rows []judge.Row) {
	now := make([]*counts, len(b.Prediction.Steps))
	t.builds++
	for i, s := range b.Prediction.Steps {
		if k := b.Pairs[i]; k >= 0 && k < len(t.last) && !slices.Contains(now, t.last[k]) {
			now[i] = t.last[k]
		} else {
			now[i] = &counts{predicted: map[string]int{}, built: map[string]int{}}
			t.steps = append(t.steps, now[i])
		}
		now[i].name, now[i].build, now[i].place = s.Name, t.builds, i
	}
	t.last = now
	for _, row := range rows {
		if row.Step < 0 || row.BuildKit == scenario.Unseen {
			continue
		}
		c := now[row.Step]
		c.predicted[row.Predicted]++
		c.built[row.BuildKit]++
		if row.Kind != judge.Agree {
			c.wrong++
		}
	}
}

// print writes a line for each step, those of the newest build first.
func (t *table) print(w io.Writer) {
	slices.SortStableFunc(t.steps, func(a, b *counts) int {
		if a.build != b.build {
			return b.build - a.build
		}
		return a.place - b.place
	})
	fmt.Fprintln(w, "        predicted       built           wrong")
	fmt.Fprintln(w, " runs   hit  may miss   hit  may miss         step")
	for _, c := range t.steps {
		runs := 0
		var cells []any
		for _, of := range []map[string]int{c.predicted, c.built} {
			for _, s := range statuses {
				cells = append(cells, of[string(s)])
			}
		}
		for _, n := range c.predicted {
			runs += n
		}
		if runs > 0 {
			fmt.Fprintf(w, "%5d  ", runs)
			fmt.Fprintf(w, "%4d %4d %4d  %4d %4d %4d", cells...)
			fmt.Fprintf(w, "  %5d   %.100s\n", c.wrong, c.name)
		}
	}
}
