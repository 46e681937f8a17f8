package runlog

import (
	"bytes"
	"errors"
	"testing"

	"assay/internal/fault"

	"pgregory.net/rapid"
)

// TestTotals_every_format: whatever happened to a file, records are used, repeated,
// refused, of no run or left aside, each once; and where nothing was read, it is said to a
// person. Each file is sound at first; then pieces of it are taken out, stand twice or in
// each other's place, or hold other bytes.
func TestTotals_every_format(tt *testing.T) {
	for f, c := range everyFormat(tt) {
		if f == SQLite || f == OCELSQLite || f == Parquet || f == XLSX || f == ODS {
			continue // packed: a byte changed is a file that cannot be opened, and the fuzz targets have it
		}
		tt.Run(string(f), rapid.MakeCheck(func(t *rapid.T) {
			in := bytes.Clone(c.in)
			for range rapid.IntRange(0, 3).Draw(t, "changes") {
				in = mangle(t, in)
			}
			recs, res, err := readAll(tt, bytes.NewReader(in), Options{
				Name: "export", Format: f, Mapping: c.m,
				MaxTornShare: rapid.SampledFrom([]float64{0, 0.5, 0.9}).Draw(t, "torn"),
			})
			var fe *fault.Error
			switch {
			case err != nil && (!errors.As(err, &fe) || fault.CodeOf(err) == fault.CodeInternal):
				t.Fatalf("%v is nothing for a person", err)
			case err == nil && !res.Totals.add():
				t.Fatalf("%+v", res.Totals)
			case err == nil && (int64(len(recs)) != res.Kept || res.Kept > 0 && res.Totals.Used == 0):
				t.Fatalf("%d runs given; %+v", len(recs), res)
			}
		}))
	}
}

// mangle changes a file in one of the ways in which files are changed.
func mangle(t *rapid.T, in []byte) []byte {
	lines := bytes.SplitAfter(in, []byte("\n"))
	whole := len(lines) > 3 // records stand in lines of their own
	at := func(what string) int { return rapid.IntRange(0, len(lines)-1).Draw(t, what) }
	switch how := rapid.SampledFrom([]string{"twice", "out", "swap", "bytes", "cut"}).Draw(t, "how"); {
	case how == "twice" && whole:
		i := at("line")
		return bytes.Join(append(lines[:i:i], append([][]byte{lines[i]}, lines[i:]...)...), nil)
	case how == "out" && whole:
		i := at("line")
		return bytes.Join(append(lines[:i:i], lines[i+1:]...), nil)
	case how == "swap" && whole:
		i, j := at("one"), at("other")
		lines[i], lines[j] = lines[j], lines[i]
		return bytes.Join(lines, nil)
	case how == "cut" && len(in) > 0:
		return in[:rapid.IntRange(0, len(in)-1).Draw(t, "length")]
	case len(in) > 0:
		i := rapid.IntRange(0, len(in)-1).Draw(t, "place")
		in[i] = rapid.Byte().Draw(t, "byte")
	}
	return in
}
