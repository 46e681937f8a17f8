package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/store"
	"assay/internal/vault"
)

// Backup is one copy of the register.
type Backup struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	At    string `json:"at"` // RFC 3339, UTC
}

const backupStamp = "20060102-150405"

// backupFolder is where copies of a register are kept: beside it.
func backupFolder(path string) string { return path + "-backups" }

// Backup writes a copy of the register while work goes on, and opens it to see
// that it is whole. With no path it goes into the folder beside the register,
// where the oldest copies make room. The copy is sealed as the register is.
func (s *Service) Backup(ctx context.Context, path string) (Backup, error) {
	now := s.clock()
	if path == "" {
		folder := backupFolder(s.Path())
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return Backup{}, fault.Forbidden("The folder for backups, %s, cannot be made.", folder).Because(err)
		}
		path = filepath.Join(folder, strings.TrimSuffix(s.FileName(), ".assay")+"-"+now.Format(backupStamp)+".assay")
	}
	if err := copyTo(path, func(w io.Writer) error { return s.st.Copy(ctx, w) }); err != nil {
		return Backup{}, err
	}
	if err := s.verifyCopy(ctx, path); err != nil {
		return Backup{}, fault.Doing("make a backup", errors.Join(err, os.Remove(path)))
	}
	info, err := os.Stat(path)
	if err != nil {
		return Backup{}, fault.Doing("make a backup", err)
	}
	return Backup{path, info.Size(), now.UTC().Format(time.RFC3339)}, prune(s.Path(), now)
}

// copyTo writes a file beside its place and moves it there when it is whole.
// A file that is there already is never replaced.
func copyTo(path string, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return fault.Conflict("There already is a file %s; choose another name.", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".assay-*")
	if err != nil {
		return fault.Forbidden("The folder %s cannot be written to.", filepath.Dir(path)).Because(err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err = write(f); err != nil {
		return asFault(err)
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return fault.Conflict("The disk is full or was taken away. No file was written.").Because(err)
	}
	if err = os.Link(f.Name(), path); err != nil { // unlike a rename, it does not replace
		if err = os.Rename(f.Name(), path); err != nil {
			return fault.Forbidden("%s cannot be written.", path).Because(err)
		}
		return nil
	}
	return os.Remove(f.Name())
}

// quickBytes is the size up to which SQLite also looks at the structure of a
// copy: its pages are those of the register, and `assay check` looks at that whatever its size.
const quickBytes = 128 << 20

// verifyCopy opens a copy and sees whether it is whole and holds what the
// register holds: every page of a sealed one, and the activity log's end.
func (s *Service) verifyCopy(ctx context.Context, path string) (err error) {
	var o store.Options
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if s.vault != nil {
		v, err := s.vault.OpenCopy(path)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, v.Close()) }()
		if err := everyPage(ctx, v, path); err != nil {
			return err
		}
		o.VFS = v.VFS()
	}
	st, err := store.Open(ctx, path, o)
	if err != nil {
		return asFault(err)
	}
	defer func() {
		err = errors.Join(err, st.Close())
		os.Remove(store.LockName(path))
	}()
	var size int64
	if err := s.read(ctx, func(r *store.Reader) error {
		size, err = r.LogSize(ctx)
		return err
	}); err != nil {
		return err
	}
	return asFault(st.Read(ctx, func(r *store.Reader) error {
		var bad []string
		if s.vault == nil || info.Size() <= quickBytes {
			if bad, err = r.QuickCheck(ctx); err != nil {
				return err
			}
		}
		got, err := r.LogSize(ctx)
		if err == nil && (len(bad) > 0 || got > size) {
			err = fault.Tampered("The copy %s is not whole; it was removed. Try again, perhaps on another disk.", path)
		}
		return err
	}))
}

// backupEvery is how old the newest copy may be before BackupIfDue makes another.
const backupEvery = 24 * time.Hour

// BackupIfDue makes a copy beside the register where the newest is older than a
// day and something was changed since.
func (s *Service) BackupIfDue(ctx context.Context) (Backup, bool, error) {
	list, err := s.Backups()
	if err != nil {
		return Backup{}, false, err
	}
	if len(list) > 0 {
		newest, err := time.Parse(time.RFC3339, list[0].At)
		if err != nil || s.clock().Sub(newest) < backupEvery {
			return Backup{}, false, fault.Doing("read when the last backup was made", err)
		}
		last, err := s.Activities(ctx, "", 0, 1)
		if err != nil || len(last) > 0 && last[0].At < store.Stamp(newest) {
			return Backup{}, false, err
		}
	}
	b, err := s.Backup(ctx, "")
	return b, err == nil, err
}

