package runlog

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a file holds in an unusual place is read, refused or counted by name; it
// is never lost without a word. The files are made up.

const actsAtGate = "assay_mapping: 1\nactivities: {Decide: {gate: g, act: decide, code: approved}, Issue: {gate: g, " +
	"act: release}}\n"

func TestLost_eventLogs(t *testing.T) {
	whole := xesOf([]string{"A", "Draft|ann|09:00", "Decide|bob|10:00"})
	outside := strings.Replace(whole, "<trace>", `<event><string key="concept:name" value="Decide"/></event><trace>`, 1)
	actor := `<string key="org:resource" value="bob"/>`
	list := func(key string, values ...string) string {
		s := `<list key="` + key + `"><values>`
		for _, v := range values {
			s += `<string key="` + key + `" value="` + v + `"/>`
		}
		return s + "</values></list>"
	}
	for name, c := range map[string]struct {
		file, mapping string
		want          []string
		totals        Totals
		words         string // of the note, or of the error where nothing is wanted
	}{
		"an event outside any trace": {
			outside, actsAtGate,
			[]string{"A: Draft by ann, Decide by bob (decide), approved by bob 7 Apr 10:00:00"},
			Totals{Records: 3, Used: 2, NoRun: 1}, "Outside any trace: 1 event.",
		},
		"an attribute twice": {
			strings.Replace(whole, actor, actor+`<string key="org:resource" value="eve"/>`, 1), actsAtGate,
			nil, Totals{}, `"org:resource" twice, with two values`,
		},
		"an attribute twice with one value": {
			strings.Replace(whole, actor, actor+actor, 1), actsAtGate,
			[]string{"A: Draft by ann, Decide by bob (decide), approved by bob 7 Apr 10:00:00"},
			Totals{Records: 2, Used: 2}, "",
		},
		"a list of those who decided": {
			strings.Replace(whole, actor, list("org:resource", "bob", "eve"), 1), actsAtGate,
			[]string{"A: Draft by ann, Decide by bob (decide), Decide by eve (decide), " +
				"approved by bob 7 Apr 10:00:00, approved by eve 7 Apr 10:00:00"},
			Totals{Records: 2, Used: 2}, "",
		},
		"a list of one": {
			strings.Replace(whole, actor, list("org:resource", "bob"), 1), actsAtGate,
			[]string{"A: Draft by ann, Decide by bob (decide), approved by bob 7 Apr 10:00:00"},
			Totals{Records: 2, Used: 2}, "",
		},
		"a list where one value is expected": {
			strings.Replace(
				whole, `<string key="concept:name" value="Decide"/>`, list("concept:name", "Decide", "Issue"), 1,
			), actsAtGate, nil, Totals{}, "lists several values",
		},
		"events that name their run": {
			strings.ReplaceAll(whole, actor, actor+`<string key="case" value="C-7"/>`),
			actsAtGate + "fields: {run_id: case}\n",
			[]string{"C-7: Draft by ann, Decide by bob (decide), approved by bob 7 Apr 10:00:00"},
			Totals{Records: 2, Used: 2}, "",
		},
		"events of two runs in one trace": {
			strings.NewReplacer(
				actor, actor+`<string key="case" value="C-7"/>`, `value="ann"/>`, `value="ann"/><string key="case" value="C-8"/>`,
			).Replace(whole),
			actsAtGate + "fields: {run_id: case}\n", nil, Totals{}, "name several runs",
		},
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
			if d := cmp.Diff(c.totals, res.Totals); d != "" {
				t.Error(d)
			}
			if c.words != "" && !strings.Contains(fmt.Sprint(res.Notes), c.words) {
				t.Errorf("%q is not said: %+v", c.words, res.Notes)
			}
		})
	}
}

