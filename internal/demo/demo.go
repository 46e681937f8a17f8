// Package demo does the whole main job on an invented council, as a person
// would: it makes a register, fills it, imports runs, issues what can be issued
// and verifies all of it. It knows no more of a register than a person sees.
package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"assay/internal/apply"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/sample"
	"assay/internal/service"
	"assay/internal/verify"
)

// Passphrase opens the sample council's register and keys. It protects
// nothing: everything in the sample is made up.
const Passphrase = "brackenmere sample council"

// sampleMark says that a folder was made by Make and may be made anew.
const sampleMark = "ABOUT-THIS-SAMPLE.txt"

// File is one file that Make made.
type File struct {
	Path string `json:"path"`
	What string `json:"what"`
}

// Result is what Make did.
type Result struct {
	Register     string                      `json:"register"`
	Passphrase   string                      `json:"passphrase"`
	Files        []File                      `json:"files"`
	Imports      []service.Imported          `json:"imports"`
	PlantedBy    map[string][]sample.Planted `json:"-"` // by workflow key
	Certificates []service.CertificateView   `json:"certificates"`
	Refused      []Refusal                   `json:"refused"`
	Pack         service.Packed              `json:"pack"`
	Verified     []verify.Verified           `json:"verified"`
}

// Refusal is a certificate that was refused, and why.
type Refusal struct {
	Workflow string        `json:"workflow"`
	Name     string        `json:"name"`
	Reasons  []fault.Field `json:"reasons"`
}

// Options shape the sample.
type Options struct {
	Clock    func() time.Time
	Progress func(string) // what is being done; nil is nobody
	Plain    bool         // do not encrypt the register
}

// Make does the whole main job on the sample council in dir: it makes the
// register, applies the council's file, imports run exports, issues the
// certificates that can be issued, writes the evidence pack and verifies all of
// it. A folder that Make made before is made anew; any other is left alone.
func Make(ctx context.Context, dir string, o Options) (out Result, err error) {
	if o.Clock == nil {
		o.Clock = func() time.Time { return time.Now().UTC().Truncate(time.Millisecond) } // as the register keeps times
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return out, fault.Doing("find the folder of the sample", err)
	}
	if err := clearSample(dir); err != nil {
		return out, err
	}
	d := &demo{dir: dir, o: o, now: o.Clock(), out: &out}
	out.Passphrase, out.PlantedBy = Passphrase, map[string][]sample.Planted{}
	return out, d.run(ctx)
}

// clearSample removes what Make made before and makes the folder.
func clearSample(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return fault.Unreadable(dir, "This folder cannot be read.").Because(err)
	case len(entries) > 0:
		if _, err := os.Stat(filepath.Join(dir, sampleMark)); err != nil {
			return fault.Conflict("The folder %s holds other files; choose an empty one with --dir.", dir)
		}
		if err := os.RemoveAll(dir); err != nil {
			return fault.Forbidden("The former sample in %s cannot be removed.", dir).Because(err)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fault.Forbidden("The folder %s cannot be made.", dir).Because(err)
	}
	return os.WriteFile(
		filepath.Join(dir, sampleMark),
		[]byte("The sample council of Assay. Nothing in this folder is real:\n"+
			sample.CouncilName+", its people, its workflows and its cases are invented.\n\nThe register's "+
			"passphrase, and that of its keys, is:\n\n    "+Passphrase+
			"\n\nAssay makes this folder anew; keep nothing of your own in it.\n"),
		0o644,
	)
}

type demo struct {
	dir string
	o   Options
	now time.Time
	out *Result
	s   *service.Service
}

func (d *demo) made(name, what string) {
	d.out.Files = append(d.out.Files, File{filepath.Join(d.dir, name), what})
}

func (d *demo) run(ctx context.Context) error {
	d.o.Progress("Writing the council's records and documents")
	council, documents, err := sample.Council(civil.Of(d.now))
	if err != nil {
		return err
	}
	if err := d.write(
		"council.yaml", "the council's policies, workflows, risks and reviews, as a file to apply", council,
	); err != nil {
		return err
	}
	for name, content := range documents {
		if err := d.writeQuiet(name, content); err != nil {
			return err
		}
	}
	d.o.Progress("Making the register")
	keeper, err := apply.FirstKeeper(ctx, council)
	if err != nil {
		return err
	}
	path := filepath.Join(d.dir, "brackenmere.assay")
	// The words of its recovery key are kept nowhere: beside the register they would be a second passphrase.
	s, _, err := service.Create(
		ctx,
		path,
		service.NewRegister{
			Organisation: sample.CouncilName,
			Person:       keeper.Name,
			JobTitle:     keeper.JobTitle,
			PersonKey:    keeper.Key,
			Sample:       true,
			Passphrase:   Passphrase,
			Plain:        d.o.Plain,
		},
		service.Options{Clock: d.o.Clock},
	)
	if err != nil {
		return err
	}
	d.s, d.out.Register = s, path
	defer s.Close()
	d.made("brackenmere.assay", "the register (passphrase: "+Passphrase+")")
	d.o.Progress("Applying the council's file")
	if _, err := s.Apply(ctx, filepath.Join(d.dir, "council.yaml"), false); err != nil {
		return err
	}
	if err := s.SignIn(ctx, keeper.Key); err != nil {
		return err
	}
	if err := d.imports(ctx); err != nil {
		return err
	}
	if err := d.explain(ctx); err != nil {
		return err
	}
	if err := d.read(ctx); err != nil {
		return err
	}
	if err := d.certificates(ctx); err != nil {
		return err
	}
	d.o.Progress("Writing the evidence pack")
	if d.out.Pack, err = s.WritePack(
		ctx, service.PackRequest{Path: filepath.Join(d.dir, "evidence-pack.zip"), Passphrase: Passphrase},
	); err != nil {
		return err
	}
	d.made("evidence-pack.zip", "the evidence pack "+d.out.Pack.Ref)
	return d.verify(ctx)
}

