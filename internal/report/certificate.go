package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/boombuler/barcode/qr"

	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/pdfkit"
)

// Drawn says how a document turned out.
type Drawn struct {
	Pages int
	// Shortened is true where a designed page had no room for all of a text; the
	// page says so, and the record that is attached holds it in full.
	Shortened bool
	// Replaced are the characters that the fonts could not show, each printed as
	// a box.
	Replaced []pdfkit.Replacement
	// At is the page, from 1, on which each record, clause and control stands, by
	// its reference; of an evidence pack only.
	At map[string]int
	// Questions are what auditors ask, with the page of each; of an evidence pack only.
	Questions []AuditorQuestion
}

// WriteCertificate draws a certificate as a tagged, archival PDF with empty
// signature fields [FieldAssessor] and, where there is an approver,
// [FieldApprover]. It has a classic cross-reference table, ready to be signed.
func WriteCertificate(w io.Writer, c Certificate, e Edition) (Drawn, error) {
	for _, s := range []*string{&c.Number, &c.Organisation, &c.Workflow.Name, &c.Workflow.Version} {
		*s = oneLine(*s)
	}
	if err := c.check(); err != nil {
		return Drawn{}, err
	}
	var d *pdfkit.Document
	var cut bool
	var err error
	switch e {
	case Standard, "":
		d, cut, err = c.standard()
	case LargePrint:
		d, err = c.largePrint()
	default:
		return Drawn{}, fault.Invalid("edition", "Choose the standard or the large-print edition.")
	}
	if err != nil {
		return Drawn{}, err
	}
	if _, err := d.WriteTo(w); err != nil {
		return Drawn{}, fmt.Errorf("draw certificate %s: %w", c.Number, err)
	}
	return Drawn{Pages: d.Pages(), Shortened: cut, Replaced: d.Replacements()}, nil
}

// oneLine is a name without line breaks and other odd spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// check refuses what must not go on paper.
func (c *Certificate) check() error {
	var fields []fault.Field
	need := func(ok bool, name, message string) {
		if !ok {
			fields = append(fields, fault.Field{Name: name, Message: message})
		}
	}
	need(c.Number != "", "number", "A certificate needs a number.")
	need(c.Organisation != "", "organisation", "A certificate needs the organisation's name.")
	need(c.Workflow.Name != "", "workflow.name", "A certificate needs the workflow's name.")
	need(
		c.Verdict == VerdictMet || c.Verdict == VerdictMetWithConditions ||
			c.Verdict == VerdictMetWithExceptions && !c.First,
		"verdict",
		"A certificate is met, met with exceptions, or met with conditions.",
	)
	need(
		(c.Verdict == VerdictMetWithConditions) == (len(c.Conditions) > 0),
		"conditions",
		"Conditions and verdict do not agree.",
	)
	need(len(c.Areas) == 5, "areas", "A certificate shows the five areas.")
	need(
		!c.ValidUntil.IsZero() && !c.ValidUntil.Before(c.ValidFrom),
		"validUntil",
		"A certificate needs the dates between which it is valid.",
	)
	need(c.Assessor.Name != "", "assessor", "A certificate needs the name of its assessor.")
	need(!c.IssuedAt.IsZero(), "issuedAt", "A certificate needs its date of issue.")
	return fault.Join(fields)
}

func (c *Certificate) title() string {
	return "AI governance certificate " + c.Number + ": " + c.Workflow.Name
}

func (c *Certificate) options() pdfkit.Options {
	return pdfkit.Options{
		Title: c.title(), Author: c.Organisation, Created: c.IssuedAt,
		Subject: "What was assessed, on what evidence, and what was found",
	}
}

// The words of page 1. They are short on purpose: a test measures how easily
// they read.
const (
	headDoes       = "What this AI does"
	headDoesNot    = "What it does not do"
	headAnswers    = "Who answers for it"
	headDecide     = "What people decide"
	headChallenge  = "If you want to challenge it"
	headShown      = "What the log shows"
	headConditions = "What is still to be done"
	headAreas      = "The five areas we checked"
	headCheck      = "How to check this page"

	noConditions = "Nothing. Each rule that applies is met."
	noneOpen     = "Nothing more. What was explained stays counted above."
	disclaimer   = "This page records a check that was made on the dates shown. It does not say that anyone is " +
		"certified to ISO/IEC 42001."
)

