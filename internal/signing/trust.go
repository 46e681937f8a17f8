package signing

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/internal/fault"
)

// Trust is what a verification starts from: whom the reader trusts, and what
// has been withdrawn. The zero Trust trusts nobody: a sound signature is then
// one of an unknown signer.
type Trust struct {
	Roots          []*x509.Certificate    // organisation roots
	Known          []*x509.Certificate    // assessors' certificates, for seals, which carry only a key id
	TimestampRoots []*x509.Certificate    // roots of timestamp authorities
	Revoked        []*x509.RevocationList // revoked keys; lists not signed by a root are not heeded
	Pins           []Pin                  // keys for second signatures (ML-DSA-65)
	RevokedKeys    map[string]RevokedKey  // by KeyDigest: what whoever gave this trust says was revoked
	Now            time.Time              // when the verification takes place
}

// RevokedKey says that a key is not to be relied on any more.
type RevokedKey struct {
	At     time.Time
	Reason string // for a sentence; not in trust files
}

// revokedKeyType is the PEM block by which a trust file names a revoked key.
const revokedKeyType = "ASSAY REVOKED KEY"

// formatRevokedKey is the content of that block; parseRevokedKey reads it.
func formatRevokedKey(key string, at time.Time) []byte {
	return fmt.Appendf(nil, "%s %s\n", key, at.UTC().Truncate(time.Second).Format(time.RFC3339))
}

func parseRevokedKey(b []byte) (key string, at time.Time, ok bool) {
	key, stamp, _ := strings.Cut(strings.TrimSuffix(string(b), "\n"), " ")
	at, err := time.Parse(time.RFC3339, stamp)
	return key, at.UTC(), err == nil && bytes.Equal(formatRevokedKey(key, at), b) && len(key) == 64 &&
		strings.Trim(key, "0123456789abcdef") == ""
}

// Trusting is a Trust in the given roots.
func Trusting(now time.Time, roots ...*x509.Certificate) Trust {
	return Trust{Roots: roots, Now: now}
}

// RootOf is the root that vouches for a certificate, nil where none does. It
// asks for no time: what had ended was vouched for all the same.
func (t Trust) RootOf(c *x509.Certificate) *x509.Certificate {
	for range 8 {
		if i := slices.IndexFunc(
			t.Roots, func(r *x509.Certificate) bool { return c.CheckSignatureFrom(r) == nil },
		); i >= 0 {
			return t.Roots[i]
		}
		i := slices.IndexFunc(
			t.Known,
			func(k *x509.Certificate) bool { return k.IsCA && !k.Equal(c) && c.CheckSignatureFrom(k) == nil },
		)
		if i < 0 {
			return nil
		}
		c = t.Known[i]
	}
	return nil
}

// JudgeKey says whether a signature that holds may be believed, which the key of this
// digest (see KeyDigest) made at a time that it claims.
func (t Trust) JudgeKey(key string, claimed time.Time) SignatureReport {
	rep := SignatureReport{Whole: true, Claimed: claimed.UTC()}
	for _, c := range slices.Concat(t.Known, t.Roots) {
		if KeyDigest(c) != key {
			continue
		}
		one := rep
		one.holder(c)
		if one.Status, one.Reasons = t.judge(c, nil, claimed, time.Time{}); rep.Certificate == nil ||
			worse(rep.Status, one.Status) == rep.Status {
			rep = one
		}
	}
	if rep.Certificate == nil {
		return rep.fail(StatusUnknownSigner, "Nobody known here has the key %s.", key)
	}
	return rep
}

// HolderOf is who a certificate is made out to, fit for a sentence.
func HolderOf(c *x509.Certificate) string { return name(c) }

// PublicKeys are the keys of all that it trusts, the keys of people first.
func (t Trust) PublicKeys() []crypto.PublicKey {
	var out []crypto.PublicKey
	for _, c := range slices.Concat(t.Known, t.Roots) {
		out = append(out, c.PublicKey)
	}
	return out
}

const maxTrustFile = 16 << 20

