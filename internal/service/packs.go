package service

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"assay/internal/approval"
	"assay/internal/assurance"
	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/form"
	"assay/internal/id"
	"assay/internal/imported"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/pack"
	"assay/internal/prose"
	"assay/internal/report"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/signing"
	"assay/internal/store"
	"assay/internal/store/db"
	"assay/internal/store/runs"
	"assay/internal/verifypage"
	"assay/internal/workflow"
)

// Folders of a pack, below data/.
const (
	logFolder      = pack.LogFolder
	recordsFolder  = pack.RecordsFolder
	evidenceFolder = pack.EvidenceFolder
	certFolder     = pack.CertificatesFolder
)

// secondCertFile is the certificate of the key for second signatures, in a pack.
const secondCertFile = "second.pem"

// PackRequest asks for an evidence pack.
type PackRequest struct {
	Workflow   string `json:"workflow"` // reference; empty: the whole organisation
	Path       string `json:"path"`     // the zip to write; must not be there yet
	Passphrase string `json:"passphrase"`
	Approver   string `json:"approver"` // named on the cover; may be empty
	// Progress is called with what is being done; nil is nobody.
	Progress func(string) `json:"-"`
}

// Packed is what was written.
type Packed struct {
	Ref    string `json:"ref"`
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	Files  int    `json:"files"`
	Pages  int    `json:"pages"`
}

