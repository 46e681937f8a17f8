package runs_test

import (
	"fmt"
	"strings"
	"time"

	"assay/internal/run"
	"assay/internal/store/runs"
)

func ExampleAppendCanonical() {
	rec := &run.Record{
		RunID: "FOI-2026-0412", Outcome: "disclosed", Started: time.Date(2026, 6, 3, 9, 12, 0, 0, time.UTC),
		Decisions: []run.Decision{
			{
				Gate:    "officer-decision",
				Decided: time.Date(2026, 6, 3, 9, 58, 42, 500e6, time.UTC),
				Account: "q.merriman",
				Code:    run.ApprovedWithEdits,
				Edited:  true,
				Reason:  "Added the \"dataset\".",
			},
		},
		At: run.Position{Line: 2, Offset: 214},
	}
	// One line in truth; here a member a line, to be read.
	fmt.Println(strings.ReplaceAll(string(runs.AppendCanonical(nil, rec)), `,"`, ",\n\""))
	fmt.Printf("%x\n", runs.DigestOf(rec))
	// Output:
	//
	// {"run_id":"FOI-2026-0412",
	// "started":"2026-06-03T09:12:00Z",
	// "outcome":"disclosed",
	// "decisions":[{"gate":"officer-decision",
	// "decided":"2026-06-03T09:58:42.5Z",
	// "account":"q.merriman",
	// "code":"approved_with_edits",
	// "edited":true,
	// "reason":"Added the \"dataset\"."}]}
	// a30d532ae1384629570c87547312005657205765bd23fedb546451392f02456f
}
