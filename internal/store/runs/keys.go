package runs

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
)

// texts numbers the strings that recur.
type texts struct {
	ctx          context.Context
	known        map[string]int64
	all          bool // known holds every string of the register
	next         int64
	find, insert *sql.Stmt
}

// maxTexts bounds the memory for files in which nothing recurs.
const maxTexts = 1 << 17

func newTexts(ctx context.Context, tx *sql.Tx) (*texts, error) {
	t := &texts{ctx: ctx, known: map[string]int64{}, all: true}
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
func (t *texts) number(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	if n, ok := t.known[s]; ok {
		return n, nil
	}
	var n int64
	err := sql.ErrNoRows
	if !t.all {
		err = t.find.QueryRowContext(t.ctx, s).Scan(&n)
	}
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
		t.all = false
	}
	t.known[strings.Clone(s)] = n
	return n, nil
}

// keys finds runs by the hashes of the platform's identifiers. New ones are
// gathered and stored in large sorted batches: stored one by one, each would
// touch another page. A Bloom filter spares the look-up of what was never seen.
type keys struct {
	ctx     context.Context
	tx      *sql.Tx
	wfN     int64
	batches *batches
	pending []key // not yet given to batches
	get     *sql.Stmt
	byN     *sql.Stmt
	seen    bloom
	primed  bool // seen holds the identifiers of earlier imports
	looked  int
}

type key struct{ hash, n int64 }

// held is a run that is there.
type held struct {
	n, source int64
	digest    Digest
}

// keyBatch takes 32 MB; a batch passes once over the table's pages.
const keyBatch = 1 << 21

func keyHash(runID string) int64 {
	sum := sha256.Sum256([]byte(runID))
	return int64(binary.BigEndian.Uint64(sum[:]))
}

func newKeys(ctx context.Context, tx *sql.Tx, b *batches, wfN int64) (*keys, error) {
	k := &keys{ctx: ctx, tx: tx, wfN: wfN, batches: b}
	var any bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM run_key WHERE workflow_n = ?)`, wfN).Scan(&any)
	if err != nil {
		return nil, err
	}
	k.primed = !any
	if k.get, err = tx.PrepareContext(ctx, `SELECT r.n, r.source_n, r.digest FROM run_key k JOIN run_record r ON r.n = k.run_n WHERE k.workflow_n = ? AND k.hash = ? AND r.run_id = ?`); err != nil {
		return nil, err
	}
	k.byN, err = tx.PrepareContext(ctx, `SELECT n, source_n, digest FROM run_record WHERE n = ? AND run_id = ?`)
	return k, err
}

func (k *keys) close() error {
	if k == nil || k.get == nil || k.byN == nil {
		return nil
	}
	return errors.Join(k.get.Close(), k.byN.Close())
}

// find is the run with this identifier; ok is false where there is none.
func (k *keys) find(hash int64, id string) (h held, ok bool, err error) {
	if k.primed && !k.seen.has(hash) {
		return h, false, nil
	}
	// A small import into a large workflow looks each identifier up; a large
	// one reads all earlier hashes once.
	if k.looked++; !k.primed && k.looked > 20_000 {
		if err := k.prime(); err != nil {
			return h, false, err
		}
	}
	if h, ok, err = scanHeld(k.get.QueryRowContext(k.ctx, k.wfN, hash, id)); ok || err != nil {
		return h, ok, err
	}
	for _, p := range k.pending {
		if p.hash != hash {
			continue
		}
		if err := k.batches.flush(); err != nil { // so that the run is there
			return h, false, err
		}
		if h, ok, err = scanHeld(k.byN.QueryRowContext(k.ctx, p.n, id)); ok || err != nil {
			return h, ok, err
		}
	}
	return h, false, nil
}

func scanHeld(row *sql.Row) (h held, ok bool, err error) {
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

func (k *keys) prime() error {
	k.primed = true
	for _, p := range k.pending {
		k.seen.add(p.hash)
	}
	return query(k.ctx, k.tx, func(row scanner) error {
		var hash int64
		err := row.Scan(&hash)
		k.seen.add(hash)
		return err
	}, `SELECT hash FROM run_key WHERE workflow_n = ?`, k.wfN)
}

// put notes a new run.
func (k *keys) put(hash, n int64) error {
	k.pending = append(k.pending, key{hash, n})
	k.seen.add(hash)
	if len(k.pending) < keyBatch {
		return nil
	}
	return k.flush()
}

// flush stores the pending keys.
func (k *keys) flush() error {
	slices.SortFunc(k.pending, func(a, b key) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.n, b.n)) })
	for _, p := range k.pending {
		k.batches.put(intoKey, k.wfN, p.hash, p.n)
		if k.batches.full() {
			if err := k.batches.hand(); err != nil {
				return err
			}
		}
	}
	k.pending = k.pending[:0]
	return k.batches.flush()
}

// bloom tells for certain that a hash was never added, and is wrong about
// the opposite about once in ten thousand times. It grows by layers.
type bloom struct{ layers []*bloomLayer }

type bloomLayer struct {
	bits []uint64
	room int
}

const bloomProbes = 10

func (b *bloom) add(hash int64) {
	n := len(b.layers)
	if n == 0 || b.layers[n-1].room == 0 {
		size := 1 << 14 << min(n, 10) // hashes
		b.layers = append(b.layers, &bloomLayer{make([]uint64, size*24/64), size})
		n++
	}
	l := b.layers[n-1]
	l.room--
	for i := range uint64(bloomProbes) {
		p := bloomBit(uint64(hash), i, len(l.bits))
		l.bits[p>>6] |= 1 << (p & 63)
	}
}

func (b *bloom) has(hash int64) bool {
next:
	for _, l := range b.layers {
		for i := range uint64(bloomProbes) {
			if p := bloomBit(uint64(hash), i, len(l.bits)); l.bits[p>>6]&(1<<(p&63)) == 0 {
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
	return ((h1 + i*h2 + i*i) * 0x9E3779B97F4A7C15 >> 20) % uint64(words*64)
}
