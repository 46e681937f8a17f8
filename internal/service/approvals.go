package service

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"assay/internal/approval"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/prose"
	"assay/internal/risk"
	"assay/internal/signing"
	"assay/internal/standard"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// ApprovalRequest is who approves something. With the passphrase of the
// approver's own key the approval is signed; without it the record says only
// that it was recorded as approved.
type ApprovalRequest struct {
	Approver   string `json:"approver"`   // a person's reference or identifier
	Passphrase string `json:"passphrase"` // of the approver's own key; empty: recorded without a signature
}

// approve makes the approval of content, in the spelling in which the register
// keeps it, by a person who may do so; preparers, by identifier, cannot approve
// what they prepared. What is approved is named in one line ("policy POL-0003,
// version 2"). The caller keeps the result beside what it approves. Errors:
// invalid, not_found, forbidden (no such duty, a preparer, a wrong passphrase),
// conflict (a passphrase, but no key).
func (s *Service) approve(
	ctx context.Context,
	r *store.Reader,
	q ApprovalRequest,
	may organisation.Action,
	what string,
	content []byte,
	preparers ...string,
) (approval.Approval, error) {
	if q.Approver == "" {
		return approval.Approval{}, fault.Invalid("approver", "Name the person who approves.")
	}
	p, err := store.People.Get(ctx, r, q.Approver)
	if err != nil {
		return approval.Approval{}, err
	}
	if err := p.May(may); err != nil {
		return approval.Approval{}, err
	}
	recorder := approval.Who{Name: "Assay"}
	if who := s.SignedIn(); who != nil {
		recorder = approval.Who{ID: who.ID, Name: oneLine(who.Name)}
	}
	name, err := toldApart(ctx, r, p)
	if err != nil {
		return approval.Approval{}, err
	}
	a, err := approval.New(oneLine(what), approval.DigestOf(content),
		approval.Who{ID: p.ID, Name: name}, recorder, s.clock())
	if err != nil {
		return a, err
	}
	if err := second(ctx, r, p, preparers...); err != nil {
		return a, err
	}
	if q.Passphrase == "" {
		return a, nil
	}
	identity, err := s.identity(ctx, r, p.ID, q.Passphrase)
	if err != nil {
		return a, err
	}
	return a.Sign(identity.Key)
}

// toldApart is a person's name for a record that others read: with their reference
// where somebody else of the register has the same name, however it is written.
func toldApart(ctx context.Context, r *store.Reader, p *organisation.Person) (string, error) {
	people, err := store.People.List(ctx, r)
	if err != nil {
		return "", fmt.Errorf("look for people of one name: %w", err)
	}
	name := oneLine(visible(p.Name))
	for _, x := range people {
		if x.ID != p.ID && organisation.SameName(x.Name, p.Name) {
			return name + " (" + p.Ref + ")", nil
		}
	}
	return name, nil
}

// visible is a name without the characters that nobody sees.
func visible(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, name)
}

// second refuses a second person who is one of those who prepared a thing, by
// identifier: the same entry, or another one that may be of the same person, as
// either entry stands or ever stood: a name is changed for a minute, or for good.
// Errors: forbidden.
func second(ctx context.Context, r *store.Reader, p *organisation.Person, preparers ...string) error {
	for _, id := range preparers {
		if id == "" {
			continue
		}
		one, err := store.People.Find(ctx, r, id)
		switch {
		case err != nil:
			return err
		case one == nil: // the entry was deleted; what it said is in the log
			one = &organisation.Person{ID: id, Ref: "an entry that was deleted"}
		case one.ID == p.ID:
			return fault.Forbidden("%s prepared this and cannot approve it; ask somebody else.", p.Name)
		}
		same, err := everSame(ctx, r, one, p)
		if err != nil {
			return err
		}
		if same {
			return fault.Forbidden(
				"%s (%s) has, or had, the name, the email address or an account of %s (%s), who prepared this; "+
					"ask somebody else.",
				p.Name, p.Ref, one.Name, one.Ref,
			)
		}
	}
	return nil
}

