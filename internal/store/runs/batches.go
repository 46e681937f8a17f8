package runs

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"assay/internal/run"

	_ "modernc.org/sqlite" // opens the connections that the virtual table is used on
)

// Batches of rows are handed to SQLite whole. One INSERT … SELECT from a
// virtual table over the batch costs half of what an execution a row costs:
// the statement is entered once, nothing is bound, and no lock is taken between
// rows. It is one statement of the caller's transaction like any other, through
// whatever VFS the register is opened with.

// The tables that an import fills, in the order in which a batch is stored:
// what is referred to comes first.
const (
	intoRun = iota
	intoOutput
	intoDecision
	intoKey
	intoFinding
	feeds
)

const findingColumnCount = 14

// A row that breaks a rule ends the import, so that "OR FAIL" may spare
// SQLite the journal with which it would undo the batch alone.
var feedInto = [feeds]struct {
	columns int
	numbers int    // of a plainRow
	insert  string // $rows stands for the SELECT over the batch
}{
	intoRun:      {10, 0, "INSERT OR FAIL INTO run_record $rows"},
	intoOutput:   {4, 2, "INSERT OR FAIL INTO run_output $rows"},
	intoDecision: {4, 3, "INSERT OR FAIL INTO run_decision $rows"},
	intoKey:      {3, 3, "INSERT OR FAIL INTO run_key $rows"},
	intoFinding:  {findingColumnCount, 0, "INSERT INTO run_finding (" + findingRow + ") $rows " + findingAgain},
}

// Rows as they will stand in their tables.
type (
	runRow struct {
		n, workflow, source    int64
		timed                  bool
		at                     int64
		outcome, segment, line int64
		id, digest, body       placed
	}
	// plainRow is of a table that has numbers first and then texts.
	plainRow struct {
		numbers [3]int64
		texts   [2]placed
	}
	findingRec [findingColumnCount]driver.Value // nil, int64 or string
)

// key is what the finding is about.
func (r *findingRec) key() findingKey {
	return findingKey{r[0].(int64), r[1].(string), r[2].(int64), r[3].(int64), r[4].(int64)}
}

// args are the values for a statement.
func (r *findingRec) args() []any {
	args := make([]any, len(r))
	for i, v := range r {
		args[i] = v
	}
	return args
}

// rows is a batch.
type rows struct {
	runs     []runRow
	plain    [feeds][]plainRow // of outputs, decisions and keys
	findings []findingRec
	texts    *arena // of all but findings
}

func (r *rows) len(into int) int {
	switch into {
	case intoRun:
		return len(r.runs)
	case intoFinding:
		return len(r.findings)
	}
	return len(r.plain[into])
}

func (r *rows) put(into int, row plainRow) { r.plain[into] = append(r.plain[into], row) }

// empty keeps the memory of the rows.
func (r *rows) empty() {
	clear(r.findings)
	r.texts.n = 0
	r.runs, r.findings = r.runs[:0], r.findings[:0]
	for i := range r.plain {
		r.plain[i] = r.plain[i][:0]
	}
}

// batches gathers rows and stores full batches beside the gathering of the
// next one. At most two are in memory.
type batches struct {
	tx      *sql.Tx
	token   uintptr
	insert  [feeds]string
	made    int // virtual tables
	filling *rows
	spare   *rows
	body    []byte
	stored  chan error // of the batch that is being stored; nil for none
	err     error      // the first; nothing is stored after it
}

// A batch is full by its rows or by its texts.
const (
	batchRows  = 1 << 14
	batchBytes = 8 << 20
)

var feedTokens atomic.Uint32

