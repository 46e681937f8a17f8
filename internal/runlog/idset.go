package runlog

import (
	"hash/maphash"
	"math/bits"
)

// idSet remembers which identifiers a file has had, in 8 bytes each and as many
// for their contents: tables of 64-bit keyed hashes with open addressing. Two different identifiers share a
// hash once in about four hundred thousand files of ten million runs.
//
// There are many tables, each of which grows on its own, by half: a single one
// would for a moment take as much again as it is to hold.
type idSet struct{ tables [64]idTable }

type idTable struct {
	slots    []uint64
	contents []uint64 // of the same slots; nil until one is known
	n        int
}

var idSeed = maphash.MakeSeed()

// add tells whether id is new and, where it is not, whether it was added with
// the same content; a content of 0 is not known, and equal to none.
func (s *idSet) add(id string, content uint64) (first, same bool) {
	h := maphash.String(idSeed, id)
	if h == 0 {
		h = 1
	}
	return s.tables[h>>58].add(h, content)
}

func (s *idTable) add(h, content uint64) (first, same bool) {
	if 4*(s.n+1) > 3*len(s.slots) {
		s.grow()
	}
	i := s.find(h)
	if s.slots[i] == h {
		return false, content != 0 && s.contents != nil && s.contents[i] == content
	}
	s.slots[i] = h
	if content != 0 {
		if s.contents == nil {
			s.contents = make([]uint64, len(s.slots))
		}
		s.contents[i] = content
	}
	s.n++
	return true, false
}

func (s *idTable) grow() {
	old, contents := s.slots, s.contents
	s.slots = make([]uint64, max(64, len(old)+len(old)/2))
	if contents != nil {
		s.contents = make([]uint64, len(s.slots))
	}
	for j, h := range old {
		if h == 0 {
			continue
		}
		i := s.find(h)
		s.slots[i] = h
		if contents != nil {
			s.contents[i] = contents[j]
		}
	}
}

// find is the slot that holds h, or the empty one where it belongs.
func (s *idTable) find(h uint64) int {
	// The first six bits are those of the table.
	at, _ := bits.Mul64(h<<6, uint64(len(s.slots)))
	i := int(at)
	for s.slots[i] != 0 && s.slots[i] != h {
		if i++; i == len(s.slots) {
			i = 0
		}
	}
	return i
}

// without is how many identifiers of s are not in other.
func (s *idSet) without(other *idSet) (n int64) {
	for i := range s.tables {
		there := &other.tables[i]
		for _, h := range s.tables[i].slots {
			if h != 0 && (there.n == 0 || there.slots[there.find(h)] != h) {
				n++
			}
		}
	}
	return n
}
