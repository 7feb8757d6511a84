//go:build linux || openbsd

package gitrepo

import "syscall"

func ctime(st *syscall.Stat_t) (sec, nsec uint32) {
	return uint32(st.Ctim.Sec), uint32(st.Ctim.Nsec)
}