// backupBeside makes a copy before something is done to the register, which
// nobody removes but a person.
func backupBeside(
	ctx context.Context,
	path, why string,
	now time.Time,
	v *vault.Vault,
	copy func(io.Writer) error,
) error {
	folder := backupFolder(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fault.Forbidden("The folder for backups, %s, cannot be made.", folder).Because(err)
	}
	to := filepath.Join(
		folder,
		strings.TrimSuffix(filepath.Base(path), ".assay")+"-"+now.Format(backupStamp)+"-"+why+".assay",
	)
	if err := copyTo(to, copy); err != nil {
		return err
	}
	if v == nil {
		return nil
	}
	c, err := v.OpenCopy(to)
	if err != nil {
		return err
	}
	return errors.Join(everyPage(ctx, c, to), c.Close())
}

// everyPage reads a sealed copy back from the disk and opens each of its pages.
func everyPage(ctx context.Context, v *vault.Vault, path string) error {
	bad, err := v.Check(ctx, nil)
	if err != nil {
		return asFault(err)
	}
	if len(bad) > 0 {
		return fault.Tampered(
			"The copy %s is not whole: page %d is not what was written. Try again, perhaps on another disk.",
			path,
			bad[0].Page,
		)
	}
	return nil
}

// Backups lists the copies beside the register, newest first.
func (s *Service) Backups() ([]Backup, error) {
	out := []Backup{}
	entries, err := os.ReadDir(backupFolder(s.Path()))
	if errors.Is(err, os.ErrNotExist) {
		return out, nil
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !strings.HasSuffix(e.Name(), ".assay") {
			continue
		}
		out = append(
			out,
			Backup{
				filepath.Join(backupFolder(s.Path()), e.Name()),
				info.Size(),
				info.ModTime().UTC().Format(time.RFC3339),
			},
		)
	}
	slices.SortFunc(out, func(a, b Backup) int { return strings.Compare(b.At, a.At) })
	return out, fault.Doing("list backups", err)
}

// The copies that are kept: every one of the last two days, then one a day for
// a month, then one a month for a year.
func prune(path string, now time.Time) error {
	folder := backupFolder(path)
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	base := strings.TrimSuffix(filepath.Base(path), ".assay") + "-"
	kept := map[string]bool{}
	for _, e := range slices.Backward(entries) { // by name: newest last
		text, ok := strings.CutPrefix(strings.TrimSuffix(e.Name(), ".assay"), base)
		at, err := time.Parse(backupStamp, text)
		if !ok || err != nil {
			continue // named by a person or before an upgrade: never removed
		}
		age := now.Sub(at)
		slot := ""
		switch {
		case age < 48*time.Hour:
			continue
		case age < 31*24*time.Hour:
			slot = at.Format("2006-01-02")
		case age < 366*24*time.Hour:
			slot = at.Format("2006-01")
		}
		if slot != "" && !kept[slot] {
			kept[slot] = true
			continue
		}
		if err := os.Remove(filepath.Join(folder, e.Name())); err != nil {
			return fmt.Errorf("remove an old backup: %w", err)
		}
	}
	return nil
}

// Restore puts a copy of a register at a new place. It never replaces a file.
func Restore(ctx context.Context, from, to string) error {
	info, err := os.Stat(from)
	if err != nil || !info.Mode().IsRegular() {
		return fault.Unreadable(filepath.Base(from), "This backup cannot be read.").Because(err)
	}
	return copyTo(to, func(w io.Writer) error {
		f, err := os.Open(from)
		if err != nil {
			return fault.Unreadable(filepath.Base(from), "This backup cannot be read.").Because(err)
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	})
}

// ChangePassphrase seals the register with another passphrase; the file is not
// rewritten.
func (s *Service) ChangePassphrase(ctx context.Context, old, passphrase string) error {
	return s.changeLock(ctx, "register.passphrase", "Changed the register's passphrase", func(v *vault.Vault) error {
		return v.ChangePassphrase(old, passphrase, vault.Params{})
	})
}

// changeLock changes how the register is unlocked, which the log says, but not to what.
func (s *Service) changeLock(ctx context.Context, action, summary string, f func(*vault.Vault) error) error {
	if s.vault == nil {
		return fault.Conflict("This register is not encrypted.")
	}
	return s.change(
		ctx,
		doing{action: action, summary: summary, may: organisation.ActionManageRegister},
		func(t *store.Tx) error {
			if err := t.PutSetting(ctx, action, store.Stamp(s.clock())); err != nil {
				return err
			}
			return f(s.vault) // last: it cannot be taken back
		},
	)
}
