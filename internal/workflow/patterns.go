package workflow

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"assay/internal/civil"
	"assay/internal/embedded"
)

// Pattern is how people oversee what a gate lets through: whether one of them
// decides on each run, on some, or on none.
type Pattern string

// The patterns of oversight. A gate that names none is EachRun, as every gate was
// before there were others.
const (
	// EachRun: a person decides on each run before it is released.
	EachRun Pattern = "each_run"
	// BeyondThreshold: a person decides on the runs whose score, value or confidence
	// is on one side of a limit, the limit itself included; the others need nobody.
	BeyondThreshold Pattern = "threshold"
	// DrawnSample: staff read some runs, drawn for it, after or before they left.
	DrawnSample Pattern = "drawn_sample"
	// ApprovedContent: what the AI says comes from contents that a person approved.
	ApprovedContent Pattern = "approved_content"
	// OnRequest: a person steps in where somebody asks for one: a hand-over, an appeal.
	OnRequest Pattern = "on_request"
	// Monitored: nobody looks at single runs; alerts are raised at limits, and answered.
	Monitored Pattern = "monitored_with_limits"
	// AgentLimits: an agent acts alone within limits, and for some acts needs a person.
	AgentLimits Pattern = "agent_with_limits"
)

// Patterns lists them in the order in which screens show them.
var Patterns = []Pattern{EachRun, BeyondThreshold, DrawnSample, ApprovedContent, OnRequest, Monitored, AgentLimits}

// Terms are what a pattern other than EachRun is declared with; each pattern reads
// its own and leaves the others alone.
type Terms struct {
	// BeyondThreshold. Of is what is compared, Side on which side of Limit a person
	// decides: "below" is at most Limit, "above" at least, so that the limit itself
	// goes to a person.
	Of    Quantity `json:"of,omitempty"`
	Side  Side     `json:"side,omitempty"`
	Limit float64  `json:"limit,omitempty"`

	// DrawnSample: how many runs a week are read at least, or which share of all
	// (0 to 1); where both are set, whichever is more. In a week with fewer runs, all.
	PerWeek int     `json:"per_week,omitempty"`
	Share   float64 `json:"share,omitempty"`

	// DrawnSample, OnRequest, Monitored: within how many hours of being drawn, asked
	// or raised a person has to have answered; 0 = no limit.
	WithinHours int `json:"within_hours,omitempty"`

	// ApprovedContent: what of a run names the content that it used, and the contents
	// that were approved.
	ContentOf ContentKind `json:"content_of,omitempty"`
	Contents  []Content   `json:"contents,omitempty"`

	// Monitored: shares of outcomes that are to stay within limits.
	Limits []OutcomeLimit `json:"limits,omitempty"`

	// AgentLimits: activities or tools, as run logs name them.
	Alone      []string `json:"alone,omitempty"`       // that the agent may do by itself
	WithPerson []string `json:"with_person,omitempty"` // that need a person's decision at the gate first
	Never      []string `json:"never,omitempty"`       // that it may never do
}

// Quantity is what of a run a threshold compares.
type Quantity string

const (
	OfConfidence Quantity = "confidence" // of the AI's outputs: the lowest for "below", the highest for "above"
)

// Quantities lists them.
var Quantities = []Quantity{OfConfidence}

// Side is on which side of a limit a person decides.
type Side string

const (
	Below Side = "below"
	Above Side = "above"
)

// Sides lists them.
var Sides = []Side{Below, Above}

// ContentKind is what of a run names the content that it used.
type ContentKind string

const (
	ContentSource ContentKind = "data_source"   // the data sources that it read
	ContentPrompt ContentKind = "prompt"        // the version of its prompt
	ContentOutput ContentKind = "output_sha256" // the digest of what it wrote
)

// ContentKinds lists them.
var ContentKinds = []ContentKind{ContentSource, ContentPrompt, ContentOutput}

// Content is one content that a person approved.
type Content struct {
	ID         string     `json:"id"` // as runs name it
	ApprovedBy string     `json:"approved_by"`
	ApprovedOn civil.Date `json:"approved_on"`
	Until      civil.Date `json:"until,omitempty"` // the last day on which it may be used; empty: none is set
}

