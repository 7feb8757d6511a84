package cachekey

import (
	"context"
	"path"
	"slices"
	"strconv"

	buildcontext "github.com/whybust/whybust/context"
)

// A file that is copied to a path without a final slash lands there, or in the
// directory that is there already (prepareTargetDir in fsutil's copy/copy.go). Of a path that
// only an image or a RUN could have made a directory, nobody knows. The file is
// then placed as a file, with Entry.Doubt saying what decides: the unknown part that
// the path lies in, and the name that the file would have in the directory. Where
// both are the same on two sides, so is the decision, and all else in such a directory.
//
// What is laid on such a file is not imitated: it may be laid beside it.

// stands gives what is known to stand at a path, nil if nothing is. If that is no
// directory, doubt tells what could make it one, "" if nothing could.
func (n *node) stands(ctx context.Context, names []string) (at *node, doubt string, err error) {
	for i, name := range names {
		if n.entry.Kind != buildcontext.Dir {
			return nil, "", errUnknown // a link to follow, or a file in the way
		}
		c, unknown, err := n.child(ctx, name)
		if err != nil {
			return nil, "", err
		}
		if c == nil {
			return nil, unknown.at(names[i:]...) + n.entry.Since, nil
		}
		n = c
	}
	switch n.entry.Kind {
	case buildcontext.Dir:
		return n, "", nil
	case buildcontext.File:
		return n, n.entry.Since + n.entry.Doubt, nil
	}
	return nil, "", errUnknown // a link is written through
}

// at names what a path in the rest is, "" if there is no rest.
func (r rest) at(names ...string) string {
	if r.id == "" {
		return ""
	}
	return path.Join(slices.Insert(names[:len(names):len(names)], 0, r.id)...) + r.since
}

// doubted is a file that an operation places over what stands there, if anything. If that is in
// doubt too, both may lie in one directory: what it holds is then told by the operation alone.
func (n *node) doubted(op *Op, over *node, doubt, name string) *node {
	if doubt == "" {
		return n
	}
	marked := n.clone()
	if over != nil && over.entry.Doubt != "" {
		doubt = op.UnknownID()
		marked.entry.Since += doubt
	}
	marked.entry.Doubt += doubt + " as " + strconv.Quote(name)
	return marked
}

// maxDoubt bounds what stages add to a file's doubt when they pass it on.
const maxDoubt = 2 * maxPath

// unsure is what a node laid over another becomes, if one of them is in doubt
// and they may be two directories to be merged; nil if nothing is in doubt.
func unsure(below, c *node, unknown rest) *node {
	doubtful := c.entry.Doubt != ""
	switch {
	case doubtful && len(c.entry.Doubt) > maxDoubt:
		return &node{entry: buildcontext.Entry{Name: c.entry.Name, Kind: buildcontext.Unknown, Size: -1}}
	case below == nil && doubtful && unknown.id != "":
		marked := c.clone()
		marked.entry.Doubt += unknown.at(c.entry.Name)
		return marked
	case below == nil:
		return nil
	case doubtful && (below.entry.Kind != buildcontext.File || below.entry.Since+below.entry.Doubt != ""),
		c.entry.Kind == buildcontext.Dir && below.entry.Doubt != "":
		return &node{entry: buildcontext.Entry{Name: c.entry.Name, Kind: buildcontext.Unknown, Size: -1}}
	}
	return nil
}
