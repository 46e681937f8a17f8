package runs

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"math/bits"
	"strings"
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
// gathered and stored in sorted passes over the table, mostly a single one at
// the end: stored one by one, each would touch another page. A Bloom filter
// spares the look-up of what was never seen, which would have to wait for the
// rows that are just being stored.
type keys struct {
	tx       *sql.Tx
	wfRowID  int64
	batches  *batches
	distinct bool // the source gives no identifier twice: only earlier imports are asked
	pending  pendingKeys
	get      *sql.Stmt
	byN      *sql.Stmt
	seen     bloom // what is stored and asked for
	primed   bool  // seen holds the identifiers of earlier imports
	looked   int
}

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
	var any bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM run_key WHERE workflow_n = ?)`, wfRowID).Scan(&any)
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
func (k *keys) find(ctx context.Context, hash int64, id string) (h heldRun, ok bool, err error) {
	for _, n := range k.pending.find(hash) {
		if err := k.batches.flush(ctx); err != nil { // so that the run is there
			return h, false, err
		}
		if h, ok, err = scanHeld(k.byN.QueryRowContext(ctx, n, id)); ok || err != nil {
			return h, ok, err
		}
	}
	if k.primed && !k.seen.has(hash) {
		return h, false, nil
	}
	// A small import into a large workflow looks each identifier up; a large
	// one reads all earlier hashes once.
	if k.looked++; !k.primed && k.looked > 20_000 {
		if err := k.prime(ctx); err != nil {
			return h, false, err
		}
	}
	return scanHeld(k.get.QueryRowContext(ctx, k.wfRowID, hash, id))
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

func (k *keys) prime(ctx context.Context) error {
	k.primed = true
	return query(ctx, k.tx, func(row scanner) error {
		var hash int64
		err := row.Scan(&hash)
		k.seen.add(hash)
		return err
	}, `SELECT hash FROM run_key WHERE workflow_n = ?`, k.wfRowID)
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

// flush stores the pending keys.
func (k *keys) flush(ctx context.Context) error {
	err := k.pending.each(func(hash, n int64) error {
		if k.primed && !k.distinct {
			k.seen.add(hash)
		}
		k.batches.key(k.wfRowID, hash, n)
		if k.batches.full() {
			return k.batches.store(ctx)
		}
		return nil
	})
	if err != nil {
		return err
	}
	k.pending = pendingKeys{}
	return k.batches.flush(ctx)
}

// bloom tells for certain that a hash was never added, and is wrong about
// the opposite about once in a hundred thousand times. The bits of a hash lie in one
// block, so that it costs one look into memory and not ten (Putze, Sanders and
// Singler, 2007). It grows by layers.
type bloom struct{ layers []*bloomLayer }

type bloomLayer struct {
	blocks []bloomBlock
	room   int
}

// bloomBlock is a line of the processor's cache.
type bloomBlock [8]uint64

const bloomBits = 32 // for each hash

func (b *bloom) add(hash int64) {
	n := len(b.layers)
	if n == 0 || b.layers[n-1].room == 0 {
		size := 1 << 14 << min(2*n, 8) // hashes
		b.layers = append(b.layers, &bloomLayer{make([]bloomBlock, size*bloomBits/512), size})
		n++
	}
	l := b.layers[n-1]
	l.room--
	block, mask := l.of(hash)
	for i, m := range mask {
		block[i] |= m
	}
}

func (b *bloom) has(hash int64) bool {
next:
	for _, l := range b.layers {
		block, mask := l.of(hash)
		for i, m := range mask {
			if block[i]&m != m {
				continue next
			}
		}
		return true
	}
	return false
}

// of gives the block of a hash and one bit in each word of it.
func (l *bloomLayer) of(hash int64) (block *bloomBlock, mask bloomBlock) {
	h := uint64(hash)
	hi, _ := bits.Mul64(h*0x9E3779B97F4A7C15, uint64(len(l.blocks)))
	h ^= h >> 29
	h *= 0xBF58476D1CE4E5B9
	for i := range mask {
		mask[i] = 1 << (h >> (7 * i) & 63)
	}
	return &l.blocks[hi], mask
}
