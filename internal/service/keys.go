package service

import (
	"context"
	"crypto/x509"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/signing"
	"assay/internal/store"
	"assay/internal/store/db"
)

// KeyView is a signing key as screens show it: never the key itself.
type KeyView struct {
	ID          string     `json:"id"`   // SHA-256 of the public key, hex
	Kind        string     `json:"kind"` // root, assessor
	Person      string     `json:"person"`
	PersonRef   string     `json:"person_ref"`
	Holder      string     `json:"holder"` // as in the certificate
	Fingerprint string     `json:"fingerprint"`
	From        civil.Date `json:"from"`
	Until       civil.Date `json:"until"`
	Revoked     string     `json:"revoked"` // when, empty if it is not
	Reason      string     `json:"reason"`
	Stored      bool       `json:"stored"` // the sealed private key is in this register
}

const (
	keyRoot     = "root"
	keyAssessor = "assessor"
)

// keyID is the SHA-256 of a certificate's public key in hex.
func keyID(c *x509.Certificate) string { return signing.KeyDigest(c) }

// storedKey is a row of signing_key with its certificate read. A key that came
// from elsewhere brings the certificates of its issuers with it.
type storedKey struct {
	db.SigningKey
	cert    *x509.Certificate
	issuers []*x509.Certificate
}

// chain is the key's certificate with its issuers, the root last.
func (k storedKey) chain(keys []storedKey) []*x509.Certificate {
	chain := append([]*x509.Certificate{k.cert}, k.issuers...)
	if len(k.issuers) > 0 {
		return chain
	}
	for _, c := range keys {
		if c.Kind == keyRoot && k.Kind != keyRoot && k.cert.CheckSignatureFrom(c.cert) == nil {
			chain = append(chain, c.cert)
		}
	}
	return chain
}

func keysOf(ctx context.Context, r *store.Reader) ([]storedKey, error) {
	rows, err := r.Keys(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]storedKey, len(rows))
	for i, row := range rows {
		certs, err := signing.ParseCertificates([]byte(row.Cert))
		own := slices.IndexFunc(certs, func(c *x509.Certificate) bool { return keyID(c) == row.ID })
		if err != nil || own < 0 {
			return nil, fault.Tampered("A certificate kept in this register cannot be read: run assay check.").
				Because(err)
		}
		// Roots come first, all others in the order of the chain.
		out[i] = storedKey{row, certs[own], slices.Concat(certs[own+1:], certs[:own])}
	}
	return out, nil
}

// Keys lists the organisation's root and the keys issued under it.
func (s *Service) Keys(ctx context.Context) ([]KeyView, error) {
	out := []KeyView{}
	err := s.readView(ctx, func(view *View) error {
		keys, err := keysOf(ctx, view.r)
		for _, k := range keys {
			v := KeyView{
				ID:          k.ID,
				Kind:        k.Kind,
				Holder:      k.cert.Subject.CommonName,
				Fingerprint: signing.Fingerprint(k.cert),
				From:        civil.Of(k.cert.NotBefore),
				Until: civil.Of(
					k.cert.NotAfter,
				),
				Revoked: k.RevokedAt.String,
				Reason:  k.Reason.String,
				Stored:  len(k.Sealed) > 0,
			}
			if p, ok := view.personByID[k.PersonID.String]; ok {
				v.Person, v.PersonRef = p.Name, p.Ref
			}
			out = append(out, v)
		}
		return err
	})
	return out, err
}

// root finds the root in use: the newest that is not revoked.
func root(keys []storedKey) *storedKey {
	for i := len(keys) - 1; i >= 0; i-- {
		if keys[i].Kind == keyRoot && !keys[i].RevokedAt.Valid {
			return &keys[i]
		}
	}
	return nil
}

// MakeRoot makes the organisation's root key, sealed with a passphrase of its
// own: who holds it decides who signs for the organisation.
func (s *Service) MakeRoot(ctx context.Context, passphrase string) error {
	return s.change(
		ctx,
		doing{action: "key.root", summary: "Made the organisation's root key", may: organisation.ActionManageRegister},
		func(t *store.Tx) error {
			keys, err := keysOf(ctx, &t.Reader)
			if err != nil {
				return err
			}
			if root(keys) != nil {
				return fault.Conflict("This register already has a root key; revoke it before making another.")
			}
			org, err := getOrganisation(ctx, &t.Reader)
			if err != nil {
				return err
			}
			identity, err := signing.NewRoot(org.Name, signing.ECDSAP256, s.clock())
			if err != nil {
				return err
			}
			if err := certifyLogKey(ctx, t, identity); err != nil {
				return err
			}
			return s.keepKey(ctx, t, keyRoot, "", identity, passphrase)
		},
	)
}

