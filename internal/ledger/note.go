package ledger

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"assay/internal/fault"

	"filippo.io/mldsa"
)

// maxNote bounds a signed note in bytes: sixteen witnesses with a post-quantum
// signature each fit, and a hostile file does not ask for more.
const maxNote = 100_000

// SignatureType is the kind of a signature in a note, as c2sp.org/signed-note
// numbers them.
type SignatureType byte

// The kinds that are made and checked here. The fourth, by a person's X.509 key,
// has no number of its own and no verifier key: see newPersonKey.
const (
	Plain       SignatureType = 0x01 // Ed25519 over the note's text: a log signs its head
	Cosigned    SignatureType = 0x04 // Ed25519 over a time and the text: a witness saw the head then
	PostQuantum SignatureType = 0x06 // ML-DSA-44 over a time, the log's name, size and root
)

// VerifierKey is a public key that signs notes under a name. Its text is the
// "vkey" of c2sp.org/signed-note: name, key id and key, with plus signs between.
type VerifierKey struct {
	Name string
	Type SignatureType
	Key  string // the public key's bytes: 32 of Ed25519, 1312 of ML-DSA-44
}

// ID is the key id: the first four bytes of SHA-256 over name, line end, type and key.
func (k VerifierKey) ID() uint32 { return keyID(k.Name, []byte{byte(k.Type)}, []byte(k.Key)) }

func keyID(name string, kind, key []byte) uint32 {
	sum := sha256.Sum256(slices.Concat([]byte(name+"\n"), kind, key))
	return binary.BigEndian.Uint32(sum[:])
}

// String is the verifier key as text.
func (k VerifierKey) String() string {
	return fmt.Sprintf(
		"%s+%08x+%s", k.Name, k.ID(), base64.StdEncoding.EncodeToString(append([]byte{byte(k.Type)}, k.Key...)),
	)
}

// ParseVerifierKey reads what String wrote and nothing else. Errors: unreadable.
func ParseVerifierKey(s string) (VerifierKey, error) {
	bad := fault.Unreadable("", "This is no key of a log or witness (NAME+ID+KEY).")
	name, rest, _ := strings.Cut(s, "+")
	_, text, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) < 2 || !isKeyName(name) {
		return VerifierKey{}, bad.Because(err)
	}
	k := VerifierKey{Name: name, Type: SignatureType(raw[0]), Key: string(raw[1:])}
	if _, err := k.verifier(); err != nil {
		return VerifierKey{}, bad.Because(err)
	}
	if k.String() != s {
		return VerifierKey{}, bad
	}
	return k, nil
}

// verifier is something that a signature line of a note can be checked with.
type verifier struct {
	name string
	id   uint32
	// check tells whether sig, the line's bytes after the key id, signs the text,
	// and at what time the signer says so: zero for kinds that carry none.
	check func(text, sig []byte) (time.Time, bool)
}

func (k VerifierKey) verifier() (verifier, error) {
	v := verifier{name: k.Name, id: k.ID()}
	switch {
	case k.Type == Plain && len(k.Key) == ed25519.PublicKeySize:
		v.check = func(text, sig []byte) (time.Time, bool) {
			return time.Time{}, ed25519.Verify(ed25519.PublicKey(k.Key), text, sig)
		}
	case k.Type == Cosigned && len(k.Key) == ed25519.PublicKeySize:
		v.check = func(text, sig []byte) (time.Time, bool) {
			at, sig, ok := cutTime(sig)
			return at, ok && ed25519.Verify(ed25519.PublicKey(k.Key), cosignedText(text, at), sig)
		}
	case k.Type == PostQuantum:
		pub, err := mldsa.NewPublicKey(mldsa.MLDSA44(), []byte(k.Key))
		if err != nil {
			return v, fmt.Errorf("read an ML-DSA-44 key: %w", err)
		}
		v.check = func(text, sig []byte) (time.Time, bool) {
			at, sig, ok := cutTime(sig)
			message, err := subtreeMessage(k.Name, text, at)
			return at, ok && err == nil && mldsa.Verify(pub, message, sig, nil) == nil
		}
	default:
		return v, fmt.Errorf("signature type %#x with a key of %d bytes", byte(k.Type), len(k.Key))
	}
	return v, nil
}

// cutTime takes the eight bytes of POSIX time off a cosignature.
func cutTime(sig []byte) (time.Time, []byte, bool) {
	if len(sig) < 8 {
		return time.Time{}, nil, false
	}
	n := binary.BigEndian.Uint64(sig)
	return time.Unix(int64(n&math.MaxInt64), 0).UTC(), sig[8:], n > 0 && n <= math.MaxInt64
}

// cosignedText is what an Ed25519 cosignature signs (c2sp.org/tlog-cosignature).
func cosignedText(text []byte, at time.Time) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", at.Unix()), text...)
}

// subtreeMessage is what an ML-DSA-44 cosignature signs (c2sp.org/tlog-cosignature):
// the structure cosigned_message in the presentation of RFC 8446, section 3. It
// covers the signer's name, the log's, the size and the root, and no further lines.
func subtreeMessage(signer string, text []byte, at time.Time) ([]byte, error) {
	h, err := parseCheckpoint(text)
	if err != nil {
		return nil, err
	}
	if len(signer) > math.MaxUint8 || len(h.Origin) > math.MaxUint8 {
		return nil, errors.New("a name is longer than 255 bytes")
	}
	b := []byte("subtree/v1\n\x00")
	b = append(append(b, byte(len(signer))), signer...)
	b = binary.BigEndian.AppendUint64(b, uint64(at.Unix()))
	b = append(append(b, byte(len(h.Origin))), h.Origin...)
	b = binary.BigEndian.AppendUint64(b, 0) // the first leaf
	b = binary.BigEndian.AppendUint64(b, uint64(h.Size))
	return append(b, h.Root[:]...), nil
}

