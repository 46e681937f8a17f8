package runlog

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"assay/internal/fault"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// sniffLen is how much of a file's beginning tells what it is.
const sniffLen = 64 << 10

// The encodings that are told apart.
const (
	UTF8        = "utf-8"
	UTF8BOM     = "utf-8 with byte order mark"
	UTF16LE     = "utf-16le"
	UTF16BE     = "utf-16be"
	Windows1252 = "windows-1252"
)

// Kind is what a file's beginning shows.
type Kind struct {
	Format   Name
	Wrapping Wrapping
	Encoding string
}

// Sniff tells from the first bytes of a file (64 KiB are enough) what it is.
// name is used in messages only: a file is what it contains.
func Sniff(head []byte, name string) (Kind, error) {
	k := Kind{Encoding: UTF8}
	if len(head) == 0 {
		return k, fault.Unreadable(name, "The file is empty; export it again.")
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		k.Wrapping = Gzip
		z, err := gzip.NewReader(bytes.NewReader(head))
		if err != nil {
			return k, packed(err)
		}
		head = some(z)
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		k.Wrapping = Zstd
		z, err := zstd.NewReader(
			bytes.NewReader(head),
			zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxWindow(128<<20),
			zstd.WithDecoderLowmem(true),
		)
		if err != nil {
			return k, packed(err)
		}
		head = some(z)
		z.Close()
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		k.Wrapping = Zip
		return k, nil
	}
	if len(head) == 0 {
		return k, fault.Unreadable(name, "The compressed file holds nothing, or was cut off. Copy or export it again.")
	}
	var err error
	k.Format, k.Encoding, err = sniffContent(head, name)
	return k, err
}

// some is the beginning of what r unpacks to; a cut end is expected here.
func some(r io.Reader) []byte {
	b, _ := io.ReadAll(io.LimitReader(r, sniffLen))
	return b
}

// Head is the beginning of a file, for the formats to recognise themselves by.
type Head struct {
	Raw    []byte // its first bytes, unpacked
	Text   []byte // the same as UTF-8, without blanks before it
	JSON   bool   // it begins like JSON
	XML    bool   // it begins like XML
	Binary bool   // it is no text
}

// Certainty is how sure a format is that a file is its own.
type Certainty int

const (
	No     Certainty = iota
	Likely           // unless another format is sure
	Sure
)

func sureIf(b bool) Certainty {
	if b {
		return Sure
	}
	return No
}

// has tells whether all names stand in the beginning, as JSON writes them.
func (h *Head) has(names ...string) bool {
	for _, n := range names {
		if !holds(h.Text, n) {
			return false
		}
	}
	return true
}

func holds(text []byte, name string) bool { return bytes.Contains(text, []byte(`"`+name+`"`)) }

// line is the first line.
func (h *Head) line() []byte {
	line, _, _ := bytes.Cut(h.Text, []byte{'\n'})
	return line
}

// titles lists the formats.
func titles() string {
	var out []string
	for _, f := range formats {
		out = append(out, f.Title)
	}
	return strings.Join(out, ", ")
}

func sniffContent(head []byte, name string) (Name, string, error) {
	h := &Head{Raw: head, Text: head}
	enc := sniffEncoding(head)
	if enc != UTF8 {
		h.Text = some(decoded(bytes.NewReader(head), enc))
	}
	h.Text = bytes.TrimLeft(h.Text, " \t\r\n")
	if len(h.Text) == 0 {
		return "", enc, fault.Unreadable(name, "The file holds nothing but blanks; export it again.")
	}
	h.JSON = h.Text[0] == '{' || h.Text[0] == '['
	h.XML = h.Text[0] == '<'
	h.Binary = !h.JSON && !h.XML && bytes.IndexByte(h.Text, 0) >= 0
	switch {
	case h.Binary:
		enc = "binary"
	case h.JSON && enc == Windows1252:
		enc = UTF8 // JSON is never anything else; what is not gets refused where it stands
	case h.XML && (enc == Windows1252 || enc == UTF8):
		if enc = declared(h.Text); enc == "" {
			return XES, enc, fault.Unreadable(
				name,
				"The XML is in an encoding that Assay does not read; export it in UTF-8.",
			)
		}
	}
	var best *Format
	certain := No
	for _, f := range formats {
		if f.Sniff == nil {
			continue
		}
		if c := f.Sniff(h); c > certain {
			best, certain = f, c
		}
	}
	switch {
	case best != nil:
		return best.Name, enc, nil
	case bytes.HasPrefix(head, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return "", enc, fault.Unreadable(
			name,
			"This is an old workbook (.xls), or one with a password: save it as .xlsx, without a password, or as CSV.",
		)
	case h.Binary:
		return "", enc, fault.Unreadable(name, "This is no log that Assay can read: it holds binary data.")
	}
	if holds(h.Text, "ocel:events") || holds(h.Text, "ocel:objects") || holds(h.Text, "ocel:global-event") {
		return "", enc, ocelOne(name)
	}
	return "", enc, fault.Unreadable(
		name,
		"This is JSON, but shows none of the formats that Assay reads: %s. Export it as one of them, or say which "+
			"it is.",
		titles(),
	)
}

// declared is the encoding that an XML declaration names: UTF-8 where there is
// none, empty for one that is not read.
func declared(text []byte) string {
	end := bytes.Index(text, []byte("?>"))
	if !bytes.HasPrefix(text, []byte("<?xml")) || end < 0 {
		return UTF8
	}
	_, rest, ok := bytes.Cut(text[:end], []byte("encoding"))
	if !ok {
		return UTF8
	}
	rest = bytes.TrimLeft(rest, " =\t\r\n")
	if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
		return ""
	}
	v, _, _ := bytes.Cut(rest[1:], rest[:1])
	switch string(bytes.ToLower(v)) {
	case "utf-8", "us-ascii", "ascii":
		return UTF8
	case "iso-8859-1", "windows-1252", "latin1":
		return Windows1252
	}
	return ""
}

