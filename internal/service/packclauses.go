package service

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/form"
	"assay/internal/pack"
	"assay/internal/prose"
	"assay/internal/report"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/standard"
	"assay/internal/workflow"
)

// holdings says for every item of the standards what the pack holds for it and what
// is missing. A pack of one workflow looks at that workflow only.
type holdings struct {
	view   *View
	list   []workflow.Workflow
	reps   map[string]assurance.Report
	system map[string]assurance.Result // rules of the management system, by code
}

func (p *packer) holdings() (*holdings, []assurance.Result, assurance.SystemFacts) {
	f := assurance.SystemFacts{
		Now:          p.w.now,
		Organisation: p.w.org,
		People:       p.w.people,
		Policies:     p.w.policies,
		Records:      p.w.records,
		Reviews:      p.w.reviews,
		Actions:      p.w.actions,
		Evidence:     p.w.evidence,
		SoA:          p.w.soa,
	}
	for _, wf := range p.list {
		f.Workflows = append(f.Workflows, p.facts[wf.ID])
	}
	results := assurance.System(f)
	h := &holdings{view: p.w, list: p.list, reps: p.reps, system: map[string]assurance.Result{}}
	for _, r := range results {
		h.system[r.Code] = r
	}
	return h, results, f
}

// holding is what is held for one item.
type holding struct {
	words    string // how far it shows what the item asks
	missing  []report.Missing
	recorded []report.Recorded
}

