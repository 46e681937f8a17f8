package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"assay/internal/approval"
	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/imported"
	"assay/internal/ledger"
	"assay/internal/oversight"
	"assay/internal/prose"
	"assay/internal/report"
	"assay/internal/review"
	"assay/internal/runlog"
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
	if figures, ok := view.cache.runs[wf.ID]; ok {
		return figures, nil
	}
	figures, err := view.readRuns(ctx, wf)
	if err != nil {
		return nil, err
	}
	view.cache.runs[wf.ID] = figures
	return figures, nil
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
	read := func(ctx context.Context, view *View) error {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(missing) {
				return nil
			}
			figures, err := view.readRuns(ctx, missing[i])
			if err != nil {
				return err
			}
			parts[i] = figures
		}
	}
	// The helpers have connections of their own. Where none is free they are not
	// waited for, and what one left undone is read below.
	helping, stop := context.WithCancel(ctx) // ctx itself goes on: what is left undone is read with it
	defer stop()
	var helpers sync.WaitGroup
	for range min(runtime.NumCPU(), len(missing)/8) - 1 {
		helpers.Go(func() {
			_ = s.st.Read(helping, func(r *store.Reader) error {
				if seq, err := r.LogSize(helping); err != nil || seq != view.seq { // another moment's runs
					return err
				}
				return read(helping, &View{snapshot: view.snapshot, r: r, now: view.now})
			})
		})
	}
	err := read(ctx, view)
	stop()
	helpers.Wait()
	if err != nil {
		return err
	}
	for i, figures := range parts {
		if figures == nil {
			if figures, err = view.readRuns(ctx, missing[i]); err != nil {
				return err
			}
		}
		view.cache.runs[missing[i].ID] = figures
	}
	return nil
}

// Prepare works out what the first screens show, so that they need not.
func (s *Service) Prepare(ctx context.Context) error {
	_, err := s.WorkflowNames(ctx)
	return err
}

// readAs puts into a source how its mapping had the file read, and the digest of the
// mapping as the register holds it: nothing where there is no mapping.
func readAs(x *assurance.Source, mapping string, left []runs.LeftAside) {
	m, err := runlog.KeptMapping(mapping)
	if m == nil && err == nil {
		return
	}
	sum := sha256.Sum256([]byte(mapping))
	x.MappingSHA256 = hex.EncodeToString(sum[:])
	if err != nil {
		x.ReadAs = []string{"by a mapping that this Assay cannot read"} // it was written otherwise once
		return
	}
	counted := map[string]string{}
	for _, l := range left {
		text := prose.Count(l.Records, "record")
		if l.Runs > 0 {
			text += fmt.Sprintf(", all of %s", prose.Count(l.Runs, "run"))
		}
		counted[l.Name] = text
	}
	x.ReadAs, x.Contrary = m.Readings(counted), m.Contrary()
	if !usualZone(m.Zone) {
		x.Contrary = append(x.Contrary, "the times as those of "+m.Zone)
	}
}

// usualZone tells whether a log of a council of the United Kingdom may be in a zone
// without a word about it.
func usualZone(zone string) bool {
	switch zone {
	case "", "UTC", "Etc/UTC", "GMT", "Europe/London", "GB", "Europe/Belfast":
		return true
	}
	return false
}

// readRuns gathers what the imported runs show.
func (view *View) readRuns(ctx context.Context, wf *workflow.Workflow) (*runFigures, error) {
	res, err := runs.Measure(ctx, view.r.SQL, wf, imported.Period{})
	if err != nil {
		return nil, err
	}
	f := &runFigures{shown: res}
	if f.sources, err = view.readSources(ctx, wf); err != nil {
		return nil, err
	}
	f.runs = assurance.RunFacts{
		Total:         int(res.Totals.Runs),
		WithReasoning: int(res.Totals.WithReasoning),
		From:          res.First.Time(),
		To:            res.Last.Time(),
		Days:          res.Days,
		DaysIdle:      res.DaysIdle,
		Accounts:      accounts(res),
		Versions:      res.Versions,
	}
	if f.runs.Months, err = view.months(ctx, wf); err != nil {
		return nil, err
	}
	if f.runs.Names, err = runs.PlatformNames(ctx, view.r.SQL, wf.ID); err != nil {
		return nil, err
	}
	if f.counts, err = runs.CountFindings(ctx, view.r.SQL, wf.ID, civil.Of(view.now)); err != nil {
		return nil, err
	}
	if f.declarations, err = declarationChanges(ctx, view.r, wf); err != nil {
		return nil, err
	}
	if len(f.sources) == 0 {
		return f, nil
	}
	unruly, err := runs.CountRunsWith(ctx, view.r.SQL, wf.ID, beforeRelease)
	if err != nil {
		return nil, err
	}
	f.gates = view.gateMeasures(wf, f, unruly)
	return f, nil
}

