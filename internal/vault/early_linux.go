package vault

import (
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// early has the system begin to bring to the disk what a large transaction has
// written so far, while it goes on, so that the sync at its end need not wait for all
// of it. Nothing rests on it: unlike a sync it waits for no page, and reports, and so takes
// away, no error of one, so that the sync at the end fails all the same.
type early struct {
	bytes int
	log   *os.File // of a write-ahead log, to name it to the system by
	busy  atomic.Bool
	wait  sync.WaitGroup
}

const earlyBytes = 32 << 20

func (e *early) wrote(f *file, n int) {
	if e.bytes += n; e.bytes < earlyBytes {
		return
	}
	e.bytes = 0
	v := f.vfs.vault
	of := v.file // not a handle of its own: closing that would drop SQLite's locks
	switch f.path {
	case v.path:
	case v.path + sidecars[0][0]:
		if e.log == nil {
			e.log, _ = os.Open(physicalName(f.path))
		}
		of = e.log
	default:
		of = nil
	}
	if of == nil || !e.busy.CompareAndSwap(false, true) {
		return
	}
	e.wait.Go(func() {
		defer e.busy.Store(false)
		if c, err := of.SyscallConn(); err == nil {
			_ = c.Control(func(fd uintptr) { _ = unix.SyncFileRange(int(fd), 0, 0, unix.SYNC_FILE_RANGE_WRITE) })
		}
	})
}

func (e *early) close() {
	e.wait.Wait()
	if e.log != nil {
		e.log.Close()
	}
}
