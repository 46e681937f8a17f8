package service

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/form"
	"assay/internal/imported"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/prose"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// formFigures takes what stands beside the questions of a form: what the register says of
// a workflow, and what its runs show since its last recorded change.
type formFigures struct {
	view   *View
	wf     workflow.Workflow // without what a template suggested: nobody said that
	facts  assurance.Facts
	shown  oversight.Result // of the period
	period imported.Period
	words  string // the period in a sentence
}

// measureForm takes the figures of a document.
func (view *View) measureForm(ctx context.Context, d *form.Document) error {
	wf, err := view.workflowNamed(ctx, d.WorkflowID)
	if err != nil {
		return err
	}
	m := formFigures{view: view, wf: wf.Confirmed()}
	if m.facts, err = view.facts(ctx, wf); err != nil {
		return err
	}
	m.period, m.words = periodOfVersion(wf, civil.Of(view.now))
	if m.shown, err = runs.Measure(ctx, view.r.SQL, wf, m.period); err != nil {
		return err
	}
	d.Version, d.MeasuredOn = wf.Version, civil.Of(view.now)
	d.Runs, d.From, d.Until, d.Period = 0, m.shown.First, m.shown.Last, m.words
	if !m.shown.First.IsZero() {
		if d.Runs, err = m.runsInPeriod(ctx); err != nil {
			return err
		}
	}
	d.Figures = []form.Figure{}
	taken := map[string]bool{}
	for _, q := range d.Form().Questions() {
		for _, name := range q.Figures {
			if taken[name] {
				continue
			}
			taken[name] = true
			f, err := m.take(ctx, name, d)
			if err != nil {
				return err
			}
			d.Figures = append(d.Figures, f)
		}
	}
	return nil
}

// periodOfVersion is the time from which the version in use can have run: the day of the
// last recorded change. Without one, all runs are taken, and that is said.
func periodOfVersion(wf *workflow.Workflow, today civil.Date) (imported.Period, string) {
	var last workflow.Change
	for _, c := range wf.Changes {
		if !today.Before(c.Date) && !c.Date.Before(last.Date) {
			last = c
		}
	}
	if last.Date.IsZero() {
		return imported.Period{}, "All runs: no change of the workflow, its model or its prompt is recorded."
	}
	return imported.Period{From: last.Date}, fmt.Sprintf(
		"Runs from %s on, the day of the last recorded change (%s, %s to %s).", last.Date.Long(), last.What,
		cmp.Or(last.From, "nothing"), cmp.Or(last.To, "nothing"),
	)
}

func (m *formFigures) runsInPeriod(ctx context.Context) (n int64, err error) {
	days, err := runs.DailyRuns(ctx, m.view.r.SQL, m.wf.ID, m.period)
	for _, d := range days {
		n += d.Runs
	}
	return n, err
}

// take is one figure by its name.
func (m *formFigures) take(ctx context.Context, name string, d *form.Document) (form.Figure, error) {
	f := form.Figure{Measure: name}
	switch name {
	case "holders":
		return m.holders(ctx)
	case "competent":
		return m.competent(), nil
	case "runs":
		f.Lines = m.volume(d)
	case "before":
		f.Lines = m.claim("A person decides before release, and for it")
	case "alter":
		f.Lines = append(m.departures(), m.claim("What was decided is what happens")...)
	case "reasons":
		f.Lines = m.claim("Departures are explained")
	case "time":
		f.Lines = append(m.reviewTimes(), m.claim("There is time for a meaningful review")...)
	case "active":
		f.Lines = m.activity()
	case "informed":
		f.Lines = m.informed(d)
	case "segments":
		f.Lines = m.segments()
	case "drift":
		f.Lines = m.drift()
	case "findings":
		f.Lines = m.findings()
	default:
		f.Lines = m.recorded(name)
	}
	return f, nil
}

func (m *formFigures) volume(d *form.Document) []string {
	if d.Runs == 0 {
		return []string{"No run of this period has been imported."}
	}
	return []string{
		fmt.Sprintf(
			"%s from %s to %s; %s without any run, at most %s in a row.",
			upper(prose.Count(d.Runs, "run")),
			d.From.Long(),
			d.Until.Long(),
			prose.Count(m.shown.DaysIdle, "day"),
			prose.Count(m.shown.LongestIdle, "day"),
		),
	}
}

