// Package scitt hands what a certificate says to other people's programs: as a signed
// statement that names who says it of what, with a receipt that it stands in the
// organisation's activity log, so that they can check both without Assay.
//
// # The statement
//
// A signed statement of RFC 9943: a COSE_Sign1 message (RFC 9052, tag 18) in deterministic
// CBOR (RFC 8949, 4.2.1). Its payload is the certificate's record, byte for byte as in the
// PDF. The protected header holds
//
//	1     algorithm: -7 (ES256) or -37 (PS256), by the assessor's key
//	3     "application/vnd.assay.certificate+json"
//	4     key id: the 32 bytes of the SHA-256 of the key's SubjectPublicKeyInfo, the fingerprint that is printed
//	15    claims (RFC 9597): 1 issuer, "urn:uuid:" and the organisation's identifier; 2 subject, the certificate's number
//
// The unprotected header is empty, or holds receipts: 394, an array of byte strings.
//
// # The receipt
//
// A receipt of RFC 9942 with the tree of RFC 9162, tag 18, no payload. What is signed
// is the root of the log's tree. Protected header:
//
//	1     -8 (EdDSA), by the log's Ed25519 key
//	4     key id: the 32 bytes of the SHA-256 of the key's SubjectPublicKeyInfo
//	15    claims: 1 issuer, the log's name; 2 subject, as in the statement
//	395   1 (RFC9162_SHA256)
//
// and unprotected header:
//
//	396           {-1: [bstr .cbor [tree size, leaf index, [path]]]}
//	"assay-leaf"  the log's line that is the leaf
//
// # From the statement to the leaf
//
// RFC 9942 leaves to a profile what the leaf is. Here the leaf's bytes are the line of
// the activity log that records the issue (see package ledger), under whose "digests" the name
// "scitt-statement" has the SHA-256 of the statement with an empty unprotected header. The
// line travels in the receipt. The size of the tree in the proof is not signed, as RFC 9942 has
// it: it says nothing of how long the log was. A reader checks the receipt's signature over the root that
// the path gives from the leaf, and then finds the statement's digest in the leaf.
package scitt

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"assay/internal/fault"
	"assay/internal/ledger"

	"github.com/fxamacker/cbor/v2"
)

// ContentType is what the payload is: a certificate's record.
const ContentType = "application/vnd.assay.certificate+json"

// DigestName is the name under which an entry of the log vouches for a statement.
const DigestName = "scitt-statement"

// Labels of headers and claims, and algorithms.
const (
	labelAlg       int64 = 1 // RFC 9052
	labelType      int64 = 3
	labelKeyID     int64 = 4
	labelClaims    int64 = 15  // RFC 9597
	labelReceipts  int64 = 394 // RFC 9942
	labelTree      int64 = 395
	labelProofs    int64 = 396
	inclusion      int64 = -1
	treeRFC9162    int64 = 1
	claimIssuer    int64 = 1
	claimSubject   int64 = 2
	labelLeaf            = "assay-leaf"
	algES256       int64 = -7 // RFC 9053
	algEdDSA       int64 = -8
	algPS256       int64 = -37 // RFC 8230
	tagSign1             = 18
	maxStatement         = 16 << 20
	maxReceiptHash       = 64
)

// Statement is what somebody says of something.
type Statement struct {
	Issuer  string // who says it: a URI
	Subject string // of what: the certificate's number
	Payload []byte // the certificate's record
}

// Receipt is a log's word that it holds a statement.
type Receipt struct {
	Log     string           // its name
	Subject string           // as in the statement
	Proof   ledger.Inclusion // Leaf, Root and Seq are those of Line and of the tree
	Line    []byte           // of the log: the leaf
}

var encoding = func() cbor.EncMode {
	m, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err) // the options are constants
	}
	return m
}()

// KeyID is the key id of a public key: the SHA-256 of its SubjectPublicKeyInfo.
func KeyID(pub crypto.PublicKey) ([]byte, error) {
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, fmt.Errorf("key id of a statement: %w", err)
	}
	sum := sha256.Sum256(spki)
	return sum[:], nil
}

func algorithm(pub crypto.PublicKey) (int64, error) {
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		if k.Curve.Params().BitSize == 256 {
			return algES256, nil
		}
	case *rsa.PublicKey:
		return algPS256, nil
	case ed25519.PublicKey:
		return algEdDSA, nil
	}
	return 0, fault.Invalid("key", "A statement is signed with an ECDSA P-256 or RSA key: choose another key.")
}

