package bind

import (
	"assay/internal/verify"
	"context"
	"time"
)

// Verify checks certificates, packs and seals, with or without a register.
type Verify struct{ d *Desk }

// Choose asks for a document to check; empty if the dialog was closed.
func (v *Verify) Choose() (string, error) {
	return guard(v.d, "Verify.Choose", func() (string, error) {
		return v.d.chooseOpen("Choose a certificate or an evidence pack", []Filter{
			{
				Name:     "Certificates, packs and pictures of a seal",
				Patterns: []string{"*.pdf", "*.zip", "*.png", "*.jpg", "*.jpeg"},
			},
			{Name: "All files", Patterns: []string{"*"}},
		})
	})
}

// ChooseTrust asks for a certificate that the person trusts.
func (v *Verify) ChooseTrust() (string, error) {
	return guard(v.d, "Verify.ChooseTrust", func() (string, error) {
		return v.d.chooseOpen(
			"Choose the organisation's root certificate",
			[]Filter{{Name: "Certificates", Patterns: []string{"*.pem", "*.crt", "*.cer"}}},
		)
	})
}

// Check answers whether a document is genuine and in force. With a register
// open it also says what the register knows.
func (v *Verify) Check(q verify.Request) (verify.Verified, error) {
	return guard(v.d, "Verify.Check", func() (verify.Verified, error) {
		if err := v.d.files.resolve(&q.Path, &q.TrustPath, &q.Withdrawals, &q.TimestampTrust); err != nil {
			return verify.Verified{}, err
		}
		ctx := context.Background()
		if s := v.d.service(); s != nil {
			return s.Verify(ctx, q)
		}
		now := time.Now
		if v.d.o.Clock != nil {
			now = v.d.o.Clock
		}
		verifier, err := verify.New(ctx, q.TrustPath, q.Withdrawals, now())
		if err != nil {
			return verify.Verified{}, err
		}
		return verifier.Verify(ctx, q)
	})
}
