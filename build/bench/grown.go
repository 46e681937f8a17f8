package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"assay/internal/civil"
	"assay/internal/demo"
	"assay/internal/oversight"
	"assay/internal/sample"
	"assay/internal/service"
)

// grownAt is the moment at which the grown register is made and looked at.
var grownAt = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// grown makes the sample council grown to the size of a large organisation, as
// grown.assay in dir: 200 further workflows with ten risks each, their policy
// and schedules, n runs spread evenly over all workflows, and a sample of runs to
// read. It takes minutes
// and some 3 GB; dir must not be there yet.
func grown(ctx context.Context, dir string, n int) error {
	const workflows = 200
	clock := func() time.Time { return grownAt }
	made := dir + ".part"
	if err := errors.Join(os.RemoveAll(made), os.MkdirAll(filepath.Dir(dir), 0o755)); err != nil {
		return err
	}
	if _, err := demo.Make(ctx, made, demo.Options{Clock: clock}); err != nil {
		return err
	}
	path := filepath.Join(made, "grown.assay")
	if err := os.Rename(filepath.Join(made, "brackenmere.assay"), path); err != nil {
		return err
	}
	s, err := service.Open(
		ctx,
		path,
		service.Options{Passphrase: demo.Passphrase, As: "PER-0001", Clock: clock},
	)
	if err != nil {
		return err
	}
	if err := errors.Join(growAll(ctx, s, made, workflows, n), s.Close()); err != nil {
		return err
	}
	return os.Rename(made, dir)
}

func growAll(ctx context.Context, s *service.Service, made string, workflows, n int) error {
	file, err := sample.Grown(civil.Of(grownAt), workflows)
	if err != nil {
		return err
	}
	apply := filepath.Join(made, "grown.yaml")
	if err := os.WriteFile(apply, file, 0o644); err != nil {
		return err
	}
	if _, err := s.Apply(ctx, apply, false); err != nil {
		return err
	}
	each := n / workflows
	for i := range workflows {
		if i == workflows-1 {
			each = n - each*(workflows-1)
		}
		if err := grow(ctx, s, made, i, each); err != nil {
			return fmt.Errorf("runs of %s: %w", sample.GrownKey(i), err)
		}
		fmt.Printf("%d of %d workflows\n", i+1, workflows)
	}
	_, err = s.SampleRuns(
		ctx,
		service.SampleRequest{
			Workflow: "WF-0003",
			Plan:     oversight.SamplePlan{Seed: "grown", Confidence: 0.95, Tolerable: 0.05},
		},
	)
	return err
}

// grow imports n runs into the i-th further workflow.
func grow(ctx context.Context, s *service.Service, dir string, i, n int) error {
	e, err := sample.Runs(
		sample.GrownCast(i),
		sample.RunOptions{Seed: uint64(i + 100), Runs: n, Days: 270, Until: grownAt.AddDate(0, 0, -1)},
	)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "runs.jsonl")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer os.Remove(path)
	if err := errors.Join(e.WriteRunAudit(f), f.Close()); err != nil {
		return err
	}
	_, err = s.Import(ctx, service.ImportRequest{Path: path, Workflow: sample.GrownKey(i)})
	return err
}
