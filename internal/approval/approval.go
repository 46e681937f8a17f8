// Package approval holds one sentence that governance stands on: somebody other
// than the person who prepared a thing looked at it, and said yes.
//
// An approval names what was approved by its digest, who approved it, who typed
// it in, and when. Where the approver used a key of their own, with a passphrase
// that only they know, the approval carries their signature. Without one it is
// no more than what the person at the keyboard recorded, and says so in these
// words: "recorded by X as approved by Y".
//
// # Format
//
// What is signed is this text, UTF-8, each line ended by a line feed. The names
// are the persons' identifiers in the register, one space, and their names.
//
//	assay approval v1
//	what explanation of OVR-03 in WF-0003
//	sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
//	approver 0198c0de-0000-7000-8000-000000000002 Mary Hartley
//	recorder 0198c0de-0000-7000-8000-000000000001 Jo Adeyemi
//	at 2026-11-28T18:40:00Z
//
// An approval made with the approver's key has two lines more; they are no part
// of what is signed, but that the key is the signer's can be checked. The key is
// the SHA-256 of the public key (SubjectPublicKeyInfo, DER), in hexadecimal; the
// signature is over the text above with SHA-256, in base64: ECDSA (ASN.1, of the
// two signatures s and n-s the one with the smaller s) or RSA (PKCS #1 v1.5).
// With the P-256 key whose scalar is SHA-256("assay approval example"):
//
//	key 1a4e89c9332f0c66f9ee58fc83d1703b60b8fd7b1adc7e00aefe7de08d24e0c5
//	signature MEUCIQDXFiFvLW+GCTifL+3ALKGqledDDnhbqDTDp9Z4uvNnhAIgeEaM8vH3FtUAk+Z3ZUTNTr+rvfGZ70WtATytwF7avLo=
//
// openssl checks it, with the text in a file and the signature decoded:
//
//	openssl dgst -sha256 -verify key.pem -signature approval.sig approval.txt
package approval

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/prose"
)

// Who is a person as an approval names them.
type Who struct {
	ID   string `json:"id"` // identifier in the register
	Name string `json:"name"`
}

// Approval says that somebody approved something. The zero Approval says that
// nobody did.
type Approval struct {
	What     string    `json:"what"`     // what was approved, in one line: "explanation of OVR-03 in WF-0003"
	Digest   string    `json:"digest"`   // of what was approved: lower-case hex SHA-256
	Approver Who       `json:"approver"` // who approves
	Recorder Who       `json:"recorder"` // who was at the keyboard
	At       time.Time `json:"at"`       // UTC, to the second, by the computer's clock
	// Key is the SHA-256 of the approver's public key in lower-case hex, and
	// Signature the signature of Text by it; both are empty where the approval
	// was only recorded.
	Key       string `json:"key,omitempty"`
	Signature []byte `json:"signature,omitempty"`
}

// DigestOf is the digest of what is approved, in its stored spelling.
func DigestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// New is the record of an approval that nobody has signed yet. Errors: invalid.
func New(what, digest string, approver, recorder Who, now time.Time) (Approval, error) {
	a := Approval{What: what, Digest: digest, Approver: approver, Recorder: recorder,
		At: now.UTC().Truncate(time.Second)}
	return a, a.Validate()
}

var digestPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Validate tells whether the approval can be written down. It says nothing
// about the signature: ask Verify.
func (a Approval) Validate() error {
	var bad fault.Fields
	check := func(ok bool, name, message string) {
		if !ok {
			bad.Add(name, message)
		}
	}
	check(isLine(a.What), "what", "Say in one line what is approved.")
	check(digestPattern.MatchString(a.Digest), "digest", "Give the SHA-256 of what is approved.")
	check(isWho(a.Approver), "approver", "Name the person who approves.")
	check(isWho(a.Recorder), "recorder", "Say first who is at the keyboard.")
	check(!a.At.IsZero() && a.At.Equal(a.At.Truncate(time.Second)), "at", "Give the time of the approval.")
	check(a.Key == "" || digestPattern.MatchString(a.Key), "key", "Give the SHA-256 of the approver's key.")
	check((a.Key == "") == (len(a.Signature) == 0), "signature", "A signed approval has a key and a signature.")
	return bad.Err()
}