// rateWords is a share with its interval: "412 of 430 (95.8 %; 95 % interval 93.5 to 97.3 %)".
func rateWords(r oversight.Rate) string {
	return fmt.Sprintf("%s of %s (%.1f %%; 95 %% interval %.1f to %.1f %%)", prose.Number(r.X), prose.Number(r.N),
		100*r.Rate, 100*r.Low, 100*r.High)
}

// gateTitle is how a gate is called, whether it still is there or not.
func (m *formFigures) gateTitle(key string) string {
	for _, g := range m.wf.EveryGate() {
		if g.Key == key {
			return cmp.Or(g.Title, key)
		}
	}
	return key
}

// claim is what the runs of the period say to a claim, gate by gate.
func (m *formFigures) claim(title string) (out []string) {
	for _, c := range m.shown.Coverage {
		if c.Claim != title {
			continue
		}
		head := fmt.Sprintf("%s, “%s”: ", m.gateTitle(c.Gate), title)
		if c.Of == 0 || c.Level == oversight.NotAsked {
			out = append(out, head+cmp.Or(prose.LowerFirst(c.Reason), "nothing to count."))
			continue
		}
		out = append(out, fmt.Sprintf("%sof %s %s, held in %s, not held in %s, not shown by the log in %s.", head,
			prose.Number(c.Of), c.Unit, prose.Number(c.Held), prose.Number(c.NotHeld), prose.Number(c.NotShown)))
	}
	if len(out) == 0 {
		return []string{"No run of the period can show it: “" + title + "”."}
	}
	return out
}

// departures is how often officers did not follow the AI, and how often they changed its text.
func (m *formFigures) departures() (out []string) {
	for _, g := range m.shown.Gates {
		title := m.gateTitle(g.Gate)
		if g.Agreement.N == 0 {
			out = append(
				out,
				title+": the log holds no decision beside a proposal of the AI, so departures cannot be counted.",
			)
		} else {
			out = append(out, fmt.Sprintf("%s: decisions other than the AI proposed: %s.", title,
				rateWords(oversight.NewRate(g.Agreement.N-g.Agreement.X, g.Agreement.N))))
		}
		if g.Edits.N > 0 {
			out = append(out, fmt.Sprintf("%s: decisions that changed the AI's text: %s.", title, rateWords(g.Edits)))
		}
	}
	return out
}

func (m *formFigures) reviewTimes() (out []string) {
	for _, g := range m.shown.Gates {
		title := m.gateTitle(g.Gate)
		if g.Review.N == 0 {
			out = append(out, title+": the log does not hold both when a matter was ready and when it was decided.")
			continue
		}
		out = append(out, fmt.Sprintf(
			"%s: time from ready to decided, in %s of %s: half under %s, one in ten under %s, nine in ten under "+
				"%s. It is "+
				"the most that can have been used, not what was used.",
			title,
			prose.Number(g.Review.N),
			prose.Count(g.Decisions, "decision"),
			prose.Seconds(int(g.Review.P50)),
			prose.Seconds(int(g.Review.P10)),
			prose.Seconds(int(g.Review.P90)),
		))
	}
	return out
}

// activity is what may tell judgement from habit. Officers with few decisions are not shown.
func (m *formFigures) activity() (out []string) {
	for _, g := range m.shown.Gates {
		title := m.gateTitle(g.Gate)
		if g.Agreement.N > 0 {
			out = append(out, fmt.Sprintf("%s: decisions that follow the AI: %s.", title, rateWords(g.Agreement)))
		}
		small, longest := 0, int64(0)
		low, high, officers := 1.0, 0.0, 0
		for _, o := range g.Officers {
			if o.Decisions < m.shown.Limits.MinGroup {
				small++
				continue
			}
			longest = max(longest, o.Streak)
			if o.Agreement.N >= m.shown.Limits.MinGroup {
				officers++
				low, high = min(low, o.Agreement.Rate), max(high, o.Agreement.Rate)
			}
		}
		if officers > 1 {
			out = append(
				out,
				fmt.Sprintf("%s: between the %d officers with %d decisions or more, the share that follows "+
					"the AI runs from %.1f to %.1f %%.", title, officers, m.shown.Limits.MinGroup, 100*low, 100*high),
			)
		}
		if longest > 0 {
			out = append(
				out,
				fmt.Sprintf("%s: the longest row of approvals without a change by one of them is %s.", title,
					prose.Number(longest)),
			)
		}
		if small > 0 {
			out = append(out, fmt.Sprintf("%s: %s with fewer than %d decisions not looked at one by one.", title,
				prose.Count(small, "account"), m.shown.Limits.MinGroup))
		}
	}
	if len(out) == 0 {
		out = []string{"The log holds no decision beside a proposal of the AI."}
	}
	return out
}

