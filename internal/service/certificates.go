package service

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"

	"assay/internal/assurance"
	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/prose"
	"assay/internal/report"
	"assay/internal/signing"
	"assay/internal/store"
	"assay/internal/store/db"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// CertificateView is a certificate as lists show it.
type CertificateView struct {
	Number        string     `json:"number"`
	WorkflowID    string     `json:"workflow_id"`
	WorkflowRef   string     `json:"workflow_ref"`
	WorkflowName  string     `json:"workflow_name"`
	Verdict       string     `json:"verdict"`
	IssuedAt      string     `json:"issued_at"`
	ValidUntil    civil.Date `json:"valid_until"`
	DaysLeft      int        `json:"days_left"` // from today to the last day; negative once it has passed
	Status        string     `json:"status"`    // issued, expired, superseded, revoked
	SupersededBy  string     `json:"superseded_by"`
	RevokedOn     civil.Date `json:"revoked_on"`
	RevokedBy     string     `json:"revoked_by"`
	Reason        string     `json:"reason"`
	Digest        string     `json:"digest"`
	Countersigned bool       `json:"countersigned"`
	Timestamped   bool       `json:"timestamped"` // by an authority, outside
	Completed     bool       `json:"completed"`   // with validation data
}

// issued are the register's certificates, newest first, each with what became of it.
func (view *View) issued() []certificate.Certificate {
	if view.lives != nil {
		return view.lives
	}
	view.lives = []certificate.Certificate{}
	for _, c := range view.certificates {
		life := certificate.Certificate{
			Number:     c.Number,
			WorkflowID: c.WorkflowID,
			Status:     certificate.StatusIssued,
			Digest:     c.Digest,
			Issued:     store.ParseStamp(c.IssuedAt),
			ValidUntil: civil.Date(c.ValidUntil),
		}
		for _, e := range view.events {
			if e.Number == c.Number {
				life = life.After(certificate.Event{
					Kind:   certificate.EventKind(e.Kind),
					At:     store.ParseStamp(e.At),
					By:     e.By,
					Detail: e.Detail,
				})
			}
		}
		view.lives = append(view.lives, life)
	}
	return view.lives
}

func (view *View) certificateViews() []CertificateView {
	if view.views != nil {
		return view.views
	}
	view.views = []CertificateView{}
	for i, c := range view.issued() {
		row := view.certificates[i]
		view.views = append(view.views, CertificateView{
			Number:        c.Number,
			WorkflowID:    c.WorkflowID,
			WorkflowRef:   row.WorkflowRef,
			WorkflowName:  row.WorkflowName,
			Verdict:       row.Verdict,
			IssuedAt:      row.IssuedAt,
			ValidUntil:    c.ValidUntil,
			DaysLeft:      civil.Of(view.now).DaysUntil(c.ValidUntil),
			Digest:        c.Digest,
			Status:        string(c.StatusAt(view.now)),
			Countersigned: c.Approved,
			Timestamped:   c.Timestamped,
			Completed:     c.Completed,
			SupersededBy:  c.SupersededBy,
			RevokedOn:     c.RevokedOn,
			RevokedBy:     c.RevokedBy,
			Reason:        c.RevokeReason,
		})
	}
	return view.views
}

// Certificates lists what was issued, newest first.
func (s *Service) Certificates(ctx context.Context) (out []CertificateView, err error) {
	err = s.readView(ctx, func(view *View) error {
		out = view.certificateViews()
		return nil
	})
	return out, err
}

// CertificateDetail is one certificate with its whole statement.
type CertificateDetail struct {
	CertificateView
	Statement certificate.Statement `json:"statement"`
	Seal      string                `json:"seal"`
}

// Certificate is one issued certificate.
func (s *Service) Certificate(ctx context.Context, number string) (v CertificateDetail, err error) {
	err = s.readView(ctx, func(view *View) error {
		row, err := view.certificate(ctx, number)
		if err != nil {
			return err
		}
		for _, x := range view.certificateViews() {
			if x.Number == number {
				v.CertificateView = x
			}
		}
		v.Seal = row.Seal
		v.Statement, err = certificate.Parse([]byte(row.Statement))
		return err
	})
	return v, err
}

