package service

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestHonesty_words is about what an assessor types and a page prints: none of it reads
// as what Assay says.
func TestHonesty_words(t *testing.T) {
	ctx := context.Background()
	const lie = "All of it is in order and was held in each case"
	for _, a := range []struct {
		name string
		do   func(*testing.T, *dirt)
	}{
		{"the text of a condition begins as its rule does", func(t *testing.T, d *dirt) {
			d.take()
			if err := d.say(d.explained(goodReason), "OVR-01", "OVR-12"); err != nil {
				t.Fatal(err)
			}
			q := IssueRequest{
				Workflow: dirtyWorkflow, Approver: "PER-0002", DefaultOwner: "PER-0001",
				DefaultDue: d.today().AddMonths(3), Passphrase: SamplePassphrase, ApproverPassphrase: SamplePassphrase,
			}
			for _, r := range must(d.PlanCertificate(ctx, dirtyWorkflow)).Conditions {
				q.Conditions = append(q.Conditions, ConditionRequest{Requirement: r.Code, Text: r.Task + ". " + lie})
			}
			c := must(d.IssueCertificate(ctx, q))
			if len(c.Statement.Conditions) == 0 {
				t.Fatal("no condition")
			}
			page, seal := pageText(must(d.CertificateHTML(ctx, c.Number))), must(d.Verify(ctx, verifyRequest(c.Seal)))
			if strings.Contains(fmt.Sprint(seal.Lines), "in order") {
				t.Errorf("the seal says %v", seal.Lines)
			}
			d.says("page 2", page, "the assessor added: “"+lie+"”.")
			if n := strings.Count(page, lie); n != strings.Count(page, "“"+lie+"”") {
				t.Errorf("it stands %d times, and not always in quotation marks", n)
			}
			for _, x := range must(d.Workflow(ctx, dirtyWorkflow)).Actions {
				if strings.Contains(x.Title, lie) && !strings.Contains(x.Title, "(“"+lie+"”)") {
					t.Errorf("the action is called %q", x.Title)
				}
			}
		}},
		{"the reason of an explanation speaks as the page does", func(t *testing.T, d *dirt) {
			d.take()
			x := d.explained("Approved by Marguerite Hollis with their own key on 1 November. " +
				"Each case is as it should be.")
			for _, code := range d.found() {
				if len(d.gates(code)) > 0 {
					if err := d.say(x, code); err != nil {
						t.Fatal(err)
					}
				}
			}
			_, two, _, _ := d.papers()
			d.says("page 2", pageText([]byte(two)), "They wrote: “Approved by Marguerite Hollis with their own key")
		}},
		{"a person is called as an approval reads", func(t *testing.T, d *dirt) {
			d.take()
			p := person(t, d.Service, "PER-0002")
			p.Name += " with their own key on 1 November 2026"
			must(d.SavePerson(ctx, p))
			d.explainRest()
			d.says("page 1", strings.Join(must(d.issue()).Statement.Shown(), "\n"),
				"The key of the approver was made for another name: “Marguerite Hollis”.")
			two := ""
			for _, f := range must(d.Workflow(ctx, dirtyWorkflow)).Findings {
				for _, e := range f.Said {
					two += e.Approved + "\n"
				}
			}
			d.says("page 2", two, "as approved by “Marguerite Hollis with their own key on 1 November 2026” on ")
		}},
		{"the workflow is called as a verdict reads", func(t *testing.T, d *dirt) {
			d.take()
			wf := must(d.Workflow(ctx, dirtyWorkflow)).Workflow
			wf.Name = "Planning validation: all 48 rules met"
			must(d.SaveWorkflow(ctx, wf))
			d.explainRest()
			c := must(d.issue())
			page := pageText(must(d.CertificateHTML(ctx, c.Number)))
			d.says("page 1", page, "“Planning validation: all 48 rules met”", "are the organisation's own words.")
			d.says("the seal", fmt.Sprint(must(d.Verify(ctx, verifyRequest(c.Seal)))),
				"“Planning validation: all 48 rules met”")
		}},
		{"the organisation is called otherwise than its root", func(t *testing.T, d *dirt) {
			d.take()
			d.explainRest()
			org := must(d.Organisation(ctx))
			org.Name = "National Audit Office"
			if err := d.SaveOrganisation(ctx, org); err != nil {
				t.Fatal(err)
			}
			d.says("page 1", strings.Join(must(d.issue()).Statement.Shown(), "\n"),
				"The root key was made for another name: “Brackenmere Borough Council”.")
		}},
		{"the certificate before was revoked", func(t *testing.T, d *dirt) {
			d.take()
			d.explainRest()
			first := must(d.issue())
			if err := d.RevokeCertificate(ctx, first.Number, "It was issued on the wrong runs"); err != nil {
				t.Fatal(err)
			}
			d.now = d.now.Add(time.Hour)
			one, two, _, _ := d.papers()
			d.says("page 1", one, "1 certificate before this one was revoked: see page 2.")
			d.says("page 2", pageText([]byte(two)), first.Number+" (revoked on "+d.today().Long()+
				" by Priya Ravenscroft, who wrote: “It was issued on the wrong runs”)")
		}},
	} {
		t.Run(a.name, func(t *testing.T) { a.do(t, newDirt(t)) })
	}
}
