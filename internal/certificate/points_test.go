package certificate

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/internal/testkit"
)

// crowded is a statement of which page 1 has more to say than there is room for:
// every test found something, all that there is of other facts is there.
func crowded(t *testing.T) Statement {
	t.Helper()
	s := issued(t)
	var codes []string
	for code := range foundShort {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	s.Findings = nil
	for i, code := range codes {
		s.Findings = append(s.Findings, Finding{
			Code: code, Title: "Something", Of: 1200, Tested: 1200, Explained: i + 1,
			Said: []Explanation{{Findings: i + 1, Why: "Because.", By: "A B", Signed: true}},
		})
	}
	s.Attempts = []Attempt{{Reasons: []string{"x"}}, {Reasons: []string{"x"}}}
	s.LeftOut = LeftOut{Refused: 60, Filtered: 5, FilteredRuns: 4, Filters: []string{"tests"}, Unmatched: 1}
	s.Sources[0].Contrary = []string{
		"the word “Refused” as a yes", "the step “Open case” as a yes", "the account “svc-*” as a person",
		"the word “No” as a yes",
	}
	s.Twins = []Twin{{Ref: "WF-0007", Open: 3}, {Ref: "WF-0008", Open: 4}, {Ref: "WF-0009"}, {Ref: "WF-0010"}}
	return s
}

// TestPoints holds what is said of the log to its order: what may never be left off
// stands in full, and each finding has few words for its figure.
func TestPoints(t *testing.T) {
	s := crowded(t)
	full, short := 0, 0
	var all []string
	for _, p := range s.Points() {
		all = append(all, p.Text)
		if p.Short == "" {
			full++
			continue
		}
		short++
		if len(p.Short) > 80 || !strings.Contains(p.Short, " of 1,200, two people explained)") {
			t.Errorf("in few words: %q", p.Short)
		}
	}
	if short != len(foundShort) || full > 13 {
		t.Errorf("%d findings, %d other points", short, full)
	}
	page := strings.Join(all, "\n")
	for _, want := range []string{
		"This certificate was asked for and refused twice before.",
		"The assessor had the file read so: the word “Refused” as a yes, the step “Open case” as a yes and 2 more " +
			"like these.",
		"What the runs must meet was changed once, and 4 findings went with it: see page 2.",
		"Left out: 60 records that could not be read",
		"WF-0007, WF-0008 and 2 more may be the same AI: they have 7 findings that nobody has explained.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("it does not say %q:\n%s", want, page)
		}
	}
	if !slices.Equal(all, s.Shown()) {
		t.Error("Shown says something else")
	}
	if g := testkit.Grade(page); g > 6 {
		t.Errorf("it reads at grade %.1f", g)
	}
	s.Runs = 0
	if page := strings.Join(s.Shown(), "\n"); !strings.Contains(page, "refused twice") {
		t.Errorf("without runs it says %s", page)
	}
}

// TestLead_most holds what stands under the verdict to a few lines; what else was
// explained is the first of what the log shows.
func TestLead_most(t *testing.T) {
	s := issued(t)
	s.Requirements[0].Blocking, s.Requirements[0].Status = true, "held_but_for"
	s.Requirements[0].Subjects, s.Findings = nil, nil
	for i := range 5 {
		code := fmt.Sprintf("OVR-%02d", i+1)
		s.Requirements[0].Subjects = append(s.Requirements[0].Subjects, code)
		s.Findings = append(s.Findings, Finding{Code: code, Of: 100, Explained: 1})
	}
	lead, shown := s.Lead(), s.Shown()
	if len(lead) != 1+mostInLead {
		t.Errorf("%d lines: %q", len(lead), lead)
	}
	for i, f := range s.Findings {
		if !slices.Contains(shown, f.Sentence()) || slices.Contains(lead, f.Sentence()) != (i < mostInLead) {
			t.Errorf("%s", f.Sentence())
		}
	}
}
