package report

import (
	"fmt"
	"io"
	"strings"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/pdfkit"
)

// WritePack draws an evidence pack's document as a tagged, archival PDF with
// object streams and empty signature fields on its first page. Rows of run
// evidence and the contents of attachments are copied through, never held.
func WritePack(w io.Writer, p EvidencePack) (Drawn, error) {
	if err := p.check(); err != nil {
		return Drawn{}, err
	}
	d := pdfkit.New(pdfkit.Options{
		Title: "Evidence pack " + p.Ref + ": " + p.Organisation, Author: p.Organisation, Created: p.PreparedAt,
		Subject: "What is recorded about the governance of AI, clause by clause, and where", ObjectStreams: true,
		Left: pageLeft, Right: pageLeft,
		Running: func(page, pages int) pdfkit.Running {
			r := pdfkit.Running{
				HeadLeft:  p.Organisation,
				FootLeft:  "Evidence pack " + p.Ref,
				FootRight: fmt.Sprintf("Page %d of %d", page, pages),
			}
			if p.Sample {
				r.HeadRight = SampleMark
			}
			return r
		},
	})
	p.Organisation, p.Ref = oneLine(p.Organisation), oneLine(p.Ref)
	p.anchors()
	cut := p.cover(d)
	d.Add(pdfkit.Contents{Title: "Contents"})
	p.howToRead(d)
	p.gaps(d)
	p.clauses(d)
	p.applicability(d)
	p.beside(d)
	p.system(d)
	p.policies(d)
	p.riskMethod(d)
	p.workflows(d)
	p.runEvidence(d)
	p.findings(d)
	p.reviews(d)
	p.evidence(d)
	p.questions(d)
	for _, a := range p.Attachments {
		d.Attach(a.pdf())
	}
	if _, err := d.WriteTo(w); err != nil {
		return Drawn{}, fmt.Errorf("draw evidence pack %s: %w", p.Ref, err)
	}
	drawn := Drawn{
		Pages:     d.Pages(),
		Shortened: cut,
		Replaced:  d.Replacements(),
		At:        map[string]int{},
		Questions: p.asked,
	}
	for ref, anchor := range p.known {
		if n := d.PageOf(anchor); n > 0 {
			drawn.At[ref] = n
		}
	}
	return drawn, nil
}

func (p *EvidencePack) check() error {
	var fields []fault.Field
	need := func(ok bool, name, message string) {
		if !ok {
			fields = append(fields, fault.Field{Name: name, Message: message})
		}
	}
	need(p.Ref != "", "ref", "An evidence pack needs a reference.")
	need(p.Organisation != "", "organisation", "An evidence pack needs the organisation's name.")
	need(!p.PreparedAt.IsZero(), "preparedAt", "An evidence pack needs the date on which it was prepared.")
	need(p.Assessor.Name != "", "assessor", "An evidence pack needs the name of its assessor.")
	return fault.Join(fields)
}

const packDisclaimer = "This pack gathers what the organisation has recorded about its use of AI, in the order of " +
	"ISO/IEC 42001:2023. " +
	"It is not a certificate of conformity: only an accredited body can give one. Titles of clauses and controls " +
	"are our own words; the standard itself has to be at hand."

