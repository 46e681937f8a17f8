package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/store"
	"assay/internal/vault"
)

// Rekeyed is a register that has a new key.
type Rekeyed struct {
	Path     string `json:"path"`
	Old      string `json:"old"`          // the register as it was, under the old key: to be deleted once the new one is trusted
	Recovery string `json:"recovery_key"` // words to write down, shown once
}

// Rekey gives the register at path another key, under another passphrase and
// recovery key: who has an old copy and the old passphrase can then read nothing that is written from
// now on. The register is written anew beside its file, checked as a whole, and put in its place; the file
// before is kept among the backups. The activity log goes on, and says that it was done.
func Rekey(ctx context.Context, path string, o Options, passphrase string) (out Rekeyed, err error) {
	s, err := Open(ctx, path, o)
	if err != nil {
		return out, err
	}
	closed := false
	defer func() {
		if !closed {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.vault == nil {
		return out, fault.Conflict("This register is not encrypted, so it has no key.")
	}
	if s.vault.CheckPassphrase(passphrase) == nil {
		return out, fault.Invalid(
			"passphrase",
			"Choose another passphrase than the present one: who knows that one could open the new key with it.",
		)
	}
	out.Path = s.Path()
	dir := filepath.Dir(out.Path)
	// A file of its own holds the new key until the register is written under it. Both have names of
	// this register, which is locked: what an attempt that was cut off left goes with the next.
	base := filepath.Join(dir, "."+s.FileName())
	seed, fresh := base+".rekey-key", base+".rekey-new"
	clean := func() {
		for _, f := range []string{seed, fresh} {
			for _, name := range append(vault.Files(f), store.LockName(f)) {
				os.Remove(name)
			}
		}
	}
	clean()
	defer clean()
	v, recovery, err := vault.Create(seed, passphrase, vault.Params{})
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	folder := backupFolder(out.Path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return out, fault.Forbidden("The folder for backups, %s, cannot be made.", folder).Because(err)
	}
	out.Old = filepath.Join(
		folder,
		strings.TrimSuffix(s.FileName(), ".assay")+"-"+s.clock().Format(backupStamp)+"-old-key.assay",
	)
	if _, err := os.Lstat(out.Old); err == nil {
		return out, fault.Conflict("There already is a file %s; try again in a moment.", out.Old)
	}
	if _, err := s.whoMay(organisation.ActionManageRegister); err != nil {
		return out, err
	}
	var entries int64
	if err := s.read(ctx, func(r *store.Reader) error { entries, err = r.LogSize(ctx); return err }); err != nil {
		return out, err
	}
	s.stopIndexing()
	err = s.st.VacuumSealed(ctx, fresh, v.VFS(), v.PageSize(), func() error {
		if err := finishFresh(
			ctx, fresh, passphrase, Options{Clock: o.Clock, As: s.SignedIn().Ref}, entries,
		); err != nil {
			return err
		}
		if err := os.Link(out.Path, out.Old); err != nil {
			return fault.Conflict("The register as it was cannot be kept as %s; nothing was changed.", out.Old).
				Because(err)
		}
		if err := os.Rename(fresh, out.Path); err != nil {
			os.Remove(out.Old)
			return fault.Conflict("The new file cannot take the place of the old one; nothing was changed.").
				Because(err)
		}
		if d, err := os.Open(dir); err == nil {
			_ = d.Sync() // so that the name outlives a power cut; not every system can
			d.Close()
		}
		return nil
	})
	if err != nil {
		return out, asFault(err)
	}
	closed = true
	out.Recovery = recovery
	return out, s.Close()
}

// finishFresh opens the new file with its passphrase, has its log say what was
// done, and checks all of it. The file before does not say so: it keeps its key, and so
// does the register where this is cut off.
func finishFresh(ctx context.Context, path, passphrase string, o Options, entries int64) error {
	o.Passphrase = passphrase
	s, err := Open(ctx, path, o)
	if err != nil {
		return fmt.Errorf("open the new file: %w", err)
	}
	return errors.Join(s.logRekey(ctx, entries), s.Close()) // closed, it is one file with no log beside it
}

func (s *Service) logRekey(ctx context.Context, entries int64) error {
	s.stopIndexing()
	err := s.change(
		ctx,
		doing{action: "register.rekey", summary: "Gave the register a new key", may: organisation.ActionManageRegister},
		func(t *store.Tx) error {
			return t.PutSetting(ctx, "register.rekey", store.Stamp(s.clock()))
		},
	)
	if err != nil {
		return err
	}
	r, err := s.Check(ctx, nil)
	if err != nil {
		return err
	}
	if !r.Sound || r.Entries != entries+1 {
		return fault.Tampered(
			"The register that was written anew is not what the register is; nothing was changed. Run assay check.",
		)
	}
	return nil
}
