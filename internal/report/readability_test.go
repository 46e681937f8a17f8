package report

import "strings"

// MemberText is all that page 1 says to a member, for measuring how it reads.
func (c *Certificate) MemberText() string {
	parts := c.lead()
	for _, p := range c.Shown {
		parts = append(parts, p.Text)
	}
	parts = append(parts,
		c.Workflow.Does,
		c.Workflow.DoesNot,
		c.Workflow.PeopleDecide,
		c.Workflow.HowToChallenge,
	)
	for _, k := range c.Conditions {
		parts = append(parts, strings.TrimRight(k.Text, ".")+".")
	}
	for _, a := range c.Areas {
		parts = append(parts, a.Sentence)
	}
	if len(c.Conditions) == 0 {
		parts = append(parts, c.nothingToDo())
	}
	for _, step := range c.checkSteps() {
		parts = append(parts, strings.TrimSuffix(step, c.root())) // a fingerprint is no word
	}
	return strings.Join(append(parts, disclaimer), " ")
}
