package report

import (
	"fmt"
	"strings"
)

// asked is a question that an auditor asks, the place where the pack answers it, and
// what is found there in a few words.
type asked struct {
	text   string
	anchor string
	says   func(*EvidencePack) string
}

// auditorsAsk are the questions of a lead auditor, a data protection officer and a
// monitoring officer. Each leads to a place that every pack has.
var auditorsAsk = []asked{
	{"Who signed this pack, and how do I see that nothing was changed?", "check", func(p *EvidencePack) string {
		return "Prepared by " + person(p.Assessor) + "; four steps, none of which needs Assay."
	}},
	{"What is missing, in one list?", "gaps", func(p *EvidencePack) string {
		return count(int64(len(p.Gaps)), "gap", "gaps") + "."
	}},
	{"What does the management system cover?", clauseAnchor("4.3"), ofClause("4.3")},
	{"Which issues matter, and who is concerned?", clauseAnchor("4.1"), ofClause("4.1")},
	{"When were issues and parties looked at last?", ruleAnchor("SYS-01"), ofRule("SYS-01")},
	{"How is the management system run and documented?", clauseAnchor("4.4"), ofClause("4.4")},
	{"How does the top stand behind it?", clauseAnchor("5.1"), ofClause("5.1")},
	{"Which AI policy is in force, and who approved it with what authority?", "policies", func(p *EvidencePack) string {
		for _, q := range p.Policies {
			if q.ApprovedBy != "" {
				return fmt.Sprintf("%s version %s; approval: %s. And %s.", q.Ref, q.Version, q.ApprovedBy,
					count(int64(len(p.Policies)-1), "other policy", "other policies"))
			}
		}
		return "Missing: no approved policy."
	}},
	{"Who has which role and authority?", clauseAnchor("5.3"), ofClause("5.3")},
	{"Was the power to decide delegated?", ruleAnchor("SYS-12"), ofRule("SYS-12")},
	{"How are risks rated, and from which score are they too much?", "risk method", func(p *EvidencePack) string {
		return fmt.Sprintf("Scales of five steps; appetite %d.", p.Appetite)
	}},
	{"Which process assesses AI risks?", clauseAnchor("6.1.2"), ofClause("6.1.2")},
	{"Which process treats them, and who accepted what is left?", clauseAnchor("6.1.3"), ofClause("6.1.3")},
	{"Was the impact on people assessed?", clauseAnchor("6.1.4"), ofClause("6.1.4")},
	{"Which controls apply, and why or why not?", "soa", func(p *EvidencePack) string {
		n := 0
		for _, s := range p.Statements {
			n += len(s.Controls)
		}
		return fmt.Sprintf("%d controls in %s.", n, count(int64(len(p.Statements)), "statement", "statements"))
	}},
	{"Where does what is declared differ from what is held?", "soa", func(p *EvidencePack) string {
		var out []string
		for _, s := range p.Statements {
			for _, c := range s.Controls {
				if c.Differs != "" {
					out = append(out, c.ID)
				}
			}
		}
		if len(out) == 0 {
			return "Nowhere."
		}
		return strings.Join(out, ", ") + "."
	}},
	{"Which objectives are set, and what is their measured value?", ruleAnchor("SYS-02"), ofRule("SYS-02")},
	{"How are changes planned?", clauseAnchor("6.3"), ofClause("6.3")},
	{"Which resources are there?", clauseAnchor("7.1"), ofClause("7.1")},
	{"Who is competent to decide with AI?", clauseAnchor("7.2"), ofClause("7.2")},
	{"Who is competent to assess and to audit it?", ruleAnchor("SYS-10"), ofRule("SYS-10")},
	{"Do staff know the policy?", clauseAnchor("7.3"), ofClause("7.3")},
	{"Who is told what?", clauseAnchor("7.4"), ofClause("7.4")},
	{"How are documents kept and controlled?", clauseAnchor("7.5.3"), ofClause("7.5.3")},
	{"Which assessments are named but not held?", ruleAnchor("SYS-08"), ofRule("SYS-08")},
	{"Where do people decide, and did processes run as planned?", clauseAnchor("8.1"), ofClause("8.1")},
	{"Which AI risk assessments were carried out, by whom?", clauseAnchor("8.2"), ofClause("8.2")},
	{"Are treatments in place?", clauseAnchor("8.3"), ofClause("8.3")},
	{"What is measured, and with what result?", clauseAnchor("9.1"), ofClause("9.1")},
	{"Which file does the run evidence come from, and is it the one that was imported?", "run evidence",
		func(p *EvidencePack) string {
			if len(p.Sources) == 0 {
				return "Missing: no file was imported."
			}
			return count(int64(len(p.Sources)), "file", "files") + ", each with its SHA-256."
		}},
	{"Which law was in force on the days of the runs?", "law", func(p *EvidencePack) string {
		if len(p.Law) == 0 {
			return "None that is recorded here changed within the period of the runs."
		}
		return count(int64(len(p.Law)), "day", "days") + " on which it changed."
	}},
	{"What did tests on runs find, in which run and line?", "findings", func(p *EvidencePack) string {
		return count(int64(len(p.Findings)), "group of findings", "groups of findings") + "."
	}},
	{"Did anything leave without a decision first?", clauseAnchor("A.9.3"), ofControl("A.9.3")},
	{"Did only those decide who may?", clauseAnchor("A.3.2"), ofControl("A.3.2")},
	{"Are the event logs whole?", clauseAnchor("A.6.2.8"), ofControl("A.6.2.8")},
	{"Is there an audit programme?", ruleAnchor("SYS-03"), ofRule("SYS-03")},
	{"What did the last internal audit look at, and find?", clauseAnchor("9.2.1"), ofClause("9.2.1")},
	{"Was the auditor independent?", ruleAnchor("SYS-04"), ofRule("SYS-04")},
	{"What did the management review have before it?", ruleAnchor("SYS-05"), ofRule("SYS-05")},
	{"What did it decide, and what came of it?", ruleAnchor("SYS-06"), ofRule("SYS-06")},
	{"Which nonconformities are there, with which cause, and did the correction work?", ruleAnchor("SYS-07"),
		ofRule("SYS-07")},
	{"What is being improved?", clauseAnchor("10.1"), ofClause("10.1")},
	{"Which actions are open, whose, until when?", "actions", func(p *EvidencePack) string {
		open := 0
		for _, a := range p.Actions {
			if a.Status == "open" {
				open++
			}
		}
		return fmt.Sprintf("%d of %s open.", open, count(int64(len(p.Actions)), "action", "actions"))
	}},
	{"Which reviews were held, and which are overdue?", "reviews", func(p *EvidencePack) string {
		late := 0
		for _, r := range p.Reviews {
			if r.Overdue {
				late++
			}
		}
		return fmt.Sprintf("%s, %d overdue.", count(int64(len(p.Reviews)), "entry", "entries"), late)
	}},
	{"How can staff raise a concern?", clauseAnchor("A.3.3"), ofControl("A.3.3")},
	{"How are complaints about data answered?", ruleAnchor("SYS-11"), ofRule("SYS-11")},
	{"Was each workflow tested before use?", clauseAnchor("A.6.2.4"), ofControl("A.6.2.4")},
	{"Who decided that it goes live?", clauseAnchor("A.6.2.5"), ofControl("A.6.2.5")},
	{"What has the supplier shown, and for which version?", clauseAnchor("A.10.3"), ofControl("A.10.3")},
	{"What is built in house, and how is it documented?", ruleAnchor("SYS-09"), ofRule("SYS-09")},
	{"What are residents told, and how can they challenge it?", clauseAnchor("A.10.4"), ofControl("A.10.4")},
	{"Do outcomes differ between groups?", clauseAnchor("A.5.4"), ofControl("A.5.4")},
	{"What does a certification to ISO/IEC 27001 already give?", "beside", func(p *EvidencePack) string {
		if len(p.Shared) == 0 {
			return "Missing: the pack does not compare."
		}
		return fmt.Sprintf("%s shared; control by control what is left.",
			count(int64(len(p.Shared)), "clause", "clauses"))
	}},
	{"Which documents are in the pack, and under which digest?", "evidence", func(p *EvidencePack) string {
		in := 0
		for _, e := range p.Evidence {
			if e.File != "" {
				in++
			}
		}
		return fmt.Sprintf("%d of %s.", in, count(int64(len(p.Evidence)), "document", "documents"))
	}},
}

