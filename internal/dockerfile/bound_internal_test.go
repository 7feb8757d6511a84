package dockerfile

import (
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// variables is an Environment for tests.
type variables map[string]string

func (v variables) Get(name string) (string, bool) { value, ok := v[name]; return value, ok }
func (v variables) Keys() []string                 { return nil }

// FuzzBound: what a text is expanded to is never longer than was thought
// before, in whichever way the lexer is asked.
func FuzzBound(f *testing.F) {
	for _, text := range []string{
		"$a$b", "${a:-x${b}y}", "${a//x/$b}", `"${a/\//'}'}"`, `'$a' \$a "\$b$a"`, "${a#*x}${b%%y*}", "${a//?/$$0${0}}", "${a+'}'}${b?}", "<< ${a:+$b}", "\xff${é}$1a$@", "`$a` ${a//`//$b}",
	} {
		f.Add(text, "xxxx", "yy$0yy", false)
		f.Add(text, "xxxx", `y\1y`, true)
	}
	f.Fuzz(func(t *testing.T, text, a, b string, backtick bool) {
		if strings.ContainsRune(text+a+b, 0) || strings.ToValidUTF8(text+a+b, "") != text+a+b || len(text)+len(a)+len(b) > 200 {
			return // what text/scanner complains about on standard error
		}
		env := variables{"a": a, "b": b, "é": a, "1": b}
		escape := '\\'
		if backtick {
			escape = '`'
		}
		for i := range 8 {
			lex := shell.NewLex(escape)
			lex.RawQuotes, lex.SkipUnsetEnv, lex.SkipProcessQuotes = i&1 > 0, i&2 > 0, i&4 > 0
			lex.RawEscapes = lex.RawQuotes
			m := bound{text: text, env: env, escape: byte(escape), quotes: !lex.SkipProcessQuotes}
			size, err := m.run()
			out, _, lexErr := lex.ProcessWord(text, env)
			if lexErr == nil && err == nil && (float64(len(out)) > size || m.err == errMalformed) {
				t.Fatalf("%d: %q became %q, of %d bytes; thought %v, %v", i, text, out, len(out), size, m.err)
			}
		}
	})
}
