package signing

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"image"
	"image/png"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/id"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
	"github.com/fxamacker/cbor/v2"
)

// Score is how many of an area's applicable requirements are met.
type Score struct {
	_          struct{} `cbor:",toarray"`
	Met        uint     `                json:"met"`
	Applicable uint     `                json:"applicable"`
}

// Verdict is what the assessment found, as a seal states it.
type Verdict uint

// The verdicts a seal can state.
const (
	VerdictGoverned   Verdict = 1 // all requirements that apply are met
	VerdictConditions Verdict = 2 // blocking requirements are met; others stand as conditions
	VerdictExceptions Verdict = 3 // all are met, some but for cases that were explained; not in version 1
)

// Claims are what a seal states. Scores are in the order of the five areas:
// policy, risk, oversight, transparency, improvement.
type Claims struct {
	Number       string     // of the certificate, GC-2026-0007
	Organisation string     // at most 80 characters
	WorkflowRef  string     // WF-0003
	Workflow     string     // its name, at most 80 characters
	Verdict      Verdict    //
	Issued       civil.Date //
	ValidUntil   civil.Date // the last day
	Scores       [5]Score   //
	Digest       [32]byte   // SHA-256 of the certificate's record

	// Version is the version of the seal: 2, or 1 for seals of before, which do
	// not cover conditions.
	Version int
	// Conditions are the first conditions of the certificate, at most three, and
	// AllConditions is how many there are.
	Conditions    []SealedCondition
	AllConditions int
}

// SealedCondition is a condition as a seal states it.
type SealedCondition struct {
	_    struct{} `cbor:",toarray"`
	Text string   // its first 32 characters
	Due  uint     // days since 1970-01-01
}

// Bounds of the conditions in a seal, so that its square stays readable in print.
const (
	maxSealedConditions = 3
	maxConditionText    = 32
)

// Condition is a condition as a seal states it: the beginning of its text, and its day.
func Condition(text string, due civil.Date) SealedCondition {
	text = fault.Plain(strings.Join(strings.Fields(text), " "))
	if r := []rune(text); len(r) > maxConditionText {
		text = string(r[:maxConditionText-1]) + "…"
	}
	return SealedCondition{Text: text, Due: uint(max(0, days(due)))}
}

// Day is the day by which it is to be put right.
func (c SealedCondition) Day() civil.Date { return civil.Date("1970-01-01").AddDays(int(c.Due)) }

// SetConditions takes the certificate's conditions into the claims.
func (c *Claims) SetConditions(all []SealedCondition) {
	c.AllConditions = len(all)
	c.Conditions = all[:min(len(all), maxSealedConditions)]
}

// Uncovered says in sentences what of a certificate's paper the seal says nothing
// about, so that nobody takes it for more.
func (c Claims) Uncovered() []string {
	out := []string{}
	switch {
	case c.Version == 1:
		out = append(out, "This is a seal of the first version: it does not cover the conditions of the "+
			"certificate, nor the days by which they are to be met.")
	case c.AllConditions > len(c.Conditions):
		out = append(out, fmt.Sprintf(
			"It names %d of %d conditions; the others, and who puts each right, are in the certificate's record.",
			len(c.Conditions), c.AllConditions,
		))
	case c.AllConditions > 0:
		out = append(out, "It does not cover who puts each condition right.")
	case c.Verdict == VerdictConditions:
		out = append(out, "It names no condition: seals that were made before said so of certificates that are met "+
			"with exceptions, too.")
	}
	return append(
		out,
		"It does not cover the texts, the figures of the evidence, or the names on the paper that are not listed here.",
	)
}

// Seal is a seal that was read but whose signature has not been checked:
// Claims are only claims until OpenSeal has.
type Seal struct {
	Claims Claims
	KeyID  [8]byte // see KeyID

	signed    []byte // what the signature is over
	alg       int64
	signature []byte
}

// What the texts of seals begin with, by version.
const (
	SealPrefix      = "AY2:"
	firstSealPrefix = "AY1:"
)

