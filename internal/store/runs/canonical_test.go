package runs

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"assay/internal/run"
)

// TestCanonical_times holds the quick way of writing times to the standard
// library's, over days, years and every number of decimals.
func TestCanonical_times(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	var b []byte
	for range 200_000 {
		at := time.Unix(r.Int64N(400_000_000_000)-62_000_000_000, 0)
		if r.IntN(3) > 0 {
			at = time.Unix(1_780_000_000+r.Int64N(200_000), 0)
		}
		unit := int64(1)
		for range r.IntN(10) {
			unit *= 10
		}
		at = at.Add(time.Duration(r.Int64N(1_000_000_000) / unit * unit)).In(time.FixedZone("", r.IntN(50_000)-25_000))
		b = appendTime(b[:0], `"t":`, at)
		if want := `"t":"` + at.UTC().Format(time.RFC3339Nano) + `"`; string(b) != want {
			t.Fatalf("wrote %s, want %s", b, want)
		}
	}
}

// TestCanonical_strings puts what needs an escape at every place of a string.
func TestCanonical_strings(t *testing.T) {
	for length := range 40 {
		if s := strings.Repeat("x", length); string(appendString(nil, s)) != `"`+s+`"` {
			t.Error(length)
		}
		for at := range length {
			for special, written := range map[string]string{
				`"`: `\"`, `\`: `\\`, "\n": `\u000a`, "\x1f": `\u001f`, "\x00": `\u0000`, "é": "é",
				"\xff": "\uFFFD", " ": " ", "\x7f": "\x7f", "!": "!",
			} {
				before, after := strings.Repeat("a", at), strings.Repeat("~", length-at-1)
				if got, want := string(appendString(nil, before+special+after)),
					`"`+before+written+after+`"`; got != want {
					t.Fatalf("wrote %q, want %q", got, want)
				}
			}
		}
	}
}

// FuzzUnpack feeds the reader of bodies what is none.
func FuzzUnpack(f *testing.F) {
	r := rand.New(rand.NewPCG(2, 2))
	for i := range 20 {
		f.Add(
			appendPacked(
				nil,
				randomRun(r, i),
				time.Unix(1_780_000_000, 0),
				func(s string) int64 { return int64(len(s)) },
			),
		)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		u := unpacker{
			b:         b,
			name:      func(n int64) string { return "x" },
			recurring: func(b []byte) string { return string(b) },
		}
		var rec run.Record
		_ = u.unpack(&rec) // no panic, and no memory beyond what the bytes can hold
		if n := len(rec.Steps) + len(rec.Decisions) + len(rec.Outputs) + len(rec.Accesses); n > len(b) {
			t.Errorf("%d parts out of %d bytes", n, len(b))
		}
		_, _ = unpackEnded(b, 0)
	})
}
