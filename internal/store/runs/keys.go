package runs

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"assay/internal/sqlitex"
)

// texts numbers the strings that recur.
type texts struct {
	known        map[string]int64
	all          bool           // known holds every string of the register
	recent       [256]knownText // by spread: what most questions are about
	next         int64
	find, insert *sql.Stmt
}

type knownText struct {
	s string
	n int64
}

// spread is a number for s that is worked out at once, and mostly another one
// for another string.
func spread(s string) uint8 {
	n := len(s)
	return uint8(n)*31 ^ s[0] ^ s[n/2]<<3 ^ s[n-1]<<5 ^ s[n-1]>>2
}

// maxTexts bounds the memory for files in which nothing recurs.
const maxTexts = 1 << 17

func newTexts(ctx context.Context, tx *sql.Tx) (*texts, error) {
	t := &texts{known: map[string]int64{}, all: true}
	err := tx.QueryRowContext(ctx, `SELECT max(n) + 1 FROM run_text`).Scan(&t.next)
	if err != nil {
		return nil, err
	}
	if t.all = t.next < maxTexts/2; t.all {
		err = query(ctx, tx, func(row scanner) error {
			var s string
			var n int64
			err := row.Scan(&n, &s)
			t.known[s] = n
			return err
		}, `SELECT n, text FROM run_text`)
		if err != nil {
			return nil, err
		}
	}
	if t.find, err = tx.PrepareContext(ctx, `SELECT n FROM run_text WHERE text = ?`); err != nil {
		return nil, err
	}
	t.insert, err = tx.PrepareContext(ctx, `INSERT INTO run_text (n, text) VALUES (?, ?)`)
	return t, err
}

func (t *texts) close() error {
	if t == nil || t.find == nil || t.insert == nil {
		return nil
	}
	return errors.Join(t.find.Close(), t.insert.Close())
}

// number is the number of s, a new one where it has none; 0 for the empty string.
func (t *texts) number(ctx context.Context, s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	memo := &t.recent[spread(s)]
	if memo.s == s {
		return memo.n, nil
	}
	if n, ok := t.known[s]; ok {
		*memo = knownText{strings.Clone(s), n}
		return n, nil
	}
	var n int64
	err := sql.ErrNoRows
	if !t.all {
		err = t.find.QueryRowContext(ctx, s).Scan(&n)
	}
	if errors.Is(err, sql.ErrNoRows) {
		n = t.next
		t.next++
		_, err = t.insert.ExecContext(ctx, n, s)
	}
	if err != nil {
		return 0, err
	}
	if len(t.known) >= maxTexts {
		clear(t.known)
		t.all = false
	}
	t.known[strings.Clone(s)] = n
	return n, nil
}

// keys finds runs by the hashes of the platform's identifiers. New ones are
// gathered and stored in the order of their hashes, mostly all at the end, as a lot
// of their own (table run_lot): what an import writes does not grow with what is
// held. Small lots are filled up first, so that there are few. A filter spares the
// look-up of what was never seen, which would have to wait for the rows that are
// just being stored.
type keys struct {
	tx       *sql.Tx
	wfRowID  int64
	batches  *batches
	distinct bool // the source gives no identifier twice: only earlier imports are asked
	pending  pendingKeys
	get      *sql.Stmt
	byN      *sql.Stmt
	lots     []lot        // of the workflow, in the order of their runs
	seen     []*keyFilter // of what is stored, where primed
	primed   bool
	looked   int
}

// lot is a row of run_lot.
type lot struct{ n, first, last, keys int64 }

// lotKeys is up to how many keys a lot is filled by several imports.
const lotKeys = 1 << 18

// keyOf finds runs by workflow, hash and identifier.
const keyOf = `run_lot l JOIN run_key k ON k.lot_n = l.n AND k.hash = ? JOIN run_record r ON r.n = k.run_n WHERE l.workflow_n = ? AND r.run_id = ?`

// heldRun is a run that is there.
type heldRun struct {
	n, source int64
	digest    Digest
}

// How many keys are gathered for a pass: 168 MB, and 37 MB with the table that
// finds them again.
const (
	keyBatch       = 1 << 24
	keyBatchToFind = 1 << 21
)

func keyHash(runID string) int64 {
	sum := sha256.Sum256([]byte(runID))
	return int64(binary.BigEndian.Uint64(sum[:]))
}

func newKeys(ctx context.Context, tx *sql.Tx, b *batches, wfRowID int64, distinct bool) (*keys, error) {
	k := &keys{tx: tx, wfRowID: wfRowID, batches: b, distinct: distinct}
	var err error
	if k.lots, err = lotsOf(ctx, tx, wfRowID); err != nil {
		return nil, err
	}
	k.primed = len(k.lots) == 0
	if k.get, err = tx.PrepareContext(ctx, `SELECT r.n, r.source_n, r.digest FROM `+keyOf+` ORDER BY r.n`); err != nil {
		return nil, err
	}
	k.byN, err = tx.PrepareContext(ctx, `SELECT n, source_n, digest FROM run_record WHERE n = ? AND run_id = ?`)
	return k, err
}

