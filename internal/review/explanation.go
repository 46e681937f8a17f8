package review

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/internal/approval"
	"assay/internal/fault"
	"assay/internal/organisation"
)

// Class is the kind of reason that explains a fact. A test states facts (nobody
// decided before this was released) and asks questions (was a minute enough?): a
// fact is not made to vanish by a reason, it is explained by one of these.
type Class string

const (
	ClassLogWrong         Class = "log_wrong"         // it did not happen: the log says it wrongly
	ClassDeclarationWrong Class = "declaration_wrong" // what the workflow declares was not what was agreed
	ClassException        Class = "agreed_exception"  // it happened, and somebody with that power had agreed
	ClassDealtWith        Class = "breach_dealt_with" // it happened, ought not to have, and was put right
)

// Classes lists them in the order in which screens show them.
var Classes = []Class{ClassLogWrong, ClassDeclarationWrong, ClassException, ClassDealtWith}

// Words is the class as documents print it.
func (c Class) Words() string {
	switch c {
	case ClassLogWrong:
		return "the log is wrong"
	case ClassDeclarationWrong:
		return "the declaration is wrong"
	case ClassException:
		return "an agreed exception"
	case ClassDealtWith:
		return "a breach that was dealt with"
	}
	return string(c)
}

// Basis is what an explanation of findings rests on beside its text.
type Basis struct {
	Class Class `json:"class,omitempty"` // of a fact
	// Link is the reference of the record or document that shows it: REC-0003,
	// EV-0007, ACT-0012, REV-0004.
	Link string `json:"link,omitempty"`
	// Officer is whose answer it is: a person's reference, or an account that the
	// workflow's roster names as an officer.
	Officer  string            `json:"officer,omitempty"`
	Approval approval.Approval `json:"approval,omitzero"` // by somebody else than who prepared it
	// Origin is set where it came with a hand-over: the approval covers the findings
	// as the register counted and named them in which it was made.
	Origin Origin `json:"origin,omitzero"`
}

// Origin is how many findings an explanation was about in another register, and the
// digest of their identifiers there.
type Origin struct {
	Findings int64  `json:"findings"`
	Digest   string `json:"digest"`
}

// IsZero tells that there is nothing beside the text.
func (b Basis) IsZero() bool {
	return b.Class == "" && b.Link == "" && b.Officer == "" && b.Approval.IsZero()
}

// TwoPeople tells whether somebody else than who prepared it approved it.
func (b Basis) TwoPeople() bool {
	one, two := b.Approval.Recorder, b.Approval.Approver
	return !b.Approval.IsZero() && one.ID != two.ID && !organisation.SameName(one.Name, two.Name)
}

// The least that a text has to say: shorter ones were "x", "ok", "as discussed".
const (
	leastLetters = 40 // characters
	leastWords   = 6  // different ones
)

// SaysSomething tells in a sentence what an explanation's text lacks; empty
// where it is long enough to be held against the case that it is about. What it
// says is for the person who approves it to judge.
func SaysSomething(text string) string {
	if chars, words := Substance(text); chars < leastLetters || words < leastWords {
		return fmt.Sprintf(
			"Say what happened and how you know: at least %d characters and %d different words.",
			leastLetters,
			leastWords,
		)
	}
	return ""
}

// Substance is how many characters a text has that can be read, one blank between
// two words counted, and how many different words. Signs, what cannot be seen, and
// a word of one letter again and again fill no text.
func Substance(text string) (chars, words int) {
	seen := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)
	}) {
		letters := map[rune]bool{}
		for _, r := range w {
			letters[r] = true
		}
		n := utf8.RuneCountInString(w)
		if n > 2 && len(letters) == 1 {
			continue
		}
		chars += n + 1
		if n > 1 && strings.ContainsFunc(w, unicode.IsLetter) {
			seen[w] = true
		}
	}
	return max(0, chars-1), len(seen)
}

// SameReason is the form of an explanation's text in which two are held against
// each other: its words without numbers, case and signs. A hundred reasons that
// differ in the number of the case are one reason.
func SameReason(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r)
	})
	return strings.Join(words, " ")
}

// Check says what an explanation of facts, of questions, or of both lacks.
// Whether the link and the officer exist is for the caller to look up, and the
// approval is made after this.
func (b Basis) Check(text string, facts, questions bool) error {
	var bad fault.Fields
	add := bad.Add
	if lacks := SaysSomething(text); lacks != "" {
		add("why", lacks)
	}
	if facts {
		known := false
		for _, c := range Classes {
			known = known || b.Class == c
		}
		if !known {
			add("class", "This is a fact: say whether the log is wrong, the declaration is wrong, it was an agreed "+
				"exception, or a breach that was dealt with.")
		}
		if strings.TrimSpace(b.Link) == "" {
			add("link", "Name the record or document that shows it, such as REC-0003 or EV-0007.")
		}
	}
	if questions && !facts && strings.TrimSpace(b.Officer) == "" {
		add("officer", "This is a question to an officer: name whose answer this is.")
	}
	return bad.Err()
}
