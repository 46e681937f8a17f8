package service

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/certificate"
	"assay/internal/interop/intoto"
	"assay/internal/interop/scitt"
	"assay/internal/ledger"
	"assay/internal/signing"
)

// TestInterop reads back what is handed to other people's programs, from a trust
// file and the statement of the log's keys alone.
func TestInterop(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	list, err := s.Certificates(ctx)
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	number := list[0].Number
	pem, err := s.RootPEM(ctx)
	if err != nil {
		t.Fatal(err)
	}
	trust, err := signing.ParseTrust(pem)
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.LogKey(ctx)
	if err != nil || !key.Certified {
		t.Fatal(key, err)
	}
	pass := func() (string, error) { return SamplePassphrase, nil }
	keys, err := ledger.OpenKeyStatement([]byte(key.Statement), trust.PublicKeys()...)
	if err != nil {
		t.Fatal(err)
	}
	checkSCITT := func(t *testing.T, data []byte) {
		t.Helper()
		o, err := scitt.Open(data, trust.PublicKeys()...)
		if err != nil || len(o.Receipts) != 1 || !strings.HasPrefix(o.Issuer, "urn:uuid:") {
			t.Fatal(o.Subject, err)
		}
		if _, err := certificate.Parse(o.Payload); err != nil {
			t.Error(err)
		}
		e, err := o.Check(o.Receipts[0], key.Origin, keys.Keys[0].Public())
		if err != nil || e.Subject != o.Subject {
			t.Error(e, err)
		}
		if _, err := o.Check(o.Receipts[0], key.Origin); err == nil {
			t.Error("a receipt by nobody is believed")
		}
	}
	t.Run("scitt", func(t *testing.T) {
		before, _ := s.Activities(ctx, "", 0, 1)
		data, err := s.SignedStatement(ctx, number, pass)
		if err != nil {
			t.Fatal(err)
		}
		checkSCITT(t, data)
		if after, _ := s.Activities(ctx, "", 0, 1); after[0].Seq != before[0].Seq {
			t.Error("a statement that was made at the issue is made anew")
		}
		o, _ := scitt.Open(data)
		if o.Subject != number {
			t.Error(o.Subject)
		}
		if _, err := s.SignedStatement(ctx, "GC-2026-9999", pass); err == nil {
			t.Error("a certificate that there is not has a statement")
		}
	})
	t.Run("in-toto", func(t *testing.T) {
		data, err := s.InToto(ctx, number, SamplePassphrase)
		if err != nil {
			t.Fatal(err)
		}
		st, err := intoto.Open(data, trust.PublicKeys()...)
		if err != nil || st.Predicate.Number != number || len(st.Predicate.Counts) < 20 {
			t.Fatal(st, err)
		}
		pdf, err := s.CertificatePDF(ctx, number)
		if err != nil || st.Subject[0].Digest.SHA256 != certificate.DigestOf(pdf) {
			t.Error(st.Subject, err)
		}
	})
	t.Run("oscal", func(t *testing.T) {
		data, err := s.OSCAL(ctx, list[0].WorkflowRef)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := s.OSCAL(ctx, list[0].WorkflowRef)
		var x, y struct {
			Results struct {
				UUID    string
				Results []struct{ Findings []struct{ UUID string } }
			} `json:"assessment-results"`
		}
		if json.Unmarshal(data, &x) != nil || json.Unmarshal(again, &y) != nil || x.Results.UUID != y.Results.UUID ||
			len(x.Results.Results[0].Findings) < 20 {
			t.Errorf("%+v", x)
		}
	})
	t.Run("in_the_pack", func(t *testing.T) {
		_, dir := demoOf(t)
		packs, _ := filepath.Glob(filepath.Join(dir, "*.zip"))
		statements, found := 0, 0
		for _, p := range packs {
			z, err := zip.OpenReader(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range z.File {
				r, _ := f.Open()
				b, _ := io.ReadAll(r)
				switch {
				case strings.HasSuffix(f.Name, ".scitt"):
					statements++
					checkSCITT(t, b)
				case strings.HasSuffix(f.Name, ".oscal.json"):
					found++
					if !bytes.Contains(b, []byte(`"oscal-version": "1.2.1"`)) {
						t.Error(f.Name)
					}
				}
			}
			z.Close()
		}
		if statements == 0 || found == 0 {
			t.Errorf("%d statements and %d assessments in %d packs", statements, found, len(packs))
		}
	})
}
