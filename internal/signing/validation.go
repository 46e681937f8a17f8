package signing

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"

	"assay/internal/fault"
	"assay/internal/pdf"
)

// Validation data (PAdES B-LT, /DSS in the catalogue): certificates and revocation
// lists put beside a signature, so that a reader in ten years need not look for
// them. No signature covers them, so ours are accepted in one form only: the
// increment must be, byte for byte, the one that AddValidationData writes for
// certificates that belong to the signatures and lists that their issuers signed.

// material is the validation data of a document.
type material struct {
	certs []*x509.Certificate
	crls  []*x509.RevocationList
}

// AddValidationData puts the chains of a signed PDF's signatures and timestamps,
// and those of trust's revocation lists that concern them, into the document.
// The signatures stay as they are. Errors: conflict (no list at hand, or the
// document has such data already), tampered, unreadable.
func AddValidationData(ctx context.Context, doc []byte, trust Trust) ([]byte, error) {
	f, err := pdf.Open(bytes.NewReader(doc), int64(len(doc)))
	if err != nil {
		return nil, err
	}
	if rep := VerifyPDF(ctx, f.R, f.Size, trust); rep.Status == StatusAltered || rep.Status == StatusUnreadable ||
		rep.Status == StatusUnsigned {
		return nil, fault.Tampered(
			"This document cannot be completed, for its signatures do not hold: %s",
			strings.Join(rep.Reasons, " "),
		)
	}
	sigs, stamps, err := findSignatures(ctx, f, trust)
	if err != nil {
		return nil, err
	}
	var m material
	bags := bagsOf(sigs, stamps)
	add := func(c *x509.Certificate) {
		if !contains(m.certs, c) {
			m.certs = append(m.certs, c)
		}
	}
	for _, c := range bags {
		add(c)
		for _, root := range slices.Concat(trust.Roots, trust.TimestampRoots, trust.Known) {
			if c.CheckSignatureFrom(root) == nil {
				add(root)
			}
		}
	}
	for _, l := range trust.Revoked {
		if slices.ContainsFunc(m.certs, func(c *x509.Certificate) bool { return l.CheckSignatureFrom(c) == nil }) {
			m.crls = append(m.crls, l)
		}
	}
	if len(m.crls) == 0 {
		return nil, fault.Conflict(
			"There is no revocation list of the signers' issuers at hand: make or import one first.",
		)
	}
	added, err := m.increment(f, len(f.Sections)-1)
	if err != nil {
		return nil, err
	}
	out := slices.Concat(doc, added)
	if rep := verifyBytes(ctx, out, trust); rep.Status == StatusAltered || rep.Status == StatusUnreadable {
		return nil, fault.Conflict(
			"The completed file would not pass verification, so it was not made: %s",
			strings.Join(rep.Reasons, " "),
		)
	}
	return out, nil
}

// bagsOf are the certificates that came with signatures and timestamps.
func bagsOf(sigs []*pdfSignature, stamps []*stamp) []*x509.Certificate {
	var out []*x509.Certificate
	for _, s := range stamps {
		out = append(out, s.bag...)
	}
	for _, s := range sigs {
		if s.cms == nil {
			continue
		}
		out = append(out, s.cms.bag...)
		if s.cms.tst != nil {
			if t, err := parseToken(s.cms.tst, s.cms.data.Signers[0].Sig); err == nil {
				out = append(out, t.cms.bag...)
			}
		}
	}
	return out
}

// increment writes the data, in the order of their bytes, after section rev.
func (m material) increment(f *pdf.File, rev int) ([]byte, error) {
	u, err := newUpdate(f, rev)
	if err != nil {
		return nil, err
	}
	cat, err := u.view.Catalogue()
	if err != nil {
		return nil, err
	}
	if cat.Val.Has("DSS") {
		return nil, fault.Conflict("This document has validation data already.")
	}
	dss := u.newNumber()
	list := func(key string, ders [][]byte) string {
		slices.SortFunc(ders, bytes.Compare)
		var refs strings.Builder
		for _, der := range ders {
			n := u.newNumber()
			u.put(n, fmt.Appendf(nil, "<< /Length %d >>\nstream\n%s\nendstream", len(der), der))
			fmt.Fprintf(&refs, " %d 0 R", n)
		}
		return fmt.Sprintf(" /%s [%s ]", key, refs.String())
	}
	var certs, crls [][]byte
	for _, c := range m.certs {
		certs = append(certs, c.Raw)
	}
	for _, l := range m.crls {
		crls = append(crls, l.Raw)
	}
	u.put(dss, []byte("<< /Type /DSS"+list("Certs", certs)+list("CRLs", crls)+" >>"))
	u.put(cat.Num, insert(cat, cat.Val, fmt.Sprintf("/DSS %d 0 R", dss)))
	return u.increment()
}

// validationData reads the data that belong to the document's signatures; all
// else in it is left out, and isValidationData then refuses the increment.
func validationData(f *pdf.File, bags []*x509.Certificate) (m material) {
	now := f.View(len(f.Sections) - 1)
	cat, err := now.Catalogue()
	if err != nil || !cat.Val.Has("DSS") {
		return m
	}
	dss, err := now.Resolve(cat.Val.Get("DSS"))
	if err != nil {
		return m
	}
	read := func(key string, use func(der []byte)) {
		list, err := now.Resolve(dss.Get(key))
		if err != nil || len(list.List) > 100 {
			return
		}
		for _, ref := range list.List {
			if ref.Kind != pdf.Ref {
				return
			}
			o, err := now.Load(ref.Num)
			if err != nil || o.Data == 0 {
				return
			}
			der, err := f.Decoded(o)
			if err != nil || len(der) > maxTrustFile {
				return
			}
			use(der)
		}
	}
	belongs := func(c *x509.Certificate) bool {
		return contains(bags, c) ||
			c.IsCA && bytes.Equal(c.RawIssuer, c.RawSubject) && c.CheckSignatureFrom(c) == nil &&
				slices.ContainsFunc(bags, func(b *x509.Certificate) bool { return b.CheckSignatureFrom(c) == nil })
	}
	read("Certs", func(der []byte) {
		if c, err := x509.ParseCertificate(der); err == nil && belongs(c) {
			m.certs = append(m.certs, c)
		}
	})
	read("CRLs", func(der []byte) {
		if l, err := x509.ParseRevocationList(der); err == nil &&
			slices.ContainsFunc(m.certs, func(c *x509.Certificate) bool { return l.CheckSignatureFrom(c) == nil }) {
			m.crls = append(m.crls, l)
		}
	})
	return m
}

// isValidationData tells whether section rev is exactly the increment that
// brings this validation data.
func isValidationData(f *pdf.File, rev int, m material) bool {
	if len(m.certs) == 0 || rev == 0 {
		return false
	}
	want, err := m.increment(f, rev-1)
	if err != nil {
		return false
	}
	from, to := f.Sections[rev-1].End, f.Sections[rev].End
	if to-from != int64(len(want)) {
		return false
	}
	got, err := f.Window(from, to-from)
	return err == nil && bytes.Equal(got, want)
}
