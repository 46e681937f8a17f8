// Command icon draws the program's icon, build/icon/assay.svg, as the PNG, ICO
// and ICNS files that each system asks for: icon OUTPUT-FOLDER.
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/image/vector"
)

const side = 512 // of the drawing's view box

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: icon OUTPUT-FOLDER")
		os.Exit(2)
	}
	if err := write("build/icon/assay.svg", os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "icon:", err)
		os.Exit(1)
	}
}

func write(source, dir string) error {
	b, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	shapes, err := parse(b)
	if err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	pngs := map[int][]byte{}
	for _, n := range []int{16, 24, 32, 48, 64, 128, 256, 512} {
		var out bytes.Buffer
		if err := png.Encode(&out, render(shapes, n)); err != nil {
			return err
		}
		pngs[n] = out.Bytes()
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("assay-%d.png", n)), out.Bytes(), 0o644); err != nil {
			return err
		}
	}
	if err := os.WriteFile(
		filepath.Join(dir, "assay.ico"), ico(pngs, 16, 24, 32, 48, 64, 128, 256), 0o644,
	); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "assay.icns"), icns(pngs), 0o644)
}

// shape is one filled path.
type shape struct {
	fill     color.NRGBA
	commands []command
}

// command is one of M, L, C and Z with its points, in the view box's units.
type command struct {
	letter byte
	at     []float32
}

func parse(b []byte) ([]shape, error) {
	var doc struct {
		Paths []struct {
			Fill string `xml:"fill,attr"`
			D    string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal(b, &doc); err != nil {
		return nil, err
	}
	var shapes []shape
	for _, p := range doc.Paths {
		rgb, err := strconv.ParseUint(strings.TrimPrefix(p.Fill, "#"), 16, 24)
		if err != nil || len(p.Fill) != 7 {
			return nil, fmt.Errorf("fill %q is not of the form #rrggbb", p.Fill)
		}
		s := shape{fill: color.NRGBA{uint8(rgb >> 16), uint8(rgb >> 8), uint8(rgb), 255}}
		for _, word := range strings.Fields(
			strings.NewReplacer("M", " M ", "L", " L ", "C", " C ", "Z", " Z ").Replace(p.D),
		) {
			if strings.Contains("MLCZ", word) {
				s.commands = append(s.commands, command{letter: word[0]})
				continue
			}
			v, err := strconv.ParseFloat(word, 32)
			if err != nil || len(s.commands) == 0 {
				return nil, fmt.Errorf("path: %q is neither M, L, C, Z nor a number", word)
			}
			last := &s.commands[len(s.commands)-1]
			last.at = append(last.at, float32(v))
		}
		for _, c := range s.commands {
			if want := map[byte]int{'M': 2, 'L': 2, 'C': 6, 'Z': 0}[c.letter]; len(c.at) != want {
				return nil, fmt.Errorf("path: %c has %d numbers, want %d", c.letter, len(c.at), want)
			}
		}
		shapes = append(shapes, s)
	}
	if len(shapes) == 0 {
		return nil, fmt.Errorf("no path")
	}
	return shapes, nil
}

// render draws the shapes n pixels wide, smoothed.
func render(shapes []shape, n int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, n, n))
	k := float32(n) / side
	for _, s := range shapes {
		z := vector.NewRasterizer(n, n)
		for _, c := range s.commands {
			p := make([]float32, len(c.at))
			for i, v := range c.at {
				p[i] = v * k
			}
			switch c.letter {
			case 'M':
				z.MoveTo(p[0], p[1])
			case 'L':
				z.LineTo(p[0], p[1])
			case 'C':
				z.CubeTo(p[0], p[1], p[2], p[3], p[4], p[5])
			case 'Z':
				z.ClosePath()
			}
		}
		z.DrawOp = draw.Over
		z.Draw(img, img.Bounds(), image.NewUniform(s.fill), image.Point{})
	}
	return img
}

// ico packs PNGs as a Windows icon: a header, an entry of 16 bytes for each
// image, then the images.
func ico(pngs map[int][]byte, sizes ...int) []byte {
	var head, body bytes.Buffer
	put := func(v any) { _ = binary.Write(&head, binary.LittleEndian, v) } // a Buffer takes everything
	put([]uint16{0, 1, uint16(len(sizes))})
	for _, n := range sizes {
		put([]byte{byte(n), byte(n), 0, 0}) // 256 is written as 0
		put([]uint16{1, 32})
		put([]uint32{uint32(len(pngs[n])), uint32(6 + 16*len(sizes) + body.Len())})
		body.Write(pngs[n])
	}
	return append(head.Bytes(), body.Bytes()...)
}

// icns packs PNGs as a macOS icon: a header of 8 bytes, then for each image
// its type, its length with this head, and the PNG.
func icns(pngs map[int][]byte) []byte {
	var body bytes.Buffer
	for _, e := range []struct {
		kind string
		n    int
	}{{"ic07", 128}, {"ic08", 256}, {"ic09", 512}} {
		body.WriteString(e.kind)
		_ = binary.Write(&body, binary.BigEndian, uint32(8+len(pngs[e.n])))
		body.Write(pngs[e.n])
	}
	head := append([]byte("icns"), 0, 0, 0, 0)
	binary.BigEndian.PutUint32(head[4:], uint32(8+body.Len()))
	return append(head, body.Bytes()...)
}
