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
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"assay/internal/fault"
	"assay/internal/ledger"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"
)

// ContentType is what the payload is: a certificate's record.
const ContentType = "application/vnd.assay.certificate+json"

// DigestName is the name under which an entry of the log vouches for a statement.
const DigestName = "scitt-statement"

// Labels of headers and claims that go-cose has no names for.
const (
	labelClaims    int64 = 15  // RFC 9597
	labelReceipts  int64 = 394 // RFC 9942
	labelTree      int64 = 395
	labelProofs    int64 = 396
	inclusion      int64 = -1
	treeRFC9162    int64 = 1
	claimIssuer    int64 = 1
	claimSubject   int64 = 2
	labelLeaf            = "assay-leaf"
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

func algorithm(pub crypto.PublicKey) (cose.Algorithm, error) {
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		if k.Curve.Params().BitSize == 256 {
			return cose.AlgorithmES256, nil
		}
	case *rsa.PublicKey:
		return cose.AlgorithmPS256, nil
	case ed25519.PublicKey:
		return cose.AlgorithmEdDSA, nil
	}
	return 0, fault.Invalid("key", "A statement is signed with an ECDSA P-256 or RSA key: choose another key.")
}

func protected(pub crypto.PublicKey, issuer, subject string) (cose.Headers, error) {
	alg, err := algorithm(pub)
	if err != nil {
		return cose.Headers{}, err
	}
	kid, err := KeyID(pub)
	if err != nil {
		return cose.Headers{}, err
	}
	return cose.Headers{
		Protected: cose.ProtectedHeader{
			cose.HeaderLabelAlgorithm: alg,
			cose.HeaderLabelKeyID:     kid,
			labelClaims:               map[any]any{claimIssuer: issuer, claimSubject: subject},
		},
		Unprotected: cose.UnprotectedHeader{},
	}, nil
}

// Sign makes the signed statement.
func Sign(s Statement, key crypto.Signer) ([]byte, error) {
	if s.Issuer == "" || s.Subject == "" || len(s.Payload) == 0 || len(s.Payload) > maxStatement {
		return nil, fault.Internal(fmt.Errorf("statement of %q about %q", s.Issuer, s.Subject))
	}
	headers, err := protected(key.Public(), s.Issuer, s.Subject)
	if err != nil {
		return nil, err
	}
	headers.Protected[cose.HeaderLabelContentType] = ContentType
	return signed(headers, s.Payload, false, key)
}

// signed signs a payload, and leaves it out of the message where it is detached.
func signed(h cose.Headers, payload []byte, detached bool, key crypto.Signer) ([]byte, error) {
	alg, err := algorithm(key.Public())
	if err != nil {
		return nil, err
	}
	signer, err := cose.NewSigner(alg, key)
	if err != nil {
		return nil, fmt.Errorf("sign a statement: %w", err)
	}
	m := cose.Sign1Message{Headers: h, Payload: payload}
	if err := m.Sign(rand.Reader, nil, signer); err != nil {
		return nil, fmt.Errorf("sign a statement: %w", err)
	}
	if detached {
		m.Payload = nil
	}
	b, err := m.MarshalCBOR()
	if err != nil {
		return nil, fmt.Errorf("write a statement: %w", err)
	}
	return b, nil
}

// SignReceipt makes a receipt by a log's Ed25519 key.
func SignReceipt(r Receipt, key crypto.Signer) ([]byte, error) {
	h, err := protected(key.Public(), r.Log, r.Subject)
	if err != nil {
		return nil, err
	}
	h.Protected[labelTree] = treeRFC9162
	path := make([][]byte, len(r.Proof.Hashes))
	for i, x := range r.Proof.Hashes {
		path[i] = x[:]
	}
	proof, err := encoding.Marshal([]any{r.Proof.Size, r.Proof.Seq - 1, path})
	if err != nil {
		return nil, fmt.Errorf("write a receipt: %w", err)
	}
	h.Unprotected[labelProofs] = map[any]any{inclusion: []any{proof}}
	h.Unprotected[labelLeaf] = r.Line
	return signed(h, r.Proof.Root[:], true, key)
}

// Attach gives the statement with receipts in its unprotected header, instead of
// those that it had. The statement's signature holds as before.
func Attach(statement []byte, receipts ...[]byte) ([]byte, error) {
	m, err := message(statement)
	if err != nil {
		return nil, err
	}
	m.Headers.RawUnprotected, m.Headers.Unprotected = nil, cose.UnprotectedHeader{}
	if len(receipts) > 0 {
		list := make([]any, len(receipts))
		for i, r := range receipts {
			list[i] = r
		}
		m.Headers.Unprotected[labelReceipts] = list
	}
	b, err := m.MarshalCBOR()
	if err != nil {
		return nil, fmt.Errorf("attach a receipt: %w", err)
	}
	return b, nil
}

var errForm = fault.Unreadable("", "This is no signed statement of Assay.")

