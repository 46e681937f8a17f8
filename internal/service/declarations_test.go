package service

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/sample"
	"assay/internal/store"
	"assay/internal/testkit"
	"assay/internal/workflow"
)

// spoil makes a dirty log of a clean one, by a fixed rule: of 420 runs 60 are
// released with no decision, 60 decided by a service account, 60 in three seconds,
// and 12 released although rejected.
func spoil(recs []run.Record) {
	for i := range recs {
		ds := recs[i].Decisions
		switch {
		case len(ds) == 0:
		case i%7 == 3:
			recs[i].Decisions = nil
			// The platform writes no step of the officer's either.
			recs[i].Steps = slices.DeleteFunc(
				recs[i].Steps, func(s run.Step) bool { return strings.HasPrefix(s.Name, "Decide") },
			)
		case i%7 == 5:
			for j := range ds {
				ds[j].Account = "svc-planning"
			}
		case i%7 == 1 && !ds[0].Presented.IsZero():
			ds[0].Decided, ds[0].Opened = ds[0].Presented.Add(3*time.Second), time.Time{}
		case i%35 == 0:
			ds[len(ds)-1].Code, ds[len(ds)-1].Reason = run.Rejected, "Wrong drawing"
		}
	}
}

// dirty is a new register with one workflow, whose log is dirty; Mary Hartley can
// approve with a key of her own.
func dirty(t *testing.T) (s *Service, wf workflow.Workflow, mary organisation.Person) {
	t.Helper()
	ctx := context.Background()
	s, _, mary, _ = withKeys(t)
	wf = must(s.SaveWorkflow(ctx, planning()))
	importRuns(t, s, wf, 1, time.Now().AddDate(0, 0, -1), spoil)
	return s, must(s.Workflow(ctx, wf.Ref)).Workflow, mary
}

// planning is the sample's workflow with two gates.
func planning() workflow.Workflow {
	cast, _ := sample.CastOf("planning-validation")
	wf := workflow.Workflow{Key: cast.Key, Name: cast.Name, PlatformID: cast.PlatformID, Version: cast.Version,
		Gates: cast.Gates, Roster: cast.Roster}
	wf.KSB.Activities, wf.KSB.Tools, wf.Account.DataSources = cast.Activities, cast.Tools, cast.Sources
	return wf
}

// importRuns imports the usual number of generated runs of the workflow, changed by edit.
func importRuns(t *testing.T, s *Service, wf workflow.Workflow, seed uint64, until time.Time, edit func([]run.Record)) {
	t.Helper()
	importSome(t, s, wf, sample.RunOptions{Seed: seed, Until: until, Plant: map[string]int{}}, edit)
}

func importSome(t *testing.T, s *Service, wf workflow.Workflow, o sample.RunOptions, edit func([]run.Record)) {
	t.Helper()
	e, err := sample.Runs(wf.Key, o)
	if err != nil {
		t.Fatal(err)
	}
	edit(e.Records)
	var b bytes.Buffer
	if err := e.WriteRunAudit(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), fmt.Sprintf("runs-%d.jsonl", o.Seed))
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	must(s.Import(context.Background(), ImportRequest{Path: path, Workflow: wf.Ref}))
}

// countsOf counts a workflow's findings by test.
func countsOf(t *testing.T, s *Service, ref string) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	for _, f := range must(s.Findings(context.Background(), ref)).Findings {
		if f.Code != string(oversight.BelowFloor) { // about the declaration, not about runs
			out[f.Code] += f.All
		}
	}
	return out
}

