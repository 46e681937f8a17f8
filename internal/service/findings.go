package service

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/imported"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/prose"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// FindingSummary is what one test found in one workflow, at one gate.
type FindingSummary struct {
	WorkflowRef  string             `json:"workflow_ref"`
	WorkflowName string             `json:"workflow_name"`
	Code         string             `json:"code"`
	Title        string             `json:"title"`
	Severity     oversight.Severity `json:"severity"`
	Question     bool               `json:"question"`
	Gate         string             `json:"gate"`
	GateTitle    string             `json:"gate_title"`
	All          int64              `json:"all"`
	Open         int64              `json:"open"`
	Explained    int64              `json:"explained"`
	Accepted     int64              `json:"accepted"`
	Actioned     int64              `json:"actioned"`
}

// Untested is a test that could not be made, and why.
type Untested struct {
	WorkflowRef string `json:"workflow_ref"`
	Code        string `json:"code"`
	Title       string `json:"title"`
	Gate        string `json:"gate"`
	Why         string `json:"why"`
}

// FindingsView is what the imported runs show.
type FindingsView struct {
	Findings []FindingSummary `json:"findings"`
	Untested []Untested       `json:"untested"`
	Tests    []oversight.Test `json:"tests"`
}

// Findings sums what the imported runs show, of one workflow or of all.
func (s *Service) Findings(ctx context.Context, name string) (FindingsView, error) {
	v := FindingsView{Findings: []FindingSummary{}, Untested: []Untested{}, Tests: oversight.Tests}
	err := s.readView(ctx, func(view *View) error {
		list := view.workflows
		if name != "" {
			wf, err := store.Workflows.Get(ctx, view.r, name)
			if err != nil {
				return err
			}
			list = []workflow.Workflow{*wf}
		}
		for _, wf := range list {
			figures, err := view.runFiguresOf(ctx, &wf)
			if err != nil {
				return err
			}
			for _, c := range figures.counts {
				t := oversight.TestOf(c.Code)
				g, _ := wf.Gate(c.Gate)
				v.Findings = append(
					v.Findings,
					FindingSummary{
						WorkflowRef:  wf.Ref,
						WorkflowName: wf.Name,
						Code:         string(c.Code),
						Title:        t.Title,
						Severity:     t.Severity,
						Question:     t.Question,
						Gate:         c.Gate,
						GateTitle:    g.Title,
						All:          c.All,
						Open:         c.Status[imported.StatusOpen],
						Explained:    c.Status[imported.StatusExplained],
						Accepted:     c.Status[imported.StatusAccepted],
						Actioned:     c.Status[imported.StatusActioned],
					},
				)
			}
			notRun, err := view.notRun(ctx, &wf)
			if err != nil {
				return err
			}
			for _, n := range notRun {
				v.Untested = append(
					v.Untested,
					Untested{wf.Ref, string(n.Code), oversight.TestOf(n.Code).Title, n.Gate, n.Why},
				)
			}
		}
		return nil
	})
	return v, err
}

// FindingQuery chooses findings of one workflow.
type FindingQuery struct {
	Workflow string     `json:"workflow"`
	Code     string     `json:"code"`
	Gate     string     `json:"gate"`
	Status   string     `json:"status"`
	From     civil.Date `json:"from"`
	To       civil.Date `json:"to"`
	After    string     `json:"after"`
	Limit    int        `json:"limit"`
}

func (q FindingQuery) filter(ctx context.Context, r *store.Reader) (runs.FindingFilter, *workflow.Workflow, error) {
	wf, err := store.Workflows.Get(ctx, r, q.Workflow)
	if err != nil {
		return runs.FindingFilter{}, nil, err
	}
	return runs.FindingFilter{
		WorkflowID: wf.ID,
		Code:       oversight.Code(q.Code),
		Gate:       q.Gate,
		Status:     imported.Status(q.Status),
		Period:     imported.Period{From: q.From, To: q.To},
		After:      q.After,
		Limit:      q.Limit,
	}, wf, nil
}

