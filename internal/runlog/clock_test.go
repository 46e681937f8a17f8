package runlog

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestClock(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("times with a zone", func(t *testing.T) {
		for in, want := range map[string]string{
			"2026-06-01T09:12:04Z":                "2026-06-01T09:12:04Z",
			"2026-06-01t09:12:04z":                "2026-06-01T09:12:04Z",
			"2026-06-01 09:12:04.5+01:00":         "2026-06-01T08:12:04.5Z",
			"2026-06-01T09:12+0100":               "2026-06-01T08:12:00Z",
			"2026-06-01T09:12:04,123456789-05:30": "2026-06-01T14:42:04.123456789Z",
			"2026-06-01 09:12:04 UTC":             "2026-06-01T09:12:04Z",
			"2026-06-01T09:12:04.1234567+01":      "2026-06-01T08:12:04.1234567Z",
			"2024-02-29T23:59:60Z":                "2024-03-01T00:00:00Z",
		} {
			c := clock{}
			got, why := c.parse(in)
			if why != "" || got.Format(time.RFC3339Nano) != want {
				t.Errorf("%s: %s %s, want %s", in, got.Format(time.RFC3339Nano), why, want)
			}
		}
	})
	t.Run("what is no time is refused", func(t *testing.T) {
		for _, in := range []string{"", "now", "2026-02-30T09:12:04Z", "2023-02-29T09:12:04Z", "2026-13-01T09:12:04Z",
			"2026-06-01T24:00:00Z", "2026-06-01T09:60:04Z", "2026-06-01T09:12:61Z", "2026-06-01T09:12:04.Z",
			"2026-06-01T09:12:04+25:00", "2026-06-01T09:12:04+01:75", "2026-06-01T09:12:04+1",
			"2026-06-01T09:12:04 CET", "01/06/2026 09:12", "2026-6-1T09:12:04Z", "2026-06-01T09:12:0aZ",
			"20x6-06-01T09:12:04Z", "2026-06-01", "1780304990"} {
			c := clock{loc: london}
			if got, why := c.parse(in); why == "" {
				t.Errorf("%q was taken as %s", in, got)
			}
		}
	})
	t.Run("a time without a zone is asked about and never guessed", func(t *testing.T) {
		c := clock{}
		if _, why := c.parse("2026-06-01T09:12:04"); !strings.Contains(why, "Which zone") {
			t.Errorf("%q", why)
		}
	})
	t.Run("wall-clock times of a zone, at its changes", func(t *testing.T) {
		for _, x := range []struct{ in, overlap, want string }{
			{"2026-01-15T12:00:00", "", "2026-01-15T12:00:00Z"},
			{"2026-07-15T12:00:00", "", "2026-07-15T11:00:00Z"},
			{"2026-03-29T00:59:59", "", "2026-03-29T00:59:59Z"},
			{"2026-03-29T01:00:00", "", "never was"},
			{"2026-03-29T01:59:59", "first", "never was"},
			{"2026-03-29T02:00:00", "", "2026-03-29T01:00:00Z"},
			{"2026-10-25T00:59:59", "", "2026-10-24T23:59:59Z"},
			{"2026-10-25T01:00:00", "", "came twice"},
			{"2026-10-25T01:30:00", "first", "2026-10-25T00:30:00Z"},
			{"2026-10-25T01:30:00", "second", "2026-10-25T01:30:00Z"},
			{"2026-10-25T02:00:00", "", "2026-10-25T02:00:00Z"},
		} {
			c := clock{loc: london, overlap: x.overlap}
			got, why := c.parse(x.in)
			if why == "" {
				why = got.Format(time.RFC3339)
			}
			if !strings.Contains(why, x.want) {
				t.Errorf("%s (%s): %s, want %s", x.in, x.overlap, why, x.want)
			}
		}
	})
	t.Run("agrees with the standard library", rapid.MakeCheck(func(t *rapid.T) {
		off := rapid.IntRange(-14*60, 14*60).Draw(t, "offset")
		want := time.Unix(
			rapid.Int64Range(-2_000_000_000, 7_000_000_000).Draw(t, "unix"),
			rapid.Int64Range(0, 999_999_999).Draw(t, "nano"),
		).
			In(time.FixedZone("", off*60))
		c := clock{}
		got, why := c.parse(want.Format(time.RFC3339Nano))
		if why != "" || !got.Equal(want) {
			t.Fatalf("%s: %s %s", want.Format(time.RFC3339Nano), got, why)
		}
	}))
	t.Run("layouts are read as people write them", func(t *testing.T) {
		for _, x := range []struct{ layout, in, want string }{
			{"DD/MM/YYYY hh:mm:ss", "01/06/2026 09:12:04", "2026-06-01T08:12:04Z"},
			{"MM/DD/YYYY hh:mm AM", "06/01/2026 09:12 PM", "2026-06-01T20:12:00Z"},
			{"DD MMM YYYY hh:mm", "01 Jun 2026 09:12", "2026-06-01T08:12:00Z"},
			{"YYYYMMDD hh:mm:ss.fff", "20260601 09:12:04.250", "2026-06-01T08:12:04.25Z"},
			{"DD.MM.YY hh:mm Z", "01.06.26 09:12 +02:00", "2026-06-01T07:12:00Z"},
			{"YYYY-MM-DDThh:mm:ss", "2026-06-01T09:12:04", "2026-06-01T08:12:04Z"},
			{"D/M/YYYY h:mm AM", "07/04/2026 2:05 PM", "2026-04-07T13:05:00Z"},
			{"D/M/YYYY h:mm AM", "25/04/2026 12:10 AM", "2026-04-24T23:10:00Z"},
			{"DD/MM/YYYY hh:mm AM", "25/04/2026 11:10 pm", "2026-04-25T22:10:00Z"},
			{"D/M/YYYY h:mm AM", "7/4/2026 2:05 p.m.", "2026-04-07T13:05:00Z"},
			{"D/M/YYYY h:mmAM", "7/4/2026 2:05pm", "2026-04-07T13:05:00Z"},
			{"DD/MM/YYYY", "07/04/2026", "2026-04-07T00:00:00Z"},
			{"SERIAL", "46119", "2026-04-07T00:00:00Z"},
			{"SERIAL", "46119.5", "2026-04-07T11:00:00Z"},
			{"DD-MMM-YY", "14-May-12", "2012-05-14T00:00:00Z"},
			{"D MMMM YYYY", "14 May 2012", "2012-05-14T00:00:00Z"},
		} {
			g, err := layoutOf(x.layout)
			if err != nil {
				t.Errorf("%s: %v", x.layout, err)
				continue
			}
			c := clock{loc: london, layouts: []layout{g}}
			if got, why := c.parse(x.in); why != "" || got.Format(time.RFC3339Nano) != x.want {
				t.Errorf("%s: %s %s, want %s", x.in, got.Format(time.RFC3339Nano), why, x.want)
			}
		}
		for _, l := range []string{
			"", "MM/YYYY", "DD/MM", "DD/MM/YYYY mm", "hh:mm", "2006-01-02 15:04", "dd/mm/yyyy hh:mm",
		} {
			if g, err := layoutOf(l); err == nil {
				t.Errorf("%q was taken as %q", l, g.form)
			}
		}
	})
}

