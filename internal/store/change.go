package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"

	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/store/db"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// unlogged are the tables whose rows no entry names: the log itself, unsaved
// drafts, counters, what triggers derive, and the bulk of an import, which the import's own entry
// covers with the root over its runs.
var unlogged = map[string]bool{
	"log_entry": true, "log_row": true, "log_tile": true, "log_head": true,
	"draft": true, "counter": true, "blob_piece": true, "policy_link": true,
}

// bulkPrefix begins the names of the tables that hold imported runs and what is
// computed from them.
const bulkPrefix = "run_"

func isLogged(table string) bool {
	return !unlogged[table] && !strings.HasPrefix(table, bulkPrefix) && !strings.HasPrefix(table, "goose_") &&
		!strings.HasPrefix(table, "sqlite_")
}

// tableInfo is what the log needs of a table: its columns that are stored and
// not derived, and which of them are the key.
type tableInfo struct {
	columns []string // as declared, generated ones left out
	key     []int    // indexes into the row as the pre-update hook gives it
	keyCols []string
}

type rowID struct{ table, key string }

// touched collects the rows that a change writes, by their keys.
type touched struct {
	rows map[rowID]bool
	off  bool
	err  error
}

// hookConnector opens connections; the writer's tells the store of each row
// that is inserted, updated or deleted, by whatever statement, trigger or
// cascade: no code can forget to log a change.
type hookConnector struct {
	dsn string
	s   *Store // nil: a reader
}

func (c hookConnector) Driver() driver.Driver { return &sqlite.Driver{} }

func (c hookConnector) Connect(ctx context.Context) (driver.Conn, error) {
	base, err := sqlite.NewConnector(c.dsn)
	if err != nil {
		return nil, fault.Doing("connect to the register", err)
	}
	conn, err := base.Connect(ctx)
	if err != nil || c.s == nil {
		return conn, fault.Doing("connect to the register", err)
	}
	hooks, ok := conn.(sqlite.HookRegisterer)
	if !ok {
		return nil, fault.Doing(
			"connect to the register",
			errors.Join(errors.New("this SQLite driver has no pre-update hook"), conn.Close()),
		)
	}
	hooks.RegisterPreUpdateHook(c.s.onRow)
	c.s.hooks = hooks
	if c.s.held { // a connection in place of one that was lost while a copy is being made
		exec, ok := conn.(driver.ExecerContext)
		if !ok {
			return nil, fault.Doing("connect to the register", errors.Join(
				errors.New("this SQLite driver runs no statement without preparing it"),
				conn.Close(),
			))
		}
		if _, err := exec.ExecContext(ctx, "PRAGMA wal_autocheckpoint = 0", nil); err != nil {
			return nil, fault.Doing("connect to the register", errors.Join(err, conn.Close()))
		}
	}
	return conn, nil
}

func (s *Store) onRow(d sqlite.SQLitePreUpdateData) {
	t := s.touched
	if t == nil || t.off || !isLogged(d.TableName) {
		return
	}
	info, ok := s.tables[d.TableName]
	if !ok {
		t.err = fmt.Errorf("table %s is not known to the log", d.TableName)
		return
	}
	values := make([]any, d.Count())
	if d.Op != sqlite3.SQLITE_INSERT {
		t.err = cmp.Or(t.err, d.Old(values...))
		t.rows[rowID{d.TableName, info.keyOf(values)}] = true
	}
	if d.Op != sqlite3.SQLITE_DELETE {
		t.err = cmp.Or(t.err, d.New(values...))
		t.rows[rowID{d.TableName, info.keyOf(values)}] = true
	}
}

func (i tableInfo) keyOf(row []any) string {
	parts := make([]string, len(i.key))
	for n, at := range i.key {
		if at < len(row) {
			parts[n] = fmt.Sprint(row[at])
		}
	}
	return strings.Join(parts, "/")
}

func tablesOf(ctx context.Context, d *sql.DB) (map[string]tableInfo, error) {
	rows, err := d.QueryContext(
		ctx,
		`SELECT t.name, c.cid, c.name, c.pk, c.hidden FROM pragma_table_list t, pragma_table_xinfo(t.name) c
		WHERE t.schema = 'main' AND t.type = 'table' ORDER BY t.name, c.cid`,
	)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]tableInfo{}
	for rows.Next() {
		var table, column string
		var at, pk, hidden int
		if err := rows.Scan(&table, &at, &column, &pk, &hidden); err != nil {
			return nil, err
		}
		if !isLogged(table) {
			continue
		}
		info := out[table]
		if pk > 0 {
			info.key = append(info.key, at)
			info.keyCols = append(info.keyCols, column)
		}
		if hidden == 0 {
			info.columns = append(info.columns, column)
		}
		out[table] = info
	}
	return out, rows.Err()
}

