package service

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/store"
)

// Activity is one entry of the activity log as screens show it.
type Activity struct {
	Seq     int64           `json:"seq"`
	At      string          `json:"at"` // RFC 3339, UTC
	Actor   string          `json:"actor"`
	Role    string          `json:"role"`
	Device  string          `json:"device"`
	Action  string          `json:"action"`
	Subject string          `json:"subject"`
	Summary string          `json:"summary"`
	Reason  string          `json:"reason"`
	Changes []ledger.Change `json:"changes"`
	CanUndo bool            `json:"can_undo"`
}

func activityOf(leaf string) (Activity, error) {
	e, err := ledger.ParseEntry([]byte(leaf))
	if err != nil {
		return Activity{}, fault.Tampered("An entry of the activity log cannot be read: run assay check.").Because(err)
	}
	a := Activity{Seq: e.Seq, At: store.Stamp(e.Time), Actor: e.Actor.Name, Role: e.Actor.Role, Device: e.Device, Action: e.Action,
		Subject: e.Subject, Summary: e.Summary, Reason: e.Reason, Changes: e.Changes, CanUndo: undoable(e)}
	if a.Changes == nil {
		a.Changes = []ledger.Change{}
	}
	return a, nil
}

// Activities lists entries, newest first, from before a number (0: the newest).
// With a subject, only entries about that record.
func (s *Service) Activities(ctx context.Context, subject string, before int64, limit int) ([]Activity, error) {
	out := []Activity{}
	if before <= 0 {
		before = math.MaxInt64
	}
	if limit <= 0 || limit > 500 {
		limit = 100
	}
	err := s.read(ctx, func(r *store.Reader) error {
		var leaves []string
		if subject != "" {
			rows, err := r.LogEntriesOf(ctx, subject, int64(limit))
			if err != nil {
				return err
			}
			for _, row := range rows {
				leaves = append(leaves, row.Leaf)
			}
		} else {
			rows, err := r.LogEntries(ctx, before, int64(limit))
			if err != nil {
				return err
			}
			for _, row := range rows {
				leaves = append(leaves, row.Leaf)
			}
		}
		for _, leaf := range leaves {
			a, err := activityOf(leaf)
			if err != nil {
				return err
			}
			out = append(out, a)
		}
		return nil
	})
	return out, err
}

// FieldChange is one field of a record before and after a change, as text.
type FieldChange struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Version is one state of a record: who made it, when, and what changed.
type Version struct {
	Activity
	Fields []FieldChange `json:"fields"`
}

// History is every state of a record, newest first. table is its kind's table
// ("policy"), key its identifier.
func (s *Service) History(ctx context.Context, table, key string) ([]Version, error) {
	out := []Version{}
	err := s.read(ctx, func(r *store.Reader) error {
		rows, err := r.RowHistory(ctx, table, key)
		if err != nil {
			return err
		}
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
			out = append(out, Version{a, fields})
		}
		return nil
	})
	return out, err
}

// compare lists the fields in which two states of a row differ. The fields of
// the noun in "body" count as fields of the row.
func compare(before, after string) ([]FieldChange, error) {
	b, err := flatten(before)
	if err != nil {
		return nil, err
	}
	a, err := flatten(after)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for n := range a {
		names[n] = true
	}
	for n := range b {
		names[n] = true
	}
	out := []FieldChange{}
	for n := range names {
		if a[n] != b[n] {
			out = append(out, FieldChange{n, b[n], a[n]})
		}
	}
	slices.SortFunc(out, func(x, y FieldChange) int { return strings.Compare(x.Field, y.Field) })
	return out, nil
}

func flatten(row string) (map[string]string, error) {
	var top map[string]any
	if err := json.Unmarshal([]byte(row), &top); err != nil {
		return nil, err
	}
	out := map[string]string{}
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				walk(strings.TrimPrefix(prefix+"."+k, "."), x)
			}
		case []any:
			for i, x := range v {
				walk(fmt.Sprintf("%s[%d]", prefix, i+1), x)
			}
		case nil:
		case string:
			if v != "" {
				out[prefix] = v
			}
		default:
			out[prefix] = fmt.Sprint(v)
		}
	}
	for k, v := range top {
		if text, ok := v.(string); ok && k == "body" {
			var body any
			if err := json.Unmarshal([]byte(text), &body); err != nil {
				return nil, err
			}
			walk("", body)
			continue
		}
		walk(k, v)
	}
	delete(out, "id")
	return out, nil
}

// undoTables are the nouns whose changes can be taken back: what is kept whole
// in the log. Issued documents, keys and imports are not among them.
var undoTables = map[string]bool{"person": true, "workflow": true, "policy": true, "assessment": true, "schedule": true,
	"review": true, "action": true, "record": true, "evidence": true, "soa": true}

func undoable(e ledger.Entry) bool {
	if len(e.Changes) == 0 || e.Import != nil || strings.HasPrefix(e.Action, "certificate.") {
		return false
	}
	for _, c := range e.Changes {
		if !undoTables[c.Table] {
			return false
		}
	}
	return true
}

// Undo takes an entry's changes back by a new entry: each record is again as it
// was before, unless it was changed since.
func (s *Service) Undo(ctx context.Context, seq int64) error {
	return s.change(ctx, doing{action: "activity.undo", summary: "Took back a change", may: organisation.ActionEdit}, func(t *store.Tx) error {
		leaf, err := t.LogEntry(ctx, seq)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.NotFound("entry", fmt.Sprint(seq))
		}
		if err != nil {
			return err
		}
		e, err := ledger.ParseEntry([]byte(leaf))
		if err != nil {
			return fault.Tampered("Entry %d of the activity log cannot be read: run assay check.", seq).Because(err)
		}
		if !undoable(e) {
			return fault.Conflict("%q cannot be taken back; correct it by a new change.", e.Summary)
		}
		for _, c := range e.Changes {
			last, err := t.LastRowDigest(ctx, c.Table, c.Key)
			if err != nil {
				return err
			}
			if last != c.Digest {
				return fault.Conflict("%q cannot be taken back: what it changed has been changed again since.", e.Summary)
			}
			if err := t.RestoreRow(ctx, c.Table, c.Key, seq); err != nil {
				return err
			}
		}
		t.Entry().Subject = e.Subject
		t.Entry().Summary = oneLine("Took back: " + e.Summary)
		return nil
	})
}

// Delete removes a record, with the reason. It can be undone.
func (s *Service) Delete(ctx context.Context, kind, ref, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.Invalid("reason", "Enter why the record is deleted.")
	}
	return s.change(ctx, doing{action: "record.delete", subject: ref, reason: reason, may: organisation.ActionEdit, summary: "Deleted " + ref}, func(t *store.Tx) error {
		if !undoTables[kind] || kind == "soa" {
			return fault.Conflict("A record of this kind is never deleted.")
		}
		n, err := t.DeleteNoun(ctx, kind, ref)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NotFound(kind, ref)
		}
		return nil
	})
}
