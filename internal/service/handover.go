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
	"strconv"
	"strings"

	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/handover"
	"assay/internal/id"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/store"
)

// handedOver are the tables whose rows a hand-over carries: what people wrote.
// Keys stay where they are; issued documents belong to the register that issued
// them; imported runs travel as the export files that they came from, which the
// register names by their digests.
var handedOver = []string{"person", "workflow", "policy", "assessment", "schedule", "review", "action", "record", "evidence", "soa", "blob"}

// HandoverRequest asks for a hand-over file.
type HandoverRequest struct {
	To   string `json:"to"`   // public keys of who may read it, one a line
	Path string `json:"path"` // the file to write; must not be there yet
}

// SendHandover writes the register's records and documents, with the activity
// log and its proofs, for the recipient's eyes only. The log says that it was done.
func (s *Service) SendHandover(ctx context.Context, q HandoverRequest) error {
	to, err := handover.Recipients(q.To)
	if err != nil {
		return err
	}
	who := s.SignedIn()
	if who == nil {
		return fault.Forbidden("Say first who is at the keyboard.")
	}
	// The entry comes first, so that the log that travels holds it.
	err = s.change(ctx, doing{action: "handover.send", summary: "Handed the register over as " + filepath.Base(q.Path), may: organisation.ActionExport}, func(t *store.Tx) error {
		return t.PutSetting(ctx, "last_handover", store.Stamp(s.clock()))
	})
	if err != nil {
		return err
	}
	return copyTo(q.Path, func(out io.Writer) error {
		return s.read(ctx, func(r *store.Reader) error {
			reg, err := r.Register(ctx)
			if err != nil {
				return err
			}
			org, err := getOrganisation(ctx, r)
			if err != nil {
				return err
			}
			log, err := r.Log(ctx)
			if err != nil {
				return err
			}
			head, err := log.Head(reg.ID, s.clock())
			if err != nil {
				return err
			}
			note, err := ledger.SignHead(head)
			if err != nil {
				return err
			}
			leaves, err := allLeaves(ctx, r)
			if err != nil {
				return err
			}
			bundle, err := log.Bundle(note, leaves, nil)
			if err != nil {
				return err
			}
			base, received, err := received(ctx, r)
			if err != nil {
				return err
			}
			rows, err := rowsToSend(ctx, r, received)
			if err != nil {
				return err
			}
			w, err := handover.NewWriter(out, to, handover.Header{Register: reg.ID, Organisation: org.Name, Sender: who.Name, Created: s.clock().UTC(),
				Head: handover.Point{Size: head.Size, Root: hex.EncodeToString(head.Root[:])}, Base: base}, rows)
			if err != nil {
				return err
			}
			if err := w.Log(bundle.Files()); err != nil {
				return err
			}
			blobs, err := r.Blobs(ctx)
			if err != nil {
				return err
			}
			for _, b := range blobs {
				src, size, err := r.Blob(ctx, b.Sha256)
				if err != nil {
					return err
				}
				if err := w.Blob("blobs/"+b.Sha256, size, src); err != nil {
					return err
				}
			}
			return w.Close()
		})
	})
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

func rowsToSend(ctx context.Context, r *store.Reader, base map[[2]string]string) ([]handover.Row, error) {
	var out []handover.Row
	there := map[[2]string]bool{}
	err := r.EachRow(ctx, func(table, key, digest string) error {
		if !slices.Contains(handedOver, table) {
			return nil
		}
		_, row, err := r.Row(ctx, table, key)
		k := [2]string{table, key}
		there[k] = true
		out = append(out, handover.Row{Table: table, Key: key, Digest: digest, Base: base[k], Row: row.String})
		return err
	})
	for k, digest := range base {
		if !there[k] && slices.Contains(handedOver, k[0]) {
			out = append(out, handover.Row{Table: k[0], Key: k[1], Base: digest})
		}
	}
	slices.SortFunc(out, func(a, b handover.Row) int { return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Key, b.Key)) })
	return out, err
}

