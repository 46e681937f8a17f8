package signing

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/testkit"
)

func TestSignDetached(t *testing.T) {
	ctx := context.Background()
	p := people()
	content := strings.Repeat("0123456789abcdef  data/records/policies.csv\n", 20_000)
	for name, id := range map[string]Identity{"ecdsa": p.assessor, "rsa": p.rsaAssessor} {
		sig, err := SignDetached(ctx, id, strings.NewReader(content), now)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name+"/holds", func(t *testing.T) {
			for _, s := range [][]byte{sig, pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: sig})} {
				rep := VerifyDetached(ctx, strings.NewReader(content), s, trust())
				if rep.Status != StatusGenuine || !rep.Claimed.Equal(now) || rep.Fingerprint != id.Fingerprint() {
					t.Errorf("%+v", rep)
				}
			}
		})
		t.Run(name+"/openssl_agrees", func(t *testing.T) {
			dir := t.TempDir()
			for f, data := range map[string][]byte{
				"content": []byte(content), "sig": sig, "root.pem": FormatCertificates(p.root.Certificate()),
			} {
				if err := os.WriteFile(filepath.Join(dir, f), data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			args := []string{
				"cms",
				"-verify",
				"-cades",
				"-binary",
				"-inform",
				"DER",
				"-in",
				dir + "/sig",
				"-content",
				dir + "/content",
				"-CAfile",
				dir + "/root.pem",
				"-purpose",
				"any",
				"-attime",
				"1772450000",
				"-out",
				os.DevNull,
			}
			if out, err := tool(t, "openssl", args...); err != nil ||
				!strings.Contains(out, "CAdES Verification successful") {
				t.Errorf("%v: %s", err, out)
			}
			_ = os.WriteFile(dir+"/content", []byte(content+"x"), 0o600)
			if out, err := tool(t, "openssl", args...); err == nil {
				t.Errorf("openssl takes altered content: %s", out)
			}
		})
		t.Run(name+"/altered_content_is_altered", func(t *testing.T) {
			if rep := VerifyDetached(ctx, strings.NewReader(content+" "), sig, trust()); rep.Status != StatusAltered {
				t.Errorf("%+v", rep)
			}
		})
		t.Run(name+"/flipped_byte_is_never_genuine", func(t *testing.T) {
			for i := range testkit.Part(len(sig)) {
				for _, flip := range []byte{1, 0x20, byte(1 + rand.IntN(255))} {
					sig[i] ^= flip
					if rep := VerifyDetached(
						ctx, strings.NewReader(content), sig, trust(),
					); rep.Status == StatusGenuine {
						t.Fatalf("byte %d changed by %#x is still genuine", i, flip)
					}
					sig[i] ^= flip
				}
			}
		})
		t.Run(name+"/something_after_it_is_altered", func(t *testing.T) {
			if rep := VerifyDetached(
				ctx, strings.NewReader(content), append(bytes.Clone(sig), 0), trust(),
			); rep.Status != StatusAltered {
				t.Errorf("%+v", rep)
			}
		})
	}
	sig, _ := SignDetached(ctx, p.stranger, strings.NewReader(content), now)
	t.Run("unknown_root_is_unknown_signer", func(t *testing.T) {
		if rep := VerifyDetached(ctx, strings.NewReader(content), sig, trust()); rep.Status != StatusUnknownSigner {
			t.Errorf("%+v", rep)
		}
	})
	t.Run("pdf_signature_is_no_detached_signature", func(t *testing.T) {
		s := cmsOf(t, sign(t, unsignedPDF(classic), "Assessor", p.assessor))[0]
		if rep := VerifyDetached(ctx, bytes.NewReader(s.content), s.der, trust()); rep.Status != StatusAltered {
			t.Errorf("%+v", rep)
		}
	})
	t.Run("broken_stream_is_unreadable", func(t *testing.T) {
		broken := io.MultiReader(strings.NewReader(content), brokenReader{})
		if _, err := SignDetached(ctx, p.assessor, broken, now); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Error(err)
		}
		broken = io.MultiReader(strings.NewReader(content), brokenReader{})
		if rep := VerifyDetached(ctx, broken, sig, trust()); rep.Status != StatusUnreadable {
			t.Errorf("%+v", rep)
		}
	})
	t.Run("stopped_is_cancelled", func(t *testing.T) {
		stopped, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := SignDetached(stopped, p.assessor, strings.NewReader(content), now); fault.CodeOf(
			err,
		) != fault.CodeCancelled {
			t.Error(err)
		}
		if rep := VerifyDetached(stopped, strings.NewReader(content), sig, trust()); rep.Status == StatusGenuine {
			t.Errorf("%+v", rep)
		}
	})
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("stick was pulled") }

