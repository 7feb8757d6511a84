package dockerignore

import (
	"path"
	"strings"

	"github.com/moby/patternmatcher"
)

// pattern is one compiled pattern. patternmatcher decides whether it matches;
// the other fields only tell, without running a regular expression, that it
// cannot.
type pattern struct {
	matcher *patternmatcher.PatternMatcher // holds this pattern alone
	text    string                         // cleaned, without "!"
	negated bool

	exact bool // without any special character: it matches itself only
	plain bool // all its characters are understood here, so that the fields below are set
	// Every path that a plain pattern matches begins with prefix, ends with
	// suffix, has a base name that begins with base and, unless deep ("**"), has as many parts as the pattern.
	prefix, suffix string
	base           string
	deep           bool
	parts          []string
	// ends is set for *SUFFIX and **/*SUFFIX, which match what ends with suffix: a name in the root, or any.
	ends bool
}

// compile returns nil for a blank pattern, which matches nothing.
func compile(text string) (*pattern, error) {
	m, err := patternmatcher.New([]string{text})
	if err != nil {
		return nil, err
	}
	if len(m.Patterns()) == 0 {
		return nil, nil
	}
	p := &pattern{matcher: m, text: m.Patterns()[0].String(), negated: m.Patterns()[0].Exclusion()}
	// The matcher compiles its regular expression when it is first asked and is
	// not safe for concurrent use until then.
	if _, err := p.ask(""); err != nil {
		return nil, err
	}
	p.analyse()
	return p, nil
}

func (p *pattern) String() string {
	if p.negated {
		return "!" + p.text
	}
	return p.text
}

// ask runs patternmatcher on this path alone, its parents left aside.
func (p *pattern) ask(path string) (bool, error) {
	// The only entry point that tries a pattern on one path and nothing else.
	// It is deprecated for what it answers about lists of patterns. An
	// exception is tried only when there is something to take back.
	//lint:ignore SA1019 with one pattern it is exact, and allocates nothing
	ignored, err := p.matcher.MatchesUsingParentResult(path, p.negated)
	return ignored != p.negated, err
}

func (p *pattern) match(path string) bool {
	if p.exact {
		return path == p.text
	}
	if p.plain && !(strings.HasPrefix(path, p.prefix) && strings.HasSuffix(path, p.suffix) &&
		strings.HasPrefix(path[strings.LastIndexByte(path, '/')+1:], p.base)) {
		return false
	}
	if p.ends && (!p.deep && strings.IndexByte(path, '/') < 0 || p.deep && strings.IndexByte(path, '\n') < 0) {
		return true // "**" does not match a newline
	}
	ok, _ := p.ask(path) // an error can only come from compiling, which is done
	return ok
}

func (p *pattern) matchParent(path string) bool {
	for i := range len(path) {
		if path[i] == '/' && p.match(path[:i]) {
			return true
		}
	}
	return false
}

// special are the characters that patternmatcher gives a meaning. Without one
// of them it compares the strings.
const special = `*?[]\`

// analyse fills in what can be told without the regular expression. It must
// err on the side of saying nothing: patternmatcher v0.6.1 leaves some
// characters (such as | and ^) in its expressions unescaped, so a pattern that
// is not made of the ones listed here and wildcards is left to it alone.
func (p *pattern) analyse() {
	p.exact = !strings.ContainsAny(p.text, special)
	for i := range len(p.text) {
		if c := p.text[i]; !ordinary(c) && c != '*' && c != '?' {
			return
		}
	}
	p.plain = true
	p.deep = strings.Contains(p.text, "**")
	p.parts = strings.Split(p.text, "/")
	if p.exact {
		p.prefix, p.suffix = p.text, p.text
		return
	}
	p.prefix = p.text[:strings.IndexAny(p.text, "*?")]
	if last := p.parts[len(p.parts)-1]; !strings.Contains(last, "**") && p.endsDirectory(len(p.text)-len(last)) {
		p.base = last[:strings.IndexAny(last+"*", "*?")] // "*" and "?" match no slash
	}
	end := strings.LastIndexAny(p.text, "*?")
	p.suffix = p.text[end+1:]
	p.ends = p.suffix != "" && !strings.Contains(p.suffix, "/") && (p.text == "*"+p.suffix || p.text == "**/*"+p.suffix)
	if strings.HasSuffix(p.text[:end+1], "**") {
		p.suffix = strings.TrimPrefix(p.suffix, "/") // "**/" matches nothing, too
	}
}

// endsDirectory reports whether what the pattern matches up to end, after a
// slash, ends with a slash or is empty. "**/" can match nothing, so that a**/b matches "ab".
func (p *pattern) endsDirectory(end int) bool {
	head := p.text[:end]
	for strings.HasSuffix(head, "**/") {
		head = strings.TrimSuffix(head, "**/")
	}
	return head == "" || strings.HasSuffix(head, "/")
}

func ordinary(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '/' || c == '.' || c == '-' || c == '_' || c == ' ' || c == '@' || c == '~' || c == ','
}

// mayMatchBelow reports whether the pattern can match a path below dir; true
// may be wrong, false never is.
func (p *pattern) mayMatchBelow(dir string) bool {
	if p.exact {
		return dir == "" || len(p.text) > len(dir) && p.text[len(dir)] == '/' && p.text[:len(dir)] == dir
	}
	if !p.plain || dir == "" {
		return true
	}
	if n := min(len(p.prefix), len(dir)+1); n > len(dir) {
		if p.prefix[:len(dir)] != dir || p.prefix[len(dir)] != '/' {
			return false
		}
	} else if p.prefix != dir[:n] {
		return false
	}
	return p.deep || p.matchParts(dir)
}

// matchParts reports whether dir matches the first parts of the pattern and
// there are further parts.
func (p *pattern) matchParts(dir string) bool {
	for i, part := range p.parts[:len(p.parts)-1] {
		name, rest, more := strings.Cut(dir, "/")
		if ok, err := path.Match(part, name); err == nil && !ok {
			return false
		}
		if !more {
			return i < len(p.parts)-1
		}
		dir = rest
	}
	return false
}
