package runs

import (
	"context"
	"database/sql"
	"fmt"

	"assay/internal/run"
	"assay/internal/sqlitex"
)

// moveRunsIntoBlocks is migration 51: it moves the bodies and texts of a register from
// before blocks into run_block, as they are, and drops what held them.
func moveRunsIntoBlocks(ctx context.Context, tx *sql.Tx) error {
	var first, last int64
	err := tx.QueryRowContext(ctx, `SELECT coalesce(min(n), 1), coalesce(max(n), 0) FROM run_record`).
		Scan(&first, &last)
	if err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, insertBlock)
	if err != nil {
		return err
	}
	defer insert.Close()
	m := blockMover{insert: insert}
	for ; first <= last; first += readBatch {
		if err := m.move(ctx, tx, first, min(first+readBatch-1, last)); err != nil {
			return err
		}
	}
	if err := m.store(ctx); err != nil {
		return err
	}
	for _, s := range []string{
		`DROP TABLE run_output`, `DROP TABLE run_decision`, `ALTER TABLE run_record DROP COLUMN body`,
	} {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// blockMover puts runs into blocks.
type blockMover struct {
	insert *sql.Stmt
	packer blockPacker
	open   block
	source int64 // of the runs in the open block
	recs   []movedRun
}

// movedRun is a run of a batch, of which only the texts are taken apart.
type movedRun struct {
	n, source int64
	body      []byte
	texts     run.Record
}

func (m *blockMover) move(ctx context.Context, tx *sql.Tx, first, last int64) error {
	m.recs = m.recs[:0]
	at := map[int64]int{}
	of := func(v *sqlitex.Row) (*run.Record, int, error) {
		n := v.Int()
		i, ok := at[n]
		if !ok {
			return nil, 0, fmt.Errorf("a text of run %d, which is not there", n)
		}
		k := v.Int()
		if k < 0 || k > 1<<20 {
			return nil, 0, fmt.Errorf("text %d of run %d", k, n)
		}
		return &m.recs[i].texts, int(k), nil
	}
	for _, t := range []struct {
		columns, from string
		row           func(*sqlitex.Row) error
	}{
		{"n, source_n, body", "run_record WHERE n", func(v *sqlitex.Row) error {
			n, source := v.Int(), v.Int()
			body, _ := v.Next().([]byte)
			at[n] = len(m.recs)
			m.recs = append(m.recs, movedRun{n: n, source: source, body: append([]byte{}, body...)})
			return nil
		}},
		{"run_n, i, text, reasoning", "run_output WHERE run_n", func(v *sqlitex.Row) error {
			rec, i, err := of(v)
			if err != nil {
				return err
			}
			for len(rec.Outputs) <= i {
				rec.Outputs = append(rec.Outputs, run.Output{})
			}
			rec.Outputs[i].Text, rec.Outputs[i].Reasoning = v.Text(), v.Text()
			return nil
		}},
		{"run_n, i, reason", "run_decision WHERE run_n", func(v *sqlitex.Row) error {
			rec, i, err := of(v)
			if err != nil {
				return err
			}
			for len(rec.Decisions) <= i {
				rec.Decisions = append(rec.Decisions, run.Decision{})
			}
			rec.Decisions[i].Reason = v.Text()
			return nil
		}},
	} {
		if err := sqlitex.Scan(ctx, tx, t.row, t.columns, t.from+" BETWEEN ? AND ?", first, last); err != nil {
			return err
		}
	}
	for i := range m.recs {
		if err := m.add(ctx, &m.recs[i]); err != nil {
			return err
		}
	}
	return nil
}

func (m *blockMover) add(ctx context.Context, r *movedRun) error {
	if m.open.runs() > 0 && (m.open.full() || r.source != m.source || r.n != m.open.last()+1) {
		if err := m.store(ctx); err != nil {
			return err
		}
	}
	m.source = r.source
	m.open.add(r.n, &r.texts, func(b []byte) []byte { return append(b, r.body...) })
	return nil
}

// store stores the open block.
func (m *blockMover) store(ctx context.Context) error { return m.open.store(ctx, m.insert, &m.packer) }
