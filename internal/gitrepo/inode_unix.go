//go:build linux || darwin || freebsd || netbsd || openbsd

package gitrepo

import (
	"io/fs"
	"syscall"
)

// sameInode compares what only lstat knows of a file: a change of its content that keeps
// size and modification time still moves the time of the inode's change.
func (x *Index) sameInode(at int, info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	sec, nsec := ctime(st)
	return sec == x.uint32(at+atCtime) && nsec == x.uint32(at+atCtimeNsec) &&
		uint32(st.Ino) == x.uint32(at+atIno) &&
		st.Uid == x.uint32(at+atUID) && st.Gid == x.uint32(at+atGID)
}
