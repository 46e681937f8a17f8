package certificate

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
)

func ended(t *testing.T) (List, Statement) {
	t.Helper()
	s := issued(t)
	c, err := New("id", "w", s)
	if err != nil {
		t.Fatal(err)
	}
	old, still := c, c
	old.Number, old.Digest = "GC-2026-0002", strings.Repeat("12", 32)
	if old, err = old.Supersede("GC-2026-0007", now); err != nil {
		t.Fatal(err)
	}
	still.Number, still.Digest = "GC-2026-0009", strings.Repeat("34", 32)
	if c, err = c.Revoke("p-dpo", "Evidence was withdrawn", now); err != nil {
		t.Fatal(err)
	}
	return NewList(s.Organisation, []Certificate{still, c, old}, 30, now.Add(time.Hour)), s
}

func TestList(t *testing.T) {
	l, _ := ended(t)
	b, err := FormatList(l)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("testdata/ended.json", b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/ended.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, want) {
		t.Error("the form of lists changed; that is a new format")
	}
	back, err := ParseList(want)
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Ended) != 2 || back.Ended[0].Number != "GC-2026-0002" || back.Newest != "GC-2026-0009" ||
		back.NextBy != "2026-12-23" {
		t.Errorf("%+v", back)
	}
	text := string(want)
	for name, bad := range map[string]string{
		"out_of_order":       strings.Replace(text, "GC-2026-0002", "GC-2026-0008", 1),
		"expired_on_a_list":  strings.Replace(text, `"status": "revoked"`, `"status": "expired"`, 1),
		"revoked_for_no_why": strings.Replace(text, "Evidence was withdrawn", "", 1),
		"unknown_member":     strings.Replace(text, `"sample"`, `"simple"`, 1),
		"other_format":       strings.Replace(text, "assay-ended-certificates/1", "assay-certificate/1", 1),
		"without_its_end":    strings.TrimSuffix(text, "\n"),
		"next_in_the_past":   strings.Replace(text, "2026-12-23", "2026-01-01", 1),
	} {
		if bad == text {
			t.Fatalf("%s changes nothing", name)
		}
		if _, err := ParseList([]byte(bad)); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStanding(t *testing.T) {
	l, s := ended(t)
	b, err := Format(s)
	if err != nil {
		t.Fatal(err)
	}
	digest := DigestOf(b)
	if got, e := l.Standing(s, digest, now); got != StandingEnded || e.Status != StatusRevoked {
		t.Errorf("revoked: %s %+v", got, e)
	}
	if got, _ := l.Standing(s, digest, now.AddDate(5, 0, 0)); got != StandingEnded {
		t.Errorf("revoked, by an old list: %s", got)
	}
	other := s
	other.Number = "GC-2026-0009"
	for name, c := range map[string]struct {
		change func(*Statement)
		on     time.Time
		want   Standing
	}{
		"not_on_the_list":               {func(*Statement) {}, now, StandingGood},
		"on_the_last_day_of_the_list":   {func(*Statement) {}, time.Date(2026, 12, 23, 23, 0, 0, 0, time.UTC), StandingGood},
		"list_out_of_date":              {func(*Statement) {}, time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC), StandingUnknown},
		"of_another_organisation":       {func(s *Statement) { s.Organisation.ID = "x" }, now, StandingUnknown},
		"issued_after_the_list":         {func(s *Statement) { s.Issued = s.Issued.Add(2 * time.Hour) }, now, StandingUnknown},
		"same_number_another_statement": {func(s *Statement) { s.Number = "GC-2026-0007" }, now, StandingUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			x := other
			c.change(&x)
			if got, _ := l.Standing(x, strings.Repeat("99", 32), c.on); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
