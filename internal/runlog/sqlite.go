package runlog

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"assay/internal/fault"
	"assay/internal/runlog/quote"
	"assay/internal/runlog/table"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

// # SQLite
//
// A table of an SQLite database, explained by a mapping like any other table. The
// mapping names the table, or puts several together with a query:
//
//	assay_mapping: 1
//	query: >
//	  SELECT a.case_ref AS ref, a.asked_at, 'officer approval' AS step, a.answered_at, u.login, a.answer
//	  FROM approvals AS a LEFT JOIN users AS u ON u.id = a.user_id
//	fields: {run_id: ref, activity: step, presented: asked_at, ended: answered_at, account: login, decision: answer}
//	time_layouts: [UNIX_MS]
//	activities: {officer approval: {gate: officer-decision, act: decide}}
//
// A query only puts together what stands in the tables (sqlquery.go says which
// queries do). With neither, the database's only table is read. Numbers are as SQLite
// keeps them; times in it are texts, or numbers whose unit a layout says (UNIX,
// UNIX_MS, UNIX_US, UNIX_NS). What is neither text nor number refuses its row where
// it is read. Positions count the rows as they come.
//
// The database is opened for reading only and is not locked. Views and virtual
// tables are refused, because reading one runs what its author wrote; so is a
// database beside which its program keeps changes that are not yet in it.

var sqliteFormat = &Format{
	Name:  SQLite,
	Title: "Table (SQLite database)",
	Table: true,
	Unit:  "row",
	Sniff: func(h *Head) Certainty { return sureIf(isSQLite(h) && !h.within("event_map_type")) },
	Read:  func(_ io.Reader, o Options, s *sink) error { return s.in.readSQLite(o, s) },
}

const sqliteMagic = "SQLite format 3\x00"

func isSQLite(h *Head) bool { return bytes.HasPrefix(h.Raw, []byte(sqliteMagic)) }

// within tells whether a word stands in the beginning of a binary file.
func (h *Head) within(word string) bool { return bytes.Contains(h.Raw, []byte(word)) }

// sqliteFile is an SQLite file, opened for reading what somebody else wrote.
type sqliteFile struct {
	in     *input
	db     *sql.DB
	conn   *sql.Conn
	tables map[string]bool // by name in lower case: it is an ordinary table, and no view or virtual one
	names  []string        // of the ordinary ones that are not SQLite's own
	wal    bool
	asked  bool // a query of the mapping
}

// openSQLite opens the source as a database, and looks what is in it.
func (in *input) openSQLite() (*sqliteFile, error) {
	f, ok := in.src.(*File)
	if !ok {
		return nil, fault.Unreadable(in.o.Name, "A database can only be read from a file on disk; unpack it first.")
	}
	var head [20]byte
	if _, err := f.ReadAt(head[:], 0); err != nil || !bytes.HasPrefix(head[:], []byte(sqliteMagic)) {
		return nil, fault.Unreadable(in.o.Name, "This is no SQLite database, or it is packed; unpack it first.")
	}
	if _, _, err := in.randomAccess(); err != nil {
		return nil, err
	}
	path, err := filepath.Abs(f.Path)
	if err != nil {
		return nil, err
	}
	for _, end := range []string{"-wal", "-journal"} {
		if beside, err := os.Stat(path + end); err == nil && beside.Size() > 0 {
			return nil, fault.Unreadable(in.o.Name,
				"Beside the database lies %s with changes that are not in it yet. End the program that writes it, or "+
					"make a copy with its own means (VACUUM INTO), and import that.",
				quote.Clip(filepath.Base(path)+end))
		}
	}
	dsn := (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: "mode=ro&immutable=1&_defensive=1&" +
		"_pragma=trusted_schema(0)&_pragma=query_only(1)&_pragma=cell_size_check(1)&_pragma=temp_store(2)"}).String()
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	x := &sqliteFile{in: in, db: db, tables: map[string]bool{}, wal: head[18] == 2}
	if x.conn, err = db.Conn(in.ctx); err == nil {
		// A longer value is refused before there is memory for it.
		_, err = sqlite.Limit(x.conn, sqlitelib.SQLITE_LIMIT_LENGTH, in.o.MaxLine)
	}
	if err == nil {
		err = x.list()
	}
	if err != nil {
		x.close()
		return nil, x.bad(err)
	}
	return x, nil
}

func (x *sqliteFile) close() {
	if x.conn != nil {
		x.conn.Close()
	}
	x.db.Close()
}