// WritePack writes an evidence pack: the signed document, the records as JSON
// and CSV, the documents kept as evidence, the certificates, and the activity
// log with its proofs. It is written beside its place and moved there when it is
// whole; a failed pack leaves no file.
func (s *Service) WritePack(ctx context.Context, q PackRequest) (out Packed, err error) {
	if q.Path, err = filepath.Abs(q.Path); err != nil {
		return out, fault.Doing("find the file for the pack", err)
	}
	if _, err := os.Lstat(q.Path); err == nil {
		return out, fault.Conflict("There already is a file %s; choose another name.", q.Path)
	}
	if q.Progress == nil {
		q.Progress = func(string) {}
	}
	if err := s.ensureLogKey(ctx); err != nil {
		return out, err
	}
	tmp, err := os.CreateTemp(filepath.Dir(q.Path), ".assay-pack-*")
	if err != nil {
		return out, fault.Unreadable(filepath.Base(q.Path), "The folder cannot be written to.").Because(err)
	}
	defer func() {
		tmp.Close()
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	err = s.change(
		ctx,
		doing{
			action:  "pack.write",
			subject: q.Workflow,
			summary: "Wrote an evidence pack",
			may:     organisation.ActionExport,
		},
		func(t *store.Tx) error {
			out, err = s.writePack(ctx, t, q, tmp)
			return err
		},
	)
	if err != nil {
		return Packed{}, err
	}
	if err := errors.Join(tmp.Sync(), tmp.Close(), os.Rename(tmp.Name(), q.Path)); err != nil {
		return Packed{}, fault.Unreadable(filepath.Base(q.Path), "The pack could not be put in its place.").Because(err)
	}
	out.Path = q.Path
	return out, nil
}

func (s *Service) writePack(ctx context.Context, t *store.Tx, q PackRequest, f *os.File) (Packed, error) {
	p, scopeRef, err := s.newPacker(ctx, t, q)
	if err != nil {
		return Packed{}, err
	}
	if err := p.prepare(ctx); err != nil {
		return Packed{}, err
	}
	if err := p.open(ctx, f); err != nil {
		return Packed{}, err
	}
	if err := p.write(ctx, signing.FormatCertificates(p.identity.Root())); err != nil {
		return Packed{}, err
	}
	var manifest string
	err = p.bag.Close(func(ctx context.Context, content io.Reader) ([]byte, error) {
		var copied bytes.Buffer
		sig, err := signing.SignDetached(ctx, p.identity, io.TeeReader(content, &copied), p.w.now)
		manifest = certificate.DigestOf(copied.Bytes())
		return sig, err
	})
	if err != nil {
		return Packed{}, err
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return Packed{}, err
	}
	digest, err := fileDigest(f)
	if err != nil {
		return Packed{}, err
	}
	t.Entry().Subject, t.Entry().Summary = p.ref, oneLine("Wrote the evidence pack "+p.ref+" of "+p.scope)
	t.Entry().Digests = append(t.Entry().Digests, ledger.Digest{Name: "pack", SHA256: digest})
	if err := t.PutLogHead(ctx, p.head.Size, string(p.note)); err != nil {
		return Packed{}, err
	}
	err = t.InsertPack(
		ctx,
		db.InsertPackParams{
			Ref:      p.ref,
			Scope:    scopeRef,
			IssuedAt: store.Stamp(p.w.now),
			Sha256:   digest,
			Manifest: manifest,
		},
	)
	return Packed{Ref: p.ref, Bytes: size, SHA256: digest, Files: p.files, Pages: p.pages}, err
}

// newPacker reads the register for a pack, gives the pack its number and unlocks the keys it
// is signed with. scopeRef is the workflow that it is of; empty: the whole organisation.
func (s *Service) newPacker(ctx context.Context, t *store.Tx, q PackRequest) (p *packer, scopeRef string, err error) {
	view, err := s.freshView(ctx, &t.Reader)
	if err != nil {
		return nil, "", err
	}
	identity, err := s.identity(ctx, &t.Reader, s.SignedIn().ID, q.Passphrase)
	if err != nil {
		return nil, "", err
	}
	list, scope := view.workflows, "the whole organisation"
	if q.Workflow != "" {
		wf, err := store.Workflows.Get(ctx, &t.Reader, q.Workflow)
		if err != nil {
			return nil, "", err
		}
		list, scope, scopeRef = []workflow.Workflow{*wf}, refAndName(wf.Ref, wf.Name), wf.Ref
	}
	n, err := t.NextNumber(ctx, id.Pack+view.now.Format("-2006"))
	if err != nil {
		return nil, "", err
	}
	p = &packer{s: s, w: view, t: t, identity: identity, list: list, scope: scope, q: q}
	p.ref = id.YearRef(id.Pack, view.now.Year(), n)
	p.second, err = quantumKey(ctx, &t.Reader, s.SignedIn().ID, q.Passphrase)
	return p, scopeRef, err
}

// open begins the file of the pack, with the page that says how to check it.
func (p *packer) open(ctx context.Context, f *os.File) (err error) {
	view := p.w
	how := pack.HowTo{
		Organisation: view.org.Name,
		Signer:       p.identity.Certificate().Subject.CommonName,
		Fingerprint:  signing.Fingerprint(p.identity.Root()),
		Root:         "root.pem",
		Documents:    []string{p.ref + ".pdf"},
	}
	var again pack.SignFunc
	if p.second != nil {
		pin, err := signing.QuantumPin(p.second.Cert)
		if err != nil {
			return err
		}
		how.Second, how.SecondCert = pin.Fingerprint, secondCertFile
		again = func(ctx context.Context, content io.Reader) ([]byte, error) {
			return signing.SignQuantum(ctx, *p.second, content, view.now)
		}
	}
	p.bag, err = pack.NewWriter(ctx, f, pack.Options{
		Name: p.ref, Time: view.now,
		Info: []pack.Field{
			{Label: "Source-Organization", Value: oneLine(view.org.Name)},
			{Label: "External-Description", Value: oneLine("AI governance evidence of " + p.scope)},
			{Label: "External-Identifier", Value: p.ref},
		},
		How:    how,
		Second: again,
	})
	return err
}

func fileDigest(f *os.File) (string, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// packer writes one pack.
type packer struct {
	s        *Service
	w        *View
	t        *store.Tx
	identity signing.Identity
	ref      string
	scope    string
	list     []workflow.Workflow
	q        PackRequest

	bag   *pack.Writer
	facts map[string]assurance.Facts
	reps  map[string]assurance.Report
	head  ledger.Head
	note  []byte
	files int

	logKey logKey
	second *signing.QuantumKey // of whoever signs; nil: they have none
	pages  int
	held   []report.EvidenceItem

	people []organisation.Person // named in the pack
	keys   approval.Keys         // with which its records were approved
}

func (p *packer) prepare(ctx context.Context) error {
	p.facts, p.reps = map[string]assurance.Facts{}, map[string]assurance.Report{}
	breaks, err := breaksOf(ctx, &p.t.Reader)
	if err != nil {
		return err
	}
	if p.keys, err = keysMade(ctx, &p.t.Reader); err != nil {
		return err
	}
	for i := range p.list {
		f, rep, err := p.w.judge(ctx, &p.list[i])
		if err != nil {
			return err
		}
		if f.Twins, err = p.w.twins(ctx, &p.list[i]); err != nil {
			return err
		}
		f.Breaks = breaks
		p.facts[p.list[i].ID], p.reps[p.list[i].ID] = f, rep
	}
	if p.q.Workflow != "" {
		if err := p.w.narrow(ctx, &p.list[0]); err != nil {
			return err
		}
	}
	if p.head, p.logKey, err = p.s.headNow(ctx, &p.t.Reader); err != nil {
		return err
	}
	p.note, err = ledger.SignHead(p.head, p.logKey.Key, p.identity.Key)
	return err
}

func (p *packer) add(name string, r io.Reader) (pack.File, error) {
	p.files++
	return p.bag.Add(name, r)
}

func (p *packer) addBytes(name string, b []byte) error {
	_, err := p.add(name, bytes.NewReader(b))
	return err
}

func (p *packer) write(ctx context.Context, rootPEM []byte) error {
	if err := p.bag.AddTag("root.pem", rootPEM); err != nil {
		return err
	}
	if p.second != nil {
		if err := p.bag.AddTag(
			secondCertFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.second.Cert}),
		); err != nil {
			return err
		}
	}
	if err := p.bag.AddTag("verify.html", verifypage.HTML()); err != nil {
		return err
	}
	p.q.Progress("Documents kept as evidence")
	if err := p.documents(ctx); err != nil {
		return err
	}
	p.q.Progress("Records")
	if err := p.records(ctx); err != nil {
		return err
	}
	if err := p.samples(ctx); err != nil {
		return err
	}
	p.q.Progress("Assessments and dossiers")
	if err := p.written(ctx); err != nil {
		return err
	}
	p.q.Progress("Certificates")
	if err := p.certificates(ctx); err != nil {
		return err
	}
	p.q.Progress("Activity log and its proofs")
	if err := p.log(ctx); err != nil {
		return err
	}
	p.q.Progress("The signed document")
	return p.document(ctx)
}

