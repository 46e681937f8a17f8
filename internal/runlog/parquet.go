package runlog

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
	"unsafe"

	"assay/internal/fault"
	"assay/internal/runlog/quote"
	"assay/internal/runlog/table"

	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// # Parquet
//
// A table in Apache Parquet, as pandas, DuckDB, Spark and the bulk exports of
// platforms write it, explained by a mapping like any other table. A field within a
// struct is named with its path (review.officer), and a list of single values is
// those values with commas between; one with a comma in a value is written as JSON.
// Where each element of a list of structs is an event of the row's run, the mapping says
// so as for JSON (records: {each: answers}): the row then counts as one for each element,
// and as one where the list is empty.
//
// Values are what their types say. A time has the unit that its writer gave it, which
// for pandas differs from file to file; one that the file says to be UTC carries its
// zone, and for others the mapping gives it. A column of times that are all midnight
// is one of days, which pandas has no type for, and is said. Columns that the mapping
// does not name are not read, unless a row is a whole run (rows: run), where two
// rows are equal only with all of them. INT96, in which Spark and Impala wrote times, has
// no place for a zone, and is said: most programs turn times into UTC when they write it.
// A length of time of DuckDB (INTERVAL) is read where it has no months, whose lengths
// differ, and is a text otherwise.
//
// Read with the lower part of arrow-go (parquet/file; pqarrow above it links gRPC),
// which keeps the types and refuses pages that unpack to more than it was told. A
// file is refused, too, where its pages say that they hold more than they do, or a
// value is too long. It is read from a file on disk alone, not out of a zip. Tried on
// files of pandas 3.1.1 with pyarrow 26.0.1 and with fastparquet 2026.9.0, of polars
// 2.1.0 and of DuckDB 2.0.1.

var parquetFormat = &Format{
	Name:  Parquet,
	Title: "Table (Parquet)",
	Table: true,
	Unit:  "row",
	Sniff: func(h *Head) Certainty {
		return sureIf(strings.HasPrefix(string(h.Raw), parquetMagic) || strings.HasPrefix(string(h.Raw), "PARE"))
	},
	Read: func(_ io.Reader, o Options, s *sink) error { return s.in.readParquet(o, s) },
}

const (
	parquetMagic = "PAR1"
	// parquetPage is what a page of a column may unpack to. Writers look at the size of a
	// page each thousand values, so that long texts make pages of a hundred megabytes.
	parquetPage   = 256 << 20
	parquetFooter = 64 << 20
	parquetBatch  = 4096 // rows that are unpacked at once, at most
	// parquetUnique is how many different texts of a column are kept to be met again.
	parquetUnique = 4096
	// parquetDelta is the same for texts that are written as what differs from the one
	// before, which may be short for many long ones.
	parquetDelta = 8
	// parquetRows is how many rows a byte of the file may stand for; beyond
	// parquetFree rows, no table of people's work is as equal as that.
	parquetRows = 1000
	// parquetElements is how many elements of a row's list are events of its run, at most.
	parquetElements = 1 << 20
	parquetFree     = 16 << 20
)

// parquetFile is a Parquet file of somebody else's.
type parquetFile struct {
	in  *input
	ctx context.Context
	pf  *file.Reader
}

