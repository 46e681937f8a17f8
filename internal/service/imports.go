package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/internal/fault"
	"assay/internal/heap"
	"assay/internal/id"
	"assay/internal/imported"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/runlog"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// ImportRequest is one file to import into one workflow.
type ImportRequest struct {
	Path        string          `json:"path"`
	Workflow    string          `json:"workflow"`     // reference; a preview may do without
	Format      string          `json:"format"`       // empty: found by content
	MappingPath string          `json:"mapping_path"` // YAML file, or the name of a mapping that Assay brings
	Mapping     *runlog.Mapping `json:"mapping"`      // instead of the file
	// MaxRefused is the share of records, 0 to 1, that may be damaged before the
	// import is refused; nought is none.
	MaxRefused float64 `json:"max_refused"`
	// With are the identifiers of imports that are files of the same export.
	With []string `json:"-"`
	// Gate is the gate that a mapping by name explains; empty for a mapping that names it.
	Gate string `json:"-"`
	// Beside are the paths of files that are imported together with this one, before
	// or after it: what this one leaves open, they may tell.
	Beside []string `json:"-"`

	// Progress is called now and then; nil is nobody.
	Progress func(runlog.Progress) `json:"-"`
	// Phase is called when a phase of the import begins; nil is nobody.
	Phase func(ImportPhase) `json:"-"`
}

// ImportPhase is a part of an import that is timed on its own.
type ImportPhase string

const (
	PhaseRead ImportPhase = "read"   // each run is read, tested and stored
	PhaseSum  ImportPhase = "sum"    // what was gathered is stored, and the tests over all runs are made
	PhaseKeep ImportPhase = "commit" // the entry in the log, and the transaction's end
)

func (q *ImportRequest) begin(p ImportPhase) {
	if q.Phase != nil {
		q.Phase(p)
	}
}

// Preview is what an import would find, without storing anything.
type Preview struct {
	File     string             `json:"file"`
	Result   runlog.Result      `json:"result"`
	Already  string             `json:"already"` // reference of the import that holds this file, empty if none does
	First    []run.Record       `json:"first"`   // the first runs, whole
	Gates    []GateReach        `json:"gates"`   // how many runs reach each gate of the workflow
	Findings []CodeCount        `json:"findings"`
	NotRun   []oversight.NotRun `json:"not_run"`
	Unknown  []string           `json:"unknown_accounts"` // accounts that decide and are not on the workflow's roster
	// Spellings are accounts that may be one person's; nothing is merged.
	Spellings [][]Spelling `json:"spellings"`
}

// GateReach is how many runs show something at a gate.
type GateReach struct {
	Key      string `json:"key"`
	Title    string `json:"title"`
	Prepared int64  `json:"prepared"`
	Decided  int64  `json:"decided"`
	Released int64  `json:"released"`
}

// CodeCount is how many findings a test brought.
type CodeCount struct {
	Code  string `json:"code"`
	Title string `json:"title"`
	Count int64  `json:"count"`
}

func codeCounts(found map[oversight.Code]int64) []CodeCount {
	out := []CodeCount{}
	for _, t := range oversight.Tests {
		if n := found[t.Code]; n > 0 {
			out = append(out, CodeCount{string(t.Code), t.Title, n})
		}
	}
	return out
}

// options are what the request itself says about reading the file.
func (q ImportRequest) options() (runlog.Options, error) {
	o := runlog.Options{
		Format:       runlog.Name(q.Format),
		Name:         filepath.Base(q.Path),
		Mapping:      q.Mapping,
		MaxTornShare: q.MaxRefused,
		Progress:     q.Progress,
	}
	if q.MappingPath == "" {
		return o, nil
	}
	data, err := os.ReadFile(q.MappingPath)
	if errors.Is(err, fs.ErrNotExist) && slices.Contains(runlog.ShippedNames(), q.MappingPath) {
		data, err = runlog.UseShipped(q.MappingPath, q.Gate), nil
	}
	if err != nil {
		return o, fault.Unreadable(filepath.Base(q.MappingPath), "The mapping file cannot be read.").Because(err)
	}
	o.Mapping, err = runlog.ParseMapping(data)
	return o, err
}

func (s *Service) importOptions(ctx context.Context, r *store.Reader, q ImportRequest) (runlog.Options, error) {
	o, err := q.options()
	if err != nil {
		return o, err
	}
	o.Now = s.clock()
	// Fields that a mapping asks to be hashed are keyed by a secret of the
	// register: the same value gives the same hash here and another one elsewhere.
	key, err := r.Setting(ctx, fieldKeySetting)
	if err != nil {
		return o, fmt.Errorf("read the key for hashed fields: %w", err)
	}
	o.HashKey = []byte(key)
	q.together(&o)
	return o, nil
}

