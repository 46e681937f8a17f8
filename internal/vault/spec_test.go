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
	h := header{number: 1, params: Params{1, 64, 1}, recovery: new(slot)}
	copy(h.file[:], bytesFrom(0, idSize))
	copy(h.passphrase.salt[:], bytesFrom(0, saltSize))
	copy(h.recovery.salt[:], bytesFrom(16, saltSize))
	h.passphrase.wrapped = wrap(derive(normal(passphrase), h.passphrase.salt[:], h.params), key, labelPassphrase)
	h.recovery.wrapped = wrap(expand(secret, h.recovery.salt[:], "recovery"), key, labelRecovery)
	page := h.format(key)
	holds("key page", string(bytes.TrimRight(page, "\x00")))
	holds("recovery key", formatWords(secret))
	keys := newFileKeys(key, h.file)
	n := &nonces{}
	line := func(b []byte) string {
		return fmt.Sprintf("%x … %x", b[:16], b[len(b)-reserve:])
	}
	out := make([]byte, pageSize)
	sealPage(keys.main, n, out, emptyImage(), pageAAD(nil, 0))
	holds("page", "page 1 of an empty database           "+line(out))
	sealPage(keys.wal, n, out, emptyImage(), frameAAD(nil, 2, []byte{0, 0, 0, 1, 0, 0, 0, 9}, []byte("saltSALT")))
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
	for off, want := range map[int64]int64{
		0:                                8192,
		lockPage - prefixSize - pageSize: lockPage - pageSize,
		lockPage - prefixSize:            lockPage + pageSize,
		lockPage:                         lockPage + prefixSize + pageSize,
	} {
		if got := physical(off); got != want {
			t.Errorf("byte %d of the image is at %d, want %d", off, got, want)
		}
	}
	for pages := range int64(10) {
		for _, base := range []int64{0, lockPage - prefixSize - 4*pageSize} {
			size := base + pages*pageSize
			if got := logicalSize(physicalSize(size)); got != size {
				t.Errorf("an image of %d bytes comes back as %d", size, got)
			}
			if got := logicalSize(physicalSize(size) + pageSize - 1); got != size {
				t.Errorf("an image of %d bytes and a page cut short comes back as %d", size, got)
			}
		}
	}
	for _, size := range []int64{0, 1, prefixSize - 1, prefixSize} {
		if logicalSize(size) != 0 {
			t.Error(size)
		}
	}
}
