package service

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"assay/internal/certificate"
	"assay/internal/id"
	"assay/internal/report"
	"assay/internal/sample"
	"assay/internal/signing"
	"assay/internal/verify"
)

// benchPassphrase seals the registers of the benchmarks: what is measured is
// what people have.
const benchPassphrase = "a passphrase for measuring"

func benchRegister(b *testing.B) *Service {
	b.Helper()
	ctx := context.Background()
	s, _, err := Create(
		ctx,
		filepath.Join(b.TempDir(), "bench.assay"),
		NewRegister{Organisation: "Council", Person: "Ann Example", Passphrase: benchPassphrase},
		Options{},
	)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

func BenchmarkImport100000Runs(b *testing.B) {
	file := filepath.Join(b.TempDir(), "large.jsonl")
	f, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	if err := sample.WriteLarge(f, 100_000, 1, time.Now().AddDate(0, 0, -1)); err != nil {
		b.Fatal(err)
	}
	f.Close()
	info, _ := os.Stat(file)
	b.SetBytes(info.Size())
	for b.Loop() {
		b.StopTimer()
		s := benchRegister(b)
		apply := filepath.Join(b.TempDir(), "wf.yaml")
		os.WriteFile(
			apply,
			[]byte(
				"assay: apply/1\nworkflows:\n  - key: large\n    name: Large\n    lifecycle: live\n    "+
					"live_since: 2026-01-15\n",
			),
			0o600,
		)
		if _, err := s.Apply(context.Background(), apply, false); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		r, err := s.Import(context.Background(), ImportRequest{Path: file, Workflow: "large"})
		if err != nil || r.Source.New != 100_000 {
			b.Fatal(r.Source.New, err)
		}
	}
}

// benchDemo opens the sample council's register, sealed.
func benchDemo(b *testing.B) *Service {
	b.Helper()
	dir := filepath.Join(b.TempDir(), "sample")
	if _, err := Demo(context.Background(), dir, false); err != nil {
		b.Fatal(err)
	}
	s, err := Open(
		context.Background(),
		filepath.Join(dir, "brackenmere.assay"),
		Options{Passphrase: SamplePassphrase, As: "PER-0001"},
	)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

func BenchmarkScreens(b *testing.B) {
	s := benchDemo(b)
	ctx := context.Background()
	for name, f := range map[string]func() error{
		"overview":  func() error { _, err := s.Overview(ctx); return err },
		"workflows": func() error { _, err := s.Workflows(ctx); return err },
		"workflow":  func() error { _, err := s.Workflow(ctx, "WF-0002"); return err },
		"findings":  func() error { _, err := s.Findings(ctx, ""); return err },
		"runs":      func() error { _, err := s.Runs(ctx, RunQuery{Workflow: "WF-0003"}); return err },
		"standards": func() error { _, err := s.Standards(ctx); return err },
		"search":    func() error { _, err := s.Search(ctx, "planning"); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCertificate judges, draws, tags, seals and signs a certificate and
// keeps it. Unlocking the key, which is slow on purpose, is part of it.
func BenchmarkCertificate(b *testing.B) {
	s := benchDemo(b)
	ctx := context.Background()
	p, err := s.PlanCertificate(ctx, "WF-0001")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.IssueCertificate(
			ctx, IssueRequest{Workflow: "WF-0001", Approver: p.Approvers[0].Ref, Passphrase: SamplePassphrase},
		); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCertificateBatch draws, seals and signs certificates one after the
// other with one unlocked key: with -benchtime 10000x, a batch of ten thousand.
// heap-MB is what is held at its end; it does not grow with the batch.
func BenchmarkCertificateBatch(b *testing.B) {
	s := benchDemo(b)
	ctx := context.Background()
	err := s.readView(ctx, func(view *View) error {
		wf := &view.workflows[0]
		f, rep, err := view.judge(ctx, wf)
		if err != nil {
			return err
		}
		identity, err := s.identity(ctx, view.r, s.personID(), SamplePassphrase)
		if err != nil {
			return err
		}
		n := 0
		for b.Loop() {
			n++
			st, err := certificate.Issue(f, rep, certificate.Draft{Number: id.YearRef(id.Certificate, 2026, int64(n)),
				Assessor: certificate.Signature{
					PersonID: "a",
					Name:     "Ann Example",
					JobTitle: "Data Protection Officer",
					Key:      keyID(identity.Certificate()),
				},
				Approver: certificate.Signature{
					PersonID: "b",
					Name:     "Bob Example",
					JobTitle: "Chief Executive",
				}, Log: certificate.Head{Size: 1, Root: strings.Repeat("0", 64)}})
			if err != nil {
				return err
			}
			record, err := certificate.Format(st)
			if err != nil {
				return err
			}
			seal, err := signing.FormatSeal(identity, claimsOf(st, record))
			if err != nil {
				return err
			}
			var drawn bytes.Buffer
			if _, err := report.WriteCertificate(
				&drawn, drawnCertificate(st, record, seal, identity.Root()), report.Standard,
			); err != nil {
				return err
			}
			if _, err := signing.SignPDF(
				ctx, drawn.Bytes(), report.FieldAssessor, identity, signing.PDFOptions{Now: st.Issued},
			); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/1e6, "heap-MB")
}

func BenchmarkPack(b *testing.B) {
	s := benchDemo(b)
	dir := b.TempDir()
	n := 0
	for b.Loop() {
		n++
		if _, err := s.WritePack(
			context.Background(),
			PackRequest{Path: filepath.Join(dir, fmt.Sprintf("%d.zip", n)), Passphrase: SamplePassphrase},
		); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	s := benchDemo(b)
	ctx := context.Background()
	pdf, err := s.CertificatePDF(ctx, must(s.Certificates(ctx))[0].Number)
	if err != nil {
		b.Fatal(err)
	}
	root := filepath.Join(b.TempDir(), "root.pem")
	if err := os.WriteFile(root, must(s.RootPEM(ctx)), 0o600); err != nil {
		b.Fatal(err)
	}
	v := must(verify.New(ctx, root, "", time.Now()))
	b.SetBytes(int64(len(pdf)))
	for b.Loop() {
		if r, err := v.Document(ctx, bytes.NewReader(pdf), int64(len(pdf)), "certificate"); err != nil ||
			r.Answer != verify.AnswerGenuine {
			b.Fatal(r.Answer, err)
		}
	}
}