// lead is what stands under the verdict.
func (c *Certificate) lead() []string {
	if !c.First && len(c.Lead) > 0 {
		return c.Lead
	}
	met, applicable := 0, 0
	for _, a := range c.Areas {
		met, applicable = met+a.Met, applicable+a.Applicable
	}
	s := fmt.Sprintf("We checked %d rules. ", applicable)
	switch {
	case met == applicable:
		return []string{s + "All of them are met."}
	case len(c.Conditions) == 1:
		return []string{s + fmt.Sprintf("%d are met. One thing is still to be done.", met)}
	}
	return []string{s + fmt.Sprintf("%d are met. %d things are still to be done.", met, len(c.Conditions))}
}

// nothingToDo is what stands in the place of conditions.
func (c *Certificate) nothingToDo() string {
	if c.Verdict == VerdictMetWithExceptions {
		return noneOpen
	}
	return noConditions
}

// checkSteps say how to check the page, and what the check can tell.
func (c *Certificate) checkSteps() []string {
	steps := []string{
		"The square holds the main facts of this page under a seal. Assay reads it and says if the page is " +
			"genuine. You need not be online.",
		"If you have the file, open it in a PDF reader. It shows if one letter was changed since it was signed.",
		"Ask the organisation named above if " + c.Number + " still stands.",
	}
	if c.First {
		return steps
	}
	if c.Seal == "" {
		steps[0] = c.noSeal() + " Only that sheet and the file can show that it was approved: check them with Assay."
	}
	steps[1] = "A PDF reader tells if the file was changed. It may say that it does not know who signed: " +
		"it has not met our key. Assay tells who signed."
	steps[2] = "Ask if " + c.Number + " still stands, and for the free checker."
	if c.Contact != "" {
		steps[2] = "Ask if " + c.Number + " still stands, and for the free checker: " +
			strings.TrimRight(brief(strings.TrimSpace(c.Contact), 60), ".") + "."
	}
	if root := c.root(); root != "" {
		steps = append(steps, "Ask too if this is their root key, and compare it: "+root)
	}
	return steps
}

// root is the fingerprint of the organisation's root key in groups of four.
func (c *Certificate) root() string {
	for _, k := range c.Keys {
		if k.Use != UseRoot {
			continue
		}
		var groups []string
		for f := strings.ToUpper(k.Fingerprint); f != ""; {
			n := min(4, len(f))
			groups, f = append(groups, f[:n]), f[n:]
		}
		return strings.Join(groups, " ")
	}
	return ""
}

func (k Condition) spans() []pdfkit.Span {
	text := strings.TrimSpace(k.Text)
	if text != "" && !strings.ContainsAny(text[len(text)-1:], ".!?)") {
		text += "."
	}
	s := []pdfkit.Span{pdfkit.T(text)}
	switch {
	case k.Owner != "" && !k.Due.IsZero():
		s = append(s, pdfkit.T(" "), pdfkit.B(k.Owner), pdfkit.T(","+by(k.Due)+"."))
	case k.Owner != "":
		s = append(s, pdfkit.T(" "), pdfkit.B(k.Owner), pdfkit.T("."))
	case !k.Due.IsZero():
		s = append(s, pdfkit.T(" To be done"+by(k.Due)+"."))
	}
	return s
}

// score is "9 of 11 rules met", in figures.
func (a Area) score() string {
	if a.Applicable == 0 {
		return "no rule applies"
	}
	return fmt.Sprintf("%d of %d", a.Met, a.Applicable)
}

func (a Area) alt() string {
	if a.Applicable == 0 {
		return a.Name + ": no rule applies."
	}
	return fmt.Sprintf("%s: %d of %d rules met.", a.Name, a.Met, a.Applicable)
}

// holder is whose key it is, and how it came to be.
func (k Key) holder() string {
	if k.Made == "" {
		return k.Holder
	}
	return k.Holder + " (" + k.Made + ")"
}

