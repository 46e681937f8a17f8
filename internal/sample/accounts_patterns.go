package sample

import (
	"assay/internal/civil"
	"assay/internal/workflow"
)

// Overseen is a workflow of the council in which not each run comes before a
// person: one for each weaker pattern of oversight.
type Overseen struct {
	Cast
	// What the register says of it.
	Purpose, Data, Decisions, How, Limits, Challenge, Owner string
	Significant                                             bool

	script patternScript
}

// patternScript is how a run of it goes.
type patternScript struct {
	prefix   string
	intake   action
	ai       action
	text     string
	runs     int
	plant    map[string]int
	generate func(*patternGenerator)
}

// PatternCasts are the casts of the workflows of weaker patterns, one each.
func PatternCasts() []Cast {
	var out []Cast
	for _, x := range overseen {
		out = append(out, x.Cast)
	}
	return out
}

func overseenOf(key string) (Overseen, bool) {
	for _, x := range overseen {
		if x.Key == key {
			return x, true
		}
	}
	return Overseen{}, false
}

// advisers answer for customer services; they decide in complaints too.
var advisers = []workflow.Login{
	officer("a.fenwick", "Alison Fenwick", "Complaints officer"),
	officer("b.olatunji", "Bola Olatunji", "Complaints officer"),
	officer("t.marlowe", "Tess Marlowe", "Customer adviser"),
}

// wardens look after streets and collections.
var wardens = []workflow.Login{
	officer("c.ibbotson", "Carol Ibbotson", "Repairs officer"),
	officer("j.mwangi", "Joseph Mwangi", "Repairs officer"),
	officer("v.bassett", "Vaughan Bassett", "Contract monitoring officer"),
}

func accountsOf(list []workflow.Login) (out []string) {
	for _, l := range list {
		out = append(out, l.Account)
	}
	return out
}

func with(list []workflow.Login, service, name string) []workflow.Login {
	return append(append([]workflow.Login(nil), list...), login(workflow.LoginSystem, service, name))
}

// approved is a content that was approved long before the sample's runs.
func approved(id string) workflow.Content {
	return workflow.Content{ID: id, ApprovedBy: "Dev Malhotra", ApprovedOn: civil.Date("2025-01-15")}
}

