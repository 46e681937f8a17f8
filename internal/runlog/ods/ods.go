// Package ods reads a sheet of an OpenDocument spreadsheet row by row, in
// memory that does not grow with the sheet.
//
// A value is taken from the attributes that its program typed it with, never
// from the text that the sheet shows: that is in the form of somebody's language
// ("Tue Apr  7 09:00:00 2026", as odfpy writes it). Programs write equal cells and
// rows once, with how often they stand, and end each row and sheet with thousands
// of empty ones: empty ones are counted and never made, and of the others there
// may be no more than a real sheet has.
package ods

import (
	"archive/zip"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/runlog/quote"
	"assay/internal/runlog/table"
	"assay/internal/runlog/xmlx"
)

const (
	mediaType = "application/vnd.oasis.opendocument.spreadsheet"
	maxRows   = 1 << 24 // of a sheet, as LibreOffice has them at most
	// maxRepeated is how many values cells and rows that stand several times may
	// come to.
	maxRepeated = 16 << 20
	maxSheets   = 10_000
	maxStyles   = 1 << 16
	// wholeNumbers is where a floating point number begins to leave whole numbers out.
	wholeNumbers = 1 << 53
)

// Options say what to read of a spreadsheet.
type Options struct {
	Name    string // of the file, for messages
	Sheet   string // empty: the first that is not hidden
	MaxText int    // bytes of a cell, at most
	// Bounded watches over what a part unpacks to.
	Bounded func(io.Reader) io.Reader
}

// Sheet is one sheet, row by row.
type Sheet struct {
	o      Options
	x      *xmlx.Reader
	c      io.Closer
	depth  int // of the sheet's element
	styles styles

	row      int64 // that was given last
	again    int64 // how often it is to be given once more
	repeated int64 // values that were given more than once
	width    int
	cells    []string
	kinds    []table.Kind
	text     []byte
	columns  []columnStyle
	at       int // of the column that columns is being read for

	hidden int64
	notes  []string
}

// columnStyle is the style that a run of columns gives to cells without one.
type columnStyle struct {
	until int
	style string
}

// styles are what a document's styles say that matters here.
type styles struct {
	hidden    map[string]bool   // of sheets
	durations map[string]bool   // formats of times that count on beyond 24 hours
	format    map[string]string // of cells, by style
}

// Open opens a sheet of a spreadsheet.
func Open(z *zip.Reader, o Options) (*Sheet, error) {
	if err := isSpreadsheet(z, o.Name); err != nil {
		return nil, err
	}
	s := &Sheet{o: o, styles: styles{map[string]bool{}, map[string]bool{}, map[string]string{}}}
	// Named styles stand in a part of their own; without it, cells have none of them.
	if x, c, err := open(z, "styles.xml", o); err != nil {
		return nil, err
	} else if x != nil {
		err := s.styles.read(x)
		c.Close()
		if err != nil {
			return nil, inPart(err, "styles.xml")
		}
	}
	n, err := s.choose(z)
	if err != nil {
		return nil, err
	}
	if s.x, s.c, err = open(z, "content.xml", o); err != nil {
		return nil, err
	}
	err = s.sheets(s.x, func(i int, _, _ string) (bool, error) { return i == n, nil })
	if err != nil {
		s.c.Close()
		return nil, inPart(err, "content.xml")
	}
	s.depth = s.x.Depth()
	return s, nil
}

// isSpreadsheet refuses documents of other kinds, and those that are encrypted.
func isSpreadsheet(z *zip.Reader, name string) error {
	is := func(part string, most int64) string {
		f, err := z.Open(part)
		if err != nil {
			return ""
		}
		defer f.Close()
		b, _ := io.ReadAll(io.LimitReader(f, most))
		return string(b)
	}
	manifest := is("META-INF/manifest.xml", 1<<20)
	kind := strings.TrimSpace(is("mimetype", 1<<10))
	switch {
	case strings.Contains(manifest, "encryption-data"):
		return fault.Unreadable(name, "The spreadsheet is protected by a password; save it without one first.")
	case kind == "" && strings.Contains(manifest, mediaType), kind == mediaType, kind == mediaType+"-template":
		return nil
	}
	return fault.Unreadable(name, "This is an OpenDocument file, but no spreadsheet; export the table as CSV or ODS.")
}