func (view *View) certificate(ctx context.Context, number string) (db.Certificate, error) {
	if !slices.ContainsFunc(view.certificates, func(c db.CertificatesRow) bool { return c.Number == number }) {
		return db.Certificate{}, fault.NotFound("certificate", number)
	}
	return view.r.Certificate(ctx, number)
}

// CertificatePDF is the certificate's document, with the approver's signature
// where they have signed.
func (s *Service) CertificatePDF(ctx context.Context, number string) (out []byte, err error) {
	err = s.readView(ctx, func(view *View) error {
		row, err := view.certificate(ctx, number)
		if err != nil {
			return err
		}
		out, err = view.pdf(ctx, row)
		return err
	})
	return out, err
}

func (view *View) pdf(ctx context.Context, row db.Certificate) ([]byte, error) {
	src, _, err := view.r.Blob(ctx, view.pdfDigest(row))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(src)
}

// pdfDigest is the digest of a certificate's document as it now is.
func (view *View) pdfDigest(row db.Certificate) string {
	for _, c := range view.issued() {
		if c.Number == row.Number && c.Document != "" {
			return c.Document
		}
	}
	return row.Pdf
}

// ConditionRequest is an unmet requirement with who puts it right and by when.
type ConditionRequest struct {
	Requirement string     `json:"requirement"` // code
	Text        string     `json:"text"`        // empty: what would meet it
	Owner       string     `json:"owner"`       // a person's reference
	Due         civil.Date `json:"due"`
}

// IssueRequest asks for a certificate of one workflow.
type IssueRequest struct {
	Workflow   string             `json:"workflow"`
	ValidUntil civil.Date         `json:"valid_until"` // empty: as the organisation sets
	Conditions []ConditionRequest `json:"conditions"`
	// DefaultOwner and DefaultDue stand for conditions that name none.
	DefaultOwner string     `json:"default_owner"`
	DefaultDue   civil.Date `json:"default_due"`
	Approver     string     `json:"approver"` // who approves: a person's reference
	Passphrase   string     `json:"passphrase"`
	// ApproverPassphrase, where it is given, has the approver sign at once;
	// otherwise they sign later with Countersign.
	ApproverPassphrase string `json:"approver_passphrase"`
}

// IssuePlan is what stands between a workflow and its certificate.
type IssuePlan struct {
	Workflow   Named              `json:"workflow"`
	Refusals   []fault.Field      `json:"refusals"`   // each has to be put right first
	Conditions []assurance.Result `json:"conditions"` // each needs an owner and a day
	Supersedes string             `json:"supersedes"` // certificate in force that the new one replaces
	ValidUntil civil.Date         `json:"valid_until"`
	Approvers  []Named            `json:"approvers"`
	HasKey     bool               `json:"has_key"` // whoever is at the keyboard has a signing key
}

// PlanCertificate says what a certificate for a workflow needs now.
func (s *Service) PlanCertificate(ctx context.Context, workflow string) (p IssuePlan, err error) {
	err = s.readView(ctx, func(view *View) error {
		wf, err := store.Workflows.Get(ctx, view.r, workflow)
		if err != nil {
			return err
		}
		f, rep, err := view.judge(ctx, wf)
		if err != nil {
			return err
		}
		p = IssuePlan{
			Workflow:   Named{ID: wf.ID, Ref: wf.Ref, Name: wf.Name},
			Refusals:   certificate.Refusals(f, rep),
			Approvers:  []Named{},
			Conditions: filter(rep.Unmet(), func(r *assurance.Result) bool { return !r.Blocking }),
			ValidUntil: civil.Of(view.now).
				AddMonths(max(1, min(12, view.org.CertificateMonths))),
		}
		if old, ok := view.current(wf.ID); ok {
			p.Supersedes = old.Number
		}
		if p.Refusals == nil {
			p.Refusals = []fault.Field{}
		}
		for _, x := range view.people {
			if x.May(organisation.ActionCountersign) == nil && x.ID != s.personID() {
				p.Approvers = append(p.Approvers, Named{x.ID, x.Ref, x.Name, x.JobTitle})
			}
		}
		keys, err := keysOf(ctx, view.r)
		for _, k := range keys {
			p.HasKey = p.HasKey || k.PersonID.String == s.personID() && k.PersonID.Valid && !k.RevokedAt.Valid
		}
		return err
	})
	return p, err
}

