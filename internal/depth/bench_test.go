package depth

import (
	"testing"
	"time"

	"assay/internal/run"
)

// BenchmarkReader is the cost of one run with one decision and 300 words, and of its bytes kept.
func BenchmarkReader(b *testing.B) {
	w := reading()
	rec := decided(monday, "ann", run.Approved, 300, time.Minute)
	r := NewReader(w)
	b.ReportAllocs()
	for b.Loop() {
		r.Add(&rec)
	}
}
