package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"assay/internal/assurance"
	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/prose"
	"assay/internal/workflow"
)

// Signed is what a certificate shows of its keys besides what its record says.
type Signed struct {
	Seal        string
	SealVersion int  // 1 is by the assessor's key, 2 by the approver's; 0 where there is none
	Root        *Key // of the organisation, where it is known
}

// OfStatement lays a certificate out for drawing, every edition from its record
// alone: what the record does not hold is in none of them, and each says so.
func OfStatement(st certificate.Statement, record []byte, signed Signed) Certificate {
	assessor, approver := st.Assessor(), st.Approver()
	called := calledIn(st)
	d := Certificate{
		Number:       st.Number,
		Organisation: namedIn(st)(st.Organisation.Name),
		Contact:      namedIn(st)(st.Organisation.Contact),
		Sample:       st.Sample,
		IssuedAt:     st.Issued,
		Verdict:      Verdict(st.Verdict),
		Lead:         st.Lead(),
		Shown:        st.Points(),
		ValidFrom:    civil.Of(st.Issued),
		ValidUntil:   st.ValidUntil,
		Supersedes:   st.Supersedes,
		Seal:         signed.Seal,
		Approved:     signed.SealVersion > 1,
		Assessor:     Person{Name: called(assessor.Name), Role: called(assessor.JobTitle)},
		Approver:     Person{Name: called(approver.Name), Role: called(approver.JobTitle)},
		RecordDigest: certificate.DigestOf(record),
		Keys:         keysShown(st, signed),
		Log:          Checkpoint{Size: st.Log.Size, Root: st.Log.Root},
		Workflow: Workflow{
			Ref:            st.Workflow.Ref,
			Name:           called(st.Workflow.Name),
			Version:        versionIn(st)(st.Workflow.Version),
			Does:           st.Workflow.Purpose,
			Data:           st.Workflow.DataUsed,
			Informs:        st.Workflow.Decisions,
			HowItWorks:     st.Workflow.HowItWorks,
			DoesNot:        st.Workflow.Limits,
			Answers:        strings.TrimSuffix(called(st.Workflow.Owner)+", "+called(st.Workflow.OwnerRole), ", "),
			PeopleDecide:   PeopleDecide(st),
			HowToChallenge: st.Workflow.Challenge,
		},
		Sources:   SourcesOf(st),
		Counts:    CountsOf(st),
		Gates:     GatesOf(st),
		Areas:     AreasOf(st),
		Explained: ExplainedOf(st),
		Besides:   BesidesOf(st),
	}
	d.Findings, d.NotTested = TestsOf(st)
	if st.Format == certificate.FormatFirst {
		d.First = true
	}
	for _, c := range st.Conditions {
		d.Conditions = append(d.Conditions, Condition{Text: st.Task(c), Owner: called(c.Owner), Due: c.Due})
	}
	for _, r := range st.Requirements {
		d.Requirements = append(
			d.Requirements,
			Requirement{
				Code:     r.Code,
				Name:     r.Title,
				Area:     r.Area,
				State:    RequirementState(r.Status),
				Blocking: r.Blocking,
				Reason:   r.Reason,
			},
		)
	}
	if signed.SealVersion > 1 { // the approver's, so that it shows in every edition who approved
		d.Attachments = append(d.Attachments, Attachment{
			Name:         certificate.SealFile,
			MIME:         "text/plain",
			Relationship: RelSupplement,
			Description:  "The seal, by the approver's key, as text",
			Modified:     st.Issued,
			Size:         int64(len(signed.Seal)),
			Open:         func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(signed.Seal)), nil },
		})
	}
	d.Attachments = append(d.Attachments,
		Attachment{
			Name:         certificate.StatementFile,
			MIME:         "application/json",
			Relationship: RelSource,
			Description:  "The certificate's record, which the seal and the signature cover",
			Modified:     st.Issued,
			Size:         int64(len(record)),
			Open:         func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(record)), nil },
		},
	)
	return d
}

