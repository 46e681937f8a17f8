package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"assay/internal/apply"
	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/importer"
	"assay/internal/review"
	"assay/internal/service"
	"assay/internal/verifypage"

	"golang.org/x/term"
)

// table prints rows in columns.
func (e *env) table(head string, rows func(row func(format string, args ...any))) {
	w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
	if head != "" {
		fmt.Fprintln(w, head)
	}
	rows(func(format string, args ...any) { fmt.Fprintf(w, format+"\n", harmless(args)...) })
	w.Flush()
}

// ---- new

type newCmd struct {
	File         string `arg:"" placeholder:"FILE" help:"The register to make (.assay)."`
	Organisation string `                          help:"Whose register it is."                                    required:""`
	Person       string `                          help:"Who keeps it: their name."`
	JobTitle     string `                          help:"Their job title."`
	Plain        bool   `                          help:"Do not encrypt the file: anybody who has it can read it."`
}

func (c *newCmd) Run(e *env) error {
	n := service.NewRegister{Organisation: c.Organisation, Person: c.Person, JobTitle: c.JobTitle, Plain: c.Plain}
	if !c.Plain {
		pass, err := e.newPassphrase()
		if err != nil {
			return err
		}
		n.Passphrase = pass
	}
	s, recovery, err := service.Create(e, c.File, n, service.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	who := s.SignedIn()
	e.answer(map[string]any{"register": s.Path(), "keeper": who, "recovery_key": recovery}, func() {
		e.say("Made the register %s of %s, kept by %s (%s).", s.Path(), c.Organisation, who.Name, who.Ref)
		if recovery != "" {
			e.say(
				"\nThis is the recovery key. Write it down and lock it away: it opens the register\nif the passphrase is forgotten, and it is never shown again.\n\n%s\n",
				recovery,
			)
		}
	})
	return nil
}

// newPassphrase asks for a passphrase twice where it is typed.
func (e *env) newPassphrase() (string, error) {
	pass, err := e.passphrase(e.PassphraseFile, "ASSAY_PASSPHRASE", "New passphrase: ")
	if err != nil || e.PassphraseFile != "" || os.Getenv("ASSAY_PASSPHRASE") != "" || !term.IsTerminal(int(e.in.Fd())) {
		return pass, err
	}
	again, err := e.passphrase("", "", "The same again: ")
	if err == nil && again != pass {
		err = fault.Invalid("passphrase", "The two passphrases differ; try again.")
	}
	return pass, err
}

// ---- apply

type applyCmd struct {
	File   string `arg:"" placeholder:"FILE.yaml"`
	DryRun bool   `                               help:"Say what would change, and change nothing."`
}

func (c *applyCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		r, err := s.Apply(e, c.File, c.DryRun)
		if err != nil {
			return err
		}
		e.answer(r, func() {
			for _, x := range r.Records {
				e.say("%-9s %-11s %-9s %s", x.State, x.Kind, x.Ref, x.Key)
			}
			e.say("%d added, %d changed, %d unchanged.", r.Added, r.Changed, r.Unchanged)
		})
		return nil
	})
}

// ---- import

type importCmd struct {
	Files      []string `arg:"" name:"file" placeholder:"FILE"`
	Workflow   string   `                   placeholder:"WF-0001" help:"The workflow that the runs are of."`
	Format     string   `                                         help:"run-audit, csv, xlsx, xes, ocel-json, ocel-xml, ocel-sqlite, otlp-json, agent-audit, langfuse, langsmith or power-automate; found by content where it is not given."`
	Mapping    string   `                   placeholder:"M.yaml"  help:"How to read a CSV or XLSX file, or what to leave out."`
	MaxRefused float64  `                                         help:"Share of records, 0 to 1, above which a file is refused."                                                                                                            default:"0"`
	DryRun     bool     `                                         help:"Say what the file holds and what importing it would find; store nothing. Needs no register."`
}

func (c *importCmd) Run(e *env) error {
	if c.DryRun && e.Register == "" {
		return c.preview(e, nil)
	}
	return e.with(func(s *service.Service) error {
		if c.DryRun {
			return c.preview(e, s)
		}
		if c.Workflow == "" {
			return fault.Invalid("workflow", "Name the workflow with --workflow (assay list workflows shows them).")
		}
		var all []service.Imported
		for _, f := range c.Files {
			r, err := s.Import(e, c.request(e, f))
			if err != nil {
				e.refusals(r.Result)
				return err
			}
			all = append(all, r)
			if !e.JSON {
				e.imported(f, r)
			}
		}
		if e.JSON {
			e.json(map[string]any{"imports": all})
		}
		return nil
	})
}

func (c *importCmd) request(e *env, file string) service.ImportRequest {
	q := service.ImportRequest{
		Path:        file,
		Workflow:    c.Workflow,
		Format:      c.Format,
		MappingPath: c.Mapping,
		MaxRefused:  c.MaxRefused,
	}
	if f, ok := e.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		last := time.Time{}
		q.Progress = func(p importer.Progress) {
			if time.Since(last) < 200*time.Millisecond {
				return
			}
			last = time.Now()
			share := ""
			if p.Total > 0 {
				share = fmt.Sprintf(" (%d %%)", p.Read*100/p.Total)
			}
			fmt.Fprintf(e.err, "\r%s: %d runs%s   ", filepath.Base(file), p.Records, share)
		}
	}
	return q
}

