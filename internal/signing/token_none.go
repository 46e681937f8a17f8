//go:build !pkcs11

package signing

import (
	"crypto/x509"

	"assay/internal/fault"
)

// Token is a smart card or other device whose keys never leave it. This build
// cannot reach any: PKCS#11 needs cgo and the build tag pkcs11.
type Token struct{}

// OpenToken refuses. Errors: conflict.
func OpenToken(module, label, pin string) (*Token, error) {
	return nil, fault.Conflict(
		"This build of Assay cannot use tokens: use the one made with PKCS#11, or import the key from a .p12 file.",
	)
}

// Close does nothing.
func (*Token) Close() {}

// Identities lists none.
func (*Token) Identities(issuers ...*x509.Certificate) ([]Identity, error) { return nil, nil }
