package certificate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/prose"
	"assay/internal/review"
)

// This file says in plain words what a statement counts. Page 1 is read by
// people who have never seen a log, so every sentence is short, and every figure
// stands with the number that it is out of. A test measures how easily they read.

// found is what a test found, in a sentence for how many cases of how many. A
// test that is not here is named by its title.
var found = map[string]string{
	"OVR-01": "In %s it left with no decision at all.",
	"OVR-02": "In %s it left before anyone had decided.",
	"OVR-03": "In %s the one who decided is not a named officer.",
	"OVR-04": "In %s an officer decided who is not named for this step.",
	"OVR-05": "In %s the same person prepared and decided.",
	"OVR-06": "In %s the decision took less time than it should.",
	"OVR-08": "In %s a decision was used twice or made too late.",
	"OVR-09": "In %s the run never came before a person.",
	"OVR-10": "In %s nobody wrote down why the AI was not followed.",
	"OVR-11": "In %s the decision came before the work it was about.",
	"OVR-12": "In %s it left though the last word was not a yes.",
	"OVR-13": "In %s the officer had no right to decide on that day.",
	"OVR-14": "In %s one person prepared and decided, under two names.",
	"OVR-15": "In %s the decision was changed after it had left.",
	"OVR-16": "In %s two decisions say two different things.",
	"OVR-19": "In %s a person answered later than promised.",
	"OVR-22": "In %s the AI used a text that nobody had approved.",
	"OVR-23": "In %s the AI did what it may not do.",
	"OVR-24": "In %s the AI did alone what needs a person.",
	"TRN-01": "In %s the log does not keep what the AI wrote or why.",
	"TRN-02": "In %s the AI did or read something that is not on its list.",
	"LOG-02": "In %s two files tell the same run in two ways.",
}

// foundMany is the same for tests that look at many runs at once.
var foundMany = map[string]string{
	"OVR-07": "Officers said yes to the AI very often, or many times in a row.",
	"OVR-17": "A step where people decide may be no check at all.",
	"OVR-18": "A limit that the runs are held to is lower than is usual.",
	"OVR-20": "Some who waited for a person got no answer.",
	"OVR-21": "In some weeks staff read fewer runs than they should.",
	"OVR-25": "A limit was passed and nobody was told.",
	"OVR-26": "Not one run came before a person at a step that is there for it.",
	"OVR-27": "The runs that staff read are not like the others.",
	"OVR-28": "This bears on people a lot, and no person looks at each case.",
	"IMP-01": "A new version ran that nobody had written down.",
	"IMP-02": "What came out changed from one month to the next.",
	"RSK-01": "What came out was not the same for each group of people.",
	"LOG-01": "The log has gaps or says things twice.",
}

// foundShort names what a test found in a few words, for where there is no room
// for a sentence each.
var foundShort = map[string]string{
	"OVR-01": "no decision at all",
	"OVR-02": "left before the decision",
	"OVR-03": "not decided by a named officer",
	"OVR-04": "decided by an officer of another step",
	"OVR-05": "prepared and decided by one person",
	"OVR-06": "decided too fast",
	"OVR-07": "a yes to the AI too often",
	"OVR-08": "a decision used twice or made too late",
	"OVR-09": "never before a person",
	"OVR-10": "no reason why the AI was not followed",
	"OVR-11": "decided before the work was done",
	"OVR-12": "left without a yes",
	"OVR-13": "no right to decide on that day",
	"OVR-14": "one person under two names",
	"OVR-15": "changed after it had left",
	"OVR-16": "two decisions that differ",
	"OVR-17": "a step that may be no check",
	"OVR-18": "a limit that is low",
	"OVR-19": "answered late",
	"OVR-20": "no answer by a person",
	"OVR-21": "fewer read than promised",
	"OVR-22": "a text that nobody had approved",
	"OVR-23": "the AI did what it may not",
	"OVR-24": "the AI did alone what needs a person",
	"OVR-25": "a limit passed in silence",
	"OVR-26": "nothing came before a person",
	"OVR-27": "runs read that are not like the others",
	"OVR-28": "it matters much, and nobody sees each case",
	"TRN-01": "what the AI wrote is not kept",
	"TRN-02": "the AI used what is not on its list",
	"LOG-01": "gaps in the log",
	"LOG-02": "two files that differ",
	"IMP-01": "a version that nobody wrote down",
	"IMP-02": "a change from month to month",
	"RSK-01": "not the same for each group",
}

