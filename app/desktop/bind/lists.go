package bind

import (
	"bytes"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/interop/sheet"
	"assay/internal/interop/table"
)

// Lists takes lists out of the window.
type Lists struct{ d *Desk }

// List is a list as it reads in the window.
type List struct {
	Name    string     `json:"name"`
	Format  string     `json:"format"` // csv, xlsx
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"` // a cell for each column
}

// Save asks where a list is to be written and writes it; empty if the dialog was closed.
func (l *Lists) Save(x List) (string, error) {
	return guard(l.d, "Lists.Save", func() (string, error) {
		var data []byte
		var err error
		filter := Filter{Name: "Excel workbooks", Patterns: []string{"*.xlsx"}}
		switch x.Format {
		case "xlsx":
			data, err = l.workbook(x)
		case "csv":
			filter = Filter{Name: "Text with commas", Patterns: []string{"*.csv"}}
			data, err = table.CSV(x.Columns, x.Rows)
		default:
			err = fault.Invalid("format", "A list is saved as csv or xlsx.")
		}
		if err != nil {
			return "", err
		}
		name := strings.ToLower(strings.Join(strings.Fields(x.Name), "-")) + "." + x.Format
		path, err := l.d.o.Dialogs.Save("Save the list", name, []Filter{filter})
		if err != nil || path == "" {
			return "", err
		}
		return path, writeFile(path, data)
	})
}

// workbook is a list as a sheet of a workbook: days and whole numbers as such, and all else as text.
func (l *Lists) workbook(x List) ([]byte, error) {
	now := time.Now
	if l.d.o.Clock != nil {
		now = l.d.o.Clock
	}
	s := sheet.Sheet{Name: table.SheetName(x.Name), Rows: make([][]any, len(x.Rows))}
	for _, name := range x.Columns {
		s.Columns = append(s.Columns, sheet.Column{Title: name})
	}
	for i, row := range x.Rows {
		s.Rows[i] = make([]any, len(row))
		for j, cell := range row {
			s.Rows[i][j] = cell
			if n, ok := table.Whole(cell); ok {
				s.Rows[i][j] = n
			} else if d, err := civil.Parse(cell); err == nil && cell != "" {
				s.Rows[i][j] = d
			}
		}
	}
	var out bytes.Buffer
	err := sheet.Write(&out, sheet.Book{Title: x.Name, Author: "Assay", Made: now().UTC(), Sheets: []sheet.Sheet{s}})
	return out.Bytes(), err
}
