package verify

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/pack"
	"assay/internal/signing"
	"assay/internal/witness"
)

// LogProof is what the log in an evidence pack proves.
type LogProof struct {
	Pack    Verified       `json:"pack"`
	Size    int64          `json:"size"`    // entries in the log when the pack was made
	Entries int            `json:"entries"` // of them in the pack, each proven
	Whole   bool           `json:"whole"`   // all of them are
	Earlier []EarlierProof `json:"earlier"`
	Records []RecordProof  `json:"records"`
	Outside []Outside      `json:"outside"` // what witnesses and timestamp authorities say of earlier heads
	// Proven says that everything asked about is proven, by a signer who is trusted.
	Proven bool `json:"proven"`
}

// EarlierProof is what became of a log whose head an earlier document states.
type EarlierProof struct {
	Where    string `json:"where"`  // file
	Number   string `json:"number"` // of the certificate
	Size     int64  `json:"size"`
	Root     string `json:"root"`   // hex
	Answer   Answer `json:"answer"` // of the document itself
	Proven   bool   `json:"proven"`
	Sentence string `json:"sentence"`
	// Existed is by when its record stood in the log, RFC 3339, as a witness or an authority
	// shows whom the reader trusts; empty where none does. What was signed by a key that was
	// revoked or ended later is so shown to be older than that.
	Existed string `json:"existed"`
}

// RecordProof is how many records of a file in the pack are what the log recorded.
type RecordProof struct {
	File     string   `json:"file"`
	Records  int      `json:"records"`
	Proven   []string `json:"proven"`   // references
	Unproven []string `json:"unproven"` // references of those for which the log in the pack holds nothing
	Wrong    []string `json:"wrong"`    // references of those that say something else
}

// LogRequest asks what the log in a pack proves.
type LogRequest struct {
	Path           string   // the pack
	Earlier        []string // paths of certificates whose logs must be the beginning of the pack's
	TrustPath      string   // whom the reader trusts
	TimestampTrust string   // which timestamp authorities; empty: no timestamp proves a time
	Policy         string   // which witnesses (C2SP tlog-policy); empty: none is asked for
}

