package cachekey

import (
	"strings"

	"github.com/whybust/whybust/internal/dockerfile"
	"github.com/whybust/whybust/internal/lazyregexp"
)

// A symbol stands in a text for a value that is not known: a variable, the
// directory, the user or the shell of a base image. It is framed by bytes that
// no Dockerfile can hold (internal/dockerfile refuses NUL) and holds no slash, so that
// paths can be joined and cleaned around it.
//
//	"\x00" NAME "@" IMAGE "\x01"

var symbolPattern = lazyregexp.New("\x00([^\x00\x01@]*)@[^\x00\x01]*\x01")

// The names of symbols that are no variables.
const (
	symbolEnv     = "*"
	symbolWorkdir = "/WORKDIR"
	symbolUser    = "/USER"
	symbolShell   = "/SHELL"
)

// plain takes out of a name what a symbol is written with.
var plain = strings.NewReplacer("/", "\x02", "@", "\x03", "\x00", "", "\x01", "")

func symbol(name, image string) string {
	return "\x00" + plain.Replace(name) + "@" + plain.Replace(image) + "\x01"
}

// modified finds "${NAME" with something behind the name, like "${NAME:-word}".
var modified = lazyregexp.New(`\$\{([a-zA-Z0-9_]+)[^}a-zA-Z0-9_]`)

// symbolWord makes one symbol of a whole word that asks whether a variable of an
// unknown base image is set, or changes its value: neither can be known.
func symbolWord(word, result string, env dockerfile.Environment) string {
	e, ok := env.(environ)
	if !ok || e.base == "" {
		return result
	}
	for _, m := range modified.FindAllStringSubmatch(word, -1) {
		if _, known := e.lookup(m[1]); !known {
			return symbol(word+" "+result, e.base)
		}
	}
	return result
}

// HasSymbol reports whether a value of a Recipe holds a part that is not known.
func HasSymbol(s string) bool { return strings.IndexByte(s, 0) >= 0 }

// Readable replaces the symbols of a value by what a person would write for
// them.
func Readable(s string) string {
	if !HasSymbol(s) {
		return s
	}
	return symbolPattern.ReplaceAllStringFunc(s, func(sym string) string {
		name, _, _ := strings.Cut(sym[1:], "@")
		if word, _, ok := strings.Cut(name, " "); ok {
			return strings.ReplaceAll(word, "\x02", "/")
		}
		if name, ok := strings.CutPrefix(name, "\x02"); ok {
			return "<" + strings.ToLower(name) + " of the base image>"
		}
		return "$" + name
	})
}

// SameButForBase reports whether two values differ only in which base image they
// leave something to.
func SameButForBase(a, b string) bool {
	bare := func(s string) string { return symbolPattern.ReplaceAllString(s, "\x00$1\x01") }
	return a == b || HasSymbol(a) && HasSymbol(b) && bare(a) == bare(b)
}

// Certainty is the answer to a question that can be open.
type Certainty uint8

// The answers, from worst to best.
const (
	No    Certainty = iota // certainly not
	Maybe                  // it hangs on something unknown
	Yes                    // certainly
)

// sameText compares two values that may hold symbols. A symbol matches any text
// where the other value has text, or a symbol of another image.
func sameText(a, b string) Certainty {
	switch {
	case a == b:
		return Yes
	case !HasSymbol(a) && !HasSymbol(b):
		return No
	case HasSymbol(a) && HasSymbol(b):
		if strings.Join(symbolPattern.FindAllString(a, -1), "") == strings.Join(symbolPattern.FindAllString(b, -1), "") {
			return No // the same unknowns in other text
		}
		return Maybe
	case HasSymbol(b):
		a, b = b, a
	}
	if fits(a, b) {
		return Maybe
	}
	return No
}

// fits reports whether text can be what pattern stands for.
func fits(pattern, text string) bool {
	if cleanPath("/", symbolPattern.ReplaceAllString(pattern, ""), true) == text {
		return true // nothing, as the directory of most images is
	}
	parts := symbolPattern.Split(pattern, -1)
	first, last := parts[0], parts[len(parts)-1]
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, ok := strings.Cut(text, part)
		if !ok {
			return false
		}
		text = after
	}
	return true
}
