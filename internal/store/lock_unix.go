//go:build unix

package store

import (
	"os"

	"golang.org/x/sys/unix"
)

// plainVFS is the VFS that reads and writes ordinary files.
const plainVFS = "unix"

func tryLock(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }
