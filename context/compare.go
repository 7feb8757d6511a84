package buildcontext

import (
	"context"
	"slices"
)

// Compare says how what news select from new differs from what olds select
// from old, exactly when BuildKit's content digests would differ. Lists are those of all
// sources of one instruction that read the same input, deduplicated and sorted here as dedupeSelectors in
// solver/llbsolver/ops/file.go does; no selectors select the whole tree.
//
// Both sides are walked in step. A directory that View.Identity proves equal is
// not read, and a file only if neither identities nor sizes tell the answer.
func Compare(ctx context.Context, old *View, olds []Selector, new *View, news []Selector) (*Difference, error) {
	c := &comparison{ctx: ctx, old: old, new: new, oldRaw: newRaw(old), newRaw: newRaw(new)}
	return c.run(olds, news)
}

// CompareBriefly is Compare for who asks only whether the digests are equal: it
// ends at the first difference that is certain, so that there may be more, and
// says of none which rule made it.
func CompareBriefly(ctx context.Context, old *View, olds []Selector, new *View, news []Selector) (*Difference, error) {
	c := &comparison{ctx: ctx, old: old, new: new, oldRaw: newRaw(old), newRaw: newRaw(new), brief: true}
	return c.run(olds, news)
}

func (c *comparison) run(olds, news []Selector) (*Difference, error) {
	olds, news = normalize(olds), normalize(news)
	if len(olds) != len(news) {
		c.diff.Shape = true
	}
	for i := range max(len(olds), len(news)) {
		if c.done() {
			break
		}
		x, err := resolveNth(c.ctx, c.old, olds, i)
		if err != nil {
			return nil, err
		}
		y, err := resolveNth(c.ctx, c.new, news, i)
		if err != nil {
			return nil, err
		}
		if err := c.selections(x, y); err != nil {
			return nil, err
		}
	}
	c.diff.tidy()
	return &c.diff, nil
}

// resolveNth resolves a selector, or nothing if the other side has more.
func resolveNth(ctx context.Context, v *View, sels []Selector, i int) (*selection, error) {
	if i >= len(sels) {
		return &selection{view: v}, nil
	}
	return resolve(ctx, v, sels[i])
}

// comparison is one run of Compare.
type comparison struct {
	ctx            context.Context
	old, new       *View
	oldRaw, newRaw *raw
	files          reader
	diff           Difference
	paid           int // changes that were taken from the budget
	// brief ends at the first certain change; certain is set when there was one.
	brief, certain bool
	// mixed is set when a directory is taken whole on one side and as a list
	// on the other. That never gives one digest, unless it is all there is (see flat).
	mixed bool
}

// done reports whether what was found is enough.
func (c *comparison) done() bool {
	return c.brief && (c.certain || c.diff.Shape || len(c.diff.MissingOld)+len(c.diff.MissingNew) > 0)
}

// selections compares what two selectors take.
func (c *comparison) selections(x, y *selection) error {
	c.diff.MissingOld = append(c.diff.MissingOld, x.missing...)
	c.diff.MissingNew = append(c.diff.MissingNew, y.missing...)
	a, oneA, err := x.single(c.ctx)
	if err != nil {
		return err
	}
	b, oneB, err := y.single(c.ctx)
	if err != nil {
		return err
	}
	if oneA && oneB {
		return c.singles(a, b)
	}
	before := len(c.diff.Changes)
	c.mixed = false
	if err := c.tops(x.tops, y.tops); err != nil {
		return err
	}
	if oneA == oneB && !c.mixed || len(c.diff.Changes) > before {
		return nil
	}
	same, err := c.flat(x, y)
	if err == nil && !same {
		c.diff.Shape = true
	}
	return err
}

// singles compares two nodes that are taken without a name. The names of
// directories count inside only.
func (c *comparison) singles(a, b cursor) error {
	if a.node.Kind == Dir && b.node.Kind == Dir && a.whole != b.whole {
		c.diff.Shape = true // all of a directory against the header of one
		return nil
	}
	if !a.whole && !b.whole && a.node.Kind == Dir && b.node.Kind == Dir {
		c.header(a.node, b.node)
		return nil
	}
	a.whole, b.whole = true, true
	_, err := c.pair(&a, &b)
	return err
}

// flat reports whether a plain directory and a list, between which no file
// differs, have the same digest: BuildKit writes both in the same way but for
// what a directory within is, its whole content or its header. So they are equal if there is none.
func (c *comparison) flat(x, y *selection) (bool, error) {
	if y.plain {
		x, y = y, x
	}
	if !x.plain || y.plain || len(x.tops) != 1 || len(y.tops) != 1 || y.tops[0].rel != "" || x.tops[0].node.Kind != Dir {
		return false, nil
	}
	nodes, err := x.view.Children(c.ctx, x.tops[0].node)
	return !slices.ContainsFunc(nodes, func(n Node) bool { return n.Kind == Dir }), err
}

// tops merges two lists of starting points, both in walking order.
func (c *comparison) tops(xs, ys []top) error {
	restX, restY := hasRest(xs), hasRest(ys)
	for (len(xs) > 0 || len(ys) > 0) && !c.done() {
		var a, b *cursor
		switch order := compareTops(xs, ys); {
		case order < 0:
			a, xs = &xs[0].cursor, xs[1:]
		case order > 0:
			b, ys = &ys[0].cursor, ys[1:]
		default:
			a, b, xs, ys = &xs[0].cursor, &ys[0].cursor, xs[1:], ys[1:]
		}
		if err := c.match(a, b, restX, restY); err != nil {
			return err
		}
	}
	return nil
}

// match compares two entries of which one may be nil. Where the other side has
// an unknown rest, the missing one may be there.
func (c *comparison) match(a, b *cursor, restA, restB bool) error {
	switch {
	case b == nil:
		_, err := c.only(*a, Removed, restB)
		return err
	case a == nil:
		_, err := c.only(*b, Added, restA)
		return err
	}
	_, err := c.pair(a, b)
	return err
}

func hasRest(tops []top) bool {
	return slices.ContainsFunc(tops, func(t top) bool { return t.node.Kind == Unknown && t.node.Name == "" })
}

func compareTops(xs, ys []top) int {
	switch {
	case len(ys) == 0:
		return -1
	case len(xs) == 0:
		return 1
	}
	return comparePaths(xs[0].rel, ys[0].rel)
}

// pay takes what was found so far from the budget.
func (c *comparison) pay() error {
	found := len(c.diff.Changes) - c.paid
	c.paid += found
	return Spend(c.ctx, changeCost*found)
}

// change notes a difference; n is the node of the new side, or the old one if
// it was removed.
func (c *comparison) change(n Node, kind ChangeKind) {
	c.certain = c.certain || kind != Maybe
	c.diff.Changes = append(c.diff.Changes, Change{Path: n.Path, Kind: kind})
}

func (c *comparison) header(a, b Node) {
	if kind, changed := headerChange(a.Entry, b.Entry); changed {
		c.change(b, kind)
	}
}