// keepKey keeps a key sealed, with its certificate and, for a key that came
// from elsewhere, those of its issuers.
func (s *Service) keepKey(
	ctx context.Context,
	t *store.Tx,
	kind, person string,
	identity signing.Identity,
	passphrase string,
	issuers ...*x509.Certificate,
) error {
	if len([]rune(passphrase)) < 8 {
		return fault.Invalid("passphrase", "Choose a passphrase of at least eight characters for the key.")
	}
	sealed, err := signing.SealKey(identity.Key, passphrase, signing.DefaultCost)
	if err != nil {
		return err
	}
	return t.InsertKey(
		ctx,
		db.InsertKeyParams{
			ID:       keyID(identity.Certificate()),
			Kind:     kind,
			PersonID: sql.NullString{String: person, Valid: person != ""},
			Cert: string(
				signing.FormatCertificates(append(identity.Chain[:1:1], issuers...)...),
			),
			Sealed:    sealed,
			CreatedAt: store.Stamp(s.clock()),
		},
	)
}

// IssueKey makes a signing key for a person under the root: sealed with the
// person's own passphrase, which nobody else needs to know. A person may make their
// own; whoever manages the register may make anybody's, and papers say so of whatever
// is approved with it.
func (s *Service) IssueKey(ctx context.Context, person, passphrase, rootPassphrase string) error {
	return s.change(
		ctx,
		doing{
			action:  "key.issue",
			subject: person,
			summary: "Issued a signing key",
			may:     organisation.ActionRead, // see below
		},
		func(t *store.Tx) error {
			p, keys, err := s.newHolder(ctx, t, person)
			if err != nil {
				return err
			}
			if me := s.SignedIn(); me.ID != p.ID {
				if err := me.May(organisation.ActionManageRegister); err != nil {
					return err
				}
			}
			issuer, err := openRoot(keys, rootPassphrase)
			if err != nil {
				return err
			}
			org, err := getOrganisation(ctx, &t.Reader)
			if err != nil {
				return err
			}
			identity, err := issuer.Issue(
				signing.Person{Name: p.Name, Role: p.JobTitle, Organisation: org.Name},
				signing.ECDSAP256,
				s.clock(),
			)
			if err != nil {
				return err
			}
			if err := certifyLogKey(ctx, t, issuer); err != nil {
				return err
			}
			t.Entry().Subject, t.Entry().Summary = p.Ref, oneLine("Issued a signing key to "+p.Name)
			return s.keepKey(ctx, t, keyAssessor, p.ID, identity, passphrase)
		},
	)
}

// newHolder is a person who may be given a signing key, and has none yet.
func (s *Service) newHolder(
	ctx context.Context,
	t *store.Tx,
	person string,
) (*organisation.Person, []storedKey, error) {
	p, err := store.People.Get(ctx, &t.Reader, person)
	if err != nil {
		return nil, nil, err
	}
	if p.May(organisation.ActionSignCertificate) != nil && p.May(organisation.ActionCountersign) != nil {
		return nil, nil, fault.Forbidden(
			"%s neither signs nor approves certificates; give them the duty of assessor or approver first.",
			p.Name,
		)
	}
	keys, err := keysOf(ctx, &t.Reader)
	for _, k := range keys {
		if k.PersonID.String == p.ID && !k.RevokedAt.Valid && k.cert.NotAfter.After(s.clock()) {
			return nil, nil, fault.Conflict("%s already has a signing key; revoke it before issuing another.", p.Name)
		}
	}
	return p, keys, err
}

func openRoot(keys []storedKey, passphrase string) (signing.Identity, error) {
	k := root(keys)
	if k == nil {
		return signing.Identity{}, fault.Conflict("The organisation has no root key yet; make it first.")
	}
	key, err := signing.OpenKey(k.Sealed, passphrase)
	if err != nil {
		return signing.Identity{}, err
	}
	return signing.Identity{Key: key, Chain: []*x509.Certificate{k.cert}}, nil
}

