package service

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/organisation"
)

// TestReadOnly: a sealed register on a medium that cannot be written to opens,
// says so, shows everything, and refuses every change.
func TestReadOnly(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "r.assay")
	const passphrase = "four words chosen well"
	s, _, err := Create(
		ctx,
		path,
		NewRegister{Organisation: "Brynmawr", Person: "Jo", Passphrase: passphrase},
		Options{},
	)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if f, err := os.OpenFile(path, os.O_RDWR, 0); err == nil { // as root
		f.Close()
		if out, err := exec.Command("chattr", "+i", path).CombinedOutput(); err != nil {
			t.Skipf("no file can be made that cannot be written to here: %v: %s", err, out)
		}
		t.Cleanup(func() { _ = exec.Command("chattr", "-i", path).Run() })
	}
	s, err = Open(ctx, path, Options{Passphrase: passphrase})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if w := must(s.Warnings(ctx)); !s.ReadOnly() || len(w) == 0 || !strings.Contains(w[0], "nothing can be changed") {
		t.Errorf("read-only %v, warnings %q", s.ReadOnly(), w)
	}
	if people := must(s.People(ctx)); len(people) != 1 {
		t.Errorf("%+v", people)
	}
	must(s.Overview(ctx))
	if r := must(s.Check(ctx, nil)); !r.Sound {
		t.Errorf("%+v", r)
	}
	if _, err := s.SavePerson(ctx, organisation.Person{Name: "Ada", Active: true}); fault.CodeOf(
		err,
	) != fault.CodeForbidden {
		t.Error(err)
	}
}
