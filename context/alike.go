package buildcontext

// selectAlike reports whether what is below two directories is ignored and
// selected alike, name by name.
func selectAlike(a, b *cursor) bool {
	return a.node.rules.Key() == b.node.rules.Key() && a.key() == b.key()
}

// sameID reports whether identities prove that two entries are equal but for
// their mode and owner.
func sameID(a, b *Entry) bool { return a.Kind == b.Kind && a.ID != "" && a.ID == b.ID }

// different leaves out of two sorted directories what is proven equal in both:
// mostly all but a few, so that no rule need be tried on the others.
func different(as, bs []Entry) (olds, news []Entry, skipped bool) {
	for len(as) > 0 && len(bs) > 0 {
		a, b := &as[0], &bs[0]
		switch {
		case a.Name < b.Name:
			olds, as = append(olds, *a), as[1:]
		case a.Name > b.Name:
			news, bs = append(news, *b), bs[1:]
		default:
			if provenEqual(a, b) {
				skipped = true
			} else {
				olds, news = append(olds, *a), append(news, *b)
			}
			as, bs = as[1:], bs[1:]
		}
	}
	return append(olds, as...), append(news, bs...), skipped
}

// provenEqual reports whether two entries of one name need not be looked at.
func provenEqual(a, b *Entry) bool {
	_, changed := headerChange(*a, *b)
	return sameID(a, b) && !changed && (a.Kind == File || a.Kind == Dir || a.Kind == Symlink)
}

// prover is a Tree that can tell of a directory without an identity that it
// holds what the one with this identity does, without anybody reading it.
type prover interface {
	// holds errs on the side of false.
	holds(path string, id string) bool
}

// proves asks the tree whose directory has no identity.
func (c *comparison) proves(a, b *Node) bool {
	p, ok := c.new.Tree.(prover)
	path, id := b.Path, a.ID
	if a.ID == "" {
		p, ok = c.old.Tree.(prover)
		path, id = a.Path, b.ID
	}
	return ok && id != "" && (a.ID == "" || b.ID == "") && p.holds(path, id)
}
