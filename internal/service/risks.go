package service

import (
	"cmp"
	"context"
	"slices"

	"assay/internal/approval"
	"assay/internal/fault"
	"assay/internal/flow"
	"assay/internal/id"
	"assay/internal/organisation"
	"assay/internal/risk"
	"assay/internal/store"
	"assay/internal/workflow"
)

// AssessmentView is a risk assessment as screens show it.
type AssessmentView struct {
	risk.Assessment
	WorkflowRef  string                     `json:"workflow_ref"`
	WorkflowName string                     `json:"workflow_name"`
	Prepared     string                     `json:"prepared_by_name"`
	Reviewed     string                     `json:"reviewed_by_name"`
	Approved     string                     `json:"approved_by_name"`
	Appetite     int                        `json:"appetite"`
	Above        []string                   `json:"above_appetite"` // references
	Problems     []risk.Problem             `json:"problems"`
	Matrices     map[string][5][5]risk.Cell `json:"matrices"` // by stage: inherent, current, residual
	Answered     int                        `json:"answered"` // of the questions
	Questions    int                        `json:"questions"`
}

func (view *View) assessmentView(a risk.Assessment) AssessmentView {
	v := AssessmentView{
		Assessment: a,
		Prepared:   view.personName(a.PreparedBy),
		Reviewed:   view.personName(a.ReviewedBy),
		Approved:   view.personName(a.ApprovedBy),
		Appetite:   view.org.AppetiteThreshold,
		Above:      []string{},
		Problems:   a.Quality(view.now),
		Matrices:   map[string][5][5]risk.Cell{},
	}
	if v.Problems == nil || a.Status == risk.StatusSuperseded { // what was replaced has nothing left to put right
		v.Problems = []risk.Problem{}
	}
	v.Answered, v.Questions = a.Answered()
	if wf, ok := view.workflowByID[a.WorkflowID]; ok {
		v.WorkflowRef, v.WorkflowName = wf.Ref, wf.Name
	}
	for _, r := range a.AboveAppetite(view.org.AppetiteThreshold, view.now) {
		v.Above = append(v.Above, r.Ref)
	}
	for _, stage := range risk.Stages {
		v.Matrices[string(stage)] = risk.Matrix(a.Risks, stage)
	}
	return v
}

// Assessments lists the risk assessments of a workflow (newest last), or of
// all workflows where none is named.
func (s *Service) Assessments(ctx context.Context, workflow string) ([]AssessmentView, error) {
	out := []AssessmentView{}
	err := s.readView(ctx, func(view *View) error {
		id, err := view.workflowID(ctx, workflow)
		if err != nil {
			return err
		}
		for _, a := range view.assessments {
			if id == "" || a.WorkflowID == id {
				out = append(out, view.assessmentView(a))
			}
		}
		return nil
	})
	return out, err
}

// Assessment is one risk assessment.
func (s *Service) Assessment(ctx context.Context, name string) (v AssessmentView, err error) {
	err = s.readView(ctx, func(view *View) error {
		a, err := store.Assessments.Get(ctx, view.r, name)
		if err == nil {
			v = view.assessmentView(*a)
		}
		return err
	})
	return v, err
}

// StartAssessment begins a new assessment of a workflow's present version. It
// takes over the risks of the last one, and otherwise suggests the catalogue's,
// unrated: a suggestion is nothing until somebody has rated it.
func (s *Service) StartAssessment(ctx context.Context, workflow string) (risk.Assessment, error) {
	var a risk.Assessment
	err := s.change(
		ctx,
		doing{
			action:  "assessment.start",
			subject: workflow,
			summary: "Began a risk assessment",
			may:     organisation.ActionPrepare,
		},
		func(t *store.Tx) error {
			wf, err := store.Workflows.Get(ctx, &t.Reader, workflow)
			if err != nil {
				return err
			}
			list, err := store.Assessments.Of(ctx, &t.Reader, wf.ID)
			if err != nil {
				return err
			}
			a = risk.Assessment{
				WorkflowID:      wf.ID,
				WorkflowVersion: wf.Version,
				Status:          risk.StatusDraft,
				Sample:          wf.Sample,
				Edition:         risk.Edition,
			}
			for _, old := range list {
				if old.Status == risk.StatusDraft || old.Status == risk.StatusInReview {
					return fault.Conflict(
						"%s of this workflow is still %s; finish it first.",
						old.Ref,
						old.Status.Words(),
					)
				}
				a.Method, a.Linked, a.Risks, a.Dismissed, a.Answers = old.Method, old.Linked, old.Risks, old.Dismissed,
					risk.Suggestions(
						old.Answers,
					)
			}
			if len(a.Risks) == 0 {
				a.Risks = suggestedRisks(*wf)
			}
			for i := range a.Risks { // a new assessment's risks are new records
				a.Risks[i].ID, a.Risks[i].Ref = "", ""
			}
			if err := s.putAssessment(ctx, t, &a); err != nil {
				return err
			}
			t.Entry().Subject = a.Ref
			t.Entry().Summary = oneLine("Began a risk assessment of " + refAndName(wf.Ref, wf.Name))
			return nil
		},
	)
	return a, err
}

