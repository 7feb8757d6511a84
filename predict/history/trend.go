package history

import "math"

const (
	maxPoints  = 32
	minSegment = 10  // builds on either side of a break
	minChange  = 0.1 // of the hit rate, for a break to be told
	minScore   = 4   // standard errors between the two sides
)

// trend condenses the builds into points and looks for a break.
func trend(rates []rate) Trend {
	t := Trend{Points: []Point{}, Break: findBreak(rates)}
	points := min(len(rates), maxPoints)
	for i := range points {
		from, to := i*len(rates)/points, (i+1)*len(rates)/points
		p := Point{From: rates[from].commit, Builds: to - from}
		for _, r := range rates[from:to] {
			p.Steps, p.Hits = p.Steps+r.steps, p.Hits+r.hits
		}
		t.Points = append(t.Points, p)
	}
	return t
}

// findBreak finds the build that parts the history into two with hit rates as different as possible, in
// standard errors of their difference. A history without a break has some such
// build too, hence the thresholds.
func findBreak(rates []rate) *Break {
	n := len(rates)
	sums, squares := make([]float64, n+1), make([]float64, n+1)
	for i, r := range rates {
		x := 1.0
		if r.steps > 0 {
			x = float64(r.hits) / float64(r.steps)
		}
		sums[i+1], squares[i+1] = sums[i]+x, squares[i]+x*x
	}
	var found *Break
	best := float64(minScore)
	for k := minSegment; k <= n-minSegment; k++ {
		a, b := float64(k), float64(n-k)
		before, after := sums[k]/a, (sums[n]-sums[k])/b
		within := squares[n] - a*before*before - b*after*after
		// A floor for the variance: rates that are constant on both sides differ for certain, but not infinitely.
		variance := max(within/float64(n-2), 1e-4)
		score := math.Abs(before-after) / math.Sqrt(variance*(1/a+1/b))
		if score > best && math.Abs(before-after) >= minChange {
			best, found = score, &Break{Since: rates[k].commit, Before: before, After: after}
		}
	}
	return found
}
