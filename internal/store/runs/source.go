package runs

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/sqlitex"
)

// DB is what reading needs: a *sql.DB, *sql.Tx or *sql.Conn.
type DB = sqlitex.DB

const sourceColumns = `id, ref, workflow_id, file_name, sha256, bytes, format, mapping, state, records, runs_new, runs_same,
	runs_differ, refused, events, decisions, outputs, first, last, stated, root, imported_at, imported_by`

func scanSource(row interface{ Scan(...any) error }) (s imported.Source, err error) {
	var first, last, at sql.NullString
	var stated sql.NullInt64
	err = row.Scan(
		&s.ID,
		&s.Ref,
		&s.WorkflowID,
		&s.FileName,
		&s.SHA256,
		&s.Bytes,
		&s.Format,
		&s.Mapping,
		&s.State,
		&s.Records,
		&s.New,
		&s.Same,
		&s.Differ,
		&s.Refused,
		&s.Events,
		&s.Decisions,
		&s.Outputs,
		&first,
		&last,
		&stated,
		&s.Root,
		&at,
		&s.ImportedBy,
	)
	s.First, s.Last, s.ImportedAt = parseTime(first.String), parseTime(last.String), parseTime(at.String)
	if stated.Valid {
		s.Stated = &stated.Int64
	}
	return s, err
}

func parseTime(s string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, s)
	return t
}

// stamp writes a time so that it sorts as text: UTC with milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func stampOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}

func insertSource(ctx context.Context, tx *sql.Tx, s *imported.Source) error {
	var stated any
	if s.Stated != nil {
		stated = *s.Stated
	}
	_, err := tx.ExecContext(
		ctx,
		`INSERT INTO source (`+sourceColumns+`) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		s.ID,
		s.Ref,
		s.WorkflowID,
		s.FileName,
		s.SHA256,
		s.Bytes,
		s.Format,
		s.Mapping,
		string(s.State),
		s.Records,
		s.New,
		s.Same,
		s.Differ,
		s.Refused,
		s.Events,
		s.Decisions,
		s.Outputs,
		stampOrNull(s.First),
		stampOrNull(s.Last),
		stated,
		s.Root,
		stamp(s.ImportedAt),
		s.ImportedBy,
	)
	return err
}

// SourceBySHA256 finds the import of a file into a workflow by the file's
// digest; ok is false where the file was not imported there.
func SourceBySHA256(ctx context.Context, db DB, workflowID, sha256 string) (s imported.Source, ok bool, err error) {
	s, err = scanSource(
		db.QueryRowContext(
			ctx,
			`SELECT `+sourceColumns+` FROM source WHERE workflow_id = ? AND sha256 = ?`,
			workflowID,
			sha256,
		),
	)
	if errors.Is(err, sql.ErrNoRows) {
		return imported.Source{}, false, nil
	}
	return s, err == nil, err
}

// GetSource finds an import by its identifier or reference.
func GetSource(ctx context.Context, db DB, idOrRef string) (imported.Source, error) {
	s, err := scanSource(
		db.QueryRowContext(ctx, `SELECT `+sourceColumns+` FROM source WHERE id = ?1 OR ref = ?1`, idOrRef),
	)
	if errors.Is(err, sql.ErrNoRows) {
		return imported.Source{}, fault.NotFound("import", idOrRef)
	}
	return s, err
}

// Sources lists the imports into a workflow, or into all where workflowID is
// empty, newest first.
func Sources(ctx context.Context, db DB, workflowID string) ([]imported.Source, error) {
	rows, err := db.QueryContext(
		ctx,
		`SELECT `+sourceColumns+` FROM source WHERE ?1 = '' OR workflow_id = ?1 ORDER BY imported_at DESC, ref DESC`,
		workflowID,
	)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []imported.Source{}
	for rows.Next() {
		s, err := scanSource(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, fault.Doing("list imports", rows.Err())
}

// SourcesAsTheyCame lists all imports in the order in which this register took them,
// which hand-overs make another one than that of their days: which of two tellings of a
// run is kept as the run hangs on it.
func SourcesAsTheyCame(ctx context.Context, db DB) ([]imported.Source, error) {
	list, err := Sources(ctx, db, "")
	if err != nil {
		return nil, err
	}
	row := map[string]int64{}
	err = query(ctx, db, func(x scanner) error {
		var id string
		var n int64
		err := x.Scan(&id, &n)
		row[id] = n
		return err
	}, `SELECT id, n FROM run_source`)
	slices.SortFunc(list, func(a, b imported.Source) int { return cmp.Compare(row[a.ID], row[b.ID]) })
	return list, fault.Doing("list imports", err)
}

// LeftAside is how many records of a file a rule of the mapping left aside.
type LeftAside struct {
	Name    string `json:"name"`
	Records int64  `json:"records"`
	Runs    int64  `json:"runs,omitempty"` // of which nothing is left
}

// LeftOut is what of an import's file is in no run, beside what was refused.
type LeftOut struct {
	Repeated  int64       `json:"repeated"` // runs that stood in the file before with the same content
	NoRun     int64       `json:"no_run"`   // records that belong to no run
	LeftAside []LeftAside `json:"left_aside"`
	Columns   int         `json:"columns"` // of its tables; 0: it has none, or nobody counted them
	Unread    []string    `json:"unread"`  // those of them that the mapping names nowhere
}

// LeftOuts are those of the imports into a workflow, or into all where workflowID
// is empty, by the identifiers of the imports.
func LeftOuts(ctx context.Context, db DB, workflowID string) (map[string]LeftOut, error) {
	out := map[string]LeftOut{}
	err := query(ctx, db, func(row scanner) error {
		var id, left, unread string
		var l LeftOut
		if err := row.Scan(&id, &l.Repeated, &l.NoRun, &left, &l.Columns, &unread); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(left), &l.LeftAside); err != nil {
			return fmt.Errorf("read what an import left aside: %w", err)
		}
		if err := json.Unmarshal([]byte(unread), &l.Unread); err != nil {
			return fmt.Errorf("read which columns an import left unread: %w", err)
		}
		out[id] = l
		return nil
	}, `SELECT r.id, r.duplicates, r.no_run, r.left_aside, r.table_columns, r.unread FROM run_source r JOIN source s ON s.id = r.id WHERE ?1 = '' OR s.workflow_id = ?1`, workflowID)
	return out, err
}

// RefusedRecords lists the refused records of a source, at most limit of them.
func RefusedRecords(ctx context.Context, db DB, sourceID string, limit int) ([]imported.Refused, error) {
	rows, err := db.QueryContext(
		ctx,
		`SELECT place, reason, record FROM run_refused WHERE source_n = (SELECT n FROM run_source WHERE id = ?) ORDER BY i LIMIT ?`,
		sourceID,
		limit,
	)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []imported.Refused{}
	for rows.Next() {
		var r imported.Refused
		if err := rows.Scan(&r.Place, &r.Reason, &r.Record); err != nil {
			return nil, fault.Doing("list refused records", err)
		}
		out = append(out, r)
	}
	return out, fault.Doing("list refused records", rows.Err())
}