func (m *formFigures) informed(d *form.Document) []string {
	t := m.shown.Totals
	out := []string{
		fmt.Sprintf("Over all imported runs, %s hold an output of the AI and %s a record of its reasoning, of %s.",
			prose.Number(t.WithOutput), prose.Number(t.WithReasoning), prose.Number(t.Runs)),
	}
	if t.Runs == 0 {
		return []string{"No run has been imported."}
	}
	for _, c := range m.facts.Findings {
		if c.Code == string(oversight.DecidedBeforehand) && c.Untested == "" {
			out = append(
				out,
				fmt.Sprintf("Decided before what it decides on was prepared: %d of %d runs that show both.",
					c.Short(), c.Tested),
			)
		}
	}
	return append(out, "Whether the officer opened and read what was there, this log does not say by itself.")
}

func (m *formFigures) segments() []string {
	if len(m.shown.Segments) == 0 {
		if len(m.shown.TooSmall) > 0 {
			return []string{"Groups are named in the runs, but too small to be shown."}
		}
		return []string{"The runs name no groups, so outcomes cannot be compared between them."}
	}
	differ := 0
	var out []string
	for _, s := range m.shown.Segments {
		if !s.Differs {
			continue
		}
		differ++
		out = append(
			out,
			fmt.Sprintf("“%s” in %s: %s; in %s: %s. A difference is a question, not an answer.", s.Outcome,
				s.Segment, rateWords(s.Ratio.A), s.Reference, rateWords(s.Ratio.B)),
		)
	}
	head := fmt.Sprintf("Of %s between groups, %d differ beyond the limits of the test.",
		prose.Count(len(m.shown.Segments), "comparison"), differ)
	if n := len(m.shown.TooSmall); n > 0 {
		head += fmt.Sprintf(" %s too small to be shown.", upper(prose.Count(n, "group")))
	}
	return append([]string{head}, out...)
}

func (m *formFigures) drift() []string {
	changed := []string{}
	for _, d := range m.shown.Drift {
		if d.Changed {
			changed = append(changed, d.From+" to "+d.To)
		}
	}
	switch {
	case len(m.shown.Drift) == 0:
		return []string{"There are no two months with enough runs to compare."}
	case len(changed) == 0:
		return []string{fmt.Sprintf("Outcomes did not change between any of %s.",
			prose.Count(len(m.shown.Drift), "pair")+" of months")}
	}
	return []string{"Outcomes changed between these months: " + strings.Join(changed, ", ") + "."}
}

func (m *formFigures) findings() (out []string) {
	untested := []string{}
	for _, c := range m.facts.Findings {
		switch {
		case c.Untested != "":
			untested = append(untested, c.Code)
		case c.Short() > 0:
			out = append(out, c.Title+": "+c.InWords()+".")
		}
	}
	if len(out) == 0 {
		out = []string{"The tests that could be made found nothing."}
	}
	out = append([]string{"Over all imported runs:"}, out...)
	if len(untested) > 0 {
		out = append(out, "These tests could not be made: "+strings.Join(untested, ", ")+".")
	}
	return out
}