// suggestedRisks is the catalogue, with what usually matters for a kind of
// workflow first, and the harms of the flow that it was begun from.
func suggestedRisks(wf workflow.Workflow) []risk.Risk {
	if f, ok := flow.Of(wf.Flow); ok {
		return f.Risks()
	}
	kind, _ := workflow.TemplateOf(wf.Template)
	entries := risk.Catalogue()
	slices.SortStableFunc(entries, func(a, b risk.CatalogueEntry) int {
		return cmp.Compare(oneIfTrue(!slices.Contains(kind.Risks, a.ID)), oneIfTrue(!slices.Contains(kind.Risks, b.ID)))
	})
	out := make([]risk.Risk, len(entries))
	for i, e := range entries {
		out[i] = risk.Suggest(e)
	}
	return out
}

func oneIfTrue(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *Service) putAssessment(ctx context.Context, t *store.Tx, a *risk.Assessment) error {
	for i := range a.Risks {
		r := &a.Risks[i]
		if r.ID == "" {
			r.ID = id.New()
		}
		if r.Ref == "" {
			n, err := t.NextNumber(ctx, id.Risk)
			if err != nil {
				return err
			}
			r.Ref = id.Ref(id.Risk, n)
		}
	}
	return save(ctx, t, store.Assessments, id.Assessment, a, risk.Assessment.Validate)
}

// SaveAssessment keeps the work on a draft.
func (s *Service) SaveAssessment(ctx context.Context, a risk.Assessment) (risk.Assessment, error) {
	err := s.change(
		ctx,
		doing{
			action:  "assessment.save",
			subject: a.Ref,
			summary: "Saved the risk assessment " + a.Ref,
			may:     organisation.ActionPrepare,
		},
		func(t *store.Tx) error {
			was, err := store.Assessments.Get(ctx, &t.Reader, a.ID)
			if err != nil {
				return err
			}
			if err := was.Editable(); err != nil {
				return err
			}
			a = a.WithApprovalsOf(*was)
			a.Ref, a.Key, a.Status, a.WorkflowID, a.Sample = was.Ref, was.Key, was.Status, was.WorkflowID, was.Sample
			if err := s.bySecond(ctx, &t.Reader, was, &a); err != nil {
				return err
			}
			return s.putAssessment(ctx, t, &a)
		},
	)
	return a, err
}

// StepAssessment moves an assessment along: complete (hand over for review),
// return, review, approve. Whoever prepared it neither reviews nor approves it.
// q.Approver is who reviewed or approved it, where that is not who is at the
// keyboard; with the passphrase of their own key an approval is signed.
func (s *Service) StepAssessment(ctx context.Context, ref, step string, q ApprovalRequest) (risk.Assessment, error) {
	var out risk.Assessment
	err := s.change(
		ctx,
		doing{
			action:  "assessment." + step,
			subject: ref,
			may:     organisation.ActionRead,
			summary: "Changed a risk assessment",
		},
		func(t *store.Tx) error {
			a, err := store.Assessments.Get(ctx, &t.Reader, ref)
			if err != nil {
				return err
			}
			by := s.SignedIn()
			if q.Approver != "" {
				if by, err = store.People.Get(ctx, &t.Reader, q.Approver); err != nil {
					return err
				}
			}
			need := map[string]organisation.Action{
				"complete": organisation.ActionPrepare, "return": organisation.ActionReview,
				"review": organisation.ActionReview, "approve": organisation.ActionApprove,
			}[step]
			if need == "" {
				return fault.Invalid(
					"step",
					"Choose what to do with the assessment: complete, return, review or approve.",
				)
			}
			if err := by.May(need); err != nil {
				return err
			}
			var did string
			switch step {
			case "complete":
				out, err = a.Complete(by.ID, s.clock())
				did = "handed over for review by"
			case "return":
				out, err = a.Return()
				did = "returned by"
			case "review":
				if err = second(ctx, &t.Reader, by, a.PreparedBy); err != nil {
					return err
				}
				out, err = a.Review(by.ID, s.clock())
				did = "reviewed by"
			case "approve":
				out, did, err = s.approveAssessment(ctx, t, a, by, q.Passphrase)
			}
			if err != nil {
				return err
			}
			t.Entry().Subject = a.Ref
			t.Entry().Summary = oneLine("Risk assessment " + a.Ref + " " + did + " " + by.Name)
			return store.Assessments.Put(ctx, t, &out)
		},
	)
	return out, err
}

