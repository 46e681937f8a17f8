package service

import (
	"bytes"
	"context"
	"slices"

	"assay/internal/evidence"
	"assay/internal/form"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// narrow leaves in the view what concerns one workflow, and what concerns the
// organisation as a whole: the rest has no place in a pack of that workflow.
// People stay known, for they are named; see peopleNamed.
func (view *View) narrow(ctx context.Context, wf *workflow.Workflow) error {
	mine := func(workflowID string) bool { return workflowID == "" || workflowID == wf.ID }
	// Whose each reference is: this workflow's, or another's.
	type thing struct {
		kind review.SubjectKind
		ref  string
	}
	own := map[thing]bool{}
	say := func(kind review.SubjectKind, ref string, isMine bool) {
		own[thing{kind, ref}] = own[thing{kind, ref}] || isMine // a reference that several have is also ours
	}
	attached := map[string]bool{} // evidence by identifier: its policy applies here
	for _, x := range view.workflows {
		say(review.SubjectWorkflow, x.Ref, x.ID == wf.ID)
	}
	for _, x := range view.policies {
		_, applies := x.AppliesTo(wf.ID)
		say(review.SubjectPolicy, x.Ref, applies)
		for _, v := range x.Versions {
			for _, id := range v.Attachments {
				attached[id] = attached[id] || applies
			}
		}
	}
	for _, x := range view.assessments {
		say(review.SubjectAssessment, x.Ref, mine(x.WorkflowID))
		for _, r := range x.Risks {
			say(review.SubjectRisk, r.Ref, mine(x.WorkflowID))
		}
	}
	for _, x := range view.records {
		say(review.SubjectRecord, x.Ref, mine(x.WorkflowID))
	}
	policies := map[string]bool{"": true}
	view.policies = filter(view.policies, func(x *policy.Policy) bool {
		_, applies := x.AppliesTo(wf.ID)
		policies[x.ID] = applies
		return applies
	})
	for _, x := range view.reviews {
		say(review.SubjectReview, x.Ref, mine(x.WorkflowID) && policies[x.PolicyID])
	}
	sources, err := runs.Sources(ctx, view.r.SQL, "")
	if err != nil {
		return err
	}
	for _, x := range sources {
		say(review.SubjectSource, x.Ref, x.WorkflowID == wf.ID)
	}
	view.assessments = filter(view.assessments, func(x *risk.Assessment) bool { return mine(x.WorkflowID) })
	view.schedules = filter(
		view.schedules,
		func(x *review.Schedule) bool { return mine(x.WorkflowID) && policies[x.PolicyID] },
	)
	view.reviews = filter(
		view.reviews,
		func(x *review.Review) bool { return mine(x.WorkflowID) && policies[x.PolicyID] },
	)
	view.actions = filter(view.actions, func(x *review.Action) bool { return mine(x.WorkflowID) })
	view.records = filter(view.records, func(x *review.Record) bool { return mine(x.WorkflowID) })
	view.forms = filter(view.forms, func(x *form.Document) bool { return x.WorkflowID == wf.ID })
	view.evidence = filter(view.evidence, func(x *evidence.Evidence) bool {
		other := false
		if applies, ok := attached[x.ID]; ok {
			if applies {
				return true
			}
			other = true
		}
		for _, l := range x.Links {
			isMine, specific := own[thing{l.Kind, l.Ref}]
			if isMine {
				return true
			}
			other = other || specific
		}
		return !other // about the organisation as a whole
	})
	return nil
}

// peopleNamed are the people whom the records in a pack name: all of them for
// the organisation, and only those for one workflow.
func (p *packer) peopleNamed(records ...[]byte) []organisation.Person {
	if p.q.Workflow == "" {
		return p.w.people
	}
	return filter(p.w.people, func(x *organisation.Person) bool {
		return x.ID == p.t.Entry().Actor.ID ||
			slices.ContainsFunc(records, func(b []byte) bool { return bytes.Contains(b, []byte(x.ID)) })
	})
}

// keptRows are the rows of the register behind the records in the pack, by
// table and identifier.
func (p *packer) keptRows() map[[2]string]bool {
	kept := map[[2]string]bool{}
	view := p.w
	for _, x := range p.people {
		kept[[2]string{"person", x.ID}] = true
	}
	for _, x := range p.list {
		kept[[2]string{"workflow", x.ID}] = true
	}
	for _, x := range view.policies {
		kept[[2]string{"policy", x.ID}] = true
	}
	for _, x := range view.assessments {
		kept[[2]string{"assessment", x.ID}] = true
	}
	for _, x := range view.schedules {
		kept[[2]string{"schedule", x.ID}] = true
	}
	for _, x := range view.reviews {
		kept[[2]string{"review", x.ID}] = true
	}
	for _, x := range view.actions {
		kept[[2]string{"action", x.ID}] = true
	}
	for _, x := range view.records {
		kept[[2]string{"record", x.ID}] = true
	}
	for _, x := range view.evidence {
		kept[[2]string{"evidence", x.ID}] = true
	}
	for _, x := range view.forms {
		kept[[2]string{"form", x.ID}] = true
	}
	for _, x := range view.soa {
		kept[[2]string{"soa", x.ControlID}] = true
	}
	return kept
}

// disclosed chooses what of the log goes into the pack: for the organisation
// all entries; for one workflow those that touched a record in the pack or are
// about the workflow, its imports, findings or certificates, each with the proof that the log
// holds it. With them go the rows behind the records, which the entries vouch for.
func (p *packer) disclosed(ctx context.Context, leaves [][]byte) ([][]byte, []ledger.Row, error) {
	kept := p.keptRows()
	subjects := map[string]bool{}
	for _, wf := range p.list {
		subjects[wf.Ref] = true
		for _, x := range p.facts[wf.ID].Sources {
			subjects[x.Ref] = true
		}
		for _, c := range p.w.certificates {
			if c.WorkflowID == wf.ID {
				subjects[c.Number] = true
			}
		}
	}
	var out [][]byte
	newest := map[[2]string]string{}
	for _, leaf := range leaves {
		e, err := ledger.ParseEntry(leaf)
		if err != nil {
			return nil, nil, err
		}
		if e.Seq > p.head.Size {
			break
		}
		concerns := p.q.Workflow == "" || subjects[e.Subject]
		for _, c := range e.Changes {
			if k := [2]string{c.Table, c.Key}; kept[k] {
				concerns = true
				newest[k] = c.Digest
			}
		}
		if concerns {
			out = append(out, leaf)
		}
	}
	var rows []ledger.Row
	for k, digest := range newest {
		now, row, err := p.t.Row(ctx, k[0], k[1])
		if err != nil {
			return nil, nil, err
		}
		if now == digest && row.Valid {
			rows = append(rows, ledger.Row{Table: k[0], Key: k[1], JSON: []byte(row.String)})
		}
	}
	slices.SortFunc(rows, func(a, b ledger.Row) int {
		return bytes.Compare([]byte(a.Table+"\x00"+a.Key), []byte(b.Table+"\x00"+b.Key))
	})
	return out, rows, nil
}
