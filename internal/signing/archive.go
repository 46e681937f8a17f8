package signing

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/xml"
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

// Archives add to signed documents what keeps them checkable for decades: the
// certificates and revocation lists (/DSS in the catalogue) and timestamps over
// the whole file (ETSI EN 319 142-1, 5.4 and 5.5). Other programs write these
// updates in many spellings, so they are allowed by what they say and not by
// their bytes: an update may add validation data and document timestamps that
// show nothing, note in the document's properties that it was saved, and do
// nothing else. Whatever a reader could see stays as it was signed.

// stamp is a document timestamp: a signature field whose value is a token over
// the file as it then was.
type stamp struct {
	field, value int64 // object numbers
	rev          int
	at           time.Time // what the token says; zero where it cannot be checked
	proven       bool      // the authority is among those trusted
	note         string    // a sentence for people
	doubt        string    // why the token cannot be checked; empty if it holds
	bag          []*x509.Certificate
}

// isStamp tells whether a signature field holds a document timestamp.
func isStamp(v pdf.View, field *pdf.Object) bool {
	d, err := v.Resolve(field.Val.Get("V"))
	return err == nil && d.Kind == pdf.Dict && d.Get("Type").IsName("DocTimeStamp")
}

// readStamp reads a document timestamp and holds its token against the file. An
// error says that it is no timestamp as the standard has them; a token that does
// not hold is a doubt, for the document itself is as it was.
func readStamp(ctx context.Context, f *pdf.File, field *pdf.Object, trust Trust) (*stamp, error) {
	now := f.View(len(f.Sections) - 1)
	v := field.Val.Get("V")
	s := &stamp{field: field.Num, value: v.Num, rev: -1}
	malformed := errors.New("a document timestamp is malformed")
	if v.Kind != pdf.Ref {
		return nil, malformed
	}
	for i, sec := range f.Sections {
		if e, ok := sec.Entry(v.Num); ok {
			if e.Kind != pdf.EntryPlain || s.rev >= 0 {
				return nil, errors.New("a document timestamp was replaced")
			}
			s.rev = i
		}
	}
	o, err := now.Load(v.Num)
	if err != nil || s.rev < 0 || o.Data != 0 || o.Val.Kind != pdf.Dict {
		return nil, malformed
	}
	d := o.Val
	for _, k := range d.Keys {
		if !slices.Contains(signatureKeys, k) {
			return nil, malformed
		}
	}
	br, c := d.Get("ByteRange"), d.Get("Contents")
	if !d.Get("SubFilter").IsName("ETSI.RFC3161") || br.Kind != pdf.Array || len(br.List) != 4 ||
		c.Kind != pdf.String || o.Src[c.Start] != '<' || d.Has("Reference") {
		return nil, malformed
	}
	gap, end := o.Base+int64(c.Start), o.Base+int64(c.End)
	for i, want := range []int64{0, gap, end, f.Sections[s.rev].End - end} {
		if br.List[i].Kind != pdf.Int || br.List[i].Num != want {
			return nil, errors.New("a document timestamp does not cover the whole file as it was when it was made")
		}
	}
	if err := s.check(ctx, f, o.Text(c), gap, end, trust); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s.doubt = fmt.Sprintf("A document timestamp was added that cannot be checked: %v.", err)
	}
	return s, nil
}

// check holds the token against the file and asks who made it.
func (s *stamp) check(ctx context.Context, f *pdf.File, text []byte, gap, end int64, trust Trust) error {
	der, err := contents(text)
	if err != nil {
		return err
	}
	t, err := readToken(der, func(alg crypto.Hash) (hash.Hash, error) {
		h := alg.New()
		err := errors.Join(
			copyContext(ctx, h, io.NewSectionReader(f.R, 0, gap)),
			copyContext(ctx, h, io.NewSectionReader(f.R, end, f.Sections[s.rev].End-end)),
		)
		return h, err
	})
	if err != nil {
		return err
	}
	s.bag = t.cms.bag
	s.at, s.proven, s.note, err = t.judge(trust)
	return err
}

