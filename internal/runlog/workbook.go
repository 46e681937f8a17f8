package runlog

import (
	"io"

	"assay/internal/runlog/xlsx"
)

// # XLSX
//
// A flat log in a workbook (ECMA-376, as Excel and LibreOffice write it): like
// CSV (csv.go), it has a header row and needs a mapping. Read is the first
// sheet, or the one that the mapping names (sheet). The header is the first row
// that is not empty, or the one that the mapping says (header_row).
//
// A cell is what its stored value says: text, a number as it would be written
// without a format, true or false, and for a formula the result that was stored
// with it. A number in a date format is that date and time on the sheet's wall
// clock, so that the mapping must give its zone; both calendars of Excel are
// known, and seconds are rounded to the millisecond. Macros, links, drawings
// and hidden content are left aside. Positions are rows as the sheet counts them.
//
// Excel itself changes what it opens: it rounds times, drops leading zeros and
// turns codes into dates. Where the platform can export CSV or JSON, take that.

var xlsxFormat = &Format{
	Name:   XLSX,
	Title:  "Table (Excel workbook)",
	Table:  true,
	Unit:   "row",
	Member: "xl/workbook.xml",
	Read:   readXLSX,
}

func readXLSX(_ io.Reader, o Options, s *sink) error {
	x := xlsx.Options{Name: o.Name, MaxText: o.MaxLine, Bounded: s.in.bounded}
	if o.Mapping != nil {
		x.Sheet = o.Mapping.Sheet
	}
	t, err := xlsx.Open(s.in.zip, x)
	if err != nil {
		return err
	}
	defer t.Close()
	return readTable(t, o, s)
}
