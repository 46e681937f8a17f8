package table

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
)

var hostile = [][]string{
	{"OVR-01", "1,234", "=HYPERLINK(\"http://evil\")"},
	{"OVR-02", "0.5", "+1 & <b>\t"},
	{"007", "12", "two\nlines, and a \"quote\""},
	{"1,23", "-4", "@SUM(A1)"},
	{"-5 days", "0", "\tfirst"},
}

func TestCSV(t *testing.T) {
	data, err := CSV([]string{"Test", "Open", "Said"}, hostile)
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
	if rows[1][1] != "1234" || rows[4][1] != "-4" || rows[3][0] != "007" || rows[4][0] != "1,23" {
		t.Errorf("numbers and references: %q", rows)
	}
}

func ExampleCSV() {
	data, _ := CSV([]string{"Test", "Open"}, [][]string{{"OVR-01", "1,234"}})
	fmt.Println(strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n"))
	// Output:
	// Test,Open
	// OVR-01,1234
}

func TestWhole(t *testing.T) {
	for cell, want := range map[string]int{"0": 0, "12": 12, "1,234,567": 1234567, "-4": -4} {
		if n, ok := Whole(cell); !ok || n != want {
			t.Errorf("%q is %d, %v", cell, n, ok)
		}
	}
	for _, cell := range []string{"", "007", "1,23", "12%", "0.5", "2.6E+11", "WF-0001", "1 2", "9999999999999999"} {
		if n, ok := Whole(cell); ok {
			t.Errorf("%q is taken for the number %d", cell, n)
		}
	}
}

func TestSheetName(t *testing.T) {
	for name, want := range map[string]string{
		"Findings [of] the day: what/logs*say": "Findings  of  the day  what log", "'": "List",
		"Workflows": "Workflows",
	} {
		if got := SheetName(name); got != want || len([]rune(got)) > 31 {
			t.Errorf("%q: %q", name, got)
		}
	}
}
