package service

import (
	"context"
	"errors"

	"assay/internal/fault"
	"assay/internal/store"
	"assay/internal/vault"
)

// Recover opens a register with the words of its recovery key and gives it a new
// passphrase, without which it is not opened: whoever forgot one passphrase needs another.
// The words stay as they are; NewRecovery replaces them. Errors: invalid (a wrong word, a
// poor passphrase), forbidden (words of another register), and those of Open.
func Recover(ctx context.Context, path, words, passphrase string, o Options) (*Service, error) {
	if !vault.IsSealed(path) {
		return nil, fault.Invalid("recovery", "This register is not encrypted; it opens without a recovery key.")
	}
	// Refused before the words are tried, so that a poor passphrase is not said to be a wrong word.
	if s := vault.StrengthOf(passphrase); s.Refused != "" {
		return nil, fault.Invalid("passphrase", s.Refused)
	}
	o.Passphrase, o.Recovery = "", words
	s, err := Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	// No duty is asked for: the words are what lets somebody in who is not known yet.
	err = s.change(ctx, doing{action: "register.recovered",
		summary: "Opened the register with its recovery key, and changed its passphrase"},
		func(t *store.Tx) error {
			if err := t.PutSetting(ctx, "register.passphrase", store.Stamp(s.clock())); err != nil {
				return err
			}
			return s.vault.SetPassphrase(passphrase, vault.Params{}) // last: it cannot be taken back
		})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// NewRecovery makes a new recovery key for whoever knows the passphrase; the one before no
// longer opens the register.
func (s *Service) NewRecovery(ctx context.Context, passphrase string) (words string, err error) {
	err = s.changeLock(ctx, "register.recovery", "Made a new recovery key", func(v *vault.Vault) error {
		if err := v.CheckPassphrase(passphrase); err != nil {
			return err
		}
		words, err = v.AddRecovery()
		return err
	})
	return words, err
}

// Strength says how hard a passphrase is to guess.
type Strength = vault.Strength

// PassphraseStrength judges a passphrase that somebody types.
func PassphraseStrength(passphrase string) Strength { return vault.StrengthOf(passphrase) }

// ProposePassphrase draws six words by chance.
func ProposePassphrase() (string, error) { return vault.ProposePassphrase(6) }