// competent is who decided in the period, and the training that is recorded for them.
func (m *formFigures) competent() form.Figure {
	f := form.Figure{Measure: "competent",
		Head: []string{"Account", "Person", "Decisions", "Training recorded"}}
	trained, all := 0, map[string]bool{}
	for _, g := range m.shown.Gates {
		for _, o := range g.Officers {
			all[o.Account] = true
		}
	}
	for _, account := range slices.Sorted(maps.Keys(all)) {
		var decisions int64
		for _, g := range m.shown.Gates {
			for _, o := range g.Officers {
				if o.Account == account {
					decisions += o.Decisions
				}
			}
		}
		person, held := m.holderOf(account), []string{}
		for _, r := range m.facts.Records {
			if r.Kind == review.RecordTraining && person != nil && r.PersonID == person.ID {
				held = append(held, r.Ref+", "+daysWords(r.Date, r.Due))
			}
		}
		if len(held) > 0 {
			trained++
		}
		name := "nobody in the register has this account"
		if person != nil {
			name = person.Name
		}
		f.Rows = append(f.Rows, []string{account, name, prose.Number(decisions),
			cmp.Or(strings.Join(held, "; "), "none is recorded")})
	}
	if len(all) == 0 {
		f.Lines = []string{"No account decided in the period."}
		return f
	}
	f.Lines = []string{
		fmt.Sprintf("For %d of %s that decided a training is recorded. Decisions are counted by whole months.", trained,
			prose.Count(len(all), "account")),
	}
	return f
}

// holderOf is the person of an account, nil where nobody has it.
func (m *formFigures) holderOf(account string) *organisation.Person {
	for i := range m.facts.People {
		if slices.Contains(m.facts.People[i].Accounts, account) {
			return &m.facts.People[i]
		}
	}
	return nil
}

// holders sets each gate beside the power that was delegated for it and those who decided
// there, and counts the runs of days for which no power is recorded.
func (m *formFigures) holders(ctx context.Context) (form.Figure, error) {
	f := form.Figure{Measure: "holders",
		Head: []string{"Gate", "Power delegated", "Account", "Held by", "Authority", "Decisions"}}
	if len(m.wf.Gates) == 0 {
		f.Lines = []string{"No gate is described."}
		return f, nil
	}
	for _, g := range m.wf.Gates {
		powers := m.powersOf(g.Key)
		line, err := m.uncovered(ctx, g, powers)
		if err != nil {
			return f, err
		}
		f.Lines = append(f.Lines, line)
		var power []string
		for _, r := range powers {
			power = append(power, fmt.Sprintf("%s %s, %s", r.Ref, r.Title, daysWords(r.Date, r.Due)))
		}
		decided := map[string]int64{}
		for _, x := range m.shown.Gates {
			if x.Gate == g.Key {
				for _, o := range x.Officers {
					decided[o.Account] = o.Decisions
				}
			}
		}
		for _, o := range g.Officers {
			if _, ok := decided[o]; !ok {
				decided[o] = 0
			}
		}
		for _, account := range slices.Sorted(maps.Keys(decided)) {
			f.Rows = append(f.Rows, []string{
				cmp.Or(g.Title, g.Key), cmp.Or(strings.Join(power, "; "), "none is recorded"), account,
				m.holderWords(account), m.authorityWords(g, account), prose.Number(decided[account]),
			})
		}
	}
	f.Lines = append(f.Lines, "Decisions of accounts are counted by whole months that the period touches.")
	return f, nil
}

// powersOf are the delegations recorded for a gate, the earliest first.
func (m *formFigures) powersOf(gate string) (out []review.Record) {
	for _, r := range m.facts.Records {
		if r.Kind != review.RecordDelegation || r.WorkflowID != m.wf.ID {
			continue
		}
		toGates := slices.ContainsFunc(r.Links, func(l review.Subject) bool { return l.Kind == review.SubjectGate })
		if !toGates || slices.ContainsFunc(r.Links, func(l review.Subject) bool {
			return l.Kind == review.SubjectGate && l.Ref == gate
		}) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b review.Record) int { return cmp.Compare(a.Date, b.Date) })
	return out
}

