package signing

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // only for key identifiers: RFC 5280, 4.2.1.2, method 1
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"assay/internal/fault"

	"software.sslmate.com/src/go-pkcs12"
)

// Algorithm is the kind of a key pair.
type Algorithm string

// The algorithms of keys that Assay makes. Ed25519 is not among them: the PDF
// readers in use do not check it.
const (
	ECDSAP256 Algorithm = "ecdsa_p256"
	RSA3072   Algorithm = "rsa_3072"
)

// How long certificates are valid. An assessor's certificate outlives the
// documents it signs by years, because without a timestamp nothing proves that a
// signature was made while the certificate was valid.
const (
	rootYears     = 20
	assessorYears = 10
)

// Identity is a private key that signs and its certificates: the key's own
// first, its issuers after it, the root last.
type Identity struct {
	Key   crypto.Signer
	Chain []*x509.Certificate
}

// Certificate is the certificate of the identity's own key.
func (i Identity) Certificate() *x509.Certificate { return i.Chain[0] }

// Root is the last certificate of the chain.
func (i Identity) Root() *x509.Certificate { return i.Chain[len(i.Chain)-1] }

// Fingerprint is the fingerprint of the identity's own key.
func (i Identity) Fingerprint() string { return Fingerprint(i.Certificate()) }

// Check tells whether the identity can sign: it has a key and a certificate,
// and they belong together. Errors: invalid.
func (i Identity) Check() error {
	if i.Key == nil || len(i.Chain) == 0 {
		return fault.Invalid("key", "Choose a signing key that has a certificate.")
	}
	if !samePublicKey(i.Key.Public(), i.Certificate().PublicKey) {
		return fault.Invalid(
			"key",
			"The certificate belongs to another key: choose the certificate that was issued for this key.",
		)
	}
	return nil
}

func samePublicKey(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

// Person is who a signing certificate is made out to. Role may be empty.
type Person struct {
	Name         string
	Role         string
	Organisation string
}

func (p Person) check() error {
	var wrong []fault.Field
	one := func(field, s, what string, required bool) {
		switch {
		case required && strings.TrimSpace(s) == "":
			wrong = append(wrong, fault.Field{Name: field, Message: "Enter " + what + "."})
		case utf8.RuneCountInString(s) > 64 || !utf8.ValidString(s): // X.520 upper bounds
			wrong = append(
				wrong,
				fault.Field{
					Name:    field,
					Message: "Shorten " + what + " to 64 characters: a certificate holds no more.",
				},
			)
		case strings.ContainsFunc(s, unicode.IsControl):
			wrong = append(
				wrong,
				fault.Field{Name: field, Message: "Remove line breaks and control characters from " + what + "."},
			)
		}
	}
	one("name", p.Name, "the person's name", true)
	one("role", p.Role, "the person's role", false)
	one("organisation", p.Organisation, "the organisation's name", true)
	return fault.Join(wrong)
}

var oidTitle = asn1.ObjectIdentifier{2, 5, 4, 12}

func (p Person) subject() pkix.Name {
	n := pkix.Name{CommonName: p.Name, Organization: []string{p.Organisation}}
	if p.Role != "" {
		n.ExtraNames = []pkix.AttributeTypeAndValue{{Type: oidTitle, Value: p.Role}}
	}
	return n
}

// NewKey makes a key pair.
func NewKey(alg Algorithm) (crypto.Signer, error) {
	switch alg {
	case ECDSAP256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case RSA3072:
		return rsa.GenerateKey(rand.Reader, 3072)
	}
	return nil, fault.Invalid("algorithm", fmt.Sprintf("Choose %s or %s as the kind of key.", ECDSAP256, RSA3072))
}

// NewRoot makes an organisation's root: a key and the self-signed certificate,
// valid for twenty years from now, under which its assessors' certificates are
// issued. Errors: invalid.
func NewRoot(organisation string, alg Algorithm, now time.Time) (Identity, error) {
	p := Person{Name: "AI governance root", Organisation: organisation}
	if err := p.check(); err != nil {
		return Identity{}, err
	}
	key, err := NewKey(alg)
	if err != nil {
		return Identity{}, err
	}
	t, err := template(key.Public(), p.subject(), now, rootYears)
	if err != nil {
		return Identity{}, err
	}
	t.IsCA, t.MaxPathLenZero = true, true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	t.AuthorityKeyId = t.SubjectKeyId
	cert, err := create(t, t, key.Public(), key)
	if err != nil {
		return Identity{}, err
	}
	return Identity{key, []*x509.Certificate{cert}}, nil
}

// Issue makes a signing key and its certificate for a person, valid for ten
// years or until the root ends. Errors: invalid.
func (i Identity) Issue(p Person, alg Algorithm, now time.Time) (Identity, error) {
	key, err := NewKey(alg)
	if err != nil {
		return Identity{}, err
	}
	chain, err := i.certify(p, key.Public(), now)
	if err != nil {
		return Identity{}, err
	}
	return Identity{key, chain}, nil
}

var (
	oidExtKeyUsage      = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidDocumentSigning  = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36}       // RFC 9336
	oidMSDocSigning     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 10, 3, 12} // its predecessor
	oidAdobeAuthentic   = asn1.ObjectIdentifier{1, 2, 840, 113583, 1, 1, 5}       // Adobe's
	signingKeyUsage     = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	acceptedSigningEKUs = []asn1.ObjectIdentifier{oidDocumentSigning, oidMSDocSigning, oidAdobeAuthentic}
)

