package runlog

import (
	"encoding/json"
	"fmt"
	"hash/maphash"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/run"
	"assay/internal/runlog/quote"
	"assay/internal/runlog/table"
)

// The rows of a table become runs here, whatever the table stands in.

// tableReader makes runs of rows.
type tableReader struct {
	*gatherer
	columns int
	names   []string
	of      []column // the columns that are read
	joins   []join
	leave   []leaveRule
	events  []eventColumns
	rw      row
	cells   []string // of a row, and then the joined ones
	grouped bool     // the rows of a run stand together
	last    string   // run of the row before, where they do
	done    idSet
	read    []int             // columns that the mapping reads
	equal   map[uint64]uint64 // rows that were read, by these columns, and by all
	typed   table.Typed       // what kinds of values the row has; nil where all are text

	dayFirst bool // some layout has the day before the month, and hours that count to 24
}

type column struct {
	i int
	f field
}

type join struct {
	of   []int
	with string
}

type leaveRule struct {
	name  string
	when  []columnCondition
	noRun bool // what it leaves aside names no run
}

type columnCondition struct {
	Condition
	i int
}

type eventColumns struct {
	EventRule
	of []column // of its time, account, outcome and so on
}

// readTable makes runs of the rows of a flat log.
func readTable(t table.Reader, o Options, s *sink) error {
	if s.survey != nil {
		return s.survey.read(s.ctx, t, o.Mapping)
	}
	x := &tableReader{gatherer: newGatherer(o, s)}
	x.grouped = x.m.Grouped
	x.clk.alsoISO = x.clk.alsoISO || s.res.Format != CSV
	x.typed, _ = t.(table.Typed)
	for _, l := range x.clk.layouts {
		x.dayFirst = x.dayFirst || l.dayFirst && !l.twelve
	}
	x.equal = map[uint64]uint64{}
	if err := x.header(t); err != nil {
		return err
	}
	x.reads()
	for {
		cells, n, err := t.Next()
		if err == io.EOF {
			break
		}
		var bad Refusal
		switch b, ok := err.(table.BadRow); {
		case ok:
			bad = Refusal{Reason: string(b), Torn: true}
		case err != nil:
			return after(err, s, run.Position{Line: n - 1})
		}
		for len(cells) > x.columns && cells[len(cells)-1] == "" {
			cells = cells[:len(cells)-1]
		}
		if bad.Reason == "" && empty(cells) {
			continue
		}
		if x.typed != nil { // a sheet ends its rows where their values end
			for len(cells) < x.columns {
				cells = append(cells, "")
			}
		}
		if bad.Reason == "" && len(cells) != x.columns {
			bad = Refusal{Torn: true,
				Reason: fmt.Sprintf("The row has %d values, and the header %d columns.", len(cells), x.columns)}
		}
		if c, ok := t.(*csvReader); ok && bad.Reason != "" && c.cut(len(cells) < x.columns) {
			return cutOff(s.where(run.Position{Line: n}))
		}
		bad.At = run.Position{Line: n, Offset: -1, Part: s.part}
		if err := x.add(cells, bad); err != nil {
			return err
		}
	}
	if n, ok := t.(table.Noted); ok {
		for _, note := range n.Notes() {
			s.note(Refusal{Reason: note})
		}
	}
	if x.grouped {
		x.clk.report(s)
		return x.flush()
	}
	return x.finish()
}