// current is the certificate of a workflow that holds, or the last that did.
func (view *View) current(workflowID string) (certificate.Certificate, bool) {
	return certificate.Current(
		filter(view.issued(), func(c *certificate.Certificate) bool { return c.WorkflowID == workflowID }),
	)
}

// IssueCertificate judges a workflow, draws the certificate, signs it and keeps
// it, in one transaction. It is refused, saying why, while a blocking
// requirement is not met. The one in force before is superseded.
func (s *Service) IssueCertificate(ctx context.Context, q IssueRequest) (CertificateDetail, error) {
	if err := s.ensureLogKey(ctx); err != nil {
		return CertificateDetail{}, err
	}
	number := ""
	err := s.change(
		ctx,
		doing{
			action:  "certificate.issue",
			subject: q.Workflow,
			summary: "Issued a certificate",
			may:     organisation.ActionSignCertificate,
		},
		func(t *store.Tx) error {
			view, err := s.freshView(ctx, &t.Reader)
			if err != nil {
				return err
			}
			wf, err := store.Workflows.Get(ctx, &t.Reader, q.Workflow)
			if err != nil {
				return err
			}
			f, rep, err := view.judge(ctx, wf)
			if err != nil {
				return err
			}
			if bad := certificate.Refusals(f, rep); len(bad) > 0 { // before a passphrase is tried
				_, err := certificate.Issue(f, rep, certificate.Draft{})
				return err
			}
			approver, err := store.People.Get(ctx, &t.Reader, q.Approver)
			if err != nil {
				if q.Approver == "" {
					return fault.Invalid("approver", "Name the person who approves the certificate.")
				}
				return err
			}
			if err := approver.May(organisation.ActionCountersign); err != nil {
				return err
			}
			identity, err := s.identity(ctx, &t.Reader, s.SignedIn().ID, q.Passphrase)
			if err != nil {
				return err
			}
			keys, err := keysOf(ctx, &t.Reader)
			if err != nil {
				return err
			}
			n, err := t.NextNumber(ctx, id.Certificate+view.now.Format("-2006"))
			if err != nil {
				return err
			}
			number = id.YearRef(id.Certificate, view.now.Year(), n)
			head, logKey, err := s.headNow(ctx, &t.Reader)
			if err != nil {
				return err
			}
			old, replaces := view.current(wf.ID)
			draft := certificate.Draft{Number: number, ValidUntil: q.ValidUntil, Supersedes: old.Number,
				Assessor: certificate.Signatory{
					PersonID: s.SignedIn().ID,
					Name:     s.SignedIn().Name,
					Role:     s.SignedIn().JobTitle,
					Key:      keyID(identity.Certificate()),
				},
				Approver: certificate.Signatory{
					PersonID: approver.ID,
					Name:     approver.Name,
					Role:     approver.JobTitle,
					Key:      keyOf(keys, approver.ID),
				},
				Log: certificate.Head{Size: head.Size, Root: hex.EncodeToString(head.Root[:])}}
			if draft.Conditions, err = view.conditions(ctx, q, rep); err != nil {
				return err
			}
			statement, err := certificate.Issue(f, rep, draft)
			if err != nil {
				return err
			}
			record, err := certificate.Format(statement)
			if err != nil {
				return err
			}
			seal, err := signing.FormatSeal(identity, claimsOf(statement, record))
			if err != nil {
				return err
			}
			doc := view.document(statement, rep, f, record, seal, identity)
			var drawn bytes.Buffer
			if _, err := report.WriteCertificate(&drawn, doc, report.Standard); err != nil {
				return err
			}
			pdf, err := signing.SignPDF(
				ctx,
				drawn.Bytes(),
				report.FieldAssessor,
				identity,
				signing.PDFOptions{Now: statement.Issued, Reason: "Issued as assessor"},
			)
			if err != nil {
				return err
			}
			if q.ApproverPassphrase != "" {
				second, err := s.identity(ctx, &t.Reader, approver.ID, q.ApproverPassphrase)
				if err != nil {
					return err
				}
				if pdf, err = signing.SignPDF(ctx, pdf, report.FieldApprover, second, signing.PDFOptions{Now: statement.Issued, Reason: "Approved"}); err != nil {
					return err
				}
			}
			blob, _, err := t.PutBlob(ctx, bytes.NewReader(pdf))
			if err != nil {
				return err
			}
			digest := certificate.DigestOf(record)
			if err := t.InsertCertificate(ctx, db.InsertCertificateParams{Number: number, WorkflowID: wf.ID, IssuedAt: store.Stamp(statement.Issued), ValidUntil: string(statement.ValidUntil),
				Verdict: string(statement.Verdict), Digest: digest, Statement: string(record), Seal: seal, Pdf: blob}); err != nil {
				return err
			}
			if q.ApproverPassphrase != "" {
				if err := s.befell(ctx, t, number, certificate.Event{
					Kind: certificate.EventCountersigned, At: view.now, By: approver.Name, Detail: blob,
				}); err != nil {
					return err
				}
			}
			if replaces {
				e, err := old.Supersede(number, s.SignedIn().Name, view.now)
				if err != nil {
					return err
				}
				if err := s.befell(ctx, t, old.Number, e); err != nil {
					return err
				}
			}
			note, err := ledger.SignHead(head, logKey.Key, identity.Key)
			if err != nil {
				return err
			}
			if err := t.PutLogHead(ctx, head.Size, string(note)); err != nil {
				return err
			}
			t.Entry().Subject = number
			t.Entry().Summary = oneLine("Issued " + number + " for " + refAndName(wf.Ref, wf.Name))
			t.Entry().Digests = append(t.Entry().Digests, ledger.Digest{Name: "statement", SHA256: digest})
			return s.keepStatement(ctx, t, identity, number, record)
		},
	)
	if err != nil {
		return CertificateDetail{}, err
	}
	return s.Certificate(ctx, number)
}

