//go:build unix

package main

import (
	"runtime"
	"syscall"
	"time"
)

// processCost is the processor time that this program has taken, and the most memory that it
// has had, in bytes; 0 where the system does not say.
func processCost() (processor time.Duration, memory int64) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, 0
	}
	memory = int64(u.Maxrss)
	if runtime.GOOS != "darwin" {
		memory <<= 10
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), memory
}