// bad words an error of the database for people.
func (x *sqliteFile) bad(err error) error {
	var fe *fault.Error
	var se *sqlite.Error
	switch {
	case err == nil, errors.As(err, &fe), x.in.ctx.Err() != nil:
		return err
	case errors.As(err, &se) && se.Code()&0xff == sqlitelib.SQLITE_TOOBIG:
		return fault.Unreadable(x.in.o.Name, "A value in the database is longer than %d MB.", x.in.o.MaxLine>>20).
			Because(err)
	case x.asked && errors.As(err, &se) && se.Code()&0xff == sqlitelib.SQLITE_AUTH:
		return fault.Unreadable("mapping", "The query reads what is no ordinary table of the database.").Because(err)
	case x.asked && errors.As(err, &se) && se.Code()&0xff == sqlitelib.SQLITE_ERROR:
		return fault.Unreadable("mapping", "The database does not understand the query: %s.",
			quote.Excerpt([]byte(strings.TrimSuffix(strings.TrimPrefix(se.Error(), "SQL logic error: "), " (1)")))).
			Because(err)
	}
	return fault.Unreadable(x.in.o.Name, "The database cannot be read; it is damaged. Copy or export it again.").
		Because(err)
}

// list finds the tables.
func (x *sqliteFile) list() error {
	rows, err := x.conn.QueryContext(x.in.ctx,
		`SELECT name, type, COALESCE(sql, '') FROM sqlite_master WHERE type IN ('table', 'view')`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, kind, text string
		if err := rows.Scan(&name, &kind, &text); err != nil {
			return err
		}
		plain := kind == "table" && !strings.HasPrefix(strings.ToUpper(strings.TrimSpace(text)), "CREATE VIRTUAL")
		x.tables[strings.ToLower(name)] = plain
		if plain && !strings.HasPrefix(strings.ToLower(name), "sqlite_") {
			x.names = append(x.names, name)
		}
		if len(x.tables) > 20_000 {
			return fault.Unreadable(x.in.o.Name, "The database has more than 20,000 tables.")
		}
	}
	slices.Sort(x.names)
	return rows.Err()
}

func quoteName(n string) string { return `"` + strings.ReplaceAll(n, `"`, `""`) + `"` }

// readSQLite reads a table, or what a query puts together, as rows.
func (in *input) readSQLite(o Options, s *sink) error {
	x, err := in.openSQLite()
	if err != nil {
		return err
	}
	defer x.close()
	m := o.Mapping
	if m == nil {
		m = &Mapping{}
	}
	if m.Table == "" && m.Query == "" && x.tables["event_map_type"] {
		s.res.Format = OCELSQLite // its list of tables is longer than what a file is known by
		in.found(ocelSQLiteFormat)
		return x.readOCEL(s)
	}
	if m.HeaderRow > 0 || m.Sheet != "" {
		return fault.Unreadable("mapping", "A database has no header_row and no sheet; name its table (table).")
	}
	query, _ := m.query() // checked
	if x.asked = query != ""; !x.asked {
		if query, err = x.tableQuery(m.Table); err != nil {
			return err
		}
	}
	if err := x.watch(); err != nil {
		return x.bad(err)
	}
	t, err := x.open(query)
	if err != nil {
		return x.bad(err)
	}
	defer t.rows.Close()
	return x.bad(readTable(t, o, s))
}

// tableQuery reads all of a table, in the order in which its rows were added.
func (x *sqliteFile) tableQuery(name string) (string, error) {
	shown := make([]string, 0, 40)
	for _, n := range x.names[:min(len(x.names), 40)] {
		shown = append(shown, quote.Clip(n))
	}
	list := strings.Join(shown, ", ")
	switch plain, there := x.tables[strings.ToLower(name)]; {
	case name == "" && len(x.names) == 1:
		name = x.names[0]
	case name == "" && len(x.names) == 0:
		return "", fault.Unreadable(x.in.o.Name, "The database holds no tables.")
	case name == "":
		return "", fault.Unreadable(x.in.o.Name,
			"The database has several tables: %s. Say in the mapping which one holds the records (table), or put "+
				"several together (query).", list)
	case !there:
		return "", fault.Unreadable(x.in.o.Name, "The database has no table %q; its tables are %s.",
			quote.Clip(name), list)
	case !plain:
		return "", fault.Unreadable(x.in.o.Name,
			"%q is a view or a virtual table; Assay reads ordinary tables only.", quote.Clip(name))
	}
	return "SELECT * FROM " + quoteName(name), nil
}

