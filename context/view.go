package buildcontext

import (
	"context"

	"github.com/whybust/whybust/dockerignore"
)

// View is a tree seen through ignore rules: what a build is sent. It is
// immutable and safe for concurrent use.
type View struct {
	Tree  Tree
	Rules *dockerignore.Rules // nil: nothing is ignored
}

// Node is an entry of a view at its place.
type Node struct {
	Path string // relative to the root, clean; "" is the root
	Entry
	// state of the ignore rules at this directory (unexported)
	rules dockerignore.Dir
}

// Root returns the root directory.
func (v *View) Root(ctx context.Context) (Node, error) { panic("todo") }

// Children returns what the view shows of a directory, sorted by name. An
// ignored directory is shown only if something in it is.
func (v *View) Children(ctx context.Context, dir Node) ([]Node, error) { panic("todo") }

// Lookup finds a path, following symbolic links in its directories within the
// root, and a final one if follow is set. A path below an Unknown directory part is
// found as a Node of Kind Unknown. ok is false if there is no such path.
func (v *View) Lookup(ctx context.Context, path string, follow bool) (n Node, ok bool, err error) {
	panic("todo")
}

// Identity returns a string that, where equal for two nodes of views of the same family
// of trees, proves equal content including everything below; "" if there is no such proof.
func (v *View) Identity(n Node) string { panic("todo") }
