package service

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/prose"
	"assay/internal/report"
	"assay/internal/signing"
	"assay/internal/store"
	"assay/internal/workflow"
)

// drawnCertificate lays a certificate out for drawing, every edition from its record alone:
// what the record does not hold is in none of them, and each says so. root is the
// certificate of the organisation's root key, where it is known.
func drawnCertificate(st certificate.Statement, record []byte, seal string, root *x509.Certificate) report.Certificate {
	assessor, approver := st.Assessor(), st.Approver()
	d := report.Certificate{
		Number:       st.Number,
		Organisation: st.Organisation.Name,
		Contact:      st.Organisation.Contact,
		Sample:       st.Sample,
		IssuedAt:     st.Issued,
		Verdict:      report.Verdict(st.Verdict),
		Lead:         st.Lead(),
		Shown:        st.Points(),
		ValidFrom:    civil.Of(st.Issued),
		ValidUntil:   st.ValidUntil,
		Supersedes:   st.Supersedes,
		Seal:         seal,
		Assessor:     report.Person{Name: assessor.Name, Role: assessor.JobTitle},
		Approver:     report.Person{Name: approver.Name, Role: approver.JobTitle},
		Approved:     signing.SealVersion(seal) > 1,
		RecordDigest: certificate.DigestOf(record),
		Keys:         keysShown(st, seal, root),
		Log:          report.Checkpoint{Size: st.Log.Size, Root: st.Log.Root},
		Workflow: report.Workflow{
			Ref:            st.Workflow.Ref,
			Name:           st.Workflow.Name,
			Version:        st.Workflow.Version,
			Does:           st.Workflow.Purpose,
			Data:           st.Workflow.DataUsed,
			Informs:        st.Workflow.Decisions,
			HowItWorks:     st.Workflow.HowItWorks,
			DoesNot:        st.Workflow.Limits,
			Answers:        strings.TrimSuffix(st.Workflow.Owner+", "+st.Workflow.OwnerRole, ", "),
			PeopleDecide:   peopleDecide(st.Gates),
			HowToChallenge: st.Workflow.Challenge,
		},
		Sources:   sourcesOf(st),
		Counts:    runCounts(st),
		Gates:     gatesOf(st),
		Areas:     areasOf(st),
		Explained: explainedOf(st),
		Besides:   besidesOf(st),
	}
	d.Findings, d.NotTested = testsOf(st)
	if st.Format == certificate.FormatFirst {
		d.First = true
	}
	for _, c := range st.Conditions {
		d.Conditions = append(d.Conditions, report.Condition{Text: c.Text, Owner: c.Owner, Due: c.Due})
	}
	for _, r := range st.Requirements {
		d.Requirements = append(
			d.Requirements,
			report.Requirement{
				Code:     r.Code,
				Name:     r.Title,
				Area:     r.Area,
				State:    report.RequirementState(r.Status),
				Blocking: r.Blocking,
				Reason:   r.Reason,
			},
		)
	}
	if signing.SealVersion(seal) > 1 { // the approver's, so that it shows in every edition who approved
		d.Attachments = append(d.Attachments, report.Attachment{
			Name:         certificate.SealFile,
			MIME:         "text/plain",
			Relationship: report.RelSupplement,
			Description:  "The seal, by the approver's key, as text",
			Modified:     st.Issued,
			Size:         int64(len(seal)),
			Open:         func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(seal)), nil },
		})
	}
	d.Attachments = append(d.Attachments,
		report.Attachment{
			Name:         statementFile,
			MIME:         "application/json",
			Relationship: report.RelSource,
			Description:  "The certificate's record, which the seal and the signature cover",
			Modified:     st.Issued,
			Size:         int64(len(record)),
			Open:         func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(record)), nil },
		},
	)
	return d
}

// keysShown are the keys that a certificate names.
func keysShown(st certificate.Statement, seal string, root *x509.Certificate) []report.Key {
	var out []report.Key
	switch {
	case root != nil:
		out = append(
			out,
			report.Key{Use: report.UseRoot, Holder: root.Subject.CommonName, Fingerprint: keyID(root)},
		)
	case st.Root != "":
		out = append(out, report.Key{Use: report.UseRoot, Holder: st.Organisation.Name, Fingerprint: st.Root})
	}
	assessor, approver := st.Assessor(), st.Approver()
	first, second := "Assessor", "Approver"
	switch signing.SealVersion(seal) {
	case 1:
		first += " and seal"
	case 2:
		second += " and seal"
	}
	out = append(out, report.Key{Use: first, Holder: assessor.Name, Fingerprint: assessor.Key, Made: assessor.KeyMade})
	if approver.Key != "" {
		out = append(
			out, report.Key{Use: second, Holder: approver.Name, Fingerprint: approver.Key, Made: approver.KeyMade},
		)
	}
	return out
}

