package runs

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"assay/internal/run"
	"assay/internal/sqlitex"

	_ "modernc.org/sqlite" // opens the connections that the virtual table is used on
)

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
var feedInto = [feeds]sqlitex.Into{
	intoRun:      {Columns: 10, Insert: "INSERT OR FAIL INTO run_record $rows"},
	intoOutput:   {Columns: 4, Insert: "INSERT OR FAIL INTO run_output $rows"},
	intoDecision: {Columns: 4, Insert: "INSERT OR FAIL INTO run_decision $rows"},
	intoKey:      {Columns: 3, Insert: "INSERT OR FAIL INTO run_key $rows"},
	intoFinding: {
		Columns: findingColumnCount,
		Insert:  "INSERT INTO run_finding (" + findingRow + ") $rows " + findingAgain,
	},
}

// plainNumbers is how many numbers a plainRow of a table has before its texts.
var plainNumbers = [feeds]int{intoOutput: 2, intoDecision: 3, intoKey: 3}

// Rows as they will stand in their tables.
type (
	runRow struct {
		n, workflow, source    int64
		timed                  bool
		at                     int64
		outcome, segment, line int64
		id, digest, body       sqlitex.Placed
	}
	// plainRow is of a table that has numbers first and then texts.
	plainRow struct {
		numbers [3]int64
		texts   [2]sqlitex.Placed
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
	texts    *sqlitex.Arena // of all but findings
}

// Len is how many rows there are for a table.
func (r *rows) Len(into int) int {
	switch into {
	case intoRun:
		return len(r.runs)
	case intoFinding:
		return len(r.findings)
	}
	return len(r.plain[into])
}

// Column gives a column of a row.
func (r *rows) Column(into, row, column int, v sqlitex.Value) error {
	switch into {
	case intoRun:
		r.runs[row].column(r.texts, column, v)
	case intoFinding:
		return v.Any(r.findings[row][column])
	default:
		x := &r.plain[into][row]
		if n := plainNumbers[into]; column < n {
			v.Int(x.numbers[column])
		} else {
			v.Text(r.texts, x.texts[column-n])
		}
	}
	return nil
}

// column gives a column of run_record.
func (x *runRow) column(texts *sqlitex.Arena, column int, v sqlitex.Value) {
	switch column {
	case 0:
		v.Int(x.n)
	case 1:
		v.Int(x.workflow)
	case 2:
		v.Int(x.source)
	case 3:
		if x.timed {
			v.Int(x.at)
		} else {
			v.Null()
		}
	case 4:
		v.Int(x.outcome)
	case 5:
		v.Int(x.segment)
	case 6:
		v.Int(x.line)
	case 7:
		v.Text(texts, x.id)
	case 8:
		v.Blob(texts, x.digest)
	default:
		v.Blob(texts, x.body)
	}
}

func (r *rows) put(into int, row plainRow) { r.plain[into] = append(r.plain[into], row) }

// empty keeps the memory of the rows.
func (r *rows) empty() {
	clear(r.findings)
	r.texts.Reset()
	r.runs, r.findings = r.runs[:0], r.findings[:0]
	for i := range r.plain {
		r.plain[i] = r.plain[i][:0]
	}
}

// batches gathers rows and stores full batches beside the gathering of the
// next one. At most two are in memory.
type batches struct {
	tx      *sql.Tx
	feed    *sqlitex.Feed
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

// newBatches begins to store in the transaction of an import.
func newBatches(ctx context.Context, tx *sql.Tx) (*batches, error) {
	feed, err := sqlitex.NewFeed(ctx, tx, feedInto[:])
	if err != nil {
		return nil, err
	}
	return &batches{
		tx:      tx,
		feed:    feed,
		filling: &rows{texts: sqlitex.NewArena()},
		spare:   &rows{texts: sqlitex.NewArena()},
	}, nil
}

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
			id:       sqlitex.Put(r.texts, rec.RunID),
			digest:   sqlitex.Put(r.texts, digest[:]),
			body:     sqlitex.Put(r.texts, b.body),
		},
	)
	for i := range rec.Outputs {
		if o := &rec.Outputs[i]; o.Text != "" || o.Reasoning != "" {
			r.put(
				intoOutput,
				plainRow{
					[3]int64{n, int64(i)},
					[2]sqlitex.Placed{sqlitex.Put(r.texts, o.Text), sqlitex.Put(r.texts, o.Reasoning)},
				},
			)
		}
	}
	for i := range rec.Decisions {
		if d := &rec.Decisions[i]; d.Reason != "" {
			r.put(
				intoDecision,
				plainRow{[3]int64{n, int64(i), number(d.Gate)}, [2]sqlitex.Placed{sqlitex.Put(r.texts, d.Reason)}},
			)
		}
	}
	return errors.Join(err, r.texts.Err())
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
	return n >= batchRows || r.texts.Len() >= batchBytes
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
		err := b.feed.Store(ctx, b.tx, full)
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

func (b *batches) drop(ctx context.Context) error { return b.feed.Drop(ctx, b.tx) }
