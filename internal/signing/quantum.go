package signing

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"strings"
	"time"

	"assay/internal/fault"

	"filippo.io/mldsa"
	quantum509 "filippo.io/mldsa/x509"
)

// A second signature that a quantum computer would not break: ML-DSA-65 (FIPS 204) in a
// detached CMS of RFC 9882, with SHA-512, in a file of its own, so that the first one
// stays checkable by programs that know nothing of it. crypto/x509 knows these keys from
// Go 1.27 on; until then the certificate is written here and read by filippo.io/mldsa.
//
// Nobody vouches for such a key in its own kind of cryptography: a certificate by the
// organisation's root would be as weak as the root. Readers pin its fingerprint, which
// stands in the trust file as a line of text:
//
//	Assay ML-DSA-65 key 6b3c… Ann Example

var oidMLDSA65 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 18}

// QuantumKey is a key for second signatures, with its self-signed certificate.
type QuantumKey struct {
	Key  *mldsa.PrivateKey
	Cert []byte // DER
}

// Pin is the fingerprint of a key for second signatures that a reader trusts.
type Pin struct {
	Fingerprint string // SHA-256 of the SubjectPublicKeyInfo, hexadecimal
	Holder      string
}

type (
	tbsCertificate struct {
		Version    int `asn1:"explicit,tag:0"`
		Serial     *big.Int
		SigAlg     pkix.AlgorithmIdentifier
		Issuer     asn1.RawValue
		Validity   validity
		Subject    asn1.RawValue
		SPKI       asn1.RawValue
		Extensions []pkix.Extension `asn1:"explicit,tag:3"`
	}
	validity struct {
		From, Until time.Time
	}
	selfSigned struct {
		TBS    asn1.RawValue
		SigAlg pkix.AlgorithmIdentifier
		Sig    asn1.BitString
	}
)

// quantumYears is how long a certificate for second signatures is valid.
const quantumYears = 10

// NewQuantumKey makes a key for a person's second signatures.
func NewQuantumKey(p Person, now time.Time) (QuantumKey, error) {
	key, err := mldsa.GenerateKey(mldsa.MLDSA65())
	if err != nil {
		return QuantumKey{}, fmt.Errorf("make an ML-DSA key: %w", err)
	}
	name, err := asn1.Marshal(
		pkix.Name{CommonName: fault.Plain(p.Name), Organization: []string{fault.Plain(p.Organisation)}}.ToRDNSequence(),
	)
	if err != nil {
		return QuantumKey{}, fmt.Errorf("name the holder of an ML-DSA key: %w", err)
	}
	spki, err := quantum509.MarshalPKIXPublicKey(key.PublicKey())
	if err != nil {
		return QuantumKey{}, fmt.Errorf("write an ML-DSA key: %w", err)
	}
	serial := make([]byte, 16)
	if _, err := rand.Read(serial); err != nil {
		return QuantumKey{}, fmt.Errorf("number a certificate: %w", err)
	}
	serial[0] = serial[0]&0x7f | 0x40                                             // positive, and of one length
	usage, err := asn1.Marshal(asn1.BitString{Bytes: []byte{0x80}, BitLength: 1}) // digitalSignature
	if err != nil {
		return QuantumKey{}, fmt.Errorf("write a certificate: %w", err)
	}
	from := now.UTC().Truncate(time.Second)
	tbs, err := asn1.Marshal(tbsCertificate{
		Version:    2,
		Serial:     new(big.Int).SetBytes(serial),
		SigAlg:     pkix.AlgorithmIdentifier{Algorithm: oidMLDSA65},
		Issuer:     asn1.RawValue{FullBytes: name},
		Validity:   validity{from, from.AddDate(quantumYears, 0, 0)},
		Subject:    asn1.RawValue{FullBytes: name},
		SPKI:       asn1.RawValue{FullBytes: spki},
		Extensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 15}, Critical: true, Value: usage}},
	})
	if err != nil {
		return QuantumKey{}, fmt.Errorf("write a certificate: %w", err)
	}
	sig, err := key.Sign(nil, tbs, nil)
	if err != nil {
		return QuantumKey{}, fmt.Errorf("sign a certificate: %w", err)
	}
	der, err := asn1.Marshal(selfSigned{
		TBS:    asn1.RawValue{FullBytes: tbs},
		SigAlg: pkix.AlgorithmIdentifier{Algorithm: oidMLDSA65},
		Sig:    asn1.BitString{Bytes: sig, BitLength: 8 * len(sig)},
	})
	if err != nil {
		return QuantumKey{}, fmt.Errorf("write a certificate: %w", err)
	}
	return QuantumKey{Key: key, Cert: der}, nil
}

