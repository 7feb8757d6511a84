package lazyregexp

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPrefixes(t *testing.T) {
	for expr, want := range map[string][]string{
		`^npm (ci|install)`:                 {"npm "},
		`^(pip3?|python3? -m pip) install`:  {"pip", "python"},
		`^(\.github|\.vscode)/`:             {".github", ".vscode"},
		`^((?:README|CHANGES)(?:[.]\w+)?)$`: {"README", "CHANGES"},
		`^((?:\./|/)?gradlew) x`:            nil,
		`^yarn( install)?`:                  {"yarn"},
		`^ab*`:                              {"a"},
		`^a*`:                               nil,
		`^a{0}b`:                            nil,
		`^a|b`:                              nil,
		`^(a|b|)c`:                          nil,
		`^(a|[bc])`:                         nil,
		`^(a)?b`:                            nil,
		`^(a)+b`:                            {"a"},
		`^(?i)a`:                            nil,
		`^a(?i)b`:                           {"a"},
		`(?m)^a`:                            nil,
		`a`:                                 nil,
		`^\ba`:                              nil,
		`^a\.b\w`:                           {"a.b"},
		`^[|]a|b`:                           nil,
		`^(x[)]|y)z`:                        {"x", "y"},
		`^\Qa|b\E`:                          nil,
	} {
		if diff := cmp.Diff(want, prefixes(expr)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", expr, diff)
		}
	}
}

// FuzzPrefixes: a text that is turned away does not match.
func FuzzPrefixes(f *testing.F) {
	for _, expr := range []string{`^npm (ci|install)`, `^(pip3?|python3? -m pip) install`, `^(a|b|)c`, `^(a)?b`, `^[]|]a|(?:b`, `^a\.\bb{2}`, `^a(?i)b|c`, `^(?:a\|b|c)?d`, `^x\Q|\E`} {
		for _, text := range []string{"npm ci", "python -m pip install", "c", "b", "a.bb", "|a", ""} {
			f.Add(expr, text)
		}
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		re, err := regexp.Compile(expr)
		if err != nil {
			return
		}
		if words := prefixes(expr); !mayMatch(words, text) && re.MatchString(text) {
			t.Errorf("%q matches %q, which begins with none of %q", expr, text, words)
		}
	})
}
