package service

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/certificate"
	"assay/internal/pack"
	"assay/internal/pdf"
	"assay/internal/report"
	"assay/internal/signing"
	"assay/internal/testkit"
	"assay/internal/verify"
)

// document is one thing to verify, and the only right answer.
type document struct {
	name  string
	data  []byte
	path  string // instead of data: a folder
	seal  string // instead of both
	trust string // empty: the sample council's root file
	at    time.Time
	want  verify.Answer
	says  string // must stand in the reasons, or in what was added
}

// TestDocuments verifies every kind of document that somebody may be handed:
// genuine ones in every form, and foreign, unfinished, altered and misused ones.
// No answer may be wrong either way.
func TestDocuments(t *testing.T) {
	s, docs := documents(t)
	ctx := context.Background()
	root := write(t, "root.pem", must(s.RootPEM(ctx)))
	tally := map[verify.Answer]int{}
	for _, d := range docs {
		t.Run(strings.ReplaceAll(d.name, " ", "_"), func(t *testing.T) {
			q := verify.Request{TrustPath: root, Seal: d.seal, Path: d.path}
			switch d.trust {
			case "":
			case "none":
				q.TrustPath = ""
			default:
				q.TrustPath = d.trust
			}
			if d.data != nil {
				q.Path = write(t, "document", d.data)
			}
			now := time.Now()
			if !d.at.IsZero() {
				now = d.at
			}
			v, err := verify.New(ctx, q.TrustPath, "", now)
			if err != nil {
				t.Fatal(err)
			}
			r, err := v.Verify(ctx, q)
			if err != nil {
				r.Answer, r.Reasons = verify.AnswerUnreadable, []string{err.Error()}
			}
			tally[r.Answer]++
			said := strings.Join(slices.Concat(r.Reasons, r.Added, r.Uncovered), " | ")
			if r.Answer != d.want || !strings.Contains(said, d.says) {
				t.Errorf("%s, want %s saying %q: %s", r.Answer, d.want, d.says, said)
			}
			if r.Sound() != (d.want == verify.AnswerGenuine || d.want == verify.AnswerSealGenuine) {
				t.Errorf("sound: %t", r.Sound())
			}
			if d.want == verify.AnswerGenuine && len(r.Roots) == 0 {
				t.Error("it does not say by whose root")
			}
		})
	}
	t.Logf("%d documents: %v", len(docs), tally)
	if len(docs) < 90 {
		t.Errorf("only %d documents", len(docs))
	}
}

// TestDocuments_altered_at_random changes a thousand certificates: what is inside
// a signature is never anything but altered, and nothing that was changed is genuine.
func TestDocuments_altered_at_random(t *testing.T) {
	d, dir := demoOf(t)
	ctx := context.Background()
	v := must(verify.New(ctx, filepath.Join(dir, "root.pem"), "", time.Now()))
	r := rand.New(rand.NewPCG(2026, 12))
	var originals [][]byte
	for _, c := range d.Certificates {
		originals = append(originals, must(os.ReadFile(filepath.Join(dir, "certificates", c.Number+".pdf"))))
	}
	const n = 1000
	tally := map[verify.Answer]int{}
	for i := range n {
		doc := bytes.Clone(originals[i%len(originals)])
		f := must(pdf.Open(bytes.NewReader(doc), int64(len(doc))))
		first := int(f.Sections[0].End) // signed by both signatures
		for range 1 + r.IntN(3) {
			doc[r.IntN(first)] ^= byte(1 + r.IntN(255))
		}
		got := must(v.Document(ctx, bytes.NewReader(doc), int64(len(doc)), "altered"))
		if bytes.Equal(doc, originals[i%len(originals)]) {
			continue
		}
		tally[got.Answer]++
		if got.Answer != verify.AnswerAltered && got.Answer != verify.AnswerUnreadable {
			t.Errorf("document %d: %s: %v", i, got.Answer, got.Reasons)
		}
	}
	t.Logf("%d altered documents: %v", n, tally)
	if tally[verify.AnswerAltered] < n/2 {
		t.Errorf("most should be called altered: %v", tally)
	}
}

