package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"assay/internal/fault"

	"golang.org/x/mod/sumdb/tlog"
)

// tileHeight makes tiles of 2^8 = 256 hashes.
const tileHeight = 8

// Tiles keeps the tree's hashes for a Log. A tile is up to 256 hashes of 32
// bytes, one after the other; tile n of level l holds the roots of the full
// subtrees of 256^l entries, from subtree 256·n on.
type Tiles interface {
	// Tile gives the bytes last put, or none.
	Tile(level int, n int64) ([]byte, error)
	// PutTile keeps the bytes instead of those that were there.
	PutTile(level int, n int64, data []byte) error
}

// Log is the tree over the entries so far. It is not safe for use by several
// goroutines at once; the register's one writer holds it for a transaction.
type Log struct {
	tiles Tiles
	size  int64
}

// Open is the log of the given size over its tiles.
func Open(tiles Tiles, size int64) *Log { return &Log{tiles, size} }

// Size is the number of entries, and the number of the newest.
func (l *Log) Size() int64 { return l.size }

// Append gives the entry the next number, puts it in canonical order and adds
// it to the tree. It returns the entry and the bytes to keep: they are the
// entry, and the database keeps them in the same transaction as the tiles.
func (l *Log) Append(e Entry) (Entry, []byte, error) {
	e = e.normal()
	e.Seq = l.size + 1
	if err := e.Check(); err != nil {
		return Entry{}, nil, err
	}
	body := e.Format()
	if err := l.appendHash(tlog.RecordHash(body)); err != nil {
		return Entry{}, nil, err
	}
	return e, body, nil
}

// AppendBody adds an entry in its written form, as when a log is rebuilt.
func (l *Log) AppendBody(body []byte) (Entry, error) {
	e, err := ParseEntry(body)
	if err != nil {
		return Entry{}, err
	}
	if e.Seq != l.size+1 {
		return Entry{}, fault.Tampered("Entry %d of the activity log stands where entry %d belongs.", e.Seq, l.size+1)
	}
	return e, l.appendHash(tlog.RecordHash(body))
}

func (l *Log) appendHash(h Hash) error {
	index := l.size
	for level := 0; ; level++ {
		n, at := index>>tileHeight, int(index&(1<<tileHeight-1))
		var data []byte
		if at > 0 {
			var err error
			if data, err = l.tiles.Tile(level, n); err != nil {
				return err
			}
			if len(data) != at*tlog.HashSize {
				return errTile(level, n)
			}
		}
		data = append(data[:len(data):len(data)], h[:]...)
		if err := l.tiles.PutTile(level, n, data); err != nil {
			return err
		}
		if at < 1<<tileHeight-1 {
			l.size++
			return nil
		}
		// The tile is full: its root is a hash of the level above.
		var t RunTree
		for i := 0; i < len(data); i += tlog.HashSize {
			t.AddHash(Hash(data[i : i+tlog.HashSize]))
		}
		h, index = t.Root(), n
	}
}

func errTile(level int, n int64) error {
	return fault.Tampered("The activity log's tree is damaged (tile %d of level %d): run assay check.", n, level)
}

// ReadHashes makes Log a tlog.HashReader.
func (l *Log) ReadHashes(indexes []int64) ([]Hash, error) {
	out := make([]Hash, len(indexes))
	var data []byte
	lastLevel, lastN := -1, int64(-1)
	for i, index := range indexes {
		t := tlog.TileForIndex(tileHeight, index)
		if t.L != lastLevel || t.N != lastN {
			var err error
			if data, err = l.tiles.Tile(t.L, t.N); err != nil {
				return nil, err
			}
			lastLevel, lastN = t.L, t.N
		}
		if len(data)%tlog.HashSize != 0 || len(data) == 0 || len(data) > tlog.HashSize<<tileHeight {
			return nil, errTile(t.L, t.N)
		}
		t.W = len(data) / tlog.HashSize
		h, err := tlog.HashFromTile(t, data, index)
		if err != nil {
			return nil, errTile(t.L, t.N)
		}
		out[i] = h
	}
	return out, nil
}

