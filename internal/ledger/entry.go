package ledger

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"assay/internal/fault"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a hash of the tree: 32 bytes, written as 44 characters of base64.
type Hash = tlog.Hash

// Actor is who was signed in when the change was made, as the register knew
// them then. ID is the person's identifier, empty for Assay itself.
type Actor struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name"`
	Role string `json:"role,omitempty"`
}

// Op says what happened to a row.
type Op string

const (
	Put    Op = "put"    // the row was added or replaced; Digest is its new content
	Delete Op = "delete" // the row was removed; there is no digest
)

// Change is one row of the register that the entry's transaction touched.
type Change struct {
	Table  string `json:"table"`
	Key    string `json:"key"`
	Op     Op     `json:"op"`
	Digest string `json:"digest,omitempty"` // RowDigest of the row after the change
}

// Import is what an entry says of an imported export: the file's SHA-256 as
// hexadecimal and the root of the tree over its runs (see RunTree).
type Import struct {
	Source string `json:"source"`
	Runs   int64  `json:"runs"`
	Root   Hash   `json:"root"`
}

// Digest names a file or statement that the entry vouches for, such as the
// record of a certificate: SHA-256 as hexadecimal.
type Digest struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Entry is one thing that one person did, in one transaction.
type Entry struct {
	Seq     int64     // 1, 2, 3, …: the place in the log
	Time    time.Time // UTC, whole milliseconds, by this computer's clock
	Actor   Actor     // who was signed in
	Device  string    // which account and computer, without naming them; a note, not a proof
	Action  string    // what was done, for programs: "policy.approve"
	Subject string    // the reference of what it was done to: "POL-0001"; may be empty
	Summary string    // one plain sentence, for people
	Reason  string    // the person's own words, where a reason was asked for
	Changes []Change  // every row touched, by table and then key, each once
	Import  *Import   // for an import
	Digests []Digest  // further files and statements, by name, each once
}

// wire is Entry in the order and spelling of the file.
type wire struct {
	Seq     int64    `json:"seq"`
	Time    string   `json:"time"`
	Actor   Actor    `json:"actor"`
	Device  string   `json:"device,omitempty"`
	Action  string   `json:"action"`
	Subject string   `json:"subject,omitempty"`
	Summary string   `json:"summary"`
	Reason  string   `json:"reason,omitempty"`
	Changes []Change `json:"changes,omitempty"`
	Import  *Import  `json:"import,omitempty"`
	Digests []Digest `json:"digests,omitempty"`
}

const timeForm = "2006-01-02T15:04:05.000Z"

// Format is the entry's one spelling: a line of JSON without the line end.
func (e Entry) Format() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(wire{e.Seq, e.Time.UTC().Format(timeForm), e.Actor, e.Device, e.Action, e.Subject,
		e.Summary, e.Reason, e.Changes, e.Import, e.Digests})
	if err != nil {
		panic(err) // only strings and numbers: it cannot fail
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// ParseEntry reads what Format wrote and nothing else: another order of
// fields, a space, an unknown or repeated field is unreadable.
func ParseEntry(line []byte) (Entry, error) {
	bad := func(err error) (Entry, error) {
		return Entry{}, fault.Unreadable("", "This is no entry of an Assay activity log.").Because(err)
	}
	var w wire
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return bad(err)
	}
	t, err := time.Parse(timeForm, w.Time)
	if err != nil {
		return bad(err)
	}
	e := Entry{w.Seq, t, w.Actor, w.Device, w.Action, w.Subject, w.Summary, w.Reason, w.Changes, w.Import, w.Digests}
	if err := e.Check(); err != nil {
		return bad(err)
	}
	if !bytes.Equal(e.Format(), line) {
		return bad(fmt.Errorf("not in canonical form"))
	}
	return e, nil
}

// LeafHash is the entry's hash in the tree: SHA-256 of a zero byte and Format.
func (e Entry) LeafHash() Hash { return tlog.RecordHash(e.Format()) }

