package ledger

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Problem is one thing that an Audit found: Kind is for programs, Text a
// sentence that names what was touched.
type Problem struct {
	Kind  ProblemKind `json:"kind"`
	Seq   int64       `json:"seq,omitempty"`   // the entry concerned, or the last that recorded the row
	Table string      `json:"table,omitempty"` // the row concerned
	Key   string      `json:"key,omitempty"`
	Text  string      `json:"text"`
}

// ProblemKind says what does not agree with what.
type ProblemKind string

const (
	EntryMissing    ProblemKind = "entry_missing"    // a number is skipped or repeated
	EntryUnreadable ProblemKind = "entry_unreadable" // the bytes are no entry, or bear another number
	EntryAltered    ProblemKind = "entry_altered"    // the entry is not what the tree holds
	TreeDamaged     ProblemKind = "tree_damaged"     // the tree's own hashes do not agree
	HeadBroken      ProblemKind = "head_broken"      // the log does not begin with a log whose head was signed
	RowAltered      ProblemKind = "row_altered"      // a row is not what its last entry recorded
	RowMissing      ProblemKind = "row_missing"      // a row was removed without an entry
	RowUnrecorded   ProblemKind = "row_unrecorded"   // a row was added without an entry
)

// Audit recomputes a log from its entries and holds the tree, the signed heads
// and the rows of the register against it. Give it every entry in order, then
// the stored tree, the heads and the rows in any order, then ask for Problems.
type Audit struct {
	log      *Log
	tiles    Memory
	rows     map[rowKey]rowState
	problems []Problem
	clock    time.Time
	back     []int64
}

type rowKey struct{ table, key string }

type rowState struct {
	digest string // empty once deleted
	seq    int64
	seen   bool
}

// NewAudit starts with the empty log.
func NewAudit() *Audit {
	m := Memory{}
	return &Audit{log: Open(m, 0), tiles: m, rows: map[rowKey]rowState{}}
}

func (a *Audit) add(kind ProblemKind, seq int64, table, key, format string, args ...any) {
	a.problems = append(a.problems, Problem{kind, seq, table, key, fmt.Sprintf(format, args...)})
}

// Entry takes the next entry as the register keeps it: its number and bytes.
func (a *Audit) Entry(seq int64, body []byte) {
	if want := a.log.size + 1; seq != want {
		a.add(EntryMissing, seq, "", "", "Entry %d of the activity log stands where entry %d belongs.", seq, want)
	}
	e, err := ParseEntry(body)
	switch {
	case err != nil:
		a.add(EntryUnreadable, seq, "", "", "Entry %d of the activity log cannot be read.", seq)
	case e.Seq != seq:
		a.add(EntryUnreadable, seq, "", "", "Entry %d of the activity log says that it is entry %d.", seq, e.Seq)
	default:
		for _, c := range e.Changes {
			a.rows[rowKey{c.Table, c.Key}] = rowState{digest: c.Digest, seq: seq}
		}
		if e.Time.Before(a.clock) {
			a.back = append(a.back, seq)
		}
		a.clock = e.Time
	}
	if err := a.log.appendHash(tlog.RecordHash(body)); err != nil {
		panic(err) // tiles in memory do not fail
	}
}

// Size is the number of entries taken so far.
func (a *Audit) Size() int64 { return a.log.size }

// Root is the recomputed root over the entries taken so far.
func (a *Audit) Root() Hash {
	h, err := a.log.Root(a.log.size)
	if err != nil {
		panic(err) // tiles in memory do not fail
	}
	return h
}

// ClockBack lists the entries whose time is before that of the entry they
// follow: the computer's clock was set back. That is a warning, not a problem.
func (a *Audit) ClockBack() []int64 { return a.back }

// Tree compares the stored tree with the recomputed one, and names the entries
// whose leaves differ.
func (a *Audit) Tree(l *Log) error {
	if l.size != a.log.size {
		a.add(
			EntryMissing,
			0,
			"",
			"",
			"The activity log's tree was made over %d entries; there are %d.",
			l.size,
			a.log.size,
		)
	}
	for level := 0; ; level++ {
		width := a.log.size >> (tileHeight * level)
		if width == 0 {
			return nil
		}
		for n := int64(0); n<<tileHeight < width; n++ {
			want, _ := a.tiles.Tile(level, n)
			got, err := l.tiles.Tile(level, n)
			if err != nil {
				return err
			}
			if bytes.Equal(got, want) {
				continue
			}
			if level > 0 || len(got)%tlog.HashSize != 0 {
				a.add(
					TreeDamaged,
					0,
					"",
					"",
					"The activity log's tree is not what its entries give (tile %d of level %d).",
					n,
					level,
				)
				continue
			}
			for i := 0; i < max(len(got), len(want)); i += tlog.HashSize {
				if i < len(got) && i < len(want) && bytes.Equal(got[i:i+tlog.HashSize], want[i:i+tlog.HashSize]) {
					continue
				}
				seq := n<<tileHeight + int64(i/tlog.HashSize) + 1
				a.add(EntryAltered, seq, "", "", "Entry %d of the activity log is not the one that was written.", seq)
			}
		}
	}
}

// Head holds a signed head against the entries: the log must begin with the
// entries it was signed over. where says where the head was found, such as
// "certificate GC-2026-0007".
func (a *Audit) Head(h Head, where string) {
	root, err := a.log.Root(h.Size)
	switch {
	case err != nil:
		a.add(
			HeadBroken,
			h.Size,
			"",
			"",
			"The activity log had %d entries when %s was signed; it has %d.",
			h.Size,
			where,
			a.log.size,
		)
	case root != h.Root:
		a.add(
			HeadBroken,
			h.Size,
			"",
			"",
			"The first %d entries of the activity log are not those that were there when %s was signed.",
			h.Size,
			where,
		)
	}
}

// Row takes one row of the register as it now is.
func (a *Audit) Row(table, key, digest string) {
	k := rowKey{table, key}
	s, ok := a.rows[k]
	switch {
	case !ok || s.digest == "":
		a.add(
			RowUnrecorded,
			s.seq,
			table,
			key,
			"%s %s is in the register, but no entry of the activity log put it there.",
			table,
			key,
		)
	case s.digest != digest:
		a.add(
			RowAltered,
			s.seq,
			table,
			key,
			"%s %s is not what entry %d of the activity log recorded.",
			table,
			key,
			s.seq,
		)
	}
	s.seen = true
	a.rows[k] = s
}

// Problems ends the audit: rows that were recorded and never came are missing.
// None means that entries, tree, heads and rows agree.
func (a *Audit) Problems() []Problem {
	out := slices.Clone(a.problems)
	var missing []Problem
	for k, s := range a.rows {
		if s.digest != "" && !s.seen {
			missing = append(missing, Problem{RowMissing, s.seq, k.table, k.key,
				fmt.Sprintf(
					"%s %s, recorded by entry %d of the activity log, is gone from the register.",
					k.table,
					k.key,
					s.seq,
				)})
		}
	}
	slices.SortFunc(missing, func(x, y Problem) int {
		return compareChange(Change{Table: x.Table, Key: x.Key}, Change{Table: y.Table, Key: y.Key})
	})
	return append(out, missing...)
}