// quantumCert is what is needed of a certificate with an ML-DSA-65 key.
type quantumCert struct {
	issuer      asn1.RawValue
	serial      *big.Int
	holder      string
	validity    validity
	key         *mldsa.PublicKey
	fingerprint string
}

// parseQuantumCert reads a self-signed certificate with an ML-DSA-65 key, in its one
// spelling, and checks its own signature.
func parseQuantumCert(der []byte) (quantumCert, error) {
	var c selfSigned
	var tbs tbsCertificate
	bad := errors.New("its certificate is damaged")
	if rest, err := asn1.Unmarshal(der, &c); err != nil || len(rest) > 0 {
		return quantumCert{}, bad
	}
	if rest, err := asn1.Unmarshal(c.TBS.FullBytes, &tbs); err != nil || len(rest) > 0 {
		return quantumCert{}, bad
	}
	outer, err := asn1.Marshal(c)
	inner, err2 := asn1.Marshal(tbs)
	if errors.Join(err, err2) != nil || !bytes.Equal(outer, der) || !bytes.Equal(inner, c.TBS.FullBytes) {
		return quantumCert{}, bad
	}
	pub, err := quantum509.ParsePKIXPublicKey(tbs.SPKI.FullBytes)
	key, ok := pub.(*mldsa.PublicKey)
	if err != nil || !ok || key.Parameters() != mldsa.MLDSA65() ||
		!bytes.Equal(tbs.Issuer.FullBytes, tbs.Subject.FullBytes) ||
		!c.SigAlg.Algorithm.Equal(oidMLDSA65) || !tbs.SigAlg.Algorithm.Equal(oidMLDSA65) ||
		len(c.SigAlg.Parameters.FullBytes)+len(tbs.SigAlg.Parameters.FullBytes) > 0 {
		return quantumCert{}, errors.New("its certificate holds no ML-DSA-65 key of its own")
	}
	if mldsa.Verify(key, c.TBS.FullBytes, c.Sig.Bytes, nil) != nil {
		return quantumCert{}, errors.New("its certificate does not hold")
	}
	var rdn pkix.RDNSequence
	if rest, err := asn1.Unmarshal(tbs.Subject.FullBytes, &rdn); err != nil || len(rest) > 0 {
		return quantumCert{}, bad
	}
	var name pkix.Name
	name.FillFromRDNSequence(&rdn)
	sum := sha256.Sum256(tbs.SPKI.FullBytes)
	return quantumCert{
		issuer: tbs.Issuer, serial: tbs.Serial, holder: fault.Plain(name.CommonName), validity: tbs.Validity, key: key,
		fingerprint: hex.EncodeToString(sum[:]),
	}, nil
}

// QuantumPin is the fingerprint and holder of a certificate for second signatures.
func QuantumPin(cert []byte) (Pin, error) {
	c, err := parseQuantumCert(cert)
	if err != nil {
		return Pin{}, fault.Unreadable("", "This is no certificate for second signatures: %v.", err)
	}
	return Pin{Fingerprint: c.fingerprint, Holder: c.holder}, nil
}

// SealQuantumKey encrypts the key with a passphrase, as SealKey does: what is sealed is
// PKCS#8 with the seed of 32 bytes and nothing else.
func SealQuantumKey(key *mldsa.PrivateKey, passphrase string, cost Cost) ([]byte, error) {
	plain, err := quantum509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("write an ML-DSA key: %w", err)
	}
	return sealPlain(plain, passphrase, cost)
}

