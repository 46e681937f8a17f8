package service

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"assay/internal/approval"
	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/form"
	"assay/internal/interop/office"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/report"
	"assay/internal/signing"
	"assay/internal/store"
)

// FormView is a document that is written along a form, as screens show it.
type FormView struct {
	form.Document
	Title       string      `json:"title"`
	WorkflowRef string      `json:"workflow_ref"`
	Workflow    string      `json:"workflow"` // name
	Missing     []string    `json:"missing"`  // questions without an answer
	Next        form.Role   `json:"next"`     // who signs next; empty where all have
	StatusWords string      `json:"status_words"`
	Signed      []string    `json:"signed"` // each signature in words
	Stale       string      `json:"stale"`  // why it is about another state than today's; empty: it is not
	Parts       []form.Part `json:"parts"`  // as it is printed
}

// Forms are the forms along which documents are written.
func (s *Service) Forms() []form.Form { return Whole(form.Forms()) }

// FormDocuments are the documents of a workflow, or of all where none is named, without their text.
func (s *Service) FormDocuments(ctx context.Context, workflow string) (out []FormView, err error) {
	out = []FormView{}
	err = s.readView(ctx, func(view *View) error {
		id, err := view.workflowID(ctx, workflow)
		if err != nil {
			return err
		}
		for _, d := range view.forms {
			if id == "" || d.WorkflowID == id {
				v := view.formView(d)
				v.Parts, v.Figures = []form.Part{}, []form.Figure{}
				out = append(out, v)
			}
		}
		return nil
	})
	return out, err
}

// FormDocument is one document.
func (s *Service) FormDocument(ctx context.Context, ref string) (out FormView, err error) {
	err = s.readView(ctx, func(view *View) error {
		d, err := store.Forms.Get(ctx, view.r, ref)
		if err == nil {
			out = Whole(view.formView(*d))
		}
		return err
	})
	return out, err
}

func (view *View) formView(d form.Document) FormView {
	v := FormView{Document: d, Title: d.Form().Title, Missing: d.Missing(), StatusWords: d.Status.Words(),
		Signed: []string{}, Parts: d.Parts(view.aboutForm(d))}
	if wf, ok := view.workflowByID[d.WorkflowID]; ok {
		v.WorkflowRef, v.Workflow = wf.Ref, wf.Name
		if wf.Version != d.Version && d.Status != form.StatusSuperseded {
			v.Stale = fmt.Sprintf("It is about version %s; version %s is in use.", cmp.Or(d.Version, "(none)"),
				cmp.Or(wf.Version, "(none)"))
		}
	}
	v.Next, _ = d.Next()
	for i, x := range d.Signatures {
		v.Signed = append(v.Signed, d.Form().Signatures[i].Title+": "+x.Approval.Words())
	}
	return v
}

func (view *View) aboutForm(d form.Document) form.About {
	a := form.About{Organisation: view.org.Name, Sample: view.org.Sample}
	if wf, ok := view.workflowByID[d.WorkflowID]; ok {
		a.Workflow = refAndName(wf.Ref, wf.Name)
	}
	return a
}

// StartForm begins a document for a workflow and takes its figures. Answers of the last
// document of the kind are taken over, to be confirmed. Errors: not_found, invalid,
// conflict where there is a draft already.
func (s *Service) StartForm(ctx context.Context, workflow string, kind form.Kind) (out FormView, err error) {
	err = s.change(ctx, doing{action: "form.start", subject: workflow, may: organisation.ActionPrepare,
		summary: "Began a document"}, func(t *store.Tx) error {
		view, err := s.freshView(ctx, &t.Reader)
		if err != nil {
			return err
		}
		wf, err := store.Workflows.Get(ctx, &t.Reader, workflow)
		if err != nil {
			return err
		}
		var before *form.Document
		for i := range view.forms {
			d := &view.forms[i]
			if d.WorkflowID != wf.ID || d.Kind != kind {
				continue
			}
			if d.Status == form.StatusDraft || d.Status == form.StatusSigning {
				return fault.Conflict("%s of %s is not finished; write on in it.", d.Ref, refAndName(wf.Ref, wf.Name))
			}
			before = d
		}
		d, err := form.New(kind, wf.ID, wf.Version, before)
		if err != nil {
			return err
		}
		d.Sample = view.org.Sample
		if err := view.measureForm(ctx, &d); err != nil {
			return err
		}
		if err := save(ctx, t, store.Forms, form.Prefix, &d, form.Document.Validate); err != nil {
			return err
		}
		t.Entry().Subject = d.Ref
		t.Entry().Summary = oneLine(
			"Began the " + strings.ToLower(d.Form().Title) + " of " + refAndName(wf.Ref, wf.Name),
		)
		out = view.formView(d)
		return nil
	})
	return Whole(out), err
}

