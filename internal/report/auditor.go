package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/pdfkit"
	"assay/internal/prose"
)

// pageTwo is for an auditor: what the certificate rests on. It tells whether
// anything had to be left to the record.
func (c *Certificate) pageTwo(d *pdfkit.Document) bool {
	d.NewPage()
	y := c.masthead(d, "For the auditor")
	bottom := pdfkit.PageHeight - 20*mm
	// Where there is more than fits, the tables are limited, so that each part
	// is there and says how much more the record holds.
	var blocks []pdfkit.Block
	limited := false
	for i, l := range []limits{
		{8, 30, 6, 12, 800, false}, {8, 30, 6, 12, 800, true}, {6, 20, 6, 8, 500, true}, {5, 20, 4, 6, 400, true},
		{3, 16, 3, 5, 250, true}, {2, 14, 2, 4, 200, true}, {2, 12, 2, 3, 150, true}, {1, 10, 1, 3, 120, true},
		{1, 6, 1, 2, 100, true},
	} {
		blocks, limited = c.auditorBlocks(8.4, &l), i > 0
		if d.Measure(pageWide, 0.82, blocks...) <= bottom-y {
			break
		}
	}
	_, cut := d.Frame(pageLeft, y, pageWide, bottom-y, 0.8, blocks...)
	d.Rule(pageLeft, bottom+1*mm, pageRight, bottom+1*mm, pdfkit.Line, 0.5)
	_, cut2 := d.Frame(pageLeft, bottom+2*mm, pageWide, 9*mm, 0.7,
		pdfkit.Para{Spans: []pdfkit.Span{pdfkit.Quiet(c.provenance())}, Size: 8, Lead: 1.25, Gap: -1})
	return cut || cut2 || limited
}

func (c *Certificate) provenance() string {
	s := "Issued " + civil.Of(c.IssuedAt).Long() + " by " + person(c.Assessor)
	if c.Approver.Name != "" {
		s += ", " + lowerFirst(c.approval()) + " " + person(c.Approver)
	}
	s += ". The signing time is the claim of this computer's clock."
	if !c.First {
		s += " " + NotInEdition
	}
	if len(c.Attachments) > 0 {
		var names []string
		for _, a := range c.Attachments {
			names = append(names, a.Name)
		}
		s += " Attached to this file: " + strings.Join(names, ", ") + "."
	}
	return s
}

func person(p Person) string {
	if p.Role == "" {
		return p.Name
	}
	return p.Name + ", " + p.Role
}

// limits are how many rows of its tables, explanations and other facts, and
// characters of a text, a page holds, and whether tests that found nothing are
// named in a sentence.
type limits struct {
	sources, findings, gates, facts, chars int
	brief                                  bool
}

// everything is no limit at all.
var everything = &limits{facts: 1 << 20, chars: 1 << 20}