func lotsOf(ctx context.Context, db DB, wfRowID int64) (lots []lot, err error) {
	err = query(ctx, db, func(row scanner) error {
		var l lot
		err := row.Scan(&l.n, &l.first, &l.last, &l.keys)
		lots = append(lots, l)
		return err
	}, `SELECT n, first_n, last_n, keys FROM run_lot WHERE workflow_n = ? ORDER BY n`, wfRowID)
	return lots, err
}

func (k *keys) close() error {
	if k == nil || k.get == nil || k.byN == nil {
		return nil
	}
	return errors.Join(k.get.Close(), k.byN.Close())
}

// find is the run with this identifier; ok is false where there is none.
func (k *keys) find(ctx context.Context, hash int64, id string) (h heldRun, ok bool, err error) {
	for _, n := range k.pending.find(hash) {
		if err := k.batches.flush(ctx); err != nil { // so that the run is there
			return h, false, err
		}
		if h, ok, err = scanHeld(k.byN.QueryRowContext(ctx, n, id)); ok || err != nil {
			return h, ok, err
		}
	}
	// A small import looks each identifier up; a larger one reads the filters once.
	if k.looked++; !k.primed && k.looked > 1000 {
		if err := k.prime(ctx); err != nil {
			return h, false, err
		}
	}
	if k.primed && !slices.ContainsFunc(k.seen, func(f *keyFilter) bool { return f.has(hash) }) {
		return h, false, nil
	}
	return scanHeld(k.get.QueryRowContext(ctx, hash, k.wfRowID, id))
}

func scanHeld(row *sql.Row) (h heldRun, ok bool, err error) {
	var digest []byte
	switch err := row.Scan(&h.n, &h.source, &digest); {
	case errors.Is(err, sql.ErrNoRows):
		return h, false, nil
	case err != nil:
		return h, false, err
	}
	h.digest = Digest(digest)
	return h, true, nil
}

// prime takes the filters of what is held, and makes those that are missing.
func (k *keys) prime(ctx context.Context) error {
	k.primed = true
	for i := range k.lots {
		of, err := filtersOf(ctx, k.tx, &k.lots[i])
		if err != nil {
			return err
		}
		if of == nil {
			l := &k.lots[i]
			f := newKeyFilter(l.keys)
			err := sqlitex.Scan(ctx, k.tx, func(v *sqlitex.Row) error { f.add(v.Int()); return nil },
				"hash", "run_key WHERE lot_n = ?", l.n)
			if err != nil {
				return err
			}
			if _, err := k.tx.ExecContext(ctx, `DELETE FROM run_filter WHERE lot_n = ?`, l.n); err != nil {
				return err
			}
			if err := f.store(ctx, k.tx, l.n); err != nil {
				return err
			}
			of = []*keyFilter{f}
		}
		k.seen = append(k.seen, of...)
	}
	return nil
}

// put notes a new run, whose number is one more than that of the one before.
func (k *keys) put(ctx context.Context, hash, n int64) error {
	k.pending.add(hash, n)
	most := keyBatch
	if !k.distinct {
		k.pending.enter()
		most = keyBatchToFind
	}
	if k.pending.n < most {
		return nil
	}
	return k.flush(ctx)
}

// flush stores the pending keys, in a lot of their own or in the last one.
func (k *keys) flush(ctx context.Context) error {
	n := int64(k.pending.n)
	if n == 0 {
		return k.batches.flush(ctx)
	}
	to := lot{n: 1, first: k.pending.first}
	if len(k.lots) > 0 && k.lots[len(k.lots)-1].keys+n <= lotKeys {
		to = k.lots[len(k.lots)-1]
		k.lots = k.lots[:len(k.lots)-1]
	} else if err := k.tx.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) + 1 FROM run_lot`).Scan(&to.n); err != nil {
		return err
	}
	f := newKeyFilter(n)
	err := k.pending.each(func(hash, run int64) error {
		f.add(hash)
		k.batches.key(to.n, hash, run)
		if k.batches.full() {
			return k.batches.store(ctx)
		}
		return nil
	})
	if err != nil {
		return err
	}
	to.keys, to.last = to.keys+n, k.pending.first+n-1
	k.pending, k.lots = pendingKeys{}, append(k.lots, to)
	if k.primed {
		k.seen = append(k.seen, f)
	}
	if err := k.batches.flush(ctx); err != nil {
		return err
	}
	if _, err := k.tx.ExecContext(ctx, `INSERT INTO run_lot (n, workflow_n, first_n, last_n, keys) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET last_n = excluded.last_n, keys = excluded.keys`, to.n, k.wfRowID, to.first, to.last, to.keys); err != nil {
		return err
	}
	return f.store(ctx, k.tx, to.n)
}