// calledIn puts names and roles that somebody typed into a page's sentences; the words
// of a record of version 1 stay as they were drawn.
func calledIn(st certificate.Statement) func(string) string {
	if st.Format == certificate.FormatFirst {
		return func(s string) string { return s }
	}
	return prose.Called
}

// versionIn does the same with versions.
func versionIn(st certificate.Statement) func(string) string {
	if st.Format == certificate.FormatFirst {
		return func(s string) string { return s }
	}
	return prose.Version
}

// namedIn does the same with the name of an organisation and how to reach it, which may
// be long and have commas.
func namedIn(st certificate.Statement) func(string) string {
	return func(s string) string {
		if st.Format == certificate.FormatFirst || !prose.Claims(s) {
			return s
		}
		return prose.Quote(s)
	}
}

// decidesIn does the same with what people decide, which is longer than a name: in
// quotation marks is what counts something or is more than the end of a sentence.
func decidesIn(st certificate.Statement) func(string) string {
	return func(s string) string {
		s = strings.TrimRight(strings.TrimSpace(s), ".")
		if st.Format == certificate.FormatFirst || !strings.ContainsAny(s, ".:;!?0123456789“”\"") {
			return s
		}
		return prose.Quote(s)
	}
}

// keysShown are the keys that a certificate names.
func keysShown(st certificate.Statement, signed Signed) []Key {
	var out []Key
	switch {
	case signed.Root != nil:
		root := *signed.Root
		root.Holder = namedIn(st)(root.Holder)
		out = append(out, root)
	case st.Root != "":
		out = append(out, Key{Use: UseRoot, Holder: namedIn(st)(st.Organisation.Name), Fingerprint: st.Root})
	}
	assessor, approver := st.Assessor(), st.Approver()
	first, second := "Assessor", "Approver"
	switch signed.SealVersion {
	case 1:
		first += " and seal"
	case 2:
		second += " and seal"
	}
	out = append(
		out,
		Key{Use: first, Holder: calledIn(st)(assessor.Name), Fingerprint: assessor.Key, Made: assessor.KeyMade},
	)
	if approver.Key != "" {
		out = append(
			out,
			Key{Use: second, Holder: calledIn(st)(approver.Name), Fingerprint: approver.Key, Made: approver.KeyMade},
		)
	}
	return out
}

// AreasOf are the areas with how each stands.
func AreasOf(st certificate.Statement) []Area {
	var out []Area
	for _, a := range st.Areas {
		out = append(out, Area{
			Code:       a.Area,
			Name:       a.Title,
			Met:        a.Met,
			Applicable: a.Applicable,
			Sentence:   areaSentence(st, a.Area),
		})
	}
	return out
}

// SourcesOf are the imported files that a statement rests on.
func SourcesOf(st certificate.Statement) []Source {
	var out []Source
	for _, x := range st.Sources {
		out = append(
			out,
			Source{
				Name:    x.FileName,
				Format:  x.Format,
				SHA256:  x.SHA256,
				Runs:    int64(x.Runs),
				Refused: int64(x.Refused),
				From:    dayOf(x.From),
				Until:   dayOf(x.To),
			},
		)
	}
	return out
}

// CountsOf are the totals of the runs that a statement rests on.
func CountsOf(st certificate.Statement) Counts {
	out := Counts{
		Runs:     int64(st.Runs),
		Officers: int64(st.Evidence.Accounts),
		From:     st.Evidence.From,
		Until:    st.Evidence.To,
	}
	for _, g := range st.Gates {
		out.Decisions += int64(g.Decided)
		out.Releases += int64(g.Released)
	}
	if st.Format != certificate.FormatFirst {
		return out
	}
	out.Officers = Unknown
	for _, x := range SourcesOf(st) {
		if out.From.IsZero() || !x.From.IsZero() && x.From.Before(out.From) {
			out.From = x.From
		}
		if x.Until > out.Until { // the empty day is before all
			out.Until = x.Until
		}
	}
	return out
}