// cover is the first page.
func (p *EvidencePack) cover(d *pdfkit.Document) bool {
	d.NewPage()
	top := 13 * mm
	d.Box(pageLeft, top, pageWide, 1.6*mm, pdfkit.Ink, 0, 0)
	y := 45 * mm
	if p.Sample {
		d.Box(pageLeft, 20*mm, pageWide, 7*mm, 0, pdfkit.Black, 0.8)
		mark := line(11, pdfkit.Span{Text: SampleMark, Face: pdfkit.Bold})
		mark.Align = pdfkit.Centre
		d.Frame(pageLeft, 21*mm, pageWide, 6*mm, 1, mark)
	}
	h, cut := d.Frame(
		pageLeft,
		y,
		pageWide,
		30*mm,
		0.6,
		line(14, pdfkit.Span{Text: p.Organisation, Face: pdfkit.Bold, Color: pdfkit.Grey}),
	)
	y += h + 5*mm
	h, _ = d.Frame(pageLeft, y, pageWide, 40*mm, 0.6,
		pdfkit.Heading{Level: 1, Text: "Evidence pack", Size: 34, Unlisted: true},
		line(13, pdfkit.T("How the use of AI is governed: what is recorded, and where")),
	)
	y += h + 12*mm
	facts := pdfkit.KeyValues{Size: 11, Name: 0.22, Pairs: []pdfkit.KeyValue{
		pdfkit.KV("Reference", p.Ref), pdfkit.KV("Covers", or(p.Scope, "The whole organisation.")),
		pdfkit.KV(
			"Run evidence",
			or(p.Period, "None."),
		), pdfkit.KV("Prepared", civil.Of(p.PreparedAt).Long()+" by "+person(p.Assessor)),
	}}
	if p.Approver.Name != "" {
		facts.Pairs = append(facts.Pairs, pdfkit.KV("For approval by", person(p.Approver)))
	}
	_, cut2 := d.Frame(pageLeft, y, pageWide, 80*mm, 0.7, facts)
	const signHigh = 26 * mm
	sy := pdfkit.PageHeight - 70*mm
	half := (pageWide - 6*mm) / 2
	d.Sign(pageLeft, sy, half, signHigh, signature(FieldAssessor, "Prepared and signed by", p.Assessor))
	if p.Approver.Name != "" {
		d.Sign(pageLeft+half+6*mm, sy, half, signHigh, signature(FieldApprover, "For approval by", p.Approver))
	}
	d.Rule(pageLeft, pdfkit.PageHeight-34*mm, pageRight, pdfkit.PageHeight-34*mm, pdfkit.Line, 0.5)
	d.Frame(
		pageLeft,
		pdfkit.PageHeight-32*mm,
		pageWide,
		18*mm,
		0.8,
		pdfkit.Para{Spans: []pdfkit.Span{pdfkit.Quiet(packDisclaimer)}, Size: 9, Lead: 1.3, Gap: -1},
	)
	return cut || cut2
}

func or(s, otherwise string) string {
	if strings.TrimSpace(s) == "" {
		return otherwise
	}
	return s
}

var packSteps = []string{
	"Check that nothing in the pack was changed: in its folder, run sha256sum -c manifest-sha256.txt and then " +
		"sha256sum -c tagmanifest-sha256.txt.",
	"Check who signed the pack: openssl cms -verify with the .p7s file over tagmanifest-sha256.txt.",
	"Open this document in a PDF reader and look at its signature. Compare the key's fingerprint with the one " +
		"that you were given by another way.",
	"Compare the head of the activity log below with the one on any certificate that the organisation has issued: " +
		"a register rewritten afterwards no longer matches the paper.",
}

func (p *EvidencePack) howToRead(d *pdfkit.Document) {
	d.Add(
		pdfkit.Heading{Level: 1, Text: "How to read and check this pack", Anchor: "check"},
		pdfkit.P(
			pdfkit.T(
				"The pack goes through clauses 4 to 10 and the controls of Annex A. Under each it says what is "+
					"recorded, where the record is, and what is missing. The registers, the run evidence and an "+
					"index of all evidence with digests follow.",
			),
		),
		pdfkit.P(pdfkit.T("What is missing is listed first: absent evidence is reported as absent, never as a pass.")),
	)
	steps := p.HowToCheck
	if len(steps) == 0 {
		steps = packSteps
	}
	d.Add(pdfkit.H(2, "How to check it"), pdfkit.Numbered(steps...))
	if len(p.Keys) > 0 || p.Log.Root != "" {
		facts := pdfkit.KeyValues{Caption: "Keys and log", Name: 0.24}
		for _, k := range p.Keys {
			facts.Pairs = append(
				facts.Pairs,
				pdfkit.KeyValue{Key: k.Use, Value: []pdfkit.Span{pdfkit.T(k.Holder + " "), pdfkit.Code(k.Fingerprint)}},
			)
		}
		if p.Log.Root != "" {
			facts.Pairs = append(
				facts.Pairs,
				pdfkit.KeyValue{
					Key: "Activity log",
					Value: []pdfkit.Span{
						pdfkit.T(count(p.Log.Size, "entry", "entries") + ", root "),
						pdfkit.Code(p.Log.Root),
					},
				},
			)
		}
		d.Add(facts)
	}
}

