package runlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"
	"unicode"

	"assay/internal/fault"
	"assay/internal/runlog/quote"
	"assay/internal/runlog/table"
)

// Survey is what stands in the columns of a flat log, for a person who explains
// them: how often each is filled, with what, and whether these are times.
type Survey struct {
	Format   Name           `json:"format"`
	Wrapping Wrapping       `json:"wrapping"`
	Encoding string         `json:"encoding"`
	Rows     int64          `json:"rows"`  // that were looked at, the header left out
	Whole    bool           `json:"whole"` // these are all the rows of the file
	Columns  []SurveyColumn `json:"columns"`
	// Top are the first rows as they stand, and HeaderRow the one whose cells name
	// the columns; Proposed tells that rows above it were passed over unasked.
	Top       []TopRow `json:"top"`
	HeaderRow int64    `json:"header_row"`
	Proposed  bool     `json:"proposed"`

	each func(row int64, cells []string) error // takes the rows of a list; nil: they are counted
}

// SurveyColumn is one column of a Survey.
type SurveyColumn struct {
	Name   string  `json:"name"`
	Filled int64   `json:"filled"` // rows with a value
	Values []Count `json:"values"` // most frequent first; Events is how many rows have it
	More   bool    `json:"more"`   // there are more values than are listed
	// the form of its times: "ISO", a layout such as DD/MM/YYYY hh:mm, or empty where these are none
	Time  string `json:"time"`
	Zoned bool   `json:"zoned"` // every time carries its own zone
	// EitherWay is whether day and month could change places in every value.
	EitherWay bool `json:"either_way"`

	at     map[string]*Count
	longer bool // some value is too long to be one of a list
}

// Limits of a Survey.
const (
	surveyRows   = 50_000
	surveyValues = 200     // listed of a column
	surveyHeld   = 1_000   // told apart in a column
	surveyAll    = 100_000 // told apart in the file
	surveyLength = 200     // bytes of a value that is listed
)

// errEnough ends the reading of a survey.
var errEnough = errors.New("enough")

// Look reads the columns of a CSV file or workbook, as o.Mapping's encoding,
// delimiter, sheet and header_row say, over the first 50,000 rows. It is a
// fault where src is no flat log: other formats explain themselves.
func Look(ctx context.Context, src io.Reader, o Options) (Survey, error) {
	if o.MaxLine <= 0 {
		o.MaxLine = DefaultMaxLine
	}
	x := Survey{Columns: []SurveyColumn{}, Top: []TopRow{}}
	in := newInput(ctx, src, o)
	s := newSink(ctx, o, in)
	s.survey = &x
	err := in.read(s)
	x.Format, x.Wrapping, x.Encoding = s.res.Format, s.res.Wrapping, s.res.Encoding
	switch {
	case errors.Is(err, context.Canceled):
		return x, fault.New(fault.CodeCancelled, "Stopped.").Because(err)
	case err != nil && !errors.Is(err, errEnough):
		return x, err
	case len(x.Columns) == 0 && !IsTable(x.Format):
		return x, fault.Conflict(
			"This is no table, but a log of the format %q, which needs no columns to be explained.",
			x.Format,
		)
	}
	x.close()
	return x, nil
}

// ReadTable reads a list that is no log (CSV, a workbook, an OpenDocument sheet) and gives
// each row to each, with its number and a cell for each of the columns that are answered:
// o.Mapping's encoding, delimiter, sheet and header_row say how. A row that cannot be read,
// and more than 50,000 rows, are faults.
func ReadTable(ctx context.Context, src io.Reader, o Options, each func(row int64, cells []string) error) (
	columns []string, err error,
) {
	if o.MaxLine <= 0 {
		o.MaxLine = DefaultMaxLine
	}
	x := Survey{}
	x.each = func(row int64, cells []string) error {
		if len(cells) > len(x.Columns) && !empty(cells[len(x.Columns):]) {
			return fault.Unreadable(fmt.Sprintf("row %d", row), "It has more cells than there are headings: %d and %d.",
				len(cells), len(x.Columns))
		}
		out := make([]string, len(x.Columns))
		for i := range min(len(out), len(cells)) {
			out[i] = strings.Clone(cells[i])
		}
		return each(row, out)
	}
	in := newInput(ctx, src, o)
	s := newSink(ctx, o, in)
	s.survey = &x
	err = in.read(s)
	switch {
	case errors.Is(err, context.Canceled):
		return nil, fault.New(fault.CodeCancelled, "Stopped.").Because(err)
	case err != nil && !errors.Is(err, errEnough):
		return nil, err
	case len(x.Columns) == 0:
		return nil, fault.Unreadable(
			"the list",
			"This is no table with a row of headings: give a CSV file, an .xlsx or an "+
				".ods workbook.",
		)
	case !x.Whole:
		return nil, fault.Unreadable("the list", "It has more than %d rows.", surveyRows)
	}
	for _, c := range x.Columns {
		columns = append(columns, c.Name)
	}
	return columns, nil
}