// OutcomeLimit bounds the share of runs of a week that have an outcome.
type OutcomeLimit struct {
	Outcome string  `json:"outcome"`         // as runs name it
	Least   float64 `json:"least,omitempty"` // share from 0 to 1
	Most    float64 `json:"most,omitempty"`  // 0 = no upper limit
}

// HowOverseen is the gate's pattern of oversight.
func (g Gate) HowOverseen() Pattern {
	if g.Pattern == "" {
		return EachRun
	}
	return g.Pattern
}

// Weaker tells whether not every run comes before a person at the gate.
func (p Pattern) Weaker() bool { return p != EachRun && p != "" }

// Timed tells whether officers read something at the gate for which a shortest time
// makes sense: not where they answer a request or an alert, or nobody decides.
func (p Pattern) Timed() bool {
	return p == EachRun || p == "" || p == BeyondThreshold || p == DrawnSample || p == AgentLimits
}

// Words are the pattern for people.
func (p Pattern) Words() string {
	for _, x := range Guidance() {
		if x.Pattern == p || p == "" && x.Pattern == EachRun {
			return x.Name
		}
	}
	return string(p)
}

// Lacks is what the declaration of the gate's pattern lacks before runs can be
// tested by it, in one sentence; empty where it lacks nothing. It is about the
// terms alone: whom the gate names is asked for as at every other gate.
func (g Gate) Lacks() string {
	t := g.Terms
	switch g.HowOverseen() {
	case BeyondThreshold:
		if t.Of == "" || t.Side == "" {
			return "The gate is for runs beyond a threshold, and does not say of what, or on which side a person " +
				"decides."
		}
	case DrawnSample:
		if t.PerWeek == 0 && t.Share == 0 {
			return "The gate is a drawn sample, and says neither how many are read a week nor which share."
		}
	case ApprovedContent:
		if t.ContentOf == "" || len(t.Contents) == 0 {
			return "The gate is for approved content, and names no content that somebody approved, or not where " +
				"runs name it."
		}
	case OnRequest, Monitored:
		if len(g.Prepare) == 0 {
			return "The gate does not say by which activity of the log " + asking[g.Pattern] + "."
		}
	case AgentLimits:
		if len(t.Alone)+len(t.WithPerson)+len(t.Never) == 0 {
			return "The gate sets an agent no limits: name what it may do alone, what needs a person, and what never."
		}
	}
	return ""
}

// asking is what a preparing activity is at a gate where a person is asked for.
var asking = map[Pattern]string{OnRequest: "somebody asks for a person", Monitored: "an alert is raised"}

// checkPattern says where a gate's pattern contradicts itself. What it leaves open
// (Lacks) is no contradiction: it can be entered later.
func (g Gate) checkPattern(add adder) {
	t := g.Terms
	if g.Pattern != "" && !slices.Contains(Patterns, g.Pattern) {
		add("pattern", "Choose the gate's pattern of oversight from the list.")
	}
	if t.Of != "" && !slices.Contains(Quantities, t.Of) {
		add("terms.of", "Choose from the list what the threshold compares.")
	}
	if t.Side != "" && !slices.Contains(Sides, t.Side) {
		add("terms.side", "Say on which side of the limit a person decides: below or above.")
	}
	if math.IsNaN(t.Limit) || math.IsInf(t.Limit, 0) {
		add("terms.limit", "Enter the limit as a number.")
	} else if t.Of == OfConfidence && (t.Limit < 0 || t.Limit > 1) {
		add("terms.limit", "Enter the limit of confidence as a number between 0 and 1.")
	}
	if t.PerWeek < 0 {
		add("terms.per_week", "Enter how many runs are read a week, or 0.")
	}
	if !(t.Share >= 0 && t.Share <= 1) { // also refuses NaN
		add("terms.share", "Enter the share of runs that is read as a number between 0 and 1.")
	}
	if t.WithinHours < 0 || t.WithinHours > 24*366 {
		add("terms.within_hours", "Enter within how many hours a person answers, up to a year, or 0 for no limit.")
	}
	if t.ContentOf != "" && !slices.Contains(ContentKinds, t.ContentOf) {
		add("terms.content_of", "Choose from the list what of a run names the content that it used.")
	}
	g.checkContents(add)
	for i, l := range t.Limits {
		if strings.TrimSpace(l.Outcome) == "" || !(l.Least >= 0 && l.Least <= 1 && l.Most >= 0 && l.Most <= 1) ||
			l.Most > 0 && l.Most < l.Least || l.Most == 0 && l.Least == 0 {
			add(fmt.Sprintf("terms.limits[%d]", i),
				"Name the outcome, and the least or the largest share of runs that may have it, between 0 and 1.")
		}
	}
	lists := map[string]string{}
	for _, l := range []struct {
		name  string
		names []string
	}{{"alone", t.Alone}, {"with_person", t.WithPerson}, {"never", t.Never}} {
		for _, n := range l.names {
			if other, twice := lists[n]; twice && other != l.name {
				add("terms."+l.name, "The agent's %q stands both under %s and under %s.", n, other, l.name)
			}
			lists[n] = l.name
		}
	}
}

