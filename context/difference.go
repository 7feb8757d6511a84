package buildcontext

import (
	"slices"
	"strings"

	"github.com/whybust/whybust/dockerignore"
)

// ChangeKind says what happened to one path.
type ChangeKind string

// The kinds of changes.
const (
	Added     ChangeKind = "added"
	Removed   ChangeKind = "removed"
	Modified  ChangeKind = "modified"
	ModeOnly  ChangeKind = "mode" // same content, other permission bits
	TypeOnly  ChangeKind = "type" // a file became a directory or a link, or the like
	LinkOnly  ChangeKind = "link" // the target of a symbolic link
	OwnerOnly ChangeKind = "owner"
	Maybe     ChangeKind = "unknown" // two Unknown parts that may or may not be equal
)

// Change is one difference between two selections.
type Change struct {
	Path string // relative to the root of the new tree (of the old one if removed)
	Kind ChangeKind
	// Rule is set when the path is in both trees with equal content and an ignore rule of
	// one side alone keeps it out there: the deciding rule of that side.
	Rule *dockerignore.Rule
}

// Difference is the answer of Compare.
type Difference struct {
	// Changes are in path order. With only Maybe among them the selections may be equal;
	// with none they are, if Shape is unset and nothing is missing.
	// A directory that is on one side only is listed as its files, or by itself if it is empty.
	Changes []Change
	// MissingOld and MissingNew are the paths that a selector needs and that
	// name nothing on that side: its own if it is no wildcard, a required
	// one, a matched link whose target does not exist. That build fails.
	MissingOld, MissingNew []string
	// Shape is set when the selections cannot be equal whatever the
	// files hold: another number of selectors, or a whole directory against
	// a filtered one.
	Shape bool
}

// Equal reports whether BuildKit's content digests are equal for certain.
func (d *Difference) Equal() bool {
	return len(d.Changes) == 0 && !d.Shape && len(d.MissingOld) == 0 && len(d.MissingNew) == 0
}

// MayBeEqual reports whether the digests are equal or may be, because all that
// differs is unknown.
func (d *Difference) MayBeEqual() bool {
	certain := func(c Change) bool { return c.Kind != Maybe }
	return !d.Shape && len(d.MissingOld) == 0 && len(d.MissingNew) == 0 && !slices.ContainsFunc(d.Changes, certain)
}

// tidy sorts the changes by path, directory by directory, and drops those that
// several selectors found.
func (d *Difference) tidy() {
	slices.SortStableFunc(d.Changes, func(a, b Change) int { return comparePaths(a.Path, b.Path) })
	d.Changes = slices.CompactFunc(d.Changes, func(a, b Change) bool { return a.Path == b.Path && a.Kind == b.Kind })
}

// comparePaths orders paths as a walk visits them: "a/b" before "a.b", for the
// separator comes before every character.
func comparePaths(a, b string) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		switch {
		case x == y:
		case x == '/':
			return -1
		case y == '/':
			return 1
		default:
			return int(x) - int(y)
		}
	}
	return strings.Compare(a, b)
}
