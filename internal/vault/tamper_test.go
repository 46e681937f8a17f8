package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"assay/internal/fault"

	lib "modernc.org/sqlite/lib"
)

// often is how many times a test of chance is tried: short, or in the long run
// (ASSAY_SOAK set) long.
func often(short, long int) int {
	if os.Getenv("ASSAY_SOAK") != "" {
		return long
	}
	return short
}

// content is a digest of all that SQL sees of a database, or the error that
// reading it gives.
func content(path, vfs string) (string, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?vfs="+vfs)
	if err != nil {
		return "", err
	}
	defer db.Close()
	h := sha256.New()
	for _, q := range []string{
		"SELECT type || name || coalesce(sql, '') FROM sqlite_schema ORDER BY 1",
		"SELECT id || '|' || person_name || '|' || hex(notes) FROM person NOT INDEXED ORDER BY id",
		"SELECT hex(notes) || id FROM person INDEXED BY person_by_notes ORDER BY notes",
	} {
		rows, err := db.Query(q)
		if err != nil {
			return "", err
		}
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				rows.Close()
				return "", err
			}
			h.Write([]byte(s + "\n"))
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return "", err
		}
	}
	var check string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&check); err != nil {
		return "", err
	}
	if check != "ok" {
		return "", fault.Tampered("integrity check: %s", check)
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// reopen unlocks a register and reads all of it.
func reopen(path string) (string, error) {
	v, err := Open(path, passphrase)
	if err != nil {
		return "", err
	}
	got, err := content(path, v.VFS())
	return got, errors.Join(Explain(err), v.Close())
}

// check unlocks a register and checks each of its pages.
func check(path string) ([]Damage, error) {
	v, err := Open(path, passphrase)
	if err != nil {
		return nil, err
	}
	bad, err := v.Check(context.Background(), nil)
	return bad, errors.Join(err, v.Close())
}

// sealed makes a register with some content, everything moved into the file.
func sealed(t testing.TB, rounds int, pages paging) (path, want string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "register.assay")
	v, _, err := create(path, passphrase, quick, pages)
	if err != nil {
		t.Fatal(err)
	}
	db := connect(t, path, v.VFS(), "journal_mode(WAL)")
	workload(t, db, rounds)
	if err := errors.Join(db.Close(), v.Close()); err != nil {
		t.Fatal(err)
	}
	want, err = reopen(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, want
}

func TestTampering(t *testing.T) {
	for i, p := range versions {
		t.Run(fmt.Sprintf("version_%d", i+1), func(t *testing.T) { tampering(t, p) })
	}
}

func tampering(t *testing.T, p paging) {
	prefixSize, pageSize := int(p.prefix()), int(p)
	path, want := sealed(t, 5, p)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pages := (len(whole) - prefixSize) / pageSize
	page := func(b []byte, n int) []byte { return b[prefixSize+n*pageSize:][:pageSize] }
	restore := func() {
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("a_flipped_bit_is_reported_or_harmless", func(t *testing.T) {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		// Nobody writes meanwhile: waiting for a page to become whole would be nearly all of the time.
		pauseUnit = 0
		defer func() { pauseUnit = time.Millisecond }()
		r := rand.New(rand.NewSource(int64(often(1, os.Getpid()))))
		n, reported, harmless, silent := often(500, 50_000), 0, 0, 0
		for i := range n {
			if end, ok := t.Deadline(); ok && time.Until(end) < time.Minute {
				n = i // said below
				break
			}
			at := r.Intn(len(whole))
			if r.Intn(20) == 0 {
				at = r.Intn(2000) + keyPage*r.Intn(2) // the text of the key pages too
			}
			if _, err := f.WriteAt([]byte{whole[at] ^ 1<<r.Intn(8)}, int64(at)); err != nil {
				t.Fatal(err)
			}
			var got string
			v, err := Open(path, passphrase)
			if err == nil {
				if at >= prefixSize {
					if bad, err := v.Check(t.Context(), nil); err != nil || len(bad) != 1 ||
						bad[0].Page != int64((at-prefixSize)/pageSize+1) {
						t.Errorf(
							"byte %d of page %d: the check finds %v (%v)",
							at,
							(at-prefixSize)/pageSize+1,
							bad,
							err,
						)
					}
				}
				got, err = content(path, v.VFS())
				err = errors.Join(Explain(err), v.Close())
			}
			switch {
			case err != nil && fault.CodeOf(err) == fault.CodeInternal:
				t.Errorf("byte %d: reported without a fault: %v", at, err)
			case err != nil:
				reported++
			case got != want:
				silent++
				t.Errorf("byte %d: silently read as other content", at)
			default:
				harmless++
			}
			if _, err := f.WriteAt(whole[at:at+1], int64(at)); err != nil {
				t.Fatal(err)
			}
			if at < prefixSize { // opening mends the other copy
				if _, err := f.WriteAt(whole[:prefixSize], 0); err != nil {
					t.Fatal(err)
				}
			}
		}
		t.Logf(
			"%d bits of a register of %d pages flipped: %d reported on reading, %d in free pages and copies of "+
				"the key page, %d silent",
			n,
			pages,
			reported,
			harmless,
			silent,
		)
	})
	copied := filepath.Join(t.TempDir(), "copy.assay")
	v, err := Open(path, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	db := connect(t, path, v.VFS())
	run(t, db, "VACUUM INTO ?", copied)
	if err := errors.Join(db.Close(), v.Close()); err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	restore()
	for name, alter := range map[string]func([]byte) []byte{
		"a_page_put_in_another_place": func(b []byte) []byte { copy(page(b, 3), page(whole, 4)); return b },
		"two_pages_exchanged": func(
			b []byte,
		) []byte {
			copy(page(b, 3), page(whole, 4))
			copy(page(b, 4), page(whole, 3))
			return b
		},
		"a_page_of_a_copy_in_its_place": func(b []byte) []byte { copy(page(b, 3), page(other, 3)); return b },
		"all_pages_of_a_copy": func(
			b []byte,
		) []byte {
			return append(b[:prefixSize:prefixSize], other[prefixSize:]...)
		},
		"a_page_of_zeros":                   func(b []byte) []byte { clear(page(b, pages-1)); return b },
		"every_page_of_zeros":               func(b []byte) []byte { clear(b[prefixSize:]); return b },
		"the_last_page_cut_off":             func(b []byte) []byte { return b[:len(b)-pageSize] },
		"half_of_the_last_page_cut_off":     func(b []byte) []byte { return b[:len(b)-pageSize/2] },
		"nothing_but_the_key_pages":         func(b []byte) []byte { return b[:prefixSize] },
		"the_key_pages_of_a_copy":           func(b []byte) []byte { copy(b, other[:prefixSize]); return b },
		"a_page_with_its_zeros_made_others": func(b []byte) []byte { b[prefixSize+4*pageSize-1] = 1; return b },
	} {
		t.Run(name+"_is_reported", func(t *testing.T) {
			defer restore()
			if err := os.WriteFile(path, alter(bytes.Clone(whole)), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := reopen(path)
			if err == nil && got != want {
				t.Error("silently read as other content")
			}
			if bad, _ := check(path); err == nil && len(bad) == 0 {
				t.Error("neither reading nor the check reports it")
			}
		})
	}
	t.Run("pages_added_at_the_end_change_nothing", func(t *testing.T) {
		defer restore()
		if err := os.WriteFile(path, append(bytes.Clone(whole), page(whole, 2)...), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := reopen(path); err == nil && got != want {
			t.Error("other content was read")
		}
	})
	t.Run("the_altered_page_is_named", func(t *testing.T) {
		defer restore()
		b := bytes.Clone(whole)
		page(b, 4)[100] ^= 1
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := Open(path, passphrase)
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		_, err = content(path, v.VFS())
		if fault.CodeOf(Explain(err)) != fault.CodeTampered {
			t.Error(err)
		}
		if d := v.Damaged(); len(d) != 1 || d[0].Page != 5 || d[0].File != path {
			t.Error(d)
		}
	})
}

// TestLog alters the write-ahead log that a crash leaves.
func TestLog(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "register.assay")
	v, _ := created(t, path)
	db := connect(t, path, v.VFS(), "journal_mode(WAL)", "wal_autocheckpoint(0)", "cache_size(5)")
	db.SetMaxOpenConns(1)
	run(t, db, "CREATE TABLE person (id INTEGER PRIMARY KEY, person_name TEXT NOT NULL, notes BLOB) STRICT")
	run(t, db, "CREATE INDEX person_by_notes ON person (notes)")
	run(t, db, "PRAGMA wal_checkpoint(TRUNCATE)")
	base := readOutside(t, path)
	const transactions = 8
	states := map[string]int{} // content → how many transactions made it
	var ends []int             // where each transaction ends in the log
	at := filepath.Join(t.TempDir(), "at.assay")
	lay := func(log []byte) {
		for name, b := range map[string][]byte{at: base, at + "-log": log} {
			if err := os.WriteFile(name, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		os.Remove(at + "-shm")
	}
	for i := range transactions {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		for j := range 4 {
			if _, err := tx.Exec(
				"INSERT INTO person (person_name, notes) VALUES (?, randomblob(?))", fmt.Sprint(i), 3000*j,
			); err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec("UPDATE person SET person_name = person_name || '.'"); err != nil {
				t.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		log := readOutside(t, path+"-log")
		ends = append(ends, len(log))
		lay(log)
		state, err := reopen(at)
		if err != nil {
			t.Fatal(err)
		}
		states[state] = i + 1
	}
	log := readOutside(t, path+"-log")
	transactionOf := func(at int) int {
		for i, end := range ends {
			if at < end {
				return i
			}
		}
		return transactions
	}
	t.Run("cut_off_anywhere_it_ends_with_a_whole_transaction", func(t *testing.T) {
		for cut := 0; cut < len(log); cut += often(9001, 97) {
			lay(log[:cut])
			state, err := reopen(at)
			if err != nil {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			if n := transactionOf(cut); states[state] != n && n > 0 {
				t.Errorf("cut at %d: %d transactions, want %d", cut, states[state], n)
			}
		}
	})
	t.Run("a_flipped_bit_is_reported_or_ends_it_near_its_end", func(t *testing.T) {
		r := rand.New(rand.NewSource(int64(often(1, os.Getpid()))))
		n, reported := often(120, 20_000), 0
		for range n {
			i := r.Intn(len(log))
			b := bytes.Clone(log)
			b[i] ^= 1 << r.Intn(8)
			lay(b)
			state, err := reopen(at)
			count, known := states[state]
			switch {
			case err != nil:
				reported++
				if fault.CodeOf(err) != fault.CodeTampered {
					t.Errorf("byte %d: %v", i, err)
				}
			case count == transactions: // harmless, such as in a check sum that nobody reads
			case !known:
				t.Errorf("byte %d: silently read as other content", i)
			case transactionOf(i) < transactions-2:
				t.Errorf(
					"byte %d in transaction %d of %d: silently back at %d",
					i,
					transactionOf(i)+1,
					transactions,
					count,
				)
			}
		}
		t.Logf("%d bits flipped, %d reported", n, reported)
	})
	t.Run("a_frame_put_in_another_place_is_not_read", func(t *testing.T) {
		frame := int(largePages.frame())
		frames := (len(log) - walHeader) / frame
		for range often(40, 2000) {
			b := bytes.Clone(log)
			from, to := rand.Intn(frames), rand.Intn(frames)
			if from == to {
				continue
			}
			copy(b[walHeader+to*frame:][:frame], log[walHeader+from*frame:])
			lay(b)
			state, err := reopen(at)
			if _, known := states[state]; err == nil && !known {
				t.Errorf("frame %d in the place of %d was read", from, to)
			}
		}
	})
	t.Run("what_can_be_read_is_salvaged_on_request", func(t *testing.T) {
		b := bytes.Clone(log)
		b[ends[2]+frameHeader+100] ^= 1 // in the first frame of transaction 4
		lay(b)
		if _, err := reopen(at); fault.CodeOf(err) != fault.CodeTampered {
			t.Fatal(err)
		}
		if after, _ := os.ReadFile(at + "-log"); !bytes.Equal(after, b) {
			t.Error("the refused log was changed")
		}
		v, err := Open(at, passphrase)
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		if _, err := content(at, v.VFS()); fault.CodeOf(Explain(err)) != fault.CodeTampered {
			t.Error(err)
		}
		if d := v.Damaged(); len(d) != 1 ||
			d[0] != (Damage{at + "-log", int64(ends[2]-walHeader) / largePages.frame()}) {
			t.Error(d)
		}
		v.Salvage()
		state, err := content(at, v.VFS())
		if err != nil || states[state] != 3 {
			t.Error(states[state], err)
		}
	})
	t.Run("frames_of_failed_transactions_are_no_damage", func(t *testing.T) {
		insert := func(pages int) error {
			tx, err := db.Begin()
			if err != nil {
				return err
			}
			defer tx.Rollback()
			if pages > 50 {
				// Each page once: SQLite leaves frames that it writes again without salts until the commit.
				_, err := tx.Exec(
					"INSERT INTO person (person_name, notes) VALUES ('x', randomblob(?))",
					pages*int(largePages),
				)
				return err // rolled back, after it has spilled
			}
			for range pages {
				if _, err := tx.Exec(
					"INSERT INTO person (person_name, notes) VALUES ('x', randomblob(3900))",
				); err != nil {
					return err
				}
			}
			return tx.Commit()
		}
		if err := insert(300); err != nil {
			t.Fatal(err)
		}
		v.vfs.hook = func(o operation) int32 { return onlyOn(o, lib.SQLITE_IOERR_FSYNC, "sync") }
		err := insert(40)
		v.vfs.hook = nil
		if err == nil {
			t.Fatal("the failed sync was not noticed")
		}
		if err := insert(1); err != nil {
			t.Fatal(err)
		}
		want, err := content(path, v.VFS())
		if err != nil {
			t.Fatal(err)
		}
		lay(readOutside(t, path+"-log"))
		if got, err := reopen(at); err != nil || got != want {
			t.Errorf("the same content: %v, %v", got == want, err)
		}
	})
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}