// watch lets a statement read ordinary tables, and do nothing else.
func (x *sqliteFile) watch() error {
	return x.conn.Raw(func(c any) error {
		r, ok := c.(sqlite.AuthorizerRegisterer)
		if !ok {
			return errors.New("the driver has no authorizer")
		}
		return r.RegisterAuthorizer(func(
			action sqlite.AuthorizerActionCode, what, _, _, _ string,
		) sqlite.AuthorizerReturnCode {
			switch action {
			case sqlite.AuthSelect, sqlite.AuthFunction: // which functions, sqlquery.go says
				return sqlite.AuthorizerOK
			case sqlite.AuthRead:
				if x.tables[strings.ToLower(what)] || what == "json_each" {
					return sqlite.AuthorizerOK
				}
			}
			return sqlite.AuthorizerDeny
		})
	})
}

// sqliteRows gives what a query finds, row by row, after the names of its columns.
type sqliteRows struct {
	x     *sqliteFile
	rows  *sql.Rows
	names []string
	n     int64
	vals  []any
	to    []any
	cells []string
	kinds []table.Kind
}

func (x *sqliteFile) open(query string) (*sqliteRows, error) {
	probe, err := x.conn.QueryContext(x.in.ctx, query)
	if err != nil {
		return nil, err
	}
	names, err := probe.Columns()
	probe.Close()
	if err != nil {
		return nil, err
	}
	if len(names) > table.MaxColumns {
		return nil, fault.Unreadable(x.in.o.Name, "The table has more than %d columns.", table.MaxColumns)
	}
	// Each value as an expression, because the driver turns the texts of columns that
	// are declared as dates into times, and gives those without a zone one.
	named, plain := make([]string, len(names)), make([]string, len(names))
	for i := range names {
		named[i] = fmt.Sprintf("c%d", i)
		plain[i] = "+" + named[i]
	}
	t := &sqliteRows{x: x, names: names, n: -1, vals: make([]any, len(names)), to: make([]any, len(names))}
	for i := range t.vals {
		t.to[i] = &t.vals[i]
	}
	t.rows, err = x.conn.QueryContext(x.in.ctx,
		"WITH q("+strings.Join(named, ", ")+") AS ("+query+") SELECT "+strings.Join(plain, ", ")+" FROM q")
	return t, err
}

func (t *sqliteRows) Next() ([]string, int64, error) {
	if t.n++; t.n == 0 {
		return t.names, 0, nil
	}
	if !t.rows.Next() {
		if err := t.rows.Err(); err != nil {
			return nil, t.n, t.x.bad(err)
		}
		return nil, t.n, io.EOF
	}
	if err := t.rows.Scan(t.to...); err != nil {
		return nil, t.n, t.x.bad(err)
	}
	t.cells, t.kinds = t.cells[:0], t.kinds[:0]
	why := ""
	for i, v := range t.vals {
		text, is := "", table.Text
		switch v := v.(type) {
		case nil:
		case int64:
			text = strconv.FormatInt(v, 10)
		case float64:
			is = table.Number
			if text = strconv.FormatFloat(v, 'f', -1, 64); math.Abs(v) >= 1e15 {
				text = strconv.FormatFloat(v, 'E', -1, 64)
			}
		case string:
			if text = v; !utf8.ValidString(v) {
				why = fmt.Sprintf("The value of %q is not valid UTF-8.", quote.Clip(t.names[i]))
			}
		case []byte:
			if text = string(v); !utf8.Valid(v) {
				text, is = "binary data", table.Binary
			}
		default:
			return nil, t.n, fault.Internal(fmt.Errorf("runlog: the driver gave a %T", v))
		}
		t.cells, t.kinds = append(t.cells, text), append(t.kinds, is)
	}
	if why != "" {
		return t.cells, t.n, table.BadRow(why)
	}
	return t.cells, t.n, nil
}

// Kind is what the database holds the value in a column of the row to be.
func (t *sqliteRows) Kind(column int) table.Kind {
	if column >= len(t.kinds) {
		return table.Text
	}
	return t.kinds[column]
}

// Notes says what cannot be known of a copy of a database in use.
func (t *sqliteRows) Notes() []string {
	if !t.x.wal {
		return nil
	}
	return []string{
		"The database keeps its newest changes in a file of its own (-wal) until they are written back. A " +
			"copy that was made while its program ran may lack them.",
	}
}
