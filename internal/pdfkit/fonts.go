package pdfkit

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jung-kurt/gofpdf"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// Face is one of the four faces that are embedded in documents.
type Face uint8

const (
	Regular Face = iota
	Bold         // Source Sans 3 SemiBold
	Italic
	Mono // Source Code Pro, for digests and identifiers
	numFaces
)

var (
	//go:embed fonts/SourceSans3-Regular.ttf
	sansRegular []byte
	//go:embed fonts/SourceSans3-SemiBold.ttf
	sansSemiBold []byte
	//go:embed fonts/SourceSans3-Italic.ttf
	sansItalic []byte
	//go:embed fonts/SourceCodePro-Regular.ttf
	codeRegular []byte
)

// lastRune bounds the characters that are looked for in a font: Latin, Greek,
// Cyrillic, punctuation, arrows and symbols.
const lastRune = 0x2800

// box stands where a font has no glyph for a character.
const box = '□'

type face struct {
	name    string
	ttf     []byte
	font    *sfnt.Font
	advance []int16 // by character, in thousandths of the size; -1 without a glyph
	gid     []sfnt.GlyphIndex
	ascent, descent, capHeight,
	stemV, italicAngle, flags int
	bounds [4]int
}

// faces are read once: metrics and coverage come from the font itself, so that
// a text is measured before it is drawn and a missing glyph is never silent.
var faces = sync.OnceValue(func() [numFaces]*face {
	var fs [numFaces]*face
	for i, f := range []face{
		{name: "SourceSans3-Regular", ttf: sansRegular, stemV: 84, flags: 4},
		{name: "SourceSans3-SemiBold", ttf: sansSemiBold, stemV: 120, flags: 4},
		{name: "SourceSans3-It", ttf: sansItalic, stemV: 80, italicAngle: -11, flags: 4 | 64},
		{name: "SourceCodePro-Regular", ttf: codeRegular, stemV: 84, flags: 4 | 1},
	} {
		if err := f.load(); err != nil {
			panic(fmt.Sprintf("embedded font %s: %v", f.name, err)) // the bytes are part of the program
		}
		fs[i] = &f
	}
	return fs
})

// load reads what is needed of a face's characters once, into tables: every
// character of a document is measured, and a look into the font for each is slow.
func (f *face) load() error {
	var err error
	if f.font, err = sfnt.Parse(f.ttf); err != nil {
		return err
	}
	if upem := f.font.UnitsPerEm(); upem != 1000 {
		return fmt.Errorf("has %d units an em, not 1000", upem)
	}
	var buf sfnt.Buffer
	ppem := fixed.I(1000)
	f.advance, f.gid = make([]int16, lastRune), make([]sfnt.GlyphIndex, lastRune)
	for r := range rune(lastRune) {
		f.advance[r] = -1
		if r < 0x20 || r >= 0x7F && r < 0xA0 {
			continue
		}
		g, err := f.font.GlyphIndex(&buf, r)
		if err != nil {
			return err
		}
		if g == 0 { // .notdef: ISO 14289-1 forbids to draw it
			continue
		}
		a, err := f.font.GlyphAdvance(&buf, g, ppem, font.HintingNone)
		if err != nil {
			return err
		}
		f.advance[r], f.gid[r] = int16(a.Round()), g
	}
	m, err := f.font.Metrics(&buf, ppem, font.HintingNone)
	if err != nil {
		return err
	}
	f.ascent, f.descent, f.capHeight = m.Ascent.Round(), -m.Descent.Round(), m.CapHeight.Round()
	b, err := f.font.Bounds(&buf, ppem, font.HintingNone)
	if err != nil {
		return err
	}
	// A font's y axis points down in sfnt and up in PDF.
	f.bounds = [4]int{b.Min.X.Floor(), -b.Max.Y.Ceil(), b.Max.X.Ceil(), -b.Min.Y.Floor()}
	return nil
}

func (f *face) has(r rune) bool { return r >= 0 && r < lastRune && f.advance[r] >= 0 }

// width of cleaned text in points.
func (f *face) width(s string, size float64) float64 {
	n := 0
	for _, r := range s {
		n += int(f.advance[r])
	}
	return float64(n) * size / 1000
}

// kern is the adjustment between two characters in thousandths of the size.
func (d *Document) kern(fc Face, a, b rune) int {
	if fc == Mono || a >= lastRune || b >= lastRune {
		return 0
	}
	key := uint32(fc)<<30 | uint32(a)<<15 | uint32(b)
	k, ok := d.kerns[key]
	if !ok {
		f := faces()[fc]
		v, err := f.font.Kern(&d.sfntBuf, f.gid[a], f.gid[b], fixed.I(1000), font.HintingNone)
		if err == nil {
			k = int16(v.Round())
		}
		d.kerns[key] = k
	}
	return int(k)
}

// Replacement says that a character could not be printed and was shown as a
// box ("□") or, for invisible ones, left out.
type Replacement struct {
	Rune  rune
	Count int
	Text  string // the beginning of the first text that it was found in
}

