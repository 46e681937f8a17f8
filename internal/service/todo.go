package service

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/standard"
	"assay/internal/workflow"
)

// TodoQuery chooses what is to be done; what is empty chooses everything.
type TodoQuery struct {
	Owner    string        `json:"owner"`    // name of a person
	Area     standard.Area `json:"area"`     // of what stands in the way of a requirement
	Blocking bool          `json:"blocking"` // only what stands in the way of a certificate
	Workflow string        `json:"workflow"` // reference
	All      string        `json:"all"`      // key of the group whose items are all wanted
}

// Todo is everything that waits, over every workflow that is not retired, by its cause.
type Todo struct {
	Groups   []TodoGroup `json:"groups"` // what blocks a certificate first, then what is overdue, then by how much waits
	Items    int         `json:"items"`
	Standing Standing    `json:"standing"`
	Owners   []string    `json:"owners"` // people for whom something waits, by name
	Part     bool        `json:"part"`   // the register holds some of the organisation's workflows only
}

// Standing says how the workflows stand, for a sentence.
type Standing struct {
	Live    int `json:"live"`
	Blocked int `json:"blocked"` // live ones that no certificate can be issued for
	Reasons int `json:"reasons"` // blocking requirements that these do not meet
	// Coming and its Blocked count those that are not live and not retired.
	Coming        int `json:"coming"`
	ComingBlocked int `json:"coming_blocked"`
	Overdue       int `json:"overdue"` // reviews, actions, policies and the like whose day has passed
}

// TodoGroup is what has one cause.
type TodoGroup struct {
	Key      string        `json:"key"`  // code of the requirement, or "due/" and a kind of Due
	Kind     string        `json:"kind"` // "requirement", or the kind of Due
	Task     string        `json:"task"` // of a requirement, in a few words
	Area     standard.Area `json:"area"` // of a requirement
	Count    int           `json:"count"`
	Blocking int           `json:"blocking"` // of these, that stand in the way of a certificate
	Overdue  int           `json:"overdue"`
	Answers  int           `json:"answers"` // requirements that doing it answers beside its own
	Items    []TodoItem    `json:"items"`   // the first few, or all where they were asked for
}

// TodoItem is one thing to do.
type TodoItem struct {
	WorkflowRef  string             `json:"workflow_ref"` // empty: for the whole organisation
	WorkflowName string             `json:"workflow_name"`
	Lifecycle    workflow.Lifecycle `json:"lifecycle"`
	Owner        string             `json:"owner"`
	Why          string             `json:"why"`      // what stands in the way, or the title of what is due
	Where        string             `json:"where"`    // assurance.Result's, of a requirement
	Subjects     []string           `json:"subjects"` // references of the records that it is about
	Blocking     bool               `json:"blocking"`
	Answers      int                `json:"answers"`
	Day          civil.Date         `json:"day"`
	Days         int                `json:"days"`    // until the day; negative when it has passed
	InHand       *InHand            `json:"in_hand"` // the open action that was raised for a requirement; null: none
}

// InHand is somebody who does something by a day.
type InHand struct {
	Ref   string     `json:"ref"` // of the action
	Owner string     `json:"owner"`
	Due   civil.Date `json:"due"`
}

const (
	todoShown = 5  // items of a group that are given unasked
	todoDays  = 30 // from how many days before its day something waits
)

// Todo gathers what waits: requirements that do not stand, grouped by what would
// meet them, and what is due. What is unmet only because a workflow has no runs is one
// item, and so is what is done once for the whole organisation.
func (s *Service) Todo(ctx context.Context, q TodoQuery) (v Todo, err error) {
	err = s.readViewWithRuns(ctx, func(view *View) error {
		v, err = view.todo(ctx, q)
		return err
	})
	return v, err
}

