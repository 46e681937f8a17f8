package signing

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/pdf"
	"assay/internal/testkit"
)

func TestSignPDF(t *testing.T) {
	p := people()
	for _, style := range []string{classic, packed} {
		t.Run(style+"/certified_and_countersigned_is_genuine", func(t *testing.T) {
			doc := unsignedPDF(style)
			wantStatus(t, doc, trust(), StatusUnsigned)
			one := sign(t, doc, "Assessor", p.assessor)
			rep := wantStatus(t, one, trust(), StatusGenuine)
			s := rep.Signatures[0]
			if s.Signer != "Siân Llŷr" || s.SignerRole != "Data protection officer" || s.Organisation != organisation ||
				s.Role != RoleCertification ||
				!s.Whole ||
				!s.Claimed.Equal(now) ||
				!s.Proven.IsZero() ||
				s.Fingerprint != p.assessor.Fingerprint() {
				t.Errorf("report is %+v", s)
			}
			two := sign(t, one, "Approver", p.approver)
			keepForOthers(t, "good-"+style+"-certified", one)
			keepForOthers(t, "good-"+style+"-countersigned", two)
			rep = wantStatus(t, two, trust(), StatusGenuine)
			if len(rep.Signatures) != 2 || rep.Signatures[0].Whole || !rep.Signatures[1].Whole ||
				rep.Signatures[1].Role != RoleApproval {
				t.Errorf("report is %+v", rep)
			}
			if !bytes.HasPrefix(two, one) || !bytes.HasPrefix(one, doc) {
				t.Error("signing changed what was there before")
			}
		})
		t.Run(style+"/unknown_root_is_unknown_signer", func(t *testing.T) {
			wantStatus(t, sign(t, unsignedPDF(style), "Assessor", p.stranger), trust(), StatusUnknownSigner)
		})
	}
	refusals := []struct {
		name, field string
		pdf         []byte
		id          Identity
		code        fault.Code
	}{
		{"no_such_field", "Mayor", unsignedPDF(classic), p.assessor, fault.CodeNotFound},
		{
			"field_signed_already",
			"Assessor",
			sign(t, unsignedPDF(classic), "Assessor", p.assessor),
			p.assessor,
			fault.CodeConflict,
		},
		{"not_a_pdf", "Assessor", []byte("hello, this is no PDF at all"), p.assessor, fault.CodeUnreadable},
		{"root_key", "Assessor", unsignedPDF(classic), p.root, fault.CodeInvalid},
		{
			"certificate_of_another_key",
			"Assessor",
			unsignedPDF(classic),
			Identity{p.stranger.Key, p.assessor.Chain},
			fault.CodeInvalid,
		},
		{
			"altered_before_countersigning",
			"Approver",
			bytes.Replace(
				sign(t, unsignedPDF(classic), "Assessor", p.assessor),
				[]byte("GC-2026-0007"),
				[]byte("GC-2026-0008"),
				1,
			),
			p.approver,
			fault.CodeTampered,
		},
	}
	for _, c := range refusals {
		t.Run(c.name+"_is_refused", func(t *testing.T) {
			out, err := SignPDF(context.Background(), c.pdf, c.field, c.id, PDFOptions{Now: now})
			if out != nil || err == nil || fault.CodeOf(err) != c.code {
				t.Errorf("error is %v (%s), want %s", err, fault.CodeOf(err), c.code)
			}
		})
	}
}

// Every byte of a signed file counts, the reserved space included.
func TestVerifyPDF_flipped_byte_is_never_genuine(t *testing.T) {
	p := people()
	for _, style := range []string{classic, packed} {
		t.Run(style, func(t *testing.T) {
			doc := sign(t, sign(t, unsignedPDF(style), "Assessor", p.assessor), "Approver", p.approver)
			wantStatus(t, doc, trust(), StatusGenuine)
			for k := range testkit.Part(10_000) {
				r := rand.New(rand.NewPCG(1, uint64(k)))
				i, flip := r.IntN(len(doc)), byte(1+r.IntN(255))
				doc[i] ^= flip
				if rep := verify(doc, trust()); rep.Status == StatusGenuine {
					t.Fatalf("byte %d changed by %#x is still genuine", i, flip)
				} else if len(rep.Reasons) == 0 {
					t.Fatalf("byte %d changed by %#x gives no reason", i, flip)
				}
				doc[i] ^= flip
			}
			for k := range testkit.Part(len(doc) / 26) {
				i := 26 * k
				if rep := verify(doc[:i], trust()); rep.Status == StatusGenuine {
					t.Fatalf("cut off at byte %d it is still genuine", i)
				}
			}
		})
	}
}

