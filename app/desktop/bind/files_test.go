package bind

import (
	"os"
	"path/filepath"
	"testing"

	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/service"
	"assay/internal/verify"
)

// chosen answers every dialog with one path.
type chosen string

func (c chosen) Open(string, []Filter) (string, error)         { return string(c), nil }
func (c chosen) Save(string, string, []Filter) (string, error) { return string(c), nil }
func (c chosen) Folder(string) (string, error)                 { return string(c), nil }
func (c chosen) Show(string) error                             { return nil }

// TestTokens holds every method that reads or writes a file of the page's
// choosing to what a person chose.
func TestTokens(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "secret.csv")
	if err := os.WriteFile(file, []byte("id,at\n1,2026-01-01\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// Events are asked for before the register opens: what it does then emits from a goroutine of its own.
	listening := func(t *testing.T, emit func(name string, data any)) *Desk {
		d := NewDesk(Options{StateDir: t.TempDir(), Dialogs: chosen(file), Emit: emit})
		t.Cleanup(func() { d.Close() })
		if _, err := (&Register{d}).ChooseNew("r"); err != nil {
			t.Fatal(err)
		}
		place := filepath.Join(t.TempDir(), "r.assay")
		d.o.Dialogs = chosen(place)
		path, err := (&Register{d}).ChooseNew("r")
		if err != nil {
			t.Fatal(err)
		}
		n := NewFile{Organisation: "Council", Person: "Ann Example", Path: path, Passphrase: "four plain words here"}
		if _, err := (&Register{d}).Create(n); err != nil {
			t.Fatal(err)
		}
		d.o.Dialogs = chosen(file)
		return d
	}
	open := func(t *testing.T) *Desk { return listening(t, nil) }

	t.Run("a_path_that_nobody_chose_is_read_and_written_by_no_method", func(t *testing.T) {
		d := open(t)
		for name, call := range map[string]func(path string) error{
			"Register.Open":   func(p string) error { _, err := (&Register{d}).Open(p, "x"); return err },
			"Register.Create": func(p string) error { _, err := (&Register{d}).Create(NewFile{Path: p}); return err },
			"Runs.Look": func(p string) error {
				_, err := (&Runs{d}).Look("", service.ImportRequest{Path: p})
				return err
			},
			"Runs.Look mapping": func(p string) error {
				_, err := (&Runs{d}).Look("", service.ImportRequest{MappingPath: p})
				return err
			},
			"Runs.Try": func(p string) error {
				_, err := (&Runs{d}).Try("", service.ImportRequest{Path: p}, 0)
				return err
			},
			"Runs.Import": func(p string) error {
				_, err := (&Runs{d}).Import("", service.ImportRequest{Path: p})
				return err
			},
			"Runs.LookInFolder": func(p string) error {
				_, err := (&Runs{d}).LookInFolder(p, "")
				return err
			},
			"Runs.ImportFolder": func(p string) error {
				_, err := (&Runs{d}).ImportFolder("", p, "")
				return err
			},
			"Standards.ImportSoA": func(p string) error {
				_, err := (&Standards{d}).ImportSoA(p, true)
				return err
			},
			"Policies.Register": func(p string) error {
				_, err := (&Policies{d}).Register(service.PolicyDocument{Path: p})
				return err
			},
			"Standards.AddEvidence": func(p string) error {
				_, err := (&Standards{d}).AddEvidence(evidence.Evidence{Title: "A document"}, p)
				return err
			},
			"Risks.Attach": func(p string) error {
				_, err := (&Risks{d}).Attach(service.Attachment{Path: p})
				return err
			},
			"Certificates.Pack": func(p string) error {
				_, err := (&Certificates{d}).Pack("", service.PackRequest{Path: p})
				return err
			},
			"Certificates.Timestamp": func(p string) error {
				_, err := (&Certificates{d}).Timestamp("", service.TimestampRequest{TrustPath: p})
				return err
			},
			"Certificates.Complete": func(p string) error { return (&Certificates{d}).Complete("GC-2026-0001", "", p) },
			"Verify.Check": func(
				p string,
			) error {
				_, err := (&Verify{d}).Check(verify.Request{Path: p})
				return err
			},
			"Verify.Check trust": func(p string) error {
				_, err := (&Verify{d}).Check(verify.Request{TrustPath: p})
				return err
			},
			"Handover.Compare": func(p string) error { _, err := (&Handover{d}).Compare("", p, p); return err },
			"Handover.Merge":   func(p string) error { _, err := (&Handover{d}).Merge("", p, p, nil); return err },
			"Handover.Receive": func(p string) error {
				_, err := (&Handover{d}).Receive(Received{File: p, Key: p, Person: "Ann", Path: p})
				return err
			},
		} {
			for _, path := range []string{file, "guessed:" + file} {
				if err := call(path); fault.CodeOf(err) != fault.CodeForbidden {
					t.Errorf("%s(%q): %v", name, path, err)
				}
			}
		}
	})

	t.Run("a_chosen_file_is_read", func(t *testing.T) {
		d := open(t)
		token, err := (&Runs{d}).ChooseExport()
		if err != nil || token == file {
			t.Fatal(token, err)
		}
		looked, err := (&Runs{d}).Look("", service.ImportRequest{Path: token})
		if err != nil || looked.File != "secret.csv" {
			t.Errorf("got %+v, %v", looked.File, err)
		}
	})

	t.Run("a_dropped_file_has_the_token_that_the_page_was_sent", func(t *testing.T) {
		var sent Dropped
		d := listening(t, func(name string, data any) {
			if name == "dropped" {
				sent = data.(Dropped)
			}
		})
		d.Drop(3, 4, []string{file})
		if len(sent.Files) != 1 || sent.X != 3 || sent.Y != 4 {
			t.Fatalf("sent %+v", sent)
		}
		if path, err := d.files.path(sent.Files[0]); err != nil || path != file {
			t.Error(path, err)
		}
		if _, err := (&Runs{d}).Look("", service.ImportRequest{Path: sent.Files[0]}); err != nil {
			t.Error(err)
		}
	})

	t.Run("a_register_that_was_open_before_opens_again", func(t *testing.T) {
		d := open(t)
		if _, err := (&Register{d}).Close(); err != nil {
			t.Fatal(err)
		}
		recent, err := (&Register{d}).Recent()
		if err != nil || len(recent) != 1 {
			t.Fatal(recent, err)
		}
		if s, err := (&Register{d}).Open(recent[0].File, "four plain words here"); err != nil || !s.Open {
			t.Error(s, err)
		}
	})
}
