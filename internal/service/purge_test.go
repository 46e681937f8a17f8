package service

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/testkit"
	"assay/internal/verify"
)

// TestPurgeSource purges the import that certificates and the pack of the
// sample rest on.
func TestPurgeSource(t *testing.T) {
	ctx := context.Background()
	clock := testkit.NewClock()
	d, folder := demoOf(t)
	s := openDemo(t, clock.Now)
	if _, err := s.Backup(ctx, ""); err != nil {
		t.Fatal(err)
	}
	const wf = "foi-drafting"
	src := must(s.Sources(ctx, wf))[0]
	before := must(s.Findings(ctx, wf)).Findings
	measures := must(s.Monitor(ctx, MonitorQuery{Workflow: wf}))
	texts := must(s.Runs(ctx, RunQuery{Workflow: wf})).Items
	must(s.IndexRuns(ctx, false, nil))

	for name, c := range map[string]struct {
		q    PurgeRequest
		code fault.Code
	}{
		"no_reason":   {PurgeRequest{src.Ref, " "}, fault.CodeInvalid},
		"no_import":   {PurgeRequest{"IMP-9999", "x"}, fault.CodeNotFound},
		"not_allowed": {PurgeRequest{src.Ref, "x"}, fault.CodeForbidden},
	} {
		t.Run(name+"_is_refused", func(t *testing.T) {
			if name == "not_allowed" {
				if err := s.SignIn(ctx, officerOf(t, s)); err != nil {
					t.Fatal(err)
				}
				defer s.SignIn(ctx, "PER-0001")
			}
			_, err := s.PurgeSource(ctx, c.q)
			testkit.WantFault(t, err, c.code)
		})
	}

	t.Run("due_once_the_retention_period_has_passed", func(t *testing.T) {
		w := must(s.Workflow(ctx, wf)).Workflow
		w.RetentionMonths = 6
		must(s.SaveWorkflow(ctx, w))
		if due := must(s.RetentionDue(ctx, 0)); len(due) != 0 {
			t.Errorf("%+v", due)
		}
		day := must(s.RetentionDue(ctx, 3650))[0]
		if day.Source.Ref != src.Ref || day.Overdue {
			t.Errorf("%+v", day)
		}
		clock.Move(3 * 365 * 24 * time.Hour)
		due := must(s.RetentionDue(ctx, 0))
		if len(due) != 1 || !due[0].Overdue {
			t.Errorf("%+v", due)
		}
		found := false
		for _, x := range must(s.Improvement(ctx)).Agenda {
			found = found || x.Ref == src.Ref && x.Overdue
		}
		if !found {
			t.Error("it is not on the agenda")
		}
	})

	// What people wrote about the runs, beside them.
	drawn := must(
		s.SampleRuns(
			ctx,
			SampleRequest{Workflow: wf, Plan: oversight.SamplePlan{Seed: "s", Confidence: 0.9, Tolerable: 0.2}},
		),
	)
	var ids []string
	for _, st := range drawn.Workpaper.Strata {
		for _, r := range st.Runs {
			ids = append(ids, r.RunID)
		}
	}
	for _, note := range []string{"Quernstone said first", "Quernstone said then"} {
		must(s.Say(ctx, drawn.Ref, oversight.Said{RunID: ids[0], Verdict: oversight.VerdictDisagree, Note: note}))
	}
	must(s.Say(ctx, drawn.Ref, oversight.Said{RunID: ids[1], Verdict: oversight.VerdictAgree}))
	must(s.KeepDraft(ctx, "letter/"+drawn.Workflow+"/"+ids[2], "Dear Ms Quernstone"))
	must(s.KeepDraft(ctx, "letter/"+drawn.Workflow+"/another run", "Dear Mr Millrace"))

	out := must(s.PurgeSource(ctx, PurgeRequest{src.Ref, "Kept for six months"}))
	if out.Purge.Runs != src.New || out.Source.State != imported.SourcePurged || len(out.Backups) != 1 {
		t.Errorf("%+v", out)
	}
	if c := must(s.Check(ctx, nil)); !c.Sound ||
		!strings.Contains(strings.Join(c.Steps, "\n"), src.Ref+" cannot be computed again: it was purged on") {
		t.Errorf("%q\n%s", c.Problems, strings.Join(c.Steps, "\n"))
	}

	t.Run("what_was_counted_and_found_stays", func(t *testing.T) {
		after := must(s.Findings(ctx, wf)).Findings
		for i := range before {
			if a, b := before[i], after[i]; a.Code != b.Code || a.All != b.All || a.Gate != b.Gate {
				t.Errorf("%+v, before %+v", b, a)
			}
		}
		now := must(s.Monitor(ctx, MonitorQuery{Workflow: wf}))
		if len(now.Volumes) != len(measures.Volumes) ||
			now.Gates[0].Measure.Decided != measures.Gates[0].Measure.Decided ||
			now.Gates[0].Measure.Review != measures.Gates[0].Measure.Review {
			t.Error("the sums have changed")
		}
		for _, o := range now.Gates[0].Measure.Officers {
			if !strings.HasPrefix(o.Account, "purged account ") && o.Account != "" {
				t.Errorf("%q still is named", o.Account)
			}
		}
	})
	t.Run("nobody_is_left_in_it", func(t *testing.T) {
		for _, x := range texts {
			if _, err := s.Run(ctx, wf, x.RunID); fault.CodeOf(err) != fault.CodeNotFound {
				t.Errorf("%s: %v", x.RunID, err)
			}
		}
		if p := must(s.SearchRuns(ctx, SearchQuery{Within: time.Minute, Text: "the", Workflow: wf})); p.Count != 0 {
			t.Errorf("%d found", p.Count)
		}
		x := must(s.Runs(ctx, RunQuery{Workflow: wf})).Items[0]
		_, err := s.ExplainRun(ctx, LetterRequest{Workflow: wf, Run: x.RunID})
		testkit.WantFault(t, err, fault.CodeConflict)
		e := must(s.ExportRuns(ctx, wf, "csv", filepath.Join(t.TempDir(), "runs.csv")))
		if e.Runs != 0 || e.Purged != src.New {
			t.Errorf("%+v", e)
		}
	})
	t.Run("nor_beside_it", func(t *testing.T) {
		plain := filepath.Join(t.TempDir(), "plain.sqlite")
		if err := s.ExportPlain(ctx, plain); err != nil {
			t.Fatal(err)
		}
		file := string(must(os.ReadFile(plain)))
		if strings.Contains(file, "Quernstone") || !strings.Contains(file, "Mr Millrace") {
			t.Error("what was remarked on a run, or a letter that was begun, is still there; or another run's is not")
		}
		// Only the log's own sentences name a run still: nobody may change them.
		db := must(sql.Open("sqlite", "file:"+plain+"?mode=ro"))
		defer db.Close()
		for _, q := range []string{`SELECT count(*) FROM sample WHERE instr(body, ?)`, `SELECT count(*) FROM sample_reading WHERE run_id = ?`, `SELECT count(*) FROM draft WHERE instr(name, ?)`,
			`SELECT count(*) FROM log_row WHERE instr(row, ?)`, `SELECT count(*) FROM setting WHERE instr(value, ?)`, `SELECT count(*) FROM run_record WHERE run_id = ?`} {
			for _, id := range ids[:3] {
				var n int
				if err := db.QueryRow(q, id).Scan(&n); err != nil || n > 0 {
					t.Errorf("%s of %s: %d %v", q, id, n, err)
				}
			}
		}
		x := must(s.Sample(ctx, drawn.Ref))
		if len(x.Said) != 2 || x.Said[0].Verdict != oversight.VerdictDisagree ||
			!strings.HasPrefix(x.Said[0].RunID, "purged:") {
			t.Errorf("the verdicts are lost: %+v", x.Said)
		}
		v := must(verifier(t).Verify(ctx, verify.Request{Path: first1(packOf(t, s, wf))}))
		if len(v.Redrawn) != 1 || !v.Redrawn[0].Same {
			t.Errorf("the sample cannot be drawn again any more: %+v", v.Redrawn)
		}
	})
	t.Run("certificates_and_packs_verify", func(t *testing.T) {
		files, err := filepath.Glob(filepath.Join(folder, "certificates", "*.pdf"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		pack := filepath.Join(folder, "evidence-pack.zip")
		for _, f := range append(files, pack) {
			v := must(s.Verify(ctx, verify.Request{Path: f}))
			if v.Answer == verify.AnswerAltered || v.Answer == verify.AnswerUnreadable ||
				v.Answer == verify.AnswerUnknownSigner {
				t.Errorf("%s: %s", f, v.Answer)
			}
		}
	})
	t.Run("the_same_file_is_recognised", func(t *testing.T) {
		file := filepath.Join(folder, "exports", src.FileName)
		q := ImportRequest{Path: file, Workflow: wf}
		if m := strings.TrimSuffix(file, filepath.Ext(file)) + ".mapping.yaml"; exists(m) {
			q.MappingPath = m
		}
		r := must(s.Import(ctx, q))
		if !r.Already || r.Purge == nil || r.Purge.Reason != "Kept for six months" {
			t.Errorf("%+v", r)
		}
		_ = d
	})
	t.Run("twice_is_refused", func(t *testing.T) {
		_, err := s.PurgeSource(ctx, PurgeRequest{src.Ref, "again"})
		testkit.WantFault(t, err, fault.CodeConflict)
	})
	t.Run("the_log_says_so", func(t *testing.T) {
		a := must(s.Activities(ctx, "", 0, 9))
		found := false
		for _, x := range a {
			found = found || x.Action == "runs.purge" && x.Reason == "Kept for six months"
		}
		if !found {
			t.Errorf("%+v", a)
		}
	})
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

// officerOf is somebody who may neither keep the register nor approve.
func officerOf(t *testing.T, s *Service) string {
	for _, p := range must(s.People(context.Background())) {
		if p.Active && p.May("purge_runs") != nil {
			return p.Ref
		}
	}
	t.Fatal("everybody may purge")
	return ""
}
