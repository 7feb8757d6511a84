package buildcontext

import (
	"context"

	"github.com/whybust/whybust/dockerignore"
)

// Selector says what one source of COPY or ADD, or one bind mount, takes from a
// tree: the arguments of contenthash.Checksum in BuildKit v0.34.
type Selector struct {
	// Path is absolute and clean ("/", "/src"). It is a pattern if Wildcard is set and it holds one of *?[.
	Path        string
	Wildcard    bool
	FollowLinks bool
	// Include (from --parents), Exclude (from --exclude) and Required are as BuildKit
	// hands them to its content hash.
	Include, Exclude, Required []string
}

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
	// with none they are.
	Changes []Change
	// MissingOld and MissingNew are the selectors' paths that name nothing on
	// that side and are no wildcard: that build fails.
	MissingOld, MissingNew []string
	// Shape is set when the selections cannot be equal whatever the
	// files hold: another number of selectors.
	Shape bool
}

// Compare says how what news select from new differs from what olds select
// from old, exactly when BuildKit's content digests would differ. Lists are those of all
// sources of one instruction that read the same input, deduplicated and sorted here as dedupeSelectors in
// solver/llbsolver/ops/file.go does.
func Compare(ctx context.Context, old *View, olds []Selector, new *View, news []Selector) (*Difference, error) {
	panic("todo")
}