// settledBy says in a few words who explained findings that are all settled.
func (f Finding) settledBy() string {
	signed := len(f.Said) > 0
	for _, e := range f.Said {
		signed = signed && (e.Signed && !f.Question || assurance.Explanation(e).Answered())
	}
	switch {
	case f.Done == f.Found():
		return "put right"
	case f.Question && signed:
		return "an officer answered"
	case f.Question:
		return "said to be answered"
	case signed:
		return "two people explained"
	}
	return "one person explained"
}

// Short is what the test found, and how often, in a few words: "no decision at all
// (60 of 420, two people explained)".
func (f Finding) Short() string {
	text := foundShort[f.Code]
	if text == "" {
		text = strings.TrimSuffix(f.Title, ".")
	}
	var said []string
	if f.Of > 0 {
		said = append(said, prose.Number(f.Found())+" of "+prose.Number(f.Of))
	}
	if f.Found() == f.Settled() {
		said = append(said, f.settledBy())
	}
	if len(said) > 0 {
		text += " (" + strings.Join(said, ", ") + ")"
	}
	return text
}

func cases(n, of int) string { return fmt.Sprintf("%s of %s cases", prose.Number(n), prose.Number(of)) }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return prose.Number(n) + " " + many
}

// Sentence is what the test found, and what was said of it: "In 9 of 260 cases
// the same person prepared and decided. Two people explained all 9." Empty where
// it found nothing.
func (f Finding) Sentence() string {
	if f.Found() == 0 {
		return ""
	}
	return strings.TrimSpace(f.what() + " " + f.said())
}

// what is what the test found.
func (f Finding) what() string {
	n := f.Found()
	out := ""
	switch text, many := found[f.Code], foundMany[f.Code]; {
	case f.Of > 0 && text != "":
		out = fmt.Sprintf(text, cases(n, f.Of))
	case many != "":
		out = many
	case f.Of > 0:
		out = fmt.Sprintf("In %s: %s.", cases(n, f.Of), strings.TrimSuffix(f.Title, "."))
	default:
		out = fmt.Sprintf("%s (%s).", strings.TrimSuffix(f.Title, "."), plural(n, "finding", "findings"))
	}
	return out
}

// said is who has said something about the findings; empty where nobody has.
func (f Finding) said() string {
	n, settled := f.Found(), f.Settled()
	all := "all " + prose.Number(n)
	switch n {
	case 1:
		all = "it"
	case 2:
		all = "both"
	}
	if settled < n {
		switch {
		case settled > 0:
			return fmt.Sprintf("%s of them are not yet explained.", prose.Number(n-settled))
		case f.Actioned == n:
			return "This is not yet put right."
		case f.Alone == n:
			return "One person gave a reason; no second one agreed."
		}
		return ""
	}
	recorded, texts, writers := false, map[string]bool{}, map[string]bool{}
	answered, asked := len(f.Said) > 0, f.Question && f.Explained == n // by officers with their own keys; of officers
	for _, e := range f.Said {
		recorded = recorded || !e.Signed
		texts[review.SameReason(e.Why)], writers[e.By] = true, true
		answered, asked = answered && assurance.Explanation(e).Answered(), asked && e.Officer != ""
	}
	one := len(texts) == 1 && n >= sameText
	if asked {
		who := "More than one person"
		if len(f.Said) > 0 && len(writers) == 1 {
			who = cmp.Or(prose.Called(f.Said[0].By), "Somebody")
		}
		switch {
		case answered && one:
			return fmt.Sprintf("An officer gave one answer for %s.", all)
		case answered:
			return fmt.Sprintf("An officer answered for %s.", all)
		case one:
			return fmt.Sprintf("%s wrote down one answer that an officer is said to have given for %s.", who, all)
		}
		return fmt.Sprintf("%s wrote down what an officer is said to have answered for %s.", who, all)
	}
	out := "Two people explained " + all
	if recorded {
		out = "One person explained " + all
	}
	if one {
		out += " with one reason"
	}
	if recorded {
		out += "; a second one is said to agree"
	}
	return out + "."
}

