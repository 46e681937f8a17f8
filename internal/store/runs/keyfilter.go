package runs

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// keyFilter is a Bloom filter over hashes of identifiers: it tells for certain that
// one was never added, and is wrong about the opposite about twice in a thousand
// times. The bits of a hash lie in one block, so that it costs one look into memory
// and not eight (Putze, Sanders and Singler, 2007).
//
// It is kept (table run_filter) as its blocks one after another, each of eight
// 64-bit words, least significant byte first.
type keyFilter struct {
	blocks []filterBlock
	keys   int64
}

// filterBlock is a line of the processor's cache.
type filterBlock [8]uint64

// filterBits are for each hash, filterBlockBytes for each block.
const (
	filterBits       = 16
	filterBlockBytes = 64
)

// newKeyFilter makes a filter that n hashes will be added to.
func newKeyFilter(n int64) *keyFilter {
	return &keyFilter{blocks: make([]filterBlock, n*filterBits/(8*filterBlockBytes)+1)}
}

func (f *keyFilter) add(hash int64) {
	f.keys++
	block, mask := f.of(hash)
	for i, m := range mask {
		block[i] |= m
	}
}

func (f *keyFilter) has(hash int64) bool {
	block, mask := f.of(hash)
	for i, m := range mask {
		if block[i]&m != m {
			return false
		}
	}
	return true
}

// of gives the block of a hash and one bit in each word of it.
func (f *keyFilter) of(hash int64) (block *filterBlock, mask filterBlock) {
	h := uint64(hash)
	// The block and the bits in it are taken from two different mixtures of the hash
	// (the multipliers are those of Fibonacci hashing and of splitmix64): from one, hashes
	// that share a block would share bits too. The high half of a product with the
	// number of blocks is an even choice among them without a division.
	hi, _ := bits.Mul64(h*0x9E3779B97F4A7C15, uint64(len(f.blocks)))
	h ^= h >> 29
	h *= 0xBF58476D1CE4E5B9
	for i := range mask {
		mask[i] = 1 << (h >> (7 * i) & 63)
	}
	return &f.blocks[hi], mask
}

// store keeps f as one over all or part of the keys of a lot.
func (f *keyFilter) store(ctx context.Context, tx *sql.Tx, lot int64) error {
	if f.keys == 0 {
		return nil
	}
	b := make([]byte, 0, len(f.blocks)*filterBlockBytes)
	for i := range f.blocks {
		for _, w := range f.blocks[i] {
			b = binary.LittleEndian.AppendUint64(b, w)
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO run_filter (lot_n, keys, bits) VALUES (?, ?, ?)`, lot, f.keys, b)
	return err
}

// filtersOf reads the filters over the keys of a lot; none where they are not over
// all of them.
func filtersOf(ctx context.Context, db DB, l *lot) (list []*keyFilter, err error) {
	var keys int64
	err = query(ctx, db, func(row scanner) error {
		var f keyFilter
		var b sql.RawBytes
		if err := row.Scan(&f.keys, &b); err != nil {
			return err
		}
		if len(b) == 0 || len(b)%filterBlockBytes != 0 {
			return fmt.Errorf("a filter of lot %d has %d bytes", l.n, len(b))
		}
		f.blocks = make([]filterBlock, len(b)/filterBlockBytes)
		for i := range f.blocks {
			for j := range f.blocks[i] {
				f.blocks[i][j] = binary.LittleEndian.Uint64(b[i*filterBlockBytes+8*j:])
			}
		}
		keys += f.keys
		list = append(list, &f)
		return nil
	}, `SELECT keys, bits FROM run_filter WHERE lot_n = ? ORDER BY n`, l.n)
	if err != nil || keys != l.keys {
		return nil, err
	}
	return list, nil
}
