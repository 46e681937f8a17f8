package report

import (
	"fmt"
	"slices"
	"strings"

	"assay/internal/civil"
	"assay/internal/pdfkit"
)

// Clause is one clause of a management-system standard with what is missing and
// what is held for it. Titles are Assay's own words, never the standard's.
type Clause struct {
	ID       string // "5.2"
	Title    string
	Asks     string // what documented information it names, in our words, or empty
	Held     string // how far what is held shows it, in words
	Missing  []Missing
	Recorded []Recorded
}

// Missing is what is missing under a clause or control.
type Missing struct {
	Rule   string // code of the rule that says so; empty where no rule looks at it
	What   string
	Where  []string // references of the workflows; empty for the organisation
	ToMeet string
}

// Recorded is a record, a document or a rule that serves a clause or control.
type Recorded struct {
	Ref    string // "REC-0005", "EV-0003", "POL-R01"
	What   string // title and state
	Extent string // how far it serves, in words; empty for a document that was linked
	Where  string // file of the pack
	Date   civil.Date
	In     []string // of a rule: the workflows in which it stands
}

// Control is one row of a Statement of Applicability.
type Control struct {
	ID             string // "A.2.2"
	Title          string // ours
	Applicable     bool
	Decided        bool // somebody decided whether it applies
	ReasonIncluded string
	ReasonExcluded string
	Implementation string // "Implemented", "Partly implemented", "Planned", "Not implemented"
	Held           string // how far what is held shows it, in words
	Differs        string // where what is declared differs from what is held, in a sentence
	Owner          string
	Risks          []string // references of linked risks
	Missing        []Missing
	Evidence       []Recorded // the best first
	EvidenceDate   civil.Date // effective date of the evidence
	ResidualGap    string
	ApprovedBy     string
	ApprovedOn     civil.Date
	ReviewDue      civil.Date
	Beside         string // what ISO/IEC 27001 covers of it, in a sentence
}

// Statement is the Statement of Applicability of one standard.
type Statement struct {
	Standard string // "ISO/IEC 42001:2023"
	Controls []Control
}

// SharedClause is a clause of ISO/IEC 27001 that is answered where ISO/IEC 42001
// asks for the same.
type SharedClause struct {
	ID, Title string
	Own       string // what 27001 asks besides, in our words; empty: nothing
}

// GovernanceRecord is one record of the management system, printed in full.
type GovernanceRecord struct {
	Ref    string // "REC-0005"
	Kind   string // in words
	Title  string
	Date   civil.Date
	Status string
	Closed civil.Date
	Due    civil.Date
	Who    string
	Of     string      // the workflow that it is about; empty for the organisation
	Texts  [][2]string // what it says, each under what was asked
	Serves []string    // clauses and controls: "4.1", "A.9.3"
	Links  []string    // what it names
}

// SystemRule is a rule of the management system with its answer.
type SystemRule struct {
	Code   string
	Name   string
	State  RequirementState
	Reason string
	ToMeet string
	Serves []string
	Links  []string // records that the answer rests on
}

// LawKey is a day as the first or the last one of a provision.
type LawKey struct {
	Day   civil.Date
	Until bool
}

// LawDay is a day within the period of the runs from which other law was in force.
type LawDay struct {
	Day   civil.Date
	Until bool // the day is the last one
	Items []string
}

// AuditorQuestion is a question that an auditor asks, and where the pack answers it.
type AuditorQuestion struct {
	Text   string
	Anchor string // place in this document
	Says   string // what is found there, or that it is missing
	Page   int    // from 1; 0 where the pack has no such place
}

func clauseAnchor(id string) string { return "clause " + id }

// ruleAnchor is the place where a rule of the management system is answered.
func ruleAnchor(code string) string { return "rule " + code }

