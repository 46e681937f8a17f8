package runs

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"
	"time"

	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/workflow"

	"github.com/google/go-cmp/cmp"
)

// story is a run whose events lie an hour apart, in the order of their times.
func story(r *rand.Rand, n int) *run.Record {
	begin := noon.AddDate(0, 0, -20).Add(time.Duration(n) * time.Minute)
	rec := &run.Record{RunID: fmt.Sprintf("case-%d", n), Workflow: "planning"}
	names := []string{"draft", "check", "decide", "call", "send"}
	for i := range 2 + r.IntN(5) {
		at := begin.Add(time.Duration(i) * time.Hour)
		rec.Steps = append(rec.Steps, run.Step{
			Seq: i + 1, Name: names[r.IntN(len(names))], Actor: "a.one", Started: at, Ended: at.Add(time.Minute),
		})
		if r.IntN(4) == 0 { // asked, and answered in another part perhaps
			rec.Steps = append(rec.Steps, run.Step{
				Name: "decide" + run.AskedSuffix, Gate: "officer-decision", Ended: at.Add(5 * time.Minute),
			})
		}
		if r.IntN(3) == 0 {
			rec.Decisions = append(rec.Decisions, run.Decision{
				Gate: "officer-decision", Account: "b.two", Code: run.Approved, Decided: at.Add(30 * time.Minute),
			})
		}
	}
	rec.Sort()
	rec.Present()
	rec.Started, rec.Ended = rec.Span()
	return rec
}

// stretch is the part of a run that lies between two times.
func stretch(rec *run.Record, from, to time.Time) *run.Record {
	in := func(t time.Time) bool { return !t.Before(from) && t.Before(to) }
	part := &run.Record{RunID: rec.RunID, Workflow: rec.Workflow}
	for _, s := range rec.Steps {
		if in(s.When()) {
			s.Seq = len(part.Steps) + 1
			part.Steps = append(part.Steps, s)
		}
	}
	for _, d := range rec.Decisions {
		if in(d.Decided) {
			d.Presented = time.Time{} // its own asking is in this part, or in another
			part.Decisions = append(part.Decisions, d)
		}
	}
	part.Present()
	if part.Started, part.Ended = part.Span(); part.Started.IsZero() {
		return nil
	}
	return part
}

// ofFiles is what is counted of the files that runs came in.
var ofFiles = regexp.MustCompile(`"(later|elsewhere)":\d+,`)

// held is what the register holds: each run's digest, what was found on it, and
// everything that was counted, but for which file brought which part.
func held(t *testing.T, db *sql.DB, w *workflow.Workflow) map[string]string {
	t.Helper()
	out := contents(t, db, w)
	for k, v := range out {
		out[k] = ofFiles.ReplaceAllString(v, "")
	}
	err := Each(t.Context(), db, w.ID, func(_ string, rec *run.Record, _ Digest) error {
		out[rec.RunID] = fmt.Sprintf("%x", DigestOf(rec))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A log is cut into files by time, with overlaps, and imported in any order: the
// register then holds the runs, and has found on them, what it would of the log.
func TestParts(t *testing.T) {
	w := testWorkflow()
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 7))
		var whole []*run.Record
		for n := range 1 + r.IntN(6) {
			whole = append(whole, story(r, n))
		}
		begin, end := noon.AddDate(0, 0, -20), noon.AddDate(0, 0, -19)
		var files [][]*run.Record
		for from := begin; from.Before(end); {
			to := from.Add(time.Duration(1+r.IntN(5)) * time.Hour)
			overlap := time.Duration(r.IntN(3)) * time.Hour
			var file []*run.Record
			for _, rec := range whole {
				if p := stretch(rec, from.Add(-overlap), to); p != nil {
					file = append(file, p)
				}
			}
			if len(file) > 0 {
				files = append(files, file)
			}
			from = to
		}
		r.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		files = append(files, files[r.IntN(len(files))]) // and one again

		one, many := open(t, w), open(t, w)
		importRuns(t, one, w, 2, whole)
		for i, f := range files {
			s := importRuns(t, many, w, 2*i+2, f)
			if s.Source.Differ > 0 {
				t.Errorf("seed %d: %d runs of file %d are said to be others", seed, s.Source.Differ, i)
			}
		}
		if d := cmp.Diff(held(t, one, w), held(t, many, w)); d != "" {
			t.Errorf("seed %d, %d files: %s", seed, len(files), d)
		}
		sound(t, many, w)
	}
}