// archived tells whether section rev does no more than an archive may, and says
// in a few words what it added. Its error names what was changed otherwise.
func archived(f *pdf.File, rev int, stamps []*stamp) ([]string, error) {
	a := &archiveUpdate{
		f: f, sec: f.Sections[rev], old: f.View(rev - 1), now: f.View(rev),
		fields: map[int64]bool{}, may: map[int64]bool{},
	}
	if a.sec.Stream {
		a.may[a.sec.Number] = true
	}
	for _, s := range stamps {
		if s.rev == rev {
			if err := a.stamp(s); err != nil {
				return nil, err
			}
		}
	}
	if err := a.catalogue(); err != nil {
		return nil, err
	}
	if err := a.objects(); err != nil {
		return nil, err
	}
	if err := unexpected(f, a.old, a.sec); err != nil {
		return nil, err
	}
	if err := accounted(f, rev); err != nil {
		return nil, err
	}
	if len(a.added) == 0 {
		return nil, errors.New("the file was saved again, and nothing was added for archiving")
	}
	return a.added, nil
}

// archiveUpdate is one saving, held against the file as it was before.
type archiveUpdate struct {
	f        *pdf.File
	sec      *pdf.Section
	old, now pdf.View
	fields   map[int64]bool // fields of document timestamps that it adds
	may      map[int64]bool // objects that it may bring or change
	added    []string
}

func (a *archiveUpdate) changed(n int64) error {
	if _, existed := a.old.Entry(n); existed {
		return fault.Tampered("The file was changed after it was signed: %s was replaced.", describe(a.old, n))
	}
	return fault.Tampered("The file was changed after it was signed: %s was added.", describe(a.now, n))
}

// stampKeys are what the field of a document timestamp may say: nothing that is
// shown, and nothing that acts.
var stampKeys = []string{"Type", "Subtype", "FT", "T", "TU", "V", "Rect", "F", "Ff", "P", "AP", "StructParent"}

// stamp allows the field and the value of a document timestamp that is new.
func (a *archiveUpdate) stamp(s *stamp) error {
	o, err := a.now.Load(s.field)
	if err != nil {
		return err
	}
	if _, existed := a.old.Entry(s.field); existed {
		return a.changed(s.field)
	}
	d := o.Val
	for _, k := range d.Keys {
		if !slices.Contains(stampKeys, k) {
			return a.changed(s.field)
		}
	}
	rect, err := a.now.Resolve(d.Get("Rect"))
	if err != nil || !d.Get("FT").IsName("Sig") {
		return a.changed(s.field)
	}
	for _, x := range rect.List {
		if zero := x.Kind == pdf.Int && x.Num == 0 || x.Kind == pdf.Real && strings.Trim(x.Str, "+-0.") == ""; !zero {
			return a.changed(s.field) // it has an extent, and so could show something
		}
	}
	if err := a.appearance(d.Get("AP")); err != nil {
		return a.changed(s.field)
	}
	a.fields[s.field], a.may[s.field], a.may[s.value] = true, true, true
	a.added = append(a.added, "a document timestamp")
	return nil
}

// appearance allows an appearance that draws nothing.
func (a *archiveUpdate) appearance(ap pdf.Value) error {
	ap, err := a.resolve(ap)
	if err != nil || ap.Kind == pdf.Null {
		return err
	}
	if ap.Kind != pdf.Dict {
		return errors.New("malformed")
	}
	for i := range ap.Keys {
		ref := ap.List[i]
		if ref.Kind != pdf.Ref {
			return errors.New("malformed")
		}
		o, err := a.now.Load(ref.Num)
		if err != nil {
			return err
		}
		// An appearance that was there before belongs to something else, which would
		// change its look with it.
		if _, existed := a.old.Entry(ref.Num); existed || o.Data == 0 {
			return errors.New("not its own")
		}
		data, err := a.now.Data(o)
		if err != nil {
			return err
		}
		// A list of what may stand there, not of what draws: an operator that is not known
		// here might.
		draws := false
		err = pdf.Operations(data, func(op pdf.Operation) bool {
			draws = draws || !slices.Contains([]string{"q", "Q", "cm", "n"}, op.Operator)
			return !draws
		})
		if err != nil || draws {
			return errors.New("it draws")
		}
		a.may[ref.Num] = true
		if _, err := a.closure(o.Val, 0); err != nil {
			return err
		}
	}
	return nil
}

// resolve follows a reference and allows the objects on the way, if they are new.
func (a *archiveUpdate) resolve(v pdf.Value) (pdf.Value, error) {
	for range pdf.MaxRefDepth {
		if v.Kind != pdf.Ref {
			return v, nil
		}
		o, err := a.now.Load(v.Num)
		if err != nil {
			return v, err
		}
		if _, existed := a.old.Entry(v.Num); !existed {
			a.may[v.Num] = true
		}
		v = o.Val
	}
	return v, errors.New("references run in a circle")
}

