package service

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/ledger"
	"assay/internal/machine"
)

// written puts a file beside the test.
func written(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// againstOf asks what a head says of a register.
func againstOf(t *testing.T, s *Service, path string) Against {
	t.Helper()
	a, err := s.CheckAgainst(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func headOf(t *testing.T, s *Service) []byte {
	t.Helper()
	note, err := s.SignedHead(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return note
}

// rename changes the organisation's name: one more entry.
func rename(t *testing.T, s *Service, name string) {
	t.Helper()
	o, err := s.Organisation(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	o.Name = name
	if err := s.SaveOrganisation(context.Background(), o); err != nil {
		t.Fatal(err)
	}
}

// copied opens a copy of a register as it is now.
func copied(t *testing.T, s *Service, o Options) *Service {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.assay")
	if _, err := s.Backup(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	o.As, o.Passphrase = "PER-0001", SamplePassphrase
	c, err := Open(context.Background(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestCheckAgainst holds registers against heads that somebody else has.
func TestCheckAgainst(t *testing.T) {
	d, dir := demoOf(t)
	s := openDemo(t, nil)
	papers, err := filepath.Glob(filepath.Join(dir, "*", "*.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	packs, _ := filepath.Glob(filepath.Join(dir, "*.zip"))
	for _, f := range append(papers, packs...) {
		if strings.Contains(f, "large") {
			continue
		}
		a := againstOf(t, s, f)
		if want := a.Kind == "certificate" ||
			a.Kind == "pack"; want != a.Holds() || want && (a.SignedBy == "" || a.Number == "") {
			t.Errorf("%s: %+v", f, a)
		}
	}
	if len(papers) == 0 || len(packs) == 0 {
		t.Fatal("the sample has no papers", d)
	}
	older := copied(t, s, Options{})
	before := written(t, "before.txt", headOf(t, s))
	rename(t, s, "Brackenmere Borough")
	now := written(t, "now.txt", headOf(t, s))

	t.Run("a_later_register_holds_an_earlier_head", func(t *testing.T) {
		for _, f := range []string{before, now} {
			if a := againstOf(t, s, f); a.Answer != HeadHolds || a.SignedBy == "" {
				t.Errorf("%+v", a)
			}
		}
	})
	t.Run("an_older_copy_is_named_with_both_heads", func(t *testing.T) {
		a := againstOf(t, older, now)
		if a.Answer != HeadOlderCopy || a.Size != a.OurSize+1 || !strings.Contains(a.Sentence, a.Root) ||
			!strings.Contains(a.Sentence, a.OurRoot) {
			t.Errorf("%+v", a)
		}
		if a := againstOf(t, older, before); a.Answer != HeadHolds {
			t.Errorf("%+v", a)
		}
	})
	t.Run("a_fork_is_named_with_both_heads", func(t *testing.T) {
		rename(t, older, "Brackenmere District")
		rename(t, older, "Brackenmere Council")
		a := againstOf(t, older, now)
		if a.Answer != HeadFork || a.Size >= a.OurSize || a.Root == a.OurRoot ||
			!strings.Contains(a.Sentence, a.Root) ||
			!strings.Contains(a.Sentence, a.OurRoot) {
			t.Errorf("%+v", a)
		}
	})
	t.Run("another_registers_head_is_another_log", func(t *testing.T) {
		other, _, err := Create(
			context.Background(), filepath.Join(t.TempDir(), "other.assay"),
			NewRegister{Organisation: "Other Council", Plain: true}, Options{},
		)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		if a := againstOf(t, s, written(t, "other.txt", headOf(t, other))); a.Answer != HeadOtherLog {
			t.Errorf("%+v", a)
		}
	})
	t.Run("what_nobody_signed_accuses_nobody", func(t *testing.T) {
		head, err := ledger.PeekHead(headOf(t, s))
		if err != nil {
			t.Fatal(err)
		}
		head.Root[0]++
		a := againstOf(t, s, written(t, "made-up.txt", append(ledger.FormatHead(head), '\n')))
		if a.Answer != HeadNotOurs {
			t.Errorf("%+v", a)
		}
	})
	t.Run("an_altered_head_is_believed_in_nothing", func(t *testing.T) {
		b, _ := os.ReadFile(now)
		lines := strings.Split(string(b), "\n")
		lines[1] = "7"
		if a := againstOf(t, s, written(t, "altered.txt", []byte(strings.Join(lines, "\n")))); a.Answer != HeadNone {
			t.Errorf("%+v", a)
		}
	})
	t.Run("what_is_no_head_is_refused", func(t *testing.T) {
		if _, err := s.CheckAgainst(
			context.Background(), written(t, "x.txt", []byte("nothing\n\nof the kind\n")),
		); err == nil {
			t.Error("it was read")
		}
	})
}

// TestOlderCopy opens an older copy on a computer that has seen a newer one.
func TestOlderCopy(t *testing.T) {
	ctx := context.Background()
	seen := machine.HeadsIn(t.TempDir())
	older := copied(t, openDemo(t, nil), Options{Heads: seen})
	newer := copied(t, older, Options{Heads: seen})
	rename(t, newer, "Brackenmere Borough")
	path := older.Path()
	if err := newer.Close(); err != nil {
		t.Fatal(err)
	}
	reopen := func() *Service {
		t.Helper()
		older.Close()
		var err error
		if older, err = Open(
			ctx, path, Options{Heads: seen, Passphrase: SamplePassphrase, As: "PER-0001"},
		); err != nil {
			t.Fatal(err)
		}
		return older
	}
	warned := func(s *Service, want string) {
		t.Helper()
		list, err := s.Warnings(ctx)
		if err != nil || strings.Contains(strings.Join(list, " "), want) == false {
			t.Errorf("%q is not among %q (%v)", want, list, err)
		}
		if r, err := s.Check(
			ctx, nil,
		); err != nil || r.Sound || !strings.Contains(strings.Join(r.Problems, " "), want) {
			t.Errorf("the check says %v, %q (%v)", r.Sound, r.Problems, err)
		}
	}
	warned(reopen(), "an older copy of a register that was open here")
	warned(reopen(), "an older copy of a register that was open here") // it is not forgotten when it is closed
	rename(t, older, "Brackenmere District")
	warned(reopen(), "its activity log then had")
	if err := older.AcceptOlder(ctx, "The disk failed on Friday"); err != nil {
		t.Fatal(err)
	}
	reopen()
	if list, err := older.Warnings(ctx); err != nil || strings.Contains(strings.Join(list, " "), "older copy") {
		t.Error(list, err)
	}
	if r, err := older.Check(ctx, nil); err != nil || !r.Sound {
		t.Error(r.Problems, err)
	}
	last, err := older.Activities(ctx, "", 0, 1)
	if err != nil || last[0].Action != "log.older_copy" || last[0].Reason != "The disk failed on Friday" ||
		!strings.Contains(last[0].Summary, "entries (root") {
		t.Errorf("%+v %v", last, err)
	}
	if err := older.AcceptOlder(ctx, "again"); err == nil {
		t.Error("there was nothing to accept")
	}
}

// TestLogKey_of_an_older_register gives the log of a register from before logs had keys
// its own, in an entry that binds its name to the one before.
func TestLogKey_of_an_older_register(t *testing.T) {
	ctx := context.Background()
	packed, err := os.ReadFile(filepath.Join(released, "schema-14.assay.gz"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(ctx, written(t, "old.assay", plain), Options{As: "PER-0001"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.LogKey(ctx); err == nil {
		t.Fatal("it has a key already")
	}
	if err := s.CertifyLog(ctx, SamplePassphrase); err != nil {
		t.Fatal(err)
	}
	key, err := s.LogKey(ctx)
	if err != nil || !key.Certified || len(key.Keys) != 3 {
		t.Fatal(key, err)
	}
	statement, err := ledger.OpenKeyStatement([]byte(key.Statement))
	if statement.Register == "" {
		t.Fatal(err)
	}
	last, err := s.Activities(ctx, "", 0, 2)
	if err != nil || last[1].Action != "log.key" ||
		!strings.Contains(last[1].Summary, ledger.OldOrigin(statement.Register)) ||
		!strings.Contains(last[1].Summary, key.Origin) {
		t.Errorf("%+v %v", last, err)
	}
	head, sigs, err := ledger.OpenHead(headOf(t, s), statement.PublicKeys()...)
	if err != nil || len(sigs) != 3 || head.Origin != key.Origin || head.Time.IsZero() {
		t.Error(head, sigs, err)
	}
	if r, err := s.Check(ctx, nil); err != nil || !r.Sound {
		t.Error(r.Problems, err)
	}
}
