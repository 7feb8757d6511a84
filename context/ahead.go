package buildcontext

import (
	"context"
	"slices"
	"strings"
)

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

// Ahead begins to read directories that will be looked at soon. It waits for those above them only. Links are not
// followed, and where there is no such directory nothing is read.
func (v *View) Ahead(ctx context.Context, dirs []string) error {
	root, err := v.Root(ctx)
	at := make([]ascent, 0, len(dirs))
	for _, dir := range dirs {
		at = append(at, ascent{root, dir})
	}
	for len(at) > 0 && err == nil {
		var next []ascent
		var read []Entry
		for _, a := range at {
			name, rest, more := strings.Cut(a.rest, "/")
			n, ok, err := v.child(ctx, a.node, name)
			if err != nil {
				return err
			}
			if !ok || n.Kind != Dir {
				continue
			}
			if !slices.ContainsFunc(read, func(e Entry) bool { return e.ID == n.ID }) {
				read = append(read, n.Entry)
			}
			if more {
				next = append(next, ascent{n, rest})
			}
		}
		err = readAhead(ctx, v.Tree, read)
		at = next
	}
	return err
}

// ascent is on the way to a directory.
type ascent struct {
	node Node
	rest string
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