func (c *importCmd) preview(e *env, s *service.Service) error {
	var all []service.Preview
	for _, f := range c.Files {
		var p service.Preview
		var err error
		if s != nil {
			p, err = s.PreviewImport(e, c.request(e, f))
		} else {
			p, err = service.PreviewFile(e, c.request(e, f))
		}
		if err != nil {
			e.refusals(p.Result)
			return err
		}
		all = append(all, p)
		if !e.JSON {
			e.preview(p)
		}
	}
	if e.JSON {
		e.json(map[string]any{"previews": all})
	}
	return nil
}

func (e *env) preview(p service.Preview) {
	r := p.Result
	e.say("%s", p.File)
	e.table("", func(row func(string, ...any)) {
		row("  format\t%s %s", r.Format, r.Wrapping)
		row("  SHA-256\t%s", r.SHA256)
		row("  runs\t%d", r.Kept)
		row("  events\t%d", r.Events)
		row("  decisions\t%d", r.Decisions)
		row("  accounts\t%s", names(r.Accounts, 8))
		row("  period\t%s to %s", stamp(r.From), stamp(r.To))
		row("  refused\t%d of %d", r.RefusedCount, r.Read)
		if r.Duplicates > 0 {
			row("  repeated\t%d runs stood in the file twice", r.Duplicates)
		}
		if st := r.Stated; st != nil && st.Runs >= 0 {
			row("  stated\t%d runs by the platform's own count", st.Runs)
		}
		if len(r.Offsets) > 1 {
			var zones []string
			for _, z := range r.Offsets {
				zones = append(zones, fmt.Sprintf("%s (%d)", z.Name, z.Events))
			}
			row("  times in several zones\t%s", strings.Join(zones, ", "))
		}
		for _, t := range r.Privacy {
			row("  privacy\t%s %s: %d values", t.What, t.Field, t.Values)
		}
		if r.NotesCount > 0 {
			row("  odd, but kept\t%d, the first at %s: %s", r.NotesCount, r.Notes[0].Where, r.Notes[0].Reason)
		}
		for _, g := range p.Gates {
			row("  gate %s\tprepared %d, decided %d, released %d runs", g.Key, g.Prepared, g.Decided, g.Released)
		}
		for _, f := range p.Findings {
			row("  %s\t%d  %s", f.Code, f.Count, f.Title)
		}
		if len(p.Unknown) > 0 {
			row("  not on the roster\t%s", strings.Join(p.Unknown, ", "))
		}
		for _, group := range p.Spellings {
			var ways []string
			for _, x := range group {
				way := fmt.Sprintf("%q (%d)", x.Account, x.Events+x.Decisions)
				if x.Roster {
					way += " on the roster"
				}
				ways = append(ways, way)
			}
			row("  one person?\t%s", strings.Join(ways, ", "))
		}
		if p.Already != "" {
			row("  already imported\tas %s", p.Already)
		}
	})
	if len(p.Spellings) > 0 {
		e.say(
			"  Accounts that may be one person's are not merged: name each on the workflow's roster, or have the platform write one.",
		)
	}
	e.refusals(r)
}

func names(list []importer.Count, n int) string {
	var out []string
	for i, x := range list {
		if i == n {
			out = append(out, fmt.Sprintf("and %d more", len(list)-n))
			break
		}
		out = append(out, fmt.Sprintf("%s (%d)", x.Name, x.Events+x.Decisions))
	}
	return strings.Join(out, ", ")
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "no time"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// refusals lists the first records that could not be read.
func (e *env) refusals(r importer.Result) {
	for i, x := range r.Refused {
		if i == 10 {
			fmt.Fprintf(e.err, "  … and %d more\n", r.RefusedCount-10)
			break
		}
		fmt.Fprintf(e.err, "  refused %s: %s\n", x.Where, visible(x.Reason))
	}
}

func (e *env) imported(file string, r service.Imported) {
	if r.Already {
		e.say("%s: already imported as %s; nothing was done.", filepath.Base(file), r.Source.Ref)
		if p := r.Purge; p != nil {
			e.say("  Its personal data was purged on %s by %s: %s", stamp(p.At), p.By, p.Reason)
		}
		return
	}
	e.say(
		"%s: imported as %s, %d runs, %d events, %d decisions, %d records refused.",
		filepath.Base(file),
		r.Source.Ref,
		r.Source.New,
		r.Source.Events,
		r.Source.Decisions,
		r.Source.Refused,
	)
	if r.Source.Same > 0 || r.Source.Differ > 0 {
		e.say(
			"  %d runs were held already, %d of them with other content (LOG-02).",
			r.Source.Same+r.Source.Differ,
			r.Source.Differ,
		)
	}
	e.table("", func(row func(string, ...any)) {
		for _, t := range r.Result.Privacy {
			row("  privacy\t%s %s\t%d values", t.What, t.Field, t.Values)
		}
		if n := r.Result.NotesCount; n > 0 {
			row("  odd, but kept\t%d\tthe first at %s: %s", n, r.Result.Notes[0].Where, r.Result.Notes[0].Reason)
		}
		for _, f := range r.Findings {
			row("  %s\t%d\t%s", f.Code, f.Count, f.Title)
		}
		for _, n := range r.NotRun {
			if n.Applies {
				row("  %s\tnot tested\t%s %s", n.Code, n.Gate, n.Why)
			}
		}
	})
	e.refusals(r.Result)
}

// ---- findings

type findingsCmd struct {
	Workflow string `placeholder:"WF-0001" help:"Only this workflow."`
	Code     string `placeholder:"OVR-05"  help:"Only this test."`
	Status   string `                      help:"Only findings that are open, explained, accepted or actioned."`
	Runs     bool   `                      help:"List the runs, each with its place in the imported file."`
	Limit    int    `                      help:"How many runs to list."                                        default:"50"`
	Strict   bool   `                      help:"Exit with 1 where there are open findings."`
}

func (c *findingsCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		if c.Runs {
			if c.Workflow == "" {
				return fault.Invalid("workflow", "Name the workflow with --workflow to list runs.")
			}
			p, err := s.FindingList(
				e,
				service.FindingQuery{Workflow: c.Workflow, Code: c.Code, Status: c.Status, Limit: c.Limit},
			)
			if err != nil {
				return err
			}
			e.answer(p, func() {
				e.table("FINDING\tCODE\tGATE\tSTATUS\tRUN\tIMPORT\tPLACE\tWHAT", func(row func(string, ...any)) {
					for _, f := range p.Items {
						run, place := "", ""
						if len(f.Runs) > 0 {
							run = f.Runs[0].RunID
							place = fmt.Sprintf("%d", f.Runs[0].At.Line)
							if f.Runs[0].At.Item > 0 {
								place += fmt.Sprintf(".%d", f.Runs[0].At.Item)
							}
						}
						row(
							"%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s",
							f.ID,
							f.Code,
							f.Gate,
							f.Status,
							run,
							f.SourceRef,
							place,
							f.Detail,
						)
					}
				})
				if p.Next != "" {
					e.say("There are more; raise --limit.")
				}
			})
			return nil
		}
		v, err := s.Findings(e, c.Workflow)
		if err != nil {
			return err
		}
		open := int64(0)
		if c.Code != "" {
			kept := v.Findings[:0]
			for _, f := range v.Findings {
				if f.Code == c.Code {
					kept = append(kept, f)
				}
			}
			v.Findings = kept
		}
		for _, f := range v.Findings {
			open += f.Open
		}
		e.answer(v, func() {
			e.table(
				"WORKFLOW\tCODE\tGATE\tALL\tOPEN\tEXPLAINED\tACCEPTED\tACTION\tWHAT",
				func(row func(string, ...any)) {
					for _, f := range v.Findings {
						row(
							"%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s",
							f.WorkflowRef,
							f.Code,
							f.Gate,
							f.All,
							f.Open,
							f.Explained,
							f.Accepted,
							f.Actioned,
							f.Title,
						)
					}
				},
			)
			for _, u := range v.Untested {
				e.say("%s %s not tested: %s %s", u.WorkflowRef, u.Code, u.Gate, u.Why)
			}
		})
		if c.Strict && open > 0 {
			return errFoundWrong
		}
		return nil
	})
}

