package gitrepo

import (
	"io/fs"
	"strings"
)

// A working tree in which nothing changed is what the index says, directory by
// directory: if every entry of the index below a directory still looks as it
// did, and there is nothing else, then the directory holds what its tree object holds, and nobody
// need list it, or compare it file by file. This is the work of git status,
// done in the order of the index and without keeping anything of the
// files but the answer (scan_linux.go; elsewhere directories are listed).

// statEntry is what lstat says of a file, as far as the index has it.
type statEntry struct {
	kind     fs.FileMode // its type
	exec     bool        // the owner's executable bit
	size     uint32
	mtime    timestamp
	ctime    timestamp
	ino      uint32
	uid, gid uint32
}

// unchanged is clean for a statEntry; the executable bit counts here as well,
// since it is the mode of the tree object that is taken for it.
func (x *Index) unchanged(e indexEntry, st *statEntry) bool {
	at := int(e.at)
	return x.looksClean(e, st.kind, st.size, st.mtime) &&
		st.ctime == timestamp{x.uint32(at + atCtime), x.uint32(at + atCtimeNsec)} &&
		st.ino == x.uint32(at+atIno) && st.uid == x.uint32(at+atUID) && st.gid == x.uint32(at+atGID) &&
		(st.kind != 0 || st.exec == (x.uint32(at+atMode)&0o100 != 0))
}

// below returns the entries of a directory and of all that is in it.
func (x *Index) below(prefix string) []indexEntry {
	first := x.search(0, prefix)
	n := 0
	for n < len(x.entries)-first && strings.HasPrefix(x.entries[first+n].path, prefix) {
		n++
	}
	return x.entries[first : first+n]
}

// cutSubdir splits off the entries of the subdirectory that begins a list, given
// the prefix that all entries have. The name is "" if the list begins with a file.
func cutSubdir(entries []indexEntry, prefix string) (name string, inside, rest []indexEntry) {
	name, _, ok := strings.Cut(entries[0].path[len(prefix):], "/")
	if !ok {
		return "", nil, entries
	}
	sub := entries[0].path[:len(prefix)+len(name)+1]
	n := 1
	for n < len(entries) && strings.HasPrefix(entries[n].path, sub) {
		n++
	}
	return name, entries[:n], entries[n:]
}

// isTree reports whether the index knows a directory, given by its path from
// the root of the working tree, to be what a tree object is.
func (x *Index) isTree(path string, id OID) bool {
	if path != "" {
		path += "/"
	}
	known, ok := x.treeAt[path]
	return ok && known == id
}
