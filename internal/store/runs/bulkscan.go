package runs

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"
)

// bulkScan reads many rows at a third of what reading them one by one costs: SQLite
// calls the function assay_take with the columns of each row, inside one step
// of one statement. Strings and blobs in a row are SQLite's own memory: they
// are valid only while f runs, and what is kept of them must be copied. A column
// that f did not find is an error. f must not use the connection.
//
// Rows come in the order of the table's key, which f can rely on no further
// than it checks.
func bulkScan(ctx context.Context, db DB, f func(*scanRow) error, columns, from string, args ...any) error {
	token := scanTokens.Add(1)
	scanMu.Lock()
	scanning[token] = f
	scanMu.Unlock()
	defer func() {
		scanMu.Lock()
		delete(scanning, token)
		scanMu.Unlock()
	}()
	var n int64
	return db.QueryRowContext(ctx, fmt.Sprintf("SELECT count(assay_take(%d, %s)) FROM %s", token, columns, from), args...).
		Scan(&n)
}

var (
	scanTokens atomic.Int64
	scanMu     sync.RWMutex
	scanning   = map[int64]func(*scanRow) error{}
)

func init() {
	sqlite.MustRegisterFunction(
		"assay_take",
		&sqlite.FunctionImpl{
			NArgs:        -1,
			VolatileArgs: true,
			Scalar: func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
				if len(args) == 0 {
					return nil, errors.New("assay_take: want a token")
				}
				token, _ := args[0].(int64)
				scanMu.RLock()
				f := scanning[token]
				scanMu.RUnlock()
				if f == nil {
					return nil, errors.New("assay_take: nobody is reading")
				}
				v := scanRow{row: args[1:]}
				if err := f(&v); err != nil {
					return nil, err
				}
				return nil, v.err
			},
		},
	)
}

// scanRow reads the columns of a row one after the other; what does not fit is
// remembered.
type scanRow struct {
	row []driver.Value
	err error
}

func (v *scanRow) next() driver.Value {
	if len(v.row) == 0 {
		v.err = errors.New("a row has too few columns")
		return nil
	}
	x := v.row[0]
	v.row = v.row[1:]
	return x
}

// int reads an integer, 0 for NULL.
func (v *scanRow) int() int64 {
	n, _ := v.next().(int64) // NULL gives 0
	return n
}

// intOrNull reads an integer; ok is false for NULL.
func (v *scanRow) intOrNull() (n int64, ok bool) {
	n, ok = v.next().(int64)
	return n, ok
}

func (v *scanRow) float() float64 {
	switch x := v.next().(type) {
	case float64:
		return x
	case int64:
		return float64(x)
	}
	return 0
}

// borrowedText reads a string that is valid only until the row ends.
func (v *scanRow) borrowedText() string {
	s, ok := v.next().(string)
	if !ok {
		v.err = errors.New("a column that should hold text does not")
	}
	return s
}

// text reads a string to keep.
func (v *scanRow) text() string { return strings.Clone(v.borrowedText()) }
