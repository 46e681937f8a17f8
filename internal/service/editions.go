package service

import (
	"bytes"
	"context"
	"slices"
	"time"

	"assay/internal/assurance"
	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/prose"
	"assay/internal/report"
	"assay/internal/signing"
	"assay/internal/standard"
	"assay/internal/store"
)

// fromRecord lays a certificate out for drawing again, from its stored record
// alone: what the record does not hold is not in the edition.
func fromRecord(st certificate.Statement, record []byte, seal string) report.Certificate {
	d := front(st, record, seal)
	for _, a := range st.Areas {
		score := assurance.AreaScore{Area: standard.Area(a.Area), Title: a.Title, Met: a.Met, Applicable: a.Applicable}
		for _, r := range st.Requirements {
			if r.Area == a.Area {
				task := assurance.Task(r.Code)
				if task == "" {
					task = r.Title
				}
				score.Results = append(
					score.Results,
					assurance.Result{Code: r.Code, Task: task, Status: assurance.Status(r.Status)},
				)
			}
		}
		d.Areas = append(
			d.Areas,
			report.Area{
				Code:       a.Area,
				Name:       a.Title,
				Met:        a.Met,
				Applicable: a.Applicable,
				Sentence:   areaSentence(score),
			},
		)
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
	d.Counts.Runs = int64(st.Runs)
	for _, x := range st.Sources {
		from, to := day(x.From), day(x.To)
		d.Sources = append(
			d.Sources,
			report.Source{
				Name:    x.FileName,
				Format:  x.Format,
				SHA256:  x.SHA256,
				Runs:    int64(x.Runs),
				Refused: int64(x.Refused),
				From:    from,
				Until:   to,
			},
		)
		if d.Counts.From.IsZero() || !from.IsZero() && from.Before(d.Counts.From) {
			d.Counts.From = from
		}
		if to > d.Counts.Until { // the empty day is before all
			d.Counts.Until = to
		}
	}
	for _, x := range st.Findings {
		if x.Untested != "" {
			d.NotTested = append(d.NotTested, x.Code+" "+x.Title+": "+x.Untested)
			continue
		}
		d.Findings = append(
			d.Findings,
			report.FindingCount{
				Code:      x.Code,
				Title:     x.Title,
				Tested:    int64(st.Runs),
				Found:     int64(x.Open + x.Explained + x.Actioned + x.Accepted),
				Open:      x.Open,
				Explained: x.Explained + x.Accepted,
				Actioned:  x.Actioned,
			},
		)
	}
	for _, g := range st.Gates {
		d.Counts.Decisions += int64(g.Decided)
		d.Counts.Releases += int64(g.Released)
		x := report.Gate{
			Ref:       g.Key,
			Name:      g.Title,
			Decides:   g.Decides,
			Role:      g.Role,
			FourEyes:  g.FourEyes,
			MinReview: time.Duration(g.MinReviewSeconds) * time.Second,
			Enforced:  enforcedWords[g.Enforcement],
			Measures: []report.Measure{
				{Name: "Officers named", Value: itoa(g.Officers)},
				{Name: "Runs with a decision", Value: of(g.Decided, st.Runs)},
				{Name: "Decided by a named officer", Value: of(g.ByOfficer, g.Decided)},
			},
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
		d.Gates = append(d.Gates, x)
	}
	return d
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
	d := fromRecord(st, []byte(row.Statement), row.Seal)
	keys, err := keysOf(ctx, view.r)
	if err != nil {
		return report.Certificate{}, st, err
	}
	d.Keys = keysShown(st, nil)
	if i := slices.IndexFunc(keys, func(k storedKey) bool { return k.ID == st.Assessor.Key }); i >= 0 {
		if chain := keys[i].chain(keys); len(chain) > 1 {
			d.Keys = keysShown(st, chain[len(chain)-1])
		}
	}
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
			if st.Assessor.PersonID != s.personID() {
				return fault.Forbidden(
					"%s was issued by %s; only they can sign its large-print edition.",
					number,
					st.Assessor.Name,
				)
			}
			identity, err := s.identity(ctx, &t.Reader, st.Assessor.PersonID, passphrase)
			if err != nil {
				return err
			}
			if keyID(identity.Certificate()) != st.Assessor.Key {
				return fault.Conflict(
					"%s was signed with a key that has been replaced since; issue a new certificate to have it in large print.",
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
			if out, err = signing.SignPDF(ctx, drawn.Bytes(), report.FieldAssessor, identity, signing.PDFOptions{Now: view.now, Reason: "Large-print edition of " + number}); err != nil {
				return err
			}
			if approverPassphrase != "" {
				second, err := s.identity(ctx, &t.Reader, st.Approver.PersonID, approverPassphrase)
				if err != nil {
					return err
				}
				if out, err = signing.SignPDF(ctx, out, report.FieldApprover, second, signing.PDFOptions{Now: view.now, Reason: "Large-print edition of " + number}); err != nil {
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