func (in *input) readParquet(o Options, s *sink) (err error) {
	if _, ok := in.src.(io.ReaderAt); !ok {
		return fault.Unreadable(in.o.Name, "A Parquet file can only be read from disk; unpack it first.")
	}
	ra, size, err := in.randomAccess()
	if err != nil {
		return err
	}
	if err := parquetEnds(ra, size, in.o.Name); err != nil {
		return err
	}
	damaged := func(why error) error {
		var fe *fault.Error
		switch {
		case why == nil, errors.As(why, &fe), in.ctx.Err() != nil:
			return why
		case strings.Contains(why.Error(), "exceeds configured limit"):
			return fault.Unreadable(in.o.Name, "A part of the Parquet file unpacks to more than %d MB; write it with "+
				"smaller pages, or leave the column with long texts out.", parquetPage>>20).Because(why)
		}
		return fault.Unreadable(in.o.Name, "The Parquet file is damaged. Copy or export it again.").Because(why)
	}
	defer func() {
		switch p := recover().(type) {
		case nil:
			err = damaged(err)
		case error:
			err = damaged(p)
		default:
			err = damaged(fmt.Errorf("panic: %v", p))
		}
	}()
	if rec := mappedRecords(o); rec != nil && rec.At != "" {
		return fault.Invalid("records", "A Parquet file is a table: its mapping names a list inside each row "+
			"(records: {each: answers}), and no path to the rows (at).")
	}
	props := parquet.NewReaderProperties(nil)
	props.BufferedStreamEnabled, props.BufferSize = true, 256<<10
	props.MaxCompressedPageSize, props.MaxUncompressedPageSize = parquetPage, parquetPage
	pf, err := file.NewParquetReader(io.NewSectionReader(ra, 0, size), file.WithReadProps(props))
	if err != nil {
		return err
	}
	x := &parquetFile{in: in, ctx: in.ctx, pf: pf}
	if rows := pf.NumRows(); rows < 0 || rows > parquetFree && rows/parquetRows > size {
		return fault.Unreadable(in.o.Name, "The Parquet file says that it holds %d rows in %d bytes.", rows, size)
	}
	sc := pf.MetaData().Schema
	if sc.NumColumns() > table.MaxColumns {
		return fault.Unreadable(in.o.Name, "The Parquet file has more than %d columns.", table.MaxColumns)
	}
	all := make([]int, sc.NumColumns())
	for i := range all {
		all[i] = i
	}
	read := all
	if m := o.Mapping; m != nil && s.survey == nil && m.Rows != "run" && len(m.Fields) > 0 {
		read = slices.DeleteFunc(
			slices.Clone(all),
			func(i int) bool { return !m.names(parquetPath(sc.Column(i).Path())) },
		)
	}
	if len(read) == 0 {
		read = all
	}
	if err := x.checkPacking(read); err != nil {
		return err
	}
	if err := x.checkDictionaries(read); err != nil {
		return err
	}
	t := x.open(read)
	if err := t.openEach(mappedRecords(o)); err != nil {
		return err
	}
	if err := t.findDays(); err != nil {
		return err
	}
	return readTable(t, o, s)
}

func mappedRecords(o Options) *Records {
	if o.Mapping == nil {
		return nil
	}
	return o.Mapping.Records
}

// names tells whether the mapping names a column, or something inside it.
func (m *Mapping) names(column string) bool {
	is := func(c string) bool { return strings.TrimSpace(column) == c }
	for _, c := range m.Fields {
		if is(c) {
			return true
		}
	}
	for _, j := range m.Joins {
		if slices.ContainsFunc(j.Columns, is) {
			return true
		}
	}
	for _, l := range m.LeaveOut {
		if slices.ContainsFunc(l.When, func(c Condition) bool { return is(c.Column) }) {
			return true
		}
	}
	for _, a := range m.Activities {
		if slices.ContainsFunc(a.When, func(c Condition) bool { return is(c.Column) }) {
			return true
		}
	}
	return false
}

// parquetPath is the path of a column without the levels that lists have in between.
func parquetPath(path string) string {
	for _, level := range []string{".list.element", ".list.item", ".list.array", ".bag.array_element", ".key_value"} {
		path = strings.ReplaceAll(path, level, "")
	}
	return strings.TrimSuffix(path, ".array")
}

// parquetEnds looks at both ends of the file, before the library takes their word for
// how much there is to read.
func parquetEnds(ra io.ReaderAt, size int64, name string) error {
	var head [4]byte
	var tail [8]byte
	if _, err := ra.ReadAt(head[:], 0); err != nil || size < 12 {
		return fault.Unreadable(name, "The Parquet file ends too early; it was cut off. Copy or export it again.")
	}
	if _, err := ra.ReadAt(tail[:], size-8); err != nil && err != io.EOF {
		return err
	}
	footer := int64(binary.LittleEndian.Uint32(tail[:4]))
	switch {
	case string(head[:]) == "PARE", string(tail[4:]) == "PARE":
		return fault.Unreadable(name, "The Parquet file is encrypted; export it without.")
	case string(head[:]) != parquetMagic:
		return fault.Unreadable(name, "This is no Parquet file, or it is packed; unpack it first.")
	case string(tail[4:]) != parquetMagic:
		return fault.Unreadable(name, "The Parquet file ends too early; it was cut off, or is still being written.")
	case footer > size-12 || footer > parquetFooter:
		return fault.Unreadable(
			name,
			"The Parquet file is damaged: its description says that it is %d bytes long.",
			footer,
		)
	}
	return nil
}

