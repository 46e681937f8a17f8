package service

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"path/filepath"

	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/run"
	"assay/internal/runlog"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// Looked is what a file is, before anybody has explained it.
type Looked struct {
	File       string            `json:"file"`
	Bytes      int64             `json:"bytes"`
	Table      bool              `json:"table"` // a flat log, whose columns have to be explained
	Survey     runlog.Survey     `json:"survey"`
	Suggestion runlog.Suggestion `json:"suggestion"`
	Earlier    []EarlierMapping  `json:"earlier"` // those that fit the file, those of the workflow first
	// Nothing are the values that stand for none where a mapping names none itself.
	Nothing []string `json:"nothing"`
}

// EarlierMapping is a mapping that an earlier import used.
type EarlierMapping struct {
	Source   string          `json:"source"` // reference of the import
	File     string          `json:"file"`
	Workflow string          `json:"workflow"` // reference
	Same     bool            `json:"same"`     // it is the workflow that is imported into
	At       string          `json:"at"`
	Mapping  *runlog.Mapping `json:"mapping"`
}

const mostEarlier = 8

// LookAtFile says what a file is and, where its columns have to be explained,
// what stands in them, what they may be, and which earlier mappings fit. The
// request's mapping says how to read the table (sheet, delimiter, header row) and
// which of its columns a person chose already.
func (s *Service) LookAtFile(ctx context.Context, q ImportRequest) (Looked, error) {
	out := Looked{
		File:       filepath.Base(q.Path),
		Earlier:    []EarlierMapping{},
		Nothing:    runlog.Placeholders,
		Suggestion: runlog.Suggestion{Mapping: &runlog.Mapping{Version: 1}, Guesses: []runlog.Guess{}},
	}
	f, err := runlog.OpenFile(q.Path)
	if err != nil {
		return out, err
	}
	defer f.Close()
	out.Bytes = f.Info.Size()
	o, err := q.options()
	if err != nil {
		return out, err
	}
	out.Survey, err = runlog.Look(ctx, f, o)
	out.Table = err == nil
	var not *fault.Error
	if errors.As(err, &not) && not.Code == fault.CodeConflict {
		err = nil // a format that explains itself
	}
	if err != nil {
		return out, err
	}
	return out, s.read(ctx, func(r *store.Reader) error {
		var gates []workflow.Gate
		var id string
		if q.Workflow != "" {
			wf, err := store.Workflows.Get(ctx, r, q.Workflow)
			if err != nil {
				return err
			}
			gates, id = wf.Gates, wf.ID
		}
		if out.Table {
			var given map[string]string
			if o.Mapping != nil {
				given = o.Mapping.Fields
			}
			out.Suggestion = runlog.Suggest(out.Survey, gates, given)
		}
		return out.earlier(ctx, r, id)
	})
}

// earlier lists the mappings of imports that fit, newest first and each once.
func (x *Looked) earlier(ctx context.Context, r *store.Reader, workflowID string) error {
	all, err := runs.Sources(ctx, r.SQL, "")
	if err != nil {
		return err
	}
	var columns []string
	for _, c := range x.Survey.Columns {
		columns = append(columns, c.Name)
	}
	seen := map[string]bool{}
	for _, own := range []bool{true, false} {
		for _, src := range all {
			if seen[src.Mapping] || (src.WorkflowID == workflowID) != own ||
				len(x.Earlier) == mostEarlier {
				continue
			}
			m, err := runlog.KeptMapping(src.Mapping)
			if err != nil || m == nil {
				continue // none, or of an Assay that wrote them otherwise
			}
			if m.Check(runlog.Name(src.Format)) != nil {
				continue // of an Assay that took more
			}
			if x.Table != runlog.IsTable(runlog.Name(src.Format)) ||
				x.Table && !m.Fits(columns) ||
				!x.Table && src.Format != string(x.Survey.Format) {
				continue
			}
			seen[src.Mapping] = true
			wf, err := store.Workflows.Get(ctx, r, src.WorkflowID)
			if err != nil {
				return err
			}
			x.Earlier = append(
				x.Earlier,
				EarlierMapping{src.Ref, src.FileName, wf.Ref, own, store.Stamp(src.ImportedAt), m},
			)
		}
	}
	return nil
}

