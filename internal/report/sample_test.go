package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"assay/internal/certificate"
	"assay/internal/civil"
)

var issued = time.Date(2026, 3, 4, 10, 30, 0, 0, time.UTC)

// seal is as long as the seals are.
var seal = "AY1:" + strings.Repeat("6BFOXN*TS0BI$ZD.P9UOL97O4-2HH77HRM3DSPTRRWJUK0QI%50", 8)[:399]

const digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

func attached(name, mime, content string) Attachment {
	return Attachment{
		Name:         name,
		MIME:         mime,
		Relationship: RelSource,
		Description:  "The record that this certificate was drawn from",
		Modified:     issued,
		Size:         int64(len(content)),
		Open:         func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	}
}

// sampleCertificate is a certificate as the service fills it.
func sampleCertificate() Certificate {
	c := Certificate{
		Number: "GC-2026-0007", Organisation: "Llanfair and Bryn Borough Council / Cyngor Bwrdeistref Llanfair " +
			"a’r Bryn", Sample: true, IssuedAt: issued,
		Workflow: Workflow{
			Ref: "WF-0001", Name: "Planning validation assistant", Version: "2.3",
			Does: "It reads new planning applications. It tells an officer which documents are missing " +
				"and drafts a letter that asks for them.",
			Data:    "The application form, plans and letters that the applicant sent.",
			DoesNot: "It does not decide if anyone may build. It sends no letter on its own.",
			Answers: "Siân Morgan, Head of Planning.",
			PeopleDecide: "A planning officer reads each draft and decides if the application is complete. A " +
				"second officer checks one in ten.",
			HowToChallenge: "Write to planning@example.gov.uk or ask at any council office. A person will look at " +
				"your case again.",
		},
		Verdict: VerdictMetWithConditions,
		Conditions: []Condition{
			{"Explain the 14 decisions that took less than a minute", "Siân Morgan, Head of Planning", "2026-05-01"},
			{"Train the two officers who joined in January", "Huw Parry, Team Leader", "2026-04-15"},
		},
		Areas: []Area{
			{"POL", "AI policy", 8, 8, "The council has a policy in force. Cabinet agreed it and staff have read it."},
			{"RSK", "Risk", 9, 9, "The risks are known, each has an owner and the checks work."},
			{
				"OVR",
				"Human oversight",
				9,
				11,
				"A person decided before each letter went out. Some decisions were very quick.",
			},
			{"TRN", "Transparency", 6, 6, "What the AI does is written down in plain words and published."},
			{"IMP", "Improvement", 7, 7, "Reviews took place when they were due."},
		},
		Contact: "ai@llanfair.example, 01234 567890",
		Lead: []string{"We checked 42 rules. 39 are met. 1 is met but for cases that were explained. 2 things " +
			"are still to be done."},
		Shown: []certificate.Point{
			{Text: "We read 1,199 runs from 5 January 2026 to 27 February 2026."},
			{Text: "In 1,162 of 1,185 cases a named officer decided before it left."},
			{Text: "In 9 of 1,199 cases the same person prepared and decided. Two people explained all 9."},
			{Text: "In 14 of 1,199 cases the decision took less time than it should. 1 of them is not yet explained."},
			{Text: "The log does not show 1 thing that we look for."},
			{Text: "Left out: 3 records that could not be read."},
		},
		Explained: []Explained{
			{
				Code: "OVR-05", Findings: 9, Of: 9, Standing: "explained",
				Words: "Leave cover in the first week of January; the head of planning agreed that one person may " +
					"do both. " +
					"Reason: an agreed exception. Points to REC-0004. Written by Jane Morgan-Price on 2 March 2026, " +
					"approved by Alun Rees with their own key on 3 March 2026.",
			},
		},
		Besides: []Fact{
			{Name: "Left out", Text: "Left out: 3 records that could not be read."},
			{Name: "By month", Text: "2026-01: 612, 2026-02: 587. 4 of 54 days without a run."},
			{Name: "Refused", Text: "Asked for by Jane Morgan-Price on 1 March 2026: Officers are trained: not met."},
		},
		ValidFrom: "2026-03-04", ValidUntil: "2027-03-03", Supersedes: "GC-2025-0003",
		Seal: seal,
		Assessor: Person{
			"Jane Morgan-Price",
			"Data Protection Officer",
		}, Approver: Person{"Alun Rees", "Chief Executive"},
		RecordDigest: digest,
		Keys: []Key{
			{Use: "Organisation root", Holder: "Llanfair and Bryn Borough Council", Fingerprint: digest},
			{Use: "Assessor", Holder: "Jane Morgan-Price", Fingerprint: strings.ToLower(digest)},
		},
		Log: Checkpoint{Size: 1204, Root: "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="},
		Sources: []Source{
			{"planning-2026-01.jsonl", "Assay run audit", digest, 612, 0, "2026-01-05", "2026-01-30"},
			{"planning-2026-02.jsonl", "Assay run audit", digest, 587, 3, "2026-02-02", "2026-02-27"},
		},
		Counts: Counts{
			Runs:      1199,
			Decisions: 1320,
			Releases:  1185,
			Officers:  9,
			From:      "2026-01-05",
			Until:     "2026-02-27",
		},
		Gates: []Gate{
			{
				Ref:       "G1",
				Name:      "Completeness",
				Decides:   "if the application is complete",
				Role:      "Planning officer",
				Officers:  []string{"H Parry", "M Ellis", "R Khan", "T Owen", "S Lloyd", "E Pugh"},
				FourEyes:  true,
				MinReview: time.Minute,
				Enforced:  "the letter is sent by the case system only after a decision",
				Measures: []Measure{
					{"Runs with a decision", "1,199 of 1,199"},
					{"Median review", "6 min 20 s"},
					{"Agreed without change", "71 % (68 to 74 %)"},
					{"Longest run of approvals", "23"},
				},
			},
		},
		NotTested:   []string{"RSK-01 was not run: no segment is declared for this workflow."},
		Attachments: []Attachment{attached("statement.json", "application/json", `{"number":"GC-2026-0007"}`)},
	}
	titles := []string{
		"Released with no decision at the gate",
		"Released before the decision",
		"Decided by a system, shared, test or unknown account",
		"Decided by an officer who is not authorised for this gate",
		"Prepared and decided by the same person",
		"Decided faster than the minimum review time",
		"Approval streak or agreement rate beyond the threshold",
		"One decision used for more than one release",
		"Reached no gate",
		"Rejected, edited or overridden with no reason",
		"Decided before what it decides on was prepared",
	}
	for i, t := range titles {
		f := FindingCount{Code: fmt.Sprintf("OVR-%02d", i+1), Title: t, Of: 1199, Tested: 1199}
		if i == 5 {
			f.Found, f.Open, f.Explained, f.Threshold = 14, 1, 0, "60 seconds"
		}
		c.Findings = append(c.Findings, f)
	}
	c.Findings = append(
		c.Findings,
		FindingCount{Code: "TRN-01", Title: "No reasoning or output record", Of: 1199, Tested: 1199},
		FindingCount{
			Code:      "LOG-01",
			Title:     "Gaps, duplicates, broken hash chain",
			Tested:    1199,
			Found:     2,
			Explained: 1,
		},
	)
	for _, a := range c.Areas {
		for i := range a.Applicable {
			r := Requirement{
				Code:  fmt.Sprintf("%s-R%02d", a.Code, i+1),
				Name:  "A rule of this area",
				Area:  a.Code,
				State: RequirementMet,
			}
			if i >= a.Met {
				r.State, r.Name = RequirementNotMet,
					[]string{"Minimum review time is kept", "Officers are trained"}[i-a.Met]
			}
			c.Requirements = append(c.Requirements, r)
		}
	}
	c.Requirements = append(
		c.Requirements,
		Requirement{
			Code:   "RSK-R12",
			Name:   "Equality impact",
			Area:   "RSK",
			State:  RequirementNotApplicable,
			Reason: "No decision about a person.",
		},
	)
	return c
}