func TestWithdrawals(t *testing.T) {
	ctx := context.Background()
	p := people()
	list := WithdrawalList{Organisation: organisation, Issued: now, Items: []Withdrawal{
		{"GC-2026-0003", "2026-02-11", "GC-2026-0007", "A new version of the workflow was assessed"},
		{"GC-2026-0005", "2026-03-01", "", "The officer named at the gate had left"},
	}}
	data, err := FormatWithdrawals(ctx, p.assessor, list)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("what_was_written_is_what_is_read", func(t *testing.T) {
		got, rep, err := ParseWithdrawals(ctx, data, trust())
		if err != nil || rep.Status != StatusGenuine || got.Items[0] != list.Items[0] ||
			got.Items[1] != list.Items[1] ||
			len(got.Items) != 2 {
			t.Errorf("%v %+v %+v", err, rep, got)
		}
		if w, ok := got.Find("GC-2026-0005"); !ok || w.Superseded != "" {
			t.Error(w)
		}
	})
	t.Run("flipped_byte_is_never_genuine", func(t *testing.T) {
		for i := range data {
			c := bytes.Clone(data)
			c[i] ^= 1
			if _, rep, err := ParseWithdrawals(ctx, c, trust()); err == nil && rep.Status == StatusGenuine {
				t.Fatalf("byte %d (%q) changed is still genuine", i, data[i])
			}
		}
	})
	t.Run("of_another_organisation_is_not_genuine", func(t *testing.T) {
		l := list
		l.Organisation = "Another Council"
		data, err := FormatWithdrawals(ctx, p.assessor, l)
		if err != nil {
			t.Fatal(err)
		}
		if _, rep, err := ParseWithdrawals(ctx, data, trust()); err != nil || rep.Status != StatusUnfit {
			t.Errorf("%v %+v", err, rep)
		}
	})
	for name, w := range map[string]Withdrawal{"no_number": {"seven", "2026-01-01", "", "why"},
		"no_date": {"GC-2026-0007", "", "", "why"}, "no_reason": {"GC-2026-0007", "2026-01-01", "", ""},
		"reason_of_two_lines": {"GC-2026-0007", "2026-01-01", "", "why\nGC-2026-0008 2026-01-01 - x"},
		"out_of_order":        {"GC-2026-0001", "2026-01-01", "", "why"}} {
		t.Run(name+"_is_refused", func(t *testing.T) {
			l := list
			l.Items = append(slices.Clone(list.Items), w)
			if _, err := FormatWithdrawals(ctx, p.assessor, l); fault.CodeOf(err) != fault.CodeInvalid {
				t.Error(err)
			}
		})
	}
	for _, bad := range []string{
		"", "assay withdrawal list v1\n", "assay withdrawal list v2" + string(data)[24:],
		strings.Replace(string(data), "\n2\n", "\n3\n", 1),
	} {
		if _, _, err := ParseWithdrawals(ctx, []byte(bad), trust()); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Errorf("%.30q: %v", bad, err)
		}
	}
}

func FuzzParseCMS(f *testing.F) {
	p := people()
	for _, id := range []Identity{p.assessor, p.rsaAssessor} {
		sig, err := SignDetached(context.Background(), id, strings.NewReader("content"), now)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(sig)
	}
	tr := trust()
	f.Fuzz(func(t *testing.T, der []byte) {
		if rep := VerifyDetached(
			context.Background(), strings.NewReader("other content"), der, tr,
		); rep.Status == StatusGenuine {
			t.Error("a signature over something else is genuine")
		}
		_, _ = parseToken(der, []byte("content"))
	})
}
