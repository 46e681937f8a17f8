package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"assay/internal/sample"
)

// tables writes the runs as two CSV files, as a person would who loads them
// into a database: one row a run, with its step and output, and one a decision.
func tables(dir string, n int) error {
	runs, err1 := newTable(
		filepath.Join(dir, "runs.csv"),
		"run_id",
		"sequence",
		"workflow",
		"workflow_version",
		"model_version",
		"prompt_version",
		"started",
		"ended",
		"outcome",
		"segment",
		"step_name",
		"step_actor",
		"step_ended",
		"output_text",
		"recommendation",
		"confidence",
		"reasoning",
	)
	decisions, err2 := newTable(
		filepath.Join(dir, "decisions.csv"),
		"run_id",
		"i",
		"gate",
		"prepared_by",
		"presented",
		"decided",
		"account",
		"code",
		"reason",
	)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	for r := range sample.Large(n, seed, until) {
		s, o := r.Steps[0], r.Outputs[0]
		runs.row(
			r.RunID,
			strconv.FormatInt(r.Sequence, 10),
			r.Workflow,
			r.WorkflowVersion,
			r.ModelVersion,
			r.PromptVersion,
			stamp(r.Started),
			stamp(r.Ended),
			r.Outcome,
			r.Segment,
			s.Name,
			s.Actor,
			stamp(s.Ended),
			o.Text,
			o.Recommendation,
			strconv.FormatFloat(o.Confidence, 'g', -1, 64),
			o.Reasoning,
		)
		for i, d := range r.Decisions {
			decisions.row(
				r.RunID,
				strconv.Itoa(i),
				d.Gate,
				d.PreparedBy,
				stamp(d.Presented),
				stamp(d.Decided),
				d.Account,
				string(d.Code),
				d.Reason,
			)
		}
	}
	return errors.Join(runs.close(), decisions.close())
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

type table struct {
	f *os.File
	b *bufio.Writer
	w *csv.Writer
}

func newTable(path string, header ...string) (*table, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	b := bufio.NewWriterSize(f, 1<<20)
	t := &table{f, b, csv.NewWriter(b)}
	t.row(header...)
	return t, nil
}

// row keeps the first error for close.
func (t *table) row(fields ...string) { t.w.Write(fields) }

func (t *table) close() error {
	t.w.Flush()
	return errors.Join(t.w.Error(), t.b.Flush(), t.f.Close())
}
