package runs

import (
	"context"
	"database/sql"
	"errors"
	"hash/maphash"
	"slices"
	"strings"
)

// texts numbers the strings that recur.
type texts struct {
	ctx          context.Context
	known        map[string]int64
	next         int64
	find, insert *sql.Stmt
}

// maxTexts bounds the memory for files in which nothing recurs.
const maxTexts = 1 << 17

func newTexts(ctx context.Context, tx *sql.Tx) (*texts, error) {
	t := &texts{ctx: ctx, known: map[string]int64{"": 0}}
	err := tx.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) + 1 FROM run_text`).Scan(&t.next)
	if err != nil {
		return nil, err
	}
	if t.find, err = tx.PrepareContext(ctx, `SELECT n FROM run_text WHERE text = ?`); err != nil {
		return nil, err
	}
	t.insert, err = tx.PrepareContext(ctx, `INSERT INTO run_text (n, text) VALUES (?, ?)`)
	return t, err
}

func (t *texts) close() error {
	if t == nil {
		return nil
	}
	return errors.Join(t.find.Close(), t.insert.Close())
}

// number is the number of s, a new one where it has none.
func (t *texts) number(s string) (int64, error) {
	if n, ok := t.known[s]; ok {
		return n, nil
	}
	var n int64
	err := t.find.QueryRowContext(t.ctx, s).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		n = t.next
		t.next++
		_, err = t.insert.ExecContext(t.ctx, n, s)
	}
	if err != nil {
		return 0, err
	}
	if len(t.known) >= maxTexts {
		clear(t.known)
		t.known[""] = 0
	}
	t.known[strings.Clone(s)] = n
	return n, nil
}

// keys finds runs by the platform's identifiers. New ones are gathered and
// stored in sorted batches, which costs a third of storing them one by one; a
// Bloom filter spares the look-up of identifiers that were never seen.
type keys struct {
	ctx       context.Context
	tx        *sql.Tx
	wfN       int64
	pending   map[string]int64
	get, save *sql.Stmt
	seen      bloom
	primed    bool // seen holds the identifiers of earlier imports
	looked    int
}

const keyBatch = 1 << 16

func newKeys(ctx context.Context, tx *sql.Tx, wfN int64) (*keys, error) {
	k := &keys{ctx: ctx, tx: tx, wfN: wfN, pending: make(map[string]int64, keyBatch)}
	var held bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM run_key WHERE workflow_n = ?)`, wfN).Scan(&held)
	if err != nil {
		return nil, err
	}
	k.primed = !held
	if k.get, err = tx.PrepareContext(ctx, `SELECT run_n FROM run_key WHERE workflow_n = ? AND run_id = ?`); err != nil {
		return nil, err
	}
	k.save, err = tx.PrepareContext(ctx, `INSERT INTO run_key (workflow_n, run_id, run_n) VALUES (?, ?, ?)`)
	return k, err
}

func (k *keys) close() error {
	if k == nil {
		return nil
	}
	return errors.Join(k.get.Close(), k.save.Close())
}

// find is the number of the run with this identifier, 0 where there is none.
func (k *keys) find(id string) (int64, error) {
	if n := k.pending[id]; n != 0 {
		return n, nil
	}
	if k.primed && !k.seen.has(id) {
		return 0, nil
	}
	// A small import into a large workflow looks each identifier up; a large
	// one reads all earlier identifiers once.
	if k.looked++; !k.primed && k.looked > 20_000 {
		if err := k.prime(); err != nil {
			return 0, err
		}
	}
	var n int64
	err := k.get.QueryRowContext(k.ctx, k.wfN, id).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

func (k *keys) prime() error {
	rows, err := k.tx.QueryContext(k.ctx, `SELECT run_id FROM run_key WHERE workflow_n = ?`, k.wfN)
	if err != nil {
		return err
	}
	defer rows.Close()
	var id sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&id); err != nil {
			return err
		}
		k.seen.add(string(id))
	}
	for id := range k.pending {
		k.seen.add(id)
	}
	k.primed = true
	return rows.Err()
}

func (k *keys) put(id string, n int64) error {
	k.pending[strings.Clone(id)] = n
	k.seen.add(id)
	if len(k.pending) < keyBatch {
		return nil
	}
	return k.flush()
}

func (k *keys) flush() error {
	ids := make([]string, 0, len(k.pending))
	for id := range k.pending {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		if _, err := k.save.ExecContext(k.ctx, k.wfN, id, k.pending[id]); err != nil {
			return err
		}
	}
	clear(k.pending)
	return nil
}

// bloom tells for certain that a string was never added, and is wrong about
// the opposite about once in a hundred times. It grows by layers.
type bloom struct{ layers []*bloomLayer }

type bloomLayer struct {
	bits []uint64
	room int
}

var bloomSeed = maphash.MakeSeed()

const bloomHashes = 7

func (b *bloom) add(s string) {
	n := len(b.layers)
	if n == 0 || b.layers[n-1].room == 0 {
		size := 1 << 17 << min(n, 7) // strings
		b.layers = append(b.layers, &bloomLayer{make([]uint64, size*12/64), size})
		n++
	}
	l := b.layers[n-1]
	l.room--
	h := maphash.String(bloomSeed, s)
	for i := range uint64(bloomHashes) {
		p := bloomBit(h, i, len(l.bits))
		l.bits[p>>6] |= 1 << (p & 63)
	}
}

func (b *bloom) has(s string) bool {
	h := maphash.String(bloomSeed, s)
next:
	for _, l := range b.layers {
		for i := range uint64(bloomHashes) {
			if p := bloomBit(h, i, len(l.bits)); l.bits[p>>6]&(1<<(p&63)) == 0 {
				continue next
			}
		}
		return true
	}
	return false
}

// bloomBit derives the i-th bit from one hash (Kirsch and Mitzenmacher, 2006).
func bloomBit(h, i uint64, words int) uint64 {
	h1, h2 := h&0xffffffff, h>>32|1
	return (h1 + i*h2 + i*i) * 0x9E3779B97F4A7C15 >> 20 % uint64(words*64)
}
