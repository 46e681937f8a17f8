package service

import (
	"context"
	"encoding/hex"
	"runtime"
	"sync"
	"sync/atomic"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/ledger"
	"assay/internal/oversight"
	"assay/internal/report"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/store/search"
	"assay/internal/workflow"
)

// runFiguresOf is runsOf for those who hold no lock.
func (view *View) runFiguresOf(ctx context.Context, wf *workflow.Workflow) (*runFigures, error) {
	view.cache.mu.Lock()
	defer view.cache.mu.Unlock()
	return view.runsOf(ctx, wf)
}

// runsOf is what the runs of a workflow show, worked out once.
func (view *View) runsOf(ctx context.Context, wf *workflow.Workflow) (*runFigures, error) {
	if selection, ok := view.cache.runs[wf.ID]; ok {
		return selection, nil
	}
	selection, err := view.readRuns(ctx, wf)
	if err != nil {
		return nil, err
	}
	*selection = Whole(*selection)
	view.cache.runs[wf.ID] = selection
	return selection, nil
}

// readViewWithRuns is readView for screens that judge every workflow. What their runs show is
// read on every core first, where it is not remembered: in a large register
// nothing else takes as long after it is opened.
func (s *Service) readViewWithRuns(ctx context.Context, f func(*View) error) error {
	return s.readView(ctx, func(view *View) error {
		if err := s.readAllRuns(ctx, view); err != nil {
			return err
		}
		return f(view)
	})
}

func (s *Service) readAllRuns(ctx context.Context, view *View) error {
	view.cache.mu.Lock()
	defer view.cache.mu.Unlock()
	var missing []*workflow.Workflow
	for i := range view.workflows {
		if wf := &view.workflows[i]; view.cache.runs[wf.ID] == nil {
			missing = append(missing, wf)
		}
	}
	parts := make([]*runFigures, len(missing))
	var next atomic.Int64
	read := func(view *View) error {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(missing) {
				return nil
			}
			selection, err := view.readRuns(ctx, missing[i])
			if err != nil {
				return err
			}
			parts[i] = selection
		}
	}
	// The helpers have connections of their own. Where none is free they are not
	// waited for, and what one left undone is read below.
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var helpers sync.WaitGroup
	for range min(runtime.NumCPU(), len(missing)/8) - 1 {
		helpers.Go(func() {
			_ = s.st.Read(ctx, func(r *store.Reader) error {
				if seq, err := r.LogSize(ctx); err != nil || seq != view.seq { // another moment's runs
					return err
				}
				return read(&View{snapshot: view.snapshot, r: r, now: view.now})
			})
		})
	}
	err := read(view)
	stop()
	helpers.Wait()
	if err != nil {
		return err
	}
	for i, selection := range parts {
		if selection == nil {
			if selection, err = view.readRuns(ctx, missing[i]); err != nil {
				return err
			}
		}
		*selection = Whole(*selection)
		view.cache.runs[missing[i].ID] = selection
	}
	return nil
}

// Prepare works out what the first screens show, so that they need not.
func (s *Service) Prepare(ctx context.Context) error {
	_, err := s.WorkflowNames(ctx)
	return err
}

// readRuns gathers what the imported runs show.
func (view *View) readRuns(ctx context.Context, wf *workflow.Workflow) (*runFigures, error) {
	res, err := runs.Measure(ctx, view.r.SQL, wf, runs.Period{})
	if err != nil {
		return nil, err
	}
	f := &runFigures{shown: res}
	sources, err := runs.Sources(ctx, view.r.SQL, wf.ID)
	if err != nil {
		return nil, err
	}
	purges, err := runs.Purges(ctx, view.r.SQL)
	if err != nil {
		return nil, err
	}
	for i := len(sources) - 1; i >= 0; i-- { // oldest first
		x := sources[i]
		if x.State == runs.SourceWithdrawn {
			continue
		}
		f.sources = append(
			f.sources,
			assurance.Source{
				Ref:      x.Ref,
				FileName: x.FileName,
				Format:   x.Format,
				SHA256:   x.SHA256,
				Bytes:    x.Bytes,
				Runs:     int(x.New),
				Refused:  int(x.Refused),
				From:     x.First,
				To:       x.Last,
				Imported: x.ImportedAt,
				Purged:   purgedNote(purges, x.ID),
			},
		)
	}
	f.runs = assurance.RunFacts{
		Total:         int(res.Totals.Runs),
		WithReasoning: int(res.Totals.WithReasoning),
		From:          res.First.Time(),
		To:            res.Last.Time(),
	}
	if f.counts, err = runs.CountFindings(ctx, view.r.SQL, wf.ID, civil.Of(view.now)); err != nil {
		return nil, err
	}
	counts := f.counts
	if f.declarations, err = view.declarationChanges(ctx, wf); err != nil {
		return nil, err
	}
	if len(f.sources) == 0 {
		return f, nil
	}
	everyGate := map[string]workflow.Gate{}
	for _, g := range wf.EveryGate() {
		everyGate[g.Key] = g
	}
	for _, m := range res.Gates {
		g := everyGate[m.Gate]
		var under, against int64
		for _, c := range counts {
			switch {
			case c.Gate != m.Gate:
			case c.Code == oversight.DecidedFast:
				under = c.All
			case c.Code == oversight.ReleasedAgainst:
				against = c.All
			}
		}
		f.gates = append(
			f.gates,
			assurance.GateMeasure{
				Key:        m.Gate,
				Title:      g.Title,
				Released:   int(m.Released),
				Decided:    int(m.Decided),
				ByOfficer:  int(m.Decided) - max(view.byOthers(counts, m.Gate), int(m.Officer.Short)),
				HeldBefore: int(m.Coverage.X),
				Against:    int(against),
				Timed: int(
					m.Review.N,
				),
				MedianSeconds: m.Review.P50,
				UnderMinimum:  int(under),
				Agreed:        int(m.Agreement.X),
				Comparable:    int(m.Agreement.N),
				Edited:        int(m.Edits.X),
			},
		)
	}
	untested := map[oversight.Code]string{}
	for _, n := range res.NotRun {
		if n.Applies && !n.Part {
			untested[n.Code] = n.Why
		}
	}
	for _, t := range oversight.Tests {
		x := assurance.FindingCount{Code: string(t.Code), Title: t.Title, Untested: untested[t.Code]}
		for _, c := range counts {
			if c.Code != t.Code {
				continue
			}
			x.Open += int(c.Status[runs.StatusOpen])
			x.Explained += int(c.Status[runs.StatusExplained])
			x.Actioned += int(c.Status[runs.StatusActioned])
			x.Accepted += int(c.Status[runs.StatusAccepted])
			x.Runs += int(c.Status[runs.StatusOpen])
		}
		if x.Open+x.Explained+x.Actioned+x.Accepted > 0 {
			x.Untested = "" // it was made where it could be
		}
		f.findings = append(f.findings, x)
	}
	return f, nil
}

