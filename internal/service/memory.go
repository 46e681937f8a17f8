package service

import (
	"context"
	"encoding/json"
	"reflect"
	"sync"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/policy"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/standard"
	"assay/internal/store"
	"assay/internal/store/db"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// nouns is every noun of the register as of one entry of its log. Screens share
// it, so it is never changed: what comes after is another.
type nouns struct {
	seq int64 // of the last entry that it knows
	day civil.Date

	org          organisation.Organisation
	people       []organisation.Person
	workflows    []workflow.Workflow
	policies     []policy.Policy
	assessments  []risk.Assessment
	schedules    []review.Schedule
	reviews      []review.Review
	actions      []review.Action
	records      []review.Record
	evidence     []evidence.Evidence
	soa          []standard.SoARow
	certificates []db.CertificatesRow
	events       []db.CertificateEventsRow

	personByID   map[string]*organisation.Person
	workflowByID map[string]*workflow.Workflow
	judgements   *judgements
	searched     *searchable
}

// judgements is what was worked out of the nouns and the runs so far.
type judgements struct {
	mu     sync.Mutex
	runs   map[string]*runPart   // by workflow
	judged map[string]*judgement // by workflow
}

// runPart is what the imported runs of a workflow show.
type runPart struct {
	shown    oversight.Result
	sources  []assurance.Source
	gates    []assurance.GateMeasure
	findings []assurance.FindingCount
	counts   []runs.FindingCount // the same by gate and status
	runs     assurance.RunFacts
}

type judgement struct {
	facts  assurance.Facts
	report assurance.Report
}

func newJudgements() *judgements {
	return &judgements{runs: map[string]*runPart{}, judged: map[string]*judgement{}}
}

// readers of each table of nouns, which the log names when a row of it changes.
var nounTables = map[string]func(context.Context, *store.Reader, *nouns) error{
	"register": func(ctx context.Context, r *store.Reader, n *nouns) (err error) {
		n.org, err = getOrganisation(ctx, r)
		return err
	},
	"person":     listed(store.People, func(n *nouns) *[]organisation.Person { return &n.people }),
	"workflow":   listed(store.Workflows, func(n *nouns) *[]workflow.Workflow { return &n.workflows }),
	"policy":     listed(store.Policies, func(n *nouns) *[]policy.Policy { return &n.policies }),
	"assessment": listed(store.Assessments, func(n *nouns) *[]risk.Assessment { return &n.assessments }),
	"schedule":   listed(store.Schedules, func(n *nouns) *[]review.Schedule { return &n.schedules }),
	"review":     listed(store.Reviews, func(n *nouns) *[]review.Review { return &n.reviews }),
	"action":     listed(store.Actions, func(n *nouns) *[]review.Action { return &n.actions }),
	"record":     listed(store.Records, func(n *nouns) *[]review.Record { return &n.records }),
	"evidence":   listed(store.Documents, func(n *nouns) *[]evidence.Evidence { return &n.evidence }),
	"soa": func(ctx context.Context, r *store.Reader, n *nouns) error {
		rows, err := r.SoA(ctx)
		n.soa = nil
		for _, body := range rows {
			var row standard.SoARow
			if err := json.Unmarshal([]byte(body), &row); err != nil {
				return err
			}
			n.soa = append(n.soa, row)
		}
		return err
	},
	"certificate": func(ctx context.Context, r *store.Reader, n *nouns) (err error) {
		n.certificates, err = r.Certificates(ctx)
		return err
	},
	"certificate_event": func(ctx context.Context, r *store.Reader, n *nouns) (err error) {
		n.events, err = r.CertificateEvents(ctx)
		return err
	},
}

// besideNouns are the logged tables that no screen judges by.
var besideNouns = map[string]bool{"blob": true, "signing_key": true, "pack": true, "setting": true}

func listed[T any](kind store.Noun[T], at func(*nouns) *[]T) func(context.Context, *store.Reader, *nouns) error {
	return func(ctx context.Context, r *store.Reader, n *nouns) (err error) {
		*at(n), err = kind.List(ctx, r)
		return err
	}
}

// readNouns reads the nouns, those of the named tables where some are known
// already.
func readNouns(ctx context.Context, r *store.Reader, n *nouns, tables map[string]bool) error {
	for table, read := range nounTables {
		if tables == nil || tables[table] {
			if err := read(ctx, r, n); err != nil {
				return err
			}
		}
	}
	n.searched = &searchable{}
	n.personByID, n.workflowByID = map[string]*organisation.Person{}, map[string]*workflow.Workflow{}
	for i := range n.people {
		n.personByID[n.people[i].ID] = &n.people[i]
	}
	for i := range n.workflows {
		n.workflowByID[n.workflows[i].ID] = &n.workflows[i]
	}
	return nil
}

// remembered is the nouns as of the reader's view of the register. Those of
// the last screen serve again; of what the log says has changed since, only the
// tables that it names are read. A judgement holds until anything changes, and
// for the day: rules count in days. What the runs show holds until the log names
// anything else than a noun.
func (s *Service) remembered(ctx context.Context, r *store.Reader) (*nouns, error) {
	seq, err := r.LogSize(ctx)
	if err != nil {
		return nil, err
	}
	s.memoryMu.Lock()
	defer s.memoryMu.Unlock()
	day, before := civil.Of(s.clock()), s.memory
	if before != nil && before.seq == seq && before.day == day {
		return before, nil
	}
	if before != nil && before.seq > seq { // this view is older than what is known
		n := &nouns{seq: seq, day: day, judgements: newJudgements()}
		return n, readNouns(ctx, r, n, nil)
	}
	n := &nouns{seq: seq, day: day, judgements: newJudgements()}
	var tables map[string]bool // nil: all of them
	if before != nil && before.day == day {
		rows, err := r.RowsAfter(ctx, before.seq)
		if err != nil {
			return nil, err
		}
		judgements := newJudgements()
		before.judgements.mu.Lock()
		for id, part := range before.judgements.runs {
			judgements.runs[id] = part
		}
		before.judgements.mu.Unlock()
		tables = map[string]bool{}
		next := before.seq
		for _, row := range rows {
			if row.Seq > next+1 { // an entry that names no row: of an import
				tables = nil
				break
			}
			next = row.Seq
			switch {
			case nounTables[row.Tbl] != nil:
				tables[row.Tbl] = true
				if row.Tbl == "workflow" { // its gates say how its runs are read
					delete(judgements.runs, row.Key)
				}
			case !besideNouns[row.Tbl]:
				judgements.runs = map[string]*runPart{}
			}
		}
		if next != seq {
			tables = nil
		}
		if tables != nil {
			known := *before
			n = &known
			n.seq, n.judgements = seq, judgements
		}
	}
	if err := readNouns(ctx, r, n, tables); err != nil {
		return nil, err
	}
	// Lists that are nil are filled for the page, which must not happen to what
	// several screens are reading.
	for _, list := range []any{&n.org, &n.people, &n.workflows, &n.policies, &n.assessments, &n.schedules, &n.reviews, &n.actions, &n.records, &n.evidence, &n.soa, &n.certificates, &n.events} {
		fillNil(reflect.ValueOf(list).Elem())
	}
	s.memory = n
	return n, nil
}

// Whole replaces nil slices and maps in an answer, at any depth, by empty ones:
// a page would have to ask everywhere.
func Whole[T any](v T) T {
	fillNil(reflect.ValueOf(&v).Elem())
	return v
}

func fillNil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && v.Kind() == reflect.Pointer {
			fillNil(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				fillNil(f)
			}
		}
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
			return
		}
		switch v.Type().Elem().Kind() {
		case reflect.Struct, reflect.Slice, reflect.Pointer, reflect.Map, reflect.Array:
			for i := range v.Len() {
				fillNil(v.Index(i))
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			fillNil(v.Index(i))
		}
	case reflect.Map:
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
	}
}
