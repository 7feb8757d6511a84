package judge

import (
	"fmt"
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
}

// Compare puts a verdict and a prediction beside each other, step by step, by the bracket of
// the name: "[builder 2/4]". The rest of the name must be equal too, unless the prediction left a
// variable in it that only the base image can set.
//
// A step that only one side has may be the other's under another name: see take. A predicted
// step that BuildKit did not report is passed over in two cases: a reported step
// of the same instruction stands for it, because BuildKit reports equal steps of two stages
// once; or it is a relative WORKDIR, which is no step if it comes out as "/".
func Compare(verdict []scenario.Step, steps []predict.Step) []Row {
	predicted := map[string][]predict.Step{}
	for _, s := range steps {
		bracket, _ := cut(s.Name)
		predicted[bracket] = append(predicted[bracket], s)
	}
	texts := map[string]bool{}
	var rows []Row
	for _, v := range verdict {
		_, text := cut(v.Name)
		texts[text] = true
		row := Row{Name: v.Name, BuildKit: v.Status}
		if s, ok := take(predicted, steps, v.Name); ok {
			row.Predicted = string(s.Status)
		}
		row.Kind = classify(row.BuildKit, row.Predicted)
		rows = append(rows, row)
	}
	for _, s := range steps {
		bracket, text := cut(s.Name)
		relative := s.Instruction == "WORKDIR" && !strings.HasPrefix(text, "WORKDIR /")
		if len(predicted[bracket]) > 0 && s.Instruction != "FROM" && !texts[text] && !relative {
			rows = append(rows, Row{Name: s.Name, Predicted: string(s.Status), Kind: Names})
		}
	}
	return rows
}

// take takes the predicted step that BuildKit calls name: the one with that bracket, or else any of
// the same instruction, for BuildKit may name equal steps for another of them.
func take(predicted map[string][]predict.Step, steps []predict.Step, name string) (predict.Step, bool) {
	bracket, text := cut(name)
	if same := predicted[bracket]; len(same) > 0 {
		_, predictedText := cut(same[0].Name)
		from := strings.HasPrefix(text, "FROM ")
		if predictedText == text || from || strings.Contains(predictedText, "$") {
			predicted[bracket] = same[1:]
			return same[0], true
		}
	}
	for _, s := range steps {
		if _, other := cut(s.Name); other == text {
			return s, true
		}
	}
	return predict.Step{}, false
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
