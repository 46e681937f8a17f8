package service

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/handover"
	"assay/internal/id"
	"assay/internal/imported"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/oversight"
	"assay/internal/review"
	"assay/internal/run"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// sendRuns writes the imports among the rows with their runs, in the order in
// which they were made, and what was decided about findings. An import that came with the hand-over
// with which this register began stays: its runs are where it came from.
func sendRuns(
	ctx context.Context,
	r *store.Reader,
	w *handover.Writer,
	rows []handover.Row,
	received map[[2]string]string,
	progress func(int64),
	sum *HandedOver,
) error {
	sources, err := runs.SourcesAsTheyCame(ctx, r.SQL)
	if err != nil {
		return err
	}
	sent := map[[2]string]bool{}
	for _, row := range rows {
		sent[[2]string{row.Table, row.Key}] = !row.Deleted()
	}
	for _, src := range sources {
		k := [2]string{"source", src.ID}
		if !sent[k] || received[k] != "" || src.State != imported.SourceComplete {
			continue
		}
		head, err := sourceHead(ctx, r, src.ID)
		if err != nil {
			return err
		}
		if err := w.Source(head); err != nil {
			return err
		}
		var line bytes.Buffer
		enc := json.NewEncoder(&line)
		enc.SetEscapeHTML(false)
		err = runs.EachOf(ctx, r.SQL, src.ID, func(rec *run.Record, _ runs.Digest) error {
			line.Reset()
			if err := enc.Encode(rec); err != nil {
				return err
			}
			if sum.Runs++; sum.Runs%10_000 == 0 {
				if progress != nil {
					progress(sum.Runs)
				}
				if err := ctx.Err(); err != nil {
					return err
				}
			}
			return w.Run(bytes.TrimSuffix(line.Bytes(), []byte("\n")))
		})
		if err != nil {
			return err
		}
		sum.Imports++
	}
	decided, err := decidedIn(ctx, r, sent)
	if err != nil {
		return err
	}
	return w.Decided(decided)
}

// sourceHead is what travels of an import besides its row and its runs.
func sourceHead(ctx context.Context, r *store.Reader, id string) (head handover.Source, err error) {
	notes, err := runs.NotesOf(ctx, r.SQL, id)
	if err != nil {
		return head, err
	}
	refused, err := runs.RefusedRecords(ctx, r.SQL, id, 1<<20)
	if err != nil {
		return head, err
	}
	left, err := runs.LeftOuts(ctx, r.SQL, "")
	if err != nil {
		return head, err
	}
	treated, err := runs.Treatments(ctx, r.SQL)
	if err != nil {
		return head, err
	}
	head = handover.Source{
		ID: id, Duplicates: notes.Duplicates, Chain: notes.Chain, Told: notes.Told,
		NoRun: left[id].NoRun, Columns: left[id].Columns, Unread: left[id].Unread,
	}
	for _, x := range left[id].LeftAside {
		head.LeftAside = append(head.LeftAside, handover.LeftAside(x))
	}
	for _, x := range treated[id] {
		head.Treated = append(head.Treated, handover.Treatment(x))
	}
	for _, x := range refused {
		head.Refused = append(head.Refused, handover.Refused(x))
	}
	conflicts, err := runs.ConflictsOf(ctx, r.SQL, id)
	if err != nil {
		return head, err
	}
	for _, c := range conflicts {
		head.Conflicts = append(
			head.Conflicts,
			handover.Conflict{
				Run:    c.RunID,
				Day:    c.Day,
				Line:   c.At.Line,
				Item:   c.At.Item,
				Offset: c.At.Offset,
				Detail: c.Detail,
			},
		)
	}
	return head, nil
}

