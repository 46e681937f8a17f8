package service

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"assay/internal/fault"
	"assay/internal/flow"
	"assay/internal/id"
	"assay/internal/organisation"
	"assay/internal/prose"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/signing"
	"assay/internal/store"
	"assay/internal/workflow"
)

// FlowRequest is a workflow to be begun from a supported flow.
type FlowRequest struct {
	Flow  string `json:"flow"`  // the identifier of one that Assay brings, or a file (.yaml)
	Name  string `json:"name"`  // of the workflow; empty: the flow's
	Owner string `json:"owner"` // who answers for it: a person's reference or name
}

// FlowApplied is what was begun: references of what now stands in the register.
type FlowApplied struct {
	Flow       string   `json:"flow"`
	Workflow   string   `json:"workflow"`
	Assessment string   `json:"assessment"`
	Schedules  []string `json:"schedules"`
	Actions    []string `json:"actions"`
}

// OpenedFlow is a flow, and for a file that has a signature beside it (FILE.p7s) what
// that says of these very bytes.
type OpenedFlow struct {
	flow.Flow
	Signature *signing.SignatureReport `json:"signature,omitempty"`
}

// OpenFlow gives a flow that Assay brings by its identifier, or reads one from a
// file: whatever ends in .yaml or .yml. trust is whom to believe a signature of.
func OpenFlow(ctx context.Context, name string, trust signing.Trust) (OpenedFlow, error) {
	if f, ok := flow.Of(name); ok {
		return OpenedFlow{Flow: f}, nil
	}
	if !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".yml") {
		return OpenedFlow{}, fault.NotFound("flow", name)
	}
	data, err := readBounded(name, flow.MaxBytes)
	if err != nil {
		return OpenedFlow{}, fault.Doing("read the flow", err)
	}
	f, err := flow.Read(bytes.NewReader(data))
	if err != nil {
		return OpenedFlow{}, err
	}
	out := OpenedFlow{Flow: f}
	sig, err := readBounded(name+".p7s", maxFlowSignature)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return out, nil
	case err != nil:
		return OpenedFlow{}, fault.Doing("read the signature of the flow", err)
	}
	r := signing.VerifyDetached(ctx, bytes.NewReader(data), sig, trust)
	out.Signature = &r
	return out, nil
}

// maxFlowSignature is the largest detached signature that is read, in bytes: a chain
// of a few certificates takes some ten thousand.
const maxFlowSignature = 1 << 20

// readBounded reads a file up to one byte more than most, so that whoever reads it
// sees that it is too large.
func readBounded(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most+1))
}

