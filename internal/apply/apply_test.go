package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/standard"
	"assay/internal/workflow"
)

// memory is a register in memory.
type memory struct {
	org   organisation.Organisation
	nouns map[string]any // kind/key
	next  map[Kind]int
	docs  map[string]Document
}

func newMemory() *memory {
	return &memory{nouns: map[string]any{}, next: map[Kind]int{}, docs: map[string]Document{}}
}

func (m *memory) Organisation(context.Context) (organisation.Organisation, error) { return m.org, nil }

func (m *memory) Find(_ context.Context, k Kind, name string) (any, error) {
	for key, n := range m.nouns {
		if !strings.HasPrefix(key, string(k)+"/") {
			continue
		}
		b, err := json.Marshal(n)
		if err != nil {
			return nil, err
		}
		var ids struct{ ID, Ref string }
		if err := json.Unmarshal(b, &ids); err != nil {
			return nil, err
		}
		if key != string(k)+"/"+name && ids.ID != name && ids.Ref != name {
			continue
		}
		var c any
		switch n.(type) {
		case *organisation.Person:
			c = new(organisation.Person)
		case *workflow.Workflow:
			c = new(workflow.Workflow)
		case *policy.Policy:
			c = new(policy.Policy)
		case *evidence.Evidence:
			c = new(evidence.Evidence)
		case *risk.Assessment:
			c = new(risk.Assessment)
		case *review.Schedule:
			c = new(review.Schedule)
		case *review.Action:
			c = new(review.Action)
		case *review.Review:
			c = new(review.Review)
		case *review.Record:
			c = new(review.Record)
		case *standard.SoARow:
			c = new(standard.SoARow)
		}
		return c, json.Unmarshal(b, c)
	}
	return nil, nil
}

func (m *memory) FindRisk(_ context.Context, name string) (string, error) {
	for _, n := range m.nouns {
		if a, ok := n.(*risk.Assessment); ok {
			for _, r := range a.Risks {
				if r.Ref == name || a.Key+"/"+r.Key == name {
					return r.Ref, nil
				}
			}
		}
	}
	return "", nil
}

func (m *memory) Name(_ context.Context, k Kind) (string, string, error) {
	m.next[k]++
	return fmt.Sprintf("id-%s-%d", k, m.next[k]), fmt.Sprintf("%s-%04d", Prefix(k), m.next[k]), nil
}

func (m *memory) Document(p string) (Document, error) {
	if d, ok := m.docs[p]; ok {
		return d, nil
	}
	return Document{}, fault.Unreadable("", "There is no such file.")
}

func (m *memory) save(p Plan) {
	m.org = p.Organisation
	for _, s := range p.Steps {
		key := s.Key
		if s.Kind == KindControl {
			key = s.Ref
		}
		m.nouns[string(s.Kind)+"/"+key] = s.Noun
	}
}

func mustPlan(t *testing.T, m *memory, text string) Plan {
	t.Helper()
	f, err := Read(t.Context(), strings.NewReader(text))
	if err != nil {
		t.Fatal(explain(err))
	}
	p, err := f.Plan(t.Context(), m)
	if err != nil {
		t.Fatal(explain(err))
	}
	return p
}

func explain(err error) string {
	out := err.Error()
	if f, ok := err.(*fault.Error); ok {
		for _, x := range f.Fields {
			out += "\n\t" + x.Name + ": " + x.Message
		}
	}
	return out
}

func examples(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{"package comment": packageExample(t)}
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = string(b)
	}
	return out
}

