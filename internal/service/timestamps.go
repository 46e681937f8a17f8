package service

import (
	"bytes"
	"context"

	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/signing"
	"assay/internal/store"
	"assay/internal/verify"
)

// TimestampRequest asks an authority to attest when a certificate was signed.
type TimestampRequest struct {
	Number string `json:"number"`
	URL    string `json:"url"` // of the authority (RFC 3161); nothing is asked unless a person names one
	// TrustPath is the path of the authority's certificates, with its revocation
	// lists where there are any; empty: the answer's signer is not checked now.
	TrustPath string `json:"trust_path"`
}

// TimestampCertificate has an outside authority attest that the last signature
// on a certificate exists now: the assessor's, or the approver's once they have
// signed. The authority is sent the SHA-256 of the signature and nothing else.
func (s *Service) TimestampCertificate(ctx context.Context, q TimestampRequest) error {
	if q.URL == "" {
		return fault.Invalid("url", "Name the timestamp authority by its address (--tsa https://…).")
	}
	return s.renew(
		ctx,
		q.Number,
		certificate.EventTimestamped,
		"Had "+q.Number+" timestamped by "+q.URL,
		func(pdf []byte, trust signing.Trust) ([]byte, error) {
			if err := verify.TrustTimestamps(&trust, q.TrustPath); err != nil {
				return nil, err
			}
			return signing.Timestamp(ctx, pdf, signing.TSA{URL: q.URL, Roots: trust.TimestampRoots}, s.clock())
		},
	)
}

// CompleteCertificate puts the certificates and revocation lists into a
// certificate's document that a reader would otherwise have to look for, so
// that it can be verified in ten years. The list of revoked keys has to be made
// first.
func (s *Service) CompleteCertificate(ctx context.Context, number, timestampTrust string) error {
	return s.renew(
		ctx,
		number,
		certificate.EventCompleted,
		"Added validation data to "+number,
		func(pdf []byte, trust signing.Trust) ([]byte, error) {
			if err := verify.TrustTimestamps(&trust, timestampTrust); err != nil {
				return nil, err
			}
			return signing.AddValidationData(ctx, pdf, trust)
		},
	)
}

// renew puts another form of a certificate's document in the place of the one
// there is. The work is done before the register is locked for the change: an
// authority may take its time to answer.
func (s *Service) renew(
	ctx context.Context,
	number string,
	kind certificate.EventKind,
	summary string,
	work func(pdf []byte, trust signing.Trust) ([]byte, error),
) error {
	var pdf []byte
	var trust signing.Trust
	before := ""
	err := s.readView(ctx, func(view *View) error {
		if who := s.SignedIn(); who == nil {
			return fault.Forbidden(
				"Say first who is at the keyboard: several people keep this register (on the command line, --as " +
					"PER-0001).",
			)
		} else if err := who.May(organisation.ActionSignCertificate); err != nil {
			return err
		}
		row, err := view.certificate(ctx, number)
		if err != nil {
			return err
		}
		if trust, err = trustOf(ctx, view.r, view.now); err != nil {
			return err
		}
		before = view.pdfDigest(row)
		pdf, err = view.pdf(ctx, row)
		return err
	})
	if err != nil {
		return err
	}
	after, err := work(pdf, trust)
	if err != nil {
		return asFault(err)
	}
	return s.change(
		ctx,
		doing{
			action:  "certificate." + string(kind),
			subject: number,
			summary: summary,
			may:     organisation.ActionSignCertificate,
		},
		func(t *store.Tx) error {
			view, err := s.freshView(ctx, &t.Reader)
			if err != nil {
				return err
			}
			row, err := view.certificate(ctx, number)
			if err != nil {
				return err
			}
			if view.pdfDigest(row) != before {
				return fault.Conflict("%s was signed again meanwhile; try once more.", number)
			}
			blob, _, err := t.PutBlob(ctx, bytes.NewReader(after))
			if err != nil {
				return err
			}
			t.Entry().Digests = []ledger.Digest{{Name: "document", SHA256: certificate.DigestOf(after)}}
			return s.befell(ctx, t, number, certificate.Event{
				Kind: kind, At: s.clock(), By: s.SignedIn().Name, Detail: blob,
			})
		},
	)
}
