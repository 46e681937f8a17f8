package service

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/store"
)

// Activity is one entry of the activity log as screens show it.
type Activity struct {
	Seq     int64           `json:"seq"`
	At      string          `json:"at"` // RFC 3339, UTC
	Actor   string          `json:"actor"`
	Role    string          `json:"role"`
	Device  string          `json:"device"`
	Action  string          `json:"action"`
	Subject string          `json:"subject"`
	Summary string          `json:"summary"`
	Reason  string          `json:"reason"`
	Changes []ledger.Change `json:"changes"`
	CanUndo bool            `json:"can_undo"`
}

func activityOf(leaf string) (Activity, error) {
	e, err := ledger.ParseEntry([]byte(leaf))
	if err != nil {
		return Activity{}, fault.Tampered("An entry of the activity log cannot be read: run assay check.").Because(err)
	}
	a := Activity{
		Seq:     e.Seq,
		At:      store.Stamp(e.Time),
		Actor:   e.Actor.Name,
		Role:    e.Actor.Role,
		Device:  e.Device,
		Action:  e.Action,
		Subject: e.Subject,
		Summary: e.Summary,
		Reason:  e.Reason,
		Changes: e.Changes,
		CanUndo: undoable(e),
	}
	if a.Changes == nil {
		a.Changes = []ledger.Change{}
	}
	return a, nil
}

// ActivityQuery says which entries of the log are asked for. What is empty
// leaves nothing out.
type ActivityQuery struct {
	Subject string `json:"subject"` // a record's reference
	Person  string `json:"person"`  // the name of who did it, as the log has it
	Kind    string `json:"kind"`    // one of ActivityKinds
	Before  int64  `json:"before"`  // only entries before this number; 0: from the newest
	Limit   int    `json:"limit"`   // 1 to 500; otherwise 100
}

// ActivityKinds are the kinds of record by which entries are told apart, each
// with the tables and the first words of actions that belong to it.
var ActivityKinds = map[string][]string{
	"workflow":     {"workflow", "atrs"},
	"policy":       {"policy"},
	"assessment":   {"assessment", "risk", "form"},
	"run":          {"run", "runs", "source", "test"},
	"finding":      {"finding", "sample"},
	"review":       {"review", "schedule"},
	"action":       {"action"},
	"record":       {"record"},
	"evidence":     {"evidence"},
	"standard":     {"soa"},
	"certificate":  {"certificate", "certificate_event", "pack"},
	"person":       {"person"},
	"key":          {"key"},
	"organisation": {"organisation", "register"},
	"handover":     {"handover"},
}

// Of these actions only the rows tell what they were about.
var actionsOnAny = []string{"record.delete", "activity.undo"}

func isOfKind(a *Activity, kind string) bool {
	words := ActivityKinds[kind]
	first, _, _ := strings.Cut(a.Action, ".")
	return !slices.Contains(actionsOnAny, a.Action) && slices.Contains(words, first) ||
		slices.ContainsFunc(a.Changes, func(c ledger.Change) bool { return slices.Contains(words, c.Table) })
}

// Activities lists entries, newest first, from before a number (0: the newest).
// With a subject, only entries about that record.
func (s *Service) Activities(ctx context.Context, subject string, before int64, limit int) ([]Activity, error) {
	return s.FindActivities(ctx, ActivityQuery{Subject: subject, Before: before, Limit: limit})
}

// FindActivities lists the entries that are asked for, newest first. Fewer than
// the limit means that there are no others.
func (s *Service) FindActivities(ctx context.Context, q ActivityQuery) ([]Activity, error) {
	if _, ok := ActivityKinds[q.Kind]; q.Kind != "" && !ok {
		return nil, fault.Invalid(
			"kind",
			fmt.Sprintf(
				"%q is no kind of record; choose one of %s.",
				q.Kind,
				strings.Join(slices.Sorted(maps.Keys(ActivityKinds)), ", "),
			),
		)
	}
	if q.Before <= 0 {
		q.Before = math.MaxInt64
	}
	if q.Limit <= 0 || q.Limit > 500 {
		q.Limit = 100
	}
	out := []Activity{}
	err := s.read(ctx, func(r *store.Reader) error {
		for len(out) < q.Limit {
			leaves, last, err := leavesBefore(ctx, r, q)
			if err != nil {
				return err
			}
			for _, leaf := range leaves {
				a, err := activityOf(leaf)
				if err != nil {
					return err
				}
				q.Before = a.Seq
				if (q.Person == "" || a.Actor == q.Person) && (q.Kind == "" || isOfKind(&a, q.Kind)) &&
					len(out) < q.Limit {
					out = append(out, a)
				}
			}
			if last {
				return nil
			}
		}
		return nil
	})
	return out, err
}

