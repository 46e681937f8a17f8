package service

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"assay/internal/assurance"
	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/signing"
	"assay/internal/store"
	"assay/internal/store/db"
	"assay/internal/workflow"
)

// issuing is one certificate on its way, inside its transaction.
type issuing struct {
	s    *Service
	t    *store.Tx
	q    IssueRequest
	view *View

	wf  *workflow.Workflow
	f   assurance.Facts
	rep assurance.Report
	// refusals are why there is none; the attempt is noted.
	refusals []fault.Field

	assessor signing.Identity
	approver *organisation.Person
	second   signing.Identity // the approver's, where they sign at once
	head     ledger.Head
	logKey   logKey

	statement certificate.Statement
	record    []byte // the statement's canonical bytes
	seal      string // empty where nobody has approved it yet
}

// IssueCertificate judges a workflow, draws the certificate, signs it and keeps
// it, in one transaction. It is refused, saying why, while a blocking
// requirement is not met. The one in force before is superseded.
func (s *Service) IssueCertificate(ctx context.Context, q IssueRequest) (CertificateDetail, error) {
	if err := s.ensureLogKey(ctx); err != nil {
		return CertificateDetail{}, err
	}
	x := issuing{s: s, q: q}
	err := s.change(ctx, doing{
		action:  "certificate.issue",
		subject: q.Workflow,
		summary: "Issued a certificate",
		may:     organisation.ActionSignCertificate,
	}, func(t *store.Tx) error {
		x.t = t
		for _, step := range []func(context.Context) error{x.judge, x.signers, x.state, x.keep} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if len(x.refusals) > 0 {
		if noted := s.attempted(ctx, x.wf, false, x.refusals); noted != nil {
			return CertificateDetail{}, noted // a refusal that leaves no trace is none
		}
	}
	if err != nil {
		return CertificateDetail{}, err
	}
	return s.Certificate(ctx, x.statement.Number)
}

// judge gathers what the register shows of the workflow, and refuses before a
// passphrase is tried.
func (x *issuing) judge(ctx context.Context) (err error) {
	if x.view, err = x.s.freshView(ctx, &x.t.Reader); err != nil {
		return err
	}
	if x.wf, err = store.Workflows.Get(ctx, &x.t.Reader, x.q.Workflow); err != nil {
		return err
	}
	if x.f, x.rep, err = x.view.judge(ctx, x.wf); err != nil {
		return err
	}
	if x.f.Twins, err = x.view.twins(ctx, x.wf); err != nil {
		return err
	}
	if x.f.Breaks, err = breaksOf(ctx, &x.t.Reader); err != nil {
		return err
	}
	if bad := certificate.Refusals(x.f, x.rep); len(bad) > 0 {
		x.refusals = bad
		_, err := certificate.Issue(x.f, x.rep, certificate.Draft{})
		return err
	}
	return nil
}

// signers finds who approves, and opens the assessor's key.
func (x *issuing) signers(ctx context.Context) (err error) {
	if back := x.s.rolledBack(); back != nil { // what the log lost has to stand in it before a paper names its head
		return fault.Conflict("%s", back.sentence())
	}
	if x.approver, err = store.People.Get(ctx, &x.t.Reader, x.q.Approver); err != nil {
		if x.q.Approver == "" {
			return fault.Invalid("approver", "Name the person who approves the certificate.")
		}
		return err
	}
	if err := x.approver.May(organisation.ActionCountersign); err != nil {
		return err
	}
	if err := second(ctx, &x.t.Reader, x.approver, x.s.personID()); err != nil {
		return err
	}
	x.assessor, err = x.s.identity(ctx, &x.t.Reader, x.s.SignedIn().ID, x.q.Passphrase)
	return err
}

// state makes the statement, its record and, where the approver signs at once, the
// seal. The seal is the approver's: a paper that nobody approved has none.
func (x *issuing) state(ctx context.Context) error {
	draft, err := x.draft(ctx)
	if err != nil {
		return err
	}
	if x.statement, err = certificate.Issue(x.f, x.rep, draft); err != nil {
		var refused *fault.Error
		if errors.As(err, &refused) && refused.Code == fault.CodeConflict {
			x.refusals = refused.Fields
		}
		return err
	}
	if x.record, err = certificate.Format(x.statement); err != nil {
		return err
	}
	if x.approved() {
		if x.second, err = x.s.identity(ctx, &x.t.Reader, x.approver.ID, x.q.ApproverPassphrase); err != nil {
			return err
		}
		x.seal, err = signing.FormatSeal(x.second, claimsOf(x.statement, x.record))
	}
	return err
}

func (x *issuing) approved() bool { return x.q.ApproverPassphrase != "" }

// draft is what the statement says besides the facts: its number, who signs with which
// keys, the conditions, and what came before.
func (x *issuing) draft(ctx context.Context) (certificate.Draft, error) {
	var none certificate.Draft
	t, view := x.t, x.view
	keys, err := keysOf(ctx, &t.Reader)
	if err != nil {
		return none, err
	}
	n, err := t.NextNumber(ctx, id.Certificate+view.now.Format("-2006"))
	if err != nil {
		return none, err
	}
	if x.head, x.logKey, err = x.s.headNow(ctx, &t.Reader); err != nil {
		return none, err
	}
	old, _ := view.current(x.wf.ID)
	me := x.s.SignedIn()
	draft := certificate.Draft{
		Number: id.YearRef(id.Certificate, view.now.Year(), n), ValidUntil: x.q.ValidUntil, Supersedes: old.Number,
		Assessor: certificate.Signature{
			PersonID: me.ID, Name: me.Name, JobTitle: me.JobTitle, Key: keyID(x.assessor.Certificate()),
		},
		Approver: certificate.Signature{
			PersonID: x.approver.ID, Name: x.approver.Name, JobTitle: x.approver.JobTitle,
			Key: keyOf(keys, x.approver.ID),
		},
		Root:     keyID(x.assessor.Root()),
		RootName: x.rootName(keys),
		Log:      certificate.Head{Size: x.head.Size, Root: hex.EncodeToString(x.head.Root[:])},
	}
	for _, sig := range []*certificate.Signature{&draft.Assessor, &draft.Approver} {
		if sig.Name, err = toldApart(ctx, &t.Reader, view.personByID[sig.PersonID]); err != nil {
			return none, err
		}
		m, err := makerOf(ctx, &t.Reader, sig.Key)
		if err != nil {
			return none, err
		}
		if i := slices.IndexFunc(keys, func(k storedKey) bool { return k.ID == sig.Key }); i >= 0 {
			sig.KeyName = otherName(keys[i].cert.Subject.CommonName, view.personByID[sig.PersonID].Name)
		}
		sig.KeyMade = m.words(sig.PersonID, me.ID)
		sig.KeyMadeBy = m.by(sig.PersonID, me.ID)
	}
	if draft.Conditions, err = view.conditions(ctx, x.q, x.rep); err != nil {
		return none, err
	}
	attempts, err := attemptsOf(ctx, &t.Reader, x.wf.Ref, old.Number)
	if err != nil {
		return none, err
	}
	draft.Attempts = told(attempts)
	draft.Superseded, draft.Withdrawn = view.earlier(x.wf.ID)
	return draft, nil
}

// otherName is whom a certificate names, where that is not whom the page names.
func otherName(certified, named string) string {
	if organisation.SameName(certified, named) {
		return ""
	}
	return oneLine(certified)
}

// rootName is whom the organisation's own root names, where the organisation is called
// otherwise by now. Another authority's root has a name of its own.
func (x *issuing) rootName(keys []storedKey) string {
	root := x.assessor.Root()
	if !slices.ContainsFunc(keys, func(k storedKey) bool { return k.Kind == keyRoot && k.ID == keyID(root) }) {
		return ""
	}
	return otherName(strings.Join(root.Subject.Organization, " "), x.view.org.Name)
}

// keep draws and signs the page, and keeps it with its record, what it promises and
// the head of the log that it names.
func (x *issuing) keep(ctx context.Context) error {
	t, st := x.t, x.statement
	pdf, err := drawSigned(ctx, st, x.record, x.seal, x.assessor, st.Issued)
	if err != nil {
		return err
	}
	if x.approved() {
		if pdf, err = signApproved(ctx, pdf, x.second, st.Issued); err != nil {
			return err
		}
	}
	blob, _, err := t.PutBlob(ctx, bytes.NewReader(pdf))
	if err != nil {
		return err
	}
	digest := certificate.DigestOf(x.record)
	if err := t.InsertCertificate(ctx, db.InsertCertificateParams{
		Number: st.Number, WorkflowID: x.wf.ID, IssuedAt: store.Stamp(st.Issued),
		ValidUntil: string(st.ValidUntil), Verdict: string(st.Verdict), Digest: digest,
		Statement: string(x.record), Seal: x.seal, Pdf: blob,
	}); err != nil {
		return err
	}
	if x.approved() {
		if err := x.s.befell(ctx, t, st.Number, certificate.Event{
			Kind: certificate.EventCountersigned, At: x.view.now, By: x.approver.Name, Detail: blob,
		}); err != nil {
			return err
		}
		if err := x.s.takePlace(ctx, t, x.view, st.Number, st, x.approver.Name); err != nil {
			return err
		}
	}
	if err := x.view.raiseConditions(ctx, t, st); err != nil {
		return err
	}
	note, err := ledger.SignHead(x.head, x.logKey.Key, x.assessor.Key)
	if err != nil {
		return err
	}
	if err := t.PutLogHead(ctx, x.head.Size, string(note)); err != nil {
		return err
	}
	t.Entry().Subject = st.Number
	t.Entry().Summary = oneLine("Issued " + st.Number + " for " + refAndName(x.wf.Ref, x.wf.Name))
	t.Entry().Digests = append(t.Entry().Digests, ledger.Digest{Name: "statement", SHA256: digest})
	return x.s.keepStatement(ctx, t, x.assessor, st.Number, x.record)
}
