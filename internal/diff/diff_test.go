package diff

import (
	"slices"
	"testing"

	"assay/internal/risk"
)

func TestChangesAreMatchedByWhatThePartsStandFor(t *testing.T) {
	q, ok := risk.QuestionOf("Q01")
	if !ok {
		t.Fatal("there is no first question")
	}
	for _, c := range []struct {
		name, before, after string
		want                []Field
	}{
		{
			"an_answer_is_named_by_its_question",
			`{"ref":"RA-0001","body":"{\"answers\":[{\"question\":\"Q02\",\"note\":\"x\"},{\"question\":\"Q01\",\"value\":\"no\",\"note\":\"the team\"}]}"}`,
			`{"ref":"RA-0001","body":"{\"answers\":[{\"question\":\"Q01\",\"value\":\"yes\",\"note\":\"the officers\"},{\"question\":\"Q02\",\"note\":\"x\"}]}"}`,
			[]Field{
				{"answers[].note", q.Text, "", "the team", "the officers"},
				{"answers[].value", q.Text, "", "no", "yes"},
			},
		},
		{
			"a_part_that_moved_up_is_not_another",
			`{"risks":[{"id":"1","title":"First","cause":"a"},{"id":"2","title":"Second","cause":"b"}]}`,
			`{"risks":[{"id":"2","title":"Second","cause":"c"}]}`,
			[]Field{
				{"risks[].cause", "Second", "", "b", "c"}, {"risks[].cause", "First", "removed", "a", ""},
				{"risks[].title", "First", "removed", "First", ""},
			},
		},
		{
			"a_part_that_came_is_whole",
			`{"gates":[]}`, `{"gates":[{"key":"officer","title":"Officer decides","officers":["a.b","c.d"],"four_eyes":true,"max_streak":0}]}`,
			[]Field{{"gates[].four_eyes", "Officer decides", "added", "", "true"},
				{"gates[].key", "Officer decides", "added", "", "officer"},
				{"gates[].officers", "Officer decides", "added", "", "a.b\nc.d"},
				{"gates[].title", "Officer decides", "added", "", "Officer decides"}},
		},
		{
			"a_part_within_a_part",
			`{"versions":[{"number":"1.0","checklist":[{"item":"purpose","covered":false}]}]}`,
			`{"versions":[{"number":"1.0","checklist":[{"item":"purpose","covered":true}]}]}`,
			[]Field{
				{"versions[].checklist[].covered", "1.0 · Why the organisation uses AI", "", "false", "true"},
			},
		},
		{
			"parts_that_share_their_name",
			`{"roster":[{"account":"a","name":"A"},{"account":"a","name":"B"}]}`,
			`{"roster":[{"account":"a","name":"A"},{"account":"a","name":"C"}]}`,
			[]Field{{"roster[].name", "C", "", "B", "C"}},
		},
		{"what_stayed_empty_is_no_change", `{}`, `{"name":"","max":0,"on":false,"list":[],"service":"Housing"}`, []Field{{"service", "", "", "", "Housing"}}},
		{"a_number_is_written_out", `{"n":1000000}`, `{"n":2500000.5}`, []Field{{"n", "", "", "1000000", "2500000.5"}}},
		{"a_list_became_text", `{"x":["a"]}`, `{"x":"b"}`, []Field{{"x", "", "", "a", "b"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Compare(c.before, c.after)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%q\nwant\n%q", got, c.want)
			}
		})
	}
	for _, row := range []string{`{`, `{"body":"{"}`} {
		if _, err := Compare(row, "{}"); err == nil {
			t.Errorf("%s was compared", row)
		}
	}
}
