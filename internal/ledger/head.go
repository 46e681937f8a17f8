package ledger

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"assay/internal/fault"

	"golang.org/x/mod/sumdb/tlog"
)

// Head says how long a log was at a moment and what its root was. Whoever holds
// a head can tell whether a longer log still begins with it.
type Head struct {
	Origin string // the log's name: see Origin, OldOrigin
	Size   int64  // number of entries
	Root   Hash   // of the tree over them
	// Time is UTC, whole seconds, by the clock of the log's computer. The text of a
	// head does not hold it, that of an old head apart: OpenHead takes it from
	// the log's own cosignature, and it is zero where that was not checked.
	Time time.Time
}

// What a head's first line is made of, before the register's identifier.
const (
	originPrefix    = "assay.example/log/"
	oldOriginPrefix = "Assay activity log "
)

// Origin is the name of a register's log: an address without scheme that nobody
// has to reach, as c2sp.org/tlog-checkpoint advises.
func Origin(register string) string { return originPrefix + register }

// OldOrigin is how heads named a register's log before logs had keys of their own.
func OldOrigin(register string) string { return oldOriginPrefix + register }

// Register is the identifier of the register whose log it is; empty for the log
// of another program.
func (h Head) Register() string {
	for _, prefix := range []string{originPrefix, oldOriginPrefix} {
		if id, ok := strings.CutPrefix(h.Origin, prefix); ok {
			return id
		}
	}
	return ""
}

// SameLog tells whether two heads are of one log, under its old or new name.
func (h Head) SameLog(other Head) bool {
	return h.Origin == other.Origin || h.Register() != "" && h.Register() == other.Register()
}

// String names the head for a sentence.
func (h Head) String() string { return fmt.Sprintf("%d entries (root %x)", h.Size, h.Root[:]) }

// Head is the log's head now, under the name of its register.
func (l *Log) Head(register string, now time.Time) (Head, error) {
	root, err := l.Root(l.size)
	return Head{Origin: Origin(register), Size: l.size, Root: root, Time: now.UTC().Truncate(time.Second)}, err
}

// FormatHead is the text of the head, which is what is signed.
func FormatHead(h Head) []byte {
	b := fmt.Appendf(nil, "%s\n%d\n%v\n", h.Origin, h.Size, h.Root)
	if strings.HasPrefix(h.Origin, oldOriginPrefix) {
		b = fmt.Appendf(b, "time %s\n", h.Time.UTC().Format(time.RFC3339))
	}
	return b
}

// ParseHead reads what FormatHead wrote and nothing else.
func ParseHead(text []byte) (Head, error) {
	h, err := parseCheckpoint(text)
	if err != nil {
		return Head{}, fault.Unreadable("", "This is no head of an activity log.").Because(err)
	}
	return h, nil
}

// parseCheckpoint reads three lines: name, size and root (c2sp.org/tlog-checkpoint).
// Further lines are refused, the time of an old head apart.
func parseCheckpoint(text []byte) (Head, error) {
	lines := strings.Split(string(text), "\n")
	old := strings.HasPrefix(string(text), oldOriginPrefix)
	if len(text) > 1000 || len(lines) != 4 && !old || len(lines) != 5 && old {
		return Head{}, errors.New("not the lines of a head")
	}
	h := Head{Origin: lines[0]}
	name := strings.TrimPrefix(h.Origin, oldOriginPrefix)
	var err, err1, err2 error
	h.Size, err = strconv.ParseInt(lines[1], 10, 64)
	h.Root, err1 = tlog.ParseHash(lines[2])
	if old {
		h.Time, err2 = time.Parse("time 2006-01-02T15:04:05Z", lines[3])
	}
	switch {
	case errors.Join(err, err1, err2) != nil:
		return Head{}, errors.Join(err, err1, err2)
	case h.Size < 0 || !isText(name, 200, false) || !isKeyName(name):
		return Head{}, errors.New("the name or the size is none")
	case h.Size == 0 && h.Root != sha256.Sum256(nil):
		return Head{}, errors.New("the root of no entries is another")
	case !bytes.Equal(FormatHead(h), text):
		return Head{}, errors.New("not in its one spelling")
	}
	return h, nil
}

// SignHead makes the signed note of a head. log is the log's own key, nil where
// there is none; each person's key, ECDSA P-256 or RSA, adds a signature line.
func SignHead(h Head, log *Key, people ...crypto.Signer) ([]byte, error) {
	text := FormatHead(h)
	if _, err := ParseHead(text); err != nil {
		return nil, fault.Internal(fmt.Errorf("head of log %q cannot be written", h.Origin))
	}
	signed := append(bytes.Clone(text), '\n')
	for _, k := range people {
		line, err := signAs(text, k)
		if err != nil {
			return nil, err
		}
		signed = line.appendTo(signed)
	}
	if log == nil {
		return signed, nil
	}
	if log.Name != h.Origin {
		return nil, fault.Internal(fmt.Errorf("the key %q does not sign the log %q", log.Name, h.Origin))
	}
	signed = log.signPlain(text).appendTo(signed)
	lines, err := log.cosign(text, h.Time)
	return append(signed, lines...), err
}

// ErrUnknownSigner is behind the fault of OpenHead when no trusted key signed.
var ErrUnknownSigner = errors.New("signed by no trusted key")

// OpenHead reads a signed head. One of the trusted keys must have signed it and
// no signature by a trusted key may be wrong; signatures by others are passed over.
// A trusted key is a VerifierKey, of a log or a witness, or a person's public key.
// It returns the signatures by trusted keys. With a fault that is ErrUnknownSigner's
// the head is what the text says.
func OpenHead(signed []byte, trusted ...crypto.PublicKey) (Head, []Signature, error) {
	text, lines, err := splitNote(signed)
	if err != nil {
		return Head{}, nil, fault.Unreadable("", "This is no signed head of an activity log.").Because(err)
	}
	h, err := ParseHead(text)
	if err != nil {
		return Head{}, nil, err
	}
	known, err := verifiers(trusted)
	if err != nil {
		return Head{}, nil, err
	}
	sigs, err := checkSignatures(text, lines, known)
	switch {
	case err != nil:
		return Head{}, nil, fault.Tampered(
			"The signature on the head of the activity log is wrong: it was altered after it was signed.",
		).
			Because(err)
	case len(sigs) == 0:
		return h, nil, fault.Tampered("The head of the activity log is signed by no key that you trust.").
			Because(ErrUnknownSigner)
	}
	for _, s := range sigs {
		if s.Name == h.Origin && !s.Time.IsZero() {
			h.Time = s.Time // the log's own
		}
	}
	return h, sigs, nil
}

// PeekHead reads a signed head without checking who signed it.
func PeekHead(signed []byte) (Head, error) {
	text, _, err := splitNote(signed)
	if err != nil {
		return Head{}, fault.Unreadable("", "This is no signed head of an activity log.").Because(err)
	}
	return ParseHead(text)
}

// Short is a signed head without its post-quantum signatures, each of which is
// longer than all else: for a QR code, which holds 2,953 bytes. What is no signed
// head comes back as it is.
func Short(signed []byte) []byte {
	text, lines, err := splitNote(signed)
	if err != nil {
		return signed
	}
	out := append(bytes.Clone(text), '\n')
	for _, line := range lines {
		if len(line.sig) < 1000 {
			out = line.appendTo(out)
		}
	}
	return out
}
