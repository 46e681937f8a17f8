package service

import (
	"context"
	"database/sql"
	"fmt"

	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/signing"
	"assay/internal/store"
	"assay/internal/store/db"
)

// MakeQuantumKey makes a person's key for second signatures on packs (ML-DSA-65), sealed
// with the passphrase of their signing key, and ends the one before. The log names its
// fingerprint, and so does the trust file, where readers pin it.
func (s *Service) MakeQuantumKey(ctx context.Context, person, passphrase string) (pin signing.Pin, err error) {
	err = s.change(ctx, doing{
		action:  "key.second",
		subject: person,
		summary: "Made a key for second signatures",
		may:     organisation.ActionManageRegister,
	}, func(t *store.Tx) error {
		p, err := store.People.Get(ctx, &t.Reader, person)
		if err != nil {
			return err
		}
		if _, err := s.identity(ctx, &t.Reader, p.ID, passphrase); err != nil { // it signs beside their first key
			return err
		}
		org, err := getOrganisation(ctx, &t.Reader)
		if err != nil {
			return err
		}
		now := s.clock()
		k, err := signing.NewQuantumKey(signing.Person{Name: p.Name, Role: p.JobTitle, Organisation: org.Name}, now)
		if err != nil {
			return err
		}
		if pin, err = signing.QuantumPin(k.Cert); err != nil {
			return err
		}
		sealed, err := signing.SealQuantumKey(k.Key, passphrase, signing.DefaultCost)
		if err != nil {
			return err
		}
		before, err := t.QuantumKeys(ctx)
		if err != nil {
			return err
		}
		for _, old := range before {
			if old.PersonID == p.ID && !old.EndedAt.Valid {
				if err := t.EndQuantumKey(
					ctx, sql.NullString{String: store.Stamp(now), Valid: true}, old.ID,
				); err != nil {
					return err
				}
			}
		}
		t.Entry().Subject = p.Ref
		t.Entry().Summary = oneLine("Made a key for second signatures (ML-DSA-65) for " + p.Name)
		t.Entry().Digests = append(t.Entry().Digests, ledger.Digest{Name: "ml-dsa-65-key", SHA256: pin.Fingerprint})
		return t.InsertQuantumKey(ctx, db.InsertQuantumKeyParams{
			ID: pin.Fingerprint, PersonID: p.ID, Cert: k.Cert, Sealed: sealed, CreatedAt: store.Stamp(now),
		})
	})
	return pin, err
}

// quantumKey opens a person's key for second signatures; nil where they have none.
func quantumKey(ctx context.Context, r *store.Reader, personID, passphrase string) (*signing.QuantumKey, error) {
	rows, err := r.QuantumKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the keys for second signatures: %w", err)
	}
	for i := len(rows) - 1; i >= 0; i-- {
		if rows[i].PersonID != personID || rows[i].EndedAt.Valid {
			continue
		}
		key, err := signing.OpenQuantumKey(rows[i].Sealed, passphrase)
		if fault.CodeOf(err) == fault.CodeForbidden {
			return nil, fault.Forbidden(
				"The key for second signatures has another passphrase than the signing key: make a new one (assay " +
					"key second).").Because(err)
		}
		if err != nil {
			return nil, err
		}
		return &signing.QuantumKey{Key: key, Cert: rows[i].Cert}, nil
	}
	return nil, nil
}

// quantumPins are the keys for second signatures, ended ones too: what they signed before
// they ended is still theirs.
func quantumPins(ctx context.Context, r *store.Reader) (out []signing.Pin, err error) {
	rows, err := r.QuantumKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the keys for second signatures: %w", err)
	}
	for _, row := range rows {
		pin, err := signing.QuantumPin(row.Cert)
		if err != nil {
			return nil, err
		}
		out = append(out, pin)
	}
	return out, nil
}