// noSeal says why a page has no seal.
func (c *Certificate) noSeal() string {
	return fmt.Sprintf(
		"The seal is made when %s approves this, and comes on a sheet of its own. It was not approved when this page "+
			"was made.", c.Approver.Name,
	)
}

// seal is the QR code of the seal's text, and how large it is drawn with its quiet
// zone around it. A module is as wide as in a code of 61 over 40 mm, the seal of a
// certificate without conditions, until the code is 44 mm wide, and never narrower
// than 0.46 mm: in a scan at 100 dpi the long seals of RSA keys were lost below that.
func (c *Certificate) seal() (pdfkit.Figure, float64, error) {
	if c.Seal == "" {
		return pdfkit.Figure{}, 47 * mm, nil
	}
	code, err := qr.Encode(c.Seal, qr.M, qr.AlphaNumeric)
	if err != nil {
		return pdfkit.Figure{}, 0, fault.Invalid("seal", "The seal cannot be written as a QR code: only capital "+
			"letters, digits and $%*+-./: may stand in it, and at most 2,000 of them.").
			Because(err)
	}
	n := code.Bounds().Dx()
	m := make([][]bool, n)
	for j := range m {
		m[j] = make([]bool, n)
		for i := range m[j] {
			r, _, _, _ := code.At(i, j).RGBA()
			m[j][i] = r == 0
		}
	}
	return pdfkit.Figure{
		Alt:     "QR code: the seal of certificate " + c.Number + ", which a phone can read and Assay can check.",
		Drawing: pdfkit.QR{Modules: m},
	}, max(0.46, min(40.0/61, 44/float64(n))) * mm * float64(n+8), nil
}

const mm = pdfkit.MM

// The measures of a certificate's pages.
const (
	pageLeft  = 18 * mm
	pageWide  = pdfkit.PageWidth - 2*pageLeft
	pageRight = pageLeft + pageWide
)

// standard is the edition on two A4 pages.
func (c *Certificate) standard() (*pdfkit.Document, bool, error) {
	d := pdfkit.New(c.options())
	cut, err := c.pageOne(d)
	if err != nil {
		return nil, false, err
	}
	cut = c.pageTwo(d) || cut
	c.attach(d)
	return d, cut, nil
}

func (c *Certificate) attach(d *pdfkit.Document) {
	for _, a := range c.Attachments {
		d.Attach(a.pdf())
	}
}

func (a Attachment) pdf() pdfkit.Attachment {
	return pdfkit.Attachment{
		Name:         a.Name,
		MIME:         a.MIME,
		Relationship: string(a.Relationship),
		Description:  a.Description,
		Modified:     a.Modified,
		Size:         a.Size,
		Open:         a.Open,
	}
}

// masthead is the line at the top of both pages; it gives where it ends.
func (c *Certificate) masthead(d *pdfkit.Document, what string) float64 {
	top := 13 * mm
	d.Box(pageLeft, top, pageWide, 1.6*mm, pdfkit.Ink, 0, 0)
	y := top + 3.4*mm
	d.Frame(
		pageLeft,
		y,
		pageWide*0.66,
		8*mm,
		0.7,
		line(12, pdfkit.Span{Text: what, Face: pdfkit.Bold, Color: pdfkit.Ink}),
	)
	number := line(12, pdfkit.Span{Text: c.Number, Face: pdfkit.Bold})
	number.Align = pdfkit.Right
	d.Frame(pageLeft+pageWide*0.66, y, pageWide*0.34, 8*mm, 0.7, number)
	y += 7 * mm
	if c.Sample {
		d.Box(pageLeft, y, pageWide, 6*mm, 0, pdfkit.Black, 0.8)
		mark := line(10, pdfkit.Span{Text: SampleMark, Face: pdfkit.Bold})
		mark.Align = pdfkit.Centre
		d.Frame(pageLeft, y+0.7*mm, pageWide, 6*mm, 1, mark)
		y += 8 * mm
	} else {
		d.Rule(pageLeft, y, pageRight, y, pdfkit.Line, 0.5)
		y += 2 * mm
	}
	return y
}

