package service

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/run"
	"assay/internal/runlog"
)

// TestTryImport follows somebody who explains a table that nobody prepared for.
func TestTryImport(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	path := filepath.Join(t.TempDir(), "log.csv")
	src := "Case,What,When,Who,Result\nX-1,Read the documents,05/10/2026 09:00:00,ai,\nX-1,Decide " +
		"priority,05/10/2026 09:03:00,c.ibbotson,Agreed\nX-2,Decide priority,soon\nX-3,Decide priority,13/10/2026 " +
		"09:03:00,C Ibbotson,Agreed\n"
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	q := ImportRequest{Path: path, Workflow: "housing-repairs"}
	look := must(s.LookAtFile(ctx, q))
	if !look.Table || look.Suggestion.Mapping.Fields["run_id"] != "Case" || look.Survey.Rows != 4 ||
		len(look.Earlier) != 0 {
		t.Fatalf("%+v", look)
	}
	m := look.Suggestion.Mapping
	q.Mapping, q.MaxRefused = m, 0.9

	t.Run("what is wrong is part of the answer", func(t *testing.T) {
		x := must(s.TryImport(ctx, q, 0))
		if !strings.Contains(x.Problem, "Which zone") || x.Preview.Result.RefusedCount != 3 ||
			x.Preview.Result.Kept != 0 {
			t.Errorf("%+v", x)
		}
	})
	m.Zone = "Europe/London"
	t.Run("the first runs are shown as the program reads them, and who is written in several ways", func(t *testing.T) {
		x := must(s.TryImport(ctx, q, 0))
		if x.Problem != "" || x.Preview.Result.Kept != 2 || x.Preview.Gates[0].Decided != 2 ||
			x.Preview.First[0].Decisions[0].Code != run.Approved {
			t.Errorf("%+v", x)
		}
		if len(x.Spellings) != 1 || len(x.Spellings[0]) != 2 {
			t.Errorf("%+v", x.Spellings)
		}
		if r := x.Preview.Result.Refused; len(r) != 1 || !strings.Contains(r[0].Reason, "3 values") ||
			r[0].Where != "row 4" {
			t.Errorf("%+v", r)
		}
	})
	t.Run("it stops after as many runs as were asked for", func(t *testing.T) {
		x := must(s.TryImport(ctx, q, 1))
		if !x.Partial || len(x.Preview.First) != 1 {
			t.Errorf("%+v", x)
		}
	})
	t.Run("a mapping that cannot be is a problem, not a failure", func(t *testing.T) {
		bad := *m
		bad.Fields = map[string]string{"run_id": "No such column"}
		x := must(s.TryImport(ctx, ImportRequest{Path: path, Workflow: q.Workflow, Mapping: &bad}, 0))
		if !strings.Contains(x.Problem, "No such column") {
			t.Errorf("%+v", x)
		}
	})
	t.Run("somebody who stops waiting stops the reading", func(t *testing.T) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := s.TryImport(ctx, q, 0); fault.CodeOf(err) != fault.CodeCancelled {
			t.Error(err)
		}
	})
	t.Run("the mapping is offered for the next file of its form", func(t *testing.T) {
		if _, err := s.Import(ctx, q); err != nil {
			t.Fatal(err)
		}
		next := must(s.LookAtFile(ctx, ImportRequest{Path: path, Workflow: q.Workflow}))
		if len(next.Earlier) != 1 || !next.Earlier[0].Same || next.Earlier[0].Mapping.Zone != "Europe/London" {
			t.Errorf("%+v", next.Earlier)
		}
		other := must(s.LookAtFile(ctx, ImportRequest{Path: path, Workflow: "foi-drafting"}))
		if len(other.Earlier) != 1 || other.Earlier[0].Same {
			t.Errorf("%+v", other.Earlier)
		}
		if x := must(s.TryImport(ctx, q, 0)); x.Preview.Already != next.Earlier[0].Source {
			t.Errorf("already %q", x.Preview.Already)
		}
	})
}

func TestLookAtFile(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	path := filepath.Join(t.TempDir(), "log.jsonl")
	if err := os.WriteFile(path, []byte(`{"assay_run_audit":1}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	look := must(s.LookAtFile(ctx, ImportRequest{Path: path}))
	if look.Table || look.Survey.Format != runlog.RunAudit {
		t.Errorf("%+v", look)
	}
	if _, err := s.LookAtFile(ctx, ImportRequest{Path: path + ".gone"}); err == nil {
		t.Error("a file that is not there was looked at")
	}
}

func TestRefusedCSV(t *testing.T) {
	got := string(
		must(RefusedCSV([]imported.Refused{{Place: "row 4", Reason: "no time, \"soon\"", Record: "=HYPERLINK(1)"}})),
	)
	if want := "place,reason,record\nrow 4,\"no time, \"\"soon\"\"\",'=HYPERLINK(1)\n"; got != want {
		t.Errorf("%q", got)
	}
}

// TestImport_readAs: what a mapping adds to a log, and what it leaves out of it,
// stands beside the import in the pack, and what it left out on the certificate.
func TestImport_readAs(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	path := filepath.Join(t.TempDir(), "log.csv")
	src := "Case,What,When,Who,Result,Kind\nX-1,Decide priority,2026-06-05T09:00:00Z,c.ibbotson,Fine,\n" +
		"X-2,Decide priority,2026-06-05T09:00:00Z,c.ibbotson,Fine,trial\n"
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := runlog.ParseMapping([]byte(`assay_mapping: 1
fields: {run_id: Case, activity: What, ended: When, actor: Who, decision: Result}
constants: {workflow: wf-1}
activities: {Decide priority: {gate: officer-decision, act: decide, code: approved}}
decisions: {approved: [Fine]}
leave_out: [{name: trials, when: [{column: Kind, is: [trial]}]}]
`))
	if err != nil {
		t.Fatal(err)
	}
	done := must(s.Import(ctx, ImportRequest{Path: path, Workflow: "housing-repairs", Mapping: m}))
	must(0, s.readView(ctx, func(view *View) error {
		wf := view.workflowByID[done.Source.WorkflowID]
		f, err := view.runFiguresOf(ctx, wf)
		if err != nil {
			return err
		}
		x := f.sources[len(f.sources)-1]
		want := `outcomes: "Fine" as approved; deciding activities: "Decide priority", as ` +
			`approved where the log says no outcome; left out as "trials": 1 record, all of 1 run, where "Kind" is ` +
			`"trial"; constants: workflow = wf-1; columns: activity from "What", actor from "Who", decision from "Result", ended from "When", ` +
			`run_id from "Case"`
		if x.Ref != done.Source.Ref || strings.Join(x.ReadAs, "; ") != want || len(x.Contrary) != 1 ||
			len(x.MappingSHA256) != 64 || x.FilteredRuns != 1 || len(x.Filters) != 1 {
			t.Errorf("%+v", x)
		}
		return nil
	}))
}
