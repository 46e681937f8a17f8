package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/interop/sheet"
	"assay/internal/organisation"
	"assay/internal/prose"
	"assay/internal/standard"
	"assay/internal/store"
)

// SheetLists are the lists that can be had as a spreadsheet, in the order in which
// they are offered.
var SheetLists = []string{
	"soa",
	"soa-27001",
	"standards",
	"risks",
	"actions",
	"reviews",
	"records",
	"policies",
	"workflows",
	"evidence",
	"ciso-42001",
	"ciso-27001",
}

// soaHeads are the columns of a Statement of Applicability as a spreadsheet; it comes
// back with the same.
const (
	headControl  = "Control"
	headTitle    = "Our title"
	headApplies  = "Applies"
	headIncluded = "Why it is included"
	headExcluded = "Why it is left out"
	headState    = "State"
	headOwner    = "Owner"
	headGap      = "Gap that remains"
	headReview   = "Review due"
	headApproved = "Approved by"
	headOn       = "Approved on"
)

// Sheet is one of the register's lists as a spreadsheet (.xlsx).
func (s *Service) Sheet(ctx context.Context, list string) (out []byte, err error) {
	if !slices.Contains(SheetLists, list) {
		return nil, fault.Invalid("list", "Choose one of: "+strings.Join(SheetLists, ", ")+".")
	}
	err = s.change(
		ctx,
		doing{action: "sheet.export", subject: list, summary: "Exported a list as a spreadsheet: " + list,
			may: organisation.ActionExport},
		func(t *store.Tx) error {
			view, err := s.freshView(ctx, &t.Reader)
			if err != nil {
				return err
			}
			table, err := view.sheet(ctx, list)
			if err != nil {
				return err
			}
			var b bytes.Buffer
			err = sheet.Write(&b, sheet.Book{
				Title: table.Name + ": " + view.org.Name, Author: view.org.Name, Made: view.now,
				Sheets: []sheet.Sheet{table},
			})
			out = b.Bytes()
			return err
		},
	)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func columns(titles ...string) []sheet.Column {
	var out []sheet.Column
	for _, t := range titles {
		width := 18.0
		switch {
		case strings.HasPrefix(t, "Why"), strings.HasPrefix(t, "What"), strings.HasPrefix(t, "Gap"), t == "Missing":
			width = 50
		case t == headTitle, t == "Title", t == "Name":
			width = 40
		}
		out = append(out, sheet.Column{Title: t, Width: width})
	}
	return out
}

func (view *View) sheet(ctx context.Context, list string) (sheet.Sheet, error) {
	out := sheet.Sheet{Name: upper(strings.ReplaceAll(list, "-", " "))}
	switch list {
	case "soa":
		return view.soaSheet(standard.FamilyAnnexA), nil
	case "soa-27001":
		return view.soaSheet(standard.Family27001Annex), nil
	case "standards":
		return view.standardsSheet(ctx)
	case "ciso-42001":
		return view.cisoSheet(ctx, standard.FamilyClause, standard.FamilyAnnexA)
	case "ciso-27001":
		return view.cisoSheet(ctx, standard.Family27001Clause, standard.Family27001Annex)
	case "workflows":
		return out, view.workflowRows(ctx, &out)
	case "risks":
		view.riskRows(&out)
	case "actions":
		view.actionRows(&out)
	case "reviews":
		view.reviewRows(&out)
	case "records":
		view.recordRows(&out)
	case "policies":
		view.policyRows(&out)
	case "evidence":
		view.evidenceRows(&out)
	}
	return out, nil
}

// addRow adds a row to a sheet.
func addRow(s *sheet.Sheet, cells ...any) { s.Rows = append(s.Rows, cells) }

func (view *View) riskRows(out *sheet.Sheet) {
	out.Columns = columns("Assessment", "Risk", "Title", "Inherent", "Current", "Residual", "Treatment", "Owner", "Due",
		"Status")
	for _, a := range view.assessments {
		for _, r := range a.Risks {
			addRow(out, a.Ref, r.Ref, r.Title, r.Inherent.Value(), r.Current.Value(), r.Residual.Value(),
				string(r.Treatment), view.personName(r.OwnerID), r.TreatmentDue, string(r.Status))
		}
	}
}

func (view *View) actionRows(out *sheet.Sheet) {
	out.Columns = columns("Action", "Title", "From", "Owner", "Raised", "Due", "Status", "Done on", "What it achieved")
	for _, a := range view.actions {
		addRow(
			out,
			a.Ref,
			a.Title,
			a.Source.Ref,
			view.personName(a.OwnerID),
			a.Raised,
			a.Due,
			string(a.Status),
			a.DoneOn,
			a.Effect,
		)
	}
}

func (view *View) reviewRows(out *sheet.Sheet) {
	out.Columns = columns("Review", "Kind", "About", "Held on", "By", "Conclusion", "What was found")
	for _, r := range view.reviews {
		_, name := view.subject(r.WorkflowID, r.PolicyID)
		addRow(out, r.Ref, spacedWords(string(r.Kind)), name, r.On, view.personName(r.By),
			spacedWords(string(r.Conclusion)), r.Performance)
	}
}

func (view *View) recordRows(out *sheet.Sheet) {
	out.Columns = columns("Record", "Kind", "Date", "Title", "Who", "Due", "Status", "Closed on", "What it says",
		"What the cause was", "What was done", "What came of it")
	for _, r := range view.records {
		addRow(out, r.Ref, kindWords(r.Kind), r.Date, r.Title, view.personName(r.PersonID), r.Due, string(r.Status),
			r.ClosedOn, r.Body, r.Cause, r.Correction, r.Result)
	}
}

func (view *View) policyRows(out *sheet.Sheet) {
	out.Columns = columns("Policy", "Title", "Version", "Status", "Owner", "Next review")
	for _, x := range view.policies {
		v := view.policyView(x)
		addRow(out, x.Ref, x.Title, v.Version, spacedWords(string(v.Status)), view.personName(x.OwnerID), x.NextReview)
	}
}

func (view *View) workflowRows(ctx context.Context, out *sheet.Sheet) error {
	out.Columns = columns("Workflow", "Name", "Service", "Supplier", "Version", "Stage", "Live since", "Owner", "Score",
		"Runs")
	for i := range view.workflows {
		wf := &view.workflows[i]
		f, rep, err := view.judge(ctx, wf)
		if err != nil {
			return err
		}
		addRow(out, wf.Ref, wf.Name, wf.Service, wf.Supplier, wf.Version, string(wf.Lifecycle), wf.LiveSince,
			view.personName(wf.OwnerID), rep.Percent, f.Runs.Total)
	}
	return nil
}

func (view *View) evidenceRows(out *sheet.Sheet) {
	out.Columns = columns("Evidence", "Title", "Kind", "File", "SHA-256", "Effective from", "Expires", "Status")
	for _, e := range view.evidence {
		addRow(out, e.Ref, e.Title, spacedWords(string(e.Kind)), e.FileName, e.SHA256, e.EffectiveFrom, e.ExpiresAt,
			spacedWords(string(e.StatusAt(view.now))))
	}
}

// soaSheet is a Statement of Applicability, every control with what is decided.
func (view *View) soaSheet(fam standard.Family) sheet.Sheet {
	rows := map[string]standard.SoARow{}
	for _, r := range view.soa {
		rows[r.ControlID] = r
	}
	out := sheet.Sheet{
		Name: "Statement of Applicability",
		Note: "Statement of Applicability, " + fam.Info().Standard + ", of " + view.org.Name + ". State: " +
			strings.Join(
				words(standard.Implementations),
				", ",
			) + ". A row that is changed here is to be approved again.",
		Columns: columns(headControl, headTitle, headApplies, headIncluded, headExcluded, headState, headOwner, headGap,
			headReview, headApproved, headOn),
	}
	for _, item := range standard.Items(fam) {
		r, ok := rows[item.Ref()]
		applies := ""
		if ok {
			applies = yesOrNo(r.Applicable)
		}
		out.Rows = append(out.Rows, []any{
			item.Ref(), item.Title, applies, r.ReasonIncluded, r.ReasonExcluded, spacedWords(string(r.Implementation)),
			view.personRef(r.OwnerID), r.ResidualGap, r.ReviewDue, view.personRef(r.ApprovedBy), r.ApprovedOn,
		})
	}
	return out
}

func words[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = spacedWords(string(v))
	}
	return out
}

func yesOrNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// personRef is a person as a spreadsheet names them: "PER-0004 Ann Lee".
func (view *View) personRef(id string) string {
	if p, ok := view.personByID[id]; ok {
		return p.Ref + " " + p.Name
	}
	return ""
}

// failing gives the rules that do not stand, each with where: references of workflows, or
// "organisation".
func (view *View) failing(ctx context.Context) (map[string][]string, error) {
	facts, err := view.system(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, r := range assurance.System(facts) {
		if !r.Status.Stands() {
			out[r.Code] = []string{"organisation"}
		}
	}
	for i := range view.workflows {
		rep := view.reports[view.workflows[i].ID]
		for _, area := range rep.Areas {
			for k := range area.Results {
				if r := &area.Results[k]; !r.Status.Stands() {
					out[r.Code] = append(out[r.Code], rep.Ref)
				}
			}
		}
	}
	return out, nil
}

// standardsSheet is every item of every standard with what serves it.
func (view *View) standardsSheet(ctx context.Context) (sheet.Sheet, error) {
	out := sheet.Sheet{
		Name: "Standards",
		Note: "Titles are ours; no standard is quoted. How far a rule serves an item: shows, partly, or only that a " +
			"record exists.",
		Columns: columns("Standard", "Item", "Title", "In force from", "In force until", "Checked", "Source", "Read on",
			"Shows", "Partly", "Record only", "Missing"),
	}
	failing, err := view.failing(ctx)
	if err != nil {
		return out, err
	}
	for _, item := range standard.All() {
		by := map[standard.Extent][]string{}
		var missing []string
		for code, e := range standard.ServedBy(item) {
			by[e] = append(by[e], code)
			if len(failing[code]) > 0 {
				missing = append(missing, code+" ("+strings.Join(failing[code], ", ")+")")
			}
		}
		for _, codes := range by {
			slices.Sort(codes)
		}
		slices.Sort(missing)
		checked := string(item.Checked)
		if item.Checked == standard.CheckPerson {
			checked = "to be checked by a person"
		}
		out.Rows = append(out.Rows, []any{
			item.Family.Info().Standard, item.ID, item.Title, item.From, item.Until, checked, item.SourceWords,
			item.Read,
			strings.Join(by[standard.Shows], ", "), strings.Join(by[standard.PartlyDoes], ", "),
			strings.Join(by[standard.RecordOnly], ", "), strings.Join(missing, "; "),
		})
	}
	return out, nil
}

// SoAImport is what came of a Statement of Applicability that came back.
type SoAImport struct {
	Rows       int      `json:"rows"`       // with a decision
	Changed    []string `json:"changed"`    // controls whose row is another now
	Unapproved []string `json:"unapproved"` // of these, those whose approval no longer holds
	DryRun     bool     `json:"dry_run"`
}

// ImportSoA takes a Statement of Applicability from a spreadsheet as Sheet writes it.
// All rows are taken or none. A row that is another than the register's loses its
// approval: nobody approves in a spreadsheet.
func (s *Service) ImportSoA(ctx context.Context, path string, dryRun bool) (out SoAImport, err error) {
	f, err := os.Open(path)
	if err != nil {
		return out, fault.Unreadable(filepath.Base(path), "This spreadsheet cannot be opened.").Because(err)
	}
	defer f.Close()
	rows, err := sheet.Read(io.LimitReader(f, 64<<20), headControl)
	if err != nil {
		return out, err
	}
	out = SoAImport{Changed: []string{}, Unapproved: []string{}, DryRun: dryRun}
	take := func(view *View, put func(standard.SoARow) error) error {
		held := map[string]standard.SoARow{}
		for _, r := range view.soa {
			held[r.ControlID] = r
		}
		for i, cells := range rows {
			if strings.TrimSpace(cells[headApplies]) == "" {
				continue // nothing is decided
			}
			out.Rows++
			was := held[cells[headControl]]
			r, err := view.soaFrom(cells, was)
			if err != nil {
				return fault.Invalid("row", fmt.Sprintf("Row %d, %s: %s", i+1, cells[headControl], allOf(err)))
			}
			if sameDecision(r, was) {
				continue
			}
			out.Changed = append(out.Changed, r.ControlID)
			if was.ApprovedBy != "" {
				out.Unapproved = append(out.Unapproved, r.ControlID)
			}
			r.ApprovedBy, r.ApprovedOn = "", ""
			if err := put(r); err != nil {
				return err
			}
		}
		return nil
	}
	if dryRun {
		err = s.readView(ctx, func(view *View) error { return take(view, func(standard.SoARow) error { return nil }) })
		return out, err
	}
	err = s.change(ctx, doing{
		action: "soa.import", summary: "Took a Statement of Applicability from a spreadsheet",
		may: organisation.ActionEdit,
	}, func(t *store.Tx) error {
		view, err := s.freshView(ctx, &t.Reader)
		if err != nil {
			return err
		}
		if err := take(view, func(r standard.SoARow) error { return putSoA(ctx, t, r) }); err != nil {
			return err
		}
		t.Entry().Summary = fmt.Sprintf("Took a Statement of Applicability from a spreadsheet: %s changed",
			prose.Count(len(out.Changed), "row"))
		return nil
	})
	if err != nil {
		return SoAImport{}, err
	}
	return out, nil
}

// allOf is what a fault says of each of its fields.
func allOf(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) == 0 {
		return sentenceOf(err)
	}
	var out []string
	for _, x := range f.Fields {
		out = append(out, x.Message)
	}
	return strings.Join(out, " ")
}

