package runs

import (
	"math/rand/v2"
	"testing"
)

// TestPendingKeys: keys come out in order whether or not the last block is
// full, those of equal hashes by their numbers, and those entered are found.
func TestPendingKeys(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000, blockKeys, blockKeys + 1, 5*blockKeys - 3} {
		r := rand.New(rand.NewPCG(1, uint64(n)))
		var p pendingKeys
		hashes := make([]int64, n)
		for i := range hashes {
			hashes[i] = int64(r.Uint64())
			if i > 0 && r.IntN(8) == 0 {
				hashes[i] = hashes[r.IntN(i)]
			}
			p.add(hashes[i], int64(100+i))
			p.enter()
		}
		seen := make([]bool, n)
		last, lastN := int64(-1<<63), int64(0)
		err := p.each(func(hash, n int64) error {
			if hash < last || hash == last && n <= lastN || hashes[n-100] != hash || seen[n-100] {
				t.Fatalf("of %d keys: %d of run %d follows %d of run %d", len(hashes), hash, n, last, lastN)
			}
			seen[n-100], last, lastN = true, hash, n
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range seen {
			if found := p.find(hashes[i]); !s || len(found) == 0 {
				t.Fatalf("of %d keys, that of run %d: stored %v, found %v", n, 100+i, s, found)
			}
		}
	}
}
