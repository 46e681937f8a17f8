package bind

import (
	"context"

	"assay/internal/runlog"
	"assay/internal/service"
)

// ChooseFolder asks for a folder that a platform exports into and gives its token;
// empty if the dialog was closed.
func (r *Runs) ChooseFolder() (string, error) {
	return guard(r.d, "Runs.ChooseFolder", func() (string, error) {
		path, err := r.d.o.Dialogs.Folder("Choose the folder that exports are put into")
		return r.d.files.grant(path), err
	})
}

// LookInFolder says of each file of a folder whether it is new. Nothing is imported.
func (r *Runs) LookInFolder(folder, workflow string) ([]service.FolderFile, error) {
	return call(r.d, "Runs.LookInFolder", func(ctx context.Context, s *service.Service) ([]service.FolderFile, error) {
		path, err := r.d.files.path(folder)
		if err != nil {
			return nil, err
		}
		return s.LookInFolder(ctx, service.FolderRequest{Path: path, Workflow: workflow})
	})
}

// ImportFolder imports the files of a folder that are new, each with the mapping
// that lies beside it.
func (r *Runs) ImportFolder(job, folder, workflow string) ([]service.FolderFile, error) {
	return runJob(
		r.d,
		"Runs.ImportFolder",
		job,
		func(ctx context.Context, s *service.Service, step func(int64, int64, string)) ([]service.FolderFile, error) {
			path, err := r.d.files.path(folder)
			if err != nil {
				return nil, err
			}
			q := service.FolderRequest{Path: path, Workflow: workflow}
			q.Progress = func(file string, p runlog.Progress) { step(p.Read, p.Total, file) }
			return s.ImportFolder(ctx, q)
		},
	)
}
