package service

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/handover"
	"assay/internal/id"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/store"
	"assay/internal/workflow"
)

// HandoverRequest asks for a hand-over file.
type HandoverRequest struct {
	To   string `json:"to"`   // public keys of who may read it, one a line
	Path string `json:"path"` // the file to write; must not be there yet
	// Workflows are the references of those to hand over, with what belongs to them; empty is the
	// whole register. The policies that apply to them come along, and of other workflows that those
	// name nothing but the reference.
	Workflows []string `json:"workflows"`
	Runs      bool     `json:"runs"` // imported runs as well, with what was found and decided

	// Progress is called now and then with the runs written; nil is nobody.
	Progress func(runs int64) `json:"-"`
}

// HandedOver is what a hand-over file holds.
type HandedOver struct {
	Path      string `json:"path"`
	Bytes     int64  `json:"bytes"`
	Records   int    `json:"records"`
	Documents int    `json:"documents"`
	Imports   int    `json:"imports"`
	Runs      int64  `json:"runs"`
}

// SendHandover writes the register's records and documents, or those of some
// workflows, with the activity log and its proofs, for the recipient's eyes
// only. The log says that it was done.
func (s *Service) SendHandover(ctx context.Context, q HandoverRequest) (out HandedOver, err error) {
	to, err := handover.Recipients(q.To)
	if err != nil {
		return out, err
	}
	who := s.SignedIn()
	if who == nil {
		return out, fault.Forbidden("Say first who is at the keyboard.")
	}
	if _, err := os.Lstat(q.Path); err == nil {
		return out, fault.Conflict("There already is a file %s; choose another name.", q.Path)
	}
	what := "the register"
	if len(q.Workflows) > 0 {
		what = strings.Join(q.Workflows, ", ")
	}
	// The entry comes first, so that the log that travels holds it.
	err = s.change(
		ctx,
		doing{
			action:  "handover.send",
			summary: "Handed " + what + " over as " + filepath.Base(q.Path),
			may:     organisation.ActionExport,
		},
		func(t *store.Tx) error {
			for _, ref := range q.Workflows {
				if _, err := store.Workflows.Get(ctx, &t.Reader, ref); err != nil {
					return err
				}
			}
			return t.PutSetting(ctx, "last_handover", store.Stamp(s.clock()))
		},
	)
	if err != nil {
		return out, err
	}
	err = copyTo(q.Path, func(w io.Writer) error {
		return s.read(ctx, func(r *store.Reader) error {
			out, err = s.writeHandover(ctx, r, q, who.Name, to, w)
			return err
		})
	})
	if err != nil {
		return out, err
	}
	if info, err := os.Stat(q.Path); err == nil {
		out.Bytes = info.Size()
	}
	out.Path = q.Path
	return out, nil
}