// checkPacking refuses columns that are packed in a way which nothing here unpacks, such
// as LZO.
func (x *parquetFile) checkPacking(columns []int) error {
	for g := range x.pf.NumRowGroups() {
		for _, c := range columns {
			meta, err := x.pf.RowGroup(g).MetaData().ColumnChunk(c)
			if err != nil {
				return err
			}
			if _, err := compress.GetCodec(meta.Compression()); err != nil {
				return fault.Unreadable(
					x.in.o.Name,
					"The column %q is packed as %s, which Assay does not unpack. Write the file again with zstd, "+
						"snappy or gzip.",
					quote.Clip(parquetPath(x.pf.MetaData().Schema.Column(c).Path())),
					meta.Compression(),
				).Because(err)
			}
		}
	}
	return nil
}

// checkDictionaries refuses columns whose dictionary says that it holds more values
// than there are bytes for: the library makes room for as many as it is told.
func (x *parquetFile) checkDictionaries(columns []int) error {
	for g := range x.pf.NumRowGroups() {
		if err := x.ctx.Err(); err != nil {
			return err
		}
		for _, c := range columns {
			r, err := x.pf.RowGroup(g).GetColumnPageReader(c)
			if err != nil {
				return err
			}
			if r.Next() {
				p, ok := r.Page().(*file.DictionaryPage)
				if ok && (p.NumValues() < 0 || int64(p.NumValues()) > int64(len(p.Data()))) {
					return fault.Unreadable(x.in.o.Name,
						"The column %q says that it holds %d different values in %d bytes.",
						quote.Clip(parquetPath(x.pf.MetaData().Schema.Column(c).Path())), p.NumValues(), len(p.Data()))
				}
			}
			if c, ok := r.(io.Closer); ok {
				c.Close()
			}
			if err := r.Err(); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
		}
	}
	return nil
}

// parquetTable gives the rows of a Parquet file, after the names of its columns.
type parquetTable struct {
	*parquetFile
	names   []string
	unread  []string // what stands for the values of each column that is not read, empty for the others
	columns []*parquetColumn
	group   int   // that is read next
	left    int64 // rows of the group that is being read
	n       int64 // of the row; -1 before the names
	words   map[string]string
	lengths map[string]int64
	long    int64 // bytes of long texts that were given
	cells   []string
	kinds   []table.Kind
	element int // of the list that the mapping takes apart, of the row that was given last
	of      int // elements of that list in the row
}

// parquetCell is a value, and what its type says it is.
type parquetCell struct {
	text string
	kind table.Kind
}

// parquetWord is a text, and the bytes of the page that it was copied from.
type parquetWord struct {
	of   *byte
	text string
}

// parquetColumn gives the values of a column, row by row.
type parquetColumn struct {
	t    *parquetTable
	at   int // in the file
	name string
	max  int16 // the definition level of a value that is there
	// inList is the definition level from which on there is an element in the innermost list,
	// be it one without a value.
	inList int16
	list   bool
	days   bool // it holds times, all of which are midnight
	// each tells that every element of the list is a row of its own; elements are those of
	// the file's row that is being given.
	each     bool
	elements []parquetCell
	bare     bool  // it holds times of INT96
	absent   int64 // lists in which an element has no value

	fill     func() error // reads on into levels and values
	text     func(i int) (string, table.Kind, error)
	time     func(i int) time.Time // of a column of times
	def, rep []int16
	levels   int // that were read; of these, pos are used, and val values
	pos, val int
	recent   [64]parquetWord
	unique   int // texts that did not come again
	parts    []string
}

