package predict

import (
	"context"
	"slices"
	"strconv"

	buildcontext "github.com/whybust/whybust/context"

	"github.com/whybust/whybust/cachekey"
)

// The match imitates how BuildKit's solver finds a step in its cache
// (solver/edge.go and cachemanager.go, v0.34.2): a lookup in the set of all
// operations of the old build, in which neither position nor stage nor line
// plays a part. An operation matches another if their recipes are equal and
// each input does; an input matches by definition (its operation matches, and
// the same paths are selected) or, where BuildKit hashes content, by the
// content of the selected paths.
//
// What is unknown makes a match a "maybe": the output of a RUN that runs again,
// the files and configuration of a base image that changed.
type matcher struct {
	ctx      context.Context
	cache    *index
	new      *cachekey.Graph
	found    [][]match            // by index of the new operation, one for each class
	anew     []bool               // by index of the new operation: it looks into no cache (nocache.go)
	runs     []cachekey.Certainty // by index of the new operation: it is executed (need.go)
	need     []*cachekey.Op       // by index: what asks for the result of an operation that the cache knows and has not
	diffs    map[diffKey]*buildcontext.Difference
	brief    map[diffKey]*buildcontext.Difference // those that end at the first certain change
	openings map[*cachekey.Op]*opening            // by the context; see rehash.go
	// looked is set if the match hangs on what an operation leaves, beside the contexts.
	looked bool
}

// match is one operation of the cache that is, or may be, the new one.
type match struct {
	*record
	// Certainty is that of its having the same key once it is known.
	cachekey.Certainty
	// early is that of its being found before it runs. It differs where an input
	// looks into no cache, and so has no key until it ran (processExecReq in solver/edge.go).
	early cachekey.Certainty
}

type diffKey struct {
	new, old *cachekey.Op
	input    int
}

func newMatcher(ctx context.Context, cache *index, new *cachekey.Graph, anew []bool) (*matcher, error) {
	m := &matcher{
		ctx: ctx, cache: cache, new: new, anew: anew, found: make([][]match, len(new.Ops)),
		diffs: map[diffKey]*buildcontext.Difference{}, brief: map[diffKey]*buildcontext.Difference{},
	}
	for _, op := range new.Ops {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := m.match(op); err != nil {
			return nil, overBudget(err, new, op.Line)
		}
	}
	return m, nil
}

// match finds what an operation of the new build is in the cache. The
// operations that it reads were matched before. What has one key with another
// is compared once.
func (m *matcher) match(op *cachekey.Op) error {
	if op.Kind == cachekey.OpContext {
		return nil // sent anew with every build: only its content can match
	}
	seen := map[int]bool{}
	for _, old := range m.candidates(op) {
		if !slices.ContainsFunc(old.classes, func(c int) bool { return !seen[c] }) {
			continue
		}
		for _, c := range old.classes {
			seen[c] = true
		}
		err := buildcontext.Spend(m.ctx, 1)
		if err != nil {
			return err
		}
		certain, early, err := m.compare(op, old.op)
		if err != nil {
			return err
		}
		if certain != cachekey.No && m.crossing(op, old) {
			certain, early = min(certain, cachekey.Maybe), min(early, cachekey.Maybe)
		}
		if m.cache.mode.imported() && !m.cache.portable(op) {
			certain = early // what runs is known to the cache of this machine alone: see imports.go
		}
		if certain != cachekey.No {
			m.found[op.Index()] = append(m.found[op.Index()], match{old, certain, early})
		}
	}
	return nil
}

func (m *matcher) compare(op, old *cachekey.Op) (certain, early cachekey.Certainty, err error) {
	certain = op.SameRecipe(old)
	early = certain
	if m.looksNowhere(op) {
		early = cachekey.No
	}
	for i := 0; i < len(op.Inputs) && certain != cachekey.No; i++ {
		e, err := m.input(op, old, i)
		if err != nil {
			return cachekey.No, cachekey.No, err
		}
		certain, early = min(certain, max(e, m.byDefinition(op, old, i))), min(early, e)
	}
	return certain, early, nil
}

// byDefinition matches one input by its operation alone.
func (m *matcher) byDefinition(op, old *cachekey.Op, i int) cachekey.Certainty {
	n, o := &op.Inputs[i], &old.Inputs[i]
	if n.Selection != o.Selection {
		return cachekey.No
	}
	return m.is(n.Op, o.Op)
}