// OpenHandover makes a new register from a hand-over, for working on. It is
// another register with a log of its own, which begins with what was received.
func OpenHandover(ctx context.Context, file, identity, path string, n NewRegister, o Options) (_ *Service, recovery string, err error) {
	ids, err := handover.Identities(identity)
	if err != nil {
		return nil, "", err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, "", fault.Unreadable(filepath.Base(file), "This file cannot be opened.").Because(err)
	}
	defer f.Close()
	h, err := handover.Read(f, ids, func(string, int64, io.Reader) error { return nil }) // looked at first
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
		return nil, "", err
	}
	base, err := json.Marshal(handover.Point{Register: h.Header.Register, Size: h.Header.Head.Size, Root: h.Header.Head.Root})
	if err != nil {
		return nil, "", err
	}
	err = s.change(ctx, doing{action: "handover.open", may: organisation.ActionEdit, summary: "Received the register of " + h.Header.Organisation + " from " + h.Header.Sender}, func(t *store.Tx) error {
		again, err := handover.Read(f, ids, func(digest string, size int64, r io.Reader) error {
			_, _, err := t.PutBlob(ctx, r)
			return err
		})
		if err != nil {
			return err
		}
		if again.Header.Head != h.Header.Head {
			return fault.Unreadable(filepath.Base(file), "The file changed while it was being read; try again.")
		}
		if err := errors.Join(t.DeferReferences(ctx), raiseCounters(ctx, t, again.Rows), s.renumberKeeper(ctx, t)); err != nil {
			return err
		}
		for _, row := range again.Rows {
			if row.Deleted() || row.Table == "blob" {
				continue
			}
			if err := t.PutRow(ctx, row.Table, row.Row); err != nil {
				return err
			}
		}
		size, err := t.LogSize(ctx)
		if err != nil {
			return err
		}
		t.Entry().Digests = []ledger.Digest{{Name: "handover-head", SHA256: h.Header.Head.Root}}
		return errors.Join(t.PutSetting(ctx, baseSetting, string(base)), t.PutSetting(ctx, receivedSetting, fmt.Sprint(size+1)))
	})
	if err != nil {
		return nil, "", err
	}
	return s, recovery, nil
}