func areasOf(st certificate.Statement) []report.Area {
	var out []report.Area
	for _, a := range st.Areas {
		out = append(out, report.Area{
			Code:       a.Area,
			Name:       a.Title,
			Met:        a.Met,
			Applicable: a.Applicable,
			Sentence:   areaSentence(st, a.Area),
		})
	}
	return out
}

func sourcesOf(st certificate.Statement) []report.Source {
	var out []report.Source
	for _, x := range st.Sources {
		out = append(
			out,
			report.Source{
				Name:    x.FileName,
				Format:  x.Format,
				SHA256:  x.SHA256,
				Runs:    int64(x.Runs),
				Refused: int64(x.Refused),
				From:    day(x.From),
				Until:   day(x.To),
			},
		)
	}
	return out
}

// runCounts are the totals of the runs that a statement rests on.
func runCounts(st certificate.Statement) report.Counts {
	out := report.Counts{
		Runs:     int64(st.Runs),
		Officers: int64(st.Evidence.Accounts),
		From:     st.Evidence.From,
		Until:    st.Evidence.To,
	}
	for _, g := range st.Gates {
		out.Decisions += int64(g.Decided)
		out.Releases += int64(g.Released)
	}
	if st.Format != certificate.FormatFirst {
		return out
	}
	out.Officers = report.Unknown
	for _, x := range sourcesOf(st) {
		if out.From.IsZero() || !x.From.IsZero() && x.From.Before(out.From) {
			out.From = x.From
		}
		if x.Until > out.Until { // the empty day is before all
			out.Until = x.Until
		}
	}
	return out
}

// testsOf are the tests with what they found, and those that could not be made.
func testsOf(st certificate.Statement) (tests []report.FindingCount, notTested []string) {
	for _, x := range st.Findings {
		if x.Untested != "" {
			notTested = append(notTested, x.Code+" "+x.Title+": "+x.Untested)
			if x.Found() == 0 {
				continue
			}
		}
		c := report.FindingCount{
			Code:      x.Code,
			Title:     x.Title,
			Of:        int64(x.Of),
			Tested:    int64(x.Tested),
			Found:     int64(x.Found()),
			Open:      x.Found() - x.Settled(),
			Explained: x.Settled(),
			Actioned:  x.Actioned,
			Threshold: threshold(x.Code, st),
		}
		if st.Format == certificate.FormatFirst {
			c.Tested, c.Open, c.Explained = int64(st.Runs), x.Open, x.Explained+x.Accepted
		}
		tests = append(tests, c)
	}
	slices.SortStableFunc(tests, func(a, b report.FindingCount) int { // what was found first
		return cmp.Or(cmp.Compare(min(b.Found, 1), min(a.Found, 1)), strings.Compare(a.Code, b.Code))
	})
	return tests, notTested
}

// explainedOf is what was said of findings. What was said of several tests in the
// same words, by the same people, is one explanation of all of them.
func explainedOf(st certificate.Statement) []report.Explained {
	var out []report.Explained
	for _, f := range st.Findings {
		for _, e := range f.Said {
			x := report.Explained{
				Code:     f.Code,
				Findings: int64(e.Findings),
				Of:       int64(f.Found()),
				Standing: e.Standing,
				Words:    e.Words(),
			}
			i := slices.IndexFunc(out, func(o report.Explained) bool {
				return o.Standing == x.Standing && o.Words == x.Words && !strings.Contains(o.Code, x.Code)
			})
			if i < 0 {
				out = append(out, x)
				continue
			}
			out[i].Code += ", " + x.Code
			out[i].Findings, out[i].Of = out[i].Findings+x.Findings, out[i].Of+x.Of
		}
	}
	return out
}

