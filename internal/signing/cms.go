package signing

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // only where a timestamp names its certificate by it
	"crypto/sha256"
	_ "crypto/sha512" // SHA-384 and SHA-512, for other people's signatures
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/big"
	"slices"
	"time"

	"assay/internal/fault"
)

// CMS (RFC 5652) signed data with the attributes of CAdES baseline B-B
// (ETSI EN 319 122-1): content type, message digest, signing certificate v2 and,
// outside PDF, signing time. What is read is DER and nothing else: it must come
// out the same when written again, so that there is one reading of it.

var (
	oidData             = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSigningCertV1    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidSigningCertV2    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidTimestampToken   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	oidTSTInfo          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidSHA1             = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA256           = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384           = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512           = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidRSA              = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidRSAWithSHA256    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidRSAWithSHA384    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}
	oidRSAWithSHA512    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}
	oidECDSAWithSHA256  = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidECDSAWithSHA384  = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}
	oidECDSAWithSHA512  = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}
	signatureAlgorithms = []struct {
		oid  asn1.ObjectIdentifier
		hash crypto.Hash // 0: the digest algorithm's
		rsa  bool
	}{
		{
			oidECDSAWithSHA256,
			crypto.SHA256,
			false,
		}, {oidECDSAWithSHA384, crypto.SHA384, false}, {oidECDSAWithSHA512, crypto.SHA512, false},
		{
			oidRSAWithSHA256,
			crypto.SHA256,
			true,
		}, {oidRSAWithSHA384, crypto.SHA384, true}, {oidRSAWithSHA512, crypto.SHA512, true},
		{oidRSA, 0, true},
	}
)