func (view *View) todo(ctx context.Context, q TodoQuery) (Todo, error) {
	due, err := view.agenda(ctx)
	if err != nil {
		return Todo{}, err
	}
	g := waiting{view: view, q: q, groups: map[string]*TodoGroup{}, owners: map[string]bool{}, late: map[string]int{}}
	g.v.Part = view.part
	for _, d := range due {
		if d.Overdue {
			g.late[d.Ref] = 0
			g.v.Standing.Overdue++
		}
	}
	if err := g.requirements(ctx); err != nil {
		return g.v, err
	}
	for _, d := range due {
		if d.Days > todoDays {
			break // they stand by day
		}
		g.due(d)
	}
	g.v.Groups = sortedGroups(g.groups, q.All)
	g.v.Owners = []string{}
	for name := range g.owners {
		if name != "" {
			g.v.Owners = append(g.v.Owners, name)
		}
	}
	slices.Sort(g.v.Owners)
	return g.v, nil
}

// waiting gathers what waits into groups.
type waiting struct {
	view   *View
	q      TodoQuery
	v      Todo
	groups map[string]*TodoGroup
	owners map[string]bool
	late   map[string]int // requirements that wait for what is overdue, by the reference of that
}

// add puts an item into its group, if it is asked for.
func (g *waiting) add(group TodoGroup, x TodoItem) {
	q := g.q
	g.owners[x.Owner] = true
	switch {
	case q.Owner != "" && x.Owner != q.Owner, q.Area != "" && group.Area != q.Area, q.Blocking && !x.Blocking,
		q.Workflow != "" && x.WorkflowRef != q.Workflow:
		return
	}
	into := g.groups[group.Key]
	if into == nil {
		into = &group
		g.groups[group.Key] = into
	}
	into.Count++
	into.Answers += x.Answers
	if x.Blocking {
		into.Blocking++
	}
	if x.Days < 0 {
		into.Overdue++
	}
	into.Items = append(into.Items, x)
	g.v.Items++
}

// requirements are those that do not stand, of each workflow. What is done once for
// the organisation is one item, however many workflows wait for it.
func (g *waiting) requirements(ctx context.Context) error {
	once := map[string]*TodoItem{} // by code
	var shared []TodoGroup
	for i := range g.view.workflows {
		wf := &g.view.workflows[i]
		if wf.Lifecycle == workflow.LifecycleRetired {
			continue
		}
		f, rep, err := g.view.judge(ctx, wf)
		if err != nil {
			return err
		}
		g.v.Standing.count(wf, rep)
		for _, res := range causes(rep.Unmet(), f.Runs.Total == 0) {
			if !res.Blocking && onlyLate(res.Subjects, g.late) {
				continue // it stands among what is due, with its day
			}
			everywhere := res.Where == "organisation" || res.Where == "standards"
			group, x := g.requirement(wf, res, everywhere)
			if !everywhere {
				x.WorkflowRef, x.WorkflowName, x.Lifecycle = wf.Ref, wf.Name, wf.Lifecycle
				g.add(group, x)
			} else if once[res.Code] == nil {
				x.Owner = ""
				once[res.Code] = &x
				shared = append(shared, group)
			}
		}
	}
	for _, group := range shared {
		g.add(group, *once[group.Key])
	}
	return nil
}

// requirement is one that a workflow does not meet; one that is met once for the whole
// organisation is in hand where the organisation has an action for it.
func (g *waiting) requirement(wf *workflow.Workflow, res cause, everywhere bool) (TodoGroup, TodoItem) {
	group := TodoGroup{Key: res.Code, Kind: "requirement", Task: cmp.Or(res.Task, res.Title), Area: res.Area}
	x := TodoItem{
		Owner:    g.view.personName(wf.OwnerID),
		Why:      strings.TrimSpace(res.Reason + " " + res.Remedy),
		Where:    res.Where,
		Subjects: res.Subjects,
		Blocking: res.Blocking,
		Answers:  res.answers,
	}
	of := wf.ID
	if everywhere {
		of = ""
	}
	if a := inHand(g.view.actions, res.Code, of); a != nil {
		x.InHand = &InHand{Ref: a.Ref, Owner: g.view.personName(a.OwnerID), Due: a.Due}
	}
	return group, x
}

