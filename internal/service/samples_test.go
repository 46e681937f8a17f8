package service

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/runlog"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/testkit"
	"assay/internal/verify"
)

// digestsOf are the digests of a workflow's runs, by their identifiers.
func digestsOf(t *testing.T, s *Service, name string) map[string]runs.Digest {
	t.Helper()
	ctx := context.Background()
	out := map[string]runs.Digest{}
	err := s.read(ctx, func(r *store.Reader) error {
		wf, err := store.Workflows.Get(ctx, r, name)
		if err != nil {
			return err
		}
		return runs.Each(ctx, r.SQL, wf.ID, func(_ string, rec *run.Record, d runs.Digest) error {
			out[rec.RunID] = d
			return nil
		})
	})
	if err != nil || len(out) == 0 {
		t.Fatal(len(out), err)
	}
	return out
}

// TestSampleRuns draws runs to read, twice, and looks for them in the pack.
func TestSampleRuns(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	const wf = "housing-repairs"
	q := SampleRequest{
		Workflow: wf,
		Plan:     oversight.SamplePlan{Seed: "audit committee 2026-11", Confidence: 0.95, Tolerable: 0.05},
	}
	first, err := s.SampleRuns(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	if first.Workpaper.Drawn < 50 || first.Workpaper.Drawn >= first.Workpaper.Population {
		t.Fatalf("%d of %d drawn", first.Workpaper.Drawn, first.Workpaper.Population)
	}
	t.Run("the_same_seed_draws_the_same_and_another_draws_others", func(t *testing.T) {
		again := must(s.SampleRuns(ctx, q))
		if a, b := string(must(first.CSV())), string(must(again.CSV())); a != b {
			t.Error("the same plan drew other runs")
		}
		q := q
		q.Plan.Seed = "another"
		if a, b := string(must(first.CSV())), string(must(must(s.SampleRuns(ctx, q)).CSV())); a == b {
			t.Error("another seed drew the same runs")
		}
	})
	t.Run("a_stranger_draws_the_same_with_SHA256_alone", func(t *testing.T) {
		rows := must(csv.NewReader(bytes.NewReader(must(first.CSV()))).ReadAll())[1:]
		if int64(len(rows)) != first.Workpaper.Drawn {
			t.Fatalf("%d rows", len(rows))
		}
		last := map[string]string{}
		for _, row := range rows {
			stratum, d := row[1]+"/"+row[2], fmt.Sprintf("%x", sha256.Sum256([]byte(q.Plan.Seed+"\n"+row[13])))
			if d < last[stratum] {
				t.Errorf("run %s is out of the order of the digests", row[4])
			}
			last[stratum] = d
			if row[5] == "" || row[7] == "0" {
				t.Errorf("run %s leads to no place in an imported file", row[4])
			}
		}
	})
	t.Run("bad_plans_and_empty_populations_are_refused", func(t *testing.T) {
		bad := q
		bad.Plan.Confidence = 95
		_, err := s.SampleRuns(ctx, bad)
		testkit.WantFault(t, err, fault.CodeInvalid)
		bad = q
		bad.Period.From = "2090-01-01"
		_, err = s.SampleRuns(ctx, bad)
		testkit.WantFault(t, err, fault.CodeConflict)
	})
	latest := must(s.SampleRuns(ctx, q))
	a := must(s.Activities(ctx, latest.Workflow, 0, 1))
	if len(a) != 1 || !strings.Contains(a[0].Summary, "audit committee 2026-11") {
		t.Errorf("%+v", a)
	}
	archive, dir := packOf(t, s, "")
	kept, err := os.ReadFile(filepath.Join(dir, "data", "records", "sample-"+latest.Workflow+".csv"))
	if err != nil || string(kept) != string(must(latest.CSV())) {
		t.Errorf("the pack does not hold the latest workpaper: %v", err)
	}
	t.Run("the_pack_alone_draws_it_again", func(t *testing.T) {
		v := must(verifier(t).Verify(ctx, verify.Request{Path: archive}))
		if len(v.Redrawn) != 1 || !v.Redrawn[0].Same || v.Redrawn[0].Drawn != latest.Workpaper.Drawn ||
			v.Redrawn[0].Ref != latest.Ref ||
			strings.Contains(v.Redrawn[0].Sentence, "root") ||
			!v.Sound() {
			t.Fatalf("%+v", v.Redrawn)
		}
		if v := must(verifier(t).Verify(ctx, verify.Request{Path: first1(packOf(t, s, wf))})); len(v.Redrawn) != 1 ||
			!v.Redrawn[0].Same {
			t.Errorf("the workflow's own pack: %+v", v.Redrawn)
		}
		// Whoever holds the key could put other runs into a workpaper: the frame and the log tell.
		for what, change := range map[string]func(x *Sampled){
			"another run was picked": func(
				x *Sampled,
			) {
				x.Workpaper.Strata[0].Numbers[0]++
			},
			"the runs read were exchanged under the same " +
				"numbers": func(x *Sampled) { x.Workpaper.Strata[0].Runs[0].RunID = "another" },
		} {
			forged := must(s.Sampled(ctx, wf))
			change(&forged)
			err := s.st.Note(
				ctx,
				func(tx *store.Tx) error { return tx.Unlogged(func() error { return samples.Put(ctx, tx, &forged) }) },
			)
			if err != nil {
				t.Fatal(err)
			}
			v := must(verifier(t).Verify(ctx, verify.Request{Path: first1(packOf(t, s, wf))}))
			if len(v.Redrawn) != 1 || v.Redrawn[0].Same || v.Redrawn[0].Sentence == "" || v.Sound() {
				t.Errorf("%s: %+v", what, v.Redrawn)
			}
			err = s.st.Note(
				ctx,
				func(tx *store.Tx) error { return tx.Unlogged(func() error { return samples.Put(ctx, tx, &latest) }) },
			)
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func first1(path, _ string) string { return path }

// TestExportRuns takes a workflow's runs to another register and compares their
// digests.
func TestExportRuns(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	_, dir := demoOf(t)
	const wf = "housing-repairs"
	want := digestsOf(t, s, wf)
	for _, f := range runlog.Written() {
		format := f.Name
		t.Run(string(format)+"_imports_as_the_same_runs", func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "runs")
			r, err := s.ExportRuns(ctx, wf, string(format), path)
			if err != nil || r.Runs != int64(len(want)) {
				t.Fatalf("%+v %v", r, err)
			}
			if left := must(os.ReadDir(folder)); len(left) != 1 {
				t.Errorf("the export leaves %v", left)
			}
			other, _, err := Create(
				ctx,
				filepath.Join(t.TempDir(), "other.assay"),
				NewRegister{Organisation: "Other", Person: "Ann Example", Plain: true, Sample: true},
				Options{},
			)
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			if _, err := other.Apply(ctx, filepath.Join(dir, "council.yaml"), false); err != nil {
				t.Fatal(err)
			}
			if err := other.SignIn(ctx, "PER-0001"); err != nil {
				t.Fatal(err)
			}
			got, err := other.Import(ctx, ImportRequest{Path: path, Workflow: wf})
			if err != nil {
				t.Fatal(err)
			}
			if got.Source.SHA256 != r.SHA256 || got.Source.Refused != 0 {
				t.Errorf("%+v", got.Source)
			}
			have := digestsOf(t, other, wf)
			if len(have) != len(want) {
				t.Errorf("%d runs came back of %d", len(have), len(want))
			}
			wrong := 0
			for id, d := range want {
				if have[id] != d {
					wrong++
				}
			}
			if wrong > 0 {
				t.Errorf("%d runs say something else", wrong)
			}
		})
	}
	t.Run("a_file_that_is_there_is_never_replaced", func(t *testing.T) {
		path := write(t, "mine.csv", []byte("mine"))
		_, err := s.ExportRuns(ctx, wf, "csv", path)
		testkit.WantFault(t, err, fault.CodeConflict)
		if string(must(os.ReadFile(path))) != "mine" {
			t.Error("the file was replaced")
		}
		_, err = s.ExportRuns(ctx, wf, "parquet", filepath.Join(t.TempDir(), "x"))
		testkit.WantFault(t, err, fault.CodeInvalid)
	})
}

func TestTransparencyDraft(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	const wf = "planning-validation"
	md := string(must(s.TransparencyDraft(ctx, wf, "md")))
	v := must(s.Workflow(ctx, wf))
	for _, want := range []string{"draft", v.Workflow.Name, "to be written", "*From: "} {
		if !strings.Contains(md, want) {
			t.Errorf("%q is not in the draft", want)
		}
	}
	for _, l := range v.Workflow.Roster {
		if l.Name != "" && strings.Contains(md, l.Name) {
			t.Errorf("the draft names the officer %s", l.Name)
		}
	}
	rows := must(csv.NewReader(bytes.NewReader(must(s.TransparencyDraft(ctx, wf, "csv")))).ReadAll())
	if len(rows) < 40 || len(rows[0]) != 4 {
		t.Errorf("%d rows", len(rows))
	}
	_, err := s.TransparencyDraft(ctx, wf, "docx")
	testkit.WantFault(t, err, fault.CodeInvalid)
	if got := plain("a*b_[x](y)"); got != `a\*b\_\[x\](y)` {
		t.Error(got)
	}
}