// samplePack is a pack as the service fills it.
func samplePack() EvidencePack {
	c := sampleCertificate()
	p := EvidencePack{
		Ref: "EP-2026-0002", Organisation: c.Organisation, Sample: true, PreparedAt: issued,
		Scope: "Planning validation assistant (WF-0001).", Period: "5 January to 27 February 2026",
		Assessor: c.Assessor, Approver: c.Approver, Keys: c.Keys, Log: c.Log, Sources: c.Sources,
		Gaps: []Gap{
			{"A.6.2.4", "No test report from the supplier.", "Ask the supplier for its test report."},
			{"WF-0001", "No segment is declared, so RSK-01 was not run.", ""},
		},
		Policies: []Policy{
			{
				Ref:         "POL-0001",
				Title:       "Use of AI",
				Version:     "1.2",
				Status:      "In force",
				Purpose:     "Says what AI may and may not be used for.",
				Scope:       "All staff and members.",
				Accountable: "Alun Rees, Chief Executive",
				ApprovedBy:  "Cabinet",
				ApprovedOn:  "2025-11-03",
				ReviewDue:   "2026-11-03",
				Workflows:   []string{"WF-0001", "WF-0002"},
				Attested:    "41 of 44 named staff",
				SHA256:      digest,
			},
		},
		Reviews: []Review{
			{
				Ref:      "REV-0001",
				Subject:  "WF-0001",
				Kind:     "performance against purpose",
				Due:      "2026-02-01",
				HeldOn:   "2026-02-03",
				Reviewer: "Siân Morgan",
				Outcome:  "Drafts are right in 93 of 100 cases.",
			},
			{Ref: "REV-0002", Subject: "POL-0001", Due: "2026-01-01", Overdue: true},
		},
		Actions: []Action{
			{
				Ref:    "ACT-0001",
				Text:   "Train the two officers who joined in January",
				Source: "REV-0001",
				Owner:  "Huw Parry",
				Due:    "2026-04-15",
				Status: "open",
			},
		},
		Evidence: []EvidenceItem{
			{
				Ref:       "EV-0001",
				Title:     "Cabinet minute",
				File:      "evidence/cabinet-minute.pdf",
				SHA256:    digest,
				Effective: "2025-11-03",
				Status:    "approved",
				Serves:    []string{"5.2", "A.2.2"},
			},
			{Ref: "EV-0002", Title: "Complaint letter", SHA256: digest, Withheld: "it names a resident"},
		},
		Findings: []Finding{
			{
				Ref:      "FND-0001",
				Code:     "OVR-06",
				Title:    "Decided faster than the minimum review time",
				Workflow: "WF-0001",
				Gate:     "Completeness",
				Severity: "medium",
				State:    "open",
				Runs:     14,
				Sample: []RunRef{
					{"R-000123", "planning-2026-01.jsonl", "line 123", "decided 21 s after it was prepared"},
					{"R-000207", "planning-2026-01.jsonl", "line 207", "decided 8 s after it was prepared"},
				},
			},
		},
		Attachments: c.Attachments,
		Runs: func(yield func(RunRow) bool) {
			for i := range 120 {
				if !yield(
					RunRow{
						"WF-0001",
						fmt.Sprintf("R-%06d", i+1),
						"5 January 2026 09:12",
						"approved with edits",
						"H Parry, approved",
						fmt.Sprintf("line %d", i+2),
					},
				) {
					return
				}
			}
		},
	}
	for _, id := range []string{"4.1", "4.3", "5.2", "5.3", "6.1.2", "8.2", "9.1", "10.2"} {
		k := Clause{ID: id, Title: "Our title for clause " + id, Asks: "What the clause names, in our words"}
		if id != "9.1" {
			k.Recorded = []Recorded{
				{Ref: "POL-0001", What: "Use of AI, version 1.2, in force", Date: "2025-11-03", Extent: "shows it"},
				{Ref: "EV-0001", What: "Cabinet minute", Where: "evidence/cabinet-minute.pdf", Date: "2025-11-03"},
				{Ref: "POL-R01", What: "An AI policy is in force", Extent: "partly shows it", In: []string{"WF-0001"}},
			}
		}
		if len(k.Recorded) == 0 {
			k.Missing = []Missing{{What: "no document or record is linked to it"}}
		}
		p.Clauses = append(p.Clauses, k)
	}
	var controls []Control
	for i, n := range []int{2, 3, 4} {
		k := Control{
			ID:             fmt.Sprintf("A.%d.%d", n, i+2),
			Title:          "Written AI policy",
			Applicable:     i != 1,
			Implementation: "Implemented",
			Owner:          "Alun Rees",
			Risks:          []string{"RSK-0001"},
			Evidence: []Recorded{
				{Ref: "EV-0001", What: "Cabinet minute", Where: "evidence/cabinet-minute.pdf"},
				{Ref: "POL-R01", What: "An AI policy is in force", In: []string{"WF-0001"}},
				{Ref: "REC-0001", What: "Audit"}, {Ref: "RSK-R01", What: "Assessed"}, {Ref: "POL-0001", What: "Policy"},
			},
			EvidenceDate: "2025-11-03",
			ResidualGap:  "None.",
			ApprovedBy:   "Alun Rees",
			ApprovedOn:   "2026-01-10",
			ReviewDue:    "2027-01-10",
		}
		if k.Applicable {
			k.ReasonIncluded = "The council uses AI in four services."
		} else {
			k.ReasonExcluded = "The council develops no AI of its own."
		}
		k.Decided, k.Held, k.Beside = true, "partly shown", "Only 42001 asks for it: aims."
		k.Missing = []Missing{{Rule: "OVR-R03", What: "Nothing left first: not held", Where: []string{"WF-0001"}}}
		k.Differs = "Declared as implemented; held: partly shown."
		controls = append(controls, k)
	}
	p.Statements = []Statement{{Standard: "ISO/IEC 42001:2023", Controls: controls}}
	p.Shared = []SharedClause{{ID: "4.1", Title: "Context"}, {ID: "5.2", Title: "Policy", Own: "another policy"}}
	p.System = []SystemRule{
		{
			Code: "SYS-03", Name: "There is an audit programme", State: RequirementNotMet, Reason: "None is recorded.",
			ToMeet: "Record one.", Serves: []string{"9.1"},
		},
	}
	p.Objectives = []Objective{{Ref: "REC-0002", Title: "Time to think", Due: "2026-12-31", Value: "98 of 100 cases"}}
	p.Records = []GovernanceRecord{
		{
			Ref: "REC-0001", Kind: "internal audit", Title: "Audit of planning", Date: "2026-02-01", Status: "closed",
			Closed: "2026-02-03", Who: "Ann Lee", Texts: [][2]string{{"Scope and criteria", "Gates."}},
			Serves: []string{"9.1"}, Links: []string{"WF-0001"}, Of: "WF-0001",
		},
		{Ref: "REC-0002", Kind: "objective", Title: "Time to think", Date: "2026-02-01", Status: "open"},
	}
	p.Trained = []GovernanceRecord{{Ref: "REC-0003", Title: "Deciding with AI", Who: "H Parry", Date: "2026-01-05"}}
	p.Likelihood = []string{"rare", "unlikely", "possible", "likely", "almost certain"}
	p.Impact, p.Appetite = []string{"negligible", "minor", "moderate", "major", "severe"}, 9
	p.Law = []LawDay{{Day: "2026-02-05", Items: []string{"UK GDPR Article 22A"}}}
	w := PackWorkflow{
		Workflow:     c.Workflow,
		Status:       "In use",
		Owner:        "Siân Morgan",
		Areas:        c.Areas,
		Requirements: c.Requirements,
		Gates:        c.Gates,
		Counts:       c.Counts,
		Findings:     c.Findings,
		NotTested:    c.NotTested,
		Assessment:   "Assessed 12 January 2026 by Jane Morgan-Price; next due 12 January 2027.",
		Certificates: []string{"GC-2026-0007"},
		Questions: []Question{
			{
				ID:       "Q01",
				Section:  "What it is for",
				Text:     "Is it clear what the workflow does, for whom, and what it must not do?",
				Answer:   "Yes",
				Note:     "Officers and the supplier describe it alike.",
				Evidence: []string{"EV-0001"},
				Serves:   []string{"ISO/IEC 42001 6.1.4"},
			},
			{ID: "Q02", Section: "What it is for", Text: "Is it better than what it replaces?", Answer: "Partly"},
			{
				ID:      "Q04",
				Section: "People and their data",
				Text:    "Does it read only the personal data that the task needs?",
			}},
		Risks: []Risk{
			{
				Ref:         "RSK-0001",
				Title:       "Wrong or made-up output",
				Cause:       "The model reads a plan wrongly.",
				Consequence: "An applicant is asked for a document that is there.",
				Affected:    "Applicants",
				Inherent:    Rating{4, 3},
				Current:     Rating{2, 3},
				Residual:    Rating{2, 2},
				Controls:    []string{"An officer reads each draft", "Weekly sample"},
				Owner:       "Siân Morgan",
				Treatment:   "Mitigate",
				Due:         "2026-06-01",
			},
			{
				Ref:           "RSK-0002",
				Title:         "Officers rubber-stamp",
				Inherent:      Rating{4, 4},
				Current:       Rating{3, 4},
				Residual:      Rating{2, 4},
				Owner:         "Huw Parry",
				Treatment:     "Mitigate",
				AboveAppetite: true,
			},
		},
	}
	for i := range 8 {
		w.Weekly = append(w.Weekly, Point{civil.Date("2026-01-05").AddDays(7 * i), float64(120 + i*i*3 - 20*(i%3))})
	}
	p.Workflows = []PackWorkflow{w}
	return p
}

