package predict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
)

// A hint says how a cache that was lost would have been kept. What makes it
// worth reading is that it is true of this repository, so each kind is looked
// for only where a miss begins (a step with causes of its own on a parent that is
// cached: anything below would miss whatever its author did), is computed from the two
// graphs and the files, and is checked with the machinery that predicted the
// miss: new ignore rules by comparing the two contexts again under them, steps
// that are said to stay cached by their having no other cause. Where the Dockerfile
// could need what a hint would take away, there is none.

// The kinds of hints.
const (
	hintInstructionText = "instruction-text"
	hintCopyTooEarly    = "copy-too-early"
	hintHeavyDirectory  = "heavy-directory"
	hintIgnoreFile      = "ignore-file"
	hintUnpinnedBase    = "unpinned-base"
	hintVolatileArg     = "volatile-arg"
)

// hinter looks for remedies in a prediction whose steps are explained.
type hinter struct {
	*explainer
	p        *Prediction
	remedies *[]Remedy // of the hints, see Remedies
}

// hinter looks at step i as it was in the nearest build.
func (n *nearest) hinter(p *Prediction, i int, remedies *[]Remedy) *hinter {
	e := n.first()
	if p.Steps[i].Build != nil {
		e = n.explainer(*p.Steps[i].Build)
	}
	return &hinter{e, p, remedies}
}

// maxHinted is for how many steps hints are looked for: each look goes through
// the whole Dockerfile.
const maxHinted = 50

// hints gives at most one hint of each kind for each step at which a miss
// begins, in the order of the steps.
func (n *nearest) hints(p *Prediction) ([]Hint, error) {
	var remedies []Remedy
	return n.look(p, &remedies)
}

// look is hints, and adds what they propose to the remedies.
func (n *nearest) look(p *Prediction, remedies *[]Remedy) ([]Hint, error) {
	hints := []Hint{}
	seen := map[*cachekey.Op]bool{} // one operation may be a step of two stages
	for i := range p.Steps {
		op := n.new.Steps[i].Op
		h := n.hinter(p, i, remedies)
		if !h.begins(i) || seen[op] || len(seen) == maxHinted {
			continue
		}
		seen[op] = true
		for _, look := range []func(int) (*Hint, error){
			h.instructionText, h.copyTooEarly, h.heavyDirectory, h.ignoreFile, h.volatileArg, h.unpinnedBase,
		} {
			hint, err := look(i)
			if err != nil {
				return nil, err
			}
			if hint != nil && !slices.ContainsFunc(hints, hint.repeats) {
				hints = append(hints, *hint)
			}
		}
	}
	if p.Verdict == Hit {
		hints = append(hints, (&hinter{n.first(), p, remedies}).latestBases()...)
	}
	return hints, nil
}

// repeats reports whether another hint says the same about the same place.
func (t *Hint) repeats(o Hint) bool {
	return t.Kind == o.Kind && t.File == o.File && t.Line == o.Line && t.Text == o.Text
}

// begins reports whether step i misses by causes of its own alone.
func (h *hinter) begins(i int) bool {
	s := h.p.Steps[i]
	return s.Status == Miss && len(s.Causes) > 0 && len(ownCauses(s)) == len(s.Causes) &&
		!slices.ContainsFunc(s.Causes, func(c Cause) bool { return c.Kind == CauseNoCache || c.Kind == CauseNotExported })
}

// ownCauses are those of the step itself.
func ownCauses(s Step) []Cause {
	for i, c := range s.Causes {
		if c.Kind == CauseParent || c.Kind == CauseStageOutput {
			return s.Causes[:i]
		}
	}
	return s.Causes
}

// onlyFiles reports whether nothing but files of the build context made a step miss, and
// none of them through a changed rule.
func onlyFiles(causes []Cause) bool {
	return !slices.ContainsFunc(causes, func(c Cause) bool {
		return c.Kind != CauseFile && c.Kind != CauseGitDir || c.Context != ""
	})
}

// after lists the steps that run on step i, in order.
func (h *hinter) after(i int) (steps []int) {
	on := map[*cachekey.Step]bool{h.new.Steps[i]: true}
	for j := i + 1; j < len(h.new.Steps); j++ {
		if st := h.new.Steps[j]; on[st.Previous] {
			on[st] = true
			steps = append(steps, j)
		}
	}
	return steps
}

// contextCopy gives the input through which COPY or ADD reads the build context.
func contextCopy(op *cachekey.Op) (index int, ok bool) {
	index = slices.IndexFunc(op.Inputs, func(in cachekey.Input) bool {
		return in.Role == cachekey.RoleCopy && in.Op.Kind == cachekey.OpContext && in.Op.Context == ""
	})
	return index, index >= 0
}

// field gives the only value of a label in a recipe.
func field(r cachekey.Recipe, label string) (value string, ok bool) {
	for _, f := range r {
		if f.Label == label {
			if ok {
				return "", false
			}
			value, ok = f.Value, true
		}
	}
	return value, ok
}

// maxQuote bounds what a hint repeats of an instruction.
const maxQuote = 60

// quote puts a piece of the Dockerfile into a sentence.
func quote(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxQuote {
		s = strings.TrimSpace(string(runes[:maxQuote-3])) + "..."
	}
	return "`" + s + "`"
}

// at quotes a step with its line.
func at(st *cachekey.Step) string { return fmt.Sprintf("%s (line %d)", quote(st.Text), st.Line) }

// list is "a", "a and b", "a, b and c".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// counted is "1 step" or "2 steps".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