// due adds what has a day.
func (g *waiting) due(d Due) {
	x := TodoItem{
		Owner:    d.Owner,
		Answers:  g.late[d.Ref],
		Why:      d.Title,
		Subjects: []string{d.Ref},
		Day:      d.Day,
		Days:     d.Days,
	}
	for i := range g.view.workflows {
		if wf := &g.view.workflows[i]; wf.Ref == d.Subject {
			x.WorkflowRef, x.WorkflowName, x.Lifecycle = wf.Ref, wf.Name, wf.Lifecycle
		}
	}
	g.add(TodoGroup{Key: "due/" + d.Kind, Kind: d.Kind, Area: areaOfDue[d.Kind]}, x)
}

// areaOfDue is the area in which something that is due is done, by its kind.
var areaOfDue = map[string]standard.Area{
	"review": standard.IMP, "action": standard.IMP, "record": standard.IMP, "source": standard.IMP,
	"certificate": standard.IMP, "policy": standard.POL, "assessment": standard.RSK,
}

// onlyLate tells whether each of the records is overdue, and counts for each that
// a requirement waits for it.
func onlyLate(refs []string, late map[string]int) bool {
	for _, ref := range refs {
		if _, ok := late[ref]; !ok {
			return false
		}
	}
	for _, ref := range refs {
		late[ref]++
	}
	return len(refs) > 0
}

func (s *Standing) count(wf *workflow.Workflow, rep assurance.Report) {
	blocked := len(rep.Blocking) > 0
	if wf.Lifecycle != workflow.LifecycleLive {
		s.Coming++
		if blocked {
			s.ComingBlocked++
		}
		return
	}
	s.Live++
	if blocked {
		s.Blocked++
		s.Reasons += len(rep.Blocking)
	}
}

// cause is a requirement that does not stand, with how many others wait for the same.
type cause struct {
	assurance.Result
	answers int
}

// causes puts what waits for the first import into the requirement that asks for it.
func causes(unmet []assurance.Result, noRuns bool) []cause {
	out := make([]cause, 0, len(unmet))
	runs := -1 // of the requirement that asks for runs
	for _, res := range unmet {
		if noRuns && res.Where == "runs" {
			runs = len(out)
		}
		out = append(out, cause{Result: res})
	}
	if runs < 0 {
		return out
	}
	first := &out[runs]
	rest := slices.DeleteFunc(slices.Clone(out), func(c cause) bool {
		if c.Code == first.Code || c.Status != assurance.StatusNotShown {
			return false
		}
		first.answers++
		first.Blocking = first.Blocking || c.Blocking
		return true
	})
	for i := range rest {
		if rest[i].Code == first.Code {
			rest[i] = *first
		}
	}
	return rest
}

// sortedGroups is what blocks first, then what is overdue, then what most waits for;
// inside a group what blocks first, then live workflows, then by day.
func sortedGroups(groups map[string]*TodoGroup, all string) []TodoGroup {
	out := make([]TodoGroup, 0, len(groups))
	for _, g := range groups {
		slices.SortStableFunc(g.Items, func(a, b TodoItem) int {
			return cmp.Or(
				before(a.Blocking, b.Blocking),
				before(a.Lifecycle == workflow.LifecycleLive, b.Lifecycle == workflow.LifecycleLive),
				cmp.Compare(a.Day, b.Day),
				cmp.Compare(a.WorkflowRef, b.WorkflowRef),
			)
		})
		if len(g.Items) > todoShown && g.Key != all {
			g.Items = g.Items[:todoShown]
		}
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b TodoGroup) int {
		return cmp.Or(
			cmp.Compare(b.Blocking, a.Blocking),
			cmp.Compare(b.Overdue, a.Overdue),
			cmp.Compare(b.Count+b.Answers, a.Count+a.Answers),
			cmp.Compare(a.Key, b.Key),
		)
	})
	return out
}

// before orders yes before no.
func before(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
