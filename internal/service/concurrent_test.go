package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"assay/internal/fault"
	"assay/internal/organisation"
)

// TestConcurrent_use asks everything that screens show while runs are imported,
// words are made findable and records change, as two windows and a person who
// does not wait do. Every answer is one that the register had at some moment:
// the number of people never falls. The race detector watches it
// (`go run ./build test`).
func TestConcurrent_use(t *testing.T) {
	s, wf, _ := begun(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	dir, files, each := t.TempDir(), 4, 30
	for i := range files {
		var lines []byte
		for k := range each {
			lines = fmt.Appendf(lines, `{"run_id":"run-%d-%d","started":"2026-10-%02dT09:00:00Z","outcome":"Approved"}`+"\n",
				i, k, 1+k%28)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)+".jsonl"), lines, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.KeepSearchable(nil)

	questions := map[string]func() error{
		"overview":   func() error { _, err := s.Overview(ctx); return err },
		"workflows":  func() error { _, err := s.Workflows(ctx); return err },
		"readiness":  func() error { _, err := s.Readiness(ctx, wf.Ref); return err },
		"findings":   func() error { _, err := s.Findings(ctx, wf.Ref); return err },
		"monitor":    func() error { _, err := s.Monitor(ctx, MonitorQuery{Workflow: wf.Ref}); return err },
		"runs":       func() error { _, err := s.Runs(ctx, RunQuery{Workflow: wf.Ref}); return err },
		"search":     func() error { _, err := s.Search(ctx, "Housing"); return err },
		"words":      func() error { _, err := s.SearchRuns(ctx, SearchQuery{Text: "approved"}); return err },
		"activities": func() error { _, err := s.Activities(ctx, "", 0, 50); return err },
		"standards":  func() error { _, err := s.Standards(ctx); return err },
		"signed in": func() error {
			if p := s.SignedIn(); p == nil || p.Name != "Ada" {
				return fmt.Errorf("signed in is %v", p)
			}
			return nil
		},
	}
	most := 0
	questions["people"] = func() error {
		people, err := s.People(ctx)
		if err == nil && len(people) < most {
			err = fmt.Errorf("%d people after %d", len(people), most)
		}
		most = max(most, len(people))
		return err
	}
	var asking sync.WaitGroup
	for name, ask := range questions {
		asking.Go(func() {
			for ctx.Err() == nil {
				if err := ask(); err != nil && !errors.Is(err, context.Canceled) &&
					fault.CodeOf(err) != fault.CodeCancelled {
					t.Errorf("%s: %v", name, err)
					return
				}
			}
		})
	}
	var changing sync.WaitGroup
	changing.Go(func() {
		for i := range files {
			q := ImportRequest{Path: filepath.Join(dir, fmt.Sprint(i)+".jsonl"), Workflow: wf.Ref}
			if _, err := s.Import(ctx, q); err != nil {
				t.Errorf("import %d: %v", i, err)
			}
		}
	})
	changing.Go(func() {
		for i := range 20 {
			p := organisation.Person{Name: fmt.Sprintf("Person %d", i), Active: true}
			if _, err := s.SavePerson(ctx, p); err != nil {
				t.Errorf("person %d: %v", i, err)
			}
		}
	})
	changing.Wait()
	stop()
	asking.Wait()

	page, err := s.Runs(t.Context(), RunQuery{Workflow: wf.Ref, Limit: 500})
	if err != nil || len(page.Items) != files*each {
		t.Errorf("%d runs, want %d: %v", len(page.Items), files*each, err)
	}
	if people, err := s.People(t.Context()); err != nil || len(people) != 21 {
		t.Errorf("%d people at the end, want 21: %v", len(people), err)
	}
}
