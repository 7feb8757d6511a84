//go:build unix

package gitrepo

import (
	"os/exec"
	"syscall"
)

// ownGroup has a child lead a process group, in which is what it starts. Keys pressed at a terminal
// no longer reach it, but it ends with its standard input.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup kills a child and what it has started, unless it was waited for.
func killGroup(cmd *exec.Cmd) error {
	if err := cmd.Process.Kill(); err != nil {
		return err
	}
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	return nil
}
