package predict

import (
	"context"
	"slices"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/dockerignore"
)

// Details is what an explanation shows beyond a Prediction: the two Dockerfiles,
// and for each step what its key is made of on both sides, what it reads, and
// the files that it takes. It is plain data for those who draw it, and no part of
// the stable JSON. A value of --build-arg is nowhere in it.
type Details struct {
	// Before and After are the Dockerfiles of the two sides; Before is that of the
	// nearest build if the cache holds several.
	Before, After Dockerfile
	// Steps has the details of each of Prediction.Steps, in their order.
	Steps []StepDetails
	// Config lists the instructions of the new Dockerfile that run nothing, in the
	// order of the file.
	Config []ConfigInstruction
	// Gone lists the steps of that build that no new step is compared with.
	Gone []OldStep
}

// Dockerfile is a Dockerfile with its text.
type Dockerfile struct {
	File string // relative to the repository's root
	Text string
}

// ConfigInstruction is an instruction that runs nothing.
type ConfigInstruction struct {
	Line, EndLine int
	Keyword       string
	Stage         string
	// Unreached is set if it is, step or not, in a stage that the target does not need.
	Unreached bool
	// Change is what happened to it, empty if nothing did or if it is unreached.
	Change Change
}

// OldStep is a step of the old build.
type OldStep struct {
	Stage         string
	Name, Text    string
	Line, EndLine int
}

// StepDetails says what the key of one step is made of.
type StepDetails struct {
	// Text is the instruction as written, continuation lines joined.
	Text string
	// AlsoLines are the first and last lines of the same step in stages that begin
	// alike: BuildKit runs it once.
	AlsoLines [][2]int
	// Old is the step that it is compared with (of the build that Step.Build
	// names), nil for a new one.
	Old *OldStep
	// Previous is the index in Prediction.Steps of the step on whose result it runs, nil
	// for the first of a chain. A COPY --link runs on no other step and yet has one.
	Previous *int
	// Fields are the step's own part of the key, old beside new. Fields that are
	// equal in all but their place in the list, as a copy has for each of its
	// sources, are there once.
	Fields []KeyField
	// Inputs are what it reads.
	Inputs []KeyInput
}

// KeyField is one field of a recipe on both sides.
type KeyField struct {
	// Label is one of the Label constants of package cachekey, Name tells apart
	// those of one label: a variable, a mount's target.
	Label, Name string
	// Change is empty if both sides are equal.
	Change Change
	// Before and After are the values; what only the base image knows reads as
	// in a cause. Arguments of a command have a blank between them.
	Before, After string
	// Hidden is set if a value comes from --build-arg: Before and After are
	// empty then, and so is a Name that may hold it.
	Hidden bool
	// Line is where the new side sets it (the old one, if removed), 0 if outside of the Dockerfile.
	Line int
}

// InputKind says where an input comes from.
type InputKind string

// The kinds of inputs.
const (
	InputContext     InputKind = "context"     // the build context, or a named one
	InputStep        InputKind = "step"        // another step's result
	InputImage       InputKind = "image"       // an image
	InputRemote      InputKind = "remote"      // a URL or git source
	InputInstruction InputKind = "instruction" // what the instruction brings along: a here-document, a cache mount's directory
)

// KeyInput is something that a step reads.
type KeyInput struct {
	Kind InputKind
	// Role is "root", "copy" or "mount".
	Role string
	// Name is the stage or image, or a mount's target.
	Name string
	// Context is the named context (--build-context) that it comes from, empty for
	// the build context and for what comes from neither.
	Context string
	// Step is the index in Prediction.Steps of what made it, nil if no step did.
	Step *int
	// Status says whether it is what the old step read.
	Status Status
	// ByContent is set if equal bytes are as good as an equal origin.
	ByContent bool
	// Paths are read of it, absolute in it; none for a root filesystem.
	Paths []string
	// Hidden is set if a value of --build-arg is in the paths: then neither they
	// nor a mount's target nor the files are told.
	Hidden bool
	// Files are the files so taken, nil if Hidden, for a root filesystem, and where the
	// paths themselves are not known.
	Files *FileList
}

// FileList is the files that an input takes: those that changed first, then the
// others, each in path order.
type FileList struct {
	// Before and After count them on each side.
	Before, After int
	// Partial is set if there are so many that not all were counted.
	Partial bool
	// Files are listed up to DetailOptions.MaxFiles; Omitted counts the others, of
	// which Changed differ.
	Files            []TakenFile
	Omitted, Changed int
}

// TakenFile is one file of a list: also a link, an empty directory that
// changed, or what cannot be looked into.
type TakenFile struct {
	Path string // from the root of the context or of the stage
	// Change is empty if both sides have it alike.
	Change Change
	// Rule is the ignore rule that let it in or kept it out, if that is the change.
	Rule *dockerignore.Rule
	// Unknown is set for what a RUN wrote or an image holds.
	Unknown bool
}

// DetailOptions bound the details. The zero value, and nil, are the defaults.
type DetailOptions struct {
	// MaxFiles is how many files an input lists; 0 means 2,000.
	MaxFiles int
}

