package standard

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/internal/civil"
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
		FamilyClause:      32,
		FamilyAnnexA:      38,
		Family27001Clause: 30,
		Family27001Annex:  93,
		FamilyPlaybook:    10,
		FamilyOECD:        5,
		FamilyUKGDPR:      26,
		FamilyUKLaw:       10,
		"iso42005":        20,
		"iso42006":        4,
		"uk_dpa":          7,
		"uk_duaa":         11,
		"nist":            19,
		"eu":              1,
	}
	if got := len(Families()); got != len(want) {
		t.Errorf("%d families, want %d", got, len(want))
	}
	for _, f := range Families() {
		if n := len(Items(f)); n != want[f] {
			t.Errorf("%s has %d items, want %d", f, n, want[f])
		}
		i := f.Info()
		if i.Standard == "" || i.Title == "" || i.Short == "" || i.Kind == "" || strings.Count(i.Cite, "%s") != 1 {
			t.Errorf("%s is not complete: %+v", f, i)
		}
	}
	seen := map[string]bool{}
	for _, i := range All() {
		if err := complete(i); err != "" {
			t.Errorf("%s %s", i.Ref(), err)
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

// complete says what an item of a standard lacks; empty where it may be shown.
func complete(i Item) string {
	switch {
	case i.ID == "" || i.Title == "" || len(i.Areas) == 0:
		return "lacks an identifier, title or area"
	case i.Source == "" || i.SourceWords == "":
		return "names no source"
	case i.Read.IsZero() || !i.Read.Valid():
		return "does not say on which day its source was read"
	case !slices.Contains([]Checked{CheckedPrimary, CheckedSecondary, CheckPerson}, i.Checked):
		return "does not say how well it was checked"
	case !i.From.IsZero() && !i.From.Valid(), !i.Until.IsZero() && !i.Until.Valid():
		return "is in force on a day that there is not"
	case i.Shared != "":
		if x, ok := ByRef(i.Shared); !ok || x.Family == i.Family {
			return "shares an item that there is not"
		}
	}
	for _, a := range i.Areas {
		if !slices.Contains(Areas, a) {
			return "names the area " + string(a)
		}
	}
	return ""
}

// TestComplete sees that an item without a source, a day or a mark is refused.
func TestComplete(t *testing.T) {
	good, ok := ByRef("gdpr:22A")
	if err := complete(good); !ok || err != "" {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Item){
		"no_source":       func(i *Item) { i.Source = "" },
		"unknown_source":  func(i *Item) { i.SourceWords = "" },
		"no_day":          func(i *Item) { i.Read = "" },
		"no_mark":         func(i *Item) { i.Checked = "" },
		"no_area":         func(i *Item) { i.Areas = nil },
		"impossible_day":  func(i *Item) { i.From = "2026-02-30" },
		"shares_nothing":  func(i *Item) { i.Shared = "iso:99" },
		"shares_its_own":  func(i *Item) { i.Shared = "gdpr:22B" },
		"area_of_no_name": func(i *Item) { i.Areas = []Area{"XYZ"} },
	} {
		i := good
		change(&i)
		if complete(i) == "" {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestInForce holds a review of runs to the law of their day.
func TestInForce(t *testing.T) {
	names := func(day civil.Date) string {
		var out []string
		for _, i := range onDay(FamilyUKGDPR, day) {
			if strings.HasPrefix(i.ID, "22") {
				out = append(out, i.ID)
			}
		}
		return strings.Join(out, " ")
	}
	if got := names("2026-02-04"); got != "22" {
		t.Errorf("on 4 February 2026: %s", got)
	}
	if got := names("2026-02-05"); got != "22A 22B 22C 22D" {
		t.Errorf("on 5 February 2026: %s", got)
	}
	if i, _ := ByRef("law:DPA164A"); i.InForce("2026-06-18") || !i.InForce("2026-06-19") {
		t.Error("section 164A is in force from 19 June 2026")
	}
	if i, _ := ByRef("A.9.3"); !i.InForce("1990-01-01") {
		t.Error("an item without days is always in force")
	}
}

// The 93 controls of ISO/IEC 27001:2022, pinned by their numbers.
func Test27001(t *testing.T) {
	var want []string
	for _, g := range []struct{ theme, n int }{{5, 37}, {6, 8}, {7, 14}, {8, 34}} {
		for i := range g.n {
			want = append(want, fmt.Sprintf("A.%d.%d", g.theme, i+1))
		}
	}
	if got := ids(Items(Family27001Annex)); !slices.Equal(got, want) {
		t.Errorf("controls are\n%v\nwant\n%v", got, want)
	}
	// Every clause is shared with 42001, which has two of its own besides.
	shared := map[string]bool{}
	for _, i := range Items(Family27001Clause) {
		if i.Shared != "iso:"+i.ID {
			t.Errorf("clause %s is shared with %q", i.ID, i.Shared)
		}
		shared[i.ID] = true
	}
	var own []string
	for _, i := range Items(FamilyClause) {
		if !shared[i.ID] {
			own = append(own, i.ID)
		}
	}
	if got := strings.Join(own, " "); got != "6.1.4 8.4" {
		t.Errorf("only 42001 has %s", got)
	}
	for _, i := range Items(FamilyAnnexA) {
		b := BesideOf(i.Ref())
		if !slices.Contains([]string{"covers", "partly", "only"}, b.Extent) ||
			(b.Extent == "only") != (len(b.By) == 0) ||
			(b.Extent == "covers") != (b.Left == "") {
			t.Errorf("%s beside 27001: %+v", i.ID, b)
		}
		for _, ref := range b.By {
			if x, ok := ByRef(ref); !ok || x.Family != Family27001Annex {
				t.Errorf("%s is said to be covered by %s", i.ID, ref)
			}
		}
	}
	if loadBeside().Source.Day.IsZero() || loadBeside().Source.What == "" {
		t.Error("the comparison has no source or day")
	}
}

// onDay are the items of a family that are in force on a day.
func onDay(f Family, day civil.Date) []Item {
	return slices.DeleteFunc(Items(f), func(i Item) bool { return !i.InForce(day) })
}

// TestServing holds the mapping to what a rule looks at: each of these was written
// up as a claim that the rule does not check.
func TestServing(t *testing.T) {
	extent := func(rule, ref string) Extent {
		for _, s := range loadServes()[rule] {
			if s.Ref == ref {
				return s.Extent
			}
		}
		return ""
	}
	for _, c := range []struct {
		rule, ref string
		want      Extent
	}{
		{"IMP-R05", "iso:7.1", ""}, {"IMP-R05", "iso:4.4", ""}, {"IMP-R05", "iso:9.3.2", RecordOnly},
		{"IMP-R04", "iso:9.2.2", RecordOnly}, {"IMP-R08", "iso:7.5.3", ""}, {"IMP-R03", "A.3.3", RecordOnly},
		{"IMP-R03", "A.8.4", RecordOnly}, {"RSK-R10", "A.7.2", ""}, {"RSK-R10", "A.6.1.3", ""},
		{"RSK-R10", "A.6.2.3", ""}, {"RSK-R10", "A.7.6", ""}, {"RSK-R10", "gdpr:28", RecordOnly},
		{"RSK-R02", "gdpr:36", ""}, {"TRN-R07", "law:FOI", ""}, {"TRN-R08", "gdpr:12A", ""},
		{"TRN-R08", "law:DPA164A", RecordOnly}, {"TRN-R02", "law:PSBAR", ""}, {"RSK-R03", "gdpr:22B", ""},
		{"RSK-R03", "gdpr:35", RecordOnly}, {"OVR-R03", "gdpr:22A", PartlyDoes},
	} {
		if got := extent(c.rule, c.ref); got != c.want {
			t.Errorf("%s serves %s %q, want %q", c.rule, c.ref, got, c.want)
		}
	}
	for rule, list := range loadServes() {
		seen := map[string]bool{}
		for _, s := range list {
			i, ok := ByRef(s.Ref)
			if !ok || seen[s.Ref] {
				t.Errorf("%s serves %q twice, or there is no such item", rule, s.Ref)
			}
			if s.Extent == Shows && strings.HasPrefix(string(i.Family), "uk_") {
				t.Errorf("%s is said to show %s: a rule never shows that a law is kept", rule, s.Ref)
			}
			seen[s.Ref] = true
		}
	}
	// A clause that 27001 asks more of is never shown by what answers 42001.
	i, _ := ByRef("27001:6.1.2")
	for rule, e := range ServedBy(i) {
		if e != RecordOnly {
			t.Errorf("%s serves %s: %s", rule, i.Ref(), e)
		}
	}
	if i, _ := ByRef("27001:9.3.2"); ServedBy(i)["SYS-05"] != Shows {
		t.Error("a clause that both standards have is not answered once")
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
		{RSK, FamilyUKGDPR, "5(1) 9 10 22B 25 32 35 36 44-49"},
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
	// What the change log from 3.0 to 4.0 and the guidance for 4.0 say of the template.
	for _, k := range []string{
		"appeals_and_review", "human_review", "companies_house_number", "procurement_procedure_type",
		"third_party_data_access_terms", "model_task", "model_input", "model_output", "model_architecture",
	} {
		if !keys[k] {
			t.Errorf("there is no field %s", k)
		}
	}
	sections := map[string]bool{}
	last := ""
	for _, f := range fields {
		if f.Section != last && sections[f.Section] {
			t.Errorf("the section %s is in two places", f.Section)
		}
		sections[f.Section], last = true, f.Section
		if f.Shelf != (f.Section == "Model Specification" || f.Section == "Development Data Specification") {
			t.Errorf("%s: left blank for a model off the shelf: %v", f.Key, f.Shelf)
		}
	}
	if !sections["Deployment Context"] || sections["Decision-making Process"] {
		t.Error("the section is called Deployment Context since 4.0")
	}
	if w := ATRSWords("phase"); slices.Contains(w, "Pilot/beta") || !slices.Contains(w, "Private beta") {
		t.Errorf("phases: %v", w)
	}
	if !slices.Contains(ATRSWords("region"), "International") || len(loadATRS().ATRS.Clearance) != 3 ||
		loadATRS().Source.Day.IsZero() {
		t.Error("the lists of the template are not complete")
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
		"control_of_27001_is_accepted":          {func(r *SoARow) { r.ControlID = "27001:A.8.15" }, ""},
		"clause_is_no_control":                  {func(r *SoARow) { r.ControlID = "27001:9.1" }, "no Annex A control"},
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

// TestBases pins the two closed lists: a council cannot rest its tasks on what is not
// open to a public authority.
func TestBases(t *testing.T) {
	if s := loadBases().Source; s.What == "" || s.Day.IsZero() {
		t.Error("the lists name no source or day")
	}
	var private []string
	for _, id := range LawfulBases() {
		b, ok := id.Entry()
		if !ok || b.Title == "" || b.Words() == "" {
			t.Errorf("%s is not complete", id)
		}
		if b.Private {
			private = append(private, b.Article)
		}
	}
	if !slices.Equal(private, []string{"6(1)(ea)", "6(1)(f)"}) {
		t.Errorf("not open to a public authority: %v", private)
	}
	if len(LawfulBases()) != 8 || len(SpecialConditions()) != 8 {
		t.Errorf("%d bases, %d conditions", len(LawfulBases()), len(SpecialConditions()))
	}
	for _, id := range SpecialConditions() {
		if c, ok := id.Entry(); !ok || !strings.HasPrefix(c.Article, "9(2)(") {
			t.Errorf("%s is not complete", id)
		}
	}
	if _, ok := LawfulBasis("whatever").Entry(); ok {
		t.Error("any word is a basis")
	}
}

// TestRegulatorOn: each name but the first begins on a day, in order, and has a source.
func TestRegulatorOn(t *testing.T) {
	d := loadRegulators()
	if d.Source.What == "" || d.Source.Day.IsZero() || len(d.Regulators) == 0 || !d.Regulators[0].From.IsZero() {
		t.Fatalf("%+v", d)
	}
	last := civil.Date("")
	for _, r := range d.Regulators[1:] {
		if r.From.IsZero() || r.From.Before(last) {
			t.Errorf("%s begins on no day, or before the one that it follows", r.Name)
		}
		last = r.From
		if RegulatorOn(r.From).Name != r.Name || RegulatorOn(r.From.AddDays(-1)).Name == r.Name {
			t.Errorf("%s is not the name from its day on", r.Name)
		}
	}
	if RegulatorOn("2026-11-29").Name == "" {
		t.Error("there is no regulator today")
	}
}