// certify issues a signing certificate under the root i.
func (i Identity) certify(p Person, pub crypto.PublicKey, now time.Time) ([]*x509.Certificate, error) {
	if err := i.Check(); err != nil {
		return nil, err
	}
	if !i.Certificate().IsCA {
		return nil, fault.Invalid("root", "Choose the organisation's root key: this key may not issue certificates.")
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	if reason := weakKey(pub); reason != "" {
		return nil, fault.Invalid("key", reason)
	}
	t, err := template(pub, p.subject(), now, assessorYears)
	if err != nil {
		return nil, err
	}
	if end := i.Certificate().NotAfter; t.NotAfter.After(end) {
		t.NotAfter = end
	}
	t.KeyUsage = signingKeyUsage
	// emailProtection beside documentSigning: NSS, on which poppler's pdfsig
	// stands, accepts a document signer only with it.
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}
	t.UnknownExtKeyUsage = []asn1.ObjectIdentifier{oidDocumentSigning}
	cert, err := create(t, i.Certificate(), pub, i.Key)
	if err != nil {
		return nil, err
	}
	return append([]*x509.Certificate{cert}, i.Chain...), nil
}

func template(pub crypto.PublicKey, subject pkix.Name, now time.Time, years int) (*x509.Certificate, error) {
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, fmt.Errorf("encode public key: %w", err)
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(spki, &info); err != nil {
		return nil, fmt.Errorf("encode public key: %w", err)
	}
	ski := sha1.Sum(info.Key.Bytes)
	var serial [16]byte
	if _, err := rand.Read(serial[:]); err != nil {
		return nil, err
	}
	now = now.UTC().Truncate(time.Second)
	return &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(serial[:]),
		Subject:               subject,
		NotBefore:             now,
		NotAfter:              now.AddDate(years, 0, 0),
		SubjectKeyId:          ski[:],
		BasicConstraintsValid: true,
	}, nil
}

func create(t, parent *x509.Certificate, pub crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, t, parent, pub, key)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

// Fingerprint is the SHA-256 of a certificate's public key (its
// SubjectPublicKeyInfo), as sixteen groups of four hexadecimal digits that can
// be read out on the telephone. It stays the same when the certificate is
// renewed for the same key.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	var b strings.Builder
	for i := 0; i < len(sum); i += 2 {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%02X%02X", sum[i], sum[i+1])
	}
	return b.String()
}

// KeyDigest is the fingerprint as registers, records and logs spell it: the
// SHA-256 of the SubjectPublicKeyInfo in lower-case hex.
func KeyDigest(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// KeyID is the first eight bytes of the fingerprint, by which a seal names its key.
func KeyID(c *x509.Certificate) [8]byte {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return [8]byte(sum[:8])
}

// FormatCertificates writes certificates as PEM, one block after the other.
func FormatCertificates(certs ...*x509.Certificate) []byte {
	var b bytes.Buffer
	for _, c := range certs {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}) // a bytes.Buffer takes everything
	}
	return b.Bytes()
}

// ParseCertificates reads certificates from PEM, or a single one from DER.
// Errors: unreadable.
func ParseCertificates(data []byte) ([]*x509.Certificate, error) {
	if c, err := x509.ParseCertificate(data); err == nil {
		return []*x509.Certificate{c}, nil
	}
	t, err := ParseTrust(data)
	if err != nil {
		return nil, err
	}
	return append(t.Roots, t.Known...), nil
}