func sniffEncoding(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		return UTF8BOM
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return UTF16LE
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return UTF16BE
	case len(head) >= 4 && head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
		return UTF16LE
	case len(head) >= 4 && head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0:
		return UTF16BE
	}
	// A character may be cut at the end of the head.
	end := len(head)
	for i := 1; i <= utf8.UTFMax && i <= len(head); i++ {
		if utf8.RuneStart(head[len(head)-i]) {
			if !utf8.FullRune(head[len(head)-i:]) {
				end -= i
			}
			break
		}
	}
	if !utf8.Valid(head[:end]) {
		return Windows1252
	}
	return UTF8
}

// wholeEncoding looks at the whole of a text that is UTF-8 or Windows-1252 by its
// beginning, where it can be read twice: the one letter that shows another encoding
// may stand anywhere.
// A text with letters in UTF-8 and with bytes that are none is neither.
func (in *input) wholeEncoding(byHead string) (string, error) {
	ra, ok := in.src.(io.ReaderAt)
	if !ok || in.total == 0 {
		return byHead, nil
	}
	r := io.NewSectionReader(ra, 0, in.total)
	buf, kept := make([]byte, 1<<20), 0
	letters, other := false, int64(-1)
	for off := int64(0); ; {
		if err := in.ctx.Err(); err != nil {
			return "", err
		}
		n, err := io.ReadFull(r, buf[kept:])
		b := buf[:kept+n]
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return "", fault.Unreadable(in.o.Name, "Reading the file failed.").Because(err)
		}
		i := 0
		for i < len(b) {
			if b[i] < utf8.RuneSelf {
				i++
				continue
			}
			if !last && !utf8.FullRune(b[i:]) {
				break
			}
			c, size := utf8.DecodeRune(b[i:])
			if c == utf8.RuneError && size == 1 {
				if other < 0 {
					other = off + int64(i)
				}
			} else {
				letters = true
			}
			i += size
		}
		if other >= 0 && letters {
			return "", fault.Unreadable(in.o.Name,
				"The text is in two encodings: byte %d is not UTF-8, and other letters are. Which one is right? "+
					"Say it in the mapping (encoding: windows-1252 or utf-8), or export it again.",
				other+1)
		}
		if last {
			break
		}
		off += int64(i)
		kept = copy(buf, b[i:])
	}
	if other >= 0 {
		return Windows1252, nil
	}
	return UTF8, nil
}

// decoded turns r into UTF-8 without a byte order mark.
func decoded(r io.Reader, enc string) io.Reader {
	switch enc {
	case UTF8BOM:
		return transform.NewReader(r, unicode.UTF8BOM.NewDecoder())
	case UTF16LE:
		return transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	case UTF16BE:
		return transform.NewReader(r, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder())
	case Windows1252:
		return transform.NewReader(&only1252{r: r}, charmap.Windows1252.NewDecoder())
	}
	return r
}

// only1252 refuses the five bytes that stand for nothing in Windows-1252. The
// decoder makes the same letter of all of them, and with it one account of two.
type only1252 struct {
	r   io.Reader
	off int64
}

func (o *only1252) Read(b []byte) (int, error) {
	n, err := o.r.Read(b)
	for i, c := range b[:n] {
		switch c {
		case 0x81, 0x8d, 0x8f, 0x90, 0x9d:
			return i, fault.Unreadable("", "Byte %d of the text (%02X) stands for no letter in Windows-1252: it is in "+
				"another encoding. Export it in UTF-8.", o.off+int64(i)+1, c)
		}
	}
	o.off += int64(n)
	return n, err
}