func empty(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// header reads the names of the columns and finds those of the mapping.
func (x *tableReader) header(t table.Reader) error {
	n, err := x.headerRow(t)
	if err != nil {
		return err
	}
	for len(x.names) > 0 && strings.TrimSpace(x.names[len(x.names)-1]) == "" {
		x.names = x.names[:len(x.names)-1]
	}
	x.columns = len(x.names)
	h := header{
		x: x, t: t, where: x.s.where(run.Position{Line: n}), index: map[string]int{}, twice: map[string]bool{},
	}
	for i, name := range x.names {
		name = strings.TrimSpace(name)
		if _, ok := h.index[name]; ok {
			h.twice[name] = true
		}
		h.index[name] = i
	}
	fields, err := h.fields()
	if err != nil {
		return err
	}
	for _, part := range []func() error{
		h.joined, func() error { return h.mapped(fields) }, h.eventColumns, h.leftOut,
	} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// headerRow reads on to the row that names the columns, and gives its number.
func (x *tableReader) headerRow(t table.Reader) (int64, error) {
	for want := x.m.HeaderRow; ; {
		cells, row, err := t.Next()
		if err == io.EOF {
			return 0, fault.Unreadable("", "The file holds no rows.%s", leftAside(t))
		}
		if b, ok := err.(table.BadRow); ok {
			err = fault.Unreadable(x.s.where(run.Position{Line: row}), "%s", string(b))
		}
		if err != nil {
			return 0, err
		}
		if !empty(cells) && int(row) >= want {
			x.names = append([]string(nil), cells...)
			return row, nil
		}
	}
}

// header finds the columns that the mapping names.
type header struct {
	x     *tableReader
	t     table.Reader
	where string
	index map[string]int // columns, of the file and joined
	twice map[string]bool
}

// list names the columns for a person.
func (h *header) list() string {
	const most = 40
	shown := make([]string, 0, most)
	for i, name := range h.x.names {
		if i == most {
			return strings.Join(shown, ", ") + fmt.Sprintf(" and %d more", len(h.x.names)-most)
		}
		shown = append(shown, quote.Clip(strings.Join(strings.Fields(name), " "))) // names run over lines
	}
	return strings.Join(shown, ", ")
}

func (h *header) find(name string) (int, error) {
	i, ok := h.index[name]
	if !ok {
		return 0, fault.Unreadable(
			h.where,
			"There is no column %q. The columns are %s. %s",
			name,
			h.list(),
			h.elsewhere(name),
		)
	}
	if h.twice[name] {
		return 0, fault.Unreadable(h.where, "The column %q stands twice, so its values cannot be told apart.", name)
	}
	return i, nil
}

// elsewhere says what to do about a column that is missing: titles stand above the names
// of many sheets, and a cover before the sheet. It reads on, for the file is refused.
func (h *header) elsewhere(name string) string {
	const most = 50 // rows
	for range most {
		cells, row, err := h.t.Next()
		if _, bad := err.(table.BadRow); err != nil && !bad {
			break
		}
		if h.names(cells, name) {
			return fmt.Sprintf("Row %d names it: if that is where the table begins, say so in the mapping "+
				"(header_row: %d).", row, row)
		}
	}
	return "Correct the mapping, or export again with this column." + leftAside(h.t)
}

// leftAside is a sentence about another sheet of the file, with a blank before it.
func leftAside(t table.Reader) string {
	if n, ok := t.(table.Noted); ok {
		if notes := n.Notes(); len(notes) > 0 {
			return " " + notes[0]
		}
	}
	return ""
}

// names tells whether the row has a missing column, and all others that the mapping takes
// fields from.
func (h *header) names(cells []string, missing string) bool {
	has := func(name string) bool {
		return slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) == name })
	}
	if !has(missing) {
		return false
	}
	for _, name := range h.x.m.Fields {
		if _, joined := h.x.m.Joins[name]; !joined && !has(name) {
			return false
		}
	}
	return true
}

// fields are the mapping's, or of a table that Assay wrote those that its columns are
// named after.
func (h *header) fields() (map[string]string, error) {
	x := h.x
	if fields := x.m.Fields; len(fields) > 0 {
		if fields["run_id"] == "" {
			return nil, fault.Unreadable(
				"mapping", "The mapping does not say which column holds the run's identifier (run_id).",
			)
		}
		return fields, nil
	}
	x.own, x.grouped = true, true
	fields := map[string]string{}
	for _, f := range fieldNames {
		if _, ok := h.index[ownPrefix+f]; ok {
			fields[f] = ownPrefix + f
		}
	}
	if fields["run_id"] == "" {
		return nil, fault.Unreadable(
			h.where,
			"A table needs a mapping that says which column holds the run's identifier, the activity and the "+
				"time. Its columns are %s.",
			h.list(),
		)
	}
	return fields, nil
}

// joined adds the columns that the mapping makes of others.
func (h *header) joined() error {
	x := h.x
	for k, name := range sortedKeys(x.m.Joins) {
		j := x.m.Joins[name]
		of := join{with: " "}
		if j.With != nil {
			of.with = *j.With
		}
		for _, c := range j.Columns {
			i, err := h.find(c)
			if err != nil {
				return err
			}
			of.of = append(of.of, i)
		}
		x.joins = append(x.joins, of)
		h.index[name] = x.columns + k
		delete(h.twice, name)
	}
	return nil
}

