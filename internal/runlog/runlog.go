// Package runlog reads what an AI platform exported about its runs and turns
// it into run records, each with the place in the file where it stands.
//
// Whatever the format, reading keeps four promises. Memory stays bounded,
// however large the file. The SHA-256 of the file's own bytes is taken in the
// same pass, so that what was read is what was hashed. A record that cannot be
// read is refused with its place and the reason, counted and listed; when more
// than a set share of the records is refused, the whole import is. And nothing
// is guessed: a time without a zone, a decision word that nobody explained or a
// field that the format does not know is asked about, not filled in.
//
// The formats are listed in format.go. What is read from each is specified at
// the top of the file named after it: run_audit.go (Assay's own), csv.go and so on.
// The mapping file that explains a flat log to Assay is specified in mapping.go.
//
// `go run ./build exports` runs real packages on small cases with a known story and
// holds what is read of their exports to it. Read as the story has it:
//
//	tables      openpyxl 3.1.5, XlsxWriter 3.3.1, odfpy 1.4.1, tablib 3.10.0, pandas 3.1.1, pyarrow 26.0.1,
//	            fastparquet 2026.9.0, polars 2.1.0, DuckDB 2.0.1, SQLAlchemy 2.0.44, sqlite-utils 4.2.1
//	traces      opentelemetry-exporter-otlp-json-file 0.66b1, opentelemetry-exporter-otlp-proto-common 1.45.2,
//	            MLflow 3.17.2 (JSON Lines, and its SQLite store by a query)
//	event logs  pm4py 2.7.23.11 (XES; OCEL 2.0 as JSON, XML and SQLite)
//	JSON        loguru 0.7.3, structlog 26.1.0, python-json-logger 4.2.0, cloudevents 1.12.0, CloudWatch Logs as moto
//	            5.2.5 answers for it
//	agents      LangGraph 1.2.24 and LangChain 1.5.2 with LangSmith 0.15.1, OpenAI Agents 0.24.0 with OpenInference
//	            2.6.0, Pydantic AI 2.68.0 with Logfire 5.4.0, Agno 3.1.10, AutoGen 0.7.5, LlamaIndex Workflows 2.26.1,
//	            Inspect AI 0.3.285, Google ADK 2.13.0, Burr 0.43.0
//	workflows   Temporal 1.9.1 with its Python SDK 1.35.0, DBOS 3.4.0 (its SQLite store), SpiffWorkflow 3.2.0
//
// Of these the log shows who approved where the workflow itself writes it down: LangGraph, Temporal, DBOS,
// LlamaIndex, AutoGen, Inspect AI, Burr and SpiffWorkflow keep what they are given, and MLflow keeps who assessed.
// LangChain's middleware, OpenAI Agents, Pydantic AI, Agno and Google ADK keep that it was asked, or confirmed,
// and nowhere by whom; Strands Agents 1.62.0 keeps not even that, once it was answered, and
// Microsoft's Agent Framework 1.23.0 keeps the answer and no time of anything, so that its sessions are refused.
//
// Tried on real output, outside the bench: Airflow 3.1.8. Written after published schemas only: Langfuse's scores,
// Power Automate, the agent audit trail (an Internet-Draft), and the mappings that `assay schema mapping` lists so.
package runlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/run"
	"assay/internal/runlog/quote"
)

// Wrapping is how the content is packed.
type Wrapping string

const (
	Plain Wrapping = ""
	Gzip  Wrapping = "gzip"
	Zstd  Wrapping = "zstd"
	Zip   Wrapping = "zip"
)

// Defaults of Options.
const (
	// DefaultMaxLine is the longest line or record, in bytes.
	DefaultMaxLine = 8 << 20
	// clockSkew is how far a platform's clock may be ahead of this computer's.
	clockSkew = 10 * time.Minute

	maxListed   = 1000   // refusals and notes that are listed; all are counted
	maxDistinct = 20_000 // accounts and activities that are told apart
)

