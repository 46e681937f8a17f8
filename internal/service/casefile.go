package service

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/ledger"
	"assay/internal/letter"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/policy"
	"assay/internal/prose"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/run"
	"assay/internal/store"
	"assay/internal/workflow"
)

// CaseFile is the file of one case: what the register holds that bears on one run,
// as it was on the day of the run.
type CaseFile struct {
	Workflow string     `json:"workflow"`
	Run      string     `json:"run"`
	Day      civil.Date `json:"day"` // on which the run ended
	Files    []CasePart `json:"files"`
	Missing  []string   `json:"missing"` // what one would expect to find and does not, in sentences
	// Certificates of the workflow that held on that day, by number.
	Certificates []string `json:"certificates"`
}

// CasePart is one file of a case file.
type CasePart struct {
	Name   string `json:"name"`
	About  string `json:"about"`
	SHA256 string `json:"sha256"`
	Data   []byte `json:"-"`
}

func (c *CaseFile) add(name, about string, data []byte) {
	c.Files = append(c.Files, CasePart{Name: name, About: about, SHA256: certificate.DigestOf(data), Data: data})
}

func (c *CaseFile) addJSON(name, about string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fault.Doing("write "+name, err)
	}
	c.add(name, about, append(data, '\n'))
	return nil
}

func (c *CaseFile) lacks(format string, args ...any) {
	c.Missing = append(c.Missing, fmt.Sprintf(format, args...))
}

// CaseOf gathers the file of one case, for the person whom it affected, for a
// complaint or for an ombudsman: the run, what was declared on its day and by whom,
// the policies and the risk assessment in force on that day, the training of whoever
// decided, what the tests found, and a draft of the letter. It says what is missing.
// It names staff: an officer takes out what may not be given away.
func (s *Service) CaseOf(ctx context.Context, q LetterRequest) (out CaseFile, err error) {
	err = s.change(ctx, doing{
		action: "run.case_file", subject: q.Workflow, summary: "Gathered the file of a case",
		may: organisation.ActionExplain,
	}, func(t *store.Tx) error {
		wf, whole, err := s.explainable(ctx, t, q.Workflow, q.Run)
		if err != nil {
			return err
		}
		view, err := s.freshView(ctx, &t.Reader)
		if err != nil {
			return err
		}
		day := civil.Of(oversight.When(whole.Record))
		out = CaseFile{Workflow: wf.Ref, Run: q.Run, Day: day, Missing: []string{}, Certificates: []string{}}
		declared := wf.On(day)
		if err := out.theRun(whole); err != nil {
			return err
		}
		if err := out.theWorkflow(declared); err != nil {
			return err
		}
		if err := view.casePolicies(ctx, &out, wf); err != nil {
			return err
		}
		if err := view.caseRecords(&out, declared, whole.Record); err != nil {
			return err
		}
		c, err := s.letterCase(ctx, t, q)
		if err != nil {
			return err
		}
		out.add("letter-draft.txt", "A draft of the letter that explains the run", letter.Draft(c).Text())
		out.add("about.txt", "This list", out.about(view.org.Name, wf))
		t.Entry().Subject = wf.Ref
		t.Entry().Summary = oneLine("Gathered the file of " + runOf(q.Run, wf))
		t.Entry().Digests = []ledger.Digest{{Name: "about.txt", SHA256: out.Files[len(out.Files)-1].SHA256}}
		return nil
	})
	if err != nil {
		return CaseFile{}, err
	}
	return out, nil
}

// theRun is the run as the register holds it, with what the tests found on it.
func (c *CaseFile) theRun(whole imported.Whole) error {
	line := append(run.AppendAudit(nil, whole.Record), '\n')
	c.add("run.jsonl", fmt.Sprintf("The run, from line %d of %s (%s)", whole.Record.At.Line, whole.Source.FileName,
		whole.Source.Ref), line)
	if len(whole.Findings) == 0 {
		c.add("findings.json", "What the tests found on the run: nothing", []byte("[]\n"))
		return nil
	}
	return c.addJSON("findings.json", "What the tests found on the run, and what was said of it", whole.Findings)
}

// theWorkflow is what was declared of the workflow on the day of the run.
func (c *CaseFile) theWorkflow(declared *workflow.Workflow) error {
	of := *declared
	of.Declarations = nil // the one of that day is what stands in it
	if len(of.Gates) == 0 {
		c.lacks("No gate was declared on that day.")
	}
	return c.addJSON("workflow.json", "The workflow as it was declared on that day", of)
}

// casePolicies are the policies that apply to the workflow, in the version of that
// day, with the documents that are attached to it.
func (view *View) casePolicies(ctx context.Context, c *CaseFile, wf *workflow.Workflow) error {
	held := 0
	for _, p := range view.policies {
		if _, applies := p.AppliesTo(wf.ID); !applies {
			continue
		}
		v, ok := p.InForceThen(c.Day)
		if !ok {
			c.lacks("%s %s was not in force on that day.", p.Ref, p.Title)
			continue
		}
		held++
		about := fmt.Sprintf("%s, version %s, in force on that day", p.Title, v.Number)
		if err := c.addJSON(p.Ref+".json", about, v); err != nil {
			return err
		}
		if err := view.caseDocuments(ctx, c, p, v); err != nil {
			return err
		}
	}
	if held == 0 {
		c.lacks("No policy that applies to the workflow was in force on that day.")
	}
	return nil
}

