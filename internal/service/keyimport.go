package service

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/prose"
	"assay/internal/signing"
	"assay/internal/store"
)

// Names of settings: a key that waits for its certificate, by person, and the
// newest list of revoked keys, by root.
const (
	requestSetting = "key request "
	crlSetting     = "crl "
)

// ImportKey takes a signing key that another authority certified for a person,
// from a PKCS#12 file, and seals it with the person's passphrase. The root that
// its certificate leads to is trusted from then on.
func (s *Service) ImportKey(ctx context.Context, person string, file []byte, filePassphrase, passphrase string) error {
	return s.change(
		ctx,
		doing{
			action:  "key.import",
			subject: person,
			summary: "Imported a signing key",
			may:     organisation.ActionManageRegister,
		},
		func(t *store.Tx) error {
			p, _, err := s.newHolder(ctx, t, person)
			if err != nil {
				return err
			}
			identity, err := signing.ImportPKCS12(file, filePassphrase)
			if err != nil {
				return err
			}
			t.Entry().Summary = "Imported a signing key of"
			return s.keepForeign(ctx, t, p, identity, passphrase)
		},
	)
}

// keepForeign keeps a key that another authority certified.
func (s *Service) keepForeign(
	ctx context.Context,
	t *store.Tx,
	p *organisation.Person,
	identity signing.Identity,
	passphrase string,
) error {
	c := identity.Certificate()
	switch {
	case len(identity.Chain) < 2 || c.IsCA:
		return fault.Invalid(
			"key",
			"This certificate is an authority's own, or nobody vouches for it: choose the key of a person with a "+
				"certificate that an authority issued.",
		)
	case c.NotAfter.Before(s.clock()):
		return fault.Invalid(
			"key",
			fmt.Sprintf(
				"The certificate of this key ended on %s; ask for a new one.",
				c.NotAfter.UTC().Format("2 January 2006"),
			),
		)
	}
	t.Entry().Subject, t.Entry().Summary = p.Ref, oneLine(
		fmt.Sprintf("%s %s, certified by %s", t.Entry().Summary, p.Name, identity.Root().Subject.CommonName),
	)
	return s.keepKey(ctx, t, keyAssessor, p.ID, identity, passphrase, identity.Chain[1:]...)
}

// keyRequest is a key that waits for its certificate.
type keyRequest struct {
	Person string `json:"person"` // identifier
	CSR    string `json:"csr"`    // PEM
	Sealed []byte `json:"sealed"` // the key
}

// RequestKey makes a key for a person, sealed with their passphrase, and the
// request (CSR, PEM) with which the organisation's own authority is asked to
// certify it. A new request takes the place of an older one.
func (s *Service) RequestKey(ctx context.Context, person, passphrase string) (csr []byte, err error) {
	err = s.change(
		ctx,
		doing{
			action:  "key.request",
			subject: person,
			summary: "Made a certificate request",
			may:     organisation.ActionManageRegister,
		},
		func(t *store.Tx) error {
			p, _, err := s.newHolder(ctx, t, person)
			if err != nil {
				return err
			}
			if len([]rune(passphrase)) < 8 {
				return fault.Invalid("passphrase", "Choose a passphrase of at least eight characters for the key.")
			}
			org, err := getOrganisation(ctx, &t.Reader)
			if err != nil {
				return err
			}
			key, err := signing.NewKey(signing.ECDSAP256)
			if err != nil {
				return err
			}
			if csr, err = signing.NewRequest(
				key, signing.Person{Name: p.Name, Role: p.JobTitle, Organisation: org.Name},
			); err != nil {
				return err
			}
			sealed, err := signing.SealKey(key, passphrase, signing.DefaultCost)
			if err != nil {
				return err
			}
			body, err := json.Marshal(keyRequest{p.ID, string(csr), sealed})
			if err != nil {
				return err
			}
			t.Entry().Subject, t.Entry().Summary = p.Ref, oneLine("Made a key and a certificate request for "+p.Name)
			return t.PutSetting(ctx, requestSetting+p.ID, string(body))
		},
	)
	if err != nil {
		return nil, err
	}
	return csr, nil
}

// publicKey is what certificates and requests have.
type publicKey interface{ Equal(crypto.PublicKey) bool }

