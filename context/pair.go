package buildcontext

// presence says on which sides the list has an entry for a directory. Alike
// means that something equal was skipped unread: it may hold selected entries,
// and then does on both sides.
type presence struct {
	old, new, alike bool
}

func (p *presence) add(q presence) {
	p.old, p.new, p.alike = p.old || q.old, p.new || q.new, p.alike || q.alike
}

// pair compares two nodes that stand at the same place.
func (c *comparison) pair(a, b *cursor) (presence, error) {
	switch {
	case a.node.Kind == Unknown || b.node.Kind == Unknown:
		return c.unknown(a, b)
	case a.node.Kind == Dir && b.node.Kind == Dir:
		return c.dirs(a, b)
	}
	hasA, err := a.any(c.ctx, c.old)
	if err != nil {
		return presence{}, err
	}
	hasB, err := b.any(c.ctx, c.new)
	if err != nil {
		return presence{}, err
	}
	switch {
	case hasA && hasB:
		return presence{old: true, new: true}, c.leaves(a, b)
	case hasA:
		return c.only(*a, Removed, false)
	case hasB:
		return c.only(*b, Added, false)
	}
	return presence{}, nil
}

func (c *comparison) leaves(a, b *cursor) error {
	kind, changed, err := c.files.leafChange(c.ctx, c.old.Tree, c.new.Tree, a.node, b.node)
	if changed && (a.inDoubt() || b.inDoubt()) {
		kind = Maybe
	}
	if changed {
		c.change(b.node, kind)
	}
	return err
}

// inDoubt reports whether the file may lie in a directory, in which it is excluded.
func (c *cursor) inDoubt() bool { return c.node.Doubt != "" && !c.whole && c.st.exclude != nil }

// unknown compares two nodes of which one at least cannot be looked at.
func (c *comparison) unknown(a, b *cursor) (presence, error) {
	p := presence{old: a.kept(), new: b.kept()}
	same := a.node.Kind == b.node.Kind && a.node.ID != "" && a.node.ID == b.node.ID && a.node.Since == b.node.Since && a.key() == b.key()
	if (p.old || p.new) && !same {
		c.change(b.node, Maybe)
	}
	return p, nil
}

// dirs compares two directories. What is below decides whether their headers
// are in the lists at all, if they are not selected for themselves.
func (c *comparison) dirs(a, b *cursor) (presence, error) {
	c.mixed = c.mixed || a.whole != b.whole
	p := presence{old: a.kept(), new: b.kept()}
	below, err := c.below(a, b)
	if err != nil {
		return presence{}, err
	}
	hadOld, hadNew := below.old, below.new
	p.add(below)
	_, headersDiffer := headerChange(a.node.Entry, b.node.Entry)
	if p.alike && (p.old != p.new || headersDiffer && !p.old) {
		if p, err = c.settle(p, a, b); err != nil {
			return presence{}, err
		}
	}
	switch {
	case p.old && p.new:
		c.header(a.node, b.node)
	case p.old && !hadOld:
		err = c.sided(a.node, Removed, false)
	case p.new && !hadNew:
		err = c.sided(b.node, Added, false)
	}
	return p, err
}

// settle looks for a selected entry in what was skipped.
func (c *comparison) settle(p presence, a, b *cursor) (presence, error) {
	var err error
	if !p.old {
		p.old, err = a.any(c.ctx, c.old)
	}
	if err == nil && !p.new {
		p.new, err = b.any(c.ctx, c.new)
	}
	return p, err
}

// below compares what is in two directories, without reading it if it is
// proven equal and selected alike.
func (c *comparison) below(a, b *cursor) (presence, error) {
	if err := c.pay(); err != nil {
		return presence{}, err
	}
	alike := selectAlike(a, b)
	if alike && (sameID(&a.node.Entry, &b.node.Entry) || c.proves(&a.node, &b.node)) {
		return presence{alike: true}, nil
	}
	olds, err := a.entries(c.ctx, c.old)
	if err != nil {
		return presence{}, err
	}
	news, err := b.entries(c.ctx, c.new)
	if err != nil {
		return presence{}, err
	}
	skipped := false
	if alike {
		olds, news, skipped = different(olds, news)
	}
	xs, err := a.pick(c.ctx, c.old, olds)
	if err != nil {
		return presence{}, err
	}
	ys, err := b.pick(c.ctx, c.new, news)
	if err != nil {
		return presence{}, err
	}
	p, restA, restB := c.rests(&xs, &ys)
	p.alike = p.alike || skipped
	if err := c.ahead(xs, ys); err != nil {
		return presence{}, err
	}
	for (len(xs) > 0 || len(ys) > 0) && !c.done() {
		var q presence
		switch {
		case len(ys) == 0 || len(xs) > 0 && xs[0].node.Name < ys[0].node.Name:
			q, err = c.only(xs[0], Removed, restB)
			xs = xs[1:]
		case len(xs) == 0 || xs[0].node.Name > ys[0].node.Name:
			q, err = c.only(ys[0], Added, restA)
			ys = ys[1:]
		default:
			q, err = c.pair(&xs[0], &ys[0])
			xs, ys = xs[1:], ys[1:]
		}
		if err != nil {
			return presence{}, err
		}
		p.add(q)
	}
	return p, nil
}

// rests takes the unknown rests off two directories' entries and compares them.
// restA and restB report whether a name that only the other side lists may be
// in the rest of this one. It is not if the rests are the same: then one side
// wrote something over what the other has as it was.
func (c *comparison) rests(xs, ys *[]cursor) (p presence, restA, restB bool) {
	take := func(list *[]cursor) *cursor {
		if len(*list) == 0 || (*list)[0].node.Name != "" {
			return nil
		}
		rest := &(*list)[0]
		*list = (*list)[1:]
		return rest
	}
	a, b := take(xs), take(ys)
	switch {
	case a != nil && b != nil:
		p, _ = c.unknown(a, b)
	case a != nil:
		c.change(a.node, Maybe)
	case b != nil:
		c.change(b.node, Maybe)
	}
	alike := a != nil && b != nil && a.node.ID != "" && a.node.ID == b.node.ID && a.node.Since == b.node.Since
	return p, a != nil && !alike, b != nil && !alike
}

// only notes what is on one side alone: each file, and each directory in which
// nothing is selected but itself. Where the other side has an unknown rest, it
// may be there as well.
func (c *comparison) only(s cursor, kind ChangeKind, maybe bool) (presence, error) {
	maybe = maybe || s.node.Since != "" && !IsSubmodule(s.node.Entry)
	if err := c.pay(); err != nil {
		return presence{}, err
	}
	here := presence{old: kind == Removed, new: kind == Added}
	if s.node.Kind != Dir {
		if !s.kept() {
			return presence{}, nil
		}
		return here, c.sided(s.node, kind, maybe || s.node.Kind == Unknown)
	}
	view := c.new
	if kind == Removed {
		view = c.old
	}
	children, err := s.children(c.ctx, view)
	if err != nil {
		return presence{}, err
	}
	var below presence
	for _, child := range children {
		if c.done() {
			break
		}
		p, err := c.only(child, kind, maybe)
		if err != nil {
			return presence{}, err
		}
		below.add(p)
	}
	if below == (presence{}) && s.kept() {
		return here, c.sided(s.node, kind, maybe)
	}
	return below, nil
}