// ProveLog verifies a pack, and says what its log proves: that the log grew from
// the ones that certificates state (those in the pack and those given), and
// which records in the pack are what the log recorded.
func (v *Verifier) ProveLog(ctx context.Context, q LogRequest) (LogProof, error) {
	out := LogProof{Earlier: []EarlierProof{}, Records: []RecordProof{}, Outside: []Outside{}}
	v, err := v.forLog(q)
	if err != nil {
		return out, err
	}
	path, earlier := q.Path, q.Earlier
	f, err := os.Open(path)
	if err != nil {
		return out, fault.Unreadable(filepath.Base(path), "This file cannot be opened.").Because(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return out, fault.Unreadable(filepath.Base(path), "This is no evidence pack.").Because(err)
	}
	if out.Pack, err = v.Pack(ctx, f, info.Size(), filepath.Base(path)); err != nil {
		return out, err
	}
	if out.Pack.Answer == AnswerAltered || out.Pack.Answer == AnswerUnreadable {
		return out, nil // nothing in it can be believed
	}
	bag, err := pack.Open(f, info.Size())
	if err != nil {
		return out, err
	}
	files, err := logFiles(bag)
	if err != nil {
		return out, err
	}
	b, err := ledger.ReadBundle(files)
	if err != nil {
		return out, err
	}
	rep, err := b.Verify(v.trust.PublicKeys()...)
	if err != nil && !errors.Is(err, ledger.ErrUnknownSigner) {
		return out, err
	}
	out.Size, out.Entries, out.Whole, out.Proven = rep.Head.Size, len(
		rep.Entries,
	), rep.Whole, err == nil &&
		out.Pack.Answer == AnswerGenuine

	if out.Outside, err = v.outside(b); err != nil {
		return out, err
	}
	for kind, asked := range map[string]bool{"cosignature": q.Policy != "", "timestamp": q.TimestampTrust != ""} {
		if asked && !slices.ContainsFunc(out.Outside, func(x Outside) bool { return x.Kind == kind && x.Proven }) {
			out.Proven = false
		}
	}
	for _, name := range bag.Names() {
		if !strings.HasPrefix(name, "data/"+pack.CertificatesFolder+"/") || !strings.HasSuffix(name, ".pdf") {
			continue
		}
		r, size, err := bag.Section(name)
		if err != nil {
			return out, err
		}
		if err := v.earlier(ctx, &out, b, rep, r, size, strings.TrimPrefix(name, "data/")); err != nil {
			return out, err
		}
	}
	for _, path := range earlier {
		if err := v.earlierFile(ctx, &out, b, rep, path); err != nil {
			return out, err
		}
	}
	for _, x := range recordTables {
		p, err := proveRecords(bag, b, x.file, x.table, x.key)
		if err != nil {
			return out, err
		}
		out.Proven = out.Proven && len(p.Wrong)+len(p.Unproven) == 0
		out.Records = append(out.Records, p)
	}
	return out, nil
}

// forLog is the verifier with the authorities and witnesses that a request names.
func (v *Verifier) forLog(q LogRequest) (*Verifier, error) {
	with := *v
	if q.TimestampTrust != "" {
		if err := TrustTimestamps(&with.trust, q.TimestampTrust); err != nil {
			return nil, err
		}
	}
	if q.Policy != "" {
		data, err := readSmall(q.Policy)
		if err != nil {
			return nil, err
		}
		p, err := witness.ParsePolicy(data)
		if err != nil {
			return nil, err
		}
		with.policy = &p
	}
	return &with, nil
}

func (v *Verifier) earlierFile(
	ctx context.Context,
	out *LogProof,
	b ledger.Bundle,
	rep ledger.Report,
	path string,
) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.Unreadable(filepath.Base(path), "This file cannot be opened.").Because(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fault.Unreadable(filepath.Base(path), "This file cannot be read.").Because(err)
	}
	return v.earlier(ctx, out, b, rep, f, info.Size(), filepath.Base(path))
}

// earlier holds the head that a certificate states against the pack's log.
func (v *Verifier) earlier(
	ctx context.Context,
	out *LogProof,
	b ledger.Bundle,
	rep ledger.Report,
	r io.ReaderAt,
	size int64,
	where string,
) error {
	doc, err := v.Document(ctx, r, size, where)
	if err != nil {
		return err
	}
	x := EarlierProof{Where: where, Number: doc.Number, Answer: doc.Answer}
	defer func() {
		out.Proven = out.Proven && x.Proven
		out.Earlier = append(out.Earlier, x)
	}()
	if doc.Kind != "certificate" || doc.Answer == AnswerAltered || doc.Answer == AnswerUnreadable ||
		doc.Answer == AnswerUnsigned {
		x.Sentence = "It states no head that could be believed: " + doc.Answer.Sentence()
		return nil
	}
	record, err := signing.PDFAttachment(r, size, certificate.StatementFile)
	if err != nil {
		return err
	}
	st, err := certificate.Parse(record)
	if err != nil {
		return err
	}
	x.Size, x.Root = st.Log.Size, st.Log.Root
	seq, since, by := existed(rep, out.Outside, certificate.DigestOf(record))
	x.Existed = since
	defer func() {
		if since != "" {
			x.Sentence += fmt.Sprintf(
				" Its record stands in the log as entry %d, which existed on %s (%s).", seq, since, by,
			)
		}
	}()
	root, known := rootAt(b, rep, x.Size)
	switch {
	case x.Size > rep.Head.Size:
		x.Sentence = fmt.Sprintf(
			"It states a log of %d entries, and the pack's has %d: the pack is older, or of another register.",
			x.Size,
			rep.Head.Size,
		)
	case !known:
		x.Sentence = fmt.Sprintf("The pack holds no proof for a log of %d entries.", x.Size)
	case root != x.Root:
		x.Sentence = fmt.Sprintf(
			"The pack's log does not begin with the log of %d entries that it states: entries were changed, or it "+
				"is of another register.",
			x.Size,
		)
	default:
		x.Proven = true
		x.Sentence = fmt.Sprintf(
			"The %d entries that the log had then are the first %d of the pack's log, unchanged.",
			x.Size,
			x.Size,
		)
	}
	return nil
}