// readSources are the imports of a workflow, the oldest first, with what became of
// the records of each.
func (view *View) readSources(ctx context.Context, wf *workflow.Workflow) ([]assurance.Source, error) {
	sources, err := runs.Sources(ctx, view.r.SQL, wf.ID)
	if err != nil {
		return nil, err
	}
	purges, err := runs.Purges(ctx, view.r.SQL)
	if err != nil {
		return nil, err
	}
	leftOut, err := runs.LeftOuts(ctx, view.r.SQL, wf.ID)
	if err != nil {
		return nil, err
	}
	gone, err := runs.GoneBy(ctx, view.r.SQL, wf.ID)
	if err != nil {
		return nil, err
	}
	treated, err := runs.Treatments(ctx, view.r.SQL)
	if err != nil {
		return nil, err
	}
	var out []assurance.Source
	for i := len(sources) - 1; i >= 0; i-- {
		x := sources[i]
		if x.State == imported.SourceWithdrawn {
			continue
		}
		s := assurance.Source{
			Ref:      x.Ref,
			FileName: x.FileName,
			Format:   x.Format,
			SHA256:   x.SHA256,
			Bytes:    x.Bytes,
			Runs:     int(x.New),
			Refused:  int(x.Refused),
			Repeated: int(x.Same + leftOut[x.ID].Repeated),
			Replaced: int(x.Differ),
			Records:  int(x.Records),
			Stated:   stated(x),
			From:     x.First,
			To:       x.Last,
			Imported: x.ImportedAt,
			Purged:   purgedNote(purges, x.ID),
			Gone:     gone[x.ID],

			Unmatched: int(leftOut[x.ID].NoRun),
			Columns:   leftOut[x.ID].Columns,
			Unread:    leftOut[x.ID].Unread,
		}
		for _, aside := range leftOut[x.ID].LeftAside {
			s.Filtered += int(aside.Records)
			s.FilteredRuns += int(aside.Runs)
			s.Filters = append(s.Filters, aside.Name)
		}
		for _, t := range treated[x.ID] {
			if t.What == "drop" && t.Values > 0 {
				s.Dropped = append(s.Dropped, t.Field)
			}
		}
		readAs(&s, x.Mapping, leftOut[x.ID].LeftAside)
		out = append(out, s)
	}
	return out, nil
}

