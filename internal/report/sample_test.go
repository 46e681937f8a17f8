package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"assay/internal/civil"
)

var issued = time.Date(2026, 3, 4, 10, 30, 0, 0, time.UTC)

// seal is as long as the seals are.
var seal = "AY1:" + strings.Repeat("6BFOXN*TS0BI$ZD.P9UOL97O4-2HH77HRM3DSPTRRWJUK0QI%50", 8)[:399]

const digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

func attached(name, mime, content string) Attachment {
	return Attachment{Name: name, MIME: mime, Relationship: RelSource, Description: "The record that this certificate was drawn from", Modified: issued, Size: int64(len(content)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
}

// sampleCertificate is a certificate as the service fills it.
func sampleCertificate() Certificate {
	c := Certificate{
		Number: "GC-2026-0007", Organisation: "Llanfair and Bryn Borough Council / Cyngor Bwrdeistref Llanfair a’r Bryn", Sample: true, IssuedAt: issued,
		Workflow: Workflow{
			Ref: "WF-0001", Name: "Planning validation assistant", Version: "2.3",
			Does:           "It reads new planning applications. It tells an officer which documents are missing and drafts a letter that asks for them.",
			Data:           "The application form, plans and letters that the applicant sent.",
			DoesNot:        "It does not decide if anyone may build. It sends no letter on its own.",
			Answers:        "Siân Morgan, Head of Planning.",
			PeopleDecide:   "A planning officer reads each draft and decides if the application is complete. A second officer checks one in ten.",
			HowToChallenge: "Write to planning@example.gov.uk or ask at any council office. A person will look at your case again.",
		},
		Verdict: VerdictMetWithConditions,
		Conditions: []Condition{
			{"Explain the 14 decisions that took less than a minute", "Siân Morgan, Head of Planning", "2026-05-01"},
			{"Train the two officers who joined in January", "Huw Parry, Team Leader", "2026-04-15"},
		},
		Areas: []Area{
			{"POL", "AI policy", 8, 8, "The council has a policy in force. Cabinet agreed it and staff have read it."},
			{"RSK", "Risk", 9, 9, "The risks are known, each has an owner and the checks work."},
			{"OVR", "Human oversight", 9, 11, "A person decided before each letter went out. Some decisions were very quick."},
			{"TRN", "Transparency", 6, 6, "What the AI does is written down in plain words and published."},
			{"IMP", "Improvement", 7, 7, "Reviews took place when they were due."},
		},
		ValidFrom: "2026-03-04", ValidUntil: "2027-03-03", Supersedes: "GC-2025-0003",
		Seal:     seal,
		Assessor: Person{"Jane Morgan-Price", "Data Protection Officer"}, Approver: Person{"Alun Rees", "Chief Executive"},
		RecordDigest: digest,
		Keys: []Key{
			{"Organisation root", "Llanfair and Bryn Borough Council", digest},
			{"Assessor", "Jane Morgan-Price", strings.ToLower(digest)},
		},
		Log: Checkpoint{Size: 1204, Root: "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="},
		Sources: []Source{
			{"planning-2026-01.jsonl", "Assay run audit", digest, 612, 0, "2026-01-05", "2026-01-30"},
			{"planning-2026-02.jsonl", "Assay run audit", digest, 587, 3, "2026-02-02", "2026-02-27"},
		},
		Counts: Counts{Runs: 1199, Decisions: 1320, Releases: 1185, Officers: 9, From: "2026-01-05", Until: "2026-02-27"},
		Gates: []Gate{{Ref: "G1", Name: "Completeness", Decides: "if the application is complete", Role: "Planning officer", Officers: []string{"H Parry", "M Ellis", "R Khan", "T Owen", "S Lloyd", "E Pugh"},
			FourEyes: true, MinReview: time.Minute, Enforced: "the letter is sent by the case system only after a decision",
			Measures: []Measure{{"Runs with a decision", "1,199 of 1,199"}, {"Median review", "6 min 20 s"}, {"Agreed without change", "71 % (68 to 74 %)"}, {"Longest run of approvals", "23"}}}},
		NotTested:   []string{"RSK-01 was not run: no segment is declared for this workflow."},
		Attachments: []Attachment{attached("statement.json", "application/json", `{"number":"GC-2026-0007"}`)},
	}
	titles := []string{"Released with no decision at the gate", "Released before the decision", "Decided by a system, shared, test or unknown account", "Decided by an officer who is not authorised for this gate",
		"Prepared and decided by the same person", "Decided faster than the minimum review time", "Approval streak or agreement rate beyond the threshold", "One decision used for more than one release",
		"Reached no gate", "Rejected, edited or overridden with no reason", "Decided before what it decides on was prepared"}
	for i, t := range titles {
		f := FindingCount{Code: fmt.Sprintf("OVR-%02d", i+1), Title: t, Tested: 1199}
		if i == 5 {
			f.Found, f.Open, f.Explained, f.Threshold = 14, 1, 0, "60 seconds"
		}
		c.Findings = append(c.Findings, f)
	}
	c.Findings = append(c.Findings, FindingCount{Code: "TRN-01", Title: "No reasoning or output record", Tested: 1199}, FindingCount{Code: "LOG-01", Title: "Gaps, duplicates, broken hash chain", Tested: 1199, Found: 2, Explained: 1})
	for _, a := range c.Areas {
		for i := range a.Applicable {
			r := Requirement{Code: fmt.Sprintf("%s-R%02d", a.Code, i+1), Name: "A rule of this area", Area: a.Code, State: RequirementMet}
			if i >= a.Met {
				r.State, r.Name = RequirementNotMet, []string{"Minimum review time is kept", "Officers are trained"}[i-a.Met]
			}
			c.Requirements = append(c.Requirements, r)
		}
	}
	c.Requirements = append(c.Requirements, Requirement{Code: "RSK-R12", Name: "Equality impact", Area: "RSK", State: RequirementNotApplicable, Reason: "No decision about a person."})
	return c
}

var _ = civil.Date("")