var (
	actionPattern = regexp.MustCompile(`^[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)+$`)
	tablePattern  = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// The most that the entry's texts may hold, in bytes.
const (
	maxShort = 1_000
	maxLong  = 100_000
)

// Check tells whether the entry may stand in a log.
func (e Entry) Check() error {
	no := func(format string, args ...any) error {
		return fault.Internal(fmt.Errorf("log entry %d: %s", e.Seq, fmt.Sprintf(format, args...)))
	}
	switch {
	case e.Seq < 1:
		return no("the number is below 1")
	case e.Time.Year() < 2000 || e.Time.Year() > 9999 || e.Time.Nanosecond()%1e6 != 0 || e.Time.Location() != time.UTC:
		return no("the time %v is not UTC in whole milliseconds", e.Time)
	case e.Actor.Name == "":
		return no("nobody is named as having done it")
	case !actionPattern.MatchString(e.Action):
		return no("the action %q is not of the form noun.verb", e.Action)
	case e.Summary == "":
		return no("there is no summary")
	case e.Import != nil && (!isSHA256(e.Import.Source) || e.Import.Runs < 0):
		return no("the import names no source")
	case e.Changes != nil && len(e.Changes) == 0 || e.Digests != nil && len(e.Digests) == 0:
		return no("an empty list is left out")
	}
	for _, s := range []string{e.Actor.ID, e.Actor.Name, e.Actor.Role, e.Device, e.Subject, e.Summary} {
		if !isText(s, maxShort, false) {
			return no("the text %.40q… is too long or is not one line of UTF-8", s)
		}
	}
	if !isText(e.Reason, maxLong, true) {
		return no("the reason is too long or not UTF-8")
	}
	for i, c := range e.Changes {
		switch {
		case !tablePattern.MatchString(c.Table) || c.Key == "" || !isText(c.Key, maxShort, false):
			return no("change %d names no row", i+1)
		case c.Op == Put && !isSHA256(c.Digest), c.Op == Delete && c.Digest != "", c.Op != Put && c.Op != Delete:
			return no("change %d is neither a put with a digest nor a delete without one", i+1)
		case i > 0 && compareChange(e.Changes[i-1], c) >= 0:
			return no("change %d is out of order", i+1)
		}
	}
	for i, d := range e.Digests {
		if d.Name == "" || !isText(d.Name, maxShort, false) || !isSHA256(d.SHA256) ||
			i > 0 && e.Digests[i-1].Name >= d.Name {
			return no("digest %d has no name or value, or is out of order", i+1)
		}
	}
	return nil
}

// normal gives the entry its one order and precision.
func (e Entry) normal() Entry {
	e.Time = e.Time.UTC().Truncate(time.Millisecond)
	e.Changes = slices.Clone(e.Changes)
	slices.SortFunc(e.Changes, compareChange)
	e.Digests = slices.Clone(e.Digests)
	slices.SortFunc(e.Digests, func(a, b Digest) int { return strings.Compare(a.Name, b.Name) })
	if len(e.Changes) == 0 {
		e.Changes = nil
	}
	if len(e.Digests) == 0 {
		e.Digests = nil
	}
	return e
}

func compareChange(a, b Change) int {
	if c := strings.Compare(a.Table, b.Table); c != 0 {
		return c
	}
	return strings.Compare(a.Key, b.Key)
}

func isSHA256(s string) bool {
	if len(s) != 64 || s != strings.ToLower(s) {
		return false
	}
	_, err := hex.DecodeString(s)
	return err == nil
}

// isText tells whether s is UTF-8 of at most limit bytes, without control
// characters but, where lines are allowed, line ends and tabs.
func isText(s string, limit int, lines bool) bool {
	if len(s) > limit || !utf8.ValidString(s) {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && !(lines && (r == '\n' || r == '\t'))
	}) < 0
}