// gateMeasures is what the runs show about each gate that was tested; unruly is in
// how many runs a test found that no named officer decided before the release.
func (view *View) gateMeasures(
	wf *workflow.Workflow,
	f *runFigures,
	unruly map[string]int64,
) (out []assurance.GateMeasure) {
	titles, officers := map[string]string{}, map[string]int{}
	for _, g := range wf.EveryGate() {
		titles[g.Key], officers[g.Key] = g.Title, len(g.Officers)
	}
	found := func(code oversight.Code, gate string) (n int) {
		for _, c := range f.counts {
			if c.Gate == gate && c.Code == code {
				n = int(c.All)
			}
		}
		return n
	}
	for _, m := range f.shown.Gates {
		measure := assurance.GateMeasure{
			Key:           m.Gate,
			Title:         titles[m.Gate],
			Released:      int(m.Released),
			Decided:       int(m.Decided),
			ByOfficer:     int(m.Decided) - max(view.byOthers(f.counts, m.Gate), int(m.Officer.Short)),
			HeldBefore:    int(m.Coverage.X),
			Against:       found(oversight.ReleasedAgainst, m.Gate),
			Timed:         int(m.Review.N),
			MedianSeconds: m.Review.P50,
			UnderMinimum:  found(oversight.DecidedFast, m.Gate),
			Agreed:        int(m.Agreement.X),
			Comparable:    int(m.Agreement.N),
			Edited:        int(m.Edits.X),
			Later:         int(m.Later),
			Elsewhere:     int(m.Elsewhere),
			Unordered:     int(m.Before.Of - m.Before.Shown),
			Open:          int(m.Open),
			Reached:       int(m.Reached),
			Pattern:       patternMeasure(m.Pattern),
		}
		if officers[m.Gate] > 0 && !notMade(f.shown.NotRun, m.Gate, beforeRelease) {
			measure.DecidedFirst = max(0, int(m.Released-unruly[m.Gate])-measure.Unordered)
		}
		out = append(out, measure)
	}
	return out
}

// patternMeasure is what runs show of a gate's weaker pattern, as the paper counts it.
func patternMeasure(p oversight.PatternMeasures) assurance.PatternMeasure {
	return assurance.PatternMeasure{
		Pattern: p.Pattern, Terms: p.Terms, Runs: int(p.Runs), Due: int(p.Due), Unknown: int(p.Unknown),
		Looked: int(p.Looked), Late: int(p.Late), Open: int(p.Open - p.Waiting), Waiting: int(p.Waiting),
		Changed: int(p.Changed),
	}
}

// beforeRelease are the tests that say of a run that no named officer decided
// before it was released. A run that none of them finds is one in which one did.
var beforeRelease = []oversight.Code{
	oversight.ReleasedUndecided, oversight.ReleasedEarly, oversight.DecidedByNoOfficer, oversight.DecidedUnauthorised,
	oversight.ReleasedAgainst, oversight.NoAuthority,
}

// notMade tells whether one of the tests could not be made at a gate.
func notMade(list []oversight.NotRun, gate string, codes []oversight.Code) bool {
	return slices.ContainsFunc(list, func(n oversight.NotRun) bool {
		return n.Applies && (n.Gate == gate || n.Gate == "") && slices.Contains(codes, n.Code)
	})
}

// accounts is how many different accounts decided.
func accounts(res oversight.Result) int {
	seen := map[string]bool{}
	for _, g := range res.Gates {
		for _, o := range g.Officers {
			seen[o.Account] = true
		}
	}
	return len(seen)
}

func stated(x imported.Source) int {
	if x.Stated == nil {
		return -1
	}
	return int(*x.Stated)
}

// months counts a workflow's runs by month, from the first to the last, those
// without runs too.
func (view *View) months(ctx context.Context, wf *workflow.Workflow) ([]assurance.Month, error) {
	days, err := runs.DailyRuns(ctx, view.r.SQL, wf.ID, imported.Period{})
	if err != nil {
		return nil, err
	}
	out := []assurance.Month{}
	for _, d := range days {
		if d.Day.IsZero() {
			continue
		}
		month := string(d.Day[:7])
		for len(out) > 0 && out[len(out)-1].Month < month {
			next := string(civil.Date(out[len(out)-1].Month + "-01").AddMonths(1)[:7])
			out = append(out, assurance.Month{Month: next})
		}
		if len(out) == 0 {
			out = append(out, assurance.Month{Month: month})
		}
		out[len(out)-1].Runs += int(d.Runs)
	}
	return out, nil
}

