package suggest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/predict/suggest"
)

// FuzzUnified: a diff leads from one content to the other, and its hunks count right.
func FuzzUnified(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nc\n")
	f.Add("", "x")
	f.Add("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9")
	f.Add("a\r\nb", "a\nb")
	f.Fuzz(func(t *testing.T, old, new string) {
		diff := suggest.Unified("Dockerfile", []byte(old), []byte(new))
		if got, err := apply(old, diff); err != nil || got != new {
			t.Errorf("%q: %v\n%s", got, err, diff)
		}
	})
}

// apply is a patch program for well-formed diffs.
func apply(old, diff string) (string, error) {
	lines := strings.SplitAfter(old, "\n")
	var out strings.Builder
	at := 0
	rows := strings.SplitAfter(diff, "\n")
	for i := 0; i < len(rows); i++ {
		row := rows[i]
		if strings.HasPrefix(row, "@@ ") {
			var first, n int
			if _, err := fmt.Sscanf(row, "@@ -%d,%d", &first, &n); err != nil {
				fmt.Sscanf(row, "@@ -%d ", &first)
				n = 1
			}
			if n == 0 {
				first++
			}
			for ; at < first-1; at++ {
				out.WriteString(lines[at])
			}
			continue
		}
		if at == 0 && out.Len() == 0 && (strings.HasPrefix(row, "diff ") || strings.HasPrefix(row, "--- a/") || strings.HasPrefix(row, "+++ b/")) || row == "" {
			continue
		}
		text := row[1:]
		if i+1 < len(rows) && strings.HasPrefix(rows[i+1], `\ `) {
			text = strings.TrimSuffix(text, "\n")
		}
		switch row[0] {
		case '+':
			out.WriteString(text)
		case ' ', '-':
			if at >= len(lines) || lines[at] != text {
				return "", fmt.Errorf("line %d is not %q", at+1, text)
			}
			if at++; row[0] == ' ' {
				out.WriteString(text)
			}
		}
	}
	return out.String() + strings.Join(lines[min(at, len(lines)):], ""), nil
}

// FuzzEdits: instructions that are replaced by themselves leave the file as it is, byte for byte.
func FuzzEdits(f *testing.F) {
	f.Add("# syntax=x\r\nFROM a\r\nRUN b \\\r\n # c\r\n  && d", 1)
	f.Add("FROM a\nRUN <<E\nx\nE\nCOPY <<A <<B /\nA\nB\nCMD x", 2)
	f.Fuzz(func(t *testing.T, text string, n int) {
		got, err := suggest.Rewrite([]byte(text), max(1, n))
		if err != nil {
			return
		}
		mixed := strings.Contains(text, "\r") && strings.Count(text, "\r\n") != strings.Count(text, "\n")
		if !mixed && !strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r") {
			if diff := cmp.Diff(text, string(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		}
	})
}

func TestSplitAfter(t *testing.T) {
	for _, tt := range []struct {
		reason, run string
		n           int
		want        string // parts joined by | and their lines by /
	}{
		{"one line", "RUN a && b && c", 1, "RUN a||RUN b && c"},
		{"after two", "RUN a && b && c", 2, "RUN a && b||RUN c"},
		{"flags on both", "RUN --mount=type=cache,target=/c \\\n --network=none a && b", 1, "RUN --mount=type=cache,target=/c \\/ --network=none a||RUN --mount=type=cache,target=/c \\/ --network=none b"},
		{"a comment within a command", "RUN a \\\n# && x\n --b && \\\n c", 1, "RUN a \\/# && x/ --b||RUN c"},
		{"comments between", "RUN a \\\n  && \\\n  # why\n  b", 1, "RUN a|  # why|RUN b"},
		{"quoted", `RUN a 'x && y' "z && \" w" && b`, 1, `RUN a 'x && y' "z && \" w"||RUN b`},
		{"escaped", `RUN a \&\& b && c`, 1, `RUN a \&\& b||RUN c`},
		{"another joint before it", "RUN a; b && c", 1, ""},
		{"a subshell", "RUN (a && b) && c", 1, ""},
		{"an or", "RUN a || b && c", 1, ""},
		{"in the background", "RUN a & b && c", 1, ""},
		{"a here-document", "RUN a <<E && b\nE", 1, ""},
		{"too few", "RUN a && b", 2, ""},
		{"nothing after it", "RUN a && \\\n", 1, ""},
		{"no RUN", "FOO a && b", 1, ""},
	} {
		var parts []string
		for _, p := range suggest.SplitAfter(strings.Split(tt.run, "\n"), tt.n) {
			parts = append(parts, strings.Join(p, "/"))
		}
		if got := strings.Join(parts, "|"); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.reason, got, tt.want)
		}
	}
}

func TestAppendLines(t *testing.T) {
	for _, tt := range []struct{ reason, data, want string }{
		{"nothing there", "", "x\ny\n"},
		{"no last line end", "a", "a\nx\ny\n"},
		{"Windows", "a\r\nb", "a\r\nb\r\nx\r\ny\r\n"},
		{"one is there", "y\n", "y\nx\n"},
	} {
		if diff := cmp.Diff(tt.want, string(suggest.AppendLines([]byte(tt.data), []string{"x", "y"}))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.reason, diff)
		}
	}
}
