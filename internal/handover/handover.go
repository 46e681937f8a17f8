// Package handover carries a register, or part of it, from one laptop to
// another: a client's to a consultant and what they changed back again. The
// file can be read only by whom it was encrypted to.
//
// # Format
//
// A hand-over is an age file (age-encryption.org/v1) whose content is a tar
// archive (POSIX ustar or pax) of regular files, in this order:
//
//	handover.json        what this is, one JSON object (see Header)
//	rows.jsonl           one Row a line, in order of table and key
//	log/NAME             the sender's activity log with its head and proofs (package ledger, Bundle)
//	blobs/SHA256         documents, each named by the SHA-256 of its content
//	runs/ID/source.json  of each import, in order: what its row does not say (see Source)
//	runs/ID/NNNNNN.jsonl its runs, in order: one run.Record a line, in files of some megabytes, from 000001
//	decided.jsonl        what people decided about findings, one Decided a line
//
// A header:
//
//	{"format":"assay-handover/2","register":"0192…","organisation":"Exampleton Borough Council",
//	 "sender":"Ann Example","created":"2026-03-02T09:00:00Z","head":{"size":41,"root":"9f…"},
//	 "base":{"register":"0191…","size":30,"root":"1c…"},"workflows":["0193…"],
//	 "others":[{"id":"0194…","ref":"WF-0002"}],"runs":true}
//
// base is there where the sender's register itself began with a hand-over: it
// says whose, and how long that register's log then was. workflows are the identifiers of those
// that were chosen, absent where all are there; then the log holds only the entries that last touched the
// rows that are sent, each with its proof, and says nothing of the rest. others are workflows
// that policies among those rows name and that stay behind. A row:
//
//	{"table":"policy","key":"0192…","digest":"5d…","base":"77…","row":"{\"body\":…}"}
//
// row is the row's canonical JSON (package ledger, RowJSON) and digest its
// SHA-256; a row that the sender deleted has neither. base is the digest that
// the row had in the hand-over that the sender's register began with, empty
// where it was not in it. Rows that are still as they were received are there too.
package handover

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/ledger"

	"filippo.io/age"
)

// FormatName is the value of a header's "format".
const FormatName = "assay-handover/2"

const formatBefore = "assay-handover/1"

// Point is a place in a register's log.
type Point struct {
	Register string `json:"register,omitempty"`
	Size     int64  `json:"size"`
	Root     string `json:"root"` // hex
}

// Header says what a hand-over is.
type Header struct {
	Format       string    `json:"format"`
	Register     string    `json:"register"`
	Organisation string    `json:"organisation"`
	Sender       string    `json:"sender"`
	Created      time.Time `json:"created"`
	Head         Point     `json:"head"`
	Base         *Point    `json:"base,omitempty"`
	Workflows    []string  `json:"workflows,omitempty"` // identifiers; empty: all
	Others       []Other   `json:"others,omitempty"`    // workflows that stay behind, and that policies name
	Runs         bool      `json:"runs,omitempty"`
}

// Other is a workflow that stays behind. Nothing of it travels but what a link to
// it needs.
type Other struct {
	ID  string `json:"id"`
	Ref string `json:"ref"`
}

// Source is what the row of an import does not say of it.
type Source struct {
	ID         string     `json:"id"`
	Duplicates int64      `json:"duplicates,omitempty"`
	Chain      string     `json:"chain,omitempty"`
	Told       int64      `json:"told,omitempty"` // of its runs, those that tell a run of another import otherwise
	Refused    []Refused  `json:"refused,omitempty"`
	Conflicts  []Conflict `json:"conflicts,omitempty"`
	// What of the file is in no run, and in no field of one, so that paper says so there too.
	NoRun     int64       `json:"no_run,omitempty"` // records that belong to no run
	LeftAside []LeftAside `json:"left_aside,omitempty"`
	Treated   []Treatment `json:"treated,omitempty"`
	Columns   int         `json:"columns,omitempty"` // of its tables
	Unread    []string    `json:"unread,omitempty"`  // those of them that the mapping names nowhere
}