// decidedIn is which findings bear the decisions that are sent.
func decidedIn(ctx context.Context, r *store.Reader, sent map[[2]string]bool) ([]handover.Decided, error) {
	workflows, err := store.Workflows.List(ctx, r)
	if err != nil {
		return nil, err
	}
	var decided []handover.Decided
	for _, wf := range workflows {
		err := runs.EachDecided(ctx, r.SQL, wf.ID, func(n runs.Name, disposition string) error {
			if sent[[2]string{"disposition", disposition}] {
				decided = append(
					decided,
					handover.Decided{
						Disposition: disposition,
						Workflow:    wf.ID,
						Code:        string(n.Code),
						Gate:        n.Gate,
						Run:         n.RunID,
						Subject:     n.Subject,
					},
				)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return decided, nil
}

// MergedImport is an import that came with a hand-over.
type MergedImport struct {
	Ref      string `json:"ref"`      // here; of a plan, theirs
	Workflow string `json:"workflow"` // its reference
	FileName string `json:"file_name"`
	Runs     int64  `json:"runs"`   // in the hand-over
	New      int64  `json:"new"`    // stored here
	Same     int64  `json:"same"`   // were here already
	Differ   int64  `json:"differ"` // are here with other content, which stands: LOG-02
}

// sourceRow reads the row of an import as the sender's log recorded it.
func sourceRow(row handover.Row) (src imported.Source, err error) {
	var x struct {
		imported.Source
		First *string `json:"first"`
		Last  *string `json:"last"`
	}
	if err := json.Unmarshal([]byte(row.Row), &x); err != nil || x.ID != row.Key {
		return src, fault.Unreadable("rows.jsonl", "An import in the hand-over cannot be read.").Because(err)
	}
	return x.Source, nil
}

// compareImports lists the imports of a hand-back that are not here yet.
func (s *Service) compareImports(
	ctx context.Context,
	r *store.Reader,
	h *handover.Handover,
	counts map[string]int64,
) ([]MergedImport, error) {
	out := []MergedImport{}
	for _, row := range h.Rows {
		n, ok := counts[row.Key]
		if row.Table != "source" || !ok {
			continue
		}
		src, err := sourceRow(row)
		if err != nil {
			return nil, err
		}
		if _, held, err := runs.SourceBySHA256(ctx, r.SQL, src.WorkflowID, src.SHA256); err != nil || held {
			if err != nil {
				return nil, err
			}
			continue
		}
		m := MergedImport{Ref: src.Ref, FileName: src.FileName, Runs: n}
		if wf, err := store.Workflows.Find(ctx, r, src.WorkflowID); err == nil && wf != nil {
			m.Workflow = wf.Ref
		}
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b MergedImport) int { return cmp.Compare(a.Ref, b.Ref) })
	return out, nil
}

// runReceiver reads a hand-over into a register: documents, records by what the
// caller does with them, and then imports with their runs and what was decided, without holding more than
// one run in memory.
type runReceiver struct {
	s      *Service
	t      *store.Tx
	merged *Merged

	h        *handover.Handover
	rows     map[string]handover.Row // of imports
	refs     map[string]string       // of imports, theirs to ours
	writer   *runs.Writer            // nil: the import that is being read is here already
	source   imported.Source
	workflow *workflow.Workflow
	theirs   ledger.RunTree // over all runs as they came
	ours     ledger.RunTree // over those that are stored
	rec      run.Record
	notes    handover.Source
	theirRef string
	count    int64          // runs read of the import
	after    []func() error // once all runs are there
}

func (in *runReceiver) read(
	ctx context.Context,
	f io.Reader,
	ids []handover.Identity,
	records func(*handover.Handover) error,
) error {
	in.rows, in.refs = map[string]handover.Row{}, map[string]string{}
	err := in.t.Unlogged(func() (err error) {
		defer func() {
			if in.writer != nil {
				in.writer.Stop()
			}
		}()
		in.h, err = handover.Read(f, ids, handover.Sink{
			Blob: func(digest string, size int64, r io.Reader) error {
				return in.t.Logged(func() error {
					_, _, err := in.t.PutBlob(ctx, r)
					return err
				})
			},
			Rows: func(h *handover.Handover) error {
				for _, row := range h.Rows {
					if row.Table == "source" && !row.Deleted() {
						in.rows[row.Key] = row
					}
				}
				return in.t.Logged(func() error { return records(h) })
			},
			Source: func(x handover.Source) error { return in.begin(ctx, x) },
			Run:    func(line []byte) error { return in.run(ctx, line) },
		})
		if err != nil {
			return err
		}
		if err := in.end(ctx); err != nil {
			return err
		}
		for _, f := range in.after {
			if err := f(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return in.decide(ctx)
}

func (in *runReceiver) begin(ctx context.Context, x handover.Source) error {
	if err := in.end(ctx); err != nil {
		return err
	}
	row, ok := in.rows[x.ID]
	if !ok {
		return fault.Tampered("The hand-over holds runs of an import that its log does not name.")
	}
	src, err := sourceRow(row)
	if err != nil {
		return err
	}
	in.source, in.notes, in.theirs, in.ours, in.count = src, x, ledger.RunTree{}, ledger.RunTree{}, 0
	if held, ok, err := runs.SourceBySHA256(ctx, in.t.SQL, src.WorkflowID, src.SHA256); err != nil || ok {
		in.refs[src.Ref] = held.Ref
		return err // imported on both sides: the same file
	}
	wf, err := store.Workflows.Get(ctx, &in.t.Reader, src.WorkflowID)
	if err != nil {
		return err
	}
	ref := src.Ref
	if _, err := runs.GetSource(ctx, in.t.SQL, ref); err == nil {
		n, err := in.t.NextNumber(ctx, id.Source)
		if err != nil {
			return err
		}
		ref = id.Ref(id.Source, n)
		if in.merged != nil {
			in.merged.Renumbered[src.Ref] = ref
		}
	} else if fault.CodeOf(err) != fault.CodeNotFound {
		return err
	}
	in.refs[src.Ref], in.theirRef = ref, src.Ref
	// Runs that the sender held before do not travel again, where the file does not tell them otherwise: that they
	// were the same, or differed, is counted on.
	here := imported.Source{
		ID:         src.ID,
		Ref:        ref,
		FileName:   src.FileName,
		Format:     src.Format,
		Mapping:    src.Mapping,
		State:      src.State,
		Same:       src.Same,
		Differ:     src.Differ - x.Told,
		ImportedAt: src.ImportedAt,
		ImportedBy: src.ImportedBy,
	}
	in.workflow, in.source.Ref = wf, ref
	in.writer, err = runs.NewWriter(
		ctx,
		in.t.SQL,
		wf,
		here,
		runs.Options{Leaf: func(d runs.Digest) { in.ours.Add(d[:]) }},
	)
	return err
}

func (in *runReceiver) run(ctx context.Context, line []byte) error {
	in.rec = run.Record{}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&in.rec); err != nil {
		return fault.Unreadable("runs/"+in.source.ID, "Run %d cannot be read.", in.count+1).Because(err)
	}
	if faults := in.rec.Validate(in.s.clock().AddDate(0, 0, 1)); len(faults) > 0 {
		return fault.Unreadable("runs/"+in.source.ID, "Run %d: %s", in.count+1, faults[0].Message)
	}
	if in.count++; in.count%1024 == 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	digest := runs.DigestOf(&in.rec)
	in.theirs.Add(digest[:])
	if in.writer == nil {
		return nil
	}
	_, err := in.writer.Add(ctx, &in.rec)
	return err
}

// end closes an import: its runs have to be those whose root the sender's log holds.
func (in *runReceiver) end(ctx context.Context) error {
	if in.source.ID == "" {
		return nil
	}
	src := in.source
	in.source = imported.Source{}
	if root := in.theirs.Root(); hex.EncodeToString(root[:]) != src.Root {
		return fault.Tampered(
			"The runs of import %s (%s) in the hand-over are not those that the sender's log recorded.",
			src.Ref,
			src.FileName,
		)
	}
	if in.writer == nil {
		return nil
	}
	w := in.writer
	for _, x := range in.notes.Refused {
		if err := w.Refuse(ctx, imported.Refused(x)); err != nil {
			return err
		}
	}
	root := in.ours.Root()
	var left []runs.LeftAside
	for _, x := range in.notes.LeftAside {
		left = append(left, runs.LeftAside(x))
	}
	var treated []imported.Treatment
	for _, x := range in.notes.Treated {
		treated = append(treated, imported.Treatment(x))
	}
	sum, err := w.Close(ctx,
		runs.End{
			NoRun:      in.notes.NoRun,
			LeftAside:  left,
			Treated:    treated,
			Columns:    in.notes.Columns,
			Unread:     in.notes.Unread,
			SHA256:     src.SHA256,
			Bytes:      src.Bytes,
			Format:     src.Format,
			Root:       hex.EncodeToString(root[:]),
			Records:    src.Records,
			Refused:    src.Refused,
			Stated:     src.Stated,
			Duplicates: in.notes.Duplicates,
			Chain:      in.notes.Chain,
			ImportedAt: src.ImportedAt,
		},
	)
	in.writer = nil
	if err != nil {
		return err
	}
	var conflicts []runs.Conflict
	for _, c := range in.notes.Conflicts {
		c.Detail = strings.ReplaceAll(c.Detail, in.theirRef, src.Ref)
		conflicts = append(
			conflicts,
			runs.Conflict{
				RunID:  c.Run,
				Day:    c.Day,
				At:     run.Position{Line: c.Line, Item: c.Item, Offset: c.Offset},
				Detail: c.Detail,
			},
		)
	}
	workflow, source := in.workflow, sum.Source
	in.after = append(
		in.after,
		func() error { return runs.PutConflicts(ctx, in.t.SQL, workflow, source, conflicts) },
	)
	in.t.Touch("source", sum.Source.ID)
	if in.merged != nil {
		in.merged.Imports = append(
			in.merged.Imports,
			MergedImport{
				Ref:      sum.Source.Ref,
				Workflow: in.workflow.Ref,
				FileName: sum.Source.FileName,
				Runs:     in.count,
				New:      sum.Source.New,
				Same:     sum.Source.Same - src.Same,
				Differ:   sum.Source.Differ - src.Differ,
			},
		)
	}
	return nil
}

// decide gives findings the decisions that came with them. A finding about
// which something was decided here keeps that.
func (in *runReceiver) decide(ctx context.Context) error {
	byDisposition := map[string][]handover.Decided{}
	known := map[string]bool{}
	for _, d := range in.h.Decided {
		byDisposition[d.Disposition] = append(byDisposition[d.Disposition], d)
		known[d.Disposition] = true
	}
	list, err := in.dispositions(byDisposition)
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b imported.Disposition) int { return a.At.Compare(b.At) })
	for _, d := range list {
		already, err := runs.Dispositions(ctx, in.t.SQL, d.WorkflowID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(already, func(x imported.Disposition) bool { return x.ID == d.ID }) {
			continue
		}
		if a := d.Basis.Approval; !a.IsZero() && in.merged != nil { // back where its people and keys are known
			may := organisation.ActionReview
			if d.Status == imported.StatusAccepted {
				may = organisation.ActionAcceptFinding
			}
			content, err := d.Content()
			if err != nil {
				return err
			}
			d.Basis.Approval, err = in.s.approvalBack(ctx, &in.t.Reader, in.h.Header.Sender, a, content, may)
			if err != nil {
				return err
			}
		}
		var ids []string
		for _, f := range byDisposition[d.ID] {
			subject := f.Subject
			if ref := in.refs[subject]; ref != "" { // LOG findings are about an import
				subject = ref
			}
			found, bears, ok, err := runs.FindNamed(
				ctx,
				in.t.SQL,
				f.Workflow,
				runs.Name{Code: oversight.Code(f.Code), Gate: f.Gate, RunID: f.Run, Subject: subject},
			)
			switch {
			case err != nil:
				return err
			case !ok:
			case bears != "" && !known[bears]:
				if in.merged != nil {
					in.merged.Undecided++
				}
			default:
				ids = append(ids, found)
			}
		}
		if len(ids) == 0 {
			continue
		}
		if _, err := runs.Dispose(
			ctx, in.t.SQL, runs.FindingFilter{WorkflowID: d.WorkflowID}, ids, d, nil,
		); err != nil {
			return err
		}
		if in.merged != nil {
			in.merged.Decided += int64(len(ids))
		}
	}
	return nil
}

// dispositions reads the decisions that some finding bears.
func (in *runReceiver) dispositions(borne map[string][]handover.Decided) ([]imported.Disposition, error) {
	var list []imported.Disposition
	for _, row := range in.h.Rows {
		if row.Table != "disposition" || row.Deleted() || len(borne[row.Key]) == 0 {
			continue
		}
		var d imported.Disposition
		var x struct {
			ID         string          `json:"id"`
			WorkflowID string          `json:"workflow_id"`
			Status     imported.Status `json:"status"`
			Why        string          `json:"why"`
			By         string          `json:"by"`
			At         string          `json:"at"`
			Expires    *string         `json:"expires"`
			ActionID   *string         `json:"action_id"`
			Basis      *string         `json:"basis"`
			Findings   int64           `json:"findings"`
			Digest     string          `json:"digest"`
		}
		if err := json.Unmarshal([]byte(row.Row), &x); err != nil || x.ID != row.Key {
			return nil, fault.Unreadable("rows.jsonl", "A decision in the hand-over cannot be read.").Because(err)
		}
		d = imported.Disposition{ID: x.ID, WorkflowID: x.WorkflowID, Status: x.Status, Why: x.Why, By: x.By}
		var err error
		if d.At, err = time.Parse(time.RFC3339Nano, x.At); err != nil {
			return nil, fault.Unreadable("rows.jsonl", "A decision in the hand-over has no time.").Because(err)
		}
		if x.Expires != nil {
			d.Expires = civil.Date(*x.Expires)
		}
		if x.ActionID != nil {
			d.ActionID = *x.ActionID
		}
		if x.Basis != nil {
			if err := json.Unmarshal([]byte(*x.Basis), &d.Basis); err != nil {
				return nil, fault.Unreadable("rows.jsonl", "A decision in the hand-over cannot be read.").Because(err)
			}
		}
		if a := d.Basis.Approval; !a.IsZero() {
			if d.Basis.Origin == (review.Origin{}) {
				d.Basis.Origin = review.Origin{Findings: x.Findings, Digest: x.Digest}
			}
		}
		list = append(list, d)
	}
	return list, nil
}

// putRow puts a record that came from elsewhere, where it is sound.
func putRow(ctx context.Context, t *store.Tx, table, key, row string) error {
	if err := handover.Sound(table, key, row); err != nil {
		return err
	}
	return t.PutRow(ctx, table, row)
}
