package letter

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/prose"
	"assay/internal/run"
	"assay/internal/standard"
	"assay/internal/workflow"
)

// Case is everything that a draft is made of.
type Case struct {
	Organisation organisation.Organisation
	Workflow     *workflow.Workflow
	Run          *run.Record
	Findings     []Finding
	Source, File string // reference of the import that holds the run, and the name of its file
	Today        civil.Date
	// Zone is where the person lives; nil: UTC, which the letter then says.
	Zone *time.Location
	// Named has the letter name officers; without it only their roles stand in it.
	Named bool
}

// Finding is what a test found on the run, for the officer.
type Finding struct {
	Code           oversight.Code
	Status, Detail string
}

const (
	maxSteps      = 20  // that a letter lists
	maxQuoted     = 600 // characters of a quotation
	maxStepName   = 120 // characters
	maxFields     = 300 // characters of the names of fields
	maxChallenged = 200 // characters of the way to challenge, as the question repeats it
)

// Draft drafts the letter to the person affected by a run: what the AI did,
// with what data, who decided and when, and how to challenge it.
func Draft(c Case) Letter {
	d := draft{Case: c, letter: Letter{
		Organisation: c.Organisation.Name,
		Workflow:     c.Workflow.Ref + " " + c.Workflow.Name,
		Run:          c.Run.RunID,
		Date:         c.Today,
		Sample:       c.Organisation.Sample || c.Workflow.Sample,
		Notes:        []string{},
		Greeting:     "Dear [name],",
		Close:        "[name and role of the officer]",
	}}
	d.letter.Parts = []Part{d.why(), d.whatTheAIDid(), d.whatWasUsed(), d.whoDecided(), d.howToChallenge()}
	d.notesAtTheEnd()
	d.letter.Questions = d.questions()
	return d.letter
}

// draft is a letter being drafted. Its parts are made in their order, because
// each may add a note.
type draft struct {
	Case
	letter Letter

	byPeople int      // decisions by people
	reviews  []string // how long they took
	against  bool     // it is said that it was released against a decision
}

func (d *draft) note(text string) { d.letter.Notes = append(d.letter.Notes, text) }

// missing is the mark for what the record lacks, which the officer is told as well.
func (d *draft) missing(what string) string {
	d.note("Not recorded: " + what + ".")
	return "[To be written: " + what + ".]"
}

// or is text as a sentence, or the mark for what is missing.
func (d *draft) or(text, what string) string {
	if text = sentence(text); text != "" {
		return text
	}
	return d.missing(what)
}

func (d *draft) why() Part {
	about := "your case"
	if d.Run.TriggerRef != "" {
		about += ", reference " + prose.OneLine(d.Run.TriggerRef)
	}
	from, to := d.Run.Span()
	return Part{Heading: "Why we are writing", Text: []string{
		fmt.Sprintf(
			"%s used a computer system with artificial intelligence (AI) in %s. The system is called %s. It "+
				"worked on your case %s.%s",
			d.Organisation.Name,
			about,
			d.Workflow.Name,
			d.span(from, to),
			d.clock(),
		)}}
}

// span is when the system worked on the case, as exactly as the record knows it.
func (d *draft) span(from, to time.Time) string {
	a, b := d.moment(from, d.Run.Precision), d.moment(to, d.Run.Precision)
	if a == b {
		return "on " + a
	}
	return "from " + a + " to " + b
}

// clock says by which clock the letter's times are, where it gives any.
func (d *draft) clock() string {
	if d.Run.Precision == run.ToDay {
		return ""
	}
	if d.Zone == nil {
		return " All times are UTC."
	}
	return " All times are local time."
}

