package workflow

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
)

// LoginKinds lists the kinds of account in the order in which screens show them.
var LoginKinds = []LoginKind{LoginOfficer, LoginSystem, LoginShared, LoginTest}

// Enforcements lists them from strongest to none.
var Enforcements = []Enforcement{EnforcedTechnically, EnforcedProcedurally, NotEnforced}

var keyPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Validate says what is wrong with a workflow's entry. An entry may be
// incomplete (Missing says what an assessment still needs); it may not
// contradict itself.
func (w Workflow) Validate() error {
	var bad fault.Fields
	w.checkEntry(bad.Addf)
	w.checkRoster(bad.Addf)
	if _, ok := w.Account.Basis.Entry(); w.Account.Basis != "" && !ok {
		bad.Addf("account.basis", "Choose the lawful basis from the list.")
	}
	if _, ok := w.Account.Condition.Entry(); w.Account.Condition != "" && !ok {
		bad.Addf("account.special_condition", "Choose the condition for special category data from the list.")
	}
	w.checkGates(bad.Addf)
	for i, c := range w.Changes {
		if c.Date.IsZero() || c.To == "" || !slices.Contains(ChangeKinds, c.What) {
			bad.Addf(
				fmt.Sprintf("changes[%d]", i),
				"Enter when the change was made, of what (workflow, model or prompt) and to which version.",
			)
		}
	}
	return bad.Err()
}

// adder notes what is wrong with a field.
type adder = func(field, format string, args ...any)

func (w Workflow) checkEntry(add adder) {
	if strings.TrimSpace(w.Name) == "" {
		add("name", "Enter the workflow's name.")
	}
	if !slices.Contains(Lifecycles, w.Lifecycle) {
		add("lifecycle", "Choose where the workflow stands: proposed, trial, live, paused or retired.")
	}
	if w.Lifecycle == LifecycleLive && w.LiveSince.IsZero() {
		add("live_since", "Enter since when the workflow has been live.")
	}
	if w.RetentionMonths < 0 || w.RetentionMonths > 1200 {
		add(
			"retention_months",
			"Enter for how many months the personal data of runs is kept, from 1 to 1,200, or 0 for no period.",
		)
	}
}

func (w Workflow) checkRoster(add adder) {
	seen := map[string]bool{}
	for i, l := range w.Roster {
		name := fmt.Sprintf("roster[%d].account", i)
		if l.Account == "" {
			add(name, "Enter the account exactly as run logs name it.")
		} else if seen[l.Account] {
			add(name, "The account %q is in the roster twice; keep one.", l.Account)
		}
		if !slices.Contains(LoginKinds, l.Kind) {
			add(
				fmt.Sprintf("roster[%d].kind", i),
				"Choose what the account %q is: officer, system, shared or test.",
				l.Account,
			)
		}
		seen[l.Account] = true
		for _, day := range []struct {
			field string
			date  civil.Date
		}{{"from", l.From}, {"until", l.Until}} {
			if _, err := civil.Parse(string(day.date)); err != nil {
				add(fmt.Sprintf("roster[%d].%s", i, day.field), "Enter the day as a date such as 2026-03-31.")
			}
		}
		if l.Until.Before(l.From) {
			add(
				fmt.Sprintf("roster[%d].until", i),
				"The authority of %q ends on %s, before it begins on %s.",
				l.Account,
				l.Until.Long(),
				l.From.Long(),
			)
		}
	}
}

// checkGates looks at each gate by itself, and then at what no two may share.
func (w Workflow) checkGates(add adder) {
	keys, decides := map[string]bool{}, map[string]string{}
	for i, g := range w.Gates {
		at := func(field, format string, args ...any) {
			add(fmt.Sprintf("gates[%d].%s", i, field), format, args...)
		}
		if !keyPattern.MatchString(g.Key) {
			at("key", "Enter a short key for the gate in small letters, such as officer-decision.")
		} else if keys[g.Key] {
			at("key", "Two gates have the key %q; give each its own.", g.Key)
		}
		keys[g.Key] = true
		g.checkThresholds(at)
		w.checkOfficers(g, at)
		g.checkActivities(at)
		g.checkPattern(at)
		for _, n := range g.Decide {
			if other, taken := decides[n]; taken && other != g.Key {
				at(
					"decide",
					"The activity %q decides at the gates %q and %q; a decision belongs to one gate.",
					n,
					other,
					g.Key,
				)
			}
			decides[n] = g.Key
		}
	}
}

