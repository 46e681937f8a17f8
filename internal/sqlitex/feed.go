package sqlitex

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	_ "modernc.org/sqlite" // opens the connections that the virtual table is used on
	sqlite "modernc.org/sqlite/lib"
)

// Rows is a batch of rows for several tables, which are numbered as in NewFeed.
type Rows interface {
	// Len is how many rows there are for a table.
	Len(table int) int
	// Column puts a column of a row into v.
	Column(table, row, column int, v Value) error
}

// Into is a table that a Feed fills.
type Into struct {
	Columns int
	Insert  string // a statement in which $rows stands for the rows: "INSERT INTO t $rows"
}

// Feed stores batches of rows. One INSERT … SELECT from a virtual table over the
// batch costs half of what an execution a row costs: the statement is entered
// once, nothing is bound, and no lock is taken between rows. It is one statement
// of the caller's transaction like any other, through whatever VFS the file is
// opened with.
type Feed struct {
	token  uintptr
	into   []Into
	insert []string
	made   int // virtual tables
	public bool
}

// usePublic makes every Feed go through the driver's public interface alone. It
// is for the day on which a new version of the driver breaks the fast way.
const usePublic = false

var feedTokens atomic.Uint32

// NewFeed makes the virtual tables. They live in the connection's temporary
// schema until Drop or the transaction's rollback.
func NewFeed(ctx context.Context, tx *sql.Tx, into []Into) (*Feed, error) {
	return newFeed(ctx, tx, into, usePublic)
}

func newFeed(ctx context.Context, tx *sql.Tx, into []Into, public bool) (*Feed, error) {
	f := &Feed{token: uintptr(feedTokens.Add(1)), into: into, insert: make([]string, len(into)), public: public}
	for i, x := range into {
		if public {
			marks := strings.TrimSuffix(strings.Repeat("?,", x.Columns), ",")
			f.insert[i] = strings.Replace(x.Insert, "$rows", "VALUES ("+marks+")", 1)
			continue
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf(
			"CREATE VIRTUAL TABLE temp.%s USING assay_feed(%d, %d, %d)", f.name(i), f.token, i, x.Columns,
		))
		if err != nil {
			return nil, fmt.Errorf("make a virtual table: %w", err)
		}
		f.made++
		// "WHERE true" tells the parser that ON CONFLICT is no join condition.
		f.insert[i] = strings.Replace(
			x.Insert,
			"$rows",
			"SELECT "+strings.Join(columnNames(x.Columns), ", ")+" FROM temp."+f.name(i)+" WHERE true",
			1,
		)
	}
	return f, nil
}

func (f *Feed) name(table int) string { return fmt.Sprintf("assay_feed_%d_%d", f.token, table) }

func columnNames(n int) []string {
	names := make([]string, n)
	for c := range names {
		names[c] = fmt.Sprint("c", c)
	}
	return names
}

// Store stores a batch, table after table. The rows and their arenas must stay
// as they are until it returns.
func (f *Feed) Store(ctx context.Context, tx *sql.Tx, rows Rows) error {
	if f.public {
		return f.storeOneByOne(ctx, tx, rows)
	}
	give(f.token, rows)
	defer give(f.token, nil)
	for i, insert := range f.insert {
		if rows.Len(i) == 0 {
			continue
		}
		if _, err := tx.ExecContext(ctx, insert); err != nil {
			return fmt.Errorf("store a batch: %w", err)
		}
	}
	return nil
}

// storeOneByOne is Store through the driver's public interface.
func (f *Feed) storeOneByOne(ctx context.Context, tx *sql.Tx, rows Rows) error {
	for i, insert := range f.insert {
		if rows.Len(i) == 0 {
			continue
		}
		stmt, err := tx.PrepareContext(ctx, insert)
		if err != nil {
			return fmt.Errorf("store a batch: %w", err)
		}
		values, args := make([]driver.Value, f.into[i].Columns), make([]any, f.into[i].Columns)
		for row := range rows.Len(i) {
			for c := range values {
				if err := rows.Column(i, row, c, Value{out: &values[c]}); err != nil {
					return errors.Join(err, stmt.Close())
				}
				args[c] = values[c]
			}
			if _, err := stmt.ExecContext(ctx, args...); err != nil {
				return errors.Join(fmt.Errorf("store a batch: %w", err), stmt.Close())
			}
		}
		if err := stmt.Close(); err != nil {
			return fmt.Errorf("store a batch: %w", err)
		}
	}
	return nil
}