// TestsOf are the tests with what they found, and those that could not be made.
func TestsOf(st certificate.Statement) (tests []FindingCount, notTested []string) {
	for _, x := range st.Findings {
		if x.Untested != "" {
			notTested = append(notTested, x.Code+" "+x.Title+": "+x.Untested)
			if x.Found() == 0 {
				continue
			}
		}
		c := FindingCount{
			Code:      x.Code,
			Title:     x.Title,
			Of:        int64(x.Of),
			Tested:    int64(x.Tested),
			Found:     int64(x.Found()),
			Open:      x.Found() - x.Settled(),
			Explained: x.Settled(),
			Actioned:  x.Actioned,
			Threshold: threshold(x.Code, st),
		}
		if st.Format == certificate.FormatFirst {
			c.Tested, c.Open, c.Explained = int64(st.Runs), x.Open, x.Explained+x.Accepted
		}
		tests = append(tests, c)
	}
	slices.SortStableFunc(tests, func(a, b FindingCount) int { // what was found first
		return cmp.Or(cmp.Compare(min(b.Found, 1), min(a.Found, 1)), strings.Compare(a.Code, b.Code))
	})
	return tests, notTested
}

// ExplainedOf is what was said of findings. What was said of several tests in the
// same words, by the same people, is one explanation of all of them.
func ExplainedOf(st certificate.Statement) []Explained {
	var out []Explained
	for _, f := range st.Findings {
		for _, e := range f.Said {
			x := Explained{
				Code:     f.Code,
				Findings: int64(e.Findings),
				Of:       int64(f.Found()),
				Standing: e.Standing,
				Words:    e.Words(),
			}
			i := slices.IndexFunc(out, func(o Explained) bool {
				return o.Standing == x.Standing && o.Words == x.Words && !strings.Contains(o.Code, x.Code)
			})
			if i < 0 {
				out = append(out, x)
				continue
			}
			out[i].Code += ", " + x.Code
			out[i].Findings, out[i].Of = out[i].Findings+x.Findings, out[i].Of+x.Of
		}
	}
	return out
}

// BesidesOf are the facts about the evidence that belong to no test.
func BesidesOf(st certificate.Statement) []Fact {
	if st.Format == certificate.FormatFirst {
		return nil
	}
	left := st.LeftOut.Sentence()
	if left == "" {
		left = "Nothing that the imported files held."
	}
	if st.LeftOut.Stated > 0 {
		left += fmt.Sprintf(" The platform counts %s; the files that it says so of hold %s.",
			prose.Count(st.LeftOut.Stated, "run"), prose.Count(st.LeftOut.Read, "record"))
	} else if len(st.Sources) > 0 {
		left += " No file states how many runs the platform counts."
	}
	if st.LeftOut.Missing > max(0, st.LeftOut.Stated-st.LeftOut.Read) {
		left += fmt.Sprintf(" File by file, %s of those counted are in none.", prose.Count(st.LeftOut.Missing, "run"))
	}
	// What a page may have no room for is the end of the list: first comes what page 1
	// points to, or what nobody would look for.
	var out []Fact
	for _, x := range st.Breaks {
		out = append(out, Fact{Name: "Register", Text: x.Words})
	}
	out = append(out, Fact{Name: "Left out", Text: left})
	loud, quiet := remarksOf(st)
	out = append(out, loud...)
	for _, x := range st.Twins {
		out = append(out, Fact{Name: "The same?", Text: x.Words})
	}
	before := beforeOf(st)
	if len(st.Withdrawn) > 0 {
		out = append(out, before...)
	}
	first := min(1, len(st.Declarations))
	for _, d := range st.Declarations[first:] { // the changes
		out = append(out, Fact{Name: "Held to", Text: d.Words})
	}
	out = append(out, attemptsOf(st, false)...)
	out = append(out, readingsOf(st)...)
	for _, c := range st.Conditions {
		if added := st.Added(c); added != "" {
			out = append(out, Fact{Name: "Added", Text: fmt.Sprintf(
				"To %s the assessor added: %s", prose.Quote(st.Task(c)), prose.Said(added),
			)})
		}
	}
	for _, d := range st.Declarations[:first] {
		out = append(out, Fact{Name: "Held to", Text: d.Words})
	}
	out = append(out, quiet...)
	var months []string
	for _, m := range st.Evidence.Months {
		months = append(months, m.Month+": "+prose.Number(m.Runs))
	}
	if len(months) > 0 {
		out = append(out, Fact{Name: "By month", Text: fmt.Sprintf("%s. %s of %s without a run.",
			strings.Join(months, ", "), prose.Number(st.Evidence.DaysIdle), prose.Count(st.Evidence.Days, "day"))})
	}
	out = append(out, recordsOf(st)...)
	out = append(out, attemptsOf(st, true)...)
	if len(st.Withdrawn) == 0 {
		out = append(out, before...)
	}
	return out
}

