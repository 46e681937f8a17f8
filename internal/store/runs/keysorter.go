package runs

import (
	"cmp"
	"slices"
)

// pendingKeys are the hashes of runs whose numbers follow one another. They lie
// in blocks, each of which is sorted when it is full: what is left to do at the
// end of an import is to merge the blocks.
type pendingKeys struct {
	first  int64 // number of the first run
	n      int
	blocks []keyBlock
	slots  []uint32 // where hashes are, counted from 1, by hash; open addressing
}

const blockKeys = 1 << 16

type keyBlock struct {
	hashes []int64  // in the order of runs
	order  []uint16 // of the hashes; nil until they are sorted
}

// add notes the hash of run n.
func (p *pendingKeys) add(hash, n int64) {
	if p.n == 0 {
		p.first = n
	}
	if p.n%blockKeys == 0 {
		p.blocks = append(p.blocks, keyBlock{})
	}
	b := &p.blocks[len(p.blocks)-1]
	b.hashes = append(b.hashes, hash)
	if p.n++; p.n%blockKeys == 0 {
		b.sort()
	}
}

func (p *pendingKeys) hash(i int) int64 { return p.blocks[i/blockKeys].hashes[i%blockKeys] }

// enter makes the last hash one that find finds.
func (p *pendingKeys) enter() {
	from := p.n - 1
	if 2*p.n > len(p.slots) {
		p.slots = make([]uint32, max(1024, 2*len(p.slots)))
		from = 0
	}
	mask := len(p.slots) - 1
	for i := from; i < p.n; i++ {
		at := int(p.hash(i)) & mask
		for p.slots[at] != 0 {
			at = (at + 1) & mask
		}
		p.slots[at] = uint32(i + 1)
	}
}

// find gives the numbers of the runs with this hash, of those that were entered.
func (p *pendingKeys) find(hash int64) (nanosecondsOrNull []int64) {
	if len(p.slots) == 0 {
		return nil
	}
	mask := len(p.slots) - 1
	for at := int(hash) & mask; p.slots[at] != 0; at = (at + 1) & mask {
		if i := int(p.slots[at] - 1); p.hash(i) == hash {
			nanosecondsOrNull = append(nanosecondsOrNull, p.first+int64(i))
		}
	}
	return nanosecondsOrNull
}

// sort spreads the hashes, which are evenly distributed, by their first bits
// and sorts what little falls together.
func (b *keyBlock) sort() {
	type key struct {
		hash int64
		i    uint16
	}
	const bits = 12
	var ends [1<<bits + 1]int32
	bucket := func(h int64) uint64 { return (uint64(h) ^ 1<<63) >> (64 - bits) }
	for _, h := range b.hashes {
		ends[bucket(h)+1]++
	}
	for i := range 1 << bits {
		ends[i+1] += ends[i]
	}
	keys := make([]key, len(b.hashes))
	starts := ends
	for i, h := range b.hashes {
		at := &starts[bucket(h)]
		keys[*at] = key{h, uint16(i)}
		*at++
	}
	for i := range 1 << bits {
		slices.SortFunc(keys[ends[i]:ends[i+1]], func(a, b key) int {
			if a.hash != b.hash {
				return cmp.Compare(a.hash, b.hash)
			}
			return int(a.i) - int(b.i)
		})
	}
	b.order = make([]uint16, len(keys))
	for i, k := range keys {
		b.order[i] = k.i
	}
}

// each gives the hashes and their runs' numbers in the order of both.
func (p *pendingKeys) each(f func(hash, n int64) error) error {
	// A heap of the blocks by the first key that is left of each.
	type head struct {
		hash, n int64
		b       *keyBlock
		at      int
		first   int64
	}
	heap := make([]head, len(p.blocks))
	next := func(h *head) bool {
		if h.at == len(h.b.order) {
			return false
		}
		i := h.b.order[h.at]
		h.hash, h.n, h.at = h.b.hashes[i], h.first+int64(i), h.at+1
		return true
	}
	less := func(a, b *head) bool { return a.hash < b.hash || a.hash == b.hash && a.n < b.n }
	down := func(i int) {
		for {
			c := 2*i + 1
			if c >= len(heap) {
				return
			}
			if c+1 < len(heap) && less(&heap[c+1], &heap[c]) {
				c++
			}
			if !less(&heap[c], &heap[i]) {
				return
			}
			heap[i], heap[c] = heap[c], heap[i]
			i = c
		}
	}
	for i := range p.blocks {
		b := &p.blocks[i]
		if b.order == nil {
			b.sort()
		}
		heap[i] = head{b: b, first: p.first + int64(i)*blockKeys}
		next(&heap[i])
	}
	for i := len(heap)/2 - 1; i >= 0; i-- {
		down(i)
	}
	for len(heap) > 0 {
		if err := f(heap[0].hash, heap[0].n); err != nil {
			return err
		}
		if !next(&heap[0]) {
			last := len(heap) - 1
			heap[0] = heap[last]
			heap = heap[:last]
		}
		down(0)
	}
	return nil
}
