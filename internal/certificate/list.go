package certificate

import (
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
)

// ListFormat is the value of a list's "format".
const ListFormat = "assay-ended-certificates/1"

// List is an organisation's certificates that ended before their last day, for
// those who hold a certificate and not the register.
type List struct {
	Format       string       `json:"format"`
	Sample       bool         `json:"sample"`
	Organisation Organisation `json:"organisation"`
	Issued       time.Time    `json:"issued"`  // UTC, to the second
	NextBy       civil.Date   `json:"next_by"` // the day by which a newer list comes
	Newest       string       `json:"newest"`  // number of the newest certificate that was looked at
	Ended        []Ended      `json:"ended"`   // in the order of their numbers
}

// Ended is one certificate that ended early.
type Ended struct {
	Number       string     `json:"number"`
	Digest       string     `json:"digest"` // of its statement
	Status       Status     `json:"status"` // revoked or superseded
	On           civil.Date `json:"on"`
	Reason       string     `json:"reason"`        // revoked: why
	SupersededBy string     `json:"superseded_by"` // superseded: number of the one that replaced it
}

// NewList makes the list from all of an organisation's certificates. It is to
// be renewed within the given number of days.
func NewList(o Organisation, all []Certificate, days int, now time.Time) List {
	l := List{
		Format:       ListFormat,
		Organisation: o,
		Issued:       now.UTC().Truncate(time.Second),
		NextBy:       civil.Of(now).AddDays(days),
		Ended:        []Ended{},
	}
	for _, c := range all {
		l.Sample = l.Sample || c.Sample
		l.Newest = max(l.Newest, c.Number)
		switch c.Status {
		case StatusRevoked:
			l.Ended = append(
				l.Ended,
				Ended{
					Number: c.Number,
					Digest: c.Digest,
					Status: StatusRevoked,
					On:     c.RevokedOn,
					Reason: c.RevokeReason,
				},
			)
		case StatusSuperseded:
			l.Ended = append(
				l.Ended,
				Ended{
					Number:       c.Number,
					Digest:       c.Digest,
					Status:       StatusSuperseded,
					On:           c.SupersededOn,
					SupersededBy: c.SupersededBy,
				},
			)
		}
	}
	slices.SortFunc(l.Ended, func(a, b Ended) int { return strings.Compare(a.Number, b.Number) })
	return l
}

// Validate says where a list contradicts itself.
func (l List) Validate() error {
	var bad []fault.Field
	add := func(name, message string) { bad = append(bad, fault.Field{Name: name, Message: message}) }
	if l.Format != ListFormat {
		add("format", "The format is "+ListFormat+".")
	}
	if strings.TrimSpace(l.Organisation.Name) == "" {
		add("organisation.name", "The organisation has a name.")
	}
	if l.Issued.IsZero() || !exact(l.Issued) {
		add("issued", "The time is in UTC and to the second.")
	}
	if d, err := civil.Parse(string(l.NextBy)); err != nil || d.IsZero() || d.Before(civil.Of(l.Issued)) {
		add("next_by", "The next list comes on or after the day of this one.")
	}
	for i, e := range l.Ended {
		switch {
		case !numberPattern.MatchString(e.Number), !hexPattern.MatchString(e.Digest), e.On.IsZero():
			add("ended", "Each certificate has a number, a digest and the day on which it ended.")
		case i > 0 && l.Ended[i-1].Number >= e.Number:
			add("ended", "The certificates stand in the order of their numbers, each once.")
		case e.Status == StatusRevoked && (e.Reason == "" || e.SupersededBy != ""):
			add("ended", "A revoked certificate has a reason and nothing else.")
		case e.Status == StatusSuperseded && (!numberPattern.MatchString(e.SupersededBy) || e.Reason != ""):
			add("ended", "A superseded certificate names the one that replaced it and nothing else.")
		case e.Status != StatusRevoked && e.Status != StatusSuperseded:
			add("ended", "A certificate on the list was revoked or superseded.")
		}
		if _, err := civil.Parse(string(e.On)); err != nil {
			add("ended", "Each certificate has a number, a digest and the day on which it ended.")
		}
	}
	return fault.Join(bad)
}

// FormatList writes a list in its one canonical form.
func FormatList(l List) ([]byte, error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	return encode(l)
}

// ParseList reads a list. Whatever is not exactly what FormatList writes is refused.
func ParseList(b []byte) (List, error) {
	l, err := decode[List](b, "list of ended certificates", func(l List) string { return l.Format }, ListFormat)
	if err != nil {
		return List{}, err
	}
	if err := l.Validate(); err != nil {
		return List{}, fault.Unreadable("", "The list of ended certificates contradicts itself: %s", err).Because(err)
	}
	return l, nil
}

// Standing is what a list says about a certificate.
type Standing string

const (
	StandingEnded   Standing = "ended"   // it is on the list
	StandingGood    Standing = "good"    // the list knows its number and does not name it
	StandingUnknown Standing = "unknown" // the list is of another organisation, older than the certificate, out of date, or names another statement of this number
)

// Standing looks a statement up, with the digest of its bytes. A certificate on
// the list has ended even where the list is out of date.
func (l List) Standing(s Statement, digest string, now time.Time) (Standing, Ended) {
	if l.Organisation.ID != s.Organisation.ID {
		return StandingUnknown, Ended{}
	}
	for _, e := range l.Ended {
		if e.Number == s.Number && e.Digest == digest {
			return StandingEnded, e
		}
		if e.Number == s.Number { // two statements with one number: trust neither
			return StandingUnknown, e
		}
	}
	if l.Issued.Before(s.Issued) || l.NextBy.Before(civil.Of(now)) {
		return StandingUnknown, Ended{}
	}
	return StandingGood, Ended{}
}
