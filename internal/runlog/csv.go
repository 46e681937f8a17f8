package runlog

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"assay/internal/fault"
	"assay/internal/runlog/quote"
	"assay/internal/runlog/table"
)

// # CSV
//
// A flat log: a header row with the names of the columns, then a row for each
// event of a run, or for each run. What the columns hold is said by a mapping
// (mapping.go); columns that it does not name are left aside. A complete
// example, which a test reads with the mapping of mapping.go's example:
//
//	Case;Activity;Completed;User;Result;Comment
//	CT-1;Key change of circumstances;01/06/2026 09:10:00;z.tamm;;
//	CT-1;Decide entitlement;01/06/2026 09:31:30;e.haldane;Agreed;
//	CT-1;Issue adjusted bill;01/06/2026 09:32:00;svc-revenues;;
//
// Values are separated by comma, semicolon, tab or vertical bar, whichever the
// header uses most, and may stand in quotation marks, which are doubled inside
// (RFC 4180). Lines end with LF, CRLF or CR. The encoding is UTF-8, with or
// without byte order mark, UTF-16, or Windows-1252, found by content. Empty
// rows are skipped. The file that Assay itself exports names its columns
// "assay:" and a field, and needs no mapping. Where a column holds the
// lifecycle transition, starts and completes are joined as in XES (xes.go).
//
// Rows of one run may stand anywhere in the file. Assay then holds all runs in
// memory until the file ends, at most a million rows. For larger files, sort
// them by run and say "grouped: true" in the mapping: a run ends where the next
// begins. Where a row is a whole run, a second row of it adds what it says (a
// case that was decided twice), and one that is equal counts once.
//
// A row with more or fewer values than the header refuses itself and, where its
// run can be told, that run: a run with a row missing would be reported as one
// that lacks a decision. So does any other row that cannot be understood. Rows
// without any value are none. A file has one encoding: where some byte of it is
// not UTF-8 and none of its characters is, it is read as Windows-1252, and where
// it is neither, it is refused.
// Positions are rows as a spreadsheet counts them, the header included.

var csvFormat = &Format{
	Name:  CSV,
	Title: "Table (CSV)",
	Table: true,
	Unit:  "row",
	Sniff: func(h *Head) Certainty {
		if h.JSON || h.XML || h.Binary {
			return No
		}
		return Likely // whatever is text may be a table
	},
	Read:  readCSV,
	Write: beginCSV,
	Ext:   "csv",
	Use:   "For spreadsheets.",
}

// csvReader reads CSV out of a stream, within bounded memory.
type csvReader struct {
	r     io.Reader
	buf   []byte
	pos   int
	eof   bool
	limit int
	delim byte
	row   int64
	cells []string
	words map[string]string
	tmp   []byte
	open  bool // the file ends inside quotation marks
	said  bool // the mapping says which encoding the file has
}

func newCSV(r io.Reader, limit int, delim byte) *csvReader {
	return &csvReader{r: r, buf: make([]byte, 0, 256<<10), limit: limit, delim: delim, words: map[string]string{}}
}

func (c *csvReader) fill() error {
	if c.pos > 0 {
		c.buf = c.buf[:copy(c.buf, c.buf[c.pos:])]
		c.pos = 0
	}
	if len(c.buf) == cap(c.buf) {
		if len(c.buf) >= c.limit {
			return fault.Unreadable(
				fmt.Sprintf("row %d", c.row),
				"The row is longer than %d MB, and begins %q. Is a quotation mark left open, or is this no CSV file?",
				c.limit>>20,
				quote.Excerpt(c.buf),
			)
		}
		c.buf = append(make([]byte, 0, 2*cap(c.buf)), c.buf...)
	}
	n, err := io.ReadAtLeast(c.r, c.buf[len(c.buf):cap(c.buf)], 1)
	c.buf = c.buf[:len(c.buf)+n]
	if err == io.EOF {
		c.eof = true
		return nil
	}
	return err
}

// findDelimiter looks which separator the first row uses most.
func (c *csvReader) findDelimiter() error {
	for !c.eof && !bytes.ContainsAny(c.buf, "\r\n") && len(c.buf) < 64<<10 {
		if err := c.fill(); err != nil {
			return err
		}
	}
	counts := map[byte]int{}
	quoted := false
	for _, b := range bytes.TrimLeft(c.buf, "\r\n") {
		if b == '"' {
			quoted = !quoted
		}
		if (b == '\n' || b == '\r') && !quoted {
			break
		}
		if !quoted {
			counts[b]++
		}
	}
	c.delim = ','
	for _, d := range []byte{';', '\t', '|'} {
		if counts[d] > counts[c.delim] {
			c.delim = d
		}
	}
	return nil
}