// LeftAside is how many records, and all of how many runs, a rule of the mapping left aside.
type LeftAside struct {
	Name    string `json:"name"`
	Records int64  `json:"records"`
	Runs    int64  `json:"runs,omitempty"`
}

// Treatment is what the mapping's privacy rules did to one field: drop, hash or shorten.
type Treatment struct {
	Field  string `json:"field"`
	What   string `json:"what"`
	Values int64  `json:"values"`
}

// Conflict is a run that the import held with other content than was held
// before it. The other content travels among its runs, where the register kept it.
type Conflict struct {
	Run    string     `json:"run"`
	Day    civil.Date `json:"day,omitempty"`
	Line   int64      `json:"line"`
	Item   int64      `json:"item,omitempty"`
	Offset int64      `json:"offset"`
	Detail string     `json:"detail"`
}

// Refused is a record of an import that could not be read.
type Refused struct {
	Place  string `json:"place"`
	Reason string `json:"reason"`
	Record string `json:"record"`
}

// Decided says of one finding which disposition (a row of that table) it bears.
// Run is empty for a finding about many runs.
type Decided struct {
	Disposition string `json:"disposition"`
	Workflow    string `json:"workflow"`
	Code        string `json:"code"`
	Gate        string `json:"gate,omitempty"`
	Run         string `json:"run,omitempty"`
	Subject     string `json:"subject,omitempty"`
}

// Row is one row of the register.
type Row struct {
	Table  string `json:"table"`
	Key    string `json:"key"`
	Digest string `json:"digest,omitempty"`
	Base   string `json:"base,omitempty"`
	Row    string `json:"row,omitempty"`
}

// Deleted tells whether the sender deleted the row.
func (r Row) Deleted() bool { return r.Digest == "" }

// Bounds of what is read.
const (
	maxRows   = 1 << 20
	maxRow    = 16 << 20
	maxHeader = 1 << 20
	maxLog    = 1 << 30
	maxSource = 64 << 20
	maxRun    = 16 << 20 // as the importer's longest line

	// pieceBytes is how long a file of runs or decisions grows before the next begins.
	pieceBytes = 4 << 20
)

// Recipient is a key to encrypt to, Identity one to decrypt with.
type (
	Recipient = age.Recipient
	Identity  = age.Identity
)

// Recipients reads age public keys ("age1…"), one a line; lines that begin with
// # are passed over. Errors: invalid.
func Recipients(text string) ([]age.Recipient, error) {
	r, err := age.ParseRecipients(strings.NewReader(text))
	if err != nil {
		return nil, fault.Invalid("to", "Enter the recipient's public key; it begins with age1.")
	}
	return r, nil
}

// Identities reads age private keys from the text of a key file. Errors: invalid.
func Identities(text string) ([]age.Identity, error) {
	r, err := age.ParseIdentities(strings.NewReader(text))
	if err != nil {
		return nil, fault.Invalid(
			"identity",
			"Choose the key file that belongs to the public key you gave; it holds a line that begins with "+
				"AGE-SECRET-KEY-1.",
		)
	}
	return r, nil
}

// PublicKey is the public key that belongs to a key file. Errors: invalid.
func PublicKey(text string) (string, error) {
	ids, err := Identities(text)
	if err != nil {
		return "", err
	}
	for _, k := range ids {
		if x, ok := k.(*age.X25519Identity); ok {
			return x.Recipient().String(), nil
		}
	}
	return "", fault.Invalid("identity", "This key file holds no key that Assay made.")
}

// NewKey makes a key file for receiving hand-overs, and its public key.
func NewKey(now time.Time) (file, public string, err error) {
	k, err := age.GenerateX25519Identity()
	if err != nil {
		return "", "", fault.Doing("make a hand-over key", err)
	}
	public = k.Recipient().String()
	return fmt.Sprintf(
		"# Assay hand-over key, made %s\n# public key: %s\n%s\n",
		now.UTC().Format(time.RFC3339),
		public,
		k,
	), public, nil
}

