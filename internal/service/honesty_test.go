package service

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/internal/apply"
	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/review"
	"assay/internal/workflow"
)

// dirtied is how often a dirty log was spoiled in each way.
type dirtied struct{ runs, undecided, byService, fast, against int }

// dirtyLog spoils a run audit of the planning workflow by a fixed rule: of seven
// runs one is released without a decision, one is decided by the platform's
// service account and one in three seconds; of 35 one is released although it
// was rejected.
func dirtyLog(t testing.TB, clean []byte) ([]byte, dirtied) {
	t.Helper()
	var out bytes.Buffer
	var n dirtied
	for line := range bytes.Lines(clean) {
		var r map[string]any
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if r["run_id"] == nil {
			out.Write(line)
			continue
		}
		i := n.runs
		n.runs++
		decisions, _ := r["decisions"].([]any)
		if len(decisions) == 0 {
			t.Fatalf("run %d of the clean log has no decision", i)
		}
		first, last := decisions[0].(map[string]any), decisions[len(decisions)-1].(map[string]any)
		switch {
		case i%7 == 3:
			r["decisions"] = []any{}
			n.undecided++
		case i%7 == 5:
			for _, d := range decisions {
				d.(map[string]any)["account"] = "svc-planning"
			}
			n.byService++
		case i%7 == 1:
			presented, err := time.Parse(time.RFC3339Nano, first["presented"].(string))
			if err != nil {
				t.Fatal(err)
			}
			first["decided"] = presented.Add(3 * time.Second).Format(time.RFC3339Nano)
			delete(first, "opened")
			n.fast++
		case i%35 == 0:
			last["code"], last["reason"] = "rejected", "Wrong drawing"
			n.against++
		}
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(b, '\n'))
	}
	return out.Bytes(), n
}

// theDirt is a register of the council, with none of its sample marks, that
// holds the dirty log of one workflow which is sound in everything else.
var theDirt = sync.OnceValues(func() (string, error) {
	ctx := context.Background()
	d, err := theDemo()
	if err != nil {
		return "", err
	}
	from, err := os.MkdirTemp("", "assay-dirty-*")
	if err != nil {
		return "", err
	}
	if err := os.CopyFS(from, os.DirFS(filepath.Dir(d.Register))); err != nil {
		return "", err
	}
	council, err := os.ReadFile(filepath.Join(from, "council.yaml"))
	if err != nil {
		return "", err
	}
	council = bytes.ReplaceAll(council, []byte("sample: true"), []byte("sample: false"))
	if err := os.WriteFile(filepath.Join(from, "council.yaml"), council, 0o600); err != nil {
		return "", err
	}
	keeper, err := apply.FirstKeeper(ctx, council)
	if err != nil {
		return "", err
	}
	path := filepath.Join(from, "dirty.assay")
	s, _, err := Create(ctx, path, NewRegister{
		Organisation: "Brackenmere Borough Council", Person: keeper.Name, JobTitle: keeper.JobTitle,
		PersonKey: keeper.Key,
		Plain:     true,
	}, Options{})
	if err != nil {
		return "", err
	}
	defer s.Close()
	if _, err := s.Apply(ctx, filepath.Join(from, "council.yaml"), false); err != nil {
		return "", err
	}
	if err := s.SignIn(ctx, keeper.Key); err != nil {
		return "", err
	}
	if err := s.MakeRoot(ctx, SamplePassphrase); err != nil {
		return "", err
	}
	for _, who := range []string{"PER-0001", "PER-0002"} {
		if err := ownKey(ctx, s, who, SamplePassphrase, SamplePassphrase); err != nil {
			return "", err
		}
	}
	return path, nil
})

// dirt is one attack's own copy of that register, with the dirty log imported.
type dirt struct {
	*Service
	t       *testing.T
	dir     string
	clean   []byte
	planted dirtied
	now     time.Time
}

const dirtyWorkflow = "WF-0001"