// documents copies the evidence, but for what is withheld: its digest stays in
// the index and the gap is stated.
func (p *packer) documents(ctx context.Context) error {
	for _, e := range p.w.evidence {
		item := report.EvidenceItem{
			Ref:       e.Ref,
			Title:     e.Title,
			SHA256:    e.SHA256,
			Size:      e.Bytes,
			Effective: e.EffectiveFrom,
			Expires:   e.ExpiresAt,
			Status:    spacedWords(string(e.StatusAt(p.w.now))),
		}
		for _, l := range e.Links {
			if l.Kind == review.SubjectControl {
				item.Serves = append(item.Serves, l.Ref)
			}
		}
		switch {
		case e.SHA256 == "":
			item.Withheld = "The document is named but not there yet."
		case e.Redacted:
			item.Withheld = "Left out: " + e.RedactReason
		default:
			src, _, err := p.t.Blob(ctx, e.SHA256)
			if err != nil {
				return err
			}
			item.File = path.Join(evidenceFolder, pack.SafeName(e.Ref+"-"+e.FileName))
			f, err := p.add(item.File, src)
			if err != nil {
				return err
			}
			if f.SHA256 != e.SHA256 {
				return fault.Tampered("The document %s is not the one that was kept: its digest has changed.", e.Ref)
			}
		}
		p.held = append(p.held, item)
	}
	return nil
}

// writtenWords names the documents that were written about a workflow, each with who signed
// it and the file in which it stands.
func (view *View) writtenWords(workflowID string) (out []string) {
	for _, d := range view.forms {
		if d.WorkflowID != workflowID || d.Status == form.StatusSuperseded {
			continue
		}
		text := fmt.Sprintf(
			"%s %s, version %s, %s",
			d.Ref,
			d.Form().Title,
			cmp.Or(d.Version, "(none)"),
			d.Status.Words(),
		)
		for i, x := range d.Signatures {
			text += "; " + prose.LowerFirst(d.Form().Signatures[i].Title) + ": " + x.Approval.Words()
		}
		out = append(out, text+" ("+formFile(d)+").")
	}
	return out
}

// formFile is where a document stands in a pack.
func formFile(d form.Document) string {
	return path.Join(pack.DocumentsFolder, pack.SafeName(d.Ref+"-"+string(d.Kind)+".pdf"))
}

// written draws the documents that were written along a form, drafts too: they bear their
// state on each page. What was superseded is among the records only.
func (p *packer) written(ctx context.Context) error {
	for _, d := range p.w.forms {
		if d.Status == form.StatusSuperseded {
			continue
		}
		pdf, err := p.w.formPDF(ctx, d, p.identity)
		if err != nil {
			return fmt.Errorf("draw %s: %w", d.Ref, err)
		}
		if err := p.addBytes(formFile(d), pdf); err != nil {
			return err
		}
	}
	return nil
}

