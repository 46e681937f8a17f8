package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"assay/internal/fault"
	"assay/internal/oversight"
	"assay/internal/workflow"
)

// What a later file adds to runs that are held may take findings away: a decision
// that the first file did not have. Whoever reads the paper shall know that it was
// so, and by which import.

// retest tests the runs of the workflow again after the import added to runs that
// were held, and notes with it which findings that took away.
func (w *Writer) retest(ctx context.Context) (result oversight.Result, gone []workflow.Effect, err error) {
	before, err := w.foundOn(ctx)
	if err != nil {
		return result, nil, err
	}
	if result, err = w.testJoined(ctx); err != nil {
		return result, nil, err
	}
	after, err := w.foundOn(ctx)
	if err != nil {
		return result, nil, err
	}
	count := map[string]int64{}
	for k := range before {
		if !after[k] {
			count[k.code]++
		}
	}
	for _, code := range slices.Sorted(maps.Keys(count)) {
		gone = append(gone, workflow.Effect{Code: code, Gone: count[code]})
	}
	if gone == nil {
		return result, nil, nil
	}
	text, err := json.Marshal(gone)
	if err != nil {
		return result, nil, fmt.Errorf("note what an import took away: %w", err)
	}
	_, err = w.tx.ExecContext(ctx, `UPDATE run_source SET gone = ? WHERE n = ?`, string(text), w.srcRowID)
	return result, gone, fault.Doing("note what an import took away", err)
}

// foundOn are the findings on the runs to which the import adds something.
func (w *Writer) foundOn(ctx context.Context) (map[findingKey]bool, error) {
	out := map[findingKey]bool{}
	err := query(ctx, w.tx, func(row scanner) error {
		var k findingKey
		err := row.Scan(&k.wfRowID, &k.code, &k.gate, &k.run, &k.about)
		out[k] = true
		return err
	}, `SELECT DISTINCT f.workflow_n, f.code, f.gate, f.run_n, f.subject FROM run_part p CROSS JOIN run_finding f ON f.run_n = p.of_n AND f.run_n > 0
		WHERE p.n >= ? AND p.kind = 0`, w.first)
	return out, fault.Doing("read findings of runs that go on", err)
}

// GoneBy are the findings that each import took away by adding to runs that were
// held, by the identifiers of the imports; those that took none away are left out.
func GoneBy(ctx context.Context, db DB, workflowID string) (map[string][]workflow.Effect, error) {
	out := map[string][]workflow.Effect{}
	err := query(ctx, db, func(row scanner) error {
		var id, text string
		if err := row.Scan(&id, &text); err != nil {
			return err
		}
		var gone []workflow.Effect
		err := json.Unmarshal([]byte(text), &gone)
		out[id] = gone
		return err
	}, `SELECT r.id, r.gone FROM run_source r JOIN source s ON s.id = r.id WHERE r.gone <> '[]' AND (?1 = '' OR s.workflow_id = ?1)`, workflowID)
	return out, fault.Doing("read what imports took away", err)
}