// besidesOf are the facts about the evidence that belong to no test.
func besidesOf(st certificate.Statement) []report.Fact {
	if st.Format == certificate.FormatFirst {
		return nil
	}
	left := st.LeftOut.Sentence()
	if left == "" {
		left = "Nothing that the imported files held."
	}
	if st.LeftOut.Stated > 0 {
		left += fmt.Sprintf(" The platform counts %s; the files that it says so of hold %s.",
			countOf(int64(st.LeftOut.Stated), "run"), countOf(int64(st.LeftOut.Read), "record"))
	}
	out := []report.Fact{{Name: "Left out", Text: left}}
	for _, x := range st.Sources {
		if x.MappingSHA256 == "" {
			continue
		}
		how := strings.Join(x.ReadAs, "; ")
		if len(x.Contrary) > 0 {
			how = "Note " + strings.Join(x.Contrary, ", ") + ". " + how
		}
		out = append(out, report.Fact{
			Name: "Read as",
			Text: fmt.Sprintf("%s (mapping %s…): %s.", x.FileName, x.MappingSHA256[:12], how),
		})
	}
	for _, a := range st.Attempts {
		name, text := "Refused", "asked for"
		if a.Dry {
			name, text = "Tried", "tried out"
		}
		out = append(out, report.Fact{Name: name, Text: fmt.Sprintf("%s by %s on %s: %s",
			strings.ToUpper(text[:1])+text[1:], a.By, civil.Of(a.At).Long(), strings.Join(a.Reasons, " "))})
	}
	for _, d := range st.Declarations {
		out = append(out, report.Fact{Name: "Held to", Text: d.Words})
	}
	for _, x := range st.Twins {
		out = append(out, report.Fact{Name: "The same?", Text: x.Words})
	}
	var months []string
	for _, m := range st.Evidence.Months {
		months = append(months, m.Month+": "+itoa(m.Runs))
	}
	if len(months) > 0 {
		out = append(out, report.Fact{Name: "By month", Text: fmt.Sprintf("%s. %s of %s without a run.",
			strings.Join(months, ", "), itoa(st.Evidence.DaysIdle), countOf(int64(st.Evidence.Days), "day"))})
	}
	if len(st.Superseded) > 0 {
		out = append(out, report.Fact{Name: "Before it", Text: strings.Join(st.Superseded, ", ")})
	}
	return out
}

// threshold is the limit that a test used, in words.
func threshold(code string, st certificate.Statement) string {
	var out []string
	for _, g := range st.Gates {
		switch code {
		case "OVR-06":
			if g.MinReviewSeconds > 0 {
				out = append(out, g.Key+": "+prose.Seconds(g.MinReviewSeconds))
			}
		case "OVR-07":
			if g.MaxStreak > 0 {
				out = append(out, g.Key+": "+itoa(g.MaxStreak)+" in a row")
			}
		}
	}
	return strings.Join(out, "; ")
}

// gatesOf lays out the gates with what was measured there.
func gatesOf(st certificate.Statement) []report.Gate {
	var out []report.Gate
	for _, g := range st.Gates {
		x := report.Gate{
			Ref:       g.Key,
			Name:      g.Title,
			Decides:   g.Decides,
			Role:      g.Role,
			Named:     g.Named,
			FourEyes:  g.FourEyes,
			MinReview: time.Duration(g.MinReviewSeconds) * time.Second,
			Enforced:  enforcedWords[g.Enforcement],
			Measures: []report.Measure{
				{Name: "Runs with a decision", Value: of(g.Decided, st.Runs)},
				{Name: "Decided by a named officer", Value: of(g.ByOfficer, g.Decided)},
			},
		}
		for _, o := range g.Officers {
			name := o.Name
			if name == "" {
				name = o.Account
			}
			if o.Kind != "" && o.Kind != string(workflow.LoginOfficer) {
				name += " (" + o.Kind + " account)"
			}
			x.Officers = append(x.Officers, name)
		}
		if st.Format != certificate.FormatFirst {
			x.Measures = append(x.Measures, report.Measure{
				Name: "Decided by one before anything left", Value: of(g.DecidedFirst, g.Released),
			})
		}
		if g.Timed > 0 {
			x.Measures = append(
				x.Measures,
				report.Measure{Name: "Median review time", Value: prose.Seconds(g.MedianSeconds)},
				report.Measure{Name: "Faster than the minimum", Value: of(g.UnderMinimum, g.Timed)},
			)
		}
		if g.Comparable > 0 {
			x.Measures = append(
				x.Measures,
				report.Measure{Name: "Decision follows the AI", Value: of(g.Agreed, g.Comparable)},
			)
		}
		out = append(out, x)
	}
	return out
}

