package flow

import (
	"fmt"
	"slices"
	"strings"

	"assay/internal/risk"
	"assay/internal/workflow"
)

// Patterns lists the patterns of the flow's gates, each once.
func (f Flow) Patterns() []workflow.Pattern {
	var out []workflow.Pattern
	for _, g := range f.Gates {
		if !slices.Contains(out, g.Pattern) {
			out = append(out, g.Pattern)
		}
	}
	return out
}

// Text is the flow for a person to read, in plain lines of at most 110 columns.
func (f Flow) Text() string {
	var b strings.Builder
	say := func(indent, format string, args ...any) {
		b.WriteString(wrap(fmt.Sprintf(format, args...), indent, 110))
	}
	list := func(title string, items []string) {
		if len(items) == 0 {
			return
		}
		say("", "%s", title)
		for _, x := range items {
			say("  - ", "%s", x)
		}
		b.WriteString("\n")
	}
	say("", "%s (%s, edition %s; %s)", f.Name, f.ID, f.Edition, f.Service)
	say("", "%s", f.For)
	b.WriteString("\n")
	a := f.Account
	list("What it is", []string{
		"Purpose: " + a.Purpose, "Data: " + strings.Join(a.DataUsed, "; "), "Decisions: " + a.Decisions,
		"How it works: " + a.HowItWorks, "Limits: " + a.Limits, "To challenge the tool: " + a.ChallengeTool,
		"To challenge the outcome: " + a.Challenge,
	})
	list("What it has to know, do and heed", slices.Concat(f.Scope.Knowledge, f.Scope.Skills, f.Scope.Behaviours))
	say("", "Where people decide")
	for _, g := range f.Gates {
		eyes := ""
		if g.FourEyes {
			eyes = "; two people"
		}
		say("  - ", "%s: %s (%s; %s%s)", g.Title, g.Decides, g.Role, g.Pattern.Words(), eyes)
	}
	b.WriteString("\n")
	say("", "Likely harms")
	titles := map[string]string{}
	for _, e := range risk.Catalogue() {
		titles[e.ID] = e.Title
	}
	for _, h := range f.Harms {
		say("  - ", "%s %s: %s Touches %s.", h.Risk, titles[h.Risk], h.Harm, strings.Join(h.Who, ", "))
		for _, id := range h.Studies {
			s, _ := f.Study(id)
			doi := ""
			if s.DOI != "" {
				doi = " doi:" + s.DOI
			}
			say("      ", "%s%s. %s", s.Cite, doi, s.Found)
		}
	}
	b.WriteString("\n")
	list("To begin the data protection impact assessment with", f.DPIA)
	list("To begin the equality analysis with", f.Equality)
	f.rest(list)
	say("", "Laws and studies are named so that somebody looks at them; check each before you rest on it.")
	return b.String()
}

func (f Flow) rest(list func(title string, items []string)) {
	legal := []string{"Lawful basis that is often chosen: " + string(f.Basis)}
	if f.Condition != "" {
		legal = append(legal, "Condition for special category data: "+string(f.Condition))
	}
	for _, l := range f.Law {
		legal = append(legal, l.Cite+": "+l.Why)
	}
	list("Law to look at", legal)
	list("What people are told", []string{f.Notice})
	list("For the transparency record", []string{f.ATRS.Scope, f.ATRS.Human})
	var reviews []string
	for _, r := range f.Reviews {
		reviews = append(reviews, fmt.Sprintf("%s: every %d months", r.Kind, r.EveryMonths))
	}
	list("Reviews", reviews)
	list("Training of those who decide", f.Training)
	list("Benefit", []string{f.Benefit.Measure + ", against " + f.Benefit.Compare})
	var seeded []string
	for _, s := range f.Seeded {
		seeded = append(seeded, s.Kind+": "+s.Plant)
	}
	list("Known errors to plant", seeded)
	var exports []string
	for _, x := range f.Exports {
		exports = append(exports, x.Product+": mapping "+x.Mapping)
	}
	list("Exports that are known", exports)
}

// wrap breaks a text into lines of at most width columns, the first with indent and
// the others under its text.
func wrap(text, indent string, width int) string {
	var b strings.Builder
	line, hang := indent, strings.Repeat(" ", len(indent))
	for _, w := range strings.Fields(text) {
		if len([]rune(line))+1+len([]rune(w)) > width && strings.TrimSpace(line) != "" {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = hang
		}
		if strings.TrimSpace(line) != "" && !strings.HasSuffix(line, " ") {
			line += " "
		}
		line += w
	}
	return b.String() + strings.TrimRight(line, " ") + "\n"
}
