package letter

import (
	"slices"

	"assay/internal/oversight"
)

// foundWords are what a test found on the run, for the person whose case it was. Each
// test of single runs is here: a letter must not read cleaner than the certificate, on
// which the same finding is counted.
var foundWords = map[oversight.Code]string{
	oversight.ReleasedUndecided:   "it was released and no decision by a person is recorded",
	oversight.ReleasedEarly:       "it was released before anybody had decided",
	oversight.DecidedByNoOfficer:  "whoever decided is not named as an officer for this",
	oversight.DecidedUnauthorised: "whoever decided is an officer, and not named for this step",
	oversight.SameEyes:            "the same person prepared it and decided on it",
	oversight.DecidedFast:         "the decision took less time than it should",
	oversight.DecisionReused:      "a decision was used more than once, or came again after the release",
	oversight.NoGate:              "your case came before no person",
	oversight.NoReason:            "nobody wrote down why the AI was not followed",
	oversight.DecidedBeforehand:   "the decision came before the work that it was about",
	oversight.ReleasedAgainst:     "it was released although the last word of a person was not a yes",
	oversight.NoAuthority:         "the officer had no right to decide on that day",
	oversight.OnePersonTwice:      "one person prepared it and decided on it, under two names",
	oversight.DecisionChanged:     "the decision was changed after the release",
	oversight.DecisionsContradict: "two decisions say two different things",
	oversight.AnsweredLate:        "a person answered later than we promise",
	oversight.UnapprovedContent:   "the AI used a text that nobody had approved",
	oversight.BeyondLimits:        "the AI did what it may not do",
	oversight.ActedAlone:          "the AI did alone what needs a person",
	oversight.NoRecord:            "what the AI wrote, or why, was not kept",
	oversight.OutOfScope:          "the AI did or read something that is not on its list",
	oversight.LogConflict:         "two of our files tell your case in two ways",
}

// found says what the tests found on the run, each once. The officer writes beside it
// what it means for this case, or takes it out where the record was wrong: until then
// the letter cannot be sent.
func (d *draft) found() []string {
	var out []string
	var said []oversight.Code
	for _, f := range d.Findings {
		words, ok := foundWords[f.Code]
		// What the steps of the run show by themselves stands above already.
		if !ok || slices.Contains(said, f.Code) || f.Code == oversight.ReleasedAgainst && d.against {
			continue
		}
		said = append(said, f.Code)
		out = append(out, "Our check of the record found that "+words+". "+
			d.missing("what this means for the decision, or why the record is wrong ("+string(f.Code)+")"))
	}
	return out
}