// Writer writes a hand-over.
type Writer struct {
	age    io.WriteCloser
	tar    *tar.Writer
	at     time.Time
	source string // whose runs are being written
	piece  bytes.Buffer
	pieces int
}

// NewWriter begins a hand-over with its header and rows.
func NewWriter(w io.Writer, to []age.Recipient, h Header, rows []Row) (*Writer, error) {
	h.Format = FormatName
	enc, err := age.Encrypt(w, to...)
	if err != nil {
		return nil, fmt.Errorf("encrypt the hand-over: %w", err)
	}
	out := &Writer{age: enc, tar: tar.NewWriter(enc), at: h.Created}
	head, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return nil, fault.Doing("begin a hand-over", err)
	}
	if err := out.add("handover.json", append(head, '\n')); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, r := range rows {
		if err := e.Encode(r); err != nil {
			return nil, fault.Doing("begin a hand-over", err)
		}
	}
	return out, out.add("rows.jsonl", b.Bytes())
}

func (w *Writer) add(name string, content []byte) error {
	return w.Blob(name, int64(len(content)), bytes.NewReader(content))
}

// Log adds the sender's activity log.
func (w *Writer) Log(files map[string][]byte) error {
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		if err := w.add("log/"+n, files[n]); err != nil {
			return err
		}
	}
	return nil
}

// Blob adds a file of a known size.
func (w *Writer) Blob(name string, size int64, r io.Reader) error {
	if err := w.tar.WriteHeader(&tar.Header{
		Name: name, Size: size, Mode: 0o600, ModTime: w.at.UTC().Truncate(time.Second), Format: tar.FormatPAX,
	}); err != nil {
		return fault.Doing("write a document of a hand-over", err)
	}
	_, err := io.Copy(w.tar, r)
	return fault.Doing("write a document of a hand-over", err)
}

// Source begins the runs of an import.
func (w *Writer) Source(s Source) error {
	if err := w.endSource(); err != nil {
		return err
	}
	b, err := json.Marshal(s)
	if err != nil {
		return fault.Doing("write an import of a hand-over", err)
	}
	w.source, w.pieces = s.ID, 0
	return w.add("runs/"+s.ID+"/source.json", append(b, '\n'))
}

// Run adds a run, as one JSON object without a line break, to the import that Source began.
func (w *Writer) Run(record []byte) error {
	w.piece.Write(record)
	w.piece.WriteByte('\n')
	if w.piece.Len() < pieceBytes {
		return nil
	}
	return w.endPiece()
}

func (w *Writer) endPiece() error {
	w.pieces++
	err := w.add(fmt.Sprintf("runs/%s/%06d.jsonl", w.source, w.pieces), w.piece.Bytes())
	w.piece.Reset()
	return err
}

func (w *Writer) endSource() error {
	if w.piece.Len() == 0 {
		return nil
	}
	return w.endPiece()
}

