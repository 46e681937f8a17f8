package report

import (
	"fmt"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/pdfkit"
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
	for i, l := range []limits{{8, 24, 6, 800}, {5, 18, 4, 400}, {3, 14, 2, 250}, {2, 10, 1, 150}, {1, 6, 1, 100}} {
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
		s += ", for approval by " + person(c.Approver)
	}
	s += ". The signing time is the claim of this computer's clock."
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

// limits are how many rows of its tables, and characters of a text, a page holds.
type limits struct{ sources, findings, gates, chars int }

// auditorBlocks are the contents of page 2, with limits on a designed page.
func (c *Certificate) auditorBlocks(size float64, most *limits) []pdfkit.Block {
	designed := most != nil
	if !designed {
		most = &limits{chars: 1 << 20}
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
		kv("Key: "+strings.ToLower(k.Use), pdfkit.T(k.Holder+"  "), pdfkit.Code(k.Fingerprint))
	}
	if c.Log.Root != "" {
		kv("Activity log", pdfkit.T(count(c.Log.Size, "entry", "entries")+", root "), pdfkit.Code(c.Log.Root))
	}
	kv("Runs", pdfkit.T(c.Counts.words()))
	add(facts)

	add(head("Evidence"), sourceTable(c.Sources, size, most.sources))
	add(head("What the runs show"), findingTable(c.Findings, size, most.findings))
	if len(c.NotTested) > 0 {
		add(small(pdfkit.B("Not tested. "), pdfkit.T(brief(strings.Join(c.NotTested, " "), most.chars))))
	}
	if len(c.Gates) > 0 {
		add(head("Gates"), gateTable(c.Gates, size, most.gates))
	}
	add(head("Requirements"), requirementTable(c.Areas, c.Requirements, size))
	return out
}

func (n Counts) words() string {
	s := fmt.Sprintf("%s, %s, %s, decided by %s",
		count(n.Runs, "run", "runs"), count(n.Decisions, "decision", "decisions"),
		count(n.Releases, "release", "releases"), count(n.Officers, "account", "accounts"))
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

func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

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

func findingTable(findings []FindingCount, size float64, limit int) pdfkit.Table {
	return pdfkit.Table{
		Size: size, Limit: limit, Tight: limit > 0, Empty: "No test was run.",
		Columns: []pdfkit.Column{
			{Title: "Test", Width: 1, Header: true},
			{Title: "What it looks for", Width: 4.1},
			{Title: "Threshold", Width: 2.3},
			{
				Title: "Tested",
				Width: 0.95,
				Align: pdfkit.Right,
			},
			{Title: "Found", Width: 0.95, Align: pdfkit.Right},
			{Title: "Open", Width: 0.75, Align: pdfkit.Right},
			{Title: "Explained", Width: 1.1, Align: pdfkit.Right},
			{Title: "Action", Width: 0.85, Align: pdfkit.Right},
		},
		Rows: rows(findings, func(f FindingCount) []pdfkit.Cell {
			row := pdfkit.Cells(
				f.Code,
				f.Title,
				f.Threshold,
				thousands(f.Tested),
				thousands(f.Found),
				fmt.Sprint(f.Open),
				fmt.Sprint(f.Explained),
				fmt.Sprint(f.Actioned),
			)
			for i, v := range []int64{f.Found, int64(f.Open), int64(f.Explained), int64(f.Actioned)} {
				if v > 0 {
					row[4+i].Spans[0].Face = pdfkit.Bold
				}
			}
			return row
		}),
	}
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

// requirementTable lists the requirements by area: those that are met by code,
// the others by name as well.
func requirementTable(areas []Area, reqs []Requirement, size float64) pdfkit.Table {
	type row struct {
		area     Area
		met, not []string
		na       []string
	}
	var out []row
	for _, a := range areas {
		r := row{area: a}
		for _, q := range reqs {
			if q.Area != a.Code {
				continue
			}
			switch q.State {
			case RequirementMet:
				r.met = append(r.met, q.Code)
			case RequirementNotMet:
				r.not = append(r.not, q.Code+" "+q.Name)
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
	list := func(s []string, sep string) string {
		if len(s) == 0 {
			return "none"
		}
		return strings.Join(s, sep)
	}
	return pdfkit.Table{
		Size: size, Tight: true,
		Columns: []pdfkit.Column{
			{Title: "Area", Width: 1.5, Header: true},
			{Title: "Met", Width: 3},
			{Title: "Not met", Width: 2.6},
			{Title: "Does not apply", Width: 2.2},
		},
		Rows: rows(out, func(r row) []pdfkit.Cell {
			return pdfkit.Cells(r.area.Name+", "+r.area.score(), list(r.met, ", "), list(r.not, "; "), list(r.na, "; "))
		}),
	}
}
