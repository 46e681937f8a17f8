package service

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/workflow"
)

func TestBackup(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "r.assay")
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s, recovery, err := Create(
		ctx,
		path,
		NewRegister{Organisation: "Council", Person: "Ann Example", Passphrase: "correct horse battery"},
		Options{Clock: func() time.Time { return now }},
	)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.SaveWorkflow(ctx, workflow.Workflow{Name: "Triage", Version: "1"}); err != nil {
		t.Fatal(err)
	}
	b, made, err := s.BackupIfDue(ctx)
	if err != nil || !made {
		t.Fatal(made, err)
	}
	t.Run("a second one on the same day is not due", func(t *testing.T) {
		if err := os.Chtimes(b.Path, now, now); err != nil {
			t.Fatal(err)
		}
		if _, made, err := s.BackupIfDue(ctx); made || err != nil {
			t.Fatal(made, err)
		}
	})
	t.Run("work goes on and the copy stands still", func(t *testing.T) {
		if _, err := s.SavePerson(
			ctx,
			organisation.Person{Name: "Bob Later", Active: true, Duties: []organisation.Duty{organisation.DutyReader}},
		); err != nil {
			t.Fatal(err)
		}
		again := filepath.Join(dir, "again.assay")
		if err := Restore(ctx, b.Path, again); err != nil {
			t.Fatal(err)
		}
		c, err := Open(ctx, again, Options{Passphrase: "correct horse battery"})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		people, err := c.People(ctx)
		if err != nil || len(people) != 1 {
			t.Fatal(people, err)
		}
		if r, err := c.Check(ctx, nil); err != nil || !r.Sound {
			t.Fatalf("%+v %v", r, err)
		}
	})
	t.Run("restoring never replaces a file", func(t *testing.T) {
		if err := Restore(ctx, b.Path, path); fault.CodeOf(err) != fault.CodeConflict {
			t.Fatal(err)
		}
	})
	t.Run("the recovery key opens the copy too", func(t *testing.T) {
		c, err := Open(ctx, b.Path, Options{Recovery: recovery})
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
	})
	t.Run("old copies make room, those of a person stay", func(t *testing.T) {
		folder := filepath.Dir(b.Path)
		for _, name := range []string{
			"r-20250601-090000.assay", "r-20260101-090000.assay", "r-20260101-100000.assay",
			"r-20260228-090000.assay", "r-20240101-090000.assay", "r-before-the-audit.assay",
			"r-20230101-090000-before-upgrade.assay",
		} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := prune(path, now); err != nil {
			t.Fatal(err)
		}
		for name, stays := range map[string]bool{"r-20250601-090000.assay": true, "r-20260101-090000.assay": false,
			"r-20260101-100000.assay": true, "r-20260228-090000.assay": true,
			"r-20240101-090000.assay": false, "r-before-the-audit.assay": true,
			"r-20230101-090000-before-upgrade.assay": true} {
			if _, err := os.Stat(filepath.Join(folder, name)); (err == nil) != stays {
				t.Errorf("%s stays: %v", name, err == nil)
			}
		}
	})
}
