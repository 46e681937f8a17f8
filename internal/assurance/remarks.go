package assurance

import (
	"fmt"
	"slices"
	"strings"

	"assay/internal/oversight"
	"assay/internal/prose"
)

// Remark is something that bears on how far the runs can be believed and that no
// test finds: it is told, and nothing follows from it.
type Remark struct {
	Name string // what stands before it in lists: "Version"
	// Lead is a sentence for page 1, in plain words; empty where page 2 is enough.
	Lead string
	Text string // for page 2, in full
}

// Remarks are those of a workflow, in the order in which page 1 says them.
func (f Facts) Remarks() []Remark {
	var out []Remark
	for _, of := range []func() []Remark{
		f.versionRemarks, f.nameRemarks, f.orderRemarks, f.silentRemarks, f.fileRemarks, f.droppedRemarks,
		f.unreadRemarks,
	} {
		out = append(out, of()...)
	}
	return out
}

// versionRemarks set the versions that ran beside the one that is described.
func (f Facts) versionRemarks() []Remark {
	list := f.Runs.Versions
	if len(list) == 0 || f.Workflow.Version == "" {
		return nil
	}
	var ran []string
	declared := false
	for _, v := range list {
		declared = declared || oversight.SameVersion(v.Name, f.Workflow.Version)
		ran = append(ran, fmt.Sprintf("%s from %s to %s (%s)",
			prose.Version(v.Name), v.First.Long(), v.Last.Long(), prose.Count(v.Runs, "run")))
	}
	r := Remark{Name: "Versions", Text: fmt.Sprintf("Described at version %s. By the log ran: %s.",
		prose.Version(f.Workflow.Version), strings.Join(ran, "; "))}
	newest := list[len(list)-1]
	switch {
	case !declared:
		r.Lead = fmt.Sprintf("The log does not show version %s. It shows %s.",
			prose.Version(f.Workflow.Version), prose.Version(newest.Name))
	case !oversight.SameVersion(newest.Name, f.Workflow.Version):
		r.Lead = fmt.Sprintf("The newest version in the log is %s, not %s.",
			prose.Version(newest.Name), prose.Version(f.Workflow.Version))
	case len(list) == 1:
		return nil // it is the one that the page names
	}
	return []Remark{r}
}

// fileRemarks tell of runs that came in several files which of them made a
// difference.
func (f Facts) fileRemarks() []Remark {
	var out []Remark
	later, elsewhere, released := 0, 0, 0
	for _, g := range f.Gates {
		later, elsewhere, released = later+g.Later, elsewhere+g.Elsewhere, released+g.Released
	}
	say := func(n int, where string) {
		if n > 0 {
			text := fmt.Sprintf("In %s of %s cases the decision %s.", prose.Number(n), prose.Number(released), where)
			out = append(out, Remark{Name: "Files", Lead: text, Text: text})
		}
	}
	say(later, "came in a later file than the release")
	say(elsewhere, "came in another file, before the one with the release")
	for _, x := range f.Sources {
		if len(x.Gone) > 0 {
			out = append(out, Remark{Name: "Files", Text: fmt.Sprintf(
				"What %s (%s) adds to runs that were held took findings away: %s.",
				x.Ref, prose.Quote(x.FileName), EffectWords(x.Gone))})
		}
	}
	return out
}

// orderRemarks tell of how many runs the log does not show whether a decision came
// before the release, and of how many it shows neither: whoever leaves out what was
// released, or when, must not come out better for it.
func (f Facts) orderRemarks() []Remark {
	var out []Remark
	unordered, released, open, reached := 0, 0, 0, 0
	for _, g := range f.Gates {
		unordered, released = unordered+g.Unordered, released+g.Released
		open, reached = open+g.Open, reached+g.Reached
	}
	say := func(n, of int, what string) {
		if n > 0 {
			text := fmt.Sprintf("In %s of %s cases %s.", prose.Number(n), prose.Number(of), what)
			out = append(out, Remark{Name: SilentName, Lead: text, Text: text})
		}
	}
	say(unordered, released, "the log does not show which came first, the decision or the release")
	say(open, reached, "the log shows neither a decision nor that anything left")
	return out
}

// silentOn is what a test looks at, for people, where a log may carry it for some cases
// and not for others. Which came first at a gate is a remark of its own.
var silentOn = []struct {
	words string
	codes []string
}{
	{"how long there was to look", []string{"OVR-06", "OVR-11"}},
	{"who prepared", []string{"OVR-05", "OVR-14"}},
	{"what was decided", []string{"OVR-10", "OVR-16"}},
}

// SilentName is the name of the remark that the log shows some cases of what is tested
// only: a rule that is met is then met as far as the log shows.
const SilentName = "Not shown"

