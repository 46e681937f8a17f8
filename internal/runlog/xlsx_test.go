package runlog

import (
	"bytes"
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
