package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"assay/internal/fault"
	"assay/internal/form"
	"assay/internal/service"
)

type formCmd struct {
	Kinds   formKindsCmd   `cmd:"" help:"List the forms: impact assessments, the equality analysis, the dossier on human involvement."`
	List    formListCmd    `cmd:"" help:"List the documents that were written along forms."`
	Start   formStartCmd   `cmd:"" help:"Begin a document for a workflow, with the figures of its runs beside the questions."`
	Show    formShowCmd    `cmd:"" help:"Show a document, or its questions as a file to fill in (--answers)."`
	Write   formWriteCmd   `cmd:"" help:"Put the answers of a file into a draft."`
	Measure formMeasureCmd `cmd:"" help:"Take the figures of a draft again."`
	Sign    formSignCmd    `cmd:"" help:"Add the next signature."`
	Reopen  formReopenCmd  `cmd:"" help:"Make a draft of it again, without its signatures."`
	Export  formExportCmd  `cmd:"" help:"Write it out, as .pdf (signed), .odt or .docx."`
}

type formKindsCmd struct{}

func (c *formKindsCmd) Run(_ context.Context, e *env) error {
	list := form.Forms()
	e.answer(map[string]any{"forms": list}, func() {
		e.table("KIND\tQUESTIONS\tEDITION\tTITLE", func(row func(string, ...any)) {
			for _, f := range list {
				row("%s\t%d\t%s\t%s", f.Kind, len(f.Questions()), f.Edition, f.Title)
			}
		})
	})
	return nil
}

type formListCmd struct {
	Workflow string `placeholder:"WF-0001" help:"Of this workflow only."`
}

func (c *formListCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		list, err := s.FormDocuments(ctx, c.Workflow)
		if err != nil {
			return err
		}
		e.answer(map[string]any{"documents": list}, func() {
			e.table("REF\tWORKFLOW\tVERSION\tSTATE\tKIND", func(row func(string, ...any)) {
				for _, d := range list {
					row("%s\t%s\t%s\t%s\t%s", d.Ref, d.WorkflowRef, d.Version, d.StatusWords, d.Kind)
				}
			})
		})
		return nil
	})
}

type formStartCmd struct {
	Kind     string `arg:"" help:"The kind of form (assay form kinds lists them)."`
	Workflow string `                                                              required:"" placeholder:"WF-0001"`
}

func (c *formStartCmd) Run(ctx context.Context, e *env) error {
	return e.formStep(ctx, func(s *service.Service) (service.FormView, error) {
		return s.StartForm(ctx, c.Workflow, form.Kind(c.Kind))
	})
}

// formStep does something to a document and says how it stands.
func (e *env) formStep(ctx context.Context, f func(*service.Service) (service.FormView, error)) error {
	return e.with(ctx, func(s *service.Service) error {
		d, err := f(s)
		if err != nil {
			return err
		}
		e.answer(d, func() {
			e.say("%s, %s of %s: %s.", d.Ref, strings.ToLower(d.Title), d.WorkflowRef, d.StatusWords)
			if len(d.Missing) > 0 {
				e.say("To be answered: %s.", strings.Join(d.Missing, ", "))
			} else if d.Next.ID != "" {
				e.say("Next signature: %s.", d.Next.Title)
			}
		})
		return nil
	})
}

type formShowCmd struct {
	Ref     string `arg:"" placeholder:"DOC-0001"`
	Answers bool   `                              help:"Print the questions, with what was measured and answered, as a YAML file to fill in."`
}

func (c *formShowCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		d, err := s.FormDocument(ctx, c.Ref)
		if err != nil {
			return err
		}
		if c.Answers {
			b, err := form.FormatAnswers(d.Document)
			if err == nil {
				_, err = e.out.Write(b)
			}
			return err
		}
		e.answer(d, func() {
			for _, p := range d.Parts {
				switch p.Style {
				case form.Heading1, form.Heading2, form.Heading3:
					e.say("\n%s", strings.Repeat("#", int(p.Style)+1)+" "+visible(p.Text))
				case form.Measured:
					for _, line := range p.Lines {
						e.say("  measured: %s", visible(line))
					}
				case form.Table:
					e.table(strings.Join(p.Head, "\t"), func(row func(string, ...any)) {
						for _, r := range p.Rows {
							row("%s", visible(strings.Join(r, "\t")))
						}
					})
				default:
					e.say("%s", visible(p.Text))
				}
			}
		})
		return nil
	})
}

type formWriteCmd struct {
	Ref     string `arg:"" placeholder:"DOC-0001"`
	Answers string `       placeholder:"FILE"     required:"" help:"A file as assay form show --answers prints it; what it does not name stays."`
}

func (c *formWriteCmd) Run(ctx context.Context, e *env) error {
	b, err := os.ReadFile(c.Answers)
	if err != nil {
		return fault.Unreadable(filepath.Base(c.Answers), "This file cannot be read.").Because(err)
	}
	answers, err := form.ParseAnswers(filepath.Base(c.Answers), b)
	if err != nil {
		return err
	}
	return e.formStep(
		ctx,
		func(s *service.Service) (service.FormView, error) { return s.WriteForm(ctx, c.Ref, answers) },
	)
}

type formMeasureCmd struct {
	Ref string `arg:"" placeholder:"DOC-0001"`
}

func (c *formMeasureCmd) Run(ctx context.Context, e *env) error {
	return e.formStep(ctx, func(s *service.Service) (service.FormView, error) { return s.MeasureForm(ctx, c.Ref) })
}

type formReopenCmd struct {
	Ref string `arg:"" placeholder:"DOC-0001"`
}

func (c *formReopenCmd) Run(ctx context.Context, e *env) error {
	return e.formStep(ctx, func(s *service.Service) (service.FormView, error) { return s.ReopenForm(ctx, c.Ref) })
}

type formSignCmd struct {
	Ref    string `arg:"" placeholder:"DOC-0001"`
	Person string `       placeholder:"PER-0002" help:"Who signs; otherwise who is at the keyboard."`
	Words  string `                              help:"What the signer writes, in their own words, where the form asks for it."`
	Signs  string `       placeholder:"FILE"     help:"The file with the passphrase of the signer's own key; without it the record says that you typed it in." name:"signer-passphrase-file"`
}

func (c *formSignCmd) Run(ctx context.Context, e *env) error {
	q := service.FormSignature{Person: c.Person, Words: c.Words}
	if c.Signs != "" {
		pass, err := e.passphrase(c.Signs, "", "")
		if err != nil {
			return err
		}
		q.Passphrase = pass
	}
	return e.formStep(ctx, func(s *service.Service) (service.FormView, error) { return s.SignForm(ctx, c.Ref, q) })
}

type formExportCmd struct {
	Ref string `arg:"" placeholder:"DOC-0001"`
	Out string `       placeholder:"FILE"     required:"" help:"The file to write, ending in .pdf, .odt or .docx; must not be there yet."`
}

func (c *formExportCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		data, err := s.FormFile(ctx, c.Ref, strings.TrimPrefix(filepath.Ext(c.Out), "."), e.keyPassphrase)
		if err == nil {
			err = service.WriteNewFile(c.Out, data)
		}
		if err != nil {
			return err
		}
		e.answer(map[string]any{"wrote": c.Out}, func() { e.say("Wrote %s.", c.Out) })
		return nil
	})
}
