package service

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/prose"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/store/search"
	"assay/internal/workflow"
)

// PurgeRequest asks for the personal data of one import to be purged.
type PurgeRequest struct {
	Source string `json:"source"` // reference of the import, IMP-0003
	Reason string `json:"reason"`
}

// Purged is what a purge did, and what it could not reach.
type Purged struct {
	Source imported.Source `json:"source"`
	Purge  imported.Purge  `json:"purge"`
	// Backups are copies of the register beside it that were made before and
	// still hold what was purged.
	Backups []string `json:"backups"`
}

// PurgeSource takes the personal data of an import out of the register, for
// good: identifiers, accounts, texts, reasons, times. What proves stays: the
// digests of the file and of each run, the root over them, all counts, and what
// was found, by code and day. Certificates and packs that rest on the import
// verify as before; the same file is recognised if it comes again. What was
// remarked on its runs in samples goes too, and letters that were begun; of
// earlier states of these rows the log keeps the digests. What people did stays
// in the log, and with it the identifiers of runs that somebody read or wrote a
// letter about; so do letters that were sent, findings' reasons and packs.
func (s *Service) PurgeSource(ctx context.Context, q PurgeRequest) (Purged, error) {
	out := Purged{Backups: []string{}}
	if strings.TrimSpace(q.Reason) == "" {
		return out, fault.Invalid("reason", "Say why the import is purged: the activity log keeps it.")
	}
	before := s.clock()
	err := s.change(
		ctx,
		doing{
			action:  "runs.purge",
			subject: q.Source,
			summary: "Purged an import",
			reason:  strings.TrimSpace(q.Reason),
			may:     organisation.ActionPurge,
		},
		func(t *store.Tx) error {
			src, err := runs.GetSource(ctx, t.SQL, q.Source)
			if err != nil {
				return err
			}
			if src.State == imported.SourcePurged {
				all, err := runs.Purges(ctx, t.SQL)
				if err != nil {
					return err
				}
				return fault.Conflict("%s was %s already.", src.Ref, purgedWords(all[src.ID]))
			}
			wf, err := store.Workflows.Get(ctx, &t.Reader, src.WorkflowID)
			if err != nil {
				return err
			}
			t.Entry().Digests = []ledger.Digest{{Name: "file", SHA256: src.SHA256}}
			if err := s.purgeWords(ctx, t, wf, src); err != nil {
				return err
			}
			err = t.Unlogged(func() error {
				if err := search.Remove(ctx, t.SQL, src.ID); err != nil {
					return err
				}
				return runs.PurgeContent(ctx, t.SQL, wf, src)
			})
			if err != nil {
				return err
			}
			out.Purge = imported.Purge{
				At:        s.clock(),
				By:        s.SignedIn().Name,
				Reason:    strings.TrimSpace(q.Reason),
				Runs:      src.New,
				Decisions: src.Decisions,
			}
			if err := runs.RecordPurge(ctx, t.SQL, src, out.Purge); err != nil {
				return err
			}
			out.Source = src
			out.Source.State = imported.SourcePurged
			t.Entry().Subject = src.Ref
			t.Entry().Summary = oneLine(
				fmt.Sprintf(
					"Purged the personal data of %s (%s): %s",
					src.Ref,
					src.FileName,
					prose.Count(src.New, "run"),
				),
			)
			return nil
		},
	)
	if err != nil {
		return Purged{Backups: []string{}}, err
	}
	// The write-ahead log still holds pages as they were.
	if err := s.st.Checkpoint(ctx); err != nil {
		return out, asFault(err)
	}
	if out.Backups, err = s.backupsBefore(before.UTC().Format(backupStamp)); err != nil {
		return out, asFault(err)
	}
	return out, nil
}

// backupsBefore are the copies of the register in the folder beside it that
// are older than a moment.
func (s *Service) backupsBefore(stamp string) ([]string, error) {
	out := []string{}
	files, err := filepath.Glob(filepath.Join(escapeGlob(backupFolder(s.Path())), "*.assay"))
	if err != nil {
		return out, err
	}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && info.Mode().IsRegular() &&
			info.ModTime().UTC().Format(backupStamp) <= stamp {
			out = append(out, f)
		}
	}
	slices.Sort(out)
	return out, nil
}

func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// purgedWords is "purged on 28 November 2026 by Ada Holt".
func purgedWords(p imported.Purge) string {
	return fmt.Sprintf("purged on %s by %s", civil.Of(p.At).Long(), p.By)
}

// PurgeDue is an import whose personal data has been kept for as long as its
// workflow says.
type PurgeDue struct {
	Source       imported.Source `json:"source"`
	WorkflowRef  string          `json:"workflow_ref"`
	WorkflowName string          `json:"workflow_name"`
	Months       int             `json:"months"` // the workflow's retention period
	Day          civil.Date      `json:"day"`    // since when it is due
	Overdue      bool            `json:"overdue"`
}

// RetentionDue suggests what to purge: imports whose last run lies further back
// than the retention period of their workflow, and those that will within days
// days. Nothing is purged by itself.
func (s *Service) RetentionDue(ctx context.Context, days int) ([]PurgeDue, error) {
	out := []PurgeDue{}
	err := s.readView(ctx, func(view *View) error {
		all, err := view.retention(ctx)
		for _, d := range all {
			if !view.today().AddDays(days).Before(d.Day) {
				out = append(out, d)
			}
		}
		return err
	})
	return out, err
}

func (view *View) today() civil.Date { return civil.Of(view.now) }

// retention is when each import is to be purged, the first one first; imports
// into workflows without a retention period are left out.
func (view *View) retention(ctx context.Context) ([]PurgeDue, error) {
	if !slices.ContainsFunc(view.workflows, func(x workflow.Workflow) bool { return x.RetentionMonths > 0 }) {
		return nil, nil
	}
	list, err := runs.Sources(ctx, view.r.SQL, "")
	if err != nil {
		return nil, err
	}
	var out []PurgeDue
	for _, x := range list {
		wf := view.workflowByID[x.WorkflowID]
		if wf == nil || wf.RetentionMonths <= 0 || x.State == imported.SourcePurged {
			continue
		}
		last := x.Last
		if last.IsZero() {
			last = x.ImportedAt
		}
		d := PurgeDue{
			Source:       x,
			WorkflowRef:  wf.Ref,
			WorkflowName: wf.Name,
			Months:       wf.RetentionMonths,
			Day:          civil.Of(last).AddMonths(wf.RetentionMonths),
		}
		d.Overdue = !view.today().Before(d.Day)
		out = append(out, d)
	}
	slices.SortStableFunc(out, func(a, b PurgeDue) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Source.Ref, b.Source.Ref))
	})
	return out, nil
}