// Trial is what an import would find, as far as the file can be read at all.
type Trial struct {
	Preview Preview `json:"preview"`
	// Problem is why the file cannot be imported like this; empty if it can.
	Problem string `json:"problem"`
	Where   string `json:"where"` // of the problem
	// Partial tells that reading stopped after so many runs as were asked for.
	Partial bool `json:"partial"`
	// Spellings are accounts that may be one person's.
	Spellings [][]Spelling `json:"spellings"`
	// Suggestion is what the activities of a log that is no table may be.
	Suggestion runlog.Suggestion `json:"suggestion"`
}

// Spelling is one way in which an account is written.
type Spelling struct {
	Account   string `json:"account"`
	Events    int64  `json:"events"`
	Decisions int64  `json:"decisions"`
	Roster    bool   `json:"roster"` // the workflow's roster writes it so
}

// TryImport is PreviewImport for somebody who is still explaining the file: it
// stops after limit runs (0: never), and what is wrong with the file or its
// mapping is part of the answer, beside what could be read. Nothing is stored.
func (s *Service) TryImport(ctx context.Context, q ImportRequest, limit int64) (Trial, error) {
	out := Trial{
		Preview:    newPreview(q),
		Spellings:  [][]Spelling{},
		Suggestion: runlog.Suggestion{Mapping: &runlog.Mapping{Version: 1}, Guesses: []runlog.Guess{}},
	}
	var wf *workflow.Workflow
	var o runlog.Options
	err := s.read(ctx, func(r *store.Reader) (err error) {
		if q.Workflow != "" {
			if wf, err = store.Workflows.Get(ctx, r, q.Workflow); err != nil {
				return err
			}
		}
		o, err = s.importOptions(ctx, r, q)
		return err
	})
	if err != nil {
		return out, err
	}
	err = preview(ctx, &out.Preview, q.Path, wf, o, limit)
	var f *fault.Error
	switch {
	case errors.Is(err, errEnoughRuns):
		out.Partial = true
	case errors.As(err, &f) && f.Code == fault.CodeUnreadable:
		out.Problem, out.Where = f.Message, f.Where
	case err != nil:
		return out, err
	}
	out.Spellings = out.Preview.Spellings
	if wf == nil {
		return out, nil
	}
	if res := &out.Preview.Result; !runlog.IsTable(res.Format) && res.Format != runlog.RunAudit {
		out.Suggestion = runlog.SuggestActs(res.Activities, wf.Gates)
	}
	if out.Partial || out.Problem != "" {
		return out, nil
	}
	return out, s.read(ctx, func(r *store.Reader) error {
		src, ok, err := runs.SourceBySHA256(ctx, r.SQL, wf.ID, out.Preview.Result.SHA256)
		if ok {
			out.Preview.Already = src.Ref
		}
		return err
	})
}

// errEnoughRuns ends a trial.
var errEnoughRuns = errors.New("enough runs")

// countUpTo counts a run, and is errEnoughRuns once limit runs were counted.
func countUpTo(seen *int64, limit int64) error {
	if *seen++; limit > 0 && *seen > limit {
		return errEnoughRuns
	}
	return nil
}

// spellings finds accounts that are written in several ways, in the file or in
// it and on the roster.
func spellings(res runlog.Result, wf *workflow.Workflow) [][]Spelling {
	found := [][]Spelling{}
	all := append([]runlog.Count{}, res.Accounts...)
	roster := map[string]bool{}
	if wf != nil {
		for _, l := range wf.Roster {
			roster[l.Account] = true
		}
		for _, a := range all {
			delete(roster, a.Name)
		}
		for a := range roster {
			all = append(all, runlog.Count{Name: a})
		}
		for _, l := range wf.Roster {
			roster[l.Account] = true
		}
	}
	for _, group := range runlog.Alike(all) {
		var out []Spelling
		inFile := false
		for _, a := range group {
			out = append(out, Spelling{a.Name, a.Events, a.Decisions, roster[a.Name]})
			inFile = inFile || a.Events+a.Decisions > 0
		}
		if inFile {
			found = append(found, out)
		}
	}
	return found
}

// firstRuns keeps the first runs of a file for a preview.
func (p *Preview) firstRuns(rec *run.Record) {
	if len(p.First) < previewRuns {
		p.First = append(p.First, rec.Clone())
	}
}

// RefusedCSV is refused records as a table that a spreadsheet opens without
// taking any cell for a formula.
func RefusedCSV(list []imported.Refused) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"place", "reason", "record"})
	for _, r := range list {
		_ = w.Write([]string{harmless(r.Place), harmless(r.Reason), harmless(r.Record)})
	}
	w.Flush()
	return b.Bytes(), fault.Doing("write refused records as CSV", w.Error())
}
