package assurance

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"assay/internal/approval"
	"assay/internal/civil"
	"assay/internal/prose"
	"assay/internal/workflow"
)

// DeclarationChange is one declaration of what the tests on runs lean on, as the
// paper says it: from when it holds, who made it and why, what it changed, and
// what that did to the findings. A workflow's first declaration changes nothing.
type DeclarationChange struct {
	From     civil.Date        `json:"from"`    // the first day that it holds for; empty: every run before the next one
	MadeAt   time.Time         `json:"made_at"` // UTC; zero where the register does not know
	By       string            `json:"by"`      // who was at the keyboard
	Why      string            `json:"why"`     // empty where none was asked for
	Approval approval.Approval `json:"approval,omitzero"`
	Approved string            `json:"-"`       // in words, with what is known of the key; empty where nothing is
	Changed  []string          `json:"changed"` // in words: "Gate officer-decision, minimum review time: 90 s → 1 s"

	Runs      int `json:"runs"`       // runs that are held to it
	AfterRuns int `json:"after_runs"` // of these, runs that ran before the day on which it was made

	Tried  int               `json:"tried"` // runs that the change was tried on before it was made
	Effect []workflow.Effect `json:"effect"`
}

// Gone is how many findings the change would make go away on the runs tried.
func (d DeclarationChange) Gone() (n int) {
	for _, e := range d.Effect {
		n += int(e.Gone)
	}
	return n
}

// New is how many findings it would add.
func (d DeclarationChange) New() (n int) {
	for _, e := range d.Effect {
		n += int(e.New)
	}
	return n
}

// ApprovedWords say who approved it; empty where nobody did.
func (d DeclarationChange) ApprovedWords() string {
	if d.Approval.IsZero() {
		return ""
	}
	return cmp.Or(d.Approved, d.Approval.Words())
}

// mostChanged is how many changes of one declaration are printed; the record has them all.
const mostChanged = 12

// Words say it for print, in plain sentences.
func (d DeclarationChange) Words() string {
	made := "Recorded before this register kept declarations."
	if !d.MadeAt.IsZero() {
		made = "Made on " + civil.Of(d.MadeAt).Long()
		if d.By != "" {
			made += " by " + prose.Called(d.By)
		}
		made += "."
	}
	holds := "Holds for runs from " + d.From.Long() + " on. "
	if d.From.IsZero() {
		holds = "Holds from the first run. "
	}
	out := holds + made
	if d.AfterRuns > 0 {
		out += fmt.Sprintf(" It was made after %s of the %d that are held to it.", count(d.AfterRuns, "run"), d.Runs)
	}
	if d.Tried > 0 {
		out += " Tried on " + count(d.Tried, "run") + ": " + EffectWords(d.Effect) + "."
	}
	if words := d.ApprovedWords(); words != "" {
		out += " " + strings.ToUpper(words[:1]) + words[1:] + "."
	}
	// What somebody can make as long as they like comes last: where there is no room, it
	// is what is cut, and not what the change did and who agreed to it.
	if n := len(d.Changed); n > mostChanged {
		out += " Changed: " + strings.Join(d.Changed[:mostChanged], "; ") + fmt.Sprintf("; and %d more.", n-mostChanged)
	} else if n > 0 {
		out += " Changed: " + strings.Join(d.Changed, "; ") + "."
	}
	if d.Why != "" {
		out += " They wrote: " + prose.Said(d.Why)
	}
	return out
}

// EffectWords say what a change does to findings: "OVR-03 55 fewer, OVR-10 2 more".
func EffectWords(effect []workflow.Effect) string {
	var parts []string
	for _, e := range effect {
		if e.Gone > 0 {
			parts = append(parts, fmt.Sprintf("%s %d fewer", e.Code, e.Gone))
		}
		if e.New > 0 {
			parts = append(parts, fmt.Sprintf("%s %d more", e.Code, e.New))
		}
	}
	if len(parts) == 0 {
		return "the findings are the same"
	}
	return strings.Join(parts, ", ")
}

// Twin is another workflow of the register that may be the same one: what it
// holds is part of the picture.
type Twin struct {
	Ref     string `json:"ref"`
	Name    string `json:"name"`
	Because string `json:"because"` // "the same name", "the same identifier on the platform"
	Runs    int    `json:"runs"`
	Open    int    `json:"open"` // findings that nobody has dealt with
}

// Words say it for print.
func (t Twin) Words() string {
	return fmt.Sprintf("%s %s has %s: it holds %s and %s not dealt with.",
		t.Ref, prose.Quote(t.Name), t.Because, count(t.Runs, "run"), count(t.Open, "finding"))
}
