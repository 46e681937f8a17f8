package runlog

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"assay/internal/run"
)

// Exporter writes runs so that other programs can read them, and so that Read
// gives back the same. CSV has one row for each run, step, decision, output and
// data access, in columns named "assay:" and a field; XES and OCEL 2.0 hold the
// same as events with attributes of those names. Positions belong to the file
// that the runs were read from and are not written. What XML cannot hold
// (control characters) becomes U+FFFD in XES and in OCEL as XML.
type Exporter struct {
	w   *bufio.Writer
	csv *csv.Writer
	b   []byte
	out []string

	// What the format does with each record, between passes and at the end.
	record func(r *run.Record) error
	next   func() error
	end    func() error
	passes int

	pass     int
	events   int64
	ocel     ocelOut
	objects  []byte // of OCEL as JSON, which follow the events
	accounts map[string]bool
	types    map[string]bool
	db       *ocelDBOut
}

// NewExporter begins an export to w. A database is put together in a file of
// its own in the folder dir, which Close and Abandon remove.
func NewExporter(w io.Writer, as Name, dir string) (*Exporter, error) {
	f := ByName(as)
	if f == nil || f.Write == nil {
		return nil, fmt.Errorf("runs cannot be exported as %q", as)
	}
	e := &Exporter{w: bufio.NewWriterSize(w, 64<<10), passes: 1, accounts: map[string]bool{}, types: map[string]bool{}}
	return e, f.Write(e, dir)
}

// Passes is how often the exporter has to see all runs, in the same order: each
// time they are given to Write, and then Next is called.
func (e *Exporter) Passes() int { return e.passes }

// Next ends a pass over all runs.
func (e *Exporter) Next() (err error) {
	if e.next != nil {
		err = e.next()
	}
	e.pass++
	return err
}

// Write adds a run.
func (e *Exporter) Write(r *run.Record) error { return e.record(r) }

// Close ends the export; the writer beneath stays open.
func (e *Exporter) Close() error {
	if e.end != nil {
		defer e.Abandon()
		if err := e.end(); err != nil {
			return err
		}
	}
	return e.w.Flush()
}

// Abandon removes what an export has put aside; after Close it does nothing.
func (e *Exporter) Abandon() {
	if e.db != nil {
		e.db.remove()
	}
}

func beginRunAudit(e *Exporter, _ string) error {
	e.record = func(r *run.Record) error {
		e.b = append(run.AppendAudit(e.b[:0], r), '\n')
		_, err := e.w.Write(e.b)
		return err
	}
	return nil
}

func beginCSV(e *Exporter, _ string) error {
	e.csv = csv.NewWriter(e.w)
	head := make([]string, 0, nFields)
	for f, n := range fieldNames[:nExported] {
		if field(f) != fTime {
			head = append(head, ownPrefix+n)
		}
	}
	e.out = make([]string, 0, nFields)
	e.record = func(r *run.Record) error { return flatten(r, e.csvRow) }
	e.end = func() error {
		e.csv.Flush()
		return e.csv.Error()
	}
	return e.csv.Write(head)
}

func (e *Exporter) csvRow(rw *row) error {
	e.out = e.out[:0]
	for f := range rw[:nExported] {
		if field(f) != fTime {
			e.out = append(e.out, guard(rw[f]))
		}
	}
	return e.csv.Write(e.out)
}

func beginXES(e *Exporter, _ string) error {
	_, err := e.w.WriteString(
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log xes.version=\"1.0\" xes.features=\"\" " +
			"xmlns=\"http://www.xes-standard.org/\">\n" +
			"\t<extension name=\"Concept\" prefix=\"concept\" uri=\"http://www.xes-standard.org/concept.xesext\"/>\n" +
			"\t<extension name=\"Time\" prefix=\"time\" uri=\"http://www.xes-standard.org/time.xesext\"/>\n" +
			"\t<extension name=\"Organizational\" prefix=\"org\" uri=\"http://www.xes-standard.org/org.xesext\"/>\n",
	)
	e.record = e.trace
	e.end = func() error {
		_, err := e.w.WriteString("</log>\n")
		return err
	}
	return err
}

// guard keeps a spreadsheet from running imported text as a formula: a value
// that begins like one gets an apostrophe before it, which unguard takes away.
func guard(s string) string {
	if s != "" && strings.IndexByte("=+-@'\t\r", s[0]) >= 0 {
		return "'" + s
	}
	return s
}

func unguard(s string) string {
	if len(s) > 1 && s[0] == '\'' {
		return s[1:]
	}
	return s
}