// message is a COSE_Sign1 message (RFC 9052, 4.2).
type message struct {
	_           struct{} `cbor:",toarray"`
	Protected   []byte   // the map below, encoded
	Unprotected map[any]any
	Payload     []byte // nil: detached
	Signature   []byte

	head map[any]any // the protected header
}

// headerOf begins a message by a key.
func headerOf(pub crypto.PublicKey, issuer, subject string) (map[any]any, error) {
	alg, err := algorithm(pub)
	if err != nil {
		return nil, err
	}
	kid, err := KeyID(pub)
	if err != nil {
		return nil, err
	}
	claims := map[any]any{claimIssuer: issuer, claimSubject: subject}
	return map[any]any{labelAlg: alg, labelKeyID: kid, labelClaims: claims}, nil
}

// toBeSigned is the Sig_structure of RFC 9052, 4.4, without external data.
func toBeSigned(protected, payload []byte) ([]byte, error) {
	b, err := encoding.Marshal([]any{"Signature1", protected, []byte{}, payload})
	if err != nil {
		return nil, fmt.Errorf("write what is signed: %w", err)
	}
	return b, nil
}

// Sign makes the signed statement.
func Sign(s Statement, key crypto.Signer) ([]byte, error) {
	if s.Issuer == "" || s.Subject == "" || len(s.Payload) == 0 || len(s.Payload) > maxStatement {
		return nil, fault.Internal(fmt.Errorf("statement of %q about %q", s.Issuer, s.Subject))
	}
	head, err := headerOf(key.Public(), s.Issuer, s.Subject)
	if err != nil {
		return nil, err
	}
	head[labelType] = ContentType
	return signed(head, map[any]any{}, s.Payload, false, key)
}

// signed signs a payload, and leaves it out of the message where it is detached.
func signed(head, unprotected map[any]any, payload []byte, detached bool, key crypto.Signer) ([]byte, error) {
	m := message{Unprotected: unprotected, Payload: payload}
	var err error
	if m.Protected, err = encoding.Marshal(head); err != nil {
		return nil, fmt.Errorf("write a header: %w", err)
	}
	text, err := toBeSigned(m.Protected, payload)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	switch head[labelAlg] {
	case algEdDSA:
		m.Signature, err = key.Sign(rand.Reader, text, crypto.Hash(0))
	case algPS256:
		opts := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		m.Signature, err = key.Sign(rand.Reader, sum[:], opts)
	default:
		var der []byte
		if der, err = key.Sign(rand.Reader, sum[:], crypto.SHA256); err == nil {
			m.Signature, err = rawSignature(der)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("sign a statement: %w", err)
	}
	if detached {
		m.Payload = nil
	}
	return m.format()
}

// rawSignature turns an ECDSA signature in ASN.1 into the two numbers of 32 bytes of RFC 9053.
func rawSignature(der []byte) ([]byte, error) {
	var rs struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &rs); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("the key's signature is none: %w", err)
	}
	out := make([]byte, 64)
	rs.R.FillBytes(out[:32])
	rs.S.FillBytes(out[32:])
	return out, nil
}

// format writes the message.
func (m message) format() ([]byte, error) {
	b, err := encoding.Marshal(cbor.Tag{Number: tagSign1, Content: m})
	if err != nil {
		return nil, fmt.Errorf("write a statement: %w", err)
	}
	return b, nil
}

// SignReceipt makes a receipt by a log's Ed25519 key.
func SignReceipt(r Receipt, key crypto.Signer) ([]byte, error) {
	head, err := headerOf(key.Public(), r.Log, r.Subject)
	if err != nil {
		return nil, err
	}
	head[labelTree] = treeRFC9162
	path := make([][]byte, len(r.Proof.Hashes))
	for i, x := range r.Proof.Hashes {
		path[i] = x[:]
	}
	proof, err := encoding.Marshal([]any{r.Proof.Size, r.Proof.Seq - 1, path})
	if err != nil {
		return nil, fmt.Errorf("write a receipt: %w", err)
	}
	beside := map[any]any{labelProofs: map[any]any{inclusion: []any{proof}}, labelLeaf: r.Line}
	return signed(head, beside, r.Proof.Root[:], true, key)
}

// Attach gives the statement with receipts in its unprotected header, instead of
// those that it had. The statement's signature holds as before.
func Attach(statement []byte, receipts ...[]byte) ([]byte, error) {
	m, err := parse(statement)
	if err != nil {
		return nil, err
	}
	m.Unprotected = map[any]any{}
	if len(receipts) > 0 {
		list := make([]any, len(receipts))
		for i, r := range receipts {
			list[i] = r
		}
		m.Unprotected[labelReceipts] = list
	}
	return m.format()
}

