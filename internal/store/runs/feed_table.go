package runs

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite "modernc.org/sqlite/lib"
)

// The virtual table over a batch is made of SQLite's own callbacks: the
// driver's interface for such tables takes each value as a driver.Value, finds
// its cursor in a map under a lock, and copies each string twice, which at
// thirty million values is a fifth of an import. What SQLite calls are
// package-level functions: it keeps bare addresses, and the collector would
// free a closure that only C memory points to.

// feedTable and feedCursor begin as SQLite's structures do and are in its memory.
type feedTable struct {
	_    sqlite.Sqlite3_vtab
	name uintptr // handle of the batch, see feeding
	into int64
}

type feedCursor struct {
	_        sqlite.Sqlite3_vtab_cursor
	rows     uintptr // of the *rows, which feeding keeps
	into     int64
	at, size int64
}

var (
	feedMu  sync.RWMutex
	feeding = map[uintptr]*rows{} // batches that are being inserted, by the token of their virtual tables
)

func feedRows(token uintptr, r *rows) {
	feedMu.Lock()
	defer feedMu.Unlock()
	if r == nil {
		delete(feeding, token)
	} else {
		feeding[token] = r
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

// feedConnect makes a virtual table of the arguments token and feed.
func feedConnect(t *libc.TLS, db, _ uintptr, argc int32, argv, out, _ uintptr) int32 {
	if argc != 5 {
		return sqlite.SQLITE_ERROR
	}
	arg := func(i uintptr) (uint64, error) {
		return strconv.ParseUint(strings.TrimSpace(libc.GoString(*at[uintptr](argv + i*unsafe.Sizeof(argv)))), 10, 32)
	}
	token, err1 := arg(3)
	into, err2 := arg(4)
	if err1 != nil || err2 != nil || into >= feeds {
		return sqlite.SQLITE_ERROR
	}
	columns := make([]string, feedInto[into].columns)
	for i := range columns {
		columns[i] = fmt.Sprint("c", i)
	}
	schema, err := libc.CString("CREATE TABLE feed(" + strings.Join(columns, ", ") + ")")
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
	*at[feedTable](p) = feedTable{name: uintptr(token), into: int64(into)}
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
	c := feedCursor{into: f.into}
	feedMu.RLock()
	if r := feeding[f.name]; r != nil { // between batches it is empty
		c.rows, c.size = uintptr(unsafe.Pointer(r)), int64(r.len(int(f.into)))
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

// feedColumn gives a value of the row. Texts are not copied: the arena keeps
// them until the statement has ended.
func feedColumn(t *libc.TLS, cursor, ctx uintptr, i int32) int32 {
	c := at[feedCursor](cursor)
	r := at[rows](c.rows)
	switch c.into {
	case intoRun:
		row := &r.runs[c.at]
		switch i {
		case 0:
			resultInt(t, ctx, row.n)
		case 1:
			resultInt(t, ctx, row.workflow)
		case 2:
			resultInt(t, ctx, row.source)
		case 3:
			if row.timed {
				resultInt(t, ctx, row.at)
			} else {
				sqlite.Xsqlite3_result_null(t, ctx)
			}
		case 4:
			resultInt(t, ctx, row.outcome)
		case 5:
			resultInt(t, ctx, row.segment)
		case 6:
			resultInt(t, ctx, row.line)
		case 7:
			resultText(t, ctx, r.texts, row.id)
		case 8:
			resultBlob(t, ctx, r.texts, row.digest)
		default:
			resultBlob(t, ctx, r.texts, row.body)
		}
	case intoOutput, intoDecision, intoKey:
		row := &r.plain[c.into][c.at]
		if n := int32(feedInto[c.into].numbers); i < n {
			resultInt(t, ctx, row.numbers[i])
		} else {
			resultText(t, ctx, r.texts, row.texts[i-n])
		}
	case intoFinding:
		switch v := r.findings[c.at][i].(type) {
		case int64:
			resultInt(t, ctx, v)
		case string:
			copied, err := libc.CString(v)
			if err != nil {
				return sqlite.SQLITE_NOMEM
			}
			sqlite.Xsqlite3_result_text(t, ctx, copied, int32(len(v)), sqlite.SQLITE_TRANSIENT)
			libc.Xfree(t, copied)
		case nil:
			sqlite.Xsqlite3_result_null(t, ctx)
		default:
			return sqlite.SQLITE_MISMATCH
		}
	}
	return sqlite.SQLITE_OK
}

func resultInt(t *libc.TLS, ctx uintptr, v int64) { sqlite.Xsqlite3_result_int64(t, ctx, v) }

// address is where a text is. The empty one has some address too, or SQLite
// would take it for NULL: feedName's.
func (a *arena) address(s placed) uintptr {
	if s.n == 0 {
		return feedName
	}
	return a.p + uintptr(s.at)
}

const static = 0 // SQLITE_STATIC: SQLite makes no copy to keep

func resultText(t *libc.TLS, ctx uintptr, a *arena, s placed) {
	sqlite.Xsqlite3_result_text(t, ctx, a.address(s), s.n, static)
}

func resultBlob(t *libc.TLS, ctx uintptr, a *arena, s placed) {
	sqlite.Xsqlite3_result_blob(t, ctx, a.address(s), s.n, static)
}