// packageExample takes the small file out of the package comment.
func packageExample(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("apply.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(b), "which the tests read:\n//\n")
	example, _, ok2 := strings.Cut(rest, "//\n// # Keys")
	if !ok || !ok2 {
		t.Fatal("the package comment has no example")
	}
	var out strings.Builder
	for line := range strings.Lines(example) {
		out.WriteString(strings.TrimPrefix(line, "//\t"))
	}
	return out.String()
}

func TestExamples(t *testing.T) {
	for name, text := range examples(t) {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			m.docs["documents/policy.txt"] = Document{strings.Repeat("ab", 32), 12, "text/plain"}
			p := mustPlan(t, m, text)
			if _, changed, same := p.Changes(); changed != 0 || same != 0 {
				t.Errorf("a new register: %d changed, %d unchanged", changed, same)
			}
			m.save(p)
			again := mustPlan(t, m, text)
			if added, changed, _ := again.Changes(); added != 0 || changed != 0 {
				for _, s := range again.Steps {
					if s.State != Unchanged {
						t.Errorf("%s %s is %s", s.Kind, s.Key, s.State)
					}
				}
				t.Errorf(
					"applied twice: %d added, %d changed (organisation %s)",
					added,
					changed,
					again.OrganisationState,
				)
			}
		})
	}
}

func TestReceipt(t *testing.T) {
	p := mustPlan(t, newMemory(), examples(t)["receipt.yaml"])
	if len(p.Steps) != 1 {
		t.Fatalf("%d steps", len(p.Steps))
	}
	w := p.Steps[0].Noun.(*workflow.Workflow)
	g := w.Gates[0]
	if len(w.Gates) != 1 || !g.FourEyes || g.MinReviewSeconds != 60 || len(g.Officers) != 43 ||
		g.Officers[42] != "Resource43" {
		t.Errorf("gate %+v", g)
	}
	for account, want := range map[string]workflow.LoginKind{
		"Resource01": workflow.LoginOfficer, "admin2": workflow.LoginShared, "TEST": workflow.LoginTest,
	} {
		if l, ok := w.Login(account); !ok || l.Kind != want {
			t.Errorf("%s is %q", account, l.Kind)
		}
	}
}

const head = "assay: apply/1\n"

