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
	"assay/internal/pdf"
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
	f, err := pdf.Open(r, size)
	if err != nil {
		return rep.fail(StatusUnreadable, "%v", err)
	}
	sigs, stamps, err := findSignatures(ctx, f, trust)
	if err != nil {
		return rep.fail(StatusUnreadable, "%v", err)
	}
	if len(sigs) == 0 {
		if promisesCertification(f) {
			return rep.fail(StatusAltered, "This PDF says that it was certified, but its signature was taken away.")
		}
		return rep.fail(StatusUnsigned, "This PDF has no signature.")
	}
	if err := hashSigned(ctx, f, sigs); err != nil {
		return rep.fail(StatusUnreadable, "%v", err)
	}
	material := validationData(f, bagsOf(sigs, stamps))
	trust.Known, trust.Revoked = slices.Concat(trust.Known, material.certs), slices.Concat(trust.Revoked, material.crls)
	certified := sigs[0].docMDP > 0
	// foreign tells whether everything that is wrong is a matter of form: a
	// signature of another kind, or what followed in a file that nobody certified.
	foreign := true
	for i, s := range sigs {
		sr := SignatureReport{Role: RoleApproval, Field: fault.Plain(s.field), Whole: s.rev == len(f.Sections)-1}
		if i == 0 && certified {
			sr.Role = RoleCertification
		}
		switch {
		case s.err != nil:
			sr = sr.fail(
				StatusAltered, "The signature in the field %q cannot be accepted: %v.", fault.Plain(s.field),
				s.err,
			)
			sr.Signer = s.says
			foreign = foreign && s.form
		case s.docMDP > 0 && i > 0:
			sr = sr.fail(
				StatusAltered,
				"The signature in the field %q claims to certify the document, but it is not the first.",
				fault.Plain(s.field),
			)
		default:
			sr.judge(s.cms, s.digest, s.claimed, provenLater(sigs[i+1:], stamps, s.rev, trust), trust)
			foreign = foreign && sr.Status != StatusAltered
		}
		rep.Signatures = append(rep.Signatures, sr)
		rep.Status = worse(rep.Status, sr.Status)
		if sr.Status != StatusGenuine {
			rep.Reasons = append(rep.Reasons, sr.Reasons...)
		}
	}
	if err := certificationPermitted(f, sigs); err != nil {
		rep, foreign = rep.fail(StatusAltered, "%v", err), foreign && !certified
	}
	for rev := max(0, sigs[0].rev) + 1; rev < len(f.Sections); rev++ {
		if err := followsSignature(f, rev, sigs, stamps, material, &rep); err != nil {
			rep, foreign = rep.fail(StatusAltered, "%v", err), foreign && !certified
		}
	}
	rep.Foreign = rep.Status == StatusAltered && foreign
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

// followsSignature tells whether section rev, which was saved after the first
// signature, is a further signature or what an archive may add, and notes the
// latter in the report. Its error names what was changed otherwise.
func followsSignature(f *pdf.File, rev int, sigs []*pdfSignature, stamps []*stamp, m material, rep *Report) error {
	signs := slices.ContainsFunc(sigs, func(s *pdfSignature) bool { return s.rev == rev })
	switch {
	case isValidationData(f, rev, m): // as AddValidationData writes it
		rep.Added = append(rep.Added, "validation data (certificates and revocation lists)")
		return unexpected(f, f.View(rev-1), f.Sections[rev])
	case sigs[0].docMDP == 1:
		return fault.Tampered("The file was changed after it was certified, and the certification permits no change.")
	case signs:
		return permitted(f, rev, sigs)
	}
	added, err := archived(f, rev, stamps)
	var known *fault.Error
	switch {
	case errors.As(err, &known) && known.Code == fault.CodeTampered:
		return err
	case err != nil: // it cannot be read as an update for archiving: what was changed names itself
		return permitted(f, rev, sigs)
	}
	rep.Added = append(rep.Added, added...)
	for _, s := range stamps {
		switch {
		case s.rev != rev:
		case s.doubt != "":
			*rep = rep.fail(StatusCannotJudge, "%s", s.doubt)
		default:
			rep.Reasons = append(rep.Reasons, s.note)
		}
	}
	if doubt := doubtfulData(f.View(rev), bagsOf(sigs, stamps)); doubt != "" {
		*rep = rep.fail(StatusCannotJudge, "%s", doubt)
	}
	return nil
}