// line is a paragraph with no space above it.
func line(size float64, spans ...pdfkit.Span) pdfkit.Para {
	return pdfkit.Para{Spans: spans, Size: size, Lead: 1.25, Gap: -1}
}

func section(title string) pdfkit.Heading {
	return pdfkit.Heading{Level: 2, Text: title, Size: 11.5}
}

func body(text string) pdfkit.Para {
	return pdfkit.Para{Spans: []pdfkit.Span{pdfkit.T(text)}, Size: 10.5, Lead: 1.34, Gap: -1}
}

// pageOne is for a member.
func (c *Certificate) pageOne(d *pdfkit.Document) (bool, error) {
	d.NewPage()
	shortened := false
	frame := func(x, y, w, h, smallest float64, blocks ...pdfkit.Block) float64 {
		used, cut := d.Frame(x, y, w, h, smallest, blocks...)
		shortened = shortened || cut
		return used
	}
	y := c.masthead(d, "AI governance certificate")

	// What it is about.
	y += frame(pageLeft, y, pageWide, 9*mm, 0.6,
		line(12.5, pdfkit.Span{Text: c.Organisation, Face: pdfkit.Bold, Color: pdfkit.Grey})) + 2.5*mm
	y += frame(pageLeft, y, pageWide, 21*mm, 0.6,
		pdfkit.Heading{Level: 1, Text: c.Workflow.Name, Size: 25, Tight: true},
		line(10, pdfkit.Quiet(c.reference())),
	) + 4*mm

	// The verdict: white on ink where all is met, framed where conditions stand;
	// the words say it in either case.
	ink, paper := pdfkit.White, pdfkit.Ink
	if c.Verdict != VerdictMet {
		ink, paper = pdfkit.Ink, pdfkit.White
	}
	split := pageWide * 0.68
	text := ink
	if ink == pdfkit.Ink {
		text = pdfkit.Black
	}
	verdict := []pdfkit.Block{
		line(10, pdfkit.Span{Text: "Verdict", Color: text}),
		pdfkit.Para{
			Spans: []pdfkit.Span{{Text: c.Verdict.Words(), Face: pdfkit.Bold, Color: ink}},
			Size:  25,
			Lead:  1.15,
			Gap:   -1,
		},
	}
	for i, sentence := range c.lead() {
		face := pdfkit.Regular
		if i > 0 { // what was explained of the rules that nothing may be issued without
			face = pdfkit.Bold
		}
		p := line(11, pdfkit.Span{Text: brief(sentence, 220), Face: face, Color: text})
		p.Gap = float64(min(i, 1)) * 3
		verdict = append(verdict, p)
	}
	verdictHigh := min(max(26*mm, d.Measure(split-8*mm, 1, verdict...)+6*mm), 52*mm)
	d.Box(pageLeft, y, pageWide, verdictHigh, paper, pdfkit.Ink, 2)
	frame(pageLeft+5*mm, y+2.8*mm, split-8*mm, verdictHigh-4*mm, 0.6, verdict...)
	d.Rule(pageLeft+split, y+4*mm, pageLeft+split, y+verdictHigh-4*mm, ink, 0.6)
	frame(pageLeft+split+5*mm, y+2.8*mm, pageWide-split-8*mm, verdictHigh-4*mm, 0.6,
		line(10, pdfkit.Span{Text: "Valid until", Color: text}),
		line(15, pdfkit.Span{Text: c.ValidUntil.Long(), Face: pdfkit.Bold, Color: ink}),
		line(10, pdfkit.Span{Text: c.validity(), Color: text}),
	)
	y += verdictHigh + 5*mm

	// The foot first, since it has a fixed place.
	foot, err := c.footOfPageOne(d, frame)
	if err != nil {
		return false, err
	}

	// What this AI is, on the left; the five areas on the right.
	const gutter = 8 * mm
	left := pageWide * 0.6
	right := pageWide - left - gutter
	h := foot - y - 4*mm
	// Where there is too much for letters of a readable size, the conditions are
	// named in fewer words, then the accounts give way: a member has to see what
	// is still to be done.
	areas := c.areaBlocks()
	aside := append(slices.Clone(areas), c.challenge(all)...)
	if c.aside = !c.First && d.Measure(right, 0.82, aside...) <= h; c.aside {
		areas = aside
	}
	var blocks []pdfkit.Block
	for i, b := range []budget{
		{all, all, all, false}, {all, all, all, true}, {all, 14, 9, true}, {300, 12, 8, true}, {220, 12, 7, true},
		{220, 9, 7, true}, {160, 9, 7, true}, {160, 7, 6, true}, {160, 5, 6, true}, {160, 4, 5, true},
		{110, 4, 5, true},
		{110, 3, 4, true}, {80, 3, 2, true}, {60, 2, 0, true},
	} {
		blocks = c.account(b)
		c.conditionsCut = len(c.Conditions) > b.conditions
		shortened = shortened || i > 1
		if d.Measure(left, 0.84, blocks...) <= h {
			break
		}
	}
	frame(pageLeft, y, left, h, 0.7, blocks...)

	d.Rule(pageLeft+left+gutter/2, y+1*mm, pageLeft+left+gutter/2, foot-6*mm, pdfkit.Line, 0.5)
	frame(pageLeft+left+gutter, y, right, h, 0.74, areas...)
	return shortened, nil
}

