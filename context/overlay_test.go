package buildcontext_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	buildcontext "github.com/whybust/whybust/context"
)

// laid makes a tree of NAME=CONTENT; NAME/ is a directory, NAME@TARGET a link.
func laid(entries ...string) buildcontext.Tree {
	m := fstest.MapFS{}
	for _, e := range entries {
		if name, target, ok := strings.Cut(e, "@"); ok {
			m[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
			continue
		}
		name, data, _ := strings.Cut(e, "=")
		if dir, ok := strings.CutSuffix(name, "/"); ok {
			m[dir] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
		} else {
			m[name] = &fstest.MapFile{Data: []byte(data)}
		}
	}
	return buildcontext.FS(m)
}

// contents lists what a tree holds, in the form of laid.
func contents(t *testing.T, tree buildcontext.Tree) (list []string) {
	t.Helper()
	ctx := context.Background()
	err := buildcontext.Walk(ctx, &buildcontext.View{Tree: tree}, buildcontext.Selector{Path: "/"}, func(rel string, n buildcontext.Node) error {
		switch n.Kind {
		case buildcontext.Dir:
			list = append(list, rel+"/")
		case buildcontext.Symlink:
			target, err := tree.ReadLink(ctx, n.Path, n.Entry)
			list = append(list, rel+"@"+target)
			return err
		default:
			f, err := tree.Open(ctx, n.Path, n.Entry)
			if err != nil {
				return err
			}
			defer f.Close()
			data, err := io.ReadAll(f)
			list = append(list, rel+"="+string(data))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

func TestOverlay(t *testing.T) {
	for _, tt := range []struct {
		reason     string
		base, over []string
		want       []string
	}{
		{"a file takes the place of a file", []string{"a=1", "b=1"}, []string{"a=2"}, []string{"/", "a=2", "b=1"}},
		{"directories merge", []string{"d/a=1", "d/e/x=1"}, []string{"d/b=2", "d/e/y=2"},
			[]string{"/", "d/", "d/a=1", "d/b=2", "d/e/", "d/e/x=1", "d/e/y=2"}},
		{"a file takes the place of a directory", []string{"d/a=1"}, []string{"d=2"}, []string{"/", "d=2"}},
		{"a directory takes the place of a file", []string{"d=1"}, []string{"d/a=2", "d/e/b=2"}, []string{"/", "d/", "d/a=2", "d/e/", "d/e/b=2"}},
		{"a directory takes the place of a link", []string{"d@e", "e/x=1"}, []string{"d/a=2"}, []string{"/", "d/", "d/a=2", "e/", "e/x=1"}},
		{"links stay links", []string{"a=1"}, []string{"l@a"}, []string{"/", "a=1", "l@a"}},
		{"nothing over something", []string{"a=1"}, []string{"d/"}, []string{"/", "a=1", "d/"}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			got := contents(t, buildcontext.Overlay(laid(tt.base...), laid(tt.over...)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestOverlays: a later one lies over an earlier one, and paths can be read in any order.
func TestOverlays(t *testing.T) {
	tree := buildcontext.Overlay(buildcontext.Overlay(laid("d/a=1", "d/b=1", "d/c=1"), laid("d/b=2", "d/c=2")), laid("d/c=3"))
	ctx := context.Background()
	for name, want := range map[string]string{"d/c": "3", "d/b": "2", "d/a": "1"} {
		fresh := buildcontext.Overlay(tree, laid("z=1"))
		f, err := fresh.Open(ctx, name, buildcontext.Entry{Kind: buildcontext.File})
		if err != nil {
			t.Fatal(err)
		}
		data, _ := io.ReadAll(f)
		f.Close()
		if string(data) != want {
			t.Errorf("%s holds %s, want %s", name, data, want)
		}
	}
}

func TestUnderAndSubtree(t *testing.T) {
	tree := buildcontext.Overlay(laid("a/b/x=1", "y=1"), buildcontext.Under("a/b", laid("x=2", "z/w=2")))
	want := []string{"/", "a/", "a/b/", "a/b/x=2", "a/b/z/", "a/b/z/w=2", "y=1"}
	if diff := cmp.Diff(want, contents(t, tree)); diff != "" {
		t.Errorf("whole (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/", "x=2", "z/", "z/w=2"}, contents(t, buildcontext.Subtree(tree, "a/b"))); diff != "" {
		t.Errorf("a directory of it (-want +got):\n%s", diff)
	}
	for _, dir := range []string{"none", "a/none", "y", "y/z"} {
		_, err := buildcontext.Subtree(tree, dir).Root(context.Background())
		if err == nil || !strings.Contains(fmt.Sprint(err), dir) || dir == "a/none" && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: error %v", dir, err)
		}
	}
}