// Drop takes the virtual tables away.
func (f *Feed) Drop(ctx context.Context, tx *sql.Tx) error {
	var errs []error
	for ; f.made > 0; f.made-- {
		_, err := tx.ExecContext(ctx, "DROP TABLE temp."+f.name(f.made-1))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Value is where a column of a row goes: to SQLite, or with out to a statement.
// It is two addresses and not an interface, for thirty million of them.
type Value struct {
	t   *libc.TLS
	ctx uintptr
	out *driver.Value
}

// Int gives an integer.
func (v Value) Int(n int64) {
	if v.out != nil {
		*v.out = n
		return
	}
	sqlite.Xsqlite3_result_int64(v.t, v.ctx, n)
}

// Null gives NULL.
func (v Value) Null() {
	if v.out != nil {
		*v.out = nil
		return
	}
	sqlite.Xsqlite3_result_null(v.t, v.ctx)
}

const static = 0 // SQLITE_STATIC: SQLite makes no copy to keep

// Text gives a text of an arena, which keeps it until the statement has ended.
func (v Value) Text(a *Arena, s Placed) {
	if v.out != nil {
		*v.out = string(a.copied(s))
		return
	}
	sqlite.Xsqlite3_result_text(v.t, v.ctx, a.address(s), s.n, static)
}

// Blob gives bytes of an arena.
func (v Value) Blob(a *Arena, s Placed) {
	if v.out != nil {
		*v.out = a.copied(s)
		return
	}
	sqlite.Xsqlite3_result_blob(v.t, v.ctx, a.address(s), s.n, static)
}

// Any gives an int64, a string or nil. Strings are copied: it is for tables with
// few rows.
func (v Value) Any(x driver.Value) error {
	switch x := x.(type) {
	case int64:
		v.Int(x)
	case nil:
		v.Null()
	case string:
		if v.out != nil {
			*v.out = x
			return nil
		}
		copied, err := libc.CString(x)
		if err != nil {
			return errArena
		}
		sqlite.Xsqlite3_result_text(v.t, v.ctx, copied, int32(len(x)), sqlite.SQLITE_TRANSIENT)
		libc.Xfree(v.t, copied)
	default:
		return fmt.Errorf("a value of type %T", x)
	}
	return nil
}

// The virtual table over a batch is made of SQLite's own callbacks: the
// driver's interface for such tables takes each value as a driver.Value, finds
// its cursor in a map under a lock, and copies each string twice, which at
// thirty million values is a fifth of an import. What SQLite calls are
// package-level functions: it keeps bare addresses, and the collector would
// free a closure that only C memory points to.

// feedTable and feedCursor begin as SQLite's structures do and are in its memory.
type feedTable struct {
	_     sqlite.Sqlite3_vtab
	token uintptr // of its Feed
	table int64
}

type feedCursor struct {
	_        sqlite.Sqlite3_vtab_cursor
	batch    uintptr // of the *given, which feeding keeps
	table    int64
	at, size int64
}

// given is a batch that is being stored.
type given struct{ rows Rows }

var (
	feedMu  sync.RWMutex
	feeding = map[uintptr]*given{} // by the token of their Feed
)

func give(token uintptr, rows Rows) {
	feedMu.Lock()
	defer feedMu.Unlock()
	if rows == nil {
		delete(feeding, token)
	} else {
		feeding[token] = &given{rows}
	}
}

// at makes an address in C memory, or of what Go keeps elsewhere, a pointer.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// callback gives the address of a package-level function as SQLite's C code
// keeps it; it is how modernc.org/sqlite does it.
func callback[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

var feedModule = sqlite.Sqlite3_module{
	FiVersion:    1,
	FxCreate:     callback(feedConnect),
	FxConnect:    callback(feedConnect),
	FxBestIndex:  callback(feedBestIndex),
	FxDisconnect: callback(feedDisconnect),
	FxDestroy:    callback(feedDisconnect),
	FxOpen:       callback(feedOpen),
	FxClose:      callback(feedClose),
	FxFilter:     callback(feedFilter),
	FxNext:       callback(feedNext),
	FxEof:        callback(feedEOF),
	FxColumn:     callback(feedColumn),
	FxRowid:      callback(feedRowid),
}

var feedName = func() uintptr {
	name, err := libc.CString("assay_feed")
	if err != nil {
		panic(err) // no memory for eleven bytes
	}
	return name
}()

func init() {
	t := libc.NewTLS()
	defer t.Close()
	if rc := sqlite.Xsqlite3_auto_extension(t, callback(feedRegister)); rc != sqlite.SQLITE_OK {
		panic(fmt.Sprintf("register the virtual table of imports: SQLite error %d", rc))
	}
}

// feedRegister is called with each new connection.
func feedRegister(t *libc.TLS, db, _, _ uintptr) int32 {
	return sqlite.Xsqlite3_create_module_v2(t, db, feedName, uintptr(unsafe.Pointer(&feedModule)), 0, 0)
}

// feedConnect makes a virtual table of the arguments token, table and columns.
func feedConnect(t *libc.TLS, db, _ uintptr, argc int32, argv, out, _ uintptr) int32 {
	if argc != 6 {
		return sqlite.SQLITE_ERROR
	}
	arg := func(i uintptr) (uint64, error) {
		return strconv.ParseUint(strings.TrimSpace(libc.GoString(*at[uintptr](argv + i*unsafe.Sizeof(argv)))), 10, 32)
	}
	token, err1 := arg(3)
	table, err2 := arg(4)
	columns, err3 := arg(5)
	if err1 != nil || err2 != nil || err3 != nil || columns > 2000 {
		return sqlite.SQLITE_ERROR
	}
	schema, err := libc.CString("CREATE TABLE feed(" + strings.Join(columnNames(int(columns)), ", ") + ")")
	if err != nil {
		return sqlite.SQLITE_NOMEM
	}
	defer libc.Xfree(t, schema)
	if rc := sqlite.Xsqlite3_declare_vtab(t, db, schema); rc != sqlite.SQLITE_OK {
		return rc
	}
	p := sqlite.Xsqlite3_malloc(t, int32(unsafe.Sizeof(feedTable{})))
	if p == 0 {
		return sqlite.SQLITE_NOMEM
	}
	*at[feedTable](p) = feedTable{token: uintptr(token), table: int64(table)}
	*at[uintptr](out) = p
	return sqlite.SQLITE_OK
}

func feedBestIndex(*libc.TLS, uintptr, uintptr) int32 { return sqlite.SQLITE_OK }

func feedDisconnect(t *libc.TLS, table uintptr) int32 {
	sqlite.Xsqlite3_free(t, table)
	return sqlite.SQLITE_OK
}

func feedOpen(t *libc.TLS, table, out uintptr) int32 {
	p := sqlite.Xsqlite3_malloc(t, int32(unsafe.Sizeof(feedCursor{})))
	if p == 0 {
		return sqlite.SQLITE_NOMEM
	}
	f := at[feedTable](table)
	c := feedCursor{table: f.table}
	feedMu.RLock()
	if b := feeding[f.token]; b != nil { // between batches it is empty
		c.batch, c.size = uintptr(unsafe.Pointer(b)), int64(b.rows.Len(int(f.table)))
	}
	feedMu.RUnlock()
	*at[feedCursor](p) = c
	*at[uintptr](out) = p
	return sqlite.SQLITE_OK
}

func feedClose(t *libc.TLS, cursor uintptr) int32 {
	sqlite.Xsqlite3_free(t, cursor)
	return sqlite.SQLITE_OK
}

func feedFilter(_ *libc.TLS, cursor uintptr, _ int32, _ uintptr, _ int32, _ uintptr) int32 {
	at[feedCursor](cursor).at = 0
	return sqlite.SQLITE_OK
}

func feedNext(_ *libc.TLS, cursor uintptr) int32 {
	at[feedCursor](cursor).at++
	return sqlite.SQLITE_OK
}

func feedEOF(_ *libc.TLS, cursor uintptr) int32 {
	if c := at[feedCursor](cursor); c.at < c.size {
		return 0
	}
	return 1
}

func feedRowid(_ *libc.TLS, cursor, out uintptr) int32 {
	*at[int64](out) = at[feedCursor](cursor).at
	return sqlite.SQLITE_OK
}

// feedColumn gives a value of the row.
func feedColumn(t *libc.TLS, cursor, ctx uintptr, i int32) int32 {
	c := at[feedCursor](cursor)
	err := at[given](c.batch).rows.Column(int(c.table), int(c.at), int(i), Value{t: t, ctx: ctx})
	switch {
	case err == nil:
		return sqlite.SQLITE_OK
	case errors.Is(err, errArena):
		return sqlite.SQLITE_NOMEM
	}
	return sqlite.SQLITE_MISMATCH
}

// address is where a text is. The empty one has some address too, or SQLite
// would take it for NULL: feedName's.
func (a *Arena) address(s Placed) uintptr {
	if s.n == 0 {
		return feedName
	}
	return a.p + uintptr(s.at)
}