// befell records what became of a certificate.
func (s *Service) befell(ctx context.Context, t *store.Tx, number string, e certificate.Event) error {
	return t.InsertCertificateEvent(
		ctx,
		db.InsertCertificateEventParams{
			ID:     id.New(),
			Number: number,
			Kind:   string(e.Kind),
			At:     store.Stamp(e.At),
			By:     e.By,
			Detail: e.Detail,
		},
	)
}

func keyOf(keys []storedKey, person string) string {
	for i := len(keys) - 1; i >= 0; i-- {
		if k := keys[i]; k.PersonID.String == person && k.PersonID.Valid && !k.RevokedAt.Valid {
			return k.ID
		}
	}
	return ""
}

// conditions names an owner and a day for each unmet requirement.
func (view *View) conditions(
	ctx context.Context,
	q IssueRequest,
	rep assurance.Report,
) ([]certificate.Condition, error) {
	asked := map[string]ConditionRequest{}
	for _, c := range q.Conditions {
		asked[c.Requirement] = c
	}
	for _, r := range rep.Unmet() {
		if _, ok := asked[r.Code]; !ok && !r.Blocking {
			asked[r.Code] = ConditionRequest{Requirement: r.Code}
		}
	}
	out := []certificate.Condition{}
	for _, c := range asked {
		if c.Owner == "" {
			c.Owner = q.DefaultOwner
		}
		if c.Due.IsZero() {
			c.Due = q.DefaultDue
		}
		x := certificate.Condition{Requirement: c.Requirement, Text: c.Text, Due: c.Due}
		if r, ok := rep.Result(c.Requirement); ok && x.Text == "" {
			x.Text = r.Task
		}
		if c.Owner != "" {
			p, err := store.People.Get(ctx, view.r, c.Owner)
			if err != nil {
				return nil, err
			}
			x.OwnerID, x.Owner = p.ID, p.Name
		}
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b certificate.Condition) int { return strings.Compare(a.Requirement, b.Requirement) })
	return out, nil
}