func (x *parquetFile) open(columns []int) *parquetTable {
	t := &parquetTable{parquetFile: x, n: -1, words: map[string]string{}}
	sc := x.pf.MetaData().Schema
	t.unread = make([]string, sc.NumColumns())
	for i := range sc.NumColumns() {
		t.names = append(t.names, parquetPath(sc.Column(i).Path()))
		t.unread[i] = notRead
	}
	for _, i := range columns {
		d := sc.Column(i)
		t.unread[i] = ""
		c := &parquetColumn{
			t: t, at: i, name: t.names[i], max: d.MaxDefinitionLevel(), list: d.MaxRepetitionLevel() > 0,
		}
		c.inList = c.max
		n := d.SchemaNode()
		for ; n != nil && n.RepetitionType() != parquet.Repetitions.Repeated; n = n.Parent() {
			if n.RepetitionType() == parquet.Repetitions.Optional {
				c.inList--
			}
		}
		t.columns = append(t.columns, c)
	}
	return t
}

// notRead stands for the values of columns that the mapping does not name.
const notRead = "(not read)"

// begin begins the next group of rows; io.EOF after the last.
func (t *parquetTable) begin() error {
	if t.group == t.pf.NumRowGroups() {
		return io.EOF
	}
	if err := t.ctx.Err(); err != nil {
		return err
	}
	g := t.pf.RowGroup(t.group)
	t.group++
	t.left = g.NumRows()
	for _, c := range t.columns {
		r, err := g.Column(c.at)
		if err != nil {
			return err
		}
		if err := c.begin(r); err != nil {
			return err
		}
		batch := max(parquetBatch/max(len(t.columns)/64, 1), 64)
		meta, err := g.MetaData().ColumnChunk(c.at)
		if err != nil {
			return err
		}
		if slices.Contains(meta.Encodings(), parquet.Encodings.DeltaByteArray) {
			batch = parquetDelta
		}
		c.def, c.rep = make([]int16, batch), make([]int16, batch)
		c.levels, c.pos, c.val = 0, 0, 0
	}
	return nil
}

// openEach finds the columns inside the list whose elements are rows of their own.
func (t *parquetTable) openEach(rec *Records) error {
	if rec == nil || rec.Each == "" {
		return nil
	}
	found := false
	for _, c := range t.columns {
		c.each = c.list && (c.name == rec.Each || strings.HasPrefix(c.name, rec.Each+"."))
		found = found || c.each
	}
	if !found {
		return fault.Unreadable(
			t.in.o.Name,
			"None of the columns that the mapping names is in a list %q (records: each).",
			quote.Clip(rec.Each),
		)
	}
	return nil
}

func (t *parquetTable) Next() ([]string, int64, error) {
	if t.element+1 < t.of {
		t.element++
		t.giveElement()
		return t.cells, t.n, nil
	}
	if t.n++; t.n == 0 {
		return t.names, 0, nil
	}
	for t.left == 0 {
		if err := t.begin(); err != nil {
			return nil, t.n, err
		}
	}
	t.left--
	t.cells = append(t.cells[:0], t.unread...)
	t.kinds = slices.Grow(t.kinds[:0], len(t.cells))[:len(t.cells)]
	clear(t.kinds)
	t.element, t.of = 0, 0
	for _, c := range t.columns {
		if c.each {
			if err := c.nextElements(); err != nil {
				return nil, t.n, err
			}
			if t.of > 0 && t.of != len(c.elements) {
				return nil, t.n, fault.Unreadable(
					t.in.o.Name,
					"In row %d, the list that holds %q has %d elements in one column and %d in another.",
					t.n,
					quote.Clip(c.name),
					t.of,
					len(c.elements),
				)
			}
			t.of = len(c.elements)
			continue
		}
		s, is, err := c.next()
		if err != nil {
			return nil, t.n, err
		}
		t.cells[c.at], t.kinds[c.at] = s, is
	}
	t.giveElement()
	return t.cells, t.n, nil
}

// giveElement puts the element that is being given into its place in the row.
func (t *parquetTable) giveElement() {
	for _, c := range t.columns {
		if c.each {
			e := c.elements[t.element]
			t.cells[c.at], t.kinds[c.at] = e.text, e.kind
		}
	}
}

// Kind is what the file holds the value in a column of the row to be.
func (t *parquetTable) Kind(column int) table.Kind {
	if column >= len(t.kinds) {
		return table.Text
	}
	return t.kinds[column]
}

