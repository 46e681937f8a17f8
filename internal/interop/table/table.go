// Package table writes a list for spreadsheet programs: as comma-separated values
// (RFC 4180, UTF-8 with a byte order mark, which Excel needs to know it) and as a
// workbook of one sheet (ECMA-376, Office Open XML, transitional).
//
// Text in a register may come from a hostile log. In CSV a cell that a spreadsheet
// would take for a formula gets a leading apostrophe; in a workbook text is text,
// whatever it begins with. A table of one row and two columns,
//
//	Test,Open
//	OVR-01,6
//
// has the number 6 and the text OVR-01 in its workbook: what reads as a number as
// the window writes it (1,234 or 12.5) is one, a day such as 2026-03-31 is a date,
// and a reference or anything else is text.
package table

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"assay/internal/civil"
)

// Table is a list with the name of each column. A row has a cell for each of them.
type Table struct {
	Name    string
	Columns []string
	Rows    [][]string
}

// formula begins what a spreadsheet reads as one.
const formula = "=+-@\t\r"

// CSV is the table as comma-separated values.
func CSV(t Table) ([]byte, error) {
	out := bytes.NewBufferString("\ufeff")
	w := csv.NewWriter(out)
	w.UseCRLF = true
	for _, row := range append([][]string{t.Columns}, t.Rows...) {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = cell
			if _, isNumber := number(cell); isNumber {
				cells[i] = strings.ReplaceAll(cell, ",", "")
			} else if cell != "" && strings.ContainsRune(formula, rune(cell[0])) {
				cells[i] = "'" + cell
			}
		}
		if err := w.Write(cells); err != nil {
			return nil, fmt.Errorf("write a row: %w", err)
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return nil, fmt.Errorf("write the list: %w", err)
	}
	return out.Bytes(), nil
}

// grouped is a number as the window writes it: 12, 1,234 or 0.5, also negative.
var grouped = regexp.MustCompile(`^-?(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,14})(?:\.\d{1,6})?$`)

func number(cell string) (float64, bool) {
	if !grouped.MatchString(cell) {
		return 0, false
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(cell, ",", ""), 64)
	return n, err == nil
}

// epoch is day 0 of a workbook's dates, as they are reckoned from March 1900 on.
var epoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

const (
	maxRows = 1_048_576 // of a sheet, its head included
	maxText = 32_767    // UTF-16 units of a cell
)

// XLSX is the table as a workbook of one sheet, its head in bold and kept in sight.
func XLSX(t Table) ([]byte, error) {
	if len(t.Rows) >= maxRows {
		return nil, fmt.Errorf("a sheet has at most %d rows", maxRows-1)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, part := range append(parts, [2]string{"xl/workbook.xml", workbook(t.Name)},
		[2]string{"xl/worksheets/sheet1.xml", sheet(t)}) {
		w, err := z.Create(part[0])
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", part[0], err)
		}
		if _, err := w.Write([]byte(xml.Header + part[1])); err != nil {
			return nil, fmt.Errorf("write %s: %w", part[0], err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("close the workbook: %w", err)
	}
	return out.Bytes(), nil
}

const (
	main          = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	relationships = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packaged      = "http://schemas.openxmlformats.org/package/2006/"
	sheetType     = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

// parts are those that are the same in every workbook. Style 1 is the head, 2 a day, 3 text in several lines.
var parts = [][2]string{
	{"[Content_Types].xml", `<Types xmlns="` + packaged + `content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + sheetType + `sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + sheetType + `worksheet+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="` + sheetType + `styles+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="` + packaged + `relationships"><Relationship Id="rId1" Type="` +
		relationships + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + packaged + `relationships">` +
		`<Relationship Id="rId1" Type="` + relationships + `/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="` + relationships + `/styles" Target="styles.xml"/></Relationships>`},
	{"xl/styles.xml", `<styleSheet ` + main + `><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>` +
		`<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill>` +
		`<fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf/>` +
		`<xf fontId="1" applyFont="1"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>`},
}

// workbook names the sheet: at most 31 characters, and none that formulas use.
func workbook(name string) string {
	short := []rune(strings.Trim(strings.NewReplacer(
		"\\", " ", "/", " ", "?", " ", "*", " ", "[", " ", "]", " ", ":", " ").Replace(name), " '"))
	if len(short) == 0 {
		short = []rune("List")
	}
	return `<workbook ` + main + ` xmlns:r="` + relationships + `"><sheets><sheet name="` +
		escape(string(short[:min(len(short), 31)])) + `" sheetId="1" r:id="rId1"/></sheets></workbook>`
}

func sheet(t Table) string {
	var b strings.Builder
	b.WriteString(`<worksheet ` + main + `><sheetViews><sheetView workbookViewId="0">` +
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>`)
	for i := range t.Columns {
		fmt.Fprintf(&b, `<col min="%d" max="%d" width="%d" customWidth="1"/>`, i+1, i+1, width(t, i))
	}
	b.WriteString(`</cols><sheetData><row>`)
	for _, name := range t.Columns {
		b.WriteString(text(name, 1))
	}
	b.WriteString(`</row>`)
	for _, row := range t.Rows {
		b.WriteString(`<row>`)
		for _, cell := range row {
			b.WriteString(written(cell))
		}
		b.WriteString(`</row>`)
	}
	b.WriteString(`</sheetData></worksheet>`)
	return b.String()
}

// width is that of the longest of the first cells, in characters, within reason.
func width(t Table, column int) int {
	most := utf8.RuneCountInString(t.Columns[column])
	for _, row := range t.Rows[:min(len(t.Rows), 200)] {
		if column < len(row) {
			most = max(most, utf8.RuneCountInString(row[column]))
		}
	}
	return min(max(most+2, 8), 60)
}

func written(cell string) string {
	if cell == "" {
		return `<c/>`
	}
	if n, ok := number(cell); ok {
		return `<c><v>` + strconv.FormatFloat(n, 'f', -1, 64) + `</v></c>`
	}
	if d, err := civil.Parse(cell); err == nil {
		return fmt.Sprintf(`<c s="2"><v>%d</v></c>`, int(d.Time().Sub(epoch).Hours()/24))
	}
	return text(cell, 0)
}

func text(cell string, style int) string {
	return fmt.Sprintf(
		`<c s="%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`,
		style,
		escape(shorten(cell)),
	)
}

// shorten cuts a text to what a cell holds.
func shorten(s string) string {
	units := 0
	for i, r := range s {
		units++
		if r > 0xffff {
			units++
		}
		if units > maxText {
			return s[:i]
		}
	}
	return s
}

// escape writes text for XML. A character that XML cannot hold becomes U+FFFD; what a
// workbook would read as an escape, _x0041_ for instance, is escaped itself.
func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return escaped.ReplaceAllString(b.String(), "_x005F_x${1}_")
}

var escaped = regexp.MustCompile(`_x([0-9A-Fa-f]{4})_`)