// What a part cannot be is a finding, and nothing is overwritten.
func TestParts_contradiction(t *testing.T) {
	at := func(h int) time.Time { return noon.AddDate(0, 0, -9).Add(time.Duration(h) * time.Hour) }
	step := func(name, actor string, h int) run.Step { return run.Step{Name: name, Actor: actor, Ended: at(h)} }
	of := func(steps ...run.Step) *run.Record {
		r := &run.Record{RunID: "x", Steps: steps}
		r.Sort()
		r.Started, r.Ended = r.Span()
		return r
	}
	first := of(step("draft", "a.one", 1), step("send", "svc", 3))
	for name, c := range map[string]struct {
		next    *run.Record
		differs bool
	}{
		"an event came late between two that are held": {
			of(step("draft", "a.one", 1), step("decide", "b.two", 2), step("send", "svc", 3)), false,
		},
		"somebody else did it":  {of(step("draft", "c.three", 1), step("send", "svc", 3)), true},
		"it goes on":            {of(step("send", "svc", 3), step("close", "svc", 4)), false},
		"it is earlier":         {of(step("read", "svc", 0), step("draft", "a.one", 1)), false},
		"it is less":            {of(step("send", "svc", 3)), false},
		"nothing of it is held": {of(step("close", "svc", 5)), false},
	} {
		t.Run(name, func(t *testing.T) {
			w := testWorkflow()
			db := open(t, w)
			importRuns(t, db, w, 2, []*run.Record{first})
			s := importRuns(t, db, w, 4, []*run.Record{c.next})
			if (s.Source.Differ > 0) != c.differs || s.Findings[oversight.LogConflict] != s.Source.Differ {
				t.Errorf("%+v", s)
			}
			sound(t, db, w)
		})
	}
}

// An event that is held and that a later file lacks, though it shows what came before
// and after, was taken out: a finding, and what is held stands.
func TestParts_missing(t *testing.T) {
	at := func(h int) time.Time { return noon.AddDate(0, 0, -9).Add(time.Duration(h) * time.Hour) }
	step := func(name string, h int) run.Step { return run.Step{Name: name, Actor: "a.one", Ended: at(h)} }
	of := func(steps ...run.Step) *run.Record {
		r := &run.Record{RunID: "x", Steps: steps}
		r.Sort()
		r.Started, r.Ended = r.Span()
		return r
	}
	w := testWorkflow()
	db := open(t, w)
	importRuns(t, db, w, 2, []*run.Record{of(step("draft", 1), step("decide", 2), step("send", 3))})
	s := importRuns(t, db, w, 4, []*run.Record{of(step("draft", 1), step("send", 3), step("close", 4))})
	if s.Source.Differ != 1 || s.Findings[oversight.LogConflict] != 1 {
		t.Errorf("%+v", s)
	}
	got, err := Get(t.Context(), db, w.ID, "x", "2026-09-01")
	if err != nil || len(got.Record.Steps) != 3 {
		t.Errorf("%+v, %v", got.Record, err)
	}
	sound(t, db, w)
}

// Purging an import takes its part of a run and leaves the others' part.
func TestParts_purge(t *testing.T) {
	at := func(h int) time.Time { return noon.AddDate(0, 0, -9).Add(time.Duration(h) * time.Hour) }
	parts := [][]*run.Record{
		{{
			RunID:   "x",
			Started: at(1),
			Ended:   at(1),
			Steps:   []run.Step{{Seq: 1, Name: "draft", Actor: "a.one", Ended: at(1)}},
		}},
		{{
			RunID:   "x",
			Started: at(2),
			Ended:   at(2),
			Steps:   []run.Step{{Seq: 1, Name: "decide", Actor: "b.two", Ended: at(2)}},
		}},
		{{
			RunID:   "x",
			Started: at(3),
			Ended:   at(3),
			Steps:   []run.Step{{Seq: 1, Name: "send", Actor: "c.three", Ended: at(3)}},
		}},
	}
	for gone := range parts {
		w := testWorkflow()
		db := open(t, w)
		var refs []string
		for i, p := range parts {
			refs = append(refs, importRuns(t, db, w, 2*i+2, p).Source.Ref)
		}
		purge(t, db, w, refs[gone])
		sound(t, db, w)
		var left []string
		err := Each(t.Context(), db, w.ID, func(_ string, rec *run.Record, _ Digest) error {
			for _, s := range rec.Steps {
				left = append(left, s.Name)
			}
			return nil
		})
		want := slices.Delete([]string{"draft", "decide", "send"}, gone, gone+1)
		if err != nil || !slices.Equal(left, want) {
			t.Errorf("without part %d: %v, %v", gone+1, left, err)
		}
	}
}