// Notes says what the file's types leave open, and how it was read.
func (t *parquetTable) Notes() (out []string) {
	for _, c := range t.columns {
		if c.absent > 0 {
			out = append(out, fmt.Sprintf("The list %q has elements without a value in %d rows; the others were read.",
				quote.Clip(c.name), c.absent))
		}
		if c.bare {
			out = append(out, fmt.Sprintf(
				"The times in %q are of Parquet's first kind (INT96), which has no place for a zone. Spark and most "+
					"other programs turn times into UTC when they write it: see that the zone of the mapping is that.",
				quote.Clip(c.name),
			))
		}
		if c.days {
			out = append(out, fmt.Sprintf(
				"Every time in the column %q is midnight: its values were read as days, which its writer has no "+
					"type for.",
				quote.Clip(c.name),
			))
		}
	}
	return out
}

// findDays finds the columns of times that are all midnight. Most show another time
// in their first rows.
func (t *parquetTable) findDays() error {
	for _, c := range t.columns {
		days, err := t.isDays(c.at)
		if err != nil {
			return err
		}
		c.days = days
	}
	return nil
}

// isDays tells whether a column holds times, and none but midnight.
func (t *parquetTable) isDays(column int) (bool, error) {
	x := t.parquetFile.open([]int{column})
	c, seen := x.columns[0], false
	for {
		for x.left == 0 {
			if err := x.begin(); err == io.EOF {
				return seen, nil
			} else if err != nil {
				return false, err
			}
			if c.time == nil {
				return false, nil
			}
		}
		x.left--
		there, err := c.level()
		if err != nil {
			return false, err
		}
		if there {
			at := c.time(c.val - 1)
			if seen = true; at.Unix()%86_400 != 0 || at.Nanosecond() != 0 {
				return false, nil
			}
		}
	}
}

// level takes the next level, and tells whether a value stands there.
func (c *parquetColumn) level() (bool, error) {
	if c.pos == c.levels {
		if err := c.fill(); err != nil {
			return false, err
		}
		if c.levels == 0 {
			return false, fault.Unreadable(c.t.in.o.Name,
				"The column %q holds fewer values than the file says that it has rows.", quote.Clip(c.name))
		}
	}
	c.pos++
	if c.max > 0 && c.def[c.pos-1] < c.max {
		return false, nil
	}
	c.val++
	return true, nil
}

// next is the value of the next row; of a list, those of its elements.
func (c *parquetColumn) next() (string, table.Kind, error) {
	there, err := c.level()
	if err != nil || !there && !c.list {
		return "", table.Text, err
	}
	if !c.list {
		return c.text(c.val - 1)
	}
	s, is, _, err := c.elementsUntil(there, 0)
	return s, is, err
}

// nextElements reads the elements of the next row's list, one at least: an empty list
// has one without a value, as far as this column shows.
func (c *parquetColumn) nextElements() error {
	c.elements = c.elements[:0]
	for more := true; more; {
		there, err := c.level()
		if err != nil {
			return err
		}
		var e parquetCell
		if e.text, e.kind, more, err = c.elementsUntil(there, 1); err != nil {
			return err
		}
		if len(c.elements) == parquetElements {
			return fault.Unreadable(fmt.Sprintf("row %d", c.t.n), "The list %q has more than %d elements.",
				quote.Clip(c.name), parquetElements)
		}
		c.elements = append(c.elements, e)
	}
	return nil
}

// elementsUntil puts values together up to the next one that repeats at the level, or
// above it: 0 is the end of the row, 1 that of an element of its outermost list. A
// repetition level is the depth of the list in which a value goes on; a row's first has 0.
// The first level is taken already. more tells that the row goes on.
func (c *parquetColumn) elementsUntil(there bool, level int16) (_ string, is table.Kind, more bool, err error) {
	c.parts = c.parts[:0]
	size, absent := 0, false
	for {
		if there {
			s, kind, err := c.text(c.val - 1)
			if err != nil {
				return "", table.Text, false, err
			}
			if is = kind; is == table.Binary {
				s = "binary data"
			}
			if size += len(s) + 1; size > c.t.in.o.MaxLine {
				return "", table.Text, false, c.tooLong()
			}
			if s != "" {
				c.parts = append(c.parts, s)
			}
		}
		absent = absent || !there && c.def[c.pos-1] >= c.inList
		if more, err = c.goesOn(); err != nil {
			return "", table.Text, false, err
		}
		if !more || c.rep[c.pos] <= level {
			break
		}
		if there, err = c.level(); err != nil {
			return "", table.Text, false, err
		}
	}
	if len(c.parts) == 1 && (level > 0 || is == table.Binary) { // a value of its own, and no list
		return c.parts[0], is, more, nil
	}
	if absent && level == 0 {
		c.absent++
	}
	s, is := listOf(c.parts)
	return s, is, more, nil
}

