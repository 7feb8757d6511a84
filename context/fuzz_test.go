package buildcontext_test

import (
	"path"
	"strings"
	"testing"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
)

// fuzzFiles reads a tree from lines of "path content", skipping what would
// stand below a file.
func fuzzFiles(text string) files {
	fs := files{}
	for line := range strings.SplitSeq(text, "\n") {
		name, content, _ := strings.Cut(line, " ")
		name = strings.TrimPrefix(path.Clean("/"+name), "/")
		if name != "" && !clashes(fs, name) {
			fs[name] = content
		}
	}
	return fs
}

func clashes(fs files, name string) bool {
	for other := range fs {
		if strings.HasPrefix(other+"/", name+"/") || strings.HasPrefix(name+"/", other+"/") {
			return true
		}
	}
	return false
}

// FuzzCompare checks that a selection equals itself, that equality does not
// depend on the order of the sides or on identities, and that it is equality of digests.
func FuzzCompare(f *testing.F) {
	f.Add("a 1\nd/x 2\nl -> d", "a 1\nd/x 3\nl -> d", "*.md", "/", "", "")
	f.Add("d/x 2\nl -> d", "e/x 2\nl -> e", "", "/l*", "", "x")
	f.Add("a1/x 1\nu ?u", "a2/x 1\nu ?v", "u", "/a*/x", "**/x", "")
	f.Add("d/e/f 1", "d/e/f 1\nd/g 2", "d\n!d/e", "/[^x]*", "d/e", "!f")
	f.Fuzz(func(t *testing.T, one, two, ignore, name, include, exclude string) {
		if strings.ContainsRune(ignore+include+exclude, 0) || strings.ToValidUTF8(ignore+include+exclude, "") != ignore+include+exclude {
			return // what patternmatcher complains about on standard error
		}
		rules, err := dockerignore.Parse("f", []byte(ignore))
		if err != nil {
			return
		}
		s := sel(path.Join("/", name))
		if include != "" {
			s.Include = []string{include}
		}
		if exclude != "" {
			s.Exclude = []string{exclude}
		}
		check := checker{t, []buildcontext.Selector{s}}
		at := func(text string, ids bool) *buildcontext.View {
			return &buildcontext.View{Tree: newTree(fuzzFiles(text), ids), Rules: rules}
		}
		check.self(at(one, false))
		check.self(at(one, true))
		check.same(check.both(at(one, false), at(two, false)), check.both(at(one, true), at(two, true)))
	})
}

type checker struct {
	*testing.T
	sels []buildcontext.Selector
}

func (c checker) compare(a, b *buildcontext.View) *buildcontext.Difference {
	d, err := buildcontext.Compare(c.Context(), a, c.sels, b, c.sels)
	if err != nil {
		c.Skip(err)
	}
	return d
}

func (c checker) self(v *buildcontext.View) {
	d := c.compare(v, v)
	if !d.MayBeEqual() && len(d.MissingNew) == 0 || d.Shape {
		c.Fatalf("a selection differs from itself: %s", told(d))
	}
}

func (c checker) both(a, b *buildcontext.View) *buildcontext.Difference {
	d, back := c.compare(a, b), c.compare(b, a)
	if d.Equal() != back.Equal() || d.MayBeEqual() != back.MayBeEqual() || len(d.Changes) != len(back.Changes) {
		c.Fatalf("forth: %s, back: %s", told(d), told(back))
	}
	x, errX := buildcontext.Digest(c.Context(), a, c.sels)
	y, errY := buildcontext.Digest(c.Context(), b, c.sels)
	if errX == nil && errY == nil && (x == y) != d.Equal() {
		c.Fatalf("digests equal: %v, difference: %s", x == y, told(d))
	}
	return d
}

func (c checker) same(d, e *buildcontext.Difference) {
	if told(d) != told(e) {
		c.Fatalf("without identities: %s, with them: %s", told(d), told(e))
	}
}