// OpenQuantumKey decrypts what SealQuantumKey sealed. Errors: unreadable, forbidden.
func OpenQuantumKey(sealed []byte, passphrase string) (*mldsa.PrivateKey, error) {
	plain, err := openPlain(sealed, passphrase)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	k, err := quantum509.ParsePKCS8PrivateKey(plain)
	key, ok := k.(*mldsa.PrivateKey)
	if err != nil || !ok {
		return nil, fault.Unreadable("",
			"This is no ML-DSA key with its seed alone (openssl pkey -provparam ml-dsa.output_formats=seed-only "+
				"writes it so).").
			Because(err)
	}
	return key, nil
}

// SignQuantum makes a second signature over a stream: a detached CMS in DER. OpenSSL 3.5
// or newer checks it: openssl cms -verify -binary -inform DER -in SIG -content FILE -CAfile CERT.pem -purpose any.
func SignQuantum(ctx context.Context, k QuantumKey, content io.Reader, now time.Time) ([]byte, error) {
	c, err := parseQuantumCert(k.Cert)
	if err != nil {
		return nil, fault.Internal(fmt.Errorf("second signature: %w", err))
	}
	h := sha512.New()
	if err := copyContext(ctx, h, content); err != nil {
		return nil, err
	}
	var attrs []attribute
	for _, x := range []struct {
		oid   asn1.ObjectIdentifier
		value any
	}{
		{oidContentType, oidData}, {oidMessageDigest, h.Sum(nil)}, {oidSigningTime, now.UTC().Truncate(time.Second)},
	} {
		der, err := asn1.Marshal(x.value)
		if err != nil {
			return nil, fmt.Errorf("encode attribute: %w", err)
		}
		attrs = append(attrs, attribute{x.oid, []asn1.RawValue{{FullBytes: der}}})
	}
	set, err := asn1.MarshalWithParams(attrs, "set")
	if err != nil {
		return nil, fmt.Errorf("encode attributes: %w", err)
	}
	sig, err := k.Key.Sign(nil, set, nil)
	if err != nil {
		return nil, fmt.Errorf("second signature: %w", err)
	}
	var inner asn1.RawValue
	if _, err := asn1.Unmarshal(set, &inner); err != nil {
		return nil, fmt.Errorf("encode attributes: %w", err)
	}
	digestAlg := pkix.AlgorithmIdentifier{Algorithm: oidSHA512}
	return marshalCMS(signedData{
		Version: 1,
		Digests: []pkix.AlgorithmIdentifier{digestAlg},
		Encap:   encapsulated{Type: oidData},
		Certs:   asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: k.Cert},
		Signers: []signerInfo{{
			Version:   1,
			SID:       issuerAndSerial{asn1.RawValue{FullBytes: c.issuer.FullBytes}, c.serial},
			DigestAlg: digestAlg,
			Signed:    asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner.Bytes},
			SigAlg:    pkix.AlgorithmIdentifier{Algorithm: oidMLDSA65},
			Sig:       sig,
		}},
	})
}

// QuantumReport is what a second signature says.
type QuantumReport struct {
	Holder      string    `json:"holder"`
	Fingerprint string    `json:"fingerprint"` // of its key
	Claimed     time.Time `json:"claimed"`     // by the signer's clock
	Pinned      bool      `json:"pinned"`      // the reader trusts this key
}

