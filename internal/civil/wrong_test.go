package civil

import (
	"slices"
	"testing"
)

func TestCheck(t *testing.T) {
	type version struct {
		ApprovedOn Date `json:"approved_on" civil:"past"`
		Ends       Date `json:"ends"`
	}
	type record struct {
		Due      Date      `json:"due"`
		Versions []version `json:"versions"`
		Held     *Date     `json:"held,omitempty" civil:"past"`
		Bytes    []byte
		hidden   Date
	}
	later := Date("2027-01-02")
	r := record{
		Due: "2027-02-31",
		Versions: []version{
			{ApprovedOn: "2026-11-28", Ends: "2030-01-01"}, {ApprovedOn: "2030-12-31", Ends: "27-2-31"},
		},
		Held:   &later,
		hidden: "never",
	}
	fields := func(latest Date) (names []string) {
		for _, w := range Check(&r, latest) {
			names = append(names, w.Field)
		}
		return names
	}
	if got, want := fields("2026-11-28"), []string{
		"due", "versions[1].approved_on", "versions[1].ends", "held",
	}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	if got, want := fields(""), []string{"due", "versions[1].ends"}; !slices.Equal(got, want) {
		t.Errorf("by the calendar alone %q, not %q", got, want)
	}
}

// Each kind of text that is no day of the calendar, or of a year that nobody means.
func TestValid(t *testing.T) {
	for _, d := range []Date{"", "2026-03-31", "2024-02-29", "1900-01-01"} {
		if !d.Valid() {
			t.Errorf("%q is refused", d)
		}
	}
	for _, d := range []Date{
		"2026-02-31", "2025-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "27-02-03", "0027-02-03", "31/02/2027",
		"2026-03-31T00:00:00Z", " 2026-03-31", "2026-03-31 ", "?-3-1", "soon", "20260331", "9999-12-31",
	} {
		if d.Valid() {
			t.Errorf("%q passes", d)
		}
	}
}
