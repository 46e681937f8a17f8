package signing

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"fmt"

	"assay/internal/fault"

	"golang.org/x/crypto/argon2"
)

// Cost is how much work a passphrase costs to try (Argon2id, RFC 9106).
type Cost struct {
	Passes  uint32 // 1 to 64
	Memory  uint32 // KiB, 8 to 1,048,576
	Threads uint8  // 1 to 16
}

// DefaultCost is RFC 9106's recommendation for machines with little memory. Only
// tests of other packages change it, which seal hundreds of keys.
var DefaultCost = Cost{Passes: 3, Memory: 64 << 10, Threads: 4}

func (c Cost) valid() bool {
	return c.Passes >= 1 && c.Passes <= 64 && c.Memory >= 8*uint32(c.Threads) && c.Memory <= 1<<20 && c.Threads >= 1 &&
		c.Threads <= 16
}

const (
	sealedKeyType  = "ASSAY SEALED KEY"
	sealedKeyMagic = "AYK1"
	sealedKeyHead  = 4 + 4 + 4 + 1 + 16 + 12 // magic, passes, memory, threads, salt, nonce
)

// SealKey encrypts a private key with a passphrase, for storing. The format is
// in the package comment. Errors: invalid.
func SealKey(key crypto.Signer, passphrase string, cost Cost) ([]byte, error) {
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fault.Invalid("key", "This key stays on its token and cannot be stored in a file.").Because(err)
	}
	return sealPlain(plain, passphrase, cost)
}

// sealPlain encrypts a key in PKCS#8, and clears it.
func sealPlain(plain []byte, passphrase string, cost Cost) ([]byte, error) {
	defer clear(plain)
	if passphrase == "" {
		return nil, fault.Invalid("passphrase", "Enter a passphrase for the key.")
	}
	if !cost.valid() {
		return nil, fault.Invalid("cost", "The cost of the passphrase is out of range.")
	}
	head := make([]byte, 0, sealedKeyHead+len(plain)+16)
	head = append(head, sealedKeyMagic...)
	head = binary.BigEndian.AppendUint32(head, cost.Passes)
	head = binary.BigEndian.AppendUint32(head, cost.Memory)
	head = append(head, cost.Threads)
	var random [28]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, err
	}
	head = append(head, random[:]...)
	aead, err := keyCipher(passphrase, head)
	if err != nil {
		return nil, err
	}
	sealed := aead.Seal(head, head[sealedKeyHead-12:], plain, head)
	return pem.EncodeToMemory(&pem.Block{Type: sealedKeyType, Bytes: sealed}), nil
}

// OpenKey decrypts a key that SealKey sealed. Errors: unreadable, forbidden
// (wrong passphrase, or the file was altered: the two cannot be told apart).
func OpenKey(sealed []byte, passphrase string) (crypto.Signer, error) {
	plain, err := openPlain(sealed, passphrase)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	k, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, errSealedKey.Because(err)
	}
	signer, ok := k.(crypto.Signer)
	if !ok {
		return nil, errSealedKey
	}
	return signer, nil
}

var errSealedKey = fault.Unreadable("", "This is no sealed key of Assay, or it is damaged: take it from a backup.")

// openPlain decrypts what sealPlain encrypted; the caller clears it.
func openPlain(sealed []byte, passphrase string) ([]byte, error) {
	damaged := errSealedKey
	b, rest := pem.Decode(sealed)
	if b == nil || b.Type != sealedKeyType || len(b.Headers) > 0 || len(rest) > 0 ||
		!bytes.Equal(pem.EncodeToMemory(b), sealed) {
		return nil, damaged
	}
	if len(b.Bytes) < sealedKeyHead+16 || string(b.Bytes[:4]) != sealedKeyMagic {
		return nil, damaged
	}
	head := b.Bytes[:sealedKeyHead]
	aead, err := keyCipher(passphrase, head)
	if err != nil {
		return nil, damaged.Because(err)
	}
	plain, err := aead.Open(nil, head[sealedKeyHead-12:], b.Bytes[sealedKeyHead:], head)
	if err != nil {
		return nil, fault.Forbidden("That is not the passphrase of this key.")
	}
	return plain, nil
}

func keyCipher(passphrase string, head []byte) (cipher.AEAD, error) {
	c := Cost{binary.BigEndian.Uint32(head[4:]), binary.BigEndian.Uint32(head[8:]), head[12]}
	if !c.valid() {
		return nil, fmt.Errorf("argon2id cost %+v is out of range", c)
	}
	key := argon2.IDKey([]byte(passphrase), head[13:29], c.Passes, c.Memory, c.Threads, 32)
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
