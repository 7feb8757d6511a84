//go:build !race

package history_test

import (
	"testing"
	"time"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/history"
)

// TestLargeBuilds: two builds of 200,000 steps, each of which follows the one before it, and of which no two are the same. With
// the square of their number it would take many minutes; the bound is no measure.
func TestLargeBuilds(t *testing.T) {
	const n = 200_000
	p := &predict.Prediction{Verdict: predict.Miss, Steps: make([]predict.Step, n)}
	for i := range p.Steps {
		before := i - 1
		p.Steps[i] = predict.Step{Status: predict.Miss, Step: i + 1, Of: n, Causes: []predict.Cause{{Kind: predict.CauseParent, Step: &before}}}
	}
	p.Steps[0].Causes = []predict.Cause{{Kind: predict.CauseFile, Path: "a"}}
	done := make(chan *history.Summary, 1)
	go func() {
		var c history.Collector
		for range 2 {
			c.Add(&predict.HistoryBuild{Prediction: p})
		}
		done <- c.Summary()
	}()
	select {
	case s := <-done:
		if len(s.Steps) != 2*n {
			t.Fatalf("%d steps, want %d", len(s.Steps), 2*n)
		}
		if last := s.Steps[n-1]; !last.Current || last.Inherited != 1 || len(last.From) != 1 || last.From[0].Step != 0 {
			t.Errorf("the last step of the newest build is %+v", last)
		}
	case <-time.After(time.Minute):
		t.Fatal("it takes too long")
	}
}
