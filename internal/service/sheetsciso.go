package service

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"assay/internal/interop/sheet"
	"assay/internal/standard"
)

// Columns of an audit as CISO Assistant takes one in: a row for each requirement of the
// framework, found by ref_id (its data import of compliance assessments, read 2026-11-29).
// The two scores stand empty: without their columns it takes the audit for a scored one.
var cisoColumns = []string{
	"assessable", "ref_id", "name", "compliance_result", "requirement_progress", "score",
	"implementation_score", "documentation_score", "observations",
}

// cisoProgress is how far the work on a control has come, in CISO Assistant's words. What is
// declared to be in place waits for a reviewer: that it is done is for them to say.
var cisoProgress = map[standard.Implementation]string{
	standard.NotStarted:  "to_do",
	standard.Planned:     "to_do",
	standard.Partly:      "in_progress",
	standard.Implemented: "in_review",
}

// cisoRefs are items that CISO Assistant's outline of ISO/IEC 42001 (version 1, 2025-12-15)
// has no row for, with the row that they are in. A row that its framework does not have would
// be refused.
var cisoRefs = map[string]string{"iso:6.1.1": "6.1", "iso:6.1.2": "6.1", "iso:6.1.3": "6.1", "iso:6.1.4": "6.1"}

// cisoSheet is clauses and controls of one standard as an audit for CISO Assistant. It
// concludes nothing: what is left out of the Statement of Applicability is not applicable,
// all else is not assessed, with what is declared and what the rules found as observations.
func (view *View) cisoSheet(ctx context.Context, families ...standard.Family) (sheet.Sheet, error) {
	out := sheet.Sheet{Name: "Audit"}
	for _, c := range cisoColumns {
		width := 18.0
		if c == "observations" || c == "name" {
			width = 50
		}
		out.Columns = append(out.Columns, sheet.Column{Title: c, Width: width})
	}
	failing, err := view.failing(ctx)
	if err != nil {
		return out, err
	}
	soa := map[string]standard.SoARow{}
	for _, r := range view.soa {
		soa[r.ControlID] = r
	}
	at := map[string]int{} // rows that several items are in, by ref_id
	for _, fam := range families {
		for _, item := range standard.Items(fam) {
			row, decided := soa[item.Ref()]
			decided = decided && slices.Contains(standard.Controls, fam)
			result, progress := "not_assessed", "to_do"
			switch {
			case decided && !row.Applicable:
				result = "not_applicable"
			case decided:
				progress = cisoProgress[row.Implementation]
			}
			text := observations(item, row, decided, failing)
			into, shared := cisoRefs[item.Ref()]
			if !shared {
				addRow(&out, "x", item.ID, item.Title, result, progress, nil, nil, nil, text)
				continue
			}
			text = item.ID + " " + item.Title + "\n" + text
			i, ok := at[into]
			if !ok {
				at[into] = len(out.Rows)
				addRow(&out, "x", into, into+", all parts", result, progress, nil, nil, nil, text)
				continue
			}
			last := len(out.Rows[i]) - 1
			out.Rows[i][last] = fmt.Sprint(out.Rows[i][last], "\n\n", text)
		}
	}
	return out, nil
}

// observations says what is declared of an item and what the rules that serve it found.
func observations(item standard.Item, row standard.SoARow, decided bool, failing map[string][]string) string {
	var lines []string
	switch {
	case decided && row.Applicable:
		lines = append(lines, fmt.Sprintf("Declared: %s. Why it is included: %s",
			spacedWords(string(row.Implementation)), row.ReasonIncluded))
	case decided:
		lines = append(lines, "Declared: left out. Why: "+row.ReasonExcluded)
	case slices.Contains(standard.Controls, item.Family):
		lines = append(lines, "Nothing is decided in the Statement of Applicability.")
	}
	if row.ResidualGap != "" && decided {
		lines = append(lines, "Gap that remains: "+row.ResidualGap)
	}
	by := standard.ServedBy(item)
	if len(by) == 0 {
		return strings.Join(append(lines, "No rule of Assay looks at this."), "\n")
	}
	for _, e := range standard.Extents {
		var codes []string
		for code, extent := range by {
			if extent != e {
				continue
			}
			if where := failing[code]; len(where) > 0 {
				code += " (does not stand: " + strings.Join(where, ", ") + ")"
			}
			codes = append(codes, code)
		}
		if slices.Sort(codes); len(codes) > 0 {
			lines = append(lines, "Rule that "+e.Words()+": "+strings.Join(codes, ", ")+".")
		}
	}
	return strings.Join(lines, "\n")
}