// ParseTrust reads a trust file: PEM blocks CERTIFICATE (self-signed
// authorities become Roots, all others Known) and X509 CRL (Revoked), in any
// order. Lines of text that begin with "Assay ML-DSA-65 key" are Pins; other text is
// ignored. The caller sets Now. Errors: unreadable.
func ParseTrust(data []byte) (Trust, error) {
	var t Trust
	if len(data) > maxTrustFile {
		return t, fault.Unreadable(
			"",
			"This trust file is larger than 16 MB: choose the organisation's root certificate (.pem).",
		)
	}
	t.Pins = parsePins(data)
	for n, rest := 1, data; ; n++ {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			if bytes.Contains(rest, []byte("-----BEGIN")) {
				return Trust{}, fault.Unreadable(
					fmt.Sprintf("block %d", n),
					"This PEM block is damaged: ask for the file again.",
				)
			}
			break
		}
		where := fmt.Sprintf("block %d", n)
		switch b.Type {
		case "CERTIFICATE":
			c, err := x509.ParseCertificate(b.Bytes)
			if err != nil {
				return Trust{}, fault.Unreadable(where, "This certificate is damaged: ask for the file again.").
					Because(err)
			}
			if c.IsCA && bytes.Equal(c.RawIssuer, c.RawSubject) && c.CheckSignatureFrom(c) == nil {
				t.Roots = append(t.Roots, c)
			} else {
				t.Known = append(t.Known, c)
			}
		case "X509 CRL":
			l, err := x509.ParseRevocationList(b.Bytes)
			if err != nil {
				return Trust{}, fault.Unreadable(where, "This revocation list is damaged: ask for the file again.").
					Because(err)
			}
			t.Revoked = append(t.Revoked, l)
		case revokedKeyType:
			key, at, ok := parseRevokedKey(b.Bytes)
			if !ok {
				return Trust{},
					fault.Unreadable(where, "This note of a revoked key is damaged: ask for the file again.")
			}
			t.revoke(key, RevokedKey{At: at})
		default:
			return Trust{}, fault.Unreadable(
				where,
				"A trust file holds certificates and revocation lists only; this is a %q.",
				b.Type,
			)
		}
	}
	if len(t.Roots)+len(t.Known)+len(t.Revoked)+len(t.RevokedKeys) == 0 {
		return Trust{}, fault.Unreadable(
			"",
			"There is no certificate in this file: choose the organisation's root certificate (.pem).",
		)
	}
	return t, nil
}

// revoke notes a revoked key; of two notes the earlier counts.
func (t *Trust) revoke(key string, k RevokedKey) {
	if t.RevokedKeys == nil {
		t.RevokedKeys = map[string]RevokedKey{}
	}
	if old, ok := t.RevokedKeys[key]; !ok || k.At.Before(old.At) {
		t.RevokedKeys[key] = k
	}
}

// Also adds what somebody else trusts, and what they revoked.
func (t Trust) Also(o Trust) Trust {
	t.Roots, t.Known = slices.Concat(t.Roots, o.Roots), slices.Concat(t.Known, o.Known)
	t.Revoked, t.Pins = slices.Concat(t.Revoked, o.Revoked), slices.Concat(t.Pins, o.Pins)
	t.RevokedKeys = maps.Clone(t.RevokedKeys)
	for key, k := range o.RevokedKeys {
		t.revoke(key, k)
	}
	return t
}

// FormatTrust writes roots, known certificates, revocation lists and revoked keys as ParseTrust reads them.
func FormatTrust(t Trust) []byte {
	b := bytes.NewBuffer(append(formatPins(t.Pins), FormatCertificates(slices.Concat(t.Roots, t.Known)...)...))
	for _, l := range t.Revoked {
		_ = pem.Encode(b, &pem.Block{Type: "X509 CRL", Bytes: l.Raw})
	}
	for _, key := range slices.Sorted(maps.Keys(t.RevokedKeys)) {
		_ = pem.Encode(b, &pem.Block{Type: revokedKeyType, Bytes: formatRevokedKey(key, t.RevokedKeys[key].At)})
	}
	return b.Bytes()
}

// future is how far a claimed time may lie ahead of the verifier's clock: clocks differ.
const future = 24 * time.Hour

