package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"

	"assay/internal/fault"
)

// A register that is open keeps its newest changes in a log beside the file
// (SQLite's write-ahead log). Who copies the file alone while it is open, as backup
// programs and people do, gets a register that lacks them and does not know it.
// So the file says of itself when there is such a log: among its counters is
// markName from the first change until it is closed, and in no copy that Assay makes.

const markName = "open"

// mark notes in the file that a log with changes lies beside it. It is called in
// the first transaction of an open register, and moved into the file after it.
func (s *Store) mark(ctx context.Context, tx *sql.Tx) error {
	if s.marked {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO counter VALUES (?, 1) ON CONFLICT DO NOTHING", markName); err != nil {
		return fmt.Errorf("mark the register as open: %w", err)
	}
	return nil
}

// committed moves the mark into the file. That it could not is no reason to fail:
// the change is safe.
func (s *Store) committed(ctx context.Context) {
	if s.marked {
		return
	}
	s.marked = true
	if !s.held {
		_, _ = s.writer.ExecContext(context.WithoutCancel(ctx), "PRAGMA wal_checkpoint(PASSIVE)")
	}
}

// unmark takes the mark away, before all changes are moved into the file.
func (s *Store) unmark(ctx context.Context) error {
	if !s.marked {
		return nil
	}
	if _, err := s.writer.ExecContext(ctx, "DELETE FROM counter WHERE prefix = ?", markName); err != nil {
		return explain(err, s.path)
	}
	s.marked = false
	return nil
}

// lacksLog tells whether the file says that a log lies beside it, and there was
// none when it was opened.
func (s *Store) lacksLog(ctx context.Context, d *sql.DB, log int64) (bool, error) {
	var marked bool
	err := d.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM counter WHERE prefix = ?)", markName).Scan(&marked)
	if err != nil {
		return false, explain(err, s.path)
	}
	s.marked = marked && !s.readOnly
	return marked && log == 0, nil
}

// logBytes is how much lies beside a register that is not in its file yet, under
// SQLite's name or the vault's.
func logBytes(path string) (n int64) {
	for _, suffix := range []string{"-wal", "-log"} {
		if info, err := os.Stat(path + suffix); err == nil {
			n += info.Size()
		}
	}
	return n
}

// ReadOnly tells whether the register can only be read where it lies.
func (s *Store) ReadOnly() bool { return s.readOnly }

// Lacking tells whether the file was copied, or its log lost, while the register
// was open: what was done last is then missing.
func (s *Store) Lacking() bool { return s.lacking }

func (s *Store) mayWrite() error {
	if s.readOnly {
		return fault.Forbidden(
			"This register lies where it cannot be written to, so it can only be read. Copy it to a folder of " +
				"your own to work on it.",
		)
	}
	return nil
}