func (g Gate) checkContents(add adder) {
	seen := map[string]bool{}
	for i, c := range g.Terms.Contents {
		at := fmt.Sprintf("terms.contents[%d]", i)
		_, err1 := civil.Parse(string(c.ApprovedOn))
		_, err2 := civil.Parse(string(c.Until))
		switch {
		case c.ID == "" || strings.TrimSpace(c.ApprovedBy) == "" || c.ApprovedOn.IsZero() || err1 != nil || err2 != nil:
			add(at, "Say of each content how runs name it, who approved it, and on which day.")
		case seen[c.ID]:
			add(at, "The content %q is listed twice; keep one.", c.ID)
		case c.Until.Before(c.ApprovedOn):
			add(
				at,
				"The content %q ends on %s, before it was approved on %s.",
				c.ID,
				c.Until.Long(),
				c.ApprovedOn.Long(),
			)
		}
		seen[c.ID] = true
	}
}

// InWords says the terms of the gate's pattern, as the paper prints them; empty
// where it has none, or lacks them.
func (g Gate) InWords() string {
	t := g.Terms
	within := ""
	if t.WithinHours > 0 {
		within = fmt.Sprintf(" within %s", hours(t.WithinHours))
	}
	switch g.HowOverseen() {
	case BeyondThreshold:
		if t.Of == "" || t.Side == "" {
			return ""
		}
		side := map[Side]string{Below: "at most", Above: "at least"}[t.Side]
		return fmt.Sprintf("%s of %s %s", t.Of, side, strconv.FormatFloat(t.Limit, 'g', -1, 64))
	case DrawnSample:
		switch {
		case t.PerWeek > 0 && t.Share > 0:
			return fmt.Sprintf("%d a week and %s %% of all%s", t.PerWeek, inPercent(t.Share), within)
		case t.PerWeek > 0:
			return fmt.Sprintf("%d a week%s", t.PerWeek, within)
		case t.Share > 0:
			return fmt.Sprintf("%s %% of all%s", inPercent(t.Share), within)
		}
	case ApprovedContent:
		if n := len(t.Contents); n == 1 {
			return "1 approved content"
		} else if n > 1 {
			return fmt.Sprintf("%d approved contents", n)
		}
	case OnRequest, Monitored:
		if within != "" {
			return "an answer" + within
		}
	case AgentLimits:
		return fmt.Sprintf("alone %d, with a person %d, never %d", len(t.Alone), len(t.WithPerson), len(t.Never))
	}
	return ""
}

func inPercent(share float64) string {
	return strconv.FormatFloat(math.Round(share*1e4)/1e2, 'g', -1, 64)
}

func hours(n int) string {
	switch {
	case n == 1:
		return "1 hour"
	case n%24 == 0 && n > 24:
		return fmt.Sprintf("%d days", n/24)
	}
	return fmt.Sprintf("%d hours", n)
}