// closure allows the new objects below a value that shows nothing.
func (a *archiveUpdate) closure(v pdf.Value, depth int) (objects int, err error) {
	if depth > pdf.MaxRefDepth {
		return 0, errors.New("nested too deep")
	}
	if v.Kind == pdf.Ref {
		if _, existed := a.old.Entry(v.Num); existed || a.may[v.Num] {
			return 0, nil
		}
		o, err := a.now.Load(v.Num)
		if err != nil {
			return 0, err
		}
		a.may[v.Num] = true
		n, err := a.closure(o.Val, depth+1)
		return n + 1, err
	}
	for _, x := range v.List {
		n, err := a.closure(x, depth+1)
		if err != nil {
			return 0, err
		}
		objects += n
	}
	return objects, nil
}

// catalogue compares the two catalogues: validation data, the list of
// extensions, and the fields of the form may differ.
func (a *archiveUpdate) catalogue() error {
	for _, k := range []string{"Root", "Info"} {
		if !a.old.Trailer().Get(k).Equal(a.now.Trailer().Get(k)) {
			return fault.Tampered("The file was changed after it was signed: it points to another document.")
		}
	}
	was, err := a.old.Catalogue()
	if err != nil {
		return err
	}
	is, err := a.now.Catalogue()
	if err != nil {
		return err
	}
	if !equalBut(was.Val, is.Val, "DSS", "Extensions", "AcroForm") {
		return a.changed(is.Num)
	}
	a.may[is.Num] = true
	if hasRef(is.Val.Get("Extensions")) {
		return a.changed(is.Num)
	}
	if err := a.form(was.Val.Get("AcroForm"), is.Val.Get("AcroForm"), is.Num); err != nil {
		return err
	}
	return a.validationData(was.Val.Get("DSS"), is.Val.Get("DSS"), is.Num)
}

// hasRef tells whether a value leads to other objects.
func hasRef(v pdf.Value) bool { return v.Kind == pdf.Ref || slices.ContainsFunc(v.List, hasRef) }

// validationData allows /DSS with certificates, lists and answers, and nothing else.
func (a *archiveUpdate) validationData(was, is pdf.Value, holder int64) error {
	if was.Kind == pdf.Ref { // it may be written anew in its place, and so may what it holds
		a.may[was.Num] = true
		if old, err := a.old.Resolve(was); err == nil {
			for _, x := range old.List {
				for _, y := range append([]pdf.Value{x}, x.List...) {
					if o, err := a.old.Resolve(y); y.Kind == pdf.Ref && err == nil && o.Kind != pdf.Null {
						if obj, err := a.old.Load(y.Num); err == nil && obj.Data == 0 {
							a.may[y.Num] = true // its lists, but never a certificate of before
						}
					}
				}
			}
		}
	}
	if is.Kind == pdf.Null {
		if was.Kind != pdf.Null {
			return a.changed(holder)
		}
		return nil
	}
	dss, err := a.now.Resolve(is)
	if err != nil || dss.Kind != pdf.Dict {
		return a.changed(holder)
	}
	for _, k := range dss.Keys {
		if !slices.Contains([]string{"Type", "Certs", "CRLs", "OCSPs", "VRI"}, k) {
			return fault.Tampered(
				"The file was changed after it was signed: its validation data hold /%s.", fault.Plain(k),
			)
		}
	}
	_, err = a.closure(is, 0)
	if err != nil {
		return err
	}
	new, err := a.closure(dss, 0)
	if err != nil {
		return err
	}
	if !was.Equal(is) || new > 0 {
		a.added = append(a.added, "validation data (certificates and revocation lists)")
	}
	return nil
}

// form compares the two forms: fields of document timestamps may follow.
func (a *archiveUpdate) form(was, is pdf.Value, holder int64) error {
	number := holder
	if is.Kind == pdf.Ref {
		number = is.Num
		if was.Kind == pdf.Ref && was.Num != is.Num {
			return a.changed(holder)
		}
	}
	old, err := a.old.Resolve(was)
	if err != nil {
		return err
	}
	now, err := a.now.Resolve(is)
	if err != nil {
		return err
	}
	if !equalBut(old, now, "Fields") {
		return a.changed(number)
	}
	a.may[number] = true
	return a.longer(old.Get("Fields"), now.Get("Fields"), number)
}

