package predict

import (
	"reflect"
	"slices"

	"github.com/whybust/whybust/cachekey"
)

// outline is a prediction in which the files that changed are left open.
type outline struct {
	refused bool // the prediction is none that others are like
	steps   []Step
	plain   Prediction
	fills   []fill
}

// fill is where files belong: before a cause of a step, those that a selection takes.
type fill struct {
	step, cause int
	selection   uint64
}

// newOutline makes an outline of a prediction, whose changed files are at hand in places.
func newOutline(p *Prediction, g *cachekey.Graph, at *places) *outline {
	o := &outline{plain: *p, steps: slices.Clone(p.Steps)}
	if len(p.Notes) != len(g.Notes) {
		o.refused = true // some are about files
	}
	for i := range o.steps {
		causes := o.steps[i].Causes
		first := slices.IndexFunc(causes, isFile)
		if first < 0 {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(causes), isFile)
		selection, one := at.affectedBy(g.Steps[i].Op)
		if !one || slices.ContainsFunc(rest, func(c Cause) bool { return c.Path != "" }) {
			o.refused = true
			continue
		}
		o.steps[i].Causes = rest
		o.fills = append(o.fills, fill{i, first, selection})
	}
	if !o.refused && !reflect.DeepEqual(o.predict(at), p) {
		o.refused = true
	}
	return o
}

func isFile(c Cause) bool { return c.Kind == CauseFile || c.Kind == CauseGitDir }

// predict fills in the files that are at hand in places.
func (o *outline) predict(at *places) *Prediction {
	p := o.plain
	p.Steps, p.Config, p.Notes, p.Hints = slices.Clone(o.steps), slices.Clone(p.Config), slices.Clone(p.Notes), []Hint{}
	for _, f := range o.fills {
		step := &p.Steps[f.step]
		causes := make([]Cause, 0, len(step.Causes)+len(at.files))
		causes = append(causes, step.Causes[:f.cause]...)
		for _, file := range at.files {
			if file.taken&f.selection != 0 {
				causes = append(causes, Cause{Kind: file.kind, Change: Modified, Path: file.path})
			}
		}
		step.Causes = append(causes, step.Causes[f.cause:]...)
	}
	return &p
}
