package store

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/organisation"
)

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// lacking opens a register, says whether it knows that its log is missing, and
// how many people it holds.
func lacking(t *testing.T, path string) (lacks bool, people int) {
	t.Helper()
	s, err := Open(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Read(ctx, func(r *Reader) error {
		list, err := People.List(ctx, r)
		people = len(list)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.Lacking(), people
}

// TestCopiedWhileOpen: a file that was copied without the log beside it knows
// that it lacks something; every copy that Assay makes, and a file that was closed,
// or copied with its log, knows that it does not.
func TestCopiedWhileOpen(t *testing.T) {
	s := newStore(t)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	put := func(name string) {
		t.Helper()
		putPerson(t, s, &organisation.Person{ID: name, Ref: "PER-" + name, Name: name, Active: true})
	}
	copyFile(t, s.Path(), at("before.assay"))
	put("0001")
	put("0002")
	copyFile(t, s.Path(), at("alone.assay"))
	copyFile(t, s.Path(), at("both.assay"))
	copyFile(t, s.Path()+"-wal", at("both.assay-wal"))
	var ours bytes.Buffer
	if err := s.Copy(ctx, writerFunc(func(b []byte) (int, error) {
		if ours.Len() == 0 {
			put("0003") // changes go on while a copy is made
		}
		return ours.Write(b)
	})); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at("ours.assay"), ours.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	copyFile(t, s.Path(), at("after-copy.assay"))
	if err := s.VacuumInto(ctx, at("vacuumed.assay")); err != nil {
		t.Fatal(err)
	}
	put("0004")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	copyFile(t, s.Path(), at("closed.assay"))
	for name, want := range map[string]struct {
		lacks  bool
		people int // -1: any
	}{
		"before.assay": {false, 0}, "alone.assay": {true, -1}, "both.assay": {false, 2}, "ours.assay": {false, 2},
		"after-copy.assay": {true, -1}, "vacuumed.assay": {false, 3}, "closed.assay": {false, 4},
	} {
		lacks, people := lacking(t, at(name))
		if lacks != want.lacks || want.people >= 0 && people != want.people {
			t.Errorf("%s: lacking %v, %d people; want %v, %d", name, lacks, people, want.lacks, want.people)
		}
	}
	if lacks, _ := lacking(t, at("alone.assay")); lacks {
		t.Error("a file that was closed properly since still says that it lacks something")
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestReadOnly: what lies where it cannot be written to is read, and nothing is
// changed or left beside it.
func TestReadOnly(t *testing.T) {
	s := newStore(t)
	putPerson(t, s, &organisation.Person{ID: "0001", Ref: "PER-0001", Name: "Ada", Active: true})
	open, path := filepath.Join(t.TempDir(), "open.assay"), s.Path()
	copyFile(t, path, open)
	copyFile(t, path+"-wal", open+"-wal")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(LockName(path)); err != nil {
		t.Fatal(err)
	}
	before := sum(t, path)
	s, err := Open(ctx, path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Read(ctx, func(r *Reader) error { _, err := People.Get(ctx, r, "PER-0001"); return err }); err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Change(ctx, entry("person.save", "PER-0001"), func(*Tx) error { return nil })
	note := s.Note(ctx, func(*Tx) error { return nil })
	for _, err := range []error{err, note, s.VacuumInto(ctx, filepath.Join(t.TempDir(), "x"))} {
		if fault.CodeOf(err) != fault.CodeForbidden || !strings.Contains(err.Error(), "can only be read") {
			t.Error(err)
		}
	}
	var copied bytes.Buffer
	if err := s.Copy(ctx, &copied); err != nil || copied.Len() == 0 {
		t.Errorf("%d bytes, %v", copied.Len(), err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if sum(t, path) != before {
		t.Error("the file was changed")
	}
	if beside, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(beside) != 1 {
		t.Errorf("beside it lie %v, %v", beside, err)
	}
	if _, err := Open(ctx, open, Options{ReadOnly: true}); fault.CodeOf(err) != fault.CodeConflict ||
		!strings.Contains(err.Error(), "copied while it was open") {
		t.Error(err)
	}
}

// TestReadOnly_found: a file that this person cannot write to is found to be
// such. Where the test runs as root nothing is forbidden, but for a file that is
// immutable.
func TestReadOnly_found(t *testing.T) {
	s := newStore(t)
	path := s.Path()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if writable(path) {
		if out, err := exec.Command("chattr", "+i", path).CombinedOutput(); err != nil {
			t.Skipf("no file can be made that cannot be written to here: %v: %s", err, out)
		}
		t.Cleanup(func() { _ = exec.Command("chattr", "-i", path).Run() })
	}
	if writable(path) {
		t.Skip("this file system lets the test write to an immutable file")
	}
	s, err := Open(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !s.ReadOnly() {
		t.Error("it was opened for writing")
	}
}