// SealVersion is the version that the text of a seal begins with; 0 where it is none.
func SealVersion(text string) int {
	switch {
	case strings.HasPrefix(text, SealPrefix):
		return 2
	case strings.HasPrefix(text, firstSealPrefix):
		return 1
	}
	return 0
}

// IsSeal tells whether a text begins as seals do.
func IsSeal(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, SealPrefix) || strings.HasPrefix(text, firstSealPrefix)
}

const maxSealText = 4296 // the largest alphanumeric QR code

// wire is the CBOR map of the claims; the keys are documented in the package comment.
type wire struct {
	Number       string   `cbor:"1,keyasint"`
	Organisation string   `cbor:"2,keyasint"`
	WorkflowRef  string   `cbor:"3,keyasint"`
	Workflow     string   `cbor:"4,keyasint"`
	Verdict      uint     `cbor:"5,keyasint"`
	Issued       uint     `cbor:"6,keyasint"` // days since 1970-01-01
	ValidUntil   uint     `cbor:"7,keyasint"`
	Scores       [5]Score `cbor:"8,keyasint"`
	Digest       []byte   `cbor:"9,keyasint"`
}

// wire2 is that of version 2.
type wire2 struct {
	wire
	Conditions    []SealedCondition `cbor:"10,keyasint"`
	AllConditions uint              `cbor:"11,keyasint"`
}

type (
	sign1 struct {
		_         struct{} `cbor:",toarray"`
		Protected []byte
		Header    map[int64]cbor.RawMessage
		Payload   []byte
		Signature []byte
	}
	protected struct {
		Alg int64  `cbor:"1,keyasint"`
		Kid []byte `cbor:"4,keyasint"`
	}
	sigStructure struct {
		_         struct{} `cbor:",toarray"`
		Context   string
		Protected []byte
		External  []byte
		Payload   []byte
	}
)

const tagSign1 = 18

var (
	cborEnc = func() cbor.EncMode {
		m, err := cbor.CoreDetEncOptions().EncMode()
		if err != nil {
			panic(err)
		}
		return m
	}()
	cborDec = func() cbor.DecMode {
		m, err := cbor.DecOptions{
			DupMapKey:         cbor.DupMapKeyEnforcedAPF,
			IndefLength:       cbor.IndefLengthForbidden,
			ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
			UTF8:              cbor.UTF8RejectInvalid,
			MaxNestedLevels:   8,
			MaxArrayElements:  16,
			MaxMapPairs:       16,
		}.DecMode()
		if err != nil {
			panic(err)
		}
		return m
	}()
)

// The COSE algorithms (RFC 9053, RFC 8230) by kind of key.
func coseAlg(pub crypto.PublicKey) (alg int64, h crypto.Hash) {
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		switch k.Curve.Params().BitSize {
		case 256:
			return -7, crypto.SHA256
		case 384:
			return -35, crypto.SHA384
		}
	case *rsa.PublicKey:
		return -37, crypto.SHA256 // PS256
	}
	return 0, 0
}