// crowdedCertificate has the longest texts that people enter, and more.
func crowdedCertificate() Certificate {
	c := sampleCertificate()
	long := strings.Repeat(
		"This account goes on and on, since nobody told its author to be brief, and it names each exception. ",
		6,
	)
	c.Sample = false
	c.Organisation = strings.Repeat("Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch ", 3)
	c.Workflow.Name = "Adult social care assessment summary and correspondence drafting assistant for " +
		"occupational therapists and social workers (second pilot)"
	c.Workflow.Does, c.Workflow.DoesNot, c.Workflow.PeopleDecide, c.Workflow.HowToChallenge = long, long, long, long
	for i := range 12 {
		c.Conditions = append(
			c.Conditions,
			Condition{
				fmt.Sprintf("Condition %d: %s", i+3, long[:150]),
				"Somebody With A Long Name, Head of a Service With a Longer Name",
				"2026-09-30",
			},
		)
	}
	for i := range c.Areas {
		c.Areas[i].Sentence = long[:180]
		c.Areas[i].Applicable += 30
	}
	c.Assessor = Person{
		strings.Repeat("Anastasia Wilhelmina ", 4),
		strings.Repeat("Deputy Head of Information Governance ", 3),
	}
	for i := range 40 {
		c.Sources = append(
			c.Sources,
			Source{
				Name:    fmt.Sprintf("a-very-long-file-name-that-an-export-made-%03d.jsonl", i),
				Format:  "Assay run audit",
				SHA256:  digest,
				Runs:    1_000_000,
				Refused: 12,
				From:    "2026-01-01",
				Until:   "2026-12-31",
			},
		)
		c.Findings = append(
			c.Findings,
			FindingCount{
				Code:      fmt.Sprintf("XXX-%02d", i),
				Title:     "Another test with a long title that takes more than one line of the column",
				Tested:    123_456_789,
				Found:     98_765_432,
				Open:      1234,
				Threshold: "an agreement rate of 95 % with its interval",
			},
		)
		c.Gates = append(c.Gates, c.Gates[0])
	}
	c.NotTested = []string{long, long}
	return c
}
