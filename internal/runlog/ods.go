package runlog

import (
	"io"

	"assay/internal/runlog/ods"
)

// # ODS
//
// A flat log in an OpenDocument spreadsheet (ISO/IEC 26300, as LibreOffice, pandas
// and Excel write it): everything that xlsx.go says of workbooks holds here too. A
// value is what the file types it as and never the text that the sheet shows: a
// date, a number, true or false, a length of time such as PT30H05M00S, which is a
// time of day where it is less than a day and its format does not count on. A sheet
// that is hidden is read where the mapping names it or no other is there; hidden
// rows are read; both are said. A cell that another one covers holds nothing, and
// where a field is read from it the row is refused.
//
// Tried on files of LibreOffice 7.4.7, of pandas 3.1.1 with odfpy 1.4.1, and of
// Gnumeric 1.12.55.

var odsFormat = &Format{
	Name:   ODS,
	Title:  "Table (OpenDocument spreadsheet)",
	Table:  true,
	Unit:   "row",
	Member: "META-INF/manifest.xml",
	Read:   readODS,
}

func readODS(_ io.Reader, o Options, s *sink) error {
	x := ods.Options{Name: o.Name, MaxText: o.MaxLine, Bounded: s.in.bounded}
	if o.Mapping != nil {
		x.Sheet = o.Mapping.Sheet
	}
	t, err := ods.Open(s.in.zip, x)
	if err != nil {
		return err
	}
	defer t.Close()
	return readTable(t, o, s)
}
