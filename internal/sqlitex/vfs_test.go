package sqlitex

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sqlite "modernc.org/sqlite/lib"
)

// turned is a file system that turns each byte round, and names logs its own way.
type turned struct{ seen []Kind }

func (s *turned) Name(path string) string {
	if main, ok := strings.CutSuffix(path, "-wal"); ok {
		return main + ".log"
	}
	return path
}
func (s *turned) Delete(string, bool) int32 { return sqlite.SQLITE_OK }
func (s *turned) Open(raw *RawFile, _ string, kind Kind) (File, int32) {
	s.seen = append(s.seen, kind)
	return &turnedFile{raw}, sqlite.SQLITE_OK
}

type turnedFile struct{ raw *RawFile }

func (f *turnedFile) Read(b []byte, off int64) int32 {
	rc := f.raw.Read(b, off)
	size, _ := f.raw.Size()
	for i := range b[:max(0, min(int64(len(b)), size-off))] {
		b[i] ^= 0xff
	}
	return rc
}

func (f *turnedFile) Write(b []byte, off int64) int32 {
	local := [1 << 16]byte{} // on the stack, if nothing moved it to where it may be written from
	n := copy(local[:], b)
	for i := range local[:n] {
		local[i] ^= 0xff
	}
	return f.raw.Write(local[:n], off)
}
func (f *turnedFile) Truncate(size int64) int32 { return f.raw.Truncate(size) }
func (f *turnedFile) Size() (int64, int32)      { return f.raw.Size() }
func (f *turnedFile) Sync() int32               { return sqlite.SQLITE_OK }
func (f *turnedFile) Closing()                  {}

// TestVFS keeps a database through a file system of Go's.
func TestVFS(t *testing.T) {
	fs := &turned{}
	v, err := Register("turned", fs)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.db")
	open := func() *sql.DB {
		db, err := sql.Open("sqlite", "file:"+path+"?vfs="+v.Name()+"&_pragma=journal_mode(wal)")
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		return db
	}
	db := open()
	if _, err := db.Exec(`CREATE TABLE a (x TEXT); INSERT INTO a WITH RECURSIVE n(i) AS
		(SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 5000) SELECT 'line ' || i FROM n`); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + ".log"); err != nil {
		t.Errorf("the log has not the name that the file system gave it: %v", err)
	}
	if v.Unregister() == nil {
		t.Error("taken away while a file is open")
	}
	db.Close()
	b, err := os.ReadFile(path)
	if err != nil || bytes.Contains(b, []byte("line 17")) || bytes.HasPrefix(b, []byte("SQLite")) {
		t.Errorf("the file holds what SQLite wrote (%v)", err)
	}
	db = open()
	var n int
	var check string
	if err := db.QueryRow(`SELECT count(*) FROM a WHERE x LIKE 'line %'`).Scan(&n); err != nil || n != 5000 {
		t.Errorf("%d rows, %v", n, err)
	}
	if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&check); err != nil || check != "ok" {
		t.Errorf("%s %v", check, err)
	}
	db.Close()
	if err := v.Unregister(); err != nil {
		t.Error(err)
	}
	seen := map[Kind]bool{}
	for _, k := range fs.seen {
		seen[k] = true
	}
	if !seen[KindDatabase] || !seen[KindLog] {
		t.Errorf("opened as %v", fs.seen)
	}
}
