package signing

import (
	"bytes"
	"context"
	"crypto"
	"encoding"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"assay/internal/fault"
)

// VerifyPDF checks every signature of a PDF and everything that was added
// after the first of them. It fails closed: a file, signature or later change
// that it cannot account for in full is not genuine, whatever the reason.
//
// A PDF is genuine only if each signature holds, is by a signer whom trust
// leads to, covers the whole file as it was when it was made, and if all that
// was saved afterwards are further signatures in fields that were there before
// (and validation data for them).
func VerifyPDF(ctx context.Context, r io.ReaderAt, size int64, trust Trust) Report {
	rep := Report{Signatures: []SignatureReport{}}
	f, err := openPDF(r, size)
	if err != nil {
		return rep.fail(StatusUnreadable, "%v", err)
	}
	sigs, err := findSignatures(f)
	if err != nil {
		return rep.fail(StatusUnreadable, "%v", err)
	}
	if len(sigs) == 0 {
		if f.promisesCertification() {
			return rep.fail(StatusAltered, "This PDF says that it was certified, but its signature was taken away.")
		}
		return rep.fail(StatusUnsigned, "This PDF has no signature.")
	}
	if err := hashSigned(ctx, f, sigs); err != nil {
		return rep.fail(StatusUnreadable, "%v", err)
	}
	material := f.validationData(sigs)
	trust.Known, trust.Revoked = slices.Concat(trust.Known, material.certs), slices.Concat(trust.Revoked, material.crls)
	certified := false
	for i, s := range sigs {
		sr := SignatureReport{Role: RoleApproval, Field: clean(s.field), Whole: s.rev == len(f.sections)-1}
		if i == 0 && s.docMDP > 0 {
			sr.Role, certified = RoleCertification, true
		}
		switch {
		case s.err != nil:
			sr = sr.fail(StatusAltered, "The signature in the field %q cannot be accepted: %v.", clean(s.field), s.err)
		case s.docMDP > 0 && i > 0:
			sr = sr.fail(
				StatusAltered,
				"The signature in the field %q claims to certify the document, but it is not the first.",
				clean(s.field),
			)
		default:
			sr.judge(s.cms, s.digest, s.claimed, trust)
		}
		rep.Signatures = append(rep.Signatures, sr)
		rep.Status = worse(rep.Status, sr.Status)
		if sr.Status != StatusGenuine {
			rep.Reasons = append(rep.Reasons, sr.Reasons...)
		}
	}
	if err := certificationPermitted(f, sigs); err != nil {
		rep = rep.fail(StatusAltered, "%v", err)
	}
	for rev := max(0, sigs[0].rev) + 1; rev < len(f.sections); rev++ {
		if f.isValidationData(rev, material) {
			if err := f.unexpected(f.view(rev-1), f.sections[rev]); err != nil {
				rep = rep.fail(StatusAltered, "%v", err)
			}
			continue
		}
		if certified && sigs[0].docMDP == 1 {
			rep = rep.fail(
				StatusAltered,
				"The file was changed after it was certified, and the certification permits no change.",
			)
			break
		}
		if err := f.permitted(rev, sigs); err != nil {
			rep = rep.fail(StatusAltered, "%v", err)
		}
	}
	if rep.Status == StatusGenuine {
		var names []string
		for _, s := range rep.Signatures {
			names = append(names, s.Signer)
		}
		rep.Reasons = append(
			rep.Reasons,
			fmt.Sprintf("Every byte of this file is as %s signed it.", strings.Join(names, " and ")),
		)
	}
	return rep
}

const maxSignatures = 32

// pdfSignature is a signature of the file with what is needed to judge it.
type pdfSignature struct {
	field    string
	fieldNum int64
	num      int64 // of the signature dictionary
	rev      int   // the section that brought it
	gap, end int64 // the signature's hexadecimal string, with its brackets
	claimed  time.Time
	docMDP   int64 // permitted changes 1 to 3, 0 if it does not certify
	cms      *cms
	digest   []byte
	err      error // why it cannot be accepted, for a sentence
}

