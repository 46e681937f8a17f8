// Package store keeps a register in one SQLite file: it opens and migrates it,
// gives out transactions, and writes one entry of the activity log for each
// change.
//
// One process holds a register at a time (a lock file beside it). Inside it,
// one connection writes and several read; a reader sees the state before or
// after a change, never between.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"assay/internal/fault"
	"assay/internal/store/db"
	"assay/internal/store/runs"
	"assay/sql/migrations"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
)

// ApplicationID marks a SQLite file as an Assay register: "ASSY".
const ApplicationID = 0x41535359

// Options say how a register is opened.
type Options struct {
	// VFS is the name of a registered SQLite VFS that deciphers the file, empty
	// for a plain file.
	VFS string
	// New makes a register where there is no file yet; otherwise a missing file is a fault.
	New bool
	// ReadOnly opens the file for reading only; so is a file that cannot be written to.
	ReadOnly bool
	// Backup is called before a migration changes a register that holds data, with
	// what writes a copy of it (Store.Copy).
	Backup func(copy func(io.Writer) error) error
}

// Store is an open register.
type Store struct {
	path   string
	vfs    string
	writer *sql.DB
	reader *sql.DB
	lock   *fileLock

	readOnly bool // the file is on a medium that cannot be written to
	marked   bool // the file says that a log with changes lies beside it: see mark.go
	lacking  bool // the file said so when it was opened, and there was none

	hooks   sqlite.HookRegisterer // of the writing connection
	mu      sync.Mutex            // one change at a time
	touched *touched              // rows that the change in progress wrote
	tables  map[string]tableInfo

	copying  sync.Mutex         // one copy at a time; taken before mu
	held     bool               // a copy is being made: the write-ahead log stays where it is
	stopCopy context.CancelFunc // of that copy
	file     *os.File           // what copies are read from
	is       os.FileInfo        // which file was opened
	closed   bool
}

// Open opens the register at path. A file from a newer Assay and a file that
// is no register are refused and left as they are.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open register: %w", err)
	}
	if err := checkFile(path, o); err != nil {
		return nil, err
	}
	s := &Store{path: path, vfs: o.VFS}
	open := s.open
	if s.readOnly = o.ReadOnly || !o.New && !writable(path); s.readOnly {
		open = s.openReadOnly
	} else if s.lock, err = lockFile(path); err != nil {
		return nil, err
	}
	if err := open(ctx, o); err != nil {
		s.closeHandles()
		return nil, err
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, o Options) error {
	log := logBytes(s.path)
	s.writer = sql.OpenDB(hookConnector{s.dsn(true), s})
	s.writer.SetMaxOpenConns(1)
	version, latest, err := s.versions(ctx, s.writer)
	if err != nil {
		return err
	}
	if version > 0 {
		if s.lacking, err = s.lacksLog(ctx, s.writer, log); err != nil {
			return err
		}
	}
	if version < latest {
		if version > 0 && o.Backup != nil {
			if err := o.Backup(func(w io.Writer) error { return s.Copy(ctx, w) }); err != nil {
				return fmt.Errorf("back up before the upgrade: %w", err)
			}
		}
		if err := migrate(ctx, s.writer, latest); err != nil {
			return explain(err, s.path)
		}
	}
	if err := os.Chmod(s.path, 0o600); err != nil {
		return fmt.Errorf("open register: %w", err)
	}
	return s.openReader(ctx)
}

// openReadOnly opens a register on a medium that cannot be written to, for
// reading. Nobody can change the file there, so no lock is taken.
func (s *Store) openReadOnly(ctx context.Context, _ Options) error {
	if logBytes(s.path) > 0 {
		return fault.Conflict(
			"This register was copied while it was open: the file beside it holds changes, which can only be read " +
				"where files can be written. Copy both to a folder of your own, and open it there.",
		)
	}
	if err := s.openReader(ctx); err != nil {
		return err
	}
	version, latest, err := s.versions(ctx, s.reader)
	if err != nil {
		return err
	}
	if version < latest {
		return fault.Forbidden(
			"This register was made by an older Assay and is upgraded when it is opened, which cannot be done " +
				"where it lies. Copy it to a folder of your own, and open it there.",
		)
	}
	s.lacking, err = s.lacksLog(ctx, s.reader, 0)
	return err
}

// writable tells whether the file at path, if there is one, can be written to by
// this person where it lies.
func writable(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		f.Close()
		return true
	}
	f, err = os.Open(path)
	if err != nil {
		return true // what is wrong with it is said by who opens it
	}
	f.Close()
	return false
}