// FindingList lists findings one by one, each with its run and the place in
// the imported file.
func (s *Service) FindingList(ctx context.Context, q FindingQuery) (page imported.Page[imported.Finding], err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		f, wf, err := q.filter(ctx, r)
		if err != nil {
			return err
		}
		page, err = runs.Findings(ctx, r.SQL, f, s.today())
		heldTo(wf, page.Items)
		return err
	})
	return page, err
}

// Decision is what a person says of findings.
type Decision struct {
	FindingQuery                // which ones, unless IDs names them
	IDs          []string       `json:"ids"`
	Decide       string         `json:"decide"` // explained, accepted, actioned, open
	Why          string         `json:"why"`
	Class        review.Class   `json:"class"`   // of a fact: why it is explained
	Link         string         `json:"link"`    // of a fact: reference of the record or document that shows it
	Officer      string         `json:"officer"` // of a question: whose answer it is, a person's reference or an account
	Expires      civil.Date     `json:"expires"` // accepted: the last day
	Action       *review.Action `json:"action"`  // actioned: the action to raise
	// Approver is the second person, a reference, who approves the explanation of a
	// fact, or who accepts; with their passphrase the approval carries their own
	// signature, without it the record says who typed it in.
	Approver           string `json:"approver"`
	ApproverPassphrase string `json:"approver_passphrase"`
}

// DecideFindings explains findings, accepts them until a day, turns them into
// an action, or opens them again: all that the query chooses, or those named. A
// fact needs the class of its reason, a record that shows it, and a second
// person; a question needs the officer's answer; an acceptance needs both people.
func (s *Service) DecideFindings(ctx context.Context, d Decision) (out imported.Disposition, err error) {
	err = s.change(
		ctx,
		doing{
			action:  "finding." + word(d.Decide),
			subject: d.Workflow,
			reason:  d.Why,
			may:     organisation.ActionExplain,
			summary: "Decided about findings",
		},
		func(t *store.Tx) error {
			f, wf, err := d.filter(ctx, &t.Reader)
			if err != nil {
				return err
			}
			x := imported.Disposition{
				ID:      id.New(),
				Status:  imported.Status(d.Decide),
				Why:     d.Why,
				By:      s.SignedIn().Name,
				At:      s.clock().UTC().Truncate(time.Millisecond), // as it is kept: an approval covers it
				Expires: d.Expires,
				Basis: review.Basis{
					Class: d.Class, Link: strings.TrimSpace(d.Link), Officer: strings.TrimSpace(d.Officer),
				},
			}
			if x.Status == imported.StatusActioned {
				a, err := s.raise(ctx, t, d, wf)
				if err != nil {
					return err
				}
				x.ActionID, x.Basis.Class, x.Basis.Link = a.ID, review.ClassDealtWith, a.Ref
			}
			out, err = runs.Dispose(ctx, t.SQL, f, d.IDs, x, func(x *imported.Disposition, about []runs.About) error {
				return s.restOn(ctx, &t.Reader, d, wf, x, about)
			})
			if err != nil {
				return err
			}
			t.Entry().Subject = wf.Ref
			t.Entry().Summary = oneLine(
				prose.Count(
					out.Findings,
					"finding",
				) + " " + d.Code + " of " + refAndName(
					wf.Ref,
					wf.Name,
				) + " " + map[string]string{
					"explained": "explained", "accepted": "accepted", "actioned": "turned into an action",
					"open": "opened again",
				}[d.Decide],
			)
			if a := out.Basis.Approval; !a.IsZero() {
				t.Entry().Summary = oneLine(t.Entry().Summary + ", " + a.Words())
			}
			return nil
		},
	)
	return out, err
}

// raise keeps the action that findings are turned into.
func (s *Service) raise(ctx context.Context, t *store.Tx, d Decision, wf *workflow.Workflow) (review.Action, error) {
	if d.Action == nil {
		return review.Action{}, fault.Invalid("action", "Say what will be done, by whom and by when.")
	}
	a := *d.Action
	a.Status, a.Raised, a.WorkflowID = review.ActionOpen, s.today(), wf.ID
	a.Source = review.Subject{Kind: review.SubjectFinding, Ref: d.Code + " " + wf.Ref}
	err := save(ctx, t, store.Actions, id.Action, &a, review.Action.Validate)
	return a, err
}

