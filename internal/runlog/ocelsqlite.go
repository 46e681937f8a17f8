package runlog

import (
	"database/sql"
	"fmt"
	"io"
	"strings"

	"assay/internal/fault"
	"assay/internal/runlog/quote"
	"assay/internal/runlog/table"
)

var ocelSQLiteFormat = &Format{
	Name:  OCELSQLite,
	Title: "OCEL 2.0 event log (SQLite)",
	Unit:  "event",
	Item:  "item",
	Sniff: func(h *Head) Certainty { return sureIf(isSQLite(h) && h.within("event_map_type")) },
	Read:  func(_ io.Reader, _ Options, s *sink) error { return s.in.readOCELSQLite(s) },
	Write: beginOCELSQLite,
	Ext:   "sqlite",
	Use:   "The same as a database, for queries.",
}

// readOCELSQLite reads OCEL 2.0 as an SQLite database: ocel.go says what is
// read. Its tables are event, object, event_object, event_map_type and
// object_map_type, and one for the attributes of each type. Of an object's
// attributes the last value stands. The database is opened for reading only and
// is not locked; views and virtual tables are refused, because reading one runs
// what its author wrote.
func (in *input) readOCELSQLite(s *sink) error {
	f, err := in.openSQLite()
	if err != nil {
		return err
	}
	defer f.close()
	return f.readOCEL(s)
}

func (f *sqliteFile) readOCEL(s *sink) error {
	x := &ocelDB{ocelLog: newOCEL(f.in.o, s), sqliteFile: f}
	if err := f.bad(x.read()); err != nil {
		return err
	}
	return x.finish()
}

type ocelDB struct {
	*ocelLog
	*sqliteFile
}

// rows calls each with every row's values as text.
func (x *ocelDB) rows(query string, each func(v []string) error) error {
	rows, err := x.conn.QueryContext(x.s.ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		return err
	}
	vals, to := make([]sql.NullString, len(cols)), make([]any, len(cols))
	for i := range vals {
		to[i] = &vals[i]
	}
	out := make([]string, len(cols))
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return err
		}
		for i, v := range vals {
			out[i] = v.String
		}
		if err := each(out); err != nil {
			return err
		}
	}
	return rows.Err()
}

// columns are the attributes that a type's table has, cast to text so that the
// driver does not take times to be in a zone that they do not name.
func (x *ocelDB) columns(name string) (list string, fields []field, err error) {
	at, seen := "NULL", 0
	err = x.rows(
		`SELECT name FROM pragma_table_info('`+strings.ReplaceAll(name, "'", "''")+`')`,
		func(v []string) error {
			if seen++; seen > table.MaxColumns {
				return fault.Unreadable(
					x.s.o.Name, "The table %q has more than %d columns.", quote.Clip(name), table.MaxColumns,
				)
			}
			if v[0] == "ocel_time" {
				at = "CAST(ocel_time AS TEXT)"
			}
			if f, ok := x.keys[v[0]]; ok {
				list += ", CAST(" + quoteName(v[0]) + " AS TEXT)"
				fields = append(fields, f)
			}
			return nil
		},
	)
	// The standard has a time in each table; pm4py leaves it out of those of objects that
	// never change. Their attributes are as old as can be.
	if err == nil && at == "NULL" && strings.HasPrefix(name, "event_") {
		err = fault.Unreadable(
			x.s.o.Name,
			"The table %q has no column ocel_time, so that nothing says when its events were.",
			quote.Clip(name),
		)
	}
	return "CAST(ocel_id AS TEXT), " + at + list, fields, err
}

func (x *ocelDB) read() error {
	for _, t := range []string{"event", "object", "event_object", "event_map_type", "object_map_type"} {
		if err := x.plain(t); err != nil {
			return err
		}
	}
	objects, err := x.values("object")
	if err != nil {
		return err
	}
	err = x.rows(
		`SELECT CAST(ocel_id AS TEXT), CAST(ocel_type AS TEXT) FROM object ORDER BY rowid`,
		func(v []string) error {
			if err := x.object(v[0], v[1], x.latest(objects[v[0]].history)); err != nil {
				return fault.Unreadable(x.s.o.Name, "%s", err.Error())
			}
			return nil
		},
	)
	if err != nil {
		return err
	}
	events, err := x.values("event")
	if err != nil {
		return err
	}
	index := map[string]int{}
	err = x.rows(
		`SELECT CAST(ocel_id AS TEXT), CAST(ocel_type AS TEXT) FROM event ORDER BY rowid`,
		func(v []string) error {
			e := ocelEvent{
				id: strings.Clone(v[0]), kind: x.word(v[1]), time: events[v[0]].time, cells: events[v[0]].cells,
			}
			e.at.Line = int64(len(x.events) + 1)
			index[v[0]] = len(x.events)
			return x.event(e)
		},
	)
	if err != nil {
		return err
	}
	return x.rows(
		`SELECT CAST(ocel_event_id AS TEXT), CAST(ocel_object_id AS TEXT), CAST(ocel_qualifier AS TEXT) FROM event_object ORDER BY rowid`,
		func(v []string) error {
			i, ok := index[v[0]]
			if !ok {
				return nil
			}
			x.events[i].rels = append(x.events[i].rels, ocelRel{strings.Clone(v[1]), x.word(v[2])})
			return nil
		},
	)
}

// plain refuses what is missing, or no ordinary table.
func (x *ocelDB) plain(table string) error {
	is, ok := x.tables[strings.ToLower(table)]
	switch {
	case !ok:
		return fault.Unreadable(
			x.s.o.Name,
			"This is an SQLite database, but no OCEL 2.0 log: it has no table %q.",
			quote.Clip(table),
		)
	case !is:
		return fault.Unreadable(
			x.s.o.Name,
			"%q is a view or a virtual table; Assay reads ordinary tables only.",
			quote.Clip(table),
		)
	}
	return nil
}

// ocelValues are the attributes of one event or object.
type ocelValues struct {
	time    string
	cells   []cell    // of an event
	history []stamped // of an object
}

// values reads the attribute tables of all event types or all object types.
func (x *ocelDB) values(of string) (map[string]ocelValues, error) {
	var names []string
	err := x.rows(fmt.Sprintf(`SELECT CAST(ocel_type_map AS TEXT) FROM %s_map_type`, of), func(v []string) error {
		names = append(names, of+"_"+strings.Clone(v[0]))
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := map[string]ocelValues{}
	for _, table := range names {
		if err := x.plain(table); err != nil {
			return nil, err
		}
		list, fields, err := x.columns(table)
		if err != nil {
			return nil, err
		}
		err = x.rows(`SELECT `+list+` FROM `+quoteName(table)+` ORDER BY rowid`, func(v []string) error {
			e := out[v[0]]
			if of == "event" && v[1] != "" {
				e.time = strings.Clone(v[1])
			}
			for i, f := range fields {
				if v[i+2] == "" {
					continue
				}
				c := cell{f, x.word(v[i+2])}
				e.cells = append(e.cells, c)
				if of == "object" {
					e.history = append(e.history, stamped{c, x.word(v[1])})
				}
			}
			if len(out) >= ocelHeld {
				return fault.Unreadable(x.s.o.Name, "The log has more than %d events. Export it in parts.", ocelHeld)
			}
			out[strings.Clone(v[0])] = e
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
