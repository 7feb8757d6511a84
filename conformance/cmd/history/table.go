package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/whybust/whybust/conformance/judge"
	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/history"
)

// table adds the builds up twice: as they were predicted, and as they were built.
type table struct{ predicted, built history.Collector }

func (t *table) add(b *predict.HistoryBuild, rows []judge.Row) {
	t.predicted.Add(b)
	p := *b.Prediction
	p.Steps = slices.Clone(p.Steps)
	for _, row := range rows {
		if row.Step >= 0 && row.BuildKit != "" && row.BuildKit != scenario.Unseen {
			p.Steps[row.Step].Status = predict.Status(row.BuildKit)
		}
	}
	built := *b
	built.Prediction = &p
	t.built.Add(&built)
}

// print writes a line for each step but FROM, of which BuildKit does not say whether it was cached.
func (t *table) print(w io.Writer) {
	fmt.Fprintln(w, "         predicted           built")
	fmt.Fprintln(w, " runs    hit  may miss    hit  may miss  step")
	built := t.built.Summary().Steps
	for i, p := range t.predicted.Summary().Steps {
		if p.Instruction == "FROM" {
			continue
		}
		b, mark := built[i], ""
		if b.Hits != p.Hits || b.MayHits != p.MayHits || b.Misses != p.Misses {
			mark = "   <== DIFFERENT"
		}
		fmt.Fprintf(w, "%5d   %4d %4d %4d   %4d %4d %4d  %.100s%s\n", p.Runs, p.Hits, p.MayHits, p.Misses, b.Hits, b.MayHits, b.Misses, p.Name, mark)
	}
}
