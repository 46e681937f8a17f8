package runlog

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"assay/internal/run"
)

// ocelOut is what a row of a run is as an event of OCEL 2.0, whatever the file
// is written in. The next row overwrites it.
type ocelOut struct {
	id, kind, time string
	attrs          []cell
	rels           []ocelRel
}

// ocelAttrs are the names of the attributes that an event can have: those of
// the fields from fWorkflow on.
var ocelAttrs = func() (names []string) {
	for f := fWorkflow; f < nExported; f++ {
		names = append(names, ownPrefix+fieldNames[f])
	}
	return names
}()

// ocelOf makes an event of a row. Every event of an OCEL log has a time; where
// the run records none, it is that of the run, and the attribute assay:time
// says so.
func (e *Exporter) ocelOf(r *run.Record, rw *row) *ocelOut {
	e.events++
	o := &e.ocel
	o.id, o.kind, o.time = "e"+strconv.FormatInt(e.events, 10), label(rw), rw[fTime]
	o.attrs, o.rels = o.attrs[:0], o.rels[:0]
	attr := func(f field, v string) {
		if v != "" {
			o.attrs = append(o.attrs, cell{f, v})
		}
	}
	note := ""
	if rw[fKind] == kindStep && rw[fEnded] == "" {
		note = "started"
	}
	if o.time == "" {
		from, _ := r.Span()
		o.time, note = stamp(from), "none"
	}
	attr(fTime, note)
	for f := fWorkflow; f < nExported; f++ {
		switch f {
		case fActivity, fTime, fActor, fAccount, fPreparedBy, fDecided, fEnded:
		default:
			attr(f, rw[f])
		}
	}
	o.rels = append(o.rels, ocelRel{r.RunID, "of"})
	for _, a := range [...]struct{ id, qualifier string }{
		{rw[fActor], "done by"}, {rw[fAccount], "decided by"}, {rw[fPreparedBy], "prepared by"},
	} {
		if a.id != "" {
			o.rels = append(o.rels, ocelRel{accountObject + a.id, a.qualifier})
		}
	}
	return o
}

const accountObject = "account:" // begins the identifiers of objects that stand for accounts

// noted tells whether this is the first event of its type, and gives the
// accounts that no event before it named.
func (e *Exporter) noted(o *ocelOut) (first bool, accounts []string) {
	if first = !e.types[o.kind]; first {
		e.types[o.kind] = true
	}
	for _, x := range o.rels[1:] {
		if !e.accounts[x.object] {
			e.accounts[x.object] = true
			accounts = append(accounts, x.object)
		}
	}
	return first, accounts
}

// ---- JSON

func beginOCELJSON(e *Exporter, _ string) error {
	e.record = func(r *run.Record) error { return flatten(r, func(rw *row) error { return e.ocelJSON(r, rw) }) }
	e.end = e.ocelJSONEnd
	_, err := e.w.WriteString("{\"events\":[")
	return err
}

func (e *Exporter) ocelJSON(r *run.Record, rw *row) error {
	o := e.ocelOf(r, rw)
	_, accounts := e.noted(o)
	b := e.b[:0]
	if e.events > 1 {
		b = append(b, ',')
	}
	b = append(b, "\n{\"id\":"...)
	b = run.AppendJSONString(b, o.id)
	b = append(b, `,"type":`...)
	b = run.AppendJSONString(b, o.kind)
	b = append(b, `,"time":`...)
	b = run.AppendJSONString(b, o.time)
	b = append(b, `,"attributes":[`...)
	for i, a := range o.attrs {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"name":`...)
		b = run.AppendJSONString(b, ocelAttrs[a.f-fWorkflow])
		b = append(b, `,"value":`...)
		b = run.AppendJSONString(b, a.v)
		b = append(b, '}')
	}
	b = append(b, `],"relationships":[`...)
	for i, x := range o.rels {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"objectId":`...)
		b = run.AppendJSONString(b, x.object)
		b = append(b, `,"qualifier":`...)
		b = run.AppendJSONString(b, x.qualifier)
		b = append(b, '}')
	}
	b = append(b, "]}"...)
	object := func(id, kind string) {
		e.objects = append(e.objects, ",\n{\"id\":"...)
		e.objects = run.AppendJSONString(e.objects, id)
		e.objects = append(e.objects, `,"type":"`...)
		e.objects = append(e.objects, kind...)
		e.objects = append(e.objects, `","attributes":[]}`...)
	}
	for _, a := range accounts {
		object(a, "account")
	}
	if rw[fKind] == kindRun {
		object(r.RunID, "run")
	}
	e.b = b
	_, err := e.w.Write(b)
	return err
}

