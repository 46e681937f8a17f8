package service

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"assay/internal/signing"
	"assay/internal/store"
	"assay/internal/vault"
)

// Demo makes the sample council. The package that does uses this one, so that
// only tests outside it can hand it in: see demo_outside_test.go.
var Demo func(ctx context.Context, dir string, plain bool) (MadeDemo, error)

// SamplePassphrase opens what Demo makes.
var SamplePassphrase string

// MadeDemo is what Demo made, as far as tests here look at it.
type MadeDemo struct {
	Register     string
	Certificates []CertificateView
	Pack         Packed
}

// theDemo is the sample council, made once for the tests that read it.
var theDemo = sync.OnceValues(func() (MadeDemo, error) {
	dir, err := os.MkdirTemp("", "assay-demo-*")
	if err != nil {
		return MadeDemo{}, err
	}
	return Demo(context.Background(), dir, true)
})

func TestMain(m *testing.M) {
	// What is tested here is made with hundreds of passphrases; what they cost is tested in vault and signing.
	vault.DefaultParams = func() vault.Params { return vault.Params{Passes: 1, MemoryKiB: 64, Threads: 1} }
	signing.DefaultCost = signing.Cost{Passes: 1, Memory: 64, Threads: 1}
	code := m.Run()
	if d, err := theDemo(); err == nil {
		os.RemoveAll(filepath.Dir(d.Register))
	}
	os.Exit(code)
}

func demoOf(t *testing.T) (MadeDemo, string) {
	t.Helper()
	d, err := theDemo()
	if err != nil {
		t.Fatal(err)
	}
	return d, filepath.Dir(d.Register)
}

// openDemo opens a copy of the sample's register, which the test may change.
func openDemo(t *testing.T, clock func() time.Time) *Service {
	t.Helper()
	d, _ := demoOf(t)
	path := filepath.Join(t.TempDir(), "copy.assay")
	if err := Restore(context.Background(), d.Register, path); err != nil {
		t.Fatal(err)
	}
	s, err := Open(context.Background(), path, Options{Clock: clock, As: "PER-0001"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestImport_refused_leaves_the_register_as_it_was gives bad files and compares the
// register's content before and after, byte for byte.
func TestImport_refused_leaves_the_register_as_it_was(t *testing.T) {
	s := openDemo(t, nil)
	ctx := context.Background()
	good, err := os.ReadFile(filepath.Join(filepath.Dir(must(theDemo()).Register), "exports", "housing-repairs.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	content := func() string {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(s.Path())
		if err != nil {
			t.Fatal(err)
		}
		if s, err = Open(ctx, s.Path(), Options{As: "PER-0001"}); err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	before := content()
	lines := bytes.SplitAfter(good, []byte("\n"))
	bad := map[string][]byte{
		"empty.jsonl": {},
		"half.jsonl":  append(bytes.Join(lines[:200], nil), bytes.Repeat([]byte("{\"nonsense\n"), 100)...),
		"utf8.jsonl":  bytes.ReplaceAll(good, []byte("housing"), []byte("hous\xffing")),
		"deep.jsonl":  append(bytes.Repeat([]byte("["), 1_000_000), '\n'),
		"entities.xes": []byte(
			`<?xml version="1.0"?><!DOCTYPE log [<!ENTITY a "b">]><log><trace><string key="concept:name" value="&a;"/></trace></log>`,
		),
		"not-a-log.bin":    {0, 1, 2, 3, 4, 5, 6, 7},
		"truncated.xes.gz": {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3},
	}
	dir := t.TempDir()
	for name, b := range bad {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := s.Import(ctx, ImportRequest{Path: path, Workflow: "housing-repairs"})
		if err == nil {
			t.Errorf("%s was imported", name)
			continue
		}
		t.Logf("%s: %v", name, err)
	}
	if _, err := s.Import(ctx, ImportRequest{Path: dir, Workflow: "housing-repairs"}); err == nil {
		t.Error("a folder was imported")
	}
	if content() != before {
		t.Fatal("the register's bytes changed")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestImport_the_same_file_twice_is_no_event(t *testing.T) {
	s := openDemo(t, nil)
	_, dir := demoOf(t)
	before := must(s.Activities(context.Background(), "", 0, 1))[0].Seq
	r, err := s.Import(
		context.Background(),
		ImportRequest{Path: filepath.Join(dir, "exports", "housing-repairs.jsonl"), Workflow: "housing-repairs"},
	)
	if err != nil || !r.Already {
		t.Fatalf("%+v %v", r.Source, err)
	}
	if after := must(s.Activities(context.Background(), "", 0, 1))[0].Seq; after != before {
		t.Fatal("an entry was written")
	}
}

// TestReceipt imports a real municipality's log and matches the figures of an
// independent reading of it.
func TestReceipt(t *testing.T) {
	log := filepath.Join("..", "..", "..", "shared", "data", "receipt.xes.gz")
	if _, err := os.Stat(log); err != nil {
		t.Skip("the municipality's log is not here: ", err)
	}
	ctx := context.Background()
	s, _, err := Create(
		ctx,
		filepath.Join(t.TempDir(), "r.assay"),
		NewRegister{Organisation: "Municipality", Person: "Ann Example", Plain: true},
		Options{},
	)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Apply(ctx, filepath.Join("..", "apply", "testdata", "receipt.yaml"), false); err != nil {
		t.Fatal(err)
	}
	r, err := s.Import(ctx, ImportRequest{Path: log, Workflow: "permit-receipt"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{"cases": r.Source.New, "events": r.Source.Events, "refused": r.Source.Refused}
	for _, f := range r.Findings {
		got[f.Code] = f.Count
	}
	v, err := s.Workflow(ctx, "permit-receipt")
	if err != nil {
		t.Fatal(err)
	}
	err = s.read(ctx, func(rd *store.Reader) error {
		for _, l := range v.Workflow.Roster {
			if l.Kind != "shared" && l.Kind != "test" {
				continue
			}
			var n int64
			err := rd.SQL.QueryRowContext(ctx, `SELECT coalesce(sum(r.events), 0) FROM run_account r JOIN run_text a ON a.n = r.account
				JOIN run_workflow w ON w.n = r.workflow_n WHERE w.workflow_id = ? AND a.text = ?`, v.Workflow.ID, l.Account).
				Scan(&n)
			if err != nil {
				return err
			}
			got["events by shared or test accounts"] += n
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{
		"cases":                             1434,
		"events":                            8577,
		"refused":                           0,
		"OVR-01":                            1,
		"OVR-05":                            1042,
		"OVR-06":                            816,
		"OVR-11":                            1,
		"events by shared or test accounts": 522,
	}
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%s: %d, want %d", k, got[k], n)
		}
	}
	if got["OVR-02"] != 0 {
		t.Errorf("OVR-02: %d, want none", got["OVR-02"])
	}
	if m := v.Gates[0]; fmt.Sprintf("%.1f", m.MedianSeconds) != "33.9" {
		t.Errorf("median review time %.3f s, want 33.885 (sketch: within a tenth)", m.MedianSeconds)
	}
	p, err := s.PlanCertificate(ctx, "permit-receipt")
	if err != nil || len(p.Refusals) == 0 {
		t.Fatalf("a certificate was not refused: %+v %v", p, err)
	}
}