func (d *draft) whatTheAIDid() Part {
	a := d.Workflow.Account
	p := Part{
		Heading: "What the AI did",
		Text: []string{
			d.or(a.Purpose, "what the system does"),
			d.or(a.HowItWorks, "how the system reaches its output"),
		},
	}
	if a.Limits != "" {
		p.Text = append(p.Text, sentence(a.Limits))
	}
	for _, o := range d.Run.Outputs {
		text := "In your case it produced a text."
		switch {
		case o.Recommendation == "":
		case d.corrected() && o.Recommendation == d.Run.Outcome:
			// An export that gives the outcome in the place of the proposal: what a
			// person made of it is not what the AI proposed.
			text = "In your case it made a proposal, which a person changed. " +
				d.missing("what the system proposed before a person changed it")
		default:
			text = "In your case it proposed: " + quoted(o.Recommendation) + "."
		}
		if o.Reasoning != "" {
			text += " The reason it recorded was: " + quoted(o.Reasoning) + "."
		}
		p.Text = append(p.Text, text)
	}
	if len(d.Run.Outputs) == 0 {
		d.note("The record of the run holds no output of the AI: say what it proposed, from the case file.")
	}
	if len(d.Run.Steps) == 0 {
		return p
	}
	p.Text = append(p.Text, "These steps are recorded:")
	for i, st := range d.Run.Steps {
		if i == maxSteps {
			p.Items = append(p.Items, fmt.Sprintf("and %d more", len(d.Run.Steps)-i))
			break
		}
		who := ""
		if st.ActorKind == run.ActorPerson || d.isOfficer(st.Actor) {
			who = ", by a member of staff"
		}
		p.Items = append(
			p.Items,
			prose.OneLine(prose.Shorten(st.Name, maxStepName))+", "+d.moment(st.When(), st.Precision)+who,
		)
	}
	return p
}

// corrected tells whether a person changed what the AI made.
func (d *draft) corrected() bool {
	return slices.ContainsFunc(d.Run.Decisions, func(x run.Decision) bool {
		return x.Edited || x.Code == run.ApprovedWithEdits
	})
}

func (d *draft) isOfficer(account string) bool {
	login, ok := d.Workflow.Login(account)
	return ok && login.Kind == workflow.LoginOfficer
}

func (d *draft) whatWasUsed() Part {
	p := Part{Heading: "What information was used"}
	if len(d.Run.Accesses) > 0 {
		p.Text = append(p.Text, "In your case the system looked at:")
		seen := map[string]bool{}
		for _, acc := range d.Run.Accesses {
			item := prose.OneLine(acc.Source)
			if len(acc.Fields) > 0 {
				item += ": " + prose.OneLine(prose.Shorten(strings.Join(acc.Fields, ", "), maxFields))
			}
			if !seen[item] {
				seen[item] = true
				p.Items = append(p.Items, item)
			}
		}
		return p
	}
	d.note(
		"The record of the run does not say what information was looked up; the letter names what the system uses " +
			"in general.",
	)
	used := d.Workflow.Account.DataUsed
	if len(used) == 0 {
		p.Text = append(p.Text, d.missing("what information the system uses"))
		return p
	}
	p.Text, p.Items = append(p.Text, "The system uses this information:"), append(p.Items, used...)
	return p
}

var decisionWords = map[run.DecisionCode]string{
	run.Approved:          "approved it",
	run.ApprovedWithEdits: "approved it after changing it",
	run.Rejected:          "rejected it",
	run.ReferredBack:      "sent it back to be looked at again",
	run.Escalated:         "passed it to somebody more senior",
	run.Terminated:        "ended the case",
	run.TimedOut:          "nobody decided in time",
	run.AskFailed:         "nobody could be asked",
	run.AutoDecided:       "the system decided by itself",
	run.NoGateReached:     "no person was asked",
}

