package bind

import (
	"context"
	"os"

	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/service"
	"assay/internal/standard"
)

// Standards is the bodies of rules, what meets them and the documents that show it.
type Standards struct{ d *Desk }

// Show gives every item of every standard with what meets it and what is missing.
func (t *Standards) Show() (service.StandardsView, error) {
	return call(
		t.d,
		"Standards.Show",
		func(ctx context.Context, s *service.Service) (service.StandardsView, error) { return s.Standards(ctx) },
	)
}

// Missing names workflows that do not meet a requirement, with what would meet it.
func (t *Standards) Missing(code string) ([]service.Named, error) {
	return call(t.d, "Standards.Missing", func(ctx context.Context, s *service.Service) ([]service.Named, error) {
		return s.Missing(ctx, code)
	})
}

// SaveSoA decides about one control of the Statement of Applicability.
func (t *Standards) SaveSoA(row standard.SoARow) error {
	return exec(
		t.d,
		"Standards.SaveSoA",
		func(ctx context.Context, s *service.Service) error { return s.SaveSoA(ctx, row) },
	)
}

// Evidence is the index of documents.
func (t *Standards) Evidence() ([]evidence.Evidence, error) {
	return call(t.d, "Standards.Evidence", func(ctx context.Context, s *service.Service) ([]evidence.Evidence, error) {
		return s.Evidence(ctx)
	})
}

// ChooseDocument asks for a document to keep; empty if the dialog was closed.
func (t *Standards) ChooseDocument() (string, error) {
	return guard(t.d, "Standards.ChooseDocument", func() (string, error) {
		return t.d.chooseOpen("Choose a document", []Filter{{Name: "All files", Patterns: []string{"*"}}})
	})
}

// AddEvidence keeps a document with what it is evidence for.
func (t *Standards) AddEvidence(e evidence.Evidence, file string) (evidence.Evidence, error) {
	return call(t.d, "Standards.AddEvidence", func(ctx context.Context, s *service.Service) (evidence.Evidence, error) {
		path, err := t.d.files.path(file)
		if err != nil {
			return evidence.Evidence{}, err
		}
		return s.AddEvidence(ctx, e, path)
	})
}

// SaveDocument writes a kept document where the person chooses; empty if they did not.
func (t *Standards) SaveDocument(ref, name string) (string, error) {
	return call(t.d, "Standards.SaveDocument", func(ctx context.Context, s *service.Service) (string, error) {
		path, err := t.d.o.Dialogs.Save(
			"Save the document",
			name,
			[]Filter{{Name: "All files", Patterns: []string{"*"}}},
		)
		if err != nil || path == "" {
			return "", err
		}
		f, err := os.Create(path)
		if err != nil {
			return "", fault.Conflict("The file cannot be written there; choose another folder.").Because(err)
		}
		err = s.WriteEvidence(ctx, ref, f)
		if e := f.Close(); err == nil && e != nil {
			err = e
		}
		if err != nil {
			os.Remove(path)
			return "", err
		}
		return path, nil
	})
}
