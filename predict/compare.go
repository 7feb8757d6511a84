package predict

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
)

// Compare predicts what a build of new finds in the cache that a build of old
// left: CompareCache with that one build.
func Compare(ctx context.Context, old, new *cachekey.Graph) (*Prediction, error) {
	return CompareCache(ctx, &Cache{Builds: []*cachekey.Graph{old}}, new)
}

// CompareCache predicts what a build of new finds in a cache. It does no I/O of
// its own: what it must know of files it reads through the trees of the graphs,
// which read as little as they can. The result holds the steps, the verdict, the
// changed configuration (against the nearest build) and the notes; who the
// sides are, the caller fills in.
func CompareCache(ctx context.Context, cache *Cache, new *cachekey.Graph) (*Prediction, error) {
	p, _, err := compareCache(ctx, cache, new)
	return p, err
}

// compareCache gives the match that the answer comes from as well.
func compareCache(ctx context.Context, cache *Cache, new *cachekey.Graph) (*Prediction, *nearest, error) {
	ctx = Limits{}.under(ctx)
	if err := cache.Mode.Check(); err != nil {
		return nil, nil, fmt.Errorf("cache mode: %w", err)
	}
	near, err := cache.match(ctx, new)
	if err != nil {
		return nil, nil, err
	}
	p := &Prediction{
		Schema: Schema, Dockerfile: new.Dockerfile, Target: new.Target, Platform: new.Platform, Verdict: Hit,
		Steps: []Step{}, Config: configChanges(near.first().old, new), Notes: []Note{}, Hints: []Hint{},
	}
	for i := range new.Steps {
		if err := p.addStep(near, i); err != nil {
			return nil, nil, overBudget(err, new, new.Steps[i].Line)
		}
	}
	if err := p.addNotes(ctx, near.first()); err != nil {
		return nil, nil, err
	}
	if cache.noHints {
		return p, near, nil
	}
	if p.Hints, err = near.hints(p); err != nil {
		return nil, nil, err
	}
	return p, near, nil
}

// match finds what of a build is in the cache.
func (c *Cache) match(ctx context.Context, new *cachekey.Graph) (*nearest, error) {
	x, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	m, err := newMatcher(ctx, x, new, c.anew(new))
	if err != nil {
		return nil, err
	}
	m.execute()
	if _, ok := c.known[new]; !ok {
		c.learn(m)
	}
	return newNearest(m), nil
}

// addStep adds step i with its verdict and its causes.
func (p *Prediction) addStep(near *nearest, i int) (err error) {
	st := near.new.Steps[i]
	step := Step{
		Stage: st.Stage, Step: st.Number, Of: st.Total, Name: st.Name, Instruction: st.Instruction,
		Line: st.Line, EndLine: st.EndLine, Status: near.status(st.Op), Causes: []Cause{}, Also: st.Also,
	}
	build := near.served(st.Op)
	if step.Status != Hit {
		if build, step.Causes, err = near.explain(i); err != nil {
			return err
		}
		if err := buildcontext.Spend(near.ctx, causeCost*len(step.Causes)); err != nil {
			return overBudget(err, near.new, st.Line)
		}
	}
	near.told = append(near.told, build)
	if len(near.cache.builds) > 1 {
		step.Build = &build
	}
	p.Steps = append(p.Steps, step)
	p.Verdict = worse(p.Verdict, step.Status)
	if step.Status == Miss && p.First == nil {
		p.First = &i
	}
	return nil
}

func worse(a, b Status) Status {
	rank := []Status{Hit, MayHit, Miss}
	if slices.Index(rank, b) > slices.Index(rank, a) {
		return b
	}
	return a
}

// addNotes says what the replay of the new side could not know, and what the
// comparison found missing.
func (p *Prediction) addNotes(ctx context.Context, m *explainer) error {
	for _, n := range m.new.Notes {
		p.Notes = append(p.Notes, Note{Kind: n.Kind, File: p.Dockerfile, Line: n.Line, Text: n.Text})
	}
	if m.new.Syntax != "" && m.new.Syntax != m.old.Syntax {
		p.Notes = append(p.Notes, Note{
			Kind: "syntax", File: p.Dockerfile, Line: m.new.SyntaxLine,
			Text: "the frontend changed to " + m.new.Syntax + ": predicted is BuildKit's own, v0.34",
		})
	}
	if err := p.submodules(ctx, m.matcher); err != nil {
		return err
	}
	return p.missingSources(ctx, m.new)
}

// submodules notes those that a step takes and that moved to another commit: a
// checkout without submodules has an empty directory in both.
func (p *Prediction) submodules(ctx context.Context, m *matcher) error {
	lines := map[string]int{}
	for key, diff := range m.diffs {
		if key.new.Inputs[key.input].Op.Kind != cachekey.OpContext {
			continue
		}
		for _, c := range diff.Changes {
			if c.Kind != buildcontext.Maybe {
				continue
			}
			view, err := key.new.Inputs[key.input].Op.Files(ctx)
			if err != nil {
				return err
			}
			n, ok, err := view.Lookup(ctx, c.Path, false)
			if err != nil {
				return err
			}
			if line, seen := lines[c.Path]; ok && buildcontext.IsSubmodule(n.Entry) && (!seen || key.new.Line < line) {
				lines[c.Path] = key.new.Line
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(lines)) {
		p.Notes = append(p.Notes, Note{
			Kind: "submodule", File: p.Dockerfile, Line: lines[path],
			Text: path + " is a submodule at another commit: its files are not in this repository, and in no checkout without submodules",
		})
	}
	return nil
}

// missingSources notes what steps take from the build context and is not in it.
func (p *Prediction) missingSources(ctx context.Context, g *cachekey.Graph) error {
	for _, op := range g.Ops {
		for _, in := range op.Inputs {
			if in.Op.Kind != cachekey.OpContext || in.Symbolic() {
				continue
			}
			view, err := in.Op.Files(ctx)
			if err != nil {
				return err
			}
			missing, err := buildcontext.Missing(ctx, view, in.Selectors)
			if err != nil {
				return overBudget(err, g, op.Line)
			}
			for _, name := range missing {
				p.Notes = append(p.Notes, Note{
					Kind: "missing-source", File: p.Dockerfile, Line: op.Line,
					Text: sourceName(op, name) + " is not in " + contextName(in.Op) + ": the build would fail here",
				})
			}
		}
	}
	return nil
}

func contextName(op *cachekey.Op) string {
	if op.Context == "" {
		return "the build context"
	}
	return "the build context " + op.Context
}

// sourceName is the path of a source unless a build argument is in it.
func sourceName(op *cachekey.Op, name string) string {
	if op.Secret() {
		return "a source"
	}
	return strings.TrimPrefix(name, "/")
}