func open(z *zip.Reader, name string, o Options) (*xmlx.Reader, io.Closer, error) {
	for _, f := range z.File {
		if f.Name != name {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, nil,
				fault.Unreadable("", "The compressed file is damaged. Copy or export it again.").Because(err)
		}
		return xmlx.NewReader(o.Bounded(r), o.MaxText), r, nil
	}
	return nil, nil, nil
}

func inPart(err error, name string) error {
	if f, ok := err.(*fault.Error); ok && f.Where != "" && !strings.Contains(f.Where, ",") {
		return f.At(name + ", " + f.Where)
	}
	return err
}

// choose finds the sheet to read, and says which are not.
func (s *Sheet) choose(z *zip.Reader) (int, error) {
	x, c, err := open(z, "content.xml", s.o)
	if err != nil {
		return 0, err
	}
	if x == nil {
		return 0, fault.Unreadable(s.o.Name, "The spreadsheet has no content; save it again.")
	}
	defer c.Close()
	type tab struct {
		name   string
		hidden bool
	}
	var tabs []tab
	err = s.sheets(x, func(_ int, name, style string) (bool, error) {
		if len(tabs) == maxSheets {
			return true, fault.Unreadable(s.o.Name, "The spreadsheet has more than %d sheets.", maxSheets)
		}
		tabs = append(tabs, tab{name, s.styles.hidden[style]})
		return false, x.Skip()
	})
	switch {
	case err != nil && err != io.EOF:
		return 0, inPart(err, "content.xml")
	case len(tabs) == 0:
		return 0, fault.Unreadable(s.o.Name, "The spreadsheet holds no sheets.")
	}
	want := 0
	if s.o.Sheet != "" {
		var names []string
		for i := len(tabs) - 1; i >= 0; i-- {
			if names = append(names, quote.Clip(tabs[i].name)); tabs[i].name == s.o.Sheet {
				return i, nil
			}
		}
		return 0, fault.Unreadable(s.o.Name, "The spreadsheet has no sheet %q; its sheets are %s.",
			s.o.Sheet, strings.Join(names[:min(len(names), 40)], ", "))
	}
	for i := len(tabs) - 1; i >= 0; i-- {
		if !tabs[i].hidden {
			want = i
		}
	}
	for i, t := range tabs {
		switch {
		case i == want && t.hidden:
			s.notes = append(s.notes, fmt.Sprintf(
				"The sheet %q is hidden, and was read because no other is there.", quote.Clip(t.name)))
		case i == want:
		case t.hidden:
			s.notes = append(s.notes, fmt.Sprintf("The sheet %q is hidden, and was not read.", quote.Clip(t.name)))
		default:
			s.notes = append(s.notes, fmt.Sprintf(
				"The sheet %q was not read. One import reads one sheet: say which in the mapping (sheet).",
				quote.Clip(t.name)))
		}
	}
	return want, nil
}

// sheets calls each at every sheet until it says that it has what it wants; io.EOF
// where it never does. Tables that stand inside others, or that keep what was deleted
// or linked, are no sheets.
func (s *Sheet) sheets(x *xmlx.Reader, each func(i int, name, style string) (bool, error)) error {
	body, n := 0, 0
	for {
		tok, err := x.Next()
		switch {
		case err != nil:
			return err
		case tok == xmlx.EOF:
			return io.EOF
		case tok != xmlx.Start:
			continue
		}
		switch string(x.Name) {
		case "office:automatic-styles":
			if err := s.styles.read(x); err != nil {
				return err
			}
		case "office:spreadsheet":
			body = x.Depth()
		case "table:table":
			if body == 0 || x.Depth() != body+1 {
				continue
			}
			done, err := each(n, string(x.Attr("table:name")), string(x.Attr("table:style-name")))
			if done || err != nil {
				return err
			}
			n++
		}
	}
}