func (s *Service) writeHandover(
	ctx context.Context,
	r *store.Reader,
	q HandoverRequest,
	sender string,
	to []handover.Recipient,
	out io.Writer,
) (sum HandedOver, err error) {
	reg, err := r.Register(ctx)
	if err != nil {
		return sum, err
	}
	org, err := getOrganisation(ctx, r)
	if err != nil {
		return sum, err
	}
	log, err := r.Log(ctx)
	if err != nil {
		return sum, err
	}
	head, err := log.Head(reg.ID, s.clock())
	if err != nil {
		return sum, err
	}
	note, err := ledger.SignHead(head, nil)
	if err != nil {
		return sum, err
	}
	base, received, err := received(ctx, r)
	if err != nil {
		return sum, err
	}
	chosen, err := selectRecords(ctx, r, q)
	if err != nil {
		return sum, err
	}
	rows, err := rowsToSend(ctx, r, received, chosen)
	if err != nil {
		return sum, err
	}
	leaves, err := leavesToSend(ctx, r, rows, chosen)
	if err != nil {
		return sum, err
	}
	bundle, err := log.Bundle(note, leaves, nil)
	if err != nil {
		return sum, err
	}
	w, err := handover.NewWriter(
		out,
		to,
		handover.Header{Register: reg.ID, Organisation: org.Name, Sender: sender, Created: s.clock().UTC(),
			Head: handover.Point{
				Size: head.Size,
				Root: hex.EncodeToString(head.Root[:]),
			}, Base: base, Workflows: chosen.workflows, Others: chosen.others, Runs: q.Runs},
		rows,
	)
	if err != nil {
		return sum, err
	}
	if err := w.Log(bundle.Files()); err != nil {
		return sum, err
	}
	for _, row := range rows {
		if row.Deleted() {
			continue
		}
		if row.Table != "blob" {
			sum.Records++
			continue
		}
		src, size, err := r.Blob(ctx, row.Key)
		if err != nil {
			return sum, err
		}
		if err := w.Blob("blobs/"+row.Key, size, src); err != nil {
			return sum, err
		}
		sum.Documents++
	}
	if q.Runs {
		if err := sendRuns(ctx, r, w, rows, received, q.Progress, &sum); err != nil {
			return sum, err
		}
	}
	return sum, w.Close()
}

// leavesToSend are the whole log, or, of a part of the register, the entries
// that last touched its rows.
func leavesToSend(ctx context.Context, r *store.Reader, rows []handover.Row, chosen selection) ([][]byte, error) {
	all, err := allLeaves(ctx, r)
	if err != nil || chosen.whole() {
		return all, err
	}
	last, err := r.LastRows(ctx)
	if err != nil {
		return nil, err
	}
	sent := map[[2]string]bool{}
	for _, row := range rows {
		sent[[2]string{row.Table, row.Key}] = true
	}
	want := map[int64]bool{}
	for _, l := range last {
		if sent[[2]string{l.Tbl, l.Key}] {
			want[l.Seq] = true
		}
	}
	var out [][]byte
	for i, leaf := range all {
		if want[int64(i+1)] {
			out = append(out, leaf)
		}
	}
	return out, nil
}

func allLeaves(ctx context.Context, r *store.Reader) ([][]byte, error) {
	var out [][]byte
	for from := int64(1); ; {
		rows, err := r.LogLeaves(ctx, from, 1000)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			out = append(out, []byte(row.Leaf))
			from = row.Seq + 1
		}
		if len(rows) < 1000 {
			return out, nil
		}
	}
}

// baseSetting holds whose register this one began with, and how long its log
// then was; the entry that put the rows here is that of receivedSetting.
const (
	baseSetting     = "handover_base"
	receivedSetting = "handover_received"
)

// received gives what this register began with, and the digests of the rows as
// they came; nothing where it did not begin with a hand-over.
func received(ctx context.Context, r *store.Reader) (*handover.Point, map[[2]string]string, error) {
	text, err := r.Setting(ctx, baseSetting)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	var base handover.Point
	if err := json.Unmarshal([]byte(text), &base); err != nil {
		return nil, nil, err
	}
	seq, err := r.Setting(ctx, receivedSetting)
	if err != nil {
		return nil, nil, err
	}
	var n int64
	if _, err := fmt.Sscan(seq, &n); err != nil {
		return nil, nil, err
	}
	rows, err := r.RowsOf(ctx, n)
	digests := map[[2]string]string{}
	for _, x := range rows {
		digests[[2]string{x.Tbl, x.Key}] = x.Digest
	}
	return &base, digests, err
}

func rowsToSend(
	ctx context.Context,
	r *store.Reader,
	base map[[2]string]string,
	chosen selection,
) ([]handover.Row, error) {
	var out []handover.Row
	there := map[[2]string]bool{}
	err := r.EachRow(ctx, func(table, key, digest string) error {
		k := [2]string{table, key}
		there[k] = true
		if !chosen.has(table, key) {
			return nil
		}
		_, row, err := r.Row(ctx, table, key)
		out = append(out, handover.Row{Table: table, Key: key, Digest: digest, Base: base[k], Row: row.String})
		return err
	})
	for k, digest := range base {
		if !there[k] && handover.Carries(k[0]) {
			out = append(out, handover.Row{Table: k[0], Key: k[1], Base: digest})
		}
	}
	slices.SortFunc(
		out,
		func(a, b handover.Row) int { return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Key, b.Key)) },
	)
	return out, err
}