// auditorBlocks are the contents of page 2, with limits on a designed page.
func (c *Certificate) auditorBlocks(size float64, most *limits) []pdfkit.Block {
	designed := most != nil
	if !designed {
		most = everything
	}
	small := func(spans ...pdfkit.Span) pdfkit.Para {
		return pdfkit.Para{Spans: spans, Size: size, Lead: 1.3, Gap: 2}
	}
	head := func(text string) pdfkit.Heading {
		return pdfkit.Heading{Level: 2, Text: text, Size: size + 2.2, Tight: designed}
	}
	out := []pdfkit.Block{
		pdfkit.Heading{Level: 1, Text: "What this certificate rests on", Size: size * 2, Tight: designed},
	}
	add := func(b ...pdfkit.Block) { out = append(out, b...) }

	// What can be compared.
	facts := pdfkit.KeyValues{Size: size, Name: 0.2, Tight: designed}
	kv := func(k string, v ...pdfkit.Span) { facts.Pairs = append(facts.Pairs, pdfkit.KeyValue{Key: k, Value: v}) }
	kv("Record (SHA-256)", pdfkit.Code(c.RecordDigest))
	for _, k := range c.Keys {
		kv("Key: "+strings.ToLower(k.Use), pdfkit.T(k.holder()+"  "), pdfkit.Code(k.Fingerprint))
	}
	if c.Log.Root != "" {
		kv("Activity log", pdfkit.T(count(c.Log.Size, "entry", "entries")+", root "), pdfkit.Code(c.Log.Root))
	}
	kv("Runs", pdfkit.T(c.Counts.words()))
	add(facts)

	if rest := c.restOfConditions(size); designed && len(rest) > 0 {
		add(append([]pdfkit.Block{head(headConditions)}, rest...)...)
	}
	add(head("Evidence"), sourceTable(c.Sources, size, most.sources))
	add(factBlocks(c.Besides, size, most)...)
	tests, quiet := c.Findings, ""
	if most.brief {
		tests, quiet = loud(c.Findings)
	}
	add(head("What the runs show"))
	if len(tests) > 0 || quiet == "" {
		add(findingTable(tests, size, most.findings))
	}
	if quiet != "" {
		add(small(pdfkit.B("Nothing was found "), pdfkit.T(quiet)))
	}
	if len(c.NotTested) > 0 {
		add(small(pdfkit.B("Not tested. "), pdfkit.T(brief(strings.Join(c.NotTested, " "), most.chars))))
	}
	if len(c.Explained) > 0 {
		add(head("What was explained, and by whom"))
		add(explainedBlocks(c.Explained, size, most)...)
	}
	if len(c.Gates) > 0 {
		add(head("Gates"), gateTable(c.Gates, size, most.gates))
	}
	add(head("Requirements"), requirementTable(c.Areas, c.Requirements, size))
	return out
}

// restOfConditions are all conditions with owner and day, for page 2, where page
// 1 says that it has no room for them.
func (c *Certificate) restOfConditions(size float64) []pdfkit.Block {
	if c.First || !c.conditionsCut {
		return nil
	}
	single, groups := c.conditionGroups()
	l := pdfkit.List{Size: size, Gap: 0.8}
	for _, k := range single {
		l.Items = append(l.Items, k.spans())
	}
	for _, g := range groups { // one person and day: said once
		item := []pdfkit.Span{pdfkit.B(or(g[0].Owner, "The organisation")), pdfkit.T(by(g[0].Due) + ": ")}
		texts := make([]string, len(g))
		for i, k := range g {
			texts[i] = fmt.Sprintf("(%d) %s", i+1, strings.TrimRight(strings.TrimSpace(k.Text), "."))
		}
		item = append(item, pdfkit.T(strings.Join(texts, "; ")+"."))
		l.Items = append(l.Items, item)
	}
	return []pdfkit.Block{l}
}

// factBlocks are facts about the evidence, each in a line; what there is no room
// for is counted.
func factBlocks(facts []Fact, size float64, most *limits) []pdfkit.Block {
	if len(facts) == 0 {
		return nil
	}
	kv := pdfkit.KeyValues{Size: size, Name: 0.12, Tight: true}
	for i, f := range facts {
		if i == most.facts && i < len(facts)-1 {
			kv.Pairs = append(kv.Pairs, pdfkit.KV("More", fmt.Sprintf("%d more facts, in the record.", len(facts)-i)))
			break
		}
		kv.Pairs = append(kv.Pairs, pdfkit.KV(f.Name, brief(f.Text, most.chars)))
	}
	return []pdfkit.Block{kv}
}

// explainedBlocks are what was said of findings, likewise.
func explainedBlocks(said []Explained, size float64, most *limits) []pdfkit.Block {
	kv := pdfkit.KeyValues{Size: size, Name: 0.12, Tight: true}
	for i, e := range said {
		if i == most.facts && i < len(said)-1 {
			kv.Pairs = append(
				kv.Pairs, pdfkit.KV("More", fmt.Sprintf("%d more explanations, in the record.", len(said)-i)),
			)
			break
		}
		kv.Pairs = append(kv.Pairs, pdfkit.KV(e.Code, e.sentence(most.chars)))
	}
	return []pdfkit.Block{kv}
}

