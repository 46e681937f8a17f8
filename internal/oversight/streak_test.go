package oversight

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"assay/internal/run"
)

// TestStreak_forms keeps decisions at times of every unit, before 1970 as well, and expects
// the same back, from the form before units too.
func TestStreak_forms(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 3))
	for i := range 400 {
		unit := streakUnits[i%len(streakUnits)]
		var s Streak
		for range r.IntN(50) {
			at := (r.Int64N(4e18) - 2e18) / unit * unit
			s.Add(time.Unix(0, at), []run.DecisionCode{run.Approved, run.Rejected}[r.IntN(2)], r.IntN(9) == 0)
		}
		s.Fold()
		now, err := s.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var before []byte // nanoseconds, shifted left, lowest bit 1 for an approval: their differences
		prev := int64(0)
		for _, v := range s.values {
			before = binary.AppendVarint(before, v-prev)
			prev = v
		}
		for name, b := range map[string][]byte{"now": now, "before": before} {
			var got Streak
			if err := got.UnmarshalBinary(b); err != nil || got.Row != s.Row || !slices.Equal(got.values, s.values) {
				t.Fatalf("%s, in %d ns: %v, %v back for %v", name, unit, err, got.values, s.values)
			}
		}
		if unit > 1 && len(s.values) > 9 && len(now) >= len(before) {
			t.Errorf("%d decisions in units of %d ns take %d bytes, and %d in nanoseconds",
				len(s.values), unit, len(now), len(before))
		}
	}
	for _, bad := range []string{"\x80\x00", "\x80\x00\x04", "\x80\x00\x00\x80", "\x80"} {
		if new(Streak).UnmarshalBinary([]byte(bad)) == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