func (h *header) mapped(fields map[string]string) error {
	for _, f := range sortedKeys(fields) {
		i, err := h.find(fields[f])
		if err != nil {
			return err
		}
		k, _ := fieldOf(f)
		h.x.of = append(h.x.of, column{i, k})
	}
	return nil
}

func (h *header) eventColumns() error {
	for _, e := range h.x.m.Events {
		c := eventColumns{EventRule: e}
		for _, p := range e.columns() {
			i, err := h.find(p.v)
			if err != nil {
				return err
			}
			c.of = append(c.of, column{i, p.f})
		}
		h.x.events = append(h.x.events, c)
	}
	return nil
}

func (h *header) leftOut() error {
	x := h.x
	for _, l := range x.m.LeaveOut {
		rule := leaveRule{name: l.Name, noRun: x.m.leavesNoRun(&l)}
		for _, c := range l.When {
			i, err := h.find(c.Column)
			if err != nil {
				return err
			}
			rule.when = append(rule.when, columnCondition{c, i})
		}
		x.leave = append(x.leave, rule)
	}
	return nil
}

// cell is the value in a column, of the file or joined.
func (x *tableReader) cell(i int) string {
	switch {
	case i >= len(x.cells):
		return ""
	case x.own:
		return unguard(x.cells[i])
	}
	return strings.TrimSpace(x.cells[i])
}

// kind is what a program holds the value in a column to be.
func (x *tableReader) kind(i int) table.Kind {
	if x.typed == nil || i >= x.columns {
		return table.Text
	}
	return x.typed.Kind(i)
}

// brokenID is an identifier that a spreadsheet program rounded.
var brokenID = regexp.MustCompile(`^[0-9]([.,][0-9]+)?E\+[0-9]+$`)

// datedID is one that a program made a date of, as it writes such dates in a CSV file.
var datedID = regexp.MustCompile(`^(?i:([0-9]{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))|` +
	`((jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-[0-9]{2}))$`)

// add adds a row to its run; bad is why it cannot be read, and where it stands.
func (x *tableReader) add(cells []string, bad Refusal) error {
	at := bad.At
	x.take(cells)
	if bad.Reason == "" {
		for _, rule := range x.leave {
			if x.holds(rule) {
				x.s.leave(rule.name, x.runOf(rule))
				return nil
			}
		}
	}
	if why := x.fill(); bad.Reason == "" {
		bad.Reason = why
	}
	id, err := x.identifier(at)
	if err != nil {
		return err
	}
	if id == "" {
		if bad.Reason == "" {
			bad.Reason = "The row names no run. If it is no record (a total, a heading), leave it out by a rule " +
				"of the mapping (leave_out)."
		}
		bad.Excerpt = quote.Excerpt([]byte(strings.Join(cells, " | ")))
		return x.s.refuse(bad)
	}
	x.s.met(1)
	h, err := x.heldFor(id, at)
	if err != nil {
		return err
	}
	h.n++
	if bad.Reason == "" && x.repeats(cells, at) {
		h.repeated++
		return nil
	}
	h.inPart++
	if h.bad != "" {
		return nil
	}
	if bad.Reason == "" {
		bad.Reason = x.tell(h, at)
	}
	if bad.Reason != "" {
		h.spoil(bad)
	}
	return nil
}

// take keeps the cells of a row, and the columns that are made of them.
func (x *tableReader) take(cells []string) {
	x.cells = append(x.cells[:0], cells...)
	for len(x.cells) < x.columns {
		x.cells = append(x.cells, "")
	}
	for _, j := range x.joins {
		var parts []string
		for _, i := range j.of {
			if v := x.cell(i); v != "" {
				parts = append(parts, v)
			}
		}
		x.cells = append(x.cells, strings.Join(parts, j.with))
	}
}

// fill takes the fields of the row out of its columns; why says what stands in one of
// them that is no value.
func (x *tableReader) fill() (why string) {
	x.rw = row{}
	for _, c := range x.of {
		if why == "" {
			why = x.unusable(c)
		}
		if x.kind(c.i) == table.Error {
			x.blanked.at(fieldNames[c.f]+"\x00"+x.cell(c.i), new(bool)).Events++
			continue
		}
		x.rw[c.f] = x.cell(c.i)
	}
	x.count(&x.rw)
	if x.halfDays == "" && x.dayFirst {
		x.findHalfDay()
	}
	return why
}

