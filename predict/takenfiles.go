package predict

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
)

// What a match needs of two trees is where they differ; what a reader wants to
// see is all that is taken. So this walks what Compare passes over, and it has to be
// bounded: a repository of a few objects can hold more paths than there are atoms.

// The bounds of one call of CompareDetails.
const (
	defaultMaxFiles = 2000
	maxWalked       = 1 << 20 // nodes, of all inputs and both sides
)

// taker lists the files that inputs take. Inputs that take the same share a list.
type taker struct {
	*matcher
	max, left int
	lists     map[string]*FileList
	whole     map[[2]*cachekey.Op]*buildcontext.Difference
}

func newTaker(m *matcher, opts *DetailOptions) *taker {
	t := &taker{matcher: m, left: maxWalked, max: defaultMaxFiles, lists: map[string]*FileList{}, whole: map[[2]*cachekey.Op]*buildcontext.Difference{}}
	if opts != nil {
		t.max = cmp.Or(opts.MaxFiles, defaultMaxFiles)
	}
	return t
}

// takenSide is what one side takes: paths in the order of the walk, each once.
type takenSide struct {
	paths   []string
	unknown map[string]bool // false for a path that is known
	partial bool
}

// list gives the files that input k of an operation takes, beside those of an old
// one, which may be nil.
func (t *taker) list(op, old *cachekey.Op, k int) (*FileList, error) {
	n := &op.Inputs[k]
	var o *cachekey.Input
	if old != nil && old.Inputs[k].ByContent && !old.Inputs[k].Symbolic() {
		o = &old.Inputs[k]
	}
	key := inputKey(n) + " " + inputKey(o)
	if list, ok := t.lists[key]; ok {
		return list, nil
	}
	var diff *buildcontext.Difference
	var err error
	if o != nil {
		if diff, err = t.changes(op, old, k); err != nil {
			return nil, err
		}
	}
	list, err := t.merge(n, o, diff)
	t.lists[key] = list
	return list, err
}

func inputKey(in *cachekey.Input) string {
	if in == nil {
		return "-"
	}
	return fmt.Sprintf("%p %+v", in.Op, in.Selectors)
}

// sameSelection reports whether both sides take the same paths by name.
func sameSelection(n, o *cachekey.Input) bool {
	if len(n.Selectors) != len(o.Selectors) {
		return false
	}
	for i := range n.Selectors {
		if !sameSelector(n.Selectors[i], o.Selectors[i]) {
			return false
		}
	}
	return true
}

// changes compares by path. The comparison of the match pairs what selectors
// take, so with other selectors it may pair files of two names.
func (t *taker) changes(op, old *cachekey.Op, k int) (*buildcontext.Difference, error) {
	n, o := &op.Inputs[k], &old.Inputs[k]
	if sameSelection(n, o) {
		return t.difference(op, old, k)
	}
	key := [2]*cachekey.Op{n.Op, o.Op}
	if d, ok := t.whole[key]; ok {
		return d, nil
	}
	newView, err := t.newFiles(n.Op)
	if err != nil {
		return nil, err
	}
	oldView, err := t.oldFiles(o.Op)
	if err != nil {
		return nil, err
	}
	all := []buildcontext.Selector{{Path: "/"}}
	d, err := buildcontext.Compare(t.ctx, oldView, all, newView, all)
	t.whole[key] = d
	return d, err
}

// merge lays what both sides take beside each other.
func (t *taker) merge(n, o *cachekey.Input, diff *buildcontext.Difference) (*FileList, error) {
	newView, err := t.newFiles(n.Op)
	if err != nil {
		return nil, err
	}
	after, err := t.walk(newView, n.Selectors)
	if err != nil {
		return nil, err
	}
	list := &FileList{After: len(after.paths), Partial: after.partial}
	if o == nil {
		t.fill(list, after.paths, nil, after, nil)
		return list, nil
	}
	same := sameSelection(n, o)
	before := after
	if !same || !diff.Equal() {
		oldView, err := t.oldFiles(o.Op)
		if err != nil {
			return nil, err
		}
		if before, err = t.walk(oldView, o.Selectors); err != nil {
			return nil, err
		}
	}
	list.Before, list.Partial = len(before.paths), list.Partial || before.partial
	changed := map[string]TakenFile{}
	var order []string
	note := func(f TakenFile) {
		if _, ok := changed[f.Path]; !ok {
			order = append(order, f.Path)
		}
		changed[f.Path] = f
	}
	for _, c := range diff.Changes {
		if same || before.has(c.Path) || after.has(c.Path) {
			note(TakenFile{Path: c.Path, Change: Change(c.Kind), Rule: c.Rule})
		}
	}
	if !same && !list.Partial {
		noteMoved(before, after, note)
	}
	t.fill(list, after.paths, order, after, changed)
	return list, nil
}

func (s *takenSide) has(path string) bool {
	_, ok := s.unknown[path]
	return ok
}

// noteMoved notes what the sides do not both take because they name other paths.
func noteMoved(before, after *takenSide, note func(TakenFile)) {
	for _, path := range before.paths {
		if !after.has(path) {
			note(TakenFile{Path: path, Change: Removed})
		}
	}
	for _, path := range after.paths {
		if !before.has(path) {
			note(TakenFile{Path: path, Change: Added})
		}
	}
}

// fill lists the changed files and then the others, as far as there is room.
func (t *taker) fill(list *FileList, paths, order []string, after *takenSide, changed map[string]TakenFile) {
	list.Files = []TakenFile{}
	add := func(f TakenFile) {
		if len(list.Files) < t.max {
			list.Files = append(list.Files, f)
			return
		}
		list.Omitted++
		if f.Change != "" {
			list.Changed++
		}
	}
	for _, path := range order {
		f := changed[path]
		f.Unknown = after.unknown[path]
		add(f)
	}
	for _, path := range paths {
		if _, ok := changed[path]; !ok {
			add(TakenFile{Path: path, Unknown: after.unknown[path]})
		}
	}
}

// errEnough ends a walk that has seen as much as is looked at.
var errEnough = errors.New("enough")

// walk lists what selectors take of a view but for directories.
func (t *taker) walk(view *buildcontext.View, sels []buildcontext.Selector) (*takenSide, error) {
	s := &takenSide{unknown: map[string]bool{}}
	for _, sel := range sels {
		err := buildcontext.Walk(t.ctx, view, sel, func(_ string, n buildcontext.Node) error {
			if t.left--; t.left < 0 {
				return errEnough
			}
			rest := n.Kind == buildcontext.Unknown && n.Name == ""
			if n.Kind != buildcontext.Dir && !rest && !s.has(n.Path) {
				s.paths = append(s.paths, n.Path)
				s.unknown[n.Path] = n.Kind == buildcontext.Unknown
			}
			return t.ctx.Err()
		})
		switch {
		case errors.Is(err, errEnough):
			s.partial = true
			return s, nil
		case err != nil:
			return nil, err
		}
	}
	return s, nil
}