// silentRemarks tell of how many cases the log is silent where it is not silent on all.
func (f Facts) silentRemarks() []Remark {
	var parts []string
	for _, on := range silentOn {
		silent, of := 0, 0
		for _, c := range f.Findings {
			if n := c.Of - c.Tested; slices.Contains(on.codes, c.Code) && c.Tested > 0 && n > silent {
				silent, of = n, c.Of
			}
		}
		if silent > 0 {
			parts = append(parts, fmt.Sprintf("%s (not in %s of %s)", on.words, prose.Number(silent), prose.Number(of)))
		}
	}
	if parts == nil {
		return nil
	}
	text := fmt.Sprintf("The log does not show in each case %s.", strings.Join(parts, ", "))
	return []Remark{{Name: SilentName, Lead: text, Text: text}}
}

// nameRemarks tell where the files call what ran by another name than the workflow is
// described by: they may be of another one.
func (f Facts) nameRemarks() []Remark {
	w := f.Workflow
	if w.PlatformID == "" {
		return nil
	}
	var others []string
	for _, name := range f.Runs.Names {
		if !strings.EqualFold(name, w.PlatformID) && !strings.EqualFold(name, w.Name) {
			others = append(others, prose.Quote(prose.Shorten(name, 40)))
		}
	}
	if others == nil {
		return nil
	}
	if n := len(others); n > 3 {
		others = append(others[:2], fmt.Sprintf("%s more names", prose.Number(n-2)))
	}
	lead := fmt.Sprintf("The files call what ran %s, and not %s.", strings.Join(others, " and "),
		prose.Quote(prose.Shorten(w.PlatformID, 40)))
	return []Remark{{Name: "Name", Lead: lead, Text: lead}}
}

// fieldWords are the fields of a run that tests lean on, for people.
var fieldWords = map[string]string{
	"segment": "the group", "outcome": "what came out", "reasoning": "the reasons of the AI", "text": "the AI's text",
	"recommendation": "what the AI proposed", "actor": "who did it", "account": "who decided", "reason": "the reason",
	"workflow_version": "the version", "model_version": "the model", "prompt_version": "the prompt",
}

// droppedRemarks tell what the mapping had taken out of the runs: what rests on it is
// not shown because nobody looked, and not because the log lacks it.
func (f Facts) droppedRemarks() []Remark {
	var fields, refs []string
	for _, x := range f.Sources {
		for _, field := range x.Dropped {
			word := fieldWords[field]
			if word == "" {
				word = strings.ReplaceAll(field, "_", " ")
			}
			if !slices.Contains(fields, word) {
				fields = append(fields, word)
			}
		}
		if len(x.Dropped) > 0 {
			refs = append(refs, x.Ref)
		}
	}
	if fields == nil {
		return nil
	}
	what := strings.Join(fields, ", ")
	return []Remark{{
		Name: "Taken out",
		Lead: fmt.Sprintf("The assessor had this taken out of the runs, so that it was not looked at: %s.", what),
		Text: fmt.Sprintf("By the mapping of %s the import took out of each run: %s. What rests on it was not tested.",
			strings.Join(refs, ", "), what),
	}}
}

// mostUnread is how many columns page 2 names of one file; the pack and the register
// have them all.
const mostUnread = 12

// unreadRemarks name the columns of the files that the mappings read nowhere: a second
// outcome or a second officer may stand in one of them.
func (f Facts) unreadRemarks() []Remark {
	names := map[string]bool{}
	var texts []string
	refs := map[string][]string{} // imports, by what they did not read
	for _, x := range f.Sources {
		if len(x.Unread) == 0 {
			continue
		}
		var shown []string
		for i, name := range x.Unread {
			names[name] = true
			if i < mostUnread {
				shown = append(shown, prose.Quote(prose.Shorten(name, 40)))
			}
		}
		if n := len(x.Unread) - mostUnread; n > 0 {
			shown = append(shown, fmt.Sprintf("%s more", prose.Number(n)))
		}
		text := fmt.Sprintf("%s of %s: %s", prose.Number(len(x.Unread)), prose.Count(x.Columns, "column"),
			strings.Join(shown, ", "))
		if refs[text] == nil {
			texts = append(texts, text)
		}
		refs[text] = append(refs[text], x.Ref)
	}
	for i, text := range texts { // files of one system have the same columns: they are named once
		by := refs[text]
		if n := len(by); n > 3 {
			by = append(by[:2:2], fmt.Sprintf("%s more imports", prose.Number(n-2)))
		}
		texts[i] = strings.Join(by, ", ") + " did not read " + text
	}
	if texts == nil {
		return nil
	}
	return []Remark{{
		Name: "Not read",
		Lead: fmt.Sprintf("%s of the files %s not read: see page 2.", prose.Count(len(names), "column"),
			map[bool]string{true: "was", false: "were"}[len(names) == 1]),
		Text: strings.Join(texts, "; ") + ".",
	}}
}