// recordOf is an issued certificate as it is drawn again.
func (view *View) recordOf(ctx context.Context, number string) (report.Certificate, certificate.Statement, error) {
	row, err := view.certificate(ctx, number)
	if err != nil {
		return report.Certificate{}, certificate.Statement{}, err
	}
	st, err := certificate.Parse([]byte(row.Statement))
	if err != nil {
		return report.Certificate{}, st, err
	}
	keys, err := keysOf(ctx, view.r)
	if err != nil {
		return report.Certificate{}, st, err
	}
	var root *x509.Certificate
	if i := slices.IndexFunc(keys, func(k storedKey) bool { return k.ID == st.Assessor().Key }); i >= 0 {
		if chain := keys[i].chain(keys); len(chain) > 1 {
			root = chain[len(chain)-1]
		}
	}
	seal, err := view.sealOf(ctx, row)
	if err != nil {
		return report.Certificate{}, certificate.Statement{}, err
	}
	d := drawnCertificate(st, []byte(row.Statement), seal, root)
	return d, st, nil
}

// CertificateHTML is the edition of a certificate for screen readers. It is not
// signed: it shows the digest under which the signed file is found.
func (s *Service) CertificateHTML(ctx context.Context, number string) (out []byte, err error) {
	err = s.readView(ctx, func(view *View) error {
		d, _, err := view.recordOf(ctx, number)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		err = report.CertificateHTML(&b, d)
		out = b.Bytes()
		return err
	})
	return out, err
}

// LargePrint draws the large-print edition of an issued certificate from its
// record, and has the assessor who issued it sign it with the same key: a
// certificate that is not signed would be a piece of paper like any other. The
// record inside, its digest and its seal are those of the certificate. The
// approver signs it too where their passphrase is given; otherwise it has no
// place for their signature, which would stay empty.
func (s *Service) LargePrint(
	ctx context.Context,
	number, passphrase, approverPassphrase string,
) (out []byte, err error) {
	err = s.change(
		ctx,
		doing{
			action:  "certificate.edition",
			subject: number,
			summary: "Signed the large-print edition of " + number,
			may:     organisation.ActionSignCertificate,
		},
		func(t *store.Tx) error {
			view, err := s.freshView(ctx, &t.Reader)
			if err != nil {
				return err
			}
			d, st, err := view.recordOf(ctx, number)
			if err != nil {
				return err
			}
			if st.Assessor().PersonID != s.personID() {
				return fault.Forbidden(
					"%s was issued by %s; only they can sign its large-print edition.",
					number,
					st.Assessor().Name,
				)
			}
			identity, err := s.identity(ctx, &t.Reader, st.Assessor().PersonID, passphrase)
			if err != nil {
				return err
			}
			if keyID(identity.Certificate()) != st.Assessor().Key {
				return fault.Conflict(
					"%s was signed with a key that has been replaced since; issue a new certificate to have it in "+
						"large print.",
					number,
				)
			}
			if approverPassphrase == "" {
				d.Approver = report.Person{}
			}
			var drawn bytes.Buffer
			if _, err := report.WriteCertificate(&drawn, d, report.LargePrint); err != nil {
				return err
			}
			if out, err = signing.SignPDF(
				ctx, drawn.Bytes(), report.FieldAssessor, identity,
				signing.PDFOptions{Now: view.now, Reason: "Large-print edition of " + number},
			); err != nil {
				return err
			}
			if approverPassphrase != "" {
				second, err := s.identity(ctx, &t.Reader, st.Approver().PersonID, approverPassphrase)
				if err != nil {
					return err
				}
				if out, err = signing.SignPDF(
					ctx, out, report.FieldApprover, second,
					signing.PDFOptions{Now: view.now, Reason: "Large-print edition of " + number},
				); err != nil {
					return err
				}
			}
			t.Entry().Digests = []ledger.Digest{
				{Name: "edition", SHA256: certificate.DigestOf(out)},
				{Name: "statement", SHA256: d.RecordDigest},
			}
			return nil
		},
	)
	if err != nil {
		return nil, err
	}
	return out, nil
}
