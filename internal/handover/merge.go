package handover

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"assay/internal/diff"
	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/form"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/workflow"
)

// tables are those whose rows a hand-over carries: what people wrote. Keys stay
// where they are, and issued documents belong to the register that issued them.
// So do samples, which a seed draws again from the same runs: what was said of a
// run of one is known by sample and run and not by its row, so that two readings
// of one run could not be set beside each other.
var tables = []string{
	"person",
	"workflow",
	"policy",
	"assessment",
	"schedule",
	"review",
	"action",
	"record",
	"evidence",
	"form",
	"soa",
	"blob",
}

// Carries tells whether a hand-over carries the rows of a table.
func Carries(table string) bool { return slices.Contains(tables, table) }

// Fate is what a merge does with a record that the hand-over changed.
type Fate string

const (
	FateTake     Fate = "take"     // only they changed it: theirs is taken
	FateConflict Fate = "conflict" // both changed it: a person decides
)

// Item is one record that differs, with all three states of it.
type Item struct {
	Table   string      `json:"table"`
	Key     string      `json:"key"`
	Ref     string      `json:"ref"`
	Name    string      `json:"name"`
	Fate    Fate        `json:"fate"`
	Deleted bool        `json:"deleted"` // they deleted it
	Gone    bool        `json:"gone"`    // it was deleted here
	New     bool        `json:"new"`     // they made it
	Fields  []ItemField `json:"fields"`
}

// ItemField is a field in which a record as it was handed over, as it is here
// and as it comes back are not all the same. What is absent is empty; people,
// workflows and policies are shown by their names.
type ItemField struct {
	Field  string `json:"field"` // "gates[1].title"
	Base   string `json:"base"`
	Here   string `json:"here"`
	Theirs string `json:"theirs"`
	Both   bool   `json:"both"` // changed on both sides, to different things
}

// Decision is what a person decided about a record that both sides changed.
type Decision struct {
	Record string `json:"record"` // its key or reference
	Take   string `json:"take"`   // "theirs", or "ours": it stays as it is here
	Why    string `json:"why"`
}

// Here is the register to which a hand-over comes back. Rows are as the log
// keeps them; diff.NoRow stands for one that is not there.
type Here interface {
	// Row is a row as it is now; its digest is empty where it is not there.
	Row(ctx context.Context, table, key string) (digest, row string, err error)
	// Held tells whether the row was ever here.
	Held(ctx context.Context, table, key string) (bool, error)
	// RowBefore is the row as it was before the log's entry seq.
	RowBefore(ctx context.Context, table, key string, seq int64) (string, error)
}

// Compare sets each record of a hand-over beside the one here and the one that
// both began with. same counts those that are the same on both sides, or that
// only this side changed. names are what records are called, by identifier.
func (h *Handover) Compare(
	ctx context.Context, here Here, names map[string]string,
) (items []Item, same int, err error) {
	items = []Item{}
	for _, row := range h.Rows {
		if row.Table == "blob" || !Carries(row.Table) {
			continue
		}
		digest, ours, err := here.Row(ctx, row.Table, row.Key)
		if err != nil {
			return nil, 0, err
		}
		// Who received the register came with it into theirs, and was never here: their
		// row has a base, and yet to this register it is new.
		stranger := false
		if digest == "" && !row.Deleted() {
			held, err := here.Held(ctx, row.Table, row.Key)
			if err != nil {
				return nil, 0, err
			}
			if !held {
				stranger, row.Base = true, ""
			}
		}
		if !stranger && (digest == row.Digest || row.Digest == row.Base) {
			same++
			continue
		}
		item := Item{
			Table:   row.Table,
			Key:     row.Key,
			Fate:    FateTake,
			Deleted: row.Deleted(),
			New:     digest == "" && row.Base == "",
			Gone:    digest == "" && row.Base != "",
		}
		if digest != row.Base {
			item.Fate = FateConflict
		}
		theirs, base := diff.NoRow, diff.NoRow
		if row.Base != "" {
			if base, err = here.RowBefore(ctx, row.Table, row.Key, h.Header.Base.Size+1); err != nil {
				return nil, 0, err
			}
		}
		if !row.Deleted() {
			theirs = row.Row
		}
		if err := item.fill(base, ours, theirs, names); err != nil {
			return nil, 0, unreadable("A record", err)
		}
		items = append(items, item)
	}
	return items, same, nil
}

