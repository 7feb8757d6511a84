package dockerfile

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Replacing variables can multiply: ARGs that name the one before twice, a
// pattern that puts a long text in place of every letter of another. BuildKit's
// shell.Lex does what it is told, and cannot be interrupted. So before a text is expanded, the
// same walk over it (frontend/dockerfile/shell/lex.go, v0.34.2) adds up how
// long the result can be at most, and how much matching patterns can take.

// bound is one such walk. Positions are exact, sizes upper bounds.
type bound struct {
	text   string // what is left
	env    Environment
	escape byte
	quotes bool    // quotes mean something
	depth  int     // of ${ within ${
	work   float64 // steps of matching
	err    error   // too deep, or nothing that the lexer could read
}

// maxDepth is how deep ${a:-${b:-...}} may go.
const maxDepth = 200

// maxWork bounds the steps of matching the patterns of one text: some seconds.
const maxWork = 1 << 28

var (
	errMalformed = errors.New("malformed") // the lexer says what it is
	errDepth     = fmt.Errorf("variables are nested more than %d deep", maxDepth)
	errWork      = errors.New("matching the patterns of its variables would take too long")
)

// run adds up a whole text.
func (b *bound) run() (size float64, err error) {
	size = b.until(0)
	switch {
	case b.err == errMalformed:
		return size, nil
	case b.err == nil && b.work > maxWork:
		return size, errWork
	}
	return size, b.err
}

func (b *bound) fail(err error) float64 {
	if b.err == nil {
		b.err = err
	}
	b.text = ""
	return 0
}

// next takes one byte; what is no ASCII is nothing special.
func (b *bound) next() byte {
	if b.text == "" {
		b.fail(errMalformed)
		return 0
	}
	c := b.text[0]
	b.text = b.text[1:]
	return c
}

func (b *bound) peek() byte {
	if b.text == "" {
		return 0
	}
	return b.text[0]
}

// width is how long a byte can become: what is not UTF-8 is replaced.
func width(c byte) float64 {
	if c >= utf8.RuneSelf {
		return 3
	}
	return 1
}

// until is processStopOn; 0 stops at the end.
func (b *bound) until(stop byte) (size float64) {
	for b.text != "" {
		c := b.peek()
		switch {
		case stop != 0 && c == stop:
			b.next()
			return size
		case c == '$':
			size += b.dollar()
		case c == '\'' && b.quotes:
			size += b.single()
		case c == '"' && b.quotes:
			size += b.double()
		case c == b.escape:
			b.next()
			size++
			if b.text != "" {
				size += width(b.next())
			}
		default:
			size += width(b.next())
		}
	}
	if stop != 0 {
		b.fail(errMalformed)
	}
	return size
}

// single is processSingleQuote. A pattern doubles its escapes.
func (b *bound) single() float64 {
	b.next()
	end := strings.IndexByte(b.text, '\'')
	if end < 0 {
		return b.fail(errMalformed)
	}
	b.text = b.text[end+1:]
	return 3*float64(end) + 2
}

// double is processDoubleQuote.
func (b *bound) double() (size float64) {
	b.next()
	size = 2
	for b.text != "" {
		switch c := b.peek(); {
		case c == '"':
			b.next()
			return size
		case c == '$':
			size += b.dollar()
		case c == b.escape:
			b.next()
			size += 2
			if c := b.peek(); c == '"' || c == '$' || c == b.escape {
				b.next()
				size++
			}
		default:
			size += width(b.next())
		}
	}
	return b.fail(errMalformed)
}

// dollar is processDollar.
func (b *bound) dollar() float64 {
	b.next()
	if b.peek() != '{' {
		name := b.name()
		return max(b.value(name), 1+float64(len(name)))
	}
	if b.depth++; b.depth > maxDepth {
		return b.fail(errDepth)
	}
	defer func() { b.depth-- }()
	b.next()
	if c := b.peek(); c == '{' || c == '}' || c == ':' {
		return b.fail(errMalformed)
	}
	name := b.name()
	value := b.value(name)
	written := float64(len(name)) + 6 // what stays of one that is not set
	switch c := b.next(); c {
	case '}':
		return max(value, written)
	case '/':
		return b.replace(value) + written // one that is not set stays, pattern and replacement too
	case ':', '+', '-', '?', '#', '%':
		if c == ':' {
			b.next()
		}
		word := b.until('}')
		if c == '#' || c == '%' {
			b.work += (value + 1) * (word + 1)
		}
		return max(value, written+word)
	}
	return b.fail(errMalformed)
}

// replace is ${name/pattern/replacement}, in which $0 stands for what was found.
func (b *bound) replace(value float64) float64 {
	all := b.peek() == '/'
	if all {
		b.next()
	}
	pattern := b.until('/')
	replacement := b.until('}')
	b.work += (value + 1) * (pattern + 1)
	if !all {
		return value + pattern + replacement + 6
	}
	return value + pattern + 2*(value+1)*(replacement+1) + 6
}

// name is processName.
func (b *bound) name() string {
	text := b.text
	first, size := utf8.DecodeRuneInString(text)
	switch {
	case size == 0:
		return ""
	case unicode.IsDigit(first):
		end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsDigit(r) })
		return b.take(end)
	case strings.ContainsRune("@*#?-$!0", first):
		return b.take(size)
	}
	return b.take(strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }))
}

// take takes up to a position, -1 is the end.
func (b *bound) take(end int) string {
	if end < 0 {
		end = len(b.text)
	}
	taken := b.text[:end]
	b.text = b.text[end:]
	return taken
}

func (b *bound) value(name string) float64 {
	value, _ := b.env.Get(name)
	return float64(len(value))
}
