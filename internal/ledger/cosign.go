package ledger

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/fault"

	"golang.org/x/mod/sumdb/tlog"
)

// Cosign adds nothing to a signed head: it gives the signature lines by which a
// witness says that this was the newest head of the log that it had seen at a time.
func Cosign(signed []byte, witness *Key, at time.Time) ([]byte, error) {
	text, _, err := splitNote(signed)
	if err != nil {
		return nil, fault.Unreadable("", "This is no signed head of an activity log.").Because(err)
	}
	return witness.cosign(text, at.UTC().Truncate(time.Second))
}

// OpenCosignatures checks signature lines that a witness answered with against a
// signed head. One of the witnesses' keys must have made one of them, and none of
// theirs may be wrong; lines of others are passed over. Errors: unreadable, tampered.
func OpenCosignatures(signed, lines []byte, witnesses ...VerifierKey) ([]Signature, error) {
	text, _, err := splitNote(signed)
	if err != nil {
		return nil, fault.Unreadable("", "This is no signed head of an activity log.").Because(err)
	}
	list, err := parseSignatures(lines)
	if err != nil || len(list) == 0 || len(lines) > maxNote {
		return nil, fault.Unreadable(
			"", "This is no answer of a witness: it holds signature lines and nothing else.",
		).Because(err)
	}
	var known []verifier
	for _, k := range witnesses {
		if k.Type == Plain {
			continue // a cosignature carries its time
		}
		v, err := k.verifier()
		if err != nil {
			return nil, err
		}
		known = append(known, v)
	}
	sigs, err := checkSignatures(text, list, known)
	switch {
	case err != nil:
		return nil, fault.Tampered("The witness's signature does not belong to this head.").Because(err)
	case len(sigs) == 0:
		return nil,
			fault.Tampered("These signatures are by no witness on whom this register relies.").Because(ErrUnknownSigner)
	}
	return sigs, nil
}

// AddSignatures adds signature lines to a signed head, leaving out those that it has.
func AddSignatures(signed, lines []byte) ([]byte, error) {
	_, had, err := splitNote(signed)
	if err != nil {
		return nil, fault.Unreadable("", "This is no signed head of an activity log.").Because(err)
	}
	more, err := parseSignatures(lines)
	if err != nil {
		return nil, fault.Unreadable("", "These are no signature lines.").Because(err)
	}
	out := bytes.Clone(signed)
	for _, x := range more {
		if !slices.ContainsFunc(had, func(s signatureLine) bool {
			return s.name == x.name && s.id == x.id && bytes.Equal(s.sig, x.sig)
		}) {
			out = x.appendTo(out)
		}
	}
	return out, nil
}

// Proven is an entry with the proof that it is in a log, as one file that needs
// nothing else: c2sp.org/tlog-proof, with the entry's line as the extra data.
type Proven struct {
	Entry  []byte // the entry's line
	Hashes []Hash // the audit path
	Head   []byte // signed, with the cosignatures of witnesses
}

const provenTitle = "c2sp.org/tlog-proof@v1"

// FormatProven writes the file. The extension of its name is .tlog-proof.
func FormatProven(p Proven) ([]byte, error) {
	e, err := ParseEntry(p.Entry)
	if err != nil {
		return nil, err
	}
	b := fmt.Appendf(nil, "%s\nextra %s\nindex %d\n", provenTitle, base64.StdEncoding.EncodeToString(p.Entry), e.Seq-1)
	return append(append(appendHashes(b, p.Hashes), '\n'), p.Head...), nil
}

// ParseProven reads what FormatProven wrote and nothing else. Errors: unreadable.
func ParseProven(file []byte) (Proven, error) {
	bad := fault.Unreadable("", "This is no proof that an entry is in an Assay activity log.")
	before, head, ok := bytes.Cut(file, []byte("\n\n"))
	lines := strings.Split(string(before), "\n")
	if !ok || len(lines) < 3 || len(lines) > 3+maxProof || lines[0] != provenTitle || len(file) > 2*maxNote {
		return Proven{}, bad
	}
	p := Proven{Head: head}
	extra, _ := strings.CutPrefix(lines[1], "extra ")
	var err error
	if p.Entry, err = base64.StdEncoding.Strict().DecodeString(extra); err != nil {
		return Proven{}, bad.Because(err)
	}
	if p.Hashes, err = parseHashes(lines[3:]); err != nil {
		return Proven{}, bad.Because(err)
	}
	if _, err := PeekHead(head); err != nil {
		return Proven{}, bad.Because(err)
	}
	again, err := FormatProven(p)
	if err != nil || !bytes.Equal(again, file) {
		return Proven{}, bad.Because(err)
	}
	return p, nil
}

func parseHashes(lines []string) (out []Hash, err error) {
	for _, line := range lines {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return nil, fmt.Errorf("a hash of a proof: %w", err)
		}
		out = append(out, h)
	}
	return out, nil
}

// Verify tells whether the entry is in the log of the head, which the caller has
// opened. Errors: tampered.
func (p Proven) Verify(h Head) (Entry, error) {
	e, err := ParseEntry(p.Entry)
	if err != nil {
		return Entry{}, err
	}
	i := Inclusion{Seq: e.Seq, Leaf: e.LeafHash(), Size: h.Size, Root: h.Root, Hashes: p.Hashes}
	return e, i.Verify(h)
}

// Request asks a witness to countersign a head: the body of add-checkpoint in
// c2sp.org/tlog-witness, as a file.
type Request struct {
	Old    int64  // entries of the newest head that this witness has countersigned; 0 for none
	Hashes []Hash // that the log grew from it (RFC 6962, 2.1.2); none where Old is 0 or the size itself
	Head   []byte // signed
}

// FormatRequest writes the file.
func FormatRequest(q Request) []byte {
	b := appendHashes(fmt.Appendf(nil, "old %d\n", q.Old), q.Hashes)
	return append(append(b, '\n'), q.Head...)
}

// ParseRequest reads what FormatRequest wrote and nothing else. Errors: unreadable.
func ParseRequest(file []byte) (Request, error) {
	bad := fault.Unreadable("", "This is no request to a witness.")
	before, head, ok := bytes.Cut(file, []byte("\n\n"))
	lines := strings.Split(string(before), "\n")
	if !ok || len(lines) > 64 || len(file) > 2*maxNote { // 63 hashes at most
		return Request{}, bad
	}
	q := Request{Head: head}
	text, _ := strings.CutPrefix(lines[0], "old ")
	var err error
	if q.Old, err = strconv.ParseInt(text, 10, 64); err != nil || q.Old < 0 {
		return Request{}, bad.Because(err)
	}
	if q.Hashes, err = parseHashes(lines[1:]); err != nil {
		return Request{}, bad.Because(err)
	}
	if _, err := PeekHead(head); err != nil {
		return Request{}, bad.Because(err)
	}
	if !bytes.Equal(FormatRequest(q), file) {
		return Request{}, bad
	}
	return q, nil
}