type findingCmd struct {
	Explain explainCmd `cmd:"" help:"Explain findings."`
	Accept  acceptCmd  `cmd:"" help:"Accept findings until a day; takes the duty of approver."`
	Action  actionCmd  `cmd:"" help:"Turn findings into an action."`
}

type chosen struct {
	Workflow string   `required:"" placeholder:"WF-0001"`
	Code     string   `            placeholder:"OVR-06"  help:"All open findings of this test."`
	ID       []string `                                  help:"These findings only."            name:"id"`
	Why      string   `required:""                       help:"The reason."`
}

func (c chosen) decide(e *env, d service.Decision) error {
	return e.with(func(s *service.Service) error {
		if c.Code == "" && len(c.ID) == 0 {
			return fault.Invalid("code", "Say which findings: --code or --id.")
		}
		d.Workflow, d.Code, d.IDs, d.Why, d.Status = c.Workflow, c.Code, c.ID, c.Why, "open"
		r, err := s.DecideFindings(e, d)
		if err != nil {
			return err
		}
		e.answer(r, func() { e.say("%d findings %s.", r.Findings, r.Status) })
		return nil
	})
}

type explainCmd struct{ chosen }

func (c *explainCmd) Run(e *env) error {
	return c.decide(e, service.Decision{Decide: "explained"})
}

type acceptCmd struct {
	chosen
	By    string `required:"" placeholder:"PER-0002"   help:"Who accepts."`
	Until string `required:"" placeholder:"2027-03-31" help:"The last day."`
}

func (c *acceptCmd) Run(e *env) error {
	until, err := date("until", c.Until)
	if err != nil {
		return err
	}
	return c.decide(e, service.Decision{Decide: "accepted", Person: c.By, Expires: until})
}

type actionCmd struct {
	chosen
	Title string `required:"" help:"What will be done."`
	Owner string `required:"" help:"By whom."           placeholder:"PER-0003"`
	Due   string `required:"" help:"By when."           placeholder:"2027-01-31"`
}