// AcceptKey takes the certificates (PEM) with which an authority answered a
// request, and joins them with the key that was waiting. It tells whose it is.
func (s *Service) AcceptKey(ctx context.Context, answer []byte, passphrase string) (person string, err error) {
	err = s.change(
		ctx,
		doing{action: "key.accept", summary: "Accepted a certificate", may: organisation.ActionManageRegister},
		func(t *store.Tx) error {
			certs, err := signing.ParseCertificates(answer)
			if err != nil {
				return err
			}
			settings, err := t.Settings(ctx)
			if err != nil {
				return err
			}
			for _, x := range settings {
				if !strings.HasPrefix(x.Name, requestSetting) || x.Value == "" {
					continue
				}
				var q keyRequest
				if err := json.Unmarshal([]byte(x.Value), &q); err != nil {
					return err
				}
				block, _ := pem.Decode([]byte(q.CSR))
				if block == nil {
					return fault.Tampered(
						"A certificate request kept in this register cannot be read: run assay check.",
					)
				}
				csr, err := x509.ParseCertificateRequest(block.Bytes)
				if err != nil {
					return fault.Tampered(
						"A certificate request kept in this register cannot be read: run assay check.",
					).
						Because(err)
				}
				asked, ok := csr.PublicKey.(publicKey)
				if !ok ||
					!slices.ContainsFunc(certs, func(c *x509.Certificate) bool { return asked.Equal(c.PublicKey) }) {
					continue
				}
				p, _, err := s.newHolder(ctx, t, q.Person)
				if err != nil {
					return err
				}
				key, err := signing.OpenKey(q.Sealed, passphrase)
				if err != nil {
					return err
				}
				identity, err := signing.AcceptAnswer(key, answer)
				if err != nil {
					return err
				}
				person = p.Ref
				t.Entry().Summary = "Accepted the certificate of"
				if err := s.keepForeign(ctx, t, p, identity, passphrase); err != nil {
					return err
				}
				return t.PutSetting(ctx, x.Name, "")
			}
			return fault.Conflict(
				"No key in this register waits for this certificate; make the request here first (assay key request).",
			)
		},
	)
	return person, err
}

// RevocationList makes the root's list of revoked signing keys (X.509 CRL, PEM)
// and keeps it, so that the trust file carries it: with the list, a document
// signed with a revoked key is known for what it is without the register too.
func (s *Service) RevocationList(ctx context.Context, rootPassphrase string) (out []byte, err error) {
	err = s.change(
		ctx,
		doing{action: "key.crl", summary: "Made the list of revoked keys", may: organisation.ActionManageRegister},
		func(t *store.Tx) error {
			keys, err := keysOf(ctx, &t.Reader)
			if err != nil {
				return err
			}
			issuer, err := openRoot(keys, rootPassphrase)
			if err != nil {
				return err
			}
			revoked := map[*x509.Certificate]time.Time{}
			for _, k := range keys {
				if !k.RevokedAt.Valid || k.Kind == keyRoot || k.cert.CheckSignatureFrom(issuer.Certificate()) != nil {
					continue
				}
				if revoked[k.cert], err = time.Parse(time.RFC3339Nano, k.RevokedAt.String); err != nil {
					return err
				}
			}
			n, err := t.NextNumber(ctx, "CRL")
			if err != nil {
				return err
			}
			list, err := issuer.RevokeKeys(revoked, n, s.clock())
			if err != nil {
				return err
			}
			out = pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: list.Raw})
			t.Entry().Summary = fmt.Sprintf("Made list %d of revoked keys: %s", n, prose.Count(len(revoked), "key"))
			return t.PutSetting(ctx, crlSetting+keyID(issuer.Certificate()), string(out))
		},
	)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// revocationLists are the newest lists of revoked keys that were made here.
func revocationLists(ctx context.Context, r *store.Reader) ([]*x509.RevocationList, error) {
	settings, err := r.Settings(ctx)
	if err != nil {
		return nil, err
	}
	var out []*x509.RevocationList
	for _, x := range settings {
		if !strings.HasPrefix(x.Name, crlSetting) {
			continue
		}
		t, err := signing.ParseTrust([]byte(x.Value))
		if err != nil {
			return nil, fault.Tampered("A list of revoked keys in this register cannot be read: run assay check.").
				Because(err)
		}
		out = append(out, t.Revoked...)
	}
	return out, nil
}
