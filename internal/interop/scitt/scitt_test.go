package scitt

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/ledger"

	"github.com/veraison/go-cose"
)

var at = time.Date(2026, 3, 31, 9, 0, 0, 0, time.UTC)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func person(t testing.TB, secret string) *ecdsa.PrivateKey {
	t.Helper()
	sum := sha256.Sum256([]byte(secret))
	return must(ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:]))
}

func logKey(t testing.TB) *ledger.Key {
	t.Helper()
	sum := sha256.Sum256([]byte("assay log key example"))
	return must(ledger.NewKey("log.example/1", sum[:]))
}

var statement = Statement{Issuer: "urn:uuid:0198", Subject: "GC-2026-0007", Payload: []byte(`{"number":"GC-2026-0007"}`)}

// logged is a log of n entries, of which one vouches for a statement, with a receipt.
func logged(t testing.TB, n, at64 int, digest string) (Receipt, []byte) {
	t.Helper()
	log := ledger.Open(ledger.Memory{}, 0)
	var line []byte
	for i := range n {
		e := ledger.Entry{Time: at, Actor: ledger.Actor{Name: "Ann"}, Action: "certificate.issue", Summary: "Issued"}
		if i == at64 {
			e.Digests = []ledger.Digest{{Name: DigestName, SHA256: digest}}
		}
		_, body, err := log.Append(e)
		if err != nil {
			t.Fatal(err)
		}
		if i == at64 {
			line = body
		}
	}
	p := must(log.ProveEntry(int64(at64+1), int64(n)))
	r := Receipt{Log: "log.example/1", Subject: statement.Subject, Proof: p, Line: line}
	return r, must(SignReceipt(r, logKey(t).Signer()))
}

func TestStatement(t *testing.T) {
	rsaKey := must(rsa.GenerateKey(rand.Reader, 2048))
	for name, key := range map[string]crypto.Signer{"ecdsa": person(t, "ann"), "rsa": rsaKey} {
		t.Run(name, func(t *testing.T) {
			signed := must(Sign(statement, key))
			o, err := Open(signed, person(t, "other").Public(), key.Public())
			if err != nil || o.Issuer != statement.Issuer || o.Subject != statement.Subject ||
				!bytes.Equal(o.Payload, statement.Payload) {
				t.Fatal(o, err)
			}
			if _, err := Open(
				signed, person(t, "other").Public(),
			); !errors.Is(err, ErrUnknownKey) || fault.CodeOf(err) != fault.CodeTampered {
				t.Error(err)
			}
			for i := range signed {
				for _, b := range [][]byte{
					append(append(bytes.Clone(signed[:i]), signed[i]^1), signed[i+1:]...),
					append(bytes.Clone(signed[:i]), signed[i+1:]...),
					append(append(bytes.Clone(signed[:i]), signed[i]^0x20), signed[i+1:]...), signed[:i],
				} {
					if _, err := Open(b, key.Public()); err == nil && !bytes.Equal(b, signed) {
						t.Errorf("byte %d: it opens", i)
					}
				}
			}
		})
	}
}

