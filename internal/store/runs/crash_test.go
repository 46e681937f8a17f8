package runs

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/id"
	"assay/internal/imported"
	"assay/internal/run"

	"github.com/google/go-cmp/cmp"
)

// TestMain lets the test binary be the import that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("ASSAY_TEST_IMPORT_INTO"); path != "" {
		if err := importForever(context.Background(), path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

const crashRuns = 6000

// importForever imports file after file, and says on standard output when it
// begins and when it has committed one.
func importForever(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", "file:"+path+pragmas)
	if err != nil {
		return err
	}
	w := testWorkflow()
	var n int
	if err := db.QueryRow(`SELECT count(*) FROM source`).Scan(&n); err != nil {
		return err
	}
	for {
		fmt.Println("begin", n)
		tx, err := db.BeginTx(context.Background(), nil)
		if err != nil {
			return err
		}
		wr, err := NewWriter(
			context.Background(),
			tx,
			w,
			imported.Source{
				ID:         id.New(),
				Ref:        id.Ref(id.Source, int64(n+1)),
				FileName:   "f",
				Format:     "run-audit",
				ImportedAt: noon,
				ImportedBy: "Ada",
			},
			Options{},
		)
		if err != nil {
			return err
		}
		r := rand.New(rand.NewPCG(uint64(n), 3))
		for i := range crashRuns {
			rec := randomRun(r, i)
			rec.RunID = fmt.Sprintf("%d-%s", n, rec.RunID)
			if _, err := wr.Add(ctx, rec); err != nil {
				return err
			}
		}
		if _, err := wr.Close(ctx, End{SHA256: fmt.Sprintf("%064x", n+1)}); err != nil {
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		n++
		fmt.Println("committed", n)
	}
}

// TestKill kills an importing process at random moments: afterwards the
// register is sound, holds every import that was committed and nothing of the
// one that was under way, and the next import succeeds.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	kills := 12
	if os.Getenv("ASSAY_TEST_LONG") != "" {
		kills = 200
	}
	w := testWorkflow()
	path := filepath.Join(t.TempDir(), "register.assay")
	db := openAt(t, path)
	addWorkflow(t, db, w)
	db.Close()
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	for range kills {
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), "ASSAY_TEST_IMPORT_INTO="+path)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		if !lines.Scan() {
			t.Fatal("the import did not begin: ", stderr.String())
		}
		time.AfterFunc(time.Duration(r.IntN(1200))*time.Millisecond, func() { cmd.Process.Kill() })
		committed := 0
		for lines.Scan() {
			fmt.Sscanf(lines.Text(), "committed %d", &committed)
		}
		_ = cmd.Wait() // it was killed
		if stderr.Len() > 0 {
			t.Fatal(stderr.String())
		}

		db := openAt(t, path)
		var ok string
		if err := db.QueryRow("PRAGMA integrity_check").Scan(&ok); err != nil || ok != "ok" {
			t.Fatal(ok, err)
		}
		var sources, runs, stray int
		if err := db.QueryRow(`SELECT (SELECT count(*) FROM source), (SELECT count(*) FROM run_record), (SELECT count(*) FROM run_source) - (SELECT count(*) FROM source)`).Scan(&sources, &runs, &stray); err != nil {
			t.Fatal(err)
		}
		// The kill may fall between the commit and the word of it.
		if sources < committed || runs != sources*crashRuns || stray != 0 {
			t.Fatalf("%d committed; %d sources, %d runs, %d strays", committed, sources, runs, stray)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	db = openAt(t, path)
	importRuns(t, db, w, 1_000_000, []*run.Record{{RunID: "the next", Started: noon}})
	sound(t, db, w)
}

// TestDiskFull: when there is no room, the import fails and leaves nothing.
func TestDiskFull(t *testing.T) {
	w := testWorkflow()
	db := open(t, w)
	db.SetMaxOpenConns(1)
	importRuns(t, db, w, 1, randomRuns(1, 100))
	before := tables(t, db)
	var pages int
	if err := db.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages+100)); err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	wr, err := NewWriter(
		t.Context(),
		tx,
		w,
		imported.Source{
			ID:         id.New(),
			Ref:        "IMP-0002",
			FileName:   "f",
			Format:     "csv",
			ImportedAt: noon,
			ImportedBy: "Ada",
		},
		Options{},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range randomRuns(2, 20_000) {
		r.RunID = "other-" + r.RunID
		if _, err = wr.Add(t.Context(), r); err != nil {
			break
		}
	}
	if err == nil {
		_, err = wr.Close(t.Context(), End{SHA256: strings.Repeat("d", 64)})
	}
	if err == nil || !strings.Contains(err.Error(), "full") {
		t.Fatal("the disk was not full: ", err)
	}
	wr.Stop()
	tx.Rollback()
	if d := cmp.Diff(before, tables(t, db)); d != "" {
		t.Fatal(d)
	}
	if _, err := db.Exec("PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	importRuns(t, db, w, 3, randomRuns(3, 150))
	sound(t, db, w)
}