// sentence is how many findings were explained, and how.
func (e Explained) sentence(chars int) string {
	return fmt.Sprintf(
		"%s of %s %s. %s", thousands(e.Findings), thousands(e.Of), standingWords(e.Standing),
		brief(e.Words, chars),
	)
}

// standingWords is how far an explanation settles what it explains.
func standingWords(standing string) string {
	switch standing {
	case "alone":
		return "explained by one person only, and so not settled"
	case "actioned":
		return "with an action that is not done, and so not settled"
	case "done":
		return "with an action that is done"
	}
	return standing
}

func (n Counts) words() string {
	by := "decided by " + count(n.Officers, "account", "accounts")
	if n.Officers == Unknown {
		by = "the number of deciding accounts is " + NotHere
	}
	s := fmt.Sprintf("%s, %s, %s, %s",
		count(n.Runs, "run", "runs"), count(n.Decisions, "decision", "decisions"),
		count(n.Releases, "release", "releases"), by)
	if !n.From.IsZero() {
		s += ", " + period(n.From, n.Until)
	}
	return s
}

// count is a number with its noun.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

func thousands(n int64) string { return prose.Number(n) }

func period(from, until civil.Date) string {
	switch {
	case from.IsZero() && until.IsZero():
		return ""
	case from == until || until.IsZero():
		return from.Long()
	case from.IsZero():
		return "until " + until.Long()
	}
	return from.Long() + " to " + until.Long()
}

func sourceTable(sources []Source, size float64, limit int) pdfkit.Table {
	return pdfkit.Table{
		Size: size, Limit: limit, Tight: limit > 0, Empty: "No run evidence was imported.",
		Columns: []pdfkit.Column{
			{Title: "Imported file", Width: 2.4, Header: true},
			{Title: "Runs", Width: 0.8, Align: pdfkit.Right},
			{
				Title: "Refused",
				Width: 0.8,
				Align: pdfkit.Right,
			},
			{Title: "Period", Width: 1.6},
			{Title: "SHA-256", Width: 3.3},
		},
		Rows: rows(sources, func(s Source) []pdfkit.Cell {
			name := s.Name
			if s.Format != "" {
				name += " (" + s.Format + ")"
			}
			return []pdfkit.Cell{
				pdfkit.C(name),
				pdfkit.C(thousands(s.Runs)),
				pdfkit.C(thousands(s.Refused)),
				pdfkit.C(period(s.From, s.Until)),
				pdfkit.CS(pdfkit.Code(s.SHA256)),
			}
		}),
	}
}

// rows makes table rows of values, one at a time.
func rows[T any](values []T, row func(T) []pdfkit.Cell) func(func([]pdfkit.Cell) bool) {
	return func(yield func([]pdfkit.Cell) bool) {
		for _, v := range values {
			if !yield(row(v)) {
				return
			}
		}
	}
}

// loud parts the tests that found something from those that did not, which are
// named in a sentence with how many cases each looked at.
func loud(findings []FindingCount) (found []FindingCount, rest string) {
	var parts, hidden []string
	for _, f := range findings {
		switch {
		case f.Found > 0:
			found = append(found, f)
		case f.Of > 0 && f.Tested == 0:
			hidden = append(hidden, fmt.Sprintf("%s (none of %s)", f.Code, count(f.Of, "case", "cases")))
		case f.Of == 0:
			parts = append(parts, f.Code+" (all runs)")
		case f.Tested < f.Of:
			parts = append(parts, fmt.Sprintf("%s (%s of %s cases)", f.Code, thousands(f.Tested), thousands(f.Of)))
		default:
			parts = append(parts, fmt.Sprintf("%s (%s)", f.Code, count(f.Of, "case", "cases")))
		}
	}
	if len(parts) > 0 {
		rest = "by " + strings.Join(parts, ", ") + "."
	}
	if len(hidden) > 0 {
		rest += " The log does not show what these look at: " + strings.Join(hidden, ", ") + "."
	}
	return found, strings.TrimSpace(rest)
}

