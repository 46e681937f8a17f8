package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"assay/internal/civil"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/workflow"
)

// GroupKind is what a part of a workflow's runs has in common.
type GroupKind string

const (
	BySegment GroupKind = "segment" // their declared segment
	ByOfficer GroupKind = "officer" // an account that decided in them
)

// groupCounts counts findings about single runs by what the runs have in
// common. That a run is held with other content (LOG-02) is a matter of files
// and counts for no group.
type groupCounts map[groupKey]int64

type groupKey struct {
	kind              GroupKind
	name, month, code string
	gate              string
}

// add counts a finding on rec.
func (g groupCounts) add(t *oversight.Tester, rec *run.Record, f *oversight.Finding) {
	month := ""
	if at := oversight.When(rec); !at.IsZero() {
		month = at.UTC().Format("2006-01")
	}
	one := func(kind GroupKind, name string) {
		// Copies, also of names that are known: a map keeps the key that it was last
		// given, and a run's texts lie in a piece of the file as large as a megabyte.
		g[groupKey{kind, strings.Clone(name), month, string(f.Code), strings.Clone(f.Gate)}]++
	}
	if rec.Segment != "" {
		one(BySegment, rec.Segment)
	}
	for _, a := range t.Deciders(rec) {
		one(ByOfficer, a)
	}
}

func (g groupCounts) dump() map[string]string {
	m := map[string]string{}
	for k, n := range g {
		m[fmt.Sprintf("findings %s of %s %q at %q %s", k.code, k.kind, k.name, k.gate, k.month)] = fmt.Sprint(n)
	}
	return m
}

// groupRow is what a group's row of run_group_finding is known by: all columns but the
// number of findings, in their order.
func (r rollups) groupRow(ctx context.Context, k groupKey) ([]any, error) {
	name, err := r.texts.number(ctx, k.name)
	if err != nil {
		return nil, err
	}
	gate, err := r.texts.number(ctx, k.gate)
	return []any{r.wfRowID, string(k.kind), name, k.month, k.code, gate}, err
}

// addGroups adds counts to those that are held.
func (r rollups) addGroups(ctx context.Context, g groupCounts) error {
	for k, n := range g {
		row, err := r.groupRow(ctx, k)
		if err != nil {
			return err
		}
		if _, err := r.tx.ExecContext(ctx, `INSERT INTO run_group_finding VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET findings = findings + excluded.findings`,
			append(row, n)...); err != nil {
			return err
		}
	}
	return nil
}

func (r rollups) replaceGroups(ctx context.Context, g groupCounts) error {
	if _, err := r.tx.ExecContext(ctx, `DELETE FROM run_group_finding WHERE workflow_n = ?`, r.wfRowID); err != nil {
		return err
	}
	return r.addGroups(ctx, g)
}

func readGroups(ctx context.Context, db DB, wfRowID int64) (groupCounts, error) {
	g := groupCounts{}
	err := query(ctx, db, func(row scanner) error {
		var k groupKey
		var n int64
		err := row.Scan(&k.kind, &k.name, &k.month, &k.code, &k.gate, &n)
		g[k] = n
		return err
	}, `SELECT f.kind, x.text, f.month, f.code, g.text, f.findings FROM run_group_finding f JOIN run_text x ON x.n = f.name JOIN run_text g ON g.n = f.gate WHERE f.workflow_n = ?`, wfRowID)
	return g, err
}

// withoutOutputs are the sources that carry no outputs at all: that a run of
// them has none is no finding.
func withoutOutputs(ctx context.Context, db DB, workflowID string) (map[string]bool, error) {
	out := map[string]bool{}
	err := query(ctx, db, func(row scanner) error {
		var id string
		err := row.Scan(&id)
		out[id] = true
		return err
	}, `SELECT s.id FROM run_untested u JOIN run_source r ON r.n = u.source_n JOIN source s ON s.id = r.id WHERE s.workflow_id = ? AND u.code = ?`, workflowID, string(oversight.NoRecord))
	return out, err
}

// recount tests runs that are held once more, and sums up what they show.
type recount struct {
	tester   *oversight.Tester
	untested map[string]bool // sources without any output
	stream   *oversight.Stream
	groups   groupCounts
	names    map[int64]sourceName
}

func newRecount(ctx context.Context, db DB, w *workflow.Workflow) (*recount, error) {
	tester, err := newTester(ctx, db, w)
	if err != nil {
		return nil, err
	}
	untested, err := withoutOutputs(ctx, db, w.ID)
	if err != nil {
		return nil, err
	}
	names, err := sourceNames(ctx, db, w.ID)
	return &recount{tester, untested, oversight.NewStream(), groupCounts{}, names}, err
}

// run counts a run of a source and gives what is found on it, until the next one.
func (r *recount) run(source string, rec *run.Record, more *files) []oversight.Finding {
	found := r.tester.TestFiles(source, rec, more.forTester(r.names), r.stream)
	if r.untested[source] {
		found = slices.DeleteFunc(found, func(f oversight.Finding) bool { return f.Code == oversight.NoRecord })
	}
	for i := range found {
		r.groups.add(r.tester, rec, &found[i])
	}
	return found
}

// ToSum are the workflows whose runs an upgrade asks to sum up again.
func ToSum(ctx context.Context, db DB) (workflows []string, err error) {
	err = query(ctx, db, func(row scanner) error {
		var id string
		err := row.Scan(&id)
		workflows = append(workflows, id)
		return err
	}, `SELECT w.workflow_id FROM run_total t JOIN run_workflow w ON w.n = t.workflow_n WHERE t.definition = ''`)
	return workflows, err
}