// approveAssessment approves an assessment for a year; the one that was in its place is
// superseded. did says how, before the approver's name.
func (s *Service) approveAssessment(ctx context.Context, t *store.Tx, a *risk.Assessment, by *organisation.Person,
	passphrase string,
) (out risk.Assessment, did string, err error) {
	if out, err = a.Approve(by.ID, 12, s.clock()); err != nil {
		return out, "", err
	}
	content, err := a.ApprovalContent()
	if err != nil {
		return out, "", err
	}
	out.Approval, err = s.approve(
		ctx,
		&t.Reader,
		ApprovalRequest{Approver: by.ID, Passphrase: passphrase},
		organisation.ActionApprove,
		"risk assessment "+a.Ref,
		content,
		a.PreparedBy,
		a.ReviewedBy,
	)
	if err != nil {
		return out, "", err
	}
	list, err := store.Assessments.Of(ctx, &t.Reader, a.WorkflowID)
	if err != nil {
		return out, "", err
	}
	for _, old := range list {
		if old.ID == a.ID || old.Status != risk.StatusApproved && old.Status != risk.StatusLapsed {
			continue
		}
		superseded, err := old.Supersede()
		if err != nil {
			return out, "", err
		}
		if err := store.Assessments.Put(ctx, t, &superseded); err != nil {
			return out, "", err
		}
	}
	if out.Approval.Signed() {
		return out, "approved with their own key by", nil
	}
	return out, "recorded as approved by", nil
}

// AcceptRisk records that a person with the duty to approve accepts a risk
// until a day. With the passphrase of that person's own key it is signed.
func (s *Service) AcceptRisk(
	ctx context.Context,
	assessment, riskRef string,
	c risk.Acceptance,
	passphrase string,
) (risk.Assessment, error) {
	var out risk.Assessment
	err := s.change(
		ctx,
		doing{
			action:  "risk.accept",
			subject: riskRef,
			reason:  c.Reason,
			may:     organisation.ActionRead,
			summary: "Accepted the risk " + riskRef,
		},
		func(t *store.Tx) error {
			a, err := store.Assessments.Get(ctx, &t.Reader, assessment)
			if err != nil {
				return err
			}
			by, err := store.People.Get(ctx, &t.Reader, c.By)
			if err != nil {
				return err
			}
			if err := by.May(organisation.ActionAcceptRisk); err != nil {
				return err
			}
			c.By, c.Approval = by.ID, approval.Approval{}
			out = *a
			out.Risks = append([]risk.Risk(nil), a.Risks...)
			for i, r := range out.Risks {
				if r.Ref == riskRef || r.ID == riskRef {
					if out.Risks[i], err = r.Accept(c, s.clock()); err != nil {
						return err
					}
					content, err := a.AcceptanceContent(out.Risks[i])
					if err != nil {
						return err
					}
					out.Risks[i].Acceptance.Approval, err = s.approve(
						ctx,
						&t.Reader,
						ApprovalRequest{Approver: by.ID, Passphrase: passphrase},
						organisation.ActionAcceptRisk,
						"acceptance of risk "+r.Ref,
						content,
						a.PreparedBy,
					)
					if err != nil {
						return err
					}
					did := "Recorded that " + by.Name + " accepted the risk "
					if out.Risks[i].Acceptance.Approval.Signed() {
						did = by.Name + " accepted with their own key the risk "
					}
					t.Entry().Summary = oneLine(did + refAndName(r.Ref, r.Title))
					return store.Assessments.Put(ctx, t, &out)
				}
			}
			return fault.NotFound("risk", riskRef)
		},
	)
	return out, err
}

// RiskCatalogue is the risks that AI in public services commonly brings.
func (s *Service) RiskCatalogue() []risk.CatalogueEntry { return risk.Catalogue() }