func (d *draft) whoDecided() Part {
	p := Part{Heading: "Who decided"}
	if a := d.Workflow.Account; a.Decisions != "" {
		p.Text = append(p.Text, "The system helps with this: "+sentence(prose.LowerFirst(a.Decisions)))
	}
	for _, g := range d.Workflow.Gates {
		subject := cmp.Or(withoutStop(g.Decides), g.Title)
		trail := oversight.Trail(d.Run, g)
		for _, e := range trail.Decides {
			p.Items = append(p.Items, d.decision(g, subject, e))
		}
		if released, against := trail.Against(); released != nil {
			d.against = true
			p.Items = append(p.Items, fmt.Sprintf(
				"The record shows that it was released on %s, although a person %s. %s",
				d.moment(released.Time, released.Precision),
				decisionWords[against.Code],
				d.missing("why it was released against this decision"),
			))
		}
		if len(trail.Decides) == 0 {
			p.Items = append(p.Items, subject+": the record of this run shows no decision by a person.")
			d.note("No decision is recorded at " + g.Title + ". Find out who decided before you send this.")
		}
	}
	p.Items = append(p.Items, d.found()...)
	if len(d.Workflow.Gates) == 0 {
		p.Text = append(p.Text, d.missing("who decided, and when"))
	}
	if d.Run.Outcome != "" {
		p.Text = append(p.Text, "The outcome recorded is: "+quoted(d.Run.Outcome)+".")
	}
	return p
}

// decision says who decided at a gate, what and when, and counts it where an
// account of a person did.
func (d *draft) decision(g workflow.Gate, subject string, e oversight.Event) string {
	at := d.moment(e.Time, e.Precision)
	what := cmp.Or(decisionWords[e.Code], "decided")
	if e.Code != "" && !e.Code.ByPerson() {
		return fmt.Sprintf("%s: %s, on %s.", subject, what, at)
	}
	login, known := d.Workflow.Login(e.Account)
	if known && login.Kind != workflow.LoginOfficer {
		// The platform's own, shared and test accounts are nobody: no letter makes an
		// officer of them.
		d.note(fmt.Sprintf("“%s” is %s: the record shows no decision by a person at %s.",
			prose.OneLine(prose.Shorten(e.Account, maxStepName)), accountWords[login.Kind], g.Title))
		return fmt.Sprintf("%s: on %s the record names %s. It shows no decision by a person. %s", subject, at,
			accountWords[login.Kind], d.missing("who decided, and when"))
	}
	d.byPeople++
	who := "a member of staff"
	if role := strings.TrimSpace(g.Role); role != "" {
		who = "the " + prose.LowerFirst(role)
	}
	switch {
	case e.Account == "":
		who = "[Somebody whom the record does not name]"
	case !known:
		d.note(fmt.Sprintf("The register does not know the account “%s”, which decided at %s.",
			prose.OneLine(prose.Shorten(e.Account, maxStepName)), g.Title))
		who = "[Somebody whom the register does not know]"
	case d.Named && login.Name != "":
		who += " (" + login.Name + ")"
	}
	text := fmt.Sprintf("%s: %s %s on %s.", subject, who, what, at)
	if x := e.Decision; x != nil {
		if x.AIRecommendation != "" {
			text += " The system had proposed: " + quoted(x.AIRecommendation) + "."
		}
		if x.Reason != "" {
			text += " The reason recorded is: " + quoted(x.Reason) + "."
		}
	}
	if e.Precision == run.ToSecond && !e.Opened.IsZero() && e.Time.After(e.Opened) {
		took := prose.Seconds(int(e.Time.Sub(e.Opened).Seconds()))
		d.reviews = append(d.reviews, fmt.Sprintf("%s: %s from opening to decision", g.Key, took))
	}
	return text
}

// accountWords says what an account is that is no officer's.
var accountWords = map[workflow.LoginKind]string{
	workflow.LoginSystem: "an account of the system itself",
	workflow.LoginShared: "an account that several people share",
	workflow.LoginTest:   "an account for tests",
}

func (d *draft) howToChallenge() Part {
	a := d.Workflow.Account
	p := Part{Heading: "If you disagree", Text: []string{d.or(a.Challenge, "how to challenge the decision")}}
	if a.ChallengeTool != "" {
		p.Text = append(p.Text, sentence(a.ChallengeTool))
	}
	p.Text = append(
		p.Text,
		"[Confirm, or take out: You can tell us your side, and you can ask for a person to look at your case again.]",
	)
	complaint := "If you think that we used your information wrongly, you can complain to us, also by e-mail or on " +
		"our website."
	if law, ok := standard.ByRef("law:DPA164A"); ok && law.InForce(d.Today) {
		complaint += " We confirm within 30 days that we have your complaint, and tell you what came of it."
	}
	regulator := standard.RegulatorOn(d.Today)
	p.Text = append(p.Text, complaint+" You can also complain to the "+regulator.Name+".")
	d.note("The regulator stands in it as " + regulator.Name + ": check that it has that name today.")
	if contact := d.Organisation.Contact; contact != "" {
		p.Text = append(
			p.Text,
			"To reach us: "+contact+". Please give the reference "+prose.OneLine(d.Run.RunID)+".",
		)
	} else {
		p.Text = append(p.Text, d.missing("how to reach the organisation"))
	}
	return p
}