func (c *actionCmd) Run(e *env) error {
	due, err := date("due", c.Due)
	if err != nil {
		return err
	}
	var owner string
	err = e.with(func(s *service.Service) error {
		people, err := s.People(e)
		for _, p := range people {
			if p.Ref == c.Owner {
				owner = p.ID
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if owner == "" {
		return fault.NotFound("person", c.Owner)
	}
	return c.decide(
		e,
		service.Decision{Decide: "actioned", Action: &review.Action{Title: c.Title, OwnerID: owner, Due: due}},
	)
}

func date(field, s string) (civil.Date, error) {
	d, err := civil.Parse(s)
	if err != nil {
		return "", fault.Invalid(field, err.Error()+".")
	}
	return d, nil
}

// ---- score

type scoreCmd struct {
	Workflow string `placeholder:"WF-0001" help:"One workflow, with every requirement."`
	Strict   bool   `                      help:"Exit with 1 where a blocking requirement is not met."`
}

func (c *scoreCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		if c.Workflow == "" {
			o, err := s.Overview(e)
			if err != nil {
				return err
			}
			e.answer(o, func() {
				e.say(
					"%s: %d %% over %d live workflows, lowest %d %% (%s)",
					o.Organisation.Name,
					o.Score.Percent,
					o.Score.Workflows,
					o.Score.Lowest,
					o.Score.LowestRef,
				)
				e.table(
					"WORKFLOW\tSTAGE\tSCORE\tMET\tPOL\tRSK\tOVR\tTRN\tIMP\tBLOCKING\tFINDINGS\tCERTIFICATE\tNAME",
					func(row func(string, ...any)) {
						for _, w := range o.Workflows {
							cells := make([]string, 5)
							for i, a := range w.Areas {
								cells[i] = fmt.Sprintf("%d/%d", a.Met, a.Applicable)
							}
							row(
								"%s\t%s\t%d %%\t%d/%d\t%s\t%d\t%d\t%s\t%s",
								w.Ref,
								w.Lifecycle,
								w.Percent,
								w.Met,
								w.Applicable,
								strings.Join(cells, "\t"),
								w.Blocking,
								w.OpenFindings,
								w.Certificate,
								w.Name,
							)
						}
					},
				)
				for _, n := range o.Next {
					e.say("next: %s %s", n.WorkflowRef, n.Text)
				}
			})
			for _, w := range o.Workflows {
				if c.Strict && w.Blocking > 0 {
					return errFoundWrong
				}
			}
			return nil
		}
		rep, err := s.Readiness(e, c.Workflow)
		if err != nil {
			return err
		}
		e.answer(rep, func() { e.readiness(rep) })
		if c.Strict && len(rep.Blocking) > 0 {
			return errFoundWrong
		}
		return nil
	})
}

func (e *env) readiness(rep assurance.Report) {
	e.say("%s %s: %d %%, %d of %d requirements met", rep.Ref, rep.Name, rep.Percent, rep.Met, rep.Applicable)
	for _, a := range rep.Areas {
		e.say("\n%s %s: %d of %d", a.Area, a.Title, a.Met, a.Applicable)
		for _, r := range a.Results {
			mark := map[assurance.Status]string{assurance.StatusMet: "met    ", assurance.StatusNotMet: "NOT MET", assurance.StatusNotApplicable: "n/a    "}[r.Status]
			blocking := ""
			if r.Blocking && r.Status == assurance.StatusNotMet {
				blocking = " (blocking)"
			}
			e.say("  %s %s %s%s", mark, r.Code, r.Title, blocking)
			e.say("          %s", r.Reason)
			if r.Remedy != "" {
				e.say("          To meet it: %s", r.Remedy)
			}
		}
	}
}

// ---- certificate

type certificateCmd struct {
	Issue   issueCmd       `cmd:"" help:"Issue a certificate for a workflow; refused, saying why, while a blocking requirement is not met."`
	Plan    planCmd        `cmd:"" help:"Say what stands between a workflow and its certificate."`
	List    certListCmd    `cmd:"" help:"List issued certificates."`
	Show    certShowCmd    `cmd:"" help:"Show a certificate's record, or write its PDF."`
	Approve certApproveCmd `cmd:"" help:"Add the approver's signature."`
	Revoke  certRevokeCmd  `cmd:"" help:"Revoke a certificate."`

	Timestamp certTimestampCmd `cmd:"" help:"Have an outside authority attest when it was signed, or complete it for later years."`
}

type issueCmd struct {
	Workflow string `required:"" placeholder:"WF-0001"`
	Approver string `required:"" placeholder:"PER-0002"   help:"Who approves it."`
	Owner    string `            placeholder:"PER-0003"   help:"Who puts right what stands as a condition."`
	Due      string `            placeholder:"2027-03-31" help:"By when."`
	Until    string `            placeholder:"2027-11-22" help:"Last day; at most twelve months ahead."`
	Out      string `            placeholder:"FILE.pdf"   help:"Write the certificate here."`
}

func (c *issueCmd) Run(e *env) error {
	due, err := date("due", c.Due)
	if err != nil {
		return err
	}
	until, err := date("until", c.Until)
	if err != nil {
		return err
	}
	return e.with(func(s *service.Service) error {
		plan, err := s.PlanCertificate(e, c.Workflow)
		if err != nil {
			return err
		}
		pass := ""
		if len(plan.Refusals) == 0 { // no passphrase is asked for in vain
			if pass, err = e.keyPassphrase(); err != nil {
				return err
			}
		}
		r, err := s.IssueCertificate(
			e,
			service.IssueRequest{
				Workflow:     c.Workflow,
				Approver:     c.Approver,
				DefaultOwner: c.Owner,
				DefaultDue:   due,
				ValidUntil:   until,
				Passphrase:   pass,
			},
		)
		if err != nil {
			return err
		}
		if c.Out != "" {
			if err := e.writePDF(s, r.Number, c.Out); err != nil {
				return err
			}
		}
		e.answer(r, func() {
			e.say(
				"Issued %s for %s %s, %s, valid until %s.",
				r.Number,
				r.WorkflowRef,
				r.WorkflowName,
				strings.ReplaceAll(r.Verdict, "_", " "),
				r.ValidUntil.Long(),
			)
			for _, x := range r.Statement.Conditions {
				e.say("  condition %s: %s (%s, by %s)", x.Requirement, x.Text, x.Owner, x.Due.Long())
			}
			if c.Out != "" {
				e.say("Wrote %s.", c.Out)
			}
		})
		return nil
	})
}

func (e *env) writePDF(s *service.Service, number, path string) error {
	pdf, err := s.CertificatePDF(e, number)
	if err != nil {
		return err
	}
	return service.WriteNewFile(path, pdf)
}

type planCmd struct {
	Workflow string `arg:"" placeholder:"WF-0001"`
}

func (c *planCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		p, err := s.PlanCertificate(e, c.Workflow)
		if err != nil {
			return err
		}
		e.answer(p, func() {
			for _, r := range p.Refusals {
				e.say("in the way: %s", r.Message)
			}
			for _, r := range p.Conditions {
				e.say("condition:  %s %s. %s", r.Code, r.Title, r.Remedy)
			}
			if len(p.Refusals) == 0 {
				e.say("A certificate can be issued, valid until %s.", p.ValidUntil.Long())
			}
		})
		return nil
	})
}

