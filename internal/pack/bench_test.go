package pack

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// zeros gives n bytes that cost nothing to make.
type zeros struct{ n int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.n)
	clear(p[:n])
	z.n -= n
	return int(n), nil
}

const benchSize = 1 << 30

// BenchmarkWrite packs 1 GB of attached evidence; BenchmarkVerify checks it.
// Both are to hold against sha256sum over the same bytes, with flat memory.
func BenchmarkWrite(b *testing.B) {
	b.SetBytes(benchSize)
	b.ReportAllocs()
	for b.Loop() {
		writeLarge(b, io.Discard)
	}
}

func writeLarge(b *testing.B, out io.Writer) {
	b.Helper()
	w, err := NewWriter(context.Background(), out, options())
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"a.pdf", "b.pdf", "c.bin", "d.mp4"} {
		if _, err := w.Add(name, &zeros{benchSize / 4}); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(seal); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkVerify(b *testing.B) {
	p := filepath.Join(b.TempDir(), "large.zip")
	f, err := os.Create(p)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	writeLarge(b, f)
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(benchSize)
	b.ReportAllocs()
	for b.Loop() {
		bag, err := Open(f, size)
		if err != nil {
			b.Fatal(err)
		}
		if rep, err := bag.Verify(context.Background(), check); err != nil || !rep.Sound() {
			b.Fatal(err, rep.Problems)
		}
	}
}

func BenchmarkWriteRecords(b *testing.B) {
	csv := bytes.Repeat([]byte("WF-0003,2026-03-02T09:30:00Z,decide,Siân Llŷr,approved\n"), 100_000)
	b.SetBytes(int64(len(csv)))
	for b.Loop() {
		w, err := NewWriter(context.Background(), io.Discard, options())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.Add("records/decisions.csv", bytes.NewReader(csv)); err != nil {
			b.Fatal(err)
		}
	}
}
