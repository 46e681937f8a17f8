package service

import (
	"context"
	"html"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/testkit"
	"assay/internal/verify"
)

// TestEditions draws the other editions of an issued certificate from its
// record and holds them against the certificate.
func TestEditions(t *testing.T) {
	d, dir := demoOf(t)
	s := openDemo(t, nil)
	ctx := context.Background()
	number := d.Certificates[0].Number
	c, err := s.Certificate(ctx, number)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("large_print_is_genuine_with_the_same_record", func(t *testing.T) {
		pdf, err := s.LargePrint(ctx, number, SamplePassphrase, SamplePassphrase)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "large.pdf")
		if err := WriteNewFile(path, pdf); err != nil {
			t.Fatal(err)
		}
		v, err := verify.New(ctx, filepath.Join(dir, "root.pem"), "", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		r, err := v.Verify(ctx, verify.Request{Path: path})
		if err != nil || r.Answer != verify.AnswerGenuine || r.Digest != c.Digest || r.Number != number ||
			len(r.Signatures) != 2 {
			t.Fatalf("%+v %v", r, err)
		}
		if r, err = s.Verify(
			ctx, verify.Request{Path: path},
		); err != nil || r.Answer != verify.AnswerGenuine || !r.InRegister {
			t.Fatalf("in the register: %+v %v", r, err)
		}
		testkit.NeedTool(t, "pdftotext")
		text := strings.Join(strings.Fields(testkit.Output(t, dir, "pdftotext", path, "-")), " ")
		standard := strings.Join(
			strings.Fields(testkit.Output(t, dir, "pdftotext", filepath.Join(dir, "certificates", number+".pdf"), "-")),
			" ",
		)
		for _, a := range c.Statement.Areas {
			if !strings.Contains(text, a.Title) {
				t.Errorf("the area %s is not named", a.Title)
			}
		}
		for _, same := range []string{c.WorkflowName, "Everything that applies is in place."} {
			if strings.Contains(text, same) != strings.Contains(standard, same) {
				t.Errorf("%q stands in one edition only", same)
			}
		}
	})
	t.Run("without_the_approver_it_has_no_empty_place_for_them", func(t *testing.T) {
		path := write(t, "large.pdf", must(s.LargePrint(ctx, number, SamplePassphrase, "")))
		r, err := s.Verify(ctx, verify.Request{Path: path})
		if err != nil || r.Answer != verify.AnswerGenuine || len(r.Signatures) != 1 {
			t.Fatalf("%+v %v", r, err)
		}
		testkit.NeedTool(t, "pdftotext")
		if strings.Contains(testkit.Output(t, dir, "pdftotext", path, "-"), "For approval by") {
			t.Error("a signature is announced that is not there")
		}
	})
	t.Run("html_shows_the_same_digest", func(t *testing.T) {
		page, err := s.CertificateHTML(ctx, number)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{c.Digest, c.Seal, number} {
			if !strings.Contains(
				strings.Join(strings.Fields(html.UnescapeString(string(page))), ""),
				strings.Join(strings.Fields(want), ""),
			) {
				t.Errorf("%q is not on the page", want)
			}
		}
	})
	t.Run("the_log_says_who_signed_the_edition", func(t *testing.T) {
		a, err := s.Activities(ctx, number, 0, 1)
		if err != nil || len(a) != 1 || !strings.Contains(a[0].Summary, "large-print edition of "+number) {
			t.Fatalf("%+v %v", a, err)
		}
	})
	t.Run("wrong_passphrase_and_unknown_number_are_refused", func(t *testing.T) {
		_, err := s.LargePrint(ctx, number, "not the passphrase", "")
		testkit.WantFault(t, err, fault.CodeForbidden)
		if _, err = s.LargePrint(ctx, "GC-2020-0099", SamplePassphrase, ""); fault.CodeOf(err) != fault.CodeNotFound {
			t.Error(err)
		}
	})
	if r, err := s.Check(ctx, nil); err != nil || !r.Sound {
		t.Fatalf("%+v %v", r.Problems, err)
	}
}

// TestEditions_of_what_ended begins each edition of a certificate that no longer holds
// with that, and gives nothing of it to programs that could not tell.
func TestEditions_of_what_ended(t *testing.T) {
	testkit.NeedTool(t, "pdftotext")
	ctx := context.Background()
	d := newDirt(t)
	d.take()
	if err := d.say(d.explained(goodReason), d.found()...); err != nil {
		t.Fatal(err)
	}
	first := must(d.issue())
	d.now = d.now.Add(time.Hour)
	second := must(d.issue())
	if err := d.RevokeCertificate(ctx, second.Number, "It was issued on the wrong runs"); err != nil {
		t.Fatal(err)
	}
	day := civil.Of(d.now).Long()
	holds := func(number, want string) {
		t.Helper()
		page := pageText(must(d.CertificateHTML(ctx, number)))
		large := strings.Join(strings.Fields(testkit.Output(t, d.dir, "pdftotext",
			d.file("l.pdf", must(d.LargePrint(ctx, number, SamplePassphrase, SamplePassphrase))), "-")), " ")
		for name, text := range map[string]string{"HTML": page, "large print": large} {
			if at := strings.Index(text, want); at < 0 || at > strings.Index(text, "We checked") {
				t.Errorf("the %s edition of %s does not begin with %q", name, number, want)
			}
		}
		pass := func() (string, error) { return SamplePassphrase, nil }
		if _, err := d.SignedStatement(ctx, number, pass); fault.CodeOf(err) != fault.CodeConflict {
			t.Errorf("a statement of %s for programs: %v", number, err)
		}
		if _, err := d.InToto(ctx, number, SamplePassphrase); fault.CodeOf(err) != fault.CodeConflict {
			t.Errorf("an attestation of %s: %v", number, err)
		}
	}
	holds(second.Number, "REVOKED on "+day+" (“It was issued on the wrong runs”): do not rely on this page.")
	holds(first.Number, "SUPERSEDED on "+day+" by "+second.Number+": do not rely on this page.")
	page := pageText(must(d.PublicRegister(ctx)))
	d.says("the public page", page, second.Number+" was revoked on "+day+" (“It was issued on the wrong runs”)")
}
