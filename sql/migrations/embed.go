// Package migrations holds the register's schema, one file a change, forward
// only. A released file is never edited: a correction is a new file.
//
// Numbers are handed out before the work on a change begins, so that several people
// can work at once, and one that was not needed in the end stays unused: a gap means
// nothing. Number 5 is written in Go, because SQL alone cannot repack bodies of runs
// (internal/store/runs/migration5.go).
package migrations

import "embed"

// FS holds the migrations in goose's format, in order of their numbers.
//
//go:embed *.sql
var FS embed.FS
