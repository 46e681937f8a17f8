package runlog

import (
	"bytes"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/internal/run"
)

const approvalTables = `
CREATE TABLE users(id INTEGER PRIMARY KEY, login TEXT);
CREATE TABLE approvals(case_ref TEXT, user_id INTEGER, asked DATETIME, answered TIMESTAMP, answer TEXT, details TEXT);
CREATE TABLE letters(case_ref TEXT, sent TEXT, by_whom TEXT);
INSERT INTO users VALUES(7,'e.haldane'),(8,'i.chowdhury');
INSERT INTO approvals VALUES('CT-1',7,'2026-06-01 09:00:00','2026-06-01 09:20:00','yes','{"why":"checked"}'),
	('CT-2',8,'2026-06-01 10:00:00','2026-06-01 10:05:00','no',NULL);
INSERT INTO letters VALUES('CT-1','2026-06-01 09:21:00','svc-post');
`

const approvalQuery = `assay_mapping: 1
zone: UTC
query: >
  SELECT a.case_ref AS ref, 'officer approval' AS step, a.asked AS asked, a.answered AS at, u.login AS who,
    a.answer AS said, json_extract(a.details, '$.why') AS why
  FROM approvals AS a LEFT JOIN users AS u ON u.id = a.user_id
  UNION ALL SELECT "case_ref", 'send letter', '', sent, by_whom, '', '' FROM letters
fields: {run_id: ref, activity: step, presented: asked, ended: at, actor: who, decision: said, reason: why}
activities: {officer approval: {gate: g, act: decide}, send letter: {gate: g, act: release}}
decisions: {approved: ["yes"], rejected: ["no"]}
`

// readDatabase reads a database, and sees that it stays as it is.
func readDatabase(t testing.TB, p string, m *Mapping) ([]run.Record, Result, error) {
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
	recs, res, err := readAll(t, f, Options{Name: "log.sqlite", Mapping: m, MaxLine: 1 << 20})
	if after, _ := os.ReadFile(p); !bytes.Equal(before, after) {
		t.Error("reading changed the file")
	}
	return recs, res, err
}

