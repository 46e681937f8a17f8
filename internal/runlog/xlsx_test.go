package runlog

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/run"

	"github.com/xuri/excelize/v2"
)

// workbookOf makes a workbook with an independent writer.
func workbookOf(t testing.TB, sheetName string, rows [][]any, dates string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", "Cover"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.NewSheet(sheetName); err != nil {
		t.Fatal(err)
	}
	style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &dates})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		for j, v := range r {
			if v == nil {
				continue
			}
			at, _ := excelize.CoordinatesToCellName(j+1, i+1)
			if err := f.SetCellValue(sheetName, at, v); err != nil {
				t.Fatal(err)
			}
			if _, ok := v.(time.Time); ok {
				f.SetCellStyle(sheetName, at, at, style)
			}
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestXLSX(t *testing.T) {
	m, err := ParseMapping([]byte(`assay_mapping: 1
sheet: Log
zone: Europe/London
time_layouts: ["DD/MM/YYYY hh:mm"]
fields: {run_id: Case, activity: Activity, ended: When, actor: User, decision: Result, confidence: Score}
activities:
  Decide: {gate: g, act: decide}
decisions: {approved: ["true"]}
`))
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 6, 1, 12, 30, 15, 0, time.UTC)
	rows := [][]any{
		{"Case", "Activity", "When", "User", "Result", "Score"},
		{1000001234567, "Prepare", noon, "z.tamm", nil, 0.75},
		nil,
		{1000001234567, "Decide", noon.Add(time.Hour), "e.haldane ŵ <&>", true},
	}
	book := workbookOf(t, "Log", rows, `dd/mm/yyyy hh:mm:ss "at noon"`)
	t.Run("cells are read as what they hold", func(t *testing.T) {
		recs, res, err := readAll(t, bytes.NewReader(book), Options{Mapping: m, Name: "log.xlsx"})
		if err != nil || len(recs) != 1 || res.Format != XLSX {
			t.Fatalf("%+v, %v", res, err)
		}
		r := recs[0]
		if r.RunID != "1000001234567" || len(r.Steps) != 2 || len(r.Decisions) != 1 ||
			r.Decisions[0].Code != run.Approved ||
			r.Outputs[0].Confidence != 0.75 {
			t.Fatalf("%+v", r)
		}
		if got := r.Steps[0].Ended.Format(time.RFC3339Nano); got != "2026-06-01T11:30:15Z" {
			t.Errorf("a date cell of a London summer is %s", got)
		}
		if got := r.Steps[1].Ended.Format(time.RFC3339); got != "2026-06-01T12:30:15Z" {
			t.Errorf("the second is %s", got)
		}
		if r.Steps[1].Actor != "e.haldane ŵ <&>" || r.Steps[1].At.Line != 4 {
			t.Errorf("%+v", r.Steps[1])
		}
	})
	text := [][]any{rows[0], {1000001234567, "Prepare", "01/06/2026 12:30", "z.tamm", nil, 0.75}, nil,
		{1000001234567, "Decide", "01/06/2026 13:30", "e.haldane", true}}
	t.Run("dates that are text are read in the mapping's form", func(t *testing.T) {
		recs, _, err := readAll(t, bytes.NewReader(workbookOf(t, "Log", text, "General")), Options{Mapping: m})
		if err != nil || len(recs) != 1 || recs[0].Steps[1].Ended.Format(time.RFC3339) != "2026-06-01T12:30:00Z" ||
			recs[0].Steps[1].Precision != run.ToMinute {
			t.Fatalf("%+v, %v", recs, err)
		}
	})
	refused := func(t *testing.T, book []byte, m *Mapping, words string) {
		t.Helper()
		_, _, err := readAll(t, bytes.NewReader(book), Options{Mapping: m, Name: "log.xlsx"})
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("got %v, want %q", err, words)
		}
	}
	t.Run("a column of dates and text is asked about", func(t *testing.T) {
		mixed := [][]any{rows[0], rows[1], text[3]}
		refused(t, workbookOf(t, "Log", mixed, "dd/mm/yyyy"), m, "took for dates what it could")
	})
	t.Run("a sheet that is not there is asked for", func(t *testing.T) {
		other := *m
		other.Sheet = "Runs"
		refused(t, book, &other, `no sheet "Runs"; its sheets are Cover, Log`)
	})
	t.Run("a table without a mapping is asked about", func(t *testing.T) {
		refused(t, workbookOf(t, "Aaa", rows, "dd/mm/yyyy"), nil, "no rows")
	})
	t.Run("a workbook that was cut off is refused", func(t *testing.T) {
		refused(t, book[:len(book)/2], m, "cut off")
	})
	t.Run("a date cell without a zone is asked about", func(t *testing.T) {
		other := *m
		other.Zone, other.TimeLayouts = "", nil
		refused(t, book, &other, "no time zone")
	})
}

func FuzzXLSX(f *testing.F) {
	m, err := ParseMapping(
		[]byte("assay_mapping: 1\nsheet: Log\nzone: UTC\nfields: {run_id: Case, activity: Activity, ended: When}\n"),
	)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(
		workbookOf(
			f,
			"Log",
			[][]any{{"Case", "Activity", "When"}, {"a", "b", now.AddDate(0, -1, 0)}},
			"dd/mm/yyyy hh:mm",
		),
	)
	fuzzWith(f, XLSX, m)
}

