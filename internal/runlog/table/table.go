// Package table is what the readers of tables (a CSV file, a sheet of a
// workbook) have in common: rows of cells, each with its number.
package table

// MaxColumns is how many columns a row may have.
const MaxColumns = 4096

// Reader gives a table row by row.
type Reader interface {
	// Next gives the next row's values, valid until the next call, and its
	// number, from 1; 0 is that of names which the file itself gives to its columns.
	// An empty row has none. At the end it gives io.EOF. An
	// error of the type BadRow is about this row alone, and reading goes on.
	Next() (cells []string, row int64, err error)
}

// BadRow is why a row cannot be read; the next one can.
type BadRow string

func (b BadRow) Error() string { return string(b) }

// Kind is what a program holds a cell's value to be.
type Kind int

const (
	Text         Kind = iota
	Number            // as it is written without a format
	Date              // a day, with or without its time, in the form of ISO 8601
	TimeOfDay         // hh:mm:ss
	Duration          // h:mm:ss, of any number of hours
	Error             // a formula that came to nothing, such as #N/A
	Uncalculated      // a formula whose result nobody has worked out yet
	Covered           // a cell under another one that was merged over it; it holds nothing
	Binary            // neither a text nor a number
	List              // several values, with commas between them
)

// Typed is a Reader that knows the kinds of the values in the row that Next gave.
type Typed interface {
	Kind(column int) Kind
}

// Noted is a Reader that has something to say at the end: what it left aside.
type Noted interface {
	Notes() []string
}
