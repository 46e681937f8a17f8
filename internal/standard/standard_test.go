package standard

import (
	"slices"
	"strings"
	"testing"
)

// The 38 controls of ISO/IEC 42001:2023 Annex A. Public sources differ (some say
// 39, some carry a draft's numbers), so they are pinned here.
var annexA = strings.Fields(`
	A.2.2 A.2.3 A.2.4
	A.3.2 A.3.3
	A.4.2 A.4.3 A.4.4 A.4.5 A.4.6
	A.5.2 A.5.3 A.5.4 A.5.5
	A.6.1.2 A.6.1.3 A.6.2.2 A.6.2.3 A.6.2.4 A.6.2.5 A.6.2.6 A.6.2.7 A.6.2.8
	A.7.2 A.7.3 A.7.4 A.7.5 A.7.6
	A.8.2 A.8.3 A.8.4 A.8.5
	A.9.2 A.9.3 A.9.4
	A.10.2 A.10.3 A.10.4`)

func ids(items []Item) []string {
	var out []string
	for _, i := range items {
		out = append(out, i.ID)
	}
	return out
}

func TestAnnexA(t *testing.T) {
	if len(annexA) != 38 {
		t.Fatalf("the test itself pins %d controls", len(annexA))
	}
	if got := ids(Items(FamilyAnnexA)); !slices.Equal(got, annexA) {
		t.Errorf("controls are\n%v\nwant\n%v", got, annexA)
	}
}

func TestFamilies(t *testing.T) {
	want := map[Family]int{
		FamilyClause:   32,
		FamilyAnnexA:   38,
		FamilyPlaybook: 10,
		FamilyOECD:     5,
		FamilyUKGDPR:   18,
		FamilyUKLaw:    5,
	}
	for _, f := range Families {
		if n := len(Items(f)); n != want[f] {
			t.Errorf("%s has %d items, want %d", f, n, want[f])
		}
	}
	seen := map[string]bool{}
	for _, i := range All() {
		if i.ID == "" || i.Title == "" || len(i.Areas) == 0 {
			t.Errorf("%+v lacks an identifier, title or area", i)
		}
		for _, a := range i.Areas {
			if !slices.Contains(Areas, a) {
				t.Errorf("%s names the area %q", i.ID, a)
			}
		}
		if !slices.Contains([]Checked{CheckedPrimary, CheckedSecondary, CheckPerson}, i.Checked) {
			t.Errorf("%s is marked %q", i.ID, i.Checked)
		}
		if _, ok := SourceOf(i); i.Source != "" && !ok {
			t.Errorf("%s names the source %q, which is not listed", i.ID, i.Source)
		}
		if i.Checked != CheckPerson && i.Source == "" && i.ID != "WLS" {
			t.Errorf("%s claims to be checked but names no source", i.ID)
		}
		if got, ok := ByRef(i.Ref()); !ok || got.ID != i.ID || got.Family != i.Family {
			t.Errorf("ByRef(%q) = %v, %v", i.Ref(), got, ok)
		}
		if seen[i.Ref()] {
			t.Errorf("two items are called %s", i.Ref())
		}
		seen[i.Ref()] = true
	}
}

func TestCrossMap(t *testing.T) {
	m := CrossMap()
	// From the areas of each item; the lists of the domain description.
	for _, c := range []struct {
		area   Area
		family Family
		want   string
	}{
		{OVR, FamilyClause, "5.3 7.2 7.3 8.1"},
		{OVR, FamilyAnnexA, "A.3.2 A.3.3 A.4.6 A.6.2.6 A.6.2.8 A.9.2 A.9.3 A.9.4 A.10.2"},
		{POL, FamilyPlaybook, "P2 P6 P8 P10"},
		{RSK, FamilyUKGDPR, "5(1) 9 22B 25 32 35 36"},
		{IMP, FamilyAnnexA, "A.2.4 A.3.3 A.6.2.6 A.6.2.8 A.8.3 A.8.4"},
		{TRN, FamilyOECD, "1.3"},
	} {
		if got := strings.Join(ids(m[c.area][c.family]), " "); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.area, c.family, got, c.want)
		}
	}
}

func TestATRS(t *testing.T) {
	version, fields := ATRS()
	if version != "4.0" {
		t.Errorf("template version %s", version)
	}
	keys := map[string]bool{}
	for _, f := range fields {
		if f.Key == "" || f.Name == "" || keys[f.Key] {
			t.Errorf("field %+v has no key of its own", f)
		}
		keys[f.Key] = true
		if strings.Contains(f.Number, "x") {
			t.Errorf("%s shows a number that nobody checked: %s", f.Key, f.Number)
		}
	}
	for _, k := range []string{"appeals_tool", "appeals_process", "human_review"} {
		if !keys[k] {
			t.Errorf("there is no field %s", k)
		}
	}
	if !slices.Contains(ATRSVocabulary("organisation_type"), "local-authority") {
		t.Error("a local authority is no kind of organisation")
	}
}

func TestSoARow(t *testing.T) {
	good := SoARow{ControlID: "A.9.3", Applicable: true, ReasonIncluded: "people decide", Implementation: Implemented}
	for name, c := range map[string]struct {
		change func(*SoARow)
		want   string
	}{
		"complete_row_is_accepted": {func(*SoARow) {}, ""},
		"unknown_control_is_refused": {
			func(r *SoARow) { r.ControlID = "A.11.1" }, "no Annex A control A.11.1",
		},
		"applicable_without_reason_is_refused": {
			func(r *SoARow) { r.ReasonIncluded = " " }, "why the control A.9.3 applies",
		},
		"excluded_without_reason_is_refused":   {func(r *SoARow) { r.Applicable = false }, "does not apply"},
		"applicable_without_status_is_refused": {func(r *SoARow) { r.Implementation = "" }, "how far"},
		"approver_without_a_day_is_refused":    {func(r *SoARow) { r.ApprovedBy = "p" }, "who approved"},
		"excluded_with_reason_needs_no_status": {
			func(r *SoARow) { *r = SoARow{ControlID: "A.7.2", ReasonExcluded: "we train no model"} }, "",
		},
		"approved_row_with_person_is_accepted": {
			func(r *SoARow) { r.ApprovedBy, r.ApprovedOn = "p", "2026-01-02" }, "",
		},
		"control_id_is_compared_to_the_letter ": {func(r *SoARow) { r.ControlID = "a.9.3" }, "no Annex A control"},
	} {
		t.Run(name, func(t *testing.T) {
			r := good
			c.change(&r)
			err := r.Validate()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// CrossMap gives, for each area, the items of every family that belong to it.
// It is derived from the items' own areas: illustrative, not a claim of
// conformity.
func CrossMap() map[Area]map[Family][]Item {
	out := map[Area]map[Family][]Item{}
	for _, a := range Areas {
		out[a] = map[Family][]Item{}
	}
	for _, i := range All() {
		for _, a := range i.Areas {
			out[a][i.Family] = append(out[a][i.Family], i)
		}
	}
	return out
}

// ATRSVocabulary gives the allowed values of a transparency record's metadata:
// organisation_type, function, capability, phase, region.
func ATRSVocabulary(name string) []string { return slices.Clone(load().ATRS.Vocabularies[name]) }

// SourceOf tells where an item was read.
func SourceOf(i Item) (Source, bool) { s, ok := load().Sources[i.Source]; return s, ok }
