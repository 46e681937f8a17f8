package bind

import (
	"context"
	"os"
	"path/filepath"

	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/runlog"
	"assay/internal/service"
)

// Runs is imports, monitoring and findings.
type Runs struct{ d *Desk }

var exportFiles = []Filter{
	{
		Name: "Run exports",
		Patterns: []string{
			"*.jsonl",
			"*.json",
			"*.csv",
			"*.tsv",
			"*.xlsx",
			"*.xes",
			"*.gz",
			"*.zip",
			"*.zst",
			"*.ndjson",
		},
	},
	{Name: "All files", Patterns: []string{"*"}},
}

// ChooseExport asks for a run export; empty if the dialog was closed.
func (r *Runs) ChooseExport() (string, error) {
	return guard(
		r.d,
		"Runs.ChooseExport",
		func() (string, error) { return r.d.chooseOpen("Choose a run export", exportFiles) },
	)
}

// MappingFile is a mapping that was read from a file; its path is empty where
// the dialog was closed.
type MappingFile struct {
	Path    string          `json:"path"`
	Mapping *runlog.Mapping `json:"mapping"`
}

var mappingFiles = []Filter{{Name: "Mappings", Patterns: []string{"*.yaml", "*.yml"}}}

// OpenMapping asks for a mapping file and reads it.
func (r *Runs) OpenMapping() (MappingFile, error) {
	return guard(r.d, "Runs.OpenMapping", func() (MappingFile, error) {
		path, err := r.d.o.Dialogs.Open("Choose a mapping", mappingFiles)
		if err != nil || path == "" {
			return MappingFile{}, err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return MappingFile{}, fault.Unreadable(filepath.Base(path), "The mapping file cannot be read.").Because(err)
		}
		m, err := runlog.ParseMapping(data)
		return MappingFile{path, m}, err
	})
}

// SaveMapping asks where a mapping is to be kept, and writes it as the command
// line reads it; empty if the dialog was closed.
func (r *Runs) SaveMapping(name string, m runlog.Mapping) (string, error) {
	return guard(r.d, "Runs.SaveMapping", func() (string, error) {
		data := runlog.FormatMapping(&m)
		if _, err := runlog.ParseMapping(data); err != nil {
			return "", err
		}
		return r.save("Save the mapping", name+".mapping.yaml", mappingFiles, data)
	})
}

// SaveRefused asks where the refused records are to be written as a table;
// empty if the dialog was closed.
func (r *Runs) SaveRefused(name string, list []imported.Refused) (string, error) {
	return guard(r.d, "Runs.SaveRefused", func() (string, error) {
		data, err := service.RefusedCSV(list)
		if err != nil {
			return "", err
		}
		return r.save("Save the refused records", name+".refused.csv", tableFiles, data)
	})
}

// FormatChoice is a format of run logs as the page offers it.
type FormatChoice struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Table bool   `json:"table"` // its columns are explained by a mapping
	Save  bool   `json:"save"`  // runs can be saved in it
	Use   string `json:"use"`   // what a saved one is for, one sentence
}

// Formats lists the formats that are read, and of them those that are written.
func (r *Runs) Formats() ([]FormatChoice, error) {
	return guard(r.d, "Runs.Formats", func() ([]FormatChoice, error) {
		out := []FormatChoice{}
		for _, f := range runlog.Formats() {
			out = append(out, FormatChoice{
				Name: string(f.Name), Title: f.Title, Table: f.Table, Save: f.Write != nil, Use: f.Use,
			})
		}
		return out, nil
	})
}

// Export asks where all runs of a workflow are to be written in one of the
// formats of runlog.Written, and writes them; its path is empty if the
// dialog was closed.
func (r *Runs) Export(job, workflow, format string) (service.RunExport, error) {
	return runJob(
		r.d,
		"Runs.Export",
		job,
		func(ctx context.Context, s *service.Service, _ func(int64, int64, string)) (service.RunExport, error) {
			end := ""
			if f := runlog.ByName(runlog.Name(format)); f != nil {
				end = f.Ext
			}
			path, err := r.d.o.Dialogs.Save(
				"Save the runs",
				workflow+"-runs."+end,
				[]Filter{{Name: "Run exports", Patterns: []string{"*." + end}}},
			)
			if err != nil || path == "" {
				return service.RunExport{}, err
			}
			return s.ExportRuns(ctx, workflow, format, path)
		},
	)
}

var tableFiles = []Filter{{Name: "Tables", Patterns: []string{"*.csv"}}}

func (r *Runs) save(title, name string, kinds []Filter, data []byte) (string, error) {
	path, err := r.d.o.Dialogs.Save(title, name, kinds)
	if err != nil || path == "" {
		return "", err
	}
	return path, writeFile(path, data)
}

// Look says what a file is, and what its columns may be.
func (r *Runs) Look(job string, q service.ImportRequest) (service.Looked, error) {
	return runJob(
		r.d,
		"Runs.Look",
		job,
		func(ctx context.Context, s *service.Service, _ func(int64, int64, string)) (service.Looked, error) {
			if err := r.d.files.resolve(&q.Path, &q.MappingPath); err != nil {
				return service.Looked{}, err
			}
			return s.LookAtFile(ctx, q)
		},
	)
}

// Try reads a file, or its first runs where limit is not 0, and says what
// importing it would bring, and what stands in the way. Nothing is stored.
func (r *Runs) Try(job string, q service.ImportRequest, limit int64) (service.Trial, error) {
	return runJob(
		r.d,
		"Runs.Try",
		job,
		func(ctx context.Context, s *service.Service, step func(int64, int64, string)) (service.Trial, error) {
			if err := r.d.files.resolve(&q.Path, &q.MappingPath); err != nil {
				return service.Trial{}, err
			}
			q.Progress = progress(step)
			return s.TryImport(ctx, q, limit)
		},
	)
}

// Import reads a file into a workflow: the whole of it or nothing.
func (r *Runs) Import(job string, q service.ImportRequest) (service.Imported, error) {
	return runJob(
		r.d,
		"Runs.Import",
		job,
		func(ctx context.Context, s *service.Service, step func(int64, int64, string)) (service.Imported, error) {
			if err := r.d.files.resolve(&q.Path, &q.MappingPath); err != nil {
				return service.Imported{}, err
			}
			q.Progress = progress(step)
			return s.Import(ctx, q)
		},
	)
}

func progress(step func(int64, int64, string)) func(runlog.Progress) {
	return func(p runlog.Progress) { step(p.Read, p.Total, "") }
}

// Sources lists imports of one workflow, or of all where none is named.
func (r *Runs) Sources(workflow string) ([]service.SourceView, error) {
	return call(r.d, "Runs.Sources", func(ctx context.Context, s *service.Service) ([]service.SourceView, error) {
		return s.Sources(ctx, workflow)
	})
}

// Refused lists what an import could not read.
func (r *Runs) Refused(source string) ([]imported.Refused, error) {
	return call(r.d, "Runs.Refused", func(ctx context.Context, s *service.Service) ([]imported.Refused, error) {
		return s.RefusedRecords(ctx, source)
	})
}

// Monitor follows a workflow's runs over time.
func (r *Runs) Monitor(q service.MonitorQuery) (service.Monitoring, error) {
	return call(
		r.d,
		"Runs.Monitor",
		func(ctx context.Context, s *service.Service) (service.Monitoring, error) { return s.Monitor(ctx, q) },
	)
}