// Tx is a change in progress: a view that sees its own writes.
type Tx struct {
	Reader
	entry   ledger.Entry
	touched *touched
}

// Unlogged runs f without noting the rows that it writes: for the bulk of an
// import, whose entry covers its runs by their root.
func (t *Tx) Unlogged(f func() error) error {
	t.touched.off = true
	t.s.hooks.RegisterPreUpdateHook(nil) // to be called for each of millions of rows costs time
	defer func() {
		t.touched.off = false
		t.s.hooks.RegisterPreUpdateHook(t.s.onRow)
	}()
	return f()
}

// Logged runs f inside Unlogged with the rows that it writes noted after all.
func (t *Tx) Logged(f func() error) error {
	if !t.touched.off {
		return f()
	}
	t.touched.off = false
	t.s.hooks.RegisterPreUpdateHook(t.s.onRow)
	defer func() {
		t.touched.off = true
		t.s.hooks.RegisterPreUpdateHook(nil)
	}()
	return f()
}

// Touch names a row that Unlogged wrote and that the entry shall name after all.
func (t *Tx) Touch(table, key string) { t.touched.rows[rowID{table, key}] = true }

// Entry is the log entry that the change will leave; f may complete it.
func (t *Tx) Entry() *ledger.Entry { return &t.entry }

// Change runs f in one transaction and ends it with one entry in the activity
// log that holds the digest of every row that f wrote. If f fails, nothing is
// kept. If f leaves every row as it was and the entry names nothing else,
// nothing is kept either and ok is false: doing a thing twice is not two events.
func (s *Store) Change(
	ctx context.Context,
	entry ledger.Entry,
	f func(*Tx) error,
) (_ ledger.Entry, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(s.mayWrite(), s.stillThere()); err != nil {
		return ledger.Entry{}, false, err
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return ledger.Entry{}, false, explain(err, s.path)
	}
	defer tx.Rollback() // after a commit it does nothing
	if s.tables == nil {
		return ledger.Entry{}, false, fault.Internal(errors.New("change before the schema is known"))
	}
	s.touched = &touched{rows: map[rowID]bool{}}
	defer func() { s.touched = nil }()
	t := &Tx{Reader{db.New(tx), tx, s}, entry, s.touched}
	if err := f(t); err != nil {
		return ledger.Entry{}, false, explain(err, s.path)
	}
	if t.touched.err != nil {
		return ledger.Entry{}, false, fault.Internal(t.touched.err)
	}
	if ok, err = t.seal(ctx); err != nil || !ok {
		return ledger.Entry{}, false, explain(err, s.path)
	}
	if err := s.mark(ctx, tx); err != nil {
		return ledger.Entry{}, false, explain(err, s.path)
	}
	if err := tx.Commit(); err != nil {
		return ledger.Entry{}, false, explain(err, s.path)
	}
	s.committed(ctx)
	return t.entry, true, nil
}

