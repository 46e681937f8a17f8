package service

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/internal/certificate"
	"assay/internal/prose"
	"assay/internal/report"
	"assay/internal/runlog"
	"assay/internal/testkit"
	"assay/internal/verify"
)

// table writes the dirty log as a table with a row for each run, as an assessor has it
// exported who wants to choose what its words mean. no is the platform's word for a run
// that no officer approved; spoiled marks those rows in a column of its own.
func (d *dirt) table(no string) []byte {
	d.t.Helper()
	content, planted := dirtyLog(d.t, d.clean)
	d.planted = planted
	var out bytes.Buffer
	out.WriteString("Case,Received,Prepared,Decided,Officer,Lead,Result,Batch,Sent\n")
	for line := range bytes.Lines(content) {
		if !bytes.Contains(line, []byte(`"run_id":`)) {
			continue
		}
		var r struct {
			RunID     string `json:"run_id"`
			Started   string
			Ended     string
			Decisions []struct{ Gate, Presented, Decided, Account, Code string }
		}
		if err := json.Unmarshal(line, &r); err != nil {
			d.t.Fatal(err)
		}
		decided, officer, result, prepared, batch := "", "", no, r.Started, "late"
		for _, x := range r.Decisions {
			if x.Gate != "officer-decision" {
				continue
			}
			decided, officer, prepared = x.Decided, x.Account, x.Presented
			if x.Code != "rejected" {
				result = "Done"
			}
			if x.Account != "svc-planning" && x.Code != "rejected" {
				batch = ""
			}
		}
		if officer == "" {
			decided = ""
		}
		fmt.Fprintf(&out, "%s,%s,%s,%s,%s,n.adeyemi,%s,%s,%s\n",
			r.RunID, r.Started, prepared, decided, officer, result, batch, r.Ended)
	}
	return out.Bytes()
}

// tableMapping reads such a table as it is meant, with other lines beside.
func tableMapping(fields string, more string) string {
	return "assay_mapping: 1\nrows: run\nfields: {run_id: Case, run_started: Received, run_ended: Sent, " +
		"presented: Prepared, decided: Decided, account: Officer, decision: Result" +
		fields + "}\nconstants: {gate: officer-decision}\n" +
		"events:\n  - {activity: Check application against list, ended: Prepared, gate: officer-decision, " +
		"act: prepare}\n" +
		"  - {activity: Register application, ended: Sent, gate: officer-decision, act: release}\n" + more
}

// mapped imports a table under a mapping.
func (d *dirt) mapped(name string, table []byte, mapping string) (Imported, error) {
	d.t.Helper()
	m, err := runlog.ParseMapping([]byte(mapping))
	if err != nil {
		return Imported{}, err
	}
	return d.Import(context.Background(), ImportRequest{
		Path: d.file(name, table), Workflow: dirtyWorkflow, Mapping: m, MaxRefused: 1,
	})
}

// events writes the runs as a log of events, each with its opening, what the officer
// did, and its release: without a word for any outcome.
func (d *dirt) events() []byte {
	d.t.Helper()
	var out bytes.Buffer
	out.WriteString("Case,What,When,Who\n")
	rows := strings.Split(strings.TrimSpace(string(d.table("Refused"))), "\n")[1:]
	for _, row := range rows {
		c := strings.Split(row, ",")
		fmt.Fprintf(
			&out,
			"%s,Open case,%s,svc-planning\n%s,Register application,%s,svc-planning\n",
			c[0],
			c[1],
			c[0],
			c[8],
		)
	}
	return out.Bytes()
}

const eventMapping = "assay_mapping: 1\nfields: {run_id: Case, activity: What, ended: When, actor: Who}\n"

