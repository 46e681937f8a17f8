// Package handover carries a register, or part of it, from one laptop to
// another: a client's to a consultant and what they changed back again. The
// file can be read only by whom it was encrypted to.
//
// # Format
//
// A hand-over is an age file (age-encryption.org/v1) whose content is a tar
// archive (POSIX ustar or pax) of regular files, in this order:
//
//	handover.json      what this is, one JSON object (see Header)
//	rows.jsonl         one Row a line, in order of table and key
//	log/NAME           the sender's activity log with its head and proofs (package ledger, Bundle)
//	blobs/SHA256       documents, each named by the SHA-256 of its content
//
// A header:
//
//	{"format":"assay-handover/1","register":"0192…","organisation":"Exampleton Borough Council",
//	 "sender":"Ann Example","created":"2026-03-02T09:00:00Z","head":{"size":41,"root":"9f…"},
//	 "base":{"register":"0191…","size":30,"root":"1c…"}}
//
// base is there where the sender's register itself began with a hand-over: it
// says whose, and how long that register's log then was. A row:
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

	"assay/internal/fault"
	"assay/internal/ledger"

	"filippo.io/age"
)

// FormatName is the value of a header's "format".
const FormatName = "assay-handover/1"

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
		return nil, fault.Invalid("identity", "Choose the key file that belongs to the public key you gave; it holds a line that begins with AGE-SECRET-KEY-1.")
	}
	return r, nil
}

// NewKey makes a key file for receiving hand-overs, and its public key.
func NewKey(now time.Time) (file, public string, err error) {
	k, err := age.GenerateX25519Identity()
	if err != nil {
		return "", "", err
	}
	public = k.Recipient().String()
	return fmt.Sprintf("# Assay hand-over key, made %s\n# public key: %s\n%s\n", now.UTC().Format(time.RFC3339), public, k), public, nil
}

// Writer writes a hand-over.
type Writer struct {
	age io.WriteCloser
	tar *tar.Writer
	at  time.Time
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
		return nil, err
	}
	if err := out.add("handover.json", append(head, '\n')); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, r := range rows {
		if err := e.Encode(r); err != nil {
			return nil, err
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
	if err := w.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: w.at.UTC().Truncate(time.Second), Format: tar.FormatPAX}); err != nil {
		return err
	}
	_, err := io.Copy(w.tar, r)
	return err
}

// Close ends the hand-over.
func (w *Writer) Close() error { return errors.Join(w.tar.Close(), w.age.Close()) }

// Handover is a hand-over that was read: header, rows and log have been checked
// against their digests and against each other.
type Handover struct {
	Header Header
	Rows   []Row
	Log    ledger.Report
	Files  map[string][]byte // of the log
}

// Read deciphers a hand-over. Blob is called for each document, whose digest is
// checked by the end of its reader. Errors: forbidden (not encrypted to this
// key), unreadable, tampered.
func Read(r io.Reader, with []age.Identity, blob func(sha256 string, size int64, r io.Reader) error) (*Handover, error) {
	plain, err := age.Decrypt(r, with...)
	if err != nil {
		var none *age.NoIdentityMatchError
		if errors.As(err, &none) {
			return nil, fault.Forbidden("This hand-over is encrypted to another key than yours. Ask for it again with your public key.").Because(err)
		}
		return nil, fault.Unreadable("", "This is no hand-over of Assay.").Because(err)
	}
	h := &Handover{Files: map[string][]byte{}}
	t := tar.NewReader(plain)
	for n := 0; ; n++ {
		f, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fault.Tampered("The hand-over was altered or cut short on its way. Ask for it again.").Because(err)
		}
		if f.Typeflag != tar.TypeReg {
			return nil, fault.Unreadable(f.Name, "A hand-over holds ordinary files only.")
		}
		switch {
		case n == 0 && f.Name == "handover.json":
			err = h.header(t)
		case n == 1 && f.Name == "rows.jsonl":
			err = h.rows(t)
		case n > 1 && strings.HasPrefix(f.Name, "log/") && f.Size <= maxLog && !strings.Contains(f.Name[4:], "/"):
			h.Files[f.Name[4:]], err = io.ReadAll(t)
		case n > 1 && strings.HasPrefix(f.Name, "blobs/"):
			err = h.blob(f, t, blob)
		default:
			return nil, fault.Unreadable(f.Name, "This file does not belong in a hand-over.")
		}
		if err != nil {
			return nil, err
		}
	}
	if h.Header.Format == "" {
		return nil, fault.Unreadable("", "This is no hand-over of Assay.")
	}
	return h, h.check()
}

func (h *Handover) header(r io.Reader) error {
	d := json.NewDecoder(io.LimitReader(r, maxHeader))
	d.DisallowUnknownFields()
	if err := d.Decode(&h.Header); err != nil || h.Header.Format != FormatName {
		return fault.Unreadable("handover.json", "This hand-over was made by another version of Assay; use the newest on both sides.").Because(err)
	}
	return nil
}

func (h *Handover) rows(r io.Reader) error {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxRow)
	for n := 1; s.Scan(); n++ {
		var row Row
		d := json.NewDecoder(bytes.NewReader(s.Bytes()))
		d.DisallowUnknownFields()
		where := fmt.Sprintf("rows.jsonl, line %d", n)
		if err := d.Decode(&row); err != nil || row.Table == "" || row.Key == "" || n > maxRows {
			return fault.Unreadable(where, "This row cannot be read.").Because(err)
		}
		if sum := sha256.Sum256([]byte(row.Row)); !row.Deleted() && hex.EncodeToString(sum[:]) != row.Digest || row.Deleted() && row.Row != "" {
			return fault.Tampered("The row on line %d of the hand-over does not match its digest.", n)
		}
		h.Rows = append(h.Rows, row)
	}
	if err := s.Err(); err != nil {
		return fault.Unreadable("rows.jsonl", "The rows cannot be read.").Because(err)
	}
	return nil
}

func (h *Handover) blob(f *tar.Header, r io.Reader, keep func(string, int64, io.Reader) error) error {
	want := strings.TrimPrefix(f.Name, "blobs/")
	if b, err := hex.DecodeString(want); err != nil || len(b) != sha256.Size || want != strings.ToLower(want) {
		return fault.Unreadable(f.Name, "A document in a hand-over is named by its digest.")
	}
	sum := sha256.New()
	if err := keep(want, f.Size, io.TeeReader(r, sum)); err != nil {
		return err
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
// the sender hands over is what their log recorded.
func (h *Handover) check() error {
	bundle, err := ledger.ReadBundle(h.Files)
	if err != nil {
		return err
	}
	h.Log, err = bundle.Verify()
	if err != nil && !errors.Is(err, ledger.ErrUnknownSigner) {
		return err
	}
	if !h.Log.Whole || h.Log.Head.Size != h.Header.Head.Size || hex.EncodeToString(h.Log.Head.Root[:]) != h.Header.Head.Root || h.Log.Head.Register != h.Header.Register {
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
	return nil
}
