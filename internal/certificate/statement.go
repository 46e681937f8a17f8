package certificate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/standard"
)

// MaxBytes is the largest statement that Parse reads.
const MaxBytes = 8 << 20

// maxDepth of nested objects and arrays; a statement needs four.
const maxDepth = 8

// Format writes a statement in its one canonical form. It is refused where the
// statement is not valid.
func Format(s Statement) ([]byte, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return encode(s)
}

// encode writes a value in the one form that the package comment describes.
func encode[T any](s T) ([]byte, error) {
	tidy(reflect.ValueOf(&s).Elem())
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		return nil, fault.Internal(err)
	}
	return b.Bytes(), nil
}

// tidy makes empty slices of nil ones and copies the others, and replaces what
// is not UTF-8, so that a statement has one form and the caller's value is not
// touched.
func tidy(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(strings.ToValidUTF8(v.String(), "\uFFFD"))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			tidy(v.Field(i))
		}
	case reflect.Slice:
		c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(c, v)
		v.Set(c)
		for i := range v.Len() {
			tidy(v.Index(i))
		}
	}
}

// Parse reads a statement. Whatever is not exactly what Format writes is refused.
func Parse(b []byte) (Statement, error) {
	s, err := decode[Statement](b, "certificate's record", func(s Statement) string { return s.Format }, FormatName)
	if err != nil {
		return Statement{}, err
	}
	if err := s.Validate(); err != nil {
		return Statement{}, fault.Unreadable("", "The certificate's record contradicts itself: %s", err).Because(err)
	}
	return s, nil
}

// decode reads what encode writes, and nothing else.
func decode[T any](b []byte, what string, format func(T) string, want string) (T, error) {
	var s, none T
	if len(b) > MaxBytes {
		return none, fault.Unreadable("", "The %s is larger than %d MB; it is none of ours.", what, MaxBytes>>20)
	}
	if !utf8.Valid(b) {
		return none, fault.Unreadable("", "The %s is not UTF-8 text.", what)
	}
	if err := shallow(b, what); err != nil {
		return none, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return none, fault.Unreadable(fmt.Sprintf("byte %d", d.InputOffset()), "The %s is not of the form %s.", what, want).
			Because(err)
	}
	if f := format(s); f != want {
		return none, fault.Unreadable("", "The %s has the format %q; this program reads %q.", what, clip(f), want)
	}
	again, err := encode(s)
	if err != nil {
		return none, err
	}
	if !bytes.Equal(again, b) {
		return none, fault.Unreadable(
			fmt.Sprintf("byte %d", firstDifference(again, b)),
			"The %s is not in its canonical form; it was written or changed by something else than Assay.",
			what,
		)
	}
	return s, nil
}