func (p *EvidencePack) gaps(d *pdfkit.Document) {
	d.Add(pdfkit.Heading{Level: 1, Text: "What is missing", Anchor: "gaps"})
	if len(p.Gaps) == 0 {
		d.Add(pdfkit.P(pdfkit.T("No gap is known.")))
		return
	}
	d.Add(pdfkit.Table{Caption: "Gaps, and what would close them",
		Columns: []pdfkit.Column{
			{Title: "Where", Width: 1.1, Header: true},
			{Title: "What is missing", Width: 3},
			{Title: "What would close it", Width: 2.4},
		},
		Rows: rows(p.Gaps, func(g Gap) []pdfkit.Cell {
			row := pdfkit.Cells("", g.What, g.ToMeet)
			row[0].Spans = p.refer(g.Where)
			return row
		})})
}

// clauseHeads are our names for the clauses' first numbers.
var clauseHeads = map[string]string{
	"4": "The organisation and its setting", "5": "Leadership", "6": "Planning", "7": "Support", "8": "Operation",
	"9": "Looking at results", "10": "Getting better",
}

func small(spans ...pdfkit.Span) pdfkit.Para { return pdfkit.Para{Spans: spans, Size: 9, Gap: 2} }

// place is an anchor, the first time that its place is drawn.
func (p *EvidencePack) place(anchor string) string {
	if p.placed[anchor] {
		return ""
	}
	p.placed[anchor] = true
	return anchor
}

// refer is a reference that leads to the place in this document where the
// record is shown, if there is one: "WF-0001 POL-R01" leads to WF-0001.
func (p *EvidencePack) refer(ref string) []pdfkit.Span {
	first, rest, _ := strings.Cut(ref, " ")
	anchor := p.known[first]
	if anchor == "" {
		return []pdfkit.Span{pdfkit.T(ref)}
	}
	return []pdfkit.Span{pdfkit.To(first, anchor), pdfkit.T(prefix(" ", rest))}
}

func yesNo(b bool) string {
	if b {
		return "Yes"
	}
	return "No"
}

func (p *EvidencePack) policies(d *pdfkit.Document) {
	d.Add(pdfkit.PageBreak{}, pdfkit.Heading{Level: 1, Text: "Policies", Anchor: "policies"})
	if len(p.Policies) == 0 {
		d.Add(pdfkit.P(pdfkit.T("No policy is recorded.")))
	}
	for _, q := range p.Policies {
		facts := pdfkit.KeyValues{Name: 0.24, Tight: true}
		kv := func(k, v string) {
			if v != "" {
				facts.Pairs = append(facts.Pairs, pdfkit.KV(k, v))
			}
		}
		kv("State", strings.TrimSpace(q.Status+" "+prefix("version ", q.Version)))
		kv("Purpose", q.Purpose)
		kv("Scope", q.Scope)
		kv("Accountable", q.Accountable)
		if q.ApprovedBy != "" {
			kv("Approved", q.ApprovedBy+", "+long(q.ApprovedOn))
		}
		kv("Next review", q.ReviewDue.Long())
		kv("Applies to", strings.Join(q.Workflows, ", "))
		kv("Read and understood by", q.Attested)
		if q.SHA256 != "" {
			facts.Pairs = append(
				facts.Pairs,
				pdfkit.KeyValue{Key: "Text (SHA-256)", Value: []pdfkit.Span{pdfkit.Code(q.SHA256)}},
			)
		}
		d.Add(pdfkit.Heading{Level: 2, Text: q.Ref + " " + q.Title, Anchor: p.place("policy " + q.Ref)}, facts)
	}
}

func prefix(with, s string) string {
	if s == "" {
		return ""
	}
	return with + s
}

func (p *EvidencePack) workflows(d *pdfkit.Document) {
	d.Add(pdfkit.PageBreak{}, pdfkit.H(1, "Workflows"))
	if len(p.Workflows) == 0 {
		d.Add(pdfkit.P(pdfkit.T("No workflow is recorded.")))
	}
	for i, w := range p.Workflows {
		if i > 0 {
			d.Add(pdfkit.PageBreak{})
		}
		w.draw(d, p.place("workflow "+w.Ref))
	}
}

