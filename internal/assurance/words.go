package assurance

// words are what a requirement asks for in the imperative, short enough for the
// page that a member reads ("Look into decisions that were too fast"), and what
// good looks like, for whoever assesses.
var words = map[string]struct{ task, good string }{
	"POL-R01": {
		"Approve an AI policy and bring it into force",
		"The head of the organisation, or a committee with that power, approved the version in force, and a " +
			"minute or decision record shows it.",
	},
	"POL-R02": {
		"Review the workflow against the AI policy",
		"The link was made, with a reason in a sentence, before the first resident was concerned.",
	},
	"POL-R03": {
		"Review the policies whose day has passed",
		"Each policy has a next review within its own interval, and somebody who sees to it.",
	},
	"POL-R04": {
		"Add to the AI policy what it leaves out",
		"Each point is answered with the section that covers it; a policy that says little says so openly.",
	},
	"POL-R05": {
		"Tell staff about the AI policy",
		"Those who use AI heard of it in a way that they notice, and residents can find it.",
	},
	"POL-R06": {
		"Collect the missing attestations",
		"Nine in ten of those concerned have said that they read this version; the rest are known by name.",
	},
	"POL-R07": {
		"Name somebody who answers for it",
		"One person in post, who knows that it is them and has the power to stop the workflow.",
	},
	"POL-R08": {
		"Link the information governance policy",
		"The policy in force says what changes when AI reads personal data.",
	},
	"POL-R09": {
		"Write down context, scope and objectives",
		"Two or three objectives that can be read off the runs, each with an owner and a day.",
	},
	"POL-R10": {
		"Record the lawful basis",
		"The data protection officer named the basis and, for special category data, the condition.",
	},
	"RSK-R01": {
		"Assess the version that is in use",
		"Prepared, reviewed and approved by three people after reading the runs, for the version that residents " +
			"meet today.",
	},
	"RSK-R02": {
		"Bring risks within appetite or accept them",
		"What is beyond appetite was reduced; what could not be was accepted by somebody with that power, for a time.",
	},
	"RSK-R03": {
		"Complete the data protection impact assessment",
		"It describes the processing, why it is needed, the risks to people and the measures, with the officer's " +
			"advice.",
	},
	"RSK-R04": {
		"Complete the missing impact assessments",
		"Each one is on file, or a sentence says why it is not needed; those concerned were asked.",
	},
	"RSK-R05": {"Complete the risks", "Two people rated each risk apart and then agreed; each has one owner."},
	"RSK-R06": {
		"Finish the treatments that are overdue",
		"What was promised is in place, and the current score was rated again after it was.",
	},
	"RSK-R07": {
		"Consider the risks that AI commonly brings",
		"Each was discussed; those that do not apply are closed with the reason.",
	},
	"RSK-R08": {"Let the risks reflect what runs show", "Counts from the last import stand beside the likelihoods."},
	"RSK-R09": {
		"Test it with cases whose results are known",
		"Closed cases with known results, criteria set before the test, and what was done about the misses.",
	},
	"RSK-R10": {
		"Get assurance from the supplier",
		"Duties in the contract, a test report for the version in use, what happens to the data, and a way out.",
	},
	"RSK-R11": {
		"Find out why groups fare differently",
		"Rates for each group with their uncertainty, and a reason or a change where they differ.",
	},
	"OVR-R01": {
		"Describe the gates and name their officers",
		"A stranger can tell from it who decides what, when, and with which power to say no.",
	},
	"OVR-R02": {
		"Import recent runs",
		"A whole quarter, from the platform itself, with the number of runs that the platform states.",
	},
	"OVR-R03": {
		"Look into releases without a decision",
		"None; or each one is explained by somebody who looked at the case.",
	},
	"OVR-R04": {
		"Look into decisions by others than named officers",
		"Personal accounts only, compared each month with the list of officers.",
	},
	"OVR-R05": {
		"Look into decisions by whoever prepared them",
		"The platform refuses the preparer; exceptions carry a reason.",
	},
	"OVR-R06": {
		"Look into decisions that were too fast",
		"The minimum comes from watching officers work, and those who go below it were asked.",
	},
	"OVR-R07": {
		"Ask why officers always agree",
		"Officers disagree now and then; seeded errors are found; long streaks were talked about.",
	},
	"OVR-R08": {
		"Look into decisions out of order or without reasons",
		"Each decision follows what it decides on, is used once, and says why it departs from the proposal.",
	},
	"OVR-R09": {
		"Enforce each gate",
		"The platform cannot release without a decision; where a procedure has to do, something shows that it is " +
			"followed.",
	},
	"OVR-R10": {
		"Look into runs that reached no gate",
		"Each ended on purpose (withdrawn, duplicate) and the log says so.",
	},
	"OVR-R11": {
		"Train the officers",
		"They know what the tool cannot do and have practised saying no; training is renewed once a year.",
	},
	"OVR-R12": {
		"Do what the gate declares in the place of a decision",
		"What was drawn is read, who asks for a person gets one, alerts are answered in time, and an agent keeps to " +
			"its limits.",
	},
	"OVR-R13": {
		"Answer what a weaker pattern of oversight leaves open",
		"The data protection officer has said what is decided without a person, for whom it is significant, and " +
			"which safeguards there are.",
	},
	"TRN-R01": {"Complete the plain-language account", "Somebody outside the service read it and could say it back."},
	"TRN-R02": {"Shorten the sentences of the account", "One thought a sentence; no word that needs explaining."},
	"TRN-R03": {
		"Tell people before their data is used",
		"The notice reaches them at the right moment, names the tool, and says whom to ask.",
	},
	"TRN-R04": {
		"Declare what the workflow may know and do",
		"Named as the platform's log names it, so that a stray activity stands out.",
	},
	"TRN-R05": {"Keep the reasoning of each run", "An officer can explain an output years later from what is kept."},
	"TRN-R06": {
		"Look into use outside the declared scope",
		"None; or the scope was assessed again before it was widened.",
	},
	"TRN-R07": {
		"Publish a transparency record",
		"On the national list or the organisation's website, for the version in use.",
	},
	"TRN-R08": {"Give the public somebody to turn to", "An address that a person reads, shown beside each account."},
	"IMP-R01": {
		"Hold the review that is due",
		"Held with the service, from the runs, with a conclusion and at least one action or the reason for none.",
	},
	"IMP-R02": {"Finish the actions that are overdue", "Each finished action says what it achieved."},
	"IMP-R03": {
		"Deal with what is open past its day",
		"Cause found, put right, looked at again; those concerned were told.",
	},
	"IMP-R04": {
		"Hold an internal audit",
		"By somebody who does not run the workflow, against the policy and the standard.",
	},
	"IMP-R05": {
		"Hold a management review",
		"Those who can decide about money and people saw the results and decided something.",
	},
	"IMP-R06": {
		"Record and review each change",
		"Tests were run again before the change; the log's versions match the records.",
	},
	"IMP-R07": {"Find out why outcomes changed", "The change has a known reason, or the workflow is assessed again."},
	"IMP-R08": {
		"Find out what is missing in the log",
		"Numbers without gaps, counts that match the platform's, nothing altered since.",
	},
	"IMP-R09": {
		"Complete the Statement of Applicability",
		"Each control has a reason, an owner and what is still missing, approved by somebody senior.",
	},
}

// notShown is what a rule that rests on runs asks for where the log does not show
// whether it is held: it accuses nobody of anything.
var notShown = map[string]string{
	"RSK-R11": "Have the log say which group each case is of",
	"OVR-R03": "Have the log show what was decided before it left",
	"OVR-R04": "Have the log name who decided",
	"OVR-R05": "Have the log name who prepared each case",
	"OVR-R06": "Have the log say when each case was ready",
	"OVR-R07": "Have the log say what the AI proposed",
	"OVR-R08": "Have the log keep the order and the reasons",
	"OVR-R10": "Have the log show which gate each run reached",
	"OVR-R12": "Have the log show who was asked and who answered",
	"OVR-R13": "Have the log show what came before a person",
	"TRN-R05": "Have the log keep what the AI wrote and why",
	"TRN-R06": "Have the log name the tools and sources used",
	"IMP-R06": "Have the log say which version ran",
	"IMP-R07": "Have the log say what came out",
	"IMP-R08": "Have the log number its runs",
}