func findingTable(findings []FindingCount, size float64, limit int) pdfkit.Table {
	return pdfkit.Table{
		Size: size, Limit: limit, Tight: limit > 0, Empty: "No test was run.",
		Columns: []pdfkit.Column{
			{Title: "Test", Width: 1, Header: true},
			{Title: "What it looks for", Width: 4.1},
			{Title: "Threshold", Width: 2.3},
			{Title: "Cases", Width: 0.95, Align: pdfkit.Right},
			{Title: "Tested", Width: 0.95, Align: pdfkit.Right},
			{Title: "Found", Width: 0.95, Align: pdfkit.Right},
			{Title: "Open", Width: 0.75, Align: pdfkit.Right},
			{Title: "Settled", Width: 0.95, Align: pdfkit.Right},
		},
		Rows: rows(findings, func(f FindingCount) []pdfkit.Cell {
			row := pdfkit.Cells(
				f.Code,
				f.Title,
				f.Threshold,
				f.cases(f.Of),
				f.cases(f.Tested),
				thousands(f.Found),
				fmt.Sprint(f.Open),
				fmt.Sprint(f.Explained),
			)
			for i, v := range []int64{f.Found, int64(f.Open), int64(f.Explained)} {
				if v > 0 {
					row[5+i].Spans[0].Face = pdfkit.Bold
				}
			}
			return row
		}),
	}
}

// cases is a number of cases, or how else the test looks.
func (f FindingCount) cases(n int64) string {
	if f.Of == 0 {
		return "all runs"
	}
	return thousands(n)
}

func gateTable(gates []Gate, size float64, limit int) pdfkit.Table {
	return pdfkit.Table{
		Size: size, Limit: limit, Tight: limit > 0,
		Columns: []pdfkit.Column{
			{Title: "Gate", Width: 1.3, Header: true},
			{Title: "Who decides what", Width: 2.6},
			{Title: "What was measured", Width: 3.2},
		},
		Rows: rows(gates, func(g Gate) []pdfkit.Cell {
			return []pdfkit.Cell{pdfkit.C(g.Name), pdfkit.C(g.rule()), pdfkit.C(g.measured())}
		}),
	}
}

// rule is the gate's declaration in words.
func (g Gate) rule() string {
	parts := []string{}
	if g.Role != "" {
		parts = append(parts, g.Role)
	}
	switch n := len(g.Officers); {
	case n == 0 && g.Named > 0:
		parts = append(parts, count(int64(g.Named), "named officer", "named officers")+" (names "+NotHere+")")
	case n == 0:
		parts = append(parts, "no named officer")
	case n <= 4:
		parts = append(parts, strings.Join(g.Officers, ", "))
	default:
		parts = append(parts, fmt.Sprintf("%s and %d others", strings.Join(g.Officers[:3], ", "), n-3))
	}
	if g.Decides != "" {
		parts = append(parts, "decides "+lowerFirst(strings.TrimPrefix(g.Decides, "decides ")))
	}
	if g.FourEyes {
		parts = append(parts, "not the one who prepared it (four eyes)")
	}
	if g.MinReview > 0 {
		parts = append(parts, "at least "+duration(g.MinReview)+" of review")
	}
	if g.Enforced != "" {
		parts = append(parts, "enforced: "+lowerFirst(g.Enforced))
	}
	return strings.Join(parts, "; ")
}

// lowerFirst makes a sentence part of another; abbreviations stay as they are.
func lowerFirst(s string) string {
	first, rest, _ := strings.Cut(s, " ")
	if rest == "" || len(first) > 1 && strings.ToUpper(first) == first {
		return s
	}
	return strings.ToLower(first) + " " + rest
}

