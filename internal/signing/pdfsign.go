package signing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"assay/internal/fault"
	"assay/internal/pdf"
)

// reserved is how many bytes a signature may take in a PDF: chain and timestamp
// need 5 to 9 kB.
const reserved = 12 << 10

// PDFOptions say what a PDF signature states besides the certificate.
type PDFOptions struct {
	Now      time.Time // the claimed signing time
	Reason   string    // "Issued after assessment", may be empty
	Location string    // may be empty
}

// SignPDF signs a PDF in one of its empty signature fields (PAdES B-B, ETSI EN
// 319 142-1) and gives the signed file: the old bytes and, after them, an
// increment that adds the signature as the field's value and changes nothing
// else that a reader could see. The first signature certifies the document:
// from then on only further signatures are permitted (DocMDP, P 2).
//
// Errors: unreadable (no PDF that could be checked afterwards), not_found (no
// such field), conflict (the field is signed already), invalid (the key may not sign).
func SignPDF(ctx context.Context, doc []byte, field string, id Identity, o PDFOptions) ([]byte, error) {
	f, err := pdf.Open(bytes.NewReader(doc), int64(len(doc)))
	if err != nil {
		return nil, err
	}
	fields, err := f.View(len(f.Sections) - 1).SigFields()
	if err != nil {
		return nil, err
	}
	first := true
	for _, s := range fields {
		first = first && !s.Obj.Val.Has("V")
	}
	if !first {
		if err := mayFollow(ctx, f, o.Now); err != nil {
			return nil, err
		}
	}
	out, err := signField(ctx, f, doc, field, id, o, first)
	if err != nil {
		return nil, err
	}
	// Nothing leaves that our own verification would not take.
	if rep := verifyBytes(ctx, out, Trusting(o.Now, id.Root())); rep.Status == StatusAltered ||
		rep.Status == StatusUnreadable ||
		rep.Status == StatusUnsigned {
		return nil, fault.Conflict(
			"The signed file would not pass verification, so it was not made: %s",
			strings.Join(rep.Reasons, " "),
		)
	}
	return out, nil
}

// signField signs without asking whether what was signed before still holds.
func signField(
	ctx context.Context,
	f *pdf.File,
	doc []byte,
	field string,
	id Identity,
	o PDFOptions,
	certify bool,
) ([]byte, error) {
	if err := id.Check(); err != nil {
		return nil, err
	}
	u, err := newUpdate(f, len(f.Sections)-1)
	if err != nil {
		return nil, err
	}
	fields, err := u.view.SigFields()
	if err != nil {
		return nil, err
	}
	for _, s := range fields {
		if s.Name != field {
			continue
		}
		if s.Obj.Val.Has("V") {
			return nil, fault.Conflict("The field %q is signed already.", fault.Plain(field))
		}
		return u.sign(ctx, doc, s.Obj, id, o, certify)
	}
	return nil, fault.New(fault.CodeNotFound, "This PDF has no signature field %q.", fault.Plain(field))
}

// sign gives the file with the increment that makes a signature the value of a field.
func (u *update) sign(
	ctx context.Context,
	doc []byte,
	field *pdf.Object,
	id Identity,
	o PDFOptions,
	certify bool,
) ([]byte, error) {
	sig := u.newNumber()
	u.put(field.Num, insert(field, field.Val, fmt.Sprintf("/V %d 0 R", sig)))
	if certify {
		cat, err := u.certified(sig)
		if err != nil {
			return nil, err
		}
		u.put(cat.Num, cat.Src)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:%s) /Name %s",
		o.Now.UTC().Format("20060102150405Z"), textString(id.Certificate().Subject.CommonName))
	if o.Reason != "" {
		fmt.Fprintf(&b, " /Reason %s", textString(o.Reason))
	}
	if o.Location != "" {
		fmt.Fprintf(&b, " /Location %s", textString(o.Location))
	}
	if certify {
		b.WriteString(
			" /Reference [ << /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type /TransformParams " +
				"/P 2 /V /1.2 >> >> ]",
		)
	}
	// The signature covers the file but for itself, so the file is laid out first with
	// room of a fixed length for the numbers of the range and for the signature: what is
	// filled in afterwards moves nothing.
	const blank = "0000000000"
	rangeAt := b.Len() + len(" /ByteRange [0 ")
	fmt.Fprintf(&b, " /ByteRange [0 %s %s %s]", blank, blank, blank)
	contentsAt := b.Len() + len(" /Contents ")
	fmt.Fprintf(&b, " /Contents <%s> >>", strings.Repeat("0", 2*reserved))
	u.put(sig, b.Bytes())

	added, err := u.increment()
	if err != nil {
		return nil, err
	}
	out := slices.Concat(doc, added)
	at := int(u.offsets[sig])
	// What is left out is the value of Contents with its brackets and nothing else: a
	// wider gap is how a signed file is made to show something that was never signed.
	gap := at + contentsAt
	gapEnd := gap + 2*reserved + 2
	copy(out[at+rangeAt:], fmt.Sprintf("%010d %010d %010d", gap, gapEnd, len(out)-gapEnd))
	h := sha256.New()
	h.Write(out[:gap])
	h.Write(out[gapEnd:])
	if ctx.Err() != nil {
		return nil, fault.New(fault.CodeCancelled, "Stopped; nothing was signed.").Because(ctx.Err())
	}
	der, err := signCMS(id, h.Sum(nil), time.Time{}) // PAdES has the time in /M
	if err != nil {
		return nil, err
	}
	if len(der) > reserved { // more room would move what is already hashed
		return nil, fault.Invalid(
			"key",
			"The certificates of this key are too large to be put in a PDF: leave out the ones that are not needed.",
		)
	}
	hexUpper(out[gap+1:gapEnd-1], der)
	return out, nil
}

