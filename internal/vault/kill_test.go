package vault

import (
	"bufio"
	"database/sql"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// TestMain lets the test binary be the program that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("ASSAY_KILL_PATH"); path != "" {
		if err := writeUntilKilled(path, os.Getenv("ASSAY_KILL_MODE"), os.Getenv("ASSAY_KILL_SEED")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// rowsOf is how many rows transaction n writes: mostly a few, sometimes more than the cache holds.
func rowsOf(n int) int {
	if n%9 == 8 {
		return 400
	}
	return 1 + n%4
}

// writeUntilKilled writes transaction after transaction and says each number
// once it is committed.
func writeUntilKilled(path, mode, seed string) error {
	v, err := Open(path, passphrase)
	if err != nil {
		return err
	}
	db, err := sql.Open(
		"sqlite",
		"file:"+path+"?vfs="+v.VFS()+"&_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode("+mode+
			")&_pragma=synchronous(FULL)&_pragma=cache_size(30)&_pragma=wal_autocheckpoint(60)",
	)
	if err != nil {
		return err
	}
	s, _ := strconv.ParseInt(seed, 10, 64)
	r := rand.New(rand.NewSource(s))
	if _, err := db.Exec("CREATE TABLE IF NOT EXISTS person (id INTEGER PRIMARY KEY, person_name TEXT NOT NULL, " +
		"notes BLOB) STRICT; CREATE INDEX IF NOT EXISTS person_by_notes ON person (notes)"); err != nil {
		return err
	}
	var n int
	if err := db.QueryRow("SELECT coalesce(max(CAST(person_name AS INTEGER)), 0) FROM person").Scan(&n); err != nil {
		return err
	}
	for fmt.Println("ready"); ; {
		n++
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		for range rowsOf(n) {
			if _, err := tx.Exec(
				"INSERT INTO person (person_name, notes) VALUES (?, randomblob(?))", strconv.Itoa(n), r.Intn(3000),
			); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(
			"UPDATE person SET notes = randomblob(length(notes)) WHERE id % 50 = ?", n%50,
		); err != nil {
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		fmt.Println(n)
		if n%40 == 0 {
			if _, err := db.Exec(
				"DELETE FROM person WHERE id % 2 = 0 AND CAST(person_name AS INTEGER) < ?; VACUUM", n-30,
			); err != nil {
				return err
			}
		}
	}
}

// TestKilled kills the program at random moments; nothing that it had
// acknowledged may be lost, and no transaction may be there in part.
func TestKilled(t *testing.T) {
	for _, mode := range []string{"wal", "delete"} {
		t.Run("in_journal_mode_"+mode+"_acknowledged_changes_stay_and_none_is_half_made", func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "register.assay")
			v, _, err := Create(path, passphrase, quick)
			if err != nil {
				t.Fatal(err)
			}
			if err := v.Close(); err != nil {
				t.Fatal(err)
			}
			kills := often(8, 500)
			for i := range kills {
				c := exec.Command(os.Args[0], "-test.run=^$")
				c.Env = append(
					os.Environ(),
					"ASSAY_KILL_PATH="+path,
					"ASSAY_KILL_MODE="+mode,
					"ASSAY_KILL_SEED="+strconv.Itoa(i),
				)
				c.Stderr = os.Stderr
				out, err := c.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				lines := bufio.NewScanner(out)
				if !lines.Scan() || lines.Text() != "ready" {
					t.Fatal("the program did not start")
				}
				kill := time.AfterFunc(
					time.Duration(rand.Intn(120_000))*time.Microsecond,
					func() { _ = c.Process.Kill() },
				)
				acknowledged := 0
				for lines.Scan() {
					if n, err := strconv.Atoi(lines.Text()); err == nil {
						acknowledged = n
					}
				}
				kill.Stop()
				_ = c.Wait()
				v, err := Open(path, passphrase)
				if err != nil {
					t.Fatalf("kill %d: %v", i, err)
				}
				db := connect(t, path, v.VFS())
				if got := ask[string](t, db, "PRAGMA integrity_check"); got != "ok" {
					t.Fatalf("kill %d: %s", i, got)
				}
				newest := ask[int](t, db, "SELECT coalesce(max(CAST(person_name AS INTEGER)), 0) FROM person")
				if newest < acknowledged {
					t.Fatalf("kill %d: transaction %d was acknowledged, %d is the newest", i, acknowledged, newest)
				}
				rows, err := db.Query(
					"SELECT CAST(person_name AS INTEGER), count(*) FROM person GROUP BY 1 HAVING CAST(person_name "+
						"AS INTEGER) > ?",
					newest-9,
				)
				if err != nil {
					t.Fatal(err)
				}
				for rows.Next() {
					var n, count int
					if err := rows.Scan(&n, &count); err != nil {
						t.Fatal(err)
					}
					if count != rowsOf(n) {
						t.Fatalf("kill %d: transaction %d has %d of its %d rows", i, n, count, rowsOf(n))
					}
				}
				if err := rows.Err(); err != nil {
					t.Fatal(err)
				}
				db.Close()
				if err := v.Close(); err != nil {
					t.Fatal(err)
				}
				if bad, err := check(path); err != nil || len(bad) != 0 {
					t.Fatal(bad, err)
				}
			}
			noPlaintext(t, filepath.Dir(path))
		})
	}
}
