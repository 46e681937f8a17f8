package main

import (
	"context"
	"os"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/flow"
	"assay/internal/service"
	"assay/internal/signing"
	"assay/internal/workflow"
)

type flowCmd struct {
	List   flowListCmd   `cmd:"" help:"List the supported flows: kinds of AI workflow that many councils run."`
	Show   flowShowCmd   `cmd:"" help:"Show one flow: scope, gates, likely harms with their studies, questions to begin with, what to measure."`
	New    flowNewCmd    `cmd:"" help:"Write a flow as a file to change and share, from one that Assay brings."`
	Apply  flowApplyCmd  `cmd:"" help:"Begin a workflow from a flow: proposal, draft of its risk assessment, schedules and actions."`
	Export flowExportCmd `cmd:"" help:"Write a workflow of the register as a flow for others: without people, accounts, platform or enforcement."`
}

type flowListCmd struct{}

func (c *flowListCmd) Run(_ context.Context, e *env) error {
	all := flow.All()
	e.answer(map[string]any{"flows": all}, func() {
		e.table("FLOW\tSERVICE\tPATTERNS\tNAME", func(row func(string, ...any)) {
			for _, f := range all {
				row("%s\t%s\t%s\t%s", f.ID, f.Service, patternList(f.Patterns()), f.Name)
			}
		})
	})
	return nil
}

type flowShowCmd struct {
	Flow  string `arg:"" help:"A flow's identifier, or a file (.yaml)."`
	Trust string `       help:"Whose signature to believe, for a file." placeholder:"ROOT.pem"`
}

func (c *flowShowCmd) Run(ctx context.Context, e *env) error {
	trust := signing.Trust{Now: time.Now()}
	if c.Trust != "" {
		data, err := os.ReadFile(c.Trust)
		if err != nil {
			return fault.Doing("read the certificates that you trust", err)
		}
		if trust, err = signing.ParseTrust(data); err != nil {
			return err
		}
		trust.Now = time.Now()
	}
	f, err := service.OpenFlow(ctx, c.Flow, trust)
	if err != nil {
		return err
	}
	e.answer(f, func() {
		e.say("%s", f.Text())
		if s := f.Signature; s != nil {
			e.say("Signature: %s. %s", s.Status, strings.Join(s.Reasons, " "))
		}
	})
	if s := f.Signature; s != nil && (s.Status == signing.StatusAltered || c.Trust != "" &&
		s.Status != signing.StatusGenuine) {
		return errFoundWrong
	}
	return nil
}

type flowNewCmd struct {
	From string `help:"The flow to begin with."                           required:"" placeholder:"FLOW"`
	Out  string `help:"The file to write (.yaml); must not be there yet." required:"" placeholder:"FILE"`
}

func (c *flowNewCmd) Run(_ context.Context, e *env) error {
	f, ok := flow.Of(c.From)
	if !ok {
		return fault.NotFound("flow", c.From)
	}
	data, err := f.Write()
	if err != nil {
		return err
	}
	return c.write(e, data)
}

func (c *flowNewCmd) write(e *env, data []byte) error {
	if err := service.WriteNewFile(c.Out, data); err != nil {
		return err
	}
	e.answer(map[string]any{"wrote": c.Out}, func() {
		e.say("Wrote %s. Change it, then: assay flow apply %s --owner PER-0001", c.Out, c.Out)
	})
	return nil
}

type flowApplyCmd struct {
	Flow  string `arg:"" help:"A flow's identifier, or a file (.yaml)."`
	Owner string `       help:"Who answers for the workflow."              required:"" placeholder:"PER-0001"`
	Name  string `       help:"The workflow's name; otherwise the flow's."`
}

func (c *flowApplyCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		r, err := s.ApplyFlow(ctx, service.FlowRequest{Flow: c.Flow, Name: c.Name, Owner: c.Owner})
		if err != nil {
			return err
		}
		e.answer(r, func() {
			e.say("Began %s, its risk assessment %s, %d schedules and %d actions.", r.Workflow, r.Assessment,
				len(r.Schedules), len(r.Actions))
			e.say("All of it is a suggestion until somebody confirms it: in the window, or with assay apply.")
		})
		return nil
	})
}

type flowExportCmd struct {
	Workflow string `arg:"" placeholder:"WF-0001"`
	ID       string `                             name:"id" help:"The flow's identifier: small letters, digits and hyphens." required:""`
	Out      string `       placeholder:"FILE"              help:"The file to write (.yaml); must not be there yet."         required:""`
	Sign     bool   `                                       help:"Sign it with your own key: FILE.p7s."`
}

func (c *flowExportCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		pass := ""
		if c.Sign {
			var err error
			if pass, err = e.keyPassphrase(); err != nil {
				return err
			}
		}
		data, sig, err := s.ExportFlow(ctx, c.Workflow, c.ID, pass)
		if err != nil {
			return err
		}
		if err := service.WriteNewFile(c.Out, data); err != nil {
			return err
		}
		wrote := []string{c.Out}
		if sig != nil {
			if err := service.WriteNewFile(c.Out+".p7s", sig); err != nil {
				return err
			}
			wrote = append(wrote, c.Out+".p7s")
		}
		e.answer(map[string]any{"wrote": wrote}, func() { e.say("Wrote %s.", strings.Join(wrote, " and ")) })
		return nil
	})
}

// patternList is patterns as a list for a column.
func patternList(patterns []workflow.Pattern) string {
	out := make([]string, len(patterns))
	for i, p := range patterns {
		out[i] = string(p)
	}
	return strings.Join(out, ", ")
}