// versions are the register's schema and the newest that this program knows. A
// newer one is forbidden.
func (s *Store) versions(ctx context.Context, d *sql.DB) (version, latest int64, err error) {
	if version, err = schemaVersion(ctx, d); err != nil {
		return 0, 0, explain(err, s.path)
	}
	if latest, err = latestMigration(); err != nil {
		return 0, 0, err
	}
	if version > latest {
		return 0, 0, fault.Forbidden(
			"This register was made by a newer Assay (its schema is %d, this program knows up to %d). Install the "+
				"newer Assay; the file was not changed.",
			version,
			latest,
		)
	}
	return version, latest, nil
}

func (s *Store) openReader(ctx context.Context) (err error) {
	s.reader = sql.OpenDB(hookConnector{s.dsn(false), nil})
	s.reader.SetMaxOpenConns(4)
	s.tables, err = tablesOf(ctx, s.reader)
	if err != nil {
		return explain(err, s.path)
	}
	// Held from the start, so that a file that is deleted while it is open can still be copied.
	if s.file == nil {
		if s.file, err = os.Open(s.path); err != nil {
			return fmt.Errorf("open register: %w", err)
		}
	}
	if s.is, err = s.file.Stat(); err != nil {
		return fmt.Errorf("open register: %w", err)
	}
	return nil
}

// stillThere refuses a change to a file that is no longer where it was opened:
// on Unix it would go into a file that nobody can find, without an error.
func (s *Store) stillThere() error {
	if s.is == nil { // still being opened
		return nil
	}
	if now, err := os.Stat(s.path); err != nil || !os.SameFile(s.is, now) {
		return fault.Conflict("The register %s was moved, renamed or deleted while it is open, or its drive was "+
			"taken away. Nothing was saved. Put the file back and try again, or make a backup now: that still "+
			"holds all that was saved before.", s.path).
			Because(err)
	}
	return nil
}

// lockWait is how long SQLite waits, in milliseconds, where another connection
// of this process holds the file. The register's own lock waits for nobody: see
// lock.go.
const lockWait = "busy_timeout(5000)"

// dsn: busy_timeout comes first, so that WAL can wait for its lock. Without the
// file: prefix SQLite drops the parameters in silence.
func (s *Store) dsn(write bool) string {
	q := url.Values{}
	if s.readOnly {
		q.Set("mode", "ro")
		q.Set("immutable", "1") // no lock and no log: nobody can change the file
		q.Set("_defensive", "1")
		for _, p := range []string{"query_only(1)", "trusted_schema(0)", "cell_size_check(1)", "temp_store(MEMORY)"} {
			q.Add("_pragma", p)
		}
		if s.vfs != "" {
			q.Set("vfs", s.vfs)
		}
		return "file:" + (&url.URL{Path: s.path}).EscapedPath() + "?" + q.Encode()
	}
	q.Set("_txlock", "immediate")
	q.Set("_defensive", "1")
	for _, p := range []string{
		lockWait, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "trusted_schema(0)",
		"secure_delete(1)", "cell_size_check(1)", "recursive_triggers(1)", "temp_store(MEMORY)",
	} {
		q.Add("_pragma", p)
	}
	if write {
		q.Add("_pragma", "cache_size(-65536)")
	} else {
		q.Set("_txlock", "deferred")
		q.Add("_pragma", "query_only(1)")
		q.Add("_pragma", "cache_size(-32768)")
	}
	if s.vfs != "" {
		q.Set("vfs", s.vfs)
	}
	return "file:" + (&url.URL{Path: s.path}).EscapedPath() + "?" + q.Encode()
}

// Path is where the register's file is.
func (s *Store) Path() string { return s.path }

// Close gives the file back. What the write-ahead log holds is moved into the
// file, so that a person can copy it.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	if s.stopCopy != nil {
		s.stopCopy()
	}
	s.mu.Unlock()
	s.copying.Lock() // a copy ends before the log is moved
	defer s.copying.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.writer != nil {
		err = s.unmark(context.Background())
		_, err2 := s.writer.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
		err = errors.Join(err, err2)
	}
	return errors.Join(err, s.closeHandles())
}

func (s *Store) closeHandles() error {
	var errs []error
	for _, h := range []*sql.DB{s.reader, s.writer} {
		if h != nil {
			errs = append(errs, h.Close())
		}
	}
	if s.file != nil {
		errs = append(errs, s.file.Close())
		s.file = nil
	}
	return errors.Join(append(errs, s.lock.release())...)
}