// read reads the styles in the element, or the part, that x stands in.
func (st *styles) read(x *xmlx.Reader) error {
	depth, name := x.Depth(), ""
	for {
		tok, err := x.Next()
		switch {
		case err != nil:
			return err
		case tok == xmlx.EOF, tok == xmlx.End && x.Depth() < depth:
			return nil
		case tok != xmlx.Start:
			continue
		}
		if len(st.format)+len(st.durations)+len(st.hidden) > maxStyles {
			continue
		}
		switch string(x.Name) {
		case "number:time-style":
			if string(x.Attr("number:truncate-on-overflow")) == "false" {
				st.durations[string(x.Attr("style:name"))] = true
			}
		case "style:style":
			name = string(x.Attr("style:name"))
			if f := x.Attr("style:data-style-name"); f != nil && string(x.Attr("style:family")) == "table-cell" {
				st.format[name] = string(f)
			}
		case "style:table-properties":
			if string(x.Attr("table:display")) == "false" {
				st.hidden[name] = true
			}
		}
	}
}

// Kind is what the spreadsheet holds the value in a column of the row to be.
func (s *Sheet) Kind(column int) table.Kind {
	if column >= len(s.kinds) {
		return table.Text
	}
	return s.kinds[column]
}

// Notes says what was left aside, and what was hidden from people.
func (s *Sheet) Notes() []string {
	if s.hidden > 0 {
		s.notes = append(s.notes,
			fmt.Sprintf("%d rows are hidden in the sheet, and were read like the others.", s.hidden))
		s.hidden = 0
	}
	return s.notes
}

// Close ends the reading.
func (s *Sheet) Close() error { return s.c.Close() }

// Next gives the next row that is not empty, as wide as the first one at least.
func (s *Sheet) Next() ([]string, int64, error) {
	if s.again > 0 {
		s.again--
		s.row++
		return s.cells, s.row, nil
	}
	for {
		tok, err := s.x.Next()
		if err != nil {
			return nil, s.row, inPart(err, "content.xml")
		}
		switch {
		case tok == xmlx.EOF, tok == xmlx.End && s.x.Depth() < s.depth:
			return nil, s.row, io.EOF
		case tok != xmlx.Start:
			continue
		}
		switch string(s.x.Name) {
		case "table:table", "table:shapes", "office:forms": // one inside a cell's drawing is no part of the sheet
			err = s.x.Skip()
		case "table:table-column":
			s.column()
		case "table:table-row":
			n, why := s.times("table:number-rows-repeated")
			if why == nil && s.row+n > maxRows {
				why = fault.Unreadable(fmt.Sprintf("row %d", s.row+1), "The sheet has more than %d rows.", maxRows)
			}
			if why != nil {
				return nil, s.row, why
			}
			v := string(s.x.Attr("table:visibility"))
			if err = s.readRow(string(s.x.Attr("table:default-cell-style-name"))); err != nil {
				break
			}
			if len(s.cells) == 0 {
				s.row += n
				continue
			}
			if v == "collapse" || v == "filter" {
				s.hidden += n
			}
			if s.width == 0 {
				s.width = len(s.cells)
			}
			for len(s.cells) < s.width {
				s.cells = append(s.cells, "")
			}
			s.row++
			s.again = n - 1
			if err = s.expand((n - 1) * int64(len(s.cells))); err == nil {
				return s.cells, s.row, nil
			}
		}
		if err != nil {
			return nil, s.row, inPart(err, "content.xml")
		}
	}
}