// everSame tells whether two entries may be, or may once have been, of one person.
func everSame(ctx context.Context, r *store.Reader, a, b *organisation.Person) (bool, error) {
	var forms [2][]organisation.Person
	for i, p := range []*organisation.Person{a, b} {
		forms[i] = []organisation.Person{*p}
		rows, err := r.RowHistory(ctx, store.People.Table(), p.ID)
		if err != nil {
			return false, fmt.Errorf("read history of %s: %w", p.Ref, err)
		}
		for _, row := range rows {
			var columns struct {
				Body string `json:"body"`
			}
			var was organisation.Person
			if !row.Row.Valid || json.Unmarshal([]byte(row.Row.String), &columns) != nil ||
				json.Unmarshal([]byte(columns.Body), &was) != nil {
				continue // deleted, or as an older version wrote it
			}
			was.ID = "" // who it is, is not what is compared
			forms[i] = append(forms[i], was)
		}
	}
	for _, x := range forms[0] {
		for _, y := range forms[1] {
			if organisation.SamePerson(x, y) {
				return true, nil
			}
		}
	}
	return false, nil
}

// named is who is named as the second person of something, and who as the first.
type named struct {
	what     string
	second   string
	preparer [2]string
}

// namedIn lists the second people whom a record names.
func namedIn(noun any) (out []named) {
	switch n := noun.(type) {
	case *policy.Policy:
		for _, v := range n.Versions {
			out = append(out, named{"version " + v.Number, v.ApprovedBy, [2]string{v.SubmittedBy}})
		}
	case *risk.Assessment:
		out = append(out, named{"approved", n.ApprovedBy, [2]string{n.PreparedBy, n.ReviewedBy}})
		if n.ReviewedBy != "" {
			out = append(out, named{"reviewed", n.ReviewedBy, [2]string{n.PreparedBy}})
		}
		for _, x := range n.Risks {
			out = append(out, named{"accepted " + x.Ref, x.Acceptance.By, [2]string{n.PreparedBy}})
		}
	case *standard.SoARow:
		if n == nil {
			break
		}
		out = append(out, named{"control", n.ApprovedBy, [2]string{}})
	}
	return out
}

// bySecond refuses a record that names somebody as the second person who is the
// first one again, under this entry or another; where it names nobody as the first,
// that is who is at the keyboard. What was, as the register holds it, names the
// same is not asked again. Errors: forbidden, not_found.
func (s *Service) bySecond(ctx context.Context, r *store.Reader, was, noun any) error {
	before := namedIn(was)
	for _, x := range namedIn(noun) {
		if x.second == "" || slices.Contains(before, x) {
			continue
		}
		if x.preparer == [2]string{} {
			x.preparer[0] = s.personID()
		}
		p, err := store.People.Get(ctx, r, x.second)
		if err != nil {
			return err
		}
		if err := second(ctx, r, p, x.preparer[:]...); err != nil {
			return err
		}
	}
	return nil
}

// approvedBy is "approved by Mary Hartley (with their own key)" for a sentence.
func approvedBy(keys approval.Keys, a approval.Approval, name string) string {
	if name == "" {
		return "approved by nobody"
	}
	if a.Signed() {
		return "approved by " + keys.By(a, name)
	}
	return a.By(name)
}

// acceptedBy is what follows "accepted by" in a table of risks.
func acceptedBy(keys approval.Keys, a approval.Approval, name string) string {
	switch {
	case name == "" || a.Signed():
		return keys.By(a, name)
	case a.IsZero():
		return name + " (as recorded)"
	}
	return name + " (as recorded by " + a.Recorder.Name + ")"
}

// checkApproval holds an approval that the register keeps against the content
// that it is of and, where it is signed, against the approver's key. A key that
// was revoked later made the approval all the same. Errors: tampered.
func checkApproval(ctx context.Context, r *store.Reader, a approval.Approval, content []byte) error {
	if err := a.Covers(content); err != nil || !a.Signed() {
		return err
	}
	keys, err := keysOf(ctx, r)
	if err != nil {
		return fmt.Errorf("check approval: %w", err)
	}
	for _, k := range keys {
		if k.ID != a.Key {
			continue
		}
		if k.PersonID.String != a.Approver.ID {
			return fault.Tampered("The approval of %s is signed with a key of somebody else than %s: %s.",
				a.What, a.Approver.Name, signing.Fingerprint(k.cert))
		}
		return a.Verify(k.cert.PublicKey)
	}
	return fault.Tampered("The approval of %s names a key that this register does not know.", a.What)
}