func (w *PackWorkflow) draw(d *pdfkit.Document, anchor string) {
	facts := pdfkit.KeyValues{Name: 0.24, Tight: true}
	kv := func(k, v string) {
		if v != "" {
			facts.Pairs = append(facts.Pairs, pdfkit.KV(k, v))
		}
	}
	kv("State", strings.TrimSpace(w.Status+" "+prefix("version ", w.Version)))
	kv("Owner", w.Owner)
	kv(headDoes, w.Does)
	kv("The data that it uses", w.Data)
	kv("The decisions that it informs", w.Informs)
	kv("How it reaches its output", w.HowItWorks)
	kv(headDoesNot, w.DoesNot)
	kv(headAnswers, w.Answers)
	kv(headDecide, w.PeopleDecide)
	kv("How to challenge it", w.HowToChallenge)
	kv("Lawful basis", w.Basis)
	kv("Certificates", strings.Join(w.Certificates, ", "))
	kv("Assessments written here", strings.Join(w.Written, " "))
	d.Add(pdfkit.Heading{Level: 2, Text: w.Ref + " " + w.Name, Anchor: anchor}, facts)

	if len(w.Areas) > 0 {
		bars := pdfkit.Bars{}
		var alt []string
		for _, a := range w.Areas {
			share := 0.0
			if a.Applicable > 0 {
				share = float64(a.Met) / float64(a.Applicable)
			}
			bars.Bars = append(bars.Bars, pdfkit.Bar{Label: a.Name, Of: a.score(), Share: share})
			alt = append(alt, a.alt())
		}
		d.Add(
			pdfkit.H(3, "The five areas"),
			pdfkit.Figure{
				Alt:     strings.Join(alt, " "),
				Caption: "Requirements met, of those that apply.",
				Height:  90,
				Drawing: bars,
			},
		)
	}
	if len(w.Requirements) > 0 {
		d.Add(pdfkit.Table{Caption: "Requirements", Size: 8.5, Tight: true,
			Columns: []pdfkit.Column{
				{Title: "Code", Width: 0.9, Header: true},
				{Title: "Requirement", Width: 2.6},
				{Title: "State", Width: 1},
				{Title: "Why, and what would meet it", Width: 2.8},
				{Title: "Clauses", Width: 1.2},
			},
			Rows: rows(w.Requirements, func(r Requirement) []pdfkit.Cell {
				why := r.Reason
				if r.ToMeet != "" {
					why = strings.TrimSpace(why + " To meet it: " + r.ToMeet)
				}
				name := r.Name
				if r.Blocking {
					name += " (must be met)"
				}
				return pdfkit.Cells(r.Code, name, r.State.Words(), why, strings.Join(r.Clauses, ", "))
			})})
	}
	w.questions(d)
	w.risks(d)
	if len(w.Gates) > 0 {
		d.Add(pdfkit.H(3, "Gates: where people decide"), gateTable(w.Gates, 8.5, 0))
	}
	d.Add(pdfkit.H(3, "What the runs show"))
	if w.Counts.Runs == 0 {
		d.Add(pdfkit.P(pdfkit.T("No run evidence was imported for this workflow.")))
	} else {
		d.Add(pdfkit.P(pdfkit.T(w.Counts.words() + ".")))
		if len(w.Shown) > 0 {
			d.Add(pdfkit.Bullets(w.Shown...))
		}
		d.Add(factBlocks(w.Besides, 9, everything)...)
	}
	if len(w.Weekly) > 1 {
		w.series(d)
	}
	if len(w.Findings) > 0 {
		d.Add(findingTable(w.Findings, 8.5, 0))
	}
	if len(w.Explained) > 0 {
		d.Add(pdfkit.P(pdfkit.B("What was explained, and by whom")))
		d.Add(explainedBlocks(w.Explained, 9, everything)...)
	}
	if len(w.NotTested) > 0 {
		d.Add(pdfkit.P(pdfkit.B("Not tested")), pdfkit.Bullets(w.NotTested...))
	}
}