func isWho(w Who) bool { return isLine(w.ID) && !strings.Contains(w.ID, " ") && isLine(w.Name) }

// isLine keeps every value on the line where it belongs, so that one text has
// one reading.
func isLine(s string) bool {
	return s != "" && len(s) <= 500 && utf8.ValidString(s) && s == strings.TrimSpace(s) &&
		!strings.ContainsFunc(s, func(r rune) bool {
			return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
		})
}

// Signed tells whether the approval carries a signature. Whether that holds,
// Verify says.
func (a Approval) Signed() bool { return a.Key != "" }

// IsZero tells that nobody approved anything.
func (a Approval) IsZero() bool { return a.What == "" && a.Approver.ID == "" }

// Words says what the record shows, and no more: only an approval made with the
// approver's own key reads "approved by".
func (a Approval) Words() string {
	day := civil.Of(a.At).Long()
	if a.Signed() {
		return fmt.Sprintf("approved by %s with their own key on %s", prose.Called(a.Approver.Name), day)
	}
	return fmt.Sprintf(
		"recorded by %s as approved by %s on %s",
		prose.Called(a.Recorder.Name),
		prose.Called(a.Approver.Name),
		day,
	)
}

// By names in print who approved a thing, and how far the record bears it out:
// name is the approver's, as the document names them. The zero Approval is of
// records that came without one: from before approvals were kept, or in an
// applied file.
func (a Approval) By(name string) string {
	switch {
	case name == "":
		return ""
	case a.Signed():
		return name + " (with their own key)"
	case a.IsZero():
		return "recorded as approved by " + name
	}
	return "recorded by " + prose.Called(a.Recorder.Name) + " as approved by " + name
}

const heading = "assay approval v1"

// Text is what is signed.
func (a Approval) Text() string {
	return fmt.Sprintf("%s\nwhat %s\nsha256 %s\napprover %s %s\nrecorder %s %s\nat %s\n", heading, a.What, a.Digest,
		a.Approver.ID, a.Approver.Name, a.Recorder.ID, a.Recorder.Name, a.At.UTC().Format(time.RFC3339))
}

// Sign makes it an approval with the approver's own key. Errors: invalid (the
// approval, or a key that is neither ECDSA nor RSA).
func (a Approval) Sign(key crypto.Signer) (Approval, error) {
	a.Key, a.Signature = "", nil
	if err := a.Validate(); err != nil {
		return a, err
	}
	id, err := keyID(key.Public())
	if err != nil {
		return a, err
	}
	digest := sha256.Sum256([]byte(a.Text()))
	sig, err := key.Sign(nil, digest[:], crypto.SHA256) // no chance: ECDSA by RFC 6979
	if err != nil {
		return a, fmt.Errorf("sign approval: %w", err)
	}
	if k, ok := key.Public().(*ecdsa.PublicKey); ok {
		if sig, err = lowS(k, sig); err != nil {
			return a, fmt.Errorf("sign approval: %w", err)
		}
	}
	a.Key, a.Signature = id, sig
	return a, nil
}

// keyID is the name of a key that can sign an approval.
func keyID(pub crypto.PublicKey) (string, error) {
	switch pub.(type) {
	case *ecdsa.PublicKey, *rsa.PublicKey:
	default:
		return "", fault.Invalid("key", "This key cannot sign an approval: choose an ECDSA or RSA key.")
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return "", fmt.Errorf("encode public key: %w", err)
	}
	return DigestOf(der), nil
}

