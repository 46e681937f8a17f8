package service

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/pdfkit"
	"assay/internal/review"
	"assay/internal/run"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// Letter is the draft of a letter that explains one run to the person whom it
// affected. It says what is recorded, and marks what an officer has to fill in;
// it states no legal conclusion.
type Letter struct {
	Organisation string        `json:"organisation"`
	Workflow     string        `json:"workflow"` // reference and name
	Run          string        `json:"run"`      // the platform's identifier
	Date         civil.Date    `json:"date"`
	Sample       bool          `json:"sample"`
	Parts        []LetterPart  `json:"parts"`
	Notes        []string      `json:"notes"`     // for the officer: what the record lacks or shows
	Questions    []LetterCheck `json:"questions"` // for the officer, before it is sent
	Greeting     string        `json:"greeting"`
	Close        string        `json:"close"` // name and role of the officer
}

// LetterPart is a part of the letter under its heading.
type LetterPart struct {
	Heading string   `json:"heading"`
	Text    []string `json:"text"`  // paragraphs
	Items   []string `json:"items"` // a list below them
}

// LetterCheck is a question about the safeguards of UK GDPR, with what the
// register holds that bears on it.
type LetterCheck struct {
	Article  string `json:"article"`
	Question string `json:"question"`
	Recorded string `json:"recorded"`
}

const (
	letterDraft  = "DRAFT. An officer reads, corrects and signs this letter before it is sent. Square brackets mark what is to be filled in."
	letterChecks = "For the officer: before you send this. Take this page off."
	letterLaw    = "These are questions for a person to answer. Assay gives no legal advice and draws no legal conclusion."
)

// ExplainRun drafts a letter to the person affected by one run: what the AI
// did, with what data, who decided and when, and how to challenge it.
func (s *Service) ExplainRun(ctx context.Context, workflow, runID string) (out Letter, err error) {
	err = s.change(
		ctx,
		doing{
			action:  "run.explain",
			subject: workflow,
			summary: "Drafted a letter about a run",
			may:     organisation.ActionExplain,
		},
		func(t *store.Tx) error {
			view, err := s.freshView(ctx, &t.Reader)
			if err != nil {
				return err
			}
			wf, err := store.Workflows.Get(ctx, &t.Reader, workflow)
			if err != nil {
				return err
			}
			whole, err := runs.Get(ctx, t.SQL, wf.ID, runID, s.today())
			if err != nil {
				return err
			}
			if whole.Source.State == runs.SourcePurged {
				return fault.Conflict(
					"This run's personal data was purged with %s: there is nothing left to explain.",
					whole.Source.Ref,
				)
			}
			out = view.letter(wf, whole)
			t.Entry().Subject = wf.Ref
			t.Entry().Summary = oneLine(
				"Drafted a letter explaining run " + shorten(runID, 100) + " of " + refAndName(wf.Ref, wf.Name),
			)
			t.Entry().Digests = []ledger.Digest{{Name: "letter", SHA256: certificate.DigestOf(out.Text())}}
			return nil
		},
	)
	if err != nil {
		return Letter{}, err
	}
	return out, nil
}

// LetterEdit is a letter as an officer has edited it, ready to be sent.
type LetterEdit struct {
	Workflow string       `json:"workflow"`
	Run      string       `json:"run"` // the platform's identifier
	Greeting string       `json:"greeting"`
	Parts    []EditedPart `json:"parts"`
	Close    string       `json:"close"`   // name and role of the officer
	Checked  bool         `json:"checked"` // the officer went through the questions about the safeguards
}

// EditedPart is a part of an edited letter: paragraphs with an empty line
// between them, and lists whose lines begin with "- ".
type EditedPart struct {
	Heading string `json:"heading"`
	Body    string `json:"body"`
}

// KeptLetter is an edited letter and the document as which it is kept.
type KeptLetter struct {
	Letter   Letter            `json:"letter"`
	Document evidence.Evidence `json:"document"`
}

// A draft marks with these what an officer has to write or to settle.
var letterMarks = []string{
	"[To be written:",
	"[Confirm, or take out:",
	"[name]",
	"[name and role of the officer]",
	"[time not recorded]",
	"[Somebody whom the record does not name]",
}