func claimsOf(st certificate.Statement, record []byte) signing.Claims {
	c := signing.Claims{
		Number:       st.Number,
		Organisation: prose.Shorten(st.Organisation.Name, 80),
		WorkflowRef:  st.Workflow.Ref,
		Workflow:     prose.Shorten(st.Workflow.Name, 80),
		Verdict:      signing.VerdictConditions,
		Issued:       civil.Of(st.Issued),
		ValidUntil:   st.ValidUntil,
		Digest:       signing.RecordDigest(record),
	}
	if st.Verdict == certificate.VerdictMet {
		c.Verdict = signing.VerdictGoverned
	}
	for i, a := range st.Areas {
		if i < len(c.Scores) {
			c.Scores[i] = signing.Score{Met: uint(a.Met), Applicable: uint(a.Applicable)}
		}
	}
	return c
}

// Countersign adds the approver's signature to an issued certificate.
func (s *Service) Countersign(ctx context.Context, number, approver, passphrase string) error {
	return s.change(
		ctx,
		doing{
			action:  "certificate.countersign",
			subject: number,
			summary: "Approved " + number,
			may:     organisation.ActionRead,
		},
		func(t *store.Tx) error {
			view, err := s.freshView(ctx, &t.Reader)
			if err != nil {
				return err
			}
			row, err := view.certificate(ctx, number)
			if err != nil {
				return err
			}
			p, err := store.People.Get(ctx, &t.Reader, approver)
			if err != nil {
				return err
			}
			st, err := certificate.Parse([]byte(row.Statement))
			if err != nil {
				return err
			}
			if st.Approver.PersonID != p.ID {
				return fault.Forbidden("%s names %s as approver; only they can sign it.", number, st.Approver.Name)
			}
			identity, err := s.identity(ctx, &t.Reader, p.ID, passphrase)
			if err != nil {
				return err
			}
			pdf, err := view.pdf(ctx, row)
			if err != nil {
				return err
			}
			if pdf, err = signing.SignPDF(ctx, pdf, report.FieldApprover, identity, signing.PDFOptions{Now: s.clock(), Reason: "Approved"}); err != nil {
				return err
			}
			blob, _, err := t.PutBlob(ctx, bytes.NewReader(pdf))
			if err != nil {
				return err
			}
			t.Entry().Summary = oneLine(p.Name + " approved " + number)
			return s.befell(ctx, t, number, certificate.Event{
				Kind: certificate.EventCountersigned, At: s.clock(), By: p.Name, Detail: blob,
			})
		},
	)
}

// RevokeCertificate ends a certificate, with the reason.
func (s *Service) RevokeCertificate(ctx context.Context, number, reason string) error {
	return s.change(
		ctx,
		doing{
			action:  "certificate.revoke",
			subject: number,
			reason:  reason,
			summary: "Revoked " + number,
			may:     organisation.ActionRevoke,
		},
		func(t *store.Tx) error {
			view, err := s.freshView(ctx, &t.Reader)
			if err != nil {
				return err
			}
			if _, err := view.certificate(ctx, number); err != nil {
				return err
			}
			i := slices.IndexFunc(view.issued(), func(c certificate.Certificate) bool { return c.Number == number })
			e, err := view.issued()[i].Revoke(s.SignedIn().Name, reason, s.clock())
			if err != nil {
				return err
			}
			return s.befell(ctx, t, number, e)
		},
	)
}