// remarksOf are the remarks, those that page 1 speaks of apart from the others.
func remarksOf(st certificate.Statement) (loud, quiet []Fact) {
	for _, x := range st.Remarks {
		f := Fact{Name: x.Name, Text: x.Text}
		if x.Lead != "" {
			loud = append(loud, f)
		} else {
			quiet = append(quiet, f)
		}
	}
	return loud, quiet
}

// readingsOf say how mappings had the files read: those first of which a word was read as
// what it does not say, and files under one mapping together, so that many files push
// nothing else off the page.
func readingsOf(st certificate.Statement) []Fact {
	type reading struct {
		files   []string
		mapping string
		how     string
		odd     bool
	}
	var all []reading
	for _, x := range st.Sources {
		if x.MappingSHA256 == "" {
			continue
		}
		r := reading{mapping: x.MappingSHA256[:12], how: strings.Join(x.ReadAs, "; "), odd: len(x.Contrary) > 0}
		if r.odd {
			r.how = "Note " + strings.Join(x.Contrary, ", ") + ". " + r.how
		}
		i := slices.IndexFunc(all, func(o reading) bool { return o.mapping == r.mapping && o.how == r.how })
		if i < 0 {
			i, all = len(all), append(all, r)
		}
		all[i].files = append(all[i].files, prose.Quote(prose.Shorten(x.FileName, 60)))
	}
	slices.SortStableFunc(all, func(a, b reading) int {
		return cmp.Compare(map[bool]int{true: 0, false: 1}[a.odd], map[bool]int{true: 0, false: 1}[b.odd])
	})
	var out []Fact
	for _, r := range all {
		if n := len(r.files); n > 3 { // so that none of how they were read is cut off for their names
			r.files = append(r.files[:2], fmt.Sprintf("%s more files", prose.Number(n-2)))
		}
		out = append(out, Fact{
			Name: "Read as", Text: fmt.Sprintf("%s (mapping %s…): %s.", strings.Join(r.files, ", "), r.mapping, r.how),
		})
	}
	return out
}

// attemptsOf are the times when the certificate was refused, or tried out.
func attemptsOf(st certificate.Statement, dry bool) []Fact {
	var out []Fact
	for _, a := range st.Attempts {
		if a.Dry != dry {
			continue
		}
		name, text := "Refused", "Asked for"
		if dry {
			name, text = "Tried", "Tried out"
		}
		out = append(out, Fact{Name: name, Text: fmt.Sprintf(
			"%s by %s on %s: %s", text, prose.Called(a.By), civil.Of(a.At).Long(), strings.Join(a.Reasons, " "),
		)})
	}
	return out
}

// beforeOf are the certificates of the workflow before this one, with why they were revoked.
func beforeOf(st certificate.Statement) []Fact {
	before := slices.Clone(st.Superseded)
	for i, number := range before {
		for _, w := range st.Withdrawn {
			if w.Number == number {
				before[i] = w.Words()
			}
		}
	}
	if len(before) == 0 {
		return nil
	}
	return []Fact{{Name: "Before it", Text: strings.Join(before, ", ")}}
}