// casesOf is how many cases a test is about at a gate, and in how many of them
// the log shows what it looks at; both 0 for a test about many runs at once.
func casesOf(code oversight.Code, res *oversight.Result, m *oversight.GateMeasures) (of, tested int) {
	shown := func(code oversight.Code) int64 { // of the claims that rest on it, the one that the log shows least of
		least := int64(-1)
		for _, c := range res.Coverage {
			if c.Gate == m.Gate && slices.Contains(c.Tests, code) && c.Level != oversight.NotAsked &&
				(least < 0 || c.Testable < least) {
				least = c.Testable
			}
		}
		return max(least, 0)
	}
	unknown := int64(0) // runs that may have had to come before a person
	if m.Pattern.Pattern == workflow.BeyondThreshold {
		unknown = m.Pattern.Unknown
	}
	switch code {
	case oversight.ReleasedUndecided, oversight.DecisionChanged:
		return int(m.Released + unknown), int(m.Released)
	case oversight.ReleasedEarly, oversight.DecisionReused:
		return int(m.Released + unknown), int(min(m.Released, m.Before.Shown))
	case oversight.ReleasedAgainst:
		if m.Released == 0 { // where something may leave without a decision, of those decided before
			return int(m.Heeded.Of), int(m.Heeded.Shown)
		}
		return int(m.Released + unknown), int(min(m.Released, shown(code)))
	case oversight.DecidedByNoOfficer, oversight.DecidedUnauthorised, oversight.NoAuthority:
		return int(m.Decided), int(m.Decided)
	case oversight.SameEyes,
		oversight.OnePersonTwice,
		oversight.DecidedFast,
		oversight.DecidedBeforehand,
		oversight.NoReason:
		return int(m.Decided), int(min(m.Decided, shown(code)))
	case oversight.DecisionsContradict: // released or not, once it says what was decided
		return int(m.Decided), int(min(m.Decided, shown(oversight.NoReason)))
	}
	o, n := m.Pattern.Cases(code)
	return int(o), int(n)
}

// findingsOf counts what each test found in a workflow's runs, and what was said
// of it. Whether an action is done stands in another record than the finding, so
// this is worked out anew where the counts are remembered.
func (view *View) findingsOf(
	wf *workflow.Workflow,
	f *runFigures,
	written map[string]time.Time, // when the records were, to which explanations point
	keys approval.Keys,
) []assurance.FindingCount {
	out := []assurance.FindingCount{}
	if len(f.sources) == 0 {
		return out
	}
	untested := map[oversight.Code]string{}
	for _, n := range f.shown.NotRun {
		if n.Applies && !n.Part {
			untested[n.Code] = n.Why
		}
	}
	gates := map[string]workflow.Gate{}
	for _, g := range wf.EveryGate() {
		gates[g.Key] = g
	}
	actions := map[string]review.ActionStatus{}
	for _, a := range view.actions {
		actions[a.ID] = a.Status
	}
	for _, t := range oversight.Tests {
		if !oversight.Asked(wf, t.Code) {
			continue
		}
		x := assurance.FindingCount{
			Code: string(t.Code), Title: t.Title, Question: t.Question, Untested: untested[t.Code],
			Said: []assurance.Explanation{},
		}
		for i := range f.shown.Gates {
			m := &f.shown.Gates[i]
			if g, ok := gates[m.Gate]; !ok ||
				(t.Code == oversight.SameEyes || t.Code == oversight.OnePersonTwice) && !g.FourEyes {
				continue
			}
			of, tested := casesOf(t.Code, &f.shown, m)
			x.Of, x.Tested = x.Of+of, x.Tested+tested
		}
		if t.PerRun && !t.Gate {
			x.Of, x.Tested = int(f.shown.Totals.Runs), int(f.shown.Totals.Runs)
			if x.Untested != "" {
				x.Tested = 0
			}
		}
		told := sayings{actions: actions, said: map[string]int{}, written: written, keys: keys}
		for _, c := range f.counts {
			if c.Code == t.Code {
				view.count(wf, &x, c, &told)
			}
		}
		// A finding at a gate that was taken away since is a case no more, but it was one.
		if short := x.Short(); t.PerRun && short > x.Of {
			x.Of = short
		}
		if short := x.Short(); t.PerRun && short > x.Tested {
			x.Tested = short
		}
		slices.SortStableFunc(x.Said, func(a, b assurance.Explanation) int { return b.Findings - a.Findings })
		out = append(out, x)
	}
	return out
}

