package service

import (
	"context"
	"encoding/json"
	"reflect"
	"sync"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/evidence"
	"assay/internal/form"
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

// snapshot is every record of the register (runs apart) as of one entry of its
// log. Screens share it, so it is immutable: the next entry of the log makes a new one.
type snapshot struct {
	seq int64 // of the last log entry that it includes
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
	forms        []form.Document
	soa          []standard.SoARow
	certificates []db.CertificatesRow
	events       []db.CertificateEventsRow

	// others are workflows that stayed behind where a part of a register was handed
	// over: links name them, and no screen shows, counts or judges them.
	others []workflow.Workflow
	part   bool // the register is such a part

	personByID   map[string]*organisation.Person
	workflowByID map[string]*workflow.Workflow
	cache        *runCache
	search       *searchIndex
}

// runCache holds what was computed from a snapshot and the imported runs so far.
type runCache struct {
	mu      sync.Mutex
	runs    map[string]*runFigures     // by workflow
	reports map[string]*workflowReport // by workflow
}

// runFigures are what the imported runs of a workflow show.
type runFigures struct {
	shown        oversight.Result
	sources      []assurance.Source
	gates        []assurance.GateMeasure
	counts       []runs.FindingCount // by gate, and by what was said of them
	declarations []assurance.DeclarationChange
	runs         assurance.RunFacts
	common       map[string][]string // with other workflows, by their identifiers; nil: nobody has asked
}

type workflowReport struct {
	facts  assurance.Facts
	report assurance.Report
}

func newRunCache() *runCache {
	return &runCache{runs: map[string]*runFigures{}, reports: map[string]*workflowReport{}}
}

// snapshotReaders read one table each. The log names the tables in which an entry
// changed rows, so that only those are read again.
var snapshotReaders = map[string]func(context.Context, *store.Reader, *snapshot) error{
	"register": func(ctx context.Context, r *store.Reader, n *snapshot) (err error) {
		n.org, err = getOrganisation(ctx, r)
		return err
	},
	"person":     listed(store.People, func(n *snapshot) *[]organisation.Person { return &n.people }),
	"workflow":   listed(store.Workflows, func(n *snapshot) *[]workflow.Workflow { return &n.workflows }),
	"policy":     listed(store.Policies, func(n *snapshot) *[]policy.Policy { return &n.policies }),
	"assessment": listed(store.Assessments, func(n *snapshot) *[]risk.Assessment { return &n.assessments }),
	"schedule":   listed(store.Schedules, func(n *snapshot) *[]review.Schedule { return &n.schedules }),
	"review":     listed(store.Reviews, func(n *snapshot) *[]review.Review { return &n.reviews }),
	"action":     listed(store.Actions, func(n *snapshot) *[]review.Action { return &n.actions }),
	"record":     listed(store.Records, func(n *snapshot) *[]review.Record { return &n.records }),
	"evidence":   listed(store.Documents, func(n *snapshot) *[]evidence.Evidence { return &n.evidence }),
	"form":       listed(store.Forms, func(n *snapshot) *[]form.Document { return &n.forms }),
	"soa": func(ctx context.Context, r *store.Reader, n *snapshot) error {
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
	"certificate": func(ctx context.Context, r *store.Reader, n *snapshot) (err error) {
		n.certificates, err = r.Certificates(ctx)
		return err
	},
	"certificate_event": func(ctx context.Context, r *store.Reader, n *snapshot) (err error) {
		n.events, err = r.CertificateEvents(ctx)
		return err
	},
}

// tablesOutsideSnapshot are the logged tables that a snapshot does not hold.
var tablesOutsideSnapshot = map[string]bool{
	"blob": true, "signing_key": true, "pack": true, "setting": true,
	"log_key": true, "log_token": true, "log_request": true, "log_witness": true, "witness_key": true,
	"witness_log":           true,
	"certificate_statement": true, "quantum_key": true,
}

func listed[T any](kind store.Noun[T], at func(*snapshot) *[]T) func(context.Context, *store.Reader, *snapshot) error {
	return func(ctx context.Context, r *store.Reader, n *snapshot) (err error) {
		*at(n), err = kind.List(ctx, r)
		return err
	}
}

// readSnapshot reads the named tables into n, all of them where tables is nil.
func readSnapshot(ctx context.Context, r *store.Reader, n *snapshot, tables map[string]bool) error {
	for table, read := range snapshotReaders {
		if tables == nil || tables[table] {
			if err := read(ctx, r, n); err != nil {
				return err
			}
		}
	}
	if err := n.setOthersApart(ctx, r, tables); err != nil {
		return err
	}
	n.search = &searchIndex{}
	n.personByID, n.workflowByID = map[string]*organisation.Person{}, map[string]*workflow.Workflow{}
	for i := range n.people {
		n.personByID[n.people[i].ID] = &n.people[i]
	}
	for i := range n.workflows {
		n.workflowByID[n.workflows[i].ID] = &n.workflows[i]
	}
	for i := range n.others {
		n.workflowByID[n.others[i].ID] = &n.others[i]
	}
	return nil
}

// setOthersApart takes the workflows that stayed behind out of those that were
// read. Workflows that are made in a part of a register belong to it.
func (n *snapshot) setOthersApart(ctx context.Context, r *store.Reader, tables map[string]bool) error {
	if tables != nil && !tables["workflow"] {
		return nil
	}
	part, err := handedPart(ctx, r)
	if err != nil {
		return err
	}
	n.part, n.others = part != nil, nil
	if !n.part {
		return nil
	}
	var shown []workflow.Workflow
	for _, w := range n.workflows {
		if !part[w.ID] && w.Name == nameLeftBehind {
			n.others = append(n.others, w)
		} else {
			shown = append(shown, w)
		}
	}
	n.workflows = shown
	return nil
}

// currentSnapshot is the snapshot as of the reader's transaction. The last
// snapshot is reused: only tables that the log names since are read again. A
// workflow's report is kept until anything changes, and for the day only, because
// rules count in days. Figures of runs are kept until the log names a table that
// is not part of the snapshot, which means that runs or findings changed.
func (s *Service) currentSnapshot(ctx context.Context, r *store.Reader) (*snapshot, error) {
	seq, err := r.LogSize(ctx)
	if err != nil {
		return nil, err
	}
	s.snapshotMu.Lock()
	defer s.snapshotMu.Unlock()
	day, before := civil.Of(s.clock()), s.snapshot
	if before != nil && before.seq == seq && before.day == day {
		return before, nil
	}
	if before != nil && before.seq > seq { // this view is older than what is known
		n := &snapshot{seq: seq, day: day, cache: newRunCache()}
		return n, readSnapshot(ctx, r, n, nil)
	}
	n := &snapshot{seq: seq, day: day, cache: newRunCache()}
	var tables map[string]bool // nil: all of them
	if before != nil && before.day == day {
		rows, err := r.RowsAfter(ctx, before.seq)
		if err != nil {
			return nil, err
		}
		runCache := newRunCache()
		before.cache.mu.Lock()
		for id, figures := range before.cache.runs {
			runCache.runs[id] = figures
		}
		before.cache.mu.Unlock()
		tables = map[string]bool{}
		next := before.seq
		for _, row := range rows {
			if row.Seq > next+1 { // an entry that names no row: of an import
				tables = nil
				break
			}
			next = row.Seq
			switch {
			case snapshotReaders[row.Tbl] != nil:
				tables[row.Tbl] = true
				if row.Tbl == "workflow" { // its gates say how its runs are read
					delete(runCache.runs, row.Key)
				}
			case !tablesOutsideSnapshot[row.Tbl]:
				runCache.runs = map[string]*runFigures{}
			}
		}
		if next != seq {
			tables = nil
		}
		if tables != nil {
			known := *before
			n = &known
			n.seq, n.cache = seq, runCache
		}
	}
	if err := readSnapshot(ctx, r, n, tables); err != nil {
		return nil, err
	}
	// Lists that are nil are filled for the page, which must not happen to what
	// several screens are reading.
	for _, list := range []any{
		&n.org, &n.people, &n.workflows, &n.policies, &n.assessments, &n.schedules, &n.reviews, &n.actions,
		&n.records, &n.evidence, &n.forms, &n.soa, &n.certificates, &n.events,
	} {
		fillNil(reflect.ValueOf(list).Elem())
	}
	s.snapshot = n
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
