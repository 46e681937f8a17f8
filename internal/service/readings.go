package service

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"assay/internal/approval"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/imported"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/prose"
	"assay/internal/store"
	"assay/internal/store/runs"
)

// PlannedSample is how large a sample would be.
type PlannedSample struct {
	Population int64 `json:"population"`
	Size       int64 `json:"size"` // with one run a stratum, a few more may be drawn
}

// PlanSample says how many runs a plan would draw, without drawing them.
func (s *Service) PlanSample(ctx context.Context, q SampleRequest) (out PlannedSample, err error) {
	plan := q.Plan
	if plan.Seed == "" {
		plan.Seed = "-" // settles which runs, not how many
	}
	if err := plan.Check(); err != nil {
		return out, err
	}
	err = s.read(ctx, func(r *store.Reader) error {
		wf, err := store.Workflows.Get(ctx, r, q.Workflow)
		if err != nil {
			return err
		}
		days, err := runs.DailyRuns(ctx, r.SQL, wf.ID, q.Period)
		for _, d := range days {
			if d.Day != "" || q.Period == (imported.Period{}) {
				out.Population += d.Runs
			}
		}
		out.Size = plan.Size(out.Population)
		return err
	})
	return out, err
}

// SampleRow is a sample as lists show it.
type SampleRow struct {
	Ref          string             `json:"ref"`
	Workflow     string             `json:"workflow"` // reference
	WorkflowName string             `json:"workflow_name"`
	From         civil.Date         `json:"from"`
	To           civil.Date         `json:"to"`
	DrawnAt      time.Time          `json:"drawn_at"`
	DrawnBy      string             `json:"drawn_by"`
	Officer      string             `json:"officer"`
	Drawn        int64              `json:"drawn"`
	Population   int64              `json:"population"`
	Read         int64              `json:"read"`
	Disagreed    int64              `json:"disagreed"`
	SignedOff    *oversight.SignOff `json:"signed_off"`
}