func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// shallow refuses deep nesting before a decoder walks into it.
func shallow(b []byte, what string) error {
	d := json.NewDecoder(bytes.NewReader(b))
	for depth := 0; ; {
		t, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fault.Unreadable(fmt.Sprintf("byte %d", d.InputOffset()), "The %s is not JSON.", what).Because(err)
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > maxDepth {
				return fault.Unreadable(fmt.Sprintf("byte %d", d.InputOffset()), "The %s is nested too deeply.", what)
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

// Digest is the SHA-256 of the statement's canonical bytes in lower-case hex.
func (s Statement) Digest() (string, error) {
	b, err := Format(s)
	if err != nil {
		return "", err
	}
	return DigestOf(b), nil
}

// DigestOf is the digest of a statement's bytes.
func DigestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

var (
	numberPattern = regexp.MustCompile(`^GC-20\d\d-\d{4,}$`)
	hexPattern    = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Validate says where a statement contradicts itself or lacks something.
func (s Statement) Validate() error {
	var bad []fault.Field
	add := func(name, format string, args ...any) {
		bad = append(bad, fault.Field{Name: name, Message: fmt.Sprintf(format, args...)})
	}
	if s.Format != FormatName {
		add("format", "The format is %s.", FormatName)
	}
	if !numberPattern.MatchString(s.Number) {
		add("number", "A certificate's number has the form GC-2026-0007.")
	}
	if s.Supersedes != "" && (!numberPattern.MatchString(s.Supersedes) || s.Supersedes == s.Number) {
		add("supersedes", "The superseded certificate's number has the form GC-2026-0007 and is another one.")
	}
	if strings.TrimSpace(s.Organisation.Name) == "" {
		add("organisation.name", "The organisation has a name.")
	}
	if s.Workflow.Ref == "" || strings.TrimSpace(s.Workflow.Name) == "" {
		add("workflow", "The workflow has a reference and a name.")
	}
	switch s.Verdict {
	case VerdictMet:
		if len(s.Conditions) > 0 {
			add("verdict", "A certificate with conditions says so in its verdict.")
		}
	case VerdictConditions:
		if len(s.Conditions) == 0 {
			add("verdict", "A verdict with conditions names them.")
		}
	default:
		add("verdict", "The verdict is met or met_with_conditions.")
	}
	if s.Percent < 0 || s.Percent > 100 {
		add("percent", "The score is between 0 and 100.")
	}
	for _, t := range []struct {
		name string
		at   time.Time
	}{{"issued", s.Issued}} {
		if t.at.IsZero() || !exact(t.at) {
			add(t.name, "The time is in UTC and to the second.")
		}
	}
	issued := civil.Of(s.Issued)
	if d, err := civil.Parse(string(s.ValidUntil)); err != nil || d.IsZero() || d.Before(issued) ||
		issued.AddMonths(12).Before(d) {
		add("valid_until", "A certificate holds until a day that is at most twelve months after its issue.")
	}
	s.validateAreas(add)
	unmet := map[string]bool{}
	for _, r := range s.Requirements {
		if r.Status == "not_met" {
			unmet[r.Code] = true
			if r.Blocking {
				add("requirements", "The blocking requirement %s is not met.", r.Code)
			}
		}
	}
	for i, c := range s.Conditions {
		name := fmt.Sprintf("conditions[%d]", i)
		if !unmet[c.Requirement] {
			add(
				name,
				"The condition for %s belongs to no requirement that is not met, or is there twice.",
				c.Requirement,
			)
		}
		delete(unmet, c.Requirement)
		if d, err := civil.Parse(string(c.Due)); err != nil || d.IsZero() || strings.TrimSpace(c.Owner) == "" ||
			strings.TrimSpace(c.Text) == "" {
			add(name, "A condition says what will be done, by whom and by when.")
		}
	}
	for code := range unmet {
		add("conditions", "%s is not met and stands without a condition.", code)
	}
	for i, src := range s.Sources {
		if !hexPattern.MatchString(src.SHA256) || !exact(src.From) || !exact(src.To) {
			add(fmt.Sprintf("sources[%d]", i), "A source has a SHA-256 and its period in UTC to the second.")
		}
	}
	for i, d := range s.Documents {
		if !hexPattern.MatchString(d.SHA256) {
			add(fmt.Sprintf("documents[%d]", i), "A document has a SHA-256.")
		}
	}
	if s.Assessor.Name == "" || s.Assessor.PersonID == "" || !hexPattern.MatchString(s.Assessor.Key) {
		add("assessor", "The assessor has a name and a key.")
	}
	if s.Approver.Name == "" || s.Approver.PersonID == "" ||
		s.Approver.Key != "" && !hexPattern.MatchString(s.Approver.Key) {
		add("approver", "The approver has a name.")
	}
	if s.Assessor.PersonID == s.Approver.PersonID || s.Assessor.Key == s.Approver.Key {
		add("approver", "The assessor and the approver are two people with two keys.")
	}
	if s.Log.Size < 0 || !hexPattern.MatchString(s.Log.Root) {
		add("log", "The activity log's head has a size and a root.")
	}
	slices.SortStableFunc(bad, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
	return fault.Join(bad)
}

func (s Statement) validateAreas(add func(name, format string, args ...any)) {
	type tally struct{ met, applicable int }
	sum, seen := map[string]tally{}, map[string]bool{}
	for _, r := range s.Requirements {
		t := sum[r.Area]
		switch r.Status {
		case "met":
			t.met, t.applicable = t.met+1, t.applicable+1
		case "not_met":
			t.applicable++
		case "not_applicable":
		default:
			add("requirements", "%s is met, not_met or not_applicable.", r.Code)
		}
		sum[r.Area] = t
		if seen[r.Code] {
			add("requirements", "%s is there twice.", r.Code)
		}
		seen[r.Code] = true
	}
	if len(s.Areas) != len(standard.Areas) {
		add("areas", "There are five areas.")
		return
	}
	for i, a := range s.Areas {
		if a.Area != string(standard.Areas[i]) || a.Met != sum[a.Area].met || a.Applicable != sum[a.Area].applicable {
			add(fmt.Sprintf("areas[%d]", i), "The count of %s is the count of its requirements.", standard.Areas[i])
		}
	}
}

func exact(t time.Time) bool { return t.Nanosecond() == 0 && t.Location() == time.UTC }