// OpenHandover makes a new register from a hand-over, for working on. It is
// another register with a log of its own, which begins with what was received.
func OpenHandover(
	ctx context.Context,
	file, identity, path string,
	n NewRegister,
	o Options,
) (_ *Service, recovery string, err error) {
	ids, err := handover.Identities(identity)
	if err != nil {
		return nil, "", err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, "", fault.Unreadable(filepath.Base(file), "This file cannot be opened.").Because(err)
	}
	defer f.Close()
	h, err := handover.Read(f, ids, handover.Sink{}) // looked at first
	if err != nil {
		return nil, "", err
	}
	n.Organisation = h.Header.Organisation
	s, recovery, err := Create(ctx, path, n, o)
	if err != nil {
		return nil, "", err
	}
	path = s.Path()
	defer func() {
		if err != nil {
			s.Close()
			os.Remove(path)
		}
	}()
	if _, err = f.Seek(0, io.SeekStart); err != nil {
		return nil, "", fault.Doing("open a hand-over", err)
	}
	base, err := json.Marshal(
		handover.Point{Register: h.Header.Register, Size: h.Header.Head.Size, Root: h.Header.Head.Root},
	)
	if err != nil {
		return nil, "", fault.Doing("open a hand-over", err)
	}
	err = s.change(
		ctx,
		doing{
			action:  "handover.open",
			may:     organisation.ActionEdit,
			summary: "Received the register of " + h.Header.Organisation + " from " + h.Header.Sender,
		},
		func(t *store.Tx) error {
			in := runReceiver{s: s, t: t}
			err := in.read(ctx, f, ids, func(again *handover.Handover) error {
				if again.Header.Head != h.Header.Head {
					return fault.Unreadable(filepath.Base(file), "The file changed while it was being read; try again.")
				}
				if err := errors.Join(
					t.DeferReferences(ctx), raiseCounters(ctx, t, again), s.renumberKeeper(ctx, t),
				); err != nil {
					return err
				}
				for _, row := range again.Rows {
					if row.Deleted() || row.Table == "blob" || !handover.Carries(row.Table) {
						continue
					}
					if err := putRow(ctx, t, row.Table, row.Key, row.Row); err != nil {
						return err
					}
				}
				return putOthers(ctx, t, again.Header)
			})
			if err != nil {
				return err
			}
			size, err := t.LogSize(ctx)
			if err != nil {
				return err
			}
			t.Entry().Digests = []ledger.Digest{{Name: "handover-head", SHA256: h.Header.Head.Root}}
			return errors.Join(
				t.PutSetting(ctx, baseSetting, string(base)),
				t.PutSetting(ctx, receivedSetting, fmt.Sprint(size+1)),
			)
		},
	)
	if err != nil {
		return nil, "", err
	}
	return s, recovery, nil
}

// partSetting holds the identifiers of the workflows that a part of a register
// was handed over with, as JSON; it is not there in a whole register.
const partSetting = "handover_part"

// nameLeftBehind is the name, in a part of a register, of a workflow that stayed
// behind.
const nameLeftBehind = "Not handed over"

