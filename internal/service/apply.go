package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"assay/internal/apply"
	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/standard"
	"assay/internal/store"
	"assay/internal/workflow"
)

// Applied is what applying a file did.
type Applied struct {
	Added     int           `json:"added"`
	Changed   int           `json:"changed"`
	Unchanged int           `json:"unchanged"`
	Records   []AppliedItem `json:"records"` // those that were added or changed
	Notes     []string      `json:"notes"`   // what a person should know of them
}

// AppliedItem is one record that a file added or changed.
type AppliedItem struct {
	Kind  string `json:"kind"`
	Key   string `json:"key"`
	Ref   string `json:"ref"`
	State string `json:"state"`
}

// Apply makes the register as a YAML file says, in one transaction; what is
// already so stays untouched, so applying twice changes nothing. With dryRun it
// says what it would do.
func (s *Service) Apply(ctx context.Context, path string, dryRun bool) (Applied, error) {
	out := Applied{Records: []AppliedItem{}, Notes: []string{}}
	f, err := os.Open(path)
	if err != nil {
		return out, fault.Unreadable(filepath.Base(path), "This file cannot be opened.").Because(err)
	}
	defer f.Close()
	file, err := apply.Read(ctx, f)
	if err != nil {
		return out, err
	}
	errDry := errors.New("dry run")
	err = s.change(
		ctx,
		doing{action: "register.apply", summary: "Applied " + filepath.Base(path), may: organisation.ActionEdit},
		func(t *store.Tx) error {
			folder, err := os.OpenRoot(filepath.Dir(path))
			if err != nil {
				return fault.Unreadable(filepath.Dir(path), "This folder cannot be read.").Because(err)
			}
			defer folder.Close()
			plan, err := file.Plan(ctx, &target{t: t, folder: folder})
			if err != nil {
				return err
			}
			out.Added, out.Changed, out.Unchanged = plan.Changes()
			if plan.OrganisationState != apply.Unchanged {
				if err := putOrganisation(ctx, t, plan.Organisation, s.clock()); err != nil {
					return err
				}
			}
			for _, step := range plan.Steps {
				if step.State == apply.Unchanged {
					continue
				}
				out.Records = append(
					out.Records,
					AppliedItem{string(step.Kind), step.Key, step.Ref, string(step.State)},
				)
				// People of the file are in the register by now.
				if err := s.bySecond(ctx, &t.Reader, step.Was, step.Noun); err != nil {
					if fault.CodeOf(err) == fault.CodeForbidden {
						err = fault.Unreadable(fmt.Sprintf("line %d", step.Line), "%s %s: %s", step.Kind, step.Key,
							sentenceOf(err))
					}
					return err
				}
				if err := s.keepStep(ctx, t, folder, step); err != nil {
					return err
				}
				if wf, ok := step.Noun.(*workflow.Workflow); ok {
					note, err := twinNote(ctx, &t.Reader, wf)
					if err != nil {
						return err
					}
					if note != "" {
						out.Notes = append(out.Notes, refAndName(wf.Ref, wf.Name)+": "+note+".")
					}
				}
			}
			if dryRun {
				return errDry
			}
			return s.stillKept(ctx, t)
		},
	)
	if errors.Is(err, errDry) {
		err = nil
	}
	return out, err
}

func (s *Service) keepStep(ctx context.Context, t *store.Tx, folder *os.Root, step apply.Step) error {
	switch n := step.Noun.(type) {
	case *organisation.Person:
		return store.People.Put(ctx, t, n)
	case *workflow.Workflow:
		was, err := store.Workflows.Find(ctx, &t.Reader, n.ID)
		if err != nil {
			return err
		}
		if err := s.declare(ctx, t, was, n, ""); err != nil {
			return err
		}
		if err := store.Workflows.Put(ctx, t, n); err != nil {
			return err
		}
		return s.retest(ctx, t, was, n)
	case *policy.Policy:
		return store.Policies.Put(ctx, t, n)
	case *risk.Assessment:
		return store.Assessments.Put(ctx, t, n)
	case *review.Schedule:
		return store.Schedules.Put(ctx, t, n)
	case *review.Review:
		return store.Reviews.Put(ctx, t, n)
	case *review.Action:
		return store.Actions.Put(ctx, t, n)
	case *review.Record:
		return store.Records.Put(ctx, t, n)
	case *evidence.Evidence:
		if step.File != "" {
			src, err := folder.Open(filepath.FromSlash(step.File))
			if err != nil {
				return fault.Unreadable(step.File, "This document cannot be opened.").Because(err)
			}
			defer src.Close()
			digest, size, err := t.PutBlob(ctx, src)
			if err != nil {
				return err
			}
			if digest != n.SHA256 {
				return fault.Unreadable(step.File, "This document changed while it was being read; try again.")
			}
			n.Bytes = size
		}
		if n.ImportedAt.IsZero() {
			n.ImportedAt = s.clock().UTC().Truncate(time.Second)
		}
		return store.Documents.Put(ctx, t, n)
	case *standard.SoARow:
		return putSoA(ctx, t, *n)
	}
	return fault.Internal(errors.New("apply: a step of kind " + string(step.Kind)))
}

