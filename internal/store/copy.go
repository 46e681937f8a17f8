package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"assay/internal/fault"
)

// copyBytes is how much a copy reads at a time.
const copyBytes = 1 << 20

// Copy writes the register's file, as it stands at one moment, to w: byte for
// byte, so that a sealed register stays sealed. Changes go on meanwhile: they
// wait in the write-ahead log, which is not moved into the file until the copy
// is done. One copy is made at a time, and closing the register stops it.
func (s *Store) Copy(ctx context.Context, w io.Writer) error {
	s.copying.Lock()
	defer s.copying.Unlock()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	f := s.file
	if !s.readOnly {
		var err error
		if f, err = s.holdLog(ctx, stop); err != nil {
			return explain(err, s.path)
		}
		defer s.releaseLog()
	}
	buf := make([]byte, copyBytes)
	for off := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return fault.New(fault.CodeCancelled, "The copy was stopped.").Because(err)
		}
		n, err := f.ReadAt(buf, off)
		if _, err := w.Write(buf[:n]); err != nil {
			return fmt.Errorf("copy register: %w", err)
		}
		off += int64(n)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fault.New(fault.CodeUnreadable, "The register %s cannot be read from byte %d on.", s.path, off).
				Because(err)
		}
	}
}

// Checkpoint moves the write-ahead log into the file and empties it, so that
// nothing is left there of pages as they were. While a copy is being made it
// leaves that to the copy's end.
func (s *Store) Checkpoint(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held || s.readOnly {
		return nil
	}
	if err := s.unmark(ctx); err != nil {
		return err
	}
	_, err := s.writer.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return explain(err, s.path)
}

// holdLog moves the write-ahead log into the file and sees to it that nothing
// more is moved there until releaseLog.
func (s *Store) holdLog(ctx context.Context, stop context.CancelFunc) (*os.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fault.New(fault.CodeCancelled, "The register is closed.")
	}
	if err := s.unmark(ctx); err != nil {
		return nil, err
	}
	var busy, frames, moved int
	if err := s.writer.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(
		&busy, &frames, &moved,
	); err != nil {
		return nil, err
	}
	if busy != 0 {
		return nil, fault.Conflict("The register is being read and cannot be copied at this moment; try again.")
	}
	if s.file == nil {
		// It stays open: closing any handle of a file makes Unix drop the locks that SQLite holds on it.
		f, err := os.Open(s.path)
		if err != nil {
			return nil, err
		}
		s.file = f
	}
	if _, err := s.writer.ExecContext(ctx, "PRAGMA wal_autocheckpoint = 0"); err != nil {
		return nil, err
	}
	s.held, s.stopCopy = true, stop
	return s.file, nil
}

func (s *Store) releaseLog() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held, s.stopCopy = false, nil
	_, _ = s.writer.Exec("PRAGMA wal_autocheckpoint = 1000") // the next opening sets it too
	if s.marked {                                            // since the copy began
		_, _ = s.writer.Exec("PRAGMA wal_checkpoint(PASSIVE)")
	}
}

// VacuumInto writes the register as an ordinary SQLite database, not sealed.
func (s *Store) VacuumInto(ctx context.Context, path string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.vacuumInto(ctx, path, plainVFS)
}

// VacuumSealed writes the register anew at path, sealed by another VFS in pages of so many
// bytes, and then f puts the new file in the place of this one, while no change is made and nothing of this
// register is left in a log beside it. This Store is of no more use then but to be closed.
func (s *Store) VacuumSealed(ctx context.Context, path, vfs string, page int, f func() error) error {
	s.copying.Lock() // no copy is made of what goes
	defer s.copying.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.mayWrite(); err != nil {
		return err
	}
	if _, err := s.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA page_size = %d", page)); err != nil {
		return explain(err, s.path)
	}
	if err := s.vacuumInto(ctx, path, vfs); err != nil {
		return err
	}
	var busy, frames, moved int
	if err := s.writer.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(
		&busy, &frames, &moved,
	); err != nil {
		return explain(err, s.path)
	}
	if busy != 0 {
		return fault.Conflict("The register is being read at this moment; try again.")
	}
	return f()
}

func (s *Store) vacuumInto(ctx context.Context, path, vfs string) error {
	if err := s.mayWrite(); err != nil {
		return err
	}
	if err := s.unmark(ctx); err != nil { // the copy is whole
		return err
	}
	name := (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: "vfs=" + vfs}).String()
	_, err := s.writer.ExecContext(ctx, "VACUUM INTO ?", name)
	return explain(err, s.path)
}
