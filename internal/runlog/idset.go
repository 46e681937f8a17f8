package runlog

import (
	"hash/maphash"
	"math/bits"
)

// idSet remembers which identifiers a file has had, in 8 bytes each: tables of
// 64-bit keyed hashes with open addressing. Two different identifiers share a
// hash once in about four hundred thousand files of ten million runs.
//
// There are many tables, each of which grows on its own, by half: a single one
// would for a moment take as much again as it is to hold.
type idSet struct{ tables [64]idTable }

type idTable struct {
	slots []uint64
	n     int
}

var idSeed = maphash.MakeSeed()

// add tells whether id is new.
func (s *idSet) add(id string) bool {
	h := maphash.String(idSeed, id)
	if h == 0 {
		h = 1
	}
	return s.tables[h>>58].add(h)
}

func (s *idTable) add(h uint64) bool {
	if 4*(s.n+1) > 3*len(s.slots) {
		old := s.slots
		s.slots = make([]uint64, max(64, len(old)+len(old)/2))
		for _, h := range old {
			if h != 0 {
				s.slots[s.find(h)] = h
			}
		}
	}
	i := s.find(h)
	if s.slots[i] == h {
		return false
	}
	s.slots[i] = h
	s.n++
	return true
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
