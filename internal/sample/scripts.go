package sample

import (
	"fmt"
	"strings"
)

// script is how a run of one workflow goes, and what is written in it. In the
// texts, {street}, {n}, {item} and {team} are filled in.
type script struct {
	prefix      string
	intake      []action
	ai          action
	human       string // the step in which a person prepares; empty where none does
	after       action // what follows the release
	releaseTool string
	cases       []caseText
	edits       []string
	refusals    []string
	items       []string
	teams       []string
}

type action struct {
	name, tool, source string
	fields             []string
}

type caseText struct{ text, reasoning string }

var streets = []string{
	"Larch Rise",
	"Tollgate Lane",
	"Wharf Street",
	"Beacon Hill",
	"Saltmarsh Road",
	"Coronation Avenue",
	"Mill Race",
	"Quarry Close",
	"Chapel Row",
	"Heron Way",
	"Priory Gardens",
	"Station Approach",
}

func (g *generator) fill(s string, i int) string {
	if !strings.Contains(s, "{") {
		return s
	}
	return strings.NewReplacer("{street}", fmt.Sprintf("%d %s", 1+g.r.IntN(180), pick(g, streets)), "{n}",
		fmt.Sprint(2+g.r.IntN(14)),
		"{item}", pick(g, g.s.items), "{team}", pick(g, g.s.teams)).
		Replace(s)
}

