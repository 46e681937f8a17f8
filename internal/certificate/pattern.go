package certificate

import (
	"fmt"
	"slices"

	"assay/internal/assurance"
	"assay/internal/prose"
	"assay/internal/workflow"
)

// patternsOf is what a statement says of a gate with a weaker pattern of oversight
// than a decision on each run; none where it has, and had, no other.
func patternsOf(f assurance.Facts, g workflow.Gate) []Pattern {
	i := slices.IndexFunc(f.Gates, func(m assurance.GateMeasure) bool { return m.Key == g.Key })
	if i < 0 || f.Gates[i].Pattern.Pattern == "" {
		if !g.HowOverseen().Weaker() {
			return nil
		}
		return []Pattern{{Gate: g.Key, Title: g.Title, Pattern: string(g.Pattern), Terms: g.InWords()}}
	}
	m := f.Gates[i].Pattern
	return []Pattern{{
		Gate: g.Key, Title: g.Title, Pattern: string(m.Pattern), Terms: m.Terms, Runs: m.Runs, Due: m.Due,
		Unknown: m.Unknown, Looked: m.Looked, Late: m.Late, Open: m.Open, Waiting: m.Waiting, Changed: m.Changed,
	}}
}

// PatternOf is what the statement says of a gate at which not each run comes before
// a person.
func (s Statement) PatternOf(gate string) (Pattern, bool) {
	i := slices.IndexFunc(s.Patterns, func(p Pattern) bool { return p.Gate == gate })
	if i < 0 {
		return Pattern{}, false
	}
	return s.Patterns[i], true
}

// Scope says in a few words on what people decide at the gate.
func (p Pattern) Scope() string {
	switch workflow.Pattern(p.Pattern) {
	case workflow.BeyondThreshold:
		return "On some runs only"
	case workflow.DrawnSample:
		return "On a sample only"
	case workflow.ApprovedContent:
		return "Once, for all answers"
	case workflow.OnRequest:
		return "When asked only"
	case workflow.Monitored:
		return "At alerts only"
	}
	return "On some acts only"
}

// validatePatterns says where the counts of weaker patterns do not fit each other.
func (s Statement) validatePatterns(add func(name, format string, args ...any)) {
	for _, p := range s.Patterns {
		known := slices.ContainsFunc(s.Gates, func(g Gate) bool { return g.Key == p.Gate })
		weaker := workflow.Pattern(p.Pattern).Weaker() &&
			slices.Contains(workflow.Patterns, workflow.Pattern(p.Pattern))
		least := min(p.Due, p.Unknown, p.Looked, p.Late, p.Open, p.Waiting, p.Changed)
		if !known || !weaker || least < 0 || p.Runs > s.Runs || p.Due+p.Unknown > p.Runs ||
			p.Looked+p.Open+p.Waiting > p.Due || p.Late > p.Looked || p.Changed > p.Looked {
			add("patterns", "The counts of the pattern of %s do not fit each other.", p.Title)
		}
	}
}

// Sentence is what page 1 says of the gate: what people look at, and what they do
// not, each figure with the number that it is out of. Where the workflow has several
// gates, it names this one.
func (p Pattern) Sentence(several bool) string {
	out := p.sentence()
	if several {
		out = fmt.Sprintf("At %s: %s", prose.Quote(prose.Shorten(p.Title, 60)), out)
	}
	return out
}

func (p Pattern) sentence() string {
	n, of := prose.Number[int], prose.Number(p.Runs)
	terms := ""
	if p.Terms != "" {
		terms = " (" + p.Terms + ")"
	}
	switch workflow.Pattern(p.Pattern) {
	case workflow.BeyondThreshold:
		text := fmt.Sprintf(
			"A person decides on some runs only%s. %s of %s were such, and people decided on %s of them first. "+
				"No person had to look at the other %s.",
			terms,
			n(p.Due),
			of,
			n(p.Looked),
			n(p.Runs-p.Due-p.Unknown),
		)
		if p.Unknown > 0 {
			text += fmt.Sprintf(" Of %s the log does not say.", n(p.Unknown))
		}
		return text
	case workflow.DrawnSample:
		promise := ""
		if p.Terms != "" {
			promise = fmt.Sprintf("Staff are to read %s. ", p.Terms)
		}
		return fmt.Sprintf(
			"No person looks at each answer. %sThey read %s of %s and changed %s.",
			promise,
			n(p.Looked),
			of,
			n(p.Changed),
		)
	case workflow.ApprovedContent:
		return fmt.Sprintf(
			"No person looks at each answer. In %s of %s runs the log shows a text that a person had approved.",
			n(p.Looked),
			of,
		)
	case workflow.OnRequest:
		return fmt.Sprintf(
			"A person steps in only when asked%s. In %s of %s runs one was asked for. People answered %s of "+
				"these, %s of them late.",
			terms,
			n(p.Due),
			of,
			n(p.Looked),
			n(p.Late),
		)
	case workflow.Monitored:
		return fmt.Sprintf(
			"No person looks at single runs. In %s of %s runs an alert was raised%s. People answered %s of these, "+
				"%s of them late.",
			n(p.Due),
			of,
			terms,
			n(p.Looked),
			n(p.Late),
		)
	case workflow.AgentLimits:
		return fmt.Sprintf(
			"The AI acts by itself within limits. In %s of %s runs it did what needs a person. In %s of these a "+
				"person had said yes first.",
			n(p.Due),
			of,
			n(p.Looked),
		)
	}
	return ""
}
