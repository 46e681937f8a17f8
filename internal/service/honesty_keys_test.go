package service

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/machine"
	"assay/internal/organisation"
)

// thirdKey enters somebody else who may approve, and gives them a key, all from the
// assessor's keyboard.
func (d *dirt) thirdKey(passphrase string) (ref string) {
	d.t.Helper()
	ctx := context.Background()
	p := must(d.SavePerson(ctx, organisation.Person{
		Name: "Anselm Okafor-Byrne", JobTitle: "Head of Audit", Active: true,
		Duties: []organisation.Duty{organisation.DutyApprover},
	}))
	if err := d.IssueKey(ctx, p.Ref, passphrase, SamplePassphrase); err != nil {
		d.t.Fatal(err)
	}
	return p.Ref
}

// TestHonesty_keys goes on where TestHonesty_paper ends: keys in other people's names,
// and registers that do not go back to their beginning.
func TestHonesty_keys(t *testing.T) {
	ctx := context.Background()
	const pass = "words that the assessor chose"
	byKey := func(t *testing.T, d *dirt, who, pass string) {
		t.Helper()
		for _, code := range d.found() {
			x := d.explained(goodReason)
			if len(d.gates(code)) == 0 {
				continue
			}
			x.Approver, x.ApproverPassphrase = who, pass
			if err := d.say(x, code); err != nil {
				t.Fatal(err)
			}
		}
	}
	// byOwnKey has a third person explain all with a key that they made themselves, after
	// the one that the assessor had made for them is revoked.
	byOwnKey := func(t *testing.T, d *dirt) organisation.Person {
		t.Helper()
		third := person(t, d.Service, d.thirdKey(pass))
		if _, err := d.RevokeKey(ctx, third.Ref, "Made by the wrong person"); err != nil {
			t.Fatal(err)
		}
		if err := ownKey(ctx, d.Service, third.Ref, "anselm's own words", SamplePassphrase); err != nil {
			t.Fatal(err)
		}
		byKey(t, d, third.Ref, "anselm's own words")
		return third
	}
	for _, a := range []struct {
		name string
		do   func(*testing.T, *dirt)
	}{
		{"a third person agrees, with a key that the assessor made", func(t *testing.T, d *dirt) {
			d.take()
			byKey(t, d, d.thirdKey(pass), pass)
			one, two, files, _ := d.papers()
			d.says("page 1", one, "One person explained all", "; a second one is said to agree.")
			d.says("page 2", two, "approved with a key of Anselm Okafor-Byrne on", ", made at this register by Priya")
			d.says("pack", files["findings.csv"], "approved with a key of Anselm Okafor-Byrne on")
			for _, text := range []string{one, two} {
				if strings.Contains(text, "Two people explained") || strings.Contains(text, "with their own key") {
					t.Error("it says that two people explained")
				}
			}
		}},
		{"the officer answers, with a key that the assessor made", func(t *testing.T, d *dirt) {
			d.take()
			nkechi := person(t, d.Service, "n-adeyemi")
			nkechi.Duties = append(nkechi.Duties, organisation.DutyApprover)
			must(d.SavePerson(ctx, nkechi))
			if err := d.IssueKey(ctx, "n-adeyemi", pass, SamplePassphrase); err != nil {
				t.Fatal(err)
			}
			x := d.explained(goodReason)
			x.Approver, x.ApproverPassphrase = "n-adeyemi", pass
			if err := d.say(x, "OVR-06"); err != nil {
				t.Fatal(err)
			}
			d.explainRest()
			one, two, _, _ := d.papers()
			d.says("page 1", one, "that an officer is said to have given for all")
			d.says("page 2", two, "Said to be the answer of Nkechi Adeyemi.", "with a key of Nkechi Adeyemi on")
			if strings.Contains(one, "An officer gave one answer") {
				t.Error("page 1 says that an officer answered")
			}
		}},
		{"the key is revoked before the paper is issued", func(t *testing.T, d *dirt) {
			d.take()
			third := byOwnKey(t, d)
			f := must(d.Workflow(ctx, dirtyWorkflow)).Findings
			if said := f[0].Said; len(said) != 1 || !said[0].Signed {
				t.Errorf("with their own key: %+v", said)
			}
			if _, err := d.RevokeKey(ctx, third.Ref, "Stolen by somebody"); err != nil {
				t.Fatal(err)
			}
			one, two, _, _ := d.papers()
			d.says("page 1", one, "One person explained all", "; a second one is said to agree.")
			d.says("page 2", two, "and revoked on "+civil.Of(d.now).Long()+" (“Stolen by somebody”)")
		}},
		{"the key is revoked between issue and approval", func(t *testing.T, d *dirt) {
			d.take()
			third := byOwnKey(t, d)
			c := must(d.IssueCertificate(ctx, IssueRequest{
				Workflow: dirtyWorkflow, Approver: "PER-0002", DefaultOwner: "PER-0001",
				DefaultDue: civil.Of(d.now).AddMonths(3), Passphrase: SamplePassphrase,
			}))
			if _, err := d.RevokeKey(ctx, third.Ref, "Stolen by somebody"); err != nil {
				t.Fatal(err)
			}
			err := d.Countersign(ctx, c.Number, "PER-0002", SamplePassphrase)
			if fault.CodeOf(err) != fault.CodeConflict || !strings.Contains(err.Error(), "approved otherwise") {
				t.Errorf("approved all the same: %v", err)
			}
		}},
		{"the approver's key is the assessor's making", func(t *testing.T, d *dirt) {
			d.take()
			third := d.thirdKey(pass)
			byKey(t, d, "PER-0002", SamplePassphrase)
			c := must(d.IssueCertificate(ctx, IssueRequest{
				Workflow: dirtyWorkflow, Approver: third, DefaultOwner: "PER-0001",
				DefaultDue: civil.Of(d.now).AddMonths(3), Passphrase: SamplePassphrase, ApproverPassphrase: pass,
			}))
			d.says("page 1", strings.Join(c.Statement.Shown(), "\n"),
				"The assessor made the key that the approver signs with.", "Two people explained")
			d.says("page 2", pageText(must(d.CertificateHTML(ctx, c.Number))),
				"made at this register by Priya Ravenscroft, the assessor, on")
		}},
		{"the dirty months are rolled back", func(t *testing.T, d *dirt) { rolledBackClean(t, d) }},
	} {
		t.Run(a.name, func(t *testing.T) { a.do(t, newDirt(t)) })
	}
}