// together has the files beside a request's asked where its own leaves something open.
func (q ImportRequest) together(o *runlog.Options) {
	if len(q.Beside) > 0 {
		o.Lot = runlog.LotOf(q.Beside, *o)
	}
}

// fieldKeySetting holds the secret that hashed fields are keyed by.
const fieldKeySetting = runs.FieldKey

const previewRuns = 10

func newPreview(q ImportRequest) Preview {
	return Preview{
		File:      filepath.Base(q.Path),
		First:     []run.Record{},
		Gates:     []GateReach{},
		Findings:  []CodeCount{},
		NotRun:    []oversight.NotRun{},
		Unknown:   []string{},
		Spellings: [][]Spelling{},
	}
}

// PreviewImport reads a file and says what importing it would bring. It needs
// no workflow; with one it also makes the tests. Nothing is stored.
func (s *Service) PreviewImport(ctx context.Context, q ImportRequest) (Preview, error) {
	p := newPreview(q)
	var wf *workflow.Workflow
	var o runlog.Options
	err := s.read(ctx, func(r *store.Reader) (err error) {
		if q.Workflow != "" {
			if wf, err = store.Workflows.Get(ctx, r, q.Workflow); err != nil {
				return err
			}
		}
		o, err = s.importOptions(ctx, r, q)
		return err
	})
	if err != nil {
		return p, err
	}
	if err := preview(ctx, &p, q.Path, wf, o, 0); err != nil {
		return p, err
	}
	if wf == nil {
		return p, nil
	}
	return p, s.read(ctx, func(r *store.Reader) error {
		src, ok, err := runs.SourceBySHA256(ctx, r.SQL, wf.ID, p.Result.SHA256)
		if ok {
			p.Already = src.Ref
		}
		return err
	})
}

// PreviewFile is PreviewImport without a register.
func PreviewFile(ctx context.Context, q ImportRequest) (Preview, error) {
	p := newPreview(q)
	o, err := q.options()
	if err != nil {
		return p, err
	}
	o.HashKey = make([]byte, 32) // nothing is stored that it could protect
	q.together(&o)
	return p, preview(ctx, &p, q.Path, nil, o, 0)
}