// check refuses claims that the format does not hold. It runs before a seal is made
// and after one was read, so that no seal says what none could have been made to say.
func (c Claims) check() error {
	var wrong []fault.Field
	bad := func(field, format string, args ...any) {
		wrong = append(wrong, fault.Field{Name: field, Message: fmt.Sprintf(format, args...)})
	}
	if !id.IsRef(c.Number) || len(c.Number) > 24 {
		bad("number", "The certificate's number must look like GC-2026-0007.")
	}
	if !id.IsRef(c.WorkflowRef) || len(c.WorkflowRef) > 24 {
		bad("workflow_ref", "The workflow's reference must look like WF-0003.")
	}
	for field, s := range map[string]string{"organisation": c.Organisation, "workflow": c.Workflow} {
		if s == "" || s != fault.Plain(s) || utf8.RuneCountInString(s) > 80 {
			bad(field, "The name of the %s must have 1 to 80 characters and no line breaks.", field)
		}
	}
	switch c.Verdict {
	case VerdictGoverned, VerdictConditions:
	case VerdictExceptions:
		if c.Version == 1 || c.AllConditions > 0 {
			bad("verdict", "A seal with exceptions names no conditions, and is of version 2.")
		}
	default:
		bad("verdict", "There is no verdict %d.", c.Verdict)
	}
	// Days are counted from 1970 on and have no sign in the format.
	if days(c.Issued) < 0 || days(c.ValidUntil) < days(c.Issued) {
		bad("valid_until", "The last day of validity must not be before the day of issue.")
	}
	if c.Version == 1 && c.AllConditions+len(c.Conditions) > 0 || len(c.Conditions) > maxSealedConditions ||
		c.AllConditions < len(c.Conditions) || c.AllConditions > 999 ||
		len(c.Conditions) < min(c.AllConditions, maxSealedConditions) {
		bad("conditions", "A seal names the first %d conditions, and counts them all.", maxSealedConditions)
	}
	for _, x := range c.Conditions {
		if x.Text == "" || x.Text != fault.Plain(x.Text) || utf8.RuneCountInString(x.Text) > maxConditionText ||
			x.Due > 90000 {
			bad("conditions", "A condition in a seal has a text of at most %d characters and a day.", maxConditionText)
		}
	}
	for _, s := range c.Scores {
		if s.Met > s.Applicable || s.Applicable > 999 {
			bad("scores", "No area can meet more requirements than apply to it.")
			break
		}
	}
	return fault.Join(wrong)
}

// days since 1970-01-01; -1 for no date or an earlier one.
func days(d civil.Date) int {
	if d.IsZero() {
		return -1
	}
	return max(-1, civil.Date("1970-01-01").DaysUntil(d))
}

// payload encodes the claims.
func (c Claims) payload() ([]byte, error) {
	w := wire{c.Number, c.Organisation, c.WorkflowRef, c.Workflow, uint(c.Verdict),
		uint(days(c.Issued)), uint(days(c.ValidUntil)), c.Scores, c.Digest[:]}
	if c.Version == 1 {
		return cborEnc.Marshal(w)
	}
	conditions := c.Conditions
	if conditions == nil {
		conditions = []SealedCondition{} // an empty list, not null
	}
	return cborEnc.Marshal(wire2{wire: w, Conditions: conditions, AllConditions: uint(c.AllConditions)})
}

// prefix begins the text of a seal with these claims.
func (c Claims) prefix() string {
	if c.Version == 1 {
		return firstSealPrefix
	}
	return SealPrefix
}

// FormatSeal signs claims, as version 2 whatever they say, and gives the text of the QR code. Errors: invalid,
// conflict (the key did not sign).
func FormatSeal(signer Identity, c Claims) (string, error) {
	if err := signer.Check(); err != nil {
		return "", err
	}
	c.Version = 2
	return formatSeal(signer, c)
}

// formatSeal also writes version 1, for tests of what was issued before.
func formatSeal(signer Identity, c Claims) (string, error) {
	if err := c.check(); err != nil {
		return "", err
	}
	pub := signer.Key.Public()
	alg, h := coseAlg(pub)
	if alg == 0 {
		return "", fault.Invalid("key", "A seal needs an ECDSA key (P-256 or P-384) or an RSA key: choose another key.")
	}
	kid := KeyID(signer.Certificate())
	prot, err := cborEnc.Marshal(protected{alg, kid[:]})
	if err != nil {
		return "", err
	}
	payload, err := c.payload()
	if err != nil {
		return "", err
	}
	tbs, err := cborEnc.Marshal(
		sigStructure{Context: "Signature1", Protected: prot, External: []byte{}, Payload: payload},
	)
	if err != nil {
		return "", err
	}
	digest := h.New()
	digest.Write(tbs)
	var opts crypto.SignerOpts = h
	if alg == -37 {
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: h}
	}
	sig, err := signer.Key.Sign(rand.Reader, digest.Sum(nil), opts)
	if err != nil {
		return "",
			fault.Conflict("The key did not sign: check that the token is in place and unlocked, and try again.").
				Because(err)
	}
	if k, ok := pub.(*ecdsa.PublicKey); ok {
		if sig, err = rawECDSA(sig, (k.Curve.Params().BitSize+7)/8); err != nil {
			return "", err
		}
		smallerS(k, sig)
	}
	text, err := encodeSeal(c.prefix(), prot, payload, sig)
	if err != nil {
		return "", err
	}
	s, err := ParseSeal(text)
	if err == nil && !s.signedBy(pub) {
		err = fault.Conflict("The key's signature does not match its certificate: choose the right key.")
	}
	return text, err
}