func (e *Exporter) ocelJSONEnd() error {
	e.w.WriteString("\n],\n\"objects\":[")
	if len(e.objects) > 0 {
		e.w.Write(e.objects[1:])
	}
	e.w.WriteString(
		"\n],\n\"objectTypes\":[{\"name\":\"run\",\"attributes\":[]},{\"name\":\"account\",\"attributes\":[]}]," +
			"\n\"eventTypes\":[",
	)
	b := e.b[:0]
	for i, t := range sortedKeys(e.types) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, "\n{\"name\":"...)
		b = run.AppendJSONString(b, t)
		b = append(b, `,"attributes":[`...)
		for i, name := range ocelAttrs {
			if i > 0 {
				b = append(b, ',')
			}
			b = fmt.Appendf(b, `{"name":"%s","type":"string"}`, name)
		}
		b = append(b, "]}"...)
	}
	e.w.Write(b)
	_, err := e.w.WriteString("\n]}\n")
	return err
}

// ---- XML

// The schema wants the types first, then the objects, then the events, so that
// the runs are seen three times.
const (
	ocelXMLTypes = iota
	ocelXMLObjects
	ocelXMLEvents
	ocelXMLPasses
)

func beginOCELXML(e *Exporter, _ string) error {
	e.record, e.next, e.passes = e.ocelXML, e.ocelXMLNext, ocelXMLPasses
	return nil
}

func (e *Exporter) ocelXML(r *run.Record) error {
	switch e.pass {
	case ocelXMLTypes:
		return flatten(r, func(rw *row) error {
			e.noted(e.ocelOf(r, rw))
			return nil
		})
	case ocelXMLObjects:
		return e.element("\t\t<object", "id", r.RunID, "type", "run", "><attributes/></object>\n")
	}
	return flatten(r, func(rw *row) error {
		o := e.ocelOf(r, rw)
		b := appendElement(e.b[:0], "\t\t<event", "id", o.id, "type", o.kind, "")
		b = appendElement(b, "", "time", o.time, "", "", "><attributes>")
		for _, a := range o.attrs {
			b = appendElement(b, "<attribute", "name", ocelAttrs[a.f-fWorkflow], "", "", ">")
			b = appendXML(b, a.v)
			b = append(b, "</attribute>"...)
		}
		b = append(b, "</attributes><objects>"...)
		for _, x := range o.rels {
			b = appendElement(b, "<relationship", "object-id", x.object, "qualifier", x.qualifier, "/>")
		}
		b = append(b, "</objects></event>\n"...)
		e.b = b
		_, err := e.w.Write(b)
		return err
	})
}

// ocelXMLNext writes what stands between two passes.
func (e *Exporter) ocelXMLNext() (err error) {
	switch e.pass {
	case ocelXMLTypes:
		e.w.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log>\n\t<object-types>\n" +
			"\t\t<object-type name=\"run\"><attributes/></object-type>\n\t\t<object-type " +
			"name=\"account\"><attributes/></object-type>\n\t</object-types>\n\t<event-types>\n")
		for _, t := range sortedKeys(e.types) {
			b := appendElement(e.b[:0], "\t\t<event-type", "name", t, "", "", "><attributes>")
			for _, name := range ocelAttrs {
				b = appendElement(b, "<attribute", "name", name, "type", "string", "/>")
			}
			e.b = append(b, "</attributes></event-type>\n"...)
			e.w.Write(e.b)
		}
		e.w.WriteString("\t</event-types>\n\t<objects>\n")
		for _, a := range sortedKeys(e.accounts) {
			err = errors.Join(err, e.element("\t\t<object", "id", a, "type", "account", "><attributes/></object>\n"))
		}
	case ocelXMLObjects:
		e.events = 0
		_, err = e.w.WriteString("\t</objects>\n\t<events>\n")
	case ocelXMLEvents:
		_, err = e.w.WriteString("\t</events>\n</log>\n")
	}
	return err
}

