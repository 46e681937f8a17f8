//go:build unix

package vault

import "golang.org/x/sys/unix"

// noDumps keeps the system from writing the memory, key and all, to a core
// file if the program crashes. It is asked for once a key is in memory.
func noDumps() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) // to lower a limit is always allowed
}