// declarationsFor are the declarations as the paper gets them.
func declarationsFor(t *testing.T, s *Service, ref string) (f assurance.Facts) {
	t.Helper()
	err := s.readView(context.Background(), func(view *View) error {
		for i := range view.workflows {
			if view.workflows[i].Ref == ref {
				var err error
				if f, err = view.facts(context.Background(), &view.workflows[i]); err == nil {
					f.Twins, err = view.twins(context.Background(), &view.workflows[i])
				}
				return err
			}
		}
		return fault.NotFound("workflow", ref)
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const reason = "The platform measures from another event since its release in November."

// TestDirtyDeclarations: whatever is declared otherwise so that findings go away
// is shown first, refused without a reason and a second person, and changes no
// finding on the runs before it.
func TestDirtyDeclarations(t *testing.T) {
	ctx := context.Background()
	s, wf, mary := dirty(t)
	before := countsOf(t, s, wf.Ref)
	for code, least := range map[string]int64{"OVR-01": 50, "OVR-03": 50, "OVR-06": 50, "OVR-12": 12} {
		if before[code] < least {
			t.Fatalf("the log is not dirty: %v", before)
		}
	}
	gate := func(f func(g *workflow.Gate)) func(w *workflow.Workflow) {
		return func(w *workflow.Workflow) {
			for i := range w.Gates {
				f(&w.Gates[i])
			}
		}
	}
	for name, c := range map[string]struct {
		edit func(w *workflow.Workflow)
		code string // whose findings would go away
	}{
		"a_minimum_of_a_second": {gate(func(g *workflow.Gate) { g.MinReviewSeconds = 1 }), "OVR-06"},
		"no_minimum":            {gate(func(g *workflow.Gate) { g.MinReviewSeconds = 0 }), "OVR-06"},
		"a_step_of_the_machine_decides": {
			gate(func(g *workflow.Gate) { g.Decide = g.Prepare; g.Prepare = nil }), "OVR-01",
		},
		"the_gate_deleted":           {func(w *workflow.Workflow) { w.Gates = w.Gates[1:] }, "OVR-06"},
		"every_gate_deleted":         {func(w *workflow.Workflow) { w.Gates = nil }, "OVR-01"},
		"nothing_releases":           {gate(func(g *workflow.Gate) { g.Release = nil }), "OVR-12"},
		"the_gate_under_another_key": {gate(func(g *workflow.Gate) { g.Key += "-2" }), "OVR-06"},
		"the_roster_emptied": {
			func(w *workflow.Workflow) { w.Roster = nil; gate(func(g *workflow.Gate) { g.Officers = nil })(w) },
			"OVR-03",
		},
		"a_history_sent_along": {func(w *workflow.Workflow) {
			w.Declarations = nil
			gate(func(g *workflow.Gate) { g.MinReviewSeconds = 1 })(w)
		}, "OVR-06"},
		"a_reason_sent_along_with_a_save": {func(w *workflow.Workflow) {
			w.Because = workflow.Because{Why: "x"}
			gate(func(g *workflow.Gate) { g.MinReviewSeconds = 1 })(w)
		}, "OVR-06"},
	} {
		t.Run(name, func(t *testing.T) {
			w := edited(wf, c.edit)
			trial := must(s.TryWorkflowChange(ctx, w))
			i := slices.IndexFunc(trial.Effect, func(e DeclarationEffect) bool { return e.Code == c.code })
			if !trial.Lessens || i < 0 || trial.Effect[i].Gone == 0 || len(trial.Changed) == 0 || trial.Runs != 420 {
				t.Fatalf("the trial says %+v", trial)
			}
			_, err := s.SaveWorkflow(ctx, w)
			if w.Because.Why == "" {
				testkit.WantFault(t, err, fault.CodeConflict)
				if !strings.Contains(err.Error(), fmt.Sprintf("%s %d fewer", c.code, trial.Effect[i].Gone)) {
					t.Errorf("the refusal does not say what would go: %v", err)
				}
			} else {
				testkit.WantFault(t, err, fault.CodeInvalid)
			}
			for what, q := range map[string]WorkflowChange{
				"no_reason":        {Workflow: w, Approver: mary.Ref},
				"no_second_person": {Workflow: w, Why: reason},
				"a_word":           {Workflow: w, Why: "wrong", Approver: mary.Ref},
				"the_same_person":  {Workflow: w, Why: reason, Approver: s.SignedIn().Ref},
			} {
				if _, err := s.ChangeWorkflow(ctx, q); fault.CodeOf(err) == "" || err == nil {
					t.Errorf("with %s it was saved: %v", what, err)
				}
			}
			if now := countsOf(t, s, wf.Ref); !maps.Equal(now, before) {
				t.Errorf("findings are %v, were %v", now, before)
			}
		})
	}

	t.Run("the_service_account_an_officer_changes_nothing", func(t *testing.T) {
		// The log itself calls it a system, in whatever runs it decides.
		s, wf, _ := dirty(t)
		before := countsOf(t, s, wf.Ref)
		must(s.SaveWorkflow(ctx, edited(wf, officerOfAll("svc-planning"))))
		importRuns(t, s, wf, 2, time.Now(), func(recs []run.Record) {
			spoil(recs)
			for i := range recs {
				recs[i].RunID += "-b"
				recs[i].Sequence += 1000
			}
		})
		if now := countsOf(t, s, wf.Ref); now["OVR-03"] < 2*before["OVR-03"]-10 {
			t.Errorf("findings are %v, were %v", now, before)
		}
	})

	t.Run("another_passphrase_approves_nothing", func(t *testing.T) {
		w := edited(wf, gate(func(g *workflow.Gate) { g.MinReviewSeconds = 1 }))
		_, err := s.ChangeWorkflow(
			ctx, WorkflowChange{Workflow: w, Why: reason, Approver: mary.Ref, Passphrase: "a guess"},
		)
		testkit.WantFault(t, err, fault.CodeForbidden)
	})

	t.Run("with_a_reason_and_a_second_person_it_holds_from_today", func(t *testing.T) {
		w := edited(wf, gate(func(g *workflow.Gate) { g.MinReviewSeconds = 1 }))
		saved := must(s.ChangeWorkflow(
			ctx, WorkflowChange{Workflow: w, Why: reason, Approver: mary.Ref, Passphrase: "mary's own words"},
		))
		if now := countsOf(t, s, wf.Ref); !maps.Equal(now, before) {
			t.Errorf("findings are %v, were %v", now, before)
		}
		last := saved.Declarations[len(saved.Declarations)-1]
		if last.From != s.today() || !last.Approval.Signed() || last.Why != reason || last.Tried != 420 {
			t.Errorf("%+v", last)
		}
		f := declarationsFor(t, s, wf.Ref)
		if len(f.Declarations) != 2 {
			t.Fatalf("%+v", f.Declarations)
		}
		first, change := f.Declarations[0], f.Declarations[1]
		if first.Runs != 420 || first.AfterRuns != 420 || change.Runs != 0 || change.Gone() < 50 {
			t.Errorf("%+v %+v", first, change)
		}
		for _, want := range []string{
			"minimum review time: 90 s → 1 s", reason[:20], "Approved by Mary Hartley with their own key",
			"OVR-06",
		} {
			if !strings.Contains(change.Words(), want) {
				t.Errorf("the paper would not say %q: %s", want, change.Words())
			}
		}
		if !strings.Contains(first.Words(), "It was made after 420 runs of the 420 that are held to it.") {
			t.Errorf("%s", first.Words())
		}
		// Runs of before, imported later, are held to what was in force when they ran.
		importRuns(t, s, saved, 2, time.Now().AddDate(0, 0, -30), func(recs []run.Record) {
			spoil(recs)
			for i := range recs {
				recs[i].RunID += "-b"
				recs[i].Sequence += 1000
			}
		})
		if now := countsOf(t, s, wf.Ref); now["OVR-06"] < before["OVR-06"]+50 {
			t.Errorf("findings are %v, were %v", now, before)
		}
		if c := must(s.Check(ctx, nil)); len(c.Problems) > 0 {
			t.Errorf("%q", c.Problems)
		}
		wf = must(s.Workflow(ctx, wf.Ref)).Workflow
	})

	t.Run("the_reason_of_another_change_is_none", func(t *testing.T) {
		_, err := s.SaveWorkflow(ctx, edited(wf, func(w *workflow.Workflow) { w.Gates = w.Gates[1:] }))
		testkit.WantFault(t, err, fault.CodeConflict)
	})

	t.Run("taking_a_stricter_change_back_is_a_change", func(t *testing.T) {
		now := countsOf(t, s, wf.Ref)
		stricter := must(s.SaveWorkflow(ctx, edited(wf, gate(func(g *workflow.Gate) { g.MinReviewSeconds = 3600 }))))
		if got := countsOf(t, s, wf.Ref); !maps.Equal(got, now) {
			t.Errorf("findings are %v, were %v: it holds from today on", got, now)
		}
		entry := must(s.Activities(ctx, "", 0, 1))[0]
		testkit.WantFault(t, s.Undo(ctx, entry.Seq), fault.CodeConflict)
		if n := len(must(s.Workflow(ctx, wf.Ref)).Workflow.Declarations); n != len(stricter.Declarations) {
			t.Errorf("%d declarations, want %d", n, len(stricter.Declarations))
		}
	})
}

// officerOfAll makes an account an officer of each gate.
func officerOfAll(account string) func(w *workflow.Workflow) {
	return func(w *workflow.Workflow) {
		for i := range w.Roster {
			if w.Roster[i].Account == account {
				w.Roster[i].Kind = workflow.LoginOfficer
			}
		}
		for i := range w.Gates {
			w.Gates[i].Officers = append(w.Gates[i].Officers, account)
		}
	}
}

// edited is a copy of wf that f has changed.
func edited(wf workflow.Workflow, f func(w *workflow.Workflow)) workflow.Workflow {
	wf.Gates, wf.Roster = slices.Clone(wf.Gates), slices.Clone(wf.Roster)
	for i := range wf.Gates {
		wf.Gates[i].Officers = slices.Clone(wf.Gates[i].Officers)
	}
	f(&wf)
	return wf
}

// TestDeclarations: what is declared first covers the runs before it, and what
// only adds to it does too.
func TestDeclarations(t *testing.T) {
	ctx := context.Background()
	s, _, _, _ := withKeys(t)
	cast, _ := sample.CastOf("planning-validation")
	bare := must(s.SaveWorkflow(
		ctx, workflow.Workflow{Key: cast.Key, Name: cast.Name, PlatformID: cast.PlatformID, Version: "1"},
	))
	importRuns(t, s, bare, 1, time.Now().AddDate(0, 0, -1), spoil)

	w := must(s.Workflow(ctx, bare.Ref)).Workflow
	w.Gates, w.Roster = slices.Clone(cast.Gates), cast.Roster
	for i := range w.Gates {
		w.Gates[i].MinReviewSeconds = 0
	}
	w = must(s.SaveWorkflow(ctx, w))
	n := countsOf(t, s, w.Ref)
	if n["OVR-01"] < 50 || n["OVR-06"] != 0 {
		t.Errorf("first gates find %v", n)
	}
	for i := range w.Gates {
		w.Gates[i].MinReviewSeconds = 90
	}
	w = must(s.SaveWorkflow(ctx, w))
	n = countsOf(t, s, w.Ref)
	if n["OVR-06"] < 50 {
		t.Errorf("a first minimum finds %v", n)
	}
	f := declarationsFor(t, s, w.Ref)
	if d := f.Declarations[len(f.Declarations)-1]; d.From != "" || d.Runs != 420 || d.AfterRuns != 420 || d.New() < 50 {
		t.Errorf("%+v", d)
	}
	// A name for people changes nothing that a test looks at.
	w.Gates[0].Title = "Another title"
	w = must(s.SaveWorkflow(ctx, w))
	if got := len(
		w.Declarations,
	); got != len(f.Declarations) || w.Declarations[got-1].Gates[0].Title != "Another title" {
		t.Errorf("%d declarations, were %d", got, len(f.Declarations))
	}
	if c := must(s.Check(ctx, nil)); len(c.Problems) > 0 {
		t.Errorf("%q", c.Problems)
	}
}

// TestDeclarations_changedBeforeRuns: that a workflow was changed before its first
// import takes nothing from its history. Runs are held to what was declared when
// they ran, also where a later change is made on the same day.
func TestDeclarations_changedBeforeRuns(t *testing.T) {
	ctx := context.Background()
	for _, dated := range []bool{false, true} { // with the day in the first declaration, as registers were written
		t.Run(fmt.Sprintf("dated_%v", dated), func(t *testing.T) {
			s, _, mary, _ := withKeys(t)
			wf := must(s.SaveWorkflow(ctx, planning()))
			wf = must(s.SaveWorkflow(ctx, edited(wf, func(w *workflow.Workflow) { w.Gates[0].MaxStreak-- })))
			if d := wf.Declarations; len(d) != 1 || d[0].From != "" {
				t.Errorf("%+v", d)
			}
			if dated {
				const date = `UPDATE workflow SET body = json_set(body, '$.declarations[0].from', ?) WHERE id = ?`
				err := s.change(ctx,
					doing{action: "workflow.save", may: organisation.ActionEdit, summary: "Saved", subject: wf.Ref},
					func(tx *store.Tx) error { _, err := tx.SQL.ExecContext(ctx, date, s.today(), wf.ID); return err })
				if err != nil {
					t.Fatal(err)
				}
			}
			yesterday := time.Now().AddDate(0, 0, -1)
			other := func(name string, at int64) func([]run.Record) {
				return func(recs []run.Record) {
					spoil(recs)
					for i := range recs {
						recs[i].RunID += name
						recs[i].Sequence += at
					}
				}
			}
			few := sample.RunOptions{Seed: 1, Runs: 10, Until: yesterday, Plant: map[string]int{}}
			importSome(t, s, wf, few, func([]run.Record) {})

			// No finding on these goes away, so nothing is asked: it holds from today on.
			low := edited(must(s.Workflow(ctx, wf.Ref)).Workflow, func(w *workflow.Workflow) {
				w.Gates = w.Gates[:1]
				w.Gates[0].MinReviewSeconds = 1
			})
			wf = must(s.SaveWorkflow(ctx, low))
			importRuns(t, s, wf, 2, yesterday, other("-b", 1000))
			found := countsOf(t, s, wf.Ref)
			if found["OVR-01"] < 50 || found["OVR-06"] < 50 {
				t.Errorf("findings are %v", found)
			}
			soundRegister(t, s)

			// Now some would go away.
			none := edited(must(s.Workflow(ctx, wf.Ref)).Workflow, func(w *workflow.Workflow) { w.Gates = nil })
			for _, q := range []WorkflowChange{
				{Workflow: none}, {Workflow: none, Why: reason}, {Workflow: none, Approver: mary.Ref},
			} {
				if _, err := s.ChangeWorkflow(ctx, q); err == nil {
					t.Fatalf("saved with the reason %q and the second person %q", q.Why, q.Approver)
				}
			}
			wf = must(s.ChangeWorkflow(ctx, WorkflowChange{Workflow: none, Why: reason, Approver: mary.Ref}))
			if now := countsOf(t, s, wf.Ref); !maps.Equal(now, found) {
				t.Errorf("findings are %v, were %v", now, found)
			}
			importRuns(t, s, wf, 3, yesterday, other("-c", 2000))
			if now := countsOf(t, s, wf.Ref); now["OVR-01"] < 100 || now["OVR-06"] < 100 {
				t.Errorf("findings are %v, were %v", now, found)
			}
			f := declarationsFor(t, s, wf.Ref)
			if len(f.Declarations) != 3 || len(f.Gates) != 2 {
				t.Fatalf("%d gates, %+v", len(f.Gates), f.Declarations)
			}
			first := f.Declarations[0]
			if first.From != "" || first.Runs != 850 || first.AfterRuns != 850 ||
				!strings.HasPrefix(first.Words(), "Holds from the first run.") {
				t.Errorf("%+v", first)
			}
			for _, d := range f.Declarations[1:] {
				if d.From != s.today() || d.Runs != 0 || d.Tried == 0 {
					t.Errorf("%+v", d)
				}
			}
			soundRegister(t, s)
		})
	}
}

// TestOldDeclaration: a register that kept no declarations has one, the present
// one, made when the log says.
func TestOldDeclaration(t *testing.T) {
	ctx := context.Background()
	s, wf, mary := dirty(t)
	forget := func(w *workflow.Workflow) {
		err := s.st.Note(ctx, func(tx *store.Tx) error {
			return tx.Unlogged(func() error {
				w.Declarations = nil
				_, err := tx.SQL.ExecContext(ctx, `UPDATE workflow SET body = json_remove(body, '$.declarations') WHERE id = ?`, w.ID)
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	forget(&wf)
	f := declarationsFor(t, s, wf.Ref)
	if len(f.Declarations) != 1 || civil.Of(f.Declarations[0].MadeAt) != s.today() ||
		f.Declarations[0].By != "Jo Adeyemi" ||
		f.Declarations[0].From != "" || f.Declarations[0].AfterRuns != 420 {
		t.Errorf("%+v", f.Declarations)
	}
	w := edited(wf, func(w *workflow.Workflow) { w.Gates[0].MinReviewSeconds = 1 })
	_, err := s.SaveWorkflow(ctx, w)
	testkit.WantFault(t, err, fault.CodeConflict)
	saved := must(s.ChangeWorkflow(ctx, WorkflowChange{Workflow: w, Why: reason, Approver: mary.Ref}))
	if len(saved.Declarations) != 2 || saved.Declarations[0].MadeAt.IsZero() ||
		saved.Declarations[1].From != s.today() ||
		saved.Declarations[1].Approval.Signed() {
		t.Errorf("%+v", saved.Declarations)
	}
}

// TestApply_declarations: an apply file is held to the same.
func TestApply_declarations(t *testing.T) {
	ctx := context.Background()
	s, wf, mary := dirty(t)
	before := countsOf(t, s, wf.Ref)
	apply := func(more string) (Applied, error) {
		text := "assay: apply/1\nworkflows:\n  - key: " + wf.Key + "\n    name: " + wf.Name +
			"\n    lifecycle: proposed\n    gates: []\n" + more
		path := filepath.Join(t.TempDir(), "B.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return s.Apply(ctx, path, false)
	}
	_, err := apply("")
	testkit.WantFault(t, err, fault.CodeConflict)
	for _, want := range []string{"Gate officer-decision removed", "OVR-01 60 fewer", "a reason and a second person"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the refusal does not say %q: %v", want, err)
		}
	}
	_, err = apply("    declaration: {why: Not needed}\n")
	testkit.WantFault(t, err, fault.CodeInvalid)
	_, err = apply("    declaration: {why: " + reason + "}\n")
	testkit.WantFault(t, err, fault.CodeInvalid)
	_, err = apply("    declaration: {why: " + reason + ", approved_by: " + s.SignedIn().Ref + "}\n")
	testkit.WantFault(t, err, fault.CodeForbidden)
	approved := "    declaration: {why: " + reason + ", approved_by: " + mary.Ref + "}\n"
	if r := must(apply(approved)); r.Changed != 1 {
		t.Errorf("%+v", r)
	}
	if r := must(apply(approved)); r.Changed != 0 {
		t.Errorf("applied again it changes %+v", r)
	}
	if now := countsOf(t, s, wf.Ref); !maps.Equal(now, before) {
		t.Errorf("findings are %v, were %v", now, before)
	}
	f := declarationsFor(t, s, wf.Ref)
	if len(f.Gates) != 2 || f.Gates[0].Title == "" {
		t.Errorf("the gates that runs were held to are not on the paper: %+v", f.Gates)
	}
	if d := f.Declarations[1]; !strings.Contains(d.Words(), "Recorded by Jo Adeyemi as approved by Mary Hartley") {
		t.Errorf("%s", d.Words())
	}
	page := must(s.FindingList(ctx, FindingQuery{Workflow: wf.Ref}))
	if !page.Items[0].Replaced || page.Items[0].DeclaredFrom != "" {
		t.Errorf("not marked: %+v", page.Items[0])
	}
	if c := must(s.Coverage(ctx, wf.Ref)); len(c.Declarations) != 2 || len(c.Gates) == 0 || c.Gates[0].NotHeld == 0 {
		t.Errorf("%+v", c)
	}
}

// TestMerge_declarations: a hand-back is held to the same.
func TestMerge_declarations(t *testing.T) {
	ctx := context.Background()
	// Somebody takes the reason out and sets the day back, beside Assay.
	forge := `UPDATE workflow SET body = json_remove(json_set(body, '$.declarations[1].from', ''), '$.declaration') WHERE id = ?`
	for _, forged := range []bool{false, true} {
		t.Run(fmt.Sprintf("forged_%v", forged), func(t *testing.T) {
			client, wf, mary := dirty(t)
			before := countsOf(t, client, wf.Ref)
			p := newParties(t, client)
			file, _ := p.send(t, client, p.public, "out.handover", HandoverRequest{Runs: true})
			consultant := p.receive(t, file, "theirs.assay")
			if err := consultant.SignIn(ctx, client.SignedIn().Ref); err != nil {
				t.Fatal(err)
			}
			low := edited(
				must(consultant.Workflow(ctx, wf.Ref)).Workflow,
				func(w *workflow.Workflow) { w.Gates[0].MinReviewSeconds = 1 },
			)
			must(consultant.ChangeWorkflow(ctx, WorkflowChange{Workflow: low, Why: reason, Approver: mary.Ref}))
			if forged {
				err := consultant.change(ctx,
					doing{action: "workflow.save", may: organisation.ActionEdit, summary: "Saved", subject: wf.Ref},
					func(tx *store.Tx) error { _, err := tx.SQL.ExecContext(ctx, forge, wf.ID); return err })
				if err != nil {
					t.Fatal(err)
				}
			}
			back, _ := p.send(t, consultant, p.clientPublic, "back.handover", HandoverRequest{})
			_, err := client.MergeHandover(ctx, back, p.clientFile, nil)
			w := must(client.Workflow(ctx, wf.Ref)).Workflow
			last := w.Declarations[len(w.Declarations)-1]
			if forged {
				testkit.WantFault(t, err, fault.CodeConflict)
				if len(w.Declarations) != 1 {
					t.Errorf("%+v", last)
				}
			} else if err != nil || last.From != client.today() || last.Why != reason ||
				last.Approval.Approver.ID != mary.ID {
				t.Errorf("%v %+v", err, last)
			}
			if now := countsOf(t, client, wf.Ref); !maps.Equal(now, before) {
				t.Errorf("findings are %v, were %v", now, before)
			}
			soundRegister(t, client)
		})
	}
}

// TestTwins: a second workflow of the same name or platform is said and linked.
func TestTwins(t *testing.T) {
	ctx := context.Background()
	s, wf, _ := dirty(t)
	second := must(s.SaveWorkflow(
		ctx, workflow.Workflow{Name: " " + strings.ToUpper(wf.Name), Version: "1", PlatformID: wf.PlatformID},
	))
	if e := must(s.Activities(ctx, "", 0, 1))[0]; !strings.Contains(e.Summary, wf.Ref) {
		t.Errorf("the log says %q", e.Summary)
	}
	third := must(s.SaveWorkflow(ctx, workflow.Workflow{Name: "Something else", Version: "1"}))
	for ref, want := range map[string]string{second.Ref: wf.Ref, wf.Ref: second.Ref, third.Ref: ""} {
		f := declarationsFor(t, s, ref)
		got := ""
		for _, x := range f.Twins {
			got += x.Ref
			if x.Because != "the same name and the same identifier on the platform" {
				t.Errorf("%+v", x)
			}
			if x.Ref == wf.Ref && (x.Runs != 420 || x.Open < 180 || !strings.Contains(x.Words(), "420 runs")) {
				t.Errorf("%+v", x)
			}
		}
		if got != want {
			t.Errorf("%s has the twins %q, want %q", ref, got, want)
		}
	}
}

// TestHonesty_declarations: what is declared so that a dirty log looks clean
// stands on the paper, whether it is declared before the log is imported or after.
func TestHonesty_declarations(t *testing.T) {
	ctx := context.Background()
	lower := func(w *workflow.Workflow) {
		for i := range w.Gates {
			w.Gates[i].MinReviewSeconds, w.Gates[i].MaxStreak, w.Gates[i].MaxAgreement = 1, 100_000, 1
		}
	}
	for name, attack := range map[string]func(t *testing.T, d *dirt) []string{
		"lowered_after_the_import_by_two_people": func(t *testing.T, d *dirt) []string {
			d.take()
			fast := countsOf(t, d.Service, dirtyWorkflow)["OVR-06"]
			w := edited(must(d.Workflow(ctx, dirtyWorkflow)).Workflow, lower)
			must(d.ChangeWorkflow(
				ctx, WorkflowChange{Workflow: w, Why: reason, Approver: "PER-0002", Passphrase: SamplePassphrase},
			))
			if now := countsOf(t, d.Service, dirtyWorkflow)["OVR-06"]; now != fast || fast < 50 {
				t.Errorf("%d decisions were too fast, %d are", fast, now)
			}
			return []string{
				"minimum review time: 90 s → 1 s", fmt.Sprintf("OVR-06 %d fewer", fast),
				"approved by Marguerite Hollis",
			}
		},
		"lowered_before_the_import": func(t *testing.T, d *dirt) []string {
			must(d.SaveWorkflow(ctx, edited(must(d.Workflow(ctx, dirtyWorkflow)).Workflow, lower)))
			d.take()
			if !slices.Contains(d.found(), "OVR-18") {
				t.Errorf("a minimum of a second is a minimum: %v", d.found())
			}
			return []string{"OVR-18"}
		},
		"the_service_account_an_officer_before_the_import": func(t *testing.T, d *dirt) []string {
			must(d.SaveWorkflow(
				ctx, edited(must(d.Workflow(ctx, dirtyWorkflow)).Workflow, officerOfAll("svc-planning")),
			))
			d.take()
			if n := countsOf(t, d.Service, dirtyWorkflow)["OVR-03"]; n < 50 {
				t.Errorf("%d decisions by the machine are found", n)
			}
			return []string{"OVR-03"}
		},
		"a_step_of_the_machine_decides_before_the_import": func(t *testing.T, d *dirt) []string {
			must(d.SaveWorkflow(ctx, edited(must(d.Workflow(ctx, dirtyWorkflow)).Workflow, func(w *workflow.Workflow) {
				w.Gates[0].Prepare, w.Gates[0].Decide = nil, []string{"Read application documents"}
			})))
			d.take()
			// Where nobody decided, the machine did: that is no officer.
			if n := countsOf(t, d.Service, dirtyWorkflow)["OVR-03"]; n < 100 {
				t.Errorf("%d decisions by the machine are found", n)
			}
			return []string{"OVR-03"}
		},
		"a_second_workflow_of_the_same_name": func(t *testing.T, d *dirt) []string {
			d.take()
			w := must(d.Workflow(ctx, dirtyWorkflow)).Workflow
			second := must(d.SaveWorkflow(ctx, workflow.Workflow{Name: w.Name, PlatformID: w.PlatformID, Version: "1"}))
			return []string{second.Ref, "the same name and the same identifier on the platform"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDirt(t)
			want := attack(t, d)
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				t.Fatal(err)
			}
			_, two, _, c := d.papers()
			d.says("the paper", two+"\n"+strings.Join(c.Statement.Shown(), "\n"), want...)
		})
	}
}