// fill lists the fields in which three states of a row differ, and names the
// record by the newest state that has a name.
func (item *Item) fill(base, here, theirs string, names map[string]string) error {
	var flat [3]map[string]string
	fields := map[string]bool{}
	for i, text := range []string{base, here, theirs} {
		var err error
		if flat[i], err = diff.Flatten(text); err != nil {
			return err
		}
		for f := range flat[i] {
			fields[f] = true
		}
	}
	word := func(v string) string { return cmp.Or(names[v], v) }
	item.Fields = []ItemField{}
	for _, f := range slices.Sorted(maps.Keys(fields)) {
		b, h, t := flat[0][f], flat[1][f], flat[2][f]
		if h != t { // theirs, taken, also takes back what only we changed
			item.Fields = append(item.Fields, ItemField{
				Field: f, Base: word(b), Here: word(h), Theirs: word(t), Both: h != b && t != b,
			})
		}
	}
	for _, f := range slices.Backward(flat[:]) {
		item.Ref = cmp.Or(item.Ref, f["ref"], f["control_id"])
		item.Name = cmp.Or(item.Name, f["name"], f["title"])
	}
	return nil
}

// Names are what the records of a hand-over are called that others refer to, by
// identifier: reference and name.
func (h *Handover) Names() (map[string]string, error) {
	out := map[string]string{}
	for _, row := range h.Rows {
		if row.Deleted() || !slices.Contains([]string{"person", "workflow", "policy", "assessment"}, row.Table) {
			continue
		}
		f, err := diff.Flatten(row.Row)
		if err != nil {
			return nil, unreadable("A record", err)
		}
		out[row.Key] = f["ref"] + " " + cmp.Or(f["name"], f["title"])
	}
	return out, nil
}

// Highest is the highest number of each kind of reference among the records and
// imports of a hand-over ("POL" to 12), so that none is given out again.
func (h *Handover) Highest() (map[string]int64, error) {
	highest := map[string]int64{}
	for _, row := range h.Rows {
		if row.Deleted() || row.Table == "blob" || !Carries(row.Table) && row.Table != "source" {
			continue
		}
		fields, err := diff.Flatten(row.Row)
		if err != nil {
			return nil, unreadable("A record", err)
		}
		for name, v := range fields {
			if name != "ref" && !(strings.HasPrefix(name, "risks[") && strings.HasSuffix(name, "].ref")) {
				continue
			}
			if prefix, number, ok := strings.Cut(v, "-"); ok {
				if n, err := strconv.ParseInt(number, 10, 64); err == nil {
					highest[prefix] = max(highest[prefix], n)
				}
			}
		}
	}
	return highest, nil
}

// Decide gives the items that are taken: those that only they changed, and of
// those that both changed the ones that a person decided so. kept counts the
// others. Errors: invalid (a decision without a reason), conflict (items about
// which nothing is decided).
func Decide(items []Item, decisions []Decision) (take []Item, kept int, err error) {
	decided := map[string]Decision{}
	for _, d := range decisions {
		decided[d.Record] = d
	}
	var open []string
	for _, item := range items {
		if item.Fate != FateConflict {
			take = append(take, item)
			continue
		}
		d, ok := decided[item.Key]
		if !ok {
			d = decided[item.Ref]
		}
		name := cmp.Or(item.Ref, item.Key)
		if d.Take != "" && strings.TrimSpace(d.Why) == "" {
			return nil, 0, fault.Invalid("why", "Give a reason for the decision about "+name+".")
		}
		switch d.Take {
		case "theirs":
			take = append(take, item)
		case "ours":
			kept++
		default:
			open = append(open, name)
		}
	}
	if len(open) > 0 {
		return nil, 0, fault.Conflict(
			"Both sides changed %s. Decide for each which to keep.", strings.Join(open, ", "))
	}
	return take, kept, nil
}

