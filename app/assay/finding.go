package main

import (
	"context"

	"assay/internal/fault"
	"assay/internal/review"
	"assay/internal/service"
)

type findingCmd struct {
	Explain explainCmd `cmd:"" help:"Explain findings."`
	Accept  acceptCmd  `cmd:"" help:"Accept findings until a day; takes the duty of approver."`
	Action  actionCmd  `cmd:"" help:"Turn findings into an action."`
}

type chosen struct {
	Workflow string   `required:"" placeholder:"WF-0001"`
	Code     string   `            placeholder:"OVR-06"  help:"All open findings of this test."`
	ID       []string `                                  help:"These findings only."            name:"id"`
	Why      string   `required:""                       help:"What happened and how you know: at least 40 characters."`

	Approver string `placeholder:"PER-0002" help:"The second person: needed for the explanation of a fact, and for an acceptance."`
	Signs    string `placeholder:"FILE"     help:"The file with the passphrase of that person's own key; without it the record says that you typed it in." name:"approver-passphrase-file"`
}

func (c chosen) decide(ctx context.Context, e *env, d service.Decision) error {
	return e.with(ctx, func(s *service.Service) error {
		if c.Code == "" && len(c.ID) == 0 {
			return fault.Invalid("code", "Say which findings: --code or --id.")
		}
		d.Workflow, d.Code, d.IDs, d.Why, d.Status = c.Workflow, c.Code, c.ID, c.Why, "open"
		if d.Approver == "" {
			d.Approver = c.Approver
		}
		if c.Signs != "" {
			pass, err := e.passphrase(c.Signs, "", "")
			if err != nil {
				return err
			}
			d.ApproverPassphrase = pass
		}
		r, err := s.DecideFindings(ctx, d)
		if err != nil {
			return err
		}
		e.answer(r, func() {
			e.say("%d findings %s.", r.Findings, r.Status)
			if !r.Basis.Approval.IsZero() {
				e.say("%s.", r.Basis.Approval.Words())
			}
		})
		return nil
	})
}

type explainCmd struct {
	chosen
	Class   string `help:"Of a fact: log_wrong, declaration_wrong, agreed_exception or breach_dealt_with." enum:",log_wrong,declaration_wrong,agreed_exception,breach_dealt_with" default:""`
	Link    string `placeholder:"REC-0003"                                                                  help:"Of a fact: the record or document that shows it."`
	Officer string `placeholder:"PER-0005"                                                                  help:"Of a question (OVR-06, OVR-07, IMP-02, RSK-01): the officer whose answer it is, a person or an account of the roster."`
}

func (c *explainCmd) Run(ctx context.Context, e *env) error {
	return c.decide(ctx, e, service.Decision{
		Decide: "explained", Class: review.Class(c.Class), Link: c.Link, Officer: c.Officer,
	})
}

type acceptCmd struct {
	chosen
	By    string `required:"" placeholder:"PER-0002"   help:"Who accepts."`
	Until string `required:"" placeholder:"2027-03-31" help:"The last day."`
	Link  string `            placeholder:"REC-0003"   help:"Of a fact: the record or document that shows it."`
}

func (c *acceptCmd) Run(ctx context.Context, e *env) error {
	until, err := date("until", c.Until)
	if err != nil {
		return err
	}
	return c.decide(ctx, e, service.Decision{Decide: "accepted", Approver: c.By, Expires: until, Link: c.Link})
}

type actionCmd struct {
	chosen
	Title string `required:"" help:"What will be done."`
	Owner string `required:"" help:"By whom."           placeholder:"PER-0003"`
	Due   string `required:"" help:"By when."           placeholder:"2027-01-31"`
}

func (c *actionCmd) Run(ctx context.Context, e *env) error {
	due, err := date("due", c.Due)
	if err != nil {
		return err
	}
	var owner string
	err = e.with(ctx, func(s *service.Service) error {
		people, err := s.People(ctx)
		for _, p := range people {
			if p.Ref == c.Owner {
				owner = p.ID
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if owner == "" {
		return fault.NotFound("person", c.Owner)
	}
	return c.decide(
		ctx,
		e,
		service.Decision{Decide: "actioned", Action: &review.Action{Title: c.Title, OwnerID: owner, Due: due}},
	)
}
