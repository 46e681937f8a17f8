package search

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/store/runs"
)

// tokenizer is that of run_search: English words are found in their other
// forms too ("refused" finds "refuse"), and case and accents do not matter. Ends
// of words cannot be left open: FTS5 would put together the lists of all words
// with that beginning, which takes seconds on a million runs.
const tokenizer = "porter unicode61 remove_diacritics 2"

// The rowid of a run's document: see the migration that makes run_search.
const (
	hourBits     = 29 // below are the bits of the run's number
	workflowBits = 50
	maxWorkflow  = 1<<(63-workflowBits) - 1
	maxHour      = 1<<(workflowBits-hourBits) - 1

	// rowKey is the rowid in SQL, of a row r of run_record. SQLite gives shifts
	// and | the same precedence.
	rowKey = `((r.workflow_n << 50) | (CASE WHEN r.at IS NULL THEN 0 ELSE max(1, min(2097151, r.at / 3600000000000 - (r.at < 0 AND r.at % 3600000000000 <> 0))) END << 29) | r.n)`
)

func hourOf(t time.Time) int64 { return max(1, min(maxHour, t.Unix()/3600)) }

// batchRuns is how many runs are made searchable in one transaction: about a
// second, for which another change waits.
const batchRuns = 20_000

// Index makes the next runs searchable, some thousands of them, and says
// how far it has come. It reads what runs hold, and writes in the caller's
// transaction: killed at any moment, it goes on where it stopped.
func Index(ctx context.Context, tx *sql.Tx) (imported.SearchState, error) {
	s, err := StateOf(ctx, tx)
	if err != nil || s.Done() {
		return s, err
	}
	docs, upto, err := documents(ctx, tx, s.Indexed+1, min(s.Indexed+batchRuns, s.Runs))
	if err == nil {
		err = insert(ctx, tx, docs)
	}
	if err != nil {
		return s, fault.Doing("make texts searchable", err)
	}
	s.Indexed = upto
	_, err = tx.ExecContext(ctx, `UPDATE run_searched SET upto = ?`, upto)
	return s, fault.Doing("make texts searchable", err)
}

// document is what the index holds of a run.
type document struct {
	key                       int64
	output, reasoning, reason string
}

// batchBytes bounds the memory for runs with long texts.
const batchBytes = 32 << 20

var errFull = errors.New("the batch is full")

// documents are those of the runs with numbers first to last, or of the first of them that
// fill a batch, and the number of the last.
func documents(ctx context.Context, tx *sql.Tx, first, last int64) (docs []document, upto int64, err error) {
	all := make([]document, last-first+1) // of the runs in their order, without a key where one is left out
	size := 0
	err = runs.EachText(ctx, tx, first, last, func(n int64, t *runs.Texts) error {
		d := &all[n-first]
		d.output, d.reasoning, d.reason = together(t.Outputs), together(t.Reasonings), together(t.Reasons)
		if size += len(d.output) + len(d.reasoning) + len(d.reason); size > batchBytes {
			last = n
			return errFull
		}
		return nil
	})
	if err != nil && !errors.Is(err, errFull) {
		return nil, 0, err
	}
	err = query(ctx, tx, func(row scanner) error {
		var n, key int64
		err := row.Scan(&n, &key)
		d := all[n-first]
		d.key = key
		docs = append(docs, d)
		return err
	}, `SELECT r.n, `+rowKey+` AS key FROM run_record r JOIN run_source s ON s.n = r.source_n JOIN source i ON i.id = s.id
		WHERE r.n BETWEEN ? AND ? AND r.workflow_n <= ? AND i.state <> 'purged'`, first, last, maxWorkflow)
	return docs, last, err
}

// together puts texts into one column, apart from each other.
func together(texts []string) string {
	if len(texts) == 1 {
		return texts[0]
	}
	return strings.Join(texts, "\x1e")
}

// insert puts documents into the index in the order of their rowids: FTS5 writes out what
// it has gathered whenever one is less than the one before.
func insert(ctx context.Context, tx *sql.Tx, docs []document) error {
	slices.SortFunc(docs, func(a, b document) int { return cmp.Compare(a.key, b.key) })
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO run_search (rowid, output, reasoning, reason) VALUES (?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for i := range docs {
		d := &docs[i]
		if _, err := stmt.ExecContext(ctx, d.key, d.output, d.reasoning, d.reason); err != nil {
			return err
		}
	}
	return nil
}

// StateOf is how far the search has come.
func StateOf(ctx context.Context, db runs.DB) (s imported.SearchState, err error) {
	err = db.QueryRowContext(ctx, `SELECT (SELECT upto FROM run_searched), (SELECT coalesce(max(n), 0) FROM run_record)`).
		Scan(&s.Indexed, &s.Runs)
	return s, fault.Doing("see how far the search has come", err)
}

// Reset empties the index, so that Index makes it anew.
func Reset(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO run_search (run_search) VALUES ('delete-all')`); err != nil {
		return fault.Doing("empty the index of texts", err)
	}
	_, err := tx.ExecContext(ctx, `UPDATE run_searched SET upto = 0`)
	return fault.Doing("empty the index of texts", err)
}

// Check compares the documents of the search with the runs: their number
// and, by a sum of hashes in any order, which they are. What each document says
// is held by SQLite's own integrity check. It reads only.
func Check(ctx context.Context, db runs.DB) (problems []runs.Problem, state imported.SearchState, err error) {
	if state, err = StateOf(ctx, db); err != nil {
		return nil, state, err
	}
	read := func(columns, from string, args ...any) (string, error) {
		var n, sum uint64
		err := query(ctx, db, func(row scanner) error {
			var id int64
			err := row.Scan(&id)
			n++
			sum += (uint64(id) ^ uint64(id)>>29) * 0x9E3779B97F4A7C15
			return err
		}, "SELECT "+columns+" FROM "+from, args...)
		return fmt.Sprintf("%d documents, %016x", n, sum), err
	}
	want, err := read(
		rowKey,
		`run_record r JOIN run_source s ON s.n = r.source_n JOIN source i ON i.id = s.id WHERE r.n <= ? AND r.workflow_n <= ? AND i.state <> 'purged'`,
		state.Indexed,
		maxWorkflow,
	)
	if err != nil {
		return nil, state, err
	}
	have, err := read("id", "run_search_docsize")
	if err == nil && have != want {
		problems = append(problems, runs.Problem{What: "index for the search of texts", Kept: have, Computed: want})
	}
	return problems, state, err
}

// Remove takes the runs of an import out of the index. It must come before the
// import is purged, which changes the hours that the documents are found by.
// FTS5 only marks what is deleted, and drops it when it merges: all of it is
// merged here, so that no word stays in the file.
func Remove(ctx context.Context, tx *sql.Tx, sourceID string) error {
	_, err := tx.ExecContext(
		ctx,
		`DELETE FROM run_search WHERE rowid IN (SELECT `+rowKey+` FROM run_source s JOIN run_record r ON r.n BETWEEN s.first_n AND s.last_n
			WHERE s.id = ? AND r.n <= (SELECT upto FROM run_searched))`,
		sourceID,
	)
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO run_search (run_search) VALUES ('optimize')`)
	}
	if err != nil {
		return fmt.Errorf("remove the texts of an import from the search: %w", err)
	}
	return nil
}

// scanner is a row of a result.
type scanner interface{ Scan(...any) error }

// query runs a query and scans each row.
func query(ctx context.Context, db runs.DB, scan func(scanner) error, text string, args ...any) error {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