// update appends an incremental update as another program would write it.
func update(t *testing.T, doc []byte, objects map[int64]string) []byte {
	t.Helper()
	f := must(pdf.Open(bytes.NewReader(doc), int64(len(doc))))
	last := f.Last()
	trailer := ""
	for _, k := range []string{"Root", "Info"} {
		if v := last.Trailer.Get(k); v.Kind == pdf.Ref {
			trailer += fmt.Sprintf("/%s %d 0 R ", k, v.Num)
		}
	}
	b := bytes.NewBuffer(bytes.Clone(doc))
	size := last.Trailer.Get("Size").Num
	var nums []int64
	for n := range objects {
		nums = append(nums, n)
		size = max(size, n+1)
	}
	slices.Sort(nums)
	var table strings.Builder
	for _, n := range nums {
		if objects[n] == "" {
			fmt.Fprintf(&table, "%d 1\n0000000000 00001 f \n", n)
			continue
		}
		fmt.Fprintf(&table, "%d 1\n%010d 00000 n \n", n, b.Len())
		fmt.Fprintf(b, "%d 0 obj\n%s\nendobj\n", n, objects[n])
	}
	start := b.Len()
	fmt.Fprintf(b, "xref\n%strailer\n<< /Size %d %s/Prev %d >>\nstartxref\n%d\n%%%%EOF\n",
		table.String(), size, trailer, last.Start, start)
	return b.Bytes()
}

// parts are the objects of a document that the table below changes.
type parts struct {
	f                              *pdf.File
	view                           pdf.View
	cat, info, xmp, page, contents int64
	next                           int64 // a number that is free
}

func partsOf(t *testing.T, doc []byte) (p parts) {
	t.Helper()
	p.f = must(pdf.Open(bytes.NewReader(doc), int64(len(doc))))
	p.view = p.f.View(len(p.f.Sections) - 1)
	cat := must(p.view.Catalogue())
	p.cat, p.info, p.xmp = cat.Num, p.f.Last().Trailer.Get("Info").Num, cat.Val.Get("Metadata").Num
	pages := must(p.view.Resolve(cat.Val.Get("Pages")))
	p.page = must(p.view.Resolve(pages.Get("Kids"))).List[0].Num
	page := must(p.view.Load(p.page))
	p.contents = must(p.view.Resolve(page.Val.Get("Contents"))).List[0].Num
	p.next = p.f.Last().Trailer.Get("Size").Num
	return p
}

func (p parts) text(n int64) string {
	o, err := p.view.Load(n)
	if err != nil {
		return ""
	}
	return string(o.Text(o.Val))
}

// with is a dictionary with an entry added.
func with(dict, entry string) string { return strings.TrimSuffix(dict, ">>") + " " + entry + " >>" }

func streamOf(dict string, data []byte) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(data), data)
}

