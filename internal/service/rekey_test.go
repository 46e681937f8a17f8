package service

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/vault"
	"assay/internal/workflow"
)

func TestRekey(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "r.assay")
	const old, fresh = "correct horse battery", "staple gravel lantern"
	s, oldWords, err := Create(
		ctx,
		path,
		NewRegister{Organisation: "Council", Person: "Ann Example", Passphrase: old},
		Options{},
	)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveWorkflow(ctx, workflow.Workflow{Name: "Triage", Version: "1"}); err != nil {
		t.Fatal(err)
	}
	before := must(s.Check(ctx, nil))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Rekey(ctx, path, Options{Passphrase: old}, old); fault.CodeOf(err) != fault.CodeInvalid {
		t.Fatal("the old passphrase was taken again:", err)
	}
	if _, err := Rekey(ctx, path, Options{Passphrase: "not the passphrase"}, fresh); fault.CodeOf(
		err,
	) != fault.CodeForbidden {
		t.Fatal(err)
	}
	out, err := Rekey(ctx, path, Options{Passphrase: old}, fresh)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the old passphrase and recovery key open it no more", func(t *testing.T) {
		if _, err := vault.Open(path, old); fault.CodeOf(err) != fault.CodeForbidden {
			t.Error(err)
		}
		if _, err := vault.OpenWithRecovery(path, oldWords); fault.CodeOf(err) != fault.CodeForbidden {
			t.Error(err)
		}
	})
	t.Run("the old key page, put back, opens nothing", func(t *testing.T) {
		was, err := os.ReadFile(out.Old)
		if err != nil {
			t.Fatal(err)
		}
		now, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		copy(now, was[:8192])
		forged := filepath.Join(dir, "forged.assay")
		if err := os.WriteFile(forged, now, 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(ctx, forged, Options{Passphrase: old}); err == nil {
			s.Close()
			t.Error("the old key opens the new register")
		}
	})
	for name, o := range map[string]Options{
		"with the new passphrase": {Passphrase: fresh}, "with the new recovery key": {Recovery: out.Recovery},
	} {
		t.Run("it opens "+name+" and its log goes on", func(t *testing.T) {
			s, err := Open(ctx, path, o)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			r := must(s.Check(ctx, nil))
			if !r.Sound || r.Entries != before.Entries+1 {
				t.Errorf("%+v", r)
			}
			if a := must(s.Activities(ctx, "", 0, 1)); a[0].Summary != "Gave the register a new key" {
				t.Errorf("%+v", a)
			}
		})
	}
	t.Run("what was before is kept, whole", func(t *testing.T) {
		s, err := Open(ctx, out.Old, Options{Passphrase: old})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if r := must(s.Check(ctx, nil)); !r.Sound {
			t.Errorf("%+v", r)
		}
	})
	t.Run("nothing else is left behind", func(t *testing.T) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Name() != "r.assay" && e.Name() != "r.assay-backups" && e.Name() != ".r.assay.lock" &&
				e.Name() != "forged.assay" &&
				e.Name() != ".forged.assay.lock" {
				t.Error(e.Name())
			}
		}
	})
}

// TestSealed_before opens a register that the first release sealed, in small
// pages, works in it, and gives it a new key, with which it gets large ones.
func TestSealed_before(t *testing.T) {
	ctx := context.Background()
	const old, fresh = "correct horse battery", "staple gravel lantern"
	first, err := os.ReadFile(filepath.Join(released, "sealed-1.assay"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "r.assay")
	if err := os.WriteFile(path, first, 0o600); err != nil {
		t.Fatal(err)
	}
	version := func() string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		line, _, _ := strings.Cut(string(b[:40]), "\n")
		return line
	}
	work := func(passphrase, name string) {
		s, err := Open(ctx, path, Options{Passphrase: passphrase})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.SaveWorkflow(ctx, workflow.Workflow{Name: name, Version: "1"}); err != nil {
			t.Fatal(err)
		}
		if r := must(s.Check(ctx, nil)); !r.Sound {
			t.Errorf("%+v", r)
		}
	}
	work(old, "Triage")
	if got := version(); got != "Assay register 1" {
		t.Error("it became", got)
	}
	if _, err := Rekey(ctx, path, Options{Passphrase: old}, fresh); err != nil {
		t.Fatal(err)
	}
	work(fresh, "Case summaries")
	if got := version(); got != "Assay register 2" {
		t.Error("with a new key it is still", got)
	}
}
