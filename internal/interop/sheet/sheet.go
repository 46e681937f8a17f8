// Package sheet writes spreadsheets (Office Open XML, .xlsx) that other people's
// programs open without a repair: identifiers are text, dates are numbers with a
// format, nothing is a formula, and the document says its language.
//
// A book is written from what is passed in and a fixed time: the same contents make
// the same cells.
package sheet

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"assay/internal/civil"
	"assay/internal/fault"
)

// Book is a spreadsheet with its sheets in order.
type Book struct {
	Title   string
	Author  string
	Made    time.Time // UTC
	Sheets  []Sheet
	Subject string
}

// Sheet is one table: a head, and rows below it.
type Sheet struct {
	Name    string // at most 31 characters, without []:*?/\
	Columns []Column
	// Rows are cells by column: string, int, civil.Date or nil. A string stays text,
	// whatever it looks like.
	Rows [][]any
	Note string // a line above the head; empty: none
}

// Column is the head of a column.
type Column struct {
	Title string
	Width float64 // in characters; 20 where zero
}

// longest is how many characters a cell holds.
const longest = 32_767

// dateFormat shows a date as "3 November 2026", in the reader's language.
const dateFormat = "d mmmm yyyy"

// epoch is day 0 of the spreadsheet's calendar for every day after February 1900.
var epoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// Write writes a book.
func Write(w io.Writer, b Book) error {
	f := excelize.NewFile()
	defer f.Close()
	head, err := f.NewStyle(&excelize.Style{
		Font:      &excelize.Font{Bold: true},
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF2"}},
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"},
		NumFmt:    49, // text
	})
	if err != nil {
		return fmt.Errorf("make the style of heads: %w", err)
	}
	text, err := f.NewStyle(&excelize.Style{
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"},
		NumFmt:    49,
	})
	if err != nil {
		return fmt.Errorf("make the style of texts: %w", err)
	}
	form := dateFormat
	date, err := f.NewStyle(&excelize.Style{
		Alignment:    &excelize.Alignment{Vertical: "top", Horizontal: "left"},
		CustomNumFmt: &form,
	})
	if err != nil {
		return fmt.Errorf("make the style of dates: %w", err)
	}
	number, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{Vertical: "top"}})
	if err != nil {
		return fmt.Errorf("make the style of numbers: %w", err)
	}
	for i, s := range b.Sheets {
		if i == 0 {
			err = f.SetSheetName("Sheet1", s.Name)
		} else {
			_, err = f.NewSheet(s.Name)
		}
		if err != nil {
			return fmt.Errorf("add the sheet %s: %w", s.Name, err)
		}
		if err := fill(f, s, head, text, date, number); err != nil {
			return fmt.Errorf("fill the sheet %s: %w", s.Name, err)
		}
	}
	made := b.Made.UTC().Format(time.RFC3339)
	if err := f.SetDocProps(&excelize.DocProperties{
		Title: b.Title, Subject: b.Subject, Creator: b.Author, LastModifiedBy: b.Author, Created: made, Modified: made,
		Language: "en-GB",
	}); err != nil {
		return fmt.Errorf("say what the book is: %w", err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write the book: %w", err)
	}
	return nil
}

