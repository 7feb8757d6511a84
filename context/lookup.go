package buildcontext

import (
	"context"
	"path"
	"strings"
)

// maxLinks is the number of symbolic links that one path may go through
// (maxSymlinkLimit in BuildKit's cache/contenthash/path.go).
const maxLinks = 255

// Lookup finds a path, following symbolic links in its directories within the
// root, and a final one if follow is set. The Node's path is where it was
// found. A path below an Unknown directory part is
// found as a Node of Kind Unknown. ok is false if there is no such path, or only
// one through more than 255 links.
//
// As in BuildKit (getFollowLinks in cache/contenthash/checksum.go), ".." in the
// target of a link is taken lexically where what it leaves does not exist, and never
// leaves the root.
func (v *View) Lookup(ctx context.Context, name string, follow bool) (n Node, ok bool, err error) {
	at, _, err := v.find(ctx, name, follow)
	return at.Node, at.ok, err
}

// find is Lookup; endless is set if it gave up for the number of links, with
// which a build fails even where a path may be missing.
func (v *View) find(ctx context.Context, name string, follow bool) (at place, endless bool, err error) {
	root, err := v.Root(ctx)
	if err != nil {
		return place{}, false, err
	}
	w := lookup{view: v, trail: []place{{root, true}}}
	rest := strings.TrimPrefix(path.Clean("/"+name), "/")
	for links := 0; rest != ""; {
		var part string
		part, rest, _ = strings.Cut(rest, "/")
		if err := w.enter(ctx, part); err != nil {
			return place{}, false, err
		}
		at := w.at()
		if !at.ok || at.Kind != Symlink || !follow && rest == "" {
			continue
		}
		if links++; links > maxLinks {
			return place{}, true, nil
		}
		target, err := v.Tree.ReadLink(ctx, at.Path, at.Entry)
		if err != nil {
			return place{}, false, err
		}
		w.leave()
		if path.IsAbs(target) {
			w.trail = w.trail[:1]
		}
		rest = target + "/" + rest
	}
	return w.at(), false, nil
}

// lookup is a walk along the parts of a path. The trail holds no links but at
// its end.
type lookup struct {
	view  *View
	trail []place // from the root to where the walk is
}

// place is a step of a lookup: a node, or a name that does not exist.
type place struct {
	Node
	ok bool
}

func (w *lookup) at() place { return w.trail[len(w.trail)-1] }

func (w *lookup) leave() {
	if len(w.trail) > 1 {
		w.trail = w.trail[:len(w.trail)-1]
	}
}

func (w *lookup) enter(ctx context.Context, part string) error {
	switch part {
	case "", ".":
		return nil
	case "..":
		w.leave()
		return nil
	}
	var next place
	if at := w.at(); at.ok {
		n, ok, err := w.view.child(ctx, at.Node, part)
		if err != nil {
			return err
		}
		if ok {
			next = place{n, true}
		}
	}
	w.trail = append(w.trail, next)
	return nil
}
