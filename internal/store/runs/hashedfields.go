package runs

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"assay/internal/imported"
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
// twice, as itself and as its digest. So it does in every declaration.
func WithDigests(w *workflow.Workflow, key []byte) *workflow.Workflow {
	x := *w
	x.Gates, x.Roster = twice(key, w.Gates, w.Roster)
	x.Declarations = slices.Clone(w.Declarations)
	for i := range x.Declarations {
		d := &x.Declarations[i]
		d.Gates, d.Roster = twice(key, d.Gates, d.Roster)
	}
	return &x
}

func twice(key []byte, gates []workflow.Gate, roster []workflow.Login) ([]workflow.Gate, []workflow.Login) {
	logins := slices.Clone(roster)
	for _, l := range roster {
		l.Account = run.Digest(key, l.Account)
		logins = append(logins, l)
	}
	gates = slices.Clone(gates)
	for i := range gates {
		officers := slices.Clone(gates[i].Officers)
		for _, a := range gates[i].Officers {
			officers = append(officers, run.Digest(key, a))
		}
		gates[i].Officers = officers
	}
	return gates, logins
}

// Treatments are what was dropped, hashed and shortened, by the identifiers of
// the sources.
func Treatments(ctx context.Context, db DB) (map[string][]imported.Treatment, error) {
	out := map[string][]imported.Treatment{}
	err := query(ctx, db, func(row scanner) error {
		var id string
		var t imported.Treatment
		err := row.Scan(&id, &t.Field, &t.What, &t.Values)
		out[id] = append(out[id], t)
		return err
	}, `SELECT s.id, t.field, t.what, t.treated FROM run_treatment t JOIN run_source s ON s.n = t.source_n ORDER BY t.source_n, t.field, t.what`)
	return out, err
}