// smallerS writes the smaller of s and n-s, with which the same signature holds,
// into the raw signature r || s: so one seal has one text.
func smallerS(k *ecdsa.PublicKey, sig []byte) {
	s := new(big.Int).SetBytes(sig[len(sig)/2:])
	if n := k.Curve.Params().N; s.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		s.Sub(n, s).FillBytes(sig[len(sig)/2:])
	}
}

func encodeSeal(prefix string, prot, payload, sig []byte) (string, error) {
	msg, err := cborEnc.Marshal(
		cbor.Tag{
			Number:  tagSign1,
			Content: sign1{Protected: prot, Header: map[int64]cbor.RawMessage{}, Payload: payload, Signature: sig},
		},
	)
	if err != nil {
		return "", err
	}
	return prefix + base45(msg), nil
}

// ParseSeal reads the text of a seal without checking its signature. It takes
// nothing but what FormatSeal writes, or wrote as version 1; blanks and line ends
// after it do not count, nor that a blank at its end was lost. Errors: unreadable.
func ParseSeal(text string) (Seal, error) {
	s, err := parseSeal(text)
	if err == nil {
		return s, nil
	}
	bare := strings.TrimRight(text, " \t\r\n")
	for _, again := range []string{bare, bare + " "} { // a blank is a digit of base 45, so it may belong there
		if again == text {
			continue
		}
		if s, err := parseSeal(again); err == nil {
			return s, nil
		}
	}
	return Seal{}, err
}

func parseSeal(text string) (Seal, error) {
	damaged := func(cause error) (Seal, error) {
		return Seal{}, fault.Unreadable("", "This seal is damaged or incomplete: scan it again.").Because(cause)
	}
	version := 2
	rest, ok := strings.CutPrefix(text, SealPrefix)
	if !ok {
		version = 1
		rest, ok = strings.CutPrefix(text, firstSealPrefix)
	}
	if !ok {
		return Seal{}, fault.Unreadable(
			"",
			"This is no seal of an Assay certificate: its text begins with %s or %s.",
			SealPrefix, firstSealPrefix,
		)
	}
	if len(text) > maxSealText {
		return damaged(nil)
	}
	msg, err := parseBase45(rest)
	if err != nil {
		return damaged(err)
	}
	var tag cbor.RawTag
	var m sign1
	var p protected
	var w wire
	if err := cborDec.Unmarshal(msg, &tag); err != nil || tag.Number != tagSign1 {
		return damaged(err)
	}
	// The unprotected header is not signed: whatever stood in it, anybody could change.
	if err := cborDec.Unmarshal(tag.Content, &m); err != nil || len(m.Header) != 0 {
		return damaged(err)
	}
	if err := cborDec.Unmarshal(m.Protected, &p); err != nil || len(p.Kid) != 8 {
		return damaged(err)
	}
	// The prefix of the text says the version and is not signed; read as the other
	// version, the payload does not parse or does not come out the same again below.
	var w2 wire2
	if version == 1 {
		err = cborDec.Unmarshal(m.Payload, &w)
	} else {
		err = cborDec.Unmarshal(m.Payload, &w2)
		w = w2.wire
	}
	if err != nil || len(w.Digest) != 32 || w.Issued > 90000 || w.ValidUntil > 90000 || w2.AllConditions > 999 {
		return damaged(err)
	}
	s := Seal{KeyID: [8]byte(p.Kid), alg: p.Alg, signature: m.Signature, Claims: Claims{
		Number:        w.Number,
		Organisation:  w.Organisation,
		WorkflowRef:   w.WorkflowRef,
		Workflow:      w.Workflow,
		Verdict:       Verdict(w.Verdict),
		Issued:        civil.Date("1970-01-01").AddDays(int(w.Issued)),
		ValidUntil:    civil.Date("1970-01-01").AddDays(int(w.ValidUntil)),
		Scores:        w.Scores,
		Digest:        [32]byte(w.Digest),
		Version:       version,
		Conditions:    w2.Conditions,
		AllConditions: int(w2.AllConditions),
	}}
	if err := s.Claims.check(); err != nil {
		return damaged(err)
	}
	// One text for one seal: what was read must come out the same again.
	prot, err1 := cborEnc.Marshal(p)
	payload, err2 := s.Claims.payload()
	again, err3 := encodeSeal(s.Claims.prefix(), prot, payload, m.Signature)
	if err1 != nil || err2 != nil || err3 != nil || again != text {
		return damaged(nil)
	}
	s.signed, err = cborEnc.Marshal(
		sigStructure{Context: "Signature1", Protected: prot, External: []byte{}, Payload: payload},
	)
	if err != nil {
		return damaged(err)
	}
	return s, nil
}

