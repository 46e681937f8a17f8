//go:build unix

package vault

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// processor reports what the measured work cost of the processor, which a busy
// machine disturbs less than the time on the clock.
func processor(b *testing.B) (report func()) {
	spent := func() time.Duration {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	start := spent()
	return func() { b.ReportMetric(float64(spent()-start)/float64(b.N), "cpu-ns/op") }
}

// The same work on a plain and on a sealed file; benchstat's ratio is what encryption costs:
//
//	go test -run '^$' -bench 'Bulk|Query' -count 6 ./internal/vault | tee out; benchstat -col /file out
func eachFile(b *testing.B, f func(b *testing.B, path, vfs string)) {
	for _, sealed := range []bool{false, true} {
		b.Run(fmt.Sprintf("file=%s", map[bool]string{false: "plain", true: "sealed"}[sealed]), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "register.assay")
			vfs := ""
			if sealed {
				v, _ := created(b, path)
				vfs = v.VFS()
			}
			f(b, path, vfs)
		})
	}
}

var asStore = []string{
	"journal_mode(WAL)",
	"synchronous(FULL)",
	"cache_size(-65536)",
	"secure_delete(1)",
	"cell_size_check(1)",
	"temp_store(MEMORY)",
}

const benchRows = 200_000

func fillRuns(b *testing.B, path, vfs string) {
	db := connect(b, path, vfs, asStore...)
	defer db.Close()
	run(
		b,
		db,
		`CREATE TABLE run (id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE, workflow INTEGER NOT NULL, started INTEGER NOT NULL, outcome TEXT, content TEXT) STRICT`,
	)
	run(b, db, `CREATE INDEX run_by_workflow ON run (workflow, started)`)
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	s, err := tx.Prepare("INSERT INTO run (ref, workflow, started, outcome, content) VALUES (?, ?, ?, ?, ?)")
	if err != nil {
		b.Fatal(err)
	}
	content := fmt.Sprintf("%0300d", 7)
	for i := range benchRows {
		if _, err := s.Exec(
			fmt.Sprintf("run-%08x", i*2654435761%(1<<32)), i%6, 1_700_000_000+i*60, "approved", content,
		); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	run(b, db, "PRAGMA wal_checkpoint(TRUNCATE)")
}

func BenchmarkBulkInsert(b *testing.B) {
	eachFile(b, func(b *testing.B, path, vfs string) {
		report := processor(b)
		defer report()
		for b.Loop() {
			b.StopTimer()
			db := connect(b, path, vfs)
			run(b, db, "DROP TABLE IF EXISTS run")
			run(b, db, "VACUUM")
			db.Close()
			b.StartTimer()
			fillRuns(b, path, vfs)
		}
		b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

// BenchmarkQuery reads with an empty cache, so that each page comes from the file.
func BenchmarkQuery(b *testing.B) {
	for name, query := range map[string]string{
		"scan":     "SELECT count(*), sum(length(content)) FROM run",
		"workflow": "SELECT count(*), sum(length(content)) FROM run WHERE workflow = 3 AND started < 1700600000",
		"newest": "SELECT max(ref), max(started) FROM (SELECT ref, started FROM run WHERE workflow = 3 ORDER BY " +
			"started DESC LIMIT 50)",
	} {
		b.Run(name, func(b *testing.B) {
			eachFile(b, func(b *testing.B, path, vfs string) {
				fillRuns(b, path, vfs)
				report := processor(b)
				defer report()
				for b.Loop() {
					db := connect(b, path, vfs, asStore...)
					var n, sum any
					if err := db.QueryRow(query).Scan(&n, &sum); err != nil {
						b.Fatal(err)
					}
					db.Close()
				}
			})
		})
	}
}

// BenchmarkCommit is one small transaction with its sync.
func BenchmarkCommit(b *testing.B) {
	eachFile(b, func(b *testing.B, path, vfs string) {
		db := connect(b, path, vfs, asStore...)
		run(b, db, "CREATE TABLE entry (id INTEGER PRIMARY KEY, body TEXT)")
		for b.Loop() {
			run(b, db, "INSERT INTO entry (body) VALUES ('Approved the policy')")
		}
	})
}

func BenchmarkPage(b *testing.B) {
	keys := newFileKeys(make([]byte, keySize), &header{paging: largePages})
	n, page, out, aad := newNonces(), make([]byte, largePages), make([]byte, largePages), make([]byte, 0, 24)
	b.Run("seal", func(b *testing.B) {
		b.SetBytes(int64(largePages))
		b.ReportAllocs()
		for b.Loop() {
			sealPage(keys.main, n, out, page, largePages.aad(aad, int64(largePages)))
		}
	})
	b.Run("open", func(b *testing.B) {
		b.SetBytes(int64(largePages))
		b.ReportAllocs()
		for b.Loop() {
			copy(page, out)
			if !openPage(keys.main, page, largePages.aad(aad, int64(largePages))) {
				b.Fatal("not authentic")
			}
		}
	})
}

func BenchmarkUnlock(b *testing.B) {
	p := Calibrate(unlockTime)
	b.Logf("%+v", p)
	for b.Loop() {
		clear(derive([]byte(passphrase), make([]byte, saltSize), p))
	}
}