func (p *packer) certificates(ctx context.Context) error {
	for _, c := range p.w.certificates {
		if p.q.Workflow != "" && c.WorkflowID != p.list[0].ID {
			continue
		}
		row, err := p.w.certificate(ctx, c.Number)
		if err != nil {
			return err
		}
		pdf, err := p.w.pdf(ctx, row)
		if err != nil {
			return err
		}
		if err := p.addBytes(path.Join(certFolder, c.Number+".pdf"), pdf); err != nil {
			return err
		}
		if err := p.addBytes(path.Join(certFolder, c.Number+".json"), []byte(row.Statement)); err != nil {
			return err
		}
		signed, err := receipted(ctx, &p.t.Reader, c.Number)
		if errors.Is(err, sql.ErrNoRows) {
			continue // issued before there were such statements
		}
		if err != nil {
			return err
		}
		if err := p.addBytes(path.Join(certFolder, c.Number+".scitt"), signed); err != nil {
			return err
		}
	}
	return nil
}

// log writes the activity log with its signed head: the whole of it, or, for
// one workflow, the entries that concern it; with the proofs that the log grew
// from each head that was signed before.
func (p *packer) log(ctx context.Context) error {
	log, err := p.t.Log(ctx)
	if err != nil {
		return err
	}
	leaves, err := allLeaves(ctx, &p.t.Reader)
	if err != nil {
		return err
	}
	heads, err := p.t.LogHeads(ctx)
	if err != nil {
		return err
	}
	tokens, err := p.t.LogTokens(ctx)
	if err != nil {
		return err
	}
	var earlier [][]byte
	for _, h := range heads {
		if h.Size < p.head.Size {
			note, err := cosigned(h.Note, h.Size, tokens)
			if err != nil {
				return err
			}
			earlier = append(earlier, note)
		}
	}
	leaves, rows, err := p.disclosed(ctx, leaves)
	if err != nil {
		return err
	}
	bundle, err := log.Bundle(p.note, leaves, earlier)
	if err != nil {
		return err
	}
	bundle.Rows, bundle.Key = rows, p.logKey.statement
	for i := range bundle.Earlier {
		for _, x := range tokens {
			if x.Kind == tokenTimestamp && x.Size == bundle.Earlier[i].Growth.OldSize {
				bundle.Earlier[i].Token = x.Token
			}
		}
	}
	files := bundle.Files()
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		if err := p.addBytes(path.Join(logFolder, n), files[n]); err != nil {
			return err
		}
	}
	return nil
}

func spacedWords(s string) string { return strings.ReplaceAll(s, "_", " ") }

func roleOf(view *View, name string) string {
	for _, x := range view.people {
		if x.Name == name {
			return x.JobTitle
		}
	}
	return ""
}

