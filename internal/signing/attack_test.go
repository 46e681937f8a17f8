package signing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/pdf"
)

// increment appends an incremental update in the classic style, as an attacker
// or another program would write it.
func increment(t testing.TB, doc []byte, objects map[int]string, trailer string) []byte {
	t.Helper()
	f, err := pdf.Open(bytes.NewReader(doc), int64(len(doc)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	b.Write(doc)
	size := int(f.Last().Trailer.Get("Size").Num)
	nums := slices.Sorted(maps.Keys(objects))
	offs := map[int]int{}
	for _, n := range nums {
		if objects[n] == "" {
			continue // to be freed
		}
		offs[n] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", n, objects[n])
		size = max(size, n+1)
	}
	start := b.Len()
	b.WriteString("xref\n")
	for _, n := range nums {
		if offs[n] == 0 {
			fmt.Fprintf(&b, "%d 1\n0000000000 00001 f \n", n)
		} else {
			fmt.Fprintf(&b, "%d 1\n%010d 00000 n \n", n, offs[n])
		}
	}
	if trailer == "" {
		trailer = "/Root 1 0 R /Info 8 0 R"
	}
	fmt.Fprintf(
		&b,
		"trailer\n<< /Size %d %s /Prev %d >>\nstartxref\n%d\n%%%%EOF\n",
		size,
		trailer,
		f.Last().Start,
		start,
	)
	return b.Bytes()
}

func stream(s string) string {
	return fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(s), s)
}

// objectText is what the file says for object n, to be changed a little.
func objectText(t testing.TB, doc []byte, n int64) string {
	t.Helper()
	f, err := pdf.Open(bytes.NewReader(doc), int64(len(doc)))
	if err != nil {
		t.Fatal(err)
	}
	o, err := f.View(len(f.Sections) - 1).Load(n)
	if err != nil {
		t.Fatal(err)
	}
	return string(o.Text(o.Val))
}

// Attacks on signed PDFs: those of "Shadow Attacks" (Mainka, Mladenov, Rohlmann
// 2021), "1 Trillion Dollar Refund" (Mladenov et al. 2019: universal signature
// forgery, incremental saving, signature wrapping), attacks on certified PDFs
// (Rohlmann et al. 2021), and plain damage. None may be genuine, and each later
// change must be named.
func TestVerifyPDF_attacks(t *testing.T) {
	p := people()
	// What the attacker had put into the document before it was signed.
	shadow := testObjects()
	shadow[1] = strings.Replace(shadow[1], "/Fields [ 6 0 R 7 0 R ]", "/Fields [ 6 0 R 7 0 R 9 0 R ]", 1)
	shadow[3] = strings.Replace(shadow[3], "/Annots [ 6 0 R 7 0 R ]", "/Annots [ 6 0 R 7 0 R 9 0 R 30 0 R ]", 1)
	shadow[3] = strings.Replace(shadow[3], "/Contents 4 0 R", "/Contents [ 4 0 R 31 0 R ]", 1)
	shadow[9] = "<< /Type /Annot /Subtype /Widget /FT /Tx /T (Verdict) /V (Conditions apply) /Rect [72 600 400 " +
		"630] /P 3 0 R >>"
	// hidden second document
	shadow[10] = "<< /Type /Catalog /Pages 11 0 R /AcroForm << /Fields [ 6 0 R 7 0 R ] /SigFlags 3 >> >>"
	shadow[11] = "<< /Type /Pages /Kids [ 12 0 R ] /Count 1 >>"
	shadow[12] = "<< /Type /Page /Parent 11 0 R /MediaBox [0 0 595 842] /Contents 13 0 R >>"
	shadow[13] = stream("BT (forged) Tj ET\n")
	shadow[14] = "<< /Type /XObject /Subtype /Image >>"

	for _, style := range []string{classic, packed} {
		base := writePDF(style, shadow)
		signed := sign(t, base, "Assessor", p.assessor)
		both := sign(t, signed, "Approver", p.rsaAssessor)
		wantStatus(t, both, trust(), StatusGenuine)
		f, err := pdf.Open(bytes.NewReader(signed), int64(len(signed)))
		if err != nil {
			t.Fatal(err)
		}
		sigs, _, _ := findSignatures(context.Background(), f, Trust{})
		sig := sigs[0]
		catalogue, field := objectText(t, signed, 1), objectText(t, signed, 6)
		sigDict := objectText(t, signed, sig.num)
		swap := func(old, new string) []byte {
			if !bytes.Contains(signed, []byte(old)) {
				t.Fatalf("there is no %q to change", old)
			}
			return bytes.Replace(signed, []byte(old), []byte(new), 1)
		}
		n := int(sig.num)

		cases := []struct {
			name string
			pdf  []byte
			want string // in the reasons
		}{
			// Incremental saving: something is shown that was not signed.
			{
				"page_content_replaced",
				increment(t, signed, map[int]string{4: stream("BT (forged) Tj ET\n")}, ""),
				"page 1",
			},
			{
				"page_replaced",
				increment(t, signed, map[int]string{3: strings.Replace(objectText(t, signed, 3), "595", "500", 1)}, ""),
				"page 1 (object 3) was replaced",
			},
			{
				"page_tree_replaced",
				increment(t, signed, map[int]string{2: "<< /Type /Pages /Kids [ 12 0 R ] /Count 1 >>"}, ""),
				"was replaced",
			},
			{
				"font_replaced",
				increment(t, signed, map[int]string{5: "<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>"}, ""),
				"a font",
			},
			{
				"catalogue_swapped",
				increment(t, signed, map[int]string{40: "<< >>"}, "/Root 10 0 R /Info 8 0 R"),
				"another document",
			},
			{
				"catalogue_replaced",
				increment(t, signed, map[int]string{1: strings.Replace(catalogue, "2 0 R", "11 0 R", 1)}, ""),
				"catalogue",
			},
			{"properties_replaced", increment(t, signed, map[int]string{8: "<< /Title (Forged) >>"}, ""), "properties"},
			{
				"properties_swapped",
				increment(t, signed, map[int]string{40: "<< /Title (Forged) >>"}, "/Root 1 0 R /Info 40 0 R"),
				"another document",
			},
			{"object_removed", increment(t, signed, map[int]string{5: ""}, ""), "removed"},
			{
				"script_on_opening",
				increment(
					t,
					signed,
					map[int]string{
						1: strings.TrimSuffix(
							catalogue,
							">>",
						) + "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> >>",
					},
					"",
				),
				"catalogue",
			},
			{
				"annotation_over_the_page",
				increment(
					t,
					signed,
					map[int]string{30: "<< /Type /Annot /Subtype /FreeText /Rect [0 0 595 842] /Contents (forged) >>"},
					"",
				),
				"annotation",
			},
			{
				"object_added_where_a_reference_was_waiting",
				increment(t, signed, map[int]string{31: stream("BT (forged) Tj ET\n")}, ""),
				"page 1",
			},
			{"empty_increment", increment(t, signed, map[int]string{}, ""), "saved again"},
			{"comment_after_the_end", append(bytes.Clone(signed), "% more\n"...), "follows its end"},
			{"second_end_after_the_end", append(bytes.Clone(signed), "startxref\n0\n%%EOF\n"...), ""},
			{"whole_document_appended", append(bytes.Clone(signed), unsignedPDF(classic)...), ""},
			{"whole_document_prepended", append(unsignedPDF(classic), signed...), ""},

			// Shadow attacks: what was prepared before signing is brought forth after it.
			{"hide", increment(t, signed, map[int]string{14: "<< /Type /Null >>"}, ""), "replaced"},
			{
				"replace_through_a_form_field",
				increment(
					t,
					signed,
					map[int]string{9: strings.Replace(shadow[9], "Conditions apply", "Fully governed", 1)},
					"",
				),
				"form field",
			},
			{"hide_and_replace_through_the_table", pointTable(t, signed, 4, 13), "page 1"},
			{
				"field_locked_open",
				increment(t, signed, map[int]string{6: strings.Replace(field, "/F 132", "/F 2", 1)}, ""),
				"",
			},
			{
				"approver_field_moved_over_the_page",
				increment(
					t,
					signed,
					map[int]string{
						7: strings.Replace(objectText(t, signed, 7), "[300 100 500 150]", "[0 0 595 842]", 1),
					},
					"",
				),
				"",
			},
			{
				"approver_field_given_a_face",
				increment(
					t,
					signed,
					map[int]string{7: strings.TrimSuffix(objectText(t, signed, 7), ">>") + "/AP << /N 14 0 R >> >>"},
					"",
				),
				"",
			},
			{
				"between_the_signatures",
				sign2(t, increment(t, signed, map[int]string{4: stream("BT (forged) Tj ET\n")}, ""), p.rsaAssessor),
				"page 1",
			},
			{
				"after_both_signatures",
				increment(t, both, map[int]string{4: stream("BT (forged) Tj ET\n")}, ""),
				"page 1",
			},

			// Universal signature forgery: nothing in the signature to check.
			{"contents_empty", swap(hexOf(sigDict), "<"+strings.Repeat(" ", len(hexOf(sigDict))-2)+">"), ""},
			{"contents_zero", swap(hexOf(sigDict), "<"+strings.Repeat("0", len(hexOf(sigDict))-2)+">"), ""},
			{"contents_missing", swap("/Contents <", "/Xontents <"), ""},
			{
				"contents_null_in_increment",
				increment(t, signed, map[int]string{n: strings.Replace(sigDict, hexOf(sigDict), "null", 1)}, ""),
				"",
			},
			{"byte_range_missing", swap("/ByteRange", "/XyteRange"), ""},
			{
				"byte_range_empty_in_increment",
				increment(
					t,
					signed,
					map[int]string{
						n: "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M " +
							"(D:20260302093000Z) /ByteRange [] /Contents " + hexOf(
							sigDict,
						) + " >>",
					},
					"",
				),
				"",
			},
			{"byte_range_of_nothing", swapRange(signed, sigDict, "[0 0000000000 0000000000 0000000000]"), ""},
			{"byte_range_negative", swapRange(signed, sigDict, "[0 -000000001 0000000000 0000000000]"), ""},
			{"sub_filter_changed", swap("/ETSI.CAdES.detached", "/adbe.pkcs7.detached"), ""},
			{
				"sub_filter_in_increment",
				increment(
					t,
					signed,
					map[int]string{n: strings.Replace(sigDict, "ETSI.CAdES.detached", "adbe.x509.rsa_sha1", 1)},
					"",
				),
				"",
			},
			{"signature_removed_from_its_field", increment(t, signed, map[int]string{6: shadow[6]}, ""), "taken away"},
			{
				"signature_moved_to_another_field",
				increment(
					t,
					signed,
					map[int]string{
						6: shadow[6],
						7: strings.TrimSuffix(objectText(t, signed, 7), ">>") + fmt.Sprintf("/V %d 0 R >>", n),
					},
					"",
				),
				"",
			},
			{
				"signature_in_two_fields",
				increment(
					t,
					signed,
					map[int]string{
						7: strings.TrimSuffix(objectText(t, signed, 7), ">>") + fmt.Sprintf("/V %d 0 R >>", n),
					},
					"",
				),
				"",
			},
			{"signature_of_another_document", increment(t, base, transplant(t, n, field, catalogue, sigDict), ""), ""},

			// Signature wrapping: the signed bytes are elsewhere than where one looks.
			{"wrapped", wrapped(t, signed, sig, sigDict), ""},
			{"certification_dropped", increment(t, signed, map[int]string{1: shadow[1]}, ""), "catalogue"},
			{"permissions_widened", swap("/P 2 /V /1.2", "/P 3 /V /1.2"), ""},

			// Countersignatures that are not what they seem.
			{"second_certification", recertified(t, signed, p.rsaAssessor), "not the first"},
			{"countersigned_by_a_stranger", sign(t, signed, "Approver", p.stranger), "not known"},
			{
				"signed_by_a_stranger_then_by_us",
				sign(t, sign(t, base, "Assessor", p.stranger), "Approver", p.rsaAssessor),
				"not known",
			},
			{
				"encrypted",
				increment(
					t,
					signed,
					map[int]string{40: "<< /Filter /Standard /V 1 /R 2 /P -4 >>"},
					"/Root 1 0 R /Info 8 0 R /Encrypt 40 0 R",
				),
				"encrypted",
			},
		}
		for _, c := range cases {
			t.Run(style+"/"+c.name+"_is_never_genuine", func(t *testing.T) {
				if c.pdf == nil {
					t.Fatal("the attack was not made")
				}
				keepForOthers(t, "bad-"+style+"-"+c.name, c.pdf)
				rep := verify(c.pdf, trust())
				if rep.Status == StatusGenuine || len(rep.Reasons) == 0 ||
					!strings.Contains(strings.Join(rep.Reasons, " "), c.want) {
					t.Errorf("%s: %q, want %q", rep.Status, rep.Reasons, c.want)
				}
				t.Log(rep.Status, rep.Reasons)
			})
		}
	}
}

// corpus are the documents that the tests make, attack and damage, by name:
// TestVerifyPage, which comes after them, asks the page about each.
var corpus = map[string][]byte{}

// keepForOthers puts a document into the corpus and into the folder
// ASSAY_CORPUS, if one is named, where other validators can be asked about it.
func keepForOthers(t testing.TB, name string, doc []byte) {
	t.Helper()
	corpus[name] = bytes.Clone(doc)
	dir := os.Getenv("ASSAY_CORPUS")
	if dir == "" {
		return
	}
	for name, data := range map[string][]byte{
		name + ".pdf": doc, "root.pem": FormatCertificates(people().root.Certificate()),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func sign2(t *testing.T, doc []byte, id Identity) []byte {
	t.Helper()
	// SignPDF refuses an altered document; an attacker's program would not.
	f, err := pdf.Open(bytes.NewReader(doc), int64(len(doc)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := SignPDF(context.Background(), doc, "Approver", id, PDFOptions{Now: now}); fault.CodeOf(
		err,
	) != fault.CodeTampered {
		t.Errorf("an altered document was countersigned: %v", err)
	}
	out, err := signField(context.Background(), f, doc, "Approver", id, PDFOptions{Now: now}, false)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func recertified(t *testing.T, doc []byte, id Identity) []byte {
	t.Helper()
	f, err := pdf.Open(bytes.NewReader(doc), int64(len(doc)))
	if err != nil {
		t.Fatal(err)
	}
	// The signer's own code will not certify twice; the dictionary alone can be made to.
	if _, err := signField(context.Background(), f, doc, "Approver", id, PDFOptions{Now: now}, true); fault.CodeOf(
		err,
	) != fault.CodeConflict {
		t.Errorf("a document was certified twice: %v", err)
	}
	u, err := newUpdate(f, len(f.Sections)-1)
	if err != nil {
		t.Fatal(err)
	}
	field, err := u.view.Load(7)
	if err != nil {
		t.Fatal(err)
	}
	const docMDP = " /Reference [ << /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type " +
		"/TransformParams /P 3 /V /1.2 >> >> ]"
	out, err := u.sign(
		context.Background(),
		doc,
		field,
		id,
		PDFOptions{Now: now, Reason: strings.Repeat("x", 50), Location: strings.Repeat("x", len(docMDP)-50-11-13)},
		false,
	)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.LastIndex(out, []byte(" /Reason"))
	gap := bytes.LastIndex(out, []byte("/Contents <")) + len("/Contents ")
	copy(out[i:], docMDP)
	h := sha256.New()
	h.Write(out[:gap])
	h.Write(out[gap+2*reserved+2:])
	der, err := signCMS(id, h.Sum(nil), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	hexUpper(out[gap+1:], append(der, make([]byte, reserved-len(der))...))
	return out
}

func hexOf(dict string) string {
	i := strings.LastIndex(dict, "<3")
	return dict[i : i+strings.Index(dict[i:], ">")+1]
}

func swapRange(doc []byte, dict, with string) []byte {
	i := strings.Index(dict, "[0 ")
	old := dict[i : i+strings.Index(dict[i:], "]")+1]
	return bytes.Replace(doc, []byte(old), []byte(with), 1)
}

// pointTable rewrites the signed increment so that object n is read from where object m stands.
func pointTable(t *testing.T, doc []byte, n, m int64) []byte {
	t.Helper()
	f, err := pdf.Open(bytes.NewReader(doc), int64(len(doc)))
	if err != nil {
		t.Fatal(err)
	}
	e, ok := f.View(0).Entry(m)
	if !ok || e.Kind != pdf.EntryPlain {
		t.Fatal("no such object")
	}
	start := len(doc)
	return append(
		bytes.Clone(doc),
		fmt.Sprintf(
			"xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size %d /Root 1 0 R /Info 8 0 R /Prev %d "+
				">>\nstartxref\n%d\n%%%%EOF\n",
			n,
			e.At,
			f.Last().Trailer.Get("Size").Num,
			f.Last().Start,
			start,
		)...)
}

// transplant puts a signature of another document into this one.
func transplant(t *testing.T, n int, field, catalogue, dict string) map[int]string {
	t.Helper()
	return map[int]string{1: catalogue, 6: field, n: dict}
}

// wrapped moves the signed second part to the end and puts other bytes in
// between, with a byte range that still leads to the signed parts.
func wrapped(t *testing.T, doc []byte, s *pdfSignature, dict string) []byte {
	t.Helper()
	tail := doc[s.end:]
	forged := []byte("\n4 0 obj\n" + stream("BT (forged) Tj ET\n") + "\nendobj\n")
	out := slices.Concat(doc[:s.end], forged, tail)
	i := strings.Index(dict, "[0 ")
	old := dict[i : i+strings.Index(dict[i:], "]")+1]
	moved := fmt.Sprintf("[0 %010d %010d %010d]", s.gap, s.end+int64(len(forged)), len(tail))
	return bytes.Replace(out, []byte(old), []byte(moved), 1)
}

// Files that are no sound PDF end in one sentence and never in a crash or a long wait.
func TestVerifyPDF_bad_files(t *testing.T) {
	deep := testObjects()
	deep[5] = strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	deep[1] = strings.Replace(deep[1], "/Fields [ 6 0 R 7 0 R ]", "/Fields 5 0 R", 1)
	loop := testObjects()
	loop[1] = strings.Replace(loop[1], "/Fields [ 6 0 R 7 0 R ]", "/Fields 9 0 R", 1)
	loop[9], loop[10] = "10 0 R", "9 0 R"
	kids := testObjects()
	kids[6] = "<< /FT /Sig /T (Assessor) /Kids [ 7 0 R ] >>"
	kids[7] = "<< /Kids [ 6 0 R ] >>"
	huge := testObjects()
	huge[1] = strings.Replace(huge[1], "/SigFlags 3", "/SigFlags 3 /X ("+strings.Repeat("x", pdf.MaxObject+100)+")", 1)
	many := testObjects()
	many[1] = strings.Replace(many[1], "/SigFlags 3", "/SigFlags 3 /X ["+strings.Repeat("0 ", pdf.MaxValues+1)+"]", 1)
	wide := testObjects()
	var keys strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&keys, "/K%d 0 ", i)
	}
	wide[1] = strings.Replace(wide[1], "/SigFlags 3", "/SigFlags 3 /X << "+keys.String()+"/K0 1 >>", 1)
	doc := string(unsignedPDF(classic))
	startxref := strings.LastIndex(doc, "startxref")
	bomb := writePDF(packed, testObjects())
	cases := map[string][]byte{
		"empty":                      nil,
		"text":                       []byte("not a PDF"),
		"only_a_head":                []byte("%PDF-1.7\n"),
		"no_end":                     []byte(doc[:startxref]),
		"cross_reference_far_out":    []byte(doc[:startxref] + "startxref\n999999999\n%%EOF\n"),
		"cross_reference_negative":   []byte(doc[:startxref] + "startxref\n-5\n%%EOF\n"),
		"cross_reference_off_by_one": []byte(strings.Replace(doc, doc[startxref:], "startxref\n10\n%%EOF\n", 1)),
		"previous_is_itself": []byte(
			strings.Replace(
				doc,
				"/Root 1 0 R",
				fmt.Sprintf("/Prev %d /Root 1 0 R", strings.LastIndex(doc, "xref\n0")),
				1,
			),
		),
		"table_of_a_billion":     []byte(strings.Replace(doc, "xref\n0 9", "xref\n0 999999999", 1)),
		"table_malformed":        []byte(strings.Replace(doc, " 00000 n", " 0000x n", 1)),
		"key_twice":              []byte(strings.Replace(doc, "/SigFlags 3", "/Fields 3  ", 1)),
		"field_list_in_a_circle": writePDF(classic, loop),
		"fields_in_a_circle":     writePDF(classic, kids),
		"nested_too_deep":        writePDF(classic, deep),
		"huge_object":            writePDF(classic, huge),
		"too_many_values":        writePDF(classic, many),
		"key_twice_among_many":   writePDF(classic, wide),
		"catalogue_missing":      []byte(strings.Replace(doc, "/Root 1 0 R", "/Root 77 0 R", 1)),
		"encrypted":              []byte(strings.Replace(doc, "/Root 1 0 R", "/Encrypt 5 0 R /Root 1 0 R", 1)),
		"hybrid":                 []byte(strings.Replace(doc, "/Root 1 0 R", "/XRefStm 5 /Root 1 0 R", 1)),
		"object_stream_damaged":  bytes.Replace(bomb, []byte("/Type /ObjStm"), []byte("/Type /ObjStx"), 1),
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			rep := verify(c, trust())
			if rep.Status != StatusUnreadable || len(rep.Reasons) != 1 {
				t.Errorf("%s: %.300q", rep.Status, rep.Reasons)
			}
			t.Logf("%.200q", rep.Reasons)
		})
	}
}

func FuzzVerifyPDF(f *testing.F) {
	p := people()
	for _, style := range []string{classic, packed} {
		doc := unsignedPDF(style)
		f.Add(doc)
		f.Add(sign(f, doc, "Assessor", p.assessor))
	}
	f.Add(sign(f, document(f, true, 2), "Assessor", p.assessor))
	tr := trust()
	f.Fuzz(func(t *testing.T, data []byte) {
		if rep := verify(data, tr); rep.Status == StatusGenuine {
			// The seeds are the only genuine files that the fuzzer can come upon.
			c := cmsOf(t, data)
			if len(c) != 1 {
				t.Error("genuine, but not one of ours")
			}
		}
	})
}
