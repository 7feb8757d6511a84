package buildcontext

import "context"

// aheadReader is a Tree that can begin to read entries before they are
// asked for. What it reads in vain costs time only.
type aheadReader interface {
	ahead(ctx context.Context, entries []Entry) error
}

// readAhead has a tree begin to read entries, if it can.
func readAhead(ctx context.Context, t Tree, entries []Entry) error {
	if r, ok := t.(aheadReader); ok && len(entries) > 0 {
		return r.ahead(ctx, entries)
	}
	return nil
}

// ahead begins to read the directories on both sides that will be compared,
// so that git is asked once and not for each of them.
func (c *comparison) ahead(xs, ys []cursor) error {
	var olds, news []Entry
	for i, j := 0, 0; i < len(xs) && j < len(ys); {
		x, y := &xs[i].node, &ys[j].node
		switch {
		case x.Name < y.Name:
			i++
		case x.Name > y.Name:
			j++
		default:
			if x.Kind == Dir && y.Kind == Dir && !(sameID(&x.Entry, &y.Entry) && selectAlike(&xs[i], &ys[j])) {
				olds, news = append(olds, x.Entry), append(news, y.Entry)
			}
			i, j = i+1, j+1
		}
	}
	if err := readAhead(c.ctx, c.old.Tree, olds); err != nil {
		return err
	}
	return readAhead(c.ctx, c.new.Tree, news)
}