// Options say how to read a file. The zero value finds everything out itself.
type Options struct {
	Format  Name     // empty: found by content
	Name    string   // the file's name, for messages and for what content cannot tell
	Mapping *Mapping // nil: none; CSV and XLSX need one

	// MaxTornShare is the share of records, 0 to 1, that may be torn: damaged so
	// that what they said cannot be read. Nought is none. A record that can be
	// read and is not explained (a word, a column, a time without a zone) always
	// refuses the import: it is a gap in the mapping, and no damage.
	MaxTornShare float64
	MaxLine      int       // longest line in bytes, 0 is DefaultMaxLine
	Now          time.Time // later times are refused; zero is the present
	HashKey      []byte    // key of the mapping's "hash", at least 16 bytes

	// Found is called with the format, before the first run; of a zip with that of
	// each file in it. Nil is nobody.
	Found func(*Format)

	// Lot gives what the files beside this one tell; nil where it stands alone.
	Lot func(context.Context) *Lot
	// Learn is filled with what this file tells; nil is nobody.
	Learn *Lot

	// Progress is called now and then with how far reading has come. Total is
	// zero where the size is not known.
	Progress func(Progress)
}

// Progress is how far an import has come.
type Progress struct {
	Read, Total int64 // bytes of the file
	Records     int64
}

// Refusal is a record, or a part of one, that was not taken as it stands.
type Refusal struct {
	At      run.Position `json:"at"`
	Where   string       `json:"where"` // "line 12", "export.csv, row 4", "trace 3, event 7"
	RunID   string       `json:"run_id,omitempty"`
	Reason  string       `json:"reason"`
	Excerpt string       `json:"excerpt,omitempty"` // up to 120 characters of the source
	Torn    bool         `json:"torn,omitempty"`    // it is damaged, and not only unexplained
}

// Count is how often a name occurs.
type Count struct {
	Name      string `json:"name"`
	Events    int64  `json:"events"`
	Decisions int64  `json:"decisions,omitempty"`
	Runs      int64  `json:"runs,omitempty"` // of records left aside: runs of which nothing is left
}

// Stated is what the platform itself says about its export.
type Stated = run.Stated

// Treatment is what the mapping's privacy rules did to one field.
type Treatment struct {
	Field  string `json:"field"`
	What   string `json:"what"` // drop, hash, shorten
	Values int64  `json:"values"`
}

// Member is one file inside a zip.
type Member struct {
	Name   string `json:"name"`
	Format Name   `json:"format,omitempty"` // empty: not a log, left aside
	Bytes  int64  `json:"bytes"`
}

// Totals is what became of every record of a file: a line, a row, a span, an
// event. They add up: Records is the sum of the others.
type Totals struct {
	Records   int64   `json:"records"`
	Used      int64   `json:"used"`
	Repeated  int64   `json:"repeated"`             // equal to one that was used
	Refused   int64   `json:"refused"`              // with the whole of their runs, where these are known
	NoRun     int64   `json:"no_run"`               // they belong to no run
	LeftAside []Count `json:"left_aside,omitempty"` // by the mapping's rules
}

// add tells whether the totals add up.
func (t *Totals) add() bool {
	n := t.Used + t.Repeated + t.Refused + t.NoRun
	for _, c := range t.LeftAside {
		n += c.Events
	}
	return n == t.Records
}

// Result is what an import found.
type Result struct {
	Format   Name     `json:"format"`
	Wrapping Wrapping `json:"wrapping,omitempty"`
	Encoding string   `json:"encoding"`
	SHA256   string   `json:"sha256"` // of the file's bytes, lower-case hex
	Bytes    int64    `json:"bytes"`
	Members  []Member `json:"members,omitempty"`

	Totals Totals `json:"totals"`

	Read       int64 `json:"read"` // runs: kept, refused and repeated, and records refused that name none
	Kept       int64 `json:"kept"`
	Events     int64 `json:"events"` // steps of the kept records
	Decisions  int64 `json:"decisions"`
	Accesses   int64 `json:"accesses"`
	Outputs    int64 `json:"outputs"`
	Duplicates int64 `json:"duplicates"` // runs that stood in the file before with the same content

	Refused      []Refusal `json:"refused,omitempty"` // the first thousand
	RefusedCount int64     `json:"refused_count"`
	Notes        []Refusal `json:"notes,omitempty"` // kept, but odd; the first thousand
	NotesCount   int64     `json:"notes_count"`

	// Unmatched are the entries of the mapping that nothing in the file was like.
	Unmatched []string `json:"unmatched,omitempty"`

	Accounts   []Count `json:"accounts"`   // who acted or decided, most active first
	Activities []Count `json:"activities"` // names of steps, most frequent first
	Gates      []Count `json:"gates"`      // gates of decisions
	Versions   []Count `json:"versions"`   // workflow, model and prompt versions, as "model 3.1"
	More       bool    `json:"more"`       // there are more names than are told apart

	From time.Time `json:"from,omitzero"` // first and last time of the kept records
	To   time.Time `json:"to,omitzero"`
	// Precision is the coarsest of the times that From and To are among.
	Precision run.Precision `json:"precision,omitempty"`
	Offsets   []Count       `json:"offsets,omitempty"` // zones of the times as written: "Z", "+01:00"
	Stated    *Stated       `json:"stated,omitempty"`
	Chain     *Chain        `json:"chain,omitempty"` // of formats that have one
	Privacy   []Treatment   `json:"privacy,omitempty"`
	Ignored   []Count       `json:"ignored,omitempty"` // extension fields that were left aside
	// Columns is how many columns the tables have, by their names, and Unread are those
	// that the mapping names nowhere, in the order of the tables.
	Columns int      `json:"columns,omitempty"`
	Unread  []string `json:"unread,omitempty"`
}

