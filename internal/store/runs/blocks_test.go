package runs

import (
	"bytes"
	"database/sql"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/oversight"
	"assay/internal/run"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestBlock_vector holds the form of a block to the example in blocks.go, written by hand.
// Another frame that unpacks to the same would do as well.
func TestBlock_vector(t *testing.T) {
	const (
		plain = "01 03 06 00 05 01024869 0000 0001024e6f"
		frame = "28b52ffd000081000001030600050102486900000001024e6f"
	)
	var b block
	for i, rec := range []*run.Record{
		{Outputs: []run.Output{{Text: "Hi"}, {}}, Decisions: []run.Decision{{}}},
		{Decisions: []run.Decision{{}}},
		{Decisions: []run.Decision{{Reason: "No"}, {}}},
	} {
		b.add(int64(i+1), rec, func(b []byte) []byte { return b })
	}
	var p blockPacker
	p.pack(&b.values[textsOfRuns])
	if got := hex.EncodeToString(p.plain); got != strings.ReplaceAll(plain, " ", "") {
		t.Errorf("written: %s", got)
	}
	packed, err := hex.DecodeString(frame)
	if err != nil {
		t.Fatal(err)
	}
	var r blockReader
	if err := r.open(packed, 3); err != nil {
		t.Fatal(err)
	}
	var texts Texts
	for i, want := range []Texts{
		{Outputs: []string{"Hi"}, Reasonings: []string{""}}, {}, {Reasons: []string{"No"}},
	} {
		if err := texts.read(1, r.value(int64(i))); err != nil {
			t.Error(err)
		}
		if d := cmp.Diff(want, texts, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("run %d (-want +got):\n%s", i, d)
		}
	}
	for _, file := range []string{plain, frame} {
		text, err := os.ReadFile("blocks.go")
		if err != nil || !strings.Contains(string(text), file) {
			t.Errorf("blocks.go does not show %s: %v", file, err)
		}
	}
}

// TestBlock_texts stores runs with texts of every size, some larger than a block, and
// expects them back, alone and in any span.
func TestBlock_texts(t *testing.T) {
	w := testWorkflow()
	db := open(t, w)
	r := rand.New(rand.NewPCG(3, 5))
	recs := randomRuns(21, 900)
	for i, rec := range recs {
		if i%97 == 0 {
			rec.Outputs = append(rec.Outputs, run.Output{Text: strings.Repeat("ab ", r.IntN(2*blockBytes))})
		}
	}
	importRuns(t, db, w, 1, recs[:700])
	importRuns(t, db, w, 2, recs[700:])
	var blocks, largest int
	if err := db.QueryRow(`SELECT count(*), max(last_n - first_n + 1) FROM run_block`).
		Scan(&blocks, &largest); err != nil {
		t.Fatal(err)
	}
	if largest > blockRuns || blocks < 900/blockRuns+2 {
		t.Fatalf("%d blocks of up to %d runs", blocks, largest)
	}
	read := func(first, last int64) {
		t.Helper()
		n := first
		err := eachIn(t.Context(), db, first, last, 0, whole, func(at, _ int64, rec *run.Record, _ Digest) error {
			if at != n {
				return fmt.Errorf("run %d, want %d", at, n)
			}
			want := recs[n-1]
			n++
			if !bytes.Equal(AppendCanonical(nil, want), AppendCanonical(nil, rec)) {
				return fmt.Errorf("run %d is not as it was", at)
			}
			return nil
		})
		if err != nil || n != last+1 {
			t.Fatalf("runs %d to %d: %v after %d", first, last, err, n-1)
		}
	}
	read(1, 900)
	for range 40 {
		first := 1 + r.Int64N(900)
		read(first, min(900, first+r.Int64N(300)))
	}
	want, got := 0, 0
	for _, rec := range recs[99:300] {
		for i := range rec.Outputs {
			want += len(rec.Outputs[i].Text) + len(rec.Outputs[i].Reasoning)
		}
		for i := range rec.Decisions {
			want += len(rec.Decisions[i].Reason)
		}
	}
	err := EachText(t.Context(), db, 100, 300, func(n int64, t *Texts) error {
		for _, s := range [][]string{t.Outputs, t.Reasonings, t.Reasons} {
			got += len(strings.Join(s, ""))
		}
		return nil
	})
	if err != nil || got != want {
		t.Errorf("%d bytes of texts, want %d: %v", got, want, err)
	}
	seen := []int64{}
	numbers := []int64{811, 3, 4, 400, 4, 899}
	err = EachNumbered(t.Context(), db, numbers, func(n int64, rec *run.Record) error {
		seen = append(seen, n)
		if rec.RunID != recs[n-1].RunID {
			t.Errorf("run %d is %s", n, rec.RunID)
		}
		return nil
	})
	if d := cmp.Diff([]int64{3, 4, 400, 811, 899}, seen); d != "" || err != nil {
		t.Error(d, err)
	}
}

// TestBlock_damage takes blocks away, cuts them off and lays them over each other: runs
// that cannot be read whole are an error, never other content.
func TestBlock_damage(t *testing.T) {
	w := testWorkflow()
	db := open(t, w)
	importRuns(t, db, w, 1, randomRuns(22, 2*blockRuns+200))
	sound(t, db, w)
	const second = `(SELECT first_n FROM run_block ORDER BY first_n LIMIT 1 OFFSET 1)`
	const third = `(SELECT first_n FROM run_block ORDER BY first_n LIMIT 1 OFFSET 2)`
	for name, statement := range map[string]string{
		"taken_away":   `DELETE FROM run_block WHERE first_n = ` + second,
		"cut_off":      `UPDATE run_block SET bodies = substr(bodies, 1, length(bodies) - 9) WHERE first_n = ` + second,
		"no_texts":     `UPDATE run_block SET texts = x'' WHERE first_n = ` + second,
		"of_others":    `UPDATE run_block SET bodies = (SELECT bodies FROM run_block WHERE first_n = ` + third + `) WHERE first_n = ` + second,
		"texts_alone":  `UPDATE run_block SET texts = (SELECT texts FROM run_block WHERE first_n = ` + third + `) WHERE first_n = ` + second,
		"said_shorter": `UPDATE run_block SET last_n = last_n - 1 WHERE first_n = ` + second,
		"said_longer":  `UPDATE run_block SET last_n = last_n + 1 WHERE first_n = ` + second,
		"two_over_one": `INSERT INTO run_block SELECT first_n + 1, last_n + 1, bodies, texts FROM run_block
			WHERE first_n = ` + second,
		"moved": `UPDATE run_block SET first_n = first_n + 1, last_n = last_n + 1 WHERE first_n = ` + third,
	} {
		t.Run(name, func(t *testing.T) {
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback()
			if _, err := tx.Exec(statement); err != nil {
				t.Fatal(err)
			}
			problems, err := Check(t.Context(), tx, w, nil)
			if err == nil && len(problems) == 0 {
				t.Fatal("not noticed")
			}
		})
	}
}

// FuzzBlock feeds the reader of blocks what is none.
func FuzzBlock(f *testing.F) {
	var b block
	var p blockPacker
	for i, rec := range randomRuns(4, 30) {
		b.add(int64(i+1), rec, func(b []byte) []byte { return append(b, rec.RunID...) })
	}
	f.Add(bytes.Clone(p.pack(&b.values[bodies])), int64(30), false)
	f.Add(bytes.Clone(p.pack(&b.values[textsOfRuns])), int64(30), false)
	f.Add([]byte("\x01\x02\x01\x00a"), int64(2), true)
	f.Add([]byte("\x01\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02a"), int64(2), true)
	encoder, _ := codecs()
	f.Fuzz(func(t *testing.T, frame []byte, runs int64, plain bool) {
		if plain {
			frame = encoder.EncodeAll(frame, nil)
		}
		var r blockReader
		if err := r.open(frame, runs); err != nil {
			return
		}
		total := 0
		for i := range runs {
			v := r.value(i)
			total += len(v)
			var texts Texts
			_ = texts.read(i, v)
		}
		if total != len(r.all) {
			t.Fatalf("%d bytes of values, of %d", total, len(r.all))
		}
	})
}

// TestMoveIntoBlocks keeps runs of three imports as they were kept before blocks, with a
// number that is missing, and expects each unchanged afterwards.
func TestMoveIntoBlocks(t *testing.T) {
	db, p := migrating(t, filepath.Join(t.TempDir(), "old.assay"))
	if _, err := p.UpTo(t.Context(), 50); err != nil {
		t.Fatal(err)
	}
	recs := randomRuns(23, 5_000)
	recs[17].Outputs, recs[17].Decisions = nil, nil
	recs[18].Outputs = []run.Output{{At: recs[18].At}, {Reasoning: "only this", At: recs[18].At}, {At: recs[18].At}}
	recs[19].Outputs = []run.Output{{Text: strings.Repeat("long ", blockBytes), At: recs[19].At}}
	const missing = 300
	source := func(i int) int64 { return 1 + int64(i/1_700) }
	change(t, db, func(tx *sql.Tx) error {
		texts, err := newTexts(t.Context(), tx)
		if err != nil {
			return err
		}
		old, err := newBodyWriter(t.Context(), tx, texts)
		if err != nil {
			return err
		}
		for i, rec := range recs {
			if i == missing {
				continue
			}
			s := stored{wfRowID: 1, source: source(i), digest: DigestOf(rec), rec: *rec}
			if err := old.run(t.Context(), int64(i+1), &s, oversight.When(rec)); err != nil {
				return err
			}
		}
		if err := old.close(); err != nil {
			return err
		}
		return texts.close()
	})
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	err := eachIn(
		t.Context(),
		db,
		1,
		int64(len(recs)),
		0,
		whole,
		func(at, from int64, rec *run.Record, d Digest) error {
			if n++; n == missing+1 {
				n++
			}
			want := recs[n-1]
			if at != n || from != source(int(n-1)) || d != DigestOf(want) {
				return fmt.Errorf("run %d of import %d with the digest %x", at, from, d)
			}
			if d := cmp.Diff(want, rec, cmpopts.EquateEmpty()); d != "" {
				return fmt.Errorf("run %d (-want +got):\n%s", at, d)
			}
			return nil
		},
	)
	if err != nil || n != int64(len(recs)) {
		t.Fatal(n, err)
	}
	var across int
	if err := db.QueryRow(`SELECT count(*) FROM run_block b WHERE EXISTS (SELECT 1 FROM run_record r
		WHERE r.n BETWEEN b.first_n AND b.last_n AND r.source_n <> (SELECT source_n FROM run_record WHERE n = b.first_n))`).
		Scan(&across); err != nil || across > 0 {
		t.Errorf("%d blocks hold runs of two imports: %v", across, err)
	}
	if _, err := db.Exec(`SELECT body FROM run_record`); err == nil {
		t.Error("the old bodies are still there")
	}
}