// checkFile looks at the file without SQLite, so that a file that is something
// else is never touched.
func checkFile(path string, o Options) error {
	if o.VFS != "" {
		return nil // the vault has looked at it
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && o.New:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.CodeUnreadable, "There is no file %s.", path)
	case err != nil:
		return fault.New(fault.CodeUnreadable, "The file %s cannot be read: %v.", path, err)
	case info.IsDir():
		return fault.New(fault.CodeUnreadable, "%s is a folder, not a register.", path)
	case o.New:
		return fault.Conflict("There already is a file %s; choose another name.", path)
	}
	return checkPlain(path)
}

func checkPlain(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.New(fault.CodeUnreadable, "The file %s cannot be read: %v.", path, err)
	}
	defer f.Close()
	var head [100]byte
	if _, err := io.ReadFull(f, head[:]); err != nil || string(head[:16]) != "SQLite format 3\x00" {
		return fault.New(fault.CodeUnreadable, "%s is not an Assay register.", path)
	}
	if id := uint32(head[68])<<24 | uint32(head[69])<<16 | uint32(head[70])<<8 | uint32(head[71]); id != ApplicationID {
		return fault.New(
			fault.CodeUnreadable,
			"%s is a SQLite database of another program, not an Assay register.",
			path,
		)
	}
	return nil
}

func schemaVersion(ctx context.Context, d *sql.DB) (int64, error) {
	var v int64
	err := d.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v)
	return v, err
}

func latestMigration() (int64, error) {
	entries, err := fs.ReadDir(migrations.FS, ".")
	if err != nil {
		return 0, err
	}
	var latest int64
	for _, e := range entries {
		number, _, _ := strings.Cut(e.Name(), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("migration %s has no number: %w", e.Name(), err)
		}
		latest = max(latest, n)
	}
	for _, m := range runs.Migrations() {
		latest = max(latest, m.Version)
	}
	return latest, nil
}

// provider runs the migrations; those that SQL alone cannot do are package runs' own.
func provider(d *sql.DB) (*goose.Provider, error) {
	return goose.NewProvider(
		goose.DialectSQLite3,
		d,
		migrations.FS,
		goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(runs.Migrations()...),
	)
}

func migrate(ctx context.Context, d *sql.DB, latest int64) error {
	p, err := provider(d)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return err
	}
	// The checkpoint brings the marks into the file itself, where the next
	// opening looks for them.
	_, err = d.ExecContext(
		ctx,
		fmt.Sprintf(
			"PRAGMA application_id = %d; PRAGMA user_version = %d; PRAGMA wal_checkpoint(TRUNCATE)",
			ApplicationID,
			latest,
		),
	)
	return err
}

// sqliteCode is SQLite's extended result code behind err, 0 if there is none.
func sqliteCode(err error) int {
	var se *sqlite.Error
	if errors.As(err, &se) {
		return se.Code()
	}
	return 0
}

// explain turns what SQLite says of a file into a sentence, by its result code.
func explain(err error, path string) error {
	switch sqliteCode(err) & 0xff {
	case 26: // SQLITE_NOTADB
		return fault.New(fault.CodeUnreadable, "%s is not an Assay register.", path).Because(err)
	case 11: // SQLITE_CORRUPT
		return fault.Tampered("The register %s is damaged. Run assay check, and restore a backup beside it.", path).
			Because(err)
	case 13: // SQLITE_FULL
		return fault.Conflict("The disk is full. Nothing was saved; make room and try again.").Because(err)
	case 10: // SQLITE_IOERR
		return fault.New(
			fault.CodeUnreadable,
			"The register %s cannot be read or written (is the drive still there?). Nothing was saved.", path,
		).
			Because(err)
	case 8: // SQLITE_READONLY
		return fault.Forbidden("The register %s may not be written to. Check its permissions.", path).Because(err)
	case 5, 6: // SQLITE_BUSY, SQLITE_LOCKED
		return fault.Forbidden("Another program is using the register %s. Close it and try again.", path).Because(err)
	case 14: // SQLITE_CANTOPEN
		return fault.New(fault.CodeUnreadable, "The register %s cannot be opened.", path).Because(err)
	case 9: // SQLITE_INTERRUPT
		return fault.New(fault.CodeCancelled, "Stopped. Nothing was saved.").Because(err)
	}
	return err
}

// Reader is a view of the register at one moment.
type Reader struct {
	*db.Queries
	SQL *sql.Tx
	s   *Store
}

// Read runs f on one unchanging view of the register.
func (s *Store) Read(ctx context.Context, f func(*Reader) error) error {
	tx, err := s.reader.BeginTx(ctx, nil)
	if err != nil {
		return explain(err, s.path)
	}
	defer tx.Rollback() // nothing was written
	return explain(f(&Reader{db.New(tx), tx, s}), s.path)
}

// Now is the time that entries and records carry: UTC, whole milliseconds.
func Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
