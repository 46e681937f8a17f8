package store

import (
	"os"

	"golang.org/x/sys/windows"
)

// plainVFS is the VFS that reads and writes ordinary files.
const plainVFS = "win32"

func tryLock(f *os.File) error {
	return windows.LockFileEx(
		windows.Handle(f.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0,
		1,
		0,
		&windows.Overlapped{},
	)
}