// mayFollow refuses to countersign a document that is already altered.
func mayFollow(ctx context.Context, f *pdf.File, now time.Time) error {
	rep := VerifyPDF(ctx, f.R, f.Size, Trust{Now: now})
	if rep.Status == StatusAltered || rep.Status == StatusUnreadable {
		return fault.Tampered(
			"This document was altered after it was signed, so it cannot be countersigned: %s",
			strings.Join(rep.Reasons, " "),
		)
	}
	return nil
}

func hexUpper(dst, src []byte) { copy(dst, strings.ToUpper(hex.EncodeToString(src))) }

// certified is the catalogue with the certification signature entered.
func (u *update) certified(sig int64) (*pdf.Object, error) {
	cat, err := u.view.Catalogue()
	if err != nil {
		return nil, err
	}
	if cat.Val.Has("Perms") {
		return nil, fault.Conflict("This PDF states permissions already, so it cannot be certified.")
	}
	src := insert(cat, cat.Val, fmt.Sprintf("/Perms << /DocMDP %d 0 R >>", sig))
	// SigFlags 3 (signatures exist, append only) tells readers not to rewrite
	// the file; a form made with the flags already set is left as it is.
	form, err := u.view.Resolve(cat.Val.Get("AcroForm"))
	if err != nil {
		return nil, err
	}
	if flags := form.Get("SigFlags"); flags.Kind != pdf.Int || flags.Num != 3 {
		in := cat.Val.Get("AcroForm")
		switch {
		case in.Kind == pdf.Ref:
			o, err := u.view.Load(in.Num)
			if err != nil {
				return nil, err
			}
			u.put(o.Num, withFlags(o, o.Val))
		default:
			head := withFlags(cat, in)
			whole := slices.Concat(cat.Src[cat.Val.Start:in.Start], head, cat.Src[in.End:cat.Val.End])
			c := &pdf.Object{Num: cat.Num, Src: whole, Val: pdf.Value{Kind: pdf.Dict, Start: 0, End: len(whole)}}
			src = insert(c, c.Val, fmt.Sprintf("/Perms << /DocMDP %d 0 R >>", sig))
		}
	}
	return &pdf.Object{Num: cat.Num, Src: src}, nil
}

// withFlags is the text of a form dictionary with SigFlags 3.
func withFlags(o *pdf.Object, form pdf.Value) []byte {
	if flags := form.Get("SigFlags"); form.Has("SigFlags") {
		return slices.Concat(o.Src[form.Start:flags.Start], []byte("3"), o.Src[flags.End:form.End])
	}
	return insert(o, form, "/SigFlags 3")
}

// insert is the text of a dictionary with an entry added before its end.
func insert(o *pdf.Object, dict pdf.Value, entry string) []byte {
	t := o.Text(dict)
	return slices.Concat(t[:len(t)-2], []byte(" "+entry+" "), []byte(">>"))
}

