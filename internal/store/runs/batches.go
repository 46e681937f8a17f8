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
	intoBlock
	intoKey
	intoFinding
	feeds
)

const findingColumnCount = 14

// A row that breaks a rule ends the import, so that "OR FAIL" may spare
// SQLite the journal with which it would undo the batch alone.
var feedInto = [feeds]sqlitex.Into{
	intoRun:   {Columns: 9, Insert: "INSERT OR FAIL INTO run_record $rows"},
	intoBlock: {Columns: 4, Insert: "INSERT OR FAIL INTO run_block $rows"},
	intoKey:   {Columns: 3, Insert: "INSERT OR FAIL INTO run_key $rows"},
	intoFinding: {
		Columns: findingColumnCount,
		Insert:  "INSERT INTO run_finding (" + findingRow + ") $rows " + findingAgain,
	},
}

// Rows as they will stand in their tables.
type (
	runRow struct {
		n, workflow, source    int64
		timed                  bool
		at                     int64
		outcome, segment, line int64
		id, digest             sqlitex.Placed
	}
	blockRow struct {
		first, last int64
		columns     [blockColumns]sqlitex.Placed
	}
	keyRow     struct{ lot, hash, n int64 }
	findingRec [findingColumnCount]driver.Value // nil, int64 or string
)

// key is what the finding is about.
func (r *findingRec) key() findingKey {
	return findingKey{r[0].(int64), r[1].(string), r[2].(int64), r[3].(int64), r[4].(int64)}
}

// source is the row of the import whose file shows it.
func (r *findingRec) source() int64 { return r[7].(int64) }

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
	blocks   []block
	packed   []blockRow // the blocks as they are stored
	bytes    int        // in the blocks
	keys     []keyRow
	findings []findingRec
	texts    *sqlitex.Arena // of all but findings
}

// Len is how many rows there are for a table.
func (r *rows) Len(into int) int {
	switch into {
	case intoRun:
		return len(r.runs)
	case intoBlock:
		return len(r.packed)
	case intoKey:
		return len(r.keys)
	}
	return len(r.findings)
}

// Column gives a column of a row.
func (r *rows) Column(into, row, column int, v sqlitex.Value) error {
	switch into {
	case intoRun:
		r.runs[row].column(r.texts, column, v)
	case intoBlock:
		switch x := &r.packed[row]; column {
		case 0:
			v.Int(x.first)
		case 1:
			v.Int(x.last)
		default:
			v.Blob(r.texts, x.columns[column-2])
		}
	case intoKey:
		x := &r.keys[row]
		v.Int([...]int64{x.lot, x.hash, x.n}[column])
	default:
		return v.Any(r.findings[row][column])
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
	default:
		v.Blob(texts, x.digest)
	}
}

// take adds a block, and gives one that is empty for it.
func (r *rows) take(b block) block {
	if len(r.blocks) == cap(r.blocks) {
		r.blocks = append(r.blocks, block{})
	} else {
		r.blocks = r.blocks[:len(r.blocks)+1]
	}
	place := &r.blocks[len(r.blocks)-1]
	r.bytes += b.size()
	b, *place = *place, b
	b.empty()
	return b
}

// pack makes the rows of the blocks.
func (r *rows) pack() error {
	var p blockPacker
	for i := range r.blocks {
		b := &r.blocks[i]
		row := blockRow{first: b.first, last: b.last()}
		for c := range b.values {
			row.columns[c] = sqlitex.Put(r.texts, p.pack(&b.values[c]))
		}
		r.packed = append(r.packed, row)
	}
	return r.texts.Err()
}

// empty keeps the memory of the rows.
func (r *rows) empty() {
	clear(r.findings)
	r.texts.Reset()
	r.runs, r.blocks, r.packed, r.keys, r.findings = r.runs[:0], r.blocks[:0], r.packed[:0], r.keys[:0], r.findings[:0]
	r.bytes = 0
}

// batches gathers rows and stores full batches beside the gathering of the
// next one. At most two are in memory.
type batches struct {
	tx      *sql.Tx
	feed    *sqlitex.Feed
	filling *rows
	spare   *rows
	open    block      // of the last runs
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
		},
	)
	b.open.add(n, rec, func(body []byte) []byte { return appendPacked(body, rec, at, number) })
	if b.open.full() {
		b.open = r.take(b.open)
	}
	return errors.Join(err, r.texts.Err())
}

func (b *batches) key(lot, hash, n int64) {
	b.filling.keys = append(b.filling.keys, keyRow{lot, hash, n})
}

// finding gathers a row of findingRow.
func (b *batches) finding(row findingRec) { b.filling.findings = append(b.filling.findings, row) }

// full tells whether what was gathered should be stored.
func (b *batches) full() bool {
	r := b.filling
	return len(r.runs)+len(r.keys)+4*len(r.findings) >= batchRows || r.texts.Len()+r.bytes >= batchBytes
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
		err := full.pack()
		if err == nil {
			err = b.feed.Store(ctx, b.tx, full)
		}
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
	if b.open.runs() > 0 {
		b.open = b.filling.take(b.open)
	}
	if err := b.store(ctx); err != nil {
		return err
	}
	return b.wait()
}

func (b *batches) drop(ctx context.Context) error { return b.feed.Drop(ctx, b.tx) }
