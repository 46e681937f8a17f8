// Package sqlitex holds the code that goes around the driver's public interface,
// where that is too slow or has no way in: nothing else in Assay touches SQLite's
// memory, and nothing here knows what a run or a key is.
//
//   - Scan reads many rows inside one step of one statement.
//   - Feed stores many rows with one INSERT … SELECT from a virtual table over
//     Go's memory.
//   - VFS puts Go between SQLite and the platform's files: package vault
//     enciphers there.
//
// Why: importing and testing runs is the work that people wait for. Through
// database/sql a row costs a statement's execution, a lock and a copy of each
// value; Scan takes a third of that, and Feed a half. The driver's own file systems
// are read-only (modernc.org/sqlite/vfs, over an fs.FS).
//
// What it rests on: modernc.org/sqlite is SQLite translated to Go, and exports
// its C interface as modernc.org/sqlite/lib. Of the driver's own habits two are
// used that no document promises: that the address of a package-level function is
// what a C function pointer holds, and that C memory is addressed by uintptr. So
// TestUpgrade names the versions that this was tried with and fails when they
// change: whoever upgrades runs the tests of this package, of store/runs and of
// vault, and then changes the versions there. Feed has a second way through the
// public interface alone, which is twice as slow (Slow); a test holds both to the
// same rows.
package sqlitex
