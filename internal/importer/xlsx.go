package importer

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	"assay/internal/fault"
)

// # XLSX
//
// A flat log in a workbook (ECMA-376, as Excel and LibreOffice write it): like
// CSV (csv.go), it has a header row and needs a mapping. Read is the first
// sheet, or the one that the mapping names (sheet). The header is the first row
// that is not empty, or the one that the mapping says (header_row).
//
// A cell is what its stored value says: text, a number as it would be written
// without a format, true or false, and for a formula the result that was stored
// with it. A number in a date format is that date and time on the sheet's wall
// clock, so that the mapping must give its zone; both calendars of Excel are
// known, and seconds are rounded to the millisecond. Macros, links, drawings
// and hidden content are left aside. Positions are rows as the sheet counts them.
//
// Excel itself changes what it opens: it rounds times, drops leading zeros and
// turns codes into dates. Where the platform can export CSV or JSON, take that.

// maxStrings bounds the memory for a workbook's table of texts.
const maxStrings = 256 << 20

func (in *input) readXLSX(z *zip.Reader, s *sink) error {
	s.res.Format, s.res.Wrapping, s.res.Encoding = XLSX, Plain, UTF8
	b := &workbook{in: in, z: z}
	t, err := b.open()
	if err != nil {
		return err
	}
	defer t.close()
	return readTable(t, in.o, s)
}

// workbook reads the parts of a workbook.
type workbook struct {
	in      *input
	z       *zip.Reader
	strings []string
	dates   []bool // by style: is a number a date?
	from    time.Time
}

func (b *workbook) part(name string) (*xmlReader, io.Closer, error) {
	for _, f := range b.z.File {
		if f.Name == name {
			r, err := f.Open()
			if err != nil {
				return nil, nil, packed(err)
			}
			return newXML(b.in.bounded(r), b.in.o.MaxLine), r, nil
		}
	}
	return nil, nil, nil
}

// each calls f at every element of a part.
func (b *workbook) each(name string, f func(x *xmlReader) error) error {
	x, c, err := b.part(name)
	if x == nil {
		return err
	}
	defer c.Close()
	for {
		tok, err := x.next()
		if err == nil && tok == xmlStart {
			err = f(x)
		}
		if err != nil {
			return inPart(err, name)
		}
		if tok == xmlEOF {
			return nil
		}
	}
}

func inPart(err error, name string) error {
	if f, ok := err.(*fault.Error); ok && f.Where != "" && !strings.Contains(f.Where, ",") {
		return f.At(path.Base(name) + ", " + f.Where)
	}
	return err
}

// local is an element's name without its namespace prefix.
func local(name []byte) string {
	if i := bytes.LastIndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	return string(name)
}