// longer tells whether a list has become longer by fields of timestamps only.
func (a *archiveUpdate) longer(was, is pdf.Value, holder int64) error {
	old, err := a.old.Resolve(was)
	if err != nil {
		return err
	}
	now, err := a.now.Resolve(is)
	if err != nil {
		return err
	}
	if is.Kind == pdf.Ref {
		if was.Kind == pdf.Ref && was.Num != is.Num {
			return a.changed(holder)
		}
		a.may[is.Num] = true
	}
	if len(now.List) < len(old.List) {
		return a.changed(holder)
	}
	for i, x := range now.List {
		if i < len(old.List) && !x.Equal(old.List[i]) || i >= len(old.List) && !(x.Kind == pdf.Ref && a.fields[x.Num]) {
			return a.changed(holder)
		}
	}
	return nil
}

// objects goes through all that the section writes.
func (a *archiveUpdate) objects() error {
	info := a.old.Trailer().Get("Info")
	cat, err := a.old.Catalogue()
	if err != nil {
		return err
	}
	xmp := cat.Val.Get("Metadata")
	for _, sub := range a.sec.Subs {
		for i, e := range sub.Entries {
			n := sub.First + int64(i)
			_, existed := a.old.Entry(n)
			switch {
			case e.Kind == pdf.EntryFree && !existed:
			case e.Kind == pdf.EntryFree:
				return fault.Tampered("The file was changed after it was signed: %s was removed.", describe(a.old, n))
			case info.Kind == pdf.Ref && info.Num == n && existed:
				if err := a.info(n); err != nil {
					return err
				}
			case xmp.Kind == pdf.Ref && xmp.Num == n && existed:
				if err := a.metadata(n); err != nil {
					return err
				}
			case a.may[n]:
			case existed:
				if err := a.page(n); err != nil {
					return err
				}
			default:
				return a.changed(n)
			}
		}
	}
	return nil
}

// both are an object before and after the update. Objects are compared as what they
// say, not byte for byte: a writer may spell a number or a string in another way.
func (a *archiveUpdate) both(n int64) (was, is *pdf.Object, err error) {
	if was, err = a.old.Load(n); err != nil {
		return nil, nil, err
	}
	is, err = a.now.Load(n)
	return was, is, err
}

// page allows a page whose annotations are longer by fields of timestamps.
func (a *archiveUpdate) page(n int64) error {
	was, is, err := a.both(n)
	if err != nil {
		return err
	}
	if !was.Val.Get("Type").IsName("Page") || was.Data != 0 || is.Data != 0 || !equalBut(was.Val, is.Val, "Annots") {
		return a.changed(n)
	}
	return a.longer(was.Val.Get("Annots"), is.Val.Get("Annots"), n)
}

// info allows the properties to say that the file was saved, and by what.
func (a *archiveUpdate) info(n int64) error {
	was, is, err := a.both(n)
	if err != nil {
		return err
	}
	if is.Data != 0 || !equalBut(was.Val, is.Val, "ModDate", "Producer") {
		return a.changed(n)
	}
	return nil
}

// metadata allows the same in the XMP, which programs write anew as a whole: it
// must say the same after it was parsed.
func (a *archiveUpdate) metadata(n int64) error {
	read := func(v pdf.View) ([]string, error) {
		o, err := v.Load(n)
		if err != nil {
			return nil, err
		}
		data, err := v.Data(o)
		if err != nil {
			return nil, err
		}
		return xmpFacts(data)
	}
	was, err := read(a.old)
	if err != nil {
		return err
	}
	is, err := read(a.now)
	if err != nil || !slices.Equal(was, is) {
		return a.changed(n)
	}
	return nil
}

const (
	rdfSpace = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	xmpSpace = "http://ns.adobe.com/xap/1.0/"
	pdfSpace = "http://ns.adobe.com/pdf/1.3/"
)

// savedAgain are the properties of XMP that say when, and by what, a file was saved.
var savedAgain = []string{xmpSpace + " ModifyDate", xmpSpace + " MetadataDate", pdfSpace + " Producer"}