// preview fills p; after limit runs, if that is not 0, it stops with errEnoughRuns.
func preview(
	ctx context.Context,
	p *Preview,
	path string,
	wf *workflow.Workflow,
	o runlog.Options,
	limit int64,
) error {
	f, err := runlog.OpenFile(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var tester *oversight.Tester
	var known *workflow.Workflow
	stream := oversight.NewStream()
	found := map[oversight.Code]int64{}
	reach := map[string]*GateReach{}
	if wf != nil {
		known = runs.WithDigests(wf, o.HashKey)
		tester = oversight.NewTester(known)
		for _, g := range wf.Gates {
			reach[g.Key] = &GateReach{Key: g.Key, Title: g.Title}
		}
	}
	var seen int64
	p.Result, err = runlog.Read(ctx, f, o, func(rec *run.Record) error {
		if err := countUpTo(&seen, limit); err != nil {
			return err
		}
		p.firstRuns(rec)
		if tester == nil {
			return nil
		}
		for _, x := range tester.Test("", rec, stream) {
			found[x.Code]++
		}
		for _, g := range wf.Gates {
			t := oversight.Trail(rec, g)
			c := reach[g.Key]
			c.Prepared += oneIfAny(t.Prepares)
			c.Decided += oneIfAny(t.Decides)
			c.Released += oneIfAny(t.Releases)
		}
		return nil
	})
	if wf != nil {
		for _, g := range wf.Gates {
			p.Gates = append(p.Gates, *reach[g.Key])
		}
		for _, a := range p.Result.Accounts {
			if _, ok := known.Login(a.Name); !ok && a.Decisions > 0 {
				p.Unknown = append(p.Unknown, a.Name)
			}
		}
		p.NotRun = append(p.NotRun, tester.NotRun(stream.Ran)...)
	}
	p.Findings, p.Spellings = codeCounts(found), spellings(p.Result, wf)
	return err
}

func oneIfAny(events []oversight.Event) int64 {
	if len(events) > 0 {
		return 1
	}
	return 0
}

// Imported is what an import brought.
type Imported struct {
	Source   imported.Source    `json:"source"`
	Already  bool               `json:"already"` // this file was imported before; nothing was done
	Purge    *imported.Purge    `json:"purge"`   // of the import before, null where its content is there
	Findings []CodeCount        `json:"findings"`
	NotRun   []oversight.NotRun `json:"not_run"`
	Refused  []runlog.Refusal   `json:"refused"`
	Notes    []runlog.Refusal   `json:"notes"`
	Result   runlog.Result      `json:"result"`
	Joined   int64              `json:"joined"` // runs that were held and go on in this file
}

// Imports are the identifiers of those that were stored, for the next file of the same
// export.
func Imports(list []Imported) (ids []string) {
	for _, r := range list {
		if !r.Already {
			ids = append(ids, r.Source.ID)
		}
	}
	return ids
}

// Import reads a file into a workflow in one transaction: the whole file with
// its findings, or nothing. The same file twice is no event. A run that is held
// already with other content is a LOG-02 finding and never overwritten.
func (s *Service) Import(ctx context.Context, q ImportRequest) (Imported, error) {
	x := importing{s: s, q: q, out: Imported{
		Findings: []CodeCount{},
		NotRun:   []oversight.NotRun{},
		Refused:  []runlog.Refusal{},
		Notes:    []runlog.Refusal{},
	}}
	var err error
	if x.file, err = runlog.OpenFile(q.Path); err != nil {
		return x.out, err
	}
	defer x.file.Close()
	does := doing{action: "runs.import", summary: "Imported " + filepath.Base(q.Path), may: organisation.ActionImport}
	err = s.change(ctx, does, func(t *store.Tx) error { return x.run(ctx, t) })
	if err == nil && !x.out.Already {
		s.wakeIndexing()
	}
	return x.out, err
}

// importing is an import under way.
type importing struct {
	s    *Service
	q    ImportRequest
	file *runlog.File
	wf   *workflow.Workflow
	o    runlog.Options
	tree ledger.RunTree // over the digests of the runs that are stored
	sum  runs.Summary
	out  Imported
}

func (x *importing) run(ctx context.Context, t *store.Tx) (err error) {
	if x.wf, err = store.Workflows.Get(ctx, &t.Reader, x.q.Workflow); err != nil {
		return err
	}
	if done, err := x.s.importedBefore(ctx, t, x.wf.ID, x.file); err != nil || done != nil {
		if err == nil {
			err = x.already(ctx, t, done)
		}
		return err
	}
	if x.o, err = x.s.importOptions(ctx, &t.Reader, x.q); err != nil {
		return err
	}
	src, err := x.source(ctx, t)
	if err != nil {
		return err
	}
	if err := t.Unlogged(func() error { return x.store(ctx, t, src) }); err != nil {
		return err
	}
	x.q.begin(PhaseKeep)
	x.report()
	return x.log(ctx, t)
}

// already says that the file is held, and what became of it.
func (x *importing) already(ctx context.Context, t *store.Tx, done *imported.Source) error {
	x.out.Source, x.out.Already = *done, true
	purges, err := runs.Purges(ctx, t.SQL)
	if p, ok := purges[done.ID]; ok {
		x.out.Purge = &p
	}
	return err
}

// source is what is known of the import before the file is read.
func (x *importing) source(ctx context.Context, t *store.Tx) (src imported.Source, err error) {
	mapping, err := x.o.Mapping.Kept()
	if err != nil {
		return src, err
	}
	n, err := t.NextNumber(ctx, id.Source)
	if err != nil {
		return src, err
	}
	by := "Assay"
	if p := x.s.SignedIn(); p != nil {
		by = p.Name
	}
	return imported.Source{
		ID:         id.New(),
		Ref:        id.Ref(id.Source, n),
		FileName:   filepath.Base(x.q.Path),
		Bytes:      x.file.Info.Size(),
		Format:     "unknown",
		Mapping:    mapping,
		State:      imported.SourceComplete,
		ImportedAt: x.s.clock(),
		ImportedBy: by,
	}, nil
}

// store reads the file and stores its runs, with what is found on them.
func (x *importing) store(ctx context.Context, t *store.Tx, src imported.Source) error {
	memory := heap.Bound()
	defer memory.Release()
	w, err := runs.NewWriter(ctx, t.SQL, x.wf, src, runs.Options{
		Leaf:     func(d runs.Digest) { x.tree.Add(d[:]) },
		Distinct: true,
		With:     x.q.With,
	})
	if err != nil {
		return err
	}
	defer w.Stop()
	x.o.Found = func(f *runlog.Format) { w.Whole(f.Whole || x.o.Mapping != nil && x.o.Mapping.Rows == "run") }
	x.q.begin(PhaseRead)
	named := "" // by the file
	x.out.Result, err = runlog.Read(ctx, x.file, x.o, func(rec *run.Record) error {
		memory.Step()
		if rec.Workflow != named { // mostly all are of one name
			named = rec.Workflow
			if err := x.ofAnother(ctx, t, named); err != nil {
				return err
			}
		}
		_, err := w.Add(ctx, rec)
		return err
	})
	if err != nil {
		return err
	}
	x.q.begin(PhaseSum)
	for _, r := range x.out.Result.Refused {
		err := w.Refuse(ctx, imported.Refused{Place: r.Where, Reason: r.Reason, Record: r.Excerpt})
		if err != nil {
			return err
		}
	}
	x.sum, err = w.Close(ctx, x.end())
	return err
}

// ofAnother refuses a file that says itself that it is of another workflow of the
// register: what is true of that one would be found wrong with this one.
func (x *importing) ofAnother(ctx context.Context, t *store.Tx, name string) error {
	if name == "" || x.wf.PlatformID == "" || strings.EqualFold(name, x.wf.PlatformID) {
		return nil
	}
	all, err := store.Workflows.List(ctx, &t.Reader)
	if err != nil {
		return fmt.Errorf("look whose log it is: %w", err)
	}
	for i := range all {
		if o := &all[i]; o.ID != x.wf.ID && strings.EqualFold(name, o.PlatformID) {
			return fault.Conflict(
				"This file says that it is of %q, which is %s. Nothing was imported. Import it there; if %s is "+
					"what runs under that name, change its identifier on the platform first.",
				name, refAndName(o.Ref, o.Name), x.wf.Ref)
		}
	}
	return nil
}

// end is what is known of the file once it has been read.
func (x *importing) end() runs.End {
	r, root := &x.out.Result, x.tree.Root()
	end := runs.End{
		SHA256:     r.SHA256,
		Bytes:      r.Bytes,
		Format:     string(r.Format),
		Root:       hex.EncodeToString(root[:]),
		Records:    r.Read,
		Refused:    r.RefusedCount,
		Duplicates: r.Duplicates,
		NoRun:      r.Totals.NoRun,
		Columns:    r.Columns,
		Unread:     r.Unread,
		Chain:      chainFault(*r),
		ImportedAt: x.s.clock(),
	}
	for _, c := range r.Totals.LeftAside {
		end.LeftAside = append(end.LeftAside, runs.LeftAside{Name: c.Name, Records: c.Events, Runs: c.Runs})
	}
	for _, t := range r.Privacy {
		end.Treated = append(end.Treated, imported.Treatment(t))
	}
	if st := r.Stated; st != nil && st.Runs >= 0 {
		end.Stated = &st.Runs
	}
	return end
}

// report fills in what the import came to.
func (x *importing) report() {
	out := &x.out
	out.Source, out.Findings, out.Joined = x.sum.Source, codeCounts(x.sum.Findings), x.sum.Joined
	out.NotRun = append(out.NotRun, x.sum.Result.NotRun...)
	out.Refused = append(out.Refused, out.Result.Refused...)
	for _, r := range x.sum.RetoldWhat {
		out.Result.Notes = append(out.Result.Notes, runlog.Refusal{
			At: r.At, RunID: r.RunID, Where: runlog.Where(out.Result.Format, r.At),
			Reason: fmt.Sprintf("The run %q is held, and told otherwise here without denying it: %s. What both say "+
				"was put together.", shortened(r.RunID, 60), r.What),
		})
	}
	out.Result.NotesCount += x.sum.Retold
	out.Notes = append(out.Notes, out.Result.Notes...)
}

// log says in the entry what was imported.
func (x *importing) log(ctx context.Context, t *store.Tx) error {
	src := x.sum.Source
	t.Touch("source", src.ID) // its row is an ordinary record, and so is named by the entry
	t.Entry().Subject = src.Ref
	t.Entry().Summary = oneLine(fmt.Sprintf("Imported %s into %s: %d runs%s",
		src.FileName, refAndName(x.wf.Ref, x.wf.Name), src.New, treatedWords(x.out.Result.Privacy)))
	note, err := twinNote(ctx, &t.Reader, x.wf)
	if err != nil {
		return err
	}
	if note != "" {
		t.Entry().Summary = oneLine(t.Entry().Summary + "; " + note)
	}
	t.Entry().Import = &ledger.Import{Source: src.SHA256, Runs: src.New, Root: x.tree.Root()}
	return nil
}

// treatedWords says what privacy rules did: "; dropped reason (12), hashed account (40)".
func treatedWords(list []runlog.Treatment) string {
	var parts []string
	for _, t := range list {
		what := map[string]string{"drop": "dropped", "hash": "hashed", "shorten": "shortened"}[t.What]
		parts = append(parts, fmt.Sprintf("%s %s (%d)", what, t.Field, t.Values))
	}
	if parts == nil {
		return ""
	}
	return "; " + strings.Join(parts, ", ")
}

// chainFault says where a file's hash chain does not hold, empty where it
// holds or there is none.
func chainFault(r runlog.Result) string {
	if r.Chain == nil || r.Chain.Broken == 0 {
		return ""
	}
	return fmt.Sprintf(
		"%d of %d links are broken, the first at %s: %s",
		r.Chain.Broken,
		r.Chain.Links,
		r.Chain.Breaks[0].Where,
		r.Chain.Breaks[0].Reason,
	)
}

// importedBefore finds the import that already holds the file. To hash a file
// first costs as much as half an import, so it is done only where an import of
// the same length is there.
func (s *Service) importedBefore(
	ctx context.Context,
	t *store.Tx,
	workflowID string,
	f *runlog.File,
) (*imported.Source, error) {
	sources, err := runs.Sources(ctx, t.SQL, workflowID)
	if err != nil {
		return nil, err
	}
	for _, src := range sources {
		if src.Bytes != f.Info.Size() {
			continue
		}
		h := sha256.New()
		if _, err := io.Copy(h, f.File); err != nil {
			return nil, fault.Unreadable(filepath.Base(f.Path), "The file cannot be read to its end.").Because(err)
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		digest := hex.EncodeToString(h.Sum(nil))
		for _, x := range sources {
			if x.SHA256 == digest {
				return &x, nil
			}
		}
		return nil, nil
	}
	return nil, nil
}

// SourceView is an import as screens show it.
type SourceView struct {
	imported.Source
	WorkflowRef  string          `json:"workflow_ref"`
	WorkflowName string          `json:"workflow_name"`
	Purge        *imported.Purge `json:"purge"` // when its personal data was purged, null while it is there
	// Treated is what the mapping's privacy rules dropped, hashed and shortened.
	Treated []imported.Treatment `json:"treated"`
	// What the file holds and the register does not, beside what was refused.
	Repeated int64  `json:"repeated"` // runs that stood in it before with the same content
	NoRun    int64  `json:"no_run"`   // records that belong to no run
	Aside    []Left `json:"aside"`    // by each rule of the mapping
}

// Left is what one rule of a mapping left aside.
type Left struct {
	Rule    string `json:"rule"`
	Records int64  `json:"records"`
	Runs    int64  `json:"runs"`
}

// Sources lists imports, newest first, of one workflow or of all.
func (s *Service) Sources(ctx context.Context, workflow string) ([]SourceView, error) {
	out := []SourceView{}
	err := s.readView(ctx, func(view *View) error {
		id, err := view.workflowID(ctx, workflow)
		if err != nil {
			return err
		}
		purges, err := runs.Purges(ctx, view.r.SQL)
		if err != nil {
			return err
		}
		treated, err := runs.Treatments(ctx, view.r.SQL)
		if err != nil {
			return err
		}
		left, err := runs.LeftOuts(ctx, view.r.SQL, id)
		if err != nil {
			return err
		}
		list, err := runs.Sources(ctx, view.r.SQL, id)
		for _, x := range list {
			not := left[x.ID]
			v := SourceView{
				Source:   x,
				Treated:  treated[x.ID],
				Repeated: not.Repeated,
				NoRun:    not.NoRun,
				Aside:    []Left{},
			}
			for _, a := range not.LeftAside {
				v.Aside = append(v.Aside, Left{a.Name, a.Records, a.Runs})
			}
			if p, ok := purges[x.ID]; ok {
				v.Purge = &p
			}
			if wf, ok := view.workflowByID[x.WorkflowID]; ok {
				v.WorkflowRef, v.WorkflowName = wf.Ref, wf.Name
			}
			out = append(out, v)
		}
		return err
	})
	return out, err
}

// RefusedRecords lists what an import could not read, with place and reason.
func (s *Service) RefusedRecords(ctx context.Context, source string) (out []imported.Refused, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		src, err := runs.GetSource(ctx, r.SQL, source)
		if err != nil {
			return err
		}
		out, err = runs.RefusedRecords(ctx, r.SQL, src.ID, 10_000)
		return err
	})
	return out, err
}