// signedBy tells whether the seal's signature is by the key.
func (s Seal) signedBy(pub crypto.PublicKey) bool {
	alg, h := coseAlg(pub)
	if alg == 0 || alg != s.alg {
		return false
	}
	d := h.New()
	d.Write(s.signed)
	digest := d.Sum(nil)
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		n := (k.Curve.Params().BitSize + 7) / 8
		if len(s.signature) != 2*n {
			return false
		}
		if one := bytes.Clone(s.signature); s.Claims.Version > 1 {
			if smallerS(k, one); !bytes.Equal(one, s.signature) {
				return false
			}
		}
		return ecdsa.Verify(k, digest, new(big.Int).SetBytes(s.signature[:n]), new(big.Int).SetBytes(s.signature[n:]))
	case *rsa.PublicKey:
		return rsa.VerifyPSS(
			k, h, digest, s.signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: h},
		) == nil
	}
	return false
}

// rawECDSA turns an ASN.1 signature into r and s of n bytes each.
func rawECDSA(der []byte, n int) ([]byte, error) {
	var v struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &v); err != nil || len(rest) > 0 || v.R.Sign() < 0 || v.S.Sign() < 0 ||
		v.R.BitLen() > 8*n ||
		v.S.BitLen() > 8*n {
		return nil, fault.Conflict("The key gave a malformed signature: choose another key.")
	}
	out := make([]byte, 2*n)
	v.R.FillBytes(out[:n])
	v.S.FillBytes(out[n:])
	return out, nil
}

// OpenSeal reads a seal and checks its signature. The seal names its key by id,
// so the assessor's certificate must be among trust.Known (or trust.Roots) and
// lead to a trusted root. Whether the governance certificate is in force is not asked
// here: see WithdrawalList and Claims.ValidUntil. Errors: unreadable.
func OpenSeal(text string, trust Trust) (Seal, SignatureReport, error) {
	s, err := ParseSeal(text)
	if err != nil {
		return Seal{}, SignatureReport{}, err
	}
	rep := SignatureReport{Role: RoleSeal, Whole: true, Claimed: s.Claims.Issued.Time()}
	var candidates []*x509.Certificate
	for _, c := range trust.Known {
		if KeyID(c) == s.KeyID {
			candidates = append(candidates, c)
		}
	}
	if len(candidates) == 0 {
		return s, rep.fail(
			StatusUnknownSigner,
			"Nobody known here has the key %X that this seal names: add the issuer's certificates, or check the "+
				"certificate as a PDF.",
			s.KeyID,
		), nil
	}
	var best SignatureReport
	for i, c := range candidates {
		r := rep
		r.holder(c)
		if !s.signedBy(c.PublicKey) {
			r = r.fail(StatusAltered, "The seal's signature does not match what it says.")
		} else {
			// The issue date is a day, the certificate's start an instant of it.
			claimed := r.Claimed
			if same := c.NotBefore; civil.Of(same) == s.Claims.Issued {
				claimed = same
			}
			var reasons []string
			r.Status, reasons = trust.judge(c, nil, claimed, time.Time{})
			r.Reasons = reasons
			if r.Status == StatusGenuine {
				r.Reasons = append(r.Reasons, fmt.Sprintf("Sealed by %s; the seal says what they sealed.", r.Signer))
			}
		}
		if i == 0 || worse(best.Status, r.Status) == best.Status {
			best = r
		}
	}
	return s, best, nil
}