// areaBlocks are the five areas, each with what was found in it.
func (c *Certificate) areaBlocks() []pdfkit.Block {
	blocks := []pdfkit.Block{section(headAreas)}
	for _, a := range c.Areas {
		blocks = append(blocks,
			pdfkit.Heading{Level: 3, Text: a.Name + ": " + a.score(), Size: 10.5, Color: pdfkit.Black, Unlisted: true},
		)
		if a.Applicable > 0 {
			blocks = append(
				blocks,
				pdfkit.Figure{
					Alt:     a.alt(),
					Height:  9,
					Tight:   true,
					Drawing: pdfkit.Segments{Filled: a.Met, Total: a.Applicable},
				},
			)
		}
		blocks = append(
			blocks,
			pdfkit.Para{Spans: []pdfkit.Span{pdfkit.T(brief(a.Sentence, 160))}, Size: 9.5, Lead: 1.3, Gap: -1},
		)
	}
	return append(
		blocks,
		pdfkit.Para{
			Spans: []pdfkit.Span{
				pdfkit.Quiet("A full square is a rule that is met. An empty one is not met, or not in each case."),
			},
			Size: 8.5,
			Lead: 1.3,
			Gap:  4,
		},
	)
}

// challenge says what somebody affected can do.
func (c *Certificate) challenge(chars int) []pdfkit.Block {
	if strings.TrimSpace(c.Workflow.HowToChallenge) == "" {
		return nil
	}
	return []pdfkit.Block{section(headChallenge), body(brief(c.Workflow.HowToChallenge, chars))}
}

// all is more than any text has characters.
const all = 1 << 20

// budget is how much of the account there is room for: characters of each text,
// conditions, lines of what the log shows, and whether conditions are put in few
// words.
type budget struct {
	chars, conditions, shown int
	few                      bool // little space between sections, too
}

