package runs

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/workflow"
)

// FieldKey is the setting that holds the secret by which imports hash fields.
const FieldKey = "field_key"

// newTester prepares the tests for a workflow. Where an import hashed accounts,
// its runs name officers by digests: those of the accounts that the workflow
// knows stand for them.
func newTester(ctx context.Context, db DB, w *workflow.Workflow) (*oversight.Tester, error) {
	var key string
	err := db.QueryRowContext(ctx, `SELECT value FROM setting WHERE name = ?`, FieldKey).Scan(&key)
	if errors.Is(err, sql.ErrNoRows) {
		return oversight.NewTester(w), nil
	}
	return oversight.NewTester(WithDigests(w, []byte(key))), err
}

// WithDigests is the workflow as its runs describe it where their accounts are
// hashed under key: each account in the roster and at the gates stands there
// twice, as itself and as its digest.
func WithDigests(w *workflow.Workflow, key []byte) *workflow.Workflow {
	x := *w
	x.Roster = slices.Clone(w.Roster)
	for _, l := range w.Roster {
		l.Account = run.Digest(key, l.Account)
		x.Roster = append(x.Roster, l)
	}
	x.Gates = slices.Clone(w.Gates)
	for i := range x.Gates {
		officers := slices.Clone(x.Gates[i].Officers)
		for _, a := range x.Gates[i].Officers {
			officers = append(officers, run.Digest(key, a))
		}
		x.Gates[i].Officers = officers
	}
	return &x
}

// Treatment is what an import's privacy rules did to one field.
type Treatment struct {
	Field  string `json:"field"`
	What   string `json:"what"` // drop, hash, shorten
	Values int64  `json:"values"`
}

// Treatments are what was dropped, hashed and shortened, by the identifiers of
// the sources.
func Treatments(ctx context.Context, db DB) (map[string][]Treatment, error) {
	out := map[string][]Treatment{}
	err := query(ctx, db, func(row scanner) error {
		var id string
		var t Treatment
		err := row.Scan(&id, &t.Field, &t.What, &t.Values)
		out[id] = append(out[id], t)
		return err
	}, `SELECT s.id, t.field, t.what, t.treated FROM run_treatment t JOIN run_source s ON s.n = t.source_n ORDER BY t.source_n, t.field, t.what`)
	return out, err
}
