package runlog

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/run"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// The ways in which logs that people really have are not as a format's author
// thought: each kind is read right, or refused with the question. The files are
// made up; their shapes were met.

// said is what a file says, in short: of each run its steps and decisions.
func said(recs []run.Record) []string {
	var out []string
	for _, r := range recs {
		var parts []string
		for _, s := range r.Steps {
			p := s.Name
			if s.Actor != "" {
				p += " by " + s.Actor
			}
			if s.Act != "" {
				p += " (" + string(s.Act) + ")"
			}
			parts = append(parts, p)
		}
		for _, d := range r.Decisions {
			p := string(d.Code) + " by " + d.Account
			if !d.Decided.IsZero() {
				p += " " + when(d.Decided.Format("2 Jan 15:04:05"), d.Precision)
			}
			if !d.Presented.IsZero() {
				p += " asked " + when(d.Presented.Format("2 Jan 15:04:05"), d.Precision)
			}
			if !d.Opened.IsZero() {
				p += " opened " + d.Opened.Format("15:04:05")
			}
			if d.Reason != "" {
				p += ": " + d.Reason
			}
			parts = append(parts, p)
		}
		out = append(out, r.RunID+": "+strings.Join(parts, ", "))
	}
	return out
}

func when(t string, p run.Precision) string {
	switch p {
	case run.ToDay:
		return strings.TrimSuffix(t, " 00:00:00")
	case run.ToMinute:
		return strings.TrimSuffix(t, ":00")
	}
	return t
}

const perRun = `assay_mapping: 1
rows: run
zone: Europe/London
time_layouts: ["DD/MM/YYYY hh:mm", "DD/MM/YYYY"]
fields: {run_id: Ref, decided: Decided, account: By, decision: Outcome}
constants: {gate: g}
decisions: {rejected: [Refused], referred_back: [Referred back]}
`

const perEvent = `assay_mapping: 1
zone: Europe/London
time_layouts: ["DD/MM/YYYY hh:mm"]
fields: {run_id: Ref, activity: Step, ended: When, actor: Who, decision: Decision}
constants: {gate: g}
`

