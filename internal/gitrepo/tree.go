package gitrepo

import (
	"bytes"
	"errors"
	"strings"
)

// The modes of tree and index entries. Others occur in old repositories
// (100664); Kind of object and executable bit are all that git reads of one.
const (
	ModeType    = 0o170000
	ModeFile    = 0o100000
	ModeDir     = 0o040000
	ModeSymlink = 0o120000
	ModeGitlink = 0o160000 // the commit of a submodule
)

// TreeEntry is an entry of a tree object.
type TreeEntry struct {
	Name string
	OID  OID
	Mode uint32
}

var errTree = errors.New("not a valid tree object")

// ParseTree parses a tree object whose ids have oidLen bytes. Names that no checkout can make are errors.
// All names and ids share one string.
func ParseTree(data []byte, oidLen int) ([]TreeEntry, error) {
	if len(data) == 0 {
		return nil, nil
	}
	// At least "40000 x\0" and an id: a bound for the first allocation.
	entries := make([]TreeEntry, 0, min(len(data)/(8+oidLen), 1+bytes.Count(data, []byte{0})))
	for rest := string(data); rest != ""; {
		e, after, ok := cutTreeEntry(rest, oidLen)
		if !ok {
			return nil, errTree
		}
		entries, rest = append(entries, e), after
	}
	return entries, nil
}

// cutTreeEntry parses the first entry of data: "<octal mode> <name>\0<id>".
func cutTreeEntry(data string, oidLen int) (e TreeEntry, rest string, ok bool) {
	i := 0
	for ; i < len(data) && data[i] != ' '; i++ {
		if data[i] < '0' || data[i] > '7' || i > 6 {
			return e, "", false
		}
		e.Mode = e.Mode<<3 | uint32(data[i]-'0')
	}
	if i == 0 || i == len(data) {
		return e, "", false
	}
	data = data[i+1:]
	end := strings.IndexByte(data, 0)
	if end < 0 || len(data) < end+1+oidLen {
		return e, "", false
	}
	e.Name, e.OID = data[:end], OID(data[end+1:end+1+oidLen])
	return e, data[end+1+oidLen:], validName(e.Name)
}

// validName reports whether git would check out an entry of this name.
func validName(name string) bool {
	switch name {
	case "", ".", "..", ".git":
		return false
	}
	return strings.IndexByte(name, '/') < 0
}
