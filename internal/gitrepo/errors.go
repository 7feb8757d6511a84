package gitrepo

import (
	"errors"
	"fmt"
)

// ErrNotRepository is in the chain of an error that says that a directory is in no
// git repository.
var ErrNotRepository = errors.New("not a git repository")

var errClosed = errors.New("git repository is closed")

// RevisionError says that a revision does not name a commit.
type RevisionError struct {
	Revision string
	Reason   string // one line: what is wrong, and the remedy if one is known
}

func (e *RevisionError) Error() string {
	return fmt.Sprintf("revision %q: %s", e.Revision, e.Reason)
}

// ObjectError says that an object of a known id cannot be read.
type ObjectError struct {
	OID    OID
	Reason string
}

func (e *ObjectError) Error() string {
	return fmt.Sprintf("git object %s: %s", e.OID.Hex(), e.Reason)
}