// clauses draws clauses 4 to 10: under each first what is missing, then what is held.
func (p *EvidencePack) clauses(d *pdfkit.Document) {
	d.Add(pdfkit.PageBreak{}, pdfkit.Heading{Level: 1, Text: "Clauses 4 to 10", Anchor: "clauses"}, pdfkit.P(pdfkit.T(
		"Under each clause of ISO/IEC 42001 stands first what is missing, then what is held and how far it shows what "+
			"the clause asks. A rule that is met shows that something is recorded; whether that is enough is for the "+
			"reader to judge.")))
	last := ""
	for _, c := range p.Clauses {
		var blocks []pdfkit.Block
		first, _, _ := strings.Cut(c.ID, ".")
		if first != last {
			blocks = append(blocks, pdfkit.H(2, strings.TrimSpace(first+" "+clauseHeads[first])))
			last = first
		}
		blocks = append(
			blocks,
			pdfkit.Heading{Level: 3, Text: c.ID + " " + c.Title, Anchor: p.place(clauseAnchor(c.ID))},
		)
		line := []pdfkit.Span{pdfkit.B("Held: "), pdfkit.T(or(c.Held, "nothing") + ".")}
		if c.Asks != "" {
			line = append(line, pdfkit.Quiet(" Documented information: "+strings.TrimRight(c.Asks, ".")+"."))
		}
		blocks = append(blocks, small(line...))
		blocks = append(blocks, p.missingBlocks(c.Missing)...)
		if len(c.Recorded) > 0 {
			blocks = append(blocks, p.recordedTable(c.Recorded))
		}
		d.Add(blocks...)
	}
}

// missingBlocks say what is missing, a line each.
func (p *EvidencePack) missingBlocks(missing []Missing) []pdfkit.Block {
	if len(missing) == 0 {
		return nil
	}
	out := []pdfkit.Block{small(pdfkit.B("Missing"))}
	for _, m := range missing {
		spans := []pdfkit.Span{pdfkit.T("– ")}
		if m.Rule != "" {
			spans = append(append(spans, p.refer(m.Rule)...), pdfkit.T(" "))
		}
		spans = append(spans, pdfkit.T(m.What))
		if len(m.Where) > 0 {
			spans = append(spans, pdfkit.T(": "))
			spans = append(spans, p.list(m.Where)...)
		}
		spans = append(spans, pdfkit.T("."))
		if m.ToMeet != "" {
			spans = append(spans, pdfkit.Quiet(" "+m.ToMeet))
		}
		out = append(out, pdfkit.Para{Spans: spans, Size: 8.5, Gap: 1, Lead: 1.3})
	}
	return out
}

// list is references, each leading to its place.
func (p *EvidencePack) list(refs []string) []pdfkit.Span {
	var out []pdfkit.Span
	for i, r := range refs {
		if i > 0 {
			out = append(out, pdfkit.T(", "))
		}
		out = append(out, p.refer(r)...)
	}
	return out
}

// recordedTable lists what is held: documents and records, then the rules that
// serve, with the workflows in which each stands.
func (p *EvidencePack) recordedTable(rec []Recorded) pdfkit.Table {
	return pdfkit.Table{Size: 8.5, Tight: true,
		Columns: []pdfkit.Column{
			{Title: "Held", Width: 0.95, Header: true},
			{Title: "What it is, and where", Width: 4.6},
			{Title: "How far", Width: 1.3},
			{Title: "Date", Width: 1.05},
		},
		Rows: rows(rec, func(r Recorded) []pdfkit.Cell {
			row := pdfkit.Cells("", "", r.Extent, r.Date.Long())
			row[0].Spans = p.refer(r.Ref)
			row[1].Spans = p.what(r)
			return row
		})}
}

// what is what a row of evidence says, with its workflows and its file.
func (p *EvidencePack) what(r Recorded) []pdfkit.Span {
	out := []pdfkit.Span{pdfkit.T(r.What)}
	if len(r.In) > 0 {
		out = append(append(append(out, pdfkit.T(" (")), p.list(r.In)...), pdfkit.T(")"))
	}
	if r.Where != "" {
		out = append(out, pdfkit.Quiet(" "+r.Where))
	}
	return out
}

// applicability draws a Statement of Applicability for each standard.
func (p *EvidencePack) applicability(d *pdfkit.Document) {
	for _, s := range p.Statements {
		p.statement(d, s)
	}
	if len(p.Statements) == 0 {
		d.Add(
			pdfkit.PageBreak{},
			pdfkit.Heading{Level: 1, Text: "Annex A: Statement of Applicability", Anchor: "soa"},
			pdfkit.P(pdfkit.T("No Statement of Applicability is recorded.")),
		)
	}
}