func TestRead(t *testing.T) {
	deep := strings.Repeat("[", 500) + strings.Repeat("]", 500)
	for name, c := range map[string]struct{ text, line, want string }{
		"empty_file":            {" \n", "", "is empty"},
		"no_format":             {"people: []\n", "line 1", "assay: apply/1"},
		"other_format":          {"assay: apply/2\n", "line 1", `the format is "apply/2"`},
		"not_yaml":              {head + "people: [\n", "line", "not YAML"},
		"list_at_the_top":       {"- a\n", "line 1", "does not begin with fields"},
		"second_document":       {head + "---\nassay: apply/1\n", "line 2", "second document"},
		"not_utf8":              {head + "people:\n  - key: a\xff\n", "line 3", "not UTF-8"},
		"unknown_section":       {head + "peple: []\n", "line 2", `did you mean "people"?`},
		"unknown_field":         {head + "people:\n  - key: a\n    name: A\n    jobtitle: x\n", "line 5", `did you mean "job_title"?`},
		"field_of_the_register": {head + "people:\n  - key: a\n    name: A\n    id: x\n", "line 5", `no field "id"`},
		"repeated_field": {
			head + "people:\n  - key: a\n    name: A\n    name: B\n", "line 5", "twice; the first is on line 4",
		},
		"repeated_section": {head + "people: []\npeople: []\n", "line 3", "twice"},
		"repeated_key": {
			head + "people:\n  - {key: a, name: A}\n  - {key: a, name: B}\n", "line 4", "first is on line 3",
		},
		"missing_key":            {head + "people:\n  - name: A\n", "line 3", `needs its "key"`},
		"bad_key":                {head + "people:\n  - {key: A B, name: A}\n", "line 3", "small letters"},
		"missing_required_field": {head + "people:\n  - {key: a}\n", "line 3", `"name" is missing`},
		"anchor":                 {head + "people:\n  - &x {key: a, name: A}\n", "line 3", "Anchors and aliases"},
		"alias_bomb": {
			head + "people: [&a [x], &b [*a, *a], &c [*b, *b]]\n", "line 2", "Anchors and aliases",
		},
		"merge_key":      {head + "people:\n  - {key: a, name: A, <<: {email: x}}\n", "line 3", `no field "<<"`},
		"tag":            {head + "people:\n  - {key: a, name: !!binary QQ==}\n", "line 3", "Tags such as"},
		"deep_nesting":   {head + "people: " + deep + "\n", "line 2", "nested too deeply"},
		"a_million_deep": {head + "people: " + strings.Repeat("[", 1_000_000), "line 2", "not YAML"},
		"word_for_a_number": {
			head + "policies:\n  - {key: a, title: A, kind: ai, review_every_months: yearly}\n", "line 3",
			"whole number",
		},
		"yes_for_true": {head + "people:\n  - {key: a, name: A, senior: yes}\n", "line 3", "true or false"},
		"bad_date": {
			head + "policies:\n  - {key: a, title: A, kind: ai, next_review: 31/03/2026}\n", "line 3",
			"2026-03-31",
		},
		"impossible_date": {
			head + "policies:\n  - {key: a, title: A, kind: ai, next_review: 2026-02-30}\n", "line 3",
			"2026-03-31",
		},
		"unknown_word": {
			head + "policies:\n  - {key: a, title: A, kind: artificial}\n", "line 3", "possible words: ai,",
		},
		"text_for_a_list": {
			head + "people:\n  - {key: a, name: A, duties: approver}\n", "line 3", "belongs a list",
		},
		"list_for_a_text": {head + "people:\n  - {key: a, name: [A]}\n", "line 3", "single value"},
		"no_value":        {head + "people:\n  - key: a\n    name:\n", "line 4", "no value"},
		"control_character": {
			head + "people:\n  - {key: a, name: \"A\\u0007\"}\n", "line 3", "control character",
		},
		"not_a_number": {head + "workflows:\n  - {key: a, name: A, lifecycle: live, gates: [{key: g, " +
			"title: G, enforcement: none, max_agreement: .nan}]}\n", "line 3", "number such as"},
		"unknown_control":         {head + "soa:\n  - {control: A.11.1, applicable: true}\n", "", ""},
		"section_that_is_no_list": {head + "people: {a: b}\n", "line 2", "belongs a list"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(t.Context(), strings.NewReader(c.text))
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(strings.ToLower(explain(err)), strings.ToLower(c.want)) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			f, ok := err.(*fault.Error)
			if !ok || f.Code != fault.CodeUnreadable {
				t.Fatalf("code of %v", err)
			}
			if !strings.HasPrefix(f.Where, c.line) {
				t.Errorf("at %q, want %q", f.Where, c.line)
			}
		})
	}
}

