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

	"assay/internal/assurance"
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
	if s.Format == FormatFirst {
		return encode(s.asFirst())
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

// Parse reads a statement, of this version or of the first. Whatever is not
// exactly what Format writes is refused.
func Parse(b []byte) (Statement, error) {
	s, err := parse(b)
	if err != nil {
		return Statement{}, err
	}
	if err := s.Validate(); err != nil {
		return Statement{}, fault.Unreadable("", "The certificate's record contradicts itself: %s", err).Because(err)
	}
	return s, nil
}

func parse(b []byte) (Statement, error) {
	const what = "certificate's record"
	if bytes.HasPrefix(b, []byte("{\n  \"format\": \""+FormatFirst+"\",\n")) {
		f, err := decode[first](b, what, func(f first) string { return f.Format }, FormatFirst)
		return f.statement(), err
	}
	return decode[Statement](b, what, func(s Statement) string { return s.Format }, FormatName)
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
		return none,
			fault.Unreadable(fmt.Sprintf("byte %d", d.InputOffset()), "The %s is not of the form %s.", what, want).
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
	if s.Format != FormatName && s.Format != FormatFirst {
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
	if want := s.verdict(); s.Verdict != want {
		add("verdict", "With these conditions and exceptions the verdict is %s.", want)
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
		if !assurance.Status(r.Status).Stands() {
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
	assessor, approver := s.Assessor(), s.Approver()
	if len(s.Signatures) != 2 || s.Signatures[0].Role != RoleAssessor || s.Signatures[1].Role != RoleApprover {
		add("signatures", "A certificate needs two signatures: the assessor's, then the approver's.")
	}
	if assessor.Name == "" || assessor.PersonID == "" || !hexPattern.MatchString(assessor.Key) {
		add("assessor", "The assessor has a name and a key.")
	}
	if approver.Name == "" || approver.PersonID == "" || approver.Key != "" && !hexPattern.MatchString(approver.Key) {
		add("approver", "The approver has a name.")
	}
	if assessor.PersonID == approver.PersonID || assessor.Key == approver.Key {
		add("approver", "The assessor and the approver are two people with two keys.")
	}
	if s.Format == FormatName {
		s.validateCounts(add)
	}
	if s.Log.Size < 0 || !hexPattern.MatchString(s.Log.Root) {
		add("log", "The activity log's head has a size and a root.")
	}
	slices.SortStableFunc(bad, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
	return fault.Join(bad)
}

// verdict is what the requirements and conditions come to.
func (s Statement) verdict() Verdict {
	if len(s.Conditions) > 0 {
		return VerdictConditions
	}
	for _, r := range s.Requirements {
		if r.Status == string(assurance.StatusHeldButFor) {
			return VerdictExceptions
		}
	}
	return VerdictMet
}

// validateCounts holds the figures of version 2 against each other: a reader has
// to be able to add them up.
func (s Statement) validateCounts(add func(name, format string, args ...any)) {
	found := map[string]Finding{}
	for i, x := range s.Findings {
		said := 0
		for _, e := range x.Said {
			said += e.Findings
		}
		if said > x.Found() || x.Tested > x.Of || x.Of > 0 && x.Found() > x.Of {
			add(
				fmt.Sprintf("findings[%d]", i), "%s has more findings, tested or explained cases than there are.",
				x.Code,
			)
		}
		found[x.Code] = x
	}
	for _, r := range s.Requirements {
		short, settled := 0, 0
		for _, code := range r.Subjects {
			short, settled = short+found[code].Found(), settled+found[code].Settled()
		}
		switch c := r.Counts; assurance.Status(r.Status) {
		case assurance.StatusHeld:
			if short > 0 || c.Short > 0 {
				add("requirements", "%s has findings and is not held.", r.Code)
			}
		case assurance.StatusHeldButFor, assurance.StatusNotHeld:
			but := r.Status == string(assurance.StatusHeldButFor)
			if c.Short != short || c.Settled != settled || short == 0 || (short == settled) != but {
				add("requirements", "The counts of %s are not those of its findings.", r.Code)
			}
		}
	}
	runs := 0
	for i, m := range s.Evidence.Months {
		runs += m.Runs
		if i > 0 && s.Evidence.Months[i-1].Month >= m.Month {
			add("evidence", "The months follow each other.")
		}
	}
	if runs > s.Runs {
		add("evidence", "The months have more runs than there are.")
	}
	released, first := 0, 0
	for _, g := range s.Gates {
		released, first = released+g.Released, first+g.DecidedFirst
		if g.DecidedFirst > g.Released || g.Named != len(g.Officers) {
			add("gates", "The counts of %s do not fit each other.", g.Title)
		}
	}
	s.validatePatterns(add)
	if released != s.Evidence.Released || first != s.Evidence.DecidedFirst {
		add("evidence", "The counts of the evidence are the sums of its gates.")
	}
	if s.Root != "" && !hexPattern.MatchString(s.Root) {
		add("root", "The root key has a SHA-256.")
	}
}

func (s Statement) validateAreas(add func(name, format string, args ...any)) {
	type tally struct{ met, applicable int }
	sum, seen := map[string]tally{}, map[string]bool{}
	for _, r := range s.Requirements {
		t := sum[r.Area]
		switch status := assurance.Status(r.Status); status {
		case assurance.StatusHeld, assurance.StatusHeldButFor, assurance.StatusNotHeld, assurance.StatusNotShown:
			if s.Format == FormatFirst {
				add("requirements", "%s is met, not_met or not_applicable.", r.Code)
			}
			fallthrough
		case assurance.StatusMet, assurance.StatusNotMet:
			if t.applicable++; status.Whole() {
				t.met++
			}
		case assurance.StatusNotApplicable:
		default:
			add("requirements", "%s has an answer that there is not.", r.Code)
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