func (w *PackWorkflow) series(d *pdfkit.Document) {
	s := pdfkit.Series{Unit: "Runs a week", First: w.Weekly[0].Day.Long(), Last: w.Weekly[len(w.Weekly)-1].Day.Long()}
	low, high := w.Weekly[0].Value, w.Weekly[0].Value
	for _, p := range w.Weekly {
		s.Values = append(s.Values, p.Value)
		low, high = min(low, p.Value), max(high, p.Value)
	}
	d.Add(pdfkit.Figure{Height: 90, Drawing: s, Caption: "Runs a week.",
		Alt: fmt.Sprintf(
			"Runs a week from %s to %s: between %s and %s.",
			s.First,
			s.Last,
			thousands(int64(low)),
			thousands(int64(high)),
		)})
	// The same as figures, three weeks in a row.
	const across = 3
	t := pdfkit.Table{Caption: "Runs a week, as figures", Size: 8, Tight: true}
	for range across {
		t.Columns = append(
			t.Columns,
			pdfkit.Column{Title: "Week of", Width: 1.4, Header: true},
			pdfkit.Column{Title: "Runs", Width: 1},
		)
	}
	t.Rows = func(yield func([]pdfkit.Cell) bool) {
		lines := (len(w.Weekly) + across - 1) / across
		for i := range lines {
			row := make([]string, 2*across)
			for k := range across {
				if j := k*lines + i; j < len(w.Weekly) {
					row[2*k], row[2*k+1] = w.Weekly[j].Day.Long(), thousands(int64(w.Weekly[j].Value))
				}
			}
			if !yield(pdfkit.Cells(row...)) {
				return
			}
		}
	}
	d.Add(t)
}

// questions draws what the assessment found out, a table for each of its sections.
func (w *PackWorkflow) questions(d *pdfkit.Document) {
	if len(w.Questions) == 0 {
		return
	}
	d.Add(pdfkit.H(3, "What the assessment found out"))
	for rest := w.Questions; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Section == rest[0].Section {
			n++
		}
		d.Add(pdfkit.Table{Caption: rest[0].Section, Size: 8.5, Tight: true,
			Columns: []pdfkit.Column{
				{Title: "Question", Width: 2.4, Header: true},
				{Title: "Answer", Width: 0.9},
				{Title: "What it rests on", Width: 3.2},
				{Title: "Evidence", Width: 0.9},
				{Title: "Clauses", Width: 1.2},
			},
			Rows: rows(rest[:n], func(q Question) []pdfkit.Cell {
				answer := q.Answer
				if answer == "" {
					answer = "Not answered"
				}
				return pdfkit.Cells(
					q.Text,
					answer,
					q.Note,
					strings.Join(q.Evidence, ", "),
					strings.Join(q.Serves, ", "),
				)
			})})
		rest = rest[n:]
	}
}

func (w *PackWorkflow) risks(d *pdfkit.Document) {
	d.Add(pdfkit.H(3, "Risk register"))
	if w.Assessment != "" {
		d.Add(pdfkit.P(pdfkit.T(w.Assessment)))
	}
	if len(w.Risks) == 0 {
		d.Add(pdfkit.P(pdfkit.T("No risk is recorded.")))
		return
	}
	var heat pdfkit.HeatMap
	var at []string
	unrated := 0
	for _, r := range w.Risks {
		if l, i := r.Current.Likelihood, r.Current.Impact; l >= 1 && l <= 5 && i >= 1 && i <= 5 {
			heat.Count[l-1][i-1]++
			at = append(at, fmt.Sprintf("%s at likelihood %d, impact %d", r.Ref, l, i))
		} else {
			unrated++
		}
	}
	caption := "Risks as they stand now, by likelihood and impact."
	if unrated > 0 {
		caption += fmt.Sprintf(" %d not rated.", unrated)
	}
	if len(at) == 0 {
		at = []string{"no risk is rated"}
	}
	d.Add(
		pdfkit.Figure{
			Alt:     "Matrix of risks: " + strings.Join(at, "; ") + ".",
			Caption: caption,
			Height:  170,
			Drawing: heat,
		},
		pdfkit.Table{Caption: "Risks", Size: 8.5, Tight: true,
			Columns: []pdfkit.Column{
				{Title: "Risk", Width: 2.6, Header: true},
				{Title: "Inherent", Width: 1.15},
				{Title: "Current", Width: 1.15},
				{Title: "Residual", Width: 1.15},
				{Title: "Controls", Width: 2.4},
				{Title: "Treatment, owner and date", Width: 2.4},
			},
			Rows: rows(w.Risks, func(r Risk) []pdfkit.Cell {
				row := pdfkit.Cells(
					"",
					r.Inherent.words(),
					r.Current.words(),
					r.Residual.words(),
					strings.Join(r.Controls, "; "),
					r.treatment(),
				)
				row[0].Spans = []pdfkit.Span{pdfkit.B(r.Ref + " " + r.Title), pdfkit.T(r.story())}
				return row
			})},
	)
}