// restOn checks what a disposition of findings of these tests and gates rests on,
// and has the second person approve it.
func (s *Service) restOn(
	ctx context.Context,
	r *store.Reader,
	q Decision,
	wf *workflow.Workflow,
	x *imported.Disposition,
	about []runs.About,
) error {
	facts, questions := false, false
	gates := map[string]bool{} // that are asked about
	for _, a := range about {
		if oversight.TestOf(a.Code).Question {
			questions = true
			gates[a.Gate] = true
		} else {
			facts = true
		}
	}
	second := facts // a second person is asked for
	switch x.Status {
	case imported.StatusOpen:
		x.Basis = review.Basis{}
		return nil
	case imported.StatusActioned:
		if lacks := review.SaysSomething(x.Why); lacks != "" {
			return fault.Invalid("why", lacks)
		}
		second = q.Approver != "" // until it is done it settles nothing
	case imported.StatusAccepted:
		if !x.Expires.Valid() {
			return fault.Invalid("expires", "There is no such day; enter a real date, such as 31 3 2026.")
		}
		if s.today().AddMonths(12).Before(x.Expires) {
			return fault.Invalid("expires", "An acceptance holds for at most twelve months; enter an earlier day.")
		}
		second = true
		if facts && x.Basis.Class == "" {
			x.Basis.Class = review.ClassException
		}
		if err := x.Basis.Check(x.Why, facts, false); err != nil {
			return err
		}
	default:
		if err := x.Basis.Check(x.Why, facts, questions); err != nil {
			return err
		}
		second = second || q.Approver != ""
	}
	if err := s.concerns(ctx, r, wf, x.Basis.Link); err != nil {
		return err
	}
	if x.Basis.Officer != "" && len(gates) == 0 {
		gates[""] = true // whoever is named has to be an officer, also where nobody is asked for
	}
	for _, gate := range slices.Sorted(maps.Keys(gates)) {
		if err := s.officer(ctx, r, wf, gate, x.Basis.Officer); err != nil {
			return err
		}
	}
	if !second {
		return nil
	}
	content, err := x.Content()
	if err != nil {
		return err
	}
	may := organisation.ActionAcceptFinding
	if x.Status != imported.StatusAccepted && q.Approver != "" {
		if p, err := store.People.Get(ctx, r, q.Approver); err == nil && p.May(organisation.ActionReview) == nil {
			may = organisation.ActionReview // a reviewer may agree to an explanation, an approver to anything
		}
	}
	what := fmt.Sprintf("%s of %s %s in %s", map[imported.Status]string{
		imported.StatusExplained: "explanation",
		imported.StatusAccepted:  "acceptance",
		imported.StatusActioned:  "action on",
	}[x.Status], prose.Count(x.Findings, "finding"), joined(about), wf.Ref)
	x.Basis.Approval, err = s.approve(
		ctx, r, ApprovalRequest{Approver: q.Approver, Passphrase: q.ApproverPassphrase}, may, what, content,
		s.personID(),
	)
	return err
}

// joined are the tests that findings are of, each once.
func joined(about []runs.About) string {
	var out []string
	for _, a := range about {
		if !slices.Contains(out, string(a.Code)) {
			out = append(out, string(a.Code))
		}
	}
	return strings.Join(out, " ")
}

