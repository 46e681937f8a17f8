package machine

import (
	"bytes"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/ledger"

	"golang.org/x/mod/sumdb/tlog"
)

var (
	id   = "019d4321-0000-7000-8000-000000000001"
	root = func() ledger.Hash {
		h, _ := tlog.ParseHash("HfavPfYrMxAPqljy6/1JN3ZAtb/HhyIf/VRIFYiwGiw=")
		return h
	}()
	seen = Seen{
		Head: ledger.Head{Origin: ledger.Origin(id), Size: 3, Root: root},
		At:   time.Date(2026, 3, 31, 10, 0, 0, 0, time.UTC),
		File: "council.assay",
	}
)

func TestSpecification(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "machine.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	want := "\t" + strings.ReplaceAll(strings.TrimSuffix(string(FormatSeen(seen)), "\n"), "\n", "\n\t")
	if doc := file.Doc.Text(); !strings.Contains(doc, strings.ReplaceAll(want, "\n\t\n", "\n\n")) {
		t.Errorf("the package comment does not hold\n%s\n%s", want, doc)
	}
}

func TestParseSeen(t *testing.T) {
	good := FormatSeen(seen)
	if got, err := ParseSeen(good); err != nil || got != seen {
		t.Fatal(got, err)
	}
	for i := range good {
		for _, b := range [][]byte{good[:i], append(append(bytes.Clone(good[:i]), ' '), good[i:]...)} {
			if got, err := ParseSeen(b); err == nil && !bytes.Equal(FormatSeen(got), b) {
				t.Errorf("%q was read as %q", b, FormatSeen(got))
			}
		}
	}
}

func TestHeads(t *testing.T) {
	dir := t.TempDir()
	h := HeadsIn(dir)
	if _, ok := h.Last(id); ok {
		t.Error("a head was seen before there was one")
	}
	if err := h.Keep(
		Seen{Head: seen.Head, At: seen.At, File: filepath.Join("some", "where", "council.assay")},
	); err != nil {
		t.Fatal(err)
	}
	if got, ok := h.Last(id); !ok || got != seen {
		t.Error(got, ok)
	}
	t.Run("another_registers_head_is_not_taken", func(t *testing.T) {
		other := strings.Replace(id, "1", "2", 1)
		b, _ := os.ReadFile(filepath.Join(dir, "heads", id+".txt"))
		os.WriteFile(filepath.Join(dir, "heads", other+".txt"), b, 0o600)
		if got, ok := h.Last(other); ok {
			t.Error(got)
		}
	})
	t.Run("an_identifier_that_leads_out_of_the_folder_is_none", func(t *testing.T) {
		out := seen
		out.Head.Origin = ledger.Origin("../out")
		if err := h.Keep(out); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(dir, "out.txt")); err == nil {
			t.Error("it was written")
		}
	})
	t.Run("what_cannot_be_read_counts_as_never_seen", func(t *testing.T) {
		os.WriteFile(filepath.Join(dir, "heads", id+".txt"), []byte("?"), 0o600)
		if got, ok := h.Last(id); ok {
			t.Error(got)
		}
	})
	t.Run("nothing_is_kept_without_a_folder", func(t *testing.T) {
		none := HeadsIn("")
		if err := none.Keep(seen); err != nil {
			t.Error(err)
		}
		if got, ok := none.Last(id); ok {
			t.Error(got)
		}
	})
}