// uncovered counts the decisions of runs of days that lie within no delegation.
func (m *formFigures) uncovered(ctx context.Context, g workflow.Gate, powers []review.Record) (string, error) {
	title := cmp.Or(g.Title, g.Key)
	decisions := func(p imported.Period) (int64, error) {
		res, err := runs.Measure(ctx, m.view.r.SQL, &m.wf, p)
		for _, x := range res.Gates {
			if x.Gate == g.Key {
				return x.Decisions, err
			}
		}
		return 0, err
	}
	all := int64(0)
	for _, x := range m.shown.Gates {
		if x.Gate == g.Key {
			all = x.Decisions
		}
	}
	switch {
	case all == 0:
		return title + ": no decision in runs of the period.", nil
	case len(powers) == 0:
		return fmt.Sprintf(
			"%s: no delegated power is recorded, for any of %s.",
			title,
			prose.Count(all, "decision"),
		), nil
	}
	covered, after := int64(0), civil.Date("")
	for _, r := range powers {
		from := r.Date
		if !after.IsZero() && !after.Before(from) { // the days of two delegations are counted once
			from = after.AddDays(1)
		}
		if from.Before(m.period.From) {
			from = m.period.From
		}
		if !r.Due.IsZero() && r.Due.Before(from) {
			continue
		}
		n, err := decisions(imported.Period{From: from, To: r.Due})
		if err != nil {
			return "", err
		}
		covered += n
		if after = r.Due; after.IsZero() {
			break
		}
	}
	return fmt.Sprintf(
		"%s: of %s, %s are of runs of days on which a delegated power is recorded, %s of other days.",
		title,
		prose.Count(all, "decision"),
		prose.Number(covered),
		prose.Number(max(0, all-covered)),
	), nil
}

func (m *formFigures) holderWords(account string) string {
	if p := m.holderOf(account); p != nil {
		return strings.TrimSuffix(p.Name+", "+p.JobTitle, ", ")
	}
	for _, l := range m.wf.Roster {
		if l.Account == account {
			name := strings.TrimSuffix(l.Name+", "+l.Role, ", ")
			if l.Kind != workflow.LoginOfficer {
				return name + " (" + string(l.Kind) + " account)"
			}
			return cmp.Or(name, "an officer without a name")
		}
	}
	return "not known"
}

func (m *formFigures) authorityWords(g workflow.Gate, account string) string {
	if !slices.Contains(g.Officers, account) {
		return "not named at this gate"
	}
	for _, l := range m.wf.Roster {
		if l.Account != account {
			continue
		}
		if !l.From.IsZero() || !l.Until.IsZero() {
			return daysWords(l.From, l.Until)
		}
	}
	return "named; no days are recorded"
}

// daysWords is a stretch of days; either end may be open.
func daysWords(from, until civil.Date) string {
	switch {
	case from.IsZero():
		return "until " + until.Long()
	case until.IsZero():
		return "from " + from.Long() + ", no end recorded"
	}
	return "from " + from.Long() + " to " + until.Long()
}

// recorded is what the register says under a name, in sentences.
func (m *formFigures) recorded(name string) []string {
	a, wf := m.wf.Account, m.wf
	said := func(label, text string) string {
		if text = strings.TrimSuffix(strings.TrimSpace(text), "."); text == "" {
			return label + ": nothing is recorded."
		}
		return label + ": " + text + "."
	}
	switch name {
	case "purpose":
		return []string{said("Purpose as recorded", a.Purpose), said("Decisions that it informs", a.Decisions),
			said("How it works", a.HowItWorks), said("What it does not do", a.Limits)}
	case "version":
		return m.versionLines()
	case "significance":
		out := []string{"It is recorded as informing no significant decision."}
		if a.Significant {
			out = []string{"It is recorded as informing decisions with legal or similarly significant effect."}
		}
		if a.SpecialData {
			return append(out, "It is recorded as reading special category data.")
		}
		return append(out, "It is recorded as reading no special category data.")
	case "basis":
		return []string{said("Lawful basis", assurance.BasisWords(a))}
	case "safeguards":
		return []string{
			said("To challenge the tool's output", a.ChallengeTool),
			said("To challenge the decision", a.Challenge),
			said("Contact", m.facts.Organisation.Contact),
		}
	case "data":
		return []string{said("Data read", strings.Join(a.DataUsed, "; ")),
			said("Sources as logs name them", strings.Join(a.DataSources, "; ")), m.finding(oversight.OutOfScope)}
	case "retention":
		if wf.RetentionMonths == 0 {
			return []string{"No period is recorded after which personal data of runs is deleted."}
		}
		return []string{fmt.Sprintf("Personal data of runs is to be deleted %s after the last run of an import.",
			prose.Count(wf.RetentionMonths, "month"))}
	case "supplier":
		return append([]string{said("Supplier", wf.Supplier), said("Platform", wf.Platform)},
			m.records("Assurance of a supplier", review.RecordSupplier)...)
	case "risks":
		return m.riskLines()
	case "incidents":
		return m.records("Incidents, concerns and complaints", review.RecordIncident, review.RecordConcern,
			review.RecordComplaint)
	case "transparency":
		return []string{said("Published transparency record", a.ATRSURL)}
	case "policies":
		var out []string
		for _, p := range m.facts.Policies {
			v := m.view.policyView(p)
			out = append(out, fmt.Sprintf("%s %s, version %s, %s.", p.Ref, p.Title, cmp.Or(v.Version, "none"),
				spacedWords(string(v.Status))))
		}
		if len(out) == 0 {
			return []string{"No policy is linked to the workflow."}
		}
		return out
	}
	return []string{"Nothing is measured under this name."}
}