// duration is a time span in words: "1 min 30 s".
func duration(d time.Duration) string {
	d = d.Round(time.Second)
	var parts []string
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / u.unit; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
			d -= n * u.unit
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}

func (g Gate) measured() string {
	var parts []string
	for _, m := range g.Measures {
		parts = append(parts, m.Name+": "+m.Value)
	}
	if len(parts) == 0 {
		return "Nothing was measured."
	}
	return strings.Join(parts, "; ")
}

// alike puts requirements that do not apply for one reason together: of "A (why)" and
// "B (why)" it makes "A, B (why)".
func alike(list []string) []string {
	var reasons []string
	codes := map[string][]string{}
	for _, s := range list {
		code, why, _ := strings.Cut(s, " ")
		if codes[why] == nil {
			reasons = append(reasons, why)
		}
		codes[why] = append(codes[why], code)
	}
	var out []string
	for _, why := range reasons {
		out = append(out, strings.TrimSpace(strings.Join(codes[why], ", ")+" "+why))
	}
	return out
}

// requirementTable lists the requirements by area: those that are met by code,
// the others by name as well.
func requirementTable(areas []Area, reqs []Requirement, size float64) pdfkit.Table {
	type row struct {
		area     Area
		met, but []string
		not, na  []string
	}
	var out []row
	for _, a := range areas {
		r := row{area: a}
		for _, q := range reqs {
			if q.Area != a.Code {
				continue
			}
			switch q.State {
			case RequirementMet, RequirementHeld:
				r.met = append(r.met, q.Code)
			case RequirementHeldButFor:
				r.but = append(r.but, q.Code)
			case RequirementNotMet:
				r.not = append(r.not, q.Code+" "+q.Name)
			case RequirementNotHeld:
				r.not = append(r.not, q.Code+" "+q.Name+" (not held)")
			case RequirementNotShown:
				r.not = append(r.not, q.Code+" "+q.Name+" (not shown)")
			default:
				na := q.Code
				if q.Reason != "" {
					na += " (" + strings.TrimRight(q.Reason, ".") + ")"
				}
				r.na = append(r.na, na)
			}
		}
		out = append(out, r)
	}
	for i := range out {
		out[i].na = alike(out[i].na)
	}
	list := func(s []string, sep string) string {
		if len(s) == 0 {
			return "none"
		}
		return strings.Join(s, sep)
	}
	// A column that is empty throughout leaves its room to the others.
	type column struct {
		pdfkit.Column
		of  func(row) []string
		sep string
	}
	columns := []column{
		{pdfkit.Column{Title: "Met or held"}, func(r row) []string { return r.met }, ", "},
		{pdfkit.Column{Title: "Held but for some"}, func(r row) []string { return r.but }, ", "},
		{pdfkit.Column{Title: "Not met, held or shown"}, func(r row) []string { return r.not }, "; "},
		{pdfkit.Column{Title: "Does not apply"}, func(r row) []string { return r.na }, "; "},
	}
	columns = slices.DeleteFunc(columns, func(c column) bool {
		return c.Title != "Met or held" && !slices.ContainsFunc(out, func(r row) bool { return len(c.of(r)) > 0 })
	})
	t := pdfkit.Table{
		Size: size, Tight: true, Columns: []pdfkit.Column{{Title: "Area", Width: 1.5, Header: true}},
		Rows: rows(out, func(r row) []pdfkit.Cell {
			cells := []pdfkit.Cell{pdfkit.C(r.area.Name + ", " + r.area.score())}
			for _, c := range columns {
				cells = append(cells, pdfkit.C(list(c.of(r), c.sep)))
			}
			return cells
		}),
	}
	for _, c := range columns {
		// As wide as its longest cell asks for, within bounds: reasons why many rules do not
		// apply made one narrow column as long as half a page.
		longest := 0
		for _, r := range out {
			longest = max(longest, len([]rune(list(c.of(r), c.sep))))
		}
		c.Width = 1 + min(2, float64(longest)/90)
		t.Columns = append(t.Columns, c.Column)
	}
	return t
}