func (p *EvidencePack) statement(d *pdfkit.Document, s Statement) {
	first := !p.placed["soa"]
	anchor := "soa"
	if !first {
		anchor = "soa " + s.Standard
	}
	p.placed["soa"] = true
	d.Add(
		pdfkit.PageBreak{},
		pdfkit.Heading{Level: 1, Text: "Annex A: Statement of Applicability, " + s.Standard, Anchor: anchor},
	)
	applies, undecided, differ := 0, 0, 0
	for _, c := range s.Controls {
		if c.Applicable && c.Decided {
			applies++
		}
		if !c.Decided {
			undecided++
		}
		if c.Differs != "" {
			differ++
		}
	}
	text := fmt.Sprintf(
		"%d of %d controls apply. Reasons are given both for those that are included and for those that "+
			"are left out.",
		applies,
		len(s.Controls),
	)
	if undecided > 0 {
		text += fmt.Sprintf(" For %d nothing is decided yet.", undecided)
	}
	if differ > 0 {
		text += fmt.Sprintf(" For %d what is declared differs from what is held; each says how.", differ)
	}
	d.Add(
		pdfkit.P(pdfkit.T(text)),
		pdfkit.Table{Caption: "All controls of " + s.Standard, Size: 8.5, Tight: true,
			Columns: []pdfkit.Column{
				{Title: "Control", Width: 0.9, Header: true},
				{Title: "Our title for it", Width: 2.8},
				{Title: "Applies", Width: 0.8},
				{Title: "Declared", Width: 1.4},
				{Title: "Held", Width: 1.6},
				{Title: "Owner", Width: 1.6},
			},
			Rows: rows(s.Controls, func(c Control) []pdfkit.Cell {
				held := c.Held
				if c.Decided && !c.Applicable {
					held = "–"
				}
				row := pdfkit.Cells("", c.Title, c.appliesWord(), c.Implementation, held, c.Owner)
				row[0].Spans = []pdfkit.Span{pdfkit.T(c.ID)}
				if p.details(s, c) {
					row[0].Spans = p.refer(c.ID)
				}
				if c.Differs != "" {
					row[4].Spans[0].Face = pdfkit.Bold
				}
				return row
			})},
	)
	for _, c := range s.Controls {
		if p.details(s, c) {
			p.control(d, c)
		}
	}
}

// details tells whether a control is shown in full: those of ISO/IEC 42001, and of
// another standard those about which something was decided.
func (p *EvidencePack) details(s Statement, c Control) bool {
	return s.Standard == p.Statements[0].Standard
}

func (c Control) appliesWord() string {
	if !c.Decided {
		return "not decided"
	}
	return yesNo(c.Applicable)
}

// control draws one row of the Statement of Applicability: what is missing first,
// then the three best pieces of evidence, and the rest by name.
func (p *EvidencePack) control(d *pdfkit.Document, c Control) {
	facts := pdfkit.KeyValues{Size: 8.5, Tight: true, Name: 0.2}
	kv := func(k, v string) {
		if v != "" {
			facts.Pairs = append(facts.Pairs, pdfkit.KV(k, v))
		}
	}
	kv("Applies", c.appliesWord())
	kv("Why it is included", c.ReasonIncluded)
	kv("Why it is left out", c.ReasonExcluded)
	kv("Declared", c.Implementation)
	if c.Applicable || !c.Decided {
		kv("Held", c.Held)
	}
	kv("Declared and held differ", c.Differs)
	if len(c.Missing) > 0 {
		facts.Pairs = append(facts.Pairs, pdfkit.KeyValue{Key: "Missing", Value: p.missingSpans(c.Missing)})
	}
	kv("Gap that its owner names", c.ResidualGap)
	if len(c.Evidence) > 0 {
		facts.Pairs = append(facts.Pairs, pdfkit.KeyValue{Key: "Evidence", Value: p.evidenceOf(c.Evidence)})
	}
	kv("Evidence effective", c.EvidenceDate.Long())
	if len(c.Risks) > 0 {
		facts.Pairs = append(facts.Pairs, pdfkit.KeyValue{Key: "Linked risks", Value: p.list(c.Risks)})
	}
	kv("Owner", c.Owner)
	if c.ApprovedBy != "" {
		kv("Approved", c.ApprovedBy+", "+long(c.ApprovedOn))
	}
	kv("Next review", c.ReviewDue.Long())
	kv("Beside ISO/IEC 27001", c.Beside)
	d.Add(pdfkit.Heading{
		Level: 2, Text: c.ID + " " + c.Title, Size: 11.5, Tight: true, Anchor: p.place(clauseAnchor(c.ID)),
	}, facts)
}

