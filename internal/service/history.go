package service

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"strings"

	"assay/internal/diff"
	"assay/internal/store"
)

// Version is one state of a record: who made it, when, and what changed.
type Version struct {
	Activity
	Fields []diff.Field `json:"fields"`
}

// History is every state of a record, newest first. table is its kind's table
// ("policy"), key its identifier. Certificates and imports never change: theirs
// is what happened to them, and their keys are the references. Identifiers of other
// records are given as these are called.
func (s *Service) History(ctx context.Context, table, key string) ([]Version, error) {
	out := []Version{}
	err := s.readView(ctx, func(view *View) error {
		if table == "certificate" || table == "source" {
			rows, err := view.r.LogEntriesOf(ctx, key, math.MaxInt64, 500)
			for _, row := range rows {
				a, err := activityOf(row.Leaf)
				if err != nil {
					return err
				}
				out = append(out, Version{a, []diff.Field{}})
			}
			return err
		}
		rows, err := view.r.RowHistory(ctx, table, key)
		if err != nil {
			return err
		}
		names := namer{w: view, known: view.names()}
		for i, row := range rows {
			a, err := activityOf(row.Leaf)
			if err != nil {
				return err
			}
			before := diff.NoRow
			if i+1 < len(rows) {
				before = rowText(rows[i+1].Row)
			}
			fields, err := diff.Compare(before, rowText(row.Row))
			if err != nil {
				return err
			}
			if err := names.put(ctx, fields); err != nil {
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
	Table  string       `json:"table"`
	Ref    string       `json:"ref"`
	Name   string       `json:"name"`
	New    bool         `json:"new"`
	Gone   bool         `json:"gone"`
	Fields []diff.Field `json:"fields"`
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
	err := s.readView(ctx, func(view *View) error {
		if _, err := entryAt(ctx, view.r, seq); err != nil {
			return err
		}
		rows, err := view.r.RowsOf(ctx, seq)
		if err != nil {
			return err
		}
		names := namer{w: view, known: view.names()}
		for _, row := range rows {
			if !undoTables[row.Tbl] {
				continue
			}
			if len(out.Records) == mostRecords {
				out.More++
				continue
			}
			c := RecordChange{Table: row.Tbl, Gone: row.Digest == ""}
			before, err := rowBefore(ctx, view.r, row.Tbl, row.Key, seq)
			if err != nil {
				return err
			}
			c.New = before == diff.NoRow
			after := rowText(row.Row)
			shown := after
			if c.Gone {
				shown = before
			}
			fields, err := diff.Unfold(shown)
			if err != nil {
				return err
			}
			c.Ref, _ = fields["ref"].(string)
			if row.Tbl == "soa" {
				c.Ref = row.Key
			}
			if c.Name = diff.Title(fields); c.Name == c.Ref {
				c.Name = ""
			}
			if c.Fields, err = diff.Compare(before, after); err != nil {
				return err
			}
			if err := names.put(ctx, c.Fields); err != nil {
				return err
			}
			out.Records = append(out.Records, c)
		}
		return nil
	})
	return out, err
}

// rowText is a row as the log has it.
func rowText(row sql.NullString) string {
	if !row.Valid {
		return diff.NoRow
	}
	return row.String
}

// rowBefore is a row as it was before an entry.
func rowBefore(ctx context.Context, r *store.Reader, table, key string, seq int64) (string, error) {
	row, err := r.RowBefore(ctx, table, key, seq)
	if errors.Is(err, sql.ErrNoRows) {
		return diff.NoRow, nil
	}
	return rowText(row.Row), err
}

// namer puts what records are called in place of their identifiers.
type namer struct {
	w     *View
	known map[string]string // by identifier; empty for what is no record
}

func (n *namer) put(ctx context.Context, fields []diff.Field) error {
	for i := range fields {
		for _, text := range []*string{&fields[i].Before, &fields[i].After} {
			lines := strings.Split(*text, "\n")
			for j, line := range lines {
				name, err := n.name(ctx, line)
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
func (n *namer) name(ctx context.Context, ident string) (string, error) {
	if !isIdent(ident) {
		return "", nil
	}
	if name, ok := n.known[ident]; ok {
		return name, nil
	}
	name := ""
	for table := range snapshotReaders { // it is gone: the log still has it
		if name != "" {
			break
		}
		rows, err := n.w.r.RowHistory(ctx, table, ident)
		if err != nil {
			return "", err
		}
		for _, row := range rows {
			if row.Row.Valid && name == "" {
				fields, err := diff.Unfold(row.Row.String)
				if err != nil {
					return "", err
				}
				name = diff.Title(fields)
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

// names are what the records are called, by identifier, with their references
// where these tell more.
func (view *View) names() map[string]string {
	out := map[string]string{}
	for _, x := range view.people {
		out[x.ID] = x.Name
	}
	for _, x := range view.workflows {
		out[x.ID] = refAndName(x.Ref, x.Name)
	}
	for _, x := range view.policies {
		out[x.ID] = refAndName(x.Ref, x.Title)
	}
	for _, x := range view.assessments {
		out[x.ID] = refAndName(x.Ref, out[x.WorkflowID])
		for _, r := range x.Risks {
			out[r.ID] = refAndName(r.Ref, r.Title)
		}
	}
	for _, x := range view.actions {
		out[x.ID] = refAndName(x.Ref, x.Title)
	}
	for _, x := range view.records {
		out[x.ID] = refAndName(x.Ref, x.Title)
	}
	for _, x := range view.evidence {
		out[x.ID] = refAndName(x.Ref, x.Title)
	}
	for _, x := range view.reviews {
		out[x.ID] = x.Ref
	}
	for _, x := range view.schedules {
		out[x.ID] = x.Ref
	}
	return out
}