type (
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version int
		Digests []pkix.AlgorithmIdentifier `asn1:"set"`
		Encap   encapsulated
		Certs   asn1.RawValue `asn1:"optional,tag:0"`
		CRLs    asn1.RawValue `asn1:"optional,tag:1"`
		Signers []signerInfo  `asn1:"set"`
	}
	encapsulated struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"optional,explicit,tag:0"`
	}
	signerInfo struct {
		Version   int
		SID       issuerAndSerial
		DigestAlg pkix.AlgorithmIdentifier
		Signed    asn1.RawValue `asn1:"tag:0"`
		SigAlg    pkix.AlgorithmIdentifier
		Sig       []byte
		Unsigned  asn1.RawValue `asn1:"optional,tag:1"`
	}
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	attribute struct {
		Type   asn1.ObjectIdentifier
		Values []asn1.RawValue `asn1:"set"`
	}
	essCertIDv2 struct {
		HashAlg pkix.AlgorithmIdentifier `asn1:"optional"` // absent: SHA-256
		Hash    []byte
		Serial  essIssuerSerial `asn1:"optional"`
	}
	essIssuerSerial struct {
		Names  []asn1.RawValue
		Serial *big.Int
	}
	essCertID struct {
		Hash   []byte          // SHA-1
		Serial essIssuerSerial `asn1:"optional"`
	}
	signingCertV1 struct {
		Certs    []essCertID
		Policies asn1.RawValue `asn1:"optional"`
	}
	signingCertV2 struct {
		Certs    []essCertIDv2
		Policies asn1.RawValue `asn1:"optional"`
	}
)

// signCMS signs a SHA-256 digest of the content. signingTime is the zero time
// where the attribute is left out, as PAdES demands (ETSI EN 319 142-1, 6.3).
func signCMS(id Identity, digest []byte, signingTime time.Time) ([]byte, error) {
	if err := id.Check(); err != nil {
		return nil, err
	}
	cert := id.Certificate()
	if reason := unfitToSign(cert); reason != "" {
		return nil, fault.Invalid("key", reason)
	}
	hash := sha256.Sum256(cert.Raw)
	values := map[string]any{}
	add := func(oid asn1.ObjectIdentifier, v any) { values[oid.String()] = v }
	add(oidContentType, oidData)
	add(oidMessageDigest, digest)
	add(oidSigningCertV2, signingCertV2{Certs: []essCertIDv2{{Hash: hash[:], Serial: essIssuerSerial{
		Names:  []asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 4, IsCompound: true, Bytes: cert.RawIssuer}},
		Serial: cert.SerialNumber}}}})
	if !signingTime.IsZero() {
		add(oidSigningTime, signingTime.UTC().Truncate(time.Second))
	}
	var attrs []attribute
	for _, oid := range []asn1.ObjectIdentifier{oidContentType, oidMessageDigest, oidSigningCertV2, oidSigningTime} {
		v, ok := values[oid.String()]
		if !ok {
			continue
		}
		der, err := asn1.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("encode attribute: %w", err)
		}
		attrs = append(attrs, attribute{oid, []asn1.RawValue{{FullBytes: der}}})
	}
	set, err := asn1.MarshalWithParams(attrs, "set")
	if err != nil {
		return nil, fmt.Errorf("encode attributes: %w", err)
	}
	tbs := sha256.Sum256(set)
	sig, err := id.Key.Sign(rand.Reader, tbs[:], crypto.SHA256)
	if err != nil {
		return nil,
			fault.Conflict("The key did not sign: check that the token is in place and unlocked, and try again.").
				Because(err)
	}
	var inner asn1.RawValue
	if _, err := asn1.Unmarshal(set, &inner); err != nil {
		return nil, err
	}
	sigAlg := pkix.AlgorithmIdentifier{Algorithm: oidECDSAWithSHA256}
	if _, ok := id.Key.Public().(*rsa.PublicKey); ok {
		sigAlg = pkix.AlgorithmIdentifier{Algorithm: oidRSAWithSHA256, Parameters: asn1.NullRawValue}
	}
	digestAlg := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	ders := make([][]byte, len(id.Chain))
	for i, c := range id.Chain {
		ders[i] = c.Raw
	}
	slices.SortFunc(ders, bytes.Compare) // a DER set
	out, err := marshalCMS(signedData{
		Version: 1,
		Digests: []pkix.AlgorithmIdentifier{digestAlg},
		Encap:   encapsulated{Type: oidData},
		Certs: asn1.RawValue{
			Class:      asn1.ClassContextSpecific,
			Tag:        0,
			IsCompound: true,
			Bytes:      bytes.Join(ders, nil),
		},
		Signers: []signerInfo{{
			Version:   1,
			SID:       issuerAndSerial{asn1.RawValue{FullBytes: cert.RawIssuer}, cert.SerialNumber},
			DigestAlg: digestAlg,
			Signed:    asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner.Bytes},
			SigAlg:    sigAlg,
			Sig:       sig,
		}},
	})
	if err != nil {
		return nil, err
	}
	// What leaves this function has been checked: a token that signs with
	// another key than its certificate's is found out here and not by a reader.
	c, err := parseCMS(out)
	if err == nil {
		err = c.check(digest)
	}
	if err != nil {
		return nil, fault.Conflict("The key's signature does not match its certificate: choose the right key.").
			Because(err)
	}
	return out, nil
}

func marshalCMS(sd signedData) ([]byte, error) {
	in, err := asn1.Marshal(sd)
	if err != nil {
		return nil, fmt.Errorf("encode signature: %w", err)
	}
	out, err := asn1.Marshal(
		contentInfo{
			oidSignedData,
			asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: in},
		},
	)
	if err != nil {
		return nil, fmt.Errorf("encode signature: %w", err)
	}
	return out, nil
}

// cms is one parsed signature.
type cms struct {
	data    signedData
	content []byte // what is encapsulated, nil where the signature is detached
	bag     []*x509.Certificate
	cert    *x509.Certificate // the signer's
	attrs   []attribute       // signed
	hash    crypto.Hash
	sigHash crypto.Hash
	tst     []byte // the timestamp token among the unsigned attributes, nil if there is none
}

var errCMS = errors.New("the signature is damaged")

const maxCMS = 1 << 20

// parseCMS reads one signed data with one signer. Its errors are for the
// sentence "The signature cannot be read: …".
func parseCMS(der []byte) (*cms, error) {
	if len(der) > maxCMS {
		return nil, errors.New("it is too large")
	}
	var ci contentInfo
	if rest, err := asn1.Unmarshal(der, &ci); err != nil || len(rest) > 0 || !ci.Type.Equal(oidSignedData) {
		return nil, errCMS
	}
	c := &cms{}
	if rest, err := asn1.Unmarshal(ci.Content.Bytes, &c.data); err != nil || len(rest) > 0 {
		return nil, errCMS
	}
	if again, err := marshalCMS(c.data); err != nil || !bytes.Equal(again, der) {
		return nil, errors.New("it is not written in the one permitted way (DER)")
	}
	sd := &c.data
	if len(sd.Signers) != 1 {
		return nil, fmt.Errorf("it has %d signers where one is expected", len(sd.Signers))
	}
	si := &sd.Signers[0]
	detached := sd.Encap.Type.Equal(oidData)
	switch {
	case detached && (sd.Version != 1 || len(sd.Encap.Content.FullBytes) > 0),
		!detached && (sd.Version != 3 || !sd.Encap.Type.Equal(oidTSTInfo)),
		si.Version != 1, len(sd.Digests) != 1, len(sd.CRLs.FullBytes) > 0,
		// The tags of sets that are read raw: asn1 does not ask whether they are constructed.
		!sd.Certs.IsCompound, !si.Signed.IsCompound, len(si.Unsigned.FullBytes) > 0 && !si.Unsigned.IsCompound:
		return nil, errors.New("it is of a form that is not accepted")
	}
	if !detached {
		if rest, err := asn1.Unmarshal(sd.Encap.Content.Bytes, &c.content); err != nil || len(rest) > 0 {
			return nil, errCMS
		}
	}
	var err error
	if c.hash, err = digestAlgorithm(si.DigestAlg); err != nil {
		return nil, err
	}
	if h, err := digestAlgorithm(sd.Digests[0]); err != nil || h != c.hash ||
		!bytes.Equal(rawParams(sd.Digests[0]), rawParams(si.DigestAlg)) && detached {
		return nil, errors.New("it names two digest algorithms")
	}
	if c.bag, err = x509.ParseCertificates(sd.Certs.Bytes); err != nil {
		return nil, errors.New("it carries a damaged certificate")
	}
	for i, b := range c.bag {
		if i > 0 && contains(c.bag[:i], b) || i > 15 {
			return nil, errors.New("it carries too many certificates")
		}
		if bytes.Equal(b.RawIssuer, si.SID.Issuer.FullBytes) && b.SerialNumber.Cmp(si.SID.Serial) == 0 {
			c.cert = b
		}
	}
	if c.cert == nil {
		return nil, errors.New("the signer's certificate is missing")
	}
	if c.attrs, err = attributes(si.Signed); err != nil {
		return nil, err
	}
	if len(si.Unsigned.FullBytes) > 0 {
		unsigned, err := attributes(si.Unsigned)
		if err != nil {
			return nil, err
		}
		for _, a := range unsigned {
			if !a.Type.Equal(oidTimestampToken) || len(unsigned) != 1 || len(a.Values) != 1 {
				return nil, errors.New("it carries an unsigned attribute other than one timestamp")
			}
			c.tst = a.Values[0].FullBytes
		}
	}
	known := false
	for _, s := range signatureAlgorithms {
		if !si.SigAlg.Algorithm.Equal(s.oid) {
			continue
		}
		known = true
		if c.sigHash = s.hash; c.sigHash == 0 {
			c.sigHash = c.hash
		}
		_, isRSA := c.cert.PublicKey.(*rsa.PublicKey)
		p := rawParams(si.SigAlg)
		if isRSA != s.rsa || len(p) > 0 && !(isRSA && bytes.Equal(p, asn1.NullBytes)) {
			return nil, errors.New("its algorithm does not fit its key")
		}
	}
	if !known {
		return nil, errors.New("its algorithm is not accepted (ECDSA or RSA with SHA-256, SHA-384 or SHA-512)")
	}
	return c, nil
}

func rawParams(a pkix.AlgorithmIdentifier) []byte { return a.Parameters.FullBytes }

func digestAlgorithm(a pkix.AlgorithmIdentifier) (crypto.Hash, error) {
	if p := rawParams(a); len(p) > 0 && !bytes.Equal(p, asn1.NullBytes) {
		return 0, errCMS
	}
	switch {
	case a.Algorithm.Equal(oidSHA256):
		return crypto.SHA256, nil
	case a.Algorithm.Equal(oidSHA384):
		return crypto.SHA384, nil
	case a.Algorithm.Equal(oidSHA512):
		return crypto.SHA512, nil
	case a.Algorithm.Equal(oidSHA1):
		return 0, errors.New("it uses SHA-1, which is broken")
	}
	return 0, errors.New("its digest algorithm is not accepted (SHA-256, SHA-384 or SHA-512)")
}

// attributes reads a set of attributes with no type twice.
func attributes(raw asn1.RawValue) ([]attribute, error) {
	var out []attribute
	for rest := raw.Bytes; len(rest) > 0; {
		var a attribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil || len(a.Values) == 0 {
			return nil, errCMS
		}
		for _, b := range out {
			if b.Type.Equal(a.Type) {
				return nil, errors.New("it carries an attribute twice")
			}
		}
		out = append(out, a)
	}
	again, err := asn1.MarshalWithParams(out, "set")
	if err != nil || len(out) == 0 {
		return nil, errCMS
	}
	var set asn1.RawValue
	if _, err := asn1.Unmarshal(again, &set); err != nil || !bytes.Equal(set.Bytes, raw.Bytes) {
		return nil, errors.New("its attributes are not written in the one permitted way (DER)")
	}
	return out, nil
}

// attr decodes the one value of a signed attribute; false if it is absent or malformed.
func (c *cms) attr(oid asn1.ObjectIdentifier, into any) bool {
	for _, a := range c.attrs {
		if a.Type.Equal(oid) && len(a.Values) == 1 {
			rest, err := asn1.Unmarshal(a.Values[0].FullBytes, into)
			return err == nil && len(rest) == 0
		}
	}
	return false
}

// check holds the signature against the digest of the content (made with
// c.hash): digest, content type, signing certificate and the signature itself.
// It does not ask who the signer is.
func (c *cms) check(digest []byte) error {
	var md []byte
	if !c.attr(oidMessageDigest, &md) || !bytes.Equal(md, digest) {
		return errors.New("the content is not what was signed")
	}
	var ct asn1.ObjectIdentifier
	if !c.attr(oidContentType, &ct) || !ct.Equal(c.data.Encap.Type) {
		return errors.New("the signed content type is wrong")
	}
	if err := c.checkSigningCert(); err != nil {
		return err
	}
	set, err := asn1.MarshalWithParams(c.attrs, "set")
	if err != nil {
		return errCMS
	}
	h := c.sigHash.New()
	h.Write(set)
	return checkSignature(c.cert.PublicKey, c.sigHash, h.Sum(nil), c.data.Signers[0].Sig)
}

// checkSigningCert holds the signer's certificate against the digest of it that
// was signed (RFC 5035), so that no other certificate of the same key can be put in its place.
func (c *cms) checkSigningCert() error {
	wrong := errors.New("the signature was made under another certificate than the one it carries")
	var v2 signingCertV2
	if !c.attr(oidSigningCertV2, &v2) || len(v2.Certs) == 0 {
		// Tokens of many authorities still name it in the older way (RFC 2634),
		// by SHA-1. The token's signature is what proves; this only ties the
		// certificate to it.
		var v1 signingCertV1
		if c.content != nil && c.attr(oidSigningCertV1, &v1) && len(v1.Certs) > 0 {
			if sum := sha1.Sum(c.cert.Raw); !bytes.Equal(sum[:], v1.Certs[0].Hash) {
				return wrong
			}
			return nil
		}
		return errors.New(
			"the signature does not name its certificate (signing-certificate-v2), so it is no ETSI baseline signature",
		)
	}
	e, hash := v2.Certs[0], crypto.SHA256
	if len(e.HashAlg.Algorithm) > 0 {
		var err error
		if hash, err = digestAlgorithm(e.HashAlg); err != nil {
			return wrong
		}
	}
	h := hash.New()
	h.Write(c.cert.Raw)
	if !bytes.Equal(h.Sum(nil), e.Hash) || e.Serial.Serial != nil && e.Serial.Serial.Cmp(c.cert.SerialNumber) != 0 {
		return wrong
	}
	return nil
}

func checkSignature(pub crypto.PublicKey, h crypto.Hash, digest, sig []byte) error {
	ok := false
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(k, digest, sig)
	case *rsa.PublicKey:
		ok = rsa.VerifyPKCS1v15(k, h, digest, sig) == nil
	}
	if !ok {
		return errors.New("the signature does not match its content and key")
	}
	return nil
}

// SignDetached signs a stream: a DER-encoded CMS that does not hold the content
// (CAdES B-B). `openssl cms -verify -cades -binary -inform DER -in SIG -content
// FILE -CAfile ROOT.pem -purpose any` checks it. Errors: invalid, conflict (the
// key did not sign), cancelled.
func SignDetached(ctx context.Context, id Identity, content io.Reader, now time.Time) ([]byte, error) {
	h := sha256.New()
	if err := copyContext(ctx, h, content); err != nil {
		return nil, err
	}
	return signCMS(id, h.Sum(nil), now)
}