func (p *EvidencePack) missingSpans(missing []Missing) []pdfkit.Span {
	var out []pdfkit.Span
	for i, m := range missing {
		if i > 0 {
			out = append(out, pdfkit.T("\n"))
		}
		if m.Rule != "" {
			out = append(append(out, p.refer(m.Rule)...), pdfkit.T(" "))
		}
		out = append(out, pdfkit.T(m.What))
		if len(m.Where) > 0 {
			out = append(append(out, pdfkit.T(": ")), p.list(m.Where)...)
		}
	}
	return out
}

// best is how many pieces of evidence of a control are described; the rest is named.
const best = 3

// evidenceOf describes the best pieces of a control's evidence, each on its line,
// and names the others.
func (p *EvidencePack) evidenceOf(rec []Recorded) []pdfkit.Span {
	var out []pdfkit.Span
	for i, e := range rec {
		switch {
		case i < best && i > 0:
			out = append(out, pdfkit.T("\n"))
		case i == best:
			out = append(out, pdfkit.T("\nAlso: "))
		case i > best:
			out = append(out, pdfkit.T(", "))
		}
		out = append(out, p.refer(e.Ref)...)
		if i < best {
			out = append(append(out, pdfkit.T(" ")), p.what(e)...)
			if e.Extent != "" {
				out = append(out, pdfkit.Quiet(" – "+e.Extent))
			}
		}
	}
	return out
}

// beside draws what ISO/IEC 27001 has in common with ISO/IEC 42001.
func (p *EvidencePack) beside(d *pdfkit.Document) {
	if len(p.Shared) == 0 {
		return
	}
	var only, partly, covers []string
	for _, c := range p.Statements[0].Controls {
		switch {
		case strings.HasPrefix(c.Beside, "Only"):
			only = append(only, c.ID)
		case strings.HasPrefix(c.Beside, "Covered"):
			covers = append(covers, c.ID)
		default:
			partly = append(partly, c.ID)
		}
	}
	d.Add(
		pdfkit.PageBreak{},
		pdfkit.Heading{Level: 1, Text: "ISO/IEC 27001:2022 beside ISO/IEC 42001", Anchor: "beside"},
		pdfkit.P(pdfkit.T("Both standards share the clauses of a management system. What answers such a clause is "+
			"recorded once, under the clause of the same number above; what 27001 asks besides is not answered there. "+
			"This is our reading of the two outlines, for a person to check.")),
		pdfkit.P(
			pdfkit.T(fmt.Sprintf("Of the %d controls of 42001, 27001 covers %s, is a start for %d, and asks nothing "+
				"of the kind for %d: %s.", len(p.Statements[0].Controls), strings.Join(covers, ", "),
				len(partly), len(only),
				strings.Join(only, ", "))),
		),
		pdfkit.Table{Caption: "Clauses that both have", Size: 8.5, Tight: true,
			Columns: []pdfkit.Column{
				{Title: "27001", Width: 0.8, Header: true},
				{Title: "Our title for it", Width: 3},
				{Title: "Answered under", Width: 1.1},
				{Title: "What 27001 asks besides, not answered there", Width: 3},
			},
			Rows: rows(p.Shared, func(c SharedClause) []pdfkit.Cell {
				row := pdfkit.Cells(c.ID, c.Title, "", or(c.Own, "–"))
				row[2].Spans = p.refer(c.ID)
				return row
			})},
	)
}