var scripts = map[string]script{
	"planning-validation": {
		prefix: "PV",
		intake: []action{
			{"Receive application", "", "planning-portal", []string{"form", "drawings", "fee"}},
			{"Read application documents", "document-reader", "local-validation-list", nil},
		},
		ai: action{
			name: "Check application against list",
			tool: "checklist-engine",
		}, releaseTool: "planning-register",
		items: []string{
			"site location plan",
			"block plan to scale",
			"flood risk assessment",
			"heritage statement",
			"ownership certificate",
			"tree survey",
			"drainage strategy",
			"elevations as proposed",
		},
		teams: []string{"area east", "area west"},
		cases: []caseText{
			{
				"Application for a single-storey rear extension at {street}. {n} documents read. Checklist result " +
					"attached, with the page on which each item was found.",
				"The list for householder applications asks for a {item}. It was looked for in every document; " +
					"what was found is quoted with its page. The fee was compared with the scale.",
			},
			{
				"Application for change of use at {street}, {n} documents. The red line on the site location plan " +
					"was compared with the gazetteer.",
				"The red line and the address agree. The item most often missing in this type, the {item}, was " +
					"checked twice by separate prompts with the same result.",
			},
			{
				"Application for a dropped kerb and hardstanding at {street}. Drawings read: {n}. Scale bars " +
					"present on those marked.",
				"National requirements first, then the local list. The {item} decides the result; its absence or " +
					"presence is quoted. No view is taken on the merits.",
			},
		},
		edits: []string{
			"Added the {item} to the list of documents; it was in a second file.",
			"Corrected the address to {street}.",
			"Fee band changed after a telephone call with the agent.",
		},
		refusals: []string{
			"The {item} is missing.",
			"The {item} is not to a recognised scale.",
			"The certificate names another owner than the form.",
		},
	},
	"asc-summaries": {
		prefix: "AS",
		intake: []action{
			{"Receive assessment notes", "", "assessment-form", []string{"needs", "outcomes", "eligibility"}},
			{"Transcribe visit recording", "transcriber", "visit-recording", []string{"audio"}},
		},
		ai: action{
			name: "Draft summary",
			tool: "summary-writer",
		}, human: "Correct draft summary", releaseTool: "care-record",
		items: []string{
			"managing nutrition",
			"personal hygiene",
			"using the home safely",
			"maintaining relationships",
			"getting about",
			"medication at night",
		},
		teams: []string{"reablement", "long-term support", "hospital discharge"},
		cases: []caseText{
			{
				"The adult described {n} areas in which they need support; {item} worries them most. They want to " +
					"stay at home, and their daughter visits twice a week.",
				"Each sentence is tied to a place in the notes or the recording. The need about {item} is stated " +
					"by the adult in their own words and by the practitioner's observation.",
			},
			{
				"Summary of a visit of {n}0 minutes. Strengths come first: the adult cooks, and walks to the shop " +
					"with a frame. Support is asked for with {item}.",
				"Taken from the assessment form, sections 2 to 6. The passage about {item} rests on the recording " +
					"alone and is marked for the practitioner.",
			},
			{
				"A review after discharge from hospital. Equipment is in place. The adult and the carer see " +
					"{item} differently, and both views are given.",
				"Both views were kept apart as the guidance asks. Nothing is said about eligibility, which is the " +
					"practitioner's decision.",
			},
		},
		edits: []string{
			"Put the adult's own words back in the paragraph on {item}.",
			"Removed a sentence about the carer that was not said in the visit.",
			"Changed the frequency of visits to what the care plan says.",
		},
		refusals: []string{
			"The summary of {item} does not reflect the visit; please listen again.",
			"The summary mixes up this visit with the one before.",
			"Leaves out the risk of falls that I recorded.",
		},
	},
	"housing-repairs": {
		prefix: "HR",
		intake: []action{
			{"Receive repair report", "photo-reader", "", nil},
			{"Look up tenancy", "", "tenancy-record", []string{"address", "tenure", "vulnerability marker"}},
		},
		ai: action{
			name: "Propose repair priority",
			tool: "priority-model",
		}, after: action{name: "Send appointment", tool: "notify"}, releaseTool: "orders-system",
		items: []string{
			"leak under the kitchen sink",
			"no heating or hot water",
			"mould on an outside wall",
			"faulty extractor fan",
			"front door that does not lock",
			"cracked toilet pan",
			"loose stair tread",
			"failed light in a shared hallway",
		},
		teams: []string{"plumbing", "heating", "damp and mould", "joinery"},
		cases: []caseText{
			{
				"Report: {item} at {street}, first noticed {n} days ago. Photograph attached.",
				"The words and the photograph agree. The repairs history has {n} earlier orders at the address. " +
					"The tenancy record was checked for a vulnerability marker.",
			},
			{
				"Report by telephone: {item} at {street}. The tenant says that it is getting worse.",
				"The report falls under the {team} trade. The time limit for its priority follows from the " +
					"repairs policy, table 2; hazards are raised by one level.",
			},
			{
				"Report from the app: {item}, {street}. No photograph.",
				"Without a photograph the words alone decide, and confidence is lower. The proposal errs on the " +
					"side of the earlier visit.",
			},
		},
		edits: []string{
			"Changed the trade to {team}.",
			"Added a request for a second operative.",
			"Gave the tenant's preferred morning slot.",
		},
		refusals: []string{
			"Tenant has a baby at home: raised to urgent.",
			"Duplicate of an open order at {street}.",
			"Needs a surveyor first; the {item} has come back {n} times.",
		},
	},
	"council-tax-changes": {
		prefix: "CT",
		intake: []action{
			{
				"Receive change report",
				"form-reader",
				"change-form",
				[]string{"date of change", "household", "declaration"},
			},
			{"Match to council tax account", "", "council-tax-account", []string{"liability", "discounts"}},
		},
		ai: action{
			name: "Propose entitlement",
			tool: "entitlement-rules",
		}, human: "Key change of circumstances", releaseTool: "revenues-system",
		items: []string{
			"single person discount",
			"student disregard",
			"council tax reduction",
			"empty home premium",
			"disabled band reduction",
			"carer disregard",
		},
		teams: []string{"discounts", "reductions", "recovery"},
		cases: []caseText{
			{
				"Change at {street}: one adult has moved out. The {item} is proposed from the date on the form.",
				"The form and the electoral register agree. The {item} applies where the conditions in the " +
					"scheme, part {n}, are met; each is listed with the evidence.",
			},
			{
				"Change at {street}: a new job from the first of the month. The {item} is worked out again.",
				"Income was read from {n} payslips and averaged as the scheme asks. The difference is shown week " +
					"by week.",
			},
			{
				"Change at {street}: end of a course. The {item} would end.",
				"The certificate gives the last day of the course. Nothing newer was found, so the proposal is " +
					"marked for a closer look.",
			},
		},
		edits: []string{
			"Date of change corrected to the date of the tenancy.",
			"Backdated by {n} weeks: good cause shown.",
			"Second adult disregarded as a carer.",
		},
		refusals: []string{
			"Evidence for the {item} is out of date.",
			"The declaration is not signed.",
			"The household at {street} is larger than the form says.",
		},
	},
	"foi-drafting": {
		prefix: "FOI",
		intake: []action{
			{"Log request", "case-system", "request-inbox", []string{"subject", "body"}},
			{"Search earlier responses", "disclosure-search", "disclosure-log", []string{"title", "summary"}},
		},
		ai: action{
			name: "Draft response",
			tool: "response-writer",
		}, human: "Revise draft response", releaseTool: "notify",
		items: []string{
			"parking penalty income",
			"agency staff spending",
			"school transport contracts",
			"pothole repair times",
			"library opening hours",
			"temporary accommodation costs",
		},
		teams: []string{"finance", "highways", "education", "housing"},
		cases: []caseText{
			{
				"Draft response on {item}, for the last {n} financial years. The figures are in the attached " +
					"table; the dataset is published.",
				"{n} earlier responses on {item} were found in the disclosure log and agree with each other. No " +
					"exemption is proposed for what is already published.",
			},
			{
				"Draft response on {item}. Names of junior staff are left out; the {team} service holds the rest.",
				"The request names individuals. Section 40 is proposed for those below head of service, as in the " +
					"published practice.",
			},
			{
				"Draft response on {item}: an estimate shows that part of the request exceeds the cost limit, so " +
					"a narrower question is suggested.",
				"The {team} service estimated {n}8 hours. The duty to advise and assist is met by the suggested " +
					"wording.",
			},
		},
		edits: []string{
			"Added the link to the published dataset on {item}.",
			"Softened the wording on the cost limit and offered a call.",
			"Took out a table that names an individual.",
		},
		refusals: []string{
			"The search missed the {team} service's own records.",
			"The exemption needs a public interest test.",
			"The figures on {item} are of the wrong year.",
		},
	},
	"complaints-triage": {
		prefix: "CP",
		intake: []action{{"Receive complaint", "", "complaint-form", []string{"subject", "description"}}},
		ai: action{
			name: "Propose routing",
			tool: "text-classifier",
		}, after: action{name: "Acknowledge complaint", tool: "notify"}, releaseTool: "case-system",
		items: []string{
			"missed bin collection",
			"rude reply on the telephone",
			"delay in a housing transfer",
			"noise from road works",
			"parking ticket in error",
			"care visit that did not happen",
		},
		teams: []string{"waste", "housing", "highways", "adult social care", "parking"},
		cases: []caseText{
			{
				"Complaint about a {item} at {street}. Proposed team: {team}.",
				"The words match {n} earlier complaints that the {team} team handled. No sign of harm to a person " +
					"was found.",
			},
			{
				"Complaint about a {item}; the resident writes for the {n}th time. Proposed team: {team}.",
				"An earlier case is open for the same address, so the complaint is proposed as part of it. The " +
					"tone is distressed, and this is flagged to the officer.",
			},
			{
				"Message about a {item} at {street}. It may be a request for service and not a complaint.",
				"The resident asks for something to be done and does not say that the council did something " +
					"wrong. Complaints guidance, paragraph 3, treats this as a request.",
			},
		},
		edits: []string{
			"Sent to {team} as well.",
			"Marked for a call back the same day.",
			"Changed the subject to {item}.",
		},
		refusals: []string{
			"This is a safeguarding concern and goes to adult social care.",
			"Belongs to {team}.",
			"Stage one was answered last month: stage two.",
		},
	},
}
