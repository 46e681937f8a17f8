package runlog

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const perCase = "assay_mapping: 1\nrows: run\nzone: Europe/London\nfields: {run_id: Ref, presented: Ready, decided: " +
	"Decided, account: By, decision: Result}\nconstants: {gate: g}\n"

// read reads a table by a mapping, and gives what it says and what was said of it.
func askedOf(t *testing.T, in, mapping string) (runs []string, words string) {
	t.Helper()
	recs, res, err := readAll(t, strings.NewReader(in), Options{Mapping: parsed(t, mapping)})
	for _, n := range res.Notes {
		words += n.Reason
	}
	if err != nil {
		return nil, words + err.Error()
	}
	for _, r := range recs {
		for _, d := range r.Decisions {
			runs = append(runs, fmt.Sprintf("%s %s by %s %s %s %s", r.RunID, d.Code, d.Account,
				d.Presented.Format("2 Jan 15:04"), d.Decided.Format("2 Jan 15:04"), d.Precision))
		}
	}
	return runs, words
}

// Days that a program wrote as times are asked about, and read as what they are.
func TestMidnight(t *testing.T) {
	rows := func(form string, of ...string) string {
		in := "Ref,Ready,Decided,By,Result\n"
		for i := range of {
			in += fmt.Sprintf("A%d,%s,%s,j.shaw,approved\n", i+1, form, of[i])
		}
		return in
	}
	const ask = "are exactly midnight"
	for name, c := range map[string]struct {
		in, more, words string
		want            []string
	}{
		"SQL": {
			rows("2026-04-13 00:00:00", "2026-04-13 00:00:00", "2026-04-14 00:00:00"), "", ask, nil,
		},
		"ISO": {
			rows("2026-04-13T00:00:00Z", "2026-04-13T00:00:00Z", "2026-04-14T00:00:00Z"), "", ask, nil,
		},
		"the zone's midnight": {
			rows("2026-04-12T23:00:00Z", "2026-04-12T23:00:00Z", "2026-04-13T23:00:00Z"), "", ask, nil,
		},
		"with an offset": {
			rows("2026-04-13T00:00:00+01:00", "2026-04-13T00:00:00+01:00", "2026-04-14T00:00:00+01:00"), "", ask, nil,
		},
		"a form of its own": {
			rows("13/04/2026 00:00", "13/04/2026 00:00", "14/04/2026 00:00"),
			"time_layouts: [\"DD/MM/YYYY hh:mm\"]\n", ask, nil,
		},
		"twelve hours": {
			rows("13/04/2026 12:00 AM", "13/04/2026 12:00 AM", "14/04/2026 12:00 AM"),
			"time_layouts: [\"DD/MM/YYYY hh:mm AM\"]\n", ask, nil,
		},
		"one of two, at the midnight that it was ready at": {
			rows("2026-04-13 00:00", "2026-04-13 09:30", "2026-04-13 00:00"), "", ask, nil,
		},
		"answered: days": {
			rows("2026-04-13 00:00:00", "2026-04-13 00:00:00", "2026-04-14 09:30:00"), "midnight: days\n", "",
			[]string{
				"A1 approved by j.shaw 13 Apr 00:00 13 Apr 00:00 day",
				"A2 approved by j.shaw 13 Apr 00:00 14 Apr 08:30 day",
			},
		},
		"answered: times": {
			rows("2026-04-13 00:00:00", "2026-04-13 00:00:00"), "midnight: times\n", "",
			[]string{"A1 approved by j.shaw 12 Apr 23:00 12 Apr 23:00 "},
		},
		"one midnight among times": {
			rows("2026-04-13 09:00", "2026-04-14 00:00", "2026-04-14 09:30", "2026-04-14 10:30"), "", "",
			[]string{
				"A1 approved by j.shaw 13 Apr 08:00 13 Apr 23:00 minute",
				"A2 approved by j.shaw 13 Apr 08:00 14 Apr 08:30 minute",
				"A3 approved by j.shaw 13 Apr 08:00 14 Apr 09:30 minute",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, words := askedOf(t, c.in, perCase+c.more)
			if !strings.Contains(words, c.words) || c.words == "" && words != "" || !slices.Equal(got, c.want) {
				t.Errorf("%q, %s", got, words)
			}
		})
	}
}

// The mapping that is suggested for such a file says that they are days.
func TestMidnight_suggested(t *testing.T) {
	for form, want := range map[string]string{
		"2026-04-1%d 00:00:00": "days", "1%d/04/2026 00:00": "days", "2026-04-1%dT00:00:00Z": "days",
		"2026-04-1%d 09:30:00": "", "2026-04-1%d": "",
	} {
		in := "Case,Decided\n"
		for i := range 4 {
			in += fmt.Sprintf("A%d,"+form+"\n", i, i)
		}
		x, err := Look(t.Context(), strings.NewReader(in), Options{Name: "a.csv"})
		if m := Suggest(x, nil, nil).Mapping; err != nil || m.Midnight != want {
			t.Errorf("%s: %+v, %v", form, m, err)
		}
	}
}

