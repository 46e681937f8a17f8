package service

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/interop/office"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/store"
)

// PolicyFormats are the forms in which a policy can be had as a document.
var PolicyFormats = []string{"odt", "docx"}

// PolicyFile is a policy with its versions as a document for a word processor: what the
// register holds, for the organisation's own template. Errors: invalid, not_found.
func (s *Service) PolicyFile(ctx context.Context, name, format string) (out []byte, err error) {
	if !slices.Contains(PolicyFormats, format) {
		return nil, fault.Invalid("format", "Choose one of: "+strings.Join(PolicyFormats, ", ")+".")
	}
	err = s.change(ctx, doing{action: "policy.export", subject: name, may: organisation.ActionExport,
		summary: "Wrote out " + name + " as " + format}, func(t *store.Tx) error {
		p, err := store.Policies.Get(ctx, &t.Reader, name)
		if err != nil {
			return err
		}
		view, err := s.freshView(ctx, &t.Reader)
		if err != nil {
			return err
		}
		out, err = officeFile(view.policyText(*p), format)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (view *View) policyText(p policy.Policy) office.Document {
	doc := office.Document{Title: oneLine(p.Title), Author: view.org.Name, Language: "en-GB", Made: view.now}
	add := func(b ...office.Block) { doc.Blocks = append(doc.Blocks, b...) }
	if view.org.Sample {
		add(office.Block{Kind: office.Small, Text: "Sample: a fictional council."})
	}
	add(
		office.Block{Kind: office.Heading, Level: 1, Text: p.Title},
		office.Block{Kind: office.Text, Text: view.org.Name + ", " + p.Ref + ", written out on " +
			civil.Of(view.now).Long() + " from the register. This is what the register holds of the policy; an " +
			"attached document is the policy itself."},
		office.Block{Kind: office.Table, Head: []string{"About the policy", ""}, Rows: [][]string{
			{"Owner", cmp.Or(view.personName(p.OwnerID), "not stated")},
			{"Approval route", cmp.Or(p.ApprovalRoute, "not stated")},
			{"Next review", longOr(p.NextReview, "not stated")},
			{"Statements that it was read", strconv.Itoa(len(p.Attestations))},
		}},
	)
	// The newest version first: it is the one that a reader wants.
	for _, v := range slices.Backward(p.Versions) {
		add(office.Block{Kind: office.Heading, Level: 2,
			Text: "Version " + v.Number + " (" + spacedWords(string(v.Status)) + ")"})
		add(view.versionText(v)...)
	}
	var rows [][]string
	for _, l := range p.Links {
		if wf, ok := view.workflowByID[l.WorkflowID]; ok {
			rows = append(rows, []string{refAndName(wf.Ref, wf.Name), l.Reason})
		}
	}
	if len(rows) > 0 {
		add(office.Block{Kind: office.Heading, Level: 2, Text: "Workflows that it applies to"},
			office.Block{Kind: office.Table, Head: []string{"Workflow", "Why"}, Rows: rows})
	}
	return doc
}

// versionText is one version: who approved it, and what it says under each heading.
func (view *View) versionText(v policy.Version) []office.Block {
	approved := "not approved"
	if v.ApprovedBy != "" {
		approved = view.personName(v.ApprovedBy) + ", " + cmp.Or(v.ApprovedRole, "post not stated") + ", on " +
			longOr(v.ApprovedOn, "a day that is not stated")
	}
	out := []office.Block{{Kind: office.Table, Head: []string{"About the version", ""}, Rows: [][]string{
		{"Approved by", approved},
		{"Minute", cmp.Or(v.Minute, "not stated")},
		{"In force from", longOr(v.InForceFrom, "not in force")},
		{"Ended on", longOr(v.EndedOn, "not ended")},
		{"What changed", cmp.Or(v.ChangeSummary, "not stated")},
	}}}
	for _, part := range []struct{ title, text string }{
		{"Purpose", v.Purpose}, {"Scope", v.Scope}, {"Risk", v.RiskApproach}, {"Human oversight", v.Oversight},
		{"Transparency", v.Transparency}, {"Review", v.Review},
	} {
		if strings.TrimSpace(part.text) != "" {
			out = append(out, office.Block{Kind: office.Heading, Level: 3, Text: part.title},
				office.Block{Kind: office.Text, Text: part.text})
		}
	}
	for _, list := range []struct {
		title string
		items []string
	}{{"Principles", v.Principles}, {"Allowed uses", v.AllowedUses}, {"Forbidden uses", v.ForbidUses}} {
		if len(list.items) > 0 {
			out = append(out, office.Block{Kind: office.Heading, Level: 3, Text: list.title})
		}
		for _, item := range list.items {
			out = append(out, office.Block{Kind: office.Item, Text: item})
		}
	}
	return out
}

// longOr is a day in words, or what stands for none.
func longOr(d civil.Date, none string) string {
	if d.IsZero() {
		return none
	}
	return d.Long()
}
