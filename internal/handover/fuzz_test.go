package handover

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/ledger"
)

// plain is an age.WriteCloser that enciphers nothing, for seeds.
type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// FuzzReadArchive reads what a sender may have put into the encrypted file:
// anybody can encrypt to a public key.
func FuzzReadArchive(f *testing.F) {
	var b bytes.Buffer
	w := &Writer{age: plain{&b}, tar: tar.NewWriter(&b), at: time.Unix(1_800_000_000, 0)}
	for name, content := range map[string]string{
		"handover.json": `{"format":"assay-handover/2","register":"r","organisation":"O","sender":"S","created":"2026-03-02T09:00:00Z","head":{"size":0,"root":""},"runs":true}`,
	} {
		if err := w.add(name, []byte(content)); err != nil {
			f.Fatal(err)
		}
	}
	err := errors.Join(
		w.add(
			"rows.jsonl",
			[]byte(
				`{"table":"policy","key":"k","digest":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","row":""}`+"\n",
			),
		),
		w.Log(
			map[string][]byte{"head.txt": []byte("assay\n"), "entries.jsonl": {}},
		),
		w.Source(Source{ID: "s"}),
		w.Run([]byte(`{"run_id":"1"}`)),
		w.Decided([]Decided{{Disposition: "d", Workflow: "w", Code: "OVR-01"}}),
		w.Close(),
	)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		rows := false
		h, err := readArchive(bytes.NewReader(in), Sink{
			Blob: func(_ string, _ int64, r io.Reader) error { _, err := io.Copy(io.Discard, r); return err },
			Rows: func(h *Handover) error { rows = true; return nil },
			Source: func(Source) error {
				if !rows {
					t.Fatal("an import before the rows were checked")
				}
				return nil
			},
			Run: func(record []byte) error { return nil },
		})
		var fe *fault.Error
		if err != nil && !errors.As(err, &fe) && !errors.Is(err, ledger.ErrUnknownSigner) {
			t.Fatalf("%v is no fault for a person", err)
		}
		if err == nil && (h == nil || !rows) {
			t.Fatal("read without being checked")
		}
	})
}
