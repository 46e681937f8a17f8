package runlog

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"assay/internal/fault"
	"assay/internal/run"
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
// begins.
//
// A row with more or fewer values than the header refuses itself and, where its
// run can be told, that run: a run with a row missing would be reported as one
// that lacks a decision. So does any other row that cannot be understood.
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

// maxHeld is how many rows are in memory, of all runs or of one.
const maxHeld = 1_000_000

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
	for {
		if c.pos < len(c.buf) {
			n, why := c.parse(c.buf[c.pos:])
			if n > 0 {
				b := c.buf[c.pos : c.pos+n]
				c.pos += n
				if why == "" && !utf8.Valid(b) {
					why = "The row is not valid UTF-8. If the file is in Windows-1252, say so in the mapping (encoding: windows-1252)."
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
						), "A quotation mark is opened and never closed; the file was cut off or is damaged from here on."
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
	if delim == 0 {
		if err := c.findDelimiter(); err != nil {
			return err
		}
	}
	return readTable(c, o, s)
}

// readTable makes runs of the rows of a flat log.
func readTable(t table.Reader, o Options, s *sink) error {
	if s.survey != nil {
		return s.survey.read(s.ctx, t, o.Mapping)
	}
	a := newAssembler(o)
	a.clk.alsoISO = s.res.Format == XLSX
	defer a.clk.report(s)
	x := &tableReader{assembler: a, s: s, byID: map[string]int{}, grouped: a.m.Grouped}
	if err := x.header(t); err != nil {
		return err
	}
	for {
		cells, n, err := t.Next()
		if err == io.EOF {
			return x.end()
		}
		var bad table.BadRow
		switch b, ok := err.(table.BadRow); {
		case ok:
			bad = b
		case err != nil:
			return after(err, s, run.Position{Line: n - 1})
		case len(cells) == 0:
			continue
		case len(cells) != x.columns:
			bad = table.BadRow(fmt.Sprintf("The row has %d values, and the header %d columns.", len(cells), x.columns))
		}
		if c, ok := t.(*csvReader); ok && bad != "" && c.cut(len(cells) < x.columns) {
			return cutOff(s.where(run.Position{Line: n}))
		}
		if err := x.add(cells, run.Position{Line: n, Offset: -1, Part: s.part}, string(bad)); err != nil {
			return err
		}
	}
}

type tableReader struct {
	*assembler
	s       *sink
	columns int
	of      []column // the columns that are read
	events  []eventColumns
	rw      row
	own     bool // the file is one that Assay exported
	grouped bool // the rows of a run stand together
	done    idSet

	// Runs that are not complete: only the last where the log is grouped.
	held []*heldRun
	byID map[string]int
	rows int
}

type column struct {
	i int
	f field
}

type eventColumns struct {
	EventRule
	started, ended, actor int // columns, -1 for none
}

type heldRun struct {
	run.Record
	bad   string
	badAt run.Position
	open  map[string]openStart
}

// header reads the names of the columns and finds those of the mapping.
func (x *tableReader) header(t table.Reader) error {
	var names []string
	var n int64
	for want := x.m.HeaderRow; ; {
		cells, row, err := t.Next()
		if err == io.EOF {
			return fault.Unreadable("", "The file holds no rows.")
		}
		if b, ok := err.(table.BadRow); ok {
			err = fault.Unreadable(x.s.where(run.Position{Line: row}), "%s", string(b))
		}
		if err != nil {
			return err
		}
		if len(cells) > 0 && int(row) >= want {
			names, n = cells, row
			break
		}
	}
	where := x.s.where(run.Position{Line: n})
	x.columns = len(names)
	index, twice := map[string]int{}, map[string]bool{}
	for i, name := range names {
		name = strings.TrimSpace(name)
		if _, ok := index[name]; ok {
			twice[name] = true
		}
		index[name] = i
	}
	list := func() string {
		shown := make([]string, 0, 40)
		for i, name := range names {
			if i == 40 {
				return strings.Join(shown, ", ") + fmt.Sprintf(" and %d more", len(names)-40)
			}
			shown = append(shown, quote.Clip(strings.TrimSpace(name)))
		}
		return strings.Join(shown, ", ")
	}
	fields := x.m.Fields
	if len(fields) == 0 {
		x.own, x.grouped = true, true
		fields = map[string]string{}
		for _, f := range fieldNames {
			if _, ok := index[ownPrefix+f]; ok {
				fields[f] = ownPrefix + f
			}
		}
		if fields["run_id"] == "" {
			return fault.Unreadable(
				where,
				"A table needs a mapping that says which column holds the run's identifier, the activity and the time. Its columns are %s.",
				list(),
			)
		}
	}
	find := func(name string) (int, error) {
		i, ok := index[name]
		if !ok {
			return 0, fault.Unreadable(
				where,
				"There is no column %q. The columns are %s. Correct the mapping, or export again with this column.",
				name,
				list(),
			)
		}
		if twice[name] {
			return 0, fault.Unreadable(where, "The column %q stands twice, so its values cannot be told apart.", name)
		}
		return i, nil
	}
	if fields["run_id"] == "" {
		return fault.Unreadable("mapping", "The mapping does not say which column holds the run's identifier (run_id).")
	}
	for _, f := range sortedKeys(fields) {
		i, err := find(fields[f])
		if err != nil {
			return err
		}
		k, _ := fieldOf(f)
		x.of = append(x.of, column{i, k})
	}
	for _, e := range x.m.Events {
		c := eventColumns{e, -1, -1, -1}
		for _, p := range []struct {
			name string
			to   *int
		}{{e.Started, &c.started}, {e.Ended, &c.ended}, {e.Actor, &c.actor}} {
			if p.name == "" {
				continue
			}
			i, err := find(p.name)
			if err != nil {
				return err
			}
			*p.to = i
		}
		x.events = append(x.events, c)
	}
	return nil
}

// add adds a row to its run; bad is why it cannot be read.
func (x *tableReader) add(cells []string, at run.Position, bad string) error {
	x.rw = row{}
	for _, c := range x.of {
		if c.i < len(cells) {
			v := cells[c.i]
			if x.own {
				v = unguard(v)
			} else {
				v = strings.TrimSpace(v)
			}
			if v != "" {
				x.rw[c.f] = v
			}
		}
	}
	id := x.rw[fRunID]
	if id == "" {
		if bad == "" {
			bad = "The row names no run."
		}
		return x.s.refuse(Refusal{At: at, Reason: bad, Excerpt: quote.Excerpt([]byte(strings.Join(cells, " | ")))})
	}
	perRun := x.m.Rows == "run"
	if (perRun || x.grouped) && len(x.held) > 0 && (perRun || x.held[0].RunID != id) {
		if err := x.flush(); err != nil {
			return err
		}
	}
	i, ok := x.byID[id]
	if !ok {
		if x.grouped && !perRun && !x.done.add(id) {
			// What was kept of this run before is not all of it.
			return fault.Unreadable(
				x.s.where(at),
				"Run %q goes on here, after other runs. Sort the rows by run, or take \"grouped: true\" out of the mapping.",
				quote.Clip(id),
			)
		}
		i = len(x.held)
		id = strings.Clone(id)
		x.byID[id] = i
		x.held = append(x.held, &heldRun{Record: run.Record{RunID: id, At: at}})
	}
	h := x.held[i]
	if x.rows++; x.rows > maxHeld {
		if x.grouped {
			return fault.Unreadable(x.s.where(at), "The run %q has more than %d rows.", quote.Clip(id), maxHeld)
		}
		return fault.Unreadable(
			x.s.where(at),
			"The file has more than %d rows, and they are not grouped by run. Sort it by run, and say \"grouped: true\" in the mapping.",
			maxHeld,
		)
	}
	if bad == "" {
		bad = x.run(&h.Record, &x.rw)
	}
	if bad == "" {
		if x.rw[fTransition] != "" && h.open == nil {
			h.open = map[string]openStart{}
		}
		bad = x.lifecycle(&h.Record, &x.rw, at, h.open)
	}
	for _, e := range x.events {
		if bad != "" {
			break
		}
		ev := row{fActivity: e.Activity, fGate: e.Gate, fAct: string(e.Act)}
		cell := func(i int) string {
			if i < 0 {
				return ""
			}
			return strings.TrimSpace(cells[i])
		}
		ev[fStarted], ev[fEnded], ev[fActor] = cell(e.started), cell(e.ended), cell(e.actor)
		if ev[fStarted] == "" && ev[fEnded] == "" {
			continue
		}
		bad = x.event(&h.Record, &ev, at)
	}
	if bad != "" && h.bad == "" {
		h.bad, h.badAt = bad, at
	}
	return nil
}

// flush passes on the runs that are held.
func (x *tableReader) flush() error {
	for _, h := range x.held {
		r := x.s.next()
		*r = h.Record
		if h.bad != "" {
			if err := x.s.refuse(Refusal{At: h.badAt, RunID: h.RunID, Reason: h.bad}); err != nil {
				return err
			}
			continue
		}
		unfinished(r, h.open)
		x.close(r)
		if err := x.s.keep(r); err != nil {
			return err
		}
	}
	x.held, x.rows = x.held[:0], 0
	clear(x.byID)
	return nil
}

func (x *tableReader) end() error { return x.flush() }
