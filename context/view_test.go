package buildcontext_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	buildcontext "github.com/whybust/whybust/context"
)

// listed is what a selector walks, in one line.
func listed(t *testing.T, v *buildcontext.View, s buildcontext.Selector) string {
	t.Helper()
	var out []string
	err := buildcontext.Walk(t.Context(), v, s, func(rel string, n buildcontext.Node) error {
		if n.Kind == buildcontext.Dir {
			rel += "/"
		}
		out = append(out, rel)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

func TestView(t *testing.T) {
	tree := files{"a": "", "d/x.go": "", "d/y.md": "", "e/f/z.md": "", "g/": ""}
	git := files{"a": "", ".git": "opaque c0ffee"}
	for _, tc := range []struct {
		reason string
		tree   files
		ignore string
		want   string
	}{
		{"no rules", tree, "", "/ a d/ d/x.go d/y.md e/ e/f/ e/f/z.md g/"},
		{"directories stay when all in them is ignored", tree, "**/*.md", "/ a d/ d/x.go e/ e/f/ g/"},
		{"ignored directories go with all that is in them", tree, "e\nd", "/ a g/"},
		{"unless something in them is kept", tree, "*\n!d/*.go", "/ d/ d/x.go"},
		{"however deep", tree, "*\n!**/z.md", "/ e/ e/f/ e/f/z.md"},
		{"an empty directory that is kept", tree, "*\n!g", "/ g/"},
		{"an opaque directory", git, "", "/ .git a"},
		{"ignored", git, ".git", "/ a"},
		{"in part", git, ".git/objects", "/ .git a"},
		{"all but the directory itself", git, ".git/*", "/ .git/ a"},
		{"all but one file", git, ".git\n!.git/HEAD", "/ .git a"},
	} {
		if d := cmp.Diff(tc.want, listed(t, view(t, tc.tree, tc.ignore), sel("/"))); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.reason, d)
		}
	}
}

func TestLookup(t *testing.T) {
	tree := files{
		"d/x": "", "d/e/y": "", "l": "-> d", "abs": "-> /d/e", "up": "-> ../../d", "gone": "-> nowhere",
		"loop": "-> loop", "odd": "-> none/../d/x", "d/back": "-> ../l/e", "u": "?u", "hidden": "",
	}
	v := view(t, tree, "hidden")
	for _, tc := range []struct {
		reason, path string
		follow       bool
		want         string // where it is found, "" if not
	}{
		{"the root", "/", true, "."},
		{"a file", "/d/x", false, "d/x"},
		{"cleaned and relative", "d/./e/../x/", false, "d/x"},
		{"through a link", "/l/x", false, "d/x"},
		{"a final link, not followed", "/l", false, "l"},
		{"a final link, followed", "/l", true, "d"},
		{"an absolute target is within the root", "/abs/y", false, "d/e/y"},
		{"nothing leaves the root", "/up/x", true, "d/x"},
		{"a link to a link", "/d/back/y", true, "d/e/y"},
		{"a target through something that does not exist", "/odd", true, "d/x"},
		{"a link to nowhere", "/gone", true, ""},
		{"the link itself", "/gone", false, "gone"},
		{"an endless link", "/loop", true, ""},
		{"below a file", "/d/x/y", true, ""},
		{"below an unknown", "/u/v/w", true, "u/v/w"},
		{"an ignored file", "/hidden", true, ""},
	} {
		n, ok, err := v.Lookup(t.Context(), tc.path, tc.follow)
		got := n.Path
		if ok && got == "" {
			got = "."
		}
		if err != nil || ok != (tc.want != "") || got != tc.want {
			t.Errorf("%s: %q, %v, %v, want %q", tc.reason, got, ok, err, tc.want)
		}
	}
}

func TestUnknownIDs(t *testing.T) {
	v := view(t, files{"u": "?u", "d/": "?rest", "d/x": ""}, "")
	for path, want := range map[string]string{"/u": "u", "/u/v/w": "u\x00v\x00w", "/d/y": "rest\x00y", "/d/y/z": "rest\x00y\x00z"} {
		n, ok, err := v.Lookup(t.Context(), path, true)
		if err != nil || !ok || n.Kind != buildcontext.Unknown || n.ID != want {
			t.Errorf("%s: %+v, %v, %v, want ID %q", path, n, ok, err, want)
		}
	}
}

func TestIdentity(t *testing.T) {
	tree := newTree(files{"d/x": "1", "e/x": "1"}, true)
	id := func(ignore, path string) string {
		v := view(t, nil, ignore)
		v.Tree = tree
		n, ok, err := v.Lookup(t.Context(), path, false)
		if err != nil || !ok {
			t.Fatal(path, err)
		}
		return v.Identity(n)
	}
	for _, tc := range []struct {
		reason           string
		a, ignA, b, ignB string
		equal            bool
	}{
		{"a directory", "d", "", "d", "", true},
		{"another with the same content", "d", "", "e", "", true},
		{"rules for elsewhere", "d", "", "d", "e", true},
		{"rules for one of them", "d", "d/x", "e", "d/x", false},
		{"rules for both, by their place", "d", "**/x", "e", "**/x", false},
		{"files have no rules", "d/x", "", "e/x", "**/y", true},
	} {
		if got := id(tc.ignA, tc.a) == id(tc.ignB, tc.b); got != tc.equal {
			t.Errorf("%s: equal is %v", tc.reason, got)
		}
	}
}
