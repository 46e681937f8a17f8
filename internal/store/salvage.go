package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"strings"

	"assay/internal/fault"

	"modernc.org/sqlite"
)

// Salvaged is what a salvage could read of one table.
type Salvaged struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
	Whole bool   `json:"whole"` // no error was met
}

// Salvage reads what can be read of a damaged register, row by row, going round
// what cannot. path should be a copy. row gets each row's columns and values;
// document each kept document whose content still has its digest.
func Salvage(
	ctx context.Context,
	path, vfs string,
	row func(table string, columns []string, values []any) error,
	document func(digest string, r io.Reader) error,
) ([]Salvaged, error) {
	q := url.Values{
		"mode":    {"ro"},
		"_pragma": {lockWait, "query_only(1)", "trusted_schema(0)", "writable_schema(0)"},
	}
	if vfs != "" {
		q.Set("vfs", vfs)
	}
	c, err := sqlite.NewConnector("file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode())
	if err != nil {
		return nil, fault.Doing("salvage a register", err)
	}
	d := sql.OpenDB(c)
	defer d.Close()
	d.SetMaxOpenConns(1)
	rows, err := d.QueryContext(
		ctx,
		"SELECT name, sql LIKE '%WITHOUT ROWID%' FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "+
			"'sqlite_%' AND name NOT LIKE 'goose_%' AND name NOT LIKE 'run_search%' ORDER BY name",
	)
	if err != nil {
		return nil, fault.Tampered("The beginning of the register is damaged, with the list of what is in it. " +
			"Nothing can be read; restore a backup.").
			Because(err)
	}
	type table struct {
		name    string
		without bool
	}
	var tables []table
	for rows.Next() {
		var t table
		if err := rows.Scan(&t.name, &t.without); err != nil {
			rows.Close()
			return nil, fault.Doing("salvage a register", err)
		}
		tables = append(tables, t)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fault.Tampered("The list of what is in the register is damaged. Restore a backup.").Because(err)
	}
	var out []Salvaged
	for _, t := range tables {
		s := salvage{d: d, table: t.name, each: row, Salvaged: Salvaged{Table: t.name, Whole: true}}
		switch {
		case t.name == "blob_piece":
			continue // with the documents
		case t.without:
			_, err = s.read(ctx, "1", nil, false, 0)
		default:
			err = s.around(ctx)
		}
		if err != nil {
			return out, err
		}
		out = append(out, s.Salvaged)
	}
	return out, documents(ctx, d, document)
}

// salvage reads one table.
type salvage struct {
	Salvaged
	d     *sql.DB
	table string
	each  func(string, []string, []any) error
}

// read gives the rows that a condition chooses to each, until the end or the
// first damage; it returns the rowid of the last one read.
func (s *salvage) read(ctx context.Context, where string, args []any, down bool, limit int) (last int64, err error) {
	cols, order := "*", ""
	if limit > 0 {
		cols = "rowid AS \"!\", *"
		order = map[bool]string{false: " ORDER BY rowid", true: " ORDER BY rowid DESC"}[down]
	}
	last = math.MinInt64
	rows, err := s.d.QueryContext(ctx, "SELECT "+cols+" FROM "+quote(s.table)+" WHERE "+where+order, args...)
	if err != nil {
		s.Whole = false
		return last, ctx.Err()
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return last, err
	}
	for rows.Next() {
		values := make([]any, len(names))
		dest := make([]any, len(names))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			break
		}
		columns := names
		if limit > 0 {
			last, _ = values[0].(int64)
			columns, values = columns[1:], values[1:]
		}
		s.Rows++
		if err := s.each(s.table, columns, values); err != nil {
			return last, err
		}
	}
	if rows.Err() != nil {
		s.Whole = false
	}
	return last, ctx.Err()
}

// probes is into how many parts a stretch that cannot be read through is cut.
const probes = 256

// around reads from the first row up to the first damage, from the last down to
// the first damage, and tries the stretch between at many places.
func (s *salvage) around(ctx context.Context) error {
	low, err := s.read(ctx, "rowid > ?", []any{int64(math.MinInt64)}, false, 1)
	if err != nil || s.Whole {
		return err
	}
	high, err := s.read(ctx, "rowid > ?", []any{low}, true, 1)
	if err != nil {
		return err
	}
	if high == math.MinInt64 || high-low <= 1 || low == math.MinInt64 {
		return nil
	}
	step := max((high-low)/probes, 1)
	for at := low + step; at < high; at += step {
		last, err := s.read(ctx, "rowid > ? AND rowid < ?", []any{max(at, low), min(at+step, high)}, false, 1)
		if err != nil {
			return err
		}
		low = max(low, last)
	}
	return nil
}

// documents gives each document whose pieces can be read and have its digest.
func documents(ctx context.Context, d *sql.DB, f func(string, io.Reader) error) error {
	rows, err := d.QueryContext(ctx, "SELECT sha256, bytes FROM blob")
	if err != nil {
		return ctx.Err()
	}
	defer rows.Close()
	type doc struct {
		digest string
		size   int64
	}
	var all []doc
	for rows.Next() {
		var x doc
		if rows.Scan(&x.digest, &x.size) != nil {
			break
		}
		all = append(all, x)
	}
	rows.Close()
	for _, x := range all {
		var b strings.Builder
		for n := 0; int64(b.Len()) < x.size; n++ {
			var piece []byte
			if err := d.QueryRowContext(
				ctx, "SELECT data FROM blob_piece WHERE sha256 = ? AND n = ?", x.digest, n,
			).Scan(&piece); err != nil ||
				len(piece) == 0 {
				break
			}
			b.Write(piece)
		}
		if sum := sha256.Sum256([]byte(b.String())); hex.EncodeToString(sum[:]) != x.digest {
			continue
		}
		if err := f(x.digest, strings.NewReader(b.String())); err != nil {
			return fmt.Errorf("keep a salvaged document: %w", err)
		}
	}
	return ctx.Err()
}