// of looks at everything that serves an item: the rules first, by how far they do,
// then the documents and records that were linked to it or that a rule rests on.
func (h *holdings) of(item standard.Item) holding {
	var out holding
	serving := standard.ServedBy(item)
	codes := make([]string, 0, len(serving))
	for code := range serving {
		codes = append(codes, code)
	}
	slices.SortFunc(codes, func(a, b string) int {
		if d := slices.Index(standard.Extents, serving[a]) - slices.Index(standard.Extents, serving[b]); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	full, some, record := false, false, false
	cited := map[string]bool{}
	var rules []report.Recorded
	for _, code := range codes {
		row, missing, subjects := h.rule(code, serving[code])
		if len(row.In) > 0 || row.What != "" {
			rules = append(rules, row)
			switch {
			case serving[code] == standard.Shows && len(missing) == 0:
				full = true
			case serving[code] == standard.RecordOnly:
				record = true
			default:
				some = true
			}
		}
		out.missing = append(out.missing, missing...)
		for _, s := range subjects {
			cited[s] = true
		}
	}
	out.recorded = append(h.documents(item, cited), rules...)
	linked := slices.ContainsFunc(out.recorded, func(r report.Recorded) bool { return r.Extent == "linked to it" })
	switch {
	case full && len(out.missing) == 0:
		out.words = "shown"
	case full || some:
		out.words = "partly shown"
	case record || linked:
		out.words = "a record only"
	default:
		out.words = "nothing"
	}
	if len(serving) == 0 && !linked {
		out.missing = append(
			out.missing,
			report.Missing{What: "no rule of Assay looks at it, and no document or record is " +
				"linked to it"},
		)
	}
	if item.Document != "" && !full && !linked && !slices.ContainsFunc(out.recorded, func(r report.Recorded) bool {
		return strings.HasPrefix(r.Ref, "EV-") || strings.HasPrefix(r.Ref, "REC-") || strings.HasPrefix(r.Ref, "RA-")
	}) {
		out.missing = append(out.missing, report.Missing{
			What: "no document or record is named for what it asks to be documented: " +
				strings.TrimSuffix(item.Document, "."),
		})
	}
	return out
}

// rule is where a rule stands, what is missing of it, and which records it rests on.
func (h *holdings) rule(code string, extent standard.Extent) (row report.Recorded, missing []report.Missing,
	subjects []string,
) {
	row = report.Recorded{Ref: code, Extent: extent.Words(), Where: ""}
	if r, ok := h.system[code]; ok {
		switch {
		case r.Status == assurance.StatusNotApplicable:
		case r.Status.Stands():
			row.What = r.Title + ": " + lowerWords(r.Status) + ". " + r.Reason
			subjects = append(subjects, r.Subjects...)
		default:
			subjects = append(subjects, r.Subjects...)
			missing = append(
				missing,
				report.Missing{Rule: code, What: r.Title + ": " + strings.TrimSuffix(r.Reason, "."),
					ToMeet: r.Remedy},
			)
		}
		return row, missing, subjects
	}
	type lack struct {
		status assurance.Status
		where  []string
		counts assurance.Counts
		remedy string
	}
	var lacks []lack
	title := ""
	for _, wf := range h.list {
		rep := h.reps[wf.ID]
		r, ok := rep.Result(code)
		if !ok {
			continue
		}
		title = r.Title
		switch {
		case r.Status == assurance.StatusNotApplicable:
		case r.Status.Stands():
			row.In = append(row.In, wf.Ref)
			for _, s := range r.Subjects {
				if strings.HasPrefix(s, "REC-") || strings.HasPrefix(s, "EV-") || strings.HasPrefix(s, "RA-") ||
					strings.HasPrefix(s, "POL-") {
					subjects = append(subjects, s)
				}
			}
		default:
			i := slices.IndexFunc(lacks, func(l lack) bool { return l.status == r.Status && l.remedy == r.Remedy })
			if i < 0 {
				lacks, i = append(lacks, lack{status: r.Status, remedy: r.Remedy}), len(lacks)
			}
			lacks[i].where = append(lacks[i].where, wf.Ref)
			lacks[i].counts.Short += r.Counts.Short
			lacks[i].counts.Settled += r.Counts.Settled
			lacks[i].counts.Of += r.Counts.Of
		}
	}
	if len(row.In) > 0 {
		row.What = title
		if n := len(h.list); len(row.In) == n && n > 1 {
			row.What += fmt.Sprintf(": in all %d workflows", n)
		}
	}
	for _, l := range lacks {
		what := title + ": " + lowerWords(l.status)
		if l.counts.Short > 0 && l.counts.Of > 0 {
			what += fmt.Sprintf(", %d findings in %d cases, %d of them settled", l.counts.Short, l.counts.Of,
				l.counts.Settled)
		}
		missing = append(missing, report.Missing{Rule: code, What: what, Where: l.where, ToMeet: l.remedy})
	}
	return row, missing, subjects
}

func lowerWords(s assurance.Status) string { return strings.ToLower(s.Words()) }

// documents are the documents and records that were linked to an item, and those that
// rules which serve it rest on.
func (h *holdings) documents(item standard.Item, cited map[string]bool) []report.Recorded {
	var linked, rest []report.Recorded
	add := func(r report.Recorded, isLinked bool) {
		if isLinked {
			r.Extent = "linked to it"
			linked = append(linked, r)
			return
		}
		r.Extent = "a rule rests on it"
		rest = append(rest, r)
	}
	names := func(links []review.Subject) bool {
		return slices.ContainsFunc(links, func(l review.Subject) bool {
			return l.Kind == review.SubjectControl && item.Named(l.Ref)
		})
	}
	for _, e := range h.view.evidence {
		isLinked := names(e.Links) && e.StatusAt(h.view.now) == evidence.StatusApproved
		if !isLinked && !cited[e.Ref] {
			continue
		}
		r := report.Recorded{Ref: e.Ref, What: e.Title, Date: e.EffectiveFrom}
		switch {
		case e.SHA256 == "":
			r.What += " (named, not seen)"
		case e.Redacted:
			r.What += " (content left out)"
		default:
			r.Where = path.Join(evidenceFolder, pack.SafeName(e.Ref+"-"+e.FileName))
		}
		add(r, isLinked)
	}
	for _, x := range h.view.records {
		if isLinked := names(x.Links); (isLinked || cited[x.Ref]) && x.Kind != review.RecordTraining {
			text := x.Title
			if said := firstOf(x.Result, x.Body); said != "" {
				text += ". " + shortened(said, 180)
			}
			add(report.Recorded{Ref: x.Ref, What: upper(kindWords(x.Kind)) + ": " + text, Date: x.Date}, isLinked)
		}
	}
	for _, d := range h.view.forms {
		if d.Status == form.StatusSigned && d.Form().Serves(item.Ref()) {
			add(report.Recorded{Ref: d.Ref, What: d.Form().Title + ", version " + cmp.Or(d.Version, "(none)"),
				Date: d.SignedOn(), Where: formFile(d)}, true)
		}
	}
	for _, x := range h.view.policies {
		if cited[x.Ref] {
			add(report.Recorded{Ref: x.Ref, What: "Policy: " + x.Title}, false)
		}
	}
	for _, x := range h.view.assessments {
		if wf, ok := h.view.workflowByID[x.WorkflowID]; ok && cited[x.Ref] {
			add(report.Recorded{
				Ref: x.Ref, What: "Risk assessment of " + wf.Ref + ", " + x.Status.Words(), Date: x.ApprovedOn,
				Where: path.Join(recordsFolder, "risk-assessments.json"),
			}, false)
		}
	}
	return append(linked, rest...)
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			return t
		}
	}
	return ""
}

