package vault

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/internal/fault"

	lib "modernc.org/sqlite/lib"
)

// modes are the journal modes in which nothing may be lost.
var modes = []string{"wal", "delete", "truncate", "persist"}

// crashWork does a fixed number of transactions that spill, move and shrink, and tells
// each time one is committed.
func crashWork(db *sql.DB, committed func(n int)) error {
	r := rand.New(rand.NewSource(7))
	if _, err := db.Exec("CREATE TABLE person (id INTEGER PRIMARY KEY, person_name TEXT NOT NULL, notes BLOB) " +
		"STRICT; CREATE INDEX person_by_notes ON person (notes)"); err != nil {
		return err
	}
	committed(0)
	for n := 1; n <= 40; n++ {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		for i := range 1 + rowsOf(n)*3/4 {
			notes := make([]byte, r.Intn(3000))
			r.Read(notes)
			if _, err := tx.Exec(
				"INSERT INTO person (person_name, notes) VALUES (?, ?)", fmt.Sprint(n, " ", i), notes,
			); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		if _, err := tx.Exec("UPDATE person SET person_name = person_name || ? WHERE id % 7 = ?", n, n%7); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if n%5 == 4 {
			if _, err := tx.Exec("DELETE FROM person WHERE id % 3 = ?", n%3); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		committed(n)
		if n == 25 {
			if _, err := db.Exec("VACUUM"); err != nil {
				return err
			}
		}
	}
	return nil
}

// crashDB asks for synchronous EXTRA: with FULL, SQLite does not sync the folder after it
// removed a rollback journal, and one that comes back undoes a transaction. For a
// write-ahead log the two are the same.
func crashDB(t testing.TB, path, vfs, mode string) *sql.DB {
	db := connect(
		t,
		path,
		vfs,
		"journal_mode("+mode+")",
		"synchronous(EXTRA)",
		"cache_size(12)",
		"wal_autocheckpoint(25)",
		"temp_store(MEMORY)",
	)
	db.SetMaxOpenConns(1)
	return db
}

// state is a digest of the rows.
func state(db *sql.DB) (string, error) {
	var s string
	err := db.QueryRow("SELECT count(*) || ' ' || coalesce(sum(id * length(notes)), 0) || ' ' || " +
		"coalesce(group_concat(person_name), '') FROM (SELECT * FROM person ORDER BY id)").
		Scan(&s)
	return s, err
}

// TestPowerCut records every write and sync of a workload and then makes the
// files as a power cut at some moment could leave them: what was synced is there;
// of what was not, any sector of 512 bytes may be.
func TestPowerCut(t *testing.T) {
	for _, mode := range modes {
		t.Run("in_journal_mode_"+mode+"_committed_changes_stay_and_none_is_half_made", func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "register.assay")
			v, _ := created(t, path)
			first, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var ops []operation
			type commit struct {
				at    int // operations done
				state string
			}
			var commits []commit
			v.vfs.hook = func(o operation) int32 {
				if o.kind != "read" {
					o.data = bytes.Clone(o.data)
					ops = append(ops, o)
				}
				return lib.SQLITE_OK
			}
			db := crashDB(t, path, v.VFS(), mode)
			err = crashWork(db, func(n int) {
				s, err := state(db)
				if err != nil {
					t.Fatal(err)
				}
				commits = append(commits, commit{len(ops), s})
			})
			if err := errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
			v.vfs.hook = nil
			r := rand.New(rand.NewSource(int64(often(1, os.Getpid()))))
			dir := t.TempDir()
			for range often(12, 4000) {
				cut := r.Intn(len(ops) + 1)
				files := afterCut(map[string][]byte{path: first}, ops[:cut], r)
				at := filepath.Join(dir, "register.assay")
				for _, s := range []string{"", "-log", "-undo", "-shm"} {
					os.Remove(at + s)
				}
				for name, b := range files {
					if err := os.WriteFile(
						filepath.Join(dir, filepath.Base(physicalName(name))), b, 0o600,
					); err != nil {
						t.Fatal(err)
					}
				}
				got, err := stateOf(at)
				least := -1
				for i, c := range commits {
					if c.at <= cut {
						least = i
					}
				}
				found := false
				for i := max(least, 0); i < min(least+2, len(commits)); i++ {
					found = found || commits[i].state == got
				}
				if least < 0 && err != nil && strings.Contains(err.Error(), "no such table") {
					continue
				}
				if err != nil || !found {
					t.Fatalf(
						"cut after operation %d of %d, commit %d: %v, a known state: %v",
						cut,
						len(ops),
						least,
						err,
						found,
					)
				}
			}
		})
	}
}