// identity unlocks a person's key for one signature.
func (s *Service) identity(
	ctx context.Context,
	r *store.Reader,
	personID, passphrase string,
) (signing.Identity, error) {
	keys, err := keysOf(ctx, r)
	if err != nil {
		return signing.Identity{}, err
	}
	for i := len(keys) - 1; i >= 0; i-- {
		k := keys[i]
		if k.Kind != keyAssessor || k.PersonID.String != personID || k.RevokedAt.Valid || len(k.Sealed) == 0 {
			continue
		}
		key, err := signing.OpenKey(k.Sealed, passphrase)
		if err != nil {
			return signing.Identity{}, err
		}
		return signing.Identity{Key: key, Chain: k.chain(keys)}, nil
	}
	return signing.Identity{}, fault.Conflict(
		"There is no signing key for this person yet. Issue one first (in the window: Settings, Keys; on the " +
			"command line: assay key issue).",
	)
}

// ChangeKeyPassphrase seals a person's key anew.
func (s *Service) ChangeKeyPassphrase(ctx context.Context, id, old, passphrase string) error {
	return s.change(
		ctx,
		doing{action: "key.passphrase", summary: "Changed the passphrase of a key", may: organisation.ActionRead},
		func(t *store.Tx) error {
			keys, err := keysOf(ctx, &t.Reader)
			if err != nil {
				return err
			}
			for _, k := range keys {
				if k.ID != id {
					continue
				}
				key, err := signing.OpenKey(k.Sealed, old)
				if err != nil {
					return err
				}
				if len([]rune(passphrase)) < 8 {
					return fault.Invalid("passphrase", "Choose a passphrase of at least eight characters for the key.")
				}
				sealed, err := signing.SealKey(key, passphrase, signing.DefaultCost)
				if err != nil {
					return err
				}
				return t.ResealKey(ctx, sealed, id)
			}
			return fault.NotFound("key", id)
		},
	)
}

// KeyRevoked is a key that was just revoked, and what follows from that.
type KeyRevoked struct {
	ID          string   `json:"id"`
	Holder      string   `json:"holder"`
	Fingerprint string   `json:"fingerprint"`
	Signed      []string `json:"signed"` // numbers of certificates in force that need its signature
	Sentence    string   `json:"sentence"`
}

// keyOfWhom finds the key that somebody means by its identifier, its fingerprint
// (in any spelling, or its first sixteen digits), or a person's reference or
// name. Errors: not_found, conflict (several).
func keyOfWhom(view *View, keys []storedKey, who string) (storedKey, error) {
	digits := strings.ToLower(strings.Join(strings.Fields(who), ""))
	var found []storedKey
	for _, k := range keys {
		p, known := view.personByID[k.PersonID.String]
		byPerson := known && !k.RevokedAt.Valid && (p.Ref == who || p.ID == who || strings.EqualFold(p.Name, who))
		byRoot := k.Kind == keyRoot && !k.RevokedAt.Valid && who == keyRoot
		if k.ID == digits || len(digits) >= 16 && strings.HasPrefix(k.ID, digits) || byPerson || byRoot {
			found = append(found, k)
		}
	}
	switch len(found) {
	case 0:
		return storedKey{}, fault.NotFound("key", who)
	case 1:
		return found[0], nil
	}
	return storedKey{}, fault.Conflict("%q could be several keys; give the fingerprint (assay key list).", who)
}

// consequences says what a revocation means for documents, and what to send to whom.
func (view *View) consequences(ctx context.Context, k storedKey) (KeyRevoked, error) {
	out := KeyRevoked{
		ID: k.ID, Holder: k.cert.Subject.CommonName, Fingerprint: signing.Fingerprint(k.cert), Signed: []string{},
	}
	for _, c := range view.issued() {
		if s := c.StatusAt(view.now); s != certificate.StatusIssued && s != certificate.StatusNotApproved {
			continue
		}
		row, err := view.certificate(ctx, c.Number)
		if err != nil {
			return out, err
		}
		st, err := certificate.Parse([]byte(row.Statement))
		if err != nil {
			return out, err
		}
		if k.Kind == keyRoot ||
			slices.ContainsFunc(st.Signatures, func(x certificate.Signature) bool { return x.Key == k.ID }) {
			out.Signed = append(out.Signed, c.Number)
		}
	}
	out.Sentence = "Send the new trust file (assay export trust) to everybody who checks your documents: whoever " +
		"keeps the old one still believes this key."
	if len(out.Signed) > 0 {
		out.Sentence += fmt.Sprintf(" %s from now on, except where a timestamp proves that it was signed before. "+
			"Issue anew what still has to hold, and tell whoever has the old ones: %s.",
			map[bool]string{
				true:  "A certificate in force reads REVOKED",
				false: fmt.Sprintf("%d certificates in force read REVOKED", len(out.Signed)),
			}[len(out.Signed) == 1],
			strings.Join(out.Signed, ", "))
	}
	return out, nil
}

