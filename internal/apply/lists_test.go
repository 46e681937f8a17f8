package apply

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"assay/internal/fault"
)

// TestLists holds lists.yaml to what an apply file has: every field is one, every word of
// ours is one, and no heading stands for two fields of a list.
func TestLists(t *testing.T) {
	for _, l := range Lists() {
		seen := map[string]string{}
		for _, f := range l.Fields {
			for _, h := range f.Heads {
				if seen[bare(h)] != "" && seen[bare(h)] != f.Field {
					t.Errorf("%s: %q is %s and %s", l.Kind, h, seen[bare(h)], f.Field)
				}
				seen[bare(h)] = f.Field
			}
			// A row with this field alone, beside what every record needs, is read.
			columns, row := []string{}, []string{}
			for _, x := range l.Fields {
				if x.Needed || x.Field == f.Field {
					columns, row = append(columns, x.Heads[0]), append(row, example(x))
				}
			}
			out, err := FromList(l, columns, []ListRow{{Row: 2, Cells: row}}, nil, known)
			if err != nil {
				t.Errorf("%s, %s: %v", l.Kind, f.Field, err)
				continue
			}
			if _, err := Read(context.Background(), bytes.NewReader(out.File)); err != nil {
				t.Errorf("%s, %s: %v\n%s", l.Kind, f.Field, err, out.File)
			}
		}
	}
}

func example(f ListField) string {
	switch {
	case f.Words != nil:
		return slices.Sorted(maps.Keys(f.Words))[0]
	case f.As == "date":
		return "28/11/2026"
	case f.As == "yes":
		return "Yes"
	case f.As == "whole" || f.As == "number":
		return "3"
	case f.As == "workflow":
		return "WF-0001"
	case f.Field == "duties":
		return "reader"
	}
	return "Ann Example"
}

// known is a register that holds a person and a workflow.
func known(k Kind, name string) string {
	switch {
	case k == KindPerson && name == "Bob Example":
		return "PER-0001"
	case k == KindWorkflow && strings.EqualFold(name, "WF-0001"):
		return "WF-0001"
	}
	return ""
}

// TestFromList reads what people write, hostile text too, and puts each row where it belongs.
func TestFromList(t *testing.T) {
	list, _ := ListOf("workflows")
	rows := []ListRow{
		{Row: 3, Cells: []string{"Minutes — “Magic” {a: b}", "In use", "3/2/2026", "Bob Example", "x"}},
		{Row: 4, Cells: []string{"=cmd|'/c calc'!A1", "pilot", "", "Nobody", ""}},
		{Row: 6, Cells: []string{"- key: evil\n  name: two", "", "2026-02-03T10:00:00", "", ""}},
		{Row: 7, Cells: []string{"minutes magic a b!", "", "", "", ""}},
	}
	columns := []string{"AI System", "Status", "Go-Live Date", "System owner", "Colour"}
	if _, err := FromList(list, columns, rows, nil, known); fault.CodeOf(err) != fault.CodeInvalid ||
		!strings.Contains(err.Error(), "there twice") {
		t.Errorf("one name twice: %v", err)
	}
	out, err := FromList(list, columns, rows[:3], nil, known)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read(context.Background(), bytes.NewReader(out.File)); err != nil {
		t.Fatalf("%v\n%s", err, out.File)
	}
	if out.Rows != 3 || !slices.Equal(out.Left, []string{"Colour"}) || len(out.Notes) != 1 ||
		!strings.Contains(out.Notes[0], "nobody called") {
		t.Errorf("%+v", out)
	}
	lines := strings.Split(string(out.File), "\n")
	for line := range lines {
		if row := out.Row(line + 1); row > 0 && !strings.Contains(lines[line], map[int64]string{
			3: `"live_since":"2026-02-03"`, 4: `"lifecycle":"trial"`, 6: `"key":"key-evil-name-two"`}[row]) {
			t.Errorf("row %d is on line %d: %s", row, line+1, lines[line])
		}
	}
}

// TestFromList_refused says in which row what is wrong.
func TestFromList_refused(t *testing.T) {
	for i, x := range []struct {
		kind string
		head []string
		row  []string
		want string
	}{
		{"people", []string{"Surname"}, []string{"Ann"}, "No column is the name"},
		{"people", []string{"Name", "Senior"}, []string{"Ann", "perhaps"}, "neither yes nor no"},
		{"workflows", []string{"Name", "Status"}, []string{"A", "blue"}, "none of ours"},
		{"workflows", []string{"Name", "Live since"}, []string{"A", "31/02/2026"}, "no date"},
		{"workflows", []string{"Name", "Live since"}, []string{"A", "46119"}, "no date"},
		{"risks", []string{"Workflow", "Title"}, []string{"WF-0099", "R"}, "holds no workflow"},
		{
			"risks", []string{"Workflow", "Title", "Likelihood", "Impact"}, []string{"WF-0001", "R", "high", "2"},
			"write 1 to 5",
		},
		{
			"risks", []string{"Workflow", "Title", "Likelihood", "Impact"}, []string{"WF-0001", "R", "6", "2"},
			"write 1 to 5",
		},
		{"policies", []string{"Title", "Review cycle"}, []string{"P", "yearly"}, "no whole number"},
		{"policies", []string{"Title"}, []string{""}, "it has no title"},
	} {
		list, err := ListOf(x.kind)
		if err != nil {
			t.Fatal(err)
		}
		_, err = FromList(list, x.head, []ListRow{{Row: 17, Cells: x.row}}, nil, known)
		if fault.CodeOf(err) != fault.CodeInvalid ||
			!strings.Contains(fmt.Sprint(err, err.(*fault.Error).Fields), x.want) {
			t.Errorf("%d: %v", i, err)
		} else if !strings.HasPrefix(x.want, "No column") && !strings.Contains(fmt.Sprint(err), "17") {
			t.Errorf("%d does not say the row: %v", i, err)
		}
	}
	list, _ := ListOf("risks")
	if _, err := FromList(list, []string{"a"}, nil, map[string]string{"a": "colour"}, known); fault.CodeOf(
		err,
	) != fault.CodeInvalid {
		t.Errorf("a field that there is not: %v", err)
	}
	if _, err := ListOf("colours"); fault.CodeOf(err) != fault.CodeInvalid {
		t.Errorf("a kind that there is not: %v", err)
	}
}
