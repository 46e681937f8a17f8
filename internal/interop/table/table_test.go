package table

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

var hostile = Table{
	Name:    "Findings [of] the day: what/logs*contradict, in 2026?",
	Columns: []string{"Test", "Open", "Due", "Said"},
	Rows: [][]string{
		{"OVR-01", "1,234", "2026-03-31", "=HYPERLINK(\"http://evil\")"},
		{"OVR-02", "0.5", "", "+1 & <b> ]]> \x00\x1f _x0041_ \U0001F600"},
		{"007", "12", "2026-02-31", "two\nlines, and a \"quote\""},
		{"1,23", "-4", "", strings.Repeat("é", 40_000)},
	},
}

// Excel's own rules are kept by excelize, another reader of workbooks.
func TestXLSX(t *testing.T) {
	data, err := XLSX(hostile)
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	name := f.GetSheetName(0)
	if len(name) > 31 || strings.ContainsAny(name, "[]:/*?") {
		t.Errorf("sheet %q", name)
	}
	rows, err := f.GetRows(name, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"Test", "Open", "Due", "Said"},
		{"OVR-01", "1234", "46112", "=HYPERLINK(\"http://evil\")"},
		{"OVR-02", "0.5", "", "+1 & <b> ]]> \ufffd\ufffd _x0041_ \U0001F600"},
		{"007", "12", "2026-02-31", "two\nlines, and a \"quote\""},
		{"1,23", "-4", "", strings.Repeat("é", maxText)},
	}
	for i := range want {
		if !slices.Equal(rows[i], want[i]) {
			t.Errorf("row %d: %.100q, not %.100q", i, rows[i], want[i])
		}
	}
	for cell, kind := range map[string]excelize.CellType{
		"A4": excelize.CellTypeInlineString, "B2": excelize.CellTypeUnset, "D2": excelize.CellTypeInlineString,
	} {
		if got, _ := f.GetCellType(name, cell); got != kind {
			t.Errorf("%s is of type %v, not %v", cell, got, kind)
		}
	}
	if formula, _ := f.GetCellFormula(name, "D2"); formula != "" {
		t.Errorf("text became the formula %q", formula)
	}
}

func TestCSV(t *testing.T) {
	data, err := CSV(hostile)
	if err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(string(data), "\ufeff")
	if !ok {
		t.Error("no byte order mark: Excel takes the text for another encoding")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		for j, cell := range row {
			if j != 1 && cell != "" && strings.ContainsRune(formula, rune(cell[0])) {
				t.Errorf("row %d: %q is taken for a formula", i, cell)
			}
		}
	}
	if rows[1][1] != "1234" || rows[4][1] != "-4" || rows[3][0] != "007" {
		t.Errorf("numbers and references: %q", rows)
	}
}

func ExampleCSV() {
	data, _ := CSV(Table{Columns: []string{"Test", "Open"}, Rows: [][]string{{"OVR-01", "6"}}})
	fmt.Println(strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n"))
	// Output:
	// Test,Open
	// OVR-01,6
}