// system draws the rules of the management system, and after them its records in full.
func (p *EvidencePack) system(d *pdfkit.Document) {
	if len(p.System) == 0 && len(p.Records) == 0 {
		return
	}
	d.Add(pdfkit.PageBreak{}, pdfkit.Heading{Level: 1, Text: "The management system", Anchor: "system"})
	if len(p.System) > 0 {
		d.Add(pdfkit.Table{Caption: "Rules about the organisation as a whole", Size: 8.5, Tight: true,
			Columns: []pdfkit.Column{
				{Title: "Rule", Width: 0.8, Header: true},
				{Title: "What it asks", Width: 2.3},
				{Title: "State", Width: 0.9},
				{Title: "Why, and what would meet it", Width: 3.4},
				{Title: "Serves", Width: 1.2},
			},
			Rows: rows(p.System, func(r SystemRule) []pdfkit.Cell {
				why := r.Reason
				if r.ToMeet != "" {
					why = strings.TrimSpace(why + " To meet it: " + r.ToMeet)
				}
				row := pdfkit.Cells(r.Code, r.Name, r.State.Words(), why, "")
				row[0].Anchor = p.place(ruleAnchor(r.Code))
				row[4].Spans = p.list(r.Serves)
				return row
			})})
	}
	p.objectives(d)
	d.Add(pdfkit.Heading{Level: 2, Text: "Records in full", Anchor: "records"})
	if len(p.Records) == 0 {
		d.Add(pdfkit.P(pdfkit.T("No governance record is kept.")))
	}
	kind := ""
	for _, r := range p.Records {
		if r.Kind != kind {
			kind = r.Kind
			d.Add(pdfkit.H(3, upperFirst(kind)))
		}
		p.record(d, r)
	}
	if len(p.Trained) > 0 {
		d.Add(pdfkit.H(3, "Training"), pdfkit.Table{Size: 8.5, Tight: true,
			Columns: []pdfkit.Column{
				{Title: "Record", Width: 0.9, Header: true},
				{Title: "Who", Width: 2},
				{Title: "What, and how it was tested", Width: 3.4},
				{Title: "On", Width: 1.2},
				{Title: "Valid until", Width: 1.2},
			},
			Rows: rows(p.Trained, func(r GovernanceRecord) []pdfkit.Cell {
				row := pdfkit.Cells(r.Ref, r.Who, r.Title, r.Date.Long(), r.Due.Long())
				row[0].Anchor = p.place("record " + r.Ref)
				return row
			})})
	}
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// objectives draws the objectives with their measured values.
func (p *EvidencePack) objectives(d *pdfkit.Document) {
	if len(p.Objectives) == 0 {
		return
	}
	d.Add(pdfkit.Heading{Level: 2, Text: "Objectives and their measured values", Anchor: "objectives"}, pdfkit.Table{
		Size: 8.5, Tight: true,
		Columns: []pdfkit.Column{
			{Title: "Objective", Width: 0.9, Header: true},
			{Title: "What is aimed at", Width: 2.6},
			{Title: "By", Width: 1.1},
			{Title: "Measured in the imported runs", Width: 2.8},
			{Title: "Owner", Width: 1.4},
		},
		Rows: rows(p.Objectives, func(o Objective) []pdfkit.Cell {
			row := pdfkit.Cells("", o.Title, o.Due.Long(), or(o.Value, "no measured value"), o.Owner)
			row[0].Spans = p.refer(o.Ref)
			return row
		}),
	})
}

// Objective is an objective with its measured value.
type Objective struct {
	Ref, Title, Owner string
	Due               civil.Date
	Value             string // in words; empty where nothing measures it
}

// record prints one governance record.
func (p *EvidencePack) record(d *pdfkit.Document, r GovernanceRecord) {
	facts := pdfkit.KeyValues{Size: 8.5, Tight: true, Name: 0.24}
	kv := func(k, v string) {
		if v != "" {
			facts.Pairs = append(facts.Pairs, pdfkit.KV(k, v))
		}
	}
	state := r.Status
	if !r.Closed.IsZero() {
		state += " on " + r.Closed.Long()
	}
	kv("Date and state", strings.TrimPrefix(r.Date.Long()+"; "+state, "; "))
	if r.Of != "" {
		facts.Pairs = append(facts.Pairs, pdfkit.KeyValue{Key: "About", Value: p.refer(r.Of)})
	}
	kv("Who", r.Who)
	for _, t := range r.Texts {
		kv(t[0], t[1])
	}
	kv("Due", r.Due.Long())
	if len(r.Serves) > 0 {
		facts.Pairs = append(facts.Pairs, pdfkit.KeyValue{Key: "Serves", Value: p.list(r.Serves)})
	}
	if len(r.Links) > 0 {
		facts.Pairs = append(facts.Pairs, pdfkit.KeyValue{Key: "Names", Value: p.list(r.Links)})
	}
	d.Add(pdfkit.Heading{
		Level: 4, Text: r.Ref + " " + r.Title, Tight: true, Anchor: p.place("record " + r.Ref), Unlisted: true,
	}, facts)
}

// riskMethod says how risks are rated, from scales to appetite.
func (p *EvidencePack) riskMethod(d *pdfkit.Document) {
	if len(p.Likelihood) == 0 {
		return
	}
	steps := make([]int, len(p.Likelihood))
	for i := range steps {
		steps[i] = i
	}
	d.Add(
		pdfkit.Heading{Level: 1, Text: "How risks are rated", Anchor: "risk method"},
		pdfkit.P(pdfkit.T(fmt.Sprintf("A risk has a likelihood and an impact from 1 to 5 on the people affected; its "+
			"score is one times the other. It is rated three times: inherent, before any control; current, with the "+
			"controls in place; residual, when its treatment is done. A residual score above %d is beyond the "+
			"organisation's appetite, unless a person with the duty of approver accepts it until a day. An assessment "+
			"is prepared, reviewed and approved by three people.", p.Appetite))),
		pdfkit.Table{Caption: "Scales", Size: 8.5, Tight: true,
			Columns: []pdfkit.Column{
				{Title: "Step", Width: 0.6, Header: true}, {Title: "Likelihood", Width: 2}, {Title: "Impact", Width: 2},
			},
			Rows: rows(steps, func(i int) []pdfkit.Cell {
				return pdfkit.Cells(fmt.Sprint(i+1), p.Likelihood[i], p.Impact[i])
			})},
	)
}

// law says from which days within the period of the runs other law was in force.
func (p *EvidencePack) law(d *pdfkit.Document) {
	if len(p.Law) == 0 {
		return
	}
	d.Add(
		pdfkit.Heading{Level: 2, Text: "Law that changed within the period of the runs", Anchor: "law"},
		pdfkit.P(
			pdfkit.T("A run is looked at under the law of its day. Which provisions that are, and what follows from "+
				"them, is for the organisation's lawyers to say; here are the days."),
		),
		pdfkit.Table{Size: 8.5, Tight: true,
			Columns: []pdfkit.Column{{Title: "Day", Width: 1.2, Header: true}, {Title: "What", Width: 5}},
			Rows: rows(p.Law, func(l LawDay) []pdfkit.Cell {
				day := "from " + l.Day.Long()
				if l.Until {
					day = "until " + l.Day.Long()
				}
				return pdfkit.Cells(day, strings.Join(l.Items, "; "))
			})},
	)
}

// questions lists what auditors ask and where the pack answers it. It is drawn
// last, when every page has its number.
func (p *EvidencePack) questions(d *pdfkit.Document) {
	d.Add(
		pdfkit.PageBreak{},
		pdfkit.Heading{Level: 1, Text: "What auditors ask, and where the answer is", Anchor: "questions"},
	)
	p.asked = p.ask()
	for i, q := range p.asked { // the heading above is the last one: pages have their numbers
		p.asked[i].Page = d.PageOf(q.Anchor)
	}
	d.Add(
		pdfkit.P(
			pdfkit.T("Questions that auditors, data protection officers and monitoring officers ask, each with the "+
				"page. Where the answer is missing, it says so."),
		),
		pdfkit.Table{Size: 8.5, Tight: true,
			Columns: []pdfkit.Column{
				{Title: "Question", Width: 3, Header: true},
				{Title: "What the pack says", Width: 3.4},
				{Title: "Page", Width: 0.6, Align: pdfkit.Right},
			},
			Rows: rows(p.asked, func(q AuditorQuestion) []pdfkit.Cell {
				row := pdfkit.Cells(q.Text, q.Says, "")
				if q.Page > 0 {
					row[2].Spans = []pdfkit.Span{pdfkit.To(fmt.Sprint(q.Page), q.Anchor)}
				} else {
					row[2].Spans = []pdfkit.Span{pdfkit.T("none")}
				}
				return row
			})},
	)
}

// anchors names the place of each record that the document shows.
func (p *EvidencePack) anchors() {
	p.known, p.placed = map[string]string{}, map[string]bool{}
	for _, q := range p.Policies {
		p.known[q.Ref] = "policy " + q.Ref
	}
	for _, w := range p.Workflows {
		p.known[w.Ref] = "workflow " + w.Ref
		if w.AssessmentRef != "" {
			p.known[w.AssessmentRef] = "workflow " + w.Ref
		}
		for _, r := range w.Risks {
			p.known[r.Ref] = "workflow " + w.Ref
		}
	}
	for _, e := range p.Evidence {
		p.known[e.Ref] = "evidence " + e.Ref
	}
	for _, r := range slices.Concat(p.Records, p.Trained) {
		p.known[r.Ref] = "record " + r.Ref
	}
	for _, r := range p.System {
		p.known[r.Code] = ruleAnchor(r.Code)
	}
	for _, c := range p.Clauses {
		p.known[c.ID] = clauseAnchor(c.ID)
	}
	if len(p.Statements) > 0 {
		for _, c := range p.Statements[0].Controls {
			p.known[c.ID] = clauseAnchor(c.ID)
		}
	}
	for _, r := range p.Reviews {
		p.known[r.Ref] = "reviews"
	}
	for _, a := range p.Actions {
		p.known[a.Ref] = "actions"
	}
}
