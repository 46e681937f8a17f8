package apply

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/assurance"
	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/sample"
	"assay/internal/standard"
	"assay/internal/workflow"
)

const today = civil.Date("2026-11-23")

// council is the sample council's register on a day, in memory.
func council(t *testing.T, on civil.Date) (*memory, string) {
	t.Helper()
	text, docs, err := sample.Council(on)
	if err != nil {
		t.Fatal(err)
	}
	m := newMemory()
	for name, b := range docs {
		sum := sha256.Sum256(b)
		m.docs[name] = Document{hex.EncodeToString(sum[:]), int64(len(b)), "text/plain"}
	}
	m.save(mustPlan(t, m, string(text)))
	return m, string(text)
}

// factsOf gathers what the register says about a workflow, with sound runs.
func factsOf(m *memory, key string, now time.Time) assurance.Facts {
	f := assurance.Facts{Now: now, Organisation: m.org, Workflow: *m.nouns["workflow/"+key].(*workflow.Workflow)}
	var keys []string
	for k := range m.nouns {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		switch n := m.nouns[k].(type) {
		case *organisation.Person:
			f.People = append(f.People, *n)
		case *policy.Policy:
			f.Policies = append(f.Policies, *n)
		case *risk.Assessment:
			if n.WorkflowID == f.Workflow.ID {
				f.Assessments = append(f.Assessments, *n)
			}
		case *review.Schedule:
			f.Schedules = append(f.Schedules, *n)
		case *review.Review:
			f.Reviews = append(f.Reviews, *n)
		case *review.Action:
			f.Actions = append(f.Actions, *n)
		case *review.Record:
			f.Records = append(f.Records, *n)
		case *evidence.Evidence:
			f.Evidence = append(f.Evidence, *n)
		case *standard.SoARow:
			f.SoA = append(f.SoA, *n)
		}
	}
	f.Runs = assurance.RunFacts{Total: 100, WithReasoning: 100, From: now.AddDate(0, -5, 0), To: now.AddDate(0, 0, -1)}
	f.Sources = []assurance.Source{
		{
			Ref:      "IMP-0001",
			FileName: "runs.jsonl",
			SHA256:   strings.Repeat("ab", 32),
			Runs:     100,
			From:     f.Runs.From,
			To:       f.Runs.To,
		},
	}
	for _, c := range strings.Fields("OVR-01 OVR-02 OVR-03 OVR-04 OVR-05 OVR-06 OVR-07 OVR-08 OVR-09 OVR-10 " +
		"OVR-11 OVR-12 OVR-13 OVR-14 OVR-15 OVR-16 OVR-17 OVR-18 TRN-01 TRN-02 IMP-01 IMP-02 RSK-01 LOG-01 LOG-02") {
		f.Findings = append(f.Findings, assurance.FindingCount{Code: c})
	}
	return f
}

func TestCouncil(t *testing.T) {
	for _, on := range []civil.Date{today, "2027-02-28", "2028-03-31"} {
		m, text := council(t, on)
		again := mustPlan(t, m, text)
		if added, changed, _ := again.Changes(); added+changed > 0 {
			t.Errorf("%s: applying twice changes %d records", on, added+changed)
		}
		now := on.Time().Add(9 * time.Hour)
		for key, want := range map[string]struct {
			unmet    string // with sound runs
			refusals int
		}{
			"planning-validation": {"", 0},
			"asc-summaries":       {"TRN-R07", 0},
			"housing-repairs": {"POL-R03 POL-R07 POL-R08 RSK-R02 RSK-R04 RSK-R06 RSK-R07 RSK-R09 TRN-R03 " +
				"TRN-R07 IMP-R01 IMP-R02 IMP-R03", 1},
			"council-tax-changes": {"RSK-R01 TRN-R03", 2},
			"foi-drafting":        {"POL-R03 POL-R07 RSK-R04 RSK-R09 OVR-R11 IMP-R01", 0},
			"complaints-triage":   {"POL-R02 OVR-R11 TRN-R03 IMP-R02", 0},
		} {
			f := factsOf(m, key, now)
			r := assurance.Readiness(f)
			var unmet []string
			for _, x := range r.Unmet() {
				unmet = append(unmet, x.Code)
			}
			if got := strings.Join(unmet, " "); got != want.unmet {
				t.Errorf("%s, %s: not met are %s; want %s", on, key, got, want.unmet)
				for _, x := range r.Unmet() {
					t.Logf("%s: %s", x.Code, x.Reason)
				}
			}
			if n := len(certificate.Refusals(f, r)); n != want.refusals {
				t.Errorf("%s, %s: %d reasons to refuse, want %d", on, key, n, want.refusals)
			}
		}
	}
}

func TestCouncilIsTheSameEachTime(t *testing.T) {
	a, docsA, err := sample.Council(today)
	if err != nil {
		t.Fatal(err)
	}
	b, docsB, err := sample.Council(today)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) || len(docsA) != len(docsB) {
		t.Error("two councils of one day differ")
	}
	named := map[string]bool{}
	for line := range strings.Lines(string(a)) {
		if _, rest, ok := strings.Cut(line, "file: "); ok {
			name, _, _ := strings.Cut(rest, ",")
			named[name] = true
			if docsA[name] == nil {
				t.Errorf("the document %s is not there", name)
			}
		}
	}
	for name := range docsA {
		if !named[name] {
			t.Errorf("nobody names the document %s", name)
		}
	}
}

func TestGrownCouncil(t *testing.T) {
	m, _ := council(t, today)
	text, err := sample.Grown(today, 194)
	if err != nil {
		t.Fatal(err)
	}
	p := mustPlan(t, m, string(text))
	m.save(p)
	workflows, risks := 0, 0
	for _, n := range m.nouns {
		switch n := n.(type) {
		case *workflow.Workflow:
			workflows++
		case *risk.Assessment:
			risks += len(n.Risks)
		}
	}
	if workflows != 206 || risks < 1940 {
		t.Errorf("%d workflows, %d risks", workflows, risks)
	}
	f := factsOf(m, sample.GrownKey(0), today.Time().Add(9*time.Hour))
	if r := assurance.Readiness(f); r.Percent < 60 {
		t.Errorf("%d %%: the further workflows are not like real ones", r.Percent)
	}
}
