package bind

import (
	"context"

	"assay/internal/imported"
	"assay/internal/letter"
	"assay/internal/oversight"
	"assay/internal/review"
	"assay/internal/run"
	"assay/internal/service"
)

// Findings is what the tests on the runs found, and the runs themselves.
type Findings struct{ d *Desk }

// FindingPage is some findings, and how to ask for those that follow.
type FindingPage struct {
	Items []Finding `json:"items"`
	Next  string    `json:"next"`
}

// Finding is one finding with its runs and what was said of it. It is written
// out because the generator of bindings loses the types inside embedded structs.
type Finding struct {
	ID          string                `json:"id"`
	Code        string                `json:"code"`
	Gate        string                `json:"gate"`
	Subject     string                `json:"subject"`
	Severity    string                `json:"severity"`
	Question    bool                  `json:"question"`
	Detail      string                `json:"detail"`
	Thresholds  string                `json:"thresholds"`
	Runs        []oversight.RunRef    `json:"runs"`
	Day         string                `json:"day"`
	SourceRef   string                `json:"source_ref"`
	Status      string                `json:"status"`
	Disposition *imported.Disposition `json:"disposition"`
	Approved    string                `json:"approved"` // by whom its explanation was approved, and how; empty: by nobody

	DeclaredFrom string `json:"declared_from"` // since when what it was found by was declared; empty: the first
	Replaced     bool   `json:"replaced"`      // something else is declared by now
}

// WholeRun is one run whole, with what was found about it.
type WholeRun struct {
	Record   *run.Record     `json:"record"`
	Digest   string          `json:"digest"`
	Source   imported.Source `json:"source"`
	Findings []Finding       `json:"findings"`
}

func findingRows(list []imported.Finding) []Finding {
	out := make([]Finding, len(list))
	for i, f := range list {
		out[i] = Finding{
			ID:           f.ID,
			Code:         string(f.Code),
			Gate:         f.Gate,
			Subject:      f.Subject,
			Severity:     string(f.Severity),
			Question:     f.Question,
			Detail:       f.Detail,
			Thresholds:   f.Thresholds,
			Runs:         f.Runs,
			Day:          string(f.Day),
			SourceRef:    f.SourceRef,
			Status:       string(f.Status),
			Disposition:  f.Disposition,
			DeclaredFrom: string(f.DeclaredFrom),
			Replaced:     f.Replaced,
		}
		if d := f.Disposition; d != nil && !d.Basis.Approval.IsZero() {
			out[i].Approved = d.Basis.Approval.Words()
		}
	}
	return out
}

// RunPage is some runs, and how to ask for those that follow.
type RunPage struct {
	Items []imported.Run `json:"items"`
	Next  string         `json:"next"`
}

// Decision is what the person says of findings: all that the query chooses, or
// those named.
type Decision struct {
	Query   service.FindingQuery `json:"query"`
	IDs     []string             `json:"ids"`
	Decide  string               `json:"decide"` // explained, accepted, actioned, open
	Why     string               `json:"why"`
	Expires string               `json:"expires"`
	Action  *review.Action       `json:"action"`
	Person  string               `json:"person"` // who accepts, or approves the explanation: the second person
	Class   string               `json:"class"`
	Link    string               `json:"link"`
	Officer string               `json:"officer"`
	// ApproverPassphrase is of that person's own key; empty: their approval is only recorded.
	ApproverPassphrase string `json:"approver_passphrase"`
}

// Summary sums what the runs show, of one workflow or of all.
func (f *Findings) Summary(workflow string) (service.FindingsView, error) {
	return call(f.d, "Findings.Summary", func(ctx context.Context, s *service.Service) (service.FindingsView, error) {
		return s.Findings(ctx, workflow)
	})
}

// List gives findings one by one, with their runs and places in the files.
func (f *Findings) List(q service.FindingQuery) (FindingPage, error) {
	return call(f.d, "Findings.List", func(ctx context.Context, s *service.Service) (FindingPage, error) {
		p, err := s.FindingList(ctx, q)
		return FindingPage{findingRows(p.Items), p.Next}, err
	})
}

// Decided is how many findings were decided about, and what undoes it.
type Decided struct {
	Findings int64  `json:"findings"`
	ID       string `json:"id"`
}

