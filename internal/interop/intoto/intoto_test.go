package intoto

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"strings"
	"testing"

	"assay/internal/fault"
)

var (
	subjects  = []Subject{{Name: "GC-2026-0007.pdf", Digest: Digest{SHA256: strings.Repeat("ab", 32)}}}
	predicate = Predicate{
		Number: "GC-2026-0007", Organisation: "Example Council", Verdict: "met_with_conditions",
		Issued: "2026-03-02T09:30:00Z", ValidUntil: "2027-03-01",
		Workflow: Workflow{Reference: "WF-0003", Name: "Repairs <&> triage", Version: "2.3.0"},
		Counts: map[string]Rule{
			"OVR-R1": {Answer: "held", Cases: "9007199254740993", Tested: "9007199254740993", Short: "0", Settled: "0"},
			"POL-R1": {Answer: "met"},
		},
		Log: Log{Name: "assay.example/log/1", Entries: "212", Root: strings.Repeat("cd", 32)},
	}
)

func TestSign(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"ecdsa": ec, "rsa": r} {
		t.Run(name, func(t *testing.T) {
			signed, err := Sign(subjects, predicate, key)
			if err != nil {
				t.Fatal(err)
			}
			s, err := Open(signed, key.Public())
			if err != nil || s.Predicate.Counts["OVR-R1"].Cases != "9007199254740993" || s.Subject[0] != subjects[0] {
				t.Fatal(s, err)
			}
			if _, err := Open(signed); !errors.Is(err, ErrUnknownKey) || fault.CodeOf(err) != fault.CodeTampered {
				t.Error(err)
			}
			for i := range signed {
				for _, b := range [][]byte{
					append(append(bytes.Clone(signed[:i]), signed[i]^1), signed[i+1:]...),
					append(bytes.Clone(signed[:i]), signed[i+1:]...),
					append(append(bytes.Clone(signed[:i]), ' '), signed[i:]...), signed[:i],
				} {
					if _, err := Open(b, key.Public()); err == nil && !bytes.Equal(b, signed) {
						t.Errorf("byte %d: it opens", i)
					}
				}
			}
		})
	}
	t.Run("what_other_readers_let_through_is_not_written", func(t *testing.T) {
		for _, list := range [][]Subject{
			nil, {{Name: "x"}}, {{Name: "x", Digest: Digest{SHA256: "ab"}}}, {{Digest: subjects[0].Digest}},
		} {
			if _, err := Sign(list, predicate, ec); fault.CodeOf(err) != fault.CodeInternal {
				t.Error(list, err)
			}
		}
	})
}

func FuzzOpen(f *testing.F) {
	key, _ := rsa.GenerateKey(rand.Reader, 2048)
	good, err := Sign(subjects, predicate, key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Open(b, key.Public()); err == nil && !bytes.Equal(b, good) {
			t.Errorf("%q opens", b)
		}
	})
}