func (g Gate) checkThresholds(add adder) {
	if strings.TrimSpace(g.Title) == "" {
		add("title", "Enter a title for the gate.")
	}
	if !slices.Contains(Enforcements, g.Enforcement) {
		add("enforcement", "Choose how the gate is enforced: technical, procedural or none.")
	}
	if g.MinReviewSeconds < 0 || g.MinReviewSeconds > 7*24*3600 {
		add("min_review_seconds", "Enter a minimum review time between 0 seconds and 7 days.")
	}
	if g.MaxStreak < 0 {
		add("max_streak", "Enter how many approvals in a row are too many, or 0 for no limit.")
	}
	if !(g.MaxAgreement >= 0 && g.MaxAgreement <= 1) { // also refuses NaN
		add("max_agreement", "Enter the highest agreement rate as a share between 0 and 1, or 0 for no limit.")
	}
}

func (w Workflow) checkOfficers(g Gate, add adder) {
	officers := map[string]bool{}
	for _, o := range g.Officers {
		// Of an account that stands in the roster twice, which is said there, the last counts.
		i := len(w.Roster) - 1
		for i >= 0 && w.Roster[i].Account != o {
			i--
		}
		if i >= 0 && w.Roster[i].Kind != LoginOfficer {
			add(
				"officers",
				"The account %q is a %s account and cannot be an officer of the gate %q.",
				o,
				w.Roster[i].Kind,
				g.Key,
			)
		}
		if officers[o] {
			add("officers", "The account %q is named twice at the gate %q.", o, g.Key)
		}
		officers[o] = true
	}
}

func (g Gate) checkActivities(add adder) {
	acts := map[string]string{}
	for _, a := range []struct {
		act   string
		names []string
	}{{"prepare", g.Prepare}, {"decide", g.Decide}, {"release", g.Release}} {
		for _, n := range a.names {
			if other, twice := acts[n]; twice {
				add(a.act, "The activity %q cannot be both %s and %s at the gate %q.", n, other, a.act, g.Key)
			}
			acts[n] = a.act
		}
	}
}

// SameAs tells why two entries may be of one workflow: "the same name", "the
// same identifier on the platform", or both; empty where nothing says so.
func (w *Workflow) SameAs(x *Workflow) string {
	same := func(a, b string) bool {
		a, b = strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " ")
		return a != "" && strings.EqualFold(a, b)
	}
	var why []string
	if same(w.Name, x.Name) {
		why = append(why, "the same name")
	}
	if same(w.PlatformID, x.PlatformID) {
		why = append(why, "the same identifier on the platform")
	}
	return strings.Join(why, " and ")
}

// ChangeKinds are the things whose versions runs record.
var ChangeKinds = []string{"workflow", "model", "prompt"}

// Gate gives one gate by its key.
func (w Workflow) Gate(key string) (Gate, bool) {
	for _, g := range w.Gates {
		if g.Key == key {
			return g, true
		}
	}
	return Gate{}, false
}

// Login gives the roster's entry for an account.
func (w Workflow) Login(account string) (Login, bool) {
	for _, l := range w.Roster {
		if l.Account == account {
			return l, true
		}
	}
	return Login{}, false
}

// moves are the changes of lifecycle that make sense.
var moves = map[Lifecycle][]Lifecycle{
	LifecycleProposed: {LifecycleTrial, LifecycleLive, LifecycleRetired},
	LifecycleTrial:    {LifecycleProposed, LifecycleLive, LifecyclePaused, LifecycleRetired},
	LifecycleLive:     {LifecyclePaused, LifecycleRetired},
	LifecyclePaused:   {LifecycleTrial, LifecycleLive, LifecycleRetired},
	LifecycleRetired:  {},
}

// Moves are the stages that a workflow may move to from where it stands.
func (w Workflow) Moves() []Lifecycle { return slices.Clone(moves[w.Lifecycle]) }

