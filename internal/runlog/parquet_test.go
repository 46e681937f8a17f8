package runlog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

const parquetMapping = `assay_mapping: 1
rows: run
zone: Europe/London
fields: {run_id: Case id, presented: Presented, decided: Decided, account: Officer, decision: Outcome, segment: Urgent,
  policy_version: Took, reason: Note, trigger_ref: Ref}
constants: {gate: g}
`

// TestParquet_writers reads what four programs made of one table.
func TestParquet_writers(t *testing.T) {
	for name, took := range map[string]string{
		"pandas.parquet":      "30:05:00",
		"fastparquet.parquet": "30:05:00",
		"polars.parquet":      "108300000000", // pandas' word that this is a length of time is lost
		"duckdb.parquet":      "108300000000",
	} {
		t.Run(name, func(t *testing.T) {
			in := writers(t, name)
			recs, res, err := readAll(t, bytes.NewReader(in), Options{Mapping: parsed(t, parquetMapping)})
			if err != nil || res.Format != Parquet || len(recs) != 3 {
				t.Fatalf("%+v, %v", res, err)
			}
			want := []string{
				"9007199254740993: approved by j.shaw 7 Apr 08:02:30 asked 7 Apr 08:00:00: checked\ntwice",
				"9007199254740995: rejected by r.bose 7 Apr 09:00:45 asked 7 Apr 09:00:00",
				"9007199254740997: approved by j.shaw 1 Jun 13:03:00 asked 1 Jun 13:00:00: a < b & c",
			}
			if got := said(recs); !slices.Equal(got, want) {
				t.Errorf("%q", got)
			}
			if r := recs[0]; r.Segment != "true" || r.Decisions[0].PolicyVersion != took || r.TriggerRef != "000123" {
				t.Errorf("%+v", r)
			}
			// An event a row: columns that the mapping does not name are not read.
			m := parsed(t, strings.ReplaceAll(strings.Replace(parquetMapping, "rows: run\n", "", 1), "Decided", "UTC"))
			m.Zone = ""
			delete(m.Fields, "presented")
			recs, _, err = readAll(t, bytes.NewReader(in), Options{Mapping: m})
			if got := said(recs); err != nil || len(got) != 3 ||
				got[1] != "9007199254740995: rejected by r.bose 7 Apr 09:00:45" {
				t.Errorf("%q, %v", got, err)
			}
			m.Fields["decided"] = "Midnight"
			if name == "fastparquet.parquet" { // it writes whole seconds with the word that they are thousandths
				m.Zone = "UTC"
				if _, _, err = readAll(t, bytes.NewReader(in), Options{Mapping: m}); err == nil {
					t.Error("a decision of 1970 was taken")
				}
				return
			}
			recs, res, err = readAll(t, bytes.NewReader(in), Options{Mapping: m})
			if got := said(recs); err != nil || got[1] != "9007199254740995: rejected by r.bose 7 Apr" ||
				!strings.Contains(res.Notes[len(res.Notes)-1].Reason, "were read as days") {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	t.Run("values inside others", func(t *testing.T) {
		for _, name := range []string{"pandas.parquet", "polars.parquet", "duckdb.parquet"} {
			x, err := Look(t.Context(), bytes.NewReader(writers(t, name)), Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string][]string{}
			for _, c := range x.Columns {
				for _, v := range c.Values {
					got[c.Name] = append(got[c.Name], v.Name)
				}
			}
			for column, want := range map[string]string{
				"Flags": "late,phone", "Review.by": "j.shaw r.bose", "Score": "0.25 0.5",
				"Day":       "2026-04-07 2026-06-01",
				"UTC":       "2026-04-07T08:02:30Z 2026-04-07T09:00:45Z 2026-06-01T13:03:00Z",
				"Review.at": "2026-04-07T09:02:30 2026-04-07T10:00:45 2026-06-01T14:03:00",
			} {
				if strings.Join(got[column], " ") != want {
					t.Errorf("%s, %s: %q", name, column, got[column])
				}
			}
		}
	})
}

// parquetOf is a file with a text column of those values, in groups of rows.
func parquetOf(t testing.TB, of []parquet.WriterProperty, columns []string, groups ...[][]string) []byte {
	t.Helper()
	var fields schema.FieldList
	for _, c := range columns {
		n, err := schema.NewPrimitiveNodeLogical(c, parquet.Repetitions.Optional, schema.StringLogicalType{},
			parquet.Types.ByteArray, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		fields = append(fields, n)
	}
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, fields, -1)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := file.NewParquetWriter(&b, root, file.WithWriterProps(parquet.NewWriterProperties(of...)))
	for _, rows := range groups {
		g, err := w.AppendRowGroupChecked()
		if err != nil {
			t.Fatal(err)
		}
		for c := range columns {
			cw, err := g.NextColumn()
			if err != nil {
				t.Fatal(err)
			}
			var values []parquet.ByteArray
			var levels []int16
			for _, r := range rows {
				if r[c] == "" {
					levels = append(levels, 0)
					continue
				}
				levels, values = append(levels, 1), append(values, parquet.ByteArray(r[c]))
			}
			if _, err := cw.(*file.ByteArrayColumnChunkWriter).WriteBatch(values, levels, nil); err != nil {
				t.Fatal(err)
			}
			if err := cw.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const parquetEvents = "assay_mapping: 1\nfields: {run_id: Ref, activity: Step, ended: At, actor: Who}\n"

func TestParquet(t *testing.T) {
	columns := []string{"Ref", "Step", "At", "Who", "Prompt"}
	row := func(ref string) []string { return []string{ref, "Send", "2026-06-01T09:00:00Z", "svc", ""} }
	nth := func(ref string, n int) []string { // rows that are equal count once
		r := row(ref)
		r[1] = fmt.Sprint("Send ", n)
		return r
	}
	t.Run("groups of rows", func(t *testing.T) {
		for _, p := range [][]parquet.WriterProperty{
			nil, {parquet.WithDictionaryDefault(false)}, {parquet.WithCompression(compress.Codecs.Zstd)},
			{parquet.WithCompression(compress.Codecs.Snappy)}, {parquet.WithCompression(compress.Codecs.Brotli)},
			{parquet.WithCompression(compress.Codecs.Gzip)}, {parquet.WithDataPageVersion(parquet.DataPageV2)},
			{parquet.WithDictionaryDefault(false), parquet.WithEncoding(parquet.Encodings.DeltaByteArray)},
			{parquet.WithDataPageSize(16), parquet.WithBatchSize(3)},
		} {
			var first, second [][]string
			for i := range 3000 {
				first, second = append(first, row(fmt.Sprint("A", i))), append(second, nth(fmt.Sprint("B", i%7), i))
			}
			recs, res, err := readAll(t, bytes.NewReader(parquetOf(t, p, columns, first, second, nil)),
				Options{Mapping: parsed(t, parquetEvents)})
			if err != nil || len(recs) != 3007 || res.Events != 6000 || recs[2999].RunID != "A2999" {
				t.Errorf("%d runs, %+v, %v", len(recs), res.Totals, err)
			}
		}
	})
	good := parquetOf(t, nil, columns, [][]string{row("A"), row("B")})
	long := strings.Repeat("x", 3<<20)
	for name, c := range map[string]struct {
		in    []byte
		words string
	}{
		"cut off":        {good[:len(good)-6], "cut off, or is still being written"},
		"only its begin": {good[:6], "cut off"},
		"encrypted":      {append(append([]byte{}, good[:len(good)-4]...), "PARE"...), "is encrypted"},
		"a long footer": {
			append(append([]byte{}, good[:len(good)-8]...), "\xff\xff\xff\x7fPAR1"...),
			"is damaged: its description",
		},
		"a damaged footer": {
			append(append([]byte{}, good[:len(good)-8]...), "\x10\x00\x00\x00PAR1"...),
			"is damaged",
		},
		"a long value": {parquetOf(t, nil, columns, [][]string{{long, "a", "b", "c", ""}}), "longer than 2 MB"},
		"a long other value": {
			parquetOf(t, nil, columns, [][]string{{"A", "Send", "2026-06-01T09:00:00Z", "c", long}}),
			"",
		},
		"bytes that are no text": {
			parquetOf(t, nil, columns, [][]string{{"A\xff", "Send", "2026-06-01T09:00:00Z", "c", ""}}),
			"neither text nor a number"},
		"a row of none": {
			parquetOf(t, nil, columns, [][]string{row("A"), {"", "", "", "", "only here"}}),
			"names no run",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := readAll(t, bytes.NewReader(c.in), Options{Mapping: parsed(t, parquetEvents), MaxLine: 2 << 20})
			if c.words == "" && err != nil || c.words != "" && (err == nil || !strings.Contains(err.Error(), c.words)) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("few bytes for many long texts", func(t *testing.T) {
		var rows [][]string
		for i := range 300 {
			rows = append(
				rows,
				[]string{fmt.Sprint("A", i), long[:256<<10] + fmt.Sprint(i), "2026-06-01T09:00:00Z", "c", ""},
			)
		}
		in := parquetOf(t, []parquet.WriterProperty{parquet.WithCompression(compress.Codecs.Zstd),
			parquet.WithDictionaryDefault(false)}, columns, rows)
		_, _, err := readAll(t, bytes.NewReader(in), Options{Mapping: parsed(t, parquetEvents)})
		if err == nil || !strings.Contains(err.Error(), "more than 300 times its size") {
			t.Errorf("%d bytes: %v", len(in), err)
		}
	})
	t.Run("a stream", func(t *testing.T) {
		_, _, err := readAll(t, io.MultiReader(bytes.NewReader(good)), Options{Mapping: parsed(t, parquetEvents)})
		if err == nil || !strings.Contains(err.Error(), "from disk") {
			t.Error(err)
		}
	})
	t.Run("in a zip", func(t *testing.T) {
		_, _, err := readAll(t, bytes.NewReader(zipped(t, map[string]string{"a.parquet": string(good)})), Options{})
		if err == nil || !strings.Contains(err.Error(), "unpack it first") {
			t.Error(err)
		}
	})
}

// BenchmarkParquet reads runs that BenchmarkParquetAsJSON reads: five events a run, each with
// what the model was told and said, which the mapping leaves aside.
func BenchmarkParquet(b *testing.B)       { benchParquet(b, false) }
func BenchmarkParquetAsJSON(b *testing.B) { benchParquet(b, true) }

func benchParquet(b *testing.B, asJSON bool) {
	columns := []string{"ref", "step", "at", "who", "said", "gate", "inputs", "outputs"}
	var rows [][]string
	var lines bytes.Buffer
	told := strings.Repeat("The household's circumstances changed on the date given in the letter. ", 15)
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	for i := range 20_000 {
		for j, step := range []string{"Read", "Draft", "Decide", "Release", "Archive"} {
			at = at.Add(7 * time.Second)
			r := []string{
				fmt.Sprintf("CT/26/%06d", i),
				step,
				at.Format(time.RFC3339),
				fmt.Sprint("officer-", i%9),
				"",
				"",
				fmt.Sprintf("%d %s", i, told),
				fmt.Sprintf("%d %s", j, told[:300]),
			}
			if j == 2 {
				r[4], r[5] = "approved", "g"
			}
			rows = append(rows, r)
			fmt.Fprintf(&lines, `{"ref":%q,"step":%q,"at":%q,"who":%q,"said":%q,"gate":%q,`+
				`"inputs":%q,"outputs":%q}`+"\n", r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7])
		}
	}
	m := parsed(
		b,
		"assay_mapping: 1\nfields: {run_id: ref, activity: step, ended: at, actor: who, decision: said, gate: gate}\n",
	)
	if asJSON {
		m.Records = &Records{}
		bench(b, lines.Bytes(), Options{Mapping: m})
		return
	}
	bench(b, parquetOf(b, []parquet.WriterProperty{parquet.WithCompression(compress.Codecs.Snappy)}, columns, rows),
		Options{Mapping: m})
}

func FuzzParquet(f *testing.F) {
	files, _ := filepath.Glob("testdata/writers/*.parquet")
	for _, p := range files {
		b, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(
		parquetOf(
			f,
			[]parquet.WriterProperty{parquet.WithDataPageVersion(parquet.DataPageV2)},
			[]string{"Case id", "Decided"},
			[][]string{{"A", time.Unix(0, 0).UTC().Format(time.RFC3339)}},
		),
	)
	m := parsed(f, parquetMapping)
	fuzzFrom(f, Parquet, m, func(t *testing.T, in []byte) io.Reader { return bytes.NewReader(in) })
}

// TestParquet_kinds reads every type that the programs of TestParquet_writers have beside
// those, and lists: of values, of lists, and of structs, of which each is an event.
func TestParquet_kinds(t *testing.T) {
	look := func(name string) map[string]string {
		x, err := Look(t.Context(), bytes.NewReader(writers(t, name)), Options{})
		if err != nil {
			t.Fatal(name, err)
		}
		got := map[string]string{}
		for i, c := range x.Columns {
			var values []string
			for _, r := range x.Top[1:] {
				values = append(values, r.Cells[i])
			}
			got[c.Name] = strings.Join(values, " | ")
		}
		return got
	}
	for name, more := range map[string]map[string]string{
		"pyarrow-kinds.parquet": {
			"Half": "1.5 | -2 | ", "Large": "18446744073709551615 | 0 | ", "None": " |  | ",
			"D9": "12.50 | -0.05 | ", "D70": "12.50000 | -0.05000 | ",
		},
		"polars-kinds.parquet": nil,
		"duckdb-kinds.parquet": {"Took": "0:30:00 | 0:30:00 | 0:30:00", "Month": strings.Repeat(
			"1 months 0 days 0 ms | ", 2) + "1 months 0 days 0 ms"},
	} {
		got := look(name)
		for _, want := range []map[string]string{more, {
			"Case": "A1 | A2 | A3", "answers.by": `j.shaw,r.bose | ["Shaw, J."] | `,
			"Officers": `j.shaw,r.bose | ["Shaw, J."] | r.bose`, "Nested": "a,b,c |  | ",
			"Ns": "2026-04-07T09:00:00.123456789 | 2026-04-07T09:00:00.000000001 | ", "D18": "12.500 | -0.050 | ",
		}} {
			for column, w := range want {
				if got[column] != w {
					t.Errorf("%s, %s: %q, not %q", name, column, got[column], w)
				}
			}
		}
		t.Run("each element an event/"+name, func(t *testing.T) {
			m := parsed(t, `assay_mapping: 1
zone: Europe/London
records: {each: answers}
fields: {run_id: Case, run_started: Received, account: answers.by, decision: answers.said, decided: answers.at}
constants: {gate: g}
decisions: {approved: ["yes"], rejected: ["no"]}
`)
			recs, res, err := readAll(t, bytes.NewReader(writers(t, name)), Options{Mapping: m})
			want := []string{
				"A1: rejected by j.shaw 7 Apr 08:00:00, approved by r.bose 1 Jun 13:03:00",
				"A2: approved by Shaw, J. 1 Jun 13:03:00", "A3: ",
			}
			if got := said(recs); err != nil || res.Totals.Records != 4 || !slices.Equal(got, want) {
				t.Errorf("%q, %+v, %v", got, res.Totals, err)
			}
			m.Records.Each = "answer"
			if _, _, err := readAll(t, bytes.NewReader(writers(t, name)), Options{Mapping: m}); err == nil ||
				!strings.Contains(err.Error(), `in a list "answer"`) {
				t.Error(err)
			}
			m.Records.At = "x"
			if _, _, err := readAll(t, bytes.NewReader(writers(t, name)), Options{Mapping: m}); err == nil ||
				!strings.Contains(err.Error(), "Parquet file is a table") {
				t.Error(err)
			}
		})
		t.Run("a list of accounts/"+name, func(t *testing.T) {
			m := parsed(t, `assay_mapping: 1
rows: run
zone: UTC
fields: {run_id: Case, account: Officers, decided: Received, decision: Case}
constants: {gate: g}
decisions: {approved: [A1, A2, A3]}
`)
			if _, _, err := readAll(t, bytes.NewReader(writers(t, name)), Options{Mapping: m}); err == nil ||
				!strings.Contains(err.Error(), "holds 2 accounts (j.shaw, r.bose)") {
				t.Error(err)
			}
			m.Lists = map[string]string{"account": ","}
			if _, _, err := readAll(t, bytes.NewReader(writers(t, name)), Options{Mapping: m}); err == nil ||
				!strings.Contains(err.Error(), `the account "Shaw, J.", which has "," in it`) {
				t.Error(err)
			}
			m.Lists["account"] = ";"
			recs, res, err := readAll(t, bytes.NewReader(writers(t, name)), Options{Mapping: m})
			if err != nil || len(recs) != 3 || len(recs[0].Decisions) != 2 || len(recs[1].Decisions) != 1 ||
				recs[1].Decisions[0].Account != "Shaw, J." {
				t.Errorf("%q, %v", said(recs), err)
			}
			if !slices.ContainsFunc(res.Notes, func(r Refusal) bool {
				return strings.Contains(r.Reason, `"Officers" has elements without a value in 1 rows`)
			}) {
				t.Errorf("%+v", res.Notes)
			}
			m.Fields["run_id"], m.Fields["account"] = "Officers", "Case"
			if _, _, err := readAll(t, bytes.NewReader(writers(t, name)), Options{Mapping: m}); err == nil ||
				!strings.Contains(err.Error(), "names no one run") {
				t.Error(err)
			}
		})
	}
	t.Run("INT96", func(t *testing.T) {
		m := parsed(t, "assay_mapping: 1\nzone: UTC\nfields: {run_id: Case, ended: At}\nconstants: {activity: x}\n")
		recs, res, err := readAll(t, bytes.NewReader(writers(t, "fastparquet-int96.parquet")), Options{Mapping: m})
		if err != nil || len(recs) != 2 || recs[0].Steps[0].Ended.Nanosecond() != 123_456_789 ||
			!strings.Contains(res.Notes[0].Reason, "INT96") {
			t.Errorf("%+v, %+v, %v", recs, res.Notes, err)
		}
	})
	t.Run("Parquet's first LZ4", func(t *testing.T) {
		in := writers(t, "fastparquet-lz4.parquet")
		m := parsed(t, "assay_mapping: 1\nzone: UTC\nfields: {run_id: Case, ended: At}\nconstants: {activity: x}\n")
		recs, _, err := readAll(t, bytes.NewReader(in), Options{Mapping: m})
		if err != nil || len(recs) != 2 || recs[0].RunID != "A1" || recs[0].Steps[0].Ended.Hour() != 9 {
			t.Errorf("%+v, %v", recs, err)
		}
		// A packing that is not read: the codec stands in the description of each column, as a number.
		in = slices.Clone(in)
		footer := in[len(in)-8-int(binary.LittleEndian.Uint32(in[len(in)-8:])):]
		copy(footer, bytes.ReplaceAll(footer, []byte("\x15\x0a\x16"), []byte("\x15\x06\x16")))
		_, err = Look(t.Context(), bytes.NewReader(in), Options{})
		if err == nil || !strings.Contains(err.Error(), `"Case" is packed as LZO`) {
			t.Error(err)
		}
	})
	t.Run("LZ4 in frames", func(t *testing.T) {
		raw, err := compress.GetCodec(compress.Codecs.Lz4Raw)
		if err != nil {
			t.Fatal(err)
		}
		want := []byte(strings.Repeat("approved by j.shaw; ", 100))
		var in []byte
		for _, part := range [][]byte{want[:700], want[700:]} {
			packed := raw.Encode(nil, part)
			in = binary.BigEndian.AppendUint32(in, uint32(len(part)))
			in = append(binary.BigEndian.AppendUint32(in, uint32(len(packed))), packed...)
		}
		unpack := func(in []byte, size int) ([]byte, error) {
			return oldLZ4{raw}.DecodeWithError(make([]byte, size), in)
		}
		for name, c := range map[string][]byte{"frames": in, "a block": raw.Encode(nil, want)} {
			if got, err := unpack(c, len(want)); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %q, %v", name, got, err)
			}
			for i := range c { // cut off, or of another length than the page says: never taken
				if _, err := unpack(c[:i], len(want)); err == nil {
					t.Errorf("%s cut off at %d was taken", name, i)
				}
			}
			if _, err := unpack(c, len(want)+1); err == nil {
				t.Errorf("%s: too few bytes were taken", name)
			}
		}
	})
}