// VerifyQuantum checks a second signature over a stream. The signature and the digest hold
// where there is no error; whose it is says Pinned. Errors: tampered.
func VerifyQuantum(ctx context.Context, content io.Reader, signature []byte, trust Trust) (QuantumReport, error) {
	bad := func(format string, args ...any) (QuantumReport, error) {
		return QuantumReport{}, fault.Tampered("The second signature does not hold: "+format+".", args...)
	}
	var info contentInfo
	var sd signedData
	if rest, err := asn1.Unmarshal(
		signature, &info,
	); err != nil || len(rest) > 0 || len(signature) > maxCMS || !info.Type.Equal(oidSignedData) {
		return bad("it is damaged")
	}
	if rest, err := asn1.Unmarshal(info.Content.Bytes, &sd); err != nil || len(rest) > 0 {
		return bad("it is damaged")
	}
	again, err := marshalCMS(sd)
	if err != nil || !bytes.Equal(again, signature) {
		return bad("it is not written in the one permitted way (DER)")
	}
	if sd.Version != 1 || len(sd.Signers) != 1 || len(sd.CRLs.FullBytes) > 0 || len(sd.Encap.Content.FullBytes) > 0 ||
		!sd.Encap.Type.Equal(oidData) || len(sd.Digests) != 1 {
		return bad("it is of a form that is not accepted")
	}
	s := sd.Signers[0]
	c, err := parseQuantumCert(sd.Certs.Bytes)
	if err != nil {
		return bad("%v", err)
	}
	// RFC 9882, 3.3: with SHA-256 it is no stronger than that.
	for _, a := range []pkix.AlgorithmIdentifier{sd.Digests[0], s.DigestAlg} {
		if !a.Algorithm.Equal(oidSHA512) || len(a.Parameters.FullBytes) > 0 {
			return bad("its digest is not SHA-512")
		}
	}
	if s.Version != 1 || !s.SigAlg.Algorithm.Equal(oidMLDSA65) ||
		len(s.SigAlg.Parameters.FullBytes)+len(s.Unsigned.FullBytes) > 0 ||
		!bytes.Equal(s.SID.Issuer.FullBytes, c.issuer.FullBytes) || s.SID.Serial.Cmp(c.serial) != 0 {
		return bad("it is of a form that is not accepted")
	}
	attrs, err := attributes(s.Signed)
	if err != nil {
		return bad("%v", err)
	}
	signed := cms{attrs: attrs}
	var kind asn1.ObjectIdentifier
	var digest []byte
	rep := QuantumReport{Holder: c.holder, Fingerprint: c.fingerprint}
	if len(attrs) != 3 || !signed.attr(oidContentType, &kind) || !kind.Equal(oidData) ||
		!signed.attr(oidMessageDigest, &digest) || !signed.attr(oidSigningTime, &rep.Claimed) {
		return bad("its attributes are not those of Assay")
	}
	h := sha512.New()
	if err := copyContext(ctx, h, content); err != nil {
		return QuantumReport{}, err
	}
	if !bytes.Equal(h.Sum(nil), digest) {
		return bad("it is over something else")
	}
	set, err := asn1.MarshalWithParams(attrs, "set")
	if err != nil || mldsa.Verify(c.key, set, s.Sig, nil) != nil {
		return bad("the signature is wrong")
	}
	if rep.Claimed.Before(c.validity.From.Add(-future)) || rep.Claimed.After(c.validity.Until) ||
		rep.Claimed.After(trust.Now.Add(future)) {
		return bad("its time, %s, is outside of the key's", minute(rep.Claimed))
	}
	for _, p := range trust.Pins {
		rep.Pinned = rep.Pinned || p.Fingerprint == c.fingerprint
	}
	return rep, nil
}

var pinLine = regexp.MustCompile(`(?m)^Assay ML-DSA-65 key ([0-9a-f]{64}) (\S.*)$`)

func parsePins(data []byte) (out []Pin) {
	for _, m := range pinLine.FindAllSubmatch(data, -1) {
		out = append(out, Pin{Fingerprint: string(m[1]), Holder: fault.Plain(strings.TrimRight(string(m[2]), "\r"))})
	}
	return out
}

func formatPins(pins []Pin) (b []byte) {
	for _, p := range pins {
		b = fmt.Appendf(b, "Assay ML-DSA-65 key %s %s\n", p.Fingerprint, fault.Plain(p.Holder))
	}
	return b
}
