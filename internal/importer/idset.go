package importer

import "hash/maphash"

// idSet remembers which identifiers a file has had, in 8 bytes each: a table of
// 64-bit keyed hashes with open addressing. Two different identifiers share a
// hash once in about four hundred thousand files of ten million runs.
type idSet struct {
	slots []uint64
	n     int
}

var idSeed = maphash.MakeSeed()

// add tells whether id is new.
func (s *idSet) add(id string) bool {
	if 4*(s.n+1) > 3*len(s.slots) {
		old := s.slots
		s.slots = make([]uint64, max(1024, 2*len(old)))
		for _, h := range old {
			if h != 0 {
				s.slots[s.find(h)] = h
			}
		}
	}
	h := maphash.String(idSeed, id)
	if h == 0 {
		h = 1
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
func (s *idSet) find(h uint64) int {
	mask := uint64(len(s.slots) - 1)
	i := h & mask
	for s.slots[i] != 0 && s.slots[i] != h {
		i = (i + 1) & mask
	}
	return int(i)
}
