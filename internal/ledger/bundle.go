package ledger

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"assay/internal/fault"
)

// Bundle is the part of a log that goes into an evidence pack: a signed head,
// the entries that are disclosed (all of them, or some with a proof for each),
// and for each earlier head, such as those printed on certificates, the proof
// that the log grew from it. It is checked without a register.
type Bundle struct {
	Head    []byte      // the signed head
	Key     []byte      // the signed statement of the log's keys; none of logs from before they had keys
	Entries [][]byte    // Format of each, by number
	Proofs  []Inclusion // one for each entry; none where all entries are there
	Earlier []Earlier
	Rows    []Row // rows of the register as the newest entries disclosed recorded them, by table and key
}

// Row is a row of the register in the spelling of RowJSON, whose digest an entry holds.
type Row struct {
	Table string
	Key   string
	JSON  []byte
}

// Earlier is a head that was signed before, with the proof of growth.
type Earlier struct {
	Head   []byte // signed, with the cosignatures of witnesses
	Growth Growth
	Token  []byte // a timestamp (RFC 3161, DER) over the head's text; may be absent
}

// The files of a bundle.
const (
	headFile    = "head.txt"
	keyFile     = "key.txt"
	entriesFile = "entries.jsonl"
	proofsFile  = "proofs.txt"
	rowsFile    = "rows.jsonl"
)

// Bundle makes the bundle for a signed head: bodies are the entries to
// disclose, earlier the signed heads to lead up from. If not all entries up to
// the head are given, each gets its proof.
func (l *Log) Bundle(head []byte, bodies [][]byte, earlier [][]byte) (Bundle, error) {
	h, err := PeekHead(head)
	if err != nil {
		return Bundle{}, err
	}
	b := Bundle{Head: head, Entries: bodies}
	if int64(len(bodies)) != h.Size {
		for _, body := range bodies {
			e, err := ParseEntry(body)
			if err != nil {
				return Bundle{}, err
			}
			p, err := l.ProveEntry(e.Seq, h.Size)
			if err != nil {
				return Bundle{}, err
			}
			b.Proofs = append(b.Proofs, p)
		}
	}
	for _, signed := range earlier {
		then, err := PeekHead(signed)
		if err != nil {
			return Bundle{}, err
		}
		g, err := l.ProveGrowth(then.Size, h.Size)
		if err != nil {
			return Bundle{}, err
		}
		b.Earlier = append(b.Earlier, Earlier{Head: signed, Growth: g})
	}
	slices.SortStableFunc(b.Earlier, func(x, y Earlier) int { return cmp.Compare(x.Growth.OldSize, y.Growth.OldSize) })
	return b, nil
}

// Files are the bundle's files by name, to be put into a folder of their own.
func (b Bundle) Files() map[string][]byte {
	m := map[string][]byte{headFile: b.Head, entriesFile: {}}
	for _, e := range b.Entries {
		m[entriesFile] = append(append(m[entriesFile], e...), '\n')
	}
	for _, r := range b.Rows {
		m[rowsFile] = append(appendRow(m[rowsFile], r), '\n')
	}
	if len(b.Key) > 0 {
		m[keyFile] = b.Key
	}
	for i, p := range b.Proofs {
		if i > 0 {
			m[proofsFile] = append(m[proofsFile], '\n')
		}
		m[proofsFile] = append(m[proofsFile], FormatInclusion(p)...)
	}
	for i, e := range b.Earlier {
		m[fmt.Sprintf("earlier-%04d-head.txt", i+1)] = e.Head
		m[fmt.Sprintf("earlier-%04d-growth.txt", i+1)] = FormatGrowth(e.Growth)
		if len(e.Token) > 0 {
			m[fmt.Sprintf("earlier-%04d-token.der", i+1)] = e.Token
		}
	}
	return m
}