var overseen = []Overseen{
	{
		Cast: Cast{
			Key: "street-photos", Name: "Street photographs to crews", Service: "Streets and waste",
			Platform: platform, PlatformID: "wf-street-photos", Version: "1.4.0", Model: "vision-9b-2026-02",
			Prompt: "street-7",
			Gates: []workflow.Gate{{
				Key: "unsure", Title: "Photographs that the tool is unsure of", Role: "Street warden",
				Decides:  "Which crew the report goes to, or whether it is not for the council",
				Officers: accountsOf(wardens), Enforcement: workflow.EnforcedTechnically,
				Evidence:         "The platform holds a report of low confidence until a warden decides",
				MinReviewSeconds: 20, MaxStreak: 100, MaxAgreement: 0.99,
				Prepare: []string{"Sort photograph"}, Decide: []string{"Confirm sorting"},
				Release: []string{"Send to crew"},
				Pattern: workflow.BeyondThreshold,
				Terms:   workflow.Terms{Of: workflow.OfConfidence, Side: workflow.Below, Limit: 0.7},
			}},
			Roster:     with(wardens, "svc-streets", "Streets platform service account"),
			Activities: []string{"Receive report", "Sort photograph", "Confirm sorting", "Send to crew"},
			Tools:      []string{"photo-reader", "crew-list"}, Sources: []string{"street-report"},
			Channels: []string{"app", "web form"}, Outcomes: []string{"litter", "fly-tip", "not ours"},
			Segments: []string{"north", "south"},
		},
		Purpose:   "It sorts residents' photographs of streets, so that the right crew comes sooner.",
		Data:      "the photograph, the place",
		Decisions: "A street warden decides where the tool is unsure. The other reports go to a crew at once.",
		How:       "It compares the photograph with earlier ones and says how sure it is.",
		Limits:    "It does not look for people or number plates. It starts no fine.",
		Challenge: "Report it again and ask for a warden.", Owner: "s-pell",
		script: patternScript{
			prefix: "SP", intake: action{
				name: "Receive report", source: "street-report", fields: []string{"photo", "place"},
			},
			ai:   action{name: "Sort photograph", tool: "photo-reader"},
			text: "Photograph sorted by what lies on the ground.",
			runs: 420, plant: map[string]int{"OVR-06": 3}, generate: (*patternGenerator).threshold,
		},
	},
	{
		Cast: Cast{
			Key: "call-notes", Name: "Notes of telephone calls", Service: "Customer services",
			Platform: platform, PlatformID: "wf-call-notes", Version: "2.0.1", Model: "local-llm-70b-2026-03",
			Prompt: "call-note-11",
			Gates: []workflow.Gate{{
				Key: "reading", Title: "Reading of notes", Role: "Complaints officer",
				Decides:  "Whether the note says what was said, and what is changed where it does not",
				Officers: accountsOf(advisers[:2]), Enforcement: workflow.EnforcedProcedurally,
				Evidence: "Quality procedure of the contact centre, section 4", MinReviewSeconds: 60, MaxStreak: 60,
				Prepare: []string{"Draw note for reading"}, Decide: []string{"Read note"},
				Release: []string{"File note"},
				Pattern: workflow.DrawnSample, Terms: workflow.Terms{PerWeek: 10, WithinHours: 72},
			}},
			Roster:     with(advisers[:2], "svc-contact", "Contact centre service account"),
			Activities: []string{"Take call", "Write note", "File note", "Draw note for reading", "Read note"},
			Tools:      []string{"transcriber", "case-system"}, Sources: []string{"call-recording"},
			Channels: []string{"telephone"}, Outcomes: []string{"filed", "call back", "passed on"},
			Segments: []string{"day", "evening"},
		},
		Purpose:   "It writes the note of a call, so that advisers can listen instead of typing.",
		Data:      "the recording of the call",
		Decisions: "None by itself. Advisers act on the note. Complaints officers read a sample and correct it.",
		How:       "It turns speech into text and shortens it to what was asked and what was promised.",
		Limits:    "It judges nobody's voice or mood. It decides nothing.",
		Challenge: "Ask for the note of your call and for a correction.", Owner: "d-malhotra",
		script: patternScript{
			prefix: "CN", intake: action{name: "Take call", source: "call-recording", fields: []string{"audio"}},
			ai: action{name: "Write note", tool: "transcriber"}, text: "The caller asked when, and was told the day.",
			runs: 600, plant: map[string]int{"OVR-10": 3}, generate: (*patternGenerator).sampled,
		},
	},
	{
		Cast: Cast{
			Key: "website-answers", Name: "Answers on the website", Service: "Customer services",
			Platform: platform, PlatformID: "wf-website-answers", Version: "1.1.0", Model: "local-llm-8b-2026-01",
			Prompt: "answers-3",
			Gates: []workflow.Gate{{
				Key: "content", Title: "Approved answers", Role: "Head of Customer Services",
				Decides:     "Which texts the website may answer with",
				Enforcement: workflow.EnforcedTechnically, Evidence: "The platform answers from the library only",
				Pattern: workflow.ApprovedContent,
				Terms: workflow.Terms{ContentOf: workflow.ContentSource, Contents: []workflow.Content{
					approved("answers/bins-v8"), approved("answers/council-tax-v4"), approved("answers/parking-v2"),
				}},
			}},
			Roster:     with(advisers[:1], "svc-website", "Website service account"),
			Activities: []string{"Receive question", "Choose answer", "Show answer"},
			Tools:      []string{"answer-finder"},
			Sources: []string{
				"answers/bins-v8", "answers/bins-v9", "answers/council-tax-v4", "answers/parking-v2",
			},
			Channels: []string{"website"}, Outcomes: []string{"answered", "no answer"},
			Segments: []string{"en", "other"},
		},
		Purpose:   "It answers questions of residents on the website with texts that were approved.",
		Data:      "the question, the library of answers",
		Decisions: "None about a person. The same text answers the same question for everybody.",
		How:       "It looks for the text that fits the question best, and shows it as it is.",
		Limits:    "It writes nothing of its own. It knows nothing about who asks.",
		Challenge: "Use the link under the answer to ask a person.", Owner: "d-malhotra",
		script: patternScript{
			prefix: "WA", intake: action{name: "Receive question"},
			ai:   action{name: "Choose answer", tool: "answer-finder"},
			text: "The text of the library, as it was approved.", runs: 500, plant: map[string]int{"OVR-22": 5},
			generate: (*patternGenerator).content,
		},
	},
	{
		Cast: Cast{
			Key: "homes-chat", Name: "Housing options chat", Service: "Housing",
			Platform: platform, PlatformID: "wf-housing-options", Version: "0.9.2", Model: "local-llm-70b-2026-03",
			Prompt: "housing-options-5",
			Gates: []workflow.Gate{{
				Key: "hand-over", Title: "Hand-over to an adviser", Role: "Customer adviser",
				Decides:  "What help somebody gets who asks for a person",
				Officers: accountsOf(advisers), Enforcement: workflow.EnforcedProcedurally,
				Evidence: "Rota of the housing desk",
				Prepare:  []string{"Ask for a person"}, Decide: []string{"Adviser answers"},
				Pattern: workflow.OnRequest, Terms: workflow.Terms{WithinHours: 4},
			}},
			Roster:     with(advisers, "svc-chat", "Chat service account"),
			Activities: []string{"Open chat", "Answer in chat", "Ask for a person", "Adviser answers"},
			Tools:      []string{"chat"}, Sources: []string{"housing-guide"}, Channels: []string{"website"},
			Outcomes: []string{"answered", "handed over", "given up"}, Segments: []string{"tenant", "owner", "no home"},
		},
		Purpose:   "It tells people who look for a home, or may lose theirs, what they can do.",
		Data:      "what the person writes, the housing guide",
		Decisions: "Advisers decide on help. Some people act on the chat alone.",
		How:       "It answers from the housing guide and offers a person in each answer.",
		Limits:    "It does not say whether somebody is owed a home. It opens no case by itself.",
		Challenge: "Write “person” in the chat, or ring the housing desk.", Owner: "s-pell", Significant: true,
		script: patternScript{
			prefix: "HO", intake: action{name: "Open chat"},
			ai:   action{name: "Answer in chat", tool: "chat", source: "housing-guide"},
			text: "These are the steps that the guide names.", runs: 360, plant: map[string]int{"OVR-19": 6},
			generate: (*patternGenerator).requests,
		},
	},
	{
		Cast: Cast{
			Key: "post-routing", Name: "Routing of incoming post", Service: "Resources",
			Platform: platform, PlatformID: "wf-post-routing", Version: "3.2.0", Model: "local-llm-8b-2026-01",
			Prompt: "post-19",
			Gates: []workflow.Gate{{
				Key: "alerts", Title: "Routing alerts", Role: "Customer adviser",
				Decides:  "What is done when routing is out of its limits",
				Officers: accountsOf(advisers[:2]), Enforcement: workflow.EnforcedProcedurally,
				Evidence: "Desk procedure of the post room",
				Prepare:  []string{"Raise routing alert"}, Decide: []string{"Answer routing alert"},
				Pattern: workflow.Monitored, Terms: workflow.Terms{
					WithinHours: 24, Limits: []workflow.OutcomeLimit{{Outcome: "returned", Most: 0.3}},
				},
			}},
			Roster:     with(advisers[:2], "svc-post", "Post room service account"),
			Activities: []string{"Scan post", "Route post", "Raise routing alert", "Answer routing alert"},
			Tools:      []string{"scanner", "router"}, Sources: []string{"post-scan"}, Channels: []string{"post"},
			Outcomes: []string{"routed", "returned"}, Segments: []string{"letter", "form"},
		},
		Purpose:   "It sends scanned post to the team that it is for.",
		Data:      "the scan of the letter",
		Decisions: "None. A team that gets the wrong letter returns it.",
		How:       "It reads the letter and compares it with earlier ones of each team.",
		Limits:    "It answers nothing and opens no case.",
		Challenge: "Ring the contact centre and ask where your letter is.", Owner: "d-malhotra",
		script: patternScript{
			prefix: "PR", intake: action{name: "Scan post", source: "post-scan", fields: []string{"image"}},
			ai: action{name: "Route post", tool: "router"}, text: "The letter is for this team.", runs: 900,
			plant: map[string]int{"LOG-01": 3}, generate: (*patternGenerator).alerts,
		},
	},
	{
		Cast: Cast{
			Key: "collections-agent", Name: "Agent for bulky collections", Service: "Streets and waste",
			Platform: platform, PlatformID: "wf-collections-agent", Version: "0.5.1", Model: "local-llm-70b-2026-03",
			Prompt: "collections-2",
			Gates: []workflow.Gate{{
				Key: "waivers", Title: "Waiving a charge", Role: "Contract monitoring officer",
				Decides:  "Whether the charge of a collection is waived",
				Officers: accountsOf(wardens), Enforcement: workflow.EnforcedTechnically,
				Evidence: "The payments system asks for an officer's token", MinReviewSeconds: 20, MaxStreak: 100,
				Prepare: []string{"Propose waiver"}, Decide: []string{"Decide waiver"},
				Pattern: workflow.AgentLimits, Terms: workflow.Terms{
					Alone:      []string{"Look up collection days", "Book collection", "Propose waiver"},
					WithPerson: []string{"Waive charge"}, Never: []string{"Send payment"},
				},
			}},
			Roster: with(wardens, "svc-collections", "Collections service account"),
			Activities: []string{
				"Receive request", "Look up collection days", "Book collection", "Propose waiver", "Decide waiver",
				"Waive charge",
			},
			Tools: []string{"calendar", "booking", "payments"}, Sources: []string{"address-gazetteer"},
			Channels: []string{"website", "telephone"}, Outcomes: []string{"booked", "charge waived"},
			Segments: []string{"house", "flat"},
		},
		Purpose:   "It books the collection of bulky waste for residents.",
		Data:      "the address, what is to be collected",
		Decisions: "An officer decides whether a charge is waived. The agent books by itself.",
		How:       "It looks for a free day and books it, and proposes a waiver where the rules name one.",
		Limits:    "It pays nobody. It does not look at debts.",
		Challenge: "Ring the contact centre; a person can move or cancel it.", Owner: "s-pell",
		script: patternScript{
			prefix: "CA",
			intake: action{name: "Receive request", source: "address-gazetteer", fields: []string{"address"}},
			ai:     action{name: "Look up collection days", tool: "calendar"}, text: "Tuesday is free.", runs: 320,
			plant: map[string]int{"OVR-23": 1, "OVR-24": 2}, generate: (*patternGenerator).agent,
		},
	},
}
