package buildcontext_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	buildcontext "github.com/whybust/whybust/context"
)

// told writes a difference in lines.
func told(d *buildcontext.Difference) string {
	var out []string
	for _, c := range d.Changes {
		line := fmt.Sprint(c.Kind, " ", c.Path)
		if c.Rule != nil {
			line += fmt.Sprint(" by line ", c.Rule.Line)
		}
		out = append(out, line)
	}
	for _, p := range d.MissingOld {
		out = append(out, "old lacks "+p)
	}
	for _, p := range d.MissingNew {
		out = append(out, "new lacks "+p)
	}
	if d.Shape {
		out = append(out, "shape")
	}
	return strings.Join(out, "; ")
}

type compareCase struct {
	reason   string
	old, new files
	olds     []buildcontext.Selector // nil: as news
	news     []buildcontext.Selector
	want     string
}

func (tc compareCase) run(t *testing.T) {
	t.Helper()
	if tc.olds == nil {
		tc.olds = tc.news
	}
	for _, ids := range []bool{false, true} {
		old, new := &buildcontext.View{Tree: newTree(tc.old, ids)}, &buildcontext.View{Tree: newTree(tc.new, ids)}
		d, err := buildcontext.Compare(t.Context(), old, tc.olds, new, tc.news)
		if err != nil {
			t.Fatalf("%s: %v", tc.reason, err)
		}
		if diff := cmp.Diff(tc.want, told(d)); diff != "" {
			t.Errorf("%s, with ids %v (-want +got):\n%s", tc.reason, ids, diff)
		}
		a, errA := buildcontext.Digest(t.Context(), old, tc.olds)
		b, errB := buildcontext.Digest(t.Context(), new, tc.news)
		if errA == nil && errB == nil && (a == b) != d.Equal() {
			t.Errorf("%s, with ids %v: digests equal is %v", tc.reason, ids, a == b)
		}
	}
}

func TestCompareFiles(t *testing.T) {
	for _, tc := range []compareCase{
		{reason: "equal trees", old: files{"a": "1", "d/b": "2"}, new: files{"a": "1", "d/b": "2"}, news: sels("/")},
		{reason: "no selector is the whole tree", old: files{"a": "1"}, new: files{"a": "2"}, want: "modified a"},
		{reason: "content of equal size", old: files{"a": "1"}, new: files{"a": "2"}, news: sels("/a"), want: "modified a"},
		{reason: "a file that is not selected", old: files{"a": "1", "b": "1"}, new: files{"a": "1", "b": "2"}, news: sels("/a")},
		{reason: "the executable bit", old: files{"a": "1", "b": "#!"}, new: files{"a": "1", "b": "#?"}, news: sels("/"), want: "modified b"},
		{reason: "added and removed, in walking order", old: files{"d/a": "", "d.x": ""}, new: files{"d/b": "", "d.x": ""}, news: sels("/"), want: "removed d/a; added d/b"},
		{reason: "the files of a new directory, not itself", old: files{"a": ""}, new: files{"a": "", "d/e/x": "", "d/y": ""}, news: sels("/"), want: "added d/e/x; added d/y"},
		{reason: "an empty directory counts", old: files{"a": ""}, new: files{"a": "", "d/e/": ""}, news: sels("/"), want: "added d/e"},
		{reason: "so does one that stays behind", old: files{"d/x": "1"}, new: files{"d/": ""}, news: sels("/"), want: "removed d/x"},
		{reason: "a file becomes a directory", old: files{"a": "1"}, new: files{"a/x": "1"}, news: sels("/"), want: "type a"},
		{reason: "a file becomes a link to the same", old: files{"a": "1", "b": "1"}, new: files{"a": "-> b", "b": "1"}, news: sels("/"), want: "type a"},
		{reason: "a link within a directory is its text", old: files{"d/l": "-> x", "x": "1"}, new: files{"d/l": "-> x", "x": "2"}, news: sels("/d")},
		{reason: "the text of a link", old: files{"d/l": "-> x"}, new: files{"d/l": "-> y"}, news: sels("/d"), want: "link d/l"},
		{reason: "mode and owner of a directory", old: files{"d/x": "", "e/x": ""}, new: files{"d/": "0700", "d/x": "", "e/": "0755 u", "e/x": ""}, news: sels("/"), want: "mode d; owner e"},
	} {
		tc.run(t)
	}
}