type certListCmd struct{}

func (c *certListCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		list, err := s.Certificates(e)
		if err != nil {
			return err
		}
		e.answer(map[string]any{"certificates": list}, func() {
			e.table("NUMBER\tSTATUS\tWORKFLOW\tVERDICT\tISSUED\tVALID UNTIL\tNAME", func(row func(string, ...any)) {
				for _, x := range list {
					row(
						"%s\t%s\t%s\t%s\t%s\t%s\t%s",
						x.Number,
						x.Status,
						x.WorkflowRef,
						strings.ReplaceAll(x.Verdict, "_", " "),
						x.IssuedAt[:10],
						x.ValidUntil,
						x.WorkflowName,
					)
				}
			})
		})
		return nil
	})
}

type certShowCmd struct {
	Number  string `arg:"" placeholder:"GC-2026-0001"`
	Out     string `       placeholder:"FILE.pdf"     help:"Write the certificate here."`
	Edition string `                                  help:"standard (as signed), large-print (signed again by its assessor) or html (for screen readers, not signed)." enum:"standard,large-print,html" default:"standard"`

	Approver string `name:"approver-passphrase-file" placeholder:"FILE" help:"With large-print: the file with the passphrase of the approver's key, to have them sign it too."`
}

func (c *certShowCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		r, err := s.Certificate(e, c.Number)
		if err != nil {
			return err
		}
		if c.Edition != "standard" || c.Out != "" {
			if err := e.writeEdition(s, r.Number, c.Edition, c.Out, c.Approver); err != nil {
				return err
			}
		}
		e.answer(r, func() {
			e.table("", func(row func(string, ...any)) {
				row("number\t%s (%s)", r.Number, r.Status)
				row("workflow\t%s %s, version %s", r.WorkflowRef, r.WorkflowName, r.Statement.Workflow.Version)
				row("verdict\t%s", strings.ReplaceAll(r.Verdict, "_", " "))
				row("issued\t%s by %s", r.IssuedAt, r.Statement.Assessor.Name)
				row("approver\t%s (signed: %v)", r.Statement.Approver.Name, r.Countersigned)
				row("valid until\t%s", r.ValidUntil.Long())
				row("record digest\t%s", r.Digest)
				if r.SupersededBy != "" {
					row("superseded by\t%s", r.SupersededBy)
				}
				if r.Reason != "" {
					row("revoked\t%s by %s: %s", r.RevokedOn.Long(), r.RevokedBy, r.Reason)
				}
				row("seal\t%s", r.Seal)
			})
		})
		return nil
	})
}

type certApproveCmd struct {
	Number string `arg:"" placeholder:"GC-2026-0001"`
	By     string `       placeholder:"PER-0002"     required:"" help:"The approver named on the certificate."`
}

func (c *certApproveCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		pass, err := e.keyPassphrase()
		if err != nil {
			return err
		}
		if err := s.Countersign(e, c.Number, c.By, pass); err != nil {
			return err
		}
		e.answer(map[string]any{"approved": c.Number}, func() { e.say("Approved %s.", c.Number) })
		return nil
	})
}

type certRevokeCmd struct {
	Number string `arg:"" placeholder:"GC-2026-0001"`
	Reason string `                                  required:""`
}

func (c *certRevokeCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		if err := s.RevokeCertificate(e, c.Number, c.Reason); err != nil {
			return err
		}
		e.answer(map[string]any{"revoked": c.Number}, func() { e.say("Revoked %s.", c.Number) })
		return nil
	})
}

// ---- pack

type packCmd struct {
	Workflow string `placeholder:"WF-0001"  help:"One workflow; otherwise the whole organisation."`
	Out      string `placeholder:"FILE.zip"                                                        required:""`
}

func (c *packCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		pass, err := e.keyPassphrase()
		if err != nil {
			return err
		}
		r, err := s.WritePack(
			e,
			service.PackRequest{
				Workflow:   c.Workflow,
				Path:       c.Out,
				Passphrase: pass,
				Progress:   func(what string) { fmt.Fprintln(e.err, "  "+what) },
			},
		)
		if err != nil {
			return err
		}
		e.answer(r, func() {
			e.say(
				"Wrote the evidence pack %s: %s, %d files, %d pages, SHA-256 %s.",
				r.Ref,
				r.Path,
				r.Files,
				r.Pages,
				r.SHA256,
			)
		})
		return nil
	})
}

// ---- verify