func (d *draft) notesAtTheEnd() {
	for _, f := range d.Findings {
		d.note(
			prose.OneLine(fmt.Sprintf("%s, %s (%s): %s", f.Code, oversight.TestOf(f.Code).Title, f.Status, f.Detail)),
		)
	}
	d.note("Take out the names of people who should not be named to this person.")
	d.note(fmt.Sprintf(
		"The run stands in %s (%s), line %d. Check the letter against the case file.",
		d.Source,
		d.File,
		d.Run.At.Line,
	))
}

// questions are the safeguards of UK GDPR, Articles 22A to 22D, each with what
// the register holds that bears on it.
func (d *draft) questions() []Question {
	a := d.Workflow.Account
	yes := map[bool]string{true: "The register says yes.", false: "The register does not say so."}
	decisions := "decisions"
	if d.byPeople == 1 {
		decisions = "decision"
	}
	people := fmt.Sprintf("The record shows %d %s by a person.", d.byPeople, decisions)
	if len(d.reviews) > 0 {
		people += " Time taken: " + strings.Join(d.reviews, "; ") + "."
	}
	return []Question{
		{
			"22A",
			"Did a person take a meaningful part in this decision, with the time, the information and the " +
				"authority to decide otherwise?",
			people,
		},
		{
			"22A",
			"Does the decision have a legal effect on this person, or another effect that is as significant?",
			yes[a.Significant],
		},
		{"22A", "Was profiling a part of it, and how much?", ""},
		{"22B", "Does the decision rest on special category data?", yes[a.SpecialData]},
		{
			"22B",
			"If no person took a meaningful part: on which basis may the decision be taken so?",
			sentence("Lawful basis as recorded: " + cmp.Or(prose.OneLine(a.AffectedBasis), chosen(a), "none")),
		},
		{"22C", "Does this letter tell the person enough about the decision to understand it?", ""},
		{"22C", "Can the person make representations, and does the letter say how?", ""},
		{"22C", "Can the person have a human look at the decision again, and does the letter say how?", ""},
		{
			"22C",
			"Can the person contest the decision, and does the letter say how?",
			cmp.Or(prose.OneLine(prose.Shorten(a.Challenge, maxChallenged)), "Nothing is recorded."),
		},
		{"22D", "Do regulations say more about this kind of decision?", ""},
	}
}

// moment is a time in words on the person's own clock, as exactly as the record
// knows it. A day that is known without its hour stays the day that was written.
func (d *draft) moment(t time.Time, known run.Precision) string {
	switch {
	case t.IsZero():
		return "[time not recorded]"
	case known == run.ToDay:
		return t.UTC().Format("2 January 2006")
	case d.Zone == nil:
		return t.UTC().Format("2 January 2006 at 15:04")
	}
	return t.In(d.Zone).Format("2 January 2006 at 15:04")
}

// quoted quotes imported text, which may be long, as one line.
func quoted(s string) string {
	return "“" + withoutStop(prose.OneLine(prose.Shorten(s, maxQuoted))) + "”"
}

func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s != "" && !strings.ContainsAny(s[len(s)-1:], ".!?") {
		s += "."
	}
	return s
}

func withoutStop(s string) string { return strings.TrimRight(strings.TrimSpace(s), ".") }

// chosen is the lawful basis that was chosen from the list, with the law that it rests on.
func chosen(a workflow.Account) string {
	b, ok := a.Basis.Entry()
	if !ok {
		return ""
	}
	return strings.TrimSuffix(b.Words()+"; "+prose.OneLine(a.Law), "; ")
}
