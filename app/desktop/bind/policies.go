package bind

import (
	"context"

	"assay/internal/policy"
	"assay/internal/service"
)

// Policies is the policy register.
type Policies struct{ d *Desk }

// List gives every policy.
func (p *Policies) List() ([]service.PolicyView, error) {
	return call(
		p.d,
		"Policies.List",
		func(ctx context.Context, s *service.Service) ([]service.PolicyView, error) { return s.Policies(ctx) },
	)
}

// Show gives one policy.
func (p *Policies) Show(ref string) (service.PolicyView, error) {
	return call(
		p.d,
		"Policies.Show",
		func(ctx context.Context, s *service.Service) (service.PolicyView, error) { return s.Policy(ctx, ref) },
	)
}

// Save adds a policy or changes its particulars and drafts.
func (p *Policies) Save(v policy.Policy) (policy.Policy, error) {
	return call(
		p.d,
		"Policies.Save",
		func(ctx context.Context, s *service.Service) (policy.Policy, error) { return s.SavePolicy(ctx, v) },
	)
}

// Step moves a version along its route.
func (p *Policies) Step(st service.PolicyStep) (policy.Policy, error) {
	return call(
		p.d,
		"Policies.Step",
		func(ctx context.Context, s *service.Service) (policy.Policy, error) { return s.StepPolicy(ctx, st) },
	)
}

// Checklist is what a policy of a kind should say.
func (p *Policies) Checklist(kind string) ([]policy.ChecklistItem, error) {
	return guard(
		p.d,
		"Policies.Checklist",
		func() ([]policy.ChecklistItem, error) { return policy.Checklist(policy.Kind(kind)), nil },
	)
}

// Register keeps a policy that the organisation has as a document, which the
// person chose or dropped.
func (p *Policies) Register(v service.PolicyDocument) (policy.Policy, error) {
	return call(p.d, "Policies.Register", func(ctx context.Context, s *service.Service) (policy.Policy, error) {
		var err error
		if v.Path != "" {
			if v.Path, err = p.d.files.path(v.Path); err != nil {
				return policy.Policy{}, err
			}
		}
		return s.RegisterPolicy(ctx, v)
	})
}
