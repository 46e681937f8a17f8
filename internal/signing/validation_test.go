package signing

import (
	"bytes"
	"context"
	"crypto/x509"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/pdf"
	"assay/internal/testkit"
)

func TestAddValidationData(t *testing.T) {
	p := people()
	ctx := context.Background()
	list, err := p.root.RevokeKeys(nil, 1, now)
	if err != nil {
		t.Fatal(err)
	}
	tr := trust()
	if _, err := AddValidationData(ctx, sign(t, unsignedPDF(classic), "Assessor", p.assessor), tr); fault.CodeOf(
		err,
	) != fault.CodeConflict {
		t.Errorf("without a list: %v", err)
	}
	tr.Revoked = []*x509.RevocationList{list}
	for _, style := range []string{classic, packed} {
		signed := sign(t, unsignedPDF(style), "Assessor", p.assessor)
		full, err := AddValidationData(ctx, signed, tr)
		if err != nil {
			t.Fatal(err)
		}
		keepForOthers(t, "good-"+style+"-completed", full)
		t.Run(style+"/completed_is_genuine", func(t *testing.T) {
			rep := wantStatus(t, full, trust(), StatusGenuine)
			if rep.Signatures[0].Whole || !bytes.HasPrefix(full, signed) {
				t.Error("the signature covers what came after it")
			}
			wantStatus(t, sign(t, full, "Approver", p.rsaAssessor), trust(), StatusGenuine)
		})
		t.Run(style+"/twice_is_refused", func(t *testing.T) {
			if _, err := AddValidationData(ctx, full, tr); fault.CodeOf(err) != fault.CodeConflict {
				t.Error(err)
			}
		})
		t.Run(style+"/others_agree", func(t *testing.T) {
			path := file(t, "full.pdf", full)
			if out, err := tool(t, "qpdf", "--check", path); err != nil || strings.Contains(out, "WARNING") {
				t.Errorf("%v: %s", err, out)
			}
			if out, err := tool(t, "pdfsig", "-nocert", path); err != nil ||
				!strings.Contains(out, "Signature is Valid") {
				t.Errorf("%v: %s", err, out)
			}
		})
		t.Run(style+"/flipped_byte_in_the_data_is_never_genuine", func(t *testing.T) {
			inData := func(i int) bool {
				return slices.ContainsFunc([][]byte{list.Raw, p.assessor.Chain[0].Raw, p.assessor.Chain[1].Raw},
					func(der []byte) bool {
						at := len(signed) + bytes.Index(full[len(signed):], der)
						return i >= at && i < at+len(der)
					})
			}
			b := bytes.Clone(full)
			r := rand.New(rand.NewPCG(5, 6))
			for i := range testkit.Part(len(b) - len(signed)) {
				i += len(signed)
				flip := byte(1 + r.IntN(255))
				b[i] ^= flip
				if rep := verify(b, trust()); rep.Status == StatusGenuine && inData(i) {
					t.Fatalf("byte %d changed by %#x is still genuine: %q %v", i, flip, b[i-40:i+20], rep)
				}
				b[i] ^= flip
			}
		})
		t.Run(style+"/list_in_the_document_is_heeded", func(t *testing.T) {
			list, err := p.root.RevokeKeys(map[*x509.Certificate]time.Time{p.assessor.Certificate(): now}, 2, now)
			if err != nil {
				t.Fatal(err)
			}
			tr := trust()
			tr.Revoked = []*x509.RevocationList{list}
			full, err := AddValidationData(ctx, signed, tr)
			if err != nil {
				t.Fatal(err)
			}
			wantStatus(t, full, trust(), StatusRevoked)
		})
		t.Run(style+"/another_certificate_among_the_data_is_never_genuine", func(t *testing.T) {
			f, err := pdf.Open(bytes.NewReader(signed), int64(len(signed)))
			if err != nil {
				t.Fatal(err)
			}
			m := material{
				certs: append([]*x509.Certificate{p.stranger.Certificate()}, p.assessor.Chain...),
				crls:  []*x509.RevocationList{list},
			}
			added, err := m.increment(f, len(f.Sections)-1)
			if err != nil {
				t.Fatal(err)
			}
			wantStatus(t, append(bytes.Clone(signed), added...), trust(), StatusCannotJudge)
		})
	}
	t.Run("revoked_or_unsigned_documents_are_refused_or_told", func(t *testing.T) {
		if _, err := AddValidationData(ctx, unsignedPDF(classic), tr); fault.CodeOf(err) != fault.CodeTampered {
			t.Error(err)
		}
	})
}

