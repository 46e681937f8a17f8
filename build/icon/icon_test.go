package main

import (
	"bytes"
	"encoding/binary"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	if err := write("assay.svg", dir); err != nil {
		t.Fatal(err)
	}
	ico, err := os.ReadFile(filepath.Join(dir, "assay.ico"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range int(binary.LittleEndian.Uint16(ico[4:])) {
		e := ico[6+16*i:]
		n, length, offset := int(e[0]), binary.LittleEndian.Uint32(e[8:]), binary.LittleEndian.Uint32(e[12:])
		img, err := png.Decode(bytes.NewReader(ico[offset : offset+length]))
		if err != nil {
			t.Fatalf("image %d: %v", i, err)
		}
		if n == 0 {
			n = 256
		}
		if b := img.Bounds(); b.Dx() != n || b.Dy() != n {
			t.Errorf("image %d is %v, and its entry says %d", i, b, n)
		}
		if _, _, _, a := img.At(0, 0).RGBA(); a > 0x4000 {
			t.Errorf("image %d has no rounded corner", i)
		}
		if _, _, _, a := img.At(n/2, n/2).RGBA(); a != 0xffff {
			t.Errorf("image %d is see-through in the middle", i)
		}
	}
	icns, err := os.ReadFile(filepath.Join(dir, "assay.icns"))
	if err != nil {
		t.Fatal(err)
	}
	if got := binary.BigEndian.Uint32(icns[4:]); int(got) != len(icns) {
		t.Errorf("the macOS icon says %d bytes and has %d", got, len(icns))
	}
}

func TestParse(t *testing.T) {
	for name, path := range map[string]string{
		"an unknown command":    `<path fill="#000000" d="M0 0 Q1 1 2 2 Z"/>`,
		"too few numbers":       `<path fill="#000000" d="M0 L1 1 Z"/>`,
		"a colour with a name":  `<path fill="red" d="M0 0 L1 1 Z"/>`,
		"nothing that is drawn": `<title>x</title>`,
	} {
		if _, err := parse([]byte("<svg>" + path + "</svg>")); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