// SealQR gives the modules of the seal's QR code (error correction level M):
// rows of columns, true is dark. The quiet zone of four modules around it is the
// drawer's to leave. Errors: invalid (text that is no seal's).
func SealQR(text string) ([][]bool, error) {
	c, err := qr.Encode(text, qr.M, qr.AlphaNumeric)
	if err != nil {
		return nil, fault.Invalid("seal", "This text cannot be drawn as a seal.")
	}
	return modules(c), nil
}

// modules are a code's rows of columns, true is dark.
func modules(c barcode.Barcode) [][]bool {
	n := c.Bounds().Dx()
	out := make([][]bool, n)
	for y := range out {
		out[y] = make([]bool, n)
		for x := range out[y] {
			r, _, _, _ := c.At(x, y).RGBA()
			out[y][x] = r == 0
		}
	}
	return out
}

// CodePicture draws any text of up to some 2,300 bytes as a QR code (error
// correction level L) in a PNG picture, with its quiet zone. ReadCode reads it
// again. Errors: invalid (too long).
func CodePicture(text string) ([]byte, error) {
	c, err := qr.Encode(text, qr.L, qr.Unicode)
	if err != nil {
		return nil, fault.Invalid("text", "This is too long for a QR code: take the file.").Because(err)
	}
	return codePicture(modules(c))
}

// SealPicture draws a seal's text as its QR code in a PNG picture, with its quiet
// zone. ReadSealImage reads it again. Errors: invalid.
func SealPicture(text string) ([]byte, error) {
	dark, err := SealQR(text)
	if err != nil {
		return nil, err
	}
	return codePicture(dark)
}

func codePicture(dark [][]bool) ([]byte, error) {
	const scale, quiet = 6, 4
	n := scale * (len(dark) + 2*quiet)
	img := image.NewGray(image.Rect(0, 0, n, n))
	for y := range n {
		for x := range n {
			row, column := y/scale-quiet, x/scale-quiet
			if row < 0 || column < 0 || row >= len(dark) || column >= len(dark) || !dark[row][column] {
				img.Pix[y*img.Stride+x] = 0xff
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("draw a QR code: %w", err)
	}
	return out.Bytes(), nil
}

const base45Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// base45 is RFC 9285.
func base45(b []byte) string {
	var s strings.Builder
	for ; len(b) >= 2; b = b[2:] {
		n := int(b[0])<<8 | int(b[1])
		s.WriteByte(base45Alphabet[n%45])
		s.WriteByte(base45Alphabet[n/45%45])
		s.WriteByte(base45Alphabet[n/2025])
	}
	if len(b) == 1 {
		s.WriteByte(base45Alphabet[b[0]%45])
		s.WriteByte(base45Alphabet[b[0]/45])
	}
	return s.String()
}

func parseBase45(s string) ([]byte, error) {
	var out bytes.Buffer
	for i := 0; i < len(s); i += 3 {
		n, scale, k := 0, 1, min(3, len(s)-i)
		for _, c := range []byte(s[i : i+k]) {
			v := strings.IndexByte(base45Alphabet, c)
			if v < 0 {
				return nil, fmt.Errorf("character %q is not of base45", c)
			}
			n += v * scale
			scale *= 45
		}
		switch {
		case k == 3 && n <= 0xFFFF:
			out.WriteByte(byte(n >> 8))
			out.WriteByte(byte(n))
		case k == 2 && n <= 0xFF:
			out.WriteByte(byte(n))
		default:
			return nil, fmt.Errorf("base45 ends or overflows at character %d", i)
		}
	}
	return out.Bytes(), nil
}

// RecordDigest is the SHA-256 that a seal carries of a certificate's record.
func RecordDigest(record []byte) [32]byte { return sha256.Sum256(record) }
