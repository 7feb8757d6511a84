package gitattr

import (
	"path"
	"strings"
)

// pattern matches paths as git's wildmatch does with WM_PATHNAME. It is a list of tokens, and
// matching keeps the set of places in that list where one may be, so that it takes no longer
// than both lengths multiplied, however it is made.
type pattern struct {
	tokens   []token
	basename bool // it has no slash, and is matched with the last part of a path
	never    bool // for directories only, or not closed
}

type token struct {
	kind tokenKind
	char byte
	set  *[256]bool
}

type tokenKind uint8

const (
	char     tokenKind = iota
	one                // ? and sets: one byte, no slash
	star               // any number of bytes, no slash
	globstar           // any number of bytes
	dirs               // nothing, or anything up to a slash
)

func parsePattern(text string) pattern {
	if strings.HasSuffix(text, "/") {
		return pattern{never: true}
	}
	p := pattern{basename: !strings.Contains(text, "/")}
	text = strings.TrimPrefix(text, "/")
	for i := 0; i < len(text); {
		n := p.token(text, i)
		if n == 0 {
			p.never = true
			return p
		}
		i += n
	}
	return p
}

// token adds what begins at a place of the text and returns its length, 0 if it does not end.
func (p *pattern) token(text string, i int) int {
	add := func(t token) { p.tokens = append(p.tokens, t) }
	switch c := text[i]; c {
	case '\\':
		if i+1 == len(text) {
			return 0
		}
		add(token{kind: char, char: text[i+1]})
		return 2
	case '?':
		add(token{kind: one, set: &anyByte})
		return 1
	case '[':
		set, n := parseSet(text[i+1:])
		if n > 0 {
			add(token{kind: one, set: set})
			n++
		}
		return n
	case '*':
		n := len(text[i:]) - len(strings.TrimLeft(text[i:], "*"))
		t, extra := stars(text, i, n)
		add(t)
		return n + extra
	default:
		add(token{kind: char, char: c})
		return 1
	}
}

// stars says what n stars mean: two or more between slashes or ends stand for directories.
func stars(text string, i, n int) (t token, extra int) {
	end := i + n
	whole := n >= 2 && (i == 0 || text[i-1] == '/') && (end == len(text) || text[end] == '/')
	switch {
	case !whole:
		return token{kind: star}, 0
	case end < len(text):
		return token{kind: dirs}, 1 // with the slash
	}
	return token{kind: globstar}, 0
}

// match reports whether a path, relative to the directory of the file, matches.
func (p *pattern) match(name string) bool {
	if p.never {
		return false
	}
	if p.basename {
		name = path.Base(name)
	}
	at := make([]bool, len(p.tokens)+1)
	next := make([]bool, len(p.tokens)+1)
	p.enter(at, 0)
	for i := range len(name) {
		clear(next)
		for k, t := range p.tokens {
			if at[k] {
				p.step(next, k, t, name[i])
			}
		}
		at, next = next, at
	}
	return at[len(p.tokens)]
}

// enter marks a place, and those that follow if it need not match anything.
func (p *pattern) enter(at []bool, k int) {
	for ; !at[k]; k++ {
		at[k] = true
		if k == len(p.tokens) || p.tokens[k].kind < star {
			return
		}
	}
}

// step marks where one may be after a byte.
func (p *pattern) step(next []bool, k int, t token, c byte) {
	switch t.kind {
	case char:
		if c == t.char {
			p.enter(next, k+1)
		}
	case one:
		if c != '/' && t.set[c] {
			p.enter(next, k+1)
		}
	case star:
		if c != '/' {
			p.enter(next, k)
		}
	case globstar:
		p.enter(next, k)
	case dirs:
		next[k] = true // and not beyond, but after a slash
		if c == '/' {
			p.enter(next, k+1)
		}
	}
}
