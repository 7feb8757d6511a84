package cachekey

import (
	"strings"

	"github.com/whybust/whybust/internal/lazyregexp"
)

// "${NAME#pattern}", "${NAME%pattern}" and "${NAME/pattern/text}" make another text of a value: of one that
// --build-arg gave, a text that is not to be shown either, and that does not hold the value.

var (
	modifies = lazyregexp.New(`\$\{([\pL\p{Nd}_]+|.)[#%/]`)
	names    = lazyregexp.New(`\$\{?([\pL_][\pL\p{Nd}_]*|\p{Nd}+|.)`)
)

// modifier is such an expression of a variable with a secret value.
type modifier struct {
	start, end int // in the text
	// made is the variable with what the expression makes of it.
	made variable
	// open is set if it is not clear where the expression ends. Then end is that of the text, and there is no made.value.
	open bool
}

// maxModifierEnds is how many closing braces are tried for the end of an expression.
const maxModifierEnds = 64

// modifiers finds the expressions in a text. One in another is part of that.
func (r *replayer) modifiers(text string, env environ) (found []modifier) {
	if len(r.args) == 0 {
		return nil
	}
	end := 0
	for _, m := range modifies.FindAllStringSubmatchIndex(text, -1) {
		v, ok := env.lookup(text[m[2]:m[3]])
		if m[0] < end || !ok || !v.secret || v.value == "" {
			continue
		}
		v.value, end, ok = r.modified(text, m[0], env)
		found = append(found, modifier{m[0], end, v, !ok})
	}
	return found
}

// modified evaluates the expression that begins at start: up to the first closing brace with which it can be.
func (r *replayer) modified(text string, start int, env environ) (value string, end int, ok bool) {
	end = start
	for range maxModifierEnds {
		n := strings.IndexByte(text[end:], '}')
		if n < 0 {
			break
		}
		end += n + 1
		if value, err := r.expand.Word(text[start:end], env); err == nil {
			return value, end, true
		}
	}
	return "", len(text), false
}

// masked is a text with the variable alone in place of each such expression, for what is shown.
func (r *replayer) masked(text string, env environ) string {
	var b strings.Builder
	last := 0
	for _, m := range r.modifiers(text, env) {
		b.WriteString(text[last:m.start])
		b.WriteString("${" + m.made.name + "}")
		last = m.end
	}
	return b.String() + text[last:]
}