// clean makes text printable in a face: composed (NFC), with tabs as spaces,
// and a visible box for each character that the font lacks: other scripts,
// emoji, control characters. Invisible ones that could disguise a text
// (direction marks, zero-width characters) are left out. Each is counted, so
// that the caller can say what the paper does not show. Line breaks stay.
func (d *Document) clean(s string, fc Face) string {
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 && c != '\n' || c >= 0x7F {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	f := faces()[fc]
	s = norm.NFC.String(strings.ReplaceAll(s, "\r\n", "\n"))
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case f.has(r) && r != '\u00AD' || r == '\n':
			b.WriteRune(r)
		case r == '\t' || r == '\u2028' || r == '\u2029' || r == '\r' || r == '\u202F' || r == '\u2009' ||
			r == '\u2007':
			b.WriteByte(' ')
		case r == '\u00AD':
		case r == '\u2011': // a non-breaking hyphen that Source Code Pro lacks
			b.WriteByte('-')
		case r == 0x200B || r == 0x200C || r == 0x200D || r == 0x200E || r == 0x200F || r == 0xFEFF || r == 0x2060,
			r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r >= 0xFE00 && r <= 0xFE0F:
			d.replaced(r, s)
		default:
			d.replaced(r, s)
			b.WriteRune(box)
		}
	}
	return b.String()
}

// line is clean for text that is not broken into lines.
func (d *Document) line(s string, fc Face) string {
	return strings.ReplaceAll(d.clean(s, fc), "\n", " ")
}

func (d *Document) replaced(r rune, in string) {
	if d.dry > 0 {
		return
	}
	for i := range d.replacements {
		if d.replacements[i].Rune == r {
			d.replacements[i].Count++
			return
		}
	}
	if rs := []rune(in); len(rs) > 40 {
		in = string(rs[:40]) + "…"
	}
	d.replacements = append(d.replacements, Replacement{r, 1, in})
}

// Replacements are the characters that the document could not print.
func (d *Document) Replacements() []Replacement { return d.replacements }

// fontProgram is a face cut down to the characters that were used.
type fontProgram struct {
	ttf []byte
	gid map[rune]int
}

// cut lets gofpdf cut a face down to the characters in use, and reads back
// which glyph each of them became.
func (f *face) cut(used []rune) (fontProgram, error) {
	// gofpdf writes into the font that it reads (it appends to slices of it),
	// so each time it is given a copy.
	ttf := gofpdf.UTF8CutFont(slices.Clone(f.ttf), string(used))
	sub, err := sfnt.Parse(ttf)
	if err != nil {
		return fontProgram{}, fmt.Errorf("cut font %s: %w", f.name, err)
	}
	p := fontProgram{ttf, make(map[rune]int, len(used))}
	var buf sfnt.Buffer
	for _, r := range used {
		g, err := sub.GlyphIndex(&buf, r)
		if err != nil || g == 0 {
			return fontProgram{}, fmt.Errorf("cut font %s: it lost %q (%v)", f.name, r, err)
		}
		p.gid[r] = int(g)
	}
	return p, nil
}

// appendText encodes cleaned text as a PDF string of two-byte codes. The code
// of a character is its Unicode number, so ToUnicode is the identity.
func appendText(b []byte, s string) []byte {
	b = append(b, '(')
	for _, r := range s {
		for _, c := range [2]byte{byte(r >> 8), byte(r)} {
			switch c {
			case '(', ')', '\\':
				b = append(b, '\\', c)
			case '\r':
				b = append(b, '\\', 'r')
			default:
				b = append(b, c)
			}
		}
	}
	return append(b, ')')
}

// cidToGID is the map from codes to glyphs of a cut font.
func (p fontProgram) cidToGID(used []rune) []byte {
	m := make([]byte, 2*(int(used[len(used)-1])+1))
	for r, g := range p.gid {
		binary.BigEndian.PutUint16(m[2*r:], uint16(g))
	}
	return m
}

// toUnicode is the ToUnicode map of the used characters: one to one, in ranges
// that stay within one high byte, as the format asks.
func toUnicode(used []rune) []byte {
	var ranges [][2]rune
	for _, r := range used {
		if n := len(ranges); n > 0 && ranges[n-1][1] == r-1 && r&0xFF != 0 {
			ranges[n-1][1] = r
		} else {
			ranges = append(ranges, [2]rune{r, r})
		}
	}
	b := []byte("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for len(ranges) > 0 {
		n := min(100, len(ranges))
		b = fmt.Appendf(b, "%d beginbfrange\n", n)
		for _, r := range ranges[:n] {
			b = fmt.Appendf(b, "<%04X> <%04X> <%04X>\n", r[0], r[1], r[0])
		}
		b = append(b, "endbfrange\n"...)
		ranges = ranges[n:]
	}
	return append(b, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"...)
}

// appendWidths writes the /W array of the used characters.
func (f *face) appendWidths(b []byte, used []rune) []byte {
	b = append(b, '[')
	for i := 0; i < len(used); {
		b = fmt.Appendf(b, "%d [", used[i])
		for j := i; ; {
			b = fmt.Appendf(b, "%d", f.advance[used[j]])
			j++
			if j == len(used) || used[j] != used[j-1]+1 {
				i = j
				break
			}
			b = append(b, ' ')
		}
		b = append(b, ']')
	}
	return append(b, ']')
}