// byOthers is how many runs somebody else than a named officer decided.
func (view *View) byOthers(counts []runs.FindingCount, gate string) int {
	for _, c := range counts {
		if c.Code == oversight.DecidedByNoOfficer && c.Gate == gate {
			return int(c.All)
		}
	}
	return 0
}

// notRun is the tests that could not be made on a workflow's runs, and why.
func (view *View) notRun(ctx context.Context, wf *workflow.Workflow) ([]oversight.NotRun, error) {
	selection, err := view.runFiguresOf(ctx, wf)
	if err != nil || selection.shown.Totals.Runs == 0 {
		return nil, err
	}
	out := []oversight.NotRun{}
	for _, n := range selection.shown.NotRun {
		if n.Applies {
			out = append(out, n)
		}
	}
	return out, nil
}

// officers is how many different accounts decided.
func (view *View) officers(workflowID string) int {
	view.cache.mu.Lock()
	defer view.cache.mu.Unlock()
	seen := map[string]bool{}
	selection := view.cache.runs[workflowID]
	if selection == nil {
		return 0
	}
	for _, g := range selection.shown.Gates {
		for _, o := range g.Officers {
			seen[o.Account] = true
		}
	}
	return len(seen)
}

// weekly fills in the volume of runs by week, from Monday.
func (view *View) weekly(ctx context.Context, wf *workflow.Workflow, out *report.PackWorkflow) error {
	days, err := runs.DailyRuns(ctx, view.r.SQL, wf.ID, runs.Period{})
	if err != nil {
		return err
	}
	for _, d := range days {
		back := (int(d.Day.Time().Weekday()) + 6) % 7
		monday := d.Day.AddDays(-back)
		if n := len(out.Weekly); n == 0 || out.Weekly[n-1].Day != monday {
			out.Weekly = append(out.Weekly, report.Point{Day: monday})
		}
		out.Weekly[len(out.Weekly)-1].Value += float64(d.Runs)
	}
	return nil
}

// checkRuns recomputes what is derived from imported runs, the digest of each
// run, and the roots over them that the activity log holds.
func (s *Service) checkRuns(ctx context.Context, r *store.Reader, c *CheckReport) error {
	list, err := store.Workflows.List(ctx, r)
	if err != nil {
		return err
	}
	purges, err := runs.Purges(ctx, r.SQL)
	if err != nil {
		return err
	}
	trees := map[string]*ledger.RunTree{}
	var total, gone int64
	for i := range list {
		problems, err := runs.Check(ctx, r.SQL, &list[i], func(source string, d runs.Digest) {
			if trees[source] == nil {
				trees[source] = &ledger.RunTree{}
			}
			trees[source].Add(d[:])
			total++
			if _, ok := purges[source]; ok {
				gone++
			}
		})
		if err != nil {
			return err
		}
		for _, p := range problems {
			c.problem(
				"%s %s: %s is kept as %s, but its content gives %s.",
				list[i].Ref,
				list[i].Name,
				p.What,
				p.Kept,
				p.Computed,
			)
		}
	}
	sources, err := runs.Sources(ctx, r.SQL, "")
	if err != nil {
		return err
	}
	for _, x := range sources {
		tree := trees[x.ID]
		if tree == nil {
			tree = &ledger.RunTree{}
		}
		if root := tree.Root(); hex.EncodeToString(root[:]) != x.Root {
			c.problem("The runs of import %s (%s) are not those that were imported.", x.Ref, x.FileName)
		}
	}
	c.step("%d imported runs were read, their digests and everything counted from them recomputed.", total-gone)
	for _, x := range sources {
		if x.State == runs.SourcePurged {
			c.step(
				"%s cannot be computed again: it was %s. Its %s are held by their digests, whose root is that of the import, and by the sums that were kept.",
				x.Ref,
				purgedWords(purges[x.ID]),
				countOf(x.New, "run"),
			)
		}
	}
	problems, st, err := search.Check(ctx, r.SQL)
	if err != nil {
		return err
	}
	for _, p := range problems {
		c.problem(
			"The %s is kept as %s, but the runs give %s: assay search --anew makes it again.",
			p.What,
			p.Kept,
			p.Computed,
		)
	}
	c.step(
		"%d of %d runs can be found by their texts, and the index for it is that of these runs.",
		st.Indexed,
		st.Runs,
	)
	return nil
}

func purgedNote(purges map[string]runs.Purge, source string) string {
	p, ok := purges[source]
	if !ok {
		return ""
	}
	return purgedWords(p) + ": " + p.Reason
}
