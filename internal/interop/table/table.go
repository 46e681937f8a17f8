// Package table writes a list as comma-separated values for spreadsheet programs (RFC 4180,
// UTF-8 with a byte order mark, which Excel needs to know it), and says what of a list's
// text is a number to them:
//
//	Test,Open
//	OVR-01,1234
//
// Text in a register may come from a hostile log: a cell that a spreadsheet would take
// for a formula gets a leading apostrophe. What reads as a number as the window writes it
// (1,234 or 12.5) is written as one; a reference or anything else is text.
package table

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// formula begins what a spreadsheet reads as one.
const formula = "=+-@\t\r"

// CSV is a list with the name of each column; a row has a cell for each of them.
func CSV(columns []string, rows [][]string) ([]byte, error) {
	out := bytes.NewBufferString("\ufeff")
	w := csv.NewWriter(out)
	w.UseCRLF = true
	for _, row := range append([][]string{columns}, rows...) {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = cell
			if grouped.MatchString(cell) {
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

// Whole is the whole number that a cell holds as the window writes it.
func Whole(cell string) (int, bool) {
	if !grouped.MatchString(cell) || strings.Contains(cell, ".") {
		return 0, false
	}
	n, err := strconv.Atoi(strings.ReplaceAll(cell, ",", ""))
	return n, err == nil
}

// SheetName is a name as a sheet of a workbook can have it: at most 31 characters, and
// none that formulas use.
func SheetName(name string) string {
	short := []rune(strings.Trim(strings.NewReplacer(
		"\\", " ", "/", " ", "?", " ", "*", " ", "[", " ", "]", " ", ":", " ").Replace(name), " '"))
	if len(short) == 0 {
		return "List"
	}
	return strings.Trim(string(short[:min(len(short), 31)]), " '")
}
