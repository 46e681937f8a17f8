//go:build pkcs11

package signing

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"
	"os"
	"sync"

	"assay/internal/fault"

	"github.com/miekg/pkcs11"
)

// Token is a smart card or other device, reached by PKCS#11, whose keys never
// leave it. It needs cgo and is part of builds with the tag pkcs11 only.
type Token struct {
	mu      sync.Mutex
	ctx     *pkcs11.Ctx
	session pkcs11.SessionHandle
}

// OpenToken opens the token with a label through the maker's module (a .so, .dll
// or .dylib). Errors: unreadable (no module), not_found (no such token),
// forbidden (wrong PIN).
func OpenToken(module, label, pin string) (*Token, error) {
	if _, err := os.Stat(module); err != nil {
		return nil, fault.Unreadable("", "The token's PKCS#11 module is not there: check its path.").Because(err)
	}
	ctx := pkcs11.New(module)
	if ctx == nil {
		return nil, fault.Unreadable(
			"",
			"This file is no PKCS#11 module: choose the one that the token's maker provides.",
		)
	}
	t := &Token{ctx: ctx}
	if err := ctx.Initialize(); err != nil && err != pkcs11.Error(pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED) {
		ctx.Destroy()
		return nil,
			fault.Unreadable("", "The token's PKCS#11 module does not start: check that its software is installed.").
				Because(err)
	}
	slots, err := ctx.GetSlotList(true)
	if err != nil {
		t.Close()
		return nil, fault.Unreadable("", "The token's PKCS#11 module does not list its tokens.").Because(err)
	}
	for _, slot := range slots {
		info, err := ctx.GetTokenInfo(slot)
		if err != nil || info.Label != label {
			continue
		}
		if t.session, err = ctx.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION); err != nil {
			t.Close()
			return nil, fault.Conflict(
				"The token %q does not answer: take it out, put it back and try again.", fault.Plain(label),
			).
				Because(err)
		}
		if err := ctx.Login(t.session, pkcs11.CKU_USER, pin); err != nil &&
			err != pkcs11.Error(pkcs11.CKR_USER_ALREADY_LOGGED_IN) {
			t.Close()
			if err == pkcs11.Error(pkcs11.CKR_PIN_LOCKED) {
				return nil, fault.Forbidden(
					"The token %q is locked after too many wrong PINs: ask whoever issued it.",
					fault.Plain(label),
				)
			}
			return nil, fault.Forbidden("That is not the PIN of the token %q.", fault.Plain(label)).Because(err)
		}
		return t, nil
	}
	t.Close()
	return nil, fault.New(fault.CodeNotFound, "There is no token %q: put it in and try again.", fault.Plain(label))
}

// Close ends the session; keys of the token no longer sign.
func (t *Token) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx == nil {
		return
	}
	_ = t.ctx.CloseSession(t.session)
	_ = t.ctx.Finalize()
	t.ctx.Destroy()
	t.ctx = nil
}

const maxTokenObjects = 1000

// Identities lists the keys of the token that have a certificate and a complete
// chain; issuers are certificates that are not on the token. Errors: conflict.
func (t *Token) Identities(issuers ...*x509.Certificate) ([]Identity, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx == nil {
		return nil, fault.Conflict("The token was closed.")
	}
	handles, err := t.find(pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_CERTIFICATE))
	if err != nil {
		return nil, err
	}
	certs := issuers
	var ids [][]byte
	var own []*x509.Certificate
	for _, h := range handles {
		attrs, err := t.ctx.GetAttributeValue(
			t.session,
			h,
			[]*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_VALUE, nil), pkcs11.NewAttribute(pkcs11.CKA_ID, nil)},
		)
		if err != nil || len(attrs) != 2 {
			continue
		}
		if c, err := x509.ParseCertificate(attrs[0].Value); err == nil {
			certs, own, ids = append(certs, c), append(own, c), append(ids, attrs[1].Value)
		}
	}
	var out []Identity
	for i, c := range own {
		keys, err := t.find(
			pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY),
			pkcs11.NewAttribute(pkcs11.CKA_ID, ids[i]),
		)
		if err != nil {
			return nil, err
		}
		if len(keys) != 1 {
			continue
		}
		if id, err := assemble(&tokenKey{t, keys[0], c.PublicKey}, certs); err == nil {
			out = append(out, id)
		}
	}
	return out, nil
}

func (t *Token) find(template ...*pkcs11.Attribute) ([]pkcs11.ObjectHandle, error) {
	failed := fault.Conflict("The token does not answer: take it out, put it back and try again.")
	if err := t.ctx.FindObjectsInit(t.session, template); err != nil {
		return nil, failed.Because(err)
	}
	found, _, err := t.ctx.FindObjects(t.session, maxTokenObjects)
	if err2 := t.ctx.FindObjectsFinal(t.session); err != nil || err2 != nil {
		return nil, failed.Because(err)
	}
	return found, nil
}

// tokenKey is a private key on a token.
type tokenKey struct {
	token  *Token
	handle pkcs11.ObjectHandle
	public crypto.PublicKey
}

func (k *tokenKey) Public() crypto.PublicKey { return k.public }

// The DER that stands before a digest in RSASSA-PKCS1-v1_5 (RFC 8017, 9.2).
var digestInfo = map[crypto.Hash][]byte{
	crypto.SHA256: []byte("\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"),
	crypto.SHA384: []byte("\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"),
	crypto.SHA512: []byte("\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"),
}

// Sign is crypto.Signer's.
func (k *tokenKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	k.token.mu.Lock()
	defer k.token.mu.Unlock()
	if k.token.ctx == nil {
		return nil, fault.Conflict("The token was closed.")
	}
	var how *pkcs11.Mechanism
	data := digest
	switch k.public.(type) {
	case *ecdsa.PublicKey:
		how = pkcs11.NewMechanism(pkcs11.CKM_ECDSA, nil)
	case *rsa.PublicKey:
		if _, pss := opts.(*rsa.PSSOptions); pss {
			if opts.HashFunc() != crypto.SHA256 {
				return nil, fmt.Errorf("RSA-PSS with %v is not supported", opts.HashFunc())
			}
			how = pkcs11.NewMechanism(
				pkcs11.CKM_RSA_PKCS_PSS, pkcs11.NewPSSParams(pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256, 32),
			)
			break
		}
		prefix, ok := digestInfo[opts.HashFunc()]
		if !ok {
			return nil, fmt.Errorf("RSA with %v is not supported", opts.HashFunc())
		}
		how, data = pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS, nil), bytes.Join([][]byte{prefix, digest}, nil)
	default:
		return nil, fmt.Errorf("a key of type %T is not supported", k.public)
	}
	if err := k.token.ctx.SignInit(k.token.session, []*pkcs11.Mechanism{how}, k.handle); err != nil {
		return nil, err
	}
	sig, err := k.token.ctx.Sign(k.token.session, data)
	if _, ec := k.public.(*ecdsa.PublicKey); err != nil || !ec {
		return sig, err
	}
	if len(sig) == 0 || len(sig)%2 != 0 {
		return nil, fmt.Errorf("the token gave a signature of %d bytes", len(sig))
	}
	n := len(sig) / 2
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(sig[:n]), new(big.Int).SetBytes(sig[n:])})
}