const mostLetter = 100_000 // characters of one part

// check says what keeps an edited letter from being sent.
func (q LetterEdit) check() error {
	var bad []fault.Field
	look := func(name, text string, needed bool) {
		switch i := slices.IndexFunc(letterMarks, func(m string) bool { return strings.Contains(text, m) }); {
		case i >= 0:
			bad = append(
				bad,
				fault.Field{Name: name, Message: "Write or take out what begins with “" + letterMarks[i] + "”."},
			)
		case needed && strings.TrimSpace(text) == "":
			bad = append(bad, fault.Field{Name: name, Message: "Write this part of the letter."})
		case utf8.RuneCountInString(text) > mostLetter:
			bad = append(
				bad,
				fault.Field{Name: name, Message: "Shorten this part: it has more than 100,000 characters."},
			)
		}
	}
	look("greeting", q.Greeting, true)
	if len(q.Parts) == 0 {
		bad = append(bad, fault.Field{Name: "parts", Message: "Write the letter."})
	}
	for i, p := range q.Parts {
		name := fmt.Sprintf("parts[%d].body", i)
		look(name, p.Heading+" "+p.Body, strings.TrimSpace(p.Heading) == "")
	}
	look("close", q.Close, true)
	if !q.Checked {
		bad = append(bad, fault.Field{Name: "checked", Message: "Go through the questions about the safeguards first."})
	}
	return fault.Join(bad)
}

// parts reads an edited part. A paragraph after a list begins a part without a
// heading, so that the order stays.
func (p EditedPart) parts() []LetterPart {
	out := []LetterPart{{Heading: oneLine(p.Heading), Text: []string{}, Items: []string{}}}
	var paragraph []string
	end := func() {
		if len(paragraph) == 0 {
			return
		}
		if len(out[len(out)-1].Items) > 0 {
			out = append(out, LetterPart{Text: []string{}, Items: []string{}})
		}
		last := &out[len(out)-1]
		last.Text = append(last.Text, strings.Join(paragraph, " "))
		paragraph = nil
	}
	for line := range strings.SplitSeq(p.Body, "\n") {
		line = strings.TrimSpace(line)
		if item, ok := strings.CutPrefix(line, "- "); ok {
			end()
			last := &out[len(out)-1]
			last.Items = append(last.Items, item)
		} else if line == "" {
			end()
		} else {
			paragraph = append(paragraph, line)
		}
	}
	end()
	return out
}

// KeepLetter keeps a letter as an officer has edited it: as a document of its
// workflow, whose content stays out of packs because it is addressed to a
// person, with its digest in the activity log. It refuses a letter in which
// something is still to be filled in.
func (s *Service) KeepLetter(ctx context.Context, q LetterEdit) (out KeptLetter, err error) {
	if err := q.check(); err != nil {
		return out, err
	}
	err = s.change(
		ctx,
		doing{
			action:  "run.letter",
			subject: q.Workflow,
			summary: "Kept a letter about a run",
			may:     organisation.ActionExplain,
		},
		func(t *store.Tx) error {
			view, err := s.freshView(ctx, &t.Reader)
			if err != nil {
				return err
			}
			wf, err := store.Workflows.Get(ctx, &t.Reader, q.Workflow)
			if err != nil {
				return err
			}
			whole, err := runs.Get(ctx, t.SQL, wf.ID, q.Run, s.today())
			if err != nil {
				return err
			}
			if whole.Source.State == runs.SourcePurged {
				return fault.Conflict(
					"This run's personal data was purged with %s: there is nothing left to explain.",
					whole.Source.Ref,
				)
			}
			out.Letter = Letter{
				Organisation: view.org.Name,
				Workflow:     refAndName(wf.Ref, wf.Name),
				Run:          q.Run,
				Date:         s.today(),
				Sample:       view.org.Sample || wf.Sample,
				Notes:        []string{},
				Questions:    []LetterCheck{},
				Greeting:     oneLine(q.Greeting),
				Close:        strings.TrimSpace(q.Close),
			}
			for _, p := range q.Parts {
				out.Letter.Parts = append(out.Letter.Parts, p.parts()...)
			}
			text := out.Letter.Text()
			e := evidence.Evidence{
				Title: oneLine(
					"Letter explaining run " + shorten(q.Run, 100) + " of " + refAndName(wf.Ref, wf.Name),
				),
				Kind:        evidence.KindNotice,
				Status:      evidence.StatusInReview,
				FileName:    "letter.txt",
				MIME:        mimeOf("letter.txt"),
				CollectedAt: s.today(),
				ImportedAt:  s.clock(),
				Sample:      out.Letter.Sample,
				Links: []review.Subject{
					{Kind: review.SubjectWorkflow, Ref: wf.Ref},
				},
				Redacted:     true,
				RedactReason: "The letter is addressed to a person.",
				Note:         "Edited by " + s.SignedIn().Name + ". The officer went through the questions about UK GDPR, Articles 22A to 22D.",
			}
			if e.SHA256, e.Bytes, err = t.PutBlob(ctx, bytes.NewReader(text)); err != nil {
				return err
			}
			if err := save(ctx, t, store.Documents, id.Evidence, &e, evidence.Evidence.Validate); err != nil {
				return err
			}
			out.Document = e
			t.Entry().Subject = wf.Ref
			t.Entry().Summary = oneLine(
				fmt.Sprintf(
					"Kept %s, edited by %s: the letter explaining run %s of %s",
					e.Ref,
					s.SignedIn().Name,
					shorten(q.Run, 100),
					refAndName(wf.Ref, wf.Name),
				),
			)
			t.Entry().Digests = []ledger.Digest{{Name: "letter", SHA256: e.SHA256}}
			return nil
		},
	)
	if err != nil {
		return KeptLetter{}, err
	}
	return out, nil
}