// Root is the root of the tree over the first size entries.
func (l *Log) Root(size int64) (Hash, error) {
	if err := l.has(size); err != nil {
		return Hash{}, err
	}
	return tlog.TreeHash(size, l)
}

func (l *Log) has(size int64) error {
	if size < 0 || size > l.size {
		return fault.Tampered("The activity log has %d entries, not the %d asked about.", l.size, size)
	}
	return nil
}

// ProveEntry proves that the tree of the first size entries holds entry seq.
func (l *Log) ProveEntry(seq, size int64) (Inclusion, error) {
	if err := l.has(size); err != nil {
		return Inclusion{}, err
	}
	if seq < 1 || seq > size {
		return Inclusion{}, fault.NotFound("log entry", fmt.Sprint(seq))
	}
	root, err := l.Root(size)
	if err != nil {
		return Inclusion{}, err
	}
	leaf, err := l.ReadHashes([]int64{tlog.StoredHashIndex(0, seq-1)})
	if err != nil {
		return Inclusion{}, err
	}
	p, err := tlog.ProveRecord(size, seq-1, l)
	return Inclusion{Seq: seq, Leaf: leaf[0], Size: size, Root: root, Hashes: p}, err
}

// ProveGrowth proves that the tree of the first size entries begins with that
// of the first old ones.
func (l *Log) ProveGrowth(old, size int64) (Growth, error) {
	if err := errors.Join(l.has(old), l.has(size)); err != nil {
		return Growth{}, err
	}
	if old < 1 || old > size {
		return Growth{}, fault.Conflict("A log of %d entries did not grow to one of %d.", old, size)
	}
	g := Growth{OldSize: old, Size: size}
	var err error
	if g.OldRoot, err = l.Root(old); err != nil {
		return Growth{}, err
	}
	if g.Root, err = l.Root(size); err != nil {
		return Growth{}, err
	}
	g.Hashes, err = tlog.ProveTree(size, old, l)
	return g, err
}

// Memory is a Tiles for rebuilding a log beside the one on disk.
type Memory map[[2]int64][]byte

// Tile gives the bytes last put.
func (m Memory) Tile(level int, n int64) ([]byte, error) { return m[[2]int64{int64(level), n}], nil }

// PutTile keeps the bytes.
func (m Memory) PutTile(level int, n int64, data []byte) error {
	m[[2]int64{int64(level), n}] = data
	return nil
}

// RunTree computes the root of an RFC 6962 tree from its leaves one after the
// other, keeping one hash for each power of two. An import of a million runs is
// one leaf of the log and one RunTree. The zero value is the empty tree.
type RunTree struct {
	size  int64
	stack [64]Hash // stack[k] is the root of a full subtree of 2^k leaves where bit k of size is set
	buf   []byte
}

// Add takes the next record, in the spelling that is hashed.
func (t *RunTree) Add(record []byte) {
	t.buf = append(append(t.buf[:0], 0), record...)
	t.AddHash(sha256.Sum256(t.buf))
}

// AddHash takes the next leaf's hash.
func (t *RunTree) AddHash(h Hash) {
	k := 0
	for ; t.size>>k&1 != 0; k++ {
		h = node(&t.stack[k], &h)
	}
	t.stack[k] = h
	t.size++
}

// Root is the root over the leaves so far; that of the empty tree is the
// SHA-256 of nothing.
func (t *RunTree) Root() Hash {
	if t.size == 0 {
		return sha256.Sum256(nil)
	}
	var h Hash
	started := false
	for k := 0; t.size>>k != 0; k++ {
		switch {
		case t.size>>k&1 == 0:
		case !started:
			h, started = t.stack[k], true
		default:
			h = node(&t.stack[k], &h)
		}
	}
	return h
}

func node(left, right *Hash) Hash {
	var b [1 + 2*tlog.HashSize]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+tlog.HashSize:], right[:])
	return sha256.Sum256(b[:])
}

// LineHash is the hash of an entry's line as a leaf of the tree.
func LineHash(line []byte) Hash { return tlog.RecordHash(line) }

// NodeHash is the hash of two subtrees' roots.
func NodeHash(left, right Hash) Hash { return node(&left, &right) }
