package workflow

import (
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/testkit"
)

func declared() Workflow {
	w := Workflow{
		Gates: []Gate{{Key: "g", MinReviewSeconds: 90, MaxStreak: 40, MaxAgreement: 0.98, FourEyes: true,
			Officers: []string{"ann", "bob"}, Prepare: []string{"draft"}, Decide: []string{"decide"},
			Release: []string{"send"}}},
		Roster: []Login{{Account: "ann", Kind: LoginOfficer}, {Account: "svc", Kind: LoginSystem}},
	}
	w.KSB.Activities = []string{"draft"}
	return w
}

func TestDeclared_Changes(t *testing.T) {
	for name, c := range map[string]struct {
		edit     func(w *Workflow)
		want     string
		onlyAdds bool
	}{
		"nothing":          {func(*Workflow) {}, "", true},
		"texts_for_people": {func(w *Workflow) { w.Gates[0].Title, w.Roster[0].Role = "x", "y" }, "", true},
		"another_order":    {func(w *Workflow) { w.Gates[0].Officers = []string{"bob", "ann"} }, "", true},
		"a_lower_minimum": {
			func(w *Workflow) { w.Gates[0].MinReviewSeconds = 1 }, "Gate g, minimum review time: 90 s → 1 s",
			false,
		},
		"a_higher_minimum": {
			func(w *Workflow) { w.Gates[0].MinReviewSeconds = 120 }, "Gate g, minimum review time: 90 s → 120 s",
			false,
		},
		"no_minimum": {
			func(w *Workflow) { w.Gates[0].MinReviewSeconds = 0 }, "Gate g, minimum review time: 90 s → none",
			false,
		},
		"more_in_a_row": {
			func(w *Workflow) { w.Gates[0].MaxStreak = 1000 }, "Gate g, approvals in a row: 40 → 1000", false,
		},
		"more_agreement": {
			func(w *Workflow) { w.Gates[0].MaxAgreement = 1 }, "Gate g, highest agreement: 98 % → 100 %", false,
		},
		"two_eyes": {
			func(w *Workflow) { w.Gates[0].FourEyes = false }, "Gate g, four eyes: no longer asked for", false,
		},
		"an_officer_more": {func(w *Workflow) { w.Gates[0].Officers = []string{"ann", "bob", "svc"} }, `Gate g, officers: "svc" added`, false},
		"an_officer_less": {func(w *Workflow) { w.Gates[0].Officers = []string{"ann"} }, `Gate g, officers: "bob" removed`, false},
		"another_step":    {func(w *Workflow) { w.Gates[0].Decide = []string{"read"} }, `Gate g, deciding activities: "decide" removed; Gate g, deciding activities: "read" added`, false},
		"no_gate":         {func(w *Workflow) { w.Gates = nil }, "Gate g removed", false},
		"a_second_gate":   {func(w *Workflow) { w.Gates = append(w.Gates, Gate{Key: "h"}) }, "Gate h added", true},
		"another_kind":    {func(w *Workflow) { w.Roster[1].Kind = LoginOfficer }, `Roster, "svc": system account → officer account`, false},
		"an_account_less": {func(w *Workflow) { w.Roster = w.Roster[:1] }, `Roster, "svc" (system) removed`, false},
		"an_account_more": {
			func(w *Workflow) { w.Roster = append(w.Roster, Login{Account: "cat", Kind: LoginOfficer}) },
			`Roster, "cat" (officer) added`, false,
		},
		"a_first_name":      {func(w *Workflow) { w.Roster[0].Name = "Ann" }, `Roster, "ann": name "" → "Ann"`, true},
		"a_first_last_day":  {func(w *Workflow) { w.Roster[0].Until = "2026-03-31" }, `Roster, "ann": authority without a day → until 31 March 2026`, true},
		"an_activity_more":  {func(w *Workflow) { w.KSB.Activities = []string{"draft", "x"} }, `Declared activities: "x" added`, false},
		"first_tools":       {func(w *Workflow) { w.KSB.Tools = []string{"ocr"} }, `Declared tools: "ocr" added`, true},
		"first_sources":     {func(w *Workflow) { w.Account.DataSources = []string{"form"} }, `Declared data sources: "form" added`, true},
		"no_scope_any_more": {func(w *Workflow) { w.KSB.Activities = nil }, `Declared activities: "draft" removed`, false},
	} {
		t.Run(name, func(t *testing.T) {
			was, is := declared(), declared()
			c.edit(&is)
			if got := strings.Join(was.Declared().Changes(is.Declared()), "; "); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			if got := was.Declared().OnlyAdds(is.Declared()); got != c.onlyAdds {
				t.Errorf("only adds: %v", got)
			}
		})
	}
	t.Run("first_thresholds_and_mappings_only_add", func(t *testing.T) {
		was, is := declared(), declared()
		was.Gates = []Gate{{Key: "g", Officers: []string{"ann", "bob"}}}
		if !was.Declared().OnlyAdds(is.Declared()) {
			t.Error("they do not")
		}
		was.Roster, was.Gates[0].Officers = nil, nil
		if !was.Declared().OnlyAdds(is.Declared()) {
			t.Error("with first accounts they do not")
		}
		none := declared()
		none.Gates, none.KSB.Activities = nil, []string{"other"}
		if none.Declared().OnlyAdds(is.Declared()) {
			t.Error("with first gates another scope only adds")
		}
		was.Gates[0].Release = []string{"send"} // a release without a decision can be found already
		if was.Declared().OnlyAdds(is.Declared()) {
			t.Error("a mapping that was begun is completed")
		}
	})
}