// Note runs f in one transaction that leaves no entry: for unsaved drafts and
// other rows that are no evidence. A logged row written by f is refused.
func (s *Store) Note(ctx context.Context, f func(*Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(s.mayWrite(), s.stillThere()); err != nil {
		return err
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return explain(err, s.path)
	}
	defer tx.Rollback() // after a commit it does nothing
	s.touched = &touched{rows: map[rowID]bool{}}
	defer func() { s.touched = nil }()
	if err := f(&Tx{Reader{db.New(tx), tx, s}, ledger.Entry{}, s.touched}); err != nil {
		return explain(err, s.path)
	}
	if len(s.touched.rows) > 0 || s.touched.err != nil {
		return fault.Internal(errors.New("a logged row was written without an entry"))
	}
	if err := s.mark(ctx, tx); err != nil {
		return explain(err, s.path)
	}
	if err := tx.Commit(); err != nil {
		return explain(err, s.path)
	}
	s.committed(ctx)
	return nil
}

// seal writes the entry, false where there is nothing to say.
func (t *Tx) seal(ctx context.Context) (bool, error) {
	ids := make([]rowID, 0, len(t.touched.rows))
	for id := range t.touched.rows {
		ids = append(ids, id)
	}
	slices.SortFunc(
		ids,
		func(a, b rowID) int { return cmp.Or(strings.Compare(a.table, b.table), strings.Compare(a.key, b.key)) },
	)
	t.touched.off = true // from here on the log writes about itself
	var rows []db.InsertLogRowParams
	for _, id := range ids {
		digest, row, err := t.Row(ctx, id.table, id.key)
		if err != nil {
			return false, err
		}
		before, err := t.LastRowDigest(ctx, id.table, id.key)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return false, err
		}
		if digest == before {
			continue
		}
		change := ledger.Change{Table: id.table, Key: id.key, Op: ledger.Put, Digest: digest}
		if digest == "" {
			change.Op = ledger.Delete
		}
		t.entry.Changes = append(t.entry.Changes, change)
		rows = append(rows, db.InsertLogRowParams{Tbl: id.table, Key: id.key, Digest: digest, Row: row})
	}
	if len(t.entry.Changes) == 0 && t.entry.Import == nil && len(t.entry.Digests) == 0 {
		return false, nil
	}
	size, err := t.LogSize(ctx)
	if err != nil {
		return false, err
	}
	log := ledger.Open(tilesOf(ctx, t.Queries), size)
	entry, leaf, err := log.Append(t.entry)
	if err != nil {
		return false, err
	}
	t.entry = entry
	err = t.InsertLogEntry(
		ctx,
		db.InsertLogEntryParams{
			Seq:     entry.Seq,
			At:      stamp(entry.Time),
			Action:  entry.Action,
			Subject: entry.Subject,
			Leaf:    string(leaf),
		},
	)
	if err != nil {
		return false, err
	}
	for _, r := range rows {
		r.Seq = entry.Seq
		if err := t.InsertLogRow(ctx, r); err != nil {
			return false, err
		}
	}
	return true, nil
}

// Row is a row's digest and JSON as the log knows them, empty where there is
// no such row.
func (r *Reader) Row(ctx context.Context, table, key string) (digest string, row sql.NullString, err error) {
	info, ok := r.s.tables[table]
	if !ok {
		return "", row, fmt.Errorf("table %s is not known to the log", table)
	}
	q := fmt.Sprintf(
		"SELECT %s FROM %s WHERE %s",
		quoted(info.columns),
		quote(table),
		strings.Join(each(info.keyCols, func(c string) string { return quote(c) + " = ?" }), " AND "),
	)
	parts := strings.SplitN(key, "/", len(info.keyCols))
	if len(parts) != len(info.keyCols) {
		return "", row, fmt.Errorf("key %q of table %s has %d parts", key, table, len(parts))
	}
	args := make([]any, len(parts))
	for i, p := range parts {
		args[i] = p
	}
	values := make([]any, len(info.columns))
	dest := make([]any, len(values))
	for i := range values {
		dest[i] = &values[i]
	}
	switch err := r.SQL.QueryRowContext(ctx, q, args...).Scan(dest...); {
	case errors.Is(err, sql.ErrNoRows):
		return "", row, nil
	case err != nil:
		return "", row, fault.Doing("read a row", err)
	}
	text, err := ledger.RowJSON(info.columns, values)
	if err != nil {
		return "", row, err
	}
	if digest, err = ledger.RowDigest(info.columns, values); err != nil {
		return "", row, err
	}
	return digest, sql.NullString{String: string(text), Valid: true}, nil
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoted(names []string) string { return strings.Join(each(names, quote), ", ") }

func each(in []string, f func(string) string) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = f(s)
	}
	return out
}

// tiles keeps the log's tree in the register, for one transaction.
type tiles struct {
	get func(level int, n int64) ([]byte, error)
	put func(level int, n int64, data []byte) error
}

func tilesOf(ctx context.Context, q *db.Queries) tiles {
	return tiles{
		get: func(level int, n int64) ([]byte, error) {
			data, err := q.Tile(ctx, int64(level), n)
			if errors.Is(err, sql.ErrNoRows) {
				return nil, nil
			}
			return data, err
		},
		put: func(level int, n int64, data []byte) error { return q.PutTile(ctx, int64(level), n, data) },
	}
}

func (t tiles) Tile(level int, n int64) ([]byte, error) { return t.get(level, n) }

func (t tiles) PutTile(level int, n int64, data []byte) error { return t.put(level, n, data) }

// Log is the activity log as this view sees it.
func (r *Reader) Log(ctx context.Context) (*ledger.Log, error) {
	size, err := r.LogSize(ctx)
	return ledger.Open(tilesOf(ctx, r.Queries), size), fault.Doing("read the size of the log", err)
}
