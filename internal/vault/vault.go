package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"assay/internal/fault"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// Vault is an unlocked register: the key in memory and a SQLite VFS that
// deciphers with it. It says nothing about who may open the database at the same
// time; that lock is the store's.
type Vault struct {
	path string
	// file stays open as long as the vault: closing any handle of a file makes
	// Unix drop the locks that SQLite holds on it.
	file    *os.File
	fileKey []byte
	nonces  *nonces
	vfs     *vfs
	salvage atomic.Bool

	mu      sync.Mutex
	header  *header
	keys    map[string]*fileKeys // by the database's full path
	damaged []Damage
}

// Damage is one place in the register's files whose content is not what was
// written there.
type Damage struct {
	File string // the file's path
	Page int64  // the database page, from 1; of a write-ahead log, the frame, from 0
}

// Create makes a new register at path, which must not exist: an empty database
// under a random key, itself sealed under the passphrase and a recovery key.
// The recovery key is returned once, as four lines of six words; nobody
// can make it again. The zero Params are calibrated to take 0.5 to 1 s.
func Create(path, passphrase string, p Params) (*Vault, string, error) {
	return create(path, passphrase, p, largePages)
}

// create is given the pages as well: tests make registers of every version.
func create(path, passphrase string, p Params, pages paging) (*Vault, string, error) {
	if err := CheckNewPassphrase(passphrase); err != nil {
		return nil, "", err
	}
	p, err := p.orCalibrated()
	if err != nil {
		return nil, "", err
	}
	if _, err := os.Lstat(path); err == nil {
		return nil, "", fault.Conflict("There already is a file %s; choose another name.", path)
	}
	fileKey := make([]byte, keySize)
	secret := make([]byte, secretSize)
	defer clear(secret)
	fill(fileKey)
	fill(secret)
	h := &header{paging: pages, number: 1}
	fill(h.file[:])
	h.setPassphrase(fileKey, passphrase, p)
	h.setRecovery(fileKey, secret)
	if err := writeNew(path, h, fileKey); err != nil {
		return nil, "", err
	}
	v, err := start(path, h, fileKey)
	return v, formatWords(secret), err
}

