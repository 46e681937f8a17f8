package ics

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"assay/internal/civil"
)

var (
	now    = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	duties = []Duty{
		{ID: "ACT-0001", Day: "2026-11-13", Summary: "Finish the action"},
		{
			ID: "SCH-0002", Day: "2026-12-31", Category: "Review",
			Summary:     strings.Repeat("Adolygu’r polisi, ", 9) + "; \\ BEGIN:VEVENT\r\nEND:VEVENT\x00 ✓",
			Description: "Owner: Ann\nRows: 1, 2",
		},
	}
)

func ExampleCalendar() {
	fmt.Print(strings.ReplaceAll(string(Calendar("Fenwick DC", "019a", now, duties[:1])), "\r\n", "\n"))
	// Output:
	// BEGIN:VCALENDAR
	// VERSION:2.0
	// PRODID:-//Assay//Duties//EN
	// X-WR-CALNAME:Fenwick DC
	// BEGIN:VEVENT
	// UID:ACT-0001@019a
	// DTSTAMP:20261102T090000Z
	// DTSTART;VALUE=DATE:20261113
	// DTEND;VALUE=DATE:20261114
	// SUMMARY:Finish the action
	// TRANSP:TRANSPARENT
	// END:VEVENT
	// END:VCALENDAR
}

func TestLinesAreFolded(t *testing.T) {
	out := string(Calendar("Council", "x", now, duties))
	for line := range strings.SplitSeq(strings.TrimSuffix(out, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n\x00") {
			t.Errorf("%d octets: %q", len(line), line)
		}
	}
	unfolded := strings.ReplaceAll(out, "\r\n ", "")
	if n := strings.Count("\r\n"+unfolded, "\r\nBEGIN:VEVENT\r\n"); n != len(duties) {
		t.Errorf("%d events: text became a line of its own\n%s", n, unfolded)
	}
	if !strings.Contains(unfolded, `Adolygu’r polisi\, Adolygu`) ||
		!strings.Contains(unfolded, `\; \\ BEGIN:VEVENT\nEND:VEVENT ✓`) {
		t.Errorf("the summary was changed: %s", unfolded)
	}
}

// Another program reads it: icalendar for Python, where it is installed.
func TestAnotherProgramReadsIt(t *testing.T) {
	cmd := exec.Command("python3", "-c", `
import sys, json, icalendar
c = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
assert not c.errors, c.errors
print(json.dumps([[str(e["UID"]), e.decoded("DTSTART").isoformat(), e.decoded("DTEND").isoformat(),
    str(e["SUMMARY"]), str(e.get("DESCRIPTION", ""))] for e in c.walk("VEVENT")]))`)
	if out, err := exec.Command("python3", "-c", "import icalendar").CombinedOutput(); err != nil {
		t.Skipf("no icalendar for Python here: %s", strings.TrimSpace(string(out)))
	}
	cmd.Stdin = strings.NewReader(string(Calendar("Council", "x", now, duties)))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var read [][]string
	if err := json.Unmarshal(out, &read); err != nil || len(read) != len(duties) {
		t.Fatalf("%s, %v", out, err)
	}
	for i, d := range duties {
		want := []string{d.ID + "@x", string(d.Day), string(civil.Date(d.Day).AddDays(1)),
			strings.ReplaceAll(strings.ReplaceAll(d.Summary, "\x00", ""), "\r\n", "\n"), d.Description}
		if strings.Join(read[i], "|") != strings.Join(want, "|") {
			t.Errorf("%q, not %q", read[i], want)
		}
	}
}