var errForm = fault.Unreadable("", "This is no signed statement of Assay.")

var decoding = func() cbor.DecMode {
	m, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden,
		IntDec: cbor.IntDecConvertSignedOrFail,
		UTF8:   cbor.UTF8RejectInvalid, MaxNestedLevels: 8, MaxArrayElements: 1 << 10, MaxMapPairs: 16,
	}.DecMode()
	if err != nil {
		panic(err) // the options are constants
	}
	return m
}()

// parse reads a message in its one spelling: whatever decodes in two ways would have
// two digests.
func parse(data []byte) (message, error) {
	var m message
	if len(data) > maxStatement {
		return m, errForm
	}
	var tag cbor.RawTag
	if err := decoding.Unmarshal(data, &tag); err != nil || tag.Number != tagSign1 {
		return m, errForm.Because(err)
	}
	if err := decoding.Unmarshal(tag.Content, &m); err != nil {
		return m, errForm.Because(err)
	}
	if err := decoding.Unmarshal(m.Protected, &m.head); err != nil {
		return m, errForm.Because(err)
	}
	head, err := encoding.Marshal(m.head)
	again, err2 := m.format()
	if err = errors.Join(err, err2); err != nil || !bytes.Equal(head, m.Protected) || !bytes.Equal(again, data) {
		return m, errForm.Because(err)
	}
	return m, nil
}

// named holds a protected header against the shape in the package comment.
func (m message) named(labels ...int64) (issuer, subject string, kid []byte, err error) {
	for label := range m.head {
		if n, ok := label.(int64); !ok || !slices.Contains(labels, n) {
			return "", "", nil, errForm.Because(fmt.Errorf("header %v", label))
		}
	}
	claims, ok := m.head[labelClaims].(map[any]any)
	issuer, ok1 := claims[claimIssuer].(string)
	subject, ok2 := claims[claimSubject].(string)
	kid, ok3 := m.head[labelKeyID].([]byte)
	if !ok || !ok1 || !ok2 || !ok3 || issuer == "" || subject == "" || len(kid) != sha256.Size || len(claims) != 2 {
		return "", "", nil, errForm.Because(errors.New("issuer, subject or key id"))
	}
	return issuer, subject, kid, nil
}

// ErrUnknownKey is behind the fault where nobody whom the reader trusts signed.
var ErrUnknownKey = errors.New("signed by no trusted key")

// check checks the signature by the one of the keys that the key id names.
func (m message) check(kid []byte, keys []crypto.PublicKey) error {
	for _, pub := range keys {
		id, err := KeyID(pub)
		if err != nil || !bytes.Equal(id, kid) {
			continue
		}
		alg, err := algorithm(pub)
		if err != nil {
			return err
		}
		text, err := toBeSigned(m.Protected, m.Payload)
		if err != nil {
			return err
		}
		if m.head[labelAlg] != alg || !holds(pub, text, m.Signature) {
			return fault.Tampered("The signature does not hold: it was altered after it was signed.")
		}
		return nil
	}
	return fault.Tampered("It is signed by no key that you trust.").Because(ErrUnknownKey)
}

// holds checks a signature by a key that algorithm knows.
func holds(pub crypto.PublicKey, text, sig []byte) bool {
	sum := sha256.Sum256(text)
	switch k := pub.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(k, text, sig)
	case *rsa.PublicKey:
		return rsa.VerifyPSS(
			k, crypto.SHA256, sum[:], sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash},
		) == nil
	case *ecdsa.PublicKey:
		return len(sig) == 64 &&
			ecdsa.Verify(k, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
	}
	return false
}

// Opened is a statement whose signature holds.
type Opened struct {
	Statement
	KeyID    []byte // of the key that signed
	Digest   string // SHA-256, as hexadecimal, of the statement with an empty unprotected header
	Receipts [][]byte
}

// Open reads a statement, with or without receipts, and checks its signature by the
// keys that the reader trusts. With a fault that is ErrUnknownKey's the rest is what it
// says. Errors: unreadable, tampered.
func Open(data []byte, trusted ...crypto.PublicKey) (Opened, error) {
	m, err := parse(data)
	if err != nil {
		return Opened{}, err
	}
	var o Opened
	o.Issuer, o.Subject, o.KeyID, err = m.named(labelAlg, labelType, labelKeyID, labelClaims)
	if err != nil {
		return Opened{}, err
	}
	if m.head[labelType] != ContentType || len(m.Payload) == 0 {
		return Opened{}, errForm
	}
	o.Payload = m.Payload
	for label, v := range m.Unprotected {
		list, ok := v.([]any)
		if label != labelReceipts || !ok || len(list) == 0 {
			return Opened{}, errForm
		}
		for _, x := range list {
			r, ok := x.([]byte)
			if !ok {
				return Opened{}, errForm
			}
			o.Receipts = append(o.Receipts, r)
		}
	}
	bare, err := Attach(data)
	if err != nil {
		return Opened{}, err
	}
	o.Digest = digest(bare)
	return o, m.check(o.KeyID, trusted)
}

