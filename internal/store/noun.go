package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/form"
	"assay/internal/id"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/workflow"
)

// stamp is a time as the register writes it; as text it sorts.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// Stamp is a time as the register writes it: UTC, milliseconds, sortable.
func Stamp(t time.Time) string { return stamp(t) }

// ParseStamp is the time of a stamp of ours, UTC; the zero time for any other text.
func ParseStamp(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// Noun keeps one kind of noun. All kinds have the same four statements over
// tables of the same form (id, body and what is derived from it), so they are written here once; what
// is particular to a kind stands in sql/queries.
type Noun[T any] struct {
	table string
	what  string // as a sentence names it
	names func(*T) (id, ref *string)
}

// The register's nouns.
var (
	People = Noun[organisation.Person]{
		"person",
		"person",
		func(p *organisation.Person) (*string, *string) { return &p.ID, &p.Ref },
	}
	Workflows = Noun[workflow.Workflow]{
		"workflow",
		"workflow",
		func(w *workflow.Workflow) (*string, *string) { return &w.ID, &w.Ref },
	}
	Policies = Noun[policy.Policy]{
		"policy",
		"policy",
		func(p *policy.Policy) (*string, *string) { return &p.ID, &p.Ref },
	}
	Assessments = Noun[risk.Assessment]{
		"assessment",
		"risk assessment",
		func(a *risk.Assessment) (*string, *string) { return &a.ID, &a.Ref },
	}
	Schedules = Noun[review.Schedule]{
		"schedule",
		"review schedule",
		func(s *review.Schedule) (*string, *string) { return &s.ID, &s.Ref },
	}
	Reviews = Noun[review.Review]{
		"review",
		"review",
		func(r *review.Review) (*string, *string) { return &r.ID, &r.Ref },
	}
	Actions = Noun[review.Action]{
		"action",
		"action",
		func(a *review.Action) (*string, *string) { return &a.ID, &a.Ref },
	}
	Records = Noun[review.Record]{
		"record",
		"record",
		func(r *review.Record) (*string, *string) { return &r.ID, &r.Ref },
	}
	Forms = Noun[form.Document]{
		"form",
		"document",
		func(d *form.Document) (*string, *string) { return &d.ID, &d.Ref },
	}
	Documents = Noun[evidence.Evidence]{
		"evidence",
		"evidence",
		func(e *evidence.Evidence) (*string, *string) { return &e.ID, &e.Ref },
	}
)

// NewNoun is a kind that is not one of the register's own nouns: what names it is
// kept in table, which has the columns that all kinds have.
func NewNoun[T any](table, what string, names func(*T) (id, ref *string)) Noun[T] {
	return Noun[T]{table, what, names}
}

// Put adds the noun or replaces it.
func (n Noun[T]) Put(ctx context.Context, t *Tx, v *T) error {
	id, ref := n.names(v)
	if *id == "" || *ref == "" {
		return fault.Internal(fmt.Errorf("%s without identifier or reference", n.what))
	}
	if err := n.checkDays(ctx, t, *id, v); err != nil {
		return err
	}
	body, err := json.Marshal(v)
	if err != nil {
		return fault.Internal(err)
	}
	_, err = t.SQL.ExecContext(
		ctx,
		"INSERT INTO "+n.table+" (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
		*id,
		string(body),
	)
	if err != nil {
		return fmt.Errorf("save %s %s: %w", n.what, *ref, err)
	}
	return nil
}

// checkDays refuses days that cannot be (see civil.Check), whoever brings them: a
// form, a file, another register. What the record held before, from a program that did not
// refuse it, stays until somebody corrects it.
func (n Noun[T]) checkDays(ctx context.Context, t *Tx, id string, v *T) error {
	wrong := civil.Check(v, Latest(t.entry.Time))
	if len(wrong) == 0 {
		return nil
	}
	was := map[string]civil.Date{}
	if before, err := n.find(ctx, &t.Reader, id); err != nil {
		return err
	} else if before != nil {
		for _, w := range civil.Check(before, Latest(t.entry.Time)) {
			was[w.Field] = w.Date
		}
	}
	var bad fault.Fields
	for _, w := range wrong {
		if was[w.Field] != w.Date {
			bad.Add(w.Field, w.Message)
		}
	}
	return bad.Err()
}

// Latest is the last day on which something can have happened at a moment: tomorrow
// in UTC, where people in a zone ahead of it may be already. None for no moment.
func Latest(now time.Time) civil.Date {
	if now.IsZero() {
		return ""
	}
	return civil.Of(now).AddDays(1)
}

// Get finds a noun by identifier, reference or key.
func (n Noun[T]) Get(ctx context.Context, r *Reader, name string) (*T, error) {
	v, err := n.find(ctx, r, name)
	if err == nil && v == nil {
		return nil, fault.NotFound(n.what, name)
	}
	return v, err
}

// Find is Get that gives nil where there is no such noun.
func (n Noun[T]) Find(ctx context.Context, r *Reader, name string) (*T, error) {
	return n.find(ctx, r, name)
}

func (n Noun[T]) find(ctx context.Context, r *Reader, name string) (*T, error) {
	var body string
	err := r.SQL.QueryRowContext(ctx, "SELECT body FROM "+n.table+" WHERE id = ?1 UNION ALL SELECT body FROM "+n.table+
		" WHERE ref = ?1 UNION ALL SELECT body FROM "+n.table+" WHERE key = ?1 LIMIT 1", name).
		Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", n.what, err)
	}
	return n.decode(body)
}

// List is all nouns of the kind in order of their references.
func (n Noun[T]) List(ctx context.Context, r *Reader) ([]T, error) { return n.list(ctx, r, "") }

// Of is the nouns of the kind that belong to a workflow.
func (n Noun[T]) Of(ctx context.Context, r *Reader, workflowID string) ([]T, error) {
	return n.list(ctx, r, " WHERE workflow_id = ?", workflowID)
}

func (n Noun[T]) list(ctx context.Context, r *Reader, where string, args ...any) ([]T, error) {
	rows, err := r.SQL.QueryContext(ctx, "SELECT body FROM "+n.table+where+" ORDER BY ref", args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", n.what, err)
	}
	defer rows.Close()
	out := []T{}
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, err
		}
		v, err := n.decode(body)
		if err != nil {
			return nil, err
		}
		out = append(out, *v)
	}
	return out, rows.Err()
}

// Name gives a new noun its identifier and its reference with the prefix; one
// that has them keeps them.
func (n Noun[T]) Name(ctx context.Context, t *Tx, prefix string, v *T) error {
	ident, ref := n.names(v)
	if *ident == "" {
		*ident = id.New()
	}
	if *ref == "" {
		number, err := t.NextNumber(ctx, prefix)
		if err != nil {
			return fmt.Errorf("number a %s: %w", n.what, err)
		}
		*ref = id.Ref(prefix, number)
	}
	return nil
}

// Ref is the noun's reference.
func (n Noun[T]) Ref(v *T) string { _, ref := n.names(v); return *ref }

// Table is the name under which the activity log knows its rows.
func (n Noun[T]) Table() string { return n.table }

func (n Noun[T]) decode(body string) (*T, error) {
	var v T
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		return nil, fault.Tampered("A %s in this register cannot be read: run assay check.", n.what).Because(err)
	}
	return &v, nil
}
