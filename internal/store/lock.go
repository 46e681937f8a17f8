package store

import (
	"fmt"
	"os"
	"path/filepath"

	"assay/internal/fault"
)

// fileLock holds a register for this process. The operating system lets go of
// it when the process ends, however it ends.
type fileLock struct{ f *os.File }

// LockName is the name of the file that is locked while a register is open.
func LockName(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock")
}

func lockFile(path string) (*fileLock, error) {
	f, err := os.OpenFile(LockName(path), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.Forbidden(
			"The folder of %s may not be written to, and a register needs that: copy it to a folder of your own.",
			path,
		).
			Because(err)
	}
	if err := tryLock(f); err != nil {
		f.Close()
		return nil,
			fault.Forbidden("The register %s is open in another Assay window or command. Close it there first.", path).
				Because(err)
	}
	return &fileLock{f}, nil
}

// release leaves the lock's file where it is: to remove it would let a third
// process lock a new file while a second still waits on the old one.
func (l *fileLock) release() error {
	if l == nil || l.f == nil {
		return nil
	}
	if err := l.f.Close(); err != nil {
		return fmt.Errorf("unlock register: %w", err)
	}
	l.f = nil
	return nil
}