// newBatches makes the virtual tables. They live in the connection's temporary
// schema until drop or the transaction's rollback.
func newBatches(ctx context.Context, tx *sql.Tx) (*batches, error) {
	b := &batches{
		tx:      tx,
		token:   uintptr(feedTokens.Add(1)),
		filling: &rows{texts: newArena()},
		spare:   &rows{texts: newArena()},
	}
	for i, into := range feedInto {
		names := make([]string, into.columns)
		for c := range names {
			names[c] = fmt.Sprint("c", c)
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("CREATE VIRTUAL TABLE temp.%s USING assay_feed(%d, %d)", b.name(i), b.token, i)); err != nil {
			return nil, err
		}
		b.made++
		// "WHERE true" tells the parser that ON CONFLICT is no join condition.
		b.insert[i] = strings.Replace(
			into.insert,
			"$rows",
			"SELECT "+strings.Join(names, ", ")+" FROM temp."+b.name(i)+" WHERE true",
			1,
		)
	}
	return b, nil
}

func (b *batches) name(into int) string { return fmt.Sprintf("assay_feed_%d_%d", b.token, into) }

// run gathers the rows of a run whose number in the register is n.
func (b *batches) run(
	ctx context.Context,
	texts *texts,
	n, wfRowID, source int64,
	rec *run.Record,
	at time.Time,
	digest Digest,
) error {
	var err error
	number := func(s string) int64 {
		v, e := texts.number(ctx, s)
		if e != nil {
			err = e
		}
		return v
	}
	r := b.filling
	b.body = appendPacked(b.body[:0], rec, at, number)
	r.runs = append(
		r.runs,
		runRow{
			n:        n,
			workflow: wfRowID,
			source:   source,
			timed:    !at.IsZero(),
			at:       unixNano(at),
			outcome:  number(rec.Outcome),
			segment:  number(rec.Segment),
			line:     rec.At.Line,
			id:       put(r.texts, rec.RunID),
			digest:   put(r.texts, digest[:]),
			body:     put(r.texts, b.body),
		},
	)
	for i := range rec.Outputs {
		if o := &rec.Outputs[i]; o.Text != "" || o.Reasoning != "" {
			r.put(
				intoOutput,
				plainRow{[3]int64{n, int64(i)}, [2]placed{put(r.texts, o.Text), put(r.texts, o.Reasoning)}},
			)
		}
	}
	for i := range rec.Decisions {
		if d := &rec.Decisions[i]; d.Reason != "" {
			r.put(intoDecision, plainRow{[3]int64{n, int64(i), number(d.Gate)}, [2]placed{put(r.texts, d.Reason)}})
		}
	}
	return errors.Join(err, r.texts.err)
}

func (b *batches) key(workflow, hash, n int64) {
	b.filling.put(intoKey, plainRow{numbers: [3]int64{workflow, hash, n}})
}

// finding gathers a row of findingRow.
func (b *batches) finding(row findingRec) { b.filling.findings = append(b.filling.findings, row) }

// full tells whether what was gathered should be stored.
func (b *batches) full() bool {
	r := b.filling
	n := len(r.runs) + 4*len(r.findings)
	for i := range r.plain {
		n += len(r.plain[i])
	}
	return n >= batchRows || r.texts.n >= batchBytes
}

// store begins to store what was gathered, once the batch before is stored.
func (b *batches) store(ctx context.Context) error {
	if err := b.wait(); err != nil {
		return err
	}
	full := b.filling
	b.filling, b.spare = b.spare, nil
	done := make(chan error, 1) // buffered: nobody may come to ask
	b.stored = done
	go func() {
		feedRows(b.token, full)
		var err error
		for i := range b.insert {
			if err == nil && full.len(i) > 0 {
				_, err = b.tx.ExecContext(ctx, b.insert[i])
			}
		}
		feedRows(b.token, nil)
		full.empty()
		b.spare = full // read after wait only
		done <- err
	}()
	return nil
}

// wait waits until all batches handed over are stored.
func (b *batches) wait() error {
	if b.stored != nil {
		b.err = errors.Join(b.err, <-b.stored)
		b.stored = nil
	}
	return b.err
}

// flush stores everything that was gathered.
func (b *batches) flush(ctx context.Context) error {
	if err := b.store(ctx); err != nil {
		return err
	}
	return b.wait()
}

func (b *batches) drop(ctx context.Context) error {
	var errs []error
	for ; b.made > 0; b.made-- {
		_, err := b.tx.ExecContext(ctx, "DROP TABLE temp."+b.name(b.made-1))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