// putOthers notes that only a part was handed over, and puts a workflow without
// content in the place of each that stayed behind.
func putOthers(ctx context.Context, t *store.Tx, h handover.Header) error {
	if len(h.Workflows) == 0 {
		return nil
	}
	for _, o := range h.Others {
		if slices.Contains(h.Workflows, o.ID) {
			continue
		}
		w := workflow.Workflow{ID: o.ID, Ref: o.Ref, Name: nameLeftBehind, Lifecycle: workflow.LifecycleProposed}
		if err := store.Workflows.Put(ctx, t, &w); err != nil {
			return fmt.Errorf("note a workflow that stayed behind: %w", err)
		}
	}
	part, err := json.Marshal(h.Workflows)
	if err != nil {
		return fmt.Errorf("note what was handed over: %w", err)
	}
	if err := t.PutSetting(ctx, partSetting, string(part)); err != nil {
		return fmt.Errorf("note what was handed over: %w", err)
	}
	return nil
}

// handedPart are the workflows of a register that is a part of another; nil where
// it is whole.
func handedPart(ctx context.Context, r *store.Reader) (map[string]bool, error) {
	text, err := r.Setting(ctx, partSetting)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what was handed over: %w", err)
	}
	var ids []string
	if err := json.Unmarshal([]byte(text), &ids); err != nil {
		return nil, fault.Tampered("What was handed over with this register cannot be read: run assay check.").
			Because(err)
	}
	part := map[string]bool{}
	for _, id := range ids {
		part[id] = true
	}
	return part, nil
}

// raiseCounters makes sure that no reference that comes with a hand-over is
// given out again.
func raiseCounters(ctx context.Context, t *store.Tx, h *handover.Handover) error {
	highest, err := h.Highest()
	if err != nil {
		return err
	}
	for prefix, n := range highest {
		if err := t.RaiseCounter(ctx, prefix, n); err != nil {
			return err
		}
	}
	return nil
}

// renumberKeeper moves the person who opens a hand-over out of the way of the
// people who come with it.
func (s *Service) renumberKeeper(ctx context.Context, t *store.Tx) error {
	people, err := store.People.List(ctx, &t.Reader)
	if err != nil {
		return err
	}
	for i := range people {
		people[i].Ref = ""
		if err := save(ctx, t, store.People, id.Person, &people[i], organisation.Person.Validate); err != nil {
			return err
		}
	}
	return nil
}

// namesOf are the names of what records refer to by identifiers, on both sides.
func namesOf(ctx context.Context, r *store.Reader, h *handover.Handover) (map[string]string, error) {
	out, err := h.Names()
	if err != nil {
		return nil, err
	}
	people, err1 := store.People.List(ctx, r)
	workflows, err2 := store.Workflows.List(ctx, r)
	policies, err3 := store.Policies.List(ctx, r)
	for _, x := range people {
		out[x.ID] = refAndName(x.Ref, x.Name)
	}
	for _, x := range workflows {
		out[x.ID] = refAndName(x.Ref, x.Name)
	}
	for _, x := range policies {
		out[x.ID] = refAndName(x.Ref, x.Title)
	}
	return out, errors.Join(err1, err2, err3)
}

// MergePlan is what merging a hand-over would do.
type MergePlan struct {
	Sender    string          `json:"sender"`
	Created   string          `json:"created"`
	Items     []handover.Item `json:"items"`
	Imports   []MergedImport  `json:"imports"` // of runs, which are not here yet
	Conflicts int             `json:"conflicts"`
	Same      int             `json:"same"` // records that are the same on both sides, or changed here only
}

// CompareHandover sets each record that a hand-back changed beside ours.
func (s *Service) CompareHandover(ctx context.Context, file, identity string) (p MergePlan, err error) {
	f, ids, err := openHandoverFile(file, identity)
	if err != nil {
		return p, err
	}
	defer f.Close()
	err = s.read(ctx, func(r *store.Reader) error {
		counts := map[string]int64{}
		var source string
		h, err := handover.Read(f, ids, handover.Sink{
			Source: func(x handover.Source) error { source = x.ID; counts[source] = 0; return nil },
			Run:    func([]byte) error { counts[source]++; return ctx.Err() },
		})
		if err != nil {
			return err
		}
		if p, err = s.compareHandover(ctx, r, h); err != nil {
			return err
		}
		p.Imports, err = s.compareImports(ctx, r, h, counts)
		return err
	})
	return p, err
}

