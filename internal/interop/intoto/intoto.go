// Package intoto hands what was certified to the tools that check software supply
// chains: a statement that names files by their digests and says what was found about them,
// signed in the envelope that those tools read.
//
// # The envelope
//
// DSSE 1.0 (github.com/secure-systems-lab/dsse), JSON: payloadType
// "application/vnd.in-toto+json", payload in base64, and signatures with keyid and sig. What is
// signed is the pre-authentication encoding
//
//	"DSSEv1" SP LEN(type) SP type SP LEN(body) SP body
//
// with lengths in decimal: by ECDSA P-256 with SHA-256 in ASN.1, or RSA PKCS #1 v1.5 with
// SHA-256. keyid is the SHA-256 of the key's SubjectPublicKeyInfo as hexadecimal: the
// fingerprint that papers print. Other people's libraries try a key only if it has this keyid:
// in Python SSlibKey.from_crypto(key, keyid="…"), in Go a verifier whose KeyID returns it.
//
// # The statement
//
// https://in-toto.io/Statement/v1. The subjects are the certificate's document first, then its
// record, each by name and sha256. predicateType is [PredicateType]; the predicate has
// exactly
//
//	number          of the certificate
//	organisation    name
//	workflow        reference, name, version
//	verdict         as in the record
//	issued          RFC 3339
//	validUntil      day
//	counts          by rule: answer, and, of rules that rest on runs, cases, tested, short, settled
//	log             the log's name, entries and root (hexadecimal) when it was issued
//
// All numbers are text: some readers take numbers for floating point and lose digits.
package intoto

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"assay/internal/fault"
)

// The types that are written.
const (
	PayloadType   = "application/vnd.in-toto+json"
	StatementType = "https://in-toto.io/Statement/v1"
	PredicateType = "https://assay.example/attestation/certificate/v1"
)

// Subject is a file.
type Subject struct {
	Name   string `json:"name"`
	Digest Digest `json:"digest"`
}

// Digest of a file.
type Digest struct {
	SHA256 string `json:"sha256"` // hexadecimal
}

// Predicate is what is said of the subjects.
type Predicate struct {
	Number       string          `json:"number"`
	Organisation string          `json:"organisation"`
	Workflow     Workflow        `json:"workflow"`
	Verdict      string          `json:"verdict"`
	Issued       string          `json:"issued"`
	ValidUntil   string          `json:"validUntil"`
	Counts       map[string]Rule `json:"counts"` // by the rule's code
	Log          Log             `json:"log"`
}

// Workflow is what the certificate is for.
type Workflow struct {
	Reference string `json:"reference"`
	Name      string `json:"name"`
	Version   string `json:"version"`
}

// Rule is the answer of one rule. Numbers are text.
type Rule struct {
	Answer  string `json:"answer"`
	Cases   string `json:"cases,omitempty"`
	Tested  string `json:"tested,omitempty"`
	Short   string `json:"short,omitempty"`
	Settled string `json:"settled,omitempty"`
}

// Log is the head of the activity log. Numbers are text.
type Log struct {
	Name    string `json:"name"`
	Entries string `json:"entries"`
	Root    string `json:"root"`
}

// Statement says something of files.
type Statement struct {
	Type          string    `json:"_type"`
	Subject       []Subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     Predicate `json:"predicate"`
}

type envelope struct {
	PayloadType string      `json:"payloadType"`
	Payload     string      `json:"payload"`
	Signatures  []signature `json:"signatures"`
}

type signature struct {
	KeyID string `json:"keyid"`
	Sig   string `json:"sig"`
}

var sha256Text = regexp.MustCompile(`^[0-9a-f]{64}$`)

// check refuses what other people's readers let through: no subject, no digest.
func (s Statement) check() error {
	if s.Type != StatementType || s.PredicateType != PredicateType || len(s.Subject) == 0 || s.Predicate.Number == "" {
		return errors.New("type, subjects or number")
	}
	for _, x := range s.Subject {
		if x.Name == "" || !sha256Text.MatchString(x.Digest.SHA256) {
			return fmt.Errorf("subject %q has no digest", x.Name)
		}
	}
	return nil
}

