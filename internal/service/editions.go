package service

import (
	"bytes"
	"context"
	"crypto/x509"
	"slices"
	"strings"

	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/report"
	"assay/internal/signing"
	"assay/internal/store"
)

// drawnCertificate lays a certificate out for drawing. root is the certificate of
// the organisation's root key, where it is known.
func drawnCertificate(st certificate.Statement, record []byte, seal string, root *x509.Certificate) report.Certificate {
	signed := report.Signed{Seal: seal, SealVersion: signing.SealVersion(seal)}
	if root != nil {
		signed.Root = &report.Key{Use: report.UseRoot, Holder: root.Subject.CommonName, Fingerprint: keyID(root)}
	}
	return report.OfStatement(st, record, signed)
}

// recordOf is an issued certificate as it is drawn again.
func (view *View) recordOf(ctx context.Context, number string) (report.Certificate, certificate.Statement, error) {
	row, err := view.certificate(ctx, number)
	if err != nil {
		return report.Certificate{}, certificate.Statement{}, err
	}
	st, err := certificate.Parse([]byte(row.Statement))
	if err != nil {
		return report.Certificate{}, st, err
	}
	keys, err := keysOf(ctx, view.r)
	if err != nil {
		return report.Certificate{}, st, err
	}
	var root *x509.Certificate
	if i := slices.IndexFunc(keys, func(k storedKey) bool { return k.ID == st.Assessor().Key }); i >= 0 {
		if chain := keys[i].chain(keys); len(chain) > 1 {
			root = chain[len(chain)-1]
		}
	}
	seal, err := view.sealOf(ctx, row)
	if err != nil {
		return report.Certificate{}, certificate.Statement{}, err
	}
	d := drawnCertificate(st, []byte(row.Statement), seal, root)
	d.Ended = view.lifeOf(number).Ended(view.now)
	return d, st, nil
}

// lifeOf is what a certificate of the register became.
func (view *View) lifeOf(number string) certificate.Certificate {
	for _, c := range view.issued() {
		if c.Number == number {
			return c
		}
	}
	return certificate.Certificate{}
}

// exportable refuses to put a certificate that no longer holds into a form that other
// programs believe by itself: nothing in it could say so. Errors: conflict.
func (view *View) exportable(number string) error {
	if ended := view.lifeOf(number).Ended(view.now); ended != "" {
		what, _, _ := strings.Cut(ended, ": do not rely")
		return fault.Conflict("%s no longer holds: %s. It is not given to other programs, which could not tell.",
			number, what)
	}
	return nil
}

// CertificateHTML is the edition of a certificate for screen readers. It is not
// signed: it shows the digest under which the signed file is found.
func (s *Service) CertificateHTML(ctx context.Context, number string) (out []byte, err error) {
	err = s.readView(ctx, func(view *View) error {
		d, _, err := view.recordOf(ctx, number)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		err = report.CertificateHTML(&b, d)
		out = b.Bytes()
		return err
	})
	return out, err
}

// LargePrint draws the large-print edition of an issued certificate from its
// record, and has the assessor who issued it sign it with the same key: a
// certificate that is not signed would be a piece of paper like any other. The
// record inside, its digest and its seal are those of the certificate. The
// approver signs it too where their passphrase is given; otherwise it has no
// place for their signature, which would stay empty.
func (s *Service) LargePrint(
	ctx context.Context,
	number, passphrase, approverPassphrase string,
) (out []byte, err error) {
	err = s.change(
		ctx,
		doing{
			action:  "certificate.edition",
			subject: number,
			summary: "Signed the large-print edition of " + number,
			may:     organisation.ActionSignCertificate,
		},
		func(t *store.Tx) error {
			view, err := s.freshView(ctx, &t.Reader)
			if err != nil {
				return err
			}
			d, st, err := view.recordOf(ctx, number)
			if err != nil {
				return err
			}
			if st.Assessor().PersonID != s.personID() {
				return fault.Forbidden(
					"%s was issued by %s; only they can sign its large-print edition.",
					number,
					st.Assessor().Name,
				)
			}
			identity, err := s.identity(ctx, &t.Reader, st.Assessor().PersonID, passphrase)
			if err != nil {
				return err
			}
			if keyID(identity.Certificate()) != st.Assessor().Key {
				return fault.Conflict(
					"%s was signed with a key that has been replaced since; issue a new certificate to have it in "+
						"large print.",
					number,
				)
			}
			if approverPassphrase == "" {
				d.Approver = report.Person{}
			}
			var drawn bytes.Buffer
			if _, err := report.WriteCertificate(&drawn, d, report.LargePrint); err != nil {
				return err
			}
			if out, err = signing.SignPDF(
				ctx, drawn.Bytes(), report.FieldAssessor, identity,
				signing.PDFOptions{Now: view.now, Reason: "Large-print edition of " + number},
			); err != nil {
				return err
			}
			if approverPassphrase != "" {
				second, err := s.identity(ctx, &t.Reader, st.Approver().PersonID, approverPassphrase)
				if err != nil {
					return err
				}
				if out, err = signing.SignPDF(
					ctx, out, report.FieldApprover, second,
					signing.PDFOptions{Now: view.now, Reason: "Large-print edition of " + number},
				); err != nil {
					return err
				}
			}
			t.Entry().Digests = []ledger.Digest{
				{Name: "edition", SHA256: certificate.DigestOf(out)},
				{Name: "statement", SHA256: d.RecordDigest},
			}
			return nil
		},
	)
	if err != nil {
		return nil, err
	}
	return out, nil
}
