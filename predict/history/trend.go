package history

import "math"

const (
	maxPoints  = 32
	minSegment = 10  // builds on either side of a break
	minChange  = 0.1 // of the hit rate, for a break to be told
	minScore   = 4   // standard errors between the two sides
	maxSpans   = 1024
)

// trend is a history as equal spans of builds, the oldest first. A span is one build as long as there are
// fewer than maxSpans, and then twice as many: so a history of any length takes the same memory, and
// the break of a very long one is known to a few builds.
type trend struct {
	spans []span
	each  int // builds of a span
}

// span is some builds in a row.
type span struct {
	commit      Commit // the first one
	steps, hits int
	measure     // of the hit rates of the builds
}

// measure is builds, and the sum of something that was measured in each, and of its squares.
type measure struct {
	builds       int
	sum, squares float64
}

func (m *measure) join(o measure) {
	m.builds, m.sum, m.squares = m.builds+o.builds, m.sum+o.sum, m.squares+o.squares
}

// add adds a build. It reports whether every two spans became one.
func (t *trend) add(c Commit, steps, hits int) (halved bool) {
	rate := 1.0
	if steps > 0 {
		rate = float64(hits) / float64(steps)
	}
	b := span{c, steps, hits, measure{1, rate, rate * rate}}
	if n := len(t.spans); n > 0 && t.spans[n-1].builds < t.each {
		t.spans[n-1].join(b)
		return false
	}
	if t.spans = append(t.spans, b); len(t.spans) < maxSpans {
		return false
	}
	t.halve()
	return true
}

func (s *span) join(o span) {
	s.steps, s.hits = s.steps+o.steps, s.hits+o.hits
	s.measure.join(o.measure)
}

// halve joins every two spans.
func (t *trend) halve() {
	half := t.spans[:0]
	for i := 0; i < len(t.spans); i += 2 {
		s := t.spans[i]
		s.join(t.spans[i+1])
		half = append(half, s)
	}
	clear(t.spans[len(half):])
	t.spans, t.each = half, 2*max(1, t.each)
}

// points is how many points the spans are condensed into, and bounds gives the spans of one, without the last.
func (t *trend) points() int { return min(len(t.spans), maxPoints) }

func (t *trend) bounds(point int) (from, to int) {
	return point * len(t.spans) / t.points(), (point + 1) * len(t.spans) / t.points()
}

// trend condenses the spans into points and looks for a break.
func (t *trend) trend() Trend {
	result := Trend{Points: make([]Point, t.points()), Break: t.findBreak()}
	for i := range result.Points {
		from, to := t.bounds(i)
		all := t.spans[from]
		for _, s := range t.spans[from+1 : to] {
			all.join(s)
		}
		result.Points[i] = Point{From: all.commit, Builds: all.builds, Steps: all.steps, Hits: all.hits}
	}
	return result
}

// findBreak looks for a break in the hit rates of the builds.
func (t *trend) findBreak() *Break {
	list := make([]measure, len(t.spans))
	for i, s := range t.spans {
		list[i] = s.measure
	}
	at, before, after := findBreak(list, minScore)
	if at < 0 {
		return nil
	}
	return &Break{Since: t.spans[at].commit, Before: before, After: after}
}

// findBreak finds the place that parts a sequence into two whose means are as different as possible, in
// standard errors of their difference, and gives those. A sequence without a break has some such
// place too, hence the thresholds: at is -1 if none is beyond the score.
func findBreak(list []measure, score float64) (at int, before, after float64) {
	var all, old measure
	for _, m := range list {
		all.join(m)
	}
	at = -1
	for i, m := range list {
		a, b := float64(old.builds), float64(all.builds-old.builds)
		if a >= minSegment && b >= minSegment {
			x, y := old.sum/a, (all.sum-old.sum)/b
			within := all.squares - a*x*x - b*y*y
			// A floor for the variance: rates that are constant on both sides differ for certain, but not infinitely.
			variance := max(within/(a+b-2), 1e-4)
			if s := math.Abs(x-y) / math.Sqrt(variance*(1/a+1/b)); s > score && math.Abs(x-y) >= minChange {
				score, at, before, after = s, i, x, y
			}
		}
		old.join(m)
	}
	return at, before, after
}
