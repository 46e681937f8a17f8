//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// ownGroup puts a program and what it starts into one process group, so that
// stopping it stops its children too.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}

// onItsOwn lets a program go on when this one ends.
func onItsOwn(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