func (r Rating) words() string {
	if r.Likelihood < 1 || r.Impact < 1 || r.Likelihood > 5 || r.Impact > 5 {
		return "not rated"
	}
	n := r.Likelihood * r.Impact
	return fmt.Sprintf("%d × %d\n%s (%d)", r.Likelihood, r.Impact, pdfkit.English.Level[pdfkit.RiskLevel(n)], n)
}

func (r Risk) story() string {
	s := ""
	for _, p := range []struct{ name, text string }{
		{"Cause", r.Cause}, {"Consequence", r.Consequence}, {"Affects", r.Affected},
	} {
		if p.text != "" {
			s += "\n" + p.name + ": " + p.text
		}
	}
	return s
}

func (r Risk) treatment() string {
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	add(r.Treatment)
	add(r.Owner)
	if !r.Due.IsZero() {
		add("due " + r.Due.Long())
	}
	if r.AcceptedBy != "" {
		add("accepted by " + r.AcceptedBy + " until " + long(r.AcceptedUntil))
	}
	if r.AboveAppetite {
		add("above appetite")
	}
	add(r.QualityCheckFailed)
	return strings.Join(parts, "; ")
}

func (p *EvidencePack) runEvidence(d *pdfkit.Document) {
	d.Add(
		pdfkit.PageBreak{},
		pdfkit.Heading{Level: 1, Text: "Run evidence", Anchor: "run evidence"},
		pdfkit.H(2, "Imported files"),
		sourceTable(p.Sources, 8.5, 0),
	)
	p.law(d)
	if p.Runs == nil {
		return
	}
	d.Add(
		pdfkit.H(2, "Runs"),
		pdfkit.Table{Caption: "Runs, with their place in the imported file", Size: 8, Tight: true,
			Columns: []pdfkit.Column{
				{Title: "Workflow", Width: 1},
				{Title: "Run", Width: 1.6, Header: true},
				{Title: "Started", Width: 1.5},
				{Title: "Outcome", Width: 1.5},
				{Title: "Who decided", Width: 2.2},
				{Title: "Place", Width: 1.4},
			},
			Rows: func(yield func([]pdfkit.Cell) bool) {
				for r := range p.Runs {
					if !yield(pdfkit.Cells(r.Workflow, r.Run, r.Started, r.Outcome, r.Decided, r.Position)) {
						return
					}
				}
			}},
	)
}

func (p *EvidencePack) findings(d *pdfkit.Document) {
	d.Add(pdfkit.PageBreak{}, pdfkit.Heading{Level: 1, Text: "Findings", Anchor: "findings"})
	if len(p.Findings) == 0 {
		d.Add(pdfkit.P(pdfkit.T("No finding is recorded.")))
		return
	}
	d.Add(
		pdfkit.P(
			pdfkit.T(
				"A finding is a question that the run evidence raises. It is open, explained, or turned into an " +
					"action. No legal conclusion is stated.",
			),
		),
	)
	for _, f := range p.Findings {
		state := f.State
		if f.By != "" {
			state += " by " + f.By
		}
		if !f.On.IsZero() {
			state += ", " + f.On.Long()
		}
		var line []string
		for _, part := range []string{
			f.Workflow, prefix("gate ", f.Gate), prefix("severity ", f.Severity), state,
			count(f.Runs, "run", "runs"),
		} {
			if part != "" {
				line = append(line, part)
			}
		}
		blocks := []pdfkit.Block{
			pdfkit.Heading{
				Level: 2,
				Text:  strings.Join(strings.Fields(strings.TrimSuffix(f.Ref, f.Code)+" "+f.Code+" "+f.Title), " "),
				Size:  11.5,
				Tight: true,
			},
			small(pdfkit.T(strings.Join(line, "; ") + ".")),
		}
		if f.Figures != "" {
			blocks = append(blocks, small(pdfkit.B("Over all cases: "), pdfkit.T(f.Figures+".")))
		}
		if f.Explanation != "" {
			blocks = append(blocks, small(pdfkit.B("Explanation: "), pdfkit.T(f.Explanation)))
		}
		if len(f.Sample) > 0 {
			blocks = append(blocks, pdfkit.Table{Size: 8, Tight: true,
				Columns: []pdfkit.Column{
					{Title: "Run", Width: 1.5, Header: true},
					{Title: "File", Width: 2},
					{Title: "Place", Width: 1.3},
					{Title: "What was found", Width: 3},
				},
				Rows: rows(
					f.Sample,
					func(r RunRef) []pdfkit.Cell { return pdfkit.Cells(r.Run, r.File, r.Position, r.Note) },
				)})
			if rest := f.Runs - int64(len(f.Sample)); rest > 0 {
				blocks = append(
					blocks,
					small(pdfkit.Quiet("and "+count(rest, "more run", "more runs")+", in the records of the pack.")),
				)
			}
		}
		d.Add(blocks...)
	}
}