func (c *csvReader) Next() ([]string, int64, error) {
	c.row++
	if c.row == 1 && c.sayDelimiter() {
		return nil, 1, nil
	}
	for {
		if c.pos < len(c.buf) {
			n, why := c.parse(c.buf[c.pos:])
			if n > 0 {
				b := c.buf[c.pos : c.pos+n]
				c.pos += n
				if why == "" && !utf8.Valid(b) {
					if !c.said {
						return nil, c.row, fault.Unreadable(fmt.Sprintf("row %d", c.row),
							"The file begins as UTF-8, and this row is not. One file has one encoding: say which "+
								"in the mapping (encoding: windows-1252, or utf-8 where the row is damaged).")
					}
					why = "The row is not valid UTF-8."
				}
				if why != "" {
					return c.cells, c.row, table.BadRow(why)
				}
				return c.cells, c.row, nil
			}
		} else if c.eof {
			return nil, c.row, io.EOF
		}
		if err := c.fill(); err != nil {
			return nil, c.row, err
		}
	}
}

// sayDelimiter reads the line that some programs put first for others to know
// the separator by: sep=;
func (c *csvReader) sayDelimiter() bool {
	line, _, ok := bytes.Cut(c.buf[c.pos:min(len(c.buf), c.pos+8)], []byte{'\n'})
	line = bytes.TrimSuffix(line, []byte{'\r'})
	if !ok || len(line) != 5 || !bytes.EqualFold(line[:4], []byte("sep=")) {
		return false
	}
	c.delim = line[4]
	c.pos += bytes.IndexByte(c.buf[c.pos:], '\n') + 1
	return true
}

// cut tells whether the row read last is the beginning of one: it has no line
// end, and lacks columns or the end of its quotation.
func (c *csvReader) cut(short bool) bool {
	if !c.eof || c.pos < len(c.buf) || len(c.buf) == 0 {
		return false
	}
	end := c.buf[len(c.buf)-1]
	return c.open || short && end != '\n' && end != '\r'
}

// parse reads one row from the beginning of b into cells, and gives its length
// with its line end; 0 if b ends before the row does.
func (c *csvReader) parse(b []byte) (n int, why string) {
	c.cells = c.cells[:0]
	i := 0
	for {
		if i < len(b) && b[i] == '"' {
			c.tmp = c.tmp[:0]
			from := i + 1
			for {
				q := bytes.IndexByte(b[from:], '"')
				if q < 0 {
					if c.eof {
						// The rest of the file would be this cell.
						c.open = true
						c.cells = append(c.cells, "")
						return len(
								b,
							), "A quotation mark is opened and never closed; the file was cut off or is damaged from " +
								"here on."
					}
					return 0, ""
				}
				c.tmp = append(c.tmp, b[from:from+q]...)
				from += q + 1
				if from < len(b) && b[from] == '"' {
					c.tmp = append(c.tmp, '"')
					from++
					continue
				}
				break
			}
			if from == len(b) && !c.eof {
				return 0, ""
			}
			i = from
			c.cells = append(c.cells, c.word(c.tmp))
			if i < len(b) && b[i] != c.delim && b[i] != '\n' && b[i] != '\r' {
				if why == "" {
					why = fmt.Sprintf("Column %d has text after its closing quotation mark.", len(c.cells))
				}
				for i < len(b) && b[i] != c.delim && b[i] != '\n' && b[i] != '\r' {
					i++
				}
			}
		} else {
			from := i
			for i < len(b) && b[i] != c.delim && b[i] != '\n' && b[i] != '\r' {
				i++
			}
			if i == len(b) && !c.eof {
				return 0, ""
			}
			c.cells = append(c.cells, c.word(b[from:i]))
		}
		if len(c.cells) > table.MaxColumns {
			c.cells = c.cells[:table.MaxColumns]
			why = fmt.Sprintf("The row has more than %d columns.", table.MaxColumns)
		}
		switch {
		case i == len(b):
			if !c.eof {
				return 0, ""
			}
			return c.done(i, why)
		case b[i] == c.delim:
			i++
			if i == len(b) && c.eof {
				c.cells = append(c.cells, "")
				return c.done(i, why)
			}
		case b[i] == '\n':
			return c.done(i+1, why)
		default: // '\r'
			if i+1 == len(b) && !c.eof {
				return 0, ""
			}
			if i+1 < len(b) && b[i+1] == '\n' {
				i++
			}
			return c.done(i+1, why)
		}
	}
}

func (c *csvReader) done(n int, why string) (int, string) {
	if len(c.cells) == 1 && c.cells[0] == "" {
		c.cells = c.cells[:0]
	}
	return max(n, 1), why
}

func (c *csvReader) word(b []byte) string {
	if s, ok := c.words[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(s) <= 128 && len(c.words) < 1<<16 {
		c.words[s] = s
	}
	return s
}

func readCSV(r io.Reader, o Options, s *sink) error {
	delim := byte(0)
	if o.Mapping != nil && o.Mapping.Delimiter != "" {
		delim = o.Mapping.Delimiter[0]
	}
	c := newCSV(r, o.MaxLine, delim)
	c.said = o.Mapping != nil && o.Mapping.Encoding != ""
	if err := c.findDelimiter(); err != nil {
		return err
	}
	if delim != 0 {
		c.delim = delim
	}
	return readTable(c, o, s)
}