// ecdsaValue is an ECDSA signature (RFC 3279, 2.2.3).
type ecdsaValue struct{ R, S *big.Int }

// lowS gives the one spelling of an ECDSA signature: (r, s) and (r, n-s) are
// both valid, and an approval must not have two.
func lowS(pub *ecdsa.PublicKey, sig []byte) ([]byte, error) {
	var v ecdsaValue
	if rest, err := asn1.Unmarshal(sig, &v); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("read ECDSA signature: %w", err)
	}
	n := pub.Curve.Params().N
	if v.S.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		v.S = new(big.Int).Sub(n, v.S)
	}
	return asn1.Marshal(v)
}

// Verify tells whether the approver's key made the signature over exactly this
// approval. Whose key it is, and whether it had ended, is for the caller to say.
// Errors: tampered.
func (a Approval) Verify(pub crypto.PublicKey) error {
	broken := fault.Tampered("The approval of %s is not as it was signed.", a.What)
	if err := a.Validate(); err != nil || !a.Signed() {
		return broken.Because(err)
	}
	if id, err := keyID(pub); err != nil || id != a.Key {
		return fault.Tampered("The approval of %s names another key than the one it is held against.", a.What).
			Because(err)
	}
	digest := sha256.Sum256([]byte(a.Text()))
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		one, err := lowS(k, a.Signature)
		if err != nil || !bytes.Equal(one, a.Signature) || !ecdsa.VerifyASN1(k, digest[:], a.Signature) {
			return broken.Because(err)
		}
	case *rsa.PublicKey:
		if err := rsa.VerifyPKCS1v15(k, crypto.SHA256, digest[:], a.Signature); err != nil {
			return broken.Because(err)
		}
	}
	return nil
}

// Covers tells whether the approval is of exactly this content. Errors: tampered.
func (a Approval) Covers(content []byte) error {
	if a.Digest != DigestOf(content) {
		return fault.Tampered("What %s approved has been changed since: %s.", a.Approver.Name, a.What)
	}
	return nil
}

// Format writes the approval as text, with its signature where it has one.
// Errors: invalid.
func Format(a Approval) ([]byte, error) {
	if err := a.Validate(); err != nil {
		return nil, err
	}
	text := a.Text()
	if a.Signed() {
		text += "key " + a.Key + "\nsignature " + base64.StdEncoding.EncodeToString(a.Signature) + "\n"
	}
	return []byte(text), nil
}

// Parse reads what Format writes, and nothing else. Errors: unreadable, with the
// line.
func Parse(data []byte) (Approval, error) {
	var a Approval
	fields := []string{"what ", "sha256 ", "approver ", "recorder ", "at ", "key ", "signature "}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	bad := func(n int) (Approval, error) {
		return Approval{}, fault.Unreadable(
			fmt.Sprintf("line %d", n), "This is no approval as Assay writes them: ask for it again.")
	}
	if lines[0] != heading {
		return bad(1)
	}
	if len(lines) != 6 && len(lines) != 8 {
		return bad(len(lines))
	}
	for i, line := range lines[1:] {
		value, ok := strings.CutPrefix(line, fields[i])
		id, name, _ := strings.Cut(value, " ")
		var err error
		switch fields[i] {
		case "what ":
			a.What = value
		case "sha256 ":
			a.Digest = value
		case "approver ":
			a.Approver = Who{ID: id, Name: name}
		case "recorder ":
			a.Recorder = Who{ID: id, Name: name}
		case "at ":
			a.At, err = time.Parse(time.RFC3339, value)
		case "key ":
			a.Key = value
		case "signature ":
			a.Signature, err = base64.StdEncoding.Strict().DecodeString(value)
		}
		if !ok || err != nil {
			return bad(i + 2)
		}
	}
	a.At = a.At.UTC()
	if again, err := Format(a); err != nil || !bytes.Equal(again, data) {
		return bad(1)
	}
	return a, nil
}
