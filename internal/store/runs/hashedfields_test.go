package runs

import (
	"testing"

	"assay/internal/run"

	"github.com/google/go-cmp/cmp"
)

// TestHashedAccounts: runs whose accounts were hashed at import show what the
// same runs show with their accounts as they are.
func TestHashedAccounts(t *testing.T) {
	const key = "0123456789abcdef0123456789abcdef"
	w := testWorkflow()
	count := func(hash bool) map[string]int64 {
		db := open(t, w)
		if _, err := db.Exec(`INSERT INTO setting (name, value) VALUES (?, ?)`, FieldKey, key); err != nil {
			t.Fatal(err)
		}
		recs := randomRuns(21, 400)
		of := func(a *string) {
			if hash && *a != "" {
				*a = run.Digest([]byte(key), *a)
			}
		}
		for _, r := range recs {
			for i := range r.Steps {
				of(&r.Steps[i].Actor)
			}
			for i := range r.Decisions {
				of(&r.Decisions[i].Account)
				of(&r.Decisions[i].PreparedBy)
			}
		}
		importRuns(t, db, w, 1, recs)
		sound(t, db, w)
		out := map[string]int64{}
		if err := query(t.Context(), db, func(row scanner) error {
			var code string
			var n int64
			err := row.Scan(&code, &n)
			out[code] = n
			return err
		}, `SELECT code, count(*) FROM run_finding WHERE run_n > 0 GROUP BY code`); err != nil {
			t.Fatal(err)
		}
		return out
	}
	plain, hashed := count(false), count(true)
	if d := cmp.Diff(plain, hashed); d != "" || plain["OVR-03"] == 0 || plain["OVR-04"] == 0 {
		t.Errorf("%v: %s", plain, d)
	}
}