// changeForm changes a document and leaves an entry that says how.
func (s *Service) changeForm(ctx context.Context, ref, action, did string, may organisation.Action,
	f func(t *store.Tx, view *View, d form.Document) (form.Document, error),
) (out FormView, err error) {
	err = s.change(ctx, doing{action: "form." + action, subject: ref, may: may, summary: did}, func(t *store.Tx) error {
		view, err := s.freshView(ctx, &t.Reader)
		if err != nil {
			return err
		}
		was, err := store.Forms.Get(ctx, &t.Reader, ref)
		if err != nil {
			return err
		}
		d, err := f(t, view, *was)
		if err != nil {
			return err
		}
		if err := save(ctx, t, store.Forms, form.Prefix, &d, form.Document.Validate); err != nil {
			return err
		}
		out = view.formView(d)
		t.Entry().Subject = d.Ref
		t.Entry().Summary = oneLine(fmt.Sprintf("%s %s, %s of %s", did, d.Ref, strings.ToLower(out.Title),
			refAndName(out.WorkflowRef, out.Workflow)))
		return nil
	})
	return Whole(out), err
}

// WriteForm puts answers into a draft; what is not named stays. Errors: not_found,
// invalid, conflict where it is signed.
func (s *Service) WriteForm(ctx context.Context, ref string, answers []form.Answer) (FormView, error) {
	return s.changeForm(ctx, ref, "write", "Wrote in", organisation.ActionPrepare,
		func(_ *store.Tx, _ *View, d form.Document) (form.Document, error) { return d.Write(answers) })
}

// MeasureForm takes the figures of a draft again.
func (s *Service) MeasureForm(ctx context.Context, ref string) (FormView, error) {
	return s.changeForm(ctx, ref, "measure", "Took the figures again for", organisation.ActionPrepare,
		func(_ *store.Tx, view *View, d form.Document) (form.Document, error) {
			if d.Status != form.StatusDraft {
				return d, fault.Conflict("%s is signed; open it again to take its figures again.", d.Ref)
			}
			return d, view.measureForm(ctx, &d)
		})
}

// ReopenForm makes a draft of a document again; its signatures stay in the log.
func (s *Service) ReopenForm(ctx context.Context, ref string) (FormView, error) {
	return s.changeForm(ctx, ref, "reopen", "Opened again", organisation.ActionPrepare,
		func(_ *store.Tx, _ *View, d form.Document) (form.Document, error) { return d.Reopen() })
}

// FormSignature asks for the next signature of a document.
type FormSignature struct {
	Person     string `json:"person"`     // who signs; empty: who is at the keyboard
	Words      string `json:"words"`      // what they write, in their own words
	Passphrase string `json:"passphrase"` // of their own key; empty: only recorded
}

// SignForm adds the next signature. Nobody signs twice, and what is signed is the document
// as it stands with the signatures before. The last one supersedes the earlier documents of
// the kind. Errors: not_found, invalid, conflict, forbidden.
func (s *Service) SignForm(ctx context.Context, ref string, q FormSignature) (FormView, error) {
	return s.changeForm(ctx, ref, "sign", "Signed", organisation.ActionRead,
		func(t *store.Tx, view *View, d form.Document) (form.Document, error) {
			role, ok := d.Next()
			if !ok {
				return d, fault.Conflict("%s is signed by everybody who signs it.", d.Ref)
			}
			p, err := store.People.Get(ctx, &t.Reader, cmp.Or(q.Person, s.personID()))
			if err != nil {
				return d, err
			}
			sig := form.Signature{PersonID: p.ID, JobTitle: p.JobTitle, Words: strings.TrimSpace(q.Words)}
			if _, err := d.Sign(sig); err != nil { // before a passphrase is asked of a key
				return d, err
			}
			content, err := d.SignedContent(len(d.Signatures), sig.Words)
			if err != nil {
				return d, err
			}
			what := fmt.Sprintf("%s, writing %d: %s", d.Ref, d.Number, strings.ToLower(role.Title))
			sig.Approval, err = s.approve(ctx, &t.Reader, ApprovalRequest{Approver: p.ID, Passphrase: q.Passphrase},
				role.May, what, content, d.Signers()...)
			if err != nil {
				return d, err
			}
			if d, err = d.Sign(sig); err != nil || d.Status != form.StatusSigned {
				return d, err
			}
			return d, supersedeForms(ctx, t, view, d)
		})
}

