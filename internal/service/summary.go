package service

import (
	"context"

	"assay/internal/civil"
	"assay/internal/ledger"
	"assay/internal/portfolio"
	"assay/internal/store"
	"assay/internal/vault"
	"assay/internal/workflow"
)

// Summary is how the register stands now, for a portfolio of several. file is the name
// that the portfolio calls its file by.
func (s *Service) Summary(ctx context.Context, file string) (portfolio.Client, error) {
	o, err := s.Overview(ctx)
	if err != nil {
		return portfolio.Client{}, err
	}
	c := portfolio.Client{
		Organisation: o.Organisation.Name,
		File:         file,
		Part:         o.Part,
		Percent:      o.Score.Percent,
		Lowest:       o.Score.Lowest,
		Waiting:      o.Waiting,
		Overdue:      o.Standing.Overdue,
		Certificates: o.Certificates,
		Due:          []portfolio.Due{},
		Workflows:    []portfolio.Workflow{},
	}
	for _, d := range o.Due {
		c.Due = append(c.Due, portfolio.Due{Kind: d.Kind, Ref: d.Ref, Day: d.Day})
	}
	rows := map[string]*WorkflowRow{}
	for i := range o.Workflows {
		rows[o.Workflows[i].ID] = &o.Workflows[i]
	}
	err = s.readViewWithRuns(ctx, func(view *View) error {
		head, _, err := s.headNow(ctx, view.r)
		if err != nil {
			return err
		}
		c.Register, c.Taken = head.Register(), head.Time
		c.Head, c.Entries = string(ledger.FormatHead(head)), head.Size
		for i := range view.workflows {
			wf := &view.workflows[i]
			row := rows[wf.ID]
			if row == nil { // added since: the next look has it
				continue
			}
			w, err := view.summary(ctx, wf, row)
			if err != nil {
				return err
			}
			c.Workflows = append(c.Workflows, w)
		}
		return nil
	})
	return c, err
}

// summary is how one workflow stands.
func (view *View) summary(ctx context.Context, wf *workflow.Workflow, row *WorkflowRow) (portfolio.Workflow, error) {
	f, rep, err := view.judge(ctx, wf)
	if err != nil {
		return portfolio.Workflow{}, err
	}
	w := portfolio.Workflow{
		Ref:         row.Ref,
		Name:        row.Name,
		Stage:       row.Lifecycle,
		Percent:     row.Percent,
		Areas:       []portfolio.Area{},
		Blocking:    []string{},
		Findings:    row.OpenFindings,
		Runs:        row.Runs,
		Certificate: row.Certificate,
		ValidUntil:  row.ValidUntil,
		NextReview:  row.NextReview,
		Gates:       []portfolio.Gate{},
	}
	if !f.Runs.To.IsZero() {
		w.NewestRun = civil.Of(f.Runs.To)
	}
	for _, a := range row.Areas {
		w.Areas = append(w.Areas, portfolio.Area{Title: a.Title, Met: a.Met, Applicable: a.Applicable})
	}
	for _, b := range rep.Blocking {
		w.Blocking = append(w.Blocking, b.Title)
	}
	for _, g := range f.Gates {
		w.Gates = append(w.Gates, portfolio.Gate{
			Title:         g.Title,
			Released:      g.Released,
			DecidedFirst:  g.DecidedFirst,
			Decided:       g.Decided,
			MedianSeconds: g.MedianSeconds,
			Timed:         g.Timed,
			UnderMinimum:  g.UnderMinimum,
			Agreed:        g.Agreed,
			Comparable:    g.Comparable,
		})
	}
	return w, nil
}

// LogBegins tells whether the register's log begins with a head that was taken of it
// before. Errors: unreadable where the head is none.
func (s *Service) LogBegins(ctx context.Context, head string) (bool, error) {
	then, err := ledger.ParseHead([]byte(head))
	if err != nil {
		return false, err
	}
	begins := false
	err = s.read(ctx, func(r *store.Reader) error {
		log, err := r.Log(ctx)
		if err != nil {
			return err
		}
		if then.Size > log.Size() {
			return nil
		}
		root, err := log.Root(then.Size)
		begins = root == then.Root
		return err
	})
	return begins, err
}

// NewPassphrase refuses, for a file of its own, what no register would take as its
// passphrase either.
func NewPassphrase(passphrase string) error { return vault.CheckNewPassphrase(passphrase) }
