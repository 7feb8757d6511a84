// Package timings reads how long the steps of real builds took from what BuildKit
// prints of them: the stream of --progress=rawjson and the text of --progress=plain,
// of buildx, buildctl and docker, as it stands in a file or in a log of CI.
//
// A measurement belongs to an instruction of a stage. Where it stood in the file, and under
// which number, only tells apart equal instructions of one stage. What was
// cached, failed or never ended is no measurement.
package timings

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/whybust/whybust/internal/lazyregexp"
)

// Durations are the measurements of some builds. They are immutable and safe for concurrent
// use; the zero Durations, and nil, hold none.
type Durations struct {
	runs    int
	steps   map[string][]measurement // by the text of the instruction
	labels  map[string]bool          // of all steps that were seen
	digests map[string]string        // of images, by reference
}

// measurement is how long a step took in one build.
type measurement struct {
	place
	run  int
	took time.Duration
}

// place is what a display name says of a step, but for its instruction.
type place struct {
	label  string // what stands in the brackets before the numbers
	number int
	total  int
}

// stage is the last word of a label: a platform, or the target that bake built, may stand before it.
func (p place) stage() string { return p.label[strings.LastIndexByte(p.label, ' ')+1:] }

// display is the form of the names of steps, and nothing else has it.
var display = lazyregexp.New(`^\[(?:([^\s\]][^\]]*?) )? *(\d{1,6})/(\d{1,6})\] ((?:LINK |ONBUILD )*(?:FROM|RUN|COPY|ADD|WORKDIR)\b.*)`)

// parseName takes a display name apart: "[builder 4/6] RUN make". An image loses the digest
// that was found for it.
func parseName(name string) (p place, text string, ok bool) {
	name, _, _ = strings.Cut(name, "\n")
	m := display.FindStringSubmatch(name)
	if m == nil {
		return p, "", false
	}
	p.label = strings.Join(strings.Fields(m[1]), " ")
	p.number, _ = strconv.Atoi(m[2])
	p.total, _ = strconv.Atoi(m[3])
	text = strings.TrimSpace(m[4])
	if image, isFrom := strings.CutPrefix(text, "FROM "); isFrom {
		image, _, _ = strings.Cut(image, "@")
		text = "FROM " + image
	}
	return p, text, true
}

// Runs is the number of builds that were read.
func (d *Durations) Runs() int {
	if d == nil {
		return 0
	}
	return d.runs
}

// Step returns how long a step took, by the display name that BuildKit prints, and the others
// that it may print for the same operation: the median of the builds in which it ran, of an even number
// the longer of the two in the middle. ok is false if it was never measured.
func (d *Durations) Step(name string, also ...string) (took time.Duration, ok bool) {
	if d == nil {
		return 0, false
	}
	for _, name := range append([]string{name}, also...) {
		p, text, ok := parseName(name)
		if !ok {
			continue
		}
		if took, ok := median(d.matching(p, text)); ok {
			return took, true
		}
	}
	return 0, false
}

// matching are the measurements of an instruction of a stage: those of its number if there are any.
func (d *Durations) matching(p place, text string) []measurement {
	all := d.steps[text]
	in := func(same func(m measurement) bool) []measurement {
		return slices.DeleteFunc(slices.Clone(all), func(m measurement) bool { return !same(m) })
	}
	for _, same := range []func(m measurement) bool{
		func(m measurement) bool { return m.place == p },
		func(m measurement) bool { return m.label == p.label && m.number == p.number },
		func(m measurement) bool { return m.label == p.label },
		func(m measurement) bool { return m.stage() == p.stage() && m.number == p.number },
		func(m measurement) bool { return m.stage() == p.stage() },
	} {
		if found := in(same); len(found) > 0 {
			return found
		}
	}
	// A stage that no build had may be one of another name. It is, if this instruction was in one stage only.
	if d.labels[p.label] || slices.ContainsFunc(all, func(m measurement) bool { return m.label != all[0].label }) {
		return nil
	}
	return all
}

// median is that of the builds, each with the last of its measurements.
func median(list []measurement) (time.Duration, bool) {
	last := map[int]time.Duration{}
	for _, m := range list {
		last[m.run] = m.took
	}
	if len(last) == 0 {
		return 0, false
	}
	var took []time.Duration
	for _, t := range last {
		took = append(took, t)
	}
	slices.Sort(took)
	return took[len(took)/2], true
}

// Digest returns the digest that the last of the builds found for an image, by its full reference
// ("docker.io/library/node:20").
func (d *Durations) Digest(reference string) (digest string, ok bool) {
	if d == nil {
		return "", false
	}
	digest, ok = d.digests[reference]
	return digest, ok
}

// Merge puts the measurements of several files together, in their order. Nil ones count for nothing.
func Merge(list ...*Durations) *Durations {
	all := newDurations()
	for _, d := range list {
		if d == nil {
			continue
		}
		for text, steps := range d.steps {
			for _, m := range steps {
				m.run += all.runs
				all.steps[text] = append(all.steps[text], m)
			}
		}
		for label := range d.labels {
			all.labels[label] = true
		}
		for ref, digest := range d.digests {
			all.digests[ref] = digest
		}
		all.runs += d.runs
	}
	return all
}

func newDurations() *Durations {
	return &Durations{steps: map[string][]measurement{}, labels: map[string]bool{}, digests: map[string]string{}}
}