// supersedeForms marks the signed documents in whose place d comes.
func supersedeForms(ctx context.Context, t *store.Tx, view *View, d form.Document) error {
	for _, old := range view.forms {
		if old.ID != d.ID && old.WorkflowID == d.WorkflowID && old.Kind == d.Kind && old.Status == form.StatusSigned {
			old.Status = form.StatusSuperseded
			if err := store.Forms.Put(ctx, t, &old); err != nil {
				return err
			}
		}
	}
	return nil
}

// FormFormats are the files in which a document goes out.
var FormFormats = []string{"pdf", "odt", "docx"}

// FormFile is a document as a file. A PDF is signed by who is at the keyboard, whose
// passphrase is asked for: it prints the signatures of others as the register holds them. The
// others are for an organisation's own template, and bear no signature. Errors: not_found,
// invalid.
func (s *Service) FormFile(ctx context.Context, ref, format string, passphrase func() (string, error),
) (out []byte, err error) {
	if !slices.Contains(FormFormats, format) {
		return nil, fault.Invalid("format", "Choose one of: "+strings.Join(FormFormats, ", ")+".")
	}
	pass := ""
	if format == "pdf" {
		if pass, err = passphrase(); err != nil {
			return nil, err
		}
	}
	err = s.change(ctx, doing{action: "form.export", subject: ref, may: organisation.ActionExport,
		summary: "Wrote out " + ref + " as " + format}, func(t *store.Tx) error {
		view, err := s.freshView(ctx, &t.Reader)
		if err != nil {
			return err
		}
		d, err := store.Forms.Get(ctx, &t.Reader, ref)
		if err != nil {
			return err
		}
		if format == "pdf" {
			identity, err := s.identity(ctx, &t.Reader, s.personID(), pass)
			if err != nil {
				return err
			}
			out, err = view.formPDF(ctx, *d, identity)
			if err != nil {
				return err
			}
		} else if out, err = view.formText(*d, format); err != nil {
			return err
		}
		t.Entry().Digests = []ledger.Digest{{Name: "document", SHA256: certificate.DigestOf(out)}}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// formPDF draws a document and has it signed.
func (view *View) formPDF(ctx context.Context, d form.Document, identity signing.Identity) ([]byte, error) {
	name := identity.Certificate().Subject.CommonName
	drawn, err := report.FormDocument(
		d,
		view.aboutForm(d),
		report.Person{Name: name, Role: roleOf(view, name)},
		view.now,
	)
	if err != nil {
		return nil, err
	}
	return signing.SignPDF(ctx, drawn, report.FieldAssessor, identity,
		signing.PDFOptions{Now: view.now, Reason: "Written out from the register"})
}

// formText writes a document for a word processor.
func (view *View) formText(d form.Document, format string) ([]byte, error) {
	a := view.aboutForm(d)
	doc := office.Document{Title: oneLine(d.Title(a)), Author: view.org.Name, Language: "en-GB", Made: view.now}
	if a.Sample {
		doc.Blocks = append(doc.Blocks, office.Block{Kind: office.Small, Text: "Sample: a fictional council."})
	}
	for _, p := range d.Parts(a) {
		switch p.Style {
		case form.Heading1, form.Heading2, form.Heading3:
			doc.Blocks = append(doc.Blocks, office.Block{Kind: office.Heading, Level: int(p.Style) + 1, Text: p.Text})
		case form.Measured:
			doc.Blocks = append(doc.Blocks, office.Block{Kind: office.Strong, Text: "Measured"})
			for _, line := range p.Lines {
				doc.Blocks = append(doc.Blocks, office.Block{Kind: office.Item, Text: line})
			}
		case form.Table:
			doc.Blocks = append(doc.Blocks, office.Block{Kind: office.Table, Head: p.Head, Rows: p.Rows})
		case form.Small:
			doc.Blocks = append(doc.Blocks, office.Block{Kind: office.Small, Text: p.Text})
		default:
			doc.Blocks = append(doc.Blocks, office.Block{Kind: office.Text, Text: p.Text})
		}
	}
	return officeFile(doc, format)
}

// officeFile is a document for a word processor, as "odt" or "docx".
func officeFile(doc office.Document, format string) ([]byte, error) {
	var b bytes.Buffer
	write := office.WriteODT
	if format == "docx" {
		write = office.WriteDOCX
	}
	if err := write(&b, doc); err != nil {
		return nil, fmt.Errorf("write the document: %w", err)
	}
	return b.Bytes(), nil
}

// checkForms holds the signatures of documents to what they cover.
func checkForms(ctx context.Context, r *store.Reader, hold func(string, approval.Approval, []byte, error)) error {
	list, err := store.Forms.List(ctx, r)
	if err != nil {
		return err
	}
	for _, d := range list {
		for i, x := range d.Signatures {
			content, err := d.SignedContent(i, x.Words)
			hold(d.Ref, x.Approval, content, err)
		}
	}
	return nil
}
