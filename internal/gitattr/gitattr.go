// Package gitattr reads .gitattributes files and says of a path whether a
// checkout may hold other bytes than the blob does: after a filter, with other line ends, in another
// encoding, or with $Id$ expanded. The rules are in gitattributes(5), and git's attr.c, convert.c and wildmatch.c.
package gitattr

import (
	"strings"
)

// Name is what the files are called.
const Name = ".gitattributes"

// File is the content of one file.
type File struct {
	lines  []line
	macros map[string][]attr
}

// line is one pattern and what it says of the paths that match.
type line struct {
	pattern pattern
	attrs   []attr
	number  int
}

// attr is an attribute as a line sets it.
type attr struct {
	name  string
	value string
	state state
}

type state uint8

const (
	unspecified state = iota // as if no line said anything: "!name"
	set                      // "name"
	unset                    // "-name"
	valued                   // "name=value"
)

// What git itself reads no more of.
const (
	maxLine = 2048
	maxFile = 100 << 20
)

// Parse reads a file. What git ignores is left out, so there are no errors.
// Only the file of the root, or what stands in for it, defines macros.
func Parse(data []byte, root bool) *File {
	f := &File{macros: map[string][]attr{}}
	if root {
		f.macros["binary"] = []attr{{"diff", "", unset}, {"merge", "", unset}, {"text", "", unset}}
	}
	if len(data) >= maxFile {
		return f
	}
	number := 0
	for text := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		number++
		text = strings.TrimSuffix(text, "\n")
		if len(text) >= maxLine {
			continue
		}
		f.line(strings.TrimLeft(text, blank), number, root)
	}
	return f
}

const blank = " \t\r\n"

func (f *File) line(text string, number int, root bool) {
	if text == "" || text[0] == '#' {
		return
	}
	name, rest, ok := cutPattern(text)
	if !ok {
		return
	}
	macro, isMacro := strings.CutPrefix(name, "[attr]")
	if isMacro && macro == "" {
		rest = strings.TrimLeft(rest, blank)
		macro, rest = cutWord(rest)
	}
	attrs, ok := parseAttrs(rest)
	switch {
	case !ok:
	case isMacro:
		if root && validName(macro) {
			f.macros[macro] = attrs
		}
	case strings.HasPrefix(name, "!"): // git ignores negative patterns
	default:
		f.lines = append(f.lines, line{parsePattern(name), attrs, number})
	}
}

// cutPattern splits off the first word, which may be quoted as in C.
func cutPattern(text string) (name, rest string, ok bool) {
	if text[0] == '"' {
		if name, rest, ok := unquote(text[1:]); ok {
			return name, rest, true
		}
	}
	name, rest = cutWord(text)
	return name, rest, true
}

func cutWord(text string) (word, rest string) {
	if i := strings.IndexAny(text, blank); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}

// unquote reads a quoted string up to its closing mark, which is not in it.
func unquote(text string) (s, rest string, ok bool) {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return out.String(), text[i+1:], true
		case c != '\\':
			out.WriteByte(c)
		case i+1 == len(text):
			return "", "", false
		default:
			i++
			if j := strings.IndexByte(`abfnrtv\"`, text[i]); j >= 0 {
				out.WriteByte("\a\b\f\n\r\t\v\\\""[j])
				continue
			}
			if i+3 > len(text) || strings.Trim(text[i:i+3], "01234567") != "" || text[i] > '3' {
				return "", "", false
			}
			out.WriteByte((text[i]-'0')<<6 | (text[i+1]-'0')<<3 | (text[i+2] - '0'))
			i += 2
		}
	}
	return "", "", false
}

// parseAttrs reads the rest of a line. One invalid name makes the line invalid.
func parseAttrs(text string) (attrs []attr, ok bool) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(blank, r) }) {
		a := attr{state: set}
		var assigned bool
		switch a.name, a.value, assigned = strings.Cut(word, "="); {
		case a.name != "" && a.name[0] == '-':
			a = attr{a.name[1:], "", unset}
		case a.name != "" && a.name[0] == '!':
			a = attr{a.name[1:], "", unspecified}
		case assigned:
			a.state = valued
		}
		if !validName(a.name) {
			return nil, false
		}
		attrs = append(attrs, a)
	}
	return attrs, true
}

func validName(name string) bool {
	if name == "" || name[0] == '-' || strings.HasPrefix(name, "builtin_") {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if c != '-' && c != '.' && c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}