// Move changes where the workflow stands. Going live for the first time sets LiveSince.
func (w Workflow) Move(to Lifecycle, now time.Time) (Workflow, error) {
	if !slices.Contains(moves[w.Lifecycle], to) {
		return w, fault.Conflict("A workflow that is %s cannot become %s.", w.Lifecycle, to)
	}
	w.Lifecycle = to
	if to == LifecycleLive && w.LiveSince.IsZero() {
		w.LiveSince = civil.Of(now)
	}
	return w, nil
}

// Confirmed is the workflow without what is only a template's suggestion: a
// sentence that nobody of the organisation has confirmed claims nothing. A
// suggested gate keeps its place, but says neither what is decided nor by whom.
func (w Workflow) Confirmed() Workflow {
	if len(w.Suggested) == 0 {
		return w
	}
	w.Gates = slices.Clone(w.Gates)
	for _, name := range w.Suggested {
		if f := w.text(name); f != nil {
			*f = ""
		} else if f := w.list(name); f != nil {
			*f = nil
		} else if key, ok := strings.CutPrefix(name, "gates."); ok {
			for i := range w.Gates {
				if w.Gates[i].Key == key {
					w.Gates[i].Decides, w.Gates[i].Role, w.Gates[i].MinReviewSeconds = "", "", 0
				}
			}
		}
	}
	return w
}

// text is a field that a template may suggest, by its JSON name; nil for others.
func (w *Workflow) text(name string) *string {
	a := &w.Account
	return map[string]*string{"account.purpose": &a.Purpose, "account.decisions": &a.Decisions,
		"account.how_it_works": &a.HowItWorks, "account.limits": &a.Limits,
		"account.challenge_tool": &a.ChallengeTool, "account.challenge": &a.Challenge,
		"account.lawful_basis": &a.AffectedBasis}[name]
}

// list is the same for fields of several lines.
func (w *Workflow) list(name string) *[]string {
	a, k := &w.Account, &w.KSB
	return map[string]*[]string{
		"account.data_used": &a.DataUsed, "ksb.knowledge": &k.Knowledge, "ksb.skills": &k.Skills,
		"ksb.behaviours": &k.Behaviours,
	}[name]
}

// Missing lists what the plain-language account still lacks, as things to enter.
func (a Account) Missing() []string {
	var out []string
	for _, q := range []struct {
		answered bool
		ask      string
	}{
		{said(a.Purpose), "what it does and for whom"},
		{len(a.DataUsed) > 0, "the data it uses"},
		{said(a.Decisions), "the decisions it informs"},
		{said(a.HowItWorks), "how it reaches its output"},
		{said(a.Limits), "what it does not do"},
		{said(a.ChallengeTool), "how to challenge its output"},
		{said(a.Challenge), "how to challenge the wider process"},
	} {
		if !q.answered {
			out = append(out, q.ask)
		}
	}
	return out
}

// Missing lists what the declared scope still lacks.
func (k KSB) Missing() []string {
	var out []string
	for _, q := range []struct {
		n   int
		ask string
	}{{len(k.Knowledge), "knowledge"}, {len(k.Skills), "skills"}, {len(k.Behaviours), "behaviours"}} {
		if q.n == 0 {
			out = append(out, q.ask)
		}
	}
	return out
}

// Missing lists what a gate still lacks before its decisions can be tested.
func (g Gate) Missing() []string {
	var out []string
	people := g.HowOverseen() != ApprovedContent // there, who approved stands with each content
	for _, q := range []struct {
		answered bool
		ask      string
	}{
		{said(g.Decides), "what is decided"},
		{strings.TrimSpace(g.Role) != "", "the responsible role"},
		{!people || len(g.Officers) > 0, "named officers"},
		{!g.HowOverseen().Timed() || g.MinReviewSeconds > 0, MissingReviewTime},
		{g.Lacks() == "", "what its pattern of oversight needs"},
	} {
		if !q.answered {
			out = append(out, q.ask)
		}
	}
	return out
}

// MissingReviewTime is what Missing calls a threshold that is not set; the others
// are about who decides what.
const MissingReviewTime = "a minimum review time"

// said asks for more than a token answer: three words.
func said(s string) bool { return len(strings.Fields(s)) >= 3 }
