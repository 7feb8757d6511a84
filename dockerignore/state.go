package dockerignore

// A walk needs surprisingly little state. patternmatcher's
// MatchesUsingParentResults carries, from a directory to its entries, one bool
// for each pattern: did it match the directory or one above? Patterns are then
// tried in order, each replacing the answer of those before. Let j be the last
// pattern that is true for the directory. It stays true below, and after it the
// answer is the same again, whatever came before. So for everything below, only
// j and the patterns after it matter, and all that follow j are false: the state
// of a directory is the number j.
//
// That gives the pruning as well: an ignored directory can hold something that
// counts only if an exception after j can match a path below it.

// undecided is the state in which no pattern has matched yet.
const undecided = -1

// step returns the state of path from the state of its directory. cold means
// that nothing is known about the directories above, as for the zero MatchInfo
// of patternmatcher: then a pattern is also tried on each of them.
func (r *Rules) step(parent int, path string, cold bool) int {
	last, ignored := parent, parent >= 0 && !r.patterns[parent].negated
	for i := parent + 1; i < len(r.patterns); i++ {
		p := &r.patterns[i]
		if p.negated != ignored {
			continue // it could change nothing, so patternmatcher does not try it, nor note it for below
		}
		if p.match(path) || cold && p.matchParent(path) {
			last, ignored = i, !p.negated
		}
	}
	return last
}

func (r *Rules) ignored(st int) bool { return st >= 0 && !r.patterns[st].negated }

func (r *Rules) decision(st int) Decision {
	if st < 0 {
		return Decision{}
	}
	return Decision{Ignored: r.ignored(st), Rule: &r.lines[st]}
}

// mayDecideBelow reports whether a pattern after st, an exception or not, can
// match a path below dir.
func (r *Rules) mayDecideBelow(st int, dir string, negated bool) bool {
	for i := st + 1; i < len(r.patterns); i++ {
		if p := &r.patterns[i]; p.negated == negated && p.mayMatchBelow(dir) {
			return true
		}
	}
	return false
}
