package pdfkit

import (
	"fmt"
	"io"
	"testing"
)

// BenchmarkTable50000 is the pack's long table: 50,000 rows of five columns.
func BenchmarkTable50000(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		d := New(Options{Title: "Long table", Created: when, ObjectStreams: true, Running: func(p, n int) Running {
			return Running{FootRight: fmt.Sprintf("Page %d of %d", p, n)}
		}})
		d.Add(H(1, "Runs"), Table{
			Caption: "Runs",
			Columns: []Column{
				{Title: "Run", Header: true},
				{Title: "Started"},
				{Title: "Outcome"},
				{Title: "Decided"},
				{Title: "Line", Align: Right},
			},
			Rows: func(yield func([]Cell) bool) {
				for i := range 50_000 {
					if !yield(
						Cells(
							fmt.Sprintf("R-%06d", i),
							"4 March 2026 05:06",
							"approved with edits",
							"Officer "+fmt.Sprint(i%40),
							fmt.Sprint(i),
						),
					) {
						return
					}
				}
			},
		})
		n, err := d.WriteTo(io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n)/1e6, "MB-file")
		b.ReportMetric(float64(len(d.pages)), "pages")
	}
}

// BenchmarkDocument is a short document with each kind of block.
func BenchmarkDocument(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := everything(b, false).WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAttachment copies a file of 1 GB into a document.
func BenchmarkAttachment(b *testing.B) {
	const size = 1 << 30
	b.ReportAllocs()
	b.SetBytes(size)
	for b.Loop() {
		d := New(Options{Title: "Attachment", Created: when})
		d.Add(H(1, "Attachment"))
		d.Attach(Attachment{Name: "evidence.bin", MIME: "application/octet-stream", Relationship: "Data", Size: size,
			Open: func() (io.ReadCloser, error) { return io.NopCloser(io.LimitReader(pattern{}, size)), nil }})
		if _, err := d.WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

// pattern is a file that is as fast to read as memory.
type pattern struct{}

func (pattern) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(i)
	}
	return len(b), nil
}