// existed finds the entry that vouches for a certificate's record, and the earliest time by
// which somebody whom the reader trusts had seen a log with it; empty where nobody had.
func existed(rep ledger.Report, outside []Outside, record string) (seq int64, since, by string) {
	for _, e := range rep.Entries {
		if !slices.Contains(e.Digests, ledger.Digest{Name: "statement", SHA256: record}) {
			continue
		}
		for _, x := range outside {
			if x.Proven && x.Size >= e.Seq && (since == "" || x.At < since) {
				seq, since, by = e.Seq, x.At, x.By
			}
		}
	}
	return seq, since, by
}

// rootAt is the proven root of the log's first entries, in hex.
func rootAt(b ledger.Bundle, rep ledger.Report, size int64) (root string, known bool) {
	text := func(h ledger.Hash) string { return hex.EncodeToString(h[:]) }
	if size == rep.Head.Size {
		return text(rep.Head.Root), true
	}
	for _, h := range rep.Earlier {
		if h.Size == size {
			return text(h.Root), true
		}
	}
	if rep.Whole && size >= 0 && size < int64(len(b.Entries)) {
		var t ledger.RunTree
		for _, body := range b.Entries[:size] {
			t.Add(body)
		}
		return text(t.Root()), true
	}
	return "", false
}

// proveRecords holds the records in a file against the rows that the log vouches for.
func proveRecords(bag *pack.Bag, b ledger.Bundle, file, table, key string) (RecordProof, error) {
	p := RecordProof{
		File:     pack.RecordsFolder + "/" + file + ".json",
		Proven:   []string{},
		Unproven: []string{},
		Wrong:    []string{},
	}
	r, err := bag.OpenFile("data/" + p.File)
	if err != nil {
		return p, err
	}
	data, err := io.ReadAll(io.LimitReader(r, maxLogFile))
	if err := errors.Join(err, r.Close()); err != nil {
		return p, err
	}
	var records []json.RawMessage
	if err := json.Unmarshal(data, &records); err != nil {
		return p, fault.Unreadable(p.File, "This is no list of records.").Because(err)
	}
	rows := map[string][]byte{}
	for _, row := range b.Rows {
		if row.Table == table {
			rows[row.Key] = row.JSON
		}
	}
	p.Records = len(records)
	for _, rec := range records {
		var known map[string]json.RawMessage
		if err := json.Unmarshal(rec, &known); err != nil {
			return p, fault.Unreadable(p.File, "This is no list of records.").Because(err)
		}
		text := func(name string) (s string) {
			_ = json.Unmarshal(known[name], &s) // what is no text names no row
			return s
		}
		id := text(key)
		ref := text("ref")
		if ref == "" {
			ref = id
		}
		row, ok := rows[id]
		var body struct {
			Body string `json:"body"`
		}
		switch {
		case !ok:
			p.Unproven = append(p.Unproven, ref)
		case json.Unmarshal(row, &body) != nil || !sameRecord(rec, []byte(body.Body)):
			p.Wrong = append(p.Wrong, ref)
		default:
			p.Proven = append(p.Proven, ref)
		}
	}
	return p, nil
}

// maxLogFile bounds what is read of one file of a pack's log.
const maxLogFile = 1 << 30

// logFiles reads the folder with the activity log out of a pack.
func logFiles(bag *pack.Bag) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, n := range bag.Names() {
		name, ok := strings.CutPrefix(n, "data/"+pack.LogFolder+"/")
		if !ok {
			continue
		}
		r, err := bag.OpenFile(n)
		if err != nil {
			return nil, err
		}
		out[name], err = io.ReadAll(io.LimitReader(r, maxLogFile))
		if err := errors.Join(err, r.Close()); err != nil {
			return nil, err
		}
	}
	return out, nil
}