// findSignatures reads the signatures of the newest view in the order of their
// revisions. An error means that the form cannot be read; what is wrong with
// one signature is in its err.
func findSignatures(f *pdfFile) ([]*pdfSignature, error) {
	now := f.view(len(f.sections) - 1)
	fields, err := now.sigFields()
	if err != nil {
		return nil, err
	}
	var out []*pdfSignature
	for _, fd := range fields {
		v := fd.obj.val.get("V")
		if !fd.obj.val.has("V") {
			continue
		}
		if len(out) >= maxSignatures {
			return nil, fault.Unreadable("", "This PDF has more than %d signatures.", maxSignatures)
		}
		s := &pdfSignature{field: fd.name, fieldNum: fd.obj.num, num: v.num, rev: -1}
		if v.kind != kRef {
			s.err = errors.New("it is not an object of its own")
		} else {
			s.err = s.read(f, now)
		}
		for _, o := range out {
			if s.err == nil && (o.num == s.num || o.rev == s.rev) {
				s.err = errors.New("it stands in two fields, or two signatures were saved at once")
			}
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b *pdfSignature) int { return a.rev - b.rev })
	return out, nil
}

// signatureKeys are what a signature dictionary may hold: nothing with which it
// could at the same time be something that a reader shows.
var signatureKeys = []string{
	"Type",
	"Filter",
	"SubFilter",
	"ByteRange",
	"Contents",
	"M",
	"Name",
	"Reason",
	"Location",
	"ContactInfo",
	"Reference",
	"Prop_Build",
}

// read fills s from its dictionary and holds its byte range against the file:
// the range must be the whole of the revision that brought the signature but
// for exactly the string that holds the signature.
func (s *pdfSignature) read(f *pdfFile, now view) error {
	malformed := errors.New("its dictionary is malformed")
	for i, sec := range f.sections {
		if e, ok := sec.entry(s.num); ok {
			if e.kind != entryPlain || s.rev >= 0 {
				return errors.New("it was replaced after it was made")
			}
			s.rev = i
		}
	}
	if s.rev < 0 {
		return errors.New("it is missing")
	}
	o, err := now.load(s.num)
	if err != nil || o.data != 0 || o.val.kind != kDict {
		return malformed
	}
	d := o.val
	for _, k := range d.keys {
		if !slices.Contains(signatureKeys, k) {
			return fmt.Errorf("its dictionary holds /%s, which has no place there", clean(k))
		}
	}
	if t := d.get("Type"); t.kind != kNull && !t.isName("Sig") {
		return malformed
	}
	if !d.get("SubFilter").isName("ETSI.CAdES.detached") {
		return errors.New("it is not of the kind ETSI.CAdES.detached (PAdES)")
	}
	br, c := d.get("ByteRange"), d.get("Contents")
	if br.kind != kArray || len(br.list) != 4 || c.kind != kString || o.src[c.start] != '<' {
		return malformed
	}
	for _, e := range br.list {
		if e.kind != kInt || e.num < 0 {
			return malformed
		}
	}
	s.gap, s.end = o.base+int64(c.start), o.base+int64(c.end)
	if br.list[0].num != 0 || br.list[1].num != s.gap || br.list[2].num != s.end ||
		br.list[3].num != f.sections[s.rev].end-s.end {
		return errors.New("it does not cover the whole file as it was when it was signed")
	}
	der, err := contents(o.text(c))
	if err != nil {
		return err
	}
	if s.cms, err = parseCMS(der); err != nil {
		return err
	}
	if s.cms.content != nil {
		return malformed
	}
	var inCMS time.Time
	if s.cms.attr(oidSigningTime, &inCMS) {
		return errors.New("it states its time in the wrong place")
	}
	if s.claimed, err = pdfDate(d.get("M")); err != nil {
		return err
	}
	return s.readDocMDP(now, d)
}