func TestSQLite(t *testing.T) {
	t.Run("several tables by a query", func(t *testing.T) {
		m := parsed(t, approvalQuery)
		recs, res, err := readDatabase(t, database(t, approvalTables), m)
		if err != nil || res.Format != SQLite || res.Totals.Records != 3 || len(res.SHA256) != 64 {
			t.Fatalf("%+v, %v", res, err)
		}
		got := said(recs)
		if len(got) != 2 ||
			!strings.Contains(got[0], "approved by e.haldane 1 Jun 09:20:00 asked 1 Jun 09:00:00: checked") ||
			!strings.Contains(got[0], "send letter by svc-post (release)") ||
			!strings.Contains(got[1], "rejected by i.chowdhury 1 Jun 10:05:00 asked 1 Jun 10:00:00") {
			t.Errorf("%q", got)
		}
		if how := strings.Join(m.Readings(nil), "; "); !strings.Contains(how, "query: SELECT a.case_ref") {
			t.Errorf("the certificate would not say which query: %q", how)
		}
	})
	one := "assay_mapping: 1\nrows: run\nzone: UTC\nfields: {run_id: Ref, decided: At, decision: Said, " +
		"account: Who}\n" +
		"constants: {gate: g}\n"
	for name, c := range map[string]struct {
		tables, mapping string
		want            []string
		words           string
	}{
		"the only table": {
			`CREATE TABLE t(Ref, At, Said, Who); INSERT INTO t VALUES(9007199254740993,'2026-06-01','approved','ann')`,
			one, []string{"9007199254740993: approved by ann 1 Jun"}, ""},
		"a table without rowid": {
			`CREATE TABLE t(Ref PRIMARY KEY, At, Said, Who) WITHOUT ROWID; INSERT INTO t VALUES('A','2026-06-01','approved','x')`,
			one, []string{"A: approved by x 1 Jun"}, ""},
		"one of several": {
			`CREATE TABLE s(a); CREATE TABLE "t ""1"(Ref, At, Said, Who); INSERT INTO "t ""1" VALUES('A','2026-06-01','approved','x')`,
			one + "table: 't \"1'\n", []string{"A: approved by x 1 Jun"}, ""},
		"which of several":     {"CREATE TABLE s(a); CREATE TABLE t(b)", one, nil, "several tables: s, t"},
		"a table that is none": {"CREATE TABLE s(a)", one + "table: t\n", nil, `no table "t"; its tables are s`},
		"no table":             {"CREATE VIEW v AS SELECT 1", one, nil, "holds no tables"},
		"a view": {
			"CREATE TABLE s(a); CREATE VIEW v AS SELECT * FROM s",
			one + "table: v\n",
			nil,
			"view or a virtual",
		},
		"a view in a query": {
			"CREATE TABLE s(a); CREATE VIEW v AS SELECT a AS Ref, a AS At, a AS Said, a AS Who FROM s",
			one + "query: SELECT Ref, At, Said, Who FROM v\n",
			nil,
			"no ordinary table",
		},
		"the schema in a query": {
			"CREATE TABLE s(a)",
			one + "query: SELECT name AS Ref, sql AS At, type AS Said, name AS Who FROM sqlite_master\n",
			nil,
			"no ordinary table",
		},
		"a virtual table": {
			"CREATE VIRTUAL TABLE v USING fts5(Ref)",
			one + "table: v\n",
			nil,
			"view or a virtual",
		},
		"a name that is none": {
			`CREATE TABLE t(Ref, At, Said, Who)`,
			one + "query: SELECT Ref, At, \"approved\" AS Said, Who FROM t\n",
			nil,
			"does not understand the query: no such column: approved",
		},
		"unix times": {
			`CREATE TABLE t(Ref, At, Said, Who); INSERT INTO t VALUES('A',1780304400123,'approved','x'),('B',1780304400,'approved','x')`,
			one + "time_layouts: [UNIX_MS, UNIX]\n",
			[]string{"A: approved by x 1 Jun 09:00:00", "B: approved by x 1 Jun 09:00:00"}, ""},
		"a fraction of a unix time": {
			`CREATE TABLE t(Ref, At, Said, Who); INSERT INTO t VALUES('A',1780304400.25,'approved','x')`,
			one + "time_layouts: [UNIX]\n", []string{"A: approved by x 1 Jun 09:00:00"}, ""},
		"a unix time in another unit": {
			`CREATE TABLE t(Ref, At, Said, Who); INSERT INTO t VALUES('A',1780304400123,'approved','x')`,
			one + "time_layouts: [UNIX]\n", nil, "is no time of the form"},
		"binary data": {
			`CREATE TABLE t(Ref, At, Said, Who); INSERT INTO t VALUES('A','2026-06-01',x'ff00','x')`, one, nil,
			`The value in "Said" is neither text nor a number`},
		"a rounded identifier": {
			`CREATE TABLE t(Ref, At, Said, Who); INSERT INTO t VALUES(1.2345678901234567e19,'2026-06-01','approved','x')`,
			one, nil, "was rounded"},
		"text that is none": {
			`CREATE TABLE t(Ref, At, Said, Who); INSERT INTO t VALUES('A','2026-06-01',CAST(x'ff' AS TEXT),'x')`, one, nil,
			"not valid UTF-8"},
		"a value of many megabytes": {
			`CREATE TABLE t(Ref, At, Said, Who, b); INSERT INTO t VALUES('A','2026-06-01','approved','x',zeroblob(9000000))`,
			one, nil, "longer than 1 MB"},
		"a column that is worked out": {
			`CREATE TABLE t(Ref, At, Said, Who AS (lower('X')), b AS (replace(hex(zeroblob(4000000)),'0','00'))); ` +
				`INSERT INTO t VALUES('A','2026-06-01','approved')`, one, nil, "longer than 1 MB"},
		"a trigger": {
			`CREATE TABLE t(Ref, At, Said, Who); INSERT INTO t VALUES('A','2026-06-01','approved','x');` +
				`CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t; END`, one, []string{"A: approved by x 1 Jun"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			recs, res, err := readDatabase(t, database(t, c.tables), parsed(t, c.mapping))
			words := ""
			if err != nil {
				words, recs = err.Error(), nil
			}
			for _, n := range res.Notes {
				words += n.Reason
			}
			if got := said(recs); !slices.Equal(got, c.want) || !strings.Contains(words, c.words) ||
				c.words == "" && err != nil {
				t.Errorf("%q, %q", got, words)
			}
		})
	}
	t.Run("changes beside it", func(t *testing.T) {
		p := filepath.Join(t.TempDir(), "live.db")
		db, err := sql.Open("sqlite", p)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec("PRAGMA journal_mode=WAL; CREATE TABLE t(Ref, At, Said, Who);"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := readDatabase(t, p, parsed(t, one)); err == nil ||
			!strings.Contains(err.Error(), "live.db-wal") {
			t.Error(err)
		}
		_, err = db.Exec("INSERT INTO t VALUES('A','2026-06-01','approved','x'); PRAGMA wal_checkpoint(TRUNCATE)")
		if err != nil {
			t.Fatal(err)
		}
		_, res, err := readDatabase(t, p, parsed(t, one))
		if err != nil ||
			!slices.ContainsFunc(res.Notes, func(n Refusal) bool { return strings.Contains(n.Reason, "-wal") }) {
			t.Errorf("%+v, %v", res, err)
		}
	})
	t.Run("its columns for a person", func(t *testing.T) {
		f, err := OpenFile(database(t, approvalTables))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		x, err := Look(t.Context(), f, Options{Mapping: &Mapping{Version: 1, Table: "approvals"}})
		if err != nil || len(x.Columns) != 6 || x.Columns[2].Time != isoForm || x.Columns[2].Zoned || x.Rows != 2 {
			t.Errorf("%+v, %v", x, err)
		}
	})
}

// A query puts tables together, leaves no row out and says nothing of its own.
func TestQueries(t *testing.T) {
	fields := "\nfields: {run_id: ref, activity: step, decision: said, account: who, ended: at}\n"
	for query, words := range map[string]string{
		"SELECT a AS ref FROM t": "",
		"select t.a as ref, 'x' as step from t left outer join u as v on v.b = t.a order by t.a desc": "",
		"SELECT a ->> '$.x' AS ref, trim(b) AS at FROM t LEFT JOIN json_each(t.c, '$.list') AS j":     "",
		"SELECT a FROM t UNION ALL SELECT b FROM u":                                                   "",
		"SELECT a FROM t WHERE a = b":                                                                 "has no WHERE",
		"SELECT a FROM t LIMIT 5":                                                                     "has no LIMIT",

		"SELECT DISTINCT a FROM t": "has no DISTINCT",

		"SELECT CASE a WHEN b THEN c END FROM t": "has no CASE",
		"SELECT a FROM t UNION SELECT b FROM u":  "UNION ALL",

		"SELECT a FROM t JOIN u ON u.a = t.a": "only a LEFT JOIN",

		"SELECT a FROM t INNER JOIN u ON u.a = t.a": "has no INNER",
		"SELECT a FROM t, u":                        "not by commas",

		"SELECT a FROM t LEFT JOIN u ON u.a = t.a AND u.key = 'x'": "",

		"SELECT a, u.v AS said FROM t LEFT JOIN u ON u.a = t.a AND u.v = 'x'": "can only be a value of its own",

		"SELECT a FROM t LEFT JOIN u ON 'x'": "can only be a value of its own",

		"SELECT 'approved' AS said FROM t": "for decision: who acted",

		"SELECT 'e.haldane' AS \"who\" FROM t": "for account: who acted",

		"SELECT 'approved' said FROM t": "can only be a value of its own",

		"SELECT coalesce(a, 'approved') AS said FROM t": "can only be a value of its own",

		"SELECT a AS said FROM t UNION ALL SELECT 'approved' FROM u": "for decision: who acted",

		"SELECT a AS said, b AS ref FROM t UNION ALL SELECT 'approved' AS x, b FROM u": "for decision: who acted",

		"SELECT a AS ref, b AS step FROM t UNION ALL SELECT a, 'x' FROM u": "",
		"SELECT a AS ref, b AS said FROM t UNION ALL SELECT a, '' FROM u":  "",
		"SELECT * FROM t UNION ALL SELECT 'approved', a FROM u":            "there is no *",

		"SELECT a, '$approved' AS said FROM t": "for decision: who acted",

		"SELECT coalesce(a, '$approved') AS said FROM t": "can only be a value of its own",

		"SELECT true AS said FROM t": "has no TRUE",

		"SELECT current_timestamp AS at FROM t": "has no CURRENT_TIMESTAMP",

		"SELECT x'616263' AS said FROM t": "can only be a value of its own",

		"SELECT a FROM (SELECT 1)":                          "",
		"SELECT replace(a, b, c) FROM t":                    "has no REPLACE",
		"SELECT load_extension(a) FROM t":                   `no "load_extension("`,
		"SELECT 1 AS said FROM t":                           "no numbers",
		"SELECT a FROM t; DROP TABLE t":                     "not understood",
		"SELECT a -- x\nFROM t":                             "not understood",
		"PRAGMA table_info(t)":                              "has no PRAGMA",
		"WITH RECURSIVE x(n) AS (SELECT 1) SELECT n FROM x": "has no WITH",
		"SELECT count(a) FROM t":                            `no "count("`,
		"SELECT (a FROM t":                                  "",
		"DELETE FROM t":                                     "has no DELETE",
	} {
		_, err := ParseMapping(
			[]byte("assay_mapping: 1\nquery: >-\n  " + strings.ReplaceAll(query, "\n", "\n\n  ") + fields),
		)
		switch {
		case strings.Contains(query, "(SELECT 1)"), strings.Contains(query, "(a FROM"):
			if err == nil {
				t.Errorf("%s was taken", query)
			}
		case words == "" && err != nil, words != "" && (err == nil || !strings.Contains(err.Error(), words)):
			t.Errorf("%s: %v", query, err)
		}
	}
}

// FuzzSQLite reads databases that were altered.
func FuzzSQLite(f *testing.F) {
	for _, statements := range []string{
		approvalTables,
		"CREATE TABLE t(a, b AS (upper(a)), PRIMARY KEY(a)) WITHOUT ROWID; INSERT INTO t VALUES(1),(x'ff'),(2.5)",
		"CREATE TABLE s(a); CREATE VIEW v AS SELECT * FROM s; CREATE INDEX i ON s(a)",
	} {
		b, err := os.ReadFile(database(f, "PRAGMA page_size = 512;"+statements))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	fuzzFrom(f, SQLite, parsed(f, approvalQuery), func(t *testing.T, in []byte) io.Reader { return fileOf(t, in) })
}

// FuzzQuery holds whatever is taken for a query to reading ordinary tables.
func FuzzQuery(f *testing.F) {
	f.Add("SELECT a.case_ref AS ref FROM approvals AS a LEFT JOIN users AS u ON u.id = a.user_id ORDER BY ref")
	f.Add("SELECT json_extract(details, '$.why') FROM approvals UNION ALL SELECT sent FROM letters")
	p := database(f, approvalTables)
	before, err := os.ReadFile(p)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query string) {
		m := &Mapping{Version: 1, Query: query, Fields: map[string]string{"run_id": "ref"}}
		if m.check() != nil {
			return
		}
		file, err := OpenFile(p)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if _, _, err := readAll(t, file, Options{Mapping: m}); err != nil &&
			strings.Contains(err.Error(), "structure is damaged") {
			t.Error(err)
		}
		if after, _ := os.ReadFile(p); !bytes.Equal(before, after) {
			t.Error("reading changed the file")
		}
	})
}

// fileOf is a file with that content, for formats that are read from one.
func fileOf(t *testing.T, in []byte) *File {
	t.Helper()
	p := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(p, in, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := OpenFile(p)
	if err != nil {
		t.Skip("refused when it was opened:", err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}