// account is the left column of page 1.
func (c *Certificate) account(b budget) []pdfkit.Block {
	var blocks []pdfkit.Block
	head := func(title string) pdfkit.Heading {
		h := section(title)
		h.Tight = b.few
		return h
	}
	say := func(title, text string) {
		if strings.TrimSpace(text) != "" {
			blocks = append(blocks, head(title), body(brief(text, b.chars)))
		}
	}
	say(headDoes, c.Workflow.Does)
	say(headDoesNot, c.Workflow.DoesNot)
	say(headAnswers, c.Workflow.Answers)
	say(headDecide, c.Workflow.PeopleDecide)
	if len(c.Shown) > 0 {
		blocks = append(append(blocks, head(headShown)), c.shown(b.shown)...)
	}
	blocks = append(blocks, head(headConditions))
	if len(c.Conditions) == 0 {
		blocks = append(blocks, body(c.nothingToDo()))
	}
	left := b.conditions
	list := func(group []Condition, ordered bool) {
		l := pdfkit.List{Ordered: ordered, Size: 10.5}
		if b.few {
			l.Gap = 0.8
		}
		for _, k := range group[:min(left, len(group))] {
			if rule, _, ok := strings.Cut(k.Text, ": "); ok && b.few {
				k.Text = rule
			}
			k.Text = brief(k.Text, b.chars)
			l.Items = append(l.Items, k.spans())
		}
		left -= len(l.Items)
		blocks = append(blocks, l)
	}
	single, groups := c.conditionGroups()
	list(single, true)
	for _, g := range groups {
		if left == 0 {
			break
		}
		// Several things for one person and day: said once.
		p := body("")
		p.Gap = 2
		p.Spans = []pdfkit.Span{
			pdfkit.B(or(g[0].Owner, "The organisation")),
			pdfkit.T(" will see to this" + by(g[0].Due) + ":"),
		}
		blocks = append(blocks, p)
		for i := range g {
			g[i].Owner, g[i].Due = "", ""
		}
		list(g, false)
	}
	if more := len(c.Conditions) - b.conditions; more > 0 {
		p := body("")
		where := "in the record"
		if !c.First {
			where = "on page 2"
		}
		p.Spans = []pdfkit.Span{pdfkit.I(fmt.Sprintf("and %d more, %s.", more, where))}
		blocks = append(blocks, p)
	}
	if !c.aside {
		say(headChallenge, c.Workflow.HowToChallenge)
	}
	return blocks
}

// shown is what the log shows. Where that is more than so many points, the last of
// those that may be said in a few words are, each with its figure: nothing that was
// found is left off page 1.
func (c *Certificate) shown(most int) []pdfkit.Block {
	l := pdfkit.List{Size: 10.5, Gap: 0.8}
	points := slices.DeleteFunc(
		slices.Clone(c.Shown),
		func(p certificate.Point) bool { // said under the verdict already
			return slices.Contains(c.Lead, p.Text)
		},
	)
	over := len(points) - most
	if over > 0 {
		over++ // for the line in which they are named
	}
	at, short := len(points), 0
	for i := len(points) - 1; i >= 0 && short < over; i-- {
		if points[i].Short != "" {
			at, short = i, short+1
		}
	}
	if short < 2 { // a line in the place of a line
		at = len(points)
	}
	var also []string
	for i, p := range points {
		if i < at || p.Short == "" {
			l.Items = append(l.Items, figures(p.Text))
			continue
		}
		also = append(also, p.Short)
	}
	if len(also) == 0 {
		return []pdfkit.Block{l}
	}
	return []pdfkit.Block{l, pdfkit.Para{
		Spans: []pdfkit.Span{
			pdfkit.B("Found too: "), pdfkit.T(strings.Join(also, "; ") + ". "), pdfkit.I("Page 2 says more."),
		},
		Size: 9.5, Lead: 1.3, Gap: 2,
	}}
}

// figures sets the count that a sentence begins with in bold: "In 9 of 260
// cases" is what a reader at arm's length looks for.
func figures(text string) []pdfkit.Span {
	rest, ok := strings.CutPrefix(text, "In ")
	count, after, found := strings.Cut(rest, " cases")
	if !ok || !found || strings.Contains(count, ".") {
		return []pdfkit.Span{pdfkit.T(text)}
	}
	return []pdfkit.Span{pdfkit.T("In "), pdfkit.B(count + " cases"), pdfkit.T(after)}
}

// conditionGroups are the conditions that one person sees to by one day, where
// these are more than two, and those that stand alone.
func (c *Certificate) conditionGroups() (single []Condition, groups [][]Condition) {
	at := map[Condition]int{}
	for _, k := range c.Conditions {
		key := Condition{Owner: k.Owner, Due: k.Due}
		i, ok := at[key]
		if !ok {
			i = len(groups)
			at[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], k)
	}
	for _, g := range groups {
		if len(g) <= 2 {
			single = append(single, g...)
		}
	}
	return single, slices.DeleteFunc(groups, func(g []Condition) bool { return len(g) <= 2 })
}

func by(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	return " by " + d.Long()
}