// RevokeKey ends a key, with the reason; who is its identifier or fingerprint, or
// a person. From then on the register and every new trust file say so, and
// nothing that it signed is believed unless something proves that it is older.
func (s *Service) RevokeKey(ctx context.Context, who, reason string) (out KeyRevoked, err error) {
	if reason == "" {
		return out, fault.Invalid("reason", "Enter why the key is revoked.")
	}
	err = s.change(
		ctx,
		doing{
			action:  "key.revoke",
			reason:  reason,
			summary: "Revoked a signing key",
			may:     organisation.ActionManageRegister,
		},
		func(t *store.Tx) error {
			view, err := s.freshView(ctx, &t.Reader)
			if err != nil {
				return err
			}
			keys, err := keysOf(ctx, &t.Reader)
			if err != nil {
				return err
			}
			k, err := keyOfWhom(view, keys, who)
			if err != nil {
				return err
			}
			if k.RevokedAt.Valid {
				return fault.Conflict("This key is revoked already.")
			}
			if out, err = view.consequences(ctx, k); err != nil {
				return err
			}
			t.Entry().Summary = oneLine("Revoked the signing key of " + k.cert.Subject.CommonName)
			return t.RevokeKey(
				ctx,
				sql.NullString{String: store.Stamp(s.clock()), Valid: true},
				sql.NullString{String: reason, Valid: true},
				k.ID,
			)
		},
	)
	if err != nil {
		return KeyRevoked{}, err
	}
	return out, nil
}

// RootPEM is the trust file for those who check the organisation's documents:
// its root certificates, the keys that sign under them, the newest list of
// revoked keys of each root, where one was made, and every key that was revoked.
func (s *Service) RootPEM(ctx context.Context) (out []byte, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		trust, err := trustOf(ctx, r, s.clock())
		if err != nil {
			return err
		}
		if len(trust.Roots) == 0 {
			return fault.Conflict("The organisation has no root key yet; make it first.")
		}
		out = signing.FormatTrust(trust)
		return nil
	})
	return out, err
}

// trustOf is whom the register itself trusts: its own roots and keys, and the
// roots of keys that were brought in; with the lists of revoked keys it made.
func trustOf(ctx context.Context, r *store.Reader, now time.Time) (signing.Trust, error) {
	trust := signing.Trust{Now: now}
	keys, err := keysOf(ctx, r)
	if err != nil {
		return trust, err
	}
	add := func(list *[]*x509.Certificate, c *x509.Certificate) {
		if !slices.ContainsFunc(*list, c.Equal) {
			*list = append(*list, c)
		}
	}
	for _, k := range keys {
		if k.RevokedAt.Valid {
			at, err := time.Parse(time.RFC3339Nano, k.RevokedAt.String)
			if err != nil {
				return trust, fmt.Errorf("read revoked key: %w", err)
			}
			if trust.RevokedKeys == nil {
				trust.RevokedKeys = map[string]signing.RevokedKey{}
			}
			trust.RevokedKeys[k.ID] = signing.RevokedKey{At: at, Reason: k.Reason.String}
		}
		if k.Kind == keyRoot {
			add(&trust.Roots, k.cert)
			continue
		}
		add(&trust.Known, k.cert)
		for _, c := range k.issuers {
			if c.CheckSignatureFrom(c) == nil {
				add(&trust.Roots, c)
			} else {
				add(&trust.Known, c)
			}
		}
	}
	if trust.Pins, err = quantumPins(ctx, r); err != nil {
		return trust, err
	}
	trust.Revoked, err = revocationLists(ctx, r)
	return trust, err
}