// element writes the beginning of an element with two attributes at most.
func (e *Exporter) element(begin, k1, v1, k2, v2, end string) error {
	e.b = appendElement(e.b[:0], begin, k1, v1, k2, v2, end)
	_, err := e.w.Write(e.b)
	return err
}

func appendElement(b []byte, begin, k1, v1, k2, v2, end string) []byte {
	b = append(b, begin...)
	for _, a := range [...][2]string{{k1, v1}, {k2, v2}} {
		if a[0] == "" {
			continue
		}
		b = append(b, ' ')
		b = append(b, a[0]...)
		b = append(b, `="`...)
		b = appendXML(b, a[1])
		b = append(b, '"')
	}
	return append(b, end...)
}

// ---- SQLite

// ocelDBOut is a database that is being written. It is put together in a file
// of its own, which is copied to where the export goes and removed.
type ocelDBOut struct {
	path    string
	db      *sql.DB
	tx      *sql.Tx
	inserts map[string]*sql.Stmt // by event type
	event, object, relation,
	run, account *sql.Stmt
	names map[string]bool // of the tables of event types, in lower case
}

// The tables that every OCEL 2.0 database has. A type's own table holds its
// attributes; none of our objects has any.
const ocelSchema = `
CREATE TABLE event_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT UNIQUE);
CREATE TABLE object_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT UNIQUE);
CREATE TABLE event (ocel_id TEXT PRIMARY KEY, ocel_type TEXT REFERENCES event_map_type (ocel_type));
CREATE TABLE object (ocel_id TEXT PRIMARY KEY, ocel_type TEXT REFERENCES object_map_type (ocel_type));
CREATE TABLE event_object (ocel_event_id TEXT REFERENCES event (ocel_id), ocel_object_id TEXT REFERENCES object (ocel_id), ocel_qualifier TEXT,
	PRIMARY KEY (ocel_event_id, ocel_object_id, ocel_qualifier));
CREATE TABLE object_object (ocel_source_id TEXT REFERENCES object (ocel_id), ocel_target_id TEXT REFERENCES object (ocel_id), ocel_qualifier TEXT,
	PRIMARY KEY (ocel_source_id, ocel_target_id, ocel_qualifier));
CREATE TABLE object_run (ocel_id TEXT REFERENCES object (ocel_id), ocel_time TIMESTAMP, ocel_changed_field TEXT);
CREATE TABLE object_account (ocel_id TEXT REFERENCES object (ocel_id), ocel_time TIMESTAMP, ocel_changed_field TEXT);
INSERT INTO object_map_type VALUES ('run', 'run'), ('account', 'account');`

