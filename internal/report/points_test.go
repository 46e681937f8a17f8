package report

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"assay/internal/certificate"
)

// TestPointsOfPageOne draws certificates with more and more that was found: what
// has no few words stands in full, and no figure is left off page 1.
func TestPointsOfPageOne(t *testing.T) {
	always := []string{
		"We read 1,199 runs from 5 January 2026 to 27 February 2026.",
		"In 1,162 of 1,185 cases a named officer decided before it left.",
		"This certificate was asked for and refused 12 times before.",
		"The assessor had the file read so: the word “Refused” as a yes.",
		"What the runs must meet was changed 3 times, and 240 findings went with it: see page 2.",
		"Left out: 60 records that could not be read.",
	}
	for _, n := range []int{0, 1, 2, 5, 9, 14, 20, 25} {
		for _, sample := range []string{"sample", "crowded"} {
			c := sampleCertificate()
			if sample == "crowded" {
				c = crowdedCertificate()
			}
			c.Shown = nil
			add := func(text, short string) { c.Shown = append(c.Shown, certificate.Point{Text: text, Short: short}) }
			add(always[0], "")
			add(always[1], "")
			for i := range n {
				add(
					fmt.Sprintf(
						"In %d of 1,199 cases something was found that should not be. Two people explained all "+
							"%d with one reason.",
						100+i,
						100+i,
					),
					fmt.Sprintf("something (%d of 1,199, explained)", 100+i),
				)
			}
			for _, text := range always[2:] {
				add(text, "")
			}
			pdf, d := draw(t, c, Standard)
			if d.Pages != 2 {
				t.Errorf("%s, %d: %d pages", sample, n, d.Pages)
			}
			one := strings.Join(strings.Fields(tool(t, "pdftotext", "-l", "1", save(t, pdf), "-")), " ")
			for _, want := range always {
				if !strings.Contains(one, want) {
					t.Errorf("%s, with %d findings page 1 does not say %q", sample, n, want)
				}
			}
			for i := range n {
				if !strings.Contains(one, fmt.Sprintf("%d of 1,199", 100+i)) {
					t.Errorf("%s, with %d findings page 1 does not count finding %d", sample, n, i)
				}
			}
			if strings.Contains(one, "Found too") != strings.Contains(one, "Page 2 says more.") {
				t.Errorf("%s, %d: it does not say where the rest is", sample, n)
			}
		}
	}
}

// TestBesides_order: neither many files nor long texts of the assessor push off page 2
// what page 1 points to.
func TestBesides_order(t *testing.T) {
	st, _ := statement(t)
	source := st.Sources[0]
	source.MappingSHA256, source.ReadAs = strings.Repeat("ab", 32), []string{`outcomes: "Refused" as approved`}
	source.Contrary = []string{`"Refused" as approved`}
	st.Sources = nil
	for i := range 200 {
		source.FileName = fmt.Sprintf("%s-%d.csv", strings.Repeat("long", 50), i)
		st.Sources = append(st.Sources, source)
	}
	st.Remarks = append(st.Remarks, certificate.Remark{Name: "Not read", Lead: "See page 2.", Text: "Columns."})
	facts := BesidesOf(st)
	at := func(name string) int {
		i := slices.IndexFunc(facts, func(f Fact) bool { return f.Name == name })
		if i < 0 {
			t.Fatalf("there is no fact %q in %+v", name, facts)
		}
		return i
	}
	for _, loud := range []string{"Left out", "Not read", "The same?", "Held to", "Before it"} {
		if at(loud) > at("Read as") {
			t.Errorf("%q comes after how the files were read", loud)
		}
	}
	readings := 0
	for _, f := range facts {
		if f.Name == "Read as" {
			readings++
			if i := strings.Index(f.Text, `Note "Refused" as approved`); i < 0 || i > 300 {
				t.Errorf("the names of the files push off how they were read: %.400s", f.Text)
			}
		}
	}
	if readings != 1 {
		t.Errorf("%d readings of files under one mapping", readings)
	}
}

// statement is what package certificate keeps as an example of its format, and the
// record that it is read from.
func statement(t *testing.T) (st certificate.Statement, record []byte) {
	t.Helper()
	record, err := os.ReadFile("../certificate/testdata/statement-2.json")
	if err != nil {
		t.Fatal(err)
	}
	if st, err = certificate.Parse(record); err != nil {
		t.Fatal(err)
	}
	return st, record
}
