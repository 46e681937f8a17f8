package main

import (
	"context"

	"assay/internal/fault"
	"assay/internal/service"
)

type purgeCmd struct {
	Import string `arg:"" optional:"" placeholder:"IMP-0001" help:"The import whose personal data goes, for good."`
	Reason string `                                          help:"Why; the activity log keeps it."`
	Due    bool   `                                          help:"Only list the imports whose workflow's retention period (retention_months) has passed or ends within 60 days."`
}

func (c *purgeCmd) Run(ctx context.Context, e *env) error {
	if c.Due == (c.Import != "") {
		return fault.Invalid(
			"import",
			"Name the import to purge (assay list imports shows them), or ask with --due which are to be purged.",
		)
	}
	return e.with(ctx, func(s *service.Service) error {
		if c.Due {
			return c.due(ctx, e, s)
		}
		r, err := s.PurgeSource(ctx, service.PurgeRequest{Source: c.Import, Reason: c.Reason})
		if err != nil {
			return err
		}
		e.answer(r, func() {
			e.say(
				"Purged the personal data of %s: %d runs with %d decisions. Their digests, the counts and what "+
					"was found stay.",
				r.Source.Ref,
				r.Purge.Runs,
				r.Purge.Decisions,
			)
			for _, b := range r.Backups {
				e.say("  This copy was made before and still holds it: %s", b)
			}
			e.say("  The activity log still names runs of it that somebody read in a sample or wrote a letter about.")
			e.say(
				"  The export file itself (%s), other copies and exported runs are not Assay's to purge.",
				r.Source.FileName,
			)
		})
		return nil
	})
}

func (c *purgeCmd) due(ctx context.Context, e *env, s *service.Service) error {
	list, err := s.RetentionDue(ctx, 60)
	if err != nil {
		return err
	}
	e.answer(map[string]any{"due": list}, func() {
		if len(list) == 0 {
			e.say("No import is due to be purged.")
			return
		}
		e.table("import\tworkflow\truns\tlast run\tkept for\tpurge on", func(row func(string, ...any)) {
			for _, d := range list {
				when := string(d.Day)
				if d.Overdue {
					when += " (due)"
				}
				row(
					"%s\t%s %s\t%d\t%s\t%d months\t%s",
					d.Source.Ref,
					d.WorkflowRef,
					d.WorkflowName,
					d.Source.New,
					stamp(d.Source.Last),
					d.Months,
					when,
				)
			}
		})
	})
	return nil
}
