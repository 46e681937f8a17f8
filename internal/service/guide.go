package service

import (
	"context"
	"path/filepath"
	"strings"

	"assay/internal/assurance"
	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/organisation"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/standard"
	"assay/internal/store"
)

// Guide is what helps to work an assessment: its questions, and what the
// register and the imported runs say about them at this moment.
type Guide struct {
	Sections     []risk.Section           `json:"sections"`
	Clauses      []Clause                 `json:"clauses"`      // that the questions serve
	Requirements []assurance.Result       `json:"requirements"` // every one, for the questions that name them
	Runs         assurance.RunFacts       `json:"runs"`
	Gates        []GateFigures            `json:"gates"`
	Findings     []assurance.FindingCount `json:"findings"`
	Suggested    []risk.Answer            `json:"suggested"` // what the register would answer; nothing until it is confirmed
	Documents    []Named                  `json:"documents"` // that answers name: title, and file name as detail
}

// Clause is a clause, control or article as people name it.
type Clause struct {
	Ref    string          `json:"ref"`  // as a question names it: "gdpr:22A"
	Cite   string          `json:"cite"` // "UK GDPR Article 22A"
	Title  string          `json:"title"`
	Family standard.Family `json:"family"`
	ID     string          `json:"id"` // in its family
}

// GateFigures is what runs show at a gate, with the thresholds that it sets.
type GateFigures struct {
	assurance.GateMeasure
	MinReviewSeconds int     `json:"min_review_seconds"`
	MaxAgreement     float64 `json:"max_agreement"`
}

// AssessmentGuide gathers what helps to work one assessment.
func (s *Service) AssessmentGuide(ctx context.Context, name string) (Guide, error) {
	g := Guide{
		Sections:     []risk.Section{},
		Clauses:      []Clause{},
		Requirements: []assurance.Result{},
		Gates:        []GateFigures{},
		Suggested:    []risk.Answer{},
		Documents:    []Named{},
	}
	err := s.readView(ctx, func(view *View) error {
		a, err := store.Assessments.Get(ctx, view.r, name)
		if err != nil {
			return err
		}
		wf, ok := view.workflowByID[a.WorkflowID]
		if !ok {
			return nil
		}
		f, rep, err := view.judge(ctx, wf)
		if err != nil {
			return err
		}
		for _, area := range rep.Areas {
			g.Requirements = append(g.Requirements, area.Results...)
		}
		g.Runs, g.Findings = f.Runs, f.Findings
		for _, m := range f.Gates {
			gate, _ := wf.Gate(m.Key)
			g.Gates = append(g.Gates, GateFigures{m, gate.MinReviewSeconds, gate.MaxAgreement})
		}
		if a.Edition != "" {
			g.Sections = risk.Questions()
		}
		cited := map[string]bool{}
		for _, section := range g.Sections {
			for _, q := range section.Questions {
				for _, ref := range q.Serves {
					if item, ok := standard.ByRef(ref); ok && !cited[ref] {
						cited[ref] = true
						g.Clauses = append(g.Clauses, Clause{ref, item.Cite(), item.Title, item.Family, item.ID})
					}
				}
				if x := suggest(q, rep, f); x.Value != "" {
					g.Suggested = append(g.Suggested, x)
				}
			}
		}
		named := map[string]bool{}
		for _, x := range a.Answers {
			for _, e := range x.Evidence {
				named[e] = true
			}
		}
		for _, e := range view.evidence {
			if named[e.ID] {
				g.Documents = append(g.Documents, Named{e.ID, e.Ref, e.Title, e.FileName})
			}
		}
		return nil
	})
	return g, err
}