func TestKinds_tables(t *testing.T) {
	for name, c := range map[string]struct {
		file, mapping string
		want          []string
		totals        Totals
		words         string // of a refusal, or of a remark
	}{
		"days": {
			"Ref,Decided,By,Outcome\nA,07/04/2026,ann,Approved\nB,25/04/2026,bob,Refused\n", perRun,
			[]string{"A: approved by ann 7 Apr", "B: rejected by bob 25 Apr"}, Totals{Records: 2, Used: 2}, ""},
		"days in words": {
			"Ref,Decided,By,Outcome\nA,14-May-12,ann,Approved\nB,4-Jun-12,bob,Refused\n",
			strings.Replace(perRun, `"DD/MM/YYYY hh:mm", "DD/MM/YYYY"`, `"D-MMM-YY"`, 1),
			[]string{"A: approved by ann 14 May", "B: rejected by bob 4 Jun"}, Totals{Records: 2, Used: 2}, ""},
		"a case decided twice": {
			"Ref,Decided,By,Outcome\nA,13/04/2026 10:00,ann,Referred back\nB,13/04/2026 " +
				"11:00,ann,Approved\nA,14/04/2026 09:00,bob,Refused\n", perRun,
			[]string{
				"A: referred_back by ann 13 Apr 09:00, rejected by bob 14 Apr 08:00",
				"B: approved by ann 13 Apr 10:00",
			}, Totals{Records: 3, Used: 3}, ""},
		"an equal row": {
			"Ref,Decided,By,Outcome\nA,13/04/2026 10:00,ann,Approved\nA,13/04/2026 10:00,ann,Approved\n", perRun,
			[]string{"A: approved by ann 13 Apr 09:00"}, Totals{Records: 2, Used: 1, Repeated: 1}, ""},
		"a rare word": {
			"Ref,Decided,By,Outcome\n" + strings.Repeat("A,13/04/2026 10:00,ann,Approved\n", 300) +
				"B,13/04/2026 10:00,ann,Overruled by manager\n", perRun,
			nil, Totals{}, `"Overruled by manager" is not explained`},
		"rows of separators": {
			"Ref,Decided,By,Outcome\n,,,\nA,13/04/2026 10:00,ann,Approved\n,,,\n , ,,\n", perRun,
			[]string{"A: approved by ann 13 Apr 09:00"}, Totals{Records: 1, Used: 1}, ""},
		"a total that nobody explained": {
			"Ref,Decided,By,Outcome\nA,13/04/2026 10:00,ann,Approved\n,,Total,1\n", perRun, nil, Totals{}, "leave_out"},
		"title rows, and a total that is left out by name": {
			"Decisions in April,,,\n\nRef,Decided,By,Outcome\nA,13/04/2026 10:00,ann,Approved\n,,Total,1\n",
			perRun + "header_row: 3\nleave_out: [{name: totals, when: [{column: By, is: [total]}, {column: Ref, " +
				"present: false}]}]\n",
			[]string{"A: approved by ann 13 Apr 09:00"},
			Totals{Records: 2, Used: 1, LeftAside: []Count{{Name: "totals", Events: 1}}}, ""},
		"runs that a rule takes away": {
			"Ref,Decided,By,Outcome,Kind\nA,13/04/2026 10:00,ann,Approved,\nB,13/04/2026 10:00,bob,Approved,test\n" +
				"A,14/04/2026 10:00,ann,Approved,test\nC,13/04/2026 10:00,bob,Refused,test\n" +
				"C,14/04/2026 10:00,bob,Refused,test\nTotal,,,,\n",
			perRun + "leave_out: [{name: tests, when: [{column: Kind, is: [test]}]}, {name: totals, when: [{column: " +
				"Ref, is: [Total]}]}]\n",
			[]string{"A: approved by ann 13 Apr 09:00"},
			Totals{Records: 6, Used: 1, LeftAside: []Count{
				{Name: "tests", Events: 4, Runs: 2}, {Name: "totals", Events: 1},
			}}, ""},
		"the separator in a line of its own": {
			"sep=;\r\nRef;Decided;By;Outcome\r\nA;13/04/2026 10:00;ann;Approved\r\n", perRun,
			[]string{"A: approved by ann 13 Apr 09:00"}, Totals{Records: 1, Used: 1}, ""},
		"identifiers that were rounded": {
			"Ref,Decided,By,Outcome\n2.02604E+11,13/04/2026 10:00,ann,Approved\n", perRun, nil, Totals{},
			"rounded by a spreadsheet program"},
		"placeholders": {
			"Ref,Decided,By,Outcome\nA,13/04/2026 10:00,None,Approved\nB,13/04/2026 " +
				"10:00,#N/A,Approved\nC,13/04/2026 10:00,-,Approved\n", perRun,
			[]string{"A: approved by  13 Apr 09:00", "B: approved by  13 Apr 09:00", "C: approved by  13 Apr 09:00"},
			Totals{Records: 3, Used: 3}, `"None" in account was read as no value`},
		"a placeholder that is a value": {
			"Ref,Decided,By,Outcome\nA,13/04/2026 10:00,None,Approved\n", perRun + "nothing: []\n",
			[]string{"A: approved by None 13 Apr 09:00"}, Totals{Records: 1, Used: 1}, ""},
		"months and days in turn": {
			"Ref,Decided,By,Outcome\nA,13/04/2026 10:00,ann,Approved\nB,04/14/2026 10:00,ann,Approved\n",
			strings.Replace(perRun, `"DD/MM/YYYY"`, `"MM/DD/YYYY hh:mm"`, 1), nil, Totals{},
			"days first (13/04/2026 10:00) and months first (04/14/2026 10:00)"},
		"no day above 12": {
			"Ref,Decided,By,Outcome\nA,07/04/2026 10:00,ann,Approved\n", perRun,
			[]string{"A: approved by ann 7 Apr 09:00"}, Totals{Records: 1, Used: 1}, "no day is above 12"},
		"twelve hours": {
			"Ref,Decided,By,Outcome\nA,13/4/2026 2:05 PM,ann,Approved\nB,13/4/2026 12:10 am,ann,Approved\n",
			strings.Replace(perRun, `"DD/MM/YYYY hh:mm", "DD/MM/YYYY"`, `"D/M/YYYY h:mm AM"`, 1),
			[]string{"A: approved by ann 13 Apr 13:05", "B: approved by ann 12 Apr 23:10"}, Totals{Records: 2, Used: 2},
			""},
		"a time without its hour": {
			"Ref,Decided,By,Outcome\nA,26:18.7,ann,Approved\n", perRun, nil, Totals{}, `"26:18.7" is not a time`},
		"a day and its time, and a number in two parts": {
			"Year,No,Day,At,By,Outcome\n2026,17,13/04/2026,10:00,ann,Approved\n2026,18,14/04/2026,,bob,Approved\n",
			strings.NewReplacer("run_id: Ref", "run_id: Ref no", "decided: Decided", "decided: Moment").Replace(
				perRun,
			) +
				"joins: {Moment: {columns: [Day, At]}, Ref no: {columns: [Year, No], with: /}}\n",
			[]string{"2026/17: approved by ann 13 Apr 09:00", "2026/18: approved by bob 14 Apr"},
			Totals{Records: 2, Used: 2}, ""},
		"two checks in a row": {
			"Ref,Drafted,Draft by,First,First by,First says,Second,Second by,Second says,Why\nA,13/04/2026 " +
				"09:00,ann,13/04/2026 10:00,bob,Approve,13/04/2026 11:00,ann,Refuse,late\nB,13/04/2026 " +
				"09:00,bob,13/04/2026 10:00,ann,Refuse,,,,\n",
			`assay_mapping: 1
rows: run
zone: UTC
time_layouts: ["DD/MM/YYYY hh:mm"]
fields: {run_id: Ref}
events:
  - {activity: Draft, ended: Drafted, actor: Draft by, gate: g, act: prepare}
  - {activity: First check, ended: First, actor: First by, decision: First says, gate: g, act: decide}
  - {activity: Second check, ended: Second, actor: Second by, decision: Second says, reason: Why, gate: g, act: decide}
decisions: {approved: [Approve], rejected: [Refuse]}
`,
			[]string{
				"A: Draft by ann (prepare), First check by bob (decide), Second check by ann (decide), approved " +
					"by bob 13 Apr 10:00, rejected by ann 13 Apr 11:00: late",
				"B: Draft by bob (prepare), First check by ann (decide), rejected by ann 13 Apr 10:00"},
			Totals{Records: 2, Used: 2}, ""},
		"several officers in a cell": {
			"Ref,Decided,By,Outcome\nA,13/04/2026 10:00,ann; bob,Approved\n", perRun + "lists: {account: \";\"}\n",
			[]string{"A: approved by ann 13 Apr 09:00, approved by bob 13 Apr 09:00"}, Totals{Records: 1, Used: 1}, ""},
		"a name and a role in a cell": {
			"Ref,Decided,By,Outcome\nA,13/04/2026 10:00,Approved by: Jane S. (Planning),Approved\n",
			perRun + "splits: {account: '^Approved by: (?P<account>.+) \\((?P<role>.+)\\)$'}\n",
			[]string{"A: approved by Jane S. 13 Apr 09:00"}, Totals{Records: 1, Used: 1}, ""},
		"a cell that is not of the form": {
			"Ref,Decided,By,Outcome\nA,13/04/2026 10:00,Jane S.,Approved\n",
			perRun + "splits: {account: '^Approved by: (?P<account>.+) \\((?P<role>.+)\\)$'}\n", nil, Totals{},
			"not of the form"},
		"an outcome that only the mapping says": {
			"Ref,Step,When,Who,Decision\nA,Decide,13/04/2026 10:00,ann,\nB,Decide,13/04/2026 10:00,ann,rejected\n",
			perEvent + "activities: {Decide: {gate: g, act: decide, code: approved}}\n",
			[]string{
				"A: Decide by ann (decide), approved by ann 13 Apr 09:00",
				"B: Decide by ann (decide), rejected by ann 13 Apr 09:00",
			}, Totals{Records: 2, Used: 2},
			`"Decide" was read as approved because the mapping says so (1 times)`},
		"an outcome that travels with the case": {
			"Ref,Step,When,Who,Decision\nA,Draft,13/04/2026 09:00,ann,approved\nA,Decide,13/04/2026 " +
				"10:00,bob,approved\nA,Send,13/04/2026 11:00,svc,approved\n",
			perEvent + "activities: {Draft: {gate: g, act: prepare}, Decide: {gate: g, act: decide}, " +
				"Send: {gate: g, act: release}}\n",
			[]string{
				"A: Draft by ann (prepare), Decide by bob (decide), Send by svc (release), approved by bob 13 " +
					"Apr 09:00",
			}, Totals{Records: 3, Used: 3}, `"Send" holds an outcome (approved) too`},
		"activities in other spellings": {
			"Ref,Step,When,Who,Decision\nA,DECIDE,13/04/2026 10:00,ann,approved\nA, Ｓｅｎｄ  letter,13/04/2026 " +
				"11:00,svc,\n",
			perEvent + "activities: {Decide: {gate: g, act: decide}, Send letter: {gate: g, act: release}}\n",
			[]string{"A: DECIDE by ann (decide), Ｓｅｎｄ  letter by svc (release), approved by ann 13 Apr 09:00"},
			Totals{Records: 2, Used: 2}, `"DECIDE" was read as "Decide"`},
		"decided, and not said what": {
			"Ref,Decided,By,Outcome\nA,13/04/2026 10:00,ann,\nB,13/04/2026 10:00,ann,n/a\n", perRun,
			[]string{
				"A: Decision, its outcome not said by ann (decide)", "B: Decision, its outcome not said by ann " +
					"(decide)",
			}, Totals{Records: 2, Used: 2}, "when it was decided and not what (decision: Outcome)"},
		"given to an officer, and open": {
			"Ref,Decided,By,Outcome,Got\nA,,ann,,13/04/2026 10:00\n",
			strings.Replace(perRun, "run_id: Ref", "run_id: Ref, run_started: Got", 1),
			[]string{"A: "}, Totals{Records: 1, Used: 1}, "read as not decided yet"},
		"asked, and not answered yet": {
			"Ref,Ready,Decided,By,Outcome\nA,13/04/2026 10:00,,,\nB,13/04/2026 10:00,13/04/2026 11:00,ann,Approved\n",
			strings.Replace(perRun, "run_id: Ref", "run_id: Ref, presented: Ready", 1),
			[]string{"A: Decision [asked]", "B: approved by ann 13 Apr 10:00 asked 13 Apr 09:00"},
			Totals{Records: 2, Used: 2}, ""},
		"how long it took": {
			"Ref,Decided,By,Outcome,Took\nA,13/04/2026 10:00,ann,Approved,00:05:00\nB,13/04/2026 10:00,ann," +
				"Approved,PT1H30M\n" +
				"C,13/04/2026 10:00,ann,Approved,2 min 30 s\nD,13/04/2026 10:00,ann,Approved,0 days 00:00:45\n" +
				"E,13/04/2026 10:00,ann,Approved,\nF,13/04/2026,ann,Approved,00:05:00\nG,13/04/2026 10:00,ann," +
				"Approved,-\n",
			strings.Replace(perRun, "run_id: Ref", "run_id: Ref, time_taken: Took", 1),
			[]string{
				"A: approved by ann 13 Apr 09:00 opened 08:55:00", "B: approved by ann 13 Apr 09:00 opened 07:30:00",
				"C: approved by ann 13 Apr 09:00 opened 08:57:30", "D: approved by ann 13 Apr 09:00 opened 08:59:15",
				"E: approved by ann 13 Apr 09:00", "F: approved by ann 13 Apr", "G: approved by ann 13 Apr 09:00",
			}, Totals{Records: 7, Used: 7}, "known to the day only"},
		"how long it took, as a bare number": {
			"Ref,Decided,By,Outcome,Took\nA,13/04/2026 10:00,ann,Approved,2.5\n",
			strings.Replace(perRun, "run_id: Ref", "run_id: Ref, time_taken: Took", 1) + "taken_in: minutes\n",
			[]string{"A: approved by ann 13 Apr 09:00 opened 08:57:30"}, Totals{Records: 1, Used: 1}, ""},
		"how long it took, and nobody says in what": {
			"Ref,Decided,By,Outcome,Took\nA,13/04/2026 10:00,ann,Approved,45\n",
			strings.Replace(perRun, "run_id: Ref", "run_id: Ref, time_taken: Took", 1), nil, Totals{}, "45 of what?"},
		"how long it took, with its minutes or hours missing": {
			"Ref,Decided,By,Outcome,Took\nA,13/04/2026 10:00,ann,Approved,26:18.7\n",
			strings.Replace(perRun, "run_id: Ref", "run_id: Ref, time_taken: Took", 1), nil, Totals{},
			`"26:18.7" is no length of time`},
		"American times beside days that prove nothing": {
			"Ref,Decided,By,Outcome,Took\nA,04/05/2026 10:00,ann,Approved,12:05:00 AM\n", perRun, nil, Totals{},
			`"12:05:00 AM" in the same file`},
		"American times, and somebody has looked": {
			"Ref,Decided,By,Outcome,Took\nA,04/05/2026 10:00,ann,Approved,12:05:00 AM\n", perRun + "day_order: day\n",
			[]string{"A: approved by ann 4 May 09:00"}, Totals{Records: 1, Used: 1}, ""},
		"another column has months first": {
			"Ref,Got,Decided,By,Outcome\nA,04/13/2026 10:00,04/05/2026 10:00,ann,Approved\n",
			strings.NewReplacer("run_id: Ref", "run_id: Ref, run_started: Got", `"DD/MM/YYYY"`, `"MM/DD/YYYY hh:mm"`).
				Replace(perRun), nil, Totals{}, `the column "Got" of the same file has them the other way round`},
		"an activity that the mapping misspells": {
			"Ref,Step,When,Who,Decision\nA,Decide,13/04/2026 10:00,ann,approved\n",
			perEvent + "activities: {Decides: {gate: g, act: decide}}\n",
			[]string{"A: Decide by ann, approved by ann 13 Apr 09:00"}, Totals{Records: 1, Used: 1},
			"activities: Decides"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := ParseMapping([]byte(c.mapping))
			if err != nil {
				t.Fatal(err)
			}
			recs, res, err := readAll(t, strings.NewReader(c.file), Options{Mapping: m})
			if c.want == nil {
				if err == nil || !strings.Contains(err.Error(), c.words) {
					t.Fatalf("%v: want %q", err, c.words)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, said(recs)) + cmp.Diff(c.totals, res.Totals); d != "" {
				t.Error(d)
			}
			remarks := strings.Join(res.Unmatched, "\n")
			for _, n := range res.Notes {
				remarks += "\n" + n.Reason
			}
			if !strings.Contains(remarks, c.words) {
				t.Errorf("%q is not said: %s", c.words, remarks)
			}
		})
	}
}

