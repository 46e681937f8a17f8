package risk

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"assay/internal/embedded"
)

// Edition names the questions that a new assessment answers. An assessment
// keeps the edition that it was begun with; one with none was made before there
// were questions, or in a file, and is not asked for answers.
const Edition = "2026-11"

// Section is a part of the questionnaire.
type Section struct {
	ID        string     `json:"id"        yaml:"id"`
	Title     string     `json:"title"     yaml:"title"`
	Lead      string     `json:"lead"      yaml:"lead"`
	Questions []Question `json:"questions" yaml:"questions"`
}

// Question is one thing that an assessor has to find out, with what helps to
// answer it.
type Question struct {
	ID           string   `json:"id"           yaml:"id"` // Q01; never used again for another question
	Text         string   `json:"text"         yaml:"text"`
	Help         string   `json:"help"         yaml:"help"`         // how to find out
	Good         string   `json:"good"         yaml:"good"`         // what a good answer looks like
	Serves       []string `json:"serves"       yaml:"serves"`       // clauses, controls and articles, as standard.Item.Ref writes them
	Risks        []string `json:"risks"        yaml:"risks"`        // of the catalogue
	Requirements []string `json:"requirements" yaml:"requirements"` // what the register knows about it: codes of assurance requirements
	Codes        []string `json:"codes"        yaml:"codes"`        // what findings in runs say about it
	Measures     []string `json:"measures"     yaml:"measures"`     // which figures of runs say something about it
}

// AnswerValue is what was found out.
type AnswerValue string

const (
	AnswerYes           AnswerValue = "yes"
	AnswerPartly        AnswerValue = "partly"
	AnswerNo            AnswerValue = "no"
	AnswerNotApplicable AnswerValue = "not_applicable"
)

// AnswerValues lists them in the order in which screens show them.
var AnswerValues = []AnswerValue{AnswerYes, AnswerPartly, AnswerNo, AnswerNotApplicable}

// Words is the answer as documents print it: "Not applicable"; empty where there is none.
func (v AnswerValue) Words() string {
	if v == "" {
		return ""
	}
	return strings.ToUpper(string(v[:1])) + strings.ReplaceAll(string(v[1:]), "_", " ")
}

// Answer is what the assessor found out about one question. An answer that was
// suggested, by the last assessment or by what the register knows, says nothing
// until somebody has confirmed it.
type Answer struct {
	Question  string      `json:"question"` // Q01
	Value     AnswerValue `json:"value"`    // empty: not answered yet
	Note      string      `json:"note"`     // what shows it, or what is missing
	Evidence  []string    `json:"evidence"` // evidence ids
	Suggested bool        `json:"suggested"`
}

// Dismissed is a risk of the catalogue that was considered and found not to
// apply.
type Dismissed struct {
	CatalogueID string `json:"catalogue_id"` // R05
	Reason      string `json:"reason"`
}

//go:embed questions.yaml
var questionsYAML []byte

var questions = sync.OnceValue(
	func() []Section { return embedded.YAML[[]Section]("questions of an assessment", questionsYAML) },
)

// Questions is the questionnaire, section by section.
func Questions() []Section { return slices.Clone(questions()) }

// QuestionOf gives one question by its identifier.
func QuestionOf(id string) (Question, bool) {
	for _, s := range questions() {
		for _, q := range s.Questions {
			if q.ID == id {
				return q, true
			}
		}
	}
	return Question{}, false
}

// Answer gives the answer to a question; the zero value where there is none.
func (a Assessment) Answer(question string) Answer {
	for _, x := range a.Answers {
		if x.Question == question {
			return x
		}
	}
	return Answer{Question: question}
}

// Answered counts the questions that somebody has answered, and all of them.
func (a Assessment) Answered() (answered, all int) {
	if a.Edition == "" {
		return 0, 0
	}
	for _, s := range questions() {
		for _, q := range s.Questions {
			all++
			if x := a.Answer(q.ID); x.Value != "" && !x.Suggested {
				answered++
			}
		}
	}
	return answered, all
}

// Attach adds a document to the answer to a question.
func (a Assessment) Attach(question, evidence string) Assessment {
	a.Answers = slices.Clone(a.Answers)
	i := slices.IndexFunc(a.Answers, func(x Answer) bool { return x.Question == question })
	if i < 0 {
		a.Answers = append(a.Answers, Answer{Question: question})
		i = len(a.Answers) - 1
	}
	if !slices.Contains(a.Answers[i].Evidence, evidence) {
		a.Answers[i].Evidence = append(slices.Clone(a.Answers[i].Evidence), evidence)
	}
	return a
}

// Suggestions carries the answers of an earlier assessment over, to be
// confirmed one by one.
func Suggestions(before []Answer) []Answer {
	var out []Answer
	for _, x := range before {
		if _, ok := QuestionOf(x.Question); ok && x.Value != "" {
			x.Suggested = true
			x.Evidence = slices.Clone(x.Evidence)
			out = append(out, x)
		}
	}
	return out
}

// answerProblems reads the answers as a careful reviewer would.
func (a Assessment) answerProblems(put func(blocking bool, risk, field, format string, args ...any)) {
	if a.Edition == "" {
		return
	}
	for _, s := range questions() {
		for _, q := range s.Questions {
			x, field := a.Answer(q.ID), "answers."+q.ID
			switch note := strings.TrimSpace(x.Note) != ""; {
			case x.Value == "":
				put(true, q.ID, field, "“%s” is not answered.", q.Text)
			case x.Suggested:
				put(true, q.ID, field, "“%s” has a suggested answer; confirm or change it.", q.Text)
			case x.Value == AnswerYes && !note && len(x.Evidence) == 0:
				put(true, q.ID, field, "“%s” is answered with yes; say what shows it, or attach a document.", q.Text)
			case x.Value == AnswerNotApplicable && !note:
				put(true, q.ID, field, "“%s” is said not to apply; say why.", q.Text)
			case (x.Value == AnswerPartly || x.Value == AnswerNo) && !note:
				put(true, q.ID, field, "“%s” is not met; say what is missing.", q.Text)
			}
		}
	}
}