func (s *pdfSignature) readDocMDP(now view, d value) error {
	refs, err := now.resolve(d.get("Reference"))
	if err != nil {
		return err
	}
	for _, r := range refs.list {
		if r, err = now.resolve(r); err != nil {
			return err
		}
		if !r.get("TransformMethod").isName("DocMDP") {
			return errors.New("it uses a transform method that is not accepted")
		}
		params, err := now.resolve(r.get("TransformParams"))
		if err != nil {
			return err
		}
		p := value{kind: kInt, num: 2} // the default
		if params.has("P") {
			p = params.get("P")
		}
		if p.kind != kInt || p.num < 1 || p.num > 3 || s.docMDP != 0 {
			return errors.New("its permissions are malformed")
		}
		s.docMDP = p.num
	}
	return nil
}

// contents decodes the hexadecimal string of a signature: one case of letters,
// DER, then zeros and nothing else.
func contents(text []byte) ([]byte, error) {
	digits := text[1 : len(text)-1]
	if bytes.ContainsAny(digits, "abcdef") && bytes.ContainsAny(digits, "ABCDEF") {
		return nil, errors.New("its text was altered")
	}
	raw := make([]byte, len(digits)/2)
	if _, err := hex.Decode(raw, digits); err != nil {
		return nil, errors.New("its text was altered")
	}
	n, err := derLength(raw)
	if err != nil {
		return nil, err
	}
	for _, b := range raw[n:] {
		if b != 0 {
			return nil, errors.New("something stands in the space after it")
		}
	}
	return raw[:n], nil
}

// derLength is the length of the first DER element of b, with its head.
func derLength(b []byte) (int, error) {
	bad := errors.New("it is empty or cut off")
	if len(b) < 2 || b[0] != 0x30 {
		return 0, bad
	}
	n, head := int(b[1]), 2
	if n >= 0x80 {
		k := n & 0x7f
		if n, head = 0, 2+k; k < 1 || k > 4 || len(b) < head {
			return 0, bad
		}
		for _, c := range b[2:head] {
			n = n<<8 | int(c)
		}
	}
	if n > len(b)-head {
		return 0, bad
	}
	return head + n, nil
}

