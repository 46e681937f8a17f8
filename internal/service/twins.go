package service

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/imported"
	"assay/internal/prose"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// A second workflow for one log takes only the part of it that is clean. Nothing
// forbids it: two workflows may well be two. What they have in common is said.

// twins are the other workflows that may be the same as wf, with what each holds.
// What their runs have in common is looked for once until runs change.
func (view *View) twins(ctx context.Context, wf *workflow.Workflow) ([]assurance.Twin, error) {
	view.cache.mu.Lock()
	defer view.cache.mu.Unlock()
	figures, err := view.runsOf(ctx, wf)
	if err != nil {
		return nil, err
	}
	if figures.common == nil {
		if figures.common, err = commonRuns(ctx, view.r, view.workflows, wf); err != nil {
			return nil, err
		}
	}
	return twinsOf(ctx, view.r, view.workflows, wf, figures.common, civil.Of(view.now))
}

// twinsOf are the workflows of all that may be the same as wf: of the same name,
// with the same identifier on the platform, or with runs in common.
func twinsOf(
	ctx context.Context,
	r *store.Reader,
	all []workflow.Workflow,
	wf *workflow.Workflow,
	common map[string][]string,
	today civil.Date,
) ([]assurance.Twin, error) {
	out := []assurance.Twin{}
	for i := range all {
		x := &all[i]
		because := sameBecause(wf, x, common)
		if x.ID == wf.ID || because == "" {
			continue
		}
		t := assurance.Twin{Ref: x.Ref, Name: x.Name, Because: because}
		days, err := runs.DailyRuns(ctx, r.SQL, x.ID, imported.Period{})
		if err != nil {
			return nil, fmt.Errorf("count runs of %s: %w", x.Ref, err)
		}
		for _, d := range days {
			t.Runs += int(d.Runs)
		}
		counts, err := runs.CountFindings(ctx, r.SQL, x.ID, today)
		if err != nil {
			return nil, fmt.Errorf("count findings of %s: %w", x.Ref, err)
		}
		for _, c := range counts {
			t.Open += int(c.Status[imported.StatusOpen])
		}
		out = append(out, t)
	}
	return out, nil
}

// sameBecause is why x may be the same as wf, empty where nothing says so.
func sameBecause(wf, x *workflow.Workflow, common map[string][]string) string {
	var why []string
	if same := wf.SameAs(x); same != "" {
		why = append(why, same)
	}
	return strings.Join(append(why, common[x.ID]...), " and ")
}

// How many runs are looked for in each other workflow, and from how many workflows
// on it is the smaller number.
const (
	sharedSample = 256
	sharedFew    = 64
	sharedMany   = 20
)

// commonRuns is what the imports of a workflow have in common with those of the
// others, by their identifiers: runs, files, the name by which the platform calls
// what ran, or a file of one name that was read by one mapping.
func commonRuns(
	ctx context.Context,
	r *store.Reader,
	all []workflow.Workflow,
	wf *workflow.Workflow,
) (map[string][]string, error) {
	out := map[string][]string{}
	sources, err := runs.Sources(ctx, r.SQL, "")
	if err != nil {
		return nil, fmt.Errorf("look for the same runs: %w", err)
	}
	of := map[string][]imported.Source{}
	for _, x := range sources {
		if x.State != imported.SourceWithdrawn {
			of[x.WorkflowID] = append(of[x.WorkflowID], x)
		}
	}
	if len(of[wf.ID]) == 0 {
		return out, nil
	}
	mine, err := runs.PlatformNames(ctx, r.SQL, wf.ID)
	if err != nil {
		return nil, err
	}
	most := sharedSample
	if len(of) > sharedMany {
		most = sharedFew
	}
	for i := range all {
		x := &all[i]
		if x.ID == wf.ID {
			continue
		}
		var why []string
		if len(of[x.ID]) > 0 {
			n, err := runs.SharedRuns(ctx, r.SQL, wf, x, most)
			if err != nil {
				return nil, fmt.Errorf("look for runs of %s in %s: %w", wf.Ref, x.Ref, err)
			}
			if n > 0 {
				why = append(why, prose.Count(n, "run")+" of the same identifier and time")
			}
			if file := sameFile(of[wf.ID], of[x.ID]); file != "" {
				why = append(why, file)
			}
		}
		theirs, err := runs.PlatformNames(ctx, r.SQL, x.ID)
		if err != nil {
			return nil, err
		}
		if name := sameName(wf, x, mine, theirs); name != "" {
			why = append(why, fmt.Sprintf("the platform's name %q in its files", name))
		}
		if why != nil {
			out[x.ID] = why
		}
	}
	return out, nil
}

// sameFile says which file two workflows have in common.
func sameFile(a, b []imported.Source) string {
	for _, x := range a {
		for _, y := range b {
			switch {
			case x.SHA256 == y.SHA256:
				return "the same file (" + x.FileName + ")"
			case strings.EqualFold(x.FileName, y.FileName) && x.Mapping == y.Mapping && len(x.Mapping) > len("{}"):
				return "a file of the same name, read by the same mapping (" + x.FileName + ")"
			}
		}
	}
	return ""
}

// sameName is the name by which the files of both workflows, or those of one and
// the description of the other, call what ran.
func sameName(wf, x *workflow.Workflow, mine, theirs []string) string {
	if x.PlatformID != "" && x.PlatformID != wf.PlatformID {
		theirs = append(slices.Clone(theirs), x.PlatformID)
	}
	if wf.PlatformID != "" && x.PlatformID != wf.PlatformID {
		mine = append(slices.Clone(mine), wf.PlatformID)
	}
	for _, name := range mine {
		if slices.ContainsFunc(theirs, func(s string) bool { return strings.EqualFold(s, name) }) {
			return name
		}
	}
	return ""
}

// twinNote says which other workflows of the register may be wf; empty where
// none may.
func twinNote(ctx context.Context, r *store.Reader, wf *workflow.Workflow) (string, error) {
	all, err := store.Workflows.List(ctx, r)
	if err != nil {
		return "", fmt.Errorf("look for the same workflow: %w", err)
	}
	common, err := commonRuns(ctx, r, all, wf)
	if err != nil {
		return "", err
	}
	var notes []string
	for i := range all {
		if because := sameBecause(wf, &all[i], common); because != "" && all[i].ID != wf.ID {
			notes = append(notes, refAndName(all[i].Ref, all[i].Name)+" has "+because)
		}
	}
	return strings.Join(notes, "; "), nil
}