// Loosens tells whether a later declaration leaves runs to a weaker pattern of
// oversight than d, in words; empty where it does not. A gate that is declared anew
// with another pattern than EachRun is one; so is a weaker gate in the place of one
// that asked for a decision on each run and is gone, whatever its key. Such a change
// needs a reason and a second person, whether any finding goes away with it or not.
func (d Declared) Loosens(to Declared) []string {
	var out, gone []string
	for _, g := range d.Gates {
		i := slices.IndexFunc(to.Gates, func(x Gate) bool { return x.Key == g.Key })
		switch {
		case i < 0 && !g.HowOverseen().Weaker():
			gone = append(gone, g.Key)
		case i >= 0 && to.Gates[i].HowOverseen() != g.HowOverseen() && to.Gates[i].HowOverseen().Weaker():
			out = append(out, fmt.Sprintf("the gate %s: %s → %s", g.Key, g.HowOverseen().Words(),
				to.Gates[i].HowOverseen().Words()))
		}
	}
	if len(gone) > 0 && slices.ContainsFunc(to.Gates, func(x Gate) bool { return x.HowOverseen().Weaker() }) {
		out = append(out, fmt.Sprintf("a decision on each run at %s is no longer asked for", quoted(gone)))
	}
	return out
}

// patternChanges says in words what differs between the patterns of two gates.
func (g Gate) patternChanges(x Gate, say func(format string, args ...any)) {
	at := "Gate " + g.Key + ", "
	if was, is := g.HowOverseen(), x.HowOverseen(); was != is {
		say("%spattern of oversight: %s → %s", at, was.Words(), is.Words())
	}
	if !g.Terms.Same(x.Terms) {
		was, is := g.InWords(), x.InWords()
		if was == is || was == "" || is == "" {
			say("%sterms of its pattern changed", at)
		} else {
			say("%sterms of its pattern: %s → %s", at, was, is)
		}
	}
}

// Same tells whether two gates of one pattern are held to the same.
func (a Terms) Same(b Terms) bool {
	return a.Of == b.Of && a.Side == b.Side && a.Limit == b.Limit && a.PerWeek == b.PerWeek && a.Share == b.Share &&
		a.WithinHours == b.WithinHours && a.ContentOf == b.ContentOf && slices.Equal(a.Contents, b.Contents) &&
		slices.Equal(a.Limits, b.Limits) && sameNames(a.Alone, b.Alone) && sameNames(a.WithPerson, b.WithPerson) &&
		sameNames(a.Never, b.Never)
}

// IsZero tells whether nothing is declared, so that a gate without terms has one form
// whether its lists are empty or absent.
func (a Terms) IsZero() bool { return a.Same(Terms{}) }

// Advice is which kinds of decision a pattern fits, and why.
type Advice struct {
	Pattern Pattern `json:"pattern"  yaml:"pattern"`
	Name    string  `json:"name"     yaml:"name"`  // in a few words
	Means   string  `json:"means"    yaml:"means"` // what a resident can rely on
	Fits    string  `json:"fits"     yaml:"fits"`  // kinds of decision
	FitsNot string  `json:"fits_not" yaml:"fits_not"`
	Why     string  `json:"why"      yaml:"why"`
	Needs   string  `json:"needs"    yaml:"needs"` // what the log has to carry
}

//go:embed patterns.yaml
var patternsYAML []byte

var guidance = sync.OnceValue(func() []Advice { return embedded.YAML[[]Advice]("patterns of oversight", patternsYAML) })

// Guidance is the advice on each pattern, in the order of Patterns.
func Guidance() []Advice { return slices.Clone(guidance()) }

// MaybeSignificant tells whether the workflow informs decisions with legal or similarly
// significant effect: by its account, or by the template that it was begun from, which
// an account that says otherwise does not undo.
func (w *Workflow) MaybeSignificant() bool {
	t, _ := TemplateOf(w.Template)
	return w.Account.Significant || t.Account.Significant
}
