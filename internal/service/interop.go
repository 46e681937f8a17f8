package service

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"assay/internal/assurance"
	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/interop/intoto"
	"assay/internal/interop/oscal"
	"assay/internal/interop/scitt"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/signing"
	"assay/internal/store"
	"assay/internal/workflow"
)

// keepStatement signs what a certificate says as a statement for other people's programs
// (SCITT), keeps it, and has the change's entry hold its digest: that entry is the leaf of its
// receipts.
func (
	s *Service,
) keepStatement(ctx context.Context, t *store.Tx, signer signing.Identity, number string, record []byte) error {
	st, err := certificate.Parse(record)
	if err != nil {
		return err
	}
	signed, err := scitt.Sign(scitt.Statement{
		Issuer: "urn:uuid:" + st.Organisation.ID, Subject: number, Payload: record,
	}, signer.Key)
	if err != nil {
		return err
	}
	t.Entry().Digests = append(
		t.Entry().Digests, ledger.Digest{Name: scitt.DigestName, SHA256: certificate.DigestOf(signed)},
	)
	return t.InsertCertificateStatement(ctx, number, signed, store.Stamp(s.clock()))
}

// SignedStatement is what a certificate says as a signed statement (RFC 9943) with a
// receipt (RFC 9942) from the log as it now is. A certificate from before there were such
// statements gets one now, signed by whoever is at the keyboard, in an entry of its own;
// passphrase is of their key, and asked for only then.
func (
	s *Service,
) SignedStatement(ctx context.Context, number string, passphrase func() (string, error)) ([]byte, error) {
	if err := s.ensureLogKey(ctx); err != nil {
		return nil, err
	}
	out, err := s.receipted(ctx, number)
	if !errors.Is(err, sql.ErrNoRows) {
		return out, err
	}
	pass, err := passphrase()
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, doing{
		action:  "certificate.statement",
		subject: number,
		summary: "Signed what " + number + " says for other people's programs",
		may:     organisation.ActionSignCertificate,
	}, func(t *store.Tx) error {
		row, err := t.Certificate(ctx, number)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.NotFound("certificate", number)
		}
		if err != nil {
			return err
		}
		signer, err := s.identity(ctx, &t.Reader, s.SignedIn().ID, pass)
		if err != nil {
			return err
		}
		return s.keepStatement(ctx, t, signer, number, []byte(row.Statement))
	})
	if err != nil {
		return nil, err
	}
	return s.receipted(ctx, number)
}

// receipted is the kept statement with a receipt; sql.ErrNoRows where there is none.
func (s *Service) receipted(ctx context.Context, number string) (out []byte, err error) {
	none := false
	err = s.readView(ctx, func(view *View) error {
		if err := view.exportable(number); err != nil {
			return err
		}
		out, err = receipted(ctx, view.r, number)
		if none = errors.Is(err, sql.ErrNoRows); none {
			return nil // not a fault yet
		}
		return err
	})
	if none {
		return nil, sql.ErrNoRows
	}
	return out, err
}

func receipted(ctx context.Context, r *store.Reader, number string) ([]byte, error) {
	signed, err := r.CertificateStatement(ctx, number)
	if err != nil {
		return nil, err
	}
	line, entry, err := entryWith(
		ctx, r, number, ledger.Digest{Name: scitt.DigestName, SHA256: certificate.DigestOf(signed)},
	)
	if err != nil {
		return nil, err
	}
	log, err := r.Log(ctx)
	if err != nil {
		return nil, err
	}
	proof, err := log.ProveEntry(entry.Seq, log.Size())
	if err != nil {
		return nil, err
	}
	key, err := logKeyOf(ctx, r)
	if err != nil {
		return nil, err
	}
	receipt, err := scitt.SignReceipt(
		scitt.Receipt{Log: key.Name, Subject: number, Proof: proof, Line: line}, key.Signer(),
	)
	if err != nil {
		return nil, err
	}
	return scitt.Attach(signed, receipt)
}

// entryWith finds the entry about a subject that vouches for a digest.
func entryWith(ctx context.Context, r *store.Reader, subject string, d ledger.Digest) ([]byte, ledger.Entry, error) {
	rows, err := r.LogEntriesOf(ctx, subject, 1<<62, 10_000)
	if err != nil {
		return nil, ledger.Entry{}, err
	}
	for _, row := range rows {
		e, err := ledger.ParseEntry([]byte(row.Leaf))
		if err != nil {
			return nil, e, err
		}
		for _, x := range e.Digests {
			if x == d {
				return []byte(row.Leaf), e, nil
			}
		}
	}
	return nil, ledger.Entry{},
		fault.Tampered("No entry of the activity log holds the digest of this statement: run assay check.")
}

// OSCAL is what was found for a workflow, control by control, for the tools of auditors:
// assessment results of OSCAL 1.2.1.
func (s *Service) OSCAL(ctx context.Context, name string) (out []byte, err error) {
	err = s.readView(ctx, func(view *View) error {
		wf, err := store.Workflows.Get(ctx, view.r, name)
		if err != nil {
			return err
		}
		_, rep, err := view.judge(ctx, wf)
		if err != nil {
			return err
		}
		out, err = view.oscal(wf, rep)
		return err
	})
	return out, err
}