// input matches one input, by definition or by content, before its operation runs.
func (m *matcher) input(op, old *cachekey.Op, i int) (cachekey.Certainty, error) {
	n, o := &op.Inputs[i], &old.Inputs[i]
	certain := cachekey.No
	if !m.looksNowhere(n.Op) {
		certain = m.byDefinition(op, old, i)
	}
	if certain == cachekey.Yes || !n.ByContent || !o.ByContent || rootsOfTwoKinds(n, o) {
		return certain, nil
	}
	diff, err := m.sample(op, old, i)
	if err != nil {
		return cachekey.No, err
	}
	switch {
	case n.Symbolic() || o.Symbolic():
		// diff is of all that they could select
		if diff.Equal() && slices.EqualFunc(n.Selectors, o.Selectors, sameSelector) {
			return cachekey.Yes, nil
		}
		return cachekey.Maybe, nil
	case diff.Equal():
		doubtful, err := m.doubtful(n, o)
		if err != nil || doubtful || m.rehashed(op, old, i) {
			return cachekey.Maybe, err
		}
		return cachekey.Yes, nil
	case diff.MayBeEqual():
		return cachekey.Maybe, nil
	}
	return certain, nil
}

// doubtful reports whether equal selections may yet differ: they take what only
// the base image has, as far as is known, and something else in the stage
// changed. What was written to /bin/tool is at /usr/bin/tool too where the image has a
// link for /bin.
func (m *matcher) doubtful(n, o *cachekey.Input) (bool, error) {
	if n.Op.Kind == cachekey.OpContext {
		return false, nil
	}
	newView, err := m.newFiles(n.Op)
	if err != nil {
		return false, err
	}
	unknown := false
	for _, sel := range n.Selectors {
		nodes, err := buildcontext.Matches(m.ctx, newView, sel)
		if err != nil {
			return false, err
		}
		unknown = unknown || slices.ContainsFunc(nodes, func(n buildcontext.Node) bool { return n.Kind == buildcontext.Unknown })
	}
	if !unknown {
		return false, nil
	}
	oldView, err := m.oldFiles(o.Op)
	if err != nil {
		return false, err
	}
	whole := []buildcontext.Selector{{Path: "/"}}
	diff, err := buildcontext.Compare(m.ctx, oldView, whole, newView, whole)
	return err == nil && !diff.Equal(), err
}

// rootsOfTwoKinds reports whether the root of the build context is to be
// compared with that of a stage: the context's is hashed without its mode
// (HandleChange in cache/contenthash), so they are never equal.
func rootsOfTwoKinds(n, o *cachekey.Input) bool {
	root := func(s buildcontext.Selector) bool { return s.Path == "/" && len(s.Include) == 0 }
	return (n.Op.Kind == cachekey.OpContext) != (o.Op.Kind == cachekey.OpContext) &&
		(slices.ContainsFunc(n.Selectors, root) || slices.ContainsFunc(o.Selectors, root))
}

// keyed tells how certain an operation has a key of the cache.
func (m *matcher) keyed(op *cachekey.Op) (best cachekey.Certainty) {
	for _, f := range m.found[op.Index()] {
		best = max(best, f.Certainty)
	}
	return best
}

// is tells whether a new operation is a certain old one, or one with its key.
func (m *matcher) is(op, old *cachekey.Op) cachekey.Certainty {
	certain := cachekey.No
	for _, f := range m.found[op.Index()] {
		if f.alike(m.cache.of[old]) {
			certain = max(certain, f.Certainty)
		}
	}
	return certain
}

// status says whether an operation runs.
func (m *matcher) status(op *cachekey.Op) Status {
	switch m.runs[op.Index()] {
	case cachekey.No:
		return Hit
	case cachekey.Maybe:
		return MayHit
	}
	return Miss
}

// cached gives the record that a new operation is served from for certain if its
// result is asked for, nil if there is none.
func (m *matcher) cached(op *cachekey.Op) *record {
	for _, f := range m.found[op.Index()] {
		if f.early != cachekey.Yes {
			continue
		}
		if r := m.cache.loaded(f.record); r != nil {
			return r
		}
	}
	return nil
}

// difference compares the content of what an input selects on both sides: of
// everything there, if what that is hangs on symbols.
func (m *matcher) difference(op, old *cachekey.Op, i int) (*buildcontext.Difference, error) {
	return m.diff(op, old, i, false)
}