func TestPlan(t *testing.T) {
	for name, c := range map[string]struct{ text, line, want string }{
		"unknown_person_is_named": {
			"workflows:\n  - {key: w, name: W, lifecycle: trial, owner: ada}\npeople:\n  - {key: adah, name: A}\n",
			"line 3", `did you mean "adah"?`,
		},
		"unknown_workflow_in_link": {
			"policies:\n  - key: p\n    title: P\n    kind: ai\n    links:\n      - {workflow: w, reason: because}\n",
			"line 7", "no workflow",
		},
		"rule_of_a_noun_has_its_line": {"workflows:\n  - key: w\n    name: W\n    lifecycle: trial\n    gates:\n  " +
			"    - key: g\n        title: G\n        enforcement: none\n        max_agreement: 1.5\n", "line 10",
			"between 0 and 1"},
		"unknown_control_is_refused": {
			"soa:\n  - {control: A.11.1, applicable: true}\n", "line 3", "no Annex A control",
		},
		"path_outside_is_refused": {
			"evidence:\n  - {key: e, title: E, kind: minutes, status: approved, file: ../secret.txt}\n", "line 3",
			"does not stay inside",
		},
		"absolute_path_is_refused": {
			"evidence:\n  - {key: e, title: E, kind: minutes, status: approved, file: /etc/passwd}\n", "line 3",
			"does not stay inside",
		},
		"absent_document_is_refused": {
			"evidence:\n  - {key: e, title: E, kind: minutes, status: approved, file: gone.txt}\n", "line 3",
			"cannot be read",
		},
		"evidence_without_document": {
			"evidence:\n  - {key: e, title: E, kind: minutes, status: approved}\n", "line 3",
			"Attach the document",
		},
		"same_person_twice": {"people:\n  - {key: a, name: A}\nworkflows:\n  - {key: w, name: W, " +
			"lifecycle: trial}\nassessments:\n  - {key: r, workflow: w, status: approved, prepared_by: a, " +
			"reviewed_by: a, approved_by: a, approved_on: 2026-01-02}\n", "line 7", "cannot review it"},
		"unknown_control_in_subject": {"people:\n  - {key: a, name: A}\nactions:\n  - {key: x, title: T, owner: " +
			"a, due: 2026-01-01, source: {kind: control, ref: A.1.1}}\n", "line 5", "no clause or control"},
		"two_versions_in_force": {"people:\n  - {key: a, name: A}\npolicies:\n  - key: p\n    title: P\n    kind: " +
			"ai\n    versions:\n      - {number: 1.0, status: in_force, approved_by: a, approved_on: 2026-01-01, " +
			"in_force_from: 2026-01-01}\n      - number: 1.10\n        status: in_force\n        approved_by: a\n " +
			"       approved_on: 2026-01-01\n        in_force_from: 2026-01-01\n", "line 11",
			"Two versions are in force"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Read(t.Context(), strings.NewReader(head+c.text))
			if err == nil {
				_, err = f.Plan(t.Context(), newMemory())
			}
			if err == nil || !strings.Contains(explain(err), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if f := err.(*fault.Error); f.Where != c.line {
				t.Errorf("at %q, want %q: %s", f.Where, c.line, explain(err))
			}
		})
	}
}

func TestMerge(t *testing.T) {
	m := newMemory()
	m.docs["a.txt"] = Document{strings.Repeat("ab", 32), 3, "text/plain"}
	m.save(mustPlan(t, m, head+`
people:
  - {key: ada, name: Ada, email: ada@example.gov.uk}
workflows:
  - {key: w, name: W, lifecycle: trial, version: 1.10, owner: ada}
evidence:
  - {key: e, title: E, kind: minutes, status: approved, file: a.txt}
assessments:
  - key: ra
    workflow: w
    status: draft
    risks:
      - {key: one, title: One}
      - {key: two, title: Two}
`))
	w := m.nouns["workflow/w"].(*workflow.Workflow)
	if w.Version != "1.10" {
		t.Errorf("version 1.10 became %q", w.Version)
	}
	if w.OwnerID != "id-person-1" {
		t.Errorf("owner is %q", w.OwnerID)
	}
	first := m.nouns["assessment/ra"].(*risk.Assessment)
	p := mustPlan(t, m, head+`
people:
  - {key: ada, name: Ada Lovelace}
  - {key: bob, name: Bob}
assessments:
  - key: ra
    workflow: WF-0001
    status: draft
    risks:
      - {key: two, title: Two, owner: bob}
      - {key: three, title: Three}
actions:
  - {key: act, title: Do it, owner: PER-0001, due: 2026-05-01, source: {kind: risk, ref: ra/two}}
`)
	m.save(p)
	ada := m.nouns["person/ada"].(*organisation.Person)
	if ada.Name != "Ada Lovelace" || ada.Email != "ada@example.gov.uk" || !ada.Active {
		t.Errorf("a field that is left out does not stay: %+v", ada)
	}
	ra := m.nouns["assessment/ra"].(*risk.Assessment)
	if ra.ID != first.ID || len(ra.Risks) != 2 || ra.Risks[0].Ref != first.Risks[1].Ref ||
		ra.Risks[1].Ref == first.Risks[0].Ref ||
		ra.Risks[0].OwnerID != "id-person-2" {
		t.Errorf("risks lose who they are: %+v", ra.Risks)
	}
	a := m.nouns["action/act"].(*review.Action)
	if a.Source != (review.Subject{Kind: review.SubjectRisk, Ref: ra.Risks[0].Ref}) || a.OwnerID != ada.ID {
		t.Errorf("action %+v", a)
	}
	if e := m.nouns["evidence/e"].(*evidence.Evidence); e.FileName != "a.txt" || e.Bytes != 3 {
		t.Errorf("evidence %+v", e)
	}
	states := map[string]State{}
	for _, s := range p.Steps {
		states[string(s.Kind)+"/"+s.Key] = s.State
	}
	for k, want := range map[string]State{
		"person/ada": Changed, "person/bob": Added, "assessment/ra": Changed, "action/act": Added,
	} {
		if states[k] != want {
			t.Errorf("%s is %s, want %s", k, states[k], want)
		}
	}
}

