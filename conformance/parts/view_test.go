package parts_test

import (
	"context"
	"flag"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/patternmatcher/ignorefile"
	"github.com/tonistiigi/fsutil"
	fstypes "github.com/tonistiigi/fsutil/types"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
)

var views = flag.Int("views", 400, "number of random trees that ignore files are laid over")

// TestView: a view with the rules of an ignore file holds what fsutil sends with its patterns, and directories
// of equal identity under two ignore files hold the same.
func TestView(t *testing.T) {
	t.Logf("-seed %d -views %d", *seed, *views)
	c := &viewing{}
	for round := range *views {
		c.round(t, round)
		if t.Failed() {
			break
		}
	}
	t.Logf("%d paths decided, %d of them sent; %d equal identities under other rules", c.paths, c.sent, c.identities)
	if c.sent == 0 || c.sent == c.paths || c.identities == 0 {
		t.Error("the patterns match all or nothing")
	}
}

// viewing counts what was compared.
type viewing struct{ paths, sent, identities int }

// filtered is a tree under one ignore file.
type filtered struct {
	view *buildcontext.View
	sent []string
}

func (c *viewing) round(t *testing.T, round int) {
	g := newGenerator(round)
	tree := g.tree()
	var all []filtered
	for range 6 {
		ignore := g.ignore()
		rules, ourErr := dockerignore.Parse(".dockerignore", []byte(ignore))
		sent, err := send(t.Context(), tree, ignore)
		if (err != nil) != (ourErr != nil) {
			t.Fatalf("round %d: %q: fsutil's error is %v, ours %v", round, ignore, err, ourErr)
		}
		if err != nil {
			continue
		}
		f := filtered{&buildcontext.View{Tree: tree, Rules: rules}, sent}
		var got []string
		err = buildcontext.Walk(t.Context(), f.view, buildcontext.Selector{Path: "/"}, func(rel string, _ buildcontext.Node) error {
			if rel != "" {
				got = append(got, rel)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sent, got); diff != "" {
			t.Fatalf("round %d (-fsutil +View):\n%s\n%s\n%s", round, diff, ignore, tree)
		}
		c.paths, c.sent = c.paths+len(tree.nodes), c.sent+len(sent)
		all = append(all, f)
	}
	for i, a := range all {
		for _, b := range all[i+1:] {
			c.compareIdentities(t, a, b, root(t, a), root(t, b))
		}
	}
}

func root(t *testing.T, f filtered) buildcontext.Node {
	n, err := f.view.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// compareIdentities goes down both views side by side.
func (c *viewing) compareIdentities(t *testing.T, a, b filtered, x, y buildcontext.Node) {
	if id := a.view.Identity(x); id != "" && id == b.view.Identity(y) {
		c.identities++
		if diff := cmp.Diff(below(a.sent, x.Path), below(b.sent, y.Path)); diff != "" {
			t.Fatalf("%q has one identity under two ignore files, but:\n%s", x.Path, diff)
		}
	}
	for _, p := range dirs(t, a, x) {
		for _, q := range dirs(t, b, y) {
			if p.Name == q.Name {
				c.compareIdentities(t, a, b, p, q)
			}
		}
	}
}

func dirs(t *testing.T, f filtered, dir buildcontext.Node) []buildcontext.Node {
	children, err := f.view.Children(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(slices.Clone(children), func(n buildcontext.Node) bool { return n.Kind != buildcontext.Dir })
}

func below(paths []string, dir string) []string {
	return slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return dir != "" && !strings.HasPrefix(p, dir+"/") })
}

// send is what BuildKit's client sends of a tree: its paths in order.
func send(ctx context.Context, t *tree, ignore string) ([]string, error) {
	patterns, err := ignorefile.ReadAll(strings.NewReader(ignore))
	if err != nil {
		return nil, err
	}
	filter, err := fsutil.NewFilterFS(walker{t}, &fsutil.FilterOpt{ExcludePatterns: patterns})
	if err != nil {
		return nil, err
	}
	var sent []string
	err = filter.Walk(ctx, "/", func(p string, _ fs.DirEntry, err error) error {
		sent = append(sent, p)
		return err
	})
	return sent, err
}

// walker is a tree as fsutil walks it.
type walker struct{ *tree }

func (w walker) Open(string) (io.ReadCloser, error) { return nil, fs.ErrNotExist }

func (w walker) Walk(_ context.Context, _ string, fn fs.WalkDirFunc) error {
	skip := ""
	for _, p := range w.paths() {
		if skip != "" && strings.HasPrefix(p, skip+"/") {
			continue
		}
		n := w.nodes[p]
		stat := &fstypes.Stat{Path: p, Mode: uint32(n.mode)}
		if n.kind == buildcontext.Dir {
			stat.Mode |= uint32(fs.ModeDir)
		}
		switch err := fn(p, &fsutil.DirEntryInfo{Stat: stat}, nil); {
		case err == fs.SkipDir && n.kind == buildcontext.Dir:
			skip = p
		case err == fs.SkipDir:
			skip = path.Dir(p)
		case err != nil:
			return err
		}
	}
	return nil
}

// ignore is an ignore file of few lines, some of them negated.
func (g generator) ignore() string {
	var w writer
	for range g.IntN(7) {
		not := ""
		if g.IntN(5) < 2 {
			not = "!"
		}
		w.line("%s%s", not, pick(g,
			"*", "**", "a", "b", "?", "a*", "*/a", "**/x", "a/*", "a/b", "*.b", "c/**", "[ab]", "d/x", "a/b/c", "*/x", ".", "a|b*", "x",
			"**/a/**", "a/**/b", "a**", "**b", "/a/", "x/y/../b", "a?b", "*/*", "a/*/x", "[^x]", "\\a", "**/*.b", "c", "d", "ab/**",
			"b/a/x", "^a*", "{a}*", "a.b", "***", "a/***"))
	}
	return w.String()
}