// leavingOut is a mapping up to the conditions of the rule that it ends in.
const leavingOut = `assay_mapping: 1
rows: run
fields: {run_id: Case, account: By, role: Officer, decision: Result, decided: Done}
joins: {Case: {columns: [Ref, Year]}}
splits: {role: '^(?P<role>.+) \((?P<officer_name>.+)\)$'}
events: [{activity: Send, ended: Sent, gate: g, act: release}]
leave_out: [{name: x, when: [{column: Kind, is: [test]}, CONDITION]}]
`

func leaving(condition string) string { return strings.Replace(leavingOut, "CONDITION", condition, 1) }

func TestMapping(t *testing.T) {
	for _, c := range []struct{ name, in, words string }{
		{"an unknown name", "assay_mapping: 1\nfeilds: {}", "feilds"},
		{"no version", "fields: {run_id: a}", "assay_mapping: 1"},
		{"a newer version", "assay_mapping: 2", "says 2"},
		{"an unknown field", "assay_mapping: 1\nfields: {run: a}", `no field "run"`},
		{"an unknown zone", "assay_mapping: 1\nzone: London", `no time zone "London"`},
		{"this computer's zone", "assay_mapping: 1\nzone: Local", "no time zone"},
		{"an act without a gate", "assay_mapping: 1\nactivities: {a: {act: decide}}", "needs a gate"},
		{"an unknown act", "assay_mapping: 1\nactivities: {a: {gate: g, act: do}}", "needs a gate"},
		{
			"a code on a release", "assay_mapping: 1\nactivities: {a: {gate: g, act: release, code: approved}}",
			"only a decide activity",
		},
		{"an unknown outcome", "assay_mapping: 1\ndecisions: {fine: [OK]}", "no outcome"},
		{"a word explained twice", "assay_mapping: 1\ndecisions: {approved: [OK], rejected: [ok]}", "explains"},
		{"an unknown kind of account", "assay_mapping: 1\nactors: {robot: [a]}", "person, system and agent"},
		{"an unknown private field", "assay_mapping: 1\nprivacy: {drop: [name]}", "privacy names"},
		{"shortening to nothing", "assay_mapping: 1\nprivacy: {shorten: {reason: 0}}", "use drop"},
		{"a long delimiter", "assay_mapping: 1\ndelimiter: ';;'", "one character"},
		{"an unknown overlap", "assay_mapping: 1\noverlap: third", "first or second"},
		{"events of event rows", "assay_mapping: 1\nevents: [{activity: a, ended: b}]", "rows: run"},
		{"an event without a time", "assay_mapping: 1\nrows: run\nevents: [{activity: a}]", "column of its time"},
		{"a field twice", "assay_mapping: 1\nfields: {run_id: a, run_id: b}", "already defined"},
		{"two documents", "assay_mapping: 1\n---\nassay_mapping: 1", "second document"},
		{"no YAML", "\tassay", "cannot be read"},
		{"nothing", "", "cannot be read"},
		{"somebody who acted, by a constant", "assay_mapping: 1\nconstants: {actor: a}", "only the log can say"},
		{"somebody who decided, by a constant", "assay_mapping: 1\nconstants: {account: a}", "only the log can say"},
		{
			"what was decided, by a constant",
			"assay_mapping: 1\nconstants: {decision: approved}", "only the log can say",
		},
		{"when it was decided, by a constant", "assay_mapping: 1\nconstants: {decided: 2026-06-01}", "only the log"},
		{"when it was opened, by a constant", "assay_mapping: 1\nconstants: {opened: 2026-06-01}", "only the log"},
		{"what the AI wrote, by a constant", "assay_mapping: 1\nconstants: {reasoning: sound}", "only the log can say"},
		{
			"a kind of account, by a constant",
			"assay_mapping: 1\nconstants: {actor_kind: person}", "only the log can say",
		},
		{
			"an outcome read as another",
			"assay_mapping: 1\ndecisions: {approved: [approved, rejected]}", "outcome of its own",
		},
		{
			"an outcome read as another, otherwise written",
			"assay_mapping: 1\ndecisions: {approved: [\"Referred-Back\"]}", "outcome of its own",
		},
		{"runs left out by their numbers", leaving("{column: Ref, is: [A-1, A-2]}"), "cannot go by \"Ref\""},
		{"runs left out by how their numbers begin", leaving("{column: Ref, begins: A}"), "cannot go by \"Ref\""},
		{
			"runs left out by a part of their numbers",
			leaving("{column: Year, is: [\"2026\"]}"), "cannot go by \"Year\"",
		},
		{"runs left out by who decided", leaving("{column: By, is: [ann]}"), "cannot go by \"By\""},
		{"runs left out by who decided, which is a part", leaving("{column: Officer, is: [ann]}"), "by \"Officer\""},
		{"runs left out by what was decided", leaving("{column: Result, is: [approved]}"), "cannot go by \"Result\""},
		{"runs left out as nobody decided", leaving("{column: Result, present: false}"), "cannot go by \"Result\""},
		{"runs left out by when they ended", leaving("{column: Done, begins: 2026-06}"), "cannot go by \"Done\""},
		{"runs left out by an event's time", leaving("{column: Sent, present: true}"), "cannot go by \"Sent\""},
		{"an unknown encoding", "assay_mapping: 1\nencoding: ebcdic", "encoding is"},
	} {
		t.Run(c.name+" is refused", func(t *testing.T) {
			_, err := ParseMapping([]byte(c.in))
			if err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %v, want %q", err, c.words)
			}
		})
	}
}

