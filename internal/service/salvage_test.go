package service

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"assay/internal/organisation"
	"assay/internal/run"
)

// TestSalvage damages pages in the middle of a sealed register and brings the
// rest out.
func TestSalvage(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "r.assay")
	s, _, err := Create(
		ctx,
		path,
		NewRegister{Organisation: "Council", Person: "Ann Example", Passphrase: "correct horse battery"},
		Options{},
	)
	if err != nil {
		t.Fatal(err)
	}
	const people = 400
	for i := range people {
		if _, err := s.SavePerson(ctx, organisation.Person{
			Name:     fmt.Sprintf("Person %d", i),
			JobTitle: "Somebody with a title that takes room in the register",
			Active:   true,
			Duties:   []organisation.Duty{organisation.DutyReader},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Not where the list of tables stands: without it nothing can be read.
	for _, share := range []float64{0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6} {
		b[int(float64(len(b))*share)] ^= 0xff
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	r, err := Salvage(ctx, path, out, Options{Passphrase: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(out, "person.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	n := bytes.Count(got, []byte("\n"))
	t.Logf("%d of %d people, %d rows in all, %d damaged pages", n, people+1, r.Rows, r.Damaged)
	if n < people/2 || r.Damaged == 0 {
		t.Fatalf("only %d of %d people came out, %d damaged pages were noticed", n, people+1, r.Damaged)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(after, b) {
		t.Fatal("the damaged register was touched")
	}
	if _, err := Salvage(ctx, path, out, Options{Passphrase: "correct horse battery"}); err == nil {
		t.Fatal("an existing folder was written into")
	}
}

// TestSalvage_texts: what officers and the AI wrote is kept compressed in the register,
// and comes out as text.
func TestSalvage_texts(t *testing.T) {
	s := openDemo(t, nil)
	wf := planning()
	wf.Key, wf.Name = "salvaged", "Salvaged"
	saved, err := s.SaveWorkflow(context.Background(), wf)
	if err != nil {
		t.Fatal(err)
	}
	wf.Ref, wf.Key = saved.Ref, "planning-validation" // the generator's key
	importRuns(t, s, wf, 5, time.Now().AddDate(0, 0, -1), func(runs []run.Record) {
		runs[7].Decisions[0].Reason = "A reason that nobody else gave."
	})
	path := s.Path()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	if _, err := Salvage(context.Background(), path, out, Options{}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(out, "run_block_texts.jsonl"))
	if err != nil || bytes.Count(got, []byte("A reason that nobody else gave.")) != 1 {
		t.Fatalf("not among %d bytes: %v", len(got), err)
	}
}