// TestDeclare: which days each declaration holds for.
func TestDeclare(t *testing.T) {
	day := func(s string) time.Time { return civil.Date(s).Time().Add(9 * time.Hour) }
	w := declared()
	w.Declare(nil, Declaration{MadeAt: day("2026-01-10")}, false)
	next := func(was Workflow, on string, runs bool, effect []Effect, edit func(*Workflow)) Workflow {
		is := was
		is.Gates = slices.Clone(was.Gates)
		edit(&is)
		is.Declarations = []Declaration{{From: "1999-01-01"}} // what a caller sends is not believed
		is.Declare(&was, Declaration{MadeAt: day(on), Effect: effect}, runs)
		return is
	}
	min := func(s int) func(*Workflow) { return func(w *Workflow) { w.Gates[0].MinReviewSeconds = s } }

	before := next(w, "2026-01-12", false, nil, min(60))
	if len(before.Declarations) != 1 || before.Declarations[0].Gates[0].MinReviewSeconds != 60 {
		t.Errorf("before there are runs: %+v", before.Declarations)
	}
	a := next(before, "2026-03-01", true, []Effect{{Code: "OVR-06", Gone: 3}}, min(30))
	b := next(a, "2026-05-01", true, nil, min(45))
	for on, want := range map[civil.Date]int{
		"": 60, "2020-01-01": 60, "2026-02-28": 60, "2026-03-01": 30, "2026-04-30": 30, "2026-05-01": 45,
		"2030-01-01": 45,
	} {
		if got := b.On(on).Gates[0].MinReviewSeconds; got != want {
			t.Errorf("on %q: %d s, want %d", on, got, want)
		}
	}
	same := next(b, "2026-05-01", true, nil, min(50))
	if n := len(
		same.InForce(),
	); n != 3 || same.On("2026-05-01").Gates[0].MinReviewSeconds != 50 || len(same.Declarations) != 4 {
		t.Errorf("of two on one day the later holds: %d in force, %+v", n, same.Declarations)
	}
	none := next(b, "2026-06-01", true, nil, func(w *Workflow) { w.Gates[0].Title = "New" })
	if len(none.Declarations) != 3 || none.Declarations[2].Gates[0].Title != "New" ||
		b.Declarations[2].Gates[0].Title != "" {
		t.Errorf("a title is a declaration: %+v", none.Declarations)
	}
	// A first tool only adds: it holds for every day of the declaration before it.
	adds := next(
		b, "2026-06-01", true, []Effect{{Code: "TRN-02", New: 2}},
		func(w *Workflow) { w.KSB.Tools = []string{"ocr"} },
	)
	if last := adds.Declarations[3]; last.From != "2026-05-01" || len(adds.InForce()) != 3 {
		t.Errorf("%+v", last)
	}
	gone := next(b, "2026-06-01", true, nil, func(w *Workflow) { w.Gates = nil })
	if g := gone.EveryGate(); len(g) != 1 || g[0].MinReviewSeconds != 45 {
		t.Errorf("runs are held to %+v", g)
	}
}

