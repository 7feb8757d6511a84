package predict

import (
	"slices"
	"strconv"
	"strings"

	buildcontext "github.com/whybust/whybust/context"

	"github.com/whybust/whybust/cachekey"
)

// explainer says why a step is no hit: how it differs from its counterpart.
type explainer struct {
	*matcher
	old    *cachekey.Graph      // the build that it differs from
	pairs  []int                // counterparts, by index of the new step
	stepOf map[*cachekey.Op]int // index of the first new step of an operation
	oldOf  map[int]int          // index of the first old step of a class, once it is asked for
}

// explain gives the causes of step i: its own first, then what it follows.
func (e *explainer) explain(i int) ([]Cause, error) {
	op := e.new.Steps[i].Op
	forced, known := e.forced(op)
	if known {
		return forced, nil
	}
	if counterpart := e.counterpart(i); counterpart != nil && len(forced) == 0 && op.SameRecipe(counterpart.Op) != cachekey.No && e.crossing(op, e.cache.of[counterpart.Op]) {
		forced = []Cause{{Kind: CauseImports}}
	}
	if counterpart := e.counterpart(i); counterpart != nil && op.SameRecipe(counterpart.Op) != cachekey.No {
		forced = append(forced, e.rehash(op, counterpart.Op)...)
	}
	causes, err := e.differs(i)
	if err == nil && len(forced) > 0 && len(causes) == 1 && causes[0].Change == Moved {
		causes = nil // it differs in nothing
	}
	return append(forced, causes...), err
}

// forced says why an operation runs that need not differ from an old one: it
// looks into no cache, or its result did not travel with its key. known is set
// if it does not differ.
func (e *explainer) forced(op *cachekey.Op) (causes []Cause, known bool) {
	if e.looksNowhere(op) {
		return []Cause{{Kind: CauseNoCache}}, e.keyed(op) == cachekey.Yes
	}
	found, there := e.lookup(op)
	if found == cachekey.No || there || e.runs[op.Index()] == cachekey.Maybe && found == cachekey.Maybe {
		return nil, false
	}
	c := Cause{Kind: CauseNotExported, Name: string(e.cache.mode)}
	if at, ok := e.stepOf[e.needer(op)]; ok {
		c.Step = &at
	}
	return []Cause{c}, found == cachekey.Yes
}

// differs says how step i differs from its counterpart, and what it follows.
func (e *explainer) differs(i int) ([]Cause, error) {
	st := e.new.Steps[i]
	counterpart := e.counterpart(i)
	if counterpart == nil {
		causes := []Cause{{Kind: CauseNewStep, File: e.new.Dockerfile, Line: st.Line}}
		return append(causes, e.follows(st, nil)...), nil
	}
	own := recipeCauses(e, st, counterpart)
	otherSources := slices.ContainsFunc(own, func(c Cause) bool {
		return c.Name == "sources" || c.Name == "--parents" || c.Name == "--exclude"
	})
	var follows []Cause
	for k := range st.Op.Inputs {
		if k >= len(counterpart.Op.Inputs) {
			break
		}
		o, f, err := e.inputCauses(st.Op, counterpart.Op, k)
		if err != nil {
			return nil, err
		}
		if otherSources { // other files are selected: only those on both sides can have changed
			o = slices.DeleteFunc(o, func(c Cause) bool { return c.Change == Added || c.Change == Removed })
			if e.is(st.Op.Inputs[k].Op, counterpart.Op.Inputs[k].Op) == cachekey.Yes {
				f = nil
			}
		}
		own, follows = append(own, o...), append(follows, f...)
	}
	parent := e.follows(st, counterpart)
	own = slices.CompactFunc(own, func(a, b Cause) bool { return a.Kind == CauseInstruction && b.Kind == CauseInstruction })
	causes := append(own, append(follows, parent...)...)
	if len(causes) == 0 {
		// equal in itself, on an equal parent, and yet not what the old build made
		causes = []Cause{{Kind: CauseInstruction, Change: Moved, File: e.new.Dockerfile, Line: st.Line}}
	}
	return causes, nil
}