// Decided adds what was decided about findings. It comes last.
func (w *Writer) Decided(list []Decided) error {
	if err := w.endSource(); err != nil || len(list) == 0 {
		return err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, d := range list {
		if err := e.Encode(d); err != nil {
			return fault.Doing("write a decision of a hand-over", err)
		}
	}
	return w.add("decided.jsonl", b.Bytes())
}

// Close ends the hand-over.
func (w *Writer) Close() error {
	return fault.Doing("end a hand-over", errors.Join(w.endSource(), w.tar.Close(), w.age.Close()))
}

// Handover is a hand-over that was read: header, rows and log have been checked
// against their digests and against each other.
type Handover struct {
	Header  Header
	Rows    []Row
	Log     ledger.Report
	Files   map[string][]byte // of the log
	Decided []Decided

	checked bool
	source  string // whose runs are being read
	pieces  int
	sources map[string]bool
}

// Sink is told of what a hand-over holds while it is read; what is nil is passed over.
type Sink struct {
	// Blob gets each document, whose digest is checked by the end of its reader.
	Blob func(sha256 string, size int64, r io.Reader) error
	// Rows is called once header, rows and log have been read and checked, before any run.
	Rows func(*Handover) error
	// Source begins an import, Run gets each of its runs as JSON, which is used again afterwards.
	Source func(Source) error
	Run    func(record []byte) error
}

// Read deciphers a hand-over. Errors: forbidden (not encrypted to this key),
// unreadable, tampered; and those of the sink.
func Read(r io.Reader, with []age.Identity, sink Sink) (*Handover, error) {
	plain, err := age.Decrypt(r, with...)
	if err != nil {
		var none *age.NoIdentityMatchError
		if errors.As(err, &none) {
			return nil, fault.Forbidden(
				"This hand-over is encrypted to another key than yours. Ask for it again with your public key.",
			).
				Because(err)
		}
		return nil, fault.Unreadable("", "This is no hand-over of Assay.").Because(err)
	}
	return readArchive(plain, sink)
}

func cutShort(err error) error {
	return fault.Tampered("The hand-over was altered or cut short on its way. Ask for it again.").Because(err)
}

func readArchive(plain io.Reader, sink Sink) (*Handover, error) {
	h := &Handover{Files: map[string][]byte{}, sources: map[string]bool{}}
	t := tar.NewReader(plain)
	for n := 0; ; n++ {
		f, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, cutShort(err)
		}
		if f.Typeflag != tar.TypeReg {
			return nil, fault.Unreadable(f.Name, "A hand-over holds ordinary files only.")
		}
		name, isRun := strings.CutPrefix(f.Name, "runs/")
		switch {
		case n == 0 && f.Name == "handover.json":
			err = h.header(t)
		case n == 1 && f.Name == "rows.jsonl":
			err = h.rows(t)
		case n > 1 && !h.checked && strings.HasPrefix(f.Name, "log/") && f.Size <= maxLog &&
			!strings.Contains(f.Name[4:], "/"):
			if h.Files[f.Name[4:]], err = io.ReadAll(t); err != nil {
				err = cutShort(err)
			}
		case n > 1 && !h.checked && strings.HasPrefix(f.Name, "blobs/"):
			err = h.blob(f, t, sink.Blob)
		case n > 1 && isRun && h.Decided == nil:
			if err = h.check(sink.Rows); err == nil {
				err = h.runs(name, f, t, sink)
			}
		case n > 1 && f.Name == "decided.jsonl" && h.Decided == nil:
			if err = h.check(sink.Rows); err == nil {
				err = h.decided(t)
			}
		default:
			return nil, fault.Unreadable(f.Name, "This file does not belong in a hand-over, or not in this place.")
		}
		if err != nil {
			return nil, err
		}
	}
	if h.Header.Format == "" {
		return nil, fault.Unreadable("", "This is no hand-over of Assay.")
	}
	return h, h.check(sink.Rows)
}

// lines calls f for each line.
func lines(r io.Reader, name string, most int, f func(n int, line []byte) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(nil, most)
	for n := 1; s.Scan(); n++ {
		if err := f(n, s.Bytes()); err != nil {
			return err
		}
	}
	switch err := s.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fault.Unreadable(name, "A line is longer than %d bytes.", most)
	case err != nil:
		return cutShort(err)
	}
	return nil
}

func strict(line []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one value")
	}
	return nil
}

func (h *Handover) runs(name string, f *tar.Header, r io.Reader, sink Sink) error {
	id, file, _ := strings.Cut(name, "/")
	if file == "source.json" {
		var s Source
		b, err := io.ReadAll(io.LimitReader(r, maxSource))
		if err != nil {
			return cutShort(err)
		}
		if err := strict(b, &s); err != nil || s.ID != id || id == "" || h.sources[id] {
			return fault.Unreadable(f.Name, "This import cannot be read.").Because(err)
		}
		h.source, h.pieces, h.sources[id] = id, 0, true
		if sink.Source == nil {
			return nil
		}
		return sink.Source(s)
	}
	h.pieces++
	if id != h.source || id == "" || file != fmt.Sprintf("%06d.jsonl", h.pieces) {
		return fault.Unreadable(f.Name, "This file does not belong in a hand-over, or not in this place.")
	}
	return lines(r, f.Name, maxRun, func(_ int, line []byte) error {
		if sink.Run == nil {
			return nil
		}
		return sink.Run(line)
	})
}