func newDirt(t *testing.T) *dirt {
	t.Helper()
	path, err := theDirt()
	if err != nil {
		t.Fatal(err)
	}
	clean, err := os.ReadFile(filepath.Join(filepath.Dir(path), "exports", "planning-validation.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	d := &dirt{t: t, dir: t.TempDir(), clean: clean, now: time.Now()}
	own := filepath.Join(d.dir, "own.assay")
	if err := Restore(context.Background(), path, own); err != nil {
		t.Fatal(err)
	}
	s, err := Open(context.Background(), own, Options{Clock: func() time.Time { return d.now }, As: "PER-0001"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	d.Service = s
	return d
}

// file writes a file of the attacker's.
func (d *dirt) file(name string, content []byte) string {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		d.t.Fatal(err)
	}
	return path
}

// take imports the dirty log.
func (d *dirt) take() Imported {
	d.t.Helper()
	content, planted := dirtyLog(d.t, d.clean)
	d.planted = planted
	return d.load("dirty.jsonl", content)
}

func (d *dirt) load(name string, content []byte) Imported {
	d.t.Helper()
	out, err := d.Import(context.Background(), ImportRequest{
		Path: d.file(name, content), Workflow: dirtyWorkflow, MaxRefused: 1,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

// say says something of all open findings of the codes.
func (d *dirt) say(x Decision, codes ...string) error {
	for _, code := range codes {
		x, gates := x, []string{""}
		if oversight.TestOf(oversight.Code(code)).Question && x.Officer == officers["officer-decision"] {
			gates = d.gates(code) // an officer answers for a gate of theirs
		}
		for _, gate := range gates {
			x.FindingQuery = FindingQuery{Workflow: dirtyWorkflow, Code: code, Gate: gate, Status: "open"}
			if gate != "" && x.Officer != "" {
				x.Officer = officers[gate]
			}
			if _, err := d.DecideFindings(context.Background(), x); err != nil {
				return fmt.Errorf("%s: %w", code, err)
			}
		}
	}
	return nil
}

// officers is one officer of each gate of the dirty workflow.
var officers = map[string]string{"officer-decision": "n.adeyemi", "invalid-notice": "h.castellan"}

// gates are those at which a test found something, "" where it is about none.
func (d *dirt) gates(code string) (out []string) {
	d.t.Helper()
	for _, f := range must(d.Findings(context.Background(), dirtyWorkflow)).Findings {
		if f.Code == code && f.Open > 0 {
			out = append(out, f.Gate)
		}
	}
	return out
}

// found are the codes of the tests that found something.
func (d *dirt) found() []string {
	d.t.Helper()
	var out []string
	for _, f := range must(d.Findings(context.Background(), dirtyWorkflow)).Findings {
		if !slices.Contains(out, f.Code) {
			out = append(out, f.Code)
		}
	}
	return out
}

func (d *dirt) issue() (CertificateDetail, error) {
	return d.IssueCertificate(context.Background(), IssueRequest{
		Workflow: dirtyWorkflow, Approver: "PER-0002", DefaultOwner: "PER-0001",
		DefaultDue: civil.Of(d.now).AddMonths(3),
		Passphrase: SamplePassphrase, ApproverPassphrase: SamplePassphrase,
	})
}

// blocked holds that no certificate is issued, for one of the reasons.
func (d *dirt) blocked(because string) {
	d.t.Helper()
	_, err := d.issue()
	if fault.CodeOf(err) != fault.CodeConflict {
		d.t.Fatalf("it is issued, or refused for another reason: %v", err)
	}
	all := err.Error()
	for _, f := range err.(*fault.Error).Fields {
		all += "\n" + f.Message
	}
	if !strings.Contains(all, because) {
		d.t.Errorf("refused because %s, want %q", all, because)
	}
}

// papers issues a certificate and gives what a reader sees: page 1 as a member
// does, the rest of the paper, and the files of a pack. Everything that an
// attack gets through has to stand in them.
func (d *dirt) papers() (one, two string, files map[string]string, c CertificateDetail) {
	d.t.Helper()
	ctx := context.Background()
	c, err := d.issue()
	if err != nil {
		d.t.Fatalf("not issued: %v", err)
	}
	if c.Statement.Verdict == certificate.VerdictMet {
		d.t.Errorf("a dirty log ends with the verdict %q", c.Statement.Verdict)
	}
	one = strings.Join(append(c.Statement.Lead(), c.Statement.Shown()...), "\n")
	if strings.Contains(one, "All of them are met") {
		d.t.Errorf("page 1 says that all is met:\n%s", one)
	}
	html := string(must(d.CertificateHTML(ctx, c.Number)))
	for _, line := range strings.Split(one, "\n") {
		if !strings.Contains(html, strings.ReplaceAll(line, "'", "&#39;")) {
			d.t.Errorf("the HTML edition does not say %q", line)
		}
	}
	two = html
	pack := filepath.Join(d.dir, c.Number+".zip")
	if _, err := d.WritePack(
		ctx, PackRequest{Workflow: dirtyWorkflow, Path: pack, Passphrase: SamplePassphrase},
	); err != nil {
		d.t.Fatal(err)
	}
	z, err := zip.OpenReader(pack)
	if err != nil {
		d.t.Fatal(err)
	}
	defer z.Close()
	files = map[string]string{}
	for _, f := range z.File {
		if ext := filepath.Ext(f.Name); ext != ".csv" && ext != ".json" {
			continue
		}
		r, err := f.Open()
		if err != nil {
			d.t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			d.t.Fatal(err)
		}
		files[filepath.Base(f.Name)] = string(b)
	}
	return one, two, files, c
}

// says holds that a text says each of the wanted.
func (d *dirt) says(where, text string, wanted ...string) {
	d.t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			d.t.Errorf("%s does not say %q:\n%s", where, w, text)
		}
	}
}

// score is the workflow's score, and that the organisation's is no better for it.
func (d *dirt) score() int {
	d.t.Helper()
	return must(d.Readiness(context.Background(), dirtyWorkflow)).Percent
}

// rows are the lines of a table in a pack whose column has a value.
func rowsWith(t *testing.T, table, column, value string) []map[string]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = line[i]
		}
		if row[column] == value {
			out = append(out, row)
		}
	}
	return out
}

// explained is an explanation of facts and questions that has all it needs.
func (d *dirt) explained(why string) Decision {
	return Decision{
		Decide: "explained", Why: why, Class: review.ClassException, Link: "REC-0001",
		Officer: officers["officer-decision"], Approver: "PER-0002",
	}
}

// TestHonesty is the table of attacks on the one promise: the paper says what
// the log shows. Each begins with the dirty log, or makes one; each is what a
// hostile or a careless assessor does; none ends with a clean page.
func TestHonesty(t *testing.T) {
	ctx := context.Background()
	for _, a := range []struct {
		name string
		do   func(*testing.T, *dirt)
	}{
		{"nothing at all is done", func(t *testing.T, d *dirt) {
			d.take()
			d.blocked(fmt.Sprintf("OVR-01: %d of", d.planted.undecided))
			if d.score() == 100 {
				t.Error("the score is whole")
			}
			found := d.found()
			for _, code := range []string{"OVR-01", "OVR-03", "OVR-06", "OVR-12"} {
				if !slices.Contains(found, code) {
					t.Errorf("%s finds nothing of %+v, only %v", code, d.planted, found)
				}
			}
		}},
		{"explained in one letter, by one person", func(t *testing.T, d *dirt) {
			d.take()
			for _, why := range []string{
				"x", "ok", "as discussed", strings.Repeat("x", 80), strings.Repeat("as discussed ", 10),
			} {
				if err := d.say(Decision{
					Decide: "explained", Why: why, Approver: "PER-0002", Class: review.ClassException,
					Link: "REC-0001",
				}, "OVR-01"); fault.CodeOf(err) != fault.CodeInvalid {
					t.Errorf("%q: %v", why, err)
				}
			}
			d.blocked("OVR-01")
		}},
		{"explained at length, by one person", func(t *testing.T, d *dirt) {
			d.take()
			x := d.explained(goodReason)
			for _, x.Approver = range []string{"", "PER-0001"} {
				if err := d.say(x, "OVR-01"); err == nil {
					t.Errorf("approved by %q", x.Approver)
				}
			}
			d.blocked("OVR-01")
		}},
		{"explained by one person who types the second one's name", func(t *testing.T, d *dirt) {
			d.take()
			before := d.score()
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				t.Fatal(err)
			}
			if after := d.score(); after != before {
				t.Errorf("the score was %d and is %d", before, after)
			}
			one, two, files, c := d.papers()
			d.says("page 1", one, fmt.Sprintf("In %d of 420 cases", d.planted.undecided),
				"it left with no decision at all",
				"One person explained all", "with one reason; a second one is said to agree",
				"Priya Ravenscroft wrote down one answer that an officer is said to have given for all")
			if lead := strings.Join(c.Statement.Lead(), " "); !strings.Contains(lead, "no decision at all") {
				t.Errorf("the first lines do not say that a blocking fact was explained: %s", lead)
			}
			d.says("page 2", two, "recorded by Priya Ravenscroft as approved by Marguerite Hollis", goodReason[:40],
				"REC-0001",
				"an agreed exception")
			if n := len(rowsWith(t, files["findings.csv"], "code", "OVR-01")); n != d.planted.undecided {
				t.Errorf("%d findings of OVR-01 in the pack", n)
			}
			for _, r := range rowsWith(t, files["findings.csv"], "code", "OVR-01") {
				if !strings.Contains(r["approved"], "recorded by Priya") ||
					r["class"] != string(review.ClassException) {
					t.Errorf("%v", r)
					break
				}
			}
			d.says("coverage", files["coverage.csv"], "not_held")
			if len(rowsWith(t, files["coverage.csv"], "result", "held")) > 0 &&
				slices.ContainsFunc(rowsWith(t, files["coverage.csv"], "result", "held"),
					func(r map[string]string) bool {
						return strings.Contains(r["claim"], "decides before release")
					}) {
				t.Error("coverage says that a person decides before release")
			}
		}},
		{"accepted by one person who types the second one's name", func(t *testing.T, d *dirt) {
			d.take()
			before := d.score()
			x := d.explained(goodReason)
			x.Decide, x.Expires = "accepted", civil.Of(d.now).AddMonths(6)
			if err := d.say(x, d.found()...); err != nil {
				t.Fatal(err)
			}
			if after := d.score(); after != before {
				t.Errorf("the score was %d and is %d", before, after)
			}
			one, two, _, _ := d.papers()
			d.says("page 1", one, "cases it left with no decision at all", "a second one is said to agree")
			d.says("page 2", two, "Accepted until", "recorded by Priya Ravenscroft as approved by")
			d.now = d.now.AddDate(0, 7, 0)
			if r, _ := must(d.Readiness(ctx, dirtyWorkflow)).Result("OVR-R03"); r.Status != "not_held" {
				t.Errorf("after its last day the acceptance still makes it %s", r.Status)
			}
		}},
		{"explained by two people with their own keys", func(t *testing.T, d *dirt) {
			d.take()
			before := d.score()
			x := d.explained(goodReason)
			x.ApproverPassphrase = SamplePassphrase
			if err := d.say(x, d.found()...); err != nil {
				t.Fatal(err)
			}
			one, two, _, c := d.papers()
			d.says("page 1", one, "Two people explained all 60 with one reason.")
			d.says("page 2", two, "approved by Marguerite Hollis with their own key")
			if c.Statement.Verdict != certificate.VerdictExceptions || d.score() != before {
				t.Errorf("%s, score %d, before %d", c.Statement.Verdict, d.score(), before)
			}
		}},
		{"an action due on 31 February", func(t *testing.T, d *dirt) {
			d.take()
			for _, due := range []civil.Date{"2027-02-31", "2027-13-01", "31.02.2027", "2027-2-3", "tomorrow"} {
				x := Decision{
					Decide: "actioned",
					Why:    goodReason,
					Action: &review.Action{Title: "Look into it", OwnerID: d.personID(), Due: due},
				}
				if err := d.say(x, "OVR-01"); fault.CodeOf(err) != fault.CodeInvalid {
					t.Errorf("%s: %v", due, err)
				}
			}
			d.blocked("OVR-01")
		}},
		{"an action that nobody does", func(t *testing.T, d *dirt) {
			d.take()
			x := Decision{
				Decide: "actioned", Why: goodReason, Approver: "PER-0002",
				Action: &review.Action{Title: "Look into it", OwnerID: d.personID(), Due: civil.Of(d.now).AddMonths(2)},
			}
			if err := d.say(
				x, "OVR-01", "OVR-02", "OVR-12",
			); err != nil && !strings.Contains(err.Error(), "No finding matches") {
				t.Fatal(err)
			}
			d.blocked("with an action that is not done")
		}},
		{"an action that one person declares done", func(t *testing.T, d *dirt) {
			d.take()
			x := Decision{
				Decide: "actioned", Why: goodReason,
				Action: &review.Action{Title: "Look into it", OwnerID: d.personID(), Due: civil.Of(d.now).AddMonths(2)},
			}
			if err := d.say(x, "OVR-01"); err != nil {
				t.Fatal(err)
			}
			w := must(d.Workflow(ctx, dirtyWorkflow))
			for _, act := range w.Actions {
				if act.Status == review.ActionOpen && act.Source.Kind == review.SubjectFinding {
					must(d.CloseAction(ctx, act.Ref, true, "Looked into it."))
				}
			}
			d.blocked("explained by one person only")
		}},
		{"bad runs made unreadable", func(t *testing.T, d *dirt) {
			content, planted := dirtyLog(t, d.clean)
			var out bytes.Buffer
			broken := 0
			for line := range bytes.Lines(content) {
				var r map[string]any
				if err := json.Unmarshal(line, &r); err != nil {
					t.Fatal(err)
				}
				ds, _ := r["decisions"].([]any)
				bad := r["run_id"] != nil && len(ds) == 0
				for _, x := range ds {
					bad = bad || x.(map[string]any)["account"] == "svc-planning"
				}
				if bad {
					broken++
					line = append([]byte("{broken "), line...)
				}
				out.Write(line)
			}
			d.planted = planted
			if _, err := d.Import(
				ctx, ImportRequest{Path: d.file("hidden.jsonl", out.Bytes()), Workflow: dirtyWorkflow},
			); err == nil {
				t.Error("a third of the records is unreadable, and nobody has to say so")
			}
			d.load("hidden.jsonl", out.Bytes())
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				t.Fatal(err)
			}
			one, two, _, _ := d.papers()
			d.says("page 1", one, fmt.Sprintf("%d records that could not be read", broken))
			d.says(
				"page 2", two, fmt.Sprintf("%d records that could not be read", broken),
				"The platform counts 420 runs",
			)
		}},
		{"the dirty file replaced by a clean one", func(t *testing.T, d *dirt) {
			d.take()
			d.load("clean.jsonl", d.clean)
			d.blocked("OVR-01")
			if r, _ := must(d.Readiness(ctx, dirtyWorkflow)).Result("IMP-R08"); r.Status != "not_held" {
				t.Errorf("two files tell the same runs in two ways, and the log is whole: %s", r.Reason)
			}
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				t.Fatal(err)
			}
			one, _, _, _ := d.papers()
			d.says("page 1", one, "two files tell the same run in two ways", "runs that two files tell in two ways")
		}},
		{"the same file again and again", func(t *testing.T, d *dirt) {
			d.take()
			content, _ := dirtyLog(t, d.clean)
			again := append(bytes.TrimRight(content, "\n"), '\n', '\n')
			if _, err := d.Import(
				ctx, ImportRequest{Path: d.file("again.jsonl", again), Workflow: dirtyWorkflow, MaxRefused: 1},
			); err != nil {
				t.Skipf("the reader refuses a file with an empty line: %v", err)
			}
			w := must(d.Workflow(ctx, dirtyWorkflow))
			if w.Runs.Total != d.planted.runs {
				t.Errorf("%d runs of %d", w.Runs.Total, d.planted.runs)
			}
			d.blocked("OVR-01")
		}},
		{"the dirty import purged", func(t *testing.T, d *dirt) {
			in := d.take()
			must(d.PurgeSource(ctx, PurgeRequest{Source: in.Source.Ref, Reason: "Retention has ended for these."}))
			d.blocked("OVR-01")
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				t.Fatal(err)
			}
			one, _, _, _ := d.papers()
			d.says("page 1", one, "it left with no decision at all", "The personal data of 420 runs was deleted")
		}},
		{"asked again and again until it is issued", func(t *testing.T, d *dirt) {
			d.take()
			must(d.PlanCertificate(ctx, dirtyWorkflow))
			must(d.PlanCertificate(ctx, dirtyWorkflow)) // looked at twice
			d.blocked("OVR-01")
			d.now = d.now.Add(time.Minute)
			d.blocked("OVR-01")
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				t.Fatal(err)
			}
			one, two, _, c := d.papers()
			d.says("page 1", one, "asked for and refused twice before")
			d.says("page 2", two, "Asked for by Priya Ravenscroft", "Tried out by Priya Ravenscroft", "OVR-01")
			if n := len(c.Statement.Attempts); n != 3 {
				t.Errorf("%d attempts: %+v", n, c.Statement.Attempts)
			}
			kinds := map[string]int{}
			for _, e := range must(d.Activities(ctx, dirtyWorkflow, 0, 100)) {
				kinds[e.Action]++
			}
			if kinds[actionRefused] != 2 || kinds[actionTried] != 1 {
				t.Errorf("the log says %v", kinds)
			}
			// The next one tells of what came since, and of the one that it replaces.
			d.now = d.now.Add(time.Hour)
			next := must(d.issue())
			if len(next.Statement.Attempts) != 0 || !slices.Equal(next.Statement.Superseded, []string{c.Number}) {
				t.Errorf("%+v after %+v", next.Statement.Attempts, next.Statement.Superseded)
			}
		}},
		{"an acceptance that is renewed by nobody", func(t *testing.T, d *dirt) {
			d.take()
			x := d.explained(goodReason)
			x.Decide, x.Expires = "accepted", civil.Of(d.now).AddDays(1)
			if err := d.say(x, d.found()...); err != nil {
				t.Fatal(err)
			}
			d.now = d.now.AddDate(0, 0, 3)
			d.blocked("OVR-01")
		}},
		{"a question answered by the machine", func(t *testing.T, d *dirt) {
			d.take()
			for _, officer := range []string{
				"", "svc-planning", "planning-support", "nobody",
				// the person at the keyboard, a head of service who only reads, and who approves
				"PER-0001", "p-ravenscroft", "Priya Ravenscroft", "j-ashgrove", "m-hollis",
			} {
				x := d.explained(goodReason)
				x.Officer = officer
				if err := d.say(x, "OVR-06"); fault.CodeOf(err) != fault.CodeInvalid {
					t.Errorf("answered by %q: %v", officer, err)
				}
			}
			d.blocked("OVR-01")
		}},
		{"the assessor is put on the roster as an officer", func(t *testing.T, d *dirt) {
			wf := must(d.Workflow(ctx, dirtyWorkflow)).Workflow
			wf.Roster = append(wf.Roster, workflow.Login{
				Account: "p.ravenscroft", Name: "ravenscroft, priya", Kind: workflow.LoginOfficer,
			})
			must(d.SaveWorkflow(ctx, wf))
			d.take()
			x := d.explained(goodReason)
			for _, x.Officer = range []string{"p.ravenscroft", "PER-0001"} {
				if err := d.say(x, "OVR-06"); fault.CodeOf(err) != fault.CodeInvalid {
					t.Errorf("answered by %q: %v", x.Officer, err)
				}
			}
		}},
		{"a question answered by the officer with their own key", func(t *testing.T, d *dirt) {
			d.take()
			people := must(d.People(ctx))
			nkechi := people[slices.IndexFunc(people, func(p organisation.Person) bool { return p.Key == "n-adeyemi" })]
			nkechi.Duties = append(nkechi.Duties, organisation.DutyApprover) // who may hold a key
			must(d.SavePerson(ctx, nkechi))
			if err := ownKey(ctx, d.Service, "n-adeyemi", "nkechi's own words", SamplePassphrase); err != nil {
				t.Fatal(err)
			}
			x := d.explained(goodReason)
			x.Approver, x.ApproverPassphrase = "n-adeyemi", "nkechi's own words"
			if err := d.say(x, "OVR-06"); err != nil {
				t.Fatal(err)
			}
			if err := d.say(
				d.explained(goodReason),
				slices.DeleteFunc(d.found(), func(c string) bool { return c == "OVR-06" })...,
			); err != nil {
				t.Fatal(err)
			}
			one, two, _, _ := d.papers()
			d.says("page 1", one, "An officer gave one answer for all")
			d.says("page 2", two, "Answer of Nkechi Adeyemi.", "approved by Nkechi Adeyemi with their own key")
		}},
		{"the second person is the first one again, under another entry", func(t *testing.T, d *dirt) {
			d.take()
			again := d.file("again.yaml", []byte("assay: apply/1\npeople:\n  - {key: p-ravenscroft-2, "+
				"name: Priya Ravenscroft, job_title: Chief Executive, duties: [approver], senior: true}\n"))
			must(d.Apply(ctx, again, false))
			own := "another passphrase of hers"
			if err := d.IssueKey(ctx, "p-ravenscroft-2", own, SamplePassphrase); err != nil {
				t.Fatal(err)
			}
			x := d.explained(goodReason)
			x.Approver, x.ApproverPassphrase = "p-ravenscroft-2", own
			for _, x.Decide = range []string{"explained", "accepted"} {
				if x.Decide == "accepted" {
					x.Expires = civil.Of(d.now).AddMonths(6)
				}
				err := d.say(x, "OVR-01")
				if fault.CodeOf(err) != fault.CodeForbidden || !strings.Contains(err.Error(), "ask somebody else") {
					t.Errorf("%s: %v", x.Decide, err)
				}
			}
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				t.Fatal(err)
			}
			if _, err := d.IssueCertificate(ctx, IssueRequest{
				Workflow: dirtyWorkflow, Approver: "p-ravenscroft-2", DefaultOwner: "PER-0001",
				DefaultDue: civil.Of(d.now).AddMonths(3), Passphrase: SamplePassphrase, ApproverPassphrase: own,
			}); fault.CodeOf(err) != fault.CodeForbidden {
				t.Errorf("she approves her own certificate: %v", err)
			}
			sample := must(d.SampleRuns(ctx, SampleRequest{
				Workflow: dirtyWorkflow, Plan: oversight.SamplePlan{Seed: "x", Confidence: 0.6, Tolerable: 0.3},
			}))
			for _, stratum := range sample.Workpaper.Strata {
				for _, r := range stratum.Runs {
					must(d.Say(ctx, sample.Ref, oversight.Said{RunID: r.RunID, Verdict: oversight.VerdictAgree}))
				}
			}
			p := must(d.SavePerson(ctx, organisation.Person{
				Name: "P. R.", Email: "P.Ravenscroft@brackenmere.example", Active: true,
				Duties: []organisation.Duty{organisation.DutyReviewer},
			}))
			if _, err := d.SignOffSample(
				ctx, sample.Ref, SampleSignOff{Person: p.Ref, Conclusion: "All sound."},
			); fault.CodeOf(err) != fault.CodeForbidden {
				t.Errorf("she signs her own sample off: %v", err)
			}
		}},
		{"accepted for good", func(t *testing.T, d *dirt) {
			d.take()
			x := d.explained(goodReason)
			x.Decide = "accepted"
			for _, x.Expires = range []civil.Date{"2099-12-31", civil.Of(d.now).AddMonths(12).AddDays(1)} {
				if err := d.say(x, "OVR-01"); fault.CodeOf(err) != fault.CodeInvalid ||
					!strings.Contains(err.Error(), "at most twelve months") {
					t.Errorf("until %s: %v", x.Expires, err)
				}
			}
			x.Expires = civil.Of(d.now).AddMonths(12)
			if err := d.say(x, "OVR-01"); err != nil {
				t.Errorf("for twelve months: %v", err)
			}
		}},
		{"a record that says something else is named as proof", func(t *testing.T, d *dirt) {
			d.take()
			x := d.explained(goodReason)
			for _, link := range []string{"", "REC-9999", "WF-0001", "the minutes", "GC-2026-0001"} {
				x.Link = link
				if err := d.say(x, "OVR-01"); fault.CodeOf(err) != fault.CodeInvalid {
					t.Errorf("%q: %v", link, err)
				}
			}
			x.Link = "REC-0001" // it exists; whether it proves anything is for the reader, who is told which it is
			if err := d.say(x, d.found()...); err != nil {
				t.Fatal(err)
			}
			_, two, _, _ := d.papers()
			d.says("page 2", two, "Points to REC-0001")
			if strings.Contains(two, "Shown by") {
				t.Error("page 2 says that the record shows it, which nobody checked")
			}
		}},
		{"an explanation opened again after the certificate", func(t *testing.T, d *dirt) {
			d.take()
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				t.Fatal(err)
			}
			d.papers()
			x := Decision{
				FindingQuery: FindingQuery{Workflow: dirtyWorkflow, Code: "OVR-01"},
				Decide:       "open",
				Why:          "It was not so.",
			}
			must(d.DecideFindings(ctx, x))
			d.blocked("OVR-01")
		}},
		{"a new version runs under the old certificate", func(t *testing.T, d *dirt) {
			d.take()
			if err := d.say(d.explained(goodReason), d.found()...); err != nil {
				t.Fatal(err)
			}
			_, _, _, c := d.papers()
			if len(c.Remarks) != 0 {
				t.Errorf("just issued, and %v", c.Remarks)
			}
			d.setVersion("2.4.0")
			if now := must(
				d.Certificate(ctx, c.Number),
			); !slices.Contains(now.Remarks, "Issued for version 2.3.0; 2.4.0 runs.") {
				t.Errorf("its standing says %v", now.Remarks)
			}
			d.now = d.now.AddDate(0, 8, 0)
			now := must(d.Certificate(ctx, c.Number))
			if !slices.ContainsFunc(
				now.Remarks, func(r string) bool { return strings.HasPrefix(r, "Its newest run is of ") },
			) {
				t.Errorf("with evidence of eight months ago it says %v", now.Remarks)
			}
		}},
		{"conditions that nobody means to keep", func(t *testing.T, d *dirt) {
			d.take()
			x := d.explained(goodReason)
			if err := d.say(x, "OVR-01", "OVR-12"); err != nil {
				t.Fatal(err)
			}
			_, _, _, c := d.papers()
			if len(c.Statement.Conditions) == 0 {
				t.Fatal("nothing is left to be done")
			}
			w := must(d.Workflow(ctx, dirtyWorkflow))
			for _, k := range c.Statement.Conditions {
				if !slices.ContainsFunc(w.Actions, func(act review.Action) bool {
					return act.Source == review.Subject{Kind: review.SubjectCertificate, Ref: c.Number} &&
						act.Due == k.Due &&
						act.OwnerID == k.OwnerID && strings.HasPrefix(act.Title, k.Requirement)
				}) {
					t.Errorf("the register does not ask for %s by %s", k.Requirement, k.Due)
				}
			}
			d.now = d.now.AddDate(0, 4, 0)
			now := must(d.Certificate(ctx, c.Number))
			if !slices.ContainsFunc(now.Remarks, func(r string) bool { return strings.Contains(r, "past the day") }) {
				t.Errorf("past their day, and its standing says %v", now.Remarks)
			}
		}},
		{"a sample drawn, read in seconds and signed off by one person", func(t *testing.T, d *dirt) {
			d.take()
			x := must(d.SampleRuns(ctx, SampleRequest{
				Workflow: dirtyWorkflow, Plan: oversight.SamplePlan{Seed: "x", Confidence: 0.6, Tolerable: 0.3},
			}))
			n := int64(0)
			for _, stratum := range x.Workpaper.Strata {
				for _, r := range stratum.Runs {
					d.now = d.now.Add(time.Second)
					n++
					must(d.Say(ctx, x.Ref, oversight.Said{RunID: r.RunID, Verdict: oversight.VerdictAgree}))
				}
			}
			for _, alone := range []string{"", "PER-0001"} {
				if _, err := d.SignOffSample(
					ctx, x.Ref, SampleSignOff{Person: alone, Conclusion: "All sound."},
				); fault.CodeOf(err) != fault.CodeForbidden {
					t.Errorf("signed off by %q: %v", alone, err)
				}
			}
			done := must(d.SignOffSample(ctx, x.Ref, SampleSignOff{Person: "PER-0004", Conclusion: "All sound."}))
			if e := done.SignedOff; e.Median != 1 || e.Seconds != n ||
				!strings.HasPrefix(e.Approval.Words(), "recorded by Priya") {
				t.Errorf("read at a second a run: %+v", e)
			}
			d.says("the workpaper", string(must(must(d.Sample(ctx, x.Ref)).CSV())), "seconds_of_reading", ",1\n")
			d.blocked("OVR-01")
		}},
		{"officers taken off the gate", func(t *testing.T, d *dirt) {
			d.take()
			one := d.shownIf(func(w *workflow.Workflow) { w.Gates[0].Officers = nil })
			if strings.Contains(one, "In 420 of 420 cases a named officer decided") {
				t.Errorf("with no officer named page 1 would say\n%s", one)
			}
		}},
		{"the approver is the person who prepared, under another name", func(t *testing.T, d *dirt) {
			d.take()
			x := d.explained(goodReason)
			x.Approver = d.SignedIn().Ref
			if err := d.say(x, "OVR-01"); fault.CodeOf(err) != fault.CodeForbidden {
				t.Errorf("%v", err)
			}
			if err := d.SignIn(ctx, "PER-0002"); err != nil { // who may approve may not prepare as well
				t.Fatal(err)
			}
			x.Approver = "PER-0002"
			if err := d.say(x, "OVR-01"); fault.CodeOf(err) != fault.CodeForbidden {
				t.Errorf("%v", err)
			}
		}},
		{"explained one by one, with one text", func(t *testing.T, d *dirt) {
			d.take()
			page := must(d.FindingList(ctx, FindingQuery{Workflow: dirtyWorkflow, Code: "OVR-01", Limit: 500}))
			for _, f := range page.Items {
				x := d.explained(goodReason)
				x.FindingQuery, x.IDs = FindingQuery{Workflow: dirtyWorkflow}, []string{f.ID}
				must(d.DecideFindings(ctx, x))
			}
			if err := d.say(
				d.explained(goodReason),
				slices.DeleteFunc(d.found(), func(c string) bool { return c == "OVR-01" })...,
			); err != nil {
				t.Fatal(err)
			}
			one, _, _, _ := d.papers()
			d.says("page 1", one, "explained all 60 with one reason")
		}},
	} {
		t.Run(a.name, func(t *testing.T) { a.do(t, newDirt(t)) })
	}
}

// setVersion says that another version of the dirty workflow runs.
func (d *dirt) setVersion(v string) {
	d.t.Helper()
	ctx := context.Background()
	wf := must(d.Workflow(ctx, dirtyWorkflow)).Workflow
	wf.Version = v
	if _, err := d.SaveWorkflow(ctx, wf); err != nil {
		d.t.Fatal(err)
	}
}

// shownIf is what page 1 would say if the workflow were declared otherwise.
func (d *dirt) shownIf(change func(*workflow.Workflow)) string {
	d.t.Helper()
	out := ""
	err := d.readView(context.Background(), func(view *View) error {
		wf := *view.workflowByID[must(d.Workflow(context.Background(), dirtyWorkflow)).Workflow.ID]
		wf.Gates = slices.Clone(wf.Gates)
		change(&wf)
		figures, err := view.readRuns(context.Background(), &wf)
		if err != nil {
			return err
		}
		f, rep, err := view.judge(context.Background(), view.workflowByID[wf.ID])
		if err != nil {
			return err
		}
		f.Workflow, f.Gates, f.Runs = wf, figures.gates, figures.runs
		out = strings.Join(certificate.Describe(f, rep).Shown(), "\n")
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}