func newOCELDB(dir string) (x *ocelDBOut, err error) {
	f, err := os.CreateTemp(dir, ".assay-*")
	if err != nil {
		return nil, err
	}
	x = &ocelDBOut{path: f.Name(), inserts: map[string]*sql.Stmt{}, names: map[string]bool{}}
	defer func() {
		if err != nil {
			x.remove()
		}
	}()
	if err := f.Close(); err != nil {
		return nil, err
	}
	path, err := filepath.Abs(x.path)
	if err != nil {
		return nil, err
	}
	dsn := (&url.URL{
		Scheme:   "file",
		Path:     filepath.ToSlash(path),
		RawQuery: "_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=temp_store(2)&_pragma=trusted_schema(0)",
	}).String()
	if x.db, err = sql.Open("sqlite", dsn); err != nil {
		return nil, err
	}
	x.db.SetMaxOpenConns(1)
	if x.tx, err = x.db.Begin(); err != nil {
		return nil, err
	}
	if _, err = x.tx.Exec(ocelSchema); err != nil {
		return nil, err
	}
	for _, s := range []struct {
		into  **sql.Stmt
		query string
	}{
		{&x.event, `INSERT INTO event VALUES (?, ?)`},
		{&x.object, `INSERT INTO object VALUES (?, ?)`},
		{&x.relation, `INSERT INTO event_object VALUES (?, ?, ?)`},
		{&x.run, `INSERT INTO object_run VALUES (?, '1970-01-01T00:00:00Z', NULL)`},
		{&x.account, `INSERT INTO object_account VALUES (?, '1970-01-01T00:00:00Z', NULL)`},
	} {
		if *s.into, err = x.tx.Prepare(s.query); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// kind makes the table of an event type, named after it as far as a name of a
// table can be.
func (x *ocelDBOut) kind(name string) error {
	table := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, name)
	table = table[:min(len(table), 60)]
	for n, of := 2, table; table == "" || x.names[strings.ToLower(table)]; n++ {
		table = fmt.Sprintf("%s_%d", of, n)
	}
	x.names[strings.ToLower(table)] = true
	columns := "ocel_id TEXT PRIMARY KEY REFERENCES event (ocel_id), ocel_time TIMESTAMP"
	for _, a := range ocelAttrs {
		columns += ", " + quoteName(a) + " TEXT"
	}
	if _, err := x.tx.Exec(`CREATE TABLE ` + quoteName("event_"+table) + ` (` + columns + `)`); err != nil {
		return err
	}
	if _, err := x.tx.Exec(`INSERT INTO event_map_type VALUES (?, ?)`, name, table); err != nil {
		return err
	}
	insert, err := x.tx.Prepare(
		`INSERT INTO ` + quoteName("event_"+table) + ` VALUES (?` + strings.Repeat(", ?", len(ocelAttrs)+1) + `)`,
	)
	x.inserts[name] = insert
	return err
}

func beginOCELSQLite(e *Exporter, dir string) (err error) {
	e.record = func(r *run.Record) error { return flatten(r, func(rw *row) error { return e.ocelSQLite(r, rw) }) }
	e.end = func() error { return e.db.end(e.w) }
	e.db, err = newOCELDB(dir)
	return err
}

func (e *Exporter) ocelSQLite(r *run.Record, rw *row) error {
	x, o := e.db, e.ocelOf(r, rw)
	first, accounts := e.noted(o)
	if first {
		if err := x.kind(o.kind); err != nil {
			return err
		}
	}
	var err error
	exec := func(s *sql.Stmt, args ...any) {
		if err == nil {
			_, err = s.Exec(args...)
		}
	}
	if rw[fKind] == kindRun {
		exec(x.object, r.RunID, "run")
		exec(x.run, r.RunID)
	}
	for _, a := range accounts {
		exec(x.object, a, "account")
		exec(x.account, a)
	}
	exec(x.event, o.id, o.kind)
	values := make([]any, 2+len(ocelAttrs))
	values[0], values[1] = o.id, o.time
	for _, a := range o.attrs {
		values[2+a.f-fWorkflow] = a.v
	}
	exec(x.inserts[o.kind], values...)
	for _, rel := range o.rels {
		exec(x.relation, o.id, rel.object, rel.qualifier)
	}
	return err
}

// end copies the database to where the export goes.
func (x *ocelDBOut) end(w io.Writer) error {
	if err := errors.Join(x.tx.Commit(), x.db.Close()); err != nil {
		return err
	}
	f, err := os.Open(x.path)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return errors.Join(err, f.Close())
}

func (x *ocelDBOut) remove() {
	if x.db != nil {
		x.db.Close()
	}
	os.Remove(x.path)
}