// VerifyDetached checks a detached signature (DER, or PEM "CMS" or "PKCS7")
// over a stream. It fails closed: whatever it cannot make sense of is not genuine.
func VerifyDetached(ctx context.Context, content io.Reader, signature []byte, trust Trust) SignatureReport {
	rep := SignatureReport{Role: RoleContent}
	if b, rest := pem.Decode(signature); b != nil && (b.Type == "CMS" || b.Type == "PKCS7") && len(rest) == 0 &&
		bytes.Equal(pem.EncodeToMemory(b), signature) {
		signature = b.Bytes // base64 has more than one spelling; only the usual one counts
	}
	c, err := parseCMS(signature)
	if err == nil && c.content != nil {
		err = errors.New("it is of a form that is not accepted")
	}
	if err != nil {
		return rep.fail(StatusAltered, "The signature cannot be read: %v.", err)
	}
	h := c.hash.New()
	if err := copyContext(ctx, h, content); err != nil {
		return rep.fail(StatusUnreadable, "%v", err)
	}
	var claimed time.Time
	if !c.attr(oidSigningTime, &claimed) {
		return rep.fail(StatusAltered, "The signature does not state its time.")
	}
	rep.judge(c, h.Sum(nil), claimed, time.Time{}, trust)
	return rep
}

// copyContext reads all of r into h and stops when ctx is done.
func copyContext(ctx context.Context, h hash.Hash, r io.Reader) error {
	buf := make([]byte, 256<<10)
	for {
		if ctx.Err() != nil {
			return fault.New(fault.CodeCancelled, "Stopped.").Because(ctx.Err())
		}
		n, err := r.Read(buf)
		h.Write(buf[:n])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fault.Unreadable("", "The file could not be read to its end: check the disk and try again.").
				Because(err)
		}
	}
}
