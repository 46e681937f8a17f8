package runs

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"assay/internal/run"
	"assay/internal/sqlitex"

	"github.com/klauspost/compress/zstd"
)

// What is large of a run, its body and its texts, is kept with that of the runs
// beside it, in a block: a row of run_block, which is written once and never changed
// but by a purge of all its runs. A row each, in three tables, cost an import a third
// of its time; together they compress to less than half, for they repeat each other.
// What lists and joins choose runs by stays in the columns of run_record.
//
// # Blocks, version 1
//
// A block holds the runs numbered first_n to last_n without a gap, all of one import,
// so that a purge need not open blocks of others. Each of its two columns is a
// Zstandard frame (RFC 8878) around one value a run, in their order:
//
//	byte 1                      the version
//	u runs                      as in packed.go
//	u length, of each value in bytes
//	the values, one after the other
//
// In bodies a value is the body of a run. In texts it is what people search for,
// apart so that the tests need not read it; it is empty where a run has no text:
//
//	u outputs, and for each: s text, s reasoning     up to the last that has one of them
//	u decisions, and for each: s reason              up to the last that has one
//
// The texts of three runs, of which the first has an output "Hi", the second none and the
// third a decision with the reason "No", and a frame around them:
//
//	01 03 06 00 05 01024869 0000 0001024e6f
//	28b52ffd000081000001030600050102486900000001024e6f
const blockVersion = 1

// A block is full by its runs or by the bytes in it. To read one run the whole block is
// unpacked, some 0.1 ms at this size. Smaller blocks compress less, and SQLite leaves a
// part of a page empty beside each: a block of one page's size could waste half of two.
const (
	blockRuns  = 1024
	blockBytes = 512 << 10
)

// The columns of run_block that hold values.
const (
	bodies = iota
	textsOfRuns
	blockColumns
)

var blockColumn = [blockColumns]string{bodies: "bodies", textsOfRuns: "texts"}

// block gathers runs until it is full.
type block struct {
	first  int64
	values [blockColumns]values
}

// values are byte strings, one after the other.
type values struct {
	all  []byte
	ends []int
}

func (v *values) end() { v.ends = append(v.ends, len(v.all)) }

func (b *block) runs() int { return len(b.values[bodies].ends) }

func (b *block) last() int64 { return b.first + int64(b.runs()) - 1 }

func (b *block) size() int { return len(b.values[bodies].all) + len(b.values[textsOfRuns].all) }

func (b *block) full() bool { return b.runs() >= blockRuns || b.size() >= blockBytes }

// empty keeps the memory, unless a run of uncommon size has been in it.
func (b *block) empty() {
	for i := range b.values {
		v := &b.values[i]
		if cap(v.all) > 4*blockBytes {
			v.all = nil
		}
		v.all, v.ends = v.all[:0], v.ends[:0]
	}
}

// add adds the run with number n, one more than that of the run before.
func (b *block) add(n int64, rec *run.Record, appendBody func([]byte) []byte) {
	if b.runs() == 0 {
		b.first = n
	}
	v := &b.values[bodies]
	v.all = appendBody(v.all)
	v.end()
	v = &b.values[textsOfRuns]
	v.all = appendTexts(v.all, rec)
	v.end()
}

// appendTexts appends the texts of rec, nothing where there are none.
func appendTexts(b []byte, rec *run.Record) []byte {
	outputs, reasons := 0, 0
	for i := range rec.Outputs {
		if o := &rec.Outputs[i]; o.Text != "" || o.Reasoning != "" {
			outputs = i + 1
		}
	}
	for i := range rec.Decisions {
		if rec.Decisions[i].Reason != "" {
			reasons = i + 1
		}
	}
	if outputs == 0 && reasons == 0 {
		return b
	}
	p := packer{b: b}
	p.uint(uint64(outputs))
	for i := range outputs {
		p.text(rec.Outputs[i].Text)
		p.text(rec.Outputs[i].Reasoning)
	}
	p.uint(uint64(reasons))
	for i := range reasons {
		p.text(rec.Decisions[i].Reason)
	}
	return p.b
}

// codecs are made once: they hold tables, and may be used by several at a time. A value
// of a gigabyte is more than any file's record may have: a larger one was forged.
var codecs = sync.OnceValues(func() (e *zstd.Encoder, d *zstd.Decoder) {
	e, err1 := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<19),
		zstd.WithEncoderCRC(false)) // a page that is not as it was written is not read: package vault
	d, err2 := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(1<<30))
	if err := errors.Join(err1, err2); err != nil {
		panic(err) // the options do not fit together
	}
	return e, d
})

// blockPacker makes the columns of blocks.
type blockPacker struct{ plain, packed []byte }

// pack gives a column of a block; it is valid until the next call.
func (p *blockPacker) pack(v *values) []byte {
	p.plain = binary.AppendUvarint(append(p.plain[:0], blockVersion), uint64(len(v.ends)))
	from := 0
	for _, end := range v.ends {
		p.plain = binary.AppendUvarint(p.plain, uint64(end-from))
		from = end
	}
	p.plain = append(p.plain, v.all...)
	encoder, _ := codecs()
	p.packed = encoder.EncodeAll(p.plain, p.packed[:0])
	return p.packed
}