// xmpFacts lists what XMP says: each text with the properties that it stands in,
// whether it was written as an element or as an attribute, in one order, without
// the properties in savedAgain.
func xmpFacts(data []byte) ([]string, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	var path, facts []string
	add := func(path []string, text string) {
		key := strings.Join(path, "\n")
		if text = strings.TrimSpace(text); text != "" && !slices.Contains(savedAgain, key) {
			facts = append(facts, key+"\n= "+text)
		}
	}
	var open []bool // whether the element is a property and stands in path
	for {
		t, err := d.Token()
		if err == io.EOF {
			slices.Sort(facts)
			return facts, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.Directive:
			return nil, errors.New("a document type")
		case xml.StartElement:
			if len(open) > pdf.MaxRefDepth {
				return nil, errors.New("nested too deep")
			}
			property := t.Name.Space != rdfSpace && t.Name.Space != "adobe:ns:meta/"
			if open = append(open, property); property {
				path = append(path, t.Name.Space+" "+t.Name.Local)
			}
			for _, x := range t.Attr {
				switch x.Name.Space {
				case rdfSpace:
					if x.Name.Local == "resource" { // an address is written as an attribute or as text
						add(path, x.Value)
					}
				case "", "xmlns", "adobe:ns:meta/":
				default:
					add(append(slices.Clone(path), x.Name.Space+" "+x.Name.Local), x.Value)
				}
			}
		case xml.EndElement:
			if open[len(open)-1] {
				path = path[:len(path)-1]
			}
			open = open[:len(open)-1]
		case xml.CharData:
			add(path, string(t))
		}
	}
}

// doubtfulData says what in a document's validation data has no part in its
// signatures or cannot be read; empty if nothing. Nobody signs these data, so
// each certificate must lead to one that came with a signature or a timestamp, or
// be issued by such a one, and each list must be signed by one of them.
func doubtfulData(v pdf.View, bags []*x509.Certificate) string {
	const unread = "The validation data that were added cannot be read."
	cat, err := v.Catalogue()
	if err != nil {
		return unread
	}
	dss, err := v.Resolve(cat.Val.Get("DSS"))
	if err != nil {
		return unread
	}
	var certs []*x509.Certificate
	var lists []*x509.RevocationList
	for _, key := range []string{"Certs", "CRLs", "OCSPs"} {
		list, err := v.Resolve(dss.Get(key))
		if err != nil || len(list.List) > 1000 {
			return unread
		}
		for _, ref := range list.List {
			if ref.Kind != pdf.Ref {
				return unread
			}
			o, err := v.Load(ref.Num)
			if err != nil {
				return unread
			}
			der, err := v.Data(o)
			if err != nil {
				return unread
			}
			switch key {
			case "Certs":
				c, err := x509.ParseCertificate(der)
				if err != nil {
					return "A certificate among the validation data that were added is damaged."
				}
				certs = append(certs, c)
			case "CRLs":
				l, err := x509.ParseRevocationList(der)
				if err != nil {
					return "A revocation list among the validation data that were added is damaged."
				}
				lists = append(lists, l)
			default:
				var whole asn1.RawValue
				if rest, err := asn1.Unmarshal(der, &whole); err != nil || len(rest) > 0 {
					return "An answer of a revocation service among the validation data that were added is damaged."
				}
			}
		}
	}
	known, all := slices.Clone(bags), slices.Concat(bags, certs)
	whole := func(c *x509.Certificate) bool { // somebody signed it as it is
		return slices.ContainsFunc(all, func(k *x509.Certificate) bool { return c.CheckSignatureFrom(k) == nil })
	}
	for grew := true; grew; {
		grew = false
		certs = slices.DeleteFunc(certs, func(c *x509.Certificate) bool {
			belongs := contains(known, c) || whole(c) && slices.ContainsFunc(known, func(k *x509.Certificate) bool {
				return k.CheckSignatureFrom(c) == nil || c.CheckSignatureFrom(k) == nil
			})
			if belongs {
				known, grew = append(known, c), true
			}
			return belongs
		})
	}
	if len(certs) > 0 {
		return fmt.Sprintf("A certificate (%s) was added that has no part in the signatures.", name(certs[0]))
	}
	for _, l := range lists {
		if !slices.ContainsFunc(known, func(c *x509.Certificate) bool { return l.CheckSignatureFrom(c) == nil }) {
			return "A revocation list was added that nobody signed who has a part in the signatures."
		}
	}
	return ""
}

// equalBut compares two dictionaries but for some keys.
func equalBut(a, b pdf.Value, keys ...string) bool {
	without := func(v pdf.Value) pdf.Value {
		out := pdf.Value{Kind: v.Kind, Num: v.Num, Str: v.Str}
		if v.Kind != pdf.Dict {
			return v
		}
		for i, k := range v.Keys {
			if !slices.Contains(keys, k) {
				out.Keys, out.List = append(out.Keys, k), append(out.List, v.List[i])
			}
		}
		return out
	}
	return without(a).Equal(without(b))
}
