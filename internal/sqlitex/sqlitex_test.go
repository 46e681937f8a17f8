package sqlitex

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// The versions that this package, store/runs and vault were tried with.
const (
	triedSQLite = "v1.61.1"
	triedLibc   = "v1.79.0"
)

// TestUpgrade fails when the driver changes, because what this package rests on
// is no part of the driver's promises. See the package's comment for what to do.
func TestUpgrade(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for module, tried := range map[string]string{"modernc.org/sqlite": triedSQLite, "modernc.org/libc": triedLibc} {
		m := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(module) + ` (\S+)`).FindSubmatch(mod)
		if m == nil {
			t.Fatalf("go.mod does not name %s", module)
		}
		if got := string(m[1]); got != tried {
			t.Errorf("%s is %s, and this package was tried with %s: go test ./internal/sqlitex ./internal/store/... "+
				"./internal/vault, then write the version into this test", module, got, tried)
		}
	}
}

func open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	_, err = db.Exec(`CREATE TABLE a (n INTEGER PRIMARY KEY, x INTEGER, text TEXT NOT NULL, blob BLOB NOT NULL) STRICT;
		CREATE TABLE b (n INTEGER PRIMARY KEY, x TEXT, seen INTEGER DEFAULT 1) STRICT`)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// batch is rows for the tables a and b.
type batch struct {
	texts *Arena
	a     [][2]Placed
	b     []any
}

func (x batch) Len(table int) int { return []int{len(x.a), len(x.b)}[table] }

func (x batch) Column(table, row, column int, v Value) error {
	switch {
	case column == 0:
		v.Int(int64(row))
	case table == 1:
		return v.Any(x.b[row])
	case column == 1 && row%2 == 0:
		v.Null()
	case column == 1:
		v.Int(-int64(row) << 40)
	case column == 2:
		v.Text(x.texts, x.a[row][0])
	default:
		v.Blob(x.texts, x.a[row][1])
	}
	return nil
}

func newBatch(n int) batch {
	x := batch{texts: NewArena()}
	for i := range n {
		text := strings.Repeat("é", i%7) + fmt.Sprint(i)
		if i%11 == 0 {
			text = ""
		}
		x.a = append(x.a, [2]Placed{Put(x.texts, text), Put(x.texts, []byte{0, byte(i), 0xff}[:i%4])})
	}
	x.b = []any{"one", nil, "", "ŵ\x00x"}
	return x
}

var tables = []Into{
	{Columns: 4, Insert: "INSERT OR FAIL INTO a $rows"},
	{Columns: 2, Insert: "INSERT INTO b (n, x) $rows ON CONFLICT (n) DO UPDATE SET seen = seen + 1"},
}

func dump(t *testing.T, db *sql.DB) (out []string) {
	t.Helper()
	for _, q := range []string{
		`SELECT n || ' ' || coalesce(x, 'null') || ' ' || quote(text) || ' ' || quote(blob) FROM a ORDER BY n`,
		`SELECT n || ' ' || quote(x) || ' ' || seen FROM b ORDER BY n`,
	} {
		rows, err := db.Query(q)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			out = append(out, s)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestFeed: both ways store the same rows, a batch after another, and leave no
// virtual table behind.
func TestFeed(t *testing.T) {
	var stored [2][]string
	for i, public := range []bool{false, true} {
		db := open(t)
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		f, err := newFeed(t.Context(), tx, tables, public)
		if err != nil {
			t.Fatal(err)
		}
		x := newBatch(1000)
		runtime.GC() // the arena's memory is not Go's to move or free
		if err := f.Store(t.Context(), tx, x); err != nil {
			t.Fatal(err)
		}
		x.a, x.b = nil, x.b[:2]
		if err := f.Store(t.Context(), tx, x); err != nil { // again: seen twice
			t.Fatal(err)
		}
		if err := errors.Join(f.Drop(t.Context(), tx), tx.Commit()); err != nil {
			t.Fatal(err)
		}
		stored[i] = dump(t, db)
	}
	if len(stored[0]) != 1004 || !slices.Equal(stored[0], stored[1]) {
		t.Errorf("%d rows, through the public interface %d; the first: %q, %q",
			len(stored[0]), len(stored[1]), stored[0][:12], stored[1][:min(12, len(stored[1]))])
	}
	if want := []string{"0 null '' X''", "1 -1099511627776 'é1' X'00'"}; !slices.Equal(stored[0][:2], want) {
		t.Errorf("%q, want %q", stored[0][:2], want)
	}
}

// TestFeed_broken_rule: a row that breaks a rule of its table ends the batch with
// SQLite's error, in both ways.
func TestFeed_broken_rule(t *testing.T) {
	for _, public := range []bool{false, true} {
		db := open(t)
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		f, err := newFeed(t.Context(), tx, tables, public)
		if err != nil {
			t.Fatal(err)
		}
		x := newBatch(3)
		if err := errors.Join(f.Store(t.Context(), tx, x)); err != nil {
			t.Fatal(err)
		}
		if err := f.Store(t.Context(), tx, x); err == nil || !strings.Contains(err.Error(), "UNIQUE") {
			t.Errorf("public %v: the same keys again: %v", public, err)
		}
		x.a, x.b = nil, []any{3.5}
		if err := f.Store(t.Context(), tx, x); err == nil {
			t.Errorf("public %v: a value of no known type was stored", public)
		}
		tx.Rollback()
	}
}

// TestScan: every value arrives, what does not fit is an error, and the error of
// the reader ends the scan.
func TestScan(t *testing.T) {
	db := open(t)
	if _, err := db.Exec(`INSERT INTO a VALUES (1, NULL, 'ŵ', x'00ff'), (2, -7, '', x'')`); err != nil {
		t.Fatal(err)
	}
	var got []string
	read := func(r *Row) error {
		n := r.Int()
		x, ok := r.IntOrNull()
		got = append(got, fmt.Sprintf("%d %d %v %q %x", n, x, ok, r.Text(), r.Next()))
		return nil
	}
	if err := Scan(t.Context(), db, read, "n, x, text, blob", "a WHERE n < ?", 3); err != nil {
		t.Fatal(err)
	}
	if want := []string{`1 0 false "ŵ" 00ff`, `2 -7 true "" `}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if err := Scan(t.Context(), db, read, "n, x, text", "a"); err == nil ||
		!strings.Contains(err.Error(), "too few columns") {
		t.Error(err)
	}
	if err := Scan(t.Context(), db, func(r *Row) error { r.BorrowedText(); return nil }, "n", "a"); err == nil {
		t.Error("a number was read as a text")
	}
	seen := 0
	err := Scan(t.Context(), db, func(*Row) error { seen++; return errors.New("enough") }, "n", "a")
	if seen != 1 || err == nil || !strings.Contains(err.Error(), "enough") {
		t.Errorf("%d rows, %v", seen, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Scan(ctx, db, read, "n, x, text, blob", "a"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