// Group is a part of a workflow's runs over time, month by month. Months that
// the period touches count whole.
type Group struct {
	Runs     int64                           // in the period; of an officer, runs decided, once at each gate
	Volumes  []imported.Volume               // Day is the first of the month
	Gates    map[string][]imported.GatePoint // by gate; of an officer, what the officer decided
	Findings []imported.FindingPoint         // Day is the first of the month
}

// GroupOf reads a part of a workflow's runs. Of an officer's decisions it is
// the month of the decision that counts, of findings and segments the month of
// the run.
func GroupOf(
	ctx context.Context,
	db DB,
	workflowID string,
	kind GroupKind,
	name string,
	p imported.Period,
) (Group, error) {
	g := Group{
		Volumes:  []imported.Volume{},
		Gates:    map[string][]imported.GatePoint{},
		Findings: []imported.FindingPoint{},
	}
	wfRowID, err := workflowRowID(ctx, db, workflowID)
	if err != nil || wfRowID == 0 {
		return g, err
	}
	n, err := textRowID(ctx, db, name)
	if err != nil || n <= 0 {
		return g, err
	}
	from, to := p.Months()
	if kind == BySegment {
		err = g.segment(ctx, db, workflowID, name, n, wfRowID, p)
	} else {
		err = g.officer(ctx, db, workflowID, n, wfRowID, p)
	}
	if err != nil {
		return g, err
	}
	for _, v := range g.Volumes {
		g.Runs += v.Runs
	}
	err = query(ctx, db, func(row scanner) error {
		var f imported.FindingPoint
		var month string
		err := row.Scan(&month, &f.Code, &f.Gate, &f.Findings)
		f.Day = firstOf(month)
		g.Findings = append(g.Findings, f)
		return err
	}, `SELECT f.month, f.code, g.text, f.findings FROM run_group_finding f JOIN run_text g ON g.n = f.gate
		WHERE f.workflow_n = ? AND f.kind = ? AND f.name = ? AND f.month BETWEEN ? AND ? ORDER BY f.month, f.code, g.text`, wfRowID, string(kind), n, from, to)
	return g, err
}

func firstOf(month string) civil.Date {
	if month == "" {
		return ""
	}
	return civil.Date(month + "-01")
}

func (g *Group) segment(
	ctx context.Context,
	db DB,
	workflowID, name string,
	n, wfRowID int64,
	p imported.Period,
) (err error) {
	if g.Volumes, err = SegmentVolumes(ctx, db, workflowID, name, p); err != nil {
		return err
	}
	from, to := p.Months()
	return query(ctx, db, func(row scanner) error {
		var c gateCounts
		var review oversight.Sketch
		var gate string
		var q imported.GatePoint
		if err := scanCell(row, &c, &review, &gate, &q.When); err != nil {
			return err
		}
		fillGatePoint(&q, c, &review)
		g.Gates[gate] = append(g.Gates[gate], q)
		return nil
	}, `SELECT r.counts, r.review, g.text, r.month FROM run_segment_gate r JOIN run_text g ON g.n = r.gate
		WHERE r.workflow_n = ? AND r.segment = ? AND r.month BETWEEN ? AND ? ORDER BY g.text, r.month`, wfRowID, n, from, to)
}

func (g *Group) officer(ctx context.Context, db DB, workflowID string, n, wfRowID int64, p imported.Period) error {
	from, to := p.Months()
	type cell struct{ month, outcome string }
	runs := map[cell]int64{}
	var order []cell
	err := query(ctx, db, func(row scanner) error {
		var c officerCounts
		var review oversight.Sketch
		var gate string
		var q imported.GatePoint
		if err := scanCell(row, &c, &review, &gate, &q.When); err != nil {
			return err
		}
		q.Decided, q.Agreement, q.Edits, q.Review = c.Decisions, oversight.NewRate(
			c.Agreed,
			c.Compared,
		), oversight.NewRate(
			c.Edited,
			c.Coded,
		), oversight.QuantilesOf(
			&review,
		)
		g.Gates[gate] = append(g.Gates[gate], q)
		for _, o := range slices.Sorted(maps.Keys(c.Outcomes)) {
			k := cell{q.When, o}
			if runs[k] == 0 {
				order = append(order, k)
			}
			runs[k] += c.Outcomes[o]
		}
		return nil
	}, `SELECT r.counts, r.review, g.text, r.month FROM (SELECT DISTINCT gate FROM run_officer WHERE workflow_n = ?1 AND account = ?2) o
		CROSS JOIN run_officer_month r ON r.workflow_n = ?1 AND r.gate = o.gate AND r.account = ?2 JOIN run_text g ON g.n = r.gate
		WHERE r.month BETWEEN ?3 AND ?4 ORDER BY g.text, r.month`, wfRowID, n, from, to)
	for _, k := range order {
		g.Volumes = append(
			g.Volumes,
			imported.Volume{WorkflowID: workflowID, Day: firstOf(k.month), Outcome: k.outcome, Runs: runs[k]},
		)
	}
	return err
}

// OfficerSizes counts the decisions of each account over all time.
func OfficerSizes(ctx context.Context, db DB, workflowID string) (map[string]int64, error) {
	out := map[string]int64{}
	err := query(ctx, db, func(row scanner) error {
		var account, text string
		var c officerCounts
		if err := row.Scan(&account, &text); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(text), &c)
		out[account] += c.Decisions
		return err
	}, `SELECT a.text, r.counts FROM run_officer r JOIN run_workflow w ON w.n = r.workflow_n JOIN run_text a ON a.n = r.account WHERE w.workflow_id = ? AND a.text <> ''`, workflowID)
	return out, err
}