// wouldSay is what the paper would say of the dirty workflow now, whether or not
// anything stands in its way: page 1, and the facts of page 2.
func (d *dirt) wouldSay() (one, two string) {
	d.t.Helper()
	ctx := context.Background()
	err := d.readView(ctx, func(view *View) error {
		f, rep, err := view.judge(ctx, view.workflowByID[must(d.Workflow(ctx, dirtyWorkflow)).Workflow.ID])
		if err != nil {
			return err
		}
		st := certificate.Describe(f, rep)
		one = strings.Join(st.Shown(), "\n")
		for _, x := range report.BesidesOf(st) {
			two += x.Name + ": " + x.Text + "\n"
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return one, two
}

// notClean holds that no certificate is issued, or one that does not call all met.
func (d *dirt) notClean() {
	d.t.Helper()
	if c, err := d.issue(); err == nil && c.Statement.Verdict == certificate.VerdictMet {
		d.t.Error("a dirty log ends with everything met")
	}
}

// TestHonesty_paper goes on where TestHonesty ends: what an assessor can do with a
// mapping, with the words of the paper and with the records beside it.
func TestHonesty_paper(t *testing.T) {
	ctx := context.Background()
	for _, a := range []struct {
		name string
		do   func(*testing.T, *dirt)
	}{
		{"a refusal is read as a yes", func(t *testing.T, d *dirt) {
			must(d.mapped("x.csv", d.table("Refused"), tableMapping("", "decisions: {approved: [Done, Refused]}\n")))
			one, two := d.wouldSay()
			d.says("page 1", one, "The assessor had the file read so: the word “Refused” as a yes.")
			d.says("page 2", two, "Note the word “Refused” as a yes", `outcomes: "Refused" as approved`)
			if v := must(d.Coverage(ctx, dirtyWorkflow)).Volumes; len(v) != 1 || len(v[0].Contrary) != 1 {
				t.Errorf("coverage says %+v", v)
			}
			d.notClean()
		}},
		{"a refusal is read as a yes among five hundred words that are not in the file", func(t *testing.T, d *dirt) {
			yes := "Done, Refused"
			for i := range 500 {
				yes += fmt.Sprintf(", Fine %d", i)
			}
			must(d.mapped("x.csv", d.table("Refused"), tableMapping("", "decisions: {approved: ["+yes+"]}\n")))
			one, two := d.wouldSay()
			d.says("page 1", one, "the word “Refused” as a yes")
			d.says("page 2", two, "): Note the word “Refused” as a yes")
		}},
		{"a refusal is read as nothing", func(t *testing.T, d *dirt) {
			must(d.mapped("x.csv", d.table("Refused"),
				tableMapping("", "decisions: {approved: [Done]}\nnothing: ['', Refused]\n")))
			one, _ := d.wouldSay()
			d.says("page 1", one, "the word “Refused” as nothing")
			d.notClean()
		}},
		{"a step that every run has is read as the decision", func(t *testing.T, d *dirt) {
			must(d.mapped("x.csv", d.events(), eventMapping+"activities:\n"+
				"  Open case: {gate: officer-decision, act: decide, code: approved}\n"+
				"  Register application: {gate: officer-decision, act: release}\n"))
			one, two := d.wouldSay()
			d.says("page 1", one, "the step “Open case” as a yes")
			d.says("page 2", two, `deciding activities: "Open case", as approved where the log says no outcome`)
			d.notClean()
		}},
		{"the platform's account is said to be a person", func(t *testing.T, d *dirt) {
			must(d.mapped("x.csv", d.events(), eventMapping+"activities:\n"+
				"  Open case: {gate: officer-decision, act: decide, code: approved}\n"+
				"  Register application: {gate: officer-decision, act: release}\nactors: {person: ['svc-*']}\n"))
			one, _ := d.wouldSay()
			d.says("page 1", one, "the account “svc-*” as a person")
			if !slices.Contains(d.found(), "OVR-03") {
				t.Errorf("whom the roster calls a system decides, and the tests find %v", d.found())
			}
			d.notClean()
		}},
		{"the bad rows are marked as a pilot and left out", func(t *testing.T, d *dirt) {
			must(d.mapped("x.csv", d.table("Refused"), tableMapping("", "decisions: {approved: [Done]}\n"+
				"leave_out: [{name: the pilot, when: [{column: Batch, is: [late]}]}]\n")))
			one, two := d.wouldSay()
			d.says("page 1", one, "that were passed over as “the pilot” (with all that the files hold of")
			d.says("page 2", two, `left out as "the pilot"`, `where "Batch" is "late"`)
		}},
		{"the team's lead is read as the officer", func(t *testing.T, d *dirt) {
			must(d.mapped("x.csv", d.table("Refused"), strings.Replace(
				tableMapping("", "decisions: {approved: [Done], rejected: [Refused]}\n"),
				"account: Officer", "account: Lead", 1,
			)))
			one, two := d.wouldSay()
			d.says("page 1", one, "2 columns of the files were not read: see page 2.")
			d.says("page 2", two, `account from "Lead"`, "did not read 2 of 9 columns: “Officer”, “Batch”.")
		}},
		{"the receipt of the case is read as when it was put before the officer", func(t *testing.T, d *dirt) {
			must(d.mapped("x.csv", d.table("Refused"), strings.Replace(
				tableMapping("", "decisions: {approved: [Done], rejected: [Refused]}\n"), "presented: Prepared",
				"presented: Received", 1,
			)))
			_, two := d.wouldSay()
			d.says("page 2", two, `presented from "Received"`)
		}},
		{"who decided is dropped for the sake of privacy", func(t *testing.T, d *dirt) {
			content, _ := dirtyLog(t, d.clean)
			m := must(runlog.ParseMapping(
				[]byte("assay_mapping: 1\nprivacy: {drop: [account, actor, officer_name]}\n"),
			))
			must(d.Import(ctx, ImportRequest{
				Path: d.file("x.jsonl", content), Workflow: dirtyWorkflow, Mapping: m, MaxRefused: 1,
			}))
			one, _ := d.wouldSay()
			d.says("page 1", one, "the field “account” as nothing")
			if strings.Contains(one, "In 420 of 420 cases a named officer decided") {
				t.Error("page 1 says that named officers decided, whom nobody can name")
			}
			d.notClean()
		}},
		{"conditions in kind words", func(t *testing.T, d *dirt) {
			d.take()
			if err := d.say(d.explained(goodReason), "OVR-01", "OVR-12"); err != nil {
				t.Fatal(err)
			}
			q := IssueRequest{
				Workflow: dirtyWorkflow, Approver: "PER-0002", DefaultOwner: "PER-0001",
				DefaultDue: d.today().AddMonths(3),
				Passphrase: SamplePassphrase, ApproverPassphrase: SamplePassphrase,
			}
			for _, r := range must(d.PlanCertificate(ctx, dirtyWorkflow)).Conditions {
				q.Conditions = append(q.Conditions, ConditionRequest{
					Requirement: r.Code, Text: "Nothing: all is well.",
				})
			}
			c := must(d.IssueCertificate(ctx, q))
			page := pageText(must(d.CertificateHTML(ctx, c.Number)))
			seal := must(d.Verify(ctx, verifyRequest(c.Seal)))
			for i, k := range c.Statement.Conditions {
				task := c.Statement.Task(k)
				if strings.HasPrefix(task, "Nothing") || !strings.Contains(page, task) {
					t.Errorf("the paper says of %s: %q", k.Requirement, task)
				}
				if i < 3 && strings.Contains(fmt.Sprint(seal.Lines), "Nothing: all is well") {
					t.Errorf("the seal says %v", seal.Lines)
				}
			}
		}},
		{"the actions of conditions deleted or dropped", func(t *testing.T, d *dirt) {
			d.take()
			if err := d.say(d.explained(goodReason), "OVR-01", "OVR-12"); err != nil {
				t.Fatal(err)
			}
			_, _, _, c := d.papers()
			n := 0
			for _, act := range must(d.Workflow(ctx, dirtyWorkflow)).Actions {
				if act.Source.Ref == c.Number {
					n++
					if err := d.Delete(ctx, "action", act.Ref, "It is no longer needed."); err != nil {
						must(d.CloseAction(ctx, act.Ref, false, "It is no longer needed."))
					}
				}
			}
			d.now = d.now.AddDate(0, 4, 0)
			want := prose.Count(len(c.Statement.Conditions), "condition") + " past the day"
			if now := must(d.Certificate(ctx, c.Number)); n == 0 || !slices.ContainsFunc(
				now.Remarks, func(r string) bool { return strings.HasPrefix(r, want) },
			) {
				t.Errorf("%d actions are gone, and its standing says %v, want %q", n, now.Remarks, want)
			}
		}},
		{"the appetite for risk raised until every risk is within it", func(t *testing.T, d *dirt) {
			d.take()
			o := must(d.Organisation(ctx))
			o.AppetiteThreshold = 25
			if err := d.SaveOrganisation(ctx, o); err != nil {
				t.Fatal(err)
			}
			_, two := d.wouldSay()
			d.says("page 2", two, "above the appetite of 25")
		}},
		{"page 1 stuffed with words until there is no room for the log", func(t *testing.T, d *dirt) {
			testkit.NeedTool(t, "pdftotext")
			wf := must(d.Workflow(ctx, dirtyWorkflow)).Workflow
			long := strings.Repeat("This AI is most carefully looked after by all who have to do with it. ", 60)
			wf.Account.Purpose, wf.Account.Limits, wf.Account.Challenge = long, long, long
			wf.Gates[0].Decides = strings.TrimSuffix(long, ". ")
			must(d.SaveWorkflow(ctx, wf))
			o := must(d.Organisation(ctx))
			o.Contact = strings.Repeat("0123 456 789, ", 14) + "ai@council.example"
			if err := d.SaveOrganisation(ctx, o); err != nil {
				t.Fatal(err)
			}
			d.take()
			d.blocked("OVR-01")
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				t.Fatal(err)
			}
			_, _, _, c := d.papers()
			one := packed(testkit.Output(t, d.dir, "pdftotext", "-l", "1",
				d.file("x.pdf", must(d.CertificatePDF(ctx, c.Number))), "-"))
			for _, p := range c.Statement.Points() {
				if !strings.Contains(one, packed(p.Text)) &&
					(p.Short == "" || !strings.Contains(one, packed(p.Short))) {
					t.Errorf("page 1 does not say %q", p.Text)
				}
			}
			root := strings.ToUpper(c.Statement.Root)
			if !strings.Contains(one, root[len(root)-16:]) {
				t.Error("page 1 does not say the root's fingerprint to its end")
			}
		}},
		{"an approver is entered, given a key and approves, all by the assessor", func(t *testing.T, d *dirt) {
			d.take()
			must(d.Apply(ctx, d.file("puppet.yaml", []byte("assay: apply/1\npeople:\n  - {key: j-smith, "+
				"name: Jane Smith, job_title: Chief Executive, duties: [approver], senior: true}\n")), false))
			own := "a passphrase for jane"
			if err := d.IssueKey(ctx, "j-smith", own, SamplePassphrase); err != nil {
				t.Fatal(err)
			}
			x := d.explained(goodReason)
			x.Approver, x.ApproverPassphrase = "j-smith", own
			if err := d.say(x, d.found()...); err != nil {
				t.Fatal(err)
			}
			c := must(d.IssueCertificate(ctx, IssueRequest{
				Workflow: dirtyWorkflow, Approver: "j-smith", DefaultOwner: "PER-0001",
				DefaultDue: d.today().AddMonths(3),
				Passphrase: SamplePassphrase, ApproverPassphrase: own,
			}))
			page := pageText(must(d.CertificateHTML(ctx, c.Number)))
			d.says("page 2", page, "made at this register by Priya Ravenscroft, the assessor")
			if c.Statement.Verdict == certificate.VerdictMet {
				t.Error("all is met")
			}
		}},
	} {
		t.Run(a.name, func(t *testing.T) { a.do(t, newDirt(t)) })
	}
}

func verifyRequest(seal string) verify.Request { return verify.Request{Seal: seal} }