// Samples lists the samples that were drawn, newest first, of one workflow or
// of all.
func (s *Service) Samples(ctx context.Context, workflow string) ([]SampleRow, error) {
	out := []SampleRow{}
	err := s.read(ctx, func(r *store.Reader) error {
		var all []Sampled
		var err error
		if workflow == "" {
			all, err = samples.List(ctx, r)
		} else {
			wf, e := store.Workflows.Get(ctx, r, workflow)
			if e != nil {
				return e
			}
			all, err = samples.Of(ctx, r, wf.ID)
		}
		if err != nil {
			return err
		}
		for i := len(all) - 1; i >= 0; i-- {
			x := all[i]
			row := SampleRow{
				Ref:          x.Ref,
				Workflow:     x.Workflow,
				WorkflowName: x.Name,
				From:         x.Period.From,
				To:           x.Period.To,
				DrawnAt:      x.DrawnAt,
				DrawnBy:      x.DrawnBy,
				Officer:      x.Officer,
				Drawn:        x.Workpaper.Drawn,
				Population:   x.Workpaper.Population,
				SignedOff:    x.SignedOff,
			}
			err := r.SQL.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(verdict = 'disagree'), 0) FROM sample_reading WHERE sample_id = ?`, x.ID).
				Scan(&row.Read, &row.Disagreed)
			if err != nil {
				return err
			}
			out = append(out, row)
		}
		return nil
	})
	return out, err
}

// Sample is one sample with what was said of its runs. Errors: not_found.
func (s *Service) Sample(ctx context.Context, ref string) (out Sampled, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		x, err := sampleOf(ctx, r, ref)
		if err == nil {
			out = *x
		}
		return err
	})
	return out, err
}

func sampleOf(ctx context.Context, r *store.Reader, ref string) (*Sampled, error) {
	x, err := samples.Get(ctx, r, ref)
	if err != nil {
		return nil, err
	}
	x.Said, err = saidOf(ctx, r, *x)
	return x, err
}

// saidOf is what was said of the runs of a sample, in the order of reading, each
// with the time that it took.
func saidOf(ctx context.Context, r *store.Reader, x Sampled) ([]oversight.Said, error) {
	rows, err := r.SQL.QueryContext(
		ctx,
		`SELECT run_id, verdict, note, by, at FROM sample_reading WHERE sample_id = ? ORDER BY at, id`,
		x.ID,
	)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []oversight.Said
	for rows.Next() {
		var d oversight.Said
		var at string
		if err := rows.Scan(&d.RunID, &d.Verdict, &d.Note, &d.By, &at); err != nil {
			return nil, err
		}
		if d.At, err = time.Parse(time.RFC3339, at); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	oversight.Timed(out, x.DrawnAt)
	return out, rows.Err()
}

// Say records what the officer says of one run of a sample. Said again, it
// replaces what was said before; the log keeps both.
func (s *Service) Say(ctx context.Context, ref string, d oversight.Said) (out Sampled, err error) {
	err = s.change(
		ctx,
		doing{
			action:  "sample.read",
			subject: ref,
			summary: "Read a run of a sample",
			may:     organisation.ActionAnswerSampling,
		},
		func(t *store.Tx) error {
			x, err := sampleOf(ctx, &t.Reader, ref)
			if err != nil {
				return err
			}
			if x.SignedOff != nil {
				return fault.Conflict("%s is signed off; draw another sample to read on.", x.Ref)
			}
			d.At, d.By = s.clock().UTC().Truncate(time.Millisecond), s.SignedIn().Name
			if x.Officer != "" {
				d.By = x.Officer
			}
			if err := d.Check(x.Workpaper); err != nil {
				return err
			}
			_, err = t.SQL.ExecContext(
				ctx,
				`INSERT INTO sample_reading (id, sample_id, run_id, verdict, note, by, at) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (sample_id, run_id) DO UPDATE SET verdict = excluded.verdict, note = excluded.note, by = excluded.by, at = excluded.at`,
				id.New(),
				x.ID,
				d.RunID,
				string(d.Verdict),
				d.Note,
				d.By,
				store.Stamp(d.At),
			)
			if err != nil {
				return err
			}
			word := map[oversight.Verdict]string{
				oversight.VerdictAgree: "agrees", oversight.VerdictDisagree: "disagrees",
			}[d.Verdict]
			t.Entry().Subject = x.Ref
			t.Entry().Summary = oneLine(
				fmt.Sprintf("%s %s with run %s of %s%s", d.By, word, prose.Shorten(d.RunID, 100), x.Ref,
					s.writtenDownFor(d.By)),
			)
			x.Said, err = saidOf(ctx, &t.Reader, *x)
			out = *x
			return err
		},
	)
	if err != nil {
		return Sampled{}, err
	}
	return out, nil
}

// signedContent is what is signed off: what was said of each run, and the sign-off
// but for its approval.
func (x Sampled) signedContent(end oversight.SignOff) ([]byte, error) {
	end.Approval = approval.Approval{}
	b, err := json.Marshal(struct {
		Sample  string            `json:"sample"`
		Said    []oversight.Said  `json:"said"`
		SignOff oversight.SignOff `json:"sign_off"`
	}{x.Ref, x.Said, end})
	if err != nil {
		return nil, fmt.Errorf("write what is signed off: %w", err)
	}
	return b, nil
}

// writtenDownFor says who is at the keyboard, where that is not who is said to speak.
func (s *Service) writtenDownFor(name string) string {
	if at := s.SignedIn(); at != nil && !organisation.SameName(at.Name, name) {
		return ", written down by " + at.Name
	}
	return ""
}

// SampleSignOff asks to end the reading of a sample.
type SampleSignOff struct {
	Person     string `json:"person"`     // reference of who signs off, empty: who is at the keyboard
	Passphrase string `json:"passphrase"` // of that person's own key; empty: the sign-off is only recorded
	Conclusion string `json:"conclusion"`
}

// SignOffSample ends the reading of a sample by name, once every run was read.
// Who drew the sample does not sign it off: which runs are read, and what reading
// them showed, are two people's words.
func (s *Service) SignOffSample(ctx context.Context, ref string, q SampleSignOff) (out Sampled, err error) {
	err = s.change(
		ctx,
		doing{
			action:  "sample.sign_off",
			subject: ref,
			reason:  q.Conclusion,
			summary: "Signed a sample off",
			may:     organisation.ActionAnswerSampling,
		},
		func(t *store.Tx) error {
			x, err := sampleOf(ctx, &t.Reader, ref)
			if err != nil {
				return err
			}
			if x.SignedOff != nil {
				return fault.Conflict("%s was signed off by %s already.", x.Ref, x.SignedOff.By)
			}
			by := s.SignedIn()
			if q.Person != "" {
				if by, err = store.People.Get(ctx, &t.Reader, q.Person); err != nil {
					return err
				}
			}
			end, err := x.Workpaper.Conclude(
				x.Said,
				oversight.SignOff{
					By:         by.Name,
					Role:       by.JobTitle,
					With:       s.SignedIn().Name,
					At:         s.clock().UTC().Truncate(time.Second),
					Conclusion: q.Conclusion,
				},
			)
			if err != nil {
				return err
			}
			drawer := x.DrawnByID
			if drawer == "" && by.Name == x.DrawnBy { // a sample of an older Assay knows its drawer by name
				drawer = by.ID
			}
			content, err := x.signedContent(end)
			if err != nil {
				return err
			}
			end.Approval, err = s.approve(
				ctx, &t.Reader, ApprovalRequest{Approver: by.Ref, Passphrase: q.Passphrase},
				organisation.ActionAnswerSampling,
				"reading of "+x.Ref, content, drawer,
			)
			if err != nil {
				return err
			}
			kept := *x
			kept.Said, kept.SignedOff = nil, &end // what was said stands in its own table
			t.Entry().Subject = x.Ref
			t.Entry().Summary = oneLine(
				fmt.Sprintf(
					"%s signed %s of %s off: %d runs read in %s, %d disagreed with; %s",
					by.Name,
					x.Ref,
					refAndName(x.Workflow, x.Name),
					end.Read,
					prose.Seconds(int(end.Seconds)),
					end.Deviations,
					end.Approval.Words(),
				),
			)
			out = *x
			out.SignedOff = &end
			return samples.Put(ctx, t, &kept)
		},
	)
	if err != nil {
		return Sampled{}, err
	}
	return out, nil
}
