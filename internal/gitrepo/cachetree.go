package gitrepo

import (
	"strconv"
	"strings"
)

// The TREE extension of the index holds the ids of tree objects, of directories in which
// nothing changed since: git commits them as they stand. So the index knows
// what those trees hold, and a working tree that is compared with its own
// commit needs to read none of them.

// cachedTree is a directory whose tree object the index knows: what is below
// it in the index is what that tree holds.
type cachedTree struct {
	path     string // with a final slash, or empty
	entries  int    // number of index entries below it
	subtrees []TreeEntry
}

// parseCacheTree parses the TREE extension, a tree in depth-first
// order: name, NUL, number of entries, space, number of subtrees, newline, id. A negative number
// of entries marks a tree that has changed since, which has no id. A
// damaged extension is ignored, as the index is whole without it.
func (x *Index) parseCacheTree(data string) {
	p := cacheTreeParser{x.oidLen, map[OID]cachedTree{}, map[string]OID{}}
	if _, rest, ok := p.parse(data, "", 0); ok && rest == "" {
		x.trees, x.treeAt = p.trees, p.treeAt
	}
}

const maxDepth = 4096

type cacheTreeParser struct {
	oidLen int
	trees  map[OID]cachedTree
	treeAt map[string]OID
}

func (p *cacheTreeParser) parse(data, parent string, depth int) (e TreeEntry, rest string, ok bool) {
	name, rest, ok := strings.Cut(data, "\x00")
	counts, rest, ok2 := strings.Cut(rest, "\n")
	count, subcount, ok3 := strings.Cut(counts, " ")
	entries, err := strconv.Atoi(count)
	subtrees, err2 := strconv.Atoi(subcount)
	if !ok || !ok2 || !ok3 || err != nil || err2 != nil || depth > maxDepth {
		return e, "", false
	}
	e = TreeEntry{Name: name, Mode: ModeDir}
	if entries >= 0 {
		if len(rest) < p.oidLen {
			return e, "", false
		}
		e.OID, rest = OID(rest[:p.oidLen]), rest[p.oidLen:]
	}
	t := cachedTree{path: parent, entries: entries}
	if depth > 0 {
		t.path += name + "/"
	}
	for range subtrees {
		var sub TreeEntry
		if sub, rest, ok = p.parse(rest, t.path, depth+1); !ok {
			return e, "", false
		}
		t.subtrees = append(t.subtrees, sub)
	}
	if e.OID != "" {
		p.trees[e.OID] = t
		p.treeAt[t.path] = e.OID
	}
	return e, rest, true
}

// HasTree reports whether Tree may know a tree object.
func (x *Index) HasTree(id OID) bool {
	_, ok := x.trees[id]
	return ok
}

// Tree returns the entries of a tree object, in no particular order, if
// the index knows them.
func (x *Index) Tree(id OID) ([]TreeEntry, bool) {
	t, ok := x.trees[id]
	if !ok {
		return nil, false
	}
	out := make([]TreeEntry, 0, t.entries)
	out = append(out, t.subtrees...)
	first := x.search(0, t.path)
	if first+t.entries > len(x.entries) {
		return nil, false
	}
	for _, e := range x.entries[first : first+t.entries] {
		rest, below := strings.CutPrefix(e.path, t.path)
		if !below || !x.committed(e) || strings.HasSuffix(e.path, "/") {
			return nil, false
		}
		if strings.IndexByte(rest, '/') < 0 {
			out = append(out, TreeEntry{rest, x.oid(e), x.uint32(int(e.at) + atMode)})
		}
	}
	return out, true
}
