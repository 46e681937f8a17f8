package service

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/sample"
	"assay/internal/store"
)

// TestSearchRuns searches the sample's runs, which are made searchable in the
// background, and more that come meanwhile.
func TestSearchRuns(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	if p := must(s.SearchRuns(ctx, SearchQuery{Within: time.Minute, Text: "income"})); p.State.Done() || p.Count != 0 {
		t.Errorf("%+v", p.State)
	}
	entries := func() int {
		var n int
		if err := s.st.Read(ctx, func(r *store.Reader) error {
			return r.SQL.QueryRowContext(ctx, "SELECT count(*) FROM log_entry").Scan(&n)
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := entries()
	states := make(chan imported.SearchState, 100)
	s.KeepSearchable(func(st imported.SearchState, err error) {
		if err != nil {
			t.Error(err)
		}
		states <- st
	})
	wait := func() {
		t.Helper()
		for {
			select {
			case st := <-states:
				if st.Done() {
					return
				}
			case <-time.After(time.Minute):
				t.Fatal("it is never done")
			}
		}
	}
	wait()
	if after := entries(); after != before {
		t.Errorf("an index left %d entries in the log", after-before)
	}
	p := must(s.SearchRuns(ctx, SearchQuery{Within: time.Minute, Text: "income", Workflow: sample.LargeKey, Limit: 3}))
	if !p.State.Done() || len(p.Items) != 3 || p.Next == "" || p.Count < 100 {
		t.Fatalf("%d of %d, %+v", len(p.Items), p.Count, p.State)
	}
	for _, h := range p.Items {
		if h.WorkflowName == "" || h.Run.RunID == "" || !strings.HasPrefix(h.WorkflowRef, "WF-") ||
			len(h.Run.Passages) == 0 {
			t.Errorf("%+v", h)
		}
	}

	t.Run("an_import_is_found_a_moment_later", func(t *testing.T) {
		var b strings.Builder
		if err := sample.WriteLarge(&b, 50, 9, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "more.jsonl")
		text := strings.Replace(b.String(), `"text":"`, `"text":"zanzibar `, 1)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Import(ctx, ImportRequest{Path: file, Workflow: sample.LargeKey}); err != nil {
			t.Fatal(err)
		}
		wait()
		if p := must(s.SearchRuns(ctx, SearchQuery{Within: time.Minute, Text: "Zanzibar"})); len(p.Items) != 1 ||
			p.Items[0].Run.Passages[0].Place != imported.PlaceOutput {
			t.Errorf("%+v", p)
		}
	})
	t.Run("the_check_compares_the_index_with_the_runs", func(t *testing.T) {
		if c := must(s.Check(ctx, nil)); !c.Sound {
			t.Error(c.Problems)
		}
	})
	t.Run("hostile_questions_are_answered_with_a_sentence", func(t *testing.T) {
		for _, q := range []string{
			"", `"`, "🙂", "NOT", strings.Repeat("income ", 100_000/7), strings.Repeat("a b ", 100),
		} {
			_, err := s.SearchRuns(ctx, SearchQuery{Within: time.Minute, Text: q})
			if err != nil && fault.CodeOf(err) != fault.CodeInvalid {
				t.Errorf("%.20q: %v", q, err)
			}
		}
		if _, err := s.SearchRuns(
			ctx, SearchQuery{Within: time.Minute, Text: "income", Workflow: "WF-9999"},
		); fault.CodeOf(
			err,
		) != fault.CodeNotFound {
			t.Error(err)
		}
	})
	t.Run("made_anew_it_finds_the_same", func(t *testing.T) {
		// The number of hits is as far as was counted in a moment, and no more than that.
		found := func() string {
			p := must(s.SearchRuns(ctx, SearchQuery{Within: time.Minute, Text: "income"}))
			return fmt.Sprint(p.Items, p.Next)
		}
		before := found()
		must(s.IndexRuns(ctx, true, nil))
		if after := found(); after != before {
			t.Errorf("%s\n%s", before, after)
		}
	})
}
