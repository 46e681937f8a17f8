package bind

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/xuri/excelize/v2"
)

// saving is a dialog in which this place is chosen.
type saving struct {
	Dialogs
	path string
}

func (s saving) Save(string, string, []Filter) (string, error) { return s.path, nil }

// A list leaves as a workbook in which another program finds numbers, days and text as such.
func TestSaveList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.xlsx")
	d := NewDesk(Options{Dialogs: saving{path: path}})
	defer d.Close()
	list := List{
		Name: "What is due: all", Format: "xlsx", Columns: []string{"Test", "Open", "Due", "Said"},
		Rows: [][]string{{"007", "1,234", "2026-03-31", "=1+1"}, {"OVR-02", "0", "", "two; lines"}},
	}
	if _, err := (&Lists{d}).Save(list); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	last := rows[len(rows)-2]
	if last[0] != "007" || last[1] != "1234" || last[2] != "46112" || last[3] != "=1+1" {
		t.Errorf("%q", rows)
	}
	list.Format = "docx"
	if _, err := (&Lists{d}).Save(list); err == nil {
		t.Error("an unknown format is saved")
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}