// FuzzSheet changes the part of a workbook that a sheet stands in: a packed file that is
// changed cannot be opened.
func FuzzSheet(f *testing.F) {
	parts := map[string]string{
		"[Content_Types].xml": `<Types/>`,
		"xl/workbook.xml":     `<workbook><sheets><sheet name="Log" id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/>` +
			`</Relationships>`,
	}
	text := func(ref, v string) string { return `<c r="` + ref + `" t="inlineStr"><is><t>` + v + `</t></is></c>` }
	f.Add([]byte(`<worksheet><sheetData><row r="1">` + text("A1", "Case") + text("B1", "Activity") +
		text("C1", "When") + `</row><row r="2" hidden="1">` + text("A2", "a") + text("B2", "b") +
		text("C2", "2026-06-01T09:00:00Z") + `</row><row r="3"><c r="A3"><f>A2</f></c>` + text("B3", "b") +
		text("C3", "2026-06-01T09:01:00Z") + `</row></sheetData><mergeCells count="2"><mergeCell ref="B2:B3"/>` +
		`<mergeCell ref="E1:F9"/></mergeCells></worksheet>`))
	m := parsed(f, "assay_mapping: 1\nsheet: Log\nzone: UTC\nfields: {run_id: Case, activity: Activity, ended: When}\n")
	fuzzFrom(f, XLSX, m, func(t *testing.T, in []byte) io.Reader {
		files := maps.Clone(parts)
		files["xl/worksheets/sheet1.xml"] = string(in)
		return bytes.NewReader(zipped(t, files))
	})
}

// TestXLSX_merged: a merged cell holds one value, and people see it in all that it
// covers. No row under it may be read as if nothing stood there.
func TestXLSX_merged(t *testing.T) {
	const m = `assay_mapping: 1
rows: run
zone: Europe/London
fields: {run_id: Ref, decided: Decided, account: By, decision: Outcome}
constants: {gate: g}
decisions: {approved: [yes], rejected: [no]}
`
	heads := []any{"Ref", "Decided", "By", "Outcome", "Notes"}
	row := func(ref, by, outcome string) []any { return []any{ref, "2026-06-01T09:00:00", by, outcome, "n"} }
	sheet := func(t *testing.T, header int, areas ...string) []byte {
		f := excelize.NewFile()
		defer f.Close()
		f.SetCellValue("Sheet1", "A1", "Decisions of June")
		for i, r := range [][]any{heads, row("A", "ann", "yes"), row("B", "bob", "no"), row("C", "ann", "no")} {
			at, _ := excelize.CoordinatesToCellName(1, header+i)
			f.SetSheetRow("Sheet1", at, &r)
		}
		for _, a := range areas {
			from, to, _ := strings.Cut(a, ":")
			if err := f.MergeCell("Sheet1", from, to); err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	whole := []string{"A: approved by ann 1 Jun 08:00:00", "B: rejected by bob 1 Jun 08:00:00",
		"C: rejected by ann 1 Jun 08:00:00"}
	for name, c := range map[string]struct {
		header int
		areas  []string
		column string // of the cell that refuses the file
		row    string
	}{
		"identifiers":                    {1, []string{"A2:A3"}, "Ref", "row 3"},
		"times":                          {1, []string{"B3:B4"}, "Decided", "row 4"},
		"accounts":                       {1, []string{"C2:C4"}, "By", "row 3"},
		"outcomes":                       {1, []string{"D2:D3"}, "Outcome", "row 3"},
		"across":                         {1, []string{"C2:D2"}, "Outcome", "row 2"},
		"two areas, in no order":         {1, []string{"E3:E4", "D3:D4"}, "Outcome", "row 4"},
		"a title, and names of columns":  {3, []string{"A1:E1", "E3:G3"}, "", ""},
		"what the mapping does not read": {1, []string{"E2:E4"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			mapping := m
			if c.header > 1 {
				mapping += "header_row: 3\n"
			}
			recs, _, err := readAll(t, bytes.NewReader(sheet(t, c.header, c.areas...)),
				Options{Mapping: parsed(t, mapping)})
			if c.column == "" {
				if got := said(recs); err != nil || !slices.Equal(got, whole) {
					t.Errorf("%q, %v", got, err)
				}
				return
			}
			want := c.row + `: The cell in "` + c.column + `" is merged`
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
		})
	}
}

// TestHeader_elsewhere: where the names of the columns do not stand where they are looked
// for, the refusal says where they do.
func TestHeader_elsewhere(t *testing.T) {
	const m = `assay_mapping: 1
rows: run
zone: UTC
fields: {run_id: Ref, decided: At, account: By, decision: Outcome}
constants: {gate: g}
joins: {At: {columns: [Day, Time]}}
decisions: {approved: [yes]}
`
	const table = "Ref,Day,Time,By,Outcome\nA,2026-06-01,09:00,ann,yes\n"
	for name, c := range map[string]struct{ above, want string }{
		"a title":                      {"Decisions in June\n\n", "Row 3 names it"},
		"names of groups of columns":   {"Case,,,Decision,\n", "Row 2 names it"},
		"one that has some of them":    {"Ref,x,y,z,Notes\nOutcome,Ref,,,\n", "Row 3 names it"},
		"further down than any header": {strings.Repeat("x,1,2,3,4\n", 60), "Correct the mapping"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := readAll(t, strings.NewReader(c.above+table), Options{Format: CSV, Mapping: parsed(t, m)})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	for _, cover := range []string{"", "This workbook holds the log"} {
		f := excelize.NewFile()
		f.SetCellValue("Sheet1", "A1", cover)
		f.NewSheet("Log")
		f.SetSheetRow("Log", "A1", &[]any{"Ref", "Day", "Time", "By", "Outcome"})
		var b bytes.Buffer
		if err := errors.Join(f.Write(&b), f.Close()); err != nil {
			t.Fatal(err)
		}
		_, _, err := readAll(t, &b, Options{Mapping: parsed(t, m)})
		if err == nil || !strings.Contains(err.Error(), `The sheet "Log" was not read`) {
			t.Errorf("%v", err)
		}
	}
}
