//go:build !race

// What is in here starts no goroutine, and takes long under the race detector.

package explorer_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/examples/internal/explorer"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict"
)

// TestWhatIfColumns: both sides have the same builds, however many of them are drawn.
func TestWhatIfColumns(t *testing.T) {
	var c changed
	steps := func(n int, text string) *predict.Prediction {
		var list []predict.Step
		for i := range n {
			list = append(list, sample.Hit("", i+1, n, text, i+1))
		}
		return sample.Prediction(list...)
	}
	pairs := make([]int, 800)
	for i := range pairs {
		pairs[i] = i
	}
	// With the change there are more steps, whose names change with each build: there is room for fewer builds.
	plain, with := steps(20, "RUN x"), []*predict.Prediction{steps(800, "RUN y"), steps(800, "RUN z")}
	const builds = 1500
	for n := range builds {
		b := &predict.HistoryBuild{Commit: commit(n), Prediction: plain, Pairs: pairs[:20]}
		b.With = []predict.ChangedBuild{{Prediction: with[n%2], Pairs: pairs}}
		if n == builds-2 {
			b = &predict.HistoryBuild{Commit: commit(n), Err: errors.New("no")}
		}
		c.add(b)
	}
	page := c.draw(t)
	var sides [2][]string
	for i, columns := range [][]explorer.HistoryColumn{page.Columns, page.WhatIf.With.Columns} {
		for _, c := range columns {
			sides[i] = append(sides[i], c.Commit)
		}
	}
	if diff := cmp.Diff(sides[0], sides[1]); diff != "" {
		t.Errorf("columns (-without +with)\n%s", diff)
	}
	drawn := len(sides[0])
	if drawn == 0 || drawn >= builds || page.Omitted != builds-drawn || page.WhatIf.With.Omitted != builds-drawn {
		t.Errorf("%d columns, %d and %d omitted", drawn, page.Omitted, page.WhatIf.With.Omitted)
	}
}