// goesOn reads on where nothing is left, and tells whether the next level belongs to the
// same row.
func (c *parquetColumn) goesOn() (bool, error) {
	if c.pos == c.levels {
		if err := c.fill(); err != nil {
			return false, err
		}
	}
	return c.pos < c.levels && c.rep[c.pos] != 0, nil
}

// listOf writes the values of a list with commas between; as JSON where that would not
// show what they are.
func listOf(parts []string) (string, table.Kind) {
	if slices.ContainsFunc(parts, func(s string) bool { return strings.Contains(s, ",") }) {
		b, err := json.Marshal(parts)
		if err != nil {
			return strings.Join(parts, ","), table.List
		}
		return string(b), table.List
	}
	if len(parts) < 2 {
		return strings.Join(parts, ","), table.Text
	}
	return strings.Join(parts, ","), table.List
}

func (c *parquetColumn) tooLong() error {
	return fault.Unreadable(fmt.Sprintf("row %d", c.t.n), "The value of %q is longer than %d MB.", quote.Clip(c.name),
		c.t.in.o.MaxLine>>20)
}

// chunkReader is a column's reader in the library.
type chunkReader[T any] interface {
	ReadBatchInPage(n int64, values []T, def, rep []int16) (int64, int, error)
}

// reads lets c read values of one type, and gives them.
func reads[T any](c *parquetColumn, r chunkReader[T]) *[]T {
	var values []T
	c.fill = func() error {
		if values == nil {
			values = make([]T, len(c.def))
		}
		def, rep := c.def, c.rep
		if c.max == 0 {
			def = nil
		}
		if !c.list {
			rep = nil
		}
		// What the values refer to is the page that was read last.
		n, read, err := r.ReadBatchInPage(int64(len(c.def)), values, def, rep)
		c.levels, c.pos, c.val = int(n), 0, 0
		clear(c.recent[:])
		if err == nil && (c.levels > len(c.def) || read > len(values)) {
			err = errors.New("more values than were asked for")
		}
		return err
	}
	return &values
}

// begin begins to read a column of a group of rows.
func (c *parquetColumn) begin(r file.ColumnChunkReader) error {
	d := r.Descriptor()
	number := func(of func(i int) string) {
		c.text = func(i int) (string, table.Kind, error) { return of(i), table.Text, nil }
	}
	switch r := r.(type) {
	case *file.BooleanColumnChunkReader:
		v := reads[bool](c, r)
		number(func(i int) string { return strconv.FormatBool((*v)[i]) })
	case *file.Int32ColumnChunkReader:
		v := reads[int32](c, r)
		c.integers(d, func(i int) int64 { return int64((*v)[i]) })
	case *file.Int64ColumnChunkReader:
		v := reads[int64](c, r)
		c.integers(d, func(i int) int64 { return (*v)[i] })
	case *file.Int96ColumnChunkReader: // a time, as Spark and Impala wrote it
		v := reads[parquet.Int96](c, r)
		c.bare = true
		c.times(func(i int) time.Time { return (*v)[i].ToTime().UTC() }, "")
	case *file.Float32ColumnChunkReader:
		v := reads[float32](c, r)
		c.text = func(i int) (string, table.Kind, error) { return formatFloat(float64((*v)[i]), 32), table.Number, nil }
	case *file.Float64ColumnChunkReader:
		v := reads[float64](c, r)
		c.text = func(i int) (string, table.Kind, error) { return formatFloat((*v)[i], 64), table.Number, nil }
	case *file.ByteArrayColumnChunkReader:
		v := reads[parquet.ByteArray](c, r)
		c.texts(d, func(i int) []byte { return (*v)[i] })
	case *file.FixedLenByteArrayColumnChunkReader:
		v := reads[parquet.FixedLenByteArray](c, r)
		c.texts(d, func(i int) []byte { return (*v)[i] })
	default:
		return fmt.Errorf("no reader for the column %q", c.name)
	}
	return nil
}

