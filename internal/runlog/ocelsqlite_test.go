package runlog

import (
	"bytes"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/run"
)

// ocelTables makes a small log as OCEL 2.0's SQLite form has it.
const ocelTables = `
CREATE TABLE event(ocel_id TEXT PRIMARY KEY, ocel_type TEXT);
CREATE TABLE object(ocel_id TEXT PRIMARY KEY, ocel_type TEXT);
CREATE TABLE event_object(ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT);
CREATE TABLE object_object(ocel_source_id TEXT, ocel_target_id TEXT, ocel_qualifier TEXT);
CREATE TABLE event_map_type(ocel_type TEXT, ocel_type_map TEXT);
CREATE TABLE object_map_type(ocel_type TEXT, ocel_type_map TEXT);
INSERT INTO event_map_type VALUES('Propose priority','Propose'),('gate decision','Decision');
INSERT INTO object_map_type VALUES('run','Run'),('officer','Officer');
CREATE TABLE event_Propose(ocel_id TEXT, ocel_time TIMESTAMP);
CREATE TABLE event_Decision(ocel_id TEXT, ocel_time TIMESTAMP, decision TEXT, gate TEXT, "odd ""name" TEXT);
CREATE TABLE object_Run(ocel_id TEXT, ocel_time TIMESTAMP, ocel_changed_field TEXT, outcome TEXT);
CREATE TABLE object_Officer(ocel_id TEXT, ocel_time TIMESTAMP, ocel_changed_field TEXT);
INSERT INTO event VALUES('e1','Propose priority'),('e2','gate decision');
INSERT INTO event_Propose VALUES('e1','2026-06-01 09:11:50');
INSERT INTO event_Decision VALUES('e2','2026-06-01 09:12:04','approved','officer-decision','x');
INSERT INTO object VALUES('run-88','run'),('off-7','officer');
INSERT INTO object_Run VALUES('run-88','1970-01-01 00:00:00',NULL,'routine'),('run-88','2026-06-01 09:12:00','outcome','urgent');
INSERT INTO event_object VALUES('e1','run-88','of'),('e2','run-88','decides'),('e2','off-7','decided by');
`

func database(t testing.TB, statements string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "log #1.sqlite")
	db, err := sql.Open("sqlite", "file:"+strings.ReplaceAll(p, "#", "%23"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOCELSQLite(t *testing.T) {
	read := func(t *testing.T, p string, m *Mapping) ([]run.Record, Result, error) {
		t.Helper()
		before, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		f, err := OpenFile(p)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		recs, res, err := readAll(t, f, Options{Name: "log.sqlite", Mapping: m})
		after, _ := os.ReadFile(p)
		if !bytes.Equal(before, after) {
			t.Error("reading changed the file")
		}
		if left, _ := filepath.Glob(p + "-*"); len(left) > 0 {
			t.Errorf("reading left %v", left)
		}
		return recs, res, err
	}
	utc := &Mapping{Version: 1, Zone: "UTC"}
	t.Run("runs, decisions and accounts are read", func(t *testing.T) {
		recs, res, err := read(t, database(t, ocelTables), utc)
		if err != nil || len(recs) != 1 || res.Format != OCELSQLite || len(res.SHA256) != 64 || res.Bytes == 0 {
			t.Fatalf("%+v, %v", res, err)
		}
		r := recs[0]
		if r.Outcome != "urgent" || len(r.Steps) != 1 || len(r.Decisions) != 1 || r.Decisions[0].Account != "off-7" ||
			r.Decisions[0].Decided.Format("15:04:05") != "09:12:04" {
			t.Errorf("%+v", r)
		}
	})
	for _, c := range []struct{ name, statements, words string }{
		{"a time without a zone is asked about", ocelTables, "no time zone"},
		{"a database that is no log is refused", "CREATE TABLE notes(a)", "needs a mapping"},
		{"a log without its tables is refused", "CREATE TABLE event_map_type(a)", `no table "event"`},
		{"a view is refused", strings.Replace(ocelTables,
			"CREATE TABLE object_Officer(ocel_id TEXT, ocel_time TIMESTAMP, ocel_changed_field TEXT);",
			"CREATE VIEW object_Officer AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i "+
				"AS ocel_id, i AS ocel_time FROM n;", 1), "view or a virtual table"},
		{
			"a missing table of a type is refused",
			strings.Replace(ocelTables, "CREATE TABLE object_Officer(", "CREATE TABLE object_Other(", 1),
			`no table "object_Officer"`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := read(t, database(t, c.statements), nil)
			if err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %v, want %q", err, c.words)
			}
		})
	}
	t.Run("a damaged database is refused", func(t *testing.T) {
		p := database(t, ocelTables)
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for i := 4096; i < len(b); i++ {
			b[i] ^= 0x5a
		}
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := read(t, p, utc); err == nil {
			t.Error("it was read")
		}
	})
	t.Run("a stream is refused", func(t *testing.T) {
		b, err := os.ReadFile(database(t, ocelTables))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := readAll(t, bytes.NewReader(b), Options{}); err == nil ||
			!strings.Contains(err.Error(), "file on disk") {
			t.Errorf("got %v", err)
		}
	})
}

// FuzzOCELSQLite reads databases that were altered, from a file as the reader needs
// it. The seeds have the smallest pages that there are, so that little of them is empty.
func FuzzOCELSQLite(f *testing.F) {
	for _, statements := range []string{
		ocelTables,
		"CREATE TABLE notes(a)",
		strings.Replace(
			ocelTables, "CREATE TABLE object_Officer(ocel_id TEXT, ocel_time TIMESTAMP, ocel_changed_field TEXT);",
			"CREATE VIEW object_Officer AS SELECT 1 AS ocel_id;", 1,
		),
		strings.Replace(
			ocelTables, "CREATE TABLE event(ocel_id TEXT PRIMARY KEY, ocel_type TEXT);",
			"CREATE TABLE event(ocel_id TEXT PRIMARY KEY, ocel_type TEXT) WITHOUT ROWID;", 1,
		),
		strings.Replace(
			ocelTables, "outcome TEXT);", "outcome TEXT, louder TEXT GENERATED ALWAYS AS (upper(outcome)));", 1,
		),
	} {
		b, err := os.ReadFile(database(f, "PRAGMA page_size = 512;"+statements))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	fuzzFrom(f, OCELSQLite, &Mapping{Version: 1, Zone: "UTC"}, func(t *testing.T, in []byte) io.Reader {
		return fileOf(t, in)
	})
}

// TestOCELSQLite_noTime: objects that never change need no column of times, events do.
func TestOCELSQLite_noTime(t *testing.T) {
	for _, to := range []string{"CREATE TABLE object_Officer(ocel_id TEXT", "CREATE TABLE event_Propose(ocel_id TEXT"} {
		from := to + ", ocel_time TIMESTAMP"
		statements := strings.Replace(ocelTables, from, to, 1)
		if statements == ocelTables {
			t.Fatal("nothing was changed")
		}
		if strings.Contains(from, "event_") {
			statements = strings.Replace(statements, "VALUES('e1','2026-06-01 09:11:50')", "VALUES('e1')", 1)
		}
		f, err := OpenFile(database(t, statements))
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = readAll(t, f, Options{Name: "log.sqlite", Mapping: &Mapping{Version: 1, Zone: "UTC"}})
		f.Close()
		refused := err != nil && strings.Contains(err.Error(), "has no column ocel_time")
		if strings.Contains(from, "event_") != refused || !refused && err != nil {
			t.Errorf("%s: %v", to, err)
		}
	}
}