// rolledBackClean is refused on the dirty log, puts back the copy from before, and goes
// on with the clean runs only.
func rolledBackClean(t *testing.T, d *dirt) {
	ctx := context.Background()
	path := d.Path()
	o := Options{
		Heads: machine.HeadsIn(t.TempDir()), Clock: func() time.Time { return d.now }, As: "PER-0001",
	}
	reopen := func() {
		t.Helper()
		d.Service.Close()
		s, err := Open(ctx, path, o)
		if err != nil {
			t.Fatal(err)
		}
		d.Service = s
		t.Cleanup(func() { s.Close() })
	}
	reopen()
	d.Service.Close()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reopen()
	d.take()
	d.blocked("OVR-01")
	d.Service.Close()
	if err := os.WriteFile(path, before, 0o600); err != nil {
		t.Fatal(err)
	}
	reopen()
	d.load("clean.jsonl", d.clean)
	d.explainRest()
	if _, err := d.issue(); fault.CodeOf(err) != fault.CodeConflict ||
		!strings.Contains(err.Error(), "older copy of a register") {
		t.Fatalf("issued on an older copy: %v", err)
	}
	if err := d.AcceptOlder(ctx, "The laptop was repaired"); err != nil {
		t.Fatal(err)
	}
	c := must(d.issue())
	lost := c.Statement.Breaks[0].Lost
	if len(c.Statement.Breaks) != 1 || lost < 2 || c.Statement.Breaks[0].Kind != certificate.BreakOlderCopy {
		t.Fatalf("%+v", c.Statement.Breaks)
	}
	day := civil.Of(d.now).Long()
	d.says("page 1", strings.Join(c.Statement.Shown(), "\n"),
		"An older copy of the register was put back on "+day+": ", "entries of its log are gone.")
	d.says("page 2", pageText(must(d.CertificateHTML(ctx, c.Number))),
		"An older copy of the register was put back on "+day+".",
		"Priya Ravenscroft wrote: “The laptop was repaired”.")
	r := must(d.Check(ctx, nil))
	if !r.Sound || !strings.Contains(strings.Join(r.Warnings, "\n"), "was put back on "+day) {
		t.Errorf("the check says %v %q", r.Sound, r.Warnings)
	}
	pack := filepath.Join(d.dir, "p.zip")
	must(d.WritePack(ctx, PackRequest{Workflow: dirtyWorkflow, Path: pack, Passphrase: SamplePassphrase}))
}