func (view *View) packWorkflow(ctx context.Context,
	wf workflow.Workflow,
	f assurance.Facts,
	rep assurance.Report,
) (report.PackWorkflow, error) {
	a, st := wf.Account, certificate.Describe(f, rep)
	out := report.PackWorkflow{
		Status:       spacedWords(string(wf.Lifecycle)),
		Basis:        assurance.BasisWords(wf.Account),
		Owner:        view.personTitle(wf.OwnerID),
		Gates:        report.GatesOf(st),
		Requirements: packRequirements(rep),
		Workflow: report.Workflow{
			Ref:            wf.Ref,
			Name:           wf.Name,
			Version:        wf.Version,
			Does:           a.Purpose,
			Data:           strings.Join(a.DataUsed, "; "),
			Informs:        a.Decisions,
			HowItWorks:     a.HowItWorks,
			DoesNot:        a.Limits,
			Answers:        view.personTitle(wf.OwnerID),
			HowToChallenge: a.Challenge,
		},
	}
	for _, g := range wf.Gates {
		out.PeopleDecide = strings.TrimSpace(
			out.PeopleDecide + " " + report.PeopleDecideAt(g),
		)
	}
	out.Areas, out.Counts, out.Shown, out.Explained = report.AreasOf(st), report.CountsOf(st),
		st.Shown(), report.ExplainedOf(st)
	out.Findings, out.NotTested = report.TestsOf(st)
	out.Besides = report.BesidesOf(st)
	for _, c := range view.certificateViews() {
		if c.WorkflowID == wf.ID {
			out.Certificates = append(out.Certificates, c.Number+" ("+c.Status+")")
		}
	}
	out.Written = view.writtenWords(wf.ID)
	ra, ok := f.Assessment()
	if !ok {
		out.Assessment = "No risk assessment is recorded."
		return out, view.weekly(ctx, &wf, &out)
	}
	out.Assessment = fmt.Sprintf(
		"%s, %s. Prepared by %s, reviewed by %s, %s on %s; due again %s.",
		ra.Ref,
		ra.Status.Words(),
		orNobody(view.personName(ra.PreparedBy)),
		orNobody(view.personName(ra.ReviewedBy)),
		approvedBy(f.Keys, ra.Approval, view.personName(ra.ApprovedBy)),
		orNone(ra.ApprovedOn.Long()),
		orNone(ra.ReviewDue.Long()),
	)
	out.AssessmentRef, out.Questions = ra.Ref, view.questionsOf(ra)
	above := map[string]bool{}
	for _, r := range ra.AboveAppetite(view.org.AppetiteThreshold, view.now) {
		above[r.ID] = true
	}
	for _, r := range ra.Risks {
		out.Risks = append(
			out.Risks,
			report.Risk{
				Ref:         r.Ref,
				Title:       r.Title,
				Cause:       r.Cause,
				Consequence: r.Consequence,
				Affected:    strings.Join(r.Affected, "; "),
				Inherent: report.Rating(
					r.Inherent,
				),
				Current:  report.Rating(r.Current),
				Residual: report.Rating(r.Residual),
				Controls: append(append([]string{}, r.ExistingControls...), r.AddedControls...),
				Owner: view.personName(
					r.OwnerID,
				),
				Treatment:     string(r.Treatment),
				Due:           r.TreatmentDue,
				AcceptedBy:    acceptedBy(f.Keys, r.Acceptance.Approval, view.personName(r.Acceptance.By)),
				AcceptedUntil: r.Acceptance.Expires,
				AboveAppetite: above[r.ID],
			},
		)
	}
	return out, view.weekly(ctx, &wf, &out)
}

// packRequirements names the clauses of ISO/IEC 42001 by their number, as the pack's
// chapters do.
func packRequirements(rep assurance.Report) []report.Requirement {
	out := requirementsOf(rep)
	for i := range out {
		out[i].Clauses = clauseNumbers(out[i].Clauses)
	}
	return out
}

// clauseNumbers are references of items, clauses of ISO/IEC 42001 by their number alone.
func clauseNumbers(refs []string) []string {
	out := slices.Clone(refs)
	for i, ref := range out {
		out[i] = strings.TrimPrefix(ref, "iso:")
	}
	return out
}

// questionsOf is what an assessment answers, in the order of its sections; none
// where it asks no questions.
func (view *View) questionsOf(a risk.Assessment) (out []report.Question) {
	if a.Edition == "" {
		return nil
	}
	refs := map[string]string{}
	for _, e := range view.evidence {
		refs[e.ID] = e.Ref
	}
	for _, section := range risk.Questions() {
		for _, q := range section.Questions {
			x := a.Answer(q.ID)
			item := report.Question{
				ID: q.ID, Section: section.Title, Text: q.Text, Note: x.Note, Serves: clauseNumbers(q.Serves),
			}
			if !x.Suggested {
				item.Answer = x.Value.Words()
			}
			for _, e := range x.Evidence {
				item.Evidence = append(item.Evidence, refs[e])
			}
			out = append(out, item)
		}
	}
	return out
}

func orNobody(s string) string {
	if s == "" {
		return "nobody yet"
	}
	return s
}

func orNone(s string) string {
	if s == "" {
		return "(no date)"
	}
	return s
}

