package store

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
)

// Copy writes the register's file, as it stands at one moment, to w: byte for
// byte, so that a sealed register stays sealed. Changes go on meanwhile: they
// wait in the write-ahead log, which is not moved into the file until the copy
// is done.
func (s *Store) Copy(ctx context.Context, w io.Writer) error {
	s.mu.Lock()
	conn, err := s.writer.Conn(ctx)
	if err == nil {
		var busy, frames, moved int
		err = conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved)
		if err == nil && busy != 0 {
			err = fmt.Errorf("copy register: a reader holds the write-ahead log")
		}
		if err == nil {
			_, err = conn.ExecContext(ctx, "PRAGMA wal_autocheckpoint = 0")
		}
		conn.Close()
	}
	s.mu.Unlock()
	if err != nil {
		return explain(err, s.path)
	}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, _ = s.writer.Exec("PRAGMA wal_autocheckpoint = 1000") // the next opening sets it too
	}()
	f, err := os.Open(s.path)
	if err != nil {
		return fmt.Errorf("copy register: %w", err)
	}
	defer f.Close()
	_, err = io.Copy(w, contextReader{ctx, f})
	return err
}

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// VacuumInto writes the register as an ordinary SQLite database, not sealed.
func (s *Store) VacuumInto(ctx context.Context, path string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: "vfs=" + plainVFS}).String()
	_, err := s.writer.ExecContext(ctx, "VACUUM INTO ?", name)
	return explain(err, s.path)
}