// front lays out what a statement says by itself, for drawing.
func front(st certificate.Statement, record []byte, seal string) report.Certificate {
	d := report.Certificate{
		Number:       st.Number,
		Organisation: st.Organisation.Name,
		Sample:       st.Sample,
		IssuedAt:     st.Issued,
		Verdict:      report.Verdict(st.Verdict),
		ValidFrom:    civil.Of(st.Issued),
		ValidUntil:   st.ValidUntil,
		Supersedes:   st.Supersedes,
		Seal:         seal,
		Assessor: report.Person{
			Name: st.Assessor.Name,
			Role: st.Assessor.Role,
		},
		Approver:     report.Person{Name: st.Approver.Name, Role: st.Approver.Role},
		RecordDigest: certificate.DigestOf(record),
		Log:          report.Checkpoint{Size: st.Log.Size, Root: st.Log.Root},
		Workflow: report.Workflow{
			Ref:        st.Workflow.Ref,
			Name:       st.Workflow.Name,
			Version:    st.Workflow.Version,
			Does:       st.Workflow.Purpose,
			Data:       st.Workflow.DataUsed,
			Informs:    st.Workflow.Decisions,
			HowItWorks: st.Workflow.HowItWorks,
			DoesNot:    st.Workflow.Limits,
			Answers: strings.TrimSuffix(
				st.Workflow.Owner+", "+st.Workflow.OwnerRole,
				", ",
			),
			PeopleDecide:   peopleDecide(st.Gates),
			HowToChallenge: st.Workflow.Challenge,
		},
	}
	for _, c := range st.Conditions {
		d.Conditions = append(d.Conditions, report.Condition{Text: c.Text, Owner: c.Owner, Due: c.Due})
	}
	d.Attachments = []report.Attachment{
		{
			Name:         statementFile,
			MIME:         "application/json",
			Relationship: report.RelSource,
			Description:  "The certificate's record, which the seal and the signature cover",
			Modified:     st.Issued,
			Size:         int64(len(record)),
			Open:         func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(record)), nil },
		},
	}
	return d
}

// keysShown are the keys that page 2 names.
func keysShown(st certificate.Statement, root *x509.Certificate) []report.Key {
	var out []report.Key
	if root != nil {
		out = append(
			out,
			report.Key{Use: "Organisation root", Holder: root.Subject.CommonName, Fingerprint: keyID(root)},
		)
	}
	out = append(out, report.Key{Use: "Assessor and seal", Holder: st.Assessor.Name, Fingerprint: st.Assessor.Key})
	if st.Approver.Key != "" {
		out = append(out, report.Key{Use: "Approver", Holder: st.Approver.Name, Fingerprint: st.Approver.Key})
	}
	return out
}

// document lays a statement out for drawing, with all that is known of the
// evidence when it is issued.
func (view *View) document(
	st certificate.Statement,
	rep assurance.Report,
	f assurance.Facts,
	record []byte,
	seal string,
	identity signing.Identity,
) report.Certificate {
	d := front(st, record, seal)
	for _, a := range rep.Areas {
		d.Areas = append(
			d.Areas,
			report.Area{
				Code:       string(a.Area),
				Name:       a.Title,
				Met:        a.Met,
				Applicable: a.Applicable,
				Sentence:   areaSentence(a),
			},
		)
	}
	d.Keys = keysShown(st, identity.Root())
	d.Sources, d.Counts, d.Findings, d.NotTested = view.evidenceOf(f)
	d.Gates = view.gatesOf(f)
	d.Requirements = requirementsOf(rep)
	return d
}

// statementFile is the name of the record inside a certificate's PDF.
const statementFile = certificate.StatementFile

// peopleDecide is what people decide, as a member reads it.
func peopleDecide(gates []certificate.Gate) string {
	var out []string
	for _, g := range gates {
		text, role := strings.TrimRight(strings.TrimSpace(g.Decides), "."), prose.LowerFirst(strings.TrimSpace(g.Role))
		if text == "" || role == "" {
			continue
		}
		article := "A "
		if strings.ContainsRune("aeio", rune(role[0])) {
			article = "An "
		}
		out = append(out, article+role+" decides "+prose.LowerFirst(text)+".")
	}
	return strings.Join(out, " ")
}

// areaSentence says in plain words how an area stands.
func areaSentence(a assurance.AreaScore) string {
	var open []string
	for _, r := range a.Results {
		if r.Status == assurance.StatusNotMet {
			open = append(open, r.Task)
		}
	}
	switch len(open) {
	case 0:
		return "Everything that applies is in place."
	case 1:
		return "Still open: " + prose.LowerFirst(open[0]) + "."
	}
	return "Still open: " + prose.LowerFirst(open[0]) + ", and " + countWords(len(open)-1, "more point") + "."
}

func countWords(n int, what string) string {
	spacedWords := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
	if n != 1 {
		what += "s"
	}
	if n < len(spacedWords) {
		return spacedWords[n] + " " + what
	}
	return itoa(n) + " " + what
}