// provenLater is the earliest time at which somebody who is trusted attests that
// what was saved with section rev existed: a timestamp in a signature that was
// added later, or over the whole file, covers it.
func provenLater(later []*pdfSignature, stamps []*stamp, rev int, trust Trust) (earliest time.Time) {
	take := func(at time.Time) {
		if !at.IsZero() && (earliest.IsZero() || at.Before(earliest)) {
			earliest = at
		}
	}
	for _, s := range later {
		if s.err == nil && s.rev > rev {
			if at, _, err := s.cms.provenTime(trust); err == nil {
				take(at)
			}
		}
	}
	for _, s := range stamps {
		if s.rev > rev && s.proven && s.doubt == "" {
			take(s.at)
		}
	}
	return earliest
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
	err      error  // why it cannot be accepted, for a sentence
	form     bool   // err is that the signature is of another kind than Assay's, not that anything was changed
	says     string // who made such a signature, as it says itself
}

// findSignatures reads the signatures of the newest view in the order of their
// revisions, and the document timestamps apart. An error means that the form
// cannot be read; what is wrong with one signature is in its err.
func findSignatures(ctx context.Context, f *pdf.File, trust Trust) ([]*pdfSignature, []*stamp, error) {
	now := f.View(len(f.Sections) - 1)
	fields, err := now.SigFields()
	if err != nil {
		return nil, nil, err
	}
	var out []*pdfSignature
	var stamps []*stamp
	for _, fd := range fields {
		v := fd.Obj.Val.Get("V")
		if !fd.Obj.Val.Has("V") {
			continue
		}
		if len(out)+len(stamps) >= maxSignatures {
			return nil, nil, fault.Unreadable("", "This PDF has more than %d signatures.", maxSignatures)
		}
		s := &pdfSignature{field: fd.Name, fieldNum: fd.Obj.Num, num: v.Num, rev: -1}
		if isStamp(now, fd.Obj) {
			st, err := readStamp(ctx, f, fd.Obj, trust)
			if err == nil {
				stamps = append(stamps, st)
				continue
			}
			if ctx.Err() != nil {
				return nil, nil, err
			}
			s.err = err
		} else if v.Kind != pdf.Ref {
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
	return out, stamps, nil
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
func (s *pdfSignature) read(f *pdf.File, now pdf.View) error {
	malformed := errors.New("its dictionary is malformed")
	for i, sec := range f.Sections {
		if e, ok := sec.Entry(s.num); ok {
			if e.Kind != pdf.EntryPlain || s.rev >= 0 {
				return errors.New("it was replaced after it was made")
			}
			s.rev = i
		}
	}
	if s.rev < 0 {
		return errors.New("it is missing")
	}
	o, err := now.Load(s.num)
	if err != nil || o.Data != 0 || o.Val.Kind != pdf.Dict {
		return malformed
	}
	d := o.Val
	other := func(err error) error { // another program signs in another way
		s.form, s.says = true, fault.Plain(pdf.Text(d.Get("Name").Str))
		return err
	}
	for _, k := range d.Keys {
		if !slices.Contains(signatureKeys, k) {
			return other(fmt.Errorf("its dictionary holds /%s, which has no place there", fault.Plain(k)))
		}
	}
	if t := d.Get("Type"); t.Kind != pdf.Null && !t.IsName("Sig") {
		return malformed
	}
	if !d.Get("SubFilter").IsName("ETSI.CAdES.detached") {
		return other(errors.New("it is not of the kind ETSI.CAdES.detached (PAdES)"))
	}
	br, c := d.Get("ByteRange"), d.Get("Contents")
	if br.Kind != pdf.Array || len(br.List) != 4 || c.Kind != pdf.String || o.Src[c.Start] != '<' {
		return malformed
	}
	for _, e := range br.List {
		if e.Kind != pdf.Int || e.Num < 0 {
			return malformed
		}
	}
	s.gap, s.end = o.Base+int64(c.Start), o.Base+int64(c.End)
	if br.List[0].Num != 0 || br.List[1].Num != s.gap || br.List[2].Num != s.end ||
		br.List[3].Num != f.Sections[s.rev].End-s.end {
		return errors.New("it does not cover the whole file as it was when it was signed")
	}
	der, err := contents(o.Text(c))
	if err != nil {
		return err
	}
	if s.cms, err = parseCMS(der); err != nil {
		return other(err)
	}
	if s.cms.content != nil {
		return malformed
	}
	s.says = name(s.cms.cert)
	var inCMS time.Time
	if s.cms.attr(oidSigningTime, &inCMS) {
		return other(errors.New("it states its time in the wrong place"))
	}
	if s.claimed, err = pdfDate(d.Get("M")); err != nil {
		return other(err)
	}
	if err := s.readDocMDP(now, d); err != nil {
		return other(err)
	}
	return nil
}

func (s *pdfSignature) readDocMDP(now pdf.View, d pdf.Value) error {
	refs, err := now.Resolve(d.Get("Reference"))
	if err != nil {
		return err
	}
	for _, r := range refs.List {
		if r, err = now.Resolve(r); err != nil {
			return err
		}
		if !r.Get("TransformMethod").IsName("DocMDP") {
			return errors.New("it uses a transform method that is not accepted")
		}
		params, err := now.Resolve(r.Get("TransformParams"))
		if err != nil {
			return err
		}
		p := pdf.Value{Kind: pdf.Int, Num: 2} // the default
		if params.Has("P") {
			p = params.Get("P")
		}
		if p.Kind != pdf.Int || p.Num < 1 || p.Num > 3 || s.docMDP != 0 {
			return errors.New("its permissions are malformed")
		}
		s.docMDP = p.Num
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
func pdfDate(v pdf.Value) (time.Time, error) {
	s := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(v.Str, "D:"), "'"), "'", "")
	for _, layout := range []string{"20060102150405Z", "20060102150405-0700"} {
		if t, err := time.Parse(layout, s); err == nil && v.Kind == pdf.String {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errors.New("it does not state its time (with its zone)")
}

// hashSigned makes the digests of all signatures while reading every byte
// once: signatures share what lies before the first of them, so the state of
// the hash is copied where their ways part.
func hashSigned(ctx context.Context, f *pdf.File, sigs []*pdfSignature) error {
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
		if err := copyContext(ctx, common[alg], io.NewSectionReader(f.R, at[alg], s.gap-at[alg])); err != nil {
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
		if err := copyContext(ctx, h, io.NewSectionReader(f.R, s.end, f.Sections[s.rev].End-s.end)); err != nil {
			return err
		}
		s.digest = h.Sum(nil)
	}
	return nil
}

// certificationPermitted holds the catalogue's /Perms against the signatures:
// a certification is one in both places or in neither.
func certificationPermitted(f *pdf.File, sigs []*pdfSignature) error {
	now := f.View(len(f.Sections) - 1)
	cat, err := now.Catalogue()
	if err != nil {
		return err
	}
	perms, err := now.Resolve(cat.Val.Get("Perms"))
	if err != nil {
		return err
	}
	for _, k := range perms.Keys {
		if k != "DocMDP" {
			return fault.Tampered("The document states permissions that are not accepted.")
		}
	}
	p := perms.Get("DocMDP")
	switch {
	case sigs[0].err != nil: // altered already, for a better reason
	case sigs[0].docMDP > 0 && (p.Kind != pdf.Ref || p.Num != sigs[0].num),
		sigs[0].docMDP == 0 && p.Kind != pdf.Null:
		return fault.Tampered("The document's certification does not lead to its first signature.")
	}
	return nil
}

// promisesCertification tells whether the catalogue names a certification.
func promisesCertification(f *pdf.File) bool {
	now := f.View(len(f.Sections) - 1)
	cat, err := now.Catalogue()
	if err != nil {
		return true
	}
	perms, err := now.Resolve(cat.Val.Get("Perms"))
	return err != nil || perms.Has("DocMDP")
}

// permitted tells whether all that section rev changed is one further
// signature, or validation data; otherwise its error names what was changed.
func permitted(f *pdf.File, rev int, sigs []*pdfSignature) error {
	sec, old, now := f.Sections[rev], f.View(rev-1), f.View(rev)
	changed := func(what string) error {
		return fault.Tampered("The file was changed after it was signed: %s.", what)
	}
	// The trailer is where a reader begins: with another catalogue everything that was
	// signed is still in the file, and none of it is shown.
	for _, k := range []string{"Root", "Info"} {
		if !old.Trailer().Get(k).Equal(now.Trailer().Get(k)) {
			return changed("it points to another document than the one that was signed")
		}
	}
	ok, signed := map[int64]bool{}, false
	if sec.Stream {
		ok[sec.Number] = true
	}
	for _, s := range sigs {
		if s.rev == rev {
			ok[s.num], signed = true, true
			if err := addsOnly(old, now, s.fieldNum, "V"); err != nil {
				return changed(
					fmt.Sprintf("the signature field %q is not the one that was signed", fault.Plain(s.field)),
				)
			}
			ok[s.fieldNum] = true
		}
	}
	for _, sub := range sec.Subs {
		for i, e := range sub.Entries {
			n := sub.First + int64(i)
			_, existed := old.Entry(n)
			switch {
			// A cross-reference stream has a number of its own, which must be a new one:
			// under an old number it would replace an object of the document.
			case ok[n] && (n != sec.Number || !existed):
			case e.Kind == pdf.EntryFree && !existed:
			case e.Kind == pdf.EntryFree:
				return changed(fmt.Sprintf("%s was removed", describe(old, n)))
			case existed:
				return changed(fmt.Sprintf("%s was replaced", describe(old, n)))
			default:
				return changed(fmt.Sprintf("%s was added", describe(now, n)))
			}
		}
	}
	if !signed {
		return changed("it was saved again without a signature")
	}
	if err := unexpected(f, old, sec); err != nil {
		return err
	}
	return accounted(f, rev)
}

// addsOnly tells whether object n differs from its former self in nothing but
// an added entry under key.
func addsOnly(old, now pdf.View, n int64, key string) error {
	a, err := old.Load(n)
	if err != nil {
		return err
	}
	b, err := now.Load(n)
	if err != nil {
		return err
	}
	rest := pdf.Value{Kind: pdf.Dict}
	for i, k := range b.Val.Keys {
		if k != key {
			rest.Keys, rest.List = append(rest.Keys, k), append(rest.List, b.Val.List[i])
		}
	}
	if a.Data != 0 || b.Data != 0 || b.Val.Kind != pdf.Dict || !a.Val.Equal(rest) {
		return errors.New("it differs")
	}
	return nil
}

// unexpected refuses new objects that the document was already waiting for: a
// reference to an object that does not exist yet would show, once somebody has
// signed along, what was not there when the document was signed first.
func unexpected(f *pdf.File, old pdf.View, sec *pdf.Section) error {
	added := map[int64]bool{}
	for _, sub := range sec.Subs {
		for i := range sub.Entries {
			if _, existed := old.Entry(sub.First + int64(i)); !existed {
				added[sub.First+int64(i)] = true
			}
		}
	}
	var waits func(v pdf.Value) bool
	waits = func(v pdf.Value) bool {
		return v.Kind == pdf.Ref && added[v.Num] || slices.ContainsFunc(v.List, waits)
	}
	for _, s := range f.Sections[:old.Rev+1] {
		for _, sub := range s.Subs {
			for i := range sub.Entries {
				n := sub.First + int64(i)
				if _, sec, ok := old.Find(n); !ok || sec != s {
					continue
				}
				o, err := old.Load(n)
				if err != nil {
					return err
				}
				if waits(o.Val) {
					return fault.Tampered(
						"The file was changed after it was signed: an object was added for which %s was waiting.",
						describe(old, n),
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
func accounted(f *pdf.File, rev int) error {
	sec := f.Sections[rev]
	var at []int64
	for _, sub := range sec.Subs {
		for _, e := range sub.Entries {
			if e.Kind == pdf.EntryPlain && e.At != sec.Start {
				at = append(at, e.At)
			}
		}
	}
	slices.Sort(at)
	pos := f.Sections[rev-1].End
	for i, off := range append(at, sec.Start) {
		if off < pos || off-pos > 64 {
			return errLooseBytes
		}
		between, err := f.Window(pos, off-pos)
		if err != nil {
			return err
		}
		if len(between) != 0 && len(bytes.Trim(between, " \r\n\t")) != 0 {
			return errLooseBytes
		}
		if i == len(at) {
			break
		}
		o, err := f.Object(off)
		if err != nil {
			return err
		}
		if o.End == 0 {
			return f.Damaged(off, "a stream does not state its length")
		}
		pos = o.End
	}
	return nil
}

// describe names an object for a sentence.
func describe(v pdf.View, n int64) string {
	o, err := v.Load(n)
	if err != nil {
		return fmt.Sprintf("object %d", n)
	}
	what := ""
	if root := v.Trailer().Get("Root"); root.Kind == pdf.Ref && root.Num == n {
		what = "the catalogue"
	} else if info := v.Trailer().Get("Info"); info.Kind == pdf.Ref && info.Num == n {
		what = "the list of properties"
	} else if p := pageOf(v, n); p != "" {
		what = p
	} else {
		switch t, st := o.Val.Get("Type"), o.Val.Get("Subtype"); {
		case t.IsName("Page"), t.IsName("Pages"):
			what = "a page"
		case t.IsName("Annot"), st.IsName("Widget"), st.IsName("FreeText"), st.IsName("Stamp"):
			what = "an annotation or form field"
		case o.Val.Has("FT"):
			what = "a form field"
		case t.IsName("Font"), t.IsName("FontDescriptor"):
			what = "a font"
		case t.IsName("Metadata"):
			what = "the metadata"
		case t.IsName("EmbeddedFile"), t.IsName("Filespec"):
			what = "an attachment"
		case st.IsName("Image"):
			what = "an image"
		case st.IsName("Form"):
			what = "a drawing"
		case t.IsName("Sig"), t.IsName("DocTimeStamp"):
			what = "a signature"
		case t.IsName("StructElem"), t.IsName("StructTreeRoot"):
			what = "the reading order"
		case o.Val.Has("JS"), o.Val.Get("S").IsName("JavaScript"):
			what = "a script"
		}
	}
	if what == "" {
		return fmt.Sprintf("object %d", n)
	}
	return fmt.Sprintf("%s (object %d)", what, n)
}

// pageOf says of which page object n is the page or the content.
func pageOf(v pdf.View, n int64) string {
	cat, err := v.Catalogue()
	if err != nil {
		return ""
	}
	page, found := 0, ""
	var walk func(ref pdf.Value, depth int) bool // true to go on
	walk = func(ref pdf.Value, depth int) bool {
		if depth > pdf.MaxRefDepth || page > 2000 || ref.Kind != pdf.Ref {
			return false
		}
		o, err := v.Load(ref.Num)
		if err != nil {
			return false
		}
		if kids, err := v.Resolve(o.Val.Get("Kids")); err == nil && kids.Kind == pdf.Array {
			for _, k := range kids.List {
				if !walk(k, depth+1) {
					return false
				}
			}
			return true
		}
		page++
		if ref.Num == n {
			found = fmt.Sprintf("page %d", page)
			return false
		}
		c := o.Val.Get("Contents")
		for _, e := range append([]pdf.Value{c}, c.List...) {
			if e.Kind == pdf.Ref && e.Num == n {
				found = fmt.Sprintf("the content of page %d", page)
				return false
			}
		}
		return true
	}
	walk(cat.Val.Get("Pages"), 0)
	return found
}