// settles tells whether what was said of a finding settles it today.
func (view *View) settles(f imported.Finding) bool {
	if f.Disposition == nil {
		return false
	}
	var action review.ActionStatus
	for _, a := range view.actions {
		if a.ID == f.Disposition.ActionID {
			action = a.Status
		}
	}
	switch f.Disposition.Stands(f.Question, action, civil.Of(view.now)) {
	case imported.StandsExplained, imported.StandsAccepted, imported.StandsDone:
		return true
	}
	return false
}

// sayings are what is known of what was said of the findings of one test.
type sayings struct {
	actions map[string]review.ActionStatus
	said    map[string]int       // where each disposition stands among the explanations
	written map[string]time.Time // when the records were, to which explanations point
	keys    approval.Keys        // with which explanations were approved
}

// count adds the findings of one test at one gate to x.
func (view *View) count(
	wf *workflow.Workflow,
	x *assurance.FindingCount,
	c runs.FindingCount,
	told *sayings,
) {
	open := int(c.All)
	for _, s := range c.Said {
		d, n := s.Disposition, int(s.Findings)
		standing := d.Stands(x.Question, told.actions[d.ActionID], civil.Of(view.now))
		if standing == imported.StandsOpen {
			continue
		}
		open -= n
		switch standing {
		case imported.StandsAlone:
			x.Alone += n
		case imported.StandsActioned:
			x.Actioned += n
		case imported.StandsExplained:
			x.Explained += n
		case imported.StandsAccepted:
			x.Accepted += n
		case imported.StandsDone:
			x.Done += n
		}
		if at, ok := told.said[d.ID]; ok {
			x.Said[at].Findings += n
			continue
		}
		told.said[d.ID] = len(x.Said)
		e := assurance.Explanation{
			Findings: n,
			Standing: string(standing),
			Class:    d.Basis.Class.Words(),
			Why:      d.Why,
			Link:     d.Basis.Link,
			Officer:  view.officerName(wf, d.Basis.Officer),
			By:       d.By,
			On:       civil.Of(d.At),
			Until:    d.Expires,
			Signed:   told.keys.Own(d.Basis.Approval),
		}
		if !d.Basis.Approval.IsZero() {
			e.Approved = told.keys.Words(d.Basis.Approval)
		}
		if at := told.written[e.Link]; at.After(d.At) {
			e.Link += ", which was changed on " + civil.Of(at).Long() + ", after this was written"
		}
		if d.ActionID != "" {
			for _, a := range view.actions {
				if a.ID == d.ActionID {
					e.Link = a.Ref
				}
			}
		}
		x.Said = append(x.Said, e)
	}
	x.Open += open
}

// officerName is the name of an officer who is named by their reference, key or
// identifier in the register or by their account.
func (view *View) officerName(wf *workflow.Workflow, officer string) string {
	if officer == "" {
		return ""
	}
	if l, ok := wf.Login(officer); ok && l.Name != "" {
		return l.Name
	}
	for _, p := range view.people {
		if p.Ref == officer || p.Key == officer || p.ID == officer {
			return p.Name
		}
	}
	return officer
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
	figures, err := view.runFiguresOf(ctx, wf)
	if err != nil || figures.shown.Totals.Runs == 0 {
		return nil, err
	}
	out := []oversight.NotRun{}
	for _, n := range figures.shown.NotRun {
		if n.Applies {
			out = append(out, n)
		}
	}
	return out, nil
}

// weekly fills in the volume of runs by week, from Monday.
func (view *View) weekly(ctx context.Context, wf *workflow.Workflow, out *report.PackWorkflow) error {
	days, err := runs.DailyRuns(ctx, view.r.SQL, wf.ID, imported.Period{})
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
		if x.State == imported.SourcePurged {
			c.step(
				"%s cannot be computed again: it was %s. Its %s are held by their digests, whose root is that of "+
					"the import, and by the sums that were kept.",
				x.Ref,
				purgedWords(purges[x.ID]),
				prose.Count(x.New, "run"),
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

func purgedNote(purges map[string]imported.Purge, source string) string {
	p, ok := purges[source]
	if !ok {
		return ""
	}
	return purgedWords(p) + ": " + p.Reason
}