// Read reads runs from src and gives each kept record to each, in the order of
// the source; no two of them have the same run identifier. The record and its slices are used again after each
// returns: copy
// with Clone what is kept. Its strings may be kept. each runs on the calling
// goroutine, while the next records are being read on another.
//
// Formats that need random access (zip, XLSX, SQLite) use src's ReadAt and Seek
// where it has them, as *File and *bytes.Reader do.
//
// The error is a fault for people; context.Canceled becomes a fault with
// CodeCancelled; an error of each is returned as it is. With an error the
// Result says what was found until then, and the caller discards what it has
// stored.
func Read(ctx context.Context, src io.Reader, o Options, each func(*run.Record) error) (Result, error) {
	if o.MaxLine <= 0 {
		o.MaxLine = DefaultMaxLine
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.Mapping != nil {
		if err := o.Mapping.check(); err != nil {
			return Result{}, err
		}
		if len(o.Mapping.Privacy.Hash) > 0 && len(o.HashKey) < 16 {
			return Result{}, fault.Internal(errors.New("runlog: a mapping that hashes needs a key of 16 bytes"))
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	in := newInput(ctx, src, o)
	s := newSink(ctx, o, in)
	go func() {
		defer close(s.full)
		defer func() {
			// A library that trips over a hostile file must not take the program down.
			if p := recover(); p != nil {
				s.err = fault.Unreadable("", "The file's structure is damaged; Assay stopped reading it.").
					Because(fmt.Errorf("panic: %v", p))
			}
		}()
		s.err = in.read(s)
		if s.err == nil {
			s.err = s.flush()
		}
	}()

	var eachErr error
	for b := range s.full {
		for i := 0; i < b.n && eachErr == nil; i++ {
			eachErr = each(&b.recs[i])
		}
		if eachErr != nil {
			cancel()
		}
		b.n = 0
		s.free <- b
	}
	res := s.result()
	switch {
	case eachErr != nil:
		return res, eachErr
	case s.err != nil:
		if errors.Is(s.err, context.Canceled) || errors.Is(s.err, context.DeadlineExceeded) {
			return res, fault.New(fault.CodeCancelled, "The import was stopped; nothing was saved.").Because(s.err)
		}
		return res, s.err
	}
	if o.Learn != nil {
		s.teach(o.Learn)
	}
	if err := s.tooManyRefused(); err != nil {
		return res, err
	}
	if !res.Totals.add() {
		return res, fault.Internal(fmt.Errorf("runlog: the totals of %s do not add up: %+v", o.Name, res.Totals))
	}
	if err := s.unmatched(); err != nil {
		return s.result(), err
	}
	res = s.result()
	if n := res.Totals.NoRun; res.Read == 0 && n > 0 && o.Mapping != nil && o.Mapping.Fields["run_id"] != "" {
		return res, fault.Unreadable(o.Name,
			"None of the file's %d records says which run it belongs to (run_id: %s). If the path is right and "+
				"another file names the runs, import them together: in one command, folder or zip. %s",
			n, o.Mapping.Fields["run_id"], s.lost)
	}
	if res.Read == 0 {
		return res, fault.Unreadable(o.Name, "The file holds no runs.")
	}
	if f, ok := src.(interface{ Unchanged() error }); ok {
		if err := f.Unchanged(); err != nil {
			return res, err
		}
	}
	return res, nil
}

// batch carries records from the reading goroutine to the caller's.
type batch struct {
	recs []run.Record
	n    int
}

const batchSize = 512

// sink collects what a format's reader finds. It belongs to the reading goroutine.
type sink struct {
	ctx  context.Context
	o    Options
	in   *input
	cur  *batch
	free chan *batch
	full chan *batch
	err  error
	priv *privacy
	// survey is filled instead of making runs, where it is set.
	survey *Survey

	res             Result
	ids             idSet
	accounts, acts  names
	gates, versions names
	ignored         names
	columns         map[string]bool // of tables, by name: the mapping reads it in one of them
	columnsInOrder  []string
	offsets         map[int32]int64
	last            [3]struct { // the versions of the run before
		name  string
		count *Count
	}
	part   int
	parts  map[int]string // names of the files in a zip, by their numbers
	torn   int64          // of the refused
	spoilt int64          // records of the torn
	lost   string         // about the first records that belong to no run
	left   names          // records left aside, by rule
	// Runs that records were left aside of, and of these by the rule that did so
	// first; metIDs are the runs of the records that were not.
	leftIDs, metIDs idSet
	leftRuns        map[string]*idSet

	assemblers []*assembler
	gatherers  []*gatherer // of the files in a zip, which are finished together
	content    uint64      // of the next run that is kept, 0: not known
}

func newSink(ctx context.Context, o Options, in *input) *sink {
	s := &sink{ctx: ctx, o: o, in: in, free: make(chan *batch, 4), full: make(chan *batch, 4),
		accounts: names{}, acts: names{}, gates: names{}, versions: names{}, ignored: names{},
		offsets: map[int32]int64{}, columns: map[string]bool{},
		parts: map[int]string{}, left: names{}, leftRuns: map[string]*idSet{}}
	for range cap(s.free) {
		s.free <- &batch{recs: make([]run.Record, batchSize)}
	}
	if o.Mapping != nil {
		s.priv = newPrivacy(o.Mapping.Privacy, o.HashKey)
	}
	return s
}

// next gives an empty record to fill; keep or refuse it before the next.
func (s *sink) next() *run.Record {
	if s.cur == nil {
		select {
		case s.cur = <-s.free:
		case <-s.ctx.Done(): // nobody takes records any more; keep finds out
			s.cur = &batch{recs: make([]run.Record, 1)}
		}
	}
	r := &s.cur.recs[s.cur.n]
	r.Reset()
	return r
}

// met counts records that were found in the file. Each of them is used,
// repeated, refused, without a run or left aside in the end.
func (s *sink) met(n int64) { s.res.Totals.Records += n }

// leave counts a record that a rule leaves aside, of the run id; empty: of none.
func (s *sink) leave(rule, id string) {
	s.met(1)
	s.left.at(rule, &s.res.More).Events++
	if id == "" {
		return
	}
	if first, _ := s.leftIDs.add(id, 0); first { // a run is counted by one rule
		if s.leftRuns[rule] == nil {
			s.leftRuns[rule] = &idSet{}
		}
		s.leftRuns[rule].add(id, 0)
	}
}

// noRun counts n records that belong to no run.
func (s *sink) noRun(f Refusal, n int64) {
	s.res.Totals.NoRun += n
	s.lost = cmp.Or(s.lost, f.Reason)
	s.note(f)
}

// keep checks r, which is one record of the file, and passes it on.
func (s *sink) keep(r *run.Record) error {
	s.met(1)
	return s.keepOf(r, 1)
}

// keepOf checks r, which n records of the file made, and passes it on.
func (s *sink) keepOf(r *run.Record, n int64) error {
	s.res.Read++
	content := s.content
	s.content = 0
	if s.part > 0 && r.At.Part == 0 {
		r.SetPart(s.part)
	}
	if faults := r.Validate(s.o.Now.Add(clockSkew)); len(faults) > 0 {
		f := faults[0]
		s.refused(Refusal{At: f.At, RunID: r.RunID, Reason: f.Message}, n)
		return s.checkShare()
	}
	if first, same := s.ids.add(r.RunID, content); !first {
		if same {
			s.res.Duplicates++
			s.res.Totals.Repeated += n
			return nil
		}
		s.refused(Refusal{At: r.At, RunID: r.RunID, Reason: fmt.Sprintf(
			"Run %q stands in this file more than once, with different content. Which of them is right, Assay "+
				"cannot tell: export it again.",
			quote.Clip(r.RunID))}, n)
		return s.checkShare()
	}
	for _, f := range r.Oddities() {
		s.note(Refusal{At: f.At, RunID: r.RunID, Reason: f.Message})
	}
	if s.priv != nil {
		s.priv.apply(r)
	}
	s.count(r)
	s.res.Kept++
	s.res.Totals.Used += n
	s.cur.n++
	if s.cur.n == len(s.cur.recs) {
		return s.flush()
	}
	return nil
}

// refuse counts a record that could not be read.
func (s *sink) refuse(f Refusal) error {
	s.met(1)
	return s.refuseOf(f, 1)
}

// refuseOf refuses a run that n records of the file made.
func (s *sink) refuseOf(f Refusal, n int64) error {
	s.res.Read++
	s.refused(f, n)
	return s.checkShare()
}

func (s *sink) refused(f Refusal, n int64) {
	s.res.RefusedCount++
	s.res.Totals.Refused += n
	if f.Torn {
		s.torn++
		s.spoilt += n
	}
	s.list(&s.res.Refused, f)
}

func (s *sink) note(f Refusal) {
	s.res.NotesCount++
	s.list(&s.res.Notes, f)
}

func (s *sink) list(to *[]Refusal, f Refusal) {
	if len(*to) >= maxListed {
		return
	}
	if f.Where == "" {
		f.Where = s.where(f.At)
	}
	if s.priv != nil {
		f.Excerpt = "" // it may hold what is not to be stored
		if rl := s.priv.rules["run_id"]; rl != nil && f.RunID != "" {
			d := s.priv.digest(f.RunID)
			f.Reason = strings.ReplaceAll(f.Reason, quote.Clip(f.RunID), d)
			f.RunID = d
		}
	}
	// The reason may quote the file, and the file's memory is shared.
	f.RunID, f.Reason, f.Excerpt = strings.Clone(quote.Clip(f.RunID)), strings.Clone(f.Reason), strings.Clone(f.Excerpt)
	*to = append(*to, f)
}

// where words a position for people, in the terms of the format.
func (s *sink) where(at run.Position) string {
	w := Where(s.res.Format, at)
	part := at.Part
	if part == 0 {
		part = s.part
	}
	if name := s.parts[part]; name != "" {
		w = name + ", " + w
	}
	return w
}

// Where words a position in a file of format f: "line 12", "row 4", "trace 3, event 7".
func Where(f Name, at run.Position) string {
	if at.Line == 0 {
		return "the file"
	}
	unit, item := "line", ""
	if x := ByName(f); x != nil {
		unit, item = x.Unit, x.Item
	}
	if at.Item > 0 && item != "" {
		return fmt.Sprintf("%s %d, %s %d", unit, at.Line, item, at.Item)
	}
	return fmt.Sprintf("%s %d", unit, at.Line)
}

func (s *sink) flush() error {
	if s.cur == nil {
		return s.ctx.Err()
	}
	b := s.cur
	s.cur = nil
	select {
	case s.full <- b:
	case <-s.ctx.Done():
	}
	s.in.progress(s.res.Read)
	return s.ctx.Err()
}

// checkShare ends early when most of a large file is unreadable.
func (s *sink) checkShare() error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if s.res.Read >= 10_000 && float64(s.res.RefusedCount) > max(0.5, s.o.MaxTornShare)*float64(s.res.Read) {
		return s.tooManyRefused()
	}
	return nil
}

func (s *sink) tooManyRefused() error {
	unexplained := s.res.RefusedCount - s.torn
	if unexplained == 0 && float64(s.torn) <= s.o.MaxTornShare*float64(s.res.Read) {
		return nil
	}
	var first Refusal
	for _, r := range s.res.Refused {
		if first.Reason == "" || first.Torn && !r.Torn {
			first = r
		}
	}
	if s.res.RefusedCount == s.res.Read && s.res.Read == 1 {
		return fault.Unreadable(first.Where, "%s", first.Reason)
	}
	if unexplained > 0 {
		return fault.Unreadable(
			first.Where,
			"%s %d of %d records are refused for what nobody explained; nothing was imported.",
			first.Reason,
			s.res.Totals.Refused-s.spoilt,
			s.res.Totals.Records,
		)
	}
	return fault.Unreadable(
		first.Where,
		"%s %d of %d records are damaged, more than the %.3g%% that may be; nothing was imported.",
		first.Reason,
		s.torn,
		s.res.Read,
		s.o.MaxTornShare*100,
	)
}

// names counts how often names occur, up to maxDistinct of them.
type names map[string]*Count

func (n names) at(name string, more *bool) *Count {
	c := n[name]
	if c == nil {
		if len(n) >= maxDistinct {
			*more = true
			return &Count{}
		}
		name = strings.Clone(name)
		c = &Count{Name: name}
		n[name] = c
	}
	return c
}

// column notes a column of a table, and whether the mapping reads it.
func (s *sink) column(name string, read bool) {
	was, known := s.columns[name]
	if !known {
		if len(s.columns) >= maxDistinct {
			s.res.More = true
			return
		}
		name = strings.Clone(name)
		s.columnsInOrder = append(s.columnsInOrder, name)
	}
	s.columns[name] = was || read
}

func (n names) list() []Count {
	out := make([]Count, 0, len(n))
	for _, c := range n {
		out = append(out, *c)
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i].Events+out[i].Decisions, out[j].Events+out[j].Decisions
		if a != b {
			return a > b
		}
		return out[i].Name < out[j].Name
	})
	return out
}