// TestMapping_leaves_out: what is no run may be left out, whatever it stands in.
func TestMapping_leaves_out(t *testing.T) {
	for _, condition := range []string{
		"{column: Case, present: false}", "{column: Case, is: [Total, Grand total, Sum]}",
		"{column: Status, is: [void]}",
	} {
		if _, err := ParseMapping([]byte(leaving(condition))); err != nil {
			t.Errorf("%s: %v", condition, err)
		}
	}
	if _, err := ParseMapping([]byte(leaving("{column: Case, is: [Total, A-1]}"))); err == nil {
		t.Error("a run's number is taken for a total")
	}
}

// TestMapping_runAudit: a mapping explains nothing of a run audit, and every part
// of it that would be passed over is refused by its name.
func TestMapping_runAudit(t *testing.T) {
	for name, taken := range map[string]bool{
		"privacy: {drop: [reason]}": true, "zone: Europe/London": true, "": true,
		"leave_out: [{name: x, when: [{column: y, is: [z]}]}]": false, "constants: {gate: g}": false,
		"decisions: {approved: [OK]}": false, "actors: {person: [ann]}": false, "fields: {run_id: x}": false,
		"activities: {a: {gate: g, act: decide}}": false, "rows: run": false, "header_row: 3": false,
		"transitions: {complete: [done]}": false, "nothing: [none]": false, "optional: []": true,
	} {
		m, err := ParseMapping([]byte("assay_mapping: 1\n" + name + "\n"))
		if err != nil {
			t.Fatal(name, err)
		}
		for _, in := range [][]byte{[]byte(goodLine), zipped(t, map[string]string{"a.jsonl": goodLine})} {
			_, _, err = readAll(t, bytes.NewReader(in), Options{Mapping: m})
			key, _, _ := strings.Cut(name, ":")
			if taken != (err == nil) || !taken && !strings.Contains(err.Error(), "not "+key) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