func openHandoverFile(file, identity string) (*os.File, []handover.Identity, error) {
	ids, err := handover.Identities(identity)
	if err != nil {
		return nil, nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, fault.Unreadable(filepath.Base(file), "This file cannot be opened.").Because(err)
	}
	return f, ids, nil
}

func (s *Service) compareHandover(ctx context.Context, r *store.Reader, h *handover.Handover) (MergePlan, error) {
	p := MergePlan{
		Sender:  h.Header.Sender,
		Created: h.Header.Created.UTC().Format("2006-01-02T15:04:05Z"),
		Items:   []handover.Item{},
		Imports: []MergedImport{},
	}
	reg, err := r.Register(ctx)
	if err != nil {
		return p, err
	}
	if h.Header.Base == nil || h.Header.Base.Register != reg.ID {
		return p, fault.Conflict(
			"This hand-over did not begin with this register; only what was handed over from here can be merged back.",
		)
	}
	log, err := r.Log(ctx)
	if err != nil {
		return p, err
	}
	root, err := log.Root(h.Header.Base.Size)
	if err != nil || hex.EncodeToString(root[:]) != h.Header.Base.Root {
		return p, fault.Tampered("The hand-over began with a log that this register never had.")
	}
	names, err := namesOf(ctx, r, h)
	if err != nil {
		return p, err
	}
	if p.Items, p.Same, err = h.Compare(ctx, here{r}, names); err != nil {
		return p, err
	}
	for _, item := range p.Items {
		if item.Fate == handover.FateConflict {
			p.Conflicts++
		}
	}
	return p, nil
}

// here is the register as a comparison asks it.
type here struct{ r *store.Reader }

func (h here) Row(ctx context.Context, table, key string) (digest, row string, err error) {
	digest, text, err := h.r.Row(ctx, table, key)
	return digest, rowText(text), err
}

func (h here) Held(ctx context.Context, table, key string) (bool, error) {
	_, err := h.r.LastRowDigest(ctx, table, key)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, fault.Doing("look for a record in the log", err)
}

func (h here) RowBefore(ctx context.Context, table, key string, seq int64) (string, error) {
	return rowBefore(ctx, h.r, table, key, seq)
}

// Merged is what a merge did.
type Merged struct {
	Taken      int               `json:"taken"`
	Kept       int               `json:"kept"`
	Renumbered map[string]string `json:"renumbered"` // new records and imports whose references were in use here: theirs to ours
	Imports    []MergedImport    `json:"imports"`
	Decided    int64             `json:"decided"`   // findings that now bear their decision
	Undecided  int64             `json:"undecided"` // findings about which something else was decided here, which stands
}