func TestCompareSelectors(t *testing.T) {
	exclude := func(p string, patterns ...string) []buildcontext.Selector {
		s := sel(p)
		s.Exclude = patterns
		return []buildcontext.Selector{s}
	}
	parents := func(pattern string) []buildcontext.Selector {
		return []buildcontext.Selector{{Path: "/", FollowLinks: true, Include: []string{pattern}, Required: []string{"/" + pattern}}}
	}
	for _, tc := range []compareCase{
		{reason: "the name of a plain file does not count", old: files{"a/f": "1"}, new: files{"b/g": "1"}, olds: sels("/a/f"), news: sels("/b/g")},
		{reason: "nor that of a plain directory", old: files{"a/f": "1"}, new: files{"b/c/f": "1"}, olds: sels("/a"), news: sels("/b/c")},
		{reason: "a named link is followed", old: files{"l": "-> d/x", "d/x": "1"}, new: files{"l": "-> d/x", "d/x": "2"}, news: sels("/l"), want: "modified d/x"},
		{reason: "a link to elsewhere with the same content", old: files{"l": "-> a", "a": "1"}, new: files{"l": "-> b", "b": "1"}, news: sels("/l")},
		{reason: "a path through a link", old: files{"l": "-> d", "d/x": "1"}, new: files{"l": "-> d", "d/x": "2"}, news: sels("/l/x"), want: "modified d/x"},
		{reason: "names count among several matches", old: files{"a1": "1", "a2": "1"}, new: files{"a1": "1", "a3": "1"}, news: sels("/a*"), want: "removed a2; added a3"},
		{reason: "and with one match of another name than the pattern's", old: files{"a1": "1"}, new: files{"a2": "1"}, news: sels("/a*"), want: "removed a1; added a2"},
		{reason: "one match that has the base name is as if plain", old: files{"d1/x": "1"}, new: files{"d2/x": "1"}, news: sels("/d*/x")},
		{reason: "two are not", old: files{"d1/x": "1"}, new: files{"d1/x": "1", "d2/x": "1"}, news: sels("/d*/x"), want: "added d2/x"},
		{reason: "no match is an empty list", old: files{"a": ""}, new: files{"b": ""}, news: sels("/x*")},
		{reason: "a matched link is followed whole", old: files{"l1": "-> d", "d/x": "1"}, new: files{"l1": "-> d", "d/x": "2"}, news: sels("/l*"), want: "modified d/x"},
		{reason: "** is *", old: files{"a/x.c": "1", "a/b/y.c": "1"}, new: files{"a/x.c": "1", "a/b/y.c": "2"}, news: sels("/a/**.c")},
		{reason: "what is excluded does not count", old: files{"d/a.md": "1", "d/x": "1"}, new: files{"d/a.md": "2", "d/x": "1"}, news: exclude("/d", "*.md")},
		{reason: "what is not excluded does", old: files{"d/e/x": "1"}, new: files{"d/e/x": "2"}, news: exclude("/d", "*.md"), want: "modified d/e/x"},
		{reason: "a plain and a filtered directory of files are one", old: files{"d/x": "1"}, new: files{"d/x": "1"}, olds: sels("/d"), news: exclude("/d", "*.md")},
		{reason: "but not with directories in it", old: files{"d/e/x": "1"}, new: files{"d/e/x": "1"}, olds: sels("/d"), news: exclude("/d", "*.md"), want: "shape"},
		{reason: "siblings outside of --parents", old: files{"d/x": "1", "d/y": "1"}, new: files{"d/x": "1", "d/y": "2"}, news: parents("d/x")},
		{reason: "headers of parents are listed", old: files{"d/x": "1"}, new: files{"d/": "0700", "d/x": "1"}, news: parents("d/x"), want: "mode d"},
		{reason: "a required path", old: files{"d/x": "1"}, new: files{"d/y": "1"}, news: parents("d/x"), want: "removed d/x; new lacks /d/x"},
		{reason: "a plain path that does not exist", old: files{"a": "1"}, new: files{}, news: sels("/a"), want: "removed a; new lacks /a"},
		{reason: "a matched link to nowhere", old: files{"l": "-> a", "a": "1"}, new: files{"l": "-> a"}, news: sels("/l*"), want: "removed a; new lacks /l"},
		{reason: "selectors within others go", old: files{"d/x": "1"}, new: files{"d/x": "1"}, olds: sels("/d", "/d/x", "/d"), news: sels("/d")},
		{reason: "another number of them", old: files{"d/x": "1"}, new: files{"d/x": "1", "e": ""}, olds: sels("/d"), news: sels("/d", "/e"), want: "added e; shape"},
		{reason: "one change found twice is one", old: files{"d/x": "1"}, new: files{"d/x": "2"}, news: sels("/d", "/d/*"), want: "modified d/x"},
	} {
		tc.run(t)
	}
}

