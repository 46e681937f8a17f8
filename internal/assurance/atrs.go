package assurance

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/standard"
	"assay/internal/workflow"
)

// ATRSAnswer is one field of a transparency record as far as the register can
// fill it. It is a draft for a person to read and correct before publishing;
// nothing of it names an individual officer.
type ATRSAnswer struct {
	Field standard.ATRSField `json:"field"`
	Text  string             `json:"text"`  // empty: the register does not know
	From  string             `json:"from"`  // where in the register it comes from
	Blank string             `json:"blank"` // why the template has it left blank; empty: it asks for it
}

// TransparencyRecord drafts the Algorithmic Transparency Recording Standard
// record of a workflow, field by field in the order of the template. shown are the
// sentences in which the workflow's certificate would say what the runs show: a record
// for the public must not read cleaner than that.
func TransparencyRecord(f Facts, shown []string) (version string, answers []ATRSAnswer) {
	version, fields := standard.ATRS()
	fill := f.atrs(shown)
	shelf := f.offTheShelf()
	for _, x := range fields {
		a := ATRSAnswer{Field: x}
		switch v, ok := fill[x.Key]; {
		case x.Shelf && shelf:
			a.Blank = "Left blank for a model off the shelf that the organisation did not train, test or refine."
		case ok && strings.TrimSpace(v.text) != "":
			a.Text, a.From = strings.TrimSpace(v.text), v.from
		}
		answers = append(answers, a)
	}
	return version, answers
}

// offTheShelf tells whether the register holds nothing that says that the
// organisation had a hand in the model: a supplier has it, and no test is on record.
func (f Facts) offTheShelf() bool {
	return f.Workflow.Supplier != "" && f.tested() == ""
}

type filled struct{ text, from string }

// phases are the template's words for the stages of a workflow. A trial may be a
// private or a public beta, which the register does not know.
var phases = map[workflow.Lifecycle]string{
	workflow.LifecycleProposed: "Pre-deployment", workflow.LifecycleLive: "Production",
	workflow.LifecyclePaused: "Production", workflow.LifecycleRetired: "Retired",
}

// region is a region in the template's words; what it does not list stays as it is.
func region(slug string) string {
	for _, w := range standard.ATRSWords("region") {
		if strings.EqualFold(strings.ReplaceAll(w, " ", "-"), slug) {
			return w
		}
	}
	return slug
}

// teamAddress is a contact where it is an e-mail address: the template asks for one.
func teamAddress(contact string) string {
	for _, w := range strings.Fields(contact) {
		if a, err := mail.ParseAddress(strings.Trim(w, ".,;()<>")); err == nil {
			return a.Address
		}
	}
	return ""
}

func (f Facts) atrs(shown []string) map[string]filled {
	w, a, o := f.Workflow, f.Workflow.Account, f.Organisation
	first, _, _ := strings.Cut(a.Purpose, ". ")
	owner, _ := f.person(w.OwnerID)
	url := a.ATRSURL
	if url == "" {
		url = o.Website
	}
	special := "The workflow reads no special category data."
	if a.SpecialData {
		special = "The workflow reads special category data."
	}
	third, role := "No", ""
	if w.Supplier != "" {
		third, role = "Yes", join(w.Supplier+" supplies the workflow on "+w.Platform)
	}
	review := join(f.humanReview(), strings.Join(shown, " "))
	out := map[string]filled{
		"title":                            {w.Name, "workflow"},
		"organisation_name":                {o.Name, "organisation"},
		"phase":                            {phases[w.Lifecycle], "workflow"},
		"region":                           {region(o.Region), "organisation"},
		"one_sentence_description":         {strings.TrimSuffix(first, ".") + ".", "account"},
		"name":                             {w.Name, "workflow"},
		"description":                      {join(a.Purpose, a.Decisions), "account"},
		"website_url":                      {url, "account"},
		"contact_email":                    {teamAddress(o.Contact), "organisation"},
		"organisation_or_department":       {o.Name, "organisation"},
		"team":                             {w.Service, "workflow"},
		"senior_responsible_owner":         {owner.JobTitle, "workflow"},
		"third_party_involvement":          {third, "workflow"},
		"third_party":                      {w.Supplier, "workflow"},
		"third_party_role":                 {role, "workflow"},
		"detailed_description":             {join(a.Purpose, a.HowItWorks, a.Limits), "account"},
		"process_integration":              {join(a.Decisions, f.deciding()), "account and gates"},
		"human_review":                     {review, "gates and imported runs"},
		"frequency_and_scale_of_usage":     {f.scale(), "imported runs"},
		"required_training":                {f.trained(), "training records"},
		"appeals_and_review":               {f.appeals(), "account"},
		"system_architecture":              {f.technical(), "evidence"},
		"system_level_input":               {sentence("It reads ", a.DataUsed), "account"},
		"maintenance":                      {f.maintenance(), "review schedules"},
		"models":                           {strings.Join(f.models(), "; "), "recorded changes"},
		"model_version":                    {f.lastChange("model"), "recorded changes"},
		"model_performance":                {f.tested(), "test records"},
		"operational_data_sources":         {sentence("The data comes from ", a.DataSources), "account"},
		"sensitive_attributes_operational": {special, "account"},
		"impact_assessments":               {f.impactAssessments(), "risk assessment"},
		"risks_and_mitigations":            {f.mitigations(), "risk assessment"},
	}
	if first == "" {
		delete(out, "one_sentence_description")
	}
	return out
}

// appeals is one field for the tool's output and for the broader process.
func (f Facts) appeals() string {
	a := f.Workflow.Account
	var out []string
	if s := strings.TrimSpace(a.ChallengeTool); s != "" {
		out = append(out, "The tool's output: "+strings.TrimSuffix(s, ".")+".")
	}
	if s := strings.TrimSpace(a.Challenge); s != "" {
		out = append(out, "The broader process: "+strings.TrimSuffix(s, ".")+".")
	}
	return strings.Join(out, " ")
}