// soaRow is the row of a control, nil where nothing is decided about it.
func soaRow(ctx context.Context, r *store.Reader, control string) (*standard.SoARow, error) {
	rows, err := r.SoA(ctx)
	if err != nil {
		return nil, fault.Doing("find a record", err)
	}
	for _, body := range rows {
		var row standard.SoARow
		if err := json.Unmarshal([]byte(body), &row); err != nil {
			return nil, fault.Doing("find a record", err)
		}
		if row.ControlID == control {
			return &row, nil
		}
	}
	return nil, nil
}

func putSoA(ctx context.Context, t *store.Tx, row standard.SoARow) error {
	var bad fault.Fields
	for _, w := range civil.Check(row, "") {
		bad.Add(w.Field, w.Message)
	}
	if err := bad.Err(); err != nil {
		return err
	}
	body, err := json.Marshal(row)
	if err != nil {
		return err
	}
	return t.PutSoA(ctx, row.ControlID, string(body))
}

// target is the register as an apply file sees it.
type target struct {
	t      *store.Tx
	folder *os.Root
}

func (g *target) Organisation(ctx context.Context) (organisation.Organisation, error) {
	return getOrganisation(ctx, &g.t.Reader)
}

func (g *target) Find(ctx context.Context, k apply.Kind, name string) (any, error) {
	switch k {
	case apply.KindPerson:
		return found(store.People.Find(ctx, &g.t.Reader, name))
	case apply.KindWorkflow:
		return found(store.Workflows.Find(ctx, &g.t.Reader, name))
	case apply.KindPolicy:
		return found(store.Policies.Find(ctx, &g.t.Reader, name))
	case apply.KindEvidence:
		return found(store.Documents.Find(ctx, &g.t.Reader, name))
	case apply.KindAssessment:
		return found(store.Assessments.Find(ctx, &g.t.Reader, name))
	case apply.KindSchedule:
		return found(store.Schedules.Find(ctx, &g.t.Reader, name))
	case apply.KindAction:
		return found(store.Actions.Find(ctx, &g.t.Reader, name))
	case apply.KindReview:
		return found(store.Reviews.Find(ctx, &g.t.Reader, name))
	case apply.KindRecord:
		return found(store.Records.Find(ctx, &g.t.Reader, name))
	case apply.KindControl:
		return found(soaRow(ctx, &g.t.Reader, name))
	}
	return nil, errors.New("apply: no records of kind " + string(k))
}

// found makes a nil pointer a nil interface.
func found[T any](v *T, err error) (any, error) {
	if v == nil {
		return nil, err
	}
	return v, err
}

func (g *target) FindRisk(ctx context.Context, name string) (string, error) {
	all, err := store.Assessments.List(ctx, &g.t.Reader)
	for _, a := range all {
		for _, r := range a.Risks {
			if r.Ref == name || a.Key != "" && r.Key != "" && a.Key+"/"+r.Key == name {
				return r.Ref, err
			}
		}
	}
	return "", err
}

func (g *target) Name(ctx context.Context, k apply.Kind) (string, string, error) {
	n, err := g.t.NextNumber(ctx, apply.Prefix(k))
	return id.New(), id.Ref(apply.Prefix(k), n), fault.Doing("name a record", err)
}

func (g *target) Document(path string) (apply.Document, error) {
	f, err := g.folder.Open(filepath.FromSlash(path))
	if err != nil {
		return apply.Document{},
			fault.Unreadable(path, "There is no such document beside the file, or it cannot be opened.").
				Because(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return apply.Document{}, fault.Unreadable(path, "This is no ordinary file.").Because(err)
	}
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return apply.Document{}, fault.Unreadable(path, "This document cannot be read to its end.").Because(err)
	}
	return apply.Document{SHA256: hex.EncodeToString(h.Sum(nil)), Bytes: n, MIME: mimeOf(strings.ToLower(path))}, nil
}