func TestCompareUnknown(t *testing.T) {
	for _, tc := range []compareCase{
		{reason: "equal unknowns", old: files{"a": "?1"}, new: files{"a": "?1"}, news: sels("/a")},
		{reason: "different ones", old: files{"a": "?1"}, new: files{"a": "?2"}, news: sels("/a"), want: "unknown a"},
		{reason: "without an ID nothing is proven", old: files{"a": "?"}, new: files{"a": "?"}, news: sels("/a"), want: "unknown a"},
		{reason: "a path below", old: files{"a": "?1"}, new: files{"a": "?1"}, news: sels("/a/b/c")},
		{reason: "an equal rest", old: files{"d/": "?r", "d/x": "1"}, new: files{"d/": "?r", "d/x": "2"}, news: sels("/d"), want: "modified d/x"},
		{reason: "a path in the rest", old: files{"d/": "?r"}, new: files{"d/": "?s"}, news: sels("/d/y"), want: "unknown d/y"},
		{reason: "a name beside the same rest was written over it", old: files{"d/": "?r"}, new: files{"d/": "?r", "d/x": "1"}, news: sels("/d"), want: "added d/x"},
		{reason: "a name beside another rest may be in it", old: files{"d/": "?r"}, new: files{"d/": "?s", "d/x": "1"}, news: sels("/d"), want: "unknown d; unknown d/x"},
		{reason: "a rest on one side", old: files{"d/x": "1"}, new: files{"d/": "?r", "d/x": "1"}, news: sels("/d"), want: "unknown d"},
		{reason: "a wildcard over an equal rest", old: files{"d/": "?r", "d/x": "1"}, new: files{"d/": "?r", "d/x": "1"}, news: sels("/d/*")},
		{reason: "over another", old: files{"d/": "?r"}, new: files{"d/": "?s"}, news: sels("/d/*"), want: "unknown d"},
		{reason: "what is certain stays so beside it", old: files{"d": "?1", "x": "1"}, new: files{"d": "?2", "x": "2"}, news: sels("/"), want: "unknown d; modified x"},
		{reason: "opaque parts differ for certain", old: files{"g": "opaque 1"}, new: files{"g": "opaque 2"}, news: sels("/"), want: "modified g"},
		{reason: "a file in an opaque part may", old: files{"g": "opaque 1"}, new: files{"g": "opaque 2"}, news: sels("/g/HEAD"), want: "unknown g/HEAD"},
	} {
		tc.run(t)
	}
}

func TestMayBeEqual(t *testing.T) {
	old, new := view(t, files{"a": "?1", "b": "1"}, ""), view(t, files{"a": "?2", "b": "2"}, "")
	for _, tc := range []struct {
		path       string
		equal, may bool
	}{{"/a", false, true}, {"/b", false, false}, {"/", false, false}, {"/x*", true, true}} {
		d, err := buildcontext.Compare(t.Context(), old, sels(tc.path), new, sels(tc.path))
		if err != nil || d.Equal() != tc.equal || d.MayBeEqual() != tc.may {
			t.Errorf("%s: %v, equal %v, may be %v", tc.path, err, d.Equal(), d.MayBeEqual())
		}
	}
}