// identifier is the run that the row names, empty for none. One that a program broke may
// be that of several runs, and refuses the file.
func (x *tableReader) identifier(at run.Position) (string, error) {
	id := x.rw[fRunID]
	switch {
	case x.own:
		return id, nil
	case x.nothing[fold(id)]:
		return "", nil
	case brokenID.MatchString(id) || x.longNumber(id):
		return "", fault.Unreadable(x.s.where(at),
			"The identifier %s was rounded by a spreadsheet program: what it was is lost, and different runs may "+
				"now have the same one. Export it again with this column as text.",
			quote.Clip(id))
	case x.idKind() == table.Date || x.idKind() == table.TimeOfDay || len(id) < 8 && datedID.MatchString(id):
		return "", fault.Unreadable(x.s.where(at),
			"The identifier %s is a date or time: a spreadsheet program made one of what was typed (1/26, 3-4), and "+
				"different runs may now have the same one. Export it again with this column as text.",
			quote.Clip(id))
	}
	return id, nil
}

// heldFor is the run of that identifier. Where rows are grouped, the run before it is
// passed on.
func (x *tableReader) heldFor(id string, at run.Position) (*heldRun, error) {
	if x.grouped && x.last != id {
		if err := x.flush(); err != nil {
			return nil, err
		}
		clear(x.equal)
		if first, _ := x.done.add(id, 0); !first {
			// What was kept of this run before is not all of it.
			return nil, fault.Unreadable(
				x.s.where(at),
				"Run %q goes on here, after other runs. Sort the rows by run, or take \"grouped: true\" out of "+
					"the mapping.",
				quote.Clip(id),
			)
		}
		x.last = strings.Clone(id)
	}
	h := x.gatherer.of(id, at)
	if x.n++; x.n <= gatherLimit {
		return h, nil
	}
	if x.grouped {
		return nil, fault.Unreadable(x.s.where(at), "The run %q has more than %d rows.", quote.Clip(id), gatherLimit)
	}
	return nil, fault.Unreadable(
		x.s.where(at),
		"The file has more than %d rows, and they are not grouped by run. Sort it by run, and say \"grouped: "+
			"true\" in the mapping.",
		gatherLimit,
	)
}

// repeats tells whether the row was read before, in every column that the mapping reads:
// a table that was joined from others says the same decision once a letter, a document,
// a line.
func (x *tableReader) repeats(cells []string, at run.Position) bool {
	if x.own {
		return false
	}
	var h maphash.Hash
	h.SetSeed(idSeed)
	for _, c := range x.read {
		h.WriteString(x.cell(c))
		h.WriteByte(0)
	}
	k := h.Sum64()
	whole := hashOf(cells)
	held, ok := x.equal[k]
	if !ok {
		x.equal[k] = whole
		return false
	}
	if held != whole {
		x.say(
			at,
			"The row is equal to another of its run in every column that the mapping reads, and differs in others "+
				"alone. It was counted once.",
		)
	}
	return true
}

// tell adds what the row says of its run, and of the events in it.
func (x *tableReader) tell(h *heldRun, at run.Position) (why string) {
	x.when = time.Time{}
	if x.rw[fTransition] != "" && h.open == nil {
		h.open = map[string][]openStart{}
	}
	if why := x.lifecycle(&h.Record, &x.rw, at, h.open); why != "" {
		return why
	}
	for i := range x.events {
		if why := x.eventOf(h, &x.events[i], at); why != "" {
			return why
		}
	}
	return x.run(&h.Record, &h.said, &x.rw)
}

// unusable says why what stands in a column of the row is no value; empty where it is.
func (x *tableReader) unusable(c column) string {
	i := c.i
	switch x.kind(i) {
	case table.List:
		return x.unusableList(c)
	case table.Uncalculated:
		return fmt.Sprintf("The cell in %q is a formula that was never calculated; open the workbook in its program "+
			"and save it.", x.name(i))
	case table.Covered:
		return fmt.Sprintf(
			"The cell in %q is merged with the one above or beside it, and only that one holds a value. "+
				"Take the cells apart and fill the value into each row.",
			x.name(i),
		)
	case table.Binary:
		return fmt.Sprintf("The value in %q is neither text nor a number, but binary data.", x.name(i))
	}
	return ""
}

