package judge

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	digest "github.com/opencontainers/go-digest"

	"github.com/whybust/whybust/conformance/buildkit"
	"github.com/whybust/whybust/conformance/standin"
	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
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
	part := partsOf(vertices)
	for _, v := range vertices {
		m := display.FindStringSubmatch(v.Name)
		if m == nil || part[v.Digest] || strings.HasPrefix(m[3], "LINK ") {
			continue
		}
		keyOnly := 0
		if len(v.Inputs) == 0 {
			keyOnly = 1
		}
		n, _ := strconv.Atoi(m[2])
		s := step{name: v.Name, stage: strings.TrimSpace(m[1]), n: n, text: m[3], hit: v.Runs <= keyOnly}
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

// partsOf finds the vertices that a vertex of the same name reads: the download of an ADD has the name of the
// ADD, and the docker command shows the two as one.
func partsOf(vertices []*buildkit.Vertex) map[digest.Digest]bool {
	byDigest := map[digest.Digest]*buildkit.Vertex{}
	for _, v := range vertices {
		byDigest[v.Digest] = v
	}
	parts := map[digest.Digest]bool{}
	for _, v := range vertices {
		for _, in := range v.Inputs {
			if other := byDigest[in]; other != nil && other.Name == v.Name {
				parts[in] = true
			}
		}
	}
	return parts
}

// stageOrder returns the place of a stage in the Dockerfile by its printed name.
func stageOrder(dockerfile []byte) func(name string) int {
	places := map[string]int{}
	if file, err := parser.Parse(bytes.NewReader(dockerfile)); err == nil {
		if stages, _, err := instructions.Parse(file.AST, linter.New(&linter.Config{})); err == nil {
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

// asksForOutputs says whether a step that missed reads another stage.
func asksForOutputs(steps []step) bool {
	return slices.ContainsFunc(steps, func(s step) bool {
		return !s.hit && (strings.Contains(s.text, "--from=") || strings.Contains(s.text, "from="))
	})
}

// combine makes one verdict of those of several modes, of which the last is the one
// that hits the least, unless chance has a part in it.
func combine(chance bool, modes ...[]step) ([]scenario.Step, error) {
	last := modes[len(modes)-1]
	verdict := make([]scenario.Step, 0, len(last))
	for i, worst := range last {
		hits := 0
		for _, steps := range modes {
			if i >= len(steps) || len(steps) != len(last) || steps[i].name != worst.name {
				return nil, fmt.Errorf("anomaly: the modes do not agree on what the steps are:\n%s\n%s", names(steps), names(last))
			}
			if steps[i].hit {
				hits++
			}
		}
		status := string(predict.MayHit)
		switch {
		case worst.from:
			status = scenario.Unseen
		case hits == len(modes):
			status = string(predict.Hit)
		case hits == 0:
			status = string(predict.Miss)
		case worst.hit && !chance:
			return nil, fmt.Errorf("anomaly: %s hit in mode random and missed in another", worst.name)
		}
		verdict = append(verdict, scenario.Step{Status: status, Name: worst.name})
	}
	return verdict, nil
}

func names(steps []step) string {
	var list []string
	for _, s := range steps {
		list = append(list, s.name)
	}
	return strings.Join(list, "\n")
}