// sameText is from how many findings on it is said that one text explains them all.
const sameText = 10

// Lead is what a reader sees first under the verdict: how many rules, and what
// was explained of those without which there would be no certificate.
func (s Statement) Lead() []string {
	whole, but, applicable := 0, 0, 0
	for _, r := range s.Requirements {
		switch status := assurance.Status(r.Status); {
		case status == assurance.StatusNotApplicable:
			continue
		case status.Whole():
			whole++
		case status == assurance.StatusHeldButFor:
			but++
		}
		applicable++
	}
	out := fmt.Sprintf("We checked %s.", plural(applicable, "rule", "rules"))
	switch {
	case whole == applicable && s.silent():
		return []string{out + " All of them are met, as far as the log shows."}
	case whole == applicable:
		return []string{out + " All of them are met."}
	default:
		out += fmt.Sprintf(" %s are met.", prose.Number(whole))
	}
	if but > 0 {
		out += fmt.Sprintf(" %s met but for cases that were explained.", are(but))
	}
	if n := len(s.Conditions); n == 1 {
		out += " One thing is still to be done."
	} else if n > 1 {
		out += fmt.Sprintf(" %s things are still to be done.", prose.Number(n))
	}
	lead := []string{out}
	for _, f := range s.byWeight() {
		if text := f.Sentence(); text != "" && s.allowed(f) && len(lead) <= mostInLead {
			lead = append(lead, text)
		}
	}
	return lead
}

// silent tells whether the log shows some of the cases only of what is asked for.
func (s Statement) silent() bool {
	return slices.ContainsFunc(s.Remarks, func(r Remark) bool { return r.Name == assurance.SilentName })
}

// Task is what a condition asks for: what its requirement asks for, in a few words, so
// that no text of the assessor's hides which rule is not met; Added is theirs. A
// statement of version 1 had one text for both.
func (s Statement) Task(c Condition) string {
	task, text := s.taskOf(c), strings.TrimSpace(c.Text)
	if s.Format == FormatFirst && task != "" && text != "" && strings.TrimRight(text, ".") != task {
		if strings.HasPrefix(text, task) {
			return text
		}
		return task + ": " + text
	}
	return cmp.Or(task, text)
}

// Added is what the assessor wrote of a condition beside what its requirement asks for;
// empty where that is nothing.
func (s Statement) Added(c Condition) string {
	task, text := s.taskOf(c), strings.TrimSpace(c.Text)
	if s.Format == FormatFirst || task == "" || strings.TrimRight(text, ".") == task {
		return ""
	}
	return strings.TrimLeft(strings.TrimPrefix(text, task), " .:;,")
}

// taskOf is what the requirement of a condition asks for.
func (s Statement) taskOf(c Condition) string {
	for _, r := range s.Requirements {
		if r.Code == c.Requirement {
			return strings.TrimRight(strings.TrimSpace(r.Task), ".")
		}
	}
	return ""
}

// mostInLead is how many explained facts stand under the verdict; the others are the
// first of what the log shows.
const mostInLead = 3

// allowed tells whether a certificate was possible only because the findings were explained.
func (s Statement) allowed(f Finding) bool {
	return slices.ContainsFunc(s.Requirements, func(r Requirement) bool {
		return r.Blocking && r.Status == string(assurance.StatusHeldButFor) && slices.Contains(r.Subjects, f.Code)
	})
}

func are(n int) string {
	if n == 1 {
		return "1 is"
	}
	return prose.Number(n) + " are"
}

// Point is one thing that page 1 says the log shows.
type Point struct {
	Text string // a sentence or two
	// Short is what it comes to where there is no room for more; empty for a point
	// that is always said in full.
	Short string
}

