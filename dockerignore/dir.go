package dockerignore

import "strings"

// Dir is the state of the rules at a directory, from which those of its
// children follow without matching the parents again. It is a value, immutable;
// the zero Dir is the root under no rules.
type Dir struct {
	rules *Rules
	path  string
	state int  // see state.go; meaningless without rules
	known bool // the state is known; otherwise patterns are tried on parents too
}

// Root is the state at the root of the context.
func (r *Rules) Root() Dir { return Dir{rules: r, state: undecided} }

// At decides about path as the first thing looked at, and returns the state
// there. Unlike the root of a context, the empty path is matched like any other.
// BuildKit's content hash begins so with the patterns of COPY --exclude and
// --parents, for which the copied directory itself is "".
func (r *Rules) At(path string) (Decision, Dir) {
	if r.len() == 0 {
		return Decision{}, Dir{rules: r, path: path, known: true}
	}
	st := r.step(undecided, path, true)
	return r.decision(st), Dir{rules: r, path: path, state: st, known: true}
}

// Unknown is the state at path when nothing was matched there or above: a child
// is then decided by matching all its parents.
func (r *Rules) Unknown(path string) Dir {
	return Dir{rules: r, path: path, state: undecided}
}

// Path is the path of the directory relative to the context, "" for its root.
func (d Dir) Path() string { return d.path }

// Child decides about an entry of the directory. For a directory, the Dir is
// its state; walk reports whether anything in it can be part of the context
// (false: it is ignored and no negation can bring something back). For anything
// else the Dir only tells the path, and walk is false.
func (d Dir) Child(name string, isDir bool) (dec Decision, child Dir, walk bool) {
	path := name
	if d.path != "" {
		path = d.path + "/" + name
	}
	child = Dir{rules: d.rules, path: path, state: undecided, known: true}
	if d.rules.len() == 0 {
		return Decision{}, child, isDir
	}
	child.state = d.rules.step(d.state, path, !d.known)
	dec = d.rules.decision(child.state)
	return dec, child, isDir && (!dec.Ignored || child.MayKeepBelow())
}

// Ignored reports whether what is below the directory is ignored unless a
// further rule matches it.
func (d Dir) Ignored() bool { return d.rules.len() > 0 && d.rules.ignored(d.state) }

// MayKeepBelow reports whether anything below the directory can be part of the
// context. True may be too much, false never is.
func (d Dir) MayKeepBelow() bool {
	return !d.Ignored() || d.rules.mayDecideBelow(d.state, d.path, true)
}

// MayIgnoreBelow reports whether anything below the directory can be ignored.
// True may be too much, false never is.
func (d Dir) MayIgnoreBelow() bool {
	return d.Ignored() || d.rules.len() > 0 && d.rules.mayDecideBelow(d.state, d.path, false)
}

// Key describes the state so far as it matters below the directory: two
// directories with equal keys, of whatever Rules, decide alike about the same
// names. A rule that can match nothing below leaves no trace in it.
func (d Dir) Key() string {
	below := "+"
	if d.Ignored() {
		below = "-"
	}
	var b strings.Builder
	for i := d.state + 1; i < d.rules.len(); i++ {
		if p := &d.rules.patterns[i]; p.mayMatchBelow(d.path) {
			b.WriteByte(0)
			b.WriteString(p.String())
		}
	}
	if b.Len() == 0 {
		return below
	}
	if !d.known && d.path != "" {
		below += "?"
	}
	return below + d.path + b.String()
}
