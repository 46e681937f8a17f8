package service

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/imported"
	"assay/internal/ledger"
	"assay/internal/letter"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/prose"
	"assay/internal/report"
	"assay/internal/review"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// KeptLetter is an edited letter and the document as which it is kept.
type KeptLetter struct {
	Letter   letter.Letter     `json:"letter"`
	Document evidence.Evidence `json:"document"`
}

// LetterRequest is a run to be explained to the person whom it affected.
type LetterRequest struct {
	Workflow string `json:"workflow"`
	Run      string `json:"run"`   // as the platform names it
	Named    bool   `json:"named"` // name officers, and not only their roles
}

// ExplainRun drafts a letter to the person affected by one run: what the AI
// did, with what data, who decided and when, and how to challenge it.
func (s *Service) ExplainRun(ctx context.Context, q LetterRequest) (out letter.Letter, err error) {
	err = s.change(
		ctx,
		doing{
			action:  "run.explain",
			subject: q.Workflow,
			summary: "Drafted a letter about a run",
			may:     organisation.ActionExplain,
		},
		func(t *store.Tx) error {
			c, err := s.letterCase(ctx, t, q)
			if err != nil {
				return err
			}
			out = letter.Draft(c)
			t.Entry().Subject = c.Workflow.Ref
			t.Entry().Summary = oneLine("Drafted a letter explaining " + runOf(q.Run, c.Workflow))
			t.Entry().Digests = []ledger.Digest{{Name: "letter", SHA256: certificate.DigestOf(out.Text())}}
			return nil
		},
	)
	if err != nil {
		return letter.Letter{}, err
	}
	return out, nil
}

// letterCase gathers what a letter about a run is made of.
func (s *Service) letterCase(ctx context.Context, t *store.Tx, q LetterRequest) (letter.Case, error) {
	wf, whole, err := s.explainable(ctx, t, q.Workflow, q.Run)
	if err != nil {
		return letter.Case{}, err
	}
	org, err := getOrganisation(ctx, &t.Reader)
	if err != nil {
		return letter.Case{}, err
	}
	zone, err := time.LoadLocation(placeOfPeople)
	if err != nil {
		return letter.Case{}, fault.Doing("find the local time", err)
	}
	c := letter.Case{
		Organisation: org,
		Workflow:     wf.On(civil.Of(oversight.When(whole.Record))),
		Run:          whole.Record,
		Source:       whole.Source.Ref,
		File:         whole.Source.FileName,
		Today:        s.today(),
		Zone:         zone,
		Named:        q.Named,
	}
	for _, f := range whole.Findings {
		c.Findings = append(c.Findings, letter.Finding{Code: f.Code, Status: string(f.Status), Detail: f.Detail})
	}
	return c, nil
}

// placeOfPeople is the zone of those to whom UK public bodies write.
const placeOfPeople = "Europe/London"

// explainable is a run that a letter can explain: one whose content is there.
func (s *Service) explainable(
	ctx context.Context,
	t *store.Tx,
	workflow, runID string,
) (*workflow.Workflow, imported.Whole, error) {
	wf, err := store.Workflows.Get(ctx, &t.Reader, workflow)
	if err != nil {
		return nil, imported.Whole{}, err
	}
	whole, err := runs.Get(ctx, t.SQL, wf.ID, runID, s.today())
	if err != nil {
		return nil, imported.Whole{}, err
	}
	if whole.Source.State == imported.SourcePurged {
		return nil, imported.Whole{}, fault.Conflict(
			"This run's personal data was purged with %s: there is nothing left to explain.",
			whole.Source.Ref,
		)
	}
	return wf, whole, nil
}

// runOf is "run R-17 of WF-0001 Housing repairs" for a sentence.
func runOf(runID string, wf *workflow.Workflow) string {
	return "run " + prose.Shorten(runID, 100) + " of " + refAndName(wf.Ref, wf.Name)
}

// KeepLetter keeps a letter as an officer has edited it: as a document of its
// workflow, whose content stays out of packs because it is addressed to a
// person, with its digest in the activity log. It refuses a letter in which
// something is still to be filled in.
func (s *Service) KeepLetter(ctx context.Context, q letter.Edit) (out KeptLetter, err error) {
	if err := q.Check(); err != nil {
		return out, err
	}
	err = s.change(
		ctx,
		doing{
			action:  "run.letter",
			subject: q.Workflow,
			summary: "Kept a letter about a run",
			may:     organisation.ActionExplain,
		},
		func(t *store.Tx) error {
			wf, _, err := s.explainable(ctx, t, q.Workflow, q.Run)
			if err != nil {
				return err
			}
			org, err := getOrganisation(ctx, &t.Reader)
			if err != nil {
				return err
			}
			out.Letter = q.Letter(org.Name, refAndName(wf.Ref, wf.Name), s.today(), org.Sample || wf.Sample)
			text := out.Letter.Text()
			e := evidence.Evidence{
				Title:        oneLine("Letter explaining " + runOf(q.Run, wf)),
				Kind:         evidence.KindNotice,
				Status:       evidence.StatusInReview,
				FileName:     "letter.txt",
				MIME:         mimeOf("letter.txt"),
				CollectedAt:  s.today(),
				ImportedAt:   s.clock(),
				Sample:       out.Letter.Sample,
				Links:        []review.Subject{{Kind: review.SubjectWorkflow, Ref: wf.Ref}},
				Redacted:     true,
				RedactReason: "The letter is addressed to a person.",
				Note: "Edited by " + s.SignedIn().Name +
					". The officer went through the questions about UK GDPR, Articles 22A to 22D.",
			}
			if e.SHA256, e.Bytes, err = t.PutBlob(ctx, bytes.NewReader(text)); err != nil {
				return err
			}
			if err := save(ctx, t, store.Documents, id.Evidence, &e, evidence.Evidence.Validate); err != nil {
				return err
			}
			out.Document = e
			t.Entry().Subject = wf.Ref
			t.Entry().Summary = oneLine(fmt.Sprintf(
				"Kept %s, edited by %s: the letter explaining %s",
				e.Ref,
				s.SignedIn().Name,
				runOf(q.Run, wf),
			))
			t.Entry().Digests = []ledger.Digest{{Name: "letter", SHA256: e.SHA256}}
			return nil
		},
	)
	if err != nil {
		return KeptLetter{}, err
	}
	return out, nil
}

// LetterPDF draws a letter as a tagged document.
func LetterPDF(l letter.Letter) ([]byte, error) { return report.Letter(l) }
