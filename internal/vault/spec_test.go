package vault

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

func bytesFrom(first, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(first + i)
	}
	return b
}

// TestSpecification makes the example of the package comment.
func TestSpecification(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	doc := file.Doc.Text()
	holds := func(what, text string) {
		t.Helper()
		want := "\t" + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n\t")
		if !strings.Contains(doc, want+"\n") {
			t.Errorf("the package comment does not hold the %s:\n%s", what, want)
		}
	}
	key, secret := bytesFrom(0, keySize), bytesFrom(0, secretSize)
	h := header{paging: largePages, number: 1, params: Params{1, 64, 1}, recovery: new(slot)}
	copy(h.file[:], bytesFrom(0, idSize))
	copy(h.passphrase.salt[:], bytesFrom(0, saltSize))
	copy(h.recovery.salt[:], bytesFrom(16, saltSize))
	h.passphrase.wrapped = wrap(derive(normal(passphrase), h.passphrase.salt[:], h.params), key, labelPassphrase)
	h.recovery.wrapped = wrap(expand(secret, h.recovery.salt[:], "recovery"), key, labelRecovery)
	page := h.format(key)
	holds("key page", string(bytes.TrimRight(page, "\x00")))
	holds("recovery key", formatWords(secret))
	keys := newFileKeys(key, &h)
	n := &nonces{}
	line := func(b []byte) string {
		return fmt.Sprintf("%x … %x", b[:16], b[len(b)-reserve:])
	}
	out := make([]byte, largePages)
	sealPage(keys.main, n, out, largePages.emptyImage(), largePages.aad(nil, 0))
	holds("page", "page 1 of an empty database           "+line(out))
	sealPage(
		keys.wal,
		n,
		out,
		largePages.emptyImage(),
		frameAAD(nil, 2, []byte{0, 0, 0, 1, 0, 0, 0, 9}, []byte("saltSALT")),
	)
	holds("frame", "the same in frame 2 of a log          "+line(out))
	sector := make([]byte, 512+sectorExtra)
	sealSector(keys.journal, n, sector, append([]byte("undo"), make([]byte, 508)...), 4, 7, make([]byte, 12))
	holds("sector", `"undo" in sector 7 of a journal       `+line(sector))
	got, ok := (&h).openPassphrase(passphrase)
	if !ok || !bytes.Equal(got, key) || !h.authentic(key, page) {
		t.Error("the example does not open")
	}
	if !openPage(keys.wal, bytes.Clone(out), frameAAD(nil, 2, []byte{0, 0, 0, 1, 0, 0, 0, 9}, []byte("saltSALT"))) {
		t.Error("the frame does not open")
	}
}

func TestGeometry(t *testing.T) {
	for _, p := range versions {
		page, prefix := int64(p), p.prefix()
		if prefix%page != 0 || lockPage%page != 0 {
			t.Fatalf("pages of %d bytes: the locked bytes are not in one page", page)
		}
		for off, want := range map[int64]int64{
			0:                        prefix,
			lockPage - prefix - page: lockPage - page,
			lockPage - prefix:        lockPage + page,
			lockPage:                 lockPage + prefix + page,
		} {
			if got := p.physical(off); got != want {
				t.Errorf("pages of %d bytes: byte %d of the image is at %d, want %d", page, off, got, want)
			}
		}
		for pages := range int64(10) {
			for _, base := range []int64{0, lockPage - prefix - 4*page} {
				size := base + pages*page
				if got := p.logicalSize(p.physicalSize(size)); got != size {
					t.Errorf("an image of %d bytes comes back as %d", size, got)
				}
				if got := p.logicalSize(p.physicalSize(size) + page - 1); got != size {
					t.Errorf("an image of %d bytes and a page cut short comes back as %d", size, got)
				}
			}
		}
		for _, size := range []int64{0, 1, prefix - 1, prefix} {
			if p.logicalSize(size) != 0 {
				t.Error(size)
			}
		}
	}
}
