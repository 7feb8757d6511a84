package buildcontext

import (
	"context"
	"slices"
	"strings"
)

// Taking tells which files selectors take from a view, without reading directories. It goes on being
// right in views that have other contents of files, and nothing else that differs. It is
// not safe for concurrent use.
type Taking struct {
	view   *View
	tops   []top
	gitDir bool
	dirs   []map[string]descent // by top and path below it
}

// descent is a directory that was gone down to. Nothing in it is taken unless ok is set.
type descent struct {
	cursor
	ok bool
}

// maxDescents bounds how many are held for a top.
const maxDescents = 1 << 12

// Taking resolves selectors, those of all sources of one instruction. ok is false if something that they
// need is not there, or is not known.
func (v *View) Taking(ctx context.Context, sels []Selector) (t *Taking, ok bool, err error) {
	t = &Taking{view: v}
	for _, s := range normalize(sels) {
		sel, err := resolve(ctx, v, s)
		unknown := func(t top) bool { return t.node.Kind == Unknown }
		if err != nil || len(sel.missing) > 0 || slices.ContainsFunc(sel.tops, unknown) {
			return nil, false, err
		}
		t.tops = append(t.tops, sel.tops...)
	}
	for range t.tops {
		t.dirs = append(t.dirs, map[string]descent{})
	}
	git, found, err := v.Lookup(ctx, gitDir, false)
	t.gitDir = found && err == nil && git.Kind == Opaque && t.takes(gitDir, git.Entry)
	return t, err == nil, err
}

// GitDir reports whether the .git of a checkout is taken (WithGitDir).
func (t *Taking) GitDir() bool { return t.gitDir }

// File reports whether a file that the tree has is taken.
func (t *Taking) File(path string) bool { return t.takes(path, Entry{}) }

func (t *Taking) takes(path string, e Entry) bool {
	for i := range t.tops {
		top := &t.tops[i]
		if top.node.Path == path && top.kept() {
			return true
		}
		rest, below := strings.CutPrefix(path, top.node.Path)
		if top.node.Path != "" && below {
			rest, below = strings.CutPrefix(rest, "/")
		}
		if below && top.node.Kind == Dir && t.below(i, rest, e) {
			return true
		}
	}
	return false
}

// below reports whether an entry below a top is taken.
func (t *Taking) below(top int, rest string, e Entry) bool {
	dir := ""
	e.Name = rest
	if i := strings.LastIndexByte(rest, '/'); i >= 0 {
		dir, e.Name = rest[:i], rest[i+1:]
	}
	d := t.descend(top, dir)
	if !d.ok {
		return false
	}
	n, shown, err := t.view.see(context.Background(), d.node, e) // reads nothing: it is no directory
	return err == nil && shown && d.child(n).kept()
}

// descend goes down to a directory as comparisons do (see View.see and cursor.pick).
func (t *Taking) descend(top int, dir string) descent {
	if d, ok := t.dirs[top][dir]; ok {
		return d
	}
	d := descent{t.tops[top].cursor, true}
	if dir != "" {
		above, name := "", dir
		if i := strings.LastIndexByte(dir, '/'); i >= 0 {
			above, name = dir[:i], dir[i+1:]
		}
		if d = t.descend(top, above); d.ok {
			dec, rules, walk := d.node.rules.Child(name, true)
			d.ok = !dec.Ignored || walk
			d.cursor = d.child(Node{Path: rules.Path(), Entry: Entry{Name: name, Kind: Dir, Mode: 0o755}, rules: rules})
		}
	}
	d.ok = d.ok && !d.node.emptied && (d.whole || d.st.mayKeepBelow())
	if len(t.dirs[top]) >= maxDescents {
		clear(t.dirs[top])
	}
	t.dirs[top][strings.Clone(dir)] = d
	return d
}

// ComparePaths orders paths as a walk visits them, directory by directory.
func ComparePaths(a, b string) int { return comparePaths(a, b) }