type verifyCmd struct {
	What        []string `arg:"" optional:"" name:"what"      placeholder:"FILE|QRTEXT" help:"Certificates (PDF), packs (zip), pictures of a seal, or the text of one."`
	Log         string   `                                    placeholder:"PACK.zip"    help:"Say what the activity log in an evidence pack proves: which earlier certificates it grew from, and which records are those it recorded."`
	Earlier     []string `                                    placeholder:"CERT.pdf"    help:"With --log: a certificate whose log must be the beginning of the pack's."`
	Trust       string   `                                    placeholder:"ROOT.pem"    help:"The organisation's certificate that you trust."`
	Withdrawals string   `                                    placeholder:"FILE"        help:"The organisation's signed list of withdrawn certificates."`
	TSATrust    string   `                   name:"tsa-trust" placeholder:"FILE.pem"    help:"Certificates of timestamp authorities that you trust."`
}

func (c *verifyCmd) Run(e *env) error {
	if c.Log != "" {
		return c.proveLog(e)
	}
	if len(c.What) == 0 {
		return fault.Invalid("what", "Name what to verify: a certificate, a pack, a picture of a seal or its text.")
	}
	var verify func(context.Context, service.VerifyRequest) (service.Verified, error)
	if e.Register != "" {
		s, err := e.open()
		if err != nil {
			return err
		}
		defer s.Close()
		verify = s.Verify
	} else {
		v, err := service.NewVerifier(e, c.Trust, c.Withdrawals, time.Now())
		if err != nil {
			return err
		}
		verify = v.Verify
	}
	all := []service.Verified{}
	sound := true
	for _, w := range c.What {
		q := service.VerifyRequest{Path: w, TrustPath: c.Trust, Withdrawals: c.Withdrawals, TimestampTrust: c.TSATrust}
		if strings.HasPrefix(w, "AY1:") {
			q = service.VerifyRequest{Seal: w, TrustPath: c.Trust, Withdrawals: c.Withdrawals}
		}
		r, err := verify(e, q)
		if err != nil {
			return err
		}
		all = append(all, r)
		sound = sound && r.Sound()
		if !e.JSON {
			e.verified(r)
		}
	}
	if e.JSON {
		e.json(map[string]any{"verified": all})
	}
	if !sound {
		return errFoundWrong
	}
	return nil
}

func (e *env) verified(r service.Verified) {
	e.say("%s: %s", r.What, strings.ToUpper(strings.ReplaceAll(string(r.Answer), "_", " ")))
	e.say("  %s", r.Sentence)
	e.table("", func(row func(string, ...any)) {
		for _, x := range [][2]string{{"number", r.Number}, {"organisation", r.Organisation}, {"workflow", r.Workflow}, {"verdict", strings.ReplaceAll(r.Verdict, "_", " ")},
			{"issued", r.Issued + claimed(r)}, {"valid until", r.ValidUntil.Long()}, {"signed by", r.Signer}, {"key", r.Fingerprint}, {"record", r.Digest}} {
			if x[1] != "" {
				row("  %s\t%s", x[0], x[1])
			}
		}
	})
	for _, x := range r.Reasons {
		if x != "" {
			e.say("  - %s", x)
		}
	}
	for _, x := range r.Redrawn {
		how := "the same   "
		if !x.Same {
			how = "NOT THE SAME"
		}
		e.say("  %s sample %s of %s: %s", how, x.Ref, x.Workflow, x.Sentence)
	}
}

func claimed(r service.Verified) string {
	switch {
	case r.Proven != "":
		return " (a timestamp proves that it was signed by " + r.Proven + ")"
	case r.Issued != "":
		return " (claimed, by the signer's clock)"
	}
	return ""
}

// ---- key

type keyCmd struct {
	Root   keyRootCmd   `cmd:"" help:"Make the organisation's root key."`
	Issue  keyIssueCmd  `cmd:"" help:"Issue a signing key to a person."`
	List   keyListCmd   `cmd:"" help:"List keys."`
	Revoke keyRevokeCmd `cmd:"" help:"Revoke a key."`

	Import  keyImportCmd  `cmd:"" help:"Take a signing key from a PKCS#12 file."`
	Request keyRequestCmd `cmd:"" help:"Make a key and the request with which your own authority certifies it."`
	Accept  keyAcceptCmd  `cmd:"" help:"Take the authority's answer to a request."`
}

type keyRootCmd struct{}

func (c *keyRootCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		pass, err := e.keyPassphrase()
		if err != nil {
			return err
		}
		if err := s.MakeRoot(e, pass); err != nil {
			return err
		}
		e.answer(map[string]any{"made": "root"}, func() { e.say("Made the organisation's root key.") })
		return nil
	})
}

type keyIssueCmd struct {
	Person string `arg:"" placeholder:"PER-0001"`
}

func (c *keyIssueCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		pass, err := e.keyPassphrase()
		if err != nil {
			return err
		}
		root, err := e.rootPassphrase()
		if err != nil {
			return err
		}
		if err := s.IssueKey(e, c.Person, pass, root); err != nil {
			return err
		}
		e.answer(map[string]any{"issued": c.Person}, func() { e.say("Issued a signing key to %s.", c.Person) })
		return nil
	})
}

type keyListCmd struct{}

func (c *keyListCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		keys, err := s.Keys(e)
		if err != nil {
			return err
		}
		e.answer(map[string]any{"keys": keys}, func() {
			e.table("KIND\tHOLDER\tPERSON\tUNTIL\tREVOKED\tFINGERPRINT", func(row func(string, ...any)) {
				for _, k := range keys {
					row("%s\t%s\t%s\t%s\t%s\t%s", k.Kind, k.Holder, k.PersonRef, k.Until, k.Revoked, k.Fingerprint)
				}
			})
		})
		return nil
	})
}

type keyRevokeCmd struct {
	ID     string `arg:"" help:"The key's identifier (assay key list --json)."`
	Reason string `                                                            required:""`
}

