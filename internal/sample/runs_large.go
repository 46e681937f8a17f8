package sample

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"time"

	"assay/internal/run"
)

// LargeKey is the workflow whose runs WriteLarge writes.
const LargeKey = "council-tax-changes"

// WriteLarge writes a run audit of any size, for measuring: the runs that Large
// gives, about 940 bytes each. The same arguments give the same bytes.
func WriteLarge(w io.Writer, n int, seed uint64, until time.Time) error {
	cast, _ := CastOf(LargeKey)
	bw := bufio.NewWriterSize(w, 1<<20)
	line := run.AppendAuditHeader(
		nil,
		run.Stated{
			Platform:  cast.Platform,
			Workflow:  cast.PlatformID,
			From:      until.UTC().Add(-largeSpan).Truncate(time.Second),
			To:        until.UTC().Truncate(time.Second),
			Runs:      int64(n),
			Decisions: -1,
		},
	)
	bw.Write(append(line, '\n'))
	for rec := range Large(n, seed, until) {
		line = append(run.AppendAudit(line[:0], rec), '\n')
		if _, err := bw.Write(line); err != nil {
			return err
		}
	}
	return bw.Flush()
}

const largeSpan = 270 * 24 * time.Hour

// Large gives n runs of the workflow LargeKey with twice as many decisions,
// spread over the 270 days before until. One run in a thousand is released
// undecided, one is decided by a system account and one too fast. The same
// arguments give the same runs; a run is used again for the next one.
func Large(n int, seed uint64, until time.Time) iter.Seq[*run.Record] {
	return func(yield func(*run.Record) bool) { large(n, seed, until, yield) }
}

func large(n int, seed uint64, until time.Time, yield func(*run.Record) bool) {
	cast, _ := CastOf(LargeKey)
	gate := cast.Gates[0]
	r := rand.New(rand.NewPCG(seed, 1))
	lexicon := vocabulary()
	zipf := rand.NewZipf(r, 1.15, 4, uint64(len(lexicon)-1))
	var b []byte
	text := func(words int) string {
		b = b[:0]
		for i := range words {
			if i > 0 {
				b = append(b, ' ')
			}
			b = append(b, lexicon[zipf.Uint64()]...)
			switch {
			case i%13 == 12:
				b = append(b, '.')
			case i%29 == 28:
				b = append(b, '"')
			}
		}
		return string(b)
	}
	from := until.UTC().Add(-largeSpan).Truncate(time.Second)
	var rec run.Record
	for i := range n {
		rec.Reset()
		start := from.Add(time.Duration(float64(i) / float64(n) * float64(largeSpan-2*time.Hour))).
			Truncate(time.Millisecond)
		a, c := r.Uint64(), r.Uint64()
		rec.RunID = fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, c>>52, c&0xffffffffffff)
		rec.Workflow, rec.WorkflowVersion, rec.ModelVersion, rec.PromptVersion = cast.PlatformID, cast.Version,
			cast.Model, cast.Prompt
		rec.Sequence, rec.Started = int64(i+1), start
		rec.Outcome, rec.Segment = cast.Outcomes[min(r.IntN(3), r.IntN(3))], cast.Segments[r.IntN(3)]
		rec.Outputs = append(
			rec.Outputs,
			run.Output{
				Text:           text(2 + r.IntN(3)),
				Recommendation: rec.Outcome,
				Confidence:     float64(5000+r.IntN(5000)) / 10000,
				Reasoning:      text(2 + r.IntN(5)),
			},
		)
		fault := r.IntN(1000)
		t := start.Add(time.Duration(r.IntN(60_000)) * time.Millisecond)
		for k := range 1 + r.IntN(3) {
			if fault == 0 {
				break
			}
			d := run.Decision{
				Gate:       gate.Key,
				PreparedBy: "z.tamm",
				Presented:  t,
				Account:    gate.Officers[r.IntN(len(gate.Officers))],
				Code:       run.Approved,
			}
			if k > 0 {
				rec.Decisions[k-1].Code, rec.Decisions[k-1].Reason = run.ReferredBack, text(1+r.IntN(3))
			} else if r.IntN(5) == 0 {
				d.Code, d.Reason = run.ApprovedWithEdits, text(1+r.IntN(3))
			}
			review := time.Duration(
				gate.MinReviewSeconds,
			)*time.Second + time.Duration(
				r.ExpFloat64()*180_000,
			)*time.Millisecond
			switch fault {
			case 1:
				d.Account = "svc-revenues"
			case 2:
				review = 3 * time.Second
			}
			d.Decided = t.Add(review)
			t = d.Decided.Add(time.Minute)
			rec.Decisions = append(rec.Decisions, d)
		}
		rec.Steps = append(
			rec.Steps,
			run.Step{Name: gate.Release[0], Actor: "svc-revenues", ActorKind: run.ActorSystem, Ended: t},
		)
		rec.Ended = t
		if !yield(&rec) {
			return
		}
	}
}

// vocabulary is some thousands of words, common ones first.
func vocabulary() []string {
	words := []string{
		"the",
		"applicant",
		"income",
		"policy",
		"review",
		"evidence",
		"officer",
		"threshold",
		"eligibility",
		"document",
		"because",
		"section",
		"criteria",
		"household",
		"benefit",
		"model",
		"below",
		"above",
		"missing",
		"verified",
		"statement",
		"inconsistent",
		"appeal",
		"address",
		"account",
		"liability",
	}
	parts := []string{
		"ba",
		"co",
		"di",
		"fer",
		"gra",
		"lin",
		"mo",
		"ner",
		"pul",
		"ris",
		"sta",
		"tor",
		"ven",
		"xi",
		"zul",
		"qua",
		"pre",
		"sub",
		"ter",
		"ment",
	}
	r := rand.New(rand.NewPCG(7, 7))
	for len(words) < 8000 {
		s := ""
		for range 2 + r.IntN(3) {
			s += parts[r.IntN(len(parts))]
		}
		words = append(words, s)
	}
	return words
}
