package service

import (
	"context"
	"fmt"
	"math"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/store"
)

// keyMade says how a person's newest key came to be, as the log shows it; empty
// where the log does not say. A key that the assessor made for the approver is
// one that the assessor could have used: the paper has to say so.
func keyMade(ctx context.Context, r *store.Reader, ref, person, assessor string) (string, error) {
	if ref == "" {
		return "", nil
	}
	leaves, _, err := leavesBefore(ctx, r, ActivityQuery{Subject: ref, Before: math.MaxInt64})
	if err != nil {
		return "", fmt.Errorf("read how a key was made: %w", err)
	}
	for _, leaf := range leaves { // newest first
		e, err := ledger.ParseEntry([]byte(leaf))
		if err != nil {
			return "", fault.Tampered("An entry of the activity log cannot be read: run assay check.").Because(err)
		}
		how := ""
		switch e.Action {
		case "key.issue":
			how = "made at this register by "
		case "key.import":
			how = "made elsewhere and brought in by "
		case "key.accept":
			how = "certified by another authority and taken in by "
		default:
			continue
		}
		who := e.Actor.Name
		switch {
		case e.Actor.ID == person && person != assessor:
			who += " in person"
		case e.Actor.ID == assessor && person != assessor:
			who += ", the assessor,"
		}
		return fmt.Sprintf("%s%s on %s", how, who, civil.Of(e.Time).Long()), nil
	}
	return "", nil
}