// concerns looks up the record that an explanation points to, which has to be
// about the workflow or about the organisation as a whole. Errors: invalid.
func (s *Service) concerns(ctx context.Context, r *store.Reader, wf *workflow.Workflow, link string) error {
	if link == "" {
		return nil
	}
	about, other := false, ""
	of := func(workflowID string, links ...review.Subject) error { // what a record says of itself
		about = workflowID == "" || workflowID == wf.ID
		if !about {
			other = workflowID
		}
		for _, x := range links {
			workflows, err := subjectOf(ctx, r, x)
			switch {
			case err != nil:
				return err
			case slices.Contains(workflows, "") || slices.Contains(workflows, wf.ID): // beside others
				about = true
				return nil
			case workflowID == "" && len(workflows) > 0:
				about, other = false, workflows[0]
			}
		}
		return nil
	}
	for _, get := range []func() error{
		func() error {
			x, err := store.Records.Get(ctx, r, link)
			if err != nil {
				return err
			}
			return of(x.WorkflowID, x.Links...)
		},
		func() error {
			x, err := store.Documents.Get(ctx, r, link)
			if err != nil {
				return err
			}
			if err := of("", x.Links...); err != nil || len(x.Links) > 0 {
				return err
			}
			return fault.Invalid("link", refAndName(x.Ref, x.Title)+" is linked to nothing: link the document to "+
				wf.Ref+" or to the organisation first, or name another one.")
		},
		func() error {
			x, err := store.Actions.Get(ctx, r, link)
			if err != nil {
				return err
			}
			return of(x.WorkflowID)
		},
		func() error {
			x, err := store.Reviews.Get(ctx, r, link)
			if err != nil {
				return err
			}
			if x.WorkflowID == "" && x.PolicyID != "" {
				return of("", review.Subject{Kind: review.SubjectPolicy, Ref: x.PolicyID})
			}
			return of(x.WorkflowID)
		},
	} {
		err := get()
		switch {
		case fault.CodeOf(err) == fault.CodeNotFound:
			continue
		case err != nil || about:
			return err
		}
		if x, err := store.Workflows.Find(ctx, r, other); err == nil && x != nil {
			other = refAndName(x.Ref, x.Name)
		}
		return fault.Invalid("link", link+" is about "+other+" and not about "+wf.Ref+": name a record of this "+
			"workflow or of the organisation as a whole.")
	}
	return fault.Invalid("link", "There is no record, document, action or review "+link+".")
}

// subjectOf are the workflows that a thing is about which a record points to, by
// their identifiers, with "" for the organisation as a whole; none where the thing
// says nothing of it.
func subjectOf(ctx context.Context, r *store.Reader, x review.Subject) ([]string, error) {
	workflowOf := func(name string) ([]string, error) {
		w, err := store.Workflows.Find(ctx, r, name)
		if err != nil || w == nil {
			return nil, err
		}
		return []string{w.ID}, nil
	}
	switch x.Kind {
	case review.SubjectWorkflow:
		return workflowOf(x.Ref)
	case review.SubjectOrganisation:
		return []string{""}, nil
	case review.SubjectFinding:
		return workflowOf(x.Ref[strings.LastIndexByte(x.Ref, ' ')+1:])
	case review.SubjectPolicy:
		p, err := store.Policies.Find(ctx, r, x.Ref)
		switch {
		case err != nil || p == nil:
			return nil, err
		case len(p.Links) == 0:
			return []string{""}, nil
		}
		var out []string
		for _, l := range p.Links {
			out = append(out, l.WorkflowID)
		}
		return out, nil
	case review.SubjectAssessment, review.SubjectRisk:
		list, err := store.Assessments.List(ctx, r)
		for _, a := range list {
			if a.Ref == x.Ref || slices.ContainsFunc(a.Risks, func(y risk.Risk) bool { return y.Ref == x.Ref }) {
				return []string{a.WorkflowID}, nil
			}
		}
		return nil, err
	case review.SubjectRecord:
		y, err := store.Records.Find(ctx, r, x.Ref)
		if err != nil || y == nil {
			return nil, err
		}
		return []string{y.WorkflowID}, nil
	case review.SubjectReview:
		y, err := store.Reviews.Find(ctx, r, x.Ref)
		if err != nil || y == nil || y.WorkflowID == "" {
			return nil, err
		}
		return []string{y.WorkflowID}, nil
	case review.SubjectSource:
		src, err := runs.GetSource(ctx, r.SQL, x.Ref)
		if fault.CodeOf(err) == fault.CodeNotFound {
			return nil, nil
		}
		return []string{src.WorkflowID}, err
	}
	return nil, nil // a gate, a control, a person, a certificate: nothing by itself
}