// ApplyFlow begins a workflow from a flow, in one step: the workflow as a proposal
// with all that the flow suggests, a draft of its risk assessment with the likely
// harms, unrated, its review schedules, and an action for each thing that has to
// be there before it goes live. Nothing of it counts as written before somebody
// confirms it.
func (s *Service) ApplyFlow(ctx context.Context, q FlowRequest) (FlowApplied, error) {
	f, err := OpenFlow(ctx, q.Flow, signing.Trust{Now: s.clock()})
	if err != nil {
		return FlowApplied{}, err
	}
	if f.Signature != nil && f.Signature.Status == signing.StatusAltered {
		return FlowApplied{}, fault.Tampered("The flow is not as it was signed; ask for it again.")
	}
	out := FlowApplied{Flow: f.ID, Schedules: []string{}, Actions: []string{}}
	wf := f.Begin()
	if q.Name != "" {
		wf.Name = q.Name
	} else {
		wf.Name = f.Name
	}
	err = s.change(ctx, doing{
		action:  "flow.apply",
		summary: "Began the workflow " + wf.Name + " from the flow " + f.ID + ", edition " + f.Edition,
		may:     organisation.ActionEdit,
	}, func(t *store.Tx) error {
		if err := s.SignedIn().May(organisation.ActionPrepare); err != nil {
			return err
		}
		owner, err := store.People.Get(ctx, &t.Reader, q.Owner)
		if err != nil {
			return err
		}
		wf.OwnerID = owner.ID
		if err := s.putWorkflow(ctx, t, nil, &wf, ""); err != nil {
			return err
		}
		out.Workflow = wf.Ref
		a := risk.Assessment{
			WorkflowID: wf.ID, WorkflowVersion: wf.Version, Status: risk.StatusDraft, Edition: risk.Edition,
			Risks: f.Risks(),
		}
		if err := s.putAssessment(ctx, t, &a); err != nil {
			return err
		}
		out.Assessment = a.Ref
		for _, r := range f.Reviews {
			x := review.Schedule{
				Kind: r.Kind, WorkflowID: wf.ID, OwnerID: owner.ID, EveryMonths: r.EveryMonths, Active: true,
				Next: s.today().AddMonths(r.EveryMonths),
			}
			if err := save(ctx, t, store.Schedules, id.Schedule, &x, review.Schedule.Validate); err != nil {
				return err
			}
			out.Schedules = append(out.Schedules, x.Ref)
		}
		for _, title := range flowActions(f.Flow) {
			x := review.Action{
				Title: title, Source: review.Subject{Kind: review.SubjectWorkflow, Ref: wf.Ref}, WorkflowID: wf.ID,
				OwnerID: owner.ID, Raised: s.today(), Due: s.today().AddMonths(1), Status: review.ActionOpen,
			}
			if err := save(ctx, t, store.Actions, id.Action, &x, review.Action.Validate); err != nil {
				return err
			}
			out.Actions = append(out.Actions, x.Ref)
		}
		t.Entry().Subject = wf.Ref
		return nil
	})
	if err != nil {
		return FlowApplied{}, err
	}
	return out, nil
}

// flowActions are what has to be there before a workflow of this flow goes live,
// and cannot be suggested by a file.
func flowActions(f flow.Flow) []string {
	out := []string{
		"Confirm or change each suggested part, and name who decides at each gate",
		"Write the data protection impact assessment (" + prose.Count(
			len(f.DPIA),
			"question",
		) + " to begin with" + ": assay flow show " + f.ID + ")",
		"Write the equality analysis",
		"Measure before it starts: " + f.Benefit.Measure,
	}
	if len(f.Training) > 0 {
		out = append(out, "Train those who decide: "+f.Training[0])
	}
	if len(f.Seeded) > 0 {
		out = append(out, "Plan seeded cases: "+f.Seeded[0].Kind)
	}
	return out
}

// ExportFlow is a workflow of the register as a flow that may be given to others,
// under a new identifier. With a passphrase it comes with a detached signature
// (CMS, DER) by the key of who is at the keyboard.
func (s *Service) ExportFlow(
	ctx context.Context, ref, identifier, passphrase string,
) (data, signature []byte, err error) {
	err = s.readView(ctx, func(view *View) error {
		who, err := s.whoMay(organisation.ActionExport)
		if err != nil {
			return err
		}
		wf, err := store.Workflows.Get(ctx, view.r, ref)
		if err != nil {
			return err
		}
		if data, err = exportedFlow(*wf, identifier); err != nil || passphrase == "" {
			return err
		}
		key, err := s.identity(ctx, view.r, who.ID, passphrase)
		if err != nil {
			return err
		}
		signature, err = signing.SignDetached(ctx, key, bytes.NewReader(data), view.now)
		return err
	})
	return data, signature, err
}

// exportedFlow writes the flow and reads it again: what goes out can be read there.
func exportedFlow(wf workflow.Workflow, identifier string) ([]byte, error) {
	from, _ := flow.Of(wf.Flow)
	data, err := flow.FromWorkflow(wf, identifier, from).Write()
	if err != nil {
		return nil, fault.Doing("write the flow", err)
	}
	_, err = flow.Read(bytes.NewReader(data))
	return data, err
}