// ImportPKCS12 reads a key with its certificates from a PKCS#12 file (.p12,
// .pfx). Errors: unreadable, forbidden (wrong passphrase), invalid (the key or
// its certificate cannot sign documents).
func ImportPKCS12(data []byte, passphrase string) (Identity, error) {
	key, cert, others, err := pkcs12.DecodeChain(data, passphrase)
	if err == pkcs12.ErrIncorrectPassword {
		return Identity{}, fault.Forbidden("That is not the passphrase of this key file.")
	}
	if err != nil {
		return Identity{}, fault.Unreadable(
			"", "This is no PKCS#12 key file (.p12 or .pfx) with one key and its certificate: export it again.",
		).
			Because(err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return Identity{}, fault.Invalid("key", "This key cannot sign: choose an ECDSA or RSA key.")
	}
	return assemble(signer, append([]*x509.Certificate{cert}, others...))
}

// NewRequest makes the request (CSR, PEM) with which another authority, such as
// the organisation's own CA, is asked for a certificate for key. Errors: invalid.
func NewRequest(key crypto.Signer, p Person) ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: p.subject()}, key)
	if err != nil {
		return nil, fmt.Errorf("make certificate request: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}), nil
}

// AnswerRequest issues a certificate for a request as the root i, and gives
// it as PEM with its issuers. Name, role and organisation are those of p, which
// the issuer checked, not those that the request asks for. Errors: unreadable,
// invalid.
func (i Identity) AnswerRequest(request []byte, p Person, now time.Time) ([]byte, error) {
	b, rest := pem.Decode(request)
	if b == nil || b.Type != "CERTIFICATE REQUEST" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, fault.Unreadable("", "This is no certificate request: choose a .csr file in PEM form.")
	}
	csr, err := x509.ParseCertificateRequest(b.Bytes)
	if err == nil {
		err = csr.CheckSignature() // the asker holds the private key
	}
	if err != nil {
		return nil, fault.Unreadable("", "This certificate request is damaged: ask for it again.").Because(err)
	}
	chain, err := i.certify(p, csr.PublicKey, now)
	if err != nil {
		return nil, err
	}
	return FormatCertificates(chain...), nil
}

// AcceptAnswer joins a key with the certificates (PEM) that an authority issued
// for it. Errors: unreadable, invalid (for another key, or not fit for signing).
func AcceptAnswer(key crypto.Signer, answer []byte) (Identity, error) {
	certs, err := ParseCertificates(answer)
	if err != nil {
		return Identity{}, err
	}
	return assemble(key, certs)
}

// assemble orders certs into the chain of key: each certificate issued by the next.
func assemble(key crypto.Signer, certs []*x509.Certificate) (Identity, error) {
	id := Identity{Key: key}
	for _, c := range certs {
		if samePublicKey(key.Public(), c.PublicKey) {
			id.Chain = []*x509.Certificate{c}
			break
		}
	}
	if err := id.Check(); err != nil {
		return Identity{}, err
	}
	if reason := unfitToSign(id.Certificate()); reason != "" && !id.Certificate().IsCA {
		return Identity{}, fault.Invalid("key", reason)
	}
	for last := id.Root(); !bytes.Equal(last.RawIssuer, last.RawSubject); last = id.Root() {
		var issuer *x509.Certificate
		for _, c := range certs {
			if !c.Equal(last) && bytes.Equal(c.RawSubject, last.RawIssuer) && last.CheckSignatureFrom(c) == nil {
				issuer = c
				break
			}
		}
		if issuer == nil || len(id.Chain) > 8 {
			return Identity{}, fault.Invalid(
				"key",
				fmt.Sprintf(
					"Add the certificate of the issuer %q: the chain to its root is incomplete.",
					last.Issuer.CommonName,
				),
			)
		}
		id.Chain = append(id.Chain, issuer)
	}
	return id, nil
}

// weakKey says why a public key is too weak or of a kind that is not accepted;
// empty if it is fit.
func weakKey(pub crypto.PublicKey) string {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < 2048 {
			return fmt.Sprintf("The RSA key has only %d bits; at least 2048 are needed.", k.N.BitLen())
		}
		return ""
	case *ecdsa.PublicKey:
		if k.Curve.Params().BitSize < 256 {
			return "The elliptic-curve key is too short; at least P-256 is needed."
		}
		return ""
	}
	return "The key is neither ECDSA nor RSA."
}

// unfitToSign says why a certificate may not sign documents; empty if it may.
func unfitToSign(c *x509.Certificate) string {
	if reason := weakKey(c.PublicKey); reason != "" {
		return reason
	}
	if c.IsCA {
		return "The certificate is for issuing certificates, not for signing documents."
	}
	if c.KeyUsage&signingKeyUsage == 0 {
		return "The certificate is not meant for signing documents (key usage)."
	}
	if len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 {
		return ""
	}
	for _, u := range c.ExtKeyUsage {
		if u == x509.ExtKeyUsageAny || u == x509.ExtKeyUsageEmailProtection {
			return ""
		}
	}
	for _, u := range c.UnknownExtKeyUsage {
		for _, a := range acceptedSigningEKUs {
			if u.Equal(a) {
				return ""
			}
		}
	}
	return "The certificate is not meant for signing documents (extended key usage)."
}
