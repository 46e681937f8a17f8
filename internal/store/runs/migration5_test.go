package runs

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"assay/internal/run"

	"github.com/google/go-cmp/cmp"
)

// TestConvert keeps two runs as they were kept before bodies, one with every
// part and each kind of position, and expects them unchanged afterwards.
func TestConvert(t *testing.T) {
	db, p := migrating(t, filepath.Join(t.TempDir(), "old.assay"))
	if _, err := p.UpTo(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	w := testWorkflow()
	addWorkflow(t, db, w)
	at := func(s int) time.Time { return time.Date(2026, 3, 1, 9, 0, s, 250_000_000, time.UTC) }
	place := func(line, item, offset int64) run.Position {
		return run.Position{Line: line, Item: item, Offset: offset}
	}
	full := &run.Record{
		RunID:           "A-1",
		Workflow:        "wf",
		WorkflowVersion: "1",
		ModelVersion:    "m",
		PromptVersion:   "p",
		TriggerChannel:  "post",
		TriggerRef:      "C/1",
		Started:         at(0),
		Ended:           at(59),
		Outcome:         "granted",
		Segment:         "north",
		Sequence:        41,
		At:              place(7, 0, 900),
		Steps: []run.Step{
			{
				Seq:       1,
				Name:      "Log",
				ActorKind: run.ActorSystem,
				Actor:     "svc",
				Started:   at(1),
				Gate:      "g",
				Act:       run.ActPrepare,
				Tool:      "mail",
				At:        place(7, 1, 900),
			},
			{Seq: 2, Name: "Send", Ended: at(58), At: place(9, 4, -1)},
		},
		Accesses: []run.DataAccess{
			{Source: "register", Fields: []string{"name", "born"}, Time: at(2), At: place(7, 0, 900)},
		},
		Outputs: []run.Output{
			{
				Text:           "Dear …",
				SHA256:         "ab",
				Recommendation: "grant",
				Confidence:     0.1 + 0.2,
				Reasoning:      " ",
				At:             place(7, 0, 900),
			},
			{Recommendation: "none", At: place(7, 2, 900)},
		},
		Decisions: []run.Decision{
			{
				Gate:             "g",
				PreparedBy:       "svc",
				Presented:        at(3),
				Opened:           at(4),
				Decided:          at(5).Add(1),
				Account:          "a.one",
				OfficerName:      "Ann",
				Role:             "Officer",
				Code:             run.ApprovedWithEdits,
				Edited:           true,
				Reason:           "Name spelt wrong.",
				AIRecommendation: "grant",
				ArgsDigest:       "cd",
				PolicyVersion:    "2",
				At:               place(7, 1, 900),
			},
			{Gate: "g", Code: run.Rejected, At: place(8, 0, 950)},
		},
	}
	bare := &run.Record{RunID: "A-2", At: place(10, 0, -1)}
	numbers := map[string]int64{"": 0}
	number := func(s string) int64 {
		n, ok := numbers[s]
		if !ok {
			n = int64(len(numbers))
			numbers[s] = n
			mustExec(t, db, `INSERT INTO run_text (n, text) VALUES (?, ?)`, n, s)
		}
		return n
	}
	line := func(p, of run.Position) []any {
		if p == of {
			return []any{nil, nil, nil}
		}
		return []any{p.Line, p.Item, p.Offset}
	}
	mustExec(t, db, `PRAGMA foreign_keys = 0`)
	mustExec(t, db, `INSERT INTO run_workflow (n, workflow_id) VALUES (1, ?)`, w.ID)
	mustExec(t, db, `INSERT INTO run_source (n, id, first_n, last_n) VALUES (1, 's', 1, 2)`)
	mustExec(
		t,
		db,
		`INSERT INTO source VALUES ('s', 'IMP-0001', ?, 'f', printf('%064d', 1), 1, 'run-audit', '{}', 'complete', 2, 2, 0, 0, 0, 2, 2, 2, NULL, NULL, NULL, '', '2026-03-02T00:00:00.000Z', 'Ada')`,
		w.ID,
	)
	for i, r := range []*run.Record{full, bare} {
		n, d := int64(i+1), DigestOf(r)
		var sequence any
		if r.Sequence != 0 {
			sequence = r.Sequence
		}
		mustExec(
			t,
			db,
			`INSERT INTO run_record VALUES (?,1,1,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
			n,
			nanosecondsOrNull(r.Started),
			nanosecondsOrNull(r.Started),
			nanosecondsOrNull(r.Ended),
			number(r.Outcome),
			number(r.Segment),
			number(r.Workflow),
			number(
				r.WorkflowVersion,
			),
			number(r.ModelVersion),
			number(r.PromptVersion),
			number(r.TriggerChannel),
			sequence,
			r.At.Line,
			r.At.Item,
			r.At.Offset,
			r.RunID,
			r.TriggerRef,
			d[:],
		)
		mustExec(t, db, `INSERT INTO run_key VALUES (1, ?, ?)`, keyHash(r.RunID), n)
		for i, s := range r.Steps {
			mustExec(
				t,
				db,
				`INSERT INTO run_step VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
				append(
					[]any{
						n,
						i,
						s.Seq,
						number(s.Name),
						number(string(s.ActorKind)),
						number(s.Actor),
						nanosecondsOrNull(s.Started),
						nanosecondsOrNull(s.Ended),
						number(s.Gate),
						number(string(s.Act)),
						number(s.Tool),
					},
					line(s.At, r.At)...)...)
		}
		for i, a := range r.Accesses {
			mustExec(
				t,
				db,
				`INSERT INTO run_access VALUES (?,?,?,'["name","born"]',?,?,?,?)`,
				append([]any{n, i, number(a.Source), nanosecondsOrNull(a.Time)}, line(a.At, r.At)...)...)
		}
		for i, o := range r.Outputs {
			mustExec(
				t,
				db,
				`INSERT INTO run_output VALUES (?,?,?,?,?,?,?,?,?,?)`,
				append(
					[]any{n, i, o.Text, o.SHA256, o.Recommendation, o.Confidence, o.Reasoning},
					line(o.At, r.At)...)...)
		}
		for i, d := range r.Decisions {
			mustExec(
				t,
				db,
				`INSERT INTO run_decision VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
				append(
					[]any{
						n,
						i,
						number(d.Gate),
						number(d.PreparedBy),
						nanosecondsOrNull(d.Presented),
						nanosecondsOrNull(d.Opened),
						nanosecondsOrNull(d.Decided),
						number(d.Account),
						number(
							d.OfficerName,
						),
						number(d.Role),
						number(string(d.Code)),
						d.Edited,
						d.Reason,
						d.AIRecommendation,
						d.ArgsDigest,
						number(d.PolicyVersion),
					},
					line(d.At, r.At)...)...)
		}
	}
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []run.Record
	err := Each(t.Context(), db, w.ID, func(_ string, rec *run.Record, kept Digest) error {
		if kept != DigestOf(rec) {
			t.Errorf("%s: other content", rec.RunID)
		}
		got = append(got, rec.Clone())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]run.Record{full.Clone(), bare.Clone()}, got); d != "" {
		t.Error(d)
	}
	var left int
	if err := db.QueryRow(`SELECT count(*) FROM sqlite_schema WHERE name LIKE 'run\__%\_1' ESCAPE '\'`).Scan(&left); err != nil ||
		left != 0 {
		t.Errorf("%d of the old tables are left (%v)", left, err)
	}
}

func mustExec(t *testing.T, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.Exec(text, args...); err != nil {
		t.Fatal(text, err)
	}
}
