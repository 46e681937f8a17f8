package signing

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var now = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

const organisation = "Cyngor Bwrdeistref Brynmawr Borough Council"

// people are keys that all tests share, for making RSA keys takes long.
var people = sync.OnceValue(
	func() (p struct{ root, assessor, rsaAssessor, approver, stranger, strangerRoot Identity }) {
		must := func(id Identity, err error) Identity {
			if err != nil {
				panic(err)
			}
			return id
		}
		p.root = must(NewRoot(organisation, ECDSAP256, now.AddDate(0, -1, 0)))
		p.assessor = must(
			p.root.Issue(
				Person{"Siân Llŷr", "Data protection officer", organisation},
				ECDSAP256,
				now.AddDate(0, -1, 0),
			),
		)
		p.rsaAssessor = must(p.root.Issue(Person{"Second Assessor", "", organisation}, RSA3072, now.AddDate(0, -1, 0)))
		p.approver = must(p.root.Issue(Person{"Monitoring Officer", "", organisation}, RSA3072, now.AddDate(0, -1, 0)))
		p.strangerRoot = must(NewRoot(organisation, ECDSAP256, now.AddDate(0, -1, 0)))
		p.stranger = must(
			p.strangerRoot.Issue(
				Person{"Siân Llŷr", "Data protection officer", organisation},
				ECDSAP256,
				now.AddDate(0, -1, 0),
			),
		)
		return p
	},
)

func trust() Trust { return Trusting(now.Add(time.Hour), people().root.Certificate()) }

// Styles of the PDFs that tests sign.
const (
	classic = "classic"
	packed  = "packed" // object streams and a cross-reference stream
)

// testObjects are the objects of a one-page document with two signature fields.
func testObjects() map[int]string {
	page := "BT /F1 18 Tf 72 720 Td (Governance certificate GC-2026-0007) Tj ET\n"
	return map[int]string{
		1: "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [ 6 0 R 7 0 R ] /SigFlags 3 >> >>",
		2: "<< /Type /Pages /Kids [ 3 0 R ] /Count 1 >>",
		3: "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R " +
			">> >> /Annots [ 6 0 R 7 0 R ] >>",
		4: fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(page), page),
		5: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
		6: "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Assessor) /TU (Signature of the assessor) /F 132 /Rect " +
			"[72 100 272 150] /P 3 0 R >>",
		7: "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Approver) /TU (Signature of the approver) /F 132 /Rect " +
			"[300 100 500 150] /P 3 0 R >>",
		8: "<< /Title (Governance certificate) /Creator (Assay) /Producer (a test) >>",
	}
}

func writePDF(style string, objects map[int]string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	var nums []int
	for n := range objects {
		nums = append(nums, n)
	}
	slices.Sort(nums)
	size := nums[len(nums)-1] + 1
	const id = "/ID [<00112233445566778899AABBCCDDEEFF> <00112233445566778899AABBCCDDEEFF>]"
	if style == classic {
		rows := make([]string, size)
		for i := range rows {
			rows[i] = "0000000000 65535 f \n"
		}
		for _, n := range nums {
			rows[n] = fmt.Sprintf("%010d 00000 n \n", b.Len())
			fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", n, objects[n])
		}
		start := b.Len()
		fmt.Fprintf(
			&b,
			"xref\n0 %d\n%strailer\n<< /Size %d /Root 1 0 R /Info 8 0 R %s >>\nstartxref\n%d\n%%%%EOF\n",
			size,
			strings.Join(rows, ""),
			size,
			id,
			start,
		)
		return b.Bytes()
	}
	deflate := func(s []byte) []byte {
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		_, _ = w.Write(s)
		_ = w.Close()
		return z.Bytes()
	}
	rows := make([][4]byte, size+2)
	var head, body bytes.Buffer
	k := 0
	for _, n := range nums {
		if strings.Contains(objects[n], "stream") {
			rows[n] = [4]byte{1, byte(b.Len() >> 8), byte(b.Len()), 0}
			fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", n, objects[n])
			continue
		}
		rows[n] = [4]byte{2, 0, byte(size), byte(k)}
		fmt.Fprintf(&head, "%d %d ", n, body.Len())
		body.WriteString(objects[n] + "\n")
		k++
	}
	rows[size] = [4]byte{1, byte(b.Len() >> 8), byte(b.Len()), 0}
	z := deflate(append(head.Bytes(), body.Bytes()...))
	fmt.Fprintf(
		&b,
		"%d 0 obj\n<< /Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d "+
			">>\nstream\n%s\nendstream\nendobj\n",
		size,
		k,
		head.Len(),
		len(z),
		z,
	)
	start := b.Len()
	rows[size+1] = [4]byte{1, byte(b.Len() >> 8), byte(b.Len()), 0}
	var table []byte
	for _, r := range rows {
		table = append(table, r[:]...)
	}
	z = deflate(table)
	fmt.Fprintf(
		&b,
		"%d 0 obj\n<< /Type /XRef /W [1 2 1] /Size %d /Root 1 0 R /Info 8 0 R %s /Filter /FlateDecode /Length %d "+
			">>\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n",
		size+1,
		size+2,
		id,
		len(z),
		z,
		start,
	)
	return b.Bytes()
}

func unsignedPDF(style string) []byte { return writePDF(style, testObjects()) }

func sign(t testing.TB, doc []byte, field string, id Identity) []byte {
	t.Helper()
	out, err := SignPDF(context.Background(), doc, field, id, PDFOptions{Now: now, Reason: "Issued after assessment"})
	if err != nil {
		t.Fatalf("sign %s: %v", field, err)
	}
	return out
}

func verify(doc []byte, trust Trust) Report {
	return VerifyPDF(context.Background(), bytes.NewReader(doc), int64(len(doc)), trust)
}

// wantStatus fails unless the PDF verifies as status.
func wantStatus(t testing.TB, doc []byte, trust Trust, status Status) Report {
	t.Helper()
	rep := verify(doc, trust)
	if rep.Status != status {
		t.Fatalf("status is %q, want %q: %q", rep.Status, status, rep.Reasons)
	}
	return rep
}

// tool runs a program and gives all it printed; the test is skipped where the
// program is not installed.
func tool(t testing.TB, name string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	cmd := exec.Command(name, args...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// file writes data into the test's directory and gives the path.
func file(t testing.TB, name string, data []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}