func TestApprovedStaysAsItWas(t *testing.T) {
	m := newMemory()
	m.docs["documents/policy.txt"] = Document{strings.Repeat("ab", 32), 12, "text/plain"}
	text := examples(t)["every-field.yaml"]
	m.save(mustPlan(t, m, text))
	for name, c := range map[string]struct{ old, new, want string }{
		"policy_in_force": {
			"purpose: Say how the council uses AI.", "purpose: Something else.",
			"Version 1.0 of POL-0001 is in force and cannot be edited",
		},
		"approved_assessment": {
			"residual: {likelihood: 2, impact: 3}", "residual: {likelihood: 1, impact: 1}",
			"RA-0001 is approved and cannot be edited",
		},
		"assessment_back_again": {
			"    status: approved\n    prepared_by", "    status: draft\n    prepared_by", "cannot become draft",
		},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(text, c.old, c.new, 1)
			if changed == text {
				t.Fatal("the test changed nothing")
			}
			f, err := Read(t.Context(), strings.NewReader(changed))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Plan(t.Context(), m); err == nil || !strings.Contains(explain(err), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestSample(t *testing.T) {
	m := newMemory()
	m.save(
		mustPlan(
			t,
			m,
			head+
				"organisation: {name: Exampleton, sample: true}\nworkflows:\n  - {key: w, name: W, lifecycle: trial}\n",
		),
	)
	if !m.nouns["workflow/w"].(*workflow.Workflow).Sample {
		t.Error("a record of a sample organisation is not marked as a sample")
	}
	real := newMemory()
	real.org = organisation.New("Real Borough Council")
	f, err := Read(t.Context(), strings.NewReader(head+"organisation: {name: Exampleton, sample: true}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Plan(t.Context(), real); err == nil || !strings.Contains(err.Error(), "a register of its own") {
		t.Errorf("a sample is applied to a real register: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	b, err := os.ReadFile("testdata/receipt.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(b))
	f.Add(head + "soa:\n  - {control: A.9.3, applicable: true, reason_included: x, implementation_status: partly}\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Read(t.Context(), strings.NewReader(text))
		if err != nil {
			if fault.CodeOf(err) != fault.CodeUnreadable {
				t.Fatalf("not a reading fault: %v", err)
			}
			return
		}
		if p, err := file.Plan(t.Context(), Empty()); err == nil {
			m := newMemory()
			m.save(p)
			p2, err := file.Plan(t.Context(), m)
			if err != nil {
				return // documents are not there in this register
			}
			if added, changed, _ := p2.Changes(); added+changed > 0 {
				t.Fatalf("applying twice changes something: %d added, %d changed", added, changed)
			}
		}
	})
}
