// Package sample makes the sample council: a fictional borough with twelve AI
// workflows, six in which a person decides on each run and one for each weaker
// pattern of oversight, the people in them, and run exports with known faults, so
// that a newcomer sees findings at once and a test knows what must be found.
//
// Nobody in it is a real person; the council, its officers and its cases are
// invented.
package sample

import "assay/internal/workflow"

// Cast is who and what appears in the run logs of one sample workflow. The
// council's register and the generator of its run exports both take their
// names from here, so that a finding in the logs meets the gate it is about.
type Cast struct {
	Key        string // "planning-validation"
	Name       string
	Service    string
	Platform   string
	PlatformID string // the workflow's name in run exports
	Version    string // workflow version at the end of the sample's period
	Model      string // model version at the end of the sample's period
	Prompt     string // prompt version at the end of the sample's period

	Gates      []workflow.Gate  // with thresholds and activities
	Roster     []workflow.Login // officers, and the system, shared and test accounts
	Activities []string         // declared scope, as logs name them; gates' activities included
	Tools      []string         // declared scope
	Sources    []string         // data sources in declared scope
	Channels   []string
	Outcomes   []string // first the usual one, last the adverse one
	Segments   []string // declared groups, for RSK-01
}

// Officers are the accounts of the roster that stand for named officers.
func (c Cast) Officers() []workflow.Login {
	var out []workflow.Login
	for _, l := range c.Roster {
		if l.Kind == workflow.LoginOfficer {
			out = append(out, l)
		}
	}
	return out
}

// CastOf gives the cast of one workflow by its key.
func CastOf(key string) (Cast, bool) {
	for _, c := range casts {
		if c.Key == key {
			return c, true
		}
	}
	x, ok := overseenOf(key)
	return x.Cast, ok
}

// Casts are the sample council's six workflows in which a person decides on each run.
func Casts() []Cast { return append([]Cast(nil), casts...) }

const platform = "Wayfinder"

func officer(account, name, role string) workflow.Login {
	return workflow.Login{Account: account, Name: name, Kind: workflow.LoginOfficer, Role: role}
}

func login(kind workflow.LoginKind, account, name string) workflow.Login {
	return workflow.Login{Account: account, Name: name, Kind: kind}
}

