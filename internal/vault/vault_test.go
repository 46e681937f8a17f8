package vault

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math/rand"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/fault"
)

const passphrase = "correct horse battery"

// quick makes unlocking cost next to nothing.
var quick = Params{Passes: 1, MemoryKiB: 64, Threads: 1}

func created(t testing.TB, path string) (*Vault, string) {
	t.Helper()
	return createdWith(t, path, largePages)
}

func createdWith(t testing.TB, path string, pages paging) (*Vault, string) {
	t.Helper()
	v, words, err := create(path, passphrase, quick, pages)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	return v, words
}

// connect opens a database through a VFS with the pragmas given.
func connect(t testing.TB, path, vfs string, pragmas ...string) *sql.DB {
	t.Helper()
	q := url.Values{"_txlock": {"immediate"}}
	if vfs != "" {
		q.Set("vfs", vfs)
	}
	q.Add("_pragma", "busy_timeout(5000)")
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func run(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func ask[T any](t testing.TB, db *sql.DB, query string, args ...any) (v T) {
	t.Helper()
	if err := db.QueryRow(query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

const canary = "CANARYresidentCANARY"

// noPlaintext looks for the canary and for SQLite's own marks in every file of a folder.
func noPlaintext(t testing.TB, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b := readOutside(t, path)
		for _, mark := range []string{canary, "SQLite format 3", "CREATE TABLE", "CREATE INDEX", "person_name"} {
			if bytes.Contains(b, []byte(mark)) {
				t.Errorf("%s holds %q in the clear", filepath.Base(path), mark)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// readOutside reads a file in another process: on Unix, closing a file makes the process
// lose the locks that SQLite holds on it.
func readOutside(t testing.TB, path string) []byte {
	t.Helper()
	if os.PathSeparator == '\\' {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b, err := exec.Command("cat", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// workload fills a table with rows of all sizes, with updates and rollbacks.
func workload(t testing.TB, db *sql.DB, rounds int) {
	t.Helper()
	run(
		t,
		db,
		"CREATE TABLE IF NOT EXISTS person (id INTEGER PRIMARY KEY, person_name TEXT NOT NULL, notes BLOB) STRICT",
	)
	undo := ask[string](t, db, "PRAGMA journal_mode") != "off"
	run(t, db, "CREATE INDEX IF NOT EXISTS person_by_notes ON person (notes)")
	r := rand.New(rand.NewSource(1))
	for i := range rounds {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if _, err := tx.Exec(
				"INSERT INTO person (person_name, notes) VALUES (?, CAST(? || hex(randomblob(?)) AS BLOB))",
				canary, canary, r.Intn(6000),
			); err != nil {
				t.Fatal(err)
			}
			if i%7 == 0 {
				if _, err := tx.Exec(
					"UPDATE person SET notes = CAST(? || hex(randomblob(?)) AS BLOB) WHERE id = ?", canary,
					r.Intn(3000), r.Intn(i*5+1),
				); err != nil {
					t.Fatal(err)
				}
			}
		}
		if i%5 == 4 && undo {
			err = tx.Rollback()
		} else {
			err = tx.Commit()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	run(t, db, "DELETE FROM person WHERE id % 3 = 0")
}

func TestVault(t *testing.T) {
	for _, mode := range []string{"wal", "delete", "truncate", "persist", "memory", "off"} {
		for _, temp := range []string{"memory", "file"} {
			t.Run("no_plaintext_on_disk_in_journal_mode_"+mode+"_with_temporary_content_in_"+temp, func(t *testing.T) {
				dir := t.TempDir()
				t.Setenv("SQLITE_TMPDIR", dir)
				t.Setenv("TMPDIR", dir)
				path := filepath.Join(dir, "register.assay")
				pages := versions[len(temp)%2] // both, one with each
				v, _ := createdWith(t, path, pages)
				db := connect(
					t,
					path,
					v.VFS(),
					"journal_mode("+mode+")",
					"synchronous(FULL)",
					"cache_size(20)",
					"temp_store("+temp+")",
					"secure_delete(1)",
				)
				if got := ask[string](t, db, "PRAGMA journal_mode"); got != mode {
					t.Fatalf("the journal mode is %s", got)
				}
				if got := ask[int](t, db, "PRAGMA page_size"); got != int(pages) {
					t.Fatalf("pages of %d bytes", got)
				}
				rounds := 40
				workload(t, db, rounds)
				noPlaintext(t, dir)
				if mode != "off" {
					run(t, db, "VACUUM")
				}
				// A transaction left open, with a sort that spills, so that every kind of file is there.
				tx, err := db.Begin()
				if err != nil {
					t.Fatal(err)
				}
				if _, err := tx.Exec("UPDATE person SET notes = CAST(notes || ? AS BLOB) WHERE id IN (SELECT id "+
					"FROM person ORDER BY notes DESC)", canary); err != nil {
					t.Fatal(err)
				}
				noPlaintext(t, dir)
				if err := tx.Commit(); err != nil {
					t.Fatal(err)
				}
				want := ask[int](t, db, "SELECT sum(length(notes)) FROM person")
				if got := ask[string](t, db, "PRAGMA integrity_check"); got != "ok" {
					t.Fatal(got)
				}
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
				again, err := Open(path, passphrase)
				if err != nil {
					t.Fatal(err)
				}
				defer again.Close()
				db = connect(t, path, again.VFS())
				if got := ask[int](t, db, "SELECT sum(length(notes)) FROM person"); got != want {
					t.Errorf("read back %d, wrote %d", got, want)
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
				if len(v.Damaged())+len(again.Damaged()) != 0 {
					t.Error(v.Damaged(), again.Damaged())
				}
				noPlaintext(t, dir)
			})
		}
	}
}

func TestCopies(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "register.assay")
	v, words := created(t, path)
	db := connect(t, path, v.VFS())
	workload(t, db, 20)
	want := ask[int](t, db, "SELECT sum(length(notes)) FROM person")
	t.Run("vacuum_into_makes_a_sealed_copy_of_its_own", func(t *testing.T) {
		copied := filepath.Join(dir, "copy.assay")
		run(t, db, "VACUUM INTO ?", copied)
		noPlaintext(t, dir)
		for _, open := range []func() (*Vault, error){
			func() (*Vault, error) { return Open(copied, passphrase) },
			func() (*Vault, error) { return OpenWithRecovery(copied, words) },
		} {
			c, err := open()
			if err != nil {
				t.Fatal(err)
			}
			if c.header.file == v.header.file {
				t.Error("the copy has the register's file id")
			}
			cdb := connect(t, copied, c.VFS())
			if got := ask[int](t, cdb, "SELECT sum(length(notes)) FROM person"); got != want {
				t.Errorf("the copy holds %d, not %d", got, want)
			}
			cdb.Close()
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("a_copy_is_checked_page_by_page", func(t *testing.T) {
		copied := filepath.Join(dir, "copy.assay")
		checkCopy := func(path string) ([]Damage, error) {
			c, err := v.OpenCopy(path)
			if err != nil {
				return nil, err
			}
			bad, err := c.Check(t.Context(), nil)
			return bad, errors.Join(err, c.Close())
		}
		if bad, err := checkCopy(copied); err != nil || len(bad) != 0 {
			t.Error(bad, err)
		}
		b, err := os.ReadFile(copied)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)-1000] ^= 1
		other := filepath.Join(t.TempDir(), "altered.assay")
		if err := os.WriteFile(other, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if bad, err := checkCopy(other); err != nil || len(bad) != 1 ||
			bad[0].Page != largePages.logicalSize(int64(len(b)))/int64(largePages) {
			t.Error(bad, err)
		}
		_, _ = created(t, filepath.Join(dir, "other.assay"))
		if _, err := checkCopy(filepath.Join(dir, "other.assay")); fault.CodeOf(err) != fault.CodeTampered {
			t.Error("a file of another register:", err)
		}
	})
	t.Run("vacuum_into_another_vfs_makes_a_plain_database", func(t *testing.T) {
		plain := filepath.Join(t.TempDir(), "plain.db")
		run(t, db, "VACUUM INTO ?", "file:"+plain+"?vfs="+platformVFS())
		pdb := connect(t, plain, "")
		if got := ask[int](t, pdb, "SELECT sum(length(notes)) FROM person"); got != want {
			t.Errorf("the plain copy holds %d, not %d", got, want)
		}
		if got := ask[string](t, pdb, "PRAGMA integrity_check"); got != "ok" {
			t.Error(got)
		}
		if _, err := exec.LookPath("sqlite3"); err == nil {
			out, err := exec.Command("sqlite3", plain, "SELECT sum(length(notes)) FROM person").CombinedOutput()
			if strings.TrimSpace(string(out)) != fmt.Sprint(want) {
				t.Errorf("the sqlite3 shell reads %s (%v)", out, err)
			}
		}
	})
	t.Run("the_sqlite3_shell_sees_nothing", func(t *testing.T) {
		if _, err := exec.LookPath("sqlite3"); err != nil {
			t.Skip("sqlite3 is not installed")
		}
		before := readOutside(t, path)
		out, err := exec.Command("sqlite3", path, ".schema").CombinedOutput()
		if err == nil && len(out) > 0 || !strings.Contains(string(out), "file is not a database") {
			t.Errorf("the shell says %q (%v)", out, err)
		}
		if after := readOutside(t, path); !bytes.Equal(before, after) {
			t.Error("the shell changed the file")
		}
		if got := ask[int](t, db, "SELECT sum(length(notes)) FROM person"); got != want {
			t.Errorf("afterwards %d, not %d", got, want)
		}
	})
}

func platformVFS() string {
	if os.PathSeparator == '\\' {
		return "win32"
	}
	return "unix"
}
