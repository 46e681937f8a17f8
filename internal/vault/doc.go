// Package vault keeps a register encrypted: the database, the logs beside it
// and its temporary files, so that a lost laptop or memory stick tells nothing, and
// a page that was altered on disk is an error and never other content.
//
// SQLite reads and writes through a VFS of this package. Every page that lies on disk is
// sealed with AES-256-GCM under a key that only this file has, together with its
// place: altered, moved or taken from another file, it does not open.
//
// # The file
//
// A register is two copies of its key page, 4,096 bytes each, zeros that fill up a page, which
// nobody reads, and then the database image in pages of 16,384 bytes. The page at 1 GiB stays
// empty: SQLite locks bytes there, which on Windows can then be neither read nor written.
//
//	0             key page
//	4096          key page again
//	8192          zeros
//	16384         page 1 of the database
//	…
//	1073741824    nothing
//	1073758208    page 65536
//	…
//
// In version 1 of the format pages have 4,096 bytes: page 1 is at 8,192, and page 262143 follows
// the gap. All else is the same. A register keeps the version that it was made with; new ones
// have version 2, because the runs of a year are written in a tenth less time into large pages.
//
// # Key page
//
// Lines of text, filled up with zero bytes. Binary values are hexadecimal.
//
//	Assay register 2                              the version of this format
//	This file is encrypted. …                     for who looks at it with something else
//	file ID                                       16 random bytes, new in each file and copy
//	number N                                      one more with each change of the page
//	passphrase argon2id PASSES KIB THREADS SALT WRAPPED
//	recovery hkdf-sha256 SALT WRAPPED             absent if there is no recovery key
//	mac MAC                                       HMAC-SHA-256 of the lines above
//	check SUM                                     SHA-256 of the lines above
//
// The register's key is 32 random bytes. WRAPPED is that key sealed with
// AES-256-GCM, the nonce zero, the additional data "assay register 1 passphrase" or
// "assay register 1 recovery", under a key that no other salt gives: Argon2id
// (version 1.3) of the passphrase in UTF-8, normalised to NFC, or HKDF-SHA-256 of the 20 bytes of
// the recovery key with the information "assay register 1 recovery". All
// other keys are HKDF-SHA-256 of the register's key: that of the MAC without salt and
// with "assay register 1 key page"; those of the pages with the file's ID as
// salt and "assay register 1 database", "… wal" and "… journal".
//
// The newer of the two copies counts, if its check sum is right. A change is written to
// one copy, synced, and then to the other, so that no power cut loses the key. A change of
// passphrase writes only here: the pages stay, and so does the register's key.
//
// The recovery key is four lines of six words out of 256 (words.txt), numbered from
// 0 in the order of the list. Five words of a line are five bytes; the
// sixth is the first byte of SHA-256(line number from 0 || the five bytes). Four letters of a word are enough.
//
// # Pages
//
// The database reserves 32 bytes at the end of each page, which SQLite does not use.
// A page on disk is
//
//	16352 bytes   sealed content; 4064 in version 1
//	   16 bytes   GCM tag
//	   12 bytes   nonce: a counter from a random start, new each time the register is opened
//	    4 bytes   zero
//
// with the page number, from 1, as additional data: four bytes, big-endian.
//
// # Files beside it
//
// The write-ahead log, NAME-log, is as SQLite has it, header and frame headers in the clear
// (page numbers and sizes), with the page of each frame sealed as above. Additional data:
// the page number and database size from the frame's header, the two salts from the log's
// header, and the frame's number, from 0, in four bytes each. The check sums in it are SQLite's,
// of the open content. The shared memory, NAME-shm, holds page numbers only.
//
// A log is taken to end at its first frame that is not right, as after a power cut. But each
// transaction is synced before the next one begins (synchronous=FULL): if frames of a later
// transaction follow a commit behind the break, changes that were acknowledged were damaged, and the
// database does not open until somebody has decided so ([Vault.Salvage]).
//
// A rollback journal, NAME-undo, is made only if the journal mode is changed; it and the temporary
// files are sectors of 512 and 4,096 bytes: sealed content, tag, nonce, and in four bytes
// how much of it is used. Additional data: the sector's number, from 0, in eight bytes, and
// those four. Temporary files have a random key each that is never stored.
//
// The names are not SQLite's own (-wal, -journal), or another program that opens the
// register by mistake would find a log without a frame that it can read, and delete it.
//
// # Example
//
// The register's key is the bytes 00 to 1f, the file's ID 00 to 0f, the salts 00 to 0f and
// 10 to 1f, the passphrase "correct horse battery", the recovery key 00 to 13:
//
//	able acid acorn actor adult island
//	agent alarm album alley amber crown
//	angle apple april apron arch bread
//	armour army arrow artist atlas iron
//
// With one pass over 64 KiB by one thread, so that the test is quick, the key page is
//
//	Assay register 2
//	This file is encrypted. Open it in Assay, with its passphrase or its recovery key.
//	file 000102030405060708090a0b0c0d0e0f
//	number 1
//	passphrase argon2id 1 64 1 000102030405060708090a0b0c0d0e0f 157b9c89199830ccad1260a26bb68c60db2cff4b0a4fa6be232e7818fa36c497594cc7e2d9db292b9fa55b3ebb376647
//	recovery hkdf-sha256 101112131415161718191a1b1c1d1e1f ce27d2a8f50fd208b21b65db0d967719798ee3f5bc81e9aa5109d65ad9f8e41217d9f3fd6233cfc99e3e0125df2bc4c9
//	mac 9e2325a7db013fb969bf1a48c347f2b61e7f1bce0f4a067b9dae50380ce92a4b
//	check f90f9fe80758f6f98e00ed31ed8ed1bfe225a56e5a34237a08b7ff40645029c8
//
// With nonces counted from 1 in the order of these lines, the first 16 and the last 32 bytes are,
// the frame being of page 1 and a database of 9 pages, under the salts "salt" and "SALT":
//
//	page 1 of an empty database           6e5fd3601e84758ff218dd8bb73a040f … e93fef011d13c998131ccbd6ef77eef600000000000000000000000100000000
//	the same in frame 2 of a log          ceed62a3c5cf49ae0f673479990ff212 … bd9667570bf4a63ca7a21f4d8a3f99bb00000000000000000000000200000000
//	"undo" in sector 7 of a journal       5062fb8d1e02d5d09a06e87a224c44b9 … 4863106d5c126aef5c1900dbf50bf0cc00000000000000000000000300000004
//
// # What this does not do
//
// It does not hide how long the register is, nor when and where it was written. Whoever can write
// to the files can put back an older state of them, or of a page, or take the newest changes away: the
// activity log finds that out (package ledger), against a head that somebody else holds. While the
// register is unlocked, its key and content are in memory, which other programs of
// the same user can read and which the system may write to its swap file.
package vault