// shortened is a text, cut at a word where it is longer than n characters.
func shortened(s string, n int) string {
	rs := []rune(s)
	if len(rs) <= n {
		return s
	}
	cut := string(rs[:n])
	if i := strings.LastIndexByte(cut, ' '); i > 0 {
		cut = cut[:i]
	}
	return cut + " …"
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func kindWords(k review.RecordKind) string {
	if k == review.RecordInterest {
		return "issue or interested party"
	}
	return spacedWords(string(k))
}

// clauses are the clauses of ISO/IEC 42001 with what is held.
func (h *holdings) clauses() []report.Clause {
	var out []report.Clause
	for _, item := range standard.Items(standard.FamilyClause) {
		x := h.of(item)
		c := report.Clause{
			ID: item.ID, Title: item.Title, Asks: item.Document, Held: x.words, Missing: x.missing,
			Recorded: x.recorded,
		}
		if scope := strings.TrimSpace(h.view.org.Scope); item.ID == "4.3" && scope != "" {
			c.Recorded = append([]report.Recorded{{
				Ref: "Scope", What: scope, Extent: "the text itself",
				Where: path.Join(recordsFolder, "organisation.json"),
			}}, c.Recorded...)
		}
		out = append(out, c)
	}
	return out
}

var implementationWords = map[standard.Implementation]string{
	standard.NotStarted: "Not implemented", standard.Planned: "Planned",
	standard.Partly: "Partly implemented", standard.Implemented: "Implemented",
}

// statements are the Statements of Applicability: that of ISO/IEC 42001, and that of
// ISO/IEC 27001 where anything is decided in it.
func (h *holdings) statements() []report.Statement {
	rows := map[string]standard.SoARow{}
	for _, r := range h.view.soa {
		rows[r.ControlID] = r
	}
	var out []report.Statement
	for i, fam := range standard.Controls {
		s := report.Statement{Standard: fam.Info().Standard}
		any := false
		for _, item := range standard.Items(fam) {
			row, decided := rows[item.Ref()]
			any = any || decided
			s.Controls = append(s.Controls, h.control(item, row, decided))
		}
		if any || i == 0 {
			out = append(out, s)
		}
	}
	return out
}

func (h *holdings) control(item standard.Item, r standard.SoARow, decided bool) report.Control {
	x := h.of(item)
	c := report.Control{
		ID: item.ID, Title: item.Title, Applicable: r.Applicable, Decided: decided,
		ReasonIncluded: r.ReasonIncluded, ReasonExcluded: r.ReasonExcluded,
		Implementation: implementationWords[r.Implementation], Held: x.words, Missing: x.missing,
		Owner: h.view.personName(r.OwnerID), Risks: r.LinkedRisks, EvidenceDate: r.EffectiveDate,
		ResidualGap: r.ResidualGap, ApprovedBy: h.view.personName(r.ApprovedBy), ApprovedOn: r.ApprovedOn,
		ReviewDue: r.ReviewDue,
	}
	if !decided {
		c.Applicable = true
		c.Missing = append(
			[]report.Missing{{What: "not decided yet: whether this control applies, and why"}},
			c.Missing...)
	}
	if decided && !r.Applicable {
		c.Missing = nil // what does not apply lacks nothing
		c.Implementation = ""
	}
	c.Evidence = h.withLinked(r.LinkedEvidence, x.recorded)
	c.Differs = differs(r, decided, x)
	if item.Family == standard.FamilyAnnexA {
		c.Beside = besideWords(standard.BesideOf(item.Ref()))
	}
	return c
}

// withLinked puts the documents that the row of the statement names before the rest.
func (h *holdings) withLinked(ids []string, rec []report.Recorded) []report.Recorded {
	var first []report.Recorded
	for _, e := range h.view.evidence {
		if !slices.Contains(ids, e.ID) ||
			slices.ContainsFunc(rec, func(r report.Recorded) bool { return r.Ref == e.Ref }) {
			continue
		}
		r := report.Recorded{Ref: e.Ref, What: e.Title, Date: e.EffectiveFrom, Extent: "named by the statement"}
		if e.SHA256 == "" {
			r.What += " (named, not seen)"
		} else if !e.Redacted {
			r.Where = path.Join(evidenceFolder, pack.SafeName(e.Ref+"-"+e.FileName))
		}
		first = append(first, r)
	}
	return append(first, rec...)
}

// differs says where what a row declares is not what is held.
func differs(r standard.SoARow, decided bool, x holding) string {
	switch {
	case !decided || !r.Applicable:
		return ""
	case r.Implementation == standard.Implemented && len(x.missing) > 0:
		return fmt.Sprintf("Declared as implemented; held: %s, and %s missing.", x.words,
			prose.Count(len(x.missing), "thing"))
	case r.Implementation == standard.Implemented && x.words != "shown":
		return "Declared as implemented; held: " + x.words + "."
	case (r.Implementation == standard.NotStarted || r.Implementation == standard.Planned) && x.words == "shown":
		return "Declared as " + strings.ToLower(implementationWords[r.Implementation]) + "; held: shown."
	}
	return ""
}

// besideWords is what ISO/IEC 27001 covers of a control.
func besideWords(b standard.Beside) string {
	var ids []string
	for _, ref := range b.By {
		ids = append(ids, strings.TrimPrefix(ref, "27001:"))
	}
	switch b.Extent {
	case "covers":
		return "Covered by " + strings.Join(ids, ", ") + "."
	case "partly":
		return "A start in " + strings.Join(ids, ", ") + "; left: " + b.Left + "."
	case "only":
		return "Only 42001 asks for it: " + b.Left + "."
	}
	return ""
}

// shared are the clauses of ISO/IEC 27001.
func shared() []report.SharedClause {
	var out []report.SharedClause
	for _, i := range standard.Items(standard.Family27001Clause) {
		out = append(out, report.SharedClause{ID: i.ID, Title: i.Title, Own: i.Own})
	}
	return out
}

// governance are the records in full, by kind and day, with the clauses and controls
// that each serves; training apart.
func (h *holdings) governance(clauses []report.Clause, statements []report.Statement) (out,
	trained []report.GovernanceRecord,
) {
	serves := map[string][]string{}
	note := func(id string, rec []report.Recorded) {
		for _, r := range rec {
			serves[r.Ref] = append(serves[r.Ref], id)
		}
	}
	for _, c := range clauses {
		note(c.ID, c.Recorded)
	}
	for _, c := range statements[0].Controls {
		note(c.ID, c.Evidence)
	}
	labels := func(k review.RecordKind) map[string]string {
		m := map[string]string{}
		for _, q := range review.Questions(k) {
			m[q.Field] = q.Label
		}
		return m
	}
	for _, kind := range review.RecordKinds {
		for _, x := range h.view.records {
			if x.Kind != kind {
				continue
			}
			g := report.GovernanceRecord{
				Ref: x.Ref, Kind: kindWords(kind), Title: x.Title, Date: x.Date, Status: string(x.Status),
				Closed: x.ClosedOn, Due: x.Due, Who: h.view.personTitle(x.PersonID), Serves: serves[x.Ref],
			}
			if wf, ok := h.view.workflowByID[x.WorkflowID]; ok {
				g.Of = wf.Ref
			}
			l := labels(kind)
			for _, t := range [][2]string{
				{"body", x.Body}, {"cause", x.Cause}, {"correction", x.Correction}, {"result", x.Result},
			} {
				if strings.TrimSpace(t[1]) != "" {
					label := l[t[0]]
					if label == "" {
						label = upper(t[0])
					}
					g.Texts = append(g.Texts, [2]string{label, t[1]})
				}
			}
			for _, link := range x.Links {
				if link.Kind != review.SubjectControl {
					g.Links = append(g.Links, link.Ref)
				}
			}
			if kind == review.RecordTraining {
				trained = append(trained, g)
			} else {
				out = append(out, g)
			}
		}
	}
	return out, trained
}

// lawDays are the days within a period from which, or until which, a provision of UK
// law was in force.
func lawDays(from, until time.Time) []report.LawDay {
	if from.IsZero() || until.IsZero() {
		return nil
	}
	first, last := civil.Of(from), civil.Of(until)
	at := map[report.LawKey][]string{}
	for _, item := range standard.All() {
		if !strings.HasPrefix(string(item.Family), "uk_") {
			continue
		}
		if d := item.From; !d.IsZero() && first.Before(d) && !last.Before(d) {
			at[report.LawKey{Day: d}] = append(at[report.LawKey{Day: d}], item.Cite())
		}
		if d := item.Until; !d.IsZero() && !d.Before(first) && d.Before(last) {
			at[report.LawKey{Day: d, Until: true}] = append(at[report.LawKey{Day: d, Until: true}], item.Cite())
		}
	}
	var out []report.LawDay
	for k, items := range at {
		out = append(out, report.LawDay{Day: k.Day, Until: k.Until, Items: items})
	}
	slices.SortFunc(out, func(a, b report.LawDay) int { return strings.Compare(string(a.Day), string(b.Day)) })
	return out
}

// system are the rules of the management system for the document.
func systemOf(results []assurance.Result) []report.SystemRule {
	var out []report.SystemRule
	for _, r := range results {
		s := report.SystemRule{
			Code: r.Code, Name: r.Title, State: report.RequirementState(r.Status), Reason: r.Reason, ToMeet: r.Remedy,
			Links: r.Subjects,
		}
		for _, ref := range r.Clauses {
			if i, ok := standard.ByRef(ref); ok &&
				(i.Family == standard.FamilyClause || i.Family == standard.FamilyAnnexA) {
				s.Serves = append(s.Serves, i.ID)
			}
		}
		out = append(out, s)
	}
	return out
}

func objectivesOf(view *View, f assurance.SystemFacts) []report.Objective {
	var out []report.Objective
	for _, m := range f.Objectives() {
		value := m.Value()
		if value == "" {
			value = m.Record.Result
		}
		out = append(out, report.Objective{
			Ref: m.Record.Ref, Title: m.Record.Title, Owner: view.personName(m.Record.PersonID), Due: m.Record.Due,
			Value: value,
		})
	}
	return out
}

// riskScales are the steps of likelihood and impact in words.
func riskScales() (likelihood, impact []string) {
	for i := 1; i < len(risk.LikelihoodWords); i++ {
		likelihood = append(likelihood, risk.LikelihoodWords[i])
		impact = append(impact, risk.ImpactWords[i])
	}
	return likelihood, impact
}

// crosswalk is a table from each clause and control of each standard to the records
// that serve it, the file of each, and the page of the document where it stands.
func (p *packer) crosswalk(h *holdings, at map[string]int) error {
	files := map[string]string{}
	for _, e := range p.held {
		files[e.Ref] = e.File
	}
	for _, x := range p.w.records {
		files[x.Ref] = path.Join(recordsFolder, "governance-records.json")
	}
	for _, x := range p.w.policies {
		files[x.Ref] = path.Join(recordsFolder, "policies.json")
	}
	for _, d := range p.w.forms {
		files[d.Ref] = formFile(d)
	}
	page := func(ref string) string {
		if n := at[ref]; n > 0 {
			return fmt.Sprint(n)
		}
		return ""
	}
	head := []string{"standard", "item", "title", "in_force_from", "in_force_until", "checked", "held", "missing",
		"record", "how_far", "what", "file", "page"}
	return p.table("crosswalk.csv", head, func(row func(...string)) error {
		for _, fam := range standard.Families() {
			for _, item := range standard.Items(fam) {
				x := h.of(item)
				var lacks []string
				for _, m := range x.missing {
					lacks = append(lacks, strings.TrimSpace(m.Rule+" "+strings.Join(m.Where, " ")))
				}
				checked := map[standard.Checked]string{
					standard.CheckedPrimary:   "in the primary source",
					standard.CheckedSecondary: "in a secondary source",
				}[item.Checked]
				if checked == "" {
					checked = "to be checked by a person"
				}
				line := func(r report.Recorded) {
					file := r.Where
					if file == "" {
						file = files[r.Ref]
					}
					at := page(r.Ref)
					if at == "" && fam != standard.Family27001Annex {
						at = page(item.ID) // clauses of 27001 are answered under that of the same number
					}
					row(
						fam.Info().Standard,
						item.ID,
						item.Title,
						string(item.From),
						string(item.Until),
						checked,
						x.words,
						strings.Join(
							lacks,
							"; ",
						),
						r.Ref,
						r.Extent,
						strings.TrimSpace(r.What+" "+strings.Join(r.In, " ")),
						file,
						at,
					)
				}
				if len(x.recorded) == 0 {
					line(report.Recorded{})
				}
				for _, r := range x.recorded {
					line(r)
				}
			}
		}
		return nil
	})
}