// RunDetails is Run with the details of the same match. It reads more: the whole
// tree that each step takes, but no file's content.
func RunDetails(ctx context.Context, r *Request, opts *DetailOptions) (*Prediction, *Details, error) {
	ctx = r.Limits.under(ctx)
	a, err := openAnalysis(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	defer a.repo.Close()
	var d *Details
	p, err := a.predictBy(ctx, func(ctx context.Context, cache *Cache, new *cachekey.Graph) (p *Prediction, err error) {
		p, d, err = CompareDetails(ctx, cache, new, opts)
		return p, err
	})
	return p, d, err
}

// CompareDetails is CompareCache with the details of the same match.
func CompareDetails(ctx context.Context, cache *Cache, new *cachekey.Graph, opts *DetailOptions) (*Prediction, *Details, error) {
	p, near, err := compareCache(ctx, cache, new)
	if err != nil {
		return nil, nil, err
	}
	old := near.first().old
	d := &Details{
		Before: Dockerfile{old.Dockerfile, old.Source}, After: Dockerfile{new.Dockerfile, new.Source},
		Config: configInstructions(new, p.Config), Steps: []StepDetails{}, Gone: []OldStep{},
	}
	t := newTaker(near.matcher, opts)
	compared := map[*cachekey.Step]bool{}
	for i := range new.Steps {
		e := near.explainer(near.told[i])
		counterpart := e.counterpart(i)
		compared[counterpart] = true
		step, err := e.details(t, i, counterpart)
		if err != nil {
			return nil, nil, err
		}
		d.Steps = append(d.Steps, step)
	}
	for _, st := range old.Steps {
		if !compared[st] {
			d.Gone = append(d.Gone, oldStep(st))
		}
	}
	return p, d, nil
}

func oldStep(st *cachekey.Step) OldStep {
	return OldStep{Stage: st.Stage, Name: st.Name, Text: st.Text, Line: st.Line, EndLine: st.EndLine}
}

// configInstructions marks those of a graph with what changed.
func configInstructions(g *cachekey.Graph, changes []ConfigChange) []ConfigInstruction {
	list := []ConfigInstruction{}
	add := func(from []cachekey.ConfigInstruction, unreached bool) {
		for _, c := range from {
			in := ConfigInstruction{Line: c.Line, EndLine: c.EndLine, Keyword: c.Keyword, Stage: c.Stage, Unreached: unreached}
			for _, change := range changes {
				if !unreached && change.Line == c.Line && change.Text == c.Text && change.Change != Removed {
					in.Change = change.Change
				}
			}
			list = append(list, in)
		}
	}
	add(g.Config, false)
	add(g.Unreached, true)
	slices.SortStableFunc(list, func(a, b ConfigInstruction) int { return a.Line - b.Line })
	return list
}

// details explains step i beside its counterpart, which may be nil.
func (e *explainer) details(t *taker, i int, counterpart *cachekey.Step) (StepDetails, error) {
	st := e.new.Steps[i]
	d := StepDetails{Text: st.Text, AlsoLines: st.AlsoLines, Inputs: []KeyInput{}}
	var old *cachekey.Op
	if r := e.cached(st.Op); r != nil {
		old = r.op // one that no step of the old build printed, if there is no counterpart
	}
	var recipe cachekey.Recipe
	if counterpart != nil {
		o := oldStep(counterpart)
		d.Old, old = &o, counterpart.Op
	}
	if old != nil {
		recipe = old.Recipe
	}
	if at := slices.Index(e.new.Steps, st.Previous); at >= 0 {
		d.Previous = &at
	}
	d.Fields = keyFields(recipe, st.Op.Recipe)
	for k := range st.Op.Inputs {
		in, err := e.keyInput(t, st.Op, old, k)
		if err != nil {
			return d, err
		}
		d.Inputs = append(d.Inputs, in)
	}
	return d, nil
}

// keyInput describes input k of an operation beside that of an old one, which
// may be nil.
func (e *explainer) keyInput(t *taker, op, old *cachekey.Op, k int) (KeyInput, error) {
	n := &op.Inputs[k]
	in := KeyInput{Kind: inputKind(n), Role: n.Role.String(), Name: n.Name, Context: n.Op.Context, Step: e.madeBy(n.Op), Status: Miss, ByContent: n.ByContent}
	if in.Step != nil {
		in.Kind = InputStep
	}
	if old != nil && k >= len(old.Inputs) {
		old = nil
	}
	if old != nil {
		certain, err := e.input(op, old, k)
		if err != nil {
			return in, err
		}
		in.Status = map[cachekey.Certainty]Status{cachekey.Yes: Hit, cachekey.Maybe: MayHit, cachekey.No: Miss}[certain]
	}
	if n.Role == cachekey.RoleRoot {
		return in, nil
	}
	if readsSecret(op) || old != nil && readsSecret(old) {
		in.Hidden = true
		if n.Role == cachekey.RoleMount {
			in.Name = ""
		}
		return in, nil
	}
	for _, sel := range n.Selectors {
		in.Paths = append(in.Paths, cachekey.Readable(sel.Path))
	}
	var err error
	if n.ByContent && !n.Symbolic() && in.Kind != InputInstruction {
		in.Files, err = t.list(op, old, k)
	}
	return in, err
}

// readsSecret reports whether a build argument is in what an operation reads or where
// it mounts it.
func readsSecret(op *cachekey.Op) bool {
	return op.Secret() || slices.ContainsFunc(op.Recipe, func(f cachekey.Field) bool { return f.Label == cachekey.LabelMount && f.Secret })
}

func inputKind(in *cachekey.Input) InputKind {
	switch in.Op.Kind {
	case cachekey.OpContext:
		return InputContext
	case cachekey.OpImage:
		return InputImage
	case cachekey.OpRemote:
		return InputRemote
	}
	return InputInstruction
}

// madeBy is the index of the step that prints an operation: for a merge, the
// COPY --link whose second half it is.
func (e *explainer) madeBy(op *cachekey.Op) *int {
	if op.Kind == cachekey.OpMerge {
		op = op.Inputs[len(op.Inputs)-1].Op
	}
	if at, ok := e.stepOf[op]; ok {
		return &at
	}
	return nil
}
