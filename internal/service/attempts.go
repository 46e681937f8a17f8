package service

import (
	"context"
	"fmt"
	"strings"
	"time"

	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/prose"
	"assay/internal/store"
	"assay/internal/workflow"
)

// The actions by which the log knows that a certificate was asked for and not
// issued, and that somebody only asked what would be in the way.
const (
	actionRefused = "certificate.refuse"
	actionTried   = "certificate.try"
)

// Attempts keep what they were refused for, but not at any length: a log is no
// place for a report.
const (
	mostReasons  = 8
	reasonLength = 200 // characters
)

// attempted notes that a certificate for a workflow was refused, or what a dry run
// of issuing found. Who tries again and again until a register says yes leaves
// that on the certificate. A dry run that finds what the last attempt of the day
// found is the same screen looked at twice, and is not noted again.
func (s *Service) attempted(ctx context.Context, wf *workflow.Workflow, dry bool, refusals []fault.Field) error {
	reasons := make([]string, 0, min(len(refusals), mostReasons)+1)
	for i, r := range refusals {
		if i == mostReasons {
			reasons = append(reasons, fmt.Sprintf("And %d more.", len(refusals)-i))
			break
		}
		reasons = append(reasons, oneLine(prose.Shorten(r.Message, reasonLength)))
	}
	text := strings.Join(reasons, "\n")
	if dry && s.SignedIn() == nil { // nobody asked
		return nil
	}
	d := doing{action: actionRefused, subject: wf.Ref, reason: text, may: organisation.ActionRead}
	d.summary = fmt.Sprintf("Refused a certificate for %s", refAndName(wf.Ref, wf.Name))
	if dry {
		d.action = actionTried
		d.summary = fmt.Sprintf("Asked what is in the way of a certificate for %s: %s",
			refAndName(wf.Ref, wf.Name), prose.Count(len(refusals), "thing"))
	}
	return s.change(ctx, d, func(t *store.Tx) error {
		if dry {
			before, err := attemptsOf(ctx, &t.Reader, wf.Ref, "")
			if err != nil {
				return err
			}
			if n := len(before); n > 0 && civil.Of(before[n-1].At) == s.today() &&
				strings.Join(before[n-1].Reasons, "\n") == text {
				return nil
			}
		}
		t.Entry().Digests = []ledger.Digest{{Name: "reasons", SHA256: certificate.DigestOf([]byte(text))}}
		return nil
	})
}

// attemptsOf are the attempts at a certificate for a workflow since the one with
// a number was issued, the oldest first, as the log has them; no number is the
// beginning of the log.
func attemptsOf(ctx context.Context, r *store.Reader, ref, since string) ([]certificate.Attempt, error) {
	rows, err := r.SQL.QueryContext(
		ctx,
		`SELECT leaf FROM log_entry WHERE subject = ? AND action IN (?, ?) AND
			seq > (SELECT coalesce(max(seq), 0) FROM log_entry WHERE subject = ? AND action = 'certificate.issue') ORDER BY seq`,
		ref,
		actionRefused,
		actionTried,
		since,
	)
	if err != nil {
		return nil, fmt.Errorf("read attempts at a certificate: %w", err)
	}
	defer rows.Close()
	var out []certificate.Attempt
	for rows.Next() {
		var leaf string
		if err := rows.Scan(&leaf); err != nil {
			return nil, fmt.Errorf("read attempts at a certificate: %w", err)
		}
		e, err := ledger.ParseEntry([]byte(leaf))
		if err != nil {
			return nil, err
		}
		a := certificate.Attempt{At: e.Time.UTC().Truncate(time.Second), By: e.Actor.Name, Dry: e.Action == actionTried}
		if e.Reason != "" {
			a.Reasons = strings.Split(e.Reason, "\n")
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// told are the attempts that a certificate tells of: dry runs that found nothing
// in the way say nothing.
func told(all []certificate.Attempt) []certificate.Attempt {
	return filter(all, func(a *certificate.Attempt) bool { return len(a.Reasons) > 0 })
}
