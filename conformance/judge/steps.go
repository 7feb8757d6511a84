package judge

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/whybust/whybust/conformance/buildkit"
	"github.com/whybust/whybust/conformance/standin"
	"github.com/whybust/whybust/internal/scenario"
)

// step is a step of the new build in one mode.
type step struct {
	name  string
	stage string
	n     int
	text  string // the instruction
	hit   bool
	from  bool // FROM an image
}

// display is the form of the names of steps: [PLATFORM STAGE 2/11] INSTRUCTION, and nothing else has it.
var display = regexp.MustCompile(`^\[(?:(\S.*) )? *(\d+)/\d+\] (.*)`)

// stepsOf picks the steps out of the graph and puts them into the order of the Dockerfile.
//
// A step hit if BuildKit never worked on it. That is more than the CACHED mark says:
// a vertex without inputs (WORKDIR after FROM scratch, COPY --link of a here-document) is
// worked on once for its key alone (sharedOp.CacheMap in solver/jobs.go tells so only of
// such vertices), and docker prints it without the mark though it was never run.
//
// COPY --link is two vertices of one number: the copy onto scratch, and a merge named
// "LINK COPY ..." that misses with the step before it but costs nothing. The copy is the step.
func stepsOf(dockerfile []byte, vertices []*buildkit.Vertex) []step {
	var steps []step
	for _, v := range vertices {
		m := display.FindStringSubmatch(v.Name)
		if m == nil || strings.HasPrefix(m[3], "LINK ") {
			continue
		}
		keyOnly := 0
		if len(v.Inputs) == 0 {
			keyOnly = 1
		}
		n, _ := strconv.Atoi(m[2])
		s := step{name: v.Name, stage: m[1], n: n, text: m[3], hit: v.Runs <= keyOnly}
		if image, ok := strings.CutPrefix(m[3], "FROM "); ok {
			s.from = true
			s.name = strings.TrimSuffix(v.Name, image) + standin.Original(image)
		}
		steps = append(steps, s)
	}
	order := stageOrder(dockerfile)
	slices.SortStableFunc(steps, func(a, b step) int {
		if d := order(a.stage) - order(b.stage); d != 0 {
			return d
		}
		return a.n - b.n
	})
	return steps
}

// stageOrder returns the place of a stage in the Dockerfile by its printed name.
func stageOrder(dockerfile []byte) func(name string) int {
	places := map[string]int{}
	if file, err := parser.Parse(bytes.NewReader(dockerfile)); err == nil {
		if stages, _, err := instructions.Parse(file.AST, nil); err == nil {
			for i, s := range stages {
				name := s.Name
				if name == "" {
					name = fmt.Sprintf("stage-%d", i)
				}
				places[name] = i
			}
		}
	}
	return func(name string) int {
		// A platform may stand before it.
		return places[name[strings.LastIndexByte(name, ' ')+1:]]
	}
}

func rerun(steps []step) bool {
	return slices.ContainsFunc(steps, func(s step) bool {
		return !s.hit && (strings.HasPrefix(s.text, "RUN ") || strings.HasPrefix(s.text, "ONBUILD RUN "))
	})
}

// combine makes one verdict of the two modes'.
func combine(same, random []step) ([]scenario.Step, error) {
	if len(same) != len(random) {
		return nil, fmt.Errorf("anomaly: %d steps in mode same, %d in mode random", len(same), len(random))
	}
	verdict := make([]scenario.Step, 0, len(same))
	for i, s := range same {
		r := random[i]
		status := "hit"
		switch {
		case s.name != r.name:
			return nil, fmt.Errorf("anomaly: step %q in mode same, %q in mode random", s.name, r.name)
		case s.from:
			status = scenario.Unseen
		case !s.hit && r.hit:
			return nil, fmt.Errorf("anomaly: %s hit in mode random and missed in mode same", s.name)
		case !s.hit:
			status = "miss"
		case !r.hit:
			status = "may-hit"
		}
		verdict = append(verdict, scenario.Step{Status: status, Name: s.name})
	}
	return verdict, nil
}