// Decide explains findings, accepts them, turns them into an action or opens
// them again.
func (f *Findings) Decide(d Decision) (Decided, error) {
	return call(f.d, "Findings.Decide", func(ctx context.Context, s *service.Service) (Decided, error) {
		expires, err := civilDate("expires", d.Expires)
		if err != nil {
			return Decided{}, err
		}
		if len(d.IDs) == 0 {
			d.IDs = nil // none ticked means all that the query chooses
		}
		out, err := s.DecideFindings(
			ctx,
			service.Decision{FindingQuery: d.Query, IDs: d.IDs, Decide: d.Decide, Why: d.Why,
				Expires: expires, Action: d.Action, Class: review.Class(d.Class), Link: d.Link, Officer: d.Officer,
				Approver: d.Person, ApproverPassphrase: d.ApproverPassphrase},
		)
		return Decided{out.Findings, out.ID}, err
	})
}

// Undo takes a decision back: its findings are open again, and the action that
// it raised is dropped. It answers how many findings.
func (f *Findings) Undo(workflow, decision string) (int64, error) {
	return call(f.d, "Findings.Undo", func(ctx context.Context, s *service.Service) (int64, error) {
		return s.UndoDecision(ctx, workflow, decision)
	})
}

// Explain drafts a letter to the person whom a run affected.
func (f *Findings) Explain(workflow, id string) (letter.Letter, error) {
	return call(f.d, "Findings.Explain", func(ctx context.Context, s *service.Service) (letter.Letter, error) {
		return s.ExplainRun(ctx, service.LetterRequest{Workflow: workflow, Run: id})
	})
}

// SaveLetter drafts that letter and asks where its PDF is to be written; empty
// if the dialog was closed.
func (f *Findings) SaveLetter(workflow, id string) (string, error) {
	return call(f.d, "Findings.SaveLetter", func(ctx context.Context, s *service.Service) (string, error) {
		path, err := f.d.o.Dialogs.Save(
			"Save the letter",
			"letter.pdf",
			[]Filter{{Name: "PDF documents", Patterns: []string{"*.pdf"}}},
		)
		if err != nil || path == "" {
			return "", err
		}
		draft, err := s.ExplainRun(ctx, service.LetterRequest{Workflow: workflow, Run: id})
		if err != nil {
			return "", err
		}
		data, err := service.LetterPDF(draft)
		if err != nil {
			return "", err
		}
		return path, writeFile(path, data)
	})
}

// LetterKept is an edited letter that is kept: the reference of its document,
// and the file to which its PDF was written, empty if the dialog was closed.
type LetterKept struct {
	Document string `json:"document"`
	Path     string `json:"path"`
}

// KeepLetter keeps a letter as an officer has edited it, and asks where its PDF
// is to be written.
func (f *Findings) KeepLetter(q letter.Edit) (LetterKept, error) {
	return call(f.d, "Findings.KeepLetter", func(ctx context.Context, s *service.Service) (LetterKept, error) {
		kept, err := s.KeepLetter(ctx, q)
		if err != nil {
			return LetterKept{}, err
		}
		out := LetterKept{Document: kept.Document.Ref}
		path, err := f.d.o.Dialogs.Save(
			"Save the letter",
			"letter.pdf",
			[]Filter{{Name: "PDF documents", Patterns: []string{"*.pdf"}}},
		)
		if err != nil || path == "" {
			return out, err
		}
		data, err := service.LetterPDF(kept.Letter)
		if err != nil {
			return out, err
		}
		out.Path = path
		return out, writeFile(path, data)
	})
}

// SaveRun asks where one run is to be written as a run audit file; empty if the
// dialog was closed.
func (f *Findings) SaveRun(workflow, id string) (string, error) {
	return call(f.d, "Findings.SaveRun", func(ctx context.Context, s *service.Service) (string, error) {
		path, err := f.d.o.Dialogs.Save(
			"Save the run",
			"run.jsonl",
			[]Filter{{Name: "Run audits", Patterns: []string{"*.jsonl"}}},
		)
		if err != nil || path == "" {
			return "", err
		}
		data, err := s.RunFile(ctx, workflow, id)
		if err != nil {
			return "", err
		}
		return path, writeFile(path, data)
	})
}

// Runs lists runs, newest first.
func (f *Findings) Runs(q service.RunQuery) (RunPage, error) {
	return call(f.d, "Findings.Runs", func(ctx context.Context, s *service.Service) (RunPage, error) {
		p, err := s.Runs(ctx, q)
		return RunPage{p.Items, p.Next}, err
	})
}

// Run gives one run whole.
func (f *Findings) Run(workflow, id string) (WholeRun, error) {
	return call(f.d, "Findings.Run", func(ctx context.Context, s *service.Service) (WholeRun, error) {
		w, err := s.Run(ctx, workflow, id)
		return WholeRun{w.Record, w.Digest, w.Source, findingRows(w.Findings)}, err
	})
}
