package runs

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"assay/internal/id"
	"assay/internal/imported"
	"assay/internal/run"

	"github.com/google/go-cmp/cmp"
)

// more is what a later file says of a run that is held: events before, between and after
// its own, and now and then another outcome or version.
func more(r *rand.Rand, of *run.Record) *run.Record {
	at := of.Started.Add(time.Duration(r.IntN(72)-24) * time.Hour)
	part := &run.Record{RunID: of.RunID}
	switch r.IntN(4) {
	case 0:
		part.Steps = []run.Step{{Name: "send", Actor: "svc", Ended: at, Gate: "officer-decision", Act: run.ActRelease}}
	case 1:
		part.Steps = []run.Step{
			{Name: "draft", Actor: "a.one", Ended: at, Gate: "officer-decision", Act: run.ActPrepare},
		}
	default:
		part.Decisions = []run.Decision{{
			Gate: "officer-decision", Account: []string{"b.two", "c.three", "z.none"}[r.IntN(3)], Decided: at,
			Presented: at.Add(-time.Minute), Code: []run.DecisionCode{run.Approved, run.Rejected}[r.IntN(2)],
		}}
	}
	if r.IntN(5) == 0 {
		part.Outcome, part.ModelVersion = "changed", fmt.Sprint("m-", r.IntN(3))
	}
	if r.IntN(5) == 0 {
		part.Outputs = []run.Output{{Text: "a letter", Reasoning: "because"}}
	}
	part.Started, part.Ended = part.Span()
	return part
}

// TestJoined: after an import that adds to runs that are held, everything that was found
// and summed up is what testing every run again finds and sums up.
func TestJoined(t *testing.T) {
	inPlace := 0
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 11))
		w := testWorkflow()
		db := open(t, w)
		held := randomRuns(seed, 150)
		importRuns(t, db, w, 1, held)
		for n := range 4 {
			var file []*run.Record
			for _, i := range r.Perm(len(held))[:1+r.IntN(12)] {
				if !held[i].Started.IsZero() {
					file = append(file, more(r, held[i]))
				}
			}
			for k := range r.IntN(3) {
				file = append(file, story(r, int(seed)*1000+n*10+k))
			}
			if i := r.IntN(len(held)); n%2 == 0 { // one that is told otherwise
				other := held[i].Clone()
				other.Outcome, other.Outputs = "amended", nil
				file = append(file, &other)
			}
			r.Shuffle(len(file), func(i, j int) { file[i], file[j] = file[j], file[i] })
			without := r.IntN(len(file) + 1) // so many come before the first that has an output
			for i := range without {
				if n%3 > 0 {
					bare := file[i].Clone()
					bare.Outputs = nil
					file[i] = &bare
				}
			}
			change(t, db, func(tx *sql.Tx) error {
				wr, err := NewWriter(t.Context(), tx, w, imported.Source{
					ID:         id.New(),
					Ref:        id.Ref(id.Source, int64(n+2)),
					FileName:   "more.csv",
					Format:     "csv",
					ImportedAt: noon,
					ImportedBy: "Ada",
				}, Options{Distinct: true})
				if err != nil {
					return err
				}
				for _, rec := range file {
					if _, err := wr.Add(t.Context(), rec); err != nil {
						return err
					}
				}
				_, err = wr.Close(t.Context(), End{SHA256: strings.Repeat(fmt.Sprint(n+1), 64)})
				if wr.inPlace {
					inPlace++
				}
				return err
			})
			sound(t, db, w)
			got := contents(t, db, w)
			change(t, db, func(tx *sql.Tx) error {
				_, err := Retest(t.Context(), tx, w)
				return err
			})
			if d := cmp.Diff(contents(t, db, w), got); d != "" {
				t.Fatalf("seed %d, file %d: %s", seed, n, d)
			}
		}
	}
	if inPlace < 20 {
		t.Errorf("the sums were changed in place after %d of 40 imports", inPlace)
	}
}
