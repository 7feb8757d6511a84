//go:build !unix

package gitrepo

import "os/exec"

func ownGroup(*exec.Cmd) {}

// killGroup kills a child; what it has started ends by itself.
func killGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }
