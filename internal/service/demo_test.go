package service

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/internal/oversight"
	"assay/internal/store"
	"assay/internal/testkit"
	"assay/internal/verify"
)

// theDemo is the sample council, made once for the tests that read it.
var theDemo = sync.OnceValues(func() (DemoResult, error) {
	dir, err := os.MkdirTemp("", "assay-demo-*")
	if err != nil {
		return DemoResult{}, err
	}
	return Demo(context.Background(), dir, DemoOptions{Plain: true})
})

func TestMain(m *testing.M) {
	code := m.Run()
	if d, err := theDemo(); err == nil {
		os.RemoveAll(filepath.Dir(d.Register))
	}
	os.Exit(code)
}

func demoOf(t *testing.T) (DemoResult, string) {
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

// TestDemo_planted holds the findings against what the generator planted: every
// planted run is found, and nothing is found that was not planted.
func TestDemo_planted(t *testing.T) {
	d, _ := demoOf(t)
	s := openDemo(t, nil)
	ctx := context.Background()
	seen := map[string]bool{}
	for key, planted := range d.PlantedBy {
		want := map[string][]string{}
		for _, p := range planted {
			if len(p.RunIDs) > 0 {
				want[p.Code] = append(want[p.Code], p.RunIDs...)
			}
			seen[p.Code] = true
		}
		got := map[string][]string{}
		for after := ""; ; {
			page, err := s.FindingList(ctx, FindingQuery{Workflow: key, After: after, Limit: 500})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range page.Items {
				test := oversight.TestOf(f.Code)
				if !test.PerRun && f.Code != oversight.LogConflict {
					continue // about many runs: looked at below
				}
				for _, r := range f.Runs {
					got[string(f.Code)] = append(got[string(f.Code)], r.RunID)
				}
				if f.SourceRef == "" || f.Runs[0].At.Line == 0 {
					t.Errorf("%s: finding %s leads to no place in an imported file", key, f.ID)
				}
			}
			if after = page.Next; after == "" {
				break
			}
		}
		for _, test := range oversight.Tests {
			if !test.PerRun && test.Code != oversight.LogConflict {
				continue
			}
			code := string(test.Code)
			slices.Sort(want[code])
			slices.Sort(got[code])
			if w, g := slices.Compact(want[code]), slices.Compact(got[code]); !slices.Equal(w, g) {
				t.Errorf("%s %s: planted in %v, found in %v", key, code, w, g)
			}
		}
		v, err := s.Findings(ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range planted {
			if oversight.TestOf(oversight.Code(p.Code)).PerRun {
				continue
			}
			if !slices.ContainsFunc(v.Findings, func(f FindingSummary) bool { return f.Code == p.Code && f.All > 0 }) {
				t.Errorf("%s: %s was planted and not found", key, p.Code)
			}
		}
	}
	for _, code := range []string{
		"OVR-01", "OVR-02", "OVR-03", "OVR-04", "OVR-05", "OVR-06", "OVR-09", "OVR-11", "OVR-12", "LOG-01",
		"LOG-02",
	} {
		if !seen[code] {
			t.Errorf("the sample plants no %s", code)
		}
	}
}

func TestDemo_check(t *testing.T) {
	r, err := openDemo(t, nil).Check(context.Background(), nil)
	if err != nil || !r.Sound {
		t.Fatalf("%+v %v", r, err)
	}
}

func TestDemo_apply_again_changes_nothing(t *testing.T) {
	_, dir := demoOf(t)
	s := openDemo(t, nil)
	before, err := s.Activities(context.Background(), "", 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Apply(context.Background(), filepath.Join(dir, "council.yaml"), false)
	if err != nil || r.Added+r.Changed != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	after, err := s.Activities(context.Background(), "", 0, 1)
	if err != nil || after[0].Seq != before[0].Seq {
		t.Fatalf("an entry was written: %+v", after[0])
	}
}

func tool(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s%s", name, args, err, &out, &said)
	}
	return out.String()
}

// TestDemo_others_agree asks other people's tools about the certificate and the
// pack that Assay calls genuine.
func TestDemo_others_agree(t *testing.T) {
	d, dir := demoOf(t)
	cert := filepath.Join(dir, "certificates", d.Certificates[0].Number+".pdf")
	t.Run("qpdf", func(t *testing.T) {
		testkit.NeedTool(t, "qpdf")
		tool(t, dir, "qpdf", "--check", cert)
	})
	t.Run("pdfsig", func(t *testing.T) {
		testkit.NeedTool(t, "pdfsig")
		testkit.NeedTool(t, "certutil")
		nss := t.TempDir()
		tool(t, nss, "certutil", "-N", "-d", "sql:"+nss, "--empty-password")
		tool(
			t,
			nss,
			"certutil",
			"-A",
			"-d",
			"sql:"+nss,
			"-n",
			"root",
			"-t",
			"CT,C,C",
			"-i",
			filepath.Join(dir, "root.pem"),
		)
		out := tool(t, dir, "pdfsig", "-nssdir", "sql:"+nss, cert)
		if strings.Count(out, "Signature is Valid.") != 2 || strings.Count(out, "Certificate is Trusted.") != 2 ||
			!strings.Contains(out, "ETSI.CAdES.detached") {
			t.Fatal(out)
		}
	})
	t.Run("zbarimg", func(t *testing.T) {
		testkit.NeedTool(t, "zbarimg")
		testkit.NeedTool(t, "pdftoppm")
		tmp := t.TempDir()
		tool(t, tmp, "pdftoppm", "-r", "150", "-png", "-f", "1", "-l", "1", cert, "page")
		pages, _ := filepath.Glob(filepath.Join(tmp, "*.png"))
		out := strings.TrimSpace(tool(t, tmp, "zbarimg", "-q", "--raw", pages[0]))
		v, err := verify.New(context.Background(), filepath.Join(dir, "root.pem"), "", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		r, err := v.Verify(context.Background(), verify.Request{Seal: out})
		if err != nil || r.Answer != verify.AnswerSealGenuine || r.Number != d.Certificates[0].Number {
			t.Fatalf("%+v %v", r, err)
		}
		if r, err = v.Verify(context.Background(), verify.Request{Path: pages[0]}); err != nil ||
			r.Answer != verify.AnswerSealGenuine {
			t.Fatalf("the picture of the page: %+v %v", r, err)
		}
	})
	t.Run("sha256sum and openssl", func(t *testing.T) {
		testkit.NeedTool(t, "sha256sum")
		testkit.NeedTool(t, "openssl")
		bag := unzip(t, filepath.Join(dir, "evidence-pack.zip"))
		tool(t, bag, "sha256sum", "--strict", "-c", "manifest-sha256.txt")
		tool(t, bag, "sha256sum", "--strict", "-c", "tagmanifest-sha256.txt")
		tool(
			t,
			bag,
			"openssl",
			"cms",
			"-verify",
			"-cades",
			"-binary",
			"-inform",
			"DER",
			"-in",
			"tagmanifest-sha256.txt.p7s",
			"-content",
			"tagmanifest-sha256.txt",
			"-CAfile",
			filepath.Join(dir, "root.pem"),
			"-purpose",
			"any",
			"-out",
			filepath.Join(t.TempDir(), "out"),
		)
	})
}

func unzip(t *testing.T, path string) string {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	dir := t.TempDir()
	top := ""
	for _, f := range z.File {
		to := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, b, 0o644); err != nil {
			t.Fatal(err)
		}
		top, _, _ = strings.Cut(f.Name, "/")
	}
	return filepath.Join(dir, top)
}

// TestVerify_flipped_byte changes one byte of the certificate, and of each file
// of the pack, and expects that it is never called genuine.
func TestVerify_flipped_byte(t *testing.T) {
	d, dir := demoOf(t)
	ctx := context.Background()
	v, err := verify.New(ctx, filepath.Join(dir, "root.pem"), "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(7, 7))
	whole, err := os.ReadFile(filepath.Join(dir, "certificates", d.Certificates[0].Number+".pdf"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range testkit.Part(testkit.Times(10_000, 100_000)) {
		random := rand.New(rand.NewPCG(7, uint64(i)))
		at, bit := random.IntN(len(whole)), byte(1)<<random.IntN(8)
		whole[at] ^= bit
		r, err := v.Document(ctx, bytes.NewReader(whole), int64(len(whole)), "certificate")
		if err == nil && r.Answer == verify.AnswerGenuine {
			t.Errorf("genuine with byte %d changed", at)
		}
		whole[at] ^= bit
	}
	pack, err := os.ReadFile(filepath.Join(dir, "evidence-pack.zip"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		off, err := f.DataOffset()
		if err != nil || f.CompressedSize64 == 0 {
			continue
		}
		at := off + random.Int64N(int64(f.CompressedSize64))
		pack[at] ^= 1
		if r, err := v.Pack(ctx, bytes.NewReader(pack), int64(len(pack)), "pack"); err == nil &&
			r.Answer == verify.AnswerGenuine {
			t.Errorf("genuine with a byte of %s changed", f.Name)
		}
		pack[at] ^= 1
	}
	if r, err := v.Pack(
		ctx, bytes.NewReader(pack), int64(len(pack)), "pack",
	); err != nil || r.Answer != verify.AnswerGenuine {
		t.Fatalf("the pack as it was: %+v %v", r, err)
	}
}

// TestVerify_answers gives each answer once.
func TestVerify_answers(t *testing.T) {
	d, dir := demoOf(t)
	ctx := context.Background()
	number := d.Certificates[0].Number
	cert := filepath.Join(dir, "certificates", number+".pdf")
	root := filepath.Join(dir, "root.pem")
	check := func(t *testing.T, trust, withdrawals string, now time.Time, q verify.Request, want verify.Answer) {
		t.Helper()
		v, err := verify.New(ctx, trust, withdrawals, now)
		if err != nil {
			t.Fatal(err)
		}
		r, err := v.Verify(ctx, q)
		if err != nil || r.Answer != want {
			t.Fatalf("answer %s (%v, %v), want %s", r.Answer, r.Reasons, err, want)
		}
		if r.Sentence == "" {
			t.Fatal("no sentence")
		}
	}
	now := time.Now()
	t.Run("genuine", func(t *testing.T) { check(t, root, "", now, verify.Request{Path: cert}, verify.AnswerGenuine) })
	t.Run(
		"unknown signer",
		func(t *testing.T) { check(t, "", "", now, verify.Request{Path: cert}, verify.AnswerUnknownSigner) },
	)
	t.Run("expired", func(t *testing.T) {
		check(t, root, "", now.AddDate(1, 1, 0), verify.Request{Path: cert}, verify.AnswerExpired)
	})
	t.Run("altered", func(t *testing.T) {
		b, err := os.ReadFile(cert)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "a.pdf")
		os.WriteFile(path, append(b, "\n% a comment\n"...), 0o600)
		check(t, root, "", now, verify.Request{Path: path}, verify.AnswerUnreadable) // something follows its end
		at := bytes.Index(b, []byte("/T(Approver)"))
		b[at+3] = 'a'
		os.WriteFile(path, b, 0o600)
		check(t, root, "", now, verify.Request{Path: path}, verify.AnswerAltered)
	})
	s := openDemo(t, nil)
	c, err := s.Certificate(ctx, number)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the seal alone", func(t *testing.T) {
		check(t, root, "", now, verify.Request{Seal: c.Seal}, verify.AnswerSealGenuine)
		check(t, "", "", now, verify.Request{Seal: c.Seal}, verify.AnswerUnknownSigner)
		check(t, root, "", now, verify.Request{Seal: c.Seal[:len(c.Seal)-3] + "000"}, verify.AnswerAltered)
	})
	asRegister := func(t *testing.T, want verify.Answer) verify.Verified {
		t.Helper()
		r, err := s.Verify(ctx, verify.Request{Path: cert})
		if err != nil || r.Answer != want {
			t.Fatalf("answer %s (%v, %v), want %s", r.Answer, r.Reasons, err, want)
		}
		return r
	}
	t.Run("known to the register", func(t *testing.T) {
		if r := asRegister(t, verify.AnswerGenuine); !r.InRegister {
			t.Fatal("not found in the register")
		}
	})
	t.Run("superseded, then revoked", func(t *testing.T) {
		wf, err := s.Workflow(ctx, c.WorkflowRef)
		if err != nil {
			t.Fatal(err)
		}
		next, err := s.IssueCertificate(
			ctx,
			IssueRequest{Workflow: c.WorkflowRef, Approver: c.Statement.Approver().PersonID,
				Passphrase:         SamplePassphrase,
				ApproverPassphrase: SamplePassphrase, DefaultOwner: wf.Workflow.OwnerID,
				DefaultDue: s.today().AddMonths(2)},
		)
		if err != nil {
			t.Fatal(err)
		}
		if next.Statement.Supersedes != number {
			t.Fatalf("supersedes %q", next.Statement.Supersedes)
		}
		asRegister(t, verify.AnswerSuperseded)
		list := filepath.Join(t.TempDir(), "withdrawn.txt")
		export := func() {
			b, err := s.Withdrawals(ctx, SamplePassphrase)
			if err != nil {
				t.Fatal(err)
			}
			os.Remove(list)
			if err := WriteNewFile(list, b); err != nil {
				t.Fatal(err)
			}
		}
		export()
		check(t, root, list, now, verify.Request{Path: cert}, verify.AnswerSuperseded)
		if err := s.RevokeCertificate(ctx, number, "The runs it rests on were incomplete."); err != nil {
			t.Fatal(err)
		}
		asRegister(t, verify.AnswerRevoked)
		export()
		check(t, root, list, now, verify.Request{Path: cert}, verify.AnswerRevoked)
		if r, err := s.Check(ctx, nil); err != nil || !r.Sound {
			t.Fatalf("%+v %v", r, err)
		}
	})
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
