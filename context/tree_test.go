package buildcontext_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
)

// files is a tree in one literal. The value of a path says what it is:
//
//	"text"       a file; "#!..." is executable
//	"-> target"  a link
//	"?id"        unknown, "" as its name standing for the rest of a directory
//	"opaque id"  opaque
//	"0700 u"     of a path that ends in a slash: a directory's mode and owner
//
// Directories of the paths exist with mode 0755.
type files map[string]string

// testTree is a Tree of files that counts what is read.
type testTree struct {
	dirs  map[string][]buildcontext.Entry
	texts map[string]string
	ids   bool // identities as git has them
	read  []string
}

func newTree(fs files, ids bool) *testTree {
	t := &testTree{dirs: map[string][]buildcontext.Entry{"": nil}, texts: fs, ids: ids}
	for _, name := range slices.Sorted(maps.Keys(fs)) {
		t.add(name, fs[name])
	}
	for dir := range t.dirs {
		slices.SortFunc(t.dirs[dir], func(a, b buildcontext.Entry) int { return strings.Compare(a.Name, b.Name) })
	}
	if ids {
		t.identify("")
	}
	return t
}

func (t *testTree) add(name, text string) {
	dir, base := path.Split(name)
	dir = strings.TrimSuffix(dir, "/")
	t.mkdir(dir)
	e := buildcontext.Entry{Name: base, Mode: 0o644, Size: int64(len(text))}
	switch {
	case strings.HasSuffix(name, "/") && !strings.HasPrefix(text, "?"):
		t.header(dir, text)
		return
	case strings.HasPrefix(text, "-> "):
		e.Kind, e.Mode = buildcontext.Symlink, 0o777
	case strings.HasPrefix(text, "?"):
		e.Kind, e.ID, e.Size = buildcontext.Unknown, text[1:], -1
	case strings.HasPrefix(text, "opaque "):
		e.Kind, e.ID = buildcontext.Opaque, text
	case strings.HasPrefix(text, "#!"):
		e.Mode = 0o755
	}
	if t.ids && e.ID == "" && e.Kind != buildcontext.Unknown {
		e.ID = "git:" + text
	}
	t.dirs[dir] = append(t.dirs[dir], e)
}

func (t *testTree) mkdir(dir string) {
	if _, ok := t.dirs[dir]; ok {
		return
	}
	t.dirs[dir] = nil
	parent, base := path.Split(dir)
	parent = strings.TrimSuffix(parent, "/")
	t.mkdir(parent)
	t.dirs[parent] = append(t.dirs[parent], buildcontext.Entry{Name: base, Kind: buildcontext.Dir, Mode: 0o755, Size: -1})
}

func (t *testTree) header(dir, text string) {
	parent, base := path.Split(dir)
	for i, e := range t.dirs[strings.TrimSuffix(parent, "/")] {
		if e.Name == base && text != "" {
			e := &t.dirs[strings.TrimSuffix(parent, "/")][i]
			var mode uint32
			fmt.Sscanf(text, "%o %s", &mode, &e.Owner)
			e.Mode = fs.FileMode(mode)
		}
	}
}

// identify gives directories an ID that says all that is in them.
func (t *testTree) identify(dir string) string {
	id := ""
	for i, e := range t.dirs[dir] {
		if e.Kind == buildcontext.Dir {
			e.ID = t.identify(strings.TrimPrefix(dir+"/"+e.Name, "/"))
			t.dirs[dir][i].ID = e.ID
		}
		id += fmt.Sprintf("%q", fmt.Sprint(e))
	}
	return "git:" + id
}

func (t *testTree) Root(context.Context) (buildcontext.Entry, error) {
	e := buildcontext.Entry{Kind: buildcontext.Dir, Mode: 0o755, Size: -1}
	if t.ids {
		e.ID = t.identify("")
	}
	return e, nil
}

func (t *testTree) ReadDir(_ context.Context, name string, _ buildcontext.Entry) ([]buildcontext.Entry, error) {
	t.read = append(t.read, name+"/")
	entries, ok := t.dirs[name]
	if !ok {
		return nil, fmt.Errorf("%q: %w", name, fs.ErrNotExist)
	}
	return entries, nil
}

func (t *testTree) ReadLink(_ context.Context, name string, _ buildcontext.Entry) (string, error) {
	return strings.TrimPrefix(t.texts[name], "-> "), nil
}

func (t *testTree) Open(_ context.Context, name string, _ buildcontext.Entry) (io.ReadCloser, error) {
	t.read = append(t.read, name)
	return io.NopCloser(strings.NewReader(t.texts[name])), nil
}

// view is a view of a new tree.
func view(t testing.TB, fs files, ignore string) *buildcontext.View {
	t.Helper()
	rules, err := dockerignore.Parse(".dockerignore", []byte(ignore))
	if err != nil {
		t.Fatal(err)
	}
	return &buildcontext.View{Tree: newTree(fs, false), Rules: rules}
}

// sel is a selector as COPY makes it.
func sel(p string) buildcontext.Selector {
	return buildcontext.Selector{Path: p, FollowLinks: true, Wildcard: strings.ContainsAny(p, "*?[")}
}

func sels(paths ...string) (out []buildcontext.Selector) {
	for _, p := range paths {
		out = append(out, sel(p))
	}
	return out
}
