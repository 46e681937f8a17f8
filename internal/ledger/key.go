package ledger

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"assay/internal/fault"

	"filippo.io/mldsa"
)

// Key signs heads under one name: a log its own, a witness those of others. From
// one secret it derives a key for each kind of signature, since the specification
// advises against one key for two kinds.
type Key struct {
	Name string

	plain, timed ed25519.PrivateKey
	quantum      *mldsa.PrivateKey
}

// SecretSize is the length of a Key's secret, in bytes.
const SecretSize = 32

// NewKey makes the key of a name from its secret. Errors: internal.
func NewKey(name string, secret []byte) (*Key, error) {
	if len(secret) != SecretSize || !isKeyName(name) || len(name) > 200 {
		return nil, fault.Internal(fmt.Errorf("key %q with a secret of %d bytes", name, len(secret)))
	}
	k := &Key{Name: name}
	for _, x := range []struct {
		kind SignatureType
		keep func(seed []byte) error
	}{
		{Plain, func(seed []byte) error { k.plain = ed25519.NewKeyFromSeed(seed); return nil }},
		{Cosigned, func(seed []byte) error { k.timed = ed25519.NewKeyFromSeed(seed); return nil }},
		{PostQuantum, func(seed []byte) (err error) {
			k.quantum, err = mldsa.NewPrivateKey(mldsa.MLDSA44(), seed)
			return err
		}},
	} {
		seed, err := hkdf.Key(sha256.New, secret, nil, fmt.Sprintf("assay log key %d", x.kind), 32)
		if err == nil {
			err = x.keep(seed)
		}
		if err != nil {
			return nil, fmt.Errorf("derive a log key: %w", err)
		}
	}
	return k, nil
}

// Verifiers are the public keys, by kind: Plain, Cosigned, PostQuantum.
func (k *Key) Verifiers() []VerifierKey {
	return []VerifierKey{
		{Name: k.Name, Type: Plain, Key: string(k.plain.Public().(ed25519.PublicKey))},
		{Name: k.Name, Type: Cosigned, Key: string(k.timed.Public().(ed25519.PublicKey))},
		{Name: k.Name, Type: PostQuantum, Key: string(k.quantum.PublicKey().Bytes())},
	}
}

func (k *Key) signPlain(text []byte) signatureLine {
	return signatureLine{name: k.Name, id: k.Verifiers()[0].ID(), sig: ed25519.Sign(k.plain, text)}
}

// cosign makes the two lines with a time: by Ed25519 and by ML-DSA-44.
func (k *Key) cosign(text []byte, at time.Time) ([]byte, error) {
	message, err := subtreeMessage(k.Name, text, at)
	if err != nil {
		return nil, fmt.Errorf("cosign a head: %w", err)
	}
	quantum, err := k.quantum.Sign(nil, message, nil)
	if err != nil {
		return nil, fmt.Errorf("cosign a head: %w", err)
	}
	stamp := binary.BigEndian.AppendUint64(nil, uint64(at.Unix()))
	keys := k.Verifiers()
	var b []byte
	for i, sig := range [][]byte{ed25519.Sign(k.timed, cosignedText(text, at)), quantum} {
		line := signatureLine{name: k.Name, id: keys[1+i].ID(), sig: append(bytes.Clone(stamp), sig...)}
		b = line.appendTo(b)
	}
	return b, nil
}

// KeyStatement says which keys sign the heads of a log, and how heads named it
// before. An entry of the log holds the digest of its text, and the organisation's
// root signs it, as a note.
type KeyStatement struct {
	Register string        // identifier
	Keys     []VerifierKey // Plain, Cosigned, PostQuantum
}

const keyStatementTitle = "Assay log key"

// FormatKeyStatement is the statement's text.
func FormatKeyStatement(s KeyStatement) []byte {
	b := fmt.Appendf(nil, "%s\nlog %s\nbefore %s\n", keyStatementTitle, Origin(s.Register), OldOrigin(s.Register))
	for _, k := range s.Keys {
		b = fmt.Appendf(b, "key %s\n", k)
	}
	return b
}

// ParseKeyStatement reads what FormatKeyStatement wrote and nothing else.
func ParseKeyStatement(text []byte) (KeyStatement, error) {
	bad := fault.Unreadable("", "This is no statement of the keys of an Assay activity log.")
	lines := strings.Split(string(text), "\n")
	if len(text) > maxNote || len(lines) != 7 {
		return KeyStatement{}, bad
	}
	var s KeyStatement
	s.Register, _ = strings.CutPrefix(lines[1], "log "+originPrefix)
	for i, kind := range []SignatureType{Plain, Cosigned, PostQuantum} {
		text, _ := strings.CutPrefix(lines[3+i], "key ")
		k, err := ParseVerifierKey(text)
		if err != nil || k.Type != kind || k.Name != Origin(s.Register) {
			return KeyStatement{}, bad.Because(err)
		}
		s.Keys = append(s.Keys, k)
	}
	if !bytes.Equal(FormatKeyStatement(s), text) {
		return KeyStatement{}, bad
	}
	return s, nil
}

// SignKeyStatement has a person's or an organisation's keys sign a statement.
func SignKeyStatement(s KeyStatement, signers ...crypto.Signer) ([]byte, error) {
	text := FormatKeyStatement(s)
	signed := append(bytes.Clone(text), '\n')
	for _, k := range signers {
		line, err := signAs(text, k)
		if err != nil {
			return nil, err
		}
		signed = line.appendTo(signed)
	}
	return signed, nil
}

// OpenKeyStatement reads a signed statement; a trusted key must have signed it,
// and no signature by one may be wrong. With a fault that is ErrUnknownSigner's the
// statement is what the text says. Errors: unreadable, tampered.
func OpenKeyStatement(signed []byte, trusted ...crypto.PublicKey) (KeyStatement, error) {
	text, lines, err := splitNote(signed)
	if err != nil {
		return KeyStatement{},
			fault.Unreadable("", "This is no statement of the keys of an Assay activity log.").Because(err)
	}
	s, err := ParseKeyStatement(text)
	if err != nil {
		return KeyStatement{}, err
	}
	known, err := verifiers(trusted)
	if err != nil {
		return KeyStatement{}, err
	}
	sigs, err := checkSignatures(text, lines, known)
	switch {
	case errors.Is(err, errWrongSignature):
		return KeyStatement{}, fault.Tampered(
			"The signature on the statement of the log's keys is wrong: it was altered after it was signed.",
		).
			Because(err)
	case err != nil:
		return KeyStatement{}, err
	case len(sigs) == 0:
		return s, fault.Tampered("The statement of the log's keys is signed by no key that you trust.").
			Because(ErrUnknownSigner)
	}
	return s, nil
}

// PublicKeys are the statement's keys, as OpenHead takes them.
func (s KeyStatement) PublicKeys() []crypto.PublicKey {
	var out []crypto.PublicKey
	for _, k := range s.Keys {
		out = append(out, k)
	}
	return out
}

// Signer is the key of type Plain, for a receipt, which no text of a note can be taken for:
// what is signed there begins with a byte that is no UTF-8.
func (k *Key) Signer() crypto.Signer { return k.plain }
