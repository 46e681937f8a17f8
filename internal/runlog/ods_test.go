package runlog

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

const odsMapping = `assay_mapping: 1
rows: run
zone: Europe/London
fields: {run_id: Ref, presented: Presented, decided: Decided, account: Officer, decision: Outcome, segment: Urgent,
  policy_version: Took, reason: Note}
constants: {gate: g}
`

// writers reads a file that a program wrote: testdata/writers/README.md says how.
func writers(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/writers/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestODS_writers reads what three programs made of one table.
func TestODS_writers(t *testing.T) {
	for name, took := range map[string][]string{
		"libreoffice.ods": {"30:05:00", "0:05:00", "0:00:45"},
		"gnumeric.ods":    {"30:05:00", "0:05:00", "0:00:45"},
		"pandas.ods":      {"1.2534722222222223", "0.003472222222222222", "0.0005208333333333333"}, // it writes numbers
	} {
		t.Run(name, func(t *testing.T) {
			recs, res, err := readAll(t, bytes.NewReader(writers(t, name)), Options{Mapping: parsed(t, odsMapping)})
			if err != nil || res.Format != ODS {
				t.Fatalf("%+v, %v", res, err)
			}
			want := []string{
				"000123: approved by j.shaw 7 Apr 08:02:30 asked 7 Apr 08:00:00: checked\ntwice",
				"000124: rejected by r.bose 7 Apr 09:00:45 asked 7 Apr 09:00:00",
				"26/01234: approved by j.shaw 1 Jun 13:03:00 asked 1 Jun 13:00:00: a < b & c",
			}
			if got := said(recs); !slices.Equal(got, want) {
				t.Errorf("%q", got)
			}
			for i, r := range recs {
				if r.Segment != []string{"true", "false", "true"}[i] || r.Decisions[0].PolicyVersion != took[i] {
					t.Errorf("%q, %q", r.Segment, r.Decisions[0].PolicyVersion)
				}
			}
			var notes []string
			for _, n := range res.Notes {
				notes = append(notes, n.Reason)
			}
			said := strings.Join(notes, "\n")
			if hidden := strings.Contains(said, `"Old" is hidden, and was not read`) &&
				strings.Contains(said, "1 rows are hidden"); hidden == (name == "pandas.ods") {
				t.Errorf("%q", notes)
			}
		})
	}
	t.Run("days", func(t *testing.T) {
		m := parsed(t, strings.ReplaceAll(odsMapping, "Decided,", "Day,"))
		delete(m.Fields, "presented")
		recs, _, err := readAll(t, bytes.NewReader(writers(t, "libreoffice.ods")), Options{Mapping: m})
		if err != nil || said(recs)[1] != "000124: rejected by r.bose 7 Apr" {
			t.Errorf("%q, %v", said(recs), err)
		}
	})
	t.Run("a hidden sheet that is asked for", func(t *testing.T) {
		m := parsed(t, "assay_mapping: 1\nsheet: Old\nfields: {run_id: Nothing, activity: here}\n")
		_, _, err := readAll(t, bytes.NewReader(writers(t, "libreoffice.ods")), Options{Mapping: m})
		if err == nil || !strings.Contains(err.Error(), "no runs") {
			t.Error(err)
		}
	})
}

// odsOf is a spreadsheet with that content in its one sheet.
func odsOf(t testing.TB, rows string) []byte {
	t.Helper()
	return odsDocument(
		t,
		odsKind,
		`<office:document-content><office:automatic-styles/><office:body><office:spreadsheet>`+
			`<table:table table:name="Log">`+rows+`</table:table></office:spreadsheet></office:body></office:document-content>`,
	)
}

const odsKind = "application/vnd.oasis.opendocument.spreadsheet"

func odsDocument(t testing.TB, kind, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range [][2]string{
		{"mimetype", kind},
		{"META-INF/manifest.xml", "<manifest/>"},
		{"content.xml", content},
	} {
		w, err := z.Create(part[0])
		if err == nil {
			_, err = io.WriteString(w, part[1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func odsText(values ...string) string {
	var b strings.Builder
	for _, v := range values {
		fmt.Fprintf(&b, `<table:table-cell office:value-type="string"><text:p>%s</text:p></table:table-cell>`, v)
	}
	return b.String()
}

func odsRow(cells string) string { return "<table:table-row>" + cells + "</table:table-row>" }

// TestKinds_ods holds the shapes that spreadsheets have and people do not see.
func TestKinds_ods(t *testing.T) {
	const m = "assay_mapping: 1\nrows: run\nzone: UTC\nfields: {run_id: Ref, decided: Decided, decision: Outcome}\n" +
		"constants: {gate: g}\n"
	head := odsRow(odsText("Ref", "Decided", "Outcome"))
	day := `<table:table-cell office:value-type="date" office:date-value="2026-06-01"/>`
	number := func(v string) string {
		return `<table:table-cell office:value-type="float" office:value="` + v + `"/>`
	}
	for name, c := range map[string]struct {
		rows  string
		want  []string
		words string
	}{
		"ids of sixteen digits are whole": {
			odsRow(number("1234567890123456")+day+odsText("approved")) +
				odsRow(number("1234567890123459")+day+odsText("rejected")),
			[]string{"1234567890123456: approved by  1 Jun", "1234567890123459: rejected by  1 Jun"}, ""},
		"ids beyond what a number holds": {
			odsRow(number("12345678901234567890") + day + odsText("approved")), nil, "was rounded by a spreadsheet"},
		"rows and cells that stand once for many": {
			`<table:table-row table:number-rows-repeated="3">` + odsText("A") + day + odsText("approved") +
				`<table:table-cell table:number-columns-repeated="16381"/></table:table-row>` +
				`<table:table-row table:number-rows-repeated="1048570"><table:table-cell ` +
				`table:number-columns-repeated="16384"/></table:table-row>` + odsRow(odsText("B")+day+odsText("rejected")),
			[]string{"A: approved by  1 Jun", "B: rejected by  1 Jun"}, ""},
		"a cell that is merged over": {
			odsRow(odsText("A")+day+odsText("approved")) +
				odsRow("<table:covered-table-cell/>"+day+odsText("rejected")),
			nil, `The cell in "Ref" is merged`},
		"a formula that nobody calculated": {
			odsRow(odsText("A") + day + `<table:table-cell table:formula="of:=A1"/>`), nil, "never calculated"},
		"an error": {
			odsRow(odsText("A") + day + `<table:table-cell office:value-type="string" office:string-value="" ` +
				`calcext:value-type="error"><text:p>#NAME?</text:p></table:table-cell>`),
			[]string{"A: Decision, its outcome not said (decide)"}, `"#NAME?" in decision was read as no value`},
		"what was deleted, linked or drawn is no row": {
			`<table:shapes><draw:frame><table:table>` + odsRow(odsText("X")) + `</table:table></draw:frame></table:shapes>` +
				odsRow(odsText("A")+day+`<table:table-cell office:value-type="string"><draw:frame><text:p>no</text:p>`+
					`</draw:frame><office:annotation><text:p>no</text:p></office:annotation>`+
					`<text:p>appro<text:span>ved</text:span></text:p></table:table-cell>`),
			[]string{"A: approved by  1 Jun"}, ""},
		"rows in groups": {
			"<table:table-row-group><table:table-row-group>" + odsRow(odsText("A")+day+odsText("approved")) +
				"</table:table-row-group></table:table-row-group>", []string{"A: approved by  1 Jun"}, ""},
		"more rows than there can be": {
			`<table:table-row table:number-rows-repeated="16777215">` + odsText("A") + "</table:table-row>" +
				odsRow(odsText("B")), nil, "more often than a table of people's work"},
		"more rows than a number holds": {
			`<table:table-row table:number-rows-repeated="99999999999999999999"/>`, nil, "save the spreadsheet again"},
		"wide cells that stand for many": {
			strings.Repeat(`<table:table-row table:number-rows-repeated="9999"><table:table-cell `+
				`table:number-columns-repeated="4000" office:value-type="float" office:value="1"/></table:table-row>`, 9),
			nil, "more often than a table of people's work"},
		"columns beyond the last": {
			odsRow(`<table:table-cell table:number-columns-repeated="5000"/>` + odsText("A")), nil, "more than 4096 columns"},
	} {
		t.Run(name, func(t *testing.T) {
			recs, res, err := readAll(t, bytes.NewReader(odsOf(t, head+c.rows)), Options{Mapping: parsed(t, m)})
			words := ""
			if err != nil {
				words, recs = err.Error(), nil
			}
			for _, n := range res.Notes {
				words += n.Reason
			}
			if got := said(recs); !slices.Equal(got, c.want) || !strings.Contains(words, c.words) {
				t.Errorf("%q, %q", got, words)
			}
		})
	}
	t.Run("times and lengths of time", func(t *testing.T) {
		content := `<office:document-content><office:automatic-styles><number:time-style style:name="N1" ` +
			`number:truncate-on-overflow="false"/><style:style style:name="ce1" style:family="table-cell" ` +
			`style:data-style-name="N1"/></office:automatic-styles><office:body><office:spreadsheet><table:table ` +
			`table:name="Log"><table:table-column table:number-columns-repeated="4"/><table:table-column ` +
			`table:default-cell-style-name="ce1"/>` + odsRow(odsText("a", "b", "c", "d", "e")) +
			odsRow(`<table:table-cell office:value-type="time" office:time-value="PT09H05M00S"/>`+
				`<table:table-cell office:value-type="time" office:time-value="PT30H05M00S"/>`+
				`<table:table-cell table:style-name="ce1" office:value-type="time" office:time-value="PT09H05M00S"/>`+
				`<table:table-cell office:value-type="date" office:date-value="1899-12-30T09:05:00"/>`+
				`<table:table-cell office:value-type="time" office:time-value="PT00H00M59.9999999S"/>`) +
			`</table:table></office:spreadsheet></office:body></office:document-content>`
		x, err := Look(t.Context(), bytes.NewReader(odsDocument(t, odsKind, content)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range x.Columns {
			got = append(got, c.Values[0].Name)
		}
		if want := []string{"09:05:00", "30:05:00", "9:05:00", "09:05:00", "0:01:00"}; !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	})
	t.Run("other documents", func(t *testing.T) {
		for kind, words := range map[string]string{
			"application/vnd.oasis.opendocument.text": "but no spreadsheet",
			odsKind + "-template":                     "needs a mapping",
		} {
			_, _, err := readAll(t, bytes.NewReader(odsDocument(t, kind, `<x/>`)), Options{})
			if err == nil || !strings.Contains(err.Error(), words) && !strings.Contains(err.Error(), "no sheets") {
				t.Error(kind, err)
			}
		}
	})
}

func FuzzODS(f *testing.F) {
	z, err := zip.NewReader(bytes.NewReader(writers(f, "libreoffice.ods")), int64(len(writers(f, "libreoffice.ods"))))
	if err != nil {
		f.Fatal(err)
	}
	r, err := z.Open("content.xml")
	if err != nil {
		f.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Add([]byte(`<office:body><office:spreadsheet><table:table table:name="L"><table:table-row>` +
		`<table:table-cell table:number-columns-repeated="3" office:value-type="time" office:time-value="PT1H"/>` +
		`<table:covered-table-cell/></table:table-row></table:table></office:spreadsheet></office:body>`))
	fuzzFrom(f, "", parsed(f, odsMapping), func(t *testing.T, in []byte) io.Reader {
		return bytes.NewReader(odsDocument(t, odsKind, string(in)))
	})
}

func parsed(t testing.TB, text string) *Mapping {
	t.Helper()
	m, err := ParseMapping([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}