// writeNew puts the whole new file in its place at once.
func writeNew(path string, h *header, fileKey []byte) error {
	fail := func(err error) error {
		return fault.New(fault.CodeUnreadable, "The file %s cannot be made: %v.", path, err).Because(err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".assay-*.new")
	if err != nil {
		return fail(err)
	}
	defer os.Remove(f.Name())
	first := make([]byte, h.paging)
	sealPage(newFileKeys(fileKey, h).main, newNonces(), first, h.paging.emptyImage(), h.paging.aad(nil, 0))
	_, err = f.Write(append(h.prefix(fileKey), first...))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fail(err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fail(err)
	}
	if dir, err := os.Open(filepath.Dir(path)); err == nil {
		_ = dir.Sync() // so that the name outlives a power cut; not every system can
		dir.Close()
	}
	return nil
}

// Open unlocks the register at path. A wrong passphrase is forbidden, a file of
// a newer Assay too; a file that is something else is unreadable; none of them is
// changed.
func Open(path, passphrase string) (*Vault, error) {
	return open(path, func(h *header) ([]byte, error) {
		if key, ok := h.openPassphrase(passphrase); ok {
			return key, nil
		}
		return nil, errPassphrase
	})
}

var errPassphrase = fault.Forbidden(
	"This is not the register's passphrase. Check capitals and the keyboard's language, or use the recovery key.",
)

// OpenWithRecovery unlocks the register with its recovery key, as a person
// types it. SetPassphrase should follow.
func OpenWithRecovery(path, words string) (*Vault, error) {
	secret, err := parseWords(words)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	return open(path, func(h *header) ([]byte, error) {
		if key, ok := h.openRecovery(secret); ok {
			return key, nil
		}
		return nil, fault.Forbidden(
			"This is not the recovery key of this register: it may belong to another one, or have been replaced.",
		)
	})
}

func open(path string, unlock func(*header) ([]byte, error)) (*Vault, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	h, page, err := readHeader(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	key, err := unlock(h)
	if err != nil {
		f.Close()
		return nil, err
	}
	if !h.authentic(key, page) {
		f.Close()
		clear(key)
		return nil, fault.Tampered(
			"The key page of the register was altered by somebody without its key. Restore a backup.",
		)
	}
	f.Close() // before SQLite has any lock on it
	v, err := start(path, h, key)
	if err != nil {
		return nil, err
	}
	if err := v.mendHeader(page); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

func openFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		if read, err2 := os.Open(path); err2 == nil { // on a medium that cannot be written to it can still be read
			f, err = read, nil
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.New(fault.CodeUnreadable, "There is no file %s.", path)
	case err != nil:
		return nil, fault.New(fault.CodeUnreadable, "The file %s cannot be read: %v.", path, err).Because(err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, fault.New(fault.CodeUnreadable, "%s is not an Assay register.", path)
	}
	return f, nil
}

func readHeader(f io.ReaderAt) (*header, []byte, error) {
	prefix := make([]byte, keyPages)
	n, err := f.ReadAt(prefix, 0)
	if err != nil && err != io.EOF {
		return nil, nil, fault.Unreadable("", "The register cannot be read: %v.", err).Because(err)
	}
	return pickHeader(prefix[:n])
}

// start registers the VFS of an unlocked register.
func start(path string, h *header, fileKey []byte) (*Vault, error) {
	noDumps()
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open register: %w", err)
	}
	f, err := openFile(full)
	if err != nil {
		return nil, err
	}
	v := &Vault{path: full, file: f, fileKey: fileKey, nonces: newNonces(), header: h, keys: map[string]*fileKeys{}}
	if v.vfs, err = register(v); err != nil {
		f.Close()
		return nil, err
	}
	return v, nil
}

// IsSealed tells whether the file at path is an encrypted register. It must not
// be asked of a register that is open in this process: on Unix, reading a file by the way
// drops SQLite's locks on it.
func IsSealed(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var b [len(headerLine)]byte
	_, err = io.ReadFull(f, b[:])
	return err == nil && string(b[:]) == headerLine
}

// Files are the names of the register's file and of all that can lie beside it,
// for who copies or removes them together.
func Files(path string) []string {
	names := []string{path, path + "-shm"}
	for _, s := range sidecars {
		names = append(names, path+s[1])
	}
	return names
}

// VFS is the name to give SQLite: file:/path/to/register.assay?vfs=NAME. The
// same VFS opens and makes copies under the same key (VACUUM INTO), and no others.
func (v *Vault) VFS() string { return v.vfs.sqlite.Name() }

// PageSize is how many bytes the pages of a database have that the VFS makes.
func (v *Vault) PageSize() int { return int(v.header.paging) }

// Path is where the register's file is.
func (v *Vault) Path() string { return v.path }

// Params are the present cost of guessing the passphrase.
func (v *Vault) Params() Params {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.header.params
}

// CheckPassphrase tells whether this is the register's passphrase, as when a
// person comes back to a locked screen.
func (v *Vault) CheckPassphrase(passphrase string) error {
	v.mu.Lock()
	h := *v.header
	v.mu.Unlock()
	key, ok := h.openPassphrase(passphrase)
	clear(key)
	if !ok {
		return errPassphrase
	}
	return nil
}

// ChangePassphrase replaces the passphrase, given the old one. The pages stay as they
// are: only the key page is written, so an old copy of the file still opens with the
// old passphrase.
func (v *Vault) ChangePassphrase(old, passphrase string, p Params) error {
	if err := v.CheckPassphrase(old); err != nil {
		return err
	}
	return v.SetPassphrase(passphrase, p)
}

// SetPassphrase replaces the passphrase of a register opened with its recovery key.
func (v *Vault) SetPassphrase(passphrase string, p Params) error {
	if err := CheckNewPassphrase(passphrase); err != nil {
		return err
	}
	p, err := p.orCalibrated()
	if err != nil {
		return err
	}
	return v.changeHeader(func(h *header) { h.setPassphrase(v.fileKey, passphrase, p) })
}

// AddRecovery makes a new recovery key; the one before it opens this file no more.
func (v *Vault) AddRecovery() (string, error) {
	secret := make([]byte, secretSize)
	defer clear(secret)
	fill(secret)
	err := v.changeHeader(func(h *header) { h.setRecovery(v.fileKey, secret) })
	if err != nil {
		return "", err
	}
	return formatWords(secret), nil
}

func (v *Vault) changeHeader(change func(*header)) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	h := *v.header
	change(&h)
	h.number++
	if err := v.writeHeader(h.format(v.fileKey), int64(h.number%2), int64((h.number+1)%2)); err != nil {
		return err
	}
	v.header = &h
	return nil
}

// writeHeader writes the copies one after the other, so that at any moment one
// of them is whole.
func (v *Vault) writeHeader(page []byte, copies ...int64) error {
	for _, i := range copies {
		_, err := v.file.WriteAt(page, i*keyPage)
		if err := errors.Join(err, v.file.Sync()); err != nil {
			return fault.New(
				fault.CodeUnreadable,
				"The register's key page cannot be written: %v. The passphrase stays as it was.", err,
			).
				Because(err)
		}
	}
	return nil
}

// mendHeader finishes a change that was cut off: both copies become the sound one.
func (v *Vault) mendHeader(page []byte) error {
	if f, err := os.OpenFile(v.path, os.O_RDWR, 0); err != nil {
		return nil // where it cannot be written to, the sound copy serves
	} else if err := f.Close(); err != nil {
		return fmt.Errorf("open register: %w", err)
	}
	prefix := make([]byte, keyPages)
	if _, err := v.file.ReadAt(prefix, 0); err != nil {
		return fmt.Errorf("open register: %w", err)
	}
	if _, now, err := pickHeader(prefix); err != nil || !bytes.Equal(now, page) {
		return nil // another Assay is changing it at this moment
	}
	for i := range int64(2) {
		if !bytes.Equal(prefix[i*keyPage:][:keyPage], page) {
			if err := v.writeHeader(page, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// orCalibrated is p, or what this computer can bear if p is zero.
func (p Params) orCalibrated() (Params, error) {
	if p == (Params{}) {
		p = DefaultParams()
	}
	if err := p.check(); err != nil {
		return Params{}, fault.Internal(err)
	}
	return p, nil
}

// Salvage lets the register be read as far as it goes: a break in the changes
// that were not yet moved into the file is then taken for their end. Without it the
// database does not open over such a break. Work on a copy of the files.
func (v *Vault) Salvage() { v.salvage.Store(true) }

// Damaged lists the places that were found altered since the register was opened.
func (v *Vault) Damaged() []Damage {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.damaged)
}

func (v *Vault) damage(file string, page int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if d := (Damage{physicalName(file), page}); len(v.damaged) < 1000 && !slices.Contains(v.damaged, d) {
		v.damaged = append(v.damaged, d)
	}
}

// Check reads every page of the database's file, those that SQLite has no use for
// included, and lists the ones that are not authentic. It does not look at the log beside
// it: move that into the file first. done is told how many bytes of how many
// were read; it may be nil.
func (v *Vault) Check(ctx context.Context, done func(bytes, of int64)) ([]Damage, error) {
	info, err := v.file.Stat()
	if err != nil {
		return nil, fault.Unreadable("", "The register cannot be read: %v.", err).Because(err)
	}
	v.mu.Lock()
	keys := newFileKeys(v.fileKey, v.header)
	v.mu.Unlock()
	aead, p := keys.main, keys.paging
	size := p.logicalSize(info.Size())
	var bad []Damage
	if size == 0 {
		bad = append(bad, Damage{v.path, 1})
	}
	buf, aad := make([]byte, 1<<20), make([]byte, 0, 4)
	defer clear(buf)
	for off := int64(0); off < size; {
		if err := ctx.Err(); err != nil {
			return bad, fault.New(fault.CodeCancelled, "The check was stopped.").Because(err)
		}
		n := min(int64(len(buf)), size-off)
		if before := lockPage - p.prefix(); off < before { // a stretch does not cross the gap
			n = min(n, before-off)
		}
		for try := 1; ; try++ {
			if _, err := v.file.ReadAt(buf[:n], p.physical(off)); err != nil {
				return bad,
					fault.Unreadable("", "The register cannot be read from byte %d on: %v.", p.physical(off), err).
						Because(err)
			}
			var now []Damage
			for at := int64(0); at < n; at += int64(p) {
				// SQLite never writes the page with the bytes that it locks.
				if off+at != lockPage && !openPage(aead, buf[at:at+int64(p)], p.aad(aad, off+at)) {
					now = append(now, Damage{v.path, p.number(off + at)})
				}
			}
			if len(now) == 0 || try == attempts {
				bad = append(bad, now...)
				break
			}
			pause(try) // it may be being written at this moment
		}
		off += n
		if done != nil {
			done(off, size)
		}
	}
	return bad, nil
}

// Explain turns SQLite's error for a page that is not authentic into a fault
// for people; any other error stays as it is.
func Explain(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code() == lib.SQLITE_IOERR_DATA {
		return fault.Tampered("Part of the register's file is not what Assay wrote: it was altered or the disk is " +
			"failing. Copy the register and the files beside it before anything else, then restore a backup.").
			Because(err)
	}
	return err
}

// Close locks the register: the VFS goes and the keys are wiped, as far as Go lets
// us. The database must have been closed before.
func (v *Vault) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.vfs == nil {
		return nil
	}
	if err := v.vfs.unregister(); err != nil {
		return err
	}
	v.vfs = nil
	clear(v.fileKey)
	clear(v.keys)
	return fault.Doing("close register", v.file.Close())
}