func (h *Handover) decided(r io.Reader) error {
	h.Decided = []Decided{}
	return lines(r, "decided.jsonl", maxRow, func(n int, line []byte) error {
		var d Decided
		if err := strict(line, &d); err != nil || d.Disposition == "" || n > maxRows {
			return fault.Unreadable(fmt.Sprintf("decided.jsonl, line %d", n), "This decision cannot be read.").
				Because(err)
		}
		h.Decided = append(h.Decided, d)
		return nil
	})
}

func (h *Handover) header(r io.Reader) error {
	b, err := io.ReadAll(io.LimitReader(r, maxHeader))
	if err != nil {
		return cutShort(err)
	}
	if err := strict(b, &h.Header); err != nil || h.Header.Format != FormatName && h.Header.Format != formatBefore {
		h.Header = Header{}
		return fault.Unreadable(
			"handover.json", "This hand-over was made by another version of Assay; use the newest on both sides.",
		).
			Because(err)
	}
	return nil
}

func (h *Handover) rows(r io.Reader) error {
	return lines(r, "rows.jsonl", maxRow, func(n int, line []byte) error {
		var row Row
		if err := strict(line, &row); err != nil || row.Table == "" || row.Key == "" || n > maxRows {
			return fault.Unreadable(fmt.Sprintf("rows.jsonl, line %d", n), "This row cannot be read.").Because(err)
		}
		if sum := sha256.Sum256([]byte(row.Row)); !row.Deleted() && hex.EncodeToString(sum[:]) != row.Digest ||
			row.Deleted() && row.Row != "" {
			return fault.Tampered("The row on line %d of the hand-over does not match its digest.", n)
		}
		h.Rows = append(h.Rows, row)
		return nil
	})
}

func (h *Handover) blob(f *tar.Header, r io.Reader, keep func(string, int64, io.Reader) error) error {
	want := strings.TrimPrefix(f.Name, "blobs/")
	if b, err := hex.DecodeString(want); err != nil || len(b) != sha256.Size || want != strings.ToLower(want) {
		return fault.Unreadable(f.Name, "A document in a hand-over is named by its digest.")
	}
	sum := sha256.New()
	if keep != nil {
		if err := keep(want, f.Size, io.TeeReader(r, sum)); err != nil {
			return err
		}
	}
	if _, err := io.Copy(sum, r); err != nil {
		return fault.Tampered("The hand-over was altered or cut short on its way. Ask for it again.").Because(err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		return fault.Tampered("The document %s in the hand-over does not match its digest.", want)
	}
	return nil
}

// check holds the log against its proofs, and the rows against the log: what
// the sender hands over is what their log recorded. It does so once, and then says so.
func (h *Handover) check(say func(*Handover) error) error {
	if h.checked {
		return nil
	}
	h.checked = true
	bundle, err := ledger.ReadBundle(h.Files)
	if err != nil {
		return err
	}
	h.Log, err = bundle.Verify()
	if err != nil && !errors.Is(err, ledger.ErrUnknownSigner) {
		return err
	}
	if !h.Log.Whole && len(h.Header.Workflows) == 0 || h.Log.Head.Size != h.Header.Head.Size ||
		hex.EncodeToString(h.Log.Head.Root[:]) != h.Header.Head.Root ||
		h.Log.Head.Register() != h.Header.Register {
		return fault.Tampered("The activity log in the hand-over is not the one that its header names.")
	}
	last := map[[2]string]string{}
	for _, e := range h.Log.Entries {
		for _, c := range e.Changes {
			last[[2]string{c.Table, c.Key}] = c.Digest
		}
	}
	for _, r := range h.Rows {
		if got, ok := last[[2]string{r.Table, r.Key}]; !ok || got != r.Digest {
			return fault.Tampered("The %s %s in the hand-over is not what the sender's log recorded.", r.Table, r.Key)
		}
	}
	if say == nil {
		return nil
	}
	return say(h)
}
