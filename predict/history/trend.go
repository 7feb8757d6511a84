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
	commit       Commit // the first one
	builds       int
	steps, hits  int
	sum, squares float64 // of the hit rates of the builds
}

// add adds a build.
func (t *trend) add(c Commit, steps, hits int) {
	rate := 1.0
	if steps > 0 {
		rate = float64(hits) / float64(steps)
	}
	b := span{c, 1, steps, hits, rate, rate * rate}
	if n := len(t.spans); n > 0 && t.spans[n-1].builds < t.each {
		t.spans[n-1].join(b)
		return
	}
	if t.spans = append(t.spans, b); len(t.spans) == maxSpans {
		t.halve()
	}
}

func (s *span) join(o span) {
	s.builds, s.steps, s.hits = s.builds+o.builds, s.steps+o.steps, s.hits+o.hits
	s.sum, s.squares = s.sum+o.sum, s.squares+o.squares
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

// trend condenses the spans into points and looks for a break.
func (t *trend) trend() Trend {
	points := min(len(t.spans), maxPoints)
	result := Trend{Points: make([]Point, points), Break: t.findBreak()}
	for i := range points {
		from, to := i*len(t.spans)/points, (i+1)*len(t.spans)/points
		all := t.spans[from]
		for _, s := range t.spans[from+1 : to] {
			all.join(s)
		}
		result.Points[i] = Point{From: all.commit, Builds: all.builds, Steps: all.steps, Hits: all.hits}
	}
	return result
}

// findBreak finds the build that parts the history into two with hit rates as different as possible, in
// standard errors of their difference. A history without a break has some such
// build too, hence the thresholds.
func (t *trend) findBreak() *Break {
	var all span
	for _, s := range t.spans {
		all.join(s)
	}
	var old span
	var found *Break
	best := float64(minScore)
	for i, s := range t.spans {
		a, b := float64(old.builds), float64(all.builds-old.builds)
		if a >= minSegment && b >= minSegment {
			before, after := old.sum/a, (all.sum-old.sum)/b
			within := all.squares - a*before*before - b*after*after
			// A floor for the variance: rates that are constant on both sides differ for certain, but not infinitely.
			variance := max(within/(a+b-2), 1e-4)
			score := math.Abs(before-after) / math.Sqrt(variance*(1/a+1/b))
			if score > best && math.Abs(before-after) >= minChange {
				best, found = score, &Break{Since: t.spans[i].commit, Before: before, After: after}
			}
		}
		old.join(s)
	}
	return found
}
