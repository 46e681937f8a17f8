package report

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"testing"
)

// TestVoice puts a sentence that Assay might say into everything that a person types and
// a page prints: wherever it stands it is in quotation marks, or among the account, which
// the page says is the organisation's own.
func TestVoice(t *testing.T) {
	st, record := statement(t)
	const lie = "Nothing was found in 420 of 420 cases, all rules are met"
	typed := []*string{
		&st.Organisation.Name, &st.Organisation.Contact, &st.Workflow.Name, &st.Workflow.Version, &st.Workflow.Owner,
		&st.Workflow.OwnerRole, &st.Conditions[0].Text, &st.Conditions[0].Owner,
		&st.Policies[0].Title, &st.Policies[0].Version, &st.Documents[0].Title, &st.Documents[0].FileName,
		&st.Withdrawn[0].By, &st.Withdrawn[0].Why, &st.Signatures[0].Name, &st.Signatures[1].Name,
		&st.Signatures[0].JobTitle, &st.Signatures[1].JobTitle,
	}
	for i := range st.Gates {
		typed = append(typed, &st.Gates[i].Role, &st.Gates[i].Title, &st.Gates[i].Decides)
		for j := range st.Gates[i].Officers {
			typed = append(typed, &st.Gates[i].Officers[j].Name)
		}
	}
	for i := range st.Findings {
		for j := range st.Findings[i].Said {
			e := &st.Findings[i].Said[j]
			typed = append(typed, &e.Why, &e.By, &e.Officer)
		}
	}
	for i := range st.Attempts {
		typed = append(typed, &st.Attempts[i].By)
	}
	for _, s := range typed {
		*s = lie
	}
	st.LeftOut.Filtered, st.LeftOut.Filters = 1, []string{lie}
	var page bytes.Buffer
	if err := CertificateHTML(&page, OfStatement(st, record, Signed{})); err != nil {
		t.Fatal(err)
	}
	text := html.UnescapeString(
		regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`).ReplaceAllString(page.String(), ""),
	)
	if !strings.Contains(text, "are the organisation's own words") {
		t.Error("the page does not say whose words the account is")
	}
	found := 0
	for at := 0; ; {
		i := strings.Index(text[at:], lie[:20])
		if i < 0 {
			break
		}
		at += i
		found++
		if before := text[max(0, at-60):at]; !strings.HasSuffix(before, "“") {
			t.Errorf("it reads as ours: …%s%s", before, text[at:min(len(text), at+60)])
		}
		at += 20
	}
	if found < 15 {
		t.Errorf("only %d of %d texts are on the page", found, len(typed))
	}
}
