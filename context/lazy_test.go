package buildcontext_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
)

// TestCompareReads states what a comparison of two git revisions looks at.
func TestCompareReads(t *testing.T) {
	base := files{"a/b/x": "1", "a/c/y": "1", "d/z": "1", "e": "1"}
	changed := files{"a/b/x": "2", "a/c/y": "1", "d/z": "1", "e": "1"}
	for _, tc := range []struct {
		reason     string
		old, new   files
		ignA, ignB string
		sel        buildcontext.Selector
		want       []string
	}{
		{"equal roots: nothing", base, base, "", "", sel("/"), nil},
		{"equal roots and rules: nothing", base, base, "**/x", "**/x", sel("/"), nil},
		{"the directories above the change, and no file", base, changed, "", "", sel("/"), []string{"/", "a/", "a/b/"}},
		{"with rules alike on both sides", base, changed, "*.md\n**/q", "*.md\n**/q", sel("/"), []string{"/", "a/", "a/b/"}},
		{"a rule for one directory: only there", base, base, "", "d/q", sel("/"), []string{"/", "d/"}},
		{"an ignored directory is not read", base, changed, "a", "a", sel("/"), []string{"/"}},
		{"a wildcard skips equal directories", base, changed, "", "", sel("/*"), []string{"/", "a/", "a/b/"}},
		{"as filters do", base, changed, "", "", buildcontext.Selector{Path: "/", Exclude: []string{"*.md"}}, []string{"/", "a/", "a/b/"}},
		{"include goes only where it may match", base, changed, "", "", buildcontext.Selector{Path: "/", Include: []string{"d/*"}}, []string{"/", "d/"}},
	} {
		old, new := newTree(tc.old, true), newTree(tc.new, true)
		a, b := view(t, nil, tc.ignA), view(t, nil, tc.ignB)
		a.Tree, b.Tree = old, new
		if _, err := buildcontext.Compare(t.Context(), a, []buildcontext.Selector{tc.sel}, b, []buildcontext.Selector{tc.sel}); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(tc.want, unique(new.read)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.reason, d)
		}
	}
}

func unique(list []string) (out []string) {
	seen := map[string]bool{}
	for _, s := range list {
		if !seen[s] {
			out = append(out, s)
		}
		seen[s] = true
	}
	return out
}

func TestCompareRules(t *testing.T) {
	both := files{"a.md": "1", "d/x": "1", "d/y": "1", "e/f/": ""}
	for _, tc := range []struct {
		reason     string
		old, new   files
		ignA, ignB string
		want       string
	}{
		{"a rule that comes hides what is there on both sides", both, both, "", "# c\n*.md", "removed a.md by line 2"},
		{"a rule that goes is named, too", both, both, "*.md", "", "added a.md by line 1"},
		{"a whole directory", both, both, "", "d", "removed d/x by line 1; removed d/y by line 1"},
		{"an empty one", both, both, "", "e/f", "removed e/f by line 1"},
		{"another content is not the rule's doing alone", both, files{"a.md": "2", "d/x": "1", "d/y": "1", "e/f/": ""}, "*.md", "", "added a.md"},
		{"a new file that the old rules would have hidden", files{"d/x": "1"}, files{"d/x": "1", "a.md": "1"}, "*.md", "", "added a.md"},
		{"a rule that changes nothing", both, both, "", "*.txt\n!d", ""},
		{"the same files by other rules", both, both, "d/*", "d/x\nd/y", ""},
		{"an exception taken away", both, both, "*.md\n!a.md", "*.md", "removed a.md by line 1"},
	} {
		for _, ids := range []bool{true, false} {
			a, b := view(t, nil, tc.ignA), view(t, nil, tc.ignB)
			a.Tree, b.Tree = newTree(tc.old, ids), newTree(tc.new, ids)
			d, err := buildcontext.Compare(t.Context(), a, sels("/"), b, sels("/"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, told(d)); diff != "" {
				t.Errorf("%s, with ids %v (-want +got):\n%s", tc.reason, ids, diff)
			}
		}
	}
}

func TestCompareWithoutRules(t *testing.T) {
	v := &buildcontext.View{Tree: newTree(files{"a": "1"}, false)}
	w := &buildcontext.View{Tree: v.Tree, Rules: (*dockerignore.Rules)(nil)}
	d, err := buildcontext.Compare(t.Context(), v, nil, w, nil)
	if err != nil || !d.Equal() {
		t.Errorf("nil rules ignore nothing: %v, %v", d, err)
	}
}