func (p *EvidencePack) reviews(d *pdfkit.Document) {
	d.Add(pdfkit.PageBreak{}, pdfkit.H(1, "Reviews and actions"), pdfkit.Heading{
		Level: 2, Text: "Reviews", Anchor: "reviews",
	}, pdfkit.Table{
		Empty: "No review is recorded.",
		Columns: []pdfkit.Column{
			{Title: "Review", Width: 1, Header: true},
			{Title: "What was reviewed", Width: 2.4},
			{Title: "Due", Width: 1.5},
			{Title: "Held", Width: 1.5},
			{Title: "By", Width: 1.4},
			{Title: "Outcome", Width: 2.4},
		}, Size: 8.5, Tight: true,
		Rows: rows(p.Reviews, func(r Review) []pdfkit.Cell {
			held := r.HeldOn.Long()
			if held == "" {
				held = "not yet"
				if r.Overdue {
					held = "overdue"
				}
			}
			what := r.Subject
			if r.Kind != "" {
				what += " (" + r.Kind + ")"
			}
			return pdfkit.Cells(r.Ref, what, r.Due.Long(), held, r.Reviewer, r.Outcome)
		}),
	}, pdfkit.Heading{Level: 2, Text: "Actions", Anchor: "actions"}, pdfkit.Table{
		Empty: "No action is recorded.",
		Columns: []pdfkit.Column{
			{Title: "Action", Width: 1, Header: true},
			{Title: "What is to be done", Width: 3},
			{Title: "From", Width: 1.2},
			{Title: "Owner", Width: 1.6},
			{Title: "Due", Width: 1.5},
			{Title: "State", Width: 1.2},
		}, Size: 8.5, Tight: true,
		Rows: rows(p.Actions, func(a Action) []pdfkit.Cell {
			state := a.Status
			if !a.DoneOn.IsZero() {
				state = strings.TrimSpace(state + " " + a.DoneOn.Long())
			}
			return pdfkit.Cells(a.Ref, a.Text, a.Source, a.Owner, a.Due.Long(), state)
		}),
	})
}

func (p *EvidencePack) evidence(d *pdfkit.Document) {
	d.Add(pdfkit.PageBreak{}, pdfkit.Heading{Level: 1, Text: "Index of evidence", Anchor: "evidence"}, pdfkit.Table{
		Caption: "Each piece of evidence with its SHA-256 digest", Empty: "No evidence is recorded.", Size: 8.5,
		Tight: true,
		Columns: []pdfkit.Column{
			{Title: "Evidence", Width: 1, Header: true},
			{Title: "Title, file and state", Width: 3},
			{Title: "Serves", Width: 1.3},
			{Title: "Effective", Width: 1.5},
			{Title: "SHA-256", Width: 2.8},
		},
		Rows: rows(p.Evidence, func(e EvidenceItem) []pdfkit.Cell {
			title := e.Title
			if e.File != "" {
				title += "\n" + e.File
			}
			if e.Status != "" {
				title += "\n" + e.Status
			}
			if e.Withheld != "" {
				title += "\nContent left out: " + e.Withheld
			}
			when := e.Effective.Long()
			if !e.Expires.IsZero() {
				when = strings.TrimSpace(when + "\nuntil " + e.Expires.Long())
			}
			return []pdfkit.Cell{
				{Spans: []pdfkit.Span{pdfkit.T(e.Ref)}, Anchor: p.place("evidence " + e.Ref)},
				pdfkit.C(title),
				pdfkit.CS(p.list(e.Serves)...),
				pdfkit.C(when),
				pdfkit.CS(pdfkit.Code(e.SHA256)),
			}
		}),
	})
}
