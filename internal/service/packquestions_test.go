package service

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"assay/internal/testkit"
)

// TestPack_answersAuditors reads the sample's pack as an auditor: each question leads
// to a page, and on that page stands the answer, or that it is missing.
func TestPack_answersAuditors(t *testing.T) {
	testkit.NeedTool(t, "pdftotext")
	s := openDemo(t, nil)
	_, dir := packOf(t, s, "")
	rows := must(csv.NewReader(strings.NewReader(
		string(must(os.ReadFile(filepath.Join(dir, "data", "records", "questions.csv")))))).ReadAll())[1:]
	pdfs := must(filepath.Glob(filepath.Join(dir, "data", "EP-*.pdf")))
	pages := strings.Split(testkit.Output(t, dir, "pdftotext", pdfs[0], "-"), "\f")
	// An answer begins on its page and may go on overleaf.
	on := func(page int) string {
		return strings.Join(strings.Fields(strings.Join(pages[page-1:min(page+1, len(pages))], " ")), " ")
	}
	answers := map[string][]string{} // question: answer and page
	for _, r := range rows {
		answers[r[0]] = r[1:]
	}
	// question, what its page says, and what the index says of it
	asked := []struct{ question, page, says string }{
		{"Who signed this pack, and how do I see that nothing was changed?", "sha256sum -c", "Priya Ravenscroft"},
		{"What is missing, in one list?", "What would close it", "gaps"},
		{"What does the management system cover?", "Every AI workflow that the council runs", "Shown"},
		{"Which issues matter, and who is concerned?", "Who is concerned by the council's AI", "Partly shown"},
		{"When were issues and parties looked at last?", "looked at again within a year", "Met: REC-"},
		{"How is the management system run and documented?", "4.4 Run the AI management system", "missing"},
		{"How does the top stand behind it?", "5.1 Leadership commitment Held:", "Partly shown"},
		{"Which AI policy is in force, and who approved it with what authority?", "Approved", "Marguerite Hollis"},
		{"Who has which role and authority?", "Each gate says what is decided", "missing"},
		{"Was the power to decide delegated?", "no delegated power is recorded", "Not met"},
		{"How are risks rated, and from which score are they too much?", "almost certain", "appetite 9"},
		{"Which process assesses AI risks?", "6.1.2 AI risk assessment process", "missing"},
		{"Which process treats them, and who accepted what is left?", "6.1.3 AI risk treatment process", "missing"},
		{"Was the impact on people assessed?", "6.1.4 AI system impact assessment process", "A record only"},
		{"Which controls apply, and why or why not?", "35 of 38 controls apply", "38 controls"},
		{"Where does what is declared differ from what is held?", "what is declared differs", "A.2.3"},
		{"Which objectives are set, and what is their measured value?", "cases held", "Met: REC-0002"},
		{"How are changes planned?", "6.3 Planned changes", "missing"},
		{"Which resources are there?", "7.1 Resources", "Partly shown"},
		{"Who is competent to decide with AI?", "Officers are trained", "missing"},
		{"Who is competent to assess and to audit it?", "No current training on record", "Lorna Pettifer"},
		{"Do staff know the policy?", "Staff have attested", "hown"},
		{"Who is told what?", "7.4 Communication", "artly shown"},
		{"How are documents kept and controlled?", "7.5.3 Controlling documents", "missing"},
		{"Which assessments are named but not held?", "Named, not seen", "Not met"},
		{"Where do people decide, and did processes run as planned?", "8.1 Operational planning", "missing"},
		{"Which AI risk assessments were carried out, by whom?", "Risk assessment of WF-", "missing"},
		{"Are treatments in place?", "8.3 Carry out AI risk treatment", "missing"},
		{"What is measured, and with what result?", "9.1 Monitor and measure", "missing"},
		{
			"Which file does the run evidence come from, and is it the one that was imported?",
			"Imported file",
			"SHA-256",
		},
		{"What did tests on runs find, in which run and line?", "What was found", "groups of findings"},
		{"Did anything leave without a decision first?", "Nothing left the workflow", "missing"},
		{"Did only those decide who may?", "Only named officers decided", "missing"},
		{"Are the event logs whole?", "The log is whole", "missing"},
		{"Is there an audit programme?", "There is an audit programme", "Met: REC-"},
		{"What did the last internal audit look at, and find?", "Internal audit of AI governance", "hown"},
		{"Was the auditor independent?", "prepared no assessment in the register", "Met"},
		{
			"What did the management review have before it?",
			"The management review had",
			"does not name what the register held",
		},
		{"What did it decide, and what came of it?", "ACT-0014", "Met: REC-0005"},
		{"Which nonconformities are there, with which cause, and did the correction work?", "REC-0006", "Not met"},
		{"What is being improved?", "10.1 Continual improvement", "missing"},
		{"Which actions are open, whose, until when?", "What is to be done", "open"},
		{"Which reviews were held, and which are overdue?", "What was reviewed", "overdue"},
		{"How can staff raise a concern?", "A.3.3 Raising concerns", "A record only"},
		{"How are complaints about data answered?", "Complaints about data have a route", "Does not apply"},
		{"Was each workflow tested before use?", "A.6.2.4 Testing before use", "missing"},
		{"Who decided that it goes live?", "A.6.2.5 Controlled go-live", "missing"},
		{"What has the supplier shown, and for which version?", "A.10.3 Suppliers", "artly shown"},
		{"What is built in house, and how is it documented?", "Each workflow names a supplier", "Does not apply"},
		{"What are residents told, and how can they challenge it?", "A.10.4", "artly shown"},
		{"Do outcomes differ between groups?", "A.5.4 Impact on people and groups", "missing"},
		{"What does a certification to ISO/IEC 27001 already give?", "Clauses that both have", "30 clauses"},
		{"Which documents are in the pack, and under which digest?", "SHA-256", "16 of 18"},
	}
	if len(asked) < 40 {
		t.Fatalf("only %d questions are asked", len(asked))
	}
	for _, q := range asked {
		a, ok := answers[q.question]
		if !ok {
			t.Errorf("the pack does not answer %q", q.question)
			continue
		}
		page, err := strconv.Atoi(a[1])
		if err != nil || page < 1 || page > len(pages) {
			t.Errorf("%s: page %q", q.question, a[1])
			continue
		}
		if !strings.Contains(on(page), q.page) {
			t.Errorf("%s: page %d does not say %q", q.question, page, q.page)
		}
		if !strings.Contains(a[0], q.says) {
			t.Errorf("%s: the answer is %q, want %q", q.question, a[0], q.says)
		}
	}
	// What the sample says of itself stands in the pack in full, and leads both ways.
	text := strings.Join(strings.Fields(strings.Join(pages, " ")), " ")
	for _, want := range []string{
		"Residents: fair decisions and a person to talk to. Officers: tools that they can contradict. Members: to " +
			"answer for it. The Commissioner and the ombudsmen: records. Suppliers: clear duties.",
		"Housing: gate can be avoided out of hours (see nonconformity).",
		"Money for personal accounts at the repairs desk.",
		"Over all cases:",
		"Declared as implemented; held:",
		"Also: ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the pack does not say %q", want)
		}
	}
	if strings.Contains(text, "iso:") {
		t.Error("a clause is named by its short reference")
	}
}