// models are the models that recorded changes name, in the order of the changes.
func (f Facts) models() []string {
	var out []string
	for _, c := range f.Workflow.Changes {
		if c.What == "model" && c.To != "" && !slices.Contains(out, c.To) {
			out = append(out, c.To)
		}
	}
	return out
}

func join(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, strings.TrimSuffix(p, ".")+".")
		}
	}
	return strings.Join(out, " ")
}

func sentence(begin string, items []string) string {
	switch n := len(items); n {
	case 0:
		return ""
	case 1:
		return begin + items[0] + "."
	default:
		return begin + strings.Join(items[:n-1], ", ") + " and " + items[n-1] + "."
	}
}

func (f Facts) deciding() string {
	var out []string
	for _, g := range f.Workflow.Gates {
		text := fmt.Sprintf("%s: %s decides %s", g.Title, lowerFirst(g.Role), lowerFirst(g.Decides))
		if how := g.HowOverseen(); how.Weaker() { // not on each run: it must not sound like it
			text += " (" + lowerFirst(how.Words())
			if terms := g.InWords(); terms != "" {
				text += ": " + terms
			}
			text += ")"
		}
		out = append(out, text)
	}
	return join(out...)
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToLower(r)) + s[n:]
}

func (f Facts) humanReview() string {
	var out []string
	for _, g := range f.Workflow.Gates {
		text := fmt.Sprintf("%s: %s may decide", g.Title, count(len(g.Officers), "named officer"))
		if g.FourEyes {
			text += ", and not whoever prepared it"
		}
		if g.MinReviewSeconds > 0 {
			text += fmt.Sprintf("; at least %d seconds are asked for", g.MinReviewSeconds)
		}
		for _, m := range f.Gates {
			if m.Key != g.Key || m.Decided == 0 {
				continue
			}
			text += fmt.Sprintf(
				". In the imported runs %d decisions were made here, %d of them by named officers",
				m.Decided,
				m.ByOfficer,
			)
			if m.Timed > 0 {
				text += fmt.Sprintf(", with a median review of %.0f seconds", m.MedianSeconds)
			}
			if m.Comparable > 0 {
				text += fmt.Sprintf("; %d of %d followed the proposal", m.Agreed, m.Comparable)
			}
		}
		out = append(out, text)
	}
	return join(out...)
}

func (f Facts) scale() string {
	if f.Runs.Total == 0 {
		return ""
	}
	return fmt.Sprintf(
		"%s from %s to %s%s.",
		count(f.Runs.Total, "run"),
		civil.Of(f.Runs.From).Long(),
		civil.Of(f.Runs.To).Long(),
		f.perMonth(),
	)
}

// perMonth is the mean over whole months; nothing where the log spans less than two.
func (f Facts) perMonth() string {
	if n := len(f.Runs.Months); n >= 2 {
		return fmt.Sprintf(", in the mean %d a month over %d months", (f.Runs.Total+n/2)/n, n)
	}
	return ""
}

func (f Facts) trained() string {
	titles := map[string]int{}
	for _, r := range f.Records {
		if r.Kind == review.RecordTraining && r.Current(f.Now) {
			titles[r.Title]++
		}
	}
	var out []string
	for t, n := range titles {
		out = append(
			out,
			fmt.Sprintf("%s (%s on record)", t, strings.Replace(count(n, "person"), "persons", "people", 1)),
		)
	}
	slices.Sort(out)
	return join(out...)
}

func (f Facts) technical() string {
	if e, ok := f.document(evidence.KindTechnical); ok {
		return e.Title
	}
	return ""
}

func (f Facts) maintenance() string {
	var out []string
	for _, s := range f.Schedules {
		if s.WorkflowID == f.Workflow.ID && s.Active {
			out = append(
				out,
				fmt.Sprintf(
					"Reviewed every %s (%s)",
					count(s.EveryMonths, "month"),
					map[review.Kind]string{
						review.KindWorkflow: "how it performs", review.KindRisk: "its risks",
						review.KindRuns: "what it did",
					}[s.Kind],
				),
			)
		}
	}
	slices.Sort(out)
	return join(out...)
}

func (f Facts) lastChange(what string) string {
	var last workflow.Change
	for _, c := range f.Workflow.Changes {
		if c.What == what && c.Date >= last.Date {
			last = c
		}
	}
	return last.To
}

func (f Facts) tested() string {
	var out []string
	for _, r := range f.Records {
		if r.Kind == review.RecordTest && r.WorkflowID == f.Workflow.ID && r.Status == review.RecordClosed {
			out = append(out, r.Body, r.Result)
		}
	}
	return join(out...)
}

func (f Facts) impactAssessments() string {
	a, ok := f.Assessment()
	if !ok {
		return ""
	}
	var out []string
	for _, l := range a.Linked {
		if l.Status == risk.LinkedApproved {
			text := strings.TrimSpace(l.Kind.Words() + " assessment " + l.Reference)
			out = append(out, strings.ToUpper(text[:1])+text[1:])
		}
	}
	return join(out...)
}

func (f Facts) mitigations() string {
	a, ok := f.Assessment()
	if !ok {
		return ""
	}
	var out []string
	for _, r := range a.Risks {
		if r.Status == risk.RiskClosed {
			continue
		}
		text := r.Title
		if controls := append(slices.Clone(r.ExistingControls), r.AddedControls...); len(controls) > 0 {
			text += " (" + strings.Join(controls, "; ") + ")"
		}
		out = append(out, text)
	}
	return join(out...)
}
