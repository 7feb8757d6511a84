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
	old, new *cachekey.Graph
	byKey    map[string][]*cachekey.Op // operations of old
	symbolic map[cachekey.OpKind][]*cachekey.Op
	found    [][]match // by index of the new operation
	class    []int     // by index of the old operation: the first one like it
	diffs    map[diffKey]*buildcontext.Difference
	known    comparisons // of the build context, by other targets too
}

// match is one operation of the old build that is, or may be, the new one.
type match struct {
	op *cachekey.Op
	cachekey.Certainty
}

type diffKey struct {
	new, old *cachekey.Op
	input    int
}

func newMatcher(ctx context.Context, old, new *cachekey.Graph, known comparisons) (*matcher, error) {
	m := &matcher{
		ctx: ctx, old: old, new: new, byKey: map[string][]*cachekey.Op{}, symbolic: map[cachekey.OpKind][]*cachekey.Op{},
		found: make([][]match, len(new.Ops)), diffs: map[diffKey]*buildcontext.Difference{},
		known: known,
	}
	m.classify()
	for _, op := range new.Ops {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := m.match(op); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// classify indexes the old operations and finds those with equal keys.
func (m *matcher) classify() {
	m.class = make([]int, len(m.old.Ops))
	for i, op := range m.old.Ops {
		m.class[i] = i
		for _, like := range m.byKey[op.RecipeKey()] {
			if m.sameInputs(op, like) {
				m.class[i] = m.class[like.Index()]
				break
			}
		}
		m.byKey[op.RecipeKey()] = append(m.byKey[op.RecipeKey()], op)
		if op.Symbolic() {
			m.symbolic[op.Kind] = append(m.symbolic[op.Kind], op)
		}
	}
}

func (m *matcher) sameInputs(a, b *cachekey.Op) bool {
	return a.Kind != cachekey.OpContext && slices.EqualFunc(a.Inputs, b.Inputs, func(x, y cachekey.Input) bool {
		return m.class[x.Op.Index()] == m.class[y.Op.Index()] && x.Selection == y.Selection && slices.EqualFunc(x.Selectors, y.Selectors, sameSelector)
	})
}

func sameSelector(a, b buildcontext.Selector) bool {
	return a.Path == b.Path && a.Wildcard == b.Wildcard && a.FollowLinks == b.FollowLinks &&
		slices.Equal(a.Include, b.Include) && slices.Equal(a.Exclude, b.Exclude) && slices.Equal(a.Required, b.Required)
}

// match finds what an operation of the new build is in the old one. The
// operations that it reads were matched before.
func (m *matcher) match(op *cachekey.Op) error {
	if op.Kind == cachekey.OpContext {
		return nil // sent anew with every build: only its content can match
	}
	candidates := m.byKey[op.RecipeKey()]
	if op.Symbolic() {
		candidates = slices.Concat(candidates, m.others(op, m.old.Ops))
	} else {
		candidates = slices.Concat(candidates, m.others(op, m.symbolic[op.Kind]))
	}
	for _, old := range candidates {
		certain, err := m.compare(op, old)
		if err != nil {
			return err
		}
		if certain != cachekey.No {
			m.found[op.Index()] = append(m.found[op.Index()], match{old, certain})
		}
	}
	return nil
}

// others are the candidates whose recipes can only match through a symbol.
func (m *matcher) others(op *cachekey.Op, from []*cachekey.Op) (list []*cachekey.Op) {
	for _, old := range from {
		if old.Kind == op.Kind && old.RecipeKey() != op.RecipeKey() {
			list = append(list, old)
		}
	}
	return list
}

func (m *matcher) compare(op, old *cachekey.Op) (cachekey.Certainty, error) {
	certain := op.SameRecipe(old)
	for i := 0; i < len(op.Inputs) && certain != cachekey.No; i++ {
		c, err := m.input(op, old, i)
		if err != nil {
			return cachekey.No, err
		}
		certain = min(certain, c)
	}
	return certain, nil
}

// input matches one input, by definition or by content.
func (m *matcher) input(op, old *cachekey.Op, i int) (cachekey.Certainty, error) {
	n, o := &op.Inputs[i], &old.Inputs[i]
	certain := cachekey.No
	if n.Selection == o.Selection {
		certain = m.is(n.Op, o.Op)
	}
	if certain == cachekey.Yes || !n.ByContent || !o.ByContent || rootsOfTwoKinds(n, o) {
		return certain, nil
	}
	diff, err := m.difference(op, old, i)
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
		if err != nil || doubtful {
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
	oldView, err := m.files(o.Op, m.oldName)
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

// is tells whether a new operation is a certain old one, or one with its key.
func (m *matcher) is(op, old *cachekey.Op) cachekey.Certainty {
	certain := cachekey.No
	for _, f := range m.found[op.Index()] {
		if m.class[f.op.Index()] == m.class[old.Index()] {
			certain = max(certain, f.Certainty)
		}
	}
	return certain
}

// status sums up the matches of an operation.
func (m *matcher) status(op *cachekey.Op) Status {
	best := cachekey.No
	for _, f := range m.found[op.Index()] {
		best = max(best, f.Certainty)
	}
	switch best {
	case cachekey.Yes:
		return Hit
	case cachekey.Maybe:
		return MayHit
	}
	return Miss
}

// cached gives the old operation whose result a new one is served from, nil if
// there is none for certain.
func (m *matcher) cached(op *cachekey.Op) *cachekey.Op {
	for _, f := range m.found[op.Index()] {
		if f.Certainty == cachekey.Yes {
			return f.op
		}
	}
	return nil
}

// difference compares the content of what an input selects on both sides: of
// everything there, if what that is hangs on symbols.
func (m *matcher) difference(op, old *cachekey.Op, i int) (*buildcontext.Difference, error) {
	key := diffKey{op, old, i}
	if d, ok := m.diffs[key]; ok {
		return d, nil
	}
	n, o := &op.Inputs[i], &old.Inputs[i]
	newView, err := m.newFiles(n.Op)
	if err != nil {
		return nil, err
	}
	oldView, err := m.files(o.Op, m.oldName)
	if err != nil {
		return nil, err
	}
	olds, news := o.Selectors, n.Selectors
	if n.Symbolic() || o.Symbolic() {
		olds, news = nil, nil
	}
	compare := buildcontext.Compare
	if n.Op.Kind == cachekey.OpContext && o.Op.Kind == cachekey.OpContext {
		compare = m.known.compare
	}
	d, err := compare(m.ctx, oldView, olds, newView, news)
	if err != nil {
		return nil, err
	}
	m.diffs[key] = d
	return d, nil
}

// newFiles are the files that a new operation leaves: those in the cache if it
// is served from there.
func (m *matcher) newFiles(op *cachekey.Op) (*buildcontext.View, error) {
	if old := m.cached(op); old != nil {
		return m.files(old, m.oldName)
	}
	return m.files(op, m.newName)
}

func (m *matcher) files(op *cachekey.Op, name func(int) string) (*buildcontext.View, error) {
	view, err := op.Files(m.ctx)
	if err != nil || op.Kind == cachekey.OpContext {
		return view, err
	}
	return &buildcontext.View{Tree: &resolvedTree{view.Tree, name}, Rules: view.Rules}, nil
}

// oldName and newName name what only an operation can tell, so that equal names
// mean equal content: images by reference, RUNs by the run that made the output.
func (m *matcher) oldName(index int) string {
	op := m.old.Ops[index]
	if op.Kind == cachekey.OpExec {
		return "run " + strconv.Itoa(m.class[index]) + ":"
	}
	return outsideName(op, "old", m.class[index])
}

func (m *matcher) newName(index int) string {
	op := m.new.Ops[index]
	if old := m.cached(op); old != nil {
		return m.oldName(old.Index())
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
	e.Since = cachekey.ResolveUnknown(e.Since, t.name)
	return e
}