// fill writes one sheet.
func fill(f *excelize.File, s Sheet, head, text, date, number int) error {
	row := 1
	at := func(column int) string {
		name, _ := excelize.CoordinatesToCellName(column+1, row) // both are above nought
		return name
	}
	if s.Note != "" {
		if err := f.SetCellStr(s.Name, at(0), fit(s.Note)); err != nil {
			return err
		}
		row++
	}
	first := at(0)
	for i, c := range s.Columns {
		if err := f.SetCellStr(s.Name, at(i), fit(c.Title)); err != nil {
			return err
		}
		width := c.Width
		if width == 0 {
			width = 20
		}
		letter, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		if err := f.SetColWidth(s.Name, letter, letter, width); err != nil {
			return err
		}
	}
	if err := f.SetCellStyle(s.Name, first, at(len(s.Columns)-1), head); err != nil {
		return err
	}
	headRow := row
	for _, cells := range s.Rows {
		row++
		for i, v := range cells {
			style := text
			var err error
			switch v := v.(type) {
			case nil:
				continue
			case string:
				err = f.SetCellStr(s.Name, at(i), fit(v))
			case int:
				style, err = number, f.SetCellInt(s.Name, at(i), int64(v))
			case civil.Date:
				if v.IsZero() {
					continue
				}
				style, err = date, f.SetCellInt(s.Name, at(i), serial(v))
			default:
				err = fmt.Errorf("a cell of the type %T", v)
			}
			if err != nil {
				return err
			}
			if err := f.SetCellStyle(s.Name, at(i), at(i), style); err != nil {
				return err
			}
		}
	}
	last := at(len(s.Columns) - 1)
	if err := f.SetPanes(s.Name, &excelize.Panes{
		Freeze: true, YSplit: headRow, TopLeftCell: fmt.Sprintf("A%d", headRow+1), ActivePane: "bottomLeft",
	}); err != nil {
		return err
	}
	// On paper: A4 across, as many pages down as it takes.
	wide, across, paper, tall := 1, "landscape", 9, 0
	if err := f.SetPageLayout(s.Name, &excelize.PageLayoutOptions{
		Orientation: &across, Size: &paper, FitToWidth: &wide, FitToHeight: &tall,
	}); err != nil {
		return err
	}
	fitted := true
	if err := f.SetSheetProps(s.Name, &excelize.SheetPropsOptions{FitToPage: &fitted}); err != nil {
		return err
	}
	if len(s.Rows) == 0 {
		return nil
	}
	return f.AutoFilter(s.Name, first+":"+last, nil)
}

// serial is a date as the spreadsheet counts days.
func serial(d civil.Date) int64 {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return 0
	}
	return int64(t.Sub(epoch).Hours() / 24)
}

// fit is a text that a cell holds: where it is too long it is cut, and says so. What
// no XML can hold is left out.
func fit(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) <= longest {
		return s
	}
	const more = " … (cut: the register holds it in full)"
	return string([]rune(s)[:longest-utf8.RuneCountInString(more)]) + more
}

// Read gives the rows of the first sheet of a book below the row that begins with a
// name, as text by the heads of its columns. Dates come as 2026-11-28.
func Read(r io.Reader, first string) ([]map[string]string, error) {
	f, err := excelize.OpenReader(r, excelize.Options{UnzipSizeLimit: 256 << 20, UnzipXMLSizeLimit: 64 << 20})
	if err != nil {
		return nil, fault.Unreadable("the spreadsheet", "It is no .xlsx file that can be read.").Because(err)
	}
	defer f.Close()
	names := f.GetSheetList()
	if len(names) == 0 {
		return nil, fault.Unreadable("the spreadsheet", "It has no sheet.")
	}
	rows, err := f.GetRows(names[0], excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, fault.Unreadable("the spreadsheet", "Its first sheet cannot be read.").Because(err)
	}
	var head []string
	var out []map[string]string
	for _, cells := range rows {
		if head == nil {
			if len(cells) > 0 && strings.EqualFold(strings.TrimSpace(cells[0]), first) {
				head = cells
			}
			continue
		}
		row := map[string]string{}
		for i, c := range cells {
			if i < len(head) {
				row[strings.TrimSpace(head[i])] = strings.TrimSpace(c)
			}
		}
		if row[strings.TrimSpace(head[0])] != "" {
			out = append(out, row)
		}
	}
	if head == nil {
		return nil, fault.Unreadable("the spreadsheet", "No row of its first sheet begins with “%s”.", first)
	}
	return out, nil
}

// Day reads a date as a cell holds it: a number of days, or 2026-11-28. It is empty
// where the cell is.
func Day(cell string) (civil.Date, error) {
	if cell == "" {
		return "", nil
	}
	if d := civil.Date(cell); d.Valid() {
		return d, nil
	}
	if n, err := strconv.ParseFloat(cell, 64); err == nil && n >= 1 && n < 100_000 {
		return civil.Of(epoch.AddDate(0, 0, int(n))), nil
	}
	return "", fault.Invalid("date", fmt.Sprintf("“%s” is no date; write it as 2026-11-28.", cell))
}
