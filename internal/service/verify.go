package service

import (
	"context"
	"fmt"

	"assay/internal/certificate"
	"assay/internal/signing"
	"assay/internal/verify"
)

// registerFacts is what the register answers to a verification.
type registerFacts struct {
	trust        signing.Trust
	certificates map[string]verify.Standing // by number
	packs        map[string]string          // digest of its list, by name
	logKey       []byte                     // the signed statement of the log's keys
}

func (f registerFacts) LogKey() []byte { return f.logKey }

func (f registerFacts) Trust() signing.Trust { return f.trust }

func (f registerFacts) Certificate(number string) (verify.Standing, bool) {
	c, ok := f.certificates[number]
	return c, ok
}

func (f registerFacts) Pack(name string) (string, bool) {
	digest, ok := f.packs[name]
	return digest, ok
}

// verifyFacts reads what a verification asks of the register.
func (view *View) verifyFacts(ctx context.Context) (f registerFacts, err error) {
	if f.trust, err = trustOf(ctx, view.r, view.now); err != nil {
		return f, err
	}
	key, err := logKeyOf(ctx, view.r)
	if err != nil {
		return f, err
	}
	f.logKey = key.statement
	f.certificates, f.packs = map[string]verify.Standing{}, map[string]string{}
	for _, c := range view.certificateViews() {
		x := verify.Standing{Digest: c.Digest, RevokedOn: c.RevokedOn, Reason: c.Reason}
		if c.Status == string(certificate.StatusSuperseded) {
			x.SupersededBy = c.SupersededBy
		}
		f.certificates[c.Number] = x
	}
	packs, err := view.r.Packs(ctx)
	if err != nil {
		return f, fmt.Errorf("read packs: %w", err)
	}
	for _, p := range packs {
		f.packs[p.Ref] = p.Manifest
	}
	return f, nil
}

// verifier verifies with what the register knows, and with what the reader gave.
func (s *Service) verifier(ctx context.Context, q verify.Request) (v *verify.Verifier, err error) {
	if v, err = verify.New(ctx, q.TrustPath, q.Withdrawals, s.clock()); err != nil {
		return nil, err
	}
	err = s.readView(ctx, func(view *View) error {
		f, err := view.verifyFacts(ctx)
		v = v.WithRegister(f)
		return err
	})
	return v, err
}

// Verify verifies with what the register knows: its own keys are trusted, and
// what it superseded or revoked is said.
func (s *Service) Verify(ctx context.Context, q verify.Request) (verify.Verified, error) {
	v, err := s.verifier(ctx, q)
	if err != nil {
		return verify.Verified{}, err
	}
	return v.Verify(ctx, q)
}

// ProveLog says what the log in a pack proves, trusting also the register's own keys.
func (s *Service) ProveLog(ctx context.Context, q verify.LogRequest) (verify.LogProof, error) {
	v, err := s.verifier(ctx, verify.Request{TrustPath: q.TrustPath})
	if err != nil {
		return verify.LogProof{}, err
	}
	return v.ProveLog(ctx, q)
}