// Shown is what the runs show, in the order in which page 1 says it: what was
// read, how often a named officer decided first, what bears on how far the log can
// be believed, and each shortfall, the weightiest first.
func (s Statement) Shown() []string {
	var out []string
	for _, p := range s.Points() {
		out = append(out, p.Text)
	}
	return out
}

// ShownToAll is what Shown says of the runs and of what was found in them, without who
// said what about it: for papers that name nobody.
func (s Statement) ShownToAll() []string {
	if s.Format != FormatName || s.Runs == 0 {
		return nil
	}
	out := s.counted()
	for _, f := range s.byWeight() {
		if f.Found() > 0 {
			out = append(out, f.what())
		}
	}
	if n := s.notShown(); n > 0 {
		out = append(out, fmt.Sprintf("The log does not show %s that we look for.", plural(n, "thing", "things")))
	}
	if left := s.LeftOut.Sentence(); left != "" {
		out = append(out, left)
	}
	return out
}

// Points are what Shown says, with what may be said in fewer words. A statement of
// version 1 has none: it did not say this.
func (s Statement) Points() []Point {
	if s.Format != FormatName {
		return nil
	}
	var out []Point
	say := func(texts ...string) {
		for _, text := range texts {
			out = append(out, Point{Text: text})
		}
	}
	say(s.counted()...)
	for _, f := range s.byWeight() {
		if text := f.Sentence(); text != "" {
			out = append(out, Point{Text: text, Short: f.Short()})
		}
	}
	if n := s.notShown(); n > 0 && s.Runs > 0 {
		say(fmt.Sprintf("The log does not show %s that we look for.", plural(n, "thing", "things")))
	}
	say(s.besides()...)
	return out
}

// counted is how many runs were read, in how many of them a named officer decided
// first, and what happens at gates where that is not promised.
func (s Statement) counted() []string {
	e := s.Evidence
	var out []string
	switch {
	case s.Runs == 0: // what was asked for, changed and left out counts all the more
		out = append(out, "No runs were read.")
	case e.Released == 0 && len(s.Patterns) > 0: // what happens there instead is said below
		out = append(out, s.read())
	case e.Released == 0:
		out = append(out, s.read(), "The log does not show that anything left a step where people decide.")
	case len(s.Patterns) > 0:
		out = append(out, s.read(), fmt.Sprintf(
			"In %s of those that must come before a person, a named officer decided first.",
			cases(e.DecidedFirst, e.Released),
		))
	default:
		out = append(out, s.read(), fmt.Sprintf(
			"In %s a named officer decided before anything left.", cases(e.DecidedFirst, e.Released),
		))
	}
	for _, p := range s.Patterns {
		out = append(out, p.Sentence(len(s.Gates) > 1))
	}
	return out
}

func (s Statement) read() string {
	e := s.Evidence
	return fmt.Sprintf("We read %s%s.%s", plural(s.Runs, "run", "runs"), period(e.From, e.To), e.empty())
}

// byWeight are the findings in the order in which a reader should hear of them:
// those first without whose explanation there would be no certificate, then what
// people did, whether the log is whole, and the rest; facts before questions.
func (s Statement) byWeight() []Finding {
	rank := func(f Finding) int {
		areas := []string{"OVR", "LOG", "TRN", "RSK", "IMP"}
		n := slices.Index(areas, strings.Split(f.Code, "-")[0])
		switch {
		case n < 0:
			n = len(areas)
		case s.allowed(f):
			n = -1
		}
		if f.Question {
			n += 10
		}
		return n
	}
	out := slices.Clone(s.Findings)
	slices.SortStableFunc(out, func(a, b Finding) int { return rank(a) - rank(b) })
	return out
}

// notShown is how many requirements the runs do not show.
func (s Statement) notShown() int {
	n := 0
	for _, r := range s.Requirements {
		if r.Status == string(assurance.StatusNotShown) {
			n++
		}
	}
	return n
}

