package assurance

import (
	"fmt"
	"slices"
	"strings"

	"assay/internal/civil"
	"assay/internal/review"
	"assay/internal/standard"
)

// ReviewInput is one thing that a management review has before it, from what the
// register holds.
type ReviewInput struct {
	What string `json:"what"` // in our words: "Nonconformities and what was done"
	Text string `json:"text"` // with references; says so where the register holds nothing
}

// ReviewInputs are the inputs of the next management review (ISO/IEC 42001 clause
// 9.3.2, in our words), with what the register holds of each since the last one. They
// are a draft: what the meeting made of them is for its record to say.
func ReviewInputs(f SystemFacts) []ReviewInput {
	since := f.yearAgo()
	last, held := f.lastReview()
	if held {
		since = last.Date
	}
	var out []ReviewInput
	add := func(what string, lines []string, none string) {
		text := strings.Join(lines, "\n")
		if len(lines) == 0 {
			text = none
		}
		out = append(out, ReviewInput{What: what, Text: text})
	}
	recorded := func(kinds ...review.RecordKind) []string {
		var lines []string
		for _, r := range f.of(kinds...) {
			if !r.Date.Before(since) || r.Status == review.RecordOpen {
				line := fmt.Sprintf(
					"%s, %s: %s (%s).",
					r.Ref,
					r.Date.Long(),
					strings.TrimSuffix(r.Title, "."),
					r.Status,
				)
				if r.Result != "" {
					line += " " + r.Result
				}
				lines = append(lines, line)
			}
		}
		return lines
	}

	var earlier []string
	for _, a := range f.Actions {
		if held && a.Source.Ref == last.Ref {
			line := fmt.Sprintf("%s: %s (%s", a.Ref, strings.TrimSuffix(a.Title, "."), a.Status)
			if a.Status == review.ActionOpen {
				line += ", due " + a.Due.Long()
			}
			earlier = append(earlier, line+"). "+a.Effect)
		}
	}
	add("Actions of earlier reviews", earlier, "No action of an earlier review is in the register.")
	add("Issues, and what interested parties need", recorded(review.RecordInterest),
		"Nothing was recorded since the last review.")
	add("Law and standards that changed", lawSince(since, f.today()), "None that is recorded here came into force.")

	var measures []string
	for _, m := range f.Objectives() {
		value := m.Value()
		if value == "" {
			value = "no measured value"
		}
		measures = append(
			measures,
			fmt.Sprintf("%s, %s: %s.", m.Record.Ref, strings.TrimSuffix(m.Record.Title, "."), value),
		)
	}
	add("Objectives and their measured values", measures, "No objective is recorded.")

	var shown []string
	for _, w := range f.live() {
		rep := Readiness(w)
		line := fmt.Sprintf("%s %s: %d of %d rules met or held (%d %%); %s", w.Workflow.Ref, w.Workflow.Name, rep.Met,
			rep.Applicable, rep.Percent, count(w.Runs.Total, "run"))
		var found []string
		for _, c := range w.Findings {
			if c.Unsettled() > 0 {
				found = append(found, fmt.Sprintf("%s %d", c.Code, c.Unsettled()))
			}
		}
		if len(found) > 0 {
			line += "; not settled: " + strings.Join(found, ", ")
		}
		shown = append(shown, line+".")
	}
	add("What was measured", shown, "No workflow is in use.")
	add("Nonconformities and what was done", recorded(review.RecordNonconformity), "No nonconformity is recorded.")
	add("Incidents, concerns and complaints",
		recorded(review.RecordIncident, review.RecordConcern, review.RecordComplaint), "None is recorded.")
	add("Internal audits", recorded(review.RecordInternalAudit, review.RecordAuditProgramme), "No audit is recorded.")

	var missing []string
	for _, r := range System(f) {
		if !r.Status.Stands() {
			missing = append(missing, fmt.Sprintf("%s: %s", r.Code, r.Remedy))
		}
	}
	add("What could be better", missing, "Every rule about the organisation is met.")
	return out
}

// lawSince are the provisions that came into force after a day, up to another.
func lawSince(since, until civil.Date) []string {
	var lines []string
	for _, i := range standard.All() {
		if !i.From.IsZero() && since.Before(i.From) && !until.Before(i.From) {
			lines = append(lines, fmt.Sprintf("%s, in force from %s.", i.Cite(), i.From.Long()))
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}
