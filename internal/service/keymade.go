package service

import (
	"context"
	"fmt"

	"assay/internal/approval"
	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/prose"
	"assay/internal/store"
)

// maker is how a key came to be: the entry of the log by which the register has it.
type maker struct {
	how   string // "made at this register"; empty where the log does not say
	actor ledger.Actor
	on    civil.Date
}

// makerOf looks in the log for who was at the keyboard when a key came to the register.
func makerOf(ctx context.Context, r *store.Reader, key string) (m maker, err error) {
	rows, err := r.RowHistory(ctx, "signing_key", key)
	if err != nil {
		return m, fmt.Errorf("read how a key was made: %w", err)
	}
	for i := len(rows) - 1; i >= 0; i-- { // the oldest first: later ones change its passphrase or end it
		e, err := ledger.ParseEntry([]byte(rows[i].Leaf))
		if err != nil {
			return m, fault.Tampered("An entry of the activity log cannot be read: run assay check.").Because(err)
		}
		m.actor, m.on = e.Actor, civil.Of(e.Time)
		switch e.Action {
		case "key.issue":
			m.how = "made at this register"
		case "key.import":
			m.how = "made elsewhere and brought in"
		case "key.accept":
			m.how = "certified by another authority and taken in"
		default:
			continue
		}
		return m, nil
	}
	return maker{}, nil
}

// words say how a key came to be, for whom it is and beside which assessor.
func (m maker) words(holder, assessor string) string {
	if m.how == "" {
		return ""
	}
	who := " by " + prose.Called(m.actor.Name)
	switch {
	case m.actor.ID == holder && holder != assessor: // who was signed in: no more is known of who it was
		who = " under their own name"
	case m.actor.ID == assessor && holder != assessor:
		who += ", the assessor,"
	}
	return m.how + who + " on " + m.on.Long()
}

// by tells who made a key, in the words of the record.
func (m maker) by(holder, assessor string) string {
	switch {
	case m.how == "":
		return ""
	case m.actor.ID == holder:
		return certificate.KeyByHolder
	case m.actor.ID == assessor:
		return certificate.KeyByAssessor
	}
	return certificate.KeyByAnother
}

// keysMade is what the log shows of every key of a person. A key that the assessor
// made for somebody else is one that the assessor could have used: the paper says so
// of everything that was approved with it.
func keysMade(ctx context.Context, r *store.Reader) (approval.Keys, error) {
	keys, err := keysOf(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("read how keys were made: %w", err)
	}
	out := approval.Keys{}
	for _, k := range keys {
		if k.Kind != keyAssessor {
			continue
		}
		m, err := makerOf(ctx, r, k.ID)
		if err != nil {
			return nil, err
		}
		x := approval.Key{Made: m.words("", ""), Own: m.how != "" && m.actor.ID == k.PersonID.String}
		if k.RevokedAt.Valid {
			x.Ended, x.Why = civil.Of(store.ParseStamp(k.RevokedAt.String)), oneLine(k.Reason.String)
		}
		out[k.ID] = x
	}
	return out, nil
}