// counterpart is the old step to compare with: one that may be the same, else
// the one at its place.
func (e *explainer) counterpart(i int) *cachekey.Step {
	if e.oldOf == nil {
		e.oldOf = map[int]int{}
		for j, old := range slices.Backward(e.old.Steps) {
			for _, c := range e.cache.of[old.Op].classes {
				e.oldOf[c] = j
			}
		}
	}
	for _, f := range e.found[e.new.Steps[i].Op.Index()] {
		first := len(e.old.Steps)
		for _, c := range f.classes {
			if j, ok := e.oldOf[c]; ok {
				first = min(first, j)
			}
		}
		if first < len(e.old.Steps) {
			return e.old.Steps[first]
		}
	}
	if j := e.pairs[i]; j >= 0 {
		return e.old.Steps[j]
	}
	return nil
}

// follows says what the root filesystem of a step adds: that the step before it
// is not served from the cache, or is another one than before.
func (e *explainer) follows(st, counterpart *cachekey.Step) []Cause {
	if len(st.Op.Inputs) == 0 || st.Op.Inputs[0].Role != cachekey.RoleRoot {
		return nil
	}
	root := st.Op.Inputs[0].Op
	missed := e.looksNowhere(root) || e.keyed(root) != cachekey.Yes
	if prev := st.Previous; prev != nil && missed {
		at := e.stepOf[prev.Op] // an operation is printed as one step
		return []Cause{{Kind: CauseParent, Step: &at}}
	}
	if root.Context != "" && missed {
		return []Cause{contextCause(root)}
	}
	if counterpart == nil || len(counterpart.Op.Inputs) == 0 || counterpart.Op.Inputs[0].Role != cachekey.RoleRoot {
		return nil
	}
	if e.is(st.Op.Inputs[0].Op, counterpart.Op.Inputs[0].Op) == cachekey.Yes {
		return nil
	}
	return e.displaced(st, counterpart)
}

// contextCause says that a stage stands on a named context that is not what it was. A directory never is:
// it is sent anew.
func contextCause(root *cachekey.Op) Cause {
	cause := Cause{Kind: CauseBase, Change: Modified, Context: root.Context}
	switch root.Kind {
	case cachekey.OpContext:
		cause.Kind, cause.Change = CauseContext, ""
	case cachekey.OpRemote:
		cause.Kind = CauseRemote
	}
	return cause
}

// displaced says which steps are no longer before this one: it hits a cache
// entry's recipe, but on another history.
func (e *explainer) displaced(st, counterpart *cachekey.Step) (causes []Cause) {
	if buildcontext.Spend(e.ctx, len(e.pairs)) != nil {
		return nil // the step's causes are counted next, and are the error
	}
	precedes := map[*cachekey.Step]bool{}
	for prev := st.Previous; prev != nil; prev = prev.Previous {
		precedes[prev] = true
	}
	kept := map[*cachekey.Step]bool{}
	for i, j := range e.pairs {
		if j >= 0 && precedes[e.new.Steps[i]] {
			kept[e.old.Steps[j]] = true
		}
	}
	for prev := counterpart.Previous; prev != nil; prev = prev.Previous {
		if !kept[prev] && prev.Op.Kind != cachekey.OpImage {
			causes = append(causes, Cause{
				Kind: CauseInstruction, Change: Removed, Before: prev.Text, File: e.old.Dockerfile, Line: prev.Line,
			})
		}
	}
	slices.Reverse(causes)
	return causes
}

