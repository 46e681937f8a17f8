package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"assay/internal/fault"
	"assay/internal/ledger"
)

// Integrity asks SQLite for damage to the file's structure and for references
// that lead nowhere; each is one line.
func (r *Reader) Integrity(ctx context.Context) ([]string, error) {
	out, err := r.pragmaCheck(ctx, "PRAGMA integrity_check(100)")
	if err != nil {
		return nil, err
	}
	refs, err := r.SQL.QueryContext(ctx, `SELECT "table", count(*), parent FROM pragma_foreign_key_check GROUP BY 1, 3`)
	if err != nil {
		return nil, fault.Doing("check the structure of the file", err)
	}
	defer refs.Close()
	for refs.Next() {
		var table, parent string
		var n int64
		if err := refs.Scan(&table, &n, &parent); err != nil {
			return nil, fault.Doing("check the structure of the file", err)
		}
		out = append(out, fmt.Sprintf("%d rows of %s refer to a %s that is not there", n, table, parent))
	}
	return out, fault.Doing("check the structure of the file", refs.Err())
}

// QuickCheck is Integrity without indexes and references.
func (r *Reader) QuickCheck(ctx context.Context) ([]string, error) {
	return r.pragmaCheck(ctx, "PRAGMA quick_check(10)")
}

func (r *Reader) pragmaCheck(ctx context.Context, pragma string) ([]string, error) {
	out := []string{}
	rows, err := r.SQL.QueryContext(ctx, pragma)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		if s != "ok" {
			out = append(out, s)
		}
	}
	return out, rows.Err()
}

// EachRow gives every row that the log has to account for, with its digest.
func (r *Reader) EachRow(ctx context.Context, f func(table, key, digest string) error) error {
	for _, table := range slices.Sorted(maps.Keys(r.s.tables)) {
		if err := r.eachRow(ctx, table, r.s.tables[table], f); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) eachRow(
	ctx context.Context,
	table string,
	info tableInfo,
	f func(table, key, digest string) error,
) error {
	rows, err := r.SQL.QueryContext(
		ctx,
		fmt.Sprintf("SELECT %s, %s FROM %s", quoted(info.keyCols), quoted(info.columns), quote(table)),
	)
	if err != nil {
		return err
	}
	defer rows.Close()
	all := make([]any, len(info.keyCols)+len(info.columns))
	dest := make([]any, len(all))
	for i := range all {
		dest[i] = &all[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		parts := make([]string, len(info.keyCols))
		for i := range parts {
			parts[i] = fmt.Sprint(all[i])
		}
		digest, err := ledger.RowDigest(info.columns, all[len(parts):])
		if err != nil {
			return err
		}
		if err := f(table, strings.Join(parts, "/"), digest); err != nil {
			return err
		}
	}
	return rows.Err()
}
