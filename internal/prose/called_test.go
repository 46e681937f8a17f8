package prose

import "testing"

// TestCalled holds what somebody typed apart from what we say.
func TestCalled(t *testing.T) {
	for _, plain := range []string{
		"Marguerite Hollis", "Dr. Ruth Ellery", "J. Smith", "Anna van der Berg", "Siân ap Rhys", "O'Neill-Byrne",
		"validation officer", "Head of planning and building control", "Data Protection Officer", "王小明",
		"Director of Finance & Audit", "Planning validation", "n/a", "",
		"Adult social care assessment summaries", "Will May", "Freedom of information drafting",
	} {
		if got := Called(plain); got != plain {
			t.Errorf("%q is %q", plain, got)
		}
	}
	for text, want := range map[string]string{
		"Marguerite Hollis with their own key":         "“Marguerite Hollis with their own key”",
		"Marguerite Hollis in person":                  "“Marguerite Hollis in person”",
		"Validation officer, who in each of 420 cases": "“Validation officer, who in each of 420 cases”",
		"Planning validation: all 48 rules met":        "“Planning validation: all 48 rules met”",
		"Smith, John":                                  "“Smith, John”",
		"All is well. Nothing was found":               "“All is well. Nothing was found”",
		"officer who decided in every single case":     "“officer who decided in every single case”",
		"Ann” approved it “":                           "“Ann’ approved it ‘”",
		"All rules met":                                "“All rules met”",
		"Each rule was held":                           "“Each rule was held”",
		"Planning validation approved by auditors":     "“Planning validation approved by auditors”",
		"a\nb":       "a b",
		"Ann (boss)": "“Ann (boss)”",
	} {
		if got := Called(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// TestClaims tells long names and addresses from sentences.
func TestClaims(t *testing.T) {
	for _, plain := range []string{
		"Bournemouth, Christchurch and Poole Council", "ai@llanfair.example, 01234 567890", "St. Albans City Council",
		"London Borough of Barking and Dagenham", "Room 4, Town Hall, High St., Exampleton",
	} {
		if Claims(plain) {
			t.Errorf("%q claims something", plain)
		}
	}
	for _, s := range []string{
		"Brackenmere Council, all rules met", "Brackenmere. Nothing was found", "Council: 48 of 48", "A ” council",
	} {
		if !Claims(s) {
			t.Errorf("%q claims nothing", s)
		}
	}
}
