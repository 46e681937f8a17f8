package handover

import (
	stdcmp "cmp"
	"context"
	"strings"
	"testing"

	"assay/internal/diff"
	"assay/internal/fault"
	"assay/internal/organisation"

	"github.com/google/go-cmp/cmp"
)

// state is a policy that bears a title; empty is none.
func state(title string) string {
	if title == "" {
		return diff.NoRow
	}
	return `{"body":"{\"id\":\"p\",\"ref\":\"POL-0001\",\"title\":\"` + title + `\"}","id":"p"}`
}

// digest stands for a row's digest: all that is compared of digests is whether they are the same.
func digest(title string) string { return strings.ToUpper(title) }

// register holds one record: what it is now, and what it was when it was handed over.
type register struct {
	now, before string
	held        bool
}

func (r register) Row(context.Context, string, string) (string, string, error) {
	return digest(r.now), state(r.now), nil
}
func (r register) Held(context.Context, string, string) (bool, error) { return r.held, nil }
func (r register) RowBefore(context.Context, string, string, int64) (string, error) {
	return state(r.before), nil
}

// TestCompare tries each way in which the three states of a record can differ.
func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name, base, here, theirs string
		want                     Item // without what names it
		same                     bool
	}{
		{name: "nothing_changed", base: "a", here: "a", theirs: "a", same: true},
		{name: "only_we_changed", base: "a", here: "b", theirs: "a", same: true},
		{name: "both_changed_to_the_same", base: "a", here: "b", theirs: "b", same: true},
		{name: "both_deleted", base: "a", same: true},
		{name: "both_made_the_same", here: "b", theirs: "b", same: true},
		{name: "only_they_changed", base: "a", here: "a", theirs: "b", want: Item{Fate: FateTake,
			Fields: []ItemField{{Field: "title", Base: "a", Here: "a", Theirs: "b"}}}},
		{name: "both_changed", base: "a", here: "b", theirs: "c", want: Item{Fate: FateConflict,
			Fields: []ItemField{{Field: "title", Base: "a", Here: "b", Theirs: "c", Both: true}}}},
		{name: "they_made_it", theirs: "b", want: Item{Fate: FateTake, New: true,
			Fields: []ItemField{
				{Field: "ref", Theirs: "POL-0001"}, {Field: "title", Theirs: "b"},
			}}},
		{name: "they_deleted_what_stayed_here", base: "a", here: "a", want: Item{Fate: FateTake, Deleted: true,
			Fields: []ItemField{
				{Field: "ref", Base: "POL-0001", Here: "POL-0001"}, {Field: "title", Base: "a", Here: "a"},
			}}},
		{name: "they_deleted_what_we_changed", base: "a", here: "b", want: Item{Fate: FateConflict, Deleted: true,
			Fields: []ItemField{
				{Field: "ref", Base: "POL-0001", Here: "POL-0001"},
				{Field: "title", Base: "a", Here: "b", Both: true},
			}}},
		{name: "they_changed_what_we_deleted", base: "a", theirs: "c", want: Item{Fate: FateConflict, Gone: true,
			Fields: []ItemField{
				{Field: "ref", Base: "POL-0001", Theirs: "POL-0001"},
				{Field: "title", Base: "a", Theirs: "c", Both: true},
			}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			row := Row{Table: "policy", Key: "p", Digest: digest(c.theirs), Base: digest(c.base)}
			if c.theirs != "" {
				row.Row = state(c.theirs)
			}
			h := Handover{Header: Header{Base: &Point{Size: 3}}, Rows: []Row{row}}
			here := register{now: c.here, before: c.base, held: c.base != "" || c.here != ""}
			items, same, err := h.Compare(context.Background(), here, nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.same {
				if same != 1 || len(items) != 0 {
					t.Fatalf("%d the same, %+v", same, items)
				}
				return
			}
			c.want.Table, c.want.Key, c.want.Ref = "policy", "p", "POL-0001"
			c.want.Name = stdcmp.Or(c.theirs, c.here, c.base)
			if d := cmp.Diff([]Item{c.want}, items); d != "" || same != 0 {
				t.Errorf("%d the same; (-want +got)\n%s", same, d)
			}
		})
	}
	t.Run("who_received_it_is_new_here", func(t *testing.T) {
		h := Handover{Header: Header{Base: &Point{Size: 3}},
			Rows: []Row{{Table: "person", Key: "p", Digest: "A", Base: "A", Row: state("a")}}}
		items, _, err := h.Compare(context.Background(), register{}, nil)
		if err != nil || len(items) != 1 || !items[0].New || items[0].Fate != FateTake {
			t.Fatalf("%+v %v", items, err)
		}
	})
}

func TestDecide(t *testing.T) {
	items := []Item{
		{Key: "1", Ref: "POL-0001", Fate: FateTake}, {Key: "2", Ref: "POL-0002", Fate: FateConflict},
		{Key: "3", Ref: "POL-0003", Fate: FateConflict},
	}
	why := "They met the board"
	for name, c := range map[string]struct {
		decided []Decision
		take    []string
		kept    int
		code    fault.Code
		says    string
	}{
		"nothing decided": {code: fault.CodeConflict, says: "POL-0002, POL-0003"},
		"one of two": {decided: []Decision{{Record: "2", Take: "ours", Why: why}},
			code: fault.CodeConflict, says: "changed POL-0003."},
		"no reason": {decided: []Decision{{Record: "2", Take: "ours", Why: " "}},
			code: fault.CodeInvalid, says: "POL-0002"},
		"by key and by reference": {
			decided: []Decision{
				{Record: "2", Take: "theirs", Why: why}, {Record: "POL-0003", Take: "ours", Why: why},
			},
			take: []string{"1", "2"}, kept: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			take, kept, err := Decide(items, c.decided)
			if fault.CodeOf(err) != c.code && err != nil || (err != nil) != (c.code != "") ||
				err != nil && !strings.Contains(err.Error(), c.says) {
				t.Fatal(err)
			}
			var keys []string
			for _, item := range take {
				keys = append(keys, item.Key)
			}
			if kept != c.kept || !cmp.Equal(keys, c.take) {
				t.Errorf("took %v, kept %d", keys, kept)
			}
		})
	}
	if got := Reasons([]Decision{
		{Record: "a", Take: "ours", Why: why},
		{Record: "b", Take: "theirs", Why: "x"},
		{Record: "c", Take: "ours", Why: why},
	}); got != "a, c ours: They met the board; b theirs: x" {
		t.Error(got)
	}
}

// TestWithoutDuties holds that nobody brings their own rights along.
func TestWithoutDuties(t *testing.T) {
	row, err := WithoutDuties(`{"body":"{\"id\":\"p\",\"name\":\"Eve\",\"duties\":[\"assessor\",\"approver\"]}","id":"p"}`)
	if err != nil {
		t.Fatal(err)
	}
	fields, err := diff.Flatten(row)
	if err != nil {
		t.Fatal(err)
	}
	if fields["duties[1]"] != string(organisation.DutyReader) || fields["duties[2]"] != "" || fields["name"] != "Eve" {
		t.Errorf("%v", fields)
	}
	for _, bad := range []string{`{}`, `[]`, `{"body":3}`, `{"body":"x"}`} {
		if _, err := WithoutDuties(bad); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
