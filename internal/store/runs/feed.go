package runs

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	_ "modernc.org/sqlite" // wires the engine that vtab registers with
	"modernc.org/sqlite/vtab"
)

// feed hands SQLite whole batches of rows. One INSERT … SELECT from a virtual
// table over the batch costs half of what an execution a row costs: the
// statement is entered once, nothing is bound, and no lock is taken between
// rows. It is one statement of the caller's transaction like any other, through
// whatever VFS the register is opened with.
type feed struct {
	name    string // of the virtual table
	columns int
	insert  string
}

// rowsOf is a batch of rows for one feed: columns after columns, row after row.
// Values are what SQLite stores: nil, int64, float64, string or []byte.
type rowsOf struct {
	columns int
	values  []driver.Value
}

// feedModule gives access to batches by a token, which is the argument that
// the virtual table was made with.
type feedModule struct{}

var (
	feedTokens atomic.Int64
	feedMu     sync.RWMutex
	feeding    = map[string]*rowsOf{} // batches that are being inserted, by virtual table
)

func init() {
	// Connections know a module when it is registered before they are opened.
	if err := vtab.RegisterModule(nil, "assay_feed", feedModule{}); err != nil {
		panic(err)
	}
}

// newFeed makes a feed of rows with so many columns. Insert is the statement,
// in which $rows stands for the SELECT over the batch. The virtual table lives in
// the connection's temporary schema until drop or the transaction's rollback.
func newFeed(ctx context.Context, tx *sql.Tx, columns int, insert string) (*feed, error) {
	token := strconv.FormatInt(feedTokens.Add(1), 10)
	f := &feed{name: "assay_feed_" + token, columns: columns}
	names := make([]string, columns)
	for i := range names {
		names[i] = fmt.Sprint("c", i)
	}
	// "WHERE true" tells the parser that ON CONFLICT is no join condition.
	f.insert = strings.Replace(insert, "$rows", "SELECT "+strings.Join(names, ", ")+" FROM temp."+f.name+" WHERE true", 1)
	_, err := tx.ExecContext(ctx, fmt.Sprintf("CREATE VIRTUAL TABLE temp.%s USING assay_feed(%s, %d)", f.name, token, columns))
	return f, err
}

// flush inserts a batch.
func (f *feed) flush(ctx context.Context, tx *sql.Tx, r *rowsOf) error {
	if len(r.values) == 0 {
		return nil
	}
	feedMu.Lock()
	feeding[f.name] = r
	feedMu.Unlock()
	_, err := tx.ExecContext(ctx, f.insert)
	feedMu.Lock()
	delete(feeding, f.name)
	feedMu.Unlock()
	return err
}

func (f *feed) drop(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "DROP TABLE temp."+f.name)
	return err
}

func (m feedModule) Create(c vtab.Context, args []string) (vtab.Table, error) {
	return m.Connect(c, args)
}

func (feedModule) Connect(c vtab.Context, args []string) (vtab.Table, error) {
	if len(args) != 5 {
		return nil, errors.New("assay_feed: want a token and a number of columns")
	}
	n, err := strconv.Atoi(strings.TrimSpace(args[4]))
	if err != nil || n < 1 || n > 64 {
		return nil, errors.New("assay_feed: want a number of columns")
	}
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint("c", i)
	}
	return feedTable(args[2]), c.Declare("CREATE TABLE feed(" + strings.Join(names, ", ") + ")")
}

// feedTable is the name of the virtual table.
type feedTable string

func (feedTable) BestIndex(*vtab.IndexInfo) error { return nil }
func (feedTable) Disconnect() error               { return nil }
func (feedTable) Destroy() error                  { return nil }

func (t feedTable) Open() (vtab.Cursor, error) {
	feedMu.RLock()
	defer feedMu.RUnlock()
	if r := feeding[string(t)]; r != nil {
		return &feedCursor{rows: r}, nil
	}
	return &feedCursor{rows: &rowsOf{columns: 1}}, nil // between batches it is empty
}

