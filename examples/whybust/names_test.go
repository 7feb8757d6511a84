package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// importTree makes a repository of two commits out of paths that no file system need take. A path is
// a blob, or with an arrow, "a -> b", a symbolic link.
func importTree(t *testing.T, old, new []string) string {
	t.Helper()
	dir := t.TempDir()
	var in strings.Builder
	for n, paths := range [][]string{old, new} {
		fmt.Fprintf(&in, "commit refs/heads/main\ncommitter t <t@example.org> %d +0000\ndata 1\nx\ndeleteall\n", n+1)
		text := "FROM scratch\nCOPY . /app/\nFROM scratch\nCOPY --from=0 /app /b\n"
		fmt.Fprintf(&in, "M 100644 inline Dockerfile\ndata %d\n%s\n", len(text), text)
		for _, p := range paths {
			name, target, link := strings.Cut(p, " -> ")
			mode, data := "100644", fmt.Sprint(n)
			if link {
				mode, data = "120000", target
			}
			fmt.Fprintf(&in, "M %s inline %s\ndata %d\n%s\n", mode, octal(name), len(data), data)
		}
	}
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"fast-import", "--quiet"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(in.String())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	return dir
}

// octal quotes a path as fast-import reads it.
func octal(name string) string {
	var b strings.Builder
	for i := range len(name) {
		fmt.Fprintf(&b, "\\%03o", name[i])
	}
	return `"` + b.String() + `"`
}

// TestHostileTrees: trees with names and links that somebody made to do harm give an answer, which is valid
// JSON, and text without control characters.
func TestHostileTrees(t *testing.T) {
	chain := make([]string, 300)
	for i := range chain {
		chain[i] = fmt.Sprintf("l%d -> l%d", i, i+1)
	}
	for _, tt := range []struct {
		reason   string
		old, new []string
		want     string // in the text
	}{
		{"line ends, tabs and control characters", []string{"x"}, []string{"x\ny", "x\ty", "\x1b[31mred", "\r\n::error::x", "bell\a", "\u202egnp"}, "COPY . /app/"},
		{"invalid UTF-8", []string{"a\xff"}, []string{"a\xff", "b\xfe\x80"}, "COPY . /app/"},
		{"case twins", []string{"a", "A"}, []string{"a", "A", "dir/x", "DIR/x"}, "COPY . /app/"},
		{"a file that becomes a directory", []string{"a/b"}, []string{"a/b/c"}, "a/b"},
		{"options and patterns", []string{"x"}, []string{"--output=x", "-", ":(glob)*", "*", "!x"}, "--output=x"},
		{"a chain of 300 links", chain, append([]string{"l300"}, chain...), "l300"},
		{"a cycle of links", []string{"a -> b", "b -> a"}, []string{"a -> b", "b -> a", "c -> c"}, "COPY . /app/"},
		{"links that lead out", []string{"a -> /etc/passwd", "b -> ../../../../etc"}, []string{"a -> /etc/shadow", "b -> ../../.."}, "COPY . /app/"},
		{"a path of 10,000 directories", []string{"x"}, []string{strings.Repeat("d/", 10_000) + "f"}, "COPY . /app/"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			dir := importTree(t, tt.old, tt.new)
			status, stdout, stderr := runIn(dir, "", "main~1", "main")
			if status != exitOK || !strings.Contains(stdout, tt.want) {
				t.Errorf("status %d, %.500q, %.500q", status, stdout, stderr)
			}
			unseen := func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || r == '\u202e' || r == utf8.RuneError) }
			if i := strings.IndexFunc(stdout+stderr, unseen); i >= 0 {
				t.Errorf("a character that cannot be seen at %d of %.500q", i, stdout+stderr)
			}
			status, stdout, stderr = runIn(dir, "", "--format", "json", "main~1", "main")
			if status != exitOK || !json.Valid([]byte(stdout)) || !utf8.ValidString(stdout) {
				t.Errorf("status %d, no JSON: %.500q, %.500q", status, stdout, stderr)
			}
		})
	}
}
