package dockerignore_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/dockerignore"
)

func parse(t testing.TB, text string) *dockerignore.Rules {
	t.Helper()
	r, err := dockerignore.Parse(".dockerignore", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		reason, file, path string
		ignored            bool
		line               int // of the deciding rule, 0 for none
	}{
		{"no pattern decides about most paths", "*.log\n", "main.go", false, 0},
		{"patterns are anchored: *.log is the root's alone", "*.log\n", "a/b.log", false, 0},
		{"*.log at the root", "*.log\n", "b.log", true, 1},
		{"** goes through any number of directories", "**/*.log\n", "a/b/c.log", true, 1},
		{"** also through none", "**/*.log\n", "c.log", true, 1},
		{"a directory takes all below it along", "a\n", "a/b/c", true, 1},
		{"a directory is no string prefix", "a\n", "ab", false, 0},
		{"the last matching rule wins", "*.md\n!README.md\n", "README.md", false, 2},
		{"and the first again if it comes again", "*.md\n!README.md\n*.md\n", "README.md", true, 3},
		{"an exception inside an ignored directory", "a\n!a/b\n", "a/b", false, 2},
		{"beside the exception", "a\n!a/b\n", "a/c", true, 1},
		{"an exception with nothing to take back decides nothing", "!a\n", "a", false, 0},
		{"an exception of a parent, not noted because it took nothing back there", "x/y\n!x\n", "x/y", true, 1},
		{"comments and blank lines count as lines", "# c\n\na\n", "a", true, 3},
		{"an indented # is a pattern", " # x\n", "# x", true, 1},
		{"CRLF", "b\r\na\r\n", "a", true, 2},
		{"a byte order mark is not part of the first pattern", "\ufeffa\n", "a", true, 1},
		{"a byte order mark elsewhere is", "b\n\ufeffa\n", "a", false, 0},
		{"a leading slash means nothing", "/a\n", "a", true, 1},
		{"a trailing slash means nothing, either", "a/\n", "a", true, 1},
		{"a line . ignores nothing", ".\n", "a", false, 0},
		{"the root itself is never ignored", "**\n", "", false, 0},
		{"** ignores all", "**\n", "a/b", true, 1},
		{"space around a pattern is trimmed", "  a  \n", "a", true, 1},
		{"no final newline", "b\na", "a", true, 2},
	} {
		dec := parse(t, tc.file).Match(tc.path)
		line := 0
		if dec.Rule != nil {
			line = dec.Rule.Line
		}
		if dec.Ignored != tc.ignored || line != tc.line {
			t.Errorf("%s: %q in %q: ignored %v by line %d, want %v by %d", tc.reason, tc.path, tc.file, dec.Ignored, line, tc.ignored, tc.line)
		}
	}
}

func TestRule(t *testing.T) {
	r := parse(t, "*\n  ! /docs/ \n")
	got := r.Match("docs/x").Rule
	want := &dockerignore.Rule{File: ".dockerignore", Line: 2, Pattern: "! /docs/", Negated: true}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("a rule is shown as it was written (-want +got):\n%s", d)
	}
	if d := cmp.Diff("! /docs/", r.Lines()[1].Pattern); d != "" {
		t.Errorf("Lines (-want +got):\n%s", d)
	}
}

func TestChild(t *testing.T) {
	for _, tc := range []struct {
		reason, file, dir string
		ignored, walk     bool
	}{
		{"nothing is ignored without rules", "", "a", false, true},
		{"no exception, no walk", "a\n", "a", true, false},
		{"an exception below", "a\n!a/b\n", "a", true, true},
		{"an exception elsewhere", "a\n!b/c\n", "a", true, false},
		{"an exception before the rule that decides", "!a/b\na\n", "a", true, false},
		{"an exception that may match at any depth", "a\n!**/x\n", "a", true, true},
		{"an exception for the root's files only", "*\n!*.go\n", "a", true, false},
		{"a wildcard exception for another directory", "*\n!b/*.go\n", "a", true, false},
		{"a wildcard exception for this one", "*\n!a/*.go\n", "a", true, true},
		{"an exception that cannot be understood here", "*\n!b|a\n!{b}*\n", "a", true, true},
	} {
		dec, child, walk := parse(t, tc.file).Root().Child(tc.dir, true)
		if dec.Ignored != tc.ignored || walk != tc.walk {
			t.Errorf("%s: ignored %v, walk %v, want %v, %v", tc.reason, dec.Ignored, walk, tc.ignored, tc.walk)
		}
		if child.Path() != tc.dir {
			t.Errorf("%s: path %q", tc.reason, child.Path())
		}
	}
}

func TestKey(t *testing.T) {
	for _, tc := range []struct {
		reason, a, b, dir string
		equal             bool
	}{
		{"no rules, and rules for elsewhere", "", "b\n*.log\n", "a", true},
		{"a rule for elsewhere was added", "a/x\n", "a/x\nb\n", "a", true},
		{"a rule for here was added", "a/x\n", "a/x\na/y\n", "a", false},
		{"what an ignored directory was ignored by does not matter", "a\n", "*\n", "a", true},
		{"a kept and an ignored directory", "a\n", "b\n", "a", false},
		{"order matters", "**/x\n!**/x\n", "!**/x\n**/x\n", "a", false},
		{"rules before the one that decided do not matter", "**/x\n**\n", "**\n", "a", true},
	} {
		_, a, _ := parse(t, tc.a).Root().Child(tc.dir, true)
		_, b, _ := parse(t, tc.b).Root().Child(tc.dir, true)
		if (a.Key() == b.Key()) != tc.equal {
			t.Errorf("%s: keys %q and %q", tc.reason, a.Key(), b.Key())
		}
	}
}

func TestEqual(t *testing.T) {
	for _, tc := range []struct {
		reason, a, b string
		equal        bool
	}{
		{"comments and spelling do not count", "# c\n/a/\n", " a \n", true},
		{"order does", "a\nb\n", "b\na\n", false},
		{"an exception is not its pattern", "a\n", "!a\n", false},
		{"one more", "a\n", "a\nb\n", false},
	} {
		if got := parse(t, tc.a).Equal(parse(t, tc.b)); got != tc.equal {
			t.Errorf("%s: Equal is %v", tc.reason, got)
		}
	}
	var none *dockerignore.Rules
	if !none.Equal(parse(t, "# nothing\n")) || none.Equal(parse(t, "a\n")) {
		t.Error("nil equals exactly the files without patterns")
	}
}