// read takes the rows of a table.
func (x *Survey) read(ctx context.Context, src table.Reader, m *Mapping) error {
	want := int64(0)
	if m != nil {
		want = int64(m.HeaderRow)
	}
	var top []TopRow
	held, begun := 0, false
	for {
		cells, n, err := src.Next()
		var bad table.BadRow
		if err != nil && err != io.EOF && !errors.As(err, &bad) {
			return err
		}
		if bad != "" && x.each != nil {
			return fault.Unreadable(fmt.Sprintf("row %d", n), "%s", bad)
		}
		end := err == io.EOF
		if !end && !begun && !empty(cells) {
			top = append(top, topRow(n, cells))
		}
		if !begun && (end || len(top) == surveyTop) {
			begun = true
			x.begin(top, want)
			for _, r := range top {
				if len(x.Columns) > 0 && r.Row > x.HeaderRow {
					if err := x.row(r.Row, r.Cells, &held); err != nil {
						return err
					}
				}
			}
			cells = nil
		}
		if end {
			x.Whole = true
			return errEnough
		}
		if !begun || empty(cells) {
			continue
		}
		if len(x.Columns) == 0 { // the header that was asked for stands further down
			if n >= want {
				x.columns(topRow(n, cells))
			}
			continue
		}
		if x.Rows >= surveyRows {
			return errEnough
		}
		if err := x.row(n, cells, &held); err != nil {
			return err
		}
		if x.Rows%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// surveyTop is how many rows are looked at for the header, and shown as they stand.
const surveyTop = 20

// TopRow is one of the first rows of a table, as it stands.
type TopRow struct {
	Row   int64    `json:"row"`
	Cells []string `json:"cells"`
}

func topRow(n int64, cells []string) TopRow {
	r := TopRow{Row: n, Cells: make([]string, len(cells))}
	for i, c := range cells {
		r.Cells[i] = strings.Clone(strings.TrimSpace(c))
	}
	return r
}

// begin finds the header among the first rows: the one that was asked for, or
// the first that fills as many columns as most and holds nothing but names.
func (x *Survey) begin(top []TopRow, want int64) {
	x.Top = top
	if len(top) > 0 && top[0].Row == 0 {
		x.columns(top[0])
		return
	}
	width := 0
	for _, r := range top {
		width = max(width, countFilled(r.Cells))
	}
	best := -1
	for i, r := range top {
		switch {
		case want > 0:
			if r.Row >= want && best < 0 {
				best = i
			}
		case best < 0 && 5*countFilled(r.Cells) >= 4*width && likeNames(r.Cells):
			best = i
		}
	}
	if want == 0 && best < 0 && len(top) > 0 {
		best = 0
	}
	if best >= 0 {
		x.columns(top[best])
		x.Proposed = want == 0 && best > 0
	}
}

func countFilled(cells []string) (n int) {
	for _, c := range cells {
		if c != "" {
			n++
		}
	}
	return n
}

// likeNames tells whether the cells read like names of columns: different words, and
// neither numbers nor times.
func likeNames(cells []string) bool {
	seen := map[string]bool{}
	for _, c := range cells {
		if c == "" {
			continue
		}
		if seen[c] || strings.IndexFunc(c, unicode.IsLetter) < 0 {
			return false
		}
		seen[c] = true
	}
	return true
}

func (x *Survey) columns(r TopRow) {
	x.HeaderRow = r.Row
	for _, c := range r.Cells {
		x.Columns = append(x.Columns, SurveyColumn{Name: c, Values: []Count{}, at: map[string]*Count{}})
	}
	for n := len(x.Columns); n > 0 && x.Columns[n-1].Name == ""; n-- {
		x.Columns = x.Columns[:n-1]
	}
}

// row counts what a row holds.
func (x *Survey) row(n int64, cells []string, held *int) error {
	x.Rows++
	if x.each != nil {
		return x.each(n, cells)
	}
	for i, c := range cells[:min(len(cells), len(x.Columns))] {
		v := strings.TrimSpace(c)
		if v == "" {
			continue
		}
		col := &x.Columns[i]
		col.Filled++
		if len(v) > surveyLength {
			v, col.longer = quote.Clip(v), true
		}
		k := col.at[v]
		if k == nil {
			if len(col.at) >= surveyHeld || *held >= surveyAll {
				col.More = true
				continue
			}
			*held++
			k = &Count{Name: strings.Clone(v)}
			col.at[k.Name] = k
		}
		k.Events++
	}
	return nil
}

// close lists the values, and finds the form of times.
func (x *Survey) close() {
	for i := range x.Columns {
		c := &x.Columns[i]
		for _, v := range c.at {
			c.Values = append(c.Values, *v)
		}
		c.form()
		sort.Slice(c.Values, func(a, b int) bool {
			if c.Values[a].Events != c.Values[b].Events {
				return c.Values[a].Events > c.Values[b].Events
			}
			return c.Values[a].Name < c.Values[b].Name
		})
		if len(c.Values) > surveyValues {
			c.Values, c.More = c.Values[:surveyValues], true
		}
		c.at = nil
	}
}

// layouts that are tried, the British before the American: which of the two it
// is, a day above 12 shows.
var layouts = func() (out []string) {
	for _, day := range []string{
		"DD/MM/YYYY", "MM/DD/YYYY", "D/M/YYYY", "M/D/YYYY", "DD-MM-YYYY", "MM-DD-YYYY", "DD.MM.YYYY", "YYYY/MM/DD",
		"YYYYMMDD",
		"DD MMM YYYY", "D MMM YYYY", "DD-MMM-YYYY", "D MMMM YYYY", "DD-MMM-YY", "DD MMM YY", "MMM D, YYYY",
		"DD/MM/YY", "MM/DD/YY", "DD.MM.YY", "DD-MM-YY",
	} {
		for _, clock := range []string{" hh:mm:ss", " hh:mm", " h:mm:ss AM", " h:mm AM", ""} {
			out = append(out, day+clock)
		}
	}
	return out
}()

// isoForm is the Time of a column whose times are in the form of ISO 8601.
const isoForm = "ISO"

// form finds the form that most values of the column have as times: some may be
// odd, since nobody prepared this file, and are refused with their row later.
func (c *SurveyColumn) form() {
	if len(c.Values) == 0 {
		return
	}
	fits := func(parse func(string) bool) bool {
		n, ok := int64(0), int64(0)
		for i, v := range c.Values {
			if i == 50 && ok == 0 {
				return false
			}
			n += v.Events
			if parse(v.Name) {
				ok += v.Events
			}
		}
		return 2*ok > n
	}
	zoned, plain := clock{}, clock{loc: time.UTC, days: true}
	switch {
	case fits(func(s string) bool { _, why := zoned.iso(s); return why == "" }):
		c.Time, c.Zoned = isoForm, true
		return
	case fits(func(s string) bool { _, why := plain.iso(s); return why == "" }):
		c.Time = isoForm
		return
	}
	for _, text := range layouts {
		l, err := layoutOf(text)
		if err != nil || !fits(func(s string) bool { _, err := l.read(s); return err == nil }) {
			continue
		}
		if c.Time == "" {
			c.Time = text
		} else if first, _ := layoutOf(c.Time); first.dayFirst && first.swapped().text == text {
			c.EitherWay = true
		}
	}
}

// words of a column's name, in lower case: "Case_ID" is "case id".
func wordsOf(name string) string {
	var b strings.Builder
	var last rune
	for _, r := range name {
		switch {
		case unicode.IsUpper(r) && unicode.IsLower(last):
			b.WriteByte(' ')
			b.WriteRune(unicode.ToLower(r))
		case strings.ContainsRune("_-./:", r):
			b.WriteByte(' ')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
		last = r
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
