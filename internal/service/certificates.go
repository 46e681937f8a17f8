package service

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"assay/internal/assurance"
	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/organisation"
	"assay/internal/prose"
	"assay/internal/report"
	"assay/internal/review"
	"assay/internal/signing"
	"assay/internal/store"
	"assay/internal/store/db"
	"assay/internal/workflow"
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
	// Remarks is what has changed since it was issued, while it stands: a sentence each.
	Remarks []string `json:"remarks"`
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
			Remarks:       []string{},
		})
	}
	return view.views
}

// remark says of each certificate that stands what has changed since it was
// issued: the paper cannot, and whoever asks if it still stands has to hear it.
func (view *View) remark(ctx context.Context, views []CertificateView) error {
	for i := range views {
		v := &views[i]
		wf, ok := view.workflowByID[v.WorkflowID]
		if !ok || v.Status != string(certificate.StatusIssued) {
			continue
		}
		row, err := view.certificate(ctx, v.Number)
		if err != nil {
			return err
		}
		st, err := certificate.Parse([]byte(row.Statement))
		if err != nil {
			return err
		}
		v.Remarks = []string{}
		if st.Workflow.Version != wf.Version {
			v.Remarks = append(
				v.Remarks, fmt.Sprintf("Issued for version %s; %s runs.", st.Workflow.Version, wf.Version),
			)
		}
		if wf.Lifecycle != workflow.LifecycleLive && wf.Lifecycle != workflow.LifecycleTrial {
			v.Remarks = append(v.Remarks, fmt.Sprintf("The workflow is %s now.", wf.Lifecycle))
		}
		months := cmp.Or(view.org.EvidenceMonths, organisation.DefaultEvidenceMonths)
		newest := st.Evidence.To
		for _, x := range st.Sources { // version 1 has no other day
			newest = max(newest, day(x.To))
		}
		if !newest.IsZero() && newest.AddMonths(months).Before(civil.Of(view.now)) {
			v.Remarks = append(v.Remarks, fmt.Sprintf("Its newest run is of %s; evidence counts as recent for %s.",
				newest.Long(), prose.Count(months, "month")))
		}
		// A condition is kept where its action was done; one whose action is gone is not.
		late := 0
		for _, c := range st.Conditions {
			if c.Due < civil.Of(view.now) && !slices.ContainsFunc(view.actions, func(a review.Action) bool {
				title := conditionTitle(st, c)
				if st.Format == certificate.FormatFirst {
					title = c.Requirement + ": " + c.Text
				}
				return a.WorkflowID == v.WorkflowID && a.Title == title && a.Due == c.Due &&
					a.Status == review.ActionDone
			}) {
				late++
			}
		}
		if late > 0 {
			v.Remarks = append(v.Remarks, fmt.Sprintf("%s past the day of which the certificate speaks.",
				prose.Count(late, "condition")))
		}
	}
	return nil
}

