//go:build !linux

package gitrepo

import "os"

// Scan is not there on this system: directories are listed.
type Scan struct{}

// NewScan returns a Scan that knows nothing.
func NewScan(*Index) *Scan { return nil }

// Holds is always false.
func (*Scan) Holds(*os.File, string, OID) bool { return false }

// Known is that Holds is false.
func (*Scan) Known(string, OID) (same, ok bool) { return false, true }
