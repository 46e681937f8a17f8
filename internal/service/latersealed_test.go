package service

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/signing"
	"assay/internal/testkit"
	"assay/internal/verify"
)

// TestApprovedLater: a certificate that its approver signs after it was drawn gets the
// approver's seal then, in the other editions and as a picture, without its assessor.
func TestApprovedLater(t *testing.T) {
	testkit.NeedTool(t, "pdftotext")
	ctx := context.Background()
	d := newDirt(t)
	d.take()
	if err := d.say(d.explained(goodReason), d.found()...); err != nil {
		t.Fatal(err)
	}
	c := must(d.IssueCertificate(ctx, IssueRequest{
		Workflow: dirtyWorkflow, Approver: "PER-0002", DefaultOwner: "PER-0001", DefaultDue: d.today().AddMonths(3),
		Passphrase: SamplePassphrase,
	}))
	if _, err := d.SealPicture(ctx, c.Number); c.Seal != "" || fault.CodeOf(err) != fault.CodeConflict {
		t.Fatalf("before it is approved: seal %q, %v", c.Seal, err)
	}
	page := testkit.Output(t, d.dir, "pdftotext", d.file("x.pdf", must(d.CertificatePDF(ctx, c.Number))), "-")
	d.says("the page", packed(page), packed("and comes on a sheet of its own"), packed("For approval by"))
	if err := d.Countersign(ctx, c.Number, "PER-0002", SamplePassphrase); err != nil {
		t.Fatal(err)
	}
	c = must(d.Certificate(ctx, c.Number))
	text, err := signing.ReadSealImage(ctx, bytes.NewReader(must(d.SealPicture(ctx, c.Number))))
	if err != nil || text != c.Seal || c.Seal == "" {
		t.Fatalf("the picture says %q: %v", text, err)
	}
	v := must(d.Verify(ctx, verify.Request{Seal: text}))
	if v.Answer != verify.AnswerSealGenuine || v.Signer != "Marguerite Hollis" || v.Digest != c.Digest ||
		v.Verdict != c.Verdict || v.Verdict != "met_with_exceptions" {
		t.Errorf("%+v", v)
	}
	html := string(must(d.CertificateHTML(ctx, c.Number)))
	if !strings.Contains(html, "<svg ") || !strings.Contains(pageText([]byte(html)), c.Seal) {
		t.Error("the HTML edition does not show the seal")
	}
	signed := d.file("y.pdf", must(d.CertificatePDF(ctx, c.Number)))
	r := must(d.Verify(ctx, verify.Request{Path: signed}))
	if r.Answer != verify.AnswerGenuine || len(r.Signatures) != 2 {
		t.Errorf("%s %q", r.Answer, r.Reasons)
	}
}