// Certificates lists what was issued, newest first.
func (s *Service) Certificates(ctx context.Context) (out []CertificateView, err error) {
	err = s.readView(ctx, func(view *View) error {
		out = slices.Clone(view.certificateViews())
		return view.remark(ctx, out)
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
		one := filter(view.certificateViews(), func(x *CertificateView) bool { return x.Number == number })
		if err := view.remark(ctx, one); err != nil {
			return err
		}
		v.CertificateView = one[0]
		if v.Seal, err = view.sealOf(ctx, row); err != nil {
			return err
		}
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
	// Attempts are those since the last certificate that something stood in the way
	// of: the next one tells of them.
	Attempts []certificate.Attempt `json:"attempts"`

	wf workflow.Workflow
}

// PlanCertificate says what a certificate for a workflow needs now. What was
// found in its way leaves an entry in the log.
func (s *Service) PlanCertificate(ctx context.Context, workflow string) (p IssuePlan, err error) {
	if p, err = s.planCertificate(ctx, workflow); err != nil || len(p.Refusals) == 0 {
		return p, err
	}
	wf := p.wf
	return p, s.attempted(ctx, &wf, true, p.Refusals)
}

func (s *Service) planCertificate(ctx context.Context, workflow string) (p IssuePlan, err error) {
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
		p.wf = *wf
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
		attempts, err := attemptsOf(ctx, view.r, wf.Ref, p.Supersedes)
		if err != nil {
			return err
		}
		p.Attempts = told(attempts)
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

// earlier are the numbers of a workflow's certificates so far, the newest first, and
// those of them that were revoked.
func (view *View) earlier(workflowID string) (all []string, revoked []certificate.Earlier) {
	for _, c := range view.issued() {
		if c.WorkflowID != workflowID {
			continue
		}
		all = append(all, c.Number)
		if !c.RevokedOn.IsZero() {
			revoked = append(revoked, certificate.Earlier{
				Number: c.Number, Revoked: c.RevokedOn, By: c.RevokedBy, Why: oneLine(c.RevokeReason),
			})
		}
	}
	return all, revoked
}

// raiseConditions makes an action of each condition of a certificate, with its
// owner and day, so that the register asks for what the paper promises. What an
// earlier certificate raised and is not done yet is not raised again.
func (view *View) raiseConditions(ctx context.Context, t *store.Tx, st certificate.Statement) error {
	for _, c := range st.Conditions {
		title := conditionTitle(st, c)
		if slices.ContainsFunc(view.actions, func(a review.Action) bool {
			return a.WorkflowID == st.Workflow.ID && a.Status == review.ActionOpen && a.Title == title && a.Due == c.Due
		}) {
			continue
		}
		a := review.Action{
			Title:      title,
			Source:     review.Subject{Kind: review.SubjectCertificate, Ref: st.Number},
			WorkflowID: st.Workflow.ID,
			OwnerID:    c.OwnerID,
			Raised:     civil.Of(st.Issued),
			Due:        c.Due,
			Status:     review.ActionOpen,
			Sample:     st.Sample,
		}
		if err := save(ctx, t, store.Actions, id.Action, &a, review.Action.Validate); err != nil {
			return err
		}
	}
	return nil
}

// conditionTitle is that of the action which a condition becomes: what the rule asks
// for, and what the assessor wrote beside it.
func conditionTitle(st certificate.Statement, c certificate.Condition) string {
	out := c.Requirement + ": " + st.Task(c)
	if added := st.Added(c); added != "" {
		out += " (" + prose.Quote(added) + ")"
	}
	return out
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

// sealedVerdict are a statement's verdicts as a seal states them.
var sealedVerdict = map[certificate.Verdict]signing.Verdict{
	certificate.VerdictMet:        signing.VerdictGoverned,
	certificate.VerdictExceptions: signing.VerdictExceptions,
	certificate.VerdictConditions: signing.VerdictConditions,
}

func claimsOf(st certificate.Statement, record []byte) signing.Claims {
	c := signing.Claims{
		Number:       st.Number,
		Organisation: prose.Shorten(st.Organisation.Name, 80),
		WorkflowRef:  st.Workflow.Ref,
		Workflow:     prose.Shorten(prose.Called(st.Workflow.Name), 80),
		Verdict:      sealedVerdict[st.Verdict],
		Issued:       civil.Of(st.Issued),
		ValidUntil:   st.ValidUntil,
		Digest:       signing.RecordDigest(record),
	}
	conditions := make([]signing.SealedCondition, len(st.Conditions))
	for i, x := range st.Conditions {
		conditions[i] = signing.Condition(st.Task(x), x.Due)
	}
	c.SetConditions(conditions)
	for i, a := range st.Areas {
		if i < len(c.Scores) {
			c.Scores[i] = signing.Score{Met: uint(a.Met), Applicable: uint(a.Applicable)}
		}
	}
	return c
}

// takePlace ends the certificates of the workflow that one replaces now that it
// is approved.
func (s *Service) takePlace(
	ctx context.Context,
	t *store.Tx,
	view *View,
	number string,
	st certificate.Statement,
	by string,
) error {
	next := certificate.Certificate{Number: number, WorkflowID: st.Workflow.ID, Issued: st.Issued}
	replaced, err := certificate.Replaced(view.issued(), next)
	if err != nil {
		return err
	}
	for _, old := range replaced {
		e, err := old.Supersede(number, by, view.now)
		if err != nil {
			return err
		}
		if err := s.befell(ctx, t, old.Number, e); err != nil {
			return err
		}
	}
	return nil
}

// drawSigned draws a certificate and signs it as its assessor; seal is empty where
// nobody has approved it.
func drawSigned(
	ctx context.Context,
	st certificate.Statement,
	record []byte,
	seal string,
	assessor signing.Identity,
	now time.Time,
) ([]byte, error) {
	var page bytes.Buffer
	drawn := drawnCertificate(st, record, seal, assessor.Root())
	if _, err := report.WriteCertificate(&page, drawn, report.Standard); err != nil {
		return nil, err
	}
	return signing.SignPDF(ctx, page.Bytes(), report.FieldAssessor, assessor,
		signing.PDFOptions{Now: now, Reason: "Issued as assessor"})
}

// signApproved adds the approver's signature to a certificate.
func signApproved(ctx context.Context, pdf []byte, approver signing.Identity, now time.Time) ([]byte, error) {
	return signing.SignPDF(ctx, pdf, report.FieldApprover, approver, signing.PDFOptions{Now: now, Reason: "Approved"})
}

// ApproveRequest is the approval of an issued certificate by the person whom it
// names, with the passphrase of their own key.
type ApproveRequest struct {
	Number     string `json:"number"`
	Approver   string `json:"approver"` // a person's reference; empty: whom the certificate names
	Passphrase string `json:"passphrase"`
	// AssessorPassphrase, where the assessor is at the keyboard too, has the page
	// drawn anew with the approver's seal on it, and signed by both. Without it the
	// approver signs the page as it was drawn: the seal is then in the other editions,
	// and in a picture of its own (SealPicture).
	AssessorPassphrase string `json:"assessor_passphrase"`
}

// sealSetting begins the name of the setting with the seal of a certificate that
// was approved after it was issued.
const sealSetting = "seal "

// sealOf is a certificate's seal; empty where there is none.
func (view *View) sealOf(ctx context.Context, row db.Certificate) (string, error) {
	if row.Seal != "" {
		return row.Seal, nil
	}
	seal, err := view.r.Setting(ctx, sealSetting+row.Number)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return seal, err
}

// Countersign adds the approver's signature to an issued certificate.
func (s *Service) Countersign(ctx context.Context, number, approver, passphrase string) error {
	return s.ApproveCertificate(ctx, ApproveRequest{Number: number, Approver: approver, Passphrase: passphrase})
}

// ApproveCertificate adds the approver's signature to an issued certificate, which
// from then on takes the place of those before it.
func (s *Service) ApproveCertificate(ctx context.Context, q ApproveRequest) error {
	return s.change(
		ctx,
		doing{
			action:  "certificate.countersign",
			subject: q.Number,
			summary: "Approved " + q.Number,
			may:     organisation.ActionRead,
		},
		func(t *store.Tx) error {
			view, err := s.freshView(ctx, &t.Reader)
			if err != nil {
				return err
			}
			row, err := view.certificate(ctx, q.Number)
			if err != nil {
				return err
			}
			st, err := certificate.Parse([]byte(row.Statement))
			if err != nil {
				return err
			}
			named := st.Approver()
			if q.Approver == "" {
				q.Approver = named.PersonID
			}
			p, err := store.People.Get(ctx, &t.Reader, q.Approver)
			if err != nil {
				return err
			}
			if named.PersonID != p.ID {
				return fault.Forbidden("%s names %s as approver; only they can sign it.", q.Number, named.Name)
			}
			if err := second(ctx, &t.Reader, p, st.Assessor().PersonID); err != nil {
				return err
			}
			for _, c := range view.issued() {
				if c.Number == q.Number && (c.Approved || c.Status != certificate.StatusIssued) {
					return fault.Conflict("%s is %s; it cannot be approved.", q.Number,
						map[bool]string{true: "approved already", false: string(c.Status)}[c.Approved])
				}
			}
			approver, err := s.identity(ctx, &t.Reader, p.ID, q.Passphrase)
			if err != nil {
				return err
			}
			if named.Key != "" && named.Key != keyID(approver.Certificate()) {
				return fault.Conflict(
					"%s names another key of %s than the one in use now; issue it anew.", q.Number, p.Name,
				)
			}
			if err := view.stillSo(ctx, st); err != nil {
				return err
			}
			if err := s.takePlace(ctx, t, view, q.Number, st, p.Name); err != nil {
				return err
			}
			pdf, err := s.approvedPage(ctx, t, view, row, st, q, approver)
			if err != nil {
				return err
			}
			if pdf, err = signApproved(ctx, pdf, approver, s.clock()); err != nil {
				return err
			}
			blob, _, err := t.PutBlob(ctx, bytes.NewReader(pdf))
			if err != nil {
				return err
			}
			t.Entry().Summary = oneLine(p.Name + " approved " + q.Number)
			return s.befell(ctx, t, q.Number, certificate.Event{
				Kind: certificate.EventCountersigned, At: s.clock(), By: p.Name, Detail: blob,
			})
		},
	)
}

// stillSo refuses the approval of a certificate whose workflow shows something else by
// now: what came in after it was issued is on no page, and the approver would sign that
// nothing did.
func (view *View) stillSo(ctx context.Context, st certificate.Statement) error {
	wf, err := store.Workflows.Get(ctx, view.r, st.Workflow.ID)
	if err != nil {
		return err
	}
	f, rep, err := view.judge(ctx, wf)
	if err != nil {
		return err
	}
	if moved := st.Moved(f, rep); len(moved) > 0 {
		return fault.Conflict("%s was issued on %s, and is no longer so: %s. Issue it anew.", st.Number,
			civil.Of(st.Issued).Long(), strings.Join(moved, "; "))
	}
	return nil
}

// approvedPage is what the approver signs: the page as it was drawn, or, where the
// assessor signs again, a new one with the approver's seal on it. The seal is made
// and kept in either case.
func (s *Service) approvedPage(
	ctx context.Context,
	t *store.Tx,
	view *View,
	row db.Certificate,
	st certificate.Statement,
	q ApproveRequest,
	approver signing.Identity,
) ([]byte, error) {
	if row.Seal != "" {
		return view.pdf(ctx, row)
	}
	record := []byte(row.Statement)
	seal, err := signing.FormatSeal(approver, claimsOf(st, record))
	if err != nil {
		return nil, err
	}
	if err := t.PutSetting(ctx, sealSetting+q.Number, seal); err != nil {
		return nil, err
	}
	if q.AssessorPassphrase == "" { // the page stays as its assessor signed it; the seal comes beside it
		return view.pdf(ctx, row)
	}
	assessor, err := s.identity(ctx, &t.Reader, st.Assessor().PersonID, q.AssessorPassphrase)
	if err != nil {
		return nil, err
	}
	if keyID(assessor.Certificate()) != st.Assessor().Key {
		return nil, fault.Conflict("%s names another key of %s than the one in use now; issue it anew.",
			q.Number, st.Assessor().Name)
	}
	return drawSigned(ctx, st, record, seal, assessor, s.clock())
}

// SealPicture is a certificate's seal as a PNG picture, to be printed on a sheet of its
// own where the page was signed before it was approved. Errors: conflict (there is none).
func (s *Service) SealPicture(ctx context.Context, number string) ([]byte, error) {
	c, err := s.Certificate(ctx, number)
	if err != nil {
		return nil, err
	}
	if c.Seal == "" {
		return nil, fault.Conflict(
			"%s has no seal: it is made when %s approves it.", number, c.Statement.Approver().Name,
		)
	}
	return signing.SealPicture(c.Seal)
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

// statementFile is the name of the record inside a certificate's PDF.
const statementFile = certificate.StatementFile

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

func day(t time.Time) civil.Date {
	if t.IsZero() {
		return ""
	}
	return civil.Of(t)
}
