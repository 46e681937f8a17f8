package oversight

import (
	"strings"
	"testing"
	"time"

	"assay/internal/run"
	"assay/internal/workflow"
)

// TestPrecision: of times that are known to the minute or to the day nothing is
// found, and nothing said, that they do not show.
func TestPrecision(t *testing.T) {
	at := func(text string) time.Time {
		out, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	w := &workflow.Workflow{Gates: []workflow.Gate{{
		Key: "g", MinReviewSeconds: 90, Officers: []string{"j.shaw"}, Prepare: []string{"Prepare"},
		Decide: []string{"Decide"}, Release: []string{"Issue"},
	}}}
	for name, c := range map[string]struct {
		precision                   run.Precision
		prepared, decided, released string
		code                        Code
		says                        string // empty: nothing is found
		not                         string
	}{
		"a minute, perhaps 59 seconds": {
			run.ToMinute, "2026-04-13T08:00:00Z", "2026-04-13T08:00:00Z", "2026-04-13T09:00:00Z", DecidedFast,
			"less than 1 min after it was ready", "0 s",
		},
		"two minutes, perhaps 119 seconds": {
			run.ToMinute, "2026-04-13T08:00:00Z", "2026-04-13T08:01:00Z", "2026-04-13T09:00:00Z", DecidedFast, "", "",
		},
		"to the second": {
			run.ToSecond, "2026-04-13T08:00:00Z", "2026-04-13T08:01:00Z", "2026-04-13T09:00:00Z", DecidedFast,
			"1 min 0 s after it was ready", "",
		},
		"released a day before": {
			run.ToDay, "2026-04-08T00:00:00Z", "2026-04-10T00:00:00Z", "2026-04-09T00:00:00Z", ReleasedEarly,
			"Released on 9 April 2026, 1 day before the first decision on 10 April 2026.", "00:00",
		},
		"released on the day of the decision": {
			run.ToDay, "2026-04-08T00:00:00Z", "2026-04-10T00:00:00Z", "2026-04-10T00:00:00Z", ReleasedEarly, "", "",
		},
		"released some minutes before": {
			run.ToMinute, "2026-04-13T08:00:00Z", "2026-04-13T09:05:00Z", "2026-04-13T09:00:00Z", ReleasedEarly,
			"Released on 13 April 2026 at 09:00 UTC, 5 min before", ":00 UTC, 5 min 0 s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			rec := &run.Record{RunID: "1", Steps: []run.Step{
				{Name: "Prepare", Ended: at(c.prepared), Precision: c.precision},
				{Name: "Decide", Actor: "j.shaw", Ended: at(c.decided), Precision: c.precision},
				{Name: "Issue", Ended: at(c.released), Precision: c.precision},
			}}
			said := ""
			for _, f := range NewTester(w).Test("s", rec, NewStream()) {
				if f.Code == c.code {
					said = f.Detail
				}
			}
			wrong := c.says == "" && said != "" || !strings.Contains(said, c.says)
			if wrong || c.not != "" && strings.Contains(said, c.not) {
				t.Errorf("%q, want %q and not %q", said, c.says, c.not)
			}
		})
	}
}
