package service

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"strings"

	"assay/internal/store"
)

// Version is one state of a record: who made it, when, and what changed.
type Version struct {
	Activity
	Fields []FieldChange `json:"fields"`
}

// History is every state of a record, newest first. table is its kind's table
// ("policy"), key its identifier. Certificates and imports never change: theirs
// is what happened to them, and their keys are the references. Identifiers of other
// records are given as these are called.
func (s *Service) History(ctx context.Context, table, key string) ([]Version, error) {
	out := []Version{}
	err := s.look(ctx, func(w *world) error {
		if table == "certificate" || table == "source" {
			rows, err := w.r.LogEntriesOf(ctx, key, math.MaxInt64, 500)
			for _, row := range rows {
				a, err := activityOf(row.Leaf)
				if err != nil {
					return err
				}
				out = append(out, Version{a, []FieldChange{}})
			}
			return err
		}
		rows, err := w.r.RowHistory(ctx, table, key)
		if err != nil {
			return err
		}
		names := namer{w: w, known: map[string]string{}}
		for i, row := range rows {
			a, err := activityOf(row.Leaf)
			if err != nil {
				return err
			}
			before := "{}"
			if i+1 < len(rows) && rows[i+1].Row.Valid {
				before = rows[i+1].Row.String
			}
			after := "{}"
			if row.Row.Valid {
				after = row.Row.String
			}
			fields, err := compare(before, after)
			if err != nil {
				return err
			}
			if err := names.put(fields); err != nil {
				return err
			}
			out = append(out, Version{a, fields})
		}
		return nil
	})
	return out, err
}

// RecordChange is what one entry of the log changed in one record.
type RecordChange struct {
	Table  string        `json:"table"`
	Ref    string        `json:"ref"`
	Name   string        `json:"name"`
	New    bool          `json:"new"`
	Gone   bool          `json:"gone"`
	Fields []FieldChange `json:"fields"`
}

// EntryChanges is what an entry of the log changed: some records whole, and how
// many others.
type EntryChanges struct {
	Records []RecordChange `json:"records"`
	More    int            `json:"more"`
}

// mostRecords bounds the records of one entry that are shown: an apply file may
// change hundreds.
const mostRecords = 40

// Changes is what an entry of the log changed in the register's records, before
// and after. Identifiers of other records are given as these are called.
func (s *Service) Changes(ctx context.Context, seq int64) (EntryChanges, error) {
	out := EntryChanges{Records: []RecordChange{}}
	err := s.look(ctx, func(w *world) error {
		if _, err := entryAt(ctx, w.r, seq); err != nil {
			return err
		}
		rows, err := w.r.RowsOf(ctx, seq)
		if err != nil {
			return err
		}
		names := namer{w: w, known: map[string]string{}}
		for _, row := range rows {
			if !undoTables[row.Tbl] {
				continue
			}
			if len(out.Records) == mostRecords {
				out.More++
				continue
			}
			c := RecordChange{Table: row.Tbl, Gone: row.Digest == ""}
			before, err := rowBefore(ctx, w.r, row.Tbl, row.Key, seq)
			if err != nil {
				return err
			}
			c.New = before == "{}"
			after := "{}"
			if row.Row.Valid {
				after = row.Row.String
			}
			shown := after
			if c.Gone {
				shown = before
			}
			fields, err := unfold(shown)
			if err != nil {
				return err
			}
			c.Ref, _ = fields["ref"].(string)
			if row.Tbl == "soa" {
				c.Ref = row.Key
			}
			if c.Name = titleOf(fields); c.Name == c.Ref {
				c.Name = ""
			}
			if c.Fields, err = compare(before, after); err != nil {
				return err
			}
			if err := names.put(c.Fields); err != nil {
				return err
			}
			out.Records = append(out.Records, c)
		}
		return nil
	})
	return out, err
}

// rowBefore is a row as it was before an entry; "{}" where there was none.
func rowBefore(ctx context.Context, r *store.Reader, table, key string, seq int64) (string, error) {
	row, err := r.RowBefore(ctx, table, key, seq)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !row.Row.Valid {
		return "{}", nil
	}
	return row.Row.String, err
}

// namer puts what records are called in place of their identifiers.
type namer struct {
	w     *world
	known map[string]string
}

func (n *namer) put(fields []FieldChange) error {
	for i := range fields {
		for _, text := range []*string{&fields[i].Before, &fields[i].After} {
			lines := strings.Split(*text, "\n")
			for j, line := range lines {
				name, err := n.name(line)
				if err != nil {
					return err
				}
				lines[j] = cmp.Or(name, line)
			}
			*text = strings.Join(lines, "\n")
		}
	}
	return nil
}

// name is what the record with an identifier is called; empty if there was none.
func (n *namer) name(ident string) (string, error) {
	if !isIdent(ident) {
		return "", nil
	}
	if name, ok := n.known[ident]; ok {
		return name, nil
	}
	name := n.w.nameOf(ident)
	for table := range nounTables {
		if name != "" {
			break
		}
		// It is gone: the log still has it.
		rows, err := n.w.r.RowHistory(n.w.ctx, table, ident)
		if err != nil {
			return "", err
		}
		for _, row := range rows {
			if row.Row.Valid && name == "" {
				fields, err := unfold(row.Row.String)
				if err != nil {
					return "", err
				}
				name = titleOf(fields)
			}
		}
	}
	n.known[ident] = name
	return name, nil
}

// isIdent tells whether a text looks like the identifier of a record (see id.New).
func isIdent(text string) bool {
	return len(text) == 36 && strings.Count(text, "-") == 4 && text[8] == '-'
}

// nameOf is what the record with an identifier is called, with its reference
// where that tells more; empty if there is none.
func (w *world) nameOf(ident string) string {
	if p := w.personByID[ident]; p != nil {
		return p.Name
	}
	if wf := w.workflowByID[ident]; wf != nil {
		return named(wf.Ref, wf.Name)
	}
	for _, x := range w.policies {
		if x.ID == ident {
			return named(x.Ref, x.Title)
		}
	}
	for _, x := range w.assessments {
		if x.ID == ident {
			return named(x.Ref, w.nameOf(x.WorkflowID))
		}
		for _, r := range x.Risks {
			if r.ID == ident {
				return named(r.Ref, r.Title)
			}
		}
	}
	for _, x := range w.actions {
		if x.ID == ident {
			return named(x.Ref, x.Title)
		}
	}
	for _, x := range w.records {
		if x.ID == ident {
			return named(x.Ref, x.Title)
		}
	}
	for _, x := range w.evidence {
		if x.ID == ident {
			return named(x.Ref, x.Title)
		}
	}
	for _, x := range w.reviews {
		if x.ID == ident {
			return x.Ref
		}
	}
	for _, x := range w.schedules {
		if x.ID == ident {
			return x.Ref
		}
	}
	return ""
}