// inputCauses compares one input that is read by content.
func (e *explainer) inputCauses(op, old *cachekey.Op, i int) (own, follows []Cause, err error) {
	n, o := &op.Inputs[i], &old.Inputs[i]
	if !n.ByContent || !o.ByContent || n.Role == cachekey.RoleRoot {
		return nil, nil, nil
	}
	if certain, err := e.input(op, old, i); err != nil || certain == cachekey.Yes {
		return nil, nil, err
	}
	diff, err := e.difference(op, old, i)
	if err != nil {
		return nil, nil, err
	}
	if n.Op.Kind == cachekey.OpContext {
		if o.Op.Kind != cachekey.OpContext && old.Secret() {
			diff = withoutPaths(diff)
		}
		return e.fileCauses(op, n.Op.Context, diff), nil, nil
	}
	if c, ok := e.ownCause(op, n); ok {
		return []Cause{c}, nil, nil
	}
	return nil, []Cause{e.outputCause(n)}, nil
}

// withoutPaths is a difference of which one change is left, without its path: it may be the last part of a URL with a
// build argument in it.
func withoutPaths(d *buildcontext.Difference) *buildcontext.Difference {
	hidden := *d
	if len(d.Changes) > 0 {
		hidden.Changes = []buildcontext.Change{{Kind: d.Changes[0].Kind}}
	}
	return &hidden
}

// fileCauses turns differences of a context, named or not, into causes.
func (e *explainer) fileCauses(op *cachekey.Op, name string, diff *buildcontext.Difference) (causes []Cause) {
	for _, c := range diff.Changes {
		cause := Cause{Kind: CauseFile, Change: Change(c.Kind), Path: c.Path, Context: name}
		switch {
		case c.Path == ".git" && c.Kind == buildcontext.Modified:
			cause.Kind = CauseGitDir
		case c.Rule != nil:
			cause.Kind, cause.File, cause.Line = CauseIgnoreRule, c.Rule.File, c.Rule.Line
			cause.Name = c.Rule.Pattern
		}
		causes = append(causes, cause)
	}
	for _, missing := range diff.MissingNew { // the build would fail
		missing = strings.TrimPrefix(missing, "/")
		if op.Secret() {
			missing = "" // as in sourceName
		}
		if !slices.ContainsFunc(causes, func(c Cause) bool { return c.Path == missing }) {
			causes = append(causes, Cause{Kind: CauseFile, Change: Removed, Path: missing, Context: name})
		}
	}
	if len(causes) == 0 && diff.Shape {
		causes = []Cause{{Kind: CauseOption, Change: Modified, Name: "sources"}}
	}
	return causes
}

// ownCause explains an input that the instruction makes for itself: a
// here-document, the directory that a cache mount starts from.
func (e *explainer) ownCause(op *cachekey.Op, in *cachekey.Input) (Cause, bool) {
	if _, printed := e.stepOf[in.Op]; printed || in.Op.Kind != cachekey.OpFile {
		return Cause{}, false
	}
	cause := Cause{Kind: CauseInstruction, Change: Modified, File: e.new.Dockerfile, Line: op.Line}
	if in.Role == cachekey.RoleMount && in.Name != scriptTarget {
		cause.Kind, cause.Name = CauseMount, in.Name
	}
	return cause, true
}

// scriptTarget is where a here-document that begins with "#!" is mounted.
const scriptTarget = "/dev/pipes/"

// outputCause says that a stage or image that is copied from, or mounted, is
// not what it was.
func (e *explainer) outputCause(in *cachekey.Input) Cause {
	cause := Cause{Kind: CauseStageOutput, Name: in.Name, Context: in.Op.Context}
	if in.Op.Kind == cachekey.OpImage {
		cause.Kind, cause.Change = CauseBase, Modified
	}
	if in.Op.Kind == cachekey.OpRemote {
		cause.Kind, cause.Change = CauseRemote, Modified
	}
	if at, ok := e.stepOf[in.Op]; ok {
		cause.Step = &at
		_, err := strconv.Atoi(in.Name)
		if stage := e.new.Steps[at].Stage; stage != "" && (in.Role == cachekey.RoleMount || err == nil) {
			cause.Name = stage
		}
	}
	return cause
}
