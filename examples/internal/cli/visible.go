package cli

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// File names, Dockerfiles and error messages come from the repository under
// analysis and may hold anything: escape sequences that repaint the terminal,
// bidirectional marks that reorder a line, characters that show as nothing. What is
// written for people goes through Visible first, which leaves one line of
// characters that can be seen.

// Visible escapes what cannot be seen in s, the way strconv.Quote does.
// Backslashes stay single, so that shell text stays legible.
func Visible(s string) string {
	if IsVisible(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if isVisibleRune(r, size) {
			b.WriteString(s[:size])
		} else {
			q := strconv.QuoteToASCII(s[:size])
			b.WriteString(q[1 : len(q)-1])
		}
		s = s[size:]
	}
	return b.String()
}

// VisiblePath is Visible for a file name. Like git, it puts quotes around a name
// that would otherwise be ambiguous: one with escapes, or with outer blanks.
func VisiblePath(s string) string {
	if IsVisible(s) && strings.TrimSpace(s) == s && s != "" && !strings.HasPrefix(s, `"`) {
		return s
	}
	return `"` + Visible(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)) + `"`
}

// IsVisible reports whether Visible leaves s as it is.
func IsVisible(s string) bool {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !isVisibleRune(r, size) {
			return false
		}
		i += size
	}
	return true
}

// isVisibleRune reports whether r, encoded in size bytes, shows as itself.
// strconv.IsPrint refuses control and format characters (the bidirectional
// marks among them) and all blanks but the space; letters and marks that show
// as nothing are left for the tables.
func isVisibleRune(r rune, size int) bool {
	if r == utf8.RuneError && size == 1 {
		return false
	}
	return strconv.IsPrint(r) && r != blankBraille &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// blankBraille is the pattern without dots, which no table calls invisible.
const blankBraille = '\u2800'

// OneLine makes one visible line of a message that may have several.
func OneLine(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return Visible(strings.Join(lines, "; "))
}

// Cut shortens s to at most n runes, the last of them an ellipsis.
func Cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)
	return strings.TrimRight(string(runes[:n-1]), " ") + "…"
}

// CutPair shortens two texts to n runes each such that the first difference
// between them stays in sight.
func CutPair(a, b string, n int) (string, string) {
	x, y := []rune(a), []rune(b)
	if len(x) <= n && len(y) <= n {
		return a, b
	}
	same := 0
	for same < len(x) && same < len(y) && x[same] == y[same] {
		same++
	}
	from := max(0, same-n/3)
	if from == 0 {
		return Cut(a, n), Cut(b, n)
	}
	return "…" + Cut(string(x[from:]), n-1), "…" + Cut(string(y[from:]), n-1)
}