// A document that was made to wait for an object must not be countersigned
// into showing something else.
func TestSignPDF_waiting_reference(t *testing.T) {
	p := people()
	objects := testObjects()
	objects[3] = strings.Replace(objects[3], "7 0 R ]", "7 0 R 10 0 R ]", 1) // the number of the second signature
	one := sign(t, writePDF(classic, objects), "Assessor", p.assessor)
	wantStatus(t, one, trust(), StatusGenuine)
	if _, err := SignPDF(context.Background(), one, "Approver", p.rsaAssessor, PDFOptions{Now: now}); err == nil ||
		!strings.Contains(err.Error(), "waiting") {
		t.Errorf("error is %v", err)
	}
}

func TestSignPDF_forms(t *testing.T) {
	p := people()
	for name, change := range map[string]func(map[int]string){
		"flags_missing": func(o map[int]string) { o[1] = strings.Replace(o[1], " /SigFlags 3", "", 1) },
		"flags_zero":    func(o map[int]string) { o[1] = strings.Replace(o[1], "/SigFlags 3", "/SigFlags 0", 1) },
		"form_of_its_own": func(o map[int]string) {
			o[9], o[1] = "<< /Fields [ 6 0 R 7 0 R ] >>", "<< /Type /Catalog /Pages 2 0 R /AcroForm 9 0 R >>"
		},
		"form_of_its_own_complete": func(o map[int]string) {
			o[9], o[1] = "<< /SigFlags 3 /Fields [ 6 0 R 7 0 R ] >>",
				"<< /Type /Catalog /Pages 2 0 R /AcroForm 9 0 R >>"
		},
		"fields_of_their_own": func(o map[int]string) {
			o[9], o[1] = "[ 6 0 R 7 0 R ]", "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields 9 0 R >> >>"
		},
		"field_apart_from_its_widget": func(o map[int]string) {
			o[6], o[9] = "<< /FT /Sig /T (Assessor) /Kids [ 9 0 R ] >>",
				"<< /Type /Annot /Subtype /Widget /Parent 6 0 R /F 132 /Rect [72 100 272 150] /P 3 0 R >>"
			o[3] = strings.Replace(o[3], "/Annots [ 6 0 R", "/Annots [ 9 0 R", 1)
		},
		"names_in_utf16": func(o map[int]string) {
			o[6] = strings.Replace(o[6], "(Assessor)", "<FEFF004100730073006500730073006F0072>", 1)
		},
	} {
		for _, style := range []string{classic, packed} {
			t.Run(style+"/"+name, func(t *testing.T) {
				o := testObjects()
				change(o)
				two := sign(t, sign(t, writePDF(style, o), "Assessor", p.assessor), "Approver", p.approver)
				wantStatus(t, two, trust(), StatusGenuine)
				if out, err := tool(t, "qpdf", "--check", file(t, "f.pdf", two)); err != nil ||
					strings.Contains(out, "WARNING") {
					t.Errorf("%v: %s", err, out)
				}
				if name == "field_apart_from_its_widget" {
					return // poppler takes such a field for unsigned
				}
				if out, err := tool(t, "pdfsig", "-nocert", file(t, "f.pdf", two)); err != nil ||
					strings.Count(out, "Signature is Valid") != 2 {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
	}
}