// sample is difference for the verdict alone. If there is more than one build, most
// of the differences are never told, so that it ends at the first certain one.
func (m *matcher) sample(op, old *cachekey.Op, i int) (*buildcontext.Difference, error) {
	if d, ok := m.diffs[diffKey{op, old, i}]; ok || len(m.cache.builds) < 2 {
		if ok {
			return d, nil
		}
		return m.difference(op, old, i)
	}
	return m.diff(op, old, i, true)
}

func (m *matcher) diff(op, old *cachekey.Op, i int, brief bool) (*buildcontext.Difference, error) {
	key, known, compare := diffKey{op, old, i}, m.diffs, buildcontext.Compare
	if brief {
		known, compare = m.brief, buildcontext.CompareBriefly
	}
	if d, ok := known[key]; ok {
		return d, nil
	}
	n, o := &op.Inputs[i], &old.Inputs[i]
	newView, err := m.newFiles(n.Op)
	if err != nil {
		return nil, err
	}
	oldView, err := m.oldFiles(o.Op)
	if err != nil {
		return nil, err
	}
	olds, news := o.Selectors, n.Selectors
	if n.Symbolic() || o.Symbolic() {
		olds, news = nil, nil
	}
	do := func() (*buildcontext.Difference, error) { return compare(m.ctx, oldView, olds, newView, news) }
	var d *buildcontext.Difference
	if n.Op.Kind == cachekey.OpContext && o.Op.Kind == cachekey.OpContext {
		d, err = m.cache.comparisons.once(comparison{oldView, newView, selectorTexts(olds, news), brief}, do)
	} else {
		d, err = do()
	}
	if err != nil {
		return nil, err
	}
	known[key] = d
	return d, nil
}

// newFiles are the files that a new operation leaves: those in the cache if it
// is served from there.
func (m *matcher) newFiles(op *cachekey.Op) (*buildcontext.View, error) {
	if old := m.cached(op); old != nil {
		return m.oldFiles(old.op)
	}
	return m.files(op, m.newName)
}

func (m *matcher) oldFiles(op *cachekey.Op) (*buildcontext.View, error) {
	return m.files(op, m.cache.of[op].names)
}

func (m *matcher) files(op *cachekey.Op, name func(int) string) (*buildcontext.View, error) {
	view, err := op.Files(m.ctx)
	if err != nil || op.Kind == cachekey.OpContext {
		return view, err
	}
	m.looked = true
	return &buildcontext.View{Tree: &resolvedTree{view.Tree, name}, Rules: view.Rules}, nil
}

// newName names what only an operation can tell, so that equal names mean equal
// content: images by reference, RUNs by the run that made the output.
func (m *matcher) newName(index int) string {
	op := m.new.Ops[index]
	if old := m.cached(op); old != nil {
		return old.name()
	}
	if op.Kind == cachekey.OpExec {
		return "new run " + strconv.Itoa(index) + ":"
	}
	return outsideName(op, "new", index)
}

func outsideName(op *cachekey.Op, side string, index int) string {
	switch op.Kind {
	case cachekey.OpImage, cachekey.OpRemote:
		return string(op.Kind) + " " + op.RecipeKey() + ":"
	}
	return side + " " + strconv.Itoa(index) + ":"
}

// resolvedTree gives the unknown parts of a tree names that can be compared
// with those of the other side.
type resolvedTree struct {
	buildcontext.Tree
	name func(int) string
}

func (t *resolvedTree) Root(ctx context.Context) (buildcontext.Entry, error) {
	e, err := t.Tree.Root(ctx)
	return t.resolve(e), err
}

func (t *resolvedTree) ReadDir(ctx context.Context, path string, dir buildcontext.Entry) ([]buildcontext.Entry, error) {
	entries, err := t.Tree.ReadDir(ctx, path, dir)
	for i := range entries {
		entries[i] = t.resolve(entries[i])
	}
	return entries, err
}

func (t *resolvedTree) resolve(e buildcontext.Entry) buildcontext.Entry {
	if e.Kind == buildcontext.Unknown {
		e.ID = cachekey.ResolveUnknown(e.ID, t.name)
	}
	e.Since, e.Doubt = cachekey.ResolveUnknown(e.Since, t.name), cachekey.ResolveUnknown(e.Doubt, t.name)
	return e
}
