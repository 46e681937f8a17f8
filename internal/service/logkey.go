package service

import (
	"context"
	"crypto"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/signing"
	"assay/internal/store"
)

// Names under which entries of the log vouch for the log's own keys.
const (
	digestLogKey       = "log-key"           // the text of ledger.KeyStatement
	digestLogCertified = "log-key-certified" // the statement as a note that the organisation's root signed
)

// logKey is the register's key for heads with the signed statement of it.
type logKey struct {
	*ledger.Key
	statement []byte
}

// logKeyOf reads the log's key; its Key is nil in a register that has none yet.
func logKeyOf(ctx context.Context, r *store.Reader) (logKey, error) {
	row, err := r.LogKey(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return logKey{}, nil
	}
	if err != nil {
		return logKey{}, fmt.Errorf("read the log's key: %w", err)
	}
	key, err := ledger.NewKey(row.Origin, row.Secret)
	return logKey{key, []byte(row.Statement)}, err
}

// trusted are the keys by which the register itself checks heads: those of its people
// and organisations, and the log's own.
func (k logKey) trusted(t signing.Trust) []crypto.PublicKey {
	keys := t.PublicKeys()
	if k.Key != nil {
		for _, v := range k.Verifiers() {
			keys = append(keys, v)
		}
	}
	return keys
}

// makeLogKey gives the log keys of its own, in a change whose entry names them: from it
// on heads bear the log's new name.
func (s *Service) makeLogKey(ctx context.Context, t *store.Tx, register string) error {
	secret := make([]byte, ledger.SecretSize)
	if _, err := rand.Read(secret); err != nil {
		return fmt.Errorf("make the log's key: %w", err)
	}
	key, err := ledger.NewKey(ledger.Origin(register), secret)
	if err != nil {
		return err
	}
	statement := ledger.KeyStatement{Register: register, Keys: key.Verifiers()}
	note, err := ledger.SignKeyStatement(statement)
	if err != nil {
		return err
	}
	t.Entry().Digests = append(t.Entry().Digests,
		ledger.Digest{Name: digestLogKey, SHA256: certificate.DigestOf(ledger.FormatKeyStatement(statement))})
	return t.InsertLogKey(ctx, key.Name, secret, string(note), store.Stamp(s.clock()))
}

// ensureLogKey gives the log of an older register its keys, in an entry of its own,
// before a head is signed.
func (s *Service) ensureLogKey(ctx context.Context) error {
	var has bool
	err := s.read(ctx, func(r *store.Reader) error {
		k, err := logKeyOf(ctx, r)
		has = k.Key != nil
		return err
	})
	if err != nil || has {
		return err
	}
	return s.change(ctx, doing{action: "log.key", may: organisation.ActionSignCertificate}, func(t *store.Tx) error {
		if k, err := logKeyOf(ctx, &t.Reader); err != nil || k.Key != nil {
			return err
		}
		reg, err := t.Register(ctx)
		if err != nil {
			return err
		}
		t.Entry().Summary = oneLine(fmt.Sprintf(
			"Gave the activity log keys of its own: its heads, called %q before, are called %q from this entry on",
			ledger.OldOrigin(reg.ID), ledger.Origin(reg.ID)))
		return s.makeLogKey(ctx, t, reg.ID)
	})
}

// certifyLogKey has the organisation's root vouch for the log's keys, so that those
// who trust the root know whose log it is. Without keys there is nothing to do.
func certifyLogKey(ctx context.Context, t *store.Tx, root signing.Identity) error {
	key, err := logKeyOf(ctx, &t.Reader)
	if err != nil || key.Key == nil {
		return err
	}
	statement, err := ledger.OpenKeyStatement(key.statement, root.Key.Public())
	if !errors.Is(err, ledger.ErrUnknownSigner) {
		return err // certified already
	}
	note, err := ledger.SignKeyStatement(statement, root.Key)
	if err != nil {
		return err
	}
	t.Entry().Digests = append(t.Entry().Digests,
		ledger.Digest{Name: digestLogCertified, SHA256: certificate.DigestOf(note)})
	return t.PutKeyStatement(ctx, string(note))
}

// CertifyLog has the organisation's root vouch for the keys of a log that was there
// before it, or before logs had keys.
func (s *Service) CertifyLog(ctx context.Context, rootPassphrase string) error {
	if err := s.ensureLogKey(ctx); err != nil {
		return err
	}
	return s.change(ctx, doing{
		action:  "log.certify",
		summary: "Had the organisation's root vouch for the activity log's keys",
		may:     organisation.ActionManageRegister,
	}, func(t *store.Tx) error {
		keys, err := keysOf(ctx, &t.Reader)
		if err != nil {
			return err
		}
		issuer, err := openRoot(keys, rootPassphrase)
		if err != nil {
			return err
		}
		return certifyLogKey(ctx, t, issuer)
	})
}

// LogKeyView is what others need to know of the log's keys.
type LogKeyView struct {
	Origin    string   `json:"origin"`
	Keys      []string `json:"keys"`      // verifier keys (C2SP), Ed25519 first
	Certified bool     `json:"certified"` // by the organisation's root
	Statement string   `json:"statement"` // the signed statement, as a note
}

// LogKey is the log's keys, as others need them to check its heads. Errors: not
// found, where the log has none yet.
func (s *Service) LogKey(ctx context.Context) (v LogKeyView, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		key, err := logKeyOf(ctx, r)
		if err != nil {
			return err
		}
		if key.Key == nil {
			return fault.Conflict("This log has no keys yet: assay key log gives it some.")
		}
		trust, err := trustOf(ctx, r, s.clock())
		if err != nil {
			return err
		}
		v = LogKeyView{Origin: key.Name, Statement: string(key.statement)}
		for _, k := range key.Verifiers() {
			v.Keys = append(v.Keys, k.String())
		}
		_, err = ledger.OpenKeyStatement(key.statement, signing.Trust{Roots: trust.Roots}.PublicKeys()...)
		v.Certified = err == nil
		if errors.Is(err, ledger.ErrUnknownSigner) {
			err = nil
		}
		return err
	})
	return v, err
}

// headNow is the log's head, and the log's key to sign it with.
func (s *Service) headNow(ctx context.Context, r *store.Reader) (ledger.Head, logKey, error) {
	log, err := r.Log(ctx)
	if err != nil {
		return ledger.Head{}, logKey{}, err
	}
	reg, err := r.Register(ctx)
	if err != nil {
		return ledger.Head{}, logKey{}, err
	}
	head, err := log.Head(reg.ID, s.clock())
	if err != nil {
		return ledger.Head{}, logKey{}, err
	}
	key, err := logKeyOf(ctx, r)
	return head, key, err
}

// SignedHead is the log's head now, signed by the log, to be given to others: who
// holds it can tell later whether this register still has these entries.
func (s *Service) SignedHead(ctx context.Context) (note []byte, err error) {
	if err := s.ensureLogKey(ctx); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(r *store.Reader) error {
		head, key, err := s.headNow(ctx, r)
		if err != nil {
			return err
		}
		note, err = ledger.SignHead(head, key.Key)
		return err
	})
	return note, err
}

func hexRoot(h ledger.Hash) string { return hex.EncodeToString(h[:]) }
