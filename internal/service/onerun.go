package service

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/imported"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/prose"
	"assay/internal/review"
	"assay/internal/runlog"
	"assay/internal/store"
	"assay/internal/store/runs"
)

// RunFile is one run as a run audit file, which any Assay imports again.
func (s *Service) RunFile(ctx context.Context, workflow, runID string) (out []byte, err error) {
	err = s.change(
		ctx,
		doing{action: "runs.export", subject: workflow, summary: "Exported a run", may: organisation.ActionExport},
		func(t *store.Tx) error {
			wf, err := store.Workflows.Get(ctx, &t.Reader, workflow)
			if err != nil {
				return err
			}
			whole, err := runs.Get(ctx, t.SQL, wf.ID, runID, s.today())
			if err != nil {
				return err
			}
			var b bytes.Buffer
			e, err := runlog.NewExporter(&b, runlog.RunAudit, "")
			if err != nil {
				return err
			}
			if err := e.Write(whole.Record); err != nil {
				return err
			}
			if err := e.Close(); err != nil {
				return err
			}
			out = b.Bytes()
			t.Entry().Subject = wf.Ref
			t.Entry().Summary = oneLine(
				"Exported run " + prose.Shorten(runID, 100) + " of " + refAndName(wf.Ref, wf.Name),
			)
			t.Entry().Digests = []ledger.Digest{{Name: "export", SHA256: certificate.DigestOf(out)}}
			return nil
		},
	)
	return out, err
}

// UndoDecision takes a decision about findings back: those about which nothing
// was said since are open again, and the action that it raised is dropped. It
// answers how many findings.
func (s *Service) UndoDecision(ctx context.Context, workflow, decision string) (n int64, err error) {
	err = s.change(
		ctx,
		doing{
			action:  "finding.open",
			subject: workflow,
			summary: "Took a decision back",
			may:     organisation.ActionExplain,
		},
		func(t *store.Tx) error {
			wf, err := store.Workflows.Get(ctx, &t.Reader, workflow)
			if err != nil {
				return err
			}
			all, err := runs.Dispositions(ctx, t.SQL, wf.ID)
			if err != nil {
				return err
			}
			for _, d := range all {
				if d.ID != decision {
					continue
				}
				back := imported.Disposition{
					ID:     id.New(),
					Status: imported.StatusOpen,
					Why:    "Undone: " + d.Why,
					By:     s.SignedIn().Name,
					At:     s.clock(),
				}
				out, err := runs.Dispose(
					ctx,
					t.SQL,
					runs.FindingFilter{WorkflowID: wf.ID, Disposition: d.ID},
					nil,
					back,
					nil,
				)
				if err != nil {
					return err
				}
				n = out.Findings
				if d.ActionID != "" {
					if err := s.dropAction(ctx, t, d.ActionID); err != nil {
						return err
					}
				}
				t.Entry().Subject = wf.Ref
				t.Entry().Summary = oneLine(
					fmt.Sprintf(
						"Took back what was said of %s of %s: %s",
						prose.Count(n, "finding"),
						refAndName(wf.Ref, wf.Name),
						strings.ToLower(string(d.Status)),
					),
				)
				return nil
			}
			return fault.NotFound("decision", decision)
		},
	)
	return n, err
}

func (s *Service) dropAction(ctx context.Context, t *store.Tx, actionID string) error {
	a, err := store.Actions.Get(ctx, &t.Reader, actionID)
	if err != nil {
		return err
	}
	if a.Status != review.ActionOpen {
		return fault.Conflict("%s is %s already; open the findings again by themselves.", a.Ref, a.Status)
	}
	a.Status, a.Effect, a.DoneOn = review.ActionDropped, "Undone when it was raised.", s.today()
	if err := a.Validate(); err != nil {
		return err
	}
	return store.Actions.Put(ctx, t, a)
}