func (c *keyRevokeCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		if err := s.RevokeKey(e, c.ID, c.Reason); err != nil {
			return err
		}
		e.answer(map[string]any{"revoked": c.ID}, func() { e.say("Revoked the key.") })
		return nil
	})
}

// ---- list, activity

type listCmd struct {
	What string `arg:"" enum:"workflows,policies,people,imports,due" help:"workflows, policies, people, imports or due."`
}

func (c *listCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		switch c.What {
		case "workflows":
			list, err := s.Workflows(e)
			if err != nil {
				return err
			}
			e.answer(map[string]any{"workflows": list}, func() {
				e.table("REF\tSTAGE\tVERSION\tOWNER\tNAME", func(row func(string, ...any)) {
					for _, x := range list {
						row("%s\t%s\t%s\t%s\t%s", x.Ref, x.Lifecycle, x.Version, x.Owner, x.Name)
					}
				})
			})
		case "policies":
			list, err := s.Policies(e)
			if err != nil {
				return err
			}
			e.answer(map[string]any{"policies": list}, func() {
				e.table("REF\tSTATUS\tVERSION\tNEXT REVIEW\tAPPLIES TO\tTITLE", func(row func(string, ...any)) {
					for _, x := range list {
						row("%s\t%s\t%s\t%s\t%d\t%s", x.Ref, x.Status, x.Version, x.NextReview, len(x.Applies), x.Title)
					}
				})
			})
		case "people":
			list, err := s.People(e)
			if err != nil {
				return err
			}
			e.answer(map[string]any{"people": list}, func() {
				e.table("REF\tNAME\tJOB TITLE\tDUTIES", func(row func(string, ...any)) {
					for _, x := range list {
						duties := make([]string, len(x.Duties))
						for i, d := range x.Duties {
							duties[i] = string(d)
						}
						row("%s\t%s\t%s\t%s", x.Ref, x.Name, x.JobTitle, strings.Join(duties, ", "))
					}
				})
			})
		case "imports":
			list, err := s.Sources(e, "")
			if err != nil {
				return err
			}
			e.answer(map[string]any{"imports": list}, func() {
				e.table("REF\tWORKFLOW\tFORMAT\tRUNS\tREFUSED\tSHA-256\tFILE", func(row func(string, ...any)) {
					for _, x := range list {
						name := x.FileName
						if x.Purge != nil {
							name += " (personal data purged on " + stamp(x.Purge.At) + ")"
						}
						row(
							"%s\t%s\t%s\t%d\t%d\t%s\t%s",
							x.Ref,
							x.WorkflowRef,
							x.Format,
							x.New,
							x.Refused,
							x.SHA256[:16],
							name,
						)
					}
				})
			})
		case "due":
			v, err := s.Improvement(e)
			if err != nil {
				return err
			}
			e.answer(map[string]any{"due": v.Agenda}, func() {
				e.table("DAY\tREF\tABOUT\tOWNER\tWHAT", func(row func(string, ...any)) {
					for _, x := range v.Agenda {
						late := ""
						if x.Overdue {
							late = " (overdue)"
						}
						row("%s%s\t%s\t%s\t%s\t%s", x.Day, late, x.Ref, x.Subject, x.Owner, x.Title)
					}
				})
			})
		}
		return nil
	})
}

type activityCmd struct {
	Subject string `placeholder:"POL-0001" help:"Only about this record."`
	Limit   int    `                                                      default:"50"`
}

func (c *activityCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		list, err := s.Activities(e, c.Subject, 0, c.Limit)
		if err != nil {
			return err
		}
		e.answer(map[string]any{"activity": list}, func() {
			e.table("NO\tWHEN\tWHO\tABOUT\tWHAT", func(row func(string, ...any)) {
				for _, x := range list {
					row("%d\t%s\t%s\t%s\t%s", x.Seq, x.At[:16], x.Actor, x.Subject, x.Summary)
				}
			})
		})
		return nil
	})
}

// ---- export, backup, restore, check, schema

type exportCmd struct {
	What     string `arg:"" enum:"trust,withdrawals,crl,plain,runs,atrs,verify-page" help:"trust (certificates for those who verify), withdrawals (signed list of certificates), crl (list of revoked keys), plain (an ordinary SQLite database, not encrypted), runs (of a workflow, with their decisions), atrs (draft of a workflow's transparency record), verify-page (a web page that checks documents without Assay or a network; needs no register)."`
	Out      string `                                                                help:"The file to write; must not be there yet. For atrs it ends in .md or .csv."                                                                                                                                                                                                                                                                                        required:"" placeholder:"FILE"`
	Workflow string `                                                                help:"For runs and atrs."                                                                                                                                                                                                                                                                                                                                                            placeholder:"WF-0001"`
	Format   string `                                                                help:"For runs: run-audit, csv, xes, ocel-json, ocel-xml or ocel-sqlite."                                                                                                                                                                                                                                                                                                                                  default:"csv"`
}