var decisionWords = map[run.DecisionCode]string{
	run.Approved: "approved it", run.ApprovedWithEdits: "approved it after changing it", run.Rejected: "rejected it", run.ReferredBack: "sent it back to be looked at again",
	run.Escalated: "passed it to somebody more senior", run.Terminated: "ended the case", run.TimedOut: "nobody decided in time", run.AskFailed: "nobody could be asked",
	run.AutoDecided: "the system decided by itself", run.NoGateReached: "no person was asked",
}

// moment is a time in words; times in imports are UTC.
func moment(t time.Time) string {
	if t.IsZero() {
		return "[time not recorded]"
	}
	return t.UTC().Format("2 January 2006 at 15:04") + " (UTC)"
}

// quotedText quotes imported text, which may be long, as one line.
func quotedText(s string) string { return "“" + sentenceless(oneLine(shorten(s, 600))) + "”" }

func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s != "" && !strings.ContainsAny(s[len(s)-1:], ".!?") {
		s += "."
	}
	return s
}

func (view *View) letter(wf *workflow.Workflow, x runs.Whole) Letter {
	rec, a := x.Record, wf.Account
	l := Letter{
		Organisation: view.org.Name,
		Workflow:     refAndName(wf.Ref, wf.Name),
		Run:          rec.RunID,
		Date:         civil.Of(view.now),
		Sample:       view.org.Sample || wf.Sample,
		Notes:        []string{},
		Greeting:     "Dear [name],",
		Close:        "[name and role of the officer]",
	}
	missing := func(what string) string {
		l.Notes = append(l.Notes, "Not recorded: "+what+".")
		return "[To be written: " + what + ".]"
	}
	or := func(text, what string) string {
		if text = sentence(text); text != "" {
			return text
		}
		return missing(what)
	}
	about := "your case"
	if rec.TriggerRef != "" {
		about += ", reference " + oneLine(rec.TriggerRef)
	}
	from, to := rec.Span()
	l.Parts = append(l.Parts, LetterPart{Heading: "Why we are writing", Text: []string{
		fmt.Sprintf(
			"%s used a computer system with artificial intelligence (AI) in %s. The system is called %s. It worked on your case from %s to %s.",
			view.org.Name,
			about,
			wf.Name,
			moment(from),
			moment(to),
		)}})

	did := LetterPart{
		Heading: "What the AI did",
		Text:    []string{or(a.Purpose, "what the system does"), or(a.HowItWorks, "how the system reaches its output")},
	}
	for _, o := range rec.Outputs {
		text := "In your case it produced a text."
		if o.Recommendation != "" {
			text = "In your case it proposed: " + quotedText(o.Recommendation) + "."
		}
		if o.Reasoning != "" {
			text += " The reason it recorded was: " + quotedText(o.Reasoning) + "."
		}
		did.Text = append(did.Text, text)
	}
	if len(rec.Outputs) == 0 {
		l.Notes = append(
			l.Notes,
			"The record of the run holds no output of the AI: say what it proposed, from the case file.",
		)
	}
	if len(rec.Steps) > 0 {
		did.Text = append(did.Text, "These steps are recorded:")
		for i, st := range rec.Steps {
			if i == 20 {
				did.Items = append(did.Items, fmt.Sprintf("and %d more", len(rec.Steps)-i))
				break
			}
			who := ""
			if st.ActorKind == run.ActorPerson || view.isOfficer(wf, st.Actor) {
				who = ", by a member of staff"
			}
			did.Items = append(did.Items, oneLine(shorten(st.Name, 120))+", "+moment(st.When())+who)
		}
	}
	if a.Limits != "" {
		did.Text = append([]string{did.Text[0], did.Text[1], sentence(a.Limits)}, did.Text[2:]...)
	}
	l.Parts = append(l.Parts, did)

	data := LetterPart{Heading: "What information was used"}
	if len(rec.Accesses) > 0 {
		data.Text = append(data.Text, "In your case the system looked at:")
		seen := map[string]bool{}
		for _, acc := range rec.Accesses {
			item := oneLine(acc.Source)
			if len(acc.Fields) > 0 {
				item += ": " + oneLine(shorten(strings.Join(acc.Fields, ", "), 300))
			}
			if !seen[item] {
				seen[item] = true
				data.Items = append(data.Items, item)
			}
		}
	} else {
		l.Notes = append(l.Notes, "The record of the run does not say what information was looked up; the letter names what the system uses in general.")
		if len(a.DataUsed) == 0 {
			data.Text = append(data.Text, missing("what information the system uses"))
		} else {
			data.Text, data.Items = append(data.Text, "The system uses this information:"), append(data.Items, a.DataUsed...)
		}
	}
	l.Parts = append(l.Parts, data)

	decided := LetterPart{Heading: "Who decided"}
	byPeople, review := 0, []string{}
	if a.Decisions != "" {
		decided.Text = append(decided.Text, "The system helps with this: "+sentence(lower(a.Decisions)))
	}
	for _, g := range wf.Gates {
		trail := oversight.Trail(rec, g)
		for _, e := range trail.Decides {
			who := "A member of staff"
			if role := strings.TrimSpace(g.Role); role != "" {
				who = "The " + lower(role)
			}
			if login, ok := wf.Login(e.Account); ok && login.Name != "" {
				who += " (" + login.Name + ")"
			} else if e.Account == "" {
				who = "[Somebody whom the record does not name]"
			}
			what := cmp.Or(decisionWords[e.Code], "decided")
			text := fmt.Sprintf(
				"%s: %s %s on %s.",
				cmp.Or(sentenceless(g.Decides), g.Title),
				lowerFirst(who),
				what,
				moment(e.Time),
			)
			if e.Code != "" && !e.Code.ByPerson() {
				text = fmt.Sprintf("%s: %s, on %s.", cmp.Or(sentenceless(g.Decides), g.Title), what, moment(e.Time))
			} else {
				byPeople++
			}
			if d := e.Decision; d != nil && d.Reason != "" {
				text += " The reason recorded is: " + quotedText(d.Reason) + "."
			}
			if !e.Opened.IsZero() && e.Time.After(e.Opened) {
				review = append(
					review,
					fmt.Sprintf("%s: %s from opening to decision", g.Key, seconds(int(e.Time.Sub(e.Opened).Seconds()))),
				)
			}
			decided.Items = append(decided.Items, text)
		}
		if r, d := trail.Against(); r != nil {
			decided.Items = append(decided.Items, fmt.Sprintf(
				"The record shows that it was released on %s, although a person %s. %s",
				moment(r.Time), decisionWords[d.Code], missing("why it was released against this decision")))
		}
		if len(trail.Decides) == 0 {
			decided.Items = append(
				decided.Items,
				cmp.Or(sentenceless(g.Decides), g.Title)+": the record of this run shows no decision by a person.",
			)
			l.Notes = append(
				l.Notes,
				"No decision is recorded at "+g.Title+". Find out who decided before you send this.",
			)
		}
	}
	if len(wf.Gates) == 0 {
		decided.Text = append(decided.Text, missing("who decided, and when"))
	}
	if rec.Outcome != "" {
		decided.Text = append(decided.Text, "The outcome recorded is: "+quotedText(rec.Outcome)+".")
	}
	l.Parts = append(l.Parts, decided)

	challenge := LetterPart{
		Heading: "If you disagree",
		Text:    []string{or(a.Challenge, "how to challenge the decision")},
	}
	if a.ChallengeTool != "" {
		challenge.Text = append(challenge.Text, sentence(a.ChallengeTool))
	}
	challenge.Text = append(
		challenge.Text,
		"[Confirm, or take out: You can tell us your side, and you can ask for a person to look at your case again.]",
	)
	if view.org.Contact != "" {
		challenge.Text = append(
			challenge.Text,
			"To reach us: "+view.org.Contact+". Please give the reference "+oneLine(rec.RunID)+".",
		)
	} else {
		challenge.Text = append(challenge.Text, missing("how to reach the organisation"))
	}
	l.Parts = append(l.Parts, challenge)

	for _, f := range x.Findings {
		l.Notes = append(
			l.Notes,
			oneLine(fmt.Sprintf("%s, %s (%s): %s", f.Code, oversight.TestOf(f.Code).Title, f.Status, f.Detail)),
		)
	}
	l.Notes = append(l.Notes, "Take out the names of staff and of other people who should not be named to this person.")
	l.Notes = append(
		l.Notes,
		fmt.Sprintf(
			"The run stands in %s (%s), line %d. Check the letter against the case file.",
			x.Source.Ref,
			x.Source.FileName,
			rec.At.Line,
		),
	)
	yes := map[bool]string{true: "The register says yes.", false: "The register does not say so."}
	people := fmt.Sprintf("The record shows %s by a person.", countOf(int64(byPeople), "decision"))
	if len(review) > 0 {
		people += " Time taken: " + strings.Join(review, "; ") + "."
	}
	l.Questions = []LetterCheck{
		{
			"22A",
			"Did a person take a meaningful part in this decision, with the time, the information and the authority to decide otherwise?",
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
			sentence("Lawful basis as recorded: " + cmp.Or(oneLine(a.AffectedBasis), "none")),
		},
		{"22C", "Does this letter tell the person enough about the decision to understand it?", ""},
		{"22C", "Can the person make representations, and does the letter say how?", ""},
		{"22C", "Can the person have a human look at the decision again, and does the letter say how?", ""},
		{
			"22C",
			"Can the person contest the decision, and does the letter say how?",
			cmp.Or(oneLine(shorten(a.Challenge, 200)), "Nothing is recorded."),
		},
		{"22D", "Do regulations say more about this kind of decision?", ""},
	}
	return l
}

