package buildcontext_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	buildcontext "github.com/whybust/whybust/context"
)

func TestMatches(t *testing.T) {
	v := view(t, files{"a.go": "", "b.go": "", "d/x": "", "l.go": "-> d/x", "n.go": "-> no", "d2/y/z": "", "q": "-> d", "w*": "", `a\b`: ""}, "b.go")
	for _, tc := range []struct{ reason, path, want string }{
		{"a plain path", "/d/x", "d/x as x"},
		{"nothing", "/no", ""},
		{"an ignored file", "/b.go", ""},
		{"matches in order, links followed under their names, unless to nowhere", "/*.go", "a.go as a.go, d/x as l.go"},
		{"directories are matched, not entered", "/d*", "d as d, d2 as d2"},
		{"a wildcard in the middle", "/*/y", "d2/y as y"},
		{"a link is no way in within the wildcard", "/q*/x", ""},
		{"but before it", "/q/*", "d/x as x"},
		{"a class may match the slash", "/d2[^x]y", "d2/y as y"},
		{"an escaped star is none", `/w\*`, ""},
		{"a followed link, under its name", "/q", "d as q"},
	} {
		nodes, err := buildcontext.Matches(t.Context(), v, sel(tc.path))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, n := range nodes {
			got = append(got, n.Path+" as "+n.Name)
		}
		if d := cmp.Diff(tc.want, strings.Join(got, ", ")); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.reason, d)
		}
	}
	if _, err := buildcontext.Matches(t.Context(), v, sel("/[a")); err == nil {
		t.Error("a malformed pattern is an error")
	}
}

func TestWalk(t *testing.T) {
	tree := files{"d/a.go": "", "d/e/b.go": "", "d/e/c.md": "", "d/f/g/": "", "l": "-> d/e", "x": ""}
	for _, tc := range []struct {
		reason string
		sel    buildcontext.Selector
		want   string
	}{
		{"a plain directory", sel("/d"), "/ a.go e/ e/b.go e/c.md f/ f/g/"},
		{"a plain file", sel("/x"), ""},
		{"a wildcard", sel("/d/*"), "a.go e/ e/b.go e/c.md f/ f/g/"},
		{"a followed link", sel("/l*"), "l/ l/b.go l/c.md"},
		{"exclude is relative to the path", buildcontext.Selector{Path: "/d", Exclude: []string{"e/*.md", "f"}}, "/ a.go e/ e/b.go"},
		{"and to each match", buildcontext.Selector{Path: "/*", Wildcard: true, Exclude: []string{"**/*.md", "f"}}, "d/ d/a.go d/e/ d/e/b.go l x"},
		{"* excludes the directory itself, too", buildcontext.Selector{Path: "/d", Exclude: []string{"*"}}, ""},
		{"the root's own header is not listed with filters", buildcontext.Selector{Path: "/", Exclude: []string{"d"}}, "l x"},
		{"include lists the parents", buildcontext.Selector{Path: "/", Include: []string{"d/e/*.go"}}, "d/ d/e/ d/e/b.go"},
		{"include and exclude", buildcontext.Selector{Path: "/", Include: []string{"d"}, Exclude: []string{"**/*.go"}}, "d/ d/e/ d/e/c.md d/f/ d/f/g/"},
		{"nothing there", sel("/no"), ""},
	} {
		if d := cmp.Diff(tc.want, listed(t, view(t, tree, ""), tc.sel)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.reason, d)
		}
	}
}
