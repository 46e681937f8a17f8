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

// keys finds runs by the platform's identifiers. New ones are gathered and
// stored in sorted batches, which costs a third of storing them as they come; a
// Bloom filter spares the look-up of identifiers that were never seen.
type keys struct {
	ctx     context.Context
	tx      *sql.Tx
	wfN     int64
	srcN    int64
	pending map[string]held // not yet given to batches
	batches *batches
	get     *sql.Stmt
	seen    bloom
	primed  bool // seen holds the identifiers of earlier imports
	looked  int
}

// held is a run that is there.
type held struct {
	n, source int64
	digest    Digest
}

const keyBatch = 1 << 16

func newKeys(ctx context.Context, tx *sql.Tx, b *batches, wfN, srcN int64) (*keys, error) {
	k := &keys{ctx: ctx, tx: tx, wfN: wfN, srcN: srcN, batches: b, pending: make(map[string]held)}
	var any bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM run_key WHERE workflow_n = ?)`, wfN).Scan(&any)
	if err != nil {
		return nil, err
	}
	k.primed = !any
	k.get, err = tx.PrepareContext(ctx, `SELECT k.run_n, r.source_n, r.digest FROM run_key k JOIN run_record r ON r.n = k.run_n WHERE k.workflow_n = ? AND k.run_id = ?`)
	return k, err
}

func (k *keys) close() error {
	if k == nil || k.get == nil {
		return nil
	}
	return k.get.Close()
}

// find is the run with this identifier; ok is false where there is none.
func (k *keys) find(id string) (h held, ok bool, err error) {
	if h, ok := k.pending[id]; ok {
		return h, true, nil
	}
	if k.primed && !k.seen.has(id) {
		return h, false, nil
	}
	if err := k.batches.settle(); err != nil {
		return h, false, err
	}
	// A small import into a large workflow looks each identifier up; a large
	// one reads all earlier identifiers once.
	if k.looked++; !k.primed && k.looked > 20_000 {
		if err := k.prime(); err != nil {
			return h, false, err
		}
	}
	var digest []byte
	err = k.get.QueryRowContext(k.ctx, k.wfN, id).Scan(&h.n, &h.source, &digest)
	if errors.Is(err, sql.ErrNoRows) {
		return h, false, nil
	}
	if err == nil {
		h.digest = Digest(digest)
	}
	return h, err == nil, err
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

// put notes a new run; handOver tells that the batch must be handed over now,
// because the pending identifiers went into it.
func (k *keys) put(id string, n int64, d Digest) (handOver bool) {
	k.pending[id] = held{n, k.srcN, d}
	k.seen.add(id)
	if len(k.pending) < keyBatch {
		return false
	}
	k.flush()
	return true
}

// flush gives the pending identifiers to the batch that is being filled. From
// there on they are found only once that batch is stored.
func (k *keys) flush() {
	ids := make([]string, 0, len(k.pending))
	for id := range k.pending {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		k.batches.put(intoKey, k.wfN, id, k.pending[id].n)
	}
	clear(k.pending)
}

// bloom tells for certain that a string was never added, and is wrong about
// the opposite about once in ten thousand times. It grows by layers.
type bloom struct{ layers []*bloomLayer }

type bloomLayer struct {
	bits []uint64
	room int
}

var bloomSeed = maphash.MakeSeed()

const bloomHashes = 10

func (b *bloom) add(s string) {
	n := len(b.layers)
	if n == 0 || b.layers[n-1].room == 0 {
		size := 1 << 17 << min(n, 7) // strings
		b.layers = append(b.layers, &bloomLayer{make([]uint64, size*24/64), size})
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