// times is how often the element that just began stands.
func (s *Sheet) times(attr string) (int64, error) {
	b := s.x.Attr(attr)
	if b == nil {
		return 1, nil
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil || n < 1 || n > maxRows {
		return 0, fault.Unreadable(fmt.Sprintf("row %d", s.row+1),
			"The row says that it, or a cell of it, stands %q times; save the spreadsheet again.", quote.Excerpt(b))
	}
	return n, nil
}

// expand counts values that stand more than once.
func (s *Sheet) expand(n int64) error {
	if s.repeated += n; s.repeated > maxRepeated {
		return fault.Unreadable(fmt.Sprintf("row %d", s.row),
			"The sheet repeats its cells more often than a table of people's work does; Assay stopped reading it.")
	}
	return nil
}

// column notes the style that the columns have.
func (s *Sheet) column() {
	n, err := s.times("table:number-columns-repeated")
	if err != nil || s.at >= table.MaxColumns {
		return
	}
	s.at += int(n)
	s.columns = append(s.columns, columnStyle{s.at, string(s.x.Attr("table:default-cell-style-name"))})
}

// readRow reads the cells of the row that just began, up to the last with a value.
func (s *Sheet) readRow(style string) error {
	s.cells, s.kinds = s.cells[:0], s.kinds[:0]
	depth, col := s.x.Depth(), int64(0)
	for {
		tok, err := s.x.Next()
		switch {
		case err != nil:
			return err
		case tok == xmlx.EOF, tok == xmlx.End && s.x.Depth() < depth:
			return nil
		case tok != xmlx.Start:
			continue
		}
		name := string(s.x.Name)
		if name != "table:table-cell" && name != "table:covered-table-cell" {
			if err := s.x.Skip(); err != nil {
				return err
			}
			continue
		}
		n, err := s.times("table:number-columns-repeated")
		if err != nil {
			return err
		}
		v, is, err := s.cell(style, int(min(col, table.MaxColumns)))
		if err != nil {
			return err
		}
		covered := name == "table:covered-table-cell" && v == ""
		if covered && col+n <= int64(max(s.width, 1)) {
			v, is = "", table.Covered
		}
		if v == "" && is != table.Covered {
			col += n
			continue
		}
		if col+n > table.MaxColumns {
			return fault.Unreadable(
				fmt.Sprintf("row %d", s.row+1),
				"The row has more than %d columns.",
				table.MaxColumns,
			)
		}
		if err := s.expand(n - 1); err != nil {
			return err
		}
		for int64(len(s.cells)) < col {
			s.cells, s.kinds = append(s.cells, ""), append(s.kinds, table.Text)
		}
		for range n {
			s.cells, s.kinds = append(s.cells, v), append(s.kinds, is)
		}
		col += n
	}
}

// cell reads the cell that just began: what it says, and what kind of value that is.
func (s *Sheet) cell(rowStyle string, col int) (v string, is table.Kind, err error) {
	x := s.x
	attr := func(name string) string { return string(x.Attr(name)) }
	typed, failed := attr("office:value-type"), attr("calcext:value-type") == "error"
	value, formula, style := "", attr("table:formula"), attr("table:style-name")
	given := x.Attr("office:string-value") != nil
	switch typed {
	case "date":
		value = attr("office:date-value")
	case "time":
		value = attr("office:time-value")
	case "boolean":
		value = attr("office:boolean-value")
	case "string":
		value = attr("office:string-value")
	default:
		value = attr("office:value")
	}
	if err := s.readText(); err != nil {
		return "", table.Text, err
	}
	shown := strings.TrimSpace(string(s.text))
	switch {
	case failed:
		return x.Word([]byte(shown)), table.Error, nil
	case typed == "" && formula != "" && shown == "":
		return "not calculated", table.Uncalculated, nil
	case typed == "", typed == "string" && !given:
		return x.Word(s.text), table.Text, nil
	case typed == "string":
		return x.Word([]byte(value)), table.Text, nil
	case typed == "boolean":
		return x.Word([]byte(strings.ToLower(value))), table.Text, nil
	case typed == "date":
		v, is, ok := date(value)
		if !ok {
			return x.Word([]byte(value)), table.Text, nil
		}
		return v, is, nil
	case typed == "time":
		if style == "" {
			style = s.styleOf(rowStyle, col)
		}
		v, is, ok := clock(value, s.styles.durations[s.styles.format[style]])
		if !ok {
			return x.Word([]byte(value)), table.Text, nil
		}
		return v, is, nil
	}
	// LibreOffice keeps a truth of an Excel file as the number of a formula, and
	// older programs an error as a nought.
	f, bad := strconv.ParseFloat(value, 64)
	switch {
	case strings.EqualFold(shown, "true"), strings.EqualFold(formula, "of:=TRUE()"):
		return "true", table.Text, nil
	case strings.EqualFold(shown, "false"), strings.EqualFold(formula, "of:=FALSE()"):
		return "false", table.Text, nil
	case strings.HasPrefix(shown, "#") && strings.Trim(shown, "#") != "", strings.HasPrefix(shown, "Err:"):
		return x.Word([]byte(shown)), table.Error, nil
	case bad != nil || math.IsInf(f, 0) || math.IsNaN(f):
		return x.Word([]byte(value)), table.Text, nil
	case f == math.Trunc(f) && math.Abs(f) < 1e15:
		return strconv.FormatInt(int64(f), 10), table.Number, nil
	case f == math.Trunc(f) && math.Abs(f) < wholeNumbers && value == strconv.FormatInt(int64(f), 10):
		return value, table.Text, nil // the file has all digits of the number that it holds
	}
	return x.Word([]byte(value)), table.Number, nil
}

// styleOf is the style that its row or column gives to a cell without one.
func (s *Sheet) styleOf(rowStyle string, col int) string {
	if rowStyle != "" {
		return rowStyle
	}
	for _, c := range s.columns {
		if col < c.until {
			return c.style
		}
	}
	return ""
}

// readText reads the paragraphs of the cell that just began; comments and drawings
// are none.
func (s *Sheet) readText() error {
	s.text = s.text[:0]
	depth, paragraph := s.x.Depth(), 0
	for {
		tok, err := s.x.Next()
		if err != nil {
			return err
		}
		if len(s.text) > s.o.MaxText {
			return fault.Unreadable(fmt.Sprintf("row %d", s.row+1), "A cell is longer than %d MB.", s.o.MaxText>>20)
		}
		switch tok {
		case xmlx.EOF:
			return nil
		case xmlx.Start:
			switch name := string(s.x.Name); {
			case name == "text:p" && s.x.Depth() == depth+1:
				if paragraph > 0 {
					s.text = append(s.text, '\n')
				}
				paragraph++
			case name == "text:s":
				n, err := strconv.Atoi(string(s.x.Attr("text:c")))
				if err != nil {
					n = 1
				}
				s.text = append(s.text, strings.Repeat(" ", min(max(n, 0), 1000))...)
			case name == "text:tab":
				s.text = append(s.text, '\t')
			case name == "text:line-break":
				s.text = append(s.text, '\n')
			case !strings.HasPrefix(name, "text:"), s.x.Depth() == depth+1:
				if err := s.x.Skip(); err != nil {
					return err
				}
			}
		case xmlx.CharData:
			if s.x.Depth() > depth {
				s.text = append(s.text, s.x.Text...)
			}
		case xmlx.End:
			if s.x.Depth() < depth {
				return nil
			}
		}
	}
}

// date reads a date, or a date and time, rounded to the millisecond: programs
// count days in floating point numbers.
func date(s string) (string, table.Kind, bool) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t.Format(time.DateOnly), table.Date, true
	}
	t, err := time.Parse("2006-01-02T15:04:05.999999999", s)
	if err != nil {
		return "", table.Text, false
	}
	t = t.Round(time.Millisecond)
	if t.Format(time.DateOnly) == "1899-12-30" { // day nought: a time alone
		return t.Format("15:04:05.999"), table.TimeOfDay, true
	}
	return t.Format("2006-01-02T15:04:05.999"), table.Date, true
}

// clock reads a length of time such as PT30H05M00S, which is a time of day where
// it is less than a day and its format does not count on beyond it.
func clock(s string, counts bool) (string, table.Kind, bool) {
	rest, ok := strings.CutPrefix(s, "PT")
	if !ok {
		return "", table.Text, false
	}
	var total time.Duration
	for _, u := range []struct {
		unit string
		is   time.Duration
	}{{"H", time.Hour}, {"M", time.Minute}, {"S", time.Second}} {
		n, after, there := strings.Cut(rest, u.unit)
		if !there {
			continue
		}
		f, err := strconv.ParseFloat(strings.Replace(n, ",", ".", 1), 64)
		if err != nil || f < 0 || f > 1e6 {
			return "", table.Text, false
		}
		total += time.Duration(f * float64(u.is))
		rest = after
	}
	if rest != "" {
		return "", table.Text, false
	}
	total = total.Round(time.Millisecond)
	if counts || total >= 24*time.Hour {
		sec := int64(total.Round(time.Second) / time.Second)
		return fmt.Sprintf("%d:%02d:%02d", sec/3600, sec/60%60, sec%60), table.Duration, true
	}
	return time.Unix(0, 0).UTC().Add(total).Format("15:04:05.999"), table.TimeOfDay, true
}
