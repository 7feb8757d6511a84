package gitattr_test

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/internal/gitattr"
)

func TestConversion(t *testing.T) {
	for _, tc := range []struct{ reason, text, want string }{
		{"none", "", ""},
		{"a filter", "* filter=lfs diff=lfs merge=lfs -text", "filter=lfs"},
		{"no driver has such a name", "* filter", ""},
		{"line ends that are always written", "* text eol=crlf", "eol=crlf"},
		{"eol alone implies text", "* eol=crlf", "eol=crlf"},
		{"line ends that are never written", "* text eol=lf", ""},
		{"line ends that the machine decides on", "* text=auto", "text=auto"},
		{"or on", "* text", "text"},
		{"no text", "* eol=crlf -text", ""},
		{"a macro of git's own", "* eol=crlf\n* binary", ""},
		{"the old name", "* crlf=input", ""},
		{"the old name, set", "* crlf", "text"},
		{"an encoding", "* text working-tree-encoding=UTF-16 eol=lf", "working-tree-encoding=UTF-16"},
		{"the blob's own", "* working-tree-encoding=utf-8", ""},
		{"ident", "* ident", "ident"},
		{"all", "* ident eol=crlf filter=a", "filter=a ident eol=crlf"},
		{"the last line counts", "* filter=a\n*.x filter=b", "filter=b"},
		{"and can take back", "* filter=a\n*.x !filter", ""},
		{"a macro", "[attr]big filter=lfs -text\n*.x big", "filter=lfs"},
		{"a macro that is not set", "[attr]big filter=lfs -text\n*.x -big", ""},
		{"an invalid line", "* filter=a\n* filter=b ?", "filter=a"},
		{"a negative pattern", "!* filter=a", ""},
		{"a directory", "d/ filter=a", ""},
		{"all below a directory", "d/** filter=a", "filter=a"},
		{"a quoted pattern", `"f.\170" filter=a`, "filter=a"},
		{"a comment", "# * filter=a", ""},
	} {
		got := gitattr.Lookup("d/f.x", []gitattr.Source{{Dir: "", File: gitattr.Parse([]byte(tc.text), true)}})
		if got.Text != tc.want {
			t.Errorf("%s: %q gives %q, want %q", tc.reason, tc.text, got.Text, tc.want)
		}
		if n := 1 + strings.Count(tc.text, "\n"); tc.want != "" && tc.reason != "an invalid line" && got.Line != n {
			t.Errorf("%s: line %d, want %d", tc.reason, got.Line, n)
		}
	}
}

// patterns and names are to be matched with one another.
var (
	patterns = []string{
		"*", "*.c", "a", "/a", "a/b", "/a/b", "a/*", "a/**", "**/b", "**/a/b", "a/**/b", "a**b", "**", "***", "a/***/b", "*/b", "?", "??", "a?b",
		"[ab]", "[!ab]", "[^a]", "[a-c]x", "[]a]", "[]-a]", "[a-]", "[-a]", "[[:alpha:]]", "[[:nope:]]", "[[:digit:]-z]", "[a", "[\\]]", "\\a", "\\*", "a\\",
		"a/", "a/b/", "b/*.c", "**/*.c", "a/**/*.c", "*a*b*", "a*/b", "/**", "/*", "a//b", "./a", "[/]", "a[/]b", "a?b/c", "*.*", ".*", "\\[a]", "**a", "a/**b",
	}
	paths = []string{
		"a", "b", "c", "ab", "aXb", "a/b", "a/b/c", "x/a/b", "a/x/b", "a/x/y/b", "f.c", "a/f.c", "a/b/f.c", "b/f.c", "b/x/f.c", "-", "]", "1", "é",
		"ax", "cx", "*", "[a", "[a]", ".x", "a/.x", "\\", "a\\", "aab", "z",
	}
)

// TestMatchesAsGitDoes asks git about every pair.
func TestMatchesAsGitDoes(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("git", "init", "-q", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, file := range []string{"", "a"} {
		for _, p := range patterns {
			text := []byte(p + " filter=yes\n")
			name := filepath.Join(dir, file, gitattr.Name)
			os.MkdirAll(filepath.Dir(name), 0o777)
			if err := os.WriteFile(name, text, 0o666); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, path := range paths {
				if file != "" && !strings.HasPrefix(path, file+"/") {
					continue
				}
				if gitattr.Lookup(path, []gitattr.Source{{Dir: file, File: gitattr.Parse(text, file == "")}}).Text != "" {
					got = append(got, path)
				}
			}
			if diff := cmp.Diff(checkAttr(t, dir), got); diff != "" {
				t.Errorf("%q in %q (-git +gitattr):\n%s", p, file, diff)
			}
			os.Remove(name)
		}
	}
}

// checkAttr gives the paths that git finds the filter for.
func checkAttr(t *testing.T, dir string) (matched []string) {
	t.Helper()
	cmd := exec.Command("git", "-C", dir, "check-attr", "-z", "--stdin", "filter")
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	cmd.Stdin = strings.NewReader(strings.Join(paths, "\x00") + "\x00")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Split(string(out), "\x00")
	for f := range slices.Chunk(fields[:len(fields)-1], 3) {
		if f[2] == "yes" {
			matched = append(matched, f[0])
		}
	}
	return matched
}

// FuzzLookup: any text, and any path. A star more matches no less.
func FuzzLookup(f *testing.F) {
	for i, p := range patterns {
		f.Add([]byte(p+" filter=x\n"), paths[i%len(paths)])
	}
	f.Add([]byte("[attr]a b\n[attr]b a filter=x\n* a\n"), "x")
	f.Add([]byte("\"a\\t\" text\n"), "a\t")
	f.Add([]byte(strings.Repeat("*a", 500)+" filter=x\n"), strings.Repeat("a", 2000))
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		if path.Clean("/"+name) != "/"+name {
			return // no path of a repository
		}
		file := gitattr.Parse(data, true)
		c := gitattr.Lookup(name, []gitattr.Source{{File: file}, {Dir: "a", File: file}})
		if (c.Text == "") != (c.Line == 0) || c.Line > 1+strings.Count(string(data), "\n") {
			t.Errorf("%+v", c)
		}
		all := append(slices.Clone(data), "\n* filter=all\n"...)
		if c := gitattr.Lookup(name, []gitattr.Source{{File: gitattr.Parse(all, true)}}); !strings.HasPrefix(c.Text, "filter=all") {
			t.Errorf("* does not match %q: %+v", name, c)
		}
	})
}
