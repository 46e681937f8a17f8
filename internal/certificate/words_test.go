package certificate

import (
	"strings"
	"testing"

	"assay/internal/oversight"
	"assay/internal/testkit"
)

// TestSentences says of every test what it found and what was said of it: with
// its counts, in words that are easy to read.
func TestSentences(t *testing.T) {
	said := []Explanation{{Findings: 7, Why: "a", Signed: true}, {Findings: 2, Why: "b", Signed: true}}
	typed := Explanation{Why: "a", By: "Jo Hart", Officer: "Ann Lee", Signed: true}
	typed.Approved = "approved by Bo Dee with their own key on 2 March 2026"
	answer := typed
	answer.Approved = "approved by Ann Lee with their own key on 2 March 2026"
	var all []string
	for _, x := range oversight.Tests {
		f := Finding{Code: string(x.Code), Title: x.Title, Question: x.Question, Open: 9}
		if x.PerRun {
			f.Of, f.Tested = 1260, 1260
		}
		text := f.Sentence()
		if x.PerRun != strings.HasPrefix(text, "In 9 of 1,260 cases ") || strings.Contains(text, x.Title) {
			t.Errorf("%s says %q", x.Code, text)
		}
		all = append(all, text)
		f.Open, f.Explained, f.Said = 0, 9, said
		want := " Two people explained all 9."
		if x.Question {
			f.Said = []Explanation{typed}
			want = " Jo Hart wrote down what an officer is said to have answered for all 9."
		}
		if got := f.Sentence(); got != text+want {
			t.Errorf("%s, explained, says %q", x.Code, got)
		}
	}
	for name, c := range map[string]struct {
		f    Finding
		want string
	}{
		"none": {Finding{Code: "OVR-05", Of: 260}, ""},
		"one": {
			Finding{Code: "OVR-05", Of: 260, Explained: 1, Said: said[:1]}, " Two people explained it.",
		},
		"two": {
			Finding{Code: "OVR-05", Of: 260, Explained: 2, Said: said[:1]}, " Two people explained both.",
		},
		"some are open": {
			Finding{Code: "OVR-05", Of: 260, Explained: 7, Open: 2, Said: said[:1]},
			" 2 of them are not yet explained.",
		},
		"by one person": {
			Finding{Code: "OVR-05", Of: 260, Alone: 9}, " One person gave a reason; no second one agreed.",
		},
		"an open action": {Finding{Code: "OVR-05", Of: 260, Actioned: 9}, " This is not yet put right."},
		"typed in": {
			Finding{Code: "OVR-05", Of: 260, Explained: 9, Said: []Explanation{{Findings: 9, Why: "a"}}},
			" One person explained all 9; a second one is said to agree.",
		},
		"one text for all": {
			Finding{
				Code: "OVR-05", Of: 260, Explained: 60,
				Said: []Explanation{{Findings: 60, Why: "a", Signed: true}},
			},
			" Two people explained all 60 with one reason.",
		},
		"an officer's own key": {
			Finding{Code: "OVR-06", Question: true, Of: 260, Explained: 9, Said: []Explanation{answer}},
			" An officer answered for all 9.",
		},
		"an officer's own key, one answer": {
			Finding{Code: "OVR-06", Question: true, Of: 260, Explained: 60, Said: []Explanation{answer}},
			" An officer gave one answer for all 60.",
		},
		"an officer's own key for some": {
			Finding{Code: "OVR-06", Question: true, Of: 260, Explained: 9, Said: []Explanation{answer, typed}},
			" Jo Hart wrote down what an officer is said to have answered for all 9.",
		},
		"one answer typed in": {
			Finding{Code: "OVR-06", Question: true, Of: 260, Explained: 60, Said: []Explanation{typed}},
			" Jo Hart wrote down one answer that an officer is said to have given for all 60.",
		},
		"answers that two typed in": {
			Finding{
				Code: "OVR-06", Question: true, Of: 260, Explained: 9,
				Said: []Explanation{typed, {Why: "b", By: "Lu Dee", Officer: "Ann Lee"}},
			},
			" More than one person wrote down what an officer is said to have answered for all 9.",
		},
		"a question that no officer answered": {
			Finding{Code: "OVR-06", Question: true, Of: 260, Explained: 9, Said: said}, " Two people explained all 9.",
		},
		"a test of later": {
			Finding{Code: "OVR-99", Title: "Decided in the dark", Of: 260, Open: 1},
			"In 1 of 260 cases: Decided in the dark.",
		},
	} {
		got := c.f.Sentence()
		if c.want == "" && got != "" || !strings.HasSuffix(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
		all = append(all, got)
	}
	s := issued(t)
	s.Attempts = []Attempt{{Reasons: []string{"x"}}, {Reasons: []string{"x"}}, {Dry: true}}
	s.LeftOut = LeftOut{
		Refused: 60, Filtered: 5, Unmatched: 1, Repeated: 2, Replaced: 3, Purged: 420, Stated: 500, Read: 480,
	}
	page := append(s.Lead(), s.Shown()...)
	for _, want := range []string{
		"We checked 7 rules. 5 are met. 1 is met but for cases that were explained. One thing is still to be done.",
		"We read 420 runs from 23 October 2026 to 22 November 2026.",
		"In 391 of 400 cases a named officer decided before anything left.",
		"Left out: 60 records that could not be read, 5 records that were passed over, 1 record that belongs to " +
			"no run, " +
			"2 runs that came twice, 3 runs that two files tell in two ways, 20 runs that the platform counts and " +
			"no file has. " +
			"The personal data of 420 runs was deleted.",
		"What the runs must meet was first written down after 12 of them.",
		"What the runs must meet was changed once, and 4 findings went with it: see page 2.",
		"WF-0009 may be the same AI: it has 2 findings that nobody has explained.",
		"This certificate was asked for and refused twice before.",
	} {
		if !strings.Contains(strings.Join(page, "\n"), want) {
			t.Errorf("it does not say %q:\n%s", want, strings.Join(page, "\n"))
		}
	}
	all = append(all, page...)
	if g := testkit.Grade(strings.Join(all, " ")); g > 6 {
		t.Errorf("it reads at grade %.1f", g)
	} else {
		t.Logf("grade %.1f", g)
	}
}

// TestLeftOut_filters says by which rules records were passed over, and which runs
// went with them.
func TestLeftOut_filters(t *testing.T) {
	for want, o := range map[string]LeftOut{
		"Left out: 1 record that was passed over.": {Filtered: 1},
		"Left out: 9 records that were passed over as “total lines” (with all that the files hold of 3 runs).": {
			Filtered: 9, FilteredRuns: 3, Filters: []string{"total lines"},
		},
		"Left out: 9 records that were passed over as “a” and “b” and 1 more " +
			"(with all that the files hold of 1 run), 2 runs that came twice.": {
			Filtered: 9, FilteredRuns: 1, Filters: []string{"a", "b", "c"}, Repeated: 2,
		},
		"Left out: 2 records that were passed over as “" + strings.Repeat("x", 40) + "…”.": {
			Filtered: 2, Filters: []string{strings.Repeat("x", 400)},
		},
	} {
		if got := o.Sentence(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
