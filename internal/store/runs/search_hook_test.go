package runs_test

import (
	"database/sql"
	"testing"
	"time"

	"assay/internal/store/runs"
	"assay/internal/store/search"
)

func init() {
	runs.SetSearch(
		func(t testing.TB, db *sql.DB) {
			t.Helper()
			for done := false; !done; {
				tx, err := db.BeginTx(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				s, err := search.Index(t.Context(), tx)
				if err != nil {
					t.Fatal(err)
				}
				if err := tx.Commit(); err != nil {
					t.Fatal(err)
				}
				done = s.Done()
			}
			if problems, s, err := search.Check(t.Context(), db); err != nil || len(problems) > 0 || !s.Done() {
				t.Fatal(problems, s, err)
			}
		},
		func(t testing.TB, db *sql.DB, text string) int {
			t.Helper()
			f, err := search.Find(t.Context(), db, search.Query{Text: text, Within: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			return len(f.Items)
		},
		search.Remove,
	)
}
