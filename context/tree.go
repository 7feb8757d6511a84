// Package buildcontext reads a Docker build context as a tree, from a git
// revision, a working tree, a directory or any fs.FS, and answers what one
// source of COPY, ADD or a bind mount takes from it and how two such
// selections differ.
package buildcontext

import (
	"context"
	"io"
	"io/fs"
	"strings"
)

// Kind is the type of an entry.
type Kind uint8

// The kinds of entries. The zero Kind is a regular file.
const (
	File Kind = iota
	Dir
	Symlink
	// Unknown stands for something that exists, or may exist, but cannot be
	// looked at: what a base image holds, what a RUN wrote. Two unknowns with
	// equal IDs are the same; with different IDs they may or may not be equal.
	Unknown
	// Opaque exists and is not looked into; different IDs are different
	// content. The .git directory of a checkout is one: its ID is the commit.
	Opaque
)

// Entry is one node of a tree, as BuildKit's content hash sees it
// (cache/contenthash in BuildKit v0.34).
type Entry struct {
	// Name is the base name; empty for the root, and for the "everything else"
	// entry of a directory (see Tree.ReadDir).
	Name string
	Kind Kind
	// Mode holds permission bits only: 0644 or 0755 for files and 0755 for
	// directories of a build context (only the executable bit is kept there), and whatever
	// --chmod made of them in a stage.
	Mode fs.FileMode
	// Owner is empty for 0:0, which all files of a context have, otherwise the
	// owner as a step set it.
	Owner string
	// ID is an identity: where both are non-empty and come from trees of the
	// same family (one repository; one pair of graphs), equal IDs prove equal
	// content: the bytes of a file, the target of a link, and all that is below
	// a directory, names, modes and owners there included. Name, Mode and Owner of the entry
	// itself are not covered. Different or empty IDs prove nothing, with two exceptions: different IDs
	// that both begin with "git:" (then an object's raw name) prove that files
	// or links differ, and so do those of Opaque entries.
	ID string
	// Since says what may have rewritten it since what is known of it. Entries
	// with different Since may or may not be equal, and so may entries with the
	// same one that differ in what is known. Empty in a build context but for submodules.
	Since string
	// Doubt is set of a file that may be a directory with the file in it, and says
	// what decides. Files that are equal but for it may or may not be equal; ones that
	// differ do so either way. Empty in a build context.
	Doubt string
	// Size is the size of a file in bytes, or -1 when it is not known without
	// reading it.
	Size int64
}

// Tree is a lazily read directory tree. Paths are slash-separated, relative to
// the root and clean; the root is "". Every method takes the Entry that
// ReadDir (or Root) returned for the path, so that an implementation need not
// look it up again. Implementations are safe for concurrent use.
type Tree interface {
	// Root returns the entry of the root directory.
	Root(ctx context.Context) (Entry, error)
	// ReadDir returns the entries of a directory, sorted by Name bytewise. A
	// directory that holds unknown names besides those it lists has, as its
	// first entry, one of Kind Unknown with an empty Name.
	ReadDir(ctx context.Context, path string, dir Entry) ([]Entry, error)
	// ReadLink returns the target of a symbolic link.
	ReadLink(ctx context.Context, path string, link Entry) (string, error)
	// Open reads a file.
	Open(ctx context.Context, path string, file Entry) (io.ReadCloser, error)
}

// byName compares an entry's name for a search in a sorted directory.
func byName(e Entry, name string) int { return strings.Compare(e.Name, name) }