// OSCALComponent is what the organisation declares in its Statements of Applicability, for
// the tools of auditors: a component definition of OSCAL 1.2.1. Errors: conflict where no
// control is decided about.
func (s *Service) OSCALComponent(ctx context.Context) (out []byte, err error) {
	err = s.readView(ctx, func(view *View) error {
		d := oscal.Declared{Register: view.org.ID, Organisation: view.org.Name, At: view.now}
		for _, r := range view.soa {
			c := oscal.DeclaredControl{Ref: r.ControlID, Applicable: r.Applicable, State: r.Implementation,
				Why: r.ReasonExcluded, Gap: r.ResidualGap, Approved: r.ApprovedBy != ""}
			if r.Applicable {
				c.Why = r.ReasonIncluded
			}
			d.Rows = append(d.Rows, c)
		}
		out, err = oscal.FormatComponent(d)
		return err
	})
	return out, err
}

func (view *View) oscal(wf *workflow.Workflow, rep assurance.Report) ([]byte, error) {
	a := oscal.Assessment{
		Register: view.org.ID, Reference: wf.Ref, Workflow: wf.Name, Organisation: view.org.Name,
		Rules: rep.At.UTC().Format(time.DateOnly), At: rep.At,
	}
	for _, area := range rep.Areas {
		for _, r := range area.Results {
			x := oscal.Answer{Code: r.Code, Title: r.Title, Status: string(r.Status), Reason: r.Reason}
			switch r.Status {
			case assurance.StatusHeld, assurance.StatusHeldButFor, assurance.StatusNotHeld, assurance.StatusNotShown:
				c := r.Counts
				x.Counts = &oscal.Counts{
					Of: int64(c.Of), Tested: int64(c.Tested), Short: int64(c.Short), Settled: int64(c.Settled),
				}
			}
			for _, q := range assurance.Registry {
				if q.Code == r.Code {
					x.Controls = q.Serves()
				}
			}
			a.Answers = append(a.Answers, x)
		}
	}
	return oscal.Format(a)
}

// recordCounts are the answers in a certificate's record; older records hold no counts.
type recordCounts struct {
	Requirements []struct {
		Code   string `json:"code"`
		Status string `json:"status"`
		Counts *struct {
			Of      int64 `json:"of"`
			Tested  int64 `json:"tested"`
			Short   int64 `json:"short"`
			Settled int64 `json:"settled"`
		} `json:"counts"`
	} `json:"requirements"`
}

// InToto is what a certificate says of its document and record, as an in-toto statement
// in a DSSE envelope, signed by whoever is at the keyboard.
func (s *Service) InToto(ctx context.Context, number, passphrase string) (out []byte, err error) {
	err = s.readView(ctx, func(view *View) error {
		who, err := s.whoMay(organisation.ActionExport)
		if err != nil {
			return err
		}
		row, err := view.certificate(ctx, number)
		if err != nil {
			return err
		}
		st, err := certificate.Parse([]byte(row.Statement))
		if err != nil {
			return err
		}
		if err := view.exportable(number); err != nil {
			return err
		}
		var counts recordCounts
		if err := json.Unmarshal([]byte(row.Statement), &counts); err != nil {
			return fmt.Errorf("read the counts of a record: %w", err)
		}
		pdf, err := view.pdf(ctx, row)
		if err != nil {
			return err
		}
		signer, err := s.identity(ctx, view.r, who.ID, passphrase)
		if err != nil {
			return err
		}
		reg, err := view.r.Register(ctx)
		if err != nil {
			return err
		}
		p := intoto.Predicate{
			Number: st.Number, Organisation: st.Organisation.Name, Verdict: string(st.Verdict),
			Workflow: intoto.Workflow{
				Reference: st.Workflow.Ref, Name: st.Workflow.Name, Version: st.Workflow.Version,
			},
			Issued:     st.Issued.UTC().Format(time.RFC3339),
			ValidUntil: string(st.ValidUntil),
			Counts:     map[string]intoto.Rule{},
			Log: intoto.Log{
				Name: ledger.Origin(reg.ID), Entries: strconv.FormatInt(st.Log.Size, 10), Root: st.Log.Root,
			},
		}
		for _, q := range counts.Requirements {
			rule := intoto.Rule{Answer: q.Status}
			if c := q.Counts; c != nil {
				text := func(n int64) string { return strconv.FormatInt(n, 10) }
				rule.Cases, rule.Tested, rule.Short, rule.Settled = text(c.Of), text(c.Tested), text(c.Short),
					text(c.Settled)
			}
			p.Counts[q.Code] = rule
		}
		out, err = intoto.Sign([]intoto.Subject{
			{Name: number + ".pdf", Digest: intoto.Digest{SHA256: certificate.DigestOf(pdf)}},
			{Name: statementFile, Digest: intoto.Digest{SHA256: certificate.DigestOf([]byte(row.Statement))}},
		}, p, signer.Key)
		return err
	})
	return out, err
}
