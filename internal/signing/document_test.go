package signing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/pdf"
	"assay/internal/pdfcheck"
	"assay/internal/pdfkit"
)

// document is a tagged, archival document as Assay really makes it.
func document(t testing.TB, packed bool, paragraphs int, attachments ...pdfkit.Attachment) []byte {
	t.Helper()
	d := pdfkit.New(
		pdfkit.Options{Title: "Governance certificate", Author: organisation, Created: now, ObjectStreams: packed},
	)
	d.Add(pdfkit.H(1, "Governance certificate GC-2026-0007"))
	for i := range paragraphs {
		d.Add(
			pdfkit.P(
				pdfkit.T(
					fmt.Sprintf(
						"Tystysgrif llywodraethu: paragraph %d, with some words that fill a line and a half of "+
							"the page.",
						i,
					),
				),
			),
		)
	}
	d.NewPage()
	d.Sign(
		60,
		600,
		200,
		60,
		pdfkit.SignatureField{
			Name:    "Assessor",
			Tooltip: "Signature of the assessor",
			Title:   "Assessor",
			Lines:   []string{"Siân Llŷr"},
		},
	)
	d.Sign(
		300,
		600,
		200,
		60,
		pdfkit.SignatureField{Name: "Approver", Tooltip: "Signature of the approver", Title: "Approver"},
	)
	for _, a := range attachments {
		d.Attach(a)
	}
	var b bytes.Buffer
	if _, err := d.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSignPDF_our_documents(t *testing.T) {
	p := people()
	record := []byte(`{"number":"GC-2026-0007"}`)
	for _, packed := range []bool{false, true} {
		t.Run(fmt.Sprintf("object_streams_%v", packed), func(t *testing.T) {
			doc := document(t, packed, 50, attached("record.json", record))
			signed := sign(t, sign(t, doc, "Assessor", p.assessor), "Approver", p.rsaAssessor)
			wantStatus(t, signed, trust(), StatusGenuine)
			keepForOthers(t, fmt.Sprintf("good-document-%v", packed), signed)
			if out, err := tool(t, "qpdf", "--check", file(t, "s.pdf", signed)); err != nil ||
				strings.Contains(out, "WARNING") {
				t.Errorf("%v: %s", err, out)
			}
			for _, problem := range pdfcheck.Check(signed) {
				t.Errorf("signing broke the archival rules: %v", problem)
			}
			got, err := PDFAttachment(bytes.NewReader(signed), int64(len(signed)), "record.json")
			if err != nil || !bytes.Equal(got, record) {
				t.Errorf("attachment: %v %q", err, got)
			}
			if _, err := PDFAttachment(bytes.NewReader(signed), int64(len(signed)), "other.json"); fault.CodeOf(
				err,
			) != fault.CodeNotFound {
				t.Error(err)
			}
			forged := increment(
				t,
				signed,
				map[int]string{int(contentOf(t, signed)): stream("BT (forged) Tj ET\n")},
				keptTrailer(t, signed),
			)
			rep := wantStatus(t, forged, trust(), StatusAltered)
			if !strings.Contains(strings.Join(rep.Reasons, " "), "page 1") {
				t.Error(rep.Reasons)
			}
		})
	}
}

func attached(name string, data []byte) pdfkit.Attachment {
	return pdfkit.Attachment{
		Name:         name,
		MIME:         "application/octet-stream",
		Relationship: "Data",
		Description:  "the record",
		Modified:     now,
		Size:         int64(len(data)),
		Open:         func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}
}

// contentOf is the object number of the first page's content.
func contentOf(t testing.TB, doc []byte) int64 {
	t.Helper()
	f, err := pdf.Open(bytes.NewReader(doc), int64(len(doc)))
	if err != nil {
		t.Fatal(err)
	}
	v := f.View(len(f.Sections) - 1)
	x, err := v.Catalogue()
	for node := x.Val.Get("Pages"); err == nil; {
		if x, err = v.Load(node.Num); err != nil {
			break
		}
		if kids, _ := v.Resolve(x.Val.Get("Kids")); kids.Kind == pdf.Array {
			node = kids.List[0]
			continue
		}
		c := x.Val.Get("Contents")
		if c.Kind == pdf.Array {
			c = c.List[0]
		}
		return c.Num
	}
	t.Fatal("no page", err)
	return 0
}

func keptTrailer(t testing.TB, doc []byte) string {
	t.Helper()
	f, err := pdf.Open(bytes.NewReader(doc), int64(len(doc)))
	if err != nil {
		t.Fatal(err)
	}
	tr := f.Last().Trailer
	return fmt.Sprintf("/Root %d 0 R /Info %d 0 R", tr.Get("Root").Num, tr.Get("Info").Num)
}

func BenchmarkSignPDF(b *testing.B) {
	for _, size := range []struct {
		name       string
		paragraphs int
	}{{"certificate", 30}, {"thousand_pages", 20_000}} {
		doc := document(b, true, size.paragraphs)
		for _, who := range []struct {
			name string
			id   Identity
		}{{"ecdsa", people().assessor}, {"rsa", people().rsaAssessor}} {
			b.Run(size.name+"/"+who.name, func(b *testing.B) {
				b.SetBytes(int64(len(doc)))
				for b.Loop() {
					sign(b, doc, "Assessor", who.id)
				}
			})
		}
	}
}

// BenchmarkVerifyPDF reads a document with 256 MB of attachments; compare with
// BenchmarkSHA256 over the same bytes.
func BenchmarkVerifyPDF(b *testing.B) {
	doc := document(b, true, 30, attached("evidence.bin", make([]byte, 256<<20)))
	doc = sign(b, sign(b, doc, "Assessor", people().assessor), "Approver", people().approver)
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		wantStatus(b, doc, trust(), StatusGenuine)
	}
}

func BenchmarkSHA256(b *testing.B) {
	data := make([]byte, 256<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		h := sha256.New()
		if err := copyContext(context.Background(), h, bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyDetached(b *testing.B) {
	ctx := context.Background()
	content := strings.Repeat("x", 1<<20)
	sig, err := SignDetached(ctx, people().assessor, strings.NewReader(content), now)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(1 << 20)
	for b.Loop() {
		if rep := VerifyDetached(ctx, strings.NewReader(content), sig, trust()); rep.Status != StatusGenuine {
			b.Fatal(rep)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	for b.Loop() {
		text, err := FormatSeal(people().assessor, testClaims())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := SealQR(text); err != nil {
			b.Fatal(err)
		}
	}
}