func TestSignPDF_others_agree(t *testing.T) {
	p := people()
	root := file(t, "root.pem", FormatCertificates(p.root.Certificate()))
	nss := t.TempDir()
	for _, args := range [][]string{
		{"-N", "--empty-password"}, {"-A", "-n", "root", "-t", "CT,C,C", "-a", "-i", root},
	} {
		if out, err := tool(t, "certutil", append([]string{"-d", "sql:" + nss}, args...)...); err != nil {
			t.Fatalf("certutil: %v: %s", err, out)
		}
	}
	for _, style := range []string{classic, packed} {
		for _, who := range []struct {
			name string
			id   Identity
		}{{"ecdsa", p.assessor}, {"rsa", p.rsaAssessor}} {
			signed := sign(t, unsignedPDF(style), "Assessor", who.id)
			counter := sign(t, signed, "Approver", p.approver)
			for _, f := range []struct {
				name string
				pdf  []byte
				n    int
			}{{"certified", signed, 1}, {"countersigned", counter, 2}} {
				path := file(t, "signed.pdf", f.pdf)
				at := style + "/" + who.name + "/" + f.name
				t.Run(at+"/pdfsig", func(t *testing.T) {
					out, err := tool(t, "pdfsig", "-nssdir", "sql:"+nss, path)
					if err != nil || strings.Count(out, "Signature is Valid") != f.n ||
						strings.Count(out, "Certificate is Trusted") != f.n ||
						strings.Count(out, "ETSI.CAdES.detached") != f.n {
						t.Errorf("%v: %s", err, out)
					}
				})
				t.Run(at+"/qpdf", func(t *testing.T) {
					if out, err := tool(t, "qpdf", "--check", path); err != nil || strings.Contains(out, "WARNING") {
						t.Errorf("%v: %s", err, out)
					}
				})
				t.Run(at+"/mutool", func(t *testing.T) {
					out, err := tool(t, "mutool", "sign", "-v", path)
					// It knows nothing of roots and calls a counter-signature an edit.
					if err != nil ||
						strings.Count(
							out,
							"is unchanged since signing",
						)+strings.Count(
							out,
							"signature is valid but there have been edits",
						) != f.n {
						t.Errorf("%v: %s", err, out)
					}
				})
				t.Run(at+"/openssl", func(t *testing.T) {
					sigs := cmsOf(t, f.pdf)
					if len(sigs) != f.n {
						t.Fatalf("%d signatures", len(sigs))
					}
					for _, s := range sigs {
						dir := t.TempDir()
						_ = os.WriteFile(filepath.Join(dir, "tbs"), s.content, 0o600)
						_ = os.WriteFile(filepath.Join(dir, "cms"), s.der, 0o600)
						out, err := tool(
							t,
							"openssl",
							"cms",
							"-verify",
							"-cades",
							"-binary",
							"-inform",
							"DER",
							"-in",
							filepath.Join(dir, "cms"),
							"-content",
							filepath.Join(dir, "tbs"),
							"-CAfile",
							root,
							"-purpose",
							"any",
							"-attime",
							"1772450000",
							"-out",
							os.DevNull,
						)
						if err != nil {
							t.Errorf("%v: %s", err, out)
						}
					}
				})
			}
		}
	}
}

type rawSignature struct{ content, der []byte }

// cmsOf takes the signatures and what they cover out of a PDF.
func cmsOf(t *testing.T, doc []byte) []rawSignature {
	t.Helper()
	f, err := pdf.Open(bytes.NewReader(doc), int64(len(doc)))
	if err != nil {
		t.Fatal(err)
	}
	sigs, _, err := findSignatures(context.Background(), f, Trust{})
	if err != nil {
		t.Fatal(err)
	}
	var out []rawSignature
	for _, s := range sigs {
		der, err := contents(doc[s.gap:s.end])
		if err != nil {
			t.Fatal(err)
		}
		out = append(
			out,
			rawSignature{append(append([]byte{}, doc[:s.gap]...), doc[s.end:f.Sections[s.rev].End]...), der},
		)
	}
	return out
}
