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

// Compare puts a verdict and a prediction beside each other, step by step. A predicted
// step that BuildKit did not report is passed over if a reported step of the
// same instruction stands for it: BuildKit reports equal steps of two stages once.
func Compare(verdict []scenario.Step, steps []predict.Step) []Row {
	predicted := map[string][]predict.Step{}
	for _, s := range steps {
		predicted[s.Name] = append(predicted[s.Name], s)
	}
	texts := map[string]bool{}
	var rows []Row
	for _, v := range verdict {
		texts[instruction(v.Name)] = true
		row := Row{Name: v.Name, BuildKit: v.Status}
		if same := predicted[v.Name]; len(same) > 0 {
			row.Predicted = string(same[0].Status)
			predicted[v.Name] = same[1:]
		}
		row.Kind = classify(row.BuildKit, row.Predicted)
		rows = append(rows, row)
	}
	for _, s := range steps {
		if len(predicted[s.Name]) > 0 && s.Instruction != "FROM" && !texts[instruction(s.Name)] {
			rows = append(rows, Row{Name: s.Name, Predicted: string(s.Status), Kind: Names})
		}
	}
	return rows
}

// instruction is a display name without its bracket.
func instruction(name string) string {
	_, text, _ := strings.Cut(name, "] ")
	return text
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
