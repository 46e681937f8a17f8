package runlog

import (
	"bytes"
	"context"
	"testing"
	"time"

	"assay/internal/run"
	"assay/internal/sample"
)

// BenchmarkRunAudit reads 20,000 runs a time: bytes a second of the file.
func BenchmarkRunAudit(b *testing.B) {
	var buf bytes.Buffer
	until := time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)
	if err := sample.WriteLarge(&buf, 20_000, 1, until); err != nil {
		b.Fatal(err)
	}
	bench(b, buf.Bytes(), Options{})
}

// BenchmarkXES reads the same content as XES.
func BenchmarkXES(b *testing.B) {
	e := sampleExport(b, "complaints-triage")
	var buf bytes.Buffer
	if err := e.WriteXES(&buf); err != nil {
		b.Fatal(err)
	}
	m, err := ParseMapping(e.XESMapping())
	if err != nil {
		b.Fatal(err)
	}
	bench(b, buf.Bytes(), Options{Mapping: m})
}

func BenchmarkCSV(b *testing.B) {
	e := sampleExport(b, "housing-repairs")
	var buf bytes.Buffer
	if err := e.WriteCSV(&buf); err != nil {
		b.Fatal(err)
	}
	m, err := ParseMapping(e.Mapping())
	if err != nil {
		b.Fatal(err)
	}
	bench(b, buf.Bytes(), Options{Mapping: m})
}

func bench(b *testing.B, src []byte, o Options) {
	o.Now = until.AddDate(0, 1, 0)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		_, err := Read(context.Background(), bytes.NewReader(src), o, func(*run.Record) error { n++; return nil })
		if err != nil || n == 0 {
			b.Fatal(n, err)
		}
	}
}