// newPersonKey makes the X.509 key by which a person signs documents a key of notes.
// Its name is its fingerprint. Its kind is of our own, as the specification
// prescribes for kinds without a number: 0xff and a text.
func newPersonKey(pub crypto.PublicKey) (verifier, error) {
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return verifier{}, fmt.Errorf("key of a log head: %w", err)
	}
	sum := sha256.Sum256(spki)
	v := verifier{name: hex.EncodeToString(sum[:])}
	v.id = keyID(v.name, []byte("\xffassay x509 sha256\n"), spki)
	switch pub := pub.(type) {
	case *ecdsa.PublicKey:
		v.check = func(text, sig []byte) (time.Time, bool) {
			sum := sha256.Sum256(text)
			return time.Time{}, ecdsa.VerifyASN1(pub, sum[:], sig)
		}
	case *rsa.PublicKey:
		v.check = func(text, sig []byte) (time.Time, bool) {
			sum := sha256.Sum256(text)
			return time.Time{}, rsa.VerifyPKCS1v15(pub, crypto.SHA256, sum[:], sig) == nil
		}
	default:
		return verifier{}, fault.New(fault.CodeInvalid, "A log is signed with an ECDSA or RSA key; this is a %T.", pub)
	}
	return v, nil
}

// verifiers makes verifiers of VerifierKeys and of people's public keys, each once.
func verifiers(keys []crypto.PublicKey) ([]verifier, error) {
	var out []verifier
	for _, key := range keys {
		var v verifier
		var err error
		if k, ok := key.(VerifierKey); ok {
			v, err = k.verifier()
		} else {
			v, err = newPersonKey(key)
		}
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(out, func(x verifier) bool { return x.name == v.name && x.id == v.id }) {
			out = append(out, v)
		}
	}
	return out, nil
}

// signatureLine is one signature of a note.
type signatureLine struct {
	name string
	id   uint32
	sig  []byte // after the key id
}

// appendTo writes the line as it stands in a note.
func (s signatureLine) appendTo(b []byte) []byte {
	raw := append(binary.BigEndian.AppendUint32(nil, s.id), s.sig...)
	return fmt.Appendf(b, "— %s %s\n", s.name, base64.StdEncoding.EncodeToString(raw))
}

// Signature is a signature on a note that was checked.
type Signature struct {
	Name string    // of the key: a fingerprint for a person's, a log's or witness's own name for theirs
	ID   uint32    // of the key
	Time time.Time // when the signer says that it signed; zero for kinds that do not say
}

// splitNote reads a signed note in its one spelling: text that ends with a line
// end, an empty line, and the signature lines. Nothing is checked but the form.
func splitNote(signed []byte) (text []byte, lines []signatureLine, err error) {
	if len(signed) > maxNote || !utf8.Valid(signed) ||
		bytes.ContainsFunc(signed, func(r rune) bool { return r < 0x20 && r != '\n' }) {
		return nil, nil, errors.New("too long, or no text")
	}
	i := bytes.LastIndex(signed, []byte("\n\n"))
	if i < 1 {
		return nil, nil, errors.New("no empty line between text and signatures")
	}
	lines, err = parseSignatures(signed[i+2:])
	return signed[:i+1], lines, err
}

// parseSignatures reads signature lines in their one spelling.
func parseSignatures(b []byte) ([]signatureLine, error) {
	var out []signatureLine
	var again []byte
	for line := range bytes.Lines(b) {
		name, text, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(string(line), "— "), "\n"), " ")
		raw, err := base64.StdEncoding.Strict().DecodeString(text)
		if !ok || err != nil || len(raw) < 5 || !isKeyName(name) {
			return nil, fmt.Errorf("signature line %d is none", len(out)+1)
		}
		s := signatureLine{name: name, id: binary.BigEndian.Uint32(raw), sig: raw[4:]}
		out, again = append(out, s), s.appendTo(again)
	}
	if !bytes.Equal(again, b) {
		return nil, errors.New("the signature lines are not in their one spelling")
	}
	return out, nil
}

// isKeyName tells whether a key of notes may have this name.
func isKeyName(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.Contains(name, "+") &&
		!strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

var errWrongSignature = errors.New("a signature by a known key is wrong")

// checkSignatures checks the lines by known keys, passes over those of others,
// and gives the first that each known key made. Errors: errWrongSignature.
func checkSignatures(text []byte, lines []signatureLine, known []verifier) ([]Signature, error) {
	var out []Signature
	for _, line := range lines {
		i := slices.IndexFunc(known, func(v verifier) bool { return v.name == line.name && v.id == line.id })
		if i < 0 {
			continue
		}
		at, ok := known[i].check(text, line.sig)
		if !ok {
			return nil, errWrongSignature
		}
		out = append(out, Signature{Name: line.name, ID: line.id, Time: at})
	}
	return out, nil
}

// signAs makes the signature line of a person's key.
func signAs(text []byte, key crypto.Signer) (signatureLine, error) {
	v, err := newPersonKey(key.Public())
	if err != nil {
		return signatureLine{}, err
	}
	sum := sha256.Sum256(text)
	sig, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return signatureLine{}, fmt.Errorf("sign a note: %w", err)
	}
	return signatureLine{name: v.name, id: v.id, sig: sig}, nil
}

// Public is the key as crypto knows it, of the types with an Ed25519 key; nil of others.
func (k VerifierKey) Public() crypto.PublicKey {
	if k.Type == PostQuantum || len(k.Key) != ed25519.PublicKeySize {
		return nil
	}
	return ed25519.PublicKey(k.Key)
}