// formatFloat writes a number without a format.
func formatFloat(f float64, bits int) string {
	if math.Abs(f) >= 1e15 {
		return strconv.FormatFloat(f, 'E', -1, bits)
	}
	return strconv.FormatFloat(f, 'f', -1, bits)
}

// integers says what the whole numbers of a column are.
func (c *parquetColumn) integers(d *schema.Column, v func(i int) int64) {
	as := func(kind table.Kind, of func(n int64) string) {
		c.text = func(i int) (string, table.Kind, error) { return of(v(i)), kind, nil }
	}
	length := func(unit int64) func(n int64) string {
		return func(n int64) string {
			return hoursOf(n / (int64(time.Second) / unit))
		}
	}
	if unit := c.t.durations()[d.Path()]; unit > 0 {
		as(table.Duration, length(unit))
		return
	}
	switch l := d.LogicalType().(type) {
	case schema.DateLogicalType:
		as(table.Date, func(n int64) string { return time.Unix(n*86_400, 0).UTC().Format(time.DateOnly) })
	case schema.TimeLogicalType:
		unit := parquetUnit(l.TimeUnit())
		c.text = func(i int) (string, table.Kind, error) {
			n := v(i)
			if day := int64(24*time.Hour) / unit; n < 0 || n >= day { // fastparquet writes lengths of time so
				return length(unit)(n), table.Duration, nil
			}
			return time.Unix(0, n*unit).UTC().Format("15:04:05.999999999"), table.TimeOfDay, nil
		}
	case schema.TimestampLogicalType:
		zone, unit := "", parquetUnit(l.TimeUnit())
		if l.IsAdjustedToUTC() && !l.IsFromConvertedType() {
			zone = "Z"
		}
		c.times(func(i int) time.Time {
			perSecond := int64(time.Second) / unit
			return time.Unix(v(i)/perSecond, v(i)%perSecond*unit).UTC()
		}, zone)
	case schema.DecimalLogicalType:
		as(table.Number, func(n int64) string { return decimal(big.NewInt(n), l.Scale()) })
	case schema.IntLogicalType:
		if !l.IsSigned() {
			mask := uint64(math.MaxUint64) >> (64 - uint(l.BitWidth()))
			as(table.Text, func(n int64) string { return strconv.FormatUint(uint64(n)&mask, 10) })
			return
		}
		as(table.Text, func(n int64) string { return strconv.FormatInt(n, 10) })
	default:
		as(table.Text, func(n int64) string { return strconv.FormatInt(n, 10) })
	}
}

// hoursOf writes a length of time in seconds as h:mm:ss.
func hoursOf(sec int64) string { return fmt.Sprintf("%d:%02d:%02d", sec/3600, sec/60%60, sec%60) }

// parquetUnit is a unit of time in nanoseconds.
func parquetUnit(u schema.TimeUnitType) int64 {
	switch u {
	case schema.TimeUnitMillis:
		return int64(time.Millisecond)
	case schema.TimeUnitMicros:
		return int64(time.Microsecond)
	}
	return 1
}

// times says that a column holds times.
func (c *parquetColumn) times(v func(i int) time.Time, zone string) {
	form := "2006-01-02T15:04:05.999999999" + zone
	c.time = v
	c.text = func(i int) (string, table.Kind, error) {
		if c.days {
			return v(i).Format(time.DateOnly), table.Date, nil
		}
		return v(i).Format(form), table.Date, nil
	}
}

// durations are the columns that pandas holds to be lengths of time, with their
// units in nanoseconds: Parquet has no type for them, and pandas writes them beside.
func (t *parquetTable) durations() map[string]int64 {
	if t.lengths != nil {
		return t.lengths
	}
	t.lengths = map[string]int64{}
	kv := t.pf.MetaData().KeyValueMetadata()
	text := kv.FindValue("pandas")
	if text == nil || len(*text) > 8<<20 {
		return t.lengths
	}
	var said struct {
		Columns []struct {
			Name  string `json:"field_name"`
			Numpy string `json:"numpy_type"`
		} `json:"columns"`
	}
	if json.Unmarshal([]byte(*text), &said) != nil {
		return t.lengths
	}
	units := map[string]time.Duration{"s": time.Second, "ms": time.Millisecond, "us": time.Microsecond, "ns": 1}
	for _, c := range said.Columns {
		unit, ok := strings.CutPrefix(c.Numpy, "timedelta64[")
		if u := units[strings.TrimSuffix(unit, "]")]; ok && u > 0 {
			t.lengths[c.Name] = int64(u)
		}
	}
	return t.lengths
}