// empty says how many months have no runs.
func (e Evidence) empty() string {
	n := 0
	for _, m := range e.Months {
		if m.Runs == 0 {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" %s of %s had none.", plural(n, "month", "months"), prose.Number(len(e.Months)))
}

// besides is what bears on how much the runs can show, at most one sentence each:
// how often the certificate was refused, how the file was read, what was changed
// and what was left out. None of it may be left off page 1.
func (s Statement) besides() []string {
	var out []string
	refused := 0
	for _, a := range s.Attempts {
		if !a.Dry {
			refused++
		}
	}
	if refused > 0 {
		out = append(out, fmt.Sprintf("This certificate was asked for and refused %s before.", times(refused)))
	}
	out = append(out, s.doubts()...)
	if text := s.contrary(); text != "" {
		out = append(out, text)
	}
	for _, r := range s.Remarks {
		if r.Lead != "" {
			out = append(out, r.Lead)
		}
	}
	changed, gone, after := 0, 0, 0
	for i, d := range s.Declarations {
		if i > 0 {
			changed, gone = changed+1, gone+d.Gone
		}
		after += d.After
	}
	if after > 0 && len(s.Declarations) > 0 {
		how := prose.Number(after) + " of them"
		if after >= s.Runs {
			how = "they had all run"
		}
		text := "What the runs must meet was first written down after %s."
		if s.Declarations[0].After == 0 {
			text = "What the runs must meet was written down after %s."
		}
		out = append(out, fmt.Sprintf(text, how))
	}
	if changed > 0 {
		text := fmt.Sprintf("What the runs must meet was changed %s", times(changed))
		if gone > 0 {
			text += fmt.Sprintf(", and %s went with it", plural(gone, "finding", "findings"))
		}
		out = append(out, text+": see page 2.")
	}
	if text := s.LeftOut.Sentence(); text != "" {
		out = append(out, text)
	}
	switch n := len(s.Twins); {
	case n == 1:
		out = append(out, fmt.Sprintf("%s may be the same AI: it has %s that nobody has explained.",
			s.Twins[0].Ref, plural(s.Twins[0].Open, "finding", "findings")))
	case n > 1:
		var refs []string
		open := 0
		for _, t := range s.Twins {
			refs, open = append(refs, t.Ref), open+t.Open
		}
		if n > 3 {
			refs = append(refs[:2], fmt.Sprintf("%s more", prose.Number(n-2)))
		}
		out = append(out, fmt.Sprintf("%s may be the same AI: they have %s that nobody has explained.",
			and(refs), plural(open, "finding", "findings")))
	}
	return out
}

// doubts say what keeps the register and the approver's key from speaking for themselves.
func (s Statement) doubts() []string {
	var out []string
	lost, older := 0, []Break{}
	for _, b := range s.Breaks {
		if b.Kind == BreakOlderCopy {
			lost, older = lost+b.Lost, append(older, b)
		}
	}
	if n := len(older); n > 0 {
		text := fmt.Sprintf("An older copy of the register was put back on %s", older[n-1].On.Long())
		if n > 1 {
			text = fmt.Sprintf("Older copies of the register were put back %s", times(n))
		}
		if lost > 0 {
			text += fmt.Sprintf(": %s of its log are gone", plural(lost, "entry", "entries"))
			if lost == 1 {
				text = strings.Replace(text, " are gone", " is gone", 1)
			}
		}
		out = append(out, text+".")
	}
	if revoked := len(s.Withdrawn); revoked > 0 {
		out = append(out, fmt.Sprintf("%s before this one %s revoked: see page 2.",
			plural(revoked, "certificate", "certificates"), map[bool]string{true: "was", false: "were"}[revoked == 1]))
	}
	for _, x := range s.Signatures {
		if x.KeyName != "" {
			out = append(out, fmt.Sprintf("The key of the %s was made for another name: %s.", x.Role,
				prose.Quote(x.KeyName)))
		}
	}
	if s.RootName != "" {
		out = append(out, fmt.Sprintf("The root key was made for another name: %s.", prose.Quote(s.RootName)))
	}
	switch s.Approver().KeyMadeBy {
	case KeyByAssessor:
		out = append(out, "The assessor made the key that the approver signs with.")
	case KeyByAnother:
		out = append(out, "Somebody else made the key that the approver signs with.")
	}
	return out
}

// contrary says which words of the files were read as what they do not say.
func (s Statement) contrary() string {
	const most, longest = 3, 60
	var said []string
	for _, x := range s.Sources {
		for _, c := range x.Contrary {
			if c = prose.Shorten(c, longest); !slices.Contains(said, c) {
				said = append(said, c)
			}
		}
	}
	if n := len(said); n == 0 {
		return ""
	} else if n > most {
		said = append(said[:most-1], fmt.Sprintf("%s more like these", prose.Number(n-most+1)))
	}
	return "The assessor had the file read so: " + and(said) + "."
}

// and joins parts of a sentence.
func and(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return prose.Number(n) + " times"
}

// Sentence is what was left out, in a sentence; empty where nothing was.
func (o LeftOut) Sentence() string {
	var parts []string
	add := func(n int, one, many string) {
		if n > 0 {
			parts = append(parts, plural(n, one, many))
		}
	}
	add(o.Refused, "record that could not be read", "records that could not be read")
	add(o.Filtered, "record that was passed over", "records that were passed over")
	if o.Filtered > 0 {
		parts[len(parts)-1] += o.filters()
	}
	add(o.Unmatched, "record that belongs to no run", "records that belong to no run")
	add(o.Repeated, "run that came twice", "runs that came twice")
	add(o.Replaced, "run that two files tell in two ways", "runs that two files tell in two ways")
	add(
		max(o.Missing, o.Stated-o.Read), "run that the platform counts and no file has",
		"runs that the platform counts and no file has",
	)
	if len(parts) == 0 {
		if o.Purged > 0 {
			return fmt.Sprintf("The personal data of %s was deleted.", plural(o.Purged, "run", "runs"))
		}
		return ""
	}
	out := "Left out: " + strings.Join(parts, ", ") + "."
	if o.Purged > 0 {
		out += fmt.Sprintf(" The personal data of %s was deleted.", plural(o.Purged, "run", "runs"))
	}
	return out
}

// filters says by which rules records were passed over, and how many runs went with them.
func (o LeftOut) filters() string {
	const most, longest = 2, 40
	var names []string
	for i, name := range o.Filters {
		if i == most {
			names = append(names, fmt.Sprintf("%s more", prose.Number(len(o.Filters)-most)))
			break
		}
		names = append(names, prose.Quote(prose.Shorten(name, longest+1)))
	}
	out := ""
	if len(names) > 0 {
		out = " as " + strings.Join(names, " and ")
	}
	if o.FilteredRuns > 0 {
		out += fmt.Sprintf(" (with all that the files hold of %s)", plural(o.FilteredRuns, "run", "runs"))
	}
	return out
}

func period(from, to civil.Date) string {
	switch {
	case from.IsZero() || to.IsZero():
		return ""
	case from == to:
		return " of " + from.Long()
	}
	return " from " + from.Long() + " to " + to.Long()
}

// Words is one explanation as page 2 prints it: what it explains, why, what it
// points to, who wrote it and who approved it. Nobody checked that the record it
// points to shows it, and only an officer's own key shows that they answered.
func (e Explanation) Words() string {
	var parts []string
	if e.Class != "" {
		parts = append(parts, "Reason: "+e.Class+".")
	}
	if e.Officer != "" {
		if assurance.Explanation(e).Answered() {
			parts = append(parts, "Answer of "+prose.Called(e.Officer)+".")
		} else {
			parts = append(parts, "Said to be the answer of "+prose.Called(e.Officer)+".")
		}
	}
	if e.Link != "" {
		parts = append(parts, "Points to "+e.Link+".")
	}
	written := "Written by " + prose.Called(e.By)
	if !e.On.IsZero() {
		written += " on " + e.On.Long()
	}
	switch {
	case e.Approved != "":
		written += ", " + e.Approved
	case e.Officer == "":
		written += ", approved by nobody else"
	}
	parts = append(parts, written+".")
	if !e.Until.IsZero() {
		parts = append(parts, "Accepted until "+e.Until.Long()+".")
	}
	// The text comes last: where there is no room, it is what is cut, and no name.
	parts = append(parts, "They wrote: "+prose.Said(e.Why))
	return strings.Join(parts, " ")
}
