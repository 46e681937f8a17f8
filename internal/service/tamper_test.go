package service

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/policy"
	"assay/internal/workflow"
)

// TestCheck_edited_with_the_sqlite3_shell edits a register behind Assay's back
// and expects each edit to be found and named.
func TestCheck_edited_with_the_sqlite3_shell(t *testing.T) {
	if _, err := exec.LookPath("sqlite3"); err != nil {
		t.Skip("sqlite3 is not installed")
	}
	ctx := context.Background()
	for name, c := range map[string]struct{ sql, want string }{
		"a policy's text is changed":       {`UPDATE policy SET body = json_set(body, '$.title', 'Another policy')`, "POL-0001"},
		"a workflow is removed":            {`PRAGMA foreign_keys=0; DELETE FROM workflow`, "WF-0001"},
		"a person is added":                {`INSERT INTO person (id, body) VALUES ('x', '{"ref":"PER-0099","name":"Nobody"}')`, "person x"},
		"the organisation is renamed":      {`UPDATE register SET body = json_set(body, '$.name', 'Elsewhere')`, "register"},
		"an entry of the log is rewritten": {`DROP TRIGGER log_entry_no_update; UPDATE log_entry SET leaf = replace(leaf, 'Saved', 'Spied') WHERE seq = 3`, "ntry 3"},
		"the last entry is cut off":        {`DROP TRIGGER log_entry_no_delete; DELETE FROM log_row WHERE seq = 3; DELETE FROM log_entry WHERE seq = 3`, "log"},
		"log and row are both rewritten":   {`DROP TRIGGER log_entry_no_update; UPDATE policy SET body = json_set(body, '$.title', 'Another'); UPDATE log_entry SET leaf = replace(leaf, 'AI policy', 'Another') WHERE seq = 3`, "ntry 3"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "r.assay")
			s, _, err := Create(
				ctx,
				path,
				NewRegister{Organisation: "Council", Person: "Ann Example", Plain: true},
				Options{},
			)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.SaveWorkflow(ctx, workflow.Workflow{Name: "Triage", Version: "1"}); err != nil {
				t.Fatal(err)
			}
			if _, err := s.SavePolicy(
				ctx, policy.Policy{Title: "AI policy", Kind: policy.KindAI, ReviewEveryMonths: 12},
			); err != nil {
				t.Fatal(err, errors.Unwrap(err))
			}
			if r, err := s.Check(ctx, nil); err != nil || !r.Sound {
				t.Fatalf("before: %+v %v", r, err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("sqlite3", path, c.sql).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v", out, err)
			}
			if s, err = Open(ctx, path, Options{}); err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			r, err := s.Check(ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Sound || !strings.Contains(strings.Join(r.Problems, "\n"), c.want) {
				t.Fatalf("found %q, want something about %q", r.Problems, c.want)
			}
		})
	}
}
