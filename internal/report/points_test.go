package report

import (
	"fmt"
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
