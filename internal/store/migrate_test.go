package store

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

// TestMigration_timestamps makes the table of what happened to certificates anew
// and expects every row in its place, and the table guarded as before.
func TestMigration_timestamps(t *testing.T) {
	d, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "old.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	p, err := provider(d)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(ctx, 2); err != nil {
		t.Fatal(err)
	}
	add := func(id, kind string) error {
		_, err := d.Exec(
			"INSERT INTO certificate_event (id, number, kind, at, by, detail) VALUES (?, 'GC-2026-0001', ?, "+
				"'2026-03-01T09:00:00.000Z', 'Jo Hart', 'x')",
			id,
			kind,
		)
		return err
	}
	rows := func() string {
		r, err := d.Query(
			"SELECT id || ' ' || number || ' ' || kind || ' ' || at || ' ' || by || ' ' || detail FROM " +
				"certificate_event ORDER BY rowid",
		)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var out []string
		for r.Next() {
			var s string
			if err := r.Scan(&s); err != nil {
				t.Fatal(err)
			}
			out = append(out, s)
		}
		return strings.Join(out, "\n")
	}
	for _, x := range [][2]string{{"c", "countersigned"}, {"a", "superseded"}, {"b", "revoked"}} {
		if err := add(x[0], x[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := add("d", "timestamped"); err == nil {
		t.Fatal("the old table takes a timestamp already")
	}
	before := rows()
	if _, err := p.Up(ctx); err != nil {
		t.Fatal(err)
	}
	if after := rows(); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	if err := add("d", "timestamped"); err != nil {
		t.Error(err)
	}
	if err := add("e", "nonsense"); err == nil {
		t.Error("an event of no known kind is taken")
	}
	for _, change := range []string{"DELETE FROM certificate_event", "UPDATE certificate_event SET detail = 'y'"} {
		if _, err := d.Exec(change); err == nil || !strings.Contains(err.Error(), "never") {
			t.Errorf("%s: %v", change, err)
		}
	}
}