// MergeHandover takes a hand-back's changes into this register, in one entry.
// decide says for each conflict which side is taken and why, which the log keeps; a
// conflict without a decision or a reason is a fault. The sender's activity log is kept as a document, so both
// histories stay.
func (s *Service) MergeHandover(
	ctx context.Context,
	file, identity string,
	decide []handover.Decision,
) (out Merged, err error) {
	out.Renumbered, out.Imports = map[string]string{}, []MergedImport{}
	f, ids, err := openHandoverFile(file, identity)
	if err != nil {
		return out, err
	}
	defer f.Close()
	err = s.change(
		ctx,
		doing{
			action:  "handover.merge",
			summary: "Merged a hand-back",
			reason:  oneLine(handover.Reasons(decide)),
			may:     organisation.ActionEdit,
		},
		func(t *store.Tx) error {
			in := runReceiver{s: s, t: t, merged: &out}
			if err := in.read(
				ctx, f, ids, func(h *handover.Handover) error { return s.mergeRows(ctx, t, h, decide, &out) },
			); err != nil {
				return err
			}
			h := in.h
			var entries []byte
			for _, name := range []string{"head.txt", "entries.jsonl"} {
				entries = append(entries, h.Files[name]...)
			}
			log, size, err := t.PutBlob(ctx, strings.NewReader(string(entries)))
			if err != nil {
				return err
			}
			doc := evidence.Evidence{
				Title:         oneLine("Activity log of the hand-back by " + h.Header.Sender),
				Kind:          evidence.KindOther,
				FileName:      "activity-log.txt",
				MIME:          "text/plain",
				SHA256:        log,
				Bytes:         size,
				CollectedAt:   s.today(),
				EffectiveFrom: s.today(),
				ImportedAt:    s.clock(),
				Status:        evidence.StatusApproved,
				Note:          "Head and entries of the log of the register that was handed back, as they were merged.",
			}
			if err := save(ctx, t, store.Documents, id.Evidence, &doc, evidence.Evidence.Validate); err != nil {
				return err
			}
			t.Entry().Summary = oneLine(
				fmt.Sprintf(
					"Merged the hand-back by %s: %d records taken, %d kept as they were, %d imports",
					h.Header.Sender,
					out.Taken,
					out.Kept,
					len(out.Imports),
				),
			)
			t.Entry().Digests = []ledger.Digest{
				{Name: "handover-head", SHA256: h.Header.Head.Root},
				{Name: "handover-log", SHA256: log},
			}
			return nil
		},
	)
	if err == nil && len(out.Imports) > 0 {
		s.wakeIndexing()
	}
	return out, err
}

func (s *Service) mergeRows(
	ctx context.Context,
	t *store.Tx,
	h *handover.Handover,
	decide []handover.Decision,
	out *Merged,
) error {
	plan, err := s.compareHandover(ctx, &t.Reader, h)
	if err != nil {
		return err
	}
	if err := errors.Join(t.DeferReferences(ctx), raiseCounters(ctx, t, h)); err != nil {
		return err
	}
	rows := map[[2]string]handover.Row{}
	for _, row := range h.Rows {
		rows[[2]string{row.Table, row.Key}] = row
	}
	take, kept, err := handover.Decide(plan.Items, decide)
	if err != nil {
		return err
	}
	out.Kept += kept
	for _, item := range take {
		if item.Deleted {
			if _, err := t.DeleteNoun(ctx, item.Table, item.Key); err != nil {
				return err
			}
			out.Taken++
			continue
		}
		row := rows[[2]string{item.Table, item.Key}].Row
		if item.New && item.Table == "person" {
			if row, err = handover.WithoutDuties(row); err != nil {
				return err
			}
		}
		if item.New {
			if row, err = s.renumber(ctx, t, item, row, out.Renumbered); err != nil {
				return err
			}
		}
		was, err := workflowBefore(ctx, t, item.Table, item.Key)
		if err != nil {
			return err
		}
		before, err := s.beforeBack(ctx, t, item)
		if err != nil {
			return err
		}
		if err := putRow(ctx, t, item.Table, item.Key, row); err != nil {
			return err
		}
		if err := s.holdBack(ctx, t, h.Header.Sender, item, before); err != nil {
			return err
		}
		if err := s.redeclare(ctx, t, was, item.Key); err != nil {
			return err
		}
		out.Taken++
	}
	return nil
}

// renumber gives a new record another reference where its own is in use here.
func (s *Service) renumber(
	ctx context.Context,
	t *store.Tx,
	item handover.Item,
	row string,
	done map[string]string,
) (string, error) {
	taken, err := t.RefTaken(ctx, item.Table, item.Ref)
	if err != nil || !taken || item.Table == "soa" {
		return row, err
	}
	prefix := id.Prefix(item.Ref)
	n, err := t.NextNumber(ctx, prefix)
	if err != nil {
		return "", err
	}
	done[item.Ref] = id.Ref(prefix, n)
	return handover.WithRef(row, item.Ref, done[item.Ref])
}
