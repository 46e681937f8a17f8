package service

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/prose"
	"assay/internal/signing"
	"assay/internal/store"
)

// WriteNewFile writes a file that is not there yet, for its owner's eyes, whole
// or not at all.
func WriteNewFile(path string, data []byte) error {
	return copyTo(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// Withdrawals is the signed list of certificates that are no longer in force,
// for those who verify without the register.
func (s *Service) Withdrawals(ctx context.Context, passphrase string) (out []byte, err error) {
	err = s.readView(ctx, func(view *View) error {
		who, err := s.whoMay(organisation.ActionExport)
		if err != nil {
			return err
		}
		identity, err := s.identity(ctx, view.r, who.ID, passphrase)
		if err != nil {
			return err
		}
		list := signing.WithdrawalList{Organisation: oneLine(prose.Shorten(view.org.Name, 100)), Issued: view.now}
		for _, c := range view.issued() {
			x := signing.Withdrawal{Number: c.Number}
			switch c.StatusAt(view.now) {
			case certificate.StatusRevoked:
				x.Date, x.Reason = c.RevokedOn, oneLine(prose.Shorten(c.RevokeReason, 100))
			case certificate.StatusSuperseded:
				x.Superseded, x.Date, x.Reason = c.SupersededBy, c.SupersededOn, "A newer certificate took its place"
			default:
				continue
			}
			list.Items = append(list.Items, x)
		}
		slices.SortFunc(list.Items, func(a, b signing.Withdrawal) int { return cmp.Compare(a.Number, b.Number) })
		out, err = signing.FormatWithdrawals(ctx, identity, list)
		return err
	})
	return out, err
}

// ExportPlain writes the register as an ordinary SQLite database, which
// anybody who has the file can read. The log says that it was done.
func (s *Service) ExportPlain(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return fault.Doing("export a plain database", err)
	}
	if _, err := os.Lstat(path); err == nil {
		return fault.Conflict("There already is a file %s; choose another name.", path)
	}
	err = s.change(
		ctx,
		doing{
			action:  "register.export_plain",
			summary: "Exported the register without encryption",
			may:     organisation.ActionExport,
		},
		func(t *store.Tx) error {
			return t.PutSetting(ctx, "last_plain_export", store.Stamp(s.clock()))
		},
	)
	if err != nil {
		return err
	}
	tmp := path + ".part"
	if err := s.st.VacuumInto(ctx, tmp); err != nil {
		return fault.Doing("export a plain database", errors.Join(asFault(err), os.Remove(tmp)))
	}
	return fault.Doing("export a plain database", errors.Join(os.Chmod(tmp, 0o600), os.Rename(tmp, path)))
}
