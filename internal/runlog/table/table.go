// Package table is what the readers of tables (a CSV file, a sheet of a
// workbook) have in common: rows of cells, each with its number.
package table

// MaxColumns is how many columns a row may have.
const MaxColumns = 4096

// Reader gives a table row by row.
type Reader interface {
	// Next gives the next row's values, valid until the next call, and its
	// number, from 1. An empty row has none. At the end it gives io.EOF. An
	// error of the type BadRow is about this row alone, and reading goes on.
	Next() (cells []string, row int64, err error)
}

// BadRow is why a row cannot be read; the next one can.
type BadRow string

func (b BadRow) Error() string { return string(b) }