// leavesBefore reads the next entries, and says whether they are the last.
func leavesBefore(ctx context.Context, r *store.Reader, q ActivityQuery) (leaves []string, last bool, err error) {
	const size = 500
	if q.Subject != "" {
		rows, err := r.LogEntriesOf(ctx, q.Subject, q.Before, size)
		for _, row := range rows {
			leaves = append(leaves, row.Leaf)
		}
		return leaves, len(rows) < size, err
	}
	n := q.Limit
	if q.Person != "" || q.Kind != "" {
		n = size
	}
	rows, err := r.LogEntries(ctx, q.Before, int64(n))
	for _, row := range rows {
		leaves = append(leaves, row.Leaf)
	}
	return leaves, len(rows) < n, err
}

// undoTables are the nouns whose changes can be taken back: what is kept whole
// in the log. Issued documents, keys and imports are not among them.
var undoTables = map[string]bool{"person": true, "workflow": true, "policy": true, "assessment": true, "schedule": true,
	"review": true, "action": true, "record": true, "evidence": true, "form": true, "soa": true, "register": true}

func undoable(e ledger.Entry) bool {
	if len(e.Changes) == 0 || e.Import != nil || strings.HasPrefix(e.Action, "certificate.") {
		return false
	}
	for _, c := range e.Changes {
		// The register itself is never unmade; its particulars can be put back.
		if !undoTables[c.Table] ||
			c.Table == "register" && e.Action != "organisation.save" && e.Action != "activity.undo" {
			return false
		}
	}
	return true
}

// undoNeeds is what somebody must be allowed to do to take an entry back: what
// they would have to be allowed to do to make the change again.
func undoNeeds(e ledger.Entry) organisation.Action {
	needs := organisation.ActionEdit
	if e.Action == "review.hold" || e.Action == "action.close" {
		needs = organisation.ActionRecordReview
	}
	for _, c := range e.Changes {
		switch c.Table {
		case "register":
			return organisation.ActionManageRegister
		case "person":
			needs = organisation.ActionManagePeople
		}
	}
	return needs
}

// Undo takes an entry's changes back by a new entry: each record is again as it
// was before, unless it was changed since.
func (s *Service) Undo(ctx context.Context, seq int64) error {
	var e ledger.Entry
	err := s.read(ctx, func(r *store.Reader) (err error) {
		e, err = entryAt(ctx, r, seq)
		return err
	})
	if err != nil {
		return err
	}
	return s.change(
		ctx,
		doing{action: "activity.undo", summary: "Took back a change", may: undoNeeds(e)},
		func(t *store.Tx) error {
			if !undoable(e) {
				return fault.Conflict("%q cannot be taken back; correct it by a new change.", e.Summary)
			}
			for _, c := range e.Changes {
				last, err := t.LastRowDigest(ctx, c.Table, c.Key)
				if err != nil {
					return err
				}
				if last != c.Digest {
					return fault.Conflict(
						"%q cannot be taken back: what it changed has been changed again since.",
						e.Summary,
					)
				}
				was, err := workflowBefore(ctx, t, c.Table, c.Key)
				if err != nil {
					return err
				}
				if err := t.RestoreRow(ctx, c.Table, c.Key, seq); err != nil {
					return err
				}
				if err := s.redeclare(ctx, t, was, c.Key); err != nil {
					return err
				}
			}
			t.Entry().Subject = e.Subject
			t.Entry().Summary = oneLine("Took back: " + e.Summary)
			return nil
		},
	)
}

// entryAt reads one entry of the log.
func entryAt(ctx context.Context, r *store.Reader, seq int64) (ledger.Entry, error) {
	leaf, err := r.LogEntry(ctx, seq)
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.Entry{}, fault.NotFound("entry", fmt.Sprint(seq))
	}
	if err != nil {
		return ledger.Entry{}, err
	}
	e, err := ledger.ParseEntry([]byte(leaf))
	if err != nil {
		return e, fault.Tampered("Entry %d of the activity log cannot be read: run assay check.", seq).Because(err)
	}
	return e, nil
}

// Delete removes a record, with the reason. It can be undone.
func (s *Service) Delete(ctx context.Context, kind, ref, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.Invalid("reason", "Enter why the record is deleted.")
	}
	may := organisation.ActionEdit
	if kind == "person" {
		may = organisation.ActionManagePeople
	}
	return s.change(
		ctx,
		doing{action: "record.delete", subject: ref, reason: reason, may: may, summary: "Deleted " + ref},
		func(t *store.Tx) error {
			if !undoTables[kind] || kind == "soa" || kind == "register" {
				return fault.Conflict("A record of this kind is never deleted.")
			}
			n, err := t.DeleteNoun(ctx, kind, ref)
			if err != nil {
				return err
			}
			if n == 0 {
				return fault.NotFound(kind, ref)
			}
			return nil
		},
	)
}