// TestPack_crosswalk follows a line of the table from a clause to its record, its file
// and its page.
func TestPack_crosswalk(t *testing.T) {
	testkit.NeedTool(t, "pdftotext")
	s := openDemo(t, nil)
	_, dir := packOf(t, s, "")
	rows := must(csv.NewReader(strings.NewReader(
		string(must(os.ReadFile(filepath.Join(dir, "data", "records", "crosswalk.csv")))))).ReadAll())
	pdfs := must(filepath.Glob(filepath.Join(dir, "data", "EP-*.pdf")))
	pages := strings.Split(testkit.Output(t, dir, "pdftotext", pdfs[0], "-"), "\f")
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	standards, files, shown := map[string]bool{}, 0, 0
	record := regexp.MustCompile(`^(EV|REC|POL|WF)-\d+$`)
	for _, r := range rows[1:] {
		get := func(name string) string { return r[column[name]] }
		standards[get("standard")] = true
		if f := get("file"); f != "" && !strings.HasSuffix(f, ".txt") {
			files++
			if _, err := os.Stat(filepath.Join(dir, "data", filepath.FromSlash(f))); err != nil {
				t.Errorf("%s %s names a file that the pack has not: %s", get("item"), get("record"), f)
			}
		}
		if p := get("page"); p != "" && record.MatchString(get("record")) {
			shown++
			if n := must(strconv.Atoi(p)); !strings.Contains(pages[n-1], get("record")) {
				t.Errorf("%s: page %d does not show %s", get("item"), n, get("record"))
			}
		}
		if get("held") == "" || get("checked") == "" {
			t.Errorf("%v says not how far it is held, or checked", r)
		}
	}
	for _, want := range []string{"ISO/IEC 42001:2023", "ISO/IEC 27001:2022", "UK GDPR", "Other UK duties"} {
		if !standards[want] {
			t.Errorf("%s is not in the table", want)
		}
	}
	if files < 50 || shown < 50 {
		t.Errorf("%d files, %d records with a page", files, shown)
	}
}

// TestPack_second_statement has a Statement of Applicability over the controls of
// ISO/IEC 27001 beside the first.
func TestPack_second_statement(t *testing.T) {
	testkit.NeedTool(t, "pdftotext")
	ctx := context.Background()
	s := openDemo(t, nil)
	path := filepath.Join(t.TempDir(), "more.yaml")
	if err := os.WriteFile(path, []byte(`assay: apply/1
soa:
  - {control: "27001:A.8.15", applicable: true, reason_included: Logs show who decided, implementation_status: implemented}
  - {control: "27001:A.7.4", applicable: false, reason_excluded: The council rents its servers}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(ctx, path, false); err != nil {
		t.Fatal(err)
	}
	_, dir := packOf(t, s, "")
	pdfs := must(filepath.Glob(filepath.Join(dir, "data", "EP-*.pdf")))
	text := strings.Join(strings.Fields(testkit.Output(t, dir, "pdftotext", pdfs[0], "-")), " ")
	for _, want := range []string{
		"Statement of Applicability, ISO/IEC 27001:2022", "1 of 93 controls apply", "For 91 nothing is decided yet.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the pack does not say %q", want)
		}
	}
}

// TestPack_namesNoComputer looks for the name of this computer and account in what goes
// out: neither has a place in a pack.
func TestPack_namesNoComputer(t *testing.T) {
	s := openDemo(t, nil)
	_, dir := packOf(t, s, "")
	log := string(must(os.ReadFile(filepath.Join(dir, "data", "log", "entries.jsonl"))))
	if !strings.Contains(log, `"device":"computer `) {
		t.Fatal("entries do not say on which computer")
	}
	host, _ := os.Hostname()
	for _, line := range strings.Split(log, "\n") {
		if _, after, ok := strings.Cut(line, `"device":"`); ok {
			device, _, _ := strings.Cut(after, `"`)
			if strings.Contains(device, "@") || host != "" && strings.Contains(device, host) {
				t.Errorf("an entry names the computer: %s", device)
			}
		}
	}
}