// recordsOf are the records beside the runs: the risk assessment with the appetite
// that it was held to, the policies and the documents.
func recordsOf(st certificate.Statement) []Fact {
	var out []Fact
	if a := st.Assessment; a.Ref != "" {
		out = append(out, Fact{Name: "Risks", Text: fmt.Sprintf(
			"%s, %s: %s open, the highest %d of 25; %d above the appetite of %d.", a.Ref,
			approvedWords(a.ApprovedBy, a.ApprovedOn), count(int64(a.Risks), "risk", "risks"), a.HighestScore,
			a.AboveAppetite, a.Appetite,
		)})
	}
	var policies, documents []string
	for _, p := range st.Policies {
		policies = append(policies, fmt.Sprintf(
			"%s %s %s, %s",
			p.Ref,
			prose.Called(p.Title),
			prose.Version(p.Version),
			approvedWords(p.ApprovedBy, p.ApprovedOn),
		))
	}
	for _, x := range st.Documents {
		documents = append(documents, fmt.Sprintf("%s %s (%s, SHA-256 %s)", x.Ref, prose.Quote(x.Title),
			prose.Quote(x.FileName), x.SHA256))
	}
	if len(policies) > 0 {
		out = append(out, Fact{Name: "Policies", Text: strings.Join(policies, "; ") + "."})
	}
	if len(documents) > 0 {
		out = append(out, Fact{Name: "Documents", Text: strings.Join(documents, "; ") + "."})
	}
	return out
}

// approvedWords say who approved a record and when, as far as its approval bears it out.
func approvedWords(by string, on civil.Date) string {
	if !strings.HasPrefix(by, "recorded ") {
		by = "approved by " + by
	}
	return by + " on " + on.Long()
}

// threshold is the limit that a test used, in words.
func threshold(code string, st certificate.Statement) string {
	var out []string
	for _, g := range st.Gates {
		switch code {
		case "OVR-06":
			if g.MinReviewSeconds > 0 {
				out = append(out, g.Key+": "+prose.Seconds(g.MinReviewSeconds))
			}
		case "OVR-07":
			if g.MaxStreak > 0 {
				out = append(out, g.Key+": "+prose.Number(g.MaxStreak)+" in a row")
			}
		}
	}
	return strings.Join(out, "; ")
}

// GatesOf lays out the gates with what was measured there.
func GatesOf(st certificate.Statement) []Gate {
	var out []Gate
	for _, g := range st.Gates {
		x := Gate{
			Ref:       g.Key,
			Name:      calledIn(st)(g.Title),
			Decides:   decidesIn(st)(g.Decides),
			Role:      calledIn(st)(g.Role),
			Named:     g.Named,
			FourEyes:  g.FourEyes,
			MinReview: time.Duration(g.MinReviewSeconds) * time.Second,
			Enforced:  enforcedWords[g.Enforcement],
			Measures: []Measure{
				{Name: "Runs with a decision", Value: of(g.Decided, st.Runs)},
				{Name: "Decided by a named officer", Value: of(g.ByOfficer, g.Decided)},
			},
		}
		for _, o := range g.Officers {
			name := calledIn(st)(cmp.Or(o.Name, o.Account))
			if o.Kind != "" && o.Kind != string(workflow.LoginOfficer) {
				name += " (" + o.Kind + " account)"
			}
			x.Officers = append(x.Officers, name)
		}
		if p, ok := st.PatternOf(g.Key); ok {
			x.Measures = append(patternMeasures(p), x.Measures...)
		}
		if st.Format != certificate.FormatFirst {
			x.Measures = append(x.Measures, Measure{
				Name: "Decided by one before anything left", Value: of(g.DecidedFirst, g.Released),
			})
		}
		if g.Timed > 0 {
			x.Measures = append(
				x.Measures,
				Measure{Name: "Median review time", Value: prose.Seconds(g.MedianSeconds)},
				Measure{Name: "Faster than the minimum", Value: of(g.UnderMinimum, g.Timed)},
			)
		}
		if g.Comparable > 0 {
			x.Measures = append(
				x.Measures,
				Measure{Name: "Decision follows the AI", Value: of(g.Agreed, g.Comparable)},
			)
		}
		out = append(out, x)
	}
	return out
}