// message reads a COSE_Sign1 message in its one spelling.
func message(data []byte) (cose.Sign1Message, error) {
	var m cose.Sign1Message
	if len(data) > maxStatement {
		return m, errForm
	}
	if err := m.UnmarshalCBOR(data); err != nil {
		return m, errForm.Because(err)
	}
	var any cbor.RawTag
	if err := cbor.Unmarshal(data, &any); err != nil {
		return m, errForm.Because(err)
	}
	// Whatever decodes in two ways would have two digests: one spelling only.
	var tree interface{}
	if err := cbor.Unmarshal(any.Content, &tree); err != nil {
		return m, errForm.Because(err)
	}
	again, err := encoding.Marshal(cbor.Tag{Number: any.Number, Content: tree})
	if err != nil || !bytes.Equal(again, data) {
		return m, errForm.Because(err)
	}
	return m, nil
}

// headers holds a protected header against the shape in the package comment.
func headers(m cose.Sign1Message, labels ...any) (issuer, subject string, kid []byte, err error) {
	for label := range m.Headers.Protected {
		if !slices.Contains(labels, label) {
			return "", "", nil, errForm.Because(fmt.Errorf("header %v", label))
		}
	}
	claims, ok := m.Headers.Protected[labelClaims].(map[any]any)
	issuer, ok1 := claims[claimIssuer].(string)
	subject, ok2 := claims[claimSubject].(string)
	kid, ok3 := m.Headers.Protected[cose.HeaderLabelKeyID].([]byte)
	if !ok || !ok1 || !ok2 || !ok3 || issuer == "" || subject == "" || len(kid) != sha256.Size || len(claims) != 2 {
		return "", "", nil, errForm.Because(errors.New("issuer, subject or key id"))
	}
	return issuer, subject, kid, nil
}

// ErrUnknownKey is behind the fault where nobody whom the reader trusts signed.
var ErrUnknownKey = errors.New("signed by no trusted key")

// check checks a message's signature by the one of the keys that its key id names.
func check(m cose.Sign1Message, kid []byte, keys []crypto.PublicKey) error {
	for _, pub := range keys {
		id, err := KeyID(pub)
		if err != nil || !bytes.Equal(id, kid) {
			continue
		}
		alg, err := algorithm(pub)
		if err != nil {
			return err
		}
		v, err := cose.NewVerifier(alg, pub)
		if err != nil {
			return fmt.Errorf("check a statement: %w", err)
		}
		if err := m.Verify(nil, v); err != nil {
			return fault.Tampered("The signature does not hold: it was altered after it was signed.").Because(err)
		}
		return nil
	}
	return fault.Tampered("It is signed by no key that you trust.").Because(ErrUnknownKey)
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
	m, err := message(data)
	if err != nil {
		return Opened{}, err
	}
	var o Opened
	o.Issuer, o.Subject, o.KeyID, err = headers(m, cose.HeaderLabelAlgorithm, cose.HeaderLabelContentType, cose.HeaderLabelKeyID, labelClaims)
	if err != nil {
		return Opened{}, err
	}
	if m.Headers.Protected[cose.HeaderLabelContentType] != ContentType || len(m.Payload) == 0 {
		return Opened{}, errForm
	}
	o.Payload = m.Payload
	for label, v := range m.Headers.Unprotected {
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
	return o, check(m, o.KeyID, trusted)
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
		return ledger.Entry{}, fault.Tampered("The receipt is of the log %q about %q, and belongs to something else.", r.Log, r.Subject)
	}
	root, err := rootFrom(r.Proof)
	if err != nil {
		return ledger.Entry{}, err
	}
	m.Payload = root[:]
	if err := check(m, kid, keys); err != nil {
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
func readReceipt(data []byte) (r Receipt, m cose.Sign1Message, kid []byte, err error) {
	bad := func(what string) (Receipt, cose.Sign1Message, []byte, error) {
		return Receipt{}, cose.Sign1Message{}, nil, fault.Unreadable("", "This is no receipt of an Assay activity log.").Because(errors.New(what))
	}
	if m, err = message(data); err != nil {
		return bad(err.Error())
	}
	r.Log, r.Subject, kid, err = headers(m, cose.HeaderLabelAlgorithm, cose.HeaderLabelKeyID, labelClaims, labelTree)
	if err != nil || m.Headers.Protected[labelTree] != treeRFC9162 || m.Payload != nil || len(m.Headers.Unprotected) != 2 {
		return bad("protected header or payload")
	}
	proofs, _ := m.Headers.Unprotected[labelProofs].(map[any]any)
	list, _ := proofs[inclusion].([]any)
	line, ok := m.Headers.Unprotected[labelLeaf].([]byte)
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
	if err := cbor.Unmarshal(raw, &p); err != nil || p.Leaf < 0 || p.Size <= p.Leaf || len(p.Path) > maxReceiptHash {
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