// ofClause says how far a clause is held, and how much is missing.
func ofClause(id string) func(*EvidencePack) string {
	return func(p *EvidencePack) string {
		for _, c := range p.Clauses {
			if c.ID == id {
				return heldWords(c.Held, len(c.Missing))
			}
		}
		return "Missing: the clause is not in this pack."
	}
}

// ofControl says the same of a control of ISO/IEC 42001.
func ofControl(id string) func(*EvidencePack) string {
	return func(p *EvidencePack) string {
		if len(p.Statements) > 0 {
			for _, c := range p.Statements[0].Controls {
				if c.ID == id {
					return heldWords(c.Held, len(c.Missing))
				}
			}
		}
		return "Missing: the control is not in this pack."
	}
}

func heldWords(held string, missing int) string {
	s := upperFirst(or(held, "nothing is held"))
	if missing > 0 {
		s += "; missing: " + count(int64(missing), "thing", "things")
	}
	return s + "."
}

// ofRule says how a rule of the management system stands, and why.
func ofRule(code string) func(*EvidencePack) string {
	return func(p *EvidencePack) string {
		for _, r := range p.System {
			if r.Code == code {
				return r.State.Words() + ": " + brief(r.Reason, 140)
			}
		}
		return "Missing: the rule is not answered in this pack."
	}
}

// ask puts the questions to the pack.
func (p *EvidencePack) ask() []AuditorQuestion {
	var out []AuditorQuestion
	for _, q := range auditorsAsk {
		out = append(out, AuditorQuestion{Text: q.text, Anchor: q.anchor, Says: q.says(p)})
	}
	return out
}
