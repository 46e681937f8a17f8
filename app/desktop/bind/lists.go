package bind

import (
	"strings"

	"assay/internal/fault"
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
		filter := Filter{Name: "Excel workbooks", Patterns: []string{"*.xlsx"}}
		write := table.XLSX
		switch x.Format {
		case "xlsx":
		case "csv":
			filter, write = Filter{Name: "Text with commas", Patterns: []string{"*.csv"}}, table.CSV
		default:
			return "", fault.Invalid("format", "A list is saved as csv or xlsx.")
		}
		data, err := write(table.Table{Name: x.Name, Columns: x.Columns, Rows: x.Rows})
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