// pae is DSSE's pre-authentication encoding.
func pae(body []byte) []byte {
	return append(fmt.Appendf(nil, "DSSEv1 %d %s %d ", len(PayloadType), PayloadType, len(body)), body...)
}

// KeyID is the keyid of a public key.
func KeyID(pub crypto.PublicKey) (string, error) {
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return "", fmt.Errorf("key id of an envelope: %w", err)
	}
	sum := sha256.Sum256(spki)
	return hex.EncodeToString(sum[:]), nil
}

// Sign makes the signed envelope.
func Sign(subjects []Subject, p Predicate, key crypto.Signer) ([]byte, error) {
	s := Statement{Type: StatementType, Subject: subjects, PredicateType: PredicateType, Predicate: p}
	if err := s.check(); err != nil {
		return nil, fault.Internal(fmt.Errorf("statement for in-toto: %w", err))
	}
	body, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("write a statement for in-toto: %w", err)
	}
	kid, err := KeyID(key.Public())
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(pae(body))
	sig, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sign a statement for in-toto: %w", err)
	}
	b, err := json.Marshal(envelope{
		PayloadType: PayloadType,
		Payload:     base64.StdEncoding.EncodeToString(body),
		Signatures:  []signature{{KeyID: kid, Sig: base64.StdEncoding.EncodeToString(sig)}},
	})
	if err != nil {
		return nil, fmt.Errorf("write a statement for in-toto: %w", err)
	}
	return append(b, '\n'), nil
}

// ErrUnknownKey is behind the fault where nobody whom the reader trusts signed.
var ErrUnknownKey = errors.New("signed by no trusted key")

// Open reads what Sign wrote, and nothing else, and checks its signature by the keys
// that the reader trusts. Errors: unreadable, tampered (ErrUnknownKey).
func Open(data []byte, trusted ...crypto.PublicKey) (Statement, error) {
	bad := fault.Unreadable("", "This is no signed statement for in-toto of Assay.")
	var e envelope
	var s Statement
	if err := strict(data, &e); err != nil {
		return s, bad.Because(err)
	}
	body, err := base64.StdEncoding.Strict().DecodeString(e.Payload)
	if err != nil || e.PayloadType != PayloadType || len(e.Signatures) != 1 {
		return s, bad.Because(err)
	}
	if err := strict(body, &s); err != nil {
		return s, bad.Because(err)
	}
	if err := s.check(); err != nil {
		return s, bad.Because(err)
	}
	again, err := json.Marshal(s)
	sig, err2 := base64.StdEncoding.Strict().DecodeString(e.Signatures[0].Sig)
	outer, err3 := json.Marshal(e)
	if errors.Join(err, err2, err3) != nil || !bytes.Equal(again, body) || !bytes.Equal(append(outer, '\n'), data) {
		return s, bad.Because(errors.Join(err, err2, err3))
	}
	sum := sha256.Sum256(pae(body))
	for _, pub := range trusted {
		kid, err := KeyID(pub)
		if err != nil || kid != e.Signatures[0].KeyID {
			continue
		}
		ok := false
		switch k := pub.(type) {
		case *ecdsa.PublicKey:
			ok = ecdsa.VerifyASN1(k, sum[:], sig)
		case *rsa.PublicKey:
			ok = rsa.VerifyPKCS1v15(k, crypto.SHA256, sum[:], sig) == nil
		}
		if !ok {
			return Statement{}, fault.Tampered("The signature does not hold: it was altered after it was signed.")
		}
		return s, nil
	}
	return s, fault.Tampered("It is signed by no key that you trust.").Because(ErrUnknownKey)
}

// SignedBy is the keyid in an envelope that Open could read. Errors: unreadable.
func SignedBy(data []byte) (string, error) {
	var e envelope
	if err := strict(data, &e); err != nil || len(e.Signatures) != 1 {
		return "", fault.Unreadable("", "This is no signed statement for in-toto of Assay.").Because(err)
	}
	return e.Signatures[0].KeyID, nil
}

func strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}
