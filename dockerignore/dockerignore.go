// Package dockerignore decides which paths of a build context count.
package dockerignore

// Rules is the parsed, immutable content of one ignore file. It is safe for
// concurrent use. The nil *Rules ignores nothing.
type Rules struct {
	file  string
	lines []Rule
}

// Rule is one pattern of an ignore file.
type Rule struct {
	File    string // as given to Parse
	Line    int    // from 1
	Pattern string // as written, trimmed; "!" included
	Negated bool   // an exception, "!pattern"
}

// Parse reads an ignore file; file is the name for errors and Rule.File.
func Parse(file string, data []byte) (*Rules, error) { panic("todo") }

// Equal reports whether both hold the same patterns in the same order, so that
// every decision is the same.
func (r *Rules) Equal(o *Rules) bool { panic("todo") }

// Decision says whether a path is left out of the context, and what decided.
type Decision struct {
	Ignored bool
	Rule    *Rule // the deciding rule, nil if no pattern matched
}

// Match decides about one path, slash-separated and relative to the context.
func (r *Rules) Match(path string) Decision { panic("todo") }

// Dir is the state of the rules at a directory, from which those of its
// children follow without matching the parents again. It is a value, immutable.
type Dir struct {
	rules *Rules
	// ...
}

// Root is the state at the root of the context.
func (r *Rules) Root() Dir { panic("todo") }

// Child decides about an entry of the directory. For a directory, the Dir is
// its state; walk reports whether anything in it can be part of the context
// (false: it is ignored and no negation can bring something back).
func (d Dir) Child(name string, isDir bool) (dec Decision, child Dir, walk bool) { panic("todo") }