// documents makes the table from the sample council's documents.
func documents(t *testing.T) (*Service, []document) {
	t.Helper()
	d, dir := demoOf(t)
	ctx := context.Background()
	s := openDemo(t, nil)
	read := func(name string) []byte { return must(os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))) }
	var docs []document
	add := func(name string, want verify.Answer, says string, data []byte) {
		docs = append(docs, document{name: name, data: data, want: want, says: says})
	}
	const (
		genuine, sealGenuine, altered = verify.AnswerGenuine, verify.AnswerSealGenuine, verify.AnswerAltered
		notApproved, notAssay         = verify.AnswerNotApproved, verify.AnswerNotAssay
		cannotJudge, unreadable       = verify.AnswerCannotJudge, verify.AnswerUnreadable
	)
	cert := read("certificates/" + d.Certificates[0].Number + ".pdf")
	p := partsOf(t, cert)
	leaf, rootCert := chainOf(t, cert)

	// Genuine, whole, and cut after the first signature.
	for i, c := range d.Certificates {
		doc := read("certificates/" + c.Number + ".pdf")
		add(fmt.Sprintf("certificate %d", i), genuine, "", doc)
		f := must(pdf.Open(bytes.NewReader(doc), int64(len(doc))))
		add(fmt.Sprintf("certificate %d cut after its first signature", i), notApproved, "has not signed",
			doc[:f.Sections[1].End])
		add(
			fmt.Sprintf("certificate %d cut before its signatures", i), verify.AnswerUnsigned, "",
			doc[:f.Sections[0].End],
		)
		docs = append(docs,
			document{
				name: fmt.Sprintf("certificate %d without a root", i), data: doc, trust: "none",
				want: verify.AnswerUnknownSigner,
			},
			document{
				name: fmt.Sprintf("certificate %d two years on", i), data: doc, at: time.Now().AddDate(2, 0, 0),
				want: verify.AnswerExpired,
			})
	}
	c := must(s.Certificate(ctx, d.Certificates[0].Number))
	add(
		"large print without the approver", genuine, "the seal inside shows",
		must(s.LargePrint(ctx, c.Number, SamplePassphrase, "")),
	)
	add("large print by both", genuine, "", must(s.LargePrint(ctx, c.Number, SamplePassphrase, SamplePassphrase)))
	draft := issueUnapproved(t, s, SamplePassphrase, "")
	unapproved := must(s.CertificatePDF(ctx, draft.Number))
	add("issued and never approved", notApproved, "has not signed", unapproved)

	// What archives add.
	dss := func(doc []byte, certs ...[]byte) (parts, map[int64]string) {
		q := partsOf(t, doc)
		objects := map[int64]string{}
		refs := ""
		for i, der := range certs {
			objects[q.next+1+int64(i)] = streamOf("", der)
			refs += fmt.Sprintf(" %d 0 R", q.next+1+int64(i))
		}
		objects[q.next] = fmt.Sprintf(
			"<< /Type /DSS /Certs [%s ] /VRI << /%s << /Cert [%s ] >> >> >>", refs, strings.Repeat("0A", 20), refs,
		)
		objects[q.cat] = with(q.text(q.cat), fmt.Sprintf("/DSS %d 0 R", q.next))
		return q, objects
	}
	change := func(doc []byte, f func(q parts, o map[int64]string)) []byte {
		q, o := dss(doc, leaf, rootCert)
		f(q, o)
		return update(t, doc, o)
	}
	const validation = "validation data"
	nothing := func(parts, map[int64]string) {}
	add("validation data", genuine, validation, change(cert, nothing))
	add("validation data twice", genuine, validation, func() []byte {
		once := change(cert, nothing)
		q := partsOf(t, once)
		dict := must(q.view.Catalogue()).Val.Get("DSS").Num
		return update(t, once, map[int64]string{
			dict: fmt.Sprintf("<< /Certs [ %d 0 R ] >>", q.next), q.next: streamOf("", leaf)})
	}())
	add("validation data before the approval", notApproved, validation, change(unapproved, nothing))
	add("validation data and a new date in the properties", genuine, validation,
		change(cert, func(q parts, o map[int64]string) {
			o[q.info] = strings.Replace(q.text(q.info), "/ModDate", "/ModDate(D:20300101000000Z)/Old", 1)
			o[q.info] = replaceEntry(q.text(q.info), "/ModDate", "(D:20300101000000Z)")
		}))
	add("validation data and another producer in the metadata", genuine, validation,
		change(cert, func(q parts, o map[int64]string) {
			o[q.xmp] = streamOf("/Type/Metadata/Subtype/XML", bytes.Replace(q.data(t, q.xmp),
				[]byte("<pdf:Producer>Assay<"), []byte("<pdf:Producer>An archive<"), 1))
		}))
	add("validation data and another title in the "+
		"metadata", altered, "metadata", change(cert, func(q parts, o map[int64]string) {
		o[q.xmp] = streamOf(
			"/Type/Metadata/Subtype/XML",
			bytes.Replace(q.data(t, q.xmp), []byte("governance"), []byte("excellence"), 1),
		)
	}))
	add("validation data and another title in the properties", altered, "properties",
		change(cert, func(q parts, o map[int64]string) {
			o[q.info] = replaceEntry(q.text(q.info), "/Title", "(Everything is met)")
		}))
	add("validation data and another page", altered, "page 1", change(cert, func(q parts, o map[int64]string) {
		o[q.contents] = streamOf("", []byte("BT (All met) Tj ET"))
	}))
	add("validation data that hold something else", altered, "validation data hold",
		change(cert, func(q parts, o map[int64]string) {
			o[q.next] = with(o[q.next], "/Page 3 0 R")
		}))
	add("validation data and a script on opening", altered, "", change(cert, func(q parts, o map[int64]string) {
		o[q.cat] = with(o[q.cat], "/OpenAction << /S /JavaScript /JS (app.alert) >>")
	}))
	stranger := must(signing.NewRoot("Somebody else", signing.ECDSAP256, time.Now()))
	add("a stranger's certificate among the validation data", cannotJudge, "no part in the signatures", func() []byte {
		_, o := dss(cert, leaf, stranger.Certificate().Raw)
		return update(t, cert, o)
	}())
	add("a damaged certificate among the validation data", cannotJudge, "damaged", func() []byte {
		bad := bytes.Clone(leaf)
		bad[5] ^= 0xff
		_, o := dss(cert, bad)
		return update(t, cert, o)
	}())
	add("an orphan object beside the validation data", altered, "added",
		change(cert, func(q parts, o map[int64]string) {
			o[q.next+9] = "<< /Type /Annot /Subtype /FreeText >>"
		}))
	stamp := func(rect, ap, sub string) []byte {
		q := partsOf(t, cert)
		field, value := q.next, q.next+1
		form := must(q.view.Catalogue()).Val.Get("AcroForm")
		o := must(q.view.Catalogue())
		fields := must(q.view.Resolve(form.Get("Fields")))
		text := string(o.Text(fields))
		objects := map[int64]string{
			field: fmt.Sprintf(
				"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Timestamp-1) /F 132 /P %d 0 R /Rect [%s] /V %d 0 R %s>>",
				q.page, rect, value, ap,
			),
			q.cat: strings.Replace(
				q.text(q.cat), text, strings.TrimSuffix(text, "]")+fmt.Sprintf(" %d 0 R]", field), 1,
			),
		}
		objects[value] = fmt.Sprintf("<< /Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /%s /ByteRange [0 "+
			"%s %s %s] /Contents <%s> >>",
			sub, strings.Repeat("0", 10), strings.Repeat("0", 10), strings.Repeat("0", 10), strings.Repeat("0", 400))
		out := update(t, cert, objects)
		gap := bytes.LastIndex(out, []byte("/Contents <")) + len("/Contents ")
		end := gap + 402
		at := bytes.LastIndex(out, []byte("/ByteRange [0 ")) + len("/ByteRange [0 ")
		copy(out[at:], fmt.Sprintf("%010d %010d %010d", gap, end, len(out)-end))
		return out
	}
	add("a document timestamp that is no token", cannotJudge, "cannot be checked", stamp("0 0 0 0", "", "ETSI.RFC3161"))
	add("a document timestamp that shows", altered, "", stamp("100 100 400 400", "", "ETSI.RFC3161"))
	for _, mode := range []string{"dss", "stamp", "both"} {
		if doc := byPyHanko(t, mode, cert, filepath.Join(dir, "root.pem")); doc != nil {
			add("by pyHanko: "+mode, genuine, map[string]string{"dss": validation}[mode], doc)
		}
	}

	// Changes that are not permitted.
	for name, objects := range map[string]map[int64]string{
		"the page's content was replaced": {p.contents: streamOf("", []byte("BT (All met) Tj ET"))},
		"the page was replaced":           {p.page: strings.Replace(p.text(p.page), "/Tabs/S", "/Tabs/S/Rotate 90", 1)},
		"the properties were replaced":    {p.info: "<< /Title (Everything is met) /Creator (Assay) >>"},
		"the metadata were replaced":      {p.xmp: streamOf("/Type/Metadata/Subtype/XML", []byte("<x/>"))},
		"the page was removed":            {p.page: ""},
		"a note was put on the page": {
			p.page: strings.Replace(p.text(p.page), "/Tabs/S", "/Tabs/S/Note true", 1),
			p.next: "<< /Type /Annot /Subtype /FreeText >>",
		},
		"an object was added": {p.next: "<< /Type /Annot /Subtype /Stamp >>"},
		"the catalogue was replaced": {
			p.cat: with(p.text(p.cat), "/OpenAction << /S /URI /URI (https://example.org) >>"),
		},
		"it was saved again": {},
	} {
		add(name, altered, "changed after it was signed", update(t, cert, objects))
	}
	for i := range 12 { // a byte inside the signed ranges
		doc := bytes.Clone(cert)
		doc[1000+i*(int(p.f.Sections[0].End)-2000)/12] ^= 0x20
		add(fmt.Sprintf("byte %d of twelve changed", i), altered, "", doc)
	}
	last := p.f.Sections[1].End
	add("the second signature by another than the approver", notApproved, "does not name as approver",
		must(signing.SignPDF(
			ctx, cert[:last], report.FieldApprover, otherSigner(t, s), signing.PDFOptions{Now: time.Now()})))
	add("something after the end", unreadable, "", append(bytes.Clone(cert), "\nmore"...))
	add("cut in the middle", unreadable, "", cert[:len(cert)/2])
	add("an empty file", unreadable, "", []byte{})
	add("a text", unreadable, "", []byte("This is neither a PDF nor a pack."))

	// Documents of somebody else.
	signer := otherSigner(t, s)
	blank := foreign("<< /Title (Minutes) /Creator (Writer) >>")
	add(
		"a blank page signed by a trusted root", notAssay, "It is signed by",
		must(signing.SignPDF(ctx, blank, "Assessor", signer, signing.PDFOptions{Now: time.Now()})),
	)
	add("a blank page that nobody signed", verify.AnswerUnsigned, "", blank)
	strangerSigner := must(stranger.Issue(
		signing.Person{Name: "A Stranger", Organisation: "Elsewhere"}, signing.ECDSAP256,
		time.Now().Add(-time.Hour),
	))
	add(
		"a stranger's page", notAssay, "A Stranger (as the signature says itself)",
		must(signing.SignPDF(ctx, blank, "Assessor", strangerSigner, signing.PDFOptions{Now: time.Now()})),
	)
	one := must(signing.SignPDF(ctx, blank, "Assessor", strangerSigner, signing.PDFOptions{Now: time.Now()}))
	add("a stranger's page, altered", altered, "", bytes.Replace(one, []byte("Minutes"), []byte("Hinutes"), 1))
	for _, sub := range []string{"adbe.pkcs7.detached", "adbe.pkcs7.sha1", "ETSI.CAdES.detached"} {
		if doc := foreignSigned(t, blank, sub); doc != nil {
			add("a stranger's page signed as "+sub, notAssay, "Somebody", doc)
			add("two strangers in a file that nobody certified, "+sub, notAssay, "", foreignSigned(t, doc, sub))
		}
	}
	if doc := linearised(t, blank); doc != nil {
		add("a linearised page that nobody signed", verify.AnswerUnsigned, "", doc)
		if signed := foreignSigned(t, doc, "adbe.pkcs7.detached"); signed != nil {
			add("a linearised page that a stranger signed", notAssay, "", signed)
		}
	}

	// Seals.
	for i, x := range d.Certificates {
		seal := must(s.Certificate(ctx, x.Number)).Seal
		for name, text := range map[string]string{
			"": seal, " with blanks": seal + "  ", " with a line end": seal + "\r\n",
		} {
			docs = append(docs, document{
				name: fmt.Sprintf("seal %d%s", i, name), seal: text, want: sealGenuine, says: "does not cover",
			})
		}
	}
	docs = append(docs,
		document{name: "a seal with n-s", seal: otherSeal(t, c.Seal), want: altered},
		document{name: "a seal without a root", seal: c.Seal, trust: "none", want: verify.AnswerUnknownSigner},
		document{name: "a seal that is cut off", seal: c.Seal[:len(c.Seal)-9], want: unreadable},
		document{
			name: "a seal two years on", seal: c.Seal, at: time.Now().AddDate(2, 0, 0), want: verify.AnswerExpired,
		},
		document{name: "a seal in a text file", data: []byte(c.Seal + "\n"), want: sealGenuine},
	)

	// Packs.
	bag := read("evidence-pack.zip")
	top := strings.SplitN(zipNames(t, bag)[0], "/", 2)[0] + "/"
	same := func(n string) string { return n }
	add("an evidence pack", genuine, "", bag)
	add("a pack with a comment", genuine, "", repack(t, bag, same, "a comment", nil))
	add(
		"a pack with separators of Windows", genuine, "",
		repack(t, bag, func(n string) string { return strings.ReplaceAll(n, "/", `\`) }, "", nil),
	)
	add(
		"a pack with what macOS leaves", genuine, "operating system",
		repack(t, bag, same, "", map[string][]byte{"__MACOSX/._x": []byte("x"), top + ".DS_Store": []byte("x")}),
	)
	add(
		"a pack whose folder has another name", genuine, "",
		repack(t, bag, func(n string) string { return strings.Replace(n, top, "pack (1)/", 1) }, "", nil),
	)
	add(
		"a pack without its folder", genuine, "",
		repack(t, bag, func(n string) string { return strings.TrimPrefix(n, top) }, "", nil),
	)
	folder := testkit.Unzip(t, write(t, "pack.zip", bag))
	docs = append(docs, document{name: "a pack as a folder", path: folder, want: genuine})
	add(
		"a pack with another file", altered, "was added",
		repack(t, bag, same, "", map[string][]byte{top + "data/more.txt": []byte("x")}),
	)
	add("a pack with a file fewer", altered, "missing", repack(t, bag, func(n string) string {
		if strings.HasSuffix(n, "records/policies.json") {
			return ""
		}
		return n
	}, "", nil))
	second := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: stranger.Certificate().Raw})
	two := resigned(t, bag, strangerSigner, second)
	add("a pack with two roots, signed by the second", verify.AnswerUnfit, "holds 2 certificates", two)
	docs = append(docs, document{name: "the same, believed with its own root file", data: two, want: verify.AnswerUnfit,
		trust: write(t, "both.pem", slices.Concat(read("root.pem"), second)), says: "holds 2 certificates"})
	return s, docs
}

func (p parts) data(t *testing.T, n int64) []byte {
	t.Helper()
	return must(p.view.Data(must(p.view.Load(n))))
}

// replaceEntry gives an entry of a dictionary, whose value is a string, another value.
func replaceEntry(dict, key, value string) string {
	i := strings.Index(dict, key) + len(key)
	j := i + strings.IndexAny(dict[i:], "(<")
	depth := 0
	for k := j; k < len(dict); k++ {
		switch dict[k] {
		case '(', '<':
			depth++
		case ')', '>':
			if depth--; depth == 0 {
				return dict[:i] + value + dict[k+1:]
			}
		}
	}
	return dict
}

// chainOf are the certificates in the first signature of a document.
func chainOf(t *testing.T, doc []byte) (leaf, root []byte) {
	t.Helper()
	rep := signing.VerifyPDF(
		context.Background(), bytes.NewReader(doc), int64(len(doc)), signing.Trust{Now: time.Now()},
	)
	_, dir := demoOf(t)
	trust := must(signing.ParseTrust(must(os.ReadFile(filepath.Join(dir, "root.pem")))))
	return rep.Signatures[0].Certificate.Raw, trust.Roots[0].Raw
}

// otherSigner is a key under the council's root whom no certificate names.
func otherSigner(t *testing.T, s *Service) (id signing.Identity) {
	t.Helper()
	ctx := context.Background()
	err := s.readView(ctx, func(view *View) error {
		keys, err := keysOf(ctx, view.r)
		if err != nil {
			return err
		}
		root, err := openRoot(keys, SamplePassphrase)
		if err != nil {
			return err
		}
		id, err = root.Issue(
			signing.Person{Name: "Ann Other", Organisation: view.org.Name}, signing.ECDSAP256,
			time.Now().Add(-time.Minute),
		)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// foreign is a page that another program might write, with two empty signature fields.
func foreign(info string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R /AcroForm << /SigFlags 3 /Fields [ 4 0 R 5 0 R ] >> >>",
		"<< /Type /Pages /Kids [ 3 0 R ] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Annots [ 4 0 R 5 0 R ] >>",
		"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Assessor) /F 4 /Rect [0 0 0 0] /P 3 0 R >>",
		"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Approver) /F 4 /Rect [0 0 0 0] /P 3 0 R >>",
		info,
	}
	var table strings.Builder
	for i, o := range objects {
		fmt.Fprintf(&table, "%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b,
		"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n",
		len(objects)+1, table.String(), len(objects)+1, len(objects), start)
	return b.Bytes()
}

// foreignSigned signs a page as other programs do: with a new field, no
// certification, and a signature by openssl. Nil where that is not installed.
func foreignSigned(t *testing.T, doc []byte, sub string) []byte {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Log("openssl is not installed: no signatures of other programs")
		return nil
	}
	dir := t.TempDir()
	run := func(args ...string) []byte {
		cmd := exec.Command("openssl", args...)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("openssl %v: %v", args, err)
		}
		return out
	}
	run(
		"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "cert", "-subj",
		"/CN=Somebody/O=Elsewhere", "-days", "30",
	)
	p := partsOfForeign(t, doc)
	field, value := p.next, p.next+1
	const room = 8 << 10
	out := update(t, doc, map[int64]string{
		field: fmt.Sprintf(
			"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature%d) /F 132 /Rect [0 0 0 0] /V %d 0 R >>",
			field, value,
		),
		value: fmt.Sprintf("<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /%s /Name (Somebody) /M "+
			"(D:20261128120000+00'00') /ByteRange [0 %s %s %s] /Contents <%s> >>",
			sub, strings.Repeat("0", 10), strings.Repeat("0", 10), strings.Repeat("0", 10),
			strings.Repeat("0", 2*room)),
		p.cat: strings.Replace(p.text(p.cat), "/Fields [", fmt.Sprintf("/Fields [ %d 0 R", field), 1),
	})
	gap := bytes.LastIndex(out, []byte("/Contents <")) + len("/Contents ")
	end := gap + 2*room + 2
	at := bytes.LastIndex(out, []byte("/ByteRange [0 ")) + len("/ByteRange [0 ")
	copy(out[at:], fmt.Sprintf("%010d %010d %010d", gap, end, len(out)-end))
	if err := os.WriteFile(filepath.Join(dir, "content"), slices.Concat(out[:gap], out[end:]), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"cms", "-sign", "-binary", "-outform", "DER", "-md", "sha256", "-signer", "cert", "-inkey", "key", "-in",
		"content",
	}
	if sub == "ETSI.CAdES.detached" {
		args = append(args, "-cades")
	}
	copy(out[gap+1:], strings.ToUpper(hex.EncodeToString(run(args...))))
	return out
}

func partsOfForeign(t *testing.T, doc []byte) (p parts) {
	t.Helper()
	p.f = must(pdf.Open(bytes.NewReader(doc), int64(len(doc))))
	p.view = p.f.View(len(p.f.Sections) - 1)
	p.cat = must(p.view.Catalogue()).Num
	p.next = p.f.Last().Trailer.Get("Size").Num
	return p
}

// linearised arranges a document for the web with a cross-reference stream; nil
// where qpdf is not installed.
func linearised(t *testing.T, doc []byte) []byte {
	t.Helper()
	if _, err := exec.LookPath("qpdf"); err != nil {
		t.Log("qpdf is not installed: no linearised documents")
		return nil
	}
	in, out := write(t, "in.pdf", doc), filepath.Join(t.TempDir(), "out.pdf")
	if msg, err := exec.Command(
		"qpdf", "--linearize", "--object-streams=disable", in, out,
	).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, msg)
	}
	return must(os.ReadFile(out))
}

// byPyHanko has pyHanko add what archives add; nil where it is not installed.
// ASSAY_PYTHON names a Python that has it.
func byPyHanko(t *testing.T, mode string, doc []byte, root string) []byte {
	t.Helper()
	python := os.Getenv("ASSAY_PYTHON")
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import pyhanko.sign").Run(); err != nil {
		t.Logf("pyHanko is not installed (ASSAY_PYTHON names a Python that has it): no updates by it")
		return nil
	}
	only := must(signing.ParseTrust(must(os.ReadFile(root))))
	roots := write(t, "roots.pem", signing.FormatCertificates(only.Roots...))
	in, out := write(t, "in.pdf", doc), filepath.Join(t.TempDir(), "out.pdf")
	if msg, err := exec.Command(
		python, filepath.Join("testdata", "archive.py"), mode, in, out, roots,
	).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, msg)
	}
	return must(os.ReadFile(out))
}

// otherSeal is a seal with n-s in the place of s.
func otherSeal(t *testing.T, text string) string {
	t.Helper()
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	var msg []byte
	for i := 4; i < len(text); i += 3 {
		n, weight := 0, 1
		part := text[i:min(i+3, len(text))]
		for _, c := range part {
			n += strings.IndexRune(digits, c) * weight
			weight *= 45
		}
		if len(part) == 3 {
			msg = append(msg, byte(n>>8))
		}
		msg = append(msg, byte(n))
	}
	order, _ := new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
	s := new(big.Int).SetBytes(msg[len(msg)-32:])
	s.Sub(order, s).FillBytes(msg[len(msg)-32:])
	out := []byte(text[:4])
	for i := 0; i < len(msg); i += 2 {
		if i+1 == len(msg) {
			out = append(out, digits[msg[i]%45], digits[msg[i]/45])
			break
		}
		n := int(msg[i])<<8 | int(msg[i+1])
		out = append(out, digits[n%45], digits[n/45%45], digits[n/2025])
	}
	return string(out)
}

func zipNames(t *testing.T, data []byte) (names []string) {
	t.Helper()
	for _, f := range must(zip.NewReader(bytes.NewReader(data), int64(len(data)))).File {
		names = append(names, f.Name)
	}
	return names
}

// repack writes a zip file again, as another program would; a name that becomes
// empty is left out.
func repack(t *testing.T, data []byte, rename func(string) string, comment string, more map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	put := func(name string, content []byte) {
		out := must(w.Create(name))
		if _, err := out.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range must(zip.NewReader(bytes.NewReader(data), int64(len(data)))).File {
		if name := rename(f.Name); name != "" {
			r := must(f.Open())
			put(name, must(io.ReadAll(r)))
			r.Close()
		}
	}
	for name, content := range more {
		put(name, content)
	}
	if err := errors.Join(w.SetComment(comment), w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// resigned puts a second root into a pack's root file, and signs its lists anew.
func resigned(t *testing.T, data []byte, id signing.Identity, second []byte) []byte {
	t.Helper()
	bag := must(pack.Open(bytes.NewReader(data), int64(len(data))))
	roots := slices.Concat(must(bag.TagFile("root.pem")), second)
	list := must(bag.TagFile("tagmanifest-sha256.txt"))
	var lines []string
	for line := range strings.Lines(string(list)) {
		if strings.HasSuffix(line, "  root.pem\n") {
			line = certificate.DigestOf(roots) + "  root.pem\n"
		}
		lines = append(lines, line)
	}
	list = []byte(strings.Join(lines, ""))
	sig := must(signing.SignDetached(context.Background(), id, bytes.NewReader(list), time.Now()))
	top := strings.SplitN(zipNames(t, data)[0], "/", 2)[0] + "/"
	skip := func(n string) string {
		switch strings.TrimPrefix(n, top) {
		case "root.pem", "tagmanifest-sha256.txt", "tagmanifest-sha256.txt.p7s", "tagmanifest-sha256.txt.mldsa.p7s":
			return ""
		}
		return n
	}
	return repack(t, data, skip, "", map[string][]byte{
		top + "root.pem": roots, top + "tagmanifest-sha256.txt": list, top + "tagmanifest-sha256.txt.p7s": sig})
}

// TestDocuments_with_the_register holds documents against the register and against
// its trust file: both give one answer, from the moment a key is revoked.
func TestDocuments_with_the_register(t *testing.T) {
	ctx := context.Background()
	_, dir := demoOf(t)
	s, other := openDemo(t, nil), openDemo(t, nil)
	bag := filepath.Join(dir, "evidence-pack.zip")
	c := must(s.Certificates(ctx))[len(must(s.Certificates(ctx)))-1]
	cert := write(t, "certificate.pdf", must(s.CertificatePDF(ctx, c.Number)))
	both := func(path string, register, file verify.Answer) {
		t.Helper()
		if r := must(s.Verify(ctx, verify.Request{Path: path})); r.Answer != register {
			t.Errorf("%s with the register: %s, want %s: %v", filepath.Base(path), r.Answer, register, r.Reasons)
		}
		root := write(t, "root.pem", must(s.RootPEM(ctx)))
		v := must(verify.New(ctx, root, "", time.Now()))
		if r := must(v.Verify(ctx, verify.Request{Path: path})); r.Answer != file {
			t.Errorf("%s with the trust file: %s, want %s: %v", filepath.Base(path), r.Answer, file, r.Reasons)
		}
	}
	both(cert, verify.AnswerGenuine, verify.AnswerGenuine)
	both(bag, verify.AnswerGenuine, verify.AnswerGenuine)

	// A pack by the same key that this register did not make: from a copy, or by a
	// stolen key under an earlier clock.
	made, _ := packOf(t, other, "")
	both(made, verify.AnswerNotInRegister, verify.AnswerGenuine)
	stolen := issueAgain(t, other, SamplePassphrase)
	both(
		write(t, "stolen.pdf", must(other.CertificatePDF(ctx, stolen.Number))), verify.AnswerNotInRegister,
		verify.AnswerGenuine,
	)

	revokeKeyOf(t, s, "PER-0001")
	both(cert, verify.AnswerRevoked, verify.AnswerRevoked)
	both(bag, verify.AnswerRevoked, verify.AnswerRevoked)
	both(made, verify.AnswerRevoked, verify.AnswerRevoked)
}
