package bind

import (
	"context"

	"assay/internal/service"
	"assay/internal/standard"
)

var workbookFiles = []Filter{{Name: "Excel workbooks", Patterns: []string{"*.xlsx"}}}

// write asks where something is to be written, makes it and writes it; empty if the
// dialog was closed.
func (d *Desk) write(method, title, name string, filters []Filter,
	made func(context.Context, *service.Service) ([]byte, error),
) (string, error) {
	return call(d, method, func(ctx context.Context, s *service.Service) (string, error) {
		path, err := d.o.Dialogs.Save(title, name, filters)
		if err != nil || path == "" {
			return "", err
		}
		data, err := made(ctx, s)
		if err != nil {
			return "", err
		}
		return path, writeFile(path, data)
	})
}

// ExportSoA writes a Statement of Applicability as a spreadsheet that can come back:
// "soa" of ISO/IEC 42001, "soa-27001" of ISO/IEC 27001.
func (t *Standards) ExportSoA(list string) (string, error) {
	return t.d.write("Standards.ExportSoA", "Save the Statement of Applicability", list+".xlsx", workbookFiles,
		func(ctx context.Context, s *service.Service) ([]byte, error) { return s.Sheet(ctx, list) })
}

// ChooseSoA asks for a Statement of Applicability that came back; empty if the dialog was closed.
func (t *Standards) ChooseSoA() (string, error) {
	return guard(t.d, "Standards.ChooseSoA", func() (string, error) {
		return t.d.chooseOpen("Choose the Statement of Applicability", workbookFiles)
	})
}

// ImportSoA takes a Statement of Applicability that came back, or says what taking it would change.
func (t *Standards) ImportSoA(file string, dryRun bool) (service.SoAImport, error) {
	return call(t.d, "Standards.ImportSoA", func(ctx context.Context, s *service.Service) (service.SoAImport, error) {
		path, err := t.d.files.path(file)
		if err != nil {
			return service.SoAImport{}, err
		}
		return s.ImportSoA(ctx, path, dryRun)
	})
}

// SavePublicRegister writes the page about the organisation's AI for its website.
func (t *Standards) SavePublicRegister() (string, error) {
	return t.d.write("Standards.SavePublicRegister", "Save the page", "ai-register.html",
		[]Filter{{Name: "Web pages", Patterns: []string{"*.html"}}},
		func(ctx context.Context, s *service.Service) ([]byte, error) { return s.PublicRegister(ctx) })
}

// GovernanceStatement is a paragraph for the Annual Governance Statement.
func (t *Standards) GovernanceStatement() (string, error) {
	return call(t.d, "Standards.GovernanceStatement", func(ctx context.Context, s *service.Service) (string, error) {
		return s.GovernanceStatement(ctx)
	})
}

// SaveTransparency writes the draft of a workflow's transparency record as a spreadsheet.
func (w *Workflows) SaveTransparency(ref string) (string, error) {
	return w.d.write("Workflows.SaveTransparency", "Save the draft", ref+"-transparency.xlsx", workbookFiles,
		func(ctx context.Context, s *service.Service) ([]byte, error) {
			return s.TransparencyDraft(ctx, ref, "xlsx")
		})
}

// BasisLists are the lawful bases and the conditions for special category data.
type BasisLists struct {
	Bases      []standard.Basis `json:"bases"`
	Conditions []standard.Basis `json:"conditions"`
}

// Bases are the closed lists from which a lawful basis is chosen.
func (w *Workflows) Bases() (BasisLists, error) {
	return guard(w.d, "Workflows.Bases", func() (out BasisLists, err error) {
		out.Bases, out.Conditions = standard.Bases()
		return out, nil
	})
}