// sameDecision tells whether two rows decide the same, whoever approved them.
func sameDecision(a, b standard.SoARow) bool {
	return a.ControlID == b.ControlID && a.Applicable == b.Applicable && a.ReasonIncluded == b.ReasonIncluded &&
		a.ReasonExcluded == b.ReasonExcluded && a.Implementation == b.Implementation && a.OwnerID == b.OwnerID &&
		a.ResidualGap == b.ResidualGap && a.ReviewDue == b.ReviewDue
}

// soaFrom is a row of the register from a row of the spreadsheet. What the
// spreadsheet does not carry stays as it was.
func (view *View) soaFrom(cells map[string]string, was standard.SoARow) (standard.SoARow, error) {
	r := was
	r.ControlID = cells[headControl]
	switch strings.ToLower(cells[headApplies]) {
	case "yes", "true", "1":
		r.Applicable = true
	case "no", "false", "0":
		r.Applicable = false
	default:
		return r, fault.Invalid("applicable", fmt.Sprintf("“%s” is neither yes nor no.", cells[headApplies]))
	}
	r.ReasonIncluded, r.ReasonExcluded, r.ResidualGap = cells[headIncluded], cells[headExcluded], cells[headGap]
	state := standard.Implementation(strings.ReplaceAll(strings.ToLower(cells[headState]), " ", "_"))
	if state != "" && !slices.Contains(standard.Implementations, state) {
		return r, fault.Invalid("implementation_status", fmt.Sprintf("“%s” is none of: %s.", cells[headState],
			strings.Join(words(standard.Implementations), ", ")))
	}
	r.Implementation = state
	r.OwnerID = ""
	if ref, _, _ := strings.Cut(cells[headOwner], " "); ref != "" {
		i := slices.IndexFunc(view.people, func(p organisation.Person) bool { return p.Ref == ref })
		if i < 0 {
			return r, fault.Invalid(
				"owner",
				fmt.Sprintf("There is no person “%s”; write the reference, such as PER-0004.",
					cells[headOwner]),
			)
		}
		r.OwnerID = view.people[i].ID
	}
	var err error
	if r.ReviewDue, err = sheet.Day(cells[headReview]); err != nil {
		return r, err
	}
	return r, r.Validate()
}

