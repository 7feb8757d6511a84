package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
)

// Kind classifies one step of which BuildKit and the prediction were asked.
type Kind string

// The kinds, from best to worst.
const (
	Agree     Kind = ""
	Needless  Kind = "NEEDLESS MAY-HIT"
	FalseMiss Kind = "FALSE MISS"
	FalseHit  Kind = "FALSE HIT"
	// Names: one side has a step that the other has not.
	Names Kind = "NO SUCH STEP"
)

// Row is one step with both answers.
type Row struct {
	Name string
	// BuildKit and Predicted are statuses, empty where that side has no such step.
	BuildKit, Predicted string
	Kind                Kind
	// Step is the index of the predicted step, -1 if there is none.
	Step int
}

// Compare puts a verdict and a prediction beside each other, step by step, by the bracket of
// the name: "[builder 2/4]". The rest of the name must be equal too, unless the prediction left a
// variable in it that only the base image can set, or that --build-arg gave. A step that several
// stages begin with has a name in each, and BuildKit reports it under one of them.
//
// A predicted step that BuildKit did not report is passed over if it is a FROM, or a
// relative WORKDIR, which is no step if it comes out as "/"; the numbers of the stage's other
// steps do not count then.
func Compare(verdict []scenario.Step, steps []predict.Step) []Row {
	left := make([]int, len(steps))
	relative := map[string]bool{} // stages
	for i, s := range steps {
		left[i] = i
		if relativeWorkdir(s) {
			relative[s.Stage] = true
		}
	}
	var rows []Row
	for _, v := range verdict {
		row := Row{Name: v.Name, BuildKit: v.Status, Step: -1}
		if i := slices.IndexFunc(left, func(k int) bool { return named(steps[k], v.Name, relative[steps[k].Stage]) }); i >= 0 {
			row.Step = left[i]
			row.Predicted = string(steps[row.Step].Status)
			left = slices.Delete(left, i, i+1)
		}
		row.Kind = classify(row.BuildKit, row.Predicted)
		rows = append(rows, row)
	}
	for _, k := range left {
		if s := steps[k]; s.Instruction != "FROM" && !relativeWorkdir(s) {
			rows = append(rows, Row{Name: s.Name, Predicted: string(s.Status), Kind: Names, Step: k})
		}
	}
	return rows
}

func relativeWorkdir(s predict.Step) bool {
	_, text := cut(s.Name)
	return s.Instruction == "WORKDIR" && !strings.HasPrefix(text, "WORKDIR /")
}

// named reports whether a name is one of a predicted step's. In a renumbered
// stage the instruction decides.
func named(s predict.Step, name string, renumbered bool) bool {
	bracket, text := cut(name)
	if _, own := cut(s.Name); renumbered && (own == text || strings.Contains(own, "$")) && strings.HasPrefix(bracket, strings.TrimSpace("["+s.Stage)) {
		return true
	}
	return slices.ContainsFunc(append([]string{s.Name}, s.Also...), func(own string) bool {
		ownBracket, _ := cut(own)
		return own == name || ownBracket == bracket && strings.Contains(own, "$")
	})
}

// cut parts a display name after its bracket.
func cut(name string) (bracket, text string) {
	bracket, text, _ = strings.Cut(name, "] ")
	return bracket, text
}

func classify(buildKit, predicted string) Kind {
	switch {
	case buildKit == scenario.Unseen, buildKit == predicted:
		return Agree
	case predicted == "":
		return Names
	case predicted == "hit":
		return FalseHit
	case predicted == "miss":
		return FalseMiss
	default:
		return Needless
	}
}

// Causes lists why the prediction says what it says of a step, in one line.
func Causes(p *predict.Prediction, name string) string {
	var b strings.Builder
	for _, s := range p.Steps {
		if s.Name == name {
			for _, c := range s.Causes {
				fmt.Fprintf(&b, "; %s %s %s%s", c.Kind, c.Change, c.Path, c.Name)
			}
		}
	}
	return b.String()
}

// Tally counts rows over many pairs.
type Tally struct {
	Pairs, Failed, Steps, Agreed              int
	FalseHits, FalseMisses, Needless, Unnamed int
	// MayHits are steps that BuildKit's two modes differ on.
	MayHits int
}

// Add counts one pair.
func (t *Tally) Add(rows []Row) {
	t.Pairs++
	for _, r := range rows {
		if r.BuildKit == scenario.Unseen {
			continue
		}
		t.Steps++
		if r.BuildKit == string(predict.MayHit) {
			t.MayHits++
		}
		switch r.Kind {
		case Agree:
			t.Agreed++
		case FalseHit:
			t.FalseHits++
		case FalseMiss:
			t.FalseMisses++
		case Needless:
			t.Needless++
		case Names:
			t.Unnamed++
		}
	}
}

// String is one line.
func (t *Tally) String() string {
	percent := 100.0
	if t.Steps > 0 {
		percent = 100 * float64(t.Agreed) / float64(t.Steps)
	}
	return fmt.Sprintf("%d pairs (%d more could not be built), %d steps, %.2f %% agreement, "+
		"%d false hits, %d false misses, %d needless may-hits, %d true may-hits, %d steps of one side only",
		t.Pairs, t.Failed, t.Steps, percent, t.FalseHits, t.FalseMisses, t.Needless, t.MayHits, t.Unnamed)
}