// count adds r to the totals.
func (s *sink) count(r *run.Record) {
	s.res.Events += int64(len(r.Steps))
	s.res.Decisions += int64(len(r.Decisions))
	s.res.Accesses += int64(len(r.Accesses))
	s.res.Outputs += int64(len(r.Outputs))
	for i := range r.Steps {
		st := &r.Steps[i]
		s.acts.at(st.Name, &s.res.More).Events++
		if st.Actor != "" {
			s.accounts.at(st.Actor, &s.res.More).Events++
		}
	}
	for i := range r.Decisions {
		d := &r.Decisions[i]
		s.gates.at(d.Gate, &s.res.More).Decisions++
		if d.Account != "" {
			s.accounts.at(d.Account, &s.res.More).Decisions++
		}
	}
	// Versions hardly ever change from one run to the next.
	for i, v := range [...]struct{ kind, name string }{
		{"workflow ", r.WorkflowVersion}, {"model ", r.ModelVersion}, {"prompt ", r.PromptVersion},
	} {
		if v.name == "" {
			continue
		}
		if l := &s.last[i]; l.count == nil || l.name != v.name {
			l.name, l.count = strings.Clone(v.name), s.versions.at(v.kind+v.name, &s.res.More)
		}
		s.last[i].count.Events++
	}
	s.res.Precision = s.res.Precision.Coarser(r.Precision)
	from, to := r.Span()
	if !from.IsZero() && (s.res.From.IsZero() || from.Before(s.res.From)) {
		s.res.From = from
	}
	if to.After(s.res.To) {
		s.res.To = to
	}
}

func (s *sink) result() Result {
	r := s.res
	r.SHA256, r.Bytes = s.in.digest()
	r.Accounts, r.Activities, r.Gates, r.Versions = s.accounts.list(), s.acts.list(), s.gates.list(), s.versions.list()
	if len(s.ignored) > 0 {
		r.Ignored = s.ignored.list()
	}
	r.Columns = len(s.columnsInOrder)
	for _, name := range s.columnsInOrder {
		if !s.columns[name] {
			r.Unread = append(r.Unread, quote.Clip(name))
		}
	}
	for off, n := range s.offsets {
		r.Offsets = append(r.Offsets, Count{Name: offsetName(off), Events: n})
	}
	sort.Slice(r.Offsets, func(i, j int) bool { return r.Offsets[i].Name < r.Offsets[j].Name })
	if s.priv != nil {
		r.Privacy = s.priv.report()
	}
	if len(s.left) > 0 {
		r.Totals.LeftAside = s.left.list()
		for i := range r.Totals.LeftAside {
			if c := &r.Totals.LeftAside[i]; s.leftRuns[c.Name] != nil {
				c.Runs = s.leftRuns[c.Name].without(&s.metIDs)
			}
		}
	}
	return r
}