var casts = []Cast{
	{
		Key: "planning-validation", Name: "Planning application validation", Service: "Planning and building control",
		Platform: platform, PlatformID: "wf-planning-validation", Version: "2.3.0", Model: "local-llm-70b-2026-03",
		Prompt: "validation-14",
		Gates: []workflow.Gate{
			{
				Key: "officer-decision", Title: "Validity decision", Decides: "Whether the application is valid " +
					"and can be registered",
				Role: "Validation officer", Officers: []string{"n.adeyemi", "p.whitlock", "s.rahman", "g.penhaligon"},
				Enforcement:      workflow.EnforcedTechnically,
				Evidence:         "The platform holds the case until the officer decides",
				MinReviewSeconds: 90, MaxStreak: 40, MaxAgreement: 0.98,
				Prepare: []string{
					"Check application against list",
				}, Decide: []string{"Decide validity"}, Release: []string{"Register application"},
			},
			{
				Key: "invalid-notice", Title: "Invalid notice sign-off",
				Decides: "Whether the notice of what is missing goes to the applicant",
				Role:    "Senior planner", Officers: []string{"h.castellan", "d.oyelaran"}, FourEyes: true,
				Enforcement: workflow.EnforcedProcedurally, Evidence: "Scheme of delegation, planning, paragraph 7",
				MinReviewSeconds: 60, MaxStreak: 40,
				Prepare: []string{
					"Draft invalid notice",
				}, Decide: []string{"Sign off invalid notice"}, Release: []string{"Send invalid notice"},
			},
		},
		Roster: []workflow.Login{
			officer("n.adeyemi", "Nkechi Adeyemi", "Validation officer"),
			officer("p.whitlock", "Peter Whitlock", "Validation officer"),
			officer("s.rahman", "Shabnam Rahman", "Validation officer"),
			officer("g.penhaligon", "Gwen Penhaligon", "Validation officer"),
			officer("h.castellan", "Hugh Castellan", "Senior planner"),
			officer("d.oyelaran", "Dami Oyelaran", "Senior planner"),
			login(workflow.LoginSystem, "svc-planning", "Planning platform service account"),
			login(workflow.LoginShared, "planning-support", "Planning support desk"),
			login(workflow.LoginTest, "test.planning", "Planning test account"),
		},
		Activities: []string{
			"Receive application",
			"Read application documents",
			"Check application against list",
			"Decide validity",
			"Register application",
			"Draft invalid notice",
			"Sign off invalid notice",
			"Send invalid notice",
		},
		Tools:    []string{"document-reader", "checklist-engine", "planning-register", "notify"},
		Sources:  []string{"planning-portal", "planning-register", "address-gazetteer", "local-validation-list"},
		Channels: []string{"planning portal", "email", "post"},
		Outcomes: []string{"valid", "invalid"},
		Segments: []string{"householder", "agent", "community group"},
	},
	{
		Key: "asc-summaries", Name: "Adult social care assessment summaries", Service: "Adult social care",
		Platform: platform, PlatformID: "wf-asc-summaries", Version: "1.6.2", Model: "local-llm-70b-2026-03",
		Prompt: "asc-summary-22",
		Gates: []workflow.Gate{{
			Key: "officer-decision", Title: "Practitioner sign-off", Decides: "Whether the summary is a true " +
				"account of the assessment and can join the care record",
			Role: "Senior practitioner", Officers: []string{"m.achterberg", "r.llewellyn", "t.nwosu"}, FourEyes: true,
			Enforcement:      workflow.EnforcedTechnically,
			Evidence:         "The care record refuses a summary without a sign-off token",
			MinReviewSeconds: 240, MaxStreak: 25, MaxAgreement: 0.97,
			Prepare: []string{
				"Correct draft summary",
			}, Decide: []string{"Sign off summary"}, Release: []string{"File summary to care record"},
		}},
		Roster: []workflow.Login{
			officer("m.achterberg", "Mirjam Achterberg", "Senior practitioner"),
			officer("r.llewellyn", "Rhian Llewellyn", "Senior practitioner"),
			officer("t.nwosu", "Tobenna Nwosu", "Senior practitioner"),
			officer("k.dunmore", "Kerry Dunmore", "Social worker"),
			officer("b.szczepanik", "Beata Szczepanik", "Social worker"),
			officer("l.farthing", "Lewis Farthing", "Social worker"),
			login(workflow.LoginSystem, "svc-asc", "Care platform service account"),
			login(workflow.LoginShared, "asc-duty", "Adult social care duty desk"),
			login(workflow.LoginTest, "test.asc", "Care platform test account"),
		},
		Activities: []string{
			"Receive assessment notes",
			"Transcribe visit recording",
			"Draft summary",
			"Correct draft summary",
			"Sign off summary",
			"File summary to care record",
		},
		Tools:    []string{"transcriber", "summary-writer", "care-record"},
		Sources:  []string{"care-record", "visit-recording", "assessment-form"},
		Channels: []string{"visit app", "telephone", "referral form"},
		Outcomes: []string{"filed", "filed with corrections", "returned to practitioner"},
		Segments: []string{"18 to 64", "65 to 79", "80 and over"},
	},
	{
		Key: "housing-repairs", Name: "Housing repairs triage", Service: "Housing",
		Platform: platform, PlatformID: "wf-housing-repairs", Version: "3.1.0", Model: "local-llm-8b-2026-01",
		Prompt: "repairs-9",
		Gates: []workflow.Gate{{
			Key: "officer-decision", Title: "Priority decision",
			Decides: "The priority of the repair, and whether a surveyor visits first",
			Role:    "Repairs officer", Officers: []string{"c.ibbotson", "j.mwangi", "f.tregear", "a.kowalczyk"},
			Enforcement:      workflow.EnforcedTechnically,
			Evidence:         "Orders cannot be raised without an officer's decision",
			MinReviewSeconds: 30, MaxStreak: 60, MaxAgreement: 0.98,
			Prepare: []string{
				"Propose repair priority",
			}, Decide: []string{"Decide repair priority"}, Release: []string{"Raise repair order"},
		}},
		Roster: []workflow.Login{
			officer("c.ibbotson", "Carol Ibbotson", "Repairs officer"),
			officer("j.mwangi", "Joseph Mwangi", "Repairs officer"),
			officer("f.tregear", "Fern Tregear", "Repairs officer"),
			officer("a.kowalczyk", "Adam Kowalczyk", "Repairs officer"),
			officer("v.bassett", "Vaughan Bassett", "Contract monitoring officer"),
			login(workflow.LoginSystem, "svc-repairs", "Repairs platform service account"),
			login(workflow.LoginShared, "repairs-desk", "Repairs telephone desk"),
			login(workflow.LoginTest, "test.repairs", "Repairs test account"),
		},
		Activities: []string{
			"Receive repair report",
			"Look up tenancy",
			"Propose repair priority",
			"Decide repair priority",
			"Raise repair order",
			"Send appointment",
		},
		Tools:    []string{"photo-reader", "priority-model", "orders-system", "notify"},
		Sources:  []string{"tenancy-record", "repairs-history", "stock-condition"},
		Channels: []string{"tenant app", "telephone", "web form"},
		Outcomes: []string{"routine", "urgent", "emergency"},
		Segments: []string{"general needs", "sheltered", "temporary accommodation"},
	},
	{
		Key: "council-tax-changes", Name: "Council tax change of circumstances", Service: "Revenues and benefits",
		Platform: platform, PlatformID: "wf-council-tax-changes", Version: "4.0.1", Model: "local-llm-8b-2026-01",
		Prompt: "ctax-change-17",
		Gates: []workflow.Gate{{
			Key: "officer-decision", Title: "Entitlement decision", Decides: "Whether the change alters the " +
				"discount, exemption or reduction, and from which date",
			Role: "Revenues officer", Officers: []string{"e.haldane", "i.chowdhury", "w.pickersgill", "o.brannigan"},
			FourEyes:         true,
			Enforcement:      workflow.EnforcedTechnically,
			Evidence:         "The revenues system takes changes only with an approval number",
			MinReviewSeconds: 120, MaxStreak: 35, MaxAgreement: 0.97,
			Prepare: []string{
				"Key change of circumstances",
			}, Decide: []string{"Decide entitlement"}, Release: []string{"Issue adjusted bill"},
		}},
		Roster: []workflow.Login{
			officer("e.haldane", "Esther Haldane", "Revenues officer"),
			officer("i.chowdhury", "Imran Chowdhury", "Revenues officer"),
			officer("w.pickersgill", "Wendy Pickersgill", "Revenues officer"),
			officer("o.brannigan", "Oisin Brannigan", "Revenues officer"),
			officer("z.tamm", "Zita Tamm", "Revenues assistant"),
			officer("y.osei", "Yaw Osei", "Revenues assistant"),
			login(workflow.LoginSystem, "svc-revenues", "Revenues platform service account"),
			login(workflow.LoginShared, "revs-batch", "Revenues overnight batch"),
			login(workflow.LoginTest, "test.revenues", "Revenues test account"),
		},
		Activities: []string{
			"Receive change report",
			"Match to council tax account",
			"Propose entitlement",
			"Key change of circumstances",
			"Decide entitlement",
			"Issue adjusted bill",
		},
		Tools:    []string{"form-reader", "entitlement-rules", "revenues-system", "notify"},
		Sources:  []string{"council-tax-account", "benefits-record", "electoral-register", "change-form"},
		Channels: []string{"web form", "telephone", "post"},
		Outcomes: []string{"changed", "no change", "discount ended"},
		Segments: []string{"working age", "pension age", "student"},
	},
	{
		Key: "foi-drafting", Name: "Freedom of information drafting", Service: "Information governance",
		Platform: platform, PlatformID: "wf-foi-drafting", Version: "1.2.4", Model: "local-llm-70b-2026-03",
		Prompt: "foi-draft-6",
		Gates: []workflow.Gate{{
			Key: "officer-decision", Title: "Response sign-off", Decides: "Whether the response, with any " +
				"exemption, is sent to the requester",
			Role: "Information governance officer", Officers: []string{"q.merriman", "u.venkataraman"}, FourEyes: true,
			Enforcement:      workflow.EnforcedProcedurally,
			Evidence:         "FOI procedure, step 6: two officers on each response",
			MinReviewSeconds: 300, MaxStreak: 20, MaxAgreement: 0.95,
			Prepare: []string{
				"Revise draft response",
			}, Decide: []string{"Sign off response"}, Release: []string{"Send response"},
		}},
		Roster: []workflow.Login{
			officer("q.merriman", "Quentin Merriman", "Information governance officer"),
			officer("u.venkataraman", "Uma Venkataraman", "Information governance officer"),
			officer("x.larkin", "Xanthe Larkin", "FOI caseworker"),
			officer("n.bewley", "Neil Bewley", "FOI caseworker"),
			login(workflow.LoginSystem, "svc-foi", "FOI platform service account"),
			login(workflow.LoginShared, "foi-inbox", "FOI mailbox"),
			login(workflow.LoginTest, "test.foi", "FOI test account"),
		},
		Activities: []string{
			"Log request",
			"Search earlier responses",
			"Draft response",
			"Revise draft response",
			"Sign off response",
			"Send response",
		},
		Tools:    []string{"disclosure-search", "response-writer", "case-system", "notify"},
		Sources:  []string{"disclosure-log", "published-datasets", "request-inbox"},
		Channels: []string{"email", "web form"},
		Outcomes: []string{"disclosed", "disclosed in part", "refused"},
		Segments: []string{"resident", "journalist", "business"},
	},
	{
		Key: "complaints-triage", Name: "Complaints triage", Service: "Customer services",
		Platform: platform, PlatformID: "wf-complaints-triage", Version: "2.0.0", Model: "local-llm-8b-2026-01",
		Prompt: "complaints-11",
		Gates: []workflow.Gate{{
			Key: "officer-decision", Title: "Routing decision",
			Decides: "Which stage and team a complaint goes to, and whether it concerns harm to a person",
			Role:    "Complaints officer", Officers: []string{"a.fenwick", "b.olatunji", "s.cavanagh"},
			Enforcement: workflow.EnforcedTechnically, Evidence: "The case system opens a complaint only after routing",
			MinReviewSeconds: 45, MaxStreak: 50, MaxAgreement: 0.98,
			Prepare: []string{
				"Propose routing",
			}, Decide: []string{"Decide routing"}, Release: []string{"Open complaint case"},
		}},
		Roster: []workflow.Login{
			officer("a.fenwick", "Alison Fenwick", "Complaints officer"),
			officer("b.olatunji", "Bola Olatunji", "Complaints officer"),
			officer("s.cavanagh", "Sean Cavanagh", "Complaints officer"),
			officer("t.marlowe", "Tess Marlowe", "Customer adviser"),
			login(workflow.LoginSystem, "svc-complaints", "Complaints platform service account"),
			login(workflow.LoginShared, "contact-centre", "Contact centre desk"),
			login(workflow.LoginTest, "test.complaints", "Complaints test account"),
		},
		Activities: []string{
			"Receive complaint",
			"Propose routing",
			"Decide routing",
			"Open complaint case",
			"Acknowledge complaint",
		},
		Tools:    []string{"text-classifier", "case-system", "notify"},
		Sources:  []string{"complaint-form", "case-history"},
		Channels: []string{"web form", "email", "telephone"},
		Outcomes: []string{"stage one", "service request", "stage two"},
		Segments: []string{"tenant", "homeowner", "business"},
	},
}
