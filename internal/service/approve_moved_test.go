package service

import (
	"context"
	"slices"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/verify"
)

// Nobody approves a page that is no longer true: one person issued on clean months,
// imported the dirty ones, and had the page of before approved.
func TestApprove_moved(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		move  func(d *dirt)
		words string
	}{
		"nothing":            {func(*dirt) {}, ""},
		"more runs":          {func(d *dirt) { d.load("again.jsonl", d.clean) }, "1 file came in"},
		"another version":    {func(d *dirt) { d.setVersion("9.9.9") }, "version 9.9.9 is in use"},
		"after its last day": {func(d *dirt) { d.now = d.now.AddDate(1, 1, 0) }, "it was valid until"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDirt(t)
			d.take()
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				t.Fatal(err)
			}
			number := must(d.IssueCertificate(ctx, IssueRequest{
				Workflow: dirtyWorkflow, Approver: "PER-0002", DefaultOwner: "PER-0001",
				DefaultDue: d.today().AddMonths(3), Passphrase: SamplePassphrase,
			})).Number
			c.move(d)
			err := d.Countersign(ctx, number, "PER-0002", SamplePassphrase)
			if c.words == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			d.refuses("the approval", err, c.words)
			if fault.CodeOf(err) != fault.CodeConflict {
				t.Error(err)
			}
		})
	}
}

// A key keeps the name that it was made for, and a page may name somebody else.
func TestVerify_otherName(t *testing.T) {
	ctx := context.Background()
	d := newDirt(t)
	d.take()
	if err := d.say(d.explained(goodReason), d.found()...); err != nil {
		t.Fatal(err)
	}
	people := must(d.People(ctx))
	approver := people[slices.IndexFunc(people, func(p organisation.Person) bool { return p.Ref == "PER-0002" })]
	approver.Name = "Sir Anthony Bellweather"
	must(d.SavePerson(ctx, approver))
	number := must(d.IssueCertificate(ctx, IssueRequest{
		Workflow: dirtyWorkflow, Approver: "PER-0002", DefaultOwner: "PER-0001",
		DefaultDue: d.today().AddMonths(3), Passphrase: SamplePassphrase,
	})).Number
	if err := d.Countersign(ctx, number, "PER-0002", SamplePassphrase); err != nil {
		t.Fatal(err)
	}
	v := must(d.Verify(ctx, verify.Request{Path: d.file("x.pdf", must(d.CertificatePDF(ctx, number)))}))
	said := strings.Join(v.Reasons, " ")
	if !strings.Contains(said, "names Sir Anthony Bellweather as approver; the key that signed it was made for "+
		"Marguerite Hollis") || strings.Contains(said, "as assessor") {
		t.Errorf("%s: %q", v.Answer, v.Reasons)
	}
}