func TestReceipt(t *testing.T) {
	ann := person(t, "ann")
	signed := must(Sign(statement, ann))
	plain := must(Open(signed, ann.Public()))
	keys := []crypto.PublicKey{logKey(t).Signer().Public()}
	for n := 1; n <= 20; n++ { // every shape of the path
		for i := range n {
			_, receipt := logged(t, n, i, plain.Digest)
			both := must(Attach(signed, receipt))
			o, err := Open(both, ann.Public())
			if err != nil || o.Digest != plain.Digest || len(o.Receipts) != 1 {
				t.Fatal(o, err)
			}
			if e, err := o.Check(o.Receipts[0], "log.example/1", keys...); err != nil || e.Seq != int64(i+1) {
				t.Fatalf("entry %d of %d: %+v %v", i+1, n, e, err)
			}
			if !bytes.Equal(must(Attach(both)), signed) {
				t.Fatal("the statement is another without its receipt")
			}
		}
	}
	r, receipt := logged(t, 13, 6, plain.Digest)
	t.Run("any_changed_byte_proves_nothing_else", func(t *testing.T) {
		sizes := 0
		for i := range receipt {
			for _, x := range []byte{1, 0x20, 0x80} {
				b := bytes.Clone(receipt)
				b[i] ^= x
				// The tree's size is not signed: another one that gives the same path proves the same entry.
				if e, err := plain.Check(b, "log.example/1", keys...); err == nil && e.Seq != r.Proof.Seq {
					t.Errorf("byte %d: %+v", i, e)
				} else if err == nil {
					sizes++
				}
			}
		}
		if sizes > 3 {
			t.Errorf("%d changes of a byte are not noticed", sizes)
		}
	})
	t.Run("of_another_statement", func(t *testing.T) {
		other := must(Open(must(Sign(statement, ann)), ann.Public())) // signed anew: another signature, another digest
		if _, err := other.Check(receipt, "log.example/1", keys...); fault.CodeOf(err) != fault.CodeTampered {
			t.Error(err)
		}
	})
	t.Run("of_another_log_or_key", func(t *testing.T) {
		if _, err := plain.Check(receipt, "log.example/2", keys...); fault.CodeOf(err) != fault.CodeTampered {
			t.Error(err)
		}
		if _, err := plain.Check(receipt, "log.example/1"); !errors.Is(err, ErrUnknownKey) {
			t.Error(err)
		}
	})
	t.Run("a_line_that_is_not_the_leaf", func(t *testing.T) {
		forged := r
		forged.Line = bytes.Replace(r.Line, []byte("Issued"), []byte("Denied"), 1)
		b := must(SignReceipt(forged, logKey(t).Signer()))
		if _, err := plain.Check(b, "log.example/1", keys...); fault.CodeOf(err) != fault.CodeTampered {
			t.Error(err)
		}
	})
	t.Run("with_another_thing_in_its_unprotected_header", func(t *testing.T) {
		m := must(parse(signed))
		m.Unprotected["x"] = "y"
		if _, err := Open(must(m.format()), ann.Public()); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Error(err)
		}
	})
}

// TestOtherLibrary has go-cose check what is signed here, which is written by hand.
func TestOtherLibrary(t *testing.T) {
	rsaKey := must(rsa.GenerateKey(rand.Reader, 2048))
	for alg, key := range map[cose.Algorithm]crypto.Signer{
		cose.AlgorithmES256: person(t, "ann"), cose.AlgorithmPS256: rsaKey,
	} {
		var m cose.Sign1Message
		if err := m.UnmarshalCBOR(must(Sign(statement, key))); err != nil {
			t.Fatal(err)
		}
		if err := m.Verify(nil, must(cose.NewVerifier(alg, key.Public()))); err != nil {
			t.Error(alg, err)
		}
	}
	r, receipt := logged(t, 9, 4, "00"+digest(nil)[2:])
	var m cose.Sign1Message
	if err := m.UnmarshalCBOR(receipt); err != nil || m.Payload != nil {
		t.Fatal(err)
	}
	m.Payload = r.Proof.Root[:]
	if err := m.Verify(nil, must(cose.NewVerifier(cose.AlgorithmEdDSA, logKey(t).Signer().Public()))); err != nil {
		t.Error(err)
	}
}

func FuzzOpen(f *testing.F) {
	ann := person(f, "ann")
	signed := must(Sign(statement, ann))
	o := must(Open(signed, ann.Public()))
	_, receipt := logged(f, 5, 2, o.Digest)
	f.Add(signed)
	f.Add(receipt)
	f.Add(must(Attach(signed, receipt)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := Open(b, ann.Public()); err == nil && !bytes.Equal(got.Payload, o.Payload) {
			t.Errorf("%x opens as %q", b, got.Payload)
		}
		if _, err := o.Check(b, "log.example/1", logKey(t).Signer().Public()); err == nil && !bytes.Equal(b, receipt) {
			t.Logf("another receipt: %x", b)
		}
	})
}