func (view *View) caseDocuments(ctx context.Context, c *CaseFile, p policy.Policy, v policy.Version) error {
	for _, e := range view.evidence {
		if !slices.Contains(v.Attachments, e.ID) || e.SHA256 == "" {
			continue
		}
		r, _, err := view.r.Blob(ctx, e.SHA256)
		if err != nil {
			return err
		}
		var data bytes.Buffer
		if _, err := io.Copy(&data, r); err != nil {
			return err
		}
		// The name is ours: that of the document came from outside.
		c.add(p.Ref+"-"+e.Ref+strings.ToLower(filepath.Ext(safeName(e.FileName))), "Document of "+p.Title+": "+e.Title,
			data.Bytes())
	}
	return nil
}

// safeName is a file name from outside without anything but plain letters, digits,
// dots and hyphens.
func safeName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && (r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			return r
		}
		return '_'
	}, name)
}

// caseRecords are the risk assessment that held on that day and the training of
// whoever decided.
func (view *View) caseRecords(c *CaseFile, declared *workflow.Workflow, rec *run.Record) error {
	var last risk.Assessment
	for _, a := range view.assessments {
		if a.WorkflowID == declared.ID && !a.ApprovedOn.IsZero() && !c.Day.Before(a.ApprovedOn) &&
			!a.ApprovedOn.Before(last.ApprovedOn) {
			last = a
		}
	}
	if last.Ref == "" {
		c.lacks("No risk assessment had been approved by that day.")
	} else if err := c.addJSON(last.Ref+".json", "The risk assessment that was approved last before that day",
		last); err != nil {
		return err
	}
	for _, x := range view.issued() {
		if x.WorkflowID == declared.ID && x.Approved && !c.Day.Before(civil.Of(x.Issued)) &&
			!x.ValidUntil.Before(c.Day) && (x.RevokedOn.IsZero() || c.Day.Before(x.RevokedOn)) &&
			(x.SupersededOn.IsZero() || c.Day.Before(x.SupersededOn)) {
			c.Certificates = append(c.Certificates, x.Number)
		}
	}
	for _, account := range deciders(declared, rec) {
		if err := view.caseTraining(c, declared, account); err != nil {
			return err
		}
	}
	return nil
}

// deciders are the accounts that decided in a run, each once, in the order of the log.
func deciders(wf *workflow.Workflow, rec *run.Record) []string {
	var out []string
	for _, g := range wf.Gates {
		for _, e := range oversight.Trail(rec, g).Decides {
			if e.Account != "" && !slices.Contains(out, e.Account) {
				out = append(out, e.Account)
			}
		}
	}
	return out
}

// caseTraining is the training that whoever uses an account had on that day.
func (view *View) caseTraining(c *CaseFile, wf *workflow.Workflow, account string) error {
	shown := prose.OneLine(prose.Shorten(account, 60))
	i := slices.IndexFunc(view.people, func(p organisation.Person) bool {
		return slices.ContainsFunc(
			p.Accounts,
			func(a string) bool { return run.FoldAccount(a) == run.FoldAccount(account) },
		)
	})
	if i < 0 {
		c.lacks("The register does not say whose account “%s” is, which decided.", shown)
		return nil
	}
	p := view.people[i]
	var had []review.Record
	for _, r := range view.records {
		if r.Kind == review.RecordTraining && r.PersonID == p.ID && (r.WorkflowID == "" || r.WorkflowID == wf.ID) &&
			!c.Day.Before(r.Date) && (r.Due.IsZero() || !r.Due.Before(c.Day)) {
			had = append(had, r)
		}
	}
	if len(had) == 0 {
		c.lacks("No training of %s (%s) was in force on that day.", p.Name, p.Ref)
		return nil
	}
	return c.addJSON("training-"+p.Ref+".json", "Training that "+p.Name+" had on that day", had)
}

// about lists the files with their digests, and what is missing.
func (c *CaseFile) about(org string, wf *workflow.Workflow) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nFile of %s\nAs it was on %s, where it says so.\n\n", prose.OneLine(org), runOf(c.Run, wf),
		c.Day.Long())
	for _, f := range c.Files {
		fmt.Fprintf(&b, "%s\n  %s\n  SHA-256 %s\n", f.Name, prose.OneLine(f.About), f.SHA256)
	}
	if len(c.Certificates) > 0 {
		b.WriteString(
			"\nCertificates of the workflow that held on that day: " + strings.Join(c.Certificates, ", ") + "\n",
		)
	}
	if len(c.Missing) > 0 {
		b.WriteString("\nWhat is missing:\n")
		for _, m := range c.Missing {
			b.WriteString("- " + prose.OneLine(m) + "\n")
		}
	}
	b.WriteString("\nIt names staff and may name others. An officer takes out what may not be given away.\n")
	return b.Bytes()
}