// patternMeasures is how people oversee a gate at which not each run comes before one.
func patternMeasures(p certificate.Pattern) []Measure {
	words := workflow.Pattern(p.Pattern).Words()
	if p.Terms != "" {
		words += " (" + p.Terms + ")"
	}
	out := []Measure{
		{Name: "Pattern of oversight", Value: words},
		{Name: "Runs that it is about", Value: of(p.Due, p.Runs)},
		{Name: "Of these, looked at or approved", Value: of(p.Looked, p.Due)},
	}
	if p.Unknown > 0 {
		out = append(out, Measure{Name: "Runs that do not show it", Value: of(p.Unknown, p.Runs)})
	}
	return out
}

// PeopleDecide is what people decide, as a member reads it.
func PeopleDecide(st certificate.Statement) string {
	var out []string
	for _, g := range st.Gates {
		text, role := strings.TrimRight(strings.TrimSpace(g.Decides), "."), prose.LowerFirst(strings.TrimSpace(g.Role))
		if text == "" || role == "" {
			continue
		}
		article := "A "
		if role = prose.Called(role); strings.ContainsRune("aeio", []rune(strings.TrimPrefix(role, "“"))[0]) {
			article = "An "
		}
		sentence := article + role + " decides " + prose.LowerFirst(decidesIn(st)(text)) + "."
		if p, ok := st.PatternOf(g.Key); ok { // not on each run: this is no place to sound like it
			sentence = p.Scope() + ": " + prose.LowerFirst(sentence)
		}
		out = append(out, sentence)
	}
	return strings.Join(out, " ")
}

// PeopleDecideAt is what people decide at a gate, as it is declared.
func PeopleDecideAt(g workflow.Gate) string {
	st := certificate.Statement{
		Format: certificate.FormatName, Gates: []certificate.Gate{{Key: g.Key, Role: g.Role, Decides: g.Decides}},
	}
	if g.HowOverseen().Weaker() {
		st.Patterns = []certificate.Pattern{{Gate: g.Key, Pattern: string(g.Pattern)}}
	}
	return PeopleDecide(st)
}

// areaSentence says in plain words how an area stands.
func areaSentence(st certificate.Statement, area string) string {
	var open []string
	but := 0
	for _, r := range st.Requirements {
		status := assurance.Status(r.Status)
		switch {
		case r.Area != area:
		case !status.Stands():
			open = append(open, r.Task)
		case status == assurance.StatusHeldButFor:
			but++
		}
	}
	switch {
	case len(open) == 1:
		return "Still open: " + prose.LowerFirst(open[0]) + "."
	case len(open) > 1:
		return "Still open: " + prose.LowerFirst(open[0]) + ", and " + countWords(len(open)-1, "more point") + "."
	case but == 1:
		return "One rule is met but for cases that were explained."
	case but > 1:
		return strings.ToUpper(countWords(but, "rule")[:1]) + countWords(but, "rule")[1:] +
			" are met but for cases that were explained."
	}
	return "Everything that applies is in place."
}

func countWords(n int, what string) string {
	words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
	if n != 1 {
		what += "s"
	}
	if n < len(words) {
		return words[n] + " " + what
	}
	return prose.Number(n) + " " + what
}

var enforcedWords = map[string]string{
	"technical":  "By the platform",
	"procedural": "By procedure",
	"none":       "Not enforced",
}

func of(n, total int) string { return prose.Number(n) + " of " + prose.Number(total) }

// dayOf is the day of a time, none where there is none.
func dayOf(t time.Time) civil.Date {
	if t.IsZero() {
		return ""
	}
	return civil.Of(t)
}