func (view *View) isOfficer(wf *workflow.Workflow, account string) bool {
	login, ok := wf.Login(account)
	return ok && login.Kind == workflow.LoginOfficer
}

func sentenceless(s string) string { return strings.TrimRight(strings.TrimSpace(s), ".") }

// lowerFirst begins with a small letter unless that is a bracket.
func lowerFirst(s string) string {
	if strings.HasPrefix(s, "[") {
		return s
	}
	return lower(s)
}

// draft tells whether an officer has still to edit the letter: the questions
// stand only there.
func (l Letter) draft() bool { return len(l.Questions) > 0 }

// Text is the letter as plain text, in lines of at most 78 characters.
func (l Letter) Text() []byte {
	var b bytes.Buffer
	para := func(indent, text string) {
		line := ""
		for i, word := range strings.Fields(text) {
			switch {
			case i == 0:
				line = word
			case len([]rune(indent+line+" "+word)) > 78:
				b.WriteString(indent + line + "\n")
				if strings.HasPrefix(indent, "- ") {
					indent = "  "
				}
				line = word
			default:
				line += " " + word
			}
		}
		b.WriteString(indent + line + "\n")
	}
	if l.Sample {
		para("", "SAMPLE: a fictional council.")
		b.WriteByte('\n')
	}
	if l.draft() {
		para("", letterDraft)
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%s\n%s\n\nOur reference: %s\n\n%s\n", l.Organisation, l.Date.Long(), oneLine(l.Run), l.Greeting)
	for _, p := range l.Parts {
		b.WriteByte('\n')
		if p.Heading != "" {
			fmt.Fprintf(&b, "%s\n\n", strings.ToUpper(p.Heading))
		}
		for i, t := range p.Text {
			if i > 0 {
				b.WriteByte('\n')
			}
			para("", t)
		}
		if len(p.Items) > 0 && len(p.Text) > 0 {
			b.WriteByte('\n')
		}
		for _, t := range p.Items {
			para("- ", t)
		}
	}
	b.WriteString("\nYours sincerely,\n\n" + l.Close + "\n")
	if !l.draft() {
		return b.Bytes()
	}
	b.WriteString("\n" + strings.Repeat("-", 78) + "\n")
	para("", letterChecks)
	b.WriteByte('\n')
	for _, n := range l.Notes {
		para("- ", n)
	}
	b.WriteString("\nSafeguards: UK GDPR, Articles 22A to 22D\n\n")
	for _, q := range l.Questions {
		para("- ", strings.TrimSpace("[ ] Article "+q.Article+": "+q.Question+" "+q.Recorded))
	}
	b.WriteByte('\n')
	para("", letterLaw)
	return b.Bytes()
}

// PDF is the letter as a tagged document; a draft is marked as such on each page.
func (l Letter) PDF() ([]byte, error) {
	title, marks := "Letter about ", []string{}
	if l.draft() {
		title, marks = "Draft letter about ", append(marks, "DRAFT")
	}
	if l.Sample {
		marks = append(marks, "SAMPLE: a fictional council")
	}
	mark := strings.Join(marks, ", ")
	d := pdfkit.New(
		pdfkit.Options{Title: title + oneLine(shorten(l.Run, 80)), Author: l.Organisation, Created: l.Date.Time(),
			Running: func(page, pages int) pdfkit.Running {
				return pdfkit.Running{
					HeadLeft:  mark,
					HeadRight: l.Organisation,
					FootRight: fmt.Sprintf("%d of %d", page, pages),
				}
			}},
	)
	if l.draft() {
		d.Add(pdfkit.Callout{Title: "Draft", Blocks: []pdfkit.Block{pdfkit.P(pdfkit.T(letterDraft))}})
	}
	d.Add(
		pdfkit.H(1, "About your case"),
		pdfkit.P(pdfkit.T(l.Date.Long()+". Our reference: "+oneLine(l.Run))),
		pdfkit.P(pdfkit.T(l.Greeting)),
	)
	for _, p := range l.Parts {
		blocks := []pdfkit.Block{}
		if p.Heading != "" {
			blocks = append(blocks, pdfkit.H(2, p.Heading))
		}
		for _, t := range p.Text {
			blocks = append(blocks, pdfkit.P(pdfkit.T(t)))
		}
		if len(p.Items) > 0 {
			blocks = append(blocks, pdfkit.Bullets(p.Items...))
		}
		d.Add(blocks...)
	}
	d.Add(pdfkit.P(pdfkit.T("Yours sincerely,")))
	for line := range strings.SplitSeq(l.Close, "\n") {
		d.Add(pdfkit.P(pdfkit.T(line)))
	}
	if l.draft() {
		d.Add(
			pdfkit.PageBreak{},
			pdfkit.H(1, "For the officer"),
			pdfkit.P(pdfkit.T(letterChecks)),
			pdfkit.Bullets(l.Notes...),
		)
		var questions []string
		for _, q := range l.Questions {
			questions = append(questions, strings.TrimSpace("Article "+q.Article+": "+q.Question+" "+q.Recorded))
		}
		d.Add(
			pdfkit.H(2, "Safeguards: UK GDPR, Articles 22A to 22D"),
			pdfkit.Bullets(questions...),
			pdfkit.P(pdfkit.T(letterLaw)),
		)
	}
	var b bytes.Buffer
	_, err := d.WriteTo(&b)
	return b.Bytes(), err
}