func (d *demo) write(name, what string, content []byte) error {
	d.made(name, what)
	return d.writeQuiet(name, content)
}

func (d *demo) writeQuiet(name string, content []byte) error {
	path := filepath.Join(d.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

// imports generates each workflow's run exports and imports them: most as run
// audits, one as CSV with its mapping, one as XES, and one twice with runs that
// say something else the second time.
func (d *demo) imports(ctx context.Context) error {
	for i, cast := range append(sample.Casts(), sample.PatternCasts()...) {
		d.o.Progress("Importing the runs of " + cast.Name)
		e, err := sample.Runs(cast.Key, sample.RunOptions{Seed: uint64(i + 1), Until: d.now.AddDate(0, 0, -1)})
		if err != nil {
			return err
		}
		files, err := d.exports(ctx, cast.Key, e)
		if err != nil {
			return err
		}
		d.out.PlantedBy[cast.Key] = append(d.out.PlantedBy[cast.Key], e.Planted...)
		for _, q := range files {
			q.Workflow = cast.Key
			r, err := d.s.Import(ctx, q)
			if err != nil {
				return fmt.Errorf("import %s: %w", filepath.Base(q.Path), err)
			}
			d.out.Imports = append(d.out.Imports, r)
		}
	}
	return nil
}

func (d *demo) exports(ctx context.Context, key string, e sample.Export) ([]service.ImportRequest, error) {
	write := func(name, what string, f func(io.Writer) error) (string, error) {
		var b bytes.Buffer
		if err := f(&b); err != nil {
			return "", err
		}
		name = "exports/" + name
		return filepath.Join(d.dir, filepath.FromSlash(name)), d.write(name, what, b.Bytes())
	}
	switch key {
	case "foi-drafting":
		csv, err := write(key+".csv", "run export as CSV", e.WriteCSV)
		if err != nil {
			return nil, err
		}
		mapping, err := write(
			key+".mapping.yaml",
			"how to read that CSV",
			func(w io.Writer) error { _, err := w.Write(e.Mapping()); return err },
		)
		return []service.ImportRequest{{Path: csv, MappingPath: mapping}}, err
	case "complaints-triage":
		xes, err := write(key+".xes.gz", "run export as XES", e.WriteXES)
		if err != nil {
			return nil, err
		}
		mapping, err := write(
			key+".mapping.yaml",
			"how to read that XES",
			func(w io.Writer) error { _, err := w.Write(e.XESMapping()); return err },
		)
		return []service.ImportRequest{{Path: xes, MappingPath: mapping}}, err
	}
	first, err := write(key+".jsonl", "run audit export", e.WriteRunAudit)
	out := []service.ImportRequest{{Path: first}}
	if err != nil || key != "council-tax-changes" {
		return out, err
	}
	again := e.Amended(3)
	d.out.PlantedBy[key] = append(d.out.PlantedBy[key], again.Of("LOG-02"))
	second, err := write(
		key+"-again.jsonl",
		"the same export, with three runs that say something else",
		again.WriteRunAudit,
	)
	return append(out, service.ImportRequest{Path: second}), err
}

// explain works the planning workflow's findings off, as its assessor did:
// what was found is not gone, it has a reason.
func (d *demo) explain(ctx context.Context) error {
	d.o.Progress("Explaining the findings of planning validation")
	for code, x := range map[string]struct{ officer, why string }{
		"OVR-06": {
			"n.adeyemi",
			"Read with the officers: three withdrawn applications, closed at the applicant's request, with " +
				"nothing left to check.",
		},
		"OVR-07": {
			"h.castellan",
			"Notices reach the senior planner only after an officer has found the application invalid. Twenty " +
				"were read again with the planners; all were right.",
		},
	} {
		_, err := d.s.DecideFindings(
			ctx,
			service.Decision{
				FindingQuery: service.FindingQuery{Workflow: "planning-validation", Code: code, Status: "open"},
				Decide:       "explained",
				Why:          x.why,
				Officer:      x.officer,
			},
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// read draws a sample of the repairs workflow's runs and begins to read it with
// the head of repairs: most of it is left, to be tried.
func (d *demo) read(ctx context.Context) error {
	d.o.Progress("Drawing a sample of housing repairs to read")
	x, err := d.s.SampleRuns(ctx, service.SampleRequest{Workflow: "housing-repairs", Officer: "Stuart Pell",
		Plan: oversight.SamplePlan{Seed: "November 2026", Confidence: 0.9, Tolerable: 0.05}})
	if err != nil {
		return err
	}
	said := []oversight.Said{
		{Verdict: oversight.VerdictAgree},
		{Verdict: oversight.VerdictAgree, Note: "The surveyor's photographs say the same."},
		{
			Verdict: oversight.VerdictDisagree,
			Note:    "A leak over a light fitting is an emergency; it was left at urgent.",
		},
		{Verdict: oversight.VerdictAgree},
	}
	var drawn []oversight.RunRef
	for _, stratum := range x.Workpaper.Strata {
		drawn = append(drawn, stratum.Runs...)
	}
	for i, r := range drawn[:min(len(said), len(drawn))] {
		said[i].RunID = r.RunID
		if _, err := d.s.Say(ctx, x.Ref, said[i]); err != nil {
			return err
		}
	}
	return nil
}

// certificates makes the keys and issues what can be issued.
func (d *demo) certificates(ctx context.Context) error {
	d.o.Progress("Making keys and issuing certificates")
	s := d.s
	if err := s.MakeRoot(ctx, Passphrase); err != nil {
		return err
	}
	people, err := s.People(ctx)
	if err != nil {
		return err
	}
	approver := slices.IndexFunc(people, func(p organisation.Person) bool {
		return p.May(organisation.ActionCountersign) == nil && p.ID != s.SignedIn().ID
	})
	if approver < 0 {
		return fault.Internal(errors.New("the sample council has no approver"))
	}
	keeper := s.SignedIn().Ref
	for _, ref := range []string{people[approver].Ref, keeper} { // each makes their own, and the keeper goes on
		if err := s.SignIn(ctx, ref); err != nil {
			return err
		}
		if err := s.IssueKey(ctx, ref, Passphrase, Passphrase); err != nil {
			return err
		}
	}
	pem, err := s.RootPEM(ctx)
	if err != nil {
		return err
	}
	if err := d.write("root.pem", "the council's certificates, for those who verify its documents", pem); err != nil {
		return err
	}
	rows, err := s.Workflows(ctx)
	if err != nil {
		return err
	}
	for _, w := range rows {
		plan, err := s.PlanCertificate(ctx, w.Ref)
		if err != nil {
			return err
		}
		if len(plan.Refusals) > 0 {
			d.out.Refused = append(d.out.Refused, Refusal{w.Ref, w.Name, plan.Refusals})
			continue
		}
		wf, err := s.Workflow(ctx, w.Ref)
		if err != nil {
			return err
		}
		c, err := s.IssueCertificate(
			ctx,
			service.IssueRequest{
				Workflow:           w.Ref,
				Approver:           people[approver].Ref,
				Passphrase:         Passphrase,
				ApproverPassphrase: Passphrase,
				DefaultOwner:       wf.Workflow.OwnerID,
				DefaultDue:         civil.Of(d.o.Clock()).AddMonths(3),
			},
		)
		if err != nil {
			return err
		}
		d.out.Certificates = append(d.out.Certificates, c.CertificateView)
		pdf, err := s.CertificatePDF(ctx, c.Number)
		if err != nil {
			return err
		}
		if err := d.write(
			"certificates/"+c.Number+".pdf", "certificate of "+w.Name+": "+strings.ReplaceAll(c.Verdict, "_", " "),
			pdf,
		); err != nil {
			return err
		}
	}
	return nil
}

// verify verifies what was made as a stranger would: with the root certificate only.
func (d *demo) verify(ctx context.Context) error {
	d.o.Progress("Verifying what was made")
	v, err := verify.New(ctx, filepath.Join(d.dir, "root.pem"), "", d.o.Clock())
	if err != nil {
		return err
	}
	for _, f := range d.out.Files {
		if ext := filepath.Ext(f.Path); ext != ".pdf" && ext != ".zip" {
			continue
		}
		r, err := v.Verify(ctx, verify.Request{Path: f.Path})
		if err != nil {
			return err
		}
		d.out.Verified = append(d.out.Verified, r)
		if r.Answer != verify.AnswerGenuine {
			return fault.Tampered(
				"%s was made just now and is found to be %s: %s",
				r.What,
				r.Answer,
				strings.Join(r.Reasons, " "),
			)
		}
	}
	return nil
}
