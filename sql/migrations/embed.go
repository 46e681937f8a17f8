// Package migrations holds the register's schema, one file a change, forward
// only. A released file is never edited: a correction is a new file.
package migrations

import "embed"

// FS holds the migrations in goose's format, in order of their numbers.
//
//go:embed *.sql
var FS embed.FS
