package bind

import (
	"context"

	"assay/internal/oversight"
	"assay/internal/service"
)

// Samples is runs that are drawn for a person to read, and what was said of them.
type Samples struct{ d *Desk }

// List gives the samples of one workflow, or of all where none is named.
func (x *Samples) List(workflow string) ([]service.SampleRow, error) {
	return call(x.d, "Samples.List", func(ctx context.Context, s *service.Service) ([]service.SampleRow, error) {
		return s.Samples(ctx, workflow)
	})
}

// Plan says how many runs would be drawn.
func (x *Samples) Plan(q service.SampleRequest) (service.PlannedSample, error) {
	return call(x.d, "Samples.Plan", func(ctx context.Context, s *service.Service) (service.PlannedSample, error) {
		return s.PlanSample(ctx, q)
	})
}

// Draw draws a sample; it passes over all runs of the workflow once.
func (x *Samples) Draw(job string, q service.SampleRequest) (service.Sampled, error) {
	return runJob(
		x.d,
		"Samples.Draw",
		job,
		func(ctx context.Context, s *service.Service, _ func(int64, int64, string)) (service.Sampled, error) {
			return s.SampleRuns(ctx, q)
		},
	)
}

// Show is one sample with what was said of its runs.
func (x *Samples) Show(ref string) (service.Sampled, error) {
	return call(
		x.d,
		"Samples.Show",
		func(ctx context.Context, s *service.Service) (service.Sampled, error) { return s.Sample(ctx, ref) },
	)
}

// Say records what the officer says of one run.
func (x *Samples) Say(ref, run, verdict, note string) (service.Sampled, error) {
	return call(x.d, "Samples.Say", func(ctx context.Context, s *service.Service) (service.Sampled, error) {
		return s.Say(ctx, ref, oversight.Said{RunID: run, Verdict: oversight.Verdict(verdict), Note: note})
	})
}

// SignOff ends the reading of a sample by name.
func (x *Samples) SignOff(ref string, q service.SampleSignOff) (service.Sampled, error) {
	return call(x.d, "Samples.SignOff", func(ctx context.Context, s *service.Service) (service.Sampled, error) {
		return s.SignOffSample(ctx, ref, q)
	})
}

// Save asks where the workpaper is to be written as a table; empty if the
// dialog was closed.
func (x *Samples) Save(ref string) (string, error) {
	return call(x.d, "Samples.Save", func(ctx context.Context, s *service.Service) (string, error) {
		kept, err := s.Sample(ctx, ref)
		if err != nil {
			return "", err
		}
		data, err := kept.CSV()
		if err != nil {
			return "", err
		}
		path, err := x.d.o.Dialogs.Save("Save the workpaper", ref+".csv", tableFiles)
		if err != nil || path == "" {
			return "", err
		}
		return path, writeFile(path, data)
	})
}
