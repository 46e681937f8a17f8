// Package vault keeps a register encrypted: the whole database, its logs and
// its temporary files, so that a lost laptop or memory stick tells nothing, and a page
// that was altered on disk is an error and never other content.
package vault