func stateOf(path string) (s string, err error) {
	v, err := Open(path, passphrase)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(Explain(err), v.Close()) }()
	db, err := sql.Open("sqlite", "file:"+path+"?vfs="+v.VFS())
	if err != nil {
		return "", err
	}
	defer db.Close()
	var ok string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&ok); err != nil {
		return "", err
	}
	if ok != "ok" {
		return "", fault.Tampered("integrity check: %s", ok)
	}
	return state(db)
}

// afterCut is what is on disk when the power goes after these operations.
func afterCut(files map[string][]byte, ops []operation, r *rand.Rand) map[string][]byte {
	synced := map[string]int{} // the last sync of each file
	for i, o := range ops {
		if o.kind == "sync" {
			synced[o.path] = i
		}
	}
	out := map[string][]byte{}
	for name, b := range files {
		out[name] = bytes.Clone(b)
	}
	share := []float64{0, 0.2, 0.5, 0.9, 1}[r.Intn(5)] // of the sectors that made it
	for i, o := range ops {
		sure := i < synced[o.path]
		switch o.kind {
		case "write":
			b := out[o.path]
			for at := 0; at < len(o.data); {
				pos := int(o.off) + at
				n := min(512-pos%512, len(o.data)-at)
				if sure || r.Float64() < share {
					if grow := pos + n - len(b); grow > 0 {
						b = append(b, make([]byte, grow)...)
					}
					copy(b[pos:], o.data[at:at+n])
				}
				at += n
			}
			out[o.path] = b
		case "truncate":
			if sure || r.Float64() < share {
				if b := out[o.path]; int(o.off) < len(b) {
					out[o.path] = b[:o.off:o.off]
				} else {
					out[o.path] = append(b, make([]byte, int(o.off)-len(b))...)
				}
			}
		case "delete":
			if o.off != 0 || sure || r.Float64() < share {
				delete(out, o.path)
			}
		}
	}
	return out
}

