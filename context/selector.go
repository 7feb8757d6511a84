package buildcontext

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// Selector says what one source of COPY or ADD, or one bind mount, takes from a
// tree: the arguments of contenthash.Checksum in BuildKit v0.34.
type Selector struct {
	// Path is absolute and clean ("/", "/src"). It is a pattern if Wildcard is set and it holds one of *?[
	// that no backslash escapes. The pattern is one of path.Match, to which ** is *.
	Path        string
	Wildcard    bool
	FollowLinks bool // a link at the path, or at a match of the pattern, stands for its target
	// Include (from --parents), Exclude (from --exclude) and Required are as BuildKit
	// hands them to its content hash. The first two are patterns of patternmatcher relative to the
	// path or the match, Required are absolute path prefixes that must select something.
	Include, Exclude, Required []string
}

// isPattern reports whether the path is matched, not looked up.
func (s Selector) isPattern() bool { return s.Wildcard && HasWildcard(s.Path) }

// isPlain reports whether the selector takes one node as it is.
func (s Selector) isPlain() bool {
	return !s.isPattern() && len(s.Include) == 0 && len(s.Exclude) == 0
}

// HasWildcard is containsWildcards in BuildKit's cache/contenthash.
func HasWildcard(name string) bool {
	for i := 0; i < len(name); i++ {
		switch name[i] {
		case '*', '?', '[':
			return true
		case '\\':
			i++
		}
	}
	return false
}

// normalize is dedupeSelectors in BuildKit's solver/llbsolver/ops/file.go, and,
// for selectors that are all plain and follow links, dedupePaths and toSelectors
// in its exec.go: plain selectors within others go, and the list is sorted.
// No selectors at all select the root.
func normalize(sels []Selector) []Selector {
	var kept, follow, filtered []string
	out := make([]Selector, 0, max(1, len(sels)))
	for _, s := range sels {
		switch {
		case !s.isPlain():
			filtered = append(filtered, s.Path)
		case s.FollowLinks:
			follow = append(follow, s.Path)
		default:
			kept = append(kept, s.Path)
		}
	}
	for _, p := range outermost(kept) {
		out = append(out, Selector{Path: p})
	}
	for _, p := range outermost(follow) {
		out = append(out, Selector{Path: p, FollowLinks: true})
	}
	if len(filtered) > 0 {
		for _, s := range sels {
			if !s.isPlain() {
				s.Wildcard = s.isPattern()
				out = append(out, s)
			}
		}
	}
	if len(out) == 0 {
		out = append(out, Selector{Path: "/"})
	}
	// Not a stable sort, and deliberately BuildKit's own call: selectors of one
	// path must come out in its order.
	slices.SortFunc(out, func(a, b Selector) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// outermost drops the paths that are within others, and sorts.
func outermost(paths []string) []string {
	if len(paths) < 2 {
		return paths
	}
	paths = slices.Clone(paths)
	slices.Sort(paths)
	paths = slices.Compact(paths)
	all := map[string]bool{}
	for _, p := range paths {
		all[strings.TrimSuffix(p, "/")] = true
	}
	within := func(p string) bool {
		for end := strings.LastIndexByte(p, '/'); end >= 0; end = strings.LastIndexByte(p[:end], '/') {
			if all[p[:end]] && strings.TrimSuffix(p, "/") != p[:end] {
				return true
			}
		}
		return false
	}
	return slices.DeleteFunc(slices.Clone(paths), within)
}

// cleanPath is the selector's path as the content hash uses it.
func (s Selector) cleanPath() string { return path.Join("/", s.Path) }