// transparencyBook is the draft of a transparency record in the template's order, a
// sheet for each of its sections, with who has to clear it.
func transparencyBook(org organisation.Organisation, name, version string, answers []assurance.ATRSAnswer,
	today civil.Date,
) sheet.Book {
	b := sheet.Book{Title: "Transparency record: " + name, Author: org.Name}
	for _, a := range answers {
		title := a.Field.Section
		if len(title) > 31 {
			title = strings.TrimSpace(title[:31])
		}
		if len(b.Sheets) == 0 || b.Sheets[len(b.Sheets)-1].Name != title {
			b.Sheets = append(b.Sheets, sheet.Sheet{
				Name: title,
				Note: a.Field.Section + ". Draft of " + today.Long() + " for version " + version + " of the " +
					"template: read, correct and complete it.",
				Columns: []sheet.Column{
					{Title: "Number", Width: 10},
					{Title: "Field", Width: 34},
					{Title: "Answer", Width: 80},
					{Title: "Where it comes from, or what is asked", Width: 50},
				},
			})
		}
		from := "To be written."
		switch {
		case a.Blank != "":
			from = a.Blank
		case a.From != "":
			from = "From: " + a.From + "."
		case a.Field.Note != "":
			from += " " + upper(a.Field.Note) + "."
		}
		s := &b.Sheets[len(b.Sheets)-1]
		s.Rows = append(s.Rows, []any{a.Field.Number, a.Field.Name, a.Text, from})
	}
	clearance := sheet.Sheet{
		Name: "Clearance",
		Note: "Before a record is published the ATRS team asks for written confirmation that these have cleared it.",
		Columns: []sheet.Column{
			{Title: "Who", Width: 50},
			{Title: "Name", Width: 30},
			{Title: "Cleared on", Width: 20},
		},
	}
	for _, who := range standard.ATRSClearance() {
		clearance.Rows = append(clearance.Rows, []any{who, "", nil})
	}
	b.Sheets = append(b.Sheets, clearance)
	return b
}
