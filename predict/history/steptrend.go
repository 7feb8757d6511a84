package history

import "math"

// StepPoint is a step in the builds of one point of the trend.
type StepPoint struct {
	// Runs is how many of these builds had the step, 0 if none, and Hits in how many of them it hit.
	Runs int `json:"runs"`
	Hits int `json:"hits"`
}

// stepTrend is a step in the spans of the trend in which any build had it, the oldest first: so it takes no
// more than there are spans, and a step that lived for a short time takes little.
type stepTrend []stepSpan

// stepSpan is a step in one span.
type stepSpan struct {
	at         int32 // index of the span
	runs, hits int32
}

// add counts a build of a span, the newest so far.
func (t *stepTrend) add(at int, hit bool) {
	if n := len(*t); n == 0 || (*t)[n-1].at != int32(at) {
		*t = append(*t, stepSpan{at: int32(at)})
	}
	last := &(*t)[len(*t)-1]
	last.runs++
	if hit {
		last.hits++
	}
}

// halve follows trend.halve: of every two spans one is made.
func (t *stepTrend) halve() {
	half := (*t)[:0]
	for _, s := range *t {
		s.at /= 2
		if n := len(half); n > 0 && half[n-1].at == s.at {
			half[n-1].runs += s.runs
			half[n-1].hits += s.hits
			continue
		}
		half = append(half, s)
	}
	*t = half
}

// points gives the step in each point of the trend.
func (t stepTrend) points(all *trend) []StepPoint {
	points := make([]StepPoint, all.points())
	i := 0
	for _, s := range t {
		for _, to := all.bounds(i); int(s.at) >= to; _, to = all.bounds(i) {
			i++
		}
		points[i].Runs += int(s.runs)
		points[i].Hits += int(s.hits)
	}
	return points
}

// findBreak looks for a break in whether the step hit. Among many steps one is more likely to look like it by chance, hence
// the higher threshold: the tail of the normal distribution falls as exp(-z²/2), so that of n steps is held
// at that of one by z² + 2 ln n.
func (t stepTrend) findBreak(all *trend, steps int) *Break {
	list := make([]measure, len(t))
	for i, s := range t {
		list[i] = measure{int(s.runs), float64(s.hits), float64(s.hits)}
	}
	at, before, after := findBreak(list, math.Sqrt(minScore*minScore+2*math.Log(float64(max(1, steps)))))
	if at < 0 {
		return nil
	}
	return &Break{Since: all.spans[t[at].at].commit, Before: before, After: after}
}