// raiseCounters makes sure that no reference that comes with a hand-over is
// given out again.
func raiseCounters(ctx context.Context, t *store.Tx, rows []handover.Row) error {
	highest := map[string]int64{}
	for _, row := range rows {
		if row.Deleted() || !undoTables[row.Table] {
			continue
		}
		fields, err := flatten(row.Row)
		if err != nil {
			return fault.Unreadable("rows.jsonl", "A record in the hand-over cannot be read.").Because(err)
		}
		for name, v := range fields {
			if name != "ref" && !(strings.HasPrefix(name, "risks[") && strings.HasSuffix(name, "].ref")) {
				continue
			}
			if prefix, number, ok := strings.Cut(v, "-"); ok {
				if n, err := strconv.ParseInt(number, 10, 64); err == nil {
					highest[prefix] = max(highest[prefix], n)
				}
			}
		}
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

// Fate is what a merge does with a record that the hand-over changed.
type Fate string

const (
	FateTake     Fate = "take"     // only they changed it: theirs is taken
	FateConflict Fate = "conflict" // both changed it: a person decides
	FateKeep     Fate = "keep"     // decided: ours stays
)

// MergeItem is one record that differs, with both sides.
type MergeItem struct {
	Table   string        `json:"table"`
	Key     string        `json:"key"`
	Ref     string        `json:"ref"`
	Name    string        `json:"name"`
	Fate    Fate          `json:"fate"`
	Deleted bool          `json:"deleted"` // they deleted it
	New     bool          `json:"new"`     // we do not have it
	Fields  []FieldChange `json:"fields"`  // before: ours, after: theirs
}

// MergePlan is what merging a hand-over would do.
type MergePlan struct {
	Sender    string      `json:"sender"`
	Created   string      `json:"created"`
	Items     []MergeItem `json:"items"`
	Conflicts int         `json:"conflicts"`
	Same      int         `json:"same"` // records that are the same on both sides, or changed here only
}

// CompareHandover sets each record that a hand-back changed beside ours.
func (s *Service) CompareHandover(ctx context.Context, file, identity string) (p MergePlan, err error) {
	h, err := readHandover(file, identity, func(string, int64, io.Reader) error { return nil })
	if err != nil {
		return p, err
	}
	err = s.read(ctx, func(r *store.Reader) error {
		p, err = s.compareHandover(ctx, r, h)
		return err
	})
	return p, err
}

func readHandover(file, identity string, blob func(string, int64, io.Reader) error) (*handover.Handover, error) {
	ids, err := handover.Identities(identity)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fault.Unreadable(filepath.Base(file), "This file cannot be opened.").Because(err)
	}
	defer f.Close()
	return handover.Read(f, ids, blob)
}

func (s *Service) compareHandover(ctx context.Context, r *store.Reader, h *handover.Handover) (MergePlan, error) {
	p := MergePlan{Sender: h.Header.Sender, Created: h.Header.Created.UTC().Format("2006-01-02T15:04:05Z"), Items: []MergeItem{}}
	reg, err := r.Register(ctx)
	if err != nil {
		return p, err
	}
	if h.Header.Base == nil || h.Header.Base.Register != reg.ID {
		return p, fault.Conflict("This hand-over did not begin with this register; only what was handed over from here can be merged back.")
	}
	log, err := r.Log(ctx)
	if err != nil {
		return p, err
	}
	root, err := log.Root(h.Header.Base.Size)
	if err != nil || hex.EncodeToString(root[:]) != h.Header.Base.Root {
		return p, fault.Tampered("The hand-over began with a log that this register never had.")
	}
	for _, row := range h.Rows {
		if row.Table == "blob" || !slices.Contains(handedOver, row.Table) {
			continue
		}
		mine, ours, err := r.Row(ctx, row.Table, row.Key)
		if err != nil {
			return p, err
		}
		if mine == row.Digest || row.Digest == row.Base {
			p.Same++
			continue
		}
		item := MergeItem{Table: row.Table, Key: row.Key, Fate: FateTake, Deleted: row.Deleted(), New: mine == "" && row.Base == ""}
		if mine != row.Base {
			item.Fate = FateConflict
			p.Conflicts++
		}
		before, after := "{}", "{}"
		if ours.Valid {
			before = ours.String
		}
		if !row.Deleted() {
			after = row.Row
		}
		if item.Fields, err = compare(before, after); err != nil {
			return p, fault.Unreadable("rows.jsonl", "A record in the hand-over cannot be read.").Because(err)
		}
		for _, text := range []string{after, before} {
			f, err := flatten(text)
			if err != nil {
				return p, err
			}
			item.Ref = cmp.Or(item.Ref, f["ref"], f["control_id"])
			item.Name = cmp.Or(item.Name, f["name"], f["title"])
		}
		p.Items = append(p.Items, item)
	}
	return p, nil
}

// Merged is what a merge did.
type Merged struct {
	Taken      int               `json:"taken"`
	Kept       int               `json:"kept"`
	Renumbered map[string]string `json:"renumbered"` // new records whose references were in use here: theirs to ours
}

// MergeHandover takes a hand-back's changes into this register, in one entry.
// decide says, by reference or key, for each conflict whether theirs is taken
// ("theirs") or ours stays ("ours"); an undecided conflict is a fault. The
// sender's activity log is kept as a document, so both histories stay.
func (s *Service) MergeHandover(ctx context.Context, file, identity string, decide map[string]string) (out Merged, err error) {
	out.Renumbered = map[string]string{}
	err = s.change(ctx, doing{action: "handover.merge", summary: "Merged a hand-back", may: organisation.ActionEdit}, func(t *store.Tx) error {
		h, err := readHandover(file, identity, func(digest string, size int64, r io.Reader) error {
			_, _, err := t.PutBlob(ctx, r)
			return err
		})
		if err != nil {
			return err
		}
		plan, err := s.compareHandover(ctx, &t.Reader, h)
		if err != nil {
			return err
		}
		if err := t.DeferReferences(ctx); err != nil {
			return err
		}
		rows := map[[2]string]handover.Row{}
		for _, row := range h.Rows {
			rows[[2]string{row.Table, row.Key}] = row
		}
		var open []string
		for _, item := range plan.Items {
			if item.Fate == FateConflict {
				switch cmp.Or(decide[item.Key], decide[item.Ref]) {
				case "theirs":
				case "ours":
					out.Kept++
					continue
				default:
					open = append(open, cmp.Or(item.Ref, item.Key))
					continue
				}
			}
			if item.Deleted {
				if _, err := t.DeleteNoun(ctx, item.Table, item.Key); err != nil {
					return err
				}
				out.Taken++
				continue
			}
			row := rows[[2]string{item.Table, item.Key}].Row
			if item.New {
				if row, err = s.renumber(ctx, t, item, row, out.Renumbered); err != nil {
					return err
				}
			}
			if err := t.PutRow(ctx, item.Table, row); err != nil {
				return err
			}
			out.Taken++
		}
		if len(open) > 0 {
			return fault.Conflict("Both sides changed %s. Decide for each which to keep.", strings.Join(open, ", "))
		}
		var entries []byte
		for _, name := range []string{"head.txt", "entries.jsonl"} {
			entries = append(entries, h.Files[name]...)
		}
		log, size, err := t.PutBlob(ctx, strings.NewReader(string(entries)))
		if err != nil {
			return err
		}
		doc := evidence.Evidence{Title: oneLine("Activity log of the hand-back by " + h.Header.Sender), Kind: evidence.KindOther, FileName: "activity-log.txt", MIME: "text/plain", SHA256: log, Bytes: size,
			CollectedAt: s.today(), EffectiveFrom: s.today(), ImportedAt: s.clock(), Status: evidence.StatusApproved, Note: "Head and entries of the log of the register that was handed back, as they were merged."}
		if err := save(ctx, t, store.Documents, id.Evidence, &doc, evidence.Evidence.Validate); err != nil {
			return err
		}
		t.Entry().Summary = oneLine(fmt.Sprintf("Merged the hand-back by %s: %d records taken, %d kept as they were", h.Header.Sender, out.Taken, out.Kept))
		t.Entry().Digests = []ledger.Digest{{Name: "handover-head", SHA256: h.Header.Head.Root}, {Name: "handover-log", SHA256: log}}
		return nil
	})
	return out, err
}

// renumber gives a new record another reference where its own is in use here.
func (s *Service) renumber(ctx context.Context, t *store.Tx, item MergeItem, row string, done map[string]string) (string, error) {
	taken, err := t.RefTaken(ctx, item.Table, item.Ref)
	if err != nil || !taken || item.Table == "soa" {
		return row, err
	}
	prefix := id.Prefix(item.Ref)
	n, err := t.NextNumber(ctx, prefix)
	if err != nil {
		return "", err
	}
	var columns map[string]json.RawMessage
	var body string
	if err := json.Unmarshal([]byte(row), &columns); err != nil {
		return "", err
	}
	if err := json.Unmarshal(columns["body"], &body); err != nil {
		return "", err
	}
	done[item.Ref] = id.Ref(prefix, n)
	body = strings.Replace(body, fmt.Sprintf(`"ref":%q`, item.Ref), fmt.Sprintf(`"ref":%q`, done[item.Ref]), 1)
	if columns["body"], err = json.Marshal(body); err != nil {
		return "", err
	}
	b, err := json.Marshal(columns)
	return string(b), err
}
