package dockerignore_test

import (
	"bytes"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/whybust/whybust/dockerignore"
)

// noisy reports what makes text/scanner, inside patternmatcher, write to
// standard error: not worth a fuzzer's time.
func noisy(s string) bool {
	return strings.ContainsRune(s, 0) || strings.ToValidUTF8(s, "") != s
}

// FuzzParse checks that line by line the same patterns are read as at once.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a\n", "\ufeff# c\na\n", "\ufeff\n\ufeffb", "a\r\n\r\n!b\r\n", " # x\n!\n", "! a/../b\n/\n//c", "[a\n", "/ /\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if noisy(string(data)) {
			return
		}
		r, err := dockerignore.Parse("f", data)
		want, errWant := ignorefile.ReadAll(bytes.NewReader(data))
		if err != nil {
			if _, bad := patternmatcher.New(want); errWant == nil && bad == nil && !evaluatesBadly(want) {
				t.Fatalf("only we fail: %v", err)
			}
			return
		}
		if errWant != nil {
			t.Fatalf("only ReadAll fails: %v", errWant)
		}
		again, err := dockerignore.New(want)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Equal(again) || len(r.Lines()) != len(again.Lines()) {
			t.Fatalf("line by line %v, at once %v", r.Lines(), want)
		}
		lines := strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n")
		for _, rule := range r.Lines() {
			if d := cmp.Diff(strings.TrimSpace(lines[rule.Line-1]), rule.Pattern); d != "" && rule.Line > 1 && !strings.HasPrefix(lines[rule.Line-1], "\ufeff") {
				t.Fatalf("line %d (-file +rule):\n%s", rule.Line, d)
			}
		}
	})
}

// evaluatesBadly reports whether some pattern fails only when it is used.
func evaluatesBadly(patterns []string) bool {
	for _, p := range patterns {
		alone := []string{p}
		if strings.HasPrefix(p, "!") { // tried on what is ignored
			alone = []string{"**", p}
		}
		m, err := patternmatcher.New(alone)
		if err != nil {
			return true
		}
		if _, err := m.MatchesOrParentMatches("x"); err != nil {
			return true
		}
	}
	return false
}

// walked asks patternmatcher as fsutil does: from the root, handing on what
// matched each directory.
func walked(t *testing.T, m *patternmatcher.PatternMatcher, name string) (ignored bool) {
	t.Helper()
	var info patternmatcher.MatchInfo
	for i := range len(name) + 1 {
		if i < len(name) && name[i] != '/' {
			continue
		}
		var err error
		if ignored, info, err = m.MatchesUsingParentResults(name[:i], info); err != nil {
			t.Skip(err) // Parse fails for it
		}
	}
	return ignored
}

// FuzzMatch checks every decision against patternmatcher itself, and that what
// is pruned or has an equal key holds no surprise.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][3]string{
		{"a\n!a/b\n", "a/b/c", "x"},
		{"**/x\n!a/**\na/b\n", "a/b/x", "c"},
		{"*\n!*/a\n!b/*.go\n", "b/a.go", "a"},
		{"^^a*\na|b*\n{a}*\n!(a)*\n", "^a", "(a)"},
		{"[^a]b\n\\*c\n", "/b/c", "*c"},
		{"***/x\na**/b\n**b\n", "a/x", "ab/b"},
		{"x/y\n!x\n!x/*\nx/??\n", "x/y/z", "x/zz"},
		{"*.md\n**/*_x\n!**/*a_x\n", "a\n/b.md", "ba_x"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, file, a, b string) {
		if noisy(file) {
			return
		}
		r, err := dockerignore.Parse("f", []byte(file))
		if err != nil {
			return
		}
		patterns, err := ignorefile.ReadAll(strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		m, err := patternmatcher.New(patterns)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{a, b, a + "/" + b, b + "/" + a} {
			if name = strings.TrimPrefix(path.Clean("/"+name), "/"); name == "" {
				continue
			}
			want := walked(t, m, name)
			if got := r.Match(name); got.Ignored != want {
				t.Fatalf("%q: %v, patternmatcher says %v", name, got, want)
			}
			checkWalk(t, r, name, want)
			checkCold(t, r, m, name)
		}
	})
}

// checkWalk descends to name and checks the state on the way.
func checkWalk(t *testing.T, r *dockerignore.Rules, name string, ignored bool) {
	t.Helper()
	d, rest := r.Root(), name
	for {
		var base string
		base, rest, _ = strings.Cut(rest, "/")
		dec, child, walk := d.Child(base, true)
		if rest == "" {
			if dec.Ignored != ignored || dec != r.Match(name) {
				t.Fatalf("%q: Child says %v, Match %v", name, dec, r.Match(name))
			}
			return
		}
		if !walk && !ignored {
			t.Fatalf("%q is kept, but %q is not walked", name, child.Path())
		}
		if !child.MayIgnoreBelow() && ignored {
			t.Fatalf("%q is ignored, but nothing below %q may be", name, child.Path())
		}
		if key := child.Key(); (key == "+" && ignored) || (key == "-" && !ignored) {
			t.Fatalf("%q: ignored %v, but the key of %q is %q", name, ignored, child.Path(), key)
		}
		d = child
	}
}

// checkCold compares with patternmatcher where nothing is known of the parents.
func checkCold(t *testing.T, r *dockerignore.Rules, m *patternmatcher.PatternMatcher, name string) {
	t.Helper()
	want, _, err := m.MatchesUsingParentResults(name, patternmatcher.MatchInfo{})
	if err != nil {
		t.Skip(err)
	}
	if dec, _ := r.At(name); dec.Ignored != want {
		t.Fatalf("At(%q): %v, patternmatcher says %v", name, dec, want)
	}
	if dir, base := path.Split(name); dir != "" {
		if dec, _, _ := r.Unknown(strings.TrimSuffix(dir, "/")).Child(base, false); dec.Ignored != want {
			t.Fatalf("Unknown(%q): %v, patternmatcher says %v", name, dec, want)
		}
	}
}
