package buildcontext

import (
	"context"
	"io"
	"path"
	"strings"
	"sync"
)

// Overlay lays one tree over another, as if its files were copied into a checkout of the other
// before the build: directories merge, and anything else takes the place of what has its name. So ignore
// files and Dockerfiles in it count as well. Entries keep the identities that they have in their own tree; a
// directory that both have has none.
func Overlay(base, over Tree) Tree {
	return &overlay{base: base, over: over, merged: map[string]*merge{}}
}

// overlay remembers which directories both trees have.
type overlay struct {
	base, over Tree

	mu     sync.Mutex
	merged map[string]*merge // by path; nil for one that only one of them has
}

// merge is a directory of both trees.
type merge struct{ base, over Entry }

// Root implements Tree.
func (t *overlay) Root(ctx context.Context) (Entry, error) {
	m, err := t.root(ctx)
	if err != nil {
		return Entry{}, err
	}
	e := m.base
	e.ID = ""
	return e, nil
}

func (t *overlay) root(ctx context.Context) (*merge, error) {
	base, err := t.base.Root(ctx)
	if err != nil {
		return nil, err
	}
	over, err := t.over.Root(ctx)
	return &merge{base, over}, err
}

// at tells which trees have a directory: both, if the result is not nil; else inOver tells which.
func (t *overlay) at(ctx context.Context, dir string) (m *merge, inOver bool, err error) {
	if m, err = t.root(ctx); err != nil {
		return nil, false, err
	}
	here := ""
	for name := range strings.SplitSeq(dir, "/") {
		if name == "" {
			break
		}
		if m, inOver, err = t.step(ctx, here, m, name); m == nil || err != nil {
			return nil, inOver, err
		}
		here = join(here, name)
	}
	return m, false, nil
}

// step goes from a directory of both trees to an entry in it.
func (t *overlay) step(ctx context.Context, dir string, m *merge, name string) (next *merge, inOver bool, err error) {
	over, err := t.over.ReadDir(ctx, dir, m.over)
	if err != nil {
		return nil, false, err
	}
	i, ok := findEntry(over, name)
	if !ok {
		return nil, false, nil
	}
	path := join(dir, name)
	t.mu.Lock()
	next, known := t.merged[path]
	t.mu.Unlock()
	if known || over[i].Kind != Dir {
		return next, true, nil
	}
	base, err := t.base.ReadDir(ctx, dir, m.base)
	if err != nil {
		return nil, false, err
	}
	if j, ok := findEntry(base, name); ok && base[j].Kind == Dir {
		next = &merge{base[j], over[i]}
	}
	t.mu.Lock()
	t.merged[path] = next
	t.mu.Unlock()
	return next, true, nil
}

// ReadDir implements Tree.
func (t *overlay) ReadDir(ctx context.Context, dir string, e Entry) ([]Entry, error) {
	m, inOver, err := t.at(ctx, dir)
	switch {
	case err != nil:
		return nil, err
	case m == nil && inOver:
		return t.over.ReadDir(ctx, dir, e)
	case m == nil:
		return t.base.ReadDir(ctx, dir, e)
	}
	base, err := t.base.ReadDir(ctx, dir, m.base)
	if err != nil {
		return nil, err
	}
	over, err := t.over.ReadDir(ctx, dir, m.over)
	if err != nil {
		return nil, err
	}
	return mergeEntries(base, over), nil
}

// mergeEntries merges two sorted directories.
func mergeEntries(base, over []Entry) []Entry {
	out := make([]Entry, 0, len(base)+len(over))
	for len(base) > 0 && len(over) > 0 {
		switch order := strings.Compare(base[0].Name, over[0].Name); {
		case order < 0:
			out, base = append(out, base[0]), base[1:]
		case order > 0:
			out, over = append(out, over[0]), over[1:]
		default:
			e := over[0]
			if e.Kind == Dir && base[0].Kind == Dir {
				e = base[0]
				e.ID = ""
			}
			out, base, over = append(out, e), base[1:], over[1:]
		}
	}
	return append(append(out, base...), over...)
}

// ReadLink implements Tree.
func (t *overlay) ReadLink(ctx context.Context, p string, link Entry) (string, error) {
	from, err := t.holder(ctx, p)
	if err != nil {
		return "", err
	}
	return from.ReadLink(ctx, p, link)
}

// Open implements Tree.
func (t *overlay) Open(ctx context.Context, p string, file Entry) (io.ReadCloser, error) {
	from, err := t.holder(ctx, p)
	if err != nil {
		return nil, err
	}
	return from.Open(ctx, p, file)
}

// holder is the tree that a file or link is from.
func (t *overlay) holder(ctx context.Context, p string) (Tree, error) {
	dir, name := path.Split(p)
	m, inOver, err := t.at(ctx, strings.TrimSuffix(dir, "/"))
	if m != nil && err == nil {
		_, inOver, err = t.step(ctx, strings.TrimSuffix(dir, "/"), m, name)
	}
	if inOver {
		return t.over, err
	}
	return t.base, err
}

// ahead implements aheadReader.
func (t *overlay) ahead(ctx context.Context, entries []Entry) error {
	return readAhead(ctx, t.base, entries)
}