// One letter decides for the whole file, however late it stands.
func TestKinds_encoding(t *testing.T) {
	rows := "Ref,Decided,By,Outcome,Note\n" + strings.Repeat("A,13/04/2026 10:00,ann,Approved,nothing to note\n", 3000)
	m, err := ParseMapping([]byte(perRun + "privacy: {shorten: {reason: 400}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	m.Fields["reason"] = "Note"
	recs, res, err := readAll(
		t, bytes.NewReader([]byte(rows+"B,13/04/2026 10:00,bob,Approved,caf\xe9\n")), Options{Mapping: m},
	)
	if err != nil || res.Encoding != Windows1252 || recs[1].Decisions[0].Reason != "café" || res.Totals.Used != 2 {
		t.Errorf("%+v %v", res.Totals, err)
	}
	_, _, err = readAll(
		t,
		bytes.NewReader([]byte(rows+"B,13/04/2026 10:00,bob,Approved,caf\xe9\nC,13/04/2026 10:00,bob,Approved,café\n")),
		Options{Mapping: m},
	)
	if err == nil || !strings.Contains(err.Error(), "two encodings") {
		t.Error(err)
	}
	_, _, err = readAll(
		t, strings.NewReader("Ref,Decided,By,Outcome,Note\nA,13/04/2026 10:00,j\xe4n,Approved,\n"+
			"B,13/04/2026 10:00,jän,Approved,\n"+rows[28:]), Options{Mapping: m},
	)
	if err == nil || !strings.Contains(err.Error(), "two encodings") {
		t.Error("both at the beginning:", err)
	}
	_, _, err = readAll(
		t, io.MultiReader(strings.NewReader(rows), strings.NewReader("B,13/04/2026 10:00,bob,Approved,caf\xe9\n")),
		Options{Mapping: m, MaxTornShare: 0.5},
	)
	if err == nil || !strings.Contains(err.Error(), "One file has one encoding") {
		t.Error("of a stream:", err)
	}
}

// Nought is nought, and a tolerance is for damage alone.
func TestKinds_tolerance(t *testing.T) {
	good := strings.Repeat(`{"run_id":"%d","started":"2026-06-01T09:00:00Z"}`+"\n", 199)
	var args []any
	for i := range 199 {
		args = append(args, i)
	}
	good = fmt.Sprintf(good, args...)
	torn := good + `{"run_id":"x","started":"2026-0` + "\n" + `{"run_id":"y","started":"2026-06-01T09:00:00Z"}` + "\n"
	unexplained := good + `{"run_id":"x","strated":"2026-06-01T09:00:00Z"}` + "\n"
	for _, c := range []struct {
		file  string
		share float64
		words string
	}{
		{torn, 0, "more than the 0% that may be"},
		{torn, 0.01, ""},
		{torn, 0.001, "more than the 0.1% that may be"},
		{unexplained, 0.5, "for what nobody explained"},
	} {
		_, res, err := readAll(t, strings.NewReader(c.file), Options{MaxTornShare: c.share})
		if (err == nil) != (c.words == "") || err != nil && !strings.Contains(err.Error(), c.words) {
			t.Errorf("%g: %v, want %q", c.share, err, c.words)
		}
		if res.Totals.Refused != 1 || !res.Totals.add() {
			t.Errorf("%+v", res.Totals)
		}
	}
}

// Workbooks as people keep them.
func TestKinds_workbooks(t *testing.T) {
	style := func(f *excelize.File, format string) int {
		s, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	book := func(fill func(f *excelize.File)) []byte {
		f := excelize.NewFile()
		defer f.Close()
		fill(f)
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	set := func(f *excelize.File, sheet, at string, v any, style int) {
		if err := f.SetCellValue(sheet, at, v); err != nil {
			t.Fatal(err)
		}
		if style > 0 {
			f.SetCellStyle(sheet, at, at, style)
		}
	}
	heads := func(f *excelize.File, sheet string, row int) {
		for i, h := range []string{"Ref", "Decided", "By", "Outcome", "Took"} {
			set(f, sheet, fmt.Sprintf("%c%d", 'A'+i, row), h, 0)
		}
	}
	m := strings.Replace(perRun, `time_layouts: ["DD/MM/YYYY hh:mm", "DD/MM/YYYY"]`+"\n", "", 1)
	for name, c := range map[string]struct {
		fill    func(f *excelize.File)
		mapping string
		want    []string
		words   string
	}{
		"a day is a day": {func(f *excelize.File) {
			heads(f, "Sheet1", 1)
			day := style(f, "dd/mm/yyyy")
			for i, v := range []any{"A", 46119, "ann", "Approved"} {
				set(f, "Sheet1", fmt.Sprintf("%c2", 'A'+i), v, map[bool]int{true: day}[i == 1])
			}
		}, m, []string{"A: approved by ann 7 Apr"}, ""},
		"a duration is no day": {func(f *excelize.File) {
			heads(f, "Sheet1", 1)
			day, took := style(f, "dd/mm/yyyy hh:mm"), style(f, "[h]:mm:ss")
			for i, v := range []any{"A", 46119.5, "ann", "Approved", 1.253472222} {
				set(f, "Sheet1", fmt.Sprintf("%c2", 'A'+i), v, map[int]int{1: day, 4: took}[i])
			}
		}, strings.Replace(m, "account: By", "account: By, reason: Took", 1),
			[]string{"A: approved by ann 7 Apr 11:00:00: 30:05:00"}, ""},
		"the first sheet that is not hidden": {func(f *excelize.File) {
			set(f, "Sheet1", "A1", "Code", 0)
			f.NewSheet("Decisions")
			f.NewSheet("Notes")
			heads(f, "Decisions", 1)
			day := style(f, "dd/mm/yyyy")
			for i, v := range []any{"A", 46119, "ann", "Approved"} {
				set(f, "Decisions", fmt.Sprintf("%c2", 'A'+i), v, map[bool]int{true: day}[i == 1])
			}
			f.SetActiveSheet(1)
			f.SetSheetVisible("Sheet1", false)
			f.SetRowVisible("Decisions", 2, false)
		}, m, []string{"A: approved by ann 7 Apr"}, `The sheet "Sheet1" is hidden`},
		"a day and its time, below a merged title": {func(f *excelize.File) {
			set(f, "Sheet1", "A1", "Decisions in April", 0)
			f.MergeCell("Sheet1", "A1", "E1")
			heads(f, "Sheet1", 3)
			day, clock := style(f, "dd/mm/yyyy"), style(f, "hh:mm")
			for i, v := range []any{"A", 46119, "ann", "Approved", 0.4166666666666667} {
				set(f, "Sheet1", fmt.Sprintf("%c4", 'A'+i), v, map[int]int{1: day, 4: clock}[i])
			}
		}, strings.Replace(m, "decided: Decided", "decided: At", 1) +
			"header_row: 3\njoins: {At: {columns: [Decided, Took]}}\n",
			[]string{"A: approved by ann 7 Apr 09:00:00"}, ""},
		"a formula that was never calculated": {func(f *excelize.File) {
			heads(f, "Sheet1", 1)
			day := style(f, "dd/mm/yyyy")
			for i, v := range []any{"A", 46119, nil, "Approved"} {
				set(f, "Sheet1", fmt.Sprintf("%c2", 'A'+i), v, map[bool]int{true: day}[i == 1])
			}
			f.SetCellFormula("Sheet1", "C2", `LOWER("ANN")`)
		}, m, nil, "never calculated"},
		"an identifier of 16 digits": {func(f *excelize.File) {
			heads(f, "Sheet1", 1)
			day := style(f, "dd/mm/yyyy")
			for i, v := range []any{1234567890123460, 46119, "ann", "Approved"} {
				set(f, "Sheet1", fmt.Sprintf("%c2", 'A'+i), v, map[bool]int{true: day}[i == 1])
			}
		}, m, nil, "rounded by a spreadsheet program"},
		"dates that are partly text": {func(f *excelize.File) {
			heads(f, "Sheet1", 1)
			day := style(f, "dd/mm/yyyy hh:mm")
			for r, v := range []any{46116.5, "04/25/2026 10:00"} {
				for i, v := range []any{string(rune('A' + r)), v, "ann", "Approved"} {
					set(f, "Sheet1", fmt.Sprintf("%c%d", 'A'+i, r+2), v, map[bool]int{true: day}[i == 1])
				}
			}
		}, m + "time_layouts: [\"MM/DD/YYYY hh:mm\"]\n", nil, "took for dates what it could"},
	} {
		t.Run(name, func(t *testing.T) {
			mapping, err := ParseMapping([]byte(c.mapping))
			if err != nil {
				t.Fatal(err)
			}
			recs, res, err := readAll(t, bytes.NewReader(book(c.fill)), Options{Mapping: mapping, Name: "book.xlsx"})
			if c.want == nil {
				if err == nil || !strings.Contains(err.Error(), c.words) {
					t.Fatalf("%v: want %q", err, c.words)
				}
				return
			}
			if d := cmp.Diff(c.want, said(recs)); d != "" || err != nil {
				t.Errorf("%s %v", d, err)
			}
			remarks := ""
			for _, n := range res.Notes {
				remarks += "\n" + n.Reason
			}
			if !strings.Contains(remarks, c.words) {
				t.Errorf("%q is not said: %s", c.words, remarks)
			}
		})
	}
}

// xesOf writes a log of traces; an event is "name|actor|time|transition".
func xesOf(traces ...[]string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><log xes.version="2.0">`)
	for _, t := range traces {
		fmt.Fprintf(&b, `<trace><string key="concept:name" value="%s"/>`, t[0])
		for _, e := range t[1:] {
			p := strings.Split(e, "|")
			fmt.Fprintf(
				&b,
				`<event><string key="concept:name" value="%s"/><string key="org:resource" value="%s"/><date key="time:timestamp" value="2026-04-07T%s:00Z"/>`,
				p[0],
				p[1],
				p[2],
			)
			if len(p) > 3 {
				fmt.Fprintf(&b, `<string key="lifecycle:transition" value="%s"/>`, p[3])
			}
			b.WriteString("</event>")
		}
		b.WriteString("</trace>")
	}
	b.WriteString("</log>")
	return b.String()
}

func TestKinds_eventLogs(t *testing.T) {
	acts := "assay_mapping: 1\nactivities: {Decide: {gate: g, act: decide, code: approved}, Issue: {gate: g, act: " +
		"release}}\n"
	for name, c := range map[string]struct {
		file, mapping string
		want          []string
		words         string
	}{
		"a case in two traces": {
			xesOf(
				[]string{"A", "Draft|ann|09:00", "Decide|bob|10:00"}, []string{"B", "Draft|ann|09:00"},
				[]string{"A", "Decide|bob|10:00", "Issue|svc|11:00"},
			), acts,
			[]string{
				"A: Draft by ann, Decide by bob (decide), Issue by svc (release), approved by bob 7 Apr 10:00:00",
				"B: Draft by ann",
			}, ""},
		"newest first": {
			xesOf([]string{
				"A", "Issue|svc|11:00|complete", "Decide|bob|10:30|complete", "Decide|bob|10:00|start",
				"Draft|ann|09:00|complete",
			}), acts,
			[]string{"A: Draft by ann, Decide by bob (decide), Issue by svc (release), approved by bob 7 Apr 10:30:00"},
			""},
		"parallel starts, first in first out": {
			xesOf([]string{
				"A", "Check|ann|09:00|start", "Check|ann|09:10|start", "Check|ann|09:20|complete",
				"Check|ann|09:30|complete",
			}), "assay_mapping: 1\n",
			[]string{"A: Check by ann, Check by ann"}, ""},
		"another word for complete": {
			xesOf([]string{"A", "Decide|bob|10:30|Completed"}), acts, nil, `"Completed" is no transition`},
		"another word for complete, explained": {
			xesOf([]string{"A", "Decide|bob|10:30|Completed"}), acts + "transitions: {complete: [Completed]}\n",
			[]string{"A: Decide by bob (decide), approved by bob 7 Apr 10:30:00"}, ""},
		"attributes inside others, prefixed names, lists": {
			`<x:log xmlns:x="http://www.xes-standard.org/"><x:trace><x:string key="concept:name" value="A"/>` +
				`<x:event><x:string key="concept:name" value="Decide"/><x:date key="time:timestamp" ` +
				`value="2026-04-07T10:30:00Z"/><x:container key="outcome"><x:string key="word" value="OK">` +
				`<x:string key="why" value="sound"/></x:string><x:string key="other" value="x"/></x:container>` +
				`<x:list key="officers"><x:values><x:string key="o" value="ann"/><x:string key="o" value="bob"/></x:values>` +
				`</x:list></x:event></x:trace></x:log>`,
			"assay_mapping: 1\nfields: {decision: outcome.word, reason: outcome.word.why, account: officers}\n" +
				"decisions: {approved: [OK]}\nactivities: {Decide: {gate: g, act: decide}}\n",
			[]string{
				"A: Decide (decide), Decide by bob (decide), approved by ann 7 Apr 10:30:00: sound, approved by " +
					"bob 7 Apr 10:30:00: sound",
			}, ""},
		"OCEL 1.0, as XML": {
			`<log><global scope="event"/><events><event><string key="id" value="1"/></event></events><objects/></log>`,
			"assay_mapping: 1\n", nil, "OCEL 1.0"},
		"OCEL 1.0, as JSON": {
			`{"ocel:global-event":{},"ocel:events":{"e1":{"ocel:activity":"x","ocel:timestamp":"2026-04-07T10:30:00Z"}}}`,
			"assay_mapping: 1\n", nil, "OCEL 1.0"},
		"a placeholder for nobody": {
			xesOf([]string{"A", "Decide|None|10:30"}), acts,
			[]string{"A: Decide (decide), approved by  7 Apr 10:30:00"}, `"None" in actor`},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := ParseMapping([]byte(c.mapping))
			if err != nil {
				t.Fatal(err)
			}
			recs, res, err := readAll(t, strings.NewReader(c.file), Options{Mapping: m})
			if c.want == nil {
				if err == nil || !strings.Contains(err.Error(), c.words) {
					t.Fatalf("%v: want %q", err, c.words)
				}
				return
			}
			if d := cmp.Diff(c.want, said(recs)); d != "" || err != nil {
				t.Errorf("%s %v", d, err)
			}
			if c.words != "" &&
				(len(res.Notes) == 0 || !strings.Contains(res.Notes[len(res.Notes)-1].Reason, c.words)) {
				t.Errorf("%q is not said: %+v", c.words, res.Notes)
			}
		})
	}
}

// An object's attribute has the value that it had last, in whatever order the
// file has them; an event that belongs to no run is named.
func TestKinds_objects(t *testing.T) {
	event := func(id, kind, time, attrs, object string) string {
		return fmt.Sprintf(
			`{"id":%q,"type":%q,"time":"2026-04-07T%s:00Z","attributes":[%s],"relationships":[{"objectId":%q,"qualifier":"of"},{"objectId":"u","qualifier":"by"},{"objectId":"v","qualifier":"by"}]}`,
			id,
			kind,
			time,
			attrs,
			object,
		)
	}
	values := []string{
		`{"name":"outcome","value":"received","time":"1970-01-01T00:00:00Z"}`,
		`{"name":"outcome","value":"pending","time":"2026-04-07T09:00:00Z"}`,
		`{"name":"outcome","value":"granted","time":"2026-04-07T10:00:00Z"}`,
	}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		var attrs []string
		for _, i := range order {
			attrs = append(attrs, values[i])
		}
		decide := event(
			"e1",
			"gate decision",
			"09:00",
			`{"name":"decision","value":"approved"},{"name":"gate","value":"g"}`,
			"A",
		)
		file := fmt.Sprintf(
			`{"objectTypes":[],"eventTypes":[],"events":[%s,%s,%s],"objects":[{"id":"A","type":"run","attributes":[%s]},{"id":"u","type":"user"},{"id":"v","type":"user"}]}`,
			decide,
			decide,
			event(
				"e2",
				"gate decision",
				"10:00",
				`{"name":"decision","value":"rejected"},{"name":"gate","value":"g"}`,
				"gone",
			),
			strings.Join(attrs, ","),
		)
		recs, res, err := readAll(t, strings.NewReader(file), Options{})
		if err != nil || len(recs) != 1 || recs[0].Outcome != "granted" {
			t.Fatalf("%+v %v", recs, err)
		}
		if d := cmp.Diff(
			[]string{"A: approved by u 7 Apr 09:00:00, approved by v 7 Apr 09:00:00"}, said(recs),
		); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(
			Totals{Records: 3, Used: 1, Repeated: 1, NoRun: 1}, res.Totals,
		); d != "" || !strings.Contains(res.Notes[0].Reason, "1 of them decisions") {
			t.Error(d, res.Notes)
		}
	}
}

// span writes one; attributes are "key=value".
func span(trace, id, name string, second int, attrs ...string) string {
	var list []string
	for _, a := range attrs {
		k, v, _ := strings.Cut(a, "=")
		list = append(list, fmt.Sprintf(`{"key":%q,"value":{"stringValue":%q}}`, k, v))
	}
	return fmt.Sprintf(
		`{"traceId":%q,"spanId":%q,"name":%q,"startTimeUnixNano":"%d000000000","endTimeUnixNano":"%d000000000","attributes":[%s]}`,
		trace,
		id,
		name,
		1780304990+second,
		1780304991+second,
		strings.Join(list, ","),
	)
}

func spans(of ...string) string {
	return `{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"spans":[` + strings.Join(
		of,
		",",
	) + `]}]}]}` + "\n"
}

func TestKinds_agents(t *testing.T) {
	const t1, t2 = "5b8efff798038103d269b633813fc60c", "6b8efff798038103d269b633813fc60d"
	review := "assay_mapping: 1\nactivities: {review: {gate: g, act: decide}, send: {gate: g, act: release, when: " +
		"[{column: output.value, present: true}]}}\n"
	yes := []string{"gen_ai.human.approval_granted=true", "gen_ai.human.reviewer_id=ann"}
	for name, c := range map[string]struct {
		file, mapping string
		want          []string
		totals        Totals
		words         string
	}{
		"a span sent twice": {
			spans(span(t1, "a1b1c1d1e1f1a1b1", "review", 0, yes...)) +
				spans(span(t1, "a1b1c1d1e1f1a1b1", "review", 0, yes...)), review,
			[]string{t1 + ": review by ann (decide), approved by ann 1 Jun 09:09:51 asked 1 Jun 09:09:50"},
			Totals{Records: 2, Used: 1, Repeated: 1}, ""},
		"a tool that waits has not run": {
			spans(span(t1, "01", "send", 0, "openinference.span.kind=TOOL", "input.value=x")) +
				spans(span(t1, "02", "Send", 5, "openinference.span.kind=TOOL", "output.value=sent")),
			"assay_mapping: 1\nactivities: {send: {gate: g, act: release}}\n",
			[]string{t1 + ": send [asked], Send (release)"}, Totals{Records: 2, Used: 2},
			"read as waiting for an officer"},
		"one span with two contents": {
			spans(span(t1, "a1b1c1d1e1f1a1b1", "review", 0, yes...)) + spans(
				span(t1, "a1b1c1d1e1f1a1b1", "review", 5, yes...),
			), review, nil, Totals{}, "with different content"},
		"one trace in hexadecimal and base64": {
			spans(span(t1, "a1b1c1d1e1f1a1b1", "review", 0, yes...)) +
				spans(span("W47/95gDgQPSabYzgT/GDA==", "obHB0eHxobE=", "review", 0, yes...)), review,
			[]string{t1 + ": review by ann (decide), approved by ann 1 Jun 09:09:51 asked 1 Jun 09:09:50"},
			Totals{Records: 2, Used: 1, Repeated: 1}, ""},
		"a case in two traces, of which one span does not name it": {
			spans(
				span(t1, "01", "draft", 0), span(t1, "02", "agent", 1, "case=CT-17"),
				span(t2, "03", "review", 9, append(yes, "case=CT-17")...),
			),
			review + "fields: {run_id: case}\n",
			[]string{
				"CT-17: draft, agent, review by ann (decide), approved by ann 1 Jun 09:10:00 asked 1 Jun 09:09:59",
			}, Totals{Records: 3, Used: 3}, ""},
		"a case in two traces is proposed": {
			spans(span(t1, "01", "draft", 0, "session.id=CT-17"), span(t2, "02", "draft", 0, "session.id=CT-17")),
			"assay_mapping: 1\n",
			[]string{t1 + ": draft", t2 + ": draft"}, Totals{Records: 2, Used: 2}, "run_id: session.id"},
		"a tool that ran, and one that waits": {
			spans(span(t1, "01", "send", 0), span(t2, "02", "send", 0, "output.value=sent")), review,
			[]string{t1 + ": send", t2 + ": send (release)"}, Totals{Records: 2, Used: 2}, "activities: review"},
		"an answer inside JSON text": {
			spans(span(t1, "01", "review", 0, `output.value={"verdict":"no","who":"ann"}`)),
			review + "fields: {decision: output.value.verdict, account: output.value.who}\ndecisions: {rejected: " +
				"[\"no\"]}\n",
			[]string{t1 + ": review by ann (decide), rejected by ann 1 Jun 09:09:51 asked 1 Jun 09:09:50"},
			Totals{Records: 1, Used: 1}, ""},
		"an account that is looked for in vain": {
			spans(span(t1, "01", "review", 0, yes...)), review + "fields: {account: approvr}\n", nil, Totals{},
			"account (approvr)"},
		"LangGraph stops to ask": {
			`{"id":"1","trace_id":"t1","name":"graph","run_type":"chain","start_time":"2026-06-01T09:00:00Z","end_time":"2026-06-01T09:00:01Z","extra":{"metadata":{"thread_id":"CT-17"}},"outputs":{"approved":"yes"},"dotted_order":"a"}
{"id":"2","trace_id":"t1","parent_run_id":"1","name":"review","run_type":"chain","start_time":"2026-06-01T09:00:00Z","end_time":"2026-06-01T09:00:01Z","extra":{"metadata":{"thread_id":"CT-17"}},"outputs":{},"error":"GraphInterrupt(('ask',))"}
{"id":"3","trace_id":"t2","parent_run_id":"4","name":"review","run_type":"chain","start_time":"2026-06-02T11:00:00Z","end_time":"2026-06-02T11:00:01Z","extra":{"metadata":{"thread_id":"CT-17"}},"outputs":{"approved":"yes"}}
{"id":"3","trace_id":"t2","parent_run_id":"4","name":"review","run_type":"chain","start_time":"2026-06-02T11:00:00Z","end_time":"2026-06-02T11:00:01Z","extra":{"metadata":{"thread_id":"CT-17"}},"outputs":{"approved":"yes"}}
`, "assay_mapping: 1\nfields: {run_id: extra.metadata.thread_id, decision: outputs.approved}\nactivities: " +
				"{review: {gate: g, act: decide}}\ndecisions: {approved: [\"yes\"]}\n",
			[]string{"CT-17: graph, review [asked], review (decide), approved by  2 Jun 11:00:01 asked 1 Jun 09:00:01"},
			Totals{Records: 4, Used: 3, Repeated: 1}, "carried along"},
		"a decision in a Langfuse output": {
			`[{"id":"t","name":"triage","timestamp":"2026-06-01T09:00:00Z","observations":[{"id":"o","traceId":"t","type":"SPAN","name":"review","startTime":"2026-06-01T09:00:00Z","endTime":"2026-06-01T09:00:05Z","output":{"verdict":"no","by":"ann"}}],"scores":[]}]`,
			"assay_mapping: 1\nfields: {decision: output.verdict, account: output.by}\nactivities: {review: " +
				"{gate: g, act: decide}}\ndecisions: {rejected: [\"no\"]}\n",
			[]string{"t: review (decide), rejected by ann 1 Jun 09:00:05"}, Totals{Records: 2, Used: 2}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := ParseMapping([]byte(c.mapping))
			if err != nil {
				t.Fatal(err)
			}
			recs, res, err := readAll(t, strings.NewReader(c.file), Options{Mapping: m})
			if c.want == nil {
				if err == nil || !strings.Contains(err.Error(), c.words) {
					t.Fatalf("%v: want %q", err, c.words)
				}
				return
			}
			if d := cmp.Diff(c.want, said(recs)) + cmp.Diff(c.totals, res.Totals); d != "" || err != nil {
				t.Errorf("%s %v", d, err)
			}
			remarks := strings.Join(res.Unmatched, "\n")
			for _, n := range res.Notes {
				remarks += "\n" + n.Reason
			}
			if !strings.Contains(remarks, c.words) {
				t.Errorf("%q is not said: %s", c.words, remarks)
			}
		})
	}
}

// The files of a zip are joined by run, in whatever order they stand in it.
func TestKinds_zip(t *testing.T) {
	const t1 = "5b8efff798038103d269b633813fc60c"
	first := spans(span(t1, "01", "draft", 0), span(t1, "02", "agent", 3))
	second := spans(
		span(t1, "02", "agent", 3),
		span(t1, "03", "review", 9, "gen_ai.human.approval_granted=true", "gen_ai.human.reviewer_id=ann"),
	)
	m, err := ParseMapping([]byte("assay_mapping: 1\nactivities: {review: {gate: g, act: decide}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{t1 + ": draft, agent, review by ann (decide), approved by ann 1 Jun 09:10:00 asked 1 Jun 09:09:59"}
	for _, files := range []map[string]string{
		{"1.jsonl": first, "2.jsonl": second}, {"1.jsonl": second, "2.jsonl": first},
		{"1.jsonl": first, "2.jsonl": second, "3.jsonl": first},
	} {
		recs, res, err := readAll(t, bytes.NewReader(zipped(t, files)), Options{Mapping: m, Name: "logs.zip"})
		if d := cmp.Diff(want, said(recs)); d != "" || err != nil || res.Totals.Used != 3 || !res.Totals.add() {
			t.Errorf("%s %v %+v", d, err, res.Totals)
		}
	}
}

// A recommendation is explained by the same words as an outcome.
func TestKinds_recommendation(t *testing.T) {
	m, err := ParseMapping([]byte(strings.Replace(perRun, "account: By", "account: By, ai_recommendation: AI says", 1)))
	if err != nil {
		t.Fatal(err)
	}
	m.Decisions = map[run.DecisionCode][]string{run.Approved: {"Eligible"}, run.Rejected: {"Not eligible"}}
	recs, _, err := readAll(t, strings.NewReader("Ref,Decided,By,AI says,Outcome\nA,13/04/2026,ann,Not "+
		"eligible,Not eligible\nB,13/04/2026,ann,perhaps,Eligible\n"), Options{Mapping: m})
	if err != nil || recs[0].Decisions[0].AICode != run.Rejected ||
		recs[0].Decisions[0].AIRecommendation != "Not eligible" || recs[1].Decisions[0].AICode != "" {
		t.Errorf("%+v %v", recs, err)
	}
}

// What is said of a run audit is not said of another program's JSON.
func TestKinds_otherJSON(t *testing.T) {
	for _, file := range []string{
		`{"event":"on_chain_start","run_id":"x","name":"graph","tags":[]}` + "\n",
		`[{"dag_id":"d","run_id":"r","event":"success"}]`,
	} {
		path := filepath.Join(t.TempDir(), "log.json")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := OpenFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = readAll(t, f, Options{Name: "log.json"})
		f.Close()
		if err == nil || !strings.Contains(err.Error(), "shows none of the formats") {
			t.Errorf("%s: %v", file, err)
		}
	}
}