// TestDeclare_onOneDay: no change on the day of the first declaration takes the
// runs before that day from it, however the first came to be.
func TestDeclare_onOneDay(t *testing.T) {
	const today = civil.Date("2026-11-28")
	change := func(was Workflow, runs bool, edit func(*Workflow)) Workflow {
		is := was
		is.Gates = slices.Clone(was.Gates)
		edit(&is)
		is.Declare(&was, Declaration{From: today, MadeAt: today.Time().Add(9 * time.Hour)}, runs)
		return is
	}
	first := declared()
	first.Declare(nil, Declaration{From: today, MadeAt: today.Time().Add(8 * time.Hour)}, false)
	streak := func(w *Workflow) { w.Gates[0].MaxStreak = 39 }
	tools := func(w *Workflow) { w.KSB.Tools = []string{"ocr"} }
	dated := func(w Workflow) Workflow { // as registers were written
		w.Declarations = slices.Clone(w.Declarations)
		w.Declarations[0].From = today
		return w
	}
	for name, was := range map[string]Workflow{
		"new":                            first,
		"changed_before_runs":            change(first, false, streak),
		"changed_twice_before_runs":      change(change(first, false, streak), false, tools),
		"added_to":                       change(first, true, tools),
		"changed_before_runs_added_to":   change(change(first, false, streak), true, tools),
		"written_with_its_day":           dated(change(first, false, streak)),
		"written_with_its_day_and_added": change(dated(first), true, tools),
	} {
		t.Run(name, func(t *testing.T) {
			want := was.Declared()
			is := change(was, true, func(w *Workflow) { w.Gates[0].MinReviewSeconds = 15 })
			is = change(is, true, func(w *Workflow) { w.Gates = nil })
			if d := is.Declarations[0]; d.From != "" || len(is.Declarations) != len(was.Declarations)+2 {
				t.Errorf("%d declarations, the first from %q", len(is.Declarations), d.From)
			}
			for _, w := range []Workflow{is, dated(is)} {
				if held := w.InForce(); len(held) != 2 || held[0].From != "" || held[1].From != today {
					t.Errorf("in force: %+v", held)
				}
				for _, day := range []civil.Date{"", "2026-06-01", "2026-11-27"} {
					if got := w.On(day).Declared().Changes(want); len(got) > 0 {
						t.Errorf("on %q it is held to something else: %q", day, got)
					}
				}
				if n := len(w.On(today).Gates); n != 0 {
					t.Errorf("%d gates today", n)
				}
				if g := w.EveryGate(); len(g) != 1 || g[0].MinReviewSeconds != 90 {
					t.Errorf("runs are held to %+v", g)
				}
			}
		})
	}
}

func TestCheckReason(t *testing.T) {
	for _, why := range []string{"", "x", "wrong", "             wrong             ", "agreedagreedagreedagreed"} {
		testkit.WantFault(t, CheckReason(why), fault.CodeInvalid)
	}
	if err := CheckReason("The platform measures from another event now."); err != nil {
		t.Error(err)
	}
}

// TestFloors: each kind of work has a floor below what its template suggests.
func TestFloors(t *testing.T) {
	for _, tm := range Templates() {
		w := tm.Begin()
		f := w.FloorOf()
		if f.Kind != tm.ID || len(f.Why) < 40 {
			t.Errorf("%s has the floor %+v", tm.ID, f)
		}
		for _, g := range w.Gates {
			if g.MinReviewSeconds < f.MinReviewSeconds || g.MaxStreak > f.MaxStreak || g.MaxAgreement > f.MaxAgreement {
				t.Errorf("%s suggests %+v below its floor %+v", tm.ID, g, f)
			}
		}
	}
	if f := (&Workflow{Template: "none of these"}).FloorOf(); f.Kind != "" || f.MinReviewSeconds <= 1 {
		t.Errorf("%+v", f)
	}
}