// textString is a PDF text string: ASCII in parentheses, all else UTF-16 in hexadecimal.
func textString(s string) string {
	s = fault.Plain(s)
	ascii := !strings.ContainsFunc(s, func(r rune) bool { return r > 126 })
	if ascii {
		return "(" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(s) + ")"
	}
	b := []byte{0xFE, 0xFF}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return "<" + strings.ToUpper(hex.EncodeToString(b)) + ">"
}

// update collects changed objects and writes them as an incremental update in
// the style (table or stream) of the cross-reference that it follows.
type update struct {
	view    pdf.View
	next    int64
	numbers []int64
	bodies  map[int64][]byte
	offsets map[int64]int64 // of the bodies in the file
}

// newUpdate begins an update that follows section rev.
func newUpdate(f *pdf.File, rev int) (*update, error) {
	u := &update{view: f.View(rev), bodies: map[int64][]byte{}, offsets: map[int64]int64{}}
	size := u.view.Trailer().Get("Size")
	if size.Kind != pdf.Int || size.Num < 1 || size.Num > pdf.MaxObjects {
		return nil, f.Damaged(f.Sections[rev].Start, "its trailer does not state its size")
	}
	for _, s := range f.Sections[:rev+1] {
		for _, sub := range s.Subs {
			if sub.First+int64(len(sub.Entries)) > size.Num {
				return nil, f.Damaged(s.Start, "it has more objects than it states")
			}
		}
	}
	u.next = size.Num
	return u, nil
}

func (u *update) newNumber() int64 { u.next++; return u.next - 1 }

func (u *update) put(n int64, body []byte) {
	if _, ok := u.bodies[n]; !ok {
		u.numbers = append(u.numbers, n)
	}
	u.bodies[n] = body
}

// increment is what is appended to the file.
func (u *update) increment() ([]byte, error) {
	f, last := u.view.F, u.view.F.Sections[u.view.Rev]
	if last.End > 1<<31-1<<24 {
		return nil, fault.Invalid(
			"pdf",
			"This PDF is larger than 2 GB and cannot be signed: leave the attachments in the pack instead.",
		)
	}
	var b bytes.Buffer
	end, err := f.Window(last.End-1, 1)
	if err != nil {
		return nil, err
	}
	if end[0] != '\n' && end[0] != '\r' {
		b.WriteByte('\n')
	}
	pos := func() int64 { return last.End + int64(b.Len()) }
	slices.Sort(u.numbers)
	type place struct{ n, at, gen int64 }
	var places []place
	for _, n := range u.numbers {
		p := place{n: n, at: pos()}
		if e, ok := u.view.Entry(n); ok && e.Kind == pdf.EntryPlain {
			p.gen = e.Gen
		}
		places = append(places, p)
		fmt.Fprintf(&b, "%d %d obj\n", n, p.gen)
		u.offsets[n] = pos()
		b.Write(u.bodies[n])
		b.WriteString("\nendobj\n")
	}
	start := pos()
	var keep strings.Builder
	for i, k := range last.Trailer.Keys {
		switch k {
		case "Root", "Info", "ID": // an update must keep these
			v := last.Trailer.List[i]
			text, err := f.Window(last.Base+int64(v.Start), int64(v.End-v.Start))
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&keep, " /%s %s", k, text)
		}
	}
	if !last.Stream {
		b.WriteString("xref\n")
		for _, p := range places {
			fmt.Fprintf(&b, "%d 1\n%010d %05d n \n", p.n, p.at, p.gen)
		}
		fmt.Fprintf(&b, "trailer\n<< /Size %d%s /Prev %d >>\n", u.next, keep.String(), last.Start)
	} else {
		self := u.newNumber()
		var rows []byte
		var index strings.Builder
		for _, p := range append(places, place{self, start, 0}) {
			rows = binary.BigEndian.AppendUint32(append(rows, 1), uint32(p.at))
			rows = binary.BigEndian.AppendUint16(rows, uint16(p.gen))
			fmt.Fprintf(&index, "%d 1 ", p.n)
		}
		// A handful of rows: not compressed, so that the bytes do not depend on a compressor.
		fmt.Fprintf(&b, "%d 0 obj\n<< /Type /XRef /W [1 4 2] /Index [%s] /Size %d%s /Prev %d /Length %d "+
			">>\nstream\n%s\nendstream\nendobj\n",
			self, strings.TrimSpace(index.String()), u.next, keep.String(), last.Start, len(rows), rows)
	}
	fmt.Fprintf(&b, "startxref\n%d\n%%%%EOF\n", start)
	return b.Bytes(), nil
}
