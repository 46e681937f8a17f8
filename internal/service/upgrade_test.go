package service

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/diff"
	"assay/internal/store"
)

// released is where a register of each released schema is kept: schema-N.assay.gz
// with schema-N.json, which says what is in it, row by row. A new release adds
// its own, once, with
//
//	ASSAY_RELEASE=1 go test -run TestUpgrade ./internal/service
//
// and never changes the ones before.
var released = filepath.Join("testdata", "released")

// rowsOf is every row that the log accounts for, by table and key.
func rowsOf(t *testing.T, s *Service) map[string]json.RawMessage {
	t.Helper()
	ctx := context.Background()
	out := map[string]json.RawMessage{}
	err := s.read(ctx, func(r *store.Reader) error {
		return r.EachRow(ctx, func(table, key, _ string) error {
			_, row, err := r.Row(ctx, table, key)
			out[table+" "+key] = json.RawMessage(row.String)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestUpgrade opens a register of every released schema with this program and
// compares it record by record: nothing may be lost.
func TestUpgrade(t *testing.T) {
	if os.Getenv("ASSAY_RELEASE") != "" {
		keepRelease(t)
	}
	files, err := filepath.Glob(filepath.Join(released, "schema-*.assay.gz"))
	if err != nil || len(files) == 0 {
		t.Fatal("no released register is kept in ", released)
	}
	ctx := context.Background()
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			packed, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer packed.Close()
			z, err := gzip.NewReader(packed)
			if err != nil {
				t.Fatal(err)
			}
			old, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "old.assay")
			if err := os.WriteFile(path, old, 0o600); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(strings.TrimSuffix(file, ".assay.gz") + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var want map[string]json.RawMessage
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			s, err := Open(ctx, path, Options{As: "PER-0001"})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			got := rowsOf(t, s)
			for k, w := range want {
				before, err := diff.Flatten(string(w))
				if err != nil {
					t.Fatal(err)
				}
				after, err := diff.Flatten(string(got[k]))
				if err != nil {
					t.Errorf("%s is lost", k)
					continue
				}
				for field, v := range before {
					if after[field] != v {
						t.Errorf("%s: %s was %q and is %q", k, field, v, after[field])
					}
				}
			}
			if r, err := s.Check(ctx, nil); err != nil || !r.Sound {
				t.Errorf("%+v %v", r.Problems, err)
			}
			if _, err := s.Overview(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// keepRelease keeps the sample council's register as this program makes it.
func keepRelease(t *testing.T) {
	d, _ := demoOf(t)
	s := openDemo(t, nil)
	rows := rowsOf(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(d.Register)
	if err != nil {
		t.Fatal(err)
	}
	version := int(b[60])<<24 | int(b[61])<<16 | int(b[62])<<8 | int(b[63]) // SQLite's user_version
	name := filepath.Join(released, fmt.Sprintf("schema-%d", version))
	if _, err := os.Stat(name + ".json"); err == nil {
		t.Fatalf("%s is kept already", name)
	}
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	z.Write(b)
	z.Close()
	text, err := json.MarshalIndent(rows, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(released, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string][]byte{name + ".assay.gz": packed.Bytes(), name + ".json": text} {
		if err := os.WriteFile(file, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