// officer checks whose answer to a question it is: an officer of the gate that is
// asked about, by account or name, or a person of the register who is one of them.
// Officers of a gate are those whom it names, or ever named; where it names none,
// and of a question that is about no gate, those of the roster and persons with the
// duty of officer. Who is at the keyboard answers for no officer. Errors: invalid.
func (s *Service) officer(ctx context.Context, r *store.Reader, wf *workflow.Workflow, gate, name string) error {
	if name == "" {
		return nil
	}
	who := organisation.Person{Name: name, Accounts: []string{name}}
	p, err := store.People.Find(ctx, r, name)
	if err != nil {
		return err
	}
	if p != nil {
		who = *p
	}
	officers, named := officersOf(wf, gate)
	known := !named && p != nil && slices.Contains(p.Duties, organisation.DutyOfficer)
	for _, one := range officers {
		if organisation.SamePerson(one, who) {
			known = true
			if p == nil {
				who = one
			}
		}
	}
	switch {
	case !known && named:
		return fault.Invalid("officer", name+" is no officer of the gate "+strconv.Quote(gate)+": name one of the "+
			"officers whom this gate names, and answer for each gate apart.")
	case !known:
		return fault.Invalid("officer", name+" is no officer of this workflow: name one of its officers, or a "+
			"person with the duty of officer.")
	}
	if at := s.SignedIn(); at != nil && organisation.SamePerson(*at, who) {
		return fault.Invalid("officer", at.Name+" writes this down and cannot be the officer who answers; name "+
			"the officer who decided.")
	}
	return nil
}

// officersOf are the people who decide, or decided, at a gate of a workflow, and
// whether the gate names them; empty gate: at any.
func officersOf(wf *workflow.Workflow, gate string) (out []organisation.Person, named bool) {
	person := func(w *workflow.Workflow, account string) {
		l, ok := w.Login(account)
		if ok && l.Kind != workflow.LoginOfficer {
			return
		}
		out = append(out, organisation.Person{Name: l.Name, Accounts: []string{account}})
	}
	held, _ := wf.Held()
	for _, w := range append(held, wf) {
		for _, g := range w.Gates {
			if gate != "" && g.Key != gate {
				continue
			}
			for _, account := range g.Officers {
				named = named || gate != ""
				person(w, account)
			}
		}
	}
	if named {
		return out, true
	}
	for _, w := range append(held, wf) {
		for _, l := range w.Roster {
			person(w, l.Account)
		}
	}
	return out, false
}

// word keeps an action's name well formed whatever was asked for; what was
// asked for is refused later, with a sentence.
func word(s string) string {
	switch s {
	case "explained", "accepted", "actioned", "open":
		return s
	}
	return "decide"
}

// RunQuery chooses runs of one workflow.
type RunQuery struct {
	Workflow string     `json:"workflow"`
	From     civil.Date `json:"from"`
	To       civil.Date `json:"to"`
	Outcome  string     `json:"outcome"`
	Segment  string     `json:"segment"`
	Code     string     `json:"code"`
	Gate     string     `json:"gate"`
	Source   string     `json:"source"` // reference of an import
	After    string     `json:"after"`
	Limit    int        `json:"limit"`
}

// Runs lists runs, newest first.
func (s *Service) Runs(ctx context.Context, q RunQuery) (page imported.Page[imported.Run], err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		wf, err := store.Workflows.Get(ctx, r, q.Workflow)
		if err != nil {
			return err
		}
		f := runs.Filter{
			WorkflowID: wf.ID,
			Period:     imported.Period{From: q.From, To: q.To},
			Outcome:    q.Outcome,
			Segment:    q.Segment,
			Code:       oversight.Code(q.Code),
			Gate:       q.Gate,
			After:      q.After,
			Limit:      q.Limit,
		}
		if q.Source != "" {
			src, err := runs.GetSource(ctx, r.SQL, q.Source)
			if err != nil {
				return err
			}
			f.SourceID = src.ID
		}
		page, err = runs.List(ctx, r.SQL, f)
		return err
	})
	return page, err
}

// Run is one run whole: what it did, step by step, its decisions, what was
// found about it, and where each fact stands in the imported file.
func (s *Service) Run(ctx context.Context, workflow, runID string) (out imported.Whole, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		wf, err := store.Workflows.Get(ctx, r, workflow)
		if err != nil {
			return err
		}
		out, err = runs.Get(ctx, r.SQL, wf.ID, runID, s.today())
		heldTo(wf, out.Findings)
		return err
	})
	return out, err
}
