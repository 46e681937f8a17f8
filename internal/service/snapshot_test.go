package service

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"assay/internal/civil"
	"assay/internal/sample"
	"assay/internal/store"

	"github.com/google/go-cmp/cmp"
)

// screens are what pages ask for, as JSON.
func screens(t *testing.T, s *Service) map[string]string {
	t.Helper()
	ctx := context.Background()
	out := map[string]string{}
	put := func(name string, v any, err error) {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		b, _ := json.MarshalIndent(Whole(v), "", " ")
		out[name] = string(b)
	}
	a, err := s.Overview(ctx)
	put("overview", a, err)
	b, err := s.Workflows(ctx)
	put("workflows", b, err)
	for _, wf := range b {
		v, err := s.Workflow(ctx, wf.Ref)
		put("workflow "+wf.Ref, v, err)
	}
	c, err := s.Policies(ctx)
	put("policies", c, err)
	d, err := s.Assessments(ctx, "")
	put("assessments", d, err)
	e, err := s.Standards(ctx)
	put("standards", e, err)
	for code := range e.Requirements {
		missing, err := s.Missing(ctx, code)
		put("missing "+code, missing, err)
	}
	f, err := s.Findings(ctx, "")
	put("findings", f, err)
	g, err := s.Certificates(ctx)
	put("certificates", g, err)
	return out
}

// What screens remember is what they would read: after each change, what an
// open register shows equals what it shows when nothing is remembered, and
// screens that are read side by side leave what they share as it was.
func TestMemory(t *testing.T) {
	ctx := context.Background()
	day := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	s := openDemo(t, func() time.Time { return day })
	same := func(t *testing.T) {
		t.Helper()
		warm := screens(t, s)
		s.snapshotMu.Lock()
		s.snapshot = nil
		s.snapshotMu.Unlock()
		if diff := cmp.Diff(screens(t, s), warm); diff != "" {
			t.Errorf("remembered screens differ (-read anew +remembered):\n%s", diff)
		}
	}
	same(t)
	wf, err := s.Workflow(ctx, "WF-0003")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("workflow", func(t *testing.T) {
		changed := wf.Workflow
		changed.Name = "Renamed"
		changed.Gates[0].MinReviewSeconds += 600
		if _, err := s.SaveWorkflow(ctx, changed); err != nil {
			t.Fatal(err)
		}
		same(t)
	})
	t.Run("finding", func(t *testing.T) {
		if _, err := s.DecideFindings(ctx, byTwo(Decision{
			FindingQuery: FindingQuery{Workflow: "WF-0003"}, Decide: "explained",
			Why: "A day on which the clock was wrong.",
		})); err != nil {
			t.Fatal(err)
		}
		same(t)
	})
	t.Run("import", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "more.jsonl")
		lines := `{"run_id":"more-1","started":"2026-10-01T09:00:00Z","outcome":"Approved"}` + "\n"
		if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Import(ctx, ImportRequest{Path: file, Workflow: "WF-0003"}); err != nil {
			t.Fatal(err)
		}
		same(t)
	})
	t.Run("undo", func(t *testing.T) {
		again := wf.Workflow // a name: to take a threshold back needs a reason and a second person
		again.Name, again.Gates = "Renamed again", must(s.Workflow(ctx, wf.Workflow.ID)).Workflow.Gates
		if _, err := s.SaveWorkflow(ctx, again); err != nil {
			t.Fatal(err)
		}
		list, err := s.Activities(ctx, "", 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			if a.CanUndo {
				if err := s.Undo(ctx, a.Seq); err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		same(t)
	})
	t.Run("side by side", func(t *testing.T) {
		var before, after []byte
		kept := func() (b []byte) {
			_ = s.readView(ctx, func(view *View) error {
				b, err = json.Marshal(
					[]any{
						view.org,
						view.people,
						view.workflows,
						view.policies,
						view.assessments,
						view.schedules,
						view.reviews,
						view.actions,
						view.records,
						view.evidence,
						view.soa,
						view.certificates,
						view.events,
					},
				)
				return err
			})
			return b
		}
		before = kept()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { screens(t, s) })
		}
		all.Wait()
		if after = kept(); string(before) != string(after) {
			t.Error("a screen changed what all screens share")
		}
	})
	// A change sees what it has written itself, and what it gives up is forgotten.
	t.Run("change given up", func(t *testing.T) {
		_ = s.change(ctx, doing{action: "workflow.save", summary: "x"}, func(tx *store.Tx) error {
			w := wf.Workflow
			w.Name = "Never"
			if err := store.Workflows.Put(ctx, tx, &w); err != nil {
				return err
			}
			seen, err := s.freshView(ctx, &tx.Reader)
			if err != nil || seen.workflowByID[w.ID].Name != "Never" {
				t.Error("the change does not see itself", err)
			}
			return context.Canceled
		})
		same(t)
	})
}

// Many screens at once, each of which reads the runs of many workflows for
// itself: more of them than there are connections.
func TestMemory_side_by_side(t *testing.T) {
	if testing.Short() {
		t.Skip("makes the whole sample")
	}
	ctx := context.Background()
	day := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	s := openDemo(t, func() time.Time { return day })
	file, err := sample.Grown(civil.Of(day), 40)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "grown.yaml")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(ctx, path, false); err != nil {
		t.Fatal(err)
	}
	want, err := s.Workflows(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s.snapshotMu.Lock()
		s.snapshot = nil
		s.snapshotMu.Unlock()
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				if i%3 == 0 {
					if _, err := s.Workflow(ctx, want[i].Ref); err != nil {
						t.Error(err)
					}
					return
				}
				got, err := s.Workflows(ctx)
				if err != nil {
					t.Error(err)
				} else if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-alone +side by side):\n%s", diff)
				}
			})
		}
		all.Wait()
	}
}