// TestFailingDisk makes one operation fail, or every one from then on.
func TestFailingDisk(t *testing.T) {
	faults := map[string]func(o operation) int32{
		"no_space_left":  func(o operation) int32 { return onlyOn(o, lib.SQLITE_FULL, "write") },
		"write_error":    func(o operation) int32 { return onlyOn(o, lib.SQLITE_IOERR_WRITE, "write", "truncate") },
		"sync_error":     func(o operation) int32 { return onlyOn(o, lib.SQLITE_IOERR_FSYNC, "sync") },
		"read_error":     func(o operation) int32 { return onlyOn(o, lib.SQLITE_IOERR_READ, "read") },
		"medium_removed": func(operation) int32 { return lib.SQLITE_IOERR },
	}
	var states []string // after each transaction, when nothing fails
	path := filepath.Join(t.TempDir(), "register.assay")
	v, _ := created(t, path)
	db := crashDB(t, path, v.VFS(), "wal")
	err := crashWork(db, func(int) {
		s, err := state(db)
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, s)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	for _, mode := range modes {
		for name, fail := range faults {
			t.Run("in_journal_mode_"+mode+"_"+name+"_loses_nothing_committed", func(t *testing.T) {
				r := rand.New(rand.NewSource(int64(often(1, os.Getpid()))))
				for range often(1, 60) {
					path := filepath.Join(t.TempDir(), "register.assay")
					v, _, err := Create(path, passphrase, quick)
					if err != nil {
						t.Fatal(err)
					}
					count, at, once := 0, r.Intn(12_000), r.Intn(2) == 0
					v.vfs.hook = func(o operation) int32 {
						count++
						if count == at || count > at && !once {
							return fail(o)
						}
						return lib.SQLITE_OK
					}
					db := crashDB(t, path, v.VFS(), mode)
					newest := -1
					workErr := crashWork(db, func(n int) { newest = n })
					db.Close() // may fail too
					v.vfs.hook = nil
					if err := v.Close(); err != nil {
						t.Fatal(err)
					}
					got, err := stateOf(path)
					if newest < 0 && err != nil && strings.Contains(err.Error(), "no such table") {
						continue
					}
					// A transaction whose commit failed may be there as a whole or not at all.
					n := slices.Index(states, got)
					if err != nil || n < newest || n > newest+1 {
						t.Fatalf(
							"operation %d (once: %v): transaction %d was committed, the register is at %d, %v; "+
								"the work ended with %v",
							at,
							once,
							newest,
							n,
							err,
							workErr,
						)
					}
				}
			})
		}
	}
}

func onlyOn(o operation, rc int32, kinds ...string) int32 {
	for _, k := range kinds {
		if o.kind == k {
			return rc
		}
	}
	return lib.SQLITE_OK
}

// TestFailingSave makes each operation of one save fail in turn: no room, an
// error, half of a write, and a medium that is gone from then on. The save is there as a whole, and
// was acknowledged or not, or it is not there and was refused.
func TestFailingSave(t *testing.T) {
	faults := []struct {
		name string
		fail func(o operation) int32
	}{
		{"no_space_left", func(o operation) int32 { return onlyOn(o, lib.SQLITE_FULL, "write") }},
		{"input_output_error", func(o operation) int32 {
			return max(
				onlyOn(o, lib.SQLITE_IOERR_WRITE, "write", "truncate"),
				onlyOn(o, lib.SQLITE_IOERR_FSYNC, "sync"),
				onlyOn(o, lib.SQLITE_IOERR_READ, "read"),
				onlyOn(o, lib.SQLITE_IOERR_DELETE, "delete"),
			)
		}},
		{"short_write", func(o operation) int32 {
			if o.kind != "write" {
				return lib.SQLITE_OK
			}
			f, err := os.OpenFile(physicalName(o.path), os.O_WRONLY, 0)
			if err != nil {
				return lib.SQLITE_IOERR_WRITE
			}
			defer f.Close()
			_, _ = f.WriteAt(o.data[:len(o.data)/2], o.off)
			return lib.SQLITE_FULL
		}},
		{"medium_removed", func(operation) int32 { return lib.SQLITE_IOERR }},
	}
	save := func(db *sql.DB) error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		defer tx.Rollback() // after a commit it does nothing
		for i := range 30 {
			if _, err := tx.Exec(
				"INSERT INTO person (person_name, notes) VALUES (?, randomblob(2000))", fmt.Sprint("saved ", i),
			); err != nil {
				return err
			}
		}
		if _, err := tx.Exec("UPDATE person SET notes = randomblob(300) WHERE id % 5 = 0"); err != nil {
			return err
		}
		return tx.Commit()
	}
	tried := 0
	for _, mode := range modes {
		path := filepath.Join(t.TempDir(), "register.assay")
		// attempt does the save on a fresh copy with operation number at failing, and gives how many there were.
		attempt := func(at int, once bool, fail func(operation) int32) (operations int) {
			for _, name := range Files(path) {
				os.Remove(name)
			}
			v, _, err := Create(path, passphrase, quick)
			if err != nil {
				t.Fatal(err)
			}
			db := crashDB(t, path, v.VFS(), mode)
			if _, err := db.Exec(`BEGIN; CREATE TABLE person (id INTEGER PRIMARY KEY, person_name TEXT NOT NULL, notes BLOB) STRICT; CREATE INDEX person_by_notes ON person (notes);
				WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) INSERT INTO person (person_name, notes) SELECT 'before ' || i, randomblob(1000) FROM n; COMMIT`); err != nil {
				t.Fatal(err)
			}
			v.vfs.hook = func(o operation) int32 {
				operations++
				if operations == at || operations > at && !once {
					return fail(o)
				}
				return lib.SQLITE_OK
			}
			saveErr := save(db)
			db.Close() // may fail too
			v.vfs.hook = nil
			if err := v.Close(); err != nil {
				t.Fatal(err)
			}
			v, err = Open(path, passphrase)
			if err != nil {
				t.Fatalf("mode %s, operation %d: %v", mode, at, err)
			}
			defer v.Close()
			db = connect(t, path, v.VFS())
			defer db.Close()
			if got := ask[string](t, db, "PRAGMA integrity_check"); got != "ok" {
				t.Fatalf("mode %s, operation %d (once: %v): %s", mode, at, once, got)
			}
			old, saved := ask[int](
				t,
				db,
				"SELECT count(*) FROM person WHERE person_name LIKE 'before%'",
			), ask[int](
				t,
				db,
				"SELECT count(*) FROM person WHERE person_name LIKE 'saved%'",
			)
			if old != 20 || saved != 0 && saved != 30 || saveErr == nil && saved != 30 {
				t.Fatalf(
					"mode %s, operation %d (once: %v): the save ended with %v; %d rows from before and %d of it "+
						"are there",
					mode,
					at,
					once,
					saveErr,
					old,
					saved,
				)
			}
			tried++
			return operations
		}
		all := attempt(0, true, func(operation) int32 { return lib.SQLITE_OK })
		for _, f := range faults {
			for _, once := range []bool{true, false} {
				for at := 1; at <= all; at += often(1+all/3, 1) {
					attempt(at, once, f.fail)
				}
			}
		}
	}
	t.Logf("%d saves", tried)
}