// brief is a text of at most n characters or so, cut after a sentence or word,
// with the remark that it goes on in the record.
func brief(s string, n int) string {
	rs := []rune(s)
	if len(rs) <= n {
		return s
	}
	cut := string(rs[:n])
	if i := strings.LastIndex(cut, ". "); i > len(cut)/2 {
		return cut[:i+1] + " (Continued in the record.)"
	}
	if i := strings.LastIndexByte(cut, ' '); i > 0 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:.") + "… (continued in the record)"
}

func (c *Certificate) reference() string {
	s := c.Workflow.Ref
	if c.Workflow.Version != "" {
		s += ", version " + c.Workflow.Version
	}
	if c.Supersedes != "" {
		s += ". Replaces certificate " + c.Supersedes
	}
	if !c.First { // what stands under it is what somebody typed
		s += ". Its name and what is said of it are the organisation's own words."
	}
	return strings.TrimPrefix(s, ", ")
}

func (c *Certificate) validity() string {
	if c.ValidFrom.IsZero() {
		return ""
	}
	return "from " + c.ValidFrom.Long()
}

// footOfPageOne draws the seal, how to check it and the signatures; it gives
// where the foot begins.
func (c *Certificate) footOfPageOne(
	d *pdfkit.Document,
	frame func(x, y, w, h, smallest float64, blocks ...pdfkit.Block) float64,
) (float64, error) {
	figure, side, err := c.seal()
	if err != nil {
		return 0, err
	}
	side = min(side, 60*mm)
	bottom := pdfkit.PageHeight - 12*mm
	low := bottom - 7*mm
	high := max(side, 47*mm)
	top := low - high
	d.Rule(pageLeft, top-2*mm, pageRight, top-2*mm, pdfkit.Ink, 1)
	if c.Seal == "" {
		d.Box(pageLeft, top, side, side, 0, pdfkit.Ink, 0.8)
		frame(pageLeft+3*mm, top+3*mm, side-6*mm, side-6*mm, 0.7, pdfkit.P(pdfkit.B("No seal. "), pdfkit.T(c.noSeal())))
	} else {
		d.Draw(pageLeft, top, side, side, figure)
	}
	x := pageLeft + side + 3*mm
	const signWide = 60 * mm
	steps := pdfkit.Numbered(c.checkSteps()...)
	steps.Size = 9
	frame(x, top+1*mm, pageRight-signWide-5*mm-x, high-1*mm, 0.7, section(headCheck), steps)
	c.sign(d, pageRight-signWide, top+2*mm, signWide, high-4*mm)
	d.Rule(pageLeft, low+1*mm, pageRight, low+1*mm, pdfkit.Line, 0.5)
	frame(
		pageLeft,
		low+2*mm,
		pageWide,
		8*mm,
		0.7,
		pdfkit.Para{Spans: []pdfkit.Span{pdfkit.Quiet(disclaimer)}, Size: 8, Lead: 1.25, Gap: -1},
	)
	return top - 2*mm, nil
}

// sign places the signature fields one above the other.
func (c *Certificate) sign(d *pdfkit.Document, x, y, w, h float64) {
	fields := []pdfkit.SignatureField{signature(FieldAssessor, "Assessed and signed by", c.Assessor)}
	if c.Approver.Name != "" {
		fields = append(fields, signature(FieldApprover, c.approval(), c.Approver))
	}
	const gap = 3 * mm
	each := (h - gap) / 2
	for i, f := range fields {
		d.Sign(x, y+float64(i)*(each+gap), w, each, f)
	}
}

// approval is what stands over the approver's name.
func (c *Certificate) approval() string {
	if c.Approved {
		return "Approved and sealed by"
	}
	return "For approval by"
}

func signature(name, title string, p Person) pdfkit.SignatureField {
	return pdfkit.SignatureField{
		Name: name, Title: title,
		Tooltip: "Signature field of the " + strings.ToLower(name) + ", " + p.Name,
		Lines:   []string{p.Name, p.Role, "The signature is in the file: a PDF reader shows it."},
	}
}

// long is a date or "no date".
func long(d civil.Date) string {
	if d.IsZero() {
		return "no date"
	}
	return d.Long()
}