// checkApprovals holds every approval of a policy, a risk assessment, an accepted
// risk, a declaration, an explanation of findings and the reading of a sample
// against what it covers now, and against its key.
func checkApprovals(ctx context.Context, r *store.Reader, c *CheckReport) error {
	checked, elsewhere := 0, 0
	received, err := r.Setting(ctx, receivedSetting)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("check approvals: %w", err)
	}
	keys, err := keysOf(ctx, r)
	if err != nil {
		return fmt.Errorf("check approvals: %w", err)
	}
	hold := func(ref string, a approval.Approval, content []byte, err error) {
		if err == nil && !a.IsZero() {
			checked++
			here := slices.ContainsFunc(keys, func(k storedKey) bool { return k.ID == a.Key })
			if received != "" && a.Signed() && !here {
				elsewhere++ // keys stay in the register that this one was handed over from
				err = a.Covers(content)
			} else {
				err = checkApproval(ctx, r, a, content)
			}
		}
		if err != nil {
			c.problem("%s: %s", ref, sentenceOf(err))
		}
	}
	policies, err := store.Policies.List(ctx, r)
	if err != nil {
		return fmt.Errorf("check approvals: %w", err)
	}
	for _, p := range policies {
		for _, v := range p.Versions {
			content, err := p.ApprovalContent(v.Number)
			hold(p.Ref, v.Approval, content, err)
		}
	}
	assessments, err := store.Assessments.List(ctx, r)
	if err != nil {
		return fmt.Errorf("check approvals: %w", err)
	}
	for _, a := range assessments {
		content, err := a.ApprovalContent()
		hold(a.Ref, a.Approval, content, err)
		for _, x := range a.Risks {
			content, err := a.AcceptanceContent(x)
			hold(x.Ref, x.Acceptance.Approval, content, err)
		}
	}
	workflows, err := store.Workflows.List(ctx, r)
	if err != nil {
		return fmt.Errorf("check approvals: %w", err)
	}
	for i := range workflows {
		wf := &workflows[i]
		for _, d := range wf.Declarations {
			content, err := d.ApprovalContent()
			hold(wf.Ref+", declaration of "+civil.Of(d.MadeAt).Long(), d.Approval, content, err)
		}
		said, err := runs.Dispositions(ctx, r.SQL, wf.ID)
		if err != nil {
			return fmt.Errorf("check approvals: %w", err)
		}
		for _, d := range said {
			content, err := d.Content()
			hold(wf.Ref+", what was said of "+prose.Count(d.Findings, "finding")+" on "+civil.Of(d.At).Long(),
				d.Basis.Approval, content, err)
		}
		if err := checkSignOffs(ctx, r, wf, hold); err != nil {
			return fmt.Errorf("check approvals: %w", err)
		}
	}
	if err := checkForms(ctx, r, hold); err != nil {
		return fmt.Errorf("check approvals: %w", err)
	}
	c.step(
		"%s of policies, assessments, documents, risks, declarations, explanations and samples were held against "+
			"what they "+
			"cover.",
		prose.Count(checked, "approval"),
	)
	if elsewhere > 0 {
		c.step("%s signed with keys of the register that this one was handed over from; only it can tell whether "+
			"they hold.", map[bool]string{true: "One is", false: fmt.Sprintf("%d are", elsewhere)}[elsewhere == 1])
	}
	return nil
}

// checkSignOffs holds the sign-offs of a workflow's samples. Where runs of a sample
// were purged, what was signed names them otherwise, and the log's digests speak.
func checkSignOffs(
	ctx context.Context, r *store.Reader, wf *workflow.Workflow,
	hold func(string, approval.Approval, []byte, error),
) error {
	list, err := samples.Of(ctx, r, wf.ID)
	if err != nil {
		return err
	}
	purges, err := runs.Purges(ctx, r.SQL)
	if err != nil {
		return err
	}
	for _, x := range list {
		if x.SignedOff == nil || slices.ContainsFunc(x.Imports, func(i SampledImport) bool {
			_, gone := purges[i.ID]
			return gone
		}) {
			continue
		}
		if x.Said, err = saidOf(ctx, r, x); err != nil {
			return err
		}
		content, err := x.signedContent(*x.SignedOff)
		hold(x.Ref, x.SignedOff.Approval, content, err)
	}
	return nil
}

// sentenceOf is a fault's message, or the error's text.
func sentenceOf(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Message
	}
	return err.Error()
}
