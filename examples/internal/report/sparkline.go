package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/whybust/whybust/predict/history"
)

// sparks are the eighths of a block.
var sparks = []rune("▁▂▃▄▅▆▇█")

// spark is the block of a hit rate.
func spark(hits, of int) rune {
	return sparks[min(hits*len(sparks)/of, len(sparks)-1)]
}

// Sparkline draws a hit rate over time, from 0 to 1, in one character for each point.
func Sparkline(points []history.Point) string {
	var b strings.Builder
	for _, p := range points {
		if p.Steps == 0 { // nothing of it misses
			p.Hits, p.Steps = 1, 1
		}
		b.WriteRune(spark(p.Hits, p.Steps))
	}
	return b.String()
}

// StepSparkline draws how often a step hit over time, in so many characters or one for each point, whichever is less, and in none
// where there was no such step, for which it puts a blank.
func StepSparkline(points []history.StepPoint, width int, blank rune) string {
	width = min(width, len(points))
	var b strings.Builder
	for i := range width {
		var all history.StepPoint
		for _, p := range points[i*len(points)/width : (i+1)*len(points)/width] {
			all.Runs, all.Hits = all.Runs+p.Runs, all.Hits+p.Hits
		}
		if all.Runs == 0 {
			b.WriteRune(blank)
			continue
		}
		b.WriteRune(spark(all.Hits, all.Runs))
	}
	return b.String()
}

// stepBreak is a build since which steps were lost more, or less, than before.
type stepBreak struct {
	*history.Break        // of the first of them
	steps          string // what is said of them
}

// maxBreaks bounds the list of them, and of the steps of each.
const maxBreaks = 3

// stepBreaks are the builds since which a step that there still is hits more or less often, as most steps
// do first: a step that is lost takes those after it along.
func stepBreaks(s *history.Summary) (list []stepBreak) {
	bySince := map[string][]int{}
	for i, step := range s.Steps {
		if step.Current && step.Break != nil {
			bySince[since(step.Break)] = append(bySince[since(step.Break)], i)
		}
	}
	var groups [][]int
	for _, rows := range bySince {
		groups = append(groups, rows)
	}
	slices.SortFunc(groups, func(a, b []int) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return a[0] - b[0]
	})
	for _, rows := range groups[:min(len(groups), maxBreaks)] {
		var steps []string
		for _, i := range rows[:min(len(rows), maxBreaks)] {
			b := s.Steps[i].Break
			steps = append(steps, fmt.Sprintf("#%d %.0f%%, before %.0f%%", i+1, 100*b.After, 100*b.Before))
		}
		text := strings.Join(steps, "; ")
		if more := len(rows) - len(steps); more > 0 {
			text += fmt.Sprintf("; and %s", Count(more, "more step"))
		}
		list = append(list, stepBreak{s.Steps[rows[0]].Break, text})
	}
	return list
}

func since(b *history.Break) string { return fmt.Sprint(b.Since.ID, b.After > b.Before) }

// breakWord is "worse" or "better".
func breakWord(b *history.Break) string {
	if b.After > b.Before {
		return "better"
	}
	return "worse"
}