// flatten gives the rows of one run: the run itself and what it holds.
func flatten(r *run.Record, emit func(*row) error) error {
	var rw row
	start := func(kind string) {
		rw = row{}
		rw[fRunID], rw[fKind] = r.RunID, kind
	}
	start(kindRun)
	rw[fWorkflow], rw[fWorkflowVersion], rw[fModelVersion], rw[fPromptVersion] = r.Workflow, r.WorkflowVersion,
		r.ModelVersion, r.PromptVersion
	rw[fTriggerChannel], rw[fTriggerRef], rw[fOutcome], rw[fSegment] = r.TriggerChannel, r.TriggerRef, r.Outcome,
		r.Segment
	rw[fRunStarted], rw[fRunEnded] = stamp(r.Started), stamp(r.Ended)
	rw[fPrecision] = string(r.Precision)
	if r.Sequence != 0 {
		rw[fSequence] = strconv.FormatInt(r.Sequence, 10)
	}
	if err := emit(&rw); err != nil {
		return err
	}
	for i := range r.Steps {
		s := &r.Steps[i]
		start(kindStep)
		rw[fActivity], rw[fActor], rw[fActorKind], rw[fGate], rw[fAct], rw[fTool] = s.Name, s.Actor, string(
			s.ActorKind,
		), s.Gate, string(
			s.Act,
		), s.Tool
		rw[fStarted], rw[fEnded], rw[fTime] = stamp(s.Started), stamp(s.Ended), stamp(s.When())
		rw[fPrecision] = string(s.Precision)
		if err := emit(&rw); err != nil {
			return err
		}
	}
	for i := range r.Accesses {
		a := &r.Accesses[i]
		start(kindAccess)
		rw[fPrecision] = string(a.Precision)
		rw[fSource], rw[fSourceFields], rw[fEnded], rw[fTime] = a.Source, joinList(
			a.Fields,
		), stamp(
			a.Time,
		), stamp(
			a.Time,
		)
		if err := emit(&rw); err != nil {
			return err
		}
	}
	for i := range r.Outputs {
		o := &r.Outputs[i]
		start(kindOutput)
		rw[fText], rw[fSHA256], rw[fRecommendation], rw[fReasoning] = o.Text, o.SHA256, o.Recommendation, o.Reasoning
		if o.Confidence != 0 {
			rw[fConfidence] = strconv.FormatFloat(o.Confidence, 'g', -1, 64)
		}
		if err := emit(&rw); err != nil {
			return err
		}
	}
	for i := range r.Decisions {
		d := &r.Decisions[i]
		start(kindDecision)
		rw[fPrecision] = string(d.Precision)
		rw[fGate], rw[fDecision], rw[fAccount], rw[fOfficer], rw[fRole], rw[fPreparedBy] = d.Gate, string(
			d.Code,
		), d.Account, d.OfficerName, d.Role, d.PreparedBy
		rw[fPresented], rw[fOpened], rw[fDecided], rw[fTime] = stamp(
			d.Presented,
		), stamp(
			d.Opened,
		), stamp(
			d.Decided,
		), stamp(
			d.Decided,
		)
		rw[fReason], rw[fAIRecommendation], rw[fArgsDigest], rw[fPolicyVersion] = d.Reason, d.AIRecommendation,
			d.ArgsDigest, d.PolicyVersion
		rw[fAICode] = string(d.AICode)
		if d.Edited {
			rw[fEdited] = "true"
		}
		if err := emit(&rw); err != nil {
			return err
		}
	}
	return nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// joinList writes names separated by commas; splitList reads them. A comma or
// backslash inside a name has a backslash before it.
func joinList(names []string) string {
	var b strings.Builder
	for i, n := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		for j := range len(n) {
			if n[j] == ',' || n[j] == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(n[j])
		}
	}
	return b.String()
}

func splitList(s string) []string {
	var out []string
	var b strings.Builder
	end := func() {
		if n := strings.TrimSpace(b.String()); n != "" {
			out = append(out, n)
		}
		b.Reset()
	}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == ',':
			end()
		default:
			b.WriteByte(s[i])
		}
	}
	end()
	return out
}

// label is what an event is called in formats in which every event has a name.
func label(rw *row) string {
	switch rw[fKind] {
	case kindStep:
		return rw[fActivity]
	case kindDecision:
		return "gate decision"
	case kindOutput:
		return "ai output"
	case kindAccess:
		return "data access"
	}
	return "run"
}

func (e *Exporter) trace(r *run.Record) error {
	err := flatten(r, func(rw *row) error {
		if rw[fKind] == kindRun {
			e.w.WriteString("\t<trace>\n")
			e.attr("\t\t", "string", "concept:name", r.RunID)
			for f := fWorkflow; f <= fSequence; f++ {
				e.attr("\t\t", "string", ownPrefix+fieldNames[f], rw[f])
			}
			e.attr("\t\t", "string", ownPrefix+fieldNames[fPrecision], rw[fPrecision])
			return nil
		}
		e.w.WriteString("\t\t<event>\n")
		e.attr("\t\t\t", "string", "concept:name", label(rw))
		e.attr("\t\t\t", "date", "time:timestamp", rw[fTime])
		e.attr("\t\t\t", "string", "org:resource", rw[fActor]+rw[fAccount])
		e.attr("\t\t\t", "string", "org:role", rw[fRole])
		for f := fKind; f < nExported; f++ {
			switch f {
			case fActivity, fTime, fActor, fAccount, fRole: // written above
			default:
				e.attr("\t\t\t", "string", ownPrefix+fieldNames[f], rw[f])
			}
		}
		_, err := e.w.WriteString("\t\t</event>\n")
		return err
	})
	if err != nil {
		return err
	}
	_, err = e.w.WriteString("\t</trace>\n")
	return err
}

func (e *Exporter) attr(indent, kind, key, value string) {
	if value == "" {
		return
	}
	b := append(e.b[:0], indent...)
	b = append(b, '<')
	b = append(b, kind...)
	b = append(b, ` key="`...)
	b = append(b, key...)
	b = append(b, `" value="`...)
	b = append(appendXML(b, value), "\"/>\n"...)
	e.w.Write(b)
	e.b = b
}

// appendXML appends text as it stands in an element or in an attribute.
func appendXML(b []byte, text string) []byte {
	for _, r := range text {
		switch {
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r == '"':
			b = append(b, "&quot;"...)
		case r == '\t' || r == '\n' || r == '\r':
			b = fmt.Appendf(b, "&#%d;", r)
		case r < 0x20 || r == 0xFFFE || r == 0xFFFF:
			b = append(b, "\uFFFD"...)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}
