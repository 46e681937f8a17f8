package sqlitex

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"
)

// DB is what reading needs: a *sql.DB, *sql.Tx or *sql.Conn.
type DB interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Scan reads many rows at a third of what reading them one by one costs: SQLite
// calls the function assay_scan with the columns of each row, inside one step
// of one statement. A column that f did not find is an error. f must not use the
// connection.
//
// Rows come in the order of the table's key, which f can rely on no further
// than it checks.
func Scan(ctx context.Context, db DB, f func(*Row) error, columns, from string, args ...any) error {
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
	err := db.QueryRowContext(
		ctx, fmt.Sprintf("SELECT count(assay_scan(%d, %s)) FROM %s", token, columns, from), args...,
	).
		Scan(&n)
	if err != nil {
		return fmt.Errorf("scan %s: %w", strings.SplitN(from, " ", 2)[0], err)
	}
	return nil
}

var (
	scanTokens atomic.Int64
	scanMu     sync.RWMutex
	scanning   = map[int64]func(*Row) error{}
)

func init() {
	sqlite.MustRegisterFunction(
		"assay_scan",
		&sqlite.FunctionImpl{
			NArgs:        -1,
			VolatileArgs: true,
			Scalar: func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
				if len(args) == 0 {
					return nil, errors.New("assay_scan: want a token")
				}
				token, _ := args[0].(int64)
				scanMu.RLock()
				f := scanning[token]
				scanMu.RUnlock()
				if f == nil {
					return nil, errors.New("assay_scan: nobody is reading")
				}
				v := Row{row: args[1:]}
				if err := f(&v); err != nil {
					return nil, err
				}
				return nil, v.err
			},
		},
	)
}

// Row is the columns of a row, to be read one after the other. What does not fit
// is an error of the scan.
type Row struct {
	row []driver.Value
	err error
}

// Next is the next column. A string or []byte in it is SQLite's own memory: it
// is valid only while the row is, and what is kept of it must be copied.
func (v *Row) Next() driver.Value {
	if len(v.row) == 0 {
		v.err = errors.New("a row has too few columns")
		return nil
	}
	x := v.row[0]
	v.row = v.row[1:]
	return x
}

// Int reads an integer, 0 for NULL.
func (v *Row) Int() int64 {
	n, _ := v.Next().(int64) // NULL gives 0
	return n
}

// IntOrNull reads an integer; ok is false for NULL.
func (v *Row) IntOrNull() (n int64, ok bool) {
	n, ok = v.Next().(int64)
	return n, ok
}

// Float reads a number, 0 for NULL.
func (v *Row) Float() float64 {
	switch x := v.Next().(type) {
	case float64:
		return x
	case int64:
		return float64(x)
	}
	return 0
}

// BorrowedText reads a string that is valid only while the row is.
func (v *Row) BorrowedText() string {
	s, ok := v.Next().(string)
	if !ok {
		v.err = errors.New("a column that should hold text does not")
	}
	return s
}

// Text reads a string to keep.
func (v *Row) Text() string { return strings.Clone(v.BorrowedText()) }

// Err is what did not fit so far.
func (v *Row) Err() error { return v.err }