// findings sums a workflow's findings by test, gate and state, each with some
// of its runs and their places in the imported files.
func (p *packer) findings(ctx context.Context, wf workflow.Workflow) ([]report.Finding, error) {
	type group struct{ code, gate, status string }
	at := map[group]*report.Finding{}
	var order []group
	after := ""
	for {
		page, err := runs.Findings(
			ctx,
			p.t.SQL,
			runs.FindingFilter{WorkflowID: wf.ID, After: after, Limit: 500},
			civil.Of(p.w.now),
		)
		if err != nil {
			return nil, err
		}
		for _, f := range page.Items {
			g := group{string(f.Code), f.Gate, string(f.Status)}
			d := at[g]
			if d == nil {
				d = &report.Finding{
					Ref:      wf.Ref + " " + string(f.Code),
					Code:     string(f.Code),
					Title:    oversight.TestOf(f.Code).Title,
					Workflow: wf.Ref,
					Gate:     f.Gate,
					Severity: string(f.Severity),
					State:    stateWord(f.Status),
				}
				if f.Disposition != nil {
					d.Explanation, d.By, d.On = f.Disposition.Why, f.Disposition.By, civil.Of(f.Disposition.At)
				}
				at[g] = d
				order = append(order, g)
			}
			d.Runs += int64(max(1, len(f.Runs)))
			if len(f.Runs) > 0 && len(d.Sample) < 5 {
				d.Sample = append(
					d.Sample,
					report.RunRef{
						Run:      f.Runs[0].RunID,
						File:     f.SourceRef,
						Position: place(f.Runs[0].At.Line, f.Runs[0].At.Item),
						Note:     f.Detail,
					},
				)
			}
		}
		if after = page.Next; after == "" {
			break
		}
	}
	sort.Slice(order, func(i, j int) bool { return fmt.Sprint(order[i]) < fmt.Sprint(order[j]) })
	figures := map[string]string{}
	for _, c := range p.facts[wf.ID].Findings {
		figures[c.Code] = strings.TrimPrefix(c.InWords(), c.Code+": ")
		if c.Of > 0 && c.Tested < c.Of {
			figures[c.Code] += fmt.Sprintf("; the log shows %d of the %d cases", c.Tested, c.Of)
		}
	}
	var out []report.Finding
	for _, g := range order {
		at[g].Figures = figures[g.code]
		out = append(out, *at[g])
	}
	return out, nil
}

func place(line, item int64) string {
	if item > 0 {
		return fmt.Sprintf("record %d, item %d", line, item)
	}
	return fmt.Sprintf("line %d", line)
}

func stateWord(s imported.Status) string {
	if s == imported.StatusActioned {
		return "action"
	}
	return string(s)
}

func (view *View) packPolicies(keys approval.Keys) []report.Policy {
	var out []report.Policy
	for _, x := range view.policies {
		v := view.policyView(x)
		p := report.Policy{
			Ref:         x.Ref,
			Title:       x.Title,
			Version:     v.Version,
			Status:      spacedWords(string(v.Status)),
			Accountable: view.personTitle(x.OwnerID),
			ReviewDue:   x.NextReview,
		}
		if ver, ok := x.Version(v.Version); ok {
			p.Purpose, p.Scope, p.ApprovedOn = ver.Purpose, ver.Scope, ver.ApprovedOn
			p.ApprovedBy = keys.By(
				ver.Approval,
				strings.TrimSuffix(view.personName(ver.ApprovedBy)+", "+ver.ApprovedRole, ", "),
			)
			for _, att := range ver.Attachments {
				for _, e := range view.evidence {
					if e.ID == att {
						p.SHA256 = e.SHA256
					}
				}
			}
		}
		if x.StaffInScope > 0 {
			p.Attested = fmt.Sprintf("%d of %d named staff", v.Attested, x.StaffInScope)
		}
		for _, l := range v.Applies {
			p.Workflows = append(p.Workflows, l.Ref)
		}
		out = append(out, p)
	}
	return out
}

func (view *View) packReviews() ([]report.Review, []report.Action) {
	var reviews []report.Review
	for _, x := range view.reviews {
		_, name := view.subject(x.WorkflowID, x.PolicyID)
		reviews = append(
			reviews,
			report.Review{
				Ref:      x.Ref,
				Subject:  name,
				Kind:     spacedWords(string(x.Kind)),
				HeldOn:   x.On,
				Reviewer: view.personName(x.By),
				Outcome:  spacedWords(string(x.Conclusion)) + ". " + x.Performance,
			},
		)
	}
	for _, x := range view.schedules {
		_, name := view.subject(x.WorkflowID, x.PolicyID)
		reviews = append(
			reviews,
			report.Review{
				Ref:      x.Ref,
				Subject:  name,
				Kind:     spacedWords(string(x.Kind)),
				Due:      x.Next,
				Reviewer: view.personName(x.OwnerID),
				Overdue:  x.Overdue(view.now),
			},
		)
	}
	var actions []report.Action
	for _, x := range view.actions {
		actions = append(
			actions,
			report.Action{
				Ref:    x.Ref,
				Text:   x.Title,
				Source: strings.TrimSpace(string(x.Source.Kind) + " " + x.Source.Ref),
				Owner:  view.personName(x.OwnerID),
				Due:    x.Due,
				DoneOn: x.DoneOn,
				Status: string(x.Status),
			},
		)
	}
	return reviews, actions
}
