package workflow

import (
	"math"
	"strings"
	"testing"

	"assay/internal/fault"
)

func TestPattern_bad_declarations(t *testing.T) {
	lacking := func(p Pattern, terms Terms) func(*Gate) {
		return func(g *Gate) { g.Pattern, g.Terms, g.Prepare = p, terms, nil }
	}
	for name, c := range map[string]struct {
		change        func(*Gate)
		lacks, refuse string // what the sentence says; empty: nothing
	}{
		"each_run_lacks_nothing": {lacking("", Terms{}), "", ""},
		"a_threshold_of_nothing": {lacking(BeyondThreshold, Terms{Limit: 0.5}), "does not say of what", ""},
		"a_sample_of_nobody":     {lacking(DrawnSample, Terms{}), "neither how many", ""},
		"no_approved_content": {
			lacking(ApprovedContent, Terms{ContentOf: ContentPrompt}), "names no content", "",
		},
		"nobody_can_ask":              {lacking(OnRequest, Terms{}), "by which activity", ""},
		"no_alert":                    {lacking(Monitored, Terms{}), "by which activity", ""},
		"an_agent_without_limits":     {lacking(AgentLimits, Terms{}), "sets an agent no limits", ""},
		"a_pattern_that_there_is_not": {lacking("trust", Terms{}), "", "from the list"},
		"a_share_above_one":           {lacking(DrawnSample, Terms{Share: 50}), "", "between 0 and 1"},
		"a_share_that_is_no_number":   {lacking(DrawnSample, Terms{Share: math.NaN()}), "", "between 0 and 1"},
		"a_confidence_in_per_cent": {
			lacking(BeyondThreshold, Terms{Of: OfConfidence, Side: Below, Limit: 80}), "", "between 0 and 1",
		},
		"an_act_both_alone_and_never": {
			lacking(AgentLimits, Terms{Alone: []string{"pay"}, Never: []string{"pay"}}), "", "both under alone",
		},
		"a_content_that_nobody_approved": {lacking(
			ApprovedContent,
			Terms{ContentOf: ContentPrompt, Contents: []Content{{ID: "a", ApprovedOn: "2026-01-01"}}},
		), "", "who approved it"},
		"a_content_that_ended_beforehand": {lacking(ApprovedContent, Terms{
			ContentOf: ContentPrompt,
			Contents:  []Content{{ID: "a", ApprovedBy: "A", ApprovedOn: "2026-02-01", Until: "2026-01-01"}},
		}), "", "before it was approved"},
		"a_limit_that_everything_is_below": {
			lacking(Monitored, Terms{Limits: []OutcomeLimit{{Outcome: "x"}}}), "by which activity",
			"least or the largest share",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := good()
			c.change(&w.Gates[0])
			if got := w.Gates[0].Lacks(); (got == "") != (c.lacks == "") || !strings.Contains(got, c.lacks) {
				t.Errorf("lacks %q, want %q", got, c.lacks)
			}
			err := w.Validate()
			if c.refuse == "" {
				if err != nil {
					t.Errorf("what is only incomplete is refused: %v", err)
				}
				return
			}
			if err == nil {
				t.Fatal("accepted")
			}
			fields := err.(*fault.Error).Fields
			if len(fields) != 1 || !strings.Contains(fields[0].Message, c.refuse) {
				t.Errorf("got %+v, want one sentence with %q", fields, c.refuse)
			}
		})
	}
}

// TestLoosens plays somebody who wants less to be looked at without anybody noticing.
func TestLoosens(t *testing.T) {
	sample := Gate{Key: "g", Pattern: DrawnSample, Terms: Terms{PerWeek: 5}}
	each := Gate{Key: "g"}
	other := Gate{Key: "fresh", Pattern: OnRequest}
	for name, c := range map[string]struct {
		was, is []Gate
		want    int
	}{
		"nothing_changed":                      {[]Gate{sample}, []Gate{sample}, 0},
		"to_a_weaker_pattern":                  {[]Gate{each}, []Gate{sample}, 1},
		"from_one_weaker_pattern_to_another":   {[]Gate{sample}, []Gate{{Key: "g", Pattern: OnRequest}}, 1},
		"back_to_each_run":                     {[]Gate{sample}, []Gate{each}, 0},
		"a_weaker_gate_in_the_place_of_one":    {[]Gate{each}, []Gate{other}, 1},
		"a_weaker_gate_beside_it":              {[]Gate{each}, []Gate{each, other}, 0},
		"then_the_first_is_taken_away":         {[]Gate{each, other}, []Gate{other}, 1},
		"a_gate_taken_away_where_each_is_held": {[]Gate{each, {Key: "h"}}, []Gate{each}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			was, is := Declared{Gates: c.was}, Declared{Gates: c.is}
			if got := was.Loosens(is); len(got) != c.want {
				t.Errorf("%q, want %d", got, c.want)
			}
			if c.want > 0 && was.OnlyAdds(is) {
				t.Error("it is said to add only, and would hold for earlier runs")
			}
			if changed := was.Changes(is); len(changed) == 0 && name != "nothing_changed" {
				t.Error("the history says nothing of it")
			}
		})
	}
}
