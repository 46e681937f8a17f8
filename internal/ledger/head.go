package ledger

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"assay/internal/fault"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Head says how long a register's log was at a moment and what its root was.
// Whoever holds a head can tell whether a longer log still begins with it.
type Head struct {
	Register string    // the register's identifier
	Size     int64     // number of entries
	Root     Hash      // of the tree over them
	Time     time.Time // UTC, whole seconds, by the computer's clock
}

const headOrigin = "Assay activity log "

// Head is the log's head now.
func (l *Log) Head(register string, now time.Time) (Head, error) {
	root, err := l.Root(l.size)
	return Head{register, l.size, root, now.UTC().Truncate(time.Second)}, err
}

// FormatHead is the text of the head, which is what is signed.
func FormatHead(h Head) []byte {
	return fmt.Appendf(
		nil,
		"%s%s\n%d\n%v\ntime %s\n",
		headOrigin,
		h.Register,
		h.Size,
		h.Root,
		h.Time.UTC().Format(time.RFC3339),
	)
}

// ParseHead reads what FormatHead wrote and nothing else.
func ParseHead(text []byte) (Head, error) {
	bad := fault.Unreadable("", "This is no head of an Assay activity log.")
	lines := strings.Split(string(text), "\n")
	if len(text) > 1000 || len(lines) != 5 {
		return Head{}, bad
	}
	var h Head
	var ok [2]bool
	h.Register, ok[0] = strings.CutPrefix(lines[0], headOrigin)
	stamp, ok1 := strings.CutPrefix(lines[3], "time ")
	ok[1] = ok1
	size, err1 := strconv.ParseInt(lines[1], 10, 64)
	root, err2 := tlog.ParseHash(lines[2])
	t, err3 := time.Parse("2006-01-02T15:04:05Z", stamp)
	h.Size, h.Root, h.Time = size, root, t
	switch {
	case !ok[0] || !ok[1] || size < 0 || h.Register == "" || !isText(h.Register, 100, false) || strings.ContainsAny(h.Register, " +"):
		return Head{}, bad
	case errors.Join(err1, err2, err3) != nil:
		return Head{}, bad.Because(errors.Join(err1, err2, err3))
	case !bytes.Equal(FormatHead(h), text):
		return Head{}, bad
	}
	return h, nil
}

// SignHead makes the signed note of a head. Keys are ECDSA P-256 or RSA; each
// gives one signature line.
func SignHead(h Head, keys ...crypto.Signer) ([]byte, error) {
	text := FormatHead(h)
	if _, err := ParseHead(text); err != nil {
		return nil, fault.Internal(fmt.Errorf("head of log %q cannot be written", h.Register))
	}
	if len(keys) == 0 {
		return append(text, '\n'), nil
	}
	var signers []note.Signer
	for _, k := range keys {
		key, err := newNoteKey(k.Public(), k)
		if err != nil {
			return nil, err
		}
		signers = append(signers, key)
	}
	return note.Sign(&note.Note{Text: string(text)}, signers...)
}

// ErrUnknownSigner is behind the fault of OpenHead when no trusted key signed.
var ErrUnknownSigner = errors.New("signed by no trusted key")

// OpenHead reads a signed head. One of the trusted keys must have signed it and
// no signature by a trusted key may be wrong; signatures by others are passed over.
// It returns the fingerprints (see Fingerprint) of the trusted keys that signed.
func OpenHead(signed []byte, trusted ...crypto.PublicKey) (Head, []string, error) {
	text, err := headText(signed)
	if err != nil {
		return Head{}, nil, err
	}
	h, err := ParseHead(text)
	if err != nil {
		return Head{}, nil, err
	}
	var known []note.Verifier
	type name struct {
		name string
		hash uint32
	}
	listed := map[name]bool{}
	for _, pub := range trusted {
		key, err := newNoteKey(pub, nil)
		if err != nil {
			return Head{}, nil, err
		}
		// A key may be trusted twice, by the register and by the reader's file;
		// note takes that for two keys of one name.
		if x := (name{key.Name(), key.KeyHash()}); !listed[x] {
			listed[x] = true
			known = append(known, key)
		}
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(signed[len(text)+1:]), "\n"), "\n") {
		// note takes base64 with stray bits at its end; one head has one spelling here.
		_, sig, _ := strings.Cut(strings.TrimPrefix(line, "— "), " ")
		if _, err := base64.StdEncoding.Strict().DecodeString(sig); err != nil {
			return Head{}, nil, fault.Unreadable("", "This is no signed head of an Assay activity log.").Because(err)
		}
	}
	n, err := note.Open(signed, note.VerifierList(known...))
	var unverified *note.UnverifiedNoteError
	switch {
	case errors.As(err, &unverified) || bytes.HasSuffix(signed, []byte("\n\n")):
		return h, nil, fault.Tampered("The head of the activity log is signed by no key that you trust.").
			Because(ErrUnknownSigner)
	case err != nil:
		return Head{}, nil, fault.Tampered("The signature on the head of the activity log is wrong: it was altered after it was signed.").
			Because(err)
	}
	var names []string
	for _, s := range n.Sigs {
		names = append(names, s.Name)
	}
	return h, names, nil
}

// PeekHead reads a signed head without checking who signed it.
func PeekHead(signed []byte) (Head, error) {
	text, err := headText(signed)
	if err != nil {
		return Head{}, err
	}
	return ParseHead(text)
}

func headText(signed []byte) ([]byte, error) {
	i := bytes.Index(signed, []byte("\n\n"))
	if i < 0 || len(signed) > 100_000 {
		return nil, fault.Unreadable("", "This is no signed head of an Assay activity log.")
	}
	return signed[:i+1], nil
}

// Fingerprint is the SHA-256, as hexadecimal, of a public key's
// SubjectPublicKeyInfo: the name under which it signs heads.
func Fingerprint(pub crypto.PublicKey) (string, error) {
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return "", fmt.Errorf("fingerprint of a key: %w", err)
	}
	sum := sha256.Sum256(spki)
	return hex.EncodeToString(sum[:]), nil
}

// noteKey makes an X.509 key a key of sumdb/note.
type noteKey struct {
	name string
	hash uint32
	pub  crypto.PublicKey
	priv crypto.Signer
}

func newNoteKey(pub crypto.PublicKey, priv crypto.Signer) (*noteKey, error) {
	switch pub.(type) {
	case *ecdsa.PublicKey, *rsa.PublicKey:
	default:
		return nil, fault.New(fault.CodeInvalid, "A log is signed with an ECDSA or RSA key; this is a %T.", pub)
	}
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, fmt.Errorf("key of a log head: %w", err)
	}
	sum := sha256.Sum256(spki)
	name := hex.EncodeToString(sum[:])
	// As the signed note format prescribes for kinds of signature without a number: 0xff and a text of one's own.
	kind := sha256.Sum256(append([]byte(name+"\n\xffassay x509 sha256\n"), spki...))
	return &noteKey{name, binary.BigEndian.Uint32(kind[:]), pub, priv}, nil
}

func (k *noteKey) Name() string    { return k.name }
func (k *noteKey) KeyHash() uint32 { return k.hash }

func (k *noteKey) Sign(msg []byte) ([]byte, error) {
	sum := sha256.Sum256(msg)
	return k.priv.Sign(rand.Reader, sum[:], crypto.SHA256)
}

func (k *noteKey) Verify(msg, sig []byte) bool {
	sum := sha256.Sum256(msg)
	switch pub := k.pub.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(pub, sum[:], sig)
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(pub, crypto.SHA256, sum[:], sig) == nil
	}
	return false
}