func (b *workbook) open() (*sheet, error) {
	type tab struct{ name, id string }
	var tabs []tab
	b.from = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	err := b.each("xl/workbook.xml", func(x *xmlReader) error {
		switch local(x.name) {
		case "sheet":
			var id string
			for _, a := range x.attrs {
				if local(a.name) == "id" {
					id = string(a.value)
				}
			}
			tabs = append(tabs, tab{string(x.attr("name")), id})
		case "workbookPr":
			if v := string(x.attr("date1904")); v == "1" || v == "true" {
				b.from = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(tabs) == 0 {
		return nil, fault.Unreadable(b.in.o.Name, "The workbook holds no sheets.")
	}
	want := tabs[0]
	if m := b.in.o.Mapping; m != nil && m.Sheet != "" {
		var names []string
		found := false
		for _, t := range tabs {
			names = append(names, clip(t.name))
			if t.name == m.Sheet {
				want, found = t, true
			}
		}
		if !found {
			return nil, fault.Unreadable(
				b.in.o.Name,
				"The workbook has no sheet %q; its sheets are %s.",
				m.Sheet,
				strings.Join(names[:min(len(names), 40)], ", "),
			)
		}
	}
	target := ""
	err = b.each("xl/_rels/workbook.xml.rels", func(x *xmlReader) error {
		if local(x.name) == "Relationship" && string(x.attr("Id")) == want.id {
			target = string(x.attr("Target"))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(target, "/") {
		target = target[1:]
	} else {
		target = path.Join("xl", target)
	}
	if err := b.readStrings(); err != nil {
		return nil, err
	}
	if err := b.readStyles(); err != nil {
		return nil, err
	}
	x, c, err := b.part(target)
	if err != nil {
		return nil, err
	}
	if x == nil {
		return nil, fault.Unreadable(
			b.in.o.Name,
			"The sheet %q is missing from the workbook; save it again.",
			clip(want.name),
		)
	}
	return &sheet{b: b, x: x, close: func() { c.Close() }}, nil
}

func (b *workbook) readStrings() error {
	x, c, err := b.part("xl/sharedStrings.xml")
	if x == nil {
		return err
	}
	defer c.Close()
	var cur []byte
	total, inItem, phonetic := 0, false, 0
	for {
		tok, err := x.next()
		if err != nil {
			return inPart(err, "sharedStrings.xml")
		}
		switch tok {
		case xmlEOF:
			return nil
		case xmlStart:
			switch local(x.name) {
			case "si":
				cur, inItem = cur[:0], true
			case "rPh":
				phonetic = x.depth()
			}
		case xmlText:
			if inItem && phonetic == 0 {
				cur = append(cur, x.text...)
			}
		case xmlEnd:
			if phonetic > x.depth() {
				phonetic = 0
			}
			if local(x.name) == "si" {
				if total += len(cur) + 16; total > maxStrings {
					return fault.Unreadable(
						b.in.o.Name,
						"The workbook holds more than %d MB of text; export it as CSV.",
						maxStrings>>20,
					)
				}
				b.strings, inItem = append(b.strings, string(cur)), false
			}
		}
	}
}

// readStyles finds out which cell formats show dates.
func (b *workbook) readStyles() error {
	custom := map[int]bool{}
	cellXfs := 0
	return b.each("xl/styles.xml", func(x *xmlReader) error {
		number := func() int {
			n, _ := strconv.Atoi(string(x.attr("numFmtId")))
			return n
		}
		if x.depth() <= cellXfs {
			cellXfs = 0
		}
		switch local(x.name) {
		case "numFmt":
			custom[number()] = dateFormat(string(x.attr("formatCode")))
		case "cellXfs":
			cellXfs = x.depth()
		case "xf":
			if cellXfs > 0 && len(b.dates) < 1<<16 {
				n := number()
				is, ok := custom[n]
				if !ok {
					is = n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 45 && n <= 47 || n >= 50 && n <= 58
				}
				b.dates = append(b.dates, is)
			}
		}
		return nil
	})
}

// dateFormat tells whether a number format shows a date or time.
func dateFormat(code string) bool {
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"':
			for i++; i < len(code) && code[i] != '"'; i++ {
			}
		case '\\', '_', '*':
			i++
		case '[':
			from := i
			for ; i < len(code) && code[i] != ']'; i++ {
			}
			if w := strings.ToLower(code[min(from+1, len(code)):min(i, len(code))]); w == "h" || w == "hh" ||
				w == "m" ||
				w == "mm" ||
				w == "s" ||
				w == "ss" {
				return true
			}
		case 'y', 'Y', 'd', 'D', 'h', 'H', 's', 'S', 'm', 'M':
			return true
		}
	}
	return false
}

// sheet is one sheet, row by row.
type sheet struct {
	b     *workbook
	x     *xmlReader
	close func()
	row   int64
	width int
	cells []string
	text  []byte
}

func (s *sheet) next() ([]string, int64, error) {
	for {
		tok, err := s.x.next()
		if err != nil {
			return nil, s.row, inPart(err, "sheet")
		}
		if tok == xmlEOF {
			return nil, s.row, io.EOF
		}
		if tok == xmlStart && local(s.x.name) == "row" {
			s.row++
			if r := s.x.attr("r"); r != nil {
				n, err := strconv.ParseInt(string(r), 10, 64)
				if err != nil || n < s.row {
					return nil, s.row, fault.Unreadable(
						fmt.Sprintf("row %d", s.row),
						"The rows of the sheet are not in order; save the workbook again.",
					)
				}
				s.row = n
			}
			why, err := s.readRow()
			if err != nil {
				return nil, s.row, inPart(err, "sheet")
			}
			for len(s.cells) > s.width && s.cells[len(s.cells)-1] == "" {
				s.cells = s.cells[:len(s.cells)-1]
			}
			if len(s.cells) == 0 {
				continue
			}
			if s.width == 0 {
				s.width = len(s.cells)
			}
			empty := true
			for _, c := range s.cells {
				empty = empty && c == ""
			}
			if empty {
				continue
			}
			for len(s.cells) < s.width {
				s.cells = append(s.cells, "")
			}
			if why != "" {
				return s.cells, s.row, badRow(why)
			}
			return s.cells, s.row, nil
		}
	}
}

// readRow reads the cells of the row that just began.
func (s *sheet) readRow() (why string, err error) {
	s.cells = s.cells[:0]
	depth := s.x.depth()
	for {
		tok, err := s.x.next()
		if err != nil {
			return "", err
		}
		if tok == xmlEnd && s.x.depth() < depth {
			return why, nil
		}
		if tok != xmlStart || local(s.x.name) != "c" {
			continue
		}
		col := len(s.cells)
		if r := s.x.attr("r"); r != nil {
			if col = columnOf(r); col < len(s.cells) || col >= maxColumns {
				return "", fault.Unreadable(
					fmt.Sprintf("row %d", s.row),
					"The cell %q is out of order, or beyond column %d.",
					clip(string(r)),
					maxColumns,
				)
			}
		}
		kind := string(s.x.attr("t"))
		style, _ := strconv.Atoi(string(s.x.attr("s")))
		value, err := s.readCell()
		if err != nil {
			return "", err
		}
		v, bad := s.value(kind, style, value)
		if bad != "" && why == "" {
			why = bad
		}
		for len(s.cells) < col {
			s.cells = append(s.cells, "")
		}
		s.cells = append(s.cells, v)
	}
}

// readCell reads the text of a cell's v or is element.
func (s *sheet) readCell() ([]byte, error) {
	s.text = s.text[:0]
	depth, take, phonetic := s.x.depth(), 0, 0
	for {
		tok, err := s.x.next()
		if err != nil {
			return nil, err
		}
		switch tok {
		case xmlStart:
			switch n := local(s.x.name); {
			case n == "v", n == "is":
				take = s.x.depth()
			case n == "rPh":
				phonetic = s.x.depth()
			}
		case xmlText:
			if take > 0 && phonetic == 0 {
				s.text = append(s.text, s.x.text...)
			}
		case xmlEnd:
			d := s.x.depth()
			if phonetic > d {
				phonetic = 0
			}
			if take > d {
				take = 0
			}
			if d < depth {
				return s.text, nil
			}
		}
	}
}

// value is what a cell says.
func (s *sheet) value(kind string, style int, b []byte) (v, why string) {
	if len(b) == 0 {
		return "", ""
	}
	switch kind {
	case "s":
		n, err := strconv.Atoi(string(b))
		if err != nil || n < 0 || n >= len(s.b.strings) {
			return "", "A cell refers to a text that the workbook does not hold; save it again."
		}
		return s.b.strings[n], ""
	case "inlineStr", "str", "e", "d":
		return s.x.word(b), ""
	case "b":
		if string(b) == "1" {
			return "true", ""
		}
		return "false", ""
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return "", fmt.Sprintf("A cell holds %q where a number is expected.", excerpt(b))
	}
	if style >= 0 && style < len(s.b.dates) && s.b.dates[style] && f >= 1 && f < 2_958_466 {
		days := math.Floor(f)
		ms := math.Round((f - days) * 86_400_000)
		t := s.b.from.AddDate(0, 0, int(days)).Add(time.Duration(ms) * time.Millisecond)
		return t.Format("2006-01-02T15:04:05.999"), ""
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatInt(int64(f), 10), ""
	}
	return string(b), ""
}

// columnOf is the index of the column in a reference such as "AB12"; -1 for
// what is none.
func columnOf(ref []byte) int {
	n := 0
	for i, c := range ref {
		if c >= '0' && c <= '9' && i > 0 {
			break
		}
		if c < 'A' || c > 'Z' || n > maxColumns {
			return -1
		}
		n = n*26 + int(c-'A') + 1
	}
	return n - 1
}