// Reasons is what was decided, by reason, for the log.
func Reasons(decisions []Decision) string {
	var order []string
	by := map[string][]string{}
	for _, d := range decisions {
		k := d.Take + ": " + strings.TrimSpace(d.Why)
		if by[k] == nil {
			order = append(order, k)
		}
		by[k] = append(by[k], d.Record)
	}
	var out []string
	for _, k := range order {
		out = append(out, strings.Join(by[k], ", ")+" "+k)
	}
	return strings.Join(out, "; ")
}

// WithoutDuties makes a reader of a person who comes with a hand-over: what they
// may do in this register is for its own people to say.
func WithoutDuties(row string) (string, error) {
	return withBody(row, func(body string) (string, error) {
		var p organisation.Person
		if err := json.Unmarshal([]byte(body), &p); err != nil {
			return "", unreadable("A person", err)
		}
		p.Duties = []organisation.Duty{organisation.DutyReader}
		b, err := json.Marshal(p)
		return string(b), err
	})
}

// WithRef gives the record another reference.
func WithRef(row, from, to string) (string, error) {
	return withBody(row, func(body string) (string, error) {
		return strings.Replace(body, fmt.Sprintf(`"ref":%q`, from), fmt.Sprintf(`"ref":%q`, to), 1), nil
	})
}

// withBody changes the noun in a row.
func withBody(row string, change func(body string) (string, error)) (string, error) {
	var columns map[string]json.RawMessage
	var body string
	if err := errors.Join(json.Unmarshal([]byte(row), &columns), json.Unmarshal(columns["body"], &body)); err != nil {
		return "", unreadable("A record", err)
	}
	body, err := change(body)
	if err != nil {
		return "", err
	}
	if columns["body"], err = json.Marshal(body); err != nil {
		return "", err
	}
	b, err := json.Marshal(columns)
	return string(b), err
}

// Sound refuses a record that came from elsewhere and is not what its table
// holds, under its own identifier and sound by the rules for one that is written
// here. Errors: unreadable.
func Sound(table, key, row string) error {
	if table == "soa" {
		return nil // columns only: the table's own conditions hold them
	}
	bad := func(err error) error {
		return fault.Unreadable("rows.jsonl", "The %s %s in the hand-over is not sound: %v", table, key, err).
			Because(err)
	}
	var columns struct {
		ID   string `json:"id"`
		Body string `json:"body"`
	}
	if err := json.Unmarshal([]byte(row), &columns); err != nil {
		return bad(err)
	}
	var ident string
	var err error
	switch table {
	case "person":
		ident, err = sound(columns.Body, func(v organisation.Person) (string, error) { return v.ID, v.Validate() })
	case "workflow":
		ident, err = sound(columns.Body, func(v workflow.Workflow) (string, error) { return v.ID, v.Validate() })
	case "policy":
		ident, err = sound(columns.Body, func(v policy.Policy) (string, error) { return v.ID, v.Validate() })
	case "assessment":
		ident, err = sound(columns.Body, func(v risk.Assessment) (string, error) { return v.ID, v.Validate() })
	case "schedule":
		ident, err = sound(columns.Body, func(v review.Schedule) (string, error) { return v.ID, v.Validate() })
	case "review":
		ident, err = sound(columns.Body, func(v review.Review) (string, error) { return v.ID, v.Validate() })
	case "action":
		ident, err = sound(columns.Body, func(v review.Action) (string, error) { return v.ID, v.Validate() })
	case "record":
		ident, err = sound(columns.Body, func(v review.Record) (string, error) { return v.ID, v.Validate() })
	case "evidence":
		ident, err = sound(columns.Body, func(v evidence.Evidence) (string, error) { return v.ID, v.Validate() })
	case "form":
		ident, err = sound(columns.Body, func(v form.Document) (string, error) { return v.ID, v.Validate() })
	default:
		err = fmt.Errorf("records of this kind are not handed over")
	}
	if err == nil && (ident != key || columns.ID != key) {
		err = fmt.Errorf("it bears another identifier inside")
	}
	if err != nil {
		return bad(err)
	}
	return nil
}

func sound[T any](body string, f func(T) (string, error)) (string, error) {
	var v T
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		return "", err
	}
	return f(v)
}

// unreadable refuses a part of a hand-over, "A record" say, that cannot be read.
func unreadable(what string, err error) error {
	return fault.Unreadable("rows.jsonl", "%s in the hand-over cannot be read.", what).Because(err)
}