// ReadBundle reads the files that Files made, by name.
func ReadBundle(files map[string][]byte) (Bundle, error) {
	var b Bundle
	read := func(name string) ([]byte, error) {
		data, ok := files[name]
		if !ok {
			return nil, fault.Unreadable(name, "The log folder lacks this file.")
		}
		return data, nil
	}
	var err error
	if b.Head, err = read(headFile); err != nil {
		return b, err
	}
	entries, err := read(entriesFile)
	if err != nil {
		return b, err
	}
	if len(entries) > 0 {
		if entries[len(entries)-1] != '\n' {
			return b, fault.Unreadable(entriesFile, "The last line is cut short.")
		}
		b.Entries = bytes.Split(entries[:len(entries)-1], []byte{'\n'})
	}
	known := map[string]bool{headFile: true, entriesFile: true}
	if text, ok := files[keyFile]; ok {
		known[keyFile] = true
		b.Key = text
	}
	if text, ok := files[proofsFile]; ok {
		known[proofsFile] = true
		for i, part := range strings.Split(string(text), "\n\n") {
			if !strings.HasSuffix(part, "\n") {
				part += "\n"
			}
			p, err := ParseInclusion([]byte(part))
			if err != nil {
				return b, fault.Unreadable(
					fmt.Sprintf("%s, proof %d", proofsFile, i+1),
					"This is no proof from an Assay activity log.",
				)
			}
			b.Proofs = append(b.Proofs, p)
		}
		if !bytes.Equal(Bundle{Proofs: b.Proofs}.Files()[proofsFile], text) {
			return b, fault.Unreadable(proofsFile, "The proofs are not written as Assay writes them.")
		}
	}
	if text, ok := files[rowsFile]; ok {
		known[rowsFile] = true
		lines := bytes.SplitAfter(text, []byte{'\n'})
		if len(lines[len(lines)-1]) != 0 || len(text) == 0 {
			return b, fault.Unreadable(rowsFile, "The last line is cut short.")
		}
		for i, line := range lines[:len(lines)-1] {
			r, err := parseRow(line[:len(line)-1])
			if err != nil {
				return b, fault.Unreadable(
					fmt.Sprintf("%s, line %d", rowsFile, i+1), "This is no row from an Assay activity log.",
				).
					Because(err)
			}
			b.Rows = append(b.Rows, r)
		}
	}
	for i := 1; ; i++ {
		head, growth := fmt.Sprintf("earlier-%04d-head.txt", i), fmt.Sprintf("earlier-%04d-growth.txt", i)
		if _, ok := files[head]; !ok {
			break
		}
		known[head], known[growth] = true, true
		var e Earlier
		if e.Head, err = read(head); err != nil {
			return b, err
		}
		text, err := read(growth)
		if err != nil {
			return b, err
		}
		if e.Growth, err = ParseGrowth(text); err != nil {
			return b, fault.Unreadable(growth, "This is no proof of growth from an Assay activity log.")
		}
		if token := fmt.Sprintf("earlier-%04d-token.der", i); len(files[token]) > 0 {
			known[token] = true
			e.Token = files[token]
		}
		b.Earlier = append(b.Earlier, e)
	}
	for n := range files {
		if !known[n] {
			return b, fault.Unreadable(n, "This file does not belong in a log folder.")
		}
	}
	return b, nil
}

// Report is what a checked bundle says.
type Report struct {
	Head     Head
	SignedBy []string // names of the trusted keys that signed the head
	Entries  []Entry  // every one proven to be in the log of Head
	Whole    bool     // Entries are the whole log
	Earlier  []Head   // proven to be beginnings of it, each signed by a trusted key
}

