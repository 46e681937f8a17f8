package runlog

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/run"
)

// now is the day on which the tests import.
var now = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// readAll imports src and keeps every record.
func readAll(t testing.TB, src io.Reader, o Options) ([]run.Record, Result, error) {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = now
	}
	if o.HashKey == nil {
		o.HashKey = testKey
	}
	var recs []run.Record
	res, err := Read(context.Background(), src, o, func(r *run.Record) error {
		recs = append(recs, r.Clone())
		return nil
	})
	return recs, res, err
}

func TestRead(t *testing.T) {
	line := `{"run_id":"a","started":"2026-06-01T09:00:00Z"}` + "\n"

	t.Run("the file is hashed and counted to its last byte", func(t *testing.T) {
		src := line + "\n\n"
		recs, res, err := readAll(t, strings.NewReader(src), Options{})
		if err != nil || len(recs) != 1 || res.Bytes != int64(len(src)) || len(res.SHA256) != 64 {
			t.Fatalf("got %d records, %+v, %v", len(recs), res, err)
		}
	})
	t.Run("an error of the receiver stops reading and is returned", func(t *testing.T) {
		stop := errors.New("disk full")
		_, err := Read(
			context.Background(),
			bytes.NewReader(bytes.Repeat([]byte(line), 1)),
			Options{Now: now},
			func(*run.Record) error { return stop },
		)
		if !errors.Is(err, stop) {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("cancelling is a fault of its own", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := Read(ctx, strings.NewReader(line), Options{Now: now}, func(*run.Record) error { return nil })
		if fault.CodeOf(err) != fault.CodeCancelled {
			t.Fatalf("got %v", err)
		}
	})
}
