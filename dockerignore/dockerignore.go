// Package dockerignore decides which paths of a build context count, and names
// the line of the ignore file that decided.
//
// The rules are moby's own: the file is read by patternmatcher/ignorefile and
// every pattern is matched by patternmatcher, walked the way the client walks a
// context before it sends it (fsutil's filter, as pinned by BuildKit v0.34.2).
// What is added here is where each pattern stands, a walk that touches neither
// patterns nor directories that cannot change the answer, and safety for
// concurrent use.
//
// Not a goal: .gitignore, which has other rules, and paths outside a context.
package dockerignore

import "strings"

// Rules is the parsed, immutable content of one ignore file. It is safe for
// concurrent use. The nil *Rules ignores nothing.
type Rules struct {
	file     string
	lines    []Rule
	patterns []pattern // patterns[i] is what lines[i] compiles to
}

// Rule is one pattern of an ignore file.
type Rule struct {
	File    string // as given to Parse, "" from New
	Line    int    // from 1; from New, the place in the list
	Pattern string // as written, trimmed; "!" included
	Negated bool   // an exception, "!pattern"
}

// File is the name that was given to Parse, "" for nil.
func (r *Rules) File() string {
	if r == nil {
		return ""
	}
	return r.file
}

// Lines returns the rules in the order of the file. The caller owns the slice.
func (r *Rules) Lines() []Rule {
	if r == nil {
		return nil
	}
	return append([]Rule(nil), r.lines...)
}

// Equal reports whether both hold the same patterns in the same order, so that
// every decision is the same. Comments, spelling that is cleaned away and line
// numbers do not count; nil equals a file without patterns.
func (r *Rules) Equal(o *Rules) bool {
	if r.len() != o.len() {
		return false
	}
	for i := range r.len() {
		if r.patterns[i].text != o.patterns[i].text || r.patterns[i].negated != o.patterns[i].negated {
			return false
		}
	}
	return true
}

func (r *Rules) len() int {
	if r == nil {
		return 0
	}
	return len(r.patterns)
}

// Decision says whether a path is left out of the context, and what decided.
type Decision struct {
	Ignored bool
	// Rule is the deciding rule: the last one that matches the path or one of
	// its directories. It is nil if none does; then the path is not ignored.
	// An exception that had nothing to take back decides nothing.
	Rule *Rule
}

// Match decides about one path, slash-separated, clean and relative to the
// context. The root, "" or ".", is never ignored.
//
// An ignored directory may still be part of the context: for the sake of what
// an exception keeps inside it.
func (r *Rules) Match(path string) Decision {
	if r.len() == 0 || path == "" || path == "." {
		return Decision{}
	}
	st := undecided
	for end := 0; end < len(path); {
		i := strings.IndexByte(path[end:], '/')
		cold := end == 0
		if i < 0 {
			st = r.step(st, path, cold)
			break
		}
		st = r.step(st, path[:end+i], cold)
		end += i + 1
	}
	return r.decision(st)
}