// texts says what the bytes of a column are.
func (c *parquetColumn) texts(d *schema.Column, v func(i int) []byte) {
	switch l := d.LogicalType().(type) {
	case schema.DecimalLogicalType:
		c.text = func(i int) (string, table.Kind, error) {
			return decimal(signed(v(i)), l.Scale()), table.Number, nil
		}
	case schema.Float16LogicalType:
		c.text = func(i int) (string, table.Kind, error) {
			b := v(i)
			if len(b) != 2 {
				return "binary data", table.Binary, nil
			}
			return formatFloat(float64(float16.FromLEBytes(b).Float32()), 32), table.Number, nil
		}
	case schema.IntervalLogicalType:
		c.text = func(i int) (string, table.Kind, error) { return interval(v(i)) }
	case schema.UUIDLogicalType:
		c.text = func(i int) (string, table.Kind, error) {
			b := v(i)
			if len(b) != 16 {
				return "binary data", table.Binary, nil
			}
			return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), table.Text, nil
		}
	default:
		c.text = func(i int) (string, table.Kind, error) { return c.bytes(v(i)) }
	}
}

// bytes is the text that some bytes are; binary data where they are none. A text is
// copied once, however many rows of a batch refer to it.
func (c *parquetColumn) bytes(b []byte) (string, table.Kind, error) {
	if len(b) == 0 {
		return "", table.Text, nil
	}
	recent := &c.recent[(uintptr(unsafe.Pointer(&b[0]))>>2)%uintptr(len(c.recent))]
	if recent.of == &b[0] && len(recent.text) == len(b) {
		return recent.text, table.Text, nil
	}
	if len(b) > c.t.in.o.MaxLine {
		return "", table.Text, c.tooLong()
	}
	s, ok := "", false
	if c.unique < parquetUnique {
		s, ok = c.t.words[string(b)]
	}
	if !ok {
		if !utf8.Valid(b) {
			return "binary data", table.Binary, nil
		}
		s = string(b)
		if c.unique++; len(s) > 128 {
			if c.t.long += int64(len(s)); c.t.long > bombFree && c.t.long > bombRatio*c.t.in.total {
				return "", table.Text, fault.Unreadable(c.t.in.o.Name,
					"The file unpacks to more than %d times its size; Assay stopped reading it.", bombRatio)
			}
		} else if c.unique < parquetUnique {
			c.t.words[s] = s
		}
	}
	recent.of, recent.text = &b[0], s
	return s, table.Text, nil
}

// interval is a length of time as DuckDB writes it: months, days and milliseconds, each a
// number of four bytes, the lowest first.
func interval(b []byte) (string, table.Kind, error) {
	if len(b) != 12 {
		return "binary data", table.Binary, nil
	}
	months, days := int32(binary.LittleEndian.Uint32(b)), int32(binary.LittleEndian.Uint32(b[4:]))
	ms := int32(binary.LittleEndian.Uint32(b[8:]))
	if sec := int64(days)*86_400 + int64(ms)/1000; months == 0 && sec >= 0 {
		return hoursOf(sec), table.Duration, nil
	}
	return fmt.Sprintf("%d months %d days %d ms", months, days, ms), table.Text, nil
}

// signed is a number of as many bytes as it has, the first of them the highest.
func signed(b []byte) *big.Int {
	n := new(big.Int).SetBytes(b[:min(len(b), 64)])
	if len(b) > 0 && b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*min(len(b), 64))))
	}
	return n
}

// decimal writes a whole number of the smallest unit with its point.
func decimal(n *big.Int, scale int32) string {
	if scale <= 0 || scale > 76 {
		return n.String()
	}
	s := new(big.Int).Abs(n).String()
	if len(s) <= int(scale) {
		s = strings.Repeat("0", int(scale)-len(s)+1) + s
	}
	s = s[:len(s)-int(scale)] + "." + s[len(s)-int(scale):]
	if n.Sign() < 0 {
		s = "-" + s
	}
	return s
}