func requirementsOf(rep assurance.Report) []report.Requirement {
	var out []report.Requirement
	for _, a := range rep.Areas {
		for _, r := range a.Results {
			out = append(
				out,
				report.Requirement{
					Code:     r.Code,
					Name:     r.Title,
					Area:     string(r.Area),
					State:    report.RequirementState(r.Status),
					Blocking: r.Blocking,
					Reason:   r.Reason,
					ToMeet:   r.Remedy,
					Clauses:  r.Clauses,
				},
			)
		}
	}
	return out
}

// evidenceOf lays out the run evidence behind a workflow.
func (view *View) evidenceOf(f assurance.Facts) ([]report.Source, report.Counts, []report.FindingCount, []string) {
	var notTested []string
	counts := report.Counts{
		Runs:     int64(f.Runs.Total),
		From:     day(f.Runs.From),
		Until:    day(f.Runs.To),
		Officers: int64(view.officers(f.Workflow.ID)),
	}
	for _, g := range f.Gates {
		counts.Decisions += int64(g.Decided)
		counts.Releases += int64(g.Released)
	}
	var findings []report.FindingCount
	for _, x := range f.Findings {
		if x.Untested != "" {
			notTested = append(notTested, x.Code+" "+x.Title+": "+x.Untested)
			continue
		}
		findings = append(
			findings,
			report.FindingCount{
				Code:      x.Code,
				Title:     x.Title,
				Tested:    int64(f.Runs.Total),
				Found:     int64(x.Open + x.Explained + x.Actioned + x.Accepted),
				Open:      x.Open,
				Explained: x.Explained + x.Accepted,
				Actioned:  x.Actioned,
				Threshold: threshold(x.Code, f),
			},
		)
	}
	return sourcesOf(f), counts, findings, notTested
}

func day(t time.Time) civil.Date {
	if t.IsZero() {
		return ""
	}
	return civil.Of(t)
}

// threshold is the limit that a test used, in words.
func threshold(code string, f assurance.Facts) string {
	var out []string
	for _, g := range f.Workflow.Gates {
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

var enforcedWords = map[string]string{
	"technical":  "By the platform",
	"procedural": "By procedure",
	"none":       "Not enforced",
}

// gatesOf lays out the gates with what was measured there.
func (view *View) gatesOf(f assurance.Facts) []report.Gate {
	var out []report.Gate
	for _, g := range f.Workflow.Gates {
		names := make([]string, len(g.Officers))
		for i, account := range g.Officers {
			names[i] = account
			if l, ok := f.Workflow.Login(account); ok && l.Name != "" {
				names[i] = l.Name
			}
		}
		d := report.Gate{
			Ref:       g.Key,
			Name:      g.Title,
			Decides:   g.Decides,
			Role:      g.Role,
			Officers:  names,
			FourEyes:  g.FourEyes,
			MinReview: time.Duration(g.MinReviewSeconds) * time.Second,
			Enforced:  enforcedWords[string(g.Enforcement)],
		}
		for _, m := range f.Gates {
			if m.Key != g.Key {
				continue
			}
			d.Measures = []report.Measure{
				{Name: "Runs with a decision", Value: of(m.Decided, f.Runs.Total)},
				{Name: "Decided by a named officer", Value: of(m.ByOfficer, m.Decided)},
			}
			if m.Timed > 0 {
				d.Measures = append(
					d.Measures,
					report.Measure{Name: "Median review time", Value: prose.Seconds(int(m.MedianSeconds))},
					report.Measure{Name: "Faster than the minimum", Value: of(m.UnderMinimum, m.Timed)},
				)
			}
			if m.Comparable > 0 {
				d.Measures = append(
					d.Measures,
					report.Measure{Name: "Decision follows the AI", Value: of(m.Agreed, m.Comparable)},
				)
			}
		}
		out = append(out, d)
	}
	return out
}

func of(n, total int) string { return itoa(n) + " of " + itoa(total) }

// itoa writes a count with commas between thousands.
func itoa(n int) string { return printer.Sprintf("%d", n) }

var printer = message.NewPrinter(language.BritishEnglish)
