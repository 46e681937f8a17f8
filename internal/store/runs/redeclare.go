package runs

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/workflow"
)

// Trial is what a change of what a workflow declares would do to the findings on
// the runs that are held, if all of them were held to it.
type Trial struct {
	Runs   int64 // tried: those whose content is there
	Effect []workflow.Effect
}

// HasRuns tells whether any runs of a workflow were ever imported.
func HasRuns(ctx context.Context, db DB, workflowID string) (has bool, err error) {
	err = db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM source WHERE workflow_id = ?)`, workflowID).Scan(&has)
	return has, fault.Doing("look for runs of a workflow", err)
}

// TryDeclaration tests every run of a workflow by what it declared last (was) and
// by what it would declare (is), and compares what is found: a finding is gone
// where the one finds it, by test, gate and run or subject, and the other does
// not. It changes nothing.
func TryDeclaration(ctx context.Context, db DB, was, is *workflow.Workflow) (Trial, error) {
	effect := map[oversight.Code]*workflow.Effect{}
	count := func(c oversight.Code) *workflow.Effect {
		if effect[c] == nil {
			effect[c] = &workflow.Effect{Code: string(c)}
		}
		return effect[c]
	}
	diff := func(before, after []oversight.Finding) {
		for i := range before {
			if f := &before[i]; ofRuns(f) && !found(after, f) {
				count(f.Code).Gone++
			}
		}
		for i := range after {
			if f := &after[i]; ofRuns(f) && !found(before, f) {
				count(f.Code).New++
			}
		}
	}
	before, err := newTrial(ctx, db, was)
	if err != nil {
		return Trial{}, fmt.Errorf("try declaration: %w", err)
	}
	after, err := newTrial(ctx, db, is)
	if err != nil {
		return Trial{}, fmt.Errorf("try declaration: %w", err)
	}
	var t Trial
	err = eachSource(ctx, db, was.ID, func(source string, first, last, wfRowID int64) error {
		return eachRun(ctx, db, first, last, wfRowID, forTests, func(x *toldRun) error {
			t.Runs++
			diff(before.run(source, x.rec, x.files), after.run(source, x.rec, x.files))
			return nil
		})
	})
	if err != nil {
		return Trial{}, fmt.Errorf("try declaration: %w", err)
	}
	c, err := readContext(ctx, db, was.ID, imported.Period{})
	if err != nil {
		return Trial{}, fmt.Errorf("try declaration: %w", err)
	}
	diff(before.stream.Result(before.wf, c).Findings, after.stream.Result(after.wf, c).Findings)
	for _, code := range slices.Sorted(maps.Keys(effect)) {
		t.Effect = append(t.Effect, *effect[code])
	}
	return t, nil
}

// trying tests runs by one declaration alone.
type trying struct {
	wf *workflow.Workflow
	*recount
}

func newTrial(ctx context.Context, db DB, w *workflow.Workflow) (trying, error) {
	alone := *w
	alone.Declarations = nil
	r, err := newRecount(ctx, db, &alone)
	return trying{wf: &alone, recount: r}, err
}

// ofRuns tells findings on runs from OVR-18, which is about the declaration
// itself: that a threshold is raised to its floor takes nothing away.
func ofRuns(f *oversight.Finding) bool { return f.Code != oversight.BelowFloor }

// found tells whether a finding of the same test, at the same gate and about the
// same subject, is among others on the same run.
func found(fs []oversight.Finding, f *oversight.Finding) bool {
	return slices.ContainsFunc(fs, func(x oversight.Finding) bool {
		return x.Code == f.Code && x.Gate == f.Gate && x.Subject == f.Subject
	})
}

// Redeclare brings findings and measures up to date after what the workflow
// declares was changed. Where no run that is held is concerned, since the change
// holds from a later day on, runs are not tested again.
func Redeclare(ctx context.Context, tx *sql.Tx, was, is *workflow.Workflow) error {
	stale, err := Stale(ctx, tx, is)
	if err != nil || !stale {
		return err
	}
	wfRowID, err := workflowRowID(ctx, tx, is.ID)
	if err != nil || wfRowID == 0 {
		return err
	}
	older, err := Stale(ctx, tx, was) // the findings rest on neither
	if err != nil {
		return err
	}
	day, changed := changedFrom(was.InForce(), is.InForce())
	concerned := older || changed && day == ""
	if !concerned && changed {
		err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM run_day WHERE workflow_n = ? AND day >= ?)`,
			wfRowID, string(day)).Scan(&concerned)
		if err != nil {
			return fault.Doing("hold runs to a declaration", err)
		}
	}
	if concerned {
		_, err := Retest(ctx, tx, is)
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE run_total SET definition = ? WHERE workflow_n = ?`, definitionOf(is), wfRowID); err != nil {
		return fault.Doing("hold runs to a declaration", err)
	}
	return testAgain(ctx, tx, wfRowID, is)
}

// changedFrom is the first day that two histories hold runs of to different
// declarations, empty where that is every run; changed is false where they never
// differ in what a test looks at.
func changedFrom(was, is []workflow.Declaration) (day civil.Date, changed bool) {
	for i := range max(len(was), len(is)) {
		switch {
		case i >= len(was):
			return is[i].From, true
		case i >= len(is):
			return was[i].From, true
		case was[i].From != is[i].From:
			return min(was[i].From, is[i].From), true
		case len(was[i].Declared.Changes(is[i].Declared)) > 0:
			return was[i].From, true
		}
	}
	return "", false
}

// testAgain makes the tests over all runs from the sums that are held.
func testAgain(ctx context.Context, tx *sql.Tx, wfRowID int64, w *workflow.Workflow) error {
	texts, err := newTexts(ctx, tx)
	if err != nil {
		return err
	}
	defer texts.close()
	insert, err := tx.PrepareContext(ctx, upsertFinding)
	if err != nil {
		return err
	}
	defer insert.Close()
	_, err = rollups{tx: tx, wfRowID: wfRowID, texts: texts, definition: definitionOf(w)}.testAll(ctx, w, insert)
	return err
}