// suggest is what the register would answer: yes where all that it knows about
// the question is met and no run speaks against it, partly or no otherwise, with
// its reasons. Where it knows nothing it suggests nothing.
func suggest(q risk.Question, rep assurance.Report, f assurance.Facts) risk.Answer {
	met, not := 0, 0
	var why []string
	for _, code := range q.Requirements {
		r, ok := rep.Result(code)
		if !ok || r.Status == assurance.StatusNotApplicable {
			continue
		}
		if r.Status.Whole() {
			met++
		} else {
			not++
		}
		why = append(why, r.Reason)
	}
	against := false
	for _, x := range f.Findings {
		for _, code := range q.Codes {
			against = against || x.Code == code && x.Open > 0
		}
	}
	out := risk.Answer{Question: q.ID, Note: strings.Join(why, " "), Evidence: []string{}, Suggested: true}
	switch {
	case met+not == 0:
		return risk.Answer{}
	case not == 0 && !against:
		out.Value = risk.AnswerYes
	case met == 0:
		out.Value = risk.AnswerNo
	default:
		out.Value = risk.AnswerPartly
	}
	return out
}

// Attachment is a document that is given as evidence for the answer to a
// question.
type Attachment struct {
	Assessment string        `json:"assessment"` // its reference
	Question   string        `json:"question"`   // Q09
	Path       string        `json:"path"`
	Title      string        `json:"title"` // empty: the file's name
	Kind       evidence.Kind `json:"kind"`  // empty: other
}

// AttachEvidence keeps a document and names it in the answer to a question. It
// is linked to the assessment, its workflow, and the clauses and controls that
// the question serves.
func (s *Service) AttachEvidence(ctx context.Context, q Attachment) (evidence.Evidence, error) {
	e := evidence.Evidence{Title: strings.TrimSpace(q.Title), Kind: q.Kind, Status: evidence.StatusDraft}
	if e.Title == "" {
		e.Title = strings.TrimSuffix(filepath.Base(q.Path), filepath.Ext(q.Path))
	}
	if e.Kind == "" {
		e.Kind = evidence.KindOther
	}
	err := s.change(ctx, doing{action: "assessment.attach", subject: q.Assessment, may: organisation.ActionPrepare,
		summary: oneLine(
			"Attached " + e.Title + " to " + q.Question + " of " + q.Assessment,
		)}, func(t *store.Tx) error {
		a, err := store.Assessments.Get(ctx, &t.Reader, q.Assessment)
		if err != nil {
			return err
		}
		if err := a.Editable(); err != nil {
			return err
		}
		wf, err := store.Workflows.Get(ctx, &t.Reader, a.WorkflowID)
		if err != nil {
			return err
		}
		asked, ok := risk.QuestionOf(q.Question)
		if !ok {
			return fault.NotFound("question", q.Question)
		}
		e.Links = []review.Subject{
			{Kind: review.SubjectWorkflow, Ref: wf.Ref},
			{Kind: review.SubjectAssessment, Ref: a.Ref},
		}
		for _, ref := range asked.Serves {
			if item, ok := standard.ByRef(ref); ok &&
				(item.Family == standard.FamilyAnnexA || item.Family == standard.FamilyClause) {
				e.Links = append(e.Links, review.Subject{Kind: review.SubjectControl, Ref: item.ID})
			}
		}
		if err := keepFile(ctx, t, &e, q.Path); err != nil {
			return err
		}
		e.ImportedAt, e.CollectedAt, e.Sample = s.clock(), s.today(), a.Sample
		if err := save(ctx, t, store.Documents, id.Evidence, &e, evidence.Evidence.Validate); err != nil {
			return err
		}
		after := a.Attach(q.Question, e.ID)
		return s.putAssessment(ctx, t, &after)
	})
	return e, err
}

// RiskTrend follows the risks of a workflow, or of the organisation where none
// is named, from approval to approval.
func (s *Service) RiskTrend(ctx context.Context, workflow string) (out []risk.TrendPoint, err error) {
	err = s.readView(ctx, func(view *View) error {
		id, err := view.workflowID(ctx, workflow)
		if err != nil {
			return err
		}
		out = risk.Trend(
			filter(view.assessments, func(a *risk.Assessment) bool { return id == "" || a.WorkflowID == id }),
			view.org.AppetiteThreshold,
		)
		return nil
	})
	return out, err
}