// insertBlock is the statement for store.
const insertBlock = `INSERT INTO run_block (first_n, last_n, bodies, texts) VALUES (?, ?, ?, ?)`

// store stores the block on its own, where it has any runs, and empties it. An import
// has batches do it.
func (b *block) store(ctx context.Context, insert *sql.Stmt, p *blockPacker) error {
	if b.runs() == 0 {
		return nil
	}
	details := slices.Clone(p.pack(&b.values[bodies]))
	_, err := insert.ExecContext(ctx, b.first, b.last(), details, p.pack(&b.values[textsOfRuns]))
	b.empty()
	return err
}

var errBlock = errors.New("it is cut off or of a form that this Assay does not know")

// blockReader unpacks columns of blocks.
type blockReader struct {
	plain []byte
	values
}

// open unpacks a column, which must hold so many values.
func (r *blockReader) open(frame []byte, runs int64) (err error) {
	_, decoder := codecs()
	if r.plain, err = decoder.DecodeAll(frame, r.plain[:0]); err != nil {
		return fmt.Errorf("%w: %w", errBlock, err)
	}
	u := unpacker{b: r.plain}
	if u.byte() != blockVersion || u.count() != int(runs) || u.bad {
		return errBlock
	}
	end := uint64(0)
	r.ends = r.ends[:0]
	for range runs {
		end += min(u.uint(), uint64(len(r.plain))+1) // without overflow: a sum beyond the end is one below
		r.ends = append(r.ends, int(end))
	}
	r.all = u.b
	if u.bad || end != uint64(len(r.all)) {
		return errBlock
	}
	return nil
}

// value is that of run i, counted from 0.
func (r *blockReader) value(i int64) []byte {
	if i == 0 {
		return r.all[:r.ends[0]]
	}
	return r.all[r.ends[i-1]:r.ends[i]]
}

// eachValue reads a column of the blocks that hold runs first to last, and gives each of
// these runs' values, in the order of their numbers. A value is valid until f returns.
func eachValue(ctx context.Context, db DB, column int, first, last int64, f func(n int64, value []byte) error) error {
	var r blockReader
	return sqlitex.Scan(ctx, db, func(v *sqlitex.Row) error {
		from, to := v.Int(), v.Int()
		frame, _ := v.Next().([]byte) // what is no blob is too short
		if err := r.open(frame, to-from+1); err != nil {
			return fmt.Errorf("the block of runs %d to %d: %w", from, to, err)
		}
		for n := max(from, first); n <= min(to, last); n++ {
			if err := f(n, r.value(n-from)); err != nil {
				return err
			}
		}
		return nil
	}, "first_n, last_n, "+blockColumn[column],
		"run_block WHERE first_n BETWEEN coalesce((SELECT max(first_n) FROM run_block WHERE first_n <= ?1), ?1) AND ?2",
		first, last)
}

// Texts are what people search for in a run. The lists are used again after the function
// returns that they are given to, the strings are not.
type Texts struct {
	Outputs    []string `json:"outputs"`
	Reasonings []string `json:"reasonings"` // by output
	Reasons    []string `json:"reasons"`    // by decision
}

// EachText gives the texts of the runs with numbers first to last that have any.
func EachText(ctx context.Context, db DB, first, last int64, f func(n int64, t *Texts) error) error {
	var t Texts
	return eachValue(ctx, db, textsOfRuns, first, last, func(n int64, value []byte) error {
		if err := t.read(n, value); err != nil || len(value) == 0 {
			return err
		}
		return f(n, &t)
	})
}

// TextsOfBlock gives the texts in a row of run_block, of which the columns are as a salvage
// reads them.
func TextsOfBlock(columns []string, row []any, f func(n int64, t *Texts) error) error {
	var first, last int64
	var frame []byte
	for i, c := range columns {
		switch c {
		case "first_n":
			first, _ = row[i].(int64)
		case "last_n":
			last, _ = row[i].(int64)
		case blockColumn[textsOfRuns]:
			frame, _ = row[i].([]byte)
		}
	}
	var r blockReader
	if err := r.open(frame, last-first+1); err != nil {
		return fmt.Errorf("the block of runs %d to %d: %w", first, last, err)
	}
	var t Texts
	for n := first; n <= last; n++ {
		value := r.value(n - first)
		if err := t.read(n, value); err != nil {
			return err
		}
		if len(value) > 0 {
			if err := f(n, &t); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Texts) read(n int64, value []byte) error {
	t.Outputs, t.Reasonings, t.Reasons = t.Outputs[:0], t.Reasonings[:0], t.Reasons[:0]
	if len(value) == 0 {
		return nil
	}
	u := unpacker{b: value}
	for range u.count() {
		t.Outputs, t.Reasonings = append(t.Outputs, string(u.bytes())), append(t.Reasonings, string(u.bytes()))
	}
	for range u.count() {
		t.Reasons = append(t.Reasons, string(u.bytes()))
	}
	if u.bad || len(u.b) > 0 {
		return fmt.Errorf("the texts of run %d: %w", n, errBlock)
	}
	return nil
}