// Verify checks everything in the bundle against its head, and the heads
// against the trusted keys. The first thing that does not hold is the fault; if
// only the signer is unknown, the report is complete and the fault is ErrUnknownSigner's.
func (b Bundle) Verify(trusted ...crypto.PublicKey) (Report, error) {
	var r Report
	var unknown error
	if len(b.Key) > 0 {
		s, err := OpenKeyStatement(b.Key, trusted...)
		if err != nil && !errors.Is(err, ErrUnknownSigner) {
			return Report{}, err
		}
		if err == nil { // whom the reader trusts vouches for the log's own keys
			trusted = slices.Concat(trusted, s.PublicKeys())
		}
	}
	open := func(signed []byte) (Head, []string, error) {
		h, sigs, err := OpenHead(signed, trusted...)
		if errors.Is(err, ErrUnknownSigner) {
			unknown, err = err, nil
		}
		var by []string
		for _, s := range sigs {
			if !slices.Contains(by, s.Name) {
				by = append(by, s.Name)
			}
		}
		return h, by, err
	}
	var err error
	if r.Head, r.SignedBy, err = open(b.Head); err != nil {
		return Report{}, err
	}
	for i, body := range b.Entries {
		e, err := ParseEntry(body)
		if err != nil {
			return Report{}, fault.Unreadable(
				fmt.Sprintf("%s, line %d", entriesFile, i+1),
				"This is no entry of an Assay activity log.",
			)
		}
		if i > 0 && r.Entries[i-1].Seq >= e.Seq || e.Seq > r.Head.Size {
			return Report{}, fault.Tampered("Entry %d is out of its place in the log folder.", e.Seq)
		}
		r.Entries = append(r.Entries, e)
	}
	if err = b.verifyEntries(&r); err != nil {
		return Report{}, err
	}
	if err = b.verifyRows(r.Entries); err != nil {
		return Report{}, err
	}
	for _, earlier := range b.Earlier {
		then, _, err := open(earlier.Head)
		if err != nil {
			return Report{}, err
		}
		if err := earlier.Growth.Verify(then, r.Head); err != nil {
			return Report{}, err
		}
		r.Earlier = append(r.Earlier, then)
	}
	return r, unknown
}

// verifyEntries holds the entries to the head: a whole log by computing its tree,
// a part of one by each entry's proof. Proofs beside a whole log are refused: two
// things that say the same can be made to say two things.
func (b Bundle) verifyEntries(r *Report) error {
	r.Whole = int64(len(r.Entries)) == r.Head.Size
	if r.Whole {
		var t RunTree
		for _, body := range b.Entries {
			t.Add(body)
		}
		if t.Root() != r.Head.Root {
			return fault.Tampered("The entries in the log folder are not those whose head was signed.")
		}
		if len(b.Proofs) != 0 {
			return fault.Tampered("The log folder holds proofs beside a whole log.")
		}
		return nil
	}
	if len(b.Proofs) != len(r.Entries) {
		return fault.Tampered("The log folder holds %d entries and %d proofs.", len(r.Entries), len(b.Proofs))
	}
	for i, p := range b.Proofs {
		// The leaf is computed from the entry that is read: a proof of some other entry
		// of the log would be as sound.
		if p.Seq != r.Entries[i].Seq || p.Leaf != r.Entries[i].LeafHash() {
			return fault.Tampered("Entry %d is not the one that its proof is for.", r.Entries[i].Seq)
		}
		if err := p.Verify(r.Head); err != nil {
			return err
		}
	}
	return nil
}

// verifyRows holds each row to the digest that the newest entry about it has. Rows
// come in order of table and key, so that none can be there twice.
func (b Bundle) verifyRows(entries []Entry) error {
	if len(b.Rows) == 0 {
		return nil
	}
	newest := map[rowKey]string{}
	for _, e := range entries {
		for _, c := range e.Changes {
			newest[rowKey{c.Table, c.Key}] = c.Digest
		}
	}
	for i, row := range b.Rows {
		c := Change{Table: row.Table, Key: row.Key}
		if i > 0 && compareChange(Change{Table: b.Rows[i-1].Table, Key: b.Rows[i-1].Key}, c) >= 0 {
			return fault.Tampered("The row %s %s is out of its place in the log folder.", row.Table, row.Key)
		}
		if sum := sha256.Sum256(row.JSON); newest[rowKey{row.Table, row.Key}] != hex.EncodeToString(sum[:]) {
			return fault.Tampered(
				"The row %s %s is not the one that the activity log recorded last.",
				row.Table,
				row.Key,
			)
		}
	}
	return nil
}

// appendRow writes a row as a line of rows.jsonl, without the line end.
func appendRow(b []byte, r Row) []byte {
	b = appendString(append(b, `{"table":`...), r.Table)
	b = appendString(append(b, `,"key":`...), r.Key)
	return append(append(append(b, `,"row":`...), r.JSON...), '}')
}

func parseRow(line []byte) (Row, error) {
	var w struct {
		Table string          `json:"table"`
		Key   string          `json:"key"`
		Row   json.RawMessage `json:"row"`
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return Row{}, err
	}
	r := Row{w.Table, w.Key, w.Row}
	if !bytes.Equal(appendRow(nil, r), line) {
		return Row{}, fmt.Errorf("not in canonical form")
	}
	return r, nil
}
