package signing

import (
	"bytes"
	"compress/zlib"
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
func SignPDF(ctx context.Context, pdf []byte, field string, id Identity, o PDFOptions) ([]byte, error) {
	f, err := openPDF(bytes.NewReader(pdf), int64(len(pdf)))
	if err != nil {
		return nil, err
	}
	fields, err := f.view(len(f.sections) - 1).sigFields()
	if err != nil {
		return nil, err
	}
	first := true
	for _, s := range fields {
		first = first && !s.obj.val.has("V")
	}
	if !first {
		if err := mayFollow(ctx, f, o.Now); err != nil {
			return nil, err
		}
	}
	out, err := signField(ctx, f, pdf, field, id, o, first)
	if err != nil {
		return nil, err
	}
	// Nothing leaves that our own verification would not take.
	if rep := verifyBytes(ctx, out, Trusting(o.Now, id.Root())); rep.Status == StatusAltered || rep.Status == StatusUnreadable || rep.Status == StatusUnsigned {
		return nil, fault.Conflict("The signed file would not pass verification, so it was not made: %s", strings.Join(rep.Reasons, " "))
	}
	return out, nil
}

// signField signs without asking whether what was signed before still holds.
func signField(ctx context.Context, f *pdfFile, pdf []byte, field string, id Identity, o PDFOptions, certify bool) ([]byte, error) {
	if err := id.Check(); err != nil {
		return nil, err
	}
	u, err := newUpdate(f, pdf)
	if err != nil {
		return nil, err
	}
	fields, err := u.view.sigFields()
	if err != nil {
		return nil, err
	}
	for _, s := range fields {
		if s.name != field {
			continue
		}
		if s.obj.val.has("V") {
			return nil, fault.Conflict("The field %q is signed already.", clean(field))
		}
		return u.sign(ctx, s.obj, id, o, certify)
	}
	return nil, fault.New(fault.CodeNotFound, "This PDF has no signature field %q.", clean(field))
}

// sign writes the increment with a signature as the value of a field.
func (u *update) sign(ctx context.Context, field *object, id Identity, o PDFOptions, certify bool) ([]byte, error) {
	sig := u.newNumber()
	u.put(field.num, insert(field, field.val, fmt.Sprintf("/V %d 0 R", sig)))
	if certify {
		cat, err := u.certified(sig)
		if err != nil {
			return nil, err
		}
		u.put(cat.num, cat.src)
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
		b.WriteString(" /Reference [ << /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type /TransformParams /P 2 /V /1.2 >> >> ]")
	}
	const blank = "0000000000"
	rangeAt := b.Len() + len(" /ByteRange [0 ")
	fmt.Fprintf(&b, " /ByteRange [0 %s %s %s]", blank, blank, blank)
	contentsAt := b.Len() + len(" /Contents ")
	fmt.Fprintf(&b, " /Contents <%s> >>", strings.Repeat("0", 2*reserved))
	u.put(sig, b.Bytes())

	out, err := u.bytes()
	if err != nil {
		return nil, err
	}
	at := u.offsets[sig]
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
	if len(der) > reserved {
		return nil, fault.Invalid("key", "The certificates of this key are too large to be put in a PDF: leave out the ones that are not needed.")
	}
	hexUpper(out[gap+1:gapEnd-1], der)
	return out, nil
}

// mayFollow refuses to countersign a document that is already altered.
func mayFollow(ctx context.Context, f *pdfFile, now time.Time) error {
	rep := VerifyPDF(ctx, f.r, f.size, Trust{Now: now})
	if rep.Status == StatusAltered || rep.Status == StatusUnreadable {
		return fault.Tampered("This document was altered after it was signed, so it cannot be countersigned: %s", strings.Join(rep.Reasons, " "))
	}
	return nil
}

func hexUpper(dst, src []byte) { copy(dst, strings.ToUpper(hex.EncodeToString(src))) }

// certified is the catalogue with the certification signature entered.
func (u *update) certified(sig int64) (*object, error) {
	cat, err := u.view.catalogue()
	if err != nil {
		return nil, err
	}
	if cat.val.has("Perms") {
		return nil, fault.Conflict("This PDF states permissions already, so it cannot be certified.")
	}
	src := insert(cat, cat.val, fmt.Sprintf("/Perms << /DocMDP %d 0 R >>", sig))
	// SigFlags 3 (signatures exist, append only) tells readers not to rewrite
	// the file; a form made with the flags already set is left as it is.
	form, err := u.view.resolve(cat.val.get("AcroForm"))
	if err != nil {
		return nil, err
	}
	if flags := form.get("SigFlags"); flags.kind != kInt || flags.num != 3 {
		in := cat.val.get("AcroForm")
		switch {
		case in.kind == kRef:
			o, err := u.view.load(in.num)
			if err != nil {
				return nil, err
			}
			u.put(o.num, withFlags(o, o.val))
		default:
			head := withFlags(cat, in)
			whole := slices.Concat(cat.src[cat.val.start:in.start], head, cat.src[in.end:cat.val.end])
			c := &object{num: cat.num, src: whole, val: value{kind: kDict, start: 0, end: len(whole)}}
			src = insert(c, c.val, fmt.Sprintf("/Perms << /DocMDP %d 0 R >>", sig))
		}
	}
	return &object{num: cat.num, src: src}, nil
}

// withFlags is the text of a form dictionary with SigFlags 3.
func withFlags(o *object, form value) []byte {
	if flags := form.get("SigFlags"); form.has("SigFlags") {
		return slices.Concat(o.src[form.start:flags.start], []byte("3"), o.src[flags.end:form.end])
	}
	return insert(o, form, "/SigFlags 3")
}

// insert is the text of a dictionary with an entry added before its end.
func insert(o *object, dict value, entry string) []byte {
	t := o.text(dict)
	return slices.Concat(t[:len(t)-2], []byte(" "+entry+" "), []byte(">>"))
}

// textString is a PDF text string: ASCII in parentheses, all else UTF-16 in hexadecimal.
func textString(s string) string {
	s = clean(s)
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
// the style (table or stream) of the file's last cross-reference.
type update struct {
	view    view
	old     []byte
	next    int64
	numbers []int64
	bodies  map[int64][]byte
	offsets map[int64]int // of the bodies in the result
}

func newUpdate(f *pdfFile, old []byte) (*update, error) {
	u := &update{view: f.view(len(f.sections) - 1), old: old, bodies: map[int64][]byte{}, offsets: map[int64]int{}}
	size := f.last().trailer.get("Size")
	if size.kind != kInt || size.num < 1 || size.num > maxObjects {
		return nil, f.damaged(f.last().start, "its trailer does not state its size")
	}
	for _, s := range f.sections {
		for _, sub := range s.subs {
			if sub.first+int64(len(sub.entries)) > size.num {
				return nil, f.damaged(s.start, "it has more objects than it states")
			}
		}
	}
	u.next = size.num
	return u, nil
}

func (u *update) newNumber() int64 { u.next++; return u.next - 1 }

func (u *update) put(n int64, body []byte) {
	if _, ok := u.bodies[n]; !ok {
		u.numbers = append(u.numbers, n)
	}
	u.bodies[n] = body
}

// bytes is the old file with the increment.
func (u *update) bytes() ([]byte, error) {
	last := u.view.f.last()
	var b bytes.Buffer
	size := len(u.old) + 4096
	for _, body := range u.bodies {
		size += len(body) + 64
	}
	b.Grow(size)
	b.Write(u.old)
	if c := u.old[len(u.old)-1]; c != '\n' && c != '\r' {
		b.WriteByte('\n')
	}
	slices.Sort(u.numbers)
	gens := map[int64]int64{}
	for _, n := range u.numbers {
		if e, ok := u.view.entry(n); ok && e.kind == entryPlain {
			gens[n] = e.gen
		}
		fmt.Fprintf(&b, "%d %d obj\n", n, gens[n])
		u.offsets[n] = b.Len()
		b.Write(u.bodies[n])
		b.WriteString("\nendobj\n")
	}
	head := func(n int64) int { return u.offsets[n] - len(fmt.Sprintf("%d %d obj\n", n, gens[n])) }
	start := b.Len()
	var keep strings.Builder
	for i, k := range last.trailer.keys {
		switch k {
		case "Root", "Info", "ID": // an update must keep these
			v := last.trailer.list[i]
			fmt.Fprintf(&keep, " /%s %s", k, u.old[last.base+int64(v.start):last.base+int64(v.end)])
		}
	}
	if !last.stream {
		b.WriteString("xref\n")
		for _, n := range u.numbers {
			fmt.Fprintf(&b, "%d 1\n%010d %05d n \n", n, head(n), gens[n])
		}
		fmt.Fprintf(&b, "trailer\n<< /Size %d%s /Prev %d >>\n", u.next, keep.String(), last.start)
	} else {
		self := u.newNumber()
		var rows, index bytes.Buffer
		row := func(n int64, at int, gen int64) {
			rows.WriteByte(1)
			rows.Write(binary.BigEndian.AppendUint32(nil, uint32(at)))
			rows.Write(binary.BigEndian.AppendUint16(nil, uint16(gen)))
			fmt.Fprintf(&index, "%d 1 ", n)
		}
		for _, n := range u.numbers {
			row(n, head(n), gens[n])
		}
		row(self, start, 0)
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		_, err := w.Write(rows.Bytes())
		if err2 := w.Close(); err != nil || err2 != nil {
			return nil, fmt.Errorf("compress cross-reference: %w", err)
		}
		fmt.Fprintf(&b, "%d 0 obj\n<< /Type /XRef /W [1 4 2] /Index [%s] /Size %d%s /Prev %d /Filter /FlateDecode /Length %d >>\nstream\n",
			self, strings.TrimSpace(index.String()), u.next, keep.String(), last.start, z.Len())
		b.Write(z.Bytes())
		b.WriteString("\nendstream\nendobj\n")
	}
	fmt.Fprintf(&b, "startxref\n%d\n%%%%EOF\n", start)
	if b.Len() > 1<<31 {
		return nil, fault.Invalid("pdf", "This PDF is larger than 2 GB and cannot be signed: leave the attachments in the pack instead.")
	}
	return b.Bytes(), nil
}
