// Package ics writes duties with a day as a calendar (iCalendar, RFC 5545) that other
// programs read or subscribe to as a file:
//
//	BEGIN:VCALENDAR
//	VERSION:2.0
//	PRODID:-//Assay//Duties//EN
//	X-WR-CALNAME:Fenwick DC
//	BEGIN:VEVENT
//	UID:ACT-0001@019a
//	DTSTAMP:20261102T090000Z
//	DTSTART;VALUE=DATE:20261113
//	DTEND;VALUE=DATE:20261114
//	SUMMARY:Finish the action
//	TRANSP:TRANSPARENT
//	END:VEVENT
//	END:VCALENDAR
//
// Duties are events of a whole day, which ends the day after (3.6.1), and no tasks
// (VTODO), which some calendars drop; nobody is shown as busy for them. Days have no
// zone, so that none is needed. The same duty keeps its UID, so that a calendar that
// reads the file again moves it. Lines end in CR LF and are folded at 75 octets, never
// inside a character; in text a backslash, comma, semicolon and line break are escaped.
package ics

import (
	"strings"
	"time"
	"unicode/utf8"

	"assay/internal/civil"
)

// Duty is what is to be done on a day.
type Duty struct {
	ID          string // stays the same when the day or the words change
	Day         civil.Date
	Summary     string
	Description string
	Category    string
}

// Calendar is the calendar with this name, as it stands at a moment. scope tells the
// duties of one register from those of another.
func Calendar(name, scope string, now time.Time, duties []Duty) []byte {
	var w writer
	w.line("BEGIN:VCALENDAR")
	w.line("VERSION:2.0")
	w.line("PRODID:-//Assay//Duties//EN")
	w.text("X-WR-CALNAME", name)
	for _, d := range duties {
		w.line("BEGIN:VEVENT")
		w.text("UID", d.ID+"@"+scope)
		w.line("DTSTAMP:" + now.UTC().Format("20060102T150405Z"))
		w.line("DTSTART;VALUE=DATE:" + plain(d.Day))
		w.line("DTEND;VALUE=DATE:" + plain(d.Day.AddDays(1)))
		w.text("SUMMARY", d.Summary)
		w.text("DESCRIPTION", d.Description)
		w.text("CATEGORIES", d.Category)
		w.line("TRANSP:TRANSPARENT")
		w.line("END:VEVENT")
	}
	w.line("END:VCALENDAR")
	return []byte(w.String())
}

func plain(d civil.Date) string { return strings.ReplaceAll(string(d), "-", "") }

type writer struct{ strings.Builder }

var escape = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\r", `\n`, "\n", `\n`)

// text writes a property; none where there is no text. Control characters, which the
// format forbids, go.
func (w *writer) text(property, s string) {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\r' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	if s != "" {
		w.line(property + ":" + escape.Replace(s))
	}
}

// line writes a content line, folded: each further line begins with a space.
func (w *writer) line(s string) {
	for most := 75; len(s) > most; most = 74 {
		cut := most
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		w.WriteString(s[:cut] + "\r\n ")
		s = s[cut:]
	}
	w.WriteString(s + "\r\n")
}