func (m *formFigures) versionLines() []string {
	out := []string{"Version in use: " + cmp.Or(m.wf.Version, "none is recorded") + "."}
	changes := slices.Clone(m.wf.Changes)
	slices.SortStableFunc(changes, func(a, b workflow.Change) int { return cmp.Compare(b.Date, a.Date) })
	for i, c := range changes {
		if i == 5 {
			out = append(out, fmt.Sprintf("And %s before.", prose.Count(len(changes)-i, "recorded change")))
			break
		}
		by := "nobody is recorded as having looked at it"
		if c.ReviewedBy != "" {
			by = "looked at by " + cmp.Or(m.view.personName(c.ReviewedBy), c.ReviewedBy)
		}
		out = append(out, fmt.Sprintf("%s: %s, %s to %s; %s.", c.Date.Long(), c.What, cmp.Or(c.From, "nothing"),
			cmp.Or(c.To, "nothing"), by))
	}
	return out
}

// finding is what one test found, over all runs.
func (m *formFigures) finding(code oversight.Code) string {
	for _, c := range m.facts.Findings {
		if c.Code == string(code) {
			if c.Untested != "" {
				return c.Title + ": not tested. " + c.Untested
			}
			return c.Title + ": " + c.InWords() + "."
		}
	}
	return oversight.TestOf(code).Title + ": not tested, no runs are imported."
}

// records are the dated records of some kinds, each in a sentence.
func (m *formFigures) records(label string, kinds ...review.RecordKind) (out []string) {
	for _, r := range m.facts.Records {
		if slices.Contains(kinds, r.Kind) && (r.WorkflowID == m.wf.ID || r.WorkflowID == "") {
			out = append(out, fmt.Sprintf("%s %s of %s: %s (%s).", r.Ref, kindWords(r.Kind), r.Date.Long(),
				strings.TrimSuffix(r.Title, "."), r.Status))
		}
	}
	if len(out) == 0 {
		return []string{label + ": none is recorded."}
	}
	return out
}

func (m *formFigures) riskLines() []string {
	ra, ok := m.facts.Assessment()
	if !ok {
		return []string{"No risk assessment is recorded."}
	}
	above := map[string]bool{}
	for _, r := range ra.AboveAppetite(m.facts.Organisation.AppetiteThreshold, m.view.now) {
		above[r.ID] = true
	}
	out := []string{fmt.Sprintf("%s, %s: %s, %d beyond appetite.", ra.Ref, ra.Status.Words(),
		prose.Count(len(ra.Risks), "risk"), len(above))}
	risks := slices.Clone(ra.Risks)
	slices.SortStableFunc(
		risks,
		func(a, b risk.Risk) int { return cmp.Compare(b.Residual.Value(), a.Residual.Value()) },
	)
	for _, r := range risks {
		out = append(out, fmt.Sprintf("%s %s: inherent %d, now %d, after treatment %d.", r.Ref, r.Title,
			r.Inherent.Value(), r.Current.Value(), r.Residual.Value()))
	}
	return out
}
