package bind

import (
	"context"

	"assay/internal/importer"
	"assay/internal/service"
	"assay/internal/store/runs"
)

// Runs is imports, monitoring and findings.
type Runs struct{ d *Desk }

var exportFiles = []Filter{
	{Name: "Run exports", Patterns: []string{"*.jsonl", "*.json", "*.csv", "*.tsv", "*.xlsx", "*.xes", "*.gz", "*.zip", "*.zst", "*.ndjson"}},
	{Name: "All files", Patterns: []string{"*"}},
}

// ChooseExport asks for a run export; empty if the dialog was closed.
func (r *Runs) ChooseExport() (string, error) {
	return guard(r.d, "Runs.ChooseExport", func() (string, error) { return r.d.o.Dialogs.Open("Choose a run export", exportFiles) })
}

// ChooseMapping asks for a mapping file; empty if the dialog was closed.
func (r *Runs) ChooseMapping() (string, error) {
	return guard(r.d, "Runs.ChooseMapping", func() (string, error) {
		return r.d.o.Dialogs.Open("Choose a mapping", []Filter{{Name: "Mappings", Patterns: []string{"*.yaml", "*.yml"}}})
	})
}

// Preview reads a file and says what importing it would bring. Nothing is stored.
func (r *Runs) Preview(job string, q service.ImportRequest) (service.Preview, error) {
	return work(r.d, "Runs.Preview", job, func(ctx context.Context, s *service.Service, step func(int64, int64, string)) (service.Preview, error) {
		q.Progress = progress(step)
		return s.PreviewImport(ctx, q)
	})
}

// Import reads a file into a workflow: the whole of it or nothing.
func (r *Runs) Import(job string, q service.ImportRequest) (service.Imported, error) {
	return work(r.d, "Runs.Import", job, func(ctx context.Context, s *service.Service, step func(int64, int64, string)) (service.Imported, error) {
		q.Progress = progress(step)
		return s.Import(ctx, q)
	})
}

func progress(step func(int64, int64, string)) func(importer.Progress) {
	return func(p importer.Progress) { step(p.Read, p.Total, "") }
}

// Sources lists imports of one workflow, or of all where none is named.
func (r *Runs) Sources(workflow string) ([]service.SourceView, error) {
	return ask(r.d, "Runs.Sources", func(ctx context.Context, s *service.Service) ([]service.SourceView, error) {
		return s.Sources(ctx, workflow)
	})
}

// Refused lists what an import could not read.
func (r *Runs) Refused(source string) ([]runs.Refused, error) {
	return ask(r.d, "Runs.Refused", func(ctx context.Context, s *service.Service) ([]runs.Refused, error) {
		return s.RefusedRecords(ctx, source)
	})
}

// Monitor follows a workflow's runs over time.
func (r *Runs) Monitor(q service.MonitorQuery) (service.Monitoring, error) {
	return ask(r.d, "Runs.Monitor", func(ctx context.Context, s *service.Service) (service.Monitoring, error) { return s.Monitor(ctx, q) })
}