// The objects of a log that was cut are all there, and the events of a part only.
func TestLost_objectsWithoutEvents(t *testing.T) {
	file := `{"objectTypes":[],"eventTypes":[],"events":[{"id":"e1","type":"gate decision","time":"2026-04-07T09:00:00Z",` +
		`"attributes":[{"name":"decision","value":"approved"},{"name":"gate","value":"g"}],"relationships":[` +
		`{"objectId":"A","qualifier":"of"},{"objectId":"u","qualifier":"by"}]}],"objects":[{"id":"A","type":"run"},` +
		`{"id":"B","type":"run"},{"id":"C","type":"run"},{"id":"u","type":"user"}]}`
	recs, res, err := readAll(t, strings.NewReader(file), Options{})
	if d := cmp.Diff([]string{"A: approved by u 7 Apr 09:00:00"}, said(recs)); d != "" || err != nil {
		t.Error(d, err)
	}
	if d := cmp.Diff(Totals{Records: 3, Used: 1, NoRun: 2}, res.Totals); d != "" {
		t.Error(d)
	}
	if !strings.Contains(fmt.Sprint(res.Notes), `The first is "B"`) {
		t.Error(res.Notes)
	}
}

func TestLost_inAZip(t *testing.T) {
	log := `{"run_id":"1","started":"2026-06-01T09:00:00Z"}` + "\n"
	inner := string(zipped(t, map[string]string{"2.jsonl": strings.Replace(log, `"1"`, `"2"`, 1)}))
	_, _, err := readAll(
		t, bytes.NewReader(zipped(t, map[string]string{"1.jsonl": log, "x.zip": inner})), Options{Name: "logs.zip"},
	)
	if err == nil || !strings.Contains(err.Error(), "would be left out") {
		t.Error(err)
	}
}

// The decoder makes one letter of five bytes: two accounts would be one.
func TestLost_bytesOfNoLetter(t *testing.T) {
	m, err := ParseMapping([]byte(perRun))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []string{"\x81", "\x8d", "\x8f", "\x90", "\x9d"} {
		rows := "Ref,Decided,By,Outcome\nA,13/04/2026 10:00,caf\xe9,Approved\nB,13/04/2026 10:00," + b +
			"shaw,Approved\n"
		_, _, err = readAll(t, strings.NewReader(rows), Options{Mapping: m})
		if want := fmt.Sprintf("Byte 76 of the text (%X) stands for no letter", b); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestLost_oldWorkbook(t *testing.T) {
	file := append([]byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}, make([]byte, 600)...)
	if _, _, err := readAll(t, bytes.NewReader(file), Options{}); err == nil ||
		!strings.Contains(err.Error(), "save it as .xlsx, without a password") {
		t.Error(err)
	}
}

// Officers who follow the AI's every "Turn down" do not go against it; where the
// words are not explained, the import says that they seem to.
func TestLost_recommendations(t *testing.T) {
	table := func(words ...string) string {
		var b strings.Builder
		b.WriteString("Ref,Decided,By,Outcome,AI\n")
		for i := range 40 {
			w := words[i%len(words)]
			outcome, _, _ := strings.Cut(w, "|")
			_, said, _ := strings.Cut(w, "|")
			fmt.Fprintf(&b, "%d,13/04/2026 10:%02d,ann,%s,%s\n", i, i, outcome, said)
		}
		return b.String()
	}
	for name, c := range map[string]struct{ file, more, want string }{
		"not explained": {table("Approved|Grant", "Refused|Turn down"), "", `"turn down" recommends. All 20 decisions`},
		"explained":     {table("Approved|Grant", "Refused|Turn down"), ", Turn down", ""},
		"known":         {table("Approved|Grant", "Refused|reject"), "", ""},
		"a text":        {table("Approved|stage one", "Refused|stage one"), "", ""},
		"few": {
			table(append(strings.Split(strings.Repeat("Approved|a,", 36), ",")[:36], "Refused|b")...), "", "",
		},
		"none, refusals": {table("Refused|", "Approved|"), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := ParseMapping([]byte(strings.NewReplacer(
				"account: By", "account: By, ai_recommendation: AI", "Refused]", "Refused"+c.more+"]",
			).Replace(perRun)))
			if err != nil {
				t.Fatal(err)
			}
			_, res, err := readAll(t, strings.NewReader(c.file), Options{Mapping: m})
			if err != nil {
				t.Fatal(err)
			}
			notes := fmt.Sprint(res.Notes)
			if c.want == "" && strings.Contains(notes, "recommends") || !strings.Contains(notes, c.want) {
				t.Errorf("want %q: %s", c.want, notes)
			}
		})
	}
}
