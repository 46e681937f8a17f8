package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"assay/internal/fault"
)

// RestoreRow brings a row back to what it was before the log's entry seq: as
// the entry before left it, or gone if there was none.
func (t *Tx) RestoreRow(ctx context.Context, table, key string, seq int64) error {
	info, ok := t.s.tables[table]
	if !ok || len(info.keyCols) != 1 {
		return fmt.Errorf("rows of %s cannot be restored", table)
	}
	before, err := t.RowBefore(ctx, table, key, seq)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fault.Doing("read what a row was", err)
	}
	if errors.Is(err, sql.ErrNoRows) || before.Digest == "" {
		_, err := t.SQL.ExecContext(ctx, "DELETE FROM "+quote(table)+" WHERE "+quote(info.keyCols[0])+" = ?", key)
		return referenced(err)
	}
	if !before.Row.Valid {
		return fault.Conflict("What stood here before was erased; it cannot be brought back.")
	}
	return referenced(t.putRow(ctx, table, info, before.Row.String))
}

// DeleteNoun removes the noun with a reference or identifier from its table
// and tells how many rows that were.
func (t *Tx) DeleteNoun(ctx context.Context, table, ref string) (int64, error) {
	if _, ok := t.s.tables[table]; !ok {
		return 0, fmt.Errorf("there is no table %s", table)
	}
	res, err := t.SQL.ExecContext(ctx, "DELETE FROM "+quote(table)+" WHERE ref = ?1 OR id = ?1", ref)
	if err != nil {
		return 0, referenced(err)
	}
	n, err := res.RowsAffected()
	return n, fault.Doing("delete a record", err)
}

// referenced turns SQLite's refusal to break a reference into a sentence.
func referenced(err error) error {
	if sqliteCode(err) == 787 { // SQLITE_CONSTRAINT_FOREIGNKEY
		return fault.Conflict("Other records refer to this one; change or delete those first.").Because(err)
	}
	return err
}

// DeferReferences lets rows come in any order: references are checked when the
// change ends.
func (t *Tx) DeferReferences(ctx context.Context) error {
	_, err := t.SQL.ExecContext(ctx, "PRAGMA defer_foreign_keys = 1")
	return fault.Doing("put off the check of references", err)
}

// PutRow adds or replaces a row from its JSON, as the log keeps it.
func (t *Tx) PutRow(ctx context.Context, table, row string) error {
	info, ok := t.s.tables[table]
	if !ok || len(info.keyCols) != 1 {
		return fmt.Errorf("rows of %s cannot be put", table)
	}
	return referenced(t.putRow(ctx, table, info, row))
}

func (t *Tx) putRow(ctx context.Context, table string, info tableInfo, text string) error {
	var row map[string]any
	if err := json.Unmarshal([]byte(text), &row); err != nil {
		return err
	}
	columns := slices.Sorted(maps.Keys(row))
	args := make([]any, len(columns))
	var set []string
	for i, c := range columns {
		if !slices.Contains(info.columns, c) {
			return fault.Conflict(
				"A record has the field %q, which this Assay does not know; use the newest on both sides.",
				c,
			)
		}
		args[i] = row[c]
		set = append(set, quote(c)+" = excluded."+quote(c))
	}
	_, err := t.SQL.ExecContext(
		ctx,
		fmt.Sprintf(
			"INSERT INTO %s (%s) VALUES (%s) ON CONFLICT (%s) DO UPDATE SET %s",
			quote(table),
			quoted(columns),
			strings.TrimSuffix(
				strings.Repeat("?, ", len(columns)),
				", ",
			),
			quote(info.keyCols[0]),
			strings.Join(set, ", "),
		),
		args...)
	return err
}

// RefTaken tells whether another row of a noun's table has the reference.
func (t *Tx) RefTaken(ctx context.Context, table, ref string) (bool, error) {
	if _, ok := t.s.tables[table]; !ok || table == "soa" {
		return false, nil
	}
	var n int
	err := t.SQL.QueryRowContext(ctx, "SELECT count(*) FROM "+quote(table)+" WHERE ref = ?", ref).Scan(&n)
	return n > 0, fault.Doing("look for a reference", err)
}