// pdfDate reads D:YYYYMMDDHHmmSS with Z or an offset such as +01'00'.
func pdfDate(v value) (time.Time, error) {
	s := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(v.str, "D:"), "'"), "'", "")
	for _, layout := range []string{"20060102150405Z", "20060102150405-0700"} {
		if t, err := time.Parse(layout, s); err == nil && v.kind == kString {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errors.New("it does not state its time (with its zone)")
}

// hashSigned makes the digests of all signatures while reading every byte
// once: signatures share what lies before the first of them, so the state of
// the hash is copied where their ways part.
func hashSigned(ctx context.Context, f *pdfFile, sigs []*pdfSignature) error {
	common := map[crypto.Hash]hash.Hash{}
	at := map[crypto.Hash]int64{}
	byGap := slices.Clone(sigs)
	slices.SortStableFunc(byGap, func(a, b *pdfSignature) int { return int(min(1, max(-1, a.gap-b.gap))) })
	for _, s := range byGap {
		if s.err != nil {
			continue
		}
		alg := s.cms.hash
		if common[alg] == nil {
			common[alg] = alg.New()
		}
		if err := copyContext(ctx, common[alg], io.NewSectionReader(f.r, at[alg], s.gap-at[alg])); err != nil {
			return err
		}
		at[alg] = s.gap
		h := alg.New()
		state, err := common[alg].(encoding.BinaryMarshaler).MarshalBinary()
		if err == nil {
			err = h.(encoding.BinaryUnmarshaler).UnmarshalBinary(state)
		}
		if err != nil {
			return fault.Internal(err)
		}
		if err := copyContext(ctx, h, io.NewSectionReader(f.r, s.end, f.sections[s.rev].end-s.end)); err != nil {
			return err
		}
		s.digest = h.Sum(nil)
	}
	return nil
}

// certificationPermitted holds the catalogue's /Perms against the signatures:
// a certification is one in both places or in neither.
func certificationPermitted(f *pdfFile, sigs []*pdfSignature) error {
	now := f.view(len(f.sections) - 1)
	cat, err := now.catalogue()
	if err != nil {
		return err
	}
	perms, err := now.resolve(cat.val.get("Perms"))
	if err != nil {
		return err
	}
	for _, k := range perms.keys {
		if k != "DocMDP" {
			return fault.Tampered("The document states permissions that are not accepted.")
		}
	}
	p := perms.get("DocMDP")
	switch {
	case sigs[0].err != nil: // altered already, for a better reason
	case sigs[0].docMDP > 0 && (p.kind != kRef || p.num != sigs[0].num),
		sigs[0].docMDP == 0 && p.kind != kNull:
		return fault.Tampered("The document's certification does not lead to its first signature.")
	}
	return nil
}

// promisesCertification tells whether the catalogue names a certification.
func (f *pdfFile) promisesCertification() bool {
	now := f.view(len(f.sections) - 1)
	cat, err := now.catalogue()
	if err != nil {
		return true
	}
	perms, err := now.resolve(cat.val.get("Perms"))
	return err != nil || perms.has("DocMDP")
}

// permitted tells whether all that section rev changed is one further
// signature, or validation data; otherwise its error names what was changed.
func (f *pdfFile) permitted(rev int, sigs []*pdfSignature) error {
	sec, old, now := f.sections[rev], f.view(rev-1), f.view(rev)
	changed := func(what string) error {
		return fault.Tampered("The file was changed after it was signed: %s.", what)
	}
	for _, k := range []string{"Root", "Info"} {
		if !old.trailer().get(k).equal(now.trailer().get(k)) {
			return changed("it points to another document than the one that was signed")
		}
	}
	ok, signed := map[int64]bool{}, false
	if sec.stream {
		ok[sec.number] = true
	}
	for _, s := range sigs {
		if s.rev == rev {
			ok[s.num], signed = true, true
			if err := addsOnly(old, now, s.fieldNum, "V"); err != nil {
				return changed(fmt.Sprintf("the signature field %q is not the one that was signed", clean(s.field)))
			}
			ok[s.fieldNum] = true
		}
	}
	for _, sub := range sec.subs {
		for i, e := range sub.entries {
			n := sub.first + int64(i)
			_, existed := old.entry(n)
			switch {
			case ok[n] && (n != sec.number || !existed):
			case e.kind == entryFree && !existed:
			case e.kind == entryFree:
				return changed(fmt.Sprintf("%s was removed", old.describe(n)))
			case existed:
				return changed(fmt.Sprintf("%s was replaced", old.describe(n)))
			default:
				return changed(fmt.Sprintf("%s was added", now.describe(n)))
			}
		}
	}
	if !signed {
		return changed("it was saved again without a signature")
	}
	if err := f.unexpected(old, sec); err != nil {
		return err
	}
	return f.accounted(rev)
}

// addsOnly tells whether object n differs from its former self in nothing but
// an added entry under key.
func addsOnly(old, now view, n int64, key string) error {
	a, err := old.load(n)
	if err != nil {
		return err
	}
	b, err := now.load(n)
	if err != nil {
		return err
	}
	rest := value{kind: kDict}
	for i, k := range b.val.keys {
		if k != key {
			rest.keys, rest.list = append(rest.keys, k), append(rest.list, b.val.list[i])
		}
	}
	if a.data != 0 || b.data != 0 || b.val.kind != kDict || !a.val.equal(rest) {
		return errors.New("it differs")
	}
	return nil
}

// unexpected refuses new objects that the document was already waiting for: a
// reference to an object that does not exist yet would show, once somebody has
// signed along, what was not there when the document was signed first.
func (f *pdfFile) unexpected(old view, sec *section) error {
	added := map[int64]bool{}
	for _, sub := range sec.subs {
		for i := range sub.entries {
			if _, existed := old.entry(sub.first + int64(i)); !existed {
				added[sub.first+int64(i)] = true
			}
		}
	}
	var waits func(v value) bool
	waits = func(v value) bool {
		return v.kind == kRef && added[v.num] || slices.ContainsFunc(v.list, waits)
	}
	for _, s := range f.sections[:old.rev+1] {
		for _, sub := range s.subs {
			for i := range sub.entries {
				n := sub.first + int64(i)
				if _, sec, ok := old.find(n); !ok || sec != s {
					continue
				}
				o, err := old.load(n)
				if err != nil {
					return err
				}
				if waits(o.val) {
					return fault.Tampered(
						"The file was changed after it was signed: an object was added for which %s was waiting.",
						old.describe(n),
					)
				}
			}
		}
	}
	return nil
}

var errLooseBytes = fault.Tampered("The file was changed after it was signed: bytes were added that belong to nothing.")

// accounted tells whether the bytes of an increment are its objects, one after
// the other, and its cross-reference, with nothing between them: what another
// reader might find there when it repairs the file does not exist.
func (f *pdfFile) accounted(rev int) error {
	sec := f.sections[rev]
	var at []int64
	for _, sub := range sec.subs {
		for _, e := range sub.entries {
			if e.kind == entryPlain && e.at != sec.start {
				at = append(at, e.at)
			}
		}
	}
	slices.Sort(at)
	pos := f.sections[rev-1].end
	for i, off := range append(at, sec.start) {
		if off < pos || off-pos > 64 {
			return errLooseBytes
		}
		between, err := f.window(pos, off-pos)
		if err != nil {
			return err
		}
		if len(between) != 0 && len(bytes.Trim(between, " \r\n\t")) != 0 {
			return errLooseBytes
		}
		if i == len(at) {
			break
		}
		o, err := f.object(off)
		if err != nil {
			return err
		}
		if o.end == 0 {
			return f.damaged(off, "a stream does not state its length")
		}
		pos = o.end
	}
	return nil
}

// describe names an object for a sentence.
func (v view) describe(n int64) string {
	o, err := v.load(n)
	if err != nil {
		return fmt.Sprintf("object %d", n)
	}
	what := ""
	if root := v.trailer().get("Root"); root.kind == kRef && root.num == n {
		what = "the catalogue"
	} else if info := v.trailer().get("Info"); info.kind == kRef && info.num == n {
		what = "the list of properties"
	} else if p := v.pageOf(n); p != "" {
		what = p
	} else {
		switch t, st := o.val.get("Type"), o.val.get("Subtype"); {
		case t.isName("Page"), t.isName("Pages"):
			what = "a page"
		case t.isName("Annot"), st.isName("Widget"), st.isName("FreeText"), st.isName("Stamp"):
			what = "an annotation or form field"
		case o.val.has("FT"):
			what = "a form field"
		case t.isName("Font"), t.isName("FontDescriptor"):
			what = "a font"
		case t.isName("Metadata"):
			what = "the metadata"
		case t.isName("EmbeddedFile"), t.isName("Filespec"):
			what = "an attachment"
		case st.isName("Image"):
			what = "an image"
		case st.isName("Form"):
			what = "a drawing"
		case t.isName("Sig"), t.isName("DocTimeStamp"):
			what = "a signature"
		case t.isName("StructElem"), t.isName("StructTreeRoot"):
			what = "the reading order"
		case o.val.has("JS"), o.val.get("S").isName("JavaScript"):
			what = "a script"
		}
	}
	if what == "" {
		return fmt.Sprintf("object %d", n)
	}
	return fmt.Sprintf("%s (object %d)", what, n)
}

// pageOf says of which page object n is the page or the content.
func (v view) pageOf(n int64) string {
	cat, err := v.catalogue()
	if err != nil {
		return ""
	}
	page, found := 0, ""
	var walk func(ref value, depth int) bool // true to go on
	walk = func(ref value, depth int) bool {
		if depth > maxRefDepth || page > 2000 || ref.kind != kRef {
			return false
		}
		o, err := v.load(ref.num)
		if err != nil {
			return false
		}
		if kids, err := v.resolve(o.val.get("Kids")); err == nil && kids.kind == kArray {
			for _, k := range kids.list {
				if !walk(k, depth+1) {
					return false
				}
			}
			return true
		}
		page++
		if ref.num == n {
			found = fmt.Sprintf("page %d", page)
			return false
		}
		c := o.val.get("Contents")
		for _, e := range append([]value{c}, c.list...) {
			if e.kind == kRef && e.num == n {
				found = fmt.Sprintf("the content of page %d", page)
				return false
			}
		}
		return true
	}
	walk(cat.val.get("Pages"), 0)
	return found
}