// judge decides whether leaf may be believed for a signature with the given
// claimed and proven times (zero where there is none), and says why. bag holds
// the certificates that came with the signature; every one of them must have a
// part in the chain, so that nothing unverified travels with a genuine document.
func (t Trust) judge(leaf *x509.Certificate, bag []*x509.Certificate, claimed, proven time.Time) (Status, []string) {
	if reason := unfitToSign(leaf); reason != "" {
		return StatusUnfit, []string{reason}
	}
	at := t.Now
	if !proven.IsZero() {
		at = proven
	}
	chain, err := buildChain(leaf, slices.Concat(bag, t.Known), t.Roots, at)
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		c := invalid.Cert
		if at.Before(c.NotBefore) {
			return StatusOutOfTime, []string{
				fmt.Sprintf("The certificate of %s is not valid before %s.", name(c), day(c.NotBefore)),
			}
		}
		return StatusOutOfTime, []string{
			fmt.Sprintf(
				"The certificate of %s ended on %s, and no timestamp proves that it signed before then.",
				name(c),
				day(c.NotAfter),
			),
		}
	case err != nil:
		return StatusUnknownSigner, []string{
			fmt.Sprintf(
				"Whoever signed this is not known here. The signature says that it is by %s under %q: ask them "+
					"for their root certificate, compare its fingerprint with them, and add it.",
				name(leaf),
				fault.Plain(leaf.Issuer.CommonName),
			),
		}
	}
	for _, c := range bag {
		if !contains(chain, c) {
			return StatusAltered, []string{
				fmt.Sprintf("The signature carries a certificate (%s) that has no part in it.", name(c)),
			}
		}
	}
	for _, c := range chain[1:] {
		if reason := weakKey(c.PublicKey); reason != "" {
			return StatusUnfit, []string{fmt.Sprintf("The certificate of %s is too weak. %s", name(c), reason)}
		}
	}
	if !claimed.IsZero() {
		if claimed.After(t.Now.Add(future)) {
			return StatusOutOfTime, []string{
				fmt.Sprintf("The claimed signing time (%s) lies in the future.", minute(claimed)),
			}
		}
		if claimed.Before(leaf.NotBefore) || claimed.After(leaf.NotAfter) {
			return StatusOutOfTime, []string{
				fmt.Sprintf(
					"The claimed signing time (%s) is outside the validity of the certificate of %s.",
					minute(claimed),
					name(leaf),
				),
			}
		}
		if !proven.IsZero() && claimed.After(proven.Add(future)) {
			return StatusOutOfTime, []string{
				fmt.Sprintf(
					"The claimed signing time (%s) is later than the proven one (%s).",
					minute(claimed),
					minute(proven),
				),
			}
		}
	}
	return t.revocation(chain, proven)
}

// buildChain finds the chain from leaf to one of the roots, valid at the given time.
func buildChain(leaf *x509.Certificate, others, roots []*x509.Certificate, at time.Time) ([]*x509.Certificate, error) {
	o := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	for _, c := range roots {
		o.Roots.AddCert(c)
	}
	for _, c := range others {
		o.Intermediates.AddCert(c)
	}
	chains, err := leaf.Verify(o)
	if err != nil {
		return nil, err
	}
	return chains[0], nil
}

// revocation looks each certificate of the chain up in the lists of its issuer.
func (t Trust) revocation(chain []*x509.Certificate, proven time.Time) (Status, []string) {
	for _, c := range chain {
		k, ok := t.RevokedKeys[KeyDigest(c)]
		if !ok || !proven.IsZero() && proven.Before(k.At) {
			continue // proven to be older than the revocation
		}
		why := ""
		if k.Reason != "" {
			why = " (" + strings.TrimSuffix(fault.Plain(k.Reason), ".") + ")"
		}
		return StatusRevoked, []string{fmt.Sprintf(
			"The key of %s was revoked on %s%s, and nothing proves that this was signed before.", name(c), day(k.At),
			why)}
	}
	for i, c := range chain[:len(chain)-1] {
		issuer := chain[i+1]
		for _, l := range t.Revoked {
			if !bytes.Equal(l.RawIssuer, issuer.RawSubject) || l.CheckSignatureFrom(issuer) != nil {
				continue
			}
			for _, e := range l.RevokedCertificateEntries {
				if e.SerialNumber.Cmp(c.SerialNumber) != 0 {
					continue
				}
				if !proven.IsZero() && proven.Before(e.RevocationTime) {
					continue // proven to be older than the revocation
				}
				return StatusRevoked, []string{
					fmt.Sprintf(
						"The key of %s was revoked on %s, and nothing proves that this was signed before.",
						name(c),
						day(e.RevocationTime),
					),
				}
			}
		}
	}
	return StatusGenuine, nil
}

func contains(list []*x509.Certificate, c *x509.Certificate) bool {
	for _, l := range list {
		if l.Equal(c) {
			return true
		}
	}
	return false
}

// name is a certificate's holder for a sentence.
func name(c *x509.Certificate) string {
	n := c.Subject.CommonName
	if n == "" {
		n = c.Subject.String()
	}
	return fault.Plain(n)
}

func day(t time.Time) string    { return t.UTC().Format("2 January 2006") }
func minute(t time.Time) string { return t.UTC().Format("2 January 2006 15:04 UTC") }