func (c *exportCmd) Run(e *env) error {
	if c.What == "verify-page" {
		if err := service.WriteNewFile(c.Out, verifypage.HTML()); err != nil {
			return err
		}
		e.answer(map[string]any{"wrote": c.Out}, func() { e.say("Wrote %s. Open it in a web browser.", c.Out) })
		return nil
	}
	if c.Workflow == "" && (c.What == "runs" || c.What == "atrs") {
		return fault.Invalid("workflow", "Name the workflow with --workflow (assay list workflows shows them).")
	}
	return e.with(func(s *service.Service) error {
		var data []byte
		var err error
		switch c.What {
		case "trust":
			data, err = s.RootPEM(e)
		case "withdrawals":
			var pass string
			if pass, err = e.keyPassphrase(); err == nil {
				data, err = s.Withdrawals(e, pass)
			}
		case "crl":
			var pass string
			if pass, err = e.rootPassphrase(); err == nil {
				data, err = s.RevocationList(e, pass)
			}
		case "plain":
			err = s.ExportPlain(e, c.Out)
		case "runs":
			return c.runs(e, s)
		case "atrs":
			data, err = s.TransparencyDraft(e, c.Workflow, strings.TrimPrefix(filepath.Ext(c.Out), "."))
		}
		if err == nil && c.What != "plain" {
			err = service.WriteNewFile(c.Out, data)
		}
		if err != nil {
			return err
		}
		e.answer(map[string]any{"wrote": c.Out}, func() { e.say("Wrote %s.", c.Out) })
		return nil
	})
}

type passphraseCmd struct {
	NewPassphraseFile string `placeholder:"FILE" help:"The new passphrase, on the first line; otherwise it is asked for."`
}

func (c *passphraseCmd) Run(e *env) error {
	if e.Register == "" {
		return fault.Invalid("register", "Name the register with -w FILE.")
	}
	old, err := e.passphraseFor(e.Register)
	if err != nil {
		return err
	}
	passphrase, err := e.otherPassphrase(c.NewPassphraseFile)
	if err != nil {
		return err
	}
	s, err := service.Open(e, e.Register, service.Options{Passphrase: old, As: e.As})
	if err != nil {
		return err
	}
	if err := errors.Join(s.ChangePassphrase(e, old, passphrase), s.Close()); err != nil {
		return err
	}
	e.answer(map[string]any{"changed": e.Register}, func() {
		e.say(
			"Changed the passphrase of %s. Copies made before still open with the old one, and who has such a copy can read this file with its key: assay rekey gives it another.",
			e.Register,
		)
	})
	return nil
}

// otherPassphrase asks for the passphrase that a register is to have from now on, twice where it is typed.
func (e *env) otherPassphrase(file string) (string, error) {
	passphrase, err := e.passphrase(file, "ASSAY_NEW_PASSPHRASE", "New passphrase of the register: ")
	if err != nil || file != "" || os.Getenv("ASSAY_NEW_PASSPHRASE") != "" {
		return passphrase, err
	}
	again, err := e.passphrase("", "", "The same again: ")
	if err == nil && again != passphrase {
		err = fault.Invalid("passphrase", "The two passphrases differ; try again.")
	}
	return passphrase, err
}

type rekeyCmd struct {
	NewPassphraseFile string `placeholder:"FILE" help:"The new passphrase, on the first line; otherwise it is asked for."`
}

func (c *rekeyCmd) Run(e *env) error {
	if e.Register == "" {
		return fault.Invalid("register", "Name the register with -w FILE.")
	}
	old, err := e.passphraseFor(e.Register)
	if err != nil {
		return err
	}
	passphrase, err := e.otherPassphrase(c.NewPassphraseFile)
	if err != nil {
		return err
	}
	out, err := service.Rekey(e, e.Register, service.Options{Passphrase: old, As: e.As}, passphrase)
	if err != nil {
		return err
	}
	e.answer(out, func() {
		e.say("%s has a new key. Its recovery key, never shown again:\n\n%s\n", out.Path, out.Recovery)
		e.say(
			"The register as it was is kept as %s, under the old key. Delete it, and the other copies that were made before, once you have opened the new one.",
			out.Old,
		)
	})
	return nil
}

type backupCmd struct {
	Out string `placeholder:"FILE.assay" help:"Where to; otherwise into the folder of backups beside the register."`
}

func (c *backupCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		b, err := s.Backup(e, c.Out)
		if err != nil {
			return err
		}
		e.answer(b, func() { e.say("Wrote %s (%d bytes).", b.Path, b.Bytes) })
		return nil
	})
}

type restoreCmd struct {
	Backup string `arg:"" placeholder:"BACKUP.assay"`
	Out    string `       placeholder:"FILE.assay"   required:"" help:"The register to make; must not be there yet."`
}

func (c *restoreCmd) Run(e *env) error {
	if err := service.Restore(e, c.Backup, c.Out); err != nil {
		return err
	}
	e.answer(map[string]any{"restored": c.Out}, func() { e.say("Restored to %s.", c.Out) })
	return nil
}

type checkCmd struct{}

func (c *checkCmd) Run(e *env) error {
	return e.with(func(s *service.Service) error {
		r, err := s.Check(e, func(what string) { fmt.Fprintln(e.err, "  "+what) })
		if err != nil {
			return err
		}
		e.answer(r, func() {
			for _, x := range r.Steps {
				e.say("%s", x)
			}
			for _, x := range r.Warnings {
				e.say("warning: %s", x)
			}
			for _, x := range r.Problems {
				e.say("WRONG: %s", x)
			}
			if r.Sound {
				e.say("The register is sound: %d entries, root %s.", r.Entries, r.Root)
			}
		})
		if !r.Sound {
			return errFoundWrong
		}
		return nil
	})
}

type schemaCmd struct {
	What string `arg:"" enum:"run-audit,apply" help:"run-audit or apply."`
}

func (c *schemaCmd) Run(e *env) error {
	text := importer.RunAuditSchema()
	if c.What == "apply" {
		text = apply.Schema()
	}
	_, err := e.out.Write(text)
	return err
}