type feedCursor struct {
	rows *rowsOf
	at   int // of the row's first value
}

func (c *feedCursor) Filter(int, string, []vtab.Value) error { c.at = 0; return nil }
func (c *feedCursor) Next() error                            { c.at += c.rows.columns; return nil }
func (c *feedCursor) Eof() bool                              { return c.at >= len(c.rows.values) }
func (c *feedCursor) Column(i int) (vtab.Value, error)       { return c.rows.values[c.at+i], nil }
func (c *feedCursor) Rowid() (int64, error)                  { return int64(c.at), nil }
func (c *feedCursor) Close() error                           { return nil }

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

// A row that breaks a rule ends the import, so that "OR FAIL" may spare
// SQLite the journal with which it would undo the batch alone.
var feedInto = [feeds]struct {
	columns int
	insert  string
}{
	intoRun:      {10, "INSERT OR FAIL INTO run_record $rows"},
	intoOutput:   {4, "INSERT OR FAIL INTO run_output $rows"},
	intoDecision: {4, "INSERT OR FAIL INTO run_decision $rows"},
	intoKey:      {3, "INSERT OR FAIL INTO run_key $rows"},
	intoFinding:  {14, "INSERT INTO run_finding (" + findingRow + ") $rows " + findingAgain},
}

// batches gathers rows and stores full batches beside the gathering of the
// next one. At most two are in memory.
type batches struct {
	ctx     context.Context
	tx      *sql.Tx
	feeds   [feeds]*feed
	filling *[feeds]rowsOf
	spare   *[feeds]rowsOf
	bytes   int
	stored  chan error // of the batch that is being stored; nil for none
	err     error      // the first; nothing is stored after it
}

// A batch is full by its values or by its texts.
const (
	batchValues = 1 << 17
	batchBytes  = 8 << 20
)

func newBatches(ctx context.Context, tx *sql.Tx) (*batches, error) {
	b := &batches{ctx: ctx, tx: tx, filling: &[feeds]rowsOf{}, spare: &[feeds]rowsOf{}}
	for i, into := range feedInto {
		var err error
		if b.feeds[i], err = newFeed(ctx, tx, into.columns, into.insert); err != nil {
			return nil, err
		}
		b.filling[i].columns, b.spare[i].columns = into.columns, into.columns
	}
	return b, nil
}

// put gathers a row. Texts are only counted by bytes that callers note.
func (b *batches) put(into int, values ...driver.Value) {
	r := &b.filling[into]
	r.values = append(r.values, values...)
}

func (b *batches) full() bool {
	n := 0
	for i := range b.filling {
		n += len(b.filling[i].values)
	}
	return n >= batchValues || b.bytes >= batchBytes
}

// hand begins to store what was gathered, once the batch before is stored.
func (b *batches) hand() error {
	if err := b.settle(); err != nil {
		return err
	}
	full := b.filling
	b.filling, b.spare, b.bytes = b.spare, nil, 0
	done := make(chan error, 1) // buffered: nobody may come to ask
	b.stored = done
	go func() {
		var err error
		for i, f := range b.feeds {
			if err == nil {
				err = f.flush(b.ctx, b.tx, &full[i])
			}
			clear(full[i].values)
			full[i].values = full[i].values[:0]
		}
		b.spare = full // read after settle only
		done <- err
	}()
	return nil
}

// settle waits until all batches handed over are stored.
func (b *batches) settle() error {
	if b.stored != nil {
		b.err = errors.Join(b.err, <-b.stored)
		b.stored = nil
	}
	return b.err
}

// flush stores everything that was gathered.
func (b *batches) flush() error {
	if err := b.hand(); err != nil {
		return err
	}
	return b.settle()
}

func (b *batches) drop() error {
	var errs []error
	for _, f := range b.feeds {
		if f != nil {
			errs = append(errs, f.drop(b.ctx, b.tx))
		}
	}
	return errors.Join(errs...)
}