// What a program made of an identifier, and what is no single account, is asked about.
func TestBrokenValues(t *testing.T) {
	table := func(id, by string) string {
		return "Ref,Ready,Decided,By,Result\n" + id + ",2026-04-13 09:00,2026-04-13 09:30,\"" + by + "\",approved\n"
	}
	for name, c := range map[string]struct{ in, more, words, want string }{
		"a day of the month":  {table("26-Jan", "j.shaw"), "", "is a date or time", ""},
		"a month of the year": {table("Jan-26", "j.shaw"), "", "is a date or time", ""},
		"an id that looks so": {table("26-January-7", "j.shaw"), "", "", "26-January-7 approved by j.shaw"},
		"a list of one":       {table("A1", `[""j.shaw""]`), "", "", "A1 approved by j.shaw"},
		"a list of two":       {table("A1", `[""j.shaw"",""r.bose""]`), "", "holds 2 accounts (j.shaw, r.bose)", ""},
		"a list of two, named": {
			table("A1", `[""j.shaw"",""r.bose""]`), "lists: {account: \",\"}\n", "", "A1 approved by j.shaw",
		},
		"an object":           {table("A1", `{""id"":7,""name"":""j.shaw""}`), "", "(fields: {account: By.id})", ""},
		"a bracket in a name": {table("A1", `[external] j.shaw`), "", "", "A1 approved by [external] j.shaw"},
	} {
		t.Run(name, func(t *testing.T) {
			got, words := askedOf(t, c.in, perCase+c.more)
			if !strings.Contains(words, c.words) || c.words == "" && words != "" ||
				!strings.HasPrefix(strings.Join(got, "; "), c.want) || (c.want == "") != (got == nil) {
				t.Errorf("%q, %s", got, words)
			}
		})
	}
}

// A table that was joined with another says one decision in several rows.
func TestRepeatedRows(t *testing.T) {
	in := "Ref,Ready,Decided,By,Result,Letter\nA1,2026-04-13 09:00,2026-04-13 09:30,j.shaw,approved,1\n" +
		"A1,2026-04-13 09:00,2026-04-13 09:30,j.shaw,approved,2\n" +
		"A1,2026-04-13 09:00,2026-04-13 09:30,j.shaw,approved,2\n"
	recs, res, err := readAll(t, strings.NewReader(in), Options{Mapping: parsed(t, perCase)})
	if err != nil || len(recs) != 1 || len(recs[0].Decisions) != 1 || res.Totals.Repeated != 2 ||
		res.Totals.Used != 1 ||
		len(res.Notes) != 1 ||
		!strings.Contains(res.Notes[0].Reason, "differs in others alone") {
		t.Errorf("%+v, %+v, %v", recs, res, err)
	}
	two := strings.Replace(
		in,
		"A1,2026-04-13 09:00,2026-04-13 09:30,j.shaw,approved,2",
		"A1,2026-04-13 08:00,2026-04-13 09:30,j.shaw,approved,2",
		1,
	)
	recs, res, err = readAll(t, strings.NewReader(two), Options{Mapping: parsed(t, perCase)})
	if err != nil || len(recs) != 1 || len(recs[0].Decisions) != 2 ||
		!slices.ContainsFunc(res.Notes, func(n Refusal) bool { return strings.Contains(n.Reason, "counted as two") }) {
		t.Errorf("%+v, %+v, %v", recs, res.Notes, err)
	}
}

// What is said of a run does not depend on the order of its records: the later of two
// values stands, and two of one time are asked about.
func TestRunFields(t *testing.T) {
	mapping := parsed(
		t,
		"assay_mapping: 1\nzone: UTC\nfields: {run_id: Ref, activity: Step, ended: At, outcome: Outcome, "+
			"model_version: Model, run_started: Received}\n",
	)
	rows := []string{
		"A1,draft,2026-04-13 09:00,,m-1,2026-04-12 10:00", "A1,check,2026-04-13 10:00,open,m-1,2026-04-12 09:00",
		"A1,decide,2026-04-13 11:00,granted,,2026-04-12 11:00", "A1,send,2026-04-13 12:00,,m-2,",
		"A1,close,2026-04-13 13:00,granted,m-2,",
	}
	r := rand.New(rand.NewPCG(1, 2))
	var want []string
	for range 40 {
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		in := "Ref,Step,At,Outcome,Model,Received\n" + strings.Join(rows, "\n") + "\n"
		recs, res, err := readAll(t, strings.NewReader(in), Options{Mapping: mapping})
		if err != nil || len(recs) != 1 {
			t.Fatalf("%v, %v", recs, err)
		}
		got := []string{recs[0].Outcome, recs[0].ModelVersion, recs[0].Started.String(), recs[0].Ended.String()}
		for _, n := range res.Notes {
			reason, _, _ := strings.Cut(n.Reason, " (2 times)")
			got = append(got, reason)
		}
		slices.Sort(got)
		if want == nil {
			want = got
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%s: %s", in, d)
		}
	}
	if s := strings.Join(want, "; "); !strings.Contains(s, "granted") || !strings.Contains(s, "m-2") ||
		!strings.Contains(s, "several values of outcome") || !strings.Contains(s, "2026-04-12 09:00") {
		t.Error(s)
	}
	_, _, err := readAll(
		t,
		strings.NewReader("Ref,Step,At,Outcome,Model,Received\nA1,draft,2026-04-13 09:00,granted,,\n"+
			"A1,check,2026-04-13 09:00,denied,,\n"),
		Options{Mapping: mapping},
	)
	if err == nil || !strings.Contains(err.Error(), "two values of outcome at one time") {
		t.Error(err)
	}
}