// unusableList puts into the row's cell what the field takes of a list, and says why where
// it takes none.
func (x *tableReader) unusableList(c column) string {
	cell := x.cell(c.i)
	var parts []string
	if json.Unmarshal([]byte(cell), &parts) != nil {
		parts = strings.Split(cell, ",")
	}
	switch c.f {
	case fRunID:
		return fmt.Sprintf("%s holds a list of %d values (%s), and names no one run.", x.name(c.i), len(parts),
			quote.Clip(strings.Join(parts, "; ")))
	case fAccount, fActor:
		sep := x.between(c.f)
		if len(parts) > 1 && sep == "" {
			return severalAccounts(x.name(c.i), fieldNames[c.f], parts)
		}
		x.cells[c.i] = cell
		if cell[0] != '[' { // and oneAccount takes JSON apart
			x.cells[c.i] = strings.Join(parts, sep)
		}
	default:
		if len(parts) == 1 {
			x.cells[c.i] = parts[0]
		}
	}
	return ""
}

// halfDayCell is a time with AM or PM.
var halfDayCell = regexp.MustCompile(`(?i)^\s*\d{1,2}:\d\d(:\d\d)?\s?[ap]m\s*$`)

// findHalfDay looks for a value as programs with American settings write times.
func (x *tableReader) findHalfDay() {
	for _, c := range x.cells[:x.columns] {
		if n := len(c); n >= 6 && n < 16 && c[n-1]|0x20 == 'm' && halfDayCell.MatchString(c) {
			x.halfDays = strings.Clone(c)
			return
		}
	}
}

func (x *tableReader) name(i int) string {
	if i < len(x.names) {
		return quote.Clip(strings.TrimSpace(x.names[i]))
	}
	return fmt.Sprintf("column %d", i+1)
}

// reads finds the columns that the mapping reads.
func (x *tableReader) reads() {
	take := func(i int) {
		if !slices.Contains(x.read, i) {
			x.read = append(x.read, i)
		}
	}
	for _, c := range x.of {
		take(c.i)
	}
	for _, e := range x.events {
		for _, c := range e.of {
			take(c.i)
		}
	}
	x.leftUnread()
}

// leftUnread notes which columns of the file the mapping names nowhere: not for a field,
// not in a column that is joined of others, and not in a rule about what is left out.
// What stands in them no test looks at.
func (x *tableReader) leftUnread() {
	read := slices.Clone(x.read)
	for _, rule := range x.leave {
		for _, c := range rule.when {
			read = append(read, c.i)
		}
	}
	for k, j := range x.joins {
		if slices.Contains(read, x.columns+k) {
			read = append(read, j.of...)
		}
	}
	for i, name := range x.names {
		if name = strings.TrimSpace(name); name != "" {
			x.s.column(name, slices.Contains(read, i))
		}
	}
}

// idKind is what a program holds the identifier in the row to be.
func (x *tableReader) idKind() table.Kind {
	for _, c := range x.of {
		if c.f == fRunID {
			return x.kind(c.i)
		}
	}
	return table.Text
}

// longNumber tells whether an identifier is a number of more digits than a
// spreadsheet keeps: 15.
func (x *tableReader) longNumber(id string) bool {
	return x.idKind() == table.Number && len(strings.TrimLeft(id, "-0")) > 15
}

// runOf is the run whose row a rule leaves out; empty where it is of none.
func (x *tableReader) runOf(rule leaveRule) string {
	for _, c := range x.of {
		if id := x.cell(c.i); c.f == fRunID && !rule.noRun && !x.nothing[fold(id)] {
			return id
		}
	}
	return ""
}

// holds tells whether a rule leaves the row out.
func (x *tableReader) holds(rule leaveRule) bool {
	for i := range rule.when {
		if !rule.when[i].holds(x.cell(rule.when[i].i)) {
			return false
		}
	}
	return true
}

// eventOf adds an event that the columns of a whole run hold. One without a
// time is not made, unless the row says how it was decided.
func (x *tableReader) eventOf(h *heldRun, e *eventColumns, at run.Position) (why string) {
	ev := row{fActivity: e.Activity, fGate: e.Gate, fAct: string(e.Act)}
	x.column = map[field]string{}
	defer func() { x.column = nil }()
	for _, c := range e.of {
		x.column[c.f] = x.name(c.i)
		if why := x.unusable(c); why != "" {
			return why
		}
		if x.kind(c.i) == table.Error {
			x.blanked.at(fieldNames[c.f]+"\x00"+x.cell(c.i), new(bool)).Events++
			continue
		}
		ev[c.f] = x.cell(c.i)
	}
	if ev[fStarted] == "" && ev[fEnded] == "" && ev[fDecision] == "" {
		return ""
	}
	return x.event(&h.Record, &ev, at)
}
