package cli_test

import (
	"testing"

	"github.com/whybust/whybust/examples/internal/cli"
)

func TestVisible(t *testing.T) {
	for _, tt := range []struct{ reason, in, text, path string }{
		{"plain", "src/index.js", "src/index.js", "src/index.js"},
		{"letters of any language", "日本語 é ß 🎉", "日本語 é ß 🎉", "日本語 é ß 🎉"},
		{"shell text keeps its backslashes", `printf "a\n"`, `printf "a\n"`, `printf "a\n"`},
		{"an escape sequence", "\x1b[31mred", `\x1b[31mred`, `"\x1b[31mred"`},
		{"a newline, and the two characters that look like one", "a\nb\\n", `a\nb\n`, `"a\nb\\n"`},
		{"C1 controls", "\u009b2J", `\u009b2J`, `"\u009b2J"`},
		{"bidirectional override", "a\u202egnp.exe", `a\u202egnp.exe`, `"a\u202egnp.exe"`},
		{"zero width", "a\u200bb\ufeff", `a\u200bb\ufeff`, `"a\u200bb\ufeff"`},
		{"tags and variation selectors", "a\U000e0041\ufe0f", `a\U000e0041\ufe0f`, `"a\U000e0041\ufe0f"`},
		{"letters that show as nothing", "\u3164\u2800", `\u3164\u2800`, `"\u3164\u2800"`},
		{"a blank that is no space", "a\u00a0b", `a\u00a0b`, `"a\u00a0b"`},
		{"not UTF-8", "a\xffb", `a\xffb`, `"a\xffb"`},
		{"outer blanks", " a ", " a ", `" a "`},
		{"a leading quote", `"a"`, `"a"`, `"\"a\""`},
		{"nothing at all", "", "", `""`},
	} {
		if got := cli.Visible(tt.in); got != tt.text {
			t.Errorf("%s: Visible(%q) = %s, want %s", tt.reason, tt.in, got, tt.text)
		}
		if got := cli.VisiblePath(tt.in); got != tt.path {
			t.Errorf("%s: VisiblePath(%q) = %s, want %s", tt.reason, tt.in, got, tt.path)
		}
	}
}

func TestOneLine(t *testing.T) {
	if got, want := cli.OneLine("git: bad\n  hint: x\r\n\n"), "git: bad; hint: x"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCutPair(t *testing.T) {
	for _, tt := range []struct{ reason, a, b, wantA, wantB string }{
		{"short texts stay", "abc", "abd", "abc", "abd"},
		{"an early difference", "a123456789", "b123456789", "a1234567…", "b1234567…"},
		{"a late difference", "0123456789x", "0123456789y", "…789x", "…789y"},
		{"nothing of one", "0123456789", "", "01234567…", ""},
	} {
		if a, b := cli.CutPair(tt.a, tt.b, 9); a != tt.wantA || b != tt.wantB {
			t.Errorf("%s: got %q, %q", tt.reason, a, b)
		}
	}
}
