package service

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"assay/internal/assurance"
	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/ledger"
	"assay/internal/prose"
	"assay/internal/store"
)

// actionOlderCopy is how the log knows that an older copy of the register was put back.
const actionOlderCopy = "log.older_copy"

// headSizes finds the two lengths of the log in the summary of such an entry: the one
// that was seen here before, and that of the copy when it was opened.
var headSizes = regexp.MustCompile(`the log had (\d+) entries .* and (\d+) entries `)

// breaksOf is where the register does not go back to its beginning, as its log has it:
// an older copy was put back, or it began with what another register handed over. What
// was refused or found in what is gone, nobody can read here.
func breaksOf(ctx context.Context, r *store.Reader) ([]assurance.Break, error) {
	out, err := beganWith(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("look for how the register began: %w", err)
	}
	rows, err := r.SQL.QueryContext(
		ctx, `SELECT leaf FROM log_entry WHERE subject = '' AND action = ? ORDER BY seq`, actionOlderCopy,
	)
	if err != nil {
		return nil, fmt.Errorf("look for older copies that were put back: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var leaf string
		if err := rows.Scan(&leaf); err != nil {
			return nil, fmt.Errorf("look for older copies that were put back: %w", err)
		}
		e, err := ledger.ParseEntry([]byte(leaf))
		if err != nil {
			return nil, err
		}
		b := assurance.Break{
			Kind: certificate.BreakOlderCopy, On: civil.Of(e.Time), By: e.Actor.Name, Why: e.Reason,
		}
		gone := "Entries of its log were changed or are gone"
		if m := headSizes.FindStringSubmatch(e.Summary); m != nil {
			had, has := atoi(m[1]), atoi(m[2])
			if b.Lost = had - has; b.Lost > 0 {
				gone = fmt.Sprintf("Of its log, which then had %s, the last %d are gone", entries(had), b.Lost)
			}
		}
		b.Words = fmt.Sprintf(
			"An older copy of the register was put back on %s. %s, with whatever was imported, found or refused in "+
				"them. %s wrote: %s",
			b.On.Long(), gone, prose.Called(b.By), prose.Said(b.Why),
		)
		out = append(out, b)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("look for older copies that were put back: %w", err)
	}
	return out, nil
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return prose.Number(n) + " entries"
}

func atoi(s string) int { n, _ := strconv.Atoi(s); return n } // of digits only

// beganWith is the hand-over that the register began with; empty where it began with none.
func beganWith(ctx context.Context, r *store.Reader) ([]assurance.Break, error) {
	base, _, err := received(ctx, r)
	if err != nil || base == nil {
		return nil, err
	}
	text, err := r.Setting(ctx, receivedSetting)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	seq, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, err
	}
	row, err := r.LogEntry(ctx, seq)
	if err != nil {
		return nil, err
	}
	e, err := ledger.ParseEntry([]byte(row))
	if err != nil {
		return nil, err
	}
	b := assurance.Break{Kind: certificate.BreakHandover, On: civil.Of(e.Time), By: e.Actor.Name}
	b.Words = fmt.Sprintf(
		"This register began on %s with what another one handed over (register %s, whose log then had %s). What was "+
			"refused there before is not known here.",
		b.On.Long(), base.Register, entries(int(base.Size)),
	)
	return []assurance.Break{b}, nil
}
