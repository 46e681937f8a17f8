// Package form holds documents that are written in the register along questions: the
// data protection impact assessment, the impact assessment of an AI system, the equality
// analysis, and the dossier on meaningful human involvement in decisions.
//
// The questions are data. What the register and the runs say about a question is put
// beside it and kept as it was when the document was signed: a measured line is never
// written by hand, and an answer never by the program.
//
// # Format
//
// A form is one YAML file in this folder. Each of its questions names the source from
// which it was made; the source has the day of reading and says how well it was checked
// (v), as the files of package standard do. Questions are in our own words. In full:
//
//	kind: equality
//	order: 40
//	edition: "2026-11"              # of the questions; a document keeps its own
//	title: "Equality analysis"
//	lead: "What it is for, in a sentence."
//	note: "What it is not."
//	sources:
//	  S-149: {what: "Equality Act 2010 section 149", day: 2026-11-28, v: K}
//	signatures:                     # in the order in which they are made
//	  - {id: prepared, title: "Prepared by", may: prepare_assessment}
//	  - {id: decided, title: "Decided by", may: approve, words: "What the signer is asked to write"}
//	sections:
//	  - id: people
//	    title: "Who is affected"
//	    questions:
//	      - {id: EQ01, text: "Who is affected?", help: "How to find out.", src: S-149,
//	         serves: ["law:EqA149"], figures: [segments], optional: true}
//
// A question keeps its identifier for ever; a changed question gets a new one. figures
// are names of what is measured (see Measures).
package form

import (
	"assay/internal/approval"
	"assay/internal/civil"
	"assay/internal/organisation"
	"assay/internal/standard"
)

// Prefix is the reference prefix of documents: DOC-0003.
const Prefix = "DOC"

// Kind is which form a document follows.
type Kind string

// Kinds that code speaks of by name; the others are only in their files.
const (
	KindInvolvement Kind = "involvement" // the dossier on meaningful human involvement
	KindDPIA        Kind = "dpia"
	KindImpact      Kind = "impact"
	KindEquality    Kind = "equality"
)

// Form is what a document asks.
type Form struct {
	Kind       Kind                       `json:"kind"       yaml:"kind"`
	Order      int                        `json:"-"          yaml:"order"`
	Edition    string                     `json:"edition"    yaml:"edition"`
	Title      string                     `json:"title"      yaml:"title"`
	Lead       string                     `json:"lead"       yaml:"lead"`
	Note       string                     `json:"note"       yaml:"note"`
	Sources    map[string]standard.Source `json:"-"          yaml:"sources"`
	Signatures []Role                     `json:"signatures" yaml:"signatures"`
	Sections   []Section                  `json:"sections"   yaml:"sections"`
}

// Role is one of those who sign, in their order.
type Role struct {
	ID    string              `json:"id"    yaml:"id"`
	Title string              `json:"title" yaml:"title"`
	May   organisation.Action `json:"may"   yaml:"may"`   // what the signer has to have the duty for
	Words string              `json:"words" yaml:"words"` // what the signer is asked to write; empty: nothing
}

// Section is a part of a form.
type Section struct {
	ID        string     `json:"id"        yaml:"id"`
	Title     string     `json:"title"     yaml:"title"`
	Lead      string     `json:"lead"      yaml:"lead"`
	Questions []Question `json:"questions" yaml:"questions"`
}

// Question is one thing that a form asks.
type Question struct {
	ID       string   `json:"id"       yaml:"id"`
	Text     string   `json:"text"     yaml:"text"`
	Help     string   `json:"help"     yaml:"help"`
	Source   string   `json:"-"        yaml:"src"`
	Serves   []string `json:"serves"   yaml:"serves"` // as standard.Item.Ref writes them
	Figures  []string `json:"figures"  yaml:"figures"`
	Optional bool     `json:"optional" yaml:"optional"`
}

// Status is how far a document has come.
type Status string

const (
	StatusDraft      Status = "draft"
	StatusSigning    Status = "signing" // signed by the first, by the last not yet
	StatusSigned     Status = "signed"
	StatusSuperseded Status = "superseded" // a later one of the workflow is signed
)

// Statuses lists them in order.
var Statuses = []Status{StatusDraft, StatusSigning, StatusSigned, StatusSuperseded}

// Words is the status as documents print it.
func (s Status) Words() string {
	switch s {
	case StatusDraft:
		return "draft"
	case StatusSigning:
		return "waits for a signature"
	case StatusSigned:
		return "signed"
	}
	return "superseded"
}

// Document is one form, answered for one workflow in one version.
type Document struct {
	ID         string     `json:"id"`
	Ref        string     `json:"ref"` // DOC-0003
	Key        string     `json:"key"`
	Kind       Kind       `json:"kind"`
	Edition    string     `json:"edition"`
	WorkflowID string     `json:"workflow_id"`
	Version    string     `json:"version"` // of the workflow that it is about
	Number     int        `json:"number"`  // 1 for the first writing; one more each time that it is opened again
	Status     Status     `json:"status"`
	Answers    []Answer   `json:"answers"`
	Figures    []Figure   `json:"figures"`
	MeasuredOn civil.Date `json:"measured_on"` // when the figures were last taken
	From       civil.Date `json:"from"`        // first and last day of the runs that they are of; empty: no runs
	Until      civil.Date `json:"until"`
	Runs       int64      `json:"runs"`
	// Period says which runs these are, in a sentence: those of the version, as far as
	// its first day is recorded.
	Period     string      `json:"period"`
	Signatures []Signature `json:"signatures"`
	Sample     bool        `json:"sample"`
}

// Answer is what a person wrote to a question. One that was taken over from an earlier
// document says nothing until somebody has confirmed it.
type Answer struct {
	Question  string `json:"question"`
	Text      string `json:"text"`
	Suggested bool   `json:"suggested"`
}

// Figure is what the register and the runs say about a question, by the name of the
// measure: sentences, and a table where there is one.
type Figure struct {
	Measure string     `json:"measure"`
	Lines   []string   `json:"lines"`
	Head    []string   `json:"head,omitempty"`
	Rows    [][]string `json:"rows,omitempty"`
}

// Signature is one person's, with what they wrote in their own words.
type Signature struct {
	Role     string            `json:"role"`
	PersonID string            `json:"person_id"`
	JobTitle string            `json:"job_title"` // on the day
	Words    string            `json:"words"`
	Approval approval.Approval `json:"approval"`
}

// Measures are the names of what can stand beside a question, and what each is.
var Measures = map[string]string{
	"purpose":      "what the workflow is recorded to do",
	"version":      "the version in use and recorded changes",
	"runs":         "how many runs there are, and of which days",
	"before":       "whether a person decided before the outcome took effect",
	"alter":        "how often a person departed from what the AI proposed, and whether that held",
	"informed":     "what was there to decide on",
	"competent":    "who decides, and their training",
	"active":       "whether decisions only follow the AI",
	"time":         "time between the matter and the decision",
	"reasons":      "whether departures have reasons",
	"holders":      "each gate with the power that was delegated, and who held it",
	"significance": "whether decisions are significant, as recorded",
	"basis":        "the lawful basis as recorded",
	"safeguards":   "how a person is told, heard, and can challenge",
	"data":         "which data it reads, as declared and as logged",
	"retention":    "how long personal data is kept",
	"supplier":     "the supplier and what is held about it",
	"risks":        "the risks of the assessment in force",
	"segments":     "how outcomes differ by group",
	"drift":        "how outcomes changed between months",
	"findings":     "what the tests found",
	"incidents":    "incidents, concerns and complaints",
	"transparency": "what is published",
	"policies":     "policies that apply",
}