func digest(b []byte) string { sum := sha256.Sum256(b); return hex.EncodeToString(sum[:]) }

// Check holds a receipt against the statement: it is by one of the log's keys, the
// line in it is in the tree that the log signed, and names the statement's digest. It
// gives the entry. Errors: unreadable, tampered.
func (o Opened) Check(receipt []byte, log string, keys ...crypto.PublicKey) (ledger.Entry, error) {
	r, m, kid, err := readReceipt(receipt)
	if err != nil {
		return ledger.Entry{}, err
	}
	if r.Log != log || r.Subject != o.Subject {
		return ledger.Entry{},
			fault.Tampered("The receipt is of the log %q about %q, and belongs to something else.", r.Log, r.Subject)
	}
	root, err := rootFrom(r.Proof)
	if err != nil {
		return ledger.Entry{}, err
	}
	m.Payload = root[:]
	if err := m.check(kid, keys); err != nil {
		return ledger.Entry{}, err
	}
	e, err := ledger.ParseEntry(r.Line)
	if err != nil {
		return ledger.Entry{}, err
	}
	if e.Seq != r.Proof.Seq || !slices.Contains(e.Digests, ledger.Digest{Name: DigestName, SHA256: o.Digest}) {
		return ledger.Entry{}, fault.Tampered("The entry in the receipt does not name this statement.")
	}
	return e, nil
}

// readReceipt reads a receipt in the shape of the package comment.
func readReceipt(data []byte) (r Receipt, m message, kid []byte, err error) {
	bad := func(what string) (Receipt, message, []byte, error) {
		return Receipt{}, message{}, nil,
			fault.Unreadable("", "This is no receipt of an Assay activity log.").Because(errors.New(what))
	}
	if m, err = parse(data); err != nil {
		return bad(err.Error())
	}
	r.Log, r.Subject, kid, err = m.named(labelAlg, labelKeyID, labelClaims, labelTree)
	if err != nil || m.head[labelTree] != treeRFC9162 || m.Payload != nil || len(m.Unprotected) != 2 {
		return bad("protected header or payload")
	}
	proofs, _ := m.Unprotected[labelProofs].(map[any]any)
	list, _ := proofs[inclusion].([]any)
	line, ok := m.Unprotected[labelLeaf].([]byte)
	if !ok || len(proofs) != 1 || len(list) != 1 {
		return bad("proofs")
	}
	raw, ok := list[0].([]byte)
	if !ok {
		return bad("proof")
	}
	var p struct {
		_    struct{} `cbor:",toarray"`
		Size int64
		Leaf int64
		Path [][]byte
	}
	if err := decoding.Unmarshal(
		raw, &p,
	); err != nil || p.Leaf < 0 || p.Size <= p.Leaf || len(p.Path) > maxReceiptHash {
		return bad("proof")
	}
	r.Line = line
	r.Proof = ledger.Inclusion{Seq: p.Leaf + 1, Size: p.Size, Leaf: ledger.LineHash(line)}
	for _, h := range p.Path {
		if len(h) != sha256.Size {
			return bad("path")
		}
		r.Proof.Hashes = append(r.Proof.Hashes, ledger.Hash(h))
	}
	again, err := encoding.Marshal([]any{p.Size, p.Leaf, p.Path})
	if err != nil || !bytes.Equal(again, raw) {
		return bad("proof")
	}
	return r, m, kid, nil
}

// rootFrom computes the root that a path leads to from its leaf (RFC 9162, 2.1.3.2).
func rootFrom(p ledger.Inclusion) (ledger.Hash, error) {
	bad := fault.Tampered("The proof in the receipt does not hold.")
	at, last, root := p.Seq-1, p.Size-1, p.Leaf
	for _, h := range p.Hashes {
		if last == 0 {
			return root, bad
		}
		if at&1 == 1 || at == last {
			root = ledger.NodeHash(h, root)
			for at&1 == 0 && at != 0 {
				at, last = at>>1, last>>1
			}
		} else {
			root = ledger.NodeHash(root, h)
		}
		at, last = at>>1, last>>1
	}
	if last != 0 {
		return root, bad
	}
	return root, nil
}
